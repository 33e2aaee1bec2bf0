//! Everything that touches files: scenario folders, readers, writers.
//!
//! Data flows one way: files → [`loaded::Loaded`] (parts, names, demand source) → the simulation's `City` and `Demand`
//! → results → files.

pub mod demand;
pub mod error;
pub mod loaded;
pub mod read;
pub mod validate;
