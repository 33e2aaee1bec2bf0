//! What a run leaves behind: trips, and sums over links and movements by interval. The `kpi` module makes rows of it.
//!
//! Steps before the end of the warm-up are left out of the sums, trips that depart before it are marked by their
//! departure. A step belongs to the interval in which it begins.

use serde::{Deserialize, Serialize};

use crate::city::City;
use crate::engine::drive::Driven;
use crate::engine::greens::PhaseRecord;
use crate::engine::gridlock::GridlockWatch;
use crate::engine::interactions::Interactions;
use crate::engine::params::RunParams;
use crate::engine::stop_lines::{StopLines, leaves_road};
use crate::engine::sums::empty_interval;
pub use crate::engine::sums::{Interval, LinkSum, MovementSum, TripRecord};
use crate::environment::Emitted;
use crate::ids::{ConnectorId, LaneId, LinkId, TripId, VehicleTypeId};
use crate::lighting::record::LightingRecord;
use crate::network::{ConnectorKind, Network};
use crate::power::record::PowerRecord;
use crate::rows::Column;
use crate::signals::SignalPlans;
use crate::signals::actuated::SignalState;
use crate::traffic::demand::Demand;
use crate::traffic::depart::Departed;
use crate::traffic::events::Event;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Tally, Traffic, TripStatus};
use crate::units::VehicleClass;

/// How often stop lines are looked at; at least every step.
const LOOK_EVERY_MS: i64 = 1000;

