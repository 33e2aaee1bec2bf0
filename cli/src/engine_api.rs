//! What the command calls of the engine and of the readers, by the names it uses.

use scenarios::demand::{BuiltDemand, build_loaded};
use scenarios::error::Problems;
use scenarios::loaded::Loaded;
use sim_core::city::City;
use sim_core::ids::LinkId;
use sim_core::network::parts::NetworkError;

pub(crate) use scenarios::read::read;
pub(crate) use scenarios::write::scaffold::{copy_embedded, wrap_sumocfg};
pub(crate) use sim_core::engine::{Recorder, Scratch, StepReport, World, digest, step};

/// The shipped scenario, from inside the program.
pub(crate) fn shipped() -> Result<Loaded, Problems> {
    scenarios::read::folder::read_shipped()
}

/// The city of a scenario.
pub(crate) fn build_city(loaded: &Loaded) -> Result<City, Vec<NetworkError>> {
    City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone())
}

/// The demand of a scenario, drawn by its seed.
pub(crate) fn build_demand(loaded: &Loaded) -> Result<BuiltDemand, Problems> {
    build_loaded(loaded, loaded.run.seed)
}

/// Inbound and outbound link of each movement.
pub(crate) fn movement_ends(city: &City) -> Vec<(LinkId, LinkId)> {
    city.network.movements.iter().map(|movement| (movement.from, movement.to)).collect()
}

/// Words for a gridlock, if there is one.
pub(crate) fn gridlock(_: &StepReport, _: &Loaded) -> Option<String> {
    None
}
