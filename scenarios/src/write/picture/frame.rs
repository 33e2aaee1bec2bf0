//! From the city plane to the picture.

use sim_core::network::parts::{LinkKind, NetworkParts};

use super::{HEAD_PX, MARGIN_PX, WIDTH_PX};

/// Tallest and least tall map.
const MAP_HEIGHT_PX: (f64, f64) = (420.0, 1300.0);

/// Where the city lies in the picture.
pub(super) struct Frame {
    /// Pixels per metre.
    pub(super) px_per_m: f64,
    /// Height of the map.
    pub(super) height_px: f64,
    left_m: f64,
    top_m: f64,
    left_px: f64,
    top_px: f64,
}

impl Frame {
    /// The frame that shows all roads.
    pub(super) fn around(parts: &NetworkParts) -> Self {
        let (mut min_m, mut max_m) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let roads = parts.links.iter().filter(|link| link.kind == LinkKind::Road);
        for point in roads.flat_map(|link| &link.lanes).flat_map(|lane| &lane.shape_in_city_m) {
            for axis in 0..2 {
                min_m[axis] = min_m[axis].min(point[axis]);
                max_m[axis] = max_m[axis].max(point[axis]);
            }
        }
        if !min_m[0].is_finite() {
            (min_m, max_m) = ([0.0; 2], [1.0; 2]);
        }
        let size_m = [0, 1].map(|axis| (max_m[axis] - min_m[axis]).max(1.0));
        let room_px = WIDTH_PX - 2.0 * MARGIN_PX;
        let px_per_m = (room_px / size_m[0]).min(MAP_HEIGHT_PX.1 / size_m[1]);
        let (map_width_px, map_height_px) = (size_m[0] * px_per_m, size_m[1] * px_per_m);
        let height_px = map_height_px.max(MAP_HEIGHT_PX.0);
        Self {
            px_per_m,
            height_px,
            left_m: min_m[0],
            top_m: max_m[1],
            left_px: MARGIN_PX + (room_px - map_width_px) / 2.0,
            top_px: HEAD_PX + (height_px - map_height_px) / 2.0,
        }
    }

    /// A place of the city in the picture.
    pub(super) fn px(&self, point_in_city_m: [f64; 2]) -> [f64; 2] {
        [
            self.left_px + (point_in_city_m[0] - self.left_m) * self.px_per_m,
            self.top_px + (self.top_m - point_in_city_m[1]) * self.px_per_m,
        ]
    }
}

/// A line without points closer than half a pixel to the one before; its ends stay.
pub(super) fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::with_capacity(points.len());
    for (index, &point) in points.iter().enumerate() {
        let is_near = kept.last().is_some_and(|last| distance(*last, point) < 0.5);
        if !is_near {
            kept.push(point);
        } else if index + 1 == points.len() && kept.len() > 1 {
            kept.pop();
            kept.push(point);
        }
    }
    kept
}

/// A line moved sideways in the picture, to the right of its direction if positive; sharp corners are cut.
pub(super) fn shifted(points: &[[f64; 2]], right_px: f64) -> Vec<[f64; 2]> {
    // The picture's y runs down, so that (−dy, dx) points right.
    let normal = |a: [f64; 2], b: [f64; 2]| {
        let length = distance(a, b).max(1e-9);
        [-(b[1] - a[1]) / length, (b[0] - a[0]) / length]
    };
    let normals: Vec<[f64; 2]> = points.windows(2).map(|pair| normal(pair[0], pair[1])).collect();
    let (Some(&first), Some(&last)) = (normals.first(), normals.last()) else { return points.to_vec() };
    points
        .iter()
        .enumerate()
        .map(|(index, point)| {
            let before = if index == 0 { first } else { normals[index - 1] };
            let after = *normals.get(index).unwrap_or(&last);
            let sum = [before[0] + after[0], before[1] + after[1]];
            let square = (sum[0] * sum[0] + sum[1] * sum[1]).max(1.0);
            let scale = 2.0 * right_px / square;
            [point[0] + sum[0] * scale, point[1] + sum[1] * scale]
        })
        .collect()
}

/// The distance of two points.
pub(super) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])).sqrt()
}

/// The distance of a point from a segment.
pub(super) fn distance_to_segment(point: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 { ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square } else { 0.0 };
    let share = share.clamp(0.0, 1.0);
    distance(point, [a[0] + share * dx, a[1] + share * dy])
}

/// A path's `d`.
pub(super) fn path(points: &[[f64; 2]]) -> String {
    use std::fmt::Write;
    let mut d = String::new();
    for (index, [x, y]) in points.iter().enumerate() {
        write!(d, "{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" }).expect("writing to memory cannot fail");
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_moved_to_the_right_of_their_direction() {
        assert_eq!(shifted(&[[0.0, 0.0], [10.0, 0.0]], 2.0), [[0.0, 2.0], [10.0, 2.0]]);
        let corner = shifted(&[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]], 1.0);
        assert_eq!(corner, [[0.0, 1.0], [9.0, 1.0], [9.0, 10.0]]);
    }
}
