//! `citytwin run`: one run of a scenario and its results.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use scenarios::write::folder::{self, Extra, Format, Overwrite, Wanted};
use scenarios::write::run::{EndReason, FinishedRun, clock};
use scenarios::write::summary::{Performance, summary, to_json};

use crate::args::{AlsoOutput, RunArgs, TableFormat};
use crate::console::{Failure, INTERRUPTED, data, say};
use crate::progress::Progress;
use crate::simulate::{self, Prepared, Simulated};
use crate::{engine_api, planner, running, usage};

/// Runs the verb.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let stop = simulate::stop_flag()?;
    simulate::in_pool(args.scenario.threads, || run_in_pool(args, &stop))?
}

fn run_in_pool(args: &RunArgs, stop: &AtomicBool) -> Result<ExitCode, Failure> {
    if let Some(output) = &args.output {
        folder::check(output, overwrite(args))?;
    }
    let mut prepared = simulate::prepare(&args.scenario)?;
    prepared.loaded.run.interactions |= args.also.contains(&AlsoOutput::Interactions);
    let output = output(args, &prepared);
    folder::check(&output, overwrite(args))?;
    if !args.quiet {
        simulate::say_notices(&prepared);
    }

    let params = &prepared.loaded.run;
    let mut progress = Progress::new(params, prepared.demand.trips.len() as u64, args.quiet);
    let simulated = running::simulate(&prepared, params, &mut |report| progress.show(report), stop);
    progress.finish();

    let program = simulate::program();
    let run = simulate::finished(&prepared, &simulated, &program);
    if simulated.last.is_none() && simulated.ended_because == EndReason::Interrupted {
        say("interrupted before the first step; nothing was written");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let performance = performance(&prepared, &simulated, &run);
    folder::write(&run, &performance, &wanted(args), &output, overwrite(args))?;
    if args.json {
        data(&to_json(&summary(&run)))?;
    } else if !args.quiet {
        data(&planner::report(&run))?;
    }
    if !args.quiet {
        say_end(&simulated, &run, &performance, &output);
    }
    let was_interrupted = simulated.ended_because == EndReason::Interrupted;
    Ok(if was_interrupted { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

fn say_end(simulated: &Simulated, run: &FinishedRun<'_>, performance: &Performance, output: &Path) {
    if let Some(gridlock) = engine_api::gridlock(run) {
        say(&format!("\x1b[1;33mgridlock:\x1b[0m {gridlock}"));
    }
    if simulated.ended_because == EndReason::Interrupted {
        say(&format!("interrupted at {}; the tables are complete up to then", clock(run.end)));
    }
    let factor = performance.real_time_factor.map_or_else(String::new, |factor| format!(", {factor:.0}× real time"));
    say(&format!("simulated in {:.1} s{factor}", performance.wall_s));
    say(&format!("results: {}", output.display()));
}

fn overwrite(args: &RunArgs) -> Overwrite {
    match (args.force, &args.output) {
        (true, _) => Overwrite::Force,
        (false, Some(_)) => Overwrite::Never,
        (false, None) => Overwrite::OwnResults,
    }
}

fn output(args: &RunArgs, prepared: &Prepared) -> PathBuf {
    args.output.clone().unwrap_or_else(|| {
        let name = file_name(&prepared.loaded.name);
        let variant = prepared.loaded.variant.as_ref().map_or_else(String::new, |variant| format!("-{variant}"));
        Path::new("citytwin-out").join(format!("{name}{variant}-seed{}", prepared.loaded.run.seed))
    })
}

/// A name with only what every file system takes.
pub(super) fn file_name(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.') { letter } else { '-' })
        .collect()
}

fn wanted(args: &RunArgs) -> Wanted {
    let format = match args.format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Parquet => Format::Parquet,
    };
    let mut extras: Vec<Extra> = args
        .also
        .iter()
        .filter_map(|also| match also {
            AlsoOutput::Tripinfo => Some(Extra::Tripinfo),
            AlsoOutput::Edgedata => Some(Extra::EdgeData),
            AlsoOutput::Geojson => Some(Extra::Geojson),
            // Two more tables, which are measured while it runs.
            AlsoOutput::Interactions => None,
        })
        .collect();
    extras.sort_unstable();
    extras.dedup();
    Wanted { format, extras }
}

pub(super) fn performance(prepared: &Prepared, simulated: &Simulated, run: &FinishedRun<'_>) -> Performance {
    let simulated_s = (run.end.0 - run.params.begin.0) as f64 / 1000.0;
    let updates = simulated.results.vehicle_updates;
    Performance {
        threads: rayon::current_num_threads(),
        wall_s: simulated.wall_s,
        cpu_s: simulated.cpu_s,
        load_s: prepared.load_s,
        vehicle_updates: updates,
        vehicle_updates_per_cpu_s: (simulated.cpu_s > 0.0).then(|| updates as f64 / simulated.cpu_s),
        real_time_factor: (simulated.wall_s > 0.0).then(|| simulated_s / simulated.wall_s),
        peak_rss_mib: usage::own_peak_rss_mib(),
        passes: simulated.passes.clone(),
    }
}
