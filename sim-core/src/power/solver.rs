//! What a solver of feeders is.

use super::blocks::{C64, Phasors};
use super::tree::Tree;

/// When a solver may stop.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Accuracy {
    /// Largest change of a voltage in the last iteration, over the node's nominal voltage.
    pub tolerance_pu: f64,
    /// Iterations after which it gives up.
    pub max_iterations: u32,
}

impl Default for Accuracy {
    fn default() -> Self {
        Self { tolerance_pu: 1e-9, max_iterations: 100 }
    }
}

/// How a solution went.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome {
    /// Whether the tolerance was met. If not, the voltages are those of the last iteration, or those without load where
    /// these are no numbers.
    pub has_converged: bool,
    /// Iterations made.
    pub iterations: u32,
    /// Largest change of a voltage in the last of them, over the node's nominal voltage.
    pub mismatch_pu: f64,
}

/// Finds voltages for powers.
///
/// The sweep needs a [`Tree`]; a solver for meshed feeders would bring a network of its own with the same two verbs.
pub trait PowerFlow {
    /// Solves for the powers of all loads at nominal voltage, by load. The start is always the feeder without load, so
    /// that the answer does not depend on what was solved before.
    fn solve(&mut self, tree: &Tree, powers: &[C64], accuracy: Accuracy) -> Outcome;
    /// Voltages from line phase to earth, by node; zero where a phase is missing or without supply.
    fn voltages(&self) -> &[Phasors];
}
