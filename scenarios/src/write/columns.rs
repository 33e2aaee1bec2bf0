//! The one list of result tables and their columns: name, unit, decimals, meaning. `citytwin schema` prints it, the
//! writers obey it, and `tables.json` beside every run repeats it.

mod comparison;
mod hcm;
mod interactions;
mod observed;
mod power;

pub use comparison::COMPARISON;
pub use hcm::{HCM_APPROACHES, HCM_CROSSINGS, HCM_JUNCTIONS, HCM_LANE_GROUPS, HCM_MOVEMENTS};
pub use interactions::{INTERACTIONS, STREET_USE};
pub use observed::OBSERVED;
pub use power::{BILLS, ENERGY, FEEDERS, INVESTMENTS, OUTAGE, SNAPSHOT_BRANCHES, SNAPSHOT_NODES, VOLTAGES};

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnKind {
    /// Text; ids are text.
    Text,
    /// A whole number.
    Integer,
    /// A number written with this many decimals.
    Number(u8),
}

/// A column of a result table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ColumnSpec {
    /// Name in the head of the table; the suffix is the unit.
    pub name: &'static str,
    /// Unit as text, empty where there is none.
    pub unit: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// What it means.
    pub meaning: &'static str,
}

/// A result table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableSpec {
    /// Name of the file without ending.
    pub name: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// Its columns in order.
    pub columns: &'static [ColumnSpec],
}

const fn text(name: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, unit: "", kind: ColumnKind::Text, meaning }
}
const fn integer(name: &'static str, unit: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, unit, kind: ColumnKind::Integer, meaning }
}
const fn number(name: &'static str, unit: &'static str, decimals: u8, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, unit, kind: ColumnKind::Number(decimals), meaning }
}

const BEGIN: ColumnSpec =
    number("begin_s", "s", 3, "start of the interval, seconds since local midnight of the first day");
const END: ColumnSpec = number("end_s", "s", 3, "end of the interval, which is not part of it");
const PARTIAL: ColumnSpec = integer(
    "partial",
    "",
    "1 if the interval is shorter than the others because the run or its warm-up cuts it, else 0",
);
const CALIBRATION: ColumnSpec =
    text("calibration", "`not calibrated` until counts are loaded and met, else `calibrated`");
const LEVEL: ColumnSpec = text(
    "level_of_service",
    "letter A to F by control delay after the Highway Capacity Manual; empty where the manual gives none",
);
const LEVEL_NOTE: ColumnSpec =
    text("level_of_service_note", "why the letter is empty, or that the ratio of demand to capacity made it F");

const EXHAUST_CO2: &str = "carbon dioxide of the exhaust; empty where emissions were left out";

/// One row per loaded trip, in the order of the demand.
pub const TRIPS: TableSpec = TableSpec {
    name: "trips",
    meaning: "one row per loaded trip in the order of departure; unfinished trips have empty cells",
    columns: &[
        text("trip_id", "id of the trip in the input; vehicles of a flow are numbered `flow.0`, `flow.1`, …"),
        text("class", "vehicle class"),
        text("status", "`arrived`, `running`, `waiting` (due, not let in yet) or `rejected`"),
        text("from_link", "first link of the route"),
        text("to_link", "last link of the route"),
        number("persons", "persons", 2, "people in the vehicle"),
        number("scheduled_depart_s", "s", 3, "when the trip was to begin"),
        number("depart_s", "s", 3, "when the vehicle entered the road"),
        number("depart_delay_s", "s", 3, "entry after the scheduled departure"),
        number("arrival_s", "s", 3, "when the trip ended"),
        number("duration_s", "s", 3, "time on the road, from entry to arrival"),
        number("length_m", "m", 2, "distance driven, so far for unfinished trips"),
        number(
            "time_loss_s",
            "s",
            3,
            "time lost against driving at the driver's own desired speed, stops on the way left out",
        ),
        number("waiting_s", "s", 3, "time at or below 0.1 m/s, stops on the way left out"),
        number("stop_time_s", "s", 3, "time at planned stops"),
        integer("stops", "", "how often waiting began"),
        integer("missed_turns", "", "turns taken because the right lane was out of reach"),
        number("speed_factor", "", 4, "the driver's factor on speed limits"),
        number("co2_g", "g", 1, EXHAUST_CO2),
        number(
            "energy_wh",
            "Wh",
            1,
            "electric energy taken from the battery, so far for unfinished trips; empty unless electric",
        ),
        number("fuel_g", "g", 2, "fuel burnt"),
        number("nox_g", "g", 4, "nitrogen oxides of the exhaust, as nitrogen dioxide"),
        number("pm_g", "g", 4, "particulate matter of the exhaust"),
    ],
};

