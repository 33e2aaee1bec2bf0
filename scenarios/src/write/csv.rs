//! Cells and rows of a table, and their form in CSV: UTF-8, LF, RFC 4180, fixed decimals, no −0, no NaN.

use std::io::{self, Write};

use super::columns::{ColumnKind, TableSpec};

/// One cell. Numbers that are not finite are written as no data.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell<'a> {
    /// No data.
    Empty,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}
impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}
impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}
impl From<bool> for Cell<'_> {
    fn from(flag: bool) -> Self {
        Self::Integer(i64::from(flag))
    }
}
impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Takes the rows of a table one after the other.
pub trait RowSink {
    /// Takes the next row; its cells stand in the order of the table's columns.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;
}

/// Writes a table as CSV.
pub struct CsvSink<W> {
    table: &'static TableSpec,
    out: W,
    line: Vec<u8>,
}

impl<W: Write> CsvSink<W> {
    /// A sink that begins with the head line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(table: &'static TableSpec, mut out: W) -> io::Result<Self> {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        writeln!(out, "{}", names.join(","))?;
        Ok(Self { table, out, line: Vec::new() })
    }
    /// Writes what is still buffered and gives the output back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> RowSink for CsvSink<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        assert_eq!(cells.len(), self.table.columns.len(), "a row of {} has its columns", self.table.name);
        self.line.clear();
        for (index, (cell, column)) in cells.iter().zip(self.table.columns).enumerate() {
            if index > 0 {
                self.line.push(b',');
            }
            match *cell {
                Cell::Empty => {}
                Cell::Text(text) => push_text(&mut self.line, text),
                Cell::Integer(number) => write!(self.line, "{number}")?,
                Cell::Number(number) => {
                    let decimals = if let ColumnKind::Number(decimals) = column.kind { decimals } else { 0 };
                    push_number(&mut self.line, number, decimals);
                }
            }
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

/// Appends text, in quotation marks where RFC 4180 asks for them.
fn push_text(line: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        line.push(b'"');
        line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        line.push(b'"');
    } else {
        line.extend_from_slice(text.as_bytes());
    }
}

/// Appends a number with fixed decimals; nothing if it is not finite.
fn push_number(line: &mut Vec<u8>, number: f64, decimals: u8) {
    if !number.is_finite() {
        return;
    }
    let start = line.len();
    write!(line, "{number:.*}", usize::from(decimals)).expect("writing to memory cannot fail");
    let is_minus_zero = line[start] == b'-' && line[start + 1..].iter().all(|byte| matches!(byte, b'0' | b'.'));
    if is_minus_zero {
        line.remove(start);
    }
}

/// A number as a table shows it: fixed decimals, no −0, empty if it is not finite.
pub fn fixed(number: f64, decimals: u8) -> String {
    let mut text = Vec::new();
    push_number(&mut text, number, decimals);
    String::from_utf8(text).expect("digits are UTF-8")
}

/// A number rounded to so many decimals, without −0.
pub fn rounded(number: f64, decimals: u8) -> f64 {
    let scale = 10_f64.powi(i32::from(decimals));
    let rounded = (number * scale).round() / scale;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::columns::INDICATORS;

    #[track_caller]
    fn check(number: f64, decimals: u8, expected: &str) {
        assert_eq!(fixed(number, decimals), expected);
    }

    #[test]
    fn numbers_have_fixed_decimals_and_no_minus_zero() {
        check(1.0, 3, "1.000");
        check(-0.0, 2, "0.00");
        check(-0.0004, 3, "0.000");
        check(-0.0006, 3, "-0.001");
        check(f64::NAN, 3, "");
        check(f64::INFINITY, 3, "");
        check(-0.2, 0, "0");
    }

    #[test]
    fn rows_follow_rfc_4180() {
        let mut sink = CsvSink::new(&INDICATORS, Vec::new()).unwrap();
        let cells: Vec<Cell<'_>> = vec![
            "a\"b".into(),
            "x,y".into(),
            f64::NAN.into(),
            "é".into(),
            1.0.into(),
            None::<f64>.into(),
            "".into(),
            "simulated".into(),
            "".into(),
            "not calibrated".into(),
        ];
        sink.row(&cells).unwrap();
        let text = String::from_utf8(sink.finish().unwrap()).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert_eq!(line, "\"a\"\"b\",\"x,y\",,é,1.000,,,simulated,,not calibrated");
        assert!(!text.contains('\r'));
    }
}
