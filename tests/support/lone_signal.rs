//! A single-lane street with one signal, and cars on it.

use std::collections::BTreeMap;

use sim_core::city::City;
use sim_core::engine::params::{DarkSignalRule, RunParams};
use sim_core::engine::{self, LateralPolicy};
use sim_core::ids::{JunctionId, LinkId, RouteId, SignalId, TripId, VehicleTypeId};
use sim_core::network::parts::{
    ConnectorPart, Control, JunctionKind, JunctionPart, LanePart, LaneRef, LinkKind, LinkPart, NetworkParts, Turn,
};
use sim_core::rng::{self, Purpose};
use sim_core::rows::{Column, Rows};
use sim_core::signals::{Aspect, SignalPhase, SignalPlan, SignalPlans};
use sim_core::traffic::demand::{Demand, Trip};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{ClassSet, SimTime, VehicleClass};

use crate::sim::{Case, Sim, trip};

/// A street with a signal between two roads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Street {
    /// Length of the road before the signal.
    pub approach_m: f64,
    /// Length of the road behind it.
    pub exit_m: f64,
    /// Speed limit.
    pub limit_mps: f64,
    /// The cycle begins with red; zero for none.
    pub red_ms: i64,
    /// Green.
    pub green_ms: i64,
    /// Yellow.
    pub yellow_ms: i64,
}

impl Default for Street {
    fn default() -> Self {
        Self {
            approach_m: 500.0,
            exit_m: 500.0,
            limit_mps: 50.0 / 3.6,
            red_ms: 40_000,
            green_ms: 37_000,
            yellow_ms: 3000,
        }
    }
}

impl Street {
    /// Length of the signal's cycle.
    pub(crate) fn cycle_ms(&self) -> i64 {
        self.red_ms + self.green_ms + self.yellow_ms
    }

    fn parts(&self) -> NetworkParts {
        let junction = |x, kind| JunctionPart { kind, position_in_city_m: [x, 0.0], outline_in_city_m: Vec::new() };
        let link = |at: u32, x: f64, length_m: f64| LinkPart {
            kind: LinkKind::Road,
            from: JunctionId(at),
            to: JunctionId(at + 1),
            priority: 1,
            in_roundabout: false,
            lanes: vec![LanePart {
                length_m,
                speed_limit_mps: self.limit_mps,
                width_m: 3.5,
                allowed: ClassSet::ALL,
                change_outwards: ClassSet::ALL,
                change_inwards: ClassSet::ALL,
                shape_in_city_m: vec![[x, 0.0], [x + length_m, 0.0]],
                stop_box_m: 0.0,
            }],
        };
        let lane = |link: u32| LaneRef { link: LinkId(link), index: 0 };
        NetworkParts {
            left_hand: false,
            junctions: vec![
                junction(0.0, JunctionKind::DeadEnd),
                junction(self.approach_m, JunctionKind::Signal),
                junction(self.approach_m + self.exit_m, JunctionKind::DeadEnd),
            ],
            links: vec![link(0, 0.0, self.approach_m), link(1, self.approach_m, self.exit_m)],
            connectors: vec![ConnectorPart {
                from: lane(0),
                to: lane(1),
                leads_to: lane(1),
                turn: Turn::Straight,
                control: Control::Signal,
                signal: Some((SignalId(0), 0)),
                keep_clear: true,
                request_index: None,
                waits_inside: false,
                visibility_m: 4.5,
            }],
            conflicts: Vec::new(),
            n_signals: 1,
        }
    }

