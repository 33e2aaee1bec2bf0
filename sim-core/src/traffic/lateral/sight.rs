//! What a vehicle would see from lateral positions: leaders on its link and on the links its route leads to, the ends
//! of lanes that lead elsewhere, and vehicles that it would pass closely.

use crate::ids::{LaneId, LinkId};
use crate::traffic::car_following::Driver;
use crate::traffic::lateral::leader::{Ahead, Probe, View};
use crate::traffic::lateral::oblique::{self, Neighbor};
use crate::traffic::lateral::space::{Span, lane_at, next_from};
use crate::traffic::lateral::{Context, Want};
use crate::traffic::leader::{Leader, mapped_interval};
use crate::traffic::prefs;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Seen, Traffic};
use crate::traffic::types::LateralParams;

/// Most lateral candidates of one vehicle.
pub(super) const MAX_PROBES: usize = 8;

/// What is ahead at one lateral position.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Outlook {
    /// The speed from which the vehicle could still stop, without bounds of acceleration, at most the desired one.
    pub(super) safe_mps: f64,
    /// Whether anything is ahead within sight.
    pub(super) is_free: bool,
}

/// How closely others are passed.
#[derive(Clone, Copy)]
struct Passing {
    speed_mps: f64,
    /// The lowest passing speed met so far; those farther away matter only if theirs is lower still.
    limit_mps: f64,
    discomfort: f64,
}

/// The speed at which a vehicle may pass another with some clearance.
fn passing_limit_mps(lateral: &LateralParams, other_mps: f64, clearance_m: f64) -> f64 {
    let spare_m = clearance_m - lateral.min_gap_m;
    let faster = if lateral.gap_per_speed_s > 0.0 { spare_m / lateral.gap_per_speed_s } else { f64::INFINITY };
    other_mps + faster.max(lateral.filter_mps)
}

/// How far ahead it pays to look sideways at a speed.
pub(super) fn look_ahead_m(driver: &Driver, speed_mps: f64) -> f64 {
    driver.brake_gap_own(speed_mps) + 2.0 * speed_mps + driver.min_gap_m + 5.0
}

/// The highest speed at which a vehicle passes and follows those ahead on its link that it does not overlap but comes
/// close to; infinite with room enough. For the longitudinal plan.
pub fn passing_speed_mps(scene: &Scene<'_>, traffic: &Traffic, place: Place, driver: &Driver) -> f64 {
    let (seen, kind) = (traffic.seen(place), scene.kind(traffic.seen(place).kind_id()));
    let speed_mps = f64::from(seen.speed_mps);
    let until_m = seen.front_m + driver.brake_gap_own(driver.max_next_speed(speed_mps)) as f32;
    let view = View::at(traffic, place.link);
    let mut probes = [Probe::new(Span::of(seen))];
    let (mut cap_mps, mut lowest_mps) = (f64::INFINITY, speed_mps + driver.accel_mps2 * driver.dt_s);
    view.walk(Ahead::OfSlot(place.slot), until_m, &mut probes, |_, other, clearance_m| {
        let limit_mps = passing_limit_mps(&kind.lateral, f64::from(other.speed_mps), f64::from(clearance_m));
        if limit_mps < lowest_mps {
            lowest_mps = limit_mps;
            let distance_m = f64::from(other.rear_m - seen.front_m).max(0.0);
            cap_mps = cap_mps.min(driver.free_speed(distance_m, limit_mps, false));
        }
        let neighbor = neighbor(scene, seen, other, clearance_m);
        if let Some(most_mps) = oblique::speed_mps(driver, speed_mps, &neighbor) {
            cap_mps = cap_mps.min(most_mps);
        }
    });
    // Nobody brakes harder than comfortably for someone who comes close from the side.
    cap_mps.max(driver.min_next_speed(speed_mps))
}

