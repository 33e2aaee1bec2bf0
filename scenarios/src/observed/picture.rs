//! Observed against simulated as a picture: flows, and speeds where there are any.

use std::fmt::Write as _;

use super::Use;
use super::judge::{Pair, Verdict};

const PANEL_PX: f64 = 400.0;
const MARGIN_PX: f64 = 70.0;
const HEAD_PX: f64 = 80.0;
const INK: &str = "#222";
const COLORS: [&str; 2] = ["#2166ac", "#d6604d"];

/// Draws a verdict as SVG.
pub fn svg(verdict: &Verdict, scenario: &str, calibration: &str) -> String {
    let flows: Vec<&Pair> = verdict.pairs.iter().filter(|pair| pair.is_flow()).collect();
    let speeds: Vec<&Pair> = verdict.pairs.iter().filter(|pair| !pair.is_flow()).collect();
    let panels: Vec<(&[&Pair], &str, f64)> =
        [(flows.as_slice(), "flow in vehicles per hour", 1.0), (speeds.as_slice(), "speed in km/h", 3.6)]
            .into_iter()
            .filter(|(pairs, ..)| !pairs.is_empty())
            .collect();
    let width_px = (PANEL_PX + MARGIN_PX) * panels.len().max(1) as f64 + MARGIN_PX;
    let height_px = HEAD_PX + PANEL_PX + MARGIN_PX + 20.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width_px} {height_px}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"{INK}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let escaped = scenario.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN_PX}\" y=\"28\" font-size=\"16\" font-weight=\"bold\">{escaped}: observed and simulated</text>\n\
         <text x=\"{MARGIN_PX}\" y=\"48\">{calibration} by {}: {}</text>",
        verdict.rule.title(),
        verdict.why()
    );
    for (index, usage) in [Use::Calibration, Use::HeldOut].into_iter().enumerate() {
        let x = MARGIN_PX + 150.0 * index as f64;
        let words = if usage == Use::Calibration { "days of calibration" } else { "days held out" };
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"64\" r=\"4\" {}/><text x=\"{}\" y=\"68\">{words}</text>",
            mark(usage),
            x + 10.0
        );
    }
    for (index, (pairs, name, scale)) in panels.into_iter().enumerate() {
        panel(&mut out, MARGIN_PX + (PANEL_PX + MARGIN_PX) * index as f64, pairs, (name, scale));
    }
    out.push_str("</svg>\n");
    out
}

fn mark(usage: Use) -> String {
    match usage {
        Use::Calibration => format!("fill=\"{}\" fill-opacity=\"0.7\"", COLORS[0]),
        Use::HeldOut => format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"", COLORS[1]),
    }
}

fn panel(out: &mut String, left_px: f64, pairs: &[&Pair], (name, scale): (&str, f64)) {
    let values = pairs.iter().flat_map(|pair| [pair.observed, pair.simulated.unwrap_or(0.0)]);
    let step = mark_distance(values.fold(0.0, f64::max) * scale);
    let largest = values_end(pairs, scale, step);
    let bottom_px = HEAD_PX + PANEL_PX;
    let at = |observed: f64, simulated: f64| {
        (left_px + observed / largest * PANEL_PX, bottom_px - simulated.min(largest) / largest * PANEL_PX)
    };
    let _ = writeln!(
        out,
        "<rect x=\"{left_px}\" y=\"{HEAD_PX}\" width=\"{PANEL_PX}\" height=\"{PANEL_PX}\" fill=\"none\" stroke=\"#999\"/>"
    );
    let mut value = 0.0;
    while value <= largest + 1e-9 {
        let ((x, _), (_, y)) = (at(value, 0.0), at(0.0, value));
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value:.0}</text>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.0}</text>",
            bottom_px + 16.0,
            left_px - 6.0,
            y + 4.0
        );
        value += step;
    }
    let is_flow = pairs[0].is_flow();
    // The line of equality, and the border of what counts as near: GEH 5, or 15 %.
    let border = |observed: f64, sign: f64| {
        if is_flow {
            observed + 6.25 + sign * (25.0 * observed + 39.0625).sqrt()
        } else {
            observed * (1.0 + 0.15 * sign)
        }
    };
    for (sign, style) in [(0.0, "stroke=\"#444\""), (1.0, DASHED), (-1.0, DASHED)] {
        let line: Vec<String> = (0..=60)
            .map(|index| largest * f64::from(index) / 60.0)
            .map(|observed| (observed, if sign == 0.0 { observed } else { border(observed, sign) }))
            .filter(|(_, simulated)| (0.0..=largest).contains(simulated))
            .map(|(observed, simulated)| at(observed, simulated))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(out, "<polyline points=\"{}\" fill=\"none\" {style}/>", line.join(" "));
    }
    for pair in pairs {
        let Some(simulated) = pair.simulated else { continue };
        let (x, y) = at(pair.observed * scale, simulated * scale);
        let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" {}/>", mark(pair.subject.usage));
    }
    let near = if is_flow { "dashed: GEH 5" } else { "dashed: 15 %" };
    let middle_px = left_px + PANEL_PX / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{middle_px}\" y=\"{}\" text-anchor=\"middle\">observed {name}; {near}</text>\
         <text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"middle\">simulated</text>",
        bottom_px + 38.0,
        left_px - 48.0,
        HEAD_PX + PANEL_PX / 2.0
    );
}

const DASHED: &str = "stroke=\"#999\" stroke-dasharray=\"5 4\"";

fn values_end(pairs: &[&Pair], scale: f64, step: f64) -> f64 {
    let largest = pairs.iter().flat_map(|pair| [pair.observed, pair.simulated.unwrap_or(0.0)]).fold(0.0, f64::max);
    ((largest * scale / step).ceil() * step).max(step)
}

/// A round distance that gives about five marks.
fn mark_distance(largest: f64) -> f64 {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if largest / step <= 6.0 {
            break;
        }
        step *= factor;
    }
    step
}
