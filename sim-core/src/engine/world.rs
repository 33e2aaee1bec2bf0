//! The state of a run, and nothing else.

use serde::{Deserialize, Serialize};

use crate::city::City;
use crate::engine::params::RunParams;
use crate::ids::{LaneId, LinkId, TripId, VehicleTypeId};
use crate::lighting::control::LightingState;
use crate::ports::{Detection, Ports};
use crate::power::system::PowerState;
use crate::rows::Column;
use crate::signals::actuated::SignalState;
use crate::traffic::demand::Demand;
use crate::traffic::depart::DepartState;
use crate::traffic::release::Released;
use crate::traffic::respond::RouteResponse;
use crate::traffic::state::{Approaches, Traffic};

/// The state of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct World {
    /// Start of the next step.
    pub now_ms: i64,
    /// Number of steps made.
    pub step: u64,
    /// The columns through which domains meet.
    pub ports: Ports,
    /// The vehicles on the road.
    pub traffic: Traffic,
    /// Intentions at stop lines as last published.
    pub approaches: Approaches,
    /// Routes found on the way; their ids follow those of the demand.
    pub new_routes: Vec<Vec<LinkId>>,
    /// Trips that have not entered yet.
    pub departures: DepartState,
    /// Trips that have arrived.
    pub n_arrived: u64,
    /// Vehicles released from a jam that are on their way out of sight, by trip.
    pub released: Vec<Released>,
    /// Vehicles released from a jam by the compatibility option so far.
    pub n_jam_releases: u64,
    /// Outputs of lamps, and what the streets get.
    pub lighting: LightingState,
    /// Switches, fuses, signals on their way back.
    pub power: PowerState,
    /// What drivers know of the times on roads while a change of roads lasts.
    pub response: RouteResponse,
    /// Where actuated signals are.
    pub signals: SignalState,
}

impl World {
    /// The state before the first step: empty roads.
    pub fn new(city: &City, demand: &Demand, params: &RunParams) -> Self {
        let longest_m = demand.types.iter().fold(0.0, |longest: f64, kind| longest.max(kind.length_m));
        let mut ports = Ports::new(&city.network);
        if !city.lighting.is_empty() {
            ports.make_room_for_lamps(city.network.links.len(), city.lighting.luminaires.len());
        }
        ports.detections = Column::filled(Detection::NONE, city.signals.detectors.len());
        Self {
            now_ms: params.begin.0,
            step: 0,
            ports,
            traffic: Traffic::new(&city.network, longest_m),
            approaches: Approaches::new(&city.network),
            new_routes: Vec::new(),
            departures: DepartState::new(demand, params.begin.0),
            n_arrived: 0,
            released: Vec::new(),
            n_jam_releases: 0,
            lighting: LightingState::new(&city.lighting),
            power: PowerState::new(&city.power),
            response: RouteResponse::default(),
            signals: SignalState::new(&city.signals, params.begin.0),
        }
    }
}

/// A vehicle as the outside may see it after a step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VehicleView {
    /// The trip it makes.
    pub trip: TripId,
    /// Its type.
    pub kind: VehicleTypeId,
    /// The lane of its front.
    pub lane: LaneId,
    /// Front position on the lane.
    pub front_m: f64,
    /// Lateral position of its middle on the link, from the kerb.
    pub middle_m: f64,
    /// Speed.
    pub speed_mps: f64,
    /// Acceleration of the last step.
    pub accel_mps2: f64,
    /// How long it has been waiting.
    pub waiting_s: f64,
}

/// All vehicles on the road, link by link, front first.
pub fn observe(_city: &City, world: &World) -> Vec<VehicleView> {
    world
        .traffic
        .iter()
        .map(|(_, _, own)| VehicleView {
            trip: own.trip,
            kind: own.kind,
            lane: own.lane,
            front_m: own.front_m,
            middle_m: own.middle_m,
            speed_mps: own.speed_mps,
            accel_mps2: own.accel_mps2,
            waiting_s: own.waiting_ms as f64 / 1000.0,
        })
        .collect()
}
