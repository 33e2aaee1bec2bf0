//! How far queues reach back (HCM Chapter 31, Section 4).
//!
//! Q = Q1 + Q2 + Q3: of one cycle, of randomness and oversaturation, of an initial queue (Equation 31-149).

use super::delay::InitialQueue;
use super::{feet, miles_per_hour, square};
use crate::math::{exp, powf};

/// Lane length of a standing passenger car, gap included, m.
pub const CAR_SPACING_M: f64 = 25.0 * 0.3048;
/// Lane length of a standing heavy vehicle, gap included, m.
pub const HEAVY_SPACING_M: f64 = 45.0 * 0.3048;

/// Delay of a full stop: braking and accelerating (Equations 31-131 and 31-132).
pub fn stop_delay_s(speed_limit_mps: f64) -> f64 {
    let approach_miph = 0.9 * (25.6 + 0.47 * miles_per_hour(speed_limit_mps));
    square(1.47 * (approach_miph - 5.0)) / (2.0 * 1.47 * approach_miph) * (1.0 / 3.5 + 1.0 / 4.0)
}

/// First term of one green a cycle, per lane: vehicles that stop fully (Equations 31-133 to 31-141). `green_and_cycle_s`
/// are effective.
pub fn full_stops_of_one_green(
    flow_vph: f64,
    capacity_vph: f64,
    saturation_vph: f64,
    share_on_green: f64,
    green_and_cycle_s: (f64, f64),
    stop_delay_s: f64,
) -> f64 {
    let (green_s, cycle_s) = green_and_cycle_s;
    let red_s = cycle_s - green_s;
    if flow_vph <= 0.0 || green_s <= 0.0 || saturation_vph <= 0.0 || capacity_vph <= 0.0 || red_s <= 0.0 {
        return 0.0;
    }
    // Arrivals above capacity wait for later cycles: they are in the second term.
    let x = (flow_vph / capacity_vph).min(1.0);
    let arrivals = flow_vph.min(capacity_vph) / 3600.0 * cycle_s;
    let saturation_vps = saturation_vph / 3600.0;
    let on_red = 1.0 - share_on_green;
    if stop_delay_s <= on_red * green_s * x {
        let served_s = arrivals * (on_red - share_on_green * stop_delay_s / green_s)
            / (saturation_vps * (1.0 - x * share_on_green));
        (on_red * arrivals + share_on_green * arrivals / green_s * (served_s - stop_delay_s)).max(0.0)
    } else {
        let served_s = arrivals * on_red * (red_s - stop_delay_s) / (saturation_vps * (red_s - x * on_red * green_s));
        (on_red * arrivals / red_s * (red_s - stop_delay_s + served_s)).max(0.0)
    }
}

/// Second term, per lane (Equation 31-142).
pub fn second_term_veh(capacity_vph: f64, n_lanes: f64, incremental_delay_s: f64) -> f64 {
    capacity_vph / (3600.0 * n_lanes) * incremental_delay_s
}

/// Third term, per lane (Equation 31-143).
pub fn third_term_veh(queue_veh: f64, initial: &InitialQueue, n_lanes: f64, period_h: f64) -> f64 {
    if queue_veh <= 0.0 {
        return 0.0;
    }
    initial.unmet_h * (queue_veh + initial.at_end_veh - initial.at_end_without_veh) / (2.0 * n_lanes * period_h)
}

/// Standard score of a percentile: 85, 90 and 95 as in the manual.
pub fn standard_score(percentile: u8) -> f64 {
    match percentile {
        0..=85 => 1.04,
        86..=90 => 1.28,
        _ => 1.64,
    }
}

/// A percentile of the back of queue, per lane (Equations 31-150 to 31-153): the three terms, the standard score, the
/// upstream filtering factor, the green ratio, and the volume-to-capacity ratio.
pub fn percentile_veh(
    terms_veh: [f64; 3],
    standard_score: f64,
    filtering: f64,
    green_ratio: f64,
    volume_to_capacity: f64,
) -> f64 {
    let [first, second, third] = terms_veh;
    let sum = first + second;
    if sum <= 0.0 {
        return third;
    }
    let mut factor = 1.0 + standard_score * (filtering / sum).sqrt();
    if volume_to_capacity >= 1.0 {
        factor += 0.6
            * powf(standard_score, 0.24)
            * powf(green_ratio.max(0.0), 0.33)
            * (1.0 - exp(2.0 - 2.0 * volume_to_capacity));
    }
    sum * factor.min(1.8) + third
}

/// Mean lane length of a standing vehicle, m (Equation 31-155).
pub fn spacing_m(heavy_share: f64) -> f64 {
    CAR_SPACING_M * (1.0 - heavy_share) + HEAVY_SPACING_M * heavy_share
}

/// Part of the storage that a queue fills (Equations 31-154 and 31-156).
pub fn storage_ratio(queue_veh: f64, spacing_m: f64, storage_m: f64) -> f64 {
    feet(spacing_m) * queue_veh / feet(storage_m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::hcm::delay::initial_queue;

    #[test]
    fn terms_are_those_worked_by_hand() {
        let stop_s = stop_delay_s(35.0 * 0.44704);
        assert!((stop_s - 11.224).abs() < 0.001, "{stop_s}");
        // Uniform arrivals: s·t = q·(r − d_a)·s/(s − q).
        let stops = full_stops_of_one_green(239.4, 484.3, 1643.3, 30.0 / 101.8, (30.0, 101.8), stop_s);
        assert!((stops - 0.0665 * (71.8 - stop_s) * 0.45647 / (0.45647 - 0.0665)).abs() < 0.001, "{stops}");
        assert!((second_term_veh(827.0, 1.0, 46.0) - 10.567).abs() < 0.001);
        let initial = initial_queue(20.0, 600.0, 800.0, 0.25);
        assert!((third_term_veh(20.0, &initial, 1.0, 0.25) - 4.0).abs() < 1e-9);
        assert!((spacing_m(0.05) / 0.3048 - 26.0).abs() < 1e-9);
        assert!((percentile_veh([4.0, 0.0, 0.0], 1.64, 1.0, 0.3, 0.5) - 4.0 * 1.8).abs() < 1e-9);
        assert!((percentile_veh([9.0, 7.0, 2.0], 1.64, 1.0, 0.3, 0.5) - (16.0 * 1.41 + 2.0)).abs() < 1e-9);
        assert!(
            percentile_veh([9.0, 7.0, 0.0], 1.28, 1.0, 0.3, 1.2) > percentile_veh([9.0, 7.0, 0.0], 1.28, 1.0, 0.3, 0.9)
        );
    }
}
