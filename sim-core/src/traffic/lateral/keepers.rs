//! Vehicles that keep lanes: which lane they head for, and how far they get in a step.
//!
//! A lane-keeping vehicle heads for the middle of its lane, or of a neighbour: because the route needs it (the sooner
//! the more lanes and the less way are left), because it is faster there by more than a threshold, or, with nobody in
//! sight, back towards the kerb. The state of a change is the lateral position and speed alone: a vehicle that moves
//! outwards beyond its lane's middle is on its way to the next lane, and a change begun needs a smaller advantage to go
//! on than one to begin.

use crate::ids::LaneId;
use crate::traffic::car_following::HALTING_SPEED_MPS;
use crate::traffic::lateral::courtesy::aside_m;
use crate::traffic::lateral::leader::Ahead;
use crate::traffic::lateral::sight::outlooks;
use crate::traffic::lateral::space::{Span, may_change};
use crate::traffic::lateral::{Context, Urgency, Want, lateral_limit_mps};
use crate::traffic::prefs::LanePref;
use crate::traffic::state::{Own, Seen};
use crate::traffic::types::Alignment;
use crate::units::VehicleClass;

/// Advantage that begins a change outwards.
const GAIN_OUTWARDS_MPS: f64 = 1.0;
/// Advantage that begins a change towards the kerb.
const GAIN_INWARDS_MPS: f64 = 1.5;
/// Advantage, negative, below which a change begun is given up.
const GAIN_KEEPS_ON_MPS: f64 = -0.2;
/// Time and way that one lane change takes, for how early to begin.
const CHANGE_S: f64 = 10.0;
const CHANGE_M: f64 = 20.0;
/// A vehicle outside the lanes of its route this close to the stop line has no time to lose.
const LATE_M: f64 = 50.0;
/// A vehicle that stands with free way before the end of a wrong lane moves over as if it rolled at this speed.
const CREEP_MPS: f64 = 0.6;
/// Free way that it needs for that.
const CREEP_ROOM_M: f32 = 0.5;
/// Below this the middle counts as reached.
const REACHED_M: f64 = 0.01;
/// Share of the desired speed below which drivers look for a faster lane.
const CONTENT_SHARE: f64 = 0.95;

/// Where a lane-keeping vehicle wants to be.
pub(super) fn propose(context: &Context<'_>, slot: usize) -> Option<Want> {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let (lane, urgency) = if context.scene.network.lanes[own.lane].is_internal {
        (own.lane, Urgency::Voluntary)
    } else if context.decides(seen, 2) {
        choose(context, slot)
    } else {
        let lane = heading(context, own);
        (lane, strategic(context, own, own.lane).map_or(Urgency::Voluntary, |need| need.urgency))
    };
    let left_m = context.scene.network.lanes[own.lane].length_m - own.front_m;
    let is_late = left_m < LATE_M && aside_m(context.scene, own).abs() > REACHED_M;
    let urgency = if is_late { Urgency::Pressing } else { urgency };
    let kind = context.scene.kind(own.kind);
    let goal_m = place_in_lane(context, seen, lane);
    let speed_mps = if urgency == Urgency::Pressing && own.speed_mps < CREEP_MPS && has_room(context, slot) {
        CREEP_MPS
    } else if own.speed_mps > HALTING_SPEED_MPS {
        own.speed_mps
    } else {
        0.0
    };
    let step_m = lateral_limit_mps(kind, speed_mps) * context.scene.dt_s();
    let way_m = (goal_m - own.middle_m).clamp(-step_m, step_m);
    (way_m.abs() > REACHED_M || urgency == Urgency::Pressing).then_some(Want {
        slot: slot as u32,
        to_m: own.middle_m + way_m,
        urgency,
    })
}

/// Whether a standing vehicle has room to roll forward: it stands because of the lane's end, not behind somebody.
fn has_room(context: &Context<'_>, slot: usize) -> bool {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let until_m = seen.front_m + CREEP_ROOM_M + context.scene.driver(own.kind).min_gap_m as f32;
    context.scene.network.lanes[own.lane].length_m - own.front_m > f64::from(CREEP_ROOM_M)
        && context.view.nearest(Ahead::OfSlot(slot as u32), Span::of(seen), until_m).is_none()
}

/// Where in a lane the vehicle likes its middle.
fn place_in_lane(context: &Context<'_>, seen: &Seen, lane: LaneId) -> f64 {
    let network = context.scene.network;
    let kind = context.scene.kind(seen.kind_id());
    let span = Span::of_lane(network, lane);
    let middle_m = network.lanes[lane].offset_m + 0.5 * network.lanes[lane].width_m;
    let wish_m = match kind.lateral.alignment {
        Alignment::Kerb => f64::from(span.kerb_m),
        Alignment::Median => f64::from(span.outer_m),
        Alignment::Offset(offset_m) => middle_m + offset_m,
        Alignment::Center | Alignment::Arbitrary | Alignment::Compact | Alignment::Nice => middle_m,
    };
    let link = &network.links[context.view.link];
    let whole = Span { kerb_m: 0.0, outer_m: link.width_m as f32 };
    whole.fit(span.fit(wish_m, kind.width_m), kind.width_m)
}

