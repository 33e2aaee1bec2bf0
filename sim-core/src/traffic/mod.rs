//! Traffic: vehicle types, demand, the vehicles' state, and the passes that move it.

pub mod demand;
pub mod types;
