//! The output folder of a run: written under a temporary name beside its place, then put there whole.
//!
//! A new folder appears by one rename. In an existing one only result files are replaced, each by a rename;
//! `summary.json` goes first and comes last, so that a folder with a summary is complete. Other files of the user are
//! never touched, `--force` or not.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::columns::{self, TABLES};
use super::csv::CsvSink;
use super::geojson::{self, Positions};
use super::run::FinishedRun;
use super::summary::{Performance, summary, to_json};
use super::{parquet, picture, sumo, tables};
use crate::error::{Problem, Problems};

/// What may be replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overwrite {
    /// Only an empty folder.
    Never,
    /// Also a folder that holds the results of an earlier run: the rule for the default folder.
    OwnResults,
    /// Result files in any folder.
    Force,
}

/// How tables are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// Outputs beside our own tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Extra {
    /// SUMO's `tripinfo.xml`.
    Tripinfo,
    /// SUMO's `edgedata.xml`.
    EdgeData,
    /// `links.geojson`.
    Geojson,
}

impl Extra {
    fn file_name(self) -> &'static str {
        match self {
            Self::Tripinfo => "tripinfo.xml",
            Self::EdgeData => "edgedata.xml",
            Self::Geojson => "links.geojson",
        }
    }
}

/// What to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// How tables are written.
    pub format: Format,
    /// Outputs beside our own tables.
    pub extras: Vec<Extra>,
}

const SUMMARY: &str = "summary.json";

/// Names of all files a run may leave in its folder, `summary.json` apart.
fn result_files() -> Vec<String> {
    let mut names: Vec<String> =
        ["performance.json", "tables.json", "map.svg", "observed.svg"].map(str::to_owned).to_vec();
    for table in TABLES {
        names.extend([format!("{}.csv", table.name), format!("{}.parquet", table.name)]);
    }
    names.extend([Extra::Tripinfo, Extra::EdgeData, Extra::Geojson].map(|extra| extra.file_name().to_owned()));
    names
}

/// Says whether results may be written to a folder; asked before a run, so that no run is lost.
///
/// # Errors
/// A problem with a hint, when they may not.
pub fn check(target: &Path, overwrite: Overwrite) -> Result<(), Problems> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Problem::new(target, format!("cannot be used as output folder: {error}")).into()),
    };
    let is_empty = entries.into_iter().next().is_none();
    match overwrite {
        Overwrite::Force => Ok(()),
        _ if is_empty => Ok(()),
        Overwrite::OwnResults if holds_own_results(target) => Ok(()),
        _ => Err(Problem::new(target, "output folder is not empty")
            .hint("name another folder with -o, or replace the results in it with --force")
            .into()),
    }
}

fn holds_own_results(target: &Path) -> bool {
    let Ok(text) = fs::read_to_string(target.join(SUMMARY)) else { return false };
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { return false };
    json["program"]["name"] == "citytwin"
}

/// Writes all results of a run to a folder.
///
/// # Errors
/// When the folder may not be used or cannot be written; it then stays as it was.
pub fn write(
    run: &FinishedRun<'_>,
    performance: &Performance,
    wanted: &Wanted,
    target: &Path,
    overwrite: Overwrite,
) -> Result<(), Problems> {
    check(target, overwrite)?;
    let staging = Staging::new(target).map_err(|error| cannot_write(target, &error))?;
    write_files(run, performance, wanted, &staging.path).map_err(|error| cannot_write(target, &error))?;
    staging.put_at(target).map_err(|error| cannot_write(target, &error))
}

pub(super) fn cannot_write(target: &Path, error: &io::Error) -> Problems {
    Problem::new(target, format!("cannot write results: {error}")).into()
}

fn write_files(run: &FinishedRun<'_>, performance: &Performance, wanted: &Wanted, folder: &Path) -> io::Result<()> {
    for (table, rows) in tables::ALL.iter().filter(|(table, _)| tables::is_wanted(run, table)) {
        match wanted.format {
            Format::Csv => {
                let file = BufWriter::new(File::create(folder.join(format!("{}.csv", table.name)))?);
                let mut sink = CsvSink::new(table, file)?;
                rows(run, &mut sink)?;
                sink.finish()?;
            }
            Format::Parquet => {
                let file = File::create(folder.join(format!("{}.parquet", table.name)))?;
                let mut sink = parquet::ParquetSink::new(table, file, run.calibration())?;
                rows(run, &mut sink)?;
                sink.finish()?;
            }
        }
    }
    for extra in &wanted.extras {
        let mut file = BufWriter::new(File::create(folder.join(extra.file_name()))?);
        match extra {
            Extra::Tripinfo => sumo::tripinfo(run, &mut file)?,
            Extra::EdgeData => sumo::edge_data(run, &mut file)?,
            Extra::Geojson => geojson::links_of(run, Positions::CityPlane, &mut file)?,
        }
        file.flush()?;
    }
    fs::write(folder.join("map.svg"), picture::map(run))?;
    if let Some(verdict) = run.verdict {
        let scatter = crate::observed::picture::svg(verdict, &run.loaded.name, run.calibration());
        fs::write(folder.join("observed.svg"), scatter)?;
    }
    fs::write(folder.join("tables.json"), to_json(&columns::to_json(Some(run.calibration()))))?;
    fs::write(folder.join("performance.json"), to_json(performance))?;
    fs::write(folder.join(SUMMARY), to_json(&summary(run)))
}

/// A folder under a temporary name, removed unless it was put in place.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn new(target: &Path) -> io::Result<Self> {
        let target = std::path::absolute(target)?;
        let parent = target.parent().unwrap_or(&target);
        let name = target.file_name().map_or_else(|| "results".into(), |name| name.to_string_lossy().into_owned());
        fs::create_dir_all(parent)?;
        let path = parent.join(format!(".{name}.{}.tmp", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    fn put_at(self, target: &Path) -> io::Result<()> {
        if !target.exists() {
            return fs::rename(&self.path, target);
        }
        remove_file_if_there(&target.join(SUMMARY))?;
        for name in result_files() {
            let (new, old) = (self.path.join(&name), target.join(&name));
            if new.exists() { fs::rename(new, old)? } else { remove_file_if_there(&old)? }
        }
        fs::rename(self.path.join(SUMMARY), target.join(SUMMARY))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a successful rename nothing is there; otherwise the half-written folder goes away.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn remove_file_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
