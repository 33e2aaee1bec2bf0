//! `citytwin signals optimize`: better greens, cycles and offsets.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scenarios::loaded::Loaded;
use scenarios::signals::export;
use scenarios::signals::optimize::evaluate::{Case, Evaluator, Totals, Weights, case};
use scenarios::signals::optimize::model::Streams;
use scenarios::signals::optimize::orders::{Stages, variants};
use scenarios::signals::optimize::outcome::{Row, rows};
use scenarios::signals::optimize::search::{Point, Space};
use scenarios::signals::optimize::start::{plans_of, starts};
use scenarios::signals::optimize::{Bounds, space, write};
use scenarios::write::csv::fixed;
use scenarios::write::folder::{self, Overwrite};
use scenarios::write::run::calibration;
use scenarios::write::summary::to_json;
use sim_core::ids::SignalId;

use crate::args::{OptimizeArgs, StageChoice};
use crate::console::{Failure, INTERRUPTED, data, say};
use crate::planner::{align, table};
use crate::{engine_api, simulate};

/// Steps of the simulated search.
const STEPS_MS: [i64; 4] = [8000, 4000, 2000, 1000];
/// Starts of the model that are simulated, and those with other stages.
const N_STARTS: usize = 8;
const N_OTHER_STARTS: usize = 2;
/// The seeds of the test begin so far behind those of the search.
const TEST_SEEDS_FROM: u64 = 1000;
const TEST_SCALES: [f64; 3] = [0.9, 1.0, 1.1];

