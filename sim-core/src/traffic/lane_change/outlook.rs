//! How far the lanes lead on the route, and how full they are.

use super::act::Side;
use super::around::Ego;
use super::link_pass::{Here, LinkPass};
use crate::ids::LaneId;
use crate::traffic::prefs::{self, LanePref};

/// A lane as the route sees it.
#[derive(Clone, Copy)]
pub(super) struct Prospect {
    pub(super) place: Place,
    /// Distance that can be driven from the start of the lane without a lane change.
    pub(super) length_m: f64,
    /// Number of lanes to change towards the best lane, outwards positive.
    pub(super) offset: i32,
    /// Whether a connector leads on along the route.
    pub(super) goes_on: bool,
}

impl Prospect {
    fn of(lane: LaneId, index: usize, pref: &LanePref) -> Self {
        let (length_m, offset) = (f64::from(pref.length_m), i32::from(pref.offset));
        Self { place: Place { lane, index }, length_m, offset, goes_on: pref.next.is_some() }
    }
}

/// A lane of the link, and where it leads.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The lane: on a way through a junction, the one on the road behind it.
    pub(super) lane: LaneId,
    /// The lane of the link, as position in it.
    pub(super) index: usize,
}

/// The present lane, the one beside, and the one to get to.
pub(super) struct Outlook<'h> {
    pub(super) here: &'h Prospect,
    pub(super) beside: Prospect,
    pub(super) best: Place,
    /// Lanes to change to get to the best one, outwards positive; if both lanes are best, the one beside.
    pub(super) best_offset: i32,
    pub(super) route_index: usize,
}

impl LinkPass<'_> {
    /// A lane of the link, or the road lane behind it if the link is a way through a junction.
    #[inline]
    pub(super) fn prospect(&self, ego: &Ego<'_>, index: usize) -> Option<Prospect> {
        if ego.is_internal {
            return self.prospect_beyond(ego, index);
        }
        let pref = ego.row.get(index)?;
        Some(Prospect::of(LaneId(self.first_lane.0 + index as u32), index, pref))
    }
    #[inline(never)]
    fn prospect_beyond(&self, ego: &Ego<'_>, index: usize) -> Option<Prospect> {
        let network = self.world.scene.network;
        if index >= self.queues.len() {
            return None;
        }
        let here = LaneId(self.first_lane.0 + index as u32);
        let route_index = ego.route_index() + 1;
        let lane = network.connectors[network.after_internal(here)].leads_to;
        let column = &network.lanes[lane];
        // A road is on the route because the vehicle is on it; ways through a junction may lead to different roads.
        if self.world.scene.route_of(ego.own).get(route_index) != Some(&column.link) {
            return None;
        }
        let pref = ego.own.prefs.of_lane(route_index, column.index as usize)?;
        let (inmost, outmost) = (-(index as i32), (self.queues.len() - 1 - index) as i32);
        let prospect = Prospect::of(lane, index, pref);
        Some(Prospect { offset: prospect.offset.clamp(inmost, outmost), ..prospect })
    }
    /// Length of vehicles with gaps ahead of the ego on a lane and along its way.
    pub(super) fn occupation_m(&self, ego: &Ego<'_>, place: Place) -> f64 {
        let occupied_m = |lane: LaneId| f64::from(self.world.view.lanes[lane].occupied_m);
        let passed_m = self.queues[place.index].passed_m;
        let (near_m, route_index) = if ego.is_internal {
            (passed_m + occupied_m(place.lane), ego.route_index() + 1)
        } else {
            (passed_m, ego.route_index())
        };
        let start = (route_index, place.lane);
        let network = self.world.scene.network;
        near_m + prefs::occupation_ahead_m(network, &ego.own.prefs, start, ego.driver.reach_m, occupied_m)
    }
    /// The outlook to one side; `None` if the lane beside does not lead to the route's next road.
    #[inline]
    pub(super) fn outlook<'h>(&self, ego: &Ego<'_>, side: Side, here: &'h Here<'_>) -> Option<Outlook<'h>> {
        let here = &here.prospect;
        let beside = self.prospect(ego, side.of(ego.index))?;
        let mut best_offset = here.offset;
        if best_offset == 0 && beside.offset == 0 {
            best_offset = side.offset();
        }
        let best = if best_offset == 0 {
            here.place
        } else if best_offset == side.offset() {
            beside.place
        } else {
            self.prospect(ego, ego.index.wrapping_add_signed(best_offset as isize))?.place
        };
        let route_index = ego.route_index() + usize::from(ego.is_internal);
        Some(Outlook { here, beside, best, best_offset, route_index })
    }
    /// Whether the way from a lane ends at the end of the network.
    pub(super) fn ends_in_nowhere(&self, ego: &Ego<'_>, route_index: usize, lane: LaneId) -> bool {
        let network = self.world.scene.network;
        network.outgoing[prefs::last_lane(network, &ego.own.prefs, route_index, lane)].is_empty()
    }
}
