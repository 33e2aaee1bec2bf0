//! Native scenario folders: what a good one gives, what bad ones say, and writing and reading again.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

#[path = "../../tests/support/folder.rs"]
mod folder;

use std::fs;
use std::path::{Path, PathBuf};

use scenarios::demand::{Departures, Journey, TypeChoice};
use scenarios::loaded::Loaded;
use scenarios::read::folder::read_folder;
use scenarios::read::gmns::check::check;
use scenarios::write::gmns::write_gmns;
use sim_core::network::parts::{Control, JunctionKind, LinkKind, Turn};
use sim_core::units::VehicleClass;

use folder::copy;

fn cross() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cross")
}

/// What reading says after one text in one file was replaced.
fn said_after(file: &str, old: &str, new: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{file} has no {old:?}");
    fs::write(&path, text.replacen(old, new, 1)).unwrap();
    match read_folder(dir.path()) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string().replace(&format!("{}/", dir.path().display()), ""),
    }
}

fn link(loaded: &Loaded, id: &str) -> usize {
    loaded.names.links.iter().position(|name| name == id).unwrap()
}

/// Entry connectors from one link to another.
fn entries(loaded: &Loaded, from: &str, to: &str) -> Vec<usize> {
    let (from, to) = (link(loaded, from), link(loaded, to));
    (0..loaded.parts.connectors.len())
        .filter(|&index| {
            let connector = &loaded.parts.connectors[index];
            connector.from.link.index() == from && connector.leads_to.link.index() == to
        })
        .collect()
}

#[test]
fn the_crossing_is_read() {
    let loaded = read_folder(&cross()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.run.begin.0, 60_300_000);
    assert_eq!(loaded.run.warm_up_ms, 900_000);
    assert_eq!(loaded.run.interval_ms, 300_000);
    // The western arm is split where its pocket begins.
    assert_eq!(&loaded.names.links[..9], ["we", "we#2", "ew", "ee", "ei", "si", "so", "ni", "no"]);
    assert_eq!(loaded.parts.links[1].lanes.len(), 3);
    let centre = loaded.names.junctions.iter().position(|name| name == "C").unwrap();
    assert_eq!(loaded.parts.junctions[centre].kind, JunctionKind::Signal);
    assert_eq!(loaded.names.junction_titles[centre], "Main / Side");
    // Half of the side street is 3.25 m wide, the stop line 3 m before it.
    let stop_line = *loaded.parts.links[1].lanes[0].shape_in_city_m.last().unwrap();
    assert!((stop_line[0] + 6.25).abs() < 1e-9, "{stop_line:?}");
    // Right-hand traffic: the kerb lane towards the east lies in the south, beyond the pocket of 3 m.
    assert!((stop_line[1] + 3.0 + 3.25 * 1.5).abs() < 1e-9, "{stop_line:?}");
    assert!((loaded.parts.links[0].lanes[0].length_m - 70.0).abs() < 1e-9);
    assert!((loaded.parts.links[1].lanes[0].length_m - 43.75).abs() < 1e-9);
    assert_eq!(loaded.stop_places.len(), 1);
    let notices: Vec<&str> = loaded.notices.iter().map(|notice| notice.message.as_str()).collect();
    assert!(notices.iter().any(|notice| notice.contains("movements were generated")), "{notices:?}");
}

