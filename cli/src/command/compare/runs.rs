//! The runs of a comparison: one warm-up for all variants of a seed, seeds side by side, finished runs kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scenarios::compare::Outcome;
use scenarios::compare::comparison::Side;
use scenarios::error::{Problem, Problems};
use scenarios::loaded::Loaded;
use scenarios::read::setting::Setting;
use scenarios::read::what_if;
use scenarios::write::folder::{self, Overwrite, Wanted};
use scenarios::write::run::EndReason;
use sim_core::kpi::Results;

use crate::args::{CompareArgs, ScenarioArgs};
use crate::command::run::performance;
use crate::console::{Failure, say};
use crate::running::Running;
use crate::simulate::{self, Prepared};

/// The name of the scenario as it is.
const BASE: &str = "base";

/// A scenario with or without a variant, for one seed.
struct Task {
    name: String,
    loaded: Loaded,
    folder: PathBuf,
    is_done: bool,
}

impl Task {
    /// When it begins to differ from the base; `None` for the base.
    fn differs_from_ms(&self) -> Option<i64> {
        // Who is another from the beginning branches off before the first step.
        let from_start = self.loaded.is_other_from_start.then_some(i64::MIN);
        from_start.or_else(|| self.loaded.run.changes.iter().map(|change| change.from_ms).min())
    }
}

/// Runs that can be compared.
pub(super) struct Made {
    /// The scenario as it is.
    pub(super) base: Side,
    /// Its variants.
    pub(super) variants: Vec<Side>,
    /// Where the runs lie.
    pub(super) output: PathBuf,
}

/// Makes the runs. `None` if it was interrupted.
pub(super) fn make(args: &CompareArgs) -> Result<Option<Made>, Failure> {
    let stop = simulate::stop_flag()?;
    let (base, variants) = sides(args)?;
    let output = args.output.clone().unwrap_or_else(|| default_output(&base));
    check_output(&output)?;
    let first_seed = base.run.seed;
    let mut seeds: Vec<Vec<Task>> = Vec::new();
    for seed in (0..args.seeds.unwrap_or(10)).map(|n| first_seed.wrapping_add(n)) {
        let all = std::iter::once((BASE, &base)).chain(variants.iter().map(|(name, loaded)| (name.as_str(), loaded)));
        seeds.push(all.map(|(name, loaded)| task(args, &output, (name, loaded), seed)).collect());
    }
    let (n_runs, n_done) = (seeds.iter().flatten().count(), seeds.iter().flatten().filter(|task| task.is_done).count());
    if n_done > 0 && !args.quiet {
        say(&format!("{n_done} of {n_runs} runs are there already and are kept; --force makes them anew"));
    }
    let work = Work { args, stop: &stop, bar: bar(args, &seeds), saved_ms: AtomicU64::new(0) };
    work.all(&seeds)?;
    work.bar.finish_and_clear();
    if stop.load(Ordering::Relaxed) {
        let n_done = seeds.iter().flatten().filter(|task| is_done(task)).count();
        say(&format!("interrupted: {n_done} of {n_runs} runs are done and kept; the same command goes on from there"));
        return Ok(None);
    }
    let saved_s = work.saved_ms.load(Ordering::Relaxed) as f64 / 1000.0;
    if saved_s > 0.0 && !args.quiet {
        say(&format!("variants shared the time before their first change: {saved_s:.1} s of simulation saved"));
    }
    let mut sides: BTreeMap<usize, Side> = BTreeMap::new();
    for tasks in &seeds {
        for (index, task) in tasks.iter().enumerate() {
            let side = sides.entry(index).or_insert_with(|| Side { name: task.name.clone(), runs: Vec::new() });
            side.runs.push(Outcome::read(&task.folder)?);
        }
    }
    let mut sides = sides.into_values();
    let base = sides.next().expect("the base is the first side");
    Ok(Some(Made { base, variants: sides.collect(), output }))
}

/// The base and its variants. Without named variants, what is set makes the only one.
fn sides(args: &CompareArgs) -> Result<(Loaded, Vec<(String, Loaded)>), Failure> {
    let plain = |set: Vec<Setting>| ScenarioArgs { set, ..args.scenario.clone() };
    if args.variants.is_empty() && !args.scenario.set.is_empty() {
        let base = simulate::load(&plain(Vec::new()))?;
        let mut changed = simulate::load(&args.scenario)?;
        changed.is_other_from_start |= args.scenario.set.iter().any(|setting| !setting.is_of_changes());
        changed.variant = Some(what_if::SET.to_owned());
        return Ok((base, vec![(what_if::SET.to_owned(), changed)]));
    }
    let (of_changes, of_file): (Vec<Setting>, Vec<Setting>) =
        args.scenario.set.iter().cloned().partition(Setting::is_of_changes);
    if args.variants.len() > 1 && !of_changes.is_empty() {
        let hint = "name one variant, or write a what-if file for each";
        let message = format!("--set {}: which of the variants?\n  hint: {hint}", of_changes[0]);
        return Err(Failure::Usage(message));
    }
    let base = simulate::load(&plain(of_file))?;
    let variants = variants(args, &base, &of_changes)?;
    Ok((base, variants))
}

