//! The vehicles on the road: what others see of them, what only they know, and where they are.
//!
//! Vehicles stand in memory link by link, front position descending (ties by trip id), so that the leader is a
//! neighbour. Each vehicle has a record that others read ([`Seen`], 32 bytes) and one that only its own passes read
//! ([`Own`]), at the same position of parallel vectors. A vehicle whose rear still covers links behind leaves a
//! [`Ghost`] in each of them.

use serde::{Deserialize, Serialize};

use crate::ids::{ConnectorId, Id, LaneId, LinkId, RouteId, TripId, VehicleTypeId};
use crate::network::{Lane, Network};
use crate::rows::Column;
use crate::traffic::car_following::{Driver, HALTING_SPEED_MPS};
use crate::traffic::lane_change::LaneChangeState;
use crate::traffic::pieces::Presence;
use crate::traffic::prefs::RoutePrefs;
use crate::traffic::stops::StopState;
use crate::traffic::types::VehicleType;

/// Flags of a vehicle that others see.
pub mod flags {
    /// Stands at a stop of its own.
    pub const AT_STOP: u16 = 1;
    /// Will not pass the next stop line now.
    pub const HAS_TO_WAIT: u16 = 2;
    /// Stands at a stop beside the road, out of the way.
    pub const PARKED: u16 = 4;
    /// Cannot go on in its lane and could not change yet.
    pub const STRATEGIC_BLOCKED: u16 = 8;
    /// Intends to leave the internal lane it is on.
    pub const WILL_LEAVE_JUNCTION: u16 = 16;
}

/// What others see of a vehicle: 32 bytes, positions relative to its link.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Front position along the link.
    pub front_m: f32,
    /// Rear position along the link; negative while the rear is on links behind.
    pub rear_m: f32,
    /// Kerb-side edge across the link.
    pub kerb_m: f32,
    /// Outer edge across the link.
    pub outer_m: f32,
    /// Speed.
    pub speed_mps: f32,
    /// Lane, as position in the link.
    pub lane: u16,
    /// Vehicle type.
    pub kind: u16,
    /// See [`flags`].
    pub flags: u16,
    /// Acceleration of the last step in cm/s².
    pub accel_cmps2: i16,
    /// The trip: key of draws and ties.
    pub trip: TripId,
}

impl Seen {
    /// Whether a flag is set.
    #[inline]
    pub fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
    /// Sets or clears a flag.
    #[inline]
    pub fn set(&mut self, flag: u16, on: bool) {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
    }
    /// Length of the vehicle.
    #[inline]
    pub fn length_m(&self) -> f32 {
        self.front_m - self.rear_m
    }
    /// Whether the lateral intervals of two vehicles overlap.
    #[inline]
    pub fn overlaps_laterally(&self, other: &Self) -> bool {
        self.kerb_m < other.outer_m && other.kerb_m < self.outer_m
    }
    /// The vehicle type.
    #[inline]
    pub fn kind_id(&self) -> VehicleTypeId {
        VehicleTypeId(u32::from(self.kind))
    }
}

/// Where a vehicle is in the link-ordered memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The link of its front.
    pub link: LinkId,
    /// Position among the link's vehicles.
    pub slot: u32,
}

/// A vehicle's rear part on a link behind its front's.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ghost {
    /// As others on this link see it: `front_m` lies beyond the link's end.
    pub seen: Seen,
    /// The vehicle.
    pub place: Place,
}

/// Most links that a vehicle's rear can cover behind its front.
pub const MAX_BEHIND: usize = 8;

/// A time that lies in no run: "not yet".
pub const NEVER_MS: i64 = i64::MAX;

/// How a trip stands at the end of the run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum TripStatus {
    /// Reached its end.
    Arrived,
    /// On the road.
    Running,
    /// Due, but not let in yet.
    Waiting,
    /// Given up: could not enter within the allowed delay.
    Rejected,
}

