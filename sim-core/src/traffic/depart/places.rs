//! Where on its lane a vehicle enters, and with which wish for a speed.

use super::attempt::{self, Manner, Verdict};
use super::lanes::{LaneMask, MAX_LANES, from_start};
use super::neighbors::{Other, Spot, Surroundings};
use crate::ids::{LaneId, LinkId, RouteId, TripId};
use crate::rng::{self, Purpose};
use crate::traffic::LateralMode;
use crate::traffic::car_following::{Driver, POSITION_EPS_M};
use crate::traffic::demand::{DepartLateral, DepartPosition, DepartSpeed, Trip};
use crate::traffic::prefs::{self, Draft, RoutePrefs};
use crate::traffic::scene::Scene;
use crate::traffic::stops::{self, StopState};
use crate::traffic::types::VehicleType;

/// Random positions tried before the first free one is looked for.
const RANDOM_TRIES: u64 = 10;
/// A given speed may be above the desired one by as much as rounding in files makes.
const SPEED_EPS_MPS: f64 = 0.1;
/// Distance kept to the edges of lanes and to vehicles beside.
const SIDE_GAP_M: f64 = 0.1;

/// A vehicle that wants to enter.
#[derive(Clone, Debug)]
pub(super) struct Newcomer<'a> {
    /// Its trip.
    pub(super) id: TripId,
    /// The trip's wishes.
    pub(super) trip: &'a Trip,
    /// Its type.
    pub(super) kind: &'a VehicleType,
    /// Its driver.
    pub(super) driver: &'a Driver,
    /// The roads of its route; at least one.
    pub(super) route: &'a [LinkId],
    /// Its stops.
    pub(super) stop: StopState,
    /// The driver's factor on speed limits.
    pub(super) speed_factor: f64,
    /// Whether it enters with its whole length, where it enters wherever there is room.
    pub(super) is_whole: bool,
    draft: Draft,
}

/// How a vehicle enters.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entrance {
    /// Where.
    pub(super) spot: Spot,
    /// How fast.
    pub(super) speed_mps: f64,
    /// The driver's factor on speed limits.
    pub(super) speed_factor: f64,
    /// Its stops.
    pub(super) stop: StopState,
    /// The lane preferences along its route.
    pub(super) prefs: RoutePrefs,
}

/// Uniform numbers for the choices of one vehicle in one step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Draws {
    /// For the lane.
    pub(super) lane: f64,
    /// For the position along it.
    pub(super) position: f64,
    /// For the speed.
    pub(super) speed: f64,
    /// For the position across it.
    pub(super) lateral: f64,
}

