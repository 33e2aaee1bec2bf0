//! `citytwin signals evaluate`: junctions by the Highway Capacity Manual.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use scenarios::error::{Problem, Problems};
use scenarios::loaded::Loaded;
use scenarios::read::table::nearest;
use scenarios::signals::counts::{self, Assumed, Counts};
use scenarios::signals::hcm::{self, Conditions, Evaluation, JunctionRow, RunColumn, Settings};
use scenarios::signals::sites::{Site, SiteControl, sites};
use scenarios::write::csv::fixed;
use scenarios::write::folder::{self, Overwrite};
use scenarios::write::run::{calibration, clock};
use scenarios::write::summary::to_json;
use sim_core::units::SimTime;

use crate::args::EvaluateArgs;
use crate::console::{Failure, data, say};
use crate::planner::{align, table};
use crate::{engine_api, simulate};

/// Runs the verb.
pub(crate) fn run(args: &EvaluateArgs) -> Result<ExitCode, Failure> {
    check(args)?;
    if let Some(target) = &args.output {
        folder::check(target, if args.force { Overwrite::Force } else { Overwrite::Never })?;
    }
    let loaded = simulate::load(&args.scenario)?;
    let mut sites = sites(&loaded.parts, &loaded.names);
    choose(args, &mut sites)?;
    if args.list {
        data(&listing(&loaded, &sites))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (counts, conditions, run) = inputs(args, &loaded, &sites)?;
    let settings = Settings {
        assumed: Assumed { peak_hour_factor: args.peak_hour_factor, heavy_share: args.heavy_share },
        base_saturation_pcphpl: args.base_saturation,
        is_central: args.central,
        period_h: 0.25,
        arrival_type: args.arrival_type,
    };
    let started = Instant::now();
    // Platoons come from all junctions, so all are evaluated.
    let mut evaluation = hcm::evaluate(&loaded, &sites, &counts, &conditions, &settings, run.as_ref());
    let elapsed_s = started.elapsed().as_secs_f64();
    let n_evaluated = evaluation.junctions.len();
    if !args.junction.is_empty() {
        let wanted = |site: &&Site| args.junction.iter().any(|name| site.is_called(name));
        let ids: Vec<&str> = sites.iter().filter(wanted).map(|site| site.id.as_str()).collect();
        evaluation.keep(|id| ids.contains(&id));
    }
    let calibration = calibration(loaded.is_calibrated);
    data(&if args.json { to_json(&evaluation) } else { text(&loaded, &evaluation, calibration) })?;
    if let Some(target) = &args.output {
        hcm::write(&evaluation, calibration, target)?;
    }
    if !args.quiet {
        say(&format!("{n_evaluated} junctions evaluated in {} ms", fixed(1000.0 * elapsed_s, 1)));
        if let Some(target) = &args.output {
            say(&format!("results: {}", target.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(args: &EvaluateArgs) -> Result<(), Failure> {
    let ranges = [
        ("--peak-hour-factor", args.peak_hour_factor.unwrap_or(1.0), 0.25, 1.0),
        ("--heavy-share", args.heavy_share, 0.0, 1.0),
        ("--base-saturation", args.base_saturation, 500.0, 3000.0),
    ];
    for (name, value, min, max) in ranges {
        if !(min..=max).contains(&value) {
            return Err(Failure::Usage(format!("{name} is {value}; allowed: {min} to {max}")));
        }
    }
    Ok(())
}

/// Keeps the junctions that were asked for.
fn choose(args: &EvaluateArgs, sites: &mut Vec<Site>) -> Result<(), Failure> {
    let mut problems = Problems::default();
    for wanted in &args.junction {
        if !sites.iter().any(|site| site.is_called(wanted)) {
            let known: Vec<&str> = sites.iter().flat_map(|site| [site.id.as_str(), site.title.as_str()]).collect();
            let problem = Problem::new("--junction", format!("{wanted:?} is no junction where traffic meets"));
            problems.push(match nearest(wanted, &known) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem.hint("--list lists junctions and their approaches"),
            });
        }
    }
    problems.or_ok(())?;
    if args.list && !args.junction.is_empty() {
        sites.retain(|site| args.junction.iter().any(|wanted| site.is_called(wanted)));
    }
    Ok(())
}

/// What is read beside the scenario; all mistakes together.
fn inputs(
    args: &EvaluateArgs,
    loaded: &Loaded,
    sites: &[Site],
) -> Result<(Counts, Conditions, Option<RunColumn>), Failure> {
    let mut problems = Problems::default();
    let mut keep = |found: Problems| problems.list.extend(found.list);
    let counted = match &args.counts {
        Some(path) => counts::read(path, sites, &loaded.names).map_err(&mut keep).unwrap_or_default(),
        None => {
            let built = engine_api::build_demand(loaded)?;
            counts::from_trips(loaded, &built.demand, sites)
        }
    };
    let conditions = match &args.conditions {
        Some(path) => hcm::read_conditions(path, sites, &loaded.names).map_err(&mut keep).unwrap_or_default(),
        None => Conditions::default(),
    };
    let run = args.run.as_ref().and_then(|folder| RunColumn::read(folder).map_err(&mut keep).ok());
    problems.or_ok(())?;
    if counted.by_site.is_empty() {
        return Err(Failure::Usage(
            "there is no volume at these junctions\n  hint: give counts with --counts".to_owned(),
        ));
    }
    Ok((counted, conditions, run))
}

fn listing(loaded: &Loaded, sites: &[Site]) -> String {
    let mut table = table(&["junction", "name", "control", "approach", "link", "turns"]);
    for site in sites {
        for (position, approach) in site.approaches.iter().enumerate() {
            let own = site.movements.iter().filter(|movement| movement.approach == position);
            let turns: Vec<String> = own.map(|movement| site.code(movement)).collect();
            table.add_row([
                site.id.clone(),
                site.title.clone(),
                match site.control {
                    SiteControl::NotCovered(why) => why.to_owned(),
                    _ => site.control.word().to_owned(),
                },
                approach.direction.to_owned(),
                loaded.names.links[approach.link.index()].clone(),
                turns.join(" "),
            ]);
        }
    }
    format!("{table}\n")
}

fn cell(value: Option<f64>, decimals: u8) -> String {
    value.map_or_else(|| "-".to_owned(), |value| fixed(value, decimals))
}

fn letter(letter: Option<char>) -> String {
    letter.map_or_else(|| "-".to_owned(), String::from)
}

fn text(loaded: &Loaded, evaluation: &Evaluation, calibration: &str) -> String {
    let mut text = String::new();
    let mut line = |words: &str| writeln!(text, "{words}").expect("writing to memory cannot fail");
    line(&format!("{}: Highway Capacity Manual, 7th edition; volumes: {}", loaded.name, evaluation.volumes));
    line(calibration);
    for junction in &evaluation.junctions {
        line("");
        line(&headline(junction));
        line(&movements(evaluation, &junction.junction_id));
        for crossing in
            evaluation.crossings.iter().filter(|row| row.junction_id == junction.junction_id && !row.is_enough)
        {
            line(&format!(
                "  pedestrians across {}: {} m need {} s of walk and {} s of clearance, the plan leaves {} s",
                crossing.arm,
                fixed(crossing.length_m, 1),
                fixed(crossing.walk_s, 0),
                fixed(crossing.clearance_s, 0),
                fixed(crossing.available_s, 0)
            ));
        }
        if !junction.note.is_empty() {
            line(&format!("  note: {}", junction.note));
        }
        line(&format!("  assumed: {}", junction.assumed.join("; ")));
    }
    line("");
    line("Assumed everywhere:");
    for note in &evaluation.assumed {
        line(&format!("  {note}"));
    }
    text
}

fn headline(row: &JunctionRow) -> String {
    let time = |s: f64| clock(SimTime::from_s(s));
    let mut words = vec![format!("{} {}: {}", row.junction_id, row.name, row.control)];
    if let Some(cycle_s) = row.cycle_s {
        words.push(format!("cycle {} s", fixed(cycle_s, 0)));
    }
    words.push(format!(
        "{} to {}, {} veh/h in the busiest quarter",
        time(row.begin_s),
        time(row.end_s),
        fixed(row.flow_vph, 0)
    ));
    if let Some(ratio) = row.critical_ratio {
        words.push(format!("critical v/c {}", fixed(ratio, 2)));
    }
    words.push(format!("delay {} s, level {}", cell(row.control_delay_s, 1), letter(row.level_of_service)));
    if let Some(delay_s) = row.simulated_delay_s {
        words.push(format!("simulated {} s", fixed(delay_s, 1)));
    }
    words.join("; ")
}

fn movements(evaluation: &Evaluation, junction: &str) -> String {
    let own = || evaluation.movements.iter().filter(|row| row.junction_id == junction);
    let has_run = own().any(|row| row.simulated.is_some());
    let mut head = vec!["", "lanes", "veh/h", "capacity", "v/c", "delay s", "queue95 m", "level"];
    if has_run {
        head.extend(["sim veh/h", "sim delay s", "sim queue95 m", "sim level"]);
    }
    head.push("note");
    let mut table = table(&head);
    for approach in evaluation.approaches.iter().filter(|row| row.junction_id == junction) {
        for row in own().filter(|row| row.approach == approach.name) {
            let mut cells = vec![
                row.turn.clone(),
                row.lane_groups.clone(),
                fixed(row.flow_vph, 0),
                cell(row.capacity_vph, 0),
                cell(row.volume_to_capacity, 2),
                cell(row.control_delay_s, 1),
                cell(row.queue_p95_m, 0),
                letter(row.level_of_service),
            ];
            if has_run {
                let run = row.simulated.clone().unwrap_or_default();
                cells.extend([
                    cell(run.demand_vph, 0),
                    cell(run.control_delay_s, 1),
                    cell(run.queue_p95_m, 0),
                    letter(run.level_of_service),
                ]);
            }
            cells.push(row.note.clone());
            table.add_row(cells);
        }
        let mut cells = vec![
            format!("{} all", approach.approach),
            String::new(),
            fixed(approach.flow_vph, 0),
            String::new(),
            String::new(),
            cell(approach.control_delay_s, 1),
            String::new(),
            letter(approach.level_of_service),
        ];
        if has_run {
            cells.extend([String::new(), cell(approach.simulated_delay_s, 1), String::new(), String::new()]);
        }
        cells.push(String::new());
        table.add_row(cells);
    }
    align(&mut table);
    table.to_string()
}
