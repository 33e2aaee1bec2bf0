//! The rows of each result table, in the order of [`super::columns`].

pub mod indicators;
pub mod junctions;
pub mod links;
pub mod movements;
pub mod trips;

use std::io;

use super::columns::{self, TableSpec};
use super::csv::RowSink;
use super::run::FinishedRun;

/// Gives a table's rows of a run to a sink.
pub type Rows = fn(&FinishedRun<'_>, &mut dyn RowSink) -> io::Result<()>;

/// All tables and where their rows come from.
pub const ALL: &[(&TableSpec, Rows)] = &[
    (&columns::TRIPS, trips::rows),
    (&columns::LINKS, links::rows),
    (&columns::MOVEMENTS, movements::rows),
    (&columns::JUNCTIONS, junctions::rows),
    (&columns::INDICATORS, indicators::rows),
];
