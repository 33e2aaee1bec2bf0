//! Finds the stages of plans given letter by letter.

use std::collections::BTreeMap;

use sim_core::signals::{Aspect, SignalPlan};

use crate::compile::signals::{Stage, foes_of_entries, intervals, phases};
use crate::loaded::Loaded;
use crate::schema::network_tables::SIGNAL_STAGES;
use crate::write::gmns::{MovementIds, Sheet};

/// `signal_stages.csv`, if stages give exactly the letters of every plan.
pub(super) fn sheet(loaded: &Loaded, ids: &MovementIds) -> Option<Sheet> {
    let parts = &loaded.parts;
    let foes = foes_of_entries(parts, &ids.waiting);
    let entries: Vec<Vec<u32>> = (0..parts.connectors.len() as u32).map(|index| vec![index]).collect();
    let mut by_head: Vec<BTreeMap<u16, Vec<usize>>> = vec![BTreeMap::new(); loaded.signals.plans.len()];
    for (&index, (_, inside)) in &ids.by_connector {
        if let (Some((signal, head)), false) = (parts.connectors[index as usize].signal, inside) {
            by_head[signal.index()].entry(head).or_default().push(index as usize);
        }
    }
    let columns = ["junction_id", "cycle_s", "offset_s", "stage", "movements", "green_s", "yellow_s", "all_red_s"];
    let mut sheet = Sheet::new(&SIGNAL_STAGES, &columns);
    let seconds = |ms: i64| (ms as f64 / 1000.0).to_string();
    for (signal, plan) in loaded.signals.plans.enumerate() {
        let stages = stages_of(plan, &by_head[signal.index()])?;
        let mut red = vec![Aspect::Red; plan.phases.first()?.aspects.len()];
        for phase in &plan.phases {
            let turns = |head: &usize| phase.aspects[*head] == Aspect::RedThenStop;
            (0..red.len()).filter(turns).for_each(|head| red[head] = Aspect::RedThenStop);
        }
        if phases(&parts.connectors, &entries, &foes, &red, &intervals(&stages)) != plan.phases {
            return None;
        }
        for (index, stage) in stages.iter().enumerate() {
            let movements: Vec<&str> =
                stage.movements.iter().map(|&entry| ids.by_connector[&(entry as u32)].0.as_str()).collect();
            sheet.row(vec![
                loaded.names.signals[signal.index()].clone(),
                seconds(plan.cycle_ms()),
                seconds(plan.offset_ms),
                (index + 1).to_string(),
                movements.join(" "),
                seconds(stage.green_ms),
                seconds(stage.yellow_ms),
                seconds(stage.all_red_ms),
            ]);
        }
    }
    Some(sheet)
}

/// Reads a plan as green, yellow, all red, again and again; `None` where it does not go like that.
pub(crate) fn stages_of(plan: &SignalPlan, by_head: &BTreeMap<u16, Vec<usize>>) -> Option<Vec<Stage>> {
    let n_heads = plan.phases.first()?.aspects.len();
    if by_head.len() != n_heads {
        return None;
    }
    let heads = |phase: usize, is: fn(Aspect) -> bool| -> Vec<usize> {
        (0..n_heads).filter(|&head| is(plan.phases[phase].aspects[head])).collect()
    };
    let mut stages: Vec<Stage> = Vec::new();
    let mut at = 0;
    while at < plan.phases.len() {
        let green = heads(at, Aspect::is_green);
        if green.is_empty() || !heads(at, |aspect| aspect == Aspect::Yellow).is_empty() {
            return None;
        }
        let mut stage = Stage {
            movements: green.iter().flat_map(|&head| by_head[&(head as u16)].iter().copied()).collect(),
            green_ms: plan.phases[at].duration_ms,
            yellow_ms: 0,
            all_red_ms: 0,
        };
        at += 1;
        let mut staying = green;
        if at < plan.phases.len() {
            let yellow = heads(at, |aspect| aspect == Aspect::Yellow);
            if !yellow.is_empty() {
                stage.yellow_ms = plan.phases[at].duration_ms;
                staying.retain(|head| !yellow.contains(head));
                at += 1;
            }
        }
        // A phase with only those that stay green is the all-red of this stage, unless yellow follows it: then it is a
        // stage of its own.
        let next = (at + 1) % plan.phases.len();
        if at < plan.phases.len()
            && stage.yellow_ms > 0
            && heads(at, Aspect::is_green) == staying
            && heads(next, |aspect| aspect == Aspect::Yellow).is_empty()
        {
            stage.all_red_ms = plan.phases[at].duration_ms;
            at += 1;
        }
        stages.push(stage);
    }
    let covers = |movement: &usize| stages.iter().any(|stage| stage.movements.contains(movement));
    by_head.values().flatten().all(covers).then_some(stages)
}
