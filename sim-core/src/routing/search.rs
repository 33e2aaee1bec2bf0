//! Dijkstra's search on the routing graph.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::RoutingGraph;
use crate::ids::LinkId;
use crate::units::VehicleClass;

/// The buffers of a search. A fresh one gives the same routes.
#[derive(Clone, Debug, Default)]
pub struct RouteSearch {
    /// The search in which a link was last reached.
    reached_in: Vec<u32>,
    cost_s: Vec<f64>,
    previous: Vec<LinkId>,
    /// (bits of the cost, link): costs are not negative, so their bits order them.
    queue: BinaryHeap<Reverse<(u64, LinkId)>>,
    epoch: u32,
    last_cost_s: f64,
}

impl RouteSearch {
    /// The cost of the route found last, the first and last link included.
    pub fn cost_s(&self) -> f64 {
        self.last_cost_s
    }
    fn begin(&mut self, n: usize) {
        if self.reached_in.len() != n || self.epoch == u32::MAX {
            self.reached_in = vec![0; n];
            self.cost_s = vec![0.0; n];
            self.previous = vec![LinkId::NONE; n];
            self.epoch = 0;
        }
        self.epoch += 1;
        self.queue.clear();
    }
    fn reach(&mut self, link: LinkId, cost_s: f64, previous: LinkId) {
        let index = link.index();
        if self.reached_in[index] == self.epoch && self.cost_s[index] <= cost_s {
            return;
        }
        self.reached_in[index] = self.epoch;
        self.cost_s[index] = cost_s;
        self.previous[index] = previous;
        self.queue.push(Reverse((cost_s.to_bits(), link)));
    }
}

impl RoutingGraph {
    /// The fastest way of a class from a link to another, both included; `None` if there is none.
    ///
    /// `cost_s` gives the cost of a road link in seconds: not negative; infinite or NaN closes the link.
    pub fn fastest(
        &self,
        class: VehicleClass,
        from: LinkId,
        to: LinkId,
        cost_s: impl Fn(LinkId) -> f64,
        search: &mut RouteSearch,
    ) -> Option<Vec<LinkId>> {
        let is_open = |cost_s: f64| (0.0..f64::INFINITY).contains(&cost_s);
        search.begin(self.n_links());
        let first_s = cost_s(from);
        if !is_open(first_s) || !self.allows(class, from) {
            return None;
        }
        // Adding 0 makes a negative zero positive, which the order by bits needs.
        search.reach(from, first_s + 0.0, LinkId::NONE);
        while let Some(Reverse((bits, link))) = search.queue.pop() {
            let reached_s = f64::from_bits(bits);
            if reached_s > search.cost_s[link.index()] {
                continue;
            }
            if link == to {
                search.last_cost_s = reached_s;
                return Some(way_back(search, to));
            }
            for turn in self.turns[link].iter().filter(|turn| turn.allowed.allows(class)) {
                let link_s = cost_s(turn.to);
                if is_open(link_s) {
                    search.reach(turn.to, reached_s + turn.cost_s + link_s, link);
                }
            }
        }
        None
    }
}

fn way_back(search: &RouteSearch, to: LinkId) -> Vec<LinkId> {
    let mut links = vec![to];
    let mut at = search.previous[to.index()];
    while at.is_some() {
        links.push(at);
        at = search.previous[at.index()];
    }
    links.reverse();
    links
}
