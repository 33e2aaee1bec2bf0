//! Pass `transfer`: vehicles that left their link are put in order on the next, and everything that is derived from
//! positions is made true again: what others see, rears on links behind, sums by lane.

use rayon::prelude::*;

use crate::ids::{Id, LaneId, LinkId};
use crate::network::Network;
use crate::traffic::advance::Outcome;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Ghost, LaneSummary, Own, Place, Seen, Traffic, summarize_lanes};

/// Buffers of the pass.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    movers: Vec<Own>,
}

/// Order of vehicles on a link: front first, ties by trip.
fn order(a: &Own, b: &Own) -> std::cmp::Ordering {
    b.front_m.total_cmp(&a.front_m).then(a.trip.cmp(&b.trip))
}

/// Moves vehicles between links by their outcomes, and rebuilds what is derived.
pub fn run(scene: &Scene<'_>, traffic: &mut Traffic, outcomes: &[Vec<Outcome>], buffers: &mut Buffers) {
    take_movers(traffic, outcomes, buffers);
    put_movers(scene, traffic, buffers);
    rebuild(scene, traffic);
}

fn take_movers(traffic: &mut Traffic, outcomes: &[Vec<Outcome>], buffers: &mut Buffers) {
    for (own, outcomes) in traffic.own.iter_mut().zip(outcomes) {
        if outcomes.iter().all(|outcome| *outcome == Outcome::Stays) {
            continue;
        }
        let mut slot = 0;
        for vehicle in own.extract_if(.., |_| {
            slot += 1;
            outcomes[slot - 1] != Outcome::Stays
        }) {
            buffers.movers.push(vehicle);
        }
    }
    // Arrived vehicles were marked by an exhausted route index; they end here.
    let before = buffers.movers.len();
    buffers.movers.retain(|own| own.route_index != u32::MAX);
    traffic.n_vehicles -= (before - buffers.movers.len()) as u32;
}

fn put_movers(scene: &Scene<'_>, traffic: &mut Traffic, buffers: &mut Buffers) {
    buffers.movers.sort_by(|a, b| {
        let key = |own: &Own| scene.network.link_of(own.lane);
        key(a).cmp(&key(b)).then_with(|| order(a, b))
    });
    for own in buffers.movers.drain(..) {
        traffic.own[scene.network.link_of(own.lane).index()].push(own);
    }
}

/// Links per parallel piece of work.
const BLOCK: usize = 32;
/// Below this number of vehicles everything runs on one thread; the results are the same.
pub const SERIAL_BELOW: u32 = 1500;

/// Whether there is enough work for several threads, and several threads for the work.
#[expect(clippy::disallowed_methods, reason = "shared or not, every link gets the same work and the same bits")]
pub fn is_worth_sharing(n_vehicles: u32) -> bool {
    n_vehicles >= SERIAL_BELOW && rayon::current_num_threads() > 1
}

