//! The map of a run as SVG: links colored by mean speed relative to the limit, as wide as their flow, the main streets'
//! names, signalized junctions with their level of service, a legend, a scale bar, and what the numbers are worth.

mod frame;
mod junctions;
mod labels;
mod legend;
mod roads;

use std::fmt::Write;

use frame::Frame;

use super::run::{FinishedRun, clock};
use super::sumo::xml_escape;
use super::totals;

/// Width of the picture.
const WIDTH_PX: f64 = 1400.0;
/// Space left and right of the map.
const MARGIN_PX: f64 = 36.0;
/// Height of the title.
const HEAD_PX: f64 = 92.0;
/// Height of the legend.
const FOOT_PX: f64 = 104.0;
/// Text color.
const INK: &str = "#22303a";
/// Color of lesser text.
const PALE_INK: &str = "#61707a";

/// From good to bad, for speeds and letters alike; blue and red stay apart for the color-blind.
const SCALE: [&str; 6] = ["#22788a", "#63a89b", "#c3bd55", "#f0a733", "#df642c", "#a3182c"];
/// Least share of the speed limit in each class, after the Highway Capacity Manual's classes of urban streets.
const SPEED_SHARES: [f64; 6] = [0.80, 0.67, 0.50, 0.40, 0.30, 0.0];

/// The color of a mean speed as share of the limit.
fn speed_color(share: f64) -> &'static str {
    let class = SPEED_SHARES.iter().position(|least| share >= *least).unwrap_or(5);
    SCALE[class]
}

/// The map of a run; the same bytes for the same run.
pub fn map(run: &FinishedRun<'_>) -> String {
    let links = totals::links(run);
    let frame = Frame::around(&run.loaded.parts);
    let height_px = HEAD_PX + frame.height_px + FOOT_PX;
    let mut svg = String::new();
    let out = &mut svg;
    line(
        out,
        &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH_PX:.0} {height_px:.0}\" width=\"{WIDTH_PX:.0}\" \
         height=\"{height_px:.0}\" font-family=\"DejaVu Sans, Noto Sans, Helvetica, Arial, sans-serif\">"
        ),
    );
    line(out, &format!("<title>{}: {}</title>", xml_escape(&run.loaded.name), subtitle(run)));
    line(out, &format!("<rect width=\"{WIDTH_PX:.0}\" height=\"{height_px:.0}\" fill=\"#fbfaf7\"/>"));
    let drawn = roads::Drawn::of(run, &frame, &links);
    roads::surface(out, run, &frame);
    roads::traffic(out, &drawn);
    let markers = junctions::markers(run, &frame);
    labels::streets(out, run, &drawn, &markers);
    junctions::draw(out, &markers);
    head(out, run);
    legend::draw(out, &frame, &drawn, HEAD_PX + frame.height_px, !markers.is_empty());
    line(out, "</svg>");
    svg
}

fn subtitle(run: &FinishedRun<'_>) -> String {
    let from = run.counted_from().min(run.end);
    format!("mean speed as share of the limit, {} to {}", clock(from), clock(run.end))
}

fn head(out: &mut String, run: &FinishedRun<'_>) {
    line(
        out,
        &format!(
            "<rect width=\"{WIDTH_PX:.0}\" height=\"{:.0}\" fill=\"#fbfaf7\" fill-opacity=\"0.94\"/>",
            HEAD_PX - 16.0
        ),
    );
    text(out, [MARGIN_PX, 42.0], &format!("font-size=\"26\" font-weight=\"bold\" fill=\"{INK}\""), &run.loaded.name);
    text(out, [MARGIN_PX, 66.0], &format!("font-size=\"14\" fill=\"{PALE_INK}\""), &subtitle(run));
    let right = [WIDTH_PX - MARGIN_PX, 42.0];
    let status = format!("font-size=\"16\" font-weight=\"bold\" text-anchor=\"end\" fill=\"{}\"", SCALE[5]);
    if !run.is_calibrated() {
        text(out, right, &status, run.calibration());
    }
    let seed = format!("one run, seed {}", run.params.seed);
    text(out, [right[0], 66.0], &format!("font-size=\"14\" text-anchor=\"end\" fill=\"{PALE_INK}\""), &seed);
}

/// Appends a line.
fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Appends words at a place.
fn text(out: &mut String, [x, y]: [f64; 2], style: &str, words: &str) {
    writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>", xml_escape(words))
        .expect("writing to memory cannot fail");
}
