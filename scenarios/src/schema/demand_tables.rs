//! The columns of the demand tables.

use super::column::{Column, Table};

const DEPART_LANE: &str = "best_prob, best, random, free, first, allowed, or a lane index from the kerb";

/// `trips.csv`.
pub const TRIPS: Table = Table {
    file: "trips.csv",
    is_gmns: false,
    meaning: "One trip.",
    columns: &[
        Column::text("trip_id", "Id.").required(),
        Column::instant("depart", "Scheduled departure.").required(),
        Column::text("vehicle_type", "Vehicle type of scenario.toml, or a mix.").default("car"),
        Column::text("from_link", "First link, when no route is given."),
        Column::text("to_link", "Last link, when no route is given."),
        Column::text("via", "Links between, separated by spaces."),
        Column::text("route", "All links, separated by spaces."),
        Column::number("persons", 0.0, 1000.0, "People in the vehicle.").default("of the type"),
        Column::text("depart_lane", DEPART_LANE).default("best_prob"),
    ],
};

/// `od.csv`.
pub const OD: Table = Table {
    file: "od.csv",
    is_gmns: false,
    meaning: "A random (Poisson) flow from link to link.",
    columns: &[
        Column::text("from_link", "First link.").required(),
        Column::text("to_link", "Last link.").required(),
        Column::text("via", "Links between, separated by spaces."),
        Column::number("trips_per_hour", 0.0, 1e6, "Flow at factor 1.").unit("1/h").required(),
        Column::text("mix", "Mix of mixes.csv, or a vehicle type.").default("car"),
        Column::text("profile", "Profile of profiles.csv.").default("factor 1 over the whole run"),
    ],
};

/// `profiles.csv`.
pub const PROFILES: Table = Table {
    file: "profiles.csv",
    is_gmns: false,
    meaning: "The factor of a profile over an interval; 0 elsewhere.",
    columns: &[
        Column::text("profile", "Name.").required(),
        Column::instant("begin", "First instant.").required(),
        Column::instant("end", "Last instant.").required(),
        Column::number("factor", 0.0, 1000.0, "Factor on flows.").required(),
    ],
};

/// `mixes.csv`.
pub const MIXES: Table = Table {
    file: "mixes.csv",
    is_gmns: false,
    meaning: "The share of a vehicle type in a mix.",
    columns: &[
        Column::text("mix", "Name.").required(),
        Column::text("vehicle_type", "Type.").required(),
        Column::number("share", 0.0, 1e6, "Share; the shares of a mix are weights.").required(),
    ],
};

/// `bus_lines.csv`.
pub const BUS_LINES: Table = Table {
    file: "bus_lines.csv",
    is_gmns: false,
    meaning: "A line that runs at even headways.",
    columns: &[
        Column::text("line", "Name.").required(),
        Column::text("vehicle_type", "Type.").default("bus"),
        Column::text("links", "Links in driving order, separated by spaces; gaps are filled by the fastest way.")
            .required(),
        Column::text("stops", "stop_ids in driving order, separated by spaces."),
        Column::number("dwell_s", 0.0, 3600.0, "Time at each stop.").unit("s").default("20"),
        Column::instant("first", "First departure.").required(),
        Column::instant("last", "Last departure.").required(),
        Column::number("headway_s", 1.0, 86_400.0, "Time between departures.").unit("s").required(),
    ],
};

/// All demand tables.
pub const ALL: &[&Table] = &[&TRIPS, &OD, &PROFILES, &MIXES, &BUS_LINES];
