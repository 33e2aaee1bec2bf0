//! Builds junctions: roads are cut back to their stop lines, ways through junctions become internal links.
//!
//! * A road is cut back to its stop line (see [`super::stop_lines`]).
//! * There is one internal link per pair of inbound and outbound road, with one lane per pair of lanes, all of equal
//!   length, so that riders abreast stay abreast.
//! * The speed of a turn is v = √(a·r) with a = [`TURN_ACCEL_MPS2`] (netconvert's `junctions.limit-turn-speed`).
//! * A turn across oncoming traffic is split where vehicles wait inside, if there is room for [`MIN_WAITING_M`].

use std::collections::BTreeMap;

use sim_core::ids::{JunctionId, LinkId, SignalId};
use sim_core::network::parts::{
    ConflictPart, ConnectorPart, Control, JunctionKind, JunctionPart, LanePart, LaneRef, LinkKind, LinkPart,
    NetworkParts, Turn,
};
use sim_core::units::ClassSet;

use super::conflicts::{self, Way};
use super::geometry::{Point, angle_rad, bezier, cut, end_direction, length_m, minus, norm, offset, start_direction};
use super::roads::{Road, RoadMap};
use super::stop_lines;

/// Lateral acceleration that drivers accept in turns.
const TURN_ACCEL_MPS2: f64 = 5.5;
/// Turns by less than this do not limit the speed.
const MIN_TURN_RAD: f64 = 0.26;
/// Room needed to wait inside a junction, and the distance kept from the way of oncoming traffic.
const MIN_WAITING_M: f64 = 3.0;
const WAITING_CLEARANCE_M: f64 = 2.0;
/// From where drivers see crossing traffic (SUMO's default).
const VISIBILITY_M: f64 = 4.5;

/// Parts, and where each movement is in them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Compiled {
    /// The network's parts. Roads come first, in the order of the road map; internal links follow.
    pub parts: NetworkParts,
    /// Entry connectors of each movement, as positions in the connectors.
    pub entries: Vec<Vec<u32>>,
    /// For each entry connector that may wait inside: (entry, inside) positions.
    pub waiting: BTreeMap<u32, u32>,
    /// Number of heads of each signal.
    pub n_heads: Vec<u16>,
}

/// Builds the parts of a road map whose movements are complete (see [`super::turns::complete`]).
pub fn compile(map: &RoadMap) -> Compiled {
    let trims = stop_lines::trims(map);
    let mut builder = Builder::new(map, &trims);
    let mut groups: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut order: Vec<Vec<usize>> = Vec::new();
    for (index, movement) in map.movements.iter().enumerate() {
        let group = *groups.entry((movement.from, movement.to)).or_insert_with(|| {
            order.push(Vec::new());
            order.len() - 1
        });
        order[group].push(index);
    }
    let mut ways = Vec::new();
    for group in &order {
        ways.extend(plan_group(map, &builder, &trims, group));
    }
    let kinds = conflicts::kinds(map);
    let ranks = conflicts::ranks(map, &kinds);
    split_waiting(map, &kinds, &ranks, &mut ways);
    for chunk in ways.chunk_by_mut(|a, b| (a.from, a.to) == (b.from, b.to)) {
        builder.add_group(chunk);
    }
    builder.compiled.parts.conflicts = conflicts::table(map, &kinds, &ranks, &ways);
    override_conflicts(map, &ways, &mut builder.compiled);
    set_controls(map, &kinds, &ranks, &ways, &mut builder.compiled.parts);
    for (junction, kind) in builder.compiled.parts.junctions.iter_mut().zip(kinds) {
        junction.kind = kind;
    }
    builder.compiled
}

fn road_lanes(map: &RoadMap, road: &Road, [start_m, end_m]: [f64; 2]) -> Vec<LanePart> {
    let whole_m = length_m(&road.line_m);
    let line = cut(&road.line_m, start_m, whole_m - end_m);
    let driving_m = (length_m(&line) * road.length_factor).max(0.1);
    let side = if map.left_hand { -1.0 } else { 1.0 };
    let mut lanes: Vec<LanePart> = Vec::with_capacity(road.lanes.len());
    let mut edge_m = road.anchor_m;
    for lane in road.lanes.iter().rev() {
        let centre_m = edge_m + lane.width_m / 2.0;
        edge_m += lane.width_m;
        lanes.push(LanePart {
            length_m: lane.length_m.unwrap_or(driving_m),
            speed_limit_mps: lane.speed_limit_mps,
            width_m: lane.width_m,
            allowed: lane.allowed,
            change_outwards: lane.change_outwards,
            change_inwards: lane.change_inwards,
            shape_in_city_m: lane.shape_m.clone().unwrap_or_else(|| offset(&line, side * centre_m)),
            stop_box_m: lane.stop_box_m,
        });
    }
    lanes.reverse();
    lanes
}

