//! What an electric vehicle takes from its battery along its real speed profile, and what chargers give back.
//!
//! Per step: E = ½ (m + m_rot) (v² − v₀²) + (½ ρ c_w A v³ + c_r g m v) Δt, over the efficiency of the drive when positive,
//! times that of recuperation when negative; plus a constant power (Kurczveil, López, Schnieder 2013, as SUMO codes it).

use serde::{Deserialize, Serialize};

use crate::ids::{LinkId, TripId};
use crate::rng::{self, Purpose};
use crate::units::VehicleClass;

const AIR_KG_PER_M3: f64 = 1.2041;
const GRAVITY_MPS2: f64 = 9.80665;

/// An electric vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ElectricVehicle {
    /// Mass with those on board.
    pub mass_kg: f64,
    /// Mass that stands for what rotates.
    pub rotating_kg: f64,
    /// Drag coefficient times front area.
    pub drag_m2: f64,
    /// Coefficient of rolling resistance.
    pub rolling: f64,
    /// Efficiency of the drive.
    pub drive: f64,
    /// Efficiency of recuperation.
    pub recuperation: f64,
    /// Power of everything else.
    pub constant_w: f64,
}

impl ElectricVehicle {
    /// An electric scooter or motorcycle with 1.3 people.
    pub const MOTORCYCLE: Self = Self {
        mass_kg: 185.0,
        rotating_kg: 5.0,
        drag_m2: 0.45,
        rolling: 0.015,
        drive: 0.82,
        recuperation: 0.3,
        constant_w: 15.0,
    };
    /// A city bus with 35 people.
    pub const BUS: Self = Self {
        mass_kg: 15_500.0,
        rotating_kg: 500.0,
        drag_m2: 5.0,
        rolling: 0.009,
        drive: 0.88,
        recuperation: 0.65,
        constant_w: 5_000.0,
    };

    /// The vehicle of a class, if it can be charged here.
    pub fn of(class: VehicleClass) -> Option<&'static Self> {
        match class {
            VehicleClass::Motorcycle => Some(&Self::MOTORCYCLE),
            VehicleClass::Bus => Some(&Self::BUS),
            _ => None,
        }
    }

    /// Energy taken from the battery in a step that ends at a speed; negative when it recuperates.
    #[inline]
    pub fn used_j(&self, speed_mps: f64, accel_mps2: f64, dt_s: f64) -> f64 {
        let before_mps = (speed_mps - accel_mps2 * dt_s).max(0.0);
        let inertia_kg = self.mass_kg + self.rotating_kg;
        let kinetic_j = 0.5 * inertia_kg * (speed_mps * speed_mps - before_mps * before_mps);
        let drag_w = 0.5 * AIR_KG_PER_M3 * self.drag_m2 * speed_mps * speed_mps * speed_mps;
        let rolling_w = self.rolling * GRAVITY_MPS2 * self.mass_kg * speed_mps;
        let at_wheels_j = kinetic_j + (drag_w + rolling_w) * dt_s;
        let drive_j = if at_wheels_j > 0.0 { at_wheels_j / self.drive } else { at_wheels_j * self.recuperation };
        drive_j + self.constant_w * dt_s
    }
}

/// Shares of electric vehicles.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ElectricShares {
    /// Of motorcycles.
    pub motorcycle: f64,
    /// Of buses.
    pub bus: f64,
}

impl ElectricShares {
    /// Whether any vehicle may be electric.
    pub fn any(&self) -> bool {
        self.motorcycle > 0.0 || self.bus > 0.0
    }

    /// Whether the vehicle of a trip is electric: drawn once and for all.
    pub fn is_electric(&self, seed: u64, trip: TripId, class: VehicleClass) -> bool {
        let share = match class {
            VehicleClass::Motorcycle => self.motorcycle,
            VehicleClass::Bus => self.bus,
            _ => return false,
        };
        share > 0.0 && rng::uniform(seed, Purpose::Electric, trip.0, 0) < share
    }
}

/// A charging place: vehicles of a class whose trips end on its link charge there what they have used.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Charger {
    /// The link.
    pub link: LinkId,
    /// The class.
    pub class: VehicleClass,
    /// Vehicles that can charge at once; others wait for their turn.
    pub plugs: u32,
    /// Power of a plug.
    pub power_w: f64,
    /// Energy in the battery over energy from the grid.
    pub efficiency: f64,
    /// Energy that an arriving vehicle had used before its trip.
    pub used_before_j: f64,
}

