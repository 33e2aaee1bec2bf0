//! One step of the city: the table of contents of the simulation.
//!
//! Plans read only the last step's state; settlement reads everybody's published intentions; then everything moves.
//! Lane changes and departures follow on the moved state, so that an observation after the step shows them.

use rayon::prelude::*;

use crate::city::City;
use crate::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use crate::engine::recorder::{Driven, Recorder};
use crate::engine::world::World;
use crate::ids::{Id, LinkId, TripId};
use crate::ports::Ports;
use crate::routing::RouteSearch;
use crate::signals::advance::WhenDark;
use crate::traffic::advance::{self, Outcome};
use crate::traffic::car_following::Driver;
use crate::traffic::demand::Demand;
use crate::traffic::depart::{self, Departed};
use crate::traffic::events::Event;
use crate::traffic::leader::Leader;
use crate::traffic::plan::{self, Item, Plan};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Approaches, Intention, Own, Place, Traffic};
use crate::traffic::transfer::{self, is_worth_sharing};
use crate::traffic::{LateralMode, keep_clear, lane_change, release, reroute, settle};
use crate::units::SimTime;
use crate::{signals, traffic};

/// The parts of a step, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
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
    pub const ALL: [Self; 8] = [
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
    plans: Vec<Vec<Plan>>,
    items: Vec<Vec<Item>>,
    intentions: Vec<Vec<Intention>>,
    outcomes: Vec<Vec<Outcome>>,
    events: Vec<Vec<Event>>,
    driven: Vec<Vec<Driven>>,
    transfer: transfer::Buffers,
    departed: Vec<Departed>,
    rejected: Vec<TripId>,
    search: RouteSearch,
    /// Called before each pass and once after the last, if set: the caller's clock.
    pub on_pass: Option<Box<dyn FnMut(Option<Pass>) + Send>>,
}

impl Scratch {
    /// What happened to vehicles on the road in the last step.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().flatten()
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
    let when_dark = match params.dark_signal_rule {
        DarkSignalRule::AllWayStop => WhenDark::AllWayStop,
        DarkSignalRule::Signs | DarkSignalRule::YieldToRight => WhenDark::Signs,
    };
    scratch.prepare(city, demand, params);
    let drivers = std::mem::take(&mut scratch.drivers);
    let World { now_ms, step, ports, traffic, approaches, new_routes, departures, released, .. } = world;
    let World { n_arrived, n_jam_releases, .. } = world;

    scratch.begin(Pass::Signals);
    signals::advance::run(&city.network, &city.signals, *now_ms, when_dark, ports);

    let frame = Frame { city, demand, params, drivers: &drivers, ports, now_ms: *now_ms, step: *step };

    scratch.begin(Pass::Plan);
    plan_all(&frame.scene(approaches, new_routes), mode, traffic, scratch);

    scratch.begin(Pass::Publish);
    let mut published = std::mem::take(approaches);
    published.replace(&scratch.intentions);
    *approaches = published;

    let scene = frame.scene(approaches, new_routes);
    scratch.begin(Pass::Move);
    move_all(&scene, mode, traffic, recorder, scratch);

    scratch.begin(Pass::Transfer);
    transfer::run(&scene, traffic, &scratch.outcomes, &mut scratch.transfer);

    scratch.begin(Pass::Lateral);
    match mode {
        LateralMode::LaneInstant => lane_change::run(&scene, traffic),
        LateralMode::Continuous => traffic::lateral::run(&scene, traffic),
    }

    if let Some(after_s) = params.missed_turn_after_s {
        let limit_ms = (after_s * 1000.0) as i64;
        let detours = reroute::find(&scene, &city.routing, traffic, limit_ms, &mut scratch.search);
        new_routes.extend(detours.iter().map(|detour| detour.route.clone()));
        reroute::take(&frame.scene(approaches, new_routes), traffic, &detours);
    }
    let scene = frame.scene(approaches, new_routes);
    if let Some(after_s) = params.jam_release_s {
        let limit_ms = (after_s * 1000.0) as i64;
        *n_jam_releases += release::run(&scene, traffic, limit_ms, released, &mut scratch.events);
    }

    scratch.begin(Pass::Depart);
    scratch.departed.clear();
    scratch.rejected.clear();
    let max_delay_ms = params.max_depart_delay_s.map(|delay_s| (delay_s * 1000.0) as i64);
    let log = (&mut scratch.departed, &mut scratch.rejected);
    let mut reaches_back = depart::run(&scene, mode, departures, traffic, max_delay_ms, log);
    reaches_back |= depart::resume(&scene, mode, departures, traffic, released, &mut scratch.events);
    if reaches_back {
        transfer::place_ghosts(&scene, traffic);
    }

    scratch.begin(Pass::Record);
    *n_arrived += recorder.record(&scene, &scratch.events, &scratch.departed, &scratch.rejected);
    let found_gridlock = recorder.sense(&scene, &city.signals, traffic);
    scratch.end();

    *now_ms += params.step_ms;
    *step += 1;
    scratch.drivers = drivers;
    let running = traffic.n_vehicles + released.len() as u32;
    let waiting = departures.n_waiting();
    let is_empty = running == 0 && waiting == 0 && departures.is_exhausted(demand);
    let is_done = params.end.map_or(is_empty, |end| *now_ms >= end.0 || is_empty);
    StepReport { now: SimTime(*now_ms), running, waiting, arrived: *n_arrived, is_done, found_gridlock }
}