    /// Cars that want to depart at these times with these factors on the limit.
    pub(crate) fn case(
        &self,
        times_s: &[f64],
        factors: &[f64],
        step_ms: i64,
        lateral: LateralPolicy,
        seed: u64,
    ) -> Case {
        let lights = [(self.red_ms, Aspect::Red), (self.green_ms, Aspect::Green), (self.yellow_ms, Aspect::Yellow)];
        let phases = lights
            .iter()
            .filter(|(duration_ms, _)| *duration_ms > 0)
            .map(|&(duration_ms, aspect)| SignalPhase { duration_ms, aspects: vec![aspect] });
        let plan = SignalPlan { offset_ms: 0, phases: phases.collect() };
        let signals = SignalPlans::fixed(Column::new(vec![plan]));
        let trips = times_s.iter().zip(factors).map(|(&depart_s, &speed_factor)| Trip {
            speed_factor,
            ..trip(SimTime::from_s(depart_s), VehicleTypeId(0), RouteId(0))
        });
        let demand = Demand {
            types: Column::new(vec![VehicleType::own_default(VehicleClass::Car)]),
            routes: Rows::from_lists([vec![LinkId(0), LinkId(1)]]),
            stops: Vec::new(),
            trips: trips.collect(),
        };
        let params = RunParams {
            seed,
            begin: SimTime(0),
            end: None,
            step_ms,
            warm_up_ms: 0,
            interval_ms: 900_000,
            lateral,
            max_depart_delay_s: None,
            jam_release_s: None,
            impatience_time_s: 180.0,
            missed_turn_after_s: None,
            dark_signal_rule: DarkSignalRule::AllWayStop,
            interactions: false,
            changes: Vec::new(),
        };
        Case { city: City::build(&self.parts(), signals, Vec::new()).expect("a street"), demand, params }
    }

    /// When cars pass the stop line, in the order of their trips.
    pub(crate) fn crossings_s(&self, case: &Case, until_ms: i64) -> Vec<f64> {
        let [times_s] = self.times_at_s(case, [self.approach_m], until_ms);
        times_s
    }

    /// When cars pass points of the street, in the order of their trips.
    pub(crate) fn times_at_s<const N: usize>(&self, case: &Case, points_m: [f64; N], until_ms: i64) -> [Vec<f64>; N] {
        let mut sim = Sim::new(case);
        let mut before: BTreeMap<TripId, f64> = BTreeMap::new();
        let mut times_s: [BTreeMap<TripId, f64>; N] = std::array::from_fn(|_| BTreeMap::new());
        let dt_s = case.params.step_ms as f64 / 1000.0;
        while sim.world.now_ms < until_ms {
            let now_s = sim.world.now_ms as f64 / 1000.0;
            let report = sim.step();
            for vehicle in engine::observe(&sim.case.city, &sim.world) {
                let start_m = if vehicle.lane.0 == 0 { 0.0 } else { self.approach_m };
                let front_m = start_m + vehicle.front_m;
                let Some(last_m) = before.insert(vehicle.trip, front_m) else { continue };
                for (times_s, at_m) in times_s.iter_mut().zip(points_m) {
                    if last_m < at_m && front_m >= at_m {
                        // A step moves everybody under the signals of its beginning.
                        let share = (at_m - last_m) / (front_m - last_m);
                        times_s.insert(vehicle.trip, now_s + share * dt_s);
                    }
                }
            }
            if report.is_done {
                break;
            }
        }
        times_s.map(|times_s| times_s.into_values().collect())
    }
}

/// Arrivals at random.
pub(crate) fn poisson(rate_per_s: f64, over_s: f64, seed: u64) -> Vec<f64> {
    let mut times_s = Vec::new();
    let mut at_s = 0.0;
    for key in 0.. {
        let uniform = rng::uniform(seed, Purpose::Departure, key, 0);
        at_s -= sim_core::math::ln(1.0 - uniform) / rate_per_s;
        if at_s >= over_s {
            break;
        }
        times_s.push(at_s);
    }
    times_s
}

/// Factors on the limit drawn for a type.
pub(crate) fn factors(kind: &VehicleType, n: usize, seed: u64) -> Vec<f64> {
    (0..n).map(|key| rng::normal_cut(seed, Purpose::SpeedFactor, key as u32, kind.speed_factor)).collect()
}
