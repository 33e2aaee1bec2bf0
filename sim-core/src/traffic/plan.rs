//! Pass `plan`: every vehicle looks ahead along its lanes and notes, for each stop line in sight, how fast it may pass
//! or wait, and when it would be there. Nothing moves; only the last step's state is read.
//!
//! The look-ahead goes as far as the vehicle needs to stop from its next speed, and on until it has seen enough road
//! behind the junction to know whether it can leave it.

use crate::ids::{ConnectorId, LaneId};
use crate::math::Bounded;
use crate::network::ConnectorKind;
use crate::ports::Rule;
use crate::rng::{self, Purpose};
use crate::traffic::LateralMode;
use crate::traffic::approach::{self, first_approaching_foe, ignores_signal, to_ms};
use crate::traffic::car_following::{Driver, HALTING_SPEED_MPS, NUMERICAL_EPS, POSITION_EPS_M};
use crate::traffic::demand::Arrival;
use crate::traffic::junction::{self, Ego, JunctionLeader, View};
use crate::traffic::lateral::space::Span;
use crate::traffic::lateral::{self, abreast};
use crate::traffic::leader::{self, Leader};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Place, Traffic, flags};
use crate::traffic::stops;
use crate::traffic::types::CarFollowing;

/// Vehicle lengths of road behind a junction that are looked at.
const LENGTHS_BEHIND_JUNCTION: f64 = 5.0;
/// Vehicles on other ways of a junction that are looked at, at most.
const MAX_JUNCTION_LEADERS: usize = 16;
/// A leader on a junction that has been standing this long is not waited for with a claim of one's own.
const BLOCKED_MS: i64 = 5000;
/// Leaders are looked for this many times farther than the vehicle needs to stop.
const SIGHT_FACTOR: f64 = 2.0;
/// Drivers brake at least this hard for yellow and red.
const SIGNAL_DECEL_MPS2: f64 = 3.0;

/// A stop line ahead, or the end of the look-ahead.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Item {
    /// The connector; `NONE` for an end without one.
    pub connector: ConnectorId,
    /// Speed for the coming step if the line may be passed.
    pub pass_mps: f64,
    /// Speed for the coming step if it may not.
    pub wait_mps: f64,
    /// Whether the vehicle intends to pass.
    pub will_pass: bool,
    /// When it would arrive.
    pub arrival_ms: i64,
    /// Speed at arrival.
    pub arrival_mps: f64,
    /// Speed at arrival if it brakes from now on.
    pub arrival_braking_mps: f64,
    /// Distance to the line.
    pub distance_m: f64,
    /// Speed when leaving the way behind the line; negative while unknown.
    pub leave_mps: f64,
    /// Road free behind the line.
    pub space_m: f64,
    /// Whether a vehicle stands on the road behind the line.
    pub has_stopped: bool,
    /// Whether anybody asks when the vehicle arrives and leaves: where it has to yield, or others yield to it.
    /// Elsewhere these figures are not worked out.
    pub is_timed: bool,
    /// Whether others yield to who passes the line.
    pub is_watched: bool,
    /// Whether the junction behind the line is to be kept clear.
    pub keeps_clear: bool,
}

impl Item {
    fn end(speed_mps: f64, distance_m: f64, space_m: f64) -> Self {
        Self {
            connector: ConnectorId::NONE,
            pass_mps: speed_mps,
            wait_mps: speed_mps,
            will_pass: false,
            arrival_ms: 0,
            arrival_mps: 0.0,
            arrival_braking_mps: 0.0,
            distance_m,
            leave_mps: -1.0,
            space_m,
            has_stopped: false,
            is_timed: false,
            is_watched: false,
            keeps_clear: false,
        }
    }
    fn limit_leave(&mut self, speed_mps: f64) {
        if !self.is_timed {
            return;
        }
        self.leave_mps = if self.leave_mps > 0.0 { self.leave_mps.at_most(speed_mps) } else { speed_mps };
    }
    /// The speed when leaving, the passing speed where nothing better is known.
    pub fn leave_speed_mps(&self) -> f64 {
        if self.leave_mps < 0.0 { self.pass_mps } else { self.leave_mps }
    }
}

/// What a vehicle has planned: its items and the distance to its stop.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plan {
    /// First item in the link's list.
    pub first: u32,
    /// Number of items.
    pub n: u32,
    /// Distance to where it must stand at its next stop; infinite without.
    pub stop_m: f64,
    /// Way of braking comfortably from the present speed.
    pub brake_m: f64,
}

