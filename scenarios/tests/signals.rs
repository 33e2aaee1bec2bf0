//! Signals for planners: evaluation without simulation, stage sheets and their mistakes.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

#[path = "../../tests/support/folder.rs"]
mod folder;

use std::fs;
use std::path::{Path, PathBuf};

use scenarios::loaded::Loaded;
use scenarios::read::folder::read_folder;
use scenarios::signals::counts::{self, Counts};
use scenarios::signals::export::{self, Target};
use scenarios::signals::hcm::{self, Conditions, Evaluation, MovementRow, Settings};
use scenarios::signals::sites::{Role, Site, SiteControl, sites};
use sim_core::signals::hcm::roundabout::{Entry, Roundabout};
use sim_core::signals::hcm::two_way_stop::Major;
use sim_core::signals::hcm::{all_way_stop, delay, roundabout, two_way_stop};

use folder::copy;

fn cross() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cross")
}

/// What reading the crossing says with other stages in the place of its own, and files beside them.
fn said_of_stages(rows: &str, others: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    let head = "junction_id,plan,cycle_s,stage,movements,green_s,yellow_s,all_red_s,walk_s,ped_clear_s\n";
    fs::write(dir.path().join("net/signal_stages.csv"), format!("{head}{rows}")).unwrap();
    for (file, text) in others {
        fs::write(dir.path().join("net").join(file), text).unwrap();
    }
    match read_folder(dir.path()) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string().replace(&format!("{}/", dir.path().display()), ""),
    }
}

fn counted(loaded: &Loaded, text: &str) -> Result<(Vec<Site>, Counts), String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tmc.csv");
    fs::write(&file, text).unwrap();
    let sites = sites(&loaded.parts, &loaded.names);
    let counts = counts::read(&file, &sites, &loaded.names)
        .map_err(|problems| problems.to_string().replace(&format!("{}/", dir.path().display()), ""))?;
    Ok((sites, counts))
}

fn evaluated(loaded: &Loaded, text: &str) -> Evaluation {
    let (sites, counts) = counted(loaded, text).unwrap();
    hcm::evaluate(loaded, &sites, &counts, &Conditions::default(), &Settings::default(), None)
}

fn movement<'e>(evaluation: &'e Evaluation, turn: &str) -> &'e MovementRow {
    evaluation.movements.iter().find(|row| row.turn == turn).unwrap()
}

/// An hour at the crossing, by interval.
const BY_INTERVAL: &str = "\
junction_id,begin,EBL,EBT,EBR,WBL,WBT,WBR,NBL,NBT,NBR,SBL,SBT,SBR,EBT_heavy
C,17:00,10,100,10,12,110,8,20,40,10,8,50,12,5
C,17:15,12,120,14,10,120,10,22,44,12,10,54,10,6
C,17:30,12,130,16,14,130,10,26,50,14,12,60,14,6
C,17:45,10,110,10,12,120,12,20,42,10,10,52,12,5
";

#[test]
fn approaches_turns_and_lanes_are_those_of_the_street() {
    let loaded = read_folder(&cross()).unwrap();
    let sites = sites(&loaded.parts, &loaded.names);
    let site = sites.iter().find(|site| site.id == "C").unwrap();
    assert!(matches!(site.control, SiteControl::Signal(_)));
    let directions: Vec<&str> = site.approaches.iter().map(|approach| approach.direction).collect();
    assert_eq!(directions, ["NB", "EB", "SB", "WB"]);
    assert_eq!(site.approaches[0].opposing, Some(2));
    let lanes: Vec<Vec<Role>> =
        site.approaches[1].lanes.iter().map(|lane| lane.roles.iter().copied().collect()).collect();
    assert_eq!(lanes, [vec![Role::Through, Role::Near], vec![Role::Through], vec![Role::Across]]);
    assert_eq!(site.movements.iter().filter(|movement| movement.role == Role::Near).count(), 4);
}

