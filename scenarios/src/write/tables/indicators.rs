//! `indicators`: what a city compares over years.
//!
//! None of the traffic indicators below is one of ISO 37120 or ISO 37122 to the letter, so all carry our own ids.

use std::io;

use crate::write::csv::RowSink;
use crate::write::run::FinishedRun;
use crate::write::summary;
use crate::write::totals::{links, ratio};

struct Indicator {
    id: &'static str,
    name: &'static str,
    unit: &'static str,
    numerator: f64,
    denominator: Option<f64>,
}

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let period = format!("{}/{}", run.counted_from().s(), run.last_step_s());
    for indicator in list(run) {
        let value = match indicator.denominator {
            Some(denominator) => ratio(indicator.numerator, denominator),
            None => Some(indicator.numerator),
        };
        sink.row(&[
            indicator.id.into(),
            indicator.name.into(),
            value.into(),
            indicator.unit.into(),
            indicator.numerator.into(),
            indicator.denominator.into(),
            (&period).into(),
            "simulated".into(),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}

fn list(run: &FinishedRun<'_>) -> Vec<Indicator> {
    let all = summary::trip_totals(run);
    let counted = Some(all.counted as f64);
    let persons_s = run.results.trips.iter().fold(0.0, |sum, row| {
        let trip = run.trip(row.trip);
        sum + trip.persons * (row.arrival_s.unwrap_or(run.last_step_s()) - trip.depart.s()).max(0.0)
    });
    let on_links = links(run);
    let distance_m = on_links.iter().fold(0.0, |sum, link| sum + link.distance_m);
    let time_s = on_links.iter().fold(0.0, |sum, link| sum + link.time_s);
    let indicator = |id, name, unit, numerator, denominator| Indicator { id, name, unit, numerator, denominator };
    vec![
        indicator(
            "mean_trip_duration",
            "mean time on the road of arrived trips",
            "min",
            all.duration_s / 60.0,
            counted,
        ),
        indicator("mean_trip_length", "mean length of arrived trips", "km", all.length_m / 1000.0, counted),
        indicator(
            "mean_trip_delay",
            "mean time loss and depart delay of arrived trips",
            "min",
            (all.time_loss_s + all.depart_delay_s) / 60.0,
            counted,
        ),
        indicator(
            "network_speed",
            "distance driven over time spent on the road",
            "km/h",
            3.6 * distance_m,
            Some(time_s),
        ),
        indicator("vehicle_kilometres", "distance driven", "km", distance_m / 1000.0, None),
        indicator("vehicle_hours", "time spent on the road", "h", time_s / 3600.0, None),
        indicator(
            "total_time_spent",
            "time from scheduled departure to arrival or the end, all loaded trips",
            "h",
            run.results.total_time_spent_s / 3600.0,
            None,
        ),
        indicator("total_person_time", "the same times persons", "person h", persons_s / 3600.0, None),
        indicator("arrived_share", "arrived trips over loaded trips", "", all.arrived as f64, Some(all.loaded as f64)),
    ]
}
