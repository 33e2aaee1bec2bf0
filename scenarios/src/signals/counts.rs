//! Turning counts: how many vehicles took which turn, by interval; and what the busiest hour makes of them.

mod file;
mod sheet;
mod trips;

use std::collections::{BTreeMap, BTreeSet};

pub use file::read;
pub use trips::from_trips;

use super::sites::Site;

/// A count of one movement in one interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Count {
    /// Position of the movement at its site.
    pub movement: usize,
    /// Start, seconds since midnight.
    pub begin_s: f64,
    /// End.
    pub end_s: f64,
    /// Vehicles.
    pub vehicles: f64,
    /// Heavy vehicles among them; `None` where the count does not tell.
    pub heavy: Option<f64>,
}

/// The counts of all sites.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Counts {
    /// By position of the site.
    pub by_site: BTreeMap<usize, Vec<Count>>,
    /// What the user should know of how they were read.
    pub notes: Vec<String>,
    /// Where they come from, in words.
    pub source: String,
}

/// What is demanded of a movement in the analysis hour.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct MovementDemand {
    /// Vehicles in the hour.
    pub volume_vph: f64,
    /// Share of heavy vehicles.
    pub heavy_share: f64,
}

/// What is demanded of a junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Demand {
    /// Start of the analysis hour.
    pub begin_s: f64,
    /// Its end.
    pub end_s: f64,
    /// Peak-hour factor: flow in the hour over four times that of its busiest quarter.
    pub peak_hour_factor: f64,
    /// Whether that factor was counted, not assumed.
    pub is_factor_counted: bool,
    /// By movement of the site.
    pub movements: Vec<MovementDemand>,
    /// Whether the counts tell heavy vehicles.
    pub has_heavy: bool,
}

impl Demand {
    /// Flow rate of a movement in the busiest quarter, and its share of heavy vehicles.
    pub fn rate_vph(&self, movement: usize) -> f64 {
        self.movements[movement].volume_vph / self.peak_hour_factor
    }
    /// All vehicles in the hour.
    pub fn total_vph(&self) -> f64 {
        self.movements.iter().map(|movement| movement.volume_vph).sum()
    }
}

/// What is assumed where counts do not tell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Assumed {
    /// Peak-hour factor; `None`: the manual's, 0.92 from 1000 veh/h on, 0.88 below.
    pub peak_hour_factor: Option<f64>,
    /// Share of heavy vehicles.
    pub heavy_share: f64,
}

const HOUR_S: f64 = 3600.0;

/// The busiest hour of a site: four quarters where there are quarters, else the busiest interval made an hour.
pub fn demand(site: &Site, counts: &[Count], assumed: Assumed) -> Option<Demand> {
    let mut starts: Vec<(f64, f64)> = counts.iter().map(|count| (count.begin_s, count.end_s)).collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    starts.dedup();
    let total = |from_s: f64, to_s: f64| -> f64 {
        let within = |count: &&Count| count.begin_s >= from_s - 1e-6 && count.end_s <= to_s + 1e-6;
        counts.iter().filter(within).map(|count| count.vehicles).sum()
    };
    let mut best: Option<(f64, f64, f64)> = None;
    for &(begin_s, end_s) in &starts {
        let to_s = (begin_s + HOUR_S).max(end_s);
        // A window counts by what it covers, so that a file that ends within the hour is not thin for it.
        let covered_s = covered_s(&starts, begin_s, to_s);
        let rate = total(begin_s, to_s) * HOUR_S / covered_s;
        let is_fuller = covered_s >= HOUR_S - 1.0;
        let better = match best {
            None => true,
            Some((rate_before, from_s, until_s)) => {
                let was_full = self::covered_s(&starts, from_s, until_s) >= HOUR_S - 1.0;
                (is_fuller, rate) > (was_full, rate_before) && is_fuller >= was_full
            }
        };
        if better {
            best = Some((rate, begin_s, to_s));
        }
    }
    let (_, begin_s, to_s) = best?;
    let inside: Vec<&Count> =
        counts.iter().filter(|count| count.begin_s >= begin_s - 1e-6 && count.end_s <= to_s + 1e-6).collect();
    let covered_s = covered_s(&starts, begin_s, to_s);
    let to_hour = HOUR_S / covered_s;
    let mut movements = vec![MovementDemand::default(); site.movements.len()];
    let mut heavy = vec![(0.0, 0.0); site.movements.len()];
    for count in &inside {
        movements[count.movement].volume_vph += count.vehicles * to_hour;
        if let Some(n_heavy) = count.heavy {
            heavy[count.movement].0 += n_heavy;
            heavy[count.movement].1 += count.vehicles;
        }
    }
    let has_heavy = inside.iter().any(|count| count.heavy.is_some());
    for (movement, (n_heavy, n)) in movements.iter_mut().zip(heavy) {
        movement.heavy_share = if n > 0.0 { (n_heavy / n).min(1.0) } else { assumed.heavy_share };
    }
    let hour: f64 = movements.iter().map(|movement| movement.volume_vph).sum();
    let counted = counted_factor(&inside, hour, begin_s, to_s);
    let by_rule = if hour >= 1000.0 { 0.92 } else { 0.88 };
    Some(Demand {
        begin_s,
        end_s: begin_s + covered_s.max(inside.iter().map(|count| count.end_s - begin_s).fold(0.0, f64::max)),
        peak_hour_factor: assumed.peak_hour_factor.or(counted).unwrap_or(by_rule),
        is_factor_counted: assumed.peak_hour_factor.is_none() && counted.is_some(),
        movements,
        has_heavy,
    })
}

