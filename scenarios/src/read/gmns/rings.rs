//! GMNS ring-and-barrier plans: `signal_timing_plan.csv`, `signal_timing_phase.csv`, `signal_phase_mvmt.csv`,
//! `signal_coordination.csv`.
//!
//! Rings run side by side; the phases of a ring follow one another by (barrier, position). Greens are fixed at
//! `min_green` (GMNS: "green time in seconds for a fixed time signal"). GMNS gives yellow and all red together as
//! `clearance`: [`YELLOW_MS`] of it is yellow unless our extra column `yellow` says more, the rest red.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::signals::{Interval, Light};
use crate::error::Problem;
use crate::loaded::SignalSheet;
use crate::read::gmns::movements::Movements;
use crate::read::gmns::signals::{PlanClock, Program, Signal, holds_at};
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::schema::column::parse_instant_s;
use crate::schema::network_tables::{
    SIGNAL_CONTROLLER, SIGNAL_COORDINATION, SIGNAL_PHASE_MVMT, SIGNAL_TIMING_PHASE, SIGNAL_TIMING_PLAN,
};

/// Yellow within the clearance.
const YELLOW_MS: i64 = 3000;

/// A phase of a ring.
#[derive(Clone, PartialEq, Debug)]
pub struct RingPhase {
    /// Plan.
    pub plan: String,
    /// Controller. Where a phase number comes again in a plan, the rows from there on are taken to be those of the next
    /// controller that signal_coordination.csv names for the plan.
    pub controller: String,
    /// NEMA number.
    pub number: i64,
    /// Green.
    pub green_s: f64,
    /// Yellow and all red.
    pub clearance_s: f64,
    /// Yellow within it, when the table tells.
    pub yellow_s: Option<f64>,
    /// Ring.
    pub ring: i64,
    /// Barrier and position.
    pub place: (i64, i64),
    /// Movements, and whether they are only permitted.
    pub movements: Vec<(String, bool)>,
    /// Line in signal_timing_phase.csv.
    pub line: usize,
}

/// A timing plan.
#[derive(Clone, PartialEq, Debug)]
pub struct RingPlan {
    /// Id.
    pub id: String,
    /// Controller that the table names.
    pub controller: String,
    /// Cycle; `None` for free-running plans.
    pub cycle_s: Option<f64>,
    /// Days and times, as written.
    pub time_day: String,
}

/// Ring-and-barrier plans.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rings {
    /// Plans.
    pub plans: Vec<RingPlan>,
    /// Phases.
    pub phases: Vec<RingPhase>,
    /// Offsets by (plan, controller).
    pub offsets_s: BTreeMap<(String, String), f64>,
    /// What offsets mean by (plan, controller): a phase, and `begin_of_green`, `begin_of_yellow` or `begin_of_red` of it.
    pub references: BTreeMap<(String, String), (i64, String)>,
}

/// Reads the tables.
pub fn read(files: &mut Files, folder: &str, report: &mut Report) -> Rings {
    let mut table = |table| Records::optional(files, folder, table, report);
    let (plans, phases, phase_movements) =
        (table(&SIGNAL_TIMING_PLAN), table(&SIGNAL_TIMING_PHASE), table(&SIGNAL_PHASE_MVMT));
    let (coordination, _controllers) = (table(&SIGNAL_COORDINATION), table(&SIGNAL_CONTROLLER));
    let mut of_plan: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in plans.rows() {
        of_plan.insert(row.text("timing_plan_id"), vec![row.text("controller_id")]);
    }
    for row in coordination.rows() {
        let list = of_plan.entry(row.text("timing_plan_id")).or_default();
        if !list.contains(&row.text("controller_id")) {
            list.push(row.text("controller_id"));
        }
    }
    let mut of_phase: BTreeMap<&str, Vec<(String, bool)>> = BTreeMap::new();
    for row in phase_movements.rows() {
        if let Some(movement) = row.get("mvmt_id") {
            let is_permitted = row.word("protection").is_some_and(|word| word != "protected");
            of_phase.entry(row.text("timing_phase_id")).or_default().push((movement.to_owned(), is_permitted));
        }
    }
    let mut rings = Rings::default();
    for row in plans.rows() {
        rings.plans.push(RingPlan {
            id: row.text("timing_plan_id").to_owned(),
            controller: row.text("controller_id").to_owned(),
            cycle_s: row.number("cycle_length"),
            time_day: row.text("time_day").to_owned(),
        });
    }
    let mut numbers: BTreeMap<String, (usize, Vec<i64>)> = BTreeMap::new();
    for row in phases.rows() {
        let plan = row.text("timing_plan_id").to_owned();
        let movements = of_phase.remove(row.text("timing_phase_id")).unwrap_or_default();
        let number = row.integer("signal_phase_num").unwrap_or(0);
        let seen = numbers.entry(plan.clone()).or_default();
        if seen.1.contains(&number) {
            *seen = (seen.0 + 1, Vec::new());
        }
        seen.1.push(number);
        let list = of_plan.get(plan.as_str()).map_or(&[][..], Vec::as_slice);
        let controller = list.get(seen.0).or(list.last()).map_or_else(String::new, |id| (*id).to_owned());
        let integer = |column: &str| row.integer(column).unwrap_or(0);
        rings.phases.push(RingPhase {
            plan,
            controller,
            number,
            green_s: row.number("min_green").unwrap_or(0.0),
            clearance_s: row.number("clearance").unwrap_or(0.0),
            yellow_s: row.number("yellow"),
            ring: integer("ring"),
            place: (integer("barrier"), integer("position")),
            movements,
            line: row.line(),
        });
    }
    for row in coordination.rows() {
        let key = (row.text("timing_plan_id").to_owned(), row.text("controller_id").to_owned());
        rings.offsets_s.insert(key.clone(), row.number("offset").unwrap_or(0.0));
        if let Some(phase) = row.integer("coord_phase") {
            rings.references.insert(key, (phase, row.word("coord_ref_to").unwrap_or_default()));
        }
    }
    rings
}

