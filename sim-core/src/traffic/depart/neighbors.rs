//! Who would be ahead of and behind an entering vehicle.

use crate::ids::{LaneId, LinkId, TripId, VehicleTypeId};
use crate::traffic::LateralMode;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Ghost, Own, Seen, Traffic, flags};

/// Braking distances are never reckoned longer than this.
const LONGEST_BRAKING_M: f64 = 1000.0;

/// What an entering vehicle may look at.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// Network, demand, rules.
    pub(super) scene: &'a Scene<'a>,
    /// The vehicles on the road.
    pub(super) traffic: &'a Traffic,
    /// How vehicles move sideways.
    pub(super) mode: LateralMode,
    /// Largest factor on speed limits of any driver.
    pub(super) max_speed_factor: f64,
    /// Smallest comfortable braking of any type.
    pub min_decel_mps2: f64,
}

/// A place on a lane that a vehicle would take.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Spot {
    /// The lane.
    pub(super) lane: LaneId,
    /// Front position.
    pub(super) front_m: f64,
    /// Rear position, negative before the lane's start.
    pub(super) rear_m: f64,
    /// Lateral position of the vehicle's middle on the link.
    pub(super) middle_m: f64,
    /// Half of the width that must be free.
    pub(super) half_width_m: f64,
}

/// Another vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Other {
    /// Its front, on the lane looked at.
    pub(super) front_m: f64,
    /// Its rear, on the lane looked at.
    pub(super) rear_m: f64,
    /// Its speed.
    pub(super) speed_mps: f64,
    /// Its type.
    pub(super) kind: VehicleTypeId,
}

/// A vehicle behind, with the gap between it and the entering vehicle's rear, less its own minimum gap.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Follower {
    /// The gap.
    pub(super) gap_m: f64,
    /// The vehicle.
    pub(super) other: Other,
}

/// A lane behind and the distance from its start to the start of the entering vehicle's lane.
#[derive(Clone, Copy)]
struct Upstream {
    lane: LaneId,
    way_m: f64,
}

impl<'a> Surroundings<'a> {
    /// Whether a vehicle keeps to lanes, by policy or by its type.
    pub(super) fn keeps_lane(&self, trip: TripId) -> bool {
        let kind = self.scene.kind(self.scene.demand.trips[trip.index()].vehicle_type);
        self.mode == LateralMode::LaneInstant || kind.lateral.keeps_lane
    }

    fn other(&self, own: &Own) -> Other {
        Other {
            front_m: own.front_m,
            rear_m: own.front_m - self.scene.kind(own.kind).length_m,
            speed_mps: own.speed_mps,
            kind: own.kind,
        }
    }

    fn ghost(&self, ghost: &Ghost) -> Other {
        Other {
            front_m: f64::from(ghost.seen.front_m),
            rear_m: f64::from(ghost.seen.rear_m),
            speed_mps: self.traffic.own(ghost.place).speed_mps,
            kind: ghost.seen.kind_id(),
        }
    }

    /// Whether a vehicle on the same link counts for one that takes a spot.
    fn is_in_way(&self, spot: &Spot, seen: &Seen) -> bool {
        if seen.has(flags::PARKED) {
            return false;
        }
        match self.mode {
            LateralMode::LaneInstant => seen.lane == self.scene.network.lanes[spot.lane].index,
            LateralMode::Continuous => {
                f64::from(seen.kerb_m) < spot.middle_m + spot.half_width_m
                    && spot.middle_m - spot.half_width_m < f64::from(seen.outer_m)
            }
        }
    }

    /// Number of vehicles on a link whose front is at or beyond a position.
    fn n_beyond(&self, link: LinkId, front_m: f64) -> usize {
        self.traffic.own[link.index()].partition_point(|own| own.front_m >= front_m)
    }

