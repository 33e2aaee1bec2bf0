//! The columns of the lighting tables.

use super::column::{Column, Table};

/// `luminaire_types.csv`.
pub const LUMINAIRE_TYPES: Table = Table {
    file: "luminaire_types.csv",
    is_gmns: false,
    meaning: "A type of luminaire.",
    columns: &[
        Column::text("type_id", "Name.").required(),
        Column::text("photometry", "Photometric file, *.ies or *.ldt.").default("the optic"),
        Column::choice("optic", &["narrow", "medium", "wide"], "Light without a file: a parametric street luminaire for streets that are narrow, as wide as the pole is high, or wider.").default("medium"),
        Column::number("flux_lm", 1.0, 1e6, "Flux of the luminaire.").unit("lm").default("of the photometric file"),
        Column::number("power_w", 0.1, 1e5, "Power of the luminaire.").unit("W").default("of the photometric file"),
        Column::number("fixed_w", 0.0, 1e4, "Part of the power that dimming does not lower.").unit("W").default("4 % of power_w"),
        Column::number("standby_w", 0.0, 1e3, "Power when off: driver and controller.").unit("W").default("1.5"),
        Column::text("power_points", "Measured curve, as output:watts separated by spaces, such as 0.1:14 0.5:44 1:90.").default("straight from fixed_w to power_w"),
        Column::number("power_factor", 0.05, 1.0, "Power factor at full output; the reactive power stays as lamps are dimmed.").default("0.95"),
        Column::choice("reactive", &["capacitive", "inductive"], "Sign of the reactive power.").default("capacitive"),
        Column::number("output_min", 0.0, 1.0, "Least output of the driver.").default("0.1"),
        Column::number("l80_h", 1000.0, 1e6, "Burning hours after which 80 % of the light is left.").unit("h").default("100000"),
        Column::choice("ip", &["IP2X", "IP5X", "IP6X"], "Protection of the optic against dust.").default("IP6X"),
        Column::flag("clo", "Constant light output: the driver holds light back while the lamp is new.").default("0"),
        Column::number("cut_out_pu", 0.0, 1.0, "Voltage over the rated one below which the driver switches off.").default("0.74: 170 of 230 V"),
        Column::number("cut_in_pu", 0.0, 1.5, "Voltage from which it starts again.").default("cut_out_pu + 0.06"),
        Column::number("light_exponent", 0.0, 5.0, "How light follows voltage: 0 for an electronic driver, which holds light and power; about 2.5 for a discharge lamp on a magnetic ballast, which then draws power by the square of the voltage.").default("0"),
        Column::number("restart_s", 0.0, 3600.0, "Dark for so long when supply comes back; discharge lamps need minutes.").unit("s").default("2"),
        Column::number("power_on_s", 0.0, 3600.0, "Then at full output for so long, until the controller has told the driver what to do.").unit("s").default("60"),
    ],
};

/// `luminaires.csv`.
pub const LUMINAIRES: Table = Table {
    file: "luminaires.csv",
    is_gmns: false,
    meaning: "A luminaire: by coordinates, or by link, chainage and side.",
    columns: &[
        Column::text("luminaire_id", "Id.").required(),
        Column::text("external_id", "Id in the inventory it comes from."),
        Column::text("type_id", "Type of luminaire_types.csv.").default("the first type"),
        Column::number("x_coord", -1e8, 1e8, "Position, in the coordinate system of scenario.toml."),
        Column::number("y_coord", -1e8, 1e8, "Position."),
        Column::text("link_id", "Link, where the position is by chainage."),
        Column::number(
            "chainage_m",
            -50.0,
            1e6,
            "Distance from the beginning of the link; a lamp may stand up to 50 m beyond its ends.",
        )
        .unit("m"),
        Column::choice(
            "side",
            &["right", "left", "median"],
            "Side of the carriageway in driving direction of the link.",
        )
        .default("right"),
        Column::number("height_m", 2.0, 60.0, "Mounting height.").unit("m").default("of the nearest rule, else 8"),
        Column::number("overhang_m", -20.0, 20.0, "How far the light stands over the road, from its edge.")
            .unit("m")
            .default("0"),
        Column::number("tilt_deg", -45.0, 90.0, "Tilt; the side towards the road up.").unit("°").default("5"),
        Column::number("azimuth_deg", -360.0, 360.0, "Where it looks, clockwise from the city plane's y axis.")
            .unit("°")
            .default("across the road"),
        Column::text("circuit_id", "Circuit that feeds it.").default("the street's"),
        Column::choice("line_phase", &["a", "b", "c", "abc"], "Electrical phase.").default("a, b, c in turn"),
        Column::text("cabinet_id", "Cabinet that switches it.").default("the circuit's"),
        Column::text("program", "Control programme or calendar.").default("of scenario.toml"),
    ],
};