/// Who is charging.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ChargerState {
    /// Energy still to be drawn from the grid, in order of arrival.
    pub sessions_j: Vec<f64>,
    /// What the plugs draw since the last power flow.
    pub drawn_w: Vec<f64>,
    /// Whether they have supply.
    pub is_served: bool,
    /// Energy drawn so far.
    pub given_j: f64,
    /// Vehicles that came to charge so far.
    pub n_came: u64,
}

impl ChargerState {
    /// Takes off what was drawn since the last power flow, and says what is drawn until the next.
    pub fn settle(&mut self, charger: &Charger, since_s: f64, next_s: f64) {
        if self.is_served {
            for (left_j, drawn_w) in self.sessions_j.iter_mut().zip(&self.drawn_w) {
                let taken_j = (drawn_w * since_s).min(*left_j);
                *left_j -= taken_j;
                self.given_j += taken_j;
            }
            self.sessions_j.retain(|left_j| *left_j > 1e-6);
        }
        self.drawn_w.clear();
        let plugged = self.sessions_j.iter().take(charger.plugs as usize);
        self.drawn_w.extend(plugged.map(|left_j| charger.power_w.min(left_j / next_s)));
    }

    /// Power of all plugs.
    pub fn power_w(&self) -> f64 {
        self.drawn_w.iter().fold(0.0, |sum, power_w| sum + power_w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_per_second_is_that_of_sumos_default_vehicle() {
        let car = ElectricVehicle {
            mass_kg: 1830.0,
            rotating_kg: 40.0,
            drag_m2: 2.6 * 0.35,
            rolling: 0.01,
            drive: 0.98,
            recuperation: 0.96,
            constant_w: 100.0,
        };
        // Speed, acceleration, Wh in one second as SUMO 1.28 gives them.
        for (speed_mps, accel_mps2, expected_wh) in [
            (5.0, 0.0, 0.301528),
            (10.0, 0.0, 0.691747),
            (20.0, 0.0, 2.28746),
            (10.0, 1.0, 5.72718),
            (10.0, -1.0, -4.58356),
        ] {
            let found_wh = car.used_j(speed_mps, accel_mps2, 1.0) / 3600.0;
            assert!((found_wh - expected_wh).abs() < 1e-5 * expected_wh.abs().max(1.0), "{found_wh} {expected_wh}");
        }
    }

    #[test]
    fn a_motorcycle_uses_what_makers_say_within_their_range() {
        // 109 s: stand, +1 m/s² to 11 m/s, 60 s, −1.5 m/s², stand: 761 m.
        let (mut energy_j, mut way_m, mut speed_mps) = (0.0, 0.0, 0.0_f64);
        for second in 0..109 {
            let accel_mps2: f64 = if (10..21).contains(&second) {
                1.0
            } else if second >= 81 {
                -1.5
            } else {
                0.0
            };
            let next_mps = (speed_mps + accel_mps2).max(0.0);
            energy_j += ElectricVehicle::MOTORCYCLE.used_j(next_mps, next_mps - speed_mps, 1.0);
            speed_mps = next_mps;
            way_m += speed_mps;
        }
        let wh_per_km = energy_j / 3.6 / way_m;
        assert!((15.0..35.0).contains(&wh_per_km), "{wh_per_km} Wh/km");
    }

    #[test]
    fn chargers_give_exactly_what_was_used() {
        let charger = Charger {
            link: LinkId(0),
            class: VehicleClass::Motorcycle,
            plugs: 2,
            power_w: 500.0,
            efficiency: 0.9,
            used_before_j: 0.0,
        };
        let mut state = ChargerState { sessions_j: vec![100_000.0, 45_000.0, 70_000.0], ..Default::default() };
        let mut drawn_j = 0.0;
        state.settle(&charger, 0.0, 60.0);
        state.is_served = true;
        for _ in 0..30 {
            drawn_j += state.power_w() * 60.0;
            assert!(state.power_w() <= 1000.0);
            state.settle(&charger, 60.0, 60.0);
        }
        assert!(state.sessions_j.is_empty());
        assert!((drawn_j - 215_000.0).abs() < 1e-6 && (state.given_j - 215_000.0).abs() < 1e-6);
    }
}
