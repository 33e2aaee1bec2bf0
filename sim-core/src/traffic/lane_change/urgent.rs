//! Getting a gap when the route needs a change: speaking to the vehicles beside and choosing a speed for it.

use super::act::{self, Side};
use super::around::{Ego, Other};
use super::line::NOBODY;
use super::link_pass::{Effects, LinkPass};
use super::memory::LaneChangeState;
use super::outlook::Outlook;
use super::rules;
use super::sight::Sight;
use super::speeds::{self, Needs};
use super::wish::Plan;
use crate::traffic::car_following::{NUMERICAL_EPS, POSITION_EPS_M};
use crate::traffic::state::Place;

/// How much faster one must be to cut in without help.
pub(super) const HELP_MPS: f64 = 10.0 / 3.6;
/// Least braking, for a second, to fall back behind a leader.
const FALL_BACK_MPS: f64 = 7.0 / 3.6;
/// How much the time to the lane's end is shortened by haste.
const HASTE: f64 = 2.0;
/// Above this speed followers on the outer lane are asked to slow down.
const FAST_MPS: f64 = 27.0;
/// A longer lane is not an on-ramp.
const RAMP_M: f64 = 200.0;
/// Space kept for crossing vehicles that cannot be seen yet, when changing inwards.
const UNSEEN_INWARDS_M: f64 = 20.0;
/// The same when changing outwards.
const UNSEEN_OUTWARDS_M: f64 = 40.0;

/// The way a follower needs to overtake a leader and be safely ahead of it.
fn overtaking_m(follower: (&Ego<'_>, f64), leader: (&Other<'_>, f64), follower_is_ego: bool, gap_m: f64) -> f64 {
    let ((ego, ego_mps), (other, other_mps)) = (follower, leader);
    let own = Needs { driver: ego.driver, accel_mps2: ego.own.accel_mps2 };
    let others = Needs { driver: other.driver, accel_mps2: other.accel_mps2 };
    let way_m = if follower_is_ego {
        let behind_m = speeds::secure_gap(others, other_mps, ego_mps, ego.driver.decel_mps2);
        other.length_with_gap_m() + ego.kind.length_m + behind_m
    } else {
        let behind_m = speeds::secure_gap(own, ego_mps, other_mps, other.driver.decel_mps2);
        ego.length_with_gap_m() + other.kind.length_m + behind_m
    };
    (gap_m + way_m).max(0.0)
}

