//! Lateral intervals, and which part of a link's width a vehicle may use.

use crate::ids::{ConnectorId, LaneId, LinkId};
use crate::network::Network;
use crate::traffic::lateral::courtesy::usual_margin_m;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Seen};
use crate::units::VehicleClass;

/// Lateral overlaps up to this are rounding.
pub const LATERAL_EPS_M: f32 = 5e-4;
/// A vehicle may cross a stop line with so much, or such a share, of its width beside the lanes of its turn.
const OVER_LINE_M: f32 = 0.4;
const OVER_LINE_SHARE: f32 = 0.25;
/// A vehicle this close to the end of a wrong lane counts as waiting at its end.
const WRONG_LANE_END_M: f64 = 10.0;

/// Nobody changes lanes on a road shorter than this.
pub const SHORT_ROAD_M: f64 = 8.0;

/// An interval across a link, from the kerb outwards.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Span {
    /// Kerb-side end.
    pub kerb_m: f32,
    /// Outer end.
    pub outer_m: f32,
}

impl Span {
    /// The interval a vehicle covers.
    #[inline]
    pub fn of(seen: &Seen) -> Self {
        Self { kerb_m: seen.kerb_m, outer_m: seen.outer_m }
    }
    /// The interval of a vehicle of some width around its middle.
    #[inline]
    pub fn around(middle_m: f64, width_m: f64) -> Self {
        Self { kerb_m: (middle_m - 0.5 * width_m) as f32, outer_m: (middle_m + 0.5 * width_m) as f32 }
    }
    /// The interval of a lane.
    pub fn of_lane(network: &Network, lane: LaneId) -> Self {
        let lane = &network.lanes[lane];
        Self { kerb_m: lane.offset_m as f32, outer_m: (lane.offset_m + lane.width_m) as f32 }
    }
    /// Free distance between two intervals; negative if they overlap.
    #[inline]
    pub fn clearance_m(self, other: Self) -> f32 {
        (self.kerb_m - other.outer_m).max(other.kerb_m - self.outer_m)
    }
    /// Whether two intervals overlap by more than rounding.
    #[inline]
    pub fn overlaps(self, other: Self) -> bool {
        self.clearance_m(other) < -LATERAL_EPS_M
    }
    /// The smallest interval that holds both.
    #[inline]
    pub fn hull(self, other: Self) -> Self {
        Self { kerb_m: self.kerb_m.min(other.kerb_m), outer_m: self.outer_m.max(other.outer_m) }
    }
    /// The interval moved outwards.
    #[inline]
    pub fn shifted(self, by_m: f32) -> Self {
        Self { kerb_m: self.kerb_m + by_m, outer_m: self.outer_m + by_m }
    }
    /// The interval made longer on both ends.
    #[inline]
    pub fn grown(self, by_m: f32) -> Self {
        Self { kerb_m: self.kerb_m - by_m, outer_m: self.outer_m + by_m }
    }
    /// The nearest middle to `middle_m` of a vehicle inside the interval; the interval's middle if it does not fit.
    pub fn fit(self, middle_m: f64, width_m: f64) -> f64 {
        let (low, high) = (f64::from(self.kerb_m) + 0.5 * width_m, f64::from(self.outer_m) - 0.5 * width_m);
        if low <= high { middle_m.clamp(low, high) } else { 0.5 * (low + high) }
    }
}

/// How far lateral positions shift from the lane a connector leaves to the lane it enters.
#[inline]
pub fn lateral_shift_m(network: &Network, connector: ConnectorId) -> f64 {
    let connector = &network.connectors[connector];
    network.lanes[connector.to].offset_m - network.lanes[connector.from].offset_m
}

/// The connector by which a vehicle would go on from a lane of its link; `NONE` if its route does not.
#[inline]
pub fn next_from(network: &Network, own: &Own, lane: LaneId) -> ConnectorId {
    let column = &network.lanes[lane];
    if column.is_internal {
        return network.after_internal(lane);
    }
    own.prefs.at(own.route_index as usize).get(column.index as usize).map_or(ConnectorId::NONE, |pref| pref.next)
}

/// How far over a line a vehicle of some width may stand where it crosses a stop line.
#[inline]
pub fn over_line_m(width_m: f32) -> f32 {
    OVER_LINE_M.max(OVER_LINE_SHARE * width_m)
}

