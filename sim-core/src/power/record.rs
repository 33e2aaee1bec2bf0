//! What feeders come to over time: energies, voltages, and what was worst, by interval.
//!
//! A solution stands until the next one. So the recorder keeps the last one as rates and adds them up when the next comes,
//! at the ends of intervals, and when results are asked for.

use serde::{Deserialize, Serialize};

use super::blocks::PHASES;
use super::system::PowerGrid;
use crate::ids::SignalId;

/// What a meter shows now.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct MeterNow {
    /// Active power.
    pub power_w: f64,
    /// Reactive power.
    pub reactive_var: f64,
    /// Active power lost behind it.
    pub loss_w: f64,
    /// Power that loads behind it would draw had they supply.
    pub not_served_w: f64,
    /// Price per kWh.
    pub price_per_kwh: f64,
}

/// A value and where it stands.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct At {
    /// The value.
    pub value: f64,
    /// The node or branch.
    pub place: u32,
    /// When.
    pub at_ms: i64,
}

impl At {
    /// The larger of two; the first of equals.
    #[must_use]
    pub fn larger(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(a), Some(b)) => Some(if b.value > a.value { b } else { a }),
            (a, b) => a.or(b),
        }
    }
    /// The smaller of two; the first of equals.
    #[must_use]
    pub fn smaller(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(a), Some(b)) => Some(if b.value < a.value { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// A feeder as last solved.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct FeederNow {
    /// Active power of the source.
    pub source_w: f64,
    /// Its reactive power.
    pub source_var: f64,
    /// Active power of the loads.
    pub load_w: f64,
    /// Active power lost.
    pub loss_w: f64,
    /// Power of loads without supply.
    pub not_served_w: f64,
    /// Lowest voltage, over nominal.
    pub lowest_pu: Option<At>,
    /// Highest voltage, over nominal.
    pub highest_pu: Option<At>,
    /// Largest share of negative in positive sequence.
    pub unbalance: Option<At>,
    /// Largest current over what a branch may carry.
    pub loading: Option<At>,
    /// Nodes and line phases outside of the limits now.
    pub is_outside: bool,
    /// Magnitudes by node and line phase; 0 without voltage.
    pub volts: Vec<[f32; PHASES]>,
    /// Voltages over nominal, in the same order.
    pub per_base_v: Vec<f32>,
    /// By meter.
    pub meters: Vec<MeterNow>,
    /// Carbon dioxide per kWh.
    pub co2_kg_per_kwh: f64,
}

/// A line phase of a node over an interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct VoltageSum {
    /// Lowest.
    pub min_v: f64,
    /// Highest.
    pub max_v: f64,
    /// Voltage times time.
    pub volt_s: f64,
    /// Time with voltage.
    pub on_s: f64,
    /// Time with a voltage outside of the limits.
    pub outside_s: f64,
    /// Time without voltage.
    pub dark_s: f64,
}

/// A meter over an interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct MeterSum {
    /// Active energy.
    pub energy_wh: f64,
    /// Reactive energy.
    pub reactive_varh: f64,
    /// Losses behind it.
    pub loss_wh: f64,
    /// Energy that was not served behind it.
    pub not_served_wh: f64,
    /// Largest power.
    pub peak_w: f64,
    /// What it costs.
    pub cost: f64,
    /// Carbon dioxide.
    pub co2_kg: f64,
}

