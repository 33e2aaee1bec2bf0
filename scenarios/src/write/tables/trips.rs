//! `trips`: one row per loaded trip.

use std::io;

use sim_core::environment::Emitted;
use sim_core::kpi::rows::TripStatus;

use crate::write::csv::{Cell, RowSink};
use crate::write::run::FinishedRun;

/// The word for a status.
pub fn status_word(status: TripStatus) -> &'static str {
    match status {
        TripStatus::Arrived => "arrived",
        TripStatus::Running => "running",
        TripStatus::Waiting => "waiting",
        TripStatus::Rejected => "rejected",
    }
}

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &run.results.trips {
        let trip = run.trip(row.trip);
        let ends = run.ends(row.trip);
        let has_departed = row.depart_s.is_some();
        let driven = |number: f64| has_departed.then_some(number);
        let duration_s = row.arrival_s.zip(row.depart_s).map(|(arrival_s, depart_s)| arrival_s - depart_s);
        let emitted = |part: fn(&Emitted) -> f64| Cell::from(row.emitted.as_ref().map(part));
        sink.row(&[
            Cell::Text(&run.trip_names[row.trip.index()]),
            run.class(row.trip).name().into(),
            status_word(row.status).into(),
            ends.map(|(from, _)| run.link_name(from)).into(),
            ends.map(|(_, to)| run.link_name(to)).into(),
            trip.persons.into(),
            trip.depart.s().into(),
            row.depart_s.into(),
            row.depart_s.map(|depart_s| depart_s - trip.depart.s()).into(),
            row.arrival_s.into(),
            duration_s.into(),
            driven(row.length_m).into(),
            driven(row.time_loss_s).into(),
            driven(row.waiting_s).into(),
            driven(row.stop_time_s).into(),
            has_departed.then_some(row.stops).into(),
            has_departed.then_some(row.missed_turns).into(),
            trip.speed_factor.into(),
            emitted(|emitted| emitted.co2_g),
            row.battery_j().map(|battery_j| battery_j / 3600.0).into(),
            emitted(|emitted| emitted.fuel_g),
            emitted(|emitted| emitted.nox_g),
            emitted(|emitted| emitted.pm_g),
        ])?;
    }
    Ok(())
}
