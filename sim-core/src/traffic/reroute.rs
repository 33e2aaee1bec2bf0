//! Missed turns: a vehicle that has been waiting too long at the end of a lane that does not lead on along its route
//! takes the fastest of the ways that begin in this lane. Where none leads to its destination but one leaves the
//! network, it leaves there: it finds its way outside.
//!
//! Few vehicles do so in a step; they are served one after the other, link by link, front first.

use crate::ids::{Id, LinkId, RouteId};
use crate::routing::{RouteSearch, RoutingGraph};
use crate::traffic::lateral::wants_missed_turn;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Traffic};
use crate::traffic::stops;

/// A vehicle, and the links it takes from now on, its present one first.
#[derive(Clone, PartialEq, Debug)]
pub struct Detour {
    /// The vehicle.
    pub place: Place,
    /// Its new route.
    pub route: Vec<LinkId>,
}

/// The new routes of all vehicles that have waited for `limit_ms` in a wrong lane.
pub fn find(
    scene: &Scene<'_>,
    graph: &RoutingGraph,
    traffic: &Traffic,
    limit_ms: i64,
    search: &mut RouteSearch,
) -> Vec<Detour> {
    traffic
        .iter()
        .filter(|(_, _, own)| own.waiting_ms >= limit_ms && wants_missed_turn(scene, own, limit_ms))
        .filter_map(|(place, _, own)| {
            let route = fastest_from_lane(scene, graph, own, search)?;
            Some(Detour { place, route })
        })
        .collect()
}

/// The fastest way at free flow, by the turns that begin in the vehicle's lane, to the end of its route.
fn fastest_from_lane(
    scene: &Scene<'_>,
    graph: &RoutingGraph,
    own: &Own,
    search: &mut RouteSearch,
) -> Option<Vec<LinkId>> {
    let network = scene.network;
    let class = scene.kind(own.kind).class;
    let &end = scene.route_of(own).last()?;
    let cost_s = |link: LinkId| {
        let lanes = network.links[link].lanes().filter(|&lane| network.lanes[lane].allowed.allows(class));
        let time_s = |lane| network.lanes[lane].length_m / scene.desired_speed_mps(own, lane).max(0.1);
        lanes.map(time_s).fold(f64::INFINITY, f64::min)
    };
    let mut best: Option<(f64, Vec<LinkId>)> = None;
    let mut way_out = None;
    for &connector in &network.outgoing[own.lane] {
        let connector = &network.connectors[connector];
        let next = &network.lanes[connector.leads_to];
        if !network.lanes[connector.to].allowed.allows(class) || !next.allowed.allows(class) {
            continue;
        }
        let Some(way) = graph.fastest(class, next.link, end, cost_s, search) else {
            if network.outgoing[connector.leads_to].is_empty() {
                way_out = Some(vec![network.link_of(own.lane), next.link]);
            }
            continue;
        };
        if best.as_ref().is_none_or(|(best_s, _)| search.cost_s() < *best_s) {
            let mut route = vec![network.link_of(own.lane)];
            route.extend(way);
            best = Some((search.cost_s(), route));
        }
    }
    best.map(|(_, route)| route).or(way_out)
}

/// Sends vehicles on their new routes, which are the last ones of the scene; stops off the way are left out.
pub fn take(scene: &Scene<'_>, traffic: &mut Traffic, detours: &[Detour]) {
    let first = scene.demand.routes.len() + scene.new_routes.len() - detours.len();
    for (index, detour) in detours.iter().enumerate() {
        let own = &mut traffic.own[detour.place.link.index()][detour.place.slot as usize];
        own.route = RouteId::from_index(first + index);
        own.route_index = 0;
        own.tally.missed_turns += 1;
        own.tally.missed_stops += stops::skip_missed(scene, own);
        stops::renew_prefs(scene, own);
    }
}
