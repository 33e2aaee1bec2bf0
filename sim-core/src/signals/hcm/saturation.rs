//! Saturation flow: the base rate and the factors that adjust it (HCM Chapter 19, Step 4).
//!
//! s = s0 · f_w · f_HVg · f_p · f_bb · f_a · f_LU · f_LT · f_RT · f_Lpb · f_Rpb · f_wz · f_ms · f_sp (Equation 19-8).

use super::feet;

/// Base saturation flow in large cities, passenger cars per hour and lane (Exhibit 19-11).
pub const BASE_PCPHPL: f64 = 1900.0;
/// Through cars that a protected left turn is worth (Equation 19-14).
pub const LEFT_EQUIVALENT: f64 = 1.05;
/// Through cars that a right turn is worth (Equation 19-13).
pub const RIGHT_EQUIVALENT: f64 = 1.18;
/// Time lost when a queue starts.
pub const START_UP_LOST_S: f64 = 2.0;
/// Part of the change interval that is used as green.
pub const EXTENSION_S: f64 = 2.0;

/// Lane width (Exhibit 19-20).
pub fn lane_width(width_m: f64) -> f64 {
    // A width given in whole feet and converted must fall on the side of the bound that the manual means.
    let width_ft = feet(width_m) + 1e-6;
    if width_ft < 10.0 {
        0.96
    } else if width_ft < 12.9 + 2e-6 {
        1.0
    } else {
        1.04
    }
}

/// Heavy vehicles and grade (Equations 19-9 and 19-10); the grade is positive uphill, 0.02 for 2 %.
pub fn heavy_vehicles_and_grade(heavy_share: f64, grade: f64) -> f64 {
    let (heavy_pct, grade_pct) = (100.0 * heavy_share, 100.0 * grade);
    if grade < 0.0 {
        (100.0 - 0.79 * heavy_pct - 2.07 * grade_pct) / 100.0
    } else {
        (100.0 - 0.78 * heavy_pct - 0.31 * grade_pct * grade_pct) / 100.0
    }
}

/// Parking beside a lane group (Equation 19-11).
pub fn parking(n_lanes: f64, maneuvers_ph: f64) -> f64 {
    ((n_lanes - 0.1 - 18.0 * maneuvers_ph.min(180.0) / 3600.0) / n_lanes).max(0.05)
}

/// Buses that stop within 75 m of the stop line (Equation 19-12).
pub fn bus_blockage(n_lanes: f64, buses_ph: f64) -> f64 {
    ((n_lanes - 14.4 * buses_ph.min(250.0) / 3600.0) / n_lanes).max(0.05)
}

/// Area: 0.9 where it is like a central business district.
pub fn area(is_central: bool) -> f64 {
    if is_central { 0.9 } else { 1.0 }
}

/// Which exclusive lanes are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LaneUse {
    /// Left turns only.
    Left,
    /// Through traffic only.
    Through,
    /// Right turns only.
    Right,
}

/// Uneven use of several lanes: the defaults of Exhibit 19-15.
pub fn lane_utilization(lane_use: LaneUse, n_lanes: u32) -> f64 {
    match (lane_use, n_lanes) {
        (_, 0 | 1) => 1.0,
        (LaneUse::Through, 2) => 0.952,
        (LaneUse::Through, _) => 0.908,
        (LaneUse::Left, _) => 0.971,
        (LaneUse::Right, _) => 0.885,
    }
}

/// Uneven use of several lanes, from the flow of the busiest (Equation 19-7).
pub fn lane_utilization_measured(flow_vph: f64, n_lanes: u32, busiest_vph: f64) -> f64 {
    if busiest_vph <= 0.0 || n_lanes == 0 { 1.0 } else { flow_vph / (f64::from(n_lanes) * busiest_vph) }
}

/// A work zone at the approach (Equations 31-89 to 31-91): width of all open lanes, left and through lanes open
/// normally and now.
pub fn work_zone(open_width_m: f64, n_normal: u32, n_open: u32) -> f64 {
    let width = 1.0 / (1.0 - 0.0057 * (feet(open_width_m) - 12.0));
    let reduction = 1.0 / (1.0 + 0.0402 * (f64::from(n_normal) - f64::from(n_open)));
    (0.858 * width * reduction).min(1.0)
}

/// Platoon ratio of an arrival type from 1 (very poor progression) to 6 (Exhibit 19-13).
pub fn platoon_ratio(arrival_type: u8) -> Option<f64> {
    [0.33, 0.67, 1.0, 1.33, 1.67, 2.0].get(usize::from(arrival_type).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_exhibits() {
        let width = |width_ft: f64| lane_width(width_ft * 0.3048);
        assert_eq!([9.9, 10.0, 12.0, 12.9, 13.0].map(width), [0.96, 1.0, 1.0, 1.0, 1.04]);
        assert!((heavy_vehicles_and_grade(0.05, 0.0) - 0.961).abs() < 1e-12);
        assert!((heavy_vehicles_and_grade(0.10, -0.02) - 0.9624).abs() < 1e-12);
        assert!((heavy_vehicles_and_grade(0.10, 0.04) - 0.8724).abs() < 1e-12);
        assert!((parking(1.0, 5.0) - 0.875).abs() < 1e-12);
        assert_eq!(parking(1.0, 1000.0), 0.05_f64.max(1.0 - 0.1 - 0.9));
        assert!((bus_blockage(2.0, 50.0) - 0.9).abs() < 1e-12);
        assert_eq!(lane_utilization(LaneUse::Through, 5), 0.908);
        assert!((lane_utilization_measured(1000.0, 2, 525.0) - 0.952).abs() < 0.001);
        assert_eq!(platoon_ratio(5), Some(1.67));
        assert_eq!(platoon_ratio(0), None);
        assert_eq!(platoon_ratio(7), None);
    }
}
