//! One run for validation: the only file here that calls the engine.

use sim_core::city::City;
use sim_core::engine::{self, Recorder, Scratch, World};

use super::outcome::RunOutcome;
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
    loop {
        let report = engine::step(&city, &built.demand, &params, &mut world, &mut recorder, &mut scratch);
        if report.is_done || report.now.s() >= give_up_s {
            break;
        }
    }
    Ok(RunOutcome::of(seed, &recorder.results(&city, &built.demand, &params, &world), &built.demand))
}
