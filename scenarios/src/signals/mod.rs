//! Signals for planners: junctions as they see them, turning counts, capacity without simulation, plans handed back,
//! diagrams, better plans.

pub mod counts;
pub mod diagram;
pub mod export;
pub mod hcm;
pub mod max_pressure;
pub mod optimize;
pub mod safety;
pub mod sites;
pub mod timing;
