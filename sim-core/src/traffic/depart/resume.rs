//! Vehicles that were released from a jam come back onto the road where there is room.

use super::places::{self, Newcomer};
use super::{DepartState, Verdict, enter, lanes};
use crate::traffic::LateralMode;
use crate::traffic::demand::{DepartLane, DepartPosition, DepartSpeed, Trip};
use crate::traffic::events::Event;
use crate::traffic::release::{Released, arrived};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Traffic};
use crate::traffic::stops;

/// Puts those for whom there is room back onto the road; to be called after the departures. Those whose
/// trip ends out of sight are added to the events. Returns whether the rear of one of them lies on a link behind.
pub fn resume(
    scene: &Scene<'_>,
    mode: LateralMode,
    state: &DepartState,
    traffic: &mut Traffic,
    released: &mut Vec<Released>,
    events: &mut Vec<Event>,
) -> bool {
    let mut reaches_back = false;
    released.retain_mut(|gone| {
        let link = gone.link(scene);
        if let Some(own) = returned(scene, mode, state, traffic, &gone.own) {
            reaches_back |= enter::put(scene, traffic, own);
            return false;
        }
        let goes_on = gone.waits(scene, traffic);
        if !goes_on {
            events.push(arrived(&gone.own, link));
        }
        goes_on
    });
    reaches_back
}

/// The vehicle on the road again, on a lane that leads on, if there is room.
fn returned(scene: &Scene<'_>, mode: LateralMode, state: &DepartState, traffic: &Traffic, gone: &Own) -> Option<Own> {
    let mut gone = gone.clone();
    gone.tally.missed_stops += stops::skip_missed(scene, &mut gone);
    let wishes = Trip {
        depart_lane: DepartLane::Allowed,
        depart_position: DepartPosition::Free,
        depart_speed: DepartSpeed::Max,
        ..scene.trip(&gone).clone()
    };
    let route = &scene.route_of(&gone)[gone.route_index as usize..];
    let surroundings = state.surroundings(scene, traffic, mode);
    let mut newcomer = Newcomer::on_way(scene, (gone.trip, &wishes), (route, gone.stop), gone.speed_factor, true);
    let candidates = lanes::candidates(scene, &mut newcomer);
    let lane = lanes::choose(&surroundings, &newcomer, candidates)?;
    let Verdict::Placed(entrance) = places::try_lane(&surroundings, &mut newcomer, lane, candidates) else {
        return None;
    };
    let own = enter::fresh(scene, gone.trip, (gone.route, gone.route_index), *entrance);
    gone.tally.length_m += own.front_m;
    Some(Own { tally: gone.tally, ..own })
}
