//! What a vehicle remembers between its lane-change decisions, and how it adapts its next speed to them.

use serde::{Deserialize, Serialize};

use super::act;
use super::around::Ego;
use crate::math;
use crate::traffic::car_following::{Driver, POSITION_EPS_M};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, flags};

/// Number of speed advices that are kept; of more, the lowest count.
const MAX_ADVICES: usize = 8;

/// Speeds that the driver or others would like it to drive next, as accelerations.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Advices {
    accel_mps2: [f64; MAX_ADVICES],
    /// Bit i: advice i is the driver's own.
    own: u8,
    n: u8,
}

impl Advices {
    fn push(&mut self, accel_mps2: f64, is_own: bool) {
        let n = self.n as usize;
        if self.iter().any(|known| known == (accel_mps2, is_own)) {
            return;
        }
        let slot = if n < MAX_ADVICES {
            self.n += 1;
            n
        } else {
            let (largest, value) = self
                .accel_mps2
                .iter()
                .enumerate()
                .fold((0, f64::NEG_INFINITY), |top, (i, &x)| if x > top.1 { (i, x) } else { top });
            if value <= accel_mps2 {
                return;
            }
            largest
        };
        self.accel_mps2[slot] = accel_mps2;
        self.own = (self.own & !(1 << slot)) | (u8::from(is_own) << slot);
    }
    /// The advised accelerations, and whether they are the driver's own.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, bool)> + '_ {
        (0..self.n as usize).map(|i| (self.accel_mps2[i], self.own & (1 << i) != 0))
    }
}

/// What a vehicle remembers between its lane-change decisions.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LaneChangeState {
    /// What it wants and what it was told: bits of `act`.
    pub(super) action: u32,
    /// Whether it wants a change that the route needs and others prevent it.
    pub(super) is_blocked: bool,
    /// Whether it must not slow down for others because it can go on another way.
    pub(super) does_not_brake: bool,
    /// Advised accelerations for the next step.
    pub(super) advices: Advices,
    /// Grown wish to change for speed, outwards positive.
    pub(super) speed_gain: f64,
    /// Grown wish to return to the kerb, negative.
    pub(super) keep_to_kerb: f64,
    /// Length of the vehicle ahead beside for which space is left at the lane's end.
    pub(super) blocker_m: f64,
    /// Space left to change.
    pub(super) left_space_m: f64,
    /// Speed that measures how far ahead changes are planned: grows at once, fades slowly.
    pub(super) look_ahead_mps: f64,
}

/// Others see a vehicle's speed only so exactly: what they advise may miss a bound by as much.
const SIGHT_EPS_MPS: f64 = 1e-5;

impl LaneChangeState {
    /// Whether the route needs a change that others prevent.
    pub fn is_strategic_blocked(&self) -> bool {
        self.is_blocked
    }
    /// Whether nothing is wanted, told or advised: then the next speed is left as it is.
    #[inline]
    fn is_at_ease(&self) -> bool {
        self.action == 0 && self.advices.n == 0 && self.blocker_m == 0.0
    }
    /// Notes an acceleration for the next step.
    pub(super) fn advise(&mut self, accel_mps2: f64, is_own: bool) {
        self.advices.push(accel_mps2, is_own);
    }
    /// Notes a speed that the driver wants to drive next.
    pub(super) fn aim_at(&mut self, ego: &Ego<'_>, speed_mps: f64) {
        self.advise((speed_mps - ego.speed_mps) / ego.dt_s, true);
    }
    /// After a change, or where there is no other lane.
    pub(super) fn changed(&mut self) {
        *self = Self::default();
    }
}

