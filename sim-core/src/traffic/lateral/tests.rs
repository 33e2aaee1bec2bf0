//! Tests of sideways motion on hand-made networks, with a simple stand-in for the longitudinal passes.

use super::*;
use crate::ids::{JunctionId, LaneId, TripId, VehicleTypeId};
use crate::network::parts::{ConnectorPart, JunctionPart, LanePart, LaneRef, LinkPart};
use crate::network::{Control, JunctionKind, LinkKind, Network, NetworkParts, Turn};
use crate::ports::Ports;
use crate::rng::{self, Purpose};
use crate::routing::{RouteSearch, RoutingGraph, TurnPenalties};
use crate::rows::{Column, Rows};
use crate::traffic::car_following::Driver;
use crate::traffic::demand::{Arrival, Demand, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Trip};
use crate::traffic::lateral::leader::Ahead;
use crate::traffic::leader::{inside_movement_group, mapped_interval, nearest_overlapping};
use crate::traffic::prefs::{self, Rider};
use crate::traffic::reroute;
use crate::traffic::state::{Approaches, MAX_BEHIND, NEVER_MS, Passage, Place, Tally};
use crate::traffic::stops::StopState;
use crate::units::{ClassSet, SimTime, VehicleClass};

const CAR: u32 = 0;
const BIKE: u32 = 1;
const BUS: u32 = 2;

/// A road of `n_lanes` lanes that ends in a junction with two roads behind it: `turns` tells for each lane whether it
/// leads to the first or the second one.
fn fork(length_m: f64, n_lanes: u16, turns: &[usize]) -> Network {
    Network::build(&fork_parts(length_m, n_lanes, turns)).expect("a sound network")
}

fn fork_parts(length_m: f64, n_lanes: u16, turns: &[usize]) -> NetworkParts {
    let lane = |length_m: f64, y_m: f64| LanePart {
        length_m,
        speed_limit_mps: 13.89,
        width_m: 3.5,
        allowed: ClassSet::ALL,
        change_outwards: ClassSet::ALL,
        change_inwards: ClassSet::ALL,
        shape_in_city_m: vec![[0.0, y_m], [length_m, y_m]],
        stop_box_m: 0.0,
    };
    let link = |from: u32, to: u32, length_m: f64, n: u16| LinkPart {
        kind: LinkKind::Road,
        from: JunctionId(from),
        to: JunctionId(to),
        priority: 0,
        in_roundabout: false,
        lanes: (0..n).map(|i| lane(length_m, 3.5 * f64::from(i))).collect(),
    };
    let junction =
        JunctionPart { kind: JunctionKind::Unregulated, position_in_city_m: [0.0, 0.0], outline_in_city_m: Vec::new() };
    let mut used = [0_u16; 2];
    let connectors = turns
        .iter()
        .enumerate()
        .map(|(index, &turn)| {
            let to = LaneRef { link: LinkId(1 + turn as u32), index: used[turn] };
            used[turn] += 1;
            ConnectorPart {
                from: LaneRef { link: LinkId(0), index: index as u16 },
                to,
                leads_to: to,
                turn: if turn == 0 { Turn::Straight } else { Turn::Left },
                control: Control::Major,
                signal: None,
                keep_clear: false,
                request_index: None,
                waits_inside: false,
                visibility_m: 4.5,
            }
        })
        .collect();
    NetworkParts {
        junctions: vec![junction; 4],
        links: vec![link(0, 1, length_m, n_lanes), link(1, 2, 200.0, n_lanes), link(1, 3, 200.0, n_lanes)],
        connectors,
        ..NetworkParts::default()
    }
}

/// Everything a scene needs, and vehicles on the first link.
struct Stage {
    network: Network,
    demand: Demand,
    drivers: Vec<Driver>,
    ports: Ports,
    approaches: Approaches,
    traffic: Traffic,
    step: u64,
    dt_ms: i64,
}

