//! Who is ahead and behind: on the link, beyond its end, and on the links before it.

use super::line::{NOBODY, Queue};
use super::link_pass::LinkPass;
use crate::ids::{ConnectorId, LaneId, TripId};
use crate::math::Bounded;
use crate::network::{ConnectorKind, Lane, Network, Turn};
use crate::traffic::approach::{self, Wish};
use crate::traffic::car_following::{Driver, HALTING_SPEED_MPS};
use crate::traffic::junction::View;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Ghost, Own, Place, Seen, flags};
use crate::traffic::types::VehicleType;

/// No follower is looked for farther back than this.
const FARTHEST_FOLLOWER_M: f64 = 1000.0;

/// What the pass may read of all links: their state before it.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) view: View<'a>,
    pub(super) fleet: Fleet,
    /// Length of the step.
    pub(super) dt_s: f64,
}

/// What holds for all vehicle types.
#[derive(Clone, Copy)]
pub(super) struct Fleet {
    /// Largest usual factor on speed limits.
    pub(super) speed_factor: f64,
    /// Weakest braking.
    pub(super) decel_mps2: f64,
    /// What a wish loses in a step when it fades by half a second.
    pub(super) half_per_step: f64,
    /// What a wish keeps in a step when a fifth fades a second.
    pub(super) four_fifths_per_step: f64,
}

/// The deciding vehicle.
#[derive(Clone, Copy)]
pub(super) struct Ego<'a> {
    pub(super) own: &'a Own,
    pub(super) slot: usize,
    /// Its lane, as position in the link.
    pub(super) index: usize,
    pub(super) lane: &'a Lane,
    pub(super) kind: &'a VehicleType,
    pub(super) driver: &'a Driver,
    pub(super) front_m: f64,
    pub(super) speed_mps: f64,
    pub(super) is_internal: bool,
    pub(super) dt_s: f64,
}

impl<'a> Ego<'a> {
    pub(super) fn new(pass: &LinkPass<'a>, slot: usize, index: usize) -> Self {
        let (road, own) = (pass.road, &pass.own[slot]);
        Self {
            own,
            slot,
            index,
            lane: &road.lanes[index],
            kind: &road.kinds[own.kind.index()],
            driver: &road.drivers[own.kind.index()],
            front_m: own.front_m,
            speed_mps: own.speed_mps,
            is_internal: road.is_internal,
            dt_s: road.world.dt_s,
        }
    }
    pub(super) fn route_index(&self) -> usize {
        self.own.route_index as usize
    }
    /// The speed it would like to drive on a lane.
    pub(super) fn desired_mps(&self, lane: &Lane) -> f64 {
        limit_mps(lane.speed_limit_mps, self.kind, self.own.speed_factor)
    }
    pub(super) fn length_with_gap_m(&self) -> f64 {
        self.kind.length_m + self.kind.min_gap_m
    }
    /// Below 60 km/h traffic counts as congested, and the kerb side may overtake.
    pub(super) fn is_congested(&self) -> bool {
        self.speed_mps < 60.0 / 3.6
    }
    /// The wish to pass a stop line at a time, with the speeds of arriving and of leaving the way behind it.
    pub(super) fn wish(&self, arrival_ms: i64, [arrival_mps, leave_mps]: [f64; 2]) -> Wish {
        Wish {
            trip: self.own.trip,
            arrival_ms,
            arrival_mps,
            leave_mps,
            length_m: self.kind.length_m,
            impatience: 0.0,
            decel_mps2: self.kind.decel_mps2,
            waiting_ms: 0,
            time_gap_ms: approach::to_ms(self.kind.junction.time_gap_minor_s),
            ignores_red: false,
            claim: None,
        }
    }
    pub(super) fn caution(&self) -> f64 {
        1.0 / self.kind.lane_change.assertive
    }
}

