//! How far the lanes lead on the route, how full they are, and what a roundabout ahead is worth.

use super::act::Side;
use super::around::{Ego, World};
use super::link_pass::LinkPass;
use crate::ids::{Id, LaneId, LinkId};
use crate::network::Network;
use crate::traffic::prefs::{self, LanePref};
use crate::traffic::state::Own;

/// Roundabouts farther than this do not count.
const ROUNDABOUT_SIGHT_M: f64 = 300.0;
/// Occupation that an inner lane may have more, for each junction of the roundabout ahead.
const INNER_LANE_BONUS_M: f64 = 7.5;
/// Scale of the distance that a roundabout adds.
const ROUNDABOUT_SCALE: f64 = 9.0;

/// A lane as the route sees it.
#[derive(Clone, Copy)]
pub(super) struct Prospect {
    /// The lane: on a way through a junction, the one on the road behind it.
    pub(super) lane: LaneId,
    pub(super) pref: LanePref,
    /// Length of vehicles with gaps ahead of the ego on this lane and along its way.
    pub(super) occupation_m: f64,
}

/// The present lane, the one beside, and the one to get to.
#[derive(Clone, Copy)]
pub(super) struct Outlook {
    pub(super) here: Prospect,
    pub(super) beside: Prospect,
    pub(super) best_occupation_m: f64,
    best_lane: LaneId,
    /// Lanes to change to get to the best one, outwards positive; if both lanes are best, the one beside.
    pub(super) best_offset: i32,
    pub(super) route_index: usize,
}

impl LinkPass<'_> {
    /// The outlook to one side; `None` if the road behind a junction has no such lane.
    pub(super) fn outlook(&self, ego: &Ego<'_>, side: Side) -> Option<Outlook> {
        let network = self.world.scene.network;
        let own = &self.own[ego.slot];
        let (route_index, lane) = if ego.is_internal {
            let after = network.after_internal(ego.lane);
            (ego.route_index + 1, network.connectors[after].leads_to)
        } else {
            (ego.route_index, ego.lane)
        };
        let index = i32::from(network.lanes[lane].index);
        let first_lane = network.links[network.link_of(lane)].first_lane;
        let prefs = own.prefs.at(route_index);
        let prospect = |index: i32| -> Option<Prospect> {
            let pref = *prefs.get(usize::try_from(index).ok()?)?;
            let lane = LaneId::from_index(first_lane.index() + index as usize);
            let beyond_m = prefs::occupation_ahead_m(network, &own.prefs, route_index, lane, |lane| {
                f64::from(self.world.lanes[lane].occupied_m)
            });
            let here_m = self.queues.get(index as usize).map_or(0.0, |queue| queue.passed_m);
            Some(Prospect { lane, pref, occupation_m: here_m + beyond_m })
        };
        let here = prospect(index)?;
        let beside = prospect(index + side.offset())?;
        let mut best_offset = i32::from(here.pref.offset);
        if best_offset == 0 && beside.pref.offset == 0 {
            best_offset = side.offset();
        }
        let best = if best_offset == 0 {
            here
        } else if best_offset == side.offset() {
            beside
        } else {
            prospect(index + best_offset)?
        };
        Some(Outlook {
            here,
            beside,
            best_occupation_m: best.occupation_m,
            best_lane: best.lane,
            best_offset,
            route_index,
        })
    }
    /// Distance to add to what the lanes offer, because a roundabout ahead gives more chances to change.
    pub(super) fn roundabout_bonus_m(&self, ego: &Ego<'_>, outlook: &Outlook) -> f64 {
        let inner = if outlook.beside.lane > outlook.here.lane { outlook.beside.lane } else { outlook.here.lane };
        let own = &self.own[ego.slot];
        self.world.roundabout_bonus_m(ego, own, outlook, inner)
    }
    /// Whether the way from a lane ends at the end of the network.
    pub(super) fn ends_in_nowhere(&self, ego: &Ego<'_>, route_index: usize, lane: LaneId) -> bool {
        let network = self.world.scene.network;
        let own = &self.own[ego.slot];
        let last = prefs::path(network, &own.prefs, route_index, lane).last().map_or(lane, |(_, last)| last);
        network.outgoing[last].is_empty()
    }
}

