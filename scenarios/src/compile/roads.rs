//! Roads and movements as people describe them: what readers of road networks produce.

use sim_core::network::parts::{Control, JunctionKind, Turn};
use sim_core::units::ClassSet;

use super::geometry::Point;

/// A road network before junctions are built.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RoadMap {
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
    /// Places where roads meet.
    pub nodes: Vec<RoadNode>,
    /// Directed roads.
    pub roads: Vec<Road>,
    /// Ways through nodes.
    pub movements: Vec<RoadMovement>,
    /// External ids of signals.
    pub signals: Vec<String>,
    /// Right of way that replaces what geometry and ranks give, at the nodes it touches.
    pub overrides: Vec<ConflictOverride>,
}

/// A place where roads meet.
#[derive(Clone, PartialEq, Debug)]
pub struct RoadNode {
    /// External id.
    pub id: String,
    /// Readable name, if it has one.
    pub title: Option<String>,
    /// Position in the city plane.
    pub position_m: Point,
    /// How right of way is settled; `None`: by rank where ranks differ, else priority to the right.
    pub kind: Option<JunctionKind>,
    /// Whether the network ends here: nobody turns round.
    pub is_external: bool,
}

/// A directed road.
#[derive(Clone, PartialEq, Debug)]
pub struct Road {
    /// External id.
    pub id: String,
    /// Street name, if it has one.
    pub title: Option<String>,
    /// Position of the start in [`RoadMap::nodes`].
    pub from: usize,
    /// Position of the end in [`RoadMap::nodes`].
    pub to: usize,
    /// Rank for right of way; larger goes first.
    pub priority: i32,
    /// Whether it is part of a roundabout.
    pub in_roundabout: bool,
    /// Lanes from the kerb outwards.
    pub lanes: Vec<RoadLane>,
    /// Shape in driving direction.
    pub line_m: Vec<Point>,
    /// Where the median-side edge of the outermost lane lies, measured from the line towards the kerb.
    pub anchor_m: f64,
    /// Driving length over length of the line.
    pub length_factor: f64,
    /// Whether the shape ends at stop lines already, so that nothing is cut off.
    pub is_trimmed: bool,
}

/// A lane of a road.
#[derive(Clone, PartialEq, Debug)]
pub struct RoadLane {
    /// Number from the median (1) to the kerb; pockets on the median side are negative.
    pub number: i32,
    /// Width.
    pub width_m: f64,
    /// Speed limit.
    pub speed_limit_mps: f64,
    /// Classes that may use it.
    pub allowed: ClassSet,
    /// Classes that may change towards the median.
    pub change_outwards: ClassSet,
    /// Classes that may change towards the kerb.
    pub change_inwards: ClassSet,
    /// Advanced stop box.
    pub stop_box_m: f64,
    /// Its exact centre line, when known.
    pub shape_m: Option<Vec<Point>>,
    /// Its exact driving length, when known.
    pub length_m: Option<f64>,
}

/// A way through a node.
#[derive(Clone, PartialEq, Debug)]
pub struct RoadMovement {
    /// External id.
    pub id: String,
    /// Position of the inbound road.
    pub from: usize,
    /// Position of the outbound road.
    pub to: usize,
    /// Pairs of lane indices (0 at the kerb), inbound and outbound; empty: by turn.
    pub pairs: Vec<(u16, u16)>,
    /// Turn; `None`: by angle.
    pub turn: Option<Turn>,
    /// Rule of this movement where it differs from the node's.
    pub rule: Option<MovementRule>,
    /// Exact control, without effect on ranks.
    pub control: Option<Control>,
    /// Position of its signal in [`RoadMap::signals`].
    pub signal: Option<usize>,
    /// Position in the signal's state string; `None`: in order.
    pub signal_index: Option<u16>,
    /// Whether it may go on red after a stop.
    pub right_on_red: bool,
    /// Whether it is not entered when it cannot be left.
    pub keep_clear: bool,
    /// Whether vehicles may wait inside; `None`: by turn and room.
    pub waits_inside: Option<bool>,
    /// Whether lane leads to lane without anything between; `None`: where nothing is cut off.
    pub is_direct: Option<bool>,
}

/// A rule for one movement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MovementRule {
    /// Goes first.
    First,
    /// Yields.
    Yield,
    /// Stops, then yields.
    Stop,
}

/// Right of way between two movements, given by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConflictOverride {
    /// The movement, and whether its waiting place inside is meant.
    pub of: (usize, bool),
    /// The other movement, and whether its waiting place inside is meant.
    pub foe: (usize, bool),
    /// Whether it yields.
    pub yields: bool,
}

impl RoadMovement {
    /// A movement about which nothing is known but its roads.
    pub fn plain(id: String, from: usize, to: usize) -> Self {
        Self {
            id,
            from,
            to,
            pairs: Vec::new(),
            turn: None,
            rule: None,
            control: None,
            signal: None,
            signal_index: None,
            right_on_red: false,
            keep_clear: true,
            waits_inside: None,
            is_direct: None,
        }
    }
}

impl Road {
    /// The index of a lane by its number.
    pub fn lane_index(&self, number: i32) -> Option<u16> {
        self.lanes.iter().position(|lane| lane.number == number).map(|index| index as u16)
    }
}