#[test]
fn a_lane_group_has_the_delay_of_the_closed_form() {
    let loaded = read_folder(&cross()).unwrap();
    let evaluation = evaluated(&loaded, BY_INTERVAL);
    // The peak-hour factor of the counts: 1,526 in the hour, 478 in the third quarter (× 4).
    let total: f64 = evaluation.movements.iter().map(|row| row.volume_vph).sum();
    let junction = &evaluation.junctions[0];
    assert!((junction.peak_hour_factor - total / (4.0 * 488.0)).abs() < 1e-9, "{} {total}", junction.peak_hour_factor);
    assert_eq!((junction.cycle_s, junction.begin_s), (Some(90.0), 61_200.0));
    // The left-turn pocket towards the north: one lane, permitted against two lanes of oncoming traffic.
    let group = |lanes: &str, approach: &str| {
        evaluation.lane_groups.iter().find(|row| row.approach == approach && row.lane_group == lanes).unwrap()
    };
    let through = group("T", "EB");
    assert_eq!((through.lanes, through.green_s), (1, Some(45.0)));
    assert_eq!(movement(&evaluation, "EBT").lane_groups, "T TR");
    let [flow, capacity, saturation] =
        [Some(through.flow_vph), through.capacity_vph, through.saturation_vphpl].map(Option::unwrap);
    assert!((capacity - saturation * 45.0 / 90.0).abs() < 1e-6);
    // 22 of 460 vehicles straight on are heavy as counted, 3 % of 50 right turns as assumed (Equation 19-10).
    let heavy = (22.0 + 0.03 * 50.0) / 510.0;
    assert!((saturation - 1900.0 * (1.0 - 0.78 * heavy)).abs() < 1e-6, "{saturation}");
    let x = flow / capacity;
    let d1 = 0.5 * 90.0 * 0.25 / (1.0 - x * 0.5);
    let d2 = 225.0 * ((x - 1.0) + ((x - 1.0) * (x - 1.0) + 4.0 * x / (capacity * 0.25)).sqrt());
    assert!((through.uniform_delay_s.unwrap() - d1).abs() < 1e-9, "{through:?} {d1}");
    assert!((through.incremental_delay_s.unwrap() - d2).abs() < 1e-9, "{through:?} {d2}");
    assert!((delay::uniform_s(90.0, 45.0, x, 0.5) - d1).abs() < 1e-9);
    let left = group("L", "EB");
    assert!(
        left.saturation_vphpl.unwrap() < 1000.0 && left.control_delay_s.unwrap() > through.control_delay_s.unwrap()
    );
    // Every crossing has time for walk and clearance.
    assert_eq!(evaluation.crossings.len(), 4);
    assert!(evaluation.crossings.iter().all(|row| row.is_enough), "{:?}", evaluation.crossings);
}

#[test]
fn both_layouts_give_the_same() {
    let loaded = read_folder(&cross()).unwrap();
    let head: Vec<&str> = BY_INTERVAL.lines().next().unwrap().split(',').collect();
    let mut rows = String::from("intersection,start,approach,turn,volume,heavy\n");
    for line in BY_INTERVAL.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        for (name, cell) in head[2..14].iter().zip(&cells[2..14]) {
            let heavy = if *name == "EBT" { cells[14] } else { "" };
            rows.push_str(&format!("C,{},{},{},{cell},{heavy}\n", cells[1], &name[..2], &name[2..]));
        }
    }
    let (one, other) = (evaluated(&loaded, BY_INTERVAL), evaluated(&loaded, &rows));
    assert_eq!(one.movements, other.movements);
    assert_eq!(one.junctions[0].control_delay_s, other.junctions[0].control_delay_s);
    // More traffic, more delay.
    let more = evaluated(&loaded, &BY_INTERVAL.replace(",130,16,", ",330,16,"));
    assert!(movement(&more, "EBT").control_delay_s > movement(&one, "EBT").control_delay_s);
}

