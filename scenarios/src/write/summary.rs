//! `summary.json`: what program, input and seed determine. `performance.json`: what they do not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sim_core::units::VehicleClass;

use super::csv::rounded;
use super::emissions::EmissionTotals;
use super::run::{EndReason, FinishedRun, Program};
use super::totals::TripTotals;
use crate::lighting::night::{self, LightingSummary};

/// Version of the result schema.
pub const SCHEMA: u32 = 1;

/// `summary.json`. The same bytes for any number of threads.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Version of this schema.
    pub schema: u32,
    /// What made the run.
    pub program: Program,
    /// Files read, with the BLAKE3 digest of their bytes.
    pub inputs: BTreeMap<String, String>,
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant that was applied to it (`--variant`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Seed of all draws.
    pub seed: u64,
    /// Whether counts were loaded and met.
    pub calibrated: bool,
    /// Date of the midnight that seconds are counted from, when the scenario has one.
    pub epoch: Option<String>,
    /// First instant.
    pub begin_s: f64,
    /// Last instant reached.
    pub end_s: f64,
    /// Why the run ended.
    pub ended_because: EndReason,
    /// Length of a step.
    pub step_length_s: f64,
    /// Time after the beginning that means and intervals leave out.
    pub warm_up_s: f64,
    /// Simulated time.
    pub simulated_s: f64,
    /// Hash of the state at the end, with the name of the hash: BLAKE3 over the saved World and Recorder.
    pub state_digest: String,
    /// The first gridlock; the run went on.
    pub gridlock: Option<GridlockSummary>,
    /// Vehicle counts.
    pub vehicles: Vehicles,
    /// Totals over all loaded vehicles, depart delay, running and never-inserted ones included.
    pub totals: Totals,
    /// Means over arrived trips that departed after the warm-up.
    pub trips: Trips,
    /// The same by vehicle class.
    pub by_class: BTreeMap<String, ClassSummary>,
    /// Street lighting, where the scenario has any.
    pub lighting: Option<LightingSummary>,
    /// Feeders, when there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<super::power_summary::PowerSummary>,
    /// Observed against simulated, where something was observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<super::observed_summary::ObservedSummary>,
    /// Emissions after the warm-up, where they were computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<super::emissions::EnvironmentSummary>,
    /// How drivers responded to changes of roads, when some knew of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_response: Option<RouteResponseSummary>,
}

/// How drivers responded to changes of roads.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RouteResponseSummary {
    /// Vehicles that took another way while on it; who did so twice counts twice.
    pub on_the_way: u64,
    /// Trips that took another way at their departure.
    pub at_departure: u64,
    /// Of both, those that end at the junction before their destination, since no way leads there.
    pub ending_before: u64,
    /// Updates of the times on roads, one each half minute.
    pub updates: u32,
    /// Change of the times at the last update as a share of them, each road weighed by the time spent on it: near 0
    /// where choices have settled.
    pub last_gap: f64,
}

fn route_response(run: &FinishedRun<'_>) -> Option<RouteResponseSummary> {
    let response = &run.results.route_response;
    (response.n_updates > 0).then(|| RouteResponseSummary {
        on_the_way: response.n_on_the_way,
        at_departure: response.n_at_departure,
        ending_before: response.n_ending_before,
        updates: response.n_updates,
        last_gap: rounded(response.gap, 4),
    })
}

/// A gridlock, in the ids of the input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct GridlockSummary {
    /// Since when the first vehicle blocked stands, in whole seconds.
    pub since_s: i64,
    /// When it was found, in whole seconds.
    pub found_s: i64,
    /// The junction it stands before.
    pub junction_id: String,
    /// The road on which it stands.
    pub link_id: String,
    /// The road it cannot enter, where its lane leads to one.
    pub to_link_id: Option<String>,
    /// Links that block each other in a circle; empty when vehicles stand for another reason.
    pub cycle: Vec<String>,
}

