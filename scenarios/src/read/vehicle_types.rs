//! Vehicle types of native scenarios: built-in ones per class ([`VehicleType::own_default`]), and those of
//! `scenario.toml`.

use sim_core::ids::{Id, VehicleTypeId};
use sim_core::traffic::types::{Alignment, CarFollowing, VehicleType};
use sim_core::units::VehicleClass;

use crate::demand::spread::Spread;
use crate::parameters::{Amount, find, reconcile};
use crate::read::table::nearest;
use crate::scenario_file::{AlignmentName, CarFollowingName, VehicleTypeTable};

/// Types by name; built-in ones are added when first used.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Types {
    /// Types.
    pub list: Vec<VehicleType>,
    /// Their names.
    pub names: Vec<String>,
    /// What is drawn per rider.
    pub spreads: Vec<Spread>,
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
        made.lateral.keeps_lane = table.keeps_lane.unwrap_or(made.lateral.keeps_lane);
        if let Some(alignment) = table.alignment {
            made.lateral.alignment = match alignment {
                AlignmentName::Center => Alignment::Center,
                AlignmentName::Kerb => Alignment::Kerb,
                AlignmentName::Median => Alignment::Median,
                AlignmentName::Arbitrary => Alignment::Arbitrary,
            };
        }
        made.car_following = car_following(table.car_following.or(self.car_following));
        let vehicle_type = VehicleTypeId::from_index(self.list.len());
        for (key, &amount) in &table.parameters.0 {
            let Some(parameter) = find(key) else { continue };
            match amount {
                Amount::Fixed(value) => parameter.put(&mut made, value),
                Amount::Drawn(distribution) => {
                    // Ways are searched for the rider in the middle.
                    parameter.put(&mut made, distribution.quantile(0.5, parameter));
                    self.spreads.push(Spread { vehicle_type, key: parameter.key, distribution, factor: 1.0 });
                }
            }
        }
        reconcile(&mut made);
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
        made.car_following = car_following(self.car_following);
        self.list.push(made);
        self.names.push(name.to_owned());
        Some(VehicleTypeId(self.list.len() as u32 - 1))
    }
}

fn car_following(model: Option<CarFollowingName>) -> CarFollowing {
    match model {
        Some(CarFollowingName::Krauss) => CarFollowing::Krauss { sigma: 0.5 },
        _ => CarFollowing::Idm { delta: 4.0, gap_opens: true },
    }
}