/// Who plans, and the state of its look-ahead.
struct Walk<'a, 'b> {
    scene: &'b Scene<'a>,
    traffic: &'b Traffic,
    mode: LateralMode,
    ego: Ego<'b>,
    driver: Driver,
    items: &'b mut Vec<Item>,
    first: usize,
    v: f64,
    v_pass: f64,
    lane: LaneId,
    lane_max: f64,
    /// Way of braking comfortably from the present speed.
    brake_m: f64,
    seen_m: f64,
    view: usize,
    kerb_m: f32,
    outer_m: f32,
    stop_m: f64,
}

/// The driver with the desired speed of the lane, as the intelligent driver model needs it.
pub fn driver_on_lane(driver: &Driver, speed_mps: f64, desired_mps: f64) -> Driver {
    match driver.model {
        CarFollowing::Krauss { .. } => *driver,
        CarFollowing::Idm { .. } => Driver {
            max_speed_mps: desired_mps.at_least(driver.min_next_speed(speed_mps)).at_most(driver.max_speed_mps),
            ..*driver
        },
    }
}

/// Plans one vehicle. `ahead` is its leader on its own link, `lengths_in_front_m` the road that vehicles before it on
/// its lane take.
pub fn vehicle(
    scene: &Scene<'_>,
    traffic: &Traffic,
    (mode, place): (LateralMode, Place),
    ahead: Option<Leader>,
    items: &mut Vec<Item>,
) -> Plan {
    let own = traffic.own(place);
    let seen = traffic.seen(place);
    let kind = scene.kind(own.kind);
    let first = items.len();
    let base = scene.driver(own.kind);
    let desired = scene.desired_speed_mps(own, own.lane);
    let driver = driver_on_lane(base, own.speed_mps, desired);
    let least = driver.min_next_speed(own.speed_mps);
    let lane_max = desired.at_least(least);
    let lane_length_m = scene.network.lanes[own.lane].length_m;
    let seen_m = lane_length_m - own.front_m;
    let v = driver.accelerate_towards(own.speed_mps, lane_max);
    let mut walk = Walk {
        scene,
        traffic,
        mode,
        ego: Ego { place, own, length_m: kind.length_m, min_gap_m: kind.min_gap_m },
        driver,
        items,
        first,
        v,
        v_pass: driver.speed_after_distance(seen_m, v, driver.accel_mps2).at_most(lane_max),
        lane: own.lane,
        lane_max,
        brake_m: driver.brake_gap(own.speed_mps, driver.decel_mps2, 0.0),
        seen_m,
        view: 0,
        kerb_m: seen.kerb_m,
        outer_m: seen.outer_m,
        stop_m: f64::INFINITY,
    };
    walk.look_ahead(ahead);
    let (stop_m, brake_m) = (walk.stop_m, walk.brake_m);
    Plan { first: first as u32, n: (items.len() - first) as u32, stop_m, brake_m }
}