impl Rings {
    /// The sum of green and clearance of the phases of a plan and controller that `select` picks.
    pub fn sum_s(&self, plan: &str, controller: &str, select: impl Fn(&RingPhase) -> bool) -> f64 {
        self.phases
            .iter()
            .filter(|phase| phase.plan == plan && phase.controller == controller && select(phase))
            .map(|phase| phase.green_s + phase.clearance_s)
            .sum()
    }
    /// The rings of a plan and controller.
    pub fn rings_of(&self, plan: &str, controller: &str) -> BTreeSet<i64> {
        let here = |phase: &&RingPhase| phase.plan == plan && phase.controller == controller;
        self.phases.iter().filter(here).map(|phase| phase.ring).collect()
    }
    /// Where rings do not meet at a barrier, in words.
    pub fn barriers(&self, plan: &str, controller: &str) -> Option<String> {
        let rings = self.rings_of(plan, controller);
        let here = |phase: &&RingPhase| phase.plan == plan && phase.controller == controller;
        let barriers: BTreeSet<i64> = self.phases.iter().filter(here).map(|phase| phase.place.0).collect();
        for barrier in barriers {
            let sum_s =
                |ring: i64| self.sum_s(plan, controller, |phase| phase.ring == ring && phase.place.0 <= barrier);
            let sums: Vec<(i64, f64)> = rings.iter().map(|&ring| (ring, sum_s(ring))).collect();
            if sums.iter().any(|(_, sum_s)| (sum_s - sums[0].1).abs() > 0.05) {
                let words: Vec<String> = sums.iter().map(|(ring, s)| format!("ring {ring} after {s} s")).collect();
                let words = words.join(", ");
                return Some(format!(
                    "the rings of controller {controller} do not meet at the end of barrier {barrier}: {words}"
                ));
            }
        }
        None
    }
    /// The controllers with phases in a plan.
    pub fn controllers_of(&self, plan: &str) -> BTreeSet<String> {
        self.phases.iter().filter(|phase| phase.plan == plan).map(|phase| phase.controller.clone()).collect()
    }

    /// The signals of controllers that `has_plan` does not know, with the plans in force.
    pub fn signals(
        &self,
        movements: &Movements,
        clock: PlanClock,
        has_plan: impl Fn(&str) -> bool,
        file: &std::path::Path,
        report: &mut Report,
    ) -> Vec<Signal> {
        let mut signals: Vec<Signal> = Vec::new();
        for plan in &self.plans {
            let Some(cycle_s) = plan.cycle_s else { continue };
            if !parse_time_day(&plan.time_day).is_none_or(|(days, from_s, to_s)| holds_at(clock, days, from_s, to_s)) {
                continue;
            }
            for controller in self.controllers_of(&plan.id) {
                if has_plan(&controller) || signals.iter().any(|signal| signal.id == controller) {
                    continue;
                }
                let rings = self.rings_of(&plan.id, &controller);
                let mut fits = true;
                for &ring in &rings {
                    let sum_s = self.sum_s(&plan.id, &controller, |phase| phase.ring == ring);
                    if (sum_s - cycle_s).abs() > 0.05 {
                        fits = false;
                        let message = format!("ring {ring} of controller {controller} fills {sum_s} s of {cycle_s} s");
                        report.problem(
                            Problem::new(file, message).field("timing_plan_id", &plan.id).hint(
                                "correct ring, or write the plan as signal_stages.csv; `citytwin check` says more",
                            ),
                        );
                    }
                }
                if fits && let Some(message) = self.barriers(&plan.id, &controller) {
                    fits = false;
                    report.problem(Problem::new(file, message).field("timing_plan_id", &plan.id).hint(
                        "the phases of every ring before a barrier must add up to the same time, green and clearance together",
                    ));
                }
                if fits {
                    let offset_s = self.offsets_s.get(&(plan.id.clone(), controller.clone())).copied().unwrap_or(0.0);
                    signals.push(self.signal(&plan.id, &controller, offset_s, movements));
                }
            }
        }
        report.notice("ring plans are run at fixed time; 3 s of each clearance are yellow", signals.len());
        signals
    }

