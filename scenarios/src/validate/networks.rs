//! The six real networks: cities and demands of others, held to what SUMO gives there.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::expected;
use super::judge::{self, RunsEmpty};
use super::outcome::RunOutcome;
use super::report::{Check, Group, Section, Verdict};
use super::turns::{self, PeerTables};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;

/// A network with its run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NetworkCase {
    /// Its folder below `sumo/`, which is also its name.
    pub name: &'static str,
    /// Its configuration there.
    pub configuration: &'static str,
    /// Whether its run goes on until the last vehicle has arrived.
    pub runs_empty: RunsEmpty,
}

/// The six networks.
pub const CASES: [NetworkCase; 6] = [
    NetworkCase { name: "resco/cologne1", configuration: "cologne1.sumocfg", runs_empty: RunsEmpty::No },
    NetworkCase { name: "resco/cologne3", configuration: "cologne3.sumocfg", runs_empty: RunsEmpty::No },
    NetworkCase { name: "resco/ingolstadt1", configuration: "ingolstadt1.sumocfg", runs_empty: RunsEmpty::No },
    NetworkCase { name: "resco/grid4x4", configuration: "grid4x4.sumocfg", runs_empty: RunsEmpty::No },
    NetworkCase { name: "bologna/acosta", configuration: "run.sumocfg", runs_empty: RunsEmpty::Yes },
    NetworkCase { name: "bologna/pasubio", configuration: "run.sumocfg", runs_empty: RunsEmpty::Yes },
];

/// What is to be run.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// Folder that holds `sumo/`.
    pub data: PathBuf,
    /// Names of networks; empty for all.
    pub networks: Vec<String>,
    /// Seeds 1 to this number.
    pub n_seeds: u64,
    /// Folder with tables by link and movement as SUMO gives them, if they are to be compared too.
    pub peer: Option<PathBuf>,
}

/// How scenarios are read and run.
#[derive(Clone, Copy)]
pub struct Simulator<'a> {
    /// Reads a scenario.
    pub load: &'a (dyn Fn(&Path) -> Result<Loaded, Problems> + Sync),
    /// Runs it with a seed.
    pub run_one: &'a (dyn Fn(&Loaded, u64) -> Result<RunOutcome, Problems> + Sync),
    /// Told what is done, from any thread.
    pub tell: &'a (dyn Fn(&str) + Sync),
}

/// Runs the networks and compares: trips, and links and movements if there are tables of them. A network that cannot be
/// read or run becomes a check that says why.
///
/// # Errors
/// Missing or bad expected values, and names of networks that do not exist.
pub fn sections(options: &Options, simulator: Simulator<'_>) -> Result<Vec<Section>, Problems> {
    let folder = options.data.join("sumo");
    let cases = chosen(&options.networks)?;
    let expected = expected::read(&folder)?;
    let peers = options.peer.as_deref().map(|peer| peers(peer, &cases)).transpose()?;
    let (mut groups, mut links_and_movements) = (Vec::new(), Vec::new());
    for (index, case) in cases.iter().enumerate() {
        let Some(expected) = expected.iter().find(|expected| expected.network == case.name) else {
            let problem =
                Problem::new(folder.join("expected.csv"), "this network has no row").field("network", case.name);
            return Err(problem.into());
        };
        groups.push(match run_seeds(&folder.join(case.name).join(case.configuration), options.n_seeds, simulator) {
            Ok((loaded, runs)) => {
                if let Some(peers) = &peers {
                    links_and_movements.push(turns::checks(case.name, &peers[index], &loaded.names.links, &runs));
                }
                judge::checks(expected, &runs, case.runs_empty)
            }
            Err(problems) => not_made(case.name, &problems),
        });
        (simulator.tell)(&format!("{}: {}", case.name, verdict_words(groups.last())));
    }
    let trips = Section {
        key: "six-networks".to_owned(),
        title: "Six real networks against SUMO".to_owned(),
        text: text(),
        groups,
    };
    let turns = peers.map(|_| turns::section(links_and_movements));
    Ok(std::iter::once(trips).chain(turns).collect())
}

fn peers(folder: &Path, cases: &[NetworkCase]) -> Result<Vec<PeerTables>, Problems> {
    let mut problems = Problems::default();
    let mut tables = Vec::new();
    for case in cases {
        match PeerTables::read(folder, case.name) {
            Ok(read) => tables.push(read),
            Err(found) => problems.list.extend(found.list),
        }
    }
    problems.or_ok(tables)
}

