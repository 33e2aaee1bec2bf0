//! Reads circuits in OpenDSS's language: what distribution engineers exchange.
//!
//! Scripts are read statement by statement (`text`, `script`) into objects with their properties in order (`objects`),
//! and these are made into a [`Circuit`] (`build` and one file per class). What changes the answer and is not understood
//! is a mistake; what only shows or records is said as a note.

mod text;
mod objects;
mod script;
mod values;
mod lines;
mod transformers;
mod loads;
mod sources;
mod shapes;
mod build;

use std::path::Path;

use crate::error::Problems;
use crate::power::Circuit;

/// Whether a path looks like an OpenDSS script.
pub fn is_dss(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("dss"))
}

pub(crate) use text::matrix;

/// Reads a circuit from a script and everything it redirects to.
///
/// # Errors
/// All mistakes, with file and line.
pub fn read_dss(path: &Path) -> Result<Circuit, Problems> {
    build::circuit(script::run(path))
}

#[cfg(test)]
mod tests;