/// What was found.
struct Found {
    /// The plans that were searched: those in force, or with other stages.
    space: Space,
    best: Point,
    trials: usize,
    is_cut: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &OptimizeArgs) -> Result<ExitCode, Failure> {
    folder::check(&args.files.output, if args.files.force { Overwrite::Force } else { Overwrite::Never })?;
    let weights = weights(args)?;
    let bounds = bounds(args)?;
    let loaded = simulate::load(&args.scenario)?;
    let wanted = export::chosen(&loaded, &args.signal)?;
    let streams = Streams::new(&loaded, &engine_api::build_demand(&loaded)?.demand);
    let (space, left_out) = space(&loaded, &wanted, bounds, &streams);
    if !args.files.quiet {
        left_out.iter().for_each(|words| say(&format!("\x1b[33mnote:\x1b[0m {words}")));
    }
    if space.frames.is_empty() {
        return Err(Failure::Usage(format!("no plan can be searched: {}", left_out.join("; "))));
    }
    let stop = simulate::stop_flag()?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = args.scenario.threads.map_or(cores, usize::from);
    let found = search(args, &loaded, (&space, &streams, weights), threads, &stop)?;
    // Ctrl-C ends the search. What it found is written before it is tested: a second Ctrl-C ends the program, and loses
    // nothing but the test.
    keep(args, &loaded, (&space, &found), &[])?;
    if found.is_cut && !args.files.quiet {
        let folder = args.files.output.display();
        say(&format!("search stopped; the best so far is in {folder}, and is tested now: Ctrl-C again ends that"));
    }
    let tested = test(args, &loaded, (&space, &found), threads)?;
    let names = keep(args, &loaded, (&space, &found), &tested)?;
    let text = if args.json { to_json(&tested) } else { report(&loaded, &space, &found, &tested) };
    data(&text)?;
    if !args.files.quiet {
        say(&format!("in {}: {}", args.files.output.display(), names.join(", ")));
    }
    Ok(if found.is_cut { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// Writes what was found, with its test as far as there is one; gives the names of the files.
fn keep(
    args: &OptimizeArgs,
    loaded: &Loaded,
    (own, found): (&Space, &Found),
    tested: &[Row],
) -> Result<Vec<String>, Failure> {
    let how = format!(
        "Found by citytwin signals optimize in {} trials of {} seeds from {} on, for {}.{} {}",
        found.trials,
        args.seeds,
        loaded.run.seed,
        args.weights,
        if found.is_cut { " The search was interrupted." } else { "" },
        verdict(tested)
    );
    let is_sumo = loaded.path.extension().is_some_and(|extension| extension == "sumocfg");
    let files = write::made(loaded, own, (&found.space, &found.best), (tested, &how), is_sumo)?;
    export::put(&args.files.output, &files)?;
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

fn weights(args: &OptimizeArgs) -> Result<Weights, Failure> {
    let mut weights = Weights { delay: 0.0, person_delay: 0.0, stops: 0.0, co2: 0.0 };
    for part in args.weights.split(',') {
        let (name, value) = part.split_once('=').unwrap_or((part, "1"));
        let value: f64 = value.trim().parse().ok().filter(|value: &f64| *value >= 0.0).ok_or_else(|| {
            Failure::Usage(format!(
                "--for: {value:?} is no weight\n  hint: write names with weights, such as delay=1,stops=10"
            ))
        })?;
        match name.trim() {
            "delay" => weights.delay = value,
            "person-delay" => weights.person_delay = value,
            "stops" => weights.stops = value,
            "co2" => weights.co2 = value,
            other => {
                return Err(Failure::Usage(format!(
                    "--for: {other:?} cannot be optimized; allowed: delay, person-delay, stops, co2"
                )));
            }
        }
    }
    if [weights.delay, weights.person_delay, weights.stops, weights.co2].iter().all(|weight| *weight == 0.0) {
        return Err(Failure::Usage("--for: all weights are zero".to_owned()));
    }
    Ok(weights)
}

fn bounds(args: &OptimizeArgs) -> Result<Bounds, Failure> {
    let ms = |seconds: f64| (seconds * 1000.0).round() as i64;
    for (name, value, least, most) in [
        ("--min-green", args.min_green, 1.0, 120.0),
        ("--min-cycle", args.min_cycle, 10.0, 600.0),
        ("--max-cycle", args.max_cycle, args.min_cycle, 600.0),
    ] {
        if !(least..=most).contains(&value) {
            return Err(Failure::Usage(format!("{name} is {value}; allowed: {least} to {most}")));
        }
    }
    Ok(Bounds {
        least_green_ms: ms(args.min_green),
        least_cycle_ms: ms(args.min_cycle),
        greatest_cycle_ms: ms(args.max_cycle),
        keeps_cycles: args.keep_cycles,
    })
}

/// Values points by simulation, and shows how far it is.
struct Trials<'a> {
    evaluator: Evaluator,
    cases: Vec<Case>,
    weights: Weights,
    stop: &'a AtomicBool,
    bar: ProgressBar,
    first: Option<f64>,
    best: f64,
    n: usize,
}

impl Trials<'_> {
    fn evaluate(&mut self, space: &Space, points: &[Point]) -> Vec<Option<f64>> {
        let plans: Vec<_> = points.iter().map(|point| plans_of(space, point)).collect();
        let totals = self.evaluator.run(&plans, &self.cases, self.stop, &|| self.bar.tick());
        let values: Vec<Option<f64>> = totals.iter().map(|runs| value(&self.weights, runs)).collect();
        for value in values.iter().flatten() {
            self.n += 1;
            self.best = self.best.min(*value);
            let own = *self.first.get_or_insert(*value);
            self.bar.set_message(format!("{} before, best {}", fixed(own, 2), fixed(self.best, 2)));
        }
        self.bar.set_position(self.n as u64);
        values
    }

    /// The points with their values, best first; those not finished are left out.
    fn ranked(&mut self, space: &Space, points: Vec<Point>) -> Vec<(Point, f64)> {
        let values = self.evaluate(space, &points);
        let mut ranked: Vec<(Point, f64)> =
            points.into_iter().zip(values).filter_map(|(point, value)| Some((point, value?))).collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        ranked
    }
}

fn search(
    args: &OptimizeArgs,
    loaded: &Loaded,
    (own, streams, weights): (&Space, &Streams, Weights),
    threads: usize,
    stop: &AtomicBool,
) -> Result<Found, Failure> {
    let first_seed = loaded.run.seed;
    let cases: Vec<Case> =
        (0..args.seeds).map(|n| case(loaded, first_seed.wrapping_add(n), 1.0)).collect::<Result<_, _>>()?;
    let bar = bar(args.trials, args.files.quiet);
    bar.set_message("the model looks for starts");
    let evaluator = Evaluator::new(loaded, threads, weights.co2 > 0.0)?;
    let mut trials = Trials { evaluator, cases, weights, stop, bar, first: None, best: f64::INFINITY, n: 0 };
    let others: Vec<(SignalId, _)> = loaded
        .signals
        .plans
        .enumerate()
        .filter(|(signal, _)| own.frames.iter().all(|frame| frame.signal != *signal))
        .map(|(signal, plan)| (signal, plan.clone()))
        .collect();
    let mut points = vec![own.own()];
    points.extend(starts(own, streams, &others, N_STARTS, stop).into_iter().map(|(point, _)| point));
    points.truncate(args.trials.max(1));
    let (mut space, mut ranked) = (own.clone(), trials.ranked(own, points));
    let allowed = match args.stages {
        StageChoice::Keep => Stages::Keep,
        StageChoice::Fewer => Stages::Fewer,
        StageChoice::Any => Stages::Any,
    };
    for at in 0..own.frames.len() {
        for frame in variants(&loaded.parts, &own.frames[at], allowed) {
            let mut with = space.clone();
            with.frames[at] = frame;
            let begun: Vec<Point> =
                starts(&with, streams, &others, N_OTHER_STARTS, stop).into_iter().map(|(point, _)| point).collect();
            if trials.n + begun.len() > args.trials {
                break;
            }
            let found = trials.ranked(&with, begun);
            let is_better = |least: &(Point, f64)| ranked.first().is_none_or(|best| least.1 < best.1);
            if found.first().is_some_and(is_better) {
                (space, ranked) = (with, found);
            }
        }
    }
    let mut left = args.trials.saturating_sub(trials.n);
    let mut evaluate = |points: &[Point]| trials.evaluate(&space, points);
    let best = space.search(&ranked, &STEPS_MS, &mut evaluate, &mut left).map_or_else(|| space.own(), |best| best.0);
    trials.bar.finish_and_clear();
    Ok(Found { space, best, trials: trials.n, is_cut: stop.load(Ordering::Relaxed) })
}

/// Mean over all runs of a plan; `None` if one was not finished.
fn value(weights: &Weights, runs: &[Option<Totals>]) -> Option<f64> {
    let values: Option<Vec<f64>> = runs.iter().map(|totals| totals.map(|totals| weights.of(&totals))).collect();
    values.filter(|values| !values.is_empty()).map(|values| values.iter().sum::<f64>() / values.len() as f64)
}

fn bar(trials: usize, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(trials as u64), target);
    let style =
        ProgressStyle::with_template("[{bar:30}] {pos}/{len} plans  {msg}  at most {eta} left; Ctrl-C keeps the best")
            .expect("the template is well formed");
    bar.set_style(style.progress_chars("=> "));
    bar
}

/// Before and after, on seeds and demand that the search did not see.
fn test(
    args: &OptimizeArgs,
    loaded: &Loaded,
    (own, found): (&Space, &Found),
    threads: usize,
) -> Result<Vec<Row>, Failure> {
    let first_seed = loaded.run.seed.wrapping_add(TEST_SEEDS_FROM);
    let mut cases: Vec<Case> = Vec::new();
    for scale in TEST_SCALES {
        for n in 0..args.test_seeds {
            cases.push(case(loaded, first_seed.wrapping_add(n), scale)?);
        }
    }
    let evaluator = Evaluator::new(loaded, threads, true)?;
    let plans = [plans_of(own, &own.own()), plans_of(&found.space, &found.best)];
    let bar = bar(plans.len() * cases.len(), args.files.quiet);
    bar.set_style(
        ProgressStyle::with_template("[{bar:30}] {pos}/{len} runs of the test  {eta} left").expect("well formed"),
    );
    let totals = evaluator.run(&plans, &cases, &AtomicBool::new(false), &|| bar.inc(1));
    bar.finish_and_clear();
    Ok(rows(&cases, &totals[0], &totals[1]))
}

/// Whether delay became less, in words.
fn verdict(tested: &[Row]) -> String {
    let Some(row) = tested.iter().rfind(|row| row.measure == "delay") else {
        return "Not tested on seeds and demand that the search did not see.".to_owned();
    };
    let scope = format!("on {} runs with seeds and demand that the search did not see", row.runs);
    let (low, high) = (row.low.unwrap_or(f64::NAN), row.high.unwrap_or(f64::NAN));
    if row.is_less() {
        format!(
            "Delay per vehicle: {} s before, {} s after ({} %; 95 % interval of the difference {} to {} s), {scope}.",
            fixed(row.before, 1),
            fixed(row.after, 1),
            fixed(row.difference_pct, 1),
            fixed(low, 2),
            fixed(high, 2)
        )
    } else {
        format!(
            "The gain is not significant: delay per vehicle {} s before, {} s after, 95 % interval of the difference {} to {} s, {scope}.",
            fixed(row.before, 1),
            fixed(row.after, 1),
            fixed(low, 2),
            fixed(high, 2)
        )
    }
}

fn report(loaded: &Loaded, space: &Space, found: &Found, tested: &[Row]) -> String {
    let seconds = |ms: i64| fixed(ms as f64 / 1000.0, if ms % 1000 == 0 { 0 } else { 1 });
    let mut plans = table(&["signal", "cycle s", "offset s", "greens s", "new cycle", "new offset", "new greens"]);
    let after = found.space.frames.iter().zip(&found.best);
    for (frame, (new, timing)) in space.frames.iter().zip(after) {
        let own = frame.timing();
        let list = |values: &[i64]| values.iter().map(|&ms| seconds(ms)).collect::<Vec<_>>().join(" ");
        plans.add_row(vec![
            loaded.names.signals[frame.signal.index()].clone(),
            seconds(frame.cycle_ms(&own)),
            seconds(own.offset_ms),
            list(&own.greens_ms),
            seconds(new.cycle_ms(timing)),
            seconds(timing.offset_ms),
            list(&timing.greens_ms),
        ]);
    }
    align(&mut plans);
    let mut effects = table(&["demand", "per vehicle", "runs", "before", "after", "difference", "%", "95 % interval"]);
    for row in tested {
        let decimals = if row.unit == "s" { 2 } else { 3 };
        let interval = match (row.low, row.high) {
            (Some(low), Some(high)) => format!("{} to {}", fixed(low, decimals), fixed(high, decimals)),
            _ => "–".to_owned(),
        };
        effects.add_row(vec![
            row.demand_scale.map_or_else(|| "all".to_owned(), |scale| format!("{} %", fixed(100.0 * scale, 0))),
            format!("{} {}", row.measure, row.unit).trim_end().to_owned(),
            row.runs.to_string(),
            fixed(row.before, decimals),
            fixed(row.after, decimals),
            fixed(row.difference, decimals),
            fixed(row.difference_pct, 1),
            interval,
        ]);
    }
    align(&mut effects);
    format!("{plans}\n\n{effects}\n\n{}\n{}\n", verdict(tested), calibration(loaded.is_calibrated))
}
