//! Longitudinal models: the speeds a driver may choose. Pure functions of a few numbers.
//!
//! Speeds are for the coming step of length `dt_s`, in which the vehicle moves with the new speed all along
//! (semi-implicit Euler: x += v_next·dt).
//!
//! **Krauss** (Krauss 1998 in the form of SUMO): the largest speed from which one can still stop behind a leader that
//! brakes as hard as it can, with reaction time τ and braking `b` in whole steps. For n whole braking steps the way is
//! h(n) = ½ n (n − 1) b dt² + n b dt τ; the remainder of the gap is spread over them.
//!
//! **Intelligent driver model** (Treiber, Hennecke, Helbing 2000): a = a_max [1 − (v/v0)^δ − (s*/s)²],
//! s* = s0 + max(0, v T + v Δv / (2 √(a_max b))), integrated in parts of at most a quarter second and bounded by the
//! discrete stopping speed, so that no step length lets it run into a leader.

use crate::math::{self, Bounded};
use crate::traffic::types::{CarFollowing, VehicleType};

/// Distances below this do not matter to a driver.
pub const POSITION_EPS_M: f64 = 0.1;
/// Slack in sums of distances and speeds.
pub const NUMERICAL_EPS: f64 = 0.001;
/// At or below this speed a vehicle counts as standing.
pub const HALTING_SPEED_MPS: f64 = 0.1;
/// How much harder than strictly needed a driver brakes in an emergency.
const EMERGENCY_AMPLIFIER: f64 = 1.2;
/// Longest part of a step over which the intelligent driver model keeps its acceleration.
const IDM_PART_S: f64 = 0.25;

/// What the longitudinal models need to know of a driver and a vehicle, for one step length.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Driver {
    /// Step length.
    pub dt_s: f64,
    /// Largest acceleration.
    pub accel_mps2: f64,
    /// Comfortable braking.
    pub decel_mps2: f64,
    /// Strongest braking.
    pub emergency_decel_mps2: f64,
    /// Desired time headway.
    pub tau_s: f64,
    /// Technical top speed.
    pub max_speed_mps: f64,
    /// Gap at standstill.
    pub min_gap_m: f64,
    /// The model.
    pub model: CarFollowing,
    /// Distance that the driver needs to stop from top speed, reaction and minimum gap included.
    pub reach_m: f64,
}

impl Driver {
    /// The driver of a vehicle type at a step length.
    pub fn new(kind: &VehicleType, dt_s: f64) -> Self {
        let driver = Self {
            dt_s,
            accel_mps2: kind.accel_mps2,
            decel_mps2: kind.decel_mps2,
            emergency_decel_mps2: kind.emergency_decel_mps2,
            tau_s: kind.tau_s,
            max_speed_mps: kind.max_speed_mps,
            min_gap_m: kind.min_gap_m,
            model: kind.car_following,
            reach_m: 0.0,
        };
        let top_mps = driver.max_speed_mps;
        let reach_m = driver.tau_s * top_mps + driver.brake_gap_own(top_mps) + driver.min_gap_m;
        Self { reach_m, ..driver }
    }

    /// Driver imperfection, 0 to 1.
    pub fn sigma(&self) -> f64 {
        match self.model {
            CarFollowing::Krauss { sigma } => sigma,
            CarFollowing::Idm { .. } => 0.0,
        }
    }

    /// The largest speed reachable in the next step.
    #[inline]
    pub fn max_next_speed(&self, speed_mps: f64) -> f64 {
        (speed_mps + self.accel_mps2 * self.dt_s).at_most(self.max_speed_mps)
    }

    /// The speed after comfortable braking for a step.
    #[inline]
    pub fn min_next_speed(&self, speed_mps: f64) -> f64 {
        (speed_mps - self.decel_mps2 * self.dt_s).at_least(0.0)
    }

    /// The speed after the strongest braking for a step.
    #[inline]
    pub fn min_next_speed_emergency(&self, speed_mps: f64) -> f64 {
        (speed_mps - self.emergency_decel_mps2 * self.dt_s).at_least(0.0)
    }

    /// The way to standstill after a reaction time: whole steps of braking, the first one braking already.
    #[inline]
    pub fn brake_gap(&self, speed_mps: f64, decel_mps2: f64, reaction_s: f64) -> f64 {
        brake_gap(self.dt_s, speed_mps, decel_mps2, reaction_s)
    }

