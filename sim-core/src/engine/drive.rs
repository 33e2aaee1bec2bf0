//! The passes over all vehicles that drive them: looking ahead, and moving.
//!
//! Both go through the same pieces of neighbouring links, each with buffers of its own, so that what the first leaves
//! for the second lies close together.

use crate::engine::recorder::Recorder;
use crate::environment::{Emitted, Fleet};
use crate::ids::{ConnectorId, LaneId, LinkId};
use crate::traffic::advance::{self, Outcome};
use crate::traffic::events::Event;
use crate::traffic::leader::Leader;
use crate::traffic::pieces::{Pieces, for_each};
use crate::traffic::plan::{self, Item, Plan};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Intention, LaneSummary, Own, Place, Seen, Traffic, flags};
use crate::traffic::transfer::{self, Moved, is_worth_fetching, is_worth_sharing};
use crate::traffic::{LateralMode, keep_clear, lane_change, queued, settle};

/// What the vehicles of a piece leave behind from pass to pass.
#[derive(Default)]
pub(super) struct Work {
    /// The connectors that the vehicles reach next.
    ahead: Vec<ConnectorId>,
    plans: Vec<Plan>,
    items: Vec<Item>,
    /// What others may know of the plans.
    pub(super) intentions: Vec<Intention>,
    /// What became of the vehicles.
    pub(super) moved: Moved,
    /// What happened to them.
    pub(super) events: Vec<Event>,
    /// What they drove, link by link and class by class.
    pub(super) driven: Vec<Driven>,
    /// What they emitted there; empty where nobody asks.
    pub(super) emitted: Vec<Emitted>,
}

/// Distance and time on one link in one step, for one class.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Driven {
    /// Distance.
    pub(super) distance_m: f64,
    /// Time.
    pub(super) time_s: f64,
}

impl Driven {
    /// Adds a step of a vehicle that stands.
    pub(super) fn stand(&mut self, scene: &Scene<'_>) {
        self.time_s += scene.dt_s();
    }
    /// Adds the part of a step's way that lies on the lane it began on.
    pub(super) fn add(&mut self, scene: &Scene<'_>, (lane, front_m): (LaneId, f64), speed_mps: f64) {
        let dt_s = scene.dt_s();
        let way_m = speed_mps * dt_s;
        let left_m = (scene.network.lanes[lane].length_m - front_m).max(0.0);
        if way_m <= left_m {
            self.distance_m += way_m;
            self.time_s += dt_s;
        } else {
            self.distance_m += left_m;
            self.time_s += dt_s * left_m / way_m;
        }
    }
}

/// All vehicles look ahead.
pub(super) fn plan_all(
    scene: &Scene<'_>,
    mode: LateralMode,
    traffic: &Traffic,
    pieces: &Pieces,
    works: &mut Vec<Work>,
) {
    works.resize_with(pieces.len(), Work::default);
    for_each(pieces.iter().zip(works), is_worth_sharing(traffic.n_vehicles), |(links, work)| {
        work.plans.clear();
        work.items.clear();
        work.intentions.clear();
        if is_worth_fetching(traffic.n_vehicles) {
            fetch(scene, traffic, links, &mut work.ahead);
        }
        for &link in links {
            plan_link(scene, mode, traffic, link, work);
        }
    });
}

/// Reads what the look-ahead of the vehicles on some links will read, one level after the other for all of them: in a
/// city larger than the caches, the processor then waits for many places of memory at once, and not for each in turn.
fn fetch(scene: &Scene<'_>, traffic: &Traffic, links: &[LinkId], ahead: &mut Vec<ConnectorId>) {
    let network = scene.network;
    let mut fetched = 0;
    for link in links {
        let first = (traffic.own[link.index()].first(), traffic.seen[link.index()].first());
        fetched ^= first.0.map_or(0, |own| own.lane.0) ^ first.1.map_or(0, |seen| seen.trip.0);
    }
    ahead.clear();
    for own in links.iter().flat_map(|link| &traffic.own[link.index()]) {
        let lane = &network.lanes[own.lane];
        let next = own.prefs.at(own.route_index as usize).get(lane.index as usize).map(|pref| pref.next);
        let connector = if lane.is_internal { Some(lane.exit) } else { next };
        ahead.extend(connector.filter(|connector| connector.is_some()));
    }
    for &connector in &*ahead {
        let column = &network.connectors[connector];
        let (to, leads_to) = (&network.lanes[column.to], &network.lanes[column.leads_to]);
        fetched ^= to.exit.0 ^ leads_to.link.0 ^ traffic.lanes[column.leads_to].n;
    }
    for &connector in &*ahead {
        let exit = network.lanes[network.connectors[connector].to].exit;
        if exit.is_some() {
            fetched ^= network.connectors[exit].to.0;
        }
    }
    std::hint::black_box(fetched);
}

