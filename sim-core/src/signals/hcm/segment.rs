//! Urban street segments: the motorised vehicle method of HCM Chapter 18, for one direction of travel between two
//! junctions.

use super::access_point::{self, AccessPoint};
use super::{LevelOfService, feet, miles_per_hour};
use crate::math::{exp, powf};

const MPS_PER_MIPH: f64 = 1609.344 / 3600.0;

/// What rules through traffic at the end of the segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndControl {
    /// A signal.
    Signal,
    /// A stop sign.
    Stop,
    /// A yield sign or a roundabout.
    Yield,
    /// Nothing.
    None,
}

/// Delay at access points along the segment.
#[derive(Clone, PartialEq, Debug)]
pub enum AccessDelay {
    /// Known, per through vehicle, all access points together.
    Known(f64),
    /// Worked out for each of them.
    Computed(Vec<AccessPoint>),
    /// Estimated (Exhibit 18-13).
    Planned {
        /// Access points with much turning traffic.
        n_points: f64,
        /// Share of traffic that turns left at each.
        left_share: f64,
        /// Share of traffic that turns right at each.
        right_share: f64,
        /// How many of both turns have a bay that is long enough.
        n_bays: u32,
    },
}

/// A segment.
#[derive(Clone, PartialEq, Debug)]
pub struct Segment {
    /// Length.
    pub length_m: f64,
    /// Width of the junction at its start.
    pub upstream_width_m: f64,
    /// Through lanes.
    pub n_lanes: u32,
    /// Speed limit.
    pub speed_limit_mps: f64,
    /// Length with a median that cannot be crossed.
    pub median_m: f64,
    /// Share of the length with a kerb.
    pub kerb_share: f64,
    /// Share of the length with parking.
    pub parking_share: f64,
    /// Access points on both sides.
    pub n_access_points: f64,
    /// Distance between the signals around it.
    pub signal_spacing_m: f64,
    /// Through traffic at its end.
    pub through_vph: f64,
    /// Traffic along it.
    pub midsegment_vph: f64,
    /// Capacity for through traffic at its end.
    pub capacity_vph: Option<f64>,
    /// Control at its end.
    pub control: EndControl,
    /// Control delay of through traffic at its end.
    pub control_delay_s: f64,
    /// Full stops per through vehicle at its end, where known.
    pub stops: Option<f64>,
    /// Delay at access points.
    pub access: AccessDelay,
    /// Other delay on the way.
    pub other_delay_s: f64,
    /// Other stops on the way, per vehicle.
    pub other_stops: f64,
    /// Share of junctions with a left-turn lane.
    pub left_lane_share: f64,
}

/// How a segment fares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome {
    /// Base free-flow speed (Equation 18-3).
    pub base_speed_mps: f64,
    /// Free-flow speed (Equation 18-5).
    pub free_speed_mps: f64,
    /// Running time (Equation 18-7).
    pub running_time_s: f64,
    /// Running speed.
    pub running_speed_mps: f64,
    /// Travel speed, delay at its end included (Equation 18-15).
    pub travel_speed_mps: f64,
    /// Full stops per vehicle.
    pub stops: Option<f64>,
    /// Full stops per mile (Equation 18-16).
    pub stops_per_mile: Option<f64>,
    /// Demand over capacity at its end.
    pub volume_to_capacity: Option<f64>,
    /// Level of service (Exhibit 18-1).
    pub level: LevelOfService,
    /// Score of travellers (Equation 18-17).
    pub score: Option<f64>,
}

