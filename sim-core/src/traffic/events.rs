//! What happened to single vehicles in a step, in the order of links and vehicles: food for the recorder.

use crate::ids::{ConnectorId, LaneId, LinkId, TripId, VehicleTypeId};
use crate::traffic::state::Tally;

/// Something that happened to a vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Event {
    /// It entered the network.
    Departed {
        /// The vehicle.
        trip: TripId,
        /// Its type.
        kind: VehicleTypeId,
        /// The road.
        link: LinkId,
        /// The road after it on its route, or `NONE`.
        next_link: LinkId,
    },
    /// It came to stand for the first time since it came onto its road, or onto the junction before it.
    Stopped {
        /// The lane.
        lane: LaneId,
        /// The road after it on its route, or `NONE`.
        next_link: LinkId,
    },
    /// Its front passed a stop line.
    Crossed {
        /// The vehicle.
        trip: TripId,
        /// Its type.
        kind: VehicleTypeId,
        /// The connector behind the stop line.
        connector: ConnectorId,
        /// The road after the one it enters, or `NONE`; only where it enters a road.
        next_link: LinkId,
        /// When, interpolated.
        at_ms: i64,
        /// When it had entered the link it leaves.
        link_entry_ms: i64,
        /// Whether it had entered that link at its start.
        from_start: bool,
        /// Time lost since it came onto the road before the junction, and to be lost until it has its speed again.
        loss_s: f64,
        /// Stops since then.
        stops: u32,
    },
    /// It drove on a link other than the one it began the step on.
    Drove {
        /// Its type.
        kind: VehicleTypeId,
        /// The link.
        link: LinkId,
        /// Distance there.
        distance_m: f64,
        /// Time there.
        time_s: f64,
    },
    /// It reached the end of its trip.
    Arrived {
        /// The vehicle.
        trip: TripId,
        /// Its type.
        kind: VehicleTypeId,
        /// The road.
        link: LinkId,
        /// What it has accumulated.
        tally: Tally,
    },
}
