//! `scenario.toml`, as serde types. Its JSON Schema comes from the same types, and [`crate::read::folder`] checks files
//! against that schema, so that all mistakes are found together.

use schemars::JsonSchema;
use serde::Deserialize;

/// A scenario.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// Short name.
    pub name: String,
    /// A line for people.
    #[serde(default)]
    pub title: String,
    /// What the scenario is, what it stands on, what is assumed.
    #[serde(default)]
    pub description: String,
    /// Where it plays.
    #[serde(default)]
    pub place: PlaceTable,
    /// When it plays.
    #[serde(default)]
    pub clock: ClockTable,
    /// Network, demand and driving models.
    pub traffic: TrafficTable,
    /// Vehicle types, beside the built-in type of every class (`car`, `motorcycle`, …).
    #[serde(default)]
    pub vehicle_types: Vec<VehicleTypeTable>,
    /// Feeders.
    #[serde(default)]
    pub power: PowerTable,
    /// Emissions.
    #[serde(default)]
    pub environment: EnvironmentTable,
    /// When a run counts as calibrated.
    #[serde(default)]
    pub calibration: CalibrationTable,
    /// What is written.
    #[serde(default)]
    pub observe: ObserveTable,
    /// Street lighting; left out: none.
    pub lighting: Option<LightingTable>,
}

/// Where a scenario plays.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceTable {
    /// Degrees north.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub longitude: Option<f64>,
    /// IANA time zone, such as `Asia/Ho_Chi_Minh`.
    pub time_zone: Option<String>,
}

/// An instant: seconds since midnight, or `"H:MM"`, `"H:MM:SS"`.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Instant {
    /// Seconds.
    Seconds(f64),
    /// Hours and minutes.
    Text(String),
}

impl Instant {
    /// In seconds since midnight.
    pub fn s(&self) -> Option<f64> {
        match self {
            Self::Seconds(seconds) => Some(*seconds),
            Self::Text(text) => crate::schema::column::parse_instant_s(text),
        }
    }
}

/// When a scenario plays.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockTable {
    /// Date of the first midnight, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// First instant. Default 0:00.
    pub begin: Option<Instant>,
    /// Last instant. Default: until the last vehicle has arrived.
    pub end: Option<Instant>,
    /// Length of a step in seconds, whole milliseconds. Default 0.5.
    #[schemars(range(min = 0.05, max = 2.0))]
    pub step_s: Option<f64>,
    /// Seconds after the beginning that results leave out. Default 0.
    #[schemars(range(min = 0.0, max = 86400.0))]
    pub warm_up_s: Option<f64>,
}

/// How vehicles move sideways.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lateral {
    /// Any lateral position, moving over seconds.
    Continuous,
    /// From lane to lane within a step.
    LaneInstant,
}

/// What rules a signal without supply.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DarkSignal {
    /// Everybody stops, first come first served.
    AllWayStop,
    /// The signs at the junction.
    Signs,
    /// The vehicle from the right first.
    YieldToRight,
}

/// Which car-following model types follow that name none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CarFollowingName {
    /// Intelligent driver model.
    Idm,
    /// Krauss, as SUMO codes it.
    Krauss,
}

/// Network, demand and driving models.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrafficTable {
    /// Folder with the GMNS network. One of `gmns` and `sumo` is needed.
    pub gmns: Option<String>,
    /// SUMO configuration that the scenario points to.
    pub sumo: Option<String>,
    /// Default: continuous for GMNS.
    pub lateral: Option<Lateral>,
    /// Default: idm for GMNS.
    pub car_following: Option<CarFollowingName>,
    /// Default: all_way_stop.
    pub dark_signal_rule: Option<DarkSignal>,
    /// A vehicle stuck in a wrong lane for this long turns where it can; 0: never. Default 60.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub missed_turn_after_s: Option<f64>,
    /// A trip that could not enter for this long is rejected. Default: waits for ever.
    #[schemars(range(min = 0.0, max = 86400.0))]
    pub max_depart_delay_s: Option<f64>,
    /// Waiting time over which drivers at minor roads grow fully impatient. Default 180.
    #[schemars(range(min = 1.0, max = 3600.0))]
    pub impatience_time_s: Option<f64>,
    /// Seed of all draws. Default 1.
    pub seed: Option<u64>,
    /// Factor on the demand. Default 1.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub scale: Option<f64>,
}

