//! Coordinate systems by EPSG code (definitions by crate `crs-definitions`, VN-2000 with its datum shift our own) or
//! proj string, and the way into the city plane. What would be computed wrongly is refused by name.

use proj4rs::Proj;

use crate::loaded::CityCrs;

/// VN-2000 to WGS 84: the seven parameters that Vietnam published in 2007. They turn the frame; `towgs84` turns the
/// position, so the signs of the rotations are changed.
const VN2000: &str =
    "+ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278";
/// Longitude and latitude.
const DEGREES: &str = "+proj=longlat +datum=WGS84 +no_defs";

/// Central meridians of the provincial zones of VN-2000 (3 degrees wide), by EPSG code.
const VN2000_TM3: [(u32, f64); 18] = [
    (5896, 102.0),
    (5897, 105.0),
    (5898, 108.0),
    (5899, 107.75),
    (9205, 103.0),
    (9206, 104.0),
    (9207, 104.5),
    (9208, 104.75),
    (9209, 105.5),
    (9210, 105.75),
    (9211, 106.0),
    (9212, 106.25),
    (9213, 106.5),
    (9214, 107.0),
    (9215, 107.25),
    (9216, 107.5),
    (9217, 108.25),
    (9218, 108.5),
];

/// What may be typed.
pub const ALLOWED: &str = "local, an EPSG code such as 4326, 32648 or 3405, or a proj string";

/// Where the definitions of codes and PROJ's choice of datum shift differ, in metres; empty where PROJ has no answer.
/// Made by `tests/peers/crs.py`.
const DIFFERENCES: &str = include_str!("../../data/crs/differences.csv");
/// Codes whose definition is farther off are refused.
const FAR_OFF_M: f64 = 5.0;

/// A coordinate system that can be used.
#[derive(Clone, PartialEq, Debug)]
pub struct Definition {
    /// Its proj string.
    pub proj: String,
    /// How far positions may be off, where it is more than a metre.
    pub off_m: Option<f64>,
}

/// Why a coordinate system cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Refusal {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// The definition of a code or of a proj string.
///
/// # Errors
/// What is not known, needs a grid of shifts, has no datum, or is defined in a way that puts things elsewhere.
pub fn definition(text: &str) -> Result<Definition, Refusal> {
    let text = text.trim();
    if text.contains("+proj") {
        return checked(text.to_owned(), None);
    }
    let code = text.to_ascii_lowercase();
    let code = code.strip_prefix("epsg:").unwrap_or(&code).trim();
    if matches!(code, "wgs84" | "wgs 84") {
        return Ok(Definition { proj: DEGREES.to_owned(), off_m: None });
    }
    let Ok(number) = code.parse::<u32>() else {
        return Err(Refusal::new("is no coordinate system that is known", "codes are numbers, with or without EPSG:"));
    };
    if let Some(own) = vietnamese(number) {
        return Ok(Definition { proj: own, off_m: None });
    }
    let Some(known) = u16::try_from(number).ok().and_then(crs_definitions::from_code) else {
        return Err(Refusal::new("is no coordinate system that is known", neighbors(number)));
    };
    let off_m = match difference(number) {
        None => None,
        Some(off_m) if off_m <= FAR_OFF_M => Some(off_m),
        Some(off_m) => {
            let by = if off_m.is_finite() { format!(" by {off_m:.0} m") } else { String::new() };
            let message = format!("the datum shift or the axes of this code cannot be relied on: PROJ differs{by}");
            return Err(Refusal::new(message, "give the proj string of the data, with its +towgs84"));
        }
    };
    checked(known.proj4.to_owned(), off_m)
}

/// The proj string of a code; `None` if it cannot be used.
pub fn proj_string(text: &str) -> Option<String> {
    definition(text).ok().map(|found| found.proj)
}

fn vietnamese(number: u32) -> Option<String> {
    if let Some((_, meridian)) = VN2000_TM3.iter().find(|(known, _)| *known == number) {
        let plane = "+proj=tmerc +lat_0=0 +k=0.9999 +x_0=500000 +y_0=0 +units=m +no_defs";
        return Some(format!("{plane} +lon_0={meridian} {VN2000}"));
    }
    match number {
        4756 => Some(format!("+proj=longlat {VN2000} +no_defs")),
        3405 => Some(format!("+proj=utm +zone=48 {VN2000} +units=m +no_defs")),
        3406 => Some(format!("+proj=utm +zone=49 {VN2000} +units=m +no_defs")),
        _ => None,
    }
}