/// The lane a vehicle is moving to, by its present sideways motion.
fn heading(context: &Context<'_>, own: &Own) -> LaneId {
    let network = context.scene.network;
    let lane = &network.lanes[own.lane];
    let from_middle_m = own.middle_m - (lane.offset_m + 0.5 * lane.width_m);
    let class = context.scene.kind(own.kind).class;
    if own.lateral_mps > 0.0 && from_middle_m > REACHED_M && may_change(network, own.lane, true, class) {
        LaneId(own.lane.0 + 1)
    } else if own.lateral_mps < 0.0 && from_middle_m < -REACHED_M && may_change(network, own.lane, false, class) {
        LaneId(own.lane.0 - 1)
    } else {
        own.lane
    }
}

/// A change the route needs from a lane.
#[derive(Clone, Copy)]
struct Need {
    outwards: bool,
    urgency: Urgency,
}

fn pref(context: &Context<'_>, own: &Own, lane: LaneId) -> LanePref {
    let index = context.scene.network.lanes[lane].index as usize;
    own.prefs.at(own.route_index as usize).get(index).copied().unwrap_or(LanePref::ENDLESS)
}

/// Whether the route needs a change from a lane by now: one lane takes [`CHANGE_S`] and [`CHANGE_M`].
fn strategic(context: &Context<'_>, own: &Own, lane: LaneId) -> Option<Need> {
    let pref = pref(context, own, lane);
    if pref.offset == 0 {
        return None;
    }
    let left_m = f64::from(pref.length_m) - own.front_m;
    let one_m = own.speed_mps.max(5.0) * CHANGE_S + CHANGE_M;
    let needed_m = f64::from(pref.offset.unsigned_abs()) * one_m;
    let eagerness = context.scene.kind(own.kind).lane_change.strategic;
    if eagerness < 0.0 || left_m > needed_m * eagerness.max(0.1) {
        return None;
    }
    let urgency = if left_m < 0.5 * needed_m { Urgency::Pressing } else { Urgency::Needed };
    Some(Need { outwards: pref.offset > 0, urgency })
}

/// Whether a lane may be entered of free will: the route does not soon need to leave it again.
fn is_useful(context: &Context<'_>, own: &Own, lane: LaneId, class: VehicleClass) -> bool {
    let pref = pref(context, own, lane);
    let left_m = f64::from(pref.length_m) - own.front_m;
    let one_m = own.speed_mps.max(5.0) * CHANGE_S + CHANGE_M;
    context.scene.network.lanes[lane].allowed.allows(class)
        && (pref.offset == 0 || left_m > 2.0 * f64::from(pref.offset.unsigned_abs()) * one_m)
}

/// The lane to head for.
fn choose(context: &Context<'_>, slot: usize) -> (LaneId, Urgency) {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let (scene, network) = (context.scene, context.scene.network);
    let class = scene.kind(own.kind).class;
    let here = own.lane;
    let going = heading(context, own);
    if let Some(need) = strategic(context, own, here) {
        let is_open = may_change(network, here, need.outwards, class);
        let lane = if need.outwards { here.0.wrapping_add(1) } else { here.0.wrapping_sub(1) };
        return (if is_open { LaneId(lane) } else { here }, need.urgency);
    }
    let neighbor = |outwards: bool| {
        let lane = LaneId(if outwards { here.0.wrapping_add(1) } else { here.0.wrapping_sub(1) });
        (may_change(network, here, outwards, class) && is_useful(context, own, lane, class)).then_some(lane)
    };
    let (outer, inner) = (neighbor(true), neighbor(false));
    if outer.is_none() && inner.is_none() {
        return (here, Urgency::Voluntary);
    }
    let desired_mps = scene.desired_speed_mps(own, here);
    let lanes = [here, outer.unwrap_or(here), inner.unwrap_or(here)];
    let middles_m = lanes.map(|lane| place_in_lane(context, seen, lane));
    let found = outlooks(context, slot, &middles_m, desired_mps);
    let gain_mps = |index: usize| found[index].0.safe_mps - found[0].0.safe_mps;
    let threshold_mps = |lane: LaneId, usual_mps: f64| if going == lane { GAIN_KEEPS_ON_MPS } else { usual_mps };
    let is_slowed = going != here || found[0].0.safe_mps < CONTENT_SHARE * desired_mps;
    let eagerness = scene.kind(own.kind).lane_change.speed_gain.max(0.01);
    if let Some(lane) = outer
        && is_slowed
        && gain_mps(1) > threshold_mps(lane, GAIN_OUTWARDS_MPS / eagerness)
        && (gain_mps(1) >= gain_mps(2) || going == lane)
    {
        return (lane, Urgency::Voluntary);
    }
    if let Some(lane) = inner {
        let is_faster = is_slowed && gain_mps(2) > threshold_mps(lane, GAIN_INWARDS_MPS / eagerness);
        let is_free = found[2].0.is_free && found[2].0.safe_mps >= desired_mps && found[2].1 <= 0.0;
        if is_faster || (is_free && scene.kind(own.kind).lane_change.keep_right > 0.0) {
            return (lane, Urgency::Voluntary);
        }
    }
    (here, Urgency::Voluntary)
}
