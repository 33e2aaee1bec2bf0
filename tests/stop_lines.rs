//! What is measured at stop lines: queues, greens, arrivals, capacity; and gridlocks.

use std::path::Path;

use sim_core::city::City;
use sim_core::engine::{Recorder, Scratch, World, step};
use sim_core::kpi::Results;
use sim_core::kpi::rows::MovementRow;
use sim_core::ports::Aspect;
use sim_core::signals::{SignalPhase, SignalPlans};

/// Runs a case of the ladder for some time with other signal plans.
fn run(name: &str, duration_s: i64, change: impl Fn(&mut SignalPlans)) -> (Results, usize) {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/ladder").join(name).join("run.sumocfg");
    let loaded = scenarios::read::read(&config).expect("a readable case");
    let demand = scenarios::demand::build_loaded(&loaded, 1).expect("a demand").demand;
    let mut signals = loaded.signals.clone();
    change(&mut signals);
    let city = City::build(&loaded.parts, signals, loaded.stop_places.clone()).expect("a city");
    let mut params = loaded.run;
    params.end = Some(params.begin.plus_ms(duration_s * 1000));
    let mut world = World::new(&city, &demand, &params);
    let mut recorder = Recorder::new(&city, &demand, &params);
    let mut scratch = Scratch::default();
    let mut n_found = 0;
    while world.now_ms < params.begin.0 + duration_s * 1000 {
        let report = step(&city, &demand, &params, &mut world, &mut recorder, &mut scratch);
        n_found += usize::from(report.found_gridlock);
    }
    (recorder.results(&city, &demand, &params, &world), n_found)
}

fn busiest(results: &Results) -> &MovementRow {
    results.movements.iter().filter(|row| row.is_signalized).max_by_key(|row| row.demand).expect("a signal")
}

/// Red, then green, for so long each.
fn red_then_green(plans: &mut SignalPlans, each_s: i64) {
    for plan in plans.plans.as_mut_slice() {
        let n_heads = plan.phases[0].aspects.len();
        let phase = |aspect| SignalPhase { duration_ms: each_s * 1000, aspects: vec![aspect; n_heads] };
        plan.offset_ms = 0;
        plan.phases = vec![phase(Aspect::Red), phase(Aspect::Green)];
    }
}

/// Every phase red.
fn all_red(plans: &mut SignalPlans) {
    for plan in plans.plans.as_mut_slice() {
        for SignalPhase { aspects, .. } in &mut plan.phases {
            aspects.fill(Aspect::Red);
        }
    }
}

#[test]
fn a_discharging_queue_is_measured() {
    let (results, n_found) = run("08-queue-discharge", 150, |plans| red_then_green(plans, 30));
    let row = busiest(&results);
    assert_eq!(row.back_of_queue_m.len(), 2, "cycles of 60 s in 149 s: {row:?}");
    assert_eq!(n_found, 0);
    assert!(row.served > 5 && row.left > 5);
    let longest_m = row.back_of_queue_m.iter().fold(0.0_f64, |most, &m| most.max(m));
    assert!(longest_m > 7.0 && longest_m <= row.storage_m, "{longest_m} m of {} m", row.storage_m);
    let on_green = row.arrivals_on_green_share.expect("arrivals");
    assert!(row.arrivals >= row.served && on_green < 1.0, "{on_green}");
    let capacity_vph = row.capacity_vph.expect("a capacity");
    assert!(capacity_vph > 100.0 && capacity_vph < 2500.0, "{capacity_vph}");
    // Green for 60 of 149 s; too few headways for a saturation flow of its own.
    assert!((capacity_vph - 1900.0 * 60.0 / 149.0).abs() < 1e-9, "{capacity_vph}");
    assert_eq!(row.demand, 8);
    assert_eq!(row.spillback_share, Some(0.0));
}

#[test]
fn totals_end_at_the_last_step() {
    let (results, _) = run("06-stop-at-red", 60, all_red);
    assert!((results.last_step.s() - 59.0).abs() < 1e-9, "{}", results.last_step.s());
    assert!(results.movements.iter().all(|row| row.end_s <= results.last_step.s()));
}

#[test]
fn a_standing_city_is_reported_once_and_runs_on() {
    let (results, n_found) = run("06-stop-at-red", 400, all_red);
    let gridlock = results.gridlock.expect("nothing moves");
    assert_eq!(n_found, 1);
    assert!(gridlock.found_ms - gridlock.since_ms >= 119_000, "{gridlock:?}");
    assert!(gridlock.connector.is_some() && gridlock.cycle.is_empty(), "{gridlock:?}");
    let (_, n_found) = run("06-stop-at-red", 100, all_red);
    assert_eq!(n_found, 0, "a red light alone is no gridlock");
}
