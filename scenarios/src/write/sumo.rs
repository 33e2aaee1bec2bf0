//! SUMO's outputs, for tools that read them: `tripinfo` and `edgeData` (its `meandata`).
//!
//! Attributes that the simulation does not know (departure lane and position, devices) are left out.

use std::io::{self, Write};

use sim_core::kpi::rows::TripStatus;

use super::csv::fixed;
use super::run::FinishedRun;
use super::totals::ratio;
use crate::demand::spread::base_type;

/// Text with the characters escaped that XML keeps for itself.
pub fn xml_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            control if (control as u32) < 0x20 => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes arrived trips as SUMO's `tripinfo`, in the order of the demand.
///
/// # Errors
/// When the file cannot be written.
pub fn tripinfo(run: &FinishedRun<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEAD}<!-- {} -->\n<tripinfos>", run.calibration())?;
    for row in run.results.trips.iter().filter(|row| row.status == TripStatus::Arrived) {
        let (Some(depart_s), Some(arrival_s)) = (row.depart_s, row.arrival_s) else { continue };
        let trip = run.trip(row.trip);
        let vehicle_type = base_type(&run.loaded.demand, trip.vehicle_type);
        let type_name = run.loaded.names.types.get(vehicle_type.index()).map_or("", String::as_str);
        writeln!(
            out,
            "    <tripinfo id=\"{}\" depart=\"{}\" departDelay=\"{}\" arrival=\"{}\" duration=\"{}\" \
             routeLength=\"{}\" waitingTime=\"{}\" waitingCount=\"{}\" stopTime=\"{}\" timeLoss=\"{}\" \
             vType=\"{}\" speedFactor=\"{}\" vaporized=\"\"/>",
            xml_escape(&run.trip_names[row.trip.index()]),
            fixed(depart_s, 2),
            fixed(depart_s - trip.depart.s(), 2),
            fixed(arrival_s, 2),
            fixed(arrival_s - depart_s, 2),
            fixed(row.length_m, 2),
            fixed(row.waiting_s, 2),
            row.stops,
            fixed(row.stop_time_s, 2),
            fixed(row.time_loss_s, 2),
            xml_escape(type_name),
            fixed(trip.speed_factor, 2),
        )?;
    }
    writeln!(out, "</tripinfos>")
}

/// Writes links by interval as SUMO's `edgeData`; links nobody was on are left out, as SUMO does.
///
/// # Errors
/// When the file cannot be written.
pub fn edge_data(run: &FinishedRun<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEAD}<!-- {} -->\n<meandata>", run.calibration())?;
    let rows: Vec<_> = run.results.links.iter().filter(|row| row.class.is_none()).collect();
    for interval in rows.chunk_by(|a, b| a.begin_s == b.begin_s && a.end_s == b.end_s) {
        let (begin_s, end_s) = (interval[0].begin_s, interval[0].end_s);
        writeln!(out, "    <interval begin=\"{}\" end=\"{}\" id=\"citytwin\">", fixed(begin_s, 2), fixed(end_s, 2))?;
        for row in interval.iter().filter(|row| row.time_s > 0.0) {
            let density_vpkm = ratio(1000.0 * row.time_s, row.length_m * (end_s - begin_s)).unwrap_or(0.0);
            write!(
                out,
                "        <edge id=\"{}\" sampledSeconds=\"{}\"",
                xml_escape(run.link_name(row.link)),
                fixed(row.time_s, 2)
            )?;
            if let Some(speed_mps) = ratio(row.distance_m, row.time_s).filter(|speed_mps| *speed_mps > 0.0) {
                write!(out, " traveltime=\"{}\"", fixed(row.length_m / speed_mps, 2))?;
            }
            writeln!(
                out,
                " density=\"{}\" speed=\"{}\" entered=\"{}\" left=\"{}\"/>",
                fixed(density_vpkm, 2),
                fixed(row.distance_m / row.time_s, 2),
                row.entered,
                row.left
            )?;
        }
        writeln!(out, "    </interval>")?;
    }
    writeln!(out, "</meandata>")
}