impl Stage {
    fn new(network: Network) -> Self {
        use VehicleClass as C;
        let types: Vec<VehicleType> = [C::Car, C::Motorcycle, C::Bus].map(VehicleType::own_default).to_vec();
        let drivers = types.iter().map(|kind| Driver::new(kind, 0.5)).collect();
        let routes = Rows::from_lists([vec![LinkId(0), LinkId(1)], vec![LinkId(0), LinkId(2)]]);
        let demand = Demand { types: Column::new(types), routes, ..Demand::default() };
        let (ports, approaches, traffic) =
            (Ports::new(&network), Approaches::new(&network), Traffic::new(&network, 12.0));
        Self { network, demand, drivers, ports, approaches, traffic, step: 0, dt_ms: 500 }
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            network: &self.network,
            demand: &self.demand,
            new_routes: &[],
            drivers: &self.drivers,
            ports: &self.ports,
            approaches: &self.approaches,
            now_ms: self.step as i64 * self.dt_ms,
            step: self.step,
            dt_ms: self.dt_ms,
            seed: 1,
            impatience_ms: 0,
        }
    }

    /// Adds a vehicle on the first link that will turn to the first (0) or second (1) road behind it.
    fn add(&mut self, kind: u32, front_m: f64, middle_m: f64, speed_mps: f64, turn: u32) -> TripId {
        let trip = TripId(self.demand.trips.len() as u32);
        let vehicle_type = VehicleTypeId(kind);
        let route = crate::ids::RouteId(turn);
        self.demand.trips.push(Trip {
            depart: SimTime(0),
            vehicle_type,
            route,
            speed_factor: 1.0,
            depart_lane: DepartLane::Best,
            depart_position: DepartPosition::Base,
            depart_speed: DepartSpeed::Max,
            depart_lateral: DepartLateral::Center,
            arrival: Arrival::default(),
            stops: 0..0,
            persons: 1.0,
        });
        let class = self.demand.types[vehicle_type].class;
        let prefs = prefs::along(&self.network, &self.demand.routes[route], Rider { class, reach_m: 100.0 }, None);
        let own = Own {
            trip,
            kind: vehicle_type,
            route,
            flags: 0,
            lane: space::lane_at(&self.network, LinkId(0), middle_m),
            route_index: 0,
            front_m,
            speed_mps,
            accel_mps2: 0.0,
            middle_m,
            lateral_mps: 0.0,
            speed_factor: 1.0,
            behind: [LaneId::NONE; MAX_BEHIND],
            n_behind: 0,
            waiting_ms: 0,
            entry_ms: NEVER_MS,
            entry_kept_ms: NEVER_MS,
            conflict_entry_ms: NEVER_MS,
            stop: StopState::before(&(0..0)),
            lane_change: Default::default(),
            tally: Tally::default(),
            passage: Passage::default(),
            prefs,
        };
        self.traffic.own[0].push(own);
        self.arrange();
        trip
    }

    /// Orders the first link's vehicles and writes what others see of them.
    fn arrange(&mut self) {
        let own = &mut self.traffic.own[0];
        own.sort_by(|a, b| b.front_m.total_cmp(&a.front_m).then(a.trip.cmp(&b.trip)));
        self.traffic.seen[0] = own.iter().map(|own| own.project(&self.network, &self.demand.types[own.kind])).collect();
        self.traffic.n_vehicles = self.traffic.own[0].len() as u32;
    }

    fn find(&self, trip: TripId) -> Option<&Own> {
        self.traffic.own[0].iter().find(|own| own.trip == trip)
    }

    fn slot_of(&self, trip: TripId) -> u32 {
        self.traffic.own[0].iter().position(|own| own.trip == trip).expect("on the link") as u32
    }

    fn sideways(&mut self) {
        let mut traffic = std::mem::replace(&mut self.traffic, Traffic::new(&self.network, 12.0));
        run(&self.scene(), &mut traffic);
        self.traffic = traffic;
    }

    /// Moves everybody on along the first link: behind leaders, at most as fast as passing allows, and up to the
    /// link's end while it is closed or the vehicle is outside its movement group. Who passes the end is gone.
    fn forward(&mut self, is_closed: bool, stands: &[TripId]) {
        let scene = self.scene();
        let length_m = self.network.links[LinkId(0)].length_m;
        let next: Vec<f64> = self.traffic.own[0]
            .iter()
            .zip(&self.traffic.seen[0])
            .enumerate()
            .map(|(slot, (own, seen))| {
                let driver = &self.drivers[own.kind.index()];
                let place = Place { link: LinkId(0), slot: slot as u32 };
                let mut speed = driver.accelerate_towards(own.speed_mps, scene.desired_speed_mps(own, own.lane));
                speed = speed.min(passing_speed_mps(&scene, &self.traffic, place, driver));
                let view = View::at(&self.traffic, LinkId(0));
                view.each_leader(Ahead::OfSlot(place.slot), Span::of(seen), f32::INFINITY, |leader| {
                    let gap_m = leader.rear_m - own.front_m - driver.min_gap_m;
                    let decel = self.demand.types[leader.seen.kind_id()].apparent_decel_mps2;
                    speed =
                        speed.min(driver.follow_speed(own.speed_mps, gap_m, f64::from(leader.seen.speed_mps), decel));
                });
                if let Some(leader) = courtesy_leader(&scene, &self.traffic, place) {
                    let gap_m = leader.rear_m - own.front_m - driver.min_gap_m;
                    let decel = self.demand.types[leader.seen.kind_id()].apparent_decel_mps2;
                    speed =
                        speed.min(driver.follow_speed(own.speed_mps, gap_m, f64::from(leader.seen.speed_mps), decel));
                }
                let next = space::next_from(&self.network, own, own.lane);
                let continues = next.is_some();
                if is_closed || !continues || !inside_movement_group(&self.network, next, seen.kerb_m, seen.outer_m) {
                    let gap_m = length_m - own.front_m - 0.5;
                    let margin_m =
                        if is_closed && continues { 0.0 } else { stop_margin_m(&scene, &self.traffic, place) };
                    let early = driver.stop_speed(own.speed_mps, (gap_m - margin_m).max(0.0), driver.decel_mps2);
                    speed = speed.min(early.max(driver.min_next_speed(own.speed_mps)));
                    speed = speed.min(driver.stop_speed(own.speed_mps, gap_m.max(0.0), driver.decel_mps2));
                }
                if stands.contains(&own.trip) { 0.0 } else { speed.max(0.0) }
            })
            .collect();
        for (own, speed) in self.traffic.own[0].iter_mut().zip(next) {
            own.speed_mps = speed;
            own.front_m += speed * 0.5;
            own.waiting_ms = if speed <= 0.1 { own.waiting_ms + 500 } else { 0 };
        }
        self.traffic.own[0].retain(|own| own.front_m <= length_m);
        self.arrange();
        self.step += 1;
    }

    /// Two vehicles that cover each other, by more than rounding.
    fn overlap(&self) -> Option<(Seen, Seen)> {
        let seen = &self.traffic.seen[0];
        for (index, a) in seen.iter().enumerate() {
            for b in &seen[index + 1..] {
                let is_along = a.rear_m + 0.001 < b.front_m && b.rear_m + 0.001 < a.front_m;
                let is_across = a.kerb_m + 0.001 < b.outer_m && b.kerb_m + 0.001 < a.outer_m;
                if is_along && is_across {
                    return Some((*a, *b));
                }
            }
        }
        None
    }
}

