//! Changes of demand, mix of vehicles and prices: for the whole run, or for a part of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use sim_core::ids::{Id, VehicleTypeId};
use sim_core::power::system::Steps;

use super::Reader;
use crate::demand::{DemandWindow, TypeShares};
use crate::loaded::Loaded;

/// Another demand: nested thinning below 1, repeated vehicles above, so that runs share all vehicles they can.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandChange {
    /// Factor on the number of trips that depart meanwhile.
    pub scale: f64,
}

/// Other shares of vehicle types in all mixes; types that are not named keep their proportions among what is left.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixChange {
    /// Shares by vehicle type.
    pub shares: BTreeMap<String, f64>,
}

/// Other prices of electric energy, or another tariff for some meters.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffChange {
    /// The tariff.
    pub tariff: String,
    /// Factor on its prices per kWh.
    pub factor: Option<f64>,
    /// Its price per kWh, taxes included, in the place of all others.
    pub price_per_kwh: Option<f64>,
    /// Meters that go over to it, for the whole run.
    pub meters: Option<Vec<String>>,
}

/// A change of a part of the run.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Window {
    /// First instant.
    pub(super) from_ms: i64,
    /// First instant at which it is over; `None`: it stays.
    pub(super) until_ms: Option<i64>,
    /// What it does.
    pub(super) what: Windowed,
}

/// What a change of a part of the run does.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Windowed {
    /// Factor on the demand.
    Scale(f64),
    /// Shares of vehicle types.
    Mix(Vec<(VehicleTypeId, f64)>),
    /// A tariff by its place: factor on its prices, and then a price.
    Price(usize, f64, Option<f64>),
    /// Meters by feeder and place, and their tariff.
    Meters(Vec<(usize, usize)>, usize),
}

impl Reader<'_> {
    pub(super) fn demand(&mut self, table: &DemandChange) -> Option<Windowed> {
        self.number("demand.scale", table.scale, (0.0, 10.0)).map(Windowed::Scale)
    }

    pub(super) fn mix(&mut self, table: &MixChange) -> Option<Windowed> {
        let loaded = self.loaded;
        if loaded.demand.type_distributions.is_empty() {
            self.mistake("mix", "", "the demand has no mixes: all its vehicles name their types", |problem| problem);
            return None;
        }
        let mut shares = Vec::new();
        let mut is_fine = true;
        for (name, &share) in &table.shares {
            let field = format!("mix.shares.{name}");
            is_fine &= self.number(&field, share, (0.0, 1.0)).is_some();
            match loaded.names.types.iter().position(|known| known == name) {
                Some(index) => shares.push((VehicleTypeId::from_index(index), share)),
                None => {
                    let known: Vec<&str> = loaded.names.types.iter().map(String::as_str).collect();
                    self.unknown("mix.shares", "vehicle type", name, &known);
                    is_fine = false;
                }
            }
        }
        let sum: f64 = table.shares.values().sum();
        if is_fine && (table.shares.is_empty() || sum > 1.0 + 1e-9) {
            self.mistake("mix.shares", &sum.to_string(), "is the sum of the shares", |problem| {
                problem.allowed("one share at least, 1 together at most")
            });
            is_fine = false;
        }
        is_fine.then_some(Windowed::Mix(shares))
    }

    pub(super) fn tariff(&mut self, table: &TariffChange, is_whole_run: bool) -> Option<Windowed> {
        let plan = &self.loaded.power;
        let Some(tariff) = plan.tariffs.iter().position(|tariff| tariff.id == table.tariff) else {
            let known: Vec<&str> = plan.tariffs.iter().map(|tariff| tariff.id.as_str()).collect();
            self.unknown("tariff.tariff", "tariff", &table.tariff, &known);
            return None;
        };
        match (&table.meters, table.factor, table.price_per_kwh) {
            (None, Some(factor), None) => {
                let factor = self.number("tariff.factor", factor, (0.0, 100.0))?;
                Some(Windowed::Price(tariff, factor, None))
            }
            (None, None, Some(price)) => {
                let price = self.number("tariff.price_per_kwh", price, (0.0, 1e9))?;
                Some(Windowed::Price(tariff, 1.0, Some(price)))
            }
            (Some(names), None, None) if is_whole_run => self.meters(names).map(|at| Windowed::Meters(at, tariff)),
            (Some(_), None, None) => {
                let message = "meters go over to a tariff for the whole run: leave out from, until and days";
                self.mistake("tariff.meters", "", message, |problem| problem);
                None
            }
            _ => {
                self.mistake("tariff", "", "needs exactly one of factor, price_per_kwh and meters", |problem| problem);
                None
            }
        }
    }

    fn meters(&mut self, names: &[String]) -> Option<Vec<(usize, usize)>> {
        let loaded = self.loaded;
        let all: Vec<((usize, usize), &str)> = (loaded.power.meters.iter().enumerate())
            .flat_map(|(feeder, meters)| {
                meters.iter().enumerate().map(move |(index, meter)| ((feeder, index), meter.id.as_str()))
            })
            .collect();
        let mut found = Vec::new();
        for name in names {
            match all.iter().find(|(_, known)| known == name) {
                Some((at, _)) => found.push(*at),
                None => {
                    let known: Vec<&str> = all.iter().map(|(_, known)| *known).collect();
                    self.unknown("tariff.meters", "meter", name, &known);
                }
            }
        }
        (found.len() == names.len()).then_some(found)
    }
}

