//! Tariffs with their calendars, and the carbon dioxide of the grid: prices as steps over the time of the run.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sim_core::power::system::Steps;

use super::Around;
use crate::power::plan::TariffName;
use crate::read::gmns::signals::parse_days;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::power_tables::{GRID_CO2, TARIFFS};

/// What was read.
#[derive(Default)]
pub(super) struct Tariffs {
    pub(super) names: Vec<TariffName>,
    /// Prices per kWh, taxes included, by tariff.
    pub(super) prices: Vec<Steps>,
    pub(super) co2_kg_per_kwh: Steps,
}

const MINUTES_PER_DAY: usize = 1440;

/// A price and when it holds.
struct Period<'a> {
    row: Row<'a>,
    days: [bool; 7],
    /// Month and day.
    season: [(i8, i8); 2],
    minutes: [usize; 2],
    price: f64,
}

impl Period<'_> {
    fn holds_on(&self, date: Date) -> bool {
        let day = (date.month(), date.day());
        let [from, to] = self.season;
        let is_in_season = if from <= to { from <= day && day <= to } else { day >= from || day <= to };
        is_in_season && self.days[date.weekday().to_monday_zero_offset() as usize]
    }
}

pub(super) fn read(files: &mut Files, around: Around<'_>, report: &mut Report) -> Tariffs {
    let mut found = Tariffs::default();
    let records = Records::optional(files, "", &TARIFFS, report);
    let mut tariffs: Vec<(String, Vec<Period<'_>>)> = Vec::new();
    for row in records.rows() {
        let id = row.text("tariff_id");
        let period = period(row, report);
        let vat = 1.0 + row.number("vat_percent").unwrap_or(0.0) / 100.0;
        let demand_price_per_kw = row.number("demand_price_per_kw").unwrap_or(0.0) * vat;
        let currency = row.text("currency");
        match found.names.iter().position(|name| name.id == id) {
            Some(place) => {
                let name = &mut found.names[place];
                name.demand_price_per_kw = name.demand_price_per_kw.max(demand_price_per_kw);
                if name.currency != currency {
                    report.problem(row.problem("currency", format!("the tariff began with {:?}", name.currency)));
                }
                tariffs[place].1.extend(period);
            }
            None => {
                found.names.push(TariffName { id: id.to_owned(), currency: currency.to_owned(), demand_price_per_kw });
                tariffs.push((id.to_owned(), period.into_iter().collect()));
            }
        }
    }
    let first = around.place.date.as_deref().and_then(|date| date.parse::<Date>().ok());
    for (_, periods) in &tariffs {
        check_calendar(periods, report);
        // Without a date the first day is a Monday in January.
        let date = first.unwrap_or_else(|| jiff::civil::date(2024, 1, 1));
        found.prices.push(steps(date, around.window_s, |date, minute| {
            let holds = |period: &&Period<'_>| {
                period.holds_on(date) && (period.minutes[0]..period.minutes[1]).contains(&minute)
            };
            periods.iter().find(holds).map(|period| period.price)
        }));
        let depends = |period: &Period<'_>| period.days != [true; 7] || period.season != [(1, 1), (12, 31)];
        if first.is_none() && periods.iter().any(depends) {
            report
                .notice("a tariff has seasons or days, but the scenario has no date: a Monday in January is taken", 1);
        }
    }
    found.co2_kg_per_kwh = co2(files, first, around.window_s, report);
    found
}

fn period<'a>(row: Row<'a>, report: &mut Report) -> Option<Period<'a>> {
    let days = parse_days(row.text("days"));
    if days.is_none() {
        report.problem(row.problem("days", "is not legal").allowed("daily, or days and ranges such as mon-fri sun"));
    }
    let mut season_day = |name: &str, default: (i8, i8)| -> Option<(i8, i8)> {
        let Some(cell) = row.get(name) else { return Some(default) };
        let parsed = format!("2024-{cell}").parse::<Date>().ok().map(|date| (date.month(), date.day()));
        if parsed.is_none() {
            report.problem(row.problem(name, "is no day of the year").allowed("MM-DD"));
        }
        parsed
    };
    let season = [season_day("season_from", (1, 1)), season_day("season_to", (12, 31))];
    let minutes = minutes(row, report);
    let price = row.number("price_per_kwh")?;
    let vat = 1.0 + row.number("vat_percent").unwrap_or(0.0) / 100.0;
    Some(Period { row, days: days?, season: [season[0]?, season[1]?], minutes: minutes?, price: price * vat })
}

/// From and to as minutes of the day.
fn minutes(row: Row<'_>, report: &mut Report) -> Option<[usize; 2]> {
    let at = |name: &str, default_s: f64| if row.get(name).is_some() { row.instant_s(name) } else { Some(default_s) };
    let (from_s, to_s) = (at("from", 0.0)?, at("to", 86_400.0)?);
    if !(0.0 <= from_s && from_s < to_s && to_s <= 86_400.0) || from_s % 60.0 != 0.0 || to_s % 60.0 != 0.0 {
        let problem = row.problem("to", "is no part of a day").allowed("whole minutes, 0:00 to 24:00, to after from");
        report.problem(problem.hint("a period over midnight needs two rows"));
        return None;
    }
    Some([(from_s / 60.0) as usize, (to_s / 60.0) as usize])
}

