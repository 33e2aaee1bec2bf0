//! Everything that touches files: scenario folders, readers, writers.
//!
//! Data flows one way: files → [`loaded::Loaded`] (parts, names, demand source) → the simulation's `City` and `Demand`
//! → results → files.

pub mod error;
pub mod loaded;
pub mod demand;
pub mod observed;
pub mod power;
pub mod schema;
pub mod scenario_file;
pub mod read;
pub mod compare;
pub mod compile;
pub mod export;
pub mod inventory;
pub mod lighting;
pub mod measures;
pub mod parameters;
pub mod write;
pub mod signals;
pub mod validate;
