//! What it takes to move a vehicle, and what battery or fuel tank gives for it.
//!
//! At the wheels, per step: E = ½ (m + m_rot) (v² − v₀²) + (½ ρ c_w A v³ + c_r g m v) Δt.
//!
//! - **Battery:** E over the efficiency of the drive when positive, times that of recuperation when negative; plus a
//!   constant power (Kurczveil, López, Schnieder 2013, as SUMO codes it).
//! - **Combustion engine:** the fuel rate of the US EPA's Physical Emission Rate Estimator (EPA420-P-05-001, 2005, public
//!   domain; after Ross 1994): fuel power = K N V_d + (P / η_t + P_acc) / η_i, with friction K per revolution and
//!   displacement, revolutions N, displacement V_d, indicated efficiency η_i, efficiency of the transmission η_t and
//!   accessories P_acc; P is the power at the wheels where positive. Gears are not followed: N rises from idle to that of
//!   driving in town at 5 m/s. Fuel is never cut off.

use crate::ids::TripId;
use crate::rng::{self, Purpose};
use crate::units::VehicleClass;

const AIR_KG_PER_M3: f64 = 1.2041;
const GRAVITY_MPS2: f64 = 9.80665;
/// The speed from which on an engine turns as fast as it does in town.
const TURNS_FULL_AT_MPS: f64 = 5.0;

/// What resists movement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Body {
    /// Mass with those on board.
    pub mass_kg: f64,
    /// Mass that stands for what rotates.
    pub rotating_kg: f64,
    /// Drag coefficient times front area.
    pub drag_m2: f64,
    /// Coefficient of rolling resistance.
    pub rolling: f64,
}

impl Body {
    /// A motorcycle or scooter with 1.3 people.
    pub const MOTORCYCLE: Self = Self { mass_kg: 185.0, rotating_kg: 5.0, drag_m2: 0.45, rolling: 0.015 };
    /// A moped with its rider.
    pub const MOPED: Self = Self { mass_kg: 155.0, rotating_kg: 4.0, drag_m2: 0.45, rolling: 0.015 };
    /// A passenger car with 1.5 people.
    pub const CAR: Self = Self { mass_kg: 1_450.0, rotating_kg: 45.0, drag_m2: 0.65, rolling: 0.012 };
    /// A delivery van, half loaded.
    pub const VAN: Self = Self { mass_kg: 2_500.0, rotating_kg: 75.0, drag_m2: 1.3, rolling: 0.011 };
    /// A truck of two axles, half loaded.
    pub const TRUCK: Self = Self { mass_kg: 9_000.0, rotating_kg: 360.0, drag_m2: 4.2, rolling: 0.009 };
    /// A truck with trailer, half loaded.
    pub const TRAILER: Self = Self { mass_kg: 28_000.0, rotating_kg: 900.0, drag_m2: 5.7, rolling: 0.008 };
    /// A city bus with 35 people.
    pub const BUS: Self = Self { mass_kg: 15_500.0, rotating_kg: 500.0, drag_m2: 5.0, rolling: 0.009 };
}

/// An electric vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ElectricVehicle {
    /// What resists its movement.
    pub body: Body,
    /// Efficiency of the drive.
    pub drive: f64,
    /// Efficiency of recuperation.
    pub recuperation: f64,
    /// Power of everything else.
    pub constant_w: f64,
}

impl ElectricVehicle {
    /// An electric scooter or motorcycle.
    pub const MOTORCYCLE: Self = Self { body: Body::MOTORCYCLE, drive: 0.82, recuperation: 0.3, constant_w: 15.0 };
    /// An electric city bus.
    pub const BUS: Self = Self { body: Body::BUS, drive: 0.88, recuperation: 0.65, constant_w: 5_000.0 };
    /// SUMO's default electric car.
    pub const CAR: Self = Self {
        body: Body { mass_kg: 1_830.0, rotating_kg: 40.0, drag_m2: 2.6 * 0.35, rolling: 0.01 },
        drive: 0.98,
        recuperation: 0.96,
        constant_w: 100.0,
    };

