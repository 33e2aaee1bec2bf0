//! What is compared: names, units, words, and which way is better.

use serde::Serialize;

/// What a measure is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Scope {
    /// The whole scenario.
    Network,
    /// A vehicle class.
    Class(String),
    /// A street: all links of its name.
    Corridor(String),
    /// A junction, by its id.
    Junction(String),
}

impl Scope {
    /// Its kind, as tables name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Class(_) => "class",
            Self::Corridor(_) => "corridor",
            Self::Junction(_) => "junction",
        }
    }
    /// Which one; empty for the network.
    pub fn id(&self) -> &str {
        match self {
            Self::Network => "",
            Self::Class(id) | Self::Corridor(id) | Self::Junction(id) => id,
        }
    }
}

/// Which way a measure is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// It depends.
    Neither,
}

/// A measure of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measure {
    /// Its name.
    pub key: &'static str,
    /// Where `summary.json` has it, for the run and for each class.
    pub pointer: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Words for people.
    pub words: &'static str,
    /// Which way is better.
    pub better: Better,
}

const fn measure(
    key: &'static str,
    pointer: &'static str,
    unit: &'static str,
    words: &'static str,
    better: Better,
) -> Measure {
    Measure { key, pointer, unit, words, better }
}

use Better::{Higher, Lower, Neither};

/// Measures that `summary.json` gives for the run and for each class.
pub const OF_TRIPS: &[Measure] = &[
    measure("total_delay_s", "/totals/total_delay_s", "s", "delay of all loaded vehicles", Lower),
    measure("total_time_spent_s", "/totals/total_time_spent_s", "s", "time spent by all loaded vehicles", Lower),
    measure("arrived", "/vehicles/arrived", "vehicles", "vehicles that arrived", Higher),
    measure("waiting_to_depart", "/vehicles/waiting_to_depart", "vehicles", "vehicles not let in", Lower),
    measure("mean_duration_s", "/trips/mean_duration_s", "s", "travel time of arrived trips", Lower),
    measure("mean_time_loss_s", "/trips/mean_time_loss_s", "s", "time loss of arrived trips", Lower),
    measure("mean_waiting_s", "/trips/mean_waiting_s", "s", "waiting of arrived trips", Lower),
    measure("mean_stops", "/trips/mean_stops", "", "stops of arrived trips", Lower),
    measure("mean_depart_delay_s", "/trips/mean_depart_delay_s", "s", "depart delay of arrived trips", Lower),
    measure("mean_speed_mps", "/trips/mean_speed_mps", "m/s", "speed of arrived trips", Higher),
    measure("missed_turns", "/vehicles/missed_turns", "", "missed turns", Lower),
    measure("co2_g", "/totals/co2_g", "g", "carbon dioxide of the exhaust, all loaded vehicles", Lower),
    measure("fuel_g", "/totals/fuel_g", "g", "fuel burnt, all loaded vehicles", Lower),
    measure("nox_g", "/totals/nox_g", "g", "nitrogen oxides of the exhaust, all loaded vehicles", Lower),
    measure("pm_g", "/totals/pm_g", "g", "particulate matter of the exhaust, all loaded vehicles", Lower),
    measure("energy_wh", "/totals/energy_wh", "Wh", "energy taken from batteries, all loaded vehicles", Neither),
];

/// Measures of junctions, and their mean over all junctions by vehicles served.
pub const OF_JUNCTIONS: &[Measure] = &[
    measure("control_delay_s", "", "s/veh", "control delay at junctions", Lower),
    measure("person_delay_s", "", "s/person", "control delay of people at junctions", Lower),
    measure("stops_per_vehicle", "", "", "stops per vehicle at junctions", Lower),
    measure("back_of_queue_p95_m", "", "m", "longest back of queue (95th percentile)", Lower),
    measure("served", "", "vehicles", "vehicles served", Higher),
];

/// Measures of corridors.
pub const OF_CORRIDORS: &[Measure] = &[
    measure("corridor_speed_mps", "", "m/s", "mean speed along the street", Higher),
    measure("vehicle_km", "", "veh km", "distance driven along the street", Neither),
    measure("vehicle_h", "", "veh h", "time spent along the street", Lower),
];

/// Parts of `summary.json` whose numbers are all compared, under names such as `power.loss_kwh`.
pub const SECTIONS: &[&str] = &["lighting", "power", "environment"];

/// Unit and better way of a number of such a part, by its name's last words.
pub fn of_section(key: &str) -> (&'static str, Better) {
    let last = key.rsplit('.').next().unwrap_or(key);
    let unit = [
        ("_g_per_km", "g/km"),
        ("_kwh", "kWh"),
        ("_wh", "Wh"),
        ("_kg", "kg"),
        ("_g", "g"),
        ("_pu", "pu"),
        ("_h", "h"),
        ("_s", "s"),
    ]
    .iter()
    .find(|(suffix, _)| last.ends_with(suffix))
    .map_or("", |(_, unit)| *unit);
    let is_one = |words: &[&str]| words.iter().any(|word| key.contains(word));
    let better = if is_one(&["lowest_voltage", "compliant_share", "compliant_hours"]) {
        Higher
    } else if is_one(&["_kwh", "_wh", "cost", "charge", "co2", "nox", "pm_", "hours", "loading", "not_", "fuel"]) {
        Lower
    } else {
        Neither
    };
    (unit, better)
}

/// Words, unit and better way of a measure by its name.
pub fn describe(key: &str) -> (String, &'static str, Better) {
    let all = OF_TRIPS.iter().chain(OF_JUNCTIONS).chain(OF_CORRIDORS);
    all.into_iter().find(|measure| measure.key == key).map_or_else(
        || {
            let (unit, better) = of_section(key);
            (key.replace(['.', '_'], " "), unit, better)
        },
        |measure| (measure.words.to_owned(), measure.unit, measure.better),
    )
}
