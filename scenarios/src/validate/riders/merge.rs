//! An entry that yields to a circulating stream, as at a roundabout: which gaps riders take and which they let pass.
//!
//! A gap lies between two successive circulating vehicles at the line where both streams have become one, counting those
//! that come within the width a moving motorcycle needs of the place where the entering one crosses that line. A rider
//! that waits first in its file lets those gaps pass that it could have reached from there and into which nobody else
//! went beside or before it.

use sim_core::ids::LinkId;
use sim_core::network::parts::{
    ConflictPart, ConnectorPart, Control, JunctionKind, LinkKind, LinkPart, NetworkParts, Turn,
};
use sim_core::traffic::demand::Trip;
use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

use super::road::{
    Experiment, Running, connector, demand, experiment, junction, lane, lanes_of, link, params, trip, uniform,
};

/// Length of the roads before and behind the junction.
const ROAD_M: f64 = 150.0;
/// Length of the ways through it.
const WAY_M: f64 = 12.0;
/// Width within which two streams meet: the oval around a motorcycle in a roundabout of Ho Chi Minh City.
const OVAL_M: f64 = 1.5;
/// A rider slower than this before the line waits for a gap.
const WAITING_MPS: f64 = 1.5;
/// A rider within this distance of the yield line is first in its file, and looks for a gap.
const AT_LINE_M: f64 = 2.0;

/// A roundabout entry.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Width of the circulating road.
    pub ring_m: f64,
    /// Width of the entry.
    pub entry_m: f64,
    /// Speed limit.
    pub limit_mps: f64,
    /// Circulating and entering vehicles per hour.
    pub flows_vph: [f64; 2],
    /// Share of cars; the others are motorcycles.
    pub cars: f64,
    /// Time of the run.
    pub run_s: f64,
    /// Step.
    pub step_ms: i64,
    /// Seed.
    pub seed: u64,
}

impl Default for Merge {
    fn default() -> Self {
        Self {
            ring_m: 7.0,
            entry_m: 7.0,
            limit_mps: 25.0 / 3.6,
            flows_vph: [4500.0, 2500.0],
            cars: 0.08,
            run_s: 900.0,
            step_ms: 500,
            seed: 1,
        }
    }
}

/// Gaps seen.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Gaps {
    /// Those that riders took.
    pub accepted_s: Vec<f64>,
    /// Those that passed while a rider waited.
    pub rejected_s: Vec<f64>,
    /// Circulating and entering vehicles that passed.
    pub passed: [usize; 2],
}

impl Gaps {
    /// The critical gap by Raff's method: as many accepted gaps are shorter as rejected ones are longer.
    pub fn critical_s(&self) -> f64 {
        let mut all: Vec<f64> = self.accepted_s.iter().chain(&self.rejected_s).copied().collect();
        all.sort_by(f64::total_cmp);
        let shorter = |at_s: f64| self.accepted_s.iter().filter(|gap_s| **gap_s < at_s).count();
        let longer = |at_s: f64| self.rejected_s.iter().filter(|gap_s| **gap_s > at_s).count();
        all.into_iter().find(|&at_s| shorter(at_s) >= longer(at_s)).unwrap_or(f64::NAN)
    }
}

/// A vehicle over the line behind the junction.
#[derive(Clone, Copy)]
struct Passage {
    at_s: f64,
    middle_m: f64,
    enters: bool,
    is_rider: bool,
    /// When it began to wait before the yield line.
    since_s: f64,
    /// How long it took from there, since it last waited.
    way_s: f64,
}

impl Merge {
    /// Runs it.
    ///
    /// # Errors
    /// What is wrong with the road, in words.
    pub fn run(&self) -> Result<Gaps, String> {
        let experiment = self.experiment()?;
        let mut running = Running::new(&experiment);
        let n_trips = experiment.demand.trips.len();
        let (mut since_s, mut until_s) = (vec![f64::NAN; n_trips], vec![f64::NAN; n_trips]);
        let mut is_behind = vec![false; n_trips];
        let mut passages = Vec::new();
        let dt_s = self.step_ms as f64 / 1000.0;
        while running.now_s() < self.run_s {
            running.step();
            let now_s = running.now_s();
            for (place, _, own) in running.world.traffic.iter() {
                let trip = own.trip.0 as usize;
                let enters = experiment.demand.trips[trip].route.0 == 1;
                let waits = place.link == LinkId(1) && ROAD_M - own.front_m < AT_LINE_M && own.speed_mps < WAITING_MPS;
                if waits {
                    until_s[trip] = now_s;
                    if since_s[trip].is_nan() {
                        since_s[trip] = now_s;
                    }
                }
                if place.link == LinkId(2) && !is_behind[trip] {
                    is_behind[trip] = true;
                    let at_s = now_s - (own.front_m / own.speed_mps.max(0.1)).min(dt_s);
                    let is_rider = own.kind.0 == 0;
                    let (since_s, way_s) = (since_s[trip], at_s - until_s[trip]);
                    passages.push(Passage { at_s, middle_m: own.middle_m, enters, is_rider, since_s, way_s });
                }
            }
        }
        passages.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        Ok(gaps(&passages))
    }

