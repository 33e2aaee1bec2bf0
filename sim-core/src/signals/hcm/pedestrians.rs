//! Pedestrians at a signal: what they take from turning traffic, what they need, and how they fare (HCM Chapters 19
//! and 31).

use super::{LevelOfService, feet, miles_per_hour, square};
use crate::math::{exp, ln, powf};

/// Walking speed for clearance intervals: 3.5 ft/s.
pub const WALKING_SPEED_MPS: f64 = 3.5 * 0.3048;

/// Part of the time in which pedestrians stand in the way, while they are served (Equations 31-74 to 31-76).
fn occupancy(pedestrians_ph: f64, service_s: f64, cycle_s: f64) -> f64 {
    let while_served = (pedestrians_ph * cycle_s / service_s.max(1e-9)).min(5000.0);
    if while_served <= 1000.0 { while_served / 2000.0 } else { (0.4 + while_served / 10_000.0).min(0.9) }
}

/// What is left for turning vehicles: all of the conflict zone, or part where they can pass beside (Equations 31-81
/// and 31-82).
fn unoccupied(occupancy: f64, can_pass_beside: bool) -> f64 {
    if can_pass_beside { 1.0 - 0.6 * occupancy } else { 1.0 - occupancy }
}

/// Who meets turning vehicles on the far side, and how long.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Crossing {
    /// Pedestrians in both directions, per hour.
    pub pedestrians_ph: f64,
    /// Bicycles beside the turning vehicles, per hour.
    pub bicycles_ph: f64,
    /// Time in which pedestrians are served.
    pub service_s: f64,
    /// Whether there are more lanes to turn into than lanes that turn.
    pub can_pass_beside: bool,
}

/// Factor of right turns, and of left turns without opposing traffic (Equations 31-74 to 31-84).
pub fn unopposed_turn(crossing: &Crossing, green_s: f64, cycle_s: f64) -> f64 {
    if green_s <= 0.0 || (crossing.pedestrians_ph <= 0.0 && crossing.bicycles_ph <= 0.0) {
        return 1.0;
    }
    let service_s = crossing.service_s.min(green_s);
    let walking = service_s / green_s * occupancy(crossing.pedestrians_ph, service_s, cycle_s);
    let cycling = if crossing.bicycles_ph > 0.0 {
        0.02 + (crossing.bicycles_ph * cycle_s / green_s).min(1900.0) / 2700.0
    } else {
        0.0
    };
    unoccupied(walking + cycling - walking * cycling, crossing.can_pass_beside)
}

/// Factor of left turns through opposing traffic (Equations 31-85 to 31-88): effective permitted green, the part of it
/// that the opposing queue leaves, and the opposing flow.
pub fn opposed_left(crossing: &Crossing, permitted_s: f64, unblocked_s: f64, opposing_vph: f64, cycle_s: f64) -> f64 {
    let service_s = crossing.service_s.min(permitted_s);
    let blocked_s = permitted_s - unblocked_s;
    if crossing.pedestrians_ph <= 0.0 || permitted_s <= 0.0 || blocked_s >= service_s || unblocked_s <= 0.0 {
        return 1.0;
    }
    let after_queue = occupancy(crossing.pedestrians_ph, service_s, cycle_s) * (1.0 - 0.5 * blocked_s / service_s);
    let relevant = (service_s - blocked_s) / unblocked_s * after_queue * exp(-5.0 * opposing_vph / 3600.0);
    unoccupied(relevant, crossing.can_pass_beside)
}

/// What pedestrians need.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Need {
    /// Walk interval.
    pub walk_s: f64,
    /// Clearance interval: the way across at walking speed.
    pub clearance_s: f64,
    /// Time in which a platoon of pedestrians crosses (Equations 19-67 and 19-68).
    pub service_s: f64,
}

impl Need {
    /// Green and change interval that a phase must give at least.
    pub fn least_s(&self) -> f64 {
        (self.walk_s + self.clearance_s).max(self.service_s)
    }
}

/// Minima of a crossing: its length and width, and how many pedestrians wait for a walk interval. The walk interval is
/// 7 s (Chapter 19, required data), the clearance at 3.5 ft/s.
pub fn need(length_m: f64, width_m: f64, waiting: f64) -> Need {
    let width_ft = feet(width_m);
    let start_s = if width_ft > 10.0 + 1e-9 { 2.7 * waiting / width_ft } else { 0.27 * waiting };
    let clearance_s = length_m / WALKING_SPEED_MPS;
    Need { walk_s: 7.0, clearance_s, service_s: 3.2 + clearance_s + start_s }
}

