//! `feeders`, `voltages`, `energy`: what a run, or a circuit alone, came to on its feeders.

use std::io;

use sim_core::power::PHASES;
use sim_core::power::record::{At, FeederSum};
use sim_core::power::system::Role;

use crate::power::PowerPlan;
use crate::write::csv::{Cell, RowSink};
use crate::write::outage::{self, Delays};
use crate::write::run::FinishedRun;

/// What the tables are made of.
#[derive(Clone, Copy, Debug)]
pub struct PowerResults<'a> {
    /// Names and tariffs.
    pub plan: &'a PowerPlan,
    /// Feeders by interval.
    pub feeders: &'a [Vec<FeederSum>],
    /// Length of a whole interval.
    pub interval_ms: i64,
    /// The calibration status.
    pub calibration: &'a str,
}

impl<'a> PowerResults<'a> {
    /// Those of a run.
    pub fn of(run: &FinishedRun<'a>) -> Self {
        Self {
            plan: &run.loaded.power,
            feeders: &run.results.power,
            interval_ms: run.params.interval_ms,
            calibration: run.calibration(),
        }
    }

    fn ends(&self, sum: &FeederSum) -> [Cell<'static>; 3] {
        let is_partial = sum.end_ms - sum.begin_ms < self.interval_ms;
        [(sum.begin_ms as f64 / 1000.0).into(), (sum.end_ms as f64 / 1000.0).into(), is_partial.into()]
    }
}

/// The rows of `feeders` of a run.
///
/// # Errors
/// When the sink fails.
pub fn run_feeders(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    feeders(&PowerResults::of(run), sink)
}
/// The rows of `voltages` of a run.
///
/// # Errors
/// When the sink fails.
pub fn run_voltages(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    voltages(&PowerResults::of(run), sink)
}
/// The rows of `energy` of a run.
///
/// # Errors
/// When the sink fails.
pub fn run_energy(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    energy(&PowerResults::of(run), sink)
}

/// The rows of `feeders`.
///
/// # Errors
/// When the sink fails.
pub fn feeders(results: &PowerResults<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    for (circuit, sums) in results.plan.circuits.iter().zip(results.feeders) {
        let node = |at: Option<At>| at.map_or("", |at| circuit.nodes[at.place as usize].as_str());
        let branch = |at: Option<At>| at.map_or("", |at| circuit.branches[at.place as usize].as_str());
        let value = |at: Option<At>, factor: f64| at.map(|at| at.value * factor);
        for sum in sums {
            let [begin, end, partial] = results.ends(sum);
            sink.row(&[
                (&circuit.name).into(),
                begin,
                end,
                partial,
                (sum.source_wh / 1000.0).into(),
                (sum.source_varh / 1000.0).into(),
                (sum.load_wh / 1000.0).into(),
                (sum.loss_wh / 1000.0).into(),
                (sum.not_served_wh / 1000.0).into(),
                value(sum.peak_w, 1e-3).into(),
                sum.peak_w.map(|at| at.at_ms as f64 / 1000.0).into(),
                value(sum.lowest_pu, 1.0).into(),
                node(sum.lowest_pu).into(),
                value(sum.highest_pu, 1.0).into(),
                node(sum.highest_pu).into(),
                sum.lowest_pu.map(|at| (1.0 - at.value) * 100.0).into(),
                (sum.outside_s / 3600.0).into(),
                value(sum.unbalance, 100.0).into(),
                node(sum.unbalance).into(),
                value(sum.loading, 100.0).into(),
                branch(sum.loading).into(),
                sum.n_solved.into(),
                sum.n_failed.into(),
                results.calibration.into(),
            ])?;
        }
    }
    Ok(())
}