    /// The way to standstill with comfortable braking after the own headway time.
    #[inline]
    pub fn brake_gap_own(&self, speed_mps: f64) -> f64 {
        brake_gap(self.dt_s, speed_mps, self.decel_mps2, self.tau_s)
    }

    /// The largest speed from which the vehicle, braking by `decel_mps2` after `reaction_s`, stops within `gap_m`.
    pub fn safe_stop_speed(&self, gap_m: f64, decel_mps2: f64, reaction_s: f64) -> f64 {
        let gap_m = gap_m - NUMERICAL_EPS;
        let b = decel_mps2 * self.dt_s;
        if gap_m <= 0.0 {
            return 0.0;
        }
        if gap_m <= b {
            return b.at_most(gap_m / reaction_s.at_least(self.dt_s));
        }
        let (s, t) = (self.dt_s, reaction_s);
        let n = math::floor(0.5 - (t - ((s * s) + 4.0 * (s * (2.0 * gap_m / b - t) + t * t)).sqrt() * 0.5) / s);
        let h = 0.5 * n * (n - 1.0) * b * s + n * b * t;
        n * b + (gap_m - h) / (n * s + t)
    }

    /// The speed at which to approach a point where one has to stop; at most what acceleration allows.
    ///
    /// Where comfortable braking is not enough, no harder braking than needed is chosen.
    pub fn stop_speed(&self, speed_mps: f64, gap_m: f64, decel_mps2: f64) -> f64 {
        if let CarFollowing::Krauss { .. } = self.model {
            let most = self.max_next_speed(speed_mps);
            if self.is_far(gap_m, most, decel_mps2, self.dt_s) {
                return most;
            }
        }
        let bound = self.stop_bound(speed_mps, gap_m, decel_mps2);
        match self.model {
            CarFollowing::Krauss { .. } => bound.at_most(self.max_next_speed(speed_mps)),
            CarFollowing::Idm { delta, .. } => {
                let smooth = self.idm_speed((speed_mps, self.max_speed_mps), gap_m, 0.0, (delta, 0.0));
                // From standstill the model alone would never reach the line.
                if speed_mps < NUMERICAL_EPS && smooth < NUMERICAL_EPS {
                    bound.at_most(self.max_next_speed(speed_mps))
                } else {
                    smooth.at_most(bound)
                }
            }
        }
    }

    /// Whether a gap is so long that the driver can surely stop in it from a speed: then nothing need be worked out.
    ///
    /// The way to standstill is at most v τ + v² / (2 b); one metre outweighs all rounding.
    #[inline]
    pub fn is_far(&self, gap_m: f64, speed_mps: f64, decel_mps2: f64, reaction_s: f64) -> bool {
        let spare_m = gap_m - 1.0 - speed_mps * reaction_s.at_least(self.dt_s);
        spare_m > decel_mps2 * self.dt_s && spare_m * 2.0 * decel_mps2 > speed_mps * speed_mps
    }

    fn stop_bound(&self, speed_mps: f64, gap_m: f64, decel_mps2: f64) -> f64 {
        let safe = self.safe_stop_speed(gap_m, decel_mps2, self.dt_s);
        if self.decel_mps2 == self.emergency_decel_mps2 {
            return safe;
        }
        let planned = (speed_mps - safe) / self.dt_s;
        if planned <= self.decel_mps2 + NUMERICAL_EPS {
            return safe;
        }
        let needed = EMERGENCY_AMPLIFIER * self.emergency_decel_for(gap_m, speed_mps, 0.0, 1.0);
        speed_mps - needed.at_least(self.decel_mps2).at_most(planned) * self.dt_s
    }

    /// The speed at which to follow a leader that may brake by `leader_decel_mps2`.
    pub fn follow_speed(&self, speed_mps: f64, gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
        let [speed, _] = self.follow_speeds([speed_mps; 2], gap_m, leader_mps, leader_decel_mps2);
        speed
    }