    /// The vehicle of a class, if it can be charged here.
    pub fn of(class: VehicleClass) -> Option<&'static Self> {
        match class {
            VehicleClass::Motorcycle => Some(&Self::MOTORCYCLE),
            VehicleClass::Bus => Some(&Self::BUS),
            _ => None,
        }
    }
}

/// A combustion engine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Engine {
    /// Displacement.
    pub displacement_l: f64,
    /// Friction per revolution and litre of displacement.
    pub friction_j: f64,
    /// Revolutions per second at standstill.
    pub idle_per_s: f64,
    /// Revolutions per second while driving in town.
    pub driving_per_s: f64,
    /// Efficiency of the transmission.
    pub transmission: f64,
    /// Indicated efficiency.
    pub indicated: f64,
    /// Power of alternator, fan, pumps and air conditioning.
    pub accessories_w: f64,
}

impl Engine {
    /// A four-stroke engine of 115 cc with a belt drive: 1.8 litres in 100 km of the cycle in the tests, as makers say.
    pub const MOTORCYCLE: Self = Self {
        displacement_l: 0.115,
        friction_j: 250.0,
        idle_per_s: 28.0,
        driving_per_s: 80.0,
        transmission: 0.70,
        indicated: 0.33,
        accessories_w: 60.0,
    };
    /// An engine of 50 cc.
    pub const MOPED: Self = Self { displacement_l: 0.05, ..Self::MOTORCYCLE };
    /// A petrol engine of a car.
    pub const CAR: Self = Self {
        displacement_l: 1.6,
        friction_j: 220.0,
        idle_per_s: 12.5,
        driving_per_s: 30.0,
        transmission: 0.88,
        indicated: 0.40,
        accessories_w: 750.0,
    };
    /// A diesel engine of a van.
    pub const VAN: Self = Self { displacement_l: 2.2, indicated: 0.45, driving_per_s: 28.0, ..Self::CAR };
    /// A diesel engine of a truck.
    pub const TRUCK: Self = Self {
        displacement_l: 4.5,
        friction_j: 200.0,
        idle_per_s: 10.0,
        driving_per_s: 22.0,
        transmission: 0.90,
        indicated: 0.46,
        accessories_w: 2_000.0,
    };
    /// A diesel engine of a truck with trailer.
    pub const TRAILER: Self = Self { displacement_l: 11.0, driving_per_s: 19.0, ..Self::TRUCK };
    /// A diesel engine of a city bus with air conditioning.
    pub const BUS: Self = Self { displacement_l: 7.0, accessories_w: 6_000.0, ..Self::TRUCK };
}

/// A vehicle's body with its battery or engine, ready to be asked in every step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Drive {
    half_inertia_kg: f64,
    drag_kg_per_m: f64,
    rolling_n: f64,
    /// Energy from battery or tank for what is needed at the wheels.
    per_wheel_j: f64,
    /// Energy from battery or tank for what the wheels give back.
    back_per_wheel_j: f64,
    standing_w: f64,
    turning_w: f64,
}

