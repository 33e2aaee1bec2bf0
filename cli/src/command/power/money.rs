//! `citytwin power bills` and `citytwin power invest`: what meters were billed for, and what measures cost and save.

use std::path::Path;
use std::process::ExitCode;

use scenarios::error::Problem;
use scenarios::power::bills::{self, BillRow};
use scenarios::power::invest::{self, InvestmentRow};
use scenarios::read::source::Source;
use scenarios::write::csv::fixed;
use scenarios::write::summary::to_json;
use scenarios::write::tables::money;

use crate::args::{BillsArgs, InvestArgs};
use crate::console::{Failure, data, say};
use crate::planner::{align, table};

/// How many differences are named.
const NAMED: usize = 20;

fn source(path: Option<&Path>) -> Result<Source, Failure> {
    Ok(match path {
        Some(path) => Source::Disk(path.to_owned()),
        None => Source::shipped()?,
    })
}

/// Bills against the model.
pub(super) fn bills(args: &BillsArgs) -> Result<ExitCode, Failure> {
    check(args.table.output.as_deref(), args.table.force)?;
    let rows = bills::compare(&source(args.path.as_deref())?)?;
    data(&if args.table.json { to_json(&rows) } else { bills_text(&rows) })?;
    if let Some(target) = &args.table.output {
        money::write_bills(&rows, target)?;
        say(&format!("results: {}", target.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures with their costs.
pub(super) fn invest(args: &InvestArgs) -> Result<ExitCode, Failure> {
    check(args.table.output.as_deref(), args.table.force)?;
    let rows = invest::evaluate(&source(args.path.as_deref())?, args.year)?;
    data(&if args.table.json { to_json(&rows) } else { invest_text(&rows) })?;
    if let Some(target) = &args.table.output {
        money::write_investments(&rows, target)?;
        say(&format!("results: {}", target.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(target: Option<&Path>, may_replace: bool) -> Result<(), Failure> {
    match target {
        Some(target) if target.exists() && !may_replace => {
            let problem = Problem::new(target, "is there already");
            Err(problem.hint("name another file with -o, or replace it with --force").into())
        }
        _ => Ok(()),
    }
}

fn bills_text(rows: &[BillRow]) -> String {
    let differing: Vec<&BillRow> = rows.iter().filter(|row| row.likely_cause != "-").collect();
    let (billed, model) = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.bill_kwh, sum.1 + row.model_kwh));
    let head = format!(
        "{} bills, {} kWh; the model {} kWh. {} differ by more than 5 %{}\n",
        rows.len(),
        fixed(billed, 0),
        fixed(model, 0),
        differing.len(),
        if differing.is_empty() { "." } else { "; the largest:" },
    );
    if differing.is_empty() {
        return head;
    }
    let mut text = table(&["meter", "month", "billed kWh", "model kWh", "difference kWh", "%", "likely cause"]);
    for row in differing.iter().take(NAMED) {
        text.add_row(vec![
            row.meter_id.clone(),
            row.month.clone(),
            fixed(row.bill_kwh, 0),
            fixed(row.model_kwh, 0),
            fixed(row.difference_kwh, 0),
            row.difference_pct.map_or_else(|| "–".to_owned(), |percent| fixed(percent, 1)),
            row.likely_cause.clone(),
        ]);
    }
    align(&mut text);
    format!("{head}\n{text}\n")
}

fn invest_text(rows: &[InvestmentRow]) -> String {
    let mut text = table(&[
        "measure",
        "lamps",
        "cost",
        "saved MWh/a",
        "saved kg CO2/a",
        "saved cost/a",
        "payback a",
        "net present value",
        "cost/MWh saved",
        "section-hours short/a",
    ]);
    let or_never =
        |value: Option<f64>, decimals: u8| value.map_or_else(|| "never".to_owned(), |value| fixed(value, decimals));
    for row in rows {
        text.add_row(vec![
            row.name.clone(),
            row.luminaires.to_string(),
            format!("{} {}", fixed(row.cost, 0), row.currency),
            fixed(row.saved_mwh, 2),
            fixed(row.saved_co2_kg, 0),
            fixed(row.saved_cost, 0),
            or_never(row.payback_years, 1),
            fixed(row.net_present_value, 0),
            or_never(row.cost_per_mwh_saved, 0),
            format!("{} → {}", fixed(row.short_section_h, 0), fixed(row.short_section_h_with, 0)),
        ]);
    }
    align(&mut text);
    format!("A year without simulated traffic; lamps by hourly volumes. Not calibrated.\n\n{text}\n")
}
