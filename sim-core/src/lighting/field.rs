//! The calculation field of EN 13201-3: the carriageway between two luminaires of a row, its grid and its observers.
//!
//! A field has a frame of its own: x along its axis from the first luminaire, y to the left. Three grid points in each
//! lane across; along it N = 10 for spacings up to 30 m, else the smallest N with points at most 3 m apart, the first
//! half a step behind the first luminaire. Where the road bends, points follow it sideways (`sag_m`).

use crate::math;

/// Distance of the observer of luminance before the field.
pub const OBSERVER_BEFORE_M: f64 = 60.0;
/// Height of the observer's eye.
pub const EYE_HEIGHT_M: f64 = 1.5;
/// Grid points across a lane.
pub const ROWS_PER_LANE: usize = 3;

/// A lane of a field.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FieldLane {
    /// Its middle, left of the axis.
    pub middle_m: f64,
    /// Its width.
    pub width_m: f64,
    /// Whether traffic drives against the axis.
    pub is_against: bool,
}

/// A calculation field.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Where x and y are 0.
    pub origin_in_city_m: [f64; 2],
    /// Unit vector of the axis.
    pub axis: [f64; 2],
    /// Distance of the two luminaires.
    pub length_m: f64,
    /// Lanes from right to left.
    pub lanes: Vec<FieldLane>,
    /// Sideways shift of the road at each station; empty where it is straight.
    pub sag_m: Vec<f64>,
    /// Mounting height that the observer of glare starts by.
    pub mounting_height_m: f64,
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
}

/// Where a driver looks from for glare: eye positions at x = first, first ± step, …
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GlareView {
    /// First position.
    pub first_x_m: f64,
    /// Distance to the next, with the sign of the heading.
    pub step_m: f64,
    /// Lateral position.
    pub y_m: f64,
    /// 1 along the axis, −1 against it.
    pub heading: f64,
}

impl Field {
    /// Grid points along a field of this length.
    pub fn points_along(length_m: f64) -> usize {
        if length_m <= 30.0 { 10 } else { math::ceil(length_m / 3.0 - 1e-9) as usize }
    }
    /// Grid points along it.
    pub fn n_along(&self) -> usize {
        Self::points_along(self.length_m)
    }
    /// Rows of grid points on the carriageway.
    pub fn n_rows(&self) -> usize {
        self.lanes.len() * ROWS_PER_LANE
    }
    /// Distance of grid points along it.
    pub fn step_m(&self) -> f64 {
        self.length_m / self.n_along() as f64
    }
    /// Right and left edge of the carriageway.
    pub fn edges_m(&self) -> [f64; 2] {
        let (first, last) = (self.lanes[0], self.lanes[self.lanes.len() - 1]);
        [first.middle_m - first.width_m / 2.0, last.middle_m + last.width_m / 2.0]
    }
    /// The lateral positions of all rows: those on the carriageway from right to left, then three beyond the right edge
    /// and three beyond the left edge, in strips as wide as the lane beside them.
    pub fn rows_m(&self) -> Vec<f64> {
        let third = |k: usize| (k as f64 - 1.0) / 3.0;
        let mut rows: Vec<f64> = self
            .lanes
            .iter()
            .flat_map(|lane| (0..ROWS_PER_LANE).map(move |k| lane.middle_m + lane.width_m * third(k)))
            .collect();
        let [right_m, left_m] = self.edges_m();
        let (first, last) = (self.lanes[0], self.lanes[self.lanes.len() - 1]);
        rows.extend((0..ROWS_PER_LANE).map(|k| right_m - first.width_m * (0.5 - third(k))));
        rows.extend((0..ROWS_PER_LANE).map(|k| left_m + last.width_m * (0.5 + third(k))));
        rows
    }
    /// The stations of the grid along the axis.
    pub fn stations_m(&self) -> Vec<f64> {
        let step_m = self.step_m();
        (0..self.n_along()).map(|i| (i as f64 + 0.5) * step_m).collect()
    }
    /// The eye of the luminance observer of a lane, and its heading along the axis.
    pub fn observer(&self, lane: usize) -> ([f64; 2], f64) {
        let lane = self.lanes[lane];
        if lane.is_against {
            ([self.length_m + OBSERVER_BEFORE_M, lane.middle_m], -1.0)
        } else {
            ([-OBSERVER_BEFORE_M, lane.middle_m], 1.0)
        }
    }
    /// Where glare is judged from, one view for each direction of traffic: a quarter of the carriageway from the
    /// driver's edge, from 2.75 (H − 1.5) before the field on.
    pub fn glare_views(&self) -> Vec<GlareView> {
        let [right_m, left_m] = self.edges_m();
        let quarter_m = (left_m - right_m) / 4.0;
        let before_m = 2.75 * (self.mounting_height_m - EYE_HEIGHT_M);
        let step_m = self.step_m();
        let mut views = Vec::new();
        for is_against in [false, true] {
            if self.lanes.iter().any(|lane| lane.is_against == is_against) {
                let keeps_right = self.left_hand == is_against;
                views.push(GlareView {
                    first_x_m: if is_against { self.length_m + before_m } else { -before_m },
                    step_m: if is_against { -step_m } else { step_m },
                    y_m: if keeps_right { right_m + quarter_m } else { left_m - quarter_m },
                    heading: if is_against { -1.0 } else { 1.0 },
                });
            }
        }
        views
    }
    /// A grid point in the city plane.
    pub fn in_city_m(&self, station: usize, row_m: f64) -> [f64; 2] {
        let x = (station as f64 + 0.5) * self.step_m();
        let y = row_m + self.sag_m.get(station).copied().unwrap_or(0.0);
        self.point_in_city_m(x, y)
    }
    /// A point of the frame in the city plane.
    pub fn point_in_city_m(&self, x: f64, y: f64) -> [f64; 2] {
        let [ax, ay] = self.axis;
        [self.origin_in_city_m[0] + x * ax - y * ay, self.origin_in_city_m[1] + x * ay + y * ax]
    }
    /// Area of the carriageway in the field.
    pub fn area_m2(&self) -> f64 {
        let [right_m, left_m] = self.edges_m();
        self.length_m * (left_m - right_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_along_follow_the_standard() {
        for (length_m, n) in [(20.0, 10), (30.0, 10), (30.1, 11), (36.0, 12), (36.1, 13), (45.0, 15)] {
            assert_eq!(Field::points_along(length_m), n, "{length_m}");
        }
    }

    #[test]
    fn rows_lie_in_lanes_and_in_the_strips_beside() {
        let lane = |middle_m| FieldLane { middle_m, width_m: 3.0, is_against: false };
        let field = Field {
            origin_in_city_m: [0.0, 0.0],
            axis: [1.0, 0.0],
            length_m: 30.0,
            lanes: vec![lane(1.5), lane(4.5)],
            sag_m: Vec::new(),
            mounting_height_m: 10.0,
            left_hand: false,
        };
        let rows = field.rows_m();
        let wanted = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, -2.5, -1.5, -0.5, 6.5, 7.5, 8.5];
        assert!(rows.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-9), "{rows:?}");
        assert_eq!(field.glare_views()[0].y_m, 1.5);
    }
}
