//! The roads of a route and the ways between them, before it is known what lies behind.

use super::{Entry, Rider, Target, now, priority};
use crate::ids::{ConnectorId, LaneId, LinkId};
use crate::network::Network;
use crate::units::VehicleClass;

/// A way from a lane to the next road of the route.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Way {
    pub(super) connector: ConnectorId,
    /// The lane of that road, as position in it.
    pub(super) lane: u32,
    pub(super) priority: i32,
}

/// The lanes of the first roads of a route, before anything behind them is known.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Roads {
    /// For each road, one past its last entry.
    pub(super) ends: Vec<usize>,
    pub(super) entries: Vec<Entry>,
    pub(super) ways: Vec<Way>,
    /// The first and the last road that the last window was worked out from.
    pub(super) seen: Option<(usize, usize)>,
}

impl Roads {
    /// Takes memory for so many roads with so many lanes in all.
    pub(super) fn reserve(&mut self, n_roads: usize, n_lanes: usize) {
        self.ends.reserve(n_roads);
        self.entries.reserve(n_lanes);
        self.ways.reserve(2 * n_lanes);
    }
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.ends.clear();
        self.entries.clear();
        self.ways.clear();
        self.seen = None;
    }
    /// The positions of the entries of a road.
    pub(super) fn range(&self, index: usize) -> std::ops::Range<usize> {
        index.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[index]
    }
    /// Adds the next road of the route.
    pub(super) fn push(
        &mut self,
        network: &Network,
        route: &[LinkId],
        (rider, target): (Rider, Option<Target>),
        rules: Option<&now::Rules>,
    ) {
        let index = self.ends.len();
        let from = self.entries.len();
        self.add_fresh(network, route, index, (rider.class, rules));
        if let Some(target) = target.filter(|target| target.route_index == index) {
            let position_m = target.position_m.clamp(0.1, (network.links[route[index]].length_m - 0.2).max(0.1));
            for (lane, entry) in self.entries[from..].iter_mut().enumerate() {
                if lane != target.lane as usize {
                    entry.continues = false;
                    entry.length_m = position_m;
                    entry.own_length_m = position_m;
                }
            }
        }
        self.ends.push(self.entries.len());
    }
    /// Adds the lanes of a road before anything behind it is known.
    fn add_fresh(
        &mut self,
        network: &Network,
        route: &[LinkId],
        index: usize,
        (class, rules): (VehicleClass, Option<&now::Rules>),
    ) {
        let (link, next) = (route[index], route.get(index + 1).copied());
        let before = index.checked_sub(1).map(|before| route[before]);
        let length_m = network.links[link].length_m;
        for lane in network.links[link].lanes() {
            let first_way = self.ways.len() as u32;
            if let Some(next) = next {
                let first_lane = network.links[next].first_lane.0;
                self.ways.extend(leads(network, lane, next, class).map(|connector| Way {
                    connector,
                    lane: network.connectors[connector].leads_to.0 - first_lane,
                    priority: priority(network, connector, rules),
                }));
            }
            let n_ways = self.ways.len() as u32 - first_way;
            let is_allowed = network.lanes[lane].allowed.allows(class);
            let own_length_m = if is_allowed { length_m } else { 0.0 };
            self.entries.push(Entry {
                length_m: own_length_m,
                own_length_m,
                offset: 0,
                continues: next.is_none() || (n_ways > 0 && is_allowed),
                next: ConnectorId::NONE,
                priority: -1,
                is_connected: before.is_some_and(|before| is_connected(network, before, lane)),
                first_way,
                n_ways,
            });
        }
    }
}

/// Whether some connector leads from a road to a lane.
fn is_connected(network: &Network, before: LinkId, lane: LaneId) -> bool {
    network.incoming[lane].iter().any(|&connector| {
        let road = network.connectors[network.connectors[connector].entry].from;
        network.lanes[road].link == before
    })
}

/// Connectors of a lane that lead to a road, for a class.
fn leads(network: &Network, lane: LaneId, next: LinkId, class: VehicleClass) -> impl Iterator<Item = ConnectorId> + '_ {
    network.outgoing[lane].iter().copied().filter(move |&connector| {
        let connector = &network.connectors[connector];
        let to = &network.lanes[connector.leads_to];
        to.link == next
            && to.allowed.allows(class)
            && network.lanes[lane].allowed.allows(class)
            && network.lanes[connector.to].allowed.allows(class)
    })
}
