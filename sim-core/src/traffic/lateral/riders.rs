//! Two-wheelers: any lateral position that gives the best safe speed.
//!
//! A rider looks every second (when standing, every other) at a handful of positions: where it is, a little to
//! either side, the nearest free channels between the vehicles ahead, and the way to the lanes of its next turn. Each is
//! scored in metres per second:
//!
//! score = safe speed there − cost of moving − discomfort of closeness − distance from the turn's lanes · urgency
//!
//! and the best one is approached until the next look. Near the stop line the rider does not leave the lanes that lead
//! to its turn any more.

use crate::ids::LaneId;
use crate::network::Turn;
use crate::traffic::car_following::HALTING_SPEED_MPS;
use crate::traffic::lateral::sight::{MAX_PROBES, outlooks};
use crate::traffic::lateral::space::{Span, goal_span, must_leave, next_from, reachable};
use crate::traffic::lateral::{Context, Urgency, Want, lateral_limit_mps};
use crate::traffic::state::{Own, Seen, flags};
use crate::traffic::types::{Alignment, VehicleType};

/// How often a rider looks for a better place, moving and standing.
const LOOK_S: f64 = 1.0;
const LOOK_STANDING_S: f64 = 2.0;
/// A step aside and a small one, in turn, for candidates.
const STEP_ASIDE_M: f64 = 0.5;
const NUDGE_M: f64 = 0.2;
/// Below this speed riders come closer to the edges of the road, the slower the closer.
const AT_EDGE_MPS: f64 = 2.0;
/// Cost of any move: what a new position must be better by.
const MOVE_COST_MPS: f64 = 0.25;
/// Cost of a move per metre.
const MOVE_COST_PER_M: f64 = 0.6;
/// Cost of passing others with no clearance.
const DISCOMFORT_MPS: f64 = 0.6;
/// Cost of one metre outside the lanes of the next turn when it is due.
const TURN_COST_PER_M: f64 = 3.0;
/// Cost of being outside them at all.
const OUTSIDE_COST_MPS: f64 = 1.5;
/// Cost of one metre from the side of the next turn, or from the preferred side.
const SIDE_COST_PER_M: f64 = 0.1;
/// Preparation for a turn begins this long, and at least this far, before the stop line.
const PREPARE_S: f64 = 8.0;
const PREPARE_M: f64 = 100.0;
/// Time to cover one metre sideways, with the search for a gap: how much earlier preparation begins.
const ASIDE_S_PER_M: f64 = 2.0;
/// Vehicles ahead whose edges make channels.
const MAX_EDGES: usize = 12;

/// Where the route lets a rider be.
#[derive(Clone, Copy)]
struct Room {
    /// What it may use now.
    span: Span,
    /// The lanes of its next turn.
    goal: Span,
    /// 0 far from the stop line, 1 at it.
    due: f64,
    /// The side of the turn: −1 the kerb, 1 the median, 0 neither.
    side: f64,
}

/// Where a two-wheeler wants to be.
pub(super) fn propose(context: &Context<'_>, slot: usize) -> Option<Want> {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let kind = context.scene.kind(own.kind);
    let dt_s = context.scene.dt_s();
    let period = looks_every(context, own);
    let decides = context.decides(seen, period);
    if !decides && own.lateral_mps == 0.0 && !seen.has(flags::STRATEGIC_BLOCKED) {
        return None;
    }
    let room = room(context, seen, own);
    let limit_mps = lateral_limit_mps(kind, own.speed_mps);
    let outside_m = (room.goal.fit(own.middle_m, kind.width_m) - own.middle_m).abs();
    let lateral_mps = if decides {
        let target_m = choose(context, slot, &room);
        (target_m - own.middle_m) / (period as f64 * dt_s)
    } else {
        own.lateral_mps
    };
    let to_m = own.middle_m + lateral_mps.clamp(-limit_mps, limit_mps) * dt_s;
    let to_m = room.span.fit(to_m, kind.width_m);
    let way_m = (to_m - own.middle_m).clamp(-limit_mps * dt_s, limit_mps * dt_s);
    let urgency = if outside_m <= 0.01 || room.due <= 0.0 {
        Urgency::Voluntary
    } else if room.due < 0.5 {
        Urgency::Needed
    } else {
        Urgency::Pressing
    };
    (way_m.abs() > 0.01 || urgency == Urgency::Pressing).then_some(Want {
        slot: slot as u32,
        to_m: own.middle_m + way_m,
        urgency,
    })
}

