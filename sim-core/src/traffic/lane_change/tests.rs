use super::*;
use crate::ids::{Id, JunctionId, LaneId, LinkId, RouteId, TripId, VehicleTypeId};
use crate::network::parts::{ConnectorPart, JunctionPart, LanePart, LaneRef, LinkPart};
use crate::network::{Control, JunctionKind, LinkKind, Network, NetworkParts, Turn};
use crate::ports::Ports;
use crate::rows::{Column, Rows};
use crate::traffic::car_following::Driver;
use crate::traffic::demand::{Arrival, Demand, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Trip};
use crate::traffic::pieces::Pieces;
use crate::traffic::prefs::{self, Rider, RoutePrefs};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Approaches, Ghost, MAX_BEHIND, NEVER_MS, Own, Place, Tally, Traffic, flags};
use crate::traffic::stops::StopState;
use crate::traffic::types::VehicleType;
use crate::units::{ClassSet, SimTime, VehicleClass};

const LIMIT_MPS: f64 = 13.89;
const LANE_M: f64 = 3.2;

/// Roads in a row, `(length, lanes)`, joined by the given lane-to-lane connections of consecutive roads.
fn row(roads: &[(f64, usize)], connections: &[(u32, u16, u16)]) -> Network {
    let all = ClassSet::of(VehicleClass::ALL);
    let mut start_m = 0.0;
    let links = roads
        .iter()
        .enumerate()
        .map(|(i, &(length_m, n_lanes))| {
            let (from_m, to_m) = (start_m, start_m + length_m);
            start_m = to_m;
            let lane = |index: usize| LanePart {
                length_m,
                speed_limit_mps: LIMIT_MPS,
                width_m: LANE_M,
                allowed: all,
                change_outwards: all,
                change_inwards: all,
                shape_in_city_m: vec![[from_m, LANE_M * index as f64], [to_m, LANE_M * index as f64]],
                stop_box_m: 0.0,
            };
            LinkPart {
                kind: LinkKind::Road,
                from: JunctionId(i as u32),
                to: JunctionId(i as u32 + 1),
                priority: 1,
                in_roundabout: false,
                lanes: (0..n_lanes).map(lane).collect(),
            }
        })
        .collect();
    let junction =
        JunctionPart { kind: JunctionKind::Priority, position_in_city_m: [0.0; 2], outline_in_city_m: Vec::new() };
    let connectors = connections
        .iter()
        .map(|&(road, from, to)| {
            let to = LaneRef { link: LinkId(road + 1), index: to };
            ConnectorPart {
                from: LaneRef { link: LinkId(road), index: from },
                to,
                leads_to: to,
                turn: Turn::Straight,
                control: Control::Major,
                signal: None,
                keep_clear: true,
                request_index: None,
                waits_inside: false,
                visibility_m: 100.0,
            }
        })
        .collect();
    let parts = NetworkParts {
        left_hand: false,
        junctions: vec![junction; roads.len() + 1],
        links,
        connectors,
        conflicts: Vec::new(),
        n_signals: 0,
    };
    Network::build(&parts).expect("a sound network")
}

/// A road with cars on it, all bound for the last road.
struct Town {
    network: Network,
    demand: Demand,
    drivers: Vec<Driver>,
    ports: Ports,
    approaches: Approaches,
    traffic: Traffic,
    prefs: RoutePrefs,
}

