//! What holds after every step on any network with any traffic.
//!
//! `CASES=500 cargo test -p tests --test invariants` tries more networks. A failing case is printed, made as small as
//! possible.

#[path = "support/grid.rs"]
mod grid;
#[path = "support/sim.rs"]
mod sim;
#[path = "support/watch.rs"]
mod watch;

use grid::{Grid, Mix};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestCaseError, TestRunner};
use sim::{Case, Sim};
use sim_core::engine::LateralPolicy;
use sim_core::network::parts::JunctionKind;
use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;
use watch::Watch;

/// Networks tried per test.
const N_CASES: u32 = 16;
/// Trips that have not ended by then do not count as wrong.
const LONGEST_S: i64 = 400;

/// Which driving models are mixed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Models {
    Own,
    Sumo,
}

/// A network and its traffic.
#[derive(Clone, Debug)]
struct Input {
    grid: Grid,
    weights: [u8; 4],
    n_trips: usize,
    step_ms: i64,
    lateral: LateralPolicy,
    models: Models,
    seed: u64,
}

const CLASSES: [VehicleClass; 4] =
    [VehicleClass::Car, VehicleClass::Motorcycle, VehicleClass::Bus, VehicleClass::Truck];

impl Input {
    fn case(&self) -> Case {
        let kind = |class| match self.models {
            Models::Own => VehicleType::own_default(class),
            Models::Sumo => VehicleType::sumo_default(class),
        };
        let types = CLASSES.iter().zip(self.weights).map(|(&class, weight)| (kind(class), f64::from(weight)));
        let mix = Mix { types: types.collect(), n_trips: self.n_trips, over_s: 200.0, seed: self.seed };
        let mut params = grid::params(self.step_ms, self.lateral, self.seed);
        params.end = Some(sim_core::units::SimTime(LONGEST_S * 1000));
        grid::case(&self.grid, &mix, params)
    }
}

fn any_kind() -> impl Strategy<Value = JunctionKind> {
    prop_oneof![
        3 => Just(JunctionKind::Signal),
        2 => Just(JunctionKind::Priority),
        1 => Just(JunctionKind::RightBeforeLeft),
        1 => Just(JunctionKind::AllWayStop),
    ]
}

fn any_grid() -> impl Strategy<Value = Grid> {
    (2..=3_usize, 2..=3_usize, any::<bool>()).prop_flat_map(|(n_columns, n_rows, left_hand)| {
        (
            prop::collection::vec(60.0..250.0_f64, n_columns + 1),
            prop::collection::vec(60.0..250.0_f64, n_rows + 1),
            prop::collection::vec(1..=3_u16, 1..12),
            prop::collection::vec(any_kind(), n_columns * n_rows),
            10..30_i64,
        )
            .prop_map(move |(column_gaps_m, row_gaps_m, lanes, kinds, green_s)| Grid {
                left_hand,
                column_gaps_m,
                row_gaps_m,
                lanes,
                kinds,
                green_s,
            })
    })
}

fn any_input(lateral: LateralPolicy, models: Models, steps_ms: &'static [i64]) -> impl Strategy<Value = Input> {
    (any_grid(), [1..8_u8, 0..8_u8, 0..2_u8, 0..3_u8], 50..300_usize, prop::sample::select(steps_ms), 0..1000_u64)
        .prop_map(move |(grid, weights, n_trips, step_ms, seed)| Input {
            grid,
            weights,
            n_trips,
            step_ms,
            lateral,
            models,
            seed,
        })
}

fn check(lateral: LateralPolicy, models: Models, steps_ms: &'static [i64]) {
    let cases = std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(N_CASES);
    let shrinks: u32 = std::env::var("SHRINKS").ok().and_then(|n| n.parse().ok()).unwrap_or(30);
    let config = ProptestConfig {
        cases,
        max_shrink_iters: shrinks,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(
        config.clone(),
        prop::test_runner::TestRng::from_seed(prop::test_runner::RngAlgorithm::ChaCha, &seed(lateral, models)),
    );
    let outcome = runner.run(&any_input(lateral, models, steps_ms), |input| holds(&input));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// The same cases every time.
fn seed(lateral: LateralPolicy, models: Models) -> [u8; 32] {
    let offset: u8 = std::env::var("SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    [1 + offset + 10 * u8::from(lateral == LateralPolicy::Continuous) + 100 * u8::from(models == Models::Sumo); 32]
}

fn holds(input: &Input) -> Result<(), TestCaseError> {
    let case = input.case();
    let mut sim = Sim::new(&case);
    let mut watch = Watch::default();
    loop {
        let time_s = sim.world.now_ms as f64 / 1000.0;
        let report = sim.step();
        let wrong = watch.look(&sim);
        if !wrong.is_empty() {
            let kind = |trip: usize| case.demand.types[case.demand.trips[trip].vehicle_type].class.name();
            let mut kinds = String::new();
            for word in wrong.join(" ").split("trip ").skip(1) {
                let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(trip) = digits.parse::<usize>() {
                    kinds.push_str(&format!(" {trip} is a {};", kind(trip)));
                }
            }
            return Err(TestCaseError::fail(format!("at {time_s} s:{kinds}\n  {}", wrong.join("\n  "))));
        }
        if report.is_done {
            return Ok(());
        }
    }
}

#[test]
fn own_models_with_continuous_lateral_motion() {
    check(LateralPolicy::Continuous, Models::Own, &[250, 500, 1000]);
}

#[test]
fn own_models_from_lane_to_lane() {
    check(LateralPolicy::LaneInstant, Models::Own, &[250, 500, 1000]);
}

#[test]
fn sumo_models_with_continuous_lateral_motion() {
    check(LateralPolicy::Continuous, Models::Sumo, &[250, 500, 1000]);
}

#[test]
fn sumo_models_from_lane_to_lane() {
    check(LateralPolicy::LaneInstant, Models::Sumo, &[250, 500, 1000]);
}
