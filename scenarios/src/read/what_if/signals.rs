//! Changes of signals: other greens, another offset, or blinking.
//!
//! Yellows and reds between greens stay as the plan has them, so no new conflict can arise. The new plan comes into force
//! at the first instant from which both plans show the same, with the green that is on then as long as the shorter of
//! both plans has it: nobody's green is cut short.

use schemars::JsonSchema;
use serde::Deserialize;
use sim_core::ids::{Id, SignalId};
use sim_core::signals::{Aspect, SignalPhase, SignalPlan};

use super::Reader;
use crate::loaded::StageNote;
use crate::signals::optimize::stages::stages;

/// The shortest green.
const MIN_GREEN_S: f64 = 7.0;
/// An instant at which plans can follow each other is looked for over so many cycles.
const N_CYCLES: i64 = 20;

/// Another plan of signals.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Signals.
    pub signals: Vec<String>,
    /// Greens in seconds in the order of the plan, one for each row of a stage sheet; yellows and reds between them stay.
    pub greens_s: Option<Vec<f64>>,
    /// Offset in seconds.
    pub offset_s: Option<f64>,
    /// `flashing`: blinks, signs rule.
    pub mode: Option<String>,
}

impl Reader<'_> {
    /// The signals with their new plans, and how much later than asked for each comes into force and ends.
    pub(super) fn signals(&mut self, table: &Signal) -> Option<Vec<(SignalId, SignalPlan)>> {
        let mut plans = Vec::new();
        let mut is_fine = true;
        if let Some(mode) = table.mode.as_deref().filter(|mode| *mode != "flashing") {
            self.unknown("signal.mode", "mode", mode, &["flashing"]);
            is_fine = false;
        }
        let asks = [table.mode.is_some(), table.greens_s.is_some() || table.offset_s.is_some()];
        if asks.iter().filter(|asked| **asked).count() != 1 {
            self.mistake("signal", "", "needs greens_s, offset_s or both, or else mode", |problem| problem);
            is_fine = false;
        }
        for name in &table.signals {
            let loaded = self.loaded;
            let known = &loaded.names.signals;
            let Some(index) = known.iter().position(|known| known == name) else {
                self.unknown("signal.signals", "signal", name, &known.iter().map(String::as_str).collect::<Vec<_>>());
                is_fine = false;
                continue;
            };
            let signal = SignalId::from_index(index);
            let old = &loaded.signals.plans[signal];
            if table.mode.is_none() && loaded.signals.actuated_index(signal).is_some() {
                self.mistake("signal.signals", name, "follows traffic: it has no greens of its own", |problem| {
                    problem.hint("mode = \"flashing\" can be put in place of its plan")
                });
                is_fine = false;
                continue;
            }
            let plan = if table.mode.is_some() { Some(flashing(old)) } else { self.retimed(name, old, table) };
            match plan {
                Some(plan) => plans.push((signal, plan)),
                None => is_fine = false,
            }
        }
        is_fine.then_some(plans)
    }

    fn retimed(&mut self, name: &str, old: &SignalPlan, table: &Signal) -> Option<SignalPlan> {
        let mut plan = old.clone();
        if let Some(offset_s) = table.offset_s {
            plan.offset_ms = (offset_s * 1000.0).round() as i64;
        }
        let Some(greens_s) = &table.greens_s else { return Some(plan) };
        let sheet = self.stages(name, old);
        let greens = stages(&plan);
        let n_greens = if sheet.is_empty() { greens.len() } else { sheet.len() };
        let value = format!("{greens_s:?}");
        if n_greens != greens_s.len() {
            let message = format!("the plan of {name} has {n_greens} greens");
            self.mistake("signal.greens_s", &value, &message, |problem| problem);
            return None;
        }
        // A plan's own shorter green is its least.
        let least_s = |index: usize| match sheet.get(index) {
            Some(stage) => stage.ped_clear_s.unwrap_or(0.0).max(MIN_GREEN_S.min(stage.green_s)),
            None => MIN_GREEN_S.min(old.phases[greens[index]].duration_ms as f64 / 1000.0),
        };
        let is_legal = |(index, green_s): (usize, &f64)| (least_s(index)..=300.0).contains(green_s);
        if let Some(at) = greens_s.iter().enumerate().position(|green| !is_legal(green)) {
            let allowed = format!("{} to 300", least_s(at));
            let message = format!("the {} is out of range", ordinal(at));
            self.mistake("signal.greens_s", &value, &message, |problem| problem.allowed(allowed));
            return None;
        }
        if sheet.is_empty() {
            for (phase, green_s) in greens.into_iter().zip(greens_s) {
                plan.phases[phase].duration_ms = ms(*green_s);
            }
        } else {
            plan.phases = restaged(old, &sheet, greens_s);
        }
        Some(plan)
    }

    /// The stages of the sheet that a plan is from; none where there is none.
    fn stages(&self, name: &str, plan: &SignalPlan) -> Vec<StageNote> {
        let position = self.loaded.names.signals.iter().position(|known| known == name);
        let stages = position.and_then(|index| self.loaded.sheets.get(index)).map_or(&[][..], |sheet| &sheet.stages);
        let cycle_ms: i64 = stages.iter().flat_map(parts_ms).sum();
        if cycle_ms == plan.cycle_ms() { stages.to_vec() } else { Vec::new() }
    }
}

