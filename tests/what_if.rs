//! Changes of roads and signals in the run: closures keep everybody out, drivers respond, a branched variant is the
//! variant from the beginning; mistakes of a what-if file come all together.

#[path = "support/shipped.rs"]
mod shipped;

use std::fs;
use std::path::Path;

use rayon::ThreadPoolBuilder;
use scenarios::read::folder::{read_shipped, read_source};
use scenarios::read::source::Source;
use scenarios::read::what_if;
use scenarios::write::scaffold::copy_embedded;
use sim_core::change::{Action, roads};
use sim_core::engine::{Recorder, World, digest, load, save};
use sim_core::ids::LinkId;
use sim_core::network::LinkKind;
use sim_core::routing::{RoutingGraph, TurnPenalties};

use shipped::Case;

const CLOSED_S: f64 = 17.0 * 3600.0 + 15.0 * 60.0;

/// A few minutes around the flood, with or without a variant.
fn case(variant: Option<&str>) -> Case {
    Case::new((CLOSED_S - 150.0, CLOSED_S + 150.0), variant, |_| {})
}

/// Vehicles that turned into the closed roads from the second minute of the flood on.
fn turned_in(flood: &Case, (world, recorder): (&World, &Recorder)) -> u32 {
    let closed: Vec<LinkId> = case(Some("flooded-street"))
        .loaded
        .run
        .changes
        .iter()
        .flat_map(|change| match &change.action {
            Action::Road(roads) => roads.closed.iter().map(|(link, _)| *link).collect(),
            _ => Vec::new(),
        })
        .collect();
    let results = recorder.results(&flood.city, &flood.demand, &flood.loaded.run, world);
    let rows = results.movements.iter().filter(|row| row.begin_s >= CLOSED_S + 60.0);
    rows.filter(|row| closed.contains(&flood.city.network.movements[row.movement].to)).map(|row| row.served).sum()
}

#[test]
fn nobody_turns_into_a_closed_road_and_drivers_respond() {
    let base = case(None);
    let (world, recorder) = base.run();
    assert!(turned_in(&base, (&world, &recorder)) > 0, "the road is in use without the flood");
    assert!(world.response.is_idle() && world.response.n_updates == 0);

    let flooded = case(Some("flooded-street"));
    let (world, recorder) = flooded.run();
    assert_eq!(turned_in(&flooded, (&world, &recorder)), 0);
    assert!(world.response.n_on_the_way > 0 && world.response.n_at_departure > 3, "{:?}", world.response.n_updates);
    assert_eq!(world.response.n_updates, 5);

    let silent = case(Some("flooded-street-no-response"));
    let (world, recorder) = silent.run();
    assert_eq!(turned_in(&silent, (&world, &recorder)), 0);
    assert_eq!((world.response.n_on_the_way, world.response.n_at_departure), (0, 0));
}

#[test]
fn a_branched_flood_is_the_flood_for_any_number_of_threads_and_from_a_saved_state() {
    let (base, flooded) = (case(None), case(Some("flooded-street")));
    let (world, recorder) = flooded.run();
    let whole = digest(&world, &recorder);

    // Branched off from the base, on another number of threads, saved and loaded in the middle of the flood.
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let branched = pool.install(|| {
        let (mut world, mut recorder) = base.begin();
        base.run_to((&mut world, &mut recorder), CLOSED_S);
        flooded.run_to((&mut world, &mut recorder), CLOSED_S + 70.0);
        let (mut world, mut recorder) = load(&save(&world, &recorder)).expect("a state");
        flooded.run_to((&mut world, &mut recorder), flooded.end_s());
        digest(&world, &recorder)
    });
    assert_eq!(branched, whole);
}

