//! Vehicle types of native scenarios: built-in ones per class ([`VehicleType::own_default`]), and those of
//! `scenario.toml`.

use sim_core::ids::VehicleTypeId;
use sim_core::traffic::types::{CarFollowing, VehicleType};
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
        let mut made = VehicleType::own_default(class);
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
        set(&mut made.lateral.abreast_gap_per_speed_s, table.abreast_gap_per_speed_s);
        set(&mut made.lateral.filter_mps, table.filter_speed_kmh.map(|speed| speed / 3.6));
        set(&mut made.lateral.edge_gap_m, table.edge_gap_m);
        set(&mut made.junction.time_gap_minor_s, table.time_gap_minor_s);
        made.junction.critical_gap_s = table.critical_gap_s.or(made.junction.critical_gap_s);
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
        let mut made = VehicleType::own_default(class);
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
