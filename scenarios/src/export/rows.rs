//! Tables of a result folder, row by row.

use std::path::Path;

use crate::compare::tables;
use crate::error::Problems;
use crate::write::columns::TableSpec;

/// A row with its table's columns.
pub(super) struct Row<'a> {
    table: &'static TableSpec,
    cells: &'a [&'a str],
}

impl Row<'_> {
    /// A cell; empty where the table has no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        self.table.columns.iter().position(|spec| spec.name == column).map_or("", |at| self.cells[at])
    }
    /// A cell as a number.
    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok()
    }
    /// All cells.
    pub(super) fn cells(&self) -> &[&str] {
        self.cells
    }
    /// Vehicles in the cell that the row is; `None` where rows are not about vehicles.
    pub(super) fn vehicles(&self) -> Option<f64> {
        let hours = || Some((self.number("end_s")? - self.number("begin_s")?) / 3600.0);
        match self.table.name {
            "links" => self.number("entered"),
            "movements" | "junctions" => Some(self.number("served_vph")? * hours()?),
            _ => None,
        }
    }
}

/// Reads a table; `false` if the folder has none.
pub(super) fn read(folder: &Path, table: &'static TableSpec, mut each: impl FnMut(&Row<'_>)) -> Result<bool, Problems> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    tables::read_all(folder, table.name, &names, |cells| each(&Row { table, cells }))
}
