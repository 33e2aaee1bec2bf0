//! Sums over trips, links and movements: what the recorder fills.

use serde::{Deserialize, Serialize};

use crate::environment::Emitted;
use crate::ids::MovementId;
use crate::network::Network;
use crate::rows::Column;
use crate::traffic::state::{Tally, TripStatus};

/// A trip as recorded so far.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct TripRecord {
    /// How it stands.
    pub status: TripStatus,
    /// When it entered.
    pub depart_ms: i64,
    /// When it arrived.
    pub arrival_ms: i64,
    /// What it accumulated, once arrived.
    pub tally: Tally,
}

/// Sums over one link, one class and one interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LinkSum {
    /// Distance driven.
    pub distance_m: f64,
    /// Time spent.
    pub time_s: f64,
    /// Vehicles that entered.
    pub entered: u32,
    /// Vehicles that left.
    pub left: u32,
    /// Travel times of vehicles that went from end to end.
    pub travel_time_s: f64,
    /// Number of those vehicles.
    pub travelled: u32,
}

/// Sums over one movement and one interval.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct MovementSum {
    /// Vehicles that came onto the road before the junction wanting this movement.
    pub demand: u32,
    /// Vehicles that crossed the stop line.
    pub served: u32,
    /// The same in passenger-car units.
    pub served_pcu: f64,
    /// Vehicles that left the junction: those whose delays are summed.
    pub left: u32,
    /// Control delays.
    pub delay_s: f64,
    /// Control delays times persons.
    pub person_delay_s: f64,
    /// Persons.
    pub persons: f64,
    /// Stops.
    pub stops: u32,
    /// Vehicles that came to stand on the approach for the first time, or crossed the stop line without standing.
    pub arrivals: u32,
    /// Those of them that were shown no red.
    pub arrivals_on_green: u32,
    /// Times in which its signal heads showed green, summed over heads.
    pub green_s: f64,
    /// Times in which they were watched.
    pub heads_s: f64,
    /// Time in which a vehicle at the stop line could not enter because its exit was full.
    pub blocked_s: f64,
    /// Longest back of queue.
    pub longest_queue_m: f64,
    /// Longest back of queue of each cycle that ended.
    pub back_of_queue_m: Vec<f64>,
}

/// All sums of one interval.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// Start.
    pub begin_ms: i64,
    /// End.
    pub end_ms: i64,
    /// Time in which stop lines were watched.
    pub watched_s: f64,
    /// By link, then class index.
    pub links: Vec<LinkSum>,
    /// By movement.
    pub movements: Column<MovementId, MovementSum>,
    /// What was emitted by link, then class index; empty where nobody asks.
    pub emitted: Vec<Emitted>,
}

/// An interval in which nothing has happened yet: from an instant to the next full multiple of its length.
pub(super) fn empty_interval(network: &Network, n_classes: usize, begin_ms: i64, interval_ms: i64) -> Interval {
    let end_ms = (begin_ms.div_euclid(interval_ms) + 1) * interval_ms;
    Interval {
        begin_ms,
        end_ms,
        watched_s: 0.0,
        links: vec![LinkSum::default(); network.links.len() * n_classes],
        movements: Column::filled(MovementSum::default(), network.movements.len()),
        emitted: Vec::new(),
    }
}
