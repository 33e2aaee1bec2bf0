//! Vehicle types of native scenarios: built-in ones per class, and those of `scenario.toml`.
//!
//! Built-in values: sizes of common Asian city vehicles (motorcycle 1.9 × 0.75 m as in lane-width studies of Vietnam);
//! IDM parameters in the range Treiber and Kesting give for city traffic (*Traffic Flow Dynamics*, 2013, table 11.2:
//! T 1.0 s, s0 2 m, a 1.0 m/s², b 1.5 m/s²), with the acceleration of real starts at signals. None is calibrated.

use sim_core::ids::VehicleTypeId;
use sim_core::rng::CutNormal;
use sim_core::traffic::types::{Alignment, CarFollowing, LateralParams, VehicleType};
use sim_core::units::VehicleClass;

use crate::read::table::nearest;
use crate::scenario_file::{CarFollowingName, VehicleTypeTable};

/// Types by name; built-in ones are added when first used.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Types {
    /// Types.
    pub list: Vec<VehicleType>,
    /// Their names.
    pub names: Vec<String>,
    car_following: Option<CarFollowingName>,
}

struct Row {
    length_m: f64,
    width_m: f64,
    min_gap_m: f64,
    max_speed_kmh: f64,
    accel_mps2: f64,
    decel_mps2: f64,
    tau_s: f64,
    passenger_car_units: f64,
    persons: f64,
}

fn row_of(class: VehicleClass) -> Row {
    use VehicleClass as C;
    let [length_m, width_m, min_gap_m, max_speed_kmh, accel_mps2, decel_mps2, tau_s, passenger_car_units, persons] =
        match class {
            C::Motorcycle => [1.9, 0.75, 0.8, 80.0, 2.0, 2.5, 0.9, 0.25, 1.2],
            C::Moped => [1.9, 0.75, 0.8, 50.0, 1.5, 2.5, 0.9, 0.25, 1.1],
            C::Bicycle => [1.7, 0.6, 0.6, 20.0, 0.8, 2.0, 0.9, 0.2, 1.0],
            C::Scooter => [1.2, 0.5, 0.6, 25.0, 1.0, 2.0, 0.9, 0.2, 1.0],
            C::Bus => [12.0, 2.5, 2.0, 80.0, 1.0, 1.8, 1.4, 2.5, 30.0],
            C::Coach => [12.0, 2.5, 2.0, 100.0, 1.0, 1.8, 1.4, 2.5, 30.0],
            C::Truck => [7.5, 2.4, 2.0, 90.0, 1.0, 1.8, 1.4, 2.0, 1.2],
            C::Trailer => [16.5, 2.55, 2.5, 90.0, 0.7, 1.8, 1.6, 3.0, 1.1],
            C::Delivery => [5.5, 2.0, 1.8, 110.0, 1.4, 2.0, 1.2, 1.3, 1.2],
            C::Taxi => [4.5, 1.8, 1.8, 150.0, 1.6, 2.0, 1.1, 1.0, 2.0],
            _ => [4.5, 1.8, 1.8, 150.0, 1.6, 2.0, 1.1, 1.0, 1.4],
        };
    Row { length_m, width_m, min_gap_m, max_speed_kmh, accel_mps2, decel_mps2, tau_s, passenger_car_units, persons }
}

/// The built-in type of a class.
pub fn built_in(class: VehicleClass) -> VehicleType {
    let row = row_of(class);
    let two_wheels = class.is_two_wheeler();
    VehicleType {
        length_m: row.length_m,
        width_m: row.width_m,
        min_gap_m: row.min_gap_m,
        max_speed_mps: row.max_speed_kmh / 3.6,
        accel_mps2: row.accel_mps2,
        decel_mps2: row.decel_mps2,
        emergency_decel_mps2: if row.length_m > 6.0 { 6.0 } else { 8.0 },
        apparent_decel_mps2: row.decel_mps2,
        tau_s: row.tau_s,
        speed_factor: CutNormal { mean: 1.0, deviation: 0.1, min: 0.5, max: 1.5 },
        car_following: CarFollowing::Idm { delta: 4.0, gap_opens: true },
        lateral: LateralParams {
            max_speed_mps: if two_wheels { 1.5 } else { 1.0 },
            min_gap_m: if two_wheels { 0.2 } else { 0.4 },
            gap_per_speed_s: if two_wheels { 0.03 } else { 0.05 },
            alignment: if two_wheels { Alignment::Arbitrary } else { Alignment::Center },
            keeps_lane: !two_wheels,
        },
        passenger_car_units: row.passenger_car_units,
        persons: row.persons,
        ..VehicleType::sumo_default(class)
    }
}

