//! `citytwin power`: electric feeders alone.

mod money;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use scenarios::error::Problem;
use scenarios::loaded::Notice;
use scenarios::power::PowerPlan;
use scenarios::power::generate::{self, Assumptions};
use scenarios::power::study::{self, Surroundings};
use scenarios::read::dss::{is_dss, read_dss};
use scenarios::write::csv::{fixed, rounded};
use scenarios::write::folder::{self, Overwrite};
use scenarios::write::power_alone::{self, SnapshotFigures};
use scenarios::write::run::{calibration, clock};
use scenarios::write::summary::to_json;
use scenarios::write::tables::power::PowerResults;
use serde::Serialize;
use sim_core::lighting::Lighting;
use sim_core::network::Network;
use sim_core::network::parts::NetworkParts;
use sim_core::power::record::FeederSum;
use sim_core::signals::SignalPlans;
use sim_core::units::SimTime;

use crate::args::{GenerateArgs, PowerArgs, PowerVerb, ScenarioArgs};
use crate::console::{Failure, data, say};
use crate::simulate;

const DAY_MS: i64 = 86_400_000;

/// What is solved.
struct Subject {
    plan: PowerPlan,
    network: Network,
    signals: SignalPlans,
    lighting: Lighting,
    /// First and last instant of a scenario.
    window_ms: Option<(i64, i64)>,
    interval_ms: i64,
    is_calibrated: bool,
    notices: Vec<Notice>,
}

/// A feeder over a stretch of time, in figures.
#[derive(Serialize)]
struct StretchFigures {
    feeder: String,
    begin_s: f64,
    end_s: f64,
    source_kwh: f64,
    source_kvarh: f64,
    loss_kwh: f64,
    not_served_kwh: f64,
    peak_kw: f64,
    min_voltage_pu: Option<f64>,
    min_voltage_node: Option<String>,
    hours_outside_limits: f64,
    power_flows: u32,
    not_converged: u32,
}

/// Runs the verb.
pub(crate) fn run(args: &PowerArgs) -> Result<ExitCode, Failure> {
    match &args.verb {
        Some(PowerVerb::Generate(args)) => generate(args),
        Some(PowerVerb::Bills(args)) => simulate::in_pool(args.table.threads, || money::bills(args))?,
        Some(PowerVerb::Invest(args)) => simulate::in_pool(args.table.threads, || money::invest(args))?,
        None => simulate::in_pool(args.threads, || run_in_pool(args))?,
    }
}

fn generate(args: &GenerateArgs) -> Result<ExitCode, Failure> {
    for (name, value) in [
        ("--pole-w", args.pole_w),
        ("--r-ohm-per-km", args.r_ohm_per_km),
        ("--x-ohm-per-km", args.x_ohm_per_km),
        ("--rated-a", args.rated_a),
        ("--short-circuit-mva", args.short_circuit_mva),
    ] {
        if !(value.is_finite() && value > 0.0) {
            return Err(Failure::Usage(format!("{name} must be above 0, not {value}")));
        }
    }
    let assumed = Assumptions {
        pole_w: args.pole_w,
        r1_ohm_per_km: args.r_ohm_per_km,
        x1_ohm_per_km: args.x_ohm_per_km,
        cable_rated_a: args.rated_a,
        short_circuit_mva: args.short_circuit_mva,
        ..Assumptions::default()
    };
    let tables = generate::generate(&args.folder, &assumed)?;
    let target = args.output.as_ref().unwrap_or(&args.folder);
    generate::write(&tables, target, args.force)?;
    if let Some((_, text)) = tables.iter().find(|(name, _)| name == "ASSUMED.md") {
        data(text)?;
    }
    say(&format!("results: {}", target.display()));
    Ok(ExitCode::SUCCESS)
}

