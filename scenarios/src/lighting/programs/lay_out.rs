//! From programmes to switch times: which one a day has, and its periods and outputs as instants.

use sim_core::lighting::control::{Pattern, Program, Switch};

use super::{CalendarRule, DAY_MS, Days, Plan};
use crate::lighting::sun::Sun;

/// Days that are laid out: the one before the first, and a month.
const DAYS: std::ops::RangeInclusive<i64> = -1..=31;

/// The programme that a calendar has on a day.
pub(super) fn in_force(rules: &[CalendarRule], epoch: Option<jiff::civil::Date>, day: i64) -> Option<&str> {
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

/// Month and day of `MM-DD`.
pub(in crate::lighting) fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let found = (month.parse().ok()?, day.parse().ok()?);
    jiff::civil::Date::new(2024, found.0, found.1).ok().map(|_| found)
}

/// A programme over the instants of a run, on the evenings for which `holds`.
pub(super) fn lay_out(
    plan: &Plan,
    sun: Option<&Sun>,
    epoch: Option<jiff::civil::Date>,
    holds: impl Fn(i64) -> bool,
) -> Program {
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
            let in_force = changes.iter().rfind(|change| change.0 <= on && change.0 > on - DAY_MS);
            let (output, pattern) = match in_force.filter(|_| plan.levels_hold_before) {
                Some((_, output, pattern)) => (*output, *pattern),
                None => (period.output, period.pattern),
            };
            switches.push(Switch { at_ms: on, output, pattern });
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
