//! The columns of the tables of electricity.

use super::{BEGIN, CALIBRATION, ColumnSpec, END, PARTIAL, TableSpec, integer, number, text};

const FEEDER: ColumnSpec = text("feeder_id", "id of the feeder in the input; of a circuit, its name");

/// Feeders by interval.
pub const FEEDERS: TableSpec = TableSpec {
    name: "feeders",
    meaning: "one row per interval and feeder",
    columns: &[
        FEEDER,
        BEGIN,
        END,
        PARTIAL,
        number("source_kwh", "kWh", 4, "active energy that the source gave at its node"),
        number("source_kvarh", "kvarh", 4, "its reactive energy, negative when capacitive"),
        number("load_kwh", "kWh", 4, "active energy that the loads drew"),
        number("loss_kwh", "kWh", 5, "active energy lost in lines and transformers"),
        number("not_served_kwh", "kWh", 4, "energy that loads without supply would have drawn"),
        number("peak_kw", "kW", 4, "largest active power of the source"),
        number("peak_at_s", "s", 3, "when that was"),
        number("min_voltage_pu", "", 6, "lowest voltage from line phase to earth, over nominal; empty without voltage"),
        text("min_voltage_node_id", "where that was"),
        number("max_voltage_pu", "", 6, "highest voltage, over nominal"),
        text("max_voltage_node_id", "where that was"),
        number(
            "largest_drop_pct",
            "%",
            4,
            "largest voltage drop below nominal; negative when all voltages are above it",
        ),
        number("hours_outside_limits", "h", 5, "time in which a voltage was outside of the limits anywhere"),
        number("unbalance_pct", "%", 4, "largest share of negative in positive sequence voltage"),
        text("unbalance_node_id", "where that was"),
        number("loading_pct", "%", 3, "largest current over what its branch may carry; empty where no rating is known"),
        text("loading_branch_id", "which branch that was"),
        integer("power_flows", "", "power flows made"),
        integer("not_converged", "", "those that did not converge; their values are of the last iteration"),
        CALIBRATION,
    ],
};

/// Voltages by interval.
pub const VOLTAGES: TableSpec = TableSpec {
    name: "voltages",
    meaning: "one row per interval, node and line phase that had voltage or lost it",
    columns: &[
        FEEDER,
        text("node_id", "id of the electrical node"),
        integer("line_phase", "", "line phase 1, 2 or 3"),
        BEGIN,
        END,
        PARTIAL,
        number("min_v", "V", 4, "lowest voltage to earth while there was any"),
        number("mean_v", "V", 4, "mean of the same"),
        number("max_v", "V", 4, "highest"),
        number("mean_pu", "", 6, "mean over nominal"),
        number("outside_s", "s", 1, "time with a voltage outside of the limits"),
        number("dark_s", "s", 1, "time without voltage"),
        CALIBRATION,
    ],
};

/// Voltages at one instant.
pub const SNAPSHOT_NODES: TableSpec = TableSpec {
    name: "snapshot_nodes",
    meaning: "one row per node and line phase with voltage, at one instant",
    columns: &[
        FEEDER,
        text("node_id", "id of the electrical node"),
        integer("line_phase", "", "line phase 1, 2 or 3"),
        number("voltage_v", "V", 6, "voltage to earth"),
        number("voltage_pu", "", 9, "the same over nominal"),
        number("angle_deg", "°", 6, "its angle"),
    ],
};

/// Branches at one instant.
pub const SNAPSHOT_BRANCHES: TableSpec = TableSpec {
    name: "snapshot_branches",
    meaning: "one row per branch, at one instant",
    columns: &[
        FEEDER,
        text("branch_id", "kind and id of the branch"),
        number("current_1_a", "A", 4, "current in line phase 1 at the far end"),
        number("current_2_a", "A", 4, "in line phase 2"),
        number("current_3_a", "A", 4, "in line phase 3"),
        number("loss_w", "W", 4, "active power lost in it"),
        number("loading_pct", "%", 3, "largest current over what it may carry; empty where that is not known"),
    ],
};

