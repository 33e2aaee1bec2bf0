//! Where stop lines lie: a road is cut back by the half width of the streets it meets, and a margin.

use sim_core::network::parts::JunctionKind;

use super::geometry::{Point, angle_rad, end_direction, length_m, start_direction};
use super::roads::RoadMap;

/// From the edge of the crossing street to the stop line.
const STOP_LINE_MARGIN_M: f64 = 3.0;
/// No road is cut back by more, nor by more than this share of its length.
const MAX_TRIM_M: f64 = 30.0;
const MAX_TRIM_SHARE: f64 = 0.45;
/// Roads that meet at less than this, or nearly straight on, do not cut each other back.
const PARALLEL_RAD: f64 = 0.35;

/// How much is cut off at the start and the end of each road.
pub fn trims(map: &RoadMap) -> Vec<[f64; 2]> {
    struct End {
        road: usize,
        side: usize,
        outward: Point,
        left_m: f64,
        right_m: f64,
        raw_m: f64,
    }
    let mut ends: Vec<Vec<End>> = map.nodes.iter().map(|_| Vec::new()).collect();
    for (index, road) in map.roads.iter().enumerate() {
        let kerb_m = road.anchor_m + road.lanes.iter().map(|lane| lane.width_m).sum::<f64>();
        let median_m = -road.anchor_m;
        let (right_m, left_m) = if map.left_hand { (median_m, kerb_m) } else { (kerb_m, median_m) };
        let from = start_direction(&road.line_m);
        ends[road.from].push(End { road: index, side: 0, outward: from, left_m, right_m, raw_m: 0.0 });
        let to = end_direction(&road.line_m);
        let outward = [-to[0], -to[1]];
        ends[road.to].push(End { road: index, side: 1, outward, left_m: right_m, right_m: left_m, raw_m: 0.0 });
    }
    let mut trims = vec![[0.0; 2]; map.roads.len()];
    for (node, ends) in ends.iter_mut().enumerate() {
        if map.nodes[node].kind == Some(JunctionKind::Unregulated) {
            continue;
        }
        for i in 0..ends.len() {
            for j in 0..ends.len() {
                let theta = angle_rad(ends[i].outward, ends[j].outward);
                if theta.abs() < PARALLEL_RAD || theta.abs() > std::f64::consts::PI - PARALLEL_RAD {
                    continue;
                }
                // The near edge of the other street meets our edge on that side.
                let (own_m, other_m) =
                    if theta > 0.0 { (ends[i].left_m, ends[j].right_m) } else { (ends[i].right_m, ends[j].left_m) };
                let (sine, cosine) = (sim_core::math::sin(theta.abs()), sim_core::math::cos(theta));
                let meets_m = (other_m + own_m * cosine) / sine;
                ends[i].raw_m = ends[i].raw_m.max(meets_m.max(0.0) + STOP_LINE_MARGIN_M);
            }
        }
        for end in ends.iter() {
            let arm_m = ends
                .iter()
                .filter(|other| angle_rad(end.outward, other.outward).abs() < PARALLEL_RAD)
                .fold(0.0, |most: f64, other| most.max(other.raw_m));
            let road = &map.roads[end.road];
            let limit_m = (length_m(&road.line_m) * MAX_TRIM_SHARE).min(MAX_TRIM_M);
            trims[end.road][end.side] = if road.is_trimmed { 0.0 } else { arm_m.min(limit_m) };
        }
    }
    trims
}