/// Reads every variant; all mistakes together.
fn variants(args: &CompareArgs, base: &Loaded, settings: &[Setting]) -> Result<Vec<(String, Loaded)>, Failure> {
    let source = simulate::source(&args.scenario, "variants")?;
    if args.variants.is_empty() {
        let known = what_if::names(&source);
        let hint = if known.is_empty() {
            "the scenario has none: write what-if/<name>.toml, or use --set".to_owned()
        } else {
            format!("the scenario has {}", known.join(", "))
        };
        return Err(Failure::Usage(format!("nothing to compare with\n  hint: name variants with --variants; {hint}")));
    }
    let (mut variants, mut problems) = (Vec::<(String, Loaded)>::new(), Problems::default());
    for name in &args.variants {
        if name == BASE || variants.iter().any(|(other, _)| other == name) {
            return Err(Failure::Usage(format!("--variants: {name:?} is there twice, or the name of the base")));
        }
        let mut loaded = base.clone();
        match what_if::apply_set(&mut loaded, source.clone(), Some(name), settings) {
            Ok(()) => variants.push((name.clone(), loaded)),
            Err(found) => problems.list.extend(found.list),
        }
    }
    problems.or_ok(())?;
    Ok(variants)
}

fn default_output(base: &Loaded) -> PathBuf {
    Path::new("citytwin-out").join(format!("{}-compare", super::super::run::file_name(&base.name)))
}

/// A folder for a comparison is empty or holds one.
fn check_output(output: &Path) -> Result<(), Problems> {
    let Ok(entries) = std::fs::read_dir(output) else { return Ok(()) };
    let is_ours = |name: &str| name == "runs" || name.trim_start_matches('.').starts_with("comparison.");
    let strange = entries.flatten().map(|entry| entry.file_name()).find(|name| !is_ours(&name.to_string_lossy()));
    match strange {
        Some(name) => Err(Problem::new(output, "holds other things than a comparison")
            .field("file", name.to_string_lossy())
            .hint("name another folder with -o")
            .into()),
        None => Ok(()),
    }
}

fn task(args: &CompareArgs, output: &Path, (name, loaded): (&str, &Loaded), seed: u64) -> Task {
    let mut loaded = loaded.clone();
    loaded.run.seed = seed;
    let folder = output.join("runs").join(super::super::run::file_name(name)).join(format!("seed-{seed}"));
    let mut task = Task { name: name.to_owned(), loaded, folder, is_done: false };
    task.is_done = !args.force && is_done(&task);
    task
}

/// Whether the folder of a task holds the very run: same program, inputs, variant, seed, times.
fn is_done(task: &Task) -> bool {
    let Ok(text) = std::fs::read_to_string(task.folder.join("summary.json")) else { return false };
    let Ok(found) = serde_json::from_str::<serde_json::Value>(&text) else { return false };
    let run = &task.loaded.run;
    let inputs: BTreeMap<&str, &str> =
        task.loaded.inputs.iter().map(|input| (input.name.as_str(), input.digest.as_str())).collect();
    let is_whole = match found["ended_because"].as_str() {
        Some("end_reached") => run.end.is_some_and(|end| found["end_s"] == serde_json::json!(end.s())),
        Some("all_arrived") => true,
        _ => false,
    };
    let expected = serde_json::json!({
        "program": simulate::program(),
        "inputs": inputs,
        "variant": task.loaded.variant,
        "seed": run.seed,
        "begin_s": run.begin.s(),
        "step_length_s": run.step_ms as f64 / 1000.0,
        "warm_up_s": run.warm_up_ms as f64 / 1000.0,
    });
    let same =
        |(key, value): (&String, &serde_json::Value)| found.get(key).unwrap_or(&serde_json::Value::Null) == value;
    is_whole && expected.as_object().is_some_and(|expected| expected.iter().all(same))
}

fn bar(args: &CompareArgs, seeds: &[Vec<Task>]) -> ProgressBar {
    let length: i64 = seeds.iter().flatten().filter(|task| !task.is_done).map(simulated_ms).sum();
    let target = if args.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(length.unsigned_abs()), target);
    let style = ProgressStyle::with_template("[{bar:30}] {msg}  {eta} left").expect("the template is well formed");
    bar.set_style(style.progress_chars("=> "));
    bar
}

