//! All that a scenario says of electricity: feeders ready to run, with their names, tariffs and currency.

use sim_core::power::system::PowerGrid;

use super::circuit::Circuit;

/// A tariff as results name it.
#[derive(Clone, PartialEq, Debug)]
pub struct TariffName {
    /// Its id.
    pub id: String,
    /// Its currency.
    pub currency: String,
    /// Price of the month's largest power per kW, taxes included.
    pub demand_price_per_kw: f64,
}

/// A meter as results name it.
#[derive(Clone, PartialEq, Debug)]
pub struct MeterName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its tariff, by its place.
    pub tariff: Option<usize>,
}

/// All that a scenario says of electricity.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PowerPlan {
    /// The feeders as the simulation takes them.
    pub grid: PowerGrid,
    /// The same with names, in the same order; a circuit has the feeder's id as name.
    pub circuits: Vec<Circuit>,
    /// Meters by feeder, in the order of the grid's.
    pub meters: Vec<Vec<MeterName>>,
    /// Tariffs.
    pub tariffs: Vec<TariffName>,
}

impl PowerPlan {
    /// Whether there is no feeder.
    pub fn is_empty(&self) -> bool {
        self.circuits.is_empty()
    }
    /// The tariff of a meter.
    pub fn tariff(&self, feeder: usize, meter: usize) -> Option<&TariffName> {
        self.meters[feeder][meter].tariff.map(|tariff| &self.tariffs[tariff])
    }
    /// The currency of all meters, if they have the same.
    pub fn currency(&self) -> Option<&str> {
        let mut all = self.meters.iter().flatten().filter_map(|meter| meter.tariff.map(|tariff| &self.tariffs[tariff]));
        let first = all.next()?;
        all.all(|tariff| tariff.currency == first.currency).then_some(first.currency.as_str())
    }
}