    /// The vehicle ahead of a spot on its link.
    pub(super) fn leader(&self, spot: &Spot) -> Option<Other> {
        let link = self.scene.network.link_of(spot.lane);
        let n_ahead = self.n_beyond(link, spot.front_m);
        let fronts = self.traffic.seen[link.index()].iter().zip(&self.traffic.own[link.index()]);
        let mut nearest: Option<Other> = None;
        for (seen, own) in fronts.take(n_ahead).rev() {
            if nearest.is_some_and(|found| {
                self.mode == LateralMode::LaneInstant || own.front_m - self.traffic.longest_m >= found.rear_m
            }) {
                return nearest;
            }
            if self.is_in_way(spot, seen) {
                let other = self.other(own);
                if nearest.is_none_or(|found| other.rear_m < found.rear_m) {
                    nearest = Some(other);
                }
            }
        }
        let ghosts = self.traffic.ghosts[link.index()].iter().filter(|ghost| self.is_in_way(spot, &ghost.seen));
        let ghost = ghosts.map(|ghost| self.ghost(ghost)).min_by(|a, b| a.rear_m.total_cmp(&b.rear_m));
        match (nearest, ghost) {
            (Some(front), Some(rear)) if self.mode == LateralMode::Continuous && rear.rear_m < front.rear_m => ghost,
            (Some(_), _) => nearest,
            (None, _) => ghost,
        }
    }

    /// The last vehicle on a lane, rears of vehicles farther on included.
    pub(super) fn last_on_lane(&self, lane: LaneId) -> Option<Other> {
        let (seen, place) = self.traffic.last_on_lane(self.scene.network, lane)?;
        let own = self.traffic.own(place);
        if own.lane == lane {
            return Some(self.other(own));
        }
        Some(Other {
            front_m: f64::from(seen.front_m),
            rear_m: f64::from(seen.rear_m),
            speed_mps: own.speed_mps,
            kind: own.kind,
        })
    }

    /// Front position of the last vehicle whose front is on a lane.
    pub(super) fn last_front_m(&self, lane: LaneId) -> Option<f64> {
        let summary = &self.traffic.lanes[lane];
        let link = self.scene.network.link_of(lane).index();
        self.traffic.own[link].get(summary.last as usize).map(|own| own.front_m)
    }

    /// Share of a lane that vehicles and their minimum gaps take.
    pub(super) fn occupancy(&self, lane: LaneId) -> f64 {
        (f64::from(self.traffic.lanes[lane].occupied_m) / self.scene.network.lanes[lane].length_m).min(1.0)
    }

