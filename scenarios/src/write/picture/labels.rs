//! Names of the main streets, each on a straight stretch, none on another or on a marker.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::frame::{distance, distance_to_segment};
use super::junctions::Marker;
use super::roads::{Drawn, Stroke};
use super::{INK, line};
use crate::write::run::FinishedRun;
use crate::write::sumo::xml_escape;

/// At most so many names.
const NAMES: usize = 36;
/// At most so many streets are tried.
const STREETS: usize = 150;
/// At most so many links of a street are tried.
const TRIED: usize = 60;
/// Height of letters.
const SIZE_PX: f64 = 11.5;
/// Width of a letter on average.
const LETTER_PX: f64 = 0.60 * SIZE_PX;
/// How far a name may leave its street.
const STRAY_PX: f64 = 7.0;

/// A name in its place.
struct Label {
    /// On the street.
    middle: [f64; 2],
    direction: [f64; 2],
    width_px: f64,
    /// How far the name stands above the street.
    above_px: f64,
}

impl Label {
    /// Points along the street below the name, about a letter's height apart.
    fn on_street(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let n = (self.width_px / SIZE_PX).ceil().max(2.0) as usize;
        (0..=n).map(move |index| {
            let along = self.width_px * (index as f64 / n as f64 - 0.5);
            [self.middle[0] + along * self.direction[0], self.middle[1] + along * self.direction[1]]
        })
    }
    /// The same points at the name's own height.
    fn points(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.on_street().map(|point| self.raised(point))
    }
    fn raised(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [x + self.above_px * self.direction[1], y - self.above_px * self.direction[0]]
    }
}

/// Draws the names of the streets that carry most traffic.
pub(super) fn streets(out: &mut String, run: &FinishedRun<'_>, drawn: &Drawn, markers: &[Marker]) {
    let mut streets: BTreeMap<&str, Vec<&Stroke>> = BTreeMap::new();
    for stroke in &drawn.strokes {
        let title = run.link_title(stroke.link);
        if !title.trim().is_empty() && title != run.link_name(stroke.link) && stroke.points.len() > 1 {
            streets.entry(title).or_default().push(stroke);
        }
    }
    let weight =
        |strokes: &[&Stroke]| strokes.iter().fold(0.0, |sum, stroke| sum + stroke.distance_m + stroke.length_px);
    let mut ranked: Vec<(&str, Vec<&Stroke>)> = streets.into_iter().collect();
    ranked.sort_by(|(a, x), (b, y)| weight(y).total_cmp(&weight(x)).then(a.cmp(b)));

    line(
        out,
        &format!(
            "<g font-size=\"{SIZE_PX}\" text-anchor=\"middle\" fill=\"{INK}\" stroke=\"#ffffff\" stroke-width=\"3.6\" \
         stroke-opacity=\"0.9\" stroke-linejoin=\"round\" paint-order=\"stroke\">"
        ),
    );
    let mut placed: Vec<Label> = Vec::new();
    for (name, strokes) in ranked.into_iter().take(STREETS) {
        if placed.len() == NAMES {
            break;
        }
        if let Some(label) = place(name, &strokes, &placed, markers) {
            draw(out, name, &label);
            placed.push(label);
        }
    }
    line(out, "</g>");
}

/// The first good place, links near the street's middle first.
fn place(name: &str, strokes: &[&Stroke], placed: &[Label], markers: &[Marker]) -> Option<Label> {
    let length_px = strokes.iter().fold(0.0, |sum, stroke| sum + stroke.length_px).max(1e-9);
    let middle = strokes.iter().fold([0.0; 2], |sum, stroke| {
        let at = stroke.points[stroke.points.len() / 2];
        let share = stroke.length_px / length_px;
        [sum[0] + share * at[0], sum[1] + share * at[1]]
    });
    let mut tried: Vec<&Stroke> = strokes.to_vec();
    tried.sort_by(|a, b| b.length_px.total_cmp(&a.length_px).then(a.link.cmp(&b.link)));
    tried.truncate(TRIED);
    let width_px = name.chars().count() as f64 * LETTER_PX;
    let mut labels: Vec<Label> = tried.iter().flat_map(|stroke| candidates(stroke, width_px)).collect();
    labels.sort_by(|a, b| distance(a.middle, middle).total_cmp(&distance(b.middle, middle)));
    labels.into_iter().find(|label| {
        let is_straight = label.on_street().all(|point| {
            strokes.iter().any(|stroke| {
                stroke.points.windows(2).any(|pair| distance_to_segment(point, pair[0], pair[1]) <= STRAY_PX)
            })
        });
        is_straight
            && label.points().all(|point| {
                markers.iter().all(|marker| distance(marker.at, point) > marker.radius_px + 0.6 * SIZE_PX)
                    && placed.iter().all(|other| other.points().all(|taken| distance(taken, point) > 1.25 * SIZE_PX))
            })
    })
}

/// Places for a name on one link: the middles of its segments, and a third to either side of long ones.
fn candidates(stroke: &Stroke, width_px: f64) -> Vec<Label> {
    let mut found = Vec::new();
    for pair in stroke.points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = distance(a, b);
        if length < 6.0 {
            continue;
        }
        let mut direction = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
        // Names read from left to right, or upwards.
        if direction[0] < -1e-9 || (direction[0].abs() <= 1e-9 && direction[1] > 0.0) {
            direction = [-direction[0], -direction[1]];
        }
        for share in [0.5, 0.3, 0.7] {
            let middle = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
            found.push(Label { middle, direction, width_px, above_px: stroke.width_px + 0.62 * SIZE_PX });
        }
    }
    found
}

fn draw(out: &mut String, name: &str, label: &Label) {
    let [x, y] = label.raised(label.middle);
    let angle_degrees = sim_core::math::atan2(label.direction[1], label.direction[0]).to_degrees();
    writeln!(
        out,
        "<text transform=\"translate({x:.1} {y:.1}) rotate({angle_degrees:.1})\" y=\"{:.1}\">{}</text>",
        0.36 * SIZE_PX,
        xml_escape(name)
    )
    .expect("writing to memory cannot fail");
}
