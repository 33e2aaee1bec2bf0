//! Routes: shortest paths on the network with turns, by vehicle class.
//!
//! The graph has one node per link and one edge per way from a link to the next, so that turns have costs and bans. A
//! search adds the caller's cost of each link and the cost of each turn: the time on the way through the junction, and
//! a small penalty where one yields or turns around.
//!
//! Invariant: a search depends only on its arguments. Ties go to the smaller (cost, link id), and a link keeps the first
//! predecessor that gave it its cost.

mod search;

pub use search::RouteSearch;

use crate::ids::LinkId;
use crate::network::parts::{ConnectorPart, Control, LaneRef, LinkKind, NetworkParts, Turn};
use crate::network::{ConnectorKind, Network};
use crate::rows::Rows;
use crate::units::{ClassSet, VehicleClass};

/// Extra costs of turns, as SUMO counts them by default.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TurnPenalties {
    /// Where one yields and no signal rules.
    pub minor_s: f64,
    /// For turning around.
    pub around_s: f64,
}

impl TurnPenalties {
    /// What a way costs more.
    fn of(&self, control: Control, turn: Turn) -> f64 {
        let yields = matches!(control, Control::Minor | Control::Equal | Control::Stop | Control::AllWayStop);
        let minor_s = if yields { self.minor_s } else { 0.0 };
        minor_s + if turn == Turn::Around { self.around_s } else { 0.0 }
    }
}

impl Default for TurnPenalties {
    fn default() -> Self {
        Self { minor_s: 1.5, around_s: 5.0 }
    }
}

/// A way from a link to the next.
#[derive(Clone, Copy, PartialEq, Debug)]
struct TurnEdge {
    to: LinkId,
    allowed: ClassSet,
    cost_s: f64,
}

/// The graph of links and turns.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RoutingGraph {
    turns: Rows<LinkId, TurnEdge>,
    /// Classes that may use some lane of the link; none for internal links and footways.
    allowed: Vec<ClassSet>,
}

impl RoutingGraph {
    /// Builds the graph of a network.
    pub fn new(parts: &NetworkParts, penalties: TurnPenalties) -> Self {
        let kind = |lane: LaneRef| parts.links[lane.link.index()].kind;
        let after = after_internal(parts);
        let mut turns: Vec<Vec<TurnEdge>> = vec![Vec::new(); parts.links.len()];
        for connector in &parts.connectors {
            if kind(connector.from) == LinkKind::Road && kind(connector.leads_to) == LinkKind::Road {
                add_turn(&mut turns[connector.from.link.index()], turn(parts, &after, connector, penalties));
            }
        }
        for row in &mut turns {
            row.sort_by_key(|turn| (turn.to, turn.cost_s.to_bits(), turn.allowed.0));
        }
        let allowed = parts
            .links
            .iter()
            .map(|link| match link.kind {
                LinkKind::Road => ClassSet(link.lanes.iter().fold(0, |set, lane| set | lane.allowed.0)),
                LinkKind::Internal | LinkKind::Foot => ClassSet::NONE,
            })
            .collect();
        Self { turns: Rows::from_lists(turns), allowed }
    }
    /// Builds the graph of a network whose permissions and limits may have been changed since it was built.
    pub fn of_network(network: &Network, penalties: TurnPenalties) -> Self {
        let mut turns: Vec<Vec<TurnEdge>> = vec![Vec::new(); network.links.len()];
        for entry in network.connectors.iter() {
            let is_first = matches!(entry.kind, ConnectorKind::Entry | ConnectorKind::Direct);
            let is_road = |lane| network.links[network.link_of(lane)].kind == LinkKind::Road;
            if is_first && is_road(entry.from) && is_road(entry.leads_to) {
                let mut allowed = network.lanes[entry.from].allowed.and(network.lanes[entry.leads_to].allowed);
                let mut cost_s = 0.0;
                let mut at = entry.to;
                while network.lanes[at].is_internal {
                    let lane = &network.lanes[at];
                    allowed = allowed.and(lane.allowed);
                    cost_s += lane.length_m / lane.speed_limit_mps.max(0.1);
                    at = network.connectors[lane.exit].to;
                }
                cost_s += penalties.of(entry.control, entry.turn);
                let turn = TurnEdge { to: network.link_of(entry.leads_to), allowed, cost_s };
                add_turn(&mut turns[network.link_of(entry.from).index()], turn);
            }
        }
        for row in &mut turns {
            row.sort_by_key(|turn| (turn.to, turn.cost_s.to_bits(), turn.allowed.0));
        }
        let of_road = |link: &crate::network::Link| {
            link.lanes().fold(ClassSet::NONE, |set, lane| ClassSet(set.0 | network.lanes[lane].allowed.0))
        };
        let allowed = network
            .links
            .iter()
            .map(|link| if link.kind == LinkKind::Road { of_road(link) } else { ClassSet::NONE })
            .collect();
        Self { turns: Rows::from_lists(turns), allowed }
    }
    /// Number of links.
    pub fn n_links(&self) -> usize {
        self.allowed.len()
    }
    /// Whether the class may use some lane of the road.
    pub fn allows(&self, class: VehicleClass, link: LinkId) -> bool {
        self.allowed[link.index()] != ClassSet::NONE && self.allowed[link.index()].allows(class)
    }
    /// Whether a vehicle of the class can go from a link straight to another.
    pub fn connects(&self, class: VehicleClass, from: LinkId, to: LinkId) -> bool {
        let row = &self.turns[from];
        let first = row.partition_point(|turn| turn.to < to);
        row[first..].iter().take_while(|turn| turn.to == to).any(|turn| turn.allowed.allows(class))
    }
    /// The links that follow a link for a class, in id order.
    pub fn following(&self, class: VehicleClass, from: LinkId) -> Vec<LinkId> {
        let mut links: Vec<LinkId> =
            self.turns[from].iter().filter(|turn| turn.allowed.allows(class)).map(|turn| turn.to).collect();
        links.dedup();
        links
    }
}

