//! `config.csv`: units, coordinate system, side of the road; and the local plane in metres.

use proj4rs::Proj;

use crate::compile::geometry::Point;
use crate::error::Problem;
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::schema::network_tables::CONFIG;

/// Units and coordinate system of a network.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Metres per unit of widths and distances along links.
    pub short_m: f64,
    /// Metres per unit of link lengths.
    pub long_m: f64,
    /// Metres per second per unit of speed.
    pub speed_mps: f64,
    /// Coordinate system.
    pub crs: Crs,
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
    /// The code or proj string of the coordinate system, as it was given.
    pub crs_text: String,
}

/// What coordinates mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Crs {
    /// Degrees of longitude and latitude (WGS 84).
    Degrees,
    /// Metres in some plane.
    Plane,
    /// Units of a PROJ string.
    Proj(String),
}

fn length_unit_m(word: &str) -> Option<f64> {
    Some(match word {
        "m" | "meter" | "meters" | "metre" | "metres" => 1.0,
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 1000.0,
        "ft" | "foot" | "feet" => 0.3048,
        "mi" | "mile" | "miles" => 1609.344,
        _ => return None,
    })
}

fn speed_unit_mps(word: &str) -> Option<f64> {
    Some(match word {
        "kph" | "km/h" | "kmh" | "kilometers per hour" => 1.0 / 3.6,
        "mph" | "mi/h" => 0.447_04,
        "m/s" | "mps" => 1.0,
        "ft/s" | "fps" => 0.3048,
        _ => return None,
    })
}

fn parse_crs(text: &str) -> Option<Crs> {
    let code = text.trim().to_ascii_lowercase();
    let code = code.strip_prefix("epsg:").unwrap_or(&code);
    match code {
        "4326" | "wgs84" | "wgs 84" => return Some(Crs::Degrees),
        "local" => return Some(Crs::Plane),
        _ if code.contains("+proj") => return Some(Crs::Proj(text.to_owned())),
        _ => {}
    }
    let number: u32 = code.parse().ok()?;
    // UTM zones are plane metres already.
    matches!(number, 32_601..=32_660 | 32_701..=32_760).then_some(Crs::Plane)
}

/// Reads `config.csv`.
pub fn read(files: &mut Files, folder: &str, report: &mut Report) -> Config {
    let records = Records::optional(files, folder, &CONFIG, report);
    let mut config = Config {
        short_m: 1.0,
        long_m: 1000.0,
        speed_mps: 1.0 / 3.6,
        crs: Crs::Degrees,
        left_hand: false,
        crs_text: "4326".to_owned(),
    };
    if records.is_empty() {
        report.notice("config.csv is missing or empty: metres, kilometres, km/h, EPSG:4326, right-hand traffic", 1);
    }
    if records.len() > 1 {
        report.problem(Problem::new(records.file(), format!("has {} rows, needs exactly one", records.len())));
    }
    for row in records.rows().take(1) {
        let mut unit = |name: &str, parse: fn(&str) -> Option<f64>, allowed: &str, target: &mut f64| {
            if let Some(word) = row.word(name) {
                match parse(&word) {
                    Some(factor) => *target = factor,
                    None => report.problem(row.problem(name, "unknown unit").allowed(allowed)),
                }
            }
        };
        const LENGTHS: &str = "meter, kilometer, foot, mile";
        unit("short_length", length_unit_m, LENGTHS, &mut config.short_m);
        unit("long_length", length_unit_m, LENGTHS, &mut config.long_m);
        unit("speed", speed_unit_mps, "kph, mph, m/s", &mut config.speed_mps);
        if let Some(text) = row.get("crs") {
            match parse_crs(text) {
                Some(crs) => {
                    config.crs = crs;
                    text.clone_into(&mut config.crs_text);
                }
                None => report.problem(
                    row.problem("crs", "unknown coordinate system")
                        .allowed("4326, EPSG codes of UTM zones, a proj string, local"),
                ),
            }
        }
        if row.word("geometry_field_format").is_some_and(|word| word != "wkt") {
            report.problem(row.problem("geometry_field_format", "cannot be read").allowed("wkt"));
        }
        config.left_hand = row.word("driving_side").is_some_and(|side| side == "left");
    }
    config
}

/// From coordinates of the files to the city plane: metres around an origin.
#[derive(Debug)]
pub struct Plane {
    projection: Option<(Proj, Proj)>,
    is_degrees: bool,
    origin: Point,
    /// The proj string of the plane, where coordinates are projected.
    pub text: Option<String>,
}

