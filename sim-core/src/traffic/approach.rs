//! Gap acceptance at stop lines: may a vehicle pass, given what others have published?
//!
//! A vehicle that must yield compares its own times of arrival and leaving with those of every vehicle that goes first.
//! It passes before a foe only if it will have left, with a time gap to spare, before the foe arrives; it passes behind
//! only after the foe has left. Where both lead onto the same lane, the speeds must also fit. An impatient driver
//! reckons with foes that brake for it.

use crate::ids::{ConnectorId, TripId};
use crate::math;
use crate::network::ConnectorKind;
use crate::ports::Rule;
use crate::traffic::car_following::{Driver, HALTING_SPEED_MPS, NUMERICAL_EPS};
use crate::traffic::lateral::gaps::{self, Claim};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Approach, Own};

/// Time gap that vehicles keep before each other at a zipper.
const ZIPPER_GAP_MS: i64 = 4000;
/// How much later a foe arrives that could come to a stop for the vehicle in front of it.
const YIELDING_FOE_MS: i64 = 30_000;

/// Whether a driver passes a red or yellow signal on purpose.
#[inline]
pub fn ignores_signal(scene: &Scene<'_>, own: &Own, connector: ConnectorId, can_brake: bool) -> bool {
    let rule = scene.ports.rules[connector];
    (rule.is_red() || rule.is_yellow()) && ignores_light(scene, own, connector, can_brake)
}

/// The same of a signal that shows red or yellow.
fn ignores_light(scene: &Scene<'_>, own: &Own, connector: ConnectorId, can_brake: bool) -> bool {
    let params = &scene.kind(own.kind).junction;
    let rule = scene.ports.rules[connector];
    let since_s = || (scene.now_ms - scene.ports.rule_since_ms[connector]) as f64 / 1000.0;
    if params.drive_after_red_s < 0.0 {
        return params.drive_after_yellow_s > 0.0
            && rule.is_yellow()
            && (!can_brake || params.drive_after_yellow_s > since_s());
    }
    rule.is_yellow() || !can_brake || params.drive_after_red_s > since_s()
}

/// A vehicle's wish to pass a stop line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Wish {
    /// The vehicle.
    pub trip: TripId,
    /// When it would arrive.
    pub arrival_ms: i64,
    /// Speed at arrival.
    pub arrival_mps: f64,
    /// Speed when leaving.
    pub leave_mps: f64,
    /// Length of the vehicle.
    pub length_m: f64,
    /// 0 to 1.
    pub impatience: f64,
    /// Comfortable braking.
    pub decel_mps2: f64,
    /// How long it has been waiting.
    pub waiting_ms: i64,
    /// Time gap it wants to vehicles that go first.
    pub time_gap_ms: i64,
    /// Passes in spite of red.
    pub ignores_red: bool,
    /// What a rider says of gaps.
    pub claim: Option<Claim>,
}

/// Converts a time in seconds to whole milliseconds.
#[inline]
pub fn to_ms(seconds: f64) -> i64 {
    math::round_to_i64(seconds * 1000.0)
}

/// When a vehicle's rear has left the way behind a stop line.
pub fn leave_time_ms(arrival_ms: i64, way_m: f64, length_m: f64, arrival_mps: f64, leave_mps: f64) -> i64 {
    arrival_ms.saturating_add(to_ms((way_m + length_m) / (0.5 * (arrival_mps + leave_mps)).max(NUMERICAL_EPS)))
}

/// Whether vehicles may pass the stop line to wait inside the junction.
pub fn waits_inside(scene: &Scene<'_>, connector: ConnectorId) -> bool {
    scene.network.connectors[connector].waits_inside
        && !matches!(scene.ports.rules[connector], Rule::OffBlinking | Rule::AllWayStop)
}

/// For a connector that ends a waiting place: the rule of the entry to the junction.
fn rule_before_waiting(scene: &Scene<'_>, connector: ConnectorId) -> Option<Rule> {
    let column = &scene.network.connectors[connector];
    (column.kind == ConnectorKind::Inside).then(|| scene.ports.rules[column.entry])
}

/// Whether the connector ends a waiting place that was entered with right of way.
pub fn entered_with_priority(scene: &Scene<'_>, connector: ConnectorId) -> bool {
    rule_before_waiting(scene, connector).is_some_and(|rule| rule.has_priority() || rule.is_yellow())
}

/// Whether a vehicle may pass a stop line.
pub fn is_open(scene: &Scene<'_>, connector: ConnectorId, wish: &Wish) -> bool {
    match settled_by_rule(scene, connector, wish) {
        Some(open) => open,
        None => {
            let way_m = scene.network.connectors[connector].length_m;
            let leave_ms = leave_time_ms(wish.arrival_ms, way_m, wish.length_m, wish.arrival_mps, wish.leave_mps);
            !scene.network.yields_to[connector].iter().any(|&foe| is_blocked(scene, connector, foe, wish, leave_ms))
        }
    }
}

