//! Changing to drive faster, and returning to the kerb.

use super::act::{self, Side};
use super::around::{Ego, Other, desired_mps};
use super::link_pass::LinkPass;
use super::memory::LaneChangeState;
use super::sight::Sight;
use super::speeds::{self, Needs};
use super::wish::Plan;
use crate::math::Bounded;
use crate::traffic::car_following::NUMERICAL_EPS;

/// Gains are seen relative to at least this speed.
pub(super) const LEAST_SPEED_MPS: f64 = 10.0;
/// Wish at which a driver changes for speed.
const THRESHOLD: f64 = 0.2;
/// Seconds at full speed that a driver asks of the kerb side, for each m/s.
const KERB_ACCEPTANCE: f64 = 7.0;
/// Seconds after which a driver who can keeps to the kerb.
const KERB_TIME_S: f64 = 5.0;
/// A lane must go on for this long to be worth a change.
const LEAST_STAY_S: f64 = 20.0;
/// A lane this much slower does not fade the wish to stay.
const SLACK_MPS: f64 = 5.0 / 3.6;

/// Wish at which a driver changes outwards for speed.
pub(super) fn threshold_outwards(ego: &Ego<'_>) -> f64 {
    let eagerness = ego.kind.lane_change.speed_gain;
    if eagerness <= 0.0 { f64::MAX } else { THRESHOLD / eagerness }
}

/// Wish at which a driver changes inwards for speed, or returns to the kerb.
fn threshold_inwards(ego: &Ego<'_>) -> f64 {
    let params = &ego.kind.lane_change;
    if params.speed_gain <= 0.0 { f64::MAX } else { THRESHOLD / params.speed_gain_right / params.speed_gain }
}

/// Speeds that can soon be driven.
#[derive(Clone, Copy)]
pub(super) struct Speeds {
    /// Desired on the present lane.
    wished_mps: f64,
    /// On the present lane.
    here_mps: f64,
    /// On the lane beside.
    beside_mps: f64,
    /// How much faster it is beside.
    pub(super) relative_gain: f64,
}

/// How much a change would cost, up to 1.
pub(super) fn inconvenience(ego: &Ego<'_>, memory: &LaneChangeState, side: Side, speeds: &Speeds) -> f64 {
    let against = match side {
        Side::Inwards => memory.speed_gain / threshold_inwards(ego),
        Side::Outwards => -memory.speed_gain / threshold_outwards(ego),
    };
    (speeds.here_mps / speeds.beside_mps - 1.0).max(against).min(1.0)
}

impl<'a> LinkPass<'a> {
    /// The speeds that can soon be driven here and beside.
    pub(super) fn speeds(&self, ego: &Ego<'a>, sight: &mut Sight<'_, 'a>, plan: &Plan) -> Speeds {
        self.look_ahead(ego, sight);
        let (ahead, leader) = (sight.ahead.as_ref(), sight.leader());
        let accelerates = |other: Option<&Other<'_>>| other.is_some_and(|other| other.accel_mps2 > 0.0);
        let is_moving_off = accelerates(ahead) || accelerates(leader);
        let anticipate =
            |leader, distance_m, wished_mps| self.anticipated_mps(ego, leader, distance_m, wished_mps, is_moving_off);
        let wished_mps = ego.desired_mps(ego.lane);
        let wished_beside_mps = ego.desired_mps(&self.road.lanes[sight.target]);
        let beside_mps = anticipate(ahead, plan.beside_m, wished_beside_mps);
        let here_mps = anticipate(leader, plan.here_m, wished_mps).at_most(plan.safe_here_mps);
        let relative_gain = (beside_mps - here_mps) / beside_mps.at_least(LEAST_SPEED_MPS);
        Speeds { wished_mps, here_mps, beside_mps, relative_gain }
    }

    /// The speed behind a leader, or up to the lane's end. While somebody ahead moves off, only the next second counts.
    #[inline]
    fn anticipated_mps(
        &self,
        ego: &Ego<'a>,
        leader: Option<&Other<'_>>,
        distance_m: f64,
        wished_mps: f64,
        is_moving_off: bool,
    ) -> f64 {
        let driver = ego.driver;
        let (gap_m, leader_mps, leader_decel) =
            leader.map_or((distance_m, 0.0, 0.0), |leader| (leader.gap_m, leader.speed_mps, leader.driver.decel_mps2));
        let safe = if is_moving_off {
            let soon_mps = ego.speed_mps + driver.accel_mps2 * (1.0 - ego.dt_s);
            speeds::follow(driver, soon_mps, gap_m, leader_mps, leader_decel).at_most(wished_mps)
        } else {
            speeds::bound_below(driver, gap_m, (leader_mps, leader_decel), wished_mps)
        };
        match leader {
            Some(leader) if gap_m > 0.0 && ego.kind.lane_change.speed_gain_look_ahead_s > 0.0 => {
                self.averaged_mps(ego, leader, safe, wished_mps, is_moving_off)
            }
            _ => safe,
        }
    }

