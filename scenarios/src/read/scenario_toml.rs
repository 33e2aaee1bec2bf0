//! Reads `scenario.toml`: checked against its own JSON Schema first, so that all mistakes are found, each with its line.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Problem;
use crate::parameters::{Distribution, Shape};
use crate::read::setting::{self, Setting};
use crate::read::table::{Report, nearest};
use crate::scenario_file::{Instant, ScenarioFile, json_schema};

/// Reads the text of a `scenario.toml` with values in the place of some of its own; `None` if there are mistakes, which
/// are reported.
pub fn parse(text: &str, file: &Path, settings: &[Setting], report: &mut Report) -> Option<ScenarioFile> {
    let before = report.problems.list.len();
    let schema = json_schema();
    let scenario: ScenarioFile = parse_as(text, file, &schema, report)?;
    Checker { text, file }.clock(&scenario, report);
    if settings.is_empty() || report.problems.list.len() > before {
        return (report.problems.list.len() == before).then_some(scenario);
    }
    let scenario = with_settings(scenario, text, &schema, settings, report)?;
    // What was right in the file and is wrong now comes from the values that were set.
    Checker { text: "", file: Path::new("--set") }.clock(&scenario, report);
    report.problems.list[before..].iter_mut().for_each(|problem| problem.line = None);
    (report.problems.list.len() == before).then_some(scenario)
}

/// What was read from a text, with values in the place of some of its own.
pub fn with_settings<T: DeserializeOwned>(
    read: T,
    text: &str,
    schema: &Value,
    settings: &[Setting],
    report: &mut Report,
) -> Option<T> {
    if settings.is_empty() {
        return Some(read);
    }
    let before = report.problems.list.len();
    let mut document: toml::Table = toml::from_str(text).ok()?;
    setting::put(&mut document, schema, settings, report);
    if report.problems.list.len() > before {
        return None;
    }
    match document.try_into::<T>() {
        Ok(value) => Some(value),
        Err(error) => {
            report.problem(Problem::new("--set", error.message().to_owned()));
            None
        }
    }
}

/// Checks a value, written as TOML, against a JSON Schema.
pub(crate) fn check_value(file: &Path, name: &str, value: &str, schema: &Value, report: &mut Report) {
    let text = format!("value = {value}");
    let (document, _) = DeTable::parse_recoverable(&text);
    let before = report.problems.list.len();
    for (_, value) in document.get_ref().iter() {
        Checker { text: &text, file }.value(name, value, schema, report);
    }
    // There are no lines in what was not read from a file.
    report.problems.list[before..].iter_mut().for_each(|problem| problem.line = None);
}

/// Reads a text as a type with a JSON Schema; `None` if it has mistakes, which are reported.
pub fn parse_as<T: DeserializeOwned>(text: &str, file: &Path, schema: &Value, report: &mut Report) -> Option<T> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let checker = Checker { text, file };
    let before = report.problems.list.len();
    for error in errors {
        let line = error.span().map_or(1, |span| checker.line(span.start));
        report.problem(Problem::new(file, error.message().to_owned()).line(line));
    }
    checker.table("", document.get_ref(), 0, schema, report);
    if report.problems.list.len() > before {
        return None;
    }
    match toml::from_str::<T>(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error.span().map_or(1, |span| checker.line(span.start));
            report.problem(Problem::new(file, error.message().to_owned()).line(line));
            None
        }
    }
}