#[test]
fn mistakes_of_counts_are_told_together() {
    let loaded = read_folder(&cross()).unwrap();
    let text = "junction_id,begin,NBL,NET,NBT\nC,7:00,1,2,3\nC,7:00,1,0,3\nD,7:15,1,0,3\nC,7:30,-1,0,3\nC,late,1,0,3\n";
    let said = counted(&loaded, text).unwrap_err();
    assert!(said.contains("tmc.csv:1: unknown column \"NET\"\n  hint: did you mean \"NBT\"?"), "{said}");
    let said = counted(&loaded, &text.replace("NET", "NEBT")).unwrap_err();
    for expected in [
        "tmc.csv:3: begin = \"7:00\": the interval of \"C\" is counted twice, first in line 2",
        "tmc.csv:4: junction_id = \"D\": is no junction of the network where traffic meets",
        "tmc.csv:5: NBL = \"-1\": is no count; allowed: a number from 0 up",
        "tmc.csv:6: begin = \"late\": is no time",
    ] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
    let rows = "junction_id,begin,end,approach,turn,count\nC,7:00,7:15,NB,left,4\nC,7:00,7:15,NB,left,5\n\
                C,7:00,7:15,NX,left,5\nC,7:10,7:20,NB,left,5\nC,7:15,7:00,NB,right,5\nC,7:00,7:15,NB,back,1\n";
    let said = counted(&loaded, rows).unwrap_err();
    for expected in [
        "tmc.csv:3: turn = \"left\": NBL of \"C\" is counted twice in this interval, first in line 2",
        "tmc.csv:4: approach = \"NX\": junction \"C\" has no approach \"NX\"; allowed: NB (link si), EB (link we#2)",
        "overlaps the one in line 2",
        "tmc.csv:6: end = \"7:00\": is not after the begin",
        "tmc.csv:7: turn = \"back\": is no turn",
    ] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
}

#[test]
fn unsafe_stages_are_told_with_their_lines() {
    let said = said_of_stages(
        "C,1,90,main,WL WT WR EL ET ER ST,45,3,2,40,12\nC,1,90,side,SL ST SR NL NT NR,35,0,0,8,14\n",
        &[],
    );
    for expected in [
        "net/signal_stages.csv:2: movements = \"WL WT WR EL ET ER ST\": stage \"main\" gives green to \"WT\" and \"ST\" \
         together, and their ways cross",
        "net/signal_stages.csv:2: green_s = \"45\": is shorter than walk_s + ped_clear_s, which are 52 s; allowed: at least 52",
        "net/signal_stages.csv:2: cycle_s = \"90\": the stages of the plan fill 85 s, not the cycle",
        "net/signal_stages.csv:3: yellow_s + all_red_s = \"0\": no intergreen: \"WL\" of stage \"main\" turns green the \
         instant \"SL\" of stage \"side\" ends",
    ] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
}

#[test]
fn the_intergreen_matrix_binds() {
    let stages = "C,1,90,main,WL WT WR EL ET ER,45,3,2,,\nC,1,90,side,SL ST SR NL NT NR,35,3,2,,\n";
    assert_eq!(said_of_stages(stages, &[]), "");
    let matrix = "junction_id,mvmt_id,foe_mvmt_id,intergreen_s\nC,WT,ST,6\nC,WT,XX,5\n";
    let said = said_of_stages(stages, &[("signal_intergreen.csv", matrix)]);
    for expected in [
        "signal_intergreen.csv:3: foe_mvmt_id = \"XX\": is no movement",
        "net/signal_stages.csv:2: yellow_s + all_red_s = \"5\": from \"WT\" to \"ST\" signal_intergreen.csv asks for 6 s, \
         stage \"main\" leaves 5 s",
        "signal_intergreen.csv gives no intergreen from WL to SL, WL to ST, WL to NL",
    ] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
}

