//! SUMO inputs as they stand: configuration, network, additional and route files.
//!
//! Files are read in SUMO's order (network, additional files, route files), each as a stream of elements. Facts about
//! the formats are those of SUMO 1.28. What is not understood is listed once as a notice; what is wrong becomes a
//! problem, all of them together.

mod actuated;
mod config;
mod context;
mod depart;
mod flows;
mod network;
mod place;
mod raw;
mod resolve;
mod right_of_way;
mod routes;
mod signals;
mod stops;
mod vtypes;
mod ways;
mod xml;

#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod tests;

use std::path::Path;

use sim_core::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use sim_core::environment::Environment;
use sim_core::routing::{RoutingGraph, TurnPenalties};
use sim_core::units::SimTime;

use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use config::Options;
use context::Context;
use network::ReadNetwork;
use routes::{DemandReader, Usual};
use signals::{Program, ProgramReader};
use stops::StopPlaces;
use vtypes::Types;
use xml::{Element, Tag};

/// Reads a SUMO configuration and all it names.
///
/// # Errors
/// Everything that is wrong with the files, together.
pub fn read_sumocfg(path: &Path) -> Result<Loaded, Problems> {
    let mut context = Context::default();
    let options = config::read(&mut context, path);
    let Some((net_file, _)) = &options.net else {
        if context.problems.list.is_empty() {
            let problem = Problem::new(path, "the configuration names no network");
            let hint = "add <net-file value=\"….net.xml\"/> to <input>";
            context.problems.push(problem.field("net-file", "").hint(hint));
        }
        return Err(context.problems);
    };
    let mut raw = raw::read(&mut context, net_file);
    if context.is_broken {
        return Err(context.problems);
    }
    let mut network = network::build(&mut context, &raw);
    if !context.problems.list.is_empty() {
        // What refers to a broken network would only repeat its mistakes.
        return Err(context.problems);
    }
    let usual = Usual {
        begin_s: options.begin_s,
        end_s: options.end_s,
        lane: options.depart_lane,
        speed: options.depart_speed,
    };
    let mut input = Input {
        network: &network,
        types: Types::new(options.speed_deviation),
        places: StopPlaces::default(),
        demand: DemandReader::new(usual),
        programs: std::mem::take(&mut raw.programs),
    };
    for (file, _) in &options.additional {
        input.read(&mut context, file, false);
    }
    for (file, _) in &options.routes {
        input.read(&mut context, file, true);
    }
    if context.is_broken {
        return Err(context.problems);
    }
    let Input { mut types, places, demand, programs, .. } = input;
    let signals = signals::plans(&mut context, &network.names.signals, &network.parts, programs);
    let graph = RoutingGraph::new(&network.parts, TurnPenalties::default());
    let demand = resolve::resolve(&mut context, &network, &graph, &mut types, demand, &options);
    network.names.types = types.names;
    network.names.stop_places = places.names;
    let notices = context.take_notices();
    let loaded = Loaded {
        name: name_of(path),
        variant: None,
        path: path.to_owned(),
        place: place::of(&raw),
        parts: network.parts,
        names: network.names,
        signals,
        sheets: Vec::new(),
        stop_places: places.places,
        demand,
        power: crate::power::PowerPlan::default(),
        run: run_params(&options),
        inputs: context.inputs,
        notices,
        is_calibrated: false,
        is_other_from_start: false,
        lighting: None,
        observed: crate::observed::Observed::default(),
        environment: Environment { is_on: true, ..Environment::default() },
    };
    context.problems.or_ok(loaded)
}

/// The name of a scenario: the file's, or the folder's where the file has a name like any other.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let folder = path.parent().and_then(Path::file_name).map(|folder| folder.to_string_lossy().into_owned());
    match folder {
        Some(folder) if matches!(stem.as_str(), "run" | "sim" | "sumo" | "config" | "simulation") => folder,
        _ => stem,
    }
}

fn run_params(options: &Options) -> RunParams {
    RunParams {
        seed: options.seed,
        begin: SimTime::from_s(options.begin_s),
        end: options.end_s.map(SimTime::from_s),
        step_ms: (options.step_s * 1000.0).round() as i64,
        warm_up_ms: 0,
        interval_ms: 900_000,
        lateral: if options.has_sublanes { LateralPolicy::Continuous } else { LateralPolicy::LaneInstant },
        max_depart_delay_s: options.max_depart_delay_s,
        jam_release_s: options.time_to_teleport_s,
        impatience_time_s: options.time_to_impatience_s,
        missed_turn_after_s: None,
        dark_signal_rule: DarkSignalRule::Signs,
        interactions: false,
        changes: Vec::new(),
    }
}

/// Reads additional and route files, which may hold the same elements.
struct Input<'n> {
    network: &'n ReadNetwork,
    types: Types,
    places: StopPlaces,
    demand: DemandReader,
    programs: Vec<Program>,
}

impl Input<'_> {
    fn read(&mut self, context: &mut Context, file: &Path, is_route_file: bool) {
        let mut programs = ProgramReader::default();
        self.demand.is_route_file = is_route_file;
        self.demand.last_depart = SimTime(i64::MIN);
        // The element that is left out with all it holds, by its depth.
        let mut skipped: Option<usize> = None;
        let mut depth = 0_usize;
        context.walk(file, |context, tag| match tag {
            Tag::Open(element) => {
                depth += 1;
                if depth > 1 && skipped.is_none() && !self.open(context, &mut programs, element) {
                    leave_out(context, element);
                    skipped = Some(depth);
                }
            }
            Tag::Close(name) => {
                if skipped.is_none() {
                    programs.close(name);
                    self.types.close(name);
                    self.demand.close(context, name);
                } else if skipped == Some(depth) {
                    skipped = None;
                }
                depth = depth.saturating_sub(1);
            }
        });
        self.programs.extend(programs.programs);
    }

    fn open(&mut self, context: &mut Context, programs: &mut ProgramReader, element: &Element) -> bool {
        self.types.open(context, element)
            || programs.open(context, element)
            || self.places.open(context, self.network, element)
            || self.demand.open(context, self.network, &self.places, element)
    }
}

/// Says what is left out, unless it says nothing about traffic.
fn leave_out(context: &mut Context, element: &Element) {
    match element.name.as_str() {
        "poly" | "poi" | "location" | "edgeData" | "laneData" | "timedEvent" | "access" | "param" | "configuration"
        | "input" | "output" | "viewsettings" => {}
        name if name.ends_with("Configuration") => {}
        "e1Detector"
        | "inductionLoop"
        | "e2Detector"
        | "laneAreaDetector"
        | "e3Detector"
        | "entryExitDetector"
        | "instantInductionLoop" => {
            context
                .notice(format!("detectors <{}> are left out; links and junctions are measured instead", element.name));
        }
        "person" | "personFlow" | "container" | "containerFlow" => {
            context.notice(format!("<{}> is left out: only vehicles are simulated", element.name));
        }
        name => context.notice(format!("<{name}> is not supported and has no effect")),
    }
}