/// What a trip has accumulated.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// When it entered the network.
    pub depart_ms: i64,
    /// Distance driven.
    pub length_m: f64,
    /// Time lost against the desired speed, stops excluded.
    pub time_loss_s: f64,
    /// Time at or below 0.1 m/s, stops excluded.
    pub waiting_s: f64,
    /// Time at stops.
    pub stop_time_s: f64,
    /// Energy taken from battery or tank, where it is asked for.
    pub energy_j: f64,
    /// How often waiting began.
    pub stops: u32,
    /// Whether it is waiting now.
    pub is_waiting: bool,
    /// Turns taken because the right lane was out of reach.
    pub missed_turns: u32,
    /// Stops left out because they were no longer on the way.
    pub missed_stops: u32,
}

/// What a vehicle has met on its way over the present link and through the last junction, for counts by link and
/// movement.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Passage {
    /// When the front entered the link it is on; meaningless if it departed there.
    pub link_entry_ms: i64,
    /// Whether it entered the link at its start.
    pub from_start: bool,
    /// Time lost since the approach to the present or last junction began.
    pub approach_loss_s: f64,
    /// Stops since then.
    pub approach_stops: u32,
}

/// What only the vehicle itself knows. In memory, what every pass reads comes first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[repr(C)]
pub struct Own {
    /// The trip.
    pub trip: TripId,
    /// The vehicle type.
    pub kind: VehicleTypeId,
    /// The route it follows: the trip's, or one found on the way.
    pub route: RouteId,
    /// Lane of the front.
    pub lane: LaneId,
    /// Position of the present road in the route; on an internal lane, that of the road before.
    pub route_index: u32,
    /// See [`flags`].
    pub flags: u16,
    /// Number of lanes in `behind`.
    pub n_behind: u8,
    /// Front position on the lane.
    pub front_m: f64,
    /// Speed.
    pub speed_mps: f64,
    /// Factor on speed limits.
    pub speed_factor: f64,
    /// Which lanes lead on along its route.
    pub prefs: RoutePrefs,
    /// Acceleration of the last step.
    pub accel_mps2: f64,
    /// How long it has been waiting.
    pub waiting_ms: i64,
    /// Its next stop.
    pub stop: StopState,
    /// Lane-change memory.
    pub lane_change: LaneChangeState,
    /// Lateral position of the vehicle's middle on its link, from the kerb.
    pub middle_m: f64,
    /// Lateral speed, outwards positive.
    pub lateral_mps: f64,
    /// What the trip has accumulated.
    pub tally: Tally,
    /// The present link and junction.
    pub passage: Passage,
    /// When it entered the junction it is in; `NEVER_MS` outside, or after it gave its turn away.
    pub entry_ms: i64,
    /// The same, never given away.
    pub entry_kept_ms: i64,
    /// When it entered the conflict area of the junction.
    pub conflict_entry_ms: i64,
    /// Lanes behind the front's lane that the rear covers, nearest first.
    pub behind: [LaneId; MAX_BEHIND],
}

impl Own {
    /// What others see of the vehicle.
    pub fn project(&self, network: &Network, kind: &VehicleType) -> Seen {
        let half_m = kind.width_m / 2.0;
        Seen {
            front_m: self.front_m as f32,
            rear_m: (self.front_m - kind.length_m) as f32,
            kerb_m: (self.middle_m - half_m) as f32,
            outer_m: (self.middle_m + half_m) as f32,
            speed_mps: self.speed_mps as f32,
            lane: network.lanes[self.lane].index,
            kind: self.kind.0 as u16,
            flags: self.flags,
            accel_cmps2: (self.accel_mps2 * 100.0) as i16,
            trip: self.trip,
        }
    }
    /// The lanes that the rear covers behind the front's lane, nearest first.
    #[inline]
    pub fn lanes_behind(&self) -> &[LaneId] {
        &self.behind[..self.n_behind as usize]
    }
}

