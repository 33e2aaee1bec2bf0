//! Stop lines ahead that are harder to cross from the lane beside.
//!
//! A lane beside may have to yield to more streams than the present one: the inner lane before a roundabout crosses the
//! outer lane of the roundabout too. A driver does not change to it while a vehicle of such a stream is in the way.

use super::around::Ego;
use super::link_pass::LinkPass;
use crate::ids::{ConnectorId, LaneId};
use crate::traffic::approach::{self, Wish};
use crate::traffic::prefs;

impl LinkPass<'_> {
    /// Whether at a stop line of a road within sight somebody is in the way of the target lane who is none of the
    /// present lane's concern.
    pub(super) fn is_unsafe_ahead(&self, ego: &Ego<'_>, target: LaneId) -> bool {
        let network = self.world.network();
        let prefs = &self.own[ego.slot].prefs;
        let way = |lane| prefs::path(network, prefs, ego.route_index, lane);
        let max_next_mps = ego.driver.max_next_speed(ego.speed_mps);
        let reach_m = max_next_mps * ego.dt_s + ego.driver.brake_gap_own(max_next_mps);
        let mut distance_m = network.lanes[target].length_m - ego.front_m;
        let mut beside = way(ego.lane);
        let mut is_first = true;
        for (there, next) in way(target) {
            let here = beside.next().map(|(connector, _)| connector);
            if !network.lanes[network.connectors[there].from].is_internal {
                if !is_first && distance_m > reach_m {
                    break;
                }
                is_first = false;
                if self.has_new_foe(ego, (here, there), distance_m) {
                    return true;
                }
            }
            distance_m += network.lanes[next].length_m;
        }
        false
    }
    /// Whether somebody is in the way at one stop line and not at another.
    fn has_new_foe(&self, ego: &Ego<'_>, (here, there): (Option<ConnectorId>, ConnectorId), distance_m: f64) -> bool {
        let scene = self.world.scene;
        let network = scene.network;
        let rule = scene.ports.rules[there];
        let is_new = |foe: &ConnectorId| here.is_none_or(|here| !network.yields_to[here].contains(foe));
        let foes = &network.yields_to[there];
        if rule.has_priority() || rule.is_red() || !foes.iter().any(is_new) {
            return false;
        }
        let wish = self.arrival(ego, there, distance_m);
        let leave_ms = approach::leave_of(scene, there, &wish);
        foes.iter().copied().filter(is_new).any(|foe| {
            let lane = network.connectors[foe].to;
            (network.lanes[lane].is_internal && self.world.is_taken(lane))
                || approach::is_foe_near(scene, (there, foe), &wish, leave_ms)
        })
    }
    /// When and how fast the ego would be at a stop line.
    fn arrival(&self, ego: &Ego<'_>, connector: ConnectorId, distance_m: f64) -> Wish {
        let scene = self.world.scene;
        let (driver, column) = (ego.driver, &scene.network.connectors[connector]);
        let wished_mps = scene.desired_speed_mps(&self.own[ego.slot], ego.lane);
        let mut arrival_mps = driver.speed_after_distance(distance_m, ego.speed_mps, driver.accel_mps2).min(wished_mps);
        if distance_m > column.visibility_m {
            let at_sight_mps = driver.safe_stop_speed(column.visibility_m, driver.decel_mps2, 0.0);
            let most_mps = driver.speed_after_distance(column.visibility_m, at_sight_mps, driver.accel_mps2);
            arrival_mps = arrival_mps.min(most_mps);
        }
        let way_s = driver.minimal_arrival_time_s(distance_m, ego.speed_mps, arrival_mps);
        Wish {
            trip: ego.trip,
            arrival_ms: scene.now_ms + approach::to_ms(way_s),
            arrival_mps,
            leave_mps: arrival_mps,
            length_m: ego.kind.length_m,
            impatience: 0.0,
            decel_mps2: ego.kind.decel_mps2,
            waiting_ms: 0,
            time_gap_ms: approach::to_ms(ego.kind.junction.time_gap_minor_s),
            ignores_red: false,
        }
    }
}
