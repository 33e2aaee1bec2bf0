//! Random numbers as a pure function of (seed, purpose, key, step).
//!
//! Philox4x32-10 (Salmon et al. 2011): the counter is (key, step, purpose), the key of the cipher is the seed, so a
//! draw depends on nothing else: not on threads, not on the order of calls. All four words of a block are used.

use crate::math;

/// What a draw is for. The numbers are part of the results: never renumber, only append.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Purpose {
    /// The driver's imperfection in one step.
    Dawdle = 1,
    /// The desired-speed factor of a vehicle.
    SpeedFactor = 2,
    /// The vehicle type drawn from a distribution.
    VehicleType = 3,
    /// The route drawn from a distribution.
    Route = 4,
    /// Departure times of random flows.
    Departure = 5,
    /// Random offset of a departure.
    DepartOffset = 6,
    /// Thinning of the demand by a scale factor.
    Scale = 7,
    /// Random departure lane, position or speed.
    DepartPlace = 8,
    /// Which vehicle a right-of-way cycle lets go.
    Release = 9,
    /// Attributes drawn per rider or driver.
    Rider = 10,
    /// Origin and destination of trips made from a matrix.
    OriginDestination = 11,
    /// Lane change draws.
    LaneChange = 12,
    /// Whether a vehicle is electric.
    Electric = 13,
    /// What a driver knows of a change of roads, and how times on roads are perceived.
    Informed = 14,
}

/// The four words of the block for (seed, purpose, key, step).
#[inline]
pub fn words(seed: u64, purpose: Purpose, key: u32, step: u64) -> [u32; 4] {
    let counter = [key, step as u32, (step >> 32) as u32, purpose as u32];
    rand_philox::philox4x32_10(counter, [seed as u32, (seed >> 32) as u32])
}

/// A uniform number in [0, 1) from one word.
#[inline]
pub fn unit(word: u32) -> f64 {
    f64::from(word) * (1.0 / 4_294_967_296.0)
}

/// A uniform number in [0, 1).
#[inline]
pub fn uniform(seed: u64, purpose: Purpose, key: u32, step: u64) -> f64 {
    let [high, low, ..] = words(seed, purpose, key, step);
    // 53 bits from two words.
    ((u64::from(high) << 21) ^ (u64::from(low) >> 11)) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// A standard normal number (Box-Muller; the second of the pair is in `.1`).
pub fn normal_pair(seed: u64, purpose: Purpose, key: u32, step: u64) -> (f64, f64) {
    let [a, b, c, d] = words(seed, purpose, key, step);
    let u = (f64::from(a) + 0.5 + f64::from(c) / 4_294_967_296.0) / 4_294_967_297.0;
    let v = (f64::from(b) + f64::from(d) / 4_294_967_296.0) / 4_294_967_296.0;
    let radius = (-2.0 * math::ln(u)).sqrt();
    let angle = std::f64::consts::TAU * v;
    (radius * math::cos(angle), radius * math::sin(angle))
}

/// A normal number cut to [min, max] by drawing again (the draws use steps `first_step`, `first_step + 1`, …).
pub fn normal_cut(seed: u64, purpose: Purpose, key: u32, shape: CutNormal) -> f64 {
    if shape.deviation <= 0.0 {
        return shape.mean.clamp(shape.min, shape.max);
    }
    for attempt in 0..64 {
        let (a, b) = normal_pair(seed, purpose, key, attempt);
        for z in [a, b] {
            let value = shape.mean + shape.deviation * z;
            if value >= shape.min && value <= shape.max {
                return value;
            }
        }
    }
    shape.mean.clamp(shape.min, shape.max)
}

/// A normal distribution cut to an interval: `normc(mean, deviation, min, max)`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CutNormal {
    /// Mean of the uncut distribution.
    pub mean: f64,
    /// Standard deviation of the uncut distribution; 0 gives the mean.
    pub deviation: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_fill_the_interval_evenly() {
        let n = 20_000;
        let mean = (0..n).map(|key| uniform(7, Purpose::Dawdle, key, 3)).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }

    #[test]
    fn normal_numbers_have_mean_and_deviation() {
        let shape = CutNormal { mean: 1.0, deviation: 0.1, min: 0.2, max: 2.0 };
        let draws: Vec<f64> = (0..20_000).map(|key| normal_cut(1, Purpose::SpeedFactor, key, shape)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64;
        assert!((mean - 1.0).abs() < 0.003, "{mean}");
        assert!((variance.sqrt() - 0.1).abs() < 0.003, "{variance}");
    }

    #[test]
    fn draws_differ_by_purpose_key_step_and_seed() {
        let base = words(1, Purpose::Dawdle, 2, 3);
        assert_ne!(base, words(2, Purpose::Dawdle, 2, 3));
        assert_ne!(base, words(1, Purpose::Route, 2, 3));
        assert_ne!(base, words(1, Purpose::Dawdle, 3, 3));
        assert_ne!(base, words(1, Purpose::Dawdle, 2, 4));
    }
}
