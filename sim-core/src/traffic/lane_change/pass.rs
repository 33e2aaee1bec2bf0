//! All links: independent of each other, in pieces; what concerns other links is carried over in order.

use super::around::{Fleet, World};
use super::line::{Outcome, Scratch, hear, work};
use crate::ids::{Id, LaneId, LinkId};
use crate::math;
use crate::traffic::junction::View;
use crate::traffic::pieces::{Pieces, for_each};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Traffic, flags};
use crate::traffic::transfer::{is_worth_fetching, is_worth_sharing};

/// Factor on speed limits up to which fast followers are looked for.
const FAST_FACTOR: f64 = 1.2;

/// Buffers of the pass, one for each piece.
#[derive(Default)]
pub struct Buffers {
    pieces: Vec<(Scratch, Vec<Outcome>)>,
}

/// Lets all vehicles change lanes: after they have moved, before new ones enter. `pieces` are the links with vehicles.
///
/// Lane sums must be true before, and are true after.
pub fn run(scene: &Scene<'_>, traffic: &mut Traffic, pieces: &Pieces, buffers: &mut Buffers) {
    let Traffic { seen, own, ghosts, lanes, n_vehicles, presence, .. } = traffic;
    let dt_s = scene.dt_s();
    let decel_mps2 = scene.drivers.iter().fold(f64::INFINITY, |least, driver| least.min(driver.decel_mps2));
    let fleet = Fleet {
        speed_factor: FAST_FACTOR,
        decel_mps2,
        half_per_step: math::powf(0.5, dt_s),
        four_fifths_per_step: math::powf(0.8, dt_s),
    };
    let world = World { scene, view: View { seen, ghosts, lanes, presence }, fleet, dt_s };
    let world = &world;
    let is_far = is_worth_fetching(*n_vehicles);
    buffers.pieces.resize_with(pieces.len(), Default::default);
    let jobs = pieces.iter().zip(pieces.split(own, |link| link)).zip(&mut buffers.pieces);
    for_each(jobs, is_worth_sharing(*n_vehicles), |((links, (first, own)), (scratch, outcomes))| {
        let own: &mut [Vec<Own>] = own;
        outcomes.clear();
        let wide = || links.iter().copied().filter(|&link| scene.network.links[link].n_lanes > 1);
        if is_far {
            fetch(world, wide().map(|link| (link, &own[link.index() - first][..])), &mut scratch.ahead);
        }
        for link in wide() {
            let outcome = work(world, link, &mut own[link.index() - first], scratch);
            if !outcome.is_empty() {
                outcomes.push(outcome);
            }
        }
    });
    let outcomes = || buffers.pieces.iter().flat_map(|(_, outcomes)| outcomes);
    for outcome in outcomes() {
        carry_over(scene, traffic, outcome);
    }
    for message in outcomes().flat_map(|outcome| &outcome.messages) {
        let Place { link, slot } = message.to;
        hear(&mut traffic.own[link.index()][slot as usize], message);
    }
}

/// Reads where the lanes of some vehicles lead, one level after the other for all of them: in a city larger than the
/// caches, the processor then waits for many places of memory at once, and not for each in turn.
fn fetch<'a>(world: &World<'_>, links: impl Iterator<Item = (LinkId, &'a [Own])>, ahead: &mut Vec<LaneId>) {
    let network = world.scene.network;
    ahead.clear();
    for (link, vehicles) in links {
        let first_lane = network.links[link].first_lane;
        ahead.extend(vehicles.iter().map(|own| {
            let pref = own.prefs.of_lane(own.route_index as usize, (own.lane.0 - first_lane.0) as usize);
            pref.map_or(LaneId::NONE, |pref| pref.next_lane)
        }));
    }
    let known = ahead.iter().filter(|lane| lane.is_some());
    let fetched = known.map(|&lane| network.link_of(lane).0 ^ world.view.lanes[lane].n);
    std::hint::black_box(fetched.fold(0, std::ops::BitXor::bitxor));
}

/// Makes what others see of a link's vehicles true again.
fn carry_over(scene: &Scene<'_>, traffic: &mut Traffic, outcome: &Outcome) {
    let link = LinkId::from_index(outcome.link);
    for &changed in &outcome.changed {
        let slot = changed as usize;
        let own = &traffic.own[outcome.link][slot];
        let kind = scene.kind(own.kind);
        traffic.seen[outcome.link][slot] = own.project(scene.network, kind);
        let half_m = kind.width_m / 2.0;
        let place = Place { link, slot: changed };
        for &behind in own.lanes_behind() {
            let lane = &scene.network.lanes[behind];
            let Some(ghost) = traffic.ghosts[lane.link.index()].iter_mut().find(|ghost| ghost.place == place) else {
                continue;
            };
            let middle_m = lane.offset_m + lane.width_m / 2.0;
            ghost.seen.lane = lane.index;
            ghost.seen.kerb_m = (middle_m - half_m) as f32;
            ghost.seen.outer_m = (middle_m + half_m) as f32;
        }
    }
    for &slot in &outcome.turned_flags {
        let own = &mut traffic.own[outcome.link][slot as usize];
        own.flags ^= flags::STRATEGIC_BLOCKED;
        traffic.seen[outcome.link][slot as usize].flags = own.flags;
    }
    if !outcome.changed.is_empty() {
        traffic.summarize(scene.network, scene.drivers, link);
    }
}
