//! What of a plan may be changed: the greens of its stages, and its offset.

use sim_core::ids::SignalId;
use sim_core::signals::{Aspect, SignalPhase, SignalPlan};

use crate::loaded::Loaded;
use crate::signals::safety::findings;
use crate::signals::timing::Meetings;

/// Phases that are greens of stages: nobody has yellow, and either somebody has green who had none in the phase before, or
/// somebody's green ends after it. Where a movement stays green through a change, the phases of the change are none.
pub fn stages(plan: &SignalPlan) -> Vec<usize> {
    let n = plan.phases.len();
    (0..n)
        .filter(|&index| {
            let at = |index: usize| &plan.phases[index % n].aspects;
            is_green(at(index)) && (begins(at(index + n - 1), at(index)) || is_change(at(index + 1)))
        })
        .collect()
}

fn is_change(aspects: &[Aspect]) -> bool {
    aspects.iter().any(|aspect| matches!(aspect, Aspect::Yellow | Aspect::RedYellow))
}

fn is_green(aspects: &[Aspect]) -> bool {
    !is_change(aspects) && aspects.iter().any(|aspect| aspect.is_green())
}

fn begins(before: &[Aspect], now: &[Aspect]) -> bool {
    now.iter().zip(before).any(|(now, before)| now.is_green() && !before.is_green())
}

/// Greens and offset of a plan.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Timing {
    /// Greens by stage.
    pub greens_ms: Vec<i64>,
    /// Where the cycle starts.
    pub offset_ms: i64,
}

/// A plan whose timing may change.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// The signal.
    pub signal: SignalId,
    /// Its plan in force.
    pub plan: SignalPlan,
    /// Its stages, as phases.
    pub stages: Vec<usize>,
    /// The least green by stage.
    pub least_ms: Vec<i64>,
    /// All that is no green of a stage.
    pub lost_ms: i64,
    /// Which stages these are, as positions among those of the plan in force.
    pub of: Vec<usize>,
}

impl Frame {
    /// A signal's plan.
    ///
    /// # Errors
    /// Why the timing of its plan cannot change.
    pub fn new(loaded: &Loaded, signal: SignalId, least_green_ms: i64) -> Result<Self, String> {
        let plan = loaded.signals.plans[signal].clone();
        if loaded.signals.actuated_index(signal).is_some() {
            return Err("it follows traffic".to_owned());
        }
        let stages = stages(&plan);
        if stages.len() < 2 {
            return Err("its plan has fewer than two stages".to_owned());
        }
        let meetings = Meetings::new(&loaded.parts);
        if !findings(&loaded.parts, &meetings, signal, &plan).is_empty() {
            return Err("its plan is not safe; `citytwin signals export` says what is wrong".to_owned());
        }
        let notes = loaded.sheets.get(signal.index()).map_or(&[][..], |sheet| &sheet.stages);
        let least_ms = stages
            .iter()
            .enumerate()
            .map(|(stage, &phase)| {
                let own_ms = plan.phases[phase].duration_ms;
                let note = notes.get(stage).filter(|_| notes.len() == stages.len());
                let walk_s = note.map_or(0.0, |note| note.walk_s.unwrap_or(0.0) + note.ped_clear_s.unwrap_or(0.0));
                // Nobody knows how long pedestrians need where the table has stages that the plan has not.
                let is_unknown = !notes.is_empty() && notes.len() != stages.len();
                if is_unknown { own_ms } else { least_green_ms.min(own_ms).max((walk_s * 1000.0).ceil() as i64) }
            })
            .collect();
        let lost_ms = plan.cycle_ms() - stages.iter().map(|&phase| plan.phases[phase].duration_ms).sum::<i64>();
        let of = (0..stages.len()).collect();
        Ok(Self { signal, plan, stages, least_ms, lost_ms, of })
    }

    /// The timing of the plan in force.
    pub fn timing(&self) -> Timing {
        let greens_ms = self.stages.iter().map(|&phase| self.plan.phases[phase].duration_ms).collect();
        Timing { greens_ms, offset_ms: self.plan.offset_ms.rem_euclid(self.plan.cycle_ms().max(1)) }
    }

    /// The plan with another timing.
    pub fn plan_of(&self, timing: &Timing) -> SignalPlan {
        let mut plan = self.plan.clone();
        for (&phase, &green_ms) in self.stages.iter().zip(&timing.greens_ms) {
            plan.phases[phase].duration_ms = green_ms;
        }
        plan.offset_ms = timing.offset_ms;
        plan
    }

    /// The cycle of a timing.
    pub fn cycle_ms(&self, timing: &Timing) -> i64 {
        self.lost_ms + timing.greens_ms.iter().sum::<i64>()
    }

    /// The shortest cycle that keeps all minima.
    pub fn least_cycle_ms(&self) -> i64 {
        self.lost_ms + self.least_ms.iter().sum::<i64>()
    }

