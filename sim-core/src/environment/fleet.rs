//! Which vehicle stands for a class, and what its energy emits.

use super::{Emitted, Environment};
use crate::ids::{TripId, VehicleTypeId};
use crate::propulsion::{Body, Drive, ElectricShares, ElectricVehicle, Engine};
use crate::units::VehicleClass;

/// A fuel, with what the exhaust holds of it.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Fuel {
    mj_per_kg: f64,
    co2_g_per_mj: f64,
    nox_g_per_kg: f64,
    pm_g_per_kg: f64,
}

const fn petrol(nox_g_per_kg: f64, pm_g_per_kg: f64) -> Fuel {
    Fuel { mj_per_kg: 44.3, co2_g_per_mj: 69.3, nox_g_per_kg, pm_g_per_kg }
}
const fn diesel(nox_g_per_kg: f64, pm_g_per_kg: f64) -> Fuel {
    Fuel { mj_per_kg: 43.0, co2_g_per_mj: 74.1, nox_g_per_kg, pm_g_per_kg }
}

// Tier 1 by vehicle category: passenger cars on petrol, vans on diesel, heavy vehicles on diesel, L-category on petrol.
const CAR: Fuel = petrol(8.73, 0.03);
const VAN: Fuel = diesel(14.91, 1.52);
const HEAVY: Fuel = diesel(33.37, 0.94);
const TWO_WHEELER: Fuel = petrol(6.64, 2.20);

impl Fuel {
    /// What a joule of it emits.
    fn per_j(&self, factor: f64) -> Emitted {
        let fuel_g = factor / (self.mj_per_kg * 1e3);
        Emitted {
            fuel_g,
            co2_g: factor * self.co2_g_per_mj * 1e-6,
            nox_g: fuel_g * self.nox_g_per_kg * 1e-3,
            pm_g: fuel_g * self.pm_g_per_kg * 1e-3,
            battery_j: 0.0,
        }
    }
}

/// A vehicle that uses energy.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mover {
    /// How much energy it uses.
    pub drive: Drive,
    /// What a joule of it emits.
    pub per_j: Emitted,
}

impl Mover {
    fn electric(vehicle: &ElectricVehicle) -> Self {
        Self { drive: Drive::electric(vehicle), per_j: Emitted { battery_j: 1.0, ..Emitted::default() } }
    }

    /// The vehicle with an engine that stands for a class; `None` for those that are pushed, pulled or ridden by foot, and
    /// for what does not drive on roads.
    pub fn burning(class: VehicleClass, environment: &Environment) -> Option<Self> {
        use VehicleClass as C;
        let (body, engine, fuel) = match class {
            C::Motorcycle => (Body::MOTORCYCLE, Engine::MOTORCYCLE, TWO_WHEELER),
            C::Moped => (Body::MOPED, Engine::MOPED, TWO_WHEELER),
            C::Car | C::Taxi | C::Emergency | C::Authority | C::Vip | C::Private | C::Hov => {
                (Body::CAR, Engine::CAR, CAR)
            }
            C::Custom1 | C::Custom2 | C::Ignoring => (Body::CAR, Engine::CAR, CAR),
            C::Delivery => (Body::VAN, Engine::VAN, VAN),
            C::Truck | C::Army => (Body::TRUCK, Engine::TRUCK, HEAVY),
            C::Trailer => (Body::TRAILER, Engine::TRAILER, HEAVY),
            C::Bus | C::Coach => (Body::BUS, Engine::BUS, HEAVY),
            _ => return None,
        };
        let factor = if class.is_two_wheeler() { environment.motorcycle_factor } else { environment.vehicle_factor };
        Some(Self { drive: Drive::combustion(&body, &engine), per_j: fuel.per_j(factor) })
    }
}

/// The vehicles of a run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Fleet {
    /// By vehicle type: with engine, or always electric.
    usual: Vec<Option<Mover>>,
    /// By vehicle type: where its trip is electric by draw.
    electric: Vec<Option<Mover>>,
    /// By trip; empty where no trip is electric by draw.
    is_electric: Vec<bool>,
}

