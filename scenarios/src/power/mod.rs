//! Circuits: feeders with the names of their parts and the shapes of their loads.

pub mod circuit;


pub use circuit::{Circuit, LoadShape, Shape};