/// Energy by meter and interval.
pub const ENERGY: TableSpec = TableSpec {
    name: "energy",
    meaning: "one row per interval and meter",
    columns: &[
        text("meter_id", "id of the meter"),
        text("name", "name of the meter, such as that of its cabinet"),
        FEEDER,
        text("tariff_id", "tariff, empty without"),
        BEGIN,
        END,
        PARTIAL,
        number("energy_kwh", "kWh", 5, "active energy metered"),
        number("reactive_kvarh", "kvarh", 5, "reactive energy metered, negative when capacitive"),
        number("loss_kwh", "kWh", 6, "active energy lost behind the meter, part of what is metered"),
        number("not_served_kwh", "kWh", 5, "energy that loads without supply would have drawn"),
        number("peak_kw", "kW", 4, "largest active power"),
        number(
            "cost",
            "",
            4,
            "price of the energy, value-added tax included, without the charge for the largest power; empty without tariff",
        ),
        text("currency", "currency of the cost"),
        number("co2_kg", "kg", 5, "carbon dioxide of the energy; empty without a factor of the grid"),
        CALIBRATION,
    ],
};

/// Loads that were without supply.
pub const OUTAGE: TableSpec = TableSpec {
    name: "outage",
    meaning: "one row per load that was without supply in the run; delays are those of its junction over the whole run",
    columns: &[
        FEEDER,
        text("load_id", "id of the load"),
        text("node_id", "node it hangs on"),
        text("kind", "`signal`, `lamps`, `charger`, `profile` (photovoltaics too) or `constant`"),
        text("name", "of a signal, the junction; of lamps, their circuits"),
        number("dark_from_s", "s", 3, "when it first lost supply"),
        number("dark_until_s", "s", 3, "when it last had it again, or the run ended"),
        number("dark_s", "s", 1, "time without supply"),
        number("not_served_kwh", "kWh", 5, "energy that it would have drawn"),
        integer("luminaires", "", "of lamps, how many went dark"),
        text("fell_back_to", "of a signal, what ruled meanwhile"),
        number("delay_h", "h", 4, "control delay of all vehicles that left the junction"),
        number("delay_without_h", "h", 4, "the same in the run without the variant; empty where none was made"),
        number("added_delay_h", "h", 4, "the difference"),
        CALIBRATION,
    ],
};

/// Bills beside the model.
pub const BILLS: TableSpec = TableSpec {
    name: "bills",
    meaning: "one row per meter and month that was billed, the largest difference first",
    columns: &[
        text("meter_id", "id of the meter"),
        text("name", "its name"),
        FEEDER,
        text("month", "month, YYYY-MM"),
        number("bill_kwh", "kWh", 3, "energy billed"),
        number("model_kwh", "kWh", 3, "energy of the model, without vehicles that charge"),
        number("difference_kwh", "kWh", 3, "bill less model"),
        number("difference_pct", "%", 2, "the same over the model"),
        number("bill_cost", "", 2, "what was paid"),
        number("model_cost", "", 2, "what the model says it costs, the charge for the largest power and tax included"),
        text("currency", "currency of both"),
        text("likely_cause", "what may explain the difference; - where both agree within 5 %"),
        text("source", "where the bill comes from"),
    ],
};

/// Measures with what they cost and save.
pub const INVESTMENTS: TableSpec = TableSpec {
    name: "investments",
    meaning: "one row per measure of investments.csv",
    columns: &[
        text("investment_id", "id of the measure"),
        text("name", "its name"),
        integer("luminaires", "", "luminaires that it changes"),
        number("cost", "", 2, "what it costs"),
        text("currency", "currency of all amounts"),
        integer("lifetime_years", "a", "how long it lasts"),
        number("energy_mwh", "MWh", 4, "energy of all meters in a year without it"),
        number("saved_mwh", "MWh", 4, "energy saved in a year"),
        number("saved_co2_kg", "kg", 2, "carbon dioxide saved in a year"),
        number(
            "saved_cost",
            "",
            2,
            "price of the energy saved in the first year, charges for the largest power and tax included",
        ),
        number("payback_years", "a", 3, "cost over what is saved in the first year after upkeep; empty: never"),
        number("net_present_value", "", 2, "over its life, at its interest"),
        number(
            "cost_per_mwh_saved",
            "",
            2,
            "annuity of the cost and upkeep over the energy saved; empty where none is",
        ),
        number("short_section_h", "h", 2, "hours a year in which sections fall short of their class, without it"),
        number("short_section_h_with", "h", 2, "the same with it"),
    ],
};