/// The first gridlock of a run.
pub fn gridlock(run: &FinishedRun<'_>) -> Option<GridlockSummary> {
    let gridlock = run.results.gridlock.as_ref()?;
    let parts = &run.loaded.parts;
    let id = |link| run.link_name(link).to_owned();
    let junction = parts.links[gridlock.link.index()].to;
    let to_link = parts.connectors.get(gridlock.connector.index()).map(|connector| connector.leads_to.link);
    Some(GridlockSummary {
        since_s: gridlock.since_ms.div_euclid(1000),
        found_s: gridlock.found_ms.div_euclid(1000),
        junction_id: run.loaded.names.junctions[junction.index()].clone(),
        link_id: id(gridlock.link),
        to_link_id: to_link.map(id),
        cycle: gridlock.cycle.iter().map(|&link| id(link)).collect(),
    })
}

/// Vehicle counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Vehicles {
    /// Trips due within the run.
    pub loaded: u64,
    /// Entered the network.
    pub departed: u64,
    /// Reached their end.
    pub arrived: u64,
    /// On the road at the end.
    pub running: u64,
    /// Due, but not let in.
    pub waiting_to_depart: u64,
    /// Given up.
    pub rejected: u64,
    /// Releases from a jam by the compatibility option; not known by class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jam_releases: Option<u64>,
    /// Turns taken because the right lane was out of reach.
    pub missed_turns: u64,
}

/// Totals over all loaded vehicles.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Totals {
    /// Time from scheduled departure to arrival or the end of the run.
    pub total_time_spent_s: f64,
    /// Depart delay and time loss.
    pub total_delay_s: f64,
    /// What they used and emitted, where it was computed.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub emissions: Option<super::emissions::EmissionTotals>,
}

/// Means over arrived trips that departed after the warm-up; `null` without such a trip.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Trips {
    /// Number of trips.
    pub count: u64,
    /// Time on the road.
    pub mean_duration_s: Option<f64>,
    /// Time lost against driving at the driver's own desired speed.
    pub mean_time_loss_s: Option<f64>,
    /// Time at or below 0.1 m/s.
    pub mean_waiting_s: Option<f64>,
    /// How often waiting began.
    pub mean_stops: Option<f64>,
    /// Entry after the scheduled departure.
    pub mean_depart_delay_s: Option<f64>,
    /// Distance driven.
    pub mean_length_m: Option<f64>,
    /// Mean of the trips' own mean speeds.
    pub mean_speed_mps: Option<f64>,
}

/// One vehicle class.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ClassSummary {
    /// Vehicle counts.
    pub vehicles: Vehicles,
    /// Totals over all loaded vehicles of the class.
    pub totals: Totals,
    /// Means over its arrived trips.
    pub trips: Trips,
}

/// `performance.json`: figures that differ from run to run.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Performance {
    /// Threads used.
    pub threads: usize,
    /// Wall-clock time of the simulation without loading and writing.
    pub wall_s: f64,
    /// User and system CPU time of the simulation, all threads.
    pub cpu_s: f64,
    /// Wall-clock time of reading and building.
    pub load_s: f64,
    /// Vehicles on the road, summed over steps.
    pub vehicle_updates: u64,
    /// The same per CPU second.
    pub vehicle_updates_per_cpu_s: Option<f64>,
    /// Simulated over wall-clock time.
    pub real_time_factor: Option<f64>,
    /// Largest memory in use.
    pub peak_rss_mib: Option<f64>,
    /// Seconds by pass, where they were measured.
    pub passes: BTreeMap<String, f64>,
}

/// Totals over all loaded trips.
pub fn trip_totals(run: &FinishedRun<'_>) -> TripTotals {
    let mut totals = TripTotals::default();
    for row in &run.results.trips {
        totals.add(run, row);
    }
    totals
}

/// Totals by vehicle class, in class order, for classes that have trips.
pub fn trip_totals_by_class(run: &FinishedRun<'_>) -> Vec<(VehicleClass, TripTotals)> {
    let mut by_class = vec![TripTotals::default(); VehicleClass::ALL.len()];
    for row in &run.results.trips {
        by_class[run.class(row.trip) as usize].add(run, row);
    }
    VehicleClass::ALL.iter().copied().zip(by_class).filter(|(_, totals)| totals.loaded > 0).collect()
}

