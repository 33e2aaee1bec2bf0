//! From plain parts to a [`Network`]: every reference and number is checked, all mistakes are reported together.

use super::conflicts::{self, Shape, Side};
use super::parts::{ConnectorPart, LaneRef, LinkKind, NetworkError, NetworkParts};
use super::{Connector, ConnectorKind, Junction, Lane, Link, Network, Turn, geometry, movements};
use crate::ids::{ConnectorId, LaneId, LinkId, MovementId, SignalId};
use crate::rows::{Column, Rows};

impl Network {
    /// Builds a network from its parts.
    ///
    /// # Errors
    /// All mistakes of the parts: missing references, numbers out of range, links without lanes, broken chains.
    pub fn build(parts: &NetworkParts) -> Result<Self, Vec<NetworkError>> {
        let errors = check(parts);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut network = Self {
            left_hand: parts.left_hand,
            junctions: Column::new(
                parts
                    .junctions
                    .iter()
                    .map(|part| Junction { kind: part.kind, position_in_city_m: part.position_in_city_m })
                    .collect(),
            ),
            ..Self::default()
        };
        add_links_and_lanes(&mut network, parts);
        add_connectors(&mut network, parts)?;
        movements::add(&mut network);
        add_right_of_way(&mut network, parts);
        add_lane_conflicts(&mut network, parts);
        network.signal_heads = heads(&network, parts.n_signals);
        network.successors = successors(&network);
        network.to_roundabout_m = super::graph::to_roundabout_m(&network);
        Ok(network)
    }
}

fn check(parts: &NetworkParts) -> Vec<NetworkError> {
    let mut errors = Vec::new();
    let n_junctions = parts.junctions.len();
    for (index, link) in parts.links.iter().enumerate() {
        let id = LinkId(index as u32);
        for junction in [link.from, link.to] {
            if junction.index() >= n_junctions {
                errors.push(NetworkError::Dangling {
                    what: id.to_string(),
                    refers_to: junction.to_string(),
                    n: n_junctions,
                });
            }
        }
        if link.lanes.is_empty() {
            errors.push(NetworkError::NoLanes { link: id });
        }
        for (lane_index, lane) in link.lanes.iter().enumerate() {
            let numbers = [
                ("length_m", lane.length_m, "> 0", lane.length_m > 0.0),
                ("speed_limit_mps", lane.speed_limit_mps, ">= 0", lane.speed_limit_mps >= 0.0),
                ("width_m", lane.width_m, "> 0", lane.width_m > 0.0),
            ];
            for (field, value, allowed, is_fine) in numbers {
                if !(is_fine && value.is_finite()) {
                    errors.push(NetworkError::OutOfRange {
                        what: format!("lane {lane_index} of {id}"),
                        field,
                        value,
                        allowed,
                    });
                }
            }
        }
    }
    for (index, connector) in parts.connectors.iter().enumerate() {
        for lane in [connector.from, connector.to, connector.leads_to] {
            let exists =
                parts.links.get(lane.link.index()).is_some_and(|link| (lane.index as usize) < link.lanes.len());
            if !exists {
                errors.push(NetworkError::Dangling {
                    what: ConnectorId(index as u32).to_string(),
                    refers_to: format!("lane {} of {}", lane.index, lane.link),
                    n: parts.links.len(),
                });
            }
        }
        if let Some((signal, _)) = connector.signal
            && signal.index() >= parts.n_signals
        {
            errors.push(NetworkError::Dangling {
                what: ConnectorId(index as u32).to_string(),
                refers_to: signal.to_string(),
                n: parts.n_signals,
            });
        }
    }
    for conflict in &parts.conflicts {
        if conflict.of.max(conflict.foe) as usize >= parts.connectors.len() {
            errors.push(NetworkError::Dangling {
                what: "a conflict".to_owned(),
                refers_to: ConnectorId(conflict.of.max(conflict.foe)).to_string(),
                n: parts.connectors.len(),
            });
        }
    }
    errors
}