fn ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

fn ordinal(index: usize) -> String {
    ["first", "second", "third"].get(index).map_or_else(|| format!("{}th", index + 1), |word| (*word).to_owned())
        + " green"
}

/// Green, yellow and all-red of a stage.
fn parts_ms(stage: &StageNote) -> [i64; 3] {
    [ms(stage.green_s), ms(stage.yellow_s), ms(stage.all_red_s)]
}

/// The phases of a plan from a stage sheet with other greens. A movement that stays green from one stage to the next leaves
/// no mark in the phases, so that greens are found by the clock of the sheet.
fn restaged(old: &SignalPlan, stages: &[StageNote], greens_s: &[f64]) -> Vec<SignalPhase> {
    let mut phases: Vec<SignalPhase> = Vec::new();
    let mut at_ms = old.offset_ms;
    for (stage, green_s) in stages.iter().zip(greens_s) {
        let before_ms = parts_ms(stage);
        let after_ms = [ms(*green_s), before_ms[1], before_ms[2]];
        for (was_ms, duration_ms) in before_ms.into_iter().zip(after_ms) {
            let aspects = &old.phases[old.phase_at(at_ms).0].aspects;
            at_ms += was_ms;
            match phases.last_mut() {
                Some(last) if last.aspects == *aspects => last.duration_ms += duration_ms,
                _ if duration_ms > 0 => phases.push(SignalPhase { duration_ms, aspects: aspects.clone() }),
                _ => {}
            }
        }
    }
    phases
}

fn flashing(old: &SignalPlan) -> SignalPlan {
    let n_heads = old.phases.first().map_or(0, |phase| phase.aspects.len());
    let phase = SignalPhase { duration_ms: 1000, aspects: vec![Aspect::OffBlinking; n_heads] };
    SignalPlan { offset_ms: 0, phases: vec![phase] }
}

/// The first instant from `at_ms` on at which a plan can follow another; the instant itself where one of them blinks.
pub(super) fn handover_ms(old: &SignalPlan, new: &SignalPlan, at_ms: i64) -> Option<i64> {
    let blinks = |plan: &SignalPlan| plan.phases.iter().flatten_aspects().all(|aspect| aspect == Aspect::OffBlinking);
    if blinks(old) || blinks(new) {
        return Some(at_ms);
    }
    let last_ms = at_ms + N_CYCLES * old.cycle_ms().max(new.cycle_ms());
    let old_stages = stages(old);
    let first_ms = at_ms.div_euclid(500) * 500 + if at_ms.rem_euclid(500) > 0 { 500 } else { 0 };
    (first_ms..last_ms).step_by(500).find(|&now_ms| {
        let ((old_at, old_for_ms), (new_at, new_for_ms)) = (old.phase_at(now_ms), new.phase_at(now_ms));
        let (before, after) = (&old.phases[old_at], &new.phases[new_at]);
        let green_ms = old_for_ms + after.duration_ms - new_for_ms;
        before.aspects == after.aspects
            && old_stages.contains(&old_at)
            && green_ms >= before.duration_ms.min(after.duration_ms)
            && green_ms <= 2 * before.duration_ms.max(after.duration_ms)
    })
}