    /// Vehicles whose front is on a lane, front first.
    pub(super) fn on_lane(&self, lane: LaneId) -> impl DoubleEndedIterator<Item = Other> + '_ {
        let link = self.scene.network.link_of(lane).index();
        self.traffic.own[link].iter().filter(move |own| own.lane == lane).map(|own| self.other(own))
    }

    /// Mean speed of the vehicles on a lane, those at stops left out where others can pass them; the speed limit
    /// without any.
    pub(super) fn mean_speed_mps(&self, lane: LaneId) -> f64 {
        let column = &self.scene.network.lanes[lane];
        if self.traffic.lanes[lane].n == 0 {
            return column.speed_limit_mps;
        }
        let can_pass = self.scene.network.links[column.link].n_lanes > 1;
        let counted = self.traffic.own[column.link.index()]
            .iter()
            .filter(|own| own.lane == lane && !(can_pass && own.stop.is_reached));
        let (sum_mps, n) = counted.fold((0.0, 0_u32), |(sum, n), own| (sum + own.speed_mps, n + 1));
        if n == 0 { column.speed_limit_mps } else { sum_mps / f64::from(n) }
    }

    /// The vehicle behind a spot that lacks most of the gap it needs to a vehicle entering at standstill.
    pub(super) fn follower(&self, spot: &Spot, decel_mps2: f64) -> Option<Follower> {
        let network = self.scene.network;
        let link = network.link_of(spot.lane);
        let mut worst = Worst { surroundings: self, decel_mps2, found: None, missing_m: f64::NEG_INFINITY };
        let n_ahead = self.n_beyond(link, spot.front_m);
        let fronts = self.traffic.seen[link.index()].iter().zip(&self.traffic.own[link.index()]);
        for (seen, own) in fronts.skip(n_ahead) {
            if self.is_in_way(spot, seen) {
                let other = self.other(own);
                worst.offer(spot.rear_m - other.front_m, other);
            }
        }
        if worst.found.is_some() {
            return worst.found;
        }
        self.search_upstream(spot, link, &mut worst);
        worst.found
    }

    /// Distance that the fastest driver with the weakest brakes needs to stop on a lane.
    fn longest_braking_m(&self, lane: LaneId) -> f64 {
        let top_mps = self.scene.network.lanes[lane].speed_limit_mps * self.max_speed_factor;
        (top_mps * top_mps * 0.5 / self.min_decel_mps2).min(LONGEST_BRAKING_M)
    }

    fn lanes_into(&self, lane: LaneId, way_m: f64) -> impl Iterator<Item = Upstream> + '_ {
        let network = self.scene.network;
        network.incoming[lane].iter().map(move |&connector| {
            let lane = network.connectors[connector].from;
            Upstream { lane, way_m: way_m + network.lanes[lane].length_m }
        })
    }

    fn search_upstream(&self, spot: &Spot, link: LinkId, worst: &mut Worst<'_, '_>) {
        let network = self.scene.network;
        let mut search_m = self.longest_braking_m(spot.lane) - spot.rear_m;
        let mut visited: Vec<LaneId> = network.links[link].lanes().collect();
        let mut to_examine: Vec<Upstream> = self.lanes_into(spot.lane, 0.0).collect();
        let mut next = 0;
        while let Some(&upstream) = to_examine.get(next) {
            next += 1;
            search_m = search_m.max(self.longest_braking_m(upstream.lane) - spot.rear_m);
            self.offer_first(spot, link, upstream, worst);
            if upstream.way_m < search_m {
                for further in self.lanes_into(upstream.lane, upstream.way_m) {
                    if !visited.contains(&further.lane) {
                        visited.push(further.lane);
                        to_examine.push(further);
                    }
                }
            }
        }
    }

    /// Offers the vehicle that is farthest on a lane behind. One whose front has left the lane already for another way
    /// counts only while its flank is in the way of the entering vehicle's rear.
    fn offer_first(&self, spot: &Spot, link: LinkId, upstream: Upstream, worst: &mut Worst<'_, '_>) {
        let network = self.scene.network;
        let column = &network.lanes[upstream.lane];
        let ghosts = self.traffic.ghosts[column.link.index()].iter().filter(|ghost| ghost.seen.lane == column.index);
        if let Some(ghost) = ghosts.max_by(|a, b| a.seen.front_m.total_cmp(&b.seen.front_m)) {
            let other = self.ghost(ghost);
            let to_end_m = upstream.way_m - column.length_m + spot.rear_m;
            if to_end_m <= self.scene.driver(other.kind).min_gap_m || ghost.place.link == link {
                worst.offer(to_end_m, other);
                return;
            }
        }
        let first = self.traffic.lanes[upstream.lane].first as usize;
        if let Some(own) = self.traffic.own[column.link.index()].get(first) {
            let other = self.other(own);
            worst.offer(upstream.way_m - other.front_m + spot.rear_m, other);
        }
    }
}

/// The follower that lacks most gap.
struct Worst<'a, 'b> {
    surroundings: &'b Surroundings<'a>,
    decel_mps2: f64,
    found: Option<Follower>,
    missing_m: f64,
}

impl Worst<'_, '_> {
    fn offer(&mut self, distance_m: f64, other: Other) {
        let driver = self.surroundings.scene.driver(other.kind);
        let gap_m = distance_m - driver.min_gap_m;
        let missing_m = driver.secure_gap(other.speed_mps, 0.0, self.decel_mps2) - gap_m;
        if missing_m > self.missing_m {
            self.missing_m = missing_m;
            self.found = Some(Follower { gap_m, other });
        }
    }
}
