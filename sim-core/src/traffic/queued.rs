//! Standing in a queue: a vehicle that stands close behind another one that stands goes nowhere in the coming step,
//! whatever lies behind its leader. In dense traffic these are a third of all vehicles, so nothing else is worked out
//! for them; what they do is what the whole look-ahead would find.

use crate::math::Bounded;
use crate::ports::Rule;
use crate::traffic::car_following::NUMERICAL_EPS;
use crate::traffic::lane_change;
use crate::traffic::leader::Leader;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, flags};
use crate::traffic::types::CarFollowing;

/// The largest speed that is rounded to standing, as a part of the one at which speeds are (see `settle::speed`).
const SURELY_ROUNDED: f64 = 0.09;

/// Whether a vehicle stands so close behind a standing leader on its own road that it cannot move in the coming step.
///
/// Not at stops of its own and on its way to them, not inside junctions, and not before a line where right of way goes
/// by who is there: others look at those who wait, too.
pub fn is_queued(scene: &Scene<'_>, own: &Own, leader: &Leader) -> bool {
    if own.speed_mps != 0.0 || leader.seen.speed_mps != 0.0 || !own.tally.is_waiting || leader.seen.has(flags::PARKED) {
        return false;
    }
    let driver = scene.driver(own.kind);
    let CarFollowing::Krauss { .. } = driver.model else { return false };
    let gap_m = leader.rear_m - own.front_m - driver.min_gap_m;
    let closes_m = NUMERICAL_EPS * (1.0 + SURELY_ROUNDED * driver.dt_s * driver.dt_s.at_least(driver.tau_s));
    if gap_m > closes_m || own.stop.next < own.stop.end {
        return false;
    }
    let lane = &scene.network.lanes[own.lane];
    let next = own.prefs.at(own.route_index as usize).get(lane.index as usize).map(|pref| pref.next);
    !lane.is_internal && next.is_none_or(|next| !next.is_some() || scene.ports.rules[next] != Rule::Equal)
}

/// What the step does with such a vehicle.
pub fn stand(scene: &Scene<'_>, own: &mut Own) {
    let dt_s = scene.dt_s();
    let driver = scene.driver(own.kind);
    if scene.network.is_in_roundabout(own.lane) {
        own.flags &= !flags::HAS_TO_WAIT;
    } else {
        own.flags |= flags::HAS_TO_WAIT;
    }
    own.stop.distance_m = f64::INFINITY;
    own.stop.pace_mps = driver.max_next_speed(own.stop.pace_mps);
    if scene.network.links[scene.network.link_of(own.lane)].n_lanes < 2 {
        lane_change::patch_speed(scene, own, driver, 0.0, 0.0, 0.0);
    }
    lane_change::prepare_step(own);
    own.accel_mps2 = 0.0;
    own.waiting_ms += scene.dt_ms;
    own.tally.waiting_s += dt_s;
    if scene.desired_speed_mps(own, own.lane).min(own.stop.pace_mps.max(0.0)) > 0.0 {
        own.tally.time_loss_s += dt_s;
        own.passage.approach_loss_s += dt_s;
    }
}
