//! A scenario as it was read: what every reader produces and every verb starts from.

use std::path::PathBuf;

use sim_core::city::StopPlace;
use sim_core::engine::params::RunParams;
use sim_core::environment::Environment;
use sim_core::network::parts::NetworkParts;
use sim_core::signals::SignalPlans;

use crate::demand::DemandSource;
use crate::lighting::plan::LightingPlan;
use crate::observed::Observed;
use crate::power::PowerPlan;

/// External ids and readable names, in the order of the dense ids.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Names {
    /// External junction ids.
    pub junctions: Vec<String>,
    /// Readable junction names: own name, else the crossing streets, else the id.
    pub junction_titles: Vec<String>,
    /// External link ids.
    pub links: Vec<String>,
    /// Readable link names (street), else the id.
    pub link_titles: Vec<String>,
    /// External signal ids.
    pub signals: Vec<String>,
    /// External movement ids by connector, empty where a connector starts no movement that has one; none at all where
    /// inputs do not name movements.
    pub movements: Vec<String>,
    /// External vehicle type ids.
    pub types: Vec<String>,
    /// External stop ids.
    pub stop_places: Vec<String>,
}

/// Something the user should know that is not a mistake: said once, with how often it was met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// What.
    pub message: String,
    /// How often.
    pub count: usize,
}

/// An input file and the digest of its bytes (BLAKE3, hex).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputDigest {
    /// The file's name, relative to the scenario.
    pub name: String,
    /// Digest of its bytes.
    pub digest: String,
}

/// Where and when a scenario plays, when it says so.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Place {
    /// Latitude in degrees.
    pub latitude: Option<f64>,
    /// Longitude in degrees.
    pub longitude: Option<f64>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Date of the first midnight, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// How the city plane lies on the earth, where that is known.
    pub plane: Option<CityCrs>,
}

/// How the city plane lies on the earth: projected coordinates plus an offset.
#[derive(Clone, PartialEq, Debug)]
pub struct CityCrs {
    /// The projection as a proj string.
    pub proj: String,
    /// What is added to its coordinates.
    pub offset_m: [f64; 2],
}

/// What a stage sheet says of the plan in force beside its lights; empty where there is no sheet.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SignalSheet {
    /// Name of the plan.
    pub plan: String,
    /// Days on which it holds.
    pub days: String,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// Its stages.
    pub stages: Vec<StageNote>,
}

/// What a stage sheet says of a stage beside its lights.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StageNote {
    /// Name.
    pub name: String,
    /// Walk interval.
    pub walk_s: Option<f64>,
    /// Pedestrian clearance.
    pub ped_clear_s: Option<f64>,
    /// Green.
    pub green_s: f64,
    /// Yellow of the movements that end.
    pub yellow_s: f64,
    /// Red of the movements that end.
    pub all_red_s: f64,
}

/// A scenario as it was read.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    /// Its name.
    pub name: String,
    /// The variant that was applied to it.
    pub variant: Option<String>,
    /// The folder or file it was read from.
    pub path: PathBuf,
    /// Place and date.
    pub place: Place,
    /// The network's parts.
    pub parts: NetworkParts,
    /// External ids and names.
    pub names: Names,
    /// Signal plans.
    pub signals: SignalPlans,
    /// What stage sheets say beside them, by signal; may be empty.
    pub sheets: Vec<SignalSheet>,
    /// Bus stops.
    pub stop_places: Vec<StopPlace>,
    /// Demand before its draws.
    pub demand: DemandSource,
    /// Feeders; may be none.
    pub power: PowerPlan,
    /// Settings of the run.
    pub run: RunParams,
    /// The files read.
    pub inputs: Vec<InputDigest>,
    /// What the user should know.
    pub notices: Vec<Notice>,
    /// Whether counts were loaded and met, which only a run can tell; a scenario by itself is not calibrated.
    pub is_calibrated: bool,
    /// Whether its variant is another from the beginning, so that it shares no warm-up.
    pub is_other_from_start: bool,
    /// Street lighting, if the scenario has any.
    pub lighting: Option<LightingPlan>,
    /// What was observed in the real city; may be nothing.
    pub observed: Observed,
    /// What is computed of emissions.
    pub environment: Environment,
}