/// `lighting_sections.csv`.
pub const LIGHTING_SECTIONS: Table = Table {
    file: "lighting_sections.csv",
    is_gmns: false,
    meaning: "A stretch of road with one lighting class.",
    columns: &[
        Column::text("section_id", "Id.").required(),
        Column::text("links", "Its link; of a road without median, both directions, separated by a space.").required(),
        Column::number("from_m", 0.0, 1e6, "Where it begins on its first link.").unit("m").default("0"),
        Column::number("to_m", 0.0, 1e6, "Where it ends.").unit("m").default("the end of the link"),
        Column::choice("part", &["carriageway", "sidewalk_right", "sidewalk_left"], "Part of the road.")
            .default("carriageway"),
        Column::number("width_m", 0.5, 60.0, "Width of a sidewalk.").unit("m").default("2.5"),
        Column::text("surface", "Road surface.").default("of scenario.toml"),
        Column::number("q0", 0.01, 0.5, "Average luminance coefficient.").default("of the surface"),
        Column::text("class", "Class without regard to traffic, such as M3.").required(),
        Column::text("least_class", "Darkest class it may fall to with little traffic.")
            .default("none: it does not follow traffic"),
        Column::number("fixed_weight", -10.0, 10.0, "Sum of the weights that traffic does not change.")
            .default("from the answers below"),
        Column::choice("separation", &["yes", "no"], "Whether the carriageways are separated.")
            .default("by the network"),
        Column::choice("junction_density", &["high", "moderate"], "More than three junctions a kilometre, or not.")
            .default("by the network"),
        Column::choice("parked", &["yes", "no"], "Whether vehicles park.").default("yes"),
        Column::choice("ambient", &["high", "moderate", "low"], "Brightness around.").default("moderate"),
    ],
};

/// `lighting_rules.csv`.
pub const LIGHTING_RULES: Table = Table {
    file: "lighting_rules.csv",
    is_gmns: false,
    meaning: "How streets are lit where no inventory says it. The first row that fits a street is used.",
    columns: &[
        Column::text("rule_id", "Name.").required(),
        Column::integer("priority_min", -1000, 1000, "Least priority of the link.").default("any"),
        Column::integer("priority_max", -1000, 1000, "Greatest priority of the link.").default("any"),
        Column::number("width_min_m", 0.0, 1000.0, "Least width of the carriageway.").unit("m").default("0"),
        Column::number("width_max_m", 0.0, 1000.0, "Greatest width of the carriageway.").unit("m").default("any"),
        Column::choice("arrangement", &["single", "staggered", "opposite", "median"], "Where the poles stand.")
            .required(),
        Column::number("height_m", 2.0, 60.0, "Mounting height.").unit("m").required(),
        Column::number("spacing_m", 5.0, 200.0, "Greatest distance of poles.").unit("m").required(),
        Column::number("spacing_min_m", 5.0, 200.0, "Least distance that is tried where the class asks for it.")
            .unit("m")
            .default("60 % of spacing_m"),
        Column::number("overhang_m", -10.0, 10.0, "How far the light stands over the road.").unit("m").default("0"),
        Column::number("tilt_deg", -45.0, 90.0, "Tilt.").unit("°").default("5"),
        Column::text(
            "types",
            "Types to choose from, separated by spaces; the one that complies with least power is taken.",
        )
        .required(),
        Column::text("class", "Class without regard to traffic.").required(),
        Column::text("least_class", "Darkest class with little traffic.").default("none"),
        Column::text("program", "Control programme.").default("of scenario.toml"),
    ],
};

