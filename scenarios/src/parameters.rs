//! The parameters of vehicle types: one source for the keys of `[[vehicle_types]]` in `scenario.toml`, for their JSON
//! Schema, for `citytwin schema vehicle-types` and for `docs/vehicle-types.md`.
//!
//! Defaults are not written down here: they are those of [`VehicleType::own_default`], by class.

pub mod amount;
mod list;

use std::fmt::Write;

use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

pub use amount::{Amount, Distribution, Shape};
pub use list::PARAMETERS;

/// A parameter of a vehicle type, in the unit of its key.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Key in `scenario.toml`.
    pub key: &'static str,
    /// Unit; empty for none.
    pub unit: &'static str,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Meaning.
    pub meaning: &'static str,
    /// Where the defaults come from.
    pub source: &'static str,
    /// Whether it may be drawn per rider or driver.
    pub is_drawable: bool,
    get: fn(&VehicleType) -> Option<f64>,
    set: fn(&mut VehicleType, f64),
}

impl Parameter {
    /// The value of a type; `None` where it has no such parameter, or no limit.
    pub fn of(&self, kind: &VehicleType) -> Option<f64> {
        (self.get)(kind).filter(|value| value.is_finite() && *value < 1e4)
    }
    /// Gives a type another value.
    pub fn put(&self, kind: &mut VehicleType, value: f64) {
        (self.set)(kind, value);
    }
    fn range(&self) -> String {
        format!("{} to {}", self.min, self.max)
    }
}

/// The parameter with a key.
pub fn find(key: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.key == key)
}

/// The position of a parameter in [`PARAMETERS`]: what its draws depend on, so the list is only ever appended to.
pub fn position(key: &str) -> Option<usize> {
    PARAMETERS.iter().position(|parameter| parameter.key == key)
}

/// What holds between parameters: nobody brakes harder comfortably than at most, others expect the comfortable braking,
/// and the range of speed factors has their mean in it.
pub fn reconcile(kind: &mut VehicleType) {
    kind.apparent_decel_mps2 = kind.decel_mps2;
    kind.emergency_decel_mps2 = kind.emergency_decel_mps2.max(kind.decel_mps2);
    kind.speed_factor.min = kind.speed_factor.min.min(kind.speed_factor.mean);
    kind.speed_factor.max = kind.speed_factor.max.max(kind.speed_factor.mean);
}

/// Classes whose defaults the page shows.
const SHOWN: [VehicleClass; 5] =
    [VehicleClass::Motorcycle, VehicleClass::Bicycle, VehicleClass::Car, VehicleClass::Bus, VehicleClass::Truck];

/// The parameters as a page.
pub fn to_markdown() -> String {
    let mut page = String::from(
        "# Vehicle types\n\n\
         What a `[[vehicle_types]]` table of `scenario.toml` may say. Made by `citytwin schema vehicle-types` from \
         `scenarios/src/parameters/list.rs`, with the defaults the program uses. What is left out is that of the class \
         (`class = \"motorcycle\"`, `\"car\"`, …). Besides the parameters below: `id`, the name that demand tables use; \
         `class`; `keeps_lane`, whether it keeps to lanes (default: all but two-wheelers); `alignment`, where in its lane \
         or road it likes to be: `center`, `kerb`, `median` or `arbitrary`; `car_following`: `idm` or `krauss`.\n\n\
         ## Drawn per rider\n\n\
         A parameter marked \"drawn\" may be a distribution instead of a number. It is cut to `min` and `max`, which are \
         the limits of the parameter where they are left out:\n\n\
         ```toml\n\
         [[vehicle_types]]\n\
         id = \"motorcycle\"\n\
         class = \"motorcycle\"\n\
         tau_s = { distribution = \"normal\", mean = 0.77, deviation = 0.15, min = 0.4, max = 1.3 }\n\
         accel_mps2 = { distribution = \"uniform\", min = 1.6, max = 2.8 }\n\
         critical_gap_s = { distribution = \"lognormal\", mean = 1.25, deviation = 0.3, max = 3.0 }\n\
         ```\n\n\
         `mean` and `deviation` (standard deviation) are those of the uncut distribution, for the lognormal one of the \
         values themselves, not of their logarithms. ",
    );
    writeln!(
        page,
        "A type with distributions becomes {} kinds of riders: each parameter's distribution is cut into as many equally \
         likely parts, one value is drawn in each, and the parameters are combined at random (a Latin hypercube). Each trip \
         gets one of the kinds. Both draws depend on the seed alone, the trip's on nothing but its number, so that runs of \
         one seed that differ elsewhere have the same riders. A type of numbers alone costs nothing more. Ways are searched \
         for the type, not for each rider. The factor on speed limits is always drawn for each vehicle by itself, normal \
         and cut to 0.7 to 1.3.\n\n## Parameters\n",
        crate::demand::spread::N_KINDS
    )
    .expect("writing to memory cannot fail");
    let classes: Vec<&str> = SHOWN.iter().map(|class| class.name()).collect();
    writeln!(
        page,
        "| key | unit | range | drawn | default: {} | meaning | source of the default |",
        classes.join(" | ")
    )
    .expect("writing to memory cannot fail");
    writeln!(page, "|---|---|---|---|{}---|---|", "---|".repeat(SHOWN.len())).expect("writing to memory cannot fail");
    let kinds = SHOWN.map(VehicleType::own_default);
    for parameter in PARAMETERS {
        let defaults: Vec<String> = kinds.iter().map(|kind| shown(parameter.of(kind))).collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            parameter.key,
            if parameter.unit.is_empty() { "—" } else { parameter.unit },
            parameter.range(),
            if parameter.is_drawable { "yes" } else { "no" },
            defaults.join(" | "),
            parameter.meaning,
            parameter.source,
        )
        .expect("writing to memory cannot fail");
    }
    page
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| ((value * 1000.0).round() / 1000.0).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_up_to_date() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vehicle-types.md");
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(page == to_markdown(), "run: cargo run -- schema vehicle-types > docs/vehicle-types.md");
    }

    #[test]
    fn defaults_lie_in_their_ranges_and_are_found_again() {
        for &class in VehicleClass::ALL {
            let kind = VehicleType::own_default(class);
            for parameter in PARAMETERS {
                let Some(value) = parameter.of(&kind) else { continue };
                let is_road = SHOWN.contains(&class);
                assert!(!is_road || (parameter.min..=parameter.max).contains(&value), "{} {value}", parameter.key);
                let mut other = kind.clone();
                parameter.put(&mut other, value);
                let again = parameter.of(&other).unwrap();
                assert!((again - value).abs() < 1e-9, "{} of {}", parameter.key, class.name());
            }
        }
    }

    #[test]
    fn keys_are_unique_and_change_one_thing() {
        let plain = VehicleType::own_default(VehicleClass::Motorcycle);
        for (index, parameter) in PARAMETERS.iter().enumerate() {
            assert_eq!(position(parameter.key), Some(index));
            let mut changed = plain.clone();
            parameter.put(&mut changed, 0.5 * (parameter.min + parameter.max));
            let n_changed = PARAMETERS.iter().filter(|other| other.of(&changed) != other.of(&plain)).count();
            assert_eq!(n_changed, usize::from(parameter.key != "krauss_sigma"), "{}", parameter.key);
        }
    }
}
