//! Optimized plans: on a lone junction as good as the best of all plans, on a corridor with the band of theory, and never
//! with crossing greens or less than a minimum.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use scenarios::demand::{DemandItem, Departures, Journey, TypeChoice, build_loaded};
use scenarios::loaded::Loaded;
use scenarios::read::folder::read_folder;
use scenarios::signals::diagram::corridor::{bands, corridor};
use scenarios::signals::export::{Target, files};
use scenarios::signals::optimize::evaluate::{Evaluator, Weights, case};
use scenarios::signals::optimize::model::Streams;
use scenarios::signals::optimize::orders::{Stages, variants};
use scenarios::signals::optimize::search::{Point, Space};
use scenarios::signals::optimize::start::{plans_of, starts};
use scenarios::signals::optimize::{Bounds, space, write};
use scenarios::signals::safety::findings;
use scenarios::signals::sites::sites;
use scenarios::signals::timing::Meetings;
use sim_core::ids::{LinkId, SignalId, VehicleTypeId};
use sim_core::traffic::demand::{Arrival, DepartLane, DepartLateral, DepartPosition, DepartSpeed};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{SimTime, VehicleClass};

const BOUNDS: Bounds =
    Bounds { least_green_ms: 7000, least_cycle_ms: 30_000, greatest_cycle_ms: 120_000, keeps_cycles: false };

/// A folder with junctions on a street from west to east, each with a street across; arms of `block_m`. Straight on only,
/// or with all turns.
fn write_street(folder: &Path, n: usize, block_m: f64, turns: bool, stages: &str) {
    let net = folder.join("net");
    fs::create_dir_all(&net).unwrap();
    let clock = "[clock]\nbegin = \"0:00\"\nend = \"0:15\"\nstep_s = 1.0\n";
    let text = format!("schema = 1\nname = \"street\"\n[traffic]\ngmns = \"net\"\n{clock}");
    fs::write(folder.join("scenario.toml"), text).unwrap();
    fs::write(net.join("config.csv"), "short_length,long_length,speed,crs\nmeter,meter,kph,local\n").unwrap();
    let mut nodes = String::from("node_id,x_coord,y_coord,node_type,ctrl_type\n");
    let mut links = String::from("link_id,from_node_id,to_node_id,directed,lanes,free_speed\n");
    let mut movements = String::from("mvmt_id,node_id,ib_link_id,ob_link_id\n");
    let two_ways = |links: &mut String, a: &str, b: &str| {
        writeln!(links, "{a}-{b},{a},{b},1,1,36\n{b}-{a},{b},{a},1,1,36").unwrap();
    };
    for k in 0..=n + 1 {
        let kind = if k == 0 || k > n { "external," } else { ",signal" };
        writeln!(nodes, "J{k},{},0,{kind}", block_m * k as f64).unwrap();
        if k > 0 {
            two_ways(&mut links, &format!("J{}", k - 1), &format!("J{k}"));
        }
        if k == 0 || k > n {
            continue;
        }
        writeln!(nodes, "N{k},{0},{block_m},external,\nS{k},{0},-{block_m},external,", block_m * k as f64).unwrap();
        let arms = [format!("J{}", k - 1), format!("N{k}"), format!("J{}", k + 1), format!("S{k}")];
        two_ways(&mut links, &arms[1], &format!("J{k}"));
        two_ways(&mut links, &arms[3], &format!("J{k}"));
        for (from, name) in arms.iter().enumerate() {
            for (to, other) in arms.iter().enumerate().filter(|&(to, _)| to != from) {
                if turns || to == (from + 2) % 4 {
                    writeln!(movements, "{k}:{from}>{to},J{k},{name}-J{k},J{k}-{other}").unwrap();
                }
            }
        }
    }
    fs::write(net.join("node.csv"), nodes).unwrap();
    fs::write(net.join("link.csv"), links).unwrap();
    fs::write(net.join("movement.csv"), movements).unwrap();
    fs::write(net.join("signal_stages.csv"), stages).unwrap();
}

