//! The table of what was observed.

use super::{BEGIN, CALIBRATION, END, TableSpec, integer, number, text};

/// Observed against simulated.
pub const OBSERVED: TableSpec = TableSpec {
    name: "observed",
    meaning: "one row per site, class and interval that was observed and simulated, mean over its days",
    columns: &[
        text("use", "`calibration` or `held_out`"),
        text("site", "name of the site"),
        text("what", "`entry`, `middle` or `exit` of the link, `movement` across its stop line, or `speed`"),
        text("link_id", "id of the link"),
        text("to_link_id", "id of the link after the junction, for movements"),
        text("class", "vehicle class, or `all`"),
        BEGIN,
        END,
        integer("days", "", "days observed"),
        number("observed_vph", "veh/h", 1, "observed flow, mean over the days"),
        number("observed_min_vph", "veh/h", 1, "least of a day"),
        number("observed_max_vph", "veh/h", 1, "most of a day"),
        number("simulated_vph", "veh/h", 1, "simulated flow"),
        number("geh", "", 2, "GEH statistic of both"),
        number("observed_mps", "m/s", 2, "observed speed, mean over the days"),
        number("simulated_mps", "m/s", 2, "simulated speed"),
        number("error_pct", "%", 1, "simulated less observed over observed"),
        integer("near", "", "1 if the flow is within GEH 5 or 100 veh/h, 15 %, 400 veh/h, or the speed within 15 %"),
        CALIBRATION,
    ],
};
