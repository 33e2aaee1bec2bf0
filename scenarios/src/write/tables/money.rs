//! What meters were billed for, and what measures cost and save, as tables.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use crate::error::Problems;
use crate::power::bills::BillRow;
use crate::power::invest::InvestmentRow;
use crate::write::columns::{self, TableSpec};
use crate::write::csv::{CsvSink, RowSink};
use crate::write::folder::cannot_write;

/// Writes bills beside the model to a file.
///
/// # Errors
/// When it cannot be written.
pub fn write_bills(rows: &[BillRow], target: &Path) -> Result<(), Problems> {
    write(&columns::BILLS, target, |sink| {
        rows.iter().try_for_each(|row| {
            sink.row(&[
                (&row.meter_id).into(),
                (&row.name).into(),
                (&row.feeder_id).into(),
                (&row.month).into(),
                row.bill_kwh.into(),
                row.model_kwh.into(),
                row.difference_kwh.into(),
                row.difference_pct.into(),
                row.bill_cost.into(),
                row.model_cost.into(),
                (&row.currency).into(),
                (&row.likely_cause).into(),
                (&row.source).into(),
            ])
        })
    })
}

/// Writes measures with their costs to a file.
///
/// # Errors
/// When it cannot be written.
pub fn write_investments(rows: &[InvestmentRow], target: &Path) -> Result<(), Problems> {
    write(&columns::INVESTMENTS, target, |sink| {
        rows.iter().try_for_each(|row| {
            sink.row(&[
                (&row.investment_id).into(),
                (&row.name).into(),
                (row.luminaires as u32).into(),
                row.cost.into(),
                (&row.currency).into(),
                row.lifetime_years.into(),
                row.energy_mwh.into(),
                row.saved_mwh.into(),
                row.saved_co2_kg.into(),
                row.saved_cost.into(),
                row.payback_years.into(),
                row.net_present_value.into(),
                row.cost_per_mwh_saved.into(),
                row.short_section_h.into(),
                row.short_section_h_with.into(),
            ])
        })
    })
}

fn write(
    table: &'static TableSpec,
    target: &Path,
    fill: impl FnOnce(&mut dyn RowSink) -> io::Result<()>,
) -> Result<(), Problems> {
    let beside = target.with_extension("tmp");
    let all = || -> io::Result<()> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut sink = CsvSink::new(table, BufWriter::new(File::create(&beside)?))?;
        fill(&mut sink)?;
        sink.finish()?;
        fs::rename(&beside, target)
    };
    all().map_err(|error| cannot_write(target, &error))
}
