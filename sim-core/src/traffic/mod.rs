//! Traffic: vehicle types, demand, the vehicles' state, and the passes that move it.

pub mod types;
pub mod demand;
pub mod car_following;
pub mod prefs;
pub mod lane_change;
pub mod pieces;
pub mod state;
pub mod scene;
pub mod stops;
pub mod leader;
pub mod approach;
pub mod junction;
pub mod plan;
pub mod queued;
pub mod keep_clear;
pub mod settle;
pub mod events;
pub mod advance;
pub mod transfer;
pub mod lateral;
pub mod reroute;
pub mod respond;
pub mod release;
pub mod depart;

/// How vehicles move sideways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LateralMode {
    /// From lane centre to lane centre within a step, as SUMO without lateral resolution.
    LaneInstant,
    /// Any lateral position, moving over seconds.
    Continuous,
}
