//! NGSI-LD entities of FIWARE's Smart Data Models: one file a type, as plain values (`options=keyValues`) that their
//! schemas describe, or normalized for brokers.

use serde_json::{Map, Value, json};

use super::names::{Clock, urn};
use super::{NewFile, OpenRun, ngsi_lamps, rows};
use crate::error::Problems;
use crate::write::columns::LINKS;
use crate::write::csv::rounded;

/// Terms of the entities, and of NGSI-LD itself.
const CONTEXTS: [&str; 3] = [
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/context.jsonld",
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Streetlighting/master/context.jsonld",
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
];

/// The files, and how many cells were hidden.
pub(super) fn files(run: &OpenRun<'_>) -> Result<(Vec<NewFile>, usize), Problems> {
    run.need_place()?;
    let clock = Clock::new(run)?;
    let (flows, hidden) = flows(run, &clock)?;
    let mut all = vec![("TrafficFlowObserved", flows)];
    all.extend(ngsi_lamps::entities(run, &clock)?);
    let file = |(kind, entities): (&str, Vec<Map<String, Value>>)| {
        let n = entities.len();
        let lines: Vec<String> = entities.into_iter().map(|entity| finished(run, entity).to_string()).collect();
        NewFile { name: format!("{kind}.jsonld"), text: format!("[\n{}\n]\n", lines.join(",\n")), n }
    };
    Ok((all.into_iter().filter(|(_, entities)| !entities.is_empty()).map(file).collect(), hidden))
}

/// An entity with its context, and with where it comes from.
fn finished(run: &OpenRun<'_>, mut entity: Map<String, Value>) -> Value {
    entity.insert("dataProvider".to_owned(), "citytwin".into());
    let seed = &run.summary["seed"];
    entity.insert("source".to_owned(), format!("simulation, seed {seed}, {}", run.calibration()).into());
    let mut finished = Map::new();
    for (name, value) in entity {
        let value = if run.wanted.normalized { normalized(&name, value) } else { value };
        finished.insert(name, value);
    }
    finished.insert("@context".to_owned(), json!(CONTEXTS));
    Value::Object(finished)
}

fn normalized(name: &str, value: Value) -> Value {
    if matches!(name, "id" | "type") {
        return value;
    }
    if name == "location" {
        return json!({"type": "GeoProperty", "value": value});
    }
    if name.starts_with("ref") {
        return json!({"type": "Relationship", "object": value});
    }
    if name.starts_with("date") && name != "dateObserved" || name == "observationDateTime" {
        return json!({"type": "Property", "value": {"@type": "DateTime", "@value": value}});
    }
    json!({"type": "Property", "value": value})
}

/// An entity with its id and type.
pub(super) fn entity(kind: &str, id: &str) -> Map<String, Value> {
    let mut entity = Map::new();
    entity.insert("id".to_owned(), urn(kind, id).into());
    entity.insert("type".to_owned(), kind.into());
    entity.insert("name".to_owned(), id.into());
    entity
}

/// Puts what is known.
pub(super) fn put(entity: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        entity.insert(name.to_owned(), value.into());
    }
}

/// The word of the model for a class, and its sub type.
fn vehicle_type(class: &str) -> (Option<&'static str>, Option<&str>) {
    match class {
        "car" => (Some("car"), None),
        "motorcycle" => (Some("motorcycle"), None),
        "moped" => (Some("moped"), None),
        "bicycle" => (Some("bicycle"), None),
        "bus" | "coach" => (Some("bus"), (class == "coach").then_some(class)),
        "delivery" => (Some("van"), Some(class)),
        "truck" | "trailer" => (Some("lorry"), (class == "trailer").then_some(class)),
        "tram" => (Some("tram"), None),
        "all" => (None, None),
        "taxi" | "emergency" | "authority" | "private" | "hov" | "vip" | "electric" => (Some("car"), Some(class)),
        other => (None, Some(other)),
    }
}

/// One entity a link, class and interval.
fn flows(run: &OpenRun<'_>, clock: &Clock) -> Result<(Vec<Map<String, Value>>, usize), Problems> {
    let links = run.links();
    let (mut entities, mut hidden) = (Vec::new(), 0);
    rows::read(run.folder, &LINKS, |row| {
        let (id, class) = (row.text("link_id"), row.text("class"));
        if run.is_hidden(row.vehicles().unwrap_or(0.0)) {
            hidden += 1;
            return;
        }
        let (Some(begin_s), Some(end_s)) = (row.number("begin_s"), row.number("end_s")) else { return };
        let (from, to) = (clock.utc(begin_s), clock.utc(end_s));
        let mut flow = entity("TrafficFlowObserved", &format!("{id}:{class}:{begin_s:.0}"));
        put(&mut flow, "name", Some(row.text("name")));
        put(&mut flow, "dateObserved", Some(format!("{from}/{to}")));
        put(&mut flow, "dateObservedFrom", Some(from));
        put(&mut flow, "dateObservedTo", Some(to));
        put(&mut flow, "refRoadSegment", Some(urn("RoadSegment", id)));
        let vehicles = row.number("flow_vph").map(|flow_vph| rounded(flow_vph * (end_s - begin_s) / 3600.0, 2));
        put(&mut flow, "intensity", vehicles);
        let speed_kmh = row.number("mean_speed_mps").map(|speed_mps| rounded(speed_mps * 3.6, 2));
        put(&mut flow, "averageVehicleSpeed", speed_kmh);
        let (kind, sub_type) = vehicle_type(class);
        put(&mut flow, "vehicleType", kind);
        put(&mut flow, "vehicleSubType", sub_type);
        put(&mut flow, "laneDirection", Some("forward"));
        let line = links.get(id).and_then(|link| run.line(*link));
        put(&mut flow, "location", line.map(|line| json!({"type": "LineString", "coordinates": line})));
        entities.push(flow);
    })?;
    Ok((entities, hidden))
}
