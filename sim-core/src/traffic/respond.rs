//! How drivers respond to a change of roads: those who know of it choose their way on the times of the moment.
//!
//! Who knows is drawn once for each trip, so that a larger share adds drivers and takes none away; the others see a closed
//! turn when they are on the link before it. Who is on the way looks again at each update if a closed turn or a changed
//! road lies ahead; who departs chooses then. Lines keep their stops and leave their way only where it is closed. Where
//! the destination cannot be reached, the trip ends at the junction before it.
//!
//! The time on a road is its length over the mean speed of the traffic on it, space mean over each half minute, smoothed
//! over about a cycle of signals: t ← t + (t_new − t) / 4. Where nobody drove it is that of the free road.
//!
//! Drivers do not all take the same way. Each perceives the time on each road with an error of its own, drawn once for
//! trip and road (Burrell's stochastic assignment: t · (1 + e), e even between ±0.5). And each leaves a way that is open
//! only for one that saves a minute and a share of its time, drawn once for each trip around the 0.2 of the indifference
//! band of Mahmassani and Jayakrishnan (1991): even between 0.1 and 0.3. So the number of those who change grows smoothly
//! with what there is to gain.

use serde::{Deserialize, Serialize};

use crate::ids::{Id, LinkId, RouteId, TripId, VehicleTypeId};
use crate::network::{LinkKind, Network};
use crate::ports::LinkTraffic;
use crate::rng::{self, Purpose};
use crate::routing::{RouteSearch, RoutingGraph};
use crate::rows::Column;
use crate::traffic::depart::DepartState;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Traffic};
use crate::traffic::stops;
use crate::units::VehicleClass;

/// Time between two updates of the times on roads.
const UPDATE_MS: i64 = 30_000;
/// Weight of the last half minute.
const WEIGHT: f64 = 0.25;
/// Traffic that stands is taken to move at this speed, so that no road is given up for good.
const LEAST_MPS: f64 = 0.5;
/// Less time than this spent on a road says nothing of it.
const LEAST_S: f64 = 1.0;
/// Who could go his usual way leaves it only for one that saves at least a share between these, and this much.
const LEAST_SAVED_SHARE: (f64, f64) = (0.1, 0.3);
const LEAST_SAVED_S: f64 = 60.0;
/// Largest error, as a share, with which a driver perceives the time on a road.
const PERCEPTION_ERROR: f64 = 0.5;
/// Steps of the draw `Informed`: whether a driver knows, the share that must be saved; errors follow by link.
const DRAW_KNOWS: u64 = 0;
const DRAW_BAND: u64 = 1;
const DRAW_ERRORS: u64 = 2;

/// What drivers know of the times on roads, and how they responded.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RouteResponse {
    /// The time on each link; empty while nothing has to be known.
    times_s: Vec<f64>,
    /// Traffic at the last update.
    before: Vec<LinkTraffic>,
    next_update_ms: i64,
    /// Updates so far.
    pub n_updates: u32,
    /// Vehicles that took another way while on it.
    pub n_on_the_way: u64,
    /// Trips that took another way at their departure.
    pub n_at_departure: u64,
    /// Trips that end before their destination, since no way leads there.
    pub n_ending_before: u64,
    /// Change of the times at the last update, as a share of them, each road weighed by the time spent on it.
    pub gap: f64,
}

impl RouteResponse {
    /// Whether nothing has to be known.
    pub fn is_idle(&self) -> bool {
        self.times_s.is_empty()
    }
    /// What happened, without what is known.
    #[must_use]
    pub fn without_times(&self) -> Self {
        Self { times_s: Vec::new(), before: Vec::new(), ..self.clone() }
    }
    /// Forgets the times: nobody needs them now.
    pub fn rest(&mut self) {
        self.times_s = Vec::new();
        self.before = Vec::new();
    }
    /// Brings the times up to date when it is time to; says whether it was.
    fn update(&mut self, network: &Network, traffic: &Column<LinkId, LinkTraffic>, now_ms: i64) -> bool {
        let is_first = self.times_s.is_empty();
        if !is_first && now_ms < self.next_update_ms {
            return false;
        }
        let (mut moved_s, mut weighed_s) = (0.0, 0.0);
        for (link, sum) in traffic.enumerate() {
            let index = link.index();
            let lately = if is_first { *sum } else { sum.since(&self.before[index]) };
            let time_s = time_s(network, link, &lately);
            if is_first {
                self.times_s.push(time_s);
            } else {
                let old_s = self.times_s[index];
                self.times_s[index] = old_s + WEIGHT * (time_s - old_s);
                moved_s += lately.vehicle_s * (self.times_s[index] - old_s).abs();
                weighed_s += lately.vehicle_s * old_s;
            }
        }
        if weighed_s > 0.0 {
            self.gap = moved_s / weighed_s;
        }
        self.before = traffic.as_slice().to_vec();
        self.next_update_ms = now_ms + UPDATE_MS;
        self.n_updates += 1;
        true
    }
}

