//! What counts and networks do not tell of approaches: grades, parking, buses, pedestrians, progression.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Problem, Problems};
use crate::loaded::Names;
use crate::read::table::{Records, Report, nearest};
use crate::schema::column::{Column, Table};
use crate::signals::sites::Site;

/// `conditions.csv`.
pub const CONDITIONS: Table = Table {
    file: "conditions.csv",
    is_gmns: false,
    meaning: "What counts and networks do not tell of an approach; empty cells mean none.",
    columns: &[
        Column::text("junction_id", "Junction.").required(),
        Column::text("approach", "Direction of travel (NB, …) or link.").required(),
        Column::number("grade_pct", -15.0, 15.0, "Slope, positive uphill.").unit("%").default("0"),
        Column::number("parking_per_h", 0.0, 180.0, "Parking manoeuvres beside the kerb lane.").unit("1/h"),
        Column::number("buses_per_h", 0.0, 250.0, "Buses that stop before the stop line.").unit("1/h").default("0"),
        Column::number("pedestrians_per_h", 0.0, 5000.0, "Pedestrians in the way of its turns.")
            .unit("1/h")
            .default("0"),
        Column::number("bicycles_per_h", 0.0, 5000.0, "Bicycles beside its right turns.").unit("1/h").default("0"),
        Column::number("turns_on_red_per_h", 0.0, 2000.0, "Turns on red.").unit("1/h").default("0"),
        Column::integer("arrival_type", 1, 6, "Progression, 1 very poor to 6 exceptional."),
        Column::number("initial_queue_veh", 0.0, 5000.0, "Vehicles queued at the start.").unit("veh").default("0"),
        Column::number("lane_width_m", 1.5, 8.0, "Mean lane width.").unit("m").default("of the network"),
    ],
};

/// What holds for an approach.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Condition {
    /// Slope, 0.02 for 2 % uphill.
    pub grade: f64,
    /// Parking manoeuvres per hour.
    pub parking_ph: Option<f64>,
    /// Stopping buses per hour.
    pub buses_ph: f64,
    /// Pedestrians per hour.
    pub pedestrians_ph: f64,
    /// Bicycles per hour.
    pub bicycles_ph: f64,
    /// Turns on red per hour.
    pub on_red_vph: f64,
    /// Arrival type.
    pub arrival_type: Option<u8>,
    /// Queue at the start.
    pub initial_queue_veh: f64,
    /// Lane width.
    pub lane_width_m: Option<f64>,
}

/// What holds where, by site and approach.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Conditions {
    by_approach: BTreeMap<(String, usize), Condition>,
}

impl Conditions {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        self.by_approach.is_empty()
    }
    /// What holds for an approach of a site.
    pub(super) fn of(&self, site: &Site, approach: usize) -> Condition {
        self.by_approach.get(&(site.id.clone(), approach)).copied().unwrap_or_default()
    }
}

/// Reads a file of conditions.
///
/// # Errors
/// All mistakes found in it.
pub fn read(path: &Path, sites: &[Site], names: &Names) -> Result<Conditions, Problems> {
    let bytes = std::fs::read(path).map_err(|error| Problem::new(path, format!("cannot be read: {error}")))?;
    let mut report = Report::default();
    let records = Records::parse(&bytes, path.to_owned(), &CONDITIONS, &mut report);
    let mut found = Conditions::default();
    let mut lines: BTreeMap<(String, usize), usize> = BTreeMap::new();
    for row in records.rows() {
        let name = row.text("junction_id");
        let Some(site) = sites.iter().find(|site| site.is_called(name)) else {
            let known: Vec<&str> = sites.iter().map(|site| site.id.as_str()).collect();
            let problem = row.problem("junction_id", "is no junction of the network where traffic meets");
            report.problem(match nearest(name, &known) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem,
            });
            continue;
        };
        let wanted = row.text("approach");
        let position = site.approaches.iter().position(|approach| {
            approach.direction.eq_ignore_ascii_case(wanted) || names.links[approach.link.index()] == wanted
        });
        let Some(position) = position else {
            let known: Vec<&str> = site.approaches.iter().map(|approach| approach.direction).collect();
            let problem = row.problem("approach", format!("junction {:?} has no such approach", site.id));
            report.problem(problem.allowed(known.join(", ")));
            continue;
        };
        let key = (site.id.clone(), position);
        if let Some(line) = lines.insert(key.clone(), row.line()) {
            report.problem(row.problem("approach", format!("is there twice, first in line {line}")));
            continue;
        }
        let number = |column: &str| row.number(column);
        let condition = Condition {
            grade: number("grade_pct").unwrap_or(0.0) / 100.0,
            parking_ph: number("parking_per_h"),
            buses_ph: number("buses_per_h").unwrap_or(0.0),
            pedestrians_ph: number("pedestrians_per_h").unwrap_or(0.0),
            bicycles_ph: number("bicycles_per_h").unwrap_or(0.0),
            on_red_vph: number("turns_on_red_per_h").unwrap_or(0.0),
            arrival_type: row.integer("arrival_type").map(|number| number as u8),
            initial_queue_veh: number("initial_queue_veh").unwrap_or(0.0),
            lane_width_m: number("lane_width_m"),
        };
        found.by_approach.insert(key, condition);
    }
    report.told().or_ok(found)
}
