//! A year from nights: only where whole nights of at least two kinds of day are known.

use serde::Serialize;

use crate::lighting::night::{self, Night, Span};
use crate::lighting::plan::LightingPlan;
use crate::lighting::volumes::Volumes;

/// A figure for a year, or why there is none.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Yearly {
    /// Energy, and what it stands on.
    Known {
        /// Energy of all lamps in a year.
        energy_kwh: f64,
        /// The same over the lit area: D_E of EN 13201-5.
        aeci_kwh_per_m2: f64,
        /// Hours of night in the year.
        night_h: f64,
        /// Hours covered by the nights it stands on, by kind of day.
        covered: Vec<String>,
    },
    /// Withheld.
    Withheld {
        /// Why.
        reason: String,
    },
}

/// The year of nights, one for each kind of day, run over `span`.
pub fn of(plan: &LightingPlan, volumes: &Volumes, nights: &[Night], span: Span) -> Yearly {
    let withheld = |reason: String| Yearly::Withheld { reason };
    let days = &volumes.day_types;
    if days.len() < 2 {
        return withheld(format!("volumes of {} kind of day, a year needs whole nights of at least two", days.len()));
    }
    let Some(&window) = plan.parts.nights.iter().find(|(from, to)| *from >= span.begin_ms && *to <= span.end_ms) else {
        return withheld("the time calculated holds no whole night".to_owned());
    };
    for (index, day) in days.iter().enumerate() {
        if !volumes.covers(index, window) {
            return withheld(format!("the volumes of {:?} do not cover the whole night", day.name));
        }
        if day.days_per_year.is_none() {
            return withheld(format!("days_per_year of {:?} is not given", day.name));
        }
    }
    let Some(night_h) = plan.year_night_h else {
        return withheld("the scenario has no place and date, so that the nights of a year are not known".to_owned());
    };
    let standby_w = plan
        .parts
        .luminaires
        .iter()
        .fold(0.0, |sum, luminaire| sum + f64::from(plan.parts.types[usize::from(luminaire.kind)].power.standby_w));
    let (span_h, lit_h) = ((span.end_ms - span.begin_ms) as f64 / 3.6e6, (window.1 - window.0) as f64 / 3.6e6);
    let days_total: f64 = days.iter().filter_map(|day| day.days_per_year).sum();
    let mut lit_w = 0.0;
    for (day, night) in days.iter().zip(nights) {
        let wh: f64 = night.energy_wh.iter().sum();
        lit_w += (wh - standby_w * (span_h - lit_h)) / lit_h * day.days_per_year.unwrap_or(0.0) / days_total;
    }
    let energy_kwh = (lit_w * night_h + standby_w * (8760.0 - night_h)) / 1000.0;
    Yearly::Known {
        energy_kwh,
        aeci_kwh_per_m2: energy_kwh / night::area_m2(plan).max(1e-9),
        night_h,
        covered: days
            .iter()
            .map(|day| format!("{}: {lit_h:.2} h, {:.0} days", day.name, day.days_per_year.unwrap_or(0.0)))
            .collect(),
    }
}