/// Whether more than two roads meet where a link ends.
fn is_real_junction(network: &Network, link: LinkId, next: Option<LinkId>) -> bool {
    if network.successors[link].len() > 1 {
        return true;
    }
    let Some(next) = next else { return false };
    network.links[next].lanes().any(|lane| {
        network.incoming[lane].iter().any(|&connector| {
            let entry = network.connectors[connector].entry;
            network.link_of(network.connectors[entry].from) != link
        })
    })
}

impl World<'_> {
    fn roundabout_bonus_m(&self, ego: &Ego<'_>, own: &Own, outlook: &Outlook, inner: LaneId) -> f64 {
        let network = self.scene.network;
        let route = self.scene.route(self.scene.trip(own).route);
        let roads = |lane: LaneId| {
            prefs::path(network, &own.prefs, outlook.route_index, lane)
                .filter(|(_, lane)| !network.lanes[*lane].is_internal)
                .map(|(_, lane)| lane)
        };
        // First the roads alone: most routes meet no roundabout within sight.
        let mut seen_m = -ego.front_m;
        let mut is_near = false;
        for &link in route.iter().skip(outlook.route_index) {
            if seen_m > ROUNDABOUT_SIGHT_M {
                break;
            }
            is_near |= network.links[link].in_roundabout;
            seen_m += network.links[link].length_m;
        }
        if !is_near {
            return 0.0;
        }
        let mut junctions = 0;
        let mut has_entered = false;
        let mut seen_m = -ego.front_m;
        let mut inner_roads = std::iter::once(inner).chain(roads(inner));
        for (i, lane) in std::iter::once(outlook.best_lane).chain(roads(outlook.best_lane)).enumerate() {
            let link = network.link_of(lane);
            let column = &network.links[link];
            let inner_goes_on = inner_roads.next().is_some();
            if ((!has_entered || column.in_roundabout) && !inner_goes_on) || seen_m > ROUNDABOUT_SIGHT_M {
                return 0.0;
            }
            if column.in_roundabout {
                has_entered = true;
                let next = route.get(outlook.route_index + i + 1).copied();
                junctions += i32::from(is_real_junction(network, link, next));
            } else if has_entered {
                break;
            }
            seen_m += network.lanes[lane].length_m;
        }
        if junctions < 2 {
            return 0.0;
        }
        let (outer_m, distance_m) = self.filling(ego, own, outlook, outlook.best_lane);
        let (inner_m, _) = self.filling(ego, own, outlook, inner);
        let fullest_m = outer_m.max(inner_m);
        if fullest_m == 0.0 {
            return 0.0;
        }
        let bonus_m = f64::from(junctions) * INNER_LANE_BONUS_M;
        let relative = ((outer_m - inner_m + bonus_m) / (fullest_m + bonus_m)).max(0.0);
        distance_m * relative * ego.kind.lane_change.cooperative * ROUNDABOUT_SCALE
    }
    /// Occupation of the way from a lane to the end of the first roundabout, and the distance in the roundabout.
    fn filling(&self, ego: &Ego<'_>, own: &Own, outlook: &Outlook, lane: LaneId) -> (f64, f64) {
        let network = self.scene.network;
        let (mut occupied_m, mut distance_m, mut has_entered) = (0.0, 0.0, false);
        let way = prefs::path(network, &own.prefs, outlook.route_index, lane).map(|(_, lane)| lane);
        for lane in std::iter::once(lane).chain(way) {
            let column = &network.lanes[lane];
            if !column.is_internal {
                let in_roundabout = network.links[column.link].in_roundabout;
                if !in_roundabout && has_entered {
                    break;
                }
                has_entered |= in_roundabout;
            }
            if has_entered {
                distance_m += column.length_m;
            }
            let share = if column.link == network.link_of(ego.lane) {
                (column.length_m - ego.front_m) / column.length_m
            } else {
                1.0
            };
            occupied_m += share * f64::from(self.lanes[lane].occupied_m);
        }
        (occupied_m, distance_m)
    }
}
