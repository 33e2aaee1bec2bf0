//! `citytwin validate`: a run against observed counts and speeds.

use std::process::ExitCode;

use crate::args::ValidateArgs;
use crate::console::Failure;
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let _ = args.json;
    simulate::load(&args.scenario)?;
    Err(Failure::Usage("this scenario has no observed counts or speeds".to_owned()))
}
