//! Pass `plan`: every vehicle looks ahead along its lanes and notes, for each stop line in sight, how fast it may pass
//! or wait, and when it would be there. Nothing moves; only the last step's state is read.
//!
//! The look-ahead goes as far as the vehicle needs to stop from its next speed, and on until it has seen enough road
//! behind the junction to know whether it can leave it.

mod item;
mod junction_leaders;
mod leaders;
mod stop_line;

use crate::ids::{ConnectorId, LaneId};
use crate::math::Bounded;
use crate::network::{Lane, Network};
use crate::traffic::LateralMode;
use crate::traffic::car_following::{Driver, HALTING_SPEED_MPS, NUMERICAL_EPS};
use crate::traffic::demand::Arrival;
use crate::traffic::junction::Ego;
use crate::traffic::lateral;
use crate::traffic::lateral::space::SHORT_ROAD_M;
use crate::traffic::leader::{self, Leader};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Place, Traffic};
use crate::traffic::stops;
use crate::traffic::types::CarFollowing;

pub use item::{Item, Plan};

/// Vehicle lengths of road behind a junction that are looked at.
const LENGTHS_BEHIND_JUNCTION: f64 = 5.0;

/// Who plans, and the state of its look-ahead.
struct Walk<'a, 'b> {
    scene: &'b Scene<'a>,
    network: &'a Network,
    traffic: &'b Traffic,
    mode: LateralMode,
    ego: Ego<'b>,
    driver: &'b Driver,
    /// The lane the vehicle is on.
    own_lane: &'a Lane,
    /// Where the items of all vehicles are collected, and the first of this one.
    items: &'b mut Vec<Item>,
    first: usize,
    /// The largest speed for the coming step, as far as is known.
    v: f64,
    /// The speed at the end of the present lane if nothing slows the vehicle.
    v_pass: f64,
    /// The lane looked at.
    lane: LaneId,
    column: &'a Lane,
    lane_max: f64,
    /// Way of braking comfortably from the present speed.
    brake_m: f64,
    /// Way to the end of the lane looked at.
    seen_m: f64,
    /// Roads entered by the look-ahead.
    view: usize,
    kerb_m: f32,
    outer_m: f32,
    stop_m: f64,
}

/// The driver with the desired speed of the lane, as the intelligent driver model needs it; `None` where the driver of
/// the type will do.
pub fn driver_on_lane(driver: &Driver, speed_mps: f64, desired_mps: f64) -> Option<Driver> {
    match driver.model {
        CarFollowing::Krauss { .. } => None,
        CarFollowing::Idm { .. } => Some(Driver {
            max_speed_mps: desired_mps.at_least(driver.min_next_speed(speed_mps)).at_most(driver.max_speed_mps),
            ..*driver
        }),
    }
}

/// Plans one vehicle. `ahead` is its leader on its own link.
pub fn vehicle(
    scene: &Scene<'_>,
    traffic: &Traffic,
    (mode, place): (LateralMode, Place),
    ahead: Option<Leader>,
    items: &mut Vec<Item>,
) -> Plan {
    let own = traffic.own(place);
    let kind = scene.kind(own.kind);
    let network = scene.network;
    let first = items.len();
    let desired_mps = scene.desired_speed_mps(own, own.lane);
    let base = scene.driver(own.kind);
    let adapted = driver_on_lane(base, own.speed_mps, desired_mps);
    let driver = adapted.as_ref().unwrap_or(base);
    let lane_max = desired_mps.at_least(driver.min_next_speed(own.speed_mps));
    let own_lane = &network.lanes[own.lane];
    let seen_m = own_lane.length_m - own.front_m;
    let v = driver.accelerate_towards(own.speed_mps, lane_max);
    let (kerb_m, outer_m) = match mode {
        LateralMode::LaneInstant => (0.0, 0.0),
        LateralMode::Continuous => {
            let seen = traffic.seen(place);
            (seen.kerb_m, seen.outer_m)
        }
    };
    let mut walk = Walk {
        scene,
        network,
        traffic,
        mode,
        ego: Ego { place, own, length_m: kind.length_m, min_gap_m: kind.min_gap_m },
        driver,
        own_lane,
        items,
        first,
        v,
        v_pass: driver.speed_after_distance(seen_m, v, driver.accel_mps2).at_most(lane_max),
        lane: own.lane,
        column: own_lane,
        lane_max,
        brake_m: driver.brake_gap(own.speed_mps, driver.decel_mps2, 0.0),
        seen_m,
        view: 0,
        kerb_m,
        outer_m,
        stop_m: f64::INFINITY,
    };
    walk.look_ahead(ahead);
    let (stop_m, brake_m) = (walk.stop_m, walk.brake_m);
    Plan { first: first as u32, n: (items.len() - first) as u32, stop_m, brake_m, desired_mps, is_queued: false }
}

