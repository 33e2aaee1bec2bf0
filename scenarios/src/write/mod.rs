//! Writers: networks and new scenario folders ([`gmns`], [`scaffold`]), and results of a run → tables, summaries and pictures with names, fixed decimals and a calibration status.
//!
//! Data flows one way: [`run::FinishedRun`] (what was read, what was simulated) → rows of [`tables`] by the one
//! column list of [`columns`] → [`csv`] or [`parquet`] → a folder that [`folder`] puts in place whole. An empty cell
//! means no data, never 0. Nothing here depends on a clock, so that equal runs give equal bytes
//! ([`summary::Performance`] apart).

pub mod columns;
pub mod csv;
pub mod emissions;
pub mod dss;
pub mod folder;
pub mod geojson;
pub mod gmns;
pub mod level_of_service;
pub mod parquet;
pub mod picture;
pub mod power_alone;
pub mod power_summary;
pub mod observed_summary;
pub mod outage;
pub mod places;
pub mod run;
pub mod scaffold;
pub(crate) mod stages;
pub mod sumo;
pub mod summary;
pub mod tables;
pub mod totals;

#[cfg(test)]
mod example;
