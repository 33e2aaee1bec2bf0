//! Results of a run for others: maps, city platforms, data portals.
//!
//! A result folder is read back. Geometry and inventory come from the scenario, which must still be the one that ran.
//! What a single vehicle did is left out, and cells with fewer than [`LEAST_VEHICLES`] vehicles are hidden, unless asked
//! for.

mod datapackage;
mod geojson;
mod names;
mod ngsi_ld;
mod ngsi_lamps;
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Problem, Problems};
use crate::lighting::crs::ToDegrees;
use crate::loaded::Loaded;

/// Cells with fewer vehicles are hidden.
pub const LEAST_VEHICLES: f64 = 10.0;

/// What for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// GeoJSON (RFC 7946) of links, junctions and luminaires.
    Geojson,
    /// NGSI-LD entities of FIWARE's Smart Data Models.
    NgsiLd,
    /// A Frictionless data package of the tables.
    Datapackage,
}

/// How much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Trips, one row a vehicle.
    pub with_trips: bool,
    /// Cells with few vehicles.
    pub all_cells: bool,
    /// NGSI-LD with `Property`, `Relationship` and `GeoProperty` instead of plain values.
    pub normalized: bool,
}

/// What was written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Written {
    /// Files, with the number of things in each.
    pub files: Vec<(String, usize)>,
    /// Cells that were hidden.
    pub hidden: usize,
}

/// A finished run with its scenario.
pub(crate) struct OpenRun<'a> {
    folder: &'a Path,
    summary: Value,
    loaded: &'a Loaded,
    degrees: Option<ToDegrees>,
    wanted: Wanted,
}

/// The name of the scenario that a result folder is of.
///
/// # Errors
/// When it holds no finished run.
pub fn scenario_of(folder: &Path) -> Result<String, Problems> {
    let summary = summary(folder)?;
    Ok(summary["scenario"].as_str().unwrap_or_default().to_owned())
}

fn summary(folder: &Path) -> Result<Value, Problems> {
    let path = folder.join("summary.json");
    let text = fs::read_to_string(&path).map_err(|error| {
        let what = if folder.is_dir() { "holds no results of a finished run".to_owned() } else { error.to_string() };
        Problem::new(folder, format!("cannot be exported: {what}"))
            .hint("give a folder that `citytwin run` has written")
    })?;
    serde_json::from_str(&text)
        .map_err(|error| Problem::new(&path, format!("is no summary of a run: {error}")).line(error.line()).into())
}

/// Writes a run for others into a folder.
///
/// # Errors
/// When the run is not that of the scenario, lacks what is needed, or the folder cannot be written.
pub fn export(
    folder: &Path,
    loaded: &Loaded,
    (target, wanted): (Target, Wanted),
    output: &Path,
    is_forced: bool,
) -> Result<Written, Problems> {
    let summary = summary(folder)?;
    check_inputs(folder, &summary, loaded)?;
    let is_empty = fs::read_dir(output).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !is_forced {
        return Err(Problem::new(output, "output folder is not empty")
            .hint("name another folder with -o, or replace the files in it with --force")
            .into());
    }
    let degrees = loaded.place.plane.as_ref().and_then(ToDegrees::new);
    let run = OpenRun { folder, summary, loaded, degrees, wanted };
    let (files, hidden) = match target {
        Target::Geojson => geojson::files(&run)?,
        Target::NgsiLd => ngsi_ld::files(&run)?,
        Target::Datapackage => datapackage::files(&run)?,
    };
    write(output, &files).map_err(|error| Problem::new(output, format!("cannot be written: {error}")))?;
    Ok(Written { files: files.into_iter().map(|file| (file.name, file.n)).collect(), hidden })
}

/// The scenario must be the one that ran.
fn check_inputs(folder: &Path, summary: &Value, loaded: &Loaded) -> Result<(), Problems> {
    let ran: BTreeMap<String, String> = serde_json::from_value(summary["inputs"].clone()).unwrap_or_default();
    let mut problems = Problems::default();
    for input in &loaded.inputs {
        if ran.get(&input.name) != Some(&input.digest) {
            let what =
                if ran.contains_key(&input.name) { "has changed since the run" } else { "was not part of the run" };
            problems.push(
                Problem::new(loaded.path.join(&input.name), format!("{what} in {}", folder.display()))
                    .hint("name the scenario of the run with --scenario, or run it again"),
            );
        }
    }
    problems.or_ok(())
}

/// A file to write.
pub(crate) struct NewFile {
    /// Its name.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) text: String,
    /// How many things.
    pub(crate) n: usize,
}

/// Each file is written under a temporary name and renamed.
fn write(output: &Path, files: &[NewFile]) -> std::io::Result<()> {
    fs::create_dir_all(output)?;
    let staged: Vec<(PathBuf, PathBuf)> =
        files.iter().map(|file| (output.join(format!(".{}.tmp", file.name)), output.join(&file.name))).collect();
    let written = files.iter().zip(&staged).try_for_each(|(file, (temporary, _))| fs::write(temporary, &file.text));
    if written.is_err() {
        for (temporary, _) in &staged {
            let _ = fs::remove_file(temporary);
        }
        return written;
    }
    staged.iter().try_for_each(|(temporary, place)| fs::rename(temporary, place))
}

impl OpenRun<'_> {
    /// The calibration status.
    fn calibration(&self) -> &'static str {
        crate::write::run::calibration(self.summary["calibrated"].as_bool().unwrap_or(false))
    }
    /// Longitude and latitude of a point of the city plane, seven decimals.
    fn position(&self, point_in_city_m: [f64; 2]) -> Option<[f64; 2]> {
        let at = self.degrees.as_ref()?.apply(point_in_city_m);
        at.iter().all(|x| x.is_finite()).then(|| at.map(|x| crate::write::csv::rounded(x, 7)))
    }
    /// Where the scenario's plane lies on the earth must be known.
    fn need_place(&self) -> Result<(), Problems> {
        if self.degrees.is_some() {
            return Ok(());
        }
        Err(Problem::new(
            &self.loaded.path,
            "does not say where on the earth it lies: maps need longitude and latitude",
        )
        .hint("give the network a coordinate system: `crs` in net/config.csv, or <location> of a SUMO network")
        .into())
    }
    /// The line of a link in degrees; `None` for what is no road.
    fn line(&self, link: usize) -> Option<Vec<[f64; 2]>> {
        let part = self.loaded.parts.links.get(link)?;
        let lane = part.lanes.get(part.lanes.len() / 2)?;
        lane.shape_in_city_m.iter().map(|point| self.position(*point)).collect()
    }
    /// Links by their id.
    fn links(&self) -> BTreeMap<&str, usize> {
        self.loaded.names.links.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect()
    }
    /// Whether a cell of so many vehicles is hidden.
    fn is_hidden(&self, vehicles: f64) -> bool {
        // Numbers per hour give back whole vehicles only nearly.
        !self.wanted.all_cells && vehicles < LEAST_VEHICLES - 0.01
    }
}
