//! Leaders inside junctions: vehicles on internal lanes that cross, join or part from one's own way.
//!
//! Two ways are laid over each other at the start of their common area. A vehicle on the other way is a leader with a
//! gap measured there, if it was on the junction first, or if it already stands in the way.

use crate::ids::{ConnectorId, LaneId};
use crate::network::{ConnectorKind, LaneConflict};
use crate::rows::Column;
use crate::traffic::car_following::{HALTING_SPEED_MPS, POSITION_EPS_M};
use crate::traffic::pieces::Presence;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Ghost, LaneSummary, Own, Place, Seen, Traffic, flags};

/// A vehicle on another way through the junction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct JunctionLeader {
    /// Where it is.
    pub place: Place,
    /// What is seen of it on the other way.
    pub seen: Seen,
    /// Gap to it, laid over one's own way; minus infinity if one must stop for it in any case.
    pub gap_m: f64,
    /// Distance to the common area, when one may drive up to it; negative when one must follow at once.
    pub to_crossing_m: f64,
    /// Whether it stands in the way.
    pub is_in_the_way: bool,
}

/// What is seen of all vehicles.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Vehicles by link.
    pub seen: &'a [Vec<Seen>],
    /// Rears by link.
    pub ghosts: &'a [Vec<Ghost>],
    /// Sums by lane.
    pub lanes: &'a Column<LaneId, LaneSummary>,
    /// Where somebody is.
    pub presence: &'a Presence,
}

impl<'a> View<'a> {
    /// What is seen of some traffic.
    pub fn of(traffic: &'a Traffic) -> Self {
        let Traffic { seen, ghosts, lanes, presence, .. } = traffic;
        Self { seen, ghosts, lanes, presence }
    }
}

/// The vehicle that looks.
#[derive(Clone, Copy)]
pub struct Ego<'a> {
    /// Where it is.
    pub place: Place,
    /// What it knows.
    pub own: &'a Own,
    /// Its length.
    pub length_m: f64,
    /// Its gap at standstill.
    pub min_gap_m: f64,
}

/// Calls `found` for every vehicle that matters at a connector that leaves an internal lane, `distance_m` ahead.
pub fn leaders(
    scene: &Scene<'_>,
    traffic: View<'_>,
    ego: &Ego<'_>,
    (connector, distance_m): (ConnectorId, f64),
    mut found: impl FnMut(&JunctionLeader),
) {
    let network = scene.network;
    for at in network.lane_conflicts.range(connector) {
        let link = network.conflict_links[at];
        if !traffic.presence.may_be_on(link) {
            continue;
        }
        let conflict = &network.lane_conflicts.items()[at];
        if traffic.lanes[conflict.foe_lane].n == 0 && traffic.ghosts[link.index()].is_empty() {
            continue;
        }
        let Some(meeting) = Meeting::of(scene, connector, conflict, distance_m) else { continue };
        let index = network.lanes[conflict.foe_lane].index;
        for (slot, seen) in traffic.seen[link.index()].iter().enumerate() {
            if seen.lane == index {
                let place = Place { link, slot: slot as u32 };
                if let Some(leader) = meeting.judge(scene, ego, (place, seen, true)) {
                    found(&leader);
                }
            }
        }
        for ghost in &traffic.ghosts[link.index()] {
            if ghost.seen.lane == index
                && let Some(leader) = meeting.judge(scene, ego, (ghost.place, &ghost.seen, false))
            {
                found(&leader);
            }
        }
    }
}

/// Two ways laid over each other, as the looking vehicle sees them.
struct Meeting {
    foe_behind_m: f64,
    behind_m: f64,
    to_crossing_m: f64,
    foe_to_crossing_m: f64,
    foe_size_m: f64,
    same_target: bool,
    same_source: bool,
    /// The foe lane is a waiting place inside the junction.
    foe_waits: bool,
    /// Both came on green from different lanes, and the foe waits before its own crossing.
    foe_waits_on_green: bool,
    foe_exit_is_inside: bool,
    own_lane: LaneId,
    radius_m: f64,
}

