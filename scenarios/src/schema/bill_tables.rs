//! The columns of what is paid: readings of meters, and what measures cost.

use super::column::{Column, Table};

/// `observed/meters.csv`.
pub const METER_READINGS: Table = Table {
    file: "observed/meters.csv",
    is_gmns: false,
    meaning: "What a meter was billed for in a month.",
    columns: &[
        Column::text("meter_id", "Meter of feeder_meters.csv.").required(),
        Column::text("month", "Month, YYYY-MM.").required(),
        Column::number("energy_kwh", 0.0, 1e9, "Active energy billed.").unit("kWh").required(),
        Column::number("cost", 0.0, 1e15, "What was paid, taxes included, in the currency of the meter's tariff."),
        Column::text("source", "Where the reading comes from."),
    ],
};

/// `investments.csv`.
pub const INVESTMENTS: Table = Table {
    file: "investments.csv",
    is_gmns: false,
    meaning: "A measure on street lamps: what it costs, how long it lasts, what it changes.",
    columns: &[
        Column::text("investment_id", "Id.").required(),
        Column::text("name", "Name."),
        Column::number("cost", 0.0, 1e15, "What it costs to begin with.").required(),
        Column::text("currency", "Currency; that of the tariffs it saves by.").required(),
        Column::integer("lifetime_years", 1, 100, "Years that it lasts.").required(),
        Column::number("discount_percent", 0.0, 50.0, "Interest that later money is discounted by.")
            .unit("%")
            .default("8"),
        Column::number("upkeep_per_year", -1e15, 1e15, "Upkeep, a year, that it adds; negative: that it saves.")
            .default("0"),
        Column::number("price_growth_percent", -20.0, 50.0, "Growth of the prices of energy, a year.")
            .unit("%")
            .default("0"),
        Column::text("program", "Control programme or calendar that the lamps follow from then on."),
        Column::text("type_from", "Only lamps of this type are replaced."),
        Column::text("type_to", "Type of luminaire that they are replaced by."),
        Column::text("circuit_id", "Only lamps of this circuit."),
        Column::text("cabinet_id", "Only lamps of this cabinet."),
        Column::text("source", "Where the figures come from."),
    ],
};

/// All of them.
pub const ALL: &[&Table] = &[&METER_READINGS, &INVESTMENTS];
