//! What was observed in the real city, and how near a run comes to it.
//!
//! Days used to adjust the model and days held out are judged apart; only when both meet the rule is a run called
//! calibrated.

pub mod judge;
pub mod picture;
pub mod read;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::ids::LinkId;
use sim_core::units::VehicleClass;

/// A named rule for what is near enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// TAG unit M3.1 of the UK's Department for Transport: more than 85 % of flows within GEH 5 or within 100 veh/h
    /// (below 700), 15 % (to 2,700), 400 veh/h (above); more than 85 % of speeds within 15 %.
    #[default]
    TagM31,
    /// FHWA Traffic Analysis Toolbox volume III (2004): both criteria of flows for more than 85 %, the sum of flows within
    /// 5 % and GEH 4; more than 85 % of speeds within 15 %.
    Fhwa2004,
}

impl Rule {
    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::TagM31 => "TAG M3.1",
            Self::Fhwa2004 => "FHWA Toolbox III (2004)",
        }
    }
}

/// What an observation is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// The model may be adjusted to it.
    Calibration,
    /// The model has not seen it.
    HeldOut,
}

impl Use {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calibration => "calibration",
            Self::HeldOut => "held_out",
        }
    }
}

/// Where and of what something was observed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// Vehicles that entered a link.
    Entry,
    /// Vehicles in the middle of a link, by Edie's flow.
    Middle,
    /// Vehicles that left a link.
    Exit,
    /// Vehicles that crossed a stop line towards a link.
    Movement(LinkId),
    /// Mean speed along a link.
    Speed,
}

/// A subject of observation, the same on all days.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Subject {
    /// What it is for.
    pub usage: Use,
    /// Whether it is a count or a speed, and of what.
    pub what: What,
    /// Name of the site.
    pub site: String,
    /// The link.
    pub link: LinkId,
    /// The class; `None` for all.
    pub class: Option<VehicleClass>,
    /// Start of the interval.
    pub begin_ms: i64,
    /// End of the interval.
    pub end_ms: i64,
}

/// One observation.
#[derive(Clone, PartialEq, Debug)]
pub struct Observation {
    /// Its subject.
    pub subject: Subject,
    /// The day; empty when it is not known.
    pub date: String,
    /// Vehicles, or metres per second.
    pub value: f64,
}

/// All observations of a scenario.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Observed {
    /// The observations.
    pub rows: Vec<Observation>,
    /// What is near enough.
    pub rule: Rule,
}