#[test]
fn turns_wait_inside_and_yield_to_oncoming_traffic() {
    let loaded = read_folder(&cross()).unwrap();
    let parts = &loaded.parts;
    let left = entries(&loaded, "we#2", "no")[0];
    assert_eq!(parts.connectors[left].turn, Turn::Left);
    assert_eq!(parts.connectors[left].control, Control::Signal);
    assert!(parts.connectors[left].waits_inside);
    let inside = left + 1;
    assert_eq!(parts.connectors[inside].from, parts.connectors[left].to);
    assert!(parts.connectors[inside].signal.is_none());
    for oncoming in entries(&loaded, "ei", "ew") {
        let pair = |of: usize, foe: usize| {
            parts.conflicts.iter().find(|c| (c.of as usize, c.foe as usize) == (of, foe)).map(|c| c.yields)
        };
        assert_eq!(pair(inside, oncoming), Some(true));
        assert_eq!(pair(oncoming, inside), Some(false));
        assert_eq!(pair(left, oncoming), Some(true));
    }
    // Every pair has both orders, once.
    for conflict in &parts.conflicts {
        let n = parts.conflicts.iter().filter(|c| (c.of, c.foe) == (conflict.foe, conflict.of)).count();
        assert_eq!(n, 1, "{conflict:?}");
    }
    // The two through lanes run side by side on one internal link.
    let through = entries(&loaded, "we#2", "ee");
    assert_eq!(through.len(), 2);
    let lanes = [0, 1].map(|k| parts.connectors[through[k]].to);
    assert_eq!(lanes[0].link, lanes[1].link);
    let internal = &parts.links[lanes[0].link.index()];
    assert_eq!(internal.kind, LinkKind::Internal);
    assert_eq!(internal.lanes[0].length_m, internal.lanes[1].length_m);
    // A right turn around a corner of about 5 m is taken at √(5.5 r).
    let right = parts.connectors[entries(&loaded, "we#2", "so")[0]].to;
    let lane = &parts.links[right.link.index()].lanes[0];
    assert!(lane.speed_limit_mps > 4.0 && lane.speed_limit_mps < 7.0, "{}", lane.speed_limit_mps);
}

#[test]
fn stages_become_letters() {
    let loaded = read_folder(&cross()).unwrap();
    let plan = &loaded.signals.plans.as_slice()[0];
    assert_eq!(plan.cycle_ms(), 90_000);
    assert_eq!(plan.offset_ms, 10_000);
    let durations: Vec<i64> = plan.phases.iter().map(|phase| phase.duration_ms).collect();
    assert_eq!(durations, [45_000, 3000, 2000, 35_000, 3000, 2000]);
    let letter = |from: &str, to: &str, phase: usize| {
        let head = loaded.parts.connectors[entries(&loaded, from, to)[0]].signal.unwrap().1;
        plan.phases[phase].aspects[usize::from(head)].letter()
    };
    let letters = |from: &str, to: &str| (0..6).map(|phase| letter(from, to, phase)).collect::<String>();
    assert_eq!(letters("we#2", "ee"), "Gyrrrr");
    assert_eq!(letters("we#2", "no"), "gyrrrr");
    assert_eq!(letters("si", "no"), "rrrGyr");
    // Green in both stages, and green through the change; it merges with nobody who goes first.
    let right = letters("we#2", "so");
    assert!(right.chars().all(|letter| letter == 'G' || letter == 'g'), "{right}");
}

#[test]
fn a_turn_that_stays_green_yields_until_oncoming_traffic_has_cleared() {
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    let head = "junction_id,cycle_s,stage,movements,green_s,yellow_s,all_red_s\n";
    let rows = "C,90,both,WL WT WR EL ET ER,30,3,2\nC,90,west,WL WT WR,15,3,2\nC,90,side,SL ST SR NL NT NR,30,3,2\n";
    fs::write(dir.path().join("net/signal_stages.csv"), format!("{head}{rows}")).unwrap();
    let loaded = read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = &loaded.signals.plans.as_slice()[0];
    let head = loaded.parts.connectors[entries(&loaded, "we#2", "no")[0]].signal.unwrap().1;
    let letters: String = plan.phases.iter().map(|phase| phase.aspects[usize::from(head)].letter()).collect();
    // Green, yellow and all red of the oncoming traffic; then an arrow of its own.
    assert_eq!(letters, "gggGyrrrr");
    write_gmns(&loaded, &dir.path().join("again")).unwrap();
    assert!(dir.path().join("again/signal_stages.csv").exists());
}

#[test]
fn an_embedded_folder_reads_as_the_one_on_disk() {
    use scenarios::read::source::Source;
    static TESTS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/tests");
    let embedded = Source::Embedded(TESTS.get_dir("cross").unwrap());
    let embedded = scenarios::read::folder::read_source(embedded).unwrap_or_else(|problems| panic!("{problems}"));
    let on_disk = read_folder(&cross()).unwrap();
    assert!(embedded.parts == on_disk.parts);
    assert_eq!(embedded.inputs, on_disk.inputs);
    assert_eq!(embedded.inputs[0].name, "scenario.toml");
}

