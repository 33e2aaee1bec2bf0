//! Oblique following: a vehicle keeps a distance to those ahead that it does not overlap but rides close beside.
//!
//! Behind somebody with a free distance c across, a driver keeps the share f(c) of the distance that it would keep right
//! behind, front to front:
//!
//! D* = f (L + s0 + v T),  f = 1 − c / (g (v_other − v_0)), between 0 and 1
//!
//! so the room around a moving two-wheeler is a diamond: as long behind its rear wheel as the longitudinal model says,
//! and g (v − v_0) wide at its side, where v_0 is a walking pace. It widens with the speed of the other one, who may swerve the farther the faster it goes;
//! those who stand can be passed, and ridden up to, at any clearance that the settlement of moves grants. Equal to the "oblique headway" of Lee (2007, Agent-based modelling of motorcycle
//! traffic, Imperial College) in meaning, and to the elliptical threshold of Nguyen and Hanaoka in shape; where f = 1 it
//! is the longitudinal model itself. Valid at speeds of towns. Nobody brakes harder for it than comfortably.

use crate::math::Bounded;
use crate::traffic::car_following::{Driver, brake_gap};
use crate::traffic::types::CarFollowing;

/// Of a long vehicle only its rear end counts: beside the rest one is alongside.
const REAR_END_M: f64 = 2.0;

/// Somebody ahead, to the side.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Neighbor {
    /// Free distance across.
    pub(super) clearance_m: f64,
    /// From the own front to the other's rear; negative beside it.
    pub(super) gap_m: f64,
    /// Its length.
    pub(super) length_m: f64,
    /// Its speed.
    pub(super) speed_mps: f64,
    /// The clearance beside it for each metre per second of its speed: the smaller value of both types.
    pub(super) abreast_gap_per_speed_s: f64,
    /// Braking expected of it.
    pub(super) decel_mps2: f64,
}

/// The highest speed for the next step behind somebody to the side; `None` if it does not matter.
pub(super) fn speed_mps(driver: &Driver, own_mps: f64, other: &Neighbor) -> Option<f64> {
    let (share, gap_m) = spacing(driver, other)?;
    let slow = Driver { tau_s: driver.tau_s * share, min_gap_m: driver.min_gap_m * share, ..*driver };
    let speed_mps = match driver.model {
        CarFollowing::Idm { delta, .. } => {
            let top_mps = driver.max_speed_mps;
            slow.idm_speed((own_mps, top_mps), gap_m - slow.min_gap_m, other.speed_mps, (delta, slow.min_gap_m))
        }
        CarFollowing::Krauss { .. } => safe_mps(&slow, gap_m, other),
    };
    let gentle_mps = (own_mps - EASE_SHARE * share * driver.decel_mps2 * driver.dt_s).at_least(0.0);
    Some(speed_mps.at_least(gentle_mps))
}

/// Even beside somebody who stands, the distance kept does not change at once with the clearance.
const LEAST_RAMP_M: f64 = 0.1;
/// At a walking pace riders put their feet down and need no room to keep their balance: from here on it grows.
const FEET_DOWN_MPS: f64 = 1.2;
/// Share of comfortable braking used to fall back behind somebody at the side.
const EASE_SHARE: f64 = 0.25;

/// The speed that a place behind somebody to the side allows, without bounds of acceleration: for comparing places.
pub(super) fn outlook_mps(driver: &Driver, other: &Neighbor) -> Option<f64> {
    let (share, gap_m) = spacing(driver, other)?;
    let slow = Driver { tau_s: driver.tau_s * share, min_gap_m: driver.min_gap_m * share, ..*driver };
    Some(safe_mps(&slow, gap_m, other))
}

fn safe_mps(driver: &Driver, gap_m: f64, other: &Neighbor) -> f64 {
    let decel_mps2 = driver.decel_mps2.at_least(other.decel_mps2);
    let leader_way_m = brake_gap(driver.dt_s, other.speed_mps, decel_mps2, 0.0);
    let free_m = (gap_m - driver.min_gap_m).at_least(0.0) + leader_way_m;
    driver.safe_stop_speed(free_m, driver.decel_mps2, driver.tau_s)
}

/// The share kept, and the gap that is left after the same share of the other's length.
fn spacing(driver: &Driver, other: &Neighbor) -> Option<(f64, f64)> {
    let length_m = other.length_m.at_most(REAR_END_M);
    let to_front_m = other.gap_m + length_m;
    let ramp_m = (other.abreast_gap_per_speed_s * (other.speed_mps - FEET_DOWN_MPS)).at_least(LEAST_RAMP_M);
    let share = (1.0 - other.clearance_m / ramp_m).at_most(1.0);
    let matters = to_front_m >= 0.0 && share > 0.0 && driver.tau_s > 0.0;
    matters.then_some((share, to_front_m - share * length_m))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::types::VehicleType;
    use crate::units::VehicleClass;

    fn rider() -> Driver {
        Driver::new(&VehicleType::own_default(VehicleClass::Motorcycle), 0.5)
    }

    fn beside(clearance_m: f64, gap_m: f64) -> Neighbor {
        Neighbor { clearance_m, gap_m, length_m: 1.9, speed_mps: 5.0, abreast_gap_per_speed_s: 0.25, decel_mps2: 3.0 }
    }

    #[test]
    fn the_nearer_across_the_more_distance_is_kept() {
        let places = [0.0, 0.3, 0.6, 0.9].map(|clearance_m| outlook_mps(&rider(), &beside(clearance_m, 0.5)));
        let speeds = places.map(|speed| speed.expect("close enough to matter"));
        assert!(speeds.windows(2).all(|pair| pair[0] < pair[1]), "{speeds:?}");
    }

    #[test]
    fn with_room_enough_two_ride_abreast() {
        assert_eq!(speed_mps(&rider(), 5.0, &beside(1.01, -1.0)), None);
    }

    #[test]
    fn who_is_alongside_of_a_long_vehicle_does_not_fall_back() {
        let bus = Neighbor { length_m: 12.0, ..beside(0.3, -4.0) };
        assert_eq!(speed_mps(&rider(), 5.0, &bus), None);
    }

    #[test]
    fn those_who_stand_are_passed() {
        let standing = Neighbor { speed_mps: 0.0, ..beside(0.2, 3.0) };
        assert_eq!(speed_mps(&rider(), 4.0, &standing), None);
    }

    #[test]
    fn nobody_brakes_hard_for_somebody_at_the_side() {
        let driver = rider();
        let speed = speed_mps(&driver, 8.0, &beside(0.1, -1.5)).expect("close enough to matter");
        assert!(speed >= 8.0 - driver.decel_mps2 * driver.dt_s, "{speed}");
    }
}
