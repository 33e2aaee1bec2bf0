//! Photometry of types A and B, turned into C-planes.
//!
//! LM-63: photometric zero is straight down, photometric horizontal the level direction that a street luminaire turns to
//! the road. In type B all planes share that level axis, at whose ends the vertical angle is ±90°; the horizontal angle
//! turns a plane around it. In type A all planes share the upright axis; the vertical angle counts from the horizon.
//! Horizontal angles go clockwise as seen from above, so that positive ones lie on the side of C0.

use sim_core::lighting::photometry::Intensity;

/// Which axis the planes share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Axis {
    /// Type A.
    Upright,
    /// Type B.
    Level,
}

/// Intensities over horizontal and vertical angles.
pub(super) struct Grid {
    pub(super) axis: Axis,
    /// From -90 or 0 (then mirrored) to 90.
    pub(super) horizontal_deg: Vec<f64>,
    /// From -90 to 90.
    pub(super) vertical_deg: Vec<f64>,
    /// By horizontal angle, then vertical.
    pub(super) values: Vec<Vec<f64>>,
}

impl Grid {
    /// The table in C-planes, by whole degrees.
    pub(super) fn table(&self, scale: f64) -> Intensity {
        Intensity::from_fn(360, 181, |c_deg, gamma_deg| {
            let (c, gamma) = (c_deg.to_radians(), gamma_deg.to_radians());
            let (to_road, along, down) = (gamma.sin() * c.sin(), gamma.sin() * c.cos(), gamma.cos());
            let (vertical, horizontal) = match self.axis {
                Axis::Level => (to_road, along.atan2(down)),
                Axis::Upright => (-down, along.atan2(to_road)),
            };
            scale * self.at(horizontal.to_degrees(), vertical.clamp(-1.0, 1.0).asin().to_degrees())
        })
    }

    fn at(&self, horizontal_deg: f64, vertical_deg: f64) -> f64 {
        let is_mirrored = self.horizontal_deg[0] >= 0.0;
        let horizontal_deg = if is_mirrored { horizontal_deg.abs() } else { horizontal_deg };
        let Some((plane, share)) = place(&self.horizontal_deg, horizontal_deg) else { return 0.0 };
        let Some((row, part)) = place(&self.vertical_deg, vertical_deg) else { return 0.0 };
        let along = |plane: usize| {
            let values = &self.values[plane];
            values[row] + part * (values[(row + 1).min(values.len() - 1)] - values[row])
        };
        let low = along(plane);
        low + share * (along((plane + 1).min(self.values.len() - 1)) - low)
    }
}

/// The angle before, and how far on to the next; `None` outside.
fn place(angles: &[f64], angle: f64) -> Option<(usize, f64)> {
    let (first, last) = (angles[0], angles[angles.len() - 1]);
    if angle < first - 1e-6 || angle > last + 1e-6 {
        return None;
    }
    let at = angles.partition_point(|known| *known <= angle).clamp(1, angles.len().max(2) - 1) - 1;
    match angles.get(at + 1) {
        Some(next) => Some((at, ((angle - angles[at]) / (next - angles[at])).clamp(0.0, 1.0))),
        None => Some((at, 0.0)),
    }
}
