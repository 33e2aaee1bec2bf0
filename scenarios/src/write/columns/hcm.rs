//! The tables of an evaluation without simulation.

use super::{CALIBRATION, ColumnSpec, TableSpec, integer, number, text};

const JUNCTION: ColumnSpec =
    text("junction_id", "id of the junction in the input; of a roundabout that of its first node");
const APPROACH: ColumnSpec = text("approach", "direction of travel: NB, NEB, …");
const FLOW: ColumnSpec = number("flow_vph", "veh/h", 2, "flow rate of the busiest quarter of the analysis hour");
const CAPACITY: ColumnSpec =
    number("capacity_vph", "veh/h", 1, "capacity by the Highway Capacity Manual; empty where nobody yields");
const RATIO: ColumnSpec = number("volume_to_capacity", "", 3, "flow rate over capacity");
const DELAY: ColumnSpec = number("control_delay_s", "s/veh", 2, "control delay by the Highway Capacity Manual");
const QUEUE: ColumnSpec =
    number("queue_p95_m", "m", 1, "95th percentile of the queue per lane; at signals of its back");
const LEVEL: ColumnSpec = text(
    "level_of_service",
    "letter A to F by control delay; F where demand is above capacity; empty where there is none",
);
const SIMULATED_DELAY: ColumnSpec =
    number("simulated_delay_s", "s/veh", 2, "control delay in the run that was named, in the analysis hour");

/// Junctions.
pub const HCM_JUNCTIONS: TableSpec = TableSpec {
    name: "hcm_junctions",
    meaning: "one row per junction with counts",
    columns: &[
        JUNCTION,
        text("name", "readable name"),
        text("control", "`signal`, `two-way stop`, `all-way stop`, `roundabout` or `not covered`"),
        number("cycle_s", "s", 3, "cycle, empty without signal"),
        number("begin_s", "s", 3, "start of the analysis hour, seconds since midnight"),
        number("end_s", "s", 3, "its end"),
        number("peak_hour_factor", "", 3, "flow of the hour over four times that of its busiest quarter"),
        FLOW,
        number("critical_ratio", "", 3, "critical volume-to-capacity ratio of a signal"),
        DELAY,
        LEVEL,
        SIMULATED_DELAY,
        text("note", "why something is empty"),
        text("assumed", "what was assumed for the junction"),
        CALIBRATION,
    ],
};

/// Approaches.
pub const HCM_APPROACHES: TableSpec = TableSpec {
    name: "hcm_approaches",
    meaning: "one row per approach",
    columns: &[
        JUNCTION,
        APPROACH,
        text("name", "street and direction"),
        FLOW,
        DELAY,
        LEVEL,
        SIMULATED_DELAY,
        CALIBRATION,
    ],
};

/// Lane groups.
pub const HCM_LANE_GROUPS: TableSpec = TableSpec {
    name: "hcm_lane_groups",
    meaning: "one row per lane group of a signal, or lane of another junction",
    columns: &[
        JUNCTION,
        APPROACH,
        text("lane_group", "turns of its lanes: `L`, `TR`, …"),
        integer("lanes", "", "lanes"),
        FLOW,
        number("saturation_vphpl", "veh/h", 1, "saturation flow per lane after all adjustments"),
        number("green_s", "s", 2, "effective green; of the protected period where there is one"),
        number("arrivals_on_green_share", "", 3, "share of vehicles that arrive on green"),
        CAPACITY,
        RATIO,
        number("uniform_delay_s", "s/veh", 2, "uniform delay d1"),
        number("incremental_delay_s", "s/veh", 2, "incremental delay d2"),
        number("initial_queue_delay_s", "s/veh", 2, "delay d3 of a queue at the start"),
        DELAY,
        number("queue_mean_m", "m", 1, "mean back of queue per lane"),
        QUEUE,
        number("storage_ratio", "", 3, "share of the lanes' length that the 95th percentile fills"),
        LEVEL,
        CALIBRATION,
    ],
};

/// Movements.
pub const HCM_MOVEMENTS: TableSpec = TableSpec {
    name: "hcm_movements",
    meaning: "one row per movement; the simulated columns are filled when a run was named",
    columns: &[
        JUNCTION,
        text("movement_id", "id of the inbound link, `->`, id of the outbound link"),
        text("turn", "direction of travel and turn: NBL, NBT, NBR, NBU"),
        text("approach", "street and direction"),
        text("lane_groups", "lane groups that serve it"),
        number("volume_vph", "veh/h", 2, "vehicles in the analysis hour"),
        FLOW,
        CAPACITY,
        RATIO,
        DELAY,
        QUEUE,
        LEVEL,
        text("note", "why something is empty"),
        number("simulated_demand_vph", "veh/h", 2, "vehicles that came for it in the run"),
        number("simulated_capacity_vph", "veh/h", 1, "capacity in the run"),
        number("simulated_delay_s", "s/veh", 2, "control delay in the run"),
        number("simulated_queue_p95_m", "m", 1, "back of queue that 95 % of the cycles of the run do not exceed"),
        text("simulated_level_of_service", "letter by the delay in the run"),
        CALIBRATION,
    ],
};

/// Crossings.
pub const HCM_CROSSINGS: TableSpec = TableSpec {
    name: "hcm_crossings",
    meaning: "one row per arm of a signal: what people need to cross it, and what the plan leaves them",
    columns: &[
        JUNCTION,
        text("arm", "direction of its approach; `… out` where nobody drives in"),
        number("length_m", "m", 2, "from kerb to kerb: width of all lanes"),
        number("walk_s", "s", 1, "walk interval, 7 s"),
        number("clearance_s", "s", 1, "the way across at 1.07 m/s"),
        number("available_s", "s", 1, "longest time in a cycle in which nobody drives straight over it"),
        integer("enough", "", "1 if walk and clearance fit, else 0"),
        CALIBRATION,
    ],
};