/// The answer where no foe needs to be asked.
fn settled_by_rule(scene: &Scene<'_>, connector: ConnectorId, wish: &Wish) -> Option<bool> {
    let rule = scene.ports.rules[connector];
    if rule.is_red() && !wish.ignores_red {
        return Some(false);
    }
    if waits_inside(scene, connector) {
        return Some(true);
    }
    let entered_on_green = rule_before_waiting(scene, connector) == Some(Rule::Green);
    if (rule.has_priority() || entered_on_green) && rule != Rule::Zipper {
        return Some(true);
    }
    if matches!(rule, Rule::Stop | Rule::AllWayStop) && wish.waiting_ms == 0 {
        return Some(false);
    }
    None
}

/// The vehicles at a zipper that stand in the way; empty if it is open.
pub fn zipper_foes<'a>(scene: &Scene<'a>, connector: ConnectorId, wish: &Wish) -> Vec<&'a Approach> {
    let way_m = scene.network.connectors[connector].length_m;
    let leave_ms = leave_time_ms(wish.arrival_ms, way_m, wish.length_m, wish.arrival_mps, wish.leave_mps);
    let foes = &scene.network.yields_to[connector];
    foes.iter()
        .flat_map(|&foe| scene.approaches.at(foe).map(move |approach| (foe, approach)))
        .filter(|(foe, approach)| {
            approach.trip != wish.trip && conflicts(scene, connector, *foe, approach, wish, leave_ms)
        })
        .map(|(_, approach)| approach)
        .collect()
}

fn is_blocked(scene: &Scene<'_>, of: ConnectorId, foe: ConnectorId, wish: &Wish, leave_ms: i64) -> bool {
    let entered_on_red = rule_before_waiting(scene, of) == Some(Rule::Red);
    scene.approaches.at(foe).any(|approach| {
        approach.trip != wish.trip
            && (!entered_on_red || approach.speed_mps > HALTING_SPEED_MPS)
            && conflicts(scene, of, foe, approach, wish, leave_ms)
    })
}

/// Whether any vehicle approaches on a connector that goes first, as seen at insertion.
pub fn has_approaching_foe(scene: &Scene<'_>, connector: ConnectorId, wish: &Wish) -> bool {
    let way_m = scene.network.connectors[connector].length_m;
    let leave_ms = leave_time_ms(wish.arrival_ms, way_m, wish.length_m, wish.arrival_mps, wish.leave_mps);
    scene.network.yields_to[connector].iter().any(|&foe| is_blocked(scene, connector, foe, wish, leave_ms))
}

fn conflicts(
    scene: &Scene<'_>,
    of: ConnectorId,
    foe_connector: ConnectorId,
    foe: &Approach,
    wish: &Wish,
    leave_ms: i64,
) -> bool {
    if !foe.will_pass {
        return false;
    }
    let foe_rule = scene.ports.rules[foe_connector];
    if foe_rule == Rule::AllWayStop
        && (wish.waiting_ms > foe.waiting_ms || (wish.waiting_ms == foe.waiting_ms && wish.arrival_ms < foe.arrival_ms))
    {
        return false;
    }
    if let Some(claim) = &wish.claim
        && foe_rule != Rule::Zipper
        && !(claim.keeps_lane && scene.kind(foe.kind).lateral.keeps_lane)
    {
        return gaps::conflicts(scene, (of, foe_connector), foe, wish, claim);
    }
    let foe_driver = scene.driver(foe.kind);
    let mut foe_arrival_ms = foe.arrival_ms;
    let mut foe_braking_mps = foe.arrival_braking_mps;
    if wish.impatience > 0.0 && wish.arrival_ms < foe.arrival_ms {
        let braking_ms = arrival_if_braking_ms(scene, wish, foe, foe_driver, &mut foe_braking_mps);
        let mixed = (1.0 - wish.impatience) * foe.arrival_ms as f64 + wish.impatience * braking_ms as f64;
        foe_arrival_ms = mixed as i64;
    }
    let gap_ms = if foe_rule == Rule::Zipper { ZIPPER_GAP_MS } else { wish.time_gap_ms };
    let same_target = scene.network.same_target(of, foe_connector);
    if foe.leave_ms < wish.arrival_ms {
        same_target
            && (wish.arrival_ms - foe.leave_ms < gap_ms
                || merges_unsafely(foe.leave_mps, wish.arrival_mps, foe_driver.decel_mps2, wish.decel_mps2))
    } else if foe_arrival_ms > leave_ms + gap_ms {
        same_target && merges_unsafely(wish.leave_mps, foe_braking_mps, wish.decel_mps2, foe_driver.decel_mps2)
    } else {
        true
    }
}

/// Whether a follower could not stop behind a leader that brakes after a merge.
fn merges_unsafely(leader_mps: f64, follower_mps: f64, leader_decel_mps2: f64, follower_decel_mps2: f64) -> bool {
    leader_mps * leader_mps / leader_decel_mps2 <= follower_mps * follower_mps / follower_decel_mps2
}

