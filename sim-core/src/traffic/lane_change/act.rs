//! What a driver wants, why, and what keeps it from doing so, as bits of one word.

/// Keeps the lane on purpose.
pub(super) const STAY: u32 = 1;
/// Wants to change outwards.
pub(super) const OUTWARDS: u32 = 1 << 1;
/// Wants to change inwards.
pub(super) const INWARDS: u32 = 1 << 2;
/// Because of the route.
pub(super) const STRATEGIC: u32 = 1 << 3;
/// To help another one.
pub(super) const COOPERATIVE: u32 = 1 << 4;
/// To drive faster.
pub(super) const SPEED_GAIN: u32 = 1 << 5;
/// To keep to the kerb.
pub(super) const KEEP_TO_KERB: u32 = 1 << 6;
/// Soon.
pub(super) const URGENT: u32 = 1 << 8;
/// The gap ahead on the outer lane is too small.
pub(super) const BLOCKED_BY_OUTER_LEADER: u32 = 1 << 9;
/// The gap behind on the outer lane is too small.
pub(super) const BLOCKED_BY_OUTER_FOLLOWER: u32 = 1 << 10;
/// The gap ahead on the inner lane is too small.
pub(super) const BLOCKED_BY_INNER_LEADER: u32 = 1 << 11;
/// The gap behind on the inner lane is too small.
pub(super) const BLOCKED_BY_INNER_FOLLOWER: u32 = 1 << 12;
/// Somebody is beside.
pub(super) const OVERLAPPING: u32 = 1 << 13;
/// Told by another one: you are the leader in my way.
pub(super) const IN_WAY_AHEAD: u32 = 1 << 16;
/// Told by another one: you are the follower in my way.
pub(super) const IN_WAY_BEHIND: u32 = 1 << 17;
/// The other one wants to change inwards.
pub(super) const OTHER_INWARDS: u32 = 1 << 18;
/// The other one wants to change outwards.
pub(super) const OTHER_OUTWARDS: u32 = 1 << 19;
/// Holds back for a moving vehicle that wants into this lane.
pub(super) const HOLDS_BACK: u32 = 1 << 26;
/// Holds back for a standing vehicle that wants into this lane.
pub(super) const HOLDS_BACK_FOR_STANDING: u32 = 1 << 27;

/// A change, either way.
pub(super) const CHANGE: u32 = OUTWARDS | INWARDS;
/// A leader in the way.
pub(super) const BLOCKED_BY_LEADER: u32 = BLOCKED_BY_OUTER_LEADER | BLOCKED_BY_INNER_LEADER;
/// A follower in the way.
pub(super) const BLOCKED_BY_FOLLOWER: u32 = BLOCKED_BY_OUTER_FOLLOWER | BLOCKED_BY_INNER_FOLLOWER;
/// Anybody in the way.
pub(super) const BLOCKED: u32 = BLOCKED_BY_LEADER | BLOCKED_BY_FOLLOWER | OVERLAPPING;
/// What others said, as opposed to the own decision.
pub(super) const TOLD: u32 = 0xffff_0000;

/// Which way across the link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// Towards the kerb, to the lane with the next smaller index.
    Inwards = -1,
    /// To the lane with the next larger index.
    Outwards = 1,
}

impl Side {
    /// Change of the lane index.
    pub(super) fn offset(self) -> i32 {
        self as i32
    }
    /// The lane to this side of a lane of the link, as position in it.
    pub(super) fn of(self, index: usize) -> usize {
        index.wrapping_add_signed(self as isize)
    }
    /// The wish to go there.
    pub(super) fn change(self) -> u32 {
        match self {
            Self::Inwards => INWARDS,
            Self::Outwards => OUTWARDS,
        }
    }
    /// The wish to go the other way.
    pub(super) fn counter_change(self) -> u32 {
        match self {
            Self::Inwards => OUTWARDS,
            Self::Outwards => INWARDS,
        }
    }
    /// What others are told.
    pub(super) fn told(self) -> u32 {
        match self {
            Self::Inwards => OTHER_INWARDS,
            Self::Outwards => OTHER_OUTWARDS,
        }
    }
    /// A leader there is in the way.
    pub(super) fn by_leader(self) -> u32 {
        match self {
            Self::Inwards => BLOCKED_BY_INNER_LEADER,
            Self::Outwards => BLOCKED_BY_OUTER_LEADER,
        }
    }
    /// A follower there is in the way.
    pub(super) fn by_follower(self) -> u32 {
        match self {
            Self::Inwards => BLOCKED_BY_INNER_FOLLOWER,
            Self::Outwards => BLOCKED_BY_OUTER_FOLLOWER,
        }
    }
}