impl Fleet {
    /// The fleet of the classes of vehicle types, with the vehicle type of each trip.
    pub fn new(
        environment: &Environment,
        (shares, seed): (&ElectricShares, u64),
        classes: &[VehicleClass],
        type_of_trip: impl Iterator<Item = VehicleTypeId>,
    ) -> Self {
        let usual = |class: &VehicleClass| match class {
            VehicleClass::Electric => Some(Mover::electric(&ElectricVehicle::CAR)),
            class => Mover::burning(*class, environment),
        };
        let draw = |(index, kind): (usize, VehicleTypeId)| {
            shares.is_electric(seed, TripId(index as u32), classes[kind.0 as usize])
        };
        let trips = type_of_trip.enumerate();
        Self {
            usual: classes.iter().map(usual).collect(),
            electric: classes.iter().map(|class| ElectricVehicle::of(*class).map(Mover::electric)).collect(),
            is_electric: if shares.any() { trips.map(draw).collect() } else { Vec::new() },
        }
    }

    /// The vehicle of a trip.
    #[inline]
    pub fn mover(&self, kind: VehicleTypeId, trip: TripId) -> Option<&Mover> {
        let is_drawn = self.is_electric.get(trip.0 as usize).copied().unwrap_or(false);
        if is_drawn { self.electric[kind.0 as usize].as_ref() } else { self.usual[kind.0 as usize].as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cycle of 109 s and 761 m: what a class emits on it, per kilometre.
    fn on_cycle(mover: &Mover) -> Emitted {
        let (mut emitted, mut speed_mps, mut way_m) = (Emitted::default(), 0.0_f64, 0.0);
        for second in 1..109 {
            let next_mps = match second {
                0..10 => 0.0,
                10..21 => f64::from(second - 9),
                21..81 => 11.0,
                _ => (11.0 - 1.5 * f64::from(second - 80)).max(0.0),
            };
            emitted.add(mover, mover.drive.used_j(speed_mps, next_mps, 1.0));
            speed_mps = next_mps;
            way_m += next_mps;
        }
        let per_km = 1000.0 / way_m;
        Emitted {
            fuel_g: emitted.fuel_g * per_km,
            co2_g: emitted.co2_g * per_km,
            nox_g: emitted.nox_g * per_km,
            pm_g: emitted.pm_g * per_km,
            battery_j: emitted.battery_j * per_km,
        }
    }

    fn burning(class: VehicleClass) -> Emitted {
        on_cycle(&Mover::burning(class, &Environment::default()).unwrap())
    }

    #[test]
    fn carbon_of_the_fuel_leaves_as_carbon_dioxide() {
        for (class, g_per_g) in [(VehicleClass::Car, 44.3 * 0.0693), (VehicleClass::Bus, 43.0 * 0.0741)] {
            let emitted = burning(class);
            assert!((emitted.co2_g / emitted.fuel_g - g_per_g).abs() < 1e-12);
        }
    }

    #[test]
    fn a_motorcycle_needs_what_makers_say() {
        // 1.8 litres in 100 km at 0.74 kg a litre.
        let litres = burning(VehicleClass::Motorcycle).fuel_g / 740.0 * 100.0;
        assert!((litres - 1.8).abs() < 0.1, "{litres}");
    }

    #[test]
    fn electric_vehicles_have_no_exhaust() {
        let emitted = on_cycle(&Mover::electric(&ElectricVehicle::MOTORCYCLE));
        assert_eq!((emitted.co2_g, emitted.fuel_g, emitted.nox_g, emitted.pm_g), (0.0, 0.0, 0.0, 0.0));
        assert!(emitted.battery_j > 0.0);
    }

    #[test]
    fn a_share_of_electric_motorcycles_is_drawn_and_nothing_else_changes() {
        let classes = [VehicleClass::Motorcycle, VehicleClass::Car];
        let kinds = || (0..4000).map(|trip| VehicleTypeId(trip % 2));
        let shares = ElectricShares { motorcycle: 0.3, bus: 0.0 };
        let fleet = Fleet::new(&Environment::default(), (&shares, 7), &classes, kinds());
        let none = Fleet::new(&Environment::default(), (&ElectricShares::default(), 7), &classes, kinds());
        let mut n = 0;
        for trip in 0..4000 {
            let (kind, trip) = (VehicleTypeId(trip % 2), TripId(trip));
            let mover = fleet.mover(kind, trip).unwrap();
            if mover.per_j.battery_j > 0.0 {
                n += 1;
                assert_eq!(kind.0, 0);
            } else {
                assert_eq!(mover, none.mover(kind, trip).unwrap());
            }
        }
        assert!((540..660).contains(&n), "{n} of 2000");
    }
}