impl Types {
    /// No types yet; those that name no car-following model use this one.
    pub fn new(car_following: Option<CarFollowingName>) -> Self {
        Self { car_following, ..Self::default() }
    }

    /// Adds a type of `scenario.toml`.
    ///
    /// # Errors
    /// What is wrong, as (field, message).
    pub fn add(&mut self, table: &VehicleTypeTable) -> Result<(), (&'static str, String)> {
        let Some(class) = VehicleClass::from_name(&table.class) else {
            let known: Vec<&str> = VehicleClass::ALL.iter().map(|class| class.name()).collect();
            let near =
                nearest(&table.class, &known).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            return Err(("class", format!("unknown class {:?}{near}", table.class)));
        };
        if self.names.contains(&table.id) {
            return Err(("id", format!("vehicle type {:?} is there twice", table.id)));
        }
        let mut made = built_in(class);
        let set = |target: &mut f64, value: Option<f64>| *target = value.unwrap_or(*target);
        set(&mut made.length_m, table.length_m);
        set(&mut made.width_m, table.width_m);
        set(&mut made.min_gap_m, table.min_gap_m);
        set(&mut made.max_speed_mps, table.max_speed_kmh.map(|speed| speed / 3.6));
        set(&mut made.accel_mps2, table.accel_mps2);
        set(&mut made.decel_mps2, table.decel_mps2);
        made.apparent_decel_mps2 = made.decel_mps2;
        set(&mut made.emergency_decel_mps2, table.emergency_decel_mps2);
        made.emergency_decel_mps2 = made.emergency_decel_mps2.max(made.decel_mps2);
        set(&mut made.tau_s, table.tau_s);
        set(&mut made.speed_factor.mean, table.speed_factor_mean);
        set(&mut made.speed_factor.deviation, table.speed_factor_deviation);
        made.speed_factor.min = made.speed_factor.min.min(made.speed_factor.mean);
        made.speed_factor.max = made.speed_factor.max.max(made.speed_factor.mean);
        made.lateral.keeps_lane = table.keeps_lane.unwrap_or(made.lateral.keeps_lane);
        set(&mut made.lateral.max_speed_mps, table.max_lateral_speed_mps);
        set(&mut made.lateral.min_gap_m, table.lateral_gap_m);
        set(&mut made.lateral.gap_per_speed_s, table.lateral_gap_per_speed_s);
        set(&mut made.junction.time_gap_minor_s, table.time_gap_minor_s);
        set(&mut made.impatience, table.impatience);
        set(&mut made.passenger_car_units, table.passenger_car_units);
        set(&mut made.persons, table.persons);
        let model = table.car_following.or(self.car_following);
        made.car_following = car_following(model, table.idm_delta, table.krauss_sigma);
        self.list.push(made);
        self.names.push(table.id.clone());
        Ok(())
    }

    /// The type with a name: one that was added, or the built-in one of a class.
    pub fn find(&mut self, name: &str) -> Option<VehicleTypeId> {
        if let Some(position) = self.names.iter().position(|known| known == name) {
            return Some(VehicleTypeId(position as u32));
        }
        let class = VehicleClass::from_name(name)?;
        let mut made = built_in(class);
        made.car_following = car_following(self.car_following, None, None);
        self.list.push(made);
        self.names.push(name.to_owned());
        Some(VehicleTypeId(self.list.len() as u32 - 1))
    }
}

fn car_following(model: Option<CarFollowingName>, delta: Option<f64>, sigma: Option<f64>) -> CarFollowing {
    match model {
        Some(CarFollowingName::Krauss) => CarFollowing::Krauss { sigma: sigma.unwrap_or(0.5) },
        _ => CarFollowing::Idm { delta: delta.unwrap_or(4.0), gap_opens: true },
    }
}
