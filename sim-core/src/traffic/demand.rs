//! Demand: routes, stops and trips.

use crate::ids::{LinkId, RouteId, StopPlaceId, VehicleTypeId};
use crate::rows::{Column, Rows};
use crate::traffic::types::VehicleType;
use crate::units::SimTime;

/// Where a vehicle enters across its first link.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum DepartLane {
    /// Like `Best`, but any lane from which the route goes on is weighed by free space (SUMO's `best_prob`).
    #[default]
    BestProbable,
    /// The lane on which one can drive longest without a change, least occupied first (SUMO's `best`).
    Best,
    /// The lane with this index, 0 at the kerb.
    Index(u16),
    /// A random allowed lane.
    Random,
    /// The allowed lane with the most free space.
    Free,
    /// The allowed lane nearest the kerb.
    First,
    /// The allowed lane with most free space from which the route goes on without a change (SUMO's `allowed` and `free`).
    Allowed,
}

/// Where a vehicle enters along its first link.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum DepartPosition {
    /// The start of the link, its rear at the link's start (SUMO's `base`).
    #[default]
    Base,
    /// The front at this distance from the start; negative counts from the end.
    Front(f64),
    /// A random position; gives way to a free one.
    Random,
    /// The first free position.
    Free,
    /// A random free position.
    RandomFree,
    /// Behind the last vehicle on the lane.
    Last,
    /// At the stop the trip begins with.
    Stop,
}

/// The speed at which a vehicle enters.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum DepartSpeed {
    /// This speed.
    Fixed(f64),
    /// The largest safe speed up to the driver's desired one, lowered as needed (SUMO's `max`).
    Max,
    /// The driver's desired speed; waits until it is safe (SUMO's `desired`).
    Desired,
    /// The speed limit; waits until it is safe (SUMO's `speedLimit`).
    SpeedLimit,
    /// A random speed up to the desired one.
    Random,
    /// The mean speed of the lane, at most the desired one (SUMO's `avg`).
    #[default]
    Average,
    /// The speed of the last vehicle on the lane (SUMO's `last`).
    Last,
}

/// Where across a lane a vehicle enters (continuous lateral policy).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum DepartLateral {
    /// The middle of the lane.
    #[default]
    Center,
    /// Kerb side.
    Kerb,
    /// Median side.
    Median,
    /// Random.
    Random,
    /// Wherever there is room.
    Free,
    /// An offset from the middle, outwards positive.
    Offset(f64),
}

/// Where and how fast a trip ends.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Arrival {
    /// The position of the front on the last link; `None` for its end, negative from the end.
    pub position_m: Option<f64>,
    /// The lane on the last link, when it must be a certain one.
    pub lane: Option<u16>,
    /// The speed at arrival, when it must be a certain one.
    pub speed_mps: Option<f64>,
}

/// A stop on the way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stop {
    /// The link.
    pub link: LinkId,
    /// The lane on the link.
    pub lane: u16,
    /// Start of the stopping range.
    pub start_m: f64,
    /// End of the stopping range: where the front comes to stand.
    pub end_m: f64,
    /// Least time at standstill.
    pub duration_s: f64,
    /// Not left before this time.
    pub until: Option<SimTime>,
    /// The bus stop, if it is one.
    pub place: Option<StopPlaceId>,
    /// Whether it stands beside the road, out of others' way.
    pub is_parking: bool,
}

/// One trip of one vehicle.
#[derive(Clone, PartialEq, Debug)]
pub struct Trip {
    /// Scheduled departure.
    pub depart: SimTime,
    /// The vehicle's type.
    pub vehicle_type: VehicleTypeId,
    /// The route; its links connect for the vehicle's class.
    pub route: RouteId,
    /// The driver's factor on speed limits, drawn already.
    pub speed_factor: f64,
    /// Entry across the link.
    pub depart_lane: DepartLane,
    /// Entry along the link.
    pub depart_position: DepartPosition,
    /// Entry speed.
    pub depart_speed: DepartSpeed,
    /// Entry across the lane.
    pub depart_lateral: DepartLateral,
    /// End of the trip.
    pub arrival: Arrival,
    /// Its stops: a range of [`Demand::stops`], in driving order.
    pub stops: std::ops::Range<u32>,
    /// People in the vehicle.
    pub persons: f64,
}

/// All trips of a run, its routes, stops and vehicle types.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Demand {
    /// Vehicle types.
    pub types: Column<VehicleTypeId, VehicleType>,
    /// Routes as rows of links (roads only, internal links are implied).
    pub routes: Rows<RouteId, LinkId>,
    /// Stops of all trips.
    pub stops: Vec<Stop>,
    /// Trips by (departure, order of the input). A trip's position is its [`crate::ids::TripId`].
    pub trips: Vec<Trip>,
}
