//! What is measured of mixed traffic, on request: people, area and width in use, how close vehicles of different
//! classes come, and who stands in front at green.
//!
//! Looked at after every step, on the links that have vehicles; a run that does not ask for it pays nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::engine::interaction_sums::{
    ConflictKey, ConflictSum, Encounter, GreenSum, InteractionInterval, StreetSum,
};
use crate::engine::stop_lines::QUEUE_SPEED_MPS;
use crate::ids::{ConnectorId, Id as _, LaneId, LinkId, SignalId, TripId};
use crate::network::conflicts::ConflictKind;
use crate::network::{LinkKind, Network};
use crate::rows::Column;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Seen, Traffic, flags};

/// Times to collision up to this count as conflicts (Federal Highway Administration, Surrogate Safety Assessment Model).
pub const TIME_TO_COLLISION_MAX_S: f64 = 1.5;
/// Post-encroachment times up to this count as conflicts (the same source).
pub const POST_ENCROACHMENT_MAX_S: f64 = 5.0;
/// A vehicle this close in time behind another follows it.
const FOLLOWS_WITHIN_S: f64 = 3.0;
/// So does one this close, however slow.
const FOLLOWS_WITHIN_M: f64 = 3.0;
/// How far ahead is looked.
const SIGHT_M: f64 = 60.0;
/// Where riders and the first car are looked for when green begins.
const BEFORE_LINE_M: f32 = 60.0;

/// A place where two ways through a junction cross: the own lane, the other lane.
type Crossing = (LaneId, LaneId);

/// A vehicle in such a place.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct Inside {
    crossing: Crossing,
    trip: TripId,
    class: u8,
    /// When its rear will have left at its present speed.
    until_ms: f64,
}

/// Who left such a place last.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct Left {
    class: u8,
    at_ms: f64,
}

/// What has been measured, and what is remembered for it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interactions {
    /// One for each interval of the recorder, the open one last.
    pub intervals: Vec<InteractionInterval>,
    /// Pairs (follower, leader) whose time to collision is short now, in order.
    closing: Vec<(TripId, TripId)>,
    /// Vehicles in places where ways cross, in order.
    inside: Vec<Inside>,
    left: BTreeMap<Crossing, Left>,
    was_green: Column<ConnectorId, bool>,
}

/// Somebody ahead in the same strip.
struct Ahead {
    gap_m: f64,
    speed_mps: f64,
    kind: u16,
    trip: TripId,
}

impl Interactions {
    /// Nothing measured yet.
    pub fn new(network: &Network) -> Self {
        Self {
            intervals: Vec::new(),
            closing: Vec::new(),
            inside: Vec::new(),
            left: BTreeMap::new(),
            was_green: Column::filled(false, network.connectors.len()),
        }
    }

    /// Looks at the state after a step in the interval with this number; `links` are those with vehicles.
    pub fn look(
        &mut self,
        scene: &Scene<'_>,
        (traffic, links): (&Traffic, &[LinkId]),
        (class_of_kind, n_classes): (&[u8], usize),
        (interval, counts): (usize, bool),
    ) {
        self.intervals.resize_with(self.intervals.len().max(interval + 1), InteractionInterval::default);
        let mut scratch = InteractionInterval::default();
        let mut open = std::mem::take(&mut self.intervals[interval]);
        let sums = if counts { &mut open } else { &mut scratch };
        let mut closing = Vec::new();
        let mut inside = Vec::new();
        let mut by_class = vec![StreetSum::default(); n_classes];
        for &link in links {
            if scene.network.links[link].kind == LinkKind::Road {
                self.use_of_street(scene, (traffic, link), (class_of_kind, &mut by_class), &mut closing, sums);
            } else {
                self.closing_in(scene, (traffic, link), class_of_kind, &mut closing, sums);
                find_inside(scene, (traffic, link), class_of_kind, &mut inside);
            }
        }
        // A rear may be all that is left on an internal lane.
        for &link in &traffic.ghost_links {
            if traffic.own[link.index()].is_empty() && scene.network.links[link].kind != LinkKind::Road {
                find_inside(scene, (traffic, link), class_of_kind, &mut inside);
            }
        }
        closing.sort_unstable();
        closing.dedup();
        self.closing = closing;
        inside.sort_unstable_by_key(|inside| (inside.crossing, inside.trip));
        inside.dedup_by_key(|inside| (inside.crossing, inside.trip));
        self.cross(scene, inside, traffic, sums);
        self.greens(scene, traffic, sums);
        self.intervals[interval] = open;
    }

