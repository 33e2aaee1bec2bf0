//! Lane changes from lane centre to lane centre within a step (lateral policy `lane_instant`).
//!
//! The model is the one SUMO calls LC2013 (Erdmann 2015, "SUMO's lane-changing model"): a driver changes lanes because
//! the route needs it, to let another one in, to drive faster, or to keep to the kerb, and adapts its speed to get a
//! gap or to make one. Directions are named by the kerb: inwards is towards lane 0.
//!
//! - `memory`: what a vehicle remembers between steps, and how its next speed is adapted.
//! - `speeds`: safe speeds and gaps as they count while lanes are changed.
//! - `around`: who is ahead and behind, on the link and before it.
//! - `ahead`: who is ahead beyond the link, inside junctions too.
//! - `rules`: where lanes may be changed.
//! - `sight`: the traffic beside, and whether it leaves room.
//! - `line`: one link, front to back, one change a vehicle.
//! - `link_pass`: one vehicle decides.
//! - `wish`: what the driver wants, from the most to the least urgent reason.
//! - `urgent`: getting a gap when the route needs a change.
//! - `gain`: speed and kerb.
//! - `outlook`: how far the lanes lead, and how full they are.
//! - `roundabout`: what a roundabout ahead is worth.
//! - `stop_line`: stop lines ahead that cannot be crossed from the lane beside.
//! - `pass`: all links, in parallel.

mod act;
mod around;
mod ahead;
mod gain;
mod line;
mod link_pass;
mod memory;
mod outlook;
mod pass;
mod roundabout;
mod rules;
mod sight;
mod speeds;
mod stop_line;
mod urgent;
mod wish;

#[cfg(test)]
mod tests;

pub use memory::{LaneChangeState, patch_speed, prepare_step};
pub use pass::{Buffers, run};
