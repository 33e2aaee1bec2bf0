//! Lane changes from lane centre to lane centre within a step (lateral policy `lane_instant`).

/// What a vehicle remembers between its lane-change decisions.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct LaneChangeState {}

use crate::traffic::car_following::Driver;
use crate::traffic::scene::Scene;
use crate::traffic::state::Own;

/// Changes the speed of the step to the needs of lane changing.
pub fn patch_speed(_scene: &Scene<'_>, _own: &mut Own, _driver: &Driver, _least: f64, wanted: f64, _most: f64) -> f64 {
    wanted
}
/// The pass.
pub fn run(_scene: &Scene<'_>, _traffic: &mut crate::traffic::state::Traffic) {}
/// Forgets what belongs to the step that ends.
pub fn prepare_step(_own: &mut Own) {}
