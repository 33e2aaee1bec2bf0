//! Measures of mixed traffic: against closed forms on vehicles put there by hand, and against the other sums of a run.

#[path = "support/grid.rs"]
mod grid;
#[path = "support/sim.rs"]
mod sim;

use std::collections::BTreeMap;

use grid::{Grid, Mix};
use sim::{Case, Sim};
use sim_core::engine::LateralPolicy;
use sim_core::engine::interactions::{Encounter, Interactions};
use sim_core::ids::{Id as _, LaneId, LinkId, TripId};
use sim_core::network::conflicts::ConflictKind;
use sim_core::network::parts::JunctionKind;
use sim_core::network::{LaneConflict, LinkKind};
use sim_core::traffic::scene::Scene;
use sim_core::traffic::state::{Seen, Traffic};
use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

const CAR: u16 = 0;
const RIDER: u16 = 1;

fn case() -> Case {
    let grid = Grid {
        left_hand: false,
        column_gaps_m: vec![150.0; 3],
        row_gaps_m: vec![150.0; 3],
        lanes: vec![2],
        kinds: vec![JunctionKind::Signal],
        green_s: 25,
    };
    let types = [(VehicleClass::Car, 1.0), (VehicleClass::Motorcycle, 4.0)];
    let types = types.map(|(class, weight)| (VehicleType::own_default(class), weight)).to_vec();
    let mix = Mix { types, n_trips: 900, over_s: 300.0, seed: 1 };
    let mut case = grid::case(&grid, &mix, grid::params(500, LateralPolicy::Continuous, 1));
    case.params.interactions = true;
    case
}

/// A road or a way through a junction with some vehicles and nothing else.
struct Stage<'a> {
    case: &'a Case,
    sim: Sim<'a>,
    seen: Interactions,
}

impl<'a> Stage<'a> {
    fn new(case: &'a Case) -> Self {
        Self { case, sim: Sim::new(case), seen: Interactions::new(&case.city.network) }
    }
    fn look(&mut self, now_ms: i64, vehicles: &[(LaneId, Seen)]) {
        let network = &self.case.city.network;
        let mut traffic = Traffic::new(network, 4.5);
        let mut links: Vec<LinkId> = Vec::new();
        for &(lane, seen) in vehicles {
            let link = network.link_of(lane);
            traffic.seen[link.index()].push(Seen { lane: network.lanes[lane].index, ..seen });
            links.push(link);
        }
        links.dedup();
        let scene = Scene {
            network,
            demand: &self.case.demand,
            new_routes: &[],
            drivers: &[],
            ports: &self.sim.world.ports,
            approaches: &self.sim.world.approaches,
            now_ms,
            step: 0,
            dt_ms: 500,
            seed: 1,
            impatience_ms: 0,
        };
        self.seen.look(&scene, (&traffic, &links), (&[0, 1], 2), (0, true));
    }
}

fn vehicle(kind: u16, trip: u32, front_m: f64, kerb_m: f64, speed_mps: f64) -> Seen {
    let (length_m, width_m) = if kind == CAR { (4.5, 1.8) } else { (1.9, 0.75) };
    Seen {
        front_m: front_m as f32,
        rear_m: (front_m - length_m) as f32,
        kerb_m: kerb_m as f32,
        outer_m: (kerb_m + width_m) as f32,
        speed_mps: speed_mps as f32,
        lane: 0,
        kind,
        flags: 0,
        accel_cmps2: 0,
        trip: TripId(trip),
    }
}

#[test]
fn a_short_time_to_collision_is_one_conflict_however_long_it_lasts() {
    let case = case();
    let mut stage = Stage::new(&case);
    let network = &case.city.network;
    let road =
        (0..network.links.len()).map(LinkId::from_index).find(|&link| network.links[link].kind == LinkKind::Road);
    let lane = network.links[road.expect("a road")].first_lane;
    // A car stands with its rear at 45.5 m; a rider comes at 10 m/s behind it, another one beside it.
    for (now_ms, front_m) in [(1000, 29.5), (1500, 33.5), (2000, 38.5)] {
        let car = vehicle(CAR, 1, 50.0, 0.5, 0.0);
        let (behind, beside) = (vehicle(RIDER, 2, front_m, 1.0, 10.0), vehicle(RIDER, 3, front_m, 2.5, 10.0));
        stage.look(now_ms, &[(lane, car), (lane, behind), (lane, beside)]);
    }
    let measured = &stage.seen.intervals[0];
    let (key, sum) = measured.conflicts.iter().next().expect("a conflict");
    assert_eq!(measured.conflicts.len(), 1, "{:?}", measured.conflicts);
    assert_eq!((key.1, key.2, key.3), (Encounter::Following, 1, 0));
    // 16 m at 10 m/s is no conflict, 12 m is, 7 m is still the same one.
    assert_eq!((sum.n, sum.exposed_s), (1, 1.0));
    assert!((sum.least_s - 0.7).abs() < 1e-6, "{}", sum.least_s);
    let riders = measured.streets[&(network.link_of(lane), 1)];
    assert!((riders.time_s - 3.0).abs() < 1e-9 && (riders.area_m2_s - 3.0 * 1.9 * 0.75).abs() < 1e-4);
    assert!((riders.person_m - 30.0 * case.demand.trips[2].persons).abs() < 1e-4);
}

