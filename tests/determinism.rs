//! The same bits for any number of threads.

#[path = "support/grid.rs"]
mod grid;
#[path = "support/sim.rs"]
mod sim;

use std::path::Path;

use grid::{Grid, Mix};
use rayon::{ThreadPool, ThreadPoolBuilder};
use sim::{Case, Sim};
use sim_core::city::City;
use sim_core::engine::{self, LateralPolicy, VehicleView};
use sim_core::kpi::Results;
use sim_core::network::parts::JunctionKind;
use sim_core::traffic::transfer::SERIAL_BELOW;
use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

/// Numbers of threads that are held to a single one.
const THREADS: [usize; 3] = [2, 3, 8];

#[test]
fn lane_instant_grid_has_the_same_bits_for_any_number_of_threads() {
    let types = [(VehicleClass::Car, 8.0), (VehicleClass::Truck, 1.0), (VehicleClass::Bus, 1.0)];
    let mix = Mix {
        types: types.map(|(class, weight)| (VehicleType::sumo_default(class), weight)).to_vec(),
        n_trips: 6000,
        over_s: 200.0,
        seed: 1,
    };
    let grid = blocks(10, 180.0, 2);
    check(&grid::case(&grid, &mix, grid::params(1000, LateralPolicy::LaneInstant, 1)), 240);
}

/// Equal blocks with signals at every crossing.
fn blocks(n: usize, block_m: f64, n_lanes: u16) -> Grid {
    Grid {
        left_hand: false,
        column_gaps_m: vec![block_m; n + 1],
        row_gaps_m: vec![block_m; n + 1],
        lanes: vec![n_lanes],
        kinds: vec![JunctionKind::Signal],
        green_s: 25,
    }
}

#[test]
fn shipped_scenario_has_the_same_bits_for_any_number_of_threads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/hanoi-french-quarter");
    let mut loaded = scenarios::read::read(&folder).expect("the shipped scenario");
    // Roads fill fast enough for the parallel paths to run.
    loaded.demand.scale *= 4.0;
    let built = scenarios::demand::build_loaded(&loaded, 1).expect("demand");
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).expect("a network");
    check(&Case { city, demand: built.demand, params: loaded.run }, 300);
}

/// Runs a case on all numbers of threads side by side.
fn check(case: &Case, n_steps: usize) {
    let pool = |n| ThreadPoolBuilder::new().num_threads(n).build().expect("threads");
    let single = pool(1);
    let mut reference = Sim::new(case);
    let mut others: Vec<(ThreadPool, Sim<'_>)> = THREADS.iter().map(|&n| (pool(n), Sim::new(case))).collect();
    let mut most = 0;
    for step in 0..n_steps {
        let report = single.install(|| reference.step());
        most = most.max(report.running);
        let expected = engine::observe(&case.city, &reference.world);
        for (pool, sim) in &mut others {
            let n = pool.current_num_threads();
            let found = pool.install(|| sim.step());
            compare_vehicles(&engine::observe(&case.city, &sim.world), &expected, (step, n));
            assert_eq!(found, report, "report of step {step} with {n} threads");
            assert!(
                sim.world == reference.world,
                "step {step} with {n} threads: the states differ beyond the vehicles"
            );
        }
    }
    assert!(most > SERIAL_BELOW, "{most} vehicles: the parallel paths never ran");
    let expected = results(&reference);
    assert!(expected.counts.arrived > 0, "nobody arrived");
    for (pool, sim) in &others {
        let n = pool.current_num_threads();
        assert!(sim.recorder == reference.recorder, "{n} threads: the records differ");
        let digests = [sim, &reference].map(|sim| engine::digest(&sim.world, &sim.recorder));
        assert_eq!(digests[0], digests[1], "{n} threads");
        assert!(results(sim) == expected, "{n} threads: the results differ");
    }
}

fn results(sim: &Sim<'_>) -> Results {
    sim.recorder.results(&sim.case.city, &sim.case.demand, &sim.case.params, &sim.world)
}

fn compare_vehicles(found: &[VehicleView], expected: &[VehicleView], (step, n): (usize, usize)) {
    let bits = |view: &VehicleView| {
        (
            (view.trip, view.kind, view.lane),
            [view.front_m, view.middle_m, view.speed_mps, view.accel_mps2, view.waiting_s].map(f64::to_bits),
        )
    };
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            bits(found) == bits(expected),
            "first difference in step {step} with {n} threads: {found:?}\n  with one thread: {expected:?}"
        );
    }
    assert_eq!(found.len(), expected.len(), "number of vehicles after step {step} with {n} threads");
}