fn add_links_and_lanes(network: &mut Network, parts: &NetworkParts) {
    for (index, part) in parts.links.iter().enumerate() {
        let link = LinkId(index as u32);
        let first_lane = LaneId(network.lanes.len() as u32);
        let mut offset_m = 0.0;
        for (lane_index, lane) in part.lanes.iter().enumerate() {
            let id = LaneId(network.lanes.len() as u32);
            network.lanes.push(Lane {
                link,
                index: lane_index as u16,
                is_internal: part.kind == LinkKind::Internal,
                length_m: lane.length_m,
                speed_limit_mps: lane.speed_limit_mps,
                width_m: lane.width_m,
                offset_m,
                allowed: lane.allowed,
                change_outwards: lane.change_outwards,
                change_inwards: lane.change_inwards,
                stop_box_m: lane.stop_box_m,
                entry: ConnectorId::NONE,
                exit: ConnectorId::NONE,
                road_before: id,
                before: LaneId::NONE,
            });
            offset_m += lane.width_m;
        }
        network.links.push(Link {
            kind: part.kind,
            from: part.from,
            to: part.to,
            first_lane,
            n_lanes: part.lanes.len() as u16,
            length_m: part.lanes[0].length_m,
            width_m: offset_m,
            in_roundabout: part.in_roundabout,
        });
    }
}

fn lane_id(network: &Network, lane: LaneRef) -> LaneId {
    LaneId(network.links[lane.link].first_lane.0 + u32::from(lane.index))
}

fn kind_of(network: &Network, part: &ConnectorPart) -> ConnectorKind {
    let is_internal = |lane: LaneRef| network.links[lane.link].is_internal();
    match (is_internal(part.from), is_internal(part.to)) {
        (false, false) => ConnectorKind::Direct,
        (false, true) => ConnectorKind::Entry,
        (true, true) => ConnectorKind::Inside,
        (true, false) => ConnectorKind::Exit,
    }
}

fn add_connectors(network: &mut Network, parts: &NetworkParts) -> Result<(), Vec<NetworkError>> {
    for part in &parts.connectors {
        let (from, to) = (lane_id(network, part.from), lane_id(network, part.to));
        let is_internal = network.lanes[to].is_internal;
        let (signal, signal_index) = part.signal.unwrap_or((SignalId::NONE, 0));
        let kind = kind_of(network, part);
        let id = network.connectors.push(Connector {
            from,
            to,
            leads_to: lane_id(network, part.leads_to),
            entry: ConnectorId::NONE,
            kind,
            turn: part.turn,
            control: part.control,
            signal,
            signal_index,
            keep_clear: part.keep_clear,
            waits_inside: part.waits_inside,
            has_foes: false,
            visibility_m: part.visibility_m,
            length_m: if is_internal { network.lanes[to].length_m } else { 0.0 },
            junction: network.links[network.lanes[from].link].to,
            movement: MovementId::NONE,
            radius_m: f64::INFINITY,
            group_m: [0.0, 0.0],
        });
        if is_internal {
            let lane = &mut network.lanes[to];
            lane.entry = id;
            lane.before = from;
        }
    }
    let n_lanes = network.lanes.len();
    let lists = |end: fn(&Connector) -> LaneId| {
        let mut lists = vec![Vec::new(); n_lanes];
        for (id, connector) in network.connectors.enumerate() {
            lists[end(connector).index()].push(id);
        }
        Rows::from_lists(lists)
    };
    let (outgoing, incoming) = (lists(|c| c.from), lists(|c| c.to));
    (network.outgoing, network.incoming) = (outgoing, incoming);
    movements::add_groups(network);
    let broken: Vec<NetworkError> = network
        .lanes
        .enumerate()
        .filter(|(_, lane)| lane.is_internal)
        .map(|(id, _)| (id, network.outgoing[id].len()))
        .filter(|&(_, n)| n != 1)
        .map(|(lane, n)| NetworkError::BrokenChain { lane, n })
        .collect();
    if !broken.is_empty() {
        return Err(broken);
    }
    let exits = &network.outgoing;
    let lanes = network.lanes.as_mut_slice().iter_mut().enumerate();
    for (index, lane) in lanes.filter(|(_, lane)| lane.is_internal) {
        lane.exit = exits[LaneId(index as u32)][0];
    }
    for id in network.connectors.ids() {
        let mut entry = id;
        // A chain has at most a handful of internal lanes; the bound ends a malformed loop.
        for _ in 0..16 {
            let from = network.connectors[entry].from;
            if !network.lanes[from].is_internal || !network.lanes[from].entry.is_some() {
                break;
            }
            entry = network.lanes[from].entry;
        }
        network.connectors[id].entry = entry;
    }
    for id in network.connectors.ids() {
        let connector = &network.connectors[id];
        if network.lanes[connector.to].is_internal {
            let (to, road) = (connector.to, network.connectors[connector.entry].from);
            network.lanes[to].road_before = road;
        }
    }
    Ok(())
}

