//! Traffic signals: plans, and the pass that switches the heads.

pub mod actuated;
pub mod advance;
pub mod hcm;
pub mod max_pressure;

use crate::ids::{DetectorId, LaneId, SignalId};
pub use crate::ports::Aspect;
use crate::rows::Column;
use actuated::{Actuated, SignalState};

/// One phase of a plan: what all heads show, and for how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignalPhase {
    /// Duration.
    pub duration_ms: i64,
    /// One aspect per head, by the connector's signal index.
    pub aspects: Vec<Aspect>,
}

/// A fixed-time plan: phases in a cycle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignalPlan {
    /// The cycle is at its start when (time − offset) is a multiple of the cycle length.
    pub offset_ms: i64,
    /// Phases in order.
    pub phases: Vec<SignalPhase>,
}

impl SignalPlan {
    /// Length of the cycle.
    pub fn cycle_ms(&self) -> i64 {
        self.phases.iter().map(|phase| phase.duration_ms).sum()
    }
    /// The phase in force at a time in milliseconds, and how long it has been.
    pub fn phase_at(&self, time_ms: i64) -> (usize, i64) {
        let mut in_cycle_ms = (time_ms - self.offset_ms).rem_euclid(self.cycle_ms().max(1));
        for (index, phase) in self.phases.iter().enumerate() {
            if in_cycle_ms < phase.duration_ms {
                return (index, in_cycle_ms);
            }
            in_cycle_ms -= phase.duration_ms;
        }
        (0, 0)
    }
}

/// A loop across a lane that tells a signal of vehicles.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Detector {
    /// The lane.
    pub lane: LaneId,
    /// Position on the lane.
    pub at_m: f64,
}

/// The plan in force at each signal, and the signals that follow traffic instead of the clock.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SignalPlans {
    /// One plan per signal. Of an actuated signal: its phases, and where it begins.
    pub plans: Column<SignalId, SignalPlan>,
    /// Detectors of the actuated signals.
    pub detectors: Column<DetectorId, Detector>,
    /// Actuated signals, ascending by signal.
    pub actuated: Vec<Actuated>,
    /// Actuated signals that follow the clock for a while, by a plan that was put in place of theirs.
    pub overridden: Vec<SignalId>,
}

impl SignalPlans {
    /// Plans that all follow the clock.
    pub fn fixed(plans: Column<SignalId, SignalPlan>) -> Self {
        Self { plans, detectors: Column::default(), actuated: Vec::new(), overridden: Vec::new() }
    }
    /// The actuated signal's place in the list, if the signal is one and follows traffic now.
    pub fn actuated_index(&self, signal: SignalId) -> Option<usize> {
        if self.overridden.contains(&signal) {
            return None;
        }
        self.actuated.binary_search_by_key(&signal, |actuated| actuated.signal).ok()
    }
    /// The phase that a signal shows at a time.
    pub fn phase_now(&self, state: &SignalState, signal: SignalId, now_ms: i64) -> usize {
        match self.actuated_index(signal).and_then(|index| state.controllers.get(index)) {
            Some(controller) => controller.phase as usize,
            None => self.plans[signal].phase_at(now_ms).0,
        }
    }
}
