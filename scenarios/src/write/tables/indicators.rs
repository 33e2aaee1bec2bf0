//! `indicators`: what a city compares over years.
//!
//! Indicators of ISO 37120:2018 and ISO 37122:2019 bear their names. They are of a year, a day or an inventory: a run that
//! is shorter has its numerator and denominator in the table, and no value. All others carry our own ids.

use std::io;

use sim_core::environment::Emitted;

use crate::write::csv::{RowSink, fixed};
use crate::write::run::FinishedRun;
use crate::write::summary;
use crate::write::totals::{links, ratio};

struct Indicator {
    id: &'static str,
    name: &'static str,
    unit: &'static str,
    numerator: f64,
    denominator: Option<f64>,
    /// Where it comes from.
    status: &'static str,
    /// The least time it has to be taken over, and its name.
    needs: Option<(f64, &'static str)>,
}

impl Indicator {
    /// Why a run of some length may not give it.
    fn refusal(&self, run_s: f64) -> Option<String> {
        let (needed_s, words) = self.needs.filter(|(needed_s, _)| run_s < *needed_s - 0.5)?;
        let hours = |seconds: f64| fixed(seconds / 3600.0, 1);
        Some(format!("is of {words} ({} h), the run has {} h", hours(needed_s), hours(run_s)))
    }
}

const DAY_S: f64 = 86_400.0;
const YEAR_S: f64 = 365.0 * DAY_S;

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let (begin_s, end_s) = (run.counted_from().s(), run.last_step_s());
    let period = format!("{begin_s}/{end_s}");
    // The last step begins one step before the end.
    let run_s = end_s - begin_s + run.params.step_ms as f64 / 1000.0;
    for indicator in list(run).into_iter().chain(environment(run)).chain(lighting(run)) {
        let refusal = indicator.refusal(run_s);
        let value = match indicator.denominator {
            Some(denominator) => ratio(indicator.numerator, denominator),
            None => Some(indicator.numerator),
        };
        sink.row(&[
            indicator.id.into(),
            indicator.name.into(),
            value.filter(|_| refusal.is_none()).into(),
            indicator.unit.into(),
            indicator.numerator.into(),
            indicator.denominator.into(),
            (&period).into(),
            if refusal.is_some() { "refused" } else { indicator.status }.into(),
            refusal.as_deref().unwrap_or("").into(),
            run.calibration().into(),
        ])?;
    }
    Ok(())
}

/// What comes out of the simulation, over the time of the run.
fn simulated(
    id: &'static str,
    name: &'static str,
    unit: &'static str,
    numerator: f64,
    denominator: Option<f64>,
) -> Indicator {
    Indicator { id, name, unit, numerator, denominator, status: "simulated", needs: None }
}

/// Emissions, where they were computed.
fn environment(run: &FinishedRun<'_>) -> Vec<Indicator> {
    if !run.loaded.environment.is_on || run.results.emitted.is_empty() {
        return Vec::new();
    }
    let of_class = run.results.emitted.iter();
    let (way_m, all) = of_class.fold((0.0, Emitted::default()), |(way_m, all), (_, class_way_m, emitted)| {
        (way_m + class_way_m, all.plus(emitted))
    });
    let km = Some(way_m / 1000.0);
    let person_km = run.results.trips.iter().fold(0.0, |sum, row| {
        let has_departed = row.depart_s.is_some();
        sum + if has_departed { run.trip(row.trip).persons * row.length_m / 1000.0 } else { 0.0 }
    });
    let trips_co2_g = run.results.trips.iter().filter_map(|row| row.emitted).fold(0.0, |sum, it| sum + it.co2_g);
    vec![
        simulated("co2_per_vehicle_km", "carbon dioxide of the exhaust over distance driven", "g/km", all.co2_g, km),
        simulated(
            "co2_per_person_km",
            "carbon dioxide of the exhaust over distance travelled by people, warm-up included",
            "g/(person km)",
            trips_co2_g,
            Some(person_km),
        ),
        simulated("nox_per_vehicle_km", "nitrogen oxides of the exhaust over distance driven", "g/km", all.nox_g, km),
        Indicator {
            needs: Some((YEAR_S, "a year")),
            ..simulated(
                "iso37120_greenhouse_gas_emissions",
                "ISO 37120, environment: greenhouse gas emissions (road traffic's carbon dioxide only, not per capita)",
                "t",
                all.co2_g / 1e6,
                None,
            )
        },
    ]
}

