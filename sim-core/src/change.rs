//! What a variant of a scenario changes, as data: applied first in a step, undone when its time is over.
//!
//! What is in force at an instant is a function of the changes and the time. So roads and signal plans in force are no
//! part of the state: they are worked out when they change, and a saved, loaded or branched run finds them again.

pub mod in_force;
pub mod roads;

use crate::city::City;
use crate::ids::{BranchId, FeederId, SignalId};
use crate::power::system::PowerState;
use crate::signals::SignalPlan;
use roads::RoadChange;

/// What is changed.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// A branch of a feeder is opened or closed.
    Branch {
        /// The feeder.
        feeder: FeederId,
        /// The branch.
        branch: BranchId,
        /// Whether it is closed while the change lasts.
        is_closed: bool,
    },
    /// Permissions, speed limits or turns.
    Road(RoadChange),
    /// A signal shows another plan.
    Signal {
        /// The signal.
        signal: SignalId,
        /// The plan.
        plan: SignalPlan,
    },
}

/// A change and when it lasts.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// First instant.
    pub from_ms: i64,
    /// First instant at which it is over; `None`: it stays.
    pub until_ms: Option<i64>,
    /// What it does.
    pub action: Action,
}

impl Change {
    /// Whether it lasts at an instant of the run.
    pub fn is_active(&self, now_ms: i64) -> bool {
        self.from_ms <= now_ms && self.until_ms.is_none_or(|until_ms| now_ms < until_ms)
    }
    /// What is to be done in the step that begins at a time: `Some(true)` begins, `Some(false)` ends.
    fn event(&self, now_ms: i64, step_ms: i64, begin_ms: i64) -> Option<bool> {
        // A change from before the run begins with it.
        let falls = |at_ms: i64| at_ms.max(begin_ms) > now_ms - step_ms && at_ms.max(begin_ms) <= now_ms;
        let is_over = self.until_ms.is_some_and(|until_ms| until_ms <= now_ms);
        if falls(self.from_ms) && !is_over {
            Some(true)
        } else if self.until_ms.is_some_and(|until_ms| falls(until_ms) && until_ms > begin_ms) {
            Some(false)
        } else {
            None
        }
    }
}

/// Whether roads begin or cease to differ from the city's in the step that begins at a time.
pub fn turns_roads(changes: &[Change], now_ms: i64, (step_ms, begin_ms): (i64, i64)) -> bool {
    let of_roads = |change: &&Change| matches!(change.action, Action::Road(_));
    changes.iter().filter(of_roads).any(|change| change.event(now_ms, step_ms, begin_ms).is_some())
}

/// Applies what begins or ends in this step. Ends come first, so that a change may follow on another.
pub fn apply(city: &City, changes: &[Change], now_ms: i64, (step_ms, begin_ms): (i64, i64), power: &mut PowerState) {
    for begins in [false, true] {
        for change in changes.iter().filter(|change| change.event(now_ms, step_ms, begin_ms) == Some(begins)) {
            match change.action {
                Action::Road(_) | Action::Signal { .. } => {}
                Action::Branch { feeder, branch, is_closed } => {
                    let system = &city.power.feeders[feeder.index()];
                    let before = system.feeder.parts.branches[branch.index()].is_closed;
                    let wanted = if begins { is_closed } else { before };
                    power.switch(&system.feeder, feeder, branch, wanted);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_begins_and_ends_once_whatever_the_step() {
        let action = Action::Branch { feeder: FeederId(0), branch: BranchId(0), is_closed: false };
        let change = Change { from_ms: 1_250, until_ms: Some(3_000), action };
        for step_ms in [100, 500, 1000] {
            let events: Vec<(i64, bool)> = (0..50)
                .map(|step| step * step_ms)
                .filter_map(|now_ms| change.event(now_ms, step_ms, 0).map(|begins| (now_ms, begins)))
                .collect();
            assert_eq!(events.len(), 2, "{events:?}");
            assert!(events[0].1 && events[0].0 >= 1_250 && events[0].0 < 1_250 + step_ms);
            assert_eq!(events[1], (3_000, false));
        }
    }

    #[test]
    fn a_change_from_before_the_run_begins_with_it() {
        let action = Action::Branch { feeder: FeederId(0), branch: BranchId(0), is_closed: false };
        let change = Change { from_ms: -5_000, until_ms: None, action };
        assert_eq!(change.event(0, 500, 0), Some(true));
        assert_eq!(change.event(500, 500, 0), None);
    }
}
