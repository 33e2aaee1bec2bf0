//! Lane preferences in the making: road after road, as many as somebody needs.

use super::roads::Roads;
use super::{Entry, LanePref, Rider, RoutePrefs, Target, window};
use crate::ids::LinkId;
use crate::network::Network;

/// The lane preferences on the first roads of a route, and what is needed to go on with the others.
///
/// An attempt to enter needs only the roads within sight; a vehicle that enters needs them all.
#[derive(Clone, PartialEq, Debug)]
pub struct Draft {
    rider: Rider,
    target: Option<Target>,
    prefs: RoutePrefs,
    roads: Roads,
    entries: Vec<Entry>,
}

/// Computes the lane preferences along a route.
pub fn along(network: &Network, route: &[LinkId], rider: Rider, target: Option<Target>) -> RoutePrefs {
    Draft::new(rider, target).finish(network, route)
}

impl Draft {
    /// Nothing is worked out yet.
    pub fn new(rider: Rider, target: Option<Target>) -> Self {
        Self { rider, target, prefs: RoutePrefs::default(), roads: Roads::default(), entries: Vec::new() }
    }
    /// What is worked out so far.
    pub fn known(&self) -> &RoutePrefs {
        &self.prefs
    }
    /// The preferences on the first roads of the route, at least `n_roads` of them. The route is always the same.
    pub fn first(&mut self, network: &Network, route: &[LinkId], n_roads: usize) -> &RoutePrefs {
        if self.prefs.is_empty() {
            self.make_room(network, route);
        }
        let row = self.prefs.row as usize;
        for start in self.prefs.len()..n_roads.min(route.len()) {
            let buffers = (&mut self.roads, &mut self.entries);
            let entries = window(network, (route, start), self.rider, self.target, buffers, None);
            self.prefs.lanes.extend(entries.iter().map(|entry| LanePref::of(network, entry, entries.len())));
            self.prefs.lanes.resize((start + 1) * row, LanePref::FILLER);
            self.prefs.n_roads = start as u32 + 1;
        }
        &self.prefs
    }
    /// Takes memory for all roads at once.
    fn make_room(&mut self, network: &Network, route: &[LinkId]) {
        let (mut row, mut n_lanes) = (0, 0);
        for &link in route {
            let n = network.links[link].n_lanes as usize;
            row = row.max(n);
            n_lanes += n;
        }
        self.prefs.row = row as u32;
        self.prefs.lanes.reserve_exact(route.len() * row);
        self.roads.reserve(route.len(), n_lanes);
        self.entries.reserve(n_lanes);
    }
    /// The preferences on all roads of the route; nothing is left.
    pub fn finish(&mut self, network: &Network, route: &[LinkId]) -> RoutePrefs {
        self.first(network, route, route.len());
        std::mem::take(&mut self.prefs)
    }
}
