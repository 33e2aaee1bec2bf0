use super::*;
use crate::ids::{JunctionId, LaneId, RouteId, StopPlaceId, VehicleTypeId};
use crate::network::parts::{ConnectorPart, JunctionPart, LanePart, LaneRef, LinkPart};
use crate::network::{Control, JunctionKind, LinkKind, Network, NetworkParts, Turn};
use crate::ports::Ports;
use crate::rows::{Column, Rows};
use crate::traffic::car_following::Driver;
use crate::traffic::demand::{Arrival, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Stop, Trip};
use crate::traffic::state::{Approaches, Own, flags};
use crate::traffic::stops;
use crate::traffic::types::VehicleType;
use crate::units::{ClassSet, SimTime, VehicleClass};

const LIMIT_MPS: f64 = 13.89;

/// Two roads in a row, the second entered by connectors of the given control from the first lanes.
fn network(n_lanes: u16, n_lanes_on: u16, length_m: f64, control: Control) -> Network {
    let lane = |x_m: f64, length_m: f64| LanePart {
        length_m,
        speed_limit_mps: LIMIT_MPS,
        width_m: 3.2,
        allowed: ClassSet::ALL,
        change_outwards: ClassSet::ALL,
        change_inwards: ClassSet::ALL,
        shape_in_city_m: vec![[x_m, 0.0], [x_m + length_m, 0.0]],
        stop_box_m: 0.0,
    };
    let link = |from: u32, n: u16, length_m: f64| LinkPart {
        kind: LinkKind::Road,
        from: JunctionId(from),
        to: JunctionId(from + 1),
        priority: 1,
        in_roundabout: false,
        lanes: vec![lane(f64::from(from) * length_m, length_m); usize::from(n)],
    };
    let junction =
        JunctionPart { kind: JunctionKind::Priority, position_in_city_m: [0.0, 0.0], outline_in_city_m: Vec::new() };
    let connectors = (0..n_lanes.min(n_lanes_on)).map(|index| ConnectorPart {
        from: LaneRef { link: LinkId(0), index },
        to: LaneRef { link: LinkId(1), index },
        leads_to: LaneRef { link: LinkId(1), index },
        turn: Turn::Straight,
        control,
        signal: None,
        keep_clear: false,
        request_index: None,
        waits_inside: false,
        visibility_m: 4.5,
    });
    let parts = NetworkParts {
        left_hand: false,
        junctions: vec![junction; 3],
        links: vec![link(0, n_lanes, length_m), link(1, n_lanes_on, 500.0)],
        connectors: connectors.collect(),
        conflicts: Vec::new(),
        n_signals: 0,
    };
    Network::build(&parts).expect("sound parts")
}

fn trip(depart_ms: i64) -> Trip {
    Trip {
        depart: SimTime(depart_ms),
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
    }
}

fn demand(trips: Vec<Trip>) -> Demand {
    let mut motorcycle = VehicleType::sumo_default(VehicleClass::Motorcycle);
    motorcycle.lateral.keeps_lane = false;
    Demand {
        types: Column::new(vec![
            VehicleType::sumo_default(VehicleClass::Car),
            VehicleType::sumo_default(VehicleClass::Bus),
            motorcycle,
        ]),
        routes: Rows::from_lists([vec![LinkId(0), LinkId(1)]]),
        stops: Vec::new(),
        trips,
    }
}

struct Stage {
    network: Network,
    demand: Demand,
    drivers: Vec<Driver>,
    ports: Ports,
    approaches: Approaches,
    traffic: Traffic,
    state: DepartState,
    mode: LateralMode,
    max_delay_ms: Option<i64>,
    departed: Vec<Departed>,
    rejected: Vec<TripId>,
}

