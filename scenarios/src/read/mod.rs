//! Readers.

pub mod folder;
pub mod gmns;
pub mod native_demand;
pub mod scenario_toml;
pub mod source;
pub mod table;
pub mod vehicle_types;
