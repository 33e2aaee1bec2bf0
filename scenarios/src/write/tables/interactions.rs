//! `street_use` and `interactions`: mixed traffic, where a run was asked for it.

use std::io;

use sim_core::engine::interactions::Encounter;

use crate::write::csv::{Cell, RowSink};
use crate::write::run::FinishedRun;
use crate::write::totals::ratio;

/// Use of links.
///
/// # Errors
/// When the sink fails.
pub fn street_use(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &run.results.streets {
        let duration_s = row.end_s - row.begin_s;
        let area_m2_s = row.length_m * row.width_m * duration_s;
        let sum = &row.sum;
        let green = |number: fn(&sim_core::engine::interactions::GreenSum) -> u32| row.greens.as_ref().map(number);
        sink.row(&[
            run.link_name(row.link).into(),
            run.link_title(row.link).into(),
            row.class.map_or("all", |class| class.name()).into(),
            row.begin_s.into(),
            row.end_s.into(),
            run.is_partial(row.begin_s, row.end_s).into(),
            row.width_m.into(),
            ratio(3600.0 * sum.person_m, row.length_m * duration_s).into(),
            ratio(sum.time_s, area_m2_s).into(),
            ratio(sum.area_m2_s, area_m2_s).into(),
            row.motorcycle_units.into(),
            ratio(sum.following_s, sum.time_s).into(),
            green(|greens| greens.n).into(),
            green(|greens| greens.riders).into(),
            green(|greens| greens.in_front).into(),
            row.greens.and_then(|greens| ratio(f64::from(greens.in_front), f64::from(greens.riders))).into(),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}

/// Conflicts.
///
/// # Errors
/// When the sink fails.
pub fn interactions(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &run.results.conflicts {
        let (kind, exposed_s) = match row.encounter {
            Encounter::Following => ("following", Cell::Number(row.sum.exposed_s)),
            Encounter::Crossing => ("crossing", Cell::Empty),
        };
        sink.row(&[
            run.link_name(row.link).into(),
            run.link_title(row.link).into(),
            row.begin_s.into(),
            row.end_s.into(),
            run.is_partial(row.begin_s, row.end_s).into(),
            kind.into(),
            row.class.name().into(),
            row.other.name().into(),
            row.sum.n.into(),
            row.sum.least_s.into(),
            exposed_s,
            run.calibration().into(),
        ])?;
    }
    Ok(())
}
