//! What a planner reads after a comparison.

use std::fmt::Write;

use scenarios::compare::comparison::{Comparison, Row, Verdict};
use scenarios::compare::measures::Scope;
use scenarios::write::csv::fixed;
use scenarios::write::run::calibration;

use crate::planner::{align, table};

/// How many differences of classes, streets and junctions are named.
const NAMED: usize = 12;

/// The comparison as text.
pub(super) fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    let seeds = match comparison.seeds.as_slice() {
        [seed] => format!("one run, seed {seed}"),
        seeds => format!("{} seeds", seeds.len()),
    };
    let name = &comparison.scenario;
    let lines = [
        format!("{name}: {} against {}", comparison.variants.join(", "), comparison.base),
        format!("{}; {seeds}", calibration(comparison.calibrated)),
        String::new(),
        network(comparison),
        String::new(),
        parts(comparison),
        format!(
            "Differences are variant less base, paired by seed; intervals hold the mean difference in 95 of 100 cases.\n\
             Primary: {}. The other {} tests are corrected for being many (Benjamini and Hochberg, 5 % false discoveries).",
            comparison.primary.join(", "),
            comparison.n_tests
        ),
    ];
    for line in lines {
        writeln!(text, "{line}").expect("writing to memory cannot fail");
    }
    for warning in &comparison.warnings {
        writeln!(text, "warning: {warning}").expect("writing to memory cannot fail");
    }
    text
}

fn network(comparison: &Comparison) -> String {
    let mut table = table(&["measure", "variant", "base", "value", "difference", "95 % interval", "", "says"]);
    for row in comparison.rows.iter().filter(|row| row.scope == Scope::Network && is_worth_showing(row)) {
        let mark = if row.is_primary { " *" } else { "" };
        table.add_row(cells(format!("{}{mark}", named(row)), row));
    }
    align(&mut table);
    format!("{table}\n* primary")
}

/// Known measures always, other figures where they differ, those of single circuits and the like beyond chance.
fn is_worth_showing(row: &Row) -> bool {
    row.is_primary
        || match row.measure.matches('.').count() {
            0 => true,
            1 => row.difference != 0.0,
            _ => !matches!(row.verdict(), Verdict::NoEvidence | Verdict::OneSeed),
        }
}

fn parts(comparison: &Comparison) -> String {
    let is_clear =
        |row: &&Row| row.scope != Scope::Network && !matches!(row.verdict(), Verdict::NoEvidence | Verdict::OneSeed);
    let mut rows: Vec<&Row> = comparison.rows.iter().filter(is_clear).collect();
    if rows.is_empty() {
        return "No class, street or junction differs beyond chance.\n".to_owned();
    }
    let n_clear = rows.len();
    let size = |row: &Row| row.share(row.difference).map_or(f64::INFINITY, f64::abs);
    rows.sort_by(|a, b| {
        let order = a.corrected_p_value.unwrap_or(1.0).total_cmp(&b.corrected_p_value.unwrap_or(1.0));
        order.then(size(b).total_cmp(&size(a)))
    });
    rows.truncate(NAMED);
    let mut table = table(&["where", "variant", "base", "value", "difference", "95 % interval", "", "says"]);
    for row in rows {
        table.add_row(cells(format!("{}: {}", row.title, named(row)), row));
    }
    align(&mut table);
    let more = if n_clear > NAMED {
        format!("\n{} more differ beyond chance: comparison.csv has them all.", n_clear - NAMED)
    } else {
        String::new()
    };
    format!("{table}{more}\n")
}

fn named(row: &Row) -> String {
    if row.unit.is_empty() { row.words.clone() } else { format!("{} [{}]", row.words, row.unit) }
}

fn cells(first: String, row: &Row) -> Vec<String> {
    let decimals = match row.base.abs().max(row.value.abs()) {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let signed = |number: f64| {
        let text = fixed(number, decimals);
        if number > 0.0 && !text.starts_with('-') { format!("+{text}") } else { text }
    };
    vec![
        first,
        row.variant.clone(),
        fixed(row.base, decimals),
        fixed(row.value, decimals),
        signed(row.difference),
        row.interval.map_or_else(|| "–".to_owned(), |(low, high)| format!("{} … {}", signed(low), signed(high))),
        row.share(row.difference).map_or_else(String::new, |share| format!("{:+.1} %", 100.0 * share)),
        row.verdict().words().to_owned(),
    ]
}
