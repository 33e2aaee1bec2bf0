//! `summary.json` `power`: the feeders over the whole run after the warm-up.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sim_core::power::record::{At, FeederSum};
use sim_core::power::system::Role;

use super::csv::rounded;
use super::run::FinishedRun;

/// The feeders over the whole run after the warm-up.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PowerSummary {
    /// Energy that all sources gave.
    pub source_kwh: f64,
    /// Energy that the loads drew.
    pub load_kwh: f64,
    /// Energy lost in lines and transformers.
    pub loss_kwh: f64,
    /// Energy that loads without supply would have drawn.
    pub not_served_kwh: f64,
    /// Price of the metered energy, by currency, value-added tax included, without charges for the largest power.
    pub cost: BTreeMap<String, f64>,
    /// Charges for the largest power of each meter as if it were the month's, by currency.
    pub demand_charge_per_month: BTreeMap<String, f64>,
    /// Carbon dioxide of what the sources gave; `null` without a factor of the grid.
    pub co2_kg: Option<f64>,
    /// Lowest voltage over nominal, and where.
    pub lowest_voltage: Option<Extreme>,
    /// Largest loading of a branch, and where.
    pub largest_loading: Option<Extreme>,
    /// Time in which a voltage was outside of the limits, summed over feeders.
    pub hours_outside_limits: f64,
    /// Power flows made.
    pub power_flows: u64,
    /// Those that did not converge.
    pub not_converged: u64,
    /// The last of those by feeder.
    pub not_converged_feeders: Vec<NotConverged>,
    /// Signals that were without supply or on their way back, by name of the junction, and for how long.
    pub dark_signals: Vec<DarkSignal>,
    /// Fuses that melted: feeder and branch.
    pub melted_fuses: Vec<String>,
    /// Charging places at the end of the run.
    pub charging: Vec<Charging>,
    /// Closings of switches that were refused because they would have made a loop.
    pub refused_switchings: u64,
}

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Extreme {
    /// The value.
    pub value: f64,
    /// The feeder.
    pub feeder_id: String,
    /// The node or branch.
    pub at: String,
    /// When.
    pub at_s: f64,
}

/// A feeder whose power flow did not converge.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct NotConverged {
    /// The feeder.
    pub feeder_id: String,
    /// Iterations made.
    pub iterations: u32,
    /// Largest change of a voltage in the last of them, over nominal.
    pub mismatch_pu: f64,
    /// What it should have been.
    pub tolerance_pu: f64,
}

/// A charging place at the end of the run; the warm-up counts.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Charging {
    /// The load.
    pub load_id: String,
    /// Its feeder.
    pub feeder_id: String,
    /// Vehicles that came to charge.
    pub vehicles: u64,
    /// Energy that they have drawn from the grid.
    pub charged_kwh: f64,
    /// Vehicles that are not done.
    pub unfinished: u64,
    /// Energy that these still want.
    pub wanted_kwh: f64,
}

/// A signal without supply.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct DarkSignal {
    /// The signal.
    pub signal_id: String,
    /// Time not on its plan: dark, blinking, red for everybody.
    pub off_plan_s: f64,
}

