//! Vehicles side by side before a narrower link: those behind, be it by little, give way.

use crate::ids::ConnectorId;
use crate::traffic::car_following::Driver;
use crate::traffic::lateral::space::{Span, next_from};
use crate::traffic::leader::mapped_interval;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Place, Traffic, flags};

/// The highest speed at which a vehicle gets behind those farther ahead on its link that are not in its way yet, but
/// will be on the link behind a connector, because that is narrower. `line_m` is the distance to its start: up to there
/// it can drive in any case; those whose rear is beyond `until_m` on the link are too far ahead to matter. `mapped` is
/// its own interval behind the connector.
pub fn speed_mps(
    scene: &Scene<'_>,
    traffic: &Traffic,
    place: Place,
    driver: &Driver,
    (connector, line_m, until_m): (ConnectorId, f64, f32),
    mapped: Span,
) -> f64 {
    let network = scene.network;
    let (from, to) = (network.connectors[connector].from, network.connectors[connector].to);
    let target = network.link_of(to);
    let mut most_mps = f64::INFINITY;
    if network.link_of(from) != place.link || network.links[target].width_m >= network.links[place.link].width_m {
        return most_mps;
    }
    let (own, present) = (traffic.own(place), Span::of(traffic.seen(place)));
    let longest_m = traffic.longest_on_m[place.link.index()];
    for ahead in (0..place.slot).rev() {
        let other = Place { link: place.link, slot: ahead };
        let seen = traffic.seen(other);
        if seen.front_m - longest_m > until_m {
            break;
        }
        if seen.rear_m > until_m || present.overlaps(Span::of(seen)) || seen.has(flags::PARKED) {
            continue;
        }
        let theirs = traffic.own(other);
        let way = next_from(network, theirs, theirs.lane);
        if !way.is_some() {
            continue;
        }
        let (kerb_m, outer_m) = mapped_interval(network, way, seen.kerb_m, seen.outer_m);
        if network.link_of(network.connectors[way].to) != target || !mapped.overlaps(Span { kerb_m, outer_m }) {
            continue;
        }
        let gap_m = f64::from(seen.rear_m) - own.front_m - driver.min_gap_m;
        let decel_mps2 = scene.kind(seen.kind_id()).apparent_decel_mps2;
        let follow = driver.follow_speed(own.speed_mps, gap_m, f64::from(seen.speed_mps), decel_mps2);
        let stop = driver.stop_speed(own.speed_mps, line_m, driver.decel_mps2);
        most_mps = most_mps.min(follow.max(stop));
    }
    most_mps
}