/// Every minute of a leap year must have one price.
fn check_calendar(periods: &[Period<'_>], report: &mut Report) {
    let Some(first) = periods.first() else { return };
    let mut date = jiff::civil::date(2024, 1, 1);
    // All days of a year, on all days of the week.
    let mut days: BTreeMap<(Vec<usize>, i8), Date> = BTreeMap::new();
    for _ in 0..366 {
        for shift in 0..7 {
            let weekday = (date.weekday().to_monday_zero_offset() as usize + shift) % 7;
            let holding: Vec<usize> = (0..periods.len())
                .filter(|&index| {
                    let period = &periods[index];
                    let day = (date.month(), date.day());
                    let [from, to] = period.season;
                    let is_in = if from <= to { from <= day && day <= to } else { day >= from || day <= to };
                    is_in && period.days[weekday]
                })
                .collect();
            days.entry((holding, weekday as i8)).or_insert(date);
        }
        date = date.tomorrow().unwrap_or(date);
    }
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut said = 0;
    for ((holding, weekday), date) in days {
        let mut count = vec![0_u32; MINUTES_PER_DAY + 1];
        count[MINUTES_PER_DAY] = 1;
        for index in holding {
            let [from, to] = periods[index].minutes;
            count[from..to].iter_mut().for_each(|count| *count += 1);
        }
        let Some(minute) = count.iter().position(|count| *count != 1) else { continue };
        let until = (minute..=MINUTES_PER_DAY).find(|&other| count[other] != count[minute]).unwrap_or(MINUTES_PER_DAY);
        let what = if count[minute] == 0 { "has no price" } else { "has more than one price" };
        let clock = |minute: usize| format!("{}:{:02}", minute / 60, minute % 60);
        let message = format!(
            "the tariff {what} on {} {:02}-{:02} from {} to {}",
            NAMES[weekday as usize],
            date.month(),
            date.day(),
            clock(minute),
            clock(until)
        );
        report.problem(
            first.row.problem("tariff_id", message).hint("rows of a tariff must cover every minute of the year once"),
        );
        said += 1;
        if said == 3 {
            break;
        }
    }
}

/// Values minute by minute over the run, as steps.
fn steps(first: Date, (begin_s, end_s): (f64, f64), value: impl Fn(Date, usize) -> Option<f64>) -> Steps {
    let mut steps = Steps::default();
    let (from_day, to_day) = ((begin_s / 86_400.0).floor() as i64, (end_s / 86_400.0).ceil() as i64);
    for day in from_day..to_day.clamp(from_day + 1, from_day + 400) {
        let Ok(date) = first.checked_add(jiff::Span::new().days(day)) else { break };
        for minute in 0..MINUTES_PER_DAY {
            let Some(value) = value(date, minute) else { continue };
            if steps.values.last() != Some(&value) {
                steps.from_ms.push((day * MINUTES_PER_DAY as i64 + minute as i64) * 60_000);
                steps.values.push(value);
            }
        }
    }
    steps
}

/// Carbon dioxide per kWh over the run.
fn co2(files: &mut Files, first: Option<Date>, window_s: (f64, f64), report: &mut Report) -> Steps {
    let records = Records::optional(files, "", &GRID_CO2, report);
    let mut rows: Vec<(i64, [usize; 2], f64)> = Vec::new();
    for row in records.rows() {
        let (Some(year), Some(kg)) = (row.integer("year"), row.number("kg_per_kwh")) else { continue };
        if let Some(minutes) = minutes(row, report) {
            rows.push((year, minutes, kg));
        }
    }
    let wanted = first.map(|date| i64::from(date.year()));
    let years = rows.iter().map(|(year, ..)| *year);
    let past = years.clone().filter(|year| wanted.is_none_or(|wanted| *year <= wanted)).max();
    let Some(year) = past.or_else(|| years.min()) else { return Steps::default() };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != year) {
        report.notice(format!("grid_co2.csv has no row for {wanted}; the factor of {year} is taken"), 1);
    }
    rows.retain(|(other, ..)| *other == year);
    let mut covered = vec![0_u32; MINUTES_PER_DAY];
    rows.iter().for_each(|(_, [from, to], _)| covered[*from..*to].iter_mut().for_each(|count| *count += 1));
    if let Some(minute) = covered.iter().position(|count| *count != 1) {
        let what = if covered[minute] == 0 { "no factor" } else { "more than one factor" };
        let message = format!("year {year} has {what} at {}:{:02}", minute / 60, minute % 60);
        report.problem(crate::error::Problem::new(records.file(), message));
    }
    let date = first.unwrap_or_else(|| jiff::civil::date(2024, 1, 1));
    steps(date, window_s, |_, minute| rows.iter().find(|row| (row.1[0]..row.1[1]).contains(&minute)).map(|row| row.2))
}