/// The ways of one internal link.
fn plan_group(map: &RoadMap, builder: &Builder<'_>, trims: &[[f64; 2]], group: &[usize]) -> Vec<Way> {
    let mut ways = Vec::new();
    for &index in group {
        let movement = &map.movements[index];
        let (from, to) = (movement.from, movement.to);
        let roads = &map.roads;
        let is_direct = movement.is_direct.unwrap_or_else(|| {
            let is_uncut = trims[from][1] == 0.0 && trims[to][0] == 0.0;
            is_uncut && (!roads[from].is_trimmed || gap_m(builder, from, to, &movement.pairs) < 0.1)
        });
        for &(inbound, outbound) in &movement.pairs {
            let shape_in = &builder.lane(from, inbound).shape_in_city_m;
            let shape_out = &builder.lane(to, outbound).shape_in_city_m;
            let (Some(&start), Some(&end)) = (shape_in.last(), shape_out.first()) else { continue };
            let directions = (end_direction(shape_in), start_direction(shape_out));
            ways.push(Way {
                movement: index,
                node: roads[from].to,
                from,
                to,
                inbound,
                outbound,
                turn: movement.turn.unwrap_or(Turn::Unknown),
                heading_in: directions.0,
                turn_rad: angle_rad(directions.0, directions.1),
                shape_m: bezier(start, directions.0, end, directions.1),
                is_direct,
                split_m: None,
                entry: 0,
                inside: None,
            });
        }
    }
    ways
}

fn gap_m(builder: &Builder<'_>, from: usize, to: usize, pairs: &[(u16, u16)]) -> f64 {
    let end = |&(inbound, outbound): &(u16, u16)| {
        let a = builder.lane(from, inbound).shape_in_city_m.last().copied().unwrap_or_default();
        let b = builder.lane(to, outbound).shape_in_city_m.first().copied().unwrap_or_default();
        norm(minus(b, a))
    };
    pairs.iter().map(end).fold(f64::MAX, f64::min)
}

/// Finds where vehicles that turn across oncoming traffic wait inside.
fn split_waiting(map: &RoadMap, kinds: &[JunctionKind], ranks: &[i32], ways: &mut [Way]) {
    let mut by_node: Vec<Vec<usize>> = vec![Vec::new(); map.nodes.len()];
    for (index, way) in ways.iter().enumerate() {
        by_node[way.node].push(index);
    }
    let mut splits: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for way in ways.iter() {
        let usual = matches!(
            kinds[way.node],
            JunctionKind::Signal | JunctionKind::Priority | JunctionKind::PriorityStop
        ) && super::turns::crosses_oncoming(way.turn, map.left_hand)
            && way.turn != Turn::Around
            // Who comes from a side road does not stop in the middle of the main road.
            && by_node[way.node].iter().all(|&other| ranks[ways[other].movement] <= ranks[way.movement]);
        if way.is_direct || !map.movements[way.movement].waits_inside.unwrap_or(usual) {
            continue;
        }
        let first_m = by_node[way.node]
            .iter()
            .map(|&other| &ways[other])
            .filter(|foe| foe.from != way.from && conflicts::is_opposite(way, foe))
            .filter(|foe| conflicts::who_yields(map, kinds[way.node], ranks, way, foe).0)
            .filter_map(|foe| super::geometry::crossing(&way.shape_m, &foe.shape_m).map(|(at_m, _)| at_m))
            .fold(f64::MAX, f64::min);
        let split_m = splits.entry((way.from, way.to)).or_insert(f64::MAX);
        if first_m < f64::MAX {
            *split_m = split_m.min(first_m - WAITING_CLEARANCE_M);
        }
    }
    for way in ways.iter_mut() {
        way.split_m =
            splits.get(&(way.from, way.to)).copied().filter(|&at_m| (MIN_WAITING_M..f64::MAX).contains(&at_m));
    }
}

struct Builder<'a> {
    map: &'a RoadMap,
    compiled: Compiled,
}

