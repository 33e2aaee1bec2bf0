//! Writing TALQ.

use serde_json::{Value, json};
use sim_core::lighting::control::{Follow, Pattern};

use super::PATTERN;
use crate::lighting::programs::nights::{self, Night, days_text};
use crate::lighting::programs::{Control, Days, Plan, When};
use crate::lighting::sun;

/// Programmes and calendars as JSON; `hold_s` is how long somebody counts as near.
///
/// # Errors
/// What TALQ has no words for, by programme.
pub fn write(control: &Control, hold_s: f64) -> Result<String, Vec<String>> {
    let (mut programs, mut calendars, mut unsaid) = (Vec::new(), Vec::new(), Vec::new());
    // By programme: what its nights are called.
    let mut names: Vec<(&str, Vec<(Days, String)>)> = Vec::new();
    for plan in &control.plans {
        let nights = nights::of(plan);
        let mut own = Vec::new();
        for night in &nights {
            let id = match nights.len() {
                1 => plan.name.clone(),
                _ => format!("{}@{}", plan.name, days_text(&night.days)),
            };
            match program(plan, night, &id, hold_s) {
                Ok(program) => programs.push(program),
                Err(why) => unsaid.push(format!("programme {:?}: {why}", plan.name)),
            }
            own.push((night.days, id));
        }
        if own.len() > 1 {
            let rules: Vec<Value> = own.iter().map(|(days, id)| rule("", "", days, id)).collect();
            calendars.push(json!({"id": plan.name, "ownerCMS": OWNER, "rules": rules}));
        }
        names.push((&plan.name, own));
    }
    for (name, rules) in &control.calendars {
        // With us the last rule that fits is used, in TALQ the first.
        let rules: Vec<Value> = rules
            .iter()
            .rev()
            .flat_map(|known| {
                let own = names.iter().find(|(name, _)| *name == known.program).map_or(&[][..], |(_, own)| own);
                own.iter().filter_map(|(days, id)| {
                    let both: Days = std::array::from_fn(|day| days[day] && known.days[day]);
                    both.contains(&true).then(|| rule(&known.begin, &known.end, &both, id))
                })
            })
            .collect();
        calendars.push(json!({"id": name, "ownerCMS": OWNER, "rules": rules}));
    }
    if !unsaid.is_empty() {
        return Err(unsaid);
    }
    let all = json!({
        "services": [{"name": "ControlService", "dayOffset": 12}],
        "controlPrograms": programs,
        "calendars": calendars,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()))
}

/// Whose programmes they are.
const OWNER: &str = "citytwin";

fn rule(begin: &str, end: &str, days: &Days, program: &str) -> Value {
    let mut rule = json!({"program": program});
    for (key, date) in [("startDate", begin), ("endDate", end)] {
        match date.len() {
            0 => {}
            // A day of every year: --mm-dd.
            1..=5 => rule[key] = json!(format!("--{date}")),
            _ => rule[key] = json!(date),
        }
    }
    if days.contains(&false) {
        let days: Vec<Value> = (0..7).filter(|day| days[*day]).map(|day| json!({"start": day + 1})).collect();
        rule["condition"] = json!({"type": "ccDay", "days": days});
    }
    rule
}

fn program(plan: &Plan, night: &Night, id: &str, hold_s: f64) -> Result<Value, String> {
    let (period, mut fixed) = periods(night)?;
    let mut astro = Vec::new();
    for (at, output) in &night.levels {
        match at {
            When::Clock { at_ms } if is_within(night, *at) => fixed.push((*at_ms, *output)),
            When::Clock { .. } => {}
            When::Sunset { offset_ms } => astro.push(solar("sunset", *offset_ms, *output)?),
            When::Sunrise { offset_ms } => astro.push(solar("sunrise", *offset_ms, *output)?),
            When::Elevation { .. } => return Err(format!("a level at {} has no word", at.text())),
        }
    }
    let mut dynamic = Vec::new();
    let all_day = json!({"startTime": "12:00:00", "endTime": "12:00:00"});
    let source = json!({"sensor": {"sensorAddresses": []}});
    match plan.follow {
        Follow::Clock => {}
        Follow::Class => dynamic.push(json!({
            "period": all_day,
            "effect": {"type": "ExternalControlEffect", "source": source, "operation": "Min"},
        })),
        Follow::Presence { rest } => {
            let output = night.periods.first().map_or(1.0, |period| period.2);
            if !astro.is_empty() || fixed.iter().any(|(_, level)| (level - output).abs() > 1e-6) {
                return Err("presence with several outputs has no word".to_owned());
            }
            fixed.iter_mut().for_each(|(_, level)| *level = rest.min(output));
            dynamic.push(json!({
                "period": all_day,
                "effect": {
                    "type": "FixedControlEffect", "source": source, "operation": "Max", "holdTime": hold_s,
                    "command": command(output)?,
                },
            }));
        }
    }
    fixed.sort_by_key(|(at_ms, _)| *at_ms);
    fixed.dedup_by_key(|(at_ms, _)| *at_ms);
    let fixed =
        fixed.into_iter().map(|(at_ms, output)| Ok(json!({"startTime": time(at_ms), "command": command(output)?})));
    let mut program = json!({
        "type": "ControlProgramOne",
        "id": id,
        "ownerCMS": OWNER,
        "activePeriods": period,
        "fixedTimeControls": fixed.collect::<Result<Vec<Value>, String>>()?,
    });
    if !astro.is_empty() {
        program["astroClockTimeControls"] = astro.into();
    }
    if !dynamic.is_empty() {
        program["dynamicControls"] = dynamic.into();
    }
    match nights::pattern(plan) {
        Some(Pattern::AllButEvery(n)) => program[PATTERN] = json!(format!("all_but_every_{n}")),
        Some(Pattern::All) => {}
        None => return Err("several patterns have no word".to_owned()),
    }
    Ok(program)
}

