//! Finds a gridlock: nothing moves, or links block each other in a circle. It is reported once; the run goes on.
//!
//! Waiting counts as blocked only when it is longer than 120 s and than the longest cycle of the city's signals, so
//! that a red light alone is never a gridlock.

use serde::{Deserialize, Serialize};

use crate::engine::stop_lines::next_connector;
use crate::ids::{ConnectorId, Id, LaneId, LinkId};
use crate::network::LinkKind;
use crate::signals::SignalPlans;
use crate::traffic::car_following::HALTING_SPEED_MPS;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Traffic, flags};

/// Least time without motion.
const STILL_MS: i64 = 120_000;
/// A lane whose last rear is nearer than this to its start has no room for another car.
const FULL_BEFORE_M: f32 = 7.5;

/// Whoever is this fast does not stand, however its speed was rounded.
const MOVING_MPS: f32 = 2.0 * HALTING_SPEED_MPS as f32;

/// A gridlock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gridlock {
    /// When it was found.
    pub found_ms: i64,
    /// Since when the first vehicle blocked stands.
    pub since_ms: i64,
    /// The stop line where it stands: the connector behind it; `NONE` if its lane leads nowhere on its way.
    pub connector: ConnectorId,
    /// The road on which it stands.
    pub link: LinkId,
    /// The links that block each other, each blocked by the next and the last by the first; empty when vehicles stand
    /// for another reason.
    pub cycle: Vec<LinkId>,
}

/// The search for a gridlock.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct GridlockWatch {
    /// Since when no vehicle has moved.
    still_since_ms: Option<i64>,
    /// What was found.
    pub found: Option<Gridlock>,
}

/// The first vehicle of a lane that has stood for too long.
struct Blocked {
    lane: LaneId,
    waiting_ms: i64,
    connector: ConnectorId,
    next: Option<LinkId>,
}

impl GridlockWatch {
    /// Looks at the state after a step; true if a gridlock was found now. `links` are those with vehicles.
    pub fn look(&mut self, scene: &Scene<'_>, signals: &SignalPlans, traffic: &Traffic, links: &[LinkId]) -> bool {
        if self.found.is_some() {
            return false;
        }
        let moves = |seen: &crate::traffic::state::Seen| f64::from(seen.speed_mps) > HALTING_SPEED_MPS;
        let at_stop = flags::AT_STOP | flags::PARKED;
        let mut all = links.iter().flat_map(|link| &traffic.seen[link.index()]);
        let is_still = all.clone().any(|seen| !seen.has(at_stop)) && !all.any(moves);
        let since_ms = is_still.then(|| self.still_since_ms.unwrap_or(scene.now_ms));
        self.still_since_ms = since_ms;
        let least_ms = signals.plans.iter().map(|plan| plan.cycle_ms()).fold(STILL_MS, i64::max);
        let nothing_moves = since_ms.is_some_and(|since_ms| scene.now_ms - since_ms >= least_ms);
        let blocked = blocked_links(scene, traffic, links, if nothing_moves { 0 } else { least_ms });
        let circle = circle_of(&blocked, |link| is_full(scene, traffic, link));
        if circle.is_empty() && !nothing_moves {
            return false;
        }
        let first = blocked
            .iter()
            .flatten()
            .filter(|head| circle.is_empty() || circle.contains(&scene.network.link_of(head.lane)))
            .max_by_key(|head| (head.waiting_ms, std::cmp::Reverse(head.lane)));
        let Some(first) = first else { return false };
        self.found = Some(Gridlock {
            found_ms: scene.now_ms,
            since_ms: scene.now_ms - first.waiting_ms,
            connector: first.connector,
            link: scene.network.link_of(first.lane),
            cycle: circle,
        });
        true
    }
}

/// For each link, the first vehicles of its lanes if all of them have stood for so long; else nothing. Empty if that
/// holds on no link.
fn blocked_links(scene: &Scene<'_>, traffic: &Traffic, links: &[LinkId], least_ms: i64) -> Vec<Vec<Blocked>> {
    let mut by_link = Vec::new();
    for &link in links.iter().filter(|&&link| scene.network.links[link].kind == LinkKind::Road) {
        let heads = heads_of(scene, traffic, link, least_ms);
        if !heads.is_empty() {
            by_link.resize_with(traffic.own.len(), Vec::new);
            by_link[link.index()] = heads;
        }
    }
    by_link
}

