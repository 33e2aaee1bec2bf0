//! Links, junctions and luminaires for maps, whole run.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim_core::network::parts::LinkKind;

use super::{NewFile, OpenRun, rows};
use crate::error::Problems;
use crate::write::columns::{JUNCTIONS, LINKS};
use crate::write::csv::rounded;
use crate::write::totals::ratio;

/// The files, and how many cells were hidden.
pub(super) fn files(run: &OpenRun<'_>) -> Result<(Vec<NewFile>, usize), Problems> {
    run.need_place()?;
    let (links, hidden_links) = links(run)?;
    let (junctions, hidden_junctions) = junctions(run)?;
    let mut files = vec![collection(run, "links.geojson", &links), collection(run, "junctions.geojson", &junctions)];
    let luminaires = luminaires(run);
    if !luminaires.is_empty() {
        files.push(collection(run, "luminaires.geojson", &luminaires));
    }
    Ok((files, hidden_links + hidden_junctions))
}

fn collection(run: &OpenRun<'_>, name: &str, features: &[Value]) -> NewFile {
    let head = json!({
        "scenario": run.summary["scenario"], "variant": run.summary["variant"], "seed": run.summary["seed"],
        "calibration": run.calibration(), "source": "simulated by citytwin",
    });
    let lines: Vec<String> = features.iter().map(Value::to_string).collect();
    let text =
        format!("{{\"type\":\"FeatureCollection\",\"citytwin\":{head},\"features\":[\n{}\n]}}\n", lines.join(",\n"));
    NewFile { name: name.to_owned(), text, n: features.len() }
}

/// A link over the whole run.
#[derive(Default)]
struct LinkSum {
    hours: f64,
    vehicle_km: f64,
    vehicle_h: f64,
    entered: f64,
    emitted: [Option<f64>; 4],
}

const EMITTED: [&str; 4] = ["co2_g", "nox_g", "pm_g", "energy_wh"];

fn links(run: &OpenRun<'_>) -> Result<(Vec<Value>, usize), Problems> {
    let mut sums: BTreeMap<String, LinkSum> = BTreeMap::new();
    rows::read(run.folder, &LINKS, |row| {
        if row.text("class") != "all" {
            return;
        }
        let number = |column| row.number(column).unwrap_or(0.0);
        let (hours, length_km) = ((number("end_s") - number("begin_s")) / 3600.0, number("length_m") / 1000.0);
        let sum = sums.entry(row.text("link_id").to_owned()).or_default();
        sum.hours += hours;
        sum.vehicle_km += number("flow_vph") * hours * length_km;
        sum.vehicle_h += number("density_vpkm") * hours * length_km;
        sum.entered += number("entered");
        for (sum, column) in sum.emitted.iter_mut().zip(EMITTED) {
            *sum = row.number(column).map(|grams| sum.unwrap_or(0.0) + grams).or(*sum);
        }
    })?;
    let mut hidden = 0;
    let mut features = Vec::new();
    for (index, link) in run.loaded.parts.links.iter().enumerate().filter(|(_, link)| link.kind == LinkKind::Road) {
        let (Some(line), Some(lane)) = (run.line(index), link.lanes.get(link.lanes.len() / 2)) else { continue };
        let id = &run.loaded.names.links[index];
        let mut properties = json!({
            "name": run.loaded.names.link_titles[index],
            "lanes": link.lanes.len(),
            "length_m": rounded(lane.length_m, 2),
            "speed_limit_kmh": rounded(lane.speed_limit_mps * 3.6, 1),
        });
        if let Some(sum) = sums.get(id) {
            if run.is_hidden(sum.entered) {
                hidden += 1;
            } else {
                let put = |value: Option<f64>, decimals| value.map(|value| rounded(value, decimals));
                properties["flow_vph"] = put(ratio(sum.vehicle_km * 1000.0 / lane.length_m, sum.hours), 1).into();
                properties["mean_speed_kmh"] = put(ratio(sum.vehicle_km, sum.vehicle_h), 2).into();
                for (grams, column) in sum.emitted.iter().zip(EMITTED) {
                    properties[column] = put(*grams, 3).into();
                }
            }
        }
        features.push(json!({
            "type": "Feature", "id": id, "geometry": {"type": "LineString", "coordinates": line},
            "properties": properties,
        }));
    }
    Ok((features, hidden))
}

fn junctions(run: &OpenRun<'_>) -> Result<(Vec<Value>, usize), Problems> {
    // Vehicles, delay times vehicles, longest queue.
    let mut sums: BTreeMap<String, (f64, f64, Option<f64>)> = BTreeMap::new();
    rows::read(run.folder, &JUNCTIONS, |row| {
        if !row.text("approach_link_id").is_empty() {
            return;
        }
        let vehicles = row.vehicles().unwrap_or(0.0);
        let sum = sums.entry(row.text("junction_id").to_owned()).or_default();
        sum.0 += vehicles;
        sum.1 += row.number("control_delay_s").unwrap_or(0.0) * vehicles;
        sum.2 = match (sum.2, row.number("back_of_queue_p95_m")) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    })?;
    let (mut features, mut hidden) = (Vec::new(), 0);
    for (index, part) in run.loaded.parts.junctions.iter().enumerate() {
        let id = &run.loaded.names.junctions[index];
        let (Some(sum), Some(point)) = (sums.get(id), run.position(part.position_in_city_m)) else { continue };
        let mut properties = json!({"name": run.loaded.names.junction_titles[index]});
        if run.is_hidden(sum.0) {
            hidden += 1;
        } else {
            properties["vehicles"] = rounded(sum.0, 0).into();
            properties["control_delay_s"] = ratio(sum.1, sum.0).map(|delay_s| rounded(delay_s, 2)).into();
            properties["back_of_queue_p95_m"] = sum.2.into();
        }
        features.push(json!({
            "type": "Feature", "id": id, "geometry": {"type": "Point", "coordinates": point},
            "properties": properties,
        }));
    }
    Ok((features, hidden))
}

fn luminaires(run: &OpenRun<'_>) -> Vec<Value> {
    let Some(plan) = &run.loaded.lighting else { return Vec::new() };
    let feature = |pole: &crate::lighting::inventory::Pole| {
        let point = run.position(pole.position_m)?;
        Some(json!({
            "type": "Feature", "id": pole.id, "geometry": {"type": "Point", "coordinates": point},
            "properties": {
                "type": plan.types.names[pole.kind], "height_m": rounded(pole.height_m, 2), "side": pole.side.word(),
                "circuit_id": pole.circuit, "cabinet_id": pole.cabinet, "program": pole.program,
            },
        }))
    };
    plan.poles.iter().filter_map(feature).collect()
}
