//! The command `citytwin`: reads what was typed, calls the libraries, and says how it went. Data goes to stdout or
//! files, words to stderr. Exit codes: 0 done, 1 failed, 2 wrong input or usage, 3 a threshold was not met,
//! 130 interrupted.

mod args;
mod command;
mod console;
mod engine_api;
mod planner;
mod progress;
mod running;
mod simulate;
mod usage;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(console::report_panic));
    let cli = args::Cli::parse_from(args::with_default_verb(std::env::args_os().collect()));
    match command::dispatch(cli.verb) {
        Ok(code) => code,
        Err(failure) => {
            console::error(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
