//! The rows of each result table, in the order of [`super::columns`].

pub mod indicators;
pub mod interactions;
pub mod junctions;
pub mod lighting;
pub mod money;
pub mod links;
pub mod movements;
pub mod observed;
pub mod power;
pub mod signal_phases;
pub mod trips;

use std::io;

use super::columns::{self, TableSpec};
use super::csv::RowSink;
use super::run::FinishedRun;

/// Gives a table's rows of a run to a sink.
pub type Rows = fn(&FinishedRun<'_>, &mut dyn RowSink) -> io::Result<()>;

/// Whether a run has something to say in a table. Tables of electricity are left out of runs without feeders,
/// that of outages where nothing lost supply.
pub fn is_wanted(run: &FinishedRun<'_>, table: &TableSpec) -> bool {
    match table.name {
        "street_use" | "interactions" => run.params.interactions,
        "feeders" | "voltages" | "energy" => !run.loaded.power.is_empty(),
        "outage" => run.results.power.iter().flatten().any(|sum| !sum.dark.is_empty()),
        "signal_phases" => !run.loaded.signals.actuated.is_empty(),
        "observed" => run.verdict.is_some(),
        "lighting" | "lighting_states" | "lighting_circuits" => run.loaded.lighting.is_some(),
        _ => true,
    }
}

/// All tables and where their rows come from.
pub const ALL: &[(&TableSpec, Rows)] = &[
    (&columns::TRIPS, trips::rows),
    (&columns::LINKS, links::rows),
    (&columns::MOVEMENTS, movements::rows),
    (&columns::JUNCTIONS, junctions::rows),
    (&columns::SIGNAL_PHASES, signal_phases::rows),
    (&columns::STREET_USE, interactions::street_use),
    (&columns::INTERACTIONS, interactions::interactions),
    (&columns::LIGHTING, lighting::rows),
    (&columns::LIGHTING_STATES, lighting::states),
    (&columns::LIGHTING_CIRCUITS, lighting::circuits),
    (&columns::FEEDERS, power::run_feeders),
    (&columns::VOLTAGES, power::run_voltages),
    (&columns::ENERGY, power::run_energy),
    (&columns::OUTAGE, power::run_outage),
    (&columns::OBSERVED, observed::rows),
    (&columns::INDICATORS, indicators::rows),
];
