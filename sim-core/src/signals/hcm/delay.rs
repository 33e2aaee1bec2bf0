//! Delay at a signal: uniform, incremental, and that of an initial queue (HCM Chapter 19, Step 8).
//!
//! d = d1 + d2 + d3 (Equation 19-18).

use super::square;

/// What progression does to uniform delay (Equations 19-20 and 19-21): 1 for arrivals that do not care for the signal.
pub fn progression(share_on_green: f64, green_ratio: f64, volume_to_capacity: f64) -> f64 {
    if green_ratio >= 1.0 || green_ratio <= 0.0 {
        return 1.0;
    }
    let x = volume_to_capacity.min(1.0);
    let y = x * green_ratio;
    // All on green at capacity: both parts of the first quotient vanish.
    let off_green = if x * share_on_green < 1.0 { (1.0 - share_on_green) / (1.0 - x * share_on_green) } else { 1.0 };
    off_green * (1.0 - y) / (1.0 - green_ratio)
        * (1.0 + y * (1.0 - share_on_green / green_ratio) / (1.0 - green_ratio)).max(0.0)
}

/// Uniform delay of one green a cycle (Equation 19-19).
pub fn uniform_s(cycle_s: f64, green_s: f64, volume_to_capacity: f64, share_on_green: f64) -> f64 {
    let ratio = (green_s / cycle_s).min(1.0);
    if ratio >= 1.0 {
        return 0.0;
    }
    progression(share_on_green, ratio, volume_to_capacity) * 0.5 * cycle_s * square(1.0 - ratio)
        / (1.0 - volume_to_capacity.min(1.0) * ratio)
}

/// Incremental delay factor k of a fixed time signal, or a coordinated phase.
pub const K_FIXED: f64 = 0.5;

/// Incremental delay factor k of an actuated phase (Equations 19-22 and 19-23).
pub fn actuated_k(passage_time_s: f64, flow_to_available_capacity: f64) -> f64 {
    let p = passage_time_s;
    let least = (-0.375 + 0.354 * p - 0.0910 * p * p + 0.00889 * p * p * p).clamp(0.04, K_FIXED);
    ((1.0 - 2.0 * least) * (flow_to_available_capacity - 0.5) + least).clamp(least, K_FIXED)
}

/// Incremental delay: randomness, and demand above capacity (Equation 19-26). The period is in hours.
pub fn incremental_s(period_h: f64, volume_to_capacity: f64, capacity_vph: f64, k: f64, filtering: f64) -> f64 {
    if capacity_vph <= 0.0 {
        return 0.0;
    }
    let over = volume_to_capacity - 1.0;
    let random = 8.0 * k * filtering * volume_to_capacity / (capacity_vph * period_h);
    900.0 * period_h * (over + (square(over) + random).sqrt())
}

/// Less randomness behind a signal upstream (Equation 19-6, the factor I) at its weighted volume-to-capacity ratio.
pub fn upstream_filtering(upstream_volume_to_capacity: f64) -> f64 {
    (1.0 - 0.91 * crate::math::powf(upstream_volume_to_capacity.min(1.0), 2.68)).max(0.09)
}

/// A queue that was there at the start of the period.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InitialQueue {
    /// How long demand is unmet, h (Equations 19-47 and 19-49).
    pub unmet_h: f64,
    /// Queue at the end of the period, veh (Equation 19-45).
    pub at_end_veh: f64,
    /// Queue that would stand at the end without the initial one, veh.
    pub at_end_without_veh: f64,
    /// Delay due to the initial queue, s per vehicle (Equation 19-44).
    pub delay_s: f64,
}

/// What an initial queue does (Equations 19-44 to 19-49).
pub fn initial_queue(queue_veh: f64, flow_vph: f64, capacity_vph: f64, period_h: f64) -> InitialQueue {
    let is_over = flow_vph >= capacity_vph;
    let at_end_without_veh = if is_over { period_h * (flow_vph - capacity_vph) } else { 0.0 };
    if queue_veh <= 0.0 || flow_vph <= 0.0 || capacity_vph <= 0.0 {
        let at_end_veh = at_end_without_veh;
        return InitialQueue { unmet_h: 0.0, at_end_veh, at_end_without_veh, delay_s: 0.0 };
    }
    let unmet_h = if is_over { period_h } else { (queue_veh / (capacity_vph - flow_vph)).min(period_h) };
    let at_end_veh = queue_veh + unmet_h * (flow_vph - capacity_vph);
    let area = unmet_h * (queue_veh + at_end_veh - at_end_without_veh) / 2.0
        + (square(at_end_veh) - square(at_end_without_veh)) / (2.0 * capacity_vph)
        - square(queue_veh) / (2.0 * capacity_vph);
    InitialQueue { unmet_h, at_end_veh, at_end_without_veh, delay_s: 3600.0 / (flow_vph * period_h) * area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_arrivals_need_no_progression_factor() {
        for x in [0.2, 0.7, 1.0, 1.3] {
            assert!((progression(0.4, 0.4, x) - 1.0).abs() < 1e-12, "{x}");
        }
        // All on green: nobody waits as long as the green suffices.
        assert!(progression(1.0, 0.5, 0.5).abs() < 1e-12);
    }

    #[test]
    fn delays_are_those_worked_by_hand() {
        // 0.5 · 60 · (1 − 29.3/60)² / (1 − 0.9216 · 29.3/60).
        assert!((uniform_s(60.0, 29.3, 0.9216, 29.3 / 60.0) - 14.28).abs() < 0.01);
        assert!((incremental_s(0.25, 0.922, 927.8, 0.5, 1.0) - 15.75).abs() < 0.1);
        assert_eq!(actuated_k(2.0, 1.2), 0.5);
        assert!((actuated_k(2.0, 0.3) - 0.0401).abs() < 0.0001);
        assert!((upstream_filtering(1.0) - 0.09).abs() < 1e-12);
    }

    #[test]
    fn an_initial_queue_is_worked_off() {
        // 20 vehicles, 200 veh/h to spare: 0.1 h. Area: 0.1·20/2 − 20²/1600 = 0.75 veh·h over 150 vehicles.
        let queue = initial_queue(20.0, 600.0, 800.0, 0.25);
        assert!((queue.unmet_h - 0.1).abs() < 1e-12);
        assert!(queue.at_end_veh.abs() < 1e-9);
        assert!((queue.delay_s - 3600.0 / 150.0 * 0.75).abs() < 1e-9);
        // Demand above capacity: all who arrive wait behind it, Q_b / c each.
        let queue = initial_queue(20.0, 900.0, 800.0, 0.25);
        assert!((queue.at_end_veh - 45.0).abs() < 1e-9 && (queue.at_end_without_veh - 25.0).abs() < 1e-9);
        assert!((queue.delay_s - 3600.0 * 20.0 / 800.0).abs() < 1e-6, "{}", queue.delay_s);
        assert_eq!(initial_queue(0.0, 900.0, 800.0, 0.25).delay_s, 0.0);
    }
}
