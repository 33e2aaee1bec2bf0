//! Plain parts from which a [`super::Network`] is built: what readers produce.
//!
//! Positions in the city are metres in a projected plane. A link's lanes are listed from the kerb outwards: lane 0 is
//! rightmost in right-hand networks and leftmost in left-hand ones. Lane shapes run in driving direction.

use crate::ids::{JunctionId, LaneId, LinkId, SignalId};
use crate::units::ClassSet;

/// Everything a network is made of.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NetworkParts {
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
    /// Junctions in id order.
    pub junctions: Vec<JunctionPart>,
    /// Links in id order, internal ones (ways through a junction) included.
    pub links: Vec<LinkPart>,
    /// Lane-to-lane connections in any order that readers find natural; ids follow this order.
    pub connectors: Vec<ConnectorPart>,
    /// Right of way between connectors of the same junction.
    pub conflicts: Vec<ConflictPart>,
    /// Number of signal controllers; connectors refer to them.
    pub n_signals: usize,
}

/// How right of way is settled at a junction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JunctionKind {
    /// Main road before side road.
    Priority,
    /// Signals (right of way among green movements as in the conflict table).
    Signal,
    /// The vehicle from the right first (from the left in some left-hand networks).
    RightBeforeLeft,
    /// Stop sign on the side road.
    PriorityStop,
    /// Everybody stops; first come, first served.
    AllWayStop,
    /// Two lanes merge alternately.
    Zipper,
    /// Nobody yields (free merge or diverge).
    Unregulated,
    /// End of the network.
    DeadEnd,
    /// A waiting place inside another junction.
    Internal,
}

/// A junction.
#[derive(Clone, PartialEq, Debug)]
pub struct JunctionPart {
    /// How right of way is settled.
    pub kind: JunctionKind,
    /// Position in the city plane.
    pub position_in_city_m: [f64; 2],
    /// Outline in the city plane; may be empty.
    pub outline_in_city_m: Vec<[f64; 2]>,
}

/// Whether a link is a road or a way through a junction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// A road between two junctions.
    Road,
    /// A way through a junction.
    Internal,
    /// A footway crossing or walking area: known, but no vehicle uses it.
    Foot,
}

/// A directed link.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkPart {
    /// Road, way through a junction, or footway.
    pub kind: LinkKind,
    /// Junction where the link starts (for internal links, the junction it lies in).
    pub from: JunctionId,
    /// Junction where the link ends (for internal links, the junction it lies in).
    pub to: JunctionId,
    /// Rank for right of way; higher goes first.
    pub priority: i32,
    /// Whether the link is part of a roundabout.
    pub in_roundabout: bool,
    /// Lanes from the kerb outwards; at least one for roads and internal links.
    pub lanes: Vec<LanePart>,
}

/// A lane of a link.
#[derive(Clone, PartialEq, Debug)]
pub struct LanePart {
    /// Driving length.
    pub length_m: f64,
    /// Speed limit.
    pub speed_limit_mps: f64,
    /// Width.
    pub width_m: f64,
    /// Classes that may use the lane.
    pub allowed: ClassSet,
    /// Classes that may change from this lane to the next one outwards (index + 1).
    pub change_outwards: ClassSet,
    /// Classes that may change from this lane to the next one towards the kerb (index − 1).
    pub change_inwards: ClassSet,
    /// Centre line in the city plane, in driving direction.
    pub shape_in_city_m: Vec<[f64; 2]>,
    /// Length of an advanced stop box for two-wheelers at the end of the lane; 0 for none.
    pub stop_box_m: f64,
}

/// A lane by its link and its index there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LaneRef {
    /// The link.
    pub link: LinkId,
    /// Position of the lane in the link, 0 at the kerb.
    pub index: u16,
}

/// Which way a connector turns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// Straight on.
    Straight,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Half left.
    PartLeft,
    /// Half right.
    PartRight,
    /// Back where it came from.
    Around,
    /// Nowhere, or unknown.
    Unknown,
}

/// How a connector yields where no signal rules it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// Goes first (SUMO state `M`).
    Major,
    /// Yields (SUMO state `m`).
    Minor,
    /// Yields as everybody at this junction does by side (SUMO state `=`).
    Equal,
    /// Stops, then yields (SUMO state `s`).
    Stop,
    /// Stops, then first come first served (SUMO state `w`).
    AllWayStop,
    /// Alternates with the other lane (SUMO state `Z`).
    Zipper,
    /// A signal rules it; the letter of its plan is in force.
    Signal,
    /// Leads nowhere (SUMO state `-`).
    DeadEnd,
}

/// A lane-to-lane connection. Its start is a stop line.
///
/// A way through a junction is a chain of connectors: one from the inbound lane into an internal lane, perhaps one from
/// internal lane to internal lane (a waiting place inside the junction), and one from the last internal lane to the
/// outbound lane. Without internal lanes it is a single connector.
#[derive(Clone, PartialEq, Debug)]
pub struct ConnectorPart {
    /// The lane it leaves.
    pub from: LaneRef,
    /// The lane that follows physically: an internal one, or the outbound lane.
    pub to: LaneRef,
    /// The outbound road lane at the end of the chain.
    pub leads_to: LaneRef,
    /// Which way the movement turns.
    pub turn: Turn,
    /// How it yields where no signal rules it.
    pub control: Control,
    /// The signal and the position in its state string, when a signal rules it.
    pub signal: Option<(SignalId, u16)>,
    /// Whether vehicles keep the junction clear when they cannot leave it.
    pub keep_clear: bool,
    /// The junction's right-of-way index (SUMO `request` index), when it has one.
    pub request_index: Option<u16>,
    /// Whether vehicles may enter and wait inside (SUMO `cont`).
    pub waits_inside: bool,
    /// From where drivers see crossing traffic, measured back from the stop line.
    pub visibility_m: f64,
}

/// Two connectors of one junction whose ways meet.
///
/// `of` and `foe` are positions in [`NetworkParts::connectors`] (entry connectors, or inside connectors that leave a
/// waiting place). Each ordered pair appears at most once; a pair that conflicts has both orders.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ConflictPart {
    /// The connector whose point of view this is.
    pub of: u32,
    /// The other one.
    pub foe: u32,
    /// Whether `of` must yield to `foe` (SUMO `response`).
    pub yields: bool,
}

/// A mistake found while building.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum NetworkError {
    /// A reference to something that does not exist.
    #[error("{what} refers to {refers_to} of {n}")]
    Dangling {
        /// What holds the reference.
        what: String,
        /// The missing thing.
        refers_to: String,
        /// How many there are.
        n: usize,
    },
    /// A number outside its range.
    #[error("{what}: {field} is {value}, allowed {allowed}")]
    OutOfRange {
        /// What holds the number.
        what: String,
        /// Its field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// The allowed range.
        allowed: &'static str,
    },
    /// A link without lanes.
    #[error("{link} has no lane")]
    NoLanes {
        /// The link.
        link: LinkId,
    },
    /// An internal lane that is not followed by exactly one connector.
    #[error("internal {lane} has {n} outgoing connectors, needs exactly 1")]
    BrokenChain {
        /// The internal lane.
        lane: LaneId,
        /// Its number of outgoing connectors.
        n: usize,
    },
}
