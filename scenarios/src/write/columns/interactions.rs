//! Tables of mixed traffic, written where a run was asked for them.

use super::{BEGIN, CALIBRATION, ColumnSpec, END, PARTIAL, TableSpec, integer, number, text};

const LINK: ColumnSpec = text("link_id", "id of the link in the input");
const NAME: ColumnSpec = text("name", "name of the street, else the id");

/// Use of links by interval and class.
pub const STREET_USE: TableSpec = TableSpec {
    name: "street_use",
    meaning: "one row per interval, link and vehicle class that was there, after one for all classes",
    columns: &[
        LINK,
        NAME,
        text("class", "vehicle class, or `all`"),
        BEGIN,
        END,
        PARTIAL,
        number("width_m", "m", 2, "width of the link, all lanes"),
        number(
            "persons_per_h",
            "persons/h",
            1,
            "people moved: Edie's flow with each vehicle counted by the people in it",
        ),
        number("density_per_m2", "veh/m²", 5, "vehicles on the area of the link, mean over time"),
        number("area_occupancy", "", 5, "share of the link's area that vehicles cover, mean over time"),
        number(
            "motorcycle_units",
            "",
            2,
            "area used over speed, as multiple of a motorcycle's on the same link; empty unless both followed for 60 s",
        ),
        number("following_share", "", 4, "share of time in which vehicles followed somebody"),
        integer("greens", "", "beginnings of green with riders and a car in the queue; only in the row of all classes"),
        integer("riders_queued", "vehicles", "two-wheelers in these queues, 60 m before the line at most"),
        integer("riders_in_front", "vehicles", "those of them in front of the first car"),
        number("riders_in_front_share", "", 4, "their share"),
        CALIBRATION,
    ],
};

/// Conflicts between classes.
pub const INTERACTIONS: TableSpec = TableSpec {
    name: "interactions",
    meaning: "one row per interval, link, kind of conflict and pair of classes with a conflict",
    columns: &[
        LINK,
        NAME,
        BEGIN,
        END,
        PARTIAL,
        text(
            "kind",
            "`following`: short time to collision; `crossing`: short post-encroachment time inside a junction",
        ),
        text("class", "class of the follower, or of the one that came second"),
        text("other_class", "class of the leader, or of the one that came first"),
        integer(
            "conflicts",
            "",
            "times to collision that fell to 1.5 s or less, or post-encroachment times of 5 s or less",
        ),
        number("least_s", "s", 3, "the least such time"),
        number("exposed_s", "s", 1, "time with a time to collision of 1.5 s or less; empty for crossing"),
        CALIBRATION,
    ],
};