/// What a run leaves behind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Recorder {
    /// The classes that occur, in order of the class table.
    pub classes: Vec<VehicleClass>,
    /// Class index by vehicle type.
    pub class_of_kind: Vec<u8>,
    /// Trips.
    pub trips: Column<TripId, TripRecord>,
    /// Closed intervals.
    pub closed: Vec<Interval>,
    /// The open interval.
    pub open: Interval,
    /// Vehicle updates made.
    pub vehicle_updates: u64,
    /// What is remembered at stop lines.
    pub stop_lines: StopLines,
    /// The search for a gridlock.
    pub gridlock: GridlockWatch,
    /// Use of streets and conflicts, where asked for.
    pub interactions: Option<Interactions>,
    /// What lighting came to.
    pub lighting: LightingRecord,
    /// What the feeders came to.
    pub power: PowerRecord,
    /// Phases of actuated signals.
    pub phases: PhaseRecord,
    interval_ms: i64,
    begin_ms: i64,
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(city: &City, demand: &Demand, params: &RunParams) -> Self {
        let mut classes: Vec<VehicleClass> = demand.types.iter().map(|kind| kind.class).collect();
        classes.sort_unstable();
        classes.dedup();
        let class_of_kind = demand
            .types
            .iter()
            .map(|kind| classes.iter().position(|class| *class == kind.class).unwrap_or(0) as u8)
            .collect();
        let record = TripRecord { status: TripStatus::Waiting, depart_ms: 0, arrival_ms: 0, tally: Tally::default() };
        let begin_ms = params.begin.0 + params.warm_up_ms;
        let interval_ms = params.interval_ms.max(params.step_ms);
        let open = empty_interval(&city.network, classes.len(), begin_ms, interval_ms);
        Self {
            class_of_kind,
            trips: Column::filled(record, demand.trips.len()),
            closed: Vec::new(),
            open,
            vehicle_updates: 0,
            stop_lines: StopLines::new(&city.network),
            gridlock: GridlockWatch::default(),
            interactions: params.interactions.then(|| Interactions::new(&city.network)),
            lighting: LightingRecord::new(&city.lighting, begin_ms, interval_ms),
            power: PowerRecord::new(&city.power, begin_ms, interval_ms),
            phases: PhaseRecord::new(city.signals.actuated.iter().map(|actuated| actuated.phases.len())),
            interval_ms,
            begin_ms,
            classes,
        }
    }

    /// Adds what vehicles drove on the links they began the step on.
    pub(super) fn drive<'a>(&mut self, scene: &Scene<'_>, driven: impl Iterator<Item = (&'a LinkId, &'a [Driven])>) {
        self.turn_to(scene);
        if !self.is_recording(scene) {
            return;
        }
        let n = self.classes.len();
        for (link, by_class) in driven {
            for (class, driven) in by_class.iter().enumerate() {
                let sum = &mut self.open.links[link.index() * n + class];
                sum.distance_m += driven.distance_m;
                sum.time_s += driven.time_s;
            }
        }
    }

    /// Adds what vehicles emitted on the links they began the step on.
    pub(super) fn emit<'a>(&mut self, scene: &Scene<'_>, emitted: impl Iterator<Item = (&'a LinkId, &'a [Emitted])>) {
        if !self.is_recording(scene) {
            return;
        }
        let n = self.classes.len();
        self.open.emitted.resize(self.open.links.len(), Emitted::default());
        for (link, by_class) in emitted {
            for (sum, emitted) in self.open.emitted[link.index() * n..].iter_mut().zip(by_class) {
                *sum = sum.plus(emitted);
            }
        }
    }

    fn is_recording(&self, scene: &Scene<'_>) -> bool {
        scene.now_ms - scene.dt_ms >= self.open.begin_ms
    }

    /// Closes the open interval when the step lies behind it.
    fn turn_to(&mut self, scene: &Scene<'_>) {
        let step_begin_ms = scene.now_ms - scene.dt_ms;
        while step_begin_ms >= self.open.end_ms {
            let next = empty_interval(scene.network, self.classes.len(), self.open.end_ms, self.interval_ms);
            self.closed.push(std::mem::replace(&mut self.open, next));
        }
    }

    /// Records the events of a step; returns the number of arrivals.
    pub(super) fn record<'a>(
        &mut self,
        scene: &Scene<'_>,
        events: impl Iterator<Item = &'a Event>,
        departed: &[Departed],
        rejected: &[TripId],
    ) -> u64 {
        let records = self.is_recording(scene);
        let mut arrivals = 0;
        for event in events {
            if let Event::Arrived { trip, tally, .. } = *event {
                self.trips[trip] = TripRecord {
                    status: TripStatus::Arrived,
                    depart_ms: tally.depart_ms,
                    arrival_ms: scene.now_ms,
                    tally,
                };
                arrivals += 1;
            }
            if records {
                self.count(scene, event);
            }
        }
        for departed in departed {
            let trip = &scene.demand.trips[departed.trip.index()];
            self.trips[departed.trip].status = TripStatus::Running;
            self.trips[departed.trip].depart_ms = departed.depart_ms;
            // Who enters at the first instant counts, though no step led up to it.
            if scene.now_ms >= self.open.begin_ms {
                let route = scene.route(departed.route);
                let event = Event::Departed {
                    trip: departed.trip,
                    kind: trip.vehicle_type,
                    link: departed.place_link,
                    next_link: route.get(1).copied().unwrap_or(LinkId::NONE),
                };
                self.count(scene, &event);
            }
        }
        for &trip in rejected {
            self.trips[trip].status = TripStatus::Rejected;
        }
        arrivals
    }

    fn link(&mut self, link: LinkId, kind: VehicleTypeId) -> &mut LinkSum {
        let class = self.class_of_kind[kind.index()] as usize;
        &mut self.open.links[link.index() * self.classes.len() + class]
    }

    fn want(&mut self, network: &Network, from: LinkId, to: LinkId) {
        if to.is_some()
            && let Some(movement) = network.movement_between(from, to)
        {
            self.open.movements[movement].demand += 1;
        }
    }

    fn count(&mut self, scene: &Scene<'_>, event: &Event) {
        match *event {
            Event::Departed { kind, link, next_link, .. } => {
                self.link(link, kind).entered += 1;
                self.want(scene.network, link, next_link);
            }
            Event::Arrived { kind, link, .. } => self.link(link, kind).left += 1,
            Event::Drove { kind, link, distance_m, time_s } => {
                let sum = self.link(link, kind);
                sum.distance_m += distance_m;
                sum.time_s += time_s;
            }
            Event::Stopped { lane, next_link } => self.stop(scene, lane, next_link),
            Event::Crossed { .. } => self.cross(scene, event),
        }
    }

    /// A vehicle joins the queue of its movement.
    fn stop(&mut self, scene: &Scene<'_>, lane: LaneId, next_link: LinkId) {
        let network = scene.network;
        let link = network.link_of(lane);
        if network.lanes[lane].is_internal || !next_link.is_some() {
            return;
        }
        // In a lane that does not lead there, the next lane that does.
        let from_lane = |lane| network.outgoing[lane].iter().copied();
        let connector = from_lane(lane)
            .chain(network.links[link].lanes().flat_map(from_lane))
            .find(|&connector| network.link_of(network.connectors[connector].leads_to) == next_link);
        let Some(connector) = connector.filter(|&connector| network.connectors[connector].movement.is_some()) else {
            return;
        };
        let sum = &mut self.open.movements[network.connectors[connector].movement];
        sum.arrivals += 1;
        sum.arrivals_on_green += u32::from(scene.ports.rules[connector].is_green());
    }

    fn cross(&mut self, scene: &Scene<'_>, event: &Event) {
        let Event::Crossed { trip, kind, connector, next_link, at_ms, link_entry_ms, from_start, loss_s, stops } =
            *event
        else {
            return;
        };
        let network = scene.network;
        let column = &network.connectors[connector];
        let left = self.link(network.link_of(column.from), kind);
        left.left += 1;
        if from_start {
            left.travel_time_s += (at_ms - link_entry_ms) as f64 / 1000.0;
            left.travelled += 1;
        }
        let entered = network.link_of(column.to);
        self.link(entered, kind).entered += 1;
        if column.movement.is_some() {
            self.serve(scene, connector, (trip, kind), (loss_s, stops));
            if leaves_road(network, connector) {
                self.stop_lines.cross(scene, connector, at_ms, stops > 0);
                if stops == 0 {
                    self.open.movements[column.movement].arrivals += 1;
                    self.open.movements[column.movement].arrivals_on_green += 1;
                }
            }
        }
        if matches!(column.kind, ConnectorKind::Exit | ConnectorKind::Direct) {
            self.want(network, entered, next_link);
        }
    }

    fn serve(
        &mut self,
        scene: &Scene<'_>,
        connector: ConnectorId,
        (trip, kind): (TripId, VehicleTypeId),
        (loss_s, stops): (f64, u32),
    ) {
        let column = &scene.network.connectors[connector];
        let sum = &mut self.open.movements[column.movement];
        if matches!(column.kind, ConnectorKind::Entry | ConnectorKind::Direct) {
            sum.served += 1;
            sum.served_pcu += scene.kind(kind).passenger_car_units;
        }
        if matches!(column.kind, ConnectorKind::Exit | ConnectorKind::Direct) {
            let persons = scene.demand.trips[trip.index()].persons;
            sum.left += 1;
            sum.delay_s += loss_s;
            sum.person_delay_s += loss_s * persons;
            sum.persons += persons;
            sum.stops += stops;
        }
    }

    /// Looks at the state after the step; true if a gridlock was found now. `links` are those with vehicles.
    pub(super) fn sense(
        &mut self,
        scene: &Scene<'_>,
        control: (&SignalPlans, &SignalState),
        traffic: &Traffic,
        links: &[LinkId],
    ) -> bool {
        self.vehicle_updates += u64::from(traffic.n_vehicles);
        self.phases.look(control.1, self.begin_ms);
        let counts = self.is_recording(scene);
        if let Some(interactions) = &mut self.interactions {
            let classes = (self.class_of_kind.as_slice(), self.classes.len());
            interactions.look(scene, (traffic, links), classes, (self.closed.len(), counts));
        }
        let steps_per_look = (LOOK_EVERY_MS + scene.dt_ms - 1) / scene.dt_ms;
        if !scene.step.is_multiple_of(steps_per_look as u64) {
            return false;
        }
        if self.is_recording(scene) {
            let weight_s = steps_per_look as f64 * scene.dt_s();
            self.open.watched_s += weight_s;
            self.stop_lines.look(scene, control, (traffic, links), weight_s, &mut self.open.movements);
        }
        self.gridlock.look(scene, control.0, traffic, links)
    }
}