impl<'a> Newcomer<'a> {
    /// The vehicle of a trip.
    pub(super) fn new(scene: &Scene<'a>, id: TripId, route: RouteId) -> Self {
        let trip = &scene.demand.trips[id.index()];
        let way = (scene.route(route), StopState::before(&trip.stops));
        Self::on_way(scene, (id, trip), way, trip.speed_factor, false)
    }
    /// A vehicle that has some of its way behind it: its route and stops begin here.
    pub(super) fn on_way(
        scene: &Scene<'a>,
        (id, trip): (TripId, &'a Trip),
        (route, stop): (&'a [LinkId], StopState),
        speed_factor: f64,
        is_whole: bool,
    ) -> Self {
        let target = stops::target(scene, (trip, route), &stop, 0);
        Self {
            id,
            trip,
            kind: scene.kind(trip.vehicle_type),
            driver: scene.driver(trip.vehicle_type),
            route,
            stop,
            speed_factor,
            is_whole,
            draft: Draft::new(scene.rider(trip.vehicle_type), target),
        }
    }
    /// The lane preferences on the first roads of the route, as far as a newcomer may have to look.
    pub(super) fn prefs(&mut self, scene: &Scene<'_>) -> &RoutePrefs {
        if !self.draft.known().is_empty() {
            return self.draft.known();
        }
        let mut reach_m = self.driver.reach_m;
        let mut n_roads = 1;
        for &link in self.route.iter().skip(1) {
            n_roads += 1;
            reach_m -= scene.network.links[link].length_m;
            if reach_m < 0.0 {
                break;
            }
        }
        self.draft.first(scene.network, self.route, n_roads)
    }
    /// The same, once they have been worked out.
    pub(super) fn known_prefs(&self) -> &RoutePrefs {
        self.draft.known()
    }
    /// The lane preferences on all roads of the route; the newcomer does not keep them.
    pub(super) fn take_prefs(&mut self, scene: &Scene<'_>) -> RoutePrefs {
        self.draft.finish(scene.network, self.route)
    }
    /// The speed it wants to drive on a lane.
    pub(super) fn desired_speed_mps(&self, scene: &Scene<'_>, lane: LaneId) -> f64 {
        scene.wanted_speed_mps(self.trip.vehicle_type, self.speed_factor, lane)
    }
    /// Its draws in this step; attempts differ.
    pub(super) fn draws(&self, scene: &Scene<'_>, attempt: u64) -> Draws {
        let step = scene.step * (RANDOM_TRIES + 1) + attempt;
        let words = rng::words(scene.seed, Purpose::DepartPlace, self.id.0, step);
        let [lane, position, speed, lateral] = words.map(rng::unit);
        Draws { lane, position, speed, lateral }
    }
}

/// Tries to place a vehicle on a lane; one that does not keep lanes may take any of its candidates.
pub(super) fn try_lane(
    surroundings: &Surroundings<'_>,
    newcomer: &mut Newcomer<'_>,
    lane: LaneId,
    lanes: LaneMask,
) -> Verdict {
    let scene = surroundings.scene;
    let length_m = scene.network.lanes[lane].length_m;
    let front_m = match newcomer.trip.depart_position {
        DepartPosition::Front(front_m) => from_start(front_m, length_m),
        DepartPosition::Random => newcomer.draws(scene, 0).position * length_m,
        DepartPosition::Stop => match own_stop(surroundings, newcomer, lane) {
            Some(stop_m) => stop_m.max(0.0),
            None => base_m(surroundings, newcomer, lane),
        },
        DepartPosition::Base => base_m(surroundings, newcomer, lane),
        DepartPosition::Last => return last(surroundings, newcomer, lane),
        DepartPosition::Free => return free(surroundings, newcomer, lane),
        DepartPosition::RandomFree => {
            for attempt in 0..RANDOM_TRIES {
                let front_m = newcomer.draws(scene, attempt).position * length_m;
                let verdict = at(surroundings, newcomer, lane, front_m);
                if matches!(verdict, Verdict::Placed(_)) {
                    return verdict;
                }
            }
            return free(surroundings, newcomer, lane);
        }
    };
    let squeezes_in = surroundings.mode == LateralMode::Continuous
        && !newcomer.kind.lateral.keeps_lane
        && matches!(newcomer.trip.depart_lateral, DepartLateral::Center | DepartLateral::Free);
    if squeezes_in {
        return beside_others(surroundings, newcomer, lanes, front_m);
    }
    at(surroundings, newcomer, lane, front_m)
}

/// Where the vehicle must stand at its first stop, if that is on this lane.
fn own_stop(surroundings: &Surroundings<'_>, newcomer: &Newcomer<'_>, lane: LaneId) -> Option<f64> {
    let scene = surroundings.scene;
    let column = &scene.network.lanes[lane];
    let stop = stops::next(scene, &newcomer.stop)?;
    ((stop.link, stop.lane) == (column.link, column.index))
        .then(|| stops::standing_position_m(scene, surroundings.traffic, stop, newcomer.kind))
}

/// The front of a vehicle whose rear is at the start of the lane, or that stands at its stop there.
fn base_m(surroundings: &Surroundings<'_>, newcomer: &Newcomer<'_>, lane: LaneId) -> f64 {
    let base_m = (newcomer.kind.length_m + POSITION_EPS_M).min(surroundings.scene.network.lanes[lane].length_m);
    own_stop(surroundings, newcomer, lane).map_or(base_m, |stop_m| base_m.min(stop_m.max(0.0)))
}

/// The wished-for speed on a lane, and how far the wish gives way.
fn wish(surroundings: &Surroundings<'_>, newcomer: &mut Newcomer<'_>, lane: LaneId) -> (f64, Manner) {
    let scene = surroundings.scene;
    let desired_mps = newcomer.desired_speed_mps(scene, lane);
    let last = surroundings.last_on_lane(lane);
    let gives_way = if last.is_some() { Manner::GivesWayToRoad } else { Manner::GivesWay };
    match newcomer.trip.depart_speed {
        // Others on the lane do not tell how fast one can go between them.
        DepartSpeed::Average | DepartSpeed::Last if !surroundings.keeps_lane(newcomer.id) => {
            (desired_mps, Manner::GivesWay)
        }
        DepartSpeed::Fixed(speed_mps) => (fixed(scene, newcomer, lane, speed_mps), Manner::Insists),
        DepartSpeed::Max => (desired_mps, Manner::GivesWay),
        DepartSpeed::Random => (newcomer.draws(scene, 0).speed * desired_mps, Manner::GivesWay),
        DepartSpeed::Desired => (desired_mps, Manner::GivesWayToRoad),
        DepartSpeed::SpeedLimit => (desired_mps / newcomer.speed_factor, Manner::GivesWayToRoad),
        DepartSpeed::Average => (surroundings.mean_speed_mps(lane).min(desired_mps), gives_way),
        DepartSpeed::Last => {
            let last_mps = last.map_or(desired_mps, |last| last.speed_mps);
            (last_mps.min(desired_mps), gives_way)
        }
    }
}

/// A given speed. A driver whose type is free in it drives by that speed's factor on limits from then on; another one
/// keeps to the desired speed.
fn fixed(scene: &Scene<'_>, newcomer: &mut Newcomer<'_>, lane: LaneId, speed_mps: f64) -> f64 {
    let desired_mps = newcomer.desired_speed_mps(scene, lane);
    if speed_mps <= desired_mps + SPEED_EPS_MPS {
        return speed_mps;
    }
    if newcomer.kind.speed_factor.deviation > 0.0 {
        let limit_mps = scene.network.lanes[lane].speed_limit_mps.min(newcomer.driver.max_speed_mps);
        newcomer.speed_factor = newcomer.speed_factor.max(speed_mps / limit_mps);
    }
    speed_mps.min(newcomer.desired_speed_mps(scene, lane))
}

/// Lateral position of the vehicle's middle on a lane.
fn middle_m(surroundings: &Surroundings<'_>, newcomer: &Newcomer<'_>, lane: LaneId) -> f64 {
    let scene = surroundings.scene;
    let column = &scene.network.lanes[lane];
    let center_m = column.offset_m + column.width_m / 2.0;
    let room_m = ((column.width_m - newcomer.kind.width_m) / 2.0).max(0.0);
    if surroundings.mode == LateralMode::LaneInstant {
        return center_m;
    }
    match newcomer.trip.depart_lateral {
        DepartLateral::Center | DepartLateral::Free => center_m,
        DepartLateral::Kerb => center_m - room_m,
        DepartLateral::Median => center_m + room_m,
        DepartLateral::Random => center_m + (2.0 * newcomer.draws(scene, 0).lateral - 1.0) * room_m,
        DepartLateral::Offset(offset_m) => center_m + offset_m.clamp(-room_m, room_m),
    }
}

fn spot(
    surroundings: &Surroundings<'_>,
    newcomer: &Newcomer<'_>,
    (lane, middle_m): (LaneId, f64),
    front_m: f64,
) -> Spot {
    let length_m = surroundings.scene.network.lanes[lane].length_m;
    // A position off the lane stands for the lane's end.
    let front_m = if (0.0..=length_m).contains(&front_m) { front_m } else { length_m };
    let half_width_m = newcomer.kind.width_m / 2.0 + SIDE_GAP_M;
    Spot { lane, front_m, rear_m: front_m - newcomer.kind.length_m, middle_m, half_width_m }
}

/// Tries one position.
fn at(surroundings: &Surroundings<'_>, newcomer: &mut Newcomer<'_>, lane: LaneId, front_m: f64) -> Verdict {
    let middle_m = middle_m(surroundings, newcomer, lane);
    let spot = spot(surroundings, newcomer, (lane, middle_m), front_m);
    if !attempt::has_room(surroundings, newcomer.driver, &spot) {
        return Verdict::Refused;
    }
    let wish = wish(surroundings, newcomer, lane);
    attempt::run(surroundings, newcomer, spot, wish)
}

/// Tries the lateral places on the candidate lanes, the one with most room ahead first.
fn beside_others(
    surroundings: &Surroundings<'_>,
    newcomer: &mut Newcomer<'_>,
    lanes: LaneMask,
    front_m: f64,
) -> Verdict {
    let network = surroundings.scene.network;
    let link = &network.links[newcomer.route[0]];
    let mut places: Vec<(f64, Spot)> = Vec::new();
    for lane in link.lanes().take(usize::from(MAX_LANES)) {
        let column = &network.lanes[lane];
        if lanes & (1 << column.index) == 0 {
            continue;
        }
        let room_m = ((column.width_m - newcomer.kind.width_m) / 2.0 - SIDE_GAP_M).max(0.0);
        for side in [0.0, -1.0, 1.0] {
            let middle_m = column.offset_m + column.width_m / 2.0 + side * room_m;
            let spot = spot(surroundings, newcomer, (lane, middle_m), front_m);
            let ahead_m = surroundings.leader(&spot).map_or(f64::INFINITY, |leader| leader.rear_m - spot.front_m);
            if ahead_m >= newcomer.driver.min_gap_m {
                places.push((ahead_m, spot));
            }
        }
    }
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, spot) in places {
        let wish = wish(surroundings, newcomer, spot.lane);
        let verdict = attempt::run(surroundings, newcomer, spot, wish);
        if !matches!(verdict, Verdict::Refused) {
            return verdict;
        }
    }
    Verdict::Refused
}

/// Gap from a newcomer's front to a leader's rear that is needed at a speed.
fn gap_ahead_m(surroundings: &Surroundings<'_>, newcomer: &Newcomer<'_>, leader: &Other, speed_mps: f64) -> f64 {
    let leader_decel = surroundings.scene.driver(leader.kind).decel_mps2;
    newcomer.driver.secure_gap(speed_mps, leader.speed_mps, leader_decel) + newcomer.driver.min_gap_m
}

/// Tries to place the vehicle right behind the last one on the lane, or at the lane's end.
fn last(surroundings: &Surroundings<'_>, newcomer: &mut Newcomer<'_>, lane: LaneId) -> Verdict {
    let scene = surroundings.scene;
    let end_m = scene.network.lanes[lane].length_m - POSITION_EPS_M;
    let (speed_mps, manner) = wish(surroundings, newcomer, lane);
    let leader = surroundings.last_on_lane(lane).or_else(|| {
        newcomer.prefs(scene);
        let mut way_m = scene.network.lanes[lane].length_m;
        let sight_m = end_m + newcomer.driver.brake_gap_own(speed_mps);
        prefs::path(scene.network, newcomer.known_prefs(), 0, lane).find_map(|(_, next)| {
            let found = surroundings.last_on_lane(next).filter(|_| way_m < sight_m);
            let found = found.map(|other| Other { rear_m: other.rear_m + way_m, ..other });
            way_m += scene.network.lanes[next].length_m;
            found
        })
    });
    let mut front_m = end_m;
    if let Some(leader) = leader {
        let needed_m = gap_ahead_m(surroundings, newcomer, &leader, speed_mps) + POSITION_EPS_M;
        if leader.rear_m < needed_m {
            return Verdict::Refused;
        }
        front_m = front_m.min(leader.rear_m - needed_m);
    }
    let middle_m = middle_m(surroundings, newcomer, lane);
    let spot = spot(surroundings, newcomer, (lane, middle_m), front_m);
    attempt::run(surroundings, newcomer, spot, (speed_mps, manner))
}

/// Looks for the first gap on the lane that is long enough.
fn free(surroundings: &Surroundings<'_>, newcomer: &mut Newcomer<'_>, lane: LaneId) -> Verdict {
    let length_m = surroundings.scene.network.lanes[lane].length_m;
    let middle_m = middle_m(surroundings, newcomer, lane);
    let (wished_mps, _) = wish(surroundings, newcomer, lane);
    let place = |front_m: f64, newcomer: &Newcomer<'_>| spot(surroundings, newcomer, (lane, middle_m), front_m);
    let nearest_m = if newcomer.is_whole { newcomer.kind.length_m.min(length_m) } else { 0.0 };
    let others: Vec<Other> = surroundings.on_lane(lane).rev().collect();
    let Some(front) = others.last() else {
        let first = place(nearest_m, newcomer);
        let missing_m = surroundings.follower(&first, newcomer.driver.decel_mps2).map_or(0.0, |follower| {
            let driver = surroundings.scene.driver(follower.other.kind);
            driver.secure_gap(follower.other.speed_mps, wished_mps, newcomer.driver.decel_mps2) - follower.gap_m
        });
        if missing_m > length_m - nearest_m {
            return Verdict::Refused;
        }
        let spot = place(nearest_m + missing_m.max(0.0), newcomer);
        return attempt::run(surroundings, newcomer, spot, (wished_mps, Manner::GivesWay));
    };
    let needed_m = gap_ahead_m(surroundings, newcomer, front, front.speed_mps);
    if front.rear_m >= needed_m {
        let front_decel = surroundings.scene.driver(front.kind).decel_mps2;
        let speed_mps = newcomer.driver.insertion_follow_speed(needed_m, front.speed_mps, front_decel).min(wished_mps);
        let spot = place(nearest_m, newcomer);
        let verdict = attempt::run(surroundings, newcomer, spot, (speed_mps, Manner::GivesWay));
        if !matches!(verdict, Verdict::Refused) {
            return verdict;
        }
    }
    for (index, follower) in others.iter().enumerate() {
        let leader = others.get(index + 1);
        let speed_mps = leader.map_or(wished_mps, |leader| leader.speed_mps.min(wished_mps));
        let most_m =
            leader.map_or(length_m, |leader| leader.rear_m - gap_ahead_m(surroundings, newcomer, leader, speed_mps));
        let driver = surroundings.scene.driver(follower.kind);
        let behind_m = driver.secure_gap(follower.speed_mps, 0.0, newcomer.driver.decel_mps2) + driver.min_gap_m;
        let least_m = follower.front_m + behind_m + newcomer.kind.length_m + POSITION_EPS_M;
        if most_m > nearest_m && least_m < most_m {
            let spot = place(least_m, newcomer);
            let verdict = attempt::run(surroundings, newcomer, spot, (speed_mps, Manner::GivesWay));
            if !matches!(verdict, Verdict::Refused) {
                return verdict;
            }
        }
    }
    Verdict::Refused
}