/// When a foe arrives that brakes moderately (by the impatience of the other) from the moment the other enters.
fn arrival_if_braking_ms(
    scene: &Scene<'_>,
    wish: &Wish,
    foe: &Approach,
    foe_driver: &Driver,
    braking_mps: &mut f64,
) -> i64 {
    if wish.arrival_ms.div_euclid(scene.dt_ms) == foe.arrival_ms.div_euclid(scene.dt_ms) {
        return foe.arrival_ms;
    }
    let decel = foe_driver.decel_mps2 * wish.impatience;
    let ahead_s = (foe.arrival_ms - wish.arrival_ms) as f64 / 1000.0;
    let lost_mps = ahead_s * decel;
    let lost_m = ahead_s * lost_mps / 2.0;
    let speed = foe.distance_m / ((foe.arrival_ms - scene.now_ms + scene.dt_ms) as f64 / 1000.0);
    let left_m = foe.distance_m - speed * ((wish.arrival_ms - scene.now_ms) as f64 / 1000.0);
    if 0.5 * speed * speed / decel <= left_m {
        *braking_mps = 0.0;
        return foe.arrival_ms + YIELDING_FOE_MS;
    }
    let slower = speed - lost_mps;
    let root = 4.0 * slower * slower - 8.0 * decel * lost_m;
    if root < 0.0 {
        *braking_mps = 0.0;
        return foe.arrival_ms + YIELDING_FOE_MS;
    }
    let later_s = (root.sqrt() * -0.5 + slower) / decel;
    *braking_mps = speed - (ahead_s + later_s) * decel;
    foe.arrival_ms + to_ms(later_s)
}

/// The foe closest to its stop line that would block `connector`, with that stop line; at the vehicle's own lane the
/// search has come round.
pub fn first_approaching_foe(
    scene: &Scene<'_>,
    connector: ConnectorId,
    wrap_around: ConnectorId,
) -> Option<ConnectorId> {
    let mut closest_m = f64::INFINITY;
    let mut found = None;
    for &foe in &scene.network.yields_to[connector] {
        for approach in scene.approaches.at(foe) {
            if scene.network.connectors[foe].from == scene.network.connectors[wrap_around].from {
                return Some(wrap_around);
            }
            if approach.distance_m < closest_m {
                closest_m = approach.distance_m;
                if approach.will_pass {
                    found = Some(foe);
                }
            }
        }
    }
    found
}

/// The speed at which to approach a zipper so that one's turn comes without stopping.
pub fn zipper_speed(scene: &Scene<'_>, own: &Own, at: (ConnectorId, f64, f64, i64), foes: &[&Approach]) -> f64 {
    let (connector, distance_m, mut safe_mps, arrival_ms) = at;
    let driver = scene.driver(own.kind);
    let dt_s = scene.dt_s();
    let brake_m = driver.brake_gap(own.speed_mps, driver.decel_mps2, 0.0);
    if distance_m > scene.network.connectors[connector].visibility_m.max(brake_m) {
        return safe_mps;
    }
    for foe in foes {
        let theirs = scene.driver(foe.kind);
        let could_brake = |back_m: f64, ahead_m: f64, back_mps: f64, decel: f64, ahead_mps: f64| {
            back_m > ahead_m && back_m - ahead_m > back_mps - decel - ahead_mps
        };
        let i_brake = could_brake(distance_m, foe.distance_m, own.speed_mps, driver.decel_mps2, foe.speed_mps);
        let foe_brakes = could_brake(foe.distance_m, distance_m, foe.speed_mps, theirs.decel_mps2, own.speed_mps);
        let tie = foe.arrival_ms == arrival_ms && foe.distance_m == distance_m && foe.trip > own.trip;
        if (foe.arrival_ms > arrival_ms && !i_brake) || foe_brakes || tie {
            continue;
        }
        let foe_end = theirs
            .speed_after_distance(foe.distance_m, foe.speed_mps, theirs.accel_mps2)
            .min(scene.wanted_speed_mps(foe.kind, 1.0, own.lane).max(foe.speed_mps));
        let foe_mean = (foe.speed_mps + foe_end) / 2.0;
        let foe_s = math::ceil((foe.distance_m / foe_mean.max(NUMERICAL_EPS)) / dt_s) * dt_s;
        // Arrive one headway after the foe, spreading the braking over the whole way.
        let target_s = foe_s.max(1.0) + driver.tau_s;
        let accel = if target_s * own.speed_mps > 2.0 * distance_m {
            -0.5 * own.speed_mps * own.speed_mps / distance_m.max(NUMERICAL_EPS)
        } else {
            2.0 * (distance_m / target_s - own.speed_mps) / target_s
        };
        let spread_mps = own.speed_mps + accel * dt_s;
        let gap_m = distance_m - scene.kind(foe.kind).length_m - driver.min_gap_m - foe.distance_m;
        let follow_mps = driver.follow_speed(own.speed_mps, gap_m, foe.speed_mps, theirs.decel_mps2);
        safe_mps = safe_mps.min(follow_mps.max(spread_mps));
    }
    safe_mps
}
