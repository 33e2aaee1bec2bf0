//! The command as users meet it: help, wrong usage, exit codes, what goes to stdout and what to files.

use std::process::Output;

use assert_cmd::Command;

fn citytwin(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    citytwin_in(folder.path(), arguments)
}

fn citytwin_in(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_citytwin"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("the command starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}
fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("output is UTF-8")
}

/// A short run of the shipped scenario.
const SHORT: [&str; 3] = ["--duration", "60", "--warm-up=0"];

#[test]
fn help_of_every_verb_shows_an_example() {
    for verb in ["run", "compare", "export", "new", "check", "validate", "bench", "measures", "schema", "signals"] {
        let output = citytwin(&[verb, "--help"]);
        assert!(output.status.success(), "{verb}");
        assert!(stdout(&output).contains(&format!("  citytwin {verb}")), "{verb}");
    }
    assert!(stdout(&citytwin(&["--help"])).contains("Examples:"));
}

#[track_caller]
fn check_wrong(arguments: &[&str], words: &str) {
    let output = citytwin(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn wrong_usage_exits_with_2_and_says_what_to_do() {
    check_wrong(&["rnu"], "unrecognized subcommand");
    check_wrong(&["run", "--seed", "x"], "--seed");
    check_wrong(&["run", "--step-length", "0.0005"], "milliseconds");
    check_wrong(&["run", "--step-length", "0"], "above 0");
    check_wrong(&["run", "--threads", "0"], "--threads");
    check_wrong(&["run", "--begin", "noon"], "HH:MM");
    check_wrong(&["run", "--format", "xlsx"], "parquet");
    check_wrong(&["run", "--duration", "60", "--warm-up", "60"], "hint: ");
    check_wrong(&["measures", "nothing-like-it"], "hint: ");
}

#[test]
fn a_missing_scenario_exits_with_2_and_names_the_path() {
    for verb in ["run", "check", "bench"] {
        check_wrong(&[verb, "no/such/city"], "no/such/city: no such file or folder");
    }
}

#[test]
fn a_bare_command_runs_the_shipped_scenario() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for _ in 0..2 {
        // The second run replaces the results of the first.
        let output = citytwin_in(folder.path(), &SHORT);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).contains("not calibrated") && stdout(&output).contains("one run, seed"));
        assert!(stderr(&output).contains("citytwin-out"));
    }
    assert_eq!(std::fs::read_dir(folder.path().join("citytwin-out")).expect("results").count(), 1);
}

#[test]
fn results_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for threads in ["1", "2"] {
        let arguments = [&["run", "--threads", threads, "-o", threads, "--quiet"], SHORT.as_slice()].concat();
        let output = citytwin_in(folder.path(), &arguments);
        assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
    }
    for file in ["summary.json", "trips.csv", "links.csv", "movements.csv", "junctions.csv", "map.svg"] {
        let read = |threads: &str| std::fs::read(folder.path().join(threads).join(file)).expect("a result file");
        assert!(read("1") == read("2"), "{file}");
    }
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let output = citytwin(&[&["run", "--json", "--seed", "18446744073709551615"], SHORT.as_slice()].concat());
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON on stdout");
    assert_eq!(summary["seed"], u64::MAX);
    assert_eq!(summary["simulated_s"], 60.0);
    assert_eq!(summary["calibrated"], false);
}

#[test]
fn a_used_folder_is_refused_unless_forced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("thesis.txt"), "years of work").expect("a file");
    let refused = citytwin_in(folder.path(), &[&["run", "-o", "."], SHORT.as_slice()].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--force"));
    let forced = citytwin_in(folder.path(), &[&["run", "-o", ".", "--force"], SHORT.as_slice()].concat());
    assert!(forced.status.success(), "{}", stderr(&forced));
    assert!(folder.path().join("thesis.txt").exists() && folder.path().join("summary.json").exists());
}

#[test]
fn schemas_and_measures_are_json() {
    for arguments in
        [&["schema"] as &[&str], &["schema", "summary"], &["schema", "performance"], &["measures", "--json"]]
    {
        let output = citytwin(arguments);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON on stdout");
    }
}

