//! Continuous lateral motion.
use crate::traffic::scene::Scene;
use crate::traffic::state::Traffic;
/// The pass.
pub fn run(_scene: &Scene<'_>, _traffic: &mut Traffic) {}
