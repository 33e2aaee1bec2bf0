//! The changes on one link: vehicles decide from front to back, and later ones see what earlier ones did.

use super::act::{self, Side};
use super::around::{Ego, Other, Trail, World};
use super::memory::LaneChangeState;
use super::rules::allows_changing;
use super::sight::{Sight, is_far_enough};
use crate::ids::{Id, LaneId, LinkId};
use crate::traffic::prefs::now::Buffers;
use crate::traffic::state::{Own, Place, Seen, flags};
use crate::traffic::stops;

/// No vehicle.
pub(super) const NOBODY: u32 = u32::MAX;

/// What is known of a lane while its link is worked off.
#[derive(Clone, Copy)]
pub(super) struct Queue {
    /// The next vehicle that has not decided yet.
    pub(super) next: u32,
    /// The last vehicle that decided to stay.
    pub(super) lead: u32,
    /// The last vehicle that came over.
    pub(super) arrived: u32,
    /// The foremost vehicle that urgently wants to come here and cannot.
    pub(super) first_blocked: u32,
    /// The rearmost such vehicle.
    pub(super) last_blocked: u32,
    /// Lengths with gaps of the vehicles that have decided.
    pub(super) passed_m: f64,
}

impl Queue {
    const EMPTY: Self = Self {
        next: NOBODY,
        lead: NOBODY,
        arrived: NOBODY,
        first_blocked: NOBODY,
        last_blocked: NOBODY,
        passed_m: 0.0,
    };
}

/// Buffers that one worker uses for link after link.
#[derive(Default)]
pub(super) struct Scratch {
    order: Vec<u32>,
    /// For each vehicle, the next one behind it on the same lane.
    behind: Vec<u32>,
    queues: Vec<Queue>,
    pub(super) trail: Trail,
    /// The lanes that the vehicles reach next.
    pub(super) ahead: Vec<LaneId>,
    renewal: Buffers,
}

/// Something a vehicle on another link is told.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Message {
    pub(super) to: Place,
    /// Advised acceleration; infinite for none. Not a speed: those of other links are known in single precision only.
    pub(super) accel_mps2: f64,
    /// Bits of `act`.
    pub(super) bits: u32,
}

/// A vehicle that changed lanes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Change {
    pub(super) slot: u32,
}

/// What has to be carried over to where others read it.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) link: usize,
    pub(super) changes: Vec<Change>,
    pub(super) messages: Vec<Message>,
    /// Vehicles whose flag `STRATEGIC_BLOCKED` turns.
    pub(super) turned_flags: Vec<u32>,
}

impl Outcome {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.messages.is_empty() && self.turned_flags.is_empty()
    }
}

/// One link at work.
pub(super) struct LinkPass<'a> {
    pub(super) world: World<'a>,
    pub(super) link: LinkId,
    pub(super) first_lane: LaneId,
    pub(super) own: &'a mut [Own],
    pub(super) queues: Vec<Queue>,
    pub(super) scratch: &'a mut Scratch,
    pub(super) outcome: Outcome,
}

/// Lets the vehicles of a link change lanes.
pub(super) fn work(world: World<'_>, link: LinkId, own: &mut [Own], scratch: &mut Scratch) -> Outcome {
    let network = world.scene.network;
    let column = &network.links[link];
    let mut queues = std::mem::take(&mut scratch.queues);
    queues.clear();
    queues.resize(column.n_lanes as usize, Queue::EMPTY);
    let mut pass = LinkPass {
        world,
        link,
        first_lane: column.first_lane,
        own,
        queues,
        scratch,
        outcome: Outcome { link: link.index(), ..Outcome::default() },
    };
    if allows_changing(network, link) {
        pass.renew_prefs();
        pass.line_up();
        for at in 0..pass.scratch.order.len() {
            let slot = pass.scratch.order[at] as usize;
            pass.advance(slot);
        }
    }
    for (slot, own) in pass.own.iter().enumerate() {
        if (own.flags & flags::STRATEGIC_BLOCKED != 0) != own.lane_change.is_strategic_blocked() {
            pass.outcome.turned_flags.push(slot as u32);
        }
    }
    let LinkPass { queues, outcome, scratch, .. } = pass;
    scratch.queues = queues;
    outcome
}

