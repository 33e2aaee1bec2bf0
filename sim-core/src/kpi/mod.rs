//! Measures of a run as plain rows in SI units; the `scenarios` package turns them into tables with names.
//!
//! `docs/measures.md` defines each of them.

pub mod rows;

use rows::{LinkRow, MovementRow, TripRow, VehicleCounts};

/// Everything a run has measured.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// Vehicle counts.
    pub counts: VehicleCounts,
    /// One row per loaded trip, in trip order.
    pub trips: Vec<TripRow>,
    /// Links by (interval, link, class).
    pub links: Vec<LinkRow>,
    /// Movements by (interval, junction, movement).
    pub movements: Vec<MovementRow>,
    /// Sum over all loaded vehicles of the time from scheduled departure to arrival or the end of the run.
    pub total_time_spent_s: f64,
    /// Sum over all loaded vehicles of depart delay and time loss.
    pub total_delay_s: f64,
    /// Vehicle updates made (vehicles on the road, summed over steps).
    pub vehicle_updates: u64,
}