/// Sums over the vehicles whose front is on a lane, and who is last and first. Rebuilt whenever vehicles move.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct LaneSummary {
    /// Sum of lengths and minimum gaps.
    pub occupied_m: f32,
    /// Number of vehicles.
    pub n: u32,
    /// Slot of the last vehicle (smallest front); `u32::MAX` for none.
    pub last: u32,
    /// Slot of the first vehicle (largest front); `u32::MAX` for none.
    pub first: u32,
    /// Sum of speeds.
    pub speed_sum_mps: f32,
    /// Road free up to the rearmost vehicle that stands, less the vehicles behind it; without one, the lane's length
    /// less all its vehicles.
    pub space_m: f32,
    /// Whether a vehicle stands on the lane.
    pub has_standing: bool,
}

impl LaneSummary {
    /// An empty lane.
    pub const EMPTY: Self = Self {
        occupied_m: 0.0,
        n: 0,
        last: u32::MAX,
        first: u32::MAX,
        speed_sum_mps: 0.0,
        space_m: 0.0,
        has_standing: false,
    };
}

/// The vehicles on the road.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Traffic {
    /// What others see, by link.
    pub seen: Vec<Vec<Seen>>,
    /// What only they know, by link, in the same order.
    pub own: Vec<Vec<Own>>,
    /// Rears on links behind, by link, front of the vehicle far ahead first: (rear descending, trip).
    pub ghosts: Vec<Vec<Ghost>>,
    /// The links that have ghosts.
    pub ghost_links: Vec<LinkId>,
    /// Sums by lane.
    pub lanes: Column<LaneId, LaneSummary>,
    /// Number of vehicles on the road.
    pub n_vehicles: u32,
    /// Length of the longest vehicle type: how far a rear can lie behind a front.
    pub longest_m: f64,
    /// Length of the longest vehicle by link; any value on empty links.
    pub longest_on_m: Vec<f32>,
    /// On which links somebody is.
    #[serde(skip)]
    pub presence: Presence,
}

impl Traffic {
    /// Empty roads.
    pub fn new(network: &Network, longest_m: f64) -> Self {
        Self {
            longest_m,
            longest_on_m: vec![longest_m as f32; network.links.len()],
            seen: vec![Vec::new(); network.links.len()],
            own: vec![Vec::new(); network.links.len()],
            ghosts: vec![Vec::new(); network.links.len()],
            ghost_links: Vec::new(),
            lanes: Column::filled(LaneSummary::EMPTY, network.lanes.len()),
            n_vehicles: 0,
            presence: Presence::default(),
        }
    }
    /// What others see of a vehicle.
    #[inline]
    pub fn seen(&self, place: Place) -> &Seen {
        &self.seen[place.link.index()][place.slot as usize]
    }
    /// What only the vehicle knows.
    #[inline]
    pub fn own(&self, place: Place) -> &Own {
        &self.own[place.link.index()][place.slot as usize]
    }
    /// The last vehicle on a lane: the one with the smallest front, or, if no front is on the lane, the rear that lies
    /// farthest back. With the place of the vehicle.
    pub fn last_on_lane(&self, network: &Network, lane: LaneId) -> Option<(&Seen, Place)> {
        let link = network.link_of(lane);
        if !self.presence.may_be_on(link) {
            return None;
        }
        let summary = &self.lanes[lane];
        if summary.n > 0 {
            let place = Place { link, slot: summary.last };
            return Some((self.seen(place), place));
        }
        let index = network.lanes[lane].index;
        self.ghosts[link.index()].iter().rev().find(|g| g.seen.lane == index).map(|g| (&g.seen, g.place))
    }
    /// All vehicles with their places, link by link.
    pub fn iter(&self) -> impl Iterator<Item = (Place, &Seen, &Own)> {
        self.seen.iter().zip(&self.own).enumerate().flat_map(|(link, (seen, own))| {
            seen.iter().zip(own).enumerate().map(move |(slot, (seen, own))| {
                (Place { link: LinkId::from_index(link), slot: slot as u32 }, seen, own)
            })
        })
    }
    /// Makes the lane sums of one link true again.
    pub fn summarize(&mut self, network: &Network, drivers: &[Driver], link: LinkId) {
        let column = &network.links[link];
        let first_lane = column.first_lane.index();
        let n = column.n_lanes as usize;
        summarize_lanes(
            &network.lanes.as_slice()[first_lane..first_lane + n],
            drivers,
            &self.seen[link.index()],
            &mut self.lanes.as_mut_slice()[first_lane..first_lane + n],
        );
    }
}