#[test]
fn motorcycles_abreast_do_not_see_each_other() {
    let mut stage = Stage::new(fork(200.0, 1, &[0]));
    let first = stage.add(BIKE, 50.0, 1.0, 8.0, 0);
    let second = stage.add(BIKE, 50.0, 2.2, 8.0, 0);
    let third = stage.add(BIKE, 49.0, 3.0, 8.0, 0);
    for trip in [first, second] {
        let place = Place { link: LinkId(0), slot: stage.slot_of(trip) };
        assert_eq!(nearest_overlapping(&stage.traffic, place), None);
    }
    let place = Place { link: LinkId(0), slot: stage.slot_of(third) };
    // 2.2 m from the kerb, the second one reaches 2.575 m far.
    let span = Span { kerb_m: 2.5, outer_m: 3.25 };
    let found = View::at(&stage.traffic, LinkId(0)).nearest(Ahead::OfSlot(place.slot), span, 100.0);
    assert_eq!(found.map(|leader| leader.place.slot), Some(stage.slot_of(second)));
}

#[test]
fn a_fast_rider_ahead_does_not_hide_a_slow_one_beside_it() {
    let mut stage = Stage::new(fork(200.0, 1, &[0]));
    let car = stage.add(CAR, 50.0, 1.75, 8.0, 0);
    let fast = stage.add(BIKE, 55.0, 1.2, 12.0, 0);
    let slow = stage.add(BIKE, 60.0, 2.4, 1.0, 0);
    stage.add(BIKE, 70.0, 1.2, 1.0, 0);
    let place = Place { link: LinkId(0), slot: stage.slot_of(car) };
    let mut found = Vec::new();
    let span = Span::of(stage.traffic.seen(place));
    let view = View::at(&stage.traffic, LinkId(0));
    view.each_leader(Ahead::OfSlot(place.slot), span, 200.0, |leader| found.push(leader.seen.trip));
    found.sort_unstable();
    assert_eq!(found, [fast, slow]);
}