    fn use_of_street(
        &self,
        scene: &Scene<'_>,
        (traffic, link): (&Traffic, LinkId),
        (class_of_kind, by_class): (&[u8], &mut [StreetSum]),
        closing: &mut Vec<(TripId, TripId)>,
        sums: &mut InteractionInterval,
    ) {
        let dt_s = scene.dt_s();
        by_class.fill(StreetSum::default());
        let vehicles = &traffic.seen[link.index()];
        for (slot, seen) in vehicles.iter().enumerate() {
            let class = class_of_kind[seen.kind as usize];
            let sum = &mut by_class[class as usize];
            let speed_mps = f64::from(seen.speed_mps);
            let (length_m, width_m) = (f64::from(seen.length_m()), f64::from(seen.outer_m - seen.kerb_m));
            sum.time_s += dt_s;
            sum.person_m += scene.demand.trips[seen.trip.index()].persons * speed_mps * dt_s;
            sum.area_m2_s += length_m * width_m * dt_s;
            let Some(ahead) = ahead(traffic, link, slot) else { continue };
            if ahead.gap_m <= (FOLLOWS_WITHIN_S * speed_mps).max(FOLLOWS_WITHIN_M) {
                let side_m = scene.kind(seen.kind_id()).lateral.min_gap_m;
                sum.following_s += dt_s;
                sum.following_m += speed_mps * dt_s;
                sum.used_m2_s += (length_m + ahead.gap_m.max(0.0)) * (width_m + side_m) * dt_s;
            }
            self.close(scene, (link, seen, &ahead), class_of_kind, closing, sums);
        }
        for (class, sum) in by_class.iter().enumerate().filter(|(_, sum)| sum.time_s > 0.0) {
            sums.streets.entry((link, class as u8)).or_default().add(sum);
        }
    }

    /// The same inside a junction, where only closing in counts.
    fn closing_in(
        &self,
        scene: &Scene<'_>,
        (traffic, link): (&Traffic, LinkId),
        class_of_kind: &[u8],
        closing: &mut Vec<(TripId, TripId)>,
        sums: &mut InteractionInterval,
    ) {
        for (slot, seen) in traffic.seen[link.index()].iter().enumerate() {
            if let Some(ahead) = ahead(traffic, link, slot) {
                self.close(scene, (link, seen, &ahead), class_of_kind, closing, sums);
            }
        }
    }

    /// Counts a short time to collision.
    fn close(
        &self,
        scene: &Scene<'_>,
        (link, seen, ahead): (LinkId, &Seen, &Ahead),
        class_of_kind: &[u8],
        closing: &mut Vec<(TripId, TripId)>,
        sums: &mut InteractionInterval,
    ) {
        let closing_mps = f64::from(seen.speed_mps) - ahead.speed_mps;
        if closing_mps <= 0.0 || ahead.gap_m < 0.0 {
            return;
        }
        let time_s = ahead.gap_m / closing_mps;
        if time_s > TIME_TO_COLLISION_MAX_S {
            return;
        }
        let pair = (seen.trip, ahead.trip);
        closing.push(pair);
        let is_new = self.closing.binary_search(&pair).is_err();
        let classes = (class_of_kind[seen.kind as usize], class_of_kind[ahead.kind as usize]);
        sums.conflict((link, Encounter::Following, classes.0, classes.1), is_new, time_s, scene.dt_s());
    }

    /// Compares who is where ways cross with who was there a step ago.
    fn cross(&mut self, scene: &Scene<'_>, inside: Vec<Inside>, traffic: &Traffic, sums: &mut InteractionInterval) {
        let now_ms = scene.now_ms as f64;
        let dt_ms = scene.dt_ms as f64;
        let key = |inside: &Inside| (inside.crossing, inside.trip);
        let has = |list: &[Inside], of: &Inside| list.binary_search_by_key(&key(of), key).is_ok();
        for gone in self.inside.iter().filter(|was| !has(&inside, was)) {
            let at_ms = gone.until_ms.clamp(now_ms - dt_ms, now_ms);
            self.left.insert(gone.crossing, Left { class: gone.class, at_ms });
        }
        for new in inside.iter().filter(|is| !has(&self.inside, is)) {
            let (own, foe) = new.crossing;
            let Some(left) = self.left.get(&(foe, own)) else { continue };
            let time_s = (entry_ms(scene, traffic, new).clamp(now_ms - dt_ms, now_ms) - left.at_ms) / 1000.0;
            if (0.0..=POST_ENCROACHMENT_MAX_S).contains(&time_s) {
                let link = scene.network.link_of(own);
                sums.conflict((link, Encounter::Crossing, new.class, left.class), true, time_s, 0.0);
            }
        }
        self.inside = inside;
    }

    /// Looks who stands where when green begins.
    fn greens(&mut self, scene: &Scene<'_>, traffic: &Traffic, sums: &mut InteractionInterval) {
        let network = scene.network;
        let mut begun: Vec<LinkId> = Vec::new();
        for signal in 0..network.signal_heads.len() {
            for &connector in &network.signal_heads[SignalId::from_index(signal)] {
                let is_green = scene.ports.rules[connector].is_green();
                let was_green = std::mem::replace(&mut self.was_green[connector], is_green);
                let from = &network.lanes[network.connectors[connector].from];
                if is_green && !was_green && !from.is_internal {
                    begun.push(from.link);
                }
            }
        }
        begun.sort_unstable();
        begun.dedup();
        for link in begun {
            let seen = at_green(scene, traffic, link);
            if seen.n > 0 {
                let sum = sums.greens.entry(link).or_default();
                sum.n += seen.n;
                sum.riders += seen.riders;
                sum.in_front += seen.in_front;
            }
        }
    }
}

