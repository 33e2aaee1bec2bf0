//! Bills against the model: what each meter was billed for in a month, what the model says, and what may explain it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use serde::Serialize;

use super::period::{self, MeterEnergy, Period};
use super::plan::PowerPlan;
use crate::error::{Problem, Problems};
use crate::read::source::{Files, Source};
use crate::read::table::{Records, Report, nearest};
use crate::schema::bill_tables::METER_READINGS;
use crate::write::csv::rounded;

/// Within this a bill and the model agree, and an explanation fits.
const CLOSE: f64 = 0.05;

/// A bill of a meter.
#[derive(Clone, PartialEq, Debug)]
pub struct Bill {
    /// Feeder and meter.
    pub meter: (usize, usize),
    /// First day of its month.
    pub month: Date,
    /// Energy billed.
    pub energy_kwh: f64,
    /// What was paid.
    pub cost: Option<f64>,
    /// Where it comes from.
    pub source: String,
}

/// A bill beside the model.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct BillRow {
    /// The meter.
    pub meter_id: String,
    /// Its name.
    pub name: String,
    /// Its feeder.
    pub feeder_id: String,
    /// The month, YYYY-MM.
    pub month: String,
    /// Energy billed.
    pub bill_kwh: f64,
    /// Energy of the model.
    pub model_kwh: f64,
    /// Bill less model.
    pub difference_kwh: f64,
    /// The same over the model.
    pub difference_pct: Option<f64>,
    /// What was paid.
    pub bill_cost: Option<f64>,
    /// What the model says it costs, the charge for the largest power included.
    pub model_cost: Option<f64>,
    /// Currency of both.
    pub currency: String,
    /// What may explain the difference; `-` where both agree within 5 %.
    pub likely_cause: String,
    /// Where the bill comes from.
    pub source: String,
}

/// Reads `observed/meters.csv` and holds every bill against the model of its month; the largest difference first.
///
/// # Errors
/// All mistakes of the scenario and of the readings.
pub fn compare(source: &Source) -> Result<Vec<BillRow>, Problems> {
    let today = period::read_days(source, "2026-01-01", 1)?;
    let bills = read(source, &today.power)?;
    let mut months: BTreeMap<Date, Period> = BTreeMap::new();
    for month in bills.iter().map(|bill| bill.month) {
        if let Entry::Vacant(entry) = months.entry(month) {
            let loaded = period::read_days(source, &month.to_string(), i64::from(month.days_in_month()))?;
            let volumes = period::volumes(source, &loaded)?;
            entry.insert(period::run(&loaded, volumes.as_ref())?);
        }
    }
    let mut rows: Vec<BillRow> =
        bills.iter().map(|bill| row(bill, &months[&bill.month], &bills, &today.power)).collect();
    rows.sort_by(|a, b| {
        b.difference_kwh.abs().total_cmp(&a.difference_kwh.abs()).then_with(|| a.meter_id.cmp(&b.meter_id))
    });
    Ok(rows)
}

fn read(source: &Source, plan: &PowerPlan) -> Result<Vec<Bill>, Problems> {
    let (mut files, mut report) = (Files::new(source.clone()), Report::default());
    let records = Records::required(&mut files, "", &METER_READINGS, &mut report);
    let known: Vec<(&str, (usize, usize))> = plan
        .meters
        .iter()
        .enumerate()
        .flat_map(|(feeder, meters)| {
            meters.iter().enumerate().map(move |(index, meter)| (meter.id.as_str(), (feeder, index)))
        })
        .collect();
    let mut bills: Vec<Bill> = Vec::new();
    for row in records.rows() {
        let id = row.text("meter_id");
        let meter = known.iter().find(|(name, _)| *name == id).map(|(_, meter)| *meter);
        if meter.is_none() {
            let ids: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let problem = row.problem("meter_id", "there is no such meter in feeder_meters.csv");
            report.problem(match nearest(id, &ids) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem,
            });
        }
        let text = row.text("month");
        let month = (text.len() == 7).then(|| format!("{text}-01").parse::<Date>().ok()).flatten();
        if month.is_none() {
            report.problem(row.problem("month", "is no month").allowed("YYYY-MM"));
        }
        let (Some(meter), Some(month), Some(energy_kwh)) = (meter, month, row.number("energy_kwh")) else { continue };
        if bills.iter().any(|bill| bill.meter == meter && bill.month == month) {
            report
                .problem(row.problem("month", "was billed on this meter already").allowed("one row a meter and month"));
        }
        let (cost, source) = (row.number("cost"), row.get("source").unwrap_or("").to_owned());
        bills.push(Bill { meter, month, energy_kwh, cost, source });
    }
    if bills.is_empty() && report.problems.list.is_empty() {
        report.problem(Problem::new(records.file(), "has no row"));
    }
    report.told().or_ok(bills)
}

fn row(bill: &Bill, period: &Period, bills: &[Bill], plan: &PowerPlan) -> BillRow {
    let (feeder, index) = bill.meter;
    let (name, energy) = (&plan.meters[feeder][index], &period.meters[feeder][index]);
    let tariff = plan.tariff(feeder, index);
    let difference_kwh = bill.energy_kwh - energy.energy_kwh;
    let model_cost = tariff.map(|tariff| energy.cost + energy.peak_kw * tariff.demand_price_per_kw);
    BillRow {
        meter_id: name.id.clone(),
        name: name.name.clone(),
        feeder_id: plan.circuits[feeder].name.clone(),
        month: format!("{:04}-{:02}", bill.month.year(), bill.month.month()),
        bill_kwh: rounded(bill.energy_kwh, 3),
        model_kwh: rounded(energy.energy_kwh, 3),
        difference_kwh: rounded(difference_kwh, 3),
        difference_pct: (energy.energy_kwh > 1e-3).then(|| rounded(difference_kwh / energy.energy_kwh * 100.0, 2)),
        bill_cost: bill.cost,
        model_cost: model_cost.map(|cost| rounded(cost, 2)),
        currency: tariff.map_or_else(String::new, |tariff| tariff.currency.clone()),
        likely_cause: cause(bill, energy, period, (bills, plan)),
        source: bill.source.clone(),
    }
}

