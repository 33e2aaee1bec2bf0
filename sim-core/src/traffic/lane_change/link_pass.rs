//! One vehicle decides: what it wants with either side, and whether the gaps allow it.

use super::act::{self, Side};
use super::around::{Ego, Other, Trail, World};
use super::line::Queue;
use super::memory::LaneChangeState;
use super::outlook::Prospect;
use super::sight::{Sight, is_far_enough};
use crate::ids::{LaneId, LinkId};
use crate::network::Lane;
use crate::traffic::state::{Own, Place, Seen, flags};
use std::cell::OnceCell;

/// A link as the deciding vehicle finds it: those ahead have decided.
#[derive(Clone, Copy)]
pub(super) struct LinkPass<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) link: LinkId,
    pub(super) first_lane: LaneId,
    /// The lanes of the link.
    pub(super) lanes: &'a [Lane],
    /// Whether the link is a way through a junction.
    pub(super) is_internal: bool,
    pub(super) own: &'a [Own],
    pub(super) queues: &'a [Queue],
    /// Those behind the deciding one, foremost first.
    pub(super) undecided: &'a [u32],
}

/// What is the same for both sides.
pub(super) struct Here<'a> {
    /// The present lane as the route sees it.
    pub(super) prospect: Prospect,
    /// Ahead on the present lane.
    pub(super) leader: Option<Other<'a>>,
    /// Length of vehicles ahead on the present lane and along its way, once asked for.
    pub(super) occupied_m: OnceCell<f64>,
    /// Whether the route meets a roundabout within sight.
    pub(super) meets_roundabout: bool,
}

/// What a vehicle has decided.
#[derive(Clone, Copy, Default)]
pub(super) struct Decision {
    /// The side to change to, if it changes.
    pub(super) side: Option<Side>,
    /// Sides to which it urgently wants to change and cannot.
    pub(super) held_up: [Option<Side>; 2],
}

/// Something a vehicle is told by another one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Message {
    pub(super) to: Place,
    /// Advised acceleration; infinite for none. Not a speed: those of other links are known in single precision only.
    pub(super) accel_mps2: f64,
    /// Bits of `act`.
    pub(super) bits: u32,
}

/// What a deciding vehicle wants from others, for them to hear once it has decided.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) messages: Vec<Message>,
    /// Vehicles of the link that are to leave so much space at the lane's end.
    pub(super) spaces: Vec<(u32, f64)>,
    pub(super) trail: Trail,
}

impl Effects {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.spaces.is_empty()
    }
    /// Tells a neighbour how fast to drive, and why.
    pub(super) fn tell(&mut self, ego: &Ego<'_>, other: &Other<'_>, speed_mps: f64, bits: u32) {
        let accel_mps2 = (speed_mps - other.speed_mps) / ego.dt_s;
        self.messages.push(Message { to: other.place, accel_mps2, bits });
    }
}

impl<'a> LinkPass<'a> {
    /// Decides for one vehicle.
    pub(super) fn decide(&self, ego: &Ego<'a>, memory: &mut LaneChangeState, effects: &mut Effects) -> Decision {
        let mut decision = Decision::default();
        if ego.own.flags & flags::AT_STOP != 0 {
            return decision;
        }
        let may_change = [Side::Inwards, Side::Outwards].map(|side| self.may_change(ego, side));
        if may_change == [false; 2] {
            return decision;
        }
        let Some(prospect) = self.prospect(ego, ego.index) else {
            memory.action &= act::TOLD;
            return decision;
        };
        let here = Here {
            prospect,
            leader: self.leader(ego, ego.index),
            occupied_m: OnceCell::new(),
            meets_roundabout: self.meets_roundabout(ego),
        };
        let mut consider = |side| {
            let action = self.consider(ego, memory, &mut Sight::new(ego, side, &here), effects);
            if action & side.change() != 0 {
                if action & act::BLOCKED == 0 {
                    decision.side = Some(side);
                } else {
                    memory.is_blocked |= action & act::STRATEGIC != 0;
                    decision.held_up[usize::from(side == Side::Outwards)] = (action & act::URGENT != 0).then_some(side);
                }
            }
            (action, decision.side.is_none())
        };
        let (inwards, goes_on) = if may_change[0] { consider(Side::Inwards) } else { (0, true) };
        let (mut outwards, _) = if may_change[1] && goes_on { consider(Side::Outwards) } else { (0, true) };
        let both_urgent = inwards & outwards & act::URGENT != 0;
        if both_urgent {
            outwards = 0;
        }
        memory.action = inwards | outwards;
        if decision.side.is_some() {
            memory.changed();
        } else if memory.action & act::CHANGE != 0 && !both_urgent {
            // What prevents a change that nobody wants matters only beside one that is wanted.
            let sides = [(Side::Inwards, inwards), (Side::Outwards, outwards)];
            for ((side, action), may_change) in sides.into_iter().zip(may_change) {
                if may_change && action & act::CHANGE == 0 {
                    let mut sight = Sight::new(ego, side, &here);
                    self.look_behind(ego, &mut sight, effects);
                    memory.action |= sight.blocked;
                }
            }
        }
        decision
    }
    /// What the driver wants with one side, and, if that is a change, whether the gaps allow it.
    fn consider(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &mut Sight<'_, 'a>,
        effects: &mut Effects,
    ) -> u32 {
        let mut action = self.wish(ego, memory, sight, effects);
        if action & act::CHANGE == 0 {
            return action;
        }
        self.look_behind(ego, sight, effects);
        let (side, blocked) = (sight.side, sight.blocked);
        action |= blocked;
        if blocked != 0 {
            return action;
        }
        let lane = LaneId(self.first_lane.0 + sight.target as u32);
        if let Some(ahead) = sight.ahead(self, ego)
            && let Some(critical) = self.world.critical_leader(ego, lane)
            && critical.trip != ahead.trip
            && !is_far_enough(ego, &critical)
        {
            action |= side.by_leader();
        }
        if self.is_unsafe_ahead(ego, lane) {
            action |= side.by_leader();
        }
        if self.rear_may_meet(ego, lane, side) {
            action |= side.by_follower();
        }
        action
    }
    /// Whether somebody on a link behind, beyond the lane to which the rear would follow there, may change to that lane
    /// too: links decide at the same time, and neither would see the other.
    fn rear_may_meet(&self, ego: &Ego<'_>, target: LaneId, side: Side) -> bool {
        let (network, own) = (self.world.scene.network, ego.own);
        let mut ahead = target;
        let mut rear_m = own.front_m - ego.kind.length_m;
        for &behind in own.lanes_behind() {
            let link = network.link_of(behind);
            let mut lanes = network.incoming[ahead].iter().map(|&connector| network.connectors[connector].from);
            let Some(before) = lanes.find(|&lane| network.link_of(lane) == link) else { return false };
            rear_m += network.lanes[before].length_m;
            let beyond = i32::from(network.lanes[before].index) + side.offset();
            let meets = |seen: &Seen| {
                let driver = self.world.scene.driver(seen.kind_id());
                let reach_m = driver.brake_gap_own(f64::from(seen.speed_mps)) + driver.min_gap_m;
                i32::from(seen.lane) == beyond && f64::from(seen.front_m) + reach_m > rear_m
            };
            if self.world.view.seen[link.index()].iter().any(meets) {
                return true;
            }
            ahead = before;
        }
        false
    }
}
