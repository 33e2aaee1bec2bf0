//! The columns of observed data.

use super::column::{Column, Table};

const USES: &[&str] = &["calibration", "held_out"];
const DATE: &str = "Day of the observation, YYYY-MM-DD; a day belongs to calibration or is held out, never both.";

/// `observed/counts.csv`.
pub const COUNTS: Table = Table {
    file: "observed/counts.csv",
    is_gmns: false,
    meaning: "Vehicles counted at a site in an interval of a day.",
    columns: &[
        Column::text("site", "Name of the site.").required(),
        Column::text("link_id", "Link.").required(),
        Column::text("to_link_id", "Link after the junction, where a movement was counted at its stop line."),
        Column::choice("position", &["entry", "middle", "exit"], "Where on the link was counted.").default("middle"),
        Column::text("class", "Vehicle class, or all.").default("all"),
        Column::text("date", DATE),
        Column::choice("use", USES, "What the row is for.").default("calibration"),
        Column::instant("begin", "First instant, a multiple of observe.interval_s.").required(),
        Column::instant("end", "First instant after it, a multiple of observe.interval_s.").required(),
        Column::number("count", 0.0, 1e6, "Vehicles.").required(),
        Column::text("source", "Who counted, and how."),
    ],
};

/// `observed/speeds.csv`.
pub const SPEEDS: Table = Table {
    file: "observed/speeds.csv",
    is_gmns: false,
    meaning: "Mean speed along a link in an interval of a day: its length over the mean travel time.",
    columns: &[
        Column::text("site", "Name of the site.").required(),
        Column::text("link_id", "Link.").required(),
        Column::text("class", "Vehicle class, or all.").default("all"),
        Column::text("date", DATE),
        Column::choice("use", USES, "What the row is for.").default("calibration"),
        Column::instant("begin", "First instant, a multiple of observe.interval_s.").required(),
        Column::instant("end", "First instant after it, a multiple of observe.interval_s.").required(),
        Column::number("speed_kmh", 0.1, 300.0, "Mean speed.").unit("km/h").required(),
        Column::text("source", "Who measured, and how."),
    ],
};

/// All tables of observed data.
pub const ALL: &[&Table] = &[&COUNTS, &SPEEDS];
