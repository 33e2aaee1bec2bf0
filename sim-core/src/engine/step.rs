//! One step of the city: the table of contents of the simulation.
//!
//! Plans read only the last step's state; settlement reads everybody's published intentions; then everything moves.
//! Lane changes and departures follow on the moved state, so that an observation after the step shows them.

use crate::change::in_force::InForce;
use crate::city::City;
use crate::engine::charging;
use crate::engine::detectors;
use crate::engine::drive::{self, Work};
use crate::engine::lamps;
use crate::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use crate::engine::recorder::Recorder;
use crate::engine::world::World;
use crate::environment::{Environment, Fleet};
use crate::ids::{LinkId, TripId};
use crate::network::Network;
use crate::ports::{LinkTraffic, Ports};
use crate::propulsion::ElectricShares;
use crate::routing::{RouteSearch, RoutingGraph};
use crate::rows::Column;
use crate::signals::advance::WhenDark;
use crate::traffic::car_following::Driver;
use crate::traffic::demand::Demand;
use crate::traffic::depart::{self, DepartState, Departed};
use crate::traffic::events::Event;
use crate::traffic::pieces::Pieces;
use crate::traffic::release::Released;
use crate::traffic::respond::{self, RouteResponse};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Approaches, Traffic};
use crate::traffic::transfer;
use crate::traffic::{LateralMode, lane_change, release, reroute};
use crate::units::SimTime;
use crate::{change, power, signals, traffic};

/// The parts of a step, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Lamps follow clock and traffic, on a rhythm of their own.
    Lighting,
    /// Feeders find their voltages, on a rhythm of their own.
    Power,
    /// Signals show their aspects.
    Signals,
    /// Vehicles look ahead.
    Plan,
    /// Intentions are published at stop lines.
    Publish,
    /// Speeds are fixed and vehicles move.
    Move,
    /// Vehicles are put in order on their links.
    Transfer,
    /// Vehicles move sideways.
    Lateral,
    /// Trips enter the network.
    Depart,
    /// What happened is recorded.
    Record,
}

impl Pass {
    /// All passes in order.
    pub const ALL: [Self; 10] = [
        Self::Lighting,
        Self::Power,
        Self::Signals,
        Self::Plan,
        Self::Publish,
        Self::Move,
        Self::Transfer,
        Self::Lateral,
        Self::Depart,
        Self::Record,
    ];
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lighting => "lighting",
            Self::Power => "power",
            Self::Signals => "signals",
            Self::Plan => "plan",
            Self::Publish => "publish",
            Self::Move => "move",
            Self::Transfer => "transfer",
            Self::Lateral => "lateral",
            Self::Depart => "depart",
            Self::Record => "record",
        }
    }
}

/// Buffers of a step; a fresh one gives the same run.
#[derive(Default)]
pub struct Scratch {
    drivers: Vec<Driver>,
    /// The links with vehicles.
    pieces: Pieces,
    works: Vec<Work>,
    transfer: transfer::Buffers,
    lane_change: lane_change::Buffers,
    power: power::pass::Buffers,
    /// Trips that ended out of sight, after a release from a jam.
    ends: Vec<Event>,
    departed: Vec<Departed>,
    rejected: Vec<TripId>,
    search: RouteSearch,
    /// Roads and plans as changes leave them.
    in_force: InForce,
    fleet: Option<Fleet>,
    /// What the draws of the fleet were made for.
    fleet_of: Option<FleetKey>,
    /// Called before each pass and once after the last, if set: the caller's clock.
    pub on_pass: Option<Box<dyn FnMut(Option<Pass>) + Send>>,
}

impl Scratch {
    /// What happened to vehicles on the road in the last step.
    pub fn events(&self) -> impl Iterator<Item = &Event> + Clone {
        self.works.iter().flat_map(|work| &work.events).chain(&self.ends)
    }
    fn begin(&mut self, pass: Pass) {
        if let Some(on_pass) = &mut self.on_pass {
            on_pass(Some(pass));
        }
    }
    fn end(&mut self) {
        if let Some(on_pass) = &mut self.on_pass {
            on_pass(None);
        }
    }
}

