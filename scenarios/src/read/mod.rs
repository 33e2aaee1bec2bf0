//! Readers: from files to [`crate::loaded::Loaded`].

pub mod sumo;
pub mod dss;
pub mod folder;
pub mod gmns;
pub mod native_demand;
pub mod power;
pub mod scenario_toml;
pub mod setting;
pub mod source;
pub mod table;
pub mod vehicle_types;
pub mod what_if;

use std::path::Path;

use crate::error::{Problem, Problems};
use crate::loaded::Loaded;

/// Reads a scenario: a folder, or a SUMO configuration (`*.sumocfg`).
///
/// # Errors
/// Everything that is wrong with the input, together.
pub fn read(path: &Path) -> Result<Loaded, Problems> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("sumocfg") => sumo::read_sumocfg(path),
        _ if path.is_dir() => folder::read_folder(path),
        _ if !path.exists() => Err(Problem::new(path, "there is no such file or folder").into()),
        _ => Err(Problem::new(path, "this is not a scenario")
            .hint("give a scenario folder (with scenario.toml) or a SUMO configuration (*.sumocfg)")
            .into()),
    }
}
