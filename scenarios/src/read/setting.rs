//! Values given from outside in the place of those in files: `traffic.scale=0.8`, `changes[0].until=18:00`.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde_json::Value as Schema;
use toml::{Table, Value};

use crate::error::Problem;
use crate::loaded::InputDigest;
use crate::read::scenario_toml::check_value;
use crate::read::source::digest;
use crate::read::table::{Report, nearest};

/// How messages name settings.
const FILE: &str = "--set";

/// A value and where it belongs.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    path: String,
    steps: Vec<Step>,
    value: Value,
}

/// A step on the way to a value.
#[derive(Clone, PartialEq, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no setting; write PATH=VALUE, such as traffic.scale=0.8");
        let (path, value) = text.split_once('=').ok_or_else(wrong)?;
        let path = path.trim();
        let steps = steps(path).filter(|steps| !steps.is_empty()).ok_or_else(wrong)?;
        Ok(Self { path: path.to_owned(), steps, value: value_of(value.trim()) })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

impl Setting {
    /// Whether it is of a variant's changes; otherwise it is of `scenario.toml`.
    pub fn is_of_changes(&self) -> bool {
        self.steps.first() == Some(&Step::Key("changes".to_owned()))
    }
    /// The value as it was typed.
    fn shown(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }
    /// What the results say of it, as of an input.
    pub fn input(&self) -> InputDigest {
        InputDigest { name: format!("{FILE} {}", self.path), digest: digest(self.value.to_string().as_bytes()) }
    }
}

/// What is left of a file with values in the place of its own; mistakes are reported.
pub(crate) fn put(document: &mut Table, schema: &Schema, settings: &[Setting], report: &mut Report) {
    for setting in settings {
        let Some(schema) = schema_of(setting, schema, report) else { continue };
        let before = report.problems.list.len();
        check_value(Path::new(FILE), &setting.path, &setting.value.to_string(), schema, report);
        report.problems.list[before..].iter_mut().for_each(|problem| {
            problem.value = problem.value.take().map(|value| value.trim_matches('"').to_owned());
        });
        if report.problems.list.len() == before
            && let Err(message) = place(document, &setting.steps, &setting.value)
        {
            report.problem(Problem::new(FILE, message).field(&setting.path, setting.shown()));
        }
    }
}

/// `a.b[0].c` as keys and positions.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, positions) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        if key.is_empty() {
            return None;
        }
        steps.push(Step::Key(key.to_owned()));
        let mut rest = positions;
        while let Some(inner) = rest.strip_prefix('[') {
            let (number, after) = inner.split_once(']')?;
            steps.push(Step::Index(number.parse().ok()?));
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    Some(steps)
}

/// Numbers, lists and the like as TOML has them; everything else is a word.
fn value_of(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
    parsed.filter(|value| !value.is_datetime()).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The schema at the end of a path.
fn schema_of<'s>(setting: &Setting, schema: &'s Schema, report: &mut Report) -> Option<&'s Schema> {
    let mut at = schema;
    let mut walked = String::new();
    for step in &setting.steps {
        let all = alternatives(at);
        let inner = match step {
            Step::Key(key) => all.iter().find_map(|one| in_table(one, key)).or_else(|| {
                // An element of a list by its id.
                let items = all.iter().find_map(|one| one.get("items"))?;
                items["properties"].get("id").map(|_| items)
            }),
            Step::Index(_) => all.iter().find_map(|one| one.get("items")),
        };
        let Some(inner) = inner else {
            report.problem(unknown(setting, step, &walked, &all));
            return None;
        };
        match step {
            Step::Key(key) if walked.is_empty() => walked.clone_from(key),
            Step::Key(key) => walked = format!("{walked}.{key}"),
            Step::Index(index) => walked = format!("{walked}[{index}]"),
        }
        at = inner;
    }
    Some(at)
}

/// What a table has under a name; free names have all the same.
fn in_table<'s>(schema: &'s Schema, key: &str) -> Option<&'s Schema> {
    let free = || schema.get("additionalProperties").filter(|free| free.is_object());
    schema["properties"].get(key).or_else(free)
}

fn alternatives(schema: &Schema) -> Vec<&Schema> {
    let of = |key: &str| schema[key].as_array().map(|list| list.iter().flat_map(alternatives).collect::<Vec<_>>());
    of("anyOf").or_else(|| of("oneOf")).unwrap_or_else(|| vec![schema])
}