/// Links by interval and class.
pub const LINKS: TableSpec = TableSpec {
    name: "links",
    meaning: "one row per interval, link and vehicle class, and one for all classes",
    columns: &[
        text("link_id", "id of the link in the input"),
        text("name", "name of the street, else the id"),
        text("class", "vehicle class, or `all`"),
        BEGIN,
        END,
        PARTIAL,
        number("length_m", "m", 2, "length of the link"),
        integer("entered", "vehicles", "vehicles whose front entered, departures included"),
        integer("left", "vehicles", "vehicles whose front left, arrivals included"),
        number("flow_vph", "veh/h", 2, "Edie's flow: distance driven over (length × time), all lanes"),
        number("density_vpkm", "veh/km", 3, "Edie's density: time spent over (length × time), all lanes"),
        number("mean_speed_mps", "m/s", 3, "Edie's space-mean speed: distance driven over time spent"),
        number(
            "travel_time_s",
            "s",
            3,
            "mean time over the whole link of vehicles that left at its end in the interval",
        ),
        number("co2_g", "g", 1, EXHAUST_CO2),
        number("energy_wh", "Wh", 1, "electric energy taken from batteries"),
        number("fuel_g", "g", 2, "fuel burnt"),
        number("nox_g", "g", 4, "nitrogen oxides of the exhaust, as nitrogen dioxide"),
        number("pm_g", "g", 4, "particulate matter of the exhaust"),
        CALIBRATION,
    ],
};

/// Movements by interval.
pub const MOVEMENTS: TableSpec = TableSpec {
    name: "movements",
    meaning: "one row per interval and movement, that is a way through a junction from one link to another",
    columns: &[
        text("junction_id", "id of the junction in the input"),
        text("signal_id", "id of the signal that rules it, empty without"),
        text("movement_id", "id of the inbound link, `->`, id of the outbound link"),
        text("name", "streets, heading and turn"),
        BEGIN,
        END,
        PARTIAL,
        number("demand_vph", "veh/h", 2, "vehicles that came onto the approach for this movement"),
        number("served_vph", "veh/h", 2, "vehicles that crossed the stop line"),
        number("served_pcu_h", "pcu/h", 2, "the same in passenger-car units"),
        number("control_delay_s", "s/veh", 2, "mean control delay of vehicles that left the junction"),
        number("person_delay_s", "s/person", 2, "mean control delay of the people in them"),
        number("stops_per_vehicle", "", 3, "mean number of stops of vehicles that left the junction"),
        number("back_of_queue_p50_m", "m", 1, "back of queue that half of the cycles do not exceed"),
        number("back_of_queue_p95_m", "m", 1, "back of queue that 95 % of the cycles do not exceed"),
        number("storage_m", "m", 1, "length of the longest approach lane that serves the movement"),
        number(
            "spillback_share",
            "",
            4,
            "share of time in which a vehicle at the stop line could not enter because its exit was full; empty without vehicles",
        ),
        number("capacity_vph", "veh/h", 1, "green share × saturation flow × lanes, empty without signal"),
        number("volume_to_capacity", "", 3, "demand over capacity"),
        number("arrivals_on_green_share", "", 3, "share of vehicles that arrive on green, empty without signal"),
        LEVEL,
        LEVEL_NOTE,
        CALIBRATION,
    ],
};

