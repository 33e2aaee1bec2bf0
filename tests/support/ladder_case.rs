//! A case of the micro ladder as its folder holds it: what SUMO does in it, and which deviations are allowed.

use std::fs;
use std::path::{Path, PathBuf};

/// A vehicle after a step.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct State {
    /// Time at the beginning of the step, as in SUMO's output.
    pub time_ms: i64,
    /// Name of the vehicle.
    pub vehicle: String,
    /// Name of the lane its front is on.
    pub lane: String,
    /// Position of its front on the lane.
    pub position_m: f64,
    /// Speed.
    pub speed_mps: f64,
}

/// A finished trip.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Trip {
    /// Name of the vehicle.
    pub vehicle: String,
    /// Its measures in the order of [`TRIP_QUANTITIES`].
    pub values: [f64; TRIP_QUANTITIES.len()],
}

/// The measures of a trip: columns of `expected_trips.csv`.
pub(crate) const TRIP_QUANTITIES: [&str; 8] =
    ["depart_s", "arrival_s", "duration_s", "time_loss_s", "waiting_s", "stops", "depart_delay_s", "length_m"];

/// What happened in a run, SUMO's or ours.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Record {
    /// Vehicles on the road after each step.
    pub states: Vec<State>,
    /// Trips that ended.
    pub trips: Vec<Trip>,
}

/// Deviations that count as equal.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Tolerance {
    /// In speed.
    pub speed_mps: f64,
    /// In position on the lane.
    pub position_m: f64,
    /// In the time of entry and exit.
    pub entry_s: f64,
    /// In times of trips.
    pub trip_s: f64,
    /// In lengths of trips.
    pub trip_m: f64,
    /// Deviations that are known and may stay.
    pub allowances: Vec<Allowance>,
}

/// A known deviation with its cause.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Allowance {
    /// Why.
    pub cause: String,
    /// From this time on.
    pub first_s: f64,
    /// For these vehicles; empty for all.
    pub vehicles: Vec<String>,
    /// In these quantities; empty for all.
    pub quantities: Vec<String>,
}

/// A case.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Case {
    /// Name of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What SUMO does.
    pub expected: Record,
    /// What may deviate.
    pub tolerance: Tolerance,
}

/// The folder of all cases.
pub(crate) fn ladder_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/ladder")
}

/// All cases in the order of their names.
pub(crate) fn all_cases() -> Vec<Case> {
    let mut folders: Vec<PathBuf> = fs::read_dir(ladder_folder())
        .expect("the ladder's folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("run.sumocfg").exists())
        .collect();
    folders.sort();
    folders.iter().map(|folder| read_case(folder)).collect()
}

fn read_case(folder: &Path) -> Case {
    Case {
        name: folder.file_name().expect("a name").to_string_lossy().into_owned(),
        folder: folder.to_owned(),
        expected: Record {
            states: read_states(&folder.join("expected.csv")),
            trips: read_trips(&folder.join("expected_trips.csv")),
        },
        tolerance: read_tolerance(&folder.join("tolerance.toml")),
    }
}

fn read_rows(path: &Path, header: &[&str]) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    assert_eq!(reader.headers().expect("a header"), header, "columns of {}", path.display());
    reader.records().map(|row| row.unwrap_or_else(|error| panic!("{error}: {}", path.display()))).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not a number"))
}

fn read_states(path: &Path) -> Vec<State> {
    read_rows(path, &["time_s", "vehicle", "lane", "position_m", "speed_mps"])
        .iter()
        .map(|row| State {
            time_ms: (number(&row[0]) * 1000.0).round() as i64,
            vehicle: row[1].to_owned(),
            lane: row[2].to_owned(),
            position_m: number(&row[3]),
            speed_mps: number(&row[4]),
        })
        .collect()
}

fn read_trips(path: &Path) -> Vec<Trip> {
    let header: Vec<&str> = std::iter::once("vehicle").chain(TRIP_QUANTITIES).collect();
    read_rows(path, &header)
        .iter()
        .map(|row| Trip { vehicle: row[0].to_owned(), values: std::array::from_fn(|index| number(&row[index + 1])) })
        .collect()
}

fn read_tolerance(path: &Path) -> Tolerance {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    check_keys(&table, &["speed_mps", "position_m", "entry_s", "trip_s", "trip_m", "allowance"], path);
    let allowances = table.get("allowance").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
    Tolerance {
        speed_mps: float(&table, "speed_mps").unwrap_or(0.01),
        position_m: float(&table, "position_m").unwrap_or(0.05),
        entry_s: float(&table, "entry_s").unwrap_or(0.0),
        trip_s: float(&table, "trip_s").unwrap_or(0.05),
        trip_m: float(&table, "trip_m").unwrap_or(0.1),
        allowances: allowances.iter().map(|value| read_allowance(value, path)).collect(),
    }
}

fn read_allowance(value: &toml::Value, path: &Path) -> Allowance {
    let table = value.as_table().unwrap_or_else(|| panic!("allowance is not a table: {}", path.display()));
    check_keys(table, &["cause", "first_s", "vehicles", "quantities"], path);
    let cause = table.get("cause").and_then(toml::Value::as_str).unwrap_or("");
    assert!(cause.len() > 10, "an allowance needs a cause: {}", path.display());
    Allowance {
        cause: cause.to_owned(),
        first_s: float(table, "first_s").unwrap_or(f64::NEG_INFINITY),
        vehicles: words(table, "vehicles"),
        quantities: words(table, "quantities"),
    }
}

fn check_keys(table: &toml::Table, known: &[&str], path: &Path) {
    let unknown: Vec<&String> = table.keys().filter(|key| !known.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "unknown keys {unknown:?}, known {known:?}: {}", path.display());
}

fn float(table: &toml::Table, key: &str) -> Option<f64> {
    let value = table.get(key)?;
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn words(table: &toml::Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(toml::Value::as_array);
    list.into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