/// The time on a link for the traffic that was on it.
fn time_s(network: &Network, link: LinkId, traffic: &LinkTraffic) -> f64 {
    let column = &network.links[link];
    if column.kind != LinkKind::Road {
        return 0.0;
    }
    let free_mps = column.lanes().map(|lane| network.lanes[lane].speed_limit_mps).fold(LEAST_MPS, f64::max);
    let mean_mps = if traffic.vehicle_s < LEAST_S { free_mps } else { traffic.vehicle_m / traffic.vehicle_s };
    column.length_m / mean_mps.clamp(LEAST_MPS, free_mps)
}

/// The roads drivers respond to.
#[derive(Clone, Copy, Debug)]
pub struct Roads<'a> {
    graph: &'a RoutingGraph,
    /// By link, whether something is other than usual there.
    affected: &'a [bool],
    /// By link, whether a turn that leads on from it may be closed.
    before_closed: &'a [bool],
    informed_share: f64,
}

impl<'a> Roads<'a> {
    /// Ways in force; roads that are other than usual, and those before closed turns; the share of drivers who know.
    pub fn new(
        graph: &'a RoutingGraph,
        (affected, before_closed): (&'a [bool], &'a [bool]),
        informed_share: f64,
    ) -> Self {
        Self { graph, affected, before_closed, informed_share }
    }
    fn informs(&self, seed: u64, trip: TripId) -> bool {
        rng::uniform(seed, Purpose::Informed, trip.index() as u32, DRAW_KNOWS) < self.informed_share
    }
    fn is_before_closed(&self, link: LinkId) -> bool {
        self.before_closed.get(link.index()).copied().unwrap_or(false)
    }
    fn is_closed(&self, class: VehicleClass, route: &[LinkId]) -> bool {
        route.windows(2).any(|pair| !self.graph.connects(class, pair[0], pair[1]))
    }
    fn is_affected(&self, route: &[LinkId]) -> bool {
        route.iter().skip(1).any(|link| self.affected.get(link.index()).copied().unwrap_or(false))
    }
}

/// Other ways of vehicles on the road.
#[derive(Clone, PartialEq, Debug)]
pub struct NewWay {
    place: Place,
    route: RouteId,
}

/// Other ways: their links, in the order of their ids, and the vehicles on the road that take one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NewWays {
    /// Links.
    pub links: Vec<Vec<LinkId>>,
    /// Vehicles.
    pub detours: Vec<NewWay>,
}

/// Lets drivers respond; `turns` says that roads changed in this step.
pub fn run(
    scene: &Scene<'_>,
    roads: &Roads<'_>,
    (link_traffic, turns): (&mut Column<LinkId, LinkTraffic>, bool),
    response: &mut RouteResponse,
    (traffic, departures): (&Traffic, &mut DepartState),
    search: &mut RouteSearch,
) -> NewWays {
    let mut ways = NewWays::default();
    if link_traffic.is_empty() {
        *link_traffic = Column::filled(LinkTraffic::default(), scene.network.links.len());
    }
    let is_updated = response.update(scene.network, link_traffic, scene.now_ms);
    let first = scene.demand.routes.len() + scene.new_routes.len();
    let mut chooser = Chooser { scene, roads, times_s: &response.times_s, search, n_ending_before: 0 };
    let looks_at_all = turns || is_updated;
    // Who has come to the link before a closed turn sees it at once.
    if looks_at_all || !roads.before_closed.is_empty() {
        for (place, _, own) in traffic.iter().filter(|(place, ..)| looks_at_all || roads.is_before_closed(place.link)) {
            if let Some(links) = chooser.on_the_way(own, looks_at_all) {
                ways.detours.push(NewWay { place, route: RouteId::from_index(first + ways.links.len()) });
                ways.links.push(links);
            }
        }
    }
    let n_on_the_way = ways.links.len();
    departures.choose_routes(scene, |trip, route, is_new| {
        let links = if is_new || turns { chooser.at_departure(trip, scene.route(route)) } else { None }?;
        let new = (RouteId::from_index(first + ways.links.len()), links[0]);
        ways.links.push(links);
        Some(new)
    });
    response.n_ending_before += chooser.n_ending_before;
    response.n_on_the_way += n_on_the_way as u64;
    response.n_at_departure += (ways.links.len() - n_on_the_way) as u64;
    ways
}

