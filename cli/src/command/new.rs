//! `citytwin new`: a scenario folder to work on.

use std::process::ExitCode;

use scenarios::error::Problem;

use crate::args::NewArgs;
use crate::console::{Failure, say};
use crate::engine_api;

/// Runs the verb.
pub(crate) fn run(args: &NewArgs) -> Result<ExitCode, Failure> {
    let folder = &args.folder;
    let is_used = folder.is_file() || folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_used {
        return Err(Problem::new(folder, "is there already").hint("name a folder that does not exist").into());
    }
    match &args.from {
        None => engine_api::copy_embedded(folder)?,
        Some(sumocfg) => {
            engine_api::wrap_sumocfg(folder, sumocfg)?;
        }
    }
    say(&format!("made {}\n  hint: look at scenario.toml in it, then `citytwin run {0}`", folder.display()));
    Ok(ExitCode::SUCCESS)
}
