//! The columns of the tables of electricity: feeders, loads, tariffs.

use super::column::{Column, Table};

const FEEDER: Column = Column::text("feeder_id", "Feeder.").required();
const FROM: Column = Column::text("from_node_id", "Node at one end; the feeding side of a transformer.").required();
const TO: Column = Column::text("to_node_id", "Node at the other end.").required();
const PHASES: Column = Column::text("phases", "Line phases: 1, 2, 3, 12, 13, 23 or 123.").default("123");

/// `feeder_nodes.csv`.
pub const FEEDER_NODES: Table = Table {
    file: "feeder_nodes.csv",
    is_gmns: false,
    meaning: "An electrical node of a feeder.",
    columns: &[
        FEEDER,
        Column::text("node_id", "Id, unique within the feeder.").required(),
        Column::number("voltage_v", 1.0, 1e6, "Nominal voltage, line to line.").unit("V").required(),
        Column::text("name", "Name."),
        Column::number("x_coord", -1e8, 1e8, "Place, in the coordinates of the network."),
        Column::number("y_coord", -1e8, 1e8, "Place, in the coordinates of the network."),
    ],
};

/// `feeder_sources.csv`.
pub const FEEDER_SOURCES: Table = Table {
    file: "feeder_sources.csv",
    is_gmns: false,
    meaning: "The source of a feeder: the grid above it.",
    columns: &[
        FEEDER,
        Column::text("node_id", "Node.").required(),
        Column::number("voltage_pu", 0.5, 1.5, "Voltage over nominal.").default("1"),
        Column::number("short_circuit_mva", 1e-3, 1e12, "Three-phase short-circuit power.").unit("MVA").required(),
        Column::number("one_phase_mva", 1e-3, 1e12, "Short-circuit power of one phase to earth (3 × V × I).")
            .unit("MVA")
            .default("short_circuit_mva"),
        Column::number("x_to_r", 0.01, 1000.0, "Reactance over resistance, positive sequence.").default("4"),
        Column::number("x0_to_r0", 0.01, 1000.0, "Reactance over resistance, zero sequence.").default("3"),
    ],
};

/// `feeder_line_types.csv`.
pub const FEEDER_LINE_TYPES: Table = Table {
    file: "feeder_line_types.csv",
    is_gmns: false,
    meaning: "What a line or cable is made of: sequence values, or matrices.",
    columns: &[
        Column::text("line_type_id", "Id.").required(),
        Column::number("r1_ohm_per_km", 0.0, 1e6, "Resistance, positive sequence.").unit("Ω/km"),
        Column::number("x1_ohm_per_km", 0.0, 1e6, "Reactance, positive sequence.").unit("Ω/km"),
        Column::number("r0_ohm_per_km", 0.0, 1e6, "Resistance, zero sequence.").unit("Ω/km"),
        Column::number("x0_ohm_per_km", 0.0, 1e6, "Reactance, zero sequence.").unit("Ω/km"),
        Column::number("c1_nf_per_km", 0.0, 1e9, "Capacitance, positive sequence.").unit("nF/km").default("0"),
        Column::number("c0_nf_per_km", 0.0, 1e9, "Capacitance, zero sequence.").unit("nF/km").default("0"),
        Column::text(
            "r_matrix_ohm_per_km",
            "Resistances instead: rows separated by |, 3×3, or 4×4 with an earthed neutral last.",
        )
        .unit("Ω/km"),
        Column::text("x_matrix_ohm_per_km", "Reactances, the same.").unit("Ω/km"),
        Column::number("rated_a", 0.1, 1e6, "Current it may carry for long.").unit("A"),
    ],
};

/// `feeder_lines.csv`.
pub const FEEDER_LINES: Table = Table {
    file: "feeder_lines.csv",
    is_gmns: false,
    meaning: "A line or cable of a feeder.",
    columns: &[
        FEEDER,
        Column::text("line_id", "Id.").required(),
        FROM,
        TO,
        Column::text("line_type_id", "Row of feeder_line_types.csv.").required(),
        Column::number("length_m", 0.001, 1e6, "Length.").unit("m").required(),
        PHASES,
    ],
};

