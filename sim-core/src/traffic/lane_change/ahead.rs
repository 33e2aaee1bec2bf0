//! Who is ahead beyond the end of the link: on the way of the route and, inside junctions, on ways that meet it. Behind a
//! stop line that is closed to the driver nobody is looked for.

use super::around::{Ego, Other, World, limit_mps};
use super::speeds;
use crate::ids::{ConnectorId, LaneId};
use crate::traffic::approach::{self, Wish};
use crate::traffic::car_following::{NUMERICAL_EPS, POSITION_EPS_M};
use crate::traffic::junction::{self, JunctionLeader};
use crate::traffic::prefs;
use crate::traffic::state::Place;

impl<'a> World<'a> {
    /// The nearest vehicle beyond the end of a lane of the ego's link, on its way, within braking distance.
    pub(super) fn leader_beyond(&self, ego: &Ego<'_>, lane: LaneId) -> Option<Other<'a>> {
        let network = self.network();
        let mut seen_m = ego.lane.length_m - ego.front_m;
        let mut reach_m = ego.driver.brake_gap_own(ego.speed_mps) + ego.kind.min_gap_m;
        if seen_m > reach_m && !ego.is_internal {
            return None;
        }
        let mut arrival_ms = self.arrival_ms(ego, seen_m);
        for (connector, next) in prefs::path(network, &ego.own.prefs, ego.route_index(), lane) {
            if !self.is_open(ego, connector, arrival_ms) {
                return None;
            }
            let mut nearest: Option<(f64, Other<'a>)> = None;
            self.on_other_ways(ego, (connector, seen_m), |_, other| {
                let reach_m = other.gap_m + other.driver.brake_gap(other.speed_mps, other.driver.decel_mps2, 0.0);
                if nearest.as_ref().is_none_or(|(least_m, _)| reach_m < *least_m) {
                    nearest = Some((reach_m, other));
                }
            });
            if let Some((_, other)) = nearest {
                return Some(other);
            }
            if let Some((seen, place)) = self.last_on(next) {
                let gap_m = seen_m + f64::from(seen.rear_m) - ego.kind.min_gap_m;
                return (place.slot as usize != ego.slot || seen.trip != ego.own.trip)
                    .then(|| self.other(seen, place, next, gap_m));
            }
            let column = &network.lanes[next];
            let limit = limit_mps(column.speed_limit_mps, ego.kind, ego.own.speed_factor);
            if limit < ego.speed_mps {
                reach_m = ego.driver.brake_gap_own(limit);
            }
            seen_m += column.length_m;
            if seen_m > reach_m && !column.is_internal {
                return None;
            }
            arrival_ms += approach::to_ms(column.length_m / ego.speed_mps.max(NUMERICAL_EPS));
        }
        None
    }
    fn arrival_ms(&self, ego: &Ego<'_>, distance_m: f64) -> i64 {
        self.scene.now_ms + approach::to_ms(distance_m / ego.speed_mps.max(NUMERICAL_EPS))
    }
    /// Whether the ego could pass at its present speed: behind a closed stop line nobody is looked for.
    fn is_open(&self, ego: &Ego<'_>, connector: ConnectorId, arrival_ms: i64) -> bool {
        // Nobody here drives at red: most stop lines are settled by that.
        if self.scene.ports.rules[connector].is_red() {
            return false;
        }
        let wish = ego.wish(arrival_ms, [ego.speed_mps; 2]);
        approach::is_open(self.scene, connector, &Wish { impatience: self.scene.impatience(ego.own), ..wish })
    }
    /// Vehicles on ways of a junction that cross or join the one that a connector, so far ahead, leaves.
    fn on_other_ways(
        &self,
        ego: &Ego<'_>,
        (connector, distance_m): (ConnectorId, f64),
        mut found: impl FnMut(&JunctionLeader, Other<'a>),
    ) {
        let place = Place { link: self.network().link_of(ego.own.lane), slot: ego.slot as u32 };
        let looking = junction::Ego { place, own: ego.own, length_m: ego.kind.length_m, min_gap_m: ego.kind.min_gap_m };
        junction::leaders(self.scene, self.view, &looking, (connector, distance_m), |leader| {
            let link = leader.place.link;
            let lane = LaneId(self.network().links[link].first_lane.0 + u32::from(leader.seen.lane));
            found(leader, self.other(&leader.seen, leader.place, lane, leader.gap_m));
        });
    }
    /// Of the vehicles ahead beyond the link's end, the one that asks for the lowest speed.
    pub(super) fn critical_leader(&self, ego: &Ego<'_>, lane: LaneId) -> Option<Other<'a>> {
        let network = self.network();
        let mut seen_m = ego.lane.length_m - ego.front_m;
        let reach_m = ego.driver.brake_gap_own(ego.speed_mps) + ego.kind.min_gap_m;
        if seen_m > reach_m && !ego.is_internal {
            return None;
        }
        let mut lowest: Option<(f64, Other<'a>)> = None;
        let mut arrival_ms = self.arrival_ms(ego, seen_m);
        let mut before_m = seen_m - ego.lane.length_m;
        for (connector, next) in prefs::path(network, &ego.own.prefs, ego.route_index(), lane) {
            if !self.is_open(ego, connector, arrival_ms) {
                break;
            }
            self.on_other_ways(ego, (connector, seen_m), |leader, other| {
                let safe = if leader.gap_m >= 0.0 {
                    speeds::follow(ego.driver, ego.speed_mps, leader.gap_m, other.speed_mps, other.driver.decel_mps2)
                } else {
                    ego.driver.stop_speed(ego.speed_mps, before_m - POSITION_EPS_M, ego.driver.decel_mps2)
                };
                if lowest.as_ref().is_none_or(|(least, _)| safe < *least) {
                    lowest = Some((safe, other));
                }
            });
            if let Some((seen, place)) = self.last_on(next) {
                let gap_m = seen_m + f64::from(seen.rear_m) - ego.kind.min_gap_m;
                let other = self.other(seen, place, next, gap_m);
                let safe = speeds::bound(ego.driver, gap_m, other.speed_mps, other.driver.decel_mps2);
                if lowest.as_ref().is_none_or(|(least, _)| safe < *least) {
                    lowest = Some((safe, other));
                }
            }
            let column = &network.lanes[next];
            before_m = seen_m;
            seen_m += column.length_m;
            if seen_m > reach_m && !column.is_internal {
                break;
            }
            arrival_ms += approach::to_ms(column.length_m / ego.speed_mps.max(NUMERICAL_EPS));
        }
        lowest.map(|(_, other)| other)
    }
}
