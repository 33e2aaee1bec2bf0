//! Signalized junctions with the letter of their level of service.

use std::fmt::Write;

use super::frame::{Frame, distance};
use super::{INK, SCALE, line};
use crate::write::places;
use crate::write::run::FinishedRun;
use crate::write::totals;

/// A junction as it is drawn.
pub(super) struct Marker {
    /// Its middle in the picture.
    pub(super) at: [f64; 2],
    /// Its radius.
    pub(super) radius_px: f64,
    letter: Option<char>,
}

/// The markers of a run; where several lie on one another, the one with most delay stays.
pub(super) fn markers(run: &FinishedRun<'_>, frame: &Frame) -> Vec<Marker> {
    let places = places::movements(run);
    let rows = totals::whole_run(&run.results.movements);
    let mut found: Vec<_> = totals::junctions(&rows, &places)
        .into_iter()
        .filter(|(_, totals)| totals.signal.is_some())
        .map(|(junction, totals)| (junction, totals.all.delay_s_sum, totals.all.level().letter))
        .collect();
    found.sort_by(|(a, x, _), (b, y, _)| y.total_cmp(x).then(a.cmp(b)));
    let radius_px = if found.len() > 150 { 5.5 } else { 8.5 };
    let mut markers: Vec<Marker> = Vec::new();
    for (junction, _, letter) in found {
        let at = frame.px(run.loaded.parts.junctions[junction.index()].position_in_city_m);
        if markers.iter().all(|marker| distance(marker.at, at) > 1.7 * radius_px) {
            markers.push(Marker { at, radius_px, letter });
        }
    }
    markers
}

/// Draws markers, the worst on top.
pub(super) fn draw(out: &mut String, markers: &[Marker]) {
    line(out, "<g font-weight=\"bold\" text-anchor=\"middle\" stroke=\"#ffffff\" stroke-width=\"1.4\">");
    for marker in markers.iter().rev() {
        draw_one(out, marker.at, marker.radius_px, marker.letter);
    }
    line(out, "</g>");
}

/// Draws one marker; without a letter, a pale one.
pub(super) fn draw_one(out: &mut String, [x, y]: [f64; 2], radius_px: f64, letter: Option<char>) {
    let class = letter.map(|letter| (letter as usize).saturating_sub('A' as usize).min(5));
    let fill = class.map_or("#9aa5ad", |class| SCALE[class]);
    write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius_px:.1}\" fill=\"{fill}\"/>")
        .expect("writing to memory cannot fail");
    if let Some(letter) = letter {
        let ink = if matches!(class, Some(2 | 3)) { INK } else { "#ffffff" };
        let size_px = 1.3 * radius_px;
        let base = y + 0.36 * size_px;
        write!(out, "<text x=\"{x:.1}\" y=\"{base:.1}\" font-size=\"{size_px:.1}\" fill=\"{ink}\" stroke=\"none\">{letter}</text>")
            .expect("writing to memory cannot fail");
    }
    out.push('\n');
}