impl Stage {
    fn new(network: Network, demand: Demand) -> Self {
        Self {
            drivers: demand.types.iter().map(|kind| Driver::new(kind, 1.0)).collect(),
            ports: Ports::new(&network),
            approaches: Approaches::new(&network),
            traffic: Traffic::new(&network, 12.0),
            state: DepartState::new(&demand, 0),
            mode: LateralMode::LaneInstant,
            max_delay_ms: None,
            departed: Vec::new(),
            rejected: Vec::new(),
            network,
            demand,
        }
    }
    fn with_scene<T>(&mut self, now_ms: i64, act: impl FnOnce(&Scene<'_>, &mut Traffic, &mut DepartState) -> T) -> T {
        let scene = Scene {
            network: &self.network,
            demand: &self.demand,
            new_routes: &[],
            drivers: &self.drivers,
            ports: &self.ports,
            approaches: &self.approaches,
            now_ms,
            step: (now_ms / 1000) as u64,
            dt_ms: 1000,
            seed: 1,
            impatience_ms: 0,
        };
        act(&scene, &mut self.traffic, &mut self.state)
    }
    fn run(&mut self, now_ms: i64) {
        let (mode, max_delay_ms) = (self.mode, self.max_delay_ms);
        let (mut departed, mut rejected) = (Vec::new(), Vec::new());
        self.with_scene(now_ms, |scene, traffic, state| {
            run(scene, mode, state, traffic, max_delay_ms, (&mut departed, &mut rejected));
        });
        self.departed.extend(departed);
        self.rejected.extend(rejected);
    }
    fn vehicle(&self, trip: u32) -> &Own {
        let found = self.traffic.iter().find(|(_, _, own)| own.trip == TripId(trip));
        found.expect("the vehicle has entered").2
    }
    fn order(&self) -> Vec<u32> {
        self.departed.iter().map(|departed| departed.trip.0).collect()
    }
    /// Moves everybody on a link, who all keep their speed.
    fn advance(&mut self, seconds: f64) {
        let Self { network, demand, drivers, traffic, .. } = self;
        for (own, seen) in traffic.own.iter_mut().zip(&mut traffic.seen) {
            for (own, seen) in own.iter_mut().zip(seen) {
                own.front_m += own.speed_mps * seconds;
                *seen = own.project(network, &demand.types[own.kind]);
            }
        }
        for link in network.links.ids() {
            traffic.summarize(network, drivers, link);
        }
    }
}

#[test]
fn a_free_lane_takes_a_vehicle_at_the_desired_speed() {
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand(vec![trip(500)]));
    stage.run(0);
    assert_eq!(stage.state.n_loaded(), 0, "not due yet");
    stage.run(1000);
    let own = stage.vehicle(0);
    assert_eq!((own.front_m, own.speed_mps, own.tally.depart_ms), (5.1, LIMIT_MPS, 1000));
    assert_eq!(own.middle_m, 1.6);
    assert_eq!(stage.traffic.lanes[LaneId(0)].n, 1);
    assert_eq!((stage.state.n_departed(), stage.state.n_waiting()), (1, 0));
}

#[test]
fn a_blocked_lane_refuses_and_keeps_the_queue_in_order() {
    let mut first = trip(0);
    first.depart_speed = DepartSpeed::Fixed(0.0);
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand(vec![first, trip(0), trip(0)]));
    stage.run(0);
    stage.run(1000);
    assert_eq!(stage.order(), [0]);
    assert_eq!(stage.state.waiting().map(|(trip, _)| trip.0).collect::<Vec<_>>(), [1, 2]);
    stage.traffic.own[0][0].speed_mps = 10.0;
    for second in 2..20 {
        stage.advance(1.0);
        stage.run(second * 1000);
    }
    assert_eq!(stage.order(), [0, 1, 2]);
    assert_eq!(stage.vehicle(1).speed_mps, 10.0, "mean speed of the lane");
    // The gap of a vehicle that follows at the leader's speed: headway time and minimum gap.
    let gap_m = stage.vehicle(0).front_m - 5.0 - stage.vehicle(1).front_m;
    assert!((12.5..22.5).contains(&gap_m), "{gap_m}");
}

#[test]
fn a_vehicle_is_given_up_after_the_longest_delay() {
    let mut first = trip(0);
    first.depart_speed = DepartSpeed::Fixed(0.0);
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand(vec![first, trip(0)]));
    stage.max_delay_ms = Some(3000);
    for second in 0..4 {
        stage.run(second * 1000);
    }
    assert!(stage.rejected.is_empty());
    stage.run(4000);
    assert_eq!(stage.rejected, [TripId(1)]);
    assert_eq!((stage.state.n_rejected(), stage.state.n_waiting()), (1, 0));
}

#[test]
fn vehicles_spread_over_the_lanes_from_which_the_route_goes_on() {
    let mut stage = Stage::new(network(3, 2, 300.0, Control::Major), demand(vec![trip(0), trip(0), trip(0)]));
    stage.run(0);
    let lanes: Vec<u16> = stage.traffic.own[0].iter().map(|own| stage.network.lanes[own.lane].index).collect();
    assert_eq!(lanes, [0, 1], "the third lane ends at the junction");
    assert_eq!(stage.state.n_waiting(), 1);
}