/// The connections of transformers.
pub const CONNECTIONS: &[&str] = &["Dyn1", "Dyn5", "Dyn7", "Dyn11", "Yyn0"];

/// `feeder_transformers.csv`.
pub const FEEDER_TRANSFORMERS: Table = Table {
    file: "feeder_transformers.csv",
    is_gmns: false,
    meaning: "A transformer of a feeder.",
    columns: &[
        FEEDER,
        Column::text("transformer_id", "Id.").required(),
        FROM,
        TO,
        Column::choice("connection", CONNECTIONS, "Connection and clock; stars have earthed neutrals.").required(),
        Column::number("rated_kva", 0.1, 1e6, "Rated power.").unit("kVA").required(),
        Column::number("primary_v", 1.0, 1e6, "Rated voltage of the feeding side, line to line.").unit("V").required(),
        Column::number("secondary_v", 1.0, 1e6, "Rated voltage of the other side, line to line.").unit("V").required(),
        Column::number("impedance_percent", 0.01, 50.0, "Short-circuit voltage.").unit("%").required(),
        Column::number("load_loss_percent", 0.0, 20.0, "Loss at rated current over rated power.").unit("%").required(),
        Column::number("no_load_loss_percent", 0.0, 20.0, "Loss without load over rated power.").unit("%").default("0"),
        Column::number("no_load_current_percent", 0.0, 50.0, "Current without load.").unit("%").default("0"),
        Column::number("primary_tap", 0.5, 1.5, "Tap of the feeding winding, as a factor.").default("1"),
        Column::number("secondary_tap", 0.5, 1.5, "Tap of the other winding, as a factor.").default("1"),
    ],
};

/// `feeder_switches.csv`.
pub const FEEDER_SWITCHES: Table = Table {
    file: "feeder_switches.csv",
    is_gmns: false,
    meaning: "A switch or fuse of a feeder, without impedance.",
    columns: &[
        FEEDER,
        Column::text("switch_id", "Id.").required(),
        Column::choice("kind", &["switch", "fuse"], "A fuse (class gG) melts by overcurrent.").default("switch"),
        FROM,
        TO,
        PHASES,
        Column::flag("is_closed", "Whether it is closed to begin with.").default("1"),
        Column::number("rated_a", 0.1, 1e6, "Rated current; a fuse needs it.").unit("A"),
    ],
};

/// `feeder_capacitors.csv`.
pub const FEEDER_CAPACITORS: Table = Table {
    file: "feeder_capacitors.csv",
    is_gmns: false,
    meaning: "A capacitor bank.",
    columns: &[
        FEEDER,
        Column::text("capacitor_id", "Id.").required(),
        Column::text("node_id", "Node.").required(),
        PHASES,
        Column::choice("connection", &["wye", "delta"], "Between what its elements hang.").default("wye"),
        Column::number("kvar", 0.0, 1e6, "Total reactive power at nominal voltage.").unit("kvar").required(),
    ],
};

/// `feeder_meters.csv`.
pub const FEEDER_METERS: Table = Table {
    file: "feeder_meters.csv",
    is_gmns: false,
    meaning: "A meter: of a branch, of the loads that name it, or of the whole feeder.",
    columns: &[
        Column::text("meter_id", "Id.").required(),
        FEEDER,
        Column::text("branch_id", "Line, transformer or switch; all behind its far end is metered."),
        Column::text("name", "Name, such as that of the cabinet."),
        Column::text("tariff_id", "Tariff of tariffs.csv."),
    ],
};