/// A vehicle ahead or behind.
#[derive(Clone, Copy)]
pub(super) struct Other<'a> {
    pub(super) place: Place,
    pub(super) kind: &'a VehicleType,
    pub(super) driver: &'a Driver,
    pub(super) lane: LaneId,
    pub(super) trip: TripId,
    pub(super) speed_mps: f64,
    pub(super) accel_mps2: f64,
    pub(super) is_stopped: bool,
    /// Space between the two, beyond the minimum gap of the one behind.
    pub(super) gap_m: f64,
}

impl Other<'_> {
    pub(super) fn length_with_gap_m(&self) -> f64 {
        self.kind.length_m + self.kind.min_gap_m
    }
    pub(super) fn is_congested(&self) -> bool {
        self.speed_mps < 60.0 / 3.6
    }
}

impl<'a> World<'a> {
    pub(super) fn network(&self) -> &'a Network {
        self.scene.network
    }
    pub(super) fn other(&self, seen: &Seen, place: Place, lane: LaneId, gap_m: f64) -> Other<'a> {
        let kind = seen.kind_id();
        Other {
            place,
            kind: self.scene.kind(kind),
            driver: self.scene.driver(kind),
            lane,
            trip: seen.trip,
            speed_mps: f64::from(seen.speed_mps),
            accel_mps2: f64::from(seen.accel_cmps2) / 100.0,
            is_stopped: seen.has(flags::AT_STOP),
            gap_m,
        }
    }
    /// The rearmost vehicle on a lane.
    pub(super) fn last_on(&self, lane: LaneId) -> Option<(&'a Seen, Place)> {
        let link = self.network().link_of(lane);
        if !self.view.presence.may_be_on(link) {
            return None;
        }
        let index = self.network().lanes[lane].index;
        let summary = &self.view.lanes[lane];
        let vehicles = &self.view.seen[link.index()];
        if summary.n > 0 {
            for slot in (0..=summary.last as usize).rev() {
                let seen = &vehicles[slot];
                if seen.lane == index && !seen.has(flags::PARKED) {
                    return Some((seen, Place { link, slot: slot as u32 }));
                }
            }
        }
        self.view.ghosts[link.index()].iter().rev().find(|ghost| ghost.seen.lane == index).map(|g| (&g.seen, g.place))
    }
    /// Whether a vehicle, or the rear of one, is on a lane.
    pub(super) fn is_taken(&self, lane: LaneId) -> bool {
        self.last_on(lane).is_some()
    }
    /// The foremost vehicle whose front is on a lane.
    fn first_on(&self, lane: LaneId) -> Option<(&'a Seen, Place)> {
        let link = self.network().link_of(lane);
        let index = self.network().lanes[lane].index;
        let summary = &self.view.lanes[lane];
        if summary.n == 0 {
            return None;
        }
        let vehicles = &self.view.seen[link.index()];
        (summary.first as usize..vehicles.len())
            .find(|&slot| vehicles[slot].lane == index && !vehicles[slot].has(flags::PARKED))
            .map(|slot| (&vehicles[slot], Place { link, slot: slot as u32 }))
    }
    fn longest_braking_m(&self, lane: LaneId) -> f64 {
        let top_mps = self.network().lanes[lane].speed_limit_mps * self.fleet.speed_factor;
        (top_mps * top_mps * 0.5 / self.fleet.decel_mps2).min(FARTHEST_FOLLOWER_M)
    }
    /// The nearest vehicle on the lanes that lead to a lane of the ego's link.
    fn follower_before(&self, ego: &Ego<'_>, lane: LaneId, trail: &mut Trail) -> Option<Other<'a>> {
        let network = self.network();
        let back_m = ego.front_m - ego.kind.length_m;
        let mut reach_m = self.longest_braking_m(lane) - back_m;
        let mut nearest: Option<Other<'a>> = None;
        trail.begin(network.incoming[lane].iter().map(|&connector| (connector, 0.0)), network);
        let mut at = 0;
        while at < trail.steps.len() {
            let (connector, way_m) = trail.steps[at];
            at += 1;
            let before = network.connectors[connector].from;
            reach_m = reach_m.max(self.longest_braking_m(before) - back_m);
            if let Some(found) = self.follower_on(ego, (connector, before), way_m + back_m)
                && nearest.as_ref().is_none_or(|known| found.gap_m < known.gap_m)
            {
                nearest = Some(found);
            }
            if nearest.is_some() || way_m >= reach_m {
                continue;
            }
            for &further in &network.incoming[before] {
                if self.has_priority(further) && network.connectors[further].turn != Turn::Around {
                    trail.add(further, way_m, network);
                }
            }
        }
        nearest
    }
    /// The follower on one lane before the link; `way_m` leads from that lane's start to the ego's rear.
    fn follower_on(&self, ego: &Ego<'_>, (connector, lane): (ConnectorId, LaneId), way_m: f64) -> Option<Other<'a>> {
        let network = self.network();
        let column = &network.lanes[lane];
        if !self.view.presence.may_be_on(column.link) {
            return None;
        }
        let ghost = self.view.ghosts[column.link.index()].iter().find(|ghost| ghost.seen.lane == column.index);
        if let Some(ghost) = ghost
            && ghost.seen.trip != ego.own.trip
        {
            let gap_m = way_m - column.length_m - self.scene.driver(ghost.seen.kind_id()).min_gap_m;
            if gap_m <= 0.0 || ghost.place.link == network.link_of(ego.own.lane) {
                return Some(self.other(&ghost.seen, ghost.place, lane, gap_m));
            }
        }
        let (seen, place) = self.first_on(lane)?;
        if seen.trip == ego.own.trip {
            return None;
        }
        let mut gap_m = way_m - f64::from(seen.front_m) - self.scene.driver(seen.kind_id()).min_gap_m;
        if f64::from(seen.speed_mps) < HALTING_SPEED_MPS
            && !self.has_priority(connector)
            && !ego.own.lanes_behind().iter().any(|&behind| network.link_of(behind) == column.link)
        {
            gap_m = gap_m.max(0.0);
        }
        Some(self.other(seen, place, lane, gap_m))
    }
    fn has_priority(&self, connector: ConnectorId) -> bool {
        let kind = self.network().connectors[connector].kind;
        kind == ConnectorKind::Exit || self.scene.ports.rules[connector].has_priority()
    }
}

/// Lanes to look at on the way back.
#[derive(Default)]
pub(super) struct Trail {
    /// Connector that leaves the lane, and the way from that lane's start to the start of the ego's link.
    steps: Vec<(ConnectorId, f64)>,
}

impl Trail {
    fn begin(&mut self, first: impl Iterator<Item = (ConnectorId, f64)>, network: &Network) {
        self.steps.clear();
        for (connector, way_m) in first {
            self.add(connector, way_m, network);
        }
    }
    fn add(&mut self, connector: ConnectorId, way_m: f64, network: &Network) {
        let lane = network.connectors[connector].from;
        if self.steps.iter().all(|(known, _)| network.connectors[*known].from != lane) {
            self.steps.push((connector, way_m + network.lanes[lane].length_m));
        }
    }
}

impl<'a> LinkPass<'a> {
    /// A vehicle of this link as a neighbour.
    #[inline(always)]
    pub(super) fn local(&self, slot: usize, gap_m: f64) -> Other<'a> {
        let (road, own) = (self.road, &self.own[slot]);
        Other {
            place: Place { link: road.link, slot: slot as u32 },
            kind: &road.kinds[own.kind.index()],
            driver: &road.drivers[own.kind.index()],
            lane: own.lane,
            trip: own.trip,
            speed_mps: own.speed_mps,
            accel_mps2: own.accel_mps2,
            is_stopped: own.flags & flags::AT_STOP != 0,
            gap_m,
        }
    }
    /// The leader of the ego if it drove on lane `index`.
    #[inline(always)]
    pub(super) fn leader(&self, ego: &Ego<'_>, index: usize) -> Option<Other<'a>> {
        let Queue { lead, arrived, .. } = &self.queues[index];
        let is_between = arrived.front_m > ego.front_m && lead.front_m > arrived.front_m;
        let ahead = if is_between { arrived } else { lead };
        if ahead.slot == NOBODY {
            return self.leader_elsewhere(ego, index);
        }
        let gap_m = ahead.rear_m - ego.front_m - ego.kind.min_gap_m;
        Some(self.local(ahead.slot as usize, gap_m))
    }
    /// The leader if nobody is ahead on the link: one whose front has left it already, or one beyond its end.
    #[inline(never)]
    fn leader_elsewhere(&self, ego: &Ego<'_>, index: usize) -> Option<Other<'a>> {
        let lane = LaneId(self.road.first_lane.0 + index as u32);
        let mut rear_m = self.road.lanes[index].length_m;
        let mut rearmost: Option<&Ghost> = None;
        for ghost in &self.road.world.view.ghosts[self.road.link.index()] {
            if ghost.seen.lane as usize == index && f64::from(ghost.seen.rear_m) < rear_m {
                rear_m = f64::from(ghost.seen.rear_m);
                rearmost = Some(ghost);
            }
        }
        match rearmost {
            Some(ghost) => {
                let gap_m = rear_m - ego.front_m - ego.kind.min_gap_m;
                Some(self.road.world.other(&ghost.seen, ghost.place, lane, gap_m))
            }
            None => self.road.world.leader_beyond(ego, lane),
        }
    }
    /// The follower of the ego if it drove on lane `index`, which is not its own.
    pub(super) fn follower(&self, ego: &Ego<'_>, index: usize, trail: &mut Trail) -> Option<Other<'a>> {
        let next = self.next_behind(index);
        let behind = self.nearer_behind(ego.front_m, next, self.queues[index].arrived.slot);
        if behind != NOBODY {
            let slot = behind as usize;
            let other = self.local(slot, 0.0);
            let gap_m = ego.front_m - ego.kind.length_m - self.own[slot].front_m - other.kind.min_gap_m;
            return Some(Other { gap_m, ..other });
        }
        let lane = LaneId(self.road.first_lane.0 + index as u32);
        self.road.world.follower_before(ego, lane, trail)
    }
    /// The foremost undecided vehicle on lane `index`.
    fn next_behind(&self, index: usize) -> u32 {
        let lane = LaneId(self.road.first_lane.0 + index as u32);
        self.undecided.iter().copied().find(|&slot| self.own[slot as usize].lane == lane).unwrap_or(NOBODY)
    }
    fn nearer_behind(&self, front_m: f64, a: u32, b: u32) -> u32 {
        let at = |slot: u32| {
            if slot == NOBODY { f64::NEG_INFINITY } else { self.own[slot as usize].front_m }
        };
        if a == NOBODY || at(a) > front_m {
            if b != NOBODY && at(b) <= front_m { b } else { NOBODY }
        } else if b == NOBODY || at(b) > front_m || at(a) > at(b) {
            a
        } else {
            b
        }
    }
}

/// The speed that another vehicle would like to drive on a lane.
pub(super) fn desired_mps(scene: &Scene<'_>, other: &Other<'_>, lane: LaneId) -> f64 {
    limit_mps(
        scene.network.lanes[lane].speed_limit_mps,
        other.kind,
        scene.demand.trips[other.trip.index()].speed_factor,
    )
}

pub(super) fn limit_mps(limit_mps: f64, kind: &VehicleType, speed_factor: f64) -> f64 {
    (limit_mps.at_most(kind.desired_max_speed_mps) * speed_factor).at_most(kind.max_speed_mps)
}