struct Checker<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Checker<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    /// The line of the first key with this name.
    fn line_of_key(&self, key: &str) -> usize {
        let has_key =
            |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        self.text.lines().position(has_key).map_or(1, |line| line + 1)
    }

    fn table(&self, path: &str, table: &DeTable<'_>, at: usize, schema: &Value, report: &mut Report) {
        let Some(properties) = schema["properties"].as_object() else { return };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        for (key, value) in table.iter() {
            let name = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
            match properties.get(key.get_ref().as_ref()) {
                Some(schema) => self.value(&name, value, schema, report),
                None => {
                    let problem = Problem::new(self.file, format!("unknown key {name:?}"));
                    let problem = problem.line(self.line(key.span().start));
                    report.problem(match nearest(key.get_ref(), &known) {
                        Some(near) => problem.hint(format!("did you mean {near:?}?")),
                        None => problem.allowed(known.join(", ")),
                    });
                }
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !table.iter().any(|(key, _)| key.get_ref() == required) {
                let name = if path.is_empty() { required.to_owned() } else { format!("{path}.{required}") };
                report.problem(Problem::new(self.file, format!("the key {name:?} is missing")).line(self.line(at)));
            }
        }
    }

    fn value(&self, name: &str, value: &Spanned<DeValue<'_>>, schema: &Value, report: &mut Report) {
        let line = self.line(value.span().start);
        let shown = self.text.get(value.span()).unwrap_or("").lines().next().unwrap_or("").to_owned();
        let problem = |message: &str, allowed: String| {
            Problem::new(self.file, message).line(line).field(name, &shown).allowed(allowed)
        };
        let alternatives = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
        if let Some(alternatives) = alternatives {
            // Where one alternative alone is of the value's type, that one is meant.
            let mut of_type = alternatives.iter().filter(|schema| has_type(value.get_ref(), schema));
            if let (Some(only), None) = (of_type.next(), of_type.next()) {
                self.value(name, value, only, report);
                return;
            }
            let words: Vec<&str> = alternatives.iter().flat_map(words_of).collect::<Vec<_>>();
            let fits = alternatives.iter().any(|alternative| {
                let mut trial = Report::default();
                self.value(name, value, alternative, &mut trial);
                trial.problems.list.is_empty()
            });
            if !fits {
                let allowed = if words.is_empty() {
                    "a number, or a time such as \"16:45\"".to_owned()
                } else {
                    words.join(", ")
                };
                report.problem(problem("is not legal", allowed));
            }
            return;
        }
        let words = words_of(schema);
        if !words.is_empty() {
            if !value.get_ref().as_str().is_some_and(|word| words.contains(&word)) {
                report.problem(problem("is not legal", words.join(", ")));
            }
            return;
        }
        let is = |kind: &str| is_of(schema, kind);
        match value.get_ref() {
            DeValue::Table(table) if is("object") => {
                let before = report.problems.list.len();
                self.table(name, table, value.span().start, schema, report);
                if report.problems.list.len() == before
                    && let Some((message, allowed)) = mistake_of_distribution(name, table)
                {
                    report.problem(problem(message, allowed.to_owned()));
                }
            }
            DeValue::Array(list) if is("array") => {
                for (index, element) in list.iter().enumerate() {
                    self.value(&format!("{name}[{index}]"), element, &schema["items"], report);
                }
            }
            DeValue::String(_) if is("string") => {}
            DeValue::Boolean(_) if is("boolean") => {}
            DeValue::Integer(number) if is("integer") || is("number") => {
                let parsed = number.as_str().replace('_', "").parse::<f64>().unwrap_or(0.0);
                self.range(parsed, schema, problem, report);
            }
            DeValue::Float(number) if is("number") => {
                let parsed = number.as_str().replace('_', "").parse::<f64>().unwrap_or(f64::NAN);
                self.range(parsed, schema, problem, report);
            }
            _ => report.problem(problem("has the wrong type", kind_word(&schema["type"]))),
        }
    }

    fn range(&self, number: f64, schema: &Value, problem: impl Fn(&str, String) -> Problem, report: &mut Report) {
        let low = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let high = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        if !(number.is_finite() && number >= low && number <= high) {
            let allowed = match (low > f64::MIN, high < f64::MAX) {
                (true, true) => format!("a number from {low} to {high}"),
                (true, false) => format!("a number from {low} up"),
                _ => "a finite number".to_owned(),
            };
            report.problem(problem("is out of range", allowed));
        }
    }

    fn clock(&self, scenario: &ScenarioFile, report: &mut Report) {
        let clock = &scenario.clock;
        for (key, instant) in [("begin", &clock.begin), ("end", &clock.end)] {
            if let Some(Instant::Text(text)) = instant
                && instant.as_ref().and_then(Instant::s).is_none()
            {
                let problem = Problem::new(self.file, "is no time").line(self.line_of_key(key));
                report.problem(problem.field(format!("clock.{key}"), text).allowed("seconds, H:MM or H:MM:SS"));
            }
        }
        let begin_s = clock.begin.as_ref().and_then(Instant::s).unwrap_or(0.0);
        if clock.end.as_ref().and_then(Instant::s).is_some_and(|end_s| end_s <= begin_s) {
            report.problem(Problem::new(self.file, "clock.end is not after clock.begin").line(self.line_of_key("end")));
        }
        if let Some(date) = &clock.date
            && date.parse::<jiff::civil::Date>().is_err()
        {
            let problem = Problem::new(self.file, "is no date").line(self.line_of_key("date"));
            report.problem(problem.field("clock.date", date).allowed("YYYY-MM-DD"));
        }
        if let Some(zone) = &scenario.place.time_zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            let problem = Problem::new(self.file, "is no time zone").line(self.line_of_key("time_zone"));
            report.problem(problem.field("place.time_zone", zone).allowed("IANA names such as Asia/Ho_Chi_Minh"));
        }
        if scenario.traffic.gmns.is_some() == scenario.traffic.sumo.is_some() {
            let line = self.text.lines().position(|line| line.trim() == "[traffic]").map_or(1, |line| line + 1);
            let problem = Problem::new(self.file, "traffic needs exactly one of gmns and sumo").line(line);
            report.problem(problem.hint("gmns = \"net/\" or sumo = \"run.sumocfg\""));
        }
    }
}

