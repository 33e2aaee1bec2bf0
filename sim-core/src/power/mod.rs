//! Electric feeders: three line phases, unbalanced, in steady state.
//!
//! A [`parts::FeederParts`] says what hangs where; [`feeder::Feeder::build`] checks it; [`tree::Tree::build`] puts what
//! is switched on in radial order and leaves out what carries no information of its own; a [`solver::PowerFlow`] finds
//! the voltages for the powers of the moment. The one there is, [`sweep::Sweep`], goes backward and forward over the
//! tree; a solver for meshed feeders can stand beside it. Everything is in volts, amperes, watts and vars.

pub mod blocks;
pub mod parts;
pub mod load_model;
pub mod feeder;
mod recover;
pub mod tree;
pub mod solver;
pub mod sweep;
pub mod flows;
pub mod batch;
pub mod battery;
pub mod system;
pub mod record;
pub mod pass;

pub use blocks::{Block, C64, PHASES, PhaseSet, Phasors};
pub use feeder::{Feeder, FeederError};
pub use flows::Flows;
pub use parts::FeederParts;
pub use solver::{Outcome, PowerFlow};
pub use sweep::Sweep;
pub use tree::Tree;

#[cfg(test)]
mod tests;