/// Where across its link a vehicle of some width may cross the stop line by a connector: the lanes around the
/// connector's that lead into the same link, and a little over the lines beside them, but not beyond the link.
pub fn movement_group(network: &Network, connector: ConnectorId, vehicle_m: f32) -> Span {
    let [kerb_m, outer_m] = network.connectors[connector].group_m.map(|edge_m| edge_m as f32);
    let width_m = network.links[network.link_of(network.connectors[connector].from)].width_m as f32;
    let over_m = over_line_m(vehicle_m);
    Span { kerb_m: (kerb_m - over_m).max(0.0), outer_m: (outer_m + over_m).min(width_m) }
}

/// Whether a vehicle's route does not go on from a lane of its link, or only into a road so short that nobody can change
/// lanes on it, where the lane ends.
pub fn must_leave(network: &Network, own: &Own, lane: LaneId) -> bool {
    let column = &network.lanes[lane];
    let pref = own.prefs.at(own.route_index as usize).get(column.index as usize);
    pref.is_some_and(|pref| {
        !pref.next.is_some() || (pref.offset != 0 && f64::from(pref.length_m) - column.length_m < SHORT_ROAD_M)
    })
}

/// Where across its link a vehicle may cross the stop line from a lane by which its route goes on, or `None` if it does
/// not: as [`movement_group`], without lanes that must be left before.
pub fn goal_span(network: &Network, own: &Own, lane: LaneId, vehicle_m: f32) -> Option<Span> {
    let next = next_from(network, own, lane);
    if !next.is_some() {
        return None;
    }
    let group = movement_group(network, next, vehicle_m);
    let link = &network.links[network.lanes[lane].link];
    if must_leave(network, own, lane) || !link.lanes().any(|other| must_leave(network, own, other)) {
        return Some(group);
    }
    let over_m = over_line_m(vehicle_m);
    let mut span = group;
    for other in link.lanes().filter(|&other| must_leave(network, own, other)) {
        let edges = Span::of_lane(network, other);
        if other.0 < lane.0 {
            span.kerb_m = span.kerb_m.max(edges.outer_m - over_m);
        } else {
            span.outer_m = span.outer_m.min(edges.kerb_m + over_m);
        }
    }
    Some(span)
}

/// Whether a class may go from a lane to its neighbour.
pub fn may_change(network: &Network, lane: LaneId, outwards: bool, class: VehicleClass) -> bool {
    let column = &network.lanes[lane];
    let link = &network.links[column.link];
    let (permission, exists) = if outwards {
        (column.change_outwards, column.index + 1 < link.n_lanes)
    } else {
        (column.change_inwards, column.index > 0)
    };
    if !exists || !permission.allows(class) {
        return false;
    }
    let neighbor = if outwards { lane.0 + 1 } else { lane.0 - 1 };
    network.lanes[LaneId(neighbor)].allowed.allows(class)
}

/// The lanes that a class can reach from a lane without crossing what it must not, as an interval.
pub fn reachable(network: &Network, lane: LaneId, class: VehicleClass) -> Span {
    let (mut kerb, mut outer) = (lane, lane);
    while may_change(network, kerb, false, class) {
        kerb = LaneId(kerb.0 - 1);
    }
    while may_change(network, outer, true, class) {
        outer = LaneId(outer.0 + 1);
    }
    Span::of_lane(network, kerb).hull(Span::of_lane(network, outer))
}

/// The lane of a link that holds a lateral position.
pub fn lane_at(network: &Network, link: LinkId, middle_m: f64) -> LaneId {
    let column = &network.links[link];
    let last = column.first_lane.0 + u32::from(column.n_lanes) - 1;
    let mut lane = column.first_lane;
    while lane.0 < last && middle_m >= network.lanes[lane].offset_m + network.lanes[lane].width_m {
        lane = LaneId(lane.0 + 1);
    }
    lane
}

/// Whether a vehicle has been waiting for `limit_ms` at the end of a lane from which its route does not go on, while
/// the lane leads somewhere for its class: time to turn where it can.
pub fn wants_missed_turn(scene: &Scene<'_>, own: &Own, limit_ms: i64) -> bool {
    let network = scene.network;
    let lane = &network.lanes[own.lane];
    let route_index = own.route_index as usize;
    if lane.is_internal || own.waiting_ms < limit_ms || route_index + 1 >= own.prefs.len() {
        return false;
    }
    let class = scene.kind(own.kind).class;
    !next_from(network, own, own.lane).is_some()
        && lane.length_m - own.front_m <= WRONG_LANE_END_M + usual_margin_m(scene, own)
        && network.outgoing[own.lane].iter().any(|&connector| {
            let connector = &network.connectors[connector];
            network.lanes[connector.to].allowed.allows(class) && network.lanes[connector.leads_to].allowed.allows(class)
        })
}
