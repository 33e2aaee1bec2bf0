//! A page to print: timings, stages, what heads show, intergreens. Everything is in the one file.

use std::fmt::Write;

use quick_xml::escape::escape;
use sim_core::ids::SignalId;

use super::stages::staged;
use super::{NamedFile, Way, seconds, ways};
use crate::loaded::Loaded;
use crate::signals::diagram::split::{Split, split};
use crate::signals::timing::{Meetings, gap_ms, greens, overlap};
use crate::write::run::calibration;

const STYLE: &str = "body{font-family:Helvetica,Arial,sans-serif;font-size:12px;margin:2em;color:#222}\
h1{font-size:18px}h2{font-size:14px;margin-bottom:.3em}table{border-collapse:collapse;margin:.4em 0}\
th,td{border:1px solid #999;padding:2px 7px;text-align:right}th,td.l{text-align:left}td.x{background:#eee;color:#888}\
section{page-break-after:always}svg{max-width:100%;height:auto}";

/// `plans.html`.
pub(super) fn file(loaded: &Loaded, signals: &[SignalId]) -> NamedFile {
    let mut page = String::from("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    let title = escape(loaded.name.as_str()).into_owned();
    put(&mut page, &format!("<title>Signal plans: {title}</title><style>{STYLE}</style></head><body>"));
    let meetings = Meetings::new(&loaded.parts);
    for &signal in signals {
        section(loaded, &meetings, signal, &mut page);
    }
    put(&mut page, "</body></html>");
    ("plans.html".to_owned(), page.into_bytes())
}

fn put(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("writing to memory cannot fail");
}

fn section(loaded: &Loaded, meetings: &Meetings, signal: SignalId, page: &mut String) {
    let plan = &loaded.signals.plans[signal];
    let picture = split(loaded, signal);
    let words = |text: &str| escape(text).into_owned();
    put(page, &format!("<section><h1>{} ({})</h1>", words(&picture.title), words(&picture.signal)));
    let scenario = match &loaded.variant {
        Some(variant) => format!("{}, variant {variant}", loaded.name),
        None => loaded.name.clone(),
    };
    let sheet = loaded.sheets.get(signal.index()).cloned().unwrap_or_default();
    let mut lines = vec![format!("Scenario {scenario}; {}.", calibration(loaded.is_calibrated))];
    if !sheet.plan.is_empty() {
        lines.push(format!("Plan {}, {} {} to {}.", sheet.plan, sheet.days, sheet.from, sheet.to));
    }
    lines.push(format!(
        "Cycle {} s. Offset {} s: the green of the first stage begins when the time since midnight is the offset, modulo the \
         cycle.",
        seconds(plan.cycle_ms()),
        seconds(plan.offset_ms.rem_euclid(plan.cycle_ms().max(1)))
    ));
    lines.iter().for_each(|line| put(page, &format!("<p>{}</p>", words(line))));
    put(page, "<h2>Phases and splits</h2>");
    put(page, &picture.svg(calibration(loaded.is_calibrated)));
    match staged(loaded, signal) {
        Some(staged) => {
            put(page, "<h2>Stages</h2><table><tr><th>stage</th><th>movements</th><th>green s</th><th>yellow s</th>");
            put(page, "<th>all red s</th><th>walk s</th><th>pedestrian clearance s</th></tr>");
            for (index, stage) in staged.stages.iter().enumerate() {
                let note = staged.sheet.stages.get(index);
                let name = note.map_or_else(|| (index + 1).to_string(), |note| note.name.clone());
                let movements: Vec<&str> = stage.movements.iter().map(|&way| staged.ways[way].id.as_str()).collect();
                let optional = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
                put(
                    page,
                    &format!(
                        "<tr><td class=\"l\">{}</td><td class=\"l\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                        words(&name),
                        words(&movements.join(", ")),
                        seconds(stage.green_ms),
                        seconds(stage.yellow_ms),
                        seconds(stage.all_red_ms),
                        optional(note.and_then(|note| note.walk_s)),
                        optional(note.and_then(|note| note.ped_clear_s)),
                    ),
                );
            }
            put(page, "</table>");
        }
        None => letters(page, loaded, signal),
    }
    timings(page, loaded, signal, &picture);
    intergreens(page, loaded, meetings, signal);
    put(page, "</section>");
}

fn letters(page: &mut String, loaded: &Loaded, signal: SignalId) {
    put(page, "<h2>Phases</h2><table><tr><th>phase</th><th>s</th><th>shown</th></tr>");
    for (index, phase) in loaded.signals.plans[signal].phases.iter().enumerate() {
        let state: String = phase.aspects.iter().map(|aspect| aspect.letter()).collect();
        let duration = seconds(phase.duration_ms);
        put(page, &format!("<tr><td>{}</td><td>{duration}</td><td class=\"l\">{state}</td></tr>", index + 1));
    }
    put(page, "</table>");
}

/// Greens by movement.
fn timings(page: &mut String, loaded: &Loaded, signal: SignalId, picture: &Split) {
    let plan = &loaded.signals.plans[signal];
    let ways = ways(loaded, signal);
    put(
        page,
        "<h2>Greens</h2><table><tr><th>movement</th><th>turn</th><th>begin s</th><th>end s</th><th>green s</th><th>yellow s</th></tr>",
    );
    for row in &picture.rows {
        let Some(way) = ways.iter().find(|way| way.id == row.id) else { continue };
        for green in greens(plan, way.heads[0]) {
            let end_ms = green.end_ms().rem_euclid(plan.cycle_ms().max(1));
            put(
                page,
                &format!(
                    "<tr><td class=\"l\">{}</td><td class=\"l\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    escape(row.id.as_str()),
                    row.turn,
                    seconds(green.start_ms),
                    seconds(end_ms),
                    seconds(green.length_ms),
                    seconds(green.yellow_ms)
                ),
            );
        }
    }
    put(page, "</table>");
}

/// From the end of a row's green to the start of a column's, for ways that meet.
fn intergreens(page: &mut String, loaded: &Loaded, meetings: &Meetings, signal: SignalId) {
    let plan = &loaded.signals.plans[signal];
    let ways = ways(loaded, signal);
    let meet = |a: &Way, b: &Way| {
        a.entries.iter().any(|&of| b.entries.iter().any(|foe| meetings.foes[of as usize].contains(foe)))
    };
    put(
        page,
        "<h2>Intergreens, s</h2><p>From the end of the green of a row to the start of the green of a column. Grey: their ways do not meet; p: green together, one yields.</p><table><tr><th></th>",
    );
    for way in &ways {
        put(page, &format!("<th>{}</th>", escape(way.id.as_str())));
    }
    put(page, "</tr>");
    for row in &ways {
        put(page, &format!("<tr><th>{}</th>", escape(row.id.as_str())));
        for column in &ways {
            let cell = if !meet(row, column) {
                "<td class=\"x\"></td>".to_owned()
            } else if overlap(plan, row.heads[0], column.heads[0]) {
                "<td>p</td>".to_owned()
            } else {
                let gap = gap_ms(plan, row.heads[0], column.heads[0]).map_or_else(String::new, seconds);
                format!("<td>{gap}</td>")
            };
            put(page, &cell);
        }
        put(page, "</tr>");
    }
    put(page, "</table>");
}