/// The rows of `voltages`.
///
/// # Errors
/// When the sink fails.
pub fn voltages(results: &PowerResults<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let all = results.plan.circuits.iter().zip(&results.plan.grid.feeders).zip(results.feeders);
    for ((circuit, system), sums) in all {
        for sum in sums {
            let [begin, end, partial] = results.ends(sum);
            for (node, by_phase) in sum.voltages.iter().enumerate() {
                let base_v = circuit.parts.nodes[node].base_v;
                for (phase, voltage) in by_phase.iter().enumerate().take(PHASES) {
                    if !system.feeder.phases[node].has(phase) && voltage.on_s == 0.0 {
                        continue;
                    }
                    let while_on = |value: f64| (voltage.on_s > 0.0).then_some(value);
                    let mean_v = while_on(voltage.volt_s / voltage.on_s);
                    sink.row(&[
                        (&circuit.name).into(),
                        (&circuit.nodes[node]).into(),
                        (phase as u32 + 1).into(),
                        begin,
                        end,
                        partial,
                        while_on(voltage.min_v).into(),
                        mean_v.into(),
                        while_on(voltage.max_v).into(),
                        mean_v.map(|mean_v| mean_v / base_v).into(),
                        voltage.outside_s.into(),
                        voltage.dark_s.into(),
                        results.calibration.into(),
                    ])?;
                }
            }
        }
    }
    Ok(())
}

/// The rows of `energy`.
///
/// # Errors
/// When the sink fails.
pub fn energy(results: &PowerResults<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let plan = results.plan;
    let has_factor = !plan.grid.co2_kg_per_kwh.values.is_empty();
    for (feeder, (circuit, sums)) in plan.circuits.iter().zip(results.feeders).enumerate() {
        for sum in sums {
            let [begin, end, partial] = results.ends(sum);
            for (index, (meter, name)) in sum.meters.iter().zip(&plan.meters[feeder]).enumerate() {
                let tariff = plan.tariff(feeder, index);
                sink.row(&[
                    (&name.id).into(),
                    (&name.name).into(),
                    (&circuit.name).into(),
                    tariff.map_or("", |tariff| tariff.id.as_str()).into(),
                    begin,
                    end,
                    partial,
                    (meter.energy_wh / 1000.0).into(),
                    (meter.reactive_varh / 1000.0).into(),
                    (meter.loss_wh / 1000.0).into(),
                    (meter.not_served_wh / 1000.0).into(),
                    (meter.peak_w / 1000.0).into(),
                    tariff.map(|_| meter.cost).into(),
                    tariff.map_or("", |tariff| tariff.currency.as_str()).into(),
                    has_factor.then_some(meter.co2_kg).into(),
                    results.calibration.into(),
                ])?;
            }
        }
    }
    Ok(())
}

/// The rows of `outage` of a run.
///
/// # Errors
/// When the sink fails.
pub fn run_outage(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let delays = Delays::new(run);
    for row in outage::dark_loads(run) {
        let (circuit, system) = (&run.loaded.power.circuits[row.feeder], &run.loaded.power.grid.feeders[row.feeder]);
        let load = row.dark.load.index();
        let (delay_h, without_h) = row.signal.map_or((None, None), |signal| {
            let (delay_h, without_h) = delays.hours(signal);
            (Some(delay_h), without_h)
        });
        let group = row.lamps.map(|group| &run.loaded.power.grid.lamps[group as usize]);
        let name = match group {
            Some(lamps) => outage::circuits(run, lamps),
            None => row.signal.map_or("", |signal| delays.name(run, signal)).to_owned(),
        };
        let kind = match system.roles[load] {
            Role::Signal { .. } => "signal",
            Role::Charger { .. } => "charger",
            Role::Lamps(_) => "lamps",
            Role::Profile(_) => "profile",
            Role::Constant => "constant",
        };
        sink.row(&[
            (&circuit.name).into(),
            (&circuit.loads[load]).into(),
            (&circuit.nodes[circuit.parts.loads[load].node.index()]).into(),
            kind.into(),
            name.as_str().into(),
            (row.dark.from_ms as f64 / 1000.0).into(),
            (row.dark.until_ms as f64 / 1000.0).into(),
            row.dark.dark_s.into(),
            (row.dark.not_served_wh / 1000.0).into(),
            group.map(|lamps| lamps.len() as u32).into(),
            row.signal.map_or("", |_| outage::rule_word(run.params.dark_signal_rule)).into(),
            delay_h.into(),
            without_h.into(),
            delay_h.zip(without_h).map(|(with_h, without_h)| with_h - without_h).into(),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}
