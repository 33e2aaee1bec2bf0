//! Pass `depart`: vehicles that are due enter the network where and when there is room.
//!
//! Who is due waits in one queue, ordered by scheduled departure. In every step each of them is tried once, unless a
//! vehicle before it was refused on the lane it would take (nobody overtakes in the queue). A place is good if the
//! vehicle can follow whoever is ahead, can stop before what it must not pass, and nobody behind must brake harder than
//! is comfortable. The procedures for lane, position and speed mean what SUMO's attributes of the same names mean.

mod ahead;
mod attempt;
mod enter;
mod lanes;
mod neighbors;
mod places;
mod resume;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{Id, LinkId, RouteId, TripId};
use crate::traffic::LateralMode;
use crate::traffic::demand::Demand;
use crate::traffic::scene::Scene;
use crate::traffic::state::Traffic;
use attempt::Verdict;
use lanes::LaneMask;
use neighbors::Surroundings;
use places::Newcomer;

pub use resume::resume;

/// A vehicle that is due and has not found room yet.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct Waiting {
    trip: TripId,
    link: LinkId,
    route: RouteId,
    /// Lanes it may enter on; found out at its first try.
    lanes: Option<LaneMask>,
}

/// Who has entered, who waits.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DepartState {
    /// Position in the demand of the first trip that is not due yet.
    next: u32,
    /// Vehicles that are due, by (scheduled departure, trip).
    waiting: Vec<Waiting>,
    n_loaded: u32,
    n_departed: u32,
    n_rejected: u32,
    /// Largest factor on speed limits of any driver, and smallest comfortable braking: bounds of braking distances.
    max_speed_factor: f64,
    min_decel_mps2: f64,
}

impl DepartState {
    /// Nobody has entered; trips that should have departed before the beginning are left out.
    pub fn new(demand: &Demand, begin_ms: i64) -> Self {
        let next = demand.trips.partition_point(|trip| trip.depart.0 < begin_ms);
        let largest = |most: f64, x: f64| most.max(x);
        Self {
            next: next as u32,
            waiting: Vec::new(),
            n_loaded: 0,
            n_departed: 0,
            n_rejected: 0,
            max_speed_factor: demand.trips.iter().map(|trip| trip.speed_factor).fold(1.0, largest),
            min_decel_mps2: demand.types.iter().map(|kind| kind.decel_mps2).fold(f64::INFINITY, f64::min),
        }
    }
    /// Trips that have become due.
    pub fn n_loaded(&self) -> u32 {
        self.n_loaded
    }
    /// Vehicles that have entered.
    pub fn n_departed(&self) -> u32 {
        self.n_departed
    }
    /// Vehicles that were given up.
    pub fn n_rejected(&self) -> u32 {
        self.n_rejected
    }
    /// Vehicles that are due and wait for room.
    pub fn n_waiting(&self) -> u32 {
        self.waiting.len() as u32
    }
    /// The vehicles that wait for room, with the link on which they want to enter, longest due first.
    pub fn waiting(&self) -> impl Iterator<Item = (TripId, LinkId)> + '_ {
        self.waiting.iter().map(|waiting| (waiting.trip, waiting.link))
    }
    /// Whether all trips have become due.
    pub fn is_exhausted(&self, demand: &Demand) -> bool {
        self.next as usize >= demand.trips.len()
    }
    /// Forgets which lanes waiting vehicles may use: to be called when permissions have changed.
    pub fn forget_lanes(&mut self) {
        for waiting in &mut self.waiting {
            waiting.lanes = None;
        }
    }
    /// Lets trips that are due and wait take other ways; `choose` is asked for each of them, those that are due since
    /// this step marked, and gives the id of the new one.
    pub fn choose_routes(
        &mut self,
        scene: &Scene<'_>,
        mut choose: impl FnMut(TripId, RouteId, bool) -> Option<(RouteId, LinkId)>,
    ) {
        let n_before = self.waiting.len();
        self.load_due(scene);
        for (index, waiting) in self.waiting.iter_mut().enumerate() {
            if let Some((route, link)) = choose(waiting.trip, waiting.route, index >= n_before) {
                *waiting = Waiting { route, link, lanes: None, ..*waiting };
            }
        }
    }
    fn surroundings<'a>(&self, scene: &'a Scene<'a>, traffic: &'a Traffic, mode: LateralMode) -> Surroundings<'a> {
        let (max_speed_factor, min_decel_mps2) = (self.max_speed_factor, self.min_decel_mps2);
        Surroundings { scene, traffic, mode, max_speed_factor, min_decel_mps2 }
    }
    fn load_due(&mut self, scene: &Scene<'_>) {
        let trips = &scene.demand.trips;
        while let Some(trip) = trips.get(self.next as usize)
            && trip.depart.0 <= scene.now_ms
        {
            let route = trip.route;
            if let Some(&link) = scene.route(route).first() {
                self.waiting.push(Waiting { trip: TripId::from_index(self.next as usize), link, route, lanes: None });
            }
            self.n_loaded += 1;
            self.next += 1;
        }
    }
}

