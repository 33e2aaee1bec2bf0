//! Measures of a run as plain rows in SI units; the `scenarios` package turns them into tables with names.
//!
//! `docs/measures.md` defines each of them.

pub mod interactions;
pub mod lighting;
mod movements;
pub mod rows;

use crate::city::City;
use crate::engine::greens::PhaseSum;
use crate::engine::gridlock::Gridlock;
use crate::engine::params::RunParams;
use crate::engine::recorder::{Interval, LinkSum, Recorder};
use crate::engine::world::World;
use crate::environment::{Emitted, Fleet};
use crate::ids::{BranchId, FeederId, Id, LinkId, SignalId, TripId};
use crate::lighting::record::DimmingState;
use crate::network::LinkKind;
use crate::power::battery::ChargerState;
use crate::power::record::FeederSum;
use crate::traffic::demand::Demand;
use crate::traffic::respond::RouteResponse;
use crate::units::{SimTime, VehicleClass};
use movements::Capacities;
use rows::{ConflictRow, LightingRow, LinkRow, MovementRow, StreetRow, TripRow, TripStatus, VehicleCounts};

/// Everything a run has measured.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// Vehicle counts.
    pub counts: VehicleCounts,
    /// One row per loaded trip, in trip order.
    pub trips: Vec<TripRow>,
    /// Links by (interval, link, class).
    pub links: Vec<LinkRow>,
    /// Movements by (interval, junction, movement).
    pub movements: Vec<MovementRow>,
    /// Use of links by (interval, link, class), where asked for.
    pub streets: Vec<StreetRow>,
    /// Conflicts by (interval, link, kind, classes), where asked for.
    pub conflicts: Vec<ConflictRow>,
    /// Lighting by (interval, section).
    pub lighting: Vec<LightingRow>,
    /// Energy by luminaire, in watt hours.
    pub lamp_energy_wh: Vec<f64>,
    /// Distinct states by lighting section.
    pub lighting_states: Vec<Vec<DimmingState>>,
    /// By lighting section: its normal class, and the smallest outputs for the classes from that one on.
    pub lighting_outputs: Vec<(u16, Vec<f32>)>,
    /// Average illuminance at full output and area by lighting section.
    pub lighting_full: Vec<(f64, f64)>,
    /// Sum over all loaded vehicles of the time from scheduled departure to arrival or the end of the run.
    pub total_time_spent_s: f64,
    /// Sum over all loaded vehicles of depart delay and time loss.
    pub total_delay_s: f64,
    /// Time of the last step: where trips that have not ended are cut off, and the last interval ends.
    pub last_step: SimTime,
    /// The first gridlock of the run.
    pub gridlock: Option<Gridlock>,
    /// Feeders by interval.
    pub power: Vec<Vec<FeederSum>>,
    /// Signals that were without supply, and for how long; those on their way back included.
    pub dark_signals: Vec<(SignalId, i64)>,
    /// How drivers responded to changes of roads.
    pub route_response: RouteResponse,
    /// Fuses that melted.
    pub melted_fuses: Vec<(FeederId, BranchId)>,
    /// Closings of switches that were refused because they would have made a loop.
    pub n_refused_switchings: u64,
    /// Charging places as they stand at the end.
    pub chargers: Vec<ChargerState>,
    /// Durations of phases, by actuated signal and phase.
    pub signal_phases: Vec<Vec<PhaseSum>>,
    /// What each class drove and emitted after the warm-up, on roads and junctions; empty where nobody asks.
    pub emitted: Vec<(VehicleClass, f64, Emitted)>,
    /// Vehicle updates made (vehicles on the road, summed over steps).
    pub vehicle_updates: u64,
}

impl Recorder {
    /// The measures of the run so far: everything recorded, and unfinished trips as they stand.
    pub fn results(&self, city: &City, demand: &Demand, params: &RunParams, world: &World) -> Results {
        let last_step_ms = (world.now_ms - params.step_ms).max(params.begin.0);
        let fleet = city.fleet(demand, params.seed);
        let trips = trip_rows(self, demand, world, fleet.as_ref());
        let mut results = Results {
            vehicle_updates: self.vehicle_updates,
            last_step: SimTime(last_step_ms),
            gridlock: self.gridlock.found.clone(),
            ..Results::default()
        };
        for row in &trips {
            let scheduled_s = demand.trips[row.trip.index()].depart.s();
            let end_s = row.arrival_s.unwrap_or(last_step_ms as f64 / 1000.0);
            let delay_s = row.depart_s.unwrap_or(end_s) - scheduled_s;
            results.total_time_spent_s += (end_s - scheduled_s).max(0.0);
            results.total_delay_s += delay_s.max(0.0) + row.time_loss_s;
            results.counts.missed_turns += u64::from(row.missed_turns);
            match row.status {
                TripStatus::Arrived => results.counts.arrived += 1,
                TripStatus::Running => results.counts.running += 1,
                TripStatus::Waiting => results.counts.waiting_to_depart += 1,
                TripStatus::Rejected => results.counts.rejected += 1,
            }
        }
        results.counts.departed = results.counts.arrived + results.counts.running;
        results.counts.loaded = trips.len() as u64;
        results.counts.jam_releases = world.n_jam_releases;
        results.trips = trips;
        results.signal_phases.clone_from(&self.phases.sums);
        lighting::collect(self, city, world, last_step_ms + params.step_ms, &mut results);
        let end_ms = last_step_ms + params.step_ms;
        results.power = (0..self.power.feeders.len()).map(|feeder| self.power.sums(feeder, end_ms)).collect();
        results.dark_signals = self.power.dark_signals.clone();
        results.n_refused_switchings = world.power.n_refused;
        results.chargers = world.power.chargers.clone();
        results.route_response = world.response.without_times();
        for (feeder, state) in world.power.feeders.iter().enumerate() {
            results.melted_fuses.extend(state.melted.iter().map(|branch| (FeederId::from_index(feeder), *branch)));
        }
        results.emitted = self.emitted_by_class();
        interactions::collect(self, city, last_step_ms, &mut results);
        let capacities = Capacities::new(&city.network, &self.stop_lines);
        for interval in self.closed.iter().chain([&self.open]) {
            let end_ms = interval.end_ms.min(last_step_ms.max(interval.begin_ms));
            if end_ms > interval.begin_ms {
                link_rows(self, city, interval, end_ms, &mut results.links);
                movements::rows(&city.network, &capacities, interval, end_ms, &mut results.movements);
            }
        }
        results
    }
}

