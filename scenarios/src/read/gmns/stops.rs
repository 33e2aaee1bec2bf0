//! `stops.csv`.

use std::collections::BTreeMap;

use sim_core::units::VehicleClass;

use crate::read::gmns::links::Links;
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::schema::network_tables::STOPS;

/// A bus stop on a road.
#[derive(Clone, PartialEq, Debug)]
pub struct RoadStop {
    /// External id.
    pub id: String,
    /// Position of the road.
    pub road: usize,
    /// Lane index, 0 at the kerb.
    pub lane: u16,
    /// Start on the road.
    pub start_m: f64,
    /// End on the road.
    pub end_m: f64,
}

/// Reads `stops.csv`. Distances count from the start of the link's driving length; `trim_m` says how much of a road is
/// cut off at its start, and `length_m` how long it is then.
pub fn read(
    files: &mut Files,
    folder: &str,
    links: &Links,
    length_m: impl Fn(usize) -> f64,
    report: &mut Report,
) -> Vec<RoadStop> {
    let records = Records::optional(files, folder, &STOPS, report);
    let mut stops: Vec<RoadStop> = Vec::new();
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for row in records.rows() {
        let id = row.text("stop_id");
        if ids.insert(id, row.line()).is_some() {
            report.problem(row.problem("stop_id", "is there twice"));
        }
        let link = row.text("link_id");
        let Some(pieces) = links.pieces.get(link) else {
            report.problem(dangling(row.problem("link_id", "is no link for vehicles"), link, links.pieces.keys()));
            continue;
        };
        let (start_m, end_m) = (row.number("start_m").unwrap_or(0.0), row.number("end_m").unwrap_or(0.0));
        if start_m >= end_m {
            report.problem(row.problem("end_m", "is not after start_m"));
            continue;
        }
        let &(road, from_m) = pieces.iter().rev().find(|piece| piece.1 <= start_m).unwrap_or(&pieces[0]);
        let part = &links.roads[road];
        let lane = match row.integer("lane") {
            Some(number) => part.lane_index(number as i32),
            None => part.lanes.iter().position(|lane| lane.allowed.allows(VehicleClass::Bus)).map(|index| index as u16),
        };
        let Some(lane) = lane else {
            report.problem(row.problem("lane", "is no lane of the link there"));
            continue;
        };
        let road_m = length_m(road);
        if end_m - from_m > road_m + 0.5 {
            let problem = row.problem("end_m", "lies beyond the end of the link's lanes");
            report.problem(problem.allowed(format!("up to {:.1}", from_m + road_m)));
        }
        let end_m = (end_m - from_m).min(road_m);
        stops.push(RoadStop { id: id.to_owned(), road, lane, start_m: (start_m - from_m).min(end_m), end_m });
    }
    stops
}
