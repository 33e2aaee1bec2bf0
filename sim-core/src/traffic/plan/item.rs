//! What a look-ahead leaves behind.

use crate::ids::{ConnectorId, LaneId};
use crate::math::Bounded;

/// A stop line ahead, or the end of the look-ahead.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Item {
    /// The connector; `NONE` for an end without one.
    pub connector: ConnectorId,
    /// The lane behind the line; `NONE` without one.
    pub to: LaneId,
    /// Whether that lane is a way through a junction.
    pub enters_junction: bool,
    /// Speed for the coming step if the line may be passed.
    pub pass_mps: f64,
    /// Speed for the coming step if it may not.
    pub wait_mps: f64,
    /// Whether the vehicle intends to pass.
    pub will_pass: bool,
    /// When it would arrive.
    pub arrival_ms: i64,
    /// Speed at arrival.
    pub arrival_mps: f64,
    /// Speed at arrival if it brakes from now on.
    pub arrival_braking_mps: f64,
    /// Distance to the line.
    pub distance_m: f64,
    /// Speed when leaving the way behind the line; negative while unknown.
    pub leave_mps: f64,
    /// Road free behind the line.
    pub space_m: f64,
    /// Whether a vehicle stands on the road behind the line.
    pub has_stopped: bool,
    /// Whether anybody asks when the vehicle arrives and leaves: where it has to yield, or others yield to it.
    /// Elsewhere these figures are not worked out.
    pub is_timed: bool,
    /// Whether others yield to who passes the line.
    pub is_watched: bool,
    /// Whether the junction behind the line is to be kept clear.
    pub keeps_clear: bool,
}

impl Item {
    pub(super) fn end(speed_mps: f64, distance_m: f64, space_m: f64) -> Self {
        Self {
            connector: ConnectorId::NONE,
            to: LaneId::NONE,
            enters_junction: false,
            pass_mps: speed_mps,
            wait_mps: speed_mps,
            will_pass: false,
            arrival_ms: 0,
            arrival_mps: 0.0,
            arrival_braking_mps: 0.0,
            distance_m,
            leave_mps: -1.0,
            space_m,
            has_stopped: false,
            is_timed: false,
            is_watched: false,
            keeps_clear: false,
        }
    }
    pub(super) fn limit_leave(&mut self, speed_mps: f64) {
        if !self.is_timed {
            return;
        }
        self.leave_mps = if self.leave_mps > 0.0 { self.leave_mps.at_most(speed_mps) } else { speed_mps };
    }
    /// The speed when leaving, the passing speed where nothing better is known.
    pub fn leave_speed_mps(&self) -> f64 {
        if self.leave_mps < 0.0 { self.pass_mps } else { self.leave_mps }
    }
}

/// What a vehicle has planned: its items and the distance to its stop.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plan {
    /// First item in the link's list.
    pub first: u32,
    /// Number of items.
    pub n: u32,
    /// Distance to where it must stand at its next stop; infinite without.
    pub stop_m: f64,
    /// Way of braking comfortably from the present speed.
    pub brake_m: f64,
    /// The speed the driver wants on the present lane.
    pub desired_mps: f64,
    /// Whether the vehicle [stands in a queue](crate::traffic::queued); then there is nothing else.
    pub is_queued: bool,
}

impl Plan {
    /// The plan of a vehicle that stands in a queue.
    pub fn queued(first: usize) -> Self {
        Self { first: first as u32, n: 0, stop_m: f64::INFINITY, brake_m: 0.0, desired_mps: 0.0, is_queued: true }
    }
}
