//! What-if files: `what-if/<name>.toml` beside a scenario says what a variant changes, and when.

mod check;
mod roads;
mod signals;
mod whole;

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
use crate::write::run::clock;

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
    /// Roads that nobody turns into.
    pub closure: Option<roads::Closure>,
    /// Something that takes lanes or capacity of a road.
    pub incident: Option<roads::Incident>,
    /// Another speed limit.
    pub speed_limit: Option<roads::SpeedLimit>,
    /// Who may use lanes.
    pub lane_use: Option<roads::LaneUse>,
    /// A turn that is forbidden.
    pub turn_ban: Option<roads::TurnBan>,
    /// Another plan of signals.
    pub signal: Option<signals::Signal>,
    /// Another demand, for the whole run.
    pub demand: Option<whole::DemandChange>,
    /// Other shares of electric vehicles, for the whole run.
    pub electric: Option<whole::ElectricChange>,
    /// Another programme of the lamps, for the whole run.
    pub lighting: Option<whole::LightingChange>,
    /// A wet road, for the whole run.
    pub weather: Option<whole::Weather>,
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
    let heads = lines_of_changes(&text);
    let mut made = Vec::new();
    for (index, table) in what_if.changes.iter().enumerate() {
        let line = heads.get(index).copied().unwrap_or(1);
        let mut reader = Reader { loaded, file: &file, line, index, report: &mut report };
        made.extend(reader.change(table));
    }
    check::conflicts(loaded, &file, &made, &mut report);
    if report.problems.list.is_empty() {
        for change in made {
            match change.what {
                What::Timed(actions) => {
                    loaded.run.changes.extend(actions.into_iter().filter(|_| change.is_today));
                }
                What::Whole(whole) => whole.make(loaded),
            }
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

/// A change that was understood.
struct Made {
    line: usize,
    index: usize,
    /// Whether the scenario's date is one of its days.
    is_today: bool,
    what: What,
}

enum What {
    /// From an instant on.
    Timed(Vec<Change>),
    /// For the whole run.
    Whole(whole::Whole),
}

/// Reads one change.
struct Reader<'a> {
    loaded: &'a Loaded,
    file: &'a Path,
    line: usize,
    index: usize,
    report: &'a mut Report,
}

impl Reader<'_> {
    /// Reports a mistake of a field; `more` adds what is allowed, or a hint.
    fn mistake(&mut self, field: &str, value: &str, message: &str, more: impl FnOnce(Problem) -> Problem) {
        let field = if field.is_empty() { String::new() } else { format!(".{field}") };
        let mut problem =
            Problem::new(self.file, message).line(self.line).field(format!("changes[{}]{field}", self.index), value);
        problem.value = problem.value.filter(|value| !value.is_empty());
        self.report.problem(more(problem));
    }

    /// Reports a name that does not exist, with the nearest one.
    fn unknown(&mut self, field: &str, what: &str, name: &str, known: &[&str]) {
        const MOST_LISTED: usize = 30;
        let hint = match nearest(name, known) {
            Some(near) => Some(format!("did you mean {near:?}?")),
            None => closest(name, known).map(|near| format!("the nearest is {near:?}")),
        };
        let list = (known.len() <= MOST_LISTED && nearest(name, known).is_none()).then(|| known.join(", "));
        self.mistake(field, name, &format!("there is no such {what}"), |problem| {
            let problem = match list {
                Some(list) if !list.is_empty() => problem.allowed(list),
                _ => problem,
            };
            match hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            }
        });
    }

    /// The change, if nothing is wrong with it; all its mistakes are reported.
    fn change(&mut self, table: &ChangeTable) -> Option<Made> {
        let times = self.times(table);
        let is_today = self.is_today(table, times);
        let what = self.what(table, times);
        Some(Made { line: self.line, index: self.index, is_today: is_today?, what: what? })
    }

    /// Beginning and end, if they are legal.
    fn times(&mut self, table: &ChangeTable) -> Option<(i64, Option<i64>)> {
        let (begin, end) = (self.loaded.run.begin, self.loaded.run.end);
        let from_ms =
            self.instant("from", table.from.as_ref(), Some(begin.0)).map(|from_ms| from_ms.unwrap_or(begin.0));
        let until_ms = self.instant("until", table.until.as_ref(), None);
        let words = |instant: &Option<Instant>| instant.as_ref().map_or_else(String::new, value_of);
        let span = || {
            let end = end.map_or_else(|| "the last arrival".to_owned(), clock);
            format!("the run goes from {} to {end}", clock(begin))
        };
        let n_before = self.report.problems.list.len();
        if from_ms.is_some_and(|from_ms| end.is_some_and(|end| from_ms >= end.0)) {
            self.mistake("from", &words(&table.from), "lies after the end of the run", |problem| problem.hint(span()));
        }
        if let Some(Some(until_ms)) = until_ms {
            let value = words(&table.until);
            if until_ms <= begin.0 {
                self.mistake("until", &value, "lies before the run begins", |problem| problem.hint(span()));
            }
            if table.from.is_some() && from_ms.is_some_and(|from_ms| until_ms <= from_ms) {
                self.mistake("until", &value, "is not after from", |problem| problem);
            }
        }
        let is_fine = self.report.problems.list.len() == n_before;
        Some((from_ms?, until_ms?)).filter(|_| is_fine)
    }

    fn instant(&mut self, field: &str, instant: Option<&Instant>, default: Option<i64>) -> Option<Option<i64>> {
        let Some(instant) = instant else { return Some(default) };
        let Some(seconds) = instant.s() else {
            let value = value_of(instant);
            self.mistake(field, &value, "is no time", |problem| problem.allowed("seconds, H:MM or H:MM:SS"));
            return None;
        };
        Some(Some((seconds * 1000.0).round() as i64))
    }

    fn is_today(&mut self, table: &ChangeTable, times: Option<(i64, Option<i64>)>) -> Option<bool> {
        let Some(text) = &table.days else { return Some(true) };
        let Some(days) = parse_days(text) else {
            let allowed = "daily, or days and ranges such as mon-fri sun";
            self.mistake("days", text, "is not legal", |problem| problem.allowed(allowed));
            return None;
        };
        let date = self.loaded.place.date.as_deref().and_then(|date| date.parse::<jiff::civil::Date>().ok());
        let Some(date) = date else {
            let hint = "set clock.date in scenario.toml";
            self.mistake("days", text, "is given, but the scenario has no date", |problem| problem.hint(hint));
            return None;
        };
        let days_on = times?.0.div_euclid(86_400_000) + i64::from(date.weekday().to_monday_zero_offset());
        Some(days[days_on.rem_euclid(7) as usize])
    }

    fn what(&mut self, table: &ChangeTable, times: Option<(i64, Option<i64>)>) -> Option<What> {
        let kinds = [
            ("open", table.open.is_some()),
            ("close", table.close.is_some()),
            ("closure", table.closure.is_some()),
            ("incident", table.incident.is_some()),
            ("speed_limit", table.speed_limit.is_some()),
            ("lane_use", table.lane_use.is_some()),
            ("turn_ban", table.turn_ban.is_some()),
            ("signal", table.signal.is_some()),
            ("demand", table.demand.is_some()),
            ("electric", table.electric.is_some()),
            ("lighting", table.lighting.is_some()),
            ("weather", table.weather.is_some()),
        ];
        let given: Vec<&str> = kinds.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        if given.len() != 1 {
            let all = kinds.map(|(name, _)| name).join(", ");
            let message = if given.is_empty() { "changes nothing" } else { "changes more than one thing" };
            self.mistake("", &given.join(", "), message, |problem| {
                problem.allowed(format!("exactly one of {all}")).hint("write one [[changes]] for each")
            });
            return None;
        }
        let whole = (table.demand.as_ref().map(|table| self.demand(table)))
            .or_else(|| table.electric.as_ref().map(|table| self.electric(table)))
            .or_else(|| table.lighting.as_ref().map(|table| self.lighting(table)))
            .or_else(|| table.weather.as_ref().map(|table| self.weather(table)));
        if let Some(whole) = whole {
            if table.from.is_some() || table.until.is_some() || table.days.is_some() {
                let message = "holds for the whole run: leave out from, until and days";
                self.mistake(given[0], "", message, |problem| problem);
                return None;
            }
            return whole.map(What::Whole);
        }
        if let Some(table) = &table.signal {
            return self.signal(table, times);
        }
        let action = (table.open.as_ref().map(|name| self.branch("open", name, false)))
            .or_else(|| table.close.as_ref().map(|name| self.branch("close", name, true)))
            .or_else(|| table.closure.as_ref().map(|table| self.closure(table)))
            .or_else(|| table.incident.as_ref().map(|table| self.incident(table)))
            .or_else(|| table.speed_limit.as_ref().map(|table| self.speed_limit(table)))
            .or_else(|| table.lane_use.as_ref().map(|table| self.lane_use(table)))
            .or_else(|| table.turn_ban.as_ref().map(|table| self.turn_ban(table)))??;
        let (from_ms, until_ms) = times?;
        Some(What::Timed(vec![Change { from_ms, until_ms, action }]))
    }

    fn signal(&mut self, table: &signals::Signal, times: Option<(i64, Option<i64>)>) -> Option<What> {
        let plans = self.signals(table)?;
        let (from_ms, until_ms) = times?;
        let mut changes = Vec::new();
        for (signal, plan) in plans {
            let old = &self.loaded.signals.plans[signal];
            // At the beginning of the run nobody has a green that could be cut short.
            let starts_with_it = from_ms <= self.loaded.run.begin.0;
            let from = if starts_with_it { Some(from_ms) } else { signals::handover_ms(old, &plan, from_ms) };
            let until = until_ms.map(|until_ms| signals::handover_ms(&plan, old, until_ms));
            match (from, until) {
                (Some(from_ms), None) => {
                    changes.push(Change { from_ms, until_ms: None, action: Action::Signal { signal, plan } });
                }
                (Some(from_ms), Some(Some(until_ms))) if until_ms > from_ms => {
                    changes.push(Change { from_ms, until_ms: Some(until_ms), action: Action::Signal { signal, plan } });
                }
                _ => {
                    let name = &self.loaded.names.signals[signal.index()];
                    let message = "no instant is found at which the plans can follow each other";
                    self.mistake("signal.signals", name, message, |problem| {
                        problem.hint("choose other greens or offsets, or let the change hold from the beginning")
                    });
                    return None;
                }
            }
        }
        Some(What::Timed(changes))
    }

    fn branch(&mut self, field: &str, name: &BranchName, is_closed: bool) -> Option<Action> {
        let loaded = self.loaded;
        let circuits = &loaded.power.circuits;
        let Some(feeder) = circuits.iter().position(|circuit| circuit.name == name.feeder) else {
            let known: Vec<&str> = circuits.iter().map(|circuit| circuit.name.as_str()).collect();
            self.unknown(&format!("{field}.feeder"), "feeder", &name.feeder, &known);
            return None;
        };
        let plain = |full: &str| full.split_once('.').map_or(full.len(), |(kind, _)| kind.len() + 1);
        let own: Vec<&str> = circuits[feeder].branches.iter().map(|full| &full[plain(full)..]).collect();
        let Some(branch) = own.iter().position(|own| *own == name.branch) else {
            self.unknown(&format!("{field}.branch"), "branch", &name.branch, &own);
            return None;
        };
        let (feeder, branch) = (FeederId::from_index(feeder), BranchId::from_index(branch));
        Some(Action::Branch { feeder, branch, is_closed })
    }
}

/// The name that is least unlike a word.
fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known.iter().copied().min_by_key(|name| (strsim::damerau_levenshtein(word, name), *name))
}

fn value_of(instant: &Instant) -> String {
    match instant {
        Instant::Seconds(seconds) => seconds.to_string(),
        Instant::Text(text) => text.clone(),
    }
}
