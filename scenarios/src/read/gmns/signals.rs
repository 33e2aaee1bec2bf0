//! `signal_stages.csv` and `signal_state.csv`: which plan is in force, and what it shows.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::signals::{Aspect, SignalPhase, SignalPlan};

use crate::compile::junctions::Compiled;
use crate::compile::roads::RoadMap;
use crate::compile::signals::{Interval, Stage, intervals, plan};
use crate::error::Problem;
use crate::loaded::{SignalSheet, StageNote};
use crate::read::gmns::movements::Movements;
use crate::read::gmns::nodes::dangling;
use crate::read::gmns::stage_checks::{self, StageRow, StageSheet};
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::network_tables::{SIGNAL_STAGES, SIGNAL_STATE};

/// The instant whose plans are in force.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PlanClock {
    /// Begin of the run, seconds since midnight.
    pub begin_s: f64,
    /// End of the run, when it has one.
    pub end_s: Option<f64>,
    /// Day of the week, 0 is Monday, when the scenario has a date.
    pub weekday: Option<usize>,
}

/// What a signal shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Program {
    /// Lights of movements.
    Intervals(Vec<Interval>),
    /// Letters of heads: (duration, letters, problem to report when their number is wrong).
    States(Vec<(i64, String, Problem)>),
}

/// A signal and its plan in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Signal {
    /// External id: the junction or controller.
    pub id: String,
    /// Start of the cycle.
    pub offset_ms: i64,
    /// What it shows.
    pub program: Program,
    /// The movements it rules.
    pub movements: BTreeSet<usize>,
    /// The stages of all its plans, for checks.
    pub sheets: Vec<StageSheet>,
    /// What the sheet of the plan in force says beside its lights.
    pub in_force: SignalSheet,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The days of a cell: `daily`, or names and ranges such as `mon-fri sun`.
pub fn parse_days(cell: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    let cell = cell.to_ascii_lowercase();
    for word in cell.split([' ', ',']).filter(|word| !word.is_empty()) {
        let day = |name: &str| DAYS.iter().position(|day| name.starts_with(day));
        match word.split_once('-') {
            _ if matches!(word, "daily" | "all") => days = [true; 7],
            Some((first, last)) => {
                let (mut at, last) = (day(first)?, day(last)?);
                while at != last {
                    days[at] = true;
                    at = (at + 1) % 7;
                }
                days[last] = true;
            }
            None => days[day(word)?] = true,
        }
    }
    if cell.trim().is_empty() { Some([true; 7]) } else { Some(days) }
}

/// Whether a plan holds at an instant.
pub fn holds_at(clock: PlanClock, days: [bool; 7], from_s: f64, to_s: f64) -> bool {
    let in_day_s = clock.begin_s.rem_euclid(86_400.0);
    let day_ok = clock.weekday.is_none_or(|day| days[(day + (clock.begin_s / 86_400.0).floor().max(0.0) as usize) % 7]);
    let time_ok =
        if from_s < to_s { from_s <= in_day_s && in_day_s < to_s } else { in_day_s >= from_s || in_day_s < to_s };
    day_ok && time_ok
}

fn is_in_force(row: Row<'_>, clock: PlanClock, report: &mut Report) -> bool {
    let Some(days) = parse_days(row.text("days")) else {
        report.problem(row.problem("days", "is not legal").allowed("daily, mon-fri, sat sun, …"));
        return false;
    };
    let (from_s, to_s) = (row.instant_s("from").unwrap_or(0.0), row.instant_s("to").unwrap_or(86_400.0));
    if clock.end_s.is_some_and(|end_s| to_s < end_s && to_s > clock.begin_s) && holds_at(clock, days, from_s, to_s) {
        report.notice("plans that end before the run does stay in force until its end", 1);
    }
    holds_at(clock, days, from_s, to_s)
}

/// The rows of the plans of a junction, by plan.
type PlanRows<'a> = Vec<(&'a str, Vec<Row<'a>>)>;