/// Works a segment out.
pub fn analyze(segment: &Segment) -> Outcome {
    let length_ft = feet(segment.length_m);
    let lanes = f64::from(segment.n_lanes.max(1));
    let limit_miph = miles_per_hour(segment.speed_limit_mps);
    let link_ft = length_ft - feet(segment.upstream_width_m);
    let median = if link_ft > 0.0 { (feet(segment.median_m) / link_ft).min(1.0) } else { 0.0 };
    let density = if link_ft > 0.0 { 5280.0 * segment.n_access_points / link_ft } else { 0.0 };
    // Exhibit 18-11.
    let base_miph = 25.6 + 0.47 * limit_miph + 1.5 * median
        - 0.47 * segment.kerb_share
        - 3.7 * segment.kerb_share * median
        - 0.078 * density / lanes
        - 3.0 * segment.parking_share;
    let spacing = (1.02 - 4.7 * (base_miph - 19.5) / feet(segment.signal_spacing_m).max(400.0)).min(1.0);
    let free_miph = (base_miph * spacing).max(limit_miph);
    let fullness = (segment.midsegment_vph / (52.8 * lanes * free_miph)).clamp(0.0, 0.999_999);
    let proximity = 2.0 / (1.0 + powf(1.0 - fullness, 0.21));
    let volume_to_capacity = segment.capacity_vph.filter(|c| *c > 0.0).map(|c| segment.through_vph / c);
    let (lost_s, at_end) = match segment.control {
        EndControl::Signal => (2.0, 1.0),
        EndControl::Stop => (2.5, 1.0),
        EndControl::Yield => (2.5, volume_to_capacity.unwrap_or(1.0).min(1.0)),
        EndControl::None => (2.5, 0.0),
    };
    let access_s = match &segment.access {
        AccessDelay::Known(delay_s) => *delay_s,
        AccessDelay::Computed(points) => {
            points.iter().map(access_point::analyze).map(|point| point.left_s + point.right_s).sum()
        }
        AccessDelay::Planned { n_points, left_share, right_share, n_bays } => {
            let bays = [1.0, 0.5, 0.0][(*n_bays).min(2) as usize];
            let turning = 100.0 * (left_share + right_share) / 20.0;
            n_points * turning * bays * turning_delay_s(segment.midsegment_vph / lanes, segment.n_lanes)
        }
    };
    let running_time_s = (6.0 - lost_s) / (0.0025 * length_ft) * at_end
        + 3600.0 * length_ft / (5280.0 * free_miph) * proximity
        + access_s
        + segment.other_delay_s;
    let control_delay_s = if segment.control == EndControl::None { 0.0 } else { segment.control_delay_s };
    let travel_miph = 3600.0 * length_ft / (5280.0 * (running_time_s + control_delay_s));
    let stops = segment.stops.or(match segment.control {
        EndControl::Signal => None,
        EndControl::Stop => Some(1.0),
        EndControl::Yield => volume_to_capacity,
        EndControl::None => Some(0.0),
    });
    let stops_per_mile = stops.map(|stops| 5280.0 * (stops + segment.other_stops) / length_ft);
    Outcome {
        base_speed_mps: base_miph * MPS_PER_MIPH,
        free_speed_mps: free_miph * MPS_PER_MIPH,
        running_time_s,
        running_speed_mps: segment.length_m / running_time_s,
        travel_speed_mps: travel_miph * MPS_PER_MIPH,
        stops,
        stops_per_mile,
        volume_to_capacity,
        level: level(travel_miph, base_miph, volume_to_capacity.is_some_and(|x| x > 1.0)),
        score: stops_per_mile.map(|rate| score(rate, segment.left_lane_share)),
    }
}

/// Delay per access point at 10 % left and 10 % right turns (Exhibit 18-13).
fn turning_delay_s(flow_vphpl: f64, n_lanes: u32) -> f64 {
    const ROWS: [[f64; 3]; 6] = [
        [0.04, 0.04, 0.05],
        [0.08, 0.08, 0.09],
        [0.12, 0.15, 0.15],
        [0.18, 0.25, 0.15],
        [0.27, 0.41, 0.15],
        [0.39, 0.72, 0.15],
    ];
    let column = n_lanes.clamp(1, 3) as usize - 1;
    let place = (flow_vphpl.clamp(200.0, 700.0) - 200.0) / 100.0;
    let row = (crate::math::floor(place) as usize).min(4);
    let part = place - row as f64;
    ROWS[row][column] * (1.0 - part) + ROWS[row + 1][column] * part
}

