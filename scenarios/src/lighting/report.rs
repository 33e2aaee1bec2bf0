//! What `citytwin lighting` says: sections with their measures, as a table and for maps.

use std::fmt::Write;

use serde_json::{Value, json};
use sim_core::lighting::{Lighting, Section};

use crate::lighting::crs::ToDegrees;
use crate::lighting::plan::LightingPlan;
use crate::lighting::sections::{Part, SectionPlan};
use crate::loaded::{Loaded, Names};
use crate::write::csv::{fixed, rounded};

/// Head of `sections.csv`.
pub const SECTIONS_HEAD: &str = "section_id,name,links,class,least_class,length_m,width_m,fields,luminaires,installed_w,luminance_cdm2,uo,ul,ti_pct,rei,e_avg_lx,e_min_lx,compliant,short_of,smallest_output,smallest_output_least_class,smallest_output_per_lamp,power_density_mw_per_lx_m2";

/// The table `sections.csv`; `per_lamp` has the mean output of the per-lamp optimum by section, where it was asked for.
pub fn sections_csv(plan: &LightingPlan, names: &Names, lighting: &Lighting, per_lamp: &[Option<f64>]) -> String {
    let mut text = format!("{SECTIONS_HEAD}\n");
    for (index, (section, known)) in plan.sections.iter().zip(lighting.sections.iter()).enumerate() {
        let full = known.full;
        let links: Vec<&str> = section.links.iter().map(|link| names.links[*link].as_str()).collect();
        let (n, watts) = lamps(plan, index);
        let density = 1000.0 * watts / (full.e_avg_lx * known.area_m2);
        let outputs =
            [known.outputs.first(), known.outputs.last()].map(|output| output.map_or(f64::NAN, |x| f64::from(*x)));
        let cells = [
            quoted(&section.id),
            quoted(&names.link_titles[section.links[0]]),
            quoted(&links.join(" ")),
            section.class.clone(),
            section.least_class.clone(),
            fixed(section.span_m.1 - section.span_m.0, 2),
            fixed(section.width_m, 2),
            known.field_range().len().to_string(),
            n.to_string(),
            fixed(watts, 1),
            fixed(full.luminance_cdm2, 4),
            fixed(full.uo, 4),
            fixed(full.ul, 4),
            fixed(full.ti_pct, 2),
            fixed(full.rei, 4),
            fixed(full.e_avg_lx, 3),
            fixed(full.e_min_lx, 3),
            u8::from(short_of(lighting, known).is_empty()).to_string(),
            short_of(lighting, known),
            fixed(outputs[0], 3),
            fixed(outputs[1], 3),
            per_lamp.get(index).copied().flatten().map_or_else(String::new, |output| fixed(output, 4)),
            fixed(density, 3),
        ];
        writeln!(text, "{}", cells.join(",")).expect("writing to memory cannot fail");
    }
    text
}

/// Luminaires of a section and their power at full output.
fn lamps(plan: &LightingPlan, section: usize) -> (usize, f64) {
    let own = plan.parts.luminaires.iter().filter(|luminaire| luminaire.section.index() == section);
    own.fold((0, 0.0), |sum, luminaire| {
        let curve = &plan.parts.types[usize::from(luminaire.kind)].power;
        (sum.0 + 1, sum.1 + f64::from(curve.power_w(luminaire.drive)))
    })
}

/// What a section falls short of at full output, for pedestrian classes without their upper bound: lamps can be dimmed.
pub fn short_of(lighting: &Lighting, section: &Section) -> String {
    let requirement = &lighting.classes[usize::from(section.normal_class)].requirement;
    let list = requirement.shortfalls(&section.full);
    let words: Vec<&str> = list.iter().map(|what| what.name()).filter(|word| *word != "e_avg_max").collect();
    words.join(" ")
}

/// A cell of a table.
pub(super) fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The line of a section in the city plane.
fn line(plan: &LightingPlan, section: &SectionPlan) -> Vec<[f64; 2]> {
    let street = &plan.streets[section.street];
    let [right_m, left_m] = street.edges_m();
    let y_m = match section.part {
        Part::Carriageway => (right_m + left_m) / 2.0,
        Part::SidewalkRight => right_m - section.width_m / 2.0,
        Part::SidewalkLeft => left_m + section.width_m / 2.0,
    };
    let (from, to) = section.span_m;
    let n = ((to - from) / 20.0).ceil().max(1.0) as usize;
    (0..=n).map(|i| street.point(from + (to - from) * i as f64 / n as f64, y_m)).collect()
}

