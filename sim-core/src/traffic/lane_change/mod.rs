//! Lane changes from lane centre to lane centre within a step (lateral policy `lane_instant`).

/// What a vehicle remembers between its lane-change decisions.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LaneChangeState {}
