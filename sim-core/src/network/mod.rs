//! The road network: junctions, links, lanes, connectors and who meets whom, as columns and compressed rows.
//!
//! A link is a road between two junctions or a way through a junction (an internal link); its lanes are consecutive
//! and numbered from the kerb. Across a link, the lateral zero is the kerb-side edge of lane 0 and positions grow
//! outwards; in left-hand networks everything is mirrored, so that models never ask on which side traffic drives.
//! A connector leads from the end of a lane to the start of the next; its start is a stop line. A way through a
//! junction is a chain: entry connector, perhaps an inside connector after a waiting place, exit connector.

pub mod builder;
pub mod conflicts;
pub mod geometry;
pub mod graph;
mod movements;
pub mod parts;

use crate::ids::{ConnectorId, JunctionId, LaneId, LinkId, MovementId, SignalId};
use crate::rows::{Column, Rows};
use crate::units::ClassSet;
pub use conflicts::LaneConflict;
pub use parts::{Control, JunctionKind, LinkKind, NetworkParts, Turn};

/// A junction.
#[derive(Clone, Debug)]
pub struct Junction {
    /// How right of way is settled.
    pub kind: JunctionKind,
    /// Position in the city plane.
    pub position_in_city_m: [f64; 2],
}

/// A link.
#[derive(Clone, Debug)]
pub struct Link {
    /// Road, way through a junction, or footway.
    pub kind: LinkKind,
    /// Junction where it starts.
    pub from: JunctionId,
    /// Junction where it ends.
    pub to: JunctionId,
    /// Its first lane, at the kerb.
    pub first_lane: LaneId,
    /// Number of lanes.
    pub n_lanes: u16,
    /// Length: that of its first lane.
    pub length_m: f64,
    /// Sum of lane widths.
    pub width_m: f64,
    /// Whether the link is part of a roundabout.
    pub in_roundabout: bool,
}

impl Link {
    /// Whether it is a way through a junction.
    #[inline]
    pub fn is_internal(&self) -> bool {
        self.kind == LinkKind::Internal
    }
    /// Its lanes.
    pub fn lanes(&self) -> impl Iterator<Item = LaneId> + use<> {
        (self.first_lane.0..self.first_lane.0 + u32::from(self.n_lanes)).map(LaneId)
    }
}

/// A lane. What a look-ahead reads comes first and fills one cache line.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Lane {
    /// Its link.
    pub link: LinkId,
    /// Position in the link, 0 at the kerb.
    pub index: u16,
    /// Whether the link is a way through a junction.
    pub is_internal: bool,
    /// Driving length.
    pub length_m: f64,
    /// Speed limit.
    pub speed_limit_mps: f64,
    /// Width.
    pub width_m: f64,
    /// Lateral position of its kerb-side edge on the link.
    pub offset_m: f64,
    /// For an internal lane: the connector that leads onto it; else `NONE`.
    pub entry: ConnectorId,
    /// For an internal lane: the connector that follows it; else `NONE`.
    pub exit: ConnectorId,
    /// For an internal lane: the road lane its chain comes from; else itself.
    pub road_before: LaneId,
    /// For an internal lane: the lane right before it in the chain; else `NONE`.
    pub before: LaneId,
    /// Classes that may use it.
    pub allowed: ClassSet,
    /// Classes that may change outwards.
    pub change_outwards: ClassSet,
    /// Classes that may change towards the kerb.
    pub change_inwards: ClassSet,
    /// Length of an advanced stop box at its end; 0 for none.
    pub stop_box_m: f64,
}

/// Where in the chain through a junction a connector lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConnectorKind {
    /// From a road onto an internal lane.
    Entry,
    /// From an internal lane to the next: the end of a waiting place.
    Inside,
    /// From an internal lane onto a road.
    Exit,
    /// From road to road, without internal lanes.
    Direct,
}

/// A lane-to-lane connection: one cache line.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Connector {
    /// The lane it leaves.
    pub from: LaneId,
    /// The lane that follows.
    pub to: LaneId,
    /// The road lane at the end of the chain.
    pub leads_to: LaneId,
    /// The entry connector of its chain (itself for entries and direct ones).
    pub entry: ConnectorId,
    /// The signal, or `NONE`.
    pub signal: SignalId,
    /// The junction it lies in.
    pub junction: JunctionId,
    /// The movement it belongs to.
    pub movement: MovementId,
    /// Position in the signal's state.
    pub signal_index: u16,
    /// Place in the chain.
    pub kind: ConnectorKind,
    /// Which way the movement turns.
    pub turn: Turn,
    /// How it yields where no signal rules it.
    pub control: Control,
    /// Whether vehicles keep the junction clear here.
    pub keep_clear: bool,
    /// Whether vehicles may enter and wait inside.
    pub waits_inside: bool,
    /// Whether the connector enters a place where ways cross or join.
    pub has_foes: bool,
    /// Distance before the stop line from which crossing traffic is seen.
    pub visibility_m: f64,
    /// Length of the internal lane it leads onto, 0 without.
    pub length_m: f64,
    /// Radius of the turn, for the space that long vehicles need; infinite when straight or kerb-side.
    pub radius_m: f64,
    /// Across the link it leaves, from the kerb: the lanes around its own that lead into the same link.
    pub group_m: [f64; 2],
}