/// Sums over the vehicles of one link, lane by lane.
pub fn summarize_lanes(lanes: &[Lane], drivers: &[Driver], seen: &[Seen], summaries: &mut [LaneSummary]) {
    for (lane, summary) in lanes.iter().zip(summaries.iter_mut()) {
        *summary = LaneSummary { space_m: lane.length_m as f32, ..LaneSummary::EMPTY };
    }
    for (slot, seen) in seen.iter().enumerate().rev() {
        let driver = &drivers[seen.kind as usize];
        let summary = &mut summaries[seen.lane as usize];
        let length_m = seen.front_m - seen.rear_m + driver.min_gap_m as f32;
        if !summary.has_standing {
            if f64::from(seen.speed_mps) < HALTING_SPEED_MPS {
                let brake_m = driver.brake_gap_own(f64::from(seen.speed_mps)) as f32;
                summary.space_m = seen.rear_m + brake_m - summary.occupied_m;
                summary.has_standing = true;
            } else {
                summary.space_m -= length_m;
            }
        }
        summary.occupied_m += length_m;
        summary.speed_sum_mps += seen.speed_mps;
        summary.n += 1;
        summary.first = slot as u32;
        if summary.last == u32::MAX {
            summary.last = slot as u32;
        }
    }
}

/// A vehicle's intention to pass a stop line, as others may read it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Approach {
    /// The next one at the same connector; `u32::MAX` for none.
    pub next: u32,
    /// The vehicle.
    pub trip: TripId,
    /// Its type.
    pub kind: VehicleTypeId,
    /// When it will arrive.
    pub arrival_ms: i64,
    /// When its rear will have left the way through.
    pub leave_ms: i64,
    /// Speed at arrival.
    pub arrival_mps: f64,
    /// Speed when leaving.
    pub leave_mps: f64,
    /// Speed at arrival if it brakes from now on; infinite if it has no time to brake.
    pub arrival_braking_mps: f64,
    /// Whether it intends to pass.
    pub will_pass: bool,
    /// How long it has been waiting.
    pub waiting_ms: i64,
    /// Distance to the stop line.
    pub distance_m: f64,
    /// Its speed now.
    pub speed_mps: f64,
    /// Where its middle will be across the road behind the junction.
    pub middle_m: f64,
}

/// A vehicle's intention at one connector, before it is published.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Intention {
    /// The connector behind the stop line.
    pub connector: ConnectorId,
    /// What others may read.
    pub approach: Approach,
}

/// All intentions by connector, as published in the last step.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Approaches {
    head: Vec<u32>,
    entries: Vec<Approach>,
    used: Vec<ConnectorId>,
}

impl Approaches {
    /// No intentions.
    pub fn new(network: &Network) -> Self {
        Self { head: vec![u32::MAX; network.connectors.len()], entries: Vec::new(), used: Vec::new() }
    }
    /// Publishes new intentions, in the order of links and vehicles, in place of all there are.
    pub fn replace<'a>(&mut self, intentions: impl Iterator<Item = &'a Intention>) {
        self.clear();
        for intention in intentions {
            self.push(intention.connector, intention.approach);
        }
    }
    fn clear(&mut self) {
        for connector in self.used.drain(..) {
            self.head[connector.index()] = u32::MAX;
        }
        self.entries.clear();
    }
    fn push(&mut self, connector: ConnectorId, mut approach: Approach) {
        let head = &mut self.head[connector.index()];
        if *head == u32::MAX {
            self.used.push(connector);
        }
        approach.next = *head;
        *head = self.entries.len() as u32;
        self.entries.push(approach);
    }
    /// The intentions at a connector.
    #[inline]
    pub fn at(&self, connector: ConnectorId) -> impl Iterator<Item = &Approach> {
        let mut next = self.head[connector.index()];
        std::iter::from_fn(move || {
            let entry = self.entries.get(next as usize)?;
            next = entry.next;
            Some(entry)
        })
    }
}
