//! What a roundabout ahead is worth: it gives more chances to change lanes.

use super::around::{Ego, World};
use super::link_pass::LinkPass;
use super::outlook::Outlook;
use crate::ids::{LaneId, LinkId};
use crate::network::Network;
use crate::traffic::prefs;
use crate::traffic::state::Own;

/// Roundabouts farther than this do not count.
const ROUNDABOUT_SIGHT_M: f64 = 300.0;
/// Scale of the distance that a roundabout adds.
const ROUNDABOUT_SCALE: f64 = 9.0;
/// Road taken, for each junction on the way round, that makes inner and outer lanes worth the same.
const EVEN_M: f64 = 7.5;

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

impl LinkPass<'_> {
    /// Whether the route meets a roundabout within sight.
    #[inline]
    pub(super) fn meets_roundabout(&self, ego: &Ego<'_>) -> bool {
        let network = self.road.world.scene.network;
        // From a way through a junction, the roundabout is as far as from the road behind it.
        if network.to_roundabout_m[self.road.link] > ROUNDABOUT_SIGHT_M + ego.front_m + 1.0 && !ego.is_internal {
            return false;
        }
        let mut seen_m = -ego.front_m;
        for &link in
            self.road.world.scene.route_of(ego.own).iter().skip(ego.route_index() + usize::from(ego.is_internal))
        {
            if seen_m > ROUNDABOUT_SIGHT_M {
                break;
            }
            if network.links[link].in_roundabout {
                return true;
            }
            seen_m += network.links[link].length_m;
        }
        false
    }
    /// Distance to add to what the lanes offer, because a roundabout ahead gives more chances to change.
    pub(super) fn roundabout_bonus_m(&self, ego: &Ego<'_>, outlook: Outlook<'_>) -> f64 {
        let network = self.road.world.scene.network;
        let (here, beside) = (outlook.here.lane, outlook.beside.lane);
        if network.to_roundabout_m[network.link_of(here)] > ROUNDABOUT_SIGHT_M + ego.front_m + 1.0 {
            return 0.0;
        }
        self.road.world.roundabout_bonus_m(ego, self.own, outlook, if beside > here { beside } else { here })
    }
}

impl World<'_> {
    #[inline(never)]
    fn roundabout_bonus_m(&self, ego: &Ego<'_>, own_link: &[Own], outlook: Outlook<'_>, inner: LaneId) -> f64 {
        let network = self.scene.network;
        let route = self.scene.route_of(ego.own);
        let way = |lane: LaneId| prefs::way(network, &ego.own.prefs, outlook.route_index, lane);
        let roads = |lane: LaneId| prefs::road_lanes(network, &ego.own.prefs, outlook.route_index, lane);
        let next_of = |at: usize| route.get(at + 1).copied();
        let (mut junctions, mut has_entered, mut seen_m) = (0, false, -ego.front_m);
        if ego.is_internal {
            let before = route.get(ego.route_index()).is_some_and(|&link| network.links[link].in_roundabout);
            has_entered = before && network.links[network.link_of(outlook.here.lane)].in_roundabout;
            let is_real = is_real_junction(network, route[ego.route_index()], next_of(ego.route_index()));
            junctions = i32::from(has_entered && is_real);
            seen_m += ego.lane.length_m;
        }
        let is_best = inner == outlook.best;
        let mut inner_roads = roads(inner);
        for (i, lane) in roads(outlook.best).enumerate() {
            let link = network.link_of(lane);
            let column = &network.links[link];
            let inner_goes_on = is_best || inner_roads.next().is_some();
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
        let (distance_m, outer_m) = self.round_m(ego, own_link, way(outlook.best));
        let inner_m = if is_best { outer_m } else { self.round_m(ego, own_link, way(inner)).1 };
        // The emptier the inner lanes are compared to the outer ones, the more they are worth: inferred from what
        // SUMO 1.28 decides, and checked by the ladder's roundabout with two lanes.
        let even_m = f64::from(junctions) * EVEN_M;
        let freedom = ((outer_m - inner_m + even_m) / (outer_m.max(inner_m) + even_m)).max(0.0);
        distance_m * freedom * ego.kind.lane_change.cooperative * ROUNDABOUT_SCALE
    }
    /// How far a way leads around the first roundabout on it; and the road taken by vehicles up to its exit. Of the others
    /// on the ego's link, the share of the link that is still ahead counts.
    fn round_m(&self, ego: &Ego<'_>, own_link: &[Own], way: impl Iterator<Item = LaneId>) -> (f64, f64) {
        let network = self.scene.network;
        let link = network.link_of(ego.own.lane);
        let (mut distance_m, mut taken_m) = (0.0, 0.0);
        // Ways through junctions count with the roads behind them.
        let (mut through_m, mut taken_through_m) = (0.0, 0.0);
        let mut has_entered = false;
        for lane in way {
            let column = &network.lanes[lane];
            if column.is_internal {
                through_m += column.length_m;
                taken_through_m += f64::from(self.view.lanes[lane].occupied_m);
                continue;
            }
            let is_inside = network.links[column.link].in_roundabout;
            if has_entered && !is_inside {
                break;
            }
            has_entered |= is_inside;
            if is_inside {
                distance_m += through_m + column.length_m;
            }
            taken_m += taken_through_m;
            (through_m, taken_through_m) = (0.0, 0.0);
            taken_m += if column.link == link {
                let share = (column.length_m - ego.front_m) / column.length_m;
                let others = own_link.iter().filter(|own| own.lane == lane && own.trip != ego.own.trip);
                let kinds = others.map(|own| self.scene.kind(own.kind));
                share * kinds.map(|kind| kind.length_m + kind.min_gap_m).sum::<f64>()
            } else {
                f64::from(self.view.lanes[lane].occupied_m)
            };
        }
        (distance_m, taken_m)
    }
}
