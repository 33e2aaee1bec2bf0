//! The way ahead of an entering vehicle: vehicles, limits, stops and stop lines as far as it needs to stop.

use super::attempt::{Cause, Pace, Verdict, stop_speed_mps};
use super::neighbors::{Spot, Surroundings};
use super::places::Newcomer;
use crate::ids::{ConnectorId, LaneId};
use crate::network::ConnectorKind;
use crate::network::conflicts::ConflictKind;
use crate::ports::Rule;
use crate::traffic::approach::{self, Wish, to_ms};
use crate::traffic::car_following::{HALTING_SPEED_MPS, NUMERICAL_EPS};
use crate::traffic::prefs;
use crate::traffic::stops;

/// Lowers the pace to what the way ahead allows.
///
/// # Errors
/// The verdict on the vehicle if its wish does not give way.
pub(super) fn check(
    surroundings: &Surroundings<'_>,
    newcomer: &Newcomer<'_>,
    spot: &Spot,
    pace: &mut Pace,
) -> Result<(), Verdict> {
    let scene = surroundings.scene;
    let network = scene.network;
    let driver = newcomer.driver;
    let mut lane = spot.lane;
    let mut road = 0;
    let mut seen_m = network.lanes[lane].length_m - spot.front_m;
    let mut arrival_ms = scene.now_ms + to_ms(seen_m / pace.speed_mps.max(HALTING_SPEED_MPS));
    let mut path = prefs::path(network, newcomer.known_prefs(), 0, lane);
    while seen_m < pace.sight_m {
        let Some((connector, next)) = path.next() else {
            return end_of_way(surroundings, newcomer, (lane, road), seen_m, pace);
        };
        let wish = wish(newcomer, arrival_ms, pace.speed_mps);
        let rule = scene.ports.rules[connector];
        if !goes_first(rule, network.connectors[connector].kind) || !approach::is_open(scene, connector, &wish) {
            let cause = match rule {
                Rule::Minor | Rule::Equal | Rule::Stop | Rule::AllWayStop | Rule::DeadEnd => Cause::Road,
                _ => Cause::Signal,
            };
            return pace.limit(driver, stop_speed_mps(driver, seen_m), cause);
        }
        next_lane(surroundings, newcomer, next, seen_m, pace)?;
        let wish = self::wish(newcomer, arrival_ms, pace.speed_mps);
        if approach::has_approaching_foe(scene, connector, &wish) || is_crossed_now(surroundings, connector) {
            pace.limit(driver, stop_speed_mps(driver, seen_m), Cause::Traffic)?;
        }
        arrival_ms += to_ms(network.lanes[next].length_m / pace.speed_mps.max(NUMERICAL_EPS));
        seen_m += network.lanes[next].length_m;
        lane = next;
        road += usize::from(matches!(network.connectors[connector].kind, ConnectorKind::Exit | ConnectorKind::Direct));
    }
    Ok(())
}

fn goes_first(rule: Rule, kind: ConnectorKind) -> bool {
    rule.has_priority() || kind == ConnectorKind::Exit
}

fn wish(newcomer: &Newcomer<'_>, arrival_ms: i64, speed_mps: f64) -> Wish {
    let kind = newcomer.kind;
    Wish {
        trip: newcomer.id,
        arrival_ms,
        arrival_mps: speed_mps,
        leave_mps: speed_mps,
        length_m: kind.length_m,
        impatience: 0.0,
        decel_mps2: newcomer.driver.decel_mps2,
        waiting_ms: 0,
        time_gap_ms: to_ms(kind.junction.time_gap_minor_s),
        ignores_red: false,
        claim: None,
    }
}

/// Stops, vehicles and the speed limit of a lane that begins after `seen_m`.
fn next_lane(
    surroundings: &Surroundings<'_>,
    newcomer: &Newcomer<'_>,
    next: LaneId,
    seen_m: f64,
    pace: &mut Pace,
) -> Result<(), Verdict> {
    let scene = surroundings.scene;
    let driver = newcomer.driver;
    let lane = &scene.network.lanes[next];
    if let Some(stop) = stops::next(scene, &newcomer.stop)
        && (stop.link, stop.lane) == (lane.link, lane.index)
    {
        pace.limit(driver, stop_speed_mps(driver, seen_m + stop.end_m), Cause::Road)?;
    }
    if let Some(leader) = surroundings.last_on_lane(next) {
        let gap_m = leader.rear_m + seen_m - driver.min_gap_m;
        if gap_m < 0.0 {
            return Err(Verdict::Refused);
        }
        let leader_decel = scene.driver(leader.kind).decel_mps2;
        pace.limit(driver, driver.insertion_follow_speed(gap_m, leader.speed_mps, leader_decel), Cause::Traffic)?;
    }
    let desired_mps = newcomer.desired_speed_mps(scene, next);
    pace.limit(driver, driver.free_speed(seen_m, desired_mps, true), Cause::Road)
}

/// Whether a vehicle is on one of the ways that meet the one behind a connector.
fn is_crossed_now(surroundings: &Surroundings<'_>, connector: ConnectorId) -> bool {
    let network = surroundings.scene.network;
    let to = network.connectors[connector].to;
    let exit = if network.lanes[to].is_internal { network.after_internal(to) } else { connector };
    let mut met = network.lane_conflicts[exit].iter().filter(|conflict| conflict.kind != ConflictKind::Diverge);
    met.any(|conflict| surroundings.last_on_lane(conflict.foe_lane).is_some())
}

/// The route ends here, or does not go on from this lane.
fn end_of_way(
    surroundings: &Surroundings<'_>,
    newcomer: &Newcomer<'_>,
    (lane, road): (LaneId, usize),
    seen_m: f64,
    pace: &mut Pace,
) -> Result<(), Verdict> {
    let driver = newcomer.driver;
    let lane = &surroundings.scene.network.lanes[lane];
    if road + 1 < newcomer.route.len() || lane.is_internal {
        return pace.limit(driver, stop_speed_mps(driver, seen_m), Cause::Road);
    }
    let arrival = newcomer.trip.arrival;
    let Some(arrival_mps) = arrival.speed_mps else { return Ok(()) };
    let end_m = arrival.position_m.map_or(lane.length_m, |p| super::lanes::from_start(p, lane.length_m));
    let remaining_m = seen_m + end_m - lane.length_m;
    pace.limit(driver, driver.free_speed(remaining_m, arrival_mps, true), Cause::Road)
}
