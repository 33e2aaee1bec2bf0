//! What a loss of supply came to in a run: what went dark, which junctions fell back, the delay, the energy not served.
//!
//! Delay is told against the same run without the variant's changes: same seed, same trips, so that the difference is
//! that of the changes and of nothing else.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sim_core::engine::params::DarkSignalRule;
use sim_core::ids::{JunctionId, LightingSectionId, LoadId, LuminaireId, SignalId};
use sim_core::kpi::Results;
use sim_core::power::record::DarkLoad;
use sim_core::power::system::Role;

use super::csv::rounded;
use super::places;
use super::run::FinishedRun;

/// What a loss of supply came to; the warm-up is left out.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct OutageSummary {
    /// When the first load lost supply.
    pub from_s: f64,
    /// When the last had it again, or the run ended.
    pub until_s: f64,
    /// Loads that were without supply.
    pub loads: usize,
    /// Energy that they would have drawn.
    pub not_served_kwh: f64,
    /// Feeders with such loads.
    pub feeders: Vec<FeederOutage>,
    /// Junctions whose signals went dark.
    pub signals: Vec<SignalOutage>,
    /// Luminaires that were without supply.
    pub luminaires: usize,
    /// Lighting sections that fell short of their class for longer than without the variant; where no such run was made,
    /// those with a luminaire without supply that fell short at all.
    pub sections: Vec<SectionOutage>,
    /// What all vehicles lost in the run, depart delay included, less what they lost without the variant.
    pub added_delay_h: Option<f64>,
    /// Arrived vehicles, less those without the variant.
    pub added_arrived: Option<i64>,
}

/// A feeder with loads without supply.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct FeederOutage {
    /// The feeder.
    pub feeder_id: String,
    /// Loads that were without supply.
    pub dark_loads: usize,
    /// All its loads.
    pub loads: usize,
    /// Energy not served.
    pub not_served_kwh: f64,
}

/// A junction whose signal went dark.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SignalOutage {
    /// The signal.
    pub signal_id: String,
    /// Name of the junction.
    pub name: String,
    /// When it lost supply.
    pub dark_from_s: f64,
    /// When it had it again, or the run ended.
    pub dark_until_s: f64,
    /// Time not on its plan, the way back included.
    pub off_plan_s: f64,
    /// What ruled meanwhile.
    pub fell_back_to: String,
    /// Control delay of all vehicles that left the junction in the run.
    pub delay_h: f64,
    /// The same without the variant.
    pub delay_without_h: Option<f64>,
}

/// A lighting section that lost its class.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SectionOutage {
    /// The section.
    pub section_id: String,
    /// Its street.
    pub name: String,
    /// Its luminaires that were without supply.
    pub dark_luminaires: usize,
    /// All its luminaires.
    pub luminaires: usize,
    /// Time in which the street had to be lit and its class was not met.
    pub short_s: f64,
    /// The same without the variant.
    pub short_without_s: Option<f64>,
}

/// A load that was without supply, over the whole run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DarkRow {
    /// Its feeder.
    pub feeder: usize,
    /// The load and what it missed.
    pub dark: DarkLoad,
    /// The signal, if it is one.
    pub signal: Option<SignalId>,
    /// The group of lamps, if it is one.
    pub lamps: Option<u32>,
}

