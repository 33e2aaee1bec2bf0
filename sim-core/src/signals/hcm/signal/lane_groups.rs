//! Steps 1 to 4: flows of lane groups and their saturation flows, settled together.

use super::{Approach, Junction, LeftService};
use crate::signals::hcm::lane_flow::{self, GroupFlow, GroupKind, N_KINDS};
use crate::signals::hcm::pedestrians::{self, Crossing};
use crate::signals::hcm::permitted_left::{self, Display, PermittedGreen};
use crate::signals::hcm::saturation::{self, LEFT_EQUIVALENT, LaneUse, RIGHT_EQUIVALENT, START_UP_LOST_S};

/// What is settled for an approach.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Flows by kind of group.
    pub flows: [GroupFlow; N_KINDS],
    /// Saturation flows per lane by kind of group; for left-turn lanes that of the protected period.
    pub saturation: [f64; N_KINDS],
    /// Saturation flow of an exclusive left-turn lane through gaps.
    pub permitted_saturation: f64,
    /// Permitted green.
    pub permitted: PermittedGreen,
    /// Time until the first left turn blocks a shared lane.
    pub before_first_s: f64,
    /// Through cars that a left turn is worth: through gaps, and beside the queue of a single opposing lane.
    pub equivalents: [f64; 2],
    /// Pedestrian factor of left turns.
    pub left_factor: f64,
    /// Pedestrian and bicycle factor of right turns.
    pub right_factor: f64,
    /// Saturation flow of a through lane before the adjustments for turns, per kind of group.
    pub base: [f64; N_KINDS],
    /// Opposing flow.
    pub opposing_vph: f64,
}

/// What opposing traffic means for left turns.
struct Opposition {
    /// Time from the start of opposing green until its queue is gone (G_q).
    clear_s: f64,
    flow_vph: f64,
    left_share: f64,
    is_single_lane: bool,
}

/// The permitted display of an approach, when its left turns meet opposing traffic.
pub(super) fn permitted_display(approach: &Approach) -> Option<&Display> {
    match &approach.left {
        LeftService::Permitted(display) | LeftService::ProtectedPermitted { display, .. } => Some(display),
        LeftService::Unopposed | LeftService::Protected(_) => None,
    }
}

/// Settles all approaches.
pub(super) fn settle(junction: &Junction) -> Vec<State> {
    let mut states: Vec<State> = junction
        .approaches
        .iter()
        .map(|approach| {
            let mut state = State { left_factor: 1.0, right_factor: 1.0, ..State::default() };
            state.equivalents = [LEFT_EQUIVALENT; 2];
            state.flows = lane_flow::distribute(&approach.served_demand(), &approach.lanes, |_, _, _| 1.0);
            state
        })
        .collect();
    for _ in 0..200 {
        let before: Vec<[f64; 3]> = states.iter().map(fingerprint).collect();
        for index in 0..states.len() {
            let opposition = opposition(junction, index, &states);
            let state = &mut states[index];
            turns(junction, &junction.approaches[index], opposition.as_ref(), state);
            saturations(junction, &junction.approaches[index], state);
        }
        for (approach, state) in junction.approaches.iter().zip(&mut states) {
            state.flows = spread(junction, approach, state);
        }
        let change = states
            .iter()
            .map(fingerprint)
            .zip(&before)
            .flat_map(|(now, before)| [0, 1, 2].map(|part| (now[part] - before[part]).abs()))
            .fold(0.0, f64::max);
        if change < 1e-7 {
            break;
        }
    }
    // Saturation flows that go with the settled flows.
    for (approach, state) in junction.approaches.iter().zip(&mut states) {
        saturations(junction, approach, state);
    }
    states
}

fn fingerprint(state: &State) -> [f64; 3] {
    let weighted = |values: &mut dyn Iterator<Item = f64>| {
        values.enumerate().map(|(index, value)| value * (1.0 + 0.1 * index as f64)).sum::<f64>()
    };
    [
        weighted(&mut state.flows.iter().map(GroupFlow::total_vph)),
        weighted(&mut state.saturation.iter().copied()),
        state.permitted.unblocked_s,
    ]
}