/// All connectors from one link to another.
#[derive(Clone, Debug)]
pub struct Movement {
    /// The junction.
    pub junction: JunctionId,
    /// The inbound road.
    pub from: LinkId,
    /// The outbound road.
    pub to: LinkId,
    /// Which way it turns.
    pub turn: Turn,
    /// The signal that rules it, or `NONE`.
    pub signal: SignalId,
}

/// The road network.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
    /// From the start of each link, the shortest way over roads to a roundabout; infinite without one in sight.
    pub to_roundabout_m: Column<LinkId, f64>,
    /// Junctions.
    pub junctions: Column<JunctionId, Junction>,
    /// Links, internal ones included.
    pub links: Column<LinkId, Link>,
    /// Lanes, link by link.
    pub lanes: Column<LaneId, Lane>,
    /// Connectors in the order of the parts.
    pub connectors: Column<ConnectorId, Connector>,
    /// Movements by (junction, inbound link, outbound link).
    pub movements: Column<MovementId, Movement>,
    /// Movements from a link.
    pub movements_from: Rows<LinkId, MovementId>,
    /// Connectors that leave a lane.
    pub outgoing: Rows<LaneId, ConnectorId>,
    /// Connectors that lead onto a lane.
    pub incoming: Rows<LaneId, ConnectorId>,
    /// For an entry or inside connector: the connectors whose traffic goes first.
    pub yields_to: Rows<ConnectorId, ConnectorId>,
    /// Whether some connector yields to this one, so that others must know who is coming.
    pub is_watched: Column<ConnectorId, bool>,
    /// For a connector that leaves an internal lane: the internal lanes whose traffic it meets.
    pub lane_conflicts: Rows<ConnectorId, LaneConflict>,
    /// The links of the lanes in the items of `lane_conflicts`: most of them are empty most of the time.
    pub conflict_links: Vec<LinkId>,
    /// Entry connectors per signal head: connectors of a signal.
    pub signal_heads: Rows<SignalId, ConnectorId>,
    /// Roads that leave a junction's end of the given link for some class, by dense order: successors of a link.
    pub successors: Rows<LinkId, LinkId>,
}

impl Network {
    /// The link of a lane.
    #[inline]
    pub fn link_of(&self, lane: LaneId) -> LinkId {
        self.lanes[lane].link
    }
    /// The positions of a link's lanes in [`Self::lanes`].
    #[inline]
    pub fn lanes_of(&self, link: LinkId) -> std::ops::Range<usize> {
        let column = &self.links[link];
        let first = column.first_lane.index();
        first..first + column.n_lanes as usize
    }
    /// Number of lanes of all links before a position among the links, which may be their end.
    #[inline]
    pub fn lanes_before(&self, link: usize) -> usize {
        self.links.as_slice().get(link).map_or(self.lanes.len(), |column| column.first_lane.index())
    }
    /// Whether a lane leads around a roundabout: of a road of one, or from one such road to another.
    #[inline]
    pub fn is_in_roundabout(&self, lane: LaneId) -> bool {
        let column = &self.lanes[lane];
        let is_road_in = |lane: LaneId| self.links[self.link_of(lane)].in_roundabout;
        if !column.is_internal {
            return is_road_in(lane);
        }
        is_road_in(column.road_before) && is_road_in(self.connectors[self.after_internal(lane)].leads_to)
    }
    /// The connector that follows an internal lane.
    #[inline]
    pub fn after_internal(&self, lane: LaneId) -> ConnectorId {
        self.lanes[lane].exit
    }
    /// The movement from one road to the next, if there is one.
    pub fn movement_between(&self, from: LinkId, to: LinkId) -> Option<MovementId> {
        self.movements_from[from].iter().copied().find(|&movement| self.movements[movement].to == to)
    }
    /// Whether two connectors lead to the same lane.
    #[inline]
    pub fn same_target(&self, a: ConnectorId, b: ConnectorId) -> bool {
        self.connectors[a].leads_to == self.connectors[b].leads_to
    }
    /// Whether entering connector `of` yields to entering connector `foe`.
    pub fn must_yield(&self, of: ConnectorId, foe: ConnectorId) -> bool {
        self.yields_to[of].contains(&foe)
    }
}