/// What a step reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepReport {
    /// Start of the next step.
    pub now: SimTime,
    /// Vehicles on the road, and those released from a jam.
    pub running: u32,
    /// Trips due that have not entered.
    pub waiting: u32,
    /// Trips that have arrived so far.
    pub arrived: u64,
    /// Whether the run has come to its end.
    pub is_done: bool,
    /// Whether a gridlock was found in this step; [`Recorder::gridlock`] holds it.
    pub found_gridlock: bool,
}

/// Advances the city by one step.
pub fn step(
    city: &City,
    demand: &Demand,
    params: &RunParams,
    world: &mut World,
    recorder: &mut Recorder,
    scratch: &mut Scratch,
) -> StepReport {
    let mode = match params.lateral {
        LateralPolicy::LaneInstant => LateralMode::LaneInstant,
        LateralPolicy::Continuous => LateralMode::Continuous,
    };
    scratch.prepare(city, demand, params);
    let drivers = std::mem::take(&mut scratch.drivers);
    let fleet = scratch.fleet.take();
    let World { now_ms, step, ports, traffic, approaches, new_routes, departures, released, .. } = world;
    let World { n_arrived, n_jam_releases, lighting, power, signals: controllers, response, .. } = world;
    let in_force = std::mem::take(&mut scratch.in_force).at(city, &params.changes, *now_ms);
    let plans = in_force.signals(city);

    scratch.begin(Pass::Lighting);
    let are_lamps_due = power.has_switched_lamps || lamps::are_due(city, params, lighting, *now_ms);
    let have_lamps_changed =
        are_lamps_due && lamps::run(&city.lighting, *now_ms, traffic, (ports, lighting, power), &mut recorder.lighting);
    let mut link_traffic = std::mem::take(&mut ports.link_traffic);

    scratch.begin(Pass::Power);
    change::apply(city, &params.changes, *now_ms, (params.step_ms, params.begin.0), power);
    if power.is_due(&city.power, *now_ms, have_lamps_changed) {
        let work = (&mut *power, &mut scratch.power);
        power::pass::run(&city.power, &city.network, *now_ms, ports, work, &mut recorder.power);
    }
    power::pass::restart(&city.power, (*now_ms, params.step_ms), ports, power, &mut recorder.power);

    scratch.begin(Pass::Signals);
    signals::actuated::run(plans, *now_ms, ports, controllers);
    signals::advance::run(&city.network, (plans, controllers), *now_ms, when_dark(params), ports);
    let mut detections = std::mem::take(&mut ports.detections);

    let network = in_force.network(city);
    let frame = Frame { network, demand, params, drivers: &drivers, ports, now_ms: *now_ms, step: *step };
    let vehicles = (&mut *traffic, &mut *departures);
    let known = (&mut *response, &mut link_traffic);
    respond_to_roads(&frame, (city, &in_force), approaches, new_routes, vehicles, known, &mut scratch.search);

    scratch.begin(Pass::Plan);
    traffic.presence.fill(traffic.own.iter().map(Vec::len), &traffic.ghost_links);
    scratch.pieces.find(&traffic.presence, &traffic.own);
    drive::plan_all(&frame.scene(approaches, new_routes), mode, traffic, &scratch.pieces, &mut scratch.works);

    scratch.begin(Pass::Publish);
    let mut published = std::mem::take(approaches);
    published.replace(scratch.works.iter().flat_map(|work| &work.intentions));
    *approaches = published;

    let scene = frame.scene(approaches, new_routes);
    scratch.begin(Pass::Move);
    drive::move_all(&scene, mode, traffic, recorder, fleet.as_ref(), (&scratch.pieces, &mut scratch.works));

    let driven = scratch.pieces.iter().zip(&scratch.works);
    lamps::count_traffic(&mut link_traffic, driven, recorder, demand);

    scratch.begin(Pass::Transfer);
    let moved = scratch.works.iter().map(|work| &work.moved);
    transfer::run(&scene, traffic, moved, &mut scratch.transfer, &mut scratch.pieces);

    scratch.begin(Pass::Lateral);
    match mode {
        LateralMode::LaneInstant => {
            lane_change::run(&scene, traffic, &scratch.pieces, &mut scratch.lane_change);
        }
        LateralMode::Continuous => traffic::lateral::run(&scene, traffic),
    }

    if let Some(after_s) = params.missed_turn_after_s {
        let graph = in_force.routing(city);
        take_missed_turns(&frame, (graph, after_s), approaches, new_routes, traffic, &mut scratch.search);
    }
    let scene = frame.scene(approaches, new_routes);
    scratch.ends.clear();
    *n_jam_releases += release_jams(&scene, params, traffic, released, (&mut scratch.ends, &mut scratch.pieces));

    scratch.begin(Pass::Depart);
    scratch.departed.clear();
    scratch.rejected.clear();
    let max_delay_ms = params.max_depart_delay_s.map(|delay_s| (delay_s * 1000.0) as i64);
    let log = (&mut scratch.departed, &mut scratch.rejected);
    let mut reaches_back = depart::run(&scene, mode, departures, traffic, max_delay_ms, log);
    let n_released = released.len();
    reaches_back |= depart::resume(&scene, mode, departures, traffic, released, &mut scratch.ends);
    if !scratch.departed.is_empty() || released.len() < n_released {
        scratch.pieces.find(&traffic.presence, &traffic.own);
    }
    if reaches_back {
        transfer::place_ghosts(&scene, traffic, scratch.pieces.links());
    }

    scratch.begin(Pass::Record);
    *n_arrived += recorder.record(&scene, scratch.events(), &scratch.departed, &scratch.rejected);
    if city.power.electric.any() {
        charging::arrive(city, demand, scratch.events(), params.seed, power);
    }
    let found_gridlock = recorder.sense(&scene, (plans, &*controllers), traffic, scratch.pieces.links());
    detectors::sense(&scene, plans, traffic, scratch.events(), &mut detections);
    scratch.end();

    ports.link_traffic = link_traffic;
    ports.detections = detections;
    *now_ms += params.step_ms;
    *step += 1;
    scratch.drivers = drivers;
    scratch.in_force = in_force;
    scratch.fleet = fleet;
    let running = traffic.n_vehicles + released.len() as u32;
    let waiting = departures.n_waiting();
    let is_empty = running == 0 && waiting == 0 && departures.is_exhausted(demand);
    let is_done = params.end.map_or(is_empty, |end| *now_ms >= end.0 || is_empty);
    StepReport { now: SimTime(*now_ms), running, waiting, arrived: *n_arrived, is_done, found_gridlock }
}

