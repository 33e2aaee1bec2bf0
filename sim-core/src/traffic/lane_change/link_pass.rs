//! One vehicle decides: what it wants with either side, and whether the gaps allow it.

use super::act::{self, Side};
use super::around::{Ego, Other, Trail, World};
use super::line::Queue;
use super::memory::LaneChangeState;
use super::outlook::Prospect;
use super::sight::{Sight, is_far_enough};
use crate::ids::{LaneId, LinkId};
use crate::network::Lane;
use crate::traffic::car_following::Driver;
use crate::traffic::state::{Own, Place, Seen, flags};
use crate::traffic::types::VehicleType;
use std::cell::Cell;

/// The link that is worked off.
pub(super) struct Road<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) link: LinkId,
    pub(super) first_lane: LaneId,
    pub(super) lanes: &'a [Lane],
    /// Whether it is a way through a junction.
    pub(super) is_internal: bool,
    /// All vehicle types, and their drivers.
    pub(super) kinds: &'a [VehicleType],
    pub(super) drivers: &'a [Driver],
}

impl<'a> Road<'a> {
    pub(super) fn new(world: &'a World<'a>, link: LinkId) -> Self {
        let scene = world.scene;
        let column = &scene.network.links[link];
        let first = column.first_lane.index();
        Self {
            world,
            link,
            first_lane: column.first_lane,
            lanes: &scene.network.lanes.as_slice()[first..first + column.n_lanes as usize],
            is_internal: column.is_internal(),
            kinds: scene.demand.types.as_slice(),
            drivers: scene.drivers,
        }
    }
}

/// The link as the deciding vehicle finds it: those ahead have decided.
#[derive(Clone, Copy)]
pub(super) struct LinkPass<'a> {
    pub(super) road: &'a Road<'a>,
    pub(super) own: &'a [Own],
    pub(super) queues: &'a [Queue],
    /// Those behind the deciding one, foremost first.
    pub(super) undecided: &'a [u32],
}

/// What is the same for both sides.
pub(super) struct Here<'a> {
    /// The present lane as the route sees it.
    pub(super) prospect: Prospect<'a>,
    /// Ahead on the present lane.
    pub(super) leader: Option<&'a Other<'a>>,
    /// Whether the route meets a roundabout within sight.
    pub(super) meets_roundabout: bool,
    /// Length of vehicles ahead on the present lane and along its way, once asked for.
    pub(super) occupied_m: Cell<Option<f64>>,
}

/// What a vehicle has decided.
#[derive(Clone, Copy, Default)]
pub(super) struct Decision {
    /// The side to change to, if it changes.
    pub(super) side: Option<Side>,
    /// Whether it urgently wants to change to a side and cannot: inwards, outwards.
    pub(super) is_held_up: [bool; 2],
}

impl Decision {
    /// Notes what came of one side.
    #[inline]
    fn note(&mut self, side: Side, action: u32, memory: &mut LaneChangeState) {
        if action & side.change() == 0 {
            return;
        }
        if action & act::BLOCKED == 0 {
            self.side = Some(side);
            return;
        }
        memory.is_blocked |= action & act::STRATEGIC != 0;
        self.is_held_up[usize::from(side == Side::Outwards)] = action & act::URGENT != 0;
    }
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
        let (may_go_in, may_go_out) = (self.may_change(ego, Side::Inwards), self.may_change(ego, Side::Outwards));
        if !may_go_in && !may_go_out {
            return decision;
        }
        let Some(prospect) = self.prospect(ego, ego.index) else {
            memory.action &= act::TOLD;
            return decision;
        };
        let leader = self.leader(ego, ego.index);
        let here = Here {
            leader: leader.as_ref(),
            prospect,
            meets_roundabout: self.meets_roundabout(ego),
            occupied_m: Cell::new(None),
        };
        let (mut inwards, mut outwards) = (0, 0);
        if may_go_in {
            inwards = self.consider(ego, memory, &mut Sight::new(ego, Side::Inwards, &here), effects);
            decision.note(Side::Inwards, inwards, memory);
        }
        if may_go_out && decision.side.is_none() {
            outwards = self.consider(ego, memory, &mut Sight::new(ego, Side::Outwards, &here), effects);
            decision.note(Side::Outwards, outwards, memory);
        }
        let both_urgent = inwards & outwards & act::URGENT != 0;
        if both_urgent {
            outwards = 0;
        }
        memory.action = inwards | outwards;
        if decision.side.is_some() {
            memory.changed();
        } else if memory.action & act::CHANGE != 0 && !both_urgent {
            // What prevents a change that nobody wants matters only beside one that is wanted.
            for (side, may_go, action) in [(Side::Inwards, may_go_in, inwards), (Side::Outwards, may_go_out, outwards)]
            {
                if may_go && action & act::CHANGE == 0 {
                    let mut sight = Sight::new(ego, side, &here);
                    self.look_around(ego, &mut sight, effects);
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
        self.look_around(ego, sight, effects);
        let (side, blocked) = (sight.side, sight.blocked);
        action |= blocked;
        if blocked != 0 {
            return action;
        }
        let lane = LaneId(self.road.first_lane.0 + sight.target as u32);
        if let Some(ahead) = &sight.ahead
            && let Some(critical) = self.road.world.critical_leader(ego, lane)
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
        let (network, own) = (self.road.world.scene.network, ego.own);
        let mut ahead = target;
        let mut rear_m = own.front_m - ego.kind.length_m;
        for &behind in own.lanes_behind() {
            let link = network.link_of(behind);
            let mut lanes = network.incoming[ahead].iter().map(|&connector| network.connectors[connector].from);
            let Some(before) = lanes.find(|&lane| network.link_of(lane) == link) else { return false };
            rear_m += network.lanes[before].length_m;
            let beyond = i32::from(network.lanes[before].index) + side.offset();
            let meets = |seen: &Seen| {
                let driver = self.road.world.scene.driver(seen.kind_id());
                let reach_m = driver.brake_gap_own(f64::from(seen.speed_mps)) + driver.min_gap_m;
                i32::from(seen.lane) == beyond && f64::from(seen.front_m) + reach_m > rear_m
            };
            if self.road.world.view.seen[link.index()].iter().any(meets) {
                return true;
            }
            ahead = before;
        }
        false
    }
}
