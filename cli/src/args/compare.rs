//! What may be typed after `compare`.

use std::path::PathBuf;

use clap::Args;
use scenarios::compare::Requirement;

use super::{ScenarioArgs, TableFormat};

/// Options of `compare`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin compare --variants outage-at-dusk --seeds 5\n  \
    citytwin compare my-city --variants retimed,closure --seeds 10 --primary total_delay_s,mean_stops\n  \
    citytwin compare my-city --variants retimed --require \"total_delay_s < -2%\"    exit code 3 if it is not met\n  \
    citytwin compare --set power.electric_share_motorcycle=0.5 --seeds 3    the scenario with a value against itself\n  \
    citytwin compare runs/base runs/retimed    finished runs, or folders of runs, paired by seed\n\n\
    Without --variants, what is --set is the variant. With them, values of scenario.toml hold for all runs, those of\n\
    changes[..] for the one variant.\n\
    Finished runs are kept: the same command goes on where it was stopped.")]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Result folders to compare with the first, which then is a result folder, too
    #[arg(value_name = "RUN", conflicts_with_all = ["variants", "seeds"])]
    pub(crate) others: Vec<PathBuf>,
    /// Names of what-if files, compared with the scenario as it is
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) variants: Vec<String>,
    /// Number of seeds, counted on from the first [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) seeds: Option<u64>,
    /// Measures that matter, named before the runs; all others are corrected for being many
    #[arg(long, value_delimiter = ',', value_name = "MEASURES", default_value = "total_delay_s")]
    pub(crate) primary: Vec<String>,
    /// What the whole 95 % interval of a difference must meet, such as \"total_delay_s < -2%\"; may be repeated
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub(crate) require: Vec<Requirement>,
    /// Folder for the comparison and its runs [default: citytwin-out/<scenario>-compare]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the tables
    #[arg(long, value_enum, default_value_t = TableFormat::Csv)]
    pub(crate) format: TableFormat,
    /// Make all runs anew
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print comparison.json to stdout instead of the table
    #[arg(long)]
    pub(crate) json: bool,
}
