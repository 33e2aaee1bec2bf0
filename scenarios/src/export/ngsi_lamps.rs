//! Street lighting as NGSI-LD entities, as it stands at the end of the run.
//!
//! A circuit is a `StreetlightGroup`, what is switched together, and a `StreetlightFeeder`, what feeds it. Cabinets stand in
//! the middle of their lamps, since inventories do not say where they are.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::names::{Clock, urn};
use super::ngsi_ld::{entity, put};
use super::{OpenRun, rows};
use crate::error::Problems;
use crate::lighting::inventory::{Pole, Side};
use crate::lighting::plan::LightingPlan;
use crate::write::columns::{LIGHTING, LIGHTING_CIRCUITS};
use crate::write::csv::rounded;

/// An entity.
type Entity = Map<String, Value>;

/// All entities by type.
pub(super) fn entities(run: &OpenRun<'_>, clock: &Clock) -> Result<Vec<(&'static str, Vec<Entity>)>, Problems> {
    let Some(plan) = &run.loaded.lighting else { return Ok(Vec::new()) };
    let end = clock.utc(run.summary["end_s"].as_f64().unwrap_or(0.0));
    let output = outputs(run)?;
    let mut kwh = BTreeMap::<String, (f64, f64)>::new();
    rows::read(run.folder, &LIGHTING_CIRCUITS, |row| {
        let number = |column| row.number(column).unwrap_or(0.0);
        kwh.insert(row.text("circuit_id").to_owned(), (number("energy_kwh"), number("mean_w")));
    })?;
    let lamps: Vec<Lamp<'_>> = plan
        .poles
        .iter()
        .enumerate()
        .map(|(index, pole)| {
            let section = plan.parts.luminaires.get(index).and_then(|it| plan.sections.get(it.section.index()));
            let output = section.and_then(|section| output.get(&section.id).copied());
            Lamp { pole, position: run.position(pole.position_m), output: output.unwrap_or(0.0) }
        })
        .filter(|lamp| lamp.position.is_some())
        .collect();
    let mut circuits = BTreeMap::<&str, Vec<&Lamp<'_>>>::new();
    let mut cabinets = BTreeMap::<&str, Vec<&Lamp<'_>>>::new();
    for lamp in &lamps {
        circuits.entry(lamp.pole.circuit.as_str()).or_default().push(lamp);
        cabinets.entry(lamp.pole.cabinet.as_str()).or_default().push(lamp);
    }
    circuits.remove("");
    cabinets.remove("");
    let of_circuit = |circuit: &str| kwh.get(circuit).copied();
    Ok(vec![
        ("Streetlight", lamps.iter().map(|lamp| streetlight(plan, lamp, &end)).collect()),
        ("StreetlightGroup", circuits.iter().map(|(id, lamps)| group(id, lamps)).collect()),
        (
            "StreetlightControlCabinet",
            cabinets.iter().map(|(id, lamps)| cabinet(id, lamps, of_circuit, clock, run)).collect(),
        ),
        ("StreetlightFeeder", circuits.iter().map(|(id, lamps)| feeder(id, lamps, of_circuit(id), &end)).collect()),
    ])
}

/// A luminaire at the end of the run.
struct Lamp<'a> {
    pole: &'a Pole,
    position: Option<[f64; 2]>,
    /// Output of its section, 1 is full.
    output: f64,
}

/// Output of each section in the last interval; 0 by day.
fn outputs(run: &OpenRun<'_>) -> Result<BTreeMap<String, f64>, Problems> {
    let mut last = BTreeMap::<String, f64>::new();
    rows::read(run.folder, &LIGHTING, |row| {
        last.insert(row.text("section_id").to_owned(), row.number("output_share").unwrap_or(0.0));
    })?;
    Ok(last)
}

fn power_state(output: f64) -> &'static str {
    match output {
        dark if dark <= 0.0 => "off",
        full if full >= 0.995 => "on",
        _ => "low",
    }
}