/// What the scenes of a step have in common.
struct Frame<'a> {
    city: &'a City,
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
            network: &self.city.network,
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
        let n_links = city.network.links.len();
        if self.plans.len() != n_links {
            self.plans = vec![Vec::new(); n_links];
            self.items = vec![Vec::new(); n_links];
            self.intentions = vec![Vec::new(); n_links];
            self.outcomes = vec![Vec::new(); n_links];
            self.events = vec![Vec::new(); n_links];
            self.driven = vec![Vec::new(); n_links];
        }
        self.drivers.clear();
        let dt_s = params.step_ms as f64 / 1000.0;
        self.drivers.extend(demand.types.iter().map(|kind| Driver::new(kind, dt_s)));
    }
}

/// Links per parallel piece of work.
const BLOCK: usize = 32;

/// Where the plans of a link's vehicles, their stop lines and what others may know of them are put.
type PlanOfLink<'a> = ((&'a mut Vec<Plan>, &'a mut Vec<Item>), &'a mut Vec<Intention>);

fn plan_all(scene: &Scene<'_>, mode: LateralMode, traffic: &Traffic, scratch: &mut Scratch) {
    let one = |(link, ((plans, items), intentions)): (usize, PlanOfLink<'_>)| {
        plans.clear();
        items.clear();
        intentions.clear();
        if !traffic.own[link].is_empty() {
            plan_link(scene, mode, traffic, LinkId::from_index(link), ((plans, items), intentions));
        }
    };
    if !is_worth_sharing(traffic.n_vehicles) {
        scratch.plans.iter_mut().zip(&mut scratch.items).zip(&mut scratch.intentions).enumerate().for_each(one);
    } else {
        scratch
            .plans
            .par_iter_mut()
            .zip(&mut scratch.items)
            .zip(&mut scratch.intentions)
            .enumerate()
            .with_max_len(BLOCK)
            .for_each(one);
    }
}

/// Lanes of a link whose last leader is remembered in place.
const MAX_LANES: usize = 16;

fn plan_link(
    scene: &Scene<'_>,
    mode: LateralMode,
    traffic: &Traffic,
    link: LinkId,
    ((plans, items), intentions): PlanOfLink<'_>,
) {
    let mut ahead: [Option<Leader>; MAX_LANES] = [None; MAX_LANES];
    let mut in_front_m = [0.0_f64; MAX_LANES];
    for ghost in &traffic.ghosts[link.index()] {
        let lane = ghost.seen.lane as usize;
        if lane < MAX_LANES {
            ahead[lane] = Some(Leader { rear_m: f64::from(ghost.seen.rear_m), seen: ghost.seen, place: ghost.place });
        }
    }
    for (slot, seen) in traffic.seen[link.index()].iter().enumerate() {
        let place = Place { link, slot: slot as u32 };
        let lane = (seen.lane as usize).min(MAX_LANES - 1);
        let leader = match mode {
            LateralMode::LaneInstant => ahead[lane],
            // The look-ahead finds all who overlap itself.
            LateralMode::Continuous => None,
        };
        let plan = plan::vehicle(scene, traffic, (mode, place), leader, items);
        let own_items = &mut items[plan.first as usize..];
        keep_clear::run(scene, traffic, place, in_front_m[lane], own_items);
        settle::intend(scene, traffic.own(place), own_items, intentions);
        plans.push(plan);
        ahead[lane] = Some(Leader { rear_m: f64::from(seen.rear_m), seen: *seen, place });
        in_front_m[lane] += scene.length_with_gap_m(seen);
    }
}

/// The vehicles of a link with what they plan.
type Planned<'a> = (&'a mut Vec<Own>, (&'a Vec<Plan>, &'a Vec<Item>));
/// What moving the vehicles of a link leaves behind.
type Moved<'a> = (&'a mut Vec<Outcome>, (&'a mut Vec<Event>, &'a mut Vec<Driven>));

fn move_all(
    scene: &Scene<'_>,
    mode: LateralMode,
    traffic: &mut Traffic,
    recorder: &mut Recorder,
    scratch: &mut Scratch,
) {
    let Scratch { plans, items, outcomes, events, driven, .. } = scratch;
    let class_of_kind = &recorder.class_of_kind;
    let n_classes = recorder.classes.len();
    let one = |((own, (plans, items)), (outcomes, (events, driven))): (Planned<'_>, Moved<'_>)| {
        outcomes.clear();
        events.clear();
        driven.clear();
        if own.is_empty() {
            return;
        }
        driven.resize(n_classes, Driven::default());
        for (own, plan) in own.iter_mut().zip(plans) {
            let own_items = &items[plan.first as usize..(plan.first + plan.n) as usize];
            let mut seen_flags = own.flags;
            let before = (own.lane, own.front_m);
            let speed_mps = settle::speed(scene, own, &mut seen_flags, plan, own_items);
            own.flags = seen_flags;
            lane_change::prepare_step(own);
            let outcome = advance::vehicle(scene, mode, own, speed_mps, own_items, events);
            driven[class_of_kind[own.kind.index()] as usize].add(scene, before, speed_mps);
            outcomes.push(outcome);
        }
    };
    if !is_worth_sharing(traffic.n_vehicles) {
        traffic
            .own
            .iter_mut()
            .zip(plans.iter().zip(items.iter()))
            .zip(outcomes.iter_mut().zip(events.iter_mut().zip(driven.iter_mut())))
            .for_each(one);
    } else {
        traffic
            .own
            .par_iter_mut()
            .zip(plans.par_iter().zip(items.par_iter()))
            .zip(outcomes.par_iter_mut().zip(events.par_iter_mut().zip(driven.par_iter_mut())))
            .with_max_len(BLOCK)
            .for_each(one);
    }
    recorder.drive(scene, driven);
}
