//! The micro ladder: small cases in which every vehicle is held to SUMO after every step.
//!
//! `LADDER=07 cargo test -p tests --test ladder -- --nocapture` runs the cases whose name contains `07` and prints the
//! first deviations of each.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/ladder_case.rs"]
mod ladder_case;
#[path = "support/ladder_compare.rs"]
mod ladder_compare;

use std::fmt::Write as _;
use std::fs;

use ladder_case::{Allowance, Case, Record, State, Tolerance, Trip, all_cases};
use ladder_compare::{Findings, compare};

/// Deviations shown per case when cases are chosen by `LADDER`.
const N_SHOWN: usize = 12;
/// Largest size of a case's expected states.
const EXPECTED_BYTES_MAX: u64 = 60_000;

#[test]
fn every_case_is_as_in_sumo() {
    let chosen = std::env::var("LADDER").ok();
    let mut report = String::new();
    let mut failed = Vec::new();
    for case in all_cases() {
        if chosen.as_ref().is_some_and(|part| !case.name.contains(part.as_str())) {
            continue;
        }
        let Some(ours) = engine::run(&case.folder.join("run.sumocfg"), 1) else {
            println!("skipped: the ladder is built without an engine");
            return;
        };
        let (line, is_good) = match ours {
            Ok(ours) => describe(&case, &compare(&ours, &case.expected, &case.tolerance), chosen.is_some()),
            Err(message) => (format!("{:34} FAILED: {message}", case.name), false),
        };
        report.push_str(&line);
        report.push('\n');
        if !is_good {
            failed.push(case.name.clone());
        }
    }
    println!("{report}");
    assert!(failed.is_empty(), "{} cases deviate: {}\n{report}", failed.len(), failed.join(", "));
}

/// One line, or some more with `in_detail`; and whether all deviations are allowed.
fn describe(case: &Case, findings: &Findings, in_detail: bool) -> (String, bool) {
    let n_unexcused = findings.unexcused().count();
    let n_excused = findings.deviations.len() - n_unexcused;
    let largest = format!("largest {:.3} m, {:.3} m/s", findings.position_m_max, findings.speed_mps_max);
    let mut text = format!("{:34} ", case.name);
    match findings.unexcused().next() {
        None if n_excused == 0 => {
            let _ = write!(text, "ok        {} states; {largest}", findings.n_states);
        }
        None => {
            let _ = write!(text, "allowed   {n_excused} known deviations of {} states; {largest}", findings.n_states);
        }
        Some(first) => {
            let _ = write!(
                text,
                "DEVIATES  at {} s: {} {}: ours {}, SUMO {}; {n_unexcused} deviations of {} states; {largest}",
                first.time_s, first.vehicle, first.quantity, first.ours, first.expected, findings.n_states,
            );
        }
    }
    if in_detail {
        for deviation in findings.unexcused().take(N_SHOWN) {
            let _ = write!(
                text,
                "\n    {:>6} s  {:10} {:16} ours {:28} SUMO {}",
                deviation.time_s, deviation.vehicle, deviation.quantity, deviation.ours, deviation.expected
            );
        }
    }
    for allowance in case.tolerance.allowances.iter().filter(|allowance| is_idle(allowance, findings)) {
        let _ = write!(text, "\n    an allowance is no longer needed: {}", allowance.cause);
    }
    (text, n_unexcused == 0)
}

fn is_idle(allowance: &Allowance, findings: &Findings) -> bool {
    !findings.deviations.iter().any(|deviation| deviation.allowed_because.as_ref() == Some(&allowance.cause))
}

#[test]
fn every_case_is_whole() {
    let cases = all_cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in cases {
        for name in ["README.md", "plain/net.netccfg", "net.net.xml", "rou.rou.xml", "tolerance.toml"] {
            assert!(case.folder.join(name).exists(), "{} has no {name}", case.name);
        }
        let size = fs::metadata(case.folder.join("expected.csv")).expect("expected.csv").len();
        assert!(size < EXPECTED_BYTES_MAX, "{}: expected.csv has {size} bytes", case.name);
        assert!(!case.expected.states.is_empty() && !case.expected.trips.is_empty(), "{} expects nothing", case.name);
        assert_eq!(compare(&case.expected, &case.expected, &case.tolerance).deviations, [], "{}", case.name);
    }
}

fn state(time_ms: i64, vehicle: &str, lane: &str, position_m: f64, speed_mps: f64) -> State {
    State { time_ms, vehicle: vehicle.to_owned(), lane: lane.to_owned(), position_m, speed_mps }
}

fn expected() -> Record {
    Record {
        states: vec![
            state(0, "a", "e_0", 5.1, 10.0),
            state(1000, "a", "e_0", 15.1, 10.0),
            state(2000, "a", "f_0", 5.0, 9.0),
        ],
        trips: vec![Trip { vehicle: "a".to_owned(), values: [0.0, 3.0, 3.0, 0.2, 0.0, 0.0, 0.0, 30.0] }],
    }
}

fn tolerance(allowances: Vec<Allowance>) -> Tolerance {
    Tolerance { speed_mps: 0.01, position_m: 0.05, entry_s: 0.0, trip_s: 0.05, trip_m: 0.1, allowances }
}

#[track_caller]
fn check(change: impl Fn(&mut Record), quantities: &[&str]) {
    let mut ours = expected();
    change(&mut ours);
    let found = compare(&ours, &expected(), &tolerance(Vec::new()));
    let names: Vec<&str> = found.deviations.iter().map(|deviation| deviation.quantity.as_str()).collect();
    assert_eq!(names, quantities);
}

#[test]
fn comparison_finds_each_kind_of_deviation() {
    check(|_| {}, &[]);
    check(|ours| ours.states[1].position_m += 0.04, &[]);
    check(|ours| ours.states[1].position_m += 0.06, &["position_m"]);
    check(|ours| ours.states[1].position_m = f64::NAN, &["position_m"]);
    check(|ours| ours.states[2].speed_mps -= 0.02, &["speed_mps"]);
    check(|ours| ours.states[2].lane = "e_0".to_owned(), &["lane"]);
    check(|ours| drop(ours.states.remove(0)), &["entry"]);
    check(|ours| drop(ours.states.pop()), &["exit"]);
    check(|ours| ours.states.push(state(0, "b", "e_0", 5.1, 1.0)), &["entry"]);
    check(|ours| ours.trips.clear(), &["trip"]);
    check(|ours| ours.trips[0].values[3] = 0.3, &["trip time_loss_s"]);
    check(|ours| ours.trips[0].values[5] = 1.0, &["trip stops"]);
    check(|ours| ours.states.clear(), &["entry", "exit"]);
}

#[test]
fn allowance_covers_its_vehicles_quantities_and_times_only() {
    let allowance = Allowance {
        cause: "a known difference".to_owned(),
        first_s: 1.0,
        vehicles: vec!["a".to_owned()],
        quantities: vec!["speed_mps".to_owned(), "trip".to_owned()],
    };
    let mut ours = expected();
    ours.states[0].speed_mps = 11.0;
    ours.states[1].speed_mps = 11.0;
    ours.states[2].position_m = 6.0;
    ours.trips[0].values[3] = 1.0;
    let found = compare(&ours, &expected(), &tolerance(vec![allowance]));
    let unexcused: Vec<(f64, &str)> =
        found.unexcused().map(|deviation| (deviation.time_s, deviation.quantity.as_str())).collect();
    assert_eq!(unexcused, [(0.0, "speed_mps"), (2.0, "position_m")]);
}
