//! Links and movements held to SUMO's: who drives where in each quarter of an hour, and how long each turn takes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use sim_core::ids::LinkId;

use super::expected;
use super::judge::{clock, information};
use super::means::Mean;
use super::outcome::{ARRIVALS_INTERVAL_S, RunOutcome, TimedMovement};
use super::report::{Check, Group, Section, Verdict};
use crate::error::{Problem, Problems};

/// Flows agree below this value of the GEH statistic.
const GEH_MAX: f64 = 5.0;
/// Share of flows that must agree.
const GEH_SHARE: f64 = 0.95;
/// Movements with fewer timed vehicles are left out: their means say little.
const TIMED_MIN: f64 = 20.0;
/// How many of the worst links and movements are named.
const N_NAMED: usize = 5;

/// What SUMO gives by link and movement, as means over seeds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PeerTables {
    /// Vehicles that entered an edge, by edge and start of the interval in seconds.
    entered: BTreeMap<(String, i64), f64>,
    /// Movements that began with a junction: vehicles, and their mean time from stop line to stop line.
    movements: BTreeMap<(String, String), (f64, f64)>,
}

#[derive(Deserialize)]
struct LinkRow {
    edge: String,
    begin_s: i64,
    entered: f64,
}

#[derive(Deserialize)]
struct MovementRow {
    from_edge: String,
    to_edge: String,
    begins_with: String,
    timed: f64,
    mean_time_s: Option<f64>,
}

impl PeerTables {
    /// Reads the tables of a network.
    ///
    /// # Errors
    /// Unreadable files and rows.
    pub fn read(folder: &Path, network: &str) -> Result<Self, Problems> {
        let stem = network.rsplit('/').next().unwrap_or(network);
        let links_path = folder.join(format!("{stem}_links.csv"));
        let mut tables = Self::default();
        for row in expected::rows::<LinkRow>(&links_path)? {
            tables.entered.insert((row.edge, row.begin_s), row.entered);
        }
        if tables.entered.is_empty() {
            return Err(Problem::new(links_path, "the table has no rows").into());
        }
        for row in expected::rows::<MovementRow>(&folder.join(format!("{stem}_movements.csv")))? {
            if let (Some(mean_s), "junction") = (row.mean_time_s, row.begins_with.as_str()) {
                tables.movements.insert((row.from_edge, row.to_edge), (row.timed, mean_s));
            }
        }
        Ok(tables)
    }
}

/// Compares runs on a network with the tables; `names` are those of the links.
pub fn checks(network: &str, peer: &PeerTables, names: &[String], runs: &[RunOutcome]) -> Group {
    let mut checks = flows(peer, names, runs);
    checks.extend(movements(peer, names, runs));
    Group { title: network.to_owned(), checks }
}

/// The section of all networks.
pub fn section(groups: Vec<Group>) -> Section {
    Section {
        key: "links-and-movements".to_owned(),
        title: "Links and movements of the six networks against SUMO".to_owned(),
        text: format!(
            "Flows are vehicles that entered a link in a quarter of an hour, as hourly rates; means over seeds. Rule: \
             the GEH statistic √(2(a − b)²/(a + b)) is below {GEH_MAX:.0} on {:.0} % of them. Times of movements are \
             from the stop line before a road to the one at its end, so that both programs measure the same; \
             movements with fewer than {TIMED_MIN:.0} vehicles and those of vehicles with stops are left out. The \
             {N_NAMED} links and movements with the largest differences, weighted by vehicles, are named.",
            GEH_SHARE * 100.0
        ),
        groups,
    }
}

/// Two rates, and how much they differ.
struct Pair {
    what: String,
    expected: f64,
    ours: f64,
    weight: f64,
}

impl Pair {
    fn check(&self) -> Check {
        let exactly = |value| Mean { value, deviation: 0.0, n: 1 };
        information(&self.what, exactly(self.expected), exactly(self.ours))
    }
}

/// The worst ones, by weighted difference.
fn named(mut pairs: Vec<Pair>) -> Vec<Check> {
    pairs.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.what.cmp(&b.what)));
    pairs.iter().take(N_NAMED).map(Pair::check).collect()
}

