//! What validation keeps of a run.

use std::collections::BTreeMap;

use sim_core::ids::LinkId;
use sim_core::kpi::Results;
use sim_core::kpi::rows::{TripRow, TripStatus};
use sim_core::traffic::demand::Demand;

/// Length of the intervals in which arrivals are counted.
pub const ARRIVALS_INTERVAL_S: i64 = 900;

/// A run in a handful of numbers. Means are over arrived trips, as in SUMO's trip output.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RunOutcome {
    /// The seed of the run.
    pub seed: u64,
    /// Vehicles that entered the network.
    pub inserted: u64,
    /// Vehicles that arrived.
    pub arrived: u64,
    /// Vehicles on the road or due but not let in at the end.
    pub unfinished: u64,
    /// Vehicles taken off the road to resolve a jam.
    pub jam_releases: u64,
    /// Mean duration.
    pub duration_s: f64,
    /// Mean time loss.
    pub time_loss_s: f64,
    /// Mean waiting time.
    pub waiting_s: f64,
    /// Mean departure delay.
    pub depart_delay_s: f64,
    /// Mean length.
    pub length_m: f64,
    /// Arrivals by the start of their interval on the clock, in seconds.
    pub arrivals: BTreeMap<i64, u64>,
    /// Vehicles that entered a link, by link and start of the interval in seconds, departures included.
    pub entered: BTreeMap<(LinkId, i64), u64>,
    /// Times from the stop line before a road to the one at its end, by that road and the next one.
    pub movements: BTreeMap<(LinkId, LinkId), TimedMovement>,
}

/// Vehicles that came onto a road over a junction and left it for another one.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TimedMovement {
    /// Their number.
    pub n: u64,
    /// Sum of their times from stop line to stop line.
    pub time_s: f64,
}

impl RunOutcome {
    /// The outcome of a finished run.
    pub fn of(seed: u64, results: &Results, demand: &Demand) -> Self {
        let arrived: Vec<&TripRow> = results.trips.iter().filter(|row| row.status == TripStatus::Arrived).collect();
        let mean = |value: &dyn Fn(&TripRow) -> f64| {
            arrived.iter().map(|row| value(row)).sum::<f64>() / arrived.len().max(1) as f64
        };
        let depart_s = |row: &TripRow| row.depart_s.unwrap_or(f64::NAN);
        let arrival_s = |row: &TripRow| row.arrival_s.unwrap_or(f64::NAN);
        let mut arrivals = BTreeMap::new();
        for row in &arrived {
            *arrivals.entry(interval_begin_s(arrival_s(row))).or_default() += 1;
        }
        let mut entered = BTreeMap::new();
        for row in results.links.iter().filter(|row| row.class.is_none() && row.entered > 0) {
            *entered.entry((row.link, interval_begin_s(row.begin_s))).or_default() += u64::from(row.entered);
        }
        Self {
            seed,
            inserted: results.counts.departed,
            arrived: results.counts.arrived,
            unfinished: results.counts.running + results.counts.waiting_to_depart,
            jam_releases: results.counts.jam_releases,
            duration_s: mean(&|row| arrival_s(row) - depart_s(row)),
            time_loss_s: mean(&|row| row.time_loss_s),
            waiting_s: mean(&|row| row.waiting_s),
            depart_delay_s: mean(&|row| depart_s(row) - demand.trips[row.trip.index()].depart.s()),
            length_m: mean(&|row| row.length_m),
            arrivals,
            entered,
            movements: BTreeMap::new(),
        }
    }
}

/// Start of the interval in which an instant lies.
pub fn interval_begin_s(time_s: f64) -> i64 {
    (time_s.floor() as i64).div_euclid(ARRIVALS_INTERVAL_S) * ARRIVALS_INTERVAL_S
}

#[cfg(test)]
mod tests {
    use sim_core::ids::{RouteId, TripId, VehicleTypeId};
    use sim_core::kpi::rows::VehicleCounts;
    use sim_core::traffic::demand::{Arrival, Trip};
    use sim_core::units::SimTime;

    use super::*;

    fn trip(depart_s: f64) -> Trip {
        Trip {
            depart: SimTime::from_s(depart_s),
            vehicle_type: VehicleTypeId(0),
            route: RouteId(0),
            speed_factor: 1.0,
            depart_lane: Default::default(),
            depart_position: Default::default(),
            depart_speed: Default::default(),
            depart_lateral: Default::default(),
            arrival: Arrival::default(),
            stops: 0..0,
            persons: 1.0,
        }
    }

    fn row(trip: u32, status: TripStatus, depart_s: f64, arrival_s: f64) -> TripRow {
        TripRow {
            trip: TripId(trip),
            status,
            depart_s: Some(depart_s),
            arrival_s: Some(arrival_s),
            length_m: 100.0,
            time_loss_s: 3.0,
            waiting_s: 1.0,
            stop_time_s: 0.0,
            stops: 1,
            missed_turns: 0,
            emitted: None,
        }
    }

    #[test]
    fn means_are_over_arrived_trips_and_arrivals_lie_in_quarter_hours() {
        let demand = Demand { trips: vec![trip(880.0), trip(890.0), trip(895.0)], ..Demand::default() };
        let results = Results {
            counts: VehicleCounts { loaded: 3, departed: 3, arrived: 2, running: 1, ..VehicleCounts::default() },
            trips: vec![
                row(0, TripStatus::Arrived, 880.0, 899.9),
                row(1, TripStatus::Arrived, 892.0, 913.0),
                TripRow { arrival_s: None, ..row(2, TripStatus::Running, 900.0, 0.0) },
            ],
            ..Results::default()
        };
        let outcome = RunOutcome::of(7, &results, &demand);
        assert_eq!((outcome.inserted, outcome.arrived, outcome.unfinished), (3, 2, 1));
        assert_eq!(outcome.arrivals, BTreeMap::from([(0, 1), (900, 1)]));
        assert!((outcome.duration_s - 20.45).abs() < 1e-9);
        assert!((outcome.depart_delay_s - 1.0).abs() < 1e-9);
    }
}
