//! Stop lines ahead that cannot be crossed from the lane beside.
//!
//! A driver too near to a stop line to stop before it does not change to a lane whose stop line lies behind streams with
//! right of way when a vehicle of one of them is in the way: it would not have time to yield.

use super::around::Ego;
use super::link_pass::LinkPass;
use crate::ids::{ConnectorId, LaneId};
use crate::traffic::approach::{self, Wish};
use crate::traffic::prefs;

impl LinkPass<'_> {
    /// Whether the ego, on the target lane, could neither stop before a stop line nor cross it.
    pub(super) fn is_unsafe_ahead(&self, ego: &Ego<'_>, target: LaneId) -> bool {
        let network = self.road.world.network();
        let brake_m = ego.driver.brake_gap(ego.speed_mps, ego.driver.decel_mps2, 0.0);
        let mut distance_m = ego.lane.length_m - ego.front_m;
        if distance_m >= brake_m {
            return false;
        }
        let way = |lane| prefs::path(network, &ego.own.prefs, ego.route_index(), lane);
        let mut own_way = way(ego.own.lane);
        for (connector, next) in way(target) {
            let own = own_way.next().map(|(connector, _)| connector);
            let leaves_road = !network.lanes[network.connectors[connector].from].is_internal;
            if leaves_road && self.has_foe(ego, (own, connector), distance_m) {
                return true;
            }
            distance_m += network.lanes[next].length_m;
            if distance_m > brake_m {
                break;
            }
        }
        false
    }
    /// Whether somebody with right of way is in the way behind a stop line, when the ego arrives there as it had planned
    /// to on its own lane.
    fn has_foe(&self, ego: &Ego<'_>, (own, connector): (Option<ConnectorId>, ConnectorId), distance_m: f64) -> bool {
        let scene = self.road.world.scene;
        let network = scene.network;
        let foes = &network.yields_to[connector];
        if foes.is_empty() || scene.ports.rules[connector].has_priority() {
            return false;
        }
        let is_taken = |foe: &ConnectorId| {
            let lane = network.connectors[*foe].to;
            network.lanes[lane].is_internal && self.road.world.is_taken(lane)
        };
        approach::has_approaching_foe(scene, connector, &self.arrival(ego, own, distance_m))
            || foes.iter().any(is_taken)
    }
    /// When and how fast the ego will be at a stop line: as published, else as it can.
    fn arrival(&self, ego: &Ego<'_>, own: Option<ConnectorId>, distance_m: f64) -> Wish {
        let scene = self.road.world.scene;
        let published = own.and_then(|own| scene.approaches.at(own).find(|approach| approach.trip == ego.own.trip));
        let (arrival_ms, arrival_mps, leave_mps) = match published {
            Some(approach) => (approach.arrival_ms, approach.arrival_mps, approach.leave_mps),
            None => {
                let wished_mps = scene.desired_speed_mps(ego.own, ego.own.lane);
                let accel_mps2 = ego.driver.accel_mps2;
                let arrival_mps =
                    ego.driver.speed_after_distance(distance_m, ego.speed_mps, accel_mps2).min(wished_mps);
                let way_s = ego.driver.minimal_arrival_time_s(distance_m, ego.speed_mps, arrival_mps);
                (scene.now_ms + approach::to_ms(way_s), arrival_mps, arrival_mps)
            }
        };
        ego.wish(arrival_ms, [arrival_mps, leave_mps])
    }
}
