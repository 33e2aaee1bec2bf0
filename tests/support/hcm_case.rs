//! From the files of worked examples to the methods' inputs: the manual's units become SI units here.

use std::path::PathBuf;

use serde_json::Value;
use sim_core::signals::hcm::lane_flow::{GroupFlow, GroupKind, N_KINDS};
use sim_core::signals::hcm::permitted_left::{Sequence, StreetPhases};
use sim_core::signals::hcm::phases::Phase;
use sim_core::signals::hcm::{all_way_stop, roundabout, segment, signal, two_way_stop};

const FOOT_M: f64 = 0.3048;
const MIPH_MPS: f64 = 1609.344 / 3600.0;

/// A case, unless there is no data.
pub(crate) fn case(name: &str) -> Option<Value> {
    let Some(data) = std::env::var_os("CITYTWIN_DATA") else {
        eprintln!("skipped: CITYTWIN_DATA is not set, so {name} is not tried");
        return None;
    };
    let path = PathBuf::from(data).join("hcm").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Whether values are those of an exhibit, give or take `slack` in the last printed digit beside rounding.
#[track_caller]
pub(crate) fn check(what: &str, found: impl IntoIterator<Item = f64>, slack: f64, expected: &str) {
    let found: Vec<f64> = found.into_iter().collect();
    let printed: Vec<&str> = expected.split(' ').collect();
    assert_eq!(found.len(), printed.len(), "{what}");
    for (found, printed) in found.iter().zip(printed) {
        let decimals = printed.split_once('.').map_or(0, |parts| parts.1.len());
        let rounding = 0.5 * [1.0, 0.1, 0.01, 0.001][decimals] + 1e-9;
        let expected: f64 = printed.parse().expect("a number");
        assert!((found - expected).abs() <= rounding + slack, "{what}: {found} instead of {printed}");
    }
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or(0.0)
}

fn known(value: &Value, key: &str) -> Option<f64> {
    value[key].as_f64()
}

fn count(value: &Value, key: &str) -> u32 {
    value[key].as_u64().unwrap_or(0) as u32
}

fn flag(value: &Value, key: &str) -> bool {
    value[key].as_bool().unwrap_or(false)
}

/// Volumes become flow rates of the peak quarter, in whole vehicles as in the book.
fn flow(volume_vph: f64, case: &Value) -> f64 {
    known(case, "phf").map_or(volume_vph, |factor| (volume_vph / factor).round())
}

fn phase(value: &Value) -> Phase {
    let (yellow_s, red_clearance_s) = (number(value, "yellow_s"), number(value, "red_clearance_s"));
    Phase {
        green_s: number(value, "duration_s") - yellow_s - red_clearance_s,
        yellow_s,
        red_clearance_s,
        max_green_s: known(value, "max_green_s"),
        passage_time_s: known(value, "passage_time_s"),
        walk_s: known(value, "walk_s"),
        clearance_s: known(value, "ped_clear_s"),
    }
}

fn left_service(approach: &Value, opposing: Option<&Value>) -> signal::LeftService {
    let own_left = (!approach["left_phase"].is_null()).then(|| phase(&approach["left_phase"]));
    let through = phase(&approach["through_phase"]);
    let other = opposing.map_or(through, |opposing| phase(&opposing["through_phase"]));
    let other_left = opposing.map(|opposing| &opposing["left_phase"]).filter(|phase| !phase.is_null()).map(phase);
    let street = StreetPhases {
        left_s: own_left.map_or(0.0, |phase| phase.duration_s()),
        opposing_left_s: other_left.map_or(0.0, |phase| phase.duration_s()),
        through_s: through.duration_s(),
        opposing_through_s: other.duration_s(),
        left_change_s: own_left.map_or(0.0, |phase| phase.change_s()),
        through_change_s: through.change_s(),
        opposing_change_s: other.change_s(),
    };
    let sequence = match approach["left_turn_sequence"].as_str() {
        Some("LeadLead") => Sequence::LeadLead,
        Some("LeadLag") => Sequence::LeadLag,
        Some("LagLead") => Sequence::LagLead,
        Some("LagLag") => Sequence::LagLag,
        Some("PermLead") => Sequence::PermittedLead,
        Some("PermLag") => Sequence::PermittedLag,
        _ => Sequence::PermittedPermitted,
    };
    let display = sequence.display(&street);
    match (approach["left_turn_mode"].as_str(), own_left) {
        (Some("Permitted"), _) => signal::LeftService::Permitted(display),
        (Some("ProtectedPermitted"), Some(phase)) => signal::LeftService::ProtectedPermitted {
            phase,
            display,
            is_leading: matches!(sequence, Sequence::LeadLead | Sequence::LeadLag),
        },
        (Some("Protected"), Some(phase)) => signal::LeftService::Protected(phase),
        _ => signal::LeftService::Unopposed,
    }
}

/// A signalised junction.
pub(crate) fn signal(case: &Value) -> signal::Junction {
    let approaches = case["approaches"].as_array().expect("approaches");
    let towards = |direction: &str| match direction {
        "EB" => "WB",
        "WB" => "EB",
        "NB" => "SB",
        _ => "NB",
    };
    let of = |value: &Value| {
        let direction = value["direction"].as_str().unwrap_or("");
        let opposing = approaches.iter().position(|other| other["direction"] == towards(direction));
        let mut lanes = [0; N_KINDS];
        lanes[GroupKind::Left.index()] = count(value, "exclusive_left_lanes");
        lanes[GroupKind::Through.index()] = count(value, "through_lanes");
        lanes[GroupKind::Right.index()] = count(value, "exclusive_right_lanes");
        lanes[GroupKind::LeftThrough.index()] = u32::from(flag(value, "shared_left_through_lane"));
        lanes[GroupKind::ThroughRight.index()] = u32::from(flag(value, "shared_right_through_lane"));
        let factor = known(value, "peak_hour_factor").unwrap_or(1.0);
        signal::Approach {
            opposing,
            demand: GroupFlow {
                left_vph: number(value, "volume_left") / factor,
                through_vph: number(value, "volume_through") / factor,
                right_vph: number(value, "volume_right") / factor,
            },
            right_on_red_vph: number(value, "volume_rtor"),
            heavy_share_left: number(value, "pct_heavy_vehicles_left") / 100.0,
            heavy_share: number(value, "pct_heavy_vehicles_through") / 100.0,
            platoon_ratio_left: number(value, "platoon_ratio_left"),
            platoon_ratio: number(value, "platoon_ratio_through"),
            filtering: number(value, "upstream_filtering_i"),
            initial_queue_left_veh: number(value, "initial_queue_left_veh"),
            initial_queue_veh: number(value, "initial_queue_through_veh"),
            pedestrians_ph: number(value, "ped_flow_ph"),
            bicycles_ph: number(value, "bike_flow_ph"),
            lane_width_m: number(value, "lane_width_ft") * FOOT_M,
            grade: number(value, "grade_pct") / 100.0,
            receiving_lanes: count(value, "receiving_lanes"),
            parking_ph: flag(value, "parking_present").then(|| number(value, "parking_maneuvers_h")),
            buses_ph: number(value, "bus_stops_h"),
            storage_left_m: known(value, "storage_left_ft").map(|length| length * FOOT_M),
            storage_m: known(value, "storage_through_ft").map(|length| length * FOOT_M),
            speed_limit_mps: number(value, "speed_limit_mph") * MIPH_MPS,
            waits_for_opposing_right: flag(value, "opposing_right_turn_influences_gaps"),
            left: left_service(value, opposing.map(|index| &approaches[index])),
            ..signal::Approach::new(lanes, phase(&value["through_phase"]))
        }
    };
    signal::Junction {
        cycle_s: number(case, "cycle_length_s"),
        period_h: number(case, "analysis_period_h"),
        base_saturation_pcphpl: number(case, "base_saturation_flow"),
        is_central: flag(case, "area_type_cbd"),
        is_actuated: case["control"] != "PretimedSignal",
        sneakers: number(case, "sneakers_per_cycle"),
        approaches: approaches.iter().map(of).collect(),
    }
}

/// A roundabout; entries NB, WB, SB, EB.
pub(crate) fn roundabout(case: &Value) -> roundabout::Roundabout {
    let entries = ["nb", "wb", "sb", "eb"].map(|direction| {
        let value = &case[direction];
        roundabout::Entry {
            demand_vph: ["v_r", "v_t", "v_l", "v_u"].map(|key| flow(number(value, key), case)).to_vec(),
            heavy_share: number(value, "heavy_vehicle_pct") / 100.0,
            n_lanes: count(value, "entry_lanes"),
            circulating_lanes: count(value, "circulating_lanes"),
            bypass_exit_lanes: count(value, "exiting_lanes"),
            bypass: match value["bypass"].as_str() {
                Some("Yielding") => roundabout::Bypass::Yielding,
                Some("NonYielding") => roundabout::Bypass::NonYielding,
                _ => roundabout::Bypass::None,
            },
            assignment: match value["lane_assignment"].as_str() {
                Some("LeftAndThroughRight") => roundabout::Assignment::LeftAndThroughRight,
                Some("LeftThroughAndRight") => roundabout::Assignment::LeftThroughAndRight,
                Some("LeftAndAllMovements") => roundabout::Assignment::LeftAndAll,
                Some("AllMovementsAndRight") => roundabout::Assignment::AllAndRight,
                _ => roundabout::Assignment::LeftThroughAndThroughRight,
            },
            left_lane_share: known(value, "pct_left_lane"),
            pedestrians_ph: number(value, "n_ped"),
        }
    });
    roundabout::Roundabout {
        entries: entries.to_vec(),
        period_h: number(case, "analysis_period_h"),
        calibrated_s: None,
        has_whole_flows: true,
    }
}

/// An all-way stop; approaches EB, SB, WB, NB.
pub(crate) fn all_way_stop(case: &Value) -> all_way_stop::Junction {
    let approaches = ["eb", "sb", "wb", "nb"].map(|direction| {
        let value = &case[direction];
        let lanes = value["lanes"].as_array().into_iter().flatten().map(|lane| all_way_stop::LaneDemand {
            left_vph: flow(number(lane, "volume_left"), case),
            through_vph: flow(number(lane, "volume_through"), case),
            right_vph: flow(number(lane, "volume_right"), case),
        });
        all_way_stop::Approach { lanes: lanes.collect(), heavy_share: number(value, "heavy_vehicle_pct") / 100.0 }
    });
    all_way_stop::Junction { approaches, period_h: number(case, "analysis_period_h") }
}

/// A two-way stop.
pub(crate) fn two_way_stop(case: &Value) -> two_way_stop::Junction {
    let geometry = &case["geometry"];
    let minor = |side: &str| two_way_stop::Minor {
        lanes: match geometry[format!("minor_lanes_{side}")].as_str() {
            Some("SharedLeftThroughExclusiveRight") => two_way_stop::MinorLanes::LeftThroughAndRight,
            Some("ExclusiveLeftSharedThroughRight") => two_way_stop::MinorLanes::LeftAndThroughRight,
            Some("Separate") => two_way_stop::MinorLanes::Separate,
            _ => two_way_stop::MinorLanes::Single,
        },
        median_storage: count(geometry, &format!("median_storage_{side}")),
        flare_storage: count(geometry, &format!("flare_storage_{side}")),
        grade: number(geometry, &format!("grade_minor_{side}_pct")) / 100.0,
    };
    let major = |side: &str| two_way_stop::Major {
        right: match geometry[format!("major_right_turn_{side}")].as_str() {
            Some("Exclusive") => two_way_stop::MajorRight::Exclusive,
            Some("Channelized") => two_way_stop::MajorRight::Channelized,
            _ => two_way_stop::MajorRight::Shared,
        },
        left_pocket: (geometry[format!("major_left_{side}")] == "Shared").then_some(0),
    };
    let mut flows_vph = [0.0; 12];
    for (index, slot) in flows_vph.iter_mut().enumerate() {
        *slot = flow(number(&case["demand"], &format!("v{}", index + 1)), case);
    }
    let blocked = |movement: u32| number(&case["platoon_blockage"], &format!("pb{movement}"));
    two_way_stop::Junction {
        flows_vph,
        u_turns_vph: ["v1u", "v4u"].map(|key| flow(number(&case["demand"], key), case)),
        pedestrians_ph: ["v13", "v14", "v15", "v16"].map(|key| number(&case["demand"], key)),
        has_three_arms: flag(geometry, "is_three_leg"),
        major_lanes: count(geometry, "major_lanes_per_direction"),
        major: ["eb", "wb"].map(major),
        minor: ["nb", "sb"].map(minor),
        heavy_share: number(case, "heavy_vehicle_pct") / 100.0,
        blocked_share: [1, 4, 7, 8, 9, 10, 11, 12].map(blocked),
        period_h: number(case, "analysis_period_h"),
        ..two_way_stop::Junction::default()
    }
}

/// An urban segment.
pub(crate) fn segment(case: &Value) -> segment::Segment {
    let length = |key: &str| number(case, key) * FOOT_M;
    let delays = case["access_point_delays_s"].as_array().into_iter().flatten().filter_map(Value::as_f64);
    segment::Segment {
        length_m: length("segment_length_ft"),
        upstream_width_m: length("upstream_intersection_width_ft"),
        n_lanes: count(case, "n_through_lanes"),
        speed_limit_mps: number(case, "speed_limit_mph") * MIPH_MPS,
        median_m: length("restrictive_median_length_ft"),
        kerb_share: number(case, "proportion_with_curb"),
        parking_share: number(case, "proportion_on_street_parking"),
        n_access_points: number(case, "n_access_points_subject") + number(case, "n_access_points_opposing"),
        signal_spacing_m: length("signal_spacing_ft"),
        through_vph: number(case, "through_demand_veh_h"),
        midsegment_vph: number(case, "midsegment_flow_veh_h"),
        capacity_vph: known(case, "through_capacity_veh_h"),
        control: match case["control"].as_str() {
            Some("AllWayStop") => segment::EndControl::Stop,
            Some("YieldControlled" | "Roundabout") => segment::EndControl::Yield,
            Some("Uncontrolled") => segment::EndControl::None,
            _ => segment::EndControl::Signal,
        },
        control_delay_s: number(case, "through_control_delay_s"),
        stops: known(case, "full_stop_rate_override"),
        access: segment::AccessDelay::Known(delays.sum()),
        other_delay_s: number(case, "midsegment_other_delay_s"),
        other_stops: number(case, "stop_rate_other"),
        left_lane_share: number(case, "prop_left_turn_lanes"),
    }
}