fn heads_of(scene: &Scene<'_>, traffic: &Traffic, link: LinkId, least_ms: i64) -> Vec<Blocked> {
    let mut heads = Vec::new();
    for lane in scene.network.links[link].lanes() {
        let summary = &traffic.lanes[lane];
        if summary.n == 0 {
            continue;
        }
        let slot = summary.first as usize;
        // Who moves has not waited: most need not be looked at closely.
        if least_ms > 0 && traffic.seen[link.index()][slot].speed_mps > MOVING_MPS {
            return Vec::new();
        }
        let own = &traffic.own[link.index()][slot];
        if own.flags & flags::AT_STOP != 0 || own.waiting_ms < least_ms {
            return Vec::new();
        }
        heads.push(blocked(scene, own));
    }
    heads
}

fn blocked(scene: &Scene<'_>, own: &Own) -> Blocked {
    let route = scene.route_of(own);
    Blocked {
        lane: own.lane,
        waiting_ms: own.waiting_ms,
        connector: next_connector(scene, own).unwrap_or(ConnectorId::NONE),
        next: route.get(own.route_index as usize + 1).copied(),
    }
}

/// Links that are full and block each other in a circle, the smallest id first; empty if there is none.
fn circle_of(blocked: &[Vec<Blocked>], is_full: impl Fn(LinkId) -> bool) -> Vec<LinkId> {
    let mut is_in: Vec<bool> = blocked
        .iter()
        .enumerate()
        .map(|(link, heads)| !heads.is_empty() && is_full(LinkId::from_index(link)))
        .collect();
    // Whoever waits for a link that may get free may get free.
    loop {
        let held = |head: &Blocked| head.next.is_some_and(|next| is_in[next.index()]);
        let free: Vec<usize> =
            (0..is_in.len()).filter(|&link| is_in[link] && !blocked[link].iter().all(held)).collect();
        if free.is_empty() {
            break;
        }
        for link in free {
            is_in[link] = false;
        }
    }
    let Some(start) = is_in.iter().position(|&is_in| is_in) else { return Vec::new() };
    let mut way: Vec<LinkId> = Vec::new();
    let mut link = LinkId::from_index(start);
    loop {
        if let Some(again) = way.iter().position(|&passed| passed == link) {
            let mut circle = way.split_off(again);
            let smallest = (0..circle.len()).min_by_key(|&index| circle[index]).unwrap_or(0);
            circle.rotate_left(smallest);
            return circle;
        }
        way.push(link);
        match blocked[link.index()].first().and_then(|head| head.next) {
            Some(next) => link = next,
            None => return Vec::new(),
        }
    }
}

/// Whether no lane of a link has room for another car.
fn is_full(scene: &Scene<'_>, traffic: &Traffic, link: LinkId) -> bool {
    scene.network.links[link]
        .lanes()
        .all(|lane| traffic.last_on_lane(scene.network, lane).is_some_and(|(last, _)| last.rear_m < FULL_BEFORE_M))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One blocked vehicle per listed next link.
    fn blocked(next: &[&[u32]]) -> Vec<Vec<Blocked>> {
        let head = |&next: &u32| Blocked {
            lane: LaneId(0),
            waiting_ms: STILL_MS,
            connector: ConnectorId::NONE,
            next: Some(LinkId(next)),
        };
        next.iter().map(|heads| heads.iter().map(head).collect()).collect()
    }

    #[track_caller]
    fn check(next: &[&[u32]], full: &[u32], expected: &[u32]) {
        let circle = circle_of(&blocked(next), |link| full.contains(&link.0));
        assert_eq!(circle.iter().map(|link| link.0).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn circles_are_found_and_start_at_the_smallest_link() {
        check(&[&[3], &[2], &[3], &[1]], &[0, 1, 2, 3], &[1, 2, 3]);
        check(&[&[1], &[0]], &[0, 1], &[0, 1]);
    }

    #[test]
    fn a_link_with_room_or_a_way_out_breaks_the_circle() {
        check(&[&[1], &[0]], &[0], &[]);
        check(&[&[1], &[2], &[]], &[0, 1, 2], &[]);
        // The second lane of link 1 waits for link 2, which moves.
        check(&[&[1], &[0, 2], &[]], &[0, 1, 2], &[]);
    }
}