/// A feeder over an interval.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct FeederSum {
    /// Start.
    pub begin_ms: i64,
    /// End.
    pub end_ms: i64,
    /// Active energy of the source.
    pub source_wh: f64,
    /// Its reactive energy.
    pub source_varh: f64,
    /// Energy of the loads.
    pub load_wh: f64,
    /// Energy lost.
    pub loss_wh: f64,
    /// Energy that was not served.
    pub not_served_wh: f64,
    /// Carbon dioxide of what the source gave.
    pub co2_kg: f64,
    /// Time in which a voltage was outside of the limits somewhere.
    pub outside_s: f64,
    /// Largest power of the source.
    pub peak_w: Option<At>,
    /// Lowest voltage, over nominal.
    pub lowest_pu: Option<At>,
    /// Highest voltage, over nominal.
    pub highest_pu: Option<At>,
    /// Largest unbalance.
    pub unbalance: Option<At>,
    /// Largest loading.
    pub loading: Option<At>,
    /// Power flows made.
    pub n_solved: u32,
    /// Those that did not converge.
    pub n_failed: u32,
    /// Iterations of the last of those.
    pub failed_iterations: u32,
    /// Its mismatch, over nominal.
    pub failed_mismatch_pu: f64,
    /// By node and line phase.
    pub voltages: Vec<[VoltageSum; PHASES]>,
    /// By meter.
    pub meters: Vec<MeterSum>,
}

impl FeederSum {
    fn empty(begin_ms: i64, end_ms: i64, n_nodes: usize, n_meters: usize) -> Self {
        Self {
            begin_ms,
            end_ms,
            voltages: vec![[VoltageSum::default(); PHASES]; n_nodes],
            meters: vec![MeterSum::default(); n_meters],
            ..Self::default()
        }
    }

    fn add(&mut self, now: &FeederNow, from_ms: i64, duration_s: f64, (min_pu, max_pu): (f64, f64)) {
        let hours = duration_s / 3600.0;
        self.source_wh += now.source_w * hours;
        self.source_varh += now.source_var * hours;
        self.load_wh += now.load_w * hours;
        self.loss_wh += now.loss_w * hours;
        self.not_served_wh += now.not_served_w * hours;
        self.co2_kg += now.source_w * hours / 1000.0 * now.co2_kg_per_kwh;
        self.outside_s += if now.is_outside { duration_s } else { 0.0 };
        let peak = At { value: now.source_w, place: 0, at_ms: from_ms };
        self.peak_w = At::larger(self.peak_w, Some(peak));
        self.lowest_pu = At::smaller(self.lowest_pu, now.lowest_pu);
        self.highest_pu = At::larger(self.highest_pu, now.highest_pu);
        self.unbalance = At::larger(self.unbalance, now.unbalance);
        self.loading = At::larger(self.loading, now.loading);
        for (meter, now_meter) in self.meters.iter_mut().zip(&now.meters) {
            let energy_wh = now_meter.power_w * hours;
            meter.energy_wh += energy_wh;
            meter.reactive_varh += now_meter.reactive_var * hours;
            meter.loss_wh += now_meter.loss_w * hours;
            meter.not_served_wh += now_meter.not_served_w * hours;
            meter.peak_w = meter.peak_w.max(now_meter.power_w);
            meter.cost += energy_wh / 1000.0 * now_meter.price_per_kwh;
            meter.co2_kg += energy_wh / 1000.0 * now.co2_kg_per_kwh;
        }
        for ((sums, volts), per_base_v) in self.voltages.iter_mut().zip(&now.volts).zip(&now.per_base_v) {
            for (sum, &volts) in sums.iter_mut().zip(volts) {
                let (volts, pu) = (f64::from(volts), f64::from(volts * per_base_v));
                if volts == 0.0 {
                    sum.dark_s += duration_s;
                    continue;
                }
                sum.min_v = if sum.on_s == 0.0 { volts } else { sum.min_v.min(volts) };
                sum.max_v = sum.max_v.max(volts);
                sum.volt_s += volts * duration_s;
                sum.on_s += duration_s;
                sum.outside_s += if pu < min_pu || pu > max_pu { duration_s } else { 0.0 };
            }
        }
    }
}

/// What one feeder came to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct FeederRecord {
    /// Closed intervals.
    pub closed: Vec<FeederSum>,
    /// The open one.
    pub open: FeederSum,
    /// The feeder as last solved.
    pub now: Option<FeederNow>,
    /// Up to when it has been added up.
    added_ms: i64,
}

