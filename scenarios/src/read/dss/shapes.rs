//! Load shapes, from arrays or files.

use std::fs;

use super::objects::{Object, Property};
use super::script::beside;
use super::text::{number, words};
use super::values::{count, positive, yes};
use crate::power::Shape;
use crate::read::table::Report;

/// A load shape.
pub(super) fn shape(object: &Object, report: &mut Report) -> Option<Shape> {
    let (mut interval_s, mut is_actual, mut n) = (3600.0, false, None);
    let (mut factors, mut reactive) = (None, None);
    for property in &object.properties {
        match property.name {
            "npts" => n = Some(count(property, 1..=100_000_000, report)?),
            "interval" => interval_s = positive(property, report)? * 3600.0,
            "minterval" => interval_s = positive(property, report)? * 60.0,
            "sinterval" => interval_s = positive(property, report)?,
            "mult" | "pmult" => factors = Some((property, series(property, report)?)),
            "qmult" => reactive = Some(series(property, report)?),
            "useactual" => is_actual = yes(property, report)?,
            "pbase" | "qbase" => report.problem(property.problem("is not read in a load shape")),
            _ => report.problem(property.problem("is not read in a load shape")),
        }
    }
    let Some((property, mut factors)) = factors else {
        report.problem(object.problem("has no mult"));
        return None;
    };
    if let Some(n) = n {
        if factors.len() < n {
            report.problem(property.problem(&format!("has {} values, npts says {n}", factors.len())));
            return None;
        }
        factors.truncate(n);
        if let Some(reactive) = &mut reactive {
            reactive.truncate(n);
        }
    }
    if is_actual {
        let to_w = |values: Vec<f64>| values.iter().map(|kw| kw * 1000.0).collect::<Vec<f64>>();
        (factors, reactive) = (to_w(factors), reactive.map(to_w));
    }
    Some(Shape { name: object.name.clone(), interval_s, factors, reactive, is_actual })
}

/// The numbers of an array, or of a file named in it.
fn series(property: &Property, report: &mut Report) -> Option<Vec<f64>> {
    let inside = words(&property.value);
    let file = inside.iter().find(|word| word.name.as_deref() == Some("file"));
    let text = match file {
        None => property.value.clone(),
        Some(word) => {
            let path = beside(&property.file, &word.value);
            match fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    report.problem(property.problem(&format!("{} cannot be read: {error}", path.display())));
                    return None;
                }
            }
        }
    };
    let is_between = |letter: char| letter.is_whitespace() || letter == ',';
    let mut values = Vec::new();
    for (index, word) in text.split(is_between).filter(|word| !word.is_empty()).enumerate() {
        match number(word) {
            Some(value) => values.push(value),
            None => {
                report.problem(property.problem(&format!("value {} is no number: {word:?}", index + 1)));
                return None;
            }
        }
    }
    Some(values)
}
