//! Settlement on one link: moves are granted one after the other, each visible to those that follow.

use crate::traffic::lateral::space::{LATERAL_EPS_M, Span, lane_at, next_from};
use crate::traffic::lateral::upstream::look_back_m;
use crate::traffic::lateral::{Task, Urgency, Want};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Seen, flags};

/// Vehicles with less free way between bumpers than this are beside each other.
const BESIDE_M: f32 = 0.05;
/// Moves below this are not worth reserving.
const MIN_MOVE_M: f64 = 1e-4;

/// The state of a link's settlement.
struct Ledger<'a> {
    scene: &'a Scene<'a>,
    /// Intervals in force: present ones, or swept ones of moves granted already.
    held: Vec<Span>,
    longest_m: f32,
    fastest_mps: f64,
}

/// Grants moves on one link; whether any vehicle is in another lane afterwards.
pub(super) fn run(scene: &Scene<'_>, task: &mut Task<'_>) -> bool {
    for (own, seen) in task.own.iter_mut().zip(task.seen.iter_mut()) {
        own.lateral_mps = 0.0;
        show_blocked(own, seen, false);
    }
    if task.wants.is_empty() {
        return false;
    }
    let mut ledger = Ledger {
        scene,
        held: task.seen.iter().map(Span::of).collect(),
        longest_m: task.longest_m,
        fastest_mps: task.seen.iter().fold(0.0, |fastest: f64, seen| fastest.max(f64::from(seen.speed_mps))),
    };
    // Slots go by front descending, ties by trip, so this order is total.
    task.wants.sort_unstable_by_key(|want| (std::cmp::Reverse(want.urgency), want.slot));
    let mut changes_lane = false;
    for want in std::mem::take(&mut task.wants) {
        changes_lane |= settle(&mut ledger, task, want);
        let slot = want.slot as usize;
        if want.urgency == Urgency::Pressing
            && !next_from(scene.network, &task.own[slot], task.own[slot].lane).is_some()
        {
            show_blocked(&mut task.own[slot], &mut task.seen[slot], true);
        }
    }
    changes_lane
}

/// Shows others that a vehicle has to leave its lane.
fn show_blocked(own: &mut Own, seen: &mut Seen, is_blocked: bool) {
    seen.set(flags::STRATEGIC_BLOCKED, is_blocked);
    own.flags = seen.flags;
}

/// Grants a want in full, or by half, or not.
fn settle(ledger: &mut Ledger<'_>, task: &mut Task<'_>, want: Want) -> bool {
    let slot = want.slot as usize;
    let scene = ledger.scene;
    let (from_m, kind) = (task.own[slot].middle_m, scene.kind(task.own[slot].kind));
    let way_m = want.to_m - from_m;
    let granted = [1.0, 0.5].into_iter().map(|share| from_m + share * way_m).find(|&to_m| {
        (to_m - from_m).abs() >= MIN_MOVE_M && ledger.allows(task, slot, Span::around(to_m, kind.width_m), way_m > 0.0)
    });
    let own = &mut task.own[slot];
    let seen = &mut task.seen[slot];
    let Some(to_m) = granted else { return false };
    let span = Span::around(to_m, kind.width_m);
    ledger.held[slot] = ledger.held[slot].hull(span);
    (seen.kerb_m, seen.outer_m) = (span.kerb_m, span.outer_m);
    own.middle_m = to_m;
    own.lateral_mps = (to_m - from_m) / scene.dt_s();
    let lane = lane_at(scene.network, task.link, to_m);
    let changes_lane = lane != own.lane;
    own.lane = lane;
    seen.lane = scene.network.lanes[lane].index;
    changes_lane
}

