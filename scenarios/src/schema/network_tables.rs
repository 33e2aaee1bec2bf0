//! The columns of the network tables: GMNS 0.96, with our documented extra columns and tables.

use super::column::{Column, Table};

const MAX: f64 = f64::MAX;
const MIN: f64 = f64::MIN;

/// Words for how a node or a movement is controlled.
pub const NODE_CONTROLS: &[&str] = &[
    "signal", "priority", "yield", "stop", "two_way_stop", "all_way_stop", "4_stop", "right_before_left", "zipper",
    "unregulated", "dead_end", "no_control", "none", "roundabout", "unknown", "internal",
];
/// Words for how a movement is controlled in `movement.csv`.
pub const MOVEMENT_CONTROLS: &[&str] = &["signal", "stop", "yield", "no_control", "none", "all_way_stop", "unknown"];
/// Words for an exact control letter.
pub const EXACT_CONTROLS: &[&str] =
    &["major", "minor", "equal", "stop", "all_way_stop", "zipper", "signal", "dead_end"];
/// Words for turns.
pub const TURNS: &[&str] = &[
    "thru", "through", "straight", "left", "right", "slight_left", "slight_right", "uturn", "u_turn", "merge", "diverge",
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
        Column::text("facility_type", "motorway, trunk, primary, secondary, tertiary, residential, service, roundabout, …"),
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
        Column::choice("line", LINES, "Extra: what the geometry is.").default("median where an opposite link shares it, else centre"),
        Column::choice("ends_at", ENDS, "Extra: whether shapes reach the nodes, or end at the stop lines already.")
            .default("node"),
    ],
};