    /// The same for two speeds of one's own at once, with the same gap and leader.
    #[inline]
    pub fn follow_speeds(&self, speeds_mps: [f64; 2], gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> [f64; 2] {
        let reaction_s = match self.model {
            CarFollowing::Krauss { .. } => self.tau_s,
            CarFollowing::Idm { .. } => self.dt_s,
        };
        let most = speeds_mps.map(|speed_mps| self.max_next_speed(speed_mps));
        if let CarFollowing::Krauss { .. } = self.model
            && self.is_far(gap_m, most[0].at_least(most[1]), self.decel_mps2, reaction_s)
        {
            return most;
        }
        let mut safe = f64::NAN;
        if gap_m >= 0.0 {
            let decel = self.decel_mps2.at_least(leader_decel_mps2);
            let leader_way = brake_gap(self.dt_s, leader_mps, decel, 0.0);
            safe = self.safe_stop_speed(gap_m + leader_way, self.decel_mps2, reaction_s);
        }
        let [speed, other] = speeds_mps;
        let first = self.follow_within(safe, (speed, most[0]), gap_m, leader_mps, leader_decel_mps2);
        if speed == other {
            return [first; 2];
        }
        [first, self.follow_within(safe, (other, most[1]), gap_m, leader_mps, leader_decel_mps2)]
    }

    #[inline]
    fn follow_within(
        &self,
        safe_mps: f64,
        (speed_mps, most_mps): (f64, f64),
        gap_m: f64,
        leader_mps: f64,
        leader_decel_mps2: f64,
    ) -> f64 {
        let bound = self.follow_bound(safe_mps, speed_mps, gap_m, leader_mps, leader_decel_mps2);
        match self.model {
            CarFollowing::Krauss { .. } => bound.at_most(most_mps),
            CarFollowing::Idm { delta, .. } => {
                let smooth =
                    self.idm_speed((speed_mps, self.max_speed_mps), gap_m, leader_mps, (delta, self.min_gap_m));
                smooth.at_most(bound).at_most(most_mps).at_least(0.0)
            }
        }
    }

    /// The bound on the speed behind a leader, from the speed that is safe with a gap that is not negative.
    #[inline]
    fn follow_bound(&self, safe_mps: f64, speed_mps: f64, gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
        let mut safe =
            if gap_m >= 0.0 { safe_mps } else { (speed_mps - self.emergency_decel_mps2 * self.dt_s).at_least(0.0) };
        if self.decel_mps2 != self.emergency_decel_mps2 {
            let planned = (speed_mps - safe) / self.dt_s;
            if planned > self.decel_mps2 + NUMERICAL_EPS {
                let needed =
                    EMERGENCY_AMPLIFIER * self.emergency_decel_for(gap_m, speed_mps, leader_mps, leader_decel_mps2);
                safe = (speed_mps - needed.at_least(self.decel_mps2).at_most(planned) * self.dt_s).at_least(0.0);
            }
        }
        safe
    }

    /// Whether a vehicle can follow a new leader with comfortable braking. `gap_m` comes without the minimum gap; once
    /// that is used up, only a vehicle that can stand after the step may come closer.
    pub fn follows_gently(&self, speed_mps: f64, gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> bool {
        let gentle_mps = self.min_next_speed(speed_mps);
        (gap_m >= 0.0 || gentle_mps <= 0.0)
            && self.follow_speed(speed_mps, gap_m, leader_mps, leader_decel_mps2) >= gentle_mps
    }

    /// The largest speed at which a vehicle may appear behind a leader: as [`Self::follow_speed`] without the bounds
    /// of acceleration and without the emergency clause.
    pub fn insertion_follow_speed(&self, gap_m: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
        let decel = self.decel_mps2.at_least(leader_decel_mps2);
        let leader_way = brake_gap(self.dt_s, leader_mps, decel, 0.0);
        self.safe_stop_speed(gap_m.at_least(0.0) + leader_way, self.decel_mps2, self.tau_s)
    }

    /// The braking needed not to run into a leader that brakes by `leader_decel_mps2`.
    fn emergency_decel_for(&self, gap_m: f64, speed_mps: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
        if gap_m <= 0.0 {
            return self.emergency_decel_mps2;
        }
        let leader_way = 0.5 * leader_mps * leader_mps / leader_decel_mps2;
        let both_stop = 0.5 * speed_mps * speed_mps / (gap_m + leader_way);
        if both_stop <= leader_decel_mps2 {
            return both_stop;
        }
        0.5 * (speed_mps * speed_mps - leader_mps * leader_mps) / gap_m
    }

    /// The speed that lets the vehicle reach `target_mps` by comfortable braking within `distance_m`.
    pub fn free_speed(&self, distance_m: f64, target_mps: f64, on_insertion: bool) -> f64 {
        let v = target_mps * self.dt_s;
        if distance_m < v {
            return target_mps;
        }
        let b = self.decel_mps2 * self.dt_s * self.dt_s;
        let y = (((((b + 2.0 * v) * (b + 2.0 * v) + 8.0 * b * distance_m).sqrt() - b) * 0.5 - v) / b).at_least(0.0);
        let full = math::floor(y);
        let exact = (full * full + full) * 0.5 * b + full * v + if y > full { v } else { 0.0 };
        let gain = (full + if on_insertion { 1.0 } else { 0.0 }) * self.decel_mps2 * self.dt_s;
        (distance_m - exact).at_least(0.0) / (full + 1.0) / self.dt_s + gain + target_mps
    }

    /// The speed by the intelligent driver model towards a desired speed behind a leader, or before a line when
    /// `min_gap_m` is 0. `gap_m` comes without the minimum gap.
    pub fn idm_speed(
        &self,
        (speed_mps, desired_mps): (f64, f64),
        gap_m: f64,
        leader_mps: f64,
        (delta, min_gap_m): (f64, f64),
    ) -> f64 {
        let parts = (self.dt_s / IDM_PART_S + 0.5).floor().at_least(1.0);
        let part_s = self.dt_s / parts;
        let softness = 2.0 * (self.accel_mps2 * self.decel_mps2).sqrt();
        let gap_opens = matches!(self.model, CarFollowing::Idm { gap_opens: true, .. });
        let (mut speed, mut gap) = (speed_mps, gap_m + min_gap_m);
        for _ in 0..parts as u32 {
            let wish = min_gap_m + (speed * self.tau_s + speed * (speed - leader_mps) / softness).at_least(0.0);
            let closeness = wish / gap.at_least(NUMERICAL_EPS);
            let freedom = power(speed / desired_mps.at_least(NUMERICAL_EPS), delta);
            let accel = self.accel_mps2 * (1.0 - freedom - closeness * closeness);
            speed = (speed + accel * part_s).at_least(0.0);
            let closed = (speed - leader_mps) * part_s;
            gap -= if gap_opens { closed } else { closed.at_least(0.0) };
        }
        speed
    }

    /// The speed by free acceleration towards `desired_mps`: full in the Krauss model, fading in the other.
    pub fn accelerate_towards(&self, speed_mps: f64, desired_mps: f64) -> f64 {
        match self.model {
            CarFollowing::Krauss { .. } => self.max_next_speed(speed_mps).at_most(desired_mps),
            CarFollowing::Idm { delta, .. } => {
                let parts = (self.dt_s / IDM_PART_S).ceil().at_least(1.0);
                let part_s = self.dt_s / parts;
                let mut speed = speed_mps;
                for _ in 0..parts as u32 {
                    let freedom = if desired_mps > 0.0 { power(speed / desired_mps, delta).at_most(2.0) } else { 1.0 };
                    speed = (speed + self.accel_mps2 * (1.0 - freedom) * part_s).at_least(0.0);
                }
                speed.at_most(self.max_speed_mps)
            }
        }
    }

    /// The speed after `distance_m` at constant acceleration.
    #[inline]
    pub fn speed_after_distance(&self, distance_m: f64, speed_mps: f64, accel_mps2: f64) -> f64 {
        if distance_m == 0.0 {
            // The root of a square is exact.
            return speed_mps.abs().at_most(self.max_speed_mps).at_least(0.0);
        }
        (2.0 * distance_m * accel_mps2 + speed_mps * speed_mps)
            .at_least(0.0)
            .sqrt()
            .at_most(self.max_speed_mps)
            .at_least(0.0)
    }

    /// The shortest time over `distance_m` when arriving with `arrival_mps`.
    pub fn minimal_arrival_time_s(&self, distance_m: f64, speed_mps: f64, arrival_mps: f64) -> f64 {
        let accel = if arrival_mps >= speed_mps { self.accel_mps2 } else { -self.decel_mps2 };
        let accel_s = (arrival_mps - speed_mps) / accel;
        let accel_m = accel_s * (arrival_mps + speed_mps) * 0.5;
        let rest_m = (distance_m - accel_m).at_least(0.0);
        accel_s + rest_m / speed_mps.at_least(arrival_mps).at_least(HALTING_SPEED_MPS)
    }

    /// The lowest speed at which a vehicle that brakes from now on can arrive; `None` if no time is left for braking.
    pub fn minimal_arrival_speed(&self, distance_m: f64, speed_mps: f64) -> Option<f64> {
        if distance_m < speed_mps * self.dt_s {
            return None;
        }
        let reach_m = distance_m - speed_mps * self.tau_s;
        if -2.0 * reach_m * self.decel_mps2 + speed_mps * speed_mps >= 0.0 {
            Some(self.speed_after_distance(reach_m, speed_mps, -self.decel_mps2))
        } else {
            Some(self.decel_mps2)
        }
    }

    /// The gap needed to follow a leader safely.
    pub fn secure_gap(&self, speed_mps: f64, leader_mps: f64, leader_decel_mps2: f64) -> f64 {
        let decel = self.decel_mps2.at_least(leader_decel_mps2);
        let gap = self.brake_gap_own(speed_mps) - brake_gap(self.dt_s, leader_mps, decel, 0.0);
        gap.at_least(0.0)
    }

    /// The speed after driver imperfection: acceleration is given away by up to `sigma`, less at low speeds.
    pub fn dawdle(&self, speed_mps: f64, sigma: f64, uniform: f64) -> f64 {
        let lost = if speed_mps < self.accel_mps2 { speed_mps } else { self.accel_mps2 };
        (speed_mps - sigma * lost * uniform * self.dt_s).at_least(0.0)
    }
}

/// `x` to the power `delta`; the usual exponent costs three products.
#[inline]
fn power(x: f64, delta: f64) -> f64 {
    if delta == 4.0 { x * x * x * x } else { math::powf(x, delta) }
}

/// The way to standstill in whole steps of braking after a reaction time; the first step brakes already.
#[inline]
pub fn brake_gap(dt_s: f64, speed_mps: f64, decel_mps2: f64, reaction_s: f64) -> f64 {
    let reduction = decel_mps2 * dt_s;
    let steps = math::floor(speed_mps / reduction);
    (steps * speed_mps - reduction * steps * (steps + 1.0) / 2.0) * dt_s + speed_mps * reaction_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::VehicleClass;

    fn car(dt_s: f64) -> Driver {
        Driver::new(&VehicleType::sumo_default(VehicleClass::Car), dt_s)
    }

    #[test]
    fn a_vehicle_at_the_safe_stop_speed_stops_within_the_gap() {
        for dt_s in [0.25, 0.5, 1.0] {
            let driver = car(dt_s);
            for tenths in 1..2000 {
                let mut gap_m = f64::from(tenths) * 0.1;
                let mut speed = driver.safe_stop_speed(gap_m, driver.decel_mps2, dt_s);
                for _ in 0..500 {
                    gap_m -= speed * dt_s;
                    speed = speed.min(driver.safe_stop_speed(gap_m, driver.decel_mps2, dt_s));
                }
                assert!(gap_m >= -1e-9, "dt {dt_s}: overshoots by {}", -gap_m);
                assert!(gap_m <= 0.2, "dt {dt_s}: stops {gap_m} m early");
            }
        }
    }

    #[test]
    fn equilibrium_gap_of_krauss_is_speed_times_headway() {
        let driver = car(1.0);
        let speed = 13.89;
        let gap = speed * driver.tau_s + 0.001;
        let next = driver.follow_speed(speed, gap, speed, driver.decel_mps2);
        assert!((next - speed).abs() < 1e-6, "{next}");
    }

    #[test]
    fn equilibrium_gap_of_idm_follows_the_closed_form() {
        let mut driver = car(0.25);
        driver.model = CarFollowing::Idm { delta: 4.0, gap_opens: true };
        driver.max_speed_mps = 20.0;
        let speed = 10.0_f64;
        let share = crate::math::powf(speed / 20.0, 4.0);
        let gap = (driver.min_gap_m + speed * driver.tau_s) / (1.0 - share).sqrt() - driver.min_gap_m;
        let next = driver.idm_speed((speed, 20.0), gap, speed, (4.0, driver.min_gap_m));
        assert!((next - speed).abs() < 1e-9, "{next}");
    }

    #[test]
    fn free_speed_allows_reaching_the_target_in_time() {
        let driver = car(1.0);
        let mut distance = 60.0;
        let mut speed = 20.0;
        while distance > 0.0 {
            speed = driver.free_speed(distance, 5.0, false).min(speed);
            distance -= speed;
        }
        // The step that passes the point may still be faster; the step after it reaches the target by usual braking.
        assert!(speed <= 5.0 + driver.decel_mps2, "{speed}");
        assert!((driver.free_speed(4.9, 5.0, false) - 5.0).abs() < 1e-12);
    }
}