impl<'a> LinkPass<'a> {
    pub(super) fn index_of(&self, slot: usize) -> usize {
        (self.own[slot].lane.0 - self.first_lane.0) as usize
    }
    /// Lets those who have entered the road look at the signals ahead.
    fn renew_prefs(&mut self) {
        let scene = self.world.scene;
        if scene.network.links[self.link].is_internal() {
            return;
        }
        for own in self.own.iter_mut().filter(|own| own.prefs.is_due(own.route_index as usize)) {
            let (way, start) = ((scene.trip(own), scene.route_of(own)), own.route_index as usize);
            let target = stops::target(scene, way, &own.stop, start);
            let ways = (way.1, scene.rider(own.kind));
            let rules = &scene.ports.rules;
            own.prefs.renew(scene.network, rules, ways, (start, target), &mut self.scratch.renewal);
        }
    }
    /// Sorts the vehicles, foremost first, at the same place inner lanes first, and links those of a lane.
    fn line_up(&mut self) {
        let own = &*self.own;
        let order = &mut self.scratch.order;
        order.clear();
        order.extend((0..own.len() as u32).filter(|&slot| own[slot as usize].flags & flags::PARKED == 0));
        let key = |slot: u32| &own[slot as usize];
        let is_sorted = order.windows(2).all(|pair| key(pair[0]).front_m > key(pair[1]).front_m);
        if !is_sorted {
            order.sort_by(|&a, &b| {
                let (a, b) = (key(a), key(b));
                b.front_m.total_cmp(&a.front_m).then(a.lane.cmp(&b.lane)).then(a.trip.cmp(&b.trip))
            });
        }
        let behind = &mut self.scratch.behind;
        behind.clear();
        behind.resize(own.len(), NOBODY);
        for &slot in order.iter().rev() {
            let queue = &mut self.queues[(own[slot as usize].lane.0 - self.first_lane.0) as usize];
            behind[slot as usize] = queue.next;
            queue.next = slot;
        }
    }
    /// Lets the foremost undecided vehicle decide.
    fn advance(&mut self, slot: usize) {
        let index = self.index_of(slot);
        self.queues[index].next = self.scratch.behind[slot];
        let side = self.decide(slot);
        let kind = self.world.scene.kind(self.own[slot].kind);
        let length_m = kind.length_m + kind.min_gap_m;
        match side {
            Some(side) => {
                let target = (index as i32 + side.offset()) as usize;
                self.move_over(slot, target);
                let queue = &mut self.queues[target];
                queue.arrived = slot as u32;
                queue.passed_m += length_m;
            }
            None => {
                let queue = &mut self.queues[index];
                queue.lead = slot as u32;
                queue.passed_m += length_m;
            }
        }
    }
    fn ego(&self, slot: usize) -> Ego<'a> {
        let own = &self.own[slot];
        let scene = self.world.scene;
        Ego {
            slot,
            trip: own.trip,
            kind: scene.kind(own.kind),
            driver: scene.driver(own.kind),
            front_m: own.front_m,
            speed_mps: own.speed_mps,
            accel_mps2: own.accel_mps2,
            speed_factor: own.speed_factor,
            lane: own.lane,
            is_internal: scene.network.lanes[own.lane].is_internal,
            route_index: own.route_index as usize,
            dt_s: scene.dt_s(),
        }
    }
    /// Decides for one vehicle; the side to change to, if it changes.
    fn decide(&mut self, slot: usize) -> Option<Side> {
        if self.own[slot].flags & flags::AT_STOP != 0 {
            return None;
        }
        let ego = self.ego(slot);
        let sides = [Side::Inwards, Side::Outwards].map(|side| self.may_change(&ego, side).then_some(side));
        if sides == [None, None] {
            return None;
        }
        let index = self.index_of(slot);
        let leader = self.leader(&ego, index);
        // The memory is taken out while the vehicle decides, so that it can speak to others.
        let mut memory = std::mem::take(&mut self.own[slot].lane_change);
        let mut actions = [0_u32; 2];
        let mut sights = [None; 2];
        let mut chosen = None;
        for ((action, sight), side) in actions.iter_mut().zip(&mut sights).zip(sides) {
            let Some(side) = side else { continue };
            let sight = sight.insert(self.sight(&ego, side, leader));
            *action = self.consider(&ego, &mut memory, sight);
            if *action & side.change() == 0 {
                continue;
            }
            if *action & act::BLOCKED == 0 {
                chosen = Some(side);
                break;
            }
            memory.is_blocked |= *action & act::STRATEGIC != 0;
            if *action & act::URGENT != 0 {
                let queue = &mut self.queues[(index as i32 + side.offset()) as usize];
                queue.last_blocked = slot as u32;
                if queue.first_blocked == NOBODY {
                    queue.first_blocked = slot as u32;
                }
            }
        }
        let both_urgent = actions[0] & actions[1] & act::URGENT != 0;
        if both_urgent {
            actions[1] = 0;
        }
        memory.action = actions[0] | actions[1];
        // What prevents a change that nobody wants matters only beside one that is wanted.
        if memory.action & act::CHANGE != 0 && chosen.is_none() && !both_urgent {
            let unwanted = actions.iter().zip(&mut sights).filter(|(action, _)| **action & act::CHANGE == 0);
            for sight in unwanted.filter_map(|(_, sight)| sight.as_mut()) {
                self.look_behind(&ego, sight);
                memory.action |= sight.blocked;
            }
        }
        if chosen.is_some() {
            memory.changed();
        }
        self.own[slot].lane_change = memory;
        chosen
    }
    /// What the driver wants with one side, and, if that is a change, whether the gaps allow it.
    fn consider(&mut self, ego: &Ego<'a>, memory: &mut LaneChangeState, sight: &mut Sight<'a>) -> u32 {
        let mut action = self.wish(ego, memory, sight);
        if action & act::CHANGE == 0 {
            return action;
        }
        self.look_behind(ego, sight);
        let Sight { side, ahead, blocked, .. } = *sight;
        action |= blocked;
        let lane = LaneId::from_index(self.first_lane.index() + self.target_of(ego, side));
        if blocked == 0
            && let Some(ahead) = ahead
            && let Some(critical) = self.world.critical_leader(ego, &self.own[ego.slot], lane)
            && critical.trip != ahead.trip
            && !is_far_enough(ego, &critical)
        {
            action |= side.by_leader();
        }
        if blocked == 0 && self.is_unsafe_ahead(ego, lane) {
            action |= side.by_leader();
        }
        if blocked == 0 && self.rear_may_meet(ego.slot, lane, side) {
            action |= side.by_follower();
        }
        action
    }
    /// Whether somebody on a link behind, beyond the lane to which the rear would follow there, may change to that lane
    /// too: links decide at the same time, and neither would see the other.
    fn rear_may_meet(&self, slot: usize, target: LaneId, side: Side) -> bool {
        let (network, own) = (self.world.scene.network, &self.own[slot]);
        let mut ahead = target;
        let mut rear_m = own.front_m - self.world.scene.kind(own.kind).length_m;
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
    /// Tells a neighbour how fast to drive, and why.
    pub(super) fn tell(&mut self, other: &Other<'_>, speed_mps: f64, bits: u32) {
        let accel_mps2 = (speed_mps - other.speed_mps) / self.world.scene.dt_s();
        let message = Message { to: other.place, accel_mps2, bits };
        if other.place.link == self.link {
            hear(&mut self.own[other.place.slot as usize], &message);
        } else {
            self.outcome.messages.push(message);
        }
    }
    fn move_over(&mut self, slot: usize, target: usize) {
        let network = self.world.scene.network;
        let own = &mut self.own[slot];
        own.lane = LaneId::from_index(self.first_lane.index() + target);
        let lane = &network.lanes[own.lane];
        own.middle_m = lane.offset_m + lane.width_m / 2.0;
        own.lateral_mps = 0.0;
        // The rear follows onto the lanes that lead to the new one, as far as there are such lanes.
        let mut ahead = own.lane;
        for behind in &mut own.behind[..own.n_behind as usize] {
            let link = network.link_of(*behind);
            let before = network.incoming[ahead]
                .iter()
                .map(|&connector| network.connectors[connector].from)
                .find(|&lane| network.link_of(lane) == link);
            let Some(before) = before else { break };
            *behind = before;
            ahead = before;
        }
        self.outcome.changes.push(Change { slot: slot as u32 });
    }
}

/// A vehicle hears what another one wants.
pub(super) fn hear(own: &mut Own, message: &Message) {
    if message.accel_mps2.is_finite() {
        own.lane_change.advise(message.accel_mps2, false);
    }
    own.lane_change.action |= message.bits;
}