#[test]
fn a_wish_for_a_speed_gives_way_to_a_minor_junction_ahead() {
    // Figures of SUMO 1.28 for the same case: road of 30 m less the rounding of its junction.
    let length_m = 30.0;
    let enter = |depart_speed: DepartSpeed| {
        let mut wish = trip(0);
        wish.depart_speed = depart_speed;
        let mut stage = Stage::new(network(1, 1, length_m, Control::Minor), demand(vec![wish]));
        stage.run(0);
        stage
    };
    let driver = Driver::new(&VehicleType::sumo_default(VehicleClass::Car), 1.0);
    let safe_mps = driver.safe_stop_speed(length_m - 5.1, driver.decel_mps2, 1.0);
    for wish in [DepartSpeed::Average, DepartSpeed::Max, DepartSpeed::Desired, DepartSpeed::Last] {
        assert_eq!(enter(wish).vehicle(0).speed_mps, safe_mps, "{wish:?}");
    }
    assert_eq!(enter(DepartSpeed::Fixed(10.0)).vehicle(0).speed_mps, 10.0);
    assert_eq!(enter(DepartSpeed::Fixed(LIMIT_MPS)).rejected, [TripId(0)], "would never be possible");
}

#[test]
fn positions_last_and_free_lie_where_sumo_puts_them() {
    // Figures of SUMO 1.28 for the same trips on an empty road.
    let mut ahead = trip(0);
    ahead.depart_position = DepartPosition::Front(200.0);
    ahead.depart_speed = DepartSpeed::Fixed(5.0);
    let mut last = trip(0);
    last.depart_position = DepartPosition::Last;
    last.depart_speed = DepartSpeed::Last;
    let mut free = trip(0);
    free.depart_position = DepartPosition::Free;
    let trips = vec![ahead, last, free.clone(), free];
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand(trips));
    stage.run(0);
    for (trip, front_m) in [(0, 200.0), (1, 187.4), (2, 0.0), (3, 13.1)] {
        let own = stage.vehicle(trip);
        assert!((own.front_m - front_m).abs() < 0.01, "trip {trip} at {} m", own.front_m);
        assert_eq!(own.speed_mps, 5.0, "trip {trip}");
    }
    let seen = &stage.traffic.seen[0];
    assert!(seen.windows(2).all(|pair| pair[0].front_m >= pair[1].front_m));
}

#[test]
fn nobody_enters_in_front_of_a_vehicle_that_could_not_brake() {
    let mut fast = trip(0);
    fast.depart_position = DepartPosition::Front(90.0);
    let mut slow = trip(0);
    slow.depart_position = DepartPosition::Front(100.0);
    slow.depart_speed = DepartSpeed::Fixed(2.0);
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand(vec![fast, slow]));
    stage.run(0);
    assert_eq!(stage.order(), [0]);
    stage.advance(2.0);
    stage.run(1000);
    assert_eq!(stage.order(), [0, 1], "the fast one has passed");
}

#[test]
fn a_rear_before_the_start_of_the_road_covers_the_lane_behind() {
    let mut behind = trip(0);
    behind.route = RouteId(1);
    behind.depart_position = DepartPosition::Front(2.0);
    let mut demand = demand(vec![behind]);
    demand.routes = Rows::from_lists([vec![LinkId(0), LinkId(1)], vec![LinkId(1)]]);
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand);
    stage.run(0);
    assert_eq!(stage.vehicle(0).lanes_behind(), [LaneId(0)]);
}

#[test]
fn a_motorcycle_enters_beside_a_car_where_vehicles_move_sideways() {
    let mut car = trip(0);
    car.depart_speed = DepartSpeed::Fixed(0.0);
    let mut motorcycle = trip(0);
    motorcycle.vehicle_type = VehicleTypeId(2);
    let cases = [(LateralMode::LaneInstant, vec![0]), (LateralMode::Continuous, vec![0, 1])];
    for (mode, entered) in cases {
        let mut wide = car.clone();
        wide.depart_lateral = DepartLateral::Kerb;
        let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand(vec![wide, motorcycle.clone()]));
        stage.mode = mode;
        stage.run(0);
        assert_eq!(stage.order(), entered, "{mode:?}");
        if mode == LateralMode::Continuous {
            let (car, motorcycle) = (&stage.traffic.seen[0][0], &stage.traffic.seen[0][1]);
            assert!(!car.overlaps_laterally(motorcycle));
            assert_eq!(stage.vehicle(1).speed_mps, LIMIT_MPS);
        }
    }
}

