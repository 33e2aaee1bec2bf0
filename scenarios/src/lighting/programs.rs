//! Control programmes and calendars: burning periods by sun, photocell or clock, and outputs within them, laid out over
//! the instants of a run.

mod lay_out;
mod levels;
pub mod nights;
mod rows;

pub(super) use lay_out::month_day;
use lay_out::{in_force, lay_out};
pub use levels::write as levels_csv;

use sim_core::lighting::control::{Follow, Pattern, Program};

use crate::error::Problem;
use crate::lighting::sun::{self, Sun};
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row, nearest};
use crate::schema::column::parse_instant_s;
use crate::schema::lighting_tables::{CONTROL_CALENDARS, CONTROL_LEVELS, CONTROL_PROGRAMS};

const DAY_MS: i64 = 86_400_000;

/// When something happens on a day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum When {
    /// So long after midnight.
    Clock {
        /// Milliseconds.
        at_ms: i64,
    },
    /// So long after sunset.
    Sunset {
        /// Milliseconds, negative before.
        offset_ms: i64,
    },
    /// So long after sunrise.
    Sunrise {
        /// Milliseconds, negative before.
        offset_ms: i64,
    },
    /// When the sun falls (or, going off, rises) through an elevation.
    Elevation {
        /// Degrees.
        degrees: f64,
    },
}

impl When {
    /// Reads `18:30`, `sunset+15`, `sunrise-20`, `sun-3`, `lux35`.
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.trim().to_ascii_lowercase();
        let minutes_ms = |rest: &str| {
            if rest.is_empty() { Some(0) } else { rest.parse::<f64>().ok().map(|m| (m * 60_000.0).round() as i64) }
        };
        if let Some(rest) = word.strip_prefix("sunset") {
            return minutes_ms(rest).filter(|ms| ms.abs() < DAY_MS / 2).map(|offset_ms| Self::Sunset { offset_ms });
        }
        if let Some(rest) = word.strip_prefix("sunrise") {
            return minutes_ms(rest).filter(|ms| ms.abs() < DAY_MS / 2).map(|offset_ms| Self::Sunrise { offset_ms });
        }
        if let Some(rest) = word.strip_prefix("sun") {
            let degrees: f64 = rest.parse().ok().filter(|degrees: &f64| (-18.0..=10.0).contains(degrees))?;
            return Some(Self::Elevation { degrees });
        }
        if let Some(rest) = word.strip_prefix("lux") {
            let lux: f64 = rest.parse().ok().filter(|lux: &f64| (1.0..=1000.0).contains(lux))?;
            return Some(Self::Elevation { degrees: sun::elevation_of_lux(lux) });
        }
        parse_instant_s(&word)
            .filter(|s| (0.0..=172_800.0).contains(s))
            .map(|s| Self::Clock { at_ms: (s * 1000.0) as i64 })
    }

    /// The instant on a day.
    fn on_day(self, day: i64, sun: Option<&Sun>, is_morning: bool) -> Option<i64> {
        match self {
            Self::Clock { at_ms } => Some(day * DAY_MS + at_ms),
            Self::Sunset { offset_ms } => Some(sun?.falls_ms(day, sun::SUNSET_DEG)? + offset_ms),
            Self::Sunrise { offset_ms } => Some(sun?.rises_ms(day, sun::SUNSET_DEG)? + offset_ms),
            Self::Elevation { degrees } if is_morning => sun?.rises_ms(day, degrees),
            Self::Elevation { degrees } => sun?.falls_ms(day, degrees),
        }
    }
    fn needs_sun(self) -> bool {
        !matches!(self, Self::Clock { .. })
    }
}

/// Days of the week, Monday first.
pub type Days = [bool; 7];

/// Reads `all`, `mon-fri`, `sat,sun`.
pub fn parse_days(text: &str) -> Option<Days> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    if text.is_empty() || text.eq_ignore_ascii_case("all") {
        return Some([true; 7]);
    }
    let day = |word: &str| NAMES.iter().position(|name| *name == word.trim().to_ascii_lowercase());
    let mut days = [false; 7];
    for part in text.split(',') {
        let (from, to) = match part.split_once('-') {
            Some((from, to)) => (day(from)?, day(to)?),
            None => (day(part)?, day(part)?),
        };
        let mut at = from;
        loop {
            days[at] = true;
            if at == to {
                break;
            }
            at = (at + 1) % 7;
        }
    }
    Some(days)
}