/// What rules signals without supply.
fn when_dark(params: &RunParams) -> WhenDark {
    match params.dark_signal_rule {
        DarkSignalRule::AllWayStop => WhenDark::AllWayStop,
        DarkSignalRule::Signs | DarkSignalRule::YieldToRight => WhenDark::Signs,
    }
}

/// Takes vehicles that have stood too long in a jam off the road, where an input relies on it; says how many.
fn release_jams(
    scene: &Scene<'_>,
    params: &RunParams,
    traffic: &mut Traffic,
    released: &mut Vec<Released>,
    (ends, pieces): (&mut Vec<Event>, &mut Pieces),
) -> u64 {
    let Some(after_s) = params.jam_release_s else { return 0 };
    let n = release::run(scene, traffic, (after_s * 1000.0) as i64, released, ends);
    if n > 0 {
        pieces.find(&traffic.presence, &traffic.own);
        transfer::place_ghosts(scene, traffic, pieces.links());
    }
    n
}

/// Sends vehicles that have waited too long in a wrong lane another way.
fn take_missed_turns(
    frame: &Frame<'_>,
    (graph, after_s): (&RoutingGraph, f64),
    approaches: &Approaches,
    new_routes: &mut Vec<Vec<LinkId>>,
    traffic: &mut Traffic,
    search: &mut RouteSearch,
) {
    let limit_ms = (after_s * 1000.0) as i64;
    let detours = reroute::find(&frame.scene(approaches, new_routes), graph, traffic, limit_ms, search);
    new_routes.extend(detours.iter().map(|detour| detour.route.clone()));
    reroute::take(&frame.scene(approaches, new_routes), traffic, &detours);
}

