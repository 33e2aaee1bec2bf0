//! Validation: runs what others have measured or published, compares, and writes down the verdicts.
//!
//! Data flows one way: expected tables ([`expected`]) and runs over seeds ([`networks`] of [`outcome`]s) → checks by
//! stated rules ([`judge`], [`turns`]) → Markdown ([`report`]) for `docs/validation.md`, one section per subject. Roads made for the purpose
//! are in [`riders`]. Nothing here prints; a subject that needs data which is not there says so in its section instead of passing silently.

pub mod expected;
pub mod judge;
pub mod means;
pub mod networks;
pub mod outcome;
pub mod report;
pub mod riders;
pub mod run_one;
pub mod turns;
