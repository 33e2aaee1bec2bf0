//! What may be typed after `citytwin lighting`.

use std::path::PathBuf;

use clap::Args;

use super::ScenarioArgs;

/// Options of `lighting`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin lighting                                     the shipped scenario: sections, then nights by its volumes.csv\n  \
    citytwin lighting my-city -o lit --traffic volumes.csv --compare full,adaptive,part_night,third_off\n  \
    citytwin lighting --section hbt:hangbai-batrieu -o one     geometry sheet and isolines of one section\n  \
    citytwin lighting my-city --inventory luminaires.csv       every luminaire, also those placed by rule\n  \
    citytwin lighting my-city --write-programs talq.json       control programmes for a lamp management system")]
pub(crate) struct LightingArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Folder for the results [default: citytwin-out/<scenario>-lighting, replaced by the next such run]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Hourly volumes (columns as volumes.csv) [default: the scenario's volumes.csv]
    #[arg(long, value_name = "CSV")]
    pub(crate) traffic: Option<PathBuf>,
    /// Control programme for all luminaires [default: the scenario's]
    #[arg(long, value_name = "NAME", conflicts_with = "compare")]
    pub(crate) program: Option<String>,
    /// Programmes to compare over the same nights
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) compare: Vec<String>,
    /// Write geometry sheet and isolines of these sections
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) section: Vec<String>,
    /// Write the whole inventory as luminaires.csv to this file
    #[arg(long, value_name = "CSV")]
    pub(crate) inventory: Option<PathBuf>,
    /// Write all control programmes and calendars to this file: *.json in TALQ's words, *.csv as group, time, level
    #[arg(long, value_name = "FILE")]
    pub(crate) write_programs: Option<PathBuf>,
    /// Say what differs from an earlier inventory
    #[arg(long, value_name = "CSV")]
    pub(crate) diff: Option<PathBuf>,
    /// Find the least output lamp by lamp too, as a linear programme
    #[arg(long)]
    pub(crate) per_lamp: bool,
    /// Replace result files in a folder that is not empty; other files in it stay
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print the summary as JSON to stdout
    #[arg(long)]
    pub(crate) json: bool,
}
