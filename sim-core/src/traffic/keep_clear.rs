//! Keeping junctions clear: a vehicle does not claim a stop line behind which there is no room for it.
//!
//! Road that is free behind each stop line is summed up to the first vehicle that stands or has to wait; lengths of
//! vehicles between, on the way through the junction and before oneself are subtracted. A claim is given up where
//! less room is left than the vehicle needs.

use crate::network::ConnectorKind;
use crate::traffic::approach::{self, Wish};
use crate::traffic::car_following::POSITION_EPS_M;
use crate::traffic::lateral::gaps::Claim;
use crate::traffic::plan::Item;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Traffic, flags};

/// Gives up claims of `items` behind which there is no room. `in_front_m` is the road taken by vehicles ahead on the
/// same lane.
pub fn run(scene: &Scene<'_>, traffic: &Traffic, place: Place, in_front_m: f64, items: &mut [Item]) {
    let own = traffic.own(place);
    if !items.iter().any(|item| item.keeps_clear) {
        return;
    }
    // Whoever claims nothing has nothing to give up.
    if items.iter().all(|item| !item.will_pass && item.pass_mps == item.wait_mps) {
        return;
    }
    let needed_m = scene.kind(own.kind).length_m + scene.kind(own.kind).min_gap_m;
    let mut found_stopped = free_space(scene, traffic, own, in_front_m, items);
    // Room is only carried from one stop line to another: where there is enough behind each, nobody need be asked.
    if items.iter().all(|item| item.space_m >= needed_m) || scene.network.is_in_roundabout(own.lane) {
        return;
    }
    found_stopped |= carry_back(scene, own, items);
    if !found_stopped {
        return;
    }
    let is_internal = scene.network.lanes[own.lane].is_internal;
    let first = items.iter().position(|item| item.keeps_clear && item.space_m < needed_m);
    let Some(first) = first.filter(|&first| first > 0 || !is_internal) else { return };
    let driver = scene.driver(own.kind);
    let brake_m = driver.brake_gap(own.speed_mps, driver.decel_mps2, 0.0);
    for index in first..items.len() {
        if !items[index].connector.is_some() {
            break;
        }
        items[index].pass_mps = items[index].wait_mps;
        if items[index].distance_m >= brake_m + POSITION_EPS_M {
            let kind = scene.network.connectors[items[index].connector].kind;
            // Whoever claimed the way in also claims the way out.
            let follows_entry = kind == ConnectorKind::Exit && index > 0 && items[index - 1].will_pass;
            if !follows_entry {
                items[index].will_pass = false;
            }
        }
    }
}

/// Fills in the free road behind each stop line, up to the first vehicle that stands.
fn free_space(scene: &Scene<'_>, traffic: &Traffic, own: &Own, in_front_m: f64, items: &mut [Item]) -> bool {
    let network = scene.network;
    let kind = scene.kind(own.kind);
    let mut space_m = -in_front_m;
    let mut found_stopped = false;
    for item in items {
        if !item.connector.is_some() || found_stopped {
            item.space_m = if found_stopped { space_m } else { item.space_m + space_m };
            continue;
        }
        let lane = item.to;
        let summary = &traffic.lanes[lane];
        if item.enters_junction {
            if item.keeps_clear {
                space_m -= f64::from(summary.occupied_m);
                if lane == own.lane {
                    space_m += kind.length_m + kind.min_gap_m;
                }
            } else {
                space_m += f64::from(summary.space_m);
                found_stopped |= summary.has_standing;
            }
            item.space_m = space_m;
            continue;
        }
        match traffic.last_on_lane(network, lane).filter(|(seen, _)| seen.trip != own.trip) {
            None => {
                if network.lanes[lane].length_m > kind.length_m || item.keeps_clear {
                    space_m += network.lanes[lane].length_m;
                }
                item.space_m = space_m;
            }
            Some((last, _)) => {
                space_m += f64::from(summary.space_m);
                item.space_m = space_m;
                if summary.has_standing || last.has(flags::HAS_TO_WAIT | flags::AT_STOP) {
                    found_stopped = true;
                    item.has_stopped = true;
                }
            }
        }
    }
    found_stopped
}

/// Carries the room behind later stop lines back to earlier ones, as far as the way between is open; true if some way
/// is not.
fn carry_back(scene: &Scene<'_>, own: &Own, items: &mut [Item]) -> bool {
    let mut found_closed = false;
    for index in (1..items.len()).rev() {
        let (before, after) = items.split_at_mut(index);
        let ([before @ .., item], Some(next)) = (before, after.first()) else { break };
        if !item.connector.is_some() {
            continue;
        }
        let is_open = (!item.enters_junction || !next.connector.is_some() || next.will_pass)
            && (index == 1
                || scene.ports.rules[item.connector].has_priority()
                || approach::is_open(scene, item.connector, &wish_of(scene, own, item, own.waiting_ms)));
        let mut goes_on = (is_open || approach::waits_inside(scene, item.connector)) && !item.has_stopped;
        if !is_open {
            found_closed = true;
            goes_on |= before
                .last()
                .is_some_and(|before| before.connector.is_some() && approach::waits_inside(scene, before.connector));
        }
        if goes_on {
            item.space_m = next.space_m;
        }
    }
    found_closed
}

/// The wish of a vehicle to pass at an item.
pub fn wish_of(scene: &Scene<'_>, own: &Own, item: &Item, waiting_ms: i64) -> Wish {
    let kind = scene.kind(own.kind);
    Wish {
        trip: own.trip,
        arrival_ms: item.arrival_ms,
        arrival_mps: item.arrival_mps,
        leave_mps: item.leave_speed_mps(),
        length_m: kind.length_m,
        impatience: scene.impatience(own),
        decel_mps2: kind.decel_mps2,
        waiting_ms,
        time_gap_ms: approach::to_ms(kind.junction.time_gap_minor_s),
        ignores_red: false,
        claim: Claim::of(scene.network, own, kind, item.connector),
    }
}
