//! A native scenario folder: `scenario.toml`, a network, demand tables.

use std::path::Path;

use sim_core::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use sim_core::environment::Environment;
use sim_core::rows::Column;
use sim_core::signals::SignalPlans;
use sim_core::units::SimTime;

use crate::error::{Problem, Problems};
use crate::loaded::{Loaded, Place};
use crate::read::gmns::check::is_network_alone;
use crate::read::gmns::network::{self, GmnsNetwork};
use crate::read::gmns::signals::PlanClock;
use crate::read::setting::Setting;
use crate::read::source::{Files, Source};
use crate::read::table::Report;
use crate::read::vehicle_types::Types;
use crate::read::{native_demand, power, scenario_toml};
use crate::scenario_file::{DarkSignal, Instant, Lateral, ScenarioFile};
use crate::{lighting, observed};

/// The file that makes a folder a scenario.
pub const SCENARIO_FILE: &str = "scenario.toml";

/// Reads a scenario folder.
///
/// # Errors
/// All mistakes found in its files.
pub fn read_folder(path: &Path) -> Result<Loaded, Problems> {
    if is_network_alone(path) {
        let problem =
            Problem::new(path.join(SCENARIO_FILE), "there is no such file, only GMNS tables beside its place");
        let hint = "`citytwin check` says what the tables lack; a scenario.toml with gmns = \".\" and a demand make a \
                    scenario of them";
        return Err(problem.hint(hint).into());
    }
    read_source(Source::Disk(path.to_owned()))
}

/// Reads the scenario that is embedded in the program.
///
/// # Errors
/// All mistakes found in its files.
pub fn read_shipped() -> Result<Loaded, Problems> {
    read_source(Source::shipped()?)
}

/// Reads a scenario folder on disk or in the program.
///
/// # Errors
/// All mistakes found in its files.
pub fn read_source(source: Source) -> Result<Loaded, Problems> {
    read_source_as(source, &|_| {})
}

/// Reads a scenario folder with values in the place of some of its `scenario.toml`.
///
/// # Errors
/// All mistakes found in its files and in the values.
pub fn read_source_set(source: Source, settings: &[Setting]) -> Result<Loaded, Problems> {
    read_all(source, settings, &|_| {})
}

/// Reads a scenario folder as if its `scenario.toml` had been changed.
///
/// # Errors
/// All mistakes found in its files.
pub fn read_source_as(source: Source, change: &dyn Fn(&mut ScenarioFile)) -> Result<Loaded, Problems> {
    read_all(source, &[], change)
}

fn read_all(source: Source, settings: &[Setting], change: &dyn Fn(&mut ScenarioFile)) -> Result<Loaded, Problems> {
    let mut files = Files::new(source);
    let mut report = Report::default();
    let bytes = files.bytes(SCENARIO_FILE)?;
    let file = files.source.label(SCENARIO_FILE);
    let text = String::from_utf8(bytes).map_err(|_| Problem::new(&file, "is not UTF-8"))?;
    let Some(mut scenario) = scenario_toml::parse(&text, &file, settings, &mut report) else {
        return Err(report.problems);
    };
    files.inputs.extend(settings.iter().map(Setting::input));
    change(&mut scenario);
    if let Some(sumo) = &scenario.traffic.sumo {
        return read_pointer(&scenario, sumo, &files);
    }
    let folder = scenario.traffic.gmns.as_deref().map(folder_prefix).unwrap_or_default();
    let clock = plan_clock(&scenario);
    let network = network::read(&mut files, &folder, clock, &mut report);
    let mut types = Types::new(scenario.traffic.car_following);
    for (index, table) in scenario.vehicle_types.iter().enumerate() {
        if let Err((field, message)) = types.add(table) {
            report.problem(Problem::new(&file, message).field(format!("vehicle_types[{index}].{field}"), &table.id));
        }
    }
    let window_s = (clock.begin_s, clock.end_s);
    let (mut demand, type_names) = native_demand::read(&mut files, &network, types, window_s, &mut report);
    demand.scale = scenario.traffic.scale.unwrap_or(1.0);
    let GmnsNetwork { parts, mut names, plans, sheets, stop_places, plane, .. } = network;
    names.types = type_names;
    let place = Place { plane, ..place(&scenario) };
    let n_before = report.problems.list.len();
    let lighting = lighting::plan::read(&mut files, &scenario, (&parts, &names, &place), &mut report);
    let around = power::Around {
        signals: &names.signals,
        links: &names.links,
        place: &place,
        window_s: (clock.begin_s, clock.end_s.unwrap_or(clock.begin_s + 86_400.0)),
        lighting: lighting.as_ref(),
        has_lighting_mistakes: n_before > 0 || report.problems.list.len() > n_before,
        cloud_share: scenario.power.cloud_share.unwrap_or(0.0),
    };
    let power = power::read(&mut files, &scenario.power, around, &mut report);
    let run = run_params(&scenario);
    let rule = scenario.calibration.rule.unwrap_or_default();
    let observed = observed::read::read(&mut files, (&names, &parts), run.interval_ms, rule, &mut report);
    let loaded = Loaded {
        name: scenario.name.clone(),
        variant: None,
        path: files.source.path(),
        place,
        parts,
        names,
        signals: SignalPlans::fixed(Column::new(plans)),
        sheets,
        stop_places,
        demand,
        power,
        run,
        inputs: files.inputs,
        notices: std::mem::take(&mut report.notices),
        is_calibrated: false,
        is_other_from_start: false,
        lighting,
        observed,
        environment: environment(&scenario),
    };
    report.told().or_ok(loaded)
}

