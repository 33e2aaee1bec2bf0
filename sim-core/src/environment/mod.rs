//! Emissions of the exhaust: what leaves the vehicles, not what the air then holds.
//!
//! Fuel or battery energy by [`crate::propulsion`], from the same speeds that vehicles drive. Carbon dioxide is the
//! carbon of the fuel, all burnt: 69.3 g/MJ of petrol at 44.3 MJ/kg, 74.1 g/MJ of diesel at 43.0 MJ/kg (IPCC 2006
//! Guidelines, volume 2, tables 1.2 and 3.2.1). Nitrogen oxides and particulate matter of the exhaust go with the mass of
//! fuel, by the Tier 1 factors of the EMEP/EEA air pollutant emission inventory guidebook (1.A.3.b.i–iv; reuse permitted
//! with acknowledgement). Not in it: cold starts, slopes, tyres and brakes, evaporation, upstream emissions.

mod fleet;

use serde::{Deserialize, Serialize};

pub use fleet::{Fleet, Mover};

/// What is computed of emissions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Environment {
    /// Whether they are computed at all.
    pub is_on: bool,
    /// Fuel of real motorcycles over that of the model.
    pub motorcycle_factor: f64,
    /// The same for all other vehicles with an engine.
    pub vehicle_factor: f64,
}

impl Default for Environment {
    fn default() -> Self {
        Self { is_on: false, motorcycle_factor: 1.0, vehicle_factor: 1.0 }
    }
}

/// What vehicles used and emitted.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Emitted {
    /// Fuel burnt.
    pub fuel_g: f64,
    /// Carbon dioxide.
    pub co2_g: f64,
    /// Nitrogen oxides, as nitrogen dioxide.
    pub nox_g: f64,
    /// Particulate matter of the exhaust.
    pub pm_g: f64,
    /// Energy taken from batteries.
    pub battery_j: f64,
}

impl Emitted {
    /// Adds what somebody emitted for an energy.
    #[inline]
    pub fn add(&mut self, mover: &Mover, energy_j: f64) {
        let per_j = &mover.per_j;
        self.fuel_g += per_j.fuel_g * energy_j;
        self.co2_g += per_j.co2_g * energy_j;
        self.nox_g += per_j.nox_g * energy_j;
        self.pm_g += per_j.pm_g * energy_j;
        self.battery_j += per_j.battery_j * energy_j;
    }
    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            fuel_g: self.fuel_g + other.fuel_g,
            co2_g: self.co2_g + other.co2_g,
            nox_g: self.nox_g + other.nox_g,
            pm_g: self.pm_g + other.pm_g,
            battery_j: self.battery_j + other.battery_j,
        }
    }
}