/// The summary of a run.
pub fn summary(run: &FinishedRun<'_>) -> Summary {
    let counts = &run.results.counts;
    let trip_totals = trip_totals(run);
    let inputs = run.loaded.inputs.iter().map(|input| (input.name.clone(), input.digest.clone())).collect();
    Summary {
        schema: SCHEMA,
        program: run.program.clone(),
        inputs,
        scenario: run.loaded.name.clone(),
        variant: run.loaded.variant.clone(),
        seed: run.params.seed,
        calibrated: run.is_calibrated(),
        epoch: run.loaded.place.date.clone(),
        begin_s: run.params.begin.s(),
        end_s: run.end.s(),
        ended_because: run.ended_because,
        step_length_s: run.params.step_ms as f64 / 1000.0,
        warm_up_s: run.params.warm_up_ms as f64 / 1000.0,
        simulated_s: (run.end.0 - run.params.begin.0) as f64 / 1000.0,
        state_digest: format!("blake3:{}", hex(&run.state_digest)),
        gridlock: gridlock(run),
        vehicles: Vehicles {
            loaded: counts.loaded,
            departed: counts.departed,
            arrived: counts.arrived,
            running: counts.running,
            waiting_to_depart: counts.waiting_to_depart,
            rejected: counts.rejected,
            jam_releases: Some(counts.jam_releases),
            missed_turns: counts.missed_turns,
        },
        totals: Totals {
            total_time_spent_s: rounded(run.results.total_time_spent_s, 3),
            total_delay_s: rounded(run.results.total_delay_s, 3),
            emissions: EmissionTotals::of(run, trip_totals.emitted),
        },
        trips: trips(&trip_totals),
        by_class: trip_totals_by_class(run)
            .iter()
            .map(|(class, totals)| (class.name().to_owned(), class_summary(run, totals)))
            .collect(),
        lighting: lighting(run),
        power: super::power_summary::summary(run),
        observed: super::observed_summary::summary(run),
        environment: super::emissions::summary(run),
        route_response: route_response(run),
    }
}

fn lighting(run: &FinishedRun<'_>) -> Option<LightingSummary> {
    let plan = run.loaded.lighting.as_ref()?;
    Some(night::summary(plan, &run.results.lighting, &run.results.lamp_energy_wh, &run.results.lighting_full))
}

fn class_summary(run: &FinishedRun<'_>, totals: &TripTotals) -> ClassSummary {
    ClassSummary {
        vehicles: Vehicles {
            loaded: totals.loaded,
            departed: totals.departed,
            arrived: totals.arrived,
            running: totals.running,
            waiting_to_depart: totals.waiting_to_depart,
            rejected: totals.rejected,
            jam_releases: None,
            missed_turns: totals.missed_turns,
        },
        totals: Totals {
            total_time_spent_s: rounded(totals.time_spent_s, 3),
            total_delay_s: rounded(totals.delay_s, 3),
            emissions: EmissionTotals::of(run, totals.emitted),
        },
        trips: trips(totals),
    }
}

fn trips(totals: &TripTotals) -> Trips {
    let mean = |sum: f64| totals.mean(sum).map(|mean| rounded(mean, 3));
    Trips {
        count: totals.counted,
        mean_duration_s: mean(totals.duration_s),
        mean_time_loss_s: mean(totals.time_loss_s),
        mean_waiting_s: mean(totals.waiting_s),
        mean_stops: mean(totals.stops),
        mean_depart_delay_s: mean(totals.depart_delay_s),
        mean_length_m: mean(totals.length_m),
        mean_speed_mps: mean(totals.speed_mps),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value as indented JSON with a line feed at the end.
pub fn to_json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("results have text keys and finite numbers");
    text.push('\n');
    text
}
