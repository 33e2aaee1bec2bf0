//! Stops on the way: where a vehicle must stand, and how long.
//!
//! At a bus stop vehicles queue: each comes to stand behind the rear of the last one that stands there already. One
//! whose place would lie more than half outside the stop waits on the road until there is room.

use serde::{Deserialize, Serialize};

use crate::ids::{LinkId, StopPlaceId};
use crate::traffic::car_following::{HALTING_SPEED_MPS, NUMERICAL_EPS, POSITION_EPS_M};
use crate::traffic::demand::{Stop, Trip};
use crate::traffic::prefs::{self, RoutePrefs, Target};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Traffic, flags};
use crate::traffic::types::VehicleType;

/// A vehicle this close before its place at a bus stop has reached it.
const NEAR_PLACE_M: f64 = 0.5;

/// How a vehicle stands with its next stop.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct StopState {
    /// Position of the next stop in the demand's list.
    pub next: u32,
    /// One past the trip's last stop.
    pub end: u32,
    /// Whether it stands at the stop.
    pub is_reached: bool,
    /// Time it still has to stand.
    pub remaining_ms: i64,
    /// Distance to where it must stand, as planned in this step; infinite without a stop in sight.
    pub distance_m: f64,
    /// The speed that its stops alone would let it have: what it falls short of that is lost time.
    pub pace_mps: f64,
}

impl StopState {
    /// On the way to the first of some stops, which are positions in the demand's list.
    pub fn before(stops: &std::ops::Range<u32>) -> Self {
        Self {
            next: stops.start,
            end: stops.end,
            is_reached: false,
            remaining_ms: 0,
            distance_m: f64::INFINITY,
            pace_mps: f64::INFINITY,
        }
    }
}

/// The next stop, if there is one.
pub fn next<'a>(scene: &Scene<'a>, stop: &StopState) -> Option<&'a Stop> {
    if stop.next < stop.end { scene.demand.stops.get(stop.next as usize) } else { None }
}

/// Position in the route of the road of the next stop, if it still lies ahead of `route_index` or there.
fn route_index_of(route: &[LinkId], route_index: usize, stop: &Stop) -> Option<usize> {
    route.iter().skip(route_index).position(|&link| link == stop.link).map(|ahead| route_index + ahead)
}

/// Where the vehicle must be in a certain lane next: at its next stop, or at its arrival.
pub fn target(
    scene: &Scene<'_>,
    (trip, route): (&Trip, &[LinkId]),
    stop: &StopState,
    route_index: usize,
) -> Option<Target> {
    let at_stop = next(scene, stop).and_then(|stop| {
        let index = route_index_of(route, route_index, stop)?;
        Some(Target { route_index: index, lane: stop.lane, position_m: stop.start_m })
    });
    at_stop.or_else(|| Target::of_arrival(scene.network, route, trip.arrival))
}

/// The lane preferences of a trip along a route towards its next stop or its arrival.
pub fn prefs_towards(
    scene: &Scene<'_>,
    (trip, route): (&Trip, &[LinkId]),
    stop: &StopState,
    route_index: usize,
) -> RoutePrefs {
    let rider = scene.rider(trip.vehicle_type);
    prefs::along(scene.network, route, rider, target(scene, (trip, route), stop, route_index))
}

/// Where on a road of its route the vehicle must stand, if its next stop lies there.
///
/// A stop on a road that the route passes several times counts for the first of them only.
pub fn position_m(scene: &Scene<'_>, traffic: &Traffic, own: &Own, link: LinkId, route_index: usize) -> Option<f64> {
    let stop = next(scene, &own.stop)?;
    if stop.link != link || own.stop.is_reached {
        return None;
    }
    let route = scene.route_of(own);
    if route.get(own.route_index as usize..route_index)?.contains(&link) {
        return None;
    }
    Some(standing_position_m(scene, traffic, stop, scene.kind(own.kind)))
}

/// Where the front of a vehicle would come to stand at a stop now.
pub fn standing_position_m(scene: &Scene<'_>, traffic: &Traffic, stop: &Stop, kind: &VehicleType) -> f64 {
    let Some(place) = stop.place else { return stop.end_m };
    let mut standing = standing_at(scene, traffic, stop, place);
    let rearmost_m = standing.iter().fold(stop.end_m, |least: f64, &(rear_m, _)| least.min(rear_m));
    if rearmost_m >= stop.end_m {
        return stop.end_m;
    }
    let behind_m = rearmost_m - kind.min_gap_m;
    if fits(stop, kind, behind_m) {
        return behind_m;
    }
    // A place ahead of others that stand there, big enough for the whole vehicle.
    standing.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free_from_m = stop.start_m;
    for (rear_m, front_m) in standing {
        if rear_m - kind.min_gap_m - free_from_m + NUMERICAL_EPS >= kind.length_m {
            return rear_m - kind.min_gap_m;
        }
        free_from_m = front_m + kind.min_gap_m;
    }
    if stop.end_m - free_from_m + NUMERICAL_EPS >= kind.length_m { stop.end_m } else { behind_m }
}