fn mean_output(lamps: &[&Lamp<'_>]) -> f64 {
    rounded(lamps.iter().map(|lamp| lamp.output).sum::<f64>() / lamps.len() as f64, 4).clamp(0.0, 1.0)
}

fn streetlight(plan: &LightingPlan, lamp: &Lamp<'_>, end: &str) -> Entity {
    let pole = lamp.pole;
    let mut light = entity("Streetlight", &pole.id);
    put(&mut light, "location", lamp.position.map(|at| json!({"type": "Point", "coordinates": at})));
    put(&mut light, "status", Some("ok"));
    put(&mut light, "powerState", Some(power_state(lamp.output)));
    put(&mut light, "illuminanceLevel", Some(rounded(lamp.output, 4).clamp(0.0, 1.0)));
    put(&mut light, "lanternHeight", Some(rounded(pole.height_m, 2)));
    put(
        &mut light,
        "powerRating",
        plan.types
            .list
            .get(pole.kind)
            .map(|kind| rounded(kind.power.points.last().map_or(0.0, |(_, rated_w)| f64::from(*rated_w)), 2)),
    );
    put(&mut light, "controllingMethod", Some("group"));
    let place = if pole.side == Side::Median { "centralIsland" } else { "sidewalk" };
    put(&mut light, "locationCategory", Some(place));
    if !pole.circuit.is_empty() {
        put(&mut light, "circuit", Some(pole.circuit.as_str()));
        put(&mut light, "refStreetlightGroup", Some(urn("StreetlightGroup", &pole.circuit)));
        put(&mut light, "feederID", Some(urn("StreetlightFeeder", &pole.circuit)));
    }
    if !pole.cabinet.is_empty() {
        put(&mut light, "refStreetlightControlCabinet", Some(urn("StreetlightControlCabinet", &pole.cabinet)));
    }
    put(&mut light, "observationDateTime", Some(end));
    light
}

fn group(id: &str, lamps: &[&Lamp<'_>]) -> Entity {
    let mut group = entity("StreetlightGroup", id);
    let points: Vec<[f64; 2]> = lamps.iter().filter_map(|lamp| lamp.position).collect();
    put(&mut group, "location", Some(json!({"type": "MultiPoint", "coordinates": points})));
    let output = mean_output(lamps);
    put(&mut group, "powerState", Some(power_state(output)));
    put(&mut group, "illuminanceLevel", Some(output));
    put(&mut group, "circuitId", Some(id));
    let program = &lamps[0].pole.program;
    if lamps.iter().all(|lamp| lamp.pole.program == *program) {
        put(&mut group, "activeProgramId", Some(program.as_str()));
    }
    let refs: Vec<String> = lamps.iter().map(|lamp| urn("Streetlight", &lamp.pole.id)).collect();
    put(&mut group, "refStreetlight", Some(refs));
    if !lamps[0].pole.cabinet.is_empty() {
        put(&mut group, "refStreetlightControlCabinet", Some(urn("StreetlightControlCabinet", &lamps[0].pole.cabinet)));
    }
    group
}

fn cabinet(
    id: &str,
    lamps: &[&Lamp<'_>],
    of_circuit: impl Fn(&str) -> Option<(f64, f64)>,
    clock: &Clock,
    run: &OpenRun<'_>,
) -> Entity {
    let mut cabinet = entity("StreetlightControlCabinet", id);
    let points: Vec<[f64; 2]> = lamps.iter().filter_map(|lamp| lamp.position).collect();
    let middle = [0, 1].map(|axis| rounded(points.iter().map(|at| at[axis]).sum::<f64>() / points.len() as f64, 7));
    put(&mut cabinet, "location", Some(json!({"type": "Point", "coordinates": middle})));
    put(&mut cabinet, "description", Some("position: the middle of its luminaires"));
    let mut circuits: Vec<&str> = lamps.iter().map(|lamp| lamp.pole.circuit.as_str()).collect();
    circuits.sort_unstable();
    circuits.dedup();
    let refs: Vec<String> = circuits.iter().map(|circuit| urn("StreetlightGroup", circuit)).collect();
    put(&mut cabinet, "refStreetlightGroup", Some(refs));
    put(&mut cabinet, "workingMode", Some("automatic"));
    let sums: Vec<(f64, f64)> = circuits.iter().filter_map(|circuit| of_circuit(circuit)).collect();
    let sum = |part: fn(&(f64, f64)) -> f64| sums.iter().map(part).sum::<f64>();
    put(&mut cabinet, "energyConsumed", Some(rounded(sum(|of| of.0), 4)));
    put(&mut cabinet, "totalActivePower", Some(rounded(sum(|of| of.1) / 1000.0, 5)));
    let begin_s = run.summary["begin_s"].as_f64().unwrap_or(0.0) + run.summary["warm_up_s"].as_f64().unwrap_or(0.0);
    put(&mut cabinet, "dateMeteringStarted", Some(clock.utc(begin_s)));
    cabinet
}

fn feeder(id: &str, lamps: &[&Lamp<'_>], circuit: Option<(f64, f64)>, end: &str) -> Entity {
    let mut feeder = entity("StreetlightFeeder", id);
    put(&mut feeder, "numStreetlight", Some(lamps.len()));
    put(&mut feeder, "totalActivePower", circuit.map(|(_, mean_w)| rounded(mean_w / 1000.0, 5)));
    put(&mut feeder, "powerState", Some(power_state(mean_output(lamps))));
    put(&mut feeder, "observationDateTime", Some(end));
    feeder
}
