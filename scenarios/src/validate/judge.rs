//! The rules by which runs on a network are held to SUMO's.

use super::expected::ExpectedNetwork;
use super::means::{Mean, standard_error_of_difference};
use super::outcome::RunOutcome;
use super::report::{Check, Group, Verdict};

/// Allowed relative difference of inserted vehicles.
pub const INSERTED_SHARE: f64 = 0.01;
/// Allowed relative difference of trip times.
pub const TIME_SHARE: f64 = 0.10;
/// Allowed relative difference of arrivals in a quarter of an hour.
pub const ARRIVALS_SHARE: f64 = 0.05;
/// How many standard errors of the difference of both means are allowed on top.
pub const STANDARD_ERRORS: f64 = 2.0;

const SOURCE: &str = "SUMO 1.28.0";

/// Whether a network must be empty at the end of its run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunsEmpty {
    /// Its run ends when the last vehicle has arrived.
    Yes,
    /// Its run ends at a fixed time.
    No,
}

/// Compares runs on a network with what is expected there.
pub fn checks(expected: &ExpectedNetwork, runs: &[RunOutcome], runs_empty: RunsEmpty) -> Group {
    let over_seeds = |value: &dyn Fn(&RunOutcome) -> f64| Mean::of(&runs.iter().map(value).collect::<Vec<_>>());
    let exactly = |value: f64| Mean { value, deviation: 0.0, n: 1 };
    let inserted = over_seeds(&|run| run.inserted as f64);
    let mut checks =
        vec![within("vehicles inserted", exactly(expected.inserted), exactly(inserted.value), INSERTED_SHARE)];
    let times = [
        ("duration (s)", expected.duration_s, over_seeds(&|run| run.duration_s)),
        ("time loss (s)", expected.time_loss_s, over_seeds(&|run| run.time_loss_s)),
        (
            "departure delay + duration (s)",
            expected.delay_and_duration_s(),
            over_seeds(&|run| run.depart_delay_s + run.duration_s),
        ),
    ];
    checks.extend(times.map(|(quantity, expected, ours)| within(quantity, expected, ours, TIME_SHARE)));
    checks.push(information("departure delay (s)", expected.depart_delay_s, over_seeds(&|run| run.depart_delay_s)));
    checks.push(information("length (m)", exactly(expected.length_m), exactly(over_seeds(&|run| run.length_m).value)));
    for (begin_s, arrivals) in &expected.arrivals {
        let ours = over_seeds(&|run| run.arrivals.get(begin_s).copied().unwrap_or(0) as f64);
        checks.push(within(&format!("arrivals from {}", clock(*begin_s)), *arrivals, ours, ARRIVALS_SHARE));
    }
    let n_released = runs.iter().map(|run| run.jam_releases).sum();
    checks.push(none("vehicles released from jams, all seeds", n_released));
    if runs_empty == RunsEmpty::Yes {
        checks.push(none("vehicles left at the end, all seeds", runs.iter().map(|run| run.unfinished).sum()));
    }
    Group { title: format!("{} ({} seeds)", expected.network, runs.len()), checks }
}

/// Within a share of the expected value, and two standard errors of the difference on top.
fn within(quantity: &str, expected: Mean, ours: Mean, share: f64) -> Check {
    let margin = STANDARD_ERRORS * standard_error_of_difference(expected, ours);
    let allowed = share * expected.value.abs() + margin;
    let is_within = (ours.value - expected.value).abs() <= allowed;
    let percent = share * 100.0;
    let rule = if margin > 0.0 { format!("{percent:.0} % + 2 SE = {allowed:.1}") } else { format!("{percent:.0} %") };
    let verdict = if is_within { Verdict::Holds } else { Verdict::Fails };
    Check { rule, verdict, ..information(quantity, expected, ours) }
}