impl Window {
    /// What two changes set to different values at the same time, if they do.
    pub(super) fn clash(&self, other: &Self, loaded: &Loaded) -> Option<String> {
        let ends_before = |a: &Self, b: &Self| a.until_ms.is_some_and(|until_ms| until_ms <= b.from_ms);
        if ends_before(self, other) || ends_before(other, self) {
            return None;
        }
        match (&self.what, &other.what) {
            (Windowed::Scale(_), Windowed::Scale(_)) => Some("the demand".to_owned()),
            (Windowed::Mix(_), Windowed::Mix(_)) => Some("the mix of vehicles".to_owned()),
            (Windowed::Price(a, ..), Windowed::Price(b, ..)) if a == b => {
                Some(format!("tariff {}", loaded.power.tariffs[*a].id))
            }
            (Windowed::Meters(a, _), Windowed::Meters(b, _)) => {
                let &(feeder, index) = a.iter().find(|at| b.contains(at))?;
                Some(format!("meter {}", loaded.power.meters[feeder][index].id))
            }
            _ => None,
        }
    }

    /// Makes the change.
    pub(super) fn make(self, loaded: &mut Loaded) {
        let is_whole_run = self.from_ms <= loaded.run.begin.0 && self.until_ms.is_none();
        let until_ms = self.until_ms.unwrap_or(i64::MAX);
        let window = |scale, shares| DemandWindow { from_ms: self.from_ms, until_ms, scale, shares };
        match self.what {
            Windowed::Scale(scale) if is_whole_run => loaded.demand.scale *= scale,
            Windowed::Scale(scale) => loaded.demand.windows.push(window(scale, None)),
            Windowed::Mix(list) => {
                let shares = TypeShares::new(&loaded.demand.type_distributions, &list);
                loaded.demand.windows.push(window(1.0, Some(shares)));
            }
            Windowed::Price(tariff, factor, price) => {
                let steps = &mut loaded.power.grid.prices[tariff];
                *steps = changed(steps, (self.from_ms, until_ms), |value| price.unwrap_or(value * factor));
            }
            Windowed::Meters(meters, tariff) => {
                for (feeder, index) in meters {
                    loaded.power.meters[feeder][index].tariff = Some(tariff);
                    loaded.power.grid.feeders[feeder].meters[index].price = Some(tariff as u32);
                }
            }
        }
        loaded.is_other_from_start = true;
    }
}

/// Steps with other values from one instant to another.
fn changed(steps: &Steps, (from_ms, until_ms): (i64, i64), new: impl Fn(f64) -> f64) -> Steps {
    let mut instants: Vec<i64> = steps.from_ms.iter().copied().chain([from_ms, until_ms]).collect();
    instants.retain(|instant| *instant < i64::MAX);
    instants.sort_unstable();
    instants.dedup();
    let value = |&at_ms: &i64| {
        let old = steps.at(at_ms);
        if (from_ms..until_ms).contains(&at_ms) { new(old) } else { old }
    };
    Steps { values: instants.iter().map(value).collect(), from_ms: instants }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_change_between_two_instants_and_go_back() {
        let steps = Steps { from_ms: vec![0, 100], values: vec![1.0, 2.0] };
        let dearer = changed(&steps, (50, 150), |value| 3.0 * value);
        let values: Vec<f64> = [-1, 0, 49, 50, 99, 100, 149, 150, 1000].map(|at| dearer.at(at)).to_vec();
        assert_eq!(values, [1.0, 1.0, 1.0, 3.0, 3.0, 6.0, 6.0, 2.0, 2.0]);
        assert_eq!(changed(&steps, (150, i64::MAX), |_| 5.0).at(1000), 5.0);
    }
}
