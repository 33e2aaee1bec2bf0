//! The traffic beside a driver who considers a change, and whether it leaves room.

use super::act::{self, Side};
use super::around::{Ego, Other};
use super::link_pass::{Effects, Here, LinkPass};
use super::speeds;

/// The traffic around a vehicle that considers one side. Most drivers look no farther than they need.
pub(super) struct Sight<'h, 'a> {
    pub(super) side: Side,
    /// The lane beside, as position in the link.
    pub(super) target: usize,
    pub(super) here: &'h Here<'h>,
    /// Ahead on the lane beside, once looked for.
    pub(super) ahead: Option<Other<'a>>,
    /// Behind on the lane beside, once looked for.
    pub(super) behind: Option<Other<'a>>,
    /// What prevents the change, once looked for.
    pub(super) blocked: u32,
    has_looked_ahead: bool,
    has_looked_behind: bool,
}

impl<'h, 'a> Sight<'h, 'a> {
    #[inline]
    pub(super) fn new(ego: &Ego<'a>, side: Side, here: &'h Here<'h>) -> Self {
        Self {
            side,
            target: side.of(ego.index),
            here,
            ahead: None,
            behind: None,
            blocked: 0,
            has_looked_ahead: false,
            has_looked_behind: false,
        }
    }
    /// Ahead on the own lane.
    #[inline]
    pub(super) fn leader(&self) -> Option<&'h Other<'h>> {
        self.here.leader
    }
}

impl<'a> LinkPass<'a> {
    /// Looks for the traffic ahead.
    #[inline]
    pub(super) fn look_ahead(&self, ego: &Ego<'a>, sight: &mut Sight<'_, 'a>) {
        if !sight.has_looked_ahead {
            sight.ahead = self.leader(ego, sight.target);
            sight.has_looked_ahead = true;
        }
    }
    /// Looks for the traffic ahead and behind, and for what prevents the change.
    pub(super) fn look_around(&self, ego: &Ego<'a>, sight: &mut Sight<'_, 'a>, effects: &mut Effects) {
        if !sight.has_looked_behind {
            self.look_ahead(ego, sight);
            let ahead = sight.ahead.as_ref();
            let behind = self.follower(ego, sight.target, &mut effects.trail);
            sight.behind = behind.filter(|other| ahead.is_none_or(|ahead| ahead.trip != other.trip));
            sight.blocked = blocked_by(ego, sight.side, ahead, sight.behind.as_ref());
            sight.has_looked_behind = true;
        }
    }
}

/// Whether a vehicle ahead leaves room.
pub(super) fn is_far_enough(ego: &Ego<'_>, leader: &Other<'_>) -> bool {
    let needs = speeds::Needs { driver: ego.driver, accel_mps2: ego.own.accel_mps2 };
    let theirs = (leader.speed_mps, leader.driver.decel_mps2);
    speeds::is_secure(needs, leader.gap_m, ego.speed_mps, theirs, ego.caution())
}

/// Who beside is too near.
fn blocked_by(ego: &Ego<'_>, side: Side, ahead: Option<&Other<'_>>, behind: Option<&Other<'_>>) -> u32 {
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
        } else if !is_far_enough(ego, ahead) {
            blocked |= side.by_leader();
        }
    }
    blocked
}
