//! Where internal lanes cross, join and part: positions on both lanes, from their shapes.
//!
//! A vehicle that leaves an internal lane through a connector meets the traffic of other internal lanes. For each pair
//! the table holds how much of each lane lies behind the start of the common area, and how long that area is. Two ways
//! from one lane share its start until they have parted; two ways onto one lane share its end; others share the place
//! where their centre lines cross, as long as the other lane is wide, stretched when they cross at a flat angle.

use crate::ids::{ConnectorId, LaneId};
use crate::math;
use crate::network::geometry::{self, Line};

/// Two lanes this far apart, centre to centre, no longer disturb each other.
const PARTED_M: f64 = 2.5;
/// Stands for "do not meet" in positions.
pub const NO_CROSSING_M: f64 = 10_000.0;

/// How two internal lanes meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConflictKind {
    /// Right of way is regulated, but the centre lines do not meet.
    None,
    /// The centre lines cross.
    Cross,
    /// Both lead to the same lane.
    Merge,
    /// Both come from the same lane.
    Diverge,
}

/// An internal lane whose traffic a connector's traffic meets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LaneConflict {
    /// The other internal lane.
    pub foe_lane: LaneId,
    /// The connector that leaves it.
    pub foe_exit: ConnectorId,
    /// How the lanes meet.
    pub kind: ConflictKind,
    /// Length of the own lane behind the start of the common area.
    pub behind_m: f64,
    /// Length of the other lane behind the start of the common area.
    pub foe_behind_m: f64,
    /// Length of the common area on the own lane.
    pub size_m: f64,
    /// Length of the common area on the other lane.
    pub foe_size_m: f64,
}

/// What the geometry needs to know of an internal lane.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) lane: LaneId,
    pub(super) line: &'a Line,
    pub(super) length_m: f64,
    pub(super) width_m: f64,
    /// The lane it comes from.
    pub(super) before: LaneId,
    /// Whether the lane before is internal.
    pub(super) is_second_part: bool,
    /// The connector that leaves it.
    pub(super) exit: ConnectorId,
    /// Whether that connector leads to another internal lane.
    pub(super) exits_inside: bool,
    /// The road lane at the end of the chain.
    pub(super) leads_to: LaneId,
}

impl Shape<'_> {
    /// The driving distance of a distance along the drawn line.
    fn driving_m(&self, along_line_m: f64) -> f64 {
        let drawn = geometry::length(self.line);
        if drawn > 0.0 { along_line_m * self.length_m / drawn } else { 0.0 }
    }
}

/// One side of a conflict, before the other side is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) kind: ConflictKind,
    pub(super) behind_m: f64,
    pub(super) size_m: f64,
    /// Whether both ways end on one lane but their ends lie apart.
    pub(super) ends_apart: bool,
    /// Whether the waiting place right before the lane is where to stop.
    pub(super) stops_before_lane: bool,
}

/// The own side of a regulated conflict with another lane.
pub(super) fn regulated(own: Shape<'_>, foe: Shape<'_>) -> Side {
    let crossings = geometry::crossings(own.line, foe.line);
    let foe_continues_and_crosses = foe.exits_inside && !crossings.is_empty();
    if own.leads_to == foe.leads_to && !own.exits_inside && !foe_continues_and_crosses {
        return merge(own, foe);
    }
    let Some(&last) = crossings.last() else {
        return Side {
            kind: ConflictKind::None,
            behind_m: own.length_m + NO_CROSSING_M,
            size_m: foe.width_m,
            ends_apart: false,
            stops_before_lane: false,
        };
    };
    let foe_last = geometry::crossings(foe.line, own.line).last().copied().unwrap_or(0.0);
    let size_m = (foe.width_m * stretch(own, last, foe, foe_last)).min(own.length_m);
    let start_m = own.driving_m((last - size_m / 2.0).max(0.0));
    Side {
        kind: ConflictKind::Cross,
        behind_m: own.length_m - start_m,
        size_m,
        ends_apart: false,
        stops_before_lane: own.is_second_part,
    }
}

