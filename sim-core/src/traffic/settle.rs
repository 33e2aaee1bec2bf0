//! Pass `settle`: with everybody's intentions published, each vehicle learns which stop lines it may pass, and fixes
//! its speed for the step.

use crate::ids::ConnectorId;
use crate::math::Bounded;
use crate::ports::Rule;
use crate::rng::{self, Purpose};
use crate::traffic::approach::{self, Wish, ignores_signal, leave_time_ms};
use crate::traffic::car_following::{Driver, HALTING_SPEED_MPS, NUMERICAL_EPS, POSITION_EPS_M};
use crate::traffic::keep_clear::wish_of;
use crate::traffic::lane_change;
use crate::traffic::lateral::gaps::middle_behind_m;
use crate::traffic::plan::{Item, Plan, driver_on_lane};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Approach, Intention, NEVER_MS, Own, flags};

/// Notes what others may know of one vehicle's items: at those of their stop lines that others yield to.
pub fn intend(scene: &Scene<'_>, own: &Own, items: &[Item], intentions: &mut Vec<Intention>) {
    let kind = scene.kind(own.kind);
    for item in items.iter().filter(|item| item.is_watched) {
        let mut arrival_ms = item.arrival_ms;
        if scene.ports.rules[item.connector] == Rule::AllWayStop {
            // Breaks ties between vehicles that stop at the same time.
            arrival_ms += i64::from(rng::words(scene.seed, Purpose::Release, own.trip.0, scene.step)[3] & 1);
        }
        let leave_mps = item.leave_speed_mps();
        let way_m = scene.network.connectors[item.connector].length_m;
        intentions.push(Intention {
            connector: item.connector,
            approach: Approach {
                next: u32::MAX,
                trip: own.trip,
                kind: own.kind,
                arrival_ms,
                leave_ms: leave_time_ms(arrival_ms, way_m, kind.length_m, item.arrival_mps, leave_mps),
                arrival_mps: item.arrival_mps,
                leave_mps,
                arrival_braking_mps: item.arrival_braking_mps,
                will_pass: item.will_pass,
                waiting_ms: own.waiting_ms,
                distance_m: item.distance_m,
                speed_mps: own.speed_mps,
                middle_m: middle_behind_m(scene.network, own, item.connector),
            },
        });
    }
}

/// The bounds on the speed of the step that the stop lines give.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Bounds {
    safe_mps: f64,
    /// A speed that must be kept to get across a line that can no longer be avoided.
    least_mps: f64,
    has_to_wait: bool,
}

/// Fixes the speed of one vehicle for the step; updates its waiting flag, its turn in the junction, and its stop.
pub fn speed(scene: &Scene<'_>, own: &mut Own, seen_flags: &mut u16, plan: &Plan, items: &[Item]) -> f64 {
    let base = scene.driver(own.kind);
    let adapted = driver_on_lane(base, own.speed_mps, plan.desired_mps);
    let driver = adapted.as_ref().unwrap_or(base);
    let bounds = bounds(scene, own, (driver, plan.brake_m), items);
    if bounds.has_to_wait {
        *seen_flags |= flags::HAS_TO_WAIT;
    } else {
        *seen_flags &= !flags::HAS_TO_WAIT;
    }
    own.stop.distance_m = plan.stop_m;
    let at_stop = crate::traffic::stops::process(scene, own, seen_flags, bounds.safe_mps);
    let mut next = finalize(scene, own, (driver, plan.desired_mps), bounds.safe_mps, at_stop);
    if next > 0.0 {
        next = next.at_least(bounds.least_mps);
    }
    if next.abs() < 0.1 * NUMERICAL_EPS * driver.dt_s && plan.stop_m > POSITION_EPS_M {
        next = 0.0;
    }
    own.stop.pace_mps = stop_pace_mps(own, driver, plan.stop_m);
    next.at_least(0.0)
}

/// The speed that the vehicle's stops alone would let it have now: while it brakes for one, stands, and regains speed.
fn stop_pace_mps(own: &Own, driver: &Driver, stop_m: f64) -> f64 {
    if own.stop.is_reached {
        return 0.0;
    }
    let regained_mps = driver.max_next_speed(own.stop.pace_mps);
    if stop_m.is_finite() {
        let bound_mps = driver.stop_speed(own.speed_mps, stop_m, driver.decel_mps2);
        if bound_mps < driver.max_next_speed(own.speed_mps) {
            return regained_mps.at_most(bound_mps);
        }
    }
    regained_mps
}

/// Acceleration bounds, driver imperfection and the wishes of lane changing.
fn finalize(
    scene: &Scene<'_>,
    own: &mut Own,
    (driver, desired_mps): (&Driver, f64),
    safe_mps: f64,
    at_stop_mps: f64,
) -> f64 {
    let v = own.speed_mps;
    let least = driver.min_next_speed(v).at_most(safe_mps.at_least(driver.min_next_speed_emergency(v)));
    let lane_mps = desired_mps.at_least(safe_mps);
    let most = lane_mps.at_most(driver.max_next_speed(v)).at_most(safe_mps.at_most(at_stop_mps)).at_least(least);
    let sigma = driver.sigma();
    // Who stands cannot dawdle: no draw is needed.
    let dawdled = if sigma > 0.0 && most > 0.0 {
        let uniform = rng::unit(rng::words(scene.seed, Purpose::Dawdle, own.trip.0, scene.step)[0]);
        least.at_least(driver.dawdle(most, sigma, uniform))
    } else {
        most
    };
    lane_change::patch_speed(scene, own, driver, least, dawdled, most)
}