/// Steps from look to look.
fn looks_every(context: &Context<'_>, own: &Own) -> u64 {
    let look_s = if own.speed_mps > HALTING_SPEED_MPS { LOOK_S } else { LOOK_STANDING_S };
    (look_s / context.scene.dt_s()).round().max(1.0) as u64
}

/// Where the route lets the rider be.
fn room(context: &Context<'_>, seen: &Seen, own: &Own) -> Room {
    let network = context.scene.network;
    let lane = &network.lanes[own.lane];
    let kind = context.scene.kind(own.kind);
    let present = Span::of(seen);
    if lane.is_internal {
        let span = Span::of_lane(network, own.lane);
        return Room { span, goal: span, due: 0.0, side: 0.0 };
    }
    let span = inside_edges(reachable(network, own.lane, kind.class), kind, own.speed_mps);
    let prefs = own.prefs.at(own.route_index as usize);
    let pref = prefs.get(lane.index as usize);
    let offset = pref.map_or(0, |pref| i32::from(pref.offset));
    let target = match pref {
        Some(_) if offset != 0 && must_leave(network, own, own.lane) => LaneId((own.lane.0 as i32 + offset) as u32),
        _ => own.lane,
    };
    let next = next_from(network, own, target);
    if !next.is_some() {
        return Room { span, goal: span, due: 0.0, side: 0.0 };
    }
    let goal = goal_span(network, own, target, kind.width_m as f32).unwrap_or(span);
    let aside_m = (goal.fit(own.middle_m, kind.width_m) - own.middle_m).abs();
    let prepare_m = PREPARE_M.max(PREPARE_S * own.speed_mps) + ASIDE_S_PER_M * aside_m * own.speed_mps.max(2.0);
    let left_m = lane.length_m - own.front_m;
    let due = (1.0 - left_m / prepare_m).clamp(0.0, 1.0);
    let outer_turn = if network.left_hand { Turn::Right } else { Turn::Left };
    let kerb_turn = if network.left_hand { Turn::Left } else { Turn::Right };
    let side = match network.connectors[next].turn {
        turn if turn == outer_turn || turn == Turn::Around => 1.0,
        turn if turn == kerb_turn => -1.0,
        _ => 0.0,
    };
    let span = if due > 0.0 { nearer(span, goal, present) } else { span };
    Room { span, goal, due, side }
}

/// What a moving rider uses of a width: it keeps off the edges, where there is room enough for that.
fn inside_edges(span: Span, kind: &VehicleType, speed_mps: f64) -> Span {
    let spare_m = 0.5 * (f64::from(span.outer_m - span.kerb_m) - kind.width_m);
    let edge_m = (kind.lateral.edge_gap_m * (speed_mps / AT_EDGE_MPS).min(1.0)).min(spare_m).max(0.0);
    span.grown(-(edge_m as f32))
}

/// What a rider may still use once a turn is near: the turn's lanes, and what lies between them and itself.
fn nearer(span: Span, goal: Span, present: Span) -> Span {
    let wanted = goal.hull(present);
    Span { kerb_m: span.kerb_m.max(wanted.kerb_m), outer_m: span.outer_m.min(wanted.outer_m) }
}

/// The best candidate.
fn choose(context: &Context<'_>, slot: usize, room: &Room) -> f64 {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let kind = context.scene.kind(own.kind);
    let (middles_m, n) = candidates(context, slot, room);
    let middles_m = &middles_m[..n];
    let desired_mps = context.scene.desired_speed_mps(own, own.lane);
    let found = outlooks(context, slot, middles_m, desired_mps);
    let is_blocked = seen.has(flags::HAS_TO_WAIT) && own.speed_mps <= HALTING_SPEED_MPS;
    let mut best = (f64::NEG_INFINITY, own.middle_m);
    for (&(outlook, discomfort), &middle_m) in found.iter().zip(middles_m) {
        let way_m = (middle_m - own.middle_m).abs();
        let aside_m = (room.goal.fit(middle_m, kind.width_m) - middle_m).abs();
        let mut score = outlook.safe_mps - DISCOMFORT_MPS * discomfort;
        if aside_m > 0.005 {
            score -= (OUTSIDE_COST_MPS + TURN_COST_PER_M * aside_m) * room.due;
        }
        score -= SIDE_COST_PER_M * side_distance_m(room, kind.lateral.alignment, middle_m);
        if way_m > 0.0 {
            // A rider at the stop line gains nothing by wriggling.
            let waits = if is_blocked && aside_m <= 0.0 { 2.0 } else { 1.0 };
            score -= waits * MOVE_COST_MPS + MOVE_COST_PER_M * way_m;
        }
        if score > best.0 {
            best = (score, middle_m);
        }
    }
    best.1
}