    fn experiment(&self) -> Result<Experiment, String> {
        let (ring, entry) = (lanes_of(self.ring_m), lanes_of(self.entry_m));
        // The entry comes from the kerb side, at an angle of 45 degrees.
        let end = [ROAD_M + WAY_M, 0.5 * (self.entry_m - self.ring_m)];
        let slant = std::f64::consts::FRAC_1_SQRT_2;
        let at = |back_m: f64| [end[0] - back_m * slant, end[1] - back_m * slant];
        let road = |kind, ends, shape, width_m| link(kind, ends, shape, width_m, self.limit_mps);
        let links: Vec<LinkPart> = vec![
            road(LinkKind::Road, (0, 2), [[0.0, 0.0], [ROAD_M, 0.0]], self.ring_m),
            road(LinkKind::Road, (1, 2), [at(WAY_M + ROAD_M), at(WAY_M)], self.entry_m),
            road(LinkKind::Road, (2, 3), [[end[0], 0.0], [end[0] + ROAD_M, 0.0]], self.ring_m),
            road(LinkKind::Internal, (2, 2), [[ROAD_M, 0.0], [end[0], 0.0]], self.ring_m),
            road(LinkKind::Internal, (2, 2), [at(WAY_M), end], self.entry_m),
        ];
        let mut connectors: Vec<ConnectorPart> = Vec::new();
        for index in 0..ring {
            connectors.push(connector(lane(0, index), lane(3, index), lane(2, index)));
        }
        for index in 0..entry {
            let way = connector(lane(1, index), lane(4, index), lane(2, index));
            connectors.push(ConnectorPart { turn: Turn::Right, control: Control::Minor, ..way });
        }
        let n_entries = connectors.len() as u32;
        for index in 0..ring {
            connectors.push(connector(lane(3, index), lane(2, index), lane(2, index)));
        }
        for index in 0..entry {
            connectors.push(connector(lane(4, index), lane(2, index), lane(2, index)));
        }
        let pairs = (u32::from(ring)..n_entries).flat_map(|of| (0..u32::from(ring)).map(move |foe| (of, foe)));
        let conflicts = pairs.flat_map(|(of, foe)| {
            [ConflictPart { of, foe, yields: true }, ConflictPart { of: foe, foe: of, yields: false }]
        });
        let parts = NetworkParts {
            junctions: vec![
                junction(JunctionKind::DeadEnd, [0.0, 0.0]),
                junction(JunctionKind::DeadEnd, at(WAY_M + ROAD_M)),
                junction(JunctionKind::Priority, [ROAD_M, 0.0]),
                junction(JunctionKind::DeadEnd, [end[0] + ROAD_M, 0.0]),
            ],
            links,
            connectors,
            conflicts: conflicts.collect(),
            ..NetworkParts::default()
        };
        let types = [VehicleClass::Motorcycle, VehicleClass::Car].map(VehicleType::own_default).to_vec();
        let routes = vec![vec![LinkId(0), LinkId(2)], vec![LinkId(1), LinkId(2)]];
        let demand = demand(types, routes, self.trips(), self.seed);
        experiment(&parts, Vec::new(), demand, params(self.step_ms, self.seed))
    }

    /// Arrivals at random.
    fn trips(&self) -> Vec<Trip> {
        let mut trips = Vec::new();
        for (route, flow_vph) in self.flows_vph.into_iter().enumerate() {
            let n = (flow_vph * self.run_s / 3600.0).round() as usize;
            for key in 0..n {
                let draw = |which: u64| uniform(self.seed, key, 10 * route as u64 + which);
                let kind = u32::from(draw(1) < self.cars);
                trips.push(trip(self.run_s * draw(2), kind, route as u32));
            }
        }
        trips
    }
}

fn gaps(passages: &[Passage]) -> Gaps {
    let n_entered = passages.iter().filter(|passage| passage.enters).count();
    let mut gaps = Gaps { passed: [passages.len() - n_entered, n_entered], ..Gaps::default() };
    let near = |near_m: f64, enters: bool| {
        passages.iter().filter(move |p| p.enters == enters && (p.middle_m - near_m).abs() <= OVAL_M).map(|p| p.at_s)
    };
    let (circulating, entering) = (|at_m: f64| near(at_m, false), |at_m: f64| near(at_m, true));
    for rider in passages.iter().filter(|p| p.enters && p.is_rider && !p.since_s.is_nan()) {
        let mut before_s = f64::NAN;
        for at_s in circulating(rider.middle_m) {
            if at_s >= rider.at_s {
                if !before_s.is_nan() {
                    gaps.accepted_s.push(at_s - before_s);
                }
                break;
            }
            let is_taken = entering(rider.middle_m).any(|other_s| other_s > before_s && other_s < at_s);
            if before_s >= rider.since_s + rider.way_s && !is_taken {
                gaps.rejected_s.push(at_s - before_s);
            }
            before_s = at_s;
        }
    }
    gaps
}