#[test]
fn post_encroachment_is_the_time_between_the_first_rear_and_the_second_front() {
    let case = case();
    let network = &case.city.network;
    let of = |lane: LaneId| {
        let exit = network.lanes[lane].exit;
        let conflicts: &[LaneConflict] = if exit.is_some() { &network.lane_conflicts[exit] } else { &[] };
        conflicts.iter().filter(|at| at.kind == ConflictKind::Cross)
    };
    let crossing = network
        .lanes
        .ids()
        .find_map(|lane| of(lane).find_map(|at| Some((lane, at, of(at.foe_lane).find(|back| back.foe_lane == lane)?))));
    let (lane, at, back) = crossing.expect("two ways that cross");
    let mut stage = Stage::new(&case);
    let end_m = |lane: LaneId, behind_m: f64, size_m: f64| network.lanes[lane].length_m - behind_m + size_m;
    // The first one's rear is 1 m before the end of the place, at 10 m/s: it leaves 0.1 s later.
    let first = vehicle(CAR, 1, end_m(lane, at.behind_m, at.size_m) - 1.0 + 4.5, 0.5, 10.0);
    stage.look(1000, &[(lane, first)]);
    stage.look(1500, &[]);
    stage.look(3000, &[]);
    // The second one's front has been in the place for 0.1 s when it is seen at 3.5 s.
    let second = vehicle(RIDER, 2, end_m(at.foe_lane, back.behind_m, 0.0) + 1.0, 1.0, 10.0);
    stage.look(3500, &[(at.foe_lane, second)]);
    stage.look(4000, &[(at.foe_lane, second)]);
    let conflicts = &stage.seen.intervals[0].conflicts;
    let crossings: Vec<_> = conflicts.iter().filter(|(key, _)| key.1 == Encounter::Crossing).collect();
    assert_eq!(crossings.len(), 1, "{conflicts:?}");
    let (key, sum) = crossings[0];
    assert_eq!((key.0, key.2, key.3, sum.n), (network.link_of(at.foe_lane), 1, 0, 1));
    assert!((sum.least_s - 2.3).abs() < 1e-3, "{}", sum.least_s);
}

#[test]
fn use_of_streets_agrees_with_the_sums_of_links_and_changes_nothing() {
    let case = case();
    let plain =
        Case { params: sim_core::engine::RunParams { interactions: false, ..case.params.clone() }, ..case.clone() };
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads");
    let (mut asked, mut others, mut not_asked) = (Sim::new(&case), Sim::new(&case), Sim::new(&plain));
    let (one, four) = (pool(1), pool(4));
    for _ in 0..800 {
        one.install(|| asked.step());
        four.install(|| others.step());
        one.install(|| not_asked.step());
    }
    assert!(asked.world == not_asked.world, "measuring changes the run");
    assert!(asked.recorder == others.recorder, "measures depend on threads");
    let results = asked.recorder.results(&case.city, &case.demand, &case.params, &asked.world);
    let mut by_class: BTreeMap<Option<VehicleClass>, [f64; 4]> = BTreeMap::new();
    for row in &results.streets {
        let sums = by_class.entry(row.class).or_default();
        sums[0] += row.sum.time_s;
        sums[1] += row.sum.person_m;
    }
    for row in &results.links {
        let sums = by_class.entry(row.class).or_default();
        sums[2] += row.time_s;
        sums[3] += row.distance_m;
    }
    for (class, [time_s, person_m, link_time_s, distance_m]) in &by_class {
        // Vehicles are counted where they are after the step, links share out the step by the way.
        assert!((time_s / link_time_s - 1.0).abs() < 0.02, "{class:?}: {time_s} s and {link_time_s} s");
        assert!(
            (person_m / distance_m - 1.0).abs() < 0.02,
            "{class:?}: {person_m} m and {distance_m} m, one person each"
        );
    }
    let greens = results.streets.iter().filter_map(|row| row.greens).fold((0, 0, 0), |(n, riders, front), sum| {
        assert!(sum.in_front <= sum.riders);
        (n + sum.n, riders + sum.riders, front + sum.in_front)
    });
    assert!(greens.0 > 10 && greens.2 * 10 > greens.1, "{greens:?}: riders gather in front");
    let kinds = |kind| results.conflicts.iter().filter(|row| row.encounter == kind).map(|row| row.sum.n).sum::<u32>();
    assert!(kinds(Encounter::Following) > 0 && kinds(Encounter::Crossing) > 0);
    let car = results.streets.iter().filter(|row| row.class == Some(VehicleClass::Car));
    let mut units: Vec<f64> = car.filter_map(|row| row.motorcycle_units).collect();
    units.sort_by(f64::total_cmp);
    // By capacity a car stands for 3.4 motorcycles in field data; here riders filter past cars that wait.
    assert!(units.len() > 10 && (2.5..6.0).contains(&units[units.len() / 2]), "{units:?}");
}
