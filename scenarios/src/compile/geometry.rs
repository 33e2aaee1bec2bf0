//! Plane geometry of polylines, in metres.
//!
//! Angles and curves go through `sim_core::math`, so that the same input gives the same bits everywhere.

use sim_core::math;

/// A point in the city plane.
pub type Point = [f64; 2];

/// `b - a`.
pub fn minus(b: Point, a: Point) -> Point {
    [b[0] - a[0], b[1] - a[1]]
}
/// The length of a vector.
pub fn norm(v: Point) -> f64 {
    (v[0] * v[0] + v[1] * v[1]).sqrt()
}
/// A vector of length 1 in the same direction; zero stays zero.
pub fn unit(v: Point) -> Point {
    let length = norm(v);
    if length > 0.0 { [v[0] / length, v[1] / length] } else { [0.0, 0.0] }
}
/// The z component of the cross product: positive if `b` points to the left of `a`.
pub fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}
/// The dot product.
pub fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}
/// The angle from `a` to `b` in (−π, π], positive to the left.
pub fn angle_rad(a: Point, b: Point) -> f64 {
    math::atan2(cross(a, b), dot(a, b))
}
/// The point at a share of the way from `a` to `b`.
pub fn between(a: Point, b: Point, share: f64) -> Point {
    [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

/// The length of a polyline.
pub fn length_m(line: &[Point]) -> f64 {
    line.windows(2).map(|pair| norm(minus(pair[1], pair[0]))).sum()
}

/// The polyline without points that repeat the one before.
pub fn without_repeats(line: &[Point]) -> Vec<Point> {
    let mut clean: Vec<Point> = Vec::with_capacity(line.len());
    for &point in line {
        if clean.last().is_none_or(|&last| norm(minus(point, last)) > 1e-3) {
            clean.push(point);
        }
    }
    clean
}

/// The direction at the start of a polyline.
pub fn start_direction(line: &[Point]) -> Point {
    line.windows(2).map(|pair| unit(minus(pair[1], pair[0]))).find(|d| norm(*d) > 0.0).unwrap_or([1.0, 0.0])
}
/// The direction at the end of a polyline.
pub fn end_direction(line: &[Point]) -> Point {
    line.windows(2).rev().map(|pair| unit(minus(pair[1], pair[0]))).find(|d| norm(*d) > 0.0).unwrap_or([1.0, 0.0])
}

/// The part of a polyline from one distance to another.
pub fn cut(line: &[Point], from_m: f64, to_m: f64) -> Vec<Point> {
    let mut part = Vec::new();
    let mut at_m = 0.0;
    for pair in line.windows(2) {
        let step_m = norm(minus(pair[1], pair[0]));
        let next_m = at_m + step_m;
        if step_m > 0.0 && next_m > from_m && at_m < to_m {
            if part.is_empty() {
                part.push(if from_m <= at_m { pair[0] } else { between(pair[0], pair[1], (from_m - at_m) / step_m) });
            }
            part.push(if to_m >= next_m { pair[1] } else { between(pair[0], pair[1], (to_m - at_m) / step_m) });
        }
        at_m = next_m;
    }
    part
}

/// The polyline moved sideways, positive to the right; corners are mitred up to twice the offset.
pub fn offset(line: &[Point], right_m: f64) -> Vec<Point> {
    let n = line.len();
    if right_m == 0.0 || n < 2 {
        return line.to_vec();
    }
    let directions: Vec<Point> = line.windows(2).map(|pair| unit(minus(pair[1], pair[0]))).collect();
    (0..n)
        .map(|index| {
            let before = directions[index.saturating_sub(1)];
            let after = directions[index.min(n - 2)];
            let normal = unit([before[1] + after[1], -before[0] - after[0]]);
            let cosine = dot(normal, [after[1], -after[0]]).max(0.5);
            [line[index][0] + normal[0] * right_m / cosine, line[index][1] + normal[1] * right_m / cosine]
        })
        .collect()
}

/// A smooth curve (cubic Bézier) from `start` in direction `start_direction` to `end` in direction `end_direction`.
pub fn bezier(start: Point, start_direction: Point, end: Point, end_direction: Point) -> Vec<Point> {
    const PIECES: u32 = 10;
    let chord_m = norm(minus(end, start));
    let turn_rad = angle_rad(start_direction, end_direction).abs();
    if turn_rad < 0.02 && cross(start_direction, unit(minus(end, start))).abs() < 0.02 {
        return vec![start, end];
    }
    // A handle of 0.55 of the radius draws a quarter circle: 0.39 of its chord.
    let handle_m = 0.39 * chord_m;
    let a = [start[0] + start_direction[0] * handle_m, start[1] + start_direction[1] * handle_m];
    let b = [end[0] - end_direction[0] * handle_m, end[1] - end_direction[1] * handle_m];
    (0..=PIECES)
        .map(|piece| {
            let t = f64::from(piece) / f64::from(PIECES);
            let s = 1.0 - t;
            let [w0, w1, w2, w3] = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
            [w0 * start[0] + w1 * a[0] + w2 * b[0] + w3 * end[0], w0 * start[1] + w1 * a[1] + w2 * b[1] + w3 * end[1]]
        })
        .collect()
}

/// Where two polylines first cross: the distances along both.
pub fn crossing(a: &[Point], b: &[Point]) -> Option<(f64, f64)> {
    let mut at_a_m = 0.0;
    for p in a.windows(2) {
        let r = minus(p[1], p[0]);
        let mut at_b_m = 0.0;
        for q in b.windows(2) {
            let s = minus(q[1], q[0]);
            let denominator = cross(r, s);
            if denominator.abs() > 1e-12 {
                let between_starts = minus(q[0], p[0]);
                let t = cross(between_starts, s) / denominator;
                let u = cross(between_starts, r) / denominator;
                if (0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u) {
                    return Some((at_a_m + t * norm(r), at_b_m + u * norm(s)));
                }
            }
            at_b_m += norm(s);
        }
        at_a_m += norm(r);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_and_moved() {
        let line = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]];
        assert_eq!(cut(&line, 5.0, 15.0), vec![[5.0, 0.0], [10.0, 0.0], [10.0, 5.0]]);
        let right = offset(&line, 1.0);
        assert_eq!(right[0], [0.0, -1.0]);
        assert!((right[1][0] - 11.0).abs() < 1e-12 && (right[1][1] + 1.0).abs() < 1e-12, "{right:?}");
    }

    #[test]
    fn a_quarter_turn_has_the_length_of_a_quarter_circle() {
        let curve = bezier([0.0, 0.0], [1.0, 0.0], [10.0, 10.0], [0.0, 1.0]);
        let expected_m = std::f64::consts::FRAC_PI_2 * 10.0;
        assert!((length_m(&curve) - expected_m).abs() < 0.1, "{}", length_m(&curve));
    }

    #[test]
    fn crossings_are_found() {
        let (a_m, b_m) = crossing(&[[0.0, 0.0], [10.0, 0.0]], &[[4.0, -3.0], [4.0, 3.0]]).unwrap();
        assert!((a_m - 4.0).abs() < 1e-9 && (b_m - 3.0).abs() < 1e-9);
        assert!(crossing(&[[0.0, 0.0], [10.0, 0.0]], &[[0.0, 1.0], [10.0, 1.0]]).is_none());
    }
}