/// A vehicle that has entered.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Departed {
    /// The trip.
    pub trip: TripId,
    /// Its way.
    pub route: RouteId,
    /// The link it entered on.
    pub place_link: LinkId,
    /// When it entered.
    pub depart_ms: i64,
}

/// Lanes of each link that refused a vehicle in this step: to those that keep lanes, and to others.
type Refusals = BTreeMap<LinkId, [LaneMask; 2]>;

/// Lets the vehicles that are due enter where there is room; to be called after all moves of the step.
///
/// A vehicle that found no room for longer than `max_delay_ms` is given up. Returns whether the rear of one of them lies on a link behind, so that ghosts must be placed anew.
pub fn run(
    scene: &Scene<'_>,
    mode: LateralMode,
    state: &mut DepartState,
    traffic: &mut Traffic,
    max_delay_ms: Option<i64>,
    (log, rejected): (&mut Vec<Departed>, &mut Vec<TripId>),
) -> bool {
    state.load_due(scene);
    if state.waiting.is_empty() {
        return false;
    }
    let mut refusals = Refusals::new();
    let mut waiting = std::mem::take(&mut state.waiting);
    let mut reaches_back = false;
    waiting.retain_mut(|entry| {
        let surroundings = state.surroundings(scene, traffic, mode);
        let verdict = try_entry(&surroundings, entry, &mut refusals);
        match verdict {
            Verdict::Placed(entrance) => {
                let own = enter::fresh(scene, entry.trip, (entry.route, 0), *entrance);
                reaches_back |= enter::put(scene, traffic, own);
                state.n_departed += 1;
                log.push(Departed {
                    trip: entry.trip,
                    route: entry.route,
                    place_link: entry.link,
                    depart_ms: scene.now_ms,
                });
                false
            }
            Verdict::Refused => {
                let since_ms = scene.now_ms - scene.demand.trips[entry.trip.index()].depart.0;
                let gives_up = max_delay_ms.is_some_and(|most_ms| since_ms > most_ms);
                if gives_up {
                    state.n_rejected += 1;
                    rejected.push(entry.trip);
                }
                !gives_up
            }
            Verdict::Impossible => {
                state.n_rejected += 1;
                rejected.push(entry.trip);
                false
            }
        }
    });
    state.waiting = waiting;
    reaches_back
}

/// Tries to find a place for a waiting vehicle, unless somebody before it was refused there in this step.
fn try_entry(surroundings: &Surroundings<'_>, entry: &mut Waiting, refusals: &mut Refusals) -> Verdict {
    let scene = surroundings.scene;
    let refused = &mut refusals.entry(entry.link).or_default()[usize::from(!surroundings.keeps_lane(entry.trip))];
    if entry.lanes.is_some_and(|lanes| lanes & !*refused == 0) {
        return Verdict::Refused;
    }
    let mut newcomer = Newcomer::new(scene, entry.trip, entry.route);
    let lanes = *entry.lanes.get_or_insert_with(|| lanes::candidates(scene, &mut newcomer));
    let Some(lane) = lanes::choose(surroundings, &newcomer, lanes) else { return Verdict::Refused };
    let bit: LaneMask = 1 << scene.network.lanes[lane].index.min(lanes::MAX_LANES - 1);
    if *refused & bit != 0 {
        return Verdict::Refused;
    }
    let verdict = places::try_lane(surroundings, &mut newcomer, lane, lanes);
    if !matches!(verdict, Verdict::Placed(_)) {
        *refused |= if surroundings.keeps_lane(entry.trip) { bit } else { lanes };
    }
    verdict
}
