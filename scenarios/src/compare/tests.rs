use std::collections::BTreeMap;
use std::path::PathBuf;

use sim_core::rng;

use super::comparison::{Side, Verdict};
use super::measures::Scope;
use super::statistics::{benjamini_hochberg, paired};
use super::*;

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected}");
}

#[test]
fn the_interval_is_students() {
    // Student's sleep data (Biometrika 1908), additional hours of sleep by drug, ten patients.
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    let sum = paired(&differences).unwrap();
    close(sum.mean, 1.58, 1e-12);
    let (low, high) = sum.interval.unwrap();
    // As R's t.test gives it: 0.7001142 to 2.4598858, p = 0.002833.
    close(low, 0.700_114_2, 1e-6);
    close(high, 2.459_885_8, 1e-6);
    close(sum.p_value.unwrap(), 0.002_833, 1e-6);
}

#[test]
fn one_pair_gives_no_interval_and_equal_pairs_a_point() {
    assert_eq!(paired(&[]), None);
    assert_eq!(paired(&[2.0]).unwrap().interval, None);
    let zero = paired(&[0.0; 5]).unwrap();
    assert_eq!((zero.mean, zero.interval, zero.p_value), (0.0, Some((0.0, 0.0)), Some(1.0)));
    assert_eq!(paired(&[-0.1; 5]).unwrap().interval, Some((-0.1, -0.1)));
}

/// A number from a normal distribution.
fn normal(trial: u32, draw: u64) -> f64 {
    rng::normal_pair(7, rng::Purpose::Rider, trial, draw).0
}

#[test]
fn intervals_cover_the_truth_in_19_of_20_trials() {
    let covered = (0..1000)
        .filter(|&trial| {
            let differences: Vec<f64> = (0..10).map(|draw| 3.0 + 2.0 * normal(trial, draw)).collect();
            let (low, high) = paired(&differences).unwrap().interval.unwrap();
            low <= 3.0 && 3.0 <= high
        })
        .count();
    assert!((930..=970).contains(&covered), "{covered} of 1000");
}

#[test]
fn few_of_many_tests_without_effect_are_called_significant() {
    let p_values: Vec<f64> = (0..200)
        .map(|trial| paired(&(0..10).map(|draw| normal(trial, draw)).collect::<Vec<_>>()).unwrap().p_value.unwrap())
        .collect();
    let plain = p_values.iter().filter(|p| **p <= 0.05).count();
    let corrected = benjamini_hochberg(&p_values).iter().filter(|p| **p <= 0.05).count();
    assert!(plain >= 4, "{plain}");
    assert!(corrected <= 1, "{corrected}");
}

#[test]
fn the_correction_is_that_of_benjamini_and_hochberg() {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "BH").
    let corrected = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
    for (value, expected) in corrected.into_iter().zip([0.02, 0.04, 0.04, 0.02]) {
        close(value, expected, 1e-15);
    }
}

fn run(seed: u64, delay_s: f64, arrived: f64) -> Outcome {
    Outcome {
        folder: PathBuf::from(format!("run-{seed}")),
        scenario: "town".to_owned(),
        variant: None,
        seed,
        clock_s: [0.0, 600.0, 0.5],
        end_s: Some(3600.0),
        is_calibrated: false,
        values: BTreeMap::from([
            ((Scope::Network, "total_delay_s".to_owned()), delay_s),
            ((Scope::Network, "arrived".to_owned()), arrived),
        ]),
        junctions: BTreeMap::from([("J".to_owned(), "Crossing".to_owned())]),
    }
}

fn side(name: &str, runs: Vec<Outcome>) -> Side {
    Side { name: name.to_owned(), runs }
}

fn primary() -> Vec<String> {
    vec!["total_delay_s".to_owned()]
}

