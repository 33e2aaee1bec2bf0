//! Stop lines ahead: how fast the vehicle may pass or wait, and when it would be there.

use super::{Item, Walk};
use crate::ids::ConnectorId;
use crate::math::Bounded;
use crate::network::{Connector, ConnectorKind, Turn};
use crate::ports::Rule;
use crate::rng::{self, Purpose};
use crate::traffic::approach::{self, first_approaching_foe, ignores_signal, to_ms};
use crate::traffic::car_following::{NUMERICAL_EPS, POSITION_EPS_M};

/// Drivers brake at least this hard for yellow and red.
const SIGNAL_DECEL_MPS2: f64 = 3.0;

impl Walk<'_, '_> {
    /// Notes a stop line, and returns what it noted; `None` if the look-ahead ends there.
    pub(super) fn stop_line(&mut self, connector: ConnectorId, slowed_for_minor: &mut bool) -> Option<Item> {
        let scene = self.scene;
        let own = self.ego.own;
        let network = self.network;
        let driver = self.driver;
        let column = &network.connectors[connector];
        let rule = scene.ports.rules[connector];
        let must_stop = rule.is_red() || rule.is_yellow();
        let mut decel = driver.decel_mps2;
        let mut brake_m = self.brake_m;
        if must_stop && decel < SIGNAL_DECEL_MPS2 {
            decel = SIGNAL_DECEL_MPS2.at_most(driver.emergency_decel_mps2).at_least(decel);
            brake_m = driver.brake_gap(own.speed_mps, decel, 0.0);
        }
        let from_internal = self.column.is_internal;
        let leaves_junction = self.own_lane.is_internal && !self.has_item();
        let aborts = *slowed_for_minor && !from_internal;
        let mut will_pass = (self.v > 0.1 * NUMERICAL_EPS * driver.dt_s && !aborts) || leaves_junction;
        let stop_m = self.stop_distance_m((rule, column), must_stop, brake_m);
        let mut v_wait = self.v.at_most(driver.stop_speed(own.speed_mps, stop_m, decel));
        if from_internal {
            self.adapt_to_junction(connector, &mut v_wait, &mut will_pass);
        }
        let mut item = Item {
            connector,
            to: column.to,
            enters_junction: matches!(column.kind, ConnectorKind::Entry | ConnectorKind::Inside),
            wait_mps: v_wait,
            is_watched: network.is_watched[connector],
            keeps_clear: column.has_foes && column.keep_clear,
            ..Item::end(self.v, self.seen_m, 0.0)
        };
        if must_stop && self.seen_m >= brake_m && !ignores_signal(scene, own, connector, true) {
            item.wait_mps = v_wait;
            item.is_timed = true;
            item.arrival_mps = v_wait;
            item.arrival_ms = self.arrival_ms(self.v_pass);
            self.items.push(item);
            return None;
        }
        self.limit_leave(self.lane_max);
        let mut arrival_mps = self.v_pass;
        if !rule.has_priority() {
            let (most_mps, goes_on) = self.approach_with_care(connector, rule, brake_m);
            arrival_mps = arrival_mps.at_most(most_mps);
            *slowed_for_minor |= most_mps < f64::INFINITY;
            will_pass &= goes_on;
        }
        item.will_pass = will_pass;
        item.is_timed = !rule.has_priority() || rule == Rule::Zipper || item.is_watched;
        if item.is_timed {
            self.time(&mut item, column, arrival_mps);
        }
        self.items.push(item);
        Some(item)
    }

    /// Before a line where others go first: the largest speed of arrival for a driver who does not see them yet, and
    /// whether a driver whom everybody waits for goes on.
    #[inline(never)]
    fn approach_with_care(&self, connector: ConnectorId, rule: Rule, brake_m: f64) -> (f64, bool) {
        let (scene, own, driver) = (self.scene, self.ego.own, self.driver);
        let column = &self.network.connectors[connector];
        let sees_foes = self.seen_m <= column.visibility_m;
        if !sees_foes && brake_m < self.seen_m && !approach::entered_with_priority(scene, connector) {
            let at_line = driver.safe_stop_speed(column.visibility_m, driver.decel_mps2, 0.0);
            return (driver.speed_after_distance(column.visibility_m, at_line, driver.accel_mps2), true);
        }
        if rule == Rule::Equal && own.waiting_ms > 0 && self.is_in_deadlock(connector) {
            let threshold = if column.turn == Turn::Straight { 0.25 } else { 0.75 };
            let draw = rng::uniform(scene.seed, Purpose::Release, own.trip.0, scene.step);
            return (f64::INFINITY, draw >= threshold);
        }
        (f64::INFINITY, true)
    }

    /// Notes when and how fast the vehicle arrives at a stop line, and how fast it leaves the way behind.
    fn time(&self, item: &mut Item, column: &Connector, arrival_mps: f64) {
        let (own, driver) = (self.ego.own, self.driver);
        item.arrival_ms = self.arrival_ms(arrival_mps);
        item.arrival_mps = arrival_mps;
        item.arrival_braking_mps = if !own.stop.is_reached
            && !driver.is_far(self.seen_m, self.v, driver.decel_mps2, driver.tau_s)
            && self.seen_m < driver.brake_gap_own(self.v)
        {
            driver.minimal_arrival_speed(self.seen_m, self.v).map_or(arrival_mps, |speed| speed.at_most(arrival_mps))
        } else {
            0.0
        };
        let next_max = self.scene.desired_speed_mps(own, column.to);
        item.leave_mps = driver.speed_after_distance(column.length_m, arrival_mps, driver.accel_mps2).at_most(next_max);
    }

    /// Where to stop before a line: a metre before a signal or where one goes first, as close as sight needs elsewhere,
    /// but never harder than needed.
    fn stop_distance_m(&self, (rule, column): (Rule, &Connector), must_stop: bool, brake_m: f64) -> f64 {
        let sight_m = column.visibility_m - POSITION_EPS_M;
        let kind = self.scene.kind(self.ego.own.kind);
        // The box before the line belongs to two-wheelers.
        let box_m = if kind.class.is_two_wheeler() { 0.0 } else { self.column.stop_box_m };
        let gap_m = kind.junction.stop_line_gap_m + box_m;
        let mut offset_m = if must_stop {
            gap_m
        } else if rule.has_priority() {
            sight_m.at_most(gap_m)
        } else {
            sight_m.at_most(0.0)
        };
        if self.seen_m >= brake_m {
            offset_m = offset_m.at_most(self.seen_m - brake_m);
        }
        (self.seen_m - offset_m.at_least(POSITION_EPS_M)).at_least(0.0)
    }

    fn arrival_ms(&self, arrival_mps: f64) -> i64 {
        let own = self.ego.own;
        let way = self.driver.minimal_arrival_time_s(self.seen_m, self.v, arrival_mps);
        let at_stop_ms = if own.stop.is_reached { own.stop.remaining_ms.max(0) } else { 0 };
        self.scene.now_ms - self.scene.dt_ms + to_ms(way) + at_stop_ms
    }

    /// Whether everybody at an equal junction waits for somebody else, in a circle.
    fn is_in_deadlock(&self, connector: ConnectorId) -> bool {
        let mut blocker = first_approaching_foe(self.scene, connector, connector);
        for _ in 0..100 {
            match blocker {
                Some(found) if found != connector => {
                    blocker = first_approaching_foe(self.scene, found, connector);
                }
                _ => break,
            }
        }
        blocker == Some(connector)
    }
}
