//! A run that goes on step by step, up to an instant or to its end, and from which others can branch off.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use scenarios::observed::judge::judge;
use scenarios::write::run::EndReason;
use sim_core::engine::Pass;
use sim_core::engine::params::RunParams;

use crate::engine_api::{self, Recorder, Scratch, StepReport, World};
use crate::simulate::{Prepared, Simulated};
use crate::usage;

/// A run in the making.
pub(crate) struct Running {
    world: World,
    recorder: Recorder,
    scratch: Scratch,
    stopwatch: Arc<Mutex<Stopwatch>>,
    last: Option<StepReport>,
    wall_s: f64,
    cpu_s: f64,
}

impl Running {
    /// A run at its beginning.
    pub(crate) fn begin(prepared: &Prepared, params: &RunParams) -> Self {
        let world = World::new(&prepared.city, &prepared.demand, params);
        let recorder = Recorder::new(&prepared.city, &prepared.demand, params);
        Self::at(world, recorder, None)
    }

    fn at(world: World, recorder: Recorder, last: Option<StepReport>) -> Self {
        let stopwatch = Arc::new(Mutex::new(Stopwatch::default()));
        let clock = Arc::clone(&stopwatch);
        let mut scratch = Scratch::default();
        scratch.on_pass =
            Some(Box::new(move |pass| clock.lock().unwrap_or_else(PoisonError::into_inner).turn_to(pass)));
        Self { world, recorder, scratch, stopwatch, last, wall_s: 0.0, cpu_s: 0.0 }
    }

    /// The same state once more, to go on differently. Buffers are no part of the state.
    pub(crate) fn fork(&self) -> Self {
        Self::at(self.world.clone(), self.recorder.clone(), self.last)
    }

    /// Wall-clock time of the steps so far.
    pub(crate) fn wall_s(&self) -> f64 {
        self.wall_s
    }

    /// Goes on until the next step would begin at or after an instant, or until the run is over, which it then says.
    /// `watch` sees every step, `stop` ends the run after the current one.
    pub(crate) fn go_on(
        &mut self,
        prepared: &Prepared,
        params: &RunParams,
        until_ms: Option<i64>,
        watch: &mut (dyn FnMut(&StepReport) + Send),
        stop: &AtomicBool,
    ) -> Option<EndReason> {
        let (city, demand) = (&prepared.city, &prepared.demand);
        let (started, cpu_s_before) = (Instant::now(), usage::run_cpu_s());
        let ended_because = loop {
            let now = self.last.as_ref().map_or(params.begin, |report| report.now);
            if params.end.is_some_and(|end| now >= end) {
                break Some(EndReason::EndReached);
            }
            if self.last.as_ref().is_some_and(|report| report.is_done) {
                break Some(EndReason::AllArrived);
            }
            if stop.load(Ordering::Relaxed) {
                break Some(EndReason::Interrupted);
            }
            if until_ms.is_some_and(|until_ms| now.0 >= until_ms) {
                break None;
            }
            let (world, recorder) = (&mut self.world, &mut self.recorder);
            let report = engine_api::step(city, demand, params, world, recorder, &mut self.scratch);
            watch(&report);
            self.last = Some(report);
        };
        let wall_s = started.elapsed().as_secs_f64();
        self.wall_s += wall_s;
        self.cpu_s += usage::run_cpu_s().zip(cpu_s_before).map_or(wall_s, |(after_s, before_s)| after_s - before_s);
        ended_because
    }

    /// What the run came to.
    pub(crate) fn finish(self, prepared: &Prepared, params: &RunParams, ended_because: EndReason) -> Simulated {
        let results = self.recorder.results(&prepared.city, &prepared.demand, params, &self.world);
        Simulated {
            verdict: judge(&prepared.loaded.observed, &results, &prepared.movement_ends),
            results,
            without: None,
            last: self.last,
            ended_because,
            state_digest: engine_api::digest(&self.world, &self.recorder),
            wall_s: self.wall_s,
            cpu_s: self.cpu_s,
            passes: self.stopwatch.lock().unwrap_or_else(PoisonError::into_inner).by_name(),
        }
    }
}

/// Runs a prepared scenario; `watch` sees every step, `stop` ends the run after the current one. A run with changes goes
/// on without them, too, from the state before the first: that is what they are compared with.
pub(crate) fn simulate(
    prepared: &Prepared,
    params: &RunParams,
    watch: &mut (dyn FnMut(&StepReport) + Send),
    stop: &AtomicBool,
) -> Simulated {
    let mut running = Running::begin(prepared, params);
    // A variant that is another from the beginning has nothing to branch off from.
    let branches_off = !prepared.loaded.is_other_from_start;
    let first_change_ms = params.changes.iter().filter(|_| branches_off).map(|change| change.from_ms).min();
    let has_ended = first_change_ms.and_then(|at_ms| running.go_on(prepared, params, Some(at_ms), watch, stop));
    let fork = (first_change_ms.is_some() && has_ended.is_none()).then(|| running.fork());
    let ended_because = has_ended.unwrap_or_else(|| {
        running.go_on(prepared, params, None, watch, stop).expect("without an instant to stop at a run goes to its end")
    });
    let until_ms = running.last.map(|report| report.now.0);
    let mut simulated = running.finish(prepared, params, ended_because);
    simulated.without = fork.map(|mut fork| {
        let base = RunParams { changes: Vec::new(), ..params.clone() };
        fork.go_on(prepared, &base, until_ms, &mut |_| {}, &AtomicBool::new(false));
        fork.finish(prepared, &base, ended_because).results
    });
    simulated
}

/// Wall-clock time by pass.
#[derive(Default)]
struct Stopwatch {
    seconds: [f64; Pass::ALL.len()],
    running: Option<(Pass, Instant)>,
}

impl Stopwatch {
    /// Ends the running pass and begins another.
    fn turn_to(&mut self, pass: Option<Pass>) {
        let now = Instant::now();
        if let Some((running, since)) = self.running {
            self.seconds[running as usize] += (now - since).as_secs_f64();
        }
        self.running = pass.map(|pass| (pass, now));
    }
    fn by_name(&self) -> BTreeMap<String, f64> {
        Pass::ALL.iter().zip(self.seconds).map(|(pass, seconds)| (pass.name().to_owned(), seconds)).collect()
    }
}