fn run_in_pool(args: &PowerArgs) -> Result<ExitCode, Failure> {
    let overwrite = if args.force { Overwrite::Force } else { Overwrite::Never };
    for target in args.output.iter().chain(&args.dss) {
        folder::check(target, overwrite)?;
    }
    let subject = subject(args)?;
    for notice in &subject.notices {
        let times = if notice.count > 1 { format!(" ({}×)", notice.count) } else { String::new() };
        say(&format!("\x1b[33mnote:\x1b[0m {}{times}", notice.message));
    }
    let around = Surroundings { network: &subject.network, signals: &subject.signals, lighting: &subject.lighting };
    let plan = &subject.plan;
    let window_ms = if args.day { Some((0, DAY_MS)) } else { subject.window_ms };
    let stretch = window_ms.filter(|_| args.at.is_none());
    let n_failed = if let Some(window_ms) = stretch {
        let interval_ms = if args.day { 3_600_000 } else { subject.interval_ms };
        let sums = study::stretch(plan, around, window_ms, interval_ms);
        let figures: Vec<StretchFigures> = plan
            .circuits
            .iter()
            .zip(&sums)
            .map(|(circuit, sums)| stretch_figures(&circuit.name, &circuit.nodes, sums))
            .collect();
        data(&if args.json { to_json(&figures) } else { stretch_text(&figures) })?;
        if let Some(target) = &args.output {
            let calibration = calibration(subject.is_calibrated);
            let results = PowerResults { plan, feeders: &sums, interval_ms, calibration };
            power_alone::write_stretch(&results, target, overwrite)?;
        }
        figures.iter().map(|figures| figures.not_converged).sum()
    } else {
        let snapshots = study::snapshot(plan, around, args.at);
        let figures = power_alone::figures(plan, &snapshots);
        data(&if args.json { to_json(&figures) } else { snapshot_text(&figures) })?;
        if let Some(target) = &args.output {
            power_alone::write_snapshot(plan, &snapshots, target, overwrite)?;
        }
        figures.iter().filter(|figures| !figures.converged).count() as u32
    };
    if let Some(target) = &args.dss {
        write_scripts(plan, target)?;
    }
    for target in args.output.iter().chain(&args.dss) {
        say(&format!("results: {}", target.display()));
    }
    if n_failed > 0 {
        say(&format!("\x1b[1;33mwarning:\x1b[0m {n_failed} power flows did not converge; see the figures"));
    }
    Ok(ExitCode::SUCCESS)
}

fn subject(args: &PowerArgs) -> Result<Subject, Failure> {
    if let Some(path) = args.path.as_deref().filter(|path| is_dss(path)) {
        if !path.exists() {
            return Err(Problem::new(path, "no such file").into());
        }
        let circuit = read_dss(path)?;
        let notices = circuit.notices.clone();
        let network = Network::build(&NetworkParts::default())
            .map_err(|errors| Failure::Failed(anyhow::anyhow!("an empty network cannot be built: {errors:?}")))?;
        return Ok(Subject {
            plan: study::plan_of(circuit)?,
            network,
            signals: SignalPlans::default(),
            lighting: Lighting::default(),
            window_ms: None,
            interval_ms: 900_000,
            is_calibrated: false,
            notices,
        });
    }
    let scenario = ScenarioArgs { path: args.path.clone(), ..ScenarioArgs::default() };
    let prepared = simulate::prepare(&scenario)?;
    let loaded = prepared.loaded;
    if loaded.power.is_empty() {
        return Err(Problem::new(&loaded.path, "the scenario has no feeders")
            .hint("add feeder_nodes.csv and the other feeder tables, or give an OpenDSS script (*.dss)")
            .into());
    }
    let begin_ms = loaded.run.begin.0;
    Ok(Subject {
        window_ms: Some((begin_ms, loaded.run.end.map_or(begin_ms + DAY_MS, |end| end.0))),
        plan: loaded.power,
        network: prepared.city.network,
        signals: loaded.signals,
        lighting: prepared.city.lighting,
        interval_ms: loaded.run.interval_ms,
        is_calibrated: loaded.is_calibrated,
        notices: loaded.notices,
    })
}

fn write_scripts(plan: &PowerPlan, target: &Path) -> Result<(), Failure> {
    fs::create_dir_all(target)?;
    for circuit in &plan.circuits {
        let plain = |letter: char| if letter.is_alphanumeric() || matches!(letter, '-' | '_') { letter } else { '_' };
        let file = target.join(format!("{}.dss", circuit.name.chars().map(plain).collect::<String>()));
        fs::write(file, scenarios::write::dss::script(circuit))?;
    }
    Ok(())
}

