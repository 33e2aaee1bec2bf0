//! Max pressure (Varaiya 2013): the stage with the greatest pressure has green.
//!
//! The pressure of a stage is `Σ (before − behind)` over its lanes: vehicles that wait or come near the stop line, less the
//! mean of those on the lanes they lead to. A stage lasts its least duration; then, as soon as another has more pressure,
//! the change towards it begins: phases of its own for each pair of stages, so that yellow and clearance are never cut
//! short. A stage in force for its greatest duration gives way to any other for which somebody waits.

use crate::ids::DetectorId;
use crate::ports::Detection;
use crate::rows::Column;

/// How often a stage in force is weighed against the others.
pub const WEIGH_EVERY_MS: i64 = 1000;

/// A lane of a stage, by detectors that count the vehicles between them and the lane's end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PressureLane {
    /// Before the stop line.
    pub before: DetectorId,
    /// On the lanes it leads to.
    pub behind: Vec<DetectorId>,
}

/// The lanes of each phase; phases without lanes are changes between stages.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pressure {
    /// By phase.
    pub lanes: Vec<Vec<PressureLane>>,
}

impl Pressure {
    /// Whether a phase is a stage.
    pub fn is_stage(&self, phase: usize) -> bool {
        self.lanes.get(phase).is_some_and(|lanes| !lanes.is_empty())
    }
    /// Vehicles before the stop lines of a stage.
    pub fn waiting(&self, phase: usize, seen: &Column<DetectorId, Detection>) -> u32 {
        self.lanes[phase].iter().map(|lane| seen[lane.before].vehicles).sum()
    }
    /// The pressure of a stage.
    pub fn of(&self, phase: usize, seen: &Column<DetectorId, Detection>) -> f64 {
        let mut sum = 0.0;
        for lane in &self.lanes[phase] {
            let behind: u32 = lane.behind.iter().map(|&detector| seen[detector].vehicles).sum();
            sum += f64::from(seen[lane.before].vehicles) - f64::from(behind) / lane.behind.len().max(1) as f64;
        }
        sum
    }
}
