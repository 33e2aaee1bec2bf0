//! Circuits: feeders with the names of their parts and the shapes of their loads.

pub mod bills;
pub mod circuit;
pub mod generate;
pub mod invest;
pub mod period;
pub mod plan;
pub mod solar;
pub mod study;

pub use circuit::{Circuit, LoadShape, Shape};
pub use plan::PowerPlan;
