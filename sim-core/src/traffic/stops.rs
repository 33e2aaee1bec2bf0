//! Stops on the way.

use crate::ids::LinkId;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Traffic};

/// Where the vehicle must stand on a link, if its next stop lies there.
pub fn position_m(scene: &Scene<'_>, _traffic: &Traffic, own: &Own, link: LinkId, _route_index: usize) -> Option<f64> {
    let stop = scene.demand.stops.get(own.stop.next as usize)?;
    (stop.link == link).then_some(stop.end_m)
}

/// Starts, continues and ends stops; returns the speed that they allow.
pub fn process(_scene: &Scene<'_>, _own: &mut Own, _seen_flags: &mut u16, speed_mps: f64) -> f64 {
    speed_mps
}
