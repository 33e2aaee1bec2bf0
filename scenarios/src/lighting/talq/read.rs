//! Reading TALQ.

use std::path::Path;

use serde_json::Value;
use sim_core::lighting::control::{Follow, Pattern};

use super::PATTERN;
use crate::error::Problem;
use crate::lighting::programs::nights::{self, Night};
use crate::lighting::programs::{CalendarRule, Control, Days, Plan, When};
use crate::lighting::sun;
use crate::read::table::Report;

/// A place in the file.
struct At<'a> {
    file: &'a Path,
    path: String,
    value: &'a Value,
}

impl<'a> At<'a> {
    fn get(&self, key: &str) -> Self {
        Self { file: self.file, path: format!("{}.{key}", self.path), value: &self.value[key] }
    }
    fn items(&self) -> Vec<Self> {
        let list = self.value.as_array().map_or(&[][..], Vec::as_slice);
        let item = |(at, value)| Self { file: self.file, path: format!("{}[{at}]", self.path), value };
        list.iter().enumerate().map(item).collect()
    }
    fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or("")
    }
    fn problem(&self, message: impl Into<String>) -> Problem {
        let value = match self.value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        Problem::new(self.file, message).field(self.path.trim_start_matches('.'), value)
    }
    fn number(&self, report: &mut Report) -> Option<f64> {
        let found = self.value.as_f64();
        if found.is_none() {
            report.problem(self.problem("is no number"));
        }
        found
    }
    fn clock(&self, report: &mut Report) -> Option<When> {
        match When::parse(self.text()) {
            Some(when @ When::Clock { .. }) => Some(when),
            _ => {
                report.problem(self.problem("is no time of a day").allowed("hh:mm:ss"));
                None
            }
        }
    }
}

/// Reads a file: an object with `controlPrograms` and `calendars`, or a list of both as the interface gives them.
pub fn read(bytes: &[u8], file: &Path, report: &mut Report) -> Control {
    let mut control = Control::default();
    let json: Value = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) => {
            report.problem(Problem::new(file, format!("is no JSON: {error}")).line(error.line()));
            return control;
        }
    };
    let root = At { file, path: String::new(), value: &json };
    let (mut programs, mut calendars) = (root.get("controlPrograms").items(), root.get("calendars").items());
    for item in root.items() {
        if item.value.get("activePeriods").is_some() { programs.push(item) } else { calendars.push(item) }
    }
    if programs.is_empty() && calendars.is_empty() {
        report.problem(root.problem("has no controlPrograms and no calendars"));
    }
    for service in root.get("services").items() {
        let offset = service.get("dayOffset");
        if service.get("name").text() == "ControlService" && offset.value.as_i64().is_some_and(|hour| hour != 12) {
            let problem = offset.problem("days from midnight to midnight cannot be followed");
            report.problem(problem.allowed("12: from noon to noon"));
        }
    }
    for at in &programs {
        let id = at.get("id");
        if id.text().is_empty() {
            report.problem(id.problem("a control programme needs an id"));
        } else if control.plans.iter().any(|plan| plan.name == id.text()) {
            report.problem(id.problem("is there twice"));
        }
        if let Some(plan) = program(at, report) {
            control.plans.push(plan);
        }
    }
    for at in &calendars {
        let mut rules = Vec::new();
        let default = at.get("defaultProgram");
        if !default.text().is_empty() {
            rules.push(CalendarRule {
                begin: String::new(),
                end: String::new(),
                days: [true; 7],
                program: default.text().to_owned(),
            });
        }
        // The first rule that fits is used, with us the last.
        let own: Vec<CalendarRule> = at.get("rules").items().iter().flat_map(|at| rule(at, report)).collect();
        rules.extend(own.into_iter().rev());
        control.calendars.push((at.get("id").text().to_owned(), rules));
    }
    control
}

