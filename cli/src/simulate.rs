//! From a path to a finished run: read, build, step until the end or until someone stops it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use scenarios::error::{Problem, Problems};
use scenarios::loaded::Loaded;
use scenarios::observed::judge::Verdict;
use scenarios::read::folder::read_source_set;
use scenarios::read::setting::Setting;
use scenarios::read::source::Source;
use scenarios::read::what_if;
use scenarios::signals::max_pressure;
use scenarios::write::run::{EndReason, FinishedRun, Program};
use sim_core::city::City;
use sim_core::engine::params::RunParams;
use sim_core::ids::LinkId;
use sim_core::kpi::Results;
use sim_core::traffic::demand::Demand;

use crate::args::{ScenarioArgs, SignalControl};
use crate::console::{Failure, say};
use crate::engine_api::{self, StepReport};

/// A scenario that can run.
pub(crate) struct Prepared {
    /// What was read; its `run` has what was typed.
    pub(crate) loaded: Loaded,
    /// What does not change in a run.
    pub(crate) city: City,
    /// The demand after its draws.
    pub(crate) demand: Demand,
    /// External ids of trips.
    pub(crate) trip_names: Vec<String>,
    /// Trips left out because they depart outside the run.
    pub(crate) dropped: usize,
    /// Inbound and outbound link of each movement.
    pub(crate) movement_ends: Vec<(LinkId, LinkId)>,
    /// Wall-clock time of reading and building.
    pub(crate) load_s: f64,
}

/// A run that has ended.
pub(crate) struct Simulated {
    /// What it measured.
    pub(crate) results: Results,
    /// What it would have measured without its variant; one warm-up, two runs.
    pub(crate) without: Option<Results>,
    /// The last step.
    pub(crate) last: Option<StepReport>,
    /// Why it ended.
    pub(crate) ended_because: EndReason,
    /// Digest of its state.
    pub(crate) state_digest: [u8; 32],
    /// Wall-clock time of its steps.
    pub(crate) wall_s: f64,
    /// CPU time of its steps, all threads.
    pub(crate) cpu_s: f64,
    /// Wall-clock time by pass.
    pub(crate) passes: BTreeMap<String, f64>,
    /// How near it comes to what was observed.
    pub(crate) verdict: Option<Verdict>,
}

/// Reads a scenario and applies what was typed.
pub(crate) fn load(args: &ScenarioArgs) -> Result<Loaded, Failure> {
    let (of_changes, of_file): (Vec<Setting>, Vec<Setting>) =
        args.set.iter().cloned().partition(Setting::is_of_changes);
    let mut loaded = match &args.path {
        _ if !of_file.is_empty() => read_source_set(source(args, "values that can be set")?, &of_file)?,
        Some(path) => read(path)?,
        None => engine_api::shipped()?,
    };
    apply(args, &mut loaded.run)?;
    loaded.environment.is_on &= !args.no_emissions;
    if args.signal_control == Some(SignalControl::MaxPressure) {
        max_pressure::put_in_force(&mut loaded);
    }
    if args.variant.is_some() || !of_changes.is_empty() {
        what_if::apply_set(&mut loaded, source(args, "variants")?, args.variant.as_deref(), &of_changes)?;
    }
    Ok(loaded)
}

/// The scenario's folder; a single file has no such `things`.
pub(crate) fn source(args: &ScenarioArgs, things: &str) -> Result<Source, Problems> {
    match &args.path {
        Some(path) if path.is_dir() => Ok(Source::Disk(path.clone())),
        Some(path) if !path.exists() => Err(no_such(path).into()),
        Some(path) => Err(Problem::new(path, format!("only scenario folders have {things}"))
            .hint("`citytwin new my-city --from city.sumocfg` makes one around it")
            .into()),
        None => Source::shipped(),
    }
}

fn no_such(path: &Path) -> Problem {
    Problem::new(path, "no such file or folder")
        .hint("give a scenario folder or a *.sumocfg file; `citytwin new my-city` makes a scenario")
}

fn read(path: &Path) -> Result<Loaded, Problems> {
    if path.exists() { engine_api::read(path) } else { Err(no_such(path).into()) }
}

