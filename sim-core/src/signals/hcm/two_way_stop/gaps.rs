//! Gaps and what they are good for: headways, and capacities of single movements.

use super::Junction;
use crate::math::{exp, powf};
use crate::signals::hcm::feet;
use crate::signals::hcm::unsignalized::potential_capacity_vph;

/// Critical headways by lanes of the main road: one stage, first, second (Exhibit 20-17), and follow-up (20-18).
#[derive(Clone, Copy)]
pub(super) struct Headways {
    pub(super) critical_s: [f64; 3],
    pub(super) follow_up_s: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    MajorLeft,
    UTurn,
    Right,
    Through,
    MinorLeft,
}

pub(super) fn headways(junction: &Junction, kind: Kind, grade: f64) -> Headways {
    let column = junction.major_lanes.clamp(1, 3) as usize - 1;
    let narrow = junction.has_narrow_median;
    let (critical, follow_up_s, grade_factor) = match kind {
        Kind::MajorLeft => ([[4.1; 3], [4.1; 3], [5.3; 3]], [2.2, 2.2, 3.1], 0.0),
        // There is no value for one lane each way; that for two is taken.
        Kind::UTurn => {
            let wide = if narrow { 6.9 } else { 6.4 };
            let follow_up = if narrow { 3.1 } else { 2.5 };
            ([[wide; 3], [wide; 3], [5.6; 3]], [follow_up, follow_up, 2.3], 0.0)
        }
        Kind::Right => ([[6.2; 3], [6.9; 3], [7.1; 3]], [3.3, 3.3, 3.9], 0.1),
        Kind::Through => ([[6.5, 5.5, 5.5]; 3], [4.0; 3], 0.2),
        Kind::MinorLeft => ([[7.1, 6.1, 6.1], [7.5, 6.5, 6.5], [6.4, 7.3, 6.7]], [3.5, 3.5, 3.8], 0.2),
    };
    let heavy = junction.heavy_share;
    let (critical_heavy, follow_heavy) = if column == 0 { (1.0, 0.9) } else { (2.0, 1.0) };
    let stem = if junction.has_three_arms && kind == Kind::MinorLeft { 0.7 } else { 0.0 };
    let more_s = critical_heavy * heavy + grade_factor * 100.0 * grade - stem;
    Headways {
        critical_s: critical[column].map(|base_s| base_s + more_s),
        follow_up_s: follow_up_s[column] + follow_heavy * heavy,
    }
}

/// Capacity while platoons from signals block a movement for a part of the time (Equations 20-19 to 20-21).
pub fn capacity_beside_platoons_vph(
    conflicting_vph: f64,
    critical_s: f64,
    follow_up_s: f64,
    blocked_share: f64,
    major_lanes: u32,
) -> f64 {
    if blocked_share <= 0.0 {
        return potential_capacity_vph(conflicting_vph, critical_s, follow_up_s);
    }
    let in_platoons = 1.5 * 1000.0 * f64::from(major_lanes) * blocked_share;
    let free = 1.0 - blocked_share.min(1.0);
    let rest_vph = if free > 0.0 { ((conflicting_vph - in_platoons) / free).max(0.0) } else { 0.0 };
    free * potential_capacity_vph(rest_vph, critical_s, follow_up_s)
}

/// Part of the time that pedestrians leave (Equations 20-67 and 20-68).
pub(super) fn beside_pedestrians(junction: &Junction, pedestrians_ph: f64) -> f64 {
    (1.0 - pedestrians_ph * feet(junction.lane_width_m) / 3.5 / 3600.0).max(0.0)
}

/// Share of through and right-turning traffic in the lane of left turns.
pub(super) fn in_left_lane(junction: &Junction) -> f64 {
    [1.0, 0.5, 0.33][junction.major_lanes.clamp(1, 3) as usize - 1]
}

/// Probability that through traffic is not held up where left turns share its lane (Equations 20-29 to 20-34).
pub(super) fn queue_free_shared(free: f64, saturation: f64, pocket: u32) -> f64 {
    let places = f64::from(pocket + 1);
    let longer = powf(1.0 + powf(saturation, places) / (1.0 - saturation).max(1e-9), 1.0 / places);
    (1.0 - (1.0 - free) * longer).clamp(0.0, 1.0)
}

/// Capacity of a movement that crosses in two stages (Equations 20-37 to 20-40).
pub fn two_stage_capacity_vph(stages_vph: [f64; 2], one_stage_vph: f64, major_left_vph: f64, storage: u32) -> f64 {
    let places = f64::from(storage);
    let factor = 1.0 - 0.32 * exp(-1.3 * places.sqrt());
    let second = stages_vph[1] - major_left_vph;
    // Where a stage has no more capacity than both together, waiting in the median gains nothing.
    if stages_vph[0] <= one_stage_vph || second <= one_stage_vph {
        return one_stage_vph;
    }
    let y = (stages_vph[0] - one_stage_vph) / (second - one_stage_vph);
    if (y - 1.0).abs() < 1e-9 {
        return factor / (places + 1.0) * (places * second + one_stage_vph);
    }
    let power = powf(y, places);
    factor / (power * y - 1.0) * (y * (power - 1.0) * second + (y - 1.0) * one_stage_vph)
}

/// Capacity of a lane with places for right turns beside it (Equation 20-50).
pub fn flared_capacity_vph(right: (f64, f64), others: (f64, f64), storage: u32) -> f64 {
    let places = f64::from(storage + 1);
    let part = |(flow, capacity): (f64, f64)| if flow > 0.0 { powf(flow / capacity, places) } else { 0.0 };
    let sum = part(right) + part(others);
    if sum > 0.0 { (right.0 + others.0) / powf(sum, 1.0 / places) } else { right.1.min(others.1) }
}