/// The connector inside a chain right after the entry, if the chain has a waiting place.
fn inside_of(network: &Network, entry: ConnectorId) -> Option<ConnectorId> {
    let to = network.connectors[entry].to;
    let next = *network.lanes[to].is_internal.then(|| network.outgoing[to].first()).flatten()?;
    (network.connectors[next].kind == ConnectorKind::Inside).then_some(next)
}

fn add_right_of_way(network: &mut Network, parts: &NetworkParts) {
    let mut lists: Vec<Vec<ConnectorId>> = vec![Vec::new(); network.connectors.len()];
    let mut is_watched = Column::filled(false, network.connectors.len());
    let mut has_foes = vec![false; network.junctions.len()];
    for conflict in &parts.conflicts {
        let (of, foe) = (ConnectorId(conflict.of), ConnectorId(conflict.foe));
        has_foes[network.connectors[of].junction.index()] = true;
        if conflict.yields {
            lists[of.index()].push(foe);
            is_watched[foe] = true;
        }
    }
    for connector in network.connectors.as_mut_slice() {
        connector.has_foes = match connector.kind {
            ConnectorKind::Inside => true,
            ConnectorKind::Exit => false,
            ConnectorKind::Entry | ConnectorKind::Direct => has_foes[connector.junction.index()],
        };
    }
    network.yields_to = Rows::from_lists(lists);
    network.is_watched = is_watched;
}

/// Internal lanes that an entry connector's chain meets, by the regulated pairs.
fn regulated_lanes(network: &Network, parts: &NetworkParts) -> Vec<Vec<LaneId>> {
    let mut lanes: Vec<Vec<LaneId>> = vec![Vec::new(); network.connectors.len()];
    for conflict in &parts.conflicts {
        let (of, foe) = (ConnectorId(conflict.of), ConnectorId(conflict.foe));
        if network.connectors[of].kind == ConnectorKind::Inside {
            continue;
        }
        let first = network.connectors[foe].to;
        if !network.lanes[first].is_internal {
            continue;
        }
        match inside_of(network, foe) {
            Some(inside) => {
                lanes[of.index()].push(network.connectors[inside].to);
                if conflict.yields {
                    lanes[of.index()].push(first);
                }
            }
            None => lanes[of.index()].push(first),
        }
    }
    lanes
}