impl FeederRecord {
    /// Adds up to a time.
    fn advance(&mut self, to_ms: i64, interval_ms: i64, limits: (f64, f64)) {
        let Some(now) = self.now.take() else {
            self.added_ms = to_ms;
            self.turn_to(to_ms, interval_ms);
            return;
        };
        while self.added_ms < to_ms {
            let from_ms = self.added_ms.max(self.open.begin_ms);
            let until_ms = to_ms.min(self.open.end_ms);
            if until_ms > from_ms {
                self.open.add(&now, from_ms, (until_ms - from_ms) as f64 / 1000.0, limits);
            }
            self.added_ms = until_ms.max(self.added_ms);
            self.turn_to(self.added_ms, interval_ms);
            if to_ms <= self.open.begin_ms {
                self.added_ms = to_ms;
            }
        }
        self.now = Some(now);
    }

    fn turn_to(&mut self, now_ms: i64, interval_ms: i64) {
        while now_ms >= self.open.end_ms {
            let (n_nodes, n_meters) = (self.open.voltages.len(), self.open.meters.len());
            let begin_ms = self.open.end_ms;
            let next = FeederSum::empty(begin_ms, begin_ms + interval_ms, n_nodes, n_meters);
            self.closed.push(std::mem::replace(&mut self.open, next));
        }
    }
}

/// What all feeders came to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PowerRecord {
    /// By feeder.
    pub feeders: Vec<FeederRecord>,
    /// Signals that were not on their plans for want of supply, and for how long; by signal.
    pub dark_signals: Vec<(SignalId, i64)>,
    interval_ms: i64,
    limits: (f64, f64),
}

impl PowerRecord {
    /// Nothing recorded yet.
    pub fn new(grid: &PowerGrid, begin_ms: i64, interval_ms: i64) -> Self {
        let end_ms = (begin_ms.div_euclid(interval_ms) + 1) * interval_ms;
        let feeder = |system: &super::system::FeederSystem| FeederRecord {
            open: FeederSum::empty(begin_ms, end_ms, system.feeder.parts.nodes.len(), system.meters.len()),
            ..FeederRecord::default()
        };
        Self {
            feeders: grid.feeders.iter().map(feeder).collect(),
            dark_signals: Vec::new(),
            interval_ms,
            limits: (grid.min_pu, grid.max_pu),
        }
    }

    /// Takes a new solution of a feeder that begins to stand now.
    pub fn take(&mut self, feeder: usize, now_ms: i64, solved: FeederNow, outcome: super::Outcome) {
        let (interval_ms, limits) = (self.interval_ms, self.limits);
        let record = &mut self.feeders[feeder];
        record.advance(now_ms, interval_ms, limits);
        if now_ms >= record.open.begin_ms {
            record.open.n_solved += 1;
            if !outcome.has_converged {
                record.open.n_failed += 1;
                record.open.failed_iterations = outcome.iterations;
                record.open.failed_mismatch_pu = outcome.mismatch_pu;
            }
        }
        record.now = Some(solved);
        record.added_ms = now_ms;
    }

    /// Notes that a signal is not on its plan for a step.
    pub fn note_dark(&mut self, signal: SignalId, step_ms: i64) {
        match self.dark_signals.binary_search_by_key(&signal, |(signal, _)| *signal) {
            Ok(place) => self.dark_signals[place].1 += step_ms,
            Err(place) => self.dark_signals.insert(place, (signal, step_ms)),
        }
    }

    /// All intervals of a feeder up to a time, the open one included.
    pub fn sums(&self, feeder: usize, to_ms: i64) -> Vec<FeederSum> {
        let mut record = self.feeders[feeder].clone();
        record.advance(to_ms, self.interval_ms, self.limits);
        record.open.end_ms = record.open.end_ms.min(to_ms);
        let mut sums = record.closed;
        if record.open.end_ms > record.open.begin_ms {
            sums.push(record.open);
        }
        sums
    }
}