#[test]
fn of_two_with_equal_fronts_the_smaller_trip_is_ahead() {
    let mut stage = Stage::new(fork(200.0, 1, &[0]));
    let first = stage.add(BIKE, 50.0, 1.0, 8.0, 0);
    let second = stage.add(BIKE, 50.0, 1.2, 8.0, 0);
    let see = |trip| {
        let place = Place { link: LinkId(0), slot: stage.slot_of(trip) };
        nearest_overlapping(&stage.traffic, place).is_some()
    };
    assert!(!see(first) && see(second));
}

#[test]
fn a_motorcycle_filters_between_two_queues_to_the_stop_line() {
    let mut stage = Stage::new(fork(200.0, 2, &[0, 0]));
    for rank in 0..4 {
        let front_m = 199.0 - 6.5 * f64::from(rank);
        stage.add(CAR, front_m, 1.75, 0.0, 0);
        stage.add(CAR, front_m, 5.25, 0.0, 0);
    }
    let cars: Vec<TripId> = (0..8).map(TripId).collect();
    let rider = stage.add(BIKE, 120.0, 1.75, 10.0, 0);
    let mut fastest_mps: f64 = 0.0;
    for _ in 0..80 {
        stage.sideways();
        assert_eq!(stage.overlap(), None);
        stage.forward(true, &cars);
        assert_eq!(stage.overlap(), None);
        let own = stage.find(rider).expect("still there");
        if own.front_m > 180.0 {
            fastest_mps = fastest_mps.max(own.speed_mps);
        }
    }
    let own = stage.find(rider).expect("still there");
    assert!(own.front_m > 198.0, "stands at {:.1} m, {:.2} m from the kerb", own.front_m, own.middle_m);
    assert!(fastest_mps < 9.0, "filters at {fastest_mps:.1} m/s");
}

#[test]
fn a_car_changes_over_seconds_to_the_lane_its_route_needs() {
    let mut stage = Stage::new(fork(400.0, 2, &[0, 1]));
    let trip = stage.add(CAR, 100.0, 1.75, 10.0, 1);
    let (mut began, mut ended) = (None, None);
    while let Some(own) = stage.find(trip) {
        if own.middle_m > 1.8 && began.is_none() {
            began = Some(stage.step);
        }
        if own.middle_m > 5.2 && ended.is_none() {
            ended = Some(stage.step);
        }
        assert_eq!(own.lane, LaneId(u32::from(own.middle_m >= 3.5)));
        stage.sideways();
        stage.forward(false, &[]);
        assert!(stage.step < 200, "never arrives");
    }
    let seconds = (ended.expect("changes") - began.expect("begins")) as f64 * 0.5;
    assert!((3.0..6.0).contains(&seconds), "{seconds} s");
}