impl Walk<'_, '_> {
    fn look_ahead(&mut self, ahead: Option<Leader>) {
        let scene = self.scene;
        let own = self.ego.own;
        let max_next = self.driver.max_next_speed(own.speed_mps);
        let reach_m = max_next * scene.dt_s() + self.driver.brake_gap_own(max_next);
        let is_internal = scene.network.lanes[own.lane].is_internal;
        let mut seen_internal_m = if is_internal { self.seen_m } else { 0.0 };
        let mut seen_roads_m = 0.0;
        let mut had_road = false;
        let mut slowed_for_minor = false;
        let mut leader = ahead;
        if self.mode == LateralMode::Continuous {
            self.adapt_to_all_ahead(reach_m);
        }
        loop {
            if let Some(leader) = leader {
                self.adapt_to(leader);
            }
            if let Some(last) = self.last() {
                let v = self.v;
                let item = &mut self.items[last];
                item.wait_mps = item.wait_mps.at_most(v);
            }
            if self.adapt_to_stop() {
                break;
            }
            let route_index = own.route_index as usize + self.view;
            if route_index + 1 == own.prefs.len() {
                self.adapt_to_arrival(scene.trip(own).arrival);
                break;
            }
            let next = self.next_connector(route_index);
            let Some(connector) = next.filter(|&connector| self.can_cross(connector)) else {
                self.adapt_to_dead_end();
                break;
            };
            if !self.stop_line(connector, &mut slowed_for_minor) {
                break;
            }
            let column = &scene.network.connectors[connector];
            if matches!(column.kind, ConnectorKind::Exit | ConnectorKind::Direct) {
                had_road = true;
                self.view += 1;
            }
            let will_pass = self.items[self.items.len() - 1].will_pass;
            let enough_m = (self.ego.length_m * LENGTHS_BEHIND_JUNCTION).at_least(self.ego.length_m + seen_internal_m);
            if (!will_pass || self.v <= 0.0 || self.seen_m > reach_m) && had_road && seen_roads_m > enough_m {
                break;
            }
            let length_m = self.enter(connector);
            if scene.network.lanes[self.lane].is_internal {
                seen_internal_m += length_m;
            } else {
                seen_roads_m += length_m;
            }
            leader = match self.mode {
                LateralMode::LaneInstant => self.last_on_lane(),
                LateralMode::Continuous => {
                    let mapped = Span { kerb_m: self.kerb_m, outer_m: self.outer_m };
                    let until_m = (own.front_m + self.sight_m(reach_m)) as f32;
                    let at = (connector, self.seen_m - length_m, until_m);
                    let most = abreast::speed_mps(scene, self.traffic, self.ego.place, &self.driver, at, mapped);
                    self.v = self.v.at_most(most);
                    self.v_pass = self.v_pass.at_most(most);
                    self.adapt_to_all_on_link(reach_m);
                    None
                }
            };
        }
    }

    /// Slows for every vehicle ahead on the own link that overlaps, for one that waits to be let in, and for riding
    /// between others.
    fn adapt_to_all_ahead(&mut self, reach_m: f64) {
        let (scene, traffic, place) = (self.scene, self.traffic, self.ego.place);
        let until_m = (self.ego.own.front_m + self.sight_m(reach_m)) as f32;
        leader::each_overlapping(traffic, place, until_m, |leader| self.adapt_to(*leader));
        if let Some(leader) = lateral::courtesy_leader(scene, traffic, place) {
            self.adapt_to(leader);
        }
        let passing = lateral::passing_speed_mps(scene, traffic, place, &self.driver);
        self.v = self.v.at_most(passing.at_least(self.driver.min_next_speed(self.ego.own.speed_mps)));
    }

    /// How far ahead leaders are looked for: the gap kept at standstill counts too, else a queue creeps together.
    fn sight_m(&self, reach_m: f64) -> f64 {
        SIGHT_FACTOR * reach_m + self.ego.min_gap_m
    }

    /// Slows for every vehicle on the link just entered by the look-ahead that overlaps.
    fn adapt_to_all_on_link(&mut self, reach_m: f64) {
        let traffic = self.traffic;
        let link = self.scene.network.link_of(self.lane);
        let start_m = self.seen_m - self.scene.network.lanes[self.lane].length_m;
        let until_m = (self.sight_m(reach_m) - start_m).at_least(0.0) as f32;
        let trip = self.ego.own.trip;
        leader::each_last_overlapping(traffic, link, (self.kerb_m, self.outer_m), until_m, |leader| {
            if leader.seen.trip != trip {
                self.adapt_to(*leader);
            }
        });
    }

    /// The last item of this vehicle, if there is one.
    fn last(&self) -> Option<usize> {
        (self.items.len() > self.first).then(|| self.items.len() - 1)
    }

    fn next_connector(&self, route_index: usize) -> Option<ConnectorId> {
        let column = &self.scene.network.lanes[self.lane];
        if column.is_internal {
            return Some(column.exit);
        }
        let next = self.ego.own.prefs.at(route_index).get(column.index as usize)?.next;
        next.is_some().then_some(next)
    }

    /// Goes on to the lane behind a connector; returns its length.
    fn enter(&mut self, connector: ConnectorId) -> f64 {
        let scene = self.scene;
        let own = self.ego.own;
        if self.mode == LateralMode::Continuous {
            (self.kerb_m, self.outer_m) = leader::mapped_interval(scene.network, connector, self.kerb_m, self.outer_m);
        }
        self.lane = scene.network.connectors[connector].to;
        self.lane_max = scene.desired_speed_mps(own, self.lane);
        if self.lane_max < self.v {
            let reach = self.driver.free_speed(self.seen_m, self.lane_max, false);
            self.v = self.v.at_most(reach.at_least(self.driver.min_next_speed(own.speed_mps)));
        }
        let length_m = scene.network.lanes[self.lane].length_m;
        self.seen_m += length_m;
        self.v_pass = self.driver.speed_after_distance(length_m, self.v, self.driver.accel_mps2).at_most(self.lane_max);
        length_m
    }