/// For every lane of internal links the connector that leaves it, as (link, lane) → connector.
fn after_internal(parts: &NetworkParts) -> Vec<Vec<Option<u32>>> {
    let mut after: Vec<Vec<Option<u32>>> = parts
        .links
        .iter()
        .map(|link| if link.kind == LinkKind::Internal { vec![None; link.lanes.len()] } else { Vec::new() })
        .collect();
    for (index, connector) in (0_u32..).zip(&parts.connectors) {
        let lanes = &mut after[connector.from.link.index()];
        if let Some(place) = lanes.get_mut(usize::from(connector.from.index)) {
            place.get_or_insert(index);
        }
    }
    after
}

fn turn(parts: &NetworkParts, after: &[Vec<Option<u32>>], entry: &ConnectorPart, penalties: TurnPenalties) -> TurnEdge {
    let lane = |at: LaneRef| &parts.links[at.link.index()].lanes[usize::from(at.index)];
    let mut allowed = lane(entry.from).allowed.and(lane(entry.leads_to).allowed);
    let mut cost_s = 0.0;
    let mut at = entry.to;
    // A chain has two internal lanes at most; a broken network must not hold the loop.
    for _ in 0..8 {
        if parts.links[at.link.index()].kind != LinkKind::Internal {
            break;
        }
        allowed = allowed.and(lane(at).allowed);
        cost_s += lane(at).length_m / lane(at).speed_limit_mps.max(0.1);
        match after[at.link.index()][usize::from(at.index)] {
            Some(next) => at = parts.connectors[next as usize].to,
            None => break,
        }
    }
    cost_s += penalties.of(entry.control, entry.turn);
    TurnEdge { to: entry.leads_to.link, allowed, cost_s }
}

/// Adds a turn unless one to the same link is at least as good for all its classes.
fn add_turn(row: &mut Vec<TurnEdge>, new: TurnEdge) {
    let covers =
        |a: &TurnEdge, b: &TurnEdge| a.to == b.to && a.cost_s <= b.cost_s && a.allowed.and(b.allowed) == b.allowed;
    if row.iter().any(|old| covers(old, &new)) {
        return;
    }
    row.retain(|old| !covers(&new, old));
    row.push(new);
}

