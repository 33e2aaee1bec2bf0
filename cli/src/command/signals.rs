//! `citytwin signals`: signals for planners.

mod evaluate;

use std::process::ExitCode;

use crate::args::{SignalsArgs, SignalsVerb};
use crate::console::Failure;

/// Runs the verb.
pub(crate) fn run(args: &SignalsArgs) -> Result<ExitCode, Failure> {
    match &args.verb {
        SignalsVerb::Evaluate(args) => evaluate::run(args),
    }
}
