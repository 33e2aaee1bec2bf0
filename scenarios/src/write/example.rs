//! A hand-made run for the tests of writers, and those tests that look at whole files.
//!
//! ```text
//!   west ──a──▶ middle (signal) ──b──▶ east     100 m each, limit 10 m/s
//! ```

use sim_core::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use sim_core::ids::{JunctionId, LinkId, MovementId, RouteId, SignalId, TripId, VehicleTypeId};
use sim_core::kpi::Results;
use sim_core::kpi::rows::{LinkRow, MovementRow, TripRow, TripStatus, VehicleCounts};
use sim_core::network::parts::{
    ConnectorPart, Control, JunctionKind, JunctionPart, LanePart, LaneRef, LinkKind, LinkPart, NetworkParts, Turn,
};
use sim_core::rows::{Column, Rows};
use sim_core::signals::SignalPlans;
use sim_core::traffic::demand::{Arrival, Demand, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Trip};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{ClassSet, SimTime, VehicleClass};

use super::csv::CsvSink;
use super::folder::{self, Extra, Format, Overwrite, Wanted};
use super::geojson::{self, Positions};
use super::run::{EndReason, FinishedRun, Program};
use super::summary::{Performance, summary, to_json};
use super::{picture, sumo, tables};
use crate::demand::DemandSource;
use crate::loaded::{Loaded, Names, Place};

/// Everything a [`FinishedRun`] borrows.
struct Example {
    loaded: Loaded,
    demand: Demand,
    trip_names: Vec<String>,
    results: Results,
    program: Program,
}

impl Example {
    fn run(&self) -> FinishedRun<'_> {
        FinishedRun {
            loaded: &self.loaded,
            demand: &self.demand,
            trip_names: &self.trip_names,
            params: &self.loaded.run,
            movement_ends: &[(LinkId(0), LinkId(1))],
            results: &self.results,
            without: None,
            end: SimTime::from_s(1000.0),
            ended_because: EndReason::EndReached,
            state_digest: [0xab; 32],
            program: &self.program,
            verdict: None,
        }
    }
}

fn link(from: u32, to: u32, start_m: f64) -> LinkPart {
    let lane = LanePart {
        length_m: 100.0,
        speed_limit_mps: 10.0,
        width_m: 3.0,
        allowed: ClassSet::ALL,
        change_outwards: ClassSet::ALL,
        change_inwards: ClassSet::ALL,
        shape_in_city_m: vec![[start_m, 0.0], [start_m + 100.0, 0.0]],
        stop_box_m: 0.0,
    };
    LinkPart {
        kind: LinkKind::Road,
        from: JunctionId(from),
        to: JunctionId(to),
        priority: 1,
        in_roundabout: false,
        lanes: vec![lane],
    }
}