/// All loads that were without supply, feeder by feeder.
pub fn dark_loads(run: &FinishedRun<'_>) -> Vec<DarkRow> {
    let mut rows = Vec::new();
    for (feeder, sums) in run.results.power.iter().enumerate() {
        let mut of_feeder: BTreeMap<LoadId, DarkLoad> = BTreeMap::new();
        for dark in sums.iter().flat_map(|sum| &sum.dark) {
            let all = of_feeder.entry(dark.load).or_insert(DarkLoad { dark_s: 0.0, not_served_wh: 0.0, ..*dark });
            all.until_ms = dark.until_ms;
            all.dark_s += dark.dark_s;
            all.not_served_wh += dark.not_served_wh;
        }
        let roles = &run.loaded.power.grid.feeders[feeder].roles;
        rows.extend(of_feeder.into_values().map(|dark| {
            let signal = match roles[dark.load.index()] {
                Role::Signal { signal, .. } => Some(signal),
                _ => None,
            };
            let lamps = match roles[dark.load.index()] {
                Role::Lamps(group) => Some(group),
                _ => None,
            };
            DarkRow { feeder, dark, signal, lamps }
        }));
    }
    rows
}

/// Junctions by signal, and the control delay of all who left a junction in a run.
pub struct Delays {
    junctions: BTreeMap<SignalId, JunctionId>,
    by_junction: BTreeMap<JunctionId, f64>,
    without: Option<BTreeMap<JunctionId, f64>>,
}

impl Delays {
    /// Those of a run.
    pub fn new(run: &FinishedRun<'_>) -> Self {
        let places = places::movements(run);
        let to = |place: &places::MovementPlace| run.loaded.parts.links[place.from.index()].to;
        let sums = |results: &Results| {
            let mut sums = BTreeMap::new();
            for row in &results.movements {
                *sums.entry(row.junction).or_insert(0.0) += row.delay_s_sum;
            }
            sums
        };
        Self {
            junctions: places.iter().filter_map(|place| Some((place.signal?, to(place)))).collect(),
            by_junction: sums(run.results),
            without: run.without.map(sums),
        }
    }
    /// The name of a signal's junction.
    pub fn name<'a>(&self, run: &FinishedRun<'a>, signal: SignalId) -> &'a str {
        let junction = self.junctions.get(&signal);
        junction.map_or("", |junction| run.loaded.names.junction_titles[junction.index()].as_str())
    }
    /// Delay at a signal's junction, with and without the variant.
    pub fn hours(&self, signal: SignalId) -> (f64, Option<f64>) {
        let Some(junction) = self.junctions.get(&signal) else { return (0.0, None) };
        let hours = |sums: &BTreeMap<JunctionId, f64>| sums.get(junction).copied().unwrap_or(0.0) / 3600.0;
        (hours(&self.by_junction), self.without.as_ref().map(hours))
    }
}

/// The words for what rules at a dark signal.
pub fn rule_word(rule: DarkSignalRule) -> &'static str {
    match rule {
        DarkSignalRule::AllWayStop => "all_way_stop",
        DarkSignalRule::Signs => "signs",
        DarkSignalRule::YieldToRight => "yield_to_right",
    }
}

/// Luminaires without supply.
fn dark_lamps<'a>(run: &FinishedRun<'a>, rows: &[DarkRow]) -> Vec<&'a LuminaireId> {
    let groups = &run.loaded.power.grid.lamps;
    rows.iter().filter_map(|row| row.lamps).flat_map(|group| &groups[group as usize]).collect()
}

/// The circuits of some luminaires, in the order of their names.
pub fn circuits(run: &FinishedRun<'_>, lamps: &[LuminaireId]) -> String {
    let Some(plan) = &run.loaded.lighting else { return String::new() };
    let mut places: Vec<usize> = lamps.iter().map(|lamp| plan.parts.luminaires[lamp.index()].circuit.index()).collect();
    places.sort_unstable();
    places.dedup();
    places.iter().map(|place| plan.circuits[*place].as_str()).collect::<Vec<_>>().join("; ")
}

