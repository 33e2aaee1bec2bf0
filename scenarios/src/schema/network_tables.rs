//! The columns of the network tables: GMNS 0.96, with our documented extra columns and tables.

use super::column::{Column, Table};
pub use super::signal_tables::{
    SIGNAL_CONTROLLER, SIGNAL_COORDINATION, SIGNAL_INTERGREEN, SIGNAL_PHASE_MVMT, SIGNAL_STAGES, SIGNAL_STATE,
    SIGNAL_TIMING_PHASE, SIGNAL_TIMING_PLAN,
};

const MAX: f64 = f64::MAX;
const MIN: f64 = f64::MIN;

/// Words for how a node or a movement is controlled.
pub const NODE_CONTROLS: &[&str] = &[
    "signal",
    "priority",
    "yield",
    "stop",
    "two_way_stop",
    "all_way_stop",
    "4_stop",
    "right_before_left",
    "zipper",
    "unregulated",
    "dead_end",
    "no_control",
    "none",
    "roundabout",
    "unknown",
    "internal",
];
/// Words for how a movement is controlled in `movement.csv`.
pub const MOVEMENT_CONTROLS: &[&str] = &["signal", "stop", "yield", "no_control", "none", "all_way_stop", "unknown"];
/// Words for an exact control letter.
pub const EXACT_CONTROLS: &[&str] =
    &["major", "minor", "equal", "stop", "all_way_stop", "zipper", "signal", "dead_end"];
/// Words for turns.
pub const TURNS: &[&str] = &[
    "thru",
    "through",
    "straight",
    "left",
    "right",
    "slight_left",
    "slight_right",
    "uturn",
    "u_turn",
    "merge",
    "diverge",
    "unknown",
];
const SIDES: &[&str] = &["right", "left"];
const LINES: &[&str] = &["median", "centre"];
const ENDS: &[&str] = &["node", "stop_line"];
const BARRIERS: &[&str] = &["none", "regulatory", "physical"];

/// `config.csv`.
pub const CONFIG: Table = Table {
    file: "config.csv",
    is_gmns: true,
    meaning: "Units and coordinate system; one row.",
    columns: &[
        Column::text("dataset_name", "Name of the network."),
        Column::text("short_length", "Unit of widths and distances along links: meter, foot.").default("meter"),
        Column::text("long_length", "Unit of link lengths: kilometer, mile, meter, foot.").default("kilometer"),
        Column::text("speed", "Unit of speeds: kph, mph, m/s.").default("kph"),
        Column::text("crs", "EPSG code (4326; 326NN, 327NN UTM), a proj string, or `local` for plane metres.")
            .default("4326"),
        Column::text("geometry_field_format", "Format of geometry: wkt.").default("wkt"),
        Column::text("currency", "Currency of tolls."),
        Column::text("version_number", "GMNS version."),
        Column::text("id_type", "string or integer; ids are kept as text."),
        Column::choice("driving_side", SIDES, "Extra: the side traffic keeps to.").default("right"),
    ],
};

/// `node.csv`.
pub const NODE: Table = Table {
    file: "node.csv",
    is_gmns: true,
    meaning: "A place where links meet.",
    columns: &[
        Column::text("node_id", "Id.").required(),
        Column::text("name", "Readable name; else the crossing streets."),
        Column::number("x_coord", MIN, MAX, "Longitude or easting.").required(),
        Column::number("y_coord", MIN, MAX, "Latitude or northing.").required(),
        Column::number("z_coord", MIN, MAX, "Altitude.").unit("short_length"),
        Column::text("node_type", "What it is; at an `external` node the network ends, and nobody turns round."),
        Column::choice("ctrl_type", NODE_CONTROLS, "How right of way is settled; `priority`: by rank of the links.")
            .default("priority where ranks differ, else right_before_left"),
        Column::text("zone_id", "Zone."),
        Column::text("parent_node_id", "Intersection it belongs to."),
    ],
};

