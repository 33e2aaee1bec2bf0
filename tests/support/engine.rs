//! The one place where the ladder calls the engine.

use std::path::Path;

use crate::ladder_case::Record;

/// Runs a scenario with a seed; `None` as long as this package is built without an engine.
pub(crate) fn run(_config: &Path, _seed: u64) -> Option<Result<Record, String>> {
    None
}
