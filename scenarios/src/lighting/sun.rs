//! Sun: when it crosses an elevation, by NREL's algorithm (crate `solar-positioning`).

use jiff::civil::Date;
use solar_positioning::time::JulianDate;
use solar_positioning::{Horizon, Location, SolarEvents, SolarPositions};

/// Elevation of the sun's centre at which its upper edge touches the horizon.
pub const SUNSET_DEG: f64 = -0.833;
/// Terrestrial time minus universal time; in 2026 about 69 s. A second more shifts the sun by less.
const DELTA_T_S: f64 = 69.2;

/// A place on earth and its clock.
#[derive(Clone, Debug)]
pub struct Sun {
    location: Location,
    zone: jiff::tz::TimeZone,
    /// The date that instants are counted from.
    epoch: Date,
}

impl Sun {
    /// The sun at a place; instants count from midnight of `epoch`. `None` if the zone is not known.
    pub fn new(latitude: f64, longitude: f64, zone: &str, epoch: Date) -> Option<Self> {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        Some(Self { location: Location { latitude, longitude }, zone, epoch })
    }

    /// The date that instants are counted from.
    pub fn epoch(&self) -> Date {
        self.epoch
    }

    /// When the sun falls through an elevation in the evening of a day, in ms since midnight of the epoch. Days count
    /// from the epoch. `None` where it does not on that day.
    pub fn falls_ms(&self, day: i64, elevation_deg: f64) -> Option<i64> {
        self.crossing(day, elevation_deg, false)
    }

    /// When it rises through it in the morning.
    pub fn rises_ms(&self, day: i64, elevation_deg: f64) -> Option<i64> {
        self.crossing(day, elevation_deg, true)
    }

    fn crossing(&self, day: i64, elevation_deg: f64, is_rise: bool) -> Option<i64> {
        let midnight = self.epoch.to_zoned(self.zone.clone()).ok()?;
        // Seconds count on from the first midnight; daylight saving never shifts them.
        let start_ms = midnight.timestamp().as_millisecond() + day * 86_400_000;
        // Half a day around solar noon, so that places far from their zone's meridian lose nothing.
        let noon_ms = (12.0 - self.location.longitude / 15.0) * 3_600_000.0 - self.offset_ms(&midnight);
        let (from, to) = if is_rise { (noon_ms - 43_200_000.0, noon_ms) } else { (noon_ms, noon_ms + 43_200_000.0) };
        let julian = |ms: f64| 2_440_587.5 + (start_ms as f64 + ms) / 86_400_000.0;
        let horizon = Horizon::Custom(elevation_deg);
        let events = SolarEvents::new();
        let found = if is_rise {
            events.next_rise_from_julian(julian(from), julian(to), self.location, DELTA_T_S, horizon)
        } else {
            events.next_set_from_julian(julian(from), julian(to), self.location, DELTA_T_S, horizon)
        };
        let at = found.ok()??;
        let utc_ms = (at - 2_440_587.5) * 86_400_000.0;
        Some((utc_ms - midnight.timestamp().as_millisecond() as f64).round() as i64)
    }

    /// Solar noon is counted in universal time; local midnight lies this much before the same of universal time.
    fn offset_ms(&self, midnight: &jiff::Zoned) -> f64 {
        -f64::from(midnight.offset().seconds()) * 1000.0
    }

    /// Zenith angle and azimuth of the sun's centre, without refraction, at an instant since midnight of the epoch; the
    /// azimuth counts clockwise from north.
    pub fn position_deg(&self, at_ms: i64) -> Option<(f64, f64)> {
        let midnight = self.epoch.to_zoned(self.zone.clone()).ok()?;
        let utc_ms = midnight.timestamp().as_millisecond() + at_ms;
        let time = JulianDate::new(2_440_587.5 + utc_ms as f64 / 86_400_000.0, DELTA_T_S).ok()?;
        let position = SolarPositions::new().at_from_julian(time, self.location, 0.0, None).ok()?;
        Some((position.zenith_angle(), position.azimuth()))
    }

    /// Times in which the sun is below an elevation, for the nights that begin on days `from` to `to`.
    pub fn nights(&self, from: i64, to: i64, elevation_deg: f64) -> Vec<(i64, i64)> {
        (from..=to)
            .filter_map(|day| Some((self.falls_ms(day, elevation_deg)?, self.rises_ms(day + 1, elevation_deg)?)))
            .collect()
    }
}

/// Elevation of the sun at which a clear sky gives so much light on a level plane, between 1 and 1000 lx; by a table of
/// twilight, linear in the logarithm.
pub fn elevation_of_lux(lux: f64) -> f64 {
    let after = TABLE.iter().position(|(known, _)| *known >= lux).unwrap_or(TABLE.len() - 1).max(1);
    let (low, high) = (TABLE[after - 1], TABLE[after]);
    let share = (lux / low.0).ln() / (high.0 / low.0).ln();
    low.1 + (high.1 - low.1) * share.clamp(0.0, 1.0)
}

