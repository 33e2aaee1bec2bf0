//! `segment.csv` and `segment_lane.csv`.
//!
//! A link with segments is split at their borders: the pieces are called `id`, `id#2`, … and are joined by unregulated
//! nodes `id@2`, … A lane that begins at a border is entered from its neighbour; one that ends leads into it.

use std::collections::BTreeMap;

use sim_core::network::parts::{JunctionKind, Turn};
use sim_core::units::ClassSet;

use crate::compile::geometry::{Point, cut, length_m};
use crate::compile::roads::{Road, RoadLane, RoadMovement, RoadNode};
use crate::read::gmns::config::Config;
use crate::read::gmns::links::{Links, fill, lane_of, tidy};
use crate::read::gmns::nodes::Nodes;
use crate::read::gmns::uses::Uses;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::network_tables::{SEGMENT, SEGMENT_LANE};

/// Pieces shorter than this are not made.
const MIN_PIECE_M: f64 = 1.0;

/// A segment of a link.
pub(super) struct Segment {
    ref_node: String,
    start_m: f64,
    end_m: f64,
    speed_mps: Option<f64>,
    added: [i64; 2],
    lanes: Vec<RoadLane>,
}

/// Reads both tables: segments by link.
pub(super) fn read(
    files: &mut Files,
    folder: &str,
    config: &Config,
    uses: &Uses,
    report: &mut Report,
) -> BTreeMap<String, Vec<Segment>> {
    let records = Records::optional(files, folder, &SEGMENT, report);
    let lane_records = Records::optional(files, folder, &SEGMENT_LANE, report);
    let mut lanes: BTreeMap<String, Vec<RoadLane>> = BTreeMap::new();
    for row in lane_records.rows() {
        let lane = lane_of(row, config, uses, report);
        lanes.entry(row.text("segment_id").to_owned()).or_default().push(lane);
    }
    let mut segments: BTreeMap<String, Vec<Segment>> = BTreeMap::new();
    for row in records.rows() {
        let at = |column: &str| row.number(column).unwrap_or(0.0) * config.short_m;
        let (start_m, end_m) = (at("start_lr"), at("end_lr"));
        if start_m >= end_m {
            report.problem(row.problem("end_lr", "is not after start_lr"));
        }
        segments.entry(row.text("link_id").to_owned()).or_default().push(Segment {
            ref_node: row.text("ref_node_id").to_owned(),
            start_m,
            end_m,
            speed_mps: row.number("free_speed").map(|speed| speed * config.speed_mps),
            added: ["l_lanes_added", "r_lanes_added"].map(|column| row.integer(column).unwrap_or(0)),
            lanes: lanes.remove(row.text("segment_id")).unwrap_or_default(),
        });
    }
    if let Some(segment) = lanes.keys().next() {
        let problem = crate::error::Problem::new(lane_records.file(), "is no segment");
        report.problem(problem.field("segment_id", segment));
    }
    segments
}

/// The median-side edge of the lanes of a piece where the line is the centre of the link's through lanes.
pub(super) fn centred_anchor_m(base: &[RoadLane], piece: &[RoadLane]) -> f64 {
    let width_m = |lanes: &[RoadLane], pockets: bool| -> f64 {
        lanes.iter().filter(|lane| (lane.number < 0) == pockets).map(|lane| lane.width_m).sum()
    };
    -width_m(base, false) / 2.0 - width_m(piece, true)
}

/// The lanes of a piece of a link: those of the link, with those of the segments that cover it.
fn piece_lanes(road: &Road, covering: &[&Segment], allowed: ClassSet) -> Vec<RoadLane> {
    let mut lanes = road.lanes.clone();
    let speed_mps = covering.iter().filter_map(|segment| segment.speed_mps).next_back();
    for segment in covering {
        let [left, right] = segment.added;
        if segment.lanes.is_empty() {
            let top = lanes.iter().map(|lane| lane.number).max().unwrap_or(0);
            let low = lanes.iter().map(|lane| lane.number).min().unwrap_or(1).min(0);
            let numbers = (1..=left as i32).map(|k| low - k).chain((1..=right as i32).map(|k| top + k));
            let model = road.lanes[0].clone();
            lanes.extend(numbers.map(|number| RoadLane { number, ..model.clone() }));
            // Negative numbers drop lanes at that side, but never the last one.
            lanes.sort_by_key(|lane| lane.number);
            let dropped = |added: i64, n: usize| (added.min(0).unsigned_abs() as usize).min(n.saturating_sub(1));
            lanes.drain(..dropped(left, lanes.len()));
            lanes.truncate(lanes.len() - dropped(right, lanes.len()));
        }
        for lane in &segment.lanes {
            let mut lane = lane.clone();
            fill(&mut lane, speed_mps.unwrap_or(road.lanes[0].speed_limit_mps), allowed);
            lanes.retain(|other| other.number != lane.number);
            lanes.push(lane);
        }
    }
    if let Some(speed_mps) = speed_mps {
        lanes.iter_mut().for_each(|lane| lane.speed_limit_mps = speed_mps);
    }
    tidy(&mut lanes);
    lanes
}

