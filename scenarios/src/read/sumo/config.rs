//! The configuration: `*.sumocfg`.

use std::path::{Path, PathBuf};

use super::context::{Context, Range, parse_time_s, yes};
use super::depart;
use super::xml::{Element, Tag};
use sim_core::traffic::demand::{DepartLane, DepartSpeed};

/// A file named by an option: its path and the line of the option.
pub(super) type Named = (PathBuf, usize);

/// The options of a run, with SUMO 1.28's defaults.
pub(super) struct Options {
    pub(super) net: Option<Named>,
    pub(super) routes: Vec<Named>,
    pub(super) additional: Vec<Named>,
    pub(super) begin_s: f64,
    pub(super) end_s: Option<f64>,
    pub(super) seed: u64,
    pub(super) step_s: f64,
    pub(super) scale: f64,
    pub(super) random_depart_offset_s: f64,
    pub(super) max_depart_delay_s: Option<f64>,
    pub(super) has_sublanes: bool,
    pub(super) time_to_teleport_s: Option<f64>,
    pub(super) time_to_impatience_s: f64,
    pub(super) depart_speed: DepartSpeed,
    pub(super) depart_lane: DepartLane,
    pub(super) speed_deviation: Option<f64>,
    pub(super) ignores_route_errors: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            net: None,
            routes: Vec::new(),
            additional: Vec::new(),
            begin_s: 0.0,
            end_s: None,
            seed: 23_423,
            step_s: 1.0,
            scale: 1.0,
            random_depart_offset_s: 0.0,
            max_depart_delay_s: None,
            has_sublanes: false,
            time_to_teleport_s: Some(300.0),
            time_to_impatience_s: 180.0,
            depart_speed: DepartSpeed::Average,
            depart_lane: DepartLane::BestProbable,
            speed_deviation: None,
            ignores_route_errors: false,
        }
    }
}

/// Sections that say nothing about traffic.
const SILENT_SECTIONS: &[&str] = &[
    "configuration",
    "output",
    "report",
    "gui_only",
    "traci_server",
    "tripinfo_device",
    "vehroutes_device",
    "fcd_device",
    "ssm_device",
    "example_device",
    "communication",
];

/// Options that say nothing about traffic, or ask for what is done anyway.
const SILENT_OPTIONS: &[&str] = &[
    "threads",
    "thread-rngs",
    "route-steps",
    "keep-after-arrival",
    "random",
    "scale-suffix",
    "step-method.ballistic",
    "verbose",
    "log",
    "no-step-log",
    "no-warnings",
    "duration-log.disable",
    "duration-log.statistics",
    "xml-validation",
    "xml-validation.net",
    "xml-validation.routes",
    "print-options",
    "start",
    "quit-on-end",
    "delay",
    "gui-settings-file",
    "message-log",
    "error-log",
    "step-log.period",
    "routing-algorithm",
    "precision",
    "human-readable-time",
    "tls.actuated.show-detectors",
    "ignore-accidents",
    "aggregate-warnings",
    "write-license",
    "emissions.volumetric-fuel",
];

/// Reads a configuration.
pub(super) fn read(context: &mut Context, path: &Path) -> Options {
    let mut options = Options::default();
    let mut stack: Vec<String> = Vec::new();
    context.walk(path, |context, tag| match tag {
        Tag::Open(element) => {
            // The root is no section.
            let section = stack.get(1).cloned().unwrap_or_default();
            stack.push(element.name.clone());
            if element.has("value") {
                option(context, path, &mut options, &section, element);
            }
        }
        Tag::Close(_) => {
            stack.pop();
        }
    });
    options
}

fn files(context: &mut Context, config: &Path, element: &Element) -> Vec<Named> {
    let folder = config.parent().unwrap_or(Path::new("."));
    let value = element.get("value").unwrap_or_default();
    let names = value.split([',', ';']).map(str::trim).filter(|name| !name.is_empty());
    let mut found = Vec::new();
    for name in names {
        let path = folder.join(name);
        if path.is_file() {
            found.push((path, element.line));
        } else {
            let problem = context.problem(element.line, format!("there is no file {}", path.display()));
            problem.field = Some(element.name.clone());
            problem.value = Some(name.to_owned());
            problem.hint = Some("names are relative to the folder of the configuration".into());
        }
    }
    found
}

