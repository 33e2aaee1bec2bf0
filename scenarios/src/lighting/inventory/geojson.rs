//! Inventories as GeoJSON.

use serde_json::Value;

use super::Raw;
use crate::error::Problem;
use crate::read::source::Files;
use crate::read::table::Report;
use crate::schema::lighting_tables::LUMINAIRES;

/// Points of a GeoJSON feature collection; properties are named as the columns of `luminaires.csv`, others stay unused.
pub(super) fn read(files: &mut Files, name: &str, report: &mut Report) -> Vec<Raw> {
    let file = files.source.label(name);
    let bytes = match files.bytes(name) {
        Ok(bytes) => bytes,
        Err(problems) => {
            problems.list.into_iter().for_each(|problem| report.problem(problem));
            return Vec::new();
        }
    };
    let json: Value = match serde_json::from_slice(&bytes) {
        Ok(json) => json,
        Err(error) => {
            report.problem(Problem::new(&file, format!("is no JSON: {error}")).line(error.line()));
            return Vec::new();
        }
    };
    let Some(features) = json["features"].as_array() else {
        report.problem(Problem::new(&file, "is no GeoJSON feature collection").hint("it needs a member \"features\""));
        return Vec::new();
    };
    let mut raws = Vec::new();
    for (index, feature) in features.iter().enumerate() {
        let at = format!("features[{index}]");
        let point = &feature["geometry"]["coordinates"];
        let kind = feature["geometry"]["type"].as_str().unwrap_or("null");
        let (Some(x), Some(y)) = (point[0].as_f64(), point[1].as_f64()) else {
            report.problem(Problem::new(&file, "is no point").field(format!("{at}.geometry"), kind).allowed("Point"));
            continue;
        };
        let mut cells = vec![("x_coord", x.to_string()), ("y_coord", y.to_string())];
        for column in LUMINAIRES.columns.iter().filter(|column| !matches!(column.name, "x_coord" | "y_coord")) {
            let cell = match &feature["properties"][column.name] {
                Value::String(text) if !text.is_empty() => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            if !column.accepts(&cell) {
                let problem =
                    Problem::new(&file, "is not legal").field(format!("{at}.properties.{}", column.name), &cell);
                report.problem(problem.allowed(column.allowed()));
                continue;
            }
            cells.push((column.name, cell));
        }
        if !cells.iter().any(|(field, _)| *field == "luminaire_id") {
            let id = match &feature["id"] {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => format!("{}", index + 1),
            };
            cells.push(("luminaire_id", id));
        }
        raws.push(Raw { origin: (file.clone(), 0), cells });
    }
    // Features have no lines of their own.
    raws.iter_mut().for_each(|raw| raw.origin.1 = 1);
    raws
}
