//! What lies ahead of a vehicle that follows its lane preferences.

use super::{RoutePrefs, goes_on};
use crate::ids::{ConnectorId, Id, LaneId, LinkId};
use crate::network::{ConnectorKind, Network};

/// The lanes ahead in driving order from a lane of the route's road at `route_index`: internal lanes and roads, by the
/// preferred connectors. Ends where the route does not go on.
pub fn path<'a>(
    network: &'a Network,
    prefs: &'a RoutePrefs,
    route_index: usize,
    lane: LaneId,
) -> impl Iterator<Item = (ConnectorId, LaneId)> + 'a {
    let mut at = (route_index, lane);
    std::iter::from_fn(move || {
        let (index, lane) = at;
        let column = &network.lanes[lane];
        let connector =
            if column.is_internal { column.exit } else { prefs.of_lane(index, column.index as usize)?.next };
        if !connector.is_some() {
            return None;
        }
        let next = network.connectors[connector].to;
        let enters_road = matches!(network.connectors[connector].kind, ConnectorKind::Exit | ConnectorKind::Direct);
        at = (if enters_road { index + 1 } else { index }, next);
        Some((connector, next))
    })
}

/// The same lanes; the lane itself comes first.
pub fn way<'a>(
    network: &'a Network,
    prefs: &'a RoutePrefs,
    route_index: usize,
    lane: LaneId,
) -> impl Iterator<Item = LaneId> + 'a {
    let mut ahead = path(network, prefs, route_index, lane);
    std::iter::successors(Some(lane), move |_| ahead.next().map(|(_, lane)| lane))
}

/// The roads' lanes on the same way, without those through junctions; the lane itself comes first.
pub fn road_lanes<'a>(
    network: &'a Network,
    prefs: &'a RoutePrefs,
    route_index: usize,
    lane: LaneId,
) -> impl Iterator<Item = LaneId> + 'a {
    let mut index = route_index;
    std::iter::successors(Some(lane), move |&lane| {
        let next_lane = prefs.of_lane(index, network.lanes[lane].index as usize)?.next_lane;
        index += 1;
        next_lane.is_some().then_some(next_lane)
    })
}

/// The road's lane where the way from a road's lane ends.
pub fn last_lane(network: &Network, prefs: &RoutePrefs, route_index: usize, lane: LaneId) -> LaneId {
    road_lanes(network, prefs, route_index, lane).last().unwrap_or(lane)
}

/// Length of road that is occupied ahead on the way from a road's lane over the roads within sight, without the lane
/// itself. `reach_m` is what the rider's braking needs.
pub fn occupation_ahead_m(
    network: &Network,
    prefs: &RoutePrefs,
    (route_index, lane): (usize, LaneId),
    reach_m: f64,
    occupied_m: impl Fn(LaneId) -> f64,
) -> f64 {
    let mut sum_m = 0.0;
    let start = &network.lanes[lane];
    let mut seen_m = start.length_m;
    let reach_m = seen_m + reach_m;
    let row = prefs.row as usize;
    // Rows follow each other; whoever is on a road of the route finds its lane in the row.
    let (mut first, mut index) = (route_index * row, start.index as usize);
    for n_roads in 1.. {
        let Some(pref) = prefs.lanes.get(first + index) else { break };
        if !pref.next_lane.is_some() || !goes_on(n_roads, seen_m, reach_m) {
            break;
        }
        sum_m += occupied_m(pref.next_lane);
        let next = &network.lanes[pref.next_lane];
        index = next.index as usize;
        seen_m += next.length_m;
        first += row;
    }
    sum_m
}

/// The lane of a road by its index, if it exists.
pub fn lane_at(network: &Network, link: LinkId, index: i32) -> Option<LaneId> {
    let column = &network.links[link];
    (0..i32::from(column.n_lanes))
        .contains(&index)
        .then(|| LaneId::from_index(column.first_lane.index() + index as usize))
}