/// Fixed time controls before they are written: milliseconds after midnight, output.
type Fixed = Vec<(i64, f32)>;

/// Active periods, and the controls that make the burning periods of them.
fn periods(night: &Night) -> Result<(Vec<Value>, Fixed), String> {
    let noon_ms = 43_200_000;
    if night.periods.is_empty() {
        // Without an active period a programme would be active all day.
        let period = json!({"name": "AbsoluteActivePeriod", "startTime": "18:00:00", "endTime": "06:00:00"});
        return Ok((vec![period], vec![(noon_ms, 0.0)]));
    }
    let is_clock = |when: &When| matches!(when, When::Clock { .. });
    if night.periods.iter().all(|(on, off, _)| is_clock(on) && is_clock(off)) {
        let mut fixed = Vec::new();
        let mut list = Vec::new();
        for (on, off, output) in &night.periods {
            let (on_ms, off_ms) = (on.nominal_ms(false), off.nominal_ms(true));
            list.push(json!({"name": "AbsoluteActivePeriod", "startTime": time(on_ms), "endTime": time(off_ms)}));
            fixed.push((on_ms.rem_euclid(86_400_000), *output));
        }
        return Ok((list, fixed));
    }
    // One active period by the sun; times of the clock within it go on and off by level.
    let mut suns: (Option<When>, Option<When>) = (None, None);
    let mut fixed = Vec::new();
    let mut first = 0.0;
    for (on, off, output) in &night.periods {
        for (when, place, is_end) in [(on, &mut suns.0, false), (off, &mut suns.1, true)] {
            match when {
                When::Clock { at_ms } => fixed.push((at_ms.rem_euclid(86_400_000), if is_end { 0.0 } else { *output })),
                _ if place.is_none_or(|known| known == *when) => *place = Some(*when),
                _ => return Err(format!("a second period by the sun ({}) has no word", when.text())),
            }
        }
        if !is_clock(on) {
            first = *output;
        }
    }
    fixed.push((noon_ms, first));
    let minutes = |offset_ms: i64| -> Result<i64, String> {
        let is_whole = offset_ms % 60_000 == 0;
        is_whole.then_some(offset_ms / 60_000).ok_or_else(|| "offsets are whole minutes".to_owned())
    };
    let period = match suns {
        (Some(When::Elevation { degrees: on }), Some(When::Elevation { degrees: off })) => sensor(on, off),
        (Some(When::Elevation { degrees }), None) | (None, Some(When::Elevation { degrees })) => {
            sensor(degrees, degrees)
        }
        (Some(When::Sunset { offset_ms: on }), Some(When::Sunrise { offset_ms: off })) => {
            astro(minutes(on)?, minutes(off)?)
        }
        (Some(When::Sunset { offset_ms }), None) => astro(minutes(offset_ms)?, 0),
        (None, Some(When::Sunrise { offset_ms })) => astro(0, minutes(offset_ms)?),
        (on, off) => {
            let text = |when: Option<When>| when.map_or_else(String::new, When::text);
            return Err(format!("a period from {} to {} has no word", text(on), text(off)));
        }
    };
    Ok((vec![period], fixed))
}

fn astro(sunset: i64, sunrise: i64) -> Value {
    json!({"name": "AstroClockActivePeriod", "sunsetOffset": sunset, "sunriseOffset": sunrise})
}

fn sensor(on_deg: f64, off_deg: f64) -> Value {
    let lux = |degrees: f64| (sun::lux_of_elevation(degrees) * 1000.0).round() / 1000.0;
    json!({
        "name": "SensorActivePeriod",
        "sensor": {"sensorAddresses": []},
        "onLevel": lux(on_deg),
        "offLevel": lux(off_deg),
    })
}

fn solar(event: &str, offset_ms: i64, output: f32) -> Result<Value, String> {
    if offset_ms % 60_000 != 0 {
        return Err("offsets are whole minutes".to_owned());
    }
    let offset = offset_ms / 60_000;
    Ok(json!({"offset": offset, "solarEventType": event, "operation": "Set", "command": command(output)?}))
}

fn command(output: f32) -> Result<Value, String> {
    let percent = f64::from(output) * 100.0;
    if (percent - percent.round()).abs() > 1e-3 {
        return Err(format!("an output of {percent:.3} % has no word: levels are whole percent"));
    }
    Ok(json!({"state": {"name": "LevelState", "value": percent.round() as i64}}))
}

/// Whether a time of the clock lies in a burning period, on an equinox.
fn is_within(night: &Night, at: When) -> bool {
    let key = at.after_noon_ms(false);
    night.periods.iter().any(|(on, off, _)| key > on.after_noon_ms(false) && key < off.after_noon_ms(true))
}

fn time(at_ms: i64) -> String {
    let seconds = at_ms.rem_euclid(86_400_000) / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
