//! Changes that hold for the whole run: investments, electric vehicles, lighting programmes, a wet road.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Reader;
use crate::loaded::Loaded;
use crate::power::invest::{self, Investment};

/// A measure that is taken.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvestmentChange {
    /// Its id in `investments.csv`.
    pub id: String,
}

/// Other shares of electric vehicles.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectricChange {
    /// Of motorcycles.
    pub motorcycle: Option<f64>,
    /// Of buses.
    pub bus: Option<f64>,
}

/// Another programme of the lamps.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LightingChange {
    /// The programme, for all lamps.
    pub program: String,
}

/// The weather.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weather {
    /// Factor on speed limits, as drivers take them.
    pub speed_factor: f64,
    /// Factor on the time headways of drivers.
    pub headway_factor: f64,
}

impl Reader<'_> {
    pub(super) fn investment(&mut self, table: &InvestmentChange) -> Option<Whole> {
        let all = match invest::read(self.source, self.loaded) {
            Ok(all) => all,
            Err(problems) => {
                problems.list.into_iter().for_each(|problem| self.report.problem(problem));
                return None;
            }
        };
        let known: Vec<&str> = all.iter().map(Investment::id).collect();
        let Some(at) = known.iter().position(|known| *known == table.id) else {
            self.unknown("investment.id", "investment", &table.id, &known);
            return None;
        };
        Some(Whole::Investment(Box::new(all[at].clone())))
    }

    pub(super) fn electric(&mut self, table: &ElectricChange) -> Option<Whole> {
        if table.motorcycle.is_none() && table.bus.is_none() {
            self.mistake("electric", "", "needs motorcycle, bus or both", |problem| problem);
            return None;
        }
        let motorcycle = table.motorcycle.map(|share| self.number("electric.motorcycle", share, (0.0, 1.0)));
        let bus = table.bus.map(|share| self.number("electric.bus", share, (0.0, 1.0)));
        Some(Whole::Electric(
            motorcycle.map_or(Some(None), |share| share.map(Some))?,
            bus.map_or(Some(None), |share| share.map(Some))?,
        ))
    }

    pub(super) fn lighting(&mut self, table: &LightingChange) -> Option<Whole> {
        let Some(plan) = &self.loaded.lighting else {
            self.mistake("lighting.program", &table.program, "the scenario has no lighting", |problem| problem);
            return None;
        };
        if !plan.programs.contains(&table.program) {
            let known: Vec<&str> = plan.programs.iter().map(String::as_str).collect();
            self.unknown("lighting.program", "programme", &table.program, &known);
            return None;
        }
        Some(Whole::Program(table.program.clone()))
    }

    pub(super) fn weather(&mut self, table: &Weather) -> Option<Whole> {
        let speed = self.number("weather.speed_factor", table.speed_factor, (0.2, 1.5));
        let headway = self.number("weather.headway_factor", table.headway_factor, (0.5, 3.0));
        Some(Whole::Weather(speed?, headway?))
    }

    pub(super) fn number(&mut self, field: &str, value: f64, (least, most): (f64, f64)) -> Option<f64> {
        if (least..=most).contains(&value) {
            return Some(value);
        }
        let allowed = format!("{least} to {most}");
        self.mistake(field, &value.to_string(), "is out of range", |problem| problem.allowed(allowed));
        None
    }
}

/// A change of the whole run.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Whole {
    /// A measure that is taken.
    Investment(Box<Investment>),
    /// Shares of electric motorcycles and buses.
    Electric(Option<f64>, Option<f64>),
    /// Programme of all lamps.
    Program(String),
    /// Factors on speed limits and headways.
    Weather(f64, f64),
}

impl Whole {
    /// What only one change can give.
    pub(super) fn target(&self) -> &'static str {
        match self {
            Self::Investment(_) => "the lamps by an investment",
            Self::Electric(..) => "the electric shares",
            Self::Program(_) => "the programme of the lamps",
            Self::Weather(..) => "the weather",
        }
    }
    /// Makes the change.
    pub(super) fn make(&self, loaded: &mut Loaded) {
        match self {
            Self::Investment(investment) => {
                investment.apply(loaded);
            }
            Self::Electric(motorcycle, bus) => {
                let shares = &mut loaded.power.grid.electric;
                shares.motorcycle = motorcycle.unwrap_or(shares.motorcycle);
                shares.bus = bus.unwrap_or(shares.bus);
            }
            Self::Program(name) => {
                let changed = loaded.lighting.as_ref().and_then(|plan| plan.with_program(name).ok());
                loaded.lighting = changed.or_else(|| loaded.lighting.take());
            }
            Self::Weather(speed, headway) => {
                let lanes = loaded.parts.links.iter_mut().flat_map(|link| &mut link.lanes);
                lanes.for_each(|lane| lane.speed_limit_mps *= speed);
                loaded.demand.types.iter_mut().for_each(|kind| kind.tau_s *= headway);
                let drawn = loaded.demand.spreads.iter_mut().filter(|spread| spread.key == "tau_s");
                drawn.for_each(|spread| spread.factor *= headway);
            }
        }
        loaded.is_other_from_start = true;
    }
}
