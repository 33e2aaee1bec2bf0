//! Reading result tables back, CSV or Parquet.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::error::{Problem, Problems};

/// Reads the named columns of a table in a result folder, row by row; `false` if the folder has no such table.
///
/// # Errors
/// When the file is damaged or lacks a column.
pub(super) fn read<const N: usize>(
    folder: &Path,
    table: &str,
    columns: [&str; N],
    mut row: impl FnMut([&str; N]),
) -> Result<bool, Problems> {
    let csv = folder.join(format!("{table}.csv"));
    if csv.exists() {
        return read_csv(&csv, columns, &mut row).map(|()| true);
    }
    let parquet = folder.join(format!("{table}.parquet"));
    if parquet.exists() {
        return read_parquet(&parquet, columns, &mut row).map(|()| true);
    }
    Ok(false)
}

/// Reads the named columns of a table in a result folder, row by row, however many; `false` if it has no such table.
///
/// # Errors
/// When the file is damaged or lacks a column.
pub(crate) fn read_all(
    folder: &Path,
    table: &str,
    columns: &[&str],
    mut row: impl FnMut(&[&str]),
) -> Result<bool, Problems> {
    let csv = folder.join(format!("{table}.csv"));
    let parquet = folder.join(format!("{table}.parquet"));
    if csv.exists() {
        let mut reader = csv::Reader::from_path(&csv).map_err(|error| damaged_csv(&csv, &error))?;
        let head = reader.headers().map_err(|error| damaged_csv(&csv, &error))?.clone();
        let names: Vec<&str> = head.iter().collect();
        let at = columns.iter().map(|column| position(&csv, &names, column)).collect::<Result<Vec<_>, _>>()?;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| damaged_csv(&csv, &error))? {
            let cells: Vec<&str> = at.iter().map(|index| &record[*index]).collect();
            row(&cells);
        }
        return Ok(true);
    }
    if !parquet.exists() {
        return Ok(false);
    }
    let damaged = |why: String| Problems::from(Problem::new(&parquet, format!("cannot be read: {why}")));
    let file = File::open(&parquet).map_err(|error| damaged(error.to_string()))?;
    let reader = SerializedFileReader::new(file).map_err(|error| damaged(error.to_string()))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let names: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
    let at = columns.iter().map(|column| position(&parquet, &names, column)).collect::<Result<Vec<_>, _>>()?;
    for record in reader.get_row_iter(None).map_err(|error| damaged(error.to_string()))? {
        let record = record.map_err(|error| damaged(error.to_string()))?;
        let texts: Vec<String> = record.get_column_iter().map(|(_, field)| text(field)).collect();
        let cells: Vec<&str> = at.iter().map(|index| texts[*index].as_str()).collect();
        row(&cells);
    }
    Ok(true)
}

fn damaged_csv(path: &Path, error: &csv::Error) -> Problems {
    let problem = Problem::new(path, format!("cannot be read: {error}"));
    error.position().map_or(problem.clone(), |at| problem.line(at.line() as usize)).into()
}

fn position(path: &Path, names: &[&str], column: &str) -> Result<usize, Problems> {
    names.iter().position(|name| *name == column).ok_or_else(|| {
        Problem::new(path, format!("has no column {column:?}"))
            .hint("was it written by this version of the program?")
            .into()
    })
}

fn read_csv<const N: usize>(path: &Path, columns: [&str; N], row: &mut dyn FnMut([&str; N])) -> Result<(), Problems> {
    let damaged = |error: csv::Error| damaged_csv(path, &error);
    let mut reader = csv::Reader::from_path(path).map_err(damaged)?;
    let head = reader.headers().map_err(damaged)?.clone();
    let names: Vec<&str> = head.iter().collect();
    let mut at = [0; N];
    for (at, column) in at.iter_mut().zip(columns) {
        *at = position(path, &names, column)?;
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(damaged)? {
        row(at.map(|index| &record[index]));
    }
    Ok(())
}

fn read_parquet<const N: usize>(
    path: &Path,
    columns: [&str; N],
    row: &mut dyn FnMut([&str; N]),
) -> Result<(), Problems> {
    let damaged = |why: String| Problems::from(Problem::new(path, format!("cannot be read: {why}")));
    let file = File::open(path).map_err(|error| damaged(error.to_string()))?;
    let reader = SerializedFileReader::new(file).map_err(|error| damaged(error.to_string()))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let names: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
    let mut at = [0; N];
    for (at, column) in at.iter_mut().zip(columns) {
        *at = position(path, &names, column)?;
    }
    for record in reader.get_row_iter(None).map_err(|error| damaged(error.to_string()))? {
        let record = record.map_err(|error| damaged(error.to_string()))?;
        let cells: Vec<String> = record.get_column_iter().map(|(_, field)| text(field)).collect();
        row(at.map(|index| cells[index].as_str()));
    }
    Ok(())
}

fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Double(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        other => other.to_string(),
    }
}
