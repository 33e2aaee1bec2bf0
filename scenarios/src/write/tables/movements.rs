//! `movements`: demand, delay, queue and level of service of each way through a junction.

use std::io;

use crate::write::csv::RowSink;
use crate::write::places::{self, movement_id, movement_name, signal_name};
use crate::write::run::FinishedRun;
use crate::write::totals::{movement_level, quantile, ratio, volume_to_capacity};

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let places = places::movements(run);
    let names: Vec<(String, String)> =
        places.iter().map(|place| (movement_id(run, place), movement_name(run, place))).collect();
    for row in &run.results.movements {
        let place = &places[row.movement.index()];
        let (id, name) = &names[row.movement.index()];
        let duration_s = row.end_s - row.begin_s;
        let served = f64::from(row.served);
        let left = f64::from(row.left);
        let level = movement_level(row, place.basis);
        sink.row(&[
            (&run.loaded.names.junctions[row.junction.index()]).into(),
            signal_name(run, place.signal).into(),
            id.into(),
            name.into(),
            row.begin_s.into(),
            row.end_s.into(),
            run.is_partial(row.begin_s, row.end_s).into(),
            ratio(3600.0 * f64::from(row.demand), duration_s).into(),
            ratio(3600.0 * served, duration_s).into(),
            ratio(3600.0 * row.served_pcu, duration_s).into(),
            ratio(row.delay_s_sum, left).into(),
            ratio(row.person_delay_s_sum, row.persons).into(),
            ratio(f64::from(row.stops), left).into(),
            quantile(&row.back_of_queue_m, 0.5).into(),
            quantile(&row.back_of_queue_m, 0.95).into(),
            row.storage_m.into(),
            row.spillback_share.into(),
            row.capacity_vph.into(),
            volume_to_capacity(row).into(),
            row.arrivals_on_green_share.into(),
            level.letter.map(letter_text).into(),
            level.note.into(),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}

/// A level-of-service letter as text.
pub fn letter_text(letter: char) -> &'static str {
    match letter {
        'A' => "A",
        'B' => "B",
        'C' => "C",
        'D' => "D",
        'E' => "E",
        _ => "F",
    }
}
