//! The vehicles of one link in line: they decide from front to back, and later ones see what earlier ones did.

use super::act::Side;
use super::around::{Ego, World};
use super::link_pass::{Effects, LinkPass, Message, Road};
use super::rules::allows_changing;
use crate::ids::{Id, LaneId, LinkId};
use crate::traffic::prefs::now::Buffers;
use crate::traffic::state::{Own, flags};
use crate::traffic::stops;

/// No vehicle.
pub(super) const NOBODY: u32 = u32::MAX;

/// A vehicle that has decided.
#[derive(Clone, Copy)]
pub(super) struct Decided {
    pub(super) slot: u32,
    pub(super) front_m: f64,
    pub(super) rear_m: f64,
}

impl Decided {
    /// Nobody, so far ahead or behind that everybody else is nearer.
    const fn nobody(at_m: f64) -> Self {
        Self { slot: NOBODY, front_m: at_m, rear_m: at_m }
    }
}

/// What is known of a lane while its link is worked off.
#[derive(Clone, Copy)]
pub(super) struct Queue {
    /// The foremost vehicle that urgently wants to come here and cannot.
    pub(super) first_blocked: u32,
    /// The rearmost such vehicle.
    pub(super) last_blocked: u32,
    /// The last vehicle that decided to stay.
    pub(super) lead: Decided,
    /// The last vehicle that came over.
    pub(super) arrived: Decided,
    /// Lengths with gaps of the vehicles that have decided.
    pub(super) passed_m: f64,
}

impl Queue {
    const EMPTY: Self = Self {
        first_blocked: NOBODY,
        last_blocked: NOBODY,
        lead: Decided::nobody(f64::INFINITY),
        arrived: Decided::nobody(f64::NEG_INFINITY),
        passed_m: 0.0,
    };
    /// A vehicle, the rearmost so far, urgently wants to come here and cannot.
    fn hold_up(&mut self, slot: u32) {
        self.last_blocked = slot;
        if self.first_blocked == NOBODY {
            self.first_blocked = slot;
        }
    }
}

/// Buffers that one worker uses for link after link.
#[derive(Default)]
pub(super) struct Scratch {
    /// The vehicles, foremost first.
    order: Vec<u32>,
    queues: Vec<Queue>,
    effects: Effects,
    /// The lanes that the vehicles reach next.
    pub(super) ahead: Vec<LaneId>,
    renewal: Buffers,
}

/// What has to be carried over to where others read it.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) link: usize,
    /// Vehicles that changed lanes.
    pub(super) changed: Vec<u32>,
    pub(super) messages: Vec<Message>,
    /// Vehicles whose flag `STRATEGIC_BLOCKED` turns.
    pub(super) turned_flags: Vec<u32>,
}

impl Outcome {
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.messages.is_empty() && self.turned_flags.is_empty()
    }
}

/// One link at work.
struct Line<'a> {
    road: &'a Road<'a>,
    own: &'a mut [Own],
    scratch: &'a mut Scratch,
    outcome: Outcome,
}

/// Lets the vehicles of a link change lanes.
pub(super) fn work(world: &World<'_>, link: LinkId, own: &mut [Own], scratch: &mut Scratch) -> Outcome {
    let road = &Road::new(world, link);
    scratch.queues.clear();
    scratch.queues.resize(road.lanes.len(), Queue::EMPTY);
    let outcome = Outcome { link: link.index(), ..Outcome::default() };
    let mut line = Line { road, own, scratch, outcome };
    if allows_changing(world.scene.network, link) {
        line.renew_prefs();
        line.form();
        for at in 0..line.scratch.order.len() {
            line.advance(at);
        }
    }
    line.outcome
}

impl Line<'_> {
    /// Lets those who have entered the road look at the signals ahead.
    fn renew_prefs(&mut self) {
        let scene = self.road.world.scene;
        if self.road.is_internal {
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
    /// Sorts the vehicles, foremost first, at the same place inner lanes first. Mostly they are sorted.
    fn form(&mut self) {
        let own = &*self.own;
        let order = &mut self.scratch.order;
        order.clear();
        let mut ahead_m = f64::INFINITY;
        let is_formed = own.iter().all(|own| {
            let is_next = own.front_m < ahead_m && own.flags & flags::PARKED == 0;
            ahead_m = own.front_m;
            is_next
        });
        if is_formed {
            order.extend(0..own.len() as u32);
            return;
        }
        order.extend((0..own.len() as u32).filter(|&slot| own[slot as usize].flags & flags::PARKED == 0));
        order.sort_by(|&a, &b| {
            let (a, b) = (&own[a as usize], &own[b as usize]);
            b.front_m.total_cmp(&a.front_m).then(a.lane.cmp(&b.lane)).then(a.trip.cmp(&b.trip))
        });
    }
    /// Lets the foremost undecided vehicle decide.
    fn advance(&mut self, at: usize) {
        let Scratch { order, queues, effects, .. } = &mut *self.scratch;
        let (slot, undecided) = (order[at] as usize, &order[at + 1..]);
        let own = &self.own[slot];
        let index = (own.lane.0 - self.road.first_lane.0) as usize;
        let mut memory = own.lane_change;
        let pass = LinkPass { road: self.road, own: self.own, queues, undecided };
        let ego = Ego::new(&pass, slot, index);
        let decision = pass.decide(&ego, &mut memory, effects);
        let decided = Decided { slot: slot as u32, front_m: ego.front_m, rear_m: ego.front_m - ego.kind.length_m };
        let length_m = ego.length_with_gap_m();
        if (own.flags & flags::STRATEGIC_BLOCKED != 0) != memory.is_strategic_blocked() {
            self.outcome.turned_flags.push(slot as u32);
        }
        self.own[slot].lane_change = memory;
        if decision.is_held_up != [false; 2] {
            for (is_held_up, side) in decision.is_held_up.into_iter().zip([Side::Inwards, Side::Outwards]) {
                if is_held_up {
                    queues[side.of(index)].hold_up(slot as u32);
                }
            }
        }
        match decision.side {
            Some(side) => {
                let queue = &mut queues[side.of(index)];
                queue.arrived = decided;
                queue.passed_m += length_m;
                self.move_over(slot, side.of(index));
            }
            None => {
                let queue = &mut queues[index];
                queue.lead = decided;
                queue.passed_m += length_m;
            }
        }
        if !self.scratch.effects.is_empty() {
            self.carry_out(slot);
        }
    }
    /// Tells the others what the vehicle wants from them.
    fn carry_out(&mut self, slot: usize) {
        let Effects { messages, spaces, .. } = &mut self.scratch.effects;
        for message in messages.drain(..) {
            if message.to.link != self.road.link {
                self.outcome.messages.push(message);
            } else if message.to.slot as usize != slot {
                hear(&mut self.own[message.to.slot as usize], &message);
            }
        }
        for (other, space_m) in spaces.drain(..) {
            let state = &mut self.own[other as usize].lane_change;
            state.blocker_m = state.blocker_m.max(space_m);
        }
    }
    fn move_over(&mut self, slot: usize, target: usize) {
        let network = self.road.world.scene.network;
        let own = &mut self.own[slot];
        own.lane = LaneId::from_index(self.road.first_lane.index() + target);
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
        self.outcome.changed.push(slot as u32);
    }
}

/// A vehicle hears what another one wants.
pub(super) fn hear(own: &mut Own, message: &Message) {
    if message.accel_mps2.is_finite() {
        own.lane_change.advise(message.accel_mps2, false);
    }
    own.lane_change.action |= message.bits;
}
