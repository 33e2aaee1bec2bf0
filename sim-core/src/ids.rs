//! The one table of typed dense ids.
//!
//! An id is the position of a thing in its column. Names from outside ("way/1234") never enter this package; they live
//! in a table of the `scenarios` package, in the same order.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A dense index that knows what it counts.
pub trait Id: Copy + Ord {
    /// The id at position `index` of its column.
    fn from_index(index: usize) -> Self;
    /// The position in the column.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl Id for $name {
            #[inline]
            fn from_index(index: usize) -> Self {
                debug_assert!(index < u32::MAX as usize);
                Self(index as u32)
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl $name {
            /// A value that stands for "none" in packed records.
            pub const NONE: Self = Self(u32::MAX);
            /// The position in the column.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
            /// Whether this is not [`Self::NONE`].
            #[inline]
            pub fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", $word, self.0)
            }
        }
    )*};
}

ids! {
    /// A place where links meet.
    JunctionId = "junction";
    /// A directed road between two junctions, or a way through a junction (an internal link).
    LinkId = "link";
    /// A lane of a link. The lanes of a link are consecutive, rightmost first (leftmost first in left-hand networks).
    LaneId = "lane";
    /// A lane-to-lane connection: the way from the end of one lane to the start of the next. Its start is a stop line.
    ConnectorId = "connector";
    /// All connectors that lead from one link to another through a junction: the reporting unit of turning traffic.
    MovementId = "movement";
    /// A signal controller.
    SignalId = "signal";
    /// A detector of an actuated signal: a loop across a lane.
    DetectorId = "detector";
    /// A route: a sequence of links.
    RouteId = "route";
    /// A vehicle type.
    VehicleTypeId = "vehicle type";
    /// A trip, by its ordinal in the demand. The vehicle that makes it has the same number.
    TripId = "trip";
    /// A place where vehicles stop (a bus stop).
    StopPlaceId = "stop place";
    /// A street luminaire.
    LuminaireId = "luminaire";
    /// A stretch of road with one lighting class.
    LightingSectionId = "lighting section";
    /// An electric circuit that feeds luminaires.
    CircuitId = "circuit";
    /// A feeder: one source and what hangs on it.
    FeederId = "feeder";
    /// A node of a feeder (an electrical bus), by its place in the feeder.
    ElectricalNodeId = "electrical node";
    /// A line, transformer, switch or fuse, by its place in the feeder.
    BranchId = "branch";
    /// An electrical load, by its place in the feeder.
    LoadId = "load";
}
