//! Values of properties: numbers, arrays, buses, units.

use sim_core::power::PhaseSet;

use super::objects::{Object, Property};
use super::text::{flag, list, matrix, number, numbers};
use crate::read::table::Report;

/// A bus as an element names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Bus {
    /// In lower case.
    pub(super) name: String,
    /// Line phases counted from 0, as many as the element has conductors named.
    pub(super) phases: Vec<usize>,
}

impl Bus {
    /// The set of its phases.
    pub(super) fn set(&self) -> PhaseSet {
        PhaseSet::of(&self.phases)
    }
}

/// A number.
pub(super) fn num(property: &Property, report: &mut Report) -> Option<f64> {
    let found = number(&property.value);
    if found.is_none() {
        report.problem(property.problem("is no number").allowed("a number, or reverse Polish such as (8 1000 /)"));
    }
    found
}

/// A number above 0.
pub(super) fn positive(property: &Property, report: &mut Report) -> Option<f64> {
    let found = num(property, report)?;
    if found > 0.0 {
        return Some(found);
    }
    report.problem(property.problem("is out of range").allowed("a number above 0"));
    None
}

/// A whole number.
pub(super) fn count(
    property: &Property,
    allowed: std::ops::RangeInclusive<usize>,
    report: &mut Report,
) -> Option<usize> {
    let found =
        number(&property.value).filter(|value| value.fract() == 0.0 && *value >= 0.0).map(|value| value as usize);
    let found = found.filter(|value| allowed.contains(value));
    if found.is_none() {
        let words = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        report.problem(property.problem("is not legal").allowed(words));
    }
    found
}

/// An array of numbers.
pub(super) fn array(property: &Property, report: &mut Report) -> Option<Vec<f64>> {
    let found = numbers(&property.value);
    if found.is_none() {
        report.problem(property.problem("is no array of numbers").allowed("numbers in brackets"));
    }
    found
}

/// An array of words.
pub(super) fn words_of(property: &Property) -> Vec<String> {
    list(&property.value)
}

/// A square matrix of at most 3 rows.
pub(super) fn square(property: &Property, report: &mut Report) -> Option<Vec<Vec<f64>>> {
    let found = matrix(&property.value).filter(|rows| rows.len() <= 3);
    if found.is_none() {
        let words = "1 to 3 rows separated by |, each whole or up to the diagonal";
        report.problem(property.problem("is no matrix").allowed(words));
    }
    found
}

/// Yes or no.
pub(super) fn yes(property: &Property, report: &mut Report) -> Option<bool> {
    let found = flag(&property.value);
    if found.is_none() {
        report.problem(property.problem("is not legal").allowed("yes, no, true, false"));
    }
    found
}

/// Whether a connection is a delta.
pub(super) fn is_delta(property: &Property, word: &str, report: &mut Report) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "wye" | "y" | "ln" => Some(false),
        "delta" | "d" | "ll" => Some(true),
        _ => {
            report.problem(property.problem("unknown connection").allowed("wye, ln, delta, ll"));
            None
        }
    }
}

/// A bus with its phases; `n` are taken when none are named.
pub(super) fn bus(
    object: &Object,
    property: Option<&Property>,
    text: &str,
    n: usize,
    report: &mut Report,
) -> Option<Bus> {
    let problem = |message: &str| match property {
        Some(property) => property.problem(message),
        None => object.problem(message),
    };
    let mut parts = text.split('.');
    let name = parts.next().unwrap_or("").trim().to_lowercase();
    if name.is_empty() {
        report.problem(problem("names no bus"));
        return None;
    }
    let mut phases = Vec::new();
    for part in parts {
        match part.trim().parse::<usize>() {
            // Earth, where a neutral ends.
            Ok(0) => {}
            Ok(node @ 1..=3) if !phases.contains(&(node - 1)) => phases.push(node - 1),
            _ => {
                let found =
                    problem("names a conductor that is not read").allowed("line phases 1, 2, 3, each once, and 0");
                report.problem(found);
                return None;
            }
        }
    }
    if phases.is_empty() {
        phases = (0..n.min(3)).collect();
    }
    Some(Bus { name, phases })
}

/// Metres per unit of length; `None` in the middle for "none".
pub(super) fn unit_m(property: &Property, report: &mut Report) -> Option<Option<f64>> {
    Some(match property.value.to_ascii_lowercase().as_str() {
        "none" => None,
        "mi" | "miles" => Some(1609.344),
        "kft" => Some(304.8),
        "km" => Some(1000.0),
        "m" | "meter" => Some(1.0),
        "ft" => Some(0.3048),
        "in" => Some(0.0254),
        "cm" => Some(0.01),
        "mm" => Some(0.001),
        _ => {
            report.problem(property.problem("is no unit of length").allowed("none, mi, kft, km, m, ft, in, cm, mm"));
            return None;
        }
    })
}
