//! A whole GMNS folder: tables → road map → parts.

use std::collections::BTreeMap;

use sim_core::city::StopPlace;
use sim_core::ids::LaneId;
use sim_core::network::parts::{JunctionKind, NetworkParts};
use sim_core::signals::SignalPlan;

use crate::compile::junctions::{Compiled, compile};
use crate::compile::roads::RoadMap;
use crate::compile::turns;
use crate::lighting::crs;
use crate::loaded::{CityCrs, Names, SignalSheet};
use crate::read::gmns::links::Links;
use crate::read::gmns::signals::PlanClock;
use crate::read::gmns::stage_checks::{self, Intergreens};
use crate::read::gmns::stops::RoadStop;
use crate::read::gmns::uses::Uses;
use crate::read::gmns::{config, links, movements, nodes, rings, signals, stops};
use crate::read::source::Files;
use crate::read::table::Report;

/// A network as it was read.
#[derive(Debug)]
pub struct GmnsNetwork {
    /// Parts for the simulation.
    pub parts: NetworkParts,
    /// Names of junctions, links, signals and stops.
    pub names: Names,
    /// Plans in force.
    pub plans: Vec<SignalPlan>,
    /// What stage sheets say beside them.
    pub sheets: Vec<SignalSheet>,
    /// Bus stops.
    pub stop_places: Vec<StopPlace>,
    /// Bus stops by road.
    pub stops: Vec<RoadStop>,
    /// How the city plane lies on the earth.
    pub plane: Option<CityCrs>,
    /// Roads by link id.
    pub links: Links,
}

/// Reads a GMNS folder; `folder` is empty or ends with `/`.
pub fn read(files: &mut Files, folder: &str, clock: PlanClock, report: &mut Report) -> GmnsNetwork {
    let config = config::read(files, folder, report);
    let uses = Uses::read(files, folder, report);
    let mut nodes = nodes::read(files, folder, &config, report);
    let projected = nodes.plane.text.clone().or_else(|| crs::proj_string(&config.crs_text));
    let plane = projected.map(|proj| CityCrs { proj, offset_m: [0.0, 0.0] });
    let mut links = links::read(files, folder, &config, &uses, &mut nodes, report);
    let mut movements = movements::read(files, folder, config.left_hand, &nodes, &links, report);
    let overrides = movements::read_conflicts(files, folder, &movements, report);
    let mut signals = signals::read(files, folder, &movements, clock, report);
    let intergreens = Intergreens::read(files, folder, &movements, report);
    let ring_plans = rings::read(files, folder, report);
    let known: Vec<String> = signals.iter().map(|signal| signal.id.clone()).collect();
    let phases_file = files.source.label(&format!("{folder}signal_timing_phase.csv"));
    let from_rings = ring_plans.signals(&movements, clock, |id| known.iter().any(|k| k == id), &phases_file, report);
    signals.extend(from_rings);
    let mut map = RoadMap {
        left_hand: config.left_hand,
        nodes: std::mem::take(&mut nodes.list),
        roads: links.roads.clone(),
        movements: std::mem::take(&mut movements.list),
        signals: Vec::new(),
        overrides,
    };
    let stages_file = files.source.label(&format!("{folder}signal_stages.csv"));
    signals::assign(&mut map, &movements, &mut signals, &stages_file, report);
    map.movements.append(&mut links.seams);
    let n_generated = turns::generate(&mut map);
    report.notice("movements were generated at nodes that movement.csv does not name", n_generated);
    turns::complete(&mut map);
    let compiled = compile(&map);
    stage_checks::check(&map, &compiled, &signals, &intergreens, &phases_file, report);
    let n_dark = map.nodes.iter().zip(&compiled.parts.junctions);
    let n_dark = n_dark
        .filter(|(node, part)| node.kind == Some(JunctionKind::Signal) && part.kind != JunctionKind::Signal)
        .count();
    report.notice("nodes with ctrl_type signal have no plan: right of way by rank rules there", n_dark);
    // Plans of signals that share movements cannot be made; the mistake is told already.
    let is_sound = report.problems.list.is_empty();
    let plans = if is_sound { signals::plans(&map, &compiled, &signals, report) } else { Vec::new() };
    let length_m = |road: usize| compiled.parts.links[road].lanes[0].length_m;
    let road_stops = stops::read(files, folder, &links, length_m, report);
    let stop_places = road_stops.iter().map(|stop| stop_place(&compiled, stop)).collect();
    let mut names = names(&map, &compiled);
    names.stop_places = road_stops.iter().map(|stop| stop.id.clone()).collect();
    let sheets = signals.into_iter().map(|signal| signal.in_force).collect();
    GmnsNetwork { parts: compiled.parts, names, plans, sheets, stop_places, stops: road_stops, plane, links }
}

fn stop_place(compiled: &Compiled, stop: &RoadStop) -> StopPlace {
    let before: usize = compiled.parts.links[..stop.road].iter().map(|link| link.lanes.len()).sum();
    StopPlace { lane: LaneId((before + usize::from(stop.lane)) as u32), start_m: stop.start_m, end_m: stop.end_m }
}

/// Ids and readable names: own name, else the crossing streets, else the id.
fn names(map: &RoadMap, compiled: &Compiled) -> Names {
    let mut streets: Vec<Vec<&str>> = vec![Vec::new(); map.nodes.len()];
    for road in &map.roads {
        for node in [road.from, road.to] {
            if let Some(title) = &road.title
                && !streets[node].contains(&title.as_str())
            {
                streets[node].push(title);
            }
        }
    }
    let junction_titles = map
        .nodes
        .iter()
        .zip(&mut streets)
        .map(|(node, streets)| {
            streets.sort_unstable();
            match (&node.title, streets.is_empty()) {
                (Some(title), _) => title.clone(),
                (None, false) => streets.join(" / "),
                (None, true) => node.id.clone(),
            }
        })
        .collect::<Vec<_>>();
    let mut links: Vec<String> = map.roads.iter().map(|road| road.id.clone()).collect();
    let mut link_titles: Vec<String> =
        map.roads.iter().map(|road| road.title.clone().unwrap_or_else(|| road.id.clone())).collect();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for link in &compiled.parts.links[map.roads.len()..] {
        let node = link.from.index();
        let count = counts.entry(node).or_insert(0);
        links.push(format!(":{}_{count}", map.nodes[node].id));
        link_titles.push(junction_titles[node].clone());
        *count += 1;
    }
    let mut movements = vec![String::new(); compiled.parts.connectors.len()];
    for (movement, entries) in map.movements.iter().zip(&compiled.entries) {
        for &entry in entries {
            movements[entry as usize].clone_from(&movement.id);
        }
    }
    Names {
        junctions: map.nodes.iter().map(|node| node.id.clone()).collect(),
        junction_titles,
        links,
        link_titles,
        signals: map.signals.clone(),
        movements,
        types: Vec::new(),
        stop_places: Vec::new(),
    }
}
