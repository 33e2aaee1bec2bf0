//! What does not change in a run, shared by reference by all runs of a study.

use crate::environment::{Environment, Fleet};
use crate::ids::{LaneId, StopPlaceId};
use crate::lighting::Lighting;
use crate::network::Network;
use crate::power::system::PowerGrid;
use crate::routing::{RoutingGraph, TurnPenalties};
use crate::rows::Column;
use crate::signals::SignalPlans;
use crate::traffic::demand::Demand;

/// A bus stop.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StopPlace {
    /// The lane it lies on.
    pub lane: LaneId,
    /// Start of the stopping range on the lane.
    pub start_m: f64,
    /// End of the stopping range on the lane.
    pub end_m: f64,
}

/// The city: network, signal plans, ways, stop places, feeders, lighting.
#[derive(Clone, Debug)]
pub struct City {
    /// Roads, junctions, lanes, connectors, conflicts.
    pub network: Network,
    /// The plan in force at each signal.
    pub signals: SignalPlans,
    /// Ways from link to link.
    pub routing: RoutingGraph,
    /// Bus stops.
    pub stop_places: Column<StopPlaceId, StopPlace>,
    /// Street lighting; may be empty.
    pub lighting: Lighting,
    /// Feeders; may be none.
    pub power: PowerGrid,
    /// What is computed of emissions.
    pub environment: Environment,
}

impl City {
    /// Builds a city from its parts.
    ///
    /// # Errors
    /// All mistakes of the network's parts.
    pub fn build(
        parts: &crate::network::NetworkParts,
        signals: SignalPlans,
        stop_places: Vec<StopPlace>,
    ) -> Result<Self, Vec<crate::network::parts::NetworkError>> {
        let network = Network::build(parts)?;
        let routing = RoutingGraph::new(parts, TurnPenalties::default());
        Ok(Self {
            network,
            signals,
            routing,
            stop_places: Column::new(stop_places),
            lighting: Lighting::default(),
            power: PowerGrid::default(),
            environment: Environment::default(),
        })
    }

    /// The same city with street lighting.
    #[must_use]
    pub fn with_lighting(mut self, lighting: Lighting) -> Self {
        self.lighting = lighting;
        self
    }

    /// The same city with emissions computed so.
    #[must_use]
    pub fn with_environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The vehicles of a run, where their energy or their emissions are asked for.
    pub fn fleet(&self, demand: &Demand, seed: u64) -> Option<Fleet> {
        let shares = &self.power.electric;
        let classes: Vec<_> = demand.types.iter().map(|kind| kind.class).collect();
        let type_of_trip = demand.trips.iter().map(|trip| trip.vehicle_type);
        (self.environment.is_on || shares.any())
            .then(|| Fleet::new(&self.environment, (shares, seed), &classes, type_of_trip))
    }

    /// The same city with feeders.
    #[must_use]
    pub fn with_power(mut self, power: PowerGrid) -> Self {
        self.power = power;
        self
    }
}