fn option(context: &mut Context, path: &Path, options: &mut Options, section: &str, element: &Element) {
    let positive = |seconds: f64| (seconds > 0.0).then_some(seconds);
    let not_negative = |seconds: f64| (seconds >= 0.0).then_some(seconds);
    match element.name.as_str() {
        "net-file" | "net" | "n" => {
            let named = files(context, path, element);
            options.net = options.net.take().or_else(|| named.into_iter().next());
        }
        "route-files" | "route" | "r" => options.routes.extend(files(context, path, element)),
        "additional-files" | "additional" | "a" => options.additional.extend(files(context, path, element)),
        "begin" | "b" => set(context.time_s(element, "value", Range::NotNegative), &mut options.begin_s),
        "end" | "e" => {
            if let Some(end_s) = context.time_s(element, "value", Range::Any) {
                options.end_s = not_negative(end_s);
            }
        }
        "seed" => {
            // SUMO takes negative seeds too; they keep their bits.
            if let Some(seed) = context.whole::<i64>(element, "value") {
                options.seed = seed as u64;
            }
        }
        "step-length" => set(step_length(context, element), &mut options.step_s),
        "scale" => set(context.number(element, "value", Range::NotNegative), &mut options.scale),
        "random-depart-offset" => {
            set(context.time_s(element, "value", Range::NotNegative), &mut options.random_depart_offset_s);
        }
        "max-depart-delay" => {
            options.max_depart_delay_s = context.time_s(element, "value", Range::Any).and_then(not_negative);
        }
        "lateral-resolution" => {
            options.has_sublanes = context.number(element, "value", Range::Any).is_some_and(|metres| metres > 0.0);
        }
        "time-to-teleport" => {
            options.time_to_teleport_s = context.time_s(element, "value", Range::Any).and_then(positive);
        }
        "time-to-impatience" => {
            set(context.time_s(element, "value", Range::Any), &mut options.time_to_impatience_s);
        }
        "default.departspeed" => set(depart::speed(context, element, "value"), &mut options.depart_speed),
        "default.departlane" => set(depart::lane(context, element, "value"), &mut options.depart_lane),
        "default.speeddev" => {
            options.speed_deviation = context.number(element, "value", Range::Any).and_then(not_negative);
        }
        "ignore-route-errors" => set(context.yes(element, "value"), &mut options.ignores_route_errors),
        other => unknown(context, other, section, element),
    }
}

fn set<T>(found: Option<T>, place: &mut T) {
    if let Some(value) = found {
        *place = value;
    }
}

fn step_length(context: &mut Context, element: &Element) -> Option<f64> {
    let step_s = context.time_s(element, "value", Range::Positive)?;
    let ms = step_s * 1000.0;
    if (ms - ms.round()).abs() > 1e-6 || ms < 0.5 {
        context.wrong(element, "value", "a step is a whole number of milliseconds", "0.001, 0.1, 0.5, 1 …");
        return None;
    }
    Some(step_s)
}

fn unknown(context: &mut Context, name: &str, section: &str, element: &Element) {
    let value = element.get("value").unwrap_or_default();
    // An option that is switched off, or at "never", asks for nothing.
    let is_off = value.is_empty() || yes(value) == Some(false) || parse_time_s(value).is_some_and(|x| x < 0.0);
    let is_silent = SILENT_SECTIONS.contains(&section)
        || SILENT_OPTIONS.contains(&name)
        || name.contains("output")
        || name.starts_with("save-")
        || name.starts_with("device.tripinfo")
        || name.starts_with("device.vehroute");
    if !is_off && !is_silent {
        context.notice(format!("the SUMO option {name} = {value:?} is not supported and has no effect"));
    }
}
