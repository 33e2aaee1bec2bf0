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
/// Scale of the distance that a roundabout adds.
const ROUNDABOUT_SCALE: f64 = 9.0;
/// Road taken, for each junction on the way round, that makes inner and outer lanes worth the same.
const EVEN_M: f64 = 7.5;

/// A lane as the route sees it.
#[derive(Clone, Copy)]
pub(super) struct Prospect {
    /// The lane: on a way through a junction, the one on the road behind it.
    pub(super) lane: LaneId,
    pub(super) pref: LanePref,
    /// The lane of the link, as position in it.
    index: usize,
}

/// The present lane, the one beside, and the one to get to.
#[derive(Clone, Copy)]
pub(super) struct Outlook {
    pub(super) here: Prospect,
    pub(super) beside: Prospect,
    pub(super) best: Prospect,
    /// Lanes to change to get to the best one, outwards positive; if both lanes are best, the one beside.
    pub(super) best_offset: i32,
    pub(super) route_index: usize,
}

impl LinkPass<'_> {
    /// A lane of the link, or the road lane behind it if the link is a way through a junction.
    fn prospect(&self, ego: &Ego<'_>, index: i32) -> Option<Prospect> {
        let network = self.world.scene.network;
        let own = &self.own[ego.slot];
        if !(0..self.queues.len() as i32).contains(&index) {
            return None;
        }
        let here = LaneId::from_index(self.first_lane.index() + index as usize);
        let (route_index, lane) = if ego.is_internal {
            (ego.route_index + 1, network.connectors[network.after_internal(here)].leads_to)
        } else {
            (ego.route_index, here)
        };
        let column = &network.lanes[lane];
        // A road is on the route because the vehicle is on it; ways through a junction may lead to different roads.
        if ego.is_internal && self.world.scene.route_of(own).get(route_index) != Some(&column.link) {
            return None;
        }
        let mut pref = *own.prefs.at(route_index).get(column.index as usize)?;
        if ego.is_internal {
            let last = self.queues.len() as i32 - 1;
            pref.offset = i32::from(pref.offset).clamp(-index, last - index) as i8;
        }
        Some(Prospect { lane, pref, index: index as usize })
    }
    /// Length of vehicles with gaps ahead of the ego on a lane and along its way.
    pub(super) fn occupation_m(&self, ego: &Ego<'_>, prospect: &Prospect) -> f64 {
        let occupied_m = |lane: LaneId| f64::from(self.world.view.lanes[lane].occupied_m);
        let passed_m = self.queues[prospect.index].passed_m;
        let (near_m, route_index) = if ego.is_internal {
            (passed_m + occupied_m(prospect.lane), ego.route_index + 1)
        } else {
            (passed_m, ego.route_index)
        };
        let prefs = &self.own[ego.slot].prefs;
        let scene = self.world.scene;
        let reach_m = scene.rider(self.own[ego.slot].kind).reach_m;
        let start = (route_index, prospect.lane);
        near_m + prefs::occupation_ahead_m(scene.network, prefs, start, reach_m, occupied_m)
    }
    /// The outlook to one side; `None` if the lane beside does not lead to the route's next road.
    pub(super) fn outlook(&self, ego: &Ego<'_>, side: Side) -> Option<Outlook> {
        let index = (ego.lane.0 - self.first_lane.0) as i32;
        let here = self.prospect(ego, index)?;
        let beside = self.prospect(ego, index + side.offset())?;
        let mut best_offset = i32::from(here.pref.offset);
        if best_offset == 0 && beside.pref.offset == 0 {
            best_offset = side.offset();
        }
        let best = if best_offset == 0 {
            here
        } else if best_offset == side.offset() {
            beside
        } else {
            self.prospect(ego, index + best_offset)?
        };
        Some(Outlook { here, beside, best, best_offset, route_index: ego.route_index + usize::from(ego.is_internal) })
    }
    /// Distance to add to what the lanes offer, because a roundabout ahead gives more chances to change.
    pub(super) fn roundabout_bonus_m(&self, ego: &Ego<'_>, outlook: &Outlook) -> f64 {
        let inner = if outlook.beside.lane > outlook.here.lane { outlook.beside.lane } else { outlook.here.lane };
        let own = &self.own[ego.slot];
        self.world.roundabout_bonus_m(ego, (own, self.own), outlook, inner)
    }
    /// Whether the way from a lane ends at the end of the network.
    pub(super) fn ends_in_nowhere(&self, ego: &Ego<'_>, route_index: usize, lane: LaneId) -> bool {
        let network = self.world.scene.network;
        let own = &self.own[ego.slot];
        network.outgoing[prefs::last_lane(network, &own.prefs, route_index, lane)].is_empty()
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
    fn roundabout_bonus_m(
        &self,
        ego: &Ego<'_>,
        (own, own_link): (&Own, &[Own]),
        outlook: &Outlook,
        inner: LaneId,
    ) -> f64 {
        let network = self.scene.network;
        let here = network.link_of(outlook.here.lane);
        if network.to_roundabout_m[here] > ROUNDABOUT_SIGHT_M + ego.front_m + 1.0 {
            return 0.0;
        }
        let route = self.scene.route_of(own);
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
        let way = |lane: LaneId| {
            std::iter::once(lane)
                .chain(prefs::path(network, &own.prefs, outlook.route_index, lane).map(|(_, lane)| lane))
        };
        let road = |lane: &LaneId| !network.lanes[*lane].is_internal;
        let next_of = |at: usize| route.get(at + 1).copied();
        let (mut junctions, mut has_entered, mut seen_m) = (0, false, -ego.front_m);
        if ego.is_internal {
            let before = route.get(ego.route_index).is_some_and(|&link| network.links[link].in_roundabout);
            has_entered = before && network.links[network.link_of(outlook.here.lane)].in_roundabout;
            let is_real = is_real_junction(network, route[ego.route_index], next_of(ego.route_index));
            junctions = i32::from(has_entered && is_real);
            seen_m += network.lanes[ego.lane].length_m;
        }
        let mut inner_roads = way(inner).filter(road);
        for (i, lane) in way(outlook.best.lane).filter(road).enumerate() {
            let link = network.link_of(lane);
            let column = &network.links[link];
            let inner_goes_on = inner_roads.next().is_some();
            if ((!has_entered || column.in_roundabout) && !inner_goes_on) || seen_m > ROUNDABOUT_SIGHT_M {
                return 0.0;
            }
            if column.in_roundabout {
                has_entered = true;
                junctions += i32::from(is_real_junction(network, link, next_of(outlook.route_index + i)));
            } else if has_entered {
                break;
            }
            seen_m += network.lanes[lane].length_m;
        }
        if junctions < 2 {
            return 0.0;
        }
        let ways = [way(outlook.best.lane), way(inner)];
        let distance_m = self.roundabout_m(way(outlook.best.lane));
        let [outer_m, inner_m] = ways.map(|way| self.taken_m(ego, own_link, way));
        // The emptier the inner lanes are compared to the outer ones, the more they are worth: inferred from what
        // SUMO 1.28 decides, and checked by the ladder's roundabout with two lanes.
        let even_m = f64::from(junctions) * EVEN_M;
        let freedom = ((outer_m - inner_m + even_m) / (outer_m.max(inner_m) + even_m)).max(0.0);
        distance_m * freedom * ego.kind.lane_change.cooperative * ROUNDABOUT_SCALE
    }
    /// How far a way leads around the first roundabout on it.
    fn roundabout_m(&self, way: impl Iterator<Item = LaneId>) -> f64 {
        let network = self.scene.network;
        let (mut distance_m, mut between_m, mut has_entered) = (0.0, 0.0, false);
        for lane in way {
            let column = &network.lanes[lane];
            if column.is_internal {
                between_m += column.length_m;
            } else if network.links[column.link].in_roundabout {
                has_entered = true;
                distance_m += between_m + column.length_m;
                between_m = 0.0;
            } else if has_entered {
                break;
            } else {
                between_m = 0.0;
            }
        }
        distance_m
    }
    /// Road taken by vehicles on a way up to the exit of the first roundabout on it. Of the others on the ego's link, the
    /// share of the link that is still ahead counts.
    fn taken_m(&self, ego: &Ego<'_>, own_link: &[Own], way: impl Iterator<Item = LaneId>) -> f64 {
        let network = self.scene.network;
        let (mut taken_m, mut between_m, mut has_entered) = (0.0, 0.0, false);
        let link = network.link_of(ego.lane);
        for lane in way {
            let column = &network.lanes[lane];
            if column.is_internal {
                between_m += f64::from(self.view.lanes[lane].occupied_m);
                continue;
            }
            let is_inside = network.links[column.link].in_roundabout;
            if has_entered && !is_inside {
                break;
            }
            has_entered |= is_inside;
            taken_m += between_m;
            between_m = 0.0;
            taken_m += if column.link == link {
                let share = (column.length_m - ego.front_m) / column.length_m;
                let others = own_link.iter().filter(|own| own.lane == lane && own.trip != ego.trip);
                let kinds = others.map(|own| self.scene.kind(own.kind));
                share * kinds.map(|kind| kind.length_m + kind.min_gap_m).sum::<f64>()
            } else {
                f64::from(self.view.lanes[lane].occupied_m)
            };
        }
        taken_m
    }
}