/// `control_programs.csv`.
pub const CONTROL_PROGRAMS: Table = Table {
    file: "control_programs.csv",
    is_gmns: false,
    meaning: "A burning period of a programme (on, off), or an output from a time on (at, output).",
    columns: &[
        Column::text("program_id", "Name.").required(),
        Column::choice("follow", &["clock", "class", "presence"], "What decides besides the clock.").default("clock"),
        Column::text("days", "Days of the week on which the row holds, such as mon-fri or sat,sun.").default("all"),
        Column::text("on", "When it goes on: H:MM, sunset+15, sun-3 (elevation in degrees) or lux35 (photocell)."),
        Column::text("off", "When it goes off: H:MM, sunrise-15, sun-3 or lux18."),
        Column::text("at", "When the output changes: H:MM, sunset+60 or sunrise-60."),
        Column::number("output", 0.0, 100.0, "Output from then on.").unit("%").default("100"),
        Column::text("pattern", "all, or all_but_every_3: every third lamp of a row is off.").default("all"),
        Column::number("rest_output", 0.0, 100.0, "Output while nobody is near, for presence.").unit("%").default("20"),
    ],
};

/// `control_levels.csv`.
pub const CONTROL_LEVELS: Table = Table {
    file: "control_levels.csv",
    is_gmns: false,
    meaning: "A level of a group from a time on: the first row of a night switches on, the last one, with level 0, off.",
    columns: &[
        Column::text(
            "group",
            "Name of the programme; lamps without programme of a circuit or cabinet of this name follow it.",
        )
        .required(),
        Column::text("time", "H:MM, sunset+15, sunrise-15, sun-3 (elevation in degrees) or lux35 (photocell).")
            .required(),
        Column::number("level", 0.0, 100.0, "Output from then on.").unit("%").required(),
        Column::text("days", "Days of the week on whose evening the night begins.").default("all"),
        Column::choice("follow", &["clock", "class", "presence"], "What decides besides the clock.").default("clock"),
        Column::number("rest_output", 0.0, 100.0, "Output while nobody is near, for presence.").unit("%").default("20"),
        Column::text("pattern", "all, or all_but_every_3: every third lamp of a row is off.").default("all"),
    ],
};

/// `control_calendars.csv`.
pub const CONTROL_CALENDARS: Table = Table {
    file: "control_calendars.csv",
    is_gmns: false,
    meaning: "Which programme of a calendar holds on a day; the last row that fits is used.",
    columns: &[
        Column::text("calendar_id", "Name; luminaires name it as their programme.").required(),
        Column::text("begin_date", "First day, YYYY-MM-DD, or MM-DD of every year.").default("always"),
        Column::text("end_date", "Last day.").default("always"),
        Column::text("days", "Days of the week.").default("all"),
        Column::text("program_id", "Programme.").required(),
    ],
};

/// `volumes.csv`.
pub const VOLUMES: Table = Table {
    file: "volumes.csv",
    is_gmns: false,
    meaning: "Traffic on a link, or on all links of a priority, from a time to a time.",
    columns: &[
        Column::text("link_id", "Link.").default("all links of the priority"),
        Column::integer("priority", -1000, 1000, "Priority of links, where no link is named.").default("all links"),
        Column::text("day_type", "Kind of day, such as weekday; yearly figures need at least two.").default("day"),
        Column::number("days_per_year", 0.0, 366.0, "How many days of the year are of this kind."),
        Column::instant("begin", "From.").required(),
        Column::instant("end", "To; beyond midnight hours count on.").required(),
        Column::number("vehicles_per_hour", 0.0, 1e5, "Vehicles an hour."),
        Column::number(
            "vehicles_per_hour_per_lane",
            0.0,
            1e5,
            "Vehicles an hour and lane, where vehicles_per_hour is empty.",
        ),
        Column::number("pcu_per_vehicle", 0.0, 10.0, "Passenger-car units of a vehicle on average.").default("1"),
        Column::number("two_wheeler_share", 0.0, 1.0, "Share of two-wheelers.").default("0"),
        Column::number("speed_kmh", 0.0, 200.0, "Mean speed.").unit("km/h").default("the speed limit"),
    ],
};

/// All of them.
pub const ALL: &[&Table] = &[
    &LUMINAIRE_TYPES,
    &LUMINAIRES,
    &LIGHTING_SECTIONS,
    &LIGHTING_RULES,
    &CONTROL_PROGRAMS,
    &CONTROL_LEVELS,
    &CONTROL_CALENDARS,
    &VOLUMES,
];