#[test]
fn rings_that_do_not_meet_at_a_barrier_are_told() {
    let dir = tempfile::tempdir().unwrap();
    copy(&cross(), dir.path());
    let loaded = read_folder(dir.path()).unwrap();
    let signals = export::chosen(&loaded, &[]).unwrap();
    let net = dir.path().join("net");
    export::write(&loaded, &signals, Target::Gmns, &net).unwrap();
    fs::remove_file(net.join("signal_stages.csv")).unwrap();
    let phases = "timing_phase_id,timing_plan_id,signal_phase_num,min_green,clearance,ring,barrier,position\n\
                  1,C:plan,1,45,5,1,1,1\n2,C:plan,2,35,5,1,2,2\n5,C:plan,5,40,5,2,1,1\n6,C:plan,6,40,5,2,2,2\n";
    fs::write(net.join("signal_timing_phase.csv"), phases).unwrap();
    let movements = "signal_phase_mvmt_id,timing_phase_id,mvmt_id,protection\n\
                     a,1,WL,permitted\nb,1,WT,protected\nc,1,WR,protected\nd,5,EL,permitted\ne,5,ET,protected\nf,5,ER,protected\n\
                     g,2,SL,permitted\nh,2,ST,protected\ni,2,SR,protected\nj,6,NL,permitted\nk,6,NT,protected\nl,6,NR,protected\n";
    fs::write(net.join("signal_phase_mvmt.csv"), movements).unwrap();
    let said = read_folder(dir.path()).unwrap_err().to_string();
    assert!(
        said.contains(
            "the rings of controller C do not meet at the end of barrier 1: ring 1 after 50 s, ring 2 after 45 s"
        ),
        "{said}"
    );
    // With barriers that fit, the plan runs; a phase of the side street beside the main street is told.
    fs::write(
        net.join("signal_timing_phase.csv"),
        phases.replace(",40,5,2,1", ",45,5,2,1").replace(",40,5,2,2", ",35,5,2,2"),
    )
    .unwrap();
    assert!(read_folder(dir.path()).is_ok());
    fs::write(net.join("signal_phase_mvmt.csv"), movements.replace("e,5,ET", "e,5,ST").replace("h,2,ST", "h,2,ET"))
        .unwrap();
    let said = read_folder(dir.path()).unwrap_err().to_string();
    assert!(said.contains("phases give green to \"WT\" and \"ST\" together, and their ways cross"), "{said}");
}

#[test]
fn an_unsafe_plan_is_not_written() {
    let mut loaded = read_folder(&cross()).unwrap();
    let plan = &mut loaded.signals.plans.as_mut_slice()[0];
    for aspect in &mut plan.phases[0].aspects {
        *aspect = sim_core::signals::Aspect::Green;
    }
    let dir = tempfile::tempdir().unwrap();
    let signals = export::chosen(&loaded, &[]).unwrap();
    let target = dir.path().join("out");
    let said = export::write(&loaded, &signals, Target::Sumo, &target).unwrap_err().to_string();
    assert!(said.contains("are green together, and their ways cross"), "{said}");
    assert!(!target.exists());
    let said = export::chosen(&loaded, &["D".to_owned()]).unwrap_err().to_string();
    assert!(said.contains("\"D\" is no signal"), "{said}");
}

