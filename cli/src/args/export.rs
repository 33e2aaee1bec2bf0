//! Options of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of `export`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin export results --to geojson\n  \
    citytwin export results --to ngsi-ld -o entities\n  \
    citytwin export results --to datapackage --scenario my-city --with-trips\n\n\
    What single vehicles did is left out, and cells of fewer than ten vehicles are hidden, unless asked for.")]
pub(crate) struct ExportArgs {
    /// Folder with the results of a run
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// What for
    #[arg(long, value_enum)]
    pub(crate) to: ExportTarget,
    /// The scenario of the run [default: the shipped scenario, if the run is one of it]
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: Option<PathBuf>,
    /// Folder to write to [default: RUN/export-<TO>]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Also trips, one row a vehicle (datapackage)
    #[arg(long)]
    pub(crate) with_trips: bool,
    /// Also cells of fewer than ten vehicles
    #[arg(long)]
    pub(crate) all_cells: bool,
    /// NGSI-LD as brokers store it, not as plain values
    #[arg(long)]
    pub(crate) normalized: bool,
    /// Replace files in a folder that is not empty; other files in it stay
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// What an export is for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExportTarget {
    /// GeoJSON: links, junctions, luminaires in longitude and latitude
    Geojson,
    /// NGSI-LD entities of FIWARE's Smart Data Models: TrafficFlowObserved, Streetlight and what belongs to it
    NgsiLd,
    /// Frictionless data package of the tables
    Datapackage,
}
