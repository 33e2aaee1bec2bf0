//! How fast a step is, on one thread and on two: the shipped scenario, and the 30×30 grid when `CITYTWIN_DATA` names a
//! folder that holds it.
//!
//! A sample is some steps from the same state. After each, the state must have, bit for bit, the digest that one thread
//! gave, and most trips must be on the road: a faster wrong answer fails.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rayon::{ThreadPool, ThreadPoolBuilder};

use scenarios::loaded::Loaded;
use sim_core::city::City;
use sim_core::engine::params::RunParams;
use sim_core::engine::{self, Recorder, Scratch, StepReport, World};
use sim_core::traffic::demand::Demand;

/// Steps in one sample.
const STEPS: u32 = 10;
/// Simulated time before the first sample.
const BUILD_UP_S: f64 = 300.0;
/// Least share of the trips due after the build-up that must have entered.
const LEAST_SHARE_DEPARTED: f64 = 0.9;

/// A scenario ready to step.
struct Case {
    name: &'static str,
    city: City,
    demand: Demand,
    params: RunParams,
}

impl Case {
    fn new(name: &'static str, loaded: &Loaded) -> Self {
        let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone())
            .unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let built = scenarios::demand::build_loaded(loaded, loaded.run.seed)
            .unwrap_or_else(|problems| panic!("{name}: {problems}"));
        Self { name, city, demand: built.demand, params: loaded.run.clone() }
    }

    /// The state after the build-up.
    fn state(&self) -> State {
        let mut state = State {
            world: World::new(&self.city, &self.demand, &self.params),
            recorder: Recorder::new(&self.city, &self.demand, &self.params),
        };
        let n_steps = (BUILD_UP_S * 1000.0) as i64 / self.params.step_ms;
        let mut scratch = Scratch::default();
        for _ in 0..n_steps {
            self.step(&mut state, &mut scratch);
        }
        state
    }

    fn step(&self, state: &mut State, scratch: &mut Scratch) -> StepReport {
        engine::step(&self.city, &self.demand, &self.params, &mut state.world, &mut state.recorder, scratch)
    }

    /// Makes the steps of a sample on a copy of a state.
    fn sample(&self, from: &State) -> (Duration, State) {
        let mut state = from.clone();
        let mut scratch = Scratch::default();
        let started = Instant::now();
        for _ in 0..STEPS {
            black_box(self.step(&mut state, &mut scratch));
        }
        (started.elapsed(), state)
    }

    #[track_caller]
    fn check_trips(&self, state: &State) {
        let due = self.demand.trips.iter().filter(|trip| trip.depart.0 < state.world.now_ms).count() as f64;
        let departed = state.world.n_arrived as f64 + f64::from(state.world.traffic.n_vehicles);
        assert!(
            departed <= due && departed >= LEAST_SHARE_DEPARTED * due,
            "{}: {departed} of {due} trips have entered",
            self.name
        );
    }
}

/// The state of a run.
#[derive(Clone)]
struct State {
    world: World,
    recorder: Recorder,
}

impl State {
    fn digest(&self) -> [u8; 32] {
        engine::digest(&self.world, &self.recorder)
    }
}

fn shipped() -> Case {
    let loaded = scenarios::read::folder::read_shipped().expect("the shipped scenario is sound");
    Case::new("shipped", &loaded)
}

/// The grid, which comes without a configuration of its own.
fn grid() -> Option<Case> {
    let Some(data) = std::env::var_os("CITYTWIN_DATA") else {
        eprintln!("skipped: CITYTWIN_DATA is not set, so the 30×30 grid is not measured");
        return None;
    };
    let folder = std::path::absolute(Path::new(&data).join("sumo/grid30")).expect("a path");
    let configuration = tempfile::tempdir().expect("a temporary folder");
    let path = configuration.path().join("grid30.sumocfg");
    let text = format!(
        "<configuration>\n  <input>\n    <net-file value=\"{0}/grid30.net.xml.gz\"/>\n    \
         <route-files value=\"{0}/grid30.rou.xml.gz\"/>\n  </input>\n  \
         <time><begin value=\"0\"/><end value=\"900\"/></time>\n</configuration>\n",
        folder.display()
    );
    std::fs::write(&path, text).expect("the temporary folder can be written");
    let loaded = scenarios::read::read(&path).unwrap_or_else(|problems| panic!("{problems}"));
    Some(Case::new("grid30", &loaded))
}

fn pool(n_threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads can be started")
}

fn steps(criterion: &mut Criterion) {
    for case in [Some(shipped()), grid()].into_iter().flatten() {
        let state = pool(2).install(|| case.state());
        case.check_trips(&state);
        let (_, after) = pool(1).install(|| case.sample(&state));
        let expected = after.digest();
        let n_updates = after.recorder.vehicle_updates - state.recorder.vehicle_updates;

        let mut group = criterion.benchmark_group(format!("step/{}", case.name));
        group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
        group.throughput(Throughput::Elements(n_updates));
        for n_threads in [1, 2] {
            let pool = pool(n_threads);
            group.bench_function(BenchmarkId::new("threads", n_threads), |bencher| {
                bencher.iter_custom(|n_samples| {
                    let mut total = Duration::ZERO;
                    for _ in 0..n_samples {
                        let (took, after) = pool.install(|| case.sample(&state));
                        assert_eq!(after.digest(), expected, "{}: {n_threads} threads", case.name);
                        total += took;
                    }
                    total
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
