//! Links as GeoJSON for maps, with the run's flow and speed.
//!
//! RFC 7946 wants longitude and latitude. Where the scenario's projection is not known, positions are metres in the
//! city plane and the file says so in a member `crs`.

use std::io::{self, Write};

use serde_json::{Value, json};
use sim_core::network::parts::LinkKind;

use super::csv::rounded;
use super::run::FinishedRun;
use super::totals::links;

/// What positions in the file are.
#[derive(Clone, Copy)]
pub enum Positions<'a> {
    /// Metres in the city plane.
    CityPlane,
    /// Longitude and latitude in degrees, by this function of a position in the city plane.
    Geographic(&'a dyn Fn([f64; 2]) -> [f64; 2]),
}

/// Writes all roads as a feature collection, one feature a line.
///
/// # Errors
/// When the file cannot be written.
pub fn links_of(run: &FinishedRun<'_>, positions: Positions<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"type\":\"FeatureCollection\",\"calibration\":{},", Value::from(run.calibration()))?;
    if matches!(positions, Positions::CityPlane) {
        write!(out, "\"crs\":{},", json!({"type": "name", "properties": {"name": "metres in the city plane"}}))?;
    }
    writeln!(out, "\"features\":[")?;
    let totals = links(run);
    let mut is_first = true;
    for (index, link) in run.loaded.parts.links.iter().enumerate() {
        let Some(lane) = link.lanes.get(link.lanes.len() / 2).filter(|_| link.kind == LinkKind::Road) else { continue };
        let line: Vec<[f64; 2]> = lane
            .shape_in_city_m
            .iter()
            .map(|&point| match positions {
                Positions::CityPlane => point.map(|x| rounded(x, 2)),
                Positions::Geographic(degrees) => degrees(point).map(|x| rounded(x, 7)),
            })
            .collect();
        let total = &totals[index];
        let feature = json!({
            "type": "Feature",
            "id": run.loaded.names.links[index],
            "geometry": {"type": "LineString", "coordinates": line},
            "properties": {
                "name": run.loaded.names.link_titles[index],
                "lanes": link.lanes.len(),
                "length_m": rounded(lane.length_m, 2),
                "speed_limit_mps": rounded(lane.speed_limit_mps, 3),
                "flow_vph": total.flow_vph(lane.length_m).map(|flow_vph| rounded(flow_vph, 1)),
                "mean_speed_mps": total.mean_speed_mps().map(|speed_mps| rounded(speed_mps, 3)),
            },
        });
        write!(out, "{}{feature}", if is_first { "" } else { ",\n" })?;
        is_first = false;
    }
    writeln!(out, "\n]}}")
}
