//! On which lane of its first link a vehicle enters.

use super::neighbors::Surroundings;
use super::places::Newcomer;
use crate::ids::{LaneId, LinkId};
use crate::traffic::demand::{DepartLane, DepartPosition};
use crate::traffic::scene::Scene;

/// A set of lanes of one link: bit i stands for lane i.
pub(super) type LaneMask = u32;

/// Number of lanes that a mask can hold; lanes further out take no departures.
pub(super) const MAX_LANES: u16 = 32;

/// Beyond this way without a lane change, all lanes are as good.
const FAR_ENOUGH_M: f64 = 3000.0;

fn mask_of(scene: &Scene<'_>, link: LinkId, is_in: impl Fn(LaneId) -> bool) -> LaneMask {
    let lanes = scene.network.links[link].lanes().take(usize::from(MAX_LANES)).enumerate();
    lanes.filter(|&(_, lane)| is_in(lane)).fold(0, |mask, (index, _)| mask | 1 << index)
}

/// The lanes among which a vehicle may choose.
pub(super) fn candidates(scene: &Scene<'_>, newcomer: &mut Newcomer<'_>) -> LaneMask {
    let network = scene.network;
    let class = newcomer.kind.class;
    let route = newcomer.route;
    let link = route[0];
    let allowed = mask_of(scene, link, |lane| network.lanes[lane].allowed.allows(class));
    match newcomer.trip.depart_lane {
        DepartLane::BestProbable | DepartLane::Best => allowed & best(scene, newcomer),
        DepartLane::Index(index) => allowed & 1_u32.checked_shl(u32::from(index)).unwrap_or(0),
        DepartLane::Random | DepartLane::Free => allowed,
        DepartLane::First => allowed & allowed.wrapping_neg(),
        DepartLane::Allowed => match route.get(1) {
            None => allowed,
            Some(&next) => {
                allowed
                    & mask_of(scene, link, |lane| {
                        network.outgoing[lane].iter().any(|&connector| {
                            let connector = &network.connectors[connector];
                            network.link_of(connector.leads_to) == next
                                && network.lanes[connector.to].allowed.allows(class)
                                && network.lanes[connector.leads_to].allowed.allows(class)
                        })
                    })
            }
        },
    }
}

/// The lanes on which one can drive longest without a change.
fn best(scene: &Scene<'_>, newcomer: &mut Newcomer<'_>) -> LaneMask {
    let link = newcomer.route[0];
    let position = newcomer.trip.depart_position;
    let vehicle_m = newcomer.kind.length_m;
    let prefs = newcomer.prefs(scene).at(0);
    let mut best_m = prefs.iter().fold(-1.0, |best: f64, pref| best.max(f64::from(pref.length_m)));
    let mut start_m = 0.0;
    if best_m > FAR_ENOUGH_M {
        let length_m = scene.network.links[link].length_m;
        start_m = match position {
            DepartPosition::Front(front_m) => from_start(front_m, length_m),
            DepartPosition::Stop => vehicle_m.min(length_m),
            _ => length_m,
        };
        best_m = (best_m - start_m).min(FAR_ENOUGH_M);
    }
    let good = prefs.iter().take(usize::from(MAX_LANES)).enumerate();
    good.filter(|(_, pref)| f64::from(pref.length_m) - start_m >= best_m).fold(0, |mask, (index, _)| mask | 1 << index)
}

/// A position that counts from the end if it is negative.
pub(super) fn from_start(position_m: f64, length_m: f64) -> f64 {
    if position_m < 0.0 { position_m + length_m } else { position_m }
}

/// The candidate that the vehicle takes now.
pub(super) fn choose(surroundings: &Surroundings<'_>, newcomer: &Newcomer<'_>, lanes: LaneMask) -> Option<LaneId> {
    let link = &surroundings.scene.network.links[newcomer.route[0]];
    let lane = |index: u32| LaneId(link.first_lane.0 + index);
    if lanes == 0 {
        return None;
    }
    if lanes.is_power_of_two() {
        return Some(lane(lanes.trailing_zeros()));
    }
    if newcomer.trip.depart_lane == DepartLane::Random {
        let wanted = (newcomer.draws(surroundings.scene, 0).lane * f64::from(lanes.count_ones())) as usize;
        return (0..u32::from(MAX_LANES)).filter(|index| lanes & (1 << index) != 0).nth(wanted).map(lane);
    }
    let length_m = link.length_m;
    let start_m = match newcomer.trip.depart_position {
        DepartPosition::Front(front_m) => from_start(front_m, length_m),
        DepartPosition::Base | DepartPosition::Last => 0.0,
        DepartPosition::Stop => newcomer.kind.length_m.min(length_m),
        DepartPosition::Random | DepartPosition::Free | DepartPosition::RandomFree => length_m,
    };
    let candidates = (0..u32::from(MAX_LANES)).filter(|index| lanes & (1 << index) != 0).map(lane);
    freest(surroundings, candidates, start_m, length_m)
}

/// The lane with most room between a position and its last vehicle; if none has any, the least occupied one.
fn freest(
    surroundings: &Surroundings<'_>,
    candidates: impl Iterator<Item = LaneId>,
    start_m: f64,
    length_m: f64,
) -> Option<LaneId> {
    let mut by_gap = (None, 0.0);
    let mut by_occupancy = (None, f64::INFINITY);
    for lane in candidates {
        let occupancy = surroundings.occupancy(lane);
        if occupancy < by_occupancy.1 {
            by_occupancy = (Some(lane), occupancy);
        }
        let gap_m = surroundings.last_front_m(lane).unwrap_or(length_m) - start_m;
        if gap_m > by_gap.1 {
            by_gap = (Some(lane), gap_m);
        }
    }
    by_gap.0.or(by_occupancy.0)
}
