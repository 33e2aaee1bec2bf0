//! `observed`: what was observed beside what was simulated.

use std::io;

use crate::observed::What;
use crate::write::csv::{Cell, RowSink};
use crate::write::run::FinishedRun;
use crate::write::totals::ratio;

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    for pair in run.verdict.iter().flat_map(|verdict| &verdict.pairs) {
        let subject = &pair.subject;
        let (what, to) = match subject.what {
            What::Entry => ("entry", None),
            What::Middle => ("middle", None),
            What::Exit => ("exit", None),
            What::Movement(to) => ("movement", Some(to)),
            What::Speed => ("speed", None),
        };
        let flow = |value: Option<f64>| Cell::from(value.filter(|_| pair.is_flow()));
        let speed = |value: Option<f64>| Cell::from(value.filter(|_| !pair.is_flow()));
        let error = pair.simulated.and_then(|simulated| ratio(simulated - pair.observed, pair.observed));
        sink.row(&[
            subject.usage.name().into(),
            (&subject.site).into(),
            what.into(),
            run.link_name(subject.link).into(),
            to.map(|to| run.link_name(to)).into(),
            subject.class.map_or("all", |class| class.name()).into(),
            (subject.begin_ms as f64 / 1000.0).into(),
            (subject.end_ms as f64 / 1000.0).into(),
            (pair.n_days as u32).into(),
            flow(Some(pair.observed)),
            flow(Some(pair.range[0])),
            flow(Some(pair.range[1])),
            flow(pair.simulated),
            pair.geh().into(),
            speed(Some(pair.observed)),
            speed(pair.simulated),
            error.map(|error| error * 100.0).into(),
            pair.meets().into(),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}
