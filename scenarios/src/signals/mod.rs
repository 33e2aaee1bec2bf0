//! Signals for planners: junctions as they see them, turning counts, capacity without simulation, plans handed back,
//! diagrams.

pub mod counts;
pub mod diagram;
pub mod export;
pub mod hcm;
pub mod safety;
pub mod sites;
pub mod timing;
