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