/// How far a position lies from the side the rider prefers.
fn side_distance_m(room: &Room, alignment: Alignment, middle_m: f64) -> f64 {
    let (kerb_m, outer_m) = (f64::from(room.goal.kerb_m), f64::from(room.goal.outer_m));
    if room.due > 0.0 && room.side != 0.0 {
        let distance_m = if room.side > 0.0 { outer_m - middle_m } else { middle_m - kerb_m };
        return room.due * distance_m.max(0.0);
    }
    match alignment {
        Alignment::Kerb => (middle_m - f64::from(room.span.kerb_m)).max(0.0),
        Alignment::Median => (f64::from(room.span.outer_m) - middle_m).max(0.0),
        _ => 0.0,
    }
}

/// The positions worth a look, the present one first.
fn candidates(context: &Context<'_>, slot: usize, room: &Room) -> ([f64; MAX_PROBES], usize) {
    let own = context.own(slot);
    let width_m = context.scene.kind(own.kind).width_m;
    let mut middles_m = [own.middle_m; MAX_PROBES];
    let mut n = 1;
    let mut add = |wish_m: f64| {
        let middle_m = room.span.fit(wish_m, width_m);
        let is_known = middles_m[..n].iter().any(|known_m| (known_m - middle_m).abs() < 0.05);
        if n < MAX_PROBES && !is_known {
            middles_m[n] = middle_m;
            n += 1;
        }
    };
    let n_looks = (u64::from(own.trip.0) + context.scene.step) / looks_every(context, own);
    let aside_m = if n_looks.is_multiple_of(2) { STEP_ASIDE_M } else { NUDGE_M };
    add(own.middle_m - aside_m);
    add(own.middle_m + aside_m);
    if room.due > 0.0 {
        add(room.goal.fit(own.middle_m, width_m));
    }
    let (kerb_m, outer_m) = channels(context, slot, room.span);
    kerb_m.into_iter().chain(outer_m).for_each(&mut add);
    (middles_m, n)
}

/// The nearest places for the rider's middle in free channels between the vehicles right ahead, on either side.
fn channels(context: &Context<'_>, slot: usize, room: Span) -> (Option<f64>, Option<f64>) {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let kind = context.scene.kind(own.kind);
    let until_m = seen.front_m + (2.0 * own.speed_mps) as f32 + 8.0;
    let mut edges = [room; MAX_EDGES];
    let mut n = 0;
    let view = &context.view;
    let others = (0..slot).rev().map(|other| &view.seen[other]).take_while(|o| o.front_m - view.longest_m <= until_m);
    let ghosts = view.ghosts.iter().rev().map(|ghost| &ghost.seen);
    for other in ghosts.chain(others).filter(|o| o.rear_m <= until_m && !o.has(flags::PARKED)) {
        if n == MAX_EDGES {
            break;
        }
        edges[n] = Span::of(other);
        n += 1;
    }
    edges[..n].sort_unstable_by(|a, b| a.kerb_m.total_cmp(&b.kerb_m));
    let least_m = kind.width_m + 2.0 * kind.lateral.min_gap_m;
    let (mut inner, mut outer): (Option<f64>, Option<f64>) = (None, None);
    let mut free_from_m = room.kerb_m;
    let ends = edges[..n].iter().copied().chain([Span { kerb_m: room.outer_m, outer_m: room.outer_m }]);
    for edge in ends {
        let free_m = f64::from(edge.kerb_m - free_from_m);
        if free_m >= least_m {
            let channel = Span { kerb_m: free_from_m, outer_m: edge.kerb_m };
            let spare_m = (free_m - kind.width_m).min(4.0 * kind.lateral.min_gap_m);
            let middle_m = channel.fit(own.middle_m, kind.width_m + spare_m);
            if middle_m < own.middle_m {
                inner = Some(middle_m);
            } else if outer.is_none() {
                outer = Some(middle_m);
            }
        }
        free_from_m = free_from_m.max(edge.outer_m);
    }
    (inner, outer)
}
