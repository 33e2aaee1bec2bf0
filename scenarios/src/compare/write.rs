//! A comparison as files: `comparison.csv` (or Parquet) and `comparison.json`.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use serde::Serialize;

use super::comparison::{Comparison, Row};
use crate::error::{Problem, Problems};
use crate::write::columns::COMPARISON;
use crate::write::csv::{CsvSink, RowSink};
use crate::write::folder::Format;
use crate::write::parquet::ParquetSink;
use crate::write::run::{Program, calibration};
use crate::write::summary::to_json;

/// Version of `comparison.json`.
const SCHEMA: u32 = 1;

/// `comparison.json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    program: &'a Program,
    confidence: f64,
    false_discovery_rate: f64,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// Writes a comparison to a folder that exists. Each file appears whole.
///
/// # Errors
/// When a file cannot be written.
pub fn write(comparison: &Comparison, program: &Program, format: Format, folder: &Path) -> Result<(), Problems> {
    let cannot =
        |error: io::Error| Problems::from(Problem::new(folder, format!("cannot write the comparison: {error}")));
    write_table(comparison, format, folder).map_err(cannot)?;
    let json = json(comparison, program);
    let temporary = folder.join(".comparison.json.tmp");
    fs::write(&temporary, json).and_then(|()| fs::rename(&temporary, folder.join("comparison.json"))).map_err(cannot)
}

/// A comparison as the text of `comparison.json`.
pub fn json(comparison: &Comparison, program: &Program) -> String {
    to_json(&Document {
        schema: SCHEMA,
        program,
        confidence: super::statistics::CONFIDENCE,
        false_discovery_rate: super::statistics::FALSE_DISCOVERY_RATE,
        comparison,
    })
}

fn write_table(comparison: &Comparison, format: Format, folder: &Path) -> io::Result<()> {
    let temporary = folder.join(".comparison.tmp");
    let file = File::create(&temporary)?;
    let ending = match format {
        Format::Csv => {
            let mut sink = CsvSink::new(&COMPARISON, BufWriter::new(file))?;
            rows(comparison, &mut sink)?;
            sink.finish()?;
            "csv"
        }
        Format::Parquet => {
            let mut sink = ParquetSink::new(&COMPARISON, file, calibration(comparison.calibrated))?;
            rows(comparison, &mut sink)?;
            sink.finish()?;
            "parquet"
        }
    };
    fs::rename(temporary, folder.join(format!("comparison.{ending}")))
}

fn rows(comparison: &Comparison, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &comparison.rows {
        write_row(row, calibration(comparison.calibrated), sink)?;
    }
    Ok(())
}

fn write_row(row: &Row, calibration: &str, sink: &mut dyn RowSink) -> io::Result<()> {
    let share = |difference: f64| row.share(difference).map(|share| 100.0 * share);
    let (low, high) = (row.interval.map(|(low, _)| low), row.interval.map(|(_, high)| high));
    sink.row(&[
        row.variant.as_str().into(),
        row.scope.kind().into(),
        row.scope.id().into(),
        row.title.as_str().into(),
        row.measure.as_str().into(),
        row.unit.into(),
        (row.pairs as u32).into(),
        row.base.into(),
        row.value.into(),
        row.difference.into(),
        low.into(),
        high.into(),
        share(row.difference).into(),
        low.and_then(share).into(),
        high.and_then(share).into(),
        row.p_value.into(),
        row.corrected_p_value.into(),
        row.is_primary.into(),
        row.verdict().words().into(),
        row.is_skewed.map(|is_skewed| if is_skewed { "skewed" } else { "" }).into(),
        calibration.into(),
    ])
}
