//! `citytwin bench`: CPU time per vehicle-second, by number of threads, alone or beside SUMO.
//!
//! Loading is left out on both sides: ours by measuring around the steps, SUMO's by taking off the CPU time of a run
//! that ends where it begins. Beside SUMO both leave the same behind, trips (`tripinfo`) and links by interval
//! (`edgeData`), and writing counts; we write our own tables, too. Runs take turns, so that both meet the same machine;
//! medians are compared.

mod sumo;

use std::fmt::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use scenarios::write::csv::fixed;
use scenarios::write::folder::{self, Extra, Format, Overwrite, Wanted};
use scenarios::write::summary::to_json;
use scenarios::write::totals::quantile;
use serde::Serialize;

use crate::args::BenchArgs;
use crate::console::{Failure, INTERRUPTED, data, say};
use crate::simulate::{self, Prepared};
use crate::{running, usage};

/// How far vehicle-seconds of both programs may lie apart before their times are not comparable.
const TOLERANCE: f64 = 0.05;

/// The figures of one number of threads.
#[derive(Clone, PartialEq, Debug, Serialize)]
struct Figures {
    threads: u16,
    runs: usize,
    cpu_s: f64,
    wall_s: f64,
    vehicle_seconds: f64,
    vehicle_updates: u64,
    vehicle_updates_per_cpu_s: f64,
    ns_per_vehicle_second: f64,
    real_time_factor: f64,
}

/// SUMO's figures and the comparison.
#[derive(Clone, PartialEq, Debug, Serialize)]
struct Comparison {
    version: String,
    cpu_s: f64,
    load_cpu_s: f64,
    peak_rss_mib: Option<f64>,
    vehicle_seconds: f64,
    ns_per_vehicle_second: f64,
    vehicle_seconds_ratio: f64,
    is_comparable: bool,
    cpu_ratio: f64,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
struct Bench {
    scenario: String,
    seed: u64,
    machine: String,
    date: String,
    version: String,
    load_s: f64,
    peak_rss_mib: Option<f64>,
    citytwin: Vec<Figures>,
    sumo: Option<Comparison>,
}

/// Runs the verb.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode, Failure> {
    let stop = simulate::stop_flag()?;
    // SUMO computes no emissions unless asked to: beside it, neither do we.
    let mut scenario = args.scenario.clone();
    scenario.no_emissions |= args.sumo.is_some();
    let mut prepared = simulate::in_pool(scenario.threads, || simulate::prepare(&scenario))??;
    if let Some(until_ms) = args.until {
        if until_ms <= prepared.loaded.run.begin.0 {
            return Err(Failure::Usage("--until is not after the beginning of the run".to_owned()));
        }
        prepared.loaded.run.end = Some(sim_core::units::SimTime(until_ms));
    }
    let sumo = args.sumo.as_deref().map(|program| sumo::Sumo::new(program, &prepared.loaded)).transpose()?;
    let mut measured: Vec<Vec<Figures>> = vec![Vec::new(); args.threads_list.len()];
    let mut beside: Vec<sumo::Measured> = Vec::new();
    for pair in 1..=args.pairs {
        for (&threads, runs) in args.threads_list.iter().zip(&mut measured) {
            say(&format!("run {pair} of {}: citytwin, {threads} threads", args.pairs));
            let Some(figures) =
                simulate::in_pool(Some(threads), || one_run(&prepared, threads, sumo.is_some(), &stop))??
            else {
                say("interrupted");
                return Ok(ExitCode::from(INTERRUPTED));
            };
            runs.push(figures);
        }
        if let Some(sumo) = &sumo {
            say(&format!("run {pair} of {}: SUMO", args.pairs));
            let run = sumo.run()?;
            // SUMO hears the same interrupt and ends early, as if all were well.
            if stop.load(Ordering::Relaxed) {
                say("interrupted");
                return Ok(ExitCode::from(INTERRUPTED));
            }
            beside.push(run);
        }
    }
    let citytwin: Vec<Figures> = measured.iter().map(|runs| middle(runs)).collect();
    let bench = Bench {
        scenario: prepared.loaded.name.clone(),
        seed: prepared.loaded.run.seed,
        machine: machine(),
        date: jiff::Zoned::now().strftime("%Y-%m-%d").to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        load_s: prepared.load_s,
        peak_rss_mib: usage::own_peak_rss_mib(),
        sumo: sumo.map(|sumo| compare(&citytwin[0], &beside, sumo.version)),
        citytwin,
    };
    data(&if args.json { to_json(&bench) } else { text(&bench) })?;
    Ok(ExitCode::SUCCESS)
}

/// One run, with what it writes if that is to count; `None` if it was interrupted.
fn one_run(prepared: &Prepared, threads: u16, writes: bool, stop: &AtomicBool) -> Result<Option<Figures>, Failure> {
    let params = &prepared.loaded.run;
    let simulated = running::simulate(prepared, params, &mut |_| {}, stop);
    if simulated.ended_because == scenarios::write::run::EndReason::Interrupted {
        return Ok(None);
    }
    let (written_cpu_s, written_wall_s) = if writes { write(prepared, &simulated)? } else { (0.0, 0.0) };
    let (cpu_s, wall_s) = (simulated.cpu_s + written_cpu_s, simulated.wall_s + written_wall_s);
    let step_s = params.step_ms as f64 / 1000.0;
    let updates = simulated.results.vehicle_updates;
    let vehicle_seconds = updates as f64 * step_s;
    let simulated_s = simulated.last.as_ref().map_or(0.0, |report| (report.now.0 - params.begin.0) as f64 / 1000.0);
    Ok(Some(Figures {
        threads,
        runs: 1,
        cpu_s,
        wall_s,
        vehicle_seconds,
        vehicle_updates: updates,
        vehicle_updates_per_cpu_s: updates as f64 / cpu_s.max(1e-9),
        ns_per_vehicle_second: 1e9 * cpu_s / vehicle_seconds.max(1e-9),
        real_time_factor: simulated_s / wall_s.max(1e-9),
    }))
}