    /// The last vehicle on the lane just entered by the look-ahead.
    fn last_on_lane(&self) -> Option<Leader> {
        self.traffic
            .last_on_lane(self.scene.network, self.lane)
            .map(|(seen, place)| Leader { rear_m: f64::from(seen.rear_m), seen, place })
            .filter(|leader| leader.seen.trip != self.ego.own.trip)
    }

    fn adapt_to(&mut self, leader: Leader) {
        if leader.seen.has(flags::PARKED) {
            return;
        }
        let own = self.ego.own;
        let last = self.last();
        let lane_length_m = self.scene.network.lanes[self.lane].length_m;
        let gap_m = match last {
            None => leader.rear_m - own.front_m - self.ego.min_gap_m,
            Some(_) => leader.rear_m + self.seen_m - lane_length_m - self.ego.min_gap_m,
        };
        let leader_mps = f64::from(leader.seen.speed_mps);
        let leader_decel = self.scene.kind(leader.seen.kind_id()).apparent_decel_mps2;
        let mut safe = None;
        if let Some(last) = last
            && gap_m < 0.0
            && !self.rear_is_on_way(&leader)
        {
            // The leader reaches onto this lane from another one: stay out of the place where both join.
            let connector = self.items[last].connector;
            let mut stop_m = self.seen_m - lane_length_m - POSITION_EPS_M;
            if connector.is_some() {
                let before = self.scene.network.connectors[connector].from;
                if self.scene.network.lanes[before].is_internal {
                    stop_m -= self.scene.network.lanes[before].length_m;
                }
            }
            safe = Some(self.driver.stop_speed(own.speed_mps, stop_m, self.driver.decel_mps2));
        }
        let leave_mps = match last {
            Some(last) if self.items[last].is_timed => self.items[last].leave_mps.at_least(0.0),
            _ => own.speed_mps,
        };
        let [follow, future] = self.driver.follow_speeds([own.speed_mps, leave_mps], gap_m, leader_mps, leader_decel);
        if let Some(last) = last {
            self.items[last].limit_leave(future);
        }
        let safe = safe.unwrap_or(follow);
        self.v = self.v.at_most(safe);
        self.v_pass = self.v_pass.at_most(safe);
    }

    /// Whether the lane under a leader's rear is one of those between here and there.
    fn rear_is_on_way(&self, leader: &Leader) -> bool {
        let theirs = self.traffic.own(leader.place);
        let back = theirs.lanes_behind().last().copied().unwrap_or(theirs.lane);
        back == self.lane
            || back == self.ego.own.lane
            || self.items[self.first..]
                .iter()
                .any(|item| item.connector.is_some() && self.scene.network.connectors[item.connector].to == back)
    }

    /// Slows for the next stop if it lies on the present lane of the look-ahead; true if the look-ahead ends there.
    fn adapt_to_stop(&mut self) -> bool {
        let own = self.ego.own;
        if own.stop.next >= own.stop.end || own.stop.is_reached || self.scene.network.lanes[self.lane].is_internal {
            return false;
        }
        let link = self.scene.network.link_of(self.lane);
        let lane_start_m = self.seen_m - self.scene.network.lanes[self.lane].length_m;
        let route_index = own.route_index as usize + self.view;
        let Some(position_m) = stops::position_m(self.scene, self.traffic, own, link, route_index) else {
            return false;
        };
        let end_m = position_m + NUMERICAL_EPS;
        self.stop_m = lane_start_m + end_m;
        let least = self.driver.min_next_speed(own.speed_mps);
        let stop = self.driver.stop_speed(own.speed_mps, self.stop_m, self.driver.decel_mps2).at_least(least);
        if let Some(last) = self.last() {
            let future = self.driver.stop_speed(self.v_pass, end_m, self.driver.decel_mps2);
            self.items[last].limit_leave(future);
        }
        self.v = self.v.at_most(stop);
        self.items.push(Item::end(self.v, self.stop_m, 0.0));
        true
    }