/// Mean delay of pedestrians: the walk interval counts 4 s longer, since they start into the clearance interval
/// (Equations 19-51 and 19-54).
pub fn delay_s(cycle_s: f64, walk_s: f64) -> f64 {
    square((cycle_s - walk_s - 4.0).max(0.0)) / (2.0 * cycle_s)
}

/// A crosswalk as its users see it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Crosswalk {
    /// Cycle.
    pub cycle_s: f64,
    /// Walk interval.
    pub walk_s: f64,
    /// Lanes to cross.
    pub n_lanes: f64,
    /// Right turns on red over the crossing, per hour.
    pub right_on_red_vph: f64,
    /// Permitted left turns over the crossing, per hour.
    pub permitted_left_vph: f64,
    /// Islands beside channelised right turns on the way.
    pub n_islands: f64,
    /// Traffic on the street that is crossed, per hour.
    pub crossed_vph: f64,
    /// Its through lanes.
    pub crossed_lanes: f64,
    /// Its 85th percentile speed.
    pub speed_mps: f64,
}

impl Crosswalk {
    /// Score of the crosswalk (Equations 19-55 to 19-60).
    pub fn score(&self) -> f64 {
        let per_lane = 0.25 * self.crossed_vph / self.crossed_lanes.max(1.0);
        let cross_section = 0.681 * powf(self.n_lanes, 0.514);
        let turning = 0.00569 * (self.right_on_red_vph + self.permitted_left_vph) / 4.0
            - self.n_islands * (0.0027 * per_lane - 0.1946);
        let speed = 0.00013 * per_lane * miles_per_hour(self.speed_mps);
        let delay_s = delay_s(self.cycle_s, self.walk_s);
        let waiting = if delay_s > 0.0 { 0.0401 * ln(delay_s) } else { 0.0 };
        0.5997 + cross_section + turning + speed + waiting
    }

    /// Its level of service (Exhibit 19-9).
    pub fn level_of_service(&self) -> LevelOfService {
        LevelOfService::of_score(self.score())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_factors_are_those_of_exhibit_31_77() {
        let crossing =
            |pedestrians_ph, service_s| Crossing { pedestrians_ph, bicycles_ph: 0.0, service_s, can_pass_beside: true };
        assert_eq!(format!("{:.2}", unopposed_turn(&crossing(120.0, 19.0), 30.0, 101.8)), "0.88");
        assert_eq!(format!("{:.2}", unopposed_turn(&crossing(40.0, 21.0), 50.0, 101.8)), "0.98");
        assert_eq!(format!("{:.2}", opposed_left(&crossing(120.0, 19.0), 30.0, 11.4, 624.0, 101.8)), "1.00");
        assert_eq!(unopposed_turn(&crossing(0.0, 19.0), 30.0, 101.8), 1.0);
        assert_eq!(opposed_left(&crossing(0.0, 19.0), 30.0, 11.4, 624.0, 101.8), 1.0);
        let bicycles = Crossing { bicycles_ph: 100.0, can_pass_beside: false, ..crossing(0.0, 19.0) };
        assert!((unopposed_turn(&bicycles, 30.0, 90.0) - (1.0 - 0.02 - 300.0 / 2700.0)).abs() < 1e-12);
    }

    #[test]
    fn minima_are_walk_clearance_and_platoon() {
        let need = need(14.0 * WALKING_SPEED_MPS, 3.0, 20.0);
        assert!((need.clearance_s - 14.0).abs() < 1e-12);
        assert!((need.service_s - (3.2 + 14.0 + 5.4)).abs() < 1e-12);
        assert!((need.least_s() - 22.6).abs() < 1e-12);
        let wide = super::need(14.0 * WALKING_SPEED_MPS, 20.0 * 0.3048, 20.0);
        assert!((wide.service_s - (3.2 + 14.0 + 2.7)).abs() < 1e-9);
    }

    #[test]
    fn the_crosswalk_of_example_problem_2_comes_out() {
        // Chapter 31, Example Problem 2: crossing of the minor street.
        let crosswalk = Crosswalk {
            cycle_s: 80.0,
            walk_s: 7.0,
            n_lanes: 2.0,
            right_on_red_vph: 30.0,
            permitted_left_vph: 42.0,
            n_islands: 0.0,
            crossed_vph: 986.0,
            crossed_lanes: 2.0,
            speed_mps: 35.0 * 0.44704,
        };
        assert_eq!(format!("{:.1}", delay_s(80.0, 7.0)), "29.8");
        assert_eq!(format!("{:.2}", crosswalk.score()), "2.37");
        assert_eq!(crosswalk.level_of_service().letter(), 'B');
    }
}