/// `link.csv`.
pub const LINK: Table = Table {
    file: "link.csv",
    is_gmns: true,
    meaning: "A directed road between two nodes.",
    columns: &[
        Column::text("link_id", "Id.").required(),
        Column::text("name", "Street name."),
        Column::text("from_node_id", "Node where it starts.").required(),
        Column::text("to_node_id", "Node where it ends.").required(),
        Column::flag("directed", "Undirected links are footways and are left out.").required(),
        Column::text("geometry_id", "Row of geometry.csv."),
        Column::text("geometry", "WKT LINESTRING; empty: straight from node to node."),
        Column::text("parent_link_id", "Road a footway belongs to."),
        Column::integer("dir_flag", -1, 1, "-1: the geometry runs from to_node to from_node.").default("1"),
        Column::number("length", 0.0, 1e6, "Length from node to node.").unit("long_length").default("of the geometry"),
        Column::number("grade", -100.0, 100.0, "Slope, negative is downhill.").unit("%").default("0"),
        Column::text(
            "facility_type",
            "motorway, trunk, primary, secondary, tertiary, residential, service, roundabout, …",
        ),
        Column::number("capacity", 0.0, 1e5, "Saturation flow, for information.").unit("pce/h/lane"),
        Column::number("free_speed", 0.0, 300.0, "Speed limit.").unit("speed").default("50 km/h"),
        Column::integer("lanes", 0, 20, "Through lanes, used where lane.csv has no row of the link.").default("1"),
        Column::text("bike_facility", "Facility for bicycles."),
        Column::text("ped_facility", "Facility for pedestrians."),
        Column::text("parking", "Parking."),
        Column::text("allowed_uses", "Uses or use groups, comma-separated.").default("all"),
        Column::number("toll", MIN, MAX, "Toll.").unit("currency"),
        Column::text("jurisdiction", "Owner."),
        Column::number("row_width", 0.0, 1e4, "Width of the right of way.").unit("short_length"),
        Column::integer("priority", -100, 1000, "Extra: rank for right of way, larger goes first.")
            .default("by facility_type"),
        Column::flag("in_roundabout", "Extra: part of a roundabout.").default("facility_type is roundabout"),
        Column::choice("line", LINES, "Extra: what the geometry is.")
            .default("median where an opposite link shares it, else centre"),
        Column::choice("ends_at", ENDS, "Extra: whether shapes reach the nodes, or end at the stop lines already.")
            .default("node"),
    ],
};

/// `geometry.csv`.
pub const GEOMETRY: Table = Table {
    file: "geometry.csv",
    is_gmns: true,
    meaning: "Shape of a link.",
    columns: &[Column::text("geometry_id", "Id.").required(), Column::text("geometry", "WKT LINESTRING.")],
};

/// `lane.csv`.
pub const LANE: Table = Table {
    file: "lane.csv",
    is_gmns: true,
    meaning: "A lane along a whole link.",
    columns: &[
        Column::text("lane_id", "Id.").required(),
        Column::text("link_id", "Its link.").required(),
        Column::integer("lane_num", -10, 30, "From the median to the kerb: pockets …, -2, -1, then 1, 2, …").required(),
        Column::text("allowed_uses", "Uses or use groups, comma-separated.").default("those of the link"),
        Column::choice("r_barrier", BARRIERS, "Whether changes to the right are barred.").default("none"),
        Column::choice("l_barrier", BARRIERS, "Whether changes to the left are barred.").default("none"),
        Column::number("width", 0.5, 100.0, "Width.").unit("short_length").default("3.25 m"),
        Column::number("free_speed", 0.0, 300.0, "Extra: speed limit.").unit("speed").default("of the link"),
        Column::number("stop_box_m", 0.0, 50.0, "Extra: advanced stop box for two-wheelers.").unit("m").default("0"),
        Column::text(
            "change_outwards",
            "Extra: uses that may change to the next lane towards the median, `none` for none.",
        )
        .default("all allowed ones"),
        Column::text(
            "change_inwards",
            "Extra: uses that may change to the next lane towards the kerb, `none` for none.",
        )
        .default("all allowed ones"),
        Column::number("length_m", 0.01, 1e6, "Extra: driving length from stop line to stop line.").unit("m"),
        Column::text("geometry", "Extra: WKT LINESTRING of its centre line from stop line to stop line."),
    ],
};

