//! Steps 10 to 13: lanes, delay and queues.

use super::gaps::{flared_capacity_vph, in_left_lane};
use super::{Conflicting, Found, Junction, Lane, MinorLanes, Outcome, Side};
use crate::signals::hcm::unsignalized::{queue_p95_veh, shared_capacity_vph, stop_delay_s};
use crate::signals::hcm::{LevelOfService, weighted_mean};

fn lane(movements: Vec<usize>, flow_vph: f64, capacity_vph: f64, period_h: f64) -> Lane {
    let volume_to_capacity = if capacity_vph > 0.0 { flow_vph / capacity_vph } else { 0.0 };
    let control_delay_s =
        if flow_vph > 0.0 || capacity_vph > 0.0 { stop_delay_s(flow_vph, capacity_vph, period_h) } else { 0.0 };
    let level = LevelOfService::without_signal(control_delay_s, flow_vph > capacity_vph);
    let queue_p95_veh = queue_p95_veh(volume_to_capacity, 3600.0 / capacity_vph, period_h);
    Lane { movements, flow_vph, capacity_vph, volume_to_capacity, control_delay_s, level, queue_p95_veh }
}

/// Lanes of a side road (Step 10).
fn minor_lanes(side: &Side, found: &Found) -> Vec<Lane> {
    let junction = side.junction;
    let minor = &junction.minor[side.half];
    let number = |movement: usize| side.turned(movement) + 1;
    let all = [(7, found.minor_left), (8, found.through[0]), (9, found.right)];
    let present: Vec<(usize, f64, f64)> = all
        .into_iter()
        .map(|(movement, capacity)| (movement, side.flow(movement), capacity))
        .filter(|(_, flow, _)| *flow > 0.0)
        .collect();
    let shared = |members: &[(usize, f64, f64)]| {
        let pairs: Vec<(f64, f64)> = members.iter().map(|member| (member.1, member.2)).collect();
        (pairs.iter().map(|pair| pair.0).sum::<f64>(), shared_capacity_vph(&pairs))
    };
    let together = |wanted: &[usize]| -> Option<Lane> {
        let members: Vec<_> = present.iter().copied().filter(|member| wanted.contains(&member.0)).collect();
        if members.is_empty() {
            return None;
        }
        let (flow, mut capacity) = shared(&members);
        if minor.lanes == MinorLanes::Single && minor.flare_storage > 0 {
            let (rights, others): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.0 == 9);
            if !rights.is_empty() && !others.is_empty() {
                capacity = flared_capacity_vph(shared(&rights), shared(&others), minor.flare_storage);
            }
        }
        let movements = members.iter().map(|member| number(member.0)).collect();
        Some(lane(movements, flow, capacity, junction.period_h))
    };
    let groups: &[&[usize]] = match minor.lanes {
        MinorLanes::Single => &[&[7, 8, 9]],
        MinorLanes::LeftThroughAndRight => &[&[7, 8], &[9]],
        MinorLanes::LeftAndThroughRight => &[&[7], &[8, 9]],
        MinorLanes::Separate => &[&[7], &[8], &[9]],
    };
    groups.iter().filter_map(|group| together(group)).collect()
}

pub(super) fn outcome(
    junction: &Junction,
    sides: &[Side; 2],
    conflicting: &[Conflicting; 2],
    found: &[Found; 2],
) -> Outcome {
    let major_left = [0, 1].map(|half| {
        let (left, u_turns) = (sides[half].flow(1), sides[half].u_turns(1));
        let capacity = shared_capacity_vph(&[(left, found[half].left), (u_turns, found[half].u_turn)]);
        let capacity = if u_turns > 0.0 { capacity } else { found[half].left };
        lane(vec![sides[half].turned(1) + 1], left + u_turns, capacity, junction.period_h)
    });
    let minor = [0, 1].map(|half| minor_lanes(&sides[half], &found[half]));
    // Through traffic behind left turns that share its lane (Equations 20-62 to 20-64).
    let major_delays = [0, 1].map(|half| {
        let side = &sides[half];
        let others = side.flow(2) + side.flow(3);
        let turning = &major_left[half];
        let behind_s = match junction.major[half].left_pocket {
            None => 0.0,
            Some(_) if junction.major_lanes <= 1 => (1.0 - found[half].free) * turning.control_delay_s,
            Some(_) => {
                let beside = in_left_lane(junction) * others;
                let share = if turning.flow_vph + beside > 0.0 { beside / (turning.flow_vph + beside) } else { 0.0 };
                (1.0 - found[half].free) * share * turning.control_delay_s
            }
        };
        let pairs = [(turning.control_delay_s, turning.flow_vph), (behind_s, others)];
        (weighted_mean(pairs), turning.flow_vph + others)
    });
    let minor_delays = [0, 1].map(|half: usize| {
        let pairs = minor[half].iter().map(|lane| (lane.control_delay_s, lane.flow_vph));
        (weighted_mean(pairs), minor[half].iter().map(|lane| lane.flow_vph).sum::<f64>())
    });
    let approaches = [major_delays[0], major_delays[1], minor_delays[0], minor_delays[1]];
    let mut capacities_vph = [0.0; 12];
    let mut conflicting_vph = [0.0; 12];
    for half in 0..2 {
        let of = &conflicting[half];
        let values = [
            (1, found[half].left, of.left),
            (7, found[half].minor_left, of.minor_left[0] + of.minor_left[1]),
            (8, found[half].through[0], of.through[0] + of.through[1]),
            (9, found[half].right, of.right),
        ];
        for (movement, capacity, flow) in values {
            let index = sides[half].turned(movement);
            capacities_vph[index] = capacity;
            conflicting_vph[index] = flow;
        }
    }
    Outcome {
        capacities_vph,
        conflicting_vph,
        major_left,
        minor,
        approach_delays_s: approaches.map(|approach| approach.0),
        control_delay_s: weighted_mean(approaches),
    }
}
