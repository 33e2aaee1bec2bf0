//! Where a network lies on the earth.

use proj4rs::Proj;

use super::raw::RawNet;
use crate::loaded::{CityCrs, Place};

/// The place of the network's middle, if its projection says so.
pub(super) fn of(raw: &RawNet) -> Place {
    let found = middle(raw).filter(|(latitude, longitude)| latitude.is_finite() && longitude.is_finite());
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    Place {
        latitude: found.map(|(latitude, _)| rounded(latitude)),
        longitude: found.map(|(_, longitude)| rounded(longitude)),
        time_zone: None,
        date: None,
        plane: raw.projection.clone().map(|proj| CityCrs { proj, offset_m: raw.offset_m }),
    }
}

fn middle(raw: &RawNet) -> Option<(f64, f64)> {
    let [x0, y0, x1, y1] = raw.extent_m?;
    let x = (x0 + x1) / 2.0 - raw.offset_m[0];
    let y = (y0 + y1) / 2.0 - raw.offset_m[1];
    let plane = Proj::from_proj_string(raw.projection.as_deref()?).ok()?;
    if plane.is_latlong() {
        return Some((y, x));
    }
    let earth = Proj::from_proj_string("+proj=longlat +ellps=WGS84 +datum=WGS84 +no_defs").ok()?;
    let mut point = (x, y, 0.0);
    proj4rs::transform::transform(&plane, &earth, &mut point).ok()?;
    Some((point.1.to_degrees(), point.0.to_degrees()))
}