fn chosen(names: &[String]) -> Result<Vec<NetworkCase>, Problems> {
    let known = || CASES.map(|case| case.name).join(", ");
    let mut problems = Problems::default();
    for name in names.iter().filter(|name| CASES.iter().all(|case| case.name != name.as_str())) {
        problems.push(Problem::new("network", "there is no such network").field("network", name).allowed(known()));
    }
    let is_chosen = |case: &NetworkCase| names.is_empty() || names.iter().any(|name| name == case.name);
    problems.or_ok(CASES.into_iter().filter(is_chosen).collect())
}

fn run_seeds(
    configuration: &Path,
    n_seeds: u64,
    simulator: Simulator<'_>,
) -> Result<(Loaded, Vec<RunOutcome>), Problems> {
    let loaded = (simulator.load)(configuration)?;
    let seeds: Vec<u64> = (1..=n_seeds).collect();
    let runs: Vec<Result<RunOutcome, Problems>> = seeds
        .par_iter()
        .map(|seed| {
            let outcome = (simulator.run_one)(&loaded, *seed);
            (simulator.tell)(&format!("{} seed {seed} done", loaded.name));
            outcome
        })
        .collect();
    let runs = runs.into_iter().collect::<Result<_, _>>()?;
    Ok((loaded, runs))
}

fn not_made(name: &str, problems: &Problems) -> Group {
    let check = Check {
        quantity: "the run".to_owned(),
        expected: String::new(),
        ours: String::new(),
        difference: String::new(),
        rule: problems.to_string(),
        verdict: Verdict::Fails,
        source: String::new(),
    };
    Group { title: name.to_owned(), checks: vec![check] }
}

fn verdict_words(group: Option<&Group>) -> String {
    let count = |verdict| group.map_or(0, |group| group.checks.iter().filter(|check| check.verdict == verdict).count());
    format!("{} checks hold, {} fail", count(Verdict::Holds), count(Verdict::Fails))
}

fn text() -> String {
    format!(
        "Networks, demands, buses and signal plans as published by others (origins and licences: \
         the README beside the data), run by our engine at a step of 1 s and by SUMO 1.28.0 with its defaults. Values are means over seeds \
         ± the standard error; trip times are means over arrived trips. Rules: vehicles inserted within {:.0} %; \
         duration, time loss, and departure delay with duration each within {:.0} % plus two standard errors of the \
         difference of both means; arrivals in each quarter of an hour within {:.0} % plus the same; no vehicle \
         released from a jam; the Bologna networks run empty. Not calibrated: this compares two models, not a model \
         with a city.",
        judge::INSERTED_SHARE * 100.0,
        judge::TIME_SHARE * 100.0,
        judge::ARRIVALS_SHARE * 100.0,
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn expected_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("sumo")).expect("made");
        let header = "network,seeds,inserted_mean,arrived_mean,duration_s_mean,duration_s_sd,time_loss_s_mean,\
            time_loss_s_sd,waiting_s_mean,depart_delay_s_mean,depart_delay_s_sd,speed_mps_mean,route_length_m_mean,\
            teleports_total\n";
        let rows: String =
            CASES.iter().map(|case| format!("{},8,10,9,60,3,40,2,20,5,4,7,300,0\n", case.name)).collect();
        fs::write(folder.path().join("sumo/expected.csv"), format!("{header}{rows}")).expect("written");
        let arrivals = "network,quarter_hour_begin_s,arrivals_mean,arrivals_sd\n";
        fs::write(folder.path().join("sumo/expected_arrivals.csv"), arrivals).expect("written");
        folder
    }

    fn options(data: &Path, networks: &[&str]) -> Options {
        Options {
            data: data.to_owned(),
            networks: networks.iter().map(|name| (*name).to_owned()).collect(),
            n_seeds: 3,
            peer: None,
        }
    }

    fn broken<'a>() -> Simulator<'a> {
        Simulator {
            load: &|path| Err(Problem::new(path, "cannot be read").into()),
            run_one: &|_, _| unreachable!("nothing was read"),
            tell: &|_| {},
        }
    }

    #[test]
    fn network_that_cannot_be_read_fails_in_its_own_group() {
        let folder = expected_folder();
        let sections = sections(&options(folder.path(), &[]), broken()).expect("sections");
        let [section] = &sections[..] else { panic!("one section without tables of a peer") };
        assert_eq!(section.groups.len(), CASES.len());
        assert_eq!(section.count(Verdict::Fails), CASES.len());
        assert!(section.markdown().contains("cannot be read"));
    }

    #[test]
    fn unknown_networks_are_refused_with_the_known_ones() {
        let folder = expected_folder();
        let text =
            sections(&options(folder.path(), &["resco/rome"]), broken()).expect_err("no such network").to_string();
        assert!(text.contains("resco/rome") && text.contains("bologna/acosta"), "{text}");
    }
}