impl Plane {
    /// The plane around the middle of these coordinates; degrees are projected by a transverse Mercator there.
    ///
    /// # Errors
    /// If the coordinate system cannot be used.
    pub fn around(crs: &Crs, coordinates: &[Point]) -> Result<Self, String> {
        let middle = |axis: usize| {
            let low = coordinates.iter().map(|point| point[axis]).fold(f64::MAX, f64::min);
            let high = coordinates.iter().map(|point| point[axis]).fold(f64::MIN, f64::max);
            if low <= high { (low + high) / 2.0 } else { 0.0 }
        };
        let middle = [middle(0), middle(1)];
        if *crs == Crs::Plane {
            // Plane metres are kept as they are: a network that is written and read again is the same.
            return Ok(Self { projection: None, is_degrees: false, origin: [0.0, 0.0], text: None });
        }
        let (from, is_degrees) = match crs {
            Crs::Proj(text) => {
                let proj = Proj::from_proj_string(text).map_err(|error| error.to_string())?;
                let is_degrees = proj.is_latlong();
                (proj, is_degrees)
            }
            _ => (Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs").map_err(|e| e.to_string())?, true),
        };
        let mut at = if is_degrees {
            (middle[0].to_radians(), middle[1].to_radians(), 0.0)
        } else {
            (middle[0], middle[1], 0.0)
        };
        let degrees = Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs").map_err(|e| e.to_string())?;
        proj4rs::transform::transform(&from, &degrees, &mut at).map_err(|error| error.to_string())?;
        let text = format!(
            "+proj=tmerc +lat_0={:.6} +lon_0={:.6} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs",
            at.1.to_degrees(),
            at.0.to_degrees()
        );
        let to = Proj::from_proj_string(&text).map_err(|error| error.to_string())?;
        Ok(Self { projection: Some((from, to)), is_degrees, origin: [0.0, 0.0], text: Some(text) })
    }

    /// A point in the city plane, rounded to the millimetre when projected, so that processors agree.
    pub fn place(&self, point: Point) -> Option<Point> {
        let Some((from, to)) = &self.projection else {
            return Some([point[0] - self.origin[0], point[1] - self.origin[1]]);
        };
        let mut at = if self.is_degrees {
            (point[0].to_radians(), point[1].to_radians(), 0.0)
        } else {
            (point[0], point[1], 0.0)
        };
        proj4rs::transform::transform(from, to, &mut at).ok()?;
        let round = |x: f64| (x * 1000.0).round() / 1000.0;
        (at.0.is_finite() && at.1.is_finite()).then(|| [round(at.0), round(at.1)])
    }
}

/// The points of a WKT `LINESTRING`.
pub fn parse_linestring(text: &str) -> Option<Vec<Point>> {
    let text = text.trim();
    let head = text.get(..10)?;
    if !head.eq_ignore_ascii_case("LINESTRING") {
        return None;
    }
    let inner = text[10..].trim().trim_start_matches(['Z', 'M', ' ']).strip_prefix('(')?.strip_suffix(')')?;
    let points: Option<Vec<Point>> = inner
        .split(',')
        .map(|pair| {
            let mut numbers = pair.split_whitespace().map(|word| word.parse::<f64>().ok().filter(|x| x.is_finite()));
            Some([numbers.next()??, numbers.next()??])
        })
        .collect();
    points.filter(|points| points.len() >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_become_metres() {
        let hanoi = [[105.85, 21.02], [105.86, 21.03]];
        let plane = Plane::around(&Crs::Degrees, &hanoi).unwrap();
        let (a, b) = (plane.place(hanoi[0]).unwrap(), plane.place(hanoi[1]).unwrap());
        // 0.01° of latitude is 1107.2 m at 21° north, 0.01° of longitude 1039.5 m.
        assert!((b[1] - a[1] - 1107.2).abs() < 1.0 && (b[0] - a[0] - 1039.5).abs() < 1.0, "{a:?} {b:?}");
    }

    #[test]
    fn linestrings_are_read() {
        assert_eq!(parse_linestring("LINESTRING (1 2, 3 4)"), Some(vec![[1.0, 2.0], [3.0, 4.0]]));
        assert_eq!(parse_linestring("linestring(1 2,3 4,5 6)").map(|line| line.len()), Some(3));
        for wrong in ["LINESTRING(1 2)", "POINT(1 2)", "LINESTRING(1 NaN, 2 3)", "", "LINESTRING 1 2, 3 4"] {
            assert_eq!(parse_linestring(wrong), None, "{wrong}");
        }
    }
}