#[test]
fn a_car_blocked_by_a_queue_beside_stops_at_the_end_of_the_wrong_lane_and_wants_to_turn() {
    let mut stage = Stage::new(fork(200.0, 2, &[0, 1]));
    for rank in 0..30 {
        stage.add(CAR, 199.0 - 6.5 * f64::from(rank), 5.25, 0.0, 1);
    }
    let others: Vec<TripId> = (0..30).map(TripId).collect();
    let trip = stage.add(CAR, 60.0, 1.75, 10.0, 1);
    for _ in 0..120 {
        stage.sideways();
        stage.forward(false, &others);
        assert_eq!(stage.overlap(), None);
    }
    let own = stage.find(trip).expect("waits");
    assert!(own.speed_mps < 0.1 && own.front_m > 184.0, "{} m, {} m/s", own.front_m, own.speed_mps);
    assert!(wants_missed_turn(&stage.scene(), own, 10_000));
    assert!(!wants_missed_turn(&stage.scene(), own, 10_000_000));
}

/// A car that has waited at the end of a lane to the first road while its route goes by the second one; where it goes
/// instead.
fn instead(parts: &NetworkParts, route: &[LinkId]) -> Vec<LinkId> {
    let mut stage = Stage::new(Network::build(parts).expect("a sound network"));
    let demand = &mut stage.demand;
    demand.routes = Rows::from_lists([vec![LinkId(0), LinkId(1)], route.to_vec()]);
    stage.add(CAR, 199.0, 1.75, 0.0, 1);
    stage.traffic.own[0][0].waiting_ms = 60_000;
    let graph = RoutingGraph::new(parts, TurnPenalties::default());
    let mut search = RouteSearch::default();
    assert_eq!(reroute::find(&stage.scene(), &graph, &stage.traffic, 60_500, &mut search), []);
    let detours = reroute::find(&stage.scene(), &graph, &stage.traffic, 60_000, &mut search);
    let new_routes = vec![detours[0].route.clone()];
    let mut traffic = stage.traffic.clone();
    let scene = Scene { new_routes: &new_routes, ..stage.scene() };
    reroute::take(&scene, &mut traffic, &detours);
    let own = &traffic.own[0][0];
    assert_eq!((own.tally.missed_turns, scene.route_of(own)), (1, &new_routes[0][..]));
    assert!(space::next_from(scene.network, own, own.lane).is_some());
    assert!(!wants_missed_turn(&scene, own, 60_000));
    new_routes[0].clone()
}

#[test]
fn who_misses_a_turn_takes_the_fastest_way_that_begins_in_the_lane() {
    let mut parts = fork_parts(200.0, 2, &[0, 1]);
    let (first, second) = (parts.links[1].clone(), parts.links[2].clone());
    parts.links.push(LinkPart { from: first.to, to: second.to, ..first.clone() });
    parts.links.push(LinkPart { from: second.to, to: JunctionId(0), ..second });
    for (from, to) in [(1, 3), (3, 4), (2, 4)] {
        let lane = |link| LaneRef { link: LinkId(link), index: 0 };
        let way = ConnectorPart { from: lane(from), to: lane(to), leads_to: lane(to), ..parts.connectors[0].clone() };
        parts.connectors.push(way);
    }
    let links = |ids: [u32; 4]| ids.map(LinkId).to_vec();
    assert_eq!(instead(&parts, &[LinkId(0), LinkId(2), LinkId(4)]), links([0, 1, 3, 4]));
}

#[test]
fn who_misses_a_turn_leaves_the_network_where_no_way_leads_back() {
    let parts = fork_parts(200.0, 2, &[0, 1]);
    assert_eq!(instead(&parts, &[LinkId(0), LinkId(2)]), [LinkId(0), LinkId(1)]);
}

#[test]
fn a_standing_car_does_not_move_sideways_but_a_rider_may() {
    let mut stage = Stage::new(fork(200.0, 2, &[0, 1]));
    let car = stage.add(CAR, 100.0, 1.2, 0.0, 1);
    stage.add(CAR, 105.5, 1.75, 0.0, 0);
    let rider = stage.add(BIKE, 190.0, 1.2, 0.0, 1);
    for _ in 0..10 {
        stage.sideways();
        stage.step += 1;
    }
    assert_eq!(stage.find(car).map(|own| own.middle_m), Some(1.2));
    let moved_m = stage.find(rider).map_or(0.0, |own| own.middle_m - 1.2);
    assert!(moved_m > 0.5 && moved_m <= WALKING_MPS * 5.0 + 1e-6, "{moved_m}");
}

