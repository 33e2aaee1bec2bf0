//! `signal_phases`: how long the phases of actuated signals lasted.

use std::io;

use crate::write::csv::{Cell, RowSink};
use crate::write::run::FinishedRun;

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let signals = &run.loaded.signals;
    let seconds = |ms: i64| ms as f64 / 1000.0;
    for (actuated, sums) in signals.actuated.iter().zip(&run.results.signal_phases) {
        let phases = signals.plans[actuated.signal].phases.iter().zip(&actuated.phases).zip(sums);
        for (index, ((phase, bounds), sum)) in phases.enumerate() {
            let state: String = phase.aspects.iter().map(|aspect| aspect.letter()).collect();
            let if_any = |ms: i64| if sum.n > 0 { Cell::from(seconds(ms)) } else { Cell::Empty };
            sink.row(&[
                run.loaded.names.signals[actuated.signal.index()].as_str().into(),
                (index as u32).into(),
                state.as_str().into(),
                seconds(bounds.min_ms).into(),
                seconds(bounds.max_ms).into(),
                sum.n.into(),
                if sum.n > 0 { (seconds(sum.total_ms) / f64::from(sum.n)).into() } else { Cell::Empty },
                if_any(sum.least_ms),
                if_any(sum.greatest_ms),
                run.calibration().into(),
            ])?;
        }
    }
    Ok(())
}
