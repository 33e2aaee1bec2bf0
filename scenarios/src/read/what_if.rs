//! What-if files: `what-if/<name>.toml` beside a scenario says what a variant changes, and when.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use sim_core::change::{Action, Change};
use sim_core::ids::{BranchId, FeederId, Id};

use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::read::gmns::signals::parse_days;
use crate::read::scenario_toml::parse_as;
use crate::read::source::{Files, Source};
use crate::read::table::{Report, nearest};
use crate::scenario_file::Instant;

/// A what-if file.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIfFile {
    /// A line for people.
    #[serde(default)]
    pub title: String,
    /// What is changed and why.
    #[serde(default)]
    pub description: String,
    /// The changes.
    pub changes: Vec<ChangeTable>,
}

/// A change and when it lasts.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTable {
    /// When it begins. Default: with the run.
    pub from: Option<Instant>,
    /// When it is over. Default: it stays.
    pub until: Option<Instant>,
    /// `daily`, or days and ranges such as `mon-fri`: the change is made only if the scenario's date is one of them.
    pub days: Option<String>,
    /// Opens a line, transformer, switch or fuse.
    pub open: Option<BranchName>,
    /// Closes one.
    pub close: Option<BranchName>,
}

/// A branch of a feeder.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchName {
    /// The feeder.
    pub feeder: String,
    /// The line, transformer or switch.
    pub branch: String,
}

/// The JSON Schema of a what-if file, without references.
pub fn json_schema() -> serde_json::Value {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<WhatIfFile>().to_value()
}

/// Adds a variant's changes to a scenario.
///
/// # Errors
/// All mistakes of the file; when there is none of this name, those that there are.
pub fn apply(loaded: &mut Loaded, source: Source, name: &str) -> Result<(), Problems> {
    let path = format!("what-if/{name}.toml");
    if !source.has(&path) {
        let known = names(&source);
        let problem = Problem::new(source.label(&path), "there is no such variant");
        let hint = if known.is_empty() { "the scenario has no folder what-if".to_owned() } else { known.join(", ") };
        return Err(if known.is_empty() { problem.hint(hint) } else { problem.allowed(hint) }.into());
    }
    let mut files = Files::new(source);
    let bytes = files.bytes(&path)?;
    let file = files.source.label(&path);
    let text = String::from_utf8(bytes).map_err(|_| Problem::new(&file, "is not UTF-8"))?;
    let mut report = Report::default();
    let Some(what_if) = parse_as::<WhatIfFile>(&text, &file, &json_schema(), &mut report) else {
        return Err(report.problems);
    };
    let lines = lines_of_changes(&text);
    for (index, table) in what_if.changes.iter().enumerate() {
        let at = |message: &str| {
            Problem::new(&file, message)
                .line(lines.get(index).copied().unwrap_or(1))
                .field(format!("changes[{index}]"), "")
        };
        if let Some(change) = change(loaded, table, &at, &mut report) {
            loaded.run.changes.push(change);
        }
    }
    loaded.inputs.extend(files.inputs);
    loaded.variant = Some(name.to_owned());
    report.problems.or_ok(())
}

/// Names of the variants of a scenario.
pub fn names(source: &Source) -> Vec<String> {
    let stem = |path: &Path| {
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        is_toml.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
    };
    let mut found: Vec<String> = match source {
        Source::Disk(folder) => std::fs::read_dir(folder.join("what-if"))
            .map(|entries| entries.flatten().filter_map(|entry| stem(&entry.path())).collect())
            .unwrap_or_default(),
        Source::Embedded(dir) => dir
            .get_dir(dir.path().join("what-if"))
            .map(|folder| folder.files().filter_map(|file| stem(file.path())).collect())
            .unwrap_or_default(),
    };
    found.sort();
    found
}

/// Lines of the heads of changes.
fn lines_of_changes(text: &str) -> Vec<usize> {
    text.lines().enumerate().filter(|(_, line)| line.trim() == "[[changes]]").map(|(index, _)| index + 1).collect()
}

fn change(loaded: &Loaded, table: &ChangeTable, at: &dyn Fn(&str) -> Problem, report: &mut Report) -> Option<Change> {
    let mut ms = |instant: &Option<Instant>, key: &str| -> Option<Option<i64>> {
        let Some(instant) = instant else { return Some(None) };
        let Some(seconds) = instant.s() else {
            report.problem(at(&format!("{key} is no time")).allowed("seconds, H:MM or H:MM:SS"));
            return None;
        };
        Some(Some((seconds * 1000.0).round() as i64))
    };
    let (from_ms, until_ms) = (ms(&table.from, "from")?, ms(&table.until, "until")?);
    let from_ms = from_ms.unwrap_or(loaded.run.begin.0);
    if until_ms.is_some_and(|until_ms| until_ms <= from_ms) {
        report.problem(at("until is not after from"));
        return None;
    }
    if let Some(days) = &table.days {
        let Some(days) = parse_days(days) else {
            report.problem(at("days is not legal").allowed("daily, or days and ranges such as mon-fri sun"));
            return None;
        };
        let date = loaded.place.date.as_deref().and_then(|date| date.parse::<jiff::civil::Date>().ok());
        let Some(date) = date else {
            report.problem(at("has days, but the scenario has no date").hint("set clock.date in scenario.toml"));
            return None;
        };
        let days_on = from_ms.div_euclid(86_400_000) + i64::from(date.weekday().to_monday_zero_offset());
        if !days[days_on.rem_euclid(7) as usize] {
            return None;
        }
    }
    let (name, is_closed) = match (&table.open, &table.close) {
        (Some(name), None) => (name, false),
        (None, Some(name)) => (name, true),
        _ => {
            report.problem(at("needs exactly one of open and close"));
            return None;
        }
    };
    let action =
        branch(loaded, name, at, report).map(|(feeder, branch)| Action::Branch { feeder, branch, is_closed })?;
    Some(Change { from_ms, until_ms, action })
}

fn branch(
    loaded: &Loaded,
    name: &BranchName,
    at: &dyn Fn(&str) -> Problem,
    report: &mut Report,
) -> Option<(FeederId, BranchId)> {
    let circuits = &loaded.power.circuits;
    let unknown = |what: &str, word: &str, known: &[&str]| {
        let problem = at(&format!("there is no {what} {word:?}"));
        match nearest(word, known) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem.allowed(known.join(", ")),
        }
    };
    let Some(feeder) = circuits.iter().position(|circuit| circuit.name == name.feeder) else {
        let known: Vec<&str> = circuits.iter().map(|circuit| circuit.name.as_str()).collect();
        report.problem(unknown("feeder", &name.feeder, &known));
        return None;
    };
    let plain = |full: &'_ str| full.split_once('.').map_or(full.len(), |(kind, _)| kind.len() + 1);
    let own: Vec<&str> = circuits[feeder].branches.iter().map(|full| &full[plain(full)..]).collect();
    let Some(branch) = own.iter().position(|own| *own == name.branch) else {
        report.problem(unknown("branch", &name.branch, &own));
        return None;
    };
    Some((FeederId::from_index(feeder), BranchId::from_index(branch)))
}