/// The summary; `None` without feeders.
pub fn summary(run: &FinishedRun<'_>) -> Option<PowerSummary> {
    let plan = &run.loaded.power;
    if plan.is_empty() {
        return None;
    }
    let all: Vec<(usize, &FeederSum)> = run
        .results
        .power
        .iter()
        .enumerate()
        .flat_map(|(feeder, sums)| sums.iter().map(move |sum| (feeder, sum)))
        .collect();
    let kwh = |value: fn(&FeederSum) -> f64| rounded(all.iter().map(|(_, sum)| value(sum)).sum::<f64>() / 1000.0, 6);
    let (mut cost, mut demand) = (BTreeMap::<String, f64>::new(), BTreeMap::<String, f64>::new());
    for (feeder, sums) in run.results.power.iter().enumerate() {
        for (index, _) in plan.meters[feeder].iter().enumerate() {
            let Some(tariff) = plan.tariff(feeder, index) else { continue };
            let peak_w = sums.iter().map(|sum| sum.meters[index].peak_w).fold(0.0, f64::max);
            *cost.entry(tariff.currency.clone()).or_default() +=
                sums.iter().map(|sum| sum.meters[index].cost).sum::<f64>();
            *demand.entry(tariff.currency.clone()).or_default() += peak_w / 1000.0 * tariff.demand_price_per_kw;
        }
    }
    let extreme = |pick: fn(&FeederSum) -> Option<At>, sign: f64, is_branch: bool| {
        let found = all.iter().filter_map(|(feeder, sum)| pick(sum).map(|at| (*feeder, at)));
        found.reduce(|a, b| if sign * b.1.value > sign * a.1.value { b } else { a }).map(|(feeder, at)| {
            let circuit = &plan.circuits[feeder];
            let names = if is_branch { &circuit.branches } else { &circuit.nodes };
            Extreme {
                value: rounded(at.value, 6),
                feeder_id: circuit.name.clone(),
                at: names[at.place as usize].clone(),
                at_s: at.at_ms as f64 / 1000.0,
            }
        })
    };
    let rounded_all =
        |map: BTreeMap<String, f64>| map.into_iter().map(|(key, value)| (key, rounded(value, 4))).collect();
    let has_factor = !plan.grid.co2_kg_per_kwh.values.is_empty();
    Some(PowerSummary {
        source_kwh: kwh(|sum| sum.source_wh),
        load_kwh: kwh(|sum| sum.load_wh),
        loss_kwh: kwh(|sum| sum.loss_wh),
        not_served_kwh: kwh(|sum| sum.not_served_wh),
        cost: rounded_all(cost),
        demand_charge_per_month: rounded_all(demand),
        co2_kg: has_factor.then(|| rounded(all.iter().map(|(_, sum)| sum.co2_kg).sum(), 6)),
        lowest_voltage: extreme(|sum| sum.lowest_pu, -1.0, false),
        largest_loading: extreme(|sum| sum.loading, 1.0, true),
        hours_outside_limits: rounded(all.iter().map(|(_, sum)| sum.outside_s).sum::<f64>() / 3600.0, 6),
        power_flows: all.iter().map(|(_, sum)| u64::from(sum.n_solved)).sum(),
        not_converged: all.iter().map(|(_, sum)| u64::from(sum.n_failed)).sum(),
        not_converged_feeders: run
            .results
            .power
            .iter()
            .enumerate()
            .filter_map(|(feeder, sums)| {
                let sum = sums.iter().rev().find(|sum| sum.n_failed > 0)?;
                Some(NotConverged {
                    feeder_id: plan.circuits[feeder].name.clone(),
                    iterations: sum.failed_iterations,
                    mismatch_pu: if sum.failed_mismatch_pu.is_finite() { sum.failed_mismatch_pu } else { f64::MAX },
                    tolerance_pu: sim_core::power::solver::Accuracy::default().tolerance_pu,
                })
            })
            .collect(),
        dark_signals: run
            .results
            .dark_signals
            .iter()
            .map(|(signal, off_plan_ms)| DarkSignal {
                signal_id: run.loaded.names.signals[signal.index()].clone(),
                off_plan_s: *off_plan_ms as f64 / 1000.0,
            })
            .collect(),
        melted_fuses: run
            .results
            .melted_fuses
            .iter()
            .map(|(feeder, branch)| {
                let circuit = &plan.circuits[feeder.index()];
                format!("{} {}", circuit.name, circuit.branches[branch.index()])
            })
            .collect(),
        charging: charging(run),
        refused_switchings: run.results.n_refused_switchings,
    })
}

fn charging(run: &FinishedRun<'_>) -> Vec<Charging> {
    let plan = &run.loaded.power;
    let mut places = Vec::new();
    for (circuit, system) in plan.circuits.iter().zip(&plan.grid.feeders) {
        for (load, role) in system.roles.iter().enumerate() {
            let Role::Charger { charger, .. } = role else { continue };
            let Some(state) = run.results.chargers.get(*charger as usize) else { continue };
            let wanted_j = state.sessions_j.iter().sum::<f64>();
            places.push(Charging {
                load_id: circuit.loads[load].clone(),
                feeder_id: circuit.name.clone(),
                vehicles: state.n_came,
                charged_kwh: rounded(state.given_j / 3.6e6, 6),
                unfinished: state.sessions_j.len() as u64,
                wanted_kwh: rounded(wanted_j / 3.6e6, 6),
            });
        }
    }
    places
}