#[test]
fn demand_tables_become_items() {
    let loaded = read_folder(&cross()).unwrap();
    let names: Vec<&str> = loaded.demand.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["t1", "t2", "t3", "od0.0", "od0.1", "od1.0", "B1"]);
    assert_eq!(loaded.names.types, ["scooter-125", "motorcycle", "car", "bus"]);
    assert_eq!(loaded.demand.types[0].length_m, 1.85);
    assert_eq!(loaded.demand.types[0].class, VehicleClass::Motorcycle);
    let route = |names: &[&str]| names.iter().map(|id| sim_core::ids::LinkId(link(&loaded, id) as u32)).collect();
    assert_eq!(loaded.demand.items[1].journey, Journey::Links(route(&["we", "we#2", "no"])));
    assert_eq!(loaded.demand.items[0].journey, Journey::Through(route(&["we", "ee"])));
    assert_eq!(loaded.demand.items[2].vehicle_type, TypeChoice::Drawn(0));
    let Departures::Poisson { begin, end, rate_per_s, .. } = loaded.demand.items[4].departures else { panic!() };
    assert_eq!((begin.s(), end.s()), (63_000.0, 64_800.0));
    assert!((rate_per_s - 400.0 / 3600.0).abs() < 1e-12);
    let bus = &loaded.demand.items[6];
    assert_eq!(
        bus.departures,
        Departures::Every { begin: sim_core::units::SimTime(60_600_000), period_s: 600.0, number: 7 }
    );
    assert_eq!(bus.stops.len(), 1);
    assert_eq!(bus.stops[0].lane, 0);
}

#[test]
fn written_and_read_again_it_is_the_same() {
    let loaded = read_folder(&cross()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    write_gmns(&loaded, &dir.path().join("net")).unwrap();
    fs::write(dir.path().join("scenario.toml"), "schema = 1\nname = \"again\"\n[traffic]\ngmns = \"net\"\n").unwrap();
    let again = read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"));
    for (index, (a, b)) in loaded.parts.links.iter().zip(&again.parts.links).enumerate() {
        assert_eq!(a, b, "link {index} {}", loaded.names.links[index]);
    }
    for (index, (a, b)) in loaded.parts.connectors.iter().zip(&again.parts.connectors).enumerate() {
        assert_eq!(a, b, "connector {index}");
    }
    assert_eq!(loaded.parts.links.len(), again.parts.links.len());
    assert!(loaded.parts == again.parts);
    assert!(dir.path().join("net/signal_stages.csv").exists());
    assert_eq!(loaded.signals, again.signals);
    assert_eq!(loaded.stop_places, again.stop_places);
    assert_eq!(loaded.names.links, again.names.links);
    assert_eq!(loaded.names.junction_titles, again.names.junction_titles);
}

#[test]
fn a_plan_without_stages_is_written_letter_by_letter() {
    let mut loaded = read_folder(&cross()).unwrap();
    let plan = &mut loaded.signals.plans.as_mut_slice()[0];
    plan.phases[1].aspects[0] = sim_core::signals::Aspect::RedYellow;
    let dir = tempfile::tempdir().unwrap();
    write_gmns(&loaded, &dir.path().join("net")).unwrap();
    assert!(dir.path().join("net/signal_state.csv").exists());
    fs::write(dir.path().join("scenario.toml"), "schema = 1\nname = \"again\"\n[traffic]\ngmns = \"net\"\n").unwrap();
    let again = read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.signals, again.signals);
    assert!(loaded.parts == again.parts);
}

#[test]
fn a_folder_is_made_around_a_sumo_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("bologna/run.sumocfg");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "<configuration/>").unwrap();
    let made = scenarios::write::scaffold::wrap_sumocfg(&dir.path().join("new"), &config).unwrap();
    let text = fs::read_to_string(made).unwrap();
    assert_eq!(text, "schema = 1\nname = \"bologna\"\n\n[traffic]\nsumo = \"../bologna/run.sumocfg\"\n");
    let said = scenarios::write::scaffold::wrap_sumocfg(&dir.path().join("new"), &config).unwrap_err().to_string();
    assert!(said.contains("is not empty"), "{said}");
}