/// Reads the SUMO configuration a scenario points to; its name, place and clock come from `scenario.toml`.
fn read_pointer(scenario: &ScenarioFile, sumo: &str, files: &Files) -> Result<Loaded, Problems> {
    let Source::Disk(folder) = &files.source else {
        return Err(Problem::new(SCENARIO_FILE, "a SUMO configuration must lie on disk").into());
    };
    if !scenario.vehicle_types.is_empty() || scenario.traffic.car_following.is_some() {
        let problem = Problem::new(folder.join(SCENARIO_FILE), "vehicle types are those of the SUMO configuration");
        return Err(problem.hint("leave out vehicle_types and traffic.car_following").into());
    }
    let mut loaded = read_sumo(&folder.join(sumo))?;
    loaded.name = scenario.name.clone();
    let given = place(scenario);
    let place = &mut loaded.place;
    place.latitude = given.latitude.or(place.latitude.take());
    place.longitude = given.longitude.or(place.longitude.take());
    place.time_zone = given.time_zone.or(place.time_zone.take());
    place.date = given.date.or(place.date.take());
    overlay(scenario, &mut loaded.run);
    loaded.demand.scale *= scenario.traffic.scale.unwrap_or(1.0);
    loaded.environment = environment(scenario);
    loaded.inputs.splice(0..0, files.inputs.iter().cloned());
    loaded.path.clone_from(folder);
    let mut files = Files::new(files.source.clone());
    let mut report = Report::default();
    let network = (&loaded.parts, &loaded.names, &loaded.place);
    loaded.lighting = lighting::plan::read(&mut files, scenario, network, &mut report);
    let begin_s = loaded.run.begin.s();
    let around = power::Around {
        signals: &loaded.names.signals,
        links: &loaded.names.links,
        place: &loaded.place,
        window_s: (begin_s, loaded.run.end.map_or(begin_s + 86_400.0, |end| end.s())),
        lighting: loaded.lighting.as_ref(),
        has_lighting_mistakes: !report.problems.list.is_empty(),
        cloud_share: scenario.power.cloud_share.unwrap_or(0.0),
    };
    loaded.power = power::read(&mut files, &scenario.power, around, &mut report);
    let network = (&loaded.names, &loaded.parts);
    let rule = scenario.calibration.rule.unwrap_or_default();
    loaded.observed = observed::read::read(&mut files, network, loaded.run.interval_ms, rule, &mut report);
    loaded.inputs.append(&mut files.inputs);
    loaded.notices.append(&mut report.notices);
    report.told().or_ok(loaded)
}