/// Two stages at each junction: along the street, across.
fn two_stages(n: usize, turns: bool, (first, second): (i64, i64), times: (i64, i64, i64, i64)) -> String {
    let (yellow, all_red, walk, clear) = times;
    let mut sheet = String::from(
        "junction_id,plan,days,cycle_s,offset_s,stage,movements,green_s,yellow_s,all_red_s,walk_s,ped_clear_s\n",
    );
    let cycle = first + second + 2 * (yellow + all_red);
    for k in 1..=n {
        for (stage, (arms, green)) in [([0, 2], first), ([1, 3], second)].into_iter().enumerate() {
            let mut ids: Vec<String> = Vec::new();
            for from in arms {
                let to = (0..4).filter(|&to| to != from && (turns || to == (from + 2) % 4));
                ids.extend(to.map(|to| format!("{k}:{from}>{to}")));
            }
            let ids = ids.join(" ");
            writeln!(sheet, "J{k},p,daily,{cycle},0,s{stage},{ids},{green},{yellow},{all_red},{walk},{clear}").unwrap();
        }
    }
    sheet
}

fn flow(loaded: &Loaded, links: &[String], rate_per_s: f64) -> DemandItem {
    let link = |name: &String| loaded.names.links.iter().position(|known| known == name).unwrap() as u32;
    DemandItem {
        name: links.join(">"),
        origin: (loaded.path.clone(), 1),
        departures: Departures::Poisson { begin: SimTime(0), end: SimTime(1_200_000), rate_per_s, number: None },
        vehicle_type: TypeChoice::One(VehicleTypeId(0)),
        journey: Journey::Links(links.iter().map(|name| LinkId(link(name))).collect()),
        depart_lane: DepartLane::BestProbable,
        depart_position: DepartPosition::Base,
        depart_speed: DepartSpeed::Max,
        depart_lateral: DepartLateral::Center,
        arrival: Arrival::default(),
        stops: Vec::new(),
        persons: None,
    }
}

/// Reads a folder and gives it flows along links.
fn with_flows(folder: &Path, flows: &[(Vec<String>, f64)]) -> Loaded {
    let mut loaded = read_folder(folder).unwrap_or_else(|problems| panic!("{problems}"));
    loaded.demand.types = vec![VehicleType::own_default(VehicleClass::Car)];
    loaded.demand.scale = 1.0;
    loaded.names.types = vec!["car".to_owned()];
    loaded.demand.items = flows.iter().map(|(links, rate)| flow(&loaded, links, *rate)).collect();
    loaded
}

/// Traffic along a street both ways, and across at each junction.
fn flows(n: usize, along: f64, across: f64) -> Vec<(Vec<String>, f64)> {
    let forth: Vec<String> = (0..=n).map(|k| format!("J{k}-J{}", k + 1)).collect();
    let back: Vec<String> = (0..=n).rev().map(|k| format!("J{}-J{k}", k + 1)).collect();
    let mut flows = vec![(forth, along), (back, along)];
    for k in 1..=n {
        flows.push((vec![format!("N{k}-J{k}"), format!("J{k}-S{k}")], across));
        flows.push((vec![format!("S{k}-J{k}"), format!("J{k}-N{k}")], across));
    }
    flows
}

fn searched(loaded: &Loaded, bounds: Bounds) -> (Space, Streams) {
    let streams = Streams::new(loaded, &build_loaded(loaded, 1).unwrap_or_else(|problems| panic!("{problems}")).demand);
    let signals: Vec<SignalId> = (0..loaded.names.signals.len() as u32).map(SignalId).collect();
    let (space, left_out) = space(loaded, &signals, bounds, &streams);
    assert!(left_out.is_empty(), "{left_out:?}");
    (space, streams)
}

