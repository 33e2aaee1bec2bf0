//! What a search found, as files: a what-if file of the scenario, a SUMO additional file, tables.

use std::fmt::Write;

use super::outcome::Row;
use super::search::{Point, Space};
use crate::error::Problems;
use crate::loaded::Loaded;
use crate::signals::export::{NamedFile, Target, files};
use crate::write::csv::fixed;

/// Puts the plans of a point in force.
pub fn put(loaded: &mut Loaded, space: &Space, point: &Point) {
    for (frame, timing) in space.frames.iter().zip(point) {
        loaded.signals.plans.as_mut_slice()[frame.signal.0 as usize] = frame.plan_of(timing);
    }
}

/// The files: `before_after.csv`, `plans.csv`, `optimized.toml` (a what-if file), and `signals.add.xml` where the input is
/// SUMO's. A what-if file holds no other stages than those in force: where there are such, stage sheets take its place.
///
/// # Errors
/// Plans that are not safe, which no search should find.
pub fn made(
    loaded: &Loaded,
    own: &Space,
    (space, point): (&Space, &Point),
    (rows, how): (&[Row], &str),
    is_sumo: bool,
) -> Result<Vec<NamedFile>, Problems> {
    let mut with = loaded.clone();
    put(&mut with, space, point);
    let signals: Vec<_> = space.frames.iter().map(|frame| frame.signal).collect();
    let mut made = vec![
        ("before_after.csv".to_owned(), table(rows).into_bytes()),
        ("plans.csv".to_owned(), plans(loaded, own, (space, point)).into_bytes()),
    ];
    // Refuses what is not safe, whatever is written.
    let additional = files(&with, &signals, Target::Sumo)?;
    let has_other_stages = own.frames.iter().zip(&space.frames).any(|(own, frame)| own.of != frame.of);
    if is_sumo {
        made.extend(additional);
    } else if has_other_stages {
        for (before, frame) in own.frames.iter().zip(&space.frames) {
            let Some(sheet) = with.sheets.get_mut(frame.signal.0 as usize) else { continue };
            if sheet.stages.len() == before.of.len() {
                sheet.stages = frame.of.iter().map(|&stage| sheet.stages[stage].clone()).collect();
            }
        }
        made.extend(files(&with, &signals, Target::Stages)?);
    }
    if !has_other_stages {
        made.push(("optimized.toml".to_owned(), what_if(loaded, space, point, how).into_bytes()));
    }
    Ok(made)
}

fn line(text: &mut String, words: &str) {
    writeln!(text, "{words}").expect("writing to memory cannot fail");
}

fn seconds(ms: i64) -> String {
    (ms as f64 / 1000.0).to_string()
}

fn what_if(loaded: &Loaded, space: &Space, point: &Point, how: &str) -> String {
    let mut text = String::new();
    line(&mut text, "title = \"Signals optimized\"");
    line(&mut text, &format!("description = {}", quoted(how)));
    for (frame, timing) in space.frames.iter().zip(point) {
        if *timing == frame.timing() {
            continue;
        }
        let id = quoted(&loaded.names.signals[frame.signal.0 as usize]);
        let greens: Vec<String> = timing.greens_ms.iter().map(|&green_ms| seconds(green_ms)).collect();
        line(&mut text, "\n[[changes]]");
        line(
            &mut text,
            &format!(
                "signal = {{ signals = [{id}], greens_s = [{}], offset_s = {} }}",
                greens.join(", "),
                seconds(timing.offset_ms)
            ),
        );
    }
    text
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "demand_scale,measure,unit,runs,before,after,difference,difference_pct,difference_low,difference_high\n",
    );
    let optional = |value: Option<f64>| value.map_or_else(String::new, |value| fixed(value, 4));
    for row in rows {
        let cells = [
            row.demand_scale.map_or_else(|| "all".to_owned(), |scale| fixed(scale, 2)),
            row.measure.to_owned(),
            row.unit.to_owned(),
            row.runs.to_string(),
            fixed(row.before, 4),
            fixed(row.after, 4),
            fixed(row.difference, 4),
            fixed(row.difference_pct, 2),
            optional(row.low),
            optional(row.high),
        ];
        line(&mut text, &cells.join(","));
    }
    text
}

fn plans(loaded: &Loaded, own: &Space, (space, point): (&Space, &Point)) -> String {
    let mut text = String::from("signal_id,plan,cycle_s,offset_s,greens_s,least_greens_s\n");
    for (before, (frame, timing)) in own.frames.iter().zip(space.frames.iter().zip(point)) {
        let mut id = loaded.names.signals[frame.signal.0 as usize].clone();
        if id.contains([',', '"', '\n']) {
            id = format!("\"{}\"", id.replace('"', "\"\""));
        }
        let list = |values: &[i64]| values.iter().map(|&ms| seconds(ms)).collect::<Vec<_>>().join(" ");
        for (name, frame, timing) in [("before", before, &before.timing()), ("after", frame, timing)] {
            let cells = [
                id.clone(),
                name.to_owned(),
                seconds(frame.cycle_ms(timing)),
                seconds(timing.offset_ms),
                list(&timing.greens_ms),
                list(&frame.least_ms),
            ];
            line(&mut text, &cells.join(","));
        }
    }
    text
}