/// How much longer than the other lane's width the common area is, by the angle of crossing.
fn stretch(own: Shape<'_>, along_m: f64, foe: Shape<'_>, foe_along_m: f64) -> f64 {
    let a = geometry::direction_at(own.line, along_m);
    let b = geometry::direction_at(foe.line, foe_along_m);
    let sine = (a[0] * b[1] - a[1] * b[0]).abs();
    2.0 / sine.max(0.2) - 1.0
}

fn merge(own: Shape<'_>, foe: Shape<'_>) -> Side {
    let near_m = PARTED_M.min(0.5 * (own.width_m + foe.width_m));
    let (Some(own_end), Some(foe_end)) = (own.line.last(), foe.line.last()) else {
        return Side {
            kind: ConflictKind::Merge,
            behind_m: 0.0,
            size_m: foe.width_m,
            ends_apart: true,
            stops_before_lane: false,
        };
    };
    let ends_apart = geometry::distance(*own_end, *foe_end) >= near_m;
    let behind_m = if ends_apart { 0.0 } else { own.driving_m(common_m(own, foe, near_m, true)) };
    Side { kind: ConflictKind::Merge, behind_m, size_m: foe.width_m, ends_apart, stops_before_lane: false }
}

/// Length of the common part of two lanes, from the start, or from the end when `from_end`.
fn common_m(own: Shape<'_>, foe: Shape<'_>, near_m: f64, from_end: bool) -> f64 {
    let turned =
        |line: &Line| -> Vec<[f64; 2]> { if from_end { line.iter().rev().copied().collect() } else { line.to_vec() } };
    geometry::distance_to_divergence((&turned(own.line), own.length_m), (&turned(foe.line), foe.length_m), near_m)
}

/// The own side of two ways that part from one lane; `None` if they start apart.
pub(super) fn diverge(own: Shape<'_>, foe: Shape<'_>, same_link: bool) -> Option<Side> {
    let near_m = PARTED_M.min(0.5 * (own.width_m + foe.width_m));
    if geometry::distance(*own.line.first()?, *foe.line.first()?) >= near_m {
        return None;
    }
    let along_m = common_m(own, foe, near_m, false);
    let behind_m = if same_link && (own.length_m - foe.length_m).abs() < 1e-9 {
        own.length_m - along_m
    } else {
        (own.length_m - own.driving_m(along_m)).max(0.0)
    };
    Some(Side {
        kind: ConflictKind::Diverge,
        behind_m,
        size_m: foe.width_m,
        ends_apart: false,
        stops_before_lane: false,
    })
}

/// The other lane's side where its own table has none: the mirror of `side`.
pub(super) fn mirrored(own: Shape<'_>, foe: Shape<'_>, side: Side) -> Option<(f64, f64)> {
    let last = *geometry::crossings(foe.line, own.line).last()?;
    let size_m = own.width_m * side.size_m / foe.width_m;
    Some((foe.length_m - (last - size_m / 2.0).max(0.0), size_m))
}

/// Both sides of a conflict as one row of the table.
pub(super) fn join(own: Shape<'_>, foe: Shape<'_>, side: Side, theirs: Option<Side>) -> LaneConflict {
    let (foe_behind_m, foe_size_m) = if side.ends_apart {
        (0.0, theirs.map_or(0.0, |theirs| theirs.size_m))
    } else if let Some(theirs) = theirs {
        (theirs.behind_m, theirs.size_m)
    } else if side.kind == ConflictKind::None {
        (-NO_CROSSING_M, 0.0)
    } else {
        mirrored(own, foe, side).unwrap_or((-NO_CROSSING_M, 0.0))
    };
    LaneConflict {
        foe_lane: foe.lane,
        foe_exit: foe.exit,
        kind: side.kind,
        behind_m: if side.stops_before_lane { own.length_m } else { side.behind_m },
        foe_behind_m,
        size_m: side.size_m,
        foe_size_m,
    }
}

/// The angle between two directions in radians, 0 to π.
pub(super) fn angle_between(a: [f64; 2], b: [f64; 2]) -> f64 {
    math::atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]).abs()
}