/// The highest speed for following obliquely those on a link beyond the end of the own one: the link, the own interval
/// there, how far ahead of the own front it starts, and up to where on it others matter.
pub fn oblique_speed_mps(
    scene: &Scene<'_>,
    traffic: &Traffic,
    place: Place,
    driver: &Driver,
    (link, span, start_m, until_m): (LinkId, Span, f32, f32),
) -> f64 {
    let seen = traffic.seen(place);
    let mut most_mps = f64::INFINITY;
    if scene.kind(seen.kind_id()).lateral.abreast_gap_per_speed_s <= 0.0 {
        return most_mps;
    }
    let own_mps = f64::from(seen.speed_mps);
    let before = Seen { front_m: -start_m, ..*seen };
    View::at(traffic, link).walk(Ahead::OfStart, until_m, &mut [Probe::new(span)], |_, other, clearance_m| {
        if other.trip != seen.trip {
            let neighbor = neighbor(scene, &before, other, clearance_m);
            if let Some(mps) = oblique::speed_mps(driver, own_mps, &neighbor) {
                most_mps = most_mps.min(mps);
            }
        }
    });
    most_mps
}

fn neighbor(scene: &Scene<'_>, seen: &Seen, other: &Seen, clearance_m: f32) -> Neighbor {
    let (kind, theirs) = (scene.kind(seen.kind_id()), scene.kind(other.kind_id()));
    Neighbor {
        clearance_m: f64::from(clearance_m),
        gap_m: f64::from(other.rear_m - seen.front_m),
        length_m: f64::from(other.length_m()),
        speed_mps: f64::from(other.speed_mps),
        abreast_gap_per_speed_s: kind.lateral.abreast_gap_per_speed_s.min(theirs.lateral.abreast_gap_per_speed_s),
        decel_mps2: theirs.apparent_decel_mps2,
    }
}

/// The outlooks at several middles, with the discomfort of closeness to others at each.
pub(super) fn outlooks(
    context: &Context<'_>,
    slot: usize,
    middles_m: &[f64],
    desired_mps: f64,
) -> [(Outlook, f64); MAX_PROBES] {
    let (seen, own) = (context.seen(slot), context.own(slot));
    let scene = context.scene;
    let kind = scene.kind(own.kind);
    let driver = scene.driver(own.kind);
    let reach_m = look_ahead_m(driver, own.speed_mps);
    let mut probes = [Probe::new(Span::of(seen)); MAX_PROBES];
    let mut passing = [Passing { speed_mps: f64::INFINITY, limit_mps: f64::INFINITY, discomfort: 0.0 }; MAX_PROBES];
    for (probe, &middle_m) in probes.iter_mut().zip(middles_m) {
        *probe = Probe::new(Span::around(middle_m, kind.width_m));
    }
    let close_m = 1.5 * own.speed_mps + 2.0;
    let mut beside = |index: usize, other: &Seen, clearance_m: f32| {
        let (clearance_m, other_mps) = (f64::from(clearance_m), f64::from(other.speed_mps));
        let distance_m = f64::from(other.rear_m - seen.front_m).max(0.0);
        let passing = &mut passing[index];
        let limit_mps = passing_limit_mps(&kind.lateral, other_mps, clearance_m);
        if limit_mps < desired_mps && limit_mps < passing.limit_mps {
            passing.limit_mps = limit_mps;
            passing.speed_mps = passing.speed_mps.min(driver.free_speed(distance_m, limit_mps, false));
        }
        let neighbor = neighbor(scene, seen, other, clearance_m as f32);
        if let Some(most_mps) = oblique::outlook_mps(driver, &neighbor) {
            passing.speed_mps = passing.speed_mps.min(most_mps);
        }
        let comfort_m = kind.lateral.min_gap_m + kind.lateral.gap_per_speed_s * (own.speed_mps - other_mps).max(0.0);
        if distance_m < close_m && clearance_m < comfort_m {
            passing.discomfort = passing.discomfort.max((comfort_m - clearance_m) / comfort_m);
        }
    };
    let probes = &mut probes[..middles_m.len()];
    let until_m = seen.front_m + reach_m as f32;
    context.view.walk(Ahead::OfSlot(slot as u32), until_m, probes, &mut beside);
    for other in context.view.seen[slot + 1..].iter().take_while(|other| other.front_m > seen.rear_m) {
        for (index, probe) in probes.iter().enumerate() {
            let clearance_m = probe.span.clearance_m(Span::of(other));
            beside(index, other, clearance_m.max(0.0));
        }
    }
    let mut outlooks = [(Outlook { safe_mps: desired_mps, is_free: true }, 0.0); MAX_PROBES];
    for (index, (probe, &middle_m)) in probes.iter().zip(middles_m).enumerate() {
        let ahead = match probe.leader {
            Some(leader) => Some(Obstacle::of(scene, &leader, leader.rear_m - f64::from(seen.front_m))),
            None => {
                let lane = lane_at(scene.network, context.view.link, middle_m);
                beyond(context, own, lane, probe.span, reach_m)
            }
        };
        let safe_mps = ahead.map_or(f64::INFINITY, |ahead| {
            driver.insertion_follow_speed(ahead.gap_m - driver.min_gap_m, ahead.speed_mps, ahead.decel_mps2)
        });
        let safe_mps = safe_mps.min(desired_mps).min(passing[index].speed_mps);
        outlooks[index] = (Outlook { safe_mps, is_free: ahead.is_none() }, passing[index].discomfort);
    }
    outlooks
}

