//! Hourly volumes: traffic on links over the hours of a kind of day.

use std::path::Path;

use sim_core::network::parts::{LinkKind, NetworkParts};

use crate::error::{Problem, Problems};
use crate::loaded::Names;
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::schema::lighting_tables::VOLUMES;

const DAY_MS: i64 = 86_400_000;

/// Traffic on a link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flow {
    /// Vehicles an hour.
    pub vehicles_per_h: f64,
    /// Passenger-car units of a vehicle.
    pub pcu_per_vehicle: f64,
    /// Share of two-wheelers.
    pub two_wheeler_share: f64,
    /// Mean speed.
    pub speed_mps: f64,
}

/// A kind of day.
#[derive(Clone, PartialEq, Debug)]
pub struct DayType {
    /// Its name.
    pub name: String,
    /// Days of a year of this kind, when known.
    pub days_per_year: Option<f64>,
    /// By link: from, to, flow.
    flows: Vec<Vec<(i64, i64, Flow)>>,
    /// First and last instant that is covered.
    covered_ms: (i64, i64),
}

/// Volumes of all kinds of days.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Volumes {
    /// Kinds of days.
    pub day_types: Vec<DayType>,
}

impl Volumes {
    /// Reads the volumes of a scenario; `None` if it has none.
    ///
    /// # Errors
    /// All mistakes in the table.
    pub fn of_scenario(files: &mut Files, parts: &NetworkParts, names: &Names) -> Result<Option<Self>, Problems> {
        if !files.source.has(VOLUMES.file) {
            return Ok(None);
        }
        let bytes = files.bytes(VOLUMES.file)?;
        Self::parse(&bytes, &files.source.label(VOLUMES.file), parts, names).map(Some)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// All mistakes in it.
    pub fn parse(bytes: &[u8], file: &Path, parts: &NetworkParts, names: &Names) -> Result<Self, Problems> {
        let mut report = Report::default();
        let records = Records::parse(bytes, file.to_owned(), &VOLUMES, &mut report);
        let mut volumes = Self::default();
        for row in records.rows() {
            let (Some(begin_s), Some(end_s)) = (row.instant_s("begin"), row.instant_s("end")) else { continue };
            if end_s <= begin_s {
                report.problem(
                    row.problem("end", "is not after begin").hint("hours after midnight count on: 24:00, 25:00"),
                );
                continue;
            }
            let links = match row.get("link_id") {
                Some(name) => match names.links.iter().position(|known| known == name) {
                    Some(link) => vec![link],
                    None => {
                        report.problem(dangling(
                            row.problem("link_id", "there is no such link"),
                            name,
                            names.links.iter(),
                        ));
                        continue;
                    }
                },
                None => {
                    let priority = row.integer("priority");
                    let fits = |at: &usize| {
                        let link = &parts.links[*at];
                        link.kind == LinkKind::Road && priority.is_none_or(|wanted| i64::from(link.priority) == wanted)
                    };
                    (0..parts.links.len()).filter(fits).collect()
                }
            };
            if row.get("vehicles_per_hour").is_none() && row.get("vehicles_per_hour_per_lane").is_none() {
                report.problem(row.problem("vehicles_per_hour", "is empty").hint("or give vehicles_per_hour_per_lane"));
                continue;
            }
            let span = ((begin_s * 1000.0) as i64, (end_s * 1000.0) as i64);
            let day =
                volumes.day_type(row.get("day_type").unwrap_or("day"), row.number("days_per_year"), parts.links.len());
            day.covered_ms = (day.covered_ms.0.min(span.0), day.covered_ms.1.max(span.1));
            for link in links {
                let lanes = &parts.links[link].lanes;
                let per_lane = row.number("vehicles_per_hour_per_lane").unwrap_or(0.0) * lanes.len() as f64;
                let limit = lanes.first().map_or(10.0, |lane| lane.speed_limit_mps);
                let flow = Flow {
                    vehicles_per_h: row.number("vehicles_per_hour").unwrap_or(per_lane),
                    pcu_per_vehicle: row.number("pcu_per_vehicle").unwrap_or(1.0),
                    two_wheeler_share: row.number("two_wheeler_share").unwrap_or(0.0),
                    speed_mps: row.number("speed_kmh").map_or(limit, |kmh| kmh / 3.6),
                };
                if day.flows[link].iter().any(|(from, to, _)| *from < span.1 && span.0 < *to)
                    && row.get("link_id").is_some()
                {
                    report.problem(row.problem("begin", "overlaps an earlier row of the same link and kind of day"));
                }
                day.flows[link].push((span.0, span.1, flow));
            }
        }
        if volumes.day_types.is_empty() && report.problems.list.is_empty() {
            report.problem(Problem::new(file, "has no row"));
        }
        report.told().or_ok(volumes)
    }

    fn day_type(&mut self, name: &str, days: Option<f64>, n_links: usize) -> &mut DayType {
        let at = self.day_types.iter().position(|day| day.name == name).unwrap_or_else(|| {
            self.day_types.push(DayType {
                name: name.to_owned(),
                days_per_year: None,
                flows: vec![Vec::new(); n_links],
                covered_ms: (i64::MAX, i64::MIN),
            });
            self.day_types.len() - 1
        });
        let day = &mut self.day_types[at];
        day.days_per_year = day.days_per_year.or(days);
        day
    }

    /// Traffic on a link at an instant of a kind of day; none where nothing is said.
    pub fn at(&self, day_type: usize, link: usize, now_ms: i64) -> Flow {
        let none = Flow { vehicles_per_h: 0.0, pcu_per_vehicle: 1.0, two_wheeler_share: 0.0, speed_mps: 10.0 };
        let flows = &self.day_types[day_type].flows[link];
        // Tables write the hours after midnight as 24 and more, or as 0 and more.
        let found = [now_ms, now_ms - DAY_MS, now_ms + DAY_MS]
            .into_iter()
            .find_map(|at| flows.iter().rfind(|(from, to, _)| at >= *from && at < *to));
        found.map_or(none, |(_, _, flow)| *flow)
    }

    /// Whether a kind of day covers all of a night.
    pub fn covers(&self, day_type: usize, (from_ms, to_ms): (i64, i64)) -> bool {
        let day = &self.day_types[day_type];
        let mut at = from_ms;
        while at < to_ms {
            let is_known = day.flows.iter().any(|flows| {
                flows.iter().any(|(from, to, _)| [at, at - DAY_MS, at + DAY_MS].iter().any(|at| at >= from && at < to))
            });
            if !is_known {
                return false;
            }
            at += 900_000;
        }
        true
    }
}