/// The other way round, straight on beyond the ends of the table.
pub fn lux_of_elevation(degrees: f64) -> f64 {
    let after = TABLE.iter().position(|(_, known)| *known >= degrees).unwrap_or(TABLE.len() - 1).max(1);
    let (low, high) = (TABLE[after - 1], TABLE[after]);
    low.0 * (high.0 / low.0).powf((degrees - low.1) / (high.1 - low.1))
}

/// Lux on a level plane under a clear sky, and the elevation of the sun.
const TABLE: [(f64, f64); 8] = [
    (1.0, -7.1),
    (3.4, -6.0),
    (18.0, -5.2),
    (35.0, -4.5),
    (100.0, -3.0),
    (250.0, -1.6),
    (500.0, -0.833),
    (1000.0, 0.8),
];

#[cfg(test)]
mod tests {
    use super::*;

    const HANOI: (f64, f64) = (21.0285, 105.8542);
    const HO_CHI_MINH_CITY: (f64, f64) = (10.7769, 106.7009);

    fn sun(place: (f64, f64)) -> Sun {
        Sun::new(place.0, place.1, "Asia/Ho_Chi_Minh", jiff::civil::date(2026, 1, 1)).unwrap()
    }

    #[test]
    fn known_days_come_out() {
        let at = |h: i64, m: i64, s: i64| ((h * 60 + m) * 60 + s) * 1000;
        let solstice = jiff::civil::date(2026, 6, 21).day_of_year() as i64 - 1;
        let day_ms = solstice * 86_400_000;
        let rise = sun(HANOI).rises_ms(solstice, SUNSET_DEG).unwrap() - day_ms;
        let set = sun(HANOI).falls_ms(solstice, SUNSET_DEG).unwrap() - day_ms;
        assert!((rise - at(5, 16, 10)).abs() < 30_000 && (set - at(18, 40, 44)).abs() < 30_000, "{rise} {set}");
    }

    #[test]
    fn nights_of_a_year_have_the_hours_of_the_reference() {
        for (place, elevation_deg, hours) in [
            (HANOI, SUNSET_DEG, 4326.7),
            (HANOI, -3.0, 4208.1),
            (HANOI, -6.0, 4043.5),
            (HO_CHI_MINH_CITY, SUNSET_DEG, 4333.3),
            (HO_CHI_MINH_CITY, -4.0, 4169.3),
        ] {
            let nights = sun(place).nights(0, 364, elevation_deg);
            assert_eq!(nights.len(), 365);
            let found = nights.iter().map(|(from, to)| to - from).sum::<i64>() as f64 / 3_600_000.0;
            assert!((found / hours - 1.0).abs() < 0.001, "{found} {hours}");
        }
    }

    #[test]
    fn every_sunrise_and_sunset_of_2026_is_within_half_a_minute() {
        let Some(data) = std::env::var_os("CITYTWIN_DATA") else {
            eprintln!("skipped: CITYTWIN_DATA is not set");
            return;
        };
        let path = std::path::Path::new(&data).join("sun/sun_hanoi_hcmc_2026.csv");
        let text = std::fs::read_to_string(path).expect("the table");
        let suns = [("Hanoi", sun(HANOI)), ("HCMC", sun(HO_CHI_MINH_CITY))];
        let seconds = |clock: &str| clock.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap());
        let (mut n, mut worst_s) = (0, 0.0_f64);
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let Some((_, sun)) = suns.iter().find(|(name, _)| cells[0].starts_with(name)) else { panic!("{line}") };
            let day = i64::from(cells[1].parse::<jiff::civil::Date>().unwrap().day_of_year()) - 1;
            // The table's sunrise is the one within the date's day of universal time: at UTC+7 that of the next morning.
            // A day earlier or later it differs by up to a minute, as an independent formula (NOAA) confirms.
            let rise_s = (sun.rises_ms(day + 1, SUNSET_DEG).unwrap() - (day + 1) * 86_400_000) as f64 / 1000.0;
            let set_s = (sun.falls_ms(day, SUNSET_DEG).unwrap() - day * 86_400_000) as f64 / 1000.0;
            worst_s = worst_s.max((rise_s - seconds(cells[2])).abs()).max((set_s - seconds(cells[4])).abs());
            n += 1;
        }
        eprintln!("{n} days, worst difference {worst_s:.1} s");
        assert_eq!(n, 730);
        assert!(worst_s < 30.0, "{worst_s}");
    }

    #[test]
    fn photocells_switch_at_the_elevation_of_their_light() {
        assert!((elevation_of_lux(35.0) + 4.5).abs() < 1e-9);
        assert!((elevation_of_lux(18.0) + 5.2).abs() < 1e-9);
        for degrees in [-6.5, -5.0, -3.0, -1.0, 0.5] {
            assert!((elevation_of_lux(lux_of_elevation(degrees)) - degrees).abs() < 1e-9);
        }
        assert!(elevation_of_lux(25.0) > -5.2 && elevation_of_lux(25.0) < -4.5);
    }
}