fn bus_with_stop(duration_s: f64, until: Option<SimTime>) -> (Trip, Stop) {
    let mut bus = trip(0);
    bus.vehicle_type = VehicleTypeId(1);
    bus.depart_position = DepartPosition::Stop;
    bus.depart_speed = DepartSpeed::Fixed(0.0);
    bus.stops = 0..1;
    let place = Some(StopPlaceId(0));
    let stop =
        Stop { link: LinkId(0), lane: 0, start_m: 100.0, end_m: 130.0, duration_s, until, place, is_parking: false };
    (bus, stop)
}

/// Steps until the bus goes on from its stop.
fn steps_at_stop(duration_s: f64, until: Option<SimTime>) -> i64 {
    let (bus, stop) = bus_with_stop(duration_s, until);
    let mut demand = demand(vec![bus]);
    demand.stops = vec![stop];
    let mut stage = Stage::new(network(2, 2, 300.0, Control::Major), demand);
    stage.run(0);
    assert_eq!(stage.vehicle(0).front_m, 130.0);
    assert_eq!(stage.network.lanes[stage.vehicle(0).lane].index, 0, "the stop's lane");
    for second in 1..200 {
        let (speed_mps, is_reached, seen_flags) = stage.with_scene(second * 1000, |scene, traffic, _| {
            let mut own = traffic.own[0][0].clone();
            let mut seen_flags = traffic.seen[0][0].flags;
            own.stop.distance_m = stops::position_m(scene, traffic, &own, LinkId(0), 0)
                .map_or(f64::INFINITY, |position_m| position_m - own.front_m);
            // What a plan would allow: standstill until the stop has begun, then free driving.
            let planned_mps = if own.stop.is_reached { 1.2 } else { 0.0 };
            let speed_mps = stops::process(scene, &mut own, &mut seen_flags, planned_mps);
            let is_reached = own.stop.is_reached;
            traffic.seen[0][0].flags = seen_flags;
            traffic.own[0][0] = own;
            (speed_mps, is_reached, seen_flags)
        });
        assert_eq!(seen_flags & flags::AT_STOP != 0, is_reached);
        if speed_mps > 0.0 {
            assert_eq!(stage.vehicle(0).stop.next, 1);
            return second - 1;
        }
    }
    panic!("the stop did not end");
}

#[test]
fn a_stop_lasts_its_duration_or_until_its_time() {
    assert_eq!(steps_at_stop(20.0, None), 20);
    assert_eq!(steps_at_stop(20.0, Some(SimTime(41_000))), 40);
    assert_eq!(steps_at_stop(20.0, Some(SimTime(5_000))), 20);
}

#[test]
fn buses_queue_at_a_stop_as_long_as_half_of_them_fits() {
    // Figures of SUMO 1.28: buses of 12 m and a stop that ends at 130 m.
    for (start_m, second_m, third_fits) in [(100.0, 115.5, false), (95.1, 115.5, false), (94.9, 115.5, true)] {
        let (bus, mut stop) = bus_with_stop(60.0, None);
        stop.start_m = start_m;
        let buses: Vec<Trip> = (0..3).map(|n| Trip { stops: n..n + 1, ..bus.clone() }).collect();
        let mut demand = demand(buses);
        demand.stops = vec![stop; 3];
        let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand);
        for second in 0..3 {
            stage.run(second * 1000);
            stage.with_scene(second * 1000, |scene, traffic, _| {
                let slot = traffic.own[0].len() - 1;
                let mut own = traffic.own[0][slot].clone();
                let mut seen_flags = 0;
                own.stop.distance_m = 0.0;
                stops::process(scene, &mut own, &mut seen_flags, 0.0);
                traffic.seen[0][slot].flags = seen_flags;
                traffic.own[0][slot] = own;
            });
        }
        let fronts: Vec<f64> = stage.traffic.own[0].iter().map(|own| own.front_m).collect();
        assert_eq!(fronts[..2], [130.0, second_m]);
        assert_eq!(stage.vehicle(2).stop.is_reached, third_fits, "from {start_m} m");
    }
}

#[test]
fn a_stop_that_was_left_behind_is_skipped_and_counted() {
    let (bus, stop) = bus_with_stop(20.0, None);
    let mut demand = demand(vec![bus]);
    demand.stops = vec![stop];
    let mut stage = Stage::new(network(1, 1, 300.0, Control::Major), demand);
    stage.run(0);
    let (missed, next) = stage.with_scene(1000, |scene, traffic, _| {
        let mut own = traffic.own[0][0].clone();
        assert_eq!(stops::skip_missed(scene, &mut own), 0);
        own.route_index = 1;
        (stops::skip_missed(scene, &mut own), own.stop.next)
    });
    assert_eq!((missed, next), (1, 1));
}
