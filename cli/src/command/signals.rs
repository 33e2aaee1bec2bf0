//! `citytwin signals`: signals for planners.

mod diagram;
mod evaluate;
mod export;
mod optimize;

use std::process::ExitCode;

use crate::args::{SignalsArgs, SignalsVerb};
use crate::console::Failure;

/// Runs the verb.
pub(crate) fn run(args: &SignalsArgs) -> Result<ExitCode, Failure> {
    match &args.verb {
        SignalsVerb::Evaluate(args) => evaluate::run(args),
        SignalsVerb::Export(args) => export::run(args),
        SignalsVerb::Diagram(args) => diagram::run(args),
        SignalsVerb::Optimize(args) => optimize::run(args),
    }
}