impl Ledger<'_> {
    /// Whether a vehicle may sweep sideways to an interval.
    fn allows(&self, task: &Task<'_>, slot: usize, to: Span, outwards: bool) -> bool {
        let mover = &task.seen[slot];
        let present = self.held[slot];
        let swept = present.hull(to);
        let lateral = &self.scene.kind(mover.kind_id()).lateral;
        let min_gap_m = (lateral.min_gap_m * (1.0 - lateral.pushy)) as f32;
        let mut wide = swept;
        if outwards {
            wide.outer_m += min_gap_m;
        } else {
            wide.kerb_m -= min_gap_m;
        }
        let zone = Zone { present, swept, wide };
        self.allows_ahead(task, slot, zone) && self.allows_behind(task, slot, zone)
    }

    fn allows_ahead(&self, task: &Task<'_>, slot: usize, zone: Zone) -> bool {
        let mover = &task.seen[slot];
        let driver = self.scene.driver(mover.kind_id());
        let speed_mps = f64::from(mover.speed_mps);
        let until_m =
            mover.front_m + (driver.brake_gap_own(driver.max_next_speed(speed_mps)) + driver.min_gap_m) as f32;
        for ghost in task.ghosts.iter().rev().take_while(|ghost| ghost.seen.rear_m < until_m) {
            if !self.clear(mover, &ghost.seen, zone.relation(mover, &ghost.seen, Span::of(&ghost.seen))) {
                return false;
            }
        }
        for other in (0..slot).rev() {
            let seen = &task.seen[other];
            if seen.front_m - self.longest_m > until_m {
                break;
            }
            if !seen.has(flags::PARKED) && !self.clear(mover, seen, zone.relation(mover, seen, self.held[other])) {
                return false;
            }
        }
        true
    }

    fn allows_behind(&self, task: &Task<'_>, slot: usize, zone: Zone) -> bool {
        let mover = &task.seen[slot];
        let look_back_m = look_back_m(self.scene.dt_s(), self.fastest_mps, f64::from(mover.speed_mps)) as f32;
        // What of the swept interval nobody nearer shields from those farther behind.
        let mut open = zone.swept;
        for (other, seen) in task.seen.iter().enumerate().skip(slot + 1) {
            if mover.rear_m - seen.front_m > look_back_m || open.kerb_m >= open.outer_m {
                break;
            }
            if seen.has(flags::PARKED) {
                continue;
            }
            let held = self.held[other];
            if !self.clear(seen, mover, zone.relation(seen, mover, held)) {
                return false;
            }
            let is_shield = seen.rear_m >= 0.0 && seen.front_m <= mover.rear_m;
            if is_shield && held.kerb_m <= open.kerb_m {
                open.kerb_m = open.kerb_m.max(held.outer_m);
            }
            if is_shield && held.outer_m >= open.outer_m {
                open.outer_m = open.outer_m.min(held.kerb_m);
            }
        }
        true
    }

    /// Whether a follower can live with a new leader.
    fn clear(&self, follower: &Seen, leader: &Seen, relation: Relation) -> bool {
        match relation {
            Relation::None => true,
            Relation::Beside => false,
            Relation::NewLeader { gap_m } => {
                let driver = self.scene.driver(follower.kind_id());
                let speed_mps = f64::from(follower.speed_mps);
                let decel_mps2 = self.scene.kind(leader.kind_id()).apparent_decel_mps2;
                let gap_m = f64::from(gap_m) - driver.min_gap_m;
                driver.follows_gently(speed_mps, gap_m, f64::from(leader.speed_mps), decel_mps2)
            }
        }
    }
}

/// The intervals of a move.
#[derive(Clone, Copy)]
struct Zone {
    /// Held before the move.
    present: Span,
    /// Swept by it.
    swept: Span,
    /// Swept, with the clearance kept on the side it moves to.
    wide: Span,
}

/// How a move concerns another vehicle.
#[derive(Clone, Copy)]
enum Relation {
    /// Not, or not more than before.
    None,
    /// It would touch, or come too close to, a vehicle beside.
    Beside,
    /// One becomes the other's leader, this far ahead.
    NewLeader { gap_m: f32 },
}

impl Zone {
    fn relation(&self, follower: &Seen, leader: &Seen, other: Span) -> Relation {
        let gap_m = leader.rear_m - follower.front_m;
        if self.present.overlaps(other) {
            return Relation::None;
        }
        if gap_m < BESIDE_M {
            if self.wide.clearance_m(other) < -LATERAL_EPS_M { Relation::Beside } else { Relation::None }
        } else if self.swept.clearance_m(other) < 0.0 {
            Relation::NewLeader { gap_m }
        } else {
            Relation::None
        }
    }
}
