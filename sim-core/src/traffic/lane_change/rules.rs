//! Where lanes may be changed.

use super::act::Side;
use super::around::{Ego, Other};
use super::link_pass::LinkPass;
use crate::ids::{LaneId, LinkId};
use crate::network::{Control, Network};

/// Whether lanes may be changed on a link: on ways through junctions only where nobody has to yield.
pub(super) fn allows_changing(network: &Network, link: LinkId) -> bool {
    let column = &network.links[link];
    column.n_lanes > 1
        && (!column.is_internal()
            || column.lanes().all(|lane| {
                let entry = network.lanes[lane].entry;
                entry.is_some()
                    && matches!(network.connectors[entry].control, Control::Major | Control::Zipper | Control::Signal)
            }))
}

/// Whether two ways through a junction part: then the vehicles on them do not matter to each other.
pub(super) fn part(network: &Network, ego: &Ego<'_>, other: &Other<'_>) -> bool {
    let (a, b) = (&network.lanes[ego.own.lane], &network.lanes[other.lane]);
    a.is_internal && b.is_internal && a.link != b.link && network.links[a.link].from == network.links[b.link].from
}

/// The lane beside the ego's.
pub(super) fn beside(ego: &Ego<'_>, side: Side) -> LaneId {
    LaneId((ego.own.lane.0 as i32 + side.offset()) as u32)
}

impl LinkPass<'_> {
    /// Whether a vehicle of the ego's class may change from its lane to the side.
    #[inline]
    pub(super) fn may_change(&self, ego: &Ego<'_>, side: Side) -> bool {
        let Some(to) = self.road.lanes.get(side.of(ego.index)) else { return false };
        let from = ego.lane;
        let permission = match side {
            Side::Inwards => from.change_inwards,
            Side::Outwards => from.change_outwards,
        };
        let class = ego.kind.class;
        permission.allows(class)
            && to.allowed.allows(class)
            && (!ego.is_internal || (from.before != to.before && from.length_m == to.length_m))
    }
}