/// Junctions and approaches by interval.
pub const JUNCTIONS: TableSpec = TableSpec {
    name: "junctions",
    meaning: "one row per interval and junction, followed by one row for each of its approaches",
    columns: &[
        text("junction_id", "id of the junction in the input"),
        text("signal_id", "id of the signal that rules it, empty without"),
        text("approach_link_id", "id of the inbound link; empty in the row of the whole junction"),
        text("name", "name of the junction, or street and heading of the approach"),
        BEGIN,
        END,
        PARTIAL,
        number("demand_vph", "veh/h", 2, "vehicles that came onto the approaches"),
        number("served_vph", "veh/h", 2, "vehicles that crossed the stop lines"),
        number("served_pcu_h", "pcu/h", 2, "the same in passenger-car units"),
        number("control_delay_s", "s/veh", 2, "mean control delay of vehicles that left the junction"),
        number("person_delay_s", "s/person", 2, "mean control delay of the people in them"),
        number("stops_per_vehicle", "", 3, "mean number of stops of vehicles that left the junction"),
        number("back_of_queue_p50_m", "m", 1, "largest of its movements' medians over cycles"),
        number("back_of_queue_p95_m", "m", 1, "largest of its movements' 95th percentiles over cycles"),
        number("storage_m", "m", 1, "storage of the movement with the largest 95th percentile"),
        number("spillback_share", "", 4, "largest share of time in which one of its exits was blocked"),
        number("capacity_vph", "veh/h", 1, "always empty: capacities of movements that share lanes cannot be added"),
        number("volume_to_capacity", "", 3, "largest of its movements' ratios of demand to capacity"),
        number("arrivals_on_green_share", "", 3, "share of vehicles that arrive on green, empty without signal"),
        LEVEL,
        LEVEL_NOTE,
        CALIBRATION,
    ],
};

const LUMINANCE: ColumnSpec =
    number("luminance_cdm2", "cd/m²", 4, "average road luminance, maintained, lowest over observers");
const UO: ColumnSpec = number("uo", "", 4, "overall uniformity of luminance");
const UL: ColumnSpec = number("ul", "", 4, "longitudinal uniformity of luminance");
const TI: ColumnSpec = number("ti_pct", "%", 2, "threshold increment with new lamps");
const REI: ColumnSpec = number("rei", "", 4, "edge illuminance ratio");
const E_AVG: ColumnSpec = number("e_avg_lx", "lx", 3, "average horizontal illuminance, maintained");
const E_MIN: ColumnSpec = number("e_min_lx", "lx", 3, "least horizontal illuminance, maintained");

/// Lighting sections by interval.
pub const LIGHTING: TableSpec = TableSpec {
    name: "lighting",
    meaning: "one row per interval and lighting section; measures are those of the worst state at night, each at its worst place",
    columns: &[
        text("section_id", "id of the lighting section"),
        text("name", "name of the street"),
        BEGIN,
        END,
        text("required_class", "lighting class required in that state; empty by day"),
        number("output_share", "", 4, "mean output of its lamps at night, 1 is full"),
        LUMINANCE,
        UO,
        UL,
        TI,
        REI,
        E_AVG,
        E_MIN,
        integer("compliant", "", "1 if the class was met in every state at night, else 0; empty by day"),
        text("short_of", "what the worst state falls short of"),
        number("night_s", "s", 1, "time in which the street had to be lit"),
        number("noncompliant_s", "s", 1, "the part of it in which the class was not met"),
        number("power_w", "W", 2, "mean power of its lamps"),
        number("energy_wh", "Wh", 3, "energy of its lamps"),
        CALIBRATION,
    ],
};

/// Dimming states of the whole run.
pub const LIGHTING_STATES: TableSpec = TableSpec {
    name: "lighting_states",
    meaning: "one row per lighting section and distinct state of the lamps that light it, at night or while they burn, in the order in which the states first were",
    columns: &[
        text("section_id", "id of the lighting section"),
        text("name", "name of the street"),
        integer("state", "", "number of the state within the section, from 1"),
        number("first_s", "s", 1, "when it first was"),
        number("time_s", "s", 1, "time in it"),
        number("night_s", "s", 1, "the part of it in which the street had to be lit"),
        text("required_class", "lighting class required in it"),
        number("output_share", "", 4, "mean output of the section's lamps, 1 is full"),
        LUMINANCE,
        UO,
        UL,
        TI,
        REI,
        E_AVG,
        E_MIN,
        integer("compliant", "", "1 if the class is met, else 0"),
        text("short_of", "what it falls short of"),
        number(
            "smallest_output",
            "",
            3,
            "smallest common output of the section's lamps that meets the class, 1 where none does",
        ),
        CALIBRATION,
    ],
};