#[test]
fn runs_are_paired_by_seed() {
    let base = side("base", (1..=9).map(|seed| run(seed, 100.0 * seed as f64, 10.0)).collect());
    let faster = side(
        "faster",
        (1..=8).rev().map(|seed| run(seed, 100.0 * seed as f64 - 7.0 - seed as f64 % 3.0, 10.0)).collect(),
    );
    let comparison = compare(&base, &[faster], &primary()).unwrap();
    let row = &comparison.rows[0];
    assert!(row.is_primary && row.measure == "total_delay_s" && row.pairs == 8);
    close(row.base, 450.0, 1e-9);
    close(row.difference, -8.0, 0.2);
    assert_eq!(row.verdict(), Verdict::Better);
    assert!(comparison.warnings.iter().any(|warning| warning.contains("1 seeds of base")), "{:?}", comparison.warnings);
    assert_eq!(comparison.n_tests, 1);
}

#[test]
fn different_numbers_of_arrived_are_warned_of() {
    let base = side("base", vec![run(1, 100.0, 1000.0), run(2, 100.0, 1000.0)]);
    let slower = side("slower", vec![run(1, 120.0, 900.0), run(2, 121.0, 900.0)]);
    let comparison = compare(&base, &[slower], &primary()).unwrap();
    assert!(comparison.warnings[0].contains("900 vehicles arrived"), "{:?}", comparison.warnings);
}

#[test]
fn what_cannot_be_compared_is_refused_all_at_once() {
    let mut other = run(3, 1.0, 1.0);
    other.junctions = BTreeMap::from([("K".to_owned(), String::new())]);
    let mut later = run(4, 1.0, 1.0);
    later.clock_s[0] = 300.0;
    let base = side("base", vec![run(1, 1.0, 1.0)]);
    let problems =
        compare(&base, &[side("v", vec![other, later])], &["total_dely_s".to_owned()]).unwrap_err().to_string();
    for words in
        ["junctions of only one = \"K …\"", "begin_s = \"300\"", "no seed in common", "did you mean \"total_delay_s\"?"]
    {
        assert!(problems.contains(words), "{words}: {problems}");
    }
}

#[test]
fn requirements_hold_for_the_whole_interval() {
    let base = side("base", (1..=10).map(|seed| run(seed, 1000.0, 10.0)).collect());
    let noise = [5.0, -4.0, 2.0, -3.0, 0.0, 1.0, -1.0, 4.0, -2.0, -2.0];
    let better = side("v", (1..=10).map(|seed| run(seed, 970.0 + noise[seed as usize - 1], 10.0)).collect());
    let comparison = compare(&base, &[better], &primary()).unwrap();
    let judge = |text: &str| {
        let requirement: Requirement = text.parse().unwrap();
        requirement.check(&comparison).unwrap();
        requirement.failures(&comparison)
    };
    assert_eq!(judge("total_delay_s < -2%"), Vec::<String>::new());
    assert_eq!(judge("v:total_delay_s <= -20"), Vec::<String>::new());
    // The mean is -3.0 %, but the interval reaches beyond.
    let failures = judge("total_delay_s < -2.9%");
    assert!(failures[0].contains("is not met: mean difference -3.00 %, upper end"), "{failures:?}");
    assert_eq!(judge("arrived >= 0"), Vec::<String>::new());
    assert_eq!(judge("arrived > 0%").len(), 1);
}

#[test]
fn requirements_that_make_no_sense_are_refused() {
    for text in ["delay", "delay < ", "< 3", "delay < many", "v: < 2"] {
        assert!(text.parse::<Requirement>().is_err(), "{text}");
    }
    let base = side("base", vec![run(1, 1.0, 1.0)]);
    let comparison = compare(&base, &[side("v", vec![run(1, 1.0, 1.0)])], &primary()).unwrap();
    let check = |text: &str| text.parse::<Requirement>().unwrap().check(&comparison).unwrap_err().to_string();
    assert!(check("total_delay < 0").contains("did you mean \"total_delay_s\"?"));
    assert!(check("w:total_delay_s < 0").contains("variant"));
}
