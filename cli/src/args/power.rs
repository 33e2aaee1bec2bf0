//! What may be typed after `power`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::parse_time_ms;

/// What `power` makes instead of solving.
#[derive(Subcommand, Debug)]
pub(crate) enum PowerVerb {
    /// Build feeders from cabinets.csv and poles.csv with a default cable; what is assumed is listed in ASSUMED.md
    Generate(GenerateArgs),
    /// Hold observed/meters.csv against the model, meter by meter and month by month, with likely causes
    Bills(BillsArgs),
    /// Say what the measures of investments.csv cost and save: payback, net present value, cost per MWh saved
    Invest(InvestArgs),
}

/// How `power bills` and `power invest` give their rows.
#[derive(Args, Debug)]
pub(crate) struct MoneyTableArgs {
    /// File for the table
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file
    #[arg(long)]
    pub(crate) force: bool,
    /// Threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Print the rows as JSON to stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `power bills`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin power bills my-city                  the twenty largest differences\n  \
    citytwin power bills my-city -o bills.csv     all of them, as a table")]
pub(crate) struct BillsArgs {
    /// Scenario folder with observed/meters.csv
    #[arg(value_name = "SCENARIO")]
    pub(crate) path: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: MoneyTableArgs,
}

/// Options of `power invest`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin power invest                         the measures of the shipped scenario\n  \
    citytwin power invest my-city --year 2027 -o investments-out.csv")]
pub(crate) struct InvestArgs {
    /// Scenario folder with investments.csv; the shipped scenario if none is given
    #[arg(value_name = "SCENARIO")]
    pub(crate) path: Option<PathBuf>,
    /// Year whose nights, tariffs and factors are taken
    #[arg(long, value_name = "YEAR", default_value_t = 2026, value_parser = clap::value_parser!(i16).range(1990..2100))]
    pub(crate) year: i16,
    #[command(flatten)]
    pub(crate) table: MoneyTableArgs,
}

/// Options of `power generate`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin power generate my-city                      feeders beside the tables\n  \
    citytwin power generate survey -o my-city --pole-w 60 --r-ohm-per-km 0.727")]
pub(crate) struct GenerateArgs {
    /// Folder with cabinets.csv and poles.csv
    pub(crate) folder: PathBuf,
    /// Folder for the feeder tables [default: the same]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Replace feeder tables that are there
    #[arg(long)]
    pub(crate) force: bool,
    /// Power of a pole that gives none
    #[arg(long, value_name = "W", default_value_t = 100.0)]
    pub(crate) pole_w: f64,
    /// Resistance of the cable: 1.15 is 16 mm² of copper
    #[arg(long, value_name = "OHM", default_value_t = 1.15)]
    pub(crate) r_ohm_per_km: f64,
    /// Reactance of the cable
    #[arg(long, value_name = "OHM", default_value_t = 0.08)]
    pub(crate) x_ohm_per_km: f64,
    /// Current that the cable may carry
    #[arg(long, value_name = "A", default_value_t = 100.0)]
    pub(crate) rated_a: f64,
    /// Short-circuit power at a cabinet that gives none
    #[arg(long, value_name = "MVA", default_value_t = 8.0)]
    pub(crate) short_circuit_mva: f64,
}

/// Options of `power`.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
    citytwin power                               the feeders of the shipped scenario, in the hours it plays\n  \
    citytwin power bills my-city                 meters against their bills\n  \
    citytwin power invest                        what measures cost and save\n  \
    citytwin power circuit.dss                   an OpenDSS circuit with all loads at nominal power\n  \
    citytwin power circuit.dss --at 09:25        the same with its load shapes at an instant\n  \
    citytwin power circuit.dss --day -o results  a whole day: feeders.csv, voltages.csv, energy.csv\n  \
    citytwin power my-city --dss feeders/        the scenario's feeders as OpenDSS scripts"
)]
pub(crate) struct PowerArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<PowerVerb>,
    /// Scenario folder or OpenDSS script (*.dss); the shipped scenario if none is given
    #[arg(value_name = "SCENARIO|CIRCUIT.dss")]
    pub(crate) path: Option<PathBuf>,
    /// One instant: seconds since midnight or HH:MM[:SS]
    #[arg(long, value_name = "TIME", value_parser = parse_time_ms)]
    pub(crate) at: Option<i64>,
    /// The whole first day
    #[arg(long, conflicts_with = "at")]
    pub(crate) day: bool,
    /// Folder for the tables
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the tables in a folder that is not empty; other files in it stay
    #[arg(long)]
    pub(crate) force: bool,
    /// Also write every feeder as an OpenDSS script to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) dss: Option<PathBuf>,
    /// Threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Print the figures as JSON to stdout
    #[arg(long)]
    pub(crate) json: bool,
}
