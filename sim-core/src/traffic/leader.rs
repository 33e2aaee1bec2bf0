//! The vehicle ahead on a link, for both lateral policies, and how a lateral interval maps over a stop line.

use crate::ids::{ConnectorId, LinkId};
use crate::network::Network;
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
    let link = place.link.index();
    let ego = traffic.seen(place);
    let mut nearest: Option<Leader> = None;
    for slot in (0..place.slot).rev() {
        let seen = &traffic.seen[link][slot as usize];
        if let Some(found) = &nearest
            && f64::from(seen.front_m) - traffic.longest_m >= found.rear_m
        {
            break;
        }
        if seen.overlaps_laterally(ego) && nearest.is_none_or(|found| f64::from(seen.rear_m) < found.rear_m) {
            nearest = Some(Leader {
                rear_m: f64::from(seen.rear_m),
                seen: *seen,
                place: Place { link: place.link, slot },
            });
        }
    }
    nearest_of_ghosts(traffic, place.link, (ego.kerb_m, ego.outer_m), nearest)
}

/// The vehicle with the rearmost rear among those on a link that overlap a lateral interval.
pub fn last_overlapping(traffic: &Traffic, link: LinkId, kerb_m: f32, outer_m: f32) -> Option<Leader> {
    let mut nearest: Option<Leader> = None;
    for (slot, seen) in traffic.seen[link.index()].iter().enumerate().rev() {
        if let Some(found) = &nearest
            && f64::from(seen.front_m) - traffic.longest_m >= found.rear_m
        {
            break;
        }
        if seen.kerb_m < outer_m
            && kerb_m < seen.outer_m
            && nearest.is_none_or(|found| f64::from(seen.rear_m) < found.rear_m)
        {
            let place = Place { link, slot: slot as u32 };
            nearest = Some(Leader { rear_m: f64::from(seen.rear_m), seen: *seen, place });
        }
    }
    nearest_of_ghosts(traffic, link, (kerb_m, outer_m), nearest)
}

fn nearest_of_ghosts(
    traffic: &Traffic,
    link: LinkId,
    (kerb_m, outer_m): (f32, f32),
    mut nearest: Option<Leader>,
) -> Option<Leader> {
    for ghost in &traffic.ghosts[link.index()] {
        let rear_m = f64::from(ghost.seen.rear_m);
        if ghost.seen.kerb_m < outer_m
            && kerb_m < ghost.seen.outer_m
            && nearest.is_none_or(|found| rear_m < found.rear_m)
        {
            nearest = Some(Leader { rear_m, seen: ghost.seen, place: ghost.place });
        }
    }
    nearest
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
    let slack = 0.01;
    f64::from(kerb_m) >= lane(low).offset_m - slack
        && f64::from(outer_m) <= lane(high).offset_m + lane(high).width_m + slack
}