    fn adapt_to_arrival(&mut self, arrival: Arrival) {
        let length_m = self.scene.network.lanes[self.lane].length_m;
        let position_m = arrival_position_m(arrival, length_m);
        let arrival_mps = arrival.speed_mps.unwrap_or(self.lane_max);
        let way_m = self.seen_m + position_m - length_m - arrival_mps * self.scene.dt_s();
        let va = self.driver.free_speed(way_m, arrival_mps, false).at_least(NUMERICAL_EPS);
        self.v = self.v.at_most(va);
        if let Some(last) = self.last() {
            self.items[last].limit_leave(va);
        }
        let is_fringe = self.scene.network.outgoing[self.lane].is_empty();
        self.items.push(Item::end(self.v, self.seen_m, if is_fringe { 1000.0 } else { 0.0 }));
    }

    /// Stops at the end of the lane; before it, where there is still room to move over.
    fn adapt_to_dead_end(&mut self) {
        let own = self.ego.own;
        if self.mode == LateralMode::Continuous && self.lane == own.lane {
            let margin_m = lateral::stop_margin_m(self.scene, self.traffic, self.ego.place);
            let early = self.driver.stop_speed(own.speed_mps, self.seen_m - margin_m, self.driver.decel_mps2);
            self.v = self.v.at_most(early.at_least(self.driver.min_next_speed(own.speed_mps)));
        }
        let va = self.driver.stop_speed(own.speed_mps, self.seen_m, self.driver.decel_mps2);
        if let Some(last) = self.last() {
            self.items[last].limit_leave(va);
        }
        self.v = self.v.at_most(va);
        self.items.push(Item::end(self.v, self.seen_m, 0.0));
    }

    /// Whether the vehicle's lateral place lets it cross a stop line; inside a junction it goes on in any case.
    fn can_cross(&self, connector: ConnectorId) -> bool {
        self.mode == LateralMode::LaneInstant
            || self.scene.network.lanes[self.lane].is_internal
            || leader::inside_movement_group(self.scene.network, connector, self.kerb_m, self.outer_m)
    }

    /// Notes a stop line; false if the look-ahead ends there.
    fn stop_line(&mut self, connector: ConnectorId, slowed_for_minor: &mut bool) -> bool {
        let scene = self.scene;
        let own = self.ego.own;
        let network = scene.network;
        let column = &network.connectors[connector];
        let rule = scene.ports.rules[connector];
        let (is_watched, keeps_clear) = (network.is_watched[connector], column.has_foes && column.keep_clear);
        let must_stop = rule.is_red() || rule.is_yellow();
        let driver = self.driver;
        let decel = if must_stop {
            SIGNAL_DECEL_MPS2.at_most(driver.emergency_decel_mps2).at_least(driver.decel_mps2)
        } else {
            driver.decel_mps2
        };
        let brake_m =
            if decel == driver.decel_mps2 { self.brake_m } else { driver.brake_gap(own.speed_mps, decel, 0.0) };
        let stop_m = self.stop_distance_m(connector, must_stop, brake_m);
        let leaves_junction = network.lanes[own.lane].is_internal && self.last().is_none();
        let from_internal = network.lanes[self.lane].is_internal;
        let aborts = *slowed_for_minor && !from_internal;
        let eps = 0.1 * NUMERICAL_EPS * scene.dt_s();
        let mut will_pass = (self.v > eps && !aborts) || leaves_junction;
        let mut v_wait = self.v.at_most(driver.stop_speed(own.speed_mps, stop_m, decel));
        if must_stop && self.seen_m >= brake_m && !ignores_signal(scene, own, connector, true) {
            if from_internal {
                self.adapt_to_junction(connector, &mut v_wait, &mut will_pass);
            }
            let arrival_ms = self.arrival_ms(self.v_pass);
            self.items.push(Item {
                connector,
                pass_mps: self.v,
                wait_mps: v_wait,
                will_pass: false,
                arrival_ms,
                arrival_mps: v_wait,
                arrival_braking_mps: 0.0,
                distance_m: self.seen_m,
                leave_mps: -1.0,
                space_m: 0.0,
                has_stopped: false,
                is_timed: true,
                is_watched,
                keeps_clear,
            });
            return false;
        }
        if from_internal {
            self.adapt_to_junction(connector, &mut v_wait, &mut will_pass);
        }
        if let Some(last) = self.last() {
            let lane_max = self.lane_max;
            self.items[last].limit_leave(lane_max);
        }
        let mut arrival_mps = self.v_pass;
        let sees_foes = self.seen_m <= column.visibility_m;
        let could_brake =
            !rule.has_priority() && brake_m < self.seen_m && !approach::entered_with_priority(scene, connector);
        if could_brake && !sees_foes {
            let at_line = driver.safe_stop_speed(column.visibility_m, driver.decel_mps2, 0.0);
            let most = driver.speed_after_distance(column.visibility_m, at_line, driver.accel_mps2);
            arrival_mps = arrival_mps.at_most(most);
            *slowed_for_minor = true;
        } else if rule == Rule::Equal && own.waiting_ms > 0 && self.is_in_deadlock(connector) {
            let threshold = if column.turn == crate::network::Turn::Straight { 0.25 } else { 0.75 };
            if rng::uniform(scene.seed, Purpose::Release, own.trip.0, scene.step) < threshold {
                will_pass = false;
            }
        }
        let mut item = Item {
            connector,
            pass_mps: self.v,
            wait_mps: v_wait,
            will_pass,
            is_timed: !rule.has_priority() || rule == Rule::Zipper || is_watched,
            is_watched,
            keeps_clear,
            ..Item::end(0.0, self.seen_m, 0.0)
        };
        if item.is_timed {
            self.time(&mut item, arrival_mps);
        }
        self.items.push(item);
        true
    }

