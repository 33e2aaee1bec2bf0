//! Whether stages are safe: greens that share a stage, the time between stages, `signal_intergreen.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use sim_core::ids::SignalId;
use sim_core::signals::SignalPlan;

use crate::compile::junctions::Compiled;
use crate::compile::roads::RoadMap;
use crate::compile::signals::{Light, Stage};
use crate::error::Problem;
use crate::loaded::Names;
use crate::read::gmns::movements::Movements;
use crate::read::gmns::nodes::dangling;
use crate::read::gmns::signals::{Program, Signal};
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::schema::network_tables::SIGNAL_INTERGREEN;
use crate::signals::safety::{self, Finding};
use crate::signals::timing::Meetings;

/// A stage and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct StageRow {
    /// Line in `signal_stages.csv`.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// The cell of its movements.
    pub cell: String,
    /// What it is.
    pub stage: Stage,
}

/// All stages of a plan, in force or not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StageSheet {
    /// The file.
    pub file: PathBuf,
    /// The plan.
    pub plan: String,
    /// In order.
    pub rows: Vec<StageRow>,
}

/// Intergreens that a table asks for, by junction: from the movement that ends to the one that begins, ms.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Intergreens {
    by_junction: BTreeMap<String, BTreeMap<(usize, usize), i64>>,
}

impl Intergreens {
    /// Reads `signal_intergreen.csv`.
    pub fn read(files: &mut Files, folder: &str, movements: &Movements, report: &mut Report) -> Self {
        let records = Records::optional(files, folder, &SIGNAL_INTERGREEN, report);
        let mut found = Self::default();
        for row in records.rows() {
            let mut movement = |column: &str| {
                let id = row.text(column);
                let position = movements.index.get(id).copied();
                if position.is_none() && !movements.left_out.contains(id) && !id.is_empty() {
                    report.problem(dangling(row.problem(column, "is no movement"), id, movements.index.keys()));
                }
                position
            };
            let (ends, begins) = (movement("mvmt_id"), movement("foe_mvmt_id"));
            let (Some(ends), Some(begins), Some(seconds)) = (ends, begins, row.number("intergreen_s")) else {
                continue;
            };
            let of_junction = found.by_junction.entry(row.text("junction_id").to_owned()).or_default();
            if of_junction.insert((ends, begins), (seconds * 1000.0).round() as i64).is_some() {
                report.problem(row.problem("mvmt_id", "is there twice with this foe_mvmt_id"));
            }
        }
        found
    }
}

/// Finds what is unsafe in the stages and rings of all signals.
pub fn check(
    map: &RoadMap,
    compiled: &Compiled,
    signals: &[Signal],
    intergreens: &Intergreens,
    rings_file: &std::path::Path,
    report: &mut Report,
) {
    let meetings = Meetings::new(&compiled.parts);
    let checker = Checker { map, compiled, meetings };
    for signal in signals {
        for sheet in &signal.sheets {
            checker.shared_stages(sheet, report);
            checker.changes(sheet, intergreens.by_junction.get(&signal.id), report);
        }
        if signal.sheets.is_empty()
            && let Program::Intervals(intervals) = &signal.program
        {
            let mut told = BTreeSet::new();
            for interval in intervals {
                let green = interval.lights.iter().filter(|(_, light)| *light == Light::Green).map(|(m, _)| *m);
                for (a, b) in checker.forbidden_pairs(&green.collect::<Vec<_>>()) {
                    if told.insert((a, b)) {
                        let message =
                            format!("phases give green to {} together, and their ways cross", checker.both(a, b));
                        report.problem(Problem::new(rings_file, message).field("controller_id", &signal.id));
                    }
                }
            }
        }
    }
}

/// Finds what is unsafe in a plan given letter by letter; `problem` is one at its first row.
pub fn letters(
    map: &RoadMap,
    compiled: &Compiled,
    signal: usize,
    plan: &SignalPlan,
    problem: &Problem,
    report: &mut Report,
) {
    let meetings = Meetings::new(&compiled.parts);
    let names = Names { links: map.roads.iter().map(|road| road.id.clone()).collect(), ..Names::default() };
    for finding in safety::findings(&compiled.parts, &meetings, SignalId(signal as u32), plan) {
        if finding != Finding::Broken {
            let message = safety::words(finding, &compiled.parts, &names);
            report.problem(Problem { message, ..problem.clone() });
        }
    }
}

