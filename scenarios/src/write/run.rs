//! A finished run: what was read, what was simulated, and how it ended. Every writer takes it by reference.

use serde::Serialize;
use sim_core::engine::params::RunParams;
use sim_core::ids::LinkId;
use sim_core::ids::TripId;
use sim_core::kpi::Results;
use sim_core::traffic::demand::{Demand, Trip};
use sim_core::units::{SimTime, VehicleClass};

use crate::loaded::Loaded;
use crate::observed::judge::Verdict;

/// Why a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The last instant asked for was reached.
    EndReached,
    /// Every trip has arrived or was given up.
    AllArrived,
    /// The user stopped it.
    Interrupted,
}

/// The program that made a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, schemars::JsonSchema)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What was built: a commit, or `unknown`.
    pub build: String,
}

/// A finished run.
#[derive(Clone, Copy, Debug)]
pub struct FinishedRun<'a> {
    /// The scenario.
    pub loaded: &'a Loaded,
    /// The demand after its draws.
    pub demand: &'a Demand,
    /// External ids of trips, in trip order.
    pub trip_names: &'a [String],
    /// The settings it ran with.
    pub params: &'a RunParams,
    /// Inbound and outbound link of each movement, in movement order.
    pub movement_ends: &'a [(LinkId, LinkId)],
    /// What it measured.
    pub results: &'a Results,
    /// What the same run measured without its variant, where it was made beside it.
    pub without: Option<&'a Results>,
    /// The instant it reached.
    pub end: SimTime,
    /// Why it ended.
    pub ended_because: EndReason,
    /// Digest of the state at the end.
    pub state_digest: [u8; 32],
    /// What made it.
    pub program: &'a Program,
    /// How near it comes to what was observed, where something was.
    pub verdict: Option<&'a Verdict>,
}

impl<'a> FinishedRun<'a> {
    /// The calibration status that every table and picture shows.
    pub fn calibration(&self) -> &'static str {
        calibration(self.is_calibrated())
    }
    /// Whether counts were loaded and met.
    pub fn is_calibrated(&self) -> bool {
        self.verdict.is_some_and(Verdict::is_calibrated)
    }
    /// A trip by its id.
    pub fn trip(&self, trip: TripId) -> &'a Trip {
        &self.demand.trips[trip.index()]
    }
    /// The class of the vehicle that makes a trip.
    pub fn class(&self, trip: TripId) -> VehicleClass {
        self.demand.types[self.trip(trip).vehicle_type].class
    }
    /// First and last link of a trip's route.
    pub fn ends(&self, trip: TripId) -> Option<(LinkId, LinkId)> {
        let route = &self.demand.routes[self.trip(trip).route];
        Some((*route.first()?, *route.last()?))
    }
    /// External id of a link.
    pub fn link_name(&self, link: LinkId) -> &'a str {
        &self.loaded.names.links[link.index()]
    }
    /// Readable name of a link.
    pub fn link_title(&self, link: LinkId) -> &'a str {
        &self.loaded.names.link_titles[link.index()]
    }
    /// The first instant that counts in results.
    pub fn counted_from(&self) -> SimTime {
        self.params.begin.plus_ms(self.params.warm_up_ms)
    }
    /// The time of the last step, at which trips that have not ended are cut off.
    pub fn last_step_s(&self) -> f64 {
        self.results.last_step.s()
    }
    /// Whether an interval is shorter than the others.
    pub fn is_partial(&self, begin_s: f64, end_s: f64) -> bool {
        end_s - begin_s < self.params.interval_ms as f64 / 1000.0 - 0.0005
    }
}

/// The words for a calibration status.
pub fn calibration(is_calibrated: bool) -> &'static str {
    if is_calibrated { "calibrated" } else { "not calibrated" }
}

/// A time as clocks show it: hours count on after midnight.
pub fn clock(time: SimTime) -> String {
    let total_s = time.0.div_euclid(1000);
    let sign = if total_s < 0 { "-" } else { "" };
    let total_s = total_s.abs();
    format!("{sign}{:02}:{:02}:{:02}", total_s / 3600, total_s / 60 % 60, total_s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_count_on_after_midnight() {
        assert_eq!(clock(SimTime::from_s(27_015.5)), "07:30:15");
        assert_eq!(clock(SimTime::from_s(90_000.0)), "25:00:00");
    }
}