/// A vehicle type. What is left out is that of the class.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
pub struct VehicleTypeTable {
    /// Name that demand tables use.
    pub id: String,
    /// Class: car, motorcycle, moped, bicycle, taxi, bus, coach, delivery, truck, trailer, emergency, …
    pub class: String,
    /// Car-following model.
    pub car_following: Option<CarFollowingName>,
    /// Whether the vehicle keeps to lanes, or takes any lateral position. Default: all but two-wheelers.
    pub keeps_lane: Option<bool>,
    /// Where in its lane or road it likes to be. Default: center; motorcycles arbitrary, bicycles kerb.
    pub alignment: Option<AlignmentName>,
    /// The parameters of `docs/vehicle-types.md`: numbers, or distributions from which each rider's is drawn.
    #[serde(flatten)]
    pub parameters: crate::parameters::amount::Amounts,
}

/// Where a vehicle likes to be across its lane or road.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlignmentName {
    /// The middle of the lane.
    Center,
    /// The kerb side.
    Kerb,
    /// The median side.
    Median,
    /// Wherever it is.
    Arbitrary,
}

/// Street lighting. Tables beside: `luminaires.csv`, `luminaire_types.csv`, `lighting_sections.csv`,
/// `lighting_rules.csv`, `control_programs.csv`, `control_calendars.csv`, `volumes.csv`.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LightingTable {
    /// Set of rules: `en13201-2015`, `vietnam-2023`, or a file of one's own ending in .toml. Default: en13201-2015.
    pub rules: Option<String>,
    /// Road surface: R1, R2, R3, R4 or C2. Default: R3.
    pub surface: Option<String>,
    /// Average luminance coefficient of the surface, when it was measured. Default: that of the table.
    #[schemars(range(min = 0.01, max = 0.5))]
    pub q0: Option<f64>,
    /// Inventory as GeoJSON instead of `luminaires.csv`.
    pub luminaires: Option<String>,
    /// Coordinate system of positions in the inventory: an EPSG code, a proj string, or `local`. Default: 4326.
    pub crs: Option<String>,
    /// Farthest a luminaire may stand from a road. Default: 25.
    #[schemars(range(min = 1.0, max = 500.0))]
    pub snap_m: Option<f64>,
    /// Control programme of luminaires that name none: `full`, `adaptive`, `part_night`, `third_off`, `presence`, or one
    /// of `control_programs.csv`. Default: full.
    pub program: Option<String>,
    /// Control programmes and calendars in the words of TALQ (JSON), besides those of the tables.
    pub talq: Option<String>,
    /// How often lamps are looked at. Default: 60.
    #[schemars(range(min = 1.0, max = 3600.0))]
    pub rhythm_s: Option<f64>,
    /// Streets have to be lit while the sun is below this. Default: -3.
    #[schemars(range(min = -18.0, max = 10.0))]
    pub night_below_deg: Option<f64>,
    /// Luminaires farther sideways from a carriageway are taken to be hidden by houses. Default: 15.
    #[schemars(range(min = 0.0, max = 200.0))]
    pub corridor_m: Option<f64>,
    /// Traffic is averaged over so long for the class. Default: 300.
    #[schemars(range(min = 10.0, max = 86400.0))]
    pub class_window_s: Option<f64>,
    /// A class is held so long before a darker one. Default: 900.
    #[schemars(range(min = 0.0, max = 86400.0))]
    pub class_hold_s: Option<f64>,
    /// Passenger-car units an hour that a lane carries at most. Default: 800.
    #[schemars(range(min = 10.0, max = 3000.0))]
    pub lane_capacity_pcu_per_h: Option<f64>,
    /// How long somebody counts as near after having been seen. Default: 60.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub presence_hold_s: Option<f64>,
    /// Detectors see this far ahead of a vehicle. Default: 150.
    #[schemars(range(min = 0.0, max = 2000.0))]
    pub presence_ahead_m: Option<f64>,
    /// Age of the lamps for which light and power are computed, in burning hours. Default: 50000.
    #[schemars(range(min = 0.0, max = 200000.0))]
    pub age_h: Option<f64>,
    /// How dirty the air is. Default: medium.
    pub pollution: Option<Pollution>,
    /// Years between cleanings. Default: 2.
    #[schemars(range(min = 0.0, max = 5.0))]
    pub cleaning_years: Option<f64>,
}

