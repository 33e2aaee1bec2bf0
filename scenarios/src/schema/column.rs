//! What a table and a column are: name, kind of value, range, unit, default, meaning.

use serde_json::{Value, json};

/// What the cells of a column hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// A finite number in a closed range.
    Number {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// A whole number in a closed range.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// `1`, `true`, `yes` or `0`, `false`, `no`.
    Flag,
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
    /// Seconds, `H:MM` or `H:MM:SS`.
    Instant,
}

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Column {
    /// Name in the header.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
    /// Whether the column must be there and filled.
    pub is_required: bool,
    /// Unit; empty for none.
    pub unit: &'static str,
    /// What an empty cell means; empty when it means nothing.
    pub default: &'static str,
    /// Meaning.
    pub meaning: &'static str,
}

impl Column {
    const fn new(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, kind, is_required: false, unit: "", default: "", meaning }
    }
    /// A column of text.
    pub const fn text(name: &'static str, meaning: &'static str) -> Self {
        Self::new(name, Kind::Text, meaning)
    }
    /// A column of numbers from `min` to `max`.
    pub const fn number(name: &'static str, min: f64, max: f64, meaning: &'static str) -> Self {
        Self::new(name, Kind::Number { min, max }, meaning)
    }
    /// A column of whole numbers from `min` to `max`.
    pub const fn integer(name: &'static str, min: i64, max: i64, meaning: &'static str) -> Self {
        Self::new(name, Kind::Integer { min, max }, meaning)
    }
    /// A column of yes and no.
    pub const fn flag(name: &'static str, meaning: &'static str) -> Self {
        Self::new(name, Kind::Flag, meaning)
    }
    /// A column of words from a list.
    pub const fn choice(name: &'static str, words: &'static [&'static str], meaning: &'static str) -> Self {
        Self::new(name, Kind::Choice(words), meaning)
    }
    /// A column of instants.
    pub const fn instant(name: &'static str, meaning: &'static str) -> Self {
        Self::new(name, Kind::Instant, meaning)
    }
    /// Must be there and filled.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }
    /// In this unit.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }
    /// An empty cell means this.
    #[must_use]
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    /// What is allowed, in words.
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Text => "text".into(),
            Kind::Number { min, max } if max == f64::MAX => format!("a number from {min} up"),
            Kind::Number { min, max } if min == f64::MIN && max == f64::MAX => "a number".into(),
            Kind::Number { min, max } => format!("a number from {min} to {max}"),
            Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Flag => "1, 0, true, false, yes, no".into(),
            Kind::Choice(words) => words.join(", "),
            Kind::Instant => "seconds, H:MM or H:MM:SS".into(),
        }
    }

    /// Whether a filled cell is legal.
    pub fn accepts(&self, cell: &str) -> bool {
        match self.kind {
            Kind::Text => true,
            Kind::Number { min, max } => cell.parse::<f64>().is_ok_and(|x| x.is_finite() && x >= min && x <= max),
            Kind::Integer { min, max } => cell.parse::<i64>().is_ok_and(|x| x >= min && x <= max),
            Kind::Flag => parse_flag(cell).is_some(),
            Kind::Choice(words) => words.iter().any(|word| word.eq_ignore_ascii_case(cell)),
            Kind::Instant => parse_instant_s(cell).is_some(),
        }
    }

    fn json_schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Number { min, max } => {
                let mut schema = json!({"type": "number"});
                if min > f64::MIN {
                    schema["minimum"] = json!(min);
                }
                if max < f64::MAX {
                    schema["maximum"] = json!(max);
                }
                schema
            }
            Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Choice(words) => json!({"type": "string", "enum": words}),
            Kind::Instant => json!({"type": "string", "pattern": r"^-?\d+(\.\d+)?$|^\d+:\d\d(:\d\d(\.\d+)?)?$"}),
        };
        schema["description"] = json!(self.meaning);
        if !self.unit.is_empty() {
            schema["unit"] = json!(self.unit);
        }
        if !self.default.is_empty() {
            schema["default"] = json!(self.default);
        }
        schema
    }
}

/// A CSV table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Table {
    /// File name.
    pub file: &'static str,
    /// Whether the format is GMNS's, which allows further columns; else unknown columns are mistakes.
    pub is_gmns: bool,
    /// What a row is.
    pub meaning: &'static str,
    /// Columns.
    pub columns: &'static [Column],
}

impl Table {
    /// The JSON Schema of one row.
    pub fn json_schema(&self) -> Value {
        let properties: serde_json::Map<String, Value> =
            self.columns.iter().map(|column| (column.name.to_owned(), column.json_schema())).collect();
        let required: Vec<&str> =
            self.columns.iter().filter(|column| column.is_required).map(|column| column.name).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.file,
            "description": self.meaning,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": self.is_gmns,
        })
    }
}

/// Yes or no.
pub fn parse_flag(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// Seconds since midnight from seconds, `H:MM` or `H:MM:SS`.
pub fn parse_instant_s(cell: &str) -> Option<f64> {
    let parts: Vec<&str> = cell.trim().split(':').collect();
    let part = |text: &str, limit: f64| {
        let first = text.chars().next()?;
        let value: f64 = text.parse().ok()?;
        (first.is_ascii_digit() && value < limit).then_some(value)
    };
    match parts.as_slice() {
        [seconds] => seconds.parse::<f64>().ok().filter(|x| x.is_finite() && x.abs() < 1e9),
        [hours, minutes] => Some(part(hours, 1e5)? * 3600.0 + part(minutes, 60.0)? * 60.0),
        [hours, minutes, seconds] => {
            Some(part(hours, 1e5)? * 3600.0 + part(minutes, 60.0)? * 60.0 + part(seconds, 60.0)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_three_ways() {
        assert_eq!(parse_instant_s("16:45"), Some(60_300.0));
        assert_eq!(parse_instant_s("25:00:30"), Some(90_030.0));
        assert_eq!(parse_instant_s("12.5"), Some(12.5));
        for wrong in ["16:60", "", "noon", "NaN", "1:2:3:4", "-1:30"] {
            assert_eq!(parse_instant_s(wrong), None, "{wrong}");
        }
    }
}
