//! Demand as inputs give it: vehicles, flows, distributions and journeys without a route. A seed makes it into the
//! simulation's [`sim_core::traffic::demand::Demand`].

pub mod build;
pub mod spread;

pub use build::{BuiltDemand, build, build_loaded};

use sim_core::ids::{LinkId, VehicleTypeId};
use sim_core::traffic::demand::{Arrival, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Stop};
use sim_core::traffic::types::VehicleType;
use sim_core::units::SimTime;

/// Demand before its draws.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DemandSource {
    /// Vehicle types; their names are in `Names::types`.
    pub types: Vec<VehicleType>,
    /// Parameters of types that are drawn per rider.
    pub spreads: Vec<spread::Spread>,
    /// Distributions over vehicle types: (type, weight).
    pub type_distributions: Vec<Vec<(VehicleTypeId, f64)>>,
    /// Distributions over routes: (route, weight).
    pub route_distributions: Vec<Vec<(Journey, f64)>>,
    /// Vehicles and flows in the order of the input.
    pub items: Vec<DemandItem>,
    /// Factor on the demand: nested thinning below 1, repeated vehicles above.
    pub scale: f64,
    /// Departures are moved later by a uniform random time up to this.
    pub random_depart_offset_s: f64,
}

/// The type of a vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum TypeChoice {
    /// This one.
    One(VehicleTypeId),
    /// Drawn from the distribution with this position.
    Drawn(usize),
}

/// The way of a vehicle.
#[derive(Clone, PartialEq, Debug)]
pub enum Journey {
    /// Along these links.
    Links(Vec<LinkId>),
    /// By the fastest way from the first to the last link through those between.
    Through(Vec<LinkId>),
    /// Drawn from the route distribution with this position.
    Drawn(usize),
}

/// When the vehicles of an item depart.
#[derive(Clone, PartialEq, Debug)]
pub enum Departures {
    /// One vehicle.
    Once(SimTime),
    /// `number` vehicles, evenly `period_s` apart from `begin` on.
    Every {
        /// First departure.
        begin: SimTime,
        /// Time between departures.
        period_s: f64,
        /// Number of vehicles.
        number: u32,
    },
    /// A Poisson process.
    Poisson {
        /// First instant.
        begin: SimTime,
        /// Last instant.
        end: SimTime,
        /// Vehicles per second.
        rate_per_s: f64,
        /// At most so many vehicles.
        number: Option<u32>,
    },
    /// Each second one vehicle with this probability.
    PerSecond {
        /// First instant.
        begin: SimTime,
        /// Last instant.
        end: SimTime,
        /// Probability of a departure in each second.
        probability: f64,
        /// At most so many vehicles.
        number: Option<u32>,
    },
}

/// A vehicle, or a flow of equal ones.
#[derive(Clone, PartialEq, Debug)]
pub struct DemandItem {
    /// Name; vehicles of a flow are called `name.0`, `name.1`, …
    pub name: String,
    /// Where it was read: file and line.
    pub origin: (std::path::PathBuf, usize),
    /// When.
    pub departures: Departures,
    /// What.
    pub vehicle_type: TypeChoice,
    /// Which way.
    pub journey: Journey,
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
    /// Stops in driving order.
    pub stops: Vec<Stop>,
    /// People in the vehicle; the type's number if `None`.
    pub persons: Option<f64>,
}