/// Writes all results of a run, those in SUMO's formats too, to a folder that is removed; CPU and wall-clock seconds.
fn write(prepared: &Prepared, simulated: &simulate::Simulated) -> Result<(f64, f64), Failure> {
    let (started, cpu_s_before) = (Instant::now(), usage::own_cpu_s());
    let program = simulate::program();
    let run = simulate::finished(prepared, simulated, &program);
    let performance = super::run::performance(prepared, simulated, &run);
    let wanted = Wanted { format: Format::Csv, extras: vec![Extra::Tripinfo, Extra::EdgeData] };
    let folder = tempfile::tempdir()?;
    folder::write(&run, &performance, &wanted, &folder.path().join("results"), Overwrite::Never)?;
    let wall_s = started.elapsed().as_secs_f64();
    let cpu_s = usage::own_cpu_s().zip(cpu_s_before).map_or(wall_s, |(after_s, before_s)| after_s - before_s);
    Ok((cpu_s, wall_s))
}

/// The medians of some runs.
fn middle(runs: &[Figures]) -> Figures {
    let of = |value: fn(&Figures) -> f64| median(runs.iter().map(value));
    Figures {
        runs: runs.len(),
        cpu_s: of(|run| run.cpu_s),
        wall_s: of(|run| run.wall_s),
        vehicle_updates_per_cpu_s: of(|run| run.vehicle_updates_per_cpu_s),
        ns_per_vehicle_second: of(|run| run.ns_per_vehicle_second),
        real_time_factor: of(|run| run.real_time_factor),
        ..runs[0].clone()
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    quantile(&values, 0.5).unwrap_or(0.0)
}

fn compare(ours: &Figures, runs: &[sumo::Measured], version: String) -> Comparison {
    let load_cpu_s = median(runs.iter().map(|run| run.load_cpu_s));
    let cpu_s = median(runs.iter().map(|run| run.cpu_s - run.load_cpu_s));
    let vehicle_seconds = median(runs.iter().map(|run| run.vehicle_seconds));
    let ratio = ours.vehicle_seconds / vehicle_seconds.max(1e-9);
    Comparison {
        version,
        cpu_s,
        load_cpu_s,
        peak_rss_mib: usage::children_peak_rss_mib(),
        vehicle_seconds,
        ns_per_vehicle_second: 1e9 * cpu_s / vehicle_seconds.max(1e-9),
        vehicle_seconds_ratio: ratio,
        is_comparable: (ratio - 1.0).abs() <= TOLERANCE,
        cpu_ratio: cpu_s / ours.cpu_s.max(1e-9),
    }
}

fn text(bench: &Bench) -> String {
    let mut text = format!(
        "{}, seed {}; citytwin {}; {}; {}\nloading {:.2} s, not counted below; {}; peak memory {} MiB; medians of {} runs\n\n",
        bench.scenario,
        bench.seed,
        bench.version,
        bench.machine,
        bench.date,
        bench.load_s,
        if bench.sumo.is_some() { "both write trips and links, which counts" } else { "nothing is written" },
        mib(bench.peak_rss_mib),
        bench.citytwin[0].runs,
    );
    text.push_str("threads    CPU s   wall s   vehicle-s  updates/CPU s  ns/vehicle-s  × real time\n");
    for run in &bench.citytwin {
        writeln!(
            text,
            "{:>7} {:>8.2} {:>8.2} {:>11.0} {:>14.0} {:>13.0} {:>12.0}",
            run.threads,
            run.cpu_s,
            run.wall_s,
            run.vehicle_seconds,
            run.vehicle_updates_per_cpu_s,
            run.ns_per_vehicle_second,
            run.real_time_factor,
        )
        .expect("writing to memory cannot fail");
    }
    let Some(sumo) = &bench.sumo else { return text };
    writeln!(
        text,
        "\n{}: {:.2} CPU s without {:.2} CPU s of loading; {:.0} vehicle-s; {:.0} ns/vehicle-s; peak memory {} MiB",
        sumo.version,
        sumo.cpu_s,
        sumo.load_cpu_s,
        sumo.vehicle_seconds,
        sumo.ns_per_vehicle_second,
        mib(sumo.peak_rss_mib),
    )
    .expect("writing to memory cannot fail");
    text.push_str(&if sumo.is_comparable {
        format!(
            "citytwin takes {:.1} times less CPU than SUMO (vehicle-seconds: {:.1} % of SUMO's)\n",
            sumo.cpu_ratio,
            100.0 * sumo.vehicle_seconds_ratio
        )
    } else {
        format!(
            "not comparable: citytwin simulated {:.1} % of SUMO's vehicle-seconds, more than {:.0} % apart (CPU ratio {:.1})\n",
            100.0 * sumo.vehicle_seconds_ratio,
            100.0 * TOLERANCE,
            sumo.cpu_ratio
        )
    });
    text
}

fn mib(memory_mib: Option<f64>) -> String {
    memory_mib.map_or_else(|| "?".to_owned(), |mib| fixed(mib, 0))
}

/// Processor and number of cores, as far as the system tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let model = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|info| {
            let line = info.lines().find(|line| line.starts_with("model name"))?;
            line.split_once(':').map(|(_, model)| model.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{model}, {cores} cores")
}