impl Meeting {
    fn of(scene: &Scene<'_>, connector: ConnectorId, conflict: &LaneConflict, distance_m: f64) -> Option<Self> {
        let network = scene.network;
        let (own, foe) = (&network.connectors[connector], &network.connectors[conflict.foe_exit]);
        let is_inside = own.kind == ConnectorKind::Inside;
        let foe_exit_is_inside = foe.kind == ConnectorKind::Inside;
        let same_target = own.leads_to == foe.leads_to && !is_inside && !foe_exit_is_inside;
        let own_before = network.lanes[own.from].before;
        let same_source = own_before == network.lanes[conflict.foe_lane].before;
        let shares = same_target || same_source;
        let to_crossing_m = distance_m - conflict.behind_m;
        let size_m = if shares { 0.0 } else { conflict.size_m };
        if to_crossing_m + size_m < 0.0 && !same_target {
            return None;
        }
        let is_second_part = own_before.is_some() && network.lanes[own_before].is_internal;
        let foe_waits = foe_exit_is_inside && !(is_inside || is_second_part);
        let rules = &scene.ports.rules;
        let foe_waits_on_green = foe_waits
            && rules[own.entry].is_green()
            && rules[foe.entry].is_green()
            && network.connectors[own.entry].from != network.connectors[foe.entry].from;
        Some(Self {
            foe_behind_m: conflict.foe_behind_m,
            behind_m: conflict.behind_m,
            to_crossing_m,
            foe_to_crossing_m: network.lanes[conflict.foe_lane].length_m - conflict.foe_behind_m,
            foe_size_m: if shares { 0.0 } else { conflict.foe_size_m },
            same_target,
            same_source,
            foe_waits,
            foe_waits_on_green,
            foe_exit_is_inside,
            own_lane: own.from,
            radius_m: own.radius_m,
        })
    }

    /// The vehicle as a leader, if it matters. `front_on_lane` tells whether its front is on the foe lane.
    fn judge(
        &self,
        scene: &Scene<'_>,
        ego: &Ego<'_>,
        (place, seen, front_on_lane): (Place, &Seen, bool),
    ) -> Option<JunctionLeader> {
        if seen.trip == ego.own.trip {
            return None;
        }
        let length_m = scene.kind(seen.kind_id()).length_m;
        let rear_m = f64::from(seen.rear_m);
        let rear_to_crossing_m = self.foe_to_crossing_m - rear_m;
        let is_past = rear_to_crossing_m + self.foe_size_m + sagitta_m(self.radius_m, ego.length_m + 2.0) < 0.0;
        let has_entered = rear_to_crossing_m < length_m;
        let cannot_ignore = self.foe_waits || self.same_target || self.same_source;
        let is_in_the_way = ((!is_past && self.to_crossing_m > 0.0)
            || (self.same_target && self.to_crossing_m > rear_to_crossing_m - length_m))
            && has_entered
            && !self.foe_exit_is_inside;
        if !is_in_the_way {
            let is_stopped = seen.has(flags::AT_STOP);
            let may_ignore = !cannot_ignore || is_stopped || self.same_target;
            let will_not_pass = !seen.has(flags::WILL_LEAVE_JUNCTION) && front_on_lane && may_ignore;
            if self.foe_waits_on_green || self.to_crossing_m < -POSITION_EPS_M || will_not_pass {
                return None;
            }
        }
        let ego_is_on_way = scene.network.link_of(ego.own.lane) == scene.network.link_of(self.own_lane);
        if self.same_source && ego_is_on_way && rear_m + length_m < ego.own.front_m - ego.length_m {
            return None;
        }
        let gap_m = if self.foe_waits && !self.same_source {
            f64::NEG_INFINITY
        } else {
            if is_past && !self.same_target {
                return None;
            }
            let mut back_m = rear_to_crossing_m;
            if self.same_target && back_m < 0.0 {
                back_m += (self.foe_behind_m - self.behind_m).max(0.0);
            }
            self.to_crossing_m - ego.min_gap_m - back_m - self.foe_size_m
        };
        let follows_at_once = if front_on_lane { cannot_ignore } else { self.same_target || self.same_source };
        let to_crossing_m = if follows_at_once { -1.0 } else { self.to_crossing_m };
        Some(JunctionLeader { place, seen: *seen, gap_m, to_crossing_m, is_in_the_way })
    }
}

