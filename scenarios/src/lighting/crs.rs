//! Coordinate systems by code, VN-2000 with its datum shift among them, and the way into the city plane.

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
pub const ALLOWED: &str = "local, 4326, EPSG codes of UTM zones (326xx, 327xx) and of VN-2000 (4756, 3405, 3406, 5896 \
                           to 5899, 9205 to 9218), or a proj string";

/// The proj string of a code; `None` if it is not known.
pub fn proj_string(text: &str) -> Option<String> {
    if text.contains("+proj") {
        return Some(text.to_owned());
    }
    let code = text.trim().to_ascii_lowercase();
    let code = code.strip_prefix("epsg:").unwrap_or(&code);
    if matches!(code, "wgs84" | "wgs 84") {
        return Some(DEGREES.to_owned());
    }
    let number: u32 = code.parse().ok()?;
    if let Some((_, meridian)) = VN2000_TM3.iter().find(|(known, _)| *known == number) {
        let plane = "+proj=tmerc +lat_0=0 +k=0.9999 +x_0=500000 +y_0=0 +units=m +no_defs";
        return Some(format!("{plane} +lon_0={meridian} {VN2000}"));
    }
    Some(match number {
        4326 => DEGREES.to_owned(),
        32_601..=32_660 => format!("+proj=utm +zone={} +datum=WGS84 +units=m +no_defs", number - 32_600),
        32_701..=32_760 => format!("+proj=utm +zone={} +south +datum=WGS84 +units=m +no_defs", number - 32_700),
        4756 => format!("+proj=longlat {VN2000} +no_defs"),
        3405 => format!("+proj=utm +zone=48 {VN2000} +units=m +no_defs"),
        3406 => format!("+proj=utm +zone=49 {VN2000} +units=m +no_defs"),
        _ => return None,
    })
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
    /// Why not, in words.
    pub fn into_city(from: &str, city: &CityCrs) -> Result<Self, String> {
        let from = proj_string(from).ok_or("is not known")?;
        Ok(Self { from: proj(&from)?, to: proj(&city.proj)?, offset_m: city.offset_m })
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
mod tests {
    use super::*;

    fn degrees(code: &str, point: [f64; 2]) -> [f64; 2] {
        let from = proj(&proj_string(code).unwrap()).unwrap();
        let mut at = (point[0], point[1], 0.0);
        proj4rs::transform::transform(&from, &proj(DEGREES).unwrap(), &mut at).unwrap();
        [at.0.to_degrees(), at.1.to_degrees()]
    }

    #[test]
    fn vn_2000_is_shifted_as_proj_shifts_it() {
        // PROJ 9, "VN-2000 to WGS 84 (2)".
        for (code, wanted) in
            [("EPSG:3405", [105.839_104_106, 21.022_726_497]), ("9209", [106.338_816_392, 21.016_419_833])]
        {
            let found = degrees(code, [587_000.0, 2_325_000.0]);
            // 1e-7 degrees are a centimetre.
            assert!((found[0] - wanted[0]).abs() < 1e-7 && (found[1] - wanted[1]).abs() < 1e-7, "{code}: {found:?}");
        }
        let unshifted = degrees("+proj=utm +zone=48 +ellps=WGS84 +units=m", [587_000.0, 2_325_000.0]);
        assert!((unshifted[0] - 105.839_104_106).abs() > 1e-3, "the shift is some 200 m");
    }

    #[test]
    fn unknown_codes_are_refused() {
        assert_eq!(proj_string("31467"), None);
        assert_eq!(proj_string("hanoi"), None);
        assert!(proj_string("+proj=merc +datum=WGS84").is_some());
    }
}
