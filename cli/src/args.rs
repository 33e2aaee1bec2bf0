//! What may be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use scenarios::read::setting::Setting;

mod compare;
mod export;
mod lighting;
mod power;
mod signals;

pub(crate) use compare::CompareArgs;
pub(crate) use export::{ExportArgs, ExportTarget};
pub(crate) use lighting::LightingArgs;
pub(crate) use power::{BillsArgs, GenerateArgs, InvestArgs, PowerArgs, PowerVerb};
pub(crate) use signals::{
    DiagramArgs, EvaluateArgs, ExportFormat, OptimizeArgs, SignalExportArgs, SignalsArgs, SignalsVerb, StageChoice,
};

use crate::command::validate::ValidateArgs;

/// Simulates the traffic of a city.
#[derive(Parser, Debug)]
#[command(
    name = "citytwin",
    version,
    about = "Simulates the traffic of a city",
    after_help = "Examples:\n  \
        citytwin                                run the shipped scenario\n  \
        citytwin run city.sumocfg -o results    run a SUMO configuration\n  \
        citytwin new my-city                    make a scenario of your own\n  \
        citytwin run --help                     options of a run"
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Run a scenario and write its results
    Run(RunArgs),
    /// Compare variants of a scenario, or finished runs, seed by seed
    Compare(CompareArgs),
    /// Give results to others: maps, city platforms, data portals
    Export(ExportArgs),
    /// Make a scenario folder to work on
    New(NewArgs),
    /// Read a scenario and say what is in it, or what is wrong with it
    Check(CheckArgs),
    /// Calculate street lighting: classes, smallest outputs, nights by hourly volumes
    Lighting(LightingArgs),
    /// Hold the engine to what others have measured
    Validate(ValidateArgs),
    /// Solve electric feeders alone: a snapshot, or a stretch of time
    Power(PowerArgs),
    /// Signals: capacity without simulation, better plans, plans handed back, diagrams
    Signals(SignalsArgs),
    /// Measure the speed of the simulation, alone or beside SUMO
    Bench(BenchArgs),
    /// Explain the measures of the results
    Measures(MeasuresArgs),
    /// Print the schemas of result files
    Schema(SchemaArgs),
}

/// Which scenario, and how it runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ScenarioArgs {
    /// Scenario folder or SUMO configuration (*.sumocfg); the shipped scenario if none is given
    #[arg(value_name = "SCENARIO")]
    pub(crate) path: Option<PathBuf>,
    /// Seed of all random draws [default: the scenario's]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Variant to apply: what-if/NAME.toml of the scenario; from its first change on the run is also made without it
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Value in the place of one of scenario.toml, such as traffic.scale=0.8, or of the variant, such as
    /// changes[0].until=18:00; may be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<Setting>,
    /// Threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// First instant: seconds since midnight or HH:MM[:SS] [default: the scenario's]
    #[arg(long, value_name = "TIME", value_parser = parse_time_ms, allow_hyphen_values = true)]
    pub(crate) begin: Option<i64>,
    /// Simulated time: seconds or HH:MM[:SS] [default: the scenario's]
    #[arg(long, value_name = "S", value_parser = parse_duration_ms)]
    pub(crate) duration: Option<i64>,
    /// Time after the beginning that results leave out: seconds or HH:MM[:SS]
    #[arg(long, value_name = "S", value_parser = parse_time_ms)]
    pub(crate) warm_up: Option<i64>,
    /// Length of a step in seconds, whole milliseconds [default: the scenario's]
    #[arg(long, value_name = "S", value_parser = parse_duration_ms)]
    pub(crate) step_length: Option<i64>,
    /// How signals with fixed plans are run [default: by their plans]
    #[arg(long, value_enum, value_name = "CONTROL")]
    pub(crate) signal_control: Option<SignalControl>,
    /// Leave emissions out; batteries are followed all the same
    #[arg(long)]
    pub(crate) no_emissions: bool,
}

/// How signals with fixed plans are run.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SignalControl {
    /// By their plans
    Plan,
    /// The stage for which most vehicles wait, less those where they would go; plans give stages, yellows, times between greens
    MaxPressure,
}

/// Options of `run`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin run\n  \
    citytwin run my-city -o results --seed 7\n  \
    citytwin run --variant outage-at-dusk\n  \
    citytwin run --set traffic.scale=0.8 --set clock.end=17:30\n  \
    citytwin run --variant flooded-street --set changes[0].closure.informed_share=1\n  \
    citytwin run --signal-control max-pressure\n  \
    citytwin run --also interactions    people moved, use of the width, conflicts, riders in front at green\n  \
    citytwin run city.sumocfg --begin 07:00 --duration 3600 --warm-up 900 --also tripinfo,edgedata\n  \
    citytwin run my-city --json --quiet | jq .trips.mean_duration_s")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Folder for the results [default: citytwin-out/<scenario>-seed<N>, replaced by the next such run]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the tables
    #[arg(long, value_enum, default_value_t = TableFormat::Csv)]
    pub(crate) format: TableFormat,
    /// More outputs, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    pub(crate) also: Vec<AlsoOutput>,
    /// Replace result files in a folder that is not empty; other files in it stay
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print summary.json to stdout instead of the table
    #[arg(long)]
    pub(crate) json: bool,
}

/// How tables are written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TableFormat {
    /// Comma-separated values
    Csv,
    /// Apache Parquet
    Parquet,
}

/// Outputs beside our own tables.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AlsoOutput {
    /// Trips as SUMO writes them: tripinfo.xml
    Tripinfo,
    /// Links as SUMO writes them: edgedata.xml
    Edgedata,
    /// Links for maps: links.geojson
    Geojson,
    /// Mixed traffic: use of streets and conflicts between classes, in two more tables
    Interactions,
}