/// Sends vehicles on their new ways, which the scene knows by now; stops off the way are left out.
pub fn take(scene: &Scene<'_>, traffic: &mut Traffic, detours: &[NewWay]) {
    for detour in detours {
        let own = &mut traffic.own[detour.place.link.index()][detour.place.slot as usize];
        own.route = detour.route;
        own.route_index = 0;
        own.tally.missed_stops += stops::skip_missed(scene, own);
        stops::renew_prefs(scene, own);
    }
}

/// Works out anew which lanes lead on for all vehicles: permissions have changed.
pub fn renew(scene: &Scene<'_>, traffic: &mut Traffic) {
    for own in traffic.own.iter_mut().flatten() {
        stops::renew_prefs(scene, own);
    }
}

/// Who chooses.
#[derive(Clone, Copy)]
struct Rider {
    trip: TripId,
    kind: VehicleTypeId,
    speed_factor: f64,
}

/// Who is asked, and what is known.
struct Chooser<'a, 's> {
    scene: &'a Scene<'s>,
    roads: &'a Roads<'a>,
    times_s: &'a [f64],
    search: &'a mut RouteSearch,
    n_ending_before: u64,
}

impl Chooser<'_, '_> {
    /// Another way for a vehicle on the road, from where it is; between updates only where the next turn is closed.
    fn on_the_way(&mut self, own: &Own, looks_at_all: bool) -> Option<Vec<LinkId>> {
        let (scene, roads) = (self.scene, self.roads);
        let lane = &scene.network.lanes[own.lane];
        let route = scene.route_of(own).get(own.route_index as usize..)?;
        if lane.is_internal || route.len() < 2 {
            return None;
        }
        let rider = Rider { trip: own.trip, kind: own.kind, speed_factor: own.speed_factor };
        let class = scene.kind(own.kind).class;
        let sees = !roads.graph.connects(class, route[0], route[1]);
        let may_know = looks_at_all && roads.informs(scene.seed, own.trip);
        if !sees && !may_know {
            return None;
        }
        let is_closed = roads.is_closed(class, route);
        let has_stops = stops::next(scene, &own.stop).is_some();
        if !(is_closed || (roads.is_affected(route) && !has_stops)) {
            return None;
        }
        // Who is about to cross the stop line keeps its turn, if that is open.
        let left_m = lane.length_m - own.front_m;
        let is_near = left_m < scene.driver(own.kind).brake_gap_own(own.speed_mps) + lane.width_m;
        let n_kept = usize::from(is_near && roads.graph.connects(class, route[0], route[1]));
        let ahead = &route[n_kept..];
        let way = self.way(rider, class, ahead, own.stop.next..own.stop.end)?;
        let is_worth_it = is_closed || self.saves(rider, ahead, &way);
        (way != ahead && is_worth_it).then(|| route[..n_kept].iter().chain(&way).copied().collect())
    }

    /// Another way for a trip that departs.
    fn at_departure(&mut self, trip: TripId, route: &[LinkId]) -> Option<Vec<LinkId>> {
        let made = &self.scene.demand.trips[trip.index()];
        let class = self.scene.kind(made.vehicle_type).class;
        let is_closed = self.roads.is_closed(class, route);
        if !self.roads.informs(self.scene.seed, trip) || (!made.stops.is_empty() && !is_closed) {
            return None;
        }
        let rider = Rider { trip, kind: made.vehicle_type, speed_factor: made.speed_factor };
        let way = self.way(rider, class, route, made.stops.clone())?;
        let is_worth_it = is_closed || self.saves(rider, route, &way);
        (way != route && is_worth_it).then_some(way)
    }

