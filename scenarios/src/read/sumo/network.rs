//! From the records of a network file to network parts.

use std::collections::HashMap;

use sim_core::ids::{Id, JunctionId, LinkId, SignalId};
use sim_core::network::parts::{
    ConnectorPart, Control, JunctionKind, JunctionPart, LaneRef, LinkKind, LinkPart, NetworkParts, Turn,
};

use super::context::Context;
use super::raw::{EdgeFunction, RawConnection, RawNet};
use super::right_of_way;
use crate::loaded::Names;

/// A network with the names needed to read what refers to it.
#[derive(Default)]
pub(super) struct ReadNetwork {
    pub(super) parts: NetworkParts,
    pub(super) names: Names,
    /// Links by external id.
    pub(super) links: HashMap<String, LinkId>,
    /// Lanes by external id.
    pub(super) lanes: HashMap<String, LaneRef>,
}

/// The connectors of the network, and what became of each connection of the file.
pub(super) struct Connected {
    /// The connector of each connection; `None` for footways and broken ones.
    pub(super) connector_of: Vec<Option<u32>>,
}

/// Builds the parts; mistakes become problems.
pub(super) fn build(context: &mut Context, raw: &RawNet) -> ReadNetwork {
    context.file.clone_from(&raw.file);
    let mut network = ReadNetwork::default();
    network.parts.left_hand = raw.left_hand;
    let junctions = junctions(context, raw, &mut network);
    links(context, raw, &mut network, &junctions);
    let signals = signals(context, raw, &mut network);
    let connected = connectors(context, raw, &mut network, &signals);
    right_of_way::fill(context, raw, &mut network, &connected);
    if context.problems.list.is_empty() {
        // A broken connection is reported already, not the lane it leaves open as well.
        check_chains(context, raw, &network);
    }
    titles(raw, &mut network);
    network
}

fn junctions(context: &mut Context, raw: &RawNet, network: &mut ReadNetwork) -> HashMap<String, JunctionId> {
    let mut ids = HashMap::new();
    for junction in &raw.junctions {
        let kind = match junction.kind.as_str() {
            "priority" => JunctionKind::Priority,
            "traffic_light" | "traffic_light_right_on_red" | "traffic_light_unregulated" => JunctionKind::Signal,
            "rail_signal" | "rail_crossing" => {
                context.notice(format!("junctions of type {} are taken as signals", junction.kind));
                JunctionKind::Signal
            }
            "right_before_left" => JunctionKind::RightBeforeLeft,
            "left_before_right" => JunctionKind::RightBeforeLeft,
            "priority_stop" => JunctionKind::PriorityStop,
            "allway_stop" => JunctionKind::AllWayStop,
            "zipper" => JunctionKind::Zipper,
            "unregulated" | "district" => JunctionKind::Unregulated,
            "dead_end" | "DEAD_END" => JunctionKind::DeadEnd,
            "internal" => JunctionKind::Internal,
            other => {
                let problem =
                    context.problem(junction.line, format!("the junction type of {} is not known", junction.id));
                problem.field = Some("type".into());
                problem.value = Some(other.to_owned());
                JunctionKind::Priority
            }
        };
        let id = JunctionId::from_index(network.parts.junctions.len());
        if ids.insert(junction.id.clone(), id).is_some() {
            context.problem(junction.line, format!("there is another junction {}", junction.id));
        }
        network.names.junctions.push(junction.id.clone());
        network.parts.junctions.push(JunctionPart {
            kind,
            position_in_city_m: junction.position_m,
            outline_in_city_m: junction.outline_m.clone(),
        });
    }
    ids
}

/// The junction that an internal edge `:JUNCTION_n` lies in.
fn junction_of_internal(edge: &str) -> &str {
    let inner = edge.strip_prefix(':').unwrap_or(edge);
    inner.rsplit_once('_').map_or(inner, |(junction, _)| junction)
}

