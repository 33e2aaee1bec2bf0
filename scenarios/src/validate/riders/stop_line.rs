//! A signal on a straight road with a saturated queue: how it discharges, and who stands in front.

use sim_core::ids::{LinkId, SignalId};
use sim_core::network::parts::{ConnectorPart, Control, JunctionKind, LinkKind, LinkPart, NetworkParts};
use sim_core::signals::{Aspect, SignalPhase, SignalPlan};
use sim_core::traffic::demand::Trip;
use sim_core::traffic::types::VehicleType;

use super::road::{
    Experiment, Running, connector, demand, experiment, junction, lane, lanes_of, link, params, trip, uniform,
};

/// A signal approach.
#[derive(Clone, Debug)]
pub struct Approach {
    /// Width of the road.
    pub width_m: f64,
    /// Length before the stop line.
    pub length_m: f64,
    /// Length of road behind it.
    pub exit_m: f64,
    /// Speed limit.
    pub limit_mps: f64,
    /// The cycle begins with red.
    pub red_s: f64,
    /// Green.
    pub green_s: f64,
    /// Yellow.
    pub yellow_s: f64,
    /// Vehicle types with their shares of the arrivals.
    pub mix: Vec<(VehicleType, f64)>,
    /// Arrivals per hour.
    pub arrivals_vph: f64,
    /// Time over which they arrive.
    pub arrivals_s: f64,
    /// Length of the box for two-wheelers before the stop line; 0 for none.
    pub stop_box_m: f64,
    /// Step.
    pub step_ms: i64,
    /// Seed.
    pub seed: u64,
}

/// A vehicle crossing the stop line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Crossing {
    /// When its front crossed.
    pub at_s: f64,
    /// Its type.
    pub kind: usize,
    /// Where its middle was across the road.
    pub middle_m: f64,
}

/// A vehicle on the approach at an instant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Standing {
    /// Its type.
    pub kind: usize,
    /// From its front to the stop line.
    pub distance_m: f64,
    /// Middle across the road.
    pub middle_m: f64,
    /// Its speed.
    pub speed_mps: f64,
}

/// What a run of an approach shows.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Observed {
    /// All crossings in time order.
    pub crossings: Vec<Crossing>,
    /// The approach at each start of green, foremost first.
    pub at_green: Vec<Vec<Standing>>,
}

impl Approach {
    /// Length of the cycle.
    pub fn cycle_s(&self) -> f64 {
        self.red_s + self.green_s + self.yellow_s
    }

    /// Runs it for some cycles.
    ///
    /// # Errors
    /// What is wrong with the road, in words.
    pub fn run(&self, n_cycles: usize) -> Result<Observed, String> {
        let experiment = self.experiment()?;
        let mut running = Running::new(&experiment);
        let mut observed = Observed::default();
        let n_trips = experiment.demand.trips.len();
        let mut before_m: Vec<f64> = vec![f64::NAN; n_trips];
        let dt_s = self.step_ms as f64 / 1000.0;
        let mut next_green_s = self.red_s;
        while running.now_s() < self.cycle_s() * n_cycles as f64 {
            if running.now_s() >= next_green_s - 1e-9 {
                next_green_s += self.cycle_s();
                observed.at_green.push(self.standing(&running));
            }
            let now_s = running.now_s();
            running.step();
            for (place, _, own) in running.world.traffic.iter() {
                let at_m = if place.link == LinkId(0) { own.front_m - self.length_m } else { own.front_m };
                let last_m = std::mem::replace(&mut before_m[own.trip.0 as usize], at_m);
                if last_m < 0.0 && at_m >= 0.0 {
                    let at_s = now_s + dt_s * last_m / (last_m - at_m);
                    observed.crossings.push(Crossing { at_s, kind: own.kind.0 as usize, middle_m: own.middle_m });
                }
            }
        }
        observed.crossings.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        Ok(observed)
    }

    fn standing(&self, running: &Running<'_>) -> Vec<Standing> {
        let on_approach = running.world.traffic.iter().filter(|(place, _, _)| place.link == LinkId(0));
        on_approach
            .map(|(_, _, own)| Standing {
                kind: own.kind.0 as usize,
                distance_m: self.length_m - own.front_m,
                middle_m: own.middle_m,
                speed_mps: own.speed_mps,
            })
            .collect()
    }

    fn experiment(&self) -> Result<Experiment, String> {
        let n_lanes = lanes_of(self.width_m);
        let (stop_m, end_m) = (self.length_m, self.length_m + self.exit_m);
        let shapes = [[[0.0, 0.0], [stop_m, 0.0]], [[stop_m, 0.0], [end_m, 0.0]]];
        let mut links: Vec<LinkPart> = [(0, 1), (1, 2)]
            .into_iter()
            .zip(shapes)
            .map(|(at, shape)| link(LinkKind::Road, at, shape, self.width_m, self.limit_mps))
            .collect();
        for lane in &mut links[0].lanes {
            lane.stop_box_m = self.stop_box_m;
        }
        let connectors = (0..n_lanes).map(|index| ConnectorPart {
            control: Control::Signal,
            signal: Some((SignalId(0), 0)),
            ..connector(lane(0, index), lane(1, index), lane(1, index))
        });
        let parts = NetworkParts {
            junctions: vec![
                junction(JunctionKind::DeadEnd, [0.0, 0.0]),
                junction(JunctionKind::Signal, [stop_m, 0.0]),
                junction(JunctionKind::DeadEnd, [end_m, 0.0]),
            ],
            links,
            connectors: connectors.collect(),
            n_signals: 1,
            ..NetworkParts::default()
        };
        let lights = [(self.red_s, Aspect::Red), (self.green_s, Aspect::Green), (self.yellow_s, Aspect::Yellow)];
        let phases = lights.iter().filter(|(duration_s, _)| *duration_s > 0.0).map(|&(duration_s, aspect)| {
            SignalPhase { duration_ms: (duration_s * 1000.0) as i64, aspects: vec![aspect] }
        });
        let plan = SignalPlan { offset_ms: 0, phases: phases.collect() };
        let types: Vec<VehicleType> = self.mix.iter().map(|(kind, _)| kind.clone()).collect();
        let demand = demand(types, vec![vec![LinkId(0), LinkId(1)]], self.trips(), self.seed);
        experiment(&parts, vec![plan], demand, params(self.step_ms, self.seed))
    }

    fn trips(&self) -> Vec<Trip> {
        let total: f64 = self.mix.iter().map(|(_, share)| share).sum();
        let n = (self.arrivals_vph * self.arrivals_s / 3600.0).round() as usize;
        (0..n)
            .map(|key| {
                let mut draw = uniform(self.seed, key, 2) * total;
                let kind = self.mix.iter().position(|(_, share)| {
                    draw -= share;
                    draw < 0.0
                });
                let depart_s = self.arrivals_s * (key as f64 + uniform(self.seed, key, 3)) / n as f64;
                trip(depart_s, kind.unwrap_or(0) as u32, 0)
            })
            .collect()
    }
}