/// `segment.csv`.
pub const SEGMENT: Table = Table {
    file: "segment.csv",
    is_gmns: true,
    meaning: "A part of a link with other lanes (a turn pocket). The link is split at its borders.",
    columns: &[
        Column::text("segment_id", "Id.").required(),
        Column::text("link_id", "Its link.").required(),
        Column::text("ref_node_id", "Node from which distances count.").required(),
        Column::number("start_lr", 0.0, 1e6, "Start.").unit("short_length").required(),
        Column::number("end_lr", 0.0, 1e6, "End.").unit("short_length").required(),
        Column::number("grade", -100.0, 100.0, "Slope.").unit("%"),
        Column::number("capacity", 0.0, 1e5, "Saturation flow.").unit("pce/h/lane"),
        Column::number("free_speed", 0.0, 300.0, "Speed limit.").unit("speed"),
        Column::integer("lanes", 0, 20, "Lanes here, for checking."),
        Column::integer("l_lanes_added", -10, 10, "Lanes added on the left.").default("0"),
        Column::integer("r_lanes_added", -10, 10, "Lanes added on the right.").default("0"),
    ],
};

/// `segment_lane.csv`.
pub const SEGMENT_LANE: Table = Table {
    file: "segment_lane.csv",
    is_gmns: true,
    meaning: "A lane of a segment, added to the lanes of the link or in place of the one with its number.",
    columns: &[
        Column::text("segment_lane_id", "Id.").required(),
        Column::text("segment_id", "Its segment.").required(),
        Column::integer("lane_num", -10, 30, "Number, as in lane.csv.").required(),
        Column::text("parent_lane_id", "Lane of the link it replaces."),
        Column::text("allowed_uses", "Uses or use groups.").default("those of the link"),
        Column::choice("r_barrier", BARRIERS, "Whether changes to the right are barred.").default("none"),
        Column::choice("l_barrier", BARRIERS, "Whether changes to the left are barred.").default("none"),
        Column::number("width", 0.5, 100.0, "Width.").unit("short_length").default("3.25 m"),
        Column::number("stop_box_m", 0.0, 50.0, "Extra: advanced stop box.").unit("m").default("0"),
    ],
};

/// `movement.csv`.
pub const MOVEMENT: Table = Table {
    file: "movement.csv",
    is_gmns: true,
    meaning: "A way through a node from lanes of an inbound link to lanes of an outbound link.",
    columns: &[
        Column::text("mvmt_id", "Id.").required(),
        Column::text("node_id", "The node.").required(),
        Column::text("name", "Readable name."),
        Column::text("ib_link_id", "Inbound link.").required(),
        Column::integer("start_ib_lane", -10, 30, "Inbound lane nearest the median.").default("by turn"),
        Column::integer("end_ib_lane", -10, 30, "Inbound lane nearest the kerb.").default("start_ib_lane"),
        Column::text("ob_link_id", "Outbound link.").required(),
        Column::integer("start_ob_lane", -10, 30, "Outbound lane nearest the median.").default("by turn"),
        Column::integer("end_ob_lane", -10, 30, "Outbound lane nearest the kerb.").default("start_ob_lane"),
        Column::choice("type", TURNS, "Turn.").default("by angle"),
        Column::number("penalty", MIN, MAX, "Turn penalty, for information.").unit("s"),
        Column::number("capacity", 0.0, 1e6, "Saturation flow, for information.").unit("pce/h"),
        Column::choice("ctrl_type", MOVEMENT_CONTROLS, "How it is controlled.").default("by the node"),
        Column::text("mvmt_code", "Code such as SBL."),
        Column::text("allowed_uses", "Uses or use groups.").default("those of the lanes"),
        Column::text("geometry", "Not read: the way is drawn as a smooth curve."),
        Column::flag("right_on_red", "Extra: may go on red after a stop.").default("0"),
        Column::flag("keep_clear", "Extra: not entered when it cannot be left.").default("1"),
        Column::flag("waits_inside", "Extra: may wait inside for oncoming traffic.")
            .default("turns across oncoming traffic, where there is room"),
        Column::flag("direct", "Extra: lane leads to lane without a way between.").default("where nothing is cut off"),
        Column::text("signal_id", "Extra: its signal.").default("by the signal tables"),
        Column::integer("signal_index", 0, 65_000, "Extra: position in the signal's state strings.")
            .default("in order"),
        Column::choice("control", EXACT_CONTROLS, "Extra: exact control, without effect on ranks."),
    ],
};

