//! The road network.

pub mod parts;

/// The network.
#[derive(Clone, Debug, Default)]
pub struct Network;
