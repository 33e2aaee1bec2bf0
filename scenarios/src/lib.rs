//! Everything that touches files: scenario folders, readers, writers.
//!
//! Data flows one way: files → [`loaded::Loaded`] (parts, names, demand source) → the simulation's `City` and `Demand`
//! → results → files.

pub mod compile;
pub mod demand;
pub mod error;
pub mod inventory;
pub mod loaded;
pub mod measures;
pub mod read;
pub mod scenario_file;
pub mod schema;
pub mod validate;
pub mod write;
