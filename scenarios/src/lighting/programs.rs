//! Control programmes and calendars: burning periods by sun, photocell or clock, and outputs within them, laid out over
//! the instants of a run.

mod rows;

use sim_core::lighting::control::{Follow, Pattern, Program, Switch};

use crate::error::Problem;
use crate::lighting::sun::{self, Sun};
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row, nearest};
use crate::schema::column::parse_instant_s;
use crate::schema::lighting_tables::{CONTROL_CALENDARS, CONTROL_PROGRAMS};

/// Days that are laid out: the one before the first, and a month.
const DAYS: std::ops::RangeInclusive<i64> = -1..=31;
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
        }
    }

    /// Reads the tables of a scenario over what is there.
    pub fn read(&mut self, files: &mut Files, report: &mut Report) {
        let records = Records::optional(files, "", &CONTROL_PROGRAMS, report);
        let mut own: Vec<Plan> = Vec::new();
        for row in records.rows() {
            rows::read(&row, &mut own, report);
        }
        for plan in &own {
            if plan.periods.is_empty() {
                let problem =
                    Problem::new(records.file(), format!("programme {:?} has no row with on and off", plan.name));
                report.problem(problem.hint("a burning period such as on = sunset+15, off = sunrise-15"));
            }
        }
        self.plans.retain(|plan| own.iter().all(|new| new.name != plan.name));
        self.plans.extend(own);
        let records = Records::optional(files, "", &CONTROL_CALENDARS, report);
        for row in records.rows() {
            self.read_calendar(&row, report);
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

/// The programme that a calendar has on a day.
fn in_force(rules: &[CalendarRule], epoch: Option<jiff::civil::Date>, day: i64) -> Option<&str> {
    let date = epoch.and_then(|epoch| epoch.checked_add(jiff::Span::new().days(day)).ok());
    let fits = |rule: &&CalendarRule| {
        let Some(date) = date else { return rule.begin.is_empty() && rule.end.is_empty() };
        let weekday = date.weekday().to_monday_zero_offset() as usize;
        let key = (date.month(), date.day());
        let bound = |text: &str| (text.parse::<jiff::civil::Date>().ok(), month_day(text));
        let (begin, end) = (bound(&rule.begin), bound(&rule.end));
        let is_after = match begin {
            (Some(begin), _) => date >= begin,
            (None, Some(begin)) => key >= begin,
            _ => true,
        };
        let is_before = match end {
            (Some(end), _) => date <= end,
            (None, Some(end)) => key <= end,
            _ => true,
        };
        // From November to February: across the turn of the year either will do.
        let wraps = matches!((begin.1, end.1), (Some(begin), Some(end)) if begin > end);
        rule.days[weekday] && if wraps { is_after || is_before } else { is_after && is_before }
    };
    rules.iter().rfind(fits).map(|rule| rule.program.as_str())
}

fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let found = (month.parse().ok()?, day.parse().ok()?);
    jiff::civil::Date::new(2024, found.0, found.1).ok().map(|_| found)
}

fn lay_out(plan: &Plan, sun: Option<&Sun>, epoch: Option<jiff::civil::Date>, holds: impl Fn(i64) -> bool) -> Program {
    let weekday = |day: i64| {
        let date = epoch.and_then(|epoch| epoch.checked_add(jiff::Span::new().days(day)).ok());
        date.map(|date| date.weekday().to_monday_zero_offset() as usize)
    };
    let is_on = |days: &Days, day: i64| weekday(day).is_none_or(|weekday| days[weekday]);
    let mut changes: Vec<(i64, f32, Pattern)> = Vec::new();
    for level in &plan.levels {
        for day in DAYS.filter(|day| is_on(&level.days, *day)) {
            changes.extend(level.at.on_day(day, sun, false).map(|at| (at, level.output, level.pattern)));
        }
    }
    changes.sort_by_key(|change| change.0);
    let mut switches = Vec::new();
    for day in DAYS.filter(|day| holds(*day)) {
        for period in plan.periods.iter().filter(|period| is_on(&period.days, day)) {
            let Some(on) = period.on.on_day(day, sun, false) else { continue };
            let ends = (day..=day + 1).filter_map(|day| period.off.on_day(day, sun, true));
            let Some(off) = ends.filter(|off| *off > on).min() else { continue };
            switches.push(Switch { at_ms: on, output: period.output, pattern: period.pattern });
            let within = changes.iter().filter(|change| change.0 > on && change.0 < off);
            switches.extend(within.map(|(at_ms, output, pattern)| Switch {
                at_ms: *at_ms,
                output: *output,
                pattern: *pattern,
            }));
            switches.push(Switch { at_ms: off, output: 0.0, pattern: Pattern::All });
        }
    }
    switches.sort_by_key(|switch| switch.at_ms);
    Program { switches, follow: plan.follow }
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