fn opposition(junction: &Junction, index: usize, states: &[State]) -> Option<Opposition> {
    let approach = &junction.approaches[index];
    let opposing_index = approach.opposing?;
    let opposing = &junction.approaches[opposing_index];
    let state = &states[opposing_index];
    let green_s = opposing.through.effective_green_s();
    let on_green = (opposing.platoon_ratio * green_s / junction.cycle_s).min(1.0);
    let service_s = [GroupKind::Through, GroupKind::ThroughRight, GroupKind::Right, GroupKind::All]
        .into_iter()
        .filter(|kind| opposing.n_lanes(*kind) > 0 && (*kind != GroupKind::Right || approach.waits_for_opposing_right))
        // A right-turn lane holds left turns up only while through traffic has none of its own.
        .filter(|kind| *kind != GroupKind::Right || opposing.n_lanes(GroupKind::Through) == 0)
        .map(|kind| {
            let flow = state.flows[kind.index()].total_vph() / f64::from(opposing.n_lanes(kind));
            queue_service_s(flow, state.saturation[kind.index()], on_green, green_s, junction.cycle_s)
        })
        .fold(0.0, f64::max);
    let demand = opposing.served_demand();
    let leaves_right_out =
        demand.right_vph <= 0.0 || (opposing.n_lanes(GroupKind::Right) > 0 && !approach.waits_for_opposing_right);
    let serving = GroupKind::ALL.into_iter().filter(|kind| kind.serves_through());
    let n_through: u32 = serving.map(|kind| opposing.n_lanes(kind)).sum();
    Some(Opposition {
        clear_s: if service_s > 0.0 { service_s + START_UP_LOST_S } else { 0.0 },
        flow_vph: demand.through_vph + if leaves_right_out { 0.0 } else { demand.right_vph },
        left_share: demand.left_share(),
        is_single_lane: n_through == 1
            && opposing.n_lanes(GroupKind::LeftThrough) + opposing.n_lanes(GroupKind::All) == 1,
    })
}

/// Time to serve a queue (Equation 31-9), at most the green.
fn queue_service_s(flow_vphpl: f64, saturation_vphpl: f64, on_green: f64, green_s: f64, cycle_s: f64) -> f64 {
    if flow_vphpl <= 0.0 || green_s <= 0.0 || green_s >= cycle_s {
        return 0.0;
    }
    let arrivals = flow_vphpl / 3600.0 * cycle_s;
    let spare_vps = saturation_vphpl / 3600.0 - on_green * arrivals / green_s;
    if spare_vps <= 0.0 { green_s } else { ((1.0 - on_green) * arrivals / spare_vps).min(green_s) }
}

