//! What stop signs and roundabouts share: gap acceptance, delay and queues (HCM Chapters 20 to 22).

use super::square;
use crate::math::exp;

/// Capacity through gaps of a stream that does not yield (Equation 20-18).
pub fn potential_capacity_vph(conflicting_vph: f64, critical_headway_s: f64, follow_up_s: f64) -> f64 {
    if conflicting_vph <= 1e-9 {
        return 3600.0 / follow_up_s;
    }
    conflicting_vph * exp(-conflicting_vph * critical_headway_s / 3600.0)
        / (1.0 - exp(-conflicting_vph * follow_up_s / 3600.0))
}

/// Probability that no queue stands (Equation 20-28).
pub fn queue_free(flow_vph: f64, capacity_vph: f64) -> f64 {
    if flow_vph <= 0.0 {
        1.0
    } else if capacity_vph <= 0.0 {
        0.0
    } else {
        (1.0 - flow_vph / capacity_vph).max(0.0)
    }
}

/// Capacity of a lane that serves several movements, each with its flow and capacity (Equation 20-49).
pub fn shared_capacity_vph(movements: &[(f64, f64)]) -> f64 {
    let flow: f64 = movements.iter().map(|movement| movement.0).sum();
    if flow <= 0.0 {
        return movements.iter().map(|movement| movement.1).fold(f64::INFINITY, f64::min);
    }
    flow / movements.iter().filter(|movement| movement.0 > 0.0).map(|(flow, capacity)| flow / capacity).sum::<f64>()
}

/// Waiting in the queue: the terms that delays at stop signs and roundabouts share (Equation 20-61).
fn waiting_s(volume_to_capacity: f64, headway_s: f64, period_h: f64) -> f64 {
    let over = volume_to_capacity - 1.0;
    900.0 * period_h * (over + (square(over) + headway_s * volume_to_capacity / (450.0 * period_h)).sqrt())
}

/// Control delay at a stop sign (Equation 20-61); infinite without capacity.
pub fn stop_delay_s(flow_vph: f64, capacity_vph: f64, period_h: f64) -> f64 {
    if capacity_vph <= 0.0 {
        return f64::INFINITY;
    }
    let headway_s = 3600.0 / capacity_vph;
    headway_s + waiting_s(flow_vph / capacity_vph, headway_s, period_h) + 5.0
}

/// Control delay at an all-way stop (Equation 21-30).
pub fn all_way_delay_s(service_s: f64, headway_s: f64, utilization: f64, period_h: f64) -> f64 {
    service_s + waiting_s(utilization, headway_s, period_h) + 5.0
}

/// Control delay at a roundabout: who meets nobody does not stop (Equation 22-17).
pub fn roundabout_delay_s(flow_vph: f64, capacity_vph: f64, period_h: f64) -> f64 {
    if capacity_vph <= 0.0 {
        return f64::INFINITY;
    }
    let headway_s = 3600.0 / capacity_vph;
    let x = flow_vph / capacity_vph;
    headway_s + waiting_s(x, headway_s, period_h) + 5.0 * x.min(1.0)
}

/// 95th percentile of the queue (Equations 20-66, 21-33 and 22-20).
pub fn queue_p95_veh(utilization: f64, headway_s: f64, period_h: f64) -> f64 {
    if headway_s <= 0.0 || !headway_s.is_finite() {
        return 0.0;
    }
    let over = utilization - 1.0;
    900.0 * period_h / headway_s * (over + (square(over) + headway_s * utilization / (150.0 * period_h)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_gap_acceptance() {
        assert_eq!(potential_capacity_vph(0.0, 6.2, 3.3), 3600.0 / 3.3);
        assert!((potential_capacity_vph(1e-3, 6.2, 3.3) - 3600.0 / 3.3).abs() < 0.01);
        let capacities = [100.0, 500.0, 1000.0, 2000.0].map(|flow| potential_capacity_vph(flow, 6.2, 3.3));
        assert!(capacities.windows(2).all(|pair| pair[0] > pair[1]));
        assert_eq!(queue_free(0.0, 0.0), 1.0);
        assert_eq!(queue_free(10.0, 0.0), 0.0);
        assert_eq!(queue_free(900.0, 600.0), 0.0);
    }

    #[test]
    fn lanes_and_queues_are_those_worked_by_hand() {
        // 40/268 + 120/760 = 0.3071; 160/0.3071 = 521.
        assert_eq!(format!("{:.0}", shared_capacity_vph(&[(40.0, 268.0), (120.0, 760.0)])), "521");
        assert_eq!(shared_capacity_vph(&[(0.0, 268.0), (0.0, 760.0)]), 268.0);
        // Chapter 32, all-way stop Example Problem 1.
        assert_eq!(format!("{:.1}", queue_p95_veh(0.508, 4.97, 0.25)), "2.9");
        assert_eq!(format!("{:.1}", stop_delay_s(160.0, 521.0, 0.25)), "14.9");
        // Without anybody else, a stop costs the headway and 5 s.
        assert!((stop_delay_s(0.0, 600.0, 0.25) - 11.0).abs() < 1e-9);
        assert!((roundabout_delay_s(0.0, 1200.0, 0.25) - 3.0).abs() < 1e-9);
    }
}
