//! The one leader search: who is ahead on a link and overlaps a lateral interval.
//!
//! One walk forward in front order serves several intervals at once. It ends when no vehicle further on can have a
//! nearer rear than those found: fronts grow along the walk, and a rear is at most the longest vehicle behind its
//! front.

use crate::ids::LinkId;
use crate::traffic::lateral::space::{LATERAL_EPS_M, Span};
use crate::traffic::leader::Leader;
use crate::traffic::state::{Ghost, Place, Seen, Traffic, flags};

/// Most leaders that a wide vehicle follows at once, and most uncovered parts of its width kept in mind.
const MAX_LEADERS: usize = 12;
const MAX_PARTS: usize = 7;

/// Which vehicles of a link are ahead.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ahead {
    /// Those before this slot: the searcher stands on the link.
    OfSlot(u32),
    /// Those whose front lies beyond this position.
    OfPosition(f32),
    /// All: the searcher comes from behind.
    OfStart,
}

/// An interval for which a walk looks for the leader.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Probe {
    /// The interval.
    pub span: Span,
    /// What was found.
    pub leader: Option<Leader>,
}

impl Probe {
    /// Nothing found yet.
    pub fn new(span: Span) -> Self {
        Self { span, leader: None }
    }
    fn reach_m(&self, until_m: f32) -> f32 {
        self.leader.map_or(until_m, |leader| leader.seen.rear_m.min(until_m))
    }
}

/// The vehicles of a link as a search sees them.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The link.
    pub link: LinkId,
    /// Vehicles whose front is on the link.
    pub seen: &'a [Seen],
    /// Rears of vehicles whose front is on links ahead.
    pub ghosts: &'a [Ghost],
    /// An upper bound of the lengths of `seen`.
    pub longest_m: f32,
}

impl<'a> View<'a> {
    /// The vehicles of a link.
    pub fn at(traffic: &'a Traffic, link: LinkId) -> Self {
        let index = link.index();
        Self {
            link,
            seen: &traffic.seen[index],
            ghosts: &traffic.ghosts[index],
            longest_m: traffic.longest_on_m[index],
        }
    }
    /// The number of slots that are ahead.
    pub(super) fn n_ahead(&self, ahead: Ahead) -> usize {
        match ahead {
            Ahead::OfSlot(slot) => slot as usize,
            Ahead::OfPosition(front_m) => self.seen.partition_point(|seen| seen.front_m > front_m),
            Ahead::OfStart => self.seen.len(),
        }
    }
    /// Finds the leader of every probe among the vehicles ahead with a rear up to `until_m`. Vehicles that the walk
    /// meets beside a probe go to `beside`, with the probe's position and the free distance across.
    pub fn walk(&self, ahead: Ahead, until_m: f32, probes: &mut [Probe], mut beside: impl FnMut(usize, &Seen, f32)) {
        let mut meet = |probes: &mut [Probe], other: &Seen, place: Place| {
            let span = Span::of(other);
            let mut is_nearer = false;
            for (index, probe) in probes.iter_mut().enumerate() {
                let clearance_m = probe.span.clearance_m(span);
                if clearance_m >= -LATERAL_EPS_M {
                    beside(index, other, clearance_m);
                } else if other.rear_m <= until_m && probe.leader.is_none_or(|leader| other.rear_m < leader.seen.rear_m)
                {
                    probe.leader = Some(Leader { rear_m: f64::from(other.rear_m), seen: *other, place });
                    is_nearer = true;
                }
            }
            is_nearer
        };
        for ghost in self.ghosts.iter().rev() {
            if ghost.seen.rear_m > until_m {
                break;
            }
            meet(probes, &ghost.seen, ghost.place);
        }
        let farthest = |probes: &[Probe]| probes.iter().fold(f32::NEG_INFINITY, |far, p| far.max(p.reach_m(until_m)));
        let mut reach_m = farthest(probes);
        for slot in (0..self.n_ahead(ahead)).rev() {
            let other = &self.seen[slot];
            if other.front_m - self.longest_m > reach_m {
                break;
            }
            let place = Place { link: self.link, slot: slot as u32 };
            if !other.has(flags::PARKED) && meet(probes, other, place) {
                reach_m = farthest(probes);
            }
        }
    }
    /// All leaders of an interval: the nearest one, and for the parts of the interval that it leaves uncovered the
    /// nearest there, and so on. Across a wide vehicle a fast rider ahead hides nobody who is slow beside that rider.
    pub fn each_leader(&self, ahead: Ahead, span: Span, until_m: f32, mut visit: impl FnMut(&Leader)) {
        let mut parts = [span; MAX_PARTS + 1];
        let mut n = 1;
        for _ in 0..MAX_LEADERS {
            let Some(last) = usize::checked_sub(n, 1) else { break };
            n = last;
            let part = parts[n];
            let Some(leader) = self.nearest(ahead, part, until_m) else { continue };
            visit(&leader);
            let covered = Span::of(&leader.seen);
            let sides = [
                Span { kerb_m: part.kerb_m, outer_m: covered.kerb_m },
                Span { kerb_m: covered.outer_m, outer_m: part.outer_m },
            ];
            for side in sides {
                if side.outer_m - side.kerb_m > 2.0 * LATERAL_EPS_M && n <= MAX_PARTS {
                    parts[n] = side;
                    n += 1;
                }
            }
        }
    }
    /// The nearest vehicle ahead that overlaps an interval, with its rear up to `until_m`.
    pub fn nearest(&self, ahead: Ahead, span: Span, until_m: f32) -> Option<Leader> {
        let mut probes = [Probe::new(span)];
        self.walk(ahead, until_m, &mut probes, |_, _, _| ());
        probes[0].leader
    }
}
