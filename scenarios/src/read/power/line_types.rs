//! What lines and cables are made of.

use std::collections::BTreeMap;

use sim_core::power::blocks::{from_sequence, without_neutral};
use sim_core::power::{Block, C64};

use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::power_tables::FEEDER_LINE_TYPES;

/// What a line type says per kilometre.
pub(super) struct LineType {
    pub(super) series_ohm_per_km: Block,
    pub(super) shunt_s_per_km: Block,
    pub(super) rated_a: Option<f64>,
}

/// Frequency of all native feeders.
pub(super) const FREQUENCY_HZ: f64 = 50.0;

/// All line types by id; those with mistakes are `None`.
pub(super) fn line_types(files: &mut Files, report: &mut Report) -> BTreeMap<String, Option<LineType>> {
    let mut types = BTreeMap::new();
    for row in Records::optional(files, "", &FEEDER_LINE_TYPES, report).rows() {
        let id = row.text("line_type_id").to_owned();
        if types.contains_key(&id) {
            report.problem(row.problem("line_type_id", "is there twice"));
        }
        types.insert(id, line_type(row, report));
    }
    types
}

fn line_type(row: Row<'_>, report: &mut Report) -> Option<LineType> {
    let number = |name: &str| row.number(name);
    let omega_nf = 2.0 * std::f64::consts::PI * FREQUENCY_HZ * 1e-9;
    let capacitance = |name: &str| C64::new(0.0, number(name).unwrap_or(0.0) * omega_nf);
    let series_ohm_per_km = match (row.get("r_matrix_ohm_per_km"), row.get("x_matrix_ohm_per_km")) {
        (Some(_), Some(_)) => matrix(row, report)?,
        _ => {
            let all = ["r1_ohm_per_km", "x1_ohm_per_km", "r0_ohm_per_km", "x0_ohm_per_km"];
            let [Some(r1), Some(x1), Some(r0), Some(x0)] = all.map(number) else {
                let problem = row.problem("r1_ohm_per_km", "needs r1, x1, r0 and x0, or both matrices");
                report.problem(problem);
                return None;
            };
            from_sequence(C64::new(r1, x1), C64::new(r0, x0))
        }
    };
    if (0..3).any(|phase| series_ohm_per_km[(phase, phase)].norm_sqr() == 0.0) {
        report.problem(row.problem("r1_ohm_per_km", "is a line without impedance").hint("use feeder_switches.csv"));
        return None;
    }
    Some(LineType {
        series_ohm_per_km,
        shunt_s_per_km: from_sequence(capacitance("c1_nf_per_km"), capacitance("c0_nf_per_km")),
        rated_a: number("rated_a"),
    })
}

/// Resistances and reactances of a type as a 3×3 block; an earthed neutral is reduced.
fn matrix(row: Row<'_>, report: &mut Report) -> Option<Block> {
    let [r, x] = ["r_matrix_ohm_per_km", "x_matrix_ohm_per_km"].map(|name| {
        let found = crate::read::dss::matrix(row.text(name)).filter(|rows| matches!(rows.len(), 3 | 4));
        if found.is_none() {
            let problem = row.problem(name, "is no matrix");
            report.problem(problem.allowed("3 or 4 rows separated by |, each whole or up to the diagonal"));
        }
        found
    });
    let (r, x) = (r?, x?);
    if r.len() != x.len() {
        report.problem(row.problem("x_matrix_ohm_per_km", "has another size than the resistances"));
        return None;
    }
    if r.len() == 3 {
        return Some(Block::from_fn(|row, column| C64::new(r[row][column], x[row][column])));
    }
    let four = std::array::from_fn(|row| std::array::from_fn(|column| C64::new(r[row][column], x[row][column])));
    let found = without_neutral(&four);
    if found.is_none() {
        report.problem(row.problem("r_matrix_ohm_per_km", "has a neutral without impedance"));
    }
    found
}
