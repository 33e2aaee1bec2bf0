//! Signal plans from stages and from rings.
//!
//! A head shows `G` in its green, or `g` where it must yield to another head that is green at the same time; `y` after
//! its green, then `r` (`s` where the movement may turn on red). A head that is green in the next stage too stays green
//! through the change, and goes on yielding to those that clear the junction meanwhile.

use std::collections::BTreeMap;

use sim_core::network::parts::{ConnectorPart, NetworkParts};
use sim_core::signals::{Aspect, SignalPhase, SignalPlan};

use super::junctions::Compiled;
use super::roads::RoadMap;

/// A stage of a fixed-time plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// Positions of the movements with green.
    pub movements: Vec<usize>,
    /// Green.
    pub green_ms: i64,
    /// Yellow of the movements that end.
    pub yellow_ms: i64,
    /// Red of the movements that end.
    pub all_red_ms: i64,
}

/// What a movement shows in an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Light {
    /// Green.
    Green,
    /// Green that yields, because the table says so.
    Permitted,
    /// Yellow.
    Yellow,
}

/// An interval of a plan: what its movements show; all others show red.
#[derive(Clone, PartialEq, Debug)]
pub struct Interval {
    /// Duration.
    pub duration_ms: i64,
    /// Movements and lights.
    pub lights: Vec<(usize, Light)>,
    /// Movements whose traffic still clears the junction: others yield to them as to green ones.
    pub clearing: Vec<usize>,
}

/// The intervals of stages that follow one another.
pub fn intervals(stages: &[Stage]) -> Vec<Interval> {
    let mut intervals = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        let next = &stages[(index + 1) % stages.len()];
        let green: Vec<(usize, Light)> = stage.movements.iter().map(|&movement| (movement, Light::Green)).collect();
        let goes_on = |movement: &usize| stages.len() > 1 && next.movements.contains(movement);
        let staying: Vec<(usize, Light)> = green.iter().copied().filter(|(movement, _)| goes_on(movement)).collect();
        let changing: Vec<(usize, Light)> = green
            .iter()
            .map(|&(movement, light)| (movement, if goes_on(&movement) { light } else { Light::Yellow }))
            .collect();
        let clearing: Vec<usize> = stage.movements.iter().copied().filter(|movement| !goes_on(movement)).collect();
        intervals.push(Interval { duration_ms: stage.green_ms, lights: green, clearing: Vec::new() });
        intervals.push(Interval { duration_ms: stage.yellow_ms, lights: changing, clearing: clearing.clone() });
        intervals.push(Interval { duration_ms: stage.all_red_ms, lights: staying, clearing });
    }
    intervals.retain(|interval| interval.duration_ms > 0);
    intervals
}

/// The plan of a signal from its intervals.
pub fn plan(map: &RoadMap, compiled: &Compiled, signal: usize, offset_ms: i64, intervals: &[Interval]) -> SignalPlan {
    let n_heads = usize::from(compiled.n_heads[signal]);
    let connectors = &compiled.parts.connectors;
    let head = |entry: u32| connectors[entry as usize].signal.map(|(_, head)| usize::from(head));
    let mut red = vec![Aspect::Red; n_heads];
    for (index, movement) in map.movements.iter().enumerate() {
        if movement.signal == Some(signal) && movement.right_on_red {
            compiled.entries[index]
                .iter()
                .filter_map(|&entry| head(entry))
                .for_each(|head| red[head] = Aspect::RedThenStop);
        }
    }
    let foes = foes_of_entries(&compiled.parts, &compiled.waiting);
    SignalPlan { offset_ms, phases: phases(connectors, &compiled.entries, &foes, &red, intervals) }
}

/// The phases of intervals: `entries` are the entry connectors of each movement, `foes` those each connector yields to,
/// `red` what each head shows in its red.
pub fn phases(
    connectors: &[ConnectorPart],
    entries: &[Vec<u32>],
    foes: &[Vec<u32>],
    red: &[Aspect],
    intervals: &[Interval],
) -> Vec<SignalPhase> {
    let head = |entry: u32| connectors[entry as usize].signal.map(|(_, head)| usize::from(head));
    let mut phases: Vec<SignalPhase> = Vec::new();
    for interval in intervals {
        let mut aspects = red.to_vec();
        let mut green: Vec<u32> =
            interval.clearing.iter().flat_map(|&movement| entries[movement].iter().copied()).collect();
        for (movement, _) in interval.lights.iter().filter(|(_, light)| *light == Light::Green) {
            green.extend(&entries[*movement]);
        }
        for &(movement, light) in &interval.lights {
            for &entry in &entries[movement] {
                let Some(head) = head(entry) else { continue };
                let yields = foes[entry as usize].iter().any(|foe| green.contains(foe));
                aspects[head] = match light {
                    Light::Yellow => Aspect::Yellow,
                    Light::Green if !yields => Aspect::Green,
                    Light::Green | Light::Permitted => Aspect::GreenYield,
                };
            }
        }
        match phases.last_mut() {
            Some(last) if last.aspects == aspects => last.duration_ms += interval.duration_ms,
            _ => phases.push(SignalPhase { duration_ms: interval.duration_ms, aspects }),
        }
    }
    phases
}

/// For each entry connector, the entries it yields to, at its stop line or from its waiting place; `waiting` are the
/// connectors that leave waiting places, by entry.
pub fn foes_of_entries(parts: &NetworkParts, waiting: &BTreeMap<u32, u32>) -> Vec<Vec<u32>> {
    let mut entry_of: Vec<u32> = (0..parts.connectors.len() as u32).collect();
    for (&entry, &inside) in waiting {
        entry_of[inside as usize] = entry;
    }
    let mut foes = vec![Vec::new(); parts.connectors.len()];
    for conflict in parts.conflicts.iter().filter(|conflict| conflict.yields) {
        foes[entry_of[conflict.of as usize] as usize].push(entry_of[conflict.foe as usize]);
    }
    foes
}