fn stretch_figures(feeder: &str, nodes: &[String], sums: &[FeederSum]) -> StretchFigures {
    let kwh = |value: fn(&FeederSum) -> f64| rounded(sums.iter().map(value).sum::<f64>() / 1000.0, 6);
    let lowest = sums.iter().filter_map(|sum| sum.lowest_pu).min_by(|a, b| a.value.total_cmp(&b.value));
    let peak_w = sums.iter().filter_map(|sum| sum.peak_w).map(|at| at.value).fold(0.0, f64::max);
    StretchFigures {
        feeder: feeder.to_owned(),
        begin_s: sums.first().map_or(0.0, |sum| sum.begin_ms as f64 / 1000.0),
        end_s: sums.last().map_or(0.0, |sum| sum.end_ms as f64 / 1000.0),
        source_kwh: kwh(|sum| sum.source_wh),
        source_kvarh: kwh(|sum| sum.source_varh),
        loss_kwh: kwh(|sum| sum.loss_wh),
        not_served_kwh: kwh(|sum| sum.not_served_wh),
        peak_kw: rounded(peak_w / 1000.0, 6),
        min_voltage_pu: lowest.map(|at| rounded(at.value, 9)),
        min_voltage_node: lowest.map(|at| nodes[at.place as usize].clone()),
        hours_outside_limits: rounded(sums.iter().map(|sum| sum.outside_s).sum::<f64>() / 3600.0, 6),
        power_flows: sums.iter().map(|sum| sum.n_solved).sum(),
        not_converged: sums.iter().map(|sum| sum.n_failed).sum(),
    }
}

fn stretch_text(all: &[StretchFigures]) -> String {
    let mut text = String::new();
    for one in all {
        let time = |seconds: f64| clock(SimTime::from_s(seconds));
        let least = one.min_voltage_pu.map_or_else(|| "–".to_owned(), |pu| fixed(pu, 4));
        let node = one.min_voltage_node.as_deref().unwrap_or("–");
        let lines = [
            format!("{}: {} to {}", one.feeder, time(one.begin_s), time(one.end_s)),
            format!(
                "  source      {} kWh, {} kvarh, peak {} kW",
                fixed(one.source_kwh, 3),
                fixed(one.source_kvarh, 3),
                fixed(one.peak_kw, 3)
            ),
            format!("  losses      {} kWh; not served {} kWh", fixed(one.loss_kwh, 3), fixed(one.not_served_kwh, 3)),
            format!(
                "  voltage     at least {least} pu, at {node}; {} h outside of limits",
                fixed(one.hours_outside_limits, 2)
            ),
            format!("  power flows {}, {} not converged", one.power_flows, one.not_converged),
        ];
        writeln!(text, "{}", lines.join("\n")).expect("writing to memory cannot fail");
    }
    text
}

fn snapshot_text(all: &[SnapshotFigures]) -> String {
    let mut text = String::new();
    for one in all {
        let pu = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |pu| fixed(pu, 5));
        let percent =
            |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |percent| format!("{} %", fixed(percent, 2)));
        let went = if one.converged { "converged" } else { "NOT converged" };
        let lines = [
            format!("{}: {went} in {} iterations, last change {:.1e} pu", one.feeder, one.iterations, one.mismatch_pu),
            format!("  source      {} kW, {} kvar", fixed(one.source_kw, 3), fixed(one.source_kvar, 3)),
            format!("  loads       {} kW; losses {} kW", fixed(one.load_kw, 3), fixed(one.loss_kw, 4)),
            format!(
                "  voltage     {} pu at {} to {} pu at {}",
                pu(one.min_voltage_pu),
                one.min_voltage_at,
                pu(one.max_voltage_pu),
                one.max_voltage_at
            ),
            format!("  unbalance   {} at most", percent(one.unbalance_pct)),
            format!("  loading     {} {}", percent(one.loading_pct), one.loading_at),
        ];
        writeln!(text, "{}", lines.join("\n")).expect("writing to memory cannot fail");
    }
    text
}
