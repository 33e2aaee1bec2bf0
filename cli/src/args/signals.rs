//! What may be typed after `citytwin signals`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ScenarioArgs;

/// What to do with signals.
#[derive(Subcommand, Debug)]
pub(crate) enum SignalsVerb {
    /// Capacity, delay and level of service of junctions without simulation, from turning counts and plans
    Evaluate(EvaluateArgs),
    /// Hand plans back: SUMO tlLogic, GMNS signal tables, stage sheets, or a page to print
    Export(SignalExportArgs),
    /// Draw plans: phases and splits, or a corridor over time and space
    Diagram(DiagramArgs),
    /// Search for better plans: cycles, greens, offsets, by simulation
    Optimize(OptimizeArgs),
}

/// What plans are written as.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExportFormat {
    /// signals.add.xml, an additional file with tlLogic
    Sumo,
    /// signal_controller, signal_timing_plan, signal_timing_phase, signal_phase_mvmt, signal_coordination
    Gmns,
    /// signal_stages.csv, and signal_state.csv for plans that stages cannot give
    Stages,
    /// plans.html, a page to print
    Html,
}

/// Where files go.
#[derive(Args, Debug)]
pub(crate) struct FilesArgs {
    /// Folder for the files
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Write into a folder that is not empty; other files in it stay
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Options of `signals export`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin signals export --to html -o plans                 pages to print of the shipped scenario's plans\n  \
    citytwin signals export city.sumocfg --to sumo -o back     signals.add.xml for sumo --additional-files\n  \
    citytwin signals export my-city --to stages --signal a,b -o back\n\n\
    Plans with crossing greens or without intergreen are not written, and said. Where the input names no movements (SUMO),\n\
    gmns and stages write the network's tables beside them, so that they can be read again.")]
pub(crate) struct SignalExportArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Format
    #[arg(long, value_enum)]
    pub(crate) to: ExportFormat,
    /// Only these signals
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) signal: Vec<String>,
    #[command(flatten)]
    pub(crate) files: FilesArgs,
}

/// Options of `signals diagram`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin signals diagram -o pictures                        phases and splits of all signals of the shipped scenario\n  \
    citytwin signals diagram --corridor hbt-leduan,hbt-quansu,hbt-quangtrung -o pictures\n  \
    citytwin signals diagram my-city --corridor a,b,c --speed-kmh 30 --trajectories -o pictures\n  \
    citytwin signals diagram my-city --run results -o pictures  arrivals on green as the run measured them\n\n\
    Every picture (SVG) has its data beside it (CSV).")]
pub(crate) struct DiagramArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Junctions of a corridor, in order: draws its time-space diagram with green bands, both ways where streets allow it
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) corridor: Vec<String>,
    /// Speed of progression [default: speed limits]
    #[arg(long, value_name = "KM/H", requires = "corridor")]
    pub(crate) speed_kmh: Option<f64>,
    /// Simulate up to the first cycles after the warm-up, and draw the vehicles on the corridor
    #[arg(long, requires = "corridor")]
    pub(crate) trajectories: bool,
    /// Folder of a run: draws shares of arrivals on green by signal
    #[arg(long, value_name = "DIR", conflicts_with = "corridor")]
    pub(crate) run: Option<PathBuf>,
    /// Only these signals
    #[arg(long, value_delimiter = ',', value_name = "IDS", conflicts_with = "corridor")]
    pub(crate) signal: Vec<String>,
    #[command(flatten)]
    pub(crate) files: FilesArgs,
}

/// Which stages a plan may have.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum StageChoice {
    /// Those it has, in their order
    #[default]
    Keep,
    /// Fewer: a stage goes where all its movements have green in others, turns perhaps by yielding only
    Fewer,
    /// Fewer, and in any order
    Any,
}

/// Options of `signals optimize`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin signals optimize city.sumocfg -o better            signals.add.xml for sumo --additional-files\n  \
    citytwin signals optimize my-city --signal a,b -o better    cp better/optimized.toml my-city/what-if/, then --variant optimized\n  \
    citytwin signals optimize my-city --for delay=1,stops=10,co2=0.1 --keep-cycles -o better\n  \
    citytwin signals optimize city.sumocfg --stages any -o better    protected turns may go, stages may change places\n  \
    citytwin signals optimize --trials 40 --seeds 1 --test-seeds 2 -o better    a first look at the shipped scenario\n\n\
    Delay is time loss and depart delay of all vehicles, those that did not arrive up to the end. Weights: per second of\n\
    delay, per person's second, per stop, per gram of CO2. Yellows and times between greens stay, stages too unless --stages\n\
    says otherwise; minimum greens and pedestrian times bind; signals that share a cycle and exchange platoons go on sharing one. Before and after\n\
    are compared on seeds, and on 90, 100 and 110 % of the demand, that the search did not see.")]
pub(crate) struct OptimizeArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Only these signals
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) signal: Vec<String>,
    /// What is to become less: delay, person-delay, stops, co2, or a mix with weights
    #[arg(long = "for", value_name = "WEIGHTS", default_value = "delay")]
    pub(crate) weights: String,
    /// Least green of a stage, seconds; a plan's own shorter green, and walk and clearance of pedestrians, are its least
    #[arg(long, value_name = "S", default_value_t = 7.0)]
    pub(crate) min_green: f64,
    /// Least cycle, seconds
    #[arg(long, value_name = "S", default_value_t = 30.0)]
    pub(crate) min_cycle: f64,
    /// Greatest cycle, seconds
    #[arg(long, value_name = "S", default_value_t = 150.0)]
    pub(crate) max_cycle: f64,
    /// Cycles stay as they are
    #[arg(long)]
    pub(crate) keep_cycles: bool,
    /// Which stages plans may have; every movement keeps a green, yellows and times between greens stay
    #[arg(long, value_enum, default_value_t = StageChoice::Keep)]
    pub(crate) stages: StageChoice,
    /// Seeds on which each plan is tried, from the scenario's on
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,
    /// Plans that may be simulated
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(crate) trials: usize,
    /// Seeds of the test, by demand
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) test_seeds: u64,
    #[command(flatten)]
    pub(crate) files: FilesArgs,
    /// Print the test as JSON to stdout instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `signals`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    citytwin signals evaluate my-city --counts tmc.csv     capacity check without simulation\n  \
    citytwin signals export my-city --to html -o plans     plans to print\n  \
    citytwin signals optimize city.sumocfg -o better       better plans, tested on seeds that the search did not see\n  \
    citytwin signals diagram my-city --corridor a,b,c -o pictures")]
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
