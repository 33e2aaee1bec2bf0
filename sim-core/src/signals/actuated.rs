//! Actuated control: greens that last while vehicles come, between a least and a greatest duration.
//!
//! The rules are those of SUMO 1.28 (gap control): a green ends after its least duration as soon as no detector of the
//! phase has seen a vehicle within the largest gap, or at its greatest duration; the last vehicle seen gets the time to
//! reach the stop line; green phases end at whole seconds of their age. Where a phase may be followed by several, the
//! one with most detectors asking goes first; a detector that has been asking for longer than the inactive threshold
//! weighs as much as it has waited. Phases that are not green last their least duration: yellow and clearance are never
//! cut short.

use serde::{Deserialize, Serialize};

use crate::ids::{DetectorId, SignalId};
use crate::ports::{Detection, Ports};
use crate::rows::Column;
use crate::signals::max_pressure::{Pressure, WEIGH_EVERY_MS};
use crate::signals::{SignalPhase, SignalPlans};

/// What a detector weighs that is served by the phase in force.
const SERVED_PRIORITY: i64 = 10;
/// The shortest time between two decisions that are not about a gap.
const DECIDE_EVERY_MS: i64 = 1000;

/// When a phase of an actuated signal ends, and what may follow.
#[derive(Clone, PartialEq, Debug)]
pub struct ActuatedPhase {
    /// Least duration.
    pub min_ms: i64,
    /// Greatest duration; the same as the least where traffic has no say.
    pub max_ms: i64,
    /// Phases that may follow; none for the next in order. The first is taken when nobody asks.
    pub next: Vec<u16>,
    /// Detectors that prolong it.
    pub detectors: Vec<DetectorId>,
}

/// An actuated signal.
#[derive(Clone, PartialEq, Debug)]
pub struct Actuated {
    /// The signal; its plan in [`SignalPlans::plans`] has the same phases.
    pub signal: SignalId,
    /// Phases.
    pub phases: Vec<ActuatedPhase>,
    /// All its detectors, each with the largest gap in seconds that prolongs a green.
    pub detectors: Vec<(DetectorId, f64)>,
    /// Time from the detector to the stop line that the last vehicle gets.
    pub detector_gap_s: f64,
    /// After this long without green, a detector that asks goes first.
    pub inactive_ms: i64,
    /// Follows pressure instead of gaps, if given.
    pub pressure: Option<Pressure>,
}

/// Where an actuated signal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Controller {
    /// The phase in force.
    pub phase: u16,
    /// When it began.
    pub since_ms: i64,
    /// When it is next decided whether it ends.
    pub decide_ms: i64,
    /// How often the first phase has begun.
    pub cycle: i64,
    /// When it last began.
    pub cycle_since_ms: i64,
}

/// Where the actuated signals are.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct SignalState {
    /// One per entry of [`SignalPlans::actuated`].
    pub controllers: Vec<Controller>,
    /// When a phase that serves the detector last began to be green.
    pub served_ms: Column<DetectorId, i64>,
}

impl SignalState {
    /// The state at the beginning of a run: in the phase where the plan's clock is then, from its start, as in SUMO.
    pub fn new(plans: &SignalPlans, begin_ms: i64) -> Self {
        let begin = |actuated: &Actuated| {
            let (phase, _) = plans.plans[actuated.signal].phase_at(begin_ms);
            let min_ms = actuated.phases.get(phase).map_or(0, |phase| phase.min_ms);
            Controller {
                phase: phase as u16,
                since_ms: begin_ms,
                decide_ms: begin_ms + min_ms,
                cycle: 0,
                cycle_since_ms: begin_ms,
            }
        };
        Self {
            controllers: plans.actuated.iter().map(begin).collect(),
            served_ms: Column::filled(0, plans.detectors.len()),
        }
    }
}

/// Whether a phase gives green to somebody and yellow to nobody.
pub fn is_green(phase: &SignalPhase) -> bool {
    phase.aspects.iter().any(|aspect| aspect.is_green()) && !phase.aspects.contains(&crate::ports::Aspect::Yellow)
}