fn program(at: &At<'_>, report: &mut Report) -> Option<Plan> {
    let kind = at.get("type");
    if kind.text() != "ControlProgramOne" {
        report.problem(kind.problem("is no type of control programme that is known").allowed("ControlProgramOne"));
        return None;
    }
    let n_before = report.problems.list.len();
    let mut fixed: Vec<(When, f32)> = Vec::new();
    for control in at.get("fixedTimeControls").items() {
        let time = control.get("startTime");
        let found = (time.clock(report), level(&control.get("command"), report));
        let (Some(when), Some(output)) = found else { continue };
        if fixed.iter().any(|(known, _)| *known == when) {
            report.problem(time.problem("there are two controls at this time"));
        }
        fixed.push((when, output));
    }
    fixed.sort_by_key(|(when, _)| when.after_noon_ms(false));
    let mut levels = fixed.clone();
    for control in at.get("astroClockTimeControls").items() {
        let operation = control.get("operation");
        if operation.text() != "Set" {
            report.problem(operation.problem("the operation cannot be followed").allowed("Set"));
        }
        let offset_ms = control.get("offset").number(report).map(|minutes| (minutes * 60_000.0).round() as i64);
        let (Some(offset_ms), Some(output)) = (offset_ms, level(&control.get("command"), report)) else { continue };
        let event = control.get("solarEventType");
        match event.text() {
            "sunset" => levels.push((When::Sunset { offset_ms }, output)),
            "sunrise" => levels.push((When::Sunrise { offset_ms }, output)),
            _ => report.problem(event.problem("is no event of the sun").allowed("sunset, sunrise")),
        }
    }
    // Programmes wrap around: at noon the last control of the day before still holds.
    let first = fixed.last().map_or(1.0, |(_, output)| *output);
    let mut periods: Vec<(When, When, f32)> = at
        .get("activePeriods")
        .items()
        .iter()
        .filter_map(|at| period(at, report))
        .map(|(on, off)| (on, off, first))
        .collect();
    if at.get("activePeriods").items().is_empty() {
        let noon = |days: i64| When::Clock { at_ms: 43_200_000 + days * 86_400_000 - i64::from(days > 0) };
        periods.push((noon(0), noon(1), first));
    }
    let follow = follow(at, &mut levels, &mut periods, report);
    let pattern = match at.get(PATTERN).text() {
        "" => Pattern::All,
        word => match word.strip_prefix("all_but_every_").and_then(|n| n.parse().ok()).filter(|n| *n >= 2) {
            Some(n) => Pattern::AllButEvery(n),
            None => {
                report.problem(at.get(PATTERN).problem("is not legal").allowed("all_but_every_3 (2, 3, …)"));
                Pattern::All
            }
        },
    };
    let night = Night { days: [true; 7], periods, levels };
    (report.problems.list.len() == n_before).then(|| nights::plan(at.get("id").text(), follow, pattern, &[night], true))
}

/// What decides besides the clock.
fn follow(
    at: &At<'_>,
    levels: &mut Vec<(When, f32)>,
    periods: &mut [(When, When, f32)],
    report: &mut Report,
) -> Follow {
    let controls = at.get("dynamicControls").items();
    let Some(control) = controls.first() else { return Follow::Clock };
    if controls.len() > 1 {
        report.problem(at.get("dynamicControls").problem("more than one dynamic control cannot be followed"));
    }
    let (begin, end) = (control.get("period").get("startTime"), control.get("period").get("endTime"));
    if begin.text() != end.text() {
        report.problem(end.problem("dynamic control of a part of the day cannot be followed").allowed("startTime"));
    }
    let effect = control.get("effect");
    let (kind, operation) = (effect.get("type"), effect.get("operation"));
    match (kind.text(), operation.text()) {
        ("ExternalControlEffect", "Min") => Follow::Class,
        ("FixedControlEffect", "Max" | "Set") => {
            let Some(output) = level(&effect.get("command"), report) else { return Follow::Clock };
            let rest = levels.first().map_or(0.0, |(_, level)| *level);
            if levels.iter().any(|(_, level)| (level - rest).abs() > 1e-6) {
                report.problem(effect.problem("an effect over several levels cannot be followed"));
            }
            levels.clear();
            periods.iter_mut().for_each(|period| period.2 = output);
            Follow::Presence { rest }
        }
        _ => {
            let allowed = "ExternalControlEffect with Min (class), FixedControlEffect with Max or Set (presence)";
            report.problem(operation.problem(format!("{} cannot be followed", kind.text())).allowed(allowed));
            Follow::Clock
        }
    }
}

fn level(command: &At<'_>, report: &mut Report) -> Option<f32> {
    let state = command.get("state");
    let (name, value) = (state.get("name"), state.get("value"));
    let found = match (name.text(), value.value) {
        ("LevelState", Value::Number(number)) => number.as_f64().filter(|x| (0.0..=100.0).contains(x)),
        ("BooleanState", Value::Bool(is_on)) => Some(if *is_on { 100.0 } else { 0.0 }),
        ("LevelState" | "BooleanState", _) => None,
        _ => {
            report.problem(name.problem("the state cannot be followed").allowed("LevelState, BooleanState"));
            return None;
        }
    };
    if found.is_none() {
        report.problem(value.problem("is not legal").allowed("a number from 0 to 100, or true and false"));
    }
    found.map(|percent| (percent / 100.0) as f32)
}

