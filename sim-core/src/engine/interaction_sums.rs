//! Sums of what is measured of mixed traffic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::LinkId;

/// How two vehicles came close.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Encounter {
    /// One closes in on the other, which is ahead in its strip of the road: time to collision.
    Following,
    /// One enters the place in a junction that the other has left: post-encroachment time.
    Crossing,
}

/// Use of a link by a class in an interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct StreetSum {
    /// Time spent by vehicles.
    pub time_s: f64,
    /// Distance driven by people: the vehicle's distance times the people in it.
    pub person_m: f64,
    /// Area of the vehicles times the time they spent.
    pub area_m2_s: f64,
    /// Time spent following somebody.
    pub following_s: f64,
    /// Distance driven meanwhile.
    pub following_m: f64,
    /// Area used meanwhile, times time: length and gap ahead, times width and the clearance kept at its side.
    pub used_m2_s: f64,
}

impl StreetSum {
    /// Adds another sum.
    pub fn add(&mut self, other: &Self) {
        self.time_s += other.time_s;
        self.person_m += other.person_m;
        self.area_m2_s += other.area_m2_s;
        self.following_s += other.following_s;
        self.following_m += other.following_m;
        self.used_m2_s += other.used_m2_s;
    }
}

/// Beginnings of green on an approach in an interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct GreenSum {
    /// Beginnings of green with a queued car and queued riders.
    pub n: u32,
    /// Riders that were queued.
    pub riders: u32,
    /// Those in front of the first car.
    pub in_front: u32,
}

/// Conflicts of two classes on a link in an interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConflictSum {
    /// Conflicts.
    pub n: u32,
    /// The least time met.
    pub least_s: f64,
    /// Time in which the time to collision was short.
    pub exposed_s: f64,
}

/// Which conflicts: link, how, class of the second vehicle (or follower), class of the first (or leader).
pub type ConflictKey = (LinkId, Encounter, u8, u8);

/// What was measured in an interval.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct InteractionInterval {
    /// Use of links by class index.
    pub streets: BTreeMap<(LinkId, u8), StreetSum>,
    /// Beginnings of green by approach.
    pub greens: BTreeMap<LinkId, GreenSum>,
    /// Conflicts.
    pub conflicts: BTreeMap<ConflictKey, ConflictSum>,
}

impl InteractionInterval {
    /// Adds to the conflicts of a key.
    pub(super) fn conflict(&mut self, key: ConflictKey, is_new: bool, time_s: f64, exposed_s: f64) {
        let none = ConflictSum { n: 0, least_s: f64::INFINITY, exposed_s: 0.0 };
        let sum = self.conflicts.entry(key).or_insert(none);
        sum.n += u32::from(is_new);
        sum.least_s = sum.least_s.min(time_s);
        sum.exposed_s += exposed_s;
    }
}
