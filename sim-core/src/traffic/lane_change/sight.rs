//! The traffic beside a driver who considers a change, and whether it leaves room.

use super::act::{self, Side};
use super::around::{Ego, Other};
use super::link_pass::LinkPass;
use super::speeds;

/// The traffic around a vehicle that considers one side.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) side: Side,
    /// Ahead on the own lane.
    pub(super) leader: Option<Other<'a>>,
    /// Ahead on the lane beside.
    pub(super) ahead: Option<Other<'a>>,
    /// Behind on the lane beside, once looked for.
    pub(super) behind: Option<Other<'a>>,
    /// What prevents the change, once looked for.
    pub(super) blocked: u32,
    has_looked_behind: bool,
}

impl<'a> LinkPass<'a> {
    /// The lane beside, as position in the link.
    pub(super) fn target_of(&self, ego: &Ego<'_>, side: Side) -> usize {
        (self.index_of(ego.slot) as i32 + side.offset()) as usize
    }
    /// The traffic ahead for one side.
    pub(super) fn sight(&self, ego: &Ego<'a>, side: Side, leader: Option<Other<'a>>) -> Sight<'a> {
        let ahead = self.leader(ego, self.target_of(ego, side));
        Sight { side, leader, ahead, behind: None, blocked: 0, has_looked_behind: false }
    }
    /// Looks for the traffic behind, and for what prevents the change; most drivers need not, for they want none.
    pub(super) fn look_behind(&mut self, ego: &Ego<'a>, sight: &mut Sight<'a>) {
        if !sight.has_looked_behind {
            let (target, ahead) = (self.target_of(ego, sight.side), sight.ahead);
            let behind = self.follower(ego, target);
            sight.behind = behind.filter(|other| ahead.is_none_or(|ahead| ahead.trip != other.trip));
            sight.blocked = blocked_by(ego, sight.side, ahead, sight.behind);
            sight.has_looked_behind = true;
        }
    }
}

/// Whether a vehicle ahead leaves room.
pub(super) fn is_far_enough(ego: &Ego<'_>, leader: &Other<'_>) -> bool {
    let needs = speeds::Needs { driver: ego.driver, accel_mps2: ego.accel_mps2 };
    let theirs = (leader.speed_mps, leader.driver.decel_mps2);
    speeds::is_secure(needs, leader.gap_m, ego.speed_mps, theirs, ego.caution())
}

/// Who beside is too near.
fn blocked_by(ego: &Ego<'_>, side: Side, ahead: Option<Other<'_>>, behind: Option<Other<'_>>) -> u32 {
    let mut blocked = 0;
    if let Some(behind) = behind {
        if behind.gap_m < 0.0 {
            blocked |= side.by_follower() | act::OVERLAPPING;
        } else {
            let needs = speeds::Needs { driver: behind.driver, accel_mps2: behind.accel_mps2 };
            let ours = (ego.speed_mps, ego.driver.decel_mps2);
            if !speeds::is_secure(needs, behind.gap_m, behind.speed_mps, ours, ego.caution()) {
                blocked |= side.by_follower();
            }
        }
    }
    if let Some(ahead) = ahead {
        if ahead.gap_m < 0.0 {
            blocked |= side.by_leader() | act::OVERLAPPING;
        } else if !is_far_enough(ego, &ahead) {
            blocked |= side.by_leader();
        }
    }
    blocked
}