/// Lanes of a link whose last vehicle is remembered in place.
const MAX_LANES: usize = 16;

/// The last vehicle that was seen on a lane.
#[derive(Clone, Copy)]
enum Ahead {
    Nobody,
    Front(u32),
    Rear(u32),
}

fn plan_link(scene: &Scene<'_>, mode: LateralMode, traffic: &Traffic, link: LinkId, work: &mut Work) {
    let (vehicles, ghosts) = (&traffic.seen[link.index()], &traffic.ghosts[link.index()]);
    let mut ahead = [Ahead::Nobody; MAX_LANES];
    let mut in_front_m = [0.0_f64; MAX_LANES];
    for (index, ghost) in ghosts.iter().enumerate() {
        let lane = ghost.seen.lane as usize;
        if lane < MAX_LANES {
            ahead[lane] = Ahead::Rear(index as u32);
        }
    }
    for (slot, seen) in vehicles.iter().enumerate() {
        let place = Place { link, slot: slot as u32 };
        let lane = (seen.lane as usize).min(MAX_LANES - 1);
        let leader = |seen: &Seen, place| Leader { rear_m: f64::from(seen.rear_m), seen: *seen, place };
        let leader = match (mode, ahead[lane]) {
            (LateralMode::LaneInstant, Ahead::Front(slot)) => {
                Some(leader(&vehicles[slot as usize], Place { link, slot }))
            }
            (LateralMode::LaneInstant, Ahead::Rear(index)) => {
                let ghost = &ghosts[index as usize];
                Some(leader(&ghost.seen, ghost.place))
            }
            // Where lateral positions count, the look-ahead finds all who overlap itself.
            (LateralMode::LaneInstant, Ahead::Nobody) | (LateralMode::Continuous, _) => None,
        };
        let own = traffic.own(place);
        if leader.is_some_and(|leader| queued::is_queued(scene, own, &leader)) {
            work.plans.push(Plan::queued(work.items.len()));
        } else {
            let plan = plan::vehicle(scene, traffic, (mode, place), leader, &mut work.items);
            let own_items = &mut work.items[plan.first as usize..];
            keep_clear::run(scene, traffic, place, in_front_m[lane], own_items);
            settle::intend(scene, own, own_items, &mut work.intentions);
            work.plans.push(plan);
        }
        ahead[lane] = Ahead::Front(slot as u32);
        in_front_m[lane] += scene.length_with_gap_m(seen);
    }
}

/// The links of a piece, with the vehicles and lane sums that are its own.
struct Piece<'a> {
    links: &'a [LinkId],
    work: &'a mut Work,
    /// The first link of `own` and `seen`.
    first_link: usize,
    own: &'a mut [Vec<Own>],
    seen: &'a mut [Vec<Seen>],
    first_lane: usize,
    lanes: &'a mut [LaneSummary],
}

/// All vehicles fix their speeds and move.
///
/// Links that nobody leaves are put in order at once, while their vehicles are at hand.
pub(super) fn move_all(
    scene: &Scene<'_>,
    mode: LateralMode,
    traffic: &mut Traffic,
    recorder: &mut Recorder,
    fleet: Option<&Fleet>,
    (pieces, works): (&Pieces, &mut [Work]),
) {
    let network = scene.network;
    let n_classes = recorder.classes.len();
    let watch = Watch { class_of_kind: &recorder.class_of_kind, n_classes, fleet };
    let is_shared = is_worth_sharing(traffic.n_vehicles);
    let is_far = is_worth_fetching(traffic.n_vehicles);
    let Traffic { own, seen, lanes, .. } = traffic;
    let columns = pieces.split(own, |link| link).zip(pieces.split(seen, |link| link));
    let jobs = columns.zip(pieces.split(lanes.as_mut_slice(), |link| network.lanes_before(link)));
    let jobs = pieces.iter().zip(&mut *works).zip(jobs).map(|((links, work), ((own, seen), lanes))| Piece {
        links,
        work,
        first_link: own.0,
        own: own.1,
        seen: seen.1,
        first_lane: lanes.0,
        lanes: lanes.1,
    });
    for_each(jobs, is_shared, |piece| move_piece(scene, mode, piece, watch, is_far));
    let by_link = pieces.iter().zip(&*works).flat_map(|(links, work)| links.iter().zip(work.driven.chunks(n_classes)));
    recorder.drive(scene, by_link);
    if fleet.is_some() {
        let by_link = pieces.iter().zip(&*works);
        recorder.emit(scene, by_link.flat_map(|(links, work)| links.iter().zip(work.emitted.chunks(n_classes))));
    }
}

