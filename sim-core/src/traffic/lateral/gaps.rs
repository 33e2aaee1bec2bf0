//! Gap acceptance of riders: where their ways and those of others meet, not whole ways through a junction, are compared.
//!
//! A rider passes between two vehicles that go first if its front comes to the place where the ways meet late enough
//! behind the one and early enough before the other: together the critical gap. Two ways into the same link meet only if
//! the vehicles would overlap there, else they ride on abreast. A foe that comes faster than the rider is given the time
//! that it loses in braking gently to the rider's speed. Waiting makes both parts shorter.

use crate::ids::ConnectorId;
use crate::network::Network;
use crate::traffic::approach::{Wish, to_ms};
use crate::traffic::lateral::space::Span;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Approach, Own};
use crate::traffic::types::VehicleType;

/// The part of the critical gap that lies behind the vehicle that passed first.
const BEHIND_SHARE: f64 = 0.4;
/// Who decides once a step misses gaps by half a step on average; riders time their start better than that.
const TIMING_STEPS: f64 = 0.5;
/// The part of the critical gap that full impatience leaves.
const LEAST_SHARE: f64 = 0.6;
/// Free distance across between two that ride into a link abreast.
const ABREAST_M: f64 = 0.3;

/// What a rider's wish to pass a stop line says of gaps.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Claim {
    /// The critical gap.
    pub critical_s: f64,
    /// Where its middle will be on the link behind the junction.
    pub middle_m: f64,
    /// Its width.
    pub width_m: f64,
    /// Whether it keeps lanes: then it judges so only gaps between riders.
    pub keeps_lane: bool,
}

impl Claim {
    /// The claim of a vehicle at a stop line; `None` if its type judges gaps otherwise.
    pub fn of(network: &Network, own: &Own, kind: &VehicleType, connector: ConnectorId) -> Option<Self> {
        let critical_s = kind.junction.critical_gap_s?;
        Some(Self {
            critical_s,
            middle_m: middle_behind_m(network, own, connector),
            width_m: kind.width_m,
            keeps_lane: kind.lateral.keeps_lane,
        })
    }
}

/// Where across the road behind a junction a vehicle comes out: as far from its lane's edge as it is now, but within the
/// road.
pub fn middle_behind_m(network: &Network, own: &Own, connector: ConnectorId) -> f64 {
    let to = &network.lanes[network.connectors[connector].leads_to];
    let middle_m = own.middle_m - network.lanes[own.lane].offset_m + to.offset_m;
    middle_m.clamp(0.0, network.links[to.link].width_m)
}

/// When something happens to a vehicle on its way.
#[derive(Clone, Copy)]
struct Times {
    arrival_ms: i64,
    mean_mps: f64,
}

impl Times {
    fn at_ms(self, way_m: f64) -> i64 {
        self.arrival_ms.saturating_add(to_ms(way_m.max(0.0) / self.mean_mps.max(LEAST_MPS)))
    }
}

/// Speed below which a way is not worked out.
const LEAST_MPS: f64 = 0.2;

/// Whether a vehicle that goes first keeps a rider from passing.
pub(in crate::traffic) fn conflicts(
    scene: &Scene<'_>,
    (of, foe_connector): (ConnectorId, ConnectorId),
    foe: &Approach,
    wish: &Wish,
    claim: &Claim,
) -> bool {
    let network = scene.network;
    let (own_way, foe_way) = (&network.connectors[of], &network.connectors[foe_connector]);
    let foe_kind = scene.kind(foe.kind);
    let own = Times { arrival_ms: wish.arrival_ms, mean_mps: 0.5 * (wish.arrival_mps + wish.leave_mps) };
    let theirs = Times { arrival_ms: foe.arrival_ms, mean_mps: 0.5 * (foe.arrival_mps + foe.leave_mps) };
    let timely_s = claim.critical_s - TIMING_STEPS * scene.dt_s();
    let critical_s = timely_s * (1.0 - (1.0 - LEAST_SHARE) * wish.impatience);
    let (behind_ms, mut before_ms) = (to_ms(BEHIND_SHARE * critical_s), to_ms((1.0 - BEHIND_SHARE) * critical_s));
    if network.link_of(own_way.leads_to) == network.link_of(foe_way.leads_to) {
        let apart_m = (claim.middle_m - foe.middle_m).abs();
        if apart_m >= 0.5 * (claim.width_m + foe_kind.width_m) + ABREAST_M {
            return false;
        }
        let (own_ms, foe_ms) = (own.at_ms(own_way.length_m), theirs.at_ms(foe_way.length_m));
        before_ms += to_ms((foe.leave_mps - wish.leave_mps).max(0.0) / (2.0 * foe_kind.decel_mps2));
        return foe_ms - own_ms < before_ms && own_ms - foe_ms < behind_ms;
    }
    let exit = network.lanes[own_way.to].exit;
    let meeting = exit
        .is_some()
        .then(|| network.lane_conflicts[exit].iter().find(|conflict| conflict.foe_lane == foe_way.to))
        .flatten();
    let (own_in_m, own_size_m, foe_in_m, foe_size_m) = match meeting {
        Some(at) => (own_way.length_m - at.behind_m, at.size_m, foe_way.length_m - at.foe_behind_m, at.foe_size_m),
        None => (0.0, own_way.length_m, 0.0, foe_way.length_m),
    };
    let own_out_ms = own.at_ms(own_in_m + own_size_m + wish.length_m);
    let foe_out_ms = theirs.at_ms(foe_in_m + foe_size_m + foe_kind.length_m);
    theirs.at_ms(foe_in_m) < own_out_ms + before_ms - behind_ms && own.at_ms(own_in_m) < foe_out_ms + behind_ms
}

/// Whether two vehicles on different ways into the same link will be beside each other there: then neither follows the
/// other inside the junction.
pub(in crate::traffic) fn comes_out_beside(
    scene: &Scene<'_>,
    (own, connector): (&Own, ConnectorId),
    (foe, foe_exit): (&Own, ConnectorId),
) -> bool {
    let network = scene.network;
    let leads_to = |connector: ConnectorId| network.link_of(network.connectors[connector].leads_to);
    let keeps_lane = |own: &Own| scene.kind(own.kind).lateral.keeps_lane;
    if !foe_exit.is_some() || (keeps_lane(own) && keeps_lane(foe)) || leads_to(connector) != leads_to(foe_exit) {
        return false;
    }
    let span = |own: &Own, exit: ConnectorId| {
        let to = &network.lanes[network.connectors[exit].leads_to];
        let width_m = scene.kind(own.kind).width_m;
        let middle_m = middle_behind_m(network, own, exit);
        let link = Span { kerb_m: 0.0, outer_m: network.links[to.link].width_m as f32 };
        Span::around(link.fit(middle_m, width_m), width_m).hull(Span::around(middle_m, width_m))
    };
    f64::from(span(own, connector).clearance_m(span(foe, foe_exit))) >= ABREAST_M
}