fn add_lane_conflicts(network: &mut Network, parts: &NetworkParts) {
    let regulated = regulated_lanes(network, parts);
    let shape = |lane: LaneId| shape_of(network, parts, lane);
    let mut sides: Vec<Vec<(LaneId, Side)>> = vec![Vec::new(); network.connectors.len()];
    for (id, connector) in network.connectors.enumerate() {
        if !network.lanes[connector.from].is_internal {
            continue;
        }
        let own = shape(connector.from);
        let list = &mut sides[id.index()];
        for &foe in &regulated[connector.entry.index()] {
            if foe != own.lane && !list.iter().any(|(lane, _)| *lane == foe) {
                list.push((foe, conflicts::regulated(own, shape(foe))));
            }
        }
        for &sibling in &network.outgoing[own.before] {
            let foe = network.connectors[sibling].to;
            if foe == own.lane || !network.lanes[foe].is_internal {
                continue;
            }
            let same_link = network.lanes[foe].link == network.lanes[own.lane].link;
            if let Some(side) = conflicts::diverge(own, shape(foe), same_link) {
                match list.iter_mut().find(|(lane, _)| *lane == foe) {
                    Some(entry) => entry.1 = side,
                    None => list.push((foe, side)),
                }
            }
        }
    }
    let rows = Rows::from_lists(network.connectors.enumerate().map(|(id, connector)| {
        sides[id.index()]
            .iter()
            .map(|&(foe, side)| {
                let own = shape(connector.from);
                let foe_shape = shape(foe);
                let theirs = sides[foe_shape.exit.index()].iter().find(|(lane, _)| *lane == own.lane);
                conflicts::join(own, foe_shape, side, theirs.map(|(_, side)| *side))
            })
            .collect::<Vec<_>>()
    }));
    let radii: Vec<f64> = network.connectors.enumerate().map(|(id, _)| radius_m(network, parts, id)).collect();
    network.conflict_links = rows.items().iter().map(|conflict| network.link_of(conflict.foe_lane)).collect();
    network.lane_conflicts = rows;
    for (connector, radius) in network.connectors.as_mut_slice().iter_mut().zip(radii) {
        connector.radius_m = radius;
    }
}

fn line_of<'a>(network: &Network, parts: &'a NetworkParts, lane: LaneId) -> &'a [[f64; 2]] {
    let lane = &network.lanes[lane];
    &parts.links[lane.link.index()].lanes[lane.index as usize].shape_in_city_m
}

fn shape_of<'a>(network: &Network, parts: &'a NetworkParts, lane: LaneId) -> Shape<'a> {
    let column = &network.lanes[lane];
    let exit = network.after_internal(lane);
    let before = column.before;
    Shape {
        lane,
        line: line_of(network, parts, lane),
        length_m: column.length_m,
        width_m: column.width_m,
        before: if before.is_some() { before } else { lane },
        is_second_part: before.is_some() && network.lanes[before].is_internal,
        exit,
        exits_inside: network.connectors[exit].kind == ConnectorKind::Inside,
        leads_to: network.connectors[exit].leads_to,
    }
}

/// Radius of the turn that a connector from an internal lane ends: the chain's length over its angle. Kerb-side turns
/// and straight ways need no room beside the lane and count as infinite.
fn radius_m(network: &Network, parts: &NetworkParts, id: ConnectorId) -> f64 {
    let connector = &network.connectors[id];
    let kerb_side = if network.left_hand { Turn::Left } else { Turn::Right };
    if !network.lanes[connector.from].is_internal || connector.turn == Turn::Straight || connector.turn == kerb_side {
        return f64::INFINITY;
    }
    let entry = &network.connectors[connector.entry];
    let before = line_of(network, parts, entry.from);
    let after = line_of(network, parts, connector.leads_to);
    if before.len() < 2 || after.len() < 2 {
        return f64::INFINITY;
    }
    let angle_rad =
        conflicts::angle_between(geometry::direction_at(before, f64::INFINITY), geometry::direction_at(after, 0.0));
    let mut length_m = 0.0;
    let mut lane = entry.to;
    for _ in 0..16 {
        if !network.lanes[lane].is_internal {
            break;
        }
        length_m += geometry::length(line_of(network, parts, lane));
        lane = network.connectors[network.after_internal(lane)].to;
    }
    if angle_rad > 0.0 { length_m / angle_rad } else { f64::INFINITY }
}

fn heads(network: &Network, n_signals: usize) -> Rows<SignalId, ConnectorId> {
    let mut lists = vec![Vec::new(); n_signals];
    for (id, connector) in network.connectors.enumerate() {
        if connector.signal.is_some() {
            lists[connector.signal.index()].push(id);
        }
    }
    Rows::from_lists(lists)
}

fn successors(network: &Network) -> Rows<LinkId, LinkId> {
    let mut lists: Vec<Vec<LinkId>> = vec![Vec::new(); network.links.len()];
    for movement in network.movements.iter() {
        lists[movement.from.index()].push(movement.to);
    }
    for list in &mut lists {
        list.sort_unstable();
        list.dedup();
    }
    Rows::from_lists(lists)
}