#[test]
fn check_counts_what_is_in_a_scenario() {
    let output = citytwin(&["check", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let counts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON on stdout");
    assert!(counts["links"].as_u64().is_some_and(|links| links > 0));
}

#[test]
fn check_tells_mistakes_of_all_variants_together() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(citytwin_in(folder.path(), &["new", "city"]).status.success());
    let output = citytwin_in(folder.path(), &["check", "city"]);
    assert!(stderr(&output).contains("outage-at-dusk") && output.status.success(), "{}", stderr(&output));
    for (name, key) in [("first", "closed"), ("second", "opne")] {
        let text = format!("[[changes]]\n{key} = {{ }}\n");
        std::fs::write(folder.path().join(format!("city/what-if/{name}.toml")), text).expect("a variant");
    }
    let output = citytwin_in(folder.path(), &["check", "city"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("first.toml:2") && said.contains("second.toml:2"), "{said}");
}

#[test]
fn check_reads_gmns_tables_that_are_no_scenario_yet() {
    let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/tests/cross/net");
    let output = citytwin(&["check", tables]);
    assert!(stdout(&output).contains("lacks: no demand"), "{}{}", stdout(&output), stderr(&output));
    check_wrong(&["run", tables], "only GMNS tables");
}

#[test]
fn an_outage_is_told_with_what_went_dark_and_what_it_cost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = ["--begin", "17:31", "--duration", "480", "--warm-up", "60"];
    let arguments = [&["run", "--variant", "outage-at-dusk", "--json", "-o", "out"], &window[..]].concat();
    let output = citytwin_in(folder.path(), &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let outage = &summary["power"]["outage"];
    assert_eq!(outage["from_s"], 63_180.0);
    assert_eq!(outage["until_s"], summary["end_s"]);
    assert_eq!(outage["not_served_kwh"], summary["power"]["not_served_kwh"]);
    assert!(outage["added_delay_h"].as_f64().is_some_and(|hours| hours > 0.0), "{outage}");
    let signals = outage["signals"].as_array().expect("signals");
    assert_eq!(signals.len(), 9);
    assert_eq!(outage["luminaires"], 328);
    assert!(signals.iter().all(|signal| signal["fell_back_to"] == "all_way_stop"));
    let table = std::fs::read_to_string(folder.path().join("out/outage.csv")).expect("outage.csv");
    assert_eq!(table.lines().count() as u64, 1 + outage["loads"].as_u64().expect("loads"));

    // The run without the variant is the same as the one that was made beside it.
    let arguments = [&["run", "--json", "-o", "base"], &window[..]].concat();
    let output = citytwin_in(folder.path(), &arguments);
    let base: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert!(base["power"]["outage"].is_null());
    assert!(!folder.path().join("base/outage.csv").exists());
    let hours = |summary: &serde_json::Value| summary["totals"]["total_delay_s"].as_f64().expect("a total") / 3600.0;
    let added_h = hours(&summary) - hours(&base);
    assert!((added_h - outage["added_delay_h"].as_f64().expect("hours")).abs() < 1e-3, "{added_h} {outage}");
}

#[test]
fn plans_are_optimized_and_a_gain_is_said_only_where_it_is_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let short = ["--duration", "180", "--warm-up=0", "--trials", "5", "--seeds", "1", "--test-seeds", "2"];
    let signals = ["signals", "optimize", "--signal", "hbt-leduan,hbt-quansu", "-o", "better"];
    let output = citytwin_in(folder.path(), &[&signals[..], &short].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("seeds and demand that the search did not see") && said.contains("not calibrated"), "{said}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("better").join(name)).expect("a file");
    let table = read("before_after.csv");
    assert!(table.lines().any(|line| line.starts_with("all,delay,s,6,")), "{table}");
    let is_less = table.lines().rfind(|line| line.starts_with("all,delay")).is_some_and(|line| {
        line.rsplit(',').next().and_then(|high| high.parse::<f64>().ok()).is_some_and(|high| high < 0.0)
    });
    assert_eq!(said.contains("The gain is not significant"), !is_less, "{said}");
    assert!(read("optimized.toml").contains("title = \"Signals optimized\""));
    assert_eq!(read("plans.csv").lines().count(), 5);
}

#[test]
fn plans_are_optimized_within_a_variant() {
    let outage = ["signals", "optimize", "--variant", "outage-at-dusk", "--begin", "17:32", "--signal", "thd-batrieu"];
    let few = ["--trials", "1", "--seeds", "1", "--test-seeds", "1", "--json", "--quiet", "-o", "plans"];
    let output = citytwin(&[&outage[..], &few, &["--duration", "90", "--warm-up=0"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn signals_are_evaluated_handed_back_and_drawn() {
    let output = citytwin(&["signals", "evaluate", "--junction", "hbt-leduan", "--json", "--quiet"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(json["junctions"].as_array().map(Vec::len), Some(1));
    assert!(json["junctions"][0]["control_delay_s"].as_f64().is_some_and(|delay_s| delay_s > 5.0));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let counts = "junction_id,begin,NBL,NBT\nhbt-leduan,7:00,10,50\nhbt-leduan,7:00,10,50\nhbt-ledua,7:00,10,50\n";
    std::fs::write(folder.path().join("tmc.csv"), counts).expect("a file");
    let output = citytwin_in(folder.path(), &["signals", "evaluate", "--counts", "tmc.csv"]);
    assert_eq!(output.status.code(), Some(2));
    for expected in
        ["tmc.csv:3: begin = \"7:00\"", "tmc.csv:4: junction_id = \"hbt-ledua\"", "did you mean \"hbt-leduan\"?"]
    {
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    check_wrong(&["signals", "evaluate", "--run", "nowhere"], "movements.csv: cannot be read");
    check_wrong(&["signals", "export", "--to", "sumo", "--signal", "hbt-ledua", "-o", "out"], "did you mean");
    check_wrong(&["signals", "optimize", "--for", "speed", "-o", "out"], "allowed: delay, person-delay, stops, co2");
    check_wrong(&["signals", "optimize", "--for", "delay=-1", "-o", "out"], "\"-1\" is no weight");
    check_wrong(&["signals", "optimize", "--min-cycle", "90", "--max-cycle", "60", "-o", "out"], "allowed: 90 to 600");
    check_wrong(&["signals", "optimize", "--signal", "hbt-ledua", "-o", "out"], "did you mean");
    check_wrong(&["signals", "diagram", "--corridor", "hbt-leduan,nowhere", "-o", "out"], "\"nowhere\" is no junction");
    for (arguments, file) in [
        (vec!["signals", "export", "--to", "gmns", "-o", "gmns"], "gmns/signal_timing_phase.csv"),
        (
            vec!["signals", "diagram", "--corridor", "hbt-hangbai,hbt-batrieu", "-o", "pictures"],
            "pictures/corridor.svg",
        ),
        (vec!["signals", "evaluate", "--quiet", "-o", "hcm"], "hcm/hcm_movements.csv"),
    ] {
        let output = citytwin_in(folder.path(), &arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(folder.path().join(file).exists(), "{file}");
        let again = citytwin_in(folder.path(), &arguments);
        assert_eq!(again.status.code(), Some(2), "a used folder is refused");
    }
}
