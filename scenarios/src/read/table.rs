//! CSV tables, checked against the schema: headers, required cells, numbers and ranges; all mistakes together.

use std::path::PathBuf;

use crate::error::{Problem, Problems};
use crate::loaded::Notice;
use crate::read::source::Files;
use crate::schema::column::{Column, Table, parse_flag, parse_instant_s};

/// What a reader collects on its way.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Mistakes.
    pub problems: Problems,
    /// What the user should know.
    pub notices: Vec<Notice>,
    /// Those of the mistakes that keep a whole table from being understood.
    unreadable: Problems,
}

impl Report {
    /// Adds a mistake.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    /// Adds a mistake that keeps a table from being understood: what refers to its rows cannot be judged.
    pub fn unreadable(&mut self, problem: Problem) {
        self.unreadable.push(problem.clone());
        self.problems.push(problem);
    }
    /// The mistakes to tell: with tables that could not be understood only those, for the others may follow from them.
    pub fn told(self) -> Problems {
        if self.unreadable.list.is_empty() { self.problems } else { self.unreadable }
    }
    /// Adds `count` to the notice with this message.
    pub fn notice(&mut self, message: impl Into<String>, count: usize) {
        let message = message.into();
        match self.notices.iter_mut().find(|notice| notice.message == message) {
            Some(notice) => notice.count += count,
            None if count > 0 => self.notices.push(Notice { message, count }),
            None => {}
        }
    }
}

/// A table as it was read.
#[derive(Clone, Debug)]
pub struct Records {
    table: &'static Table,
    file: PathBuf,
    /// For each column of the schema, its position in the file.
    positions: Vec<Option<usize>>,
    rows: Vec<(usize, csv::StringRecord)>,
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    records: &'a Records,
    line: usize,
    cells: &'a csv::StringRecord,
}

impl Records {
    /// What its columns are.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// A table that is not there.
    pub fn empty(table: &'static Table) -> Self {
        Self { table, file: table.file.into(), positions: vec![None; table.columns.len()], rows: Vec::new() }
    }

    /// Reads a table that may be missing.
    pub fn optional(files: &mut Files, folder: &str, table: &'static Table, report: &mut Report) -> Self {
        if files.source.has(&format!("{folder}{}", table.file)) {
            Self::required(files, folder, table, report)
        } else {
            Self::empty(table)
        }
    }

    /// Reads a table that must be there.
    pub fn required(files: &mut Files, folder: &str, table: &'static Table, report: &mut Report) -> Self {
        let name = format!("{folder}{}", table.file);
        match files.bytes(&name) {
            Ok(bytes) => Self::parse(&bytes, files.source.label(&name), table, report),
            Err(problems) => {
                problems.list.into_iter().for_each(|problem| report.unreadable(problem));
                Self::empty(table)
            }
        }
    }

    /// Reads a table from its bytes.
    pub fn parse(bytes: &[u8], file: PathBuf, table: &'static Table, report: &mut Report) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(error) => {
                report.unreadable(Problem::new(&file, format!("the header cannot be read: {error}")).line(1));
                return Self::empty(table);
            }
        };
        let n_before = report.unreadable.list.len();
        let positions = check_header(&file, table, &header, report);
        if report.unreadable.list.len() > n_before {
            return Self::empty(table);
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(cells) => {
                    let line = cells.position().map_or(0, |position| position.line() as usize);
                    if cells.iter().all(str::is_empty) {
                        continue;
                    }
                    if cells.len() > header.len() {
                        let message = format!("has {} cells, the header has {}", cells.len(), header.len());
                        report.problem(Problem::new(&file, message).line(line).hint("quote cells that contain commas"));
                    }
                    rows.push((line, cells));
                }
                Err(error) => report.problem(Problem::new(&file, format!("a row cannot be read: {error}"))),
            }
        }
        let records = Self { table, file, positions, rows };
        records.check_cells(report);
        records
    }

    /// The file, as the user knows it.
    pub fn file(&self) -> &std::path::Path {
        &self.file
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// Its rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { records: self, line: *line, cells })
    }

    fn check_cells(&self, report: &mut Report) {
        for row in self.rows() {
            for column in self.table.columns {
                match row.get(column.name) {
                    None if column.is_required && self.position(column.name).is_some() => {
                        report.problem(row.problem(column.name, "is empty").allowed(column.allowed()));
                    }
                    Some(cell) if !column.accepts(cell) => {
                        report.problem(row.problem(column.name, "is not legal").allowed(column.allowed()));
                    }
                    _ => {}
                }
            }
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let column = self.table.columns.iter().position(|column| column.name == name);
        debug_assert!(column.is_some(), "{} has no column {name}", self.table.file);
        column.and_then(|column| self.positions[column])
    }
}