/// Street lighting, where there is any.
fn lighting(run: &FinishedRun<'_>) -> Vec<Indicator> {
    let Some(plan) = &run.loaded.lighting else { return Vec::new() };
    let energy_wh: f64 = run.results.lamp_energy_wh.iter().fold(0.0, |sum, energy_wh| sum + energy_wh);
    // Sidewalks lie along carriageways that are counted already.
    let mut spans: Vec<(usize, f64, f64)> =
        plan.sections.iter().map(|section| (section.street, section.span_m.0, section.span_m.1)).collect();
    spans.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
    spans.dedup();
    let lit_km = spans.iter().fold(0.0, |sum, (_, from_m, to_m)| sum + (to_m - from_m).abs()) / 1000.0;
    let managed = plan.poles.iter().filter(|pole| pole.program != "full").count() as f64;
    vec![
        Indicator {
            needs: Some((YEAR_S, "a year")),
            ..simulated(
                "iso37120_street_lighting_per_km",
                "ISO 37120, energy: electricity consumption of public street lighting per kilometre of lighted street",
                "kWh/km",
                energy_wh / 1000.0,
                Some(lit_km),
            )
        },
        Indicator {
            status: "assumed",
            ..simulated(
                "iso37122_managed_street_lighting",
                "ISO 37122, energy: street lighting managed by a light performance management system (luminaires whose \
                 programme is not `full`)",
                "%",
                100.0 * managed,
                Some(plan.poles.len() as f64),
            )
        },
    ]
}

fn list(run: &FinishedRun<'_>) -> Vec<Indicator> {
    let all = summary::trip_totals(run);
    let counted = Some(all.counted as f64);
    let persons_s = run.results.trips.iter().fold(0.0, |sum, row| {
        let trip = run.trip(row.trip);
        sum + trip.persons * (row.arrival_s.unwrap_or(run.last_step_s()) - trip.depart.s()).max(0.0)
    });
    let on_links = links(run);
    let distance_m = on_links.iter().fold(0.0, |sum, link| sum + link.distance_m);
    let time_s = on_links.iter().fold(0.0, |sum, link| sum + link.time_s);
    let indicator = simulated;
    vec![
        indicator(
            "mean_trip_duration",
            "mean time on the road of arrived trips",
            "min",
            all.duration_s / 60.0,
            counted,
        ),
        indicator("mean_trip_length", "mean length of arrived trips", "km", all.length_m / 1000.0, counted),
        indicator(
            "mean_trip_delay",
            "mean time loss and depart delay of arrived trips",
            "min",
            (all.time_loss_s + all.depart_delay_s) / 60.0,
            counted,
        ),
        indicator(
            "network_speed",
            "distance driven over time spent on the road",
            "km/h",
            3.6 * distance_m,
            Some(time_s),
        ),
        indicator("vehicle_kilometres", "distance driven", "km", distance_m / 1000.0, None),
        indicator("vehicle_hours", "time spent on the road", "h", time_s / 3600.0, None),
        indicator(
            "total_time_spent",
            "time from scheduled departure to arrival or the end, all loaded trips",
            "h",
            run.results.total_time_spent_s / 3600.0,
            None,
        ),
        indicator("total_person_time", "the same times persons", "person h", persons_s / 3600.0, None),
        Indicator {
            needs: Some((DAY_S, "a working day")),
            ..indicator(
                "iso37120_average_commute_time",
                "ISO 37120, transportation: average commute time (all trips, not commutes alone)",
                "min",
                all.duration_s / 60.0,
                counted,
            )
        },
        indicator("arrived_share", "arrived trips over loaded trips", "", all.arrived as f64, Some(all.loaded as f64)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_a_year_is_refused_by_an_hour() {
        let yearly = Indicator { needs: Some((YEAR_S, "a year")), ..simulated("x", "x", "kWh", 1.0, None) };
        assert_eq!(yearly.refusal(3600.0).as_deref(), Some("is of a year (8760.0 h), the run has 1.0 h"));
        assert_eq!(yearly.refusal(YEAR_S), None);
        assert_eq!(simulated("x", "x", "kWh", 1.0, None).refusal(1.0), None);
    }
}
