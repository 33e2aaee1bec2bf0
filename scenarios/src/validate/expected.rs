//! Reads what SUMO gives on the real networks: `expected.csv` and `expected_arrivals.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::means::Mean;
use crate::error::{Problem, Problems};

/// What SUMO gives on a network, as means over seeds.
#[derive(Clone, PartialEq, Debug)]
pub struct ExpectedNetwork {
    /// Name of the network: its folder.
    pub network: String,
    /// Vehicles that entered.
    pub inserted: f64,
    /// Mean duration of arrived trips.
    pub duration_s: Mean,
    /// Mean time loss.
    pub time_loss_s: Mean,
    /// Mean departure delay.
    pub depart_delay_s: Mean,
    /// Mean length.
    pub length_m: f64,
    /// Arrivals by the start of their quarter of an hour on the clock.
    pub arrivals: BTreeMap<i64, Mean>,
}

impl ExpectedNetwork {
    /// Departure delay and duration together. Their deviations are taken as independent.
    pub fn delay_and_duration_s(&self) -> Mean {
        Mean {
            value: self.depart_delay_s.value + self.duration_s.value,
            deviation: self.depart_delay_s.deviation.hypot(self.duration_s.deviation),
            n: self.duration_s.n,
        }
    }
}

#[derive(Deserialize)]
struct NetworkRow {
    network: String,
    seeds: usize,
    inserted_mean: f64,
    duration_s_mean: f64,
    duration_s_sd: f64,
    time_loss_s_mean: f64,
    time_loss_s_sd: f64,
    depart_delay_s_mean: f64,
    depart_delay_s_sd: f64,
    route_length_m_mean: f64,
}

#[derive(Deserialize)]
struct ArrivalsRow {
    network: String,
    quarter_hour_begin_s: i64,
    arrivals_mean: f64,
    arrivals_sd: f64,
}

/// Reads both tables of a folder, in the order of `expected.csv`.
///
/// # Errors
/// Unreadable files and rows; arrivals of networks that `expected.csv` does not have.
pub fn read(folder: &Path) -> Result<Vec<ExpectedNetwork>, Problems> {
    let arrivals_path = folder.join("expected_arrivals.csv");
    let mut networks: Vec<ExpectedNetwork> =
        rows::<NetworkRow>(&folder.join("expected.csv"))?.into_iter().map(network).collect();
    let mut problems = Problems::default();
    for row in rows::<ArrivalsRow>(&arrivals_path)? {
        match networks.iter_mut().find(|network| network.network == row.network) {
            Some(network) => {
                let mean = Mean { value: row.arrivals_mean, deviation: row.arrivals_sd, n: network.duration_s.n };
                network.arrivals.insert(row.quarter_hour_begin_s, mean);
            }
            None => problems.push(
                Problem::new(&arrivals_path, "this network is not in expected.csv").field("network", row.network),
            ),
        }
    }
    problems.or_ok(networks)
}

fn network(row: NetworkRow) -> ExpectedNetwork {
    let mean = |value, deviation| Mean { value, deviation, n: row.seeds };
    ExpectedNetwork {
        inserted: row.inserted_mean,
        duration_s: mean(row.duration_s_mean, row.duration_s_sd),
        time_loss_s: mean(row.time_loss_s_mean, row.time_loss_s_sd),
        depart_delay_s: mean(row.depart_delay_s_mean, row.depart_delay_s_sd),
        length_m: row.route_length_m_mean,
        arrivals: BTreeMap::new(),
        network: row.network,
    }
}

/// Reads the rows of a table.
pub(super) fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Problems> {
    let problem = |error: csv::Error| {
        let problem = Problem::new(path, error.to_string());
        Problems::from(match error.position() {
            Some(position) => problem.line(position.line() as usize),
            None => problem.hint("is it the right folder? see `citytwin validate --help`"),
        })
    };
    let mut reader = csv::Reader::from_path(path).map_err(problem)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(problem)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const NETWORKS: &str = "network,seeds,inserted_mean,arrived_mean,duration_s_mean,duration_s_sd,time_loss_s_mean,\
        time_loss_s_sd,waiting_s_mean,depart_delay_s_mean,depart_delay_s_sd,speed_mps_mean,route_length_m_mean,\
        teleports_total\na/b,8,10,9,60,3,40,2,20,5,4,7,300,0\n";

    fn read_texts(networks: &str, arrivals: &str) -> Result<Vec<ExpectedNetwork>, Problems> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("expected.csv"), networks).expect("written");
        fs::write(folder.path().join("expected_arrivals.csv"), arrivals).expect("written");
        read(folder.path())
    }

    #[test]
    fn reads_both_tables() {
        let arrivals = "network,quarter_hour_begin_s,arrivals_mean,arrivals_sd\na/b,0,5,1\na/b,900,4,0.5\n";
        let networks = read_texts(NETWORKS, arrivals).expect("good tables");
        assert_eq!(networks.len(), 1);
        assert_eq!(networks[0].delay_and_duration_s(), Mean { value: 65.0, deviation: 5.0, n: 8 });
        assert_eq!(networks[0].arrivals[&900], Mean { value: 4.0, deviation: 0.5, n: 8 });
    }

    #[test]
    fn bad_cells_and_strange_networks_are_reported_with_their_place() {
        let arrivals = "network,quarter_hour_begin_s,arrivals_mean,arrivals_sd\n";
        let text = read_texts(&NETWORKS.replace(",60,", ",sixty,"), arrivals).expect_err("a bad cell").to_string();
        assert!(text.contains("expected.csv:2"), "{text}");
        let text = read_texts(NETWORKS, &format!("{arrivals}c/d,0,5,1\n")).expect_err("no such network").to_string();
        assert!(text.contains("c/d"), "{text}");
    }
}
