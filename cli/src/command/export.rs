//! `citytwin export`: results for others.

use std::process::ExitCode;

use scenarios::error::Problem;
use scenarios::export::{self, LEAST_VEHICLES, Target, Wanted};

use crate::args::{ExportArgs, ExportTarget, ScenarioArgs};
use crate::console::{Failure, say};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let (target, name) = match args.to {
        ExportTarget::Geojson => (Target::Geojson, "geojson"),
        ExportTarget::NgsiLd => (Target::NgsiLd, "ngsi-ld"),
        ExportTarget::Datapackage => (Target::Datapackage, "datapackage"),
    };
    let scenario = export::scenario_of(&args.run)?;
    let loaded = simulate::load(&ScenarioArgs { path: args.scenario.clone(), ..ScenarioArgs::default() })?;
    if loaded.name != scenario {
        let problem = Problem::new(&args.run, format!("is a run of {scenario:?}, not of {:?}", loaded.name));
        return Err(problem.hint("name its scenario with --scenario").into());
    }
    let output = args.output.clone().unwrap_or_else(|| args.run.join(format!("export-{name}")));
    let wanted = Wanted { with_trips: args.with_trips, all_cells: args.all_cells, normalized: args.normalized };
    let written = export::export(&args.run, &loaded, (target, wanted), &output, args.force)?;
    if !args.quiet {
        for (file, n) in &written.files {
            say(&format!("{}: {n}", output.join(file).display()));
        }
        if written.hidden > 0 {
            say(&format!(
                "{} cells of fewer than {LEAST_VEHICLES} vehicles are hidden; --all-cells shows them",
                written.hidden
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
