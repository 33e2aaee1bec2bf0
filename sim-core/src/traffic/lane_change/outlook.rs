//! How far the lanes lead on the route, how full they are, and what a roundabout ahead is worth.

use super::act::Side;
use super::around::{Ego, World};
use super::link_pass::{Here, LinkPass};
use crate::ids::{LaneId, LinkId};
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
    /// The lane of the link, as position in it.
    index: usize,
    /// Distance that can be driven from the start of the lane without a lane change.
    pub(super) length_m: f64,
    /// Number of lanes to change towards the best lane, outwards positive.
    pub(super) offset: i32,
    /// Whether a connector leads on along the route.
    pub(super) goes_on: bool,
}

impl Prospect {
    fn of(lane: LaneId, index: usize, pref: &LanePref) -> Self {
        let (length_m, offset) = (f64::from(pref.length_m), i32::from(pref.offset));
        Self { lane, index, length_m, offset, goes_on: pref.next.is_some() }
    }
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
    #[inline]
    pub(super) fn prospect(&self, ego: &Ego<'_>, index: usize) -> Option<Prospect> {
        if ego.is_internal {
            return self.prospect_beyond(ego, index);
        }
        let pref = ego.own.prefs.of_lane(ego.route_index(), index)?;
        Some(Prospect::of(LaneId(self.first_lane.0 + index as u32), index, pref))
    }
    #[inline(never)]
    fn prospect_beyond(&self, ego: &Ego<'_>, index: usize) -> Option<Prospect> {
        let network = self.world.scene.network;
        if index >= self.queues.len() {
            return None;
        }
        let here = LaneId(self.first_lane.0 + index as u32);
        let route_index = ego.route_index() + 1;
        let lane = network.connectors[network.after_internal(here)].leads_to;
        let column = &network.lanes[lane];
        // A road is on the route because the vehicle is on it; ways through a junction may lead to different roads.
        if self.world.scene.route_of(ego.own).get(route_index) != Some(&column.link) {
            return None;
        }
        let pref = ego.own.prefs.of_lane(route_index, column.index as usize)?;
        let (inmost, outmost) = (-(index as i32), (self.queues.len() - 1 - index) as i32);
        let prospect = Prospect::of(lane, index, pref);
        Some(Prospect { offset: prospect.offset.clamp(inmost, outmost), ..prospect })
    }
    /// Length of vehicles with gaps ahead of the ego on a lane and along its way.
    pub(super) fn occupation_m(&self, ego: &Ego<'_>, prospect: &Prospect) -> f64 {
        let occupied_m = |lane: LaneId| f64::from(self.world.view.lanes[lane].occupied_m);
        let passed_m = self.queues[prospect.index].passed_m;
        let (near_m, route_index) = if ego.is_internal {
            (passed_m + occupied_m(prospect.lane), ego.route_index() + 1)
        } else {
            (passed_m, ego.route_index())
        };
        let start = (route_index, prospect.lane);
        let network = self.world.scene.network;
        near_m + prefs::occupation_ahead_m(network, &ego.own.prefs, start, ego.driver.reach_m, occupied_m)
    }
    /// The same for the present lane.
    pub(super) fn occupation_here_m(&self, ego: &Ego<'_>, here: &Here<'_>, prospect: &Prospect) -> f64 {
        *here.occupied_m.get_or_init(|| self.occupation_m(ego, prospect))
    }
    /// The outlook to one side; `None` if the lane beside does not lead to the route's next road.
    #[inline]
    pub(super) fn outlook(&self, ego: &Ego<'_>, side: Side, here: &Here<'_>) -> Option<Outlook> {
        let here = here.prospect?;
        let beside = self.prospect(ego, side.of(ego.index))?;
        let mut best_offset = here.offset;
        if best_offset == 0 && beside.offset == 0 {
            best_offset = side.offset();
        }
        let best = if best_offset == 0 {
            here
        } else if best_offset == side.offset() {
            beside
        } else {
            self.prospect(ego, ego.index.wrapping_add_signed(best_offset as isize))?
        };
        let route_index = ego.route_index() + usize::from(ego.is_internal);
        Some(Outlook { here, beside, best, best_offset, route_index })
    }
    /// Distance to add to what the lanes offer, because a roundabout ahead gives more chances to change.
    #[inline]
    pub(super) fn roundabout_bonus_m(&self, ego: &Ego<'_>, outlook: &Outlook) -> f64 {
        let network = self.world.scene.network;
        let here = if ego.is_internal { network.link_of(outlook.here.lane) } else { self.link };
        if network.to_roundabout_m[here] > ROUNDABOUT_SIGHT_M + ego.front_m + 1.0 {
            return 0.0;
        }
        let inner = if outlook.beside.lane > outlook.here.lane { outlook.beside.lane } else { outlook.here.lane };
        self.world.roundabout_bonus_m(ego, self.own, outlook, inner)
    }
    /// Whether the way from a lane ends at the end of the network.
    pub(super) fn ends_in_nowhere(&self, ego: &Ego<'_>, route_index: usize, lane: LaneId) -> bool {
        let network = self.world.scene.network;
        network.outgoing[prefs::last_lane(network, &ego.own.prefs, route_index, lane)].is_empty()
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
    fn roundabout_bonus_m(&self, ego: &Ego<'_>, own_link: &[Own], outlook: &Outlook, inner: LaneId) -> f64 {
        let network = self.scene.network;
        let route = self.scene.route_of(ego.own);
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
                .chain(prefs::path(network, &ego.own.prefs, outlook.route_index, lane).map(|(_, lane)| lane))
        };
        let roads = |lane: LaneId| prefs::road_lanes(network, &ego.own.prefs, outlook.route_index, lane);
        let next_of = |at: usize| route.get(at + 1).copied();
        let (mut junctions, mut has_entered, mut seen_m) = (0, false, -ego.front_m);
        if ego.is_internal {
            let before = route.get(ego.route_index()).is_some_and(|&link| network.links[link].in_roundabout);
            has_entered = before && network.links[network.link_of(outlook.here.lane)].in_roundabout;
            let is_real = is_real_junction(network, route[ego.route_index()], next_of(ego.route_index()));
            junctions = i32::from(has_entered && is_real);
            seen_m += network.lanes[ego.own.lane].length_m;
        }
        let mut inner_roads = roads(inner);
        for (i, lane) in roads(outlook.best.lane).enumerate() {
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
        let link = network.link_of(ego.own.lane);
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
                let others = own_link.iter().filter(|own| own.lane == lane && own.trip != ego.own.trip);
                let kinds = others.map(|own| self.scene.kind(own.kind));
                share * kinds.map(|kind| kind.length_m + kind.min_gap_m).sum::<f64>()
            } else {
                f64::from(self.view.lanes[lane].occupied_m)
            };
        }
        taken_m
    }
}