/// Permitted green and the factors of turns.
fn turns(junction: &Junction, approach: &Approach, opposition: Option<&Opposition>, state: &mut State) {
    let cycle_s = junction.cycle_s;
    let green_s = approach.through.effective_green_s();
    let turning = |serves: fn(GroupKind) -> bool| -> u32 {
        GroupKind::ALL.into_iter().filter(|kind| serves(*kind)).map(|kind| approach.n_lanes(kind)).sum()
    };
    let crossing = |n_turning: u32, bicycles_ph: f64, green_s: f64| Crossing {
        pedestrians_ph: approach.pedestrians_ph,
        bicycles_ph,
        service_s: approach.through.pedestrian_s(green_s),
        can_pass_beside: approach.receiving_lanes > n_turning.max(1),
    };
    let right = crossing(turning(GroupKind::serves_right), approach.bicycles_ph, green_s);
    state.right_factor = pedestrians::unopposed_turn(&right, green_s, cycle_s);
    let n_left = turning(GroupKind::serves_left);
    let Some(display) = permitted_display(approach) else {
        state.permitted = PermittedGreen::default();
        state.permitted_saturation = 0.0;
        state.left_factor = match approach.left {
            LeftService::Unopposed => pedestrians::unopposed_turn(&crossing(n_left, 0.0, green_s), green_s, cycle_s),
            _ => 1.0,
        };
        return;
    };
    let (clear_s, flow_vph) = opposition.map_or((0.0, 0.0), |opposing| (opposing.clear_s, opposing.flow_vph));
    state.opposing_vph = flow_vph;
    state.permitted = display.green(clear_s);
    let through_gaps = permitted_left::saturation_vphpl(flow_vph);
    let shared = [GroupKind::LeftThrough, GroupKind::All].into_iter().find(|kind| approach.n_lanes(*kind) > 0);
    state.before_first_s = shared.map_or(0.0, |kind| {
        let n_serving = turning(GroupKind::serves_through);
        let flow = &state.flows[kind.index()];
        let (left_vph, is_single) = (flow.left_vph, n_serving == 1);
        permitted_left::before_first_s(&state.permitted, flow.left_share(), left_vph, cycle_s, is_single)
    });
    let PermittedGreen { effective_s, unblocked_s, .. } = state.permitted;
    let beside_queue = match opposition {
        Some(opposing) if opposing.is_single_lane => {
            permitted_left::equivalent_beside_queue(opposing.left_share, effective_s, unblocked_s, state.before_first_s)
        }
        _ => LEFT_EQUIVALENT,
    };
    state.equivalents = [junction.base_saturation_pcphpl / through_gaps, beside_queue];
    let left = crossing(n_left, 0.0, effective_s);
    state.left_factor = pedestrians::opposed_left(&left, effective_s, unblocked_s, flow_vph, cycle_s);
    let heavy = saturation::heavy_vehicles_and_grade(approach.heavy_share_left, approach.grade);
    let n_lanes = approach.n_lanes(GroupKind::Left);
    state.permitted_saturation = through_gaps
        * saturation::lane_width(approach.lane_width_m)
        * heavy
        * saturation::area(junction.is_central)
        * saturation::lane_utilization(LaneUse::Left, n_lanes)
        * approach.other_factor
        * state.left_factor;
}

/// Saturation flows (Equation 19-8 and Equations 31-104 to 31-122) at the present flows.
fn saturations(junction: &Junction, approach: &Approach, state: &mut State) {
    let common = junction.base_saturation_pcphpl
        * saturation::lane_width(approach.lane_width_m)
        * saturation::area(junction.is_central)
        * approach.other_factor;
    let through = common * saturation::heavy_vehicles_and_grade(approach.heavy_share, approach.grade);
    let left = common * saturation::heavy_vehicles_and_grade(approach.heavy_share_left, approach.grade);
    let kerb = approach.kerb_group();
    for kind in GroupKind::ALL {
        let n_lanes = approach.n_lanes(kind);
        let at_kerb = if kerb == Some(kind) {
            approach.parking_ph.map_or(1.0, |rate| saturation::parking(f64::from(n_lanes), rate))
                * saturation::bus_blockage(f64::from(n_lanes), approach.buses_ph)
        } else {
            1.0
        };
        let used = match kind {
            GroupKind::Left => left * saturation::lane_utilization(LaneUse::Left, n_lanes),
            GroupKind::Through => through * saturation::lane_utilization(LaneUse::Through, n_lanes),
            GroupKind::Right => through * saturation::lane_utilization(LaneUse::Right, n_lanes),
            _ => through,
        };
        state.base[kind.index()] = used * at_kerb;
        let flow = state.flows[kind.index()];
        let equivalents = Equivalents::plain(state);
        state.saturation[kind.index()] =
            lane_saturation(approach, state, kind, (flow.left_share(), flow.right_share()), &equivalents, 0.0);
    }
}

/// Through cars that turns are worth.
struct Equivalents {
    through_gaps: f64,
    beside_queue: f64,
    protected_left: f64,
    right: f64,
}