/// Level of service by travel speed and base free-flow speed (Exhibit 18-1), between its columns in proportion.
fn level(travel_miph: f64, base_miph: f64, is_over_capacity: bool) -> LevelOfService {
    const BOUNDS: [[f64; 7]; 5] = [
        [20.0, 24.0, 28.0, 32.0, 36.0, 40.0, 44.0],
        [17.0, 20.0, 23.0, 27.0, 30.0, 34.0, 37.0],
        [13.0, 15.0, 18.0, 20.0, 23.0, 25.0, 28.0],
        [10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0],
        [8.0, 9.0, 11.0, 12.0, 14.0, 15.0, 17.0],
    ];
    let place = (base_miph.clamp(25.0, 55.0) - 25.0) / 5.0;
    let column = (crate::math::floor(place) as usize).min(5);
    let part = place - column as f64;
    let exceeds = |row: &[f64; 7]| travel_miph > row[column] * (1.0 - part) + row[column + 1] * part;
    match BOUNDS.iter().position(exceeds) {
        Some(position) if !is_over_capacity => LevelOfService::ALL[position],
        _ => LevelOfService::F,
    }
}

/// Score of travellers from full stops per mile (Equations 18-17 to 18-22).
fn score(stops_per_mile: f64, left_lane_share: f64) -> f64 {
    let worse = |intercept: f64| 1.0 / (1.0 + exp(intercept - 0.253 * stops_per_mile + 0.3434 * left_lane_share));
    1.0 + [-1.1614, 0.6234, 1.7389, 2.7047, 3.8044].into_iter().map(worse).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chapter 30, Example Problem 1, eastbound.
    fn example_problem_1() -> Segment {
        Segment {
            length_m: 1800.0 * 0.3048,
            upstream_width_m: 50.0 * 0.3048,
            n_lanes: 2,
            speed_limit_mps: 35.0 * MPS_PER_MIPH,
            median_m: 0.0,
            kerb_share: 0.7,
            parking_share: 0.0,
            n_access_points: 8.0,
            signal_spacing_m: 1800.0 * 0.3048,
            through_vph: 968.0,
            midsegment_vph: 1150.0,
            capacity_vph: Some(1848.0),
            control: EndControl::Signal,
            control_delay_s: 18.310,
            stops: Some(0.547),
            access: AccessDelay::Known(0.193 + 0.194),
            other_delay_s: 0.0,
            other_stops: 0.0,
            left_lane_share: 0.33,
        }
    }

    #[test]
    fn example_problem_1_comes_out_to_the_last_digit() {
        let outcome = analyze(&example_problem_1());
        let two = |value: f64| format!("{value:.2}");
        // Exhibit 30-36.
        assert_eq!(two(miles_per_hour(outcome.base_speed_mps)), "40.78");
        assert_eq!(two(outcome.running_time_s), "33.54");
        assert_eq!(two(miles_per_hour(outcome.running_speed_mps)), "36.59");
        assert_eq!(two(miles_per_hour(outcome.travel_speed_mps)), "23.67");
        assert_eq!(two(outcome.volume_to_capacity.unwrap()), "0.52");
        // 5,280 · 0.547 / 1,800 = 1.6045; the book's 1.61 carries more digits of the stop rate.
        assert!((outcome.stops_per_mile.unwrap() - 1.61).abs() < 0.01);
        assert_eq!(two(outcome.score.unwrap()), "2.53");
        assert_eq!(outcome.level.letter(), 'C');
    }

    #[test]
    fn the_planning_estimate_of_access_points_is_that_of_the_exhibit() {
        let access = AccessDelay::Planned { n_points: 2.0, left_share: 0.065, right_share: 0.081, n_bays: 0 };
        let outcome = analyze(&Segment { access, ..example_problem_1() });
        assert_eq!(format!("{:.2}", outcome.running_time_s), "33.70");
        assert!((turning_delay_s(550.0, 2) - 0.33).abs() < 1e-9);
        assert_eq!(turning_delay_s(100.0, 1), 0.04);
        assert_eq!(turning_delay_s(900.0, 2), 0.72);
    }

    #[test]
    fn demand_above_capacity_is_level_f() {
        let outcome = analyze(&Segment { capacity_vph: Some(900.0), ..example_problem_1() });
        assert_eq!(outcome.level.letter(), 'F');
    }
}