/// Rear and front positions of the vehicles that stand at a bus stop.
fn standing_at(scene: &Scene<'_>, traffic: &Traffic, stop: &Stop, place: StopPlaceId) -> Vec<(f64, f64)> {
    let link = stop.link.index();
    let there = traffic.seen[link].iter().zip(&traffic.own[link]);
    there
        .filter(|(seen, own)| {
            seen.has(flags::AT_STOP) && next(scene, &own.stop).is_some_and(|stop| stop.place == Some(place))
        })
        .map(|(_, own)| (own.front_m - scene.kind(own.kind).length_m, own.front_m))
        .collect()
}

/// Whether a vehicle whose front is at a position stands at the stop: at its end, or at least by half of its length.
fn fits(stop: &Stop, kind: &VehicleType, front_m: f64) -> bool {
    front_m + POSITION_EPS_M >= stop.end_m || front_m - stop.start_m >= 0.5 * kind.length_m
}

/// How long a vehicle stands at a stop that it reaches now.
fn standing_ms(stop: &Stop, now_ms: i64) -> i64 {
    let duration_ms = (stop.duration_s * 1000.0).round() as i64;
    stop.until.map_or(duration_ms, |until| duration_ms.max(until.0 - now_ms))
}

/// Starts, continues and ends stops; returns the speed that they allow out of the one about to be driven.
///
/// To be called once a step, before the vehicle moves, with `own.stop.distance_m` as planned in this step.
pub fn process(scene: &Scene<'_>, own: &mut Own, seen_flags: &mut u16, speed_mps: f64) -> f64 {
    let Some(stop) = next(scene, &own.stop) else { return speed_mps };
    if own.stop.is_reached {
        own.stop.remaining_ms -= scene.dt_ms;
        if own.stop.remaining_ms > 0 {
            return 0.0;
        }
        leave(scene, own, seen_flags);
        return speed_mps;
    }
    if has_reached(scene, own, stop, speed_mps) {
        own.stop.is_reached = true;
        own.stop.remaining_ms = standing_ms(stop, scene.now_ms);
        let added = if stop.is_parking { flags::AT_STOP | flags::PARKED } else { flags::AT_STOP };
        *seen_flags |= added;
        own.flags |= added;
    }
    speed_mps
}

fn has_reached(scene: &Scene<'_>, own: &Own, stop: &Stop, speed_mps: f64) -> bool {
    let lane = &scene.network.lanes[own.lane];
    if lane.link != stop.link || lane.index != stop.lane || speed_mps > HALTING_SPEED_MPS {
        return false;
    }
    if stop.place.is_none() {
        return own.front_m >= stop.start_m.min(stop.end_m) - NUMERICAL_EPS;
    }
    let place_m = if own.stop.distance_m.is_finite() { own.front_m + own.stop.distance_m } else { stop.end_m };
    own.front_m >= place_m - NEAR_PLACE_M - NUMERICAL_EPS && fits(stop, scene.kind(own.kind), own.front_m)
}

/// Ends the present stop: the vehicle turns to the next one.
fn leave(scene: &Scene<'_>, own: &mut Own, seen_flags: &mut u16) {
    let ended = flags::AT_STOP | flags::PARKED;
    *seen_flags &= !ended;
    own.flags &= !ended;
    turn_to(scene, own, own.stop.next + 1);
}

fn turn_to(scene: &Scene<'_>, own: &mut Own, next: u32) {
    own.stop.next = next;
    own.stop.is_reached = false;
    own.stop.remaining_ms = 0;
    own.stop.distance_m = f64::INFINITY;
    renew_prefs(scene, own);
}

/// Works out anew which lanes lead on: the route or the next stop is another one.
pub fn renew_prefs(scene: &Scene<'_>, own: &mut Own) {
    let way = (scene.trip(own), scene.route_of(own));
    own.prefs = prefs_towards(scene, way, &own.stop, own.route_index as usize);
}

/// Skips stops that lie behind the vehicle, which did not reach them; returns how many.
///
/// To be called when a vehicle has entered a road, or taken another route.
pub fn skip_missed(scene: &Scene<'_>, own: &mut Own) -> u32 {
    let route = scene.route_of(own);
    let mut next_stop = own.stop.next;
    while next_stop < own.stop.end
        && route_index_of(route, own.route_index as usize, &scene.demand.stops[next_stop as usize]).is_none()
    {
        next_stop += 1;
    }
    let missed = next_stop - own.stop.next;
    if missed > 0 {
        turn_to(scene, own, next_stop);
    }
    missed
}
