//! Runs scripts: commands, redirections, objects and their edits.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::objects::{CLASSES, Class, Meaning, Object, Property};
use super::text::{Statement, Word, flag, number, numbers, statements, words};
use crate::error::Problem;
use crate::loaded::InputDigest;
use crate::read::source::digest;
use crate::read::table::{Report, nearest};

/// What scripts leave behind.
#[derive(Default)]
pub(super) struct Script {
    /// Name of the circuit.
    pub(super) circuit: Option<String>,
    /// Objects in order of their making.
    pub(super) objects: Vec<Object>,
    /// Frequency of what says none.
    pub(super) frequency_hz: f64,
    /// Voltages, line to line.
    pub(super) voltage_bases_kv: Vec<f64>,
    /// Factor on all loads.
    pub(super) load_mult: f64,
    pub(super) report: Report,
    pub(super) inputs: Vec<InputDigest>,
    active: Option<usize>,
    places: BTreeMap<(String, String), usize>,
    /// How deep redirections are nested.
    depth: usize,
    /// The folder of the first script, for short names.
    pub(super) home: PathBuf,
}

/// Deepest nesting of redirections.
const DEEPEST: usize = 20;

/// Commands that only show, export or time something.
const PASSED_OVER: &[&str] = &[
    "show",
    "plot",
    "export",
    "buscoords",
    "latlongcoords",
    "calcv",
    "calcvoltagebases",
    "solve",
    "summary",
    "visualize",
    "closedi",
    "sample",
    "reset",
    "setkvbase",
    "makebuslist",
    "help",
    "interpolate",
    "get",
    "?",
    "uuids",
    "var",
    "select",
    "init",
    "totals",
    "zsc",
    "ysc",
    "distribute",
];

const COMMANDS: &str = "new, edit, ~, more, set, redirect, compile, batchedit, open, close, enable, disable, clear, solve, \
                        and Class.Name.Property=value";

/// Reads a script.
pub(super) fn run(path: &Path) -> Script {
    let home = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut script = Script { frequency_hz: 60.0, load_mult: 1.0, home, ..Script::default() };
    script.file(path, None);
    script
}