#[test]
fn side_roads_yield_and_all_way_stops_yield_to_each_other() {
    let read_as = |control: &str| {
        let dir = tempfile::tempdir().unwrap();
        copy(&cross(), dir.path());
        let nodes = dir.path().join("net/node.csv");
        let text =
            fs::read_to_string(&nodes).unwrap().replace("intersection,signal", &format!("intersection,{control}"));
        fs::write(nodes, text).unwrap();
        fs::remove_file(dir.path().join("net/signal_stages.csv")).unwrap();
        read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"))
    };
    let controls = |loaded: &Loaded| {
        [("we#2", "ee"), ("we#2", "no"), ("si", "no"), ("si", "ew")]
            .map(|(from, to)| loaded.parts.connectors[entries(loaded, from, to)[0]].control)
    };
    use Control::{AllWayStop, Major, Minor, Stop};
    let stop = read_as("stop");
    assert_eq!(controls(&stop), [Major, Minor, Stop, Stop]);
    // Turns from the main road wait inside, those from the side road do not.
    let waits = |from: &str, to: &str| stop.parts.connectors[entries(&stop, from, to)[0]].waits_inside;
    assert!(waits("we#2", "no") && !waits("si", "ew"));
    assert_eq!(controls(&read_as("priority")), [Major, Minor, Minor, Minor]);
    let all_way = read_as("4_stop");
    assert_eq!(controls(&all_way), [AllWayStop; 4]);
    let centre: Vec<usize> = entries(&all_way, "we#2", "ee");
    assert!(all_way.parts.conflicts.iter().filter(|c| centre.contains(&(c.of as usize))).all(|c| c.yields));
}