/// `loads.csv`.
pub const LOADS: Table = Table {
    file: "loads.csv",
    is_gmns: false,
    meaning: "What draws power from a node.",
    columns: &[
        Column::text("load_id", "Id, unique within the feeder.").required(),
        FEEDER,
        Column::text("node_id", "Node.").required(),
        Column::text("phases", "Line phases: 1, 2, 3, 12, 13, 23 or 123.").required(),
        Column::choice("connection", &["wye", "delta"], "Between line phases and neutral, or between line phases.")
            .default("wye"),
        Column::choice("kind", &["constant", "profile", "signal", "lamps", "charger", "pv"], "What decides its power.")
            .required(),
        Column::number(
            "power_w",
            -1e9,
            1e9,
            "Active power at nominal voltage; of a signal, that of its controller; of a charger, that of a plug; of \
             photovoltaics, the peak power they give; of lamps, empty: their types know it. Needed by all others.",
        )
        .unit("W"),
        Column::number("power_factor", -1.0, 1.0, "Power factor; negative for a capacitive load.").default("1"),
        Column::choice("model", &["power", "current", "impedance", "zip"], "What stays when voltage changes.")
            .default("power"),
        Column::text(
            "zip_active",
            "Of model zip: shares of impedance, current and power of the active power, as 0.4 0.3 0.3.",
        ),
        Column::text("zip_reactive", "The same of the reactive power.").default("zip_active"),
        Column::number("min_pu", 0.0, 1.0, "Below this voltage it becomes an impedance.").default("never"),
        Column::number("max_pu", 1.0, 2.0, "Above this voltage it becomes an impedance.").default("never"),
        Column::text("profile_id", "Profile of load_profiles.csv, for kind profile."),
        Column::text("signal_id", "Signal, for kind signal."),
        Column::number("lamp_red_w", 0.0, 1000.0, "Power of a red lamp of one head.").unit("W").default("10"),
        Column::number("lamp_yellow_w", 0.0, 1000.0, "Power of a yellow lamp.").unit("W").default("12"),
        Column::number("lamp_green_w", 0.0, 1000.0, "Power of a green lamp.").unit("W").default("10"),
        Column::text(
            "link_id",
            "For kind charger, the link whose arriving vehicles charge here; for kind lamps, the street they stand on.",
        ),
        Column::choice("charges", &["motorcycle", "bus"], "What charges here.").default("motorcycle"),
        Column::integer("plugs", 1, 10_000, "Vehicles that can charge at once.").default("1"),
        Column::number("efficiency", 0.1, 1.0, "Energy in the battery over energy from the grid.").default("0.9"),
        Column::number(
            "used_before_kwh",
            0.0,
            1000.0,
            "Used by an arriving vehicle before this trip, to be charged too.",
        )
        .unit("kWh")
        .default("0"),
        Column::text("meter_id", "A meter of its own."),
        Column::text(
            "circuit_id",
            "For kind lamps, the circuit of luminaires.csv they are on; they fit all that is given.",
        ),
        Column::text("cabinet_id", "For kind lamps, their cabinet in luminaires.csv."),
        Column::text("luminaire_id", "For kind lamps, a single luminaire, by its own or external id."),
        Column::number("tilt_deg", 0.0, 90.0, "For kind pv, tilt of the modules.").unit("°").default("10"),
        Column::number("azimuth_deg", 0.0, 360.0, "For kind pv, where the modules look, clockwise from north.")
            .unit("°")
            .default("180"),
        Column::number(
            "performance_ratio",
            0.1,
            1.0,
            "For kind pv, power at the feeder over peak power times irradiance: heat, dirt, inverter.",
        )
        .default("0.8"),
    ],
};

/// `load_profiles.csv`.
pub const LOAD_PROFILES: Table = Table {
    file: "load_profiles.csv",
    is_gmns: false,
    meaning: "From a time of the day on, a factor on the power of loads; until the next row of the profile.",
    columns: &[
        Column::text("profile_id", "Id.").required(),
        Column::instant("from", "When the factor begins; the first row of a profile at 0:00.").required(),
        Column::number("factor", -100.0, 100.0, "Factor on active power.").required(),
        Column::number("reactive_factor", -100.0, 100.0, "Factor on reactive power.").default("factor"),
    ],
};