impl Recorder {
    /// What each class drove and emitted after the warm-up.
    fn emitted_by_class(&self) -> Vec<(VehicleClass, f64, Emitted)> {
        let n = self.classes.len();
        let intervals = || self.closed.iter().chain([&self.open]);
        if intervals().all(|interval| interval.emitted.is_empty()) {
            return Vec::new();
        }
        let of_class = |(at, class): (usize, &VehicleClass)| {
            let mut way_m = 0.0;
            let mut emitted = Emitted::default();
            for interval in intervals() {
                way_m = interval.links.iter().skip(at).step_by(n).fold(way_m, |sum, link| sum + link.distance_m);
                emitted = interval.emitted.iter().skip(at).step_by(n).fold(emitted, |sum, link| sum.plus(link));
            }
            (*class, way_m, emitted)
        };
        self.classes.iter().enumerate().map(of_class).collect()
    }
}

/// One row per trip that was due within the run.
fn trip_rows(recorder: &Recorder, demand: &Demand, world: &World, fleet: Option<&Fleet>) -> Vec<TripRow> {
    let mut running: Vec<Option<&crate::traffic::state::Own>> = vec![None; demand.trips.len()];
    let released = world.released.iter().map(|released| &released.own);
    for own in world.traffic.iter().map(|(_, _, own)| own).chain(released) {
        running[own.trip.index()] = Some(own);
    }
    let mut rows = Vec::new();
    for (index, trip) in demand.trips.iter().enumerate() {
        if trip.depart.0 >= world.now_ms {
            continue;
        }
        let id = TripId::from_index(index);
        let record = &recorder.trips[id];
        let is_in = matches!(record.status, TripStatus::Arrived | TripStatus::Running);
        let tally = running[index].map_or(record.tally, |own| own.tally);
        rows.push(TripRow {
            trip: id,
            status: record.status,
            depart_s: is_in.then_some(record.depart_ms as f64 / 1000.0),
            arrival_s: (record.status == TripStatus::Arrived).then_some(record.arrival_ms as f64 / 1000.0),
            length_m: tally.length_m,
            time_loss_s: tally.time_loss_s,
            waiting_s: tally.waiting_s,
            stop_time_s: tally.stop_time_s,
            stops: tally.stops,
            missed_turns: tally.missed_turns,
            emitted: fleet.filter(|_| is_in).map(|fleet| {
                let mut emitted = Emitted::default();
                if let Some(mover) = fleet.mover(trip.vehicle_type, id) {
                    emitted.add(mover, tally.energy_j);
                }
                emitted
            }),
        });
    }
    rows
}

fn link_rows(recorder: &Recorder, city: &City, interval: &Interval, end_ms: i64, rows: &mut Vec<LinkRow>) {
    let n = recorder.classes.len();
    for (index, sums) in interval.links.chunks(n.max(1)).enumerate() {
        let link = LinkId::from_index(index);
        if city.network.links[link].kind != LinkKind::Road {
            continue;
        }
        let row = |class, sum: &LinkSum, emitted: Option<Emitted>| LinkRow {
            link,
            class,
            begin_s: interval.begin_ms as f64 / 1000.0,
            end_s: end_ms as f64 / 1000.0,
            entered: sum.entered,
            left: sum.left,
            distance_m: sum.distance_m,
            time_s: sum.time_s,
            travel_time_s_sum: sum.travel_time_s,
            travel_time_n: sum.travelled,
            length_m: city.network.links[link].length_m,
            emitted,
        };
        let all = sums.iter().fold(LinkSum::default(), |all, sum| LinkSum {
            distance_m: all.distance_m + sum.distance_m,
            time_s: all.time_s + sum.time_s,
            entered: all.entered + sum.entered,
            left: all.left + sum.left,
            travel_time_s: all.travel_time_s + sum.travel_time_s,
            travelled: all.travelled + sum.travelled,
        });
        let emitted = interval.emitted.get(index * n..(index + 1) * n);
        let all_emitted = emitted.map(|by_class| by_class.iter().fold(Emitted::default(), |sum, one| sum.plus(one)));
        rows.push(row(None, &all, all_emitted));
        let by_class = recorder.classes.iter().zip(sums).enumerate();
        rows.extend(by_class.map(|(at, (class, sum))| row(Some(*class), sum, emitted.map(|emitted| emitted[at]))));
    }
}
