//! Safe speeds and gaps as they count while lanes are changed: without the clauses for emergencies.

use crate::math::Bounded;
use crate::traffic::car_following::{Driver, NUMERICAL_EPS, brake_gap};
use crate::traffic::types::CarFollowing;

/// The speed at which to follow a leader.
pub(super) fn follow(driver: &Driver, speed_mps: f64, gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
    match driver.model {
        CarFollowing::Krauss { .. } => {
            bound_below(driver, gap_m, (leader_mps, leader_decel_mps2), driver.max_next_speed(speed_mps))
        }
        CarFollowing::Idm { .. } => driver.follow_speed(
            speed_mps,
            gap_m,
            leader_mps.at_least(0.0),
            leader_decel_mps2.at_least(driver.decel_mps2),
        ),
    }
}

/// The largest speed from which one can stop behind a leader, however long it takes to reach that speed.
#[inline(always)]
pub(super) fn bound(driver: &Driver, gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
    let leader_way_m = if leader_mps > 0.0 {
        brake_gap(driver.dt_s, leader_mps, driver.decel_mps2.at_least(leader_decel_mps2), 0.0)
    } else {
        0.0
    };
    driver.safe_stop_speed(gap_m + leader_way_m, driver.decel_mps2, driver.tau_s)
}

/// The same, but no more than `most_mps`.
#[inline(always)]
pub(super) fn bound_below(
    driver: &Driver,
    gap_m: f64,
    (leader_mps, leader_decel_mps2): (f64, f64),
    most_mps: f64,
) -> f64 {
    if driver.is_far(gap_m, most_mps, driver.decel_mps2, driver.tau_s) {
        return most_mps;
    }
    bound(driver, gap_m, leader_mps, leader_decel_mps2).at_most(most_mps)
}

/// The speed at which to approach a point where one has to stop.
pub(super) fn stop(driver: &Driver, speed_mps: f64, gap_m: f64) -> f64 {
    match driver.model {
        CarFollowing::Krauss { .. } => {
            let most_mps = driver.max_next_speed(speed_mps);
            if driver.is_far(gap_m, most_mps, driver.decel_mps2, driver.dt_s) {
                return most_mps;
            }
            driver.safe_stop_speed(gap_m, driver.decel_mps2, driver.dt_s).at_most(most_mps)
        }
        CarFollowing::Idm { .. } => driver.stop_speed(speed_mps, gap_m, driver.decel_mps2),
    }
}

/// Who needs a gap.
#[derive(Clone, Copy)]
pub(super) struct Needs<'a> {
    pub(super) driver: &'a Driver,
    /// Its present acceleration.
    pub(super) accel_mps2: f64,
}

/// The gap needed to follow a leader safely; one who brakes already needs no time to react, if it goes on braking.
pub(super) fn secure_gap(needs: Needs<'_>, speed_mps: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
    let driver = needs.driver;
    let leader_way_m = brake_gap(driver.dt_s, leader_mps, driver.decel_mps2.at_least(leader_decel_mps2), 0.0);
    let gap_m = (driver.brake_gap_own(speed_mps) - leader_way_m).at_least(0.0);
    if needs.accel_mps2 >= -NUMERICAL_EPS {
        return gap_m;
    }
    let decel = driver.decel_mps2.at_most(-needs.accel_mps2);
    gap_m.at_most((driver.brake_gap(speed_mps, decel, 0.0) - leader_way_m).at_least(0.0))
}

/// Whether a gap is enough to follow a leader safely, by a driver who asks for `caution` times as much as is needed.
pub(super) fn is_secure(
    needs: Needs<'_>,
    gap_m: f64,
    speed_mps: f64,
    (leader_mps, leader_decel_mps2): (f64, f64),
    caution: f64,
) -> bool {
    let driver = needs.driver;
    if caution == 1.0 && driver.is_far(gap_m, speed_mps, driver.decel_mps2, driver.tau_s) {
        return true;
    }
    let is_short = gap_m < secure_gap(needs, speed_mps, leader_mps, leader_decel_mps2) * caution;
    !is_short
}

/// The speed at which a follower keeps the gap it needs to a vehicle that cuts in.
pub(super) fn gap_keeping(
    needs: Needs<'_>,
    follower_mps: f64,
    gap_m: f64,
    leader_mps: f64,
    leader_decel_mps2: f64,
) -> f64 {
    let driver = needs.driver;
    let next_gap_m = gap_m + (leader_mps - follower_mps) * driver.dt_s;
    if next_gap_m >= secure_gap(needs, follower_mps, leader_mps, leader_decel_mps2) {
        let least_gap_m = gap_m + (leader_mps - driver.max_next_speed(follower_mps)) * driver.dt_s;
        follow(driver, follower_mps, least_gap_m, leader_mps, leader_decel_mps2).at_least(follower_mps)
    } else {
        follow(driver, follower_mps, next_gap_m, leader_mps, leader_decel_mps2)
            .at_least(driver.min_next_speed(follower_mps))
    }
}
