//! What measures on street lamps cost and save: payback, net present value, cost per MWh saved.
//!
//! A year is twelve weeks, one of each month, scaled to its days; it is computed without and with the measure. With
//! savings s in the first year, growth g of prices, upkeep u, interest i and a life of n years, the net present value is
//! −cost + Σ (s·(1+g)^(t−1) − u) / (1+i)^t. Cost per MWh saved is the annuity of the cost, upkeep included, over the
//! energy saved in a year.

use jiff::civil::Date;
use serde::Serialize;

use super::period::{self, Period};
use super::plan::PowerPlan;
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::read::source::{Files, Source};
use crate::read::table::{Records, Report, Row, nearest};
use crate::schema::bill_tables::INVESTMENTS;
use crate::write::csv::rounded;

/// A measure.
#[derive(Clone, PartialEq, Debug)]
pub struct Investment {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it costs.
    pub cost: f64,
    /// In which currency.
    pub currency: String,
    /// How long it lasts.
    pub lifetime_years: u32,
    /// Interest a year.
    pub discount: f64,
    /// Upkeep a year.
    pub upkeep: f64,
    /// Growth of prices a year.
    pub growth: f64,
    /// Its programme, by its place.
    program: Option<usize>,
    /// Which type is replaced by which.
    types: (Option<usize>, Option<usize>),
    circuit: Option<String>,
    cabinet: Option<String>,
}

/// What a measure comes to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InvestmentRow {
    /// The measure.
    pub investment_id: String,
    /// Its name.
    pub name: String,
    /// Luminaires that it changes.
    pub luminaires: usize,
    /// What it costs.
    pub cost: f64,
    /// Currency of all amounts.
    pub currency: String,
    /// How long it lasts.
    pub lifetime_years: u32,
    /// Energy of all meters without it, a year.
    pub energy_mwh: f64,
    /// Energy saved in a year.
    pub saved_mwh: f64,
    /// Carbon dioxide saved in a year, in kg.
    pub saved_co2_kg: f64,
    /// Price of the energy saved in the first year, charges for the largest power included.
    pub saved_cost: f64,
    /// Cost over what is saved in the first year after upkeep; `null`: never.
    pub payback_years: Option<f64>,
    /// Net present value over its life.
    pub net_present_value: f64,
    /// Annuity of the cost and upkeep over the energy saved; `null` where none is.
    pub cost_per_mwh_saved: Option<f64>,
    /// Hours in which sections fall short of their class at night, a year, without it.
    pub short_section_h: f64,
    /// The same with it.
    pub short_section_h_with: f64,
}

/// A year of all meters.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Year {
    energy_kwh: f64,
    co2_kg: f64,
    cost: f64,
    short_section_h: f64,
}

impl Year {
    /// Adds a month that was computed for a few of its days.
    fn add(&mut self, period: &Period, scale: f64, plan: &PowerPlan, currency: &str) {
        for (feeder, meters) in period.meters.iter().enumerate() {
            for (index, meter) in meters.iter().enumerate() {
                self.energy_kwh += meter.energy_kwh * scale;
                self.co2_kg += meter.co2_kg * scale;
                let tariff = plan.tariff(feeder, index).filter(|tariff| tariff.currency == currency);
                let Some(tariff) = tariff else { continue };
                // The largest power is charged once a month.
                self.cost += meter.cost * scale + meter.peak_kw * tariff.demand_price_per_kw;
            }
        }
        self.short_section_h += period.short_section_h * scale;
    }
}