/// Lets every actuated signal decide what it shows in the step that begins at `now_ms`.
pub fn run(plans: &SignalPlans, now_ms: i64, ports: &Ports, state: &mut SignalState) {
    let SignalState { controllers, served_ms } = state;
    let pairs = plans.actuated.iter().zip(controllers);
    for (actuated, controller) in pairs.filter(|(actuated, _)| !plans.overridden.contains(&actuated.signal)) {
        let decision =
            Decision { actuated, phases: &plans.plans[actuated.signal].phases, detections: &ports.detections, now_ms };
        while controller.decide_ms <= now_ms {
            controller.decide_ms = now_ms + decision.decide(controller, served_ms).max(1);
        }
    }
}

/// A signal at an instant.
struct Decision<'a> {
    actuated: &'a Actuated,
    phases: &'a [SignalPhase],
    detections: &'a Column<DetectorId, Detection>,
    now_ms: i64,
}

impl Decision<'_> {
    /// Goes on, or to another phase. Gives the time until it has to be decided again.
    fn decide(&self, controller: &mut Controller, served_ms: &mut Column<DetectorId, i64>) -> i64 {
        if let Some(pressure) = &self.actuated.pressure {
            return self.by_pressure(pressure, controller);
        }
        let phase = controller.phase as usize;
        let column = &self.actuated.phases[phase];
        let has_choice = column.next.len() > 1;
        let gap_s = self.smallest_gap_s(controller);
        if let (Some(gap_s), false) = (gap_s, has_choice) {
            return self.prolonged_ms(controller, gap_s);
        }
        let next = if has_choice {
            self.choose(controller, served_ms)
        } else {
            column.next.first().map_or((phase + 1) % self.phases.len(), |&next| next as usize)
        };
        let column = &self.actuated.phases[next];
        if next != phase {
            self.turn_to(controller, next);
        }
        if has_choice && is_green(&self.phases[next]) {
            column.detectors.iter().for_each(|&detector| served_ms[detector] = self.now_ms);
        }
        DECIDE_EVERY_MS.max(column.min_ms - (self.now_ms - controller.since_ms))
    }

    fn turn_to(&self, controller: &mut Controller, next: usize) {
        controller.phase = next as u16;
        controller.since_ms = self.now_ms;
        if next == 0 {
            controller.cycle += 1;
            controller.cycle_since_ms = self.now_ms;
        }
    }

    /// Goes on, or towards the stage with the greatest pressure. Gives the time until it has to be decided again.
    fn by_pressure(&self, pressure: &Pressure, controller: &mut Controller) -> i64 {
        let phase = controller.phase as usize;
        let column = &self.actuated.phases[phase];
        let mut next = column.next.first().map_or((phase + 1) % self.phases.len(), |&next| next as usize);
        if pressure.is_stage(phase) {
            let is_over = self.now_ms - controller.since_ms >= column.max_ms;
            let mut best = (if is_over { f64::NEG_INFINITY } else { pressure.of(phase, self.detections) }, phase);
            for &first in &column.next {
                let stage = self.stage_after(pressure, first as usize);
                let value = pressure.of(stage, self.detections);
                if value > best.0 && pressure.waiting(stage, self.detections) > 0 {
                    best = (value, first as usize);
                }
            }
            next = best.1;
        }
        if next == phase {
            return WEIGH_EVERY_MS;
        }
        self.turn_to(controller, next);
        self.actuated.phases[next].min_ms
    }

    /// The stage that a change leads to.
    fn stage_after(&self, pressure: &Pressure, mut phase: usize) -> usize {
        for _ in 0..self.phases.len() {
            if pressure.is_stage(phase) {
                return phase;
            }
            phase = self.actuated.phases[phase].next.first().map_or(phase, |&next| next as usize);
        }
        phase
    }

    /// The smallest gap that still prolongs the green in force; `None` when it ends.
    fn smallest_gap_s(&self, controller: &Controller) -> Option<f64> {
        let phase = controller.phase as usize;
        let column = &self.actuated.phases[phase];
        if !is_green(&self.phases[phase]) || self.now_ms - controller.since_ms >= column.max_ms {
            return None;
        }
        let gaps = column.detectors.iter().filter_map(|&detector| self.gap_s(detector));
        gaps.fold(None, |least: Option<f64>, gap_s| Some(least.map_or(gap_s, |least| least.min(gap_s))))
    }

    /// The gap at a detector, if it is small enough.
    fn gap_s(&self, detector: DetectorId) -> Option<f64> {
        let gap_s = self.detections[detector].gap_s(self.now_ms);
        let of = self.actuated.detectors.iter().find(|(id, _)| *id == detector);
        of.is_some_and(|&(_, max_gap_s)| gap_s < max_gap_s).then_some(gap_s)
    }

    /// How long a green goes on for a vehicle seen so long ago.
    fn prolonged_ms(&self, controller: &Controller, gap_s: f64) -> i64 {
        let column = &self.actuated.phases[controller.phase as usize];
        let age_ms = self.now_ms - controller.since_ms;
        let way_ms = ((self.actuated.detector_gap_s - gap_s) * 1000.0).round() as i64;
        let mut more_ms = (column.min_ms - age_ms).max(way_ms).max(1);
        if more_ms % 1000 != 0 {
            more_ms = ((more_ms + age_ms).div_euclid(1000) + 1) * 1000 - age_ms;
        }
        more_ms.min(column.max_ms - age_ms)
    }

    /// The phase to go on with, where several may follow.
    fn choose(&self, controller: &Controller, served_ms: &Column<DetectorId, i64>) -> usize {
        let phase = controller.phase as usize;
        let column = &self.actuated.phases[phase];
        let first = column.next.first().map_or(phase, |&next| next as usize);
        let mut best = (0, first);
        if self.now_ms - controller.since_ms < column.max_ms {
            let priority = self.phase_priority(phase, controller, served_ms);
            if priority > best.0 {
                best = (priority, phase);
            }
        }
        for &next in &column.next {
            let priority = self.phase_priority(self.green_after(next as usize), controller, served_ms);
            if priority > best.0 {
                best = (priority, next as usize);
            }
        }
        // Somebody that none of these serves has waited longer: on, towards its phase.
        let waits = |&(detector, _): &(DetectorId, f64)| self.priority(detector, controller, served_ms) > best.0;
        if self.actuated.detectors.iter().any(waits) { first } else { best.1 }
    }

    /// The green phase that a change leads to.
    fn green_after(&self, mut phase: usize) -> usize {
        for _ in 0..self.phases.len() {
            if is_green(&self.phases[phase]) {
                return phase;
            }
            phase =
                self.actuated.phases[phase].next.first().map_or((phase + 1) % self.phases.len(), |&next| next as usize);
        }
        0
    }

    fn phase_priority(&self, phase: usize, controller: &Controller, served_ms: &Column<DetectorId, i64>) -> i64 {
        let detectors = self.actuated.phases[phase].detectors.iter();
        detectors.map(|&detector| self.priority(detector, controller, served_ms)).sum()
    }

    fn priority(&self, detector: DetectorId, controller: &Controller, served_ms: &Column<DetectorId, i64>) -> i64 {
        let seen = &self.detections[detector];
        let last_ms = if seen.is_occupied { self.now_ms as f64 } else { seen.left_s * 1000.0 };
        if self.gap_s(detector).is_none() && served_ms[detector] as f64 >= last_ms {
            return 0;
        }
        let without_ms = self.now_ms - served_ms[detector];
        if without_ms > self.actuated.inactive_ms {
            return without_ms / 1000;
        }
        if self.actuated.phases[controller.phase as usize].detectors.contains(&detector) { SERVED_PRIORITY } else { 1 }
    }
}