fn bounds(scene: &Scene<'_>, own: &mut Own, (driver, brake_m): (&Driver, f64), items: &[Item]) -> Bounds {
    let mut bounds = Bounds { safe_mps: f64::INFINITY, least_mps: f64::NEG_INFINITY, has_to_wait: false };
    for (index, item) in items.iter().enumerate() {
        let connector = item.connector;
        if !(connector.is_some() && item.will_pass) {
            bounds.safe_mps = item.wait_mps;
            give_turn_away(scene, own, connector);
            bounds.has_to_wait |= item.wait_mps < own.speed_mps || item.wait_mps < HALTING_SPEED_MPS;
            break;
        }
        let rule = scene.ports.rules[connector];
        if !rule.has_priority() || rule == Rule::Zipper {
            bounds = bounds_with_foes(scene, own, (driver, brake_m), &items[index..], bounds);
            break;
        }
        bounds.safe_mps = item.pass_mps;
        bounds.has_to_wait |= is_held_up(own, driver, item);
    }
    bounds.has_to_wait = bounds.has_to_wait && !scene.network.is_in_roundabout(own.lane);
    bounds
}

/// The bounds from the first stop line on where others may go first.
#[inline(never)]
fn bounds_with_foes(
    scene: &Scene<'_>,
    own: &mut Own,
    (driver, brake_m): (&Driver, f64),
    items: &[Item],
    Bounds { mut safe_mps, mut least_mps, mut has_to_wait }: Bounds,
) -> Bounds {
    let mut zipper_mps = f64::INFINITY;
    let mut least_m = 0.0;
    let mut can_brake_least = false;
    for item in items {
        let connector = item.connector;
        if !(connector.is_some() && item.will_pass) {
            safe_mps = item.wait_mps;
            give_turn_away(scene, own, connector);
            has_to_wait |= safe_mps < own.speed_mps || safe_mps < HALTING_SPEED_MPS;
            break;
        }
        let rule = scene.ports.rules[connector];
        if rule.has_priority() && rule != Rule::Zipper {
            safe_mps = item.pass_mps;
            has_to_wait |= is_held_up(own, driver, item);
            continue;
        }
        let can_brake = item.distance_m > brake_m || own.speed_mps < driver.decel_mps2 * driver.dt_s;
        let ignores = ignores_signal(scene, own, connector, can_brake);
        if rule.is_yellow() && can_brake && !ignores {
            safe_mps = item.wait_mps;
            has_to_wait = true;
            break;
        }
        let wish = || {
            let wish = Wish { ignores_red: ignores, ..wish_of(scene, own, item, own.waiting_ms) };
            if can_brake { wish } else { Wish { impatience: 1.0, ..wish } }
        };
        if rule == Rule::Zipper {
            let foes = approach::zipper_foes(scene, connector, &wish());
            if foes.is_empty() {
                safe_mps = item.pass_mps;
                has_to_wait |= is_held_up(own, driver, item);
            } else {
                let at = (connector, item.distance_m, item.pass_mps, item.arrival_ms);
                zipper_mps = zipper_mps.at_most(approach::zipper_speed(scene, own, at, &foes));
            }
            continue;
        }
        let is_open = rule.is_yellow() || approach::is_open(scene, connector, &wish());
        let column = &scene.network.connectors[connector];
        if is_open {
            let yields = !approach::entered_with_priority(scene, connector)
                && !approach::waits_inside(scene, connector)
                && !ignores;
            if yields {
                if item.distance_m > column.visibility_m && (can_brake || !rule.is_yellow()) {
                    safe_mps = item.wait_mps;
                    has_to_wait = true;
                    break;
                }
                // Past the point of no return: get across in this step, or as fast as possible.
                least_m = item.distance_m;
                least_mps = ((least_m + POSITION_EPS_M) / driver.dt_s)
                    .at_most(item.pass_mps)
                    .at_most(driver.max_next_speed(own.speed_mps));
                can_brake_least = can_brake;
            }
            safe_mps = item.pass_mps;
            has_to_wait |= is_held_up(own, driver, item);
        } else if !can_brake
            && (!column.signal.is_some() || scene.kind(own.kind).junction.drives_on_if_surprised)
            && item.distance_m < driver.brake_gap(own.speed_mps, driver.emergency_decel_mps2, 0.0)
        {
            safe_mps = item.pass_mps;
        } else {
            safe_mps = item.wait_mps;
            has_to_wait = true;
            break;
        }
    }
    if safe_mps + NUMERICAL_EPS < least_mps {
        if can_brake_least && safe_mps < own.speed_mps {
            let stop = driver.stop_speed(own.speed_mps, least_m, driver.decel_mps2);
            safe_mps = safe_mps.at_most(driver.min_next_speed(own.speed_mps).at_least(stop));
            least_mps = 0.0;
            has_to_wait = true;
        } else {
            least_mps = safe_mps;
        }
    }
    Bounds { safe_mps: safe_mps.at_most(zipper_mps), least_mps, has_to_wait }
}

/// Whether something else than the stop line holds a vehicle up that may pass it.
fn is_held_up(own: &Own, driver: &Driver, item: &Item) -> bool {
    item.pass_mps < driver.decel_mps2
        && item.pass_mps <= item.wait_mps
        && item.pass_mps < driver.max_next_speed(own.speed_mps)
}

/// A vehicle blocked inside the junction lets others go first.
fn give_turn_away(scene: &Scene<'_>, own: &mut Own, connector: ConnectorId) {
    if !connector.is_some() {
        return;
    }
    let network = scene.network;
    let column = &network.connectors[connector];
    let lane = &network.lanes[own.lane];
    let leaves_internal = network.lanes[column.from].is_internal;
    if leaves_internal && lane.is_internal && column.junction == network.links[lane.link].to {
        own.entry_ms = NEVER_MS;
        own.conflict_entry_ms = NEVER_MS;
    }
}