#[test]
fn left_hand_traffic_is_the_mirror_image() {
    let right = read_folder(&cross()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    // Mirror the plane at the main street: what was south is north, left is right.
    let edit = |file: &str, pairs: &[(&str, &str)]| {
        let path = dir.path().join(file);
        let mut text = fs::read_to_string(&path).unwrap();
        for (old, new) in pairs {
            text = text.replace(old, new);
        }
        fs::write(path, text).unwrap();
    };
    edit("net/config.csv", &[("id_type", "id_type,driving_side"), ("string", "string,left")]);
    edit("net/node.csv", &[("S,,0,-120", "S,,0,+120"), ("N,,0,120", "N,,0,-120")]);
    edit("net/movement.csv", &[(",left,", ",LEFT,"), (",right,", ",left,"), (",LEFT,", ",right,")]);
    let left = read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(left.parts.left_hand);
    assert_eq!(left.parts.conflicts, right.parts.conflicts);
    assert_eq!(left.signals, right.signals);
    for (a, b) in left.parts.links.iter().zip(&right.parts.links) {
        for (a, b) in a.lanes.iter().zip(&b.lanes) {
            assert!((a.length_m - b.length_m).abs() < 1e-9);
            for (p, q) in a.shape_in_city_m.iter().zip(&b.shape_in_city_m) {
                assert!((p[0] - q[0]).abs() < 1e-9 && (p[1] + q[1]).abs() < 1e-9, "{p:?} {q:?}");
            }
        }
    }
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    for (file, old, new, expected) in [
        (
            "scenario.toml",
            "warm_up_s",
            "warmup_s",
            "scenario.toml:14: unknown key \"clock.warmup_s\"\n  hint: did you mean \"warm_up_s\"?",
        ),
        (
            "scenario.toml",
            "900",
            "nan",
            "scenario.toml:14: clock.warm_up_s = \"nan\": is out of range; allowed: a number from 0 to 86400",
        ),
        (
            "scenario.toml",
            "\"continuous\"",
            "\"lanes\"",
            "traffic.lateral = \"\\\"lanes\\\"\": is not legal; allowed: continuous, lane_instant",
        ),
        ("scenario.toml", "16:45", "16:75", "clock.begin = \"16:75\": is no time"),
        ("scenario.toml", "class = \"motorcycle\"", "class = \"motorcycel\"", "did you mean \"motorcycle\"?"),
        ("scenario.toml", "gmns = \"net/\"", "gmns = \"nett/\"", "nett/node.csv: cannot be read"),
        ("net/node.csv", "node_id,name", "node,name", "net/node.csv:1: the column \"node_id\" is missing"),
        ("net/node.csv", "C,,0,0", "C,,NaN,0", "net/node.csv:2: x_coord = \"NaN\": is not legal"),
        ("net/link.csv", "C,E,1", "C,X,1", "net/link.csv:4: to_node_id = \"X\": is no node"),
        (
            "net/segment_lane.csv",
            ",all,3",
            ",all,-3",
            "width = \"-3\": is not legal; allowed: a number from 0.5 to 100",
        ),
        ("net/movement.csv", "WL,C,we,-1,,no", "WL,C,we,-1,,nq", "net/movement.csv:2: ob_link_id = \"nq\": is no link"),
        ("net/movement.csv", "WL,C,we,-1", "WL,C,we,-2", "has no lane -2 there; allowed: -1, 1, 2"),
        (
            "net/signal_stages.csv",
            "ER,45",
            "ER,44",
            "net/signal_stages.csv:2: cycle_s = \"90\": the stages of the plan fill 89 s, not the cycle",
        ),
        (
            "net/movement.csv",
            "NR,C",
            "XX,C,ni,,,ew,,,right,\nNR,C",
            "movement \"XX\" has green in no stage of its signal",
        ),
        ("net/stops.csv", "60", "600", "end_m = \"600\": lies beyond the end"),
        (
            "trips.csv",
            "we no",
            "we so ni",
            "trips.csv:3: route = \"we so ni\": no movement leads from \"so\" to \"ni\"",
        ),
        ("trips.csv", "si,ew", "so,ew", "trips.csv:4: to_link = \"ew\": no way leads from \"so\" to \"ew\""),
        (
            "od.csv",
            "evening,peak",
            "evening,peek",
            "od.csv:2: profile = \"peek\": is no profile\n  hint: did you mean \"peak\"?",
        ),
    ] {
        let said = said_after(file, old, new);
        assert!(said.contains(expected), "{file}: {old:?} → {new:?}\nexpected {expected}\nsaid {said}");
    }
}

/// Reads the crossing with one cell after the other spoilt; every `stride`-th one.
fn spoil_cells(stride: usize) -> usize {
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    let mut cases = Vec::new();
    for folder in ["", "net"] {
        let files = fs::read_dir(dir.path().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "csv")) {
            let text = fs::read_to_string(&path).unwrap();
            let cells = text
                .lines()
                .enumerate()
                .flat_map(|(line, row)| row.split(',').enumerate().map(move |(cell, _)| (line, cell)));
            cases.extend(cells.map(|(line, cell)| (path.clone(), line, cell)));
        }
    }
    cases.sort();
    let words = ["", "-1", "0", "1e300", "NaN", "C", "we", "\"", "2"];
    let all = cases.iter().flat_map(|case| words.iter().map(move |word| (case, word)));
    all.step_by(stride).map(|((path, line, cell), word)| read_spoilt(dir.path(), path, (*line, *cell), word)).count()
}

/// Reads a folder with one cell spoilt; what comes out must be sound.
fn read_spoilt(folder: &Path, path: &Path, (line, cell): (usize, usize), word: &str) {
    let text = fs::read_to_string(path).unwrap();
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = rows[line].split(',').collect();
    cells[cell] = word;
    rows[line] = cells.join(",");
    fs::write(path, rows.join("\n")).unwrap();
    if let Ok(loaded) = read_folder(folder) {
        let is_sound = |lane: &sim_core::network::parts::LanePart| {
            lane.length_m > 0.0 && lane.speed_limit_mps > 0.0 && lane.shape_in_city_m.len() > 1
        };
        let mut lanes = loaded.parts.links.iter().flat_map(|link| &link.lanes);
        assert!(lanes.all(is_sound), "{} {}", path.display(), rows[line]);
    }
    fs::write(path, text).unwrap();
}

#[test]
fn no_spoilt_cell_makes_the_reader_panic() {
    let stride = std::env::var("CITYTWIN_SPOIL_STRIDE").ok().and_then(|stride| stride.parse().ok()).unwrap_or(17);
    assert!(spoil_cells(stride) > 100);
}