#[test]
fn a_straddler_is_outside_its_movement_group_unless_it_is_only_a_little_over_the_line() {
    let mut stage = Stage::new(fork(200.0, 3, &[0, 0, 1]));
    let within = stage.add(BIKE, 150.0, 3.5, 5.0, 0);
    let over = stage.add(BIKE, 150.0, 6.9, 5.0, 0);
    let across = stage.add(CAR, 130.0, 6.6, 5.0, 0);
    let is_inside = |trip| {
        let slot = stage.slot_of(trip) as usize;
        let (own, seen) = (&stage.traffic.own[0][slot], &stage.traffic.seen[0][slot]);
        let next = space::next_from(&stage.network, own, own.lane);
        inside_movement_group(&stage.network, next, seen.kerb_m, seen.outer_m)
    };
    assert!(is_inside(within), "lanes 0 and 1 lead into the same road");
    assert!(is_inside(over));
    assert!(!is_inside(across), "lane 2 leads elsewhere");
}

#[test]
fn who_is_half_in_a_lane_already_is_let_in_by_those_behind_in_it() {
    let mut stage = Stage::new(fork(200.0, 2, &[0, 1]));
    // The edges touch: side by side, neither could pass the other or move over.
    let half_in = stage.add(CAR, 120.0, 3.5, 6.0, 1);
    let behind = stage.add(CAR, 105.0, 5.25, 6.0, 1);
    let leader_of = |stage: &Stage, trip| {
        let place = Place { link: LinkId(0), slot: stage.slot_of(trip) };
        courtesy_leader(&stage.scene(), &stage.traffic, place).map(|leader| leader.seen.trip)
    };
    assert_eq!(leader_of(&stage, behind), Some(half_in));
    assert_eq!(leader_of(&stage, half_in), None);
    let inside = stage.add(CAR, 160.0, 5.25, 6.0, 1);
    assert_eq!(leader_of(&stage, half_in), None, "{inside} is where it wants to be");
}

#[test]
fn intervals_are_mapped_with_the_lanes_and_into_the_next_link() {
    let network = fork(200.0, 3, &[0, 1, 1]);
    let connector = network.outgoing[LaneId(1)][0];
    let (kerb_m, outer_m) = mapped_interval(&network, connector, 4.0, 4.75);
    assert!((kerb_m - 0.5).abs() < 1e-6 && (outer_m - 1.25).abs() < 1e-6);
    let over_m = space::over_line_m(0.75);
    let (kerb_m, outer_m) = mapped_interval(&network, connector, 2.9, 3.65);
    assert!((kerb_m + over_m).abs() < 1e-6 && (outer_m - 0.75 + over_m).abs() < 1e-6);
}

/// A crowd of mixed vehicles on three lanes, placed by chance where there is room.
fn crowd(n: u32, seed: u64, up_to_m: f64) -> Stage {
    let mut stage = Stage::new(fork(400.0, 3, &[0, 0, 1]));
    for key in 0..n {
        let word = |purpose| rng::uniform(seed, purpose, key, 0);
        let share = word(Purpose::VehicleType);
        let kind = if share < 0.7 {
            BIKE
        } else if share < 0.95 {
            CAR
        } else {
            BUS
        };
        let half_m = 0.5 * stage.demand.types[VehicleTypeId(kind)].width_m;
        let x_m = 15.0 + (up_to_m - 15.0) * word(Purpose::DepartPlace);
        let y_m = if kind == BIKE {
            half_m + (10.5 - 2.0 * half_m) * word(Purpose::Rider)
        } else {
            1.75 + 3.5 * (3.0 * word(Purpose::Rider)).floor()
        };
        let before = stage.traffic.clone();
        stage.add(kind, x_m, y_m, 0.0, u32::from(word(Purpose::Route) < 0.4));
        if stage.overlap().is_some() {
            stage.traffic = before;
        }
    }
    stage
}

