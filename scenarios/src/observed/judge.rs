//! How near a run comes to what was observed.
//!
//! GEH = √(2 (M − C)² / (M + C)) with hourly flows M modelled and C counted. Days are averaged first, since a run stands for
//! a usual day.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use sim_core::ids::LinkId;
use sim_core::kpi::Results;

use super::{Observed, Rule, Subject, Use, What};
use crate::write::csv::rounded;

/// The share that rules ask for; it has to be exceeded.
const NEEDED_SHARE: f64 = 0.85;

/// A subject, as it was observed and as it was simulated: flows in veh/h, speeds in m/s.
#[derive(Clone, PartialEq, Debug)]
pub struct Pair {
    /// The subject.
    pub subject: Subject,
    /// Number of days.
    pub n_days: usize,
    /// Mean over the days.
    pub observed: f64,
    /// Least and most of a day.
    pub range: [f64; 2],
    /// In the run; `None` where no vehicle passed to give a speed.
    pub simulated: Option<f64>,
}

impl Pair {
    /// Whether it is a flow.
    pub fn is_flow(&self) -> bool {
        self.subject.what != What::Speed
    }
    /// The GEH statistic of a flow.
    pub fn geh(&self) -> Option<f64> {
        let simulated = self.simulated.filter(|_| self.is_flow())?;
        Some(geh(simulated, self.observed))
    }
    /// Whether it is near enough by itself; which criterion counts depends on the rule for all together.
    pub fn meets(&self) -> bool {
        let Some(simulated) = self.simulated else { return false };
        if self.is_flow() {
            geh(simulated, self.observed) < 5.0 || is_near_flow(simulated, self.observed)
        } else {
            (simulated - self.observed).abs() <= 0.15 * self.observed
        }
    }
}

/// The GEH statistic of hourly flows.
pub fn geh(modelled_vph: f64, counted_vph: f64) -> f64 {
    let sum = modelled_vph + counted_vph;
    if sum > 0.0 { (2.0 * (modelled_vph - counted_vph) * (modelled_vph - counted_vph) / sum).sqrt() } else { 0.0 }
}

/// The criterion of individual flows.
fn is_near_flow(modelled_vph: f64, counted_vph: f64) -> bool {
    let allowed_vph = match counted_vph {
        low if low < 700.0 => 100.0,
        middle if middle <= 2700.0 => 0.15 * middle,
        _ => 400.0,
    };
    (modelled_vph - counted_vph).abs() <= allowed_vph
}

/// A criterion of a rule.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Criterion {
    /// What is asked for.
    pub name: String,
    /// What was found.
    pub value: f64,
    /// What is needed.
    pub needed: String,
    /// Whether it is met.
    pub is_met: bool,
}

/// Errors of flows of one class.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ClassError {
    /// Number of flows.
    pub n: usize,
    /// Mean of simulated less observed.
    pub bias_vph: f64,
    /// Root of the mean square error.
    pub rmse_vph: f64,
    /// Mean absolute error over mean observed flow.
    pub error_share: Option<f64>,
    /// Share with a GEH below 5.
    pub geh_below_5_share: f64,
}

/// Observations of one use, judged.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Judged {
    /// Days observed.
    pub days: usize,
    /// Flows compared.
    pub flows: usize,
    /// Speeds compared.
    pub speeds: usize,
    /// Observations outside the time for which the run has results.
    pub not_simulated: usize,
    /// Errors of flows by class.
    pub by_class: BTreeMap<String, ClassError>,
    /// The rule's criteria.
    pub criteria: Vec<Criterion>,
    /// Whether all are met.
    pub is_passed: bool,
}

/// The verdict on a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The rule.
    pub rule: Rule,
    /// What was compared.
    pub pairs: Vec<Pair>,
    /// Days of calibration.
    pub calibration: Option<Judged>,
    /// Days held out.
    pub held_out: Option<Judged>,
}

impl Verdict {
    /// Whether the run may be called calibrated: both kinds of days are there and meet the rule.
    pub fn is_calibrated(&self) -> bool {
        [&self.calibration, &self.held_out].iter().all(|judged| judged.as_ref().is_some_and(|it| it.is_passed))
    }
    /// Why it may or may not.
    pub fn why(&self) -> &'static str {
        match (&self.calibration, &self.held_out) {
            (None, _) => "no days for calibration",
            (_, None) => "no days held out",
            (Some(calibration), _) if !calibration.is_passed => "days of calibration do not meet the rule",
            (_, Some(held_out)) if !held_out.is_passed => "days held out do not meet the rule",
            _ => "both kinds of days meet the rule",
        }
    }
}