impl Walk<'_, '_> {
    fn look_ahead(&mut self, ahead: Option<Leader>) {
        let scene = self.scene;
        let own = self.ego.own;
        let max_next = self.driver.max_next_speed(own.speed_mps);
        let reach_m = max_next * self.driver.dt_s + self.driver.brake_gap_own(max_next);
        let length_m = self.ego.length_m;
        let mut seen_internal_m = if self.own_lane.is_internal { self.seen_m } else { 0.0 };
        let mut seen_roads_m = 0.0;
        let mut had_road = false;
        let mut slowed_for_minor = false;
        match self.mode {
            LateralMode::LaneInstant => {
                if let Some(leader) = ahead {
                    self.adapt_to(&leader);
                }
            }
            LateralMode::Continuous => self.adapt_to_all_ahead(reach_m),
        }
        loop {
            let v = self.v;
            if let Some(item) = self.open() {
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
            let Some(Item { to, enters_junction, will_pass, .. }) = self.stop_line(connector, &mut slowed_for_minor)
            else {
                break;
            };
            if !enters_junction {
                had_road = true;
                self.view += 1;
            }
            if had_road && (!will_pass || self.v <= 0.0 || self.seen_m > reach_m) {
                let enough_m = (length_m * LENGTHS_BEHIND_JUNCTION).at_least(length_m + seen_internal_m);
                if seen_roads_m > enough_m {
                    break;
                }
            }
            self.enter(connector, to);
            let entered_m = self.column.length_m;
            if self.column.is_internal {
                seen_internal_m += entered_m;
            } else {
                seen_roads_m += entered_m;
            }
            match self.mode {
                LateralMode::LaneInstant => self.adapt_to_last_on_lane(),
                LateralMode::Continuous => self.adapt_to_all_behind(connector, reach_m),
            }
        }
    }

    /// Whether a stop line was found.
    #[inline]
    fn has_item(&self) -> bool {
        self.items.len() > self.first
    }

    /// The last stop line found: what lies behind it may still change what is noted of it.
    #[inline]
    fn open(&mut self) -> Option<&mut Item> {
        if self.has_item() { self.items.last_mut() } else { None }
    }

    /// Bounds the speed when leaving the way behind the last stop line found.
    fn limit_leave(&mut self, speed_mps: f64) {
        if let Some(item) = self.open() {
            item.limit_leave(speed_mps);
        }
    }

    /// The speed for leaving behind somebody: riders reckon that those ahead who move will speed up as they would.
    fn leave_behind_mps(&self, safe_mps: f64, leader_mps: f64) -> f64 {
        if !self.rides() || leader_mps < HALTING_SPEED_MPS {
            return safe_mps;
        }
        safe_mps.at_least(self.driver.speed_after_distance(self.column.length_m, leader_mps, self.driver.accel_mps2))
    }

    /// Whether the vehicle takes any place across the road.
    fn rides(&self) -> bool {
        self.mode == LateralMode::Continuous && !self.scene.kind(self.ego.own.kind).lateral.keeps_lane
    }

    fn next_connector(&self, route_index: usize) -> Option<ConnectorId> {
        if self.column.is_internal {
            return Some(self.column.exit);
        }
        let next = self.ego.own.prefs.at(route_index).get(self.column.index as usize)?.next;
        next.is_some().then_some(next)
    }

    /// Goes on to the lane behind a connector.
    fn enter(&mut self, connector: ConnectorId, to: LaneId) {
        let own = self.ego.own;
        let driver = self.driver;
        if self.mode == LateralMode::Continuous {
            (self.kerb_m, self.outer_m) = leader::mapped_interval(self.network, connector, self.kerb_m, self.outer_m);
        }
        self.lane = to;
        self.column = &self.network.lanes[to];
        self.lane_max = self.scene.desired_speed_mps(own, self.lane);
        if self.lane_max < self.v {
            let reach = driver.free_speed(self.seen_m, self.lane_max, false);
            self.v = self.v.at_most(reach.at_least(driver.min_next_speed(own.speed_mps)));
        }
        let length_m = self.column.length_m;
        self.seen_m += length_m;
        self.v_pass = driver.speed_after_distance(length_m, self.v, driver.accel_mps2).at_most(self.lane_max);
    }

    /// Slows for the next stop if it lies on the present lane of the look-ahead; true if the look-ahead ends there.
    fn adapt_to_stop(&mut self) -> bool {
        let own = self.ego.own;
        own.stop.next < own.stop.end && !own.stop.is_reached && !self.column.is_internal && self.adapt_to_next_stop()
    }

    #[inline(never)]
    fn adapt_to_next_stop(&mut self) -> bool {
        let own = self.ego.own;
        let lane_start_m = self.seen_m - self.column.length_m;
        let route_index = own.route_index as usize + self.view;
        let Some(position_m) = stops::position_m(self.scene, self.traffic, own, self.column.link, route_index) else {
            return false;
        };
        let end_m = position_m + NUMERICAL_EPS;
        self.stop_m = lane_start_m + end_m;
        let least = self.driver.min_next_speed(own.speed_mps);
        let stop = self.driver.stop_speed(own.speed_mps, self.stop_m, self.driver.decel_mps2).at_least(least);
        if self.has_item() {
            self.limit_leave(self.driver.stop_speed(self.v_pass, end_m, self.driver.decel_mps2));
        }
        self.v = self.v.at_most(stop);
        self.items.push(Item::end(self.v, self.stop_m, 0.0));
        true
    }

    #[inline(never)]
    fn adapt_to_arrival(&mut self, arrival: Arrival) {
        let length_m = self.column.length_m;
        let position_m = arrival_position_m(arrival, length_m);
        let arrival_mps = arrival.speed_mps.unwrap_or(self.lane_max);
        let way_m = self.seen_m + position_m - length_m - arrival_mps * self.driver.dt_s;
        let va = self.driver.free_speed(way_m, arrival_mps, false).at_least(NUMERICAL_EPS);
        self.v = self.v.at_most(va);
        self.limit_leave(va);
        let is_fringe = self.network.outgoing[self.lane].is_empty();
        self.items.push(Item::end(self.v, self.seen_m, if is_fringe { 1000.0 } else { 0.0 }));
    }

    /// Stops at the end of the lane; before it, where there is still room to move over.
    #[inline(never)]
    fn adapt_to_dead_end(&mut self) {
        let own = self.ego.own;
        if self.mode == LateralMode::Continuous && self.lane == own.lane {
            let margin_m = lateral::stop_margin_m(self.scene, self.traffic, self.ego.place);
            let early = self.driver.stop_speed(own.speed_mps, self.seen_m - margin_m, self.driver.decel_mps2);
            self.v = self.v.at_most(early.at_least(self.driver.min_next_speed(own.speed_mps)));
        }
        if self.mode == LateralMode::Continuous && self.lane != own.lane && self.column.length_m < SHORT_ROAD_M {
            // There is no room to move over on that road: it is to be done before.
            let to_end_m = self.own_lane.length_m - own.front_m;
            let early = self.driver.stop_speed(own.speed_mps, to_end_m, self.driver.decel_mps2);
            if !self.own_lane.is_internal && self.own_lane.length_m > SHORT_ROAD_M {
                self.v = self.v.at_most(early.at_least(self.driver.min_next_speed(own.speed_mps)));
            }
        }
        let va = self.driver.stop_speed(own.speed_mps, self.seen_m, self.driver.decel_mps2);
        self.limit_leave(va);
        self.v = self.v.at_most(va);
        self.items.push(Item::end(self.v, self.seen_m, 0.0));
    }

    /// Whether the vehicle's lateral place lets it cross a stop line; inside a junction it goes on in any case.
    fn can_cross(&self, connector: ConnectorId) -> bool {
        self.mode == LateralMode::LaneInstant
            || self.column.is_internal
            || leader::inside_movement_group(self.network, connector, self.kerb_m, self.outer_m)
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