fn links(context: &mut Context, raw: &RawNet, network: &mut ReadNetwork, junctions: &HashMap<String, JunctionId>) {
    for edge in &raw.edges {
        let mut end = |name: &str, field: &str| {
            junctions.get(name).copied().unwrap_or_else(|| {
                let problem =
                    context.problem(edge.line, format!("the edge {} ends at a junction that does not exist", edge.id));
                problem.field = Some(field.to_owned());
                problem.value = Some(name.to_owned());
                JunctionId(0)
            })
        };
        let inside = junction_of_internal(&edge.id);
        let from = end(edge.from.as_deref().unwrap_or(inside), "from");
        let to = if edge.to.is_some() { end(edge.to.as_deref().unwrap_or(inside), "to") } else { from };
        let link = LinkId::from_index(network.parts.links.len());
        if network.links.insert(edge.id.clone(), link).is_some() {
            context.problem(edge.line, format!("there is another edge {}", edge.id));
        }
        if edge.lanes.is_empty() {
            context.problem(edge.line, format!("the edge {} has no lane", edge.id));
        }
        if edge.lanes.iter().enumerate().any(|(index, lane)| lane.index != index) {
            // SUMO does the same.
            context.notice("lanes are numbered by their order in the file where their index says something else");
        }
        for (index, lane) in (0_u16..).zip(&edge.lanes) {
            network.lanes.insert(lane.id.clone(), LaneRef { link, index });
        }
        network.names.links.push(edge.id.clone());
        network.parts.links.push(LinkPart {
            kind: match edge.function {
                EdgeFunction::Normal => LinkKind::Road,
                EdgeFunction::Internal => LinkKind::Internal,
                EdgeFunction::Crossing | EdgeFunction::WalkingArea => LinkKind::Foot,
            },
            from,
            to,
            priority: edge.priority,
            in_roundabout: false,
            lanes: edge.lanes.iter().map(|lane| lane.part.clone()).collect(),
        });
    }
    for id in &raw.roundabout_edges {
        match network.links.get(id) {
            Some(link) => network.parts.links[link.index()].in_roundabout = true,
            None => context.notice(format!("the roundabout edge {id} is not in the network")),
        }
    }
}

fn signals(context: &mut Context, raw: &RawNet, network: &mut ReadNetwork) -> HashMap<String, SignalId> {
    let mut ids = HashMap::new();
    for program in &raw.programs {
        if !ids.contains_key(&program.signal) {
            ids.insert(program.signal.clone(), SignalId::from_index(network.names.signals.len()));
            network.names.signals.push(program.signal.clone());
        }
    }
    network.parts.n_signals = network.names.signals.len();
    let mut missing: Vec<&str> = Vec::new();
    for connection in &raw.connections {
        if let Some((id, _)) = &connection.signal
            && !ids.contains_key(id)
            && !missing.contains(&id.as_str())
        {
            missing.push(id);
            let problem = context.problem(connection.line, format!("the signal {id} has no program"));
            problem.field = Some("tl".into());
            problem.value = Some(id.clone());
            problem.hint = Some("the network needs a <tlLogic> for every signal".into());
        }
    }
    ids
}

fn connectors(
    context: &mut Context,
    raw: &RawNet,
    network: &mut ReadNetwork,
    signals: &HashMap<String, SignalId>,
) -> Connected {
    let mut connector_of = Vec::with_capacity(raw.connections.len());
    for connection in &raw.connections {
        let made = connector(context, raw, network, signals, connection);
        connector_of.push(made.map(|connector| {
            network.parts.connectors.push(connector);
            (network.parts.connectors.len() - 1) as u32
        }));
    }
    Connected { connector_of }
}