/// Refuses what would be computed wrongly, or not at all.
fn checked(text: String, off_m: Option<f64>) -> Result<Definition, Refusal> {
    let value = |key: &str| {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix('+')?.strip_prefix(key));
        found.and_then(|rest| rest.strip_prefix('=')).map(str::to_owned)
    };
    let grids = value("nadgrids").filter(|grids| grids != "@null");
    if grids.is_some() || value("datum").is_some_and(|datum| datum == "NAD27") {
        let name = grids.unwrap_or_else(|| "NAD27".to_owned());
        let hint = "transform the positions to EPSG:4326 first, with cs2cs or a GIS";
        return Err(Refusal::new(format!("needs files of datum shifts ({name}), which are not read"), hint));
    }
    let is_wgs84 = value("ellps").is_some_and(|ellipsoid| matches!(ellipsoid.as_str(), "WGS84" | "GRS80"));
    let has_datum = ["towgs84", "datum", "nadgrids"].iter().any(|key| value(key).is_some());
    if !has_datum && !is_wgs84 {
        let hint = "give its proj string with +towgs84, or +datum";
        return Err(Refusal::new("does not say how its datum lies to WGS 84", hint));
    }
    let name = value("proj").unwrap_or_default();
    match Proj::from_proj_string(&text) {
        Ok(proj) if proj.is_geocent() => Err(Refusal::new("is geocentric: it has no plane", "give x and y of a plane")),
        Ok(proj) if proj.has_inverse() => Ok(Definition { proj: text, off_m }),
        Ok(_) => Err(Refusal::new(format!("projection {name} cannot be turned back"), "use another projection")),
        Err(error) => {
            let message = format!("cannot be used (projection {name}): {}", error.to_string().to_lowercase());
            Err(Refusal::new(message, "transform the positions to EPSG:4326 first"))
        }
    }
}

/// How far PROJ's choice is from the definition of a code; infinite where PROJ has no answer.
fn difference(number: u32) -> Option<f64> {
    let mut rows = DIFFERENCES.lines().skip(1).filter_map(|line| line.split_once(','));
    let (_, metres) = rows.find(|(code, _)| code.parse() == Ok(number))?;
    Some(metres.parse().unwrap_or(f64::INFINITY))
}

/// The nearest codes that are known, below and above.
fn neighbors(number: u32) -> String {
    let is_known = |code: &u32| u16::try_from(*code).is_ok_and(|code| crs_definitions::from_code(code).is_some());
    let below = (1..number.min(65_536)).rev().find(is_known).map(|code| code.to_string());
    let above = (number + 1..65_536).find(is_known).map(|code| code.to_string());
    let near: Vec<String> = below.into_iter().chain(above).collect();
    format!("the nearest codes that are known: {}", near.join(", "))
}

/// From one coordinate system into another.
#[derive(Debug)]
pub struct Transform {
    from: Proj,
    to: Proj,
    offset_m: [f64; 2],
}

impl Transform {
    /// From the system of a code into the city plane.
    ///
    /// # Errors
    /// Why not.
    pub fn into_city(from: &Definition, city: &CityCrs) -> Result<Self, Refusal> {
        let proj = |text: &str| proj(text).map_err(|message| Refusal::new(message, "use another coordinate system"));
        Ok(Self { from: proj(&from.proj)?, to: proj(&city.proj)?, offset_m: city.offset_m })
    }

    /// A point; `None` where it cannot be placed.
    pub fn apply(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let mut at = if self.from.is_latlong() { (x.to_radians(), y.to_radians(), 0.0) } else { (x, y, 0.0) };
        proj4rs::transform::transform(&self.from, &self.to, &mut at).ok()?;
        let round = |x: f64| (x * 1000.0).round() / 1000.0;
        let [dx, dy] = self.offset_m;
        (at.0.is_finite() && at.1.is_finite()).then(|| [round(at.0 + dx), round(at.1 + dy)])
    }
}

/// Longitude and latitude of points of the city plane.
#[derive(Debug)]
pub struct ToDegrees {
    from: Proj,
    to: Proj,
    offset_m: [f64; 2],
}

impl ToDegrees {
    /// From a city plane; `None` if its projection cannot be used.
    pub fn new(city: &CityCrs) -> Option<Self> {
        Some(Self { from: proj(&city.proj).ok()?, to: proj(DEGREES).ok()?, offset_m: city.offset_m })
    }
    /// A point.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let mut at = (x - self.offset_m[0], y - self.offset_m[1], 0.0);
        match proj4rs::transform::transform(&self.from, &self.to, &mut at) {
            Ok(()) => [at.0.to_degrees(), at.1.to_degrees()],
            Err(_) => [f64::NAN, f64::NAN],
        }
    }
}

fn proj(text: &str) -> Result<Proj, String> {
    Proj::from_proj_string(text).map_err(|error| format!("cannot be used: {error}"))
}

#[cfg(test)]
mod tests;
