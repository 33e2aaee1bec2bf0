//! How far the lanes lead on the route, and how full they are.

use super::act::Side;
use super::around::Ego;
use super::link_pass::LinkPass;
use crate::ids::LaneId;
use crate::traffic::prefs::{self, LanePref};

/// A lane as the route sees it.
#[derive(Clone, Copy)]
pub(super) struct Prospect<'a> {
    /// The lane: on a way through a junction, the one on the road behind it.
    pub(super) lane: LaneId,
    /// Number of lanes to change towards the best lane, outwards positive.
    pub(super) offset: i32,
    pref: &'a LanePref,
}

impl Prospect<'_> {
    /// Distance that can be driven from the start of the lane without a lane change.
    pub(super) fn length_m(&self) -> f64 {
        f64::from(self.pref.length_m)
    }
    /// Whether a connector leads on along the route.
    pub(super) fn goes_on(&self) -> bool {
        self.pref.next.is_some()
    }
}

/// The present lane, the one beside, and the one to get to.
#[derive(Clone, Copy)]
pub(super) struct Outlook<'a> {
    pub(super) here: Prospect<'a>,
    pub(super) beside: Prospect<'a>,
    /// The lane to get to.
    pub(super) best: LaneId,
    /// Lanes to change to get to the best one, outwards positive; if both lanes are best, the one beside.
    pub(super) best_offset: i32,
    pub(super) route_index: usize,
}

impl<'a> LinkPass<'a> {
    /// A lane of the link, or the road lane behind it if the link is a way through a junction.
    #[inline]
    pub(super) fn prospect(&self, ego: &Ego<'a>, index: usize) -> Option<Prospect<'a>> {
        if ego.is_internal {
            return self.prospect_beyond(ego, index);
        }
        let pref = ego.own.prefs.of_lane(ego.route_index(), index)?;
        let lane = LaneId(self.road.first_lane.0 + index as u32);
        Some(Prospect { lane, offset: i32::from(pref.offset), pref })
    }
    #[inline(never)]
    fn prospect_beyond(&self, ego: &Ego<'a>, index: usize) -> Option<Prospect<'a>> {
        let network = self.road.world.scene.network;
        if index >= self.queues.len() {
            return None;
        }
        let here = LaneId(self.road.first_lane.0 + index as u32);
        let route_index = ego.route_index() + 1;
        let lane = network.connectors[network.after_internal(here)].leads_to;
        let column = &network.lanes[lane];
        // A road is on the route because the vehicle is on it; ways through a junction may lead to different roads.
        if self.road.world.scene.route_of(ego.own).get(route_index) != Some(&column.link) {
            return None;
        }
        let pref = ego.own.prefs.of_lane(route_index, column.index as usize)?;
        let (inmost, outmost) = (-(index as i32), (self.queues.len() - 1 - index) as i32);
        Some(Prospect { lane, offset: i32::from(pref.offset).clamp(inmost, outmost), pref })
    }
    /// Length of vehicles with gaps ahead of the ego on lane `index`, and along the way of that lane as the route sees it.
    pub(super) fn occupation_m(&self, ego: &Ego<'_>, index: usize, lane: LaneId) -> f64 {
        let occupied_m = |lane: LaneId| f64::from(self.road.world.view.lanes[lane].occupied_m);
        let passed_m = self.queues[index].passed_m;
        let (near_m, route_index) = if ego.is_internal {
            (passed_m + occupied_m(lane), ego.route_index() + 1)
        } else {
            (passed_m, ego.route_index())
        };
        let start = (route_index, lane);
        let network = self.road.world.scene.network;
        near_m + prefs::occupation_ahead_m(network, &ego.own.prefs, start, ego.driver.reach_m, occupied_m)
    }
    /// The outlook to one side; `None` if the lane beside does not lead to the route's next road.
    #[inline]
    pub(super) fn outlook<'h>(&self, ego: &Ego<'a>, side: Side, here: Prospect<'h>) -> Option<Outlook<'h>>
    where
        'a: 'h,
    {
        let beside = self.prospect(ego, side.of(ego.index))?;
        let mut best_offset = here.offset;
        if best_offset == 0 && beside.offset == 0 {
            best_offset = side.offset();
        }
        let best = if best_offset == 0 {
            here.lane
        } else if best_offset == side.offset() {
            beside.lane
        } else {
            self.prospect(ego, ego.index.wrapping_add_signed(best_offset as isize))?.lane
        };
        let route_index = ego.route_index() + usize::from(ego.is_internal);
        Some(Outlook { here, beside, best, best_offset, route_index })
    }
    /// Whether the way from a lane ends at the end of the network.
    pub(super) fn ends_in_nowhere(&self, ego: &Ego<'_>, route_index: usize, lane: LaneId) -> bool {
        let network = self.road.world.scene.network;
        network.outgoing[prefs::last_lane(network, &ego.own.prefs, route_index, lane)].is_empty()
    }
}
