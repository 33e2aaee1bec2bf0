//! Right of way: which ways through a junction meet, and who yields.
//!
//! Two ways conflict where their centre lines cross, or where they end in the same lane; ways from the same lane never
//! do. Who yields: the lower rank; then turning round; then, between opposite approaches, the turn across oncoming
//! traffic; between neighbouring approaches the turn at signals, else the one that has the other on its right (on its
//! left in left-hand traffic).

use std::collections::BTreeMap;

use sim_core::network::parts::{ConflictPart, Control, JunctionKind, Turn};

use super::geometry::{Point, angle_rad, cross, crossing, end_direction, length_m};
use super::roads::{MovementRule, RoadMap, RoadMovement};
use super::turns::{crosses_oncoming, turns_to_kerb};

/// Approaches at more than this angle are opposite.
const OPPOSITE_RAD: f64 = 2.2;
/// Rank of movements inside a roundabout, above all others.
const ROUNDABOUT_RANK: i32 = 1_000_000;

/// A way from an inbound lane to an outbound lane.
#[derive(Clone, PartialEq, Debug)]
pub struct Way {
    /// Position of its movement.
    pub movement: usize,
    /// Position of its node.
    pub node: usize,
    /// Inbound road.
    pub from: usize,
    /// Outbound road.
    pub to: usize,
    /// Inbound lane.
    pub inbound: u16,
    /// Outbound lane.
    pub outbound: u16,
    /// Turn.
    pub turn: Turn,
    /// Direction at the stop line.
    pub heading_in: Point,
    /// Angle of the turn, positive to the left.
    pub turn_rad: f64,
    /// Centre line from stop line to exit.
    pub shape_m: Vec<Point>,
    /// Whether lane leads to lane without anything between.
    pub is_direct: bool,
    /// Where vehicles wait inside.
    pub split_m: Option<f64>,
    /// Position of its entry connector.
    pub entry: u32,
    /// Position of the connector that leaves its waiting place.
    pub inside: Option<u32>,
}

/// How right of way is settled at each node: as given, or by rank where ranks differ, else priority to the right.
pub fn kinds(map: &RoadMap) -> Vec<JunctionKind> {
    let n_nodes = map.nodes.len();
    let (mut has_signal, mut has_movement) = (vec![false; n_nodes], vec![false; n_nodes]);
    for movement in &map.movements {
        let node = map.roads[movement.from].to;
        has_movement[node] = true;
        has_signal[node] |= movement.signal.is_some();
    }
    let mut ranks: Vec<Vec<(bool, i32)>> = vec![Vec::new(); n_nodes];
    for road in &map.roads {
        ranks[road.to].push((road.in_roundabout, road.priority));
    }
    (0..n_nodes)
        .map(|node| match map.nodes[node].kind {
            _ if has_signal[node] => JunctionKind::Signal,
            // Without a plan a signal cannot rule: the signs do.
            Some(JunctionKind::Signal) => JunctionKind::Priority,
            Some(kind) => kind,
            None if !has_movement[node] => JunctionKind::DeadEnd,
            None if ranks[node].iter().all(|rank| *rank == ranks[node][0]) => JunctionKind::RightBeforeLeft,
            None => JunctionKind::Priority,
        })
        .collect()
}

/// The rank of every movement within its node.
pub fn ranks(map: &RoadMap, kinds: &[JunctionKind]) -> Vec<i32> {
    let mut inbound: Vec<Vec<usize>> = vec![Vec::new(); map.nodes.len()];
    for (index, road) in map.roads.iter().enumerate() {
        inbound[road.to].push(index);
    }
    let main_roads: Vec<Vec<usize>> = inbound.iter().map(|roads| straightest_pair(map, roads)).collect();
    map.movements
        .iter()
        .map(|movement| {
            let road = &map.roads[movement.from];
            let by_rule = match movement.rule {
                Some(MovementRule::First) => 100_000,
                Some(MovementRule::Yield | MovementRule::Stop) => -100_000,
                None => 0,
            };
            let by_road = match kinds[road.to] {
                JunctionKind::Priority | JunctionKind::PriorityStop if road.in_roundabout => ROUNDABOUT_RANK,
                JunctionKind::Priority | JunctionKind::PriorityStop => {
                    let all_equal = inbound[road.to].iter().all(|&other| map.roads[other].priority == road.priority);
                    let is_main = all_equal && main_roads[road.to].contains(&movement.from);
                    road.priority * 2 + i32::from(is_main)
                }
                JunctionKind::Unregulated | JunctionKind::Zipper => road.priority * 2,
                _ => 0,
            };
            by_road + by_rule
        })
        .collect()
}

/// The two inbound roads that face each other best: the main street where all ranks are equal.
fn straightest_pair(map: &RoadMap, roads: &[usize]) -> Vec<usize> {
    let mut best = (0.0, Vec::new());
    for (position, &a) in roads.iter().enumerate() {
        for &b in &roads[position + 1..] {
            let angle = angle_rad(end_direction(&map.roads[a].line_m), end_direction(&map.roads[b].line_m)).abs();
            if angle > best.0 {
                best = (angle, vec![a, b]);
            }
        }
    }
    best.1
}

/// Whether two ways come from opposite approaches.
pub fn is_opposite(a: &Way, b: &Way) -> bool {
    angle_rad(a.heading_in, b.heading_in).abs() > OPPOSITE_RAD
}

