//! Where detectors of signals see traffic.

use crate::ids::DetectorId;
use crate::network::Network;
use crate::ports::Detection;
use crate::rows::Column;
use crate::signals::{Detector, SignalPlans};
use crate::traffic::events::Event;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Seen, Traffic};

/// Notes what the detectors saw in the step that ends, after everybody has moved.
pub(super) fn sense<'a>(
    scene: &Scene<'_>,
    signals: &SignalPlans,
    traffic: &Traffic,
    events: impl Iterator<Item = &'a Event> + Clone,
    detections: &mut Column<DetectorId, Detection>,
) {
    if signals.detectors.is_empty() {
        return;
    }
    let end_s = (scene.now_ms + scene.dt_ms) as f64 / 1000.0;
    for (detector, detection) in signals.detectors.iter().zip(detections.as_mut_slice()) {
        detection.is_occupied = false;
        let lane = &scene.network.lanes[detector.lane];
        let link = lane.link.index();
        let is_between = |seen: &&Seen| seen.lane == lane.index && f64::from(seen.front_m) >= detector.at_m;
        detection.vehicles = traffic.seen[link].iter().filter(is_between).count() as u32;
        let ghosts = traffic.ghosts[link].iter().map(|ghost| &ghost.seen);
        for seen in traffic.seen[link].iter().chain(ghosts).filter(|seen| seen.lane == lane.index) {
            notice(detector, seen, (end_s, scene.dt_s()), detection);
        }
    }
    let is_passed_at_once = |detector: &Detector| {
        let lane = &scene.network.lanes[detector.lane];
        lane.length_m - detector.at_m < lane.speed_limit_mps * scene.dt_s()
    };
    for (id, detector) in signals.detectors.enumerate().filter(|(_, detector)| is_passed_at_once(detector)) {
        notice_passers(scene.network, detector, events.clone(), &mut detections[id]);
    }
}

/// Notes a vehicle that covers the detector, or whose rear left it in this step.
fn notice(detector: &Detector, seen: &Seen, (end_s, dt_s): (f64, f64), detection: &mut Detection) {
    let (front_m, rear_m) = (f64::from(seen.front_m), f64::from(seen.rear_m));
    if front_m < detector.at_m {
        return;
    }
    if rear_m <= detector.at_m {
        detection.is_occupied = true;
        return;
    }
    let beyond_m = rear_m - detector.at_m;
    let speed_mps = f64::from(seen.speed_mps);
    if speed_mps > 0.0 && beyond_m < speed_mps * dt_s {
        detection.left_s = detection.left_s.max(end_s - beyond_m / speed_mps);
    }
}

/// Notes vehicles that left a detector so close to the stop line that their rear left the lane in the same step.
fn notice_passers<'a>(
    network: &Network,
    detector: &Detector,
    events: impl Iterator<Item = &'a Event>,
    detection: &mut Detection,
) {
    for event in events {
        if let Event::Crossed { connector, at_ms, .. } = *event
            && network.connectors[connector].from == detector.lane
        {
            detection.left_s = detection.left_s.max(at_ms as f64 / 1000.0);
        }
    }
}
