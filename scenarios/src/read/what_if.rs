//! What-if files: `what-if/<name>.toml` beside a scenario says what a variant changes, and when.

mod check;
mod roads;
mod signals;
mod times;
mod whole;
mod window;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use sim_core::change::{Action, Change};
use sim_core::ids::{BranchId, FeederId, Id};

use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::read::scenario_toml::{parse_as, with_settings};
use crate::read::setting::Setting;
use crate::read::source::{Files, Source};
use crate::read::table::{Report, nearest};
use crate::scenario_file::Instant;
use window::Window;

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
    /// Another demand.
    pub demand: Option<window::DemandChange>,
    /// Another mix of vehicles.
    pub mix: Option<window::MixChange>,
    /// Other prices of electric energy.
    pub tariff: Option<window::TariffChange>,
    /// A measure of `investments.csv` is taken, for the whole run.
    pub investment: Option<whole::InvestmentChange>,
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
    apply_set(loaded, source, Some(name), &[])
}

/// The name of a variant that is made of settings alone.
pub const SET: &str = "set";

/// Adds a variant's changes to a scenario, with values in the place of some of them; without a name these alone.
///
/// # Errors
/// All mistakes of the file and of the values; when there is none of this name, those that there are.
pub fn apply_set(
    loaded: &mut Loaded,
    source: Source,
    name: Option<&str>,
    settings: &[Setting],
) -> Result<(), Problems> {
    let mut files = Files::new(source);
    let (text, file) = match name {
        Some(name) => read_text(&mut files, name)?,
        None => ("changes = []".to_owned(), PathBuf::from("--set")),
    };
    let mut report = Report::default();
    let schema = json_schema();
    let read = parse_as::<WhatIfFile>(&text, &file, &schema, &mut report);
    let Some(what_if) = read.and_then(|read| with_settings(read, &text, &schema, settings, &mut report)) else {
        return Err(report.problems);
    };
    files.inputs.extend(settings.iter().map(Setting::input));
    let heads = lines_of_changes(&text);
    let mut made = Vec::new();
    for (index, table) in what_if.changes.iter().enumerate() {
        // A change that is not in the file has no line.
        let line = heads.get(index).copied().unwrap_or(0);
        let source = &files.source;
        let mut reader = Reader { loaded, source, file: &file, line, index, report: &mut report };
        made.extend(reader.change(table));
    }
    check::conflicts(loaded, &file, &made, &mut report);
    if report.problems.list.is_empty() {
        for change in made {
            match change.what {
                What::Timed(actions) => {
                    loaded.run.changes.extend(actions.into_iter().filter(|_| change.is_today));
                }
                What::Window(window) if change.is_today => window.make(loaded),
                What::Window(_) => {}
                What::Whole(whole) => whole.make(loaded),
            }
        }
    }
    loaded.inputs.extend(files.inputs);
    loaded.variant = Some(name.unwrap_or(SET).to_owned());
    report.problems.or_ok(())
}

/// The text of a what-if file, and how the user knows it.
fn read_text(files: &mut Files, name: &str) -> Result<(String, PathBuf), Problems> {
    let path = format!("what-if/{name}.toml");
    let source = &files.source;
    if !source.has(&path) {
        let known = names(source);
        let problem = Problem::new(source.label(&path), "there is no such variant");
        let list = known.iter().map(String::as_str).collect::<Vec<_>>();
        let problem = match nearest(name, &list) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None if known.is_empty() => problem.hint("the scenario has no folder what-if"),
            None => problem,
        };
        return Err(if known.is_empty() { problem } else { problem.allowed(known.join(", ")) }.into());
    }
    let file = source.label(&path);
    let text = String::from_utf8(files.bytes(&path)?).map_err(|_| Problem::new(&file, "is not UTF-8"))?;
    Ok((text, file))
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
    /// For the whole run or a part of it, known before it begins.
    Window(Window),
    /// For the whole run.
    Whole(whole::Whole),
}

/// Reads one change.
struct Reader<'a> {
    loaded: &'a Loaded,
    source: &'a Source,
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
        problem.line = problem.line.filter(|line| *line > 0);
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
            ("mix", table.mix.is_some()),
            ("tariff", table.tariff.is_some()),
            ("investment", table.investment.is_some()),
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
        let is_whole_run = table.from.is_none() && table.until.is_none() && table.days.is_none();
        let windowed = (table.demand.as_ref().map(|table| self.demand(table)))
            .or_else(|| table.mix.as_ref().map(|table| self.mix(table)))
            .or_else(|| table.tariff.as_ref().map(|table| self.tariff(table, is_whole_run)));
        if let Some(windowed) = windowed {
            let (what, (from_ms, until_ms)) = (windowed?, times?);
            return Some(What::Window(Window { from_ms, until_ms, what }));
        }
        let whole = (table.investment.as_ref().map(|table| self.investment(table)))
            .or_else(|| table.electric.as_ref().map(|table| self.electric(table)))
            .or_else(|| table.lighting.as_ref().map(|table| self.lighting(table)))
            .or_else(|| table.weather.as_ref().map(|table| self.weather(table)));
        if let Some(whole) = whole {
            if !is_whole_run {
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
