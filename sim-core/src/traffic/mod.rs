//! Traffic: vehicle types, demand, the vehicles' state, and the passes that move it.

pub mod types;
pub mod demand;
pub mod car_following;
pub mod prefs;
pub mod lane_change;
pub mod state;
pub mod scene;
pub mod lateral;