/// Something ahead.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Obstacle {
    /// Free way to it.
    gap_m: f64,
    speed_mps: f64,
    decel_mps2: f64,
}

impl Obstacle {
    fn of(scene: &Scene<'_>, leader: &Leader, gap_m: f64) -> Self {
        let decel_mps2 = scene.kind(leader.seen.kind_id()).apparent_decel_mps2;
        Self { gap_m, speed_mps: f64::from(leader.seen.speed_mps), decel_mps2 }
    }
}

/// The first obstacle beyond the end of the own link, from a lane and an interval on it: a vehicle on the route's way,
/// or the end of a lane that does not lead on.
pub(super) fn beyond(context: &Context<'_>, own: &Own, lane: LaneId, span: Span, reach_m: f64) -> Option<Obstacle> {
    let (scene, network) = (context.scene, context.scene.network);
    let mut distance_m = network.lanes[lane].length_m - own.front_m;
    let goes_on = (own.route_index as usize) + 1 < own.prefs.len();
    if distance_m > reach_m {
        return None;
    }
    if goes_on && !next_from(network, own, lane).is_some() {
        return Some(Obstacle { gap_m: distance_m, speed_mps: 0.0, decel_mps2: scene.driver(own.kind).decel_mps2 });
    }
    let mut span = span;
    for (connector, next) in prefs::path(network, &own.prefs, own.route_index as usize, lane) {
        if distance_m > reach_m {
            break;
        }
        let (kerb_m, outer_m) = mapped_interval(network, connector, span.kerb_m, span.outer_m);
        span = Span { kerb_m, outer_m };
        let view = View::at(context.traffic, network.link_of(next));
        if let Some(leader) = view.nearest(Ahead::OfStart, span, (reach_m - distance_m) as f32) {
            let gap_m = distance_m + leader.rear_m;
            return (leader.seen.trip != own.trip).then(|| Obstacle::of(scene, &leader, gap_m));
        }
        distance_m += network.lanes[next].length_m;
    }
    None
}

/// Whether a move keeps the vehicle safe behind whoever is beyond the end of its link. Others may move sideways at the
/// same time, so the interval is widened; what was ahead of the widened present interval already does not count.
pub(super) fn allows_beyond(context: &Context<'_>, want: &Want) -> bool {
    let slot = want.slot as usize;
    let (seen, own) = (context.seen(slot), context.own(slot));
    let driver = context.scene.driver(own.kind);
    let reach_m = driver.brake_gap_own(driver.max_next_speed(own.speed_mps)) + driver.min_gap_m;
    if context.scene.network.lanes[own.lane].length_m - own.front_m > reach_m {
        return true;
    }
    let width_m = context.scene.kind(own.kind).width_m;
    let swept = Span::of(seen).hull(Span::around(want.to_m, width_m));
    let lane = lane_at(context.scene.network, context.view.link, want.to_m);
    let then = beyond(context, own, lane, swept.grown(context.max_shift_m), reach_m);
    let Some(then) = then else { return true };
    let now = beyond(context, own, own.lane, Span::of(seen).grown(context.max_shift_m), reach_m);
    if now.is_some_and(|now| now.gap_m <= then.gap_m) {
        return true;
    }
    driver.follows_gently(own.speed_mps, then.gap_m - driver.min_gap_m, then.speed_mps, then.decel_mps2)
}