/// Options of `new`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin new my-city                       a copy of the shipped scenario\n  \
    citytwin new my-city --from city.sumocfg   a scenario around a SUMO configuration")]
pub(crate) struct NewArgs {
    /// Folder to make
    pub(crate) folder: PathBuf,
    /// SUMO configuration that gives network and traffic
    #[arg(long, value_name = "SUMOCFG")]
    pub(crate) from: Option<PathBuf>,
}

/// Options of `check`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  citytwin check my-city\n  citytwin check city.sumocfg --json\n  \
    citytwin check gmns-tables      what a GMNS folder lacks for simulation, and where it contradicts itself")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Print the counts as JSON to stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `bench`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin bench\n  \
    citytwin bench city.sumocfg --threads-list 1,2,4\n  \
    citytwin bench city.sumocfg --sumo /usr/bin/sumo --pairs 5 --until 28800")]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// A sumo program to run beside, taking turns; the scenario must be a SUMO configuration
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) sumo: Option<PathBuf>,
    /// Runs of each
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) pairs: u16,
    /// Numbers of threads to try; comparisons with SUMO use the first
    #[arg(long, value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads_list: Vec<u16>,
    /// Last instant: seconds since midnight or HH:MM[:SS]
    #[arg(long, value_name = "TIME", value_parser = parse_time_ms, conflicts_with = "duration")]
    pub(crate) until: Option<i64>,
    /// Print the figures as JSON to stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `measures`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin measures | less\n  \
    citytwin measures control_delay\n  \
    citytwin measures --json | jq '.[].name'")]
pub(crate) struct MeasuresArgs {
    /// Only measures with this in their name
    pub(crate) name: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["markdown", "name"])]
    pub(crate) json: bool,
    /// Print the page docs/measures.md
    #[arg(long, conflicts_with = "name")]
    pub(crate) markdown: bool,
}

/// Options of `schema`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin schema                tables of results: columns, units, decimals\n  \
    citytwin schema summary        JSON Schema of summary.json\n  \
    citytwin schema performance    JSON Schema of performance.json\n  \
    citytwin schema vehicle-types  Parameters of vehicle types, as Markdown")]
pub(crate) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value_t = SchemaKind::Results)]
    pub(crate) kind: SchemaKind,
}

/// Which schema.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SchemaKind {
    /// Tables of results
    Results,
    /// summary.json
    Summary,
    /// performance.json
    Performance,
    /// Parameters of vehicle types with unit, range, default and source, as Markdown
    VehicleTypes,
}

/// The arguments with `run` put in where no verb was typed, so that a bare `citytwin` runs the shipped scenario.
pub(crate) fn with_default_verb(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let needs_verb = match arguments.get(1).map(|first| first.to_string_lossy().into_owned()) {
        None => true,
        Some(first) => first.starts_with('-') && !matches!(first.as_str(), "-h" | "--help" | "-V" | "--version"),
    };
    if needs_verb {
        arguments.insert(1.min(arguments.len()), "run".into());
    }
    arguments
}

/// Milliseconds of `123`, `123.5`, `HH:MM` or `HH:MM:SS`.
fn parse_time_ms(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is neither seconds nor HH:MM nor HH:MM:SS");
    let fields: Vec<&str> = text.split(':').collect();
    match fields.as_slice() {
        [seconds] => whole_ms(seconds.parse().map_err(|_| wrong())?),
        [hours, minutes] | [hours, minutes, _] => {
            let hours: u32 = hours.parse().map_err(|_| wrong())?;
            let minutes: u32 = minutes.parse().map_err(|_| wrong())?;
            let seconds: f64 = fields.get(2).unwrap_or(&"0").parse().map_err(|_| wrong())?;
            if minutes > 59 || !(0.0..60.0).contains(&seconds) {
                return Err(wrong());
            }
            whole_ms(f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + seconds)
        }
        _ => Err(wrong()),
    }
}

/// The same, above 0.
fn parse_duration_ms(text: &str) -> Result<i64, String> {
    let ms = parse_time_ms(text)?;
    if ms > 0 { Ok(ms) } else { Err("must be above 0".to_owned()) }
}

fn whole_ms(seconds: f64) -> Result<i64, String> {
    let ms = (seconds * 1000.0).round();
    if !ms.is_finite() || ms.abs() > 1e14 {
        return Err("is too large".to_owned());
    }
    if (seconds * 1000.0 - ms).abs() > 1e-6 * ms.abs().max(1.0) {
        return Err("is not a whole number of milliseconds".to_owned());
    }
    Ok(ms as i64)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[track_caller]
    fn check(text: &str, expected: Result<i64, ()>) {
        assert_eq!(parse_time_ms(text).map_err(|_| ()), expected, "{text}");
    }

    #[test]
    fn times_are_seconds_or_clock_times() {
        check("3600", Ok(3_600_000));
        check("0.5", Ok(500));
        check("0.0005", Err(()));
        check("07:30", Ok(27_000_000));
        check("07:30:15", Ok(27_015_000));
        check("25:00", Ok(90_000_000));
        check("07:75", Err(()));
        check("noon", Err(()));
        check("1:2:3:4", Err(()));
    }

    #[test]
    fn a_bare_command_is_a_run() {
        let typed = |words: &[&str]| -> Vec<String> {
            let words = words.iter().map(OsString::from).collect();
            with_default_verb(words).iter().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(typed(&["citytwin"]), ["citytwin", "run"]);
        assert_eq!(typed(&["citytwin", "--seed", "3"]), ["citytwin", "run", "--seed", "3"]);
        assert_eq!(typed(&["citytwin", "--help"]), ["citytwin", "--help"]);
        assert_eq!(typed(&["citytwin", "check"]), ["citytwin", "check"]);
    }
}