    /// The fastest way of the moment by the stops that can be reached to the end of a route, or to where it must end.
    fn way(
        &mut self,
        rider: Rider,
        class: VehicleClass,
        route: &[LinkId],
        stops: std::ops::Range<u32>,
    ) -> Option<Vec<LinkId>> {
        let (&from, &end) = (route.first()?, route.last()?);
        let mut way = vec![from];
        for stop in stops {
            let link = self.scene.demand.stops[stop as usize].link;
            let at = way[way.len() - 1];
            if link != at
                && let Some(leg) = self.fastest(rider, class, at, link)
            {
                way.extend(&leg[1..]);
            }
        }
        let at = way[way.len() - 1];
        let last = match self.fastest(rider, class, at, end) {
            Some(leg) => leg,
            None => {
                let leg = self.before(rider, class, at, end)?;
                self.n_ending_before += 1;
                leg
            }
        };
        way.extend(&last[1..]);
        Some(way)
    }

    /// The fastest way to a junction at either end of a link that cannot be reached.
    fn before(&mut self, rider: Rider, class: VehicleClass, from: LinkId, end: LinkId) -> Option<Vec<LinkId>> {
        let links = &self.scene.network.links;
        let ends = [links[end].from, links[end].to];
        let mut best: Option<(f64, Vec<LinkId>)> = None;
        for (link, column) in links.enumerate() {
            let is_there = column.kind == LinkKind::Road && link != end && ends.contains(&column.to);
            if is_there
                && let Some(way) = self.fastest(rider, class, from, link)
                && best.as_ref().is_none_or(|(best_s, _)| self.search.cost_s() < *best_s)
            {
                best = Some((self.search.cost_s(), way));
            }
        }
        best.map(|(_, way)| way)
    }

    fn fastest(&mut self, rider: Rider, class: VehicleClass, from: LinkId, to: LinkId) -> Option<Vec<LinkId>> {
        let (scene, times_s) = (self.scene, self.times_s);
        self.roads.graph.fastest(class, from, to, |link| cost_s(scene, times_s, rider, link), self.search)
    }

    /// Whether another way saves enough to leave one that is open.
    fn saves(&self, rider: Rider, usual: &[LinkId], other: &[LinkId]) -> bool {
        let (least, most) = LEAST_SAVED_SHARE;
        let share = least + (most - least) * draw(self.scene, rider.trip, DRAW_BAND);
        let usual_s = self.time_s(rider, usual);
        usual_s - self.time_s(rider, other) >= (share * usual_s).max(LEAST_SAVED_S)
    }

    fn time_s(&self, rider: Rider, links: &[LinkId]) -> f64 {
        links.iter().map(|&link| cost_s(self.scene, self.times_s, rider, link)).sum()
    }
}

fn draw(scene: &Scene<'_>, trip: TripId, step: u64) -> f64 {
    rng::uniform(scene.seed, Purpose::Informed, trip.index() as u32, step)
}

/// The time of the moment on a link as a driver perceives it: not less than on the free road, infinite where he may not
/// go, with an error of his own.
fn cost_s(scene: &Scene<'_>, times_s: &[f64], rider: Rider, link: LinkId) -> f64 {
    let network = scene.network;
    let Rider { trip, kind, speed_factor } = rider;
    let class = scene.kind(kind).class;
    let lanes = network.links[link].lanes().filter(|&lane| network.lanes[lane].allowed.allows(class));
    let free_s = lanes
        .map(|lane| network.lanes[lane].length_m / scene.wanted_speed_mps(kind, speed_factor, lane).max(0.1))
        .fold(f64::INFINITY, f64::min);
    let error = PERCEPTION_ERROR * (2.0 * draw(scene, trip, DRAW_ERRORS + link.index() as u64) - 1.0);
    free_s.max(times_s[link.index()]) * (1.0 + error)
}
