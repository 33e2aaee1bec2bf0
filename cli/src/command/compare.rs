//! `citytwin compare`: variants of a scenario over seeds, or runs that are there already.

mod runs;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use scenarios::compare::comparison::{Comparison, Side};
use scenarios::compare::{self, Outcome, write};
use scenarios::error::{Problem, Problems};
use scenarios::write::folder::Format;

use crate::args::{CompareArgs, TableFormat};
use crate::console::{Failure, INTERRUPTED, data, say};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let (base, variants, output) = if args.others.is_empty() {
        let Some(made) = runs::make(args)? else { return Ok(ExitCode::from(INTERRUPTED)) };
        (made.base, made.variants, Some(made.output))
    } else {
        let paths = args.scenario.path.iter().chain(&args.others);
        let mut sides = read_sides(paths)?.into_iter();
        let base = sides.next().expect("two paths were typed");
        (base, sides.collect(), args.output.clone())
    };
    let comparison = compare::compare(&base, &variants, &args.primary)?;
    let mut problems = Problems::default();
    for requirement in &args.require {
        if let Err(unknown) = requirement.check(&comparison) {
            problems.list.extend(unknown.list);
        }
    }
    problems.or_ok(())?;
    let program = simulate::program();
    if let Some(output) = &output {
        std::fs::create_dir_all(output)?;
        write::write(&comparison, &program, format(args), output)?;
    }
    if args.json {
        data(&write::json(&comparison, &program))?;
    } else if !args.quiet {
        data(&table::text(&comparison))?;
    }
    if let Some(output) = output.filter(|_| !args.quiet) {
        say(&format!("comparison and runs: {}", output.display()));
    }
    judge(args, &comparison)
}

fn judge(args: &CompareArgs, comparison: &Comparison) -> Result<ExitCode, Failure> {
    let failures: Vec<String> = args.require.iter().flat_map(|requirement| requirement.failures(comparison)).collect();
    if failures.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Failure::Threshold(failures.join("\n"))) }
}

fn format(args: &CompareArgs) -> Format {
    match args.format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Parquet => Format::Parquet,
    }
}

/// One side a path; all mistakes together.
fn read_sides<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<Vec<Side>, Problems> {
    let (mut sides, mut problems) = (Vec::<Side>::new(), Problems::default());
    for path in paths {
        match read_side(path) {
            Ok(side) => sides.push(side),
            Err(found) => problems.list.extend(found.list),
        }
    }
    // Sides of one name, two runs of the same scenario for instance, go by their folders.
    let is_ambiguous = |side: &Side| sides.iter().filter(|other| other.name == side.name).count() > 1;
    let names: Vec<Option<String>> =
        sides.iter().map(|side| is_ambiguous(side).then(|| side.runs[0].folder.display().to_string())).collect();
    for (side, name) in sides.iter_mut().zip(names) {
        side.name = name.unwrap_or_else(|| std::mem::take(&mut side.name));
    }
    problems.or_ok(sides)
}

/// A result folder, or a folder of them.
fn read_side(path: &Path) -> Result<Side, Problems> {
    if !path.exists() {
        return Err(Problem::new(path, "no such folder").hint("give folders that `citytwin run` has written").into());
    }
    let mut folders: Vec<PathBuf> = if path.join("summary.json").exists() {
        Vec::new()
    } else {
        let entries = std::fs::read_dir(path)
            .map_err(|error| Problem::new(path, format!("cannot be read as a folder of results: {error}")))?;
        entries.flatten().map(|entry| entry.path()).filter(|folder| folder.join("summary.json").exists()).collect()
    };
    folders.sort();
    if folders.is_empty() {
        folders.push(path.to_owned());
    }
    let (mut runs, mut problems) = (Vec::new(), Problems::default());
    for folder in folders {
        match Outcome::read(&folder) {
            Ok(run) => runs.push(run),
            Err(found) => problems.list.extend(found.list),
        }
    }
    let name = runs.first().and_then(|run| run.variant.clone()).unwrap_or_else(|| "base".to_owned());
    problems.or_ok(Side { name, runs })
}
