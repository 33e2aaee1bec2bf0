//! Letting others in: vehicles stuck in a wrong lane near its end, and how far before the end they stop.
//!
//! A vehicle that stands in a lane from which its route does not go on shows it ([`flags::STRATEGIC_BLOCKED`]). Whoever
//! comes from behind on the side it wants to stays behind it, if comfortable braking is enough, until it has moved
//! over. So does whoever follows a lane-keeping vehicle that has its front in the same lane, but is not inside it yet.
//! Vehicles yield only to vehicles ahead of them, so nobody waits in a circle.

use crate::ids::LaneId;
use crate::traffic::lateral::KEEPER_SHARE;
use crate::traffic::lateral::leader::{Ahead, View};
use crate::traffic::lateral::space::{Span, goal_span, must_leave};
use crate::traffic::leader::Leader;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Seen, Traffic, flags};

/// Way that a lane-keeping vehicle always leaves for rolling aside.
const CREEP_MARGIN_M: f64 = 2.0;
/// How far to the side others count as being in the way.
const REACH_M: f32 = 1.0;
/// Below this a vehicle is where it must be.
const ASIDE_EPS_M: f64 = 0.01;
/// Longest way left free for moving over.
const MAX_MARGIN_M: f64 = 30.0;

/// The interval of the lanes from which a vehicle's route goes on, nearest to it; `None` where it does not matter.
pub(super) fn goal(scene: &Scene<'_>, own: &Own) -> Option<Span> {
    let network = scene.network;
    let lane = &network.lanes[own.lane];
    if lane.is_internal {
        return None;
    }
    let pref = own.prefs.at(own.route_index as usize).get(lane.index as usize)?;
    let link = &network.links[lane.link];
    let index = i32::from(lane.index) + if must_leave(network, own, own.lane) { i32::from(pref.offset) } else { 0 };
    let target = LaneId(link.first_lane.0 + index.clamp(0, i32::from(link.n_lanes) - 1) as u32);
    goal_span(network, own, target, scene.kind(own.kind).width_m as f32)
}

/// How far sideways the vehicle must go to be inside the lanes of its route, outwards positive.
pub(super) fn aside_m(scene: &Scene<'_>, own: &Own) -> f64 {
    goal(scene, own).map_or(0.0, |goal| goal.fit(own.middle_m, scene.kind(own.kind).width_m) - own.middle_m)
}

/// How far before the stop line a vehicle stops that is outside its movement group, or in a lane that leads elsewhere;
/// 0 for vehicles that are where they must be.
///
/// A lane-keeping vehicle needs way to move over. Of two that have to change places, the one that goes towards the kerb
/// stops a vehicle's length earlier, so that the other can cross before it.
pub(super) fn usual_margin_m(scene: &Scene<'_>, own: &Own) -> f64 {
    margins_m(scene, own).1
}

/// The least and the usual margin.
fn margins_m(scene: &Scene<'_>, own: &Own) -> (f64, f64) {
    let (aside_m, kind) = (aside_m(scene, own), scene.kind(own.kind));
    if aside_m.abs() < ASIDE_EPS_M {
        return (0.0, 0.0);
    }
    let place_m = if aside_m < 0.0 { kind.length_m + 2.0 * kind.min_gap_m } else { 0.0 };
    if !kind.lateral.keeps_lane {
        return (place_m, place_m);
    }
    let way_m = (aside_m.abs() / KEEPER_SHARE).max(CREEP_MARGIN_M);
    (place_m + CREEP_MARGIN_M, (place_m + way_m).min(MAX_MARGIN_M))
}

/// The same, for the longitudinal plan, which is to brake for it no harder than comfortably: a vehicle that is kept
/// from moving over only by vehicles beside it whose fronts are behind its own goes on, to get ahead of them.
pub fn stop_margin_m(scene: &Scene<'_>, traffic: &Traffic, place: Place) -> f64 {
    let own = traffic.own(place);
    let (least_m, usual_m) = margins_m(scene, own);
    if usual_m <= least_m {
        return usual_m;
    }
    let seen = traffic.seen(place);
    let others = &traffic.seen[place.link.index()];
    let slot = place.slot as usize;
    let reach_m = if aside_m(scene, own) > 0.0 { REACH_M } else { -REACH_M };
    let wanted = Span::of(seen).hull(Span::of(seen).shifted(reach_m));
    let is_in_way = |other: &&Seen| !other.has(flags::PARKED) && Span::of(other).overlaps(wanted);
    let longest_m = traffic.longest_on_m[place.link.index()];
    let by_one_ahead = others[..slot]
        .iter()
        .rev()
        .take_while(|other| other.front_m - longest_m < seen.front_m)
        .filter(is_in_way)
        .any(|other| other.rear_m < seen.front_m);
    let by_one_behind =
        others[slot + 1..].iter().take_while(|other| other.front_m > seen.rear_m).any(|o| is_in_way(&o));
    if by_one_behind && !by_one_ahead { least_m } else { usual_m }
}

/// The nearest vehicle ahead that waits to be let in in front of this one: the longitudinal plan follows it like a
/// leader. Only those are let in for whom comfortable braking is enough.
pub fn courtesy_leader(scene: &Scene<'_>, traffic: &Traffic, place: Place) -> Option<Leader> {
    let seen = traffic.seen(place);
    let span = Span::of(seen);
    let driver = scene.driver(seen.kind_id());
    let speed_mps = f64::from(seen.speed_mps);
    let view = View::at(traffic, place.link);
    let reach_m = (driver.brake_gap_own(driver.max_next_speed(speed_mps)) + driver.min_gap_m)
        .min(scene.kind(seen.kind_id()).lateral.courtesy_m);
    let until_m = seen.front_m + reach_m as f32;
    let mut nearest: Option<Leader> = None;
    for slot in (0..view.n_ahead(Ahead::OfSlot(place.slot))).rev() {
        let other = &view.seen[slot];
        let bound_m = nearest.map_or(until_m, |leader| leader.seen.rear_m);
        if other.front_m - view.longest_m > bound_m {
            break;
        }
        if other.rear_m < seen.front_m || other.rear_m > bound_m {
            continue;
        }
        // Who is half in one's lane already is as good as in it.
        let comes_over = other.lane == seen.lane && scene.kind(other.kind_id()).lateral.keeps_lane;
        if !comes_over && !other.has(flags::STRATEGIC_BLOCKED) {
            continue;
        }
        let theirs = Place { link: place.link, slot: slot as u32 };
        let (own, width_m) = (traffic.own(theirs), other.outer_m - other.kerb_m);
        let way_m = aside_m(scene, own).clamp(-f64::from(width_m), f64::from(width_m)) as f32;
        let wanted = Span::of(other).hull(Span::of(other).shifted(way_m));
        if !wanted.overlaps(span) {
            continue;
        }
        let gap_m = f64::from(other.rear_m - seen.front_m) - driver.min_gap_m;
        let decel_mps2 = scene.kind(other.kind_id()).apparent_decel_mps2;
        let next_mps = driver.follow_speed(speed_mps, gap_m, f64::from(other.speed_mps), decel_mps2);
        if next_mps >= driver.min_next_speed(speed_mps) {
            nearest = Some(Leader { rear_m: f64::from(other.rear_m), seen: *other, place: theirs });
        }
    }
    nearest
}
