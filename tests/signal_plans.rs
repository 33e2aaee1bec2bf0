//! Plans of random junctions: what is written and read again is the same plan, gives no crossing greens, and keeps every
//! minimum; what is unsafe is not read.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

#[path = "support/folder.rs"]
mod folder;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use scenarios::loaded::Loaded;
use scenarios::read::folder::read_folder;
use scenarios::signals::export::{self, Target};
use scenarios::signals::safety::findings;
use scenarios::signals::timing::Meetings;
use sim_core::ids::SignalId;
use sim_core::signals::SignalPlan;

use folder::copy;

/// A junction with arms in some directions, and a plan.
#[derive(Clone, Debug)]
struct Random {
    left_hand: bool,
    /// Directions in degrees, and lanes.
    arms: Vec<(f64, u32)>,
    /// Green, yellow, all red, and the parts of the green that are walk and clearance, by stage.
    times: Vec<(i64, i64, i64, f64, f64)>,
    /// Whether opposite arms share a stage.
    pairs: bool,
    /// Whether turns around the near corner go on into the next stage.
    overlaps: bool,
    offset_s: i64,
}

fn random() -> impl Strategy<Value = Random> {
    let arm = |base: f64| (-15.0..15.0_f64, 1..4_u32).prop_map(move |(off, lanes)| (base + off, lanes));
    let arms = prop_oneof![
        (arm(0.0), arm(90.0), arm(180.0)).prop_map(|(a, b, c)| vec![a, b, c]),
        (arm(0.0), arm(90.0), arm(180.0), arm(270.0)).prop_map(|(a, b, c, d)| vec![a, b, c, d]),
    ];
    let time = (8..50_i64, 3..6_i64, 0..4_i64, 0.0..0.5_f64, 0.0..0.5_f64);
    let times = proptest::collection::vec(time, 4);
    (any::<bool>(), arms, times, any::<bool>(), any::<bool>(), 0..200_i64).prop_map(
        |(left_hand, arms, times, pairs, overlaps, offset_s)| Random {
            left_hand,
            arms,
            times,
            pairs,
            overlaps,
            offset_s,
        },
    )
}

impl Random {
    /// Arms that have green together, in order.
    fn stages(&self) -> Vec<Vec<usize>> {
        let n = self.arms.len();
        if !self.pairs {
            return (0..n).map(|arm| vec![arm]).collect();
        }
        if n == 4 { vec![vec![0, 2], vec![1, 3]] } else { vec![vec![0, 2], vec![1]] }
    }

    /// Whether the way from one arm to another turns around the near corner.
    fn is_near(&self, from: usize, to: usize) -> bool {
        // From an arm one drives towards the centre: a right turn leaves where the next arm counter-clockwise lies.
        let degrees = (self.arms[to].0 - self.arms[from].0).rem_euclid(360.0);
        let is_right = (55.0..125.0).contains(&degrees);
        let is_left = (235.0..305.0).contains(&degrees);
        if self.left_hand { is_left } else { is_right }
    }

