//! `citytwin schema`: the schemas of result files, and the parameters of vehicle types.

use std::process::ExitCode;

use scenarios::write::columns;
use scenarios::write::summary::{Performance, Summary, to_json};

use crate::args::{SchemaArgs, SchemaKind};
use crate::console::{Failure, data};

/// Runs the verb.
pub(crate) fn run(args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let text = match args.kind {
        SchemaKind::Results => to_json(&columns::to_json(None)),
        SchemaKind::Summary => to_json(&schemars::schema_for!(Summary)),
        SchemaKind::Performance => to_json(&schemars::schema_for!(Performance)),
        SchemaKind::VehicleTypes => scenarios::parameters::to_markdown(),
    };
    data(&text)?;
    Ok(ExitCode::SUCCESS)
}
