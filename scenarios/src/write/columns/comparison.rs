//! The table of a comparison.

use super::{ColumnSpec, TableSpec, integer, number, text};

const CALIBRATION: ColumnSpec = super::CALIBRATION;

/// Measures of variants beside those of the base.
pub const COMPARISON: TableSpec = TableSpec {
    name: "comparison",
    meaning: "one row per variant and measure; differences are variant less base, paired by seed",
    columns: &[
        text("variant", "the variant"),
        text("scope", "`network`, `class`, `corridor` (all links of a street's name) or `junction`"),
        text("scope_id", "vehicle class, street or id of the junction; empty for the network"),
        text("name", "readable name of it"),
        text("measure", "name of the measure; `citytwin measures` explains it"),
        text("unit", "unit of base, value and differences"),
        integer("pairs", "", "seeds for which both runs have the measure"),
        number("base", "", 4, "mean of the base over these seeds"),
        number("value", "", 4, "mean of the variant over these seeds"),
        number("difference", "", 4, "mean of the differences"),
        number("difference_low", "", 4, "lower end of the 95 % interval of the mean difference (Student's t)"),
        number("difference_high", "", 4, "upper end of it"),
        number("difference_pct", "%", 3, "mean difference over the base's mean"),
        number("difference_low_pct", "%", 3, "lower end of the interval over the base's mean"),
        number("difference_high_pct", "%", 3, "upper end of it"),
        number("p_value", "", 6, "probability of such differences without an effect, two-sided"),
        number(
            "p_value_corrected",
            "",
            6,
            "the same after Benjamini and Hochberg's correction over all tests; empty for primary measures",
        ),
        integer("primary", "", "1 if the measure was named before the runs, else 0"),
        text(
            "verdict",
            "`better`, `worse` or `differs` where there is evidence, `no evidence` or `one seed` where there is none",
        ),
        text("shape", "`skewed` where the differences are too skewed for the interval to be trusted"),
        CALIBRATION,
    ],
};
