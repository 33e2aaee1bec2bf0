//! `citytwin check`: what is in a scenario, or what is wrong with it.

use std::fmt::Write;
use std::process::ExitCode;

use scenarios::inventory::{Inventory, inventory};
use scenarios::write::csv::fixed;
use scenarios::write::summary::to_json;

use crate::args::CheckArgs;
use crate::console::{Failure, data, say};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let prepared = simulate::in_pool(args.scenario.threads, || simulate::prepare(&args.scenario))??;
    simulate::say_notices(&prepared);
    let inventory = inventory(&prepared.loaded, &prepared.demand, prepared.dropped);
    data(&if args.json { to_json(&inventory) } else { text(&inventory) })?;
    say("no problem found");
    Ok(ExitCode::SUCCESS)
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