impl Equivalents {
    fn plain(state: &State) -> Self {
        Self {
            through_gaps: state.equivalents[0] / state.left_factor,
            beside_queue: state.equivalents[1] / state.left_factor,
            protected_left: LEFT_EQUIVALENT / state.left_factor,
            right: RIGHT_EQUIVALENT / state.right_factor,
        }
    }

    /// As drivers see them who may change lanes (Equations 31-47 to 31-53).
    fn modified(state: &State, probability: f64) -> Self {
        let plain = Self::plain(state);
        let modify = |equivalent: f64| (equivalent - 1.0) * probability + 1.0;
        Self {
            through_gaps: modify(plain.through_gaps),
            beside_queue: modify(plain.beside_queue),
            protected_left: modify(plain.protected_left),
            right: modify(plain.right),
        }
    }
}

/// Saturation flow of a lane with its shares of left and right turns. `sneakers` leave a shared lane on amber
/// (Equation 31-60).
fn lane_saturation(
    approach: &Approach,
    state: &State,
    kind: GroupKind,
    (left_share, right_share): (f64, f64),
    equivalents: &Equivalents,
    sneakers: f64,
) -> f64 {
    let base = state.base[kind.index()];
    let rights = right_share * (equivalents.right - 1.0);
    let is_permitted = permitted_display(approach).is_some();
    match kind {
        GroupKind::Left => match approach.left {
            LeftService::Unopposed => base / equivalents.protected_left,
            _ => base / LEFT_EQUIVALENT,
        },
        // Drivers avoid through lanes less than they should where a shared lane is held up (Equation 31-62).
        GroupKind::Through if is_permitted && approach.n_lanes(GroupKind::LeftThrough) > 0 => 0.91 * base,
        GroupKind::Through => base,
        GroupKind::Right => base / equivalents.right,
        GroupKind::ThroughRight => base / (1.0 + rights),
        GroupKind::LeftRight => base / (1.0 + rights + left_share * (equivalents.protected_left - 1.0)),
        GroupKind::LeftThrough | GroupKind::All if is_permitted && state.permitted.effective_s > 0.0 => {
            let PermittedGreen { effective_s, unblocked_s, .. } = state.permitted;
            let first_s = state.before_first_s.min(effective_s);
            let beside_s = (effective_s - unblocked_s - first_s).max(0.0);
            let free_s = (effective_s - first_s).min(unblocked_s);
            let leaving = if left_share < 0.999 {
                left_share / (1.0 - left_share) * (1.0 - crate::math::powf(left_share, sneakers))
            } else {
                sneakers * left_share
            };
            base / effective_s
                * (first_s / (1.0 + rights)
                    + beside_s / (1.0 + rights + left_share * (equivalents.beside_queue - 1.0))
                    + free_s / (1.0 + rights + left_share * (equivalents.through_gaps - 1.0)))
                + 3600.0 * leaving / effective_s
        }
        GroupKind::LeftThrough | GroupKind::All => {
            base / (1.0 + rights + left_share * (equivalents.protected_left - 1.0))
        }
    }
}

/// Step 3: flows over lanes, as drivers see the lanes.
fn spread(junction: &Junction, approach: &Approach, state: &State) -> [GroupFlow; N_KINDS] {
    let demand = approach.served_demand();
    let probability = lane_flow::lane_change_probability(&demand, &approach.lanes);
    let equivalents = Equivalents::modified(state, probability);
    lane_flow::distribute(&demand, &approach.lanes, |kind, left_share, right_share| {
        if kind == GroupKind::Left && permitted_display(approach).is_some() && state.permitted.effective_s > 0.0 {
            // Equation 31-59 with left turns only.
            let protected_s = match &approach.left {
                LeftService::ProtectedPermitted { phase, .. } => phase.effective_green_s(),
                _ => 0.0,
            };
            let rate = state.saturation[kind.index()];
            return (rate * (state.permitted.unblocked_s / equivalents.through_gaps + protected_s)
                + 3600.0 * junction.sneakers)
                / state.permitted.effective_s;
        }
        lane_saturation(approach, state, kind, (left_share, right_share), &equivalents, junction.sneakers)
    })
}