/// Judges a run; `None` where nothing was observed. `movement_ends` are the links of each movement.
pub fn judge(observed: &Observed, results: &Results, movement_ends: &[(LinkId, LinkId)]) -> Option<Verdict> {
    if observed.rows.is_empty() {
        return None;
    }
    let mut by_subject: BTreeMap<&Subject, Vec<f64>> = BTreeMap::new();
    for row in &observed.rows {
        by_subject.entry(&row.subject).or_default().push(row.value);
    }
    let spans = Spans::of(results);
    let mut pairs = Vec::new();
    let mut missed = BTreeMap::<Use, usize>::new();
    for (subject, values) in by_subject {
        if !spans.cover(subject) {
            *missed.entry(subject.usage).or_default() += 1;
            continue;
        }
        let hours = (subject.end_ms - subject.begin_ms) as f64 / 3.6e6;
        let scale = if subject.what == What::Speed { 1.0 } else { 1.0 / hours };
        let range = values.iter().fold([f64::INFINITY, 0.0], |[low, high], value| [low.min(*value), high.max(*value)]);
        pairs.push(Pair {
            subject: subject.clone(),
            n_days: values.len(),
            observed: values.iter().sum::<f64>() / values.len() as f64 * scale,
            range: range.map(|value| value * scale),
            simulated: simulated(subject, results, movement_ends).map(|value| value * scale),
        });
    }
    let judged = |usage: Use| {
        let days: BTreeSet<&str> =
            observed.rows.iter().filter(|row| row.subject.usage == usage).map(|row| row.date.as_str()).collect();
        let own: Vec<&Pair> = pairs.iter().filter(|pair| pair.subject.usage == usage).collect();
        let not_simulated = missed.get(&usage).copied().unwrap_or(0);
        (!days.is_empty()).then(|| judged(observed.rule, &own, days.len(), not_simulated))
    };
    let (calibration, held_out) = (judged(Use::Calibration), judged(Use::HeldOut));
    Some(Verdict { rule: observed.rule, pairs, calibration, held_out })
}

/// The whole intervals for which there are results.
struct Spans(BTreeSet<(i64, i64)>);

impl Spans {
    fn of(results: &Results) -> Self {
        Self(results.links.iter().map(|row| (ms(row.begin_s), ms(row.end_s))).collect())
    }
    /// Whether whole intervals fill the time of a subject without a gap.
    fn cover(&self, subject: &Subject) -> bool {
        let mut at_ms = subject.begin_ms;
        for &(begin_ms, end_ms) in &self.0 {
            if begin_ms == at_ms && end_ms <= subject.end_ms {
                at_ms = end_ms;
            }
        }
        at_ms == subject.end_ms
    }
}

fn ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// Vehicles or metres per second in the run.
fn simulated(subject: &Subject, results: &Results, movement_ends: &[(LinkId, LinkId)]) -> Option<f64> {
    let lies_in = |begin_s: f64, end_s: f64| ms(begin_s) >= subject.begin_ms && ms(end_s) <= subject.end_ms;
    if let What::Movement(to) = subject.what {
        let ends = (subject.link, to);
        let rows = results
            .movements
            .iter()
            .filter(|row| lies_in(row.begin_s, row.end_s) && movement_ends.get(row.movement.index()) == Some(&ends));
        return Some(rows.map(|row| f64::from(row.served)).sum());
    }
    let rows = results
        .links
        .iter()
        .filter(|row| row.link == subject.link && row.class == subject.class && lies_in(row.begin_s, row.end_s));
    let (mut way_m, mut time_s, mut entered, mut left, mut length_m) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in rows {
        way_m += row.distance_m;
        time_s += row.time_s;
        entered += f64::from(row.entered);
        left += f64::from(row.left);
        length_m = row.length_m;
    }
    match subject.what {
        What::Entry => Some(entered),
        What::Exit => Some(left),
        What::Speed => (time_s > 0.0).then(|| way_m / time_s),
        // A class that the run does not have passes nowhere.
        _ if length_m == 0.0 => Some(0.0),
        _ => Some(way_m / length_m),
    }
}

fn judged(rule: Rule, pairs: &[&Pair], days: usize, not_simulated: usize) -> Judged {
    let flows: Vec<(f64, f64)> = pairs.iter().filter(|pair| pair.is_flow()).filter_map(|pair| both(pair)).collect();
    let speeds: Vec<&&Pair> = pairs.iter().filter(|pair| !pair.is_flow()).collect();
    let mut criteria = Vec::new();
    if !flows.is_empty() {
        flow_criteria(rule, &flows, &mut criteria);
    }
    if !speeds.is_empty() {
        let share = share(speeds.iter().map(|pair| pair.meets()));
        criteria.push(over("share of speeds within 15 %", share));
    }
    let mut classes: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.is_flow()) {
        let class = pair.subject.class.map_or("all", |class| class.name());
        classes.entry(class.to_owned()).or_default().extend(both(pair));
    }
    // Without counts nothing is shown; speeds alone do not make a calibrated run.
    let is_passed = !flows.is_empty() && criteria.iter().all(|criterion| criterion.is_met);
    Judged {
        days,
        flows: flows.len(),
        speeds: speeds.len(),
        not_simulated,
        by_class: classes.into_iter().map(|(class, flows)| (class, class_error(&flows))).collect(),
        criteria,
        is_passed,
    }
}