#[test]
fn the_page_holds_everything() {
    let loaded = read_folder(&cross()).unwrap();
    let signals = export::chosen(&loaded, &[]).unwrap();
    let files = export::files(&loaded, &signals, Target::Html).unwrap();
    let page = String::from_utf8(files[0].1.clone()).unwrap();
    for expected in ["Main / Side (C)", "Cycle 90 s. Offset 10 s", "<svg", "Intergreens", "not calibrated", ">12</td>"]
    {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
}

/// Networks of others with plans of theirs: safe as they are, and the same after SUMO's format.
#[test]
fn plans_of_sumo_networks_are_safe_and_come_back_from_tl_logic() {
    let Ok(data) = std::env::var("CITYTWIN_DATA") else {
        eprintln!("skipped: CITYTWIN_DATA is not set");
        return;
    };
    for name in ["cologne1", "cologne3", "ingolstadt1"] {
        let folder = Path::new(&data).join("sumo/resco").join(name);
        let read = |path: &Path| scenarios::read::read(path).unwrap_or_else(|problems| panic!("{problems}"));
        let loaded = read(&folder.join(format!("{name}.sumocfg")));
        let signals = export::chosen(&loaded, &[]).unwrap();
        assert_eq!(export::unsafe_plans(&loaded, &signals).list, [], "{name}");
        let dir = tempfile::tempdir().unwrap();
        export::write(&loaded, &signals, Target::Sumo, dir.path()).unwrap();
        let config = format!(
            "<configuration><input><net-file value=\"{0}/{name}.net.xml\"/><route-files value=\"{0}/{name}.rou.xml\"/>\
             <additional-files value=\"signals.add.xml\"/></input></configuration>",
            folder.display()
        );
        let again = dir.path().join("run.sumocfg");
        fs::write(&again, config).unwrap();
        assert_eq!(loaded.signals, read(&again).signals, "{name}");
        // The tables with their network are a scenario of their own, with the same letters.
        let net = dir.path().join("net");
        export::write(&loaded, &signals, Target::Stages, &net).unwrap();
        let toml = "schema = 1\nname = \"again\"\n[traffic]\ngmns = \"net\"\n";
        fs::write(dir.path().join("scenario.toml"), toml).unwrap();
        let again = read(dir.path());
        for (position, plan) in loaded.signals.plans.as_slice().iter().enumerate() {
            let id = &loaded.names.signals[position];
            let at = again.names.signals.iter().position(|other| other == id).unwrap();
            let found = &again.signals.plans.as_slice()[at];
            assert_eq!(plan.phases, found.phases, "{name} {id}");
            assert_eq!((plan.offset_ms - found.offset_ms).rem_euclid(plan.cycle_ms()), 0, "{name} {id}");
        }
    }
}

/// Left, through and right from the west, east, south and north, for an hour; the peak-hour factor is 1.
const HOUR: &str = "\
junction_id,EBL,EBT,EBR,WBL,WBT,WBR,NBL,NBT,NBR,SBL,SBT,SBR,heavy_pct
C,33,250,50,66,300,100,44,132,55,11,110,28,10
";

/// Four streets that meet at C, or at a ring around it; the streets from west and east go first.
fn star(kind: &str) -> (tempfile::TempDir, Loaded) {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    fs::create_dir_all(&net).unwrap();
    fs::write(dir.path().join("scenario.toml"), "schema = 1\nname = \"star\"\n[traffic]\ngmns = \"net\"\n").unwrap();
    let config = "short_length,long_length,speed,crs\nmeter,meter,kph,local\n";
    fs::write(net.join("config.csv"), config).unwrap();
    let mut nodes = String::from("node_id,x_coord,y_coord,node_type,ctrl_type\n");
    let mut links = String::from("link_id,from_node_id,to_node_id,directed,lanes,facility_type\n");
    let arms = [("E", 1.0, 0.0), ("N", 0.0, 1.0), ("W", -1.0, 0.0), ("S", 0.0, -1.0)];
    let is_ring = kind == "ring";
    if !is_ring {
        nodes.push_str(&format!("C,0,0,,{kind}\n"));
    }
    for (index, (name, x, y)) in arms.iter().enumerate() {
        nodes.push_str(&format!("{name},{},{},external,\n", 200.0 * x, 200.0 * y));
        let inner = if is_ring { if index == 0 { "C".to_owned() } else { format!("R{name}") } } else { "C".to_owned() };
        if is_ring {
            nodes.push_str(&format!("{inner},{},{},,\n", 20.0 * x, 20.0 * y));
            let next = ["RN", "RW", "RS", "C"][index];
            links.push_str(&format!("ring{index},{inner},{next},1,1,roundabout\n"));
        }
        let class = if *y == 0.0 { "primary" } else { "residential" };
        links.push_str(&format!("in{name},{name},{inner},1,1,{class}\nout{name},{inner},{name},1,1,{class}\n"));
    }
    fs::write(net.join("node.csv"), nodes).unwrap();
    fs::write(net.join("link.csv"), links).unwrap();
    let loaded = read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"));
    (dir, loaded)
}

fn evaluated_hour(loaded: &Loaded) -> Evaluation {
    let (sites, counts) = counted(loaded, HOUR).unwrap();
    let mut settings = Settings::default();
    settings.assumed.peak_hour_factor = Some(1.0);
    hcm::evaluate(loaded, &sites, &counts, &Conditions::default(), &settings, None)
}

#[track_caller]
fn near(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{found} instead of {expected}");
}

#[test]
fn signs_on_the_side_road_are_the_manuals_two_way_stop() {
    let (_dir, loaded) = star("stop");
    let found = evaluated_hour(&loaded);
    assert_eq!(found.junctions[0].control, "two-way stop");
    let major = Major { left_pocket: Some(0), ..Major::default() };
    let expected = two_way_stop::analyze(&two_way_stop::Junction {
        // West first (movements 1 to 3), then east; the south has the west on its left.
        flows_vph: [33.0, 250.0, 50.0, 66.0, 300.0, 100.0, 44.0, 132.0, 55.0, 11.0, 110.0, 28.0],
        heavy_share: 0.1,
        major: [major; 2],
        lane_width_m: 3.25,
        ..two_way_stop::Junction::default()
    });
    near(movement(&found, "EBL").control_delay_s, expected.major_left[0].control_delay_s);
    near(movement(&found, "WBL").capacity_vph, expected.major_left[1].capacity_vph);
    near(movement(&found, "NBT").control_delay_s, expected.minor[0][0].control_delay_s);
    near(movement(&found, "SBR").volume_to_capacity, expected.minor[1][0].volume_to_capacity);
    near(found.junctions[0].control_delay_s, expected.control_delay_s);
    let delay =
        |direction: &str| found.approaches.iter().find(|row| row.approach == direction).unwrap().control_delay_s;
    near(delay("EB"), expected.approach_delays_s[0]);
    near(delay("NB"), expected.approach_delays_s[2]);
    assert_eq!(movement(&found, "EBT").level_of_service, None);
    assert_eq!(movement(&found, "NBT").level_of_service, Some(expected.minor[0][0].level.letter()));
}

#[test]
fn stops_on_all_approaches_are_the_manuals_all_way_stop() {
    let (_dir, loaded) = star("all_way_stop");
    let found = evaluated_hour(&loaded);
    let approach = |left_vph: f64, through_vph: f64, right_vph: f64| all_way_stop::Approach {
        lanes: vec![all_way_stop::LaneDemand { left_vph, through_vph, right_vph }],
        heavy_share: 0.1,
    };
    let approaches = [
        approach(44.0, 132.0, 55.0),
        approach(33.0, 250.0, 50.0),
        approach(11.0, 110.0, 28.0),
        approach(66.0, 300.0, 100.0),
    ];
    let expected = all_way_stop::analyze(&all_way_stop::Junction { approaches, period_h: 0.25 });
    for (index, turn) in ["NBL", "EBT", "SBR", "WBT"].into_iter().enumerate() {
        near(movement(&found, turn).control_delay_s, expected.lanes[index][0].control_delay_s);
    }
    near(found.junctions[0].control_delay_s, expected.control_delay_s);
    assert_eq!(found.junctions[0].level_of_service, Some(expected.level.letter()));
}

#[test]
fn a_ring_is_the_manuals_roundabout() {
    let (_dir, loaded) = star("ring");
    let found = evaluated_hour(&loaded);
    assert_eq!(found.junctions[0].control, "roundabout");
    let entry = |left: f64, through: f64, right: f64| Entry {
        demand_vph: vec![right, through, left, 0.0],
        heavy_share: 0.1,
        n_lanes: 1,
        circulating_lanes: 1,
        ..Entry::default()
    };
    // Counter-clockwise from the east: westbound traffic enters there.
    let entries =
        vec![entry(66.0, 300.0, 100.0), entry(11.0, 110.0, 28.0), entry(33.0, 250.0, 50.0), entry(44.0, 132.0, 55.0)];
    let expected =
        roundabout::analyze(&Roundabout { entries, period_h: 0.25, calibrated_s: None, has_whole_flows: false });
    for (index, turn) in ["WBT", "SBL", "EBR", "NBT"].into_iter().enumerate() {
        near(movement(&found, turn).control_delay_s, expected.entries[index].control_delay_s);
        near(movement(&found, turn).volume_to_capacity, expected.entries[index].lanes[0].volume_to_capacity);
    }
    near(found.junctions[0].control_delay_s, expected.control_delay_s);
}