fn apply(args: &ScenarioArgs, run: &mut RunParams) -> Result<(), Failure> {
    if let Some(seed) = args.seed {
        run.seed = seed;
    }
    if let Some(step_ms) = args.step_length {
        run.step_ms = step_ms;
    }
    if let Some(begin_ms) = args.begin {
        run.begin.0 = begin_ms;
    }
    if let Some(duration_ms) = args.duration {
        run.end = Some(run.begin.plus_ms(duration_ms));
    }
    if let Some(warm_up_ms) = args.warm_up {
        run.warm_up_ms = warm_up_ms;
    }
    let Some(end) = run.end else { return Ok(()) };
    if end <= run.begin {
        return Err(Failure::Usage(format!(
            "the run would end at {} s, before it begins at {} s\n  hint: give --duration with --begin",
            end.s(),
            run.begin.s()
        )));
    }
    if run.warm_up_ms >= end.0 - run.begin.0 {
        return Err(Failure::Usage(format!(
            "the warm-up of {} s leaves nothing of a run of {} s\n  hint: give a shorter --warm-up or a longer --duration",
            run.warm_up_ms as f64 / 1000.0,
            (end.0 - run.begin.0) as f64 / 1000.0
        )));
    }
    Ok(())
}

/// Reads a scenario, draws its demand and builds its city.
pub(crate) fn prepare(args: &ScenarioArgs) -> Result<Prepared, Failure> {
    let started = Instant::now();
    let mut prepared = build(load(args)?)?;
    prepared.load_s = started.elapsed().as_secs_f64();
    Ok(prepared)
}

/// Draws the demand of a scenario that was read, and builds its city.
pub(crate) fn build(loaded: Loaded) -> Result<Prepared, Failure> {
    let started = Instant::now();
    let city = engine_api::build_city(&loaded).map_err(|errors| {
        let list = errors.iter().map(|error| Problem::new(&loaded.path, error.to_string())).collect();
        Problems { list }
    })?;
    let built = engine_api::build_demand(&loaded)?;
    let movement_ends = engine_api::movement_ends(&city);
    Ok(Prepared {
        city,
        demand: built.demand,
        trip_names: built.trip_names,
        dropped: built.n_dropped,
        movement_ends,
        load_s: started.elapsed().as_secs_f64(),
        loaded,
    })
}

/// Tells the user what reading found that is no mistake.
pub(crate) fn say_notices(prepared: &Prepared) {
    for notice in &prepared.loaded.notices {
        let times = if notice.count > 1 { format!(" ({}×)", notice.count) } else { String::new() };
        say(&format!("\x1b[33mnote:\x1b[0m {}{times}", notice.message));
    }
    if prepared.dropped > 0 {
        say(&format!(
            "\x1b[33mnote:\x1b[0m {} trips left out: they depart before the run begins or after it ends",
            prepared.dropped
        ));
    }
}

/// Makes a pool of threads and does something in it.
pub(crate) fn in_pool<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::Failed(anyhow::Error::new(error).context("failed to start threads")))?;
    Ok(pool.install(work))
}

/// A finished run as writers take it.
pub(crate) fn finished<'a>(prepared: &'a Prepared, simulated: &'a Simulated, program: &'a Program) -> FinishedRun<'a> {
    FinishedRun {
        loaded: &prepared.loaded,
        demand: &prepared.demand,
        trip_names: &prepared.trip_names,
        params: &prepared.loaded.run,
        movement_ends: &prepared.movement_ends,
        results: &simulated.results,
        without: simulated.without.as_ref(),
        end: simulated.last.as_ref().map_or(prepared.loaded.run.begin, |report| report.now),
        ended_because: simulated.ended_because,
        state_digest: simulated.state_digest,
        program,
        verdict: simulated.verdict.as_ref(),
    }
}

/// This program.
pub(crate) fn program() -> Program {
    Program {
        name: "citytwin".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: option_env!("CITYTWIN_BUILD").unwrap_or("unknown").to_owned(),
    }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the process at once.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if handler.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(crate::console::INTERRUPTED));
        }
    })
    .map_err(|error| Failure::Failed(anyhow::Error::new(error).context("failed to listen for Ctrl-C")))?;
    Ok(flag)
}
