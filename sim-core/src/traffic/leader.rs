//! The vehicle ahead on a link, for both lateral policies, and how a lateral interval maps over a stop line.

use crate::ids::{ConnectorId, LinkId};
use crate::network::Network;
use crate::traffic::lateral::leader::{Ahead, View};
use crate::traffic::lateral::space::Span;
use crate::traffic::state::{Place, Seen, Traffic};

/// A vehicle ahead on a link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Leader {
    /// Rear position on the link looked at.
    pub rear_m: f64,
    /// What is seen of it there.
    pub seen: Seen,
    /// Where it is.
    pub place: Place,
}

/// The nearest vehicle ahead of a vehicle on its own link that overlaps its lateral interval.
pub fn nearest_overlapping(traffic: &Traffic, place: Place) -> Option<Leader> {
    let span = Span::of(traffic.seen(place));
    View::at(traffic, place.link).nearest(Ahead::OfSlot(place.slot), span, f32::INFINITY)
}

/// The vehicle with the rearmost rear among those on a link that overlap a lateral interval.
pub fn last_overlapping(traffic: &Traffic, link: LinkId, kerb_m: f32, outer_m: f32) -> Option<Leader> {
    View::at(traffic, link).nearest(Ahead::OfStart, Span { kerb_m, outer_m }, f32::INFINITY)
}

/// All vehicles ahead on its own link that a vehicle has to follow, up to a position on the link: the nearest that
/// overlaps its lateral interval, and for the parts of the interval that one leaves uncovered the nearest there.
pub fn each_overlapping(traffic: &Traffic, place: Place, until_m: f32, visit: impl FnMut(&Leader)) {
    let span = Span::of(traffic.seen(place));
    View::at(traffic, place.link).each_leader(Ahead::OfSlot(place.slot), span, until_m, visit);
}

/// The same for a vehicle that will enter a link with a lateral interval.
pub fn each_last_overlapping(
    traffic: &Traffic,
    link: LinkId,
    (kerb_m, outer_m): (f32, f32),
    until_m: f32,
    visit: impl FnMut(&Leader),
) {
    View::at(traffic, link).each_leader(Ahead::OfStart, Span { kerb_m, outer_m }, until_m, visit);
}

/// A lateral interval on the link behind a connector: shifted by the lanes' offsets and kept within the link.
pub fn mapped_interval(network: &Network, connector: ConnectorId, kerb_m: f32, outer_m: f32) -> (f32, f32) {
    let column = &network.connectors[connector];
    let (from, to) = (&network.lanes[column.from], &network.lanes[column.to]);
    let shift = (to.offset_m - from.offset_m) as f32;
    let width_m = outer_m - kerb_m;
    let room_m = network.links[to.link].width_m as f32;
    let kerb = (kerb_m + shift).min(room_m - width_m).max(0.0);
    (kerb, kerb + width_m)
}

/// Whether a lateral interval lies within the lanes whose connectors lead into the same link as `connector`: only then
/// can a vehicle cross the stop line without leaving its way.
pub fn inside_movement_group(network: &Network, connector: ConnectorId, kerb_m: f32, outer_m: f32) -> bool {
    let column = &network.connectors[connector];
    let target = network.link_of(column.to);
    let from = &network.lanes[column.from];
    let link = &network.links[from.link];
    let leads = |index: i64| {
        (0..i64::from(link.n_lanes)).contains(&index) && {
            let lane = crate::ids::LaneId(link.first_lane.0 + index as u32);
            network.outgoing[lane].iter().any(|&other| network.link_of(network.connectors[other].to) == target)
        }
    };
    let (mut low, mut high) = (i64::from(from.index), i64::from(from.index));
    while leads(low - 1) {
        low -= 1;
    }
    while leads(high + 1) {
        high += 1;
    }
    let lane = |index: i64| &network.lanes[crate::ids::LaneId(link.first_lane.0 + index as u32)];
    let (kerb_end_m, outer_end_m) = (lane(low).offset_m, lane(high).offset_m + lane(high).width_m);
    // A vehicle wider than the lanes stands over them evenly.
    let excess_m = (f64::from(outer_m - kerb_m) - (outer_end_m - kerb_end_m)).max(0.0);
    let slack_m = 0.01 + 0.5 * excess_m;
    f64::from(kerb_m) >= kerb_end_m - slack_m && f64::from(outer_m) <= outer_end_m + slack_m
}
