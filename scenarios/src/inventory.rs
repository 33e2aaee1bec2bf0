//! What is in a scenario: counts for `citytwin check`.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::DiGraph;
use serde::Serialize;
use sim_core::network::parts::{JunctionKind, LinkKind, NetworkParts};
use sim_core::traffic::demand::Demand;

use crate::loaded::Loaded;

/// Counts of a scenario.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Inventory {
    /// Name of the scenario.
    pub scenario: String,
    /// Junctions, waiting places inside others left out.
    pub junctions: usize,
    /// Signals.
    pub signals: usize,
    /// Roads.
    pub links: usize,
    /// Ways through junctions.
    pub internal_links: usize,
    /// Length of lanes on roads that vehicles may use.
    pub lane_km: f64,
    /// Lane-to-lane connections.
    pub connectors: usize,
    /// Ways through junctions from link to link.
    pub movements: usize,
    /// Pairs of connectors that meet.
    pub conflicts: usize,
    /// Bus stops.
    pub stop_places: usize,
    /// Groups of links within which every link can be reached from every other.
    pub strong_components: usize,
    /// Links in the largest such group.
    pub links_in_largest_component: usize,
    /// Links from which no other can be reached.
    pub links_without_way_out: usize,
    /// Links that cannot be reached from any other.
    pub links_without_way_in: usize,
    /// Trips by vehicle class.
    pub trips_by_class: BTreeMap<String, usize>,
    /// Trips left out because they depart outside the run.
    pub trips_dropped: usize,
}

/// The inventory of a scenario and its demand.
pub fn inventory(loaded: &Loaded, demand: &Demand, trips_dropped: usize) -> Inventory {
    let parts = &loaded.parts;
    let roads = || parts.links.iter().filter(|link| link.kind == LinkKind::Road);
    let lanes = roads().flat_map(|link| &link.lanes).filter(|lane| lane.allowed.allows_vehicles());
    let reach = reach(parts);
    let mut trips_by_class = BTreeMap::new();
    for trip in &demand.trips {
        *trips_by_class.entry(demand.types[trip.vehicle_type].class.name().to_owned()).or_insert(0) += 1;
    }
    Inventory {
        scenario: loaded.name.clone(),
        junctions: parts.junctions.iter().filter(|junction| junction.kind != JunctionKind::Internal).count(),
        signals: parts.n_signals,
        links: roads().count(),
        internal_links: parts.links.iter().filter(|link| link.kind == LinkKind::Internal).count(),
        lane_km: (lanes.fold(0.0, |sum, lane| sum + lane.length_m)).round() / 1000.0,
        connectors: parts.connectors.len(),
        movements: movements(parts).len(),
        // A pair stands in the table once from each point of view.
        conflicts: parts.conflicts.len().div_ceil(2),
        stop_places: loaded.stop_places.len(),
        strong_components: reach.components,
        links_in_largest_component: reach.largest,
        links_without_way_out: reach.without_way_out,
        links_without_way_in: reach.without_way_in,
        trips_by_class,
        trips_dropped,
    }
}

/// Pairs of roads joined by a way through a junction.
fn movements(parts: &NetworkParts) -> BTreeSet<(usize, usize)> {
    let is_road = |index: usize| parts.links[index].kind == LinkKind::Road;
    parts
        .connectors
        .iter()
        .map(|connector| (connector.from.link.index(), connector.leads_to.link.index()))
        .filter(|&(from, to)| is_road(from) && is_road(to))
        .collect()
}

struct Reach {
    components: usize,
    largest: usize,
    without_way_out: usize,
    without_way_in: usize,
}

fn reach(parts: &NetworkParts) -> Reach {
    let is_driven = |index: &usize| {
        let link = &parts.links[*index];
        link.kind == LinkKind::Road && link.lanes.iter().any(|lane| lane.allowed.allows_vehicles())
    };
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    let nodes: BTreeMap<usize, _> =
        (0..parts.links.len()).filter(is_driven).map(|index| (index, graph.add_node(()))).collect();
    for (from, to) in movements(parts) {
        if let (Some(&from), Some(&to)) = (nodes.get(&from), nodes.get(&to)) {
            graph.add_edge(from, to, ());
        }
    }
    let components = petgraph::algo::kosaraju_scc(&graph);
    let without = |direction| graph.externals(direction).count();
    Reach {
        components: components.len(),
        largest: components.iter().map(Vec::len).max().unwrap_or(0),
        without_way_out: without(petgraph::Direction::Outgoing),
        without_way_in: without(petgraph::Direction::Incoming),
    }
}
