//! Reads a network in GMNS 0.96 with our extra columns and tables (see [`crate::schema`]).

pub mod check;
pub mod config;
pub mod links;
pub mod movements;
pub mod network;
pub mod nodes;
pub mod rings;
pub mod segments;
pub mod signals;
pub mod stage_checks;
pub mod stops;
pub mod uses;
