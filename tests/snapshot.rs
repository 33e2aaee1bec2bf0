//! Saving, loading and forking: a run continued from a saved state is the unbroken run, byte for byte.

use std::path::{Path, PathBuf};

use sim_core::city::City;
use sim_core::engine::params::RunParams;
use sim_core::engine::{Recorder, Scratch, SnapshotError, World, digest, load, save, snapshot, step};
use sim_core::traffic::demand::Demand;

/// Longest run; every case has ended or is busy by then.
const N_STEPS_MAX: usize = 200;

struct Scenario {
    city: City,
    demand: Demand,
    params: RunParams,
}

impl Scenario {
    fn read(config: &Path) -> Self {
        let loaded = scenarios::read::read(config).expect("a readable case");
        let demand = scenarios::demand::build_loaded(&loaded, 1).expect("a demand").demand;
        let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).expect("a city");
        Self { city, demand, params: loaded.run }
    }
    fn begin(&self) -> Run<'_> {
        Run {
            scenario: self,
            world: World::new(&self.city, &self.demand, &self.params),
            recorder: Recorder::new(&self.city, &self.demand, &self.params),
            scratch: Scratch::default(),
        }
    }
    fn resume(&self, bytes: &[u8]) -> Run<'_> {
        let (world, recorder) = load(bytes).expect("a state that was saved");
        snapshot::check(&world, &recorder, &self.city, &self.demand).expect("the same scenario");
        Run { scenario: self, world, recorder, scratch: Scratch::default() }
    }
}

struct Run<'a> {
    scenario: &'a Scenario,
    world: World,
    recorder: Recorder,
    scratch: Scratch,
}

impl<'a> Run<'a> {
    fn step(&mut self) -> bool {
        let Scenario { city, demand, params } = self.scenario;
        step(city, demand, params, &mut self.world, &mut self.recorder, &mut self.scratch).is_done
    }
    fn steps(&mut self, n: usize) {
        for _ in 0..n {
            self.step();
        }
    }
    fn fork(&self) -> Run<'a> {
        let (world, recorder) = (self.world.clone(), self.recorder.clone());
        Run { scenario: self.scenario, world, recorder, scratch: Scratch::default() }
    }
    fn save(&self) -> Vec<u8> {
        save(&self.world, &self.recorder)
    }
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/ladder").join(name).join("run.sumocfg")
}

/// Runs a case to its end; on the way, saved states are resumed and run beside it until the next one.
#[track_caller]
fn continues_as_if_unbroken(name: &str) {
    let scenario = Scenario::read(&case(name));
    let mut unbroken = scenario.begin();
    let mut resumed = scenario.begin();
    for n in 1..=N_STEPS_MAX {
        if n % 7 == 0 {
            resumed = scenario.resume(&unbroken.save());
        }
        let is_done = unbroken.step();
        assert_eq!(resumed.step(), is_done, "{name}, step {n}");
        assert!(resumed.save() == unbroken.save(), "{name}: the resumed run differs after step {n}");
        if is_done {
            break;
        }
    }
    let results = |run: &Run<'_>| run.recorder.results(&scenario.city, &scenario.demand, &scenario.params, &run.world);
    assert_eq!(results(&resumed), results(&unbroken), "{name}");
}

#[test]
fn a_resumed_run_is_the_unbroken_run() {
    for name in [
        "08-queue-discharge",
        "09-insertion-busy-lane",
        "18-all-way-stop-six",
        "21-permissive-left",
        "25-roundabout-two-lanes",
        "31-bus-stop",
        "32-long-vehicle-short-links",
        "34-keep-clear",
        "40-jam-release",
    ] {
        continues_as_if_unbroken(name);
    }
}

#[test]
fn a_fork_runs_on_alone() {
    let scenario = Scenario::read(&case("34-keep-clear"));
    let mut trunk = scenario.begin();
    trunk.steps(20);
    let at_fork = trunk.save();
    let mut fork = trunk.fork();
    fork.steps(20);
    assert!(trunk.save() == at_fork, "a fork's steps leave the trunk alone");
    trunk.steps(20);
    assert!(trunk.save() == fork.save(), "trunk and fork without a change stay equal");
    assert_ne!(trunk.save(), at_fork);
}

#[test]
fn the_digest_tells_states_apart_and_survives_a_save() {
    let scenario = Scenario::read(&case("08-queue-discharge"));
    let mut run = scenario.begin();
    run.steps(10);
    let before = digest(&run.world, &run.recorder);
    let resumed = scenario.resume(&run.save());
    assert_eq!(digest(&resumed.world, &resumed.recorder), before);
    run.step();
    assert_ne!(digest(&run.world, &run.recorder), before);
    run.world = resumed.world;
    assert_ne!(digest(&run.world, &run.recorder), before, "the recorder is part of the state");
}

#[test]
fn damaged_states_are_refused() {
    let scenario = Scenario::read(&case("08-queue-discharge"));
    let mut run = scenario.begin();
    run.steps(10);
    let good = run.save();
    assert_eq!(load(b"").err(), Some(SnapshotError::NotASnapshot));
    assert_eq!(load(b"not a state at all").err(), Some(SnapshotError::NotASnapshot));
    let mut newer = good.clone();
    newer[8] += 1;
    assert_eq!(load(&newer).err(), Some(SnapshotError::OtherSchema { found: snapshot::SCHEMA + 1 }));
    for length in [9, 20, 44, 45, good.len() - 1] {
        assert!(matches!(load(&good[..length]), Err(SnapshotError::Damaged { .. })), "cut to {length} bytes");
    }
    let mut altered = good.clone();
    altered[good.len() / 2] ^= 1;
    assert!(matches!(load(&altered), Err(SnapshotError::Damaged { .. })));
    let other = Scenario::read(&case("31-bus-stop"));
    let (world, recorder) = load(&good).expect("a good state");
    let refusal = snapshot::check(&world, &recorder, &other.city, &other.demand);
    assert!(matches!(refusal, Err(SnapshotError::OtherScenario { .. })), "{refusal:?}");
}