fn flows(peer: &PeerTables, names: &[String], runs: &[RunOutcome]) -> Vec<Check> {
    let per_hour = 3600.0 / ARRIVALS_INTERVAL_S as f64;
    let mut ours: BTreeMap<(&str, i64), f64> = BTreeMap::new();
    for run in runs {
        for (&(link, begin_s), &n) in &run.entered {
            *ours.entry((&names[link.index()], begin_s)).or_default() += n as f64 / runs.len() as f64;
        }
    }
    let keys = peer.entered.keys().map(|(edge, begin_s)| (edge.as_str(), *begin_s)).chain(ours.keys().copied());
    let keys: std::collections::BTreeSet<(&str, i64)> = keys.collect();
    let mut by_link: BTreeMap<&str, Pair> = BTreeMap::new();
    let mut n_agree = 0;
    for &(edge, begin_s) in &keys {
        let expected = per_hour * peer.entered.get(&(edge.to_owned(), begin_s)).copied().unwrap_or(0.0);
        let found = per_hour * ours.get(&(edge, begin_s)).copied().unwrap_or(0.0);
        let geh = geh(found, expected);
        n_agree += usize::from(geh < GEH_MAX);
        let what = format!("flow on {edge} from {} (veh/h)", clock(begin_s));
        let pair = Pair { what, expected, ours: found, weight: geh };
        if by_link.get(edge).is_none_or(|worst| worst.weight < geh) {
            by_link.insert(edge, pair);
        }
    }
    let share = n_agree as f64 / keys.len().max(1) as f64;
    let rule = Check {
        quantity: "flows with GEH < 5".to_owned(),
        expected: "all".to_owned(),
        ours: format!("{:.1} % of {}", 100.0 * share, keys.len()),
        difference: String::new(),
        rule: format!("{:.0} %", GEH_SHARE * 100.0),
        verdict: if share >= GEH_SHARE { Verdict::Holds } else { Verdict::Fails },
        source: "SUMO 1.28.0".to_owned(),
    };
    std::iter::once(rule).chain(named(by_link.into_values().collect())).collect()
}

fn geh(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { (2.0 * (a - b) * (a - b) / (a + b)).sqrt() } else { 0.0 }
}

fn movements(peer: &PeerTables, names: &[String], runs: &[RunOutcome]) -> Vec<Check> {
    let mut ours: BTreeMap<(LinkId, LinkId), TimedMovement> = BTreeMap::new();
    for (&movement, timed) in runs.iter().flat_map(|run| &run.movements) {
        let sum = ours.entry(movement).or_default();
        sum.n += timed.n;
        sum.time_s += timed.time_s;
    }
    let mut pairs = Vec::new();
    let (mut expected_s, mut found_s, mut n_vehicles) = (0.0, 0.0, 0.0);
    for ((from, to), timed) in &ours {
        let key = (names[from.index()].clone(), names[to.index()].clone());
        let Some(&(n, expected)) = peer.movements.get(&key) else { continue };
        if n < TIMED_MIN {
            continue;
        }
        let found = timed.time_s / timed.n as f64;
        let what = format!("time of {} → {}, {n:.0} vehicles (s)", key.0, key.1);
        pairs.push(Pair { what, expected, ours: found, weight: n * (found - expected).abs() });
        expected_s += n * expected;
        found_s += n * found;
        n_vehicles += n;
    }
    let mean = Pair {
        what: format!("mean time of {} movements (s)", pairs.len()),
        expected: expected_s / n_vehicles,
        ours: found_s / n_vehicles,
        weight: 0.0,
    };
    std::iter::once(mean.check()).chain(named(pairs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> PeerTables {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write("toy_links.csv", "edge,begin_s,entered,left,speed_mps,sampled_s\na,0,100,100,9,1\nb,0,50,50,9,1\n");
        write(
            "toy_movements.csv",
            "from_edge,to_edge,begins_with,count,timed,mean_time_s,mean_free_s,mean_delay_s\n\
             a,b,departure,50,50,3,2,1\na,b,junction,50,50,10,5,5\nb,a,junction,9,9,10,5,5\nb,b,junction,30,0,,,\n",
        );
        PeerTables::read(folder.path(), "x/toy").expect("readable tables")
    }

    fn run(entered_a: u64, time_s: f64) -> RunOutcome {
        RunOutcome {
            entered: BTreeMap::from([((LinkId(0), 0), entered_a), ((LinkId(1), 0), 50)]),
            movements: BTreeMap::from([
                ((LinkId(0), LinkId(1)), TimedMovement { n: 2, time_s: 2.0 * time_s }),
                ((LinkId(1), LinkId(0)), TimedMovement { n: 1, time_s: 99.0 }),
            ]),
            ..RunOutcome::default()
        }
    }

    #[test]
    fn the_worst_flows_and_movements_are_named() {
        let names = ["a".to_owned(), "b".to_owned()];
        let group = checks("x/toy", &tables(), &names, &[run(100, 12.0), run(100, 14.0)]);
        let rows: Vec<_> = group.checks.iter().map(|check| (check.quantity.as_str(), check.ours.as_str())).collect();
        assert_eq!(rows[0], ("flows with GEH < 5", "100.0 % of 2"));
        assert_eq!(rows[3], ("mean time of 1 movements (s)", "13.00"));
        assert_eq!(rows[4], ("time of a → b, 50 vehicles (s)", "13.00"));
        assert_eq!(rows.len(), 5);
    }

    #[test]
    fn a_flow_that_is_far_off_fails() {
        let names = ["a".to_owned(), "b".to_owned()];
        let group = checks("x/toy", &tables(), &names, &[run(10, 12.0)]);
        assert_eq!(group.checks[0].verdict, Verdict::Fails);
        assert!(group.checks[1].quantity.contains("flow on a from 00:00"), "{}", group.checks[1].quantity);
    }

    #[test]
    fn missing_tables_are_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = PeerTables::read(folder.path(), "x/toy").expect_err("no tables").to_string();
        assert!(text.contains("toy_links.csv"), "{text}");
    }
}