/// The rows of a table by junction, then by plan, both in order of appearance.
fn grouped(records: &Records) -> Vec<(&str, PlanRows<'_>)> {
    let mut groups: Vec<(&str, PlanRows<'_>)> = Vec::new();
    for row in records.rows() {
        let (junction, plan) = (row.text("junction_id"), row.get("plan").unwrap_or("1"));
        let at = groups.iter().position(|group| group.0 == junction).unwrap_or_else(|| {
            groups.push((junction, Vec::new()));
            groups.len() - 1
        });
        let plans = &mut groups[at].1;
        match plans.iter_mut().find(|(name, _)| *name == plan) {
            Some((_, rows)) => rows.push(row),
            None => plans.push((plan, vec![row])),
        }
    }
    groups
}

/// Reads both tables.
pub fn read(
    files: &mut Files,
    folder: &str,
    movements: &Movements,
    clock: PlanClock,
    report: &mut Report,
) -> Vec<Signal> {
    let stages = Records::optional(files, folder, &SIGNAL_STAGES, report);
    let states = Records::optional(files, folder, &SIGNAL_STATE, report);
    let stages_file = stages.file().to_owned();
    let mut signals = Vec::new();
    for (junction, plans) in grouped(&stages) {
        let mut ruled = BTreeSet::new();
        let mut chosen: Vec<(i64, Vec<Stage>, SignalSheet)> = Vec::new();
        let mut sheets = Vec::new();
        for (plan, rows) in &plans {
            let (offset_ms, stages) = read_plan(rows, movements, report);
            sheets.push(sheet(&stages_file, plan, rows, &stages));
            ruled.extend(stages.iter().flat_map(|stage| stage.movements.iter().copied()));
            if is_in_force(rows[0], clock, report) {
                chosen.push((offset_ms, stages, beside(plan, rows)));
            }
        }
        check_in_force(plans[0].1[0], chosen.len(), report);
        if let Some((offset_ms, stages, in_force)) = chosen.into_iter().next() {
            let program = Program::Intervals(intervals(&stages));
            let id = junction.to_owned();
            signals.push(Signal { id, offset_ms, program, movements: ruled, sheets, in_force });
        }
    }
    for (junction, plans) in grouped(&states) {
        let row = plans[0].1[0];
        if signals.iter().any(|signal: &Signal| signal.id == junction) {
            report.problem(row.problem("junction_id", "has stages in signal_stages.csv already"));
            continue;
        }
        let mut chosen = Vec::new();
        for (_, rows) in &plans {
            let program = read_states(rows, report);
            if is_in_force(rows[0], clock, report) {
                chosen.push((ms(rows[0].number("offset_s").unwrap_or(0.0)), program));
            }
        }
        check_in_force(row, chosen.len(), report);
        if let Some((offset_ms, program)) = chosen.into_iter().next() {
            signals.push(Signal {
                id: junction.to_owned(),
                offset_ms,
                program,
                movements: BTreeSet::new(),
                sheets: Vec::new(),
                in_force: SignalSheet::default(),
            });
        }
    }
    signals
}

fn check_in_force(row: Row<'_>, n_plans: usize, report: &mut Report) {
    if n_plans != 1 {
        let what = if n_plans == 0 { "has no plan in force" } else { "has several plans in force" };
        let problem = row.problem("junction_id", format!("{what} at the begin of the run"));
        report.problem(problem.hint("check days, from and to against the clock of scenario.toml"));
    }
}

fn ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

fn read_plan(rows: &[Row<'_>], movements: &Movements, report: &mut Report) -> (i64, Vec<Stage>) {
    let mut stages = Vec::new();
    for row in rows {
        let seconds = |column: &str, default: f64| row.number(column).unwrap_or(default);
        let mut green = Vec::new();
        for id in row.text("movements").split_whitespace() {
            match movements.index.get(id) {
                Some(&movement) => green.push(movement),
                None if movements.left_out.contains(id) => {}
                None => {
                    let problem = row.problem("movements", format!("{id:?} is no movement"));
                    report.problem(dangling(problem, id, movements.index.keys()));
                }
            }
        }
        let pedestrians_s = seconds("walk_s", 0.0) + seconds("ped_clear_s", 0.0);
        if pedestrians_s > seconds("green_s", 0.0) + 0.01 {
            let message = format!("is shorter than walk_s + ped_clear_s, which are {pedestrians_s} s");
            report.problem(row.problem("green_s", message).allowed(format!("at least {pedestrians_s}")));
        }
        stages.push(Stage {
            movements: green,
            green_ms: ms(seconds("green_s", 0.0)),
            yellow_ms: ms(seconds("yellow_s", 3.0)),
            all_red_ms: ms(seconds("all_red_s", 0.0)),
        });
    }
    let row = rows[0];
    let sum_ms: i64 = stages.iter().map(|stage| stage.green_ms + stage.yellow_ms + stage.all_red_ms).sum();
    let cycle_ms = ms(row.number("cycle_s").unwrap_or(0.0));
    if sum_ms != cycle_ms {
        let message = format!("the stages of the plan fill {} s, not the cycle", sum_ms as f64 / 1000.0);
        report.problem(
            row.problem("cycle_s", message).hint("green_s + yellow_s + all_red_s of all stages make the cycle"),
        );
    }
    for other in &rows[1..] {
        for column in ["cycle_s", "offset_s", "offset_reference", "days", "from", "to"] {
            if other.text(column) != row.text(column) {
                report.problem(other.problem(column, format!("differs from line {} of the same plan", row.line())));
            }
        }
    }
    let first_ms = match row.word("offset_reference").as_deref() {
        Some("begin_of_yellow") => stages[0].green_ms,
        Some("begin_of_red") => stages[0].green_ms + stages[0].yellow_ms,
        _ => 0,
    };
    (ms(row.number("offset_s").unwrap_or(0.0)) - first_ms, stages)
}

/// What the rows of a plan say beside its lights.
fn beside(plan: &str, rows: &[Row<'_>]) -> SignalSheet {
    let text = |column: &str, default: &str| rows[0].get(column).unwrap_or(default).to_owned();
    let note = |row: &Row<'_>| StageNote {
        name: row.text("stage").to_owned(),
        walk_s: row.number("walk_s"),
        ped_clear_s: row.number("ped_clear_s"),
        green_s: row.number("green_s").unwrap_or(0.0),
        yellow_s: row.number("yellow_s").unwrap_or(3.0),
        all_red_s: row.number("all_red_s").unwrap_or(0.0),
    };
    let stages = rows.iter().map(note).collect();
    let (days, from, to) = (text("days", "daily"), text("from", "0:00"), text("to", "24:00"));
    SignalSheet { plan: plan.to_owned(), days, from, to, stages }
}

/// Where the stages of a plan stand.
fn sheet(file: &std::path::Path, plan: &str, rows: &[Row<'_>], stages: &[Stage]) -> StageSheet {
    let rows = rows.iter().zip(stages).map(|(row, stage)| StageRow {
        line: row.line(),
        name: row.text("stage").to_owned(),
        cell: row.text("movements").to_owned(),
        stage: stage.clone(),
    });
    StageSheet { file: file.to_owned(), plan: plan.to_owned(), rows: rows.collect() }
}

fn read_states(rows: &[Row<'_>], report: &mut Report) -> Program {
    let mut phases = Vec::new();
    for row in rows {
        let state = row.text("state");
        if let Some(letter) = state.chars().find(|&letter| Aspect::from_letter(letter).is_none()) {
            report.problem(row.problem("state", format!("unknown letter {letter:?}")).allowed("G g y r s u o O"));
        }
        let problem = row.problem("state", "has not one letter for every head of the signal");
        phases.push((ms(row.number("duration_s").unwrap_or(0.0)), state.to_owned(), problem));
    }
    Program::States(phases)
}

/// Tells movements which signal rules them; movements at a signal that no plan knows are mistakes.
pub fn assign(
    map: &mut RoadMap,
    movements: &Movements,
    signals: &mut [Signal],
    file: &std::path::Path,
    report: &mut Report,
) {
    let mut by_node: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, movement) in map.movements.iter().enumerate() {
        let (signal, has_signal) = movements.signals.get(index).cloned().unwrap_or((None, None));
        if let Some(name) = movements.signals.get(index).and_then(|(name, _)| name.as_deref()) {
            by_name.entry(name).or_default().push(index);
        }
        if signal.is_none() && has_signal != Some(false) {
            by_node.entry(map.nodes[map.roads[movement.from].to].id.as_str()).or_default().push(index);
        }
    }
    for signal in signals.iter_mut() {
        let named = by_name.get(signal.id.as_str());
        let at_node = if named.is_some() { None } else { by_node.get(signal.id.as_str()) };
        let all = named.into_iter().chain(at_node).flatten().copied();
        if matches!(signal.program, Program::States(_)) {
            signal.movements.extend(all);
            continue;
        }
        for movement in all.filter(|movement| !signal.movements.contains(movement)) {
            let id = &map.movements[movement].id;
            let problem = Problem::new(file, format!("movement {id:?} has green in no stage of its signal"));
            report.problem(
                problem
                    .field("junction_id", &signal.id)
                    .hint("add it to a stage, or set its ctrl_type in movement.csv to yield, stop or no_control"),
            );
        }
    }
    for (index, signal) in signals.iter().enumerate() {
        map.signals.push(signal.id.clone());
        for &movement in &signal.movements {
            if map.movements[movement].signal.is_some_and(|other| other != index) {
                let problem = Problem::new(file, format!("movement {:?} has two signals", map.movements[movement].id));
                report.problem(problem.field("junction_id", &signal.id));
            }
            map.movements[movement].signal = Some(index);
        }
    }
}

/// The plans of all signals.
pub fn plans(map: &RoadMap, compiled: &Compiled, signals: &[Signal], report: &mut Report) -> Vec<SignalPlan> {
    let mut plans = Vec::new();
    for (index, signal) in signals.iter().enumerate() {
        match &signal.program {
            Program::Intervals(intervals) => plans.push(plan(map, compiled, index, signal.offset_ms, intervals)),
            Program::States(states) => {
                let n_heads = usize::from(compiled.n_heads[index]);
                let mut phases = Vec::new();
                for (duration_ms, state, problem) in states {
                    // Where indices are given, a signal may have heads of its own (for pedestrians).
                    let n_letters = state.chars().count();
                    let has_indices = signal.movements.iter().any(|&m| map.movements[m].signal_index.is_some());
                    if n_letters < n_heads || n_letters > n_heads && !has_indices {
                        report.problem(problem.clone().allowed(format!("{n_heads} letters")));
                    }
                    let aspects = state.chars().filter_map(Aspect::from_letter).collect();
                    phases.push(SignalPhase { duration_ms: *duration_ms, aspects });
                }
                let plan = SignalPlan { offset_ms: signal.offset_ms, phases };
                if let Some((_, _, problem)) = states.first() {
                    stage_checks::letters(map, compiled, index, &plan, problem, report);
                }
                plans.push(plan);
            }
        }
    }
    plans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_say_which_plan_holds() {
        assert_eq!(parse_days("mon-fri"), Some([true, true, true, true, true, false, false]));
        assert_eq!(parse_days("sat sun"), parse_days("sat-sun"));
        assert_eq!(parse_days("someday"), None);
        let friday_evening = PlanClock { begin_s: 60_300.0, end_s: None, weekday: Some(4) };
        let week = parse_days("mon-fri").unwrap();
        assert!(holds_at(friday_evening, week, 54_000.0, 68_400.0));
        assert!(!holds_at(friday_evening, week, 0.0, 54_000.0));
        assert!(!holds_at(friday_evening, parse_days("sat").unwrap(), 0.0, 86_400.0));
        assert!(holds_at(PlanClock { begin_s: 3600.0, ..friday_evening }, week, 79_200.0, 21_600.0), "over midnight");
    }
}
