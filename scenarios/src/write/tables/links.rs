//! `links`: flow, density and speed by Edie's definitions.

use std::io;

use sim_core::environment::Emitted;

use crate::write::csv::{Cell, RowSink};
use crate::write::run::FinishedRun;
use crate::write::totals::ratio;

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &run.results.links {
        let area_m_s = row.length_m * (row.end_s - row.begin_s);
        let emitted = |part: fn(&Emitted) -> f64| Cell::from(row.emitted.as_ref().map(part));
        sink.row(&[
            run.link_name(row.link).into(),
            run.link_title(row.link).into(),
            row.class.map_or("all", |class| class.name()).into(),
            row.begin_s.into(),
            row.end_s.into(),
            run.is_partial(row.begin_s, row.end_s).into(),
            row.length_m.into(),
            row.entered.into(),
            row.left.into(),
            ratio(3600.0 * row.distance_m, area_m_s).into(),
            ratio(1000.0 * row.time_s, area_m_s).into(),
            ratio(row.distance_m, row.time_s).into(),
            ratio(row.travel_time_s_sum, f64::from(row.travel_time_n)).into(),
            emitted(|emitted| emitted.co2_g),
            emitted(|emitted| emitted.battery_j / 3600.0),
            emitted(|emitted| emitted.fuel_g),
            emitted(|emitted| emitted.nox_g),
            emitted(|emitted| emitted.pm_g),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}