/// Sections that lost their class with their lamps.
fn sections(run: &FinishedRun<'_>, rows: &[DarkRow]) -> Vec<SectionOutage> {
    let Some(plan) = &run.loaded.lighting else { return Vec::new() };
    let count = |ids: &mut dyn Iterator<Item = LightingSectionId>| {
        let mut counts = vec![0_usize; plan.sections.len()];
        ids.filter(|section| section.is_some()).for_each(|section| counts[section.index()] += 1);
        counts
    };
    let section_of = |luminaire: &&LuminaireId| plan.parts.luminaires[luminaire.index()].section;
    let dark = count(&mut dark_lamps(run, rows).iter().map(section_of));
    let all = count(&mut plan.parts.luminaires.iter().map(|luminaire| luminaire.section));
    let short_s = |results: &Results| {
        let mut sums = vec![0.0; plan.sections.len()];
        results.lighting.iter().for_each(|row| sums[row.section.index()] += row.short_s);
        sums
    };
    let (short, without) = (short_s(run.results), run.without.map(short_s));
    let is_lost = |section: usize| match &without {
        Some(without) => short[section] > without[section],
        None => dark[section] > 0 && short[section] > 0.0,
    };
    let row = |section: usize| SectionOutage {
        section_id: plan.sections[section].id.clone(),
        name: run.loaded.names.link_titles[plan.sections[section].links[0]].clone(),
        dark_luminaires: dark[section],
        luminaires: all[section],
        short_s: rounded(short[section], 3),
        short_without_s: without.as_ref().map(|without| rounded(without[section], 3)),
    };
    (0..plan.sections.len()).filter(|section| is_lost(*section)).map(row).collect()
}

/// The summary; `None` where nothing lost supply.
pub fn summary(run: &FinishedRun<'_>) -> Option<OutageSummary> {
    let rows = dark_loads(run);
    let first = rows.iter().map(|row| row.dark.from_ms).min()?;
    let last = rows.iter().map(|row| row.dark.until_ms).max()?;
    let delays = Delays::new(run);
    let kwh = |rows: &mut dyn Iterator<Item = &DarkRow>| {
        rounded(rows.map(|row| row.dark.not_served_wh).sum::<f64>() / 1000.0, 6)
    };
    let feeders = run.loaded.power.circuits.iter().enumerate().filter_map(|(feeder, circuit)| {
        let own = || rows.iter().filter(move |row| row.feeder == feeder);
        (own().count() > 0).then(|| FeederOutage {
            feeder_id: circuit.name.clone(),
            dark_loads: own().count(),
            loads: circuit.loads.len(),
            not_served_kwh: kwh(&mut own()),
        })
    });
    let off_plan_ms = |signal: SignalId| {
        run.results.dark_signals.iter().find(|(other, _)| *other == signal).map_or(0, |(_, off_plan_ms)| *off_plan_ms)
    };
    let signals = rows.iter().filter_map(|row| row.signal.map(|signal| (signal, row.dark))).map(|(signal, dark)| {
        let (delay_h, without_h) = delays.hours(signal);
        SignalOutage {
            signal_id: run.loaded.names.signals[signal.index()].clone(),
            name: delays.name(run, signal).to_owned(),
            dark_from_s: dark.from_ms as f64 / 1000.0,
            dark_until_s: dark.until_ms as f64 / 1000.0,
            off_plan_s: off_plan_ms(signal) as f64 / 1000.0,
            fell_back_to: rule_word(run.params.dark_signal_rule).to_owned(),
            delay_h: rounded(delay_h, 4),
            delay_without_h: without_h.map(|hours| rounded(hours, 4)),
        }
    });
    let without = run.without;
    Some(OutageSummary {
        from_s: first as f64 / 1000.0,
        until_s: last as f64 / 1000.0,
        loads: rows.len(),
        not_served_kwh: kwh(&mut rows.iter()),
        feeders: feeders.collect(),
        signals: signals.collect(),
        luminaires: dark_lamps(run, &rows).len(),
        sections: sections(run, &rows),
        added_delay_h: without.map(|without| rounded((run.results.total_delay_s - without.total_delay_s) / 3600.0, 4)),
        added_arrived: without.map(|without| run.results.counts.arrived as i64 - without.counts.arrived as i64),
    })
}
