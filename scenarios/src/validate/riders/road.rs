//! Roads made for one experiment, and runs of the engine on them.

use sim_core::city::City;
use sim_core::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use sim_core::engine::{self, Recorder, Scratch, World};
use sim_core::ids::{JunctionId, LinkId, RouteId, VehicleTypeId};
use sim_core::network::parts::{
    ConnectorPart, Control, JunctionKind, JunctionPart, LanePart, LaneRef, LinkKind, LinkPart, NetworkParts, Turn,
};
use sim_core::rng::{self, Purpose};
use sim_core::rows::{Column, Rows};
use sim_core::signals::{SignalPlan, SignalPlans};
use sim_core::traffic::demand::{Arrival, Demand, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Trip};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{ClassSet, SimTime};

/// Usual lane width, for how many lanes a width has.
const LANE_M: f64 = 3.5;

/// What an experiment runs.
pub struct Experiment {
    /// The roads.
    pub city: City,
    /// Who drives.
    pub demand: Demand,
    /// How it is run.
    pub params: RunParams,
}

/// A run of an experiment.
pub struct Running<'a> {
    experiment: &'a Experiment,
    /// The state.
    pub world: World,
    recorder: Recorder,
    scratch: Scratch,
}

impl<'a> Running<'a> {
    /// Before the first step.
    pub fn new(experiment: &'a Experiment) -> Self {
        let Experiment { city, demand, params } = experiment;
        Self {
            experiment,
            world: World::new(city, demand, params),
            recorder: Recorder::new(city, demand, params),
            scratch: Scratch::default(),
        }
    }
    /// One step.
    pub fn step(&mut self) {
        let Experiment { city, demand, params } = self.experiment;
        engine::step(city, demand, params, &mut self.world, &mut self.recorder, &mut self.scratch);
    }
    /// The time at the end of the last step.
    pub fn now_s(&self) -> f64 {
        self.world.now_ms as f64 / 1000.0
    }
}

/// Settings of a run of own models with continuous lateral motion.
pub fn params(step_ms: i64, seed: u64) -> RunParams {
    RunParams {
        seed,
        begin: SimTime(0),
        end: None,
        step_ms,
        warm_up_ms: 0,
        interval_ms: 900_000,
        lateral: LateralPolicy::Continuous,
        max_depart_delay_s: None,
        jam_release_s: None,
        impatience_time_s: 180.0,
        missed_turn_after_s: None,
        dark_signal_rule: DarkSignalRule::AllWayStop,
        interactions: false,
        changes: Vec::new(),
    }
}

/// Number of lanes that a road of a width has.
pub fn lanes_of(width_m: f64) -> u16 {
    (width_m / LANE_M).round().max(1.0) as u16
}

/// A road on the x axis or elsewhere, with as many equal lanes as fit.
pub fn link(
    kind: LinkKind,
    (from, to): (u32, u32),
    shape_in_city_m: [[f64; 2]; 2],
    width_m: f64,
    limit_mps: f64,
) -> LinkPart {
    let [a, b] = shape_in_city_m;
    let length_m = (b[0] - a[0]).hypot(b[1] - a[1]);
    let n_lanes = lanes_of(width_m);
    let lane_m = width_m / f64::from(n_lanes);
    // Right-hand traffic: lane 0 is rightmost, so lanes outwards lie to the left of the driving direction.
    let left = [-(b[1] - a[1]) / length_m, (b[0] - a[0]) / length_m];
    let lanes = (0..n_lanes).map(|index| {
        let aside_m = (f64::from(index) + 0.5) * lane_m - 0.5 * width_m;
        LanePart {
            length_m,
            speed_limit_mps: limit_mps,
            width_m: lane_m,
            allowed: ClassSet::ALL,
            change_outwards: ClassSet::ALL,
            change_inwards: ClassSet::ALL,
            shape_in_city_m: shape_in_city_m.map(|[x, y]| [x + aside_m * left[0], y + aside_m * left[1]]).to_vec(),
            stop_box_m: 0.0,
        }
    });
    LinkPart {
        kind,
        from: JunctionId(from),
        to: JunctionId(to),
        priority: 1,
        in_roundabout: false,
        lanes: lanes.collect(),
    }
}

/// A junction.
pub fn junction(kind: JunctionKind, position_in_city_m: [f64; 2]) -> JunctionPart {
    JunctionPart { kind, position_in_city_m, outline_in_city_m: Vec::new() }
}

/// A lane.
pub fn lane(link: u32, index: u16) -> LaneRef {
    LaneRef { link: LinkId(link), index }
}

/// A way straight on without conflicts.
pub fn connector(from: LaneRef, to: LaneRef, leads_to: LaneRef) -> ConnectorPart {
    ConnectorPart {
        from,
        to,
        leads_to,
        turn: Turn::Straight,
        control: Control::Major,
        signal: None,
        keep_clear: false,
        request_index: None,
        waits_inside: false,
        visibility_m: 4.5,
    }
}

/// A trip from the start of its route, as fast as it can.
pub fn trip(depart_s: f64, kind: u32, route: u32) -> Trip {
    Trip {
        depart: SimTime::from_s(depart_s),
        vehicle_type: VehicleTypeId(kind),
        route: RouteId(route),
        speed_factor: 1.0,
        depart_lane: DepartLane::BestProbable,
        depart_position: DepartPosition::Base,
        depart_speed: DepartSpeed::Max,
        depart_lateral: DepartLateral::Free,
        arrival: Arrival::default(),
        stops: 0..0,
        persons: 1.0,
    }
}

/// The demand of trips, put in order, with speed factors drawn.
pub fn demand(types: Vec<VehicleType>, routes: Vec<Vec<LinkId>>, mut trips: Vec<Trip>, seed: u64) -> Demand {
    trips.sort_by_key(|trip| trip.depart);
    for (key, trip) in trips.iter_mut().enumerate() {
        let kind = &types[trip.vehicle_type.0 as usize];
        trip.speed_factor = rng::normal_cut(seed, Purpose::SpeedFactor, key as u32, kind.speed_factor);
        trip.persons = kind.persons;
    }
    Demand { types: Column::new(types), routes: Rows::from_lists(routes), stops: Vec::new(), trips }
}

/// An experiment on parts that are known to be sound.
///
/// # Errors
/// The network's mistakes, in words.
pub fn experiment(
    parts: &NetworkParts,
    plans: Vec<SignalPlan>,
    demand: Demand,
    params: RunParams,
) -> Result<Experiment, String> {
    let signals = SignalPlans::fixed(Column::new(plans));
    let city = City::build(parts, signals, Vec::new())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    Ok(Experiment { city, demand, params })
}

/// Uniform numbers for an experiment's own choices.
pub fn uniform(seed: u64, key: usize, which: u64) -> f64 {
    rng::uniform(seed, Purpose::Departure, key as u32, which)
}