/// The time on each link for a class, at the speed limit or the vehicle's own top speed; infinite where it may not go.
pub fn free_times_s(parts: &NetworkParts, class: VehicleClass, max_speed_mps: f64) -> Vec<f64> {
    let on_lane = |length_m: f64, limit_mps: f64| length_m / limit_mps.min(max_speed_mps).max(0.1);
    parts
        .links
        .iter()
        .map(|link| {
            let lanes = link.lanes.iter().filter(|lane| lane.allowed.allows(class));
            lanes.map(|lane| on_lane(lane.length_m, lane.speed_limit_mps)).fold(f64::INFINITY, f64::min)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::JunctionId;
    use crate::network::parts::{LanePart, LinkPart};
    use crate::rng::{Purpose, words};
    use petgraph::graph::{DiGraph, NodeIndex};

    fn road(length_m: f64, allowed: ClassSet) -> LinkPart {
        let lane = LanePart {
            length_m,
            speed_limit_mps: 10.0,
            width_m: 3.2,
            allowed,
            change_outwards: ClassSet::ALL,
            change_inwards: ClassSet::ALL,
            shape_in_city_m: Vec::new(),
            stop_box_m: 0.0,
        };
        LinkPart {
            kind: LinkKind::Road,
            from: JunctionId(0),
            to: JunctionId(0),
            priority: 0,
            in_roundabout: false,
            lanes: vec![lane],
        }
    }

    fn connect(from: u32, to: u32, control: Control) -> ConnectorPart {
        let lane = |link| LaneRef { link: LinkId(link), index: 0 };
        ConnectorPart {
            from: lane(from),
            to: lane(to),
            leads_to: lane(to),
            turn: Turn::Straight,
            control,
            signal: None,
            keep_clear: true,
            request_index: None,
            waits_inside: false,
            visibility_m: 4.5,
        }
    }

    /// A random network of `n` links, each followed by a few others.
    fn random_parts(seed: u64, n: u32) -> NetworkParts {
        let mut parts = NetworkParts::default();
        for link in 0..n {
            let [length, class, ..] = words(seed, Purpose::Route, link, 0);
            let allowed = if class % 7 == 0 { ClassSet::of(&[VehicleClass::Bus]) } else { ClassSet::ALL };
            parts.links.push(road(f64::from(50 + length % 900), allowed));
            for turn in 1..5 {
                let [to, control, ..] = words(seed, Purpose::Route, link, turn);
                let control = if control % 2 == 0 { Control::Minor } else { Control::Major };
                parts.connectors.push(connect(link, to % n, control));
            }
        }
        parts
    }

    #[test]
    fn searches_agree_with_petgraph() {
        for seed in 0..20 {
            let n = 60;
            let parts = random_parts(seed, n);
            let graph = RoutingGraph::new(&parts, TurnPenalties::default());
            let times_s = free_times_s(&parts, VehicleClass::Car, 100.0);
            let mut oracle: DiGraph<(), f64> = DiGraph::new();
            let nodes: Vec<NodeIndex> = parts.links.iter().map(|_| oracle.add_node(())).collect();
            for connector in &parts.connectors {
                let (from, to) = (connector.from.link.index(), connector.to.link.index());
                if times_s[from].is_finite() && times_s[to].is_finite() {
                    let penalty_s = if connector.control == Control::Minor { 1.5 } else { 0.0 };
                    oracle.add_edge(nodes[from], nodes[to], penalty_s + times_s[to]);
                }
            }
            let mut search = RouteSearch::default();
            let from = (0..n).find(|&link| times_s[link as usize].is_finite()).unwrap();
            let costs = petgraph::algo::dijkstra(&oracle, nodes[from as usize], None, |edge| *edge.weight());
            for to in 0..n {
                let found = graph.fastest(
                    VehicleClass::Car,
                    LinkId(from),
                    LinkId(to),
                    |link| times_s[link.index()],
                    &mut search,
                );
                match (found, costs.get(&nodes[to as usize])) {
                    (Some(links), Some(cost)) => {
                        assert_eq!((links[0], links[links.len() - 1]), (LinkId(from), LinkId(to)));
                        assert!(links.windows(2).all(|pair| graph.connects(VehicleClass::Car, pair[0], pair[1])));
                        if to != from {
                            assert!((search.cost_s() - times_s[from as usize] - cost).abs() < 1e-9);
                        }
                    }
                    (None, None) => {}
                    (found, cost) => panic!("seed {seed} to {to}: {found:?} but {cost:?}"),
                }
            }
        }
    }

    #[test]
    fn ways_through_junctions_carry_their_lanes_permissions_and_time() {
        let open = road(100.0, ClassSet::ALL);
        let links = vec![open.clone(), open, road(20.0, ClassSet::of(&[VehicleClass::Bus]))];
        let mut parts = NetworkParts { links, ..NetworkParts::default() };
        parts.links[2].kind = LinkKind::Internal;
        let lane = |link| LaneRef { link: LinkId(link), index: 0 };
        parts.connectors =
            vec![ConnectorPart { leads_to: lane(1), ..connect(0, 2, Control::Major) }, connect(2, 1, Control::Major)];
        let graph = RoutingGraph::new(&parts, TurnPenalties::default());
        assert!(graph.connects(VehicleClass::Bus, LinkId(0), LinkId(1)));
        assert!(!graph.connects(VehicleClass::Car, LinkId(0), LinkId(1)));
        assert!(!graph.allows(VehicleClass::Bus, LinkId(2)));
        let mut search = RouteSearch::default();
        assert_eq!(graph.fastest(VehicleClass::Car, LinkId(0), LinkId(1), |_| 10.0, &mut search), None);
        assert!(graph.fastest(VehicleClass::Bus, LinkId(0), LinkId(1), |_| 10.0, &mut search).is_some());
        assert!((search.cost_s() - 22.0).abs() < 1e-12);
    }
}
