//! Variants against a base: the same seeds on both sides, differences pair by pair, with honest intervals.
//!
//! A run is read back from its result folder ([`outcome`]), whether this program has just made it or it lay there. Runs
//! of a base and of its variants are paired by seed ([`comparison`]); each measure's differences give a mean, Student's
//! interval and a test ([`statistics`]). Measures named before the runs stand for themselves; all others are called
//! significant only after Benjamini and Hochberg's correction over all tests made.

pub mod comparison;
pub mod measures;
pub mod outcome;
pub mod requirement;
pub mod statistics;
pub mod write;
pub(crate) mod tables;
#[cfg(test)]
mod tests;

pub use comparison::{Comparison, compare};
pub use outcome::Outcome;
pub use requirement::Requirement;
