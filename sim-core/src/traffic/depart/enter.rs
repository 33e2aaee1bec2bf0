//! Puts a vehicle on the road.

use super::neighbors::Spot;
use super::places::Entrance;
use crate::ids::{LaneId, RouteId, TripId};
use crate::network::{Network, Turn};
use crate::traffic::lane_change::LaneChangeState;
use crate::traffic::scene::Scene;
use crate::traffic::state::{MAX_BEHIND, NEVER_MS, Own, Passage, Tally, Traffic};
use crate::traffic::stops;

/// Puts a vehicle in its place among the others of its link; returns whether its rear lies on links behind.
pub(super) fn put(scene: &Scene<'_>, traffic: &mut Traffic, own: Own) -> bool {
    let link = scene.network.link_of(own.lane);
    let seen = own.project(scene.network, scene.kind(own.kind));
    let slot = traffic.own[link.index()].partition_point(|other| {
        other.front_m > own.front_m || (other.front_m == own.front_m && other.trip < own.trip)
    });
    shift_ghosts(scene.network, traffic, link.index(), slot);
    let reaches_back = own.n_behind > 0;
    let longest_m = &mut traffic.longest_on_m[link.index()];
    *longest_m = if traffic.own[link.index()].is_empty() { seen.length_m() } else { longest_m.max(seen.length_m()) };
    traffic.own[link.index()].insert(slot, own);
    traffic.seen[link.index()].insert(slot, seen);
    traffic.presence.set_fronts(link, true);
    traffic.n_vehicles += 1;
    traffic.summarize(scene.network, scene.drivers, link);
    reaches_back
}

/// Vehicles from a slot on move up by one: their ghosts must know.
fn shift_ghosts(network: &Network, traffic: &mut Traffic, link: usize, slot: usize) {
    for own in traffic.own[link].iter().skip(slot) {
        for &lane in own.lanes_behind() {
            for ghost in &mut traffic.ghosts[network.link_of(lane).index()] {
                if ghost.seen.trip == own.trip {
                    ghost.place.slot += 1;
                }
            }
        }
    }
}

/// A vehicle that enters on a road of its route.
pub(super) fn fresh(scene: &Scene<'_>, id: TripId, (route, road): (RouteId, u32), entrance: Entrance) -> Own {
    let Entrance { spot, speed_mps, speed_factor, stop, prefs } = entrance;
    let trip = &scene.demand.trips[id.index()];
    let (behind, n_behind) = lanes_behind(scene.network, &spot);
    Own {
        trip: id,
        kind: trip.vehicle_type,
        route,
        lane: spot.lane,
        route_index: road,
        front_m: spot.front_m,
        speed_mps,
        accel_mps2: 0.0,
        middle_m: spot.middle_m,
        lateral_mps: 0.0,
        speed_factor,
        behind,
        n_behind,
        waiting_ms: 0,
        entry_ms: NEVER_MS,
        entry_kept_ms: NEVER_MS,
        conflict_entry_ms: NEVER_MS,
        flags: 0,
        stop,
        lane_change: LaneChangeState::default(),
        tally: Tally { depart_ms: scene.now_ms, ..Tally::default() },
        passage: Passage { link_entry_ms: scene.now_ms, from_start: false, ..Passage::default() },
        prefs: if road == 0 {
            prefs
        } else {
            stops::prefs_towards(scene, (trip, scene.route(route)), &stop, road as usize)
        },
    }
}

/// The lanes that a rear covers before the start of the lane it enters on, nearest first.
fn lanes_behind(network: &Network, spot: &Spot) -> ([LaneId; MAX_BEHIND], u8) {
    let mut behind = [LaneId::NONE; MAX_BEHIND];
    let mut n = 0;
    let mut left_m = -spot.rear_m;
    let mut lane = spot.lane;
    while left_m > 0.0 && n < MAX_BEHIND {
        let Some(before) = lane_before(network, lane) else { break };
        if before == spot.lane {
            break;
        }
        behind[n] = before;
        n += 1;
        left_m -= network.lanes[before].length_m;
        lane = before;
    }
    (behind, n as u8)
}

/// The lane from which vehicles most naturally come onto a lane: straight on first, with right of way first.
fn lane_before(network: &Network, lane: LaneId) -> Option<LaneId> {
    let incoming = network.incoming[lane].iter().map(|&connector| &network.connectors[connector]);
    let rank = |turn: Turn| match turn {
        Turn::Straight => 0,
        Turn::PartLeft | Turn::PartRight => 1,
        Turn::Left | Turn::Right => 2,
        Turn::Around | Turn::Unknown => 3,
    };
    let best = incoming.min_by_key(|connector| rank(connector.turn))?;
    (best.turn != Turn::Around).then_some(best.from)
}