/// Sections and luminaires as GeoJSON: sections colored by compliance, luminaires as points.
pub fn geojson(plan: &LightingPlan, loaded: &Loaded, lighting: &Lighting) -> String {
    let degrees = loaded.place.plane.as_ref().and_then(ToDegrees::new);
    let place = |point: [f64; 2]| match &degrees {
        Some(degrees) => degrees.apply(point).map(|x| rounded(x, 7)),
        None => point.map(|x| rounded(x, 2)),
    };
    let mut features: Vec<Value> = Vec::new();
    for (section, known) in plan.sections.iter().zip(lighting.sections.iter()) {
        let short = short_of(lighting, known);
        let full = known.full;
        features.push(json!({
            "type": "Feature",
            "id": section.id,
            "geometry": {"type": "LineString", "coordinates": line(plan, section).into_iter().map(place).collect::<Vec<_>>()},
            "properties": {
                "kind": "section",
                "name": loaded.names.link_titles[section.links[0]],
                "class": section.class,
                "compliant": short.is_empty(),
                "short_of": short,
                "stroke": if short.is_empty() { "#2a7f62" } else { "#c0392b" },
                "stroke-width": 4,
                "luminance_cdm2": rounded(full.luminance_cdm2, 4),
                "uo": rounded(full.uo, 4),
                "ul": rounded(full.ul, 4),
                "ti_pct": rounded(full.ti_pct, 2),
                "rei": rounded(full.rei, 4),
                "e_avg_lx": rounded(full.e_avg_lx, 3),
                "smallest_output": known.outputs.first().map(|x| rounded(f64::from(*x), 3)),
            },
        }));
    }
    for pole in &plan.poles {
        features.push(json!({
            "type": "Feature",
            "id": pole.id,
            "geometry": {"type": "Point", "coordinates": place(pole.position_m)},
            "properties": {
                "kind": "luminaire",
                "type_id": plan.types.names[pole.kind],
                "height_m": pole.height_m,
                "circuit_id": pole.circuit,
                "filled_in": pole.filled,
                "snap_m": pole.snap_m.map(|m| rounded(m, 2)),
            },
        }));
    }
    let lines: Vec<String> = features.iter().map(Value::to_string).collect();
    let crs = match degrees {
        Some(_) => String::new(),
        None => "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"metres in the city plane\"}},".to_owned(),
    };
    format!("{{\"type\":\"FeatureCollection\",{crs}\"features\":[\n{}\n]}}\n", lines.join(",\n"))
}

/// The whole inventory as `luminaires.csv`.
pub fn inventory_csv(plan: &LightingPlan, names: &Names) -> String {
    let mut text = "luminaire_id,external_id,type_id,link_id,chainage_m,side,height_m,overhang_m,tilt_deg,circuit_id,line_phase,cabinet_id,x_coord,y_coord\n".to_owned();
    for pole in &plan.poles {
        let Some(index) = pole.street else { continue };
        let street = &plan.streets[index];
        let [right_m, left_m] = street.edges_m();
        let overhang_m = match pole.side {
            crate::lighting::inventory::Side::Right => pole.at_m.1 - right_m,
            crate::lighting::inventory::Side::Left => left_m - pole.at_m.1,
            crate::lighting::inventory::Side::Median => pole.at_m.1 - (right_m + left_m) / 2.0,
        };
        let cells = [
            quoted(&pole.id),
            quoted(&pole.external_id),
            quoted(&plan.types.names[pole.kind]),
            quoted(&names.links[street.links[0]]),
            fixed(pole.at_m.0, 2),
            pole.side.word().to_owned(),
            fixed(pole.height_m, 2),
            fixed(overhang_m, 2),
            fixed(pole.tilt_deg, 1),
            quoted(&pole.circuit),
            pole.line_phase.clone(),
            quoted(&pole.cabinet),
            String::new(),
            String::new(),
        ];
        writeln!(text, "{}", cells.join(",")).expect("writing to memory cannot fail");
    }
    text
}

/// Whether an inventory gives positions by coordinates.
pub fn has_coordinates(inventory: &str) -> bool {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(inventory.as_bytes());
    let column = reader.headers().ok().and_then(|head| head.iter().position(|name| name == "x_coord"));
    column
        .is_some_and(|at| reader.records().flatten().any(|record| record.get(at).is_some_and(|cell| !cell.is_empty())))
}

/// What differs between two inventories, by luminaire id: one line each for what is new, gone or changed.
pub fn diff(before: &str, after: &str) -> Vec<String> {
    let rows = |text: &str| -> std::collections::BTreeMap<String, Vec<(String, String)>> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let head: Vec<String> =
            reader.headers().map_or_else(|_| Vec::new(), |head| head.iter().map(str::to_owned).collect());
        let key = head.iter().position(|name| name == "luminaire_id").unwrap_or(0);
        reader
            .records()
            .flatten()
            .map(|record| {
                let cells = head.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
                (record.get(key).unwrap_or("").to_owned(), cells)
            })
            .collect()
    };
    let (before, after) = (rows(before), rows(after));
    let mut lines = Vec::new();
    for (id, old) in &before {
        match after.get(id) {
            None => lines.push(format!("- {id}")),
            Some(new) => {
                let value = |cells: &[(String, String)], name: &str| {
                    cells.iter().find(|(field, _)| field == name).map_or_else(String::new, |(_, cell)| cell.clone())
                };
                let is_same = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
                    (Ok(a), Ok(b)) => (a - b).abs() < 1e-9,
                    _ => a == b,
                };
                let changes: Vec<String> = old
                    .iter()
                    .filter(|(name, cell)| !is_same(cell, &value(new, name)))
                    .map(|(name, cell)| format!("{name} {cell:?} -> {:?}", value(new, name)))
                    .collect();
                if !changes.is_empty() {
                    lines.push(format!("~ {id}: {}", changes.join(", ")));
                }
            }
        }
    }
    lines.extend(after.keys().filter(|id| !before.contains_key(*id)).map(|id| format!("+ {id}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inventories_are_compared_by_id() {
        let before = "luminaire_id,type_id,height_m\na,LED-40,8\nb,LED-40,8.0\nc,LED-40,8\n";
        let after = "luminaire_id,type_id,height_m\na,LED-60,8\nb,LED-40,8.00\nd,LED-40,8\n";
        assert!(!has_coordinates(before) && !has_coordinates("luminaire_id,x_coord\na,\n"));
        assert!(has_coordinates("luminaire_id,x_coord\na,\nb,105.8\n"));
        assert_eq!(diff(before, after), ["~ a: type_id \"LED-40\" -> \"LED-60\"", "- c", "+ d"]);
    }
}