impl<'a> Builder<'a> {
    fn new(map: &'a RoadMap, trims: &[[f64; 2]]) -> Self {
        let junctions = map
            .nodes
            .iter()
            .map(|node| JunctionPart {
                kind: JunctionKind::Priority,
                position_in_city_m: node.position_m,
                outline_in_city_m: Vec::new(),
            })
            .collect();
        let links = map
            .roads
            .iter()
            .zip(trims)
            .map(|(road, &trim)| LinkPart {
                kind: LinkKind::Road,
                from: JunctionId(road.from as u32),
                to: JunctionId(road.to as u32),
                priority: road.priority,
                in_roundabout: road.in_roundabout,
                lanes: road_lanes(map, road, trim),
            })
            .collect();
        let parts = NetworkParts {
            left_hand: map.left_hand,
            junctions,
            links,
            n_signals: map.signals.len(),
            ..NetworkParts::default()
        };
        let compiled = Compiled {
            parts,
            entries: vec![Vec::new(); map.movements.len()],
            n_heads: vec![0; map.signals.len()],
            ..Compiled::default()
        };
        Self { map, compiled }
    }

    fn lane(&self, road: usize, index: u16) -> &LanePart {
        &self.compiled.parts.links[road].lanes[usize::from(index)]
    }

    /// Adds the internal link (or two, with a waiting place between) and the connectors of one group of ways.
    fn add_group(&mut self, ways: &mut [Way]) {
        let n = ways.len() as f64;
        let length_m = (ways.iter().map(|way| length_m(&way.shape_m)).sum::<f64>() / n).max(0.1);
        let split_m = ways[0].split_m.filter(|&at_m| at_m + 1.0 < length_m && !ways[0].is_direct);
        let first = LinkId(self.compiled.parts.links.len() as u32);
        if !ways[0].is_direct {
            self.push_internal(ways, 0.0, split_m.unwrap_or(length_m), length_m);
            if let Some(at_m) = split_m {
                self.push_internal(ways, at_m, length_m, length_m);
            }
        }
        for (index, way) in ways.iter_mut().enumerate() {
            way.split_m = split_m;
            let from = LaneRef { link: LinkId(way.from as u32), index: way.inbound };
            let leads_to = LaneRef { link: LinkId(way.to as u32), index: way.outbound };
            let on = |link: u32| LaneRef { link: LinkId(link), index: index as u16 };
            let movement = &self.map.movements[way.movement];
            let signal = movement.signal.map(|signal| {
                let head = movement.signal_index.unwrap_or(self.compiled.n_heads[signal]);
                self.compiled.n_heads[signal] = self.compiled.n_heads[signal].max(head + 1);
                (SignalId(signal as u32), head)
            });
            let base = ConnectorPart {
                from,
                to: if way.is_direct { leads_to } else { on(first.0) },
                leads_to,
                turn: way.turn,
                control: Control::Major,
                signal,
                keep_clear: movement.keep_clear && !way.is_direct,
                request_index: None,
                waits_inside: split_m.is_some(),
                visibility_m: VISIBILITY_M,
            };
            let inner = ConnectorPart { signal: None, waits_inside: false, keep_clear: false, ..base.clone() };
            let connectors = &mut self.compiled.parts.connectors;
            way.entry = connectors.len() as u32;
            self.compiled.entries[way.movement].push(way.entry);
            connectors.push(base);
            if split_m.is_some() {
                way.inside = Some(connectors.len() as u32);
                self.compiled.waiting.insert(way.entry, connectors.len() as u32);
                connectors.push(ConnectorPart { from: on(first.0), to: on(first.0 + 1), ..inner.clone() });
            }
            if !way.is_direct {
                let last = if split_m.is_some() { first.0 + 1 } else { first.0 };
                connectors.push(ConnectorPart { from: on(last), to: leads_to, ..inner });
            }
        }
    }

