//! One run for validation: the only file here that calls the engine.

use std::collections::BTreeMap;

use sim_core::city::City;
use sim_core::engine::stop_lines::leaves_road;
use sim_core::engine::{self, Recorder, Scratch, World};
use sim_core::ids::LinkId;
use sim_core::network::Network;
use sim_core::traffic::events::Event;

use super::outcome::{RunOutcome, TimedMovement};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;

/// A run without an end of its own is broken off after this time, so that a gridlock becomes a failed check.
const GIVE_UP_S: f64 = 4.0 * 3600.0;

/// Runs a scenario with a seed.
///
/// # Errors
/// Mistakes in its network or demand.
pub fn run_one(loaded: &Loaded, seed: u64) -> Result<RunOutcome, Problems> {
    let mut params = loaded.run.clone();
    params.seed = seed;
    let built = crate::demand::build_loaded(loaded, seed)?;
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).map_err(|errors| {
        Problems { list: errors.iter().map(|error| Problem::new(&loaded.path, error.to_string())).collect() }
    })?;
    let mut world = World::new(&city, &built.demand, &params);
    let mut recorder = Recorder::new(&city, &built.demand, &params);
    let mut scratch = Scratch::default();
    let give_up_s = params.begin.s() + GIVE_UP_S;
    let mut stop_lines = StopLineTimes { last_ms: vec![None; built.demand.trips.len()], movements: BTreeMap::new() };
    loop {
        let report = engine::step(&city, &built.demand, &params, &mut world, &mut recorder, &mut scratch);
        scratch.events().for_each(|event| stop_lines.note(&city.network, event));
        if report.is_done || report.now.s() >= give_up_s {
            break;
        }
    }
    let results = recorder.results(&city, &built.demand, &params, &world);
    Ok(RunOutcome { movements: stop_lines.movements, ..RunOutcome::of(seed, &results, &built.demand) })
}

/// When vehicles passed stop lines.
struct StopLineTimes {
    /// The last one of each trip.
    last_ms: Vec<Option<i64>>,
    movements: BTreeMap<(LinkId, LinkId), TimedMovement>,
}

impl StopLineTimes {
    fn note(&mut self, network: &Network, event: &Event) {
        let Event::Crossed { trip, connector, at_ms, .. } = *event else { return };
        if !leaves_road(network, connector) {
            return;
        }
        let column = &network.connectors[connector];
        if let Some(before_ms) = self.last_ms[trip.index()].replace(at_ms) {
            let movement = (network.link_of(column.from), network.link_of(column.leads_to));
            let sum = self.movements.entry(movement).or_default();
            sum.n += 1;
            sum.time_s += (at_ms - before_ms) as f64 / 1000.0;
        }
    }
}