/// A burning period.
#[derive(Clone, PartialEq, Debug)]
pub struct Period {
    /// Days on whose evening it begins.
    pub days: Days,
    /// Begin.
    pub on: When,
    /// End.
    pub off: When,
    /// Output at its begin.
    pub output: f32,
    /// Which lamps.
    pub pattern: Pattern,
}

/// An output from a time on, within burning periods.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// Days on which it holds.
    pub days: Days,
    /// When.
    pub at: When,
    /// Output from then on.
    pub output: f32,
    /// Which lamps.
    pub pattern: Pattern,
}

/// A programme as it is written.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What decides besides the clock.
    pub follow: Follow,
    /// Burning periods.
    pub periods: Vec<Period>,
    /// Outputs within them.
    pub levels: Vec<Level>,
    /// Whether a period begins with the output in force at its begin, not with one of its own.
    pub levels_hold_before: bool,
}

/// A rule of a calendar.
#[derive(Clone, PartialEq, Debug)]
pub struct CalendarRule {
    /// First day, as text of a date or of a month and day; empty: always.
    pub begin: String,
    /// Last day.
    pub end: String,
    /// Days of the week.
    pub days: Days,
    /// Its programme.
    pub program: String,
}

/// All programmes and calendars.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Control {
    /// Programmes.
    pub plans: Vec<Plan>,
    /// Calendars by name.
    pub calendars: Vec<(String, Vec<CalendarRule>)>,
    /// Programmes that are groups of `control_levels.csv`: lamps of a circuit or cabinet of this name follow them.
    pub groups: Vec<String>,
}

