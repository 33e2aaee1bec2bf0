//! Rows of `control_programs.csv`.

use sim_core::lighting::control::{Follow, Pattern};

use super::{DAY_MS, Days, Level, Period, Plan, When, parse_days};
use crate::read::table::{Report, Row};

/// Adds a row to the programmes.
pub(super) fn read(row: &Row<'_>, plans: &mut Vec<Plan>, report: &mut Report) {
    let name = row.text("program_id").to_owned();
    let follow = follow(row);
    let Some(days) = parse_days(row.text("days")) else {
        report.problem(row.problem("days", "is not legal").allowed("all, mon-fri, sat,sun"));
        return;
    };
    let output = (row.number("output").unwrap_or(100.0) / 100.0) as f32;
    let Some(pattern) = pattern(row, report) else { return };
    let mut when = |field: &str| {
        let text = row.get(field)?;
        let found = When::parse(text);
        if found.is_none() {
            let allowed = "H:MM, sunset+15, sunrise-15, sun-3 (degrees), lux35";
            report.problem(row.problem(field, "is no time of a day").allowed(allowed));
        }
        found
    };
    let times = (when("on"), when("off"), when("at"));
    let at = match plans.iter().position(|plan| plan.name == name) {
        Some(at) => at,
        None => {
            plans.push(Plan { name, follow, periods: Vec::new(), levels: Vec::new(), levels_hold_before: false });
            plans.len() - 1
        }
    };
    let plan = &mut plans[at];
    if follow != Follow::Clock {
        plan.follow = follow;
    }
    match times {
        (Some(on), Some(off), None) => {
            if on == off && matches!(on, When::Clock { .. }) {
                report.problem(row.problem("off", "the period is empty: it ends when it begins"));
            }
            if plan.periods.iter().any(|period| overlap(period, &days, on, off)) {
                report.problem(row.problem("on", "the period overlaps another of the same programme"));
            }
            plan.periods.push(Period { days, on, off, output, pattern });
        }
        (None, None, Some(at)) => {
            if plan.levels.iter().any(|level| level.at == at && level.days.iter().zip(days).any(|(a, b)| *a && b)) {
                report.problem(row.problem("at", "the programme has two outputs from this time on"));
            }
            plan.levels.push(Level { days, at, output, pattern });
        }
        // What cannot be read is told already.
        _ if ["on", "off", "at"].iter().any(|field| row.get(field).is_some_and(|text| When::parse(text).is_none())) => {
        }
        _ => {
            report.problem(row.problem("on", "a row needs on and off, or at").hint("on and off make a burning period"))
        }
    }
}

/// What decides besides the clock, by the columns `follow` and `rest_output`.
pub(super) fn follow(row: &Row<'_>) -> Follow {
    let rest = (row.number("rest_output").unwrap_or(20.0) / 100.0) as f32;
    match row.word("follow").as_deref() {
        Some("class") => Follow::Class,
        Some("presence") => Follow::Presence { rest },
        _ => Follow::Clock,
    }
}

/// Which lamps, by the column `pattern`; `None` and a problem if it cannot be read.
pub(super) fn pattern(row: &Row<'_>, report: &mut Report) -> Option<Pattern> {
    match row.word("pattern").as_deref() {
        None | Some("all") => Some(Pattern::All),
        Some(word) => {
            let n = word.strip_prefix("all_but_every_").and_then(|n| n.parse().ok()).filter(|n| *n >= 2);
            if n.is_none() {
                report.problem(row.problem("pattern", "is not legal").allowed("all, all_but_every_3 (2, 3, …)"));
            }
            n.map(Pattern::AllButEvery)
        }
    }
}

/// Whether two periods can burn at the same time: by clock exactly; two that follow the sun on the same day always do.
fn overlap(period: &Period, days: &Days, on: When, off: When) -> bool {
    if !period.days.iter().zip(days).any(|(a, b)| *a && *b) {
        return false;
    }
    let span = |on: When, off: When| {
        let (from, to) = (on.nominal_ms(false), off.nominal_ms(true));
        (from, if to <= from { to + DAY_MS } else { to })
    };
    let (a, b) = (span(period.on, period.off), span(on, off));
    [-DAY_MS, 0, DAY_MS].iter().any(|shift| a.0 < b.1 + shift && b.0 + shift < a.1)
}