    fn signal(&self, plan: &str, controller: &str, offset_s: f64, movements: &Movements) -> Signal {
        // (from, to, movement, light)
        let mut lights: Vec<(i64, i64, usize, Light)> = Vec::new();
        let mut clearing: Vec<(i64, i64, usize)> = Vec::new();
        let mut borders: BTreeSet<i64> = BTreeSet::from([0]);
        let mut ruled = BTreeSet::new();
        let reference = self.references.get(&(plan.to_owned(), controller.to_owned()));
        let mut reference_ms = 0;
        for ring in self.rings_of(plan, controller) {
            let mut phases: Vec<&RingPhase> = self
                .phases
                .iter()
                .filter(|phase| phase.plan == plan && phase.controller == controller && phase.ring == ring)
                .collect();
            phases.sort_by_key(|phase| (phase.place, phase.number));
            let mut at_ms = 0;
            for (position, phase) in phases.iter().enumerate() {
                let next = phases[(position + 1) % phases.len()];
                let green_ms = at_ms + (phase.green_s * 1000.0).round() as i64;
                let end_ms = green_ms + (phase.clearance_s * 1000.0).round() as i64;
                let length_ms = phase.yellow_s.map_or(YELLOW_MS, |yellow_s| (yellow_s * 1000.0).round() as i64);
                let yellow_ms = (green_ms + length_ms).min(end_ms);
                if let Some((number, instant)) = reference
                    && *number == phase.number
                {
                    reference_ms = match instant.as_str() {
                        "begin_of_yellow" => green_ms,
                        "begin_of_red" => yellow_ms,
                        _ => at_ms,
                    };
                }
                for (id, is_permitted) in &phase.movements {
                    let Some(&movement) = movements.index.get(id) else { continue };
                    ruled.insert(movement);
                    let green = if *is_permitted { Light::Permitted } else { Light::Green };
                    // A movement of the next phase too stays green between them, as overlaps do.
                    if phases.len() > 1 && next.movements.iter().any(|(other, _)| other == id) {
                        lights.push((at_ms, end_ms, movement, green));
                        continue;
                    }
                    lights.push((at_ms, green_ms, movement, green));
                    lights.push((green_ms, yellow_ms, movement, Light::Yellow));
                    clearing.push((green_ms, end_ms, movement));
                }
                borders.extend([green_ms, yellow_ms, end_ms]);
                at_ms = end_ms;
            }
        }
        let borders: Vec<i64> = borders.into_iter().collect();
        let intervals = borders
            .windows(2)
            .map(|pair| Interval {
                duration_ms: pair[1] - pair[0],
                lights: lights
                    .iter()
                    .filter(|(from_ms, to_ms, ..)| *from_ms <= pair[0] && pair[1] <= *to_ms)
                    .map(|&(_, _, movement, light)| (movement, light))
                    .collect(),
                clearing: clearing
                    .iter()
                    .filter(|(from_ms, to_ms, _)| *from_ms <= pair[0] && pair[1] <= *to_ms)
                    .map(|&(_, _, movement)| movement)
                    .collect(),
            })
            .collect();
        let offset_ms = (offset_s * 1000.0).round() as i64 - reference_ms;
        let program = Program::Intervals(intervals);
        Signal {
            id: controller.to_owned(),
            offset_ms,
            program,
            movements: ruled,
            sheets: Vec::new(),
            in_force: SignalSheet::default(),
        }
    }
}

/// Days (Monday first) and times of a GMNS `time_day`: `01111100_06:00_09:00` counts from Sunday and ends with holidays.
fn parse_time_day(text: &str) -> Option<([bool; 7], f64, f64)> {
    let mut parts = text.split('_');
    let (days, from, to) = (parts.next()?, parts.next()?, parts.next()?);
    let days: Vec<bool> = days.chars().map(|letter| letter == '1').collect();
    let sunday_first = [1, 2, 3, 4, 5, 6, 0].map(|day| days.get(day).copied().unwrap_or(false));
    let time = |text: &str| {
        if text.contains(':') {
            parse_instant_s(text)
        } else {
            parse_instant_s(&format!("{}:{}", text.get(..2)?, text.get(2..)?))
        }
    };
    Some((sunday_first, time(from)?, time(to)?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn time_days_count_from_sunday() {
        let (days, from_s, to_s) = super::parse_time_day("01111100_0600_09:00").unwrap();
        assert_eq!(days, [true, true, true, true, true, false, false]);
        assert_eq!((from_s, to_s), (21_600.0, 32_400.0));
    }
}
