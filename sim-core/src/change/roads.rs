//! What changes on roads: permissions, speed limits, turns.
//!
//! A road is closed at its entrances: nobody turns into it, who is on it drives out. A lane is closed by its permissions:
//! who is in it changes to another.

use crate::ids::{ConnectorId, LaneId, LinkId};
use crate::network::{ConnectorKind, LinkKind, Network};
use crate::units::{ClassSet, VehicleClass};

/// A speed limit that is changed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum SpeedChange {
    /// At most this speed.
    AtMost(f64),
    /// This limit.
    Limit(f64),
    /// A factor on the limit.
    Factor(f64),
}

/// A change of roads.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RoadChange {
    /// Lanes with other permissions.
    pub permissions: Vec<(LaneId, ClassSet)>,
    /// Roads that classes may not turn into.
    pub closed: Vec<(LinkId, ClassSet)>,
    /// Turns that classes may not take.
    pub banned_turns: Vec<(LinkId, LinkId, ClassSet)>,
    /// Lanes with other speed limits.
    pub speeds: Vec<(LaneId, SpeedChange)>,
    /// Share of drivers who know of it and choose their way accordingly; 0: nobody.
    pub informed_share: f64,
}

impl RoadChange {
    /// Changes a network.
    pub fn apply(&self, network: &mut Network) {
        for &(lane, allowed) in &self.permissions {
            network.lanes[lane].allowed = allowed;
        }
        for &(link, classes) in &self.closed {
            let lanes: Vec<LaneId> = network.links[link].lanes().collect();
            let entries: Vec<ConnectorId> = lanes.iter().flat_map(|&lane| ways_onto(network, lane)).collect();
            entries.into_iter().for_each(|entry| bar(network, entry, classes));
        }
        for &(from, to, classes) in &self.banned_turns {
            let lanes: Vec<LaneId> = network.links[to].lanes().collect();
            let entries: Vec<ConnectorId> = lanes.iter().flat_map(|&lane| ways_onto(network, lane)).collect();
            let of_turn = |entry: &ConnectorId| network.link_of(network.connectors[*entry].from) == from;
            let banned: Vec<ConnectorId> = entries.into_iter().filter(of_turn).collect();
            banned.into_iter().for_each(|entry| bar(network, entry, classes));
        }
        // Factors come after limits, whatever the order of the changes within one.
        for &(lane, speed) in &self.speeds {
            let limit_mps = &mut network.lanes[lane].speed_limit_mps;
            *limit_mps = match speed {
                SpeedChange::AtMost(mps) => limit_mps.min(mps),
                SpeedChange::Limit(mps) => mps,
                SpeedChange::Factor(factor) => *limit_mps * factor,
            };
        }
    }
    /// The roads on which something is other than usual.
    pub fn links<'a>(&'a self, network: &'a Network) -> impl Iterator<Item = LinkId> + 'a {
        let lanes = self.permissions.iter().map(|(lane, _)| *lane).chain(self.speeds.iter().map(|(lane, _)| *lane));
        lanes.map(|lane| network.link_of(lane)).chain(self.closed.iter().map(|(link, _)| *link))
    }
}

/// The entry or direct connectors of the ways that end on a lane.
fn ways_onto(network: &Network, lane: LaneId) -> Vec<ConnectorId> {
    network.incoming[lane].iter().map(|&last| network.connectors[last].entry).collect()
}

/// Keeps classes off a way through a junction. Without lanes inside, the road lane behind it has to be closed.
fn bar(network: &mut Network, entry: ConnectorId, classes: ClassSet) {
    let connector = &network.connectors[entry];
    let lane = match connector.kind {
        ConnectorKind::Direct => connector.leads_to,
        ConnectorKind::Entry | ConnectorKind::Inside | ConnectorKind::Exit => connector.to,
    };
    let allowed = &mut network.lanes[lane].allowed;
    *allowed = ClassSet(allowed.0 & !classes.0);
}

/// Whether a class may drive on some lane of a road.
pub fn may_use(network: &Network, link: LinkId, class: VehicleClass) -> bool {
    let column = &network.links[link];
    column.kind == LinkKind::Road && column.lanes().any(|lane| network.lanes[lane].allowed.allows(class))
}
