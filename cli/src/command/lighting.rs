//! `citytwin lighting`: the lighting of a scenario calculated alone: sections at full output, nights by hourly volumes.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use scenarios::error::Problem;
use scenarios::lighting::night::{self, LightingSummary, Night, Span};
use scenarios::lighting::plan::LightingPlan;
use scenarios::lighting::programs::levels_csv;
use scenarios::lighting::volumes::Volumes;
use scenarios::lighting::yearly::{self, Yearly};
use scenarios::lighting::{isolines, per_lamp, report, sheet, talq};
use scenarios::loaded::Loaded;
use scenarios::read::source::{Files, Source};
use scenarios::schema::lighting_tables::LUMINAIRES;
use scenarios::write::columns::{LIGHTING, LIGHTING_CIRCUITS, LIGHTING_STATES};
use scenarios::write::csv::{CsvSink, fixed};
use scenarios::write::folder::{self, Overwrite};
use scenarios::write::run::calibration;
use scenarios::write::summary::to_json;
use scenarios::write::tables::lighting as tables;
use serde::Serialize;
use sim_core::city::City;
use sim_core::kpi::lighting::full;

use crate::args::LightingArgs;
use crate::console::{Failure, data, say};
use crate::{engine_api, simulate};

const NOON_MS: i64 = 43_200_000;

/// Runs the verb.
pub(crate) fn run(args: &LightingArgs) -> Result<ExitCode, Failure> {
    simulate::in_pool(args.scenario.threads, || run_in_pool(args))?
}

