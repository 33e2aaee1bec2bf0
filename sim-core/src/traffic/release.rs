//! Release from jams: an option for inputs that rely on it. A vehicle that has been the first on its lane to wait for
//! too long is taken off the road; it travels on along its route out of sight, at the speed of the vehicles on the
//! roads, until there is room for it. Every release is counted.
//!
//! Few vehicles do so in a step, and in a sound network none; they are served one after the other.

use serde::{Deserialize, Serialize};

use crate::ids::{LaneId, LinkId};
use crate::traffic::car_following::HALTING_SPEED_MPS;
use crate::traffic::events::Event;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Place, Traffic, flags};

/// Out of sight nobody is slower than this.
const SLOWEST_MPS: f64 = 1.0;

/// A vehicle on its way out of sight.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Released {
    /// The vehicle; its position in the route is the road on which it looks for room.
    pub own: Own,
    /// When it goes on to the next road if it finds no room on this one; `None` until it has looked once.
    pub goes_on_ms: Option<i64>,
}

impl Released {
    /// The road on which it looks for room.
    pub fn link(&self, scene: &Scene<'_>) -> LinkId {
        scene.route_of(&self.own)[self.own.route_index as usize]
    }
    /// Out of sight for another step: goes on to the next road when it is time. False if its trip ends so.
    pub fn waits(&mut self, scene: &Scene<'_>, traffic: &Traffic) -> bool {
        let due = match self.goes_on_ms {
            None => true,
            Some(at_ms) if at_ms < scene.now_ms => {
                self.own.tally.length_m += scene.network.links[self.link(scene)].length_m;
                if !self.turn_to_next_road(scene) {
                    return false;
                }
                true
            }
            Some(_) => false,
        };
        if due {
            self.goes_on_ms = Some(scene.now_ms + travel_time_ms(scene, traffic, self.link(scene)));
        }
        true
    }
    fn turn_to_next_road(&mut self, scene: &Scene<'_>) -> bool {
        self.own.route_index += 1;
        (self.own.route_index as usize) < scene.route_of(&self.own).len()
    }
}

/// Takes those off the road who have waited for longer than `limit_ms`, one of each lane at most; returns how many. Those
/// whose trip ends so are added to the events. Ghosts must be placed anew.
pub fn run(
    scene: &Scene<'_>,
    traffic: &mut Traffic,
    limit_ms: i64,
    released: &mut Vec<Released>,
    events: &mut Vec<Event>,
) -> u64 {
    let lanes = traffic.lanes.enumerate().filter(|(_, lane)| lane.has_standing);
    let mut stuck: Vec<Place> = lanes.filter_map(|(lane, _)| stuck(scene, traffic, lane, limit_ms)).collect();
    stuck.sort_unstable();
    for &place in stuck.iter().rev() {
        let link = place.link.index();
        traffic.seen[link].remove(place.slot as usize);
        let mut own = traffic.own[link].remove(place.slot as usize);
        own.tally.length_m += scene.network.lanes[own.lane].length_m - own.front_m;
        traffic.n_vehicles -= 1;
        traffic.presence.set_fronts(place.link, !traffic.own[link].is_empty());
        traffic.summarize(scene.network, scene.drivers, place.link);
        let mut gone = Released { own, goes_on_ms: None };
        if gone.turn_to_next_road(scene) {
            released.push(gone);
        } else {
            events.push(arrived(&gone.own, place.link));
        }
    }
    released.sort_by_key(|released| released.own.trip);
    stuck.len() as u64
}

/// The end of a trip out of sight.
pub fn arrived(own: &Own, link: LinkId) -> Event {
    Event::Arrived { trip: own.trip, kind: own.kind, link, tally: own.tally }
}

/// The first vehicle on a lane that is not at a stop, if it has waited too long.
fn stuck(scene: &Scene<'_>, traffic: &Traffic, lane: LaneId, limit_ms: i64) -> Option<Place> {
    let column = &scene.network.lanes[lane];
    let from = traffic.lanes[lane].first as usize;
    let mut there = traffic.seen[column.link.index()].iter().enumerate().skip(from);
    let (slot, seen) = there.find(|(_, seen)| seen.lane == column.index && !seen.has(flags::AT_STOP))?;
    let place = Place { link: column.link, slot: slot as u32 };
    let stands = f64::from(seen.speed_mps) <= HALTING_SPEED_MPS;
    (stands && traffic.own(place).waiting_ms > limit_ms).then_some(place)
}

/// How long the vehicles on a road need for it at their present speeds; with none, at the speed limit.
fn travel_time_ms(scene: &Scene<'_>, traffic: &Traffic, link: LinkId) -> i64 {
    let column = &scene.network.links[link];
    let sums = column.lanes().map(|lane| &traffic.lanes[lane]);
    let (n, sum_mps) = sums.fold((0, 0.0), |(n, sum), lane| (n + lane.n, sum + f64::from(lane.speed_sum_mps)));
    let limit_mps = column.lanes().map(|lane| scene.network.lanes[lane].speed_limit_mps).fold(0.0, f64::max);
    let speed_mps = if n > 0 { sum_mps / f64::from(n) } else { limit_mps };
    (column.length_m / speed_mps.max(SLOWEST_MPS) * 1000.0) as i64
}
