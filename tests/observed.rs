//! Observed against simulated: the mark "not calibrated" goes away when both kinds of days meet the rule, and only then.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use scenarios::loaded::Loaded;
use scenarios::observed::judge::{Verdict, judge};
use scenarios::read::folder::read_folder;
use sim_core::city::City;
use sim_core::engine::{Recorder, Scratch, World, step};
use sim_core::ids::LinkId;
use sim_core::kpi::Results;

const COUNTS_HEAD: &str = "site,link_id,to_link_id,position,class,date,use,begin,end,count,source\n";

/// The shipped scenario on disk with observed data, results every five minutes.
fn scenario(folder: &Path, counts: &str, speeds: &str) {
    if !folder.join("scenario.toml").exists() {
        scenarios::write::scaffold::copy_embedded(folder).expect("a copy");
        let path = folder.join("scenario.toml");
        let text = fs::read_to_string(&path).expect("scenario.toml");
        fs::write(&path, text.replace("interval_s = 900", "interval_s = 300")).expect("written");
        fs::create_dir_all(folder.join("observed")).expect("a folder");
    }
    fs::write(folder.join("observed/counts.csv"), format!("{COUNTS_HEAD}{counts}")).expect("written");
    let head = "site,link_id,class,date,use,begin,end,speed_kmh\n";
    fs::write(folder.join("observed/speeds.csv"), format!("{head}{speeds}")).expect("written");
}

/// Ten minutes without warm-up.
fn run(loaded: &Loaded) -> (Results, Vec<(LinkId, LinkId)>) {
    let mut params = loaded.run.clone();
    params.warm_up_ms = 0;
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).expect("a city");
    let demand = scenarios::demand::build_loaded(loaded, 1).expect("demand").demand;
    let (mut world, mut recorder) = (World::new(&city, &demand, &params), Recorder::new(&city, &demand, &params));
    let mut scratch = Scratch::default();
    while world.now_ms <= params.begin.0 + 600_000 {
        step(&city, &demand, &params, &mut world, &mut recorder, &mut scratch);
    }
    let ends = city.network.movements.iter().map(|movement| (movement.from, movement.to)).collect();
    (recorder.results(&city, &demand, &params, &world), ends)
}

/// Counts of the busiest links as a run gives them, times a factor.
fn counts_of(loaded: &Loaded, results: &Results, (date, usage, factor): (&str, &str, f64)) -> String {
    let mut text = String::new();
    let begin_s = loaded.run.begin.s() + 300.0;
    let rows = results.links.iter().filter(|row| row.class.is_none() && row.begin_s == begin_s && row.left > 40);
    for row in rows.take(20) {
        let link = &loaded.names.links[row.link.index()];
        let count = f64::from(row.left) * factor;
        writeln!(text, "S,{link},,exit,all,{date},{usage},16:50,16:55,{count},test").expect("memory");
    }
    assert!(text.lines().count() == 20, "{} busy links", text.lines().count());
    text
}

#[test]
fn a_run_is_calibrated_when_days_of_calibration_and_days_held_out_meet_the_rule() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("city");
    scenario(&folder, "", "");
    let loaded = read_folder(&folder).expect("the scenario");
    assert!(loaded.observed.rows.is_empty());
    let (results, ends) = run(&loaded);
    assert!(judge(&loaded.observed, &results, &ends).is_none());

    let verdict = |parts: &[(&str, &str, f64)], speeds: &str| -> Verdict {
        let counts: String = parts.iter().map(|part| counts_of(&loaded, &results, *part)).collect();
        scenario(&folder, &counts, speeds);
        let loaded = read_folder(&folder).expect("the scenario with counts");
        judge(&loaded.observed, &results, &ends).expect("a verdict")
    };
    let (first, second) = (("2026-10-13", "calibration", 1.02), ("2026-10-14", "calibration", 0.98));
    let held_out = ("2026-10-15", "held_out", 1.03);

    let alone = verdict(&[first, second], "");
    assert!(alone.calibration.as_ref().is_some_and(|judged| judged.is_passed && judged.days == 2));
    assert!(!alone.is_calibrated(), "{}", alone.why());
    // Two days, 2 % above and 2 % below: their mean is the run's.
    assert!(alone.pairs.iter().all(|pair| pair.n_days == 2 && pair.geh().is_some_and(|geh| geh < 1e-9)));

    let both = verdict(&[first, held_out], "");
    assert!(both.is_calibrated(), "{}", both.why());
    let far = verdict(&[first, ("2026-10-15", "held_out", 2.5)], "");
    assert!(!far.is_calibrated() && far.why().contains("held out"), "{}", far.why());

    // A speed far from the run's spoils it, though all counts are met.
    let link = &loaded.names.links[both.pairs[0].subject.link.index()];
    let slow = format!("S,{link},all,2026-10-13,calibration,16:50,16:55,150\n");
    assert!(!verdict(&[first, held_out], &slow).is_calibrated());

    // What lies outside the run is told, and judged by nobody.
    scenario(&folder, &format!("S,{link},,,all,2026-10-13,,06:00,06:15,100,\n"), "");
    let outside = read_folder(&folder).expect("the scenario");
    let outside = judge(&outside.observed, &results, &ends).expect("a verdict");
    let judged = outside.calibration.as_ref().expect("days of calibration");
    assert!((judged.flows, judged.not_simulated, judged.is_passed) == (0, 1, false));

    let svg = scenarios::observed::picture::svg(&both, "a city", "calibrated");
    assert_eq!(svg.matches("<circle").count(), 2 + both.pairs.len());
}

#[test]
fn mistakes_in_observed_data_are_told_together_with_file_and_line() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("city");
    scenario(
        &folder,
        "S,batrieu:hbt-ltkk,,,all,2026-10-13,calibration,17:00,17:15,100,\n\
         S,batrieu:hbt-ltk,batrieu:hbt-ltk,,all,2026-10-13,calibration,17:00,17:15,100,\n\
         S,batrieu:hbt-ltk,,,carriage,2026-10-13,calibration,17:00,17:15,100,\n\
         S,batrieu:hbt-ltk,,,all,2026-10-13,held_out,17:00,17:15,100,\n\
         S,batrieu:hbt-ltk,,,all,2026-13-13,calibration,17:00,17:15,100,\n\
         S,batrieu:hbt-ltk,,,all,2026-10-12,calibration,17:15,17:00,100,\n\
         S,batrieu:hbt-ltk,,,all,2026-10-12,calibration,17:01,17:16,100,\n\
         S,batrieu:hbt-ltk,,,all,2026-10-12,calibration,17:00,17:15,-5,\n",
        "S,batrieu:hbt-ltk,all,2026-10-12,calibration,17:00,17:15,fast\n",
    );
    let said = read_folder(&folder).expect_err("mistakes").to_string();
    for words in [
        "counts.csv:2: link_id = \"batrieu:hbt-ltkk\": is no link\n  hint: did you mean \"batrieu:hbt-ltk\"?",
        "counts.csv:3: to_link_id",
        "counts.csv:4: class = \"carriage\": is no vehicle class",
        "counts.csv:5: use = \"held_out\": this day is used for calibration and held out as well",
        "counts.csv:6: date = \"2026-13-13\": is no date; allowed: YYYY-MM-DD",
        "counts.csv:7: end",
        "counts.csv:8: begin = \"17:01\": does not lie on the clock of the results, every 300 s",
        "counts.csv:9: count = \"-5\"",
        "speeds.csv:2: speed_kmh = \"fast\"",
    ] {
        assert!(said.contains(words), "{words}\n--\n{said}");
    }
}
