//! Street grids for tests: streets in rows and columns with entries all around, made as native networks are.

use std::collections::VecDeque;

use scenarios::compile::junctions::compile;
use scenarios::compile::roads::{Road, RoadLane, RoadMap, RoadNode};
use scenarios::compile::signals::{Stage, intervals, plan};
use scenarios::compile::turns;
use sim_core::city::City;
use sim_core::engine::LateralPolicy;
use sim_core::engine::params::{DarkSignalRule, RunParams};
use sim_core::ids::{Id, LinkId, RouteId, VehicleTypeId};
use sim_core::network::parts::JunctionKind;
use sim_core::rng::{self, Purpose};
use sim_core::rows::{Column, Rows};
use sim_core::signals::SignalPlans;
use sim_core::traffic::demand::{Demand, Trip};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{ClassSet, SimTime};

use crate::sim::{Case, trip};

/// A street grid.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
    /// Distances between neighbouring columns, the entries at both ends included: columns + 1 numbers.
    pub column_gaps_m: Vec<f64>,
    /// The same between rows.
    pub row_gaps_m: Vec<f64>,
    /// Lanes of the directed roads, in order, over and over.
    pub lanes: Vec<u16>,
    /// Kinds of the junctions, in order, over and over.
    pub kinds: Vec<JunctionKind>,
    /// Green of each of the two stages.
    pub green_s: i64,
}

impl Grid {
    fn n_columns(&self) -> usize {
        self.column_gaps_m.len() - 1
    }

    fn n_rows(&self) -> usize {
        self.row_gaps_m.len() - 1
    }

    /// The network and its signal plans.
    pub(crate) fn city(&self) -> City {
        let mut map = RoadMap { left_hand: self.left_hand, ..RoadMap::default() };
        self.add_nodes(&mut map);
        self.add_roads(&mut map);
        turns::generate(&mut map);
        turns::complete(&mut map);
        let mut signal_of = vec![None; map.nodes.len()];
        for (node, signal) in map.nodes.iter().zip(&mut signal_of) {
            if node.kind == Some(JunctionKind::Signal) {
                *signal = Some(map.signals.len());
                map.signals.push(node.id.clone());
            }
        }
        for index in 0..map.movements.len() {
            map.movements[index].signal = signal_of[map.roads[map.movements[index].from].to];
        }
        let compiled = compile(&map);
        let plans = (0..map.signals.len()).map(|signal| {
            let of_street = |is_row: bool| {
                (0..map.movements.len())
                    .filter(|&index| map.movements[index].signal == Some(signal))
                    .filter(|&index| is_along_row(&map.roads[map.movements[index].from]) == is_row)
                    .collect::<Vec<_>>()
            };
            let stage = |is_row| Stage {
                movements: of_street(is_row),
                green_ms: self.green_s * 1000,
                yellow_ms: 3000,
                all_red_ms: 2000,
            };
            plan(&map, &compiled, signal, 7000 * signal as i64, &intervals(&[stage(true), stage(false)]))
        });
        let signals = SignalPlans::fixed(Column::new(plans.collect()));
        City::build(&compiled.parts, signals, Vec::new()).expect("a sound network")
    }

    fn add_nodes(&self, map: &mut RoadMap) {
        let (n_columns, n_rows) = (self.n_columns(), self.n_rows());
        let positions = |gaps_m: &[f64]| {
            let mut at_m = vec![0.0];
            for gap_m in gaps_m {
                at_m.push(at_m[at_m.len() - 1] + gap_m);
            }
            at_m
        };
        let (xs, ys) = (positions(&self.column_gaps_m), positions(&self.row_gaps_m));
        let mut n_inner = 0;
        for (row, &y) in ys.iter().enumerate() {
            for (column, &x) in xs.iter().enumerate() {
                let is_inner = (1..=n_columns).contains(&column) && (1..=n_rows).contains(&row);
                map.nodes.push(RoadNode {
                    id: format!("{column}/{row}"),
                    title: None,
                    position_m: [x, y],
                    kind: is_inner.then(|| self.kinds[n_inner % self.kinds.len()]),
                    is_external: !is_inner,
                });
                n_inner += usize::from(is_inner);
            }
        }
    }

    fn add_roads(&self, map: &mut RoadMap) {
        let (n_columns, n_rows) = (self.n_columns(), self.n_rows());
        let node = |column: usize, row: usize| row * (n_columns + 2) + column;
        let mut pairs = Vec::new();
        for row in 1..=n_rows {
            pairs.extend((0..=n_columns).map(|column| (node(column, row), node(column + 1, row))));
        }
        for column in 1..=n_columns {
            pairs.extend((0..=n_rows).map(|row| (node(column, row), node(column, row + 1))));
        }
        for (a, b) in pairs {
            for (from, to) in [(a, b), (b, a)] {
                let n_lanes = self.lanes[map.roads.len() % self.lanes.len()];
                let line_m = vec![map.nodes[from].position_m, map.nodes[to].position_m];
                let is_row = line_m[0][1] == line_m[1][1];
                map.roads.push(Road {
                    id: format!("{}-{}", map.nodes[from].id, map.nodes[to].id),
                    title: None,
                    from,
                    to,
                    priority: if is_row { 2 } else { 1 },
                    in_roundabout: false,
                    lanes: (0..n_lanes).map(|index| lane(i32::from(n_lanes - index))).collect(),
                    line_m,
                    anchor_m: 0.0,
                    length_factor: 1.0,
                    is_trimmed: false,
                });
            }
        }
    }
}

