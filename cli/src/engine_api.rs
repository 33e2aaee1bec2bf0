//! What the command calls of the engine and of the readers, by the names it uses.

use scenarios::demand::{BuiltDemand, build_loaded};
use scenarios::error::Problems;
use scenarios::loaded::Loaded;
use scenarios::write::run::{FinishedRun, clock};
use sim_core::city::City;
use sim_core::ids::LinkId;
use sim_core::network::parts::NetworkError;
use sim_core::units::SimTime;

pub(crate) use scenarios::read::read;
pub(crate) use scenarios::write::scaffold::{copy_embedded, wrap_sumocfg};
pub(crate) use sim_core::engine::{Recorder, Scratch, StepReport, World, digest, step};

/// The shipped scenario, from inside the program.
pub(crate) fn shipped() -> Result<Loaded, Problems> {
    scenarios::read::folder::read_shipped()
}

/// The city of a scenario.
pub(crate) fn build_city(loaded: &Loaded) -> Result<City, Vec<NetworkError>> {
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone())?;
    let city = city.with_power(loaded.power.grid.clone()).with_environment(loaded.environment);
    Ok(match &loaded.lighting {
        Some(plan) => city.with_lighting(plan.build()),
        None => city,
    })
}

/// The demand of a scenario, drawn by its seed.
pub(crate) fn build_demand(loaded: &Loaded) -> Result<BuiltDemand, Problems> {
    build_loaded(loaded, loaded.run.seed)
}

/// Inbound and outbound link of each movement.
pub(crate) fn movement_ends(city: &City) -> Vec<(LinkId, LinkId)> {
    city.network.movements.iter().map(|movement| (movement.from, movement.to)).collect()
}

/// Words for a gridlock, if there was one.
pub(crate) fn gridlock(run: &FinishedRun<'_>) -> Option<String> {
    let gridlock = run.results.gridlock.as_ref()?;
    let junction = run.loaded.parts.links[gridlock.link.index()].to;
    let mut words = format!(
        "since {} vehicles stand on {} before {}",
        clock(SimTime(gridlock.since_ms)),
        run.link_title(gridlock.link),
        run.loaded.names.junction_titles[junction.index()],
    );
    if gridlock.cycle.is_empty() {
        words.push_str(" and nothing moves");
    } else {
        let links: Vec<&str> = gridlock.cycle.iter().map(|&link| run.link_name(link)).collect();
        words.push_str(&format!("; links that block each other in a circle: {}", links.join(", ")));
    }
    Some(words)
}