/// `tariffs.csv`.
pub const TARIFFS: Table = Table {
    file: "tariffs.csv",
    is_gmns: false,
    meaning: "A price of a tariff and when it holds. Rows of a tariff must cover every minute of the year once.",
    columns: &[
        Column::text("tariff_id", "Id.").required(),
        Column::text("currency", "Currency, such as VND.").required(),
        Column::text("period", "Name of the period, such as peak.").default("all day"),
        Column::text("days", "`daily`, or days and ranges: `mon-fri`, `sat sun`.").default("daily"),
        Column::text("season_from", "First day of the season, MM-DD.").default("01-01"),
        Column::text("season_to", "Last day of the season, MM-DD.").default("12-31"),
        Column::instant("from", "Start within the day.").default("0:00"),
        Column::instant("to", "End within the day.").default("24:00"),
        Column::number("price_per_kwh", 0.0, 1e9, "Price of active energy without tax.").required(),
        Column::number("demand_price_per_kw", 0.0, 1e9, "Price of the month's largest power, without tax.")
            .default("0"),
        Column::number("vat_percent", 0.0, 100.0, "Value-added tax.").unit("%").default("0"),
    ],
};

/// `grid_co2.csv`.
pub const GRID_CO2: Table = Table {
    file: "grid_co2.csv",
    is_gmns: false,
    meaning: "Carbon dioxide per kWh from the grid, by year or by hour of the day.",
    columns: &[
        Column::integer("year", 1990, 2100, "Year; the latest not after the scenario's counts.").required(),
        Column::instant("from", "Start within the day.").default("0:00"),
        Column::instant("to", "End within the day.").default("24:00"),
        Column::number("kg_per_kwh", 0.0, 3.0, "Carbon dioxide.").unit("kg/kWh").required(),
    ],
};

/// `cabinets.csv`.
pub const CABINETS: Table = Table {
    file: "cabinets.csv",
    is_gmns: false,
    meaning: "A cabinet that feeds street lamps: what `citytwin power generate` starts from.",
    columns: &[
        Column::text("cabinet_id", "Id.").required(),
        Column::number("x_coord", -1e8, 1e8, "Place, in metres or in degrees of longitude.").required(),
        Column::number("y_coord", -1e8, 1e8, "Place, in metres or in degrees of latitude.").required(),
        Column::text("name", "Name."),
        Column::number("short_circuit_mva", 0.01, 1e6, "Three-phase short-circuit power at its busbar.")
            .unit("MVA")
            .default("that of the command"),
        Column::text("tariff_id", "Tariff of tariffs.csv."),
    ],
};

/// `poles.csv`.
pub const POLES: Table = Table {
    file: "poles.csv",
    is_gmns: false,
    meaning: "A pole with its lamps: what `citytwin power generate` strings together.",
    columns: &[
        Column::text("pole_id", "Id.").required(),
        Column::text("cabinet_id", "Cabinet that feeds it.").default("the nearest"),
        Column::text("circuit_id", "Circuit of the cabinet.").default("1"),
        Column::number("x_coord", -1e8, 1e8, "Place, as of cabinets.").required(),
        Column::number("y_coord", -1e8, 1e8, "Place, as of cabinets.").required(),
        Column::number("power_w", 0.0, 1e5, "Power of its lamps.").unit("W").default("that of the command"),
        Column::choice("line_phase", &["a", "b", "c"], "Line phase.").default("a, b, c in turn along the circuit"),
    ],
};

/// All of them.
pub const ALL: &[&Table] = &[
    &FEEDER_NODES,
    &FEEDER_SOURCES,
    &FEEDER_LINE_TYPES,
    &FEEDER_LINES,
    &FEEDER_TRANSFORMERS,
    &FEEDER_SWITCHES,
    &FEEDER_CAPACITORS,
    &FEEDER_METERS,
    &LOADS,
    &LOAD_PROFILES,
    &TARIFFS,
    &GRID_CO2,
    &CABINETS,
    &POLES,
];
