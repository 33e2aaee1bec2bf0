//! The progress bar: simulated clock, vehicles on the road, speed, time left. Hidden where stderr is no terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scenarios::write::run::clock;
use sim_core::engine::params::RunParams;
use sim_core::units::SimTime;

use crate::engine_api::StepReport;

/// How often the bar is drawn.
const PERIOD: Duration = Duration::from_millis(100);

/// Shows how far a run is.
pub(crate) struct Progress {
    bar: ProgressBar,
    begin: SimTime,
    has_end: bool,
    started: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// A bar for a run; a hidden one if `quiet`.
    pub(crate) fn new(params: &RunParams, n_trips: u64, quiet: bool) -> Self {
        let length = params.end.map_or(n_trips, |end| (end.0 - params.begin.0).max(0) as u64);
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let template = if is_plain { "[{bar:30}] {msg}  {eta} left" } else { "{bar:30.cyan/blue} {msg}  {eta} left" };
        let style = ProgressStyle::with_template(template).expect("the template is well formed");
        bar.set_style(style.progress_chars(if is_plain { "=> " } else { "━╸ " }));
        Self { bar, begin: params.begin, has_end: params.end.is_some(), started: Instant::now(), drawn: None }
    }

    /// Draws the bar after a step, if it is time to.
    pub(crate) fn show(&mut self, report: &StepReport) {
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < PERIOD) {
            return;
        }
        self.drawn = Some(Instant::now());
        let simulated_ms = (report.now.0 - self.begin.0).max(0);
        let factor = simulated_ms as f64 / 1000.0 / self.started.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_message(format!("{}  {} vehicles  {factor:.0}× real time", clock(report.now), report.running));
        self.bar.set_position(if self.has_end { simulated_ms as u64 } else { report.arrived });
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
