//! Portable transcendental functions: the same bits on every platform (`libm`), unlike the platform's own.

/// e to the power `x`.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}
/// Natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}
/// Cosine of an angle in radians.
pub fn cos(x_rad: f64) -> f64 {
    libm::cos(x_rad)
}
/// Sine of an angle in radians.
pub fn sin(x_rad: f64) -> f64 {
    libm::sin(x_rad)
}
/// Angle in radians of the vector (x, y).
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}
/// `x` to the power `y`.
pub fn powf(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Complementary error function.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// Bounds on numbers that are not NaN: one instruction each, where `f64::min` and `f64::max` take five to be right for
/// NaN too. Of equal numbers, as of 0 and −0, the first stays.
pub trait Bounded: Copy {
    /// The number, but no more than `most`.
    #[must_use]
    fn at_most(self, most: Self) -> Self;
    /// The number, but no less than `least`.
    #[must_use]
    fn at_least(self, least: Self) -> Self;
}

impl Bounded for f64 {
    #[inline]
    fn at_most(self, most: Self) -> Self {
        if most < self { most } else { self }
    }
    #[inline]
    fn at_least(self, least: Self) -> Self {
        if least > self { least } else { self }
    }
}

/// Above this size every `f64` is a whole number; a smaller positive one, added to it, is rounded to the nearest.
const ALL_WHOLE: f64 = 4_503_599_627_370_496.0;

/// The largest whole number not above `x`: the same bits as `f64::floor`, without the call that it is on processors of
/// the oldest kind.
#[inline]
pub fn floor(x: f64) -> f64 {
    let size = x.abs();
    if size < ALL_WHOLE {
        let nearest = ((size + ALL_WHOLE) - ALL_WHOLE).copysign(x);
        if nearest > x { nearest - 1.0 } else { nearest }
    } else {
        x
    }
}

/// The smallest whole number not below `x`: the same bits as `f64::ceil`.
#[inline]
pub fn ceil(x: f64) -> f64 {
    -floor(-x)
}

/// The nearest whole number, halves away from zero; as `x.round() as i64`.
#[inline]
pub fn round_to_i64(x: f64) -> i64 {
    let whole = x as i64;
    let rest = x - whole as f64;
    whole.saturating_add(i64::from(rest >= 0.5) - i64::from(rest <= -0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_gives_the_same_bits_as_the_standard_library() {
        let mut samples = vec![
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            1e15,
            2_251_799_813_685_247.5,
            -2_251_799_813_685_248.5,
            4.6e15,
            1e300,
            -1e300,
        ];
        for i in -4000..4000 {
            let x = f64::from(i) * 0.125;
            samples.extend([x, x.next_up(), x.next_down(), x * 1e9 + 0.3]);
        }
        for x in samples {
            assert_eq!(floor(x).to_bits(), x.floor().to_bits(), "{x}");
            assert_eq!(ceil(x).to_bits(), x.ceil().to_bits(), "{x}");
            assert_eq!(round_to_i64(x), x.round() as i64, "{x}");
        }
    }
}