/// Where roads change in this step, lane preferences are made anew; drivers who know choose other ways.
fn respond_to_roads(
    frame: &Frame<'_>,
    (city, in_force): (&City, &InForce),
    approaches: &Approaches,
    new_routes: &mut Vec<Vec<LinkId>>,
    (traffic, departures): (&mut Traffic, &mut DepartState),
    (response, link_traffic): (&mut RouteResponse, &mut Column<LinkId, LinkTraffic>),
    search: &mut RouteSearch,
) {
    let params = frame.params;
    let turns = change::turns_roads(&params.changes, frame.now_ms, (params.step_ms, params.begin.0));
    if turns {
        respond::renew(&frame.scene(approaches, new_routes), traffic);
        departures.forget_lanes();
    }
    if in_force.informed_share() <= 0.0 {
        response.rest();
    } else {
        let roads = respond::Roads::new(in_force.routing(city), in_force.affected(), in_force.informed_share());
        let scene = frame.scene(approaches, new_routes);
        let ways = respond::run(&scene, &roads, (link_traffic, turns), response, (&*traffic, departures), search);
        new_routes.extend(ways.links);
        respond::take(&frame.scene(approaches, new_routes), traffic, &ways.detours);
    }
}

/// What the fleet of a run depends on.
#[derive(Clone, Copy, PartialEq, Debug)]
struct FleetKey {
    environment: Environment,
    shares: ElectricShares,
    seed: u64,
    /// Where the trips are, and how many.
    trips: (usize, usize),
}

/// What the scenes of a step have in common.
struct Frame<'a> {
    network: &'a Network,
    demand: &'a Demand,
    params: &'a RunParams,
    drivers: &'a [Driver],
    ports: &'a Ports,
    now_ms: i64,
    step: u64,
}

impl<'a> Frame<'a> {
    fn scene(&self, approaches: &'a Approaches, new_routes: &'a [Vec<LinkId>]) -> Scene<'a> {
        Scene {
            network: self.network,
            demand: self.demand,
            new_routes,
            drivers: self.drivers,
            ports: self.ports,
            approaches,
            now_ms: self.now_ms,
            step: self.step,
            dt_ms: self.params.step_ms,
            seed: self.params.seed,
            impatience_ms: (self.params.impatience_time_s * 1000.0) as i64,
        }
    }
}

impl Scratch {
    fn prepare(&mut self, city: &City, demand: &Demand, params: &RunParams) {
        self.prepare_fleet(city, demand, params.seed);
        self.drivers.clear();
        let dt_s = params.step_ms as f64 / 1000.0;
        self.drivers.extend(demand.types.iter().map(|kind| Driver::new(kind, dt_s)));
    }

    /// Which vehicles are electric is drawn once, and again only for another run.
    fn prepare_fleet(&mut self, city: &City, demand: &Demand, seed: u64) {
        let trips = &demand.trips;
        let key = FleetKey {
            environment: city.environment,
            shares: city.power.electric,
            seed,
            trips: (trips.as_ptr().addr(), trips.len()),
        };
        if self.fleet_of != Some(key) {
            self.fleet = city.fleet(demand, seed);
            self.fleet_of = Some(key);
        }
    }
}
