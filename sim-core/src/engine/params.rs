//! The settings of a run.

use crate::change::Change;
use crate::units::SimTime;

/// How vehicles move sideways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LateralPolicy {
    /// From lane centre to lane centre within a step, as SUMO without lateral resolution.
    LaneInstant,
    /// Any lateral position, moving over seconds.
    Continuous,
}

/// What rules a signal without supply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DarkSignalRule {
    /// Everybody stops, first come first served.
    AllWayStop,
    /// The signs at the junction.
    Signs,
    /// The vehicle from the right first.
    YieldToRight,
}

/// Settings of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct RunParams {
    /// The seed of all draws.
    pub seed: u64,
    /// First instant.
    pub begin: SimTime,
    /// Last instant; `None` runs until the last vehicle has arrived.
    pub end: Option<SimTime>,
    /// Length of a step.
    pub step_ms: i64,
    /// Time after the beginning that results leave out.
    pub warm_up_ms: i64,
    /// Length of the result intervals, which lie on multiples of it on the clock.
    pub interval_ms: i64,
    /// How vehicles move sideways.
    pub lateral: LateralPolicy,
    /// A trip that could not enter for this long is rejected; `None` waits for ever.
    pub max_depart_delay_s: Option<f64>,
    /// Compatibility: a vehicle that waits this long is released from a jam by taking it off the road until there is
    /// room ahead; `None`: no magic.
    pub jam_release_s: Option<f64>,
    /// Waiting time over which drivers at minor roads grow fully impatient.
    pub impatience_time_s: f64,
    /// A vehicle stuck in a wrong lane for this long turns where it can; `None`: never.
    pub missed_turn_after_s: Option<f64>,
    /// What rules a signal without supply.
    pub dark_signal_rule: DarkSignalRule,
    /// Whether use of streets and conflicts between classes are measured, too.
    pub interactions: bool,
    /// What a variant changes, and when.
    pub changes: Vec<Change>,
}