struct Checker<'a> {
    map: &'a RoadMap,
    compiled: &'a Compiled,
    meetings: Meetings,
}

impl Checker<'_> {
    fn entries(&self, movement: usize) -> &[u32] {
        &self.compiled.entries[movement]
    }
    fn meet(&self, a: usize, b: usize) -> bool {
        let foes = |entry: u32| &self.meetings.foes[entry as usize];
        self.entries(a).iter().any(|&of| self.entries(b).iter().any(|foe| foes(of).binary_search(foe).is_ok()))
    }
    fn both(&self, a: usize, b: usize) -> String {
        format!("{:?} and {:?}", self.map.movements[a].id, self.map.movements[b].id)
    }
    fn forbidden_pairs(&self, green: &[usize]) -> Vec<(usize, usize)> {
        let parts = &self.compiled.parts;
        let crosses = |a: usize, b: usize| {
            let pairs = || self.entries(a).iter().flat_map(|&of| self.entries(b).iter().map(move |&foe| (of, foe)));
            pairs().any(|(of, foe)| self.meetings.is_forbidden(parts, of, foe))
        };
        let mut found = Vec::new();
        for (position, &a) in green.iter().enumerate() {
            found.extend(green[position + 1..].iter().filter(|&&b| crosses(a, b)).map(|&b| (a.min(b), a.max(b))));
        }
        found
    }

    fn shared_stages(&self, sheet: &StageSheet, report: &mut Report) {
        for row in &sheet.rows {
            for (a, b) in self.forbidden_pairs(&row.stage.movements) {
                let message =
                    format!("stage {:?} gives green to {} together, and their ways cross", row.name, self.both(a, b));
                let problem = Problem::new(&sheet.file, message).line(row.line).field("movements", &row.cell);
                report.problem(problem.hint(
                    "give them green in different stages; only turns across oncoming traffic or around the near corner may \
                     share one with traffic they meet",
                ));
            }
        }
    }

    fn changes(&self, sheet: &StageSheet, asked: Option<&BTreeMap<(usize, usize), i64>>, report: &mut Report) {
        if sheet.rows.len() < 2 {
            return;
        }
        let seconds = |ms: i64| ms as f64 / 1000.0;
        for (position, row) in sheet.rows.iter().enumerate() {
            let next = &sheet.rows[(position + 1) % sheet.rows.len()];
            let given_ms = row.stage.yellow_ms + row.stage.all_red_ms;
            let mut lacking: Vec<String> = Vec::new();
            let ending = row.stage.movements.iter().filter(|m| !next.stage.movements.contains(m));
            for &ends in ending {
                let beginning = next.stage.movements.iter().filter(|m| !row.stage.movements.contains(m));
                for &begins in beginning.filter(|&&begins| self.meet(ends, begins)) {
                    let (of, foe) = (&self.map.movements[ends].id, &self.map.movements[begins].id);
                    let wanted_ms = asked.map(|asked| asked.get(&(ends, begins)).copied());
                    let message = match wanted_ms {
                        None if given_ms == 0 => format!(
                            "no intergreen: {foe:?} of stage {:?} turns green the instant {of:?} of stage {:?} ends",
                            next.name, row.name
                        ),
                        Some(None) => {
                            lacking.push(format!("{of} to {foe}"));
                            continue;
                        }
                        Some(Some(wanted_ms)) if given_ms < wanted_ms => format!(
                            "from {of:?} to {foe:?} signal_intergreen.csv asks for {} s, stage {:?} leaves {} s",
                            seconds(wanted_ms),
                            row.name,
                            seconds(given_ms)
                        ),
                        _ => continue,
                    };
                    let value = format!("{}", seconds(given_ms));
                    let problem = Problem::new(&sheet.file, message).line(row.line);
                    report.problem(problem.field("yellow_s + all_red_s", value));
                }
            }
            if !lacking.is_empty() {
                let message = format!("signal_intergreen.csv gives no intergreen from {}", lacking.join(", "));
                report.problem(Problem::new(&sheet.file, message).line(row.line).field("stage", &row.name));
            }
        }
    }
}