impl Script {
    fn file(&mut self, path: &Path, by: Option<&Statement>) {
        let at = |problem: Problem| match by {
            Some(by) => Problem { file: by.file.clone(), line: Some(by.line), ..problem },
            None => problem,
        };
        if self.depth >= DEEPEST {
            let problem = Problem::new(path, "redirections go round in a circle, or too deep");
            return self.report.problem(at(problem));
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let problem = Problem::new(path, format!("{} cannot be read: {error}", path.display()));
                return self.report.problem(at(problem));
            }
        };
        self.remember(path, &bytes);
        let text = String::from_utf8_lossy(&bytes);
        self.depth += 1;
        for statement in statements(&text, path) {
            self.statement(&statement);
        }
        self.depth -= 1;
    }

    fn remember(&mut self, path: &Path, bytes: &[u8]) {
        let name = path.strip_prefix(&self.home).unwrap_or(path).display().to_string();
        if !self.inputs.iter().any(|input| input.name == name) {
            self.inputs.push(InputDigest { name, digest: digest(bytes) });
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let text = statement.text.strip_prefix('~').map(|rest| format!("more {rest}"));
        let all = words(text.as_ref().unwrap_or(&statement.text));
        let Some((first, rest)) = all.split_first() else { return };
        if let Some(name) = &first.name {
            return self.assign(statement, name, &first.value);
        }
        match first.value.to_lowercase().as_str() {
            "clear" | "clearall" => {
                self.objects.clear();
                self.places.clear();
                self.circuit = None;
            }
            "new" => self.new_object(statement, rest),
            "edit" => self.edit(statement, rest),
            "more" | "m" => match self.active {
                Some(active) => self.set_properties(statement, active, rest),
                None => self.report.problem(problem(statement, "goes on from nothing")),
            },
            "set" => rest.iter().for_each(|word| self.set(statement, word)),
            "redirect" | "compile" => match rest.first() {
                Some(word) => {
                    let path = beside(&statement.file, &word.value);
                    self.file(&path, Some(statement));
                }
                None => self.report.problem(problem(statement, "names no file")),
            },
            "batchedit" => self.batch_edit(statement, rest),
            "open" => self.switch(statement, rest, |object| object.is_open = true),
            "close" => self.switch(statement, rest, |object| object.is_open = false),
            "enable" => self.switch(statement, rest, |object| object.is_enabled = true),
            "disable" => self.switch(statement, rest, |object| object.is_enabled = false),
            command if PASSED_OVER.contains(&command) => {
                if !matches!(command, "calcv" | "calcvoltagebases" | "solve" | "buscoords") {
                    self.report.notice(format!("the command {command:?} only shows or records and is passed over"), 1);
                }
            }
            command => {
                let words: Vec<&str> = COMMANDS.split(", ").chain(PASSED_OVER.iter().copied()).collect();
                let found = problem(statement, &format!("unknown command {command:?}"));
                self.report.problem(match nearest(command, &words) {
                    Some(near) => found.hint(format!("did you mean {near:?}?")),
                    None => found.allowed(COMMANDS),
                });
            }
        }
    }

    /// `Class.Name.Property = value`.
    fn assign(&mut self, statement: &Statement, name: &str, value: &str) {
        let Some((object, property)) = name.rsplit_once('.').filter(|(object, _)| object.contains('.')) else {
            return self.report.problem(problem(statement, &format!("unknown command {name:?}")).allowed(COMMANDS));
        };
        if let Some(place) = self.find(statement, object) {
            let word = Word { name: Some(property.to_owned()), value: value.to_owned() };
            self.set_properties(statement, place, &[word]);
        }
    }

    fn new_object(&mut self, statement: &Statement, rest: &[Word]) {
        let Some((first, rest)) = rest.split_first() else {
            return self.report.problem(problem(statement, "names no object"));
        };
        let Some((class_name, name)) = first.value.split_once('.') else {
            return self.report.problem(problem(statement, "names no object").allowed("new Class.Name"));
        };
        let (mut class_name, mut name) = (class_name.to_lowercase(), name.to_lowercase());
        if class_name == "circuit" {
            self.circuit = Some(name);
            (class_name, name) = ("vsource".to_owned(), "source".to_owned());
        }
        let Some(class) = Class::of(&class_name) else {
            self.active = None;
            let known: Vec<&str> = CLASSES.iter().map(|class| class.name).collect();
            let found = problem(statement, &format!("elements of class {class_name:?} are not read"));
            self.report.problem(match nearest(&class_name, &known) {
                Some(near) => found.hint(format!("did you mean {near:?}?")),
                None => found.allowed(format!("circuit, {}", known.join(", "))),
            });
            return;
        };
        if class.is_passed_over {
            let word = match class.name {
                "regcontrol" => "regulators stay at the taps of their transformers: regcontrol is passed over",
                "fuse" | "recloser" | "relay" | "swtcontrol" => "protection does not act: it is passed over",
                "capcontrol" => "capacitors stay as they are: capcontrol is passed over",
                _ => "monitors, meters and the like are passed over",
            };
            self.report.notice(word, 1);
        }
        let key = (class_name, name);
        let place = self.objects.len();
        if self.places.contains_key(&key) {
            self.report.problem(problem(statement, &format!("{}.{} is there already", key.0, key.1)).hint("use edit"));
        }
        self.objects.push(Object {
            class: class.name,
            name: key.1.clone(),
            file: statement.file.clone(),
            line: statement.line,
            properties: Vec::new(),
            is_enabled: true,
            is_open: false,
        });
        self.places.insert(key, place);
        self.active = Some(place);
        self.set_properties(statement, place, rest);
    }

    fn edit(&mut self, statement: &Statement, rest: &[Word]) {
        let Some((first, rest)) = rest.split_first() else {
            return self.report.problem(problem(statement, "names no object"));
        };
        if let Some(place) = self.find(statement, &first.value) {
            self.active = Some(place);
            self.set_properties(statement, place, rest);
        }
    }

    fn find(&mut self, statement: &Statement, name: &str) -> Option<usize> {
        let (class, name) = name.split_once('.').unwrap_or(("", name));
        let key = match class.to_lowercase().as_str() {
            "circuit" => ("vsource".to_owned(), "source".to_owned()),
            class => (class.to_owned(), name.to_lowercase()),
        };
        let place = self.places.get(&key).copied();
        if place.is_none() {
            self.report.problem(problem(statement, &format!("there is no {}.{}", key.0, key.1)));
        }
        place
    }

    fn batch_edit(&mut self, statement: &Statement, rest: &[Word]) {
        let Some((first, rest)) = rest.split_first() else {
            return self.report.problem(problem(statement, "names no objects"));
        };
        let (class, pattern) = first.value.split_once('.').unwrap_or((first.value.as_str(), ".*"));
        let (class, pattern) = (class.to_lowercase(), pattern.to_lowercase());
        let stem = pattern.strip_suffix(".*").unwrap_or(&pattern);
        if stem.contains(['*', '[', '(', '?', '+', '^', '$', '|', '\\']) {
            let found = problem(statement, "patterns are read only as a beginning followed by .*");
            return self.report.problem(found.field("batchedit", &first.value));
        }
        let fits = |object: &Object| {
            object.class == class && if stem == pattern { object.name == stem } else { object.name.starts_with(stem) }
        };
        let places: Vec<usize> = (0..self.objects.len()).filter(|&place| fits(&self.objects[place])).collect();
        for place in places {
            self.set_properties(statement, place, rest);
        }
    }

    fn switch(&mut self, statement: &Statement, rest: &[Word], act: impl Fn(&mut Object)) {
        let Some(first) = rest.first() else {
            return self.report.problem(problem(statement, "names no object"));
        };
        if let Some(place) = self.find(statement, &first.value) {
            act(&mut self.objects[place]);
        }
    }

    fn set_properties(&mut self, statement: &Statement, place: usize, given: &[Word]) {
        let Some(class) = Class::of(self.objects[place].class) else { return };
        if class.is_passed_over {
            return;
        }
        for word in given {
            let Some(name) = &word.name else {
                let found = problem(statement, "a value without a name").field(class.name, &word.value);
                self.report.problem(found.hint("write property=value"));
                continue;
            };
            match class.meaning(name) {
                Meaning::Known("enabled") => match flag(&word.value) {
                    Some(is_enabled) => self.objects[place].is_enabled = is_enabled,
                    None => self.report.problem(problem(statement, "is not legal").field(name, &word.value)),
                },
                Meaning::Known(name) => self.objects[place].properties.push(Property {
                    name,
                    value: word.value.clone(),
                    file: statement.file.clone(),
                    line: statement.line,
                }),
                Meaning::Idle(name) => {
                    let message = format!("{}.{name} has no bearing on a steady state and is passed over", class.name);
                    self.report.notice(message, 1);
                }
                Meaning::Refused(name) => {
                    let found = problem(statement, "is not read").field(format!("{}.{name}", class.name), &word.value);
                    self.report.problem(found.allowed(class.known().join(", ")));
                }
                Meaning::Unknown => {
                    let found = problem(statement, &format!("{} has no property {name:?}", class.name));
                    self.report.problem(match nearest(name, &class.known()) {
                        Some(near) => found.hint(format!("did you mean {near:?}?")),
                        None => found.allowed(class.known().join(", ")),
                    });
                }
            }
        }
    }

    fn set(&mut self, statement: &Statement, word: &Word) {
        let Some(name) = &word.name else {
            return self.report.problem(problem(statement, "set without a value").field("set", &word.value));
        };
        let illegal = || problem(statement, "is not legal").field(name, &word.value);
        match name.as_str() {
            "defaultbasefrequency" | "defaultbasefreq" => match number(&word.value).filter(|hz| *hz > 0.0) {
                Some(hz) => self.frequency_hz = hz,
                None => self.report.problem(illegal().allowed("a frequency in Hz")),
            },
            "voltagebases" => match numbers(&word.value) {
                Some(bases) => self.voltage_bases_kv = bases,
                None => self.report.problem(illegal().allowed("an array of kV")),
            },
            "loadmult" => match number(&word.value) {
                Some(mult) => self.load_mult = mult,
                None => self.report.problem(illegal().allowed("a number")),
            },
            _ => self.report.notice(format!("the option {name:?} is passed over"), 1),
        }
    }
}

fn problem(statement: &Statement, message: &str) -> Problem {
    Problem::new(&statement.file, message).line(statement.line)
}

/// A file named in a script, relative to the script's folder.
pub(super) fn beside(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(name.replace('\\', "/"))
}
