//! The columns of the signal tables: GMNS 0.96, and our `signal_stages.csv` and `signal_state.csv`.

use super::column::{Column, Table};

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
        Column::number("all_red_s", 0.0, 60.0, "Red of movements that end, before the next stage.")
            .unit("s")
            .default("0"),
        Column::number("walk_s", 0.0, 600.0, "Walk; with ped_clear_s at most green_s.").unit("s"),
        Column::number("ped_clear_s", 0.0, 600.0, "Pedestrian clearance.").unit("s"),
    ],
};

/// `signal_intergreen.csv`.
pub const SIGNAL_INTERGREEN: Table = Table {
    file: "signal_intergreen.csv",
    is_gmns: false,
    meaning: "Least time from the end of one movement's green to the start of another's that it meets. A junction with a \
              row here needs one for every pair that stages change between.",
    columns: &[
        Column::text("junction_id", "Node, or the name of a signal, as in signal_stages.csv.").required(),
        Column::text("mvmt_id", "Movement that ends.").required(),
        Column::text("foe_mvmt_id", "Movement that begins.").required(),
        Column::number("intergreen_s", 0.0, 120.0, "Intergreen.").unit("s").required(),
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
        Column::number("yellow", 0.0, 60.0, "Extra: yellow within the clearance.").unit("s").default("3"),
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