fn connector(
    context: &mut Context,
    raw: &RawNet,
    network: &ReadNetwork,
    signals: &HashMap<String, SignalId>,
    connection: &RawConnection,
) -> Option<ConnectorPart> {
    let mut lane = |edge: &str, index: usize, field: &str| -> Option<LaneRef> {
        let found = network.links.get(edge).copied();
        let found = found.filter(|link| index < raw.edges[link.index()].lanes.len());
        if found.is_none() {
            let problem = context.problem(connection.line, "the connection names a lane that does not exist");
            problem.field = Some(field.to_owned());
            problem.value = Some(format!("{edge}_{index}"));
        }
        found.map(|link| LaneRef { link, index: index as u16 })
    };
    let from = lane(&connection.from, connection.from_lane, "from");
    let leads_to = lane(&connection.to, connection.to_lane, "to");
    let (from, leads_to) = (from?, leads_to?);
    let kind = |lane: LaneRef| network.parts.links[lane.link.index()].kind;
    if kind(from) == LinkKind::Foot || kind(leads_to) == LinkKind::Foot {
        return None;
    }
    let to = match &connection.via {
        Some(via) => match network.lanes.get(via) {
            Some(&via) => via,
            None => {
                let problem = context.problem(connection.line, "the connection names a lane that does not exist");
                problem.field = Some("via".into());
                problem.value = Some(via.clone());
                return None;
            }
        },
        None => leads_to,
    };
    let signal = connection.signal.as_ref().and_then(|(id, index)| Some((*signals.get(id)?, *index)));
    Some(ConnectorPart {
        from,
        to,
        leads_to,
        turn: turn(&connection.direction),
        control: if signal.is_some() { Control::Signal } else { control(connection.state) },
        signal,
        keep_clear: connection.keep_clear,
        request_index: None,
        waits_inside: false,
        visibility_m: connection.visibility_m,
    })
}

fn turn(direction: &str) -> Turn {
    match direction {
        "s" => Turn::Straight,
        "l" => Turn::Left,
        "r" => Turn::Right,
        "L" => Turn::PartLeft,
        "R" => Turn::PartRight,
        "t" | "T" => Turn::Around,
        _ => Turn::Unknown,
    }
}

fn control(state: char) -> Control {
    match state {
        'm' | 'o' | 'g' => Control::Minor,
        '=' => Control::Equal,
        's' => Control::Stop,
        'w' => Control::AllWayStop,
        'Z' => Control::Zipper,
        '-' => Control::DeadEnd,
        _ => Control::Major,
    }
}

/// Every internal lane is followed by exactly one connector.
fn check_chains(context: &mut Context, raw: &RawNet, network: &ReadNetwork) {
    let first: Vec<usize> = network
        .parts
        .links
        .iter()
        .scan(0, |next, link| {
            let first = *next;
            *next += link.lanes.len();
            Some(first)
        })
        .collect();
    let n_lanes = network.parts.links.iter().map(|link| link.lanes.len()).sum();
    let mut outgoing = vec![0_u32; n_lanes];
    for connector in &network.parts.connectors {
        outgoing[first[connector.from.link.index()] + usize::from(connector.from.index)] += 1;
    }
    for (edge, (link, first)) in raw.edges.iter().zip(network.parts.links.iter().zip(first)) {
        if link.kind != LinkKind::Internal {
            continue;
        }
        for (lane, n) in edge.lanes.iter().zip(&outgoing[first..]) {
            if *n != 1 && link.lanes[0].allowed.allows_vehicles() {
                let message = match n {
                    0 => format!("the internal lane {} leads nowhere", lane.id),
                    n => format!("the internal lane {} has {n} connections, it needs exactly one", lane.id),
                };
                context.problem(edge.line, message).hint = Some("run netconvert on the network again".into());
            }
        }
    }
}

/// Readable names: of links the street, of junctions the crossing streets.
fn titles(raw: &RawNet, network: &mut ReadNetwork) {
    let mut streets: Vec<Vec<&str>> = raw.junctions.iter().map(|_| Vec::new()).collect();
    for (edge, link) in raw.edges.iter().zip(&network.parts.links) {
        network.names.link_titles.push(edge.name.clone().unwrap_or_else(|| edge.id.clone()));
        if let Some(name) = &edge.name
            && link.kind == LinkKind::Road
        {
            for junction in [link.from, link.to] {
                if let Some(known) = streets.get_mut(junction.index())
                    && !known.contains(&name.as_str())
                {
                    known.push(name);
                }
            }
        }
    }
    for (junction, streets) in raw.junctions.iter().zip(streets) {
        network.names.junction_titles.push(match &junction.name {
            Some(name) => name.clone(),
            None if streets.is_empty() => junction.id.clone(),
            None => streets.join(" / "),
        });
    }
}
