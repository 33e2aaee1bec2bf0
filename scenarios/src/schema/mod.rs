//! The schema of a scenario folder: one table in code for every CSV table, which the readers also check headers and
//! cells by, and serde types for `scenario.toml`.
//!
//! # Conventions, said once
//!
//! * **Lane numbers** (`lane_num`, `start_ib_lane`, …) count from the median to the kerb: 1 is the through lane next to
//!   the median, larger numbers follow towards the kerb, turn pockets on the median side are -1, -2, … outwards from
//!   lane 1. In right-hand traffic this is GMNS's left-to-right order. **Left-hand traffic mirrors it**: 1 is the
//!   rightmost through lane, numbers grow to the left, right-turn pockets are negative. Inside the program lane *index*
//!   0 is the kerb lane (largest number) in both.
//! * **Lateral zero** of a link is its kerb-side edge; lateral positions grow outwards, towards the median, so that
//!   left-hand networks are mirrored and not special.
//! * **Geometry of a link** runs from node to node. It is the *median line* (all lanes lie on the kerb side of it) where
//!   the opposite link lies on the same line, else the *centre line* of the lanes; the column `line` says otherwise.
//! * Units of GMNS columns are those of `config.csv`; extra columns and tables carry their unit in the name.
//! * Instants are seconds since local midnight of the start date, or `H:MM`, `H:MM:SS`; hours beyond 24 go on.

pub mod bill_tables;
pub mod column;
pub mod demand_tables;
pub mod lighting_tables;
pub mod network_tables;
pub mod observed_tables;
pub mod power_tables;
mod signal_tables;

use column::Table;

/// Every CSV table of a scenario folder.
pub fn tables() -> Vec<&'static Table> {
    let all = network_tables::ALL.iter().chain(demand_tables::ALL);
    let power = power_tables::ALL.iter().chain(bill_tables::ALL);
    all.chain(power).chain(lighting_tables::ALL).chain(observed_tables::ALL).copied().collect()
}

/// JSON Schemas by file name: `scenario.toml`, and each CSV table (one row as an object).
pub fn schemas() -> Vec<(String, serde_json::Value)> {
    let mut all = vec![("scenario.toml".to_owned(), crate::scenario_file::json_schema())];
    all.extend(tables().into_iter().map(|table| (table.file.to_owned(), table.json_schema())));
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_table_has_one_schema_with_its_columns() {
        let schemas = super::schemas();
        assert!(schemas.len() > 20);
        let (_, link) = schemas.iter().find(|(name, _)| name == "link.csv").unwrap();
        assert_eq!(link["properties"]["length"]["minimum"], 0.0);
        assert_eq!(link["required"][0], "link_id");
        let (_, scenario) = &schemas[0];
        assert!(scenario["properties"]["clock"].is_object());
    }

    #[test]
    fn column_names_are_unique_in_each_table() {
        for table in super::tables() {
            let mut names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            let n = names.len();
            names.dedup();
            assert_eq!(names.len(), n, "{}", table.file);
        }
    }
}
