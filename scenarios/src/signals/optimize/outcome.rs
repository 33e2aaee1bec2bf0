//! Plans before and after, on seeds and demand that the search did not see.

use serde::Serialize;

use super::evaluate::{Case, Totals};
use crate::compare::statistics::{mean, paired};

/// A measure before and after, over the seeds of one demand.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// Factor on the scenario's demand; none for all of them together.
    pub demand_scale: Option<f64>,
    /// The measure, per vehicle.
    pub measure: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Runs with each of both.
    pub runs: usize,
    /// Mean with the plans in force.
    pub before: f64,
    /// Mean with the plans found.
    pub after: f64,
    /// Mean paired difference.
    pub difference: f64,
    /// Its share of the mean before, percent.
    pub difference_pct: f64,
    /// Its 95 % interval; none with one run.
    pub low: Option<f64>,
    /// Its 95 % interval; none with one run.
    pub high: Option<f64>,
}

impl Row {
    /// Whether the interval lies below zero.
    pub fn is_less(&self) -> bool {
        self.high.is_some_and(|high| high < 0.0)
    }
}

type Of = fn(&Totals) -> f64;

const MEASURES: [(&str, &str, Of); 5] = [
    ("delay", "s", |totals| totals.delay_s / totals.vehicles.max(1.0)),
    ("person delay", "s", |totals| totals.person_delay_s / totals.vehicles.max(1.0)),
    ("stops", "", |totals| totals.stops / totals.vehicles.max(1.0)),
    ("CO2", "g", |totals| totals.co2_g / totals.vehicles.max(1.0)),
    ("not arrived", "", |totals| (totals.vehicles - totals.arrived) / totals.vehicles.max(1.0)),
];

/// The rows of a comparison; runs that were not finished are left out with their partner.
pub fn rows(cases: &[Case], before: &[Option<Totals>], after: &[Option<Totals>]) -> Vec<Row> {
    let mut scales: Vec<Option<f64>> = cases.iter().map(|case| Some(case.scale)).collect();
    scales.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    scales.dedup();
    if scales.len() > 1 {
        scales.push(None);
    }
    let mut rows = Vec::new();
    for demand_scale in scales {
        let pairs: Vec<(Totals, Totals)> = cases
            .iter()
            .zip(before.iter().zip(after))
            .filter(|(case, _)| demand_scale.is_none_or(|scale| scale == case.scale))
            .filter_map(|(_, (before, after))| before.zip(*after))
            .collect();
        for (measure, unit, of) in MEASURES {
            let values: Vec<(f64, f64)> = pairs.iter().map(|(before, after)| (of(before), of(after))).collect();
            let firsts: Vec<f64> = values.iter().map(|value| value.0).collect();
            let differences: Vec<f64> = values.iter().map(|(before, after)| after - before).collect();
            let (Some(first), Some(difference)) = (mean(&firsts), paired(&differences)) else { continue };
            if first == 0.0 && difference.mean == 0.0 {
                continue;
            }
            rows.push(Row {
                demand_scale,
                measure,
                unit,
                runs: pairs.len(),
                before: first,
                after: first + difference.mean,
                difference: difference.mean,
                difference_pct: 100.0 * difference.mean / first,
                low: difference.interval.map(|interval| interval.0),
                high: difference.interval.map(|interval| interval.1),
            });
        }
    }
    rows
}