    /// Whether a timing keeps all minima.
    pub fn keeps(&self, timing: &Timing) -> bool {
        timing.greens_ms.len() == self.least_ms.len()
            && timing.greens_ms.iter().zip(&self.least_ms).all(|(green, least)| green >= least)
    }

    /// Greens in whole seconds that sum up to a cycle: minima, and the rest in proportion to weights. `None` where the
    /// cycle is too short.
    pub fn greens_of(&self, cycle_ms: i64, weights: &[f64]) -> Option<Vec<i64>> {
        let total_ms = cycle_ms - self.lost_ms;
        if total_ms < self.least_ms.iter().sum() {
            return None;
        }
        // Stages that would fall below their minimum get it; the others share what is left.
        let n = self.stages.len();
        let mut fixed = vec![false; n];
        loop {
            let free_ms =
                total_ms - (0..n).filter(|&stage| fixed[stage]).map(|stage| self.least_ms[stage]).sum::<i64>();
            let weight: f64 = (0..n).filter(|&stage| !fixed[stage]).map(|stage| weights[stage].max(1e-6)).sum();
            let share = |stage: usize| free_ms as f64 * weights[stage].max(1e-6) / weight;
            let short = (0..n).find(|&stage| !fixed[stage] && share(stage) < self.least_ms[stage] as f64);
            if let Some(stage) = short {
                fixed[stage] = true;
                continue;
            }
            let mut greens_ms: Vec<i64> = (0..n)
                .map(|stage| {
                    if fixed[stage] {
                        self.least_ms[stage]
                    } else {
                        ((share(stage) / 1000.0).floor() as i64 * 1000).max(self.least_ms[stage])
                    }
                })
                .collect();
            let mut rest_ms = total_ms - greens_ms.iter().sum::<i64>();
            // Whole seconds go to those that lost most by rounding; what is no whole second to the longest.
            let mut order: Vec<usize> = (0..n).filter(|&stage| !fixed[stage]).collect();
            order.sort_by(|&a, &b| {
                let lost = |stage: usize| share(stage) - greens_ms[stage] as f64;
                lost(b).total_cmp(&lost(a)).then(a.cmp(&b))
            });
            for &stage in order.iter().cycle().take(4 * n) {
                let step_ms = rest_ms.clamp(-1000, 1000);
                if greens_ms[stage] + step_ms >= self.least_ms[stage] {
                    greens_ms[stage] += step_ms;
                    rest_ms -= step_ms;
                }
            }
            return (rest_ms == 0).then_some(greens_ms);
        }
    }
}

/// The phase of a plan in which most have green, for pictures of stages.
pub fn letters(phase: &SignalPhase) -> String {
    phase.aspects.iter().map(|aspect| aspect.letter()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn plan(rows: &[(i64, &str)]) -> SignalPlan {
        let phase = |&(seconds, letters): &(i64, &str)| SignalPhase {
            duration_ms: seconds * 1000,
            aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
        };
        SignalPlan { offset_ms: 0, phases: rows.iter().map(phase).collect() }
    }

    #[test]
    fn a_turn_that_keeps_its_green_for_a_phase_of_its_own_is_a_stage() {
        // Through and permitted turn, then the turn alone, then the other street.
        let own = plan(&[(29, "GGgrr"), (5, "yygrr"), (6, "rrGrr"), (5, "rryrr"), (29, "rrrGG"), (5, "rrryy")]);
        assert_eq!(stages(&own), [0, 2, 4]);
        // A movement that stays green through a change makes no stage of it.
        let through = plan(&[(20, "GGr"), (3, "Gyr"), (2, "Grr"), (20, "GrG"), (3, "yry"), (2, "rrr")]);
        assert_eq!(stages(&through), [0, 3]);
    }

    #[test]
    fn greens_sum_up_to_the_cycle_and_keep_their_minima() {
        let plan = plan(&[(30, "Gr"), (4, "yr"), (30, "rG"), (4, "ry")]);
        let frame = Frame {
            signal: SignalId(0),
            stages: stages(&plan),
            least_ms: vec![7000, 9000],
            lost_ms: 8000,
            of: vec![0, 1],
            plan,
        };
        assert_eq!(frame.greens_of(60_000, &[3.0, 1.0]), Some(vec![39_000, 13_000]));
        assert_eq!(frame.greens_of(60_000, &[9.0, 0.0]), Some(vec![43_000, 9000]));
        assert_eq!(frame.greens_of(24_000, &[1.0, 1.0]), Some(vec![7000, 9000]));
        assert_eq!(frame.greens_of(23_000, &[1.0, 1.0]), None);
        assert_eq!(frame.greens_of(60_500, &[1.0, 1.0]).map(|greens| greens.iter().sum()), Some(52_500_i64));
    }
}
