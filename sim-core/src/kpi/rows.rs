//! The rows of the result tables. Optional numbers are empty cells: no data.

use crate::engine::interactions::{ConflictSum, Encounter, GreenSum, StreetSum};
use crate::environment::Emitted;
use crate::ids::{JunctionId, LightingSectionId, LinkId, MovementId, TripId};
use crate::lighting::evaluate::Photometrics;
pub use crate::traffic::state::TripStatus;
use crate::units::VehicleClass;

/// One row of the trip table.
#[derive(Clone, PartialEq, Debug)]
pub struct TripRow {
    /// The trip.
    pub trip: TripId,
    /// How it stands.
    pub status: TripStatus,
    /// When it entered.
    pub depart_s: Option<f64>,
    /// When it arrived.
    pub arrival_s: Option<f64>,
    /// Distance driven so far.
    pub length_m: f64,
    /// Time lost against the driver's own desired speed, stops excluded.
    pub time_loss_s: f64,
    /// Time at or below 0.1 m/s, stops excluded.
    pub waiting_s: f64,
    /// Time at stops.
    pub stop_time_s: f64,
    /// How often waiting began.
    pub stops: u32,
    /// Turns taken because the right lane was out of reach.
    pub missed_turns: u32,
    /// What it used and emitted so far; `None` where nobody asks, and before it entered.
    pub emitted: Option<Emitted>,
}

impl TripRow {
    /// Energy taken from the battery; `None` unless electric.
    pub fn battery_j(&self) -> Option<f64> {
        self.emitted.map(|emitted| emitted.battery_j).filter(|battery_j| *battery_j != 0.0)
    }
}

/// Traffic on a link in an interval, for one class or all.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkRow {
    /// The link.
    pub link: LinkId,
    /// The class; `None` for all.
    pub class: Option<VehicleClass>,
    /// Start of the interval.
    pub begin_s: f64,
    /// End of the interval.
    pub end_s: f64,
    /// Vehicles that entered, by front, departures included.
    pub entered: u32,
    /// Vehicles that left, by front, arrivals included.
    pub left: u32,
    /// Distance driven by all vehicles.
    pub distance_m: f64,
    /// Time spent by all vehicles.
    pub time_s: f64,
    /// Sum of travel times over the link of vehicles that entered at its start and left at its end in the interval.
    pub travel_time_s_sum: f64,
    /// Number of vehicles in that sum.
    pub travel_time_n: u32,
    /// Length of the link, for densities.
    pub length_m: f64,
    /// What was emitted; `None` where nobody asks.
    pub emitted: Option<Emitted>,
}

/// Use of a link in an interval by one class or all.
#[derive(Clone, PartialEq, Debug)]
pub struct StreetRow {
    /// The link.
    pub link: LinkId,
    /// The class; `None` for all.
    pub class: Option<VehicleClass>,
    /// Start of the interval.
    pub begin_s: f64,
    /// End of the interval.
    pub end_s: f64,
    /// Length of the link.
    pub length_m: f64,
    /// Width of the link.
    pub width_m: f64,
    /// What was measured.
    pub sum: StreetSum,
    /// Motorcycle units of a vehicle of the class, where enough of both were seen following.
    pub motorcycle_units: Option<f64>,
    /// Beginnings of green; `None` in rows of classes.
    pub greens: Option<GreenSum>,
}

/// Conflicts of two classes on a link in an interval.
#[derive(Clone, PartialEq, Debug)]
pub struct ConflictRow {
    /// The link.
    pub link: LinkId,
    /// Start of the interval.
    pub begin_s: f64,
    /// End of the interval.
    pub end_s: f64,
    /// How they came close.
    pub encounter: Encounter,
    /// Class of the follower, or of the second.
    pub class: VehicleClass,
    /// Class of the leader, or of the first.
    pub other: VehicleClass,
    /// What was measured.
    pub sum: ConflictSum,
}

/// A movement in an interval.
#[derive(Clone, PartialEq, Debug)]
pub struct MovementRow {
    /// The movement.
    pub movement: MovementId,
    /// The junction it crosses.
    pub junction: JunctionId,
    /// Start of the interval.
    pub begin_s: f64,
    /// End of the interval.
    pub end_s: f64,
    /// Vehicles that came onto the approach wanting this movement.
    pub demand: u32,
    /// Vehicles that crossed its stop line.
    pub served: u32,
    /// The same in passenger-car units.
    pub served_pcu: f64,
    /// Vehicles that left the junction: those whose delays, persons and stops are summed.
    pub left: u32,
    /// Sum of control delays of vehicles that left the junction.
    pub delay_s_sum: f64,
    /// Sum of control delays times persons.
    pub person_delay_s_sum: f64,
    /// Persons in vehicles that left the junction.
    pub persons: f64,
    /// Stops of vehicles that left the junction.
    pub stops: u32,
    /// Longest back of queue of each cycle that ended in the interval; without signal, one value for the interval.
    pub back_of_queue_m: Vec<f64>,
    /// Storage for this movement's queue: length of the longest lane of the approach that serves it.
    pub storage_m: f64,
    /// Share of time in which a vehicle at the stop line could not enter because its exit was full; `None` without
    /// vehicles.
    pub spillback_share: Option<f64>,
    /// Capacity, where green share and saturation flow give one.
    pub capacity_vph: Option<f64>,
    /// Vehicles that joined the queue, or crossed without standing.
    pub arrivals: u32,
    /// Share of these that were shown green; `None` without signal or arrivals.
    pub arrivals_on_green_share: Option<f64>,
    /// Whether the junction has signals.
    pub is_signalized: bool,
}

/// A lighting section in an interval.
#[derive(Clone, PartialEq, Debug)]
pub struct LightingRow {
    /// The section.
    pub section: LightingSectionId,
    /// Start of the interval.
    pub begin_s: f64,
    /// End of the interval.
    pub end_s: f64,
    /// Time in which the street had to be lit.
    pub night_s: f64,
    /// The part of it in which the class was not met.
    pub short_s: f64,
    /// Mean output of its lamps at night, from 0 to 1; `None` by day.
    pub output_share: Option<f64>,
    /// Required class, as position in the classes, and what was found, in the worst state at night.
    pub worst: Option<(u16, Photometrics)>,
    /// Mean power of its lamps.
    pub power_w: f64,
    /// Energy of its lamps.
    pub energy_wh: f64,
}

/// Vehicle counts of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VehicleCounts {
    /// Trips due within the run.
    pub loaded: u64,
    /// Entered the network.
    pub departed: u64,
    /// Reached their end.
    pub arrived: u64,
    /// On the road at the end.
    pub running: u64,
    /// Due, but not let in.
    pub waiting_to_depart: u64,
    /// Given up.
    pub rejected: u64,
    /// Releases from a jam by the compatibility option.
    pub jam_releases: u64,
    /// Turns taken because the right lane was out of reach.
    pub missed_turns: u64,
}
