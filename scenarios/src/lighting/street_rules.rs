//! Rules by which streets without an inventory are lit.

use crate::lighting::programs;
use crate::lighting::rules::RuleSet;
use crate::lighting::street::Street;
use crate::lighting::types::Types;
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::schema::lighting_tables::LIGHTING_RULES;

/// The rules that hold when a scenario brings none.
const DEFAULT_RULES: &str = include_str!("../../data/lighting/lighting_rules.csv");

/// How a kind of street is lit.
#[derive(Clone, PartialEq, Debug)]
pub struct StreetRule {
    /// Its name.
    pub name: String,
    pub(super) priority: (i32, i32),
    pub(super) width_m: (f64, f64),
    pub(super) arrangement: Arrangement,
    pub(super) height_m: f64,
    pub(super) spacing_m: (f64, f64),
    pub(super) overhang_m: f64,
    pub(super) tilt_deg: f64,
    pub(super) kinds: Vec<usize>,
    /// Class without regard to traffic.
    pub class: String,
    /// Darkest class with little traffic; empty: it does not follow traffic.
    pub least_class: String,
    pub(super) program: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrangement {
    Single,
    Staggered,
    Opposite,
    Median,
}

impl StreetRule {
    pub(super) fn fits(&self, street: &Street) -> bool {
        let (priority, width_m) = (street.priority, street.width_m());
        priority >= self.priority.0
            && priority <= self.priority.1
            && width_m >= self.width_m.0
            && width_m < self.width_m.1
    }
}

/// The rule of a street.
pub fn rule_of<'a>(rules: &'a [StreetRule], street: &Street) -> Option<&'a StreetRule> {
    rules.iter().find(|rule| rule.fits(street))
}

/// Reads `lighting_rules.csv`, or takes the rules of the program.
pub fn read_rules(files: &mut Files, types: &Types, set: &RuleSet, report: &mut Report) -> Vec<StreetRule> {
    let has_own = files.source.has(LIGHTING_RULES.file);
    let records = if has_own {
        Records::required(files, "", &LIGHTING_RULES, report)
    } else {
        Records::parse(DEFAULT_RULES.as_bytes(), LIGHTING_RULES.file.into(), &LIGHTING_RULES, report)
    };
    let mut rules = Vec::new();
    for row in records.rows() {
        let mut kinds = Vec::new();
        for name in row.text("types").split_whitespace() {
            match types.names.iter().position(|known| known == name) {
                Some(kind) => kinds.push(kind),
                // Types of the program's own rules may be missing where a scenario brings types of its own.
                None if !has_own => {}
                None => {
                    let problem = row.problem("types", format!("there is no luminaire type {name:?}"));
                    report.problem(dangling(problem, name, types.names.iter()));
                }
            }
        }
        if kinds.is_empty() && !has_own {
            kinds = (0..types.list.len()).collect();
        }
        for field in ["class", "least_class"] {
            if let Some(name) = row.get(field)
                && set.class(name).is_none()
            {
                let names: Vec<String> = set.class_names().iter().map(|name| (*name).to_owned()).collect();
                report.problem(programs::unknown(row.problem(field, "there is no such class"), name, &names));
            }
        }
        let spacing_m = row.number("spacing_m").unwrap_or(30.0);
        rules.push(StreetRule {
            name: row.text("rule_id").to_owned(),
            priority: (
                row.integer("priority_min").unwrap_or(i64::from(i32::MIN)) as i32,
                row.integer("priority_max").unwrap_or(i64::from(i32::MAX)) as i32,
            ),
            width_m: (row.number("width_min_m").unwrap_or(0.0), row.number("width_max_m").unwrap_or(f64::MAX)),
            arrangement: match row.word("arrangement").as_deref() {
                Some("staggered") => Arrangement::Staggered,
                Some("opposite") => Arrangement::Opposite,
                Some("median") => Arrangement::Median,
                _ => Arrangement::Single,
            },
            height_m: row.number("height_m").unwrap_or(8.0),
            spacing_m: (row.number("spacing_min_m").unwrap_or(0.6 * spacing_m).min(spacing_m), spacing_m),
            overhang_m: row.number("overhang_m").unwrap_or(0.0),
            tilt_deg: row.number("tilt_deg").unwrap_or(5.0),
            kinds,
            class: row.text("class").to_ascii_uppercase(),
            least_class: row.text("least_class").to_ascii_uppercase(),
            program: row.text("program").to_owned(),
        });
    }
    rules
}