impl Drive {
    fn of(body: &Body) -> Self {
        Self {
            half_inertia_kg: 0.5 * (body.mass_kg + body.rotating_kg),
            drag_kg_per_m: 0.5 * AIR_KG_PER_M3 * body.drag_m2,
            rolling_n: body.rolling * GRAVITY_MPS2 * body.mass_kg,
            per_wheel_j: 0.0,
            back_per_wheel_j: 0.0,
            standing_w: 0.0,
            turning_w: 0.0,
        }
    }
    /// From a battery.
    pub fn electric(vehicle: &ElectricVehicle) -> Self {
        Self {
            per_wheel_j: 1.0 / vehicle.drive,
            back_per_wheel_j: vehicle.recuperation,
            standing_w: vehicle.constant_w,
            ..Self::of(&vehicle.body)
        }
    }
    /// From a tank.
    pub fn combustion(body: &Body, engine: &Engine) -> Self {
        let friction_j = engine.friction_j * engine.displacement_l;
        Self {
            per_wheel_j: 1.0 / (engine.transmission * engine.indicated),
            standing_w: friction_j * engine.idle_per_s + engine.accessories_w / engine.indicated,
            turning_w: friction_j * (engine.driving_per_s - engine.idle_per_s),
            ..Self::of(body)
        }
    }
    /// Energy taken from battery or tank in a step; negative when a battery is charged by braking.
    #[inline]
    pub fn used_j(&self, before_mps: f64, speed_mps: f64, dt_s: f64) -> f64 {
        let square = speed_mps * speed_mps;
        let wheels_j = self.half_inertia_kg * (square - before_mps * before_mps)
            + (self.drag_kg_per_m * square + self.rolling_n) * speed_mps * dt_s;
        let per_wheel_j = if wheels_j > 0.0 { self.per_wheel_j } else { self.back_per_wheel_j };
        let turning = (speed_mps * (1.0 / TURNS_FULL_AT_MPS)).min(1.0);
        wheels_j * per_wheel_j + (self.standing_w + self.turning_w * turning) * dt_s
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_per_second_is_that_of_sumos_default_vehicle() {
        let car = Drive::electric(&ElectricVehicle::CAR);
        // Speed, acceleration, Wh in one second as SUMO 1.28 gives them.
        for (speed_mps, accel_mps2, expected_wh) in [
            (5.0, 0.0, 0.301528),
            (10.0, 0.0, 0.691747),
            (20.0, 0.0, 2.28746),
            (10.0, 1.0, 5.72718),
            (10.0, -1.0, -4.58356),
        ] {
            let found_wh = car.used_j(speed_mps - accel_mps2, speed_mps, 1.0) / 3600.0;
            assert!((found_wh - expected_wh).abs() < 1e-5 * expected_wh.abs().max(1.0), "{found_wh} {expected_wh}");
        }
    }

    #[test]
    fn a_motorcycle_uses_what_makers_say_within_their_range() {
        // 109 s: stand, +1 m/s² to 11 m/s, 60 s, −1.5 m/s², stand: 761 m.
        let (mut energy_j, mut way_m, mut speed_mps) = (0.0, 0.0, 0.0_f64);
        let motorcycle = Drive::electric(&ElectricVehicle::MOTORCYCLE);
        for second in 0..109 {
            let accel_mps2: f64 = if (10..21).contains(&second) {
                1.0
            } else if second >= 81 {
                -1.5
            } else {
                0.0
            };
            let next_mps = (speed_mps + accel_mps2).max(0.0);
            energy_j += motorcycle.used_j(speed_mps, next_mps, 1.0);
            speed_mps = next_mps;
            way_m += speed_mps;
        }
        let wh_per_km = energy_j / 3.6 / way_m;
        assert!((15.0..35.0).contains(&wh_per_km), "{wh_per_km} Wh/km");
    }

    #[test]
    fn an_engine_at_idle_burns_friction_and_accessories_and_braking_gives_nothing_back() {
        let car = Drive::combustion(&Body::CAR, &Engine::CAR);
        let idle_w = 220.0 * 1.6 * 12.5 + 750.0 / 0.40;
        assert!((car.used_j(0.0, 0.0, 2.0) - 2.0 * idle_w).abs() < 1e-9);
        let driving_w = 220.0 * 1.6 * 30.0 + 750.0 / 0.40;
        assert!((car.used_j(12.0, 10.0, 1.0) - driving_w).abs() < 1e-9);
    }

    #[test]
    fn energy_does_not_depend_on_the_step_where_power_is_constant() {
        for drive in [Drive::electric(&ElectricVehicle::BUS), Drive::combustion(&Body::BUS, &Engine::BUS)] {
            let one_j = drive.used_j(8.0, 8.0, 1.0);
            let ten_j: f64 = (0..10).fold(0.0, |sum, _| sum + drive.used_j(8.0, 8.0, 0.1));
            assert!((one_j - ten_j).abs() < 1e-9 * one_j);
        }
    }
}
