//! What belongs together at a stop line: connectors into the same link, and the lanes they leave.

use std::collections::BTreeMap;

use super::{Connector, Movement, Network};
use crate::ids::{ConnectorId, JunctionId, LaneId, LinkId};
use crate::rows::Rows;

/// Notes with every connector the lanes around its own that lead where it leads.
pub(super) fn add_groups(network: &mut Network) {
    let groups: Vec<[f64; 2]> = network.connectors.iter().map(|connector| group_m(network, connector)).collect();
    for (connector, group_m) in network.connectors.as_mut_slice().iter_mut().zip(groups) {
        connector.group_m = group_m;
    }
}

/// The lanes around the one a connector leaves that lead into the same link as it does, as an interval across the link.
fn group_m(network: &Network, connector: &Connector) -> [f64; 2] {
    let (from, target) = (connector.from, network.link_of(connector.to));
    let leads_there = |lane: LaneId| {
        network.outgoing[lane].iter().any(|&other| network.link_of(network.connectors[other].to) == target)
    };
    let link = &network.links[network.link_of(from)];
    let (first, end) = (link.first_lane.0, link.first_lane.0 + u32::from(link.n_lanes));
    let kerb = (first..from.0).rev().take_while(|&lane| leads_there(LaneId(lane))).last().unwrap_or(from.0);
    let outer = (from.0 + 1..end).take_while(|&lane| leads_there(LaneId(lane))).last().unwrap_or(from.0);
    let outer = &network.lanes[LaneId(outer)];
    [network.lanes[LaneId(kerb)].offset_m, outer.offset_m + outer.width_m]
}

/// Groups the connectors from one link into another through a junction.
pub(super) fn add(network: &mut Network) {
    let mut grouped: BTreeMap<(JunctionId, LinkId, LinkId), Vec<ConnectorId>> = BTreeMap::new();
    for (id, connector) in network.connectors.enumerate() {
        let entry = &network.connectors[connector.entry];
        if network.lanes[entry.from].is_internal {
            continue;
        }
        let key = (connector.junction, network.link_of(entry.from), network.link_of(connector.leads_to));
        grouped.entry(key).or_default().push(id);
    }
    for ((junction, from, to), members) in grouped {
        let first = &network.connectors[network.connectors[members[0]].entry];
        let movement = network.movements.push(Movement { junction, from, to, turn: first.turn, signal: first.signal });
        for member in members {
            network.connectors[member].movement = movement;
        }
    }
    let mut lists = vec![Vec::new(); network.links.len()];
    for (id, movement) in network.movements.enumerate() {
        lists[movement.from.index()].push(id);
    }
    network.movements_from = Rows::from_lists(lists);
}