/// `conflict.csv`.
pub const CONFLICT: Table = Table {
    file: "conflict.csv",
    is_gmns: false,
    meaning: "Right of way between two movements; replaces what geometry and ranks give at nodes it names.",
    columns: &[
        Column::text("mvmt_id", "Movement.").required(),
        Column::text("foe_mvmt_id", "The other movement.").required(),
        Column::flag("inside", "The waiting place of the movement, not its entry.").default("0"),
        Column::flag("foe_inside", "The waiting place of the other movement.").default("0"),
        Column::flag("yields", "Whether the movement yields to the other.").required(),
    ],
};

/// `stops.csv`.
pub const STOPS: Table = Table {
    file: "stops.csv",
    is_gmns: false,
    meaning: "A bus stop.",
    columns: &[
        Column::text("stop_id", "Id.").required(),
        Column::text("name", "Readable name."),
        Column::text("link_id", "Link.").required(),
        Column::integer("lane", -10, 30, "Lane number, as in lane.csv.").default("the kerb lane buses may use"),
        Column::number("start_m", 0.0, 1e6, "Start, from the start of the link.").unit("m").required(),
        Column::number("end_m", 0.0, 1e6, "End, where fronts come to stand.").unit("m").required(),
    ],
};

/// `use_definition.csv`.
pub const USE_DEFINITION: Table = Table {
    file: "use_definition.csv",
    is_gmns: true,
    meaning: "A use: a vehicle class or another use of a lane.",
    columns: &[
        Column::text("use", "Name.").required(),
        Column::number("persons_per_vehicle", 0.0, 1000.0, "People per vehicle.").required(),
        Column::number("pce", 0.0, 100.0, "Passenger-car equivalent.").required(),
        Column::text("special_conditions", "Conditions."),
        Column::text("description", "Description."),
    ],
};

/// `use_group.csv`.
pub const USE_GROUP: Table = Table {
    file: "use_group.csv",
    is_gmns: true,
    meaning: "A group of uses.",
    columns: &[
        Column::text("use_group", "Name.").required(),
        Column::text("uses", "Uses or groups, comma-separated.").required(),
        Column::text("description", "Description."),
    ],
};

/// All network tables.
pub const ALL: &[&Table] = &[
    &CONFIG,
    &NODE,
    &LINK,
    &GEOMETRY,
    &LANE,
    &SEGMENT,
    &SEGMENT_LANE,
    &MOVEMENT,
    &CONFLICT,
    &SIGNAL_STAGES,
    &SIGNAL_INTERGREEN,
    &SIGNAL_STATE,
    &STOPS,
    &SIGNAL_CONTROLLER,
    &SIGNAL_TIMING_PLAN,
    &SIGNAL_TIMING_PHASE,
    &SIGNAL_PHASE_MVMT,
    &SIGNAL_COORDINATION,
    &USE_DEFINITION,
    &USE_GROUP,
];