#[test]
fn on_a_lone_junction_no_plan_is_two_percent_better() {
    let dir = tempfile::tempdir().unwrap();
    write_street(dir.path(), 1, 300.0, false, &two_stages(1, false, (20, 52), (3, 2, 0, 0)));
    let loaded = with_flows(dir.path(), &flows(1, 0.16, 0.08));
    let (space, streams) = searched(&loaded, BOUNDS);
    let cases = [1, 2, 3].map(|seed| case(&loaded, seed, 1.0).unwrap_or_else(|error| panic!("{error}")));
    let evaluator = Evaluator::new(&loaded, 2, false).unwrap_or_else(|error| panic!("{error}"));
    let weights = Weights { delay: 1.0, person_delay: 0.0, stops: 0.0, co2: 0.0 };
    let mut evaluate = |points: &[Point]| -> Vec<Option<f64>> {
        let plans: Vec<_> = points.iter().map(|point| plans_of(&space, point)).collect();
        let totals = evaluator.run(&plans, &cases, &AtomicBool::new(false), &|| ());
        let value = |runs: &Vec<_>| runs.iter().flatten().map(|totals| weights.of(totals)).sum::<f64>() / 3.0;
        totals.iter().map(|runs| Some(value(runs))).collect()
    };
    let own = evaluate(&[space.own()])[0].unwrap();
    let begun: Vec<Point> =
        starts(&space, &streams, &[], 6, &AtomicBool::new(false)).into_iter().map(|(point, _)| point).collect();
    let values = evaluate(&begun);
    let mut ranked: Vec<(Point, f64)> = begun.into_iter().zip(values.into_iter().flatten()).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (_, found) = space.search(&ranked, &[8000, 4000, 2000, 1000], &mut evaluate, &mut 200).unwrap();
    let mut all = Vec::new();
    for first in (9..50).step_by(4) {
        for second in (7..40).step_by(4) {
            let mut point = space.own();
            point[0].greens_ms = vec![first * 1000, second * 1000];
            if space.keeps(&point) {
                all.push(point);
            }
        }
    }
    let least = evaluate(&all).into_iter().flatten().fold(f64::INFINITY, f64::min);
    assert!(found <= 1.02 * least, "found {found}, least of {} plans {least}", all.len());
    assert!(found < 0.8 * own, "found {found}, own {own}");
}

#[test]
fn a_corridor_of_equal_blocks_has_the_band_of_theory() {
    // A block of 400 m takes 40 s at 10 m/s, half a cycle: with offsets that alternate the whole green passes both ways.
    let dir = tempfile::tempdir().unwrap();
    write_street(dir.path(), 4, 400.0, false, &two_stages(4, false, (36, 34), (3, 2, 0, 0)));
    let loaded = with_flows(dir.path(), &flows(4, 0.15, 0.1));
    let (space, streams) = searched(&loaded, Bounds { keeps_cycles: true, ..BOUNDS });
    assert_eq!(space.groups.len(), 1, "one street, one group");
    let found = starts(&space, &streams, &[], 1, &AtomicBool::new(false)).remove(0).0;
    let mut with = loaded.clone();
    write::put(&mut with, &space, &found);
    let names: Vec<String> = (1..=4).map(|k| format!("J{k}")).collect();
    let shown =
        corridor(&with, &sites(&with.parts, &with.names), &names, None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(shown.directions.len(), 2);
    for direction in &shown.directions {
        let band_ms = bands(&direction.stops, 80_000).iter().map(|band| band.1).max().unwrap_or(0);
        let green_ms = direction.stops.iter().flat_map(|stop| &stop.greens).map(|green| green.1).min().unwrap();
        assert!(band_ms >= green_ms * 8 / 10, "band {band_ms}, green {green_ms}, {found:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_that_are_found_cross_no_greens_and_keep_every_minimum(
        n in 1..4_usize,
        turns in any::<bool>(),
        greens in (12..60_i64, 12..60_i64),
        times in (3..6_i64, 1..4_i64, 4..7_i64, 0..6_i64),
        rates in (0.01..0.3_f64, 0.01..0.3_f64),
    ) {
        let dir = tempfile::tempdir().unwrap();
        write_street(dir.path(), n, 250.0, turns, &two_stages(n, turns, greens, times));
        let loaded = with_flows(dir.path(), &flows(n, rates.0, rates.1));
        let (space, streams) = searched(&loaded, BOUNDS);
        let meetings = Meetings::new(&loaded.parts);
        for (point, _) in starts(&space, &streams, &[], 3, &AtomicBool::new(false)) {
            prop_assert!(space.keeps(&point));
            for (signal, plan) in plans_of(&space, &point) {
                prop_assert_eq!(findings(&loaded.parts, &meetings, signal, &plan), vec![]);
                for phase in [0, 3] {
                    prop_assert!(plan.phases[phase].duration_ms >= (1000 * (times.2 + times.3)).max(7000));
                }
                // Yellow and red between greens stay.
                let old = &loaded.signals.plans[signal];
                for phase in [1, 2, 4, 5] {
                    prop_assert_eq!(&plan.phases[phase], &old.phases[phase]);
                }
            }
            let mut with = loaded.clone();
            write::put(&mut with, &space, &point);
            prop_assert!(files(&with, &[SignalId(0)], Target::Stages).is_ok());
        }
        for frame in variants(&loaded.parts, &space.frames[0], Stages::Any) {
            prop_assert_eq!(findings(&loaded.parts, &meetings, frame.signal, &frame.plan), vec![]);
        }
    }
}
