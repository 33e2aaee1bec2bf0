//! Plane geometry on polylines: lengths, nearest points, crossings. Positions are metres in the city plane.

use nalgebra::{Point2, Vector2};

/// A polyline.
pub type Line = [[f64; 2]];

fn point(p: [f64; 2]) -> Point2<f64> {
    Point2::new(p[0], p[1])
}

/// Distance between two points.
pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (point(a) - point(b)).norm()
}

/// Length of a polyline.
pub fn length(line: &Line) -> f64 {
    line.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
}

/// Distance of a point from a polyline.
pub fn distance_to_line(p: [f64; 2], line: &Line) -> f64 {
    if line.len() == 1 {
        return distance(p, line[0]);
    }
    line.windows(2)
        .map(|pair| {
            let (a, b, p) = (point(pair[0]), point(pair[1]), point(p));
            let along: Vector2<f64> = b - a;
            let squared = along.norm_squared();
            let t = if squared > 0.0 { ((p - a).dot(&along) / squared).clamp(0.0, 1.0) } else { 0.0 };
            (a + along * t - p).norm()
        })
        .fold(f64::INFINITY, f64::min)
}

/// Where `line` crosses `other`: distances from the start of `line`, ascending.
pub fn crossings(line: &Line, other: &Line) -> Vec<f64> {
    let mut found = Vec::new();
    let mut before = 0.0;
    for pair in line.windows(2) {
        let segment_length = distance(pair[0], pair[1]);
        for foe in other.windows(2) {
            if let Some(t) = segment_crossing(pair, foe) {
                found.push(before + t * segment_length);
            }
        }
        before += segment_length;
    }
    found.sort_by(f64::total_cmp);
    found.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    found
}

/// The share of the way along the first segment at which it meets the second.
fn segment_crossing(first: &[[f64; 2]], second: &[[f64; 2]]) -> Option<f64> {
    let (p, r) = (point(first[0]), point(first[1]) - point(first[0]));
    let (q, s) = (point(second[0]), point(second[1]) - point(second[0]));
    let cross = r.x * s.y - r.y * s.x;
    if cross.abs() < 1e-12 {
        return None;
    }
    let d = q - p;
    let t = (d.x * s.y - d.y * s.x) / cross;
    let u = (d.x * r.y - d.y * r.x) / cross;
    let tolerance = 1e-9;
    ((-tolerance..=1.0 + tolerance).contains(&t) && (-tolerance..=1.0 + tolerance).contains(&u))
        .then(|| t.clamp(0.0, 1.0))
}

/// The direction of a polyline at a distance from its start, as a unit vector.
pub fn direction_at(line: &Line, along_m: f64) -> [f64; 2] {
    let mut before = 0.0;
    let mut last = [1.0, 0.0];
    for pair in line.windows(2) {
        let segment_length = distance(pair[0], pair[1]);
        if segment_length > 0.0 {
            last = [(pair[1][0] - pair[0][0]) / segment_length, (pair[1][1] - pair[0][1]) / segment_length];
            if before + segment_length >= along_m {
                return last;
            }
        }
        before += segment_length;
    }
    last
}

/// The point of a polyline at a distance from its start.
pub fn point_at(line: &Line, along_m: f64) -> [f64; 2] {
    let mut before = 0.0;
    for pair in line.windows(2) {
        let segment_length = distance(pair[0], pair[1]);
        if segment_length > 0.0 && before + segment_length >= along_m {
            let t = ((along_m - before) / segment_length).max(0.0);
            return [pair[0][0] + t * (pair[1][0] - pair[0][0]), pair[0][1] + t * (pair[1][1] - pair[0][1])];
        }
        before += segment_length;
    }
    line.last().copied().unwrap_or([0.0, 0.0])
}

/// How far two lines that start together stay closer than `min_distance_m`, measured from their start.
///
/// Each line comes with its driving length, which may differ from the drawn one. The same distance serves both lines,
/// so that two vehicles on them see the point of parting equally far ahead.
pub fn distance_to_divergence(line: (&Line, f64), other: (&Line, f64), min_distance_m: f64) -> f64 {
    let (Some(own_end), Some(other_end)) = (line.0.last(), other.0.last()) else { return 0.0 };
    let (mut own_behind, mut other_behind) = (0.0, 0.0);
    if distance(*own_end, *other_end) > min_distance_m
        && distance_to_line(*other_end, line.0) > min_distance_m
        && distance_to_line(*own_end, other.0) > min_distance_m
    {
        own_behind = length_beyond(line.0, other.0, min_distance_m);
        other_behind = length_beyond(other.0, line.0, min_distance_m);
    }
    (line.1 - own_behind).max(other.1 - other_behind).min(length(line.0)).min(length(other.0))
}

/// Length of the last part of `line` that is farther than `min_distance_m` from `other`.
fn length_beyond(line: &Line, other: &Line, min_distance_m: f64) -> f64 {
    let mut beyond = 0.0;
    for pair in line.windows(2).rev() {
        let segment_length = distance(pair[0], pair[1]);
        let (near, far) = (distance_to_line(pair[0], other), distance_to_line(pair[1], other));
        if near > min_distance_m {
            beyond += segment_length;
        } else {
            let share = if far > near { (min_distance_m - near) / (far - near) } else { 1.0 };
            return beyond + segment_length * (1.0 - share);
        }
    }
    beyond
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_is_found_in_the_middle() {
        let cross = crossings(&[[0.0, 0.0], [10.0, 0.0]], &[[5.0, -5.0], [5.0, 5.0]]);
        assert_eq!(cross, vec![5.0]);
    }

    #[test]
    fn parallel_lines_do_not_cross() {
        assert!(crossings(&[[0.0, 0.0], [10.0, 0.0]], &[[0.0, 1.0], [10.0, 1.0]]).is_empty());
    }

    #[test]
    fn lines_that_part_at_right_angles_diverge_at_the_given_distance() {
        let straight = [[0.0, 0.0], [20.0, 0.0]];
        let turning = [[0.0, 0.0], [5.0, 0.0], [5.0, 15.0]];
        let along = distance_to_divergence((&straight, 20.0), (&turning, 20.0), 2.5);
        assert!((along - 7.5).abs() < 0.01, "{along}");
    }
}