/// The records, sight, longest vehicle and lane sums of one link.
type OfLink<'a> = (&'a mut Vec<Own>, ((&'a mut Vec<Seen>, &'a mut f32), (usize, &'a mut [LaneSummary])));

fn rebuild(scene: &Scene<'_>, traffic: &mut Traffic) {
    let network = scene.network;
    let Traffic { own, seen, lanes, longest_on_m, n_vehicles, .. } = traffic;
    let lane_slices = split_lanes(scene, lanes.as_mut_slice());
    let one = |(own, ((seen, longest_m), (link, lanes))): OfLink<'_>| {
        if own.is_empty() && seen.is_empty() {
            return;
        }
        sort_nearly_sorted(own);
        seen.clear();
        seen.extend(own.iter().map(|own| own.project(network, scene.kind(own.kind))));
        *longest_m = seen.iter().fold(0.0, |longest, seen| seen.length_m().max(longest));
        let column = &network.links[LinkId::from_index(link)];
        let first = column.first_lane.index();
        let columns = &network.lanes.as_slice()[first..first + column.n_lanes as usize];
        summarize_lanes(columns, scene.drivers, seen, lanes);
    };
    if !is_worth_sharing(*n_vehicles) {
        let views = seen.iter_mut().zip(longest_on_m.iter_mut());
        own.iter_mut().zip(views.zip(lane_slices.into_iter().enumerate())).for_each(one);
    } else {
        own.par_iter_mut()
            .zip(seen.par_iter_mut().zip(longest_on_m.par_iter_mut()).zip(lane_slices.into_par_iter().enumerate()))
            .with_min_len(BLOCK)
            .for_each(one);
    }
    place_ghosts(scene, traffic);
}

/// The lane summaries of each link.
fn split_lanes<'a>(scene: &Scene<'_>, mut rest: &'a mut [LaneSummary]) -> Vec<&'a mut [LaneSummary]> {
    let mut slices = Vec::with_capacity(scene.network.links.len());
    for link in scene.network.links.iter() {
        let (lanes, after) = rest.split_at_mut(link.n_lanes as usize);
        slices.push(lanes);
        rest = after;
    }
    slices
}

/// Insertion sort: the order of the last step is nearly right.
fn sort_nearly_sorted(vehicles: &mut [Own]) {
    for index in 1..vehicles.len() {
        let mut at = index;
        while at > 0 && order(&vehicles[at - 1], &vehicles[at]) == std::cmp::Ordering::Greater {
            vehicles.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// How far lateral positions shift from a lane back to the one the vehicle came from. The lane it is on need not be the
/// one its connector led to: what counts is the way between the links.
fn shift_back_m(network: &Network, lane: LaneId, ahead: LaneId) -> f32 {
    let link = network.link_of(ahead);
    let leads_to = network.outgoing[lane].iter().map(|&connector| network.connectors[connector].to);
    let entered =
        leads_to.filter(|&to| network.link_of(to) == link).min_by_key(|&to| (to != ahead, to)).unwrap_or(ahead);
    (network.lanes[lane].offset_m - network.lanes[entered].offset_m) as f32
}

/// Puts the rears of vehicles on the links behind their fronts.
pub fn place_ghosts(scene: &Scene<'_>, traffic: &mut Traffic) {
    let Traffic { own, seen, ghosts, ghost_links, .. } = traffic;
    for link in ghost_links.drain(..) {
        ghosts[link.index()].clear();
    }
    for (link, (own, seen)) in own.iter().zip(&*seen).enumerate() {
        for (slot, seen) in seen.iter().enumerate() {
            // Whose rear is on its own link need not be looked at.
            if seen.rear_m > 0.0 {
                continue;
            }
            let own = &own[slot];
            let place = Place { link: LinkId::from_index(link), slot: slot as u32 };
            let mut front_m = own.front_m;
            let length_m = scene.kind(own.kind).length_m;
            let (mut ahead, mut shift_m) = (own.lane, 0.0);
            for &lane in own.lanes_behind() {
                let column = &scene.network.lanes[lane];
                front_m += column.length_m;
                shift_m += shift_back_m(scene.network, lane, ahead);
                ahead = lane;
                let ghost = Seen {
                    front_m: front_m as f32,
                    rear_m: (front_m - length_m) as f32,
                    kerb_m: seen.kerb_m + shift_m,
                    outer_m: seen.outer_m + shift_m,
                    lane: column.index,
                    ..*seen
                };
                let list = &mut ghosts[column.link.index()];
                if list.is_empty() {
                    ghost_links.push(column.link);
                }
                list.push(Ghost { seen: ghost, place });
            }
        }
    }
    for &link in &*ghost_links {
        ghosts[link.index()]
            .sort_by(|a, b| b.seen.rear_m.total_cmp(&a.seen.rear_m).then(a.seen.trip.cmp(&b.seen.trip)));
    }
}
