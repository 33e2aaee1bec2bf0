//! `junctions`: the movements summed by junction and approach.

use std::io;

use sim_core::ids::{JunctionId, LinkId};
use sim_core::kpi::rows::MovementRow;

use super::movements::letter_text;
use crate::write::csv::{Cell, RowSink};
use crate::write::places::{self, approach_name, signal_name};
use crate::write::run::FinishedRun;
use crate::write::totals::{MovementTotals, junctions, ratio};

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let places = places::movements(run);
    let is_same_interval = |a: &MovementRow, b: &MovementRow| a.begin_s == b.begin_s && a.end_s == b.end_s;
    for interval in run.results.movements.chunk_by(is_same_interval) {
        let times_s = (interval[0].begin_s, interval[0].end_s);
        for (junction, totals) in junctions(interval, &places) {
            let signal = signal_name(run, totals.signal);
            let name = &run.loaded.names.junction_titles[junction.index()];
            let head = Head { junction, signal, approach: None, name, times_s };
            row(run, sink, &head, &totals.all)?;
            for (&link, approach) in &totals.approaches {
                let name = &approach_name(run, link);
                row(run, sink, &Head { approach: Some(link), name, ..head }, approach)?;
            }
        }
    }
    Ok(())
}

/// What stands before the numbers of a row.
#[derive(Clone, Copy)]
struct Head<'a> {
    junction: JunctionId,
    signal: Option<&'a str>,
    approach: Option<LinkId>,
    name: &'a str,
    times_s: (f64, f64),
}

fn row(run: &FinishedRun<'_>, sink: &mut dyn RowSink, head: &Head<'_>, totals: &MovementTotals) -> io::Result<()> {
    let level = totals.level();
    sink.row(&[
        (&run.loaded.names.junctions[head.junction.index()]).into(),
        head.signal.into(),
        head.approach.map(|link| run.link_name(link)).into(),
        head.name.into(),
        head.times_s.0.into(),
        head.times_s.1.into(),
        run.is_partial(head.times_s.0, head.times_s.1).into(),
        totals.per_hour(totals.demand).into(),
        totals.per_hour(totals.served).into(),
        totals.per_hour(totals.served_pcu).into(),
        totals.control_delay_s().into(),
        ratio(totals.person_delay_s_sum, totals.persons).into(),
        ratio(totals.stops, totals.left).into(),
        totals.back_of_queue_p50_m.into(),
        totals.back_of_queue_p95_m.into(),
        totals.storage_m.into(),
        totals.spillback_share.into(),
        Cell::Empty,
        totals.volume_to_capacity.into(),
        ratio(totals.on_green.0, totals.on_green.1).into(),
        level.letter.map(letter_text).into(),
        level.note.into(),
        run.calibration().into(),
    ])
}
