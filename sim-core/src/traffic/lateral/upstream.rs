//! Vehicles on the links behind that would become followers of one that moves sideways near the start of its link.

use crate::ids::{ConnectorId, LaneId};
use crate::traffic::car_following::brake_gap;
use crate::traffic::lateral::space::{Span, lateral_shift_m, next_from};
use crate::traffic::lateral::{Context, Want};
use crate::traffic::state::{Own, Seen};

/// Links looked back over.
const MAX_DEPTH: u32 = 4;
/// Braking assumed of followers for how far to look back.
const LOOK_BACK_DECEL_MPS2: f64 = 2.5;

/// A mover, as seen from a link behind its own.
#[derive(Clone, Copy)]
struct Mover<'a> {
    seen: &'a Seen,
    /// The interval it sweeps.
    swept: Span,
    /// The interval it covers now.
    present: Span,
    /// From the end of the link looked at to the mover's rear.
    distance_m: f64,
}

/// How far behind a mover followers may be touched by its move.
pub(super) fn look_back_m(dt_s: f64, fastest_mps: f64, mover_mps: f64) -> f64 {
    brake_gap(dt_s, fastest_mps, LOOK_BACK_DECEL_MPS2, 1.0) - brake_gap(dt_s, mover_mps, LOOK_BACK_DECEL_MPS2, 0.0)
        + 3.0
}

/// Whether every vehicle on the links behind that would have the mover as new leader can follow it with comfortable
/// braking. These vehicles may move sideways in the same step, so their intervals are widened.
pub(super) fn allows(context: &Context<'_>, want: &Want) -> bool {
    let slot = want.slot as usize;
    let (seen, own) = (context.seen(slot), context.own(slot));
    let look_back_m = look_back_m(context.scene.dt_s(), context.fastest_mps, own.speed_mps);
    let distance_m = f64::from(seen.rear_m);
    if distance_m >= look_back_m {
        return true;
    }
    let present = Span::of(seen);
    let swept = present.hull(Span::around(want.to_m, context.scene.kind(own.kind).width_m));
    let mover = Mover { seen, swept, present, distance_m };
    let network = context.scene.network;
    network.links[context.view.link].lanes().all(|lane| allows_from(context, lane, mover, look_back_m, 1))
}

fn allows_from(context: &Context<'_>, lane: LaneId, mover: Mover<'_>, look_back_m: f64, depth: u32) -> bool {
    let network = context.scene.network;
    network.incoming[lane].iter().all(|&connector| {
        let from = network.connectors[connector].from;
        let back_m = -lateral_shift_m(network, connector) as f32;
        let here = Mover { swept: mover.swept.shifted(back_m), present: mover.present.shifted(back_m), ..mover };
        if !allows_on_lane(context, connector, here, look_back_m) {
            return false;
        }
        let behind = Mover { distance_m: here.distance_m + network.lanes[from].length_m, ..here };
        behind.distance_m >= look_back_m
            || depth >= MAX_DEPTH
            || allows_from(context, from, behind, look_back_m, depth + 1)
    })
}

/// The followers on the lane that a connector leaves.
fn allows_on_lane(context: &Context<'_>, connector: ConnectorId, mover: Mover<'_>, look_back_m: f64) -> bool {
    let network = context.scene.network;
    let from = network.connectors[connector].from;
    let link = network.link_of(from);
    let length_m = network.lanes[from].length_m;
    let seen = &context.traffic.seen[link.index()];
    let own = &context.traffic.own[link.index()];
    seen.iter()
        .zip(own)
        .take_while(|(other, _)| length_m - f64::from(other.front_m) + mover.distance_m < look_back_m)
        .filter(|(other, own)| own.lane == from && other.trip != mover.seen.trip)
        .filter(|(_, own)| next_from(network, own, from) == connector)
        .all(|(other, own)| {
            let span = Span::of(other);
            let is_follower = span.overlaps(mover.present);
            is_follower
                || !span.grown(context.max_shift_m).overlaps(mover.swept)
                || can_follow(context, own, mover, length_m)
        })
}

fn can_follow(context: &Context<'_>, own: &Own, mover: Mover<'_>, length_m: f64) -> bool {
    let driver = context.scene.driver(own.kind);
    let gap_m = length_m - own.front_m + mover.distance_m - driver.min_gap_m;
    let decel_mps2 = context.scene.kind(mover.seen.kind_id()).apparent_decel_mps2;
    driver.follows_gently(own.speed_mps, gap_m, f64::from(mover.seen.speed_mps), decel_mps2)
}
