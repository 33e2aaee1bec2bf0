//! What every traffic pass may read: the city's network, the demand, the drivers, the ports and the time.

use crate::ids::{Id, LinkId, RouteId, VehicleTypeId};
use crate::math::Bounded;
use crate::network::Network;
use crate::ports::Ports;
use crate::traffic::car_following::Driver;
use crate::traffic::demand::{Demand, Trip};
use crate::traffic::prefs::Rider;
use crate::traffic::state::{Approaches, Own, Seen};
use crate::traffic::types::VehicleType;

/// What every traffic pass may read.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The road network.
    pub network: &'a Network,
    /// Trips, routes, stops, types.
    pub demand: &'a Demand,
    /// Routes found on the way; their ids follow those of the demand.
    pub new_routes: &'a [Vec<LinkId>],
    /// Longitudinal parameters by vehicle type, for this step length.
    pub drivers: &'a [Driver],
    /// Signals and signs now.
    pub ports: &'a Ports,
    /// Intentions at stop lines, as last published.
    pub approaches: &'a Approaches,
    /// Time at the start of the step.
    pub now_ms: i64,
    /// Number of the step since the beginning of the run.
    pub step: u64,
    /// Length of the step.
    pub dt_ms: i64,
    /// Seed of all draws.
    pub seed: u64,
    /// Waiting time over which drivers grow fully impatient.
    pub impatience_ms: i64,
}

impl<'a> Scene<'a> {
    /// Length of the step in seconds.
    #[inline]
    pub fn dt_s(&self) -> f64 {
        self.dt_ms as f64 / 1000.0
    }
    /// The vehicle type of an id.
    #[inline]
    pub fn kind(&self, kind: VehicleTypeId) -> &'a VehicleType {
        &self.demand.types[kind]
    }
    /// The longitudinal parameters of a type.
    #[inline]
    pub fn driver(&self, kind: VehicleTypeId) -> &'a Driver {
        &self.drivers[kind.index()]
    }
    /// The trip of a vehicle.
    #[inline]
    pub fn trip(&self, own: &Own) -> &'a Trip {
        &self.demand.trips[own.trip.index()]
    }
    /// The links of a route: of the demand, or found on the way.
    #[inline]
    pub fn route(&self, route: RouteId) -> &'a [LinkId] {
        match route.index().checked_sub(self.demand.routes.len()) {
            None => &self.demand.routes[route],
            Some(found) => &self.new_routes[found],
        }
    }
    /// The links of the route that a vehicle follows now.
    #[inline]
    pub fn route_of(&self, own: &Own) -> &'a [LinkId] {
        self.route(own.route)
    }
    /// The speed a vehicle wants to drive on a lane.
    #[inline]
    pub fn desired_speed_mps(&self, own: &Own, lane: crate::ids::LaneId) -> f64 {
        self.wanted_speed_mps(own.kind, own.speed_factor, lane)
    }
    /// The speed a driver with a speed factor wants to drive on a lane in a vehicle of a type.
    #[inline]
    pub fn wanted_speed_mps(&self, kind: VehicleTypeId, speed_factor: f64, lane: crate::ids::LaneId) -> f64 {
        let kind = &self.demand.types[kind];
        let limit = self.network.lanes[lane].speed_limit_mps.at_most(kind.desired_max_speed_mps) * speed_factor;
        limit.at_most(kind.max_speed_mps)
    }
    /// How impatient a waiting driver is, 0 to 1.
    #[inline]
    pub fn impatience(&self, own: &Own) -> f64 {
        let grown = if self.impatience_ms > 0 { own.waiting_ms as f64 / self.impatience_ms as f64 } else { 0.0 };
        (self.kind(own.kind).impatience + grown).clamp(0.0, 1.0)
    }
    /// What lane preferences need to know of a type's driver.
    pub fn rider(&self, kind: VehicleTypeId) -> Rider {
        Rider { class: self.kind(kind).class, reach_m: self.driver(kind).reach_m }
    }
    /// Length and minimum gap of a vehicle.
    #[inline]
    pub fn length_with_gap_m(&self, seen: &Seen) -> f64 {
        let kind = self.kind(seen.kind_id());
        kind.length_m + kind.min_gap_m
    }
    /// All type ids.
    pub fn kinds(&self) -> impl Iterator<Item = VehicleTypeId> + use<> {
        (0..self.demand.types.len()).map(VehicleTypeId::from_index)
    }
}
