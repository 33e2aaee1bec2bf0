//! The engine: the state of a run, the step that advances it, and what it leaves behind.

pub mod params;
pub mod world;
mod interaction_sums;
pub mod recorder;
mod sums;
pub mod stop_lines;
pub mod interactions;
pub mod gridlock;
pub mod greens;
pub mod snapshot;
mod detectors;
mod drive;
mod charging;
mod lamps;
pub mod step;

pub use gridlock::Gridlock;
pub use params::{DarkSignalRule, LateralPolicy, RunParams};
pub use recorder::Recorder;
pub use snapshot::{SnapshotError, digest, load, save};
pub use step::{Pass, Scratch, StepReport, step};
pub use world::{VehicleView, World, observe};
