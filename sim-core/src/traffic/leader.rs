//! The vehicle ahead on a link, for both lateral policies, and how a lateral interval maps over a stop line.

use crate::ids::{ConnectorId, LinkId};
use crate::network::Network;
use crate::traffic::lateral::leader::{Ahead, View};
use crate::traffic::lateral::space::{Span, movement_group, over_line_m};
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

/// A lateral interval on the link behind a connector: shifted by the lanes' offsets and kept within the link, but for
/// what vehicles may stand over the line.
pub fn mapped_interval(network: &Network, connector: ConnectorId, kerb_m: f32, outer_m: f32) -> (f32, f32) {
    let column = &network.connectors[connector];
    let (from, to) = (&network.lanes[column.from], &network.lanes[column.to]);
    let shift = (to.offset_m - from.offset_m) as f32;
    let width_m = outer_m - kerb_m;
    let room_m = network.links[to.link].width_m as f32;
    let over_m = over_line_m(width_m);
    let kerb = (kerb_m + shift).min(room_m + over_m - width_m).max(-over_m);
    (kerb, kerb + width_m)
}

/// Whether a vehicle with a lateral interval may cross the stop line: it lies within the lanes whose connectors lead
/// into the same link as `connector`.
pub fn inside_movement_group(network: &Network, connector: ConnectorId, kerb_m: f32, outer_m: f32) -> bool {
    let group = movement_group(network, connector, outer_m - kerb_m);
    // A vehicle wider than the lanes stands over them evenly.
    let excess_m = ((outer_m - kerb_m) - (group.outer_m - group.kerb_m)).max(0.0);
    let slack_m = 0.01 + 0.5 * excess_m;
    kerb_m >= group.kerb_m - slack_m && outer_m <= group.outer_m + slack_m
}