impl Town {
    fn new(network: Network) -> Self {
        let kind = VehicleType::sumo_default(VehicleClass::Car);
        let route: Vec<LinkId> = (0..network.links.len()).map(LinkId::from_index).collect();
        let rider = Rider { class: VehicleClass::Car, reach_m: 200.0 };
        Self {
            prefs: prefs::along(&network, &route, rider, None),
            drivers: vec![Driver::new(&kind, 1.0)],
            ports: Ports::new(&network),
            approaches: Approaches::new(&network),
            traffic: Traffic::new(&network, kind.length_m),
            demand: Demand { types: Column::new(vec![kind]), routes: Rows::from_lists([route]), ..Demand::default() },
            network,
        }
    }
    /// Adds a car; cars of a link must come foremost first.
    fn car(&mut self, link: u32, index: u32, front_m: f64, speed_mps: f64) -> usize {
        let link = LinkId(link);
        let trip = TripId::from_index(self.demand.trips.len());
        self.demand.trips.push(Trip {
            depart: SimTime(0),
            vehicle_type: VehicleTypeId(0),
            route: RouteId(0),
            speed_factor: 1.0,
            depart_lane: DepartLane::default(),
            depart_position: DepartPosition::default(),
            depart_speed: DepartSpeed::default(),
            depart_lateral: DepartLateral::default(),
            arrival: Arrival::default(),
            stops: 0..0,
            persons: 1.0,
        });
        let lane = LaneId(self.network.links[link].first_lane.0 + index);
        let column = &self.network.lanes[lane];
        let own = Own {
            trip,
            kind: VehicleTypeId(0),
            route: RouteId(0),
            flags: 0,
            lane,
            route_index: link.0,
            front_m,
            speed_mps,
            accel_mps2: 0.0,
            middle_m: column.offset_m + column.width_m / 2.0,
            lateral_mps: 0.0,
            speed_factor: 1.0,
            behind: [LaneId::NONE; MAX_BEHIND],
            n_behind: 0,
            waiting_ms: 0,
            entry_ms: NEVER_MS,
            entry_kept_ms: NEVER_MS,
            conflict_entry_ms: NEVER_MS,
            stop: StopState::before(&(0..0)),
            lane_change: LaneChangeState::default(),
            tally: Tally::default(),
            passage: Default::default(),
            prefs: self.prefs.clone(),
        };
        self.traffic.seen[link.index()].push(own.project(&self.network, &self.demand.types[VehicleTypeId(0)]));
        self.traffic.own[link.index()].push(own);
        self.traffic.n_vehicles += 1;
        self.traffic.summarize(&self.network, &self.drivers, link);
        self.traffic.own[link.index()].len() - 1
    }
    fn with_scene<T>(&mut self, work: impl FnOnce(&Scene<'_>, &mut Traffic) -> T) -> T {
        let scene = Scene {
            network: &self.network,
            demand: &self.demand,
            new_routes: &[],
            drivers: &self.drivers,
            ports: &self.ports,
            approaches: &self.approaches,
            now_ms: 0,
            step: 0,
            dt_ms: 1000,
            seed: 1,
            impatience_ms: 180_000,
        };
        work(&scene, &mut self.traffic)
    }
    fn change(&mut self) {
        self.with_scene(change_all);
    }
    /// Decides again and again at the same place, until the car has changed; the number of decisions.
    fn changes_after(&mut self, slot: usize, at_most: usize) -> Option<usize> {
        let before = self.lane(0, slot);
        (1..=at_most).find(|_| {
            self.traffic.own.iter_mut().flatten().for_each(prepare_step);
            self.change();
            self.lane(0, slot) != before
        })
    }
    fn lane(&self, link: u32, slot: usize) -> u16 {
        let seen = self.traffic.seen[link as usize][slot].lane;
        assert_eq!(self.network.lanes[self.traffic.own[link as usize][slot].lane].index, seen);
        seen
    }
    fn patched(&mut self, link: u32, slot: usize, wanted_mps: f64) -> f64 {
        let driver = self.drivers[0];
        self.with_scene(|scene, traffic| {
            let own = &mut traffic.own[link as usize][slot];
            let least = driver.min_next_speed(own.speed_mps);
            patch_speed(scene, own, &driver, least, wanted_mps, wanted_mps)
        })
    }
}

/// Two lanes of which only the outer one leads on.
fn lane_drop() -> Town {
    Town::new(row(&[(200.0, 2), (500.0, 1)], &[(0, 1, 0)]))
}

/// Two equal lanes, far from any end.
fn two_lanes() -> Town {
    Town::new(row(&[(2000.0, 2)], &[]))
}

/// The pass, with what the step works out before it.
fn change_all(scene: &Scene<'_>, traffic: &mut Traffic) {
    let rears: Vec<LinkId> =
        scene.network.links.ids().filter(|link| !traffic.ghosts[link.index()].is_empty()).collect();
    traffic.presence.fill(traffic.own.iter().map(Vec::len), &rears);
    let mut pieces = Pieces::default();
    pieces.find(&traffic.presence, &traffic.own);
    run(scene, traffic, &pieces, &mut Buffers::default());
}

#[test]
fn a_car_changes_to_the_only_lane_that_leads_on() {
    let mut town = lane_drop();
    let car = town.car(0, 0, 100.0, 13.0);
    town.change();
    assert_eq!(town.lane(0, car), 1);
    let seen = town.traffic.seen[0][car];
    assert!((f64::from(seen.kerb_m + seen.outer_m) / 2.0 - 1.5 * LANE_M).abs() < 1e-5);
    assert_eq!(town.traffic.lanes[LaneId(0)].n, 0);
    assert_eq!(town.traffic.lanes[LaneId(1)].n, 1);
}

#[test]
fn a_car_does_not_change_into_an_occupied_gap_but_asks_for_one() {
    let mut town = lane_drop();
    let car = town.car(0, 0, 100.0, 10.0);
    let beside = town.car(0, 1, 98.0, 10.0);
    town.change();
    assert_eq!((town.lane(0, car), town.lane(0, beside)), (0, 1));
    assert!(town.traffic.seen[0][car].has(flags::STRATEGIC_BLOCKED));
    assert!(!town.traffic.seen[0][beside].has(flags::STRATEGIC_BLOCKED));
    assert!(town.patched(0, beside, 12.6) < 10.0, "the follower makes room");
    prepare_step(&mut town.traffic.own[0][car]);
    assert_eq!(town.traffic.own[0][car].flags & flags::STRATEGIC_BLOCKED, 0);
}

#[test]
fn a_car_asks_a_follower_on_the_link_before() {
    let mut town = Town::new(row(&[(200.0, 2), (100.0, 2), (500.0, 1)], &[(0, 0, 0), (0, 1, 1), (1, 1, 0)]));
    let behind = town.car(0, 1, 199.0, 12.5);
    let car = town.car(1, 0, 10.0, 11.0);
    town.change();
    assert_eq!(town.lane(1, car), 0, "the gap behind is too small");
    assert!(town.patched(0, behind, 13.0) < 12.5);
}

#[test]
fn a_car_overtakes_a_slow_leader_when_the_other_lane_is_free() {
    let mut town = two_lanes();
    town.car(0, 0, 130.0, 5.0);
    let car = town.car(0, 0, 100.0, 10.0);
    let n = town.changes_after(car, 10).expect("a change");
    assert!(n > 1, "the wish has to grow first");
    let mut town = two_lanes();
    town.car(0, 0, 130.0, 5.0);
    let car = town.car(0, 0, 100.0, 10.0);
    town.car(0, 1, 99.0, 10.0);
    assert_eq!(town.changes_after(car, 30), None, "not while somebody is beside");
}

#[test]
fn a_car_returns_to_the_kerb_lane() {
    let mut town = two_lanes();
    let car = town.car(0, 1, 100.0, LIMIT_MPS);
    let n = town.changes_after(car, 20).expect("a change");
    assert!((4..=7).contains(&n), "after {n} s");
    let mut town = two_lanes();
    town.car(0, 0, 130.0, 5.0);
    let car = town.car(0, 1, 100.0, LIMIT_MPS);
    assert_eq!(town.changes_after(car, 20), None, "not behind a slow one");
}

#[test]
fn a_car_changes_to_let_another_one_in() {
    let mut town = Town::new(row(&[(200.0, 3), (900.0, 2)], &[(0, 1, 0), (0, 2, 1)]));
    let car = town.car(0, 0, 100.0, 10.0);
    let helper = town.car(0, 1, 96.0, 10.0);
    town.change();
    assert_eq!((town.lane(0, car), town.lane(0, helper)), (0, 2));
    assert_eq!(town.changes_after(car, 1), Some(1));
}

#[test]
fn the_rear_follows_onto_the_lane_before() {
    let mut town = Town::new(row(&[(100.0, 2), (200.0, 2), (500.0, 1)], &[(0, 0, 0), (0, 1, 1), (1, 1, 0)]));
    let car = town.car(1, 0, 3.0, 13.0);
    let own = &mut town.traffic.own[1][car];
    own.behind[0] = LaneId(0);
    own.n_behind = 1;
    let mut seen = town.traffic.seen[1][car];
    (seen.front_m, seen.rear_m) = (103.0, 98.0);
    town.traffic.ghosts[0].push(Ghost { seen, place: Place { link: LinkId(1), slot: 0 } });
    town.change();
    assert_eq!(town.lane(1, car), 1);
    assert_eq!(town.traffic.own[1][car].lanes_behind(), [LaneId(1)]);
    assert_eq!(town.traffic.ghosts[0][0].seen.lane, 1);
}

#[test]
fn nobody_changes_where_it_is_forbidden() {
    let mut network = row(&[(200.0, 2), (500.0, 1)], &[(0, 1, 0)]);
    network.lanes.as_mut_slice()[0].change_outwards = ClassSet::of(&[]);
    let mut town = Town::new(network);
    let car = town.car(0, 0, 100.0, 13.0);
    town.change();
    assert_eq!(town.lane(0, car), 0);
}

/// Many short links full of cars on three lanes; the outermost ones lead on.
fn crowd() -> Town {
    let n_links = 300_u32;
    let roads = vec![(150.0, 3); n_links as usize];
    let connections: Vec<_> = (0..n_links - 1).flat_map(|road| [(road, 1, 1), (road, 2, 2)]).collect();
    let mut town = Town::new(row(&roads, &connections));
    let mut mix = 12_345_u32;
    for link in 0..n_links {
        let mut front_m = 148.0;
        while front_m > 6.0 {
            mix = mix.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            town.car(link, (mix >> 8) % 3, front_m, f64::from((mix >> 16) % 14));
            front_m -= 3.0 + f64::from(mix >> 28);
        }
    }
    town
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let mut town = crowd();
    let start = town.traffic.clone();
    let mut results: Vec<Traffic> = [1, 2, 8]
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            town.traffic = start.clone();
            pool.install(|| {
                for _ in 0..5 {
                    town.traffic.own.iter_mut().flatten().for_each(prepare_step);
                    town.with_scene(change_all);
                }
            });
            town.traffic.clone()
        })
        .to_vec();
    town.traffic = start.clone();
    town.traffic.n_vehicles = 1; // few vehicles: the serial way
    for _ in 0..5 {
        town.traffic.own.iter_mut().flatten().for_each(prepare_step);
        town.with_scene(change_all);
    }
    town.traffic.n_vehicles = start.n_vehicles;
    results.push(town.traffic.clone());
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    let n_changed = start.seen.iter().flatten().zip(results[0].seen.iter().flatten()).filter(|(a, b)| a.lane != b.lane);
    assert!(n_changed.count() > 300, "a test in which much happens");
}

