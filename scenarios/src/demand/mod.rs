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
    /// What is other than usual for some time.
    pub windows: Vec<DemandWindow>,
    /// Departures are moved later by a uniform random time up to this.
    pub random_depart_offset_s: f64,
}

/// A time in which the demand is other than usual.
#[derive(Clone, PartialEq, Debug)]
pub struct DemandWindow {
    /// First scheduled departure.
    pub from_ms: i64,
    /// First scheduled departure that is as usual again.
    pub until_ms: i64,
    /// Factor on the demand.
    pub scale: f64,
    /// Other distributions over vehicle types.
    pub shares: Option<TypeShares>,
}

/// Distributions over vehicle types in the place of those of a demand, in their order.
#[derive(Clone, PartialEq, Debug)]
pub struct TypeShares(Vec<Vec<(VehicleTypeId, f64)>>);

impl TypeShares {
    /// Distributions with given shares of some types; the others keep their proportions. A type keeps its place, so that
    /// as many vehicles as can be keep their type.
    pub fn new(usual: &[Vec<(VehicleTypeId, f64)>], shares: &[(VehicleTypeId, f64)]) -> Self {
        let given = |kind: VehicleTypeId| shares.iter().find(|(own, _)| *own == kind).map(|(_, share)| *share);
        let left = (1.0 - shares.iter().map(|(_, share)| share).sum::<f64>()).max(0.0);
        let changed = |members: &Vec<(VehicleTypeId, f64)>| {
            let others: f64 = members.iter().filter(|(kind, _)| given(*kind).is_none()).map(|(_, weight)| weight).sum();
            let scaled = |weight: f64| if others > 0.0 { weight / others * left } else { 0.0 };
            let mut all: Vec<(VehicleTypeId, f64)> =
                members.iter().map(|&(kind, weight)| (kind, given(kind).unwrap_or_else(|| scaled(weight)))).collect();
            all.extend(shares.iter().filter(|(kind, _)| !members.iter().any(|(own, _)| own == kind)));
            all
        };
        Self(usual.iter().map(changed).collect())
    }
}

impl DemandSource {
    /// What is other than usual at an instant.
    fn windows_at(&self, depart: SimTime) -> impl Iterator<Item = &DemandWindow> {
        self.windows.iter().filter(move |window| (window.from_ms..window.until_ms).contains(&depart.0))
    }
    /// Factor on the demand at an instant.
    pub fn scale_at(&self, depart: SimTime) -> f64 {
        self.windows_at(depart).fold(self.scale, |scale, window| scale * window.scale)
    }
    /// A distribution over vehicle types at an instant.
    pub fn types_at(&self, depart: SimTime, index: usize) -> &[(VehicleTypeId, f64)] {
        let other = self.windows_at(depart).find_map(|window| window.shares.as_ref());
        other.map_or(&self.type_distributions[index], |shares| &shares.0[index])
    }
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
