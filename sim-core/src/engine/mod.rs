//! The engine: the step and its state.

pub mod params;
