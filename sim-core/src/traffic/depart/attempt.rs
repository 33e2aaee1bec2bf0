//! Whether a vehicle can enter at a spot, and how fast.

use super::ahead;
use super::neighbors::{Spot, Surroundings};
use super::places::{Entrance, Newcomer};
use crate::traffic::car_following::Driver;
use crate::traffic::stops;

/// What became of a vehicle that wanted to enter.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Verdict {
    /// It enters.
    Placed(Box<Entrance>),
    /// Not now.
    Refused,
    /// Never: what it asks for does not fit the road.
    Impossible,
}

/// How far the wish for a speed gives way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Manner {
    /// To everything.
    GivesWay,
    /// To the road and its signals; where traffic is in the way, it waits.
    GivesWayToRoad,
    /// To nothing.
    Insists,
}

/// Why a speed is too high.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// Other vehicles.
    Traffic,
    /// A signal, which will change.
    Signal,
    /// The road, which will not.
    Road,
}

/// The speed at which a vehicle would enter, as it is lowered in the course of the checks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Pace {
    /// The speed.
    pub(super) speed_mps: f64,
    /// How far ahead things matter at this speed.
    pub(super) sight_m: f64,
    manner: Manner,
}

impl Pace {
    /// The wished-for speed.
    pub(super) fn new(driver: &Driver, speed_mps: f64, manner: Manner) -> Self {
        Self { speed_mps, sight_m: driver.brake_gap_own(speed_mps) + driver.min_gap_m, manner }
    }
    /// Lowers the speed to a safe one, if the wish gives way to the cause.
    ///
    /// # Errors
    /// The verdict on the vehicle, if it does not.
    pub(super) fn limit(&mut self, driver: &Driver, safe_mps: f64, cause: Cause) -> Result<(), Verdict> {
        if safe_mps >= self.speed_mps {
            return Ok(());
        }
        let gives_way = match self.manner {
            Manner::GivesWay => true,
            Manner::GivesWayToRoad => cause != Cause::Traffic,
            Manner::Insists => false,
        };
        if gives_way {
            *self = Self::new(driver, safe_mps, self.manner);
            return Ok(());
        }
        if self.speed_mps <= 0.0 {
            return Ok(());
        }
        Err(if cause == Cause::Road { Verdict::Impossible } else { Verdict::Refused })
    }
}

/// The speed from which a vehicle can still stop within a gap.
pub(super) fn stop_speed_mps(driver: &Driver, gap_m: f64) -> f64 {
    driver.safe_stop_speed(gap_m, driver.decel_mps2, driver.dt_s)
}

/// Whether nobody stands in the way of a spot: the cheapest of all checks.
pub(super) fn has_room(surroundings: &Surroundings<'_>, driver: &Driver, spot: &Spot) -> bool {
    surroundings.leader(spot).is_none_or(|leader| leader.rear_m - spot.front_m - driver.min_gap_m >= 0.0)
}

/// Tries a spot with a wished-for speed.
pub(super) fn run(
    surroundings: &Surroundings<'_>,
    newcomer: &mut Newcomer<'_>,
    spot: Spot,
    (speed_mps, manner): (f64, Manner),
) -> Verdict {
    let mut pace = Pace::new(newcomer.driver, speed_mps, manner);
    match check(surroundings, newcomer, &spot, &mut pace) {
        Ok(()) => Verdict::Placed(Box::new(Entrance {
            spot,
            speed_mps: pace.speed_mps,
            speed_factor: newcomer.speed_factor,
            stop: newcomer.stop,
            prefs: newcomer.take_prefs(surroundings.scene),
        })),
        Err(verdict) => verdict,
    }
}

fn check(
    surroundings: &Surroundings<'_>,
    newcomer: &mut Newcomer<'_>,
    spot: &Spot,
    pace: &mut Pace,
) -> Result<(), Verdict> {
    let scene = surroundings.scene;
    let driver = newcomer.driver;
    let lane = &scene.network.lanes[spot.lane];
    if let Some(stop) = stops::next(scene, &newcomer.stop)
        && (stop.link, stop.lane) == (lane.link, lane.index)
    {
        pace.limit(driver, stop_speed_mps(driver, stop.end_m - spot.front_m).max(0.0), Cause::Road)?;
    }
    if let Some(leader) = surroundings.leader(spot) {
        let gap_m = leader.rear_m - spot.front_m - driver.min_gap_m;
        if gap_m < 0.0 {
            return Err(Verdict::Refused);
        }
        let leader_decel = scene.driver(leader.kind).decel_mps2;
        pace.limit(driver, driver.insertion_follow_speed(gap_m, leader.speed_mps, leader_decel), Cause::Traffic)?;
    }
    let follower = surroundings.follower(spot, driver.decel_mps2);
    let is_too_close = |speed_mps: f64| {
        follower.is_some_and(|follower| {
            let behind = scene.driver(follower.other.kind);
            follower.gap_m < behind.secure_gap(follower.other.speed_mps, speed_mps, driver.decel_mps2)
        })
    };
    // The slower the newcomer, the more gap is needed: what is too little now stays too little.
    if is_too_close(pace.speed_mps) {
        return Err(Verdict::Refused);
    }
    newcomer.prefs(scene);
    ahead::check(surroundings, newcomer, spot, pace)?;
    if is_too_close(pace.speed_mps) {
        return Err(Verdict::Refused);
    }
    if pace.speed_mps < 0.0 {
        return Err(Verdict::Refused);
    }
    leave_room_for_changes(newcomer, spot, lane.index, pace)
}

/// Where several lane changes are needed before the lane ends, the vehicle must be able to stop well before its end.
fn leave_room_for_changes(
    newcomer: &mut Newcomer<'_>,
    spot: &Spot,
    lane_index: u16,
    pace: &mut Pace,
) -> Result<(), Verdict> {
    let driver = newcomer.driver;
    let Some(pref) = newcomer.known_prefs().at(0).get(usize::from(lane_index)) else { return Ok(()) };
    let room_m = match pref.offset {
        ..-1 => 20.0,
        2.. => 40.0,
        -1..=1 => return Ok(()),
    };
    let to_stop_m = f64::from(pref.length_m) - spot.front_m - room_m - pace.speed_mps * driver.dt_s;
    pace.limit(driver, stop_speed_mps(driver, to_stop_m.max(0.0)), Cause::Road)
}