#[test]
fn a_lane_that_leaves_its_road_without_right_of_way_now_counts_as_short() {
    let network = row(&[(200.0, 2), (100.0, 2), (100.0, 2)], &[(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 1)]);
    let route: Vec<LinkId> = (0..3).map(LinkId::from_index).collect();
    let rider = Rider { class: VehicleClass::Car, reach_m: 200.0 };
    let mut rules = Ports::new(&network).rules;
    let mut prefs = prefs::along(&network, &route, rider, None);
    let worth = |prefs: &RoutePrefs| prefs.at(0).iter().map(|pref| (pref.length_m, pref.offset)).collect::<Vec<_>>();
    assert_eq!(worth(&prefs), [(400.0, 0), (400.0, 0)]);
    let inner = network.outgoing[LaneId(2)][0];
    rules[inner] = crate::ports::Rule::GreenYield;
    prefs.renew(&network, &rules, (&route, rider), (0, None), &mut prefs::now::Buffers::default());
    assert_eq!(worth(&prefs), [(300.0, 1), (400.0, 0)]);
    // Green again for both when the next road is entered.
    rules[inner] = crate::ports::Rule::Major;
    prefs.renew(&network, &rules, (&route, rider), (1, None), &mut prefs::now::Buffers::default());
    assert!(prefs.at(1).iter().all(|pref| pref.offset == 0 && pref.length_m == 200.0));
}

