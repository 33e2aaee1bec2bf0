//! `citytwin signals export`: plans handed back.

use std::process::ExitCode;

use scenarios::signals::export::{self, Target};
use scenarios::write::folder::{self, Overwrite};

use crate::args::{ExportFormat, SignalExportArgs};
use crate::console::{Failure, say};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &SignalExportArgs) -> Result<ExitCode, Failure> {
    folder::check(&args.files.output, if args.files.force { Overwrite::Force } else { Overwrite::Never })?;
    let loaded = simulate::load(&args.scenario)?;
    let signals = export::chosen(&loaded, &args.signal)?;
    let target = match args.to {
        ExportFormat::Sumo => Target::Sumo,
        ExportFormat::Gmns => Target::Gmns,
        ExportFormat::Stages => Target::Stages,
        ExportFormat::Html => Target::Html,
    };
    let names = export::write(&loaded, &signals, target, &args.files.output)?;
    if !args.files.quiet {
        let n = signals.len();
        say(&format!(
            "{n} plan{} in {}: {}",
            if n == 1 { "" } else { "s" },
            args.files.output.display(),
            names.join(", ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