/// What is watched while vehicles move.
#[derive(Clone, Copy)]
struct Watch<'a> {
    class_of_kind: &'a [u8],
    n_classes: usize,
    fleet: Option<&'a Fleet>,
}

impl Watch<'_> {
    /// Adds what a vehicle uses in a step that ends at a speed.
    #[inline]
    fn emit(&self, scene: &Scene<'_>, own: &mut Own, speed_mps: f64, by_class: &mut [Emitted]) {
        if let Some(fleet) = self.fleet
            && let Some(mover) = fleet.mover(own.kind, own.trip)
            && own.flags & flags::PARKED == 0
        {
            let energy_j = mover.drive.used_j(own.speed_mps, speed_mps, scene.dt_s());
            own.tally.energy_j += energy_j;
            by_class[self.class_of_kind[own.kind.index()] as usize].add(mover, energy_j);
        }
    }
}

fn move_piece(scene: &Scene<'_>, mode: LateralMode, piece: Piece<'_>, watch: Watch<'_>, is_far: bool) {
    let Work { plans, items, moved, events, driven, emitted, .. } = piece.work;
    let Watch { class_of_kind, n_classes, fleet } = watch;
    moved.clear();
    events.clear();
    driven.clear();
    emitted.clear();
    if is_far {
        let mut fetched = 0;
        for own in piece.links.iter().flat_map(|link| &piece.own[link.index() - piece.first_link]) {
            fetched ^= u32::from(own.flags) ^ own.tally.stops ^ own.passage.approach_stops;
            fetched ^= own.stop.end ^ u32::from(scene.network.lanes[own.lane].index);
        }
        std::hint::black_box(fetched);
    }
    let mut plans = plans.iter();
    for &link in piece.links {
        let at = link.index() - piece.first_link;
        let vehicles = &mut piece.own[at];
        let first_driven = driven.len();
        driven.resize(first_driven + n_classes, Driven::default());
        let by_class = &mut driven[first_driven..];
        let first_emitted = emitted.len();
        emitted.resize(first_emitted + if fleet.is_some() { n_classes } else { 0 }, Emitted::default());
        let emitted = &mut emitted[first_emitted..];
        let first_outcome = moved.outcomes.len();
        for (own, plan) in vehicles.iter_mut().zip(&mut plans) {
            if plan.is_queued {
                queued::stand(scene, own);
                watch.emit(scene, own, own.speed_mps, emitted);
                by_class[class_of_kind[own.kind.index()] as usize].stand(scene);
                moved.outcomes.push(Outcome::Stays);
                continue;
            }
            let own_items = &items[plan.first as usize..(plan.first + plan.n) as usize];
            let mut seen_flags = own.flags;
            let before = (own.lane, own.front_m);
            let speed_mps = settle::speed(scene, own, &mut seen_flags, plan, own_items);
            own.flags = seen_flags;
            lane_change::prepare_step(own);
            watch.emit(scene, own, speed_mps, emitted);
            let outcome = advance::vehicle(scene, mode, own, speed_mps, own_items, events);
            by_class[class_of_kind[own.kind.index()] as usize].add(scene, before, speed_mps);
            moved.outcomes.push(outcome);
        }
        if moved.needs_order(vehicles, first_outcome) {
            moved.leave(link, first_outcome);
        } else {
            let lanes = scene.network.lanes_of(link);
            let sums = &mut piece.lanes[lanes.start - piece.first_lane..lanes.end - piece.first_lane];
            transfer::show(scene, lanes, vehicles, &mut piece.seen[at], sums);
        }
    }
}