/// The queue of an approach as it stands: in the lanes that have green, those slower than a queue's speed.
fn at_green(scene: &Scene<'_>, traffic: &Traffic, link: LinkId) -> GreenSum {
    let network = scene.network;
    let length_m = network.links[link].length_m as f32;
    let has_green = |lane: u16| {
        let lane = LaneId(network.links[link].first_lane.0 + u32::from(lane));
        network.outgoing[lane].iter().any(|&connector| scene.ports.rules[connector].is_green())
    };
    let queued = |seen: &&Seen| {
        seen.speed_mps < QUEUE_SPEED_MPS
            && !seen.has(flags::AT_STOP | flags::PARKED)
            && length_m - seen.front_m < BEFORE_LINE_M
            && has_green(seen.lane)
    };
    let is_rider = |seen: &Seen| scene.kind(seen.kind_id()).class.is_two_wheeler();
    let vehicles = || traffic.seen[link.index()].iter().filter(queued);
    let Some(car) = vehicles().find(|seen| !is_rider(seen)) else { return GreenSum::default() };
    let riders = vehicles().filter(|seen| is_rider(seen)).count() as u32;
    let in_front = vehicles().filter(|seen| is_rider(seen) && seen.front_m > car.front_m).count() as u32;
    GreenSum { n: u32::from(riders > 0), riders, in_front }
}

/// The nearest rear ahead on the link that overlaps laterally.
fn ahead(traffic: &Traffic, link: LinkId, slot: usize) -> Option<Ahead> {
    let vehicles = &traffic.seen[link.index()];
    let own = &vehicles[slot];
    let mut nearest: Option<&Seen> = None;
    let mut nearest_m = own.front_m + SIGHT_M as f32;
    let longest_m = traffic.longest_on_m[link.index()];
    for other in vehicles[..slot].iter().rev() {
        if other.front_m - longest_m > nearest_m {
            break;
        }
        // Side by side is not ahead.
        if other.rear_m >= own.front_m && other.rear_m < nearest_m && own.overlaps_laterally(other) {
            (nearest, nearest_m) = (Some(other), other.rear_m);
        }
    }
    for ghost in traffic.ghosts[link.index()].iter().map(|ghost| &ghost.seen) {
        if ghost.rear_m >= own.front_m && ghost.rear_m < nearest_m && own.overlaps_laterally(ghost) {
            (nearest, nearest_m) = (Some(ghost), ghost.rear_m);
        }
    }
    nearest.map(|other| Ahead {
        gap_m: f64::from(other.rear_m - own.front_m),
        speed_mps: f64::from(other.speed_mps),
        kind: other.kind,
        trip: other.trip,
    })
}

/// The parts of an internal lane that it shares with lanes across: the other lane, start and end.
fn crossings(network: &Network, lane: LaneId) -> impl Iterator<Item = (LaneId, f64, f64)> {
    let column = &network.lanes[lane];
    let exit = column.exit;
    let conflicts: &[_] = if exit.is_some() { &network.lane_conflicts[exit] } else { &[] };
    conflicts.iter().filter(|conflict| conflict.kind == ConflictKind::Cross).map(|conflict| {
        let from_m = column.length_m - conflict.behind_m;
        (conflict.foe_lane, from_m, from_m + conflict.size_m)
    })
}

/// Appends who is where ways cross on a link.
fn find_inside(scene: &Scene<'_>, (traffic, link): (&Traffic, LinkId), class_of_kind: &[u8], inside: &mut Vec<Inside>) {
    let vehicles = &traffic.seen[link.index()];
    for seen in vehicles.iter().chain(traffic.ghosts[link.index()].iter().map(|ghost| &ghost.seen)) {
        let lane = LaneId(scene.network.links[link].first_lane.0 + u32::from(seen.lane));
        for (foe, from_m, to_m) in crossings(scene.network, lane) {
            if f64::from(seen.front_m) > from_m && f64::from(seen.rear_m) < to_m {
                let left_s = (to_m - f64::from(seen.rear_m)) / f64::from(seen.speed_mps).max(0.1);
                inside.push(Inside {
                    crossing: (lane, foe),
                    trip: seen.trip,
                    class: class_of_kind[seen.kind as usize],
                    until_ms: scene.now_ms as f64 + 1000.0 * left_s,
                });
            }
        }
    }
}

/// When a vehicle's front came to where ways cross, at its present speed.
fn entry_ms(scene: &Scene<'_>, traffic: &Traffic, inside: &Inside) -> f64 {
    let (own, foe) = inside.crossing;
    let link = scene.network.link_of(own).index();
    let ghosts = traffic.ghosts[link].iter().map(|ghost| &ghost.seen);
    let seen = traffic.seen[link].iter().chain(ghosts).find(|seen| seen.trip == inside.trip);
    let from_m = crossings(scene.network, own).find(|(lane, ..)| *lane == foe).map(|(_, from_m, _)| from_m);
    let since_s = seen
        .zip(from_m)
        .map_or(0.0, |(seen, from_m)| (f64::from(seen.front_m) - from_m) / f64::from(seen.speed_mps).max(0.1));
    scene.now_ms as f64 - 1000.0 * since_s
}
