//! Means over seeds and how sure they are.

/// A mean over independent runs.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Standard deviation between runs (with n − 1); 0 for a single run.
    pub deviation: f64,
    /// Number of runs.
    pub n: usize,
}

impl Mean {
    /// The mean of values, added up in their order; not a number for none.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let value = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|x| (x - value) * (x - value)).sum();
        let deviation = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { 0.0 };
        Self { value, deviation, n }
    }

    /// Standard error of the mean; 0 where it is not known.
    pub fn standard_error(self) -> f64 {
        if self.n > 1 { self.deviation / (self.n as f64).sqrt() } else { 0.0 }
    }
}

/// Standard error of the difference of two independent means.
pub fn standard_error_of_difference(a: Mean, b: Mean) -> f64 {
    a.standard_error().hypot(b.standard_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_standard_error_of_four_values() {
        let mean = Mean::of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!(mean.value, 3.0);
        assert!((mean.deviation - (14.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((mean.standard_error() - mean.deviation / 2.0).abs() < 1e-12);
    }

    #[test]
    fn single_run_has_no_standard_error() {
        assert_eq!(Mean::of(&[5.0]), Mean { value: 5.0, deviation: 0.0, n: 1 });
        assert_eq!(Mean::of(&[5.0]).standard_error(), 0.0);
    }

    #[test]
    fn errors_of_two_means_add_in_squares() {
        let a = Mean { value: 1.0, deviation: 6.0, n: 4 };
        let b = Mean { value: 2.0, deviation: 8.0, n: 4 };
        assert_eq!(standard_error_of_difference(a, b), 5.0);
    }
}