fn run_in_pool(args: &LightingArgs) -> Result<ExitCode, Failure> {
    if let Some(output) = &args.output {
        folder::check(output, overwrite(args))?;
    }
    let mut loaded = simulate::load(&args.scenario)?;
    let Some(plan) = loaded.lighting.take() else {
        let problem = Problem::new(loaded.path.join("scenario.toml"), "the scenario has no lighting");
        return Err(problem
            .hint("a table [lighting] in scenario.toml is enough: lamps are then placed by rule")
            .into());
    };
    let plan = match &args.program {
        Some(name) => plan.with_program(name)?,
        None => plan,
    };
    let compared = compared(args, &plan)?;
    let volumes = volumes(args, &loaded)?;
    let sections: Vec<usize> = args.section.iter().map(|id| section(&plan, id)).collect::<Result<_, _>>()?;
    let output = output(args, &loaded);
    folder::check(&output, overwrite(args))?;
    let city = engine_api::build_city(&loaded).map_err(|errors| {
        let list = errors.iter().map(|error| Problem::new(&loaded.path, error.to_string())).collect();
        scenarios::error::Problems { list }
    })?;
    let city = city.with_lighting(plan.build());
    if !args.quiet {
        for notice in &loaded.notices {
            let times = if notice.count > 1 { format!(" ({}×)", notice.count) } else { String::new() };
            say(&format!("\x1b[33mnote:\x1b[0m {}{times}", notice.message));
        }
        plan.types.closures.iter().for_each(|closure| say(&format!("photometry {closure}")));
    }
    let mut files = static_files(args, &plan, &loaded, &city, &sections);
    let nights = match &volumes {
        Some(volumes) => nights(args, &loaded, (city, volumes), &compared, &mut files)?,
        None => Vec::new(),
    };
    let summary = Summary {
        program: simulate::program(),
        scenario: loaded.name.clone(),
        calibration: calibration(loaded.is_calibrated),
        rules: plan.rules.clone(),
        nights_withheld: nights.is_empty().then_some("no volumes.csv in the scenario and none given with --traffic"),
        nights,
    };
    files.push(("lighting.json".to_owned(), to_json(&summary)));
    write(&output, files)?;
    if let Some(path) = &args.inventory {
        fs::write(path, report::inventory_csv(&plan, &loaded.names))?;
    }
    if let Some(path) = &args.write_programs {
        fs::write(path, programs(path, &plan)?)?;
    }
    if let Some(path) = &args.diff {
        let before =
            fs::read_to_string(path).map_err(|error| Problem::new(path, format!("cannot be read: {error}")))?;
        let lines = report::diff(&before, &comparable(args, &before, &plan, &loaded)?);
        data(&format!("{}{}\n", lines.join("\n"), if lines.is_empty() { "no difference" } else { "" }))?;
    }
    if args.json {
        data(&to_json(&summary))?;
    } else if !args.quiet {
        data(&text(&plan, &summary))?;
    }
    if !args.quiet {
        say(&format!("results: {}", output.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// What an earlier inventory is compared with: one with coordinates with the scenario's own table as it is, one that was
/// written by this program with the inventory as it was understood.
fn comparable(args: &LightingArgs, before: &str, plan: &LightingPlan, loaded: &Loaded) -> Result<String, Failure> {
    let mut files = files(args)?;
    if report::has_coordinates(before) && files.source.has(LUMINAIRES.file) {
        return Ok(String::from_utf8_lossy(&files.bytes(LUMINAIRES.file)?).into_owned());
    }
    Ok(report::inventory_csv(plan, &loaded.names))
}

fn files(args: &LightingArgs) -> Result<Files, Failure> {
    let source = match &args.scenario.path {
        None => Source::shipped()?,
        Some(path) => Source::Disk(path.clone()),
    };
    Ok(Files::new(source))
}

/// The control programmes in the form that the ending asks for.
fn programs(path: &Path, plan: &LightingPlan) -> Result<String, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let written = match ending {
        "json" => talq::write(&plan.control, plan.parts.presence_hold_ms as f64 / 1000.0),
        "csv" => levels_csv(&plan.control),
        _ => {
            let problem = Problem::new("--write-programs", "is not legal").field("ending", ending);
            return Err(problem.allowed("json (TALQ), csv (group, time, level)").into());
        }
    };
    written.map_err(|list| {
        let problem = |words: String| Problem::new("--write-programs", words);
        scenarios::error::Problems { list: list.into_iter().map(problem).collect() }.into()
    })
}

/// `lighting.json`.
#[derive(Serialize)]
struct Summary {
    program: scenarios::write::run::Program,
    scenario: String,
    calibration: &'static str,
    rules: String,
    nights_withheld: Option<&'static str>,
    nights: Vec<NightSummary>,
}

/// Nights under one programme.
#[derive(Serialize)]
struct NightSummary {
    program: String,
    by_day_type: Vec<DaySummary>,
    yearly: Yearly,
}

#[derive(Serialize)]
struct DaySummary {
    day_type: String,
    #[serde(flatten)]
    summary: LightingSummary,
}

fn overwrite(args: &LightingArgs) -> Overwrite {
    match (args.force, &args.output) {
        (true, _) | (false, None) => Overwrite::Force,
        (false, Some(_)) => Overwrite::Never,
    }
}

fn output(args: &LightingArgs, loaded: &Loaded) -> PathBuf {
    args.output.clone().unwrap_or_else(|| Path::new("citytwin-out").join(format!("{}-lighting", loaded.name)))
}

fn compared(args: &LightingArgs, plan: &LightingPlan) -> Result<Vec<(String, LightingPlan)>, Failure> {
    if args.compare.is_empty() {
        let name = args.program.clone().unwrap_or_else(|| "as in the scenario".to_owned());
        return Ok(vec![(name, plan.clone())]);
    }
    let named = args.compare.iter().map(|name| Ok((name.clone(), plan.with_program(name)?)));
    named.collect::<Result<_, scenarios::error::Problems>>().map_err(Failure::from)
}

fn volumes(args: &LightingArgs, loaded: &Loaded) -> Result<Option<Volumes>, Failure> {
    if let Some(path) = &args.traffic {
        let bytes = fs::read(path).map_err(|error| Problem::new(path, format!("cannot be read: {error}")))?;
        return Ok(Some(Volumes::parse(&bytes, path, &loaded.parts, &loaded.names)?));
    }
    Ok(Volumes::of_scenario(&mut files(args)?, &loaded.parts, &loaded.names)?)
}

fn section(plan: &LightingPlan, id: &str) -> Result<usize, Failure> {
    let known: Vec<String> = plan.sections.iter().map(|section| section.id.clone()).collect();
    known.iter().position(|known| known == id).ok_or_else(|| {
        let problem = Problem::new("--section", "there is no such lighting section").field("section", id);
        scenarios::read::gmns::nodes::dangling(problem, id, known.iter()).into()
    })
}

type Output = Vec<(String, String)>;

fn static_files(args: &LightingArgs, plan: &LightingPlan, loaded: &Loaded, city: &City, wanted: &[usize]) -> Output {
    let lighting = &city.lighting;
    let per_lamp: Vec<Option<f64>> = if args.per_lamp {
        let solved = (0..plan.sections.len()).map(|index| per_lamp::solve(lighting, index));
        solved.map(|found| found.filter(|found| found.complies).map(|found| found.mean)).collect()
    } else {
        Vec::new()
    };
    let mut files = vec![
        ("sections.csv".to_owned(), report::sections_csv(plan, &loaded.names, lighting, &per_lamp)),
        ("sections.geojson".to_owned(), report::geojson(plan, loaded, lighting)),
    ];
    for &index in wanted {
        let name: String = plan.sections[index]
            .id
            .chars()
            .map(|letter| if letter.is_alphanumeric() || letter == '-' { letter } else { '-' })
            .collect();
        files.push((format!("sheet-{name}.json"), to_json(&sheet::sheet(plan, &loaded.names, lighting, index))));
        files.push((format!("isolines-{name}.svg"), isolines::svg(plan, &loaded.names, lighting, index)));
    }
    files
}

fn nights(
    args: &LightingArgs,
    loaded: &Loaded,
    (mut city, volumes): (City, &Volumes),
    compared: &[(String, LightingPlan)],
    files: &mut Output,
) -> Result<Vec<NightSummary>, Failure> {
    let begin_ms = args.scenario.begin.unwrap_or(NOON_MS);
    let end_ms = begin_ms + args.scenario.duration.unwrap_or(2 * NOON_MS);
    let span = Span { begin_ms, end_ms, interval_ms: loaded.run.interval_ms };
    let mut summaries = Vec::new();
    for (name, variant) in compared {
        city = city.with_lighting(variant.build());
        let nights: Vec<Night> =
            (0..volumes.day_types.len()).map(|day| night::run(&city, volumes, day, span)).collect();
        let by_day_type = volumes
            .day_types
            .iter()
            .zip(&nights)
            .map(|(day, night)| DaySummary {
                day_type: day.name.clone(),
                summary: night::summary(variant, &night.rows, &night.energy_wh, &full(&city.lighting)),
            })
            .collect();
        for (day, night) in volumes.day_types.iter().zip(&nights) {
            let tag = if compared.len() > 1 { format!("-{name}") } else { String::new() };
            let status = calibration(loaded.is_calibrated);
            let mut sink = CsvSink::new(&LIGHTING, Vec::new())?;
            tables::sections(variant, &loaded.names, &night.rows, status, &mut sink)?;
            files.push((format!("lighting-{}{tag}.csv", day.name), utf8(sink.finish()?)));
            let mut sink = CsvSink::new(&LIGHTING_STATES, Vec::new())?;
            let outputs = sim_core::kpi::lighting::outputs(&city.lighting);
            tables::state_rows(variant, &loaded.names, &night.states, &outputs, status, &mut sink)?;
            files.push((format!("lighting_states-{}{tag}.csv", day.name), utf8(sink.finish()?)));
            let mut sink = CsvSink::new(&LIGHTING_CIRCUITS, Vec::new())?;
            tables::circuit_rows(variant, &night.rows, &night.energy_wh, &mut sink)?;
            files.push((format!("lighting_circuits-{}{tag}.csv", day.name), utf8(sink.finish()?)));
        }
        let yearly = yearly::of(variant, volumes, &nights, span);
        summaries.push(NightSummary { program: name.clone(), by_day_type, yearly });
    }
    Ok(summaries)
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes each file under a temporary name first.
fn write(folder: &Path, files: Output) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    for (name, text) in files {
        let temporary = folder.join(format!(".{name}.tmp"));
        fs::write(&temporary, text)?;
        fs::rename(temporary, folder.join(name))?;
    }
    Ok(())
}

fn text(plan: &LightingPlan, summary: &Summary) -> String {
    let mut text = String::new();
    let line = |text: &mut String, words: String| writeln!(text, "{words}").expect("writing to memory cannot fail");
    line(
        &mut text,
        format!(
            "{}: {} luminaires, {} sections, {}",
            summary.scenario,
            plan.poles.len(),
            plan.sections.len(),
            summary.rules
        ),
    );
    line(&mut text, format!("installed {} kW; {}", fixed(night::installed_w(plan) / 1000.0, 2), summary.calibration));
    for night in &summary.nights {
        line(&mut text, format!("\nprogramme {}", night.program));
        for day in &night.by_day_type {
            let s = &day.summary;
            line(
                &mut text,
                format!(
                    "  {:<10} {} kWh, {} of {} section-hours short of their class",
                    day.day_type,
                    fixed(s.energy_kwh, 1),
                    fixed(s.noncompliant_section_hours, 1),
                    fixed(s.section_hours, 1),
                ),
            );
        }
        match &night.yearly {
            Yearly::Known { energy_kwh, aeci_kwh_per_m2, night_h, covered } => line(
                &mut text,
                format!(
                    "  a year     {} kWh, {} kWh/m² (D_E), {} h of night; from {}",
                    fixed(*energy_kwh, 0),
                    fixed(*aeci_kwh_per_m2, 3),
                    fixed(*night_h, 1),
                    covered.join(", "),
                ),
            ),
            Yearly::Withheld { reason } => line(&mut text, format!("  no yearly figure: {reason}")),
        }
    }
    if let Some(day) = summary.nights.first().and_then(|night| night.by_day_type.first()) {
        let density = day.summary.power_density_w_per_lx_m2.map_or_else(|| "-".to_owned(), |x| fixed(1000.0 * x, 2));
        line(&mut text, format!("\nD_P {density} mW/(lx·m²), assuming"));
        day.summary.assumptions.iter().for_each(|words| line(&mut text, format!("  {words}")));
    }
    if let Some(why) = summary.nights_withheld {
        line(&mut text, format!("no night: {why}"));
    }
    text
}