fn parts() -> NetworkParts {
    let junction = |kind, x| JunctionPart { kind, position_in_city_m: [x, 0.0], outline_in_city_m: Vec::new() };
    let lane = |link| LaneRef { link: LinkId(link), index: 0 };
    NetworkParts {
        left_hand: false,
        junctions: vec![
            junction(JunctionKind::DeadEnd, 0.0),
            junction(JunctionKind::Signal, 100.0),
            junction(JunctionKind::DeadEnd, 200.0),
        ],
        links: vec![link(0, 1, 0.0), link(1, 2, 100.0)],
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

fn loaded() -> Loaded {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    Loaded {
        name: "two links & a signal".to_owned(),
        variant: None,
        path: "example".into(),
        place: Place::default(),
        parts: parts(),
        names: Names {
            junctions: words(&["west", "middle", "east"]),
            junction_titles: words(&["West", "Main / Cross, \"the corner\"", "East"]),
            links: words(&["a", "b"]),
            link_titles: words(&["Main <Street>", "Main <Street>"]),
            signals: words(&["tl0"]),
            movements: Vec::new(),
            types: words(&["car"]),
            stop_places: Vec::new(),
        },
        signals: SignalPlans::default(),
        sheets: Vec::new(),
        stop_places: Vec::new(),
        demand: DemandSource::default(),
        power: crate::power::PowerPlan::default(),
        run: RunParams {
            seed: 7,
            begin: SimTime::from_s(0.0),
            end: Some(SimTime::from_s(1000.0)),
            step_ms: 1000,
            warm_up_ms: 100_000,
            interval_ms: 900_000,
            lateral: LateralPolicy::LaneInstant,
            max_depart_delay_s: None,
            jam_release_s: None,
            impatience_time_s: 60.0,
            missed_turn_after_s: None,
            dark_signal_rule: DarkSignalRule::Signs,
            interactions: false,
            changes: Vec::new(),
        },
        inputs: Vec::new(),
        notices: Vec::new(),
        is_calibrated: false,
        is_other_from_start: false,
        lighting: None,
        observed: crate::observed::Observed::default(),
        environment: sim_core::environment::Environment::default(),
    }
}

fn demand() -> Demand {
    let trip = |depart_s| Trip {
        depart: SimTime::from_s(depart_s),
        vehicle_type: VehicleTypeId(0),
        route: RouteId(0),
        speed_factor: 1.0,
        depart_lane: DepartLane::First,
        depart_position: DepartPosition::Base,
        depart_speed: DepartSpeed::Max,
        depart_lateral: DepartLateral::Center,
        arrival: Arrival::default(),
        stops: 0..0,
        persons: 1.5,
    };
    Demand {
        types: Column::new(vec![VehicleType::sumo_default(VehicleClass::Car)]),
        routes: Rows::from_lists([vec![LinkId(0), LinkId(1)]]),
        stops: Vec::new(),
        trips: vec![trip(50.0), trip(200.0), trip(990.0)],
    }
}

fn trip_row(trip: u32, status: TripStatus, depart_s: Option<f64>, arrival_s: Option<f64>) -> TripRow {
    TripRow {
        trip: TripId(trip),
        status,
        depart_s,
        arrival_s,
        length_m: 200.0,
        time_loss_s: 20.0,
        waiting_s: 10.0,
        stop_time_s: 0.0,
        stops: 1,
        missed_turns: 0,
        emitted: None,
    }
}

fn example() -> Example {
    let link = |link, time_s| LinkRow {
        link: LinkId(link),
        class: None,
        begin_s: 100.0,
        end_s: 900.0,
        entered: 2,
        left: 2,
        distance_m: 200.0,
        time_s,
        travel_time_s_sum: time_s,
        travel_time_n: 2,
        length_m: 100.0,
        emitted: None,
    };
    let movement = MovementRow {
        movement: MovementId(0),
        junction: JunctionId(1),
        begin_s: 100.0,
        end_s: 900.0,
        demand: 200,
        served: 100,
        served_pcu: 90.0,
        left: 100,
        delay_s_sum: 3000.0,
        person_delay_s_sum: 4500.0,
        persons: 150.0,
        stops: 80,
        back_of_queue_m: vec![0.0, 20.0, 40.0],
        storage_m: 100.0,
        spillback_share: Some(0.0),
        capacity_vph: Some(800.0),
        arrivals: 100,
        arrivals_on_green_share: Some(0.4),
        is_signalized: true,
    };
    Example {
        loaded: loaded(),
        demand: demand(),
        trip_names: vec!["early".to_owned(), "t,1".to_owned(), "late".to_owned()],
        results: Results {
            counts: VehicleCounts { loaded: 3, departed: 2, arrived: 2, waiting_to_depart: 1, ..Default::default() },
            trips: vec![
                trip_row(0, TripStatus::Arrived, Some(50.0), Some(70.0)),
                trip_row(1, TripStatus::Arrived, Some(205.0), Some(245.0)),
                trip_row(2, TripStatus::Waiting, None, None),
            ],
            links: vec![link(0, 50.0), link(1, 0.0)],
            movements: vec![movement],
            total_time_spent_s: 75.0,
            total_delay_s: 55.0,
            last_step: SimTime::from_s(1000.0),
            gridlock: None,
            vehicle_updates: 60,
            ..Results::default()
        },
        program: Program { name: "citytwin".to_owned(), version: "0".to_owned(), build: "test".to_owned() },
    }
}

fn csv(example: &Example, name: &str) -> Vec<String> {
    let (table, rows) = tables::ALL.iter().find(|(table, _)| table.name == name).expect("a table of this name");
    let mut sink = CsvSink::new(table, Vec::new()).unwrap();
    rows(&example.run(), &mut sink).unwrap();
    let text = String::from_utf8(sink.finish().unwrap()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn check_row(name: &str, row: usize, expected: &str) {
    assert_eq!(csv(&example(), name)[row + 1], expected);
}

#[test]
fn unfinished_trips_have_empty_cells() {
    check_row(
        "trips",
        1,
        "\"t,1\",car,arrived,a,b,1.50,200.000,205.000,5.000,245.000,40.000,200.00,20.000,10.000,0.000,1,0,1.0000,,,,,",
    );
    check_row("trips", 2, "late,car,waiting,a,b,1.50,990.000,,,,,,,,,,,1.0000,,,,,");
}

#[test]
fn links_follow_edie_and_have_no_speed_without_vehicles() {
    check_row(
        "links",
        0,
        "a,Main <Street>,all,100.000,900.000,1,100.00,2,2,9.00,0.625,4.000,25.000,,,,,,not calibrated",
    );
    check_row("links", 1, "b,Main <Street>,all,100.000,900.000,1,100.00,2,2,9.00,0.000,,0.000,,,,,,not calibrated");
}

#[test]
fn a_movement_above_capacity_has_level_f_and_its_junction_goes_by_delay() {
    check_row(
        "movements",
        0,
        "middle,tl0,a->b,Main <Street> eastbound → Main <Street> (through),100.000,900.000,1,900.00,450.00,405.00,30.00,\
         30.00,0.800,20.0,38.0,100.0,0.0000,800.0,1.125,0.400,F,demand above capacity,not calibrated",
    );
    check_row(
        "junctions",
        0,
        "middle,tl0,,\"Main / Cross, \"\"the corner\"\"\",100.000,900.000,1,900.00,450.00,405.00,30.00,\
         30.00,0.800,20.0,38.0,100.0,0.0000,,1.125,0.400,C,,not calibrated",
    );
    assert_eq!(csv(&example(), "junctions").len(), 3);
}

#[test]
fn means_leave_out_trips_that_departed_in_the_warm_up() {
    let summary = summary(&example().run());
    assert_eq!(summary.trips.count, 1);
    assert_eq!(summary.trips.mean_duration_s, Some(40.0));
    assert_eq!(summary.trips.mean_depart_delay_s, Some(5.0));
    assert_eq!(summary.trips.mean_speed_mps, Some(5.0));
    let cars = &summary.by_class["car"];
    assert_eq!((cars.vehicles.loaded, cars.vehicles.arrived, cars.vehicles.waiting_to_depart), (3, 2, 1));
    assert_eq!(cars.totals.total_time_spent_s, 20.0 + 45.0 + 10.0);
    assert_eq!(cars.totals.total_delay_s, 20.0 + 25.0 + 30.0);
    assert!(to_json(&summary).contains("\"calibrated\": false"));
}

#[test]
fn sumo_outputs_and_geojson_are_well_formed() {
    let example = example();
    let mut xml = Vec::new();
    sumo::tripinfo(&example.run(), &mut xml).unwrap();
    let text = String::from_utf8(xml).unwrap();
    assert_eq!(text.matches("<tripinfo id=").count(), 2);
    assert!(text.contains("duration=\"40.00\"") && text.contains("departDelay=\"5.00\""));
    let mut xml = Vec::new();
    sumo::edge_data(&example.run(), &mut xml).unwrap();
    let text = String::from_utf8(xml).unwrap();
    assert_eq!(text.matches("<edge id=").count(), 1);
    assert!(text.contains("speed=\"4.00\"") && text.contains("traveltime=\"25.00\""));
    let mut json = Vec::new();
    geojson::links_of(&example.run(), Positions::CityPlane, &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["features"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["features"][0]["properties"]["mean_speed_mps"], 4.0);
    assert!(json["features"][1]["properties"]["mean_speed_mps"].is_null());
}

#[test]
fn the_map_is_well_formed_and_says_what_it_is_worth() {
    let svg = picture::map(&example().run());
    let mut reader = quick_xml::Reader::from_str(&svg);
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    for words in ["not calibrated", "one run, seed 7", "two links &amp; a signal", ">C</text>"] {
        assert!(svg.contains(words), "{words}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn folders_are_put_in_place_whole_and_keep_other_files() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("out");
    let example = example();
    let write = |overwrite, format, extras: &[Extra]| {
        let wanted = Wanted { format, extras: extras.to_vec() };
        folder::write(&example.run(), &Performance::default(), &wanted, &target, overwrite)
    };
    write(Overwrite::Never, Format::Csv, &[Extra::Tripinfo]).unwrap();
    assert!(target.join("trips.csv").exists() && target.join("tripinfo.xml").exists());
    assert!(write(Overwrite::Never, Format::Csv, &[]).unwrap_err().to_string().contains("hint: "));

    std::fs::write(target.join("notes.txt"), "mine").unwrap();
    write(Overwrite::OwnResults, Format::Parquet, &[]).unwrap();
    assert!(target.join("trips.parquet").exists() && target.join("notes.txt").exists());
    assert!(!target.join("trips.csv").exists() && !target.join("tripinfo.xml").exists());

    std::fs::write(target.join("summary.json"), "{}").unwrap();
    assert!(write(Overwrite::OwnResults, Format::Csv, &[]).is_err());
    write(Overwrite::Force, Format::Csv, &[]).unwrap();
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "no temporary folder stays");
}

#[test]
fn equal_runs_give_equal_bytes() {
    let home = tempfile::tempdir().unwrap();
    let example = example();
    let files = |name: &str| {
        let target = home.path().join(name);
        for format in [Format::Csv, Format::Parquet] {
            let wanted = Wanted { format, extras: vec![Extra::Geojson] };
            folder::write(&example.run(), &Performance::default(), &wanted, &target, Overwrite::Force).unwrap();
        }
        let mut paths: Vec<_> = std::fs::read_dir(target).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(files("a"), files("b"));
}