/// Splits a road at the borders of its segments.
pub(super) fn split(
    row: Row<'_>,
    road: Road,
    segments: &[Segment],
    allowed: ClassSet,
    nodes: &mut Nodes,
    links: &mut Links,
    report: &mut Report,
) {
    let whole_m = length_m(&road.line_m);
    let driving_m = whole_m * road.length_factor;
    // Distances of segments are driving distances; shapes are cut in proportion.
    let spans: Vec<(f64, f64, &Segment)> = segments
        .iter()
        .map(|segment| {
            let clamp = |x: f64| x.clamp(0.0, driving_m);
            if nodes.index.get(&segment.ref_node) == Some(&road.to) {
                (clamp(driving_m - segment.end_m), clamp(driving_m - segment.start_m), segment)
            } else {
                (clamp(segment.start_m), clamp(segment.end_m), segment)
            }
        })
        .collect();
    for (_, _, segment) in &spans {
        let reference = nodes.index.get(&segment.ref_node);
        if reference != Some(&road.from) && reference != Some(&road.to) {
            let problem = row.problem("link_id", "has a segment whose ref_node_id is no end of the link");
            report.problem(problem.hint(format!("ref_node_id {:?}", segment.ref_node)));
        }
        if segment.end_m > driving_m + 0.5 {
            report.notice("segments that reach beyond their link are cut off at its end", 1);
        }
    }
    let mut cuts: Vec<f64> = spans.iter().flat_map(|&(start_m, end_m, _)| [start_m, end_m]).collect();
    cuts.sort_by(f64::total_cmp);
    let mut borders = vec![0.0];
    for cut_m in cuts {
        if cut_m - borders[borders.len() - 1] >= MIN_PIECE_M && driving_m - cut_m >= MIN_PIECE_M {
            borders.push(cut_m);
        }
    }
    borders.push(driving_m);
    let n_pieces = borders.len() - 1;
    let mut pieces = Vec::with_capacity(n_pieces);
    let mut from = road.from;
    for piece in 0..n_pieces {
        let (start_m, end_m) = (borders[piece], borders[piece + 1]);
        let middle_m = f64::midpoint(start_m, end_m);
        let mut covering: Vec<(f64, &Segment)> = spans
            .iter()
            .filter(|span| span.0 <= middle_m && middle_m < span.1)
            .map(|span| (span.0 - span.1, span.2))
            .collect();
        // Longest first: a segment within another prevails.
        covering.sort_by(|a, b| a.0.total_cmp(&b.0));
        let covering: Vec<&Segment> = covering.into_iter().map(|(_, segment)| segment).collect();
        let line_m = cut(&road.line_m, start_m / road.length_factor, end_m / road.length_factor);
        let to = if piece + 1 == n_pieces { road.to } else { seam_node(&road, piece, &line_m, nodes) };
        let id = if piece == 0 { road.id.clone() } else { format!("{}#{}", road.id, piece + 1) };
        let mut lanes = piece_lanes(&road, &covering, allowed);
        if lanes.is_empty() {
            report.problem(row.problem("link_id", "has a segment without a lane for vehicles"));
            lanes.clone_from(&road.lanes);
        }
        pieces.push((links.roads.len(), start_m));
        // On a median line the street widens towards the kerb, as the opposite lanes lie on the other side.
        let anchor_m = if road.anchor_m == 0.0 { 0.0 } else { centred_anchor_m(&road.lanes, &lanes) };
        links.roads.push(Road { id, from, to, lanes, line_m, anchor_m, ..road.clone() });
        if piece > 0 {
            links.seams.push(seam(&links.roads, links.roads.len() - 2));
        }
        from = to;
    }
    links.pieces.insert(road.id, pieces);
}

fn seam_node(road: &Road, piece: usize, line_m: &[Point], nodes: &mut Nodes) -> usize {
    let id = format!("{}@{}", road.id, piece + 2);
    let position_m = line_m.last().copied().unwrap_or([0.0, 0.0]);
    nodes.index.insert(id.clone(), nodes.list.len());
    nodes.list.push(RoadNode {
        id,
        title: road.title.clone(),
        position_m,
        kind: Some(JunctionKind::Unregulated),
        is_external: false,
    });
    nodes.list.len() - 1
}

/// The movement from a piece to the next: lanes go on by number; a new lane is entered from its nearest neighbour, a
/// lane that ends leads into its nearest neighbour.
fn seam(roads: &[Road], from: usize) -> RoadMovement {
    let (a, b) = (&roads[from], &roads[from + 1]);
    let nearest = |lanes: &[RoadLane], number: i32| {
        let distance = |lane: &RoadLane| (lane.number - number).abs();
        lanes.iter().enumerate().min_by_key(|(_, lane)| distance(lane)).map_or(0, |(index, _)| index as u16)
    };
    let mut pairs: Vec<(u16, u16)> = Vec::new();
    for (index, lane) in a.lanes.iter().enumerate() {
        pairs.push((index as u16, nearest(&b.lanes, lane.number)));
    }
    for (index, lane) in b.lanes.iter().enumerate() {
        pairs.push((nearest(&a.lanes, lane.number), index as u16));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut movement = RoadMovement::plain(format!("{}>{}", a.id, b.id), from, from + 1);
    movement.pairs = pairs;
    movement.turn = Some(Turn::Straight);
    movement.is_direct = Some(true);
    movement
}
