//! `citytwin check`: what is in a scenario and its variants, or in a folder of GMNS tables, or what is wrong with it.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use scenarios::error::Problems;
use scenarios::inventory::{Inventory, inventory};
use scenarios::read::gmns::check as gmns;
use scenarios::read::what_if;
use scenarios::write::csv::fixed;
use scenarios::write::summary::to_json;

use crate::args::{CheckArgs, ScenarioArgs};
use crate::console::{Failure, data, say};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    if let Some(path) = args.scenario.path.as_deref().filter(|path| gmns::is_network_alone(path)) {
        return check_network(path);
    }
    let prepared = simulate::in_pool(args.scenario.threads, || simulate::prepare(&args.scenario))??;
    simulate::say_notices(&prepared);
    let variants = check_variants(args)?;
    let inventory = inventory(&prepared.loaded, &prepared.demand, prepared.dropped);
    data(&if args.json { to_json(&inventory) } else { text(&inventory) })?;
    if !variants.is_empty() {
        say(&format!("variants: {}", variants.join(", ")));
    }
    say("no problem found");
    Ok(ExitCode::SUCCESS)
}

/// The names of the variants, all of which can be read.
fn check_variants(args: &CheckArgs) -> Result<Vec<String>, Failure> {
    let Ok(source) = simulate::source(&args.scenario, "variants") else { return Ok(Vec::new()) };
    let base = simulate::load(&ScenarioArgs { variant: None, ..args.scenario.clone() })?;
    let names = what_if::names(&source);
    let mut problems = Problems::default();
    for name in &names {
        if let Err(found) = what_if::apply(&mut base.clone(), source.clone(), name) {
            problems.list.extend(found.list);
        }
    }
    if problems.list.is_empty() { Ok(names) } else { Err(problems.into()) }
}

/// Says what GMNS tables without a scenario have and lack, and where they contradict themselves.
fn check_network(path: &Path) -> Result<ExitCode, Failure> {
    let found = gmns::check(path);
    data(&found.to_string())?;
    if found.contradictions.is_empty() {
        say("no contradiction found");
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{} contradictions found; nothing was repaired", found.contradictions.len()));
    Ok(ExitCode::from(2))
}

fn text(inventory: &Inventory) -> String {
    let i = inventory;
    let mut lines = vec![
        ("junctions", i.junctions.to_string()),
        ("signals", i.signals.to_string()),
        ("links", format!("{} and {} inside junctions", i.links, i.internal_links)),
        ("lane-km", fixed(i.lane_km, 1)),
        ("connectors", i.connectors.to_string()),
        ("movements", i.movements.to_string()),
        ("conflicts", i.conflicts.to_string()),
        ("stop places", i.stop_places.to_string()),
        (
            "components",
            format!("{}; the largest has {} of {} links", i.strong_components, i.links_in_largest_component, i.links),
        ),
        (
            "dead ends",
            format!("{} links without way out, {} without way in", i.links_without_way_out, i.links_without_way_in),
        ),
    ];
    let trips: usize = i.trips_by_class.values().sum();
    let classes: Vec<String> = i.trips_by_class.iter().map(|(class, number)| format!("{class} {number}")).collect();
    let dropped = if i.trips_dropped > 0 { format!("; {} left out", i.trips_dropped) } else { String::new() };
    lines.push(("trips", format!("{trips} ({}){dropped}", classes.join(", "))));
    let mut text = format!("{}\n", i.scenario);
    for (name, value) in lines {
        writeln!(text, "  {name:<12} {value}").expect("writing to memory cannot fail");
    }
    text
}
