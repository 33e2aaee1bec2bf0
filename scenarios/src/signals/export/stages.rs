//! Plans as stage sheets; those that stages do not give exactly go letter by letter to `signal_state.csv`.

use std::collections::BTreeMap;

use sim_core::ids::SignalId;
use sim_core::signals::{Aspect, SignalPlan};

use super::{NamedFile, Way, offset_ms, seconds, ways};
use crate::compile::signals::{Stage, foes_of_entries, intervals, phases};
use crate::error::Problems;
use crate::loaded::{Loaded, SignalSheet};
use crate::schema::network_tables::{SIGNAL_STAGES, SIGNAL_STATE};
use crate::write::gmns::{Sheet, movement_ids};
use crate::write::stages::stages_of;

/// A plan in stages: positions of ways with green.
pub(super) struct Staged {
    /// The ways of the signal.
    pub ways: Vec<Way>,
    /// The stages.
    pub stages: Vec<Stage>,
    /// Names and pedestrian times of the stages, when the input gave them.
    pub sheet: SignalSheet,
}

/// A plan in stages, if stages give exactly its letters.
pub(super) fn staged(loaded: &Loaded, signal: SignalId) -> Option<Staged> {
    let plan = &loaded.signals.plans[signal];
    let ways = ways(loaded, signal);
    let mut by_head: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (position, way) in ways.iter().enumerate() {
        for &head in &way.heads {
            by_head.entry(head as u16).or_default().push(position);
        }
    }
    let mut stages = stages_of(plan, &by_head)?;
    for stage in &mut stages {
        stage.movements.sort_unstable();
        stage.movements.dedup();
    }
    let foes = foes_of_entries(&loaded.parts, &movement_ids(loaded).waiting);
    let entries: Vec<Vec<u32>> = ways.iter().map(|way| way.entries.clone()).collect();
    let red = reds(plan);
    if phases(&loaded.parts.connectors, &entries, &foes, &red, &intervals(&stages)) != plan.phases {
        return None;
    }
    let sheet = loaded.sheets.get(signal.index()).cloned().unwrap_or_default();
    let sheet = if sheet.stages.len() == stages.len() { sheet } else { SignalSheet::default() };
    Some(Staged { ways, stages, sheet })
}

/// What each head shows in its red.
fn reds(plan: &SignalPlan) -> Vec<Aspect> {
    let n_heads = plan.phases.first().map_or(0, |phase| phase.aspects.len());
    let turns = |head: usize| plan.phases.iter().any(|phase| phase.aspects[head] == Aspect::RedThenStop);
    (0..n_heads).map(|head| if turns(head) { Aspect::RedThenStop } else { Aspect::Red }).collect()
}

const COLUMNS: [&str; 15] = [
    "junction_id",
    "plan",
    "days",
    "from",
    "to",
    "cycle_s",
    "offset_s",
    "offset_reference",
    "stage",
    "movements",
    "green_s",
    "yellow_s",
    "all_red_s",
    "walk_s",
    "ped_clear_s",
];

/// The tables.
pub(super) fn files(loaded: &Loaded, signals: &[SignalId]) -> Result<Vec<NamedFile>, Problems> {
    let mut sheet = Sheet::new(&SIGNAL_STAGES, &COLUMNS);
    let mut letters = Sheet::new(&SIGNAL_STATE, &["junction_id", "offset_s", "duration_s", "state"]);
    for &signal in signals {
        let plan = &loaded.signals.plans[signal];
        let id = loaded.names.signals[signal.index()].clone();
        let Some(staged) = staged(loaded, signal) else {
            for phase in &plan.phases {
                let state = phase.aspects.iter().map(|aspect| aspect.letter()).collect();
                letters.row(vec![id.clone(), seconds(offset_ms(plan)), seconds(phase.duration_ms), state]);
            }
            continue;
        };
        let given = |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
        for (index, stage) in staged.stages.iter().enumerate() {
            let note = staged.sheet.stages.get(index);
            let movements: Vec<&str> = stage.movements.iter().map(|&way| staged.ways[way].id.as_str()).collect();
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            sheet.row(vec![
                id.clone(),
                given(&staged.sheet.plan, "1"),
                given(&staged.sheet.days, "daily"),
                given(&staged.sheet.from, "0:00"),
                given(&staged.sheet.to, "24:00"),
                seconds(plan.cycle_ms()),
                seconds(offset_ms(plan)),
                "begin_of_green".to_owned(),
                note.map_or_else(|| (index + 1).to_string(), |note| note.name.clone()),
                movements.join(" "),
                seconds(stage.green_ms),
                seconds(stage.yellow_ms),
                seconds(stage.all_red_ms),
                number(note.and_then(|note| note.walk_s)),
                number(note.and_then(|note| note.ped_clear_s)),
            ]);
        }
    }
    let mut files = Vec::new();
    for sheet in [sheet, letters] {
        if !sheet.is_empty() {
            files.push((sheet.file().to_owned(), sheet.bytes()?));
        }
    }
    Ok(files)
}
