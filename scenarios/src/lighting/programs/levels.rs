//! `control_levels.csv`: group, time, level: the plainest form of a programme.

use std::fmt::Write;

use sim_core::lighting::control::{Follow, Pattern};

use super::nights::{self, Night, days_text};
use super::{Control, Days, Plan, When, parse_days, rows};
use crate::read::table::{Records, Report, Row};

/// A group's rows of some days: their first row, instants and levels.
struct Block<'a> {
    row: Row<'a>,
    days: Days,
    steps: Vec<(When, f32)>,
}

/// Reads groups as programmes: the first row of a night switches on, the last one off.
pub(super) fn read(records: &Records, report: &mut Report) -> Vec<Plan> {
    let mut groups: Vec<(String, Follow, Pattern, Vec<Block<'_>>)> = Vec::new();
    for row in records.rows() {
        let Some(days) = parse_days(row.text("days")) else {
            report.problem(row.problem("days", "is not legal").allowed("all, mon-fri, sat,sun"));
            continue;
        };
        let Some(pattern) = rows::pattern(&row, report) else { continue };
        let Some(at) = When::parse(row.text("time")) else {
            let allowed = "H:MM, sunset+15, sunrise-15, sun-3 (degrees), lux35";
            report.problem(row.problem("time", "is no time of a day").allowed(allowed));
            continue;
        };
        let Some(level) = row.number("level") else { continue };
        let name = row.text("group");
        let at_group = groups.iter().position(|group| group.0 == name).unwrap_or_else(|| {
            groups.push((name.to_owned(), rows::follow(&row), pattern, Vec::new()));
            groups.len() - 1
        });
        let blocks = &mut groups[at_group].3;
        let step = (at, (level / 100.0) as f32);
        match blocks.iter_mut().find(|block| block.days == days) {
            Some(block) => block.steps.push(step),
            None => blocks.push(Block { row, days, steps: vec![step] }),
        }
    }
    let plan = |(name, follow, pattern, blocks): (String, Follow, Pattern, Vec<Block<'_>>)| {
        let nights: Vec<Night> = blocks.iter().filter_map(|block| night(block, report)).collect();
        nights::plan(&name, follow, pattern, &nights, false)
    };
    groups.into_iter().map(plan).collect()
}

fn night(block: &Block<'_>, report: &mut Report) -> Option<Night> {
    let [first, within @ .., last] = block.steps.as_slice() else {
        report.problem(
            block.row.problem("time", "the group has one row on these days: it needs one to go on and one to go off"),
        );
        return None;
    };
    if first.1 <= 0.0 && last.1 <= 0.0 && block.steps.len() == 2 {
        return Some(Night { days: block.days, periods: Vec::new(), levels: Vec::new() });
    }
    if last.1 > 0.0 {
        let problem = block.row.problem("level", "the group is never switched off on these days");
        report.problem(problem.hint("the last row of a night has level 0"));
        return None;
    }
    let mut before = first.0.after_noon_ms(false);
    for step in within.iter().chain([last]) {
        let at = step.0.after_noon_ms(true);
        if at <= before {
            let problem = block.row.problem("time", format!("the row at {} comes too late", step.0.text()));
            report.problem(problem.hint("rows of a night go from noon to noon"));
            return None;
        }
        before = at;
    }
    Some(Night { days: block.days, periods: vec![(first.0, last.0, first.1)], levels: within.to_vec() })
}

/// The programmes as `control_levels.csv`.
///
/// # Errors
/// What cannot be said in it, by programme.
pub fn write(control: &Control) -> Result<String, Vec<String>> {
    let mut text = "group,time,level,days,follow,rest_output,pattern\n".to_owned();
    let mut unsaid = Vec::new();
    for plan in &control.plans {
        let Some(pattern) = nights::pattern(plan) else {
            unsaid.push(format!("programme {:?} has several patterns", plan.name));
            continue;
        };
        let (follow, rest) = match plan.follow {
            Follow::Clock => ("", String::new()),
            Follow::Class => ("class", String::new()),
            Follow::Presence { rest } => ("presence", percent(rest)),
        };
        let pattern = match pattern {
            Pattern::All => String::new(),
            Pattern::AllButEvery(n) => format!("all_but_every_{n}"),
        };
        for night in nights::of(plan) {
            let days = Some(days_text(&night.days)).filter(|days| days != "all").unwrap_or_default();
            for (at, level) in steps(&night) {
                let name = crate::lighting::report::quoted(&plan.name);
                let (time, days) = (at.text(), crate::lighting::report::quoted(&days));
                writeln!(text, "{name},{time},{},{days},{follow},{rest},{pattern}", percent(level))
                    .expect("writing to memory cannot fail");
            }
        }
    }
    if unsaid.is_empty() { Ok(text) } else { Err(unsaid) }
}

/// Instants and levels of a night, from on to off; one without light is off at once.
fn steps(night: &Night) -> Vec<(When, f32)> {
    if night.periods.is_empty() {
        let at = |hour: i64| When::Clock { at_ms: hour * 3_600_000 };
        return vec![(at(18), 0.0), (at(19), 0.0)];
    }
    let mut steps: Vec<(i64, When, f32)> = Vec::new();
    for (on, off, output) in &night.periods {
        let (from, to) = (on.after_noon_ms(false), off.after_noon_ms(true));
        steps.push((from, *on, *output));
        let within = night.levels.iter().map(|(at, output)| (at.after_noon_ms(false), *at, *output));
        steps.extend(within.filter(|(key, ..)| *key > from && *key < to));
        steps.push((to, *off, 0.0));
    }
    steps.sort_by_key(|step| step.0);
    steps.into_iter().map(|(_, at, level)| (at, level)).collect()
}

fn percent(output: f32) -> String {
    // Percent to a thousandth, without the noise of single precision.
    format!("{}", (f64::from(output) * 100_000.0).round() / 1000.0)
}