    /// Notes when and how fast the vehicle arrives at a stop line, and how fast it leaves the way behind.
    fn time(&self, item: &mut Item, arrival_mps: f64) {
        let (scene, own, driver) = (self.scene, self.ego.own, &self.driver);
        let column = &scene.network.connectors[item.connector];
        item.arrival_ms = self.arrival_ms(arrival_mps);
        item.arrival_mps = arrival_mps;
        let at_stop = own.stop.is_reached;
        item.arrival_braking_mps = if !at_stop
            && !driver.is_far(self.seen_m, self.v, driver.decel_mps2, driver.tau_s)
            && self.seen_m < driver.brake_gap_own(self.v)
        {
            driver.minimal_arrival_speed(self.seen_m, self.v).map_or(arrival_mps, |speed| speed.at_most(arrival_mps))
        } else {
            0.0
        };
        let next_max = scene.desired_speed_mps(own, column.to);
        item.leave_mps = driver.speed_after_distance(column.length_m, arrival_mps, driver.accel_mps2).at_most(next_max);
    }

    /// Where to stop before a line: a metre before a signal or where one goes first, as close as sight needs elsewhere,
    /// but never harder than needed.
    fn stop_distance_m(&self, connector: ConnectorId, must_stop: bool, brake_m: f64) -> f64 {
        let rule = self.scene.ports.rules[connector];
        let sight_m = self.scene.network.connectors[connector].visibility_m - POSITION_EPS_M;
        let gap_m = self.scene.kind(self.ego.own.kind).junction.stop_line_gap_m;
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

    /// Slows for vehicles on crossing, joining and parting ways of the junction that the lane before `connector` is in.
    fn adapt_to_junction(&mut self, connector: ConnectorId, v_wait: &mut f64, will_pass: &mut bool) {
        let (scene, traffic) = (self.scene, self.traffic);
        let ego = self.ego;
        let distance_m = self.seen_m;
        let mut n = 0;
        junction::leaders(scene, View::of(traffic), &ego, (connector, distance_m), |leader| {
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
        let lane_length_m = scene.network.lanes[self.lane].length_m;
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
                let spread = own.speed_mps + scene.dt_s() * (last - own.speed_mps) / past_s;
                safe = safe.max(spread.min(stop));
            }
        }
        if let Some(last) = self.last() {
            self.items[last].limit_leave(safe);
        }
        self.v = self.v.at_most(safe);
        self.v_pass = self.v_pass.at_most(safe);
        if let Some(last) = self.last() {
            // Up to the line before, the vehicle can drive in any case.
            self.v = self.v.at_least(self.items[last].wait_mps);
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
                if from_here && let Some(last) = self.last() {
                    self.items[last].will_pass = false;
                }
            }
        }
    }
}

/// Where a trip ends on its last lane.
pub fn arrival_position_m(arrival: Arrival, length_m: f64) -> f64 {
    match arrival.position_m {
        None => length_m,
        Some(position) if position < 0.0 => (length_m + position).at_least(0.0),
        Some(position) => position.at_most(length_m),
    }
}
