//! Vehicles on crossing, joining and parting ways of a junction that the look-ahead goes through.

use super::Walk;
use crate::ids::ConnectorId;
use crate::math::Bounded;
use crate::traffic::LateralMode;
use crate::traffic::car_following::{HALTING_SPEED_MPS, POSITION_EPS_M};
use crate::traffic::junction::{self, JunctionLeader, View};
use crate::traffic::lateral::gaps;
use crate::traffic::state::flags;

/// Vehicles on other ways of a junction that are looked at, at most.
const MAX_JUNCTION_LEADERS: usize = 16;
/// A leader on a junction that has been standing this long is not waited for with a claim of one's own.
const BLOCKED_MS: i64 = 5000;

impl Walk<'_, '_> {
    /// Slows for vehicles on crossing, joining and parting ways of the junction that the lane before `connector` is in.
    pub(super) fn adapt_to_junction(&mut self, connector: ConnectorId, v_wait: &mut f64, will_pass: &mut bool) {
        let (scene, traffic) = (self.scene, self.traffic);
        let ego = self.ego;
        let distance_m = self.seen_m;
        let mut n = 0;
        junction::leaders(scene, View::of(traffic), &ego, (connector, distance_m), |leader| {
            if self.mode == LateralMode::Continuous {
                let foe = traffic.own(leader.place);
                let foe_exit = scene.network.lanes[foe.lane].exit;
                if gaps::comes_out_beside(scene, (ego.own, connector), (foe, foe_exit)) {
                    return;
                }
            }
            n += 1;
            if n <= MAX_JUNCTION_LEADERS
                && (leader.is_in_the_way || junction::goes_first(scene, traffic, &ego, connector, leader))
            {
                self.adapt_to_junction_leader(leader, will_pass);
            }
        });
        *v_wait = v_wait.at_most(self.v);
    }

    fn adapt_to_junction_leader(&mut self, leader: &JunctionLeader, will_pass: &mut bool) {
        let (scene, own) = (self.scene, self.ego.own);
        let driver = self.driver;
        let lane_length_m = self.column.length_m;
        let leader_mps = f64::from(leader.seen.speed_mps);
        let leader_decel = scene.kind(leader.seen.kind_id()).apparent_decel_mps2;
        let mut safe = if leader.gap_m >= 0.0 {
            driver.follow_speed(own.speed_mps, leader.gap_m, leader_mps, leader_decel)
        } else {
            driver.stop_speed(own.speed_mps, self.seen_m - lane_length_m - POSITION_EPS_M, driver.decel_mps2)
        };
        if leader.to_crossing_m >= 0.0 {
            let up_to_m = leader.to_crossing_m - self.ego.min_gap_m;
            let stop = driver.stop_speed(own.speed_mps, up_to_m, driver.decel_mps2);
            if leader.gap_m == f64::NEG_INFINITY {
                safe = safe.at_least(stop);
            } else {
                let leader_way_m = leader.to_crossing_m - leader.gap_m;
                let past_s = leader_way_m / leader_mps.at_least(HALTING_SPEED_MPS);
                let last = own.speed_mps.max(2.0 * up_to_m / past_s - own.speed_mps);
                let spread = own.speed_mps + driver.dt_s * (last - own.speed_mps) / past_s;
                safe = safe.max(spread.min(stop));
            }
        }
        self.limit_leave(self.leave_behind_mps(safe, leader_mps));
        self.v = self.v.at_most(safe);
        self.v_pass = self.v_pass.at_most(safe);
        if let Some(before) = self.open() {
            // Up to the line before, the vehicle can drive in any case.
            let wait_mps = before.wait_mps;
            self.v = self.v.at_least(wait_mps);
        }
        if self.v < HALTING_SPEED_MPS {
            let foe = self.traffic.own(leader.place);
            let before = junction::lane_before(scene, foe.lane);
            let own_before = junction::lane_before(scene, own.lane);
            let from_here = before == Some(own.lane);
            if (before.is_some() && before == own_before)
                || from_here
                || leader.seen.has(flags::AT_STOP)
                || foe.waiting_ms > BLOCKED_MS
            {
                *will_pass = false;
                if from_here && let Some(before) = self.open() {
                    before.will_pass = false;
                }
            }
        }
    }
}
