//! What may be typed after `citytwin signals`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ScenarioArgs;

/// What to do with signals.
#[derive(Subcommand, Debug)]
pub(crate) enum SignalsVerb {
    /// Capacity, delay and level of service of junctions without simulation, from turning counts and plans
    Evaluate(EvaluateArgs),
}

/// Options of `signals`.
#[derive(Args, Debug)]
pub(crate) struct SignalsArgs {
    #[command(subcommand)]
    pub(crate) verb: SignalsVerb,
}

/// How junctions are evaluated.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum EvaluateMethod {
    /// Highway Capacity Manual, 7th edition
    #[default]
    Hcm,
}

/// Options of `signals evaluate`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin signals evaluate                                   all junctions of the shipped scenario, volumes from its trips\n  \
    citytwin signals evaluate my-city --counts tmc.csv          volumes from turning counts\n  \
    citytwin signals evaluate my-city --counts tmc.csv --run results -o hcm    beside a run, as tables\n  \
    citytwin signals evaluate city.sumocfg --list               junctions and their approaches\n\n\
    Turning counts, rows by interval:          rows by movement:\n  \
    junction_id,begin,NBL,NBT,NBR,SBT          junction_id,begin,end,approach,turn,count,heavy\n  \
    a,7:00,12,80,9,75                          a,7:00,7:15,NB,left,12,1\n  \
    a,7:15,15,92,11,81                         a,7:00,7:15,NB,through,80,4\n\n\
    An approach is a direction of travel (NB, NEB, …) or a link; a column NBL_heavy holds heavy vehicles.")]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Method
    #[arg(long, value_enum, default_value_t = EvaluateMethod::Hcm)]
    pub(crate) method: EvaluateMethod,
    /// Turning counts [default: the scenario's trips, at the times they would pass on empty streets]
    #[arg(long, value_name = "CSV")]
    pub(crate) counts: Option<PathBuf>,
    /// Grades, parking, buses, pedestrians, turns on red, arrival types by approach
    #[arg(long, value_name = "CSV")]
    pub(crate) conditions: Option<PathBuf>,
    /// Folder of a run whose measures stand beside
    #[arg(long, value_name = "DIR")]
    pub(crate) run: Option<PathBuf>,
    /// Only these junctions: ids or names
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) junction: Vec<String>,
    /// List junctions and their approaches, and evaluate nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// Peak-hour factor, 0.25 to 1 [default: as counted; else 0.92 from 1000 veh/h on, 0.88 below]
    #[arg(long, value_name = "SHARE")]
    pub(crate) peak_hour_factor: Option<f64>,
    /// Share of heavy vehicles where counts do not tell
    #[arg(long, value_name = "SHARE", default_value_t = 0.03)]
    pub(crate) heavy_share: f64,
    /// Base saturation flow, passenger cars per hour and lane
    #[arg(long, value_name = "PC/H", default_value_t = 1900.0)]
    pub(crate) base_saturation: f64,
    /// The area is like a central business district
    #[arg(long)]
    pub(crate) central: bool,
    /// Arrival type at all signals, 1 to 6 [default: platoons from the signal upstream, else at random]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=6))]
    pub(crate) arrival_type: Option<u8>,
    /// Folder for the tables
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Write into a folder that is not empty; other files in it stay
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print everything as JSON to stdout instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}
