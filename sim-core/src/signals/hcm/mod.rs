//! Capacity, delay and level of service without simulation, by the methods of the Highway Capacity Manual, 7th edition
//! (HCM): pure functions of plain structs. Inputs and results are in SI units; the manual's equations, which are fitted
//! in feet and miles per hour, convert inside.
//!
//! Equation and exhibit numbers are those of the manual. Where its printed equations and its worked examples differ,
//! the examples (the manual's computational engine) decide, and the place says so.

pub mod access_point;
pub mod all_way_stop;
pub mod back_of_queue;
pub mod delay;
pub mod lane_flow;
pub mod pedestrians;
pub mod permitted_left;
pub mod phases;
pub mod platoon;
pub mod polygon;
pub mod roundabout;
pub mod saturation;
pub mod segment;
pub mod signal;
pub mod two_way_stop;
pub mod unsignalized;

/// Level of service: what road users experience, from A (best) to F.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LevelOfService {
    /// Best.
    A,
    /// Good.
    B,
    /// Fair.
    C,
    /// Acceptable in peaks.
    D,
    /// At capacity.
    E,
    /// Beyond what is acceptable, or demand above capacity.
    F,
}

impl LevelOfService {
    const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
            Self::E => 'E',
            Self::F => 'F',
        }
    }

    /// The first level whose upper bound is not exceeded.
    fn within(bounds: [f64; 5], value: f64) -> Self {
        let position = bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len());
        Self::ALL[position]
    }

    /// At signals, by control delay (Exhibit 19-8). A lane group with more demand than capacity is F.
    pub fn at_signal(control_delay_s: f64, is_over_capacity: bool) -> Self {
        if is_over_capacity { Self::F } else { Self::within([10.0, 20.0, 35.0, 55.0, 80.0], control_delay_s) }
    }

    /// Without signals, by control delay (Exhibits 20-2, 21-8, 22-8). A lane with more demand than capacity is F.
    pub fn without_signal(control_delay_s: f64, is_over_capacity: bool) -> Self {
        if is_over_capacity { Self::F } else { Self::within([10.0, 15.0, 25.0, 35.0, 50.0], control_delay_s) }
    }

    /// Of pedestrians, by their score (Exhibit 19-9).
    pub fn of_score(score: f64) -> Self {
        Self::within([1.5, 2.5, 3.5, 4.5, 5.5], score)
    }
}

/// The mean of values with weights; 0 without any weight.
pub fn weighted_mean(values_and_weights: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let (sum, weight) = values_and_weights
        .into_iter()
        .fold((0.0, 0.0), |(sum, total), (value, weight)| (sum + value * weight, total + weight));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

/// A length in feet.
fn feet(length_m: f64) -> f64 {
    length_m / 0.3048
}

/// A speed in miles per hour.
fn miles_per_hour(speed_mps: f64) -> f64 {
    speed_mps * (3600.0 / 1609.344)
}

/// The square of a number.
fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_service_change_at_the_bounds_of_the_exhibits() {
        assert_eq!(LevelOfService::at_signal(10.0, false).letter(), 'A');
        assert_eq!(LevelOfService::at_signal(10.1, false).letter(), 'B');
        assert_eq!(LevelOfService::at_signal(80.0, false).letter(), 'E');
        assert_eq!(LevelOfService::at_signal(80.1, false).letter(), 'F');
        assert_eq!(LevelOfService::at_signal(5.0, true).letter(), 'F');
        assert_eq!(LevelOfService::without_signal(25.1, false).letter(), 'D');
        assert_eq!(LevelOfService::without_signal(50.1, false).letter(), 'F');
        assert_eq!(LevelOfService::of_score(2.37).letter(), 'B');
    }

    #[test]
    fn a_mean_without_weight_is_zero() {
        assert_eq!(weighted_mean([(3.0, 0.0)]), 0.0);
        assert_eq!(weighted_mean([(10.0, 1.0), (20.0, 3.0)]), 17.5);
    }
}