/// A comparison without a rule.
pub(super) fn information(quantity: &str, expected: Mean, ours: Mean) -> Check {
    let off = ours.value - expected.value;
    let share =
        if expected.value == 0.0 { String::new() } else { format!(" ({:+.1} %)", 100.0 * off / expected.value) };
    Check {
        quantity: quantity.to_owned(),
        expected: words(expected),
        ours: words(ours),
        difference: format!("{off:+.2}{share}"),
        rule: String::new(),
        verdict: Verdict::Information,
        source: SOURCE.to_owned(),
    }
}

fn none(quantity: &str, count: u64) -> Check {
    Check {
        quantity: quantity.to_owned(),
        expected: "0".to_owned(),
        ours: count.to_string(),
        difference: format!("{:+}", count as i64),
        rule: "none".to_owned(),
        verdict: if count == 0 { Verdict::Holds } else { Verdict::Fails },
        source: SOURCE.to_owned(),
    }
}

fn words(mean: Mean) -> String {
    if mean.n > 1 { format!("{:.2} ± {:.2}", mean.value, mean.standard_error()) } else { format!("{:.2}", mean.value) }
}

/// A time of day as hours and minutes.
pub(super) fn clock(time_s: i64) -> String {
    format!("{:02}:{:02}", time_s / 3600, time_s / 60 % 60)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn expected() -> ExpectedNetwork {
        let mean = |value, deviation| Mean { value, deviation, n: 4 };
        ExpectedNetwork {
            network: "toy".to_owned(),
            inserted: 1000.0,
            duration_s: mean(100.0, 0.0),
            time_loss_s: mean(50.0, 0.0),
            depart_delay_s: mean(10.0, 0.0),
            length_m: 500.0,
            arrivals: BTreeMap::from([(0, mean(400.0, 0.0)), (900, mean(600.0, 10.0))]),
        }
    }

    fn run() -> RunOutcome {
        RunOutcome {
            inserted: 1000,
            arrived: 1000,
            duration_s: 100.0,
            time_loss_s: 50.0,
            depart_delay_s: 10.0,
            length_m: 500.0,
            arrivals: BTreeMap::from([(0, 400), (900, 600)]),
            ..RunOutcome::default()
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut RunOutcome), failing: &[&str]) {
        let mut run = run();
        change(&mut run);
        let group = checks(&expected(), &[run.clone(), run], RunsEmpty::Yes);
        let failed = group.checks.iter().filter(|check| check.verdict == Verdict::Fails);
        assert_eq!(failed.map(|check| check.quantity.as_str()).collect::<Vec<_>>(), failing);
    }

    #[test]
    fn each_rule_has_its_edge() {
        check(|_| {}, &[]);
        check(|run| run.inserted = 990, &[]);
        check(|run| run.inserted = 989, &["vehicles inserted"]);
        check(|run| run.time_loss_s = 54.9, &[]);
        check(|run| run.time_loss_s = 55.1, &["time loss (s)"]);
        check(|run| run.depart_delay_s = 20.9, &[]);
        check(|run| run.depart_delay_s = 21.1, &["departure delay + duration (s)"]);
        check(|run| run.duration_s = 89.0, &["duration (s)"]);
        check(|run| run.duration_s = f64::NAN, &["duration (s)", "departure delay + duration (s)"]);
        check(|run| run.arrivals.extend([(0, 379)]), &["arrivals from 00:00"]);
        check(|run| run.jam_releases = 1, &["vehicles released from jams, all seeds"]);
        check(|run| run.unfinished = 2, &["vehicles left at the end, all seeds"]);
    }

    #[test]
    fn standard_errors_widen_the_margin() {
        check(|run| run.arrivals.extend([(900, 561)]), &[]);
        check(|run| run.arrivals.extend([(900, 559)]), &["arrivals from 00:15"]);
    }

    #[test]
    fn networks_with_a_fixed_end_may_keep_vehicles() {
        let group = checks(&expected(), &[RunOutcome { unfinished: 9, ..run() }], RunsEmpty::No);
        assert!(group.checks.iter().all(|check| check.verdict != Verdict::Fails));
    }
}
