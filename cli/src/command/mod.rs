//! The verbs, one a file.

mod bench;
mod check;
mod compare;
mod export;
mod lighting;
mod measures;
mod new;
mod power;
mod run;
mod schema;
mod signals;
pub(crate) mod validate;

use std::process::ExitCode;

use crate::args::Verb;
use crate::console::Failure;

/// Does what was asked.
pub(crate) fn dispatch(verb: Verb) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Run(args) => run::run(&args),
        Verb::Compare(args) => compare::run(&args),
        Verb::Export(args) => export::run(&args),
        Verb::New(args) => new::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Lighting(args) => lighting::run(&args),
        Verb::Validate(args) => Ok(validate::run(&args)?),
        Verb::Power(args) => power::run(&args),
        Verb::Signals(args) => signals::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::Measures(args) => measures::run(&args),
        Verb::Schema(args) => schema::run(&args),
    }
}