fn both(pair: &Pair) -> Option<(f64, f64)> {
    Some((pair.simulated?, pair.observed))
}

fn flow_criteria(rule: Rule, flows: &[(f64, f64)], criteria: &mut Vec<Criterion>) {
    let is_low_geh = |&(modelled, counted): &(f64, f64)| geh(modelled, counted) < 5.0;
    let is_near = |&(modelled, counted): &(f64, f64)| is_near_flow(modelled, counted);
    match rule {
        Rule::TagM31 => {
            let either = share(flows.iter().map(|flow| is_low_geh(flow) || is_near(flow)));
            criteria.push(over("share of flows within GEH 5 or 100 veh/h, 15 %, 400 veh/h", either));
        }
        Rule::Fhwa2004 => {
            criteria.push(over("share of flows within GEH 5", share(flows.iter().map(is_low_geh))));
            criteria.push(over("share of flows within 100 veh/h, 15 %, 400 veh/h", share(flows.iter().map(is_near))));
            let sum = |part: fn(&(f64, f64)) -> f64| flows.iter().map(part).sum::<f64>();
            let (modelled, counted) = (sum(|flow| flow.0), sum(|flow| flow.1));
            let error = if counted > 0.0 { (modelled / counted - 1.0).abs() } else { modelled.min(1.0) };
            criteria.push(criterion("error of the sum of flows", error, "below 0.05", error < 0.05));
            let of_sum = geh(modelled, counted);
            criteria.push(criterion("GEH of the sum of flows", of_sum, "below 4", of_sum < 4.0));
        }
    }
}

fn share(met: impl ExactSizeIterator<Item = bool>) -> f64 {
    let n = met.len() as f64;
    met.filter(|is_met| *is_met).count() as f64 / n
}

fn over(name: &str, share: f64) -> Criterion {
    criterion(name, share, "above 0.85", share > NEEDED_SHARE)
}

fn criterion(name: &str, value: f64, needed: &str, is_met: bool) -> Criterion {
    Criterion { name: name.to_owned(), value: rounded(value, 4), needed: needed.to_owned(), is_met }
}

fn class_error(flows: &[(f64, f64)]) -> ClassError {
    let n = flows.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| flows.iter().map(part).sum::<f64>() / n;
    let observed = mean(|flow| flow.1);
    ClassError {
        n: flows.len(),
        bias_vph: rounded(mean(|flow| flow.0 - flow.1), 2),
        rmse_vph: rounded(mean(|flow| (flow.0 - flow.1) * (flow.0 - flow.1)).sqrt(), 2),
        error_share: (observed > 0.0).then(|| rounded(mean(|flow| (flow.0 - flow.1).abs()) / observed, 4)),
        geh_below_5_share: rounded(share(flows.iter().map(|flow| geh(flow.0, flow.1) < 5.0)), 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geh_is_that_of_its_formula() {
        assert_eq!(geh(0.0, 0.0), 0.0);
        // √(2 · 100² / 2100)
        assert!((geh(1100.0, 1000.0) - 3.086_067).abs() < 1e-6);
        assert!((geh(1000.0, 1100.0) - geh(1100.0, 1000.0)).abs() < 1e-12);
    }

    #[test]
    fn flows_are_near_by_their_size() {
        for (counted, error, is_near) in [
            (699.0, 100.0, true),
            (699.0, 101.0, false),
            (2000.0, 300.0, true),
            (2000.0, 301.0, false),
            (3000.0, 400.0, true),
        ] {
            assert_eq!(is_near_flow(counted + error, counted), is_near, "{counted} {error}");
            assert_eq!(is_near_flow(counted - error, counted), is_near, "{counted} {error}");
        }
    }

    #[test]
    fn rules_ask_for_more_than_85_in_100() {
        let flows = |n_far: usize| -> Vec<(f64, f64)> {
            (0..100).map(|index| if index < n_far { (2000.0, 1000.0) } else { (1000.0, 1000.0) }).collect()
        };
        let met = |rule, n_far| {
            let mut criteria = Vec::new();
            flow_criteria(rule, &flows(n_far), &mut criteria);
            criteria.iter().map(|criterion| criterion.is_met).collect::<Vec<_>>()
        };
        assert_eq!(met(Rule::TagM31, 14), [true]);
        assert_eq!(met(Rule::TagM31, 15), [false]);
        assert_eq!(met(Rule::Fhwa2004, 0), [true, true, true, true]);
        // The sum is 6 % too large.
        assert_eq!(met(Rule::Fhwa2004, 6), [true, true, false, false]);
    }
}