/// Time that a run simulates, one hour where it ends with the last arrival.
fn simulated_ms(task: &Task) -> i64 {
    let run = &task.loaded.run;
    run.end.map_or(3_600_000, |end| end.0 - run.begin.0)
}

/// What the workers share.
struct Work<'a> {
    args: &'a CompareArgs,
    stop: &'a AtomicBool,
    bar: ProgressBar,
    saved_ms: AtomicU64,
}

impl Work<'_> {
    /// Seeds side by side, each run on one thread: results do not depend on it.
    fn all(&self, seeds: &[Vec<Task>]) -> Result<(), Failure> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let n_workers = self.args.scenario.threads.map_or(cores, usize::from).min(seeds.len());
        let next = AtomicU64::new(0);
        let failures: Vec<Failure> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..n_workers).map(|_| scope.spawn(|| self.some(seeds, &next))).collect();
            workers.into_iter().filter_map(|worker| worker.join().expect("a worker does not panic").err()).collect()
        });
        failures.into_iter().next().map_or(Ok(()), Err)
    }

    /// One seed after the other, as long as there are any; a failure ends the others, too.
    fn some(&self, seeds: &[Vec<Task>], next: &AtomicU64) -> Result<(), Failure> {
        while let Some(tasks) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
            let done = simulate::in_pool(Some(1), || self.seed(tasks)).and_then(|done| done);
            if done.is_err() {
                self.stop.store(true, Ordering::Relaxed);
                return done;
            }
        }
        Ok(())
    }

    /// The base of a seed up to each variant's first change, then its variants from there.
    fn seed(&self, tasks: &[Task]) -> Result<(), Failure> {
        let (base, variants) = tasks.split_first().expect("the base is the first task");
        let mut due: Vec<&Task> = variants.iter().filter(|task| !task.is_done).collect();
        if (base.is_done && due.is_empty()) || self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        // A variant without changes is the base under another name.
        due.sort_by_key(|task| task.differs_from_ms().unwrap_or(i64::MIN));
        let prepared = simulate::build(base.loaded.clone())?;
        let params = &prepared.loaded.run;
        let mut running = Running::begin(&prepared, params);
        let mut forks: Vec<(&Task, Running)> = Vec::new();
        for (index, task) in due.into_iter().enumerate() {
            let from_ms = task.differs_from_ms().unwrap_or(i64::MIN);
            if let Some(EndReason::Interrupted) = self.go_on(&mut running, &prepared, Some(from_ms)) {
                return Ok(());
            }
            if from_ms > params.begin.0 && (index > 0 || !base.is_done) {
                self.saved_ms.fetch_add((1000.0 * running.wall_s()) as u64, Ordering::Relaxed);
            }
            forks.push((task, running.fork()));
        }
        // What a variant's outage costs is told against its base, so a base that is there already is made again for it.
        let has_changes = |task: &Task| !task.loaded.run.changes.is_empty();
        let mut without = None;
        if !base.is_done || forks.iter().any(|(task, _)| has_changes(task)) {
            without = self.finish(base, running, &prepared, None)?;
        }
        for (task, fork) in forks {
            let prepared = simulate::build(task.loaded.clone())?;
            let is_other = task.loaded.is_other_from_start;
            let fork = if is_other { Running::begin(&prepared, &prepared.loaded.run) } else { fork };
            self.finish(task, fork, &prepared, without.as_ref().filter(|_| has_changes(task)))?;
        }
        Ok(())
    }

    fn go_on(&self, running: &mut Running, prepared: &Prepared, until_ms: Option<i64>) -> Option<EndReason> {
        let params = &prepared.loaded.run;
        let step_ms = params.step_ms.unsigned_abs();
        running.go_on(prepared, params, until_ms, &mut |_| self.bar.inc(step_ms), self.stop)
    }

    /// Takes a run to its end and writes it, unless it was interrupted or is there already. Gives what it measured.
    fn finish(
        &self,
        task: &Task,
        mut running: Running,
        prepared: &Prepared,
        without: Option<&Results>,
    ) -> Result<Option<Results>, Failure> {
        self.bar.set_message(format!("{}, seed {}", task.name, task.loaded.run.seed));
        let ended_because = self.go_on(&mut running, prepared, None).unwrap_or(EndReason::Interrupted);
        if ended_because == EndReason::Interrupted {
            return Ok(None);
        }
        let mut simulated = running.finish(prepared, &prepared.loaded.run, ended_because);
        if task.is_done {
            return Ok(Some(simulated.results));
        }
        simulated.without = without.cloned();
        let program = simulate::program();
        let run = simulate::finished(prepared, &simulated, &program);
        let wanted = Wanted { format: super::format(self.args), extras: Vec::new() };
        folder::write(&run, &performance(prepared, &simulated, &run), &wanted, &task.folder, Overwrite::OwnResults)?;
        Ok(Some(simulated.results))
    }
}
