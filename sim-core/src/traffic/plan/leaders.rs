//! Leaders on the way: on the own link, and on each lane that the look-ahead enters.

use super::Walk;
use crate::ids::ConnectorId;
use crate::math::Bounded;
use crate::traffic::car_following::POSITION_EPS_M;
use crate::traffic::lateral::space::Span;
use crate::traffic::lateral::{self, abreast};
use crate::traffic::leader::{self, Leader};
use crate::traffic::state::flags;

/// Leaders are looked for this many times farther than the vehicle needs to stop.
const SIGHT_FACTOR: f64 = 2.0;

impl Walk<'_, '_> {
    /// Slows for every vehicle ahead on the own link that overlaps, for one that waits to be let in, and for riding
    /// between others.
    #[inline(never)]
    pub(super) fn adapt_to_all_ahead(&mut self, reach_m: f64) {
        let (scene, traffic, place) = (self.scene, self.traffic, self.ego.place);
        let until_m = (self.ego.own.front_m + self.sight_m(reach_m)) as f32;
        leader::each_overlapping(traffic, place, until_m, |leader| self.adapt_to(leader));
        if let Some(leader) = lateral::courtesy_leader(scene, traffic, place) {
            self.adapt_to(&leader);
        }
        let passing = lateral::passing_speed_mps(scene, traffic, place, self.driver);
        self.v = self.v.at_most(passing.at_least(self.driver.min_next_speed(self.ego.own.speed_mps)));
    }

    /// Slows for those who come abreast over a connector, and for every vehicle on the link behind it that overlaps.
    #[inline(never)]
    pub(super) fn adapt_to_all_behind(&mut self, connector: ConnectorId, reach_m: f64) {
        let (scene, traffic, own) = (self.scene, self.traffic, self.ego.own);
        let mapped = Span { kerb_m: self.kerb_m, outer_m: self.outer_m };
        let until_m = (own.front_m + self.sight_m(reach_m)) as f32;
        let at = (connector, self.seen_m - self.column.length_m, until_m);
        let most = abreast::speed_mps(scene, traffic, self.ego.place, self.driver, at, mapped);
        self.v = self.v.at_most(most);
        self.v_pass = self.v_pass.at_most(most);
        let start_m = self.seen_m - self.column.length_m;
        let until_m = (self.sight_m(reach_m) - start_m).at_least(0.0) as f32;
        leader::each_last_overlapping(traffic, self.column.link, (self.kerb_m, self.outer_m), until_m, |leader| {
            if leader.seen.trip != own.trip {
                self.adapt_to(leader);
            }
        });
        let at = (self.column.link, mapped, start_m as f32, until_m);
        let most = lateral::oblique_speed_mps(scene, traffic, self.ego.place, self.driver, at);
        self.v = self.v.at_most(most);
    }

    /// How far ahead leaders are looked for: the gap kept at standstill counts too, else a queue creeps together.
    fn sight_m(&self, reach_m: f64) -> f64 {
        SIGHT_FACTOR * reach_m + self.ego.min_gap_m
    }

    /// Slows for the last vehicle on the lane just entered by the look-ahead.
    pub(super) fn adapt_to_last_on_lane(&mut self) {
        if let Some((seen, place)) = self.traffic.last_on_lane(self.network, self.lane)
            && seen.trip != self.ego.own.trip
        {
            self.adapt_to(&Leader { rear_m: f64::from(seen.rear_m), seen: *seen, place });
        }
    }

    /// Slows for a leader on the lane looked at.
    pub(super) fn adapt_to(&mut self, leader: &Leader) {
        if leader.seen.has(flags::PARKED) {
            return;
        }
        let own = self.ego.own;
        let driver = self.driver;
        let leader_mps = f64::from(leader.seen.speed_mps);
        let leader_decel = self.scene.kind(leader.seen.kind_id()).apparent_decel_mps2;
        let (seen_m, length_m, min_gap_m) = (self.seen_m, self.column.length_m, self.ego.min_gap_m);
        let safe = match self.open() {
            None => {
                let gap_m = leader.rear_m - own.front_m - min_gap_m;
                driver.follow_speed(own.speed_mps, gap_m, leader_mps, leader_decel)
            }
            Some(item) => {
                let gap_m = leader.rear_m + seen_m - length_m - min_gap_m;
                let leave_mps = if item.is_timed { item.leave_mps.at_least(0.0) } else { own.speed_mps };
                let [follow, future] =
                    driver.follow_speeds([own.speed_mps, leave_mps], gap_m, leader_mps, leader_decel);
                let leave_mps = self.leave_behind_mps(future, leader_mps);
                self.limit_leave(leave_mps);
                if gap_m < 0.0 && !self.rear_is_on_way(leader) { self.speed_before_joining() } else { follow }
            }
        };
        self.v = self.v.at_most(safe);
        self.v_pass = self.v_pass.at_most(safe);
    }

    /// The speed for a leader that reaches onto the lane looked at from another one: the vehicle stays out of the place
    /// where both join.
    #[inline(never)]
    fn speed_before_joining(&self) -> f64 {
        let mut stop_m = self.seen_m - self.column.length_m - POSITION_EPS_M;
        if let Some(item) = self.items[self.first..].last()
            && item.connector.is_some()
        {
            let before = &self.network.lanes[self.network.connectors[item.connector].from];
            if before.is_internal {
                stop_m -= before.length_m;
            }
        }
        self.driver.stop_speed(self.ego.own.speed_mps, stop_m, self.driver.decel_mps2)
    }

    /// Whether the lane under a leader's rear is one of those between here and there.
    #[inline(never)]
    fn rear_is_on_way(&self, leader: &Leader) -> bool {
        let theirs = self.traffic.own(leader.place);
        let back = theirs.lanes_behind().last().copied().unwrap_or(theirs.lane);
        let mut ways = self.items[self.first..].iter();
        back == self.lane
            || back == self.ego.own.lane
            || ways.any(|item| item.connector.is_some() && self.network.connectors[item.connector].to == back)
    }
}