#[test]
fn nobody_overlaps_in_200_steps_of_a_crowd() {
    for seed in 0..6 {
        let mut stage = crowd(150, seed, 395.0);
        assert!(stage.traffic.n_vehicles > 60);
        let mut moved_m = 0.0;
        for step in 0..200 {
            stage.sideways();
            assert_eq!(stage.overlap(), None, "seed {seed}, step {step}, after moving sideways");
            moved_m += stage.traffic.own[0].iter().map(|own| own.lateral_mps.abs() * 0.5).sum::<f64>();
            for (own, seen) in stage.traffic.own[0].iter().zip(&stage.traffic.seen[0]) {
                assert!(seen.kerb_m >= -0.001 && seen.outer_m <= 10.501, "stays on the link");
                assert_eq!(own.lane, space::lane_at(&stage.network, LinkId(0), own.middle_m));
            }
            stage.forward(step % 80 < 40, &[]);
            assert_eq!(stage.overlap(), None, "seed {seed}, step {step}, after moving on");
        }
        assert!(moved_m > 50.0, "seed {seed}: {moved_m} m sideways");
    }
}

#[test]
fn the_same_bits_come_out_for_any_number_of_threads() {
    let after = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let mut stage = crowd(900, 3, 395.0);
        assert!(stage.traffic.n_vehicles > 100);
        pool.install(|| {
            for step in 0..60 {
                // Pretend to be many, so that the parallel way is taken.
                stage.traffic.n_vehicles = if threads == 1 { 0 } else { SERIAL_BELOW };
                stage.sideways();
                stage.forward(step % 30 < 15, &[]);
            }
        });
        let bits: Vec<u64> =
            stage.traffic.own[0].iter().flat_map(|own| [own.front_m.to_bits(), own.middle_m.to_bits()]).collect();
        (bits, stage.traffic.lanes)
    };
    let one = after(1);
    for threads in [2, 3] {
        assert_eq!(one, after(threads));
    }
}

#[test]
fn a_dense_weave_dissolves() {
    let (mut vehicles, mut missed) = (0, 0);
    for seed in 0..8 {
        let mut stage = crowd(80, seed, 200.0);
        vehicles += stage.traffic.n_vehicles;
        for _ in 0..600 {
            stage.sideways();
            stage.forward(false, &[]);
            assert_eq!(stage.overlap(), None);
            let scene = stage.scene();
            let stuck =
                stage.traffic.own[0].iter().find(|own| wants_missed_turn(&scene, own, 30_000)).map(|own| own.trip);
            if let Some(trip) = stuck {
                missed += 1;
                stage.traffic.own[0].retain(|own| own.trip != trip);
                stage.arrange();
            }
        }
        assert_eq!(stage.traffic.n_vehicles, 0, "seed {seed}");
    }
    assert!(missed * 10 <= vehicles, "{missed} of {vehicles} miss their turn");
}

/// A slow rider near the start of the second link, behind a standing car, that would do well to move in front of a
/// car that comes from the first link; how far it moves in two steps.
fn rider_before_the_junction(coming_mps: Option<f64>) -> f64 {
    let mut stage = Stage::new(fork(200.0, 2, &[0, 0]));
    let standing = stage.add(CAR, 14.0, 1.75, 0.0, 0);
    let rider = stage.add(BIKE, 5.0, 1.75, 3.0, 0);
    for trip in [rider, standing] {
        let slot = stage.slot_of(trip) as usize;
        let (seen, mut own) = (stage.traffic.seen[0].remove(slot), stage.traffic.own[0].remove(slot));
        own.route_index = 1;
        own.lane = stage.network.links[LinkId(1)].first_lane;
        stage.traffic.seen[1].insert(0, seen);
        stage.traffic.own[1].insert(0, own);
    }
    if let Some(speed_mps) = coming_mps {
        stage.add(CAR, 196.0, 3.6, speed_mps, 0);
    }
    for _ in 0..2 {
        stage.sideways();
        stage.step += 1;
    }
    stage.traffic.own[1].iter().find(|own| own.trip == rider).map_or(0.0, |own| own.middle_m - 1.75)
}

#[test]
fn nobody_moves_in_front_of_a_fast_vehicle_from_the_link_behind() {
    assert!(rider_before_the_junction(None).abs() > 0.2);
    assert!(rider_before_the_junction(Some(1.0)) > 0.2);
    assert!(rider_before_the_junction(Some(13.0)).abs() < 1e-9);
}
