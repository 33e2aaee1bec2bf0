//! How long the phases of actuated signals lasted.

use serde::{Deserialize, Serialize};

use crate::signals::actuated::{Controller, SignalState};

/// Durations of a phase that began after the warm-up and has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PhaseSum {
    /// How often.
    pub n: u32,
    /// Together.
    pub total_ms: i64,
    /// The shortest.
    pub least_ms: i64,
    /// The longest.
    pub greatest_ms: i64,
}

impl PhaseSum {
    fn add(&mut self, lasted_ms: i64) {
        self.least_ms = if self.n == 0 { lasted_ms } else { self.least_ms.min(lasted_ms) };
        self.greatest_ms = self.greatest_ms.max(lasted_ms);
        self.total_ms += lasted_ms;
        self.n += 1;
    }
}

/// The phases of all actuated signals.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// By actuated signal and phase.
    pub sums: Vec<Vec<PhaseSum>>,
    last: Vec<Controller>,
}

impl PhaseRecord {
    /// Nothing recorded yet; `n_phases` of each actuated signal.
    pub(super) fn new(n_phases: impl Iterator<Item = usize>) -> Self {
        Self { sums: n_phases.map(|n| vec![PhaseSum::default(); n]).collect(), last: Vec::new() }
    }
    /// Looks at the signals after a step; phases that began before `from_ms` are left out.
    pub(super) fn look(&mut self, state: &SignalState, from_ms: i64) {
        for ((sums, last), now) in self.sums.iter_mut().zip(&self.last).zip(&state.controllers) {
            if now.since_ms != last.since_ms && last.since_ms >= from_ms {
                sums[usize::from(last.phase)].add(now.since_ms - last.since_ms);
            }
        }
        self.last.clone_from(&state.controllers);
    }
}
