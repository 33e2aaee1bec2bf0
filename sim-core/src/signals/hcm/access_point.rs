//! Delay of through traffic behind vehicles that turn at an access point without signals (HCM Chapter 30, Section 4).

use super::back_of_queue::spacing_m;
use super::unsignalized::potential_capacity_vph;
use super::{feet, miles_per_hour, square};
use crate::math::{exp, powf};

/// Least time in which drivers merge into the next lane.
const MERGE_HEADWAY_S: f64 = 3.7;
/// Saturation flow of a through lane.
const LANE_VPH: f64 = 1800.0;
/// Headway within bunches.
const BUNCHED_S: f64 = 1.5;
/// Through cars that a right turn is worth.
const RIGHT_EQUIVALENT: f64 = 2.2;

/// One direction of the street at an access point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AccessPoint {
    /// Left turns.
    pub left_vph: f64,
    /// Through traffic.
    pub through_vph: f64,
    /// Right turns.
    pub right_vph: f64,
    /// Lanes that serve through traffic.
    pub n_lanes: u32,
    /// Traffic against which left turns wait.
    pub opposing_vph: f64,
    /// Length of all left-turn bay lanes together; 0 without a bay.
    pub left_bay_m: f64,
    /// Whether right turns have a bay.
    pub has_right_bay: bool,
    /// Share of heavy vehicles.
    pub heavy_share: f64,
    /// Speed of through traffic: the manual's worked example takes the speed limit, its text the free-flow speed.
    pub speed_mps: f64,
    /// Analysis period, h.
    pub period_h: f64,
}

/// Delay at an access point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome {
    /// Per through vehicle, due to left turns (Equation 30-31).
    pub left_s: f64,
    /// Per through vehicle, due to right turns (Equation 30-55).
    pub right_s: f64,
    /// Probability that left turns block the inside lane (Equation 30-53).
    pub blocked: f64,
}

/// How traffic spreads over the lanes (Equations 30-36 to 30-46).
struct Spread {
    left_share: f64,
    right_share: f64,
    inside_vph: f64,
    next_vph: f64,
    outside_vph: f64,
}

impl AccessPoint {
    fn total_vph(&self) -> f64 {
        self.left_vph + self.through_vph + self.right_vph
    }

    fn spread(&self, equivalent: f64, probability: f64, indicator: f64) -> Spread {
        let lanes = f64::from(self.n_lanes.max(1));
        let total = self.total_vph();
        let left = if self.left_bay_m > 0.0 { 0.0 } else { self.left_vph / total };
        let right = if self.has_right_bay { 0.0 } else { self.right_vph / total };
        let of_right = if self.has_right_bay { 1.0 } else { RIGHT_EQUIVALENT };
        let modified = (equivalent - 1.0) * probability + 1.0;
        let modified_right = (of_right - 1.0) * probability + 1.0;
        let r = 1.0 + right * (modified_right - 1.0);
        let b = r - left * (indicator + (lanes - 1.0) * ((1.0 + indicator) * modified - 1.0));
        let c = -left * lanes;
        let left_share = if self.n_lanes <= 1 {
            self.left_vph / total
        } else {
            ((-b + (b * b - 4.0 * indicator * r * c).sqrt()) / (2.0 * indicator * r)).min(1.0)
        };
        let inside = LANE_VPH * (1.0 + left_share * indicator)
            / (1.0 + left_share * (modified - 1.0) + left_share * modified * indicator);
        let right_share = if self.n_lanes <= 1 {
            self.right_vph / total
        } else {
            let others = inside / LANE_VPH + lanes;
            (right * (others - 1.0) / (1.0 - right * (others - 2.0) * (modified_right - 1.0))).min(1.0)
        };
        let inside_vph = if left_share > 0.0 { self.left_vph / left_share } else { total / lanes };
        let outside_vph = if right_share > 0.0 {
            self.right_vph / right_share
        } else {
            (total - inside_vph) / (lanes - 1.0).max(1.0)
        };
        let next_vph = if self.n_lanes > 2 { (total - inside_vph - outside_vph) / (lanes - 2.0) } else { outside_vph };
        Spread { left_share, right_share, inside_vph, next_vph, outside_vph }
    }

    /// Delay in a lane beyond that of free driving (Equations 30-48 and 30-51).
    fn queueing_s(&self, flow_vph: f64, capacity_vph: f64) -> f64 {
        let over = flow_vph / capacity_vph - 1.0;
        let random = 8.0 * flow_vph / (square(capacity_vph) * self.period_h);
        3600.0 * (1.0 / capacity_vph - 1.0 / LANE_VPH) + 900.0 * self.period_h * (over + (square(over) + random).sqrt())
    }