/// Time that some interval within a window covers.
fn covered_s(intervals: &[(f64, f64)], from_s: f64, to_s: f64) -> f64 {
    let mut at_s = from_s;
    let mut covered_s = 0.0;
    for &(begin_s, end_s) in intervals.iter().filter(|(begin, end)| *begin >= from_s - 1e-6 && *end <= to_s + 1e-6) {
        covered_s += (end_s - begin_s.max(at_s)).max(0.0);
        at_s = at_s.max(end_s);
    }
    covered_s.max(1.0)
}

/// The factor, where the hour has quarters.
fn counted_factor(inside: &[&Count], hour_vph: f64, begin_s: f64, to_s: f64) -> Option<f64> {
    let quarters: BTreeSet<i64> =
        inside.iter().map(|count| ((count.begin_s - begin_s) / 900.0).floor() as i64).collect();
    let fits = inside.iter().all(|count| count.end_s - count.begin_s <= 900.0 + 1e-6);
    if !fits || quarters.len() < 4 || to_s - begin_s > HOUR_S + 1.0 {
        return None;
    }
    let of_quarter = |quarter: i64| -> f64 {
        inside
            .iter()
            .filter(|count| ((count.begin_s - begin_s) / 900.0).floor() as i64 == quarter)
            .map(|count| count.vehicles)
            .sum()
    };
    let most = quarters.iter().map(|&quarter| of_quarter(quarter)).fold(0.0, f64::max);
    (most > 0.0).then(|| (hour_vph / (4.0 * most)).clamp(0.25, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::sites::SiteControl;

    fn site() -> Site {
        let movement = super::super::sites::Movement {
            approach: 0,
            to: sim_core::ids::LinkId(1),
            role: super::super::sites::Role::Through,
            entries: Vec::new(),
            control: sim_core::network::parts::Control::Signal,
            has_signal: true,
        };
        Site {
            id: "a".into(),
            aliases: Vec::new(),
            title: "A".into(),
            junction: 0,
            control: SiteControl::TwoWayStop,
            approaches: Vec::new(),
            movements: vec![movement],
            left_hand: false,
        }
    }

    const ASSUMED: Assumed = Assumed { peak_hour_factor: None, heavy_share: 0.02 };

    fn quarter(begin_s: f64, vehicles: f64) -> Count {
        Count { movement: 0, begin_s, end_s: begin_s + 900.0, vehicles, heavy: None }
    }

    #[test]
    fn the_busiest_four_quarters_are_the_hour() {
        let flows = [50.0, 80.0, 120.0, 100.0, 100.0, 60.0];
        let counts: Vec<Count> =
            flows.iter().enumerate().map(|(i, n)| quarter(25_200.0 + 900.0 * i as f64, *n)).collect();
        let found = demand(&site(), &counts, ASSUMED).unwrap();
        assert_eq!((found.begin_s, found.end_s), (26_100.0, 29_700.0));
        assert_eq!(found.movements[0].volume_vph, 400.0);
        assert!((found.peak_hour_factor - 400.0 / 480.0).abs() < 1e-12 && found.is_factor_counted);
        assert!((found.rate_vph(0) - 480.0).abs() < 1e-9);
        assert_eq!(found.movements[0].heavy_share, 0.02);
    }

    #[test]
    fn one_quarter_or_one_hour_is_made_an_hour_with_the_manuals_factor() {
        let found = demand(&site(), &[quarter(0.0, 100.0)], ASSUMED).unwrap();
        assert_eq!((found.movements[0].volume_vph, found.peak_hour_factor), (400.0, 0.88));
        let hour = Count { end_s: 3600.0, vehicles: 1200.0, heavy: Some(60.0), ..quarter(0.0, 0.0) };
        let found = demand(&site(), &[hour], ASSUMED).unwrap();
        assert_eq!((found.movements[0].volume_vph, found.peak_hour_factor), (1200.0, 0.92));
        assert_eq!(found.movements[0].heavy_share, 0.05);
        assert!(demand(&site(), &[], ASSUMED).is_none());
    }
}