/// Reads `investments.csv` and computes every measure for a year.
///
/// # Errors
/// All mistakes of the scenario and of the measures.
pub fn evaluate(source: &Source, year: i16) -> Result<Vec<InvestmentRow>, Problems> {
    let first = period::read_days(source, &Date::constant(year, 1, 1).to_string(), 7)?;
    let investments = read(source, &first)?;
    let mut years = vec![(Year::default(), Year::default()); investments.len()];
    let volumes = period::volumes(source, &first)?;
    for month in 1..=12 {
        let loaded = period::read_days(source, &Date::constant(year, month, 12).to_string(), 7)?;
        let scale = f64::from(Date::constant(year, month, 1).days_in_month()) / 7.0;
        let base = period::run(&loaded, volumes.as_ref())?;
        for (investment, (without, with)) in investments.iter().zip(&mut years) {
            let mut changed = loaded.clone();
            investment.apply(&mut changed);
            without.add(&base, scale, &loaded.power, &investment.currency);
            with.add(&period::run(&changed, volumes.as_ref())?, scale, &loaded.power, &investment.currency);
        }
    }
    let rows = investments.iter().zip(years);
    Ok(rows.map(|(investment, (without, with))| investment.row(&mut first.clone(), &without, &with)).collect())
}

impl Investment {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
    /// Changes the lamps of a scenario; says how many.
    pub(crate) fn apply(&self, loaded: &mut Loaded) -> usize {
        let Some(plan) = &mut loaded.lighting else { return 0 };
        let mut n_changed = 0;
        for (pole, luminaire) in plan.poles.iter_mut().zip(&mut plan.parts.luminaires) {
            let is_meant = self.types.0.is_none_or(|from| pole.kind == from)
                && self.circuit.as_ref().is_none_or(|circuit| pole.circuit == *circuit)
                && self.cabinet.as_ref().is_none_or(|cabinet| pole.cabinet == *cabinet);
            if !is_meant {
                continue;
            }
            n_changed += 1;
            if let Some(kind) = self.types.1 {
                pole.kind = kind;
                luminaire.kind = kind as u16;
                luminaire.maintenance = plan.types.maintenance[kind] as f32;
                luminaire.drive = plan.types.drive[kind] as f32;
            }
            if let Some(program) = self.program {
                luminaire.program = program as u16;
            }
        }
        n_changed
    }

    fn row(&self, loaded: &mut Loaded, without: &Year, with: &Year) -> InvestmentRow {
        let saved_mwh = (without.energy_kwh - with.energy_kwh) / 1000.0;
        let saved_cost = without.cost - with.cost;
        let first = saved_cost - self.upkeep;
        let cost_a_year = self.cost * annuity(self.discount, self.lifetime_years) + self.upkeep;
        InvestmentRow {
            investment_id: self.id.clone(),
            name: self.name.clone(),
            luminaires: self.apply(loaded),
            cost: self.cost,
            currency: self.currency.clone(),
            lifetime_years: self.lifetime_years,
            energy_mwh: rounded(without.energy_kwh / 1000.0, 4),
            saved_mwh: rounded(saved_mwh, 4),
            saved_co2_kg: rounded(without.co2_kg - with.co2_kg, 2),
            saved_cost: rounded(saved_cost, 2),
            payback_years: (first > 0.0).then(|| rounded(self.cost / first, 3)),
            net_present_value: rounded(self.net_present_value(saved_cost), 2),
            cost_per_mwh_saved: (saved_mwh > 1e-9).then(|| rounded(cost_a_year / saved_mwh, 2)),
            short_section_h: rounded(without.short_section_h, 2),
            short_section_h_with: rounded(with.short_section_h, 2),
        }
    }

    fn net_present_value(&self, saved_cost: f64) -> f64 {
        let (mut value, mut saved, mut discount) = (-self.cost, saved_cost, 1.0);
        for _ in 0..self.lifetime_years {
            discount *= 1.0 + self.discount;
            value += (saved - self.upkeep) / discount;
            saved *= 1.0 + self.growth;
        }
        value
    }
}

/// What one pays a year for one unit of money over some years.
fn annuity(discount: f64, years: u32) -> f64 {
    let n = f64::from(years);
    if discount == 0.0 { 1.0 / n } else { discount / (1.0 - (1.0 + discount).powf(-n)) }
}