fn period(at: &At<'_>, report: &mut Report) -> Option<(When, When)> {
    let name = at.get("name");
    match name.text() {
        "AbsoluteActivePeriod" => {
            let (begin, end) = (at.get("startTime"), at.get("endTime"));
            let (on, off) = (begin.clock(report)?, end.clock(report)?);
            if on == off {
                report.problem(end.problem("the period is empty: it ends when it begins"));
            }
            Some((on, off))
        }
        "AstroClockActivePeriod" => {
            let mut offset = |key: &str| {
                let minutes = at.get(key).number(report)?;
                Some((minutes * 60_000.0).round() as i64)
            };
            let (sunset, sunrise) = (offset("sunsetOffset"), offset("sunriseOffset"));
            Some((When::Sunset { offset_ms: sunset? }, When::Sunrise { offset_ms: sunrise? }))
        }
        "SensorActivePeriod" => {
            let mut lux = |key: &str| {
                let place = at.get(key);
                let lux = place.number(report)?;
                if !(1.0..=1000.0).contains(&lux) {
                    report.problem(place.problem("is out of range").allowed("lux from 1 to 1000"));
                    return None;
                }
                Some(When::Elevation { degrees: sun::elevation_of_lux(lux) })
            };
            let (on, off) = (lux("onLevel"), lux("offLevel"));
            Some((on?, off?))
        }
        _ => {
            let allowed = "AbsoluteActivePeriod, AstroClockActivePeriod, SensorActivePeriod";
            report.problem(name.problem("the period cannot be followed").allowed(allowed));
            None
        }
    }
}

fn rule(at: &At<'_>, report: &mut Report) -> Vec<CalendarRule> {
    let program = at.get("program").text().to_owned();
    if program.is_empty() {
        report.problem(at.get("program").problem("a rule needs a programme"));
    }
    let mut date = |key: &str| {
        let text = at.get(key).text();
        let bare = text.strip_prefix("--").unwrap_or(text);
        if !bare.is_empty() && bare.parse::<jiff::civil::Date>().is_err() && !is_month_day(bare) {
            report.problem(at.get(key).problem("is no date").allowed("yyyy-mm-dd, --mm-dd"));
        }
        bare.to_owned()
    };
    let (begin, end) = (date("startDate"), date("endDate"));
    let condition = at.get("condition");
    let plain = |begin: String, end: String, days: Days| CalendarRule { begin, end, days, program: program.clone() };
    match condition.get("type").text() {
        "" if condition.value.is_null() => vec![plain(begin, end, [true; 7])],
        "ccDay" => {
            let occurrences = condition.get("occurrences");
            if !occurrences.items().is_empty() {
                report.problem(occurrences.problem("weeks of the month cannot be followed"));
            }
            let mut days = [false; 7];
            for item in condition.get("days").items() {
                let first = item.get("start").value.as_u64().filter(|day| (1..=7).contains(day));
                let last = if item.value.get("end").is_some() { item.get("end").value.as_u64() } else { first };
                let (Some(first), Some(last)) = (first, last.filter(|day| (1..=7).contains(day))) else {
                    report.problem(item.problem("is no day of the week").allowed("1 (Monday) to 7"));
                    continue;
                };
                let n = (last + 7 - first) % 7;
                (0..=n).for_each(|step| days[((first - 1 + step) % 7) as usize] = true);
            }
            vec![plain(begin, end, days)]
        }
        "ccDate" => {
            if !begin.is_empty() || !end.is_empty() {
                report.problem(condition.problem("ccDate with startDate or endDate cannot be followed"));
            }
            let mut rules = Vec::new();
            for item in condition.get("dates").items() {
                let day = |key: &str| item.get(key).text().strip_prefix("--").unwrap_or("").to_owned();
                let first = day("start");
                let last = if item.value.get("end").is_some() { day("end") } else { first.clone() };
                if !is_month_day(&first) || !is_month_day(&last) {
                    report.problem(item.problem("days of every month cannot be followed").allowed("--mm-dd"));
                    continue;
                }
                rules.push(plain(first, last, [true; 7]));
            }
            rules
        }
        _ => {
            report.problem(condition.get("type").problem("the condition cannot be followed").allowed("ccDay, ccDate"));
            Vec::new()
        }
    }
}

fn is_month_day(text: &str) -> bool {
    crate::lighting::programs::month_day(text).is_some()
}
