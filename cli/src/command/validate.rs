//! `citytwin validate`: holds the engine to what others have measured and writes the verdicts down.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use scenarios::validate::networks::{self, Options, Simulator};
use scenarios::validate::report::{self, Section, Verdict};
use scenarios::validate::riders;
use scenarios::validate::run_one::run_one;

/// Runs the six real networks and compares with SUMO's results; runs motorcycles on roads made for the purpose and
/// compares with field data; prints the comparisons as Markdown.
///
/// Exit code 0 if all checks hold, 1 if one fails.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  citytwin validate --subject motorcycles --seeds 2\n  citytwin validate --subject networks \
                  --data ../shared/data --network resco/cologne1 --seeds 4"
)]
pub(crate) struct ValidateArgs {
    /// What is validated; can be repeated; both by default. Motorcycles need no data.
    #[arg(long = "subject", value_name = "NAME", value_enum)]
    pub(crate) subjects: Vec<Subject>,
    /// Folder with the networks and expected results (`sumo/expected.csv`); the variable CITYTWIN_DATA by default.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A network by its folder, such as resco/cologne1; can be repeated; all six by default.
    #[arg(long = "network", value_name = "NAME")]
    pub(crate) networks: Vec<String>,
    /// Number of seeds: 1 to N.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,
    /// Folder with tables by link and movement, written by tests/peers/six_networks.py: these are compared too.
    #[arg(long, value_name = "DIR")]
    pub(crate) peer: Option<PathBuf>,
    /// Puts the sections into this document instead of printing them; others in it stay.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Draws the fundamental diagram of motorcycles into this SVG file.
    #[arg(long, value_name = "FILE")]
    pub(crate) diagram: Option<PathBuf>,
    /// Says nothing but the result.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// A subject of validation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Subject {
    /// The six real networks against SUMO.
    Networks,
    /// Motorcycles and mixed traffic against field data.
    Motorcycles,
}

/// Seeds beyond this number change nothing about flows on straight roads.
const MOST_RIDER_SEEDS: u64 = 3;

/// Validates; the code says whether all checks hold.
///
/// # Errors
/// Missing data, and a document that cannot be written.
pub(crate) fn run(args: &ValidateArgs) -> anyhow::Result<ExitCode> {
    let tell = |words: &str| {
        if !args.quiet {
            anstream::eprintln!("{words}");
        }
    };
    let is_chosen = |subject| args.subjects.is_empty() || args.subjects.contains(&subject);
    let mut sections = Vec::new();
    if is_chosen(Subject::Networks) {
        sections.extend(networks(args, &tell)?);
    }
    if is_chosen(Subject::Motorcycles) {
        let found = riders::run(args.seeds.min(MOST_RIDER_SEEDS), &tell).map_err(anyhow::Error::msg)?;
        if let Some(path) = &args.diagram {
            fs::write(path, riders::picture::svg(&found.diagrams))
                .with_context(|| format!("failed to write {}", path.display()))?;
        }
        sections.push(found.section);
    }
    for section in &sections {
        put_out(args, section)?;
    }
    let is_good = sections.iter().all(|section| section.count(Verdict::Fails) == 0);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn networks(args: &ValidateArgs, tell: &(dyn Fn(&str) + Sync)) -> anyhow::Result<Vec<Section>> {
    let data = args.data.clone().or_else(|| std::env::var_os("CITYTWIN_DATA").map(PathBuf::from)).context(
        "no data to validate with\n  hint: give --data DIR or set CITYTWIN_DATA to the folder that holds sumo/expected.csv; \
         --subject motorcycles needs none",
    )?;
    let options = Options { data, networks: args.networks.clone(), n_seeds: args.seeds, peer: args.peer.clone() };
    let simulator = Simulator { load: &|path| scenarios::read::read(path), run_one: &run_one, tell };
    Ok(networks::sections(&options, simulator)?)
}

fn put_out(args: &ValidateArgs, section: &Section) -> anyhow::Result<()> {
    match &args.output {
        Some(path) => {
            let document = if path.exists() {
                fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?
            } else {
                String::new()
            };
            fs::write(path, report::put(&document, section))
                .with_context(|| format!("failed to write {}", path.display()))
        }
        None => {
            anstream::print!("{}", section.markdown());
            Ok(())
        }
    }
}