#[test]
fn a_fast_rider_counts_the_vehicles_on_more_roads_ahead() {
    let roads = [(30.0, 1); 14];
    let connections: Vec<(u32, u16, u16)> = (0..13).map(|road| (road, 0, 0)).collect();
    let network = row(&roads, &connections);
    let route: Vec<LinkId> = (0..14).map(LinkId::from_index).collect();
    let occupied_m = |reach_m| {
        let rider = Rider { class: VehicleClass::Car, reach_m };
        let prefs = prefs::along(&network, &route, rider, None);
        prefs::occupation_ahead_m(&network, &prefs, (0, LaneId(0)), reach_m, |_| 1.0)
    };
    assert_eq!((occupied_m(50.0), occupied_m(600.0)), (8.0, 13.0));
}

#[test]
fn advice_is_heard_though_the_adviser_saw_the_speed_rounded() {
    let mut town = two_lanes();
    let speed_mps = 2.186_739_598_274_229_5;
    let car = town.car(0, 0, 50.0, speed_mps);
    let seen_mps = f64::from(town.traffic.seen[0][car].speed_mps);
    assert!(seen_mps > speed_mps);
    town.traffic.own[0][car].lane_change.advise(-seen_mps, false);
    assert_eq!(town.patched(0, car, 4.7), 0.0);
}