impl Control {
    /// The programmes that are always there.
    pub fn builtin(night_below_deg: f64) -> Self {
        let at = When::Elevation { degrees: night_below_deg };
        let all = [true; 7];
        let plan = |name: &str, follow, pattern, levels: &[(i64, f32)]| Plan {
            name: name.to_owned(),
            follow,
            periods: vec![Period { days: all, on: at, off: at, output: 1.0, pattern }],
            levels: levels
                .iter()
                .map(|(hour, output)| Level {
                    days: all,
                    at: When::Clock { at_ms: hour * 3_600_000 },
                    output: *output,
                    pattern,
                })
                .collect(),
            levels_hold_before: false,
        };
        Self {
            plans: vec![
                plan("full", Follow::Clock, Pattern::All, &[]),
                plan("adaptive", Follow::Class, Pattern::All, &[]),
                plan("part_night", Follow::Clock, Pattern::All, &[(0, 0.0), (5, 1.0)]),
                plan("third_off", Follow::Clock, Pattern::AllButEvery(3), &[]),
                plan("presence", Follow::Presence { rest: 0.2 }, Pattern::All, &[]),
            ],
            calendars: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Reads the tables of a scenario, and its file in TALQ's words, over what is there.
    pub fn read(&mut self, files: &mut Files, talq: Option<&str>, report: &mut Report) {
        for table in [&CONTROL_PROGRAMS, &CONTROL_LEVELS] {
            let records = Records::optional(files, "", table, report);
            self.add(&records, report);
        }
        if let Some(name) = talq {
            let label = files.source.label(name);
            match files.bytes(name) {
                Ok(bytes) => {
                    let found = crate::lighting::talq::read(&bytes, &label, report);
                    self.merge(found, &label, report);
                }
                Err(problems) => problems.list.into_iter().for_each(|problem| report.problem(problem)),
            }
        }
        let records = Records::optional(files, "", &CONTROL_CALENDARS, report);
        self.add(&records, report);
    }

    /// Adds the rows of one of the control tables.
    pub fn add(&mut self, records: &Records, report: &mut Report) {
        let table = records.table().file;
        if table == CONTROL_CALENDARS.file {
            records.rows().for_each(|row| self.read_calendar(&row, report));
        } else if table == CONTROL_LEVELS.file {
            let own = levels::read(records, report);
            self.groups.extend(own.iter().map(|plan| plan.name.clone()));
            self.put(own);
        } else {
            let mut own: Vec<Plan> = Vec::new();
            records.rows().for_each(|row| rows::read(&row, &mut own, report));
            for plan in own.iter().filter(|plan| plan.periods.is_empty()) {
                let problem =
                    Problem::new(records.file(), format!("programme {:?} has no row with on and off", plan.name));
                report.problem(problem.hint("a burning period such as on = sunset+15, off = sunrise-15"));
            }
            self.put(own);
        }
    }

    /// Programmes take the place of those of the same name.
    fn put(&mut self, own: Vec<Plan>) {
        self.plans.retain(|plan| own.iter().all(|new| new.name != plan.name));
        self.plans.extend(own);
    }

    /// Adds what another file has; its calendars may name programmes of both.
    pub fn merge(&mut self, other: Self, file: &std::path::Path, report: &mut Report) {
        self.put(other.plans);
        for (name, rules) in other.calendars {
            for rule in rules.iter().filter(|rule| self.plan(&rule.program).is_none()) {
                let problem = Problem::new(file, "there is no such programme");
                let problem = problem.field(format!("calendar {name:?}: program"), &rule.program);
                report.problem(unknown(problem, &rule.program, &self.names()));
            }
            // A programme that a calendar of the same name chooses parts of is that calendar.
            self.plans.retain(|plan| plan.name != name);
            self.calendars.push((name, rules));
        }
    }

    fn read_calendar(&mut self, row: &Row<'_>, report: &mut Report) {
        let Some(days) = parse_days(row.text("days")) else {
            report.problem(row.problem("days", "is not legal").allowed("all, mon-fri, sat,sun"));
            return;
        };
        for field in ["begin_date", "end_date"] {
            let text = row.text(field);
            let is_date = text.is_empty() || text.parse::<jiff::civil::Date>().is_ok() || month_day(text).is_some();
            if !is_date {
                report.problem(row.problem(field, "is no date").allowed("YYYY-MM-DD, MM-DD"));
            }
        }
        let program = row.text("program_id").to_owned();
        if self.plan(&program).is_none() {
            report.problem(unknown(row.problem("program_id", "there is no such programme"), &program, &self.names()));
        }
        let (begin, end) = (row.text("begin_date").to_owned(), row.text("end_date").to_owned());
        let rule = CalendarRule { begin, end, days, program };
        let name = row.text("calendar_id");
        match self.calendars.iter_mut().find(|(known, _)| known == name) {
            Some((_, rules)) => rules.push(rule),
            None => self.calendars.push((name.to_owned(), vec![rule])),
        }
    }

    /// A programme by name.
    pub fn plan(&self, name: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.name == name)
    }

    /// Names of programmes and calendars, in the order of [`Self::programs`].
    pub fn names(&self) -> Vec<String> {
        let plans = self.plans.iter().map(|plan| plan.name.clone());
        plans.chain(self.calendars.iter().map(|(name, _)| name.clone())).collect()
    }

    /// Whether any programme looks at the sun.
    pub fn needs_sun(&self, name: &str) -> bool {
        let names: Vec<&str> = match self.calendars.iter().find(|(known, _)| known == name) {
            Some((_, rules)) => rules.iter().map(|rule| rule.program.as_str()).collect(),
            None => vec![name],
        };
        let plans = names.iter().filter_map(|name| self.plan(name));
        plans
            .flat_map(|plan| {
                let periods = plan.periods.iter().flat_map(|period| [period.on, period.off]);
                periods.chain(plan.levels.iter().map(|level| level.at)).collect::<Vec<_>>()
            })
            .any(When::needs_sun)
    }

    /// All programmes and calendars over the instants of a run. Without sun those that need it stay off.
    pub fn programs(&self, sun: Option<&Sun>, epoch: Option<jiff::civil::Date>) -> Vec<Program> {
        let plans = self.plans.iter().map(|plan| lay_out(plan, sun, epoch, |_| true));
        let calendars = self.calendars.iter().map(|(_, rules)| {
            let mut switches = Vec::new();
            let mut follow = Follow::Clock;
            for name in rules.iter().map(|rule| &rule.program).collect::<std::collections::BTreeSet<_>>() {
                let Some(plan) = self.plan(name) else { continue };
                let holds = |day: i64| in_force(rules, epoch, day) == Some(name.as_str());
                let own = lay_out(plan, sun, epoch, holds);
                if !own.switches.is_empty() {
                    follow = own.follow;
                }
                switches.extend(own.switches);
            }
            switches.sort_by_key(|switch| switch.at_ms);
            Program { switches, follow }
        });
        plans.chain(calendars).collect()
    }
}

/// A problem with a name that is not known, with the nearest that is.
pub fn unknown(problem: Problem, word: &str, known: &[String]) -> Problem {
    let words: Vec<&str> = known.iter().map(String::as_str).collect();
    match nearest(word, &words) {
        Some(near) => problem.hint(format!("did you mean {near:?}?")),
        None => problem.allowed(words.join(", ")),
    }
}

#[cfg(test)]
mod tests;