/// Who of two ways that meet yields: (the first, the second).
pub fn who_yields(map: &RoadMap, kind: JunctionKind, ranks: &[i32], a: &Way, b: &Way) -> (bool, bool) {
    let first_yields = |yes: bool| (yes, !yes);
    match kind {
        JunctionKind::AllWayStop => return (true, true),
        JunctionKind::DeadEnd | JunctionKind::Internal => return (false, false),
        _ => {}
    }
    let (rank_a, rank_b) = (ranks[a.movement], ranks[b.movement]);
    if rank_a != rank_b {
        return first_yields(rank_a < rank_b);
    }
    if a.from == b.from {
        return first_yields((a.inbound, a.entry) > (b.inbound, b.entry));
    }
    if (a.turn == Turn::Around) != (b.turn == Turn::Around) {
        return first_yields(a.turn == Turn::Around);
    }
    let across = |way: &Way| crosses_oncoming(way.turn, map.left_hand);
    let side = cross(a.heading_in, b.heading_in) * if map.left_hand { -1.0 } else { 1.0 };
    if is_opposite(a, b) {
        if across(a) != across(b) {
            return first_yields(across(a));
        }
        return first_yields((a.from, a.inbound) > (b.from, b.inbound));
    }
    if kind == JunctionKind::Signal {
        let weight = |way: &Way| if across(way) { 2 } else { i32::from(turns_to_kerb(way.turn, map.left_hand)) };
        if weight(a) != weight(b) {
            return first_yields(weight(a) > weight(b));
        }
    }
    if side == 0.0 { first_yields(a.from > b.from) } else { first_yields(side > 0.0) }
}

/// All conflicts, in order.
pub fn table(map: &RoadMap, kinds: &[JunctionKind], ranks: &[i32], ways: &[Way]) -> Vec<ConflictPart> {
    let mut by_node: Vec<Vec<&Way>> = vec![Vec::new(); map.nodes.len()];
    for way in ways {
        by_node[way.node].push(way);
    }
    let mut found: BTreeMap<(u32, u32), bool> = BTreeMap::new();
    for (node, ways) in by_node.iter().enumerate() {
        for (position, a) in ways.iter().enumerate() {
            for b in &ways[position + 1..] {
                if (a.from, a.inbound) == (b.from, b.inbound) {
                    continue;
                }
                let yields = who_yields(map, kinds[node], ranks, a, b);
                for (at_a_m, at_b_m) in meetings(a, b) {
                    insert(&mut found, kinds[node], (a, at_a_m), (b, at_b_m), yields);
                }
            }
        }
    }
    found.into_iter().map(|((of, foe), yields)| ConflictPart { of, foe, yields }).collect()
}

/// Where two ways meet: distances along both.
fn meetings(a: &Way, b: &Way) -> Vec<(f64, f64)> {
    let merges = (a.to, a.outbound) == (b.to, b.outbound);
    let mut meetings = Vec::new();
    let ends = (length_m(&a.shape_m), length_m(&b.shape_m));
    if let Some((at_a_m, at_b_m)) = crossing(&a.shape_m, &b.shape_m)
        && !(a.is_direct || b.is_direct)
        && !(merges && at_a_m > ends.0 - 0.5)
    {
        meetings.push((at_a_m, at_b_m));
    }
    if merges {
        meetings.push(ends);
    }
    meetings
}

fn insert(
    found: &mut BTreeMap<(u32, u32), bool>,
    kind: JunctionKind,
    (a, at_a_m): (&Way, f64),
    (b, at_b_m): (&Way, f64),
    (a_yields, b_yields): (bool, bool),
) {
    let head = |way: &Way, at_m: f64| match (way.inside, way.split_m) {
        (Some(inside), Some(split_m)) if at_m > split_m => (inside, true),
        _ => (way.entry, false),
    };
    let ((head_a, a_is_inside), (head_b, b_is_inside)) = (head(a, at_a_m), head(b, at_b_m));
    let mut note = |of: u32, foe: u32, yields: bool| {
        found.entry((of, foe)).and_modify(|known| *known |= yields).or_insert(yields);
    };
    if a_is_inside || b_is_inside {
        // Vehicles that are under way look at the whole of both ways, waiting places or not.
        note(a.entry, b.entry, a_yields);
        note(b.entry, a.entry, b_yields);
    }
    // Who waits inside a signalised junction leaves it before crossing traffic of the next stage enters.
    let clears = kind == JunctionKind::Signal && !is_opposite(a, b) && a_is_inside != b_is_inside;
    let (a_yields, b_yields) = if clears { (b_is_inside, a_is_inside) } else { (a_yields, b_yields) };
    note(head_a, head_b, a_yields);
    note(head_b, head_a, b_yields);
}

/// How a movement yields where no signal rules it.
pub fn control_of(movement: &RoadMovement, kind: JunctionKind, is_top: bool, must_yield: bool) -> Control {
    if movement.signal.is_some() {
        return Control::Signal;
    }
    if movement.rule == Some(MovementRule::Stop) {
        return Control::Stop;
    }
    match kind {
        JunctionKind::AllWayStop => Control::AllWayStop,
        JunctionKind::RightBeforeLeft => Control::Equal,
        JunctionKind::Zipper => Control::Zipper,
        JunctionKind::DeadEnd => Control::DeadEnd,
        JunctionKind::PriorityStop if !is_top => Control::Stop,
        _ if must_yield => Control::Minor,
        _ => Control::Major,
    }
}