/// `geometry.csv`.
pub const GEOMETRY: Table = Table {
    file: "geometry.csv",
    is_gmns: true,
    meaning: "Shape of a link.",
    columns: &[
        Column::text("geometry_id", "Id.").required(),
        Column::text("geometry", "WKT LINESTRING."),
    ],
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
        Column::text("change_outwards", "Extra: uses that may change to the next lane towards the median, `none` for none.")
            .default("all allowed ones"),
        Column::text("change_inwards", "Extra: uses that may change to the next lane towards the kerb, `none` for none.")
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
        Column::integer("signal_index", 0, 65_000, "Extra: position in the signal's state strings.").default("in order"),
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

/// `signal_stages.csv`.
pub const SIGNAL_STAGES: Table = Table {
    file: "signal_stages.csv",
    is_gmns: false,
    meaning: "A stage of a fixed-time plan; stages of a plan follow one another in row order and fill the cycle.",
    columns: &[
        Column::text("junction_id", "Node, or the name of a signal that rules several nodes.").required(),
        Column::text("plan", "Plan.").default("1"),
        Column::text("days", "`daily`, or days and ranges: `mon-fri`, `sat sun`.").default("daily"),
        Column::instant("from", "Start of the plan.").default("0:00"),
        Column::instant("to", "End of the plan.").default("24:00"),
        Column::number("cycle_s", 1.0, 3600.0, "Cycle.").unit("s").required(),
        Column::number("offset_s", -3600.0, 3600.0, "When the reference happens after midnight, modulo the cycle.")
            .unit("s")
            .default("0"),
        Column::choice(
            "offset_reference",
            &["begin_of_green", "begin_of_yellow", "begin_of_red"],
            "What of the first stage the offset means.",
        )
        .default("begin_of_green"),
        Column::text("stage", "Name of the stage.").required(),
        Column::text("movements", "mvmt_ids with green, separated by spaces.").required(),
        Column::number("green_s", 0.0, 3600.0, "Green.").unit("s").required(),
        Column::number("yellow_s", 0.0, 60.0, "Yellow of movements that end.").unit("s").default("3"),
        Column::number("all_red_s", 0.0, 60.0, "Red of movements that end, before the next stage.").unit("s").default("0"),
        Column::number("walk_s", 0.0, 600.0, "Walk, for checking.").unit("s"),
        Column::number("ped_clear_s", 0.0, 600.0, "Pedestrian clearance, for checking.").unit("s"),
    ],
};

/// `signal_state.csv`.
pub const SIGNAL_STATE: Table = Table {
    file: "signal_state.csv",
    is_gmns: false,
    meaning: "A phase of a free-form plan: a letter for every head by signal index (SUMO's G g y r s u o O).",
    columns: &[
        Column::text("junction_id", "Node or signal.").required(),
        Column::text("plan", "Plan.").default("1"),
        Column::text("days", "As in signal_stages.csv.").default("daily"),
        Column::instant("from", "Start of the plan.").default("0:00"),
        Column::instant("to", "End of the plan.").default("24:00"),
        Column::number("offset_s", -1e6, 1e6, "When the first phase begins after midnight, modulo the cycle.")
            .unit("s")
            .default("0"),
        Column::number("duration_s", 0.001, 3600.0, "Duration.").unit("s").required(),
        Column::text("state", "Letters.").required(),
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

/// `signal_controller.csv`.
pub const SIGNAL_CONTROLLER: Table = Table {
    file: "signal_controller.csv",
    is_gmns: true,
    meaning: "A signal controller.",
    columns: &[Column::text("controller_id", "Id.").required()],
};

/// `signal_timing_plan.csv`.
pub const SIGNAL_TIMING_PLAN: Table = Table {
    file: "signal_timing_plan.csv",
    is_gmns: true,
    meaning: "A timing plan of a controller.",
    columns: &[
        Column::text("timing_plan_id", "Id.").required(),
        Column::text("controller_id", "Controller.").required(),
        Column::text("timeday_id", "Row of time_set_definitions.csv."),
        Column::text("time_day_id", "The same under its name in older files."),
        Column::text("time_day", "XXXXXXXX_HH:MM_HH:MM, days Sunday to Saturday and holiday."),
        Column::number("cycle_length", 0.0, 600.0, "Cycle.").unit("s"),
    ],
};

/// `signal_timing_phase.csv`.
pub const SIGNAL_TIMING_PHASE: Table = Table {
    file: "signal_timing_phase.csv",
    is_gmns: true,
    meaning: "A phase of a timing plan.",
    columns: &[
        Column::text("timing_phase_id", "Id.").required(),
        Column::text("timing_plan_id", "Plan."),
        Column::integer("signal_phase_num", 0, 64, "NEMA phase number.").required(),
        Column::number("min_green", 0.0, 600.0, "Green of a fixed-time signal.").unit("s"),
        Column::number("max_green", 0.0, 600.0, "Largest green.").unit("s"),
        Column::number("extension", 0.0, 120.0, "Extension per detection.").unit("s"),
        Column::number("clearance", 0.0, 120.0, "Yellow and all red.").unit("s"),
        Column::number("walk_time", 0.0, 120.0, "Walk.").unit("s"),
        Column::number("ped_clearance", 0.0, 120.0, "Pedestrian clearance.").unit("s"),
        Column::integer("ring", 0, 12, "Ring: phases of a ring follow one another.").required(),
        Column::integer("barrier", 0, 12, "Barrier group.").required(),
        Column::integer("position", 0, 64, "Position in ring and barrier.").required(),
    ],
};

/// `signal_phase_mvmt.csv`.
pub const SIGNAL_PHASE_MVMT: Table = Table {
    file: "signal_phase_mvmt.csv",
    is_gmns: true,
    meaning: "A movement or crosswalk of a phase.",
    columns: &[
        Column::text("signal_phase_mvmt_id", "Id.").required(),
        Column::text("timing_phase_id", "Phase.").required(),
        Column::text("mvmt_id", "Movement."),
        Column::text("link_id", "Crosswalk."),
        Column::text("protection", "protected, permitted, or right turn on red."),
    ],
};

/// `signal_coordination.csv`.
pub const SIGNAL_COORDINATION: Table = Table {
    file: "signal_coordination.csv",
    is_gmns: true,
    meaning: "Coordination of a controller in a plan.",
    columns: &[
        Column::text("coordination_id", "Id.").required(),
        Column::text("timing_plan_id", "Plan.").required(),
        Column::text("controller_id", "Controller.").required(),
        Column::text("coord_contr_id", "Master controller."),
        Column::integer("coord_phase", 0, 32, "Phase of reference."),
        Column::text("coord_ref_to", "begin_of_green, begin_of_yellow, begin_of_red."),
        Column::number("offset", 0.0, 3600.0, "Offset.").unit("s"),
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
    &CONFIG, &NODE, &LINK, &GEOMETRY, &LANE, &SEGMENT, &SEGMENT_LANE, &MOVEMENT, &CONFLICT, &SIGNAL_STAGES,
    &SIGNAL_STATE, &STOPS, &SIGNAL_CONTROLLER, &SIGNAL_TIMING_PLAN, &SIGNAL_TIMING_PHASE, &SIGNAL_PHASE_MVMT,
    &SIGNAL_COORDINATION, &USE_DEFINITION, &USE_GROUP,
];