/// The measures of `investments.csv`.
pub(crate) fn read(source: &Source, loaded: &Loaded) -> Result<Vec<Investment>, Problems> {
    let (mut files, mut report) = (Files::new(source.clone()), Report::default());
    let records = Records::required(&mut files, "", &INVESTMENTS, &mut report);
    let mut all: Vec<Investment> = Vec::new();
    let Some(lighting) = &loaded.lighting else {
        return Err(Problem::new(records.file(), "measures are on street lamps, and the scenario has none").into());
    };
    let circuits: Vec<String> = lighting.circuits.clone();
    let cabinets: Vec<String> = lighting.poles.iter().map(|pole| pole.cabinet.clone()).collect();
    let currencies: Vec<String> = loaded.power.tariffs.iter().map(|tariff| tariff.currency.clone()).collect();
    for row in records.rows() {
        let id = row.text("investment_id").to_owned();
        if all.iter().any(|other| other.id == id) {
            report.problem(row.problem("investment_id", "is there twice"));
        }
        let program = named(row, "program", &lighting.programs, &mut report);
        let types = ["type_from", "type_to"].map(|column| named(row, column, &lighting.types.names, &mut report));
        named(row, "circuit_id", &circuits, &mut report);
        named(row, "cabinet_id", &cabinets, &mut report);
        named(row, "currency", &currencies, &mut report);
        if row.get("program").is_none() && row.get("type_to").is_none() {
            report.problem(row.problem("program", "changes nothing").allowed("a program, a type_to, or both"));
        }
        if let [Some(from), Some(to)] = types {
            let follows = |kind: usize| lighting.types.list[kind].power.supply.follows_voltage();
            if follows(from) != follows(to) {
                let hint = "give the lamps their new type in luminaires.csv of a scenario of its own";
                report.problem(row.problem("type_to", "draws by another law of voltage than type_from").hint(hint));
            }
        }
        let share = |column: &str, default: f64| row.number(column).unwrap_or(default) / 100.0;
        all.push(Investment {
            name: row.get("name").unwrap_or(&id).to_owned(),
            cost: row.number("cost").unwrap_or(0.0),
            currency: row.text("currency").to_owned(),
            lifetime_years: row.integer("lifetime_years").map_or(1, |years| years as u32),
            discount: share("discount_percent", 8.0),
            upkeep: row.number("upkeep_per_year").unwrap_or(0.0),
            growth: share("price_growth_percent", 0.0),
            program,
            types: (types[0], types[1]),
            circuit: row.get("circuit_id").map(str::to_owned),
            cabinet: row.get("cabinet_id").map(str::to_owned),
            id,
        });
    }
    if all.is_empty() && report.problems.list.is_empty() {
        report.problem(Problem::new(records.file(), "has no row"));
    }
    report.told().or_ok(all)
}

/// The place of what a cell names, if it names something.
fn named(row: Row<'_>, column: &str, known: &[String], report: &mut Report) -> Option<usize> {
    let id = row.get(column)?;
    let found = known.iter().position(|name| name == id);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let problem = row.problem(column, "is not known to the scenario");
        report.problem(match nearest(id, &names) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_that_of_the_closed_form() {
        let investment = Investment {
            id: String::new(),
            name: String::new(),
            cost: 1000.0,
            currency: "VND".into(),
            lifetime_years: 10,
            discount: 0.08,
            upkeep: 20.0,
            growth: 0.0,
            program: None,
            types: (None, None),
            circuit: None,
            cabinet: None,
        };
        // Σ 1.08^-t over ten years is 6.710081.
        assert!((investment.net_present_value(220.0) - (-1000.0 + 200.0 * 6.710_081_4)).abs() < 1e-4);
        assert!((annuity(0.08, 10) - 1.0 / 6.710_081_4).abs() < 1e-9);
        assert_eq!(annuity(0.0, 4), 0.25);
        let growing = Investment { growth: 0.08, upkeep: 0.0, ..investment };
        // Growth as large as interest: every year is worth the first one, discounted once.
        assert!((growing.net_present_value(108.0) - 0.0).abs() < 1e-9);
    }
}
