//! Phases of a signal as the methods see them, and how long they should be (HCM Chapters 19 and 31).

use super::saturation::{EXTENSION_S, START_UP_LOST_S};

/// One phase within the cycle.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Phase {
    /// Displayed green.
    pub green_s: f64,
    /// Yellow.
    pub yellow_s: f64,
    /// Red clearance: all-red time that belongs to the phase.
    pub red_clearance_s: f64,
    /// Maximum green of an actuated phase.
    pub max_green_s: Option<f64>,
    /// Passage time of an actuated phase.
    pub passage_time_s: Option<f64>,
    /// Walk interval of pedestrians beside it.
    pub walk_s: Option<f64>,
    /// Their clearance interval.
    pub clearance_s: Option<f64>,
}

impl Phase {
    /// A phase of fixed time.
    pub fn fixed(green_s: f64, yellow_s: f64, red_clearance_s: f64) -> Self {
        Self { green_s, yellow_s, red_clearance_s, ..Self::default() }
    }
    /// Duration: green, yellow and red clearance (Equation 19-2).
    pub fn duration_s(&self) -> f64 {
        self.green_s + self.change_s()
    }
    /// Yellow and red clearance.
    pub fn change_s(&self) -> f64 {
        self.yellow_s + self.red_clearance_s
    }
    /// Effective green (Equation 19-3).
    pub fn effective_green_s(&self) -> f64 {
        (self.green_s - START_UP_LOST_S + EXTENSION_S.min(self.change_s())).max(0.0)
    }
    /// Effective green with the maximum green (Equation 19-25); the same without actuation.
    pub fn available_green_s(&self) -> f64 {
        self.max_green_s.map_or(self.effective_green_s(), |green_s| Self { green_s, ..*self }.effective_green_s())
    }
    /// Time lost (Equation 19-1).
    pub fn lost_s(&self) -> f64 {
        START_UP_LOST_S + self.change_s() - EXTENSION_S.min(self.change_s())
    }
    /// Time in which pedestrians cross beside traffic of the phase, at most its effective green.
    pub fn pedestrian_s(&self, effective_green_s: f64) -> f64 {
        match (self.walk_s, self.clearance_s) {
            (Some(walk_s), Some(clearance_s)) => (walk_s + clearance_s).min(effective_green_s),
            _ => effective_green_s,
        }
    }
}

/// Critical volume-to-capacity ratio of a junction (Equation 19-30): `flow_ratio_sum` is that of the critical phases.
pub fn critical_ratio(cycle_s: f64, lost_s: f64, flow_ratio_sum: f64) -> f64 {
    if cycle_s > lost_s { cycle_s / (cycle_s - lost_s) * flow_ratio_sum } else { f64::INFINITY }
}

/// Cycle that gives a critical ratio (Equation 31-68); none when no cycle does.
pub fn cycle_for_ratio_s(lost_s: f64, critical_ratio: f64, flow_ratio_sum: f64) -> Option<f64> {
    (critical_ratio > flow_ratio_sum).then(|| lost_s * critical_ratio / (critical_ratio - flow_ratio_sum))
}

/// Effective green of a critical phase (Equation 31-69).
pub fn green_for_ratio_s(flow_ratio: f64, cycle_s: f64, volume_to_capacity: f64) -> f64 {
    flow_ratio * cycle_s / volume_to_capacity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planning_example_of_exhibit_31_7_comes_out() {
        let sum = 0.45 + 0.35;
        let cycle = |ratio| cycle_for_ratio_s(8.0, ratio, sum);
        assert_eq!(format!("{:.0}", cycle(1.0).unwrap()), "40");
        assert_eq!(cycle(0.80), None);
        assert_eq!(format!("{:.0}", cycle(0.92).unwrap()), "61");
        let ratio = critical_ratio(60.0, 8.0, sum);
        assert_eq!(format!("{ratio:.3}"), "0.923");
        assert!((green_for_ratio_s(0.45, 60.0, ratio) - 29.25).abs() < 1e-9);
        assert!((green_for_ratio_s(0.35, 60.0, ratio) - 22.75).abs() < 1e-9);
    }

    #[test]
    fn effective_green_is_the_displayed_one_with_the_usual_losses() {
        let phase = Phase::fixed(30.0, 4.0, 1.0);
        assert_eq!(phase.effective_green_s(), 30.0);
        assert_eq!(phase.lost_s(), 5.0);
        assert_eq!(phase.duration_s(), 35.0);
        assert_eq!(phase.pedestrian_s(30.0), 30.0);
        let phase = Phase { walk_s: Some(5.0), clearance_s: Some(14.0), ..phase };
        assert_eq!(phase.pedestrian_s(30.0), 19.0);
    }
}
