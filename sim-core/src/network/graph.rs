//! The network as a petgraph graph: components and dead ends, for checks and export. Node indices are junction ids,
//! edge weights are link ids.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Link, Network};
use crate::ids::{JunctionId, LinkId};
use crate::rows::Column;

/// What the shape of the graph says about a network.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Connectivity {
    /// Sizes in links of the strongly connected components of two or more links, largest first.
    pub component_sizes: Vec<usize>,
    /// Roads that no other road follows.
    pub dead_ends: Vec<LinkId>,
    /// Roads that follow no other road.
    pub sources: Vec<LinkId>,
}

/// Roundabouts farther than this do not matter to anybody.
const ROUNDABOUT_SIGHT_M: f64 = 1000.0;

/// From the start of each link, the shortest way over roads to a roundabout; infinite without one in sight of its end.
pub(super) fn to_roundabout_m(network: &Network) -> Column<LinkId, f64> {
    let start = |link: &Link| if link.in_roundabout { 0.0 } else { f64::INFINITY };
    let mut ways = Column::new(network.links.iter().map(start).collect());
    loop {
        let mut has_changed = false;
        for (id, link) in network.links.enumerate() {
            let onward = network.successors[id].iter().map(|&next| ways[next]).fold(f64::INFINITY, f64::min);
            if onward < ROUNDABOUT_SIGHT_M && link.length_m + onward < ways[id] {
                ways[id] = link.length_m + onward;
                has_changed = true;
            }
        }
        if !has_changed {
            return ways;
        }
    }
}

/// Junctions as nodes and roads as edges.
pub fn junction_graph(network: &Network) -> DiGraph<JunctionId, LinkId> {
    let mut graph = DiGraph::with_capacity(network.junctions.len(), network.links.len());
    for junction in network.junctions.ids() {
        graph.add_node(junction);
    }
    for (id, link) in network.links.enumerate() {
        if link.kind == super::LinkKind::Road {
            graph.add_edge(NodeIndex::new(link.from.index()), NodeIndex::new(link.to.index()), id);
        }
    }
    graph
}

/// Components and ends of the roads, over turns that exist.
pub fn connectivity(network: &Network) -> Connectivity {
    let mut turns: DiGraph<LinkId, ()> = DiGraph::new();
    for link in network.links.ids() {
        turns.add_node(link);
    }
    let mut has_predecessor = vec![false; network.links.len()];
    for link in network.links.ids() {
        for &next in &network.successors[link] {
            turns.add_edge(NodeIndex::new(link.index()), NodeIndex::new(next.index()), ());
            has_predecessor[next.index()] = true;
        }
    }
    let is_road = |link: LinkId| network.links[link].kind == super::LinkKind::Road;
    let mut component_sizes: Vec<usize> = tarjan_scc(&turns).iter().map(Vec::len).filter(|&size| size > 1).collect();
    component_sizes.sort_by(|a, b| b.cmp(a));
    Connectivity {
        component_sizes,
        dead_ends: network.links.ids().filter(|&l| is_road(l) && network.successors[l].is_empty()).collect(),
        sources: network.links.ids().filter(|&l| is_road(l) && !has_predecessor[l.index()]).collect(),
    }
}
