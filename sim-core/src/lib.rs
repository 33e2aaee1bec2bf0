//! The simulation of a city: traffic, and what hangs on it, in one deterministic step.
//!
//! This package opens no file, reads no clock, prints nothing and starts no threads. Data flows one way: parts →
//! [`network`] and [`traffic::demand`] → [`city::City`] (does not change in a run) → [`engine::step()`] on an
//! [`engine::World`] → [`kpi`] rows. Modules are listed in reading order and use only what stands before them.

pub mod ids;
pub mod units;
pub mod math;
pub mod rng;
pub mod reduce;
pub mod rows;
pub mod propulsion;
pub mod network;
pub mod routing;
pub mod ports;
pub mod signals;
pub mod traffic;
pub mod lighting;
pub mod power;
pub mod environment;
pub mod city;
pub mod change;
pub mod engine;
pub mod kpi;
