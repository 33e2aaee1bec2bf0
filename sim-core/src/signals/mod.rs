//! Traffic signals: plans, and the pass that switches the heads.

pub mod advance;
pub mod hcm;

use crate::ids::SignalId;
pub use crate::ports::Aspect;
use crate::rows::Column;

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

/// The plan in force at each signal.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SignalPlans {
    /// One plan per signal.
    pub plans: Column<SignalId, SignalPlan>,
}
