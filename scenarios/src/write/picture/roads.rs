//! Roads: their surface, and traffic on them. The two directions of a street lie side by side, each as wide as its flow.

use std::collections::BTreeSet;
use std::fmt::Write;

use sim_core::ids::LinkId;
use sim_core::network::parts::{LinkKind, LinkPart};

use super::frame::{Frame, distance, path, shifted, thinned};
use super::{line, speed_color};
use crate::write::run::FinishedRun;
use crate::write::totals::{LinkTotals, quantile, ratio};

/// Lanes narrower than this are not drawn one by one.
const LANE_PX_MIN: f64 = 0.5;
/// Width of a link without vehicles.
const EMPTY_PX: f64 = 0.9;

/// A link as it is drawn.
pub(super) struct Stroke {
    /// The link.
    pub(super) link: LinkId,
    /// Its line in the picture.
    pub(super) points: Vec<[f64; 2]>,
    /// Width by flow.
    pub(super) width_px: f64,
    /// Color by speed.
    pub(super) color: &'static str,
    /// Distance driven on it: how much it matters.
    pub(super) distance_m: f64,
    /// Length in the picture.
    pub(super) length_px: f64,
}

/// All links as they are drawn, least flow first, and the scale of widths.
pub(super) struct Drawn {
    /// The links.
    pub(super) strokes: Vec<Stroke>,
    /// A round flow near the top, for the legend.
    pub(super) flow_vph_max: f64,
    width_px_max: f64,
}

impl Drawn {
    /// The links of a run.
    pub(super) fn of(run: &FinishedRun<'_>, frame: &Frame, totals: &[LinkTotals]) -> Self {
        let parts = &run.loaded.parts;
        let roads =
            || parts.links.iter().enumerate().filter(|(_, link)| link.kind == LinkKind::Road && !link.lanes.is_empty());
        let flow_vph = |index: usize, link: &LinkPart| totals[index].flow_vph(link.lanes[0].length_m).unwrap_or(0.0);
        let flows: Vec<f64> = roads().map(|(index, link)| flow_vph(index, link)).filter(|flow| *flow > 0.0).collect();
        let lengths_px: Vec<f64> = roads().map(|(_, link)| link.lanes[0].length_m * frame.px_per_m).collect();
        let (sum, squares) = lengths_px.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
        let mut drawn = Self {
            strokes: Vec::new(),
            flow_vph_max: round_up(quantile(&flows, 0.98).unwrap_or(1000.0)),
            // As wide as the usual block allows, long links counting more than the many short ones at junctions.
            width_px_max: (0.07 * ratio(squares, sum).unwrap_or(100.0)).clamp(3.0, 10.0),
        };
        let ends: BTreeSet<_> = roads().map(|(_, link)| (link.from, link.to)).collect();
        for (index, link) in roads() {
            let flow_vph = flow_vph(index, link);
            let width_px = drawn.width_px(flow_vph);
            let is_two_way = ends.contains(&(link.to, link.from));
            let share = totals[index].mean_speed_mps().and_then(|speed_mps| ratio(speed_mps, speed_limit_mps(link)));
            let points = centre(link, frame, is_two_way, parts.left_hand, width_px);
            drawn.strokes.push(Stroke {
                link: LinkId(index as u32),
                length_px: points.windows(2).map(|pair| distance(pair[0], pair[1])).fold(0.0, |sum, x| sum + x),
                points,
                width_px,
                color: share.map_or("#c4cbd0", speed_color),
                distance_m: totals[index].distance_m,
            });
        }
        drawn.strokes.sort_by(|a, b| a.width_px.total_cmp(&b.width_px).then(a.link.cmp(&b.link)));
        drawn
    }

    /// The width of a flow.
    pub(super) fn width_px(&self, flow_vph: f64) -> f64 {
        if flow_vph <= 0.0 {
            return EMPTY_PX;
        }
        1.3 + (self.width_px_max - 1.3) * (flow_vph / self.flow_vph_max).min(1.2)
    }
}

fn speed_limit_mps(link: &LinkPart) -> f64 {
    link.lanes.iter().map(|lane| lane.speed_limit_mps).fold(0.0, f64::max)
}

/// The next larger of 1, 2, 5 times a power of ten.
fn round_up(number: f64) -> f64 {
    let mut step = 1.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if number <= factor * step {
                return factor * step;
            }
        }
        step *= 10.0;
    }
}

/// The line along which a link is drawn: beside the middle of a two-way street, else in the middle of its lanes.
fn centre(link: &LinkPart, frame: &Frame, is_two_way: bool, left_hand: bool, width_px: f64) -> Vec<[f64; 2]> {
    let (Some(kerb), Some(median)) = (link.lanes.first(), link.lanes.last()) else { return Vec::new() };
    let in_px = |shape: &[[f64; 2]]| thinned(&shape.iter().map(|&point| frame.px(point)).collect::<Vec<_>>());
    let kerb_side = if left_hand { -1.0 } else { 1.0 };
    if is_two_way {
        let outer_px = -kerb_side * 0.5 * median.width_m * frame.px_per_m;
        let inner_px = kerb_side * (0.5 * width_px + 0.3);
        return shifted(&in_px(&median.shape_in_city_m), outer_px + inner_px);
    }
    let lanes_m = link.lanes.iter().fold(0.0, |sum, lane| sum + lane.width_m);
    shifted(&in_px(&kerb.shape_in_city_m), -kerb_side * 0.5 * (lanes_m - kerb.width_m) * frame.px_per_m)
}

/// Draws the ground that roads and junctions cover.
pub(super) fn surface(out: &mut String, run: &FinishedRun<'_>, frame: &Frame) {
    if 3.0 * frame.px_per_m < LANE_PX_MIN {
        return;
    }
    line(out, "<g fill=\"#e6e8e6\" stroke=\"none\">");
    for junction in &run.loaded.parts.junctions {
        let outline: Vec<[f64; 2]> = junction.outline_in_city_m.iter().map(|&point| frame.px(point)).collect();
        if outline.len() > 2 {
            line(out, &format!("<path d=\"{}Z\"/>", path(&outline)));
        }
    }
    line(out, "</g>\n<g fill=\"none\" stroke=\"#e6e8e6\" stroke-linejoin=\"round\">");
    for link in run.loaded.parts.links.iter().filter(|link| link.kind == LinkKind::Road) {
        for lane in &link.lanes {
            let points = thinned(&lane.shape_in_city_m.iter().map(|&point| frame.px(point)).collect::<Vec<_>>());
            let width_px = (lane.width_m * frame.px_per_m + 0.4).max(0.6);
            line(out, &format!("<path d=\"{}\" stroke-width=\"{width_px:.1}\"/>", path(&points)));
        }
    }
    line(out, "</g>");
}

/// Draws traffic.
pub(super) fn traffic(out: &mut String, drawn: &Drawn) {
    line(out, "<g fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"butt\">");
    for stroke in drawn.strokes.iter().filter(|stroke| stroke.points.len() > 1) {
        writeln!(
            out,
            "<path d=\"{}\" stroke=\"{}\" stroke-width=\"{:.1}\"/>",
            path(&stroke.points),
            stroke.color,
            stroke.width_px
        )
        .expect("writing to memory cannot fail");
    }
    line(out, "</g>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legends_use_round_flows() {
        assert_eq!([0.5, 3.0, 640.0, 1000.0, 1001.0].map(round_up), [1.0, 5.0, 1000.0, 1000.0, 2000.0]);
    }
}