/// A lane of 3.5 m for 50 km/h that everybody may use.
pub(crate) fn lane(number: i32) -> RoadLane {
    RoadLane {
        number,
        width_m: 3.5,
        speed_limit_mps: 50.0 / 3.6,
        allowed: ClassSet::ALL,
        change_outwards: ClassSet::ALL,
        change_inwards: ClassSet::ALL,
        stop_box_m: 0.0,
        shape_m: None,
        length_m: None,
    }
}

fn is_along_row(road: &Road) -> bool {
    road.line_m[0][1] == road.line_m[1][1]
}

/// Traffic between the entries of a network.
#[derive(Clone, Debug)]
pub(crate) struct Mix {
    /// Vehicle types and their weights.
    pub types: Vec<(VehicleType, f64)>,
    /// Number of trips.
    pub n_trips: usize,
    /// They depart evenly over this time.
    pub over_s: f64,
    /// Seed of origins, destinations, types and speed factors.
    pub seed: u64,
}

impl Mix {
    /// Trips between random entries by the ways with fewest links.
    pub(crate) fn demand(&self, city: &City) -> Demand {
        let network = &city.network;
        let roads: Vec<LinkId> = (0..network.links.len())
            .map(LinkId::from_index)
            .filter(|&link| !network.links[link].is_internal())
            .collect();
        let ends = |link: &LinkId| network.successors[*link].is_empty();
        let is_reached = |link: LinkId| roads.iter().any(|&from| network.successors[from].contains(&link));
        let entries: Vec<LinkId> = roads.iter().copied().filter(|&link| !is_reached(link)).collect();
        let exits: Vec<LinkId> = roads.iter().copied().filter(ends).collect();
        let mut routes = Vec::new();
        for &entry in &entries {
            for &exit in &exits {
                routes.extend(shortest(city, entry, exit));
            }
        }
        let draw = |key: usize, step: u64| rng::uniform(self.seed, Purpose::OriginDestination, key as u32, step);
        let all: f64 = self.types.iter().map(|(_, weight)| weight).sum();
        let trips = (0..self.n_trips).map(|index| {
            let mut left = draw(index, 0) * all;
            let kind = self.types.iter().position(|(_, weight)| {
                left -= weight;
                left < 0.0
            });
            let kind = kind.unwrap_or(0);
            let factor = self.types[kind].0.speed_factor;
            Trip {
                speed_factor: rng::normal_cut(self.seed, Purpose::SpeedFactor, index as u32, factor),
                ..trip(
                    SimTime::from_s(self.over_s * index as f64 / self.n_trips as f64),
                    VehicleTypeId::from_index(kind),
                    RouteId::from_index((draw(index, 1) * routes.len() as f64) as usize),
                )
            }
        });
        let trips = trips.collect();
        Demand {
            types: Column::new(self.types.iter().map(|(kind, _)| kind.clone()).collect()),
            routes: Rows::from_lists(routes),
            stops: Vec::new(),
            trips,
        }
    }
}

/// The way with fewest links, if there is one.
fn shortest(city: &City, from: LinkId, to: LinkId) -> Option<Vec<LinkId>> {
    let mut before = vec![None; city.network.links.len()];
    let mut queue = VecDeque::from([from]);
    while let Some(link) = queue.pop_front() {
        if link == to {
            let mut way = vec![to];
            while let Some(link) = before[way[way.len() - 1].index()] {
                way.push(link);
            }
            way.reverse();
            return Some(way);
        }
        for &next in &city.network.successors[link] {
            if before[next.index()].is_none() && next != from {
                before[next.index()] = Some(link);
                queue.push_back(next);
            }
        }
    }
    None
}

/// Settings of a run without warm-up.
pub(crate) fn params(step_ms: i64, lateral: LateralPolicy, seed: u64) -> RunParams {
    RunParams {
        seed,
        begin: SimTime(0),
        end: None,
        step_ms,
        warm_up_ms: 0,
        interval_ms: 60_000,
        lateral,
        max_depart_delay_s: None,
        jam_release_s: None,
        impatience_time_s: 180.0,
        missed_turn_after_s: Some(60.0),
        dark_signal_rule: DarkSignalRule::AllWayStop,
        interactions: false,
        changes: Vec::new(),
    }
}

/// A busy grid.
pub(crate) fn case(grid: &Grid, mix: &Mix, params: RunParams) -> Case {
    let city = grid.city();
    let demand = mix.demand(&city);
    Case { city, demand, params }
}
