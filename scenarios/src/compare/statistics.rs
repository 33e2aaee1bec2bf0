//! Paired differences: mean, Student's 95 % interval, two-sided test, a look at their shape; many tests at once.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::stats_tests::skewtest::skewtest;
use statrs::stats_tests::{Alternative, NaNPolicy};

/// Share of intervals that cover the true mean difference.
pub const CONFIDENCE: f64 = 0.95;

/// Largest share of false discoveries among the tests called significant.
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// Below this probability differences are called skewed, and Student's interval doubtful.
const SKEWED_BELOW: f64 = 0.01;

/// Differences of pairs, summed up.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Paired {
    /// Number of pairs.
    pub n: usize,
    /// Mean difference.
    pub mean: f64,
    /// Interval of the mean difference; none for a single pair.
    pub interval: Option<(f64, f64)>,
    /// Probability of differences at least as large without an effect; none for a single pair.
    pub p_value: Option<f64>,
    /// Whether the differences are too skewed for a normal distribution, by D'Agostino's test; it needs eight pairs.
    pub is_skewed: Option<bool>,
}

/// Sums up differences of pairs; `None` without any.
pub fn paired(differences: &[f64]) -> Option<Paired> {
    let n = differences.len();
    let mean = mean(differences)?;
    if n < 2 {
        return Some(Paired { n, mean, interval: None, p_value: None, is_skewed: None });
    }
    let degrees = (n - 1) as f64;
    let variance = differences.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / degrees;
    let error = (variance / n as f64).sqrt();
    if differences.iter().all(|&x| x == differences[0]) {
        let (value, p_value) = (differences[0], if differences[0] == 0.0 { 1.0 } else { 0.0 });
        return Some(Paired {
            n,
            mean: value,
            interval: Some((value, value)),
            p_value: Some(p_value),
            is_skewed: None,
        });
    }
    let student = StudentsT::new(0.0, 1.0, degrees).expect("at least one degree of freedom");
    let reach = student.inverse_cdf(0.5 + CONFIDENCE / 2.0) * error;
    let is_skewed = skewtest(differences.to_vec(), Alternative::TwoSided, NaNPolicy::Error)
        .ok()
        .map(|(_, p_value)| p_value < SKEWED_BELOW);
    Some(Paired {
        n,
        mean,
        interval: Some((mean - reach, mean + reach)),
        p_value: Some((2.0 * student.sf((mean / error).abs())).min(1.0)),
        is_skewed,
    })
}

/// The mean in the order given; `None` without values.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

/// P-values corrected for being many (Benjamini and Hochberg 1995): a test is significant at a false discovery rate if
/// its corrected value does not exceed it.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut corrected = vec![1.0; n];
    let mut least = 1.0_f64;
    for (rank, &index) in order.iter().enumerate().rev() {
        least = least.min(p_values[index] * n as f64 / (rank + 1) as f64);
        corrected[index] = least;
    }
    corrected
}