#[test]
fn the_ways_of_a_network_are_those_of_its_parts() {
    let case = case(None);
    let network = &case.city.network;
    assert!(RoutingGraph::of_network(network, TurnPenalties::default()) == case.city.routing);
    // A road that is closed cannot be turned into, and can be left.
    let mut closed = network.clone();
    let middle = network
        .links
        .enumerate()
        .find(|(link, column)| {
            let is_in = network.movements.iter().any(|movement| movement.to == *link);
            column.kind == LinkKind::Road && is_in && !network.movements_from[*link].is_empty()
        })
        .map(|(link, _)| link)
        .expect("a road between two junctions");
    let all = sim_core::units::ClassSet::ALL;
    roads::RoadChange { closed: vec![(middle, all)], ..roads::RoadChange::default() }.apply(&mut closed);
    let graph = RoutingGraph::of_network(&closed, TurnPenalties::default());
    let car = sim_core::units::VehicleClass::Car;
    for movement in network.movements.iter() {
        let was = case.city.routing.connects(car, movement.from, movement.to);
        assert_eq!(graph.connects(car, movement.from, movement.to), was && movement.to != middle);
    }
}

#[test]
fn every_shipped_variant_can_be_read() {
    let source = Source::shipped().expect("the library");
    let base = read_shipped().expect("the shipped scenario");
    let names = what_if::names(&source);
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let mut loaded = base.clone();
        what_if::apply(&mut loaded, source.clone(), &name).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        assert!(loaded.is_other_from_start || !loaded.run.changes.is_empty(), "{name} changes nothing");
    }
}

/// The problems of the shipped scenario with a what-if file of one's own.
fn problems(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("city");
    copy_embedded(&path).expect("a copy");
    fs::write(path.join("what-if/mine.toml"), text).expect("a file");
    let source = Source::Disk(Path::new(&path).to_owned());
    let mut loaded = read_source(source.clone()).expect("the scenario");
    what_if::apply(&mut loaded, source, "mine").expect_err("mistakes").to_string()
}

#[test]
fn mistakes_of_a_what_if_file_come_all_together() {
    let text = r#"
[[changes]]
from = "25 o'clock"
until = "16:30"
days = "blursday"
closure = { links = ["ltk:leduan-phanboicau"], informed_share = 1.5 }

[[changes]]
from = "19:00"
speed_limit = { links = ["hbt:quansu-phanboichau"], kmh = 400 }

[[changes]]
until = "16:00"
turn_ban = { from = "batrieu:hbt-ltk", to = "batrieu:hbt-ltk" }

[[changes]]
lane_use = { link = "batrieu:hbt-ltk", lanes = [4], allow = ["buss"] }

[[changes]]
signal = { signals = ["hbt-batrieu"], greens_s = [3, 60] }

[[changes]]
lighting = { program = "third_of" }
"#;
    let told = problems(text);
    let expected = [
        ":2: ",
        "25 o'clock",
        "changes[0].until = \"16:30\": lies before the run begins",
        "changes[0].days = \"blursday\"",
        "did you mean \"ltk:leduan-phanboichau\"?",
        "0 to 1",
        ":8: ",
        "after the end of the run",
        "1 to 200",
        "before the run begins",
        "no turn leads there",
        "1 (at the kerb) to 3",
        "did you mean \"bus\"?",
        "the first green is out of range",
        "did you mean \"third_off\"?",
    ];
    for words in expected {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
}

#[test]
fn changes_that_contradict_each_other_are_refused() {
    let text = r#"
[[changes]]
from = "17:00"
until = "17:30"
speed_limit = { links = ["batrieu:hbt-ltk"], kmh = 30 }

[[changes]]
from = "17:20"
speed_limit = { links = ["all"], kmh = 20 }

[[changes]]
from = "17:00"
signal = { signals = ["hbt-batrieu"], mode = "flashing" }

[[changes]]
from = "17:10"
signal = { signals = ["hbt-batrieu", "hbt-hangbai"], greens_s = [30, 50] }
"#;
    let told = problems(text);
    for words in [":7: ", "a lane of batrieu:hbt-ltk", "line 2", ":15: ", "signal hbt-batrieu", "line 11"] {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
}