fn unknown(setting: &Setting, step: &Step, walked: &str, all: &[&Schema]) -> Problem {
    let known: Vec<&str> =
        all.iter().filter_map(|one| one["properties"].as_object()).flatten().map(|(key, _)| key.as_str()).collect();
    let place = if walked.is_empty() { "the scenario".to_owned() } else { walked.to_owned() };
    let word = match step {
        Step::Key(key) => key.as_str(),
        Step::Index(_) => "",
    };
    let problem = Problem::new(FILE, format!("{place} has nothing of this name"));
    let problem = problem.field(&setting.path, setting.shown());
    match nearest(word, &known) {
        Some(near) => problem.hint(format!("did you mean {near:?}?")),
        None if known.is_empty() => problem.hint(format!("{place} is a value by itself")),
        None => problem.allowed(known.join(", ")),
    }
}

/// Puts a value in its place; tables on the way are made, and one more element of a list.
fn place(table: &mut Table, steps: &[Step], value: &Value) -> Result<(), String> {
    let [Step::Key(key), rest @ ..] = steps else { return Err("names no value".to_owned()) };
    if rest.is_empty() {
        table.insert(key.clone(), value.clone());
        return Ok(());
    }
    let is_list = matches!(rest[0], Step::Index(_));
    let empty = if is_list { Value::Array(Vec::new()) } else { Value::Table(Table::new()) };
    match table.entry(key.clone()).or_insert(empty) {
        Value::Table(inner) => place(inner, rest, value),
        Value::Array(list) => place_in_list(key, list, rest, value),
        _ => Err(format!("{key} is a value by itself")),
    }
}

fn place_in_list(key: &str, list: &mut Vec<Value>, steps: &[Step], value: &Value) -> Result<(), String> {
    let n = list.len();
    let (position, rest) = match steps {
        [Step::Index(index), rest @ ..] => (*index, rest),
        [Step::Key(id), rest @ ..] => {
            let has_id = |element: &Value| element.get("id").and_then(Value::as_str) == Some(id);
            let ids: Vec<&str> = list.iter().filter_map(|element| element.get("id").and_then(Value::as_str)).collect();
            let known = ids.join(", ");
            (list.iter().position(has_id).ok_or_else(|| format!("{key} has no {id:?}, only {known}"))?, rest)
        }
        [] => return Err("names no value".to_owned()),
    };
    if position > n {
        return Err(format!("{key} has {n} elements; the next one is {key}[{n}]"));
    }
    if rest.is_empty() {
        if position == n {
            list.push(value.clone())
        } else {
            list[position] = value.clone()
        }
        return Ok(());
    }
    if position == n {
        list.push(Value::Table(Table::new()));
    }
    match &mut list[position] {
        Value::Table(inner) => place(inner, rest, value),
        _ => Err(format!("{key}[{position}] is a value by itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn put_all(text: &str, settings: &[&str]) -> Result<Table, String> {
        let mut table: Table = toml::from_str(text).expect("TOML");
        let settings: Vec<Setting> = settings.iter().map(|text| text.parse().expect("a setting")).collect();
        let mut report = Report::default();
        put(&mut table, &crate::scenario_file::json_schema(), &settings, &mut report);
        report.problems.or_ok(table).map_err(|problems| problems.to_string())
    }

    const TEXT: &str =
        "schema = 1\nname = \"a\"\n[traffic]\ngmns = \"net/\"\n[[vehicle_types]]\nid = \"car\"\nclass = \"car\"";

    #[test]
    fn values_come_in_the_place_of_those_of_the_file() {
        let settings = ["traffic.scale=0.8", "clock.begin=17:00", "vehicle_types.car.tau_s=1", "lighting.program=full"];
        let table = put_all(TEXT, &settings).expect("legal settings");
        assert_eq!(table["traffic"]["scale"].as_float(), Some(0.8));
        assert_eq!(table["traffic"]["gmns"].as_str(), Some("net/"));
        assert_eq!(table["clock"]["begin"].as_str(), Some("17:00"));
        assert_eq!(table["vehicle_types"][0]["tau_s"].as_integer(), Some(1));
        assert_eq!(table["lighting"]["program"].as_str(), Some("full"));
    }

    #[test]
    fn mistakes_name_what_is_near() {
        let settings = [
            "trafic.scale=1",
            "traffic.scal=1",
            "traffic.scale=-1",
            "traffic.scale.x=1",
            "vehicle_types.bus.tau_s=1",
            "vehicle_types[2].tau_s=1",
        ];
        let told = put_all(TEXT, &settings).expect_err("mistakes");
        let expected = [
            "--set: trafic.scale = \"1\": the scenario has nothing of this name\n  hint: did you mean \"traffic\"?",
            "did you mean \"scale\"?",
            "a number from 0 to 100",
            "traffic.scale is a value by itself",
            "vehicle_types has no \"bus\", only car",
            "the next one is vehicle_types[1]",
        ];
        for words in expected {
            assert!(told.contains(words), "{words:?} is not in\n{told}");
        }
    }
}