trait Aspects<'a> {
    fn flatten_aspects(self) -> impl Iterator<Item = Aspect> + 'a;
}

impl<'a, I: Iterator<Item = &'a SignalPhase> + 'a> Aspects<'a> for I {
    fn flatten_aspects(self) -> impl Iterator<Item = Aspect> + 'a {
        self.flat_map(|phase| phase.aspects.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movement_that_stays_green_through_a_change_makes_no_stage_of_it() {
        let phase = |letters: &str| SignalPhase {
            duration_ms: 1000,
            aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
        };
        let phases: Vec<SignalPhase> = ["GGr", "Gyr", "Grr", "GrG", "yry", "rrr"].map(phase).to_vec();
        assert_eq!(stages(&SignalPlan { offset_ms: 0, phases }), [0, 3]);
    }

    #[test]
    fn a_stage_whose_movements_were_green_before_gets_its_own_green() {
        let note = |green_s| StageNote { green_s, yellow_s: 3.0, all_red_s: 2.0, ..StageNote::default() };
        let phase = |seconds: i64, letters: &str| SignalPhase {
            duration_ms: seconds * 1000,
            aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
        };
        // Both ways, then the first way alone, which stays green into the next cycle.
        let old = SignalPlan { offset_ms: 80_000, phases: vec![phase(70, "GG"), phase(3, "Gy"), phase(17, "Gr")] };
        let made = restaged(&old, &[note(70.0), note(10.0)], &[60.0, 20.0]);
        assert_eq!(made, [phase(60, "GG"), phase(3, "Gy"), phase(27, "Gr")]);
        assert_eq!(restaged(&old, &[note(70.0), note(10.0)], &[70.0, 10.0]), old.phases);
    }

    fn plan(greens_s: [i64; 2], offset_s: i64) -> SignalPlan {
        let phase = |seconds: i64, letters: &str| SignalPhase {
            duration_ms: seconds * 1000,
            aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
        };
        let [first, second] = greens_s;
        let phases = vec![phase(first, "Gr"), phase(3, "yr"), phase(2, "rr"), phase(second, "rG"), phase(3, "ry")];
        SignalPlan { offset_ms: offset_s * 1000, phases }
    }

    #[test]
    fn a_plan_follows_another_without_a_green_cut_short() {
        let old = plan([25, 55], 10);
        for (greens_s, offset_s) in [([25, 55], 40), ([40, 30], 0), ([30, 60], 71)] {
            let new = plan(greens_s, offset_s);
            for at_s in 0..90 {
                let at_ms = handover_ms(&old, &new, at_s * 1000).expect("an instant");
                let shown = |now_ms: i64| {
                    let plan = if now_ms < at_ms { &old } else { &new };
                    plan.phases[plan.phase_at(now_ms).0].aspects.clone()
                };
                // All runs of equal aspects around the handover, but for the two that are cut off by what is looked at.
                let seen: Vec<Vec<Aspect>> = (-200..200).map(|second| shown(at_ms + second * 1000)).collect();
                let runs: Vec<usize> = seen.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
                for length in &runs[1..runs.len() - 1] {
                    let known = [2, 3, greens_s[0] as usize, greens_s[1] as usize, 25, 55];
                    assert!(known.contains(length) || *length >= 25, "{greens_s:?} {offset_s} {runs:?}");
                }
            }
        }
    }
}