    fn push_internal(&mut self, ways: &[Way], from_m: f64, to_m: f64, whole_m: f64) {
        let lanes = ways
            .iter()
            .enumerate()
            .map(|(index, way)| {
                let (inbound, outbound) = (self.lane(way.from, way.inbound), self.lane(way.to, way.outbound));
                let scale = length_m(&way.shape_m) / whole_m;
                let beside = |other: Option<&Way>| {
                    let abreast = other.is_some_and(|other| {
                        other.inbound.abs_diff(way.inbound) == 1 && other.outbound.abs_diff(way.outbound) == 1
                    });
                    if abreast { ClassSet::ALL } else { ClassSet::NONE }
                };
                let usual_mps = (inbound.speed_limit_mps + outbound.speed_limit_mps) / 2.0;
                LanePart {
                    length_m: to_m - from_m,
                    speed_limit_mps: usual_mps.min(turn_speed_mps(whole_m, way.turn_rad)),
                    width_m: inbound.width_m.min(outbound.width_m),
                    allowed: inbound.allowed.and(outbound.allowed),
                    change_outwards: beside(ways.get(index + 1)),
                    change_inwards: beside(index.checked_sub(1).and_then(|before| ways.get(before))),
                    shape_in_city_m: part_of(&way.shape_m, from_m * scale, to_m * scale),
                    stop_box_m: 0.0,
                }
            })
            .collect();
        let node = JunctionId(ways[0].node as u32);
        let road = &self.map.roads[ways[0].from];
        let (priority, in_roundabout) = (road.priority, road.in_roundabout);
        let kind = LinkKind::Internal;
        self.compiled.parts.links.push(LinkPart { kind, from: node, to: node, priority, in_roundabout, lanes });
    }
}

fn part_of(shape_m: &[Point], from_m: f64, to_m: f64) -> Vec<Point> {
    if from_m == 0.0 && to_m >= length_m(shape_m) {
        return shape_m.to_vec();
    }
    let part = cut(shape_m, from_m, to_m);
    if part.len() < 2 { vec![shape_m[0], shape_m[shape_m.len() - 1]] } else { part }
}

/// The speed at which drivers take a turn: √(a·r), r the mean radius.
fn turn_speed_mps(length_m: f64, turn_rad: f64) -> f64 {
    if turn_rad.abs() < MIN_TURN_RAD {
        return f64::MAX;
    }
    (TURN_ACCEL_MPS2 * length_m / turn_rad.abs()).sqrt().max(2.0)
}

/// Puts conflicts given by hand in the place of those found, at the nodes they touch.
fn override_conflicts(map: &RoadMap, ways: &[Way], compiled: &mut Compiled) {
    let mut nodes: Vec<usize> =
        map.overrides.iter().map(|given| map.roads[map.movements[given.of.0].from].to).collect();
    nodes.sort_unstable();
    nodes.dedup();
    if nodes.is_empty() {
        return;
    }
    let mut node_of = vec![usize::MAX; compiled.parts.connectors.len()];
    let mut heads: BTreeMap<(usize, bool), Vec<u32>> = BTreeMap::new();
    for way in ways {
        node_of[way.entry as usize] = way.node;
        heads.entry((way.movement, false)).or_default().push(way.entry);
        if let Some(inside) = way.inside {
            node_of[inside as usize] = way.node;
            heads.entry((way.movement, true)).or_default().push(inside);
        }
    }
    let mut table: Vec<ConflictPart> = compiled
        .parts
        .conflicts
        .iter()
        .copied()
        .filter(|conflict| nodes.binary_search(&node_of[conflict.of as usize]).is_err())
        .collect();
    let none = Vec::new();
    for given in &map.overrides {
        for &of in heads.get(&given.of).unwrap_or(&none) {
            for &foe in heads.get(&given.foe).unwrap_or(&none) {
                table.push(ConflictPart { of, foe, yields: given.yields });
            }
        }
    }
    table.sort_unstable();
    table.dedup_by_key(|conflict| (conflict.of, conflict.foe));
    compiled.parts.conflicts = table;
}

fn set_controls(map: &RoadMap, kinds: &[JunctionKind], ranks: &[i32], ways: &[Way], parts: &mut NetworkParts) {
    let mut yields = vec![false; parts.connectors.len()];
    for conflict in parts.conflicts.iter().filter(|conflict| conflict.yields) {
        yields[conflict.of as usize] = true;
    }
    let mut top_ranks = vec![i32::MIN; map.nodes.len()];
    for (movement, &rank) in map.movements.iter().zip(ranks) {
        let top = &mut top_ranks[map.roads[movement.from].to];
        *top = rank.max(*top);
    }
    for way in ways {
        let movement = &map.movements[way.movement];
        let is_top = ranks[way.movement] == top_ranks[way.node];
        let yields_inside = way.inside.is_some_and(|inside| yields[inside as usize]);
        let must_yield = yields[way.entry as usize] || yields_inside;
        let control = conflicts::control_of(movement, kinds[way.node], is_top, must_yield);
        parts.connectors[way.entry as usize].control = movement.control.unwrap_or(control);
        if let Some(inside) = way.inside {
            parts.connectors[inside as usize].control = if yields_inside { Control::Minor } else { Control::Major };
        }
    }
}
