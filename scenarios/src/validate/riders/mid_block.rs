//! Mid-block: a closed ring of road with a given number of vehicles, for the fundamental diagram.
//!
//! Two straight links, each leading into the other. The vehicles start at rest on a lattice; after a warm-up, Edie's
//! definitions over the whole ring and the measured time give density, flow and mean speed.

use rayon::prelude::*;
use sim_core::ids::LinkId;
use sim_core::network::parts::{JunctionKind, LinkKind, NetworkParts};
use sim_core::traffic::demand::{DepartLane, DepartLateral, DepartPosition, DepartSpeed, Trip};
use sim_core::traffic::types::VehicleType;

use super::road::{
    Experiment, Running, connector, demand, experiment, junction, lane, lanes_of, link, params, trip, uniform,
};

/// Length of each of the ring's two links.
const LINK_M: f64 = 150.0;
/// Free way between vehicles of the starting lattice, along and across.
const START_GAP_M: f64 = 0.1;
/// Links of the ring in a route: more than anybody drives.
const ROUTE_LINKS: usize = 64;

/// A ring to be run.
#[derive(Clone, Debug)]
pub struct Ring {
    /// Width of the road.
    pub width_m: f64,
    /// Speed limit.
    pub limit_mps: f64,
    /// Vehicle types with their shares of the vehicles.
    pub mix: Vec<(VehicleType, f64)>,
    /// Step.
    pub step_ms: i64,
    /// Seed.
    pub seed: u64,
    /// Time before measuring.
    pub warm_up_s: f64,
    /// Time of measuring.
    pub measured_s: f64,
}

/// A point of a fundamental diagram.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    /// Vehicles per square metre of road.
    pub density_per_m2: f64,
    /// Vehicles per hour and metre of width.
    pub flow_per_hm: f64,
    /// Space mean speed.
    pub speed_mps: f64,
    /// Flow by type, vehicles per hour.
    pub flow_vph: Vec<f64>,
    /// Space mean speed by type.
    pub speeds_mps: Vec<f64>,
}

impl Ring {
    /// The fundamental diagram at some densities.
    ///
    /// # Errors
    /// What is wrong with the road, in words.
    pub fn diagram(&self, densities_per_m2: &[f64]) -> Result<Vec<Point>, String> {
        densities_per_m2.par_iter().map(|&density_per_m2| self.point(density_per_m2)).collect()
    }

    /// One point of it.
    ///
    /// # Errors
    /// What is wrong with the road, in words.
    pub fn point(&self, density_per_m2: f64) -> Result<Point, String> {
        let area_m2 = 2.0 * LINK_M * self.width_m;
        let experiment = self.experiment((density_per_m2 * area_m2).round() as usize)?;
        let mut running = Running::new(&experiment);
        while running.now_s() < self.warm_up_s {
            running.step();
        }
        let n_types = self.mix.len();
        let (mut way_mps, mut n, mut n_steps) = (vec![0.0; n_types], vec![0.0; n_types], 0.0);
        while running.now_s() < self.warm_up_s + self.measured_s {
            running.step();
            for (_, _, own) in running.world.traffic.iter() {
                way_mps[own.kind.0 as usize] += own.speed_mps;
                n[own.kind.0 as usize] += 1.0;
            }
            n_steps += 1.0;
        }
        let length_m = 2.0 * LINK_M;
        let flow_vph: Vec<f64> = way_mps.iter().map(|sum| sum / n_steps / length_m * 3600.0).collect();
        let (all_mps, all): (f64, f64) = (way_mps.iter().sum(), n.iter().sum());
        Ok(Point {
            density_per_m2: all / n_steps / area_m2,
            flow_per_hm: flow_vph.iter().sum::<f64>() / self.width_m,
            speed_mps: if all > 0.0 { all_mps / all } else { 0.0 },
            speeds_mps: way_mps.iter().zip(&n).map(|(sum, n)| if *n > 0.0 { sum / n } else { 0.0 }).collect(),
            flow_vph,
        })
    }

