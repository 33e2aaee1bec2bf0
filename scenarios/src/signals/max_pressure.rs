//! Signals with fixed plans put under max pressure: their stages, least greens and changes come from the plan.

use sim_core::ids::{DetectorId, Id, LaneId, SignalId};
use sim_core::network::parts::LaneRef;
use sim_core::signals::actuated::{Actuated, ActuatedPhase};
use sim_core::signals::max_pressure::{Pressure, PressureLane};
use sim_core::signals::{Aspect, Detector, SignalPhase, SignalPlan};

use super::optimize::orders::change;
use super::optimize::stages::Frame;
use super::timing::{Meetings, heads};
use crate::loaded::{Loaded, Notice};

/// Vehicles so far before a stop line count, before the signal and before the next one.
const REACH_M: f64 = 150.0;
/// The least green of a stage, where its plan has none that is shorter.
const LEAST_GREEN_MS: i64 = 7000;
/// After this long a stage gives way to any other for which somebody waits.
const GREATEST_GREEN_MS: i64 = 120_000;

/// Puts all signals under max pressure whose plans have stages; notes which stay as they are.
pub fn put_in_force(loaded: &mut Loaded) {
    let meetings = Meetings::new(&loaded.parts);
    for signal in (0..loaded.signals.plans.len()).map(SignalId::from_index) {
        let frame = match Frame::new(loaded, signal, LEAST_GREEN_MS) {
            Ok(frame) => frame,
            Err(why) => {
                let id = &loaded.names.signals[signal.index()];
                loaded.notices.push(Notice { message: format!("signal {id} stays as it is: {why}"), count: 1 });
                continue;
            }
        };
        let (plan, phases) = phases(loaded, &meetings, &frame);
        let mut pressure = Pressure { lanes: vec![Vec::new(); plan.phases.len()] };
        for stage in 0..frame.stages.len() {
            pressure.lanes[stage] = lanes(loaded, &frame, &plan.phases[stage].aspects);
        }
        loaded.signals.plans.as_mut_slice()[signal.index()] = plan;
        loaded.signals.actuated.push(Actuated {
            signal,
            phases,
            detectors: Vec::new(),
            detector_gap_s: 0.0,
            inactive_ms: i64::MAX,
            pressure: Some(pressure),
        });
    }
    loaded.signals.actuated.sort_by_key(|actuated| actuated.signal);
}

/// Stages first, then the changes between each two of them.
fn phases(loaded: &Loaded, meetings: &Meetings, frame: &Frame) -> (SignalPlan, Vec<ActuatedPhase>) {
    let n = frame.stages.len();
    let mut shown: Vec<SignalPhase> = frame.stages.iter().map(|&phase| frame.plan.phases[phase].clone()).collect();
    let column = |min_ms, max_ms, next| ActuatedPhase { min_ms, max_ms, next, detectors: Vec::new() };
    let mut phases: Vec<ActuatedPhase> =
        frame.least_ms.iter().map(|&least_ms| column(least_ms, GREATEST_GREEN_MS.max(least_ms), Vec::new())).collect();
    for from in 0..n {
        for to in (0..n).filter(|&to| to != from) {
            let made = change(&loaded.parts, meetings, frame, (from, to));
            let first = if made.is_empty() { to } else { shown.len() };
            phases[from].next.push(first as u16);
            let count = made.len();
            for (step, phase) in made.into_iter().enumerate() {
                let next = if step + 1 == count { to } else { shown.len() + 1 };
                phases.push(column(phase.duration_ms, phase.duration_ms, vec![next as u16]));
                shown.push(phase);
            }
        }
    }
    // The first stage begins with the run.
    (SignalPlan { offset_ms: loaded.run.begin.0, phases: shown }, phases)
}

/// The lanes that a stage serves, each once, with detectors before and behind.
fn lanes(loaded: &mut Loaded, frame: &Frame, aspects: &[Aspect]) -> Vec<PressureLane> {
    let mut ways: Vec<(LaneRef, Vec<LaneRef>)> = Vec::new();
    for (head, entries) in heads(&loaded.parts, frame.signal) {
        for &entry in entries.iter().filter(|_| aspects[head].is_green()) {
            let connector = &loaded.parts.connectors[entry as usize];
            match ways.iter_mut().find(|(from, _)| *from == connector.from) {
                Some((_, to)) => to.push(connector.leads_to),
                None => ways.push((connector.from, vec![connector.leads_to])),
            }
        }
    }
    let mut lanes = Vec::new();
    for (from, to) in ways {
        let before = detector(loaded, from, REACH_M);
        // Where no signal follows, nobody queues.
        let leads_to_signal = |lane: &LaneRef| {
            loaded.parts.connectors.iter().any(|connector| connector.from == *lane && connector.signal.is_some())
        };
        let queued: Vec<LaneRef> = to.into_iter().filter(leads_to_signal).collect();
        let behind = queued.into_iter().map(|lane| detector(loaded, lane, REACH_M)).collect();
        lanes.push(PressureLane { before, behind });
    }
    lanes
}

/// The detector so far before the end of a lane, made if it is not there.
fn detector(loaded: &mut Loaded, lane: LaneRef, reach_m: f64) -> DetectorId {
    let links = &loaded.parts.links;
    let before: usize = links[..lane.link.index()].iter().map(|link| link.lanes.len()).sum();
    let length_m = links[lane.link.index()].lanes[usize::from(lane.index)].length_m;
    let lane = LaneId((before + usize::from(lane.index)) as u32);
    let wanted = Detector { lane, at_m: (length_m - reach_m).max(0.0) };
    let known = loaded.signals.detectors.enumerate().find(|(_, detector)| **detector == wanted).map(|(id, _)| id);
    known.unwrap_or_else(|| loaded.signals.detectors.push(wanted))
}