#[test]
fn a_missing_scenario_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let said = read_folder(dir.path()).unwrap_err().to_string();
    assert!(said.contains("scenario.toml: cannot be read"), "{said}");
}

#[test]
fn arlington_contradicts_itself() {
    let Ok(data) = std::env::var("CITYTWIN_DATA") else {
        eprintln!("skipped: CITYTWIN_DATA is not set");
        return;
    };
    let found = check(&Path::new(&data).join("gmns/arlington_signals"));
    let at_6: Vec<_> = found.rings.iter().filter(|ring| ring.controller == "6").collect();
    let sums: Vec<_> = at_6.iter().map(|ring| (ring.cycle_s, ring.ring_sums_s.clone(), ring.nema_sums_s)).collect();
    assert_eq!(
        sums,
        [
            (120.0, vec![(1, 79.0), (2, 161.0)], [120.0, 120.0]),
            (120.0, vec![(1, 86.0), (2, 154.0)], [120.0, 120.0]),
            (110.0, vec![(1, 74.0), (2, 146.0)], [110.0, 110.0]),
        ]
    );
    assert!(at_6.iter().all(|ring| !ring.fits() && ring.fits_by_number()));
    let text = found.to_string();
    for expected in [
        "lacks: no demand",
        "lacks: links with no number of lanes and no row in lane.csv: 71, 72",
        "lacks: signal nodes without a plan: 3",
        "plans without a cycle (actuated) are not simulated: 0",
        "do not fill the cycle of 120 s: ring 1 79 s, ring 2 161 s",
        "plan \"1\" belongs to controller \"6\", but phase numbers come again in it",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
}

/// The crossing with other words in the place of its vehicle type.
fn cross_with(types: &str) -> (tempfile::TempDir, Result<scenarios::loaded::Loaded, scenarios::error::Problems>) {
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    let path = dir.path().join("scenario.toml");
    let text = fs::read_to_string(&path).unwrap().replace("length_m = 1.85", types);
    fs::write(path, text).unwrap();
    let loaded = read_folder(dir.path());
    (dir, loaded)
}

#[test]
fn riders_are_drawn_by_seed_and_wrong_distributions_are_told_with_their_lines() {
    use scenarios::demand::build_loaded;
    let drawn = "tau_s = { distribution = \"uniform\", min = 0.6, max = 1.0 }\ncourtesy_m = 10";
    let loaded = cross_with(drawn).1.unwrap_or_else(|problems| panic!("{problems}"));
    let of = |seed| build_loaded(&loaded, seed).unwrap_or_else(|problems| panic!("{problems}"));
    let (one, again, other) = (of(1), of(1), of(2));
    assert!(one.demand == again.demand && one.demand.types != other.demand.types);
    let riders: Vec<f64> = one
        .demand
        .trips
        .iter()
        .map(|trip| &one.demand.types[trip.vehicle_type])
        .filter(|kind| kind.lateral.courtesy_m == 10.0)
        .map(|kind| kind.tau_s)
        .collect();
    assert!(!riders.is_empty() && riders.iter().all(|tau_s| (0.6..=1.0).contains(tau_s)), "{riders:?}");
    let others = one.demand.trips.iter().filter(|trip| trip.vehicle_type.0 as usize >= loaded.demand.types.len());
    assert_eq!(others.count(), riders.len(), "only the type with a distribution is drawn");

    let wrong = "tau_s = { distribution = \"uniform\", min = 1.0 }\n\
                 accel_mps2 = { distribution = \"normal\", mean = 90, deviation = 1 }\n\
                 width_m = { distribution = \"pareto\" }\npersons = { distribution = \"uniform\", min = 1, max = 2 }\n\
                 taus = 1.0\nlength_m = 99";
    let text = cross_with(wrong).1.unwrap_err().to_string();
    for (line, words) in [
        (24, "a uniform distribution lacks its limits"),
        (25, "a number from 0.1 to 15"),
        (26, "normal, uniform, lognormal"),
        (27, "has the wrong type"),
        (28, "did you mean \"tau_s\"?"),
        (29, "a number from 0.5 to 50"),
    ] {
        assert!(text.contains(words) && text.contains(&format!("scenario.toml:{line}")), "{words} in\n{text}");
    }
}
