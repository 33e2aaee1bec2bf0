//! `citytwin compare` as users meet it: one warm-up for all variants, finished runs kept, thresholds, and what cannot
//! be compared.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn citytwin_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_citytwin"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("the command starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("output is UTF-8")
}

/// Three minutes around the beginning of the shipped variant.
const TIMES: [&str; 5] = ["--begin", "17:31", "--duration", "180", "--warm-up=0"];

/// A copy of the shipped scenario with one more variant, that changes nothing.
fn scenario(folder: &Path) {
    assert!(citytwin_in(folder, &["new", "city"]).status.success());
    fs::write(folder.join("city/what-if/nothing.toml"), "title = \"Nothing\"\nchanges = []\n").expect("a file");
}

#[test]
fn a_branched_variant_is_the_variant_and_a_null_variant_differs_in_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    scenario(folder.path());
    let variants = ["--variants", "nothing,outage-at-dusk", "--seeds", "2", "-o", "out"];
    let compare = [&["compare", "city"], &variants[..], &TIMES].concat();
    let first = citytwin_in(folder.path(), &compare);
    assert!(first.status.success(), "{}", stderr(&first));
    let table = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a table");
    let comparison = table("out/comparison.csv");
    let nothing: Vec<&str> = comparison.lines().filter(|line| line.starts_with("nothing,")).collect();
    assert!(nothing.len() > 20);
    for line in &nothing {
        // From the end: calibration is 0, the upper and lower end of the interval are 9 and 10, the difference is 11.
        let cells: Vec<&str> = line.rsplit(',').collect();
        assert_eq!(cells[11], "0.0000", "{line}");
        assert!(cells[9..11].iter().all(|end| matches!(*end, "0.0000" | "")), "{line}");
    }
    assert!(comparison.lines().any(|line| line.starts_with("outage-at-dusk,network,,,power.not_served_kwh")));

    // The run that branched off is the run from the beginning, byte for byte.
    let seeded = ["run", "city", "--variant", "outage-at-dusk", "--seed", "2", "-o", "whole", "--quiet"];
    let whole = citytwin_in(folder.path(), &[&seeded[..], &TIMES].concat());
    assert!(whole.status.success(), "{}", stderr(&whole));
    for name in ["trips.csv", "links.csv", "junctions.csv", "feeders.csv", "energy.csv", "lighting.csv", "summary.json"]
    {
        let branched = table(&format!("out/runs/outage-at-dusk/seed-2/{name}"));
        assert!(branched == table(&format!("whole/{name}")), "{name} differs");
    }

    // The same command finds its runs and says the same; a threshold that is not met ends with 3.
    let again = citytwin_in(folder.path(), &[&compare[..], &["--require", "total_delay_s < -50%"]].concat());
    assert_eq!(again.status.code(), Some(3), "{}", stderr(&again));
    assert!(stderr(&again).contains("6 of 6 runs are there already"), "{}", stderr(&again));
    assert!(stderr(&again).contains("is not met"), "{}", stderr(&again));
    assert_eq!(table("out/comparison.csv"), comparison);

    // Finished runs of two folders say the same of the network as the comparison that made them.
    let finished = citytwin_in(folder.path(), &["compare", "out/runs/base", "out/runs/outage-at-dusk", "-o", "two"]);
    assert!(finished.status.success(), "{}", stderr(&finished));
    let of_outage = |text: &str| -> Vec<String> {
        let cells = |line: &str| line.split(',').take(16).collect::<Vec<_>>().join(",");
        text.lines().filter(|line| line.starts_with("outage-at-dusk,network")).map(cells).collect()
    };
    assert_eq!(of_outage(&table("two/comparison.csv")), of_outage(&comparison));
}

#[test]
fn what_cannot_be_compared_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(folder.path().join("half")).expect("a folder");
    fs::write(folder.path().join("half/trips.csv"), "trip_id\n").expect("a file");
    fs::create_dir_all(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/notes.txt"), "").expect("a file");
    let check = |arguments: &[&str], words: &[&str]| {
        let output = citytwin_in(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        for words in words {
            assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
        }
    };
    check(&["compare"], &["nothing to compare with", "outage-at-dusk"]);
    check(&["compare", "--variants", "outage-at-dawn"], &["there is no such variant", "outage-at-dusk"]);
    check(&["compare", "--variants", "outage-at-dusk,outage-at-dusk"], &["twice"]);
    check(&["compare", "--variants", "outage-at-dusk", "-o", "mine"], &["holds other things", "notes.txt"]);
    check(&["compare", "half", "missing"], &["has no summary.json", "no such folder"]);
    check(&["compare", "--variants", "outage-at-dusk", "--require", "delay"], &["is no requirement"]);
}

#[test]
fn what_is_set_is_a_variant_of_its_own_or_part_of_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let set = ["compare", "--set", "traffic.scale=0.8", "--seeds", "1", "-o", "out", "--duration=120", "--warm-up=0"];
    let made = citytwin_in(folder.path(), &set);
    assert!(made.status.success(), "{}", stderr(&made));
    let comparison = fs::read_to_string(folder.path().join("out/comparison.csv")).expect("a table");
    for begin in ["set,network,,,total_delay_s,", "set,network,,,lighting.energy_kwh,", "set,class,car,"] {
        assert!(comparison.lines().any(|line| line.starts_with(begin)), "{begin} is not in\n{comparison}");
    }
    let of_street = |key: &str| {
        comparison.lines().any(|line| line.starts_with("set,corridor,Trần Hưng Đạo,") && line.contains(key))
    };
    assert!(["co2_g", "nox_g", "vehicle_h", "corridor_speed_mps"].into_iter().all(of_street), "{comparison}");
    let summary = fs::read_to_string(folder.path().join("out/runs/set/seed-1/summary.json")).expect("a summary");
    assert!(summary.contains("\"--set traffic.scale\""), "what was set is among the inputs");

    let mistakes = citytwin_in(folder.path(), &["compare", "--set", "traffic.scal=0.8"]);
    assert_eq!(mistakes.status.code(), Some(2));
    assert!(stderr(&mistakes).contains("did you mean \"scale\"?"), "{}", stderr(&mistakes));
    let two = ["compare", "--variants", "wet-roads,flooded-street", "--set", "changes[0].until=18:00"];
    let ambiguous = citytwin_in(folder.path(), &two);
    assert_eq!(ambiguous.status.code(), Some(2));
    assert!(stderr(&ambiguous).contains("which of the variants?"), "{}", stderr(&ambiguous));
}
