//! Thresholds that a comparison must meet: `total_delay_s < -2%`, `night:power.loss_kwh <= 0`.

use std::str::FromStr;

use super::comparison::{Comparison, Row};
use super::measures::Scope;
use crate::error::{Problem, Problems};
use crate::read::table::nearest;

/// How a difference is to lie to a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Relation {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
        }
    }
    fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

/// What a difference of the whole network must be: met if the whole 95 % interval is.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirement {
    text: String,
    variant: Option<String>,
    measure: String,
    relation: Relation,
    limit: f64,
    is_share: bool,
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no requirement; write a measure, one of < <= > >=, and a number or a percentage: \"total_delay_s < -2%\""
            )
        };
        let at = text.find(['<', '>']).ok_or_else(wrong)?;
        let (name, rest) = text.split_at(at);
        let (relation, rest) = if let Some(rest) = rest.strip_prefix("<=") {
            (Relation::AtMost, rest)
        } else if let Some(rest) = rest.strip_prefix(">=") {
            (Relation::AtLeast, rest)
        } else if let Some(rest) = rest.strip_prefix('<') {
            (Relation::Below, rest)
        } else {
            (Relation::Above, &rest[1..])
        };
        let rest = rest.trim();
        let (digits, is_share) = rest.strip_suffix('%').map_or((rest, false), |digits| (digits.trim(), true));
        let limit: f64 = digits.parse().ok().filter(|limit: &f64| limit.is_finite()).ok_or_else(wrong)?;
        let name = name.trim();
        let (variant, measure) =
            name.split_once(':').map_or((None, name), |(variant, measure)| (Some(variant), measure));
        if measure.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            text: text.to_owned(),
            variant: variant.map(str::to_owned),
            measure: measure.to_owned(),
            relation,
            limit: if is_share { limit / 100.0 } else { limit },
            is_share,
        })
    }
}

impl Requirement {
    /// The names in it, checked against a comparison; asked before anything is judged.
    ///
    /// # Errors
    /// An unknown measure or variant.
    pub fn check(&self, comparison: &Comparison) -> Result<(), Problems> {
        let unknown = |what: &str, name: &str, known: &[&str]| {
            let problem = Problem::new("--require", format!("knows no such {what}")).field(what, name);
            match nearest(name, known) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem.allowed(known.join(", ")),
            }
        };
        if let Some(variant) = &self.variant
            && !comparison.variants.contains(variant)
        {
            let known: Vec<&str> = comparison.variants.iter().map(String::as_str).collect();
            return Err(unknown("variant", variant, &known).into());
        }
        if self.rows(comparison).next().is_some() {
            return Ok(());
        }
        let known: Vec<&str> =
            comparison.rows.iter().filter(|row| row.scope == Scope::Network).map(|row| row.measure.as_str()).collect();
        Err(unknown("measure", &self.measure, &known).into())
    }

    /// In which variants it is not met, in words.
    pub fn failures(&self, comparison: &Comparison) -> Vec<String> {
        self.rows(comparison).filter_map(|row| self.failure(row)).collect()
    }

    fn rows<'a>(&'a self, comparison: &'a Comparison) -> impl Iterator<Item = &'a Row> {
        comparison.rows.iter().filter(|row| {
            row.scope == Scope::Network
                && row.measure == self.measure
                && self.variant.as_ref().is_none_or(|variant| *variant == row.variant)
        })
    }

    fn failure(&self, row: &Row) -> Option<String> {
        let (low, high) = row.interval.unwrap_or((row.difference, row.difference));
        let end = if self.relation.is_upper() { high } else { low };
        let value = if self.is_share { row.share(end) } else { Some(end) };
        let Some(value) = value else {
            return Some(format!(
                "{}: \"{}\" cannot be judged: {} is 0 in the base",
                row.variant, self.text, row.measure
            ));
        };
        if self.relation.holds(value, self.limit) {
            return None;
        }
        let shown = |x: f64| if self.is_share { format!("{:+.2} %", 100.0 * x) } else { format!("{x:+.3}") };
        let mean = if self.is_share { row.share(row.difference)? } else { row.difference };
        let side = if self.relation.is_upper() { "upper" } else { "lower" };
        let reach = if row.interval.is_some() {
            format!(", {side} end of its 95 % interval {}", shown(value))
        } else {
            String::new()
        };
        Some(format!("{}: \"{}\" is not met: mean difference {}{reach}", row.variant, self.text, shown(mean)))
    }
}
