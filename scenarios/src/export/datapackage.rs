//! A Frictionless data package: the tables as CSV with a `datapackage.json` that says what every column is.

use serde_json::{Value, json};

use super::{LEAST_VEHICLES, NewFile, OpenRun, rows};
use crate::error::Problems;
use crate::write::columns::{ColumnKind, TABLES, TableSpec};
use crate::write::summary::to_json;

/// Columns that say which cell a row is, not what was in it.
const KEYS: [&str; 6] = ["begin_s", "end_s", "partial", "length_m", "storage_m", "calibration"];

/// The files, and how many cells were hidden.
pub(super) fn files(run: &OpenRun<'_>) -> Result<(Vec<NewFile>, usize), Problems> {
    let (mut files, mut resources, mut hidden) = (Vec::new(), Vec::new(), 0);
    for table in TABLES.iter().copied().filter(|table| table.name != "trips" || run.wanted.with_trips) {
        let table = TABLES.iter().find(|known| known.name == table.name).expect("it is one of them");
        let Some((file, n_hidden)) = copy(run, table)? else { continue };
        resources.push(resource(table, &file, n_hidden));
        hidden += n_hidden;
        files.push(file);
    }
    let package = json!({
        "profile": "tabular-data-package",
        "name": name(run),
        "title": format!("Simulated traffic and energy: {}", run.summary["scenario"].as_str().unwrap_or_default()),
        "description": format!(
            "Results of a simulation, {}; emissions are those of the exhaust, not air quality.", run.calibration()
        ),
        "sources": [{"title": format!(
            "{} {}", run.summary["program"]["name"].as_str().unwrap_or("citytwin"),
            run.summary["program"]["version"].as_str().unwrap_or_default()
        )}],
        "citytwin": {
            "scenario": run.summary["scenario"], "variant": run.summary["variant"], "seed": run.summary["seed"],
            "epoch": run.summary["epoch"], "state_digest": run.summary["state_digest"],
            "calibration": run.calibration(), "has_trips": run.wanted.with_trips,
            "least_vehicles": if run.wanted.all_cells { 0.0 } else { LEAST_VEHICLES },
        },
        "resources": resources,
    });
    files.push(NewFile { name: "datapackage.json".to_owned(), text: to_json(&package), n: resources.len() });
    Ok((files, hidden))
}

/// Lower-case letters, digits and dashes.
fn name(run: &OpenRun<'_>) -> String {
    let scenario = run.summary["scenario"].as_str().unwrap_or("scenario").to_lowercase();
    let clean: String = scenario.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{clean}-seed{}", run.summary["seed"])
}

/// A table as CSV, cells of few vehicles empty; `None` if the run has no such table.
fn copy(run: &OpenRun<'_>, table: &'static TableSpec) -> Result<Option<(NewFile, usize)>, Problems> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let head: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    out.write_record(&head).expect("writing to memory cannot fail");
    let (mut n, mut hidden) = (0, 0);
    let is_there = rows::read(run.folder, table, |row| {
        n += 1;
        let is_hidden = row.vehicles().is_some_and(|vehicles| run.is_hidden(vehicles));
        hidden += usize::from(is_hidden);
        let cells = row.cells().iter().zip(table.columns).map(|(cell, column)| {
            let is_measure = column.kind != ColumnKind::Text && !KEYS.contains(&column.name);
            if is_hidden && (is_measure || column.name.starts_with("level_of_service")) { "" } else { *cell }
        });
        out.write_record(cells).expect("writing to memory cannot fail");
    })?;
    if !is_there {
        return Ok(None);
    }
    let bytes = out.into_inner().expect("writing to memory cannot fail");
    let text = String::from_utf8(bytes).expect("cells are text");
    Ok(Some((NewFile { name: format!("{}.csv", table.name), text, n }, hidden)))
}

fn resource(table: &TableSpec, file: &NewFile, hidden: usize) -> Value {
    let fields: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                ColumnKind::Text => "string",
                ColumnKind::Integer => "integer",
                ColumnKind::Number(_) => "number",
            };
            let mut field = json!({"name": column.name, "type": kind, "description": column.meaning});
            if !column.unit.is_empty() {
                field["unit"] = column.unit.into();
            }
            field
        })
        .collect();
    let hidden = match hidden {
        0 => String::new(),
        n => format!("; {n} rows of fewer than {LEAST_VEHICLES} vehicles are without their measures"),
    };
    json!({
        "profile": "tabular-data-resource",
        "name": table.name.replace('_', "-"),
        "path": file.name,
        "description": format!("{}{hidden}", table.meaning),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.text.len(),
        "schema": {"fields": fields, "missingValues": [""]},
    })
}