/// Circuits of the whole run.
pub const LIGHTING_CIRCUITS: TableSpec = TableSpec {
    name: "lighting_circuits",
    meaning: "one row per circuit of the whole run",
    columns: &[
        text("circuit_id", "id of the circuit"),
        text("cabinet_id", "cabinet that switches it"),
        integer("luminaires", "", "luminaires on it"),
        number("installed_w", "W", 1, "their power at full output"),
        number("energy_kwh", "kWh", 4, "their energy"),
        number("mean_w", "W", 1, "their energy over the time recorded"),
    ],
};

/// Phases of actuated signals in the whole run.
pub const SIGNAL_PHASES: TableSpec = TableSpec {
    name: "signal_phases",
    meaning: "one row per phase of an actuated signal; only where there is one",
    columns: &[
        text("signal_id", "id of the signal"),
        integer("phase", "", "place of the phase in its program, from 0"),
        text("state", "what the heads show, one letter each, as in SUMO"),
        number("min_s", "s", 3, "least duration allowed"),
        number("max_s", "s", 3, "greatest duration allowed"),
        integer("count", "", "how often it began after the warm-up and ended"),
        number("mean_s", "s", 3, "mean duration"),
        number("shortest_s", "s", 3, "shortest duration"),
        number("longest_s", "s", 3, "longest duration"),
        CALIBRATION,
    ],
};

/// Indicators of the whole run.
pub const INDICATORS: TableSpec = TableSpec {
    name: "indicators",
    meaning: "one row per indicator of the whole run",
    columns: &[
        text("indicator_id", "our id; begins with `iso37120_` or `iso37122_` where one of their indicators is meant"),
        text("name", "what it says"),
        number("value", "", 4, "numerator over denominator, or the number itself"),
        text("unit", "unit of the value"),
        number("numerator", "", 3, "numerator, in units that give the value's"),
        number("denominator", "", 3, "denominator, empty where there is none"),
        text("period", "simulated seconds `begin/end` the value stands for"),
        text("status", "`measured`, `simulated`, `assumed` (from the scenario's inventory) or `refused`"),
        text("note", "why a value is refused"),
        CALIBRATION,
    ],
};

/// All tables in the order in which they are written.
pub const TABLES: &[TableSpec] = &[
    TRIPS,
    LINKS,
    MOVEMENTS,
    JUNCTIONS,
    SIGNAL_PHASES,
    STREET_USE,
    INTERACTIONS,
    LIGHTING,
    LIGHTING_STATES,
    LIGHTING_CIRCUITS,
    FEEDERS,
    VOLTAGES,
    ENERGY,
    OUTAGE,
    OBSERVED,
    INDICATORS,
];

/// The tables as JSON: what `citytwin schema results` prints and `tables.json` holds.
pub fn to_json(calibration: Option<&str>) -> serde_json::Value {
    let tables: Vec<serde_json::Value> = TABLES.iter().map(table_json).collect();
    let mut all = serde_json::json!({ "schema": 1, "missing_value": "", "tables": tables });
    if let Some(calibration) = calibration {
        all["calibration"] = calibration.into();
    }
    all
}

fn table_json(table: &TableSpec) -> serde_json::Value {
    let columns: Vec<serde_json::Value> = table
        .columns
        .iter()
        .map(|column| {
            let mut json = serde_json::json!({
                "name": column.name,
                "type": match column.kind {
                    ColumnKind::Text => "string",
                    ColumnKind::Integer => "integer",
                    ColumnKind::Number(_) => "number",
                },
                "meaning": column.meaning,
            });
            if !column.unit.is_empty() {
                json["unit"] = column.unit.into();
            }
            if let ColumnKind::Number(decimals) = column.kind {
                json["decimals"] = decimals.into();
            }
            json
        })
        .collect();
    serde_json::json!({ "name": table.name, "meaning": table.meaning, "columns": columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_names_are_unique_within_a_table() {
        for table in TABLES {
            let mut names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
        }
    }

    #[test]
    fn unit_suffixes_agree_with_units() {
        let suffixes =
            [("_m", "m"), ("_mps", "m/s"), ("_vph", "veh/h"), ("_vpkm", "veh/km"), ("_g", "g"), ("_wh", "Wh")];
        for column in TABLES.iter().flat_map(|table| table.columns) {
            for (suffix, unit) in suffixes {
                if column.name.ends_with(suffix) {
                    assert_eq!(column.unit, unit, "{}", column.name);
                }
            }
        }
    }
}