/// What may explain a difference: the explanation whose energy comes nearest to the bill, if it comes within 5 %.
fn cause(bill: &Bill, energy: &MeterEnergy, period: &Period, (bills, plan): (&[Bill], &PowerPlan)) -> String {
    let (billed, model, lamps) = (bill.energy_kwh, energy.energy_kwh, energy.lamps_kwh);
    let is_close = |kwh: f64| (kwh - billed).abs() <= CLOSE * billed.max(1e-6);
    if is_close(model) {
        return "-".to_owned();
    }
    if model < 1e-3 || (energy.has_chargers && billed > model) {
        let who = if energy.has_chargers {
            "vehicles that charge are not in it: they need a run"
        } else {
            "nothing is modelled behind it"
        };
        return who.to_owned();
    }
    let mut known: Vec<(f64, String)> = vec![
        (model * 2.0, "the bill covers two months".to_owned()),
        (0.0, "the meter stands still, or nothing was delivered".to_owned()),
    ];
    if lamps > 0.02 * model {
        let rest = model - lamps;
        known.extend([
            (rest + energy.lamps_kw * period.night_h, "lamps burn at full output all night: no dimming".to_owned()),
            (rest + energy.lamps_kw * period.hours, "lamps burn day and night".to_owned()),
            (rest + lamps * 2.0 / 3.0, "a third of the lamps is dark: a line phase without supply".to_owned()),
            (rest + lamps / 3.0, "two thirds of the lamps are dark: two line phases without supply".to_owned()),
            (rest, "no lamp burns".to_owned()),
        ]);
    }
    // Readings of two meters that were mistaken for each other fit crosswise.
    for other in bills.iter().filter(|other| other.meter != bill.meter && other.month == bill.month) {
        let theirs = period.meters[other.meter.0][other.meter.1].energy_kwh;
        if (other.energy_kwh - model).abs() <= CLOSE * model {
            let name = &plan.meters[other.meter.0][other.meter.1].id;
            known.push((theirs, format!("readings of this meter and of {name} are mistaken for each other")));
        }
    }
    let off = |kwh: f64| (kwh - billed).abs();
    let best = known.into_iter().min_by(|a, b| off(a.0).total_cmp(&off(b.0)));
    match best.filter(|(kwh, _)| is_close(*kwh)) {
        Some((_, words)) => words,
        None => {
            let watts = rounded((billed - model) / period.hours * 1000.0, 0);
            if watts > 0.0 {
                format!("something draws {watts} W on average that is not in loads.csv, or runs longer than assumed")
            } else {
                format!("something in loads.csv draws {} W less on average than assumed", -watts)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power::plan::MeterName;

    /// Two meters: of 100 lamps with signals, and of chargers.
    fn period() -> Period {
        let lamps = MeterEnergy { energy_kwh: 2200.0, lamps_kwh: 2000.0, lamps_kw: 10.0, ..MeterEnergy::default() };
        let other = MeterEnergy { energy_kwh: 900.0, ..MeterEnergy::default() };
        let chargers = MeterEnergy { energy_kwh: 50.0, has_chargers: true, ..MeterEnergy::default() };
        Period { meters: vec![vec![lamps, other, chargers]], hours: 720.0, night_h: 360.0, short_section_h: 0.0 }
    }

    fn causes(energies_kwh: &[(usize, f64)]) -> Vec<String> {
        let meter = |id: &str| MeterName { id: id.to_owned(), name: id.to_owned(), tariff: None };
        let plan =
            PowerPlan { meters: vec![vec![meter("lamps"), meter("other"), meter("chargers")]], ..PowerPlan::default() };
        let month = Date::constant(2026, 4, 1);
        let bill = |&(index, energy_kwh): &(usize, f64)| Bill {
            meter: (0, index),
            month,
            energy_kwh,
            cost: None,
            source: String::new(),
        };
        let bills: Vec<Bill> = energies_kwh.iter().map(bill).collect();
        let period = period();
        let cause_of = |bill: &Bill| cause(bill, &period.meters[0][bill.meter.1], &period, (&bills, &plan));
        bills.iter().map(cause_of).collect()
    }

    #[test]
    fn likely_causes_are_those_whose_energy_fits() {
        for (energy_kwh, expected) in [
            (2250.0, "-"),
            (3800.0, "lamps burn at full output all night: no dimming"),
            (7400.0, "lamps burn day and night"),
            (1533.0, "a third of the lamps is dark: a line phase without supply"),
            (205.0, "no lamp burns"),
            (4400.0, "the bill covers two months"),
            (0.0, "the meter stands still, or nothing was delivered"),
            (2560.0, "something draws 500 W on average that is not in loads.csv, or runs longer than assumed"),
            (1900.0, "something in loads.csv draws 417 W less on average than assumed"),
        ] {
            assert_eq!(causes(&[(0, energy_kwh)]), [expected], "{energy_kwh} kWh");
        }
        let crossed = causes(&[(0, 905.0), (1, 2190.0)]);
        assert_eq!(crossed[0], "readings of this meter and of other are mistaken for each other");
        assert_eq!(crossed[1], "readings of this meter and of lamps are mistaken for each other");
        assert_eq!(causes(&[(2, 500.0)]), ["vehicles that charge are not in it: they need a run"]);
    }
}