fn check_header(file: &std::path::Path, table: &Table, header: &[String], report: &mut Report) -> Vec<Option<usize>> {
    let mut positions = vec![None; table.columns.len()];
    let mut unknown = Vec::new();
    for (position, name) in header.iter().enumerate() {
        match table.columns.iter().position(|column| column.name == name) {
            Some(column) if positions[column].is_some() => {
                report.problem(Problem::new(file, format!("the column {name:?} is there twice")).line(1));
            }
            Some(column) => positions[column] = Some(position),
            None => unknown.push(name.as_str()),
        }
    }
    let missing = |column: &&Column| !header.iter().any(|name| name == column.name);
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let absent: Vec<&Column> = table.columns.iter().filter(|column| column.is_required).filter(missing).collect();
    for name in unknown {
        let free: Vec<&str> = table.columns.iter().filter(missing).map(|column| column.name).collect();
        let problem = Problem::new(file, format!("unknown column {name:?}")).line(1);
        let problem = match nearest(name, &free) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None if table.is_gmns => {
                report.notice(format!("{}: column {name:?} is not used", table.file), 1);
                continue;
            }
            None => problem.allowed(names.join(", ")),
        };
        if absent.is_empty() {
            report.problem(problem);
        } else {
            report.unreadable(problem);
        }
    }
    for column in absent {
        let problem = Problem::new(file, format!("the column {:?} is missing", column.name)).line(1);
        report.unreadable(problem.hint(column.meaning));
    }
    positions
}

/// The known word that an unknown one is probably meant to be.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = 1 + word.len() / 5;
    known
        .iter()
        .map(|&candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|&(distance, _)| distance <= limit)
        .map(|(_, candidate)| candidate)
}

impl<'a> Row<'a> {
    /// The line in the file, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
    /// A cell, unless it is empty (`NULL` counts as empty).
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let cell = self.cells.get(self.records.position(name)?)?;
        (!cell.is_empty() && cell != "NULL").then_some(cell)
    }
    /// A cell as text, empty when it is empty.
    pub fn text(&self, name: &str) -> &'a str {
        self.get(name).unwrap_or("")
    }
    /// A cell as a word in lower case.
    pub fn word(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_ascii_lowercase)
    }
    /// A cell, unless it is empty or not legal (which is told already).
    fn legal(&self, name: &str) -> Option<&'a str> {
        let column = self.records.table.columns.iter().find(|column| column.name == name)?;
        self.get(name).filter(|cell| column.accepts(cell))
    }
    /// A cell as a number in its range.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.legal(name)?.parse().ok()
    }
    /// A cell as a whole number in its range.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.legal(name)?.parse().ok()
    }
    /// A cell as yes or no.
    pub fn flag(&self, name: &str) -> Option<bool> {
        parse_flag(self.get(name)?)
    }
    /// A cell as seconds since midnight.
    pub fn instant_s(&self, name: &str) -> Option<f64> {
        parse_instant_s(self.get(name)?)
    }
    /// A problem with a cell of this row.
    pub fn problem(&self, name: &str, message: impl Into<String>) -> Problem {
        Problem::new(&self.records.file, message).line(self.line).field(name, self.text(name))
    }
    /// The file and line.
    pub fn origin(&self) -> (PathBuf, usize) {
        (self.records.file.clone(), self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::network_tables::{LINK, STOPS};

    fn problems(text: &str, table: &'static Table) -> String {
        let mut report = Report::default();
        Records::parse(text.as_bytes(), table.file.into(), table, &mut report);
        report.problems.to_string()
    }

    #[test]
    fn headers_are_checked() {
        let said = problems("stop_id,link_idd,start_m,start_m\n", &STOPS);
        assert!(said.contains("stops.csv:1: unknown column \"link_idd\"\n  hint: did you mean \"link_id\"?"), "{said}");
        assert!(said.contains("the column \"start_m\" is there twice"), "{said}");
        assert!(said.contains("the column \"end_m\" is missing"), "{said}");
    }

    #[test]
    fn what_may_follow_from_a_missing_column_is_not_told() {
        let mut report = Report::default();
        let links = "link_id,from_node,to_node_id,directed\na,1,2,maybe\n";
        let records = Records::parse(links.as_bytes(), LINK.file.into(), &LINK, &mut report);
        report.problem(Problem::new("lane.csv", "there is no link \"a\""));
        assert!(records.is_empty());
        let said = report.told().to_string();
        assert!(said.contains("the column \"from_node_id\" is missing"), "{said}");
        assert!(!said.contains("maybe") && !said.contains("lane.csv"), "{said}");
    }

    #[test]
    fn cells_are_checked_all_together() {
        let said = problems("link_id,from_node_id,to_node_id,directed,length\na,1,2,1,-3\nb,,2,maybe,NaN\n", &LINK);
        assert!(
            said.contains("link.csv:2: length = \"-3\": is not legal; allowed: a number from 0 to 1000000"),
            "{said}"
        );
        assert!(said.contains("link.csv:3: from_node_id = \"\": is empty"), "{said}");
        assert!(said.contains("link.csv:3: directed = \"maybe\""), "{said}");
        assert!(said.contains("link.csv:3: length = \"NaN\""), "{said}");
    }
}