impl<'a> LinkPass<'a> {
    /// Prepares a change that cannot wait: leaves space for crossing vehicles, speaks to leader and follower.
    #[inline(never)]
    pub(super) fn urge(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &Sight<'_, 'a>,
        (outlook, plan): (Outlook<'_>, Plan),
        effects: &mut Effects,
    ) {
        let first_blocked = self.queues[ego.index].first_blocked;
        memory.left_space_m = plan.here_m - ego.front_m;
        if plan.to_best
            && outlook.best_offset.abs() > 1
            && plan.beside_m - plan.here_m <= ego.length_with_gap_m()
            && !self.ends_in_nowhere(ego, outlook.route_index, outlook.here.lane)
        {
            let unseen_m = if sight.side == Side::Inwards { UNSEEN_INWARDS_M } else { UNSEEN_OUTWARDS_M };
            memory.blocker_m = memory.blocker_m.max(unseen_m);
        }
        let goes_on = outlook.here.goes_on();
        let counter = sight.side.counter_change();
        let mut can_reserve = true;
        let is_another = |place: &Place| place.link == self.road.link && place.slot as usize != ego.slot;
        let ahead = sight.ahead.as_ref().map(|ahead| ahead.place).filter(is_another).map(|place| place.slot);
        if let Some(slot) = ahead {
            can_reserve &= self.save_space(ego, memory, slot, (counter, goes_on), effects);
        }
        if first_blocked != NOBODY && ahead != Some(first_blocked) {
            can_reserve &= self.save_space(ego, memory, first_blocked, (counter, goes_on), effects);
        }
        if !can_reserve {
            memory.does_not_brake = goes_on;
        }
        let n_changes = f64::from(outlook.best_offset.abs().max(1));
        let remaining_s =
            (memory.left_space_m / memory.look_ahead_mps.max(NUMERICAL_EPS) / n_changes / HASTE).max(ego.dt_s);
        if let Some(planned_mps) = self.deal_with_leader(ego, memory, sight, remaining_s, effects) {
            self.deal_with_follower(ego, memory, sight, (remaining_s, planned_mps), effects);
        }
    }

    /// Leaves space for a vehicle that wants to cross over, or makes it leave space for this one. Whether one works.
    fn save_space(
        &self,
        ego: &Ego<'_>,
        memory: &mut LaneChangeState,
        blocker: u32,
        (counter, goes_on): (u32, bool),
        effects: &mut Effects,
    ) -> bool {
        let other = self.local(blocker as usize, 0.0);
        let theirs = &self.own[blocker as usize];
        let blocker_action = theirs.lane_change.action;
        if blocker_action & counter == 0 {
            return true;
        }
        let left_m = memory.left_space_m - POSITION_EPS_M;
        let braking_m = ego.driver.brake_gap(ego.speed_mps, ego.driver.decel_mps2, 0.0);
        if other.length_with_gap_m() <= left_m - braking_m {
            memory.blocker_m = memory.blocker_m.max(other.length_with_gap_m());
            return true;
        }
        let their_braking_m = other.driver.brake_gap(theirs.speed_mps, other.driver.decel_mps2, ego.dt_s);
        let their_left_m = theirs.lane_change.left_space_m;
        let they_can = their_left_m - their_braking_m >= ego.length_with_gap_m();
        if they_can || their_left_m > left_m {
            effects.spaces.push((blocker, ego.length_with_gap_m()));
            return true;
        }
        let must_too = act::STRATEGIC | act::URGENT;
        if !goes_on && blocker_action & must_too == must_too {
            memory.blocker_m = memory.blocker_m.max(other.length_with_gap_m());
        }
        false
    }

    /// Overtakes the leader beside or falls back behind it. The speed planned; `None` when overtaking.
    fn deal_with_leader(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &Sight<'_, 'a>,
        remaining_s: f64,
        effects: &mut Effects,
    ) -> Option<f64> {
        let driver = ego.driver;
        let room_m = memory.left_space_m - memory.blocker_m;
        let mut planned_mps = ego.speed_mps.min(speeds::stop(driver, ego.speed_mps, room_m));
        for (accel, _) in memory.advices.iter() {
            if accel >= -driver.decel_mps2 {
                planned_mps = planned_mps.min(ego.speed_mps + accel * ego.dt_s);
            }
        }
        let Some(ahead) = &sight.ahead else { return Some(planned_mps) };
        let next_mps = ahead.speed_mps - (-ahead.accel_mps2).max(1.0) * ego.dt_s;
        let next_gap_m = ahead.gap_m + (next_mps - planned_mps) * ego.dt_s;
        let follow_mps = driver.min_next_speed(ego.speed_mps).max(speeds::follow(
            driver,
            ego.speed_mps,
            next_gap_m,
            next_mps,
            ahead.driver.decel_mps2,
        ));
        if sight.blocked & act::BLOCKED_BY_LEADER == 0 {
            memory.aim_at(ego, follow_mps);
            return Some(follow_mps.min(planned_mps));
        }
        if rules::part(self.road.world.scene.network, ego, ahead) {
            return Some(planned_mps);
        }
        let way_m = overtaking_m((ego, ego.speed_mps), (ahead, ahead.speed_mps), true, ahead.gap_m);
        let faster_mps = planned_mps - ahead.speed_mps;
        let overtaking_s = if faster_mps > 0.0 { way_m / faster_mps } else { remaining_s + 1.0 };
        let cannot_overtake = faster_mps < 0.0
            || (sight.side == Side::Outwards && !ego.is_congested())
            || room_m - driver.brake_gap_own(ego.speed_mps) < way_m
            || remaining_s < overtaking_s;
        if !cannot_overtake || ahead.is_stopped {
            effects.tell(ego, ahead, ahead.speed_mps, sight.side.told() | act::IN_WAY_AHEAD);
            return None;
        }
        effects.tell(ego, ahead, f64::INFINITY, sight.side.told() | act::IN_WAY_AHEAD);
        if follow_mps >= ego.speed_mps {
            memory.aim_at(ego, follow_mps);
            return Some(planned_mps);
        }
        let decel = driver.decel_mps2.min(FALL_BACK_MPS.max((ego.speed_mps - follow_mps) / remaining_s));
        let slower_mps = planned_mps.min((ego.speed_mps - decel * ego.dt_s).max(0.0));
        memory.aim_at(ego, slower_mps);
        Some(slower_mps)
    }

    /// Asks the follower beside to make a gap, or lets it pass.
    fn deal_with_follower(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &Sight<'_, 'a>,
        (remaining_s, planned_mps): (f64, f64),
        effects: &mut Effects,
    ) {
        let Some(behind) = &sight.behind else { return };
        let needs = Needs { driver: behind.driver, accel_mps2: behind.accel_mps2 };
        let decel = ego.driver.decel_mps2;
        if sight.blocked & act::BLOCKED_BY_FOLLOWER == 0 {
            if sight.blocked & act::BLOCKED_BY_LEADER != 0 {
                let speed = speeds::gap_keeping(needs, behind.speed_mps, behind.gap_m, planned_mps, decel);
                effects.tell(ego, behind, speed, sight.side.told());
            }
            return;
        }
        if rules::part(self.road.world.scene.network, ego, behind) {
            return;
        }
        let told = sight.side.told() | act::IN_WAY_BEHIND;
        let faster_mps = planned_mps.max(0.0) - behind.speed_mps;
        if faster_mps >= HELP_MPS {
            let needed_m = speeds::secure_gap(needs, behind.speed_mps, planned_mps, decel);
            if (needed_m - behind.gap_m) / remaining_s < faster_mps {
                effects.tell(ego, behind, planned_mps.max(0.0) - HELP_MPS, told);
                return;
            }
        }
        // What the follower can do by one second of braking.
        let help_decel = behind.driver.decel_mps2;
        let slower_mps = (behind.speed_mps - help_decel * ego.dt_s).max(0.0);
        let slower_1s_mps = (behind.speed_mps - help_decel).max(0.0);
        let opening_mps = planned_mps - slower_1s_mps;
        let opened_m = behind.gap_m + opening_mps;
        let needed_m = speeds::secure_gap(needs, slower_1s_mps, planned_mps.max(0.0), decel);
        if opened_m > 0.0 && opened_m >= needed_m {
            let follow = |own_mps: f64| {
                let gap_m = behind.gap_m + (planned_mps - own_mps) * ego.dt_s;
                slower_mps.max(speeds::follow(behind.driver, behind.speed_mps, gap_m, planned_mps, decel))
            };
            let at_most = follow(0.0);
            effects.tell(ego, behind, follow(at_most), told);
        } else if opening_mps > 0.0 && opening_mps * remaining_s > needed_m - opened_m + POSITION_EPS_M {
            effects.tell(ego, behind, slower_mps, told);
        } else if sight.side == Side::Inwards && !behind.is_congested() {
            effects.tell(ego, behind, slower_mps.max(HELP_MPS), told);
        } else {
            self.let_pass(ego, memory, sight, (remaining_s, planned_mps, slower_mps), effects);
        }
    }

    /// The follower is too fast to be stopped: it slows down a little, or passes while the ego slows down.
    fn let_pass(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &Sight<'_, 'a>,
        (remaining_s, planned_mps, slower_mps): (f64, f64, f64),
        effects: &mut Effects,
    ) {
        let Some(behind) = &sight.behind else { return };
        let told = sight.side.told() | act::IN_WAY_BEHIND;
        let mut help_mps = behind.speed_mps.max(ego.speed_mps + HELP_MPS);
        let is_long_lane = ego.lane.length_m > RAMP_M;
        if behind.speed_mps > ego.speed_mps && (sight.side == Side::Inwards || planned_mps > FAST_MPS || is_long_lane) {
            // Later vehicles will then be slow enough to help.
            help_mps = slower_mps.max(ego.speed_mps + HELP_MPS);
            if (behind.speed_mps - ego.speed_mps) / behind.driver.decel_mps2 < remaining_s {
                effects.tell(ego, behind, help_mps, told);
                return;
            }
        }
        effects.tell(ego, behind, help_mps, told);
        let way_m = overtaking_m((ego, planned_mps), (behind, help_mps), false, behind.gap_m);
        let speed = (help_mps - way_m / remaining_s).max(ego.speed_mps - ego.driver.decel_mps2 * ego.dt_s);
        memory.aim_at(ego, speed);
    }
}
