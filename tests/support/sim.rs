//! A run of the engine, step by step.

use sim_core::city::City;
use sim_core::engine::params::RunParams;
use sim_core::engine::step::StepReport;
use sim_core::engine::{self, Recorder, Scratch, World};
use sim_core::ids::{RouteId, VehicleTypeId};
use sim_core::traffic::demand::{Arrival, Demand, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Trip};
use sim_core::units::SimTime;

/// What a run needs.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The city.
    pub city: City,
    /// The demand.
    pub demand: Demand,
    /// The settings.
    pub params: RunParams,
}

/// A run.
pub(crate) struct Sim<'a> {
    /// What it runs.
    pub case: &'a Case,
    /// Its state.
    pub world: World,
    /// What it leaves behind.
    pub recorder: Recorder,
    scratch: Scratch,
}

impl<'a> Sim<'a> {
    /// Before the first step.
    pub(crate) fn new(case: &'a Case) -> Self {
        let Case { city, demand, params } = case;
        Self {
            case,
            world: World::new(city, demand, params),
            recorder: Recorder::new(city, demand, params),
            scratch: Scratch::default(),
        }
    }
    /// One step.
    pub(crate) fn step(&mut self) -> StepReport {
        let Case { city, demand, params } = self.case;
        engine::step(city, demand, params, &mut self.world, &mut self.recorder, &mut self.scratch)
    }
}

/// A trip of a driver who keeps to the limits.
pub(crate) fn trip(depart: SimTime, vehicle_type: VehicleTypeId, route: RouteId) -> Trip {
    Trip {
        depart,
        vehicle_type,
        route,
        speed_factor: 1.0,
        depart_lane: DepartLane::BestProbable,
        depart_position: DepartPosition::Base,
        depart_speed: DepartSpeed::Max,
        depart_lateral: DepartLateral::Center,
        arrival: Arrival::default(),
        stops: 0..0,
        persons: 1.0,
    }
}