/// Where the reader of SUMO configurations is called.
fn read_sumo(path: &Path) -> Result<Loaded, Problems> {
    crate::read::sumo::read_sumocfg(path)
}

fn folder_prefix(folder: &str) -> String {
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    if folder.is_empty() || folder == "." { String::new() } else { format!("{folder}/") }
}

fn plan_clock(scenario: &ScenarioFile) -> PlanClock {
    let date = scenario.clock.date.as_ref().and_then(|date| date.parse::<jiff::civil::Date>().ok());
    PlanClock {
        begin_s: scenario.clock.begin.as_ref().and_then(Instant::s).unwrap_or(0.0),
        end_s: scenario.clock.end.as_ref().and_then(Instant::s),
        weekday: date.map(|date| date.weekday().to_monday_zero_offset() as usize),
    }
}

fn place(scenario: &ScenarioFile) -> Place {
    Place {
        latitude: scenario.place.latitude,
        longitude: scenario.place.longitude,
        time_zone: scenario.place.time_zone.clone(),
        date: scenario.clock.date.clone(),
        plane: None,
    }
}

fn environment(scenario: &ScenarioFile) -> Environment {
    let table = &scenario.environment;
    let usual = Environment::default();
    Environment {
        is_on: table.emissions.unwrap_or(true),
        motorcycle_factor: table.motorcycle_factor.unwrap_or(usual.motorcycle_factor),
        vehicle_factor: table.vehicle_factor.unwrap_or(usual.vehicle_factor),
    }
}

/// The settings of a native scenario.
fn run_params(scenario: &ScenarioFile) -> RunParams {
    let mut run = RunParams {
        seed: 1,
        begin: SimTime(0),
        end: None,
        step_ms: 500,
        warm_up_ms: 0,
        interval_ms: 900_000,
        lateral: LateralPolicy::Continuous,
        max_depart_delay_s: None,
        jam_release_s: None,
        impatience_time_s: 180.0,
        missed_turn_after_s: Some(60.0),
        dark_signal_rule: DarkSignalRule::AllWayStop,
        interactions: false,
        changes: Vec::new(),
    };
    overlay(scenario, &mut run);
    run
}

/// Puts what `scenario.toml` says in the place of what was there.
fn overlay(scenario: &ScenarioFile, run: &mut RunParams) {
    let (clock, traffic) = (&scenario.clock, &scenario.traffic);
    let ms = |seconds: f64| (seconds * 1000.0).round() as i64;
    if let Some(begin_s) = clock.begin.as_ref().and_then(Instant::s) {
        run.begin = SimTime::from_s(begin_s);
    }
    if let Some(end_s) = clock.end.as_ref().and_then(Instant::s) {
        run.end = Some(SimTime::from_s(end_s));
    }
    run.step_ms = clock.step_s.map_or(run.step_ms, ms);
    run.warm_up_ms = clock.warm_up_s.map_or(run.warm_up_ms, ms);
    run.interval_ms = scenario.observe.interval_s.map_or(run.interval_ms, ms);
    run.interactions |= scenario.observe.interactions == Some(true);
    run.seed = traffic.seed.unwrap_or(run.seed);
    run.max_depart_delay_s = traffic.max_depart_delay_s.or(run.max_depart_delay_s);
    run.impatience_time_s = traffic.impatience_time_s.unwrap_or(run.impatience_time_s);
    if let Some(after_s) = traffic.missed_turn_after_s {
        run.missed_turn_after_s = (after_s > 0.0).then_some(after_s);
    }
    match traffic.lateral {
        Some(Lateral::Continuous) => run.lateral = LateralPolicy::Continuous,
        Some(Lateral::LaneInstant) => run.lateral = LateralPolicy::LaneInstant,
        None => {}
    }
    match traffic.dark_signal_rule {
        Some(DarkSignal::AllWayStop) => run.dark_signal_rule = DarkSignalRule::AllWayStop,
        Some(DarkSignal::Signs) => run.dark_signal_rule = DarkSignalRule::Signs,
        Some(DarkSignal::YieldToRight) => run.dark_signal_rule = DarkSignalRule::YieldToRight,
        None => {}
    }
}
