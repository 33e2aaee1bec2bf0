//! Motorcycles and mixed traffic without lanes, held to field data: small roads made for the purpose, own vehicle types
//! with their defaults, and figures that others have published.
//!
//! Experiments ([`mid_block`], [`stop_line`], [`merge`]) run the engine and return what they saw; [`cases`] holds that to
//! the field data and words the verdicts; [`picture`] draws the fundamental diagram. Needs no data from outside.

pub mod road;
pub mod mid_block;
pub mod stop_line;
pub mod merge;
pub mod cases;
mod gap_case;
mod words;
pub mod picture;

pub use cases::{Outcome, run};
