//! Reads `observed/counts.csv` and `observed/speeds.csv`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sim_core::ids::{Id, LinkId};
use sim_core::network::parts::NetworkParts;
use sim_core::units::{SimTime, VehicleClass};

use super::{Observation, Observed, Rule, Subject, Use, What};
use crate::loaded::Names;
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::observed_tables::{COUNTS, SPEEDS};

/// What rows refer to.
struct Context<'a> {
    links: BTreeMap<&'a str, LinkId>,
    names: &'a Names,
    parts: &'a NetworkParts,
    interval_ms: i64,
    /// The use that each day was first given.
    use_of_day: BTreeMap<String, Use>,
    seen: BTreeSet<(Subject, String)>,
}

/// Reads what was observed; nothing where the tables are missing.
pub fn read(
    files: &mut Files,
    (names, parts): (&Names, &NetworkParts),
    interval_ms: i64,
    rule: Rule,
    report: &mut Report,
) -> Observed {
    let links = names.links.iter().enumerate().map(|(index, id)| (id.as_str(), LinkId::from_index(index))).collect();
    let (use_of_day, seen) = (BTreeMap::new(), BTreeSet::new());
    let mut context = Context { links, names, parts, interval_ms, use_of_day, seen };
    let counts = Records::optional(files, "", &COUNTS, report);
    let speeds = Records::optional(files, "", &SPEEDS, report);
    let mut rows: Vec<Observation> = counts.rows().filter_map(|row| context.count(row, report)).collect();
    rows.extend(speeds.rows().filter_map(|row| {
        let value = row.number("speed_kmh")? / 3.6;
        context.observation(row, What::Speed, value, report)
    }));
    Observed { rows, rule }
}

impl Context<'_> {
    fn count(&mut self, row: Row<'_>, report: &mut Report) -> Option<Observation> {
        let value = row.number("count")?;
        let what = match row.get("to_link_id") {
            Some(_) => {
                let (from, to) = (self.link(row, "link_id", report)?, self.link(row, "to_link_id", report)?);
                let leads = |connector: &sim_core::network::parts::ConnectorPart| {
                    connector.from.link == from && connector.leads_to.link == to
                };
                if !self.parts.connectors.iter().any(leads) {
                    let message = format!("no movement leads there from {:?}", row.text("link_id"));
                    report.problem(row.problem("to_link_id", message));
                    return None;
                }
                if row.word("class").is_some_and(|class| class != "all") {
                    report.problem(
                        row.problem("class", "movements are counted over all classes").allowed("all, or no to_link_id"),
                    );
                    return None;
                }
                What::Movement(to)
            }
            None => match row.word("position").as_deref() {
                Some("entry") => What::Entry,
                Some("exit") => What::Exit,
                _ => What::Middle,
            },
        };
        self.observation(row, what, value, report)
    }

    fn link(&self, row: Row<'_>, column: &str, report: &mut Report) -> Option<LinkId> {
        let id = row.text(column);
        let found = self.links.get(id).copied();
        if found.is_none() && !id.is_empty() {
            report.problem(dangling(row.problem(column, "is no link"), id, self.names.links.iter()));
        }
        found
    }

    fn observation(&mut self, row: Row<'_>, what: What, value: f64, report: &mut Report) -> Option<Observation> {
        let link = self.link(row, "link_id", report);
        let class = self.class(row, report);
        let usage = if row.word("use").as_deref() == Some("held_out") { Use::HeldOut } else { Use::Calibration };
        self.check_day(row, usage, report);
        let (begin_ms, end_ms) = self.interval(row, report)?;
        let subject =
            Subject { usage, what, site: row.text("site").to_owned(), link: link?, class: class?, begin_ms, end_ms };
        let date = row.text("date").to_owned();
        if !self.seen.insert((subject.clone(), date.clone())) {
            report.problem(row.problem("begin", "the same site, class, day and interval are there twice"));
        }
        Some(Observation { subject, date, value })
    }

    /// `Some(None)` for all classes.
    fn class(&self, row: Row<'_>, report: &mut Report) -> Option<Option<VehicleClass>> {
        let name = row.word("class").unwrap_or_else(|| "all".to_owned());
        if name == "all" {
            return Some(None);
        }
        let found = VehicleClass::from_name(&name);
        if found.is_none() {
            report.problem(row.problem("class", "is no vehicle class").allowed("all, car, motorcycle, bus, truck, …"));
        }
        found.map(Some)
    }

    fn check_day(&mut self, row: Row<'_>, usage: Use, report: &mut Report) {
        let day = row.text("date");
        if !day.is_empty() && day.parse::<Date>().is_err() {
            report.problem(row.problem("date", "is no date").allowed("YYYY-MM-DD"));
        }
        if *self.use_of_day.entry(day.to_owned()).or_insert(usage) != usage {
            let message = if day.is_empty() {
                "rows for calibration and held-out rows need dates that tell them apart"
            } else {
                "this day is used for calibration and held out as well"
            };
            report.problem(row.problem("use", message).hint("a model is not tested on the days it was adjusted to"));
        }
    }

    fn interval(&self, row: Row<'_>, report: &mut Report) -> Option<(i64, i64)> {
        let ms = |column| row.instant_s(column).map(|s| SimTime::from_s(s).0);
        let (begin_ms, end_ms) = (ms("begin")?, ms("end")?);
        if begin_ms >= end_ms {
            report.problem(row.problem("end", "is not after begin"));
            return None;
        }
        for (column, at_ms) in [("begin", begin_ms), ("end", end_ms)] {
            if at_ms.rem_euclid(self.interval_ms) != 0 {
                let every_s = self.interval_ms as f64 / 1000.0;
                let message = format!("does not lie on the clock of the results, every {every_s} s");
                report.problem(row.problem(column, message).hint("set observe.interval_s in scenario.toml"));
                return None;
            }
        }
        Some((begin_ms, end_ms))
    }
}