/// How far the middle of a long vehicle leaves its line in a curve; NaN if it does not fit, so that comparisons fail.
fn sagitta_m(radius_m: f64, chord_m: f64) -> f64 {
    if radius_m.is_infinite() { 0.0 } else { radius_m - (radius_m * radius_m - 0.25 * chord_m * chord_m).sqrt() }
}

/// Whether another vehicle on the junction goes first: who entered first, by right of way, then speed, then key.
pub fn goes_first(
    scene: &Scene<'_>,
    traffic: &Traffic,
    ego: &Ego<'_>,
    connector: ConnectorId,
    leader: &JunctionLeader,
) -> bool {
    let network = scene.network;
    let own_lane = &network.lanes[ego.own.lane];
    let junction = network.connectors[connector].junction;
    if !own_lane.is_internal || network.links[own_lane.link].to != junction {
        return true;
    }
    let foe = traffic.own(leader.place);
    let foe_lane = &network.lanes[foe.lane];
    if !foe_lane.is_internal || network.links[foe_lane.link].to != junction {
        return true;
    }
    let (mut own_ms, mut foe_ms) = (ego.own.conflict_entry_ms, foe.entry_ms);
    let own_way = &network.lanes[network.connectors[connector].from];
    if foe_lane.road_before == own_way.road_before {
        (own_ms, foe_ms) = (ego.own.entry_kept_ms, foe.entry_kept_ms);
    } else {
        let (yields, foe_yields) = who_yields(scene, traffic, ego, connector, leader, foe_lane.entry);
        if !yields {
            (own_ms, foe_ms) = (ego.own.entry_ms, foe.conflict_entry_ms);
        } else if foe_yields {
            (own_ms, foe_ms) = (ego.own.conflict_entry_ms, foe.conflict_entry_ms);
        }
    }
    if own_ms != foe_ms {
        return own_ms > foe_ms;
    }
    if ego.own.speed_mps != foe.speed_mps {
        return ego.own.speed_mps < foe.speed_mps;
    }
    ego.own.trip < foe.trip
}

/// Whether the vehicle yields to the foe, and the foe to the vehicle.
fn who_yields(
    scene: &Scene<'_>,
    traffic: &Traffic,
    ego: &Ego<'_>,
    connector: ConnectorId,
    leader: &JunctionLeader,
    foe_entry_of_lane: ConnectorId,
) -> (bool, bool) {
    let network = scene.network;
    let entry = network.connectors[connector].entry;
    let foe_entry = network.connectors[foe_entry_of_lane].entry;
    let (own_rule, foe_rule) = (scene.ports.rules[entry], scene.ports.rules[foe_entry]);
    let foe = traffic.own(leader.place);
    if own_rule.is_red() || foe_rule.is_red() {
        if !foe_rule.is_red() && foe.speed_mps > HALTING_SPEED_MPS && leader.gap_m < 0.0 {
            let kind = scene.kind(foe.kind);
            let foe_gap_m = -leader.gap_m - kind.length_m;
            let blocks = foe_gap_m < scene.driver(foe.kind).brake_gap_own(foe.speed_mps);
            return (blocks, !blocks);
        }
        return (foe_rule.is_red(), own_rule.is_red());
    }
    if own_rule.has_priority() != foe_rule.has_priority() {
        return (!own_rule.has_priority(), !foe_rule.has_priority());
    }
    if own_rule.is_yellow() && foe_rule.is_yellow() {
        return (foe.speed_mps >= ego.own.speed_mps, ego.own.speed_mps >= foe.speed_mps);
    }
    (network.must_yield(entry, foe_entry), network.must_yield(foe_entry, entry))
}

/// The lane that comes before a lane: for internal lanes by the chain, for roads the first one that leads there.
pub fn lane_before(scene: &Scene<'_>, lane: LaneId) -> Option<LaneId> {
    let network = scene.network;
    let column = &network.lanes[lane];
    if column.is_internal {
        return column.before.is_some().then_some(column.before);
    }
    network.incoming[lane].first().map(|&connector| network.connectors[connector].from)
}