    fn write(&self, folder: &Path, extra: &str) {
        let net = folder.join("net");
        fs::create_dir_all(&net).unwrap();
        fs::write(folder.join("scenario.toml"), "schema = 1\nname = \"random\"\n[traffic]\ngmns = \"net\"\n").unwrap();
        let side = if self.left_hand { "left" } else { "right" };
        let config = format!(
            "short_length,long_length,speed,crs,geometry_field_format,driving_side\nmeter,meter,kph,local,wkt,{side}\n"
        );
        fs::write(net.join("config.csv"), config).unwrap();
        let mut nodes = String::from("node_id,x_coord,y_coord,node_type,ctrl_type\nC,0,0,,signal\n");
        let mut links = String::from("link_id,from_node_id,to_node_id,directed,lanes\n");
        let mut movements = String::from("mvmt_id,node_id,ib_link_id,ob_link_id\n");
        for (arm, (degrees, lanes)) in self.arms.iter().enumerate() {
            let (x, y) = (200.0 * degrees.to_radians().cos(), 200.0 * degrees.to_radians().sin());
            writeln!(nodes, "N{arm},{x:.2},{y:.2},external,").unwrap();
            writeln!(links, "in{arm},N{arm},C,1,{lanes}\nout{arm},C,N{arm},1,{lanes}").unwrap();
            for to in (0..self.arms.len()).filter(|to| *to != arm) {
                writeln!(movements, "{arm}>{to},C,in{arm},out{to}").unwrap();
            }
        }
        fs::write(net.join("node.csv"), nodes).unwrap();
        fs::write(net.join("link.csv"), links).unwrap();
        fs::write(net.join("movement.csv"), movements).unwrap();
        let stages = self.stages();
        let cycle: i64 = self.times[..stages.len()].iter().map(|time| time.0 + time.1 + time.2).sum();
        let head =
            "junction_id,plan,days,cycle_s,offset_s,stage,movements,green_s,yellow_s,all_red_s,walk_s,ped_clear_s";
        let mut sheet = format!("{head}\n");
        for (index, arms) in stages.iter().enumerate() {
            let mut ids: Vec<String> = Vec::new();
            for &from in arms {
                ids.extend((0..self.arms.len()).filter(|to| *to != from).map(|to| format!("{from}>{to}")));
            }
            if self.overlaps {
                let before = &stages[(index + stages.len() - 1) % stages.len()];
                for &from in before.iter().filter(|arm| !arms.contains(arm)) {
                    ids.extend(
                        (0..self.arms.len()).filter(|&to| self.is_near(from, to)).map(|to| format!("{from}>{to}")),
                    );
                }
            }
            if index == 0 && !extra.is_empty() {
                ids.push(extra.to_owned());
            }
            let (green, yellow, all_red, walk, clear) = self.times[index];
            let (walk, clear) = ((walk * green as f64).floor(), (clear * green as f64).floor());
            let movements = ids.join(" ");
            let offset = self.offset_s;
            writeln!(
                sheet,
                "C,p,mon-fri,{cycle},{offset},s{index},{movements},{green},{yellow},{all_red},{walk},{clear}"
            )
            .unwrap();
        }
        fs::write(net.join("signal_stages.csv"), sheet).unwrap();
    }
}

fn plan(loaded: &Loaded) -> SignalPlan {
    let plan = loaded.signals.plans.as_slice()[0].clone();
    SignalPlan { offset_ms: plan.offset_ms.rem_euclid(plan.cycle_ms()), ..plan }
}

/// Exports, puts the tables in the place of the old ones, and reads.
fn there_and_back(loaded: &Loaded, folder: &Path, target: Target) -> Loaded {
    let again = tempfile::tempdir().unwrap();
    copy(folder, again.path());
    fs::remove_file(again.path().join("net/signal_stages.csv")).unwrap();
    export::write(loaded, &[SignalId(0)], target, &again.path().join("net")).unwrap();
    read_folder(again.path()).unwrap_or_else(|problems| panic!("{target:?}: {problems}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_written_and_read_again_are_the_same_and_safe(junction in random()) {
        let dir = tempfile::tempdir().unwrap();
        junction.write(dir.path(), "");
        let loaded = read_folder(dir.path()).unwrap_or_else(|problems| panic!("{problems}"));
        let meetings = Meetings::new(&loaded.parts);
        for target in [Target::Stages, Target::Gmns] {
            let again = there_and_back(&loaded, dir.path(), target);
            prop_assert_eq!(plan(&loaded), plan(&again), "{:?}", target);
            prop_assert_eq!(&loaded.parts, &again.parts);
            prop_assert_eq!(findings(&again.parts, &meetings, SignalId(0), &plan(&again)), vec![]);
            if target == Target::Stages {
                prop_assert_eq!(&loaded.sheets, &again.sheets);
            }
        }
    }

    #[test]
    fn a_through_movement_beside_crossing_ones_is_not_read(junction in random()) {
        // Straight on from the arm that has the second stage, where it has a way straight on.
        prop_assume!(junction.arms.len() == 4);
        let dir = tempfile::tempdir().unwrap();
        junction.write(dir.path(), "1>3");
        let said = read_folder(dir.path()).unwrap_err().to_string();
        prop_assert!(said.contains("together, and their ways cross"), "{}", said);
    }
}