/// Whether a schema is of a JSON type.
fn is_of(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => false,
    }
}

/// Whether a value is of the type of a schema.
fn has_type(value: &DeValue<'_>, schema: &Value) -> bool {
    match value {
        DeValue::Table(_) => is_of(schema, "object"),
        DeValue::Array(_) => is_of(schema, "array"),
        DeValue::Integer(_) => is_of(schema, "integer") || is_of(schema, "number"),
        DeValue::Float(_) => is_of(schema, "number"),
        _ => false,
    }
}

/// What is wrong with a table, if it is a distribution of a parameter.
fn mistake_of_distribution(name: &str, table: &DeTable<'_>) -> Option<(&'static str, &'static str)> {
    let parameter = crate::parameters::find(name.rsplit('.').next()?)?;
    let word = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str());
    let number = |key: &str| match table.get(key)?.get_ref() {
        DeValue::Integer(number) => number.as_str().replace('_', "").parse::<f64>().ok(),
        DeValue::Float(number) => number.as_str().replace('_', "").parse::<f64>().ok(),
        _ => None,
    };
    let distribution = match word("distribution")? {
        "normal" => Shape::Normal,
        "uniform" => Shape::Uniform,
        "lognormal" => Shape::Lognormal,
        _ => return None,
    };
    let [mean, deviation, min, max] = ["mean", "deviation", "min", "max"].map(number);
    Distribution { distribution, mean, deviation, min, max }.mistake(parameter)
}

/// The words a schema allows, those of its alternatives included.
fn words_of(schema: &Value) -> Vec<&str> {
    let list = |key: &str| schema[key].as_array().into_iter().flatten();
    let own = schema["const"].as_str().into_iter().chain(list("enum").filter_map(Value::as_str));
    own.chain(list("anyOf").chain(list("oneOf")).flat_map(words_of)).collect()
}

fn kind_word(kind: &Value) -> String {
    match kind {
        Value::String(one) => one.clone(),
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).filter(|one| *one != "null").collect::<Vec<_>>().join(" or ")
        }
        _ => "another type".to_owned(),
    }
}