    /// Delay of through vehicles per right turn (Equations 30-56 to 30-68).
    fn behind_right_turn_s(&self, spread: &Spread) -> f64 {
        let flow_vps = spread.outside_vph / 3600.0;
        if flow_vps <= 0.0 || flow_vps * BUNCHED_S >= 1.0 {
            return 0.0;
        }
        let speed_ftps = 1.47 * miles_per_hour(self.speed_mps);
        let (turning_ftps, braking, accelerating, clearing_s) = (20.0, 6.7, 3.5, 0.6);
        let rate = 1.0 / (1.0 / flow_vps - BUNCHED_S);
        let shorter = |headway_s: f64| 1.0 - exp(-rate * (headway_s - BUNCHED_S));
        let mean_s = |most_s: f64| {
            let left = exp(-rate * (most_s - BUNCHED_S));
            1.0 / rate + (BUNCHED_S - most_s * left) / (1.0 - left)
        };
        let spacing_ft = feet(spacing_m(self.heavy_share));
        let first_s = ((speed_ftps - turning_ftps) / braking + clearing_s + spacing_ft / speed_ftps).max(BUNCHED_S);
        let slowest_ftps = (speed_ftps - braking * (first_s - mean_s(first_s))).max(turning_ftps);
        let mut delay_s = square(speed_ftps - slowest_ftps) / (2.0 * speed_ftps) * (1.0 / braking + 1.0 / accelerating);
        let mut chance = shorter(first_s) * (1.0 - spread.right_share);
        let mut sum_s = delay_s * chance;
        for _ in 0..100 {
            if delay_s < 1e-3 {
                break;
            }
            let most_s = delay_s + BUNCHED_S;
            delay_s -= mean_s(most_s) - BUNCHED_S;
            chance *= shorter(most_s) * (1.0 - spread.right_share);
            sum_s += delay_s.max(0.0) * chance;
        }
        sum_s
    }
}

/// Works an access point out.
pub fn analyze(point: &AccessPoint) -> Outcome {
    let total = point.total_vph();
    if total <= 0.0 || point.through_vph <= 0.0 {
        return Outcome { left_s: 0.0, right_s: 0.0, blocked: 0.0 };
    }
    let capacity_vph = potential_capacity_vph(point.opposing_vph, 4.1, 2.2);
    let equivalent = if point.left_bay_m > 0.0 { 1.0 } else { LANE_VPH / capacity_vph };
    let per_lane = total / f64::from(point.n_lanes.max(1));
    let most = 3600.0 / MERGE_HEADWAY_S;
    let probability = (1.0 - square(2.0 * (per_lane / most).min(1.0) - 1.0)).max(0.0);
    let through_share = point.through_vph / total;
    let places = point.left_bay_m / spacing_m(point.heavy_share);
    let blocked = powf((point.left_vph / capacity_vph).min(1.0), places + 1.0);
    let spread = point.spread(equivalent, probability, 1.0);
    let left_s = if point.left_vph > 0.0 && spread.left_share > 0.0 {
        let p = spread.left_share;
        let alone_vph = LANE_VPH * (1.0 + p) / (1.0 + p * (equivalent - 1.0) + p * equivalent);
        let alone_s = point.queueing_s(spread.inside_vph, alone_vph);
        let delay_s = if point.n_lanes > 1 {
            let next = spread.next_vph.max(1e-6);
            let gaps = exp(-next * MERGE_HEADWAY_S / 3600.0);
            let merging_vph = (spread.inside_vph - point.left_vph).max(0.0);
            alone_s.min(point.queueing_s(merging_vph, next * gaps / (1.0 - gaps)))
        } else {
            alone_s
        };
        (blocked * delay_s * (1.0 / p - 1.0) * (point.left_vph / total) / through_share).max(0.0)
    } else {
        0.0
    };
    let right_s = if point.has_right_bay || point.right_vph <= 0.0 {
        0.0
    } else {
        let spread = point.spread(equivalent, 1.0, 1e-5);
        0.67 * point.behind_right_turn_s(&spread) * (point.right_vph / total) / through_share
    };
    Outcome { left_s, right_s, blocked }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(left_vph: f64, through_vph: f64, right_vph: f64, opposing_vph: f64) -> AccessPoint {
        AccessPoint {
            left_vph,
            through_vph,
            right_vph,
            n_lanes: 2,
            opposing_vph,
            left_bay_m: 0.0,
            has_right_bay: false,
            heavy_share: 0.0,
            speed_mps: 35.0 * 0.44704,
            period_h: 0.25,
        }
    }

    #[test]
    fn the_access_points_of_exhibit_30_35_come_out() {
        let first = analyze(&point(74.80, 981.71, 93.50, 1086.15));
        let second = analyze(&point(75.56, 991.70, 94.45, 1075.21));
        assert!((first.left_s + first.right_s - 0.193).abs() < 0.001, "{first:?}");
        assert!((second.left_s + second.right_s - 0.194).abs() < 0.001, "{second:?}");
        assert_eq!(format!("{:.3}", first.blocked), "0.115");
    }

    #[test]
    fn bays_keep_turning_vehicles_out_of_the_way() {
        let with = AccessPoint { left_bay_m: 60.0, has_right_bay: true, ..point(74.80, 981.71, 93.50, 1086.15) };
        let outcome = analyze(&with);
        assert!(outcome.left_s < 1e-3 && outcome.right_s == 0.0 && outcome.blocked < 1e-6, "{outcome:?}");
    }
}
