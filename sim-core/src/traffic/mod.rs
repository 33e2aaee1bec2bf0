//! Traffic: vehicle types, demand, the vehicles' state, and the passes that move it.

pub mod advance;
pub mod approach;
pub mod car_following;
pub mod demand;
pub mod depart;
pub mod events;
pub mod junction;
pub mod keep_clear;
pub mod lane_change;
pub mod lateral;
pub mod leader;
pub mod plan;
pub mod prefs;
pub mod reroute;
pub mod scene;
pub mod settle;
pub mod state;
pub mod stops;
pub mod transfer;
pub mod types;

/// How vehicles move sideways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LateralMode {
    /// From lane centre to lane centre within a step, as SUMO without lateral resolution.
    LaneInstant,
    /// Any lateral position, moving over seconds.
    Continuous,
}