/// The speed to drive instead of `wanted_mps`, within `min_mps` and `max_mps`, so that the vehicle gets into its lane or
/// lets others in. Called by the longitudinal step after dawdling, while `own` is as before the step.
///
/// On a link with one lane the memory is reset.
pub fn patch_speed(
    scene: &Scene<'_>,
    own: &mut Own,
    driver: &Driver,
    min_mps: f64,
    wanted_mps: f64,
    max_mps: f64,
) -> f64 {
    if own.lane_change.is_at_ease() {
        forget_on_one_lane(scene, own);
        return wanted_mps;
    }
    let mut bounds = (min_mps.max(0.0), max_mps);
    let advised = advised_speed(scene, own, driver, wanted_mps, &mut bounds);
    let (min_mps, max_mps) = bounds;
    let state = &own.lane_change;
    if let Some(speed) = advised
        && !state.does_not_brake
    {
        return speed;
    }
    let action = state.action;
    if action & act::CHANGE != 0 && action & act::BLOCKED != 0 {
        if action & act::STRATEGIC != 0 {
            return (max_mps + wanted_mps) / 2.0;
        }
        if action & act::COOPERATIVE != 0 {
            if action & act::BLOCKED_BY_LEADER != 0 {
                return (min_mps + wanted_mps) / 2.0;
            }
            if action & act::BLOCKED_BY_FOLLOWER != 0 {
                return (max_mps + wanted_mps) / 2.0;
            }
        }
    }
    if action & act::IN_WAY_AHEAD != 0 {
        return (max_mps + wanted_mps) / 2.0;
    }
    forget_on_one_lane(scene, own);
    wanted_mps
}

/// On a link with one lane the memory is reset.
fn forget_on_one_lane(scene: &Scene<'_>, own: &mut Own) {
    let link = scene.network.link_of(own.lane);
    if scene.network.links[link].n_lanes < 2 {
        own.lane_change.changed();
    }
}

/// The lowest advice within the bounds, if any; leaving space for a crossing vehicle may move the bounds.
fn advised_speed(
    scene: &Scene<'_>,
    own: &Own,
    driver: &Driver,
    wanted_mps: f64,
    bounds: &mut (f64, f64),
) -> Option<f64> {
    let state = &own.lane_change;
    let mut lowest = wanted_mps;
    let mut is_advised = false;
    if state.blocker_m != 0.0 {
        let space_m = state.left_space_m - state.blocker_m - POSITION_EPS_M;
        if space_m > 0.0 {
            let hardest = driver.min_next_speed_emergency(own.speed_mps);
            let safe = driver.stop_speed(own.speed_mps, space_m, driver.decel_mps2);
            bounds.1 = bounds.1.min(safe.max(hardest));
            if safe < wanted_mps {
                if safe < bounds.0 && safe >= hardest {
                    bounds.0 = safe;
                }
                lowest = bounds.0.max(safe);
                is_advised = true;
            }
        }
    }
    let dt_s = scene.dt_s();
    let weight = scene.kind(own.kind).lane_change.cooperative.clamp(0.0, 1.0);
    for (accel, is_own) in state.advices.iter() {
        let speed = own.speed_mps + accel * dt_s;
        if speed >= bounds.0 - SIGHT_EPS_MPS && speed <= bounds.1 + SIGHT_EPS_MPS {
            let speed = speed.clamp(bounds.0, bounds.1);
            let speed = if is_own { speed } else { speed * weight + (1.0 - weight) * wanted_mps };
            lowest = lowest.min(speed);
            is_advised = true;
        }
    }
    is_advised.then_some(lowest)
}

/// Readies the memory for the next decisions; called when the vehicle's speed is fixed.
pub fn prepare_step(own: &mut Own) {
    own.flags &= !flags::STRATEGIC_BLOCKED;
    let state = &mut own.lane_change;
    state.action = if state.action & act::STRATEGIC != 0 { state.action & act::CHANGE } else { 0 };
    state.blocker_m = 0.0;
    state.left_space_m = 0.0;
    state.advices = Advices::default();
    state.does_not_brake = false;
    state.is_blocked = false;
    for wish in [&mut state.speed_gain, &mut state.keep_to_kerb] {
        if *wish != 0.0 {
            *wish = math::ceil(*wish * 100_000.0) * 0.000_01;
        }
    }
}