    /// With a look-ahead for speed gains: the mean speed of the coming seconds, the approach to the leader included.
    #[inline(never)]
    fn averaged_mps(
        &self,
        ego: &Ego<'a>,
        leader: &Other<'_>,
        safe_mps: f64,
        wished_mps: f64,
        is_moving_off: bool,
    ) -> f64 {
        let look_ahead_s = ego.kind.lane_change.speed_gain_look_ahead_s;
        let leader_mps =
            if is_moving_off { desired_mps(self.road.world.scene, leader, leader.lane) } else { leader.speed_mps };
        let closing_mps = wished_mps - leader_mps;
        if closing_mps <= 0.0 {
            return safe_mps;
        }
        let needs = Needs { driver: ego.driver, accel_mps2: ego.own.accel_mps2 };
        let free_m = leader.gap_m - speeds::secure_gap(needs, safe_mps, leader.speed_mps, ego.driver.decel_mps2);
        let closing_s = free_m / closing_mps;
        if closing_s >= look_ahead_s {
            return safe_mps;
        }
        let (closing_s, forecast_s) = (closing_s.max(0.0), look_ahead_s * 2.0);
        safe_mps.min((closing_s * safe_mps + (forecast_s - closing_s) * leader_mps) / forecast_s)
    }

    /// Speed and kerb with the inner lane; a reason to change, or 0.
    pub(super) fn gain_inwards(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &Sight<'_, 'a>,
        plan: &Plan,
        speeds: &Speeds,
    ) -> u32 {
        let threshold = threshold_inwards(ego);
        if speeds.here_mps - SLACK_MPS > speeds.beside_mps {
            if memory.speed_gain < 0.0 {
                memory.speed_gain *= self.road.world.fleet.half_per_step;
            }
        } else {
            if memory.speed_gain < 0.0 || speeds.relative_gain > 0.0 {
                memory.speed_gain -= ego.dt_s * speeds.relative_gain;
            }
            self.wish_for_kerb(ego, memory, sight, plan, speeds.wished_mps);
            if memory.keep_to_kerb * ego.kind.lane_change.keep_right < -threshold {
                return act::KEEP_TO_KERB;
            }
        }
        if memory.speed_gain < -threshold && plan.beside_m / ego.speed_mps.max(0.1) > LEAST_STAY_S {
            return act::SPEED_GAIN;
        }
        0
    }

    /// Grows the wish to return to the kerb by the time one could drive there at full speed.
    fn wish_for_kerb(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &Sight<'_, 'a>,
        plan: &Plan,
        wished_mps: f64,
    ) {
        let factor = wished_mps / ego.lane.speed_limit_mps;
        let acceptance_s = KERB_ACCEPTANCE * factor * ego.speed_mps.max(1.0);
        let mut free_m = (plan.beside_m - ego.driver.brake_gap_own(wished_mps)).at_least(0.0);
        let mut free_s = acceptance_s.at_most(free_m / wished_mps);
        if let Some(ahead) = &sight.ahead
            && ahead.speed_mps < wished_mps
        {
            let needs = Needs { driver: ego.driver, accel_mps2: ego.own.accel_mps2 };
            let needed_m = speeds::secure_gap(needs, wished_mps, ahead.speed_mps, ahead.driver.decel_mps2);
            free_m = free_m.at_most(ahead.gap_m - needed_m).at_least(0.0);
            free_s = free_s.at_most(free_m / (wished_mps - ahead.speed_mps));
        }
        if plan.avoids_kerb_side
            && let Some(leader) = sight.leader()
        {
            let leader_mps = desired_mps(self.road.world.scene, leader, leader.lane);
            if leader_mps < wished_mps {
                free_m = free_m.min(leader.gap_m);
                free_s = free_s.min(free_m / (wished_mps - leader.speed_mps));
                memory.speed_gain += ego.dt_s * (wished_mps - leader_mps) / wished_mps.max(LEAST_SPEED_MPS);
            }
        }
        let growth = threshold_inwards(ego) * (free_s / acceptance_s) / KERB_TIME_S;
        memory.keep_to_kerb -= ego.dt_s * growth;
    }

    /// Speed with the outer lane; a reason to change, or 0.
    pub(super) fn gain_outwards(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        plan: &Plan,
        speeds: &Speeds,
    ) -> u32 {
        if speeds.here_mps > speeds.beside_mps {
            if memory.speed_gain > 0.0 {
                memory.speed_gain *= self.road.world.fleet.half_per_step;
            }
        } else if speeds.here_mps == speeds.beside_mps {
            if memory.speed_gain > 0.0 {
                memory.speed_gain *= self.road.world.fleet.four_fifths_per_step;
            }
        } else {
            memory.speed_gain += ego.dt_s * speeds.relative_gain;
        }
        let is_wanted = memory.speed_gain > threshold_outwards(ego)
            && (speeds.relative_gain > NUMERICAL_EPS || plan.goes_out_to_overtake)
            && plan.beside_m / ego.speed_mps.max(0.1) > LEAST_STAY_S;
        if is_wanted { act::SPEED_GAIN } else { 0 }
    }
}