    fn experiment(&self, n: usize) -> Result<Experiment, String> {
        let n_lanes = lanes_of(self.width_m);
        let ends = [[[0.0, 0.0], [LINK_M, 0.0]], [[LINK_M, 100.0], [0.0, 100.0]]];
        let links = [(0, 1), (1, 0)].into_iter().zip(ends);
        let parts = NetworkParts {
            junctions: [0.0, LINK_M].map(|x| junction(JunctionKind::Unregulated, [x, 0.0])).to_vec(),
            links: links.map(|(at, shape)| link(LinkKind::Road, at, shape, self.width_m, self.limit_mps)).collect(),
            connectors: (0..2)
                .flat_map(|from| (0..n_lanes).map(move |index| (lane(from, index), lane(1 - from, index))))
                .map(|(from, to)| connector(from, to, to))
                .collect(),
            ..NetworkParts::default()
        };
        let types: Vec<VehicleType> = self.mix.iter().map(|(kind, _)| kind.clone()).collect();
        let routes = (0..2).map(|first| (0..ROUTE_LINKS).map(|at| LinkId(((first + at) % 2) as u32)).collect());
        let demand = demand(types, routes.collect(), self.trips(n), self.seed);
        experiment(&parts, Vec::new(), demand, params(self.step_ms, self.seed))
    }

    /// The starting lattice: rows across the road, filled evenly along the ring; types in turn by their shares.
    fn trips(&self, n: usize) -> Vec<Trip> {
        let kinds = self.kinds(n);
        let n_lanes = lanes_of(self.width_m);
        let lane_m = self.width_m / f64::from(n_lanes);
        let mut trips = Vec::new();
        // Each vehicle goes to the column with the least road taken so far.
        let column_m = self.mix.iter().map(|(kind, _)| kind.width_m).fold(f64::INFINITY, f64::min) + START_GAP_M;
        let n_columns = (lane_m / column_m).floor().max(1.0) as usize;
        let all_columns = n_columns * usize::from(n_lanes);
        let mut rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); all_columns];
        let mut taken_m = vec![0.0; all_columns];
        for &kind in &kinds {
            let body = &self.mix[kind].0;
            let n_wide = ((body.width_m + START_GAP_M) / column_m).ceil() as usize;
            let per_lane = n_columns.saturating_sub(n_wide) + 1;
            let starts = (0..usize::from(n_lanes)).flat_map(|l| (0..per_lane).map(move |c| l * n_columns + c));
            let reach_m = |start: usize| {
                taken_m[start..(start + n_wide).min(all_columns)].iter().fold(0.0, |most: f64, m| most.max(*m))
            };
            let start = starts.min_by(|a, b| reach_m(*a).total_cmp(&reach_m(*b))).unwrap_or(0);
            let from_m = reach_m(start);
            rows[start].push((kind, from_m));
            let end = (start + n_wide).min(all_columns);
            taken_m[start..end].fill(from_m + body.length_m + body.min_gap_m + START_GAP_M);
        }
        let most_m = taken_m.iter().fold(0.0, |most: f64, m| most.max(*m));
        let stretch = (2.0 * LINK_M / most_m).max(0.0);
        let mut key = 0;
        for (column, row) in rows.iter().enumerate() {
            for &(kind, from_m) in row {
                let body = &self.mix[kind].0;
                let jitter_m = if stretch > 1.5 { 0.3 * uniform(self.seed, key, 1) } else { 0.0 };
                let at_m = from_m * stretch + body.length_m + jitter_m;
                let link = usize::from(at_m >= LINK_M);
                let front_m = (at_m - link as f64 * LINK_M).min(LINK_M - 0.01);
                let in_lane = column % n_columns;
                let n_wide = ((body.width_m + START_GAP_M) / column_m).ceil() as usize;
                let middle_m = (in_lane as f64 + 0.5 * n_wide as f64) * lane_m / n_columns as f64 - 0.5 * lane_m;
                key += 1;
                trips.push(Trip {
                    depart_lane: DepartLane::Index((column / n_columns) as u16),
                    depart_position: DepartPosition::Front(front_m),
                    depart_lateral: DepartLateral::Offset(middle_m),
                    depart_speed: DepartSpeed::Fixed(0.0),
                    ..trip(0.0, kind as u32, link as u32)
                });
            }
        }
        trips
    }

    /// The type of each vehicle: as even a sequence as the shares allow.
    fn kinds(&self, n: usize) -> Vec<usize> {
        let total: f64 = self.mix.iter().map(|(_, share)| share).sum();
        let mut owed = vec![0.0; self.mix.len()];
        (0..n)
            .map(|_| {
                for (owed, (_, share)) in owed.iter_mut().zip(&self.mix) {
                    *owed += share / total;
                }
                let most = (0..owed.len()).max_by(|&a, &b| owed[a].total_cmp(&owed[b])).unwrap_or(0);
                owed[most] -= 1.0;
                most
            })
            .collect()
    }
}