/// How dirty the air is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pollution {
    /// Villages, parks.
    Low,
    /// Cities.
    Medium,
    /// Heavy traffic, industry.
    High,
}

/// Feeders; what hangs where stands in `feeder_*.csv` and `loads.csv`.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerTable {
    /// Seconds between power flows; lost supply is looked at in every step. Default 60.
    #[schemars(range(min = 0.1, max = 3600.0))]
    pub every_s: Option<f64>,
    /// Lowest voltage that counts as good, over nominal. Default 0.9.
    #[schemars(range(min = 0.1, max = 1.0))]
    pub voltage_min_pu: Option<f64>,
    /// Highest voltage that counts as good, over nominal. Default 1.1.
    #[schemars(range(min = 1.0, max = 2.0))]
    pub voltage_max_pu: Option<f64>,
    /// Voltage below which a signal is dark, over nominal. Default 0.8.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub signal_voltage_min_pu: Option<f64>,
    /// Blinking yellow of a signal that has supply again. Default 10.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub signal_restart_flashing_s: Option<f64>,
    /// Red for everybody after that, before the plan goes on. Default 6.
    #[schemars(range(min = 0.0, max = 600.0))]
    pub signal_restart_all_red_s: Option<f64>,
    /// Share of the sky under cloud, for photovoltaics. Default 0: a clear sky.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub cloud_share: Option<f64>,
    /// Share of motorcycles that are electric. Default 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub electric_share_motorcycle: Option<f64>,
    /// Share of buses that are electric. Default 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub electric_share_bus: Option<f64>,
}

/// When a run counts as calibrated: what was observed stands in `observed/counts.csv` and `observed/speeds.csv`.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationTable {
    /// The rule that both days of calibration and days held out have to meet. Default: tag_m31.
    pub rule: Option<crate::observed::Rule>,
}

/// Emissions of vehicles.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentTable {
    /// Whether emissions are computed. Default: true.
    pub emissions: Option<bool>,
    /// Fuel of this city's motorcycles and mopeds over that of the model. Default: 1.
    #[schemars(range(min = 0.1, max = 10.0))]
    pub motorcycle_factor: Option<f64>,
    /// The same for all other vehicles with an engine. Default: 1.
    #[schemars(range(min = 0.1, max = 10.0))]
    pub vehicle_factor: Option<f64>,
}

/// What is written.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObserveTable {
    /// Length of the result intervals. Default 900.
    #[schemars(range(min = 1.0, max = 86400.0))]
    pub interval_s: Option<f64>,
    /// Whether use of streets and conflicts between classes are measured, too: `street_use` and `interactions`.
    /// Default: false.
    pub interactions: Option<bool>,
    /// Tables to write; all when left out.
    #[serde(default)]
    pub tables: Vec<String>,
}

/// The JSON Schema of `scenario.toml`, without references.
pub fn json_schema() -> serde_json::Value {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<ScenarioFile>().to_value()
}
