//! Nights without simulated traffic: the same lamps, classes and records as in a run, fed by hourly volumes; and what a
//! night came to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sim_core::city::City;
use sim_core::ids::{Id, LinkId};
use sim_core::kpi::lighting as rows_of;
use sim_core::kpi::rows::LightingRow;
use sim_core::lighting::control::{self, LightingState};
use sim_core::lighting::record::{DimmingState, LightingRecord};
use sim_core::network::Network;
use sim_core::ports::Ports;

use crate::lighting::plan::LightingPlan;
use crate::lighting::volumes::Volumes;
use crate::write::csv::rounded;

/// A night.
#[derive(Clone, PartialEq, Debug)]
pub struct Night {
    /// One row per interval and section.
    pub rows: Vec<LightingRow>,
    /// Distinct states by section.
    pub states: Vec<Vec<DimmingState>>,
    /// Energy by luminaire.
    pub energy_wh: Vec<f64>,
}

/// From when to when, and the length of the result intervals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// First instant.
    pub begin_ms: i64,
    /// Last instant.
    pub end_ms: i64,
    /// Length of intervals.
    pub interval_ms: i64,
}

/// Runs the lamps of a city over some hours of one kind of day.
pub fn run(city: &City, volumes: &Volumes, day_type: usize, span: Span) -> Night {
    let lighting = &city.lighting;
    let mut ports = Ports::new(&city.network);
    ports.make_room_for_lamps(city.network.links.len(), lighting.luminaires.len());
    let mut state = LightingState::new(lighting);
    let mut record = LightingRecord::new(lighting, span.begin_ms, span.interval_ms);
    let mut now_ms = span.begin_ms;
    while now_ms < span.end_ms {
        if state.is_started() {
            record.add(lighting, &state, &ports, now_ms);
        }
        control::run(lighting, now_ms, &mut ports, &mut state);
        let next_ms = (now_ms + lighting.rhythm_ms).min(span.end_ms);
        feed(&city.network, (volumes, day_type), now_ms, next_ms - now_ms, &mut ports);
        now_ms = next_ms;
    }
    record.add(lighting, &state, &ports, span.end_ms);
    Night {
        rows: rows_of::rows(&record),
        states: record.states(),
        energy_wh: record.energy_j.iter().map(|joules| joules / 3600.0).collect(),
    }
}

/// Adds the traffic that volumes give at an instant, for some time, to what lamps see.
pub fn feed(network: &Network, (volumes, day_type): (&Volumes, usize), at_ms: i64, time_ms: i64, ports: &mut Ports) {
    for link in 0..network.links.len() {
        let id = LinkId::from_index(link);
        let flow = volumes.at(day_type, link, at_ms);
        let length_m = network.links[id].length_m;
        let vehicles = flow.vehicles_per_h * time_ms as f64 / 3_600_000.0;
        let sum = &mut ports.link_traffic[id];
        sum.vehicle_m += vehicles * length_m;
        sum.pcu_m += vehicles * flow.pcu_per_vehicle * length_m;
        sum.two_wheeler_m += vehicles * flow.two_wheeler_share * length_m;
        sum.vehicle_s += vehicles * length_m / flow.speed_mps.max(0.1);
        // Somebody is there for the share of time in which a Poisson stream has a vehicle on the link.
        let on_link = flow.vehicles_per_h / 3600.0 * length_m / flow.speed_mps.max(0.1);
        ports.link_occupied[id] = on_link > 0.5;
    }
}

/// What lighting came to.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct LightingSummary {
    /// Set of rules.
    pub rules: String,
    /// Luminaires.
    pub luminaires: usize,
    /// Sections.
    pub sections: usize,
    /// Fields of luminaires that were filled in, and how often.
    pub filled_in: BTreeMap<String, usize>,
    /// Hours in which streets had to be lit.
    pub night_h: f64,
    /// Sections times those hours.
    pub section_hours: f64,
    /// The part of them in which the class was not met.
    pub noncompliant_section_hours: f64,
    /// Sections with such hours, most first, at most 20.
    pub noncompliant_sections: Vec<NoncompliantSection>,
    /// Energy of all lamps.
    pub energy_kwh: f64,
    /// The same over the time recorded.
    pub mean_power_w: f64,
    /// Power of all lamps at full output.
    pub installed_power_w: f64,
    /// Energy by circuit.
    pub circuits_kwh: BTreeMap<String, f64>,
    /// Power density indicator D_P of EN 13201-5 at full output.
    pub power_density_w_per_lx_m2: Option<f64>,
    /// Energy over the lit area: D_E of EN 13201-5 for the time recorded, not for a year.
    pub energy_per_area_kwh_per_m2: Option<f64>,
    /// What both stand on.
    pub assumptions: Vec<String>,
    /// Why no yearly figure is given.
    pub yearly_withheld: String,
}

/// A section that fell short.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct NoncompliantSection {
    /// Its id.
    pub section_id: String,
    /// Hours in which it did.
    pub hours: f64,
}

/// Hours recorded.
pub fn hours(rows: &[LightingRow]) -> f64 {
    let first = rows.first().map_or(0, |row| row.section.index());
    let own = rows.iter().filter(|row| row.section.index() == first);
    own.fold(0.0, |sum, row| sum + (row.end_s - row.begin_s)) / 3600.0
}

/// Hours of night, and of these the hours short, of all sections together.
pub fn section_hours(rows: &[LightingRow]) -> (f64, f64) {
    rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.night_s / 3600.0, sum.1 + row.short_s / 3600.0))
}

/// Power density indicator of sections at full output: installed watts over the sum of illuminance times area.
pub fn power_density(plan: &LightingPlan, sections: &[(f64, f64)]) -> Option<f64> {
    let lit = sections.iter().fold(0.0, |sum, (e_lx, area_m2)| sum + e_lx * area_m2);
    (lit > 0.0).then(|| installed_w(plan) / lit)
}

/// Power of all lamps at full output.
pub fn installed_w(plan: &LightingPlan) -> f64 {
    plan.parts.luminaires.iter().fold(0.0, |sum, luminaire| {
        sum + f64::from(plan.parts.types[usize::from(luminaire.kind)].power.power_w(luminaire.drive))
    })
}

/// Area of all carriageway fields.
pub fn area_m2(plan: &LightingPlan) -> f64 {
    plan.parts.sections.iter().flat_map(|part| &part.fields).fold(0.0, |sum, field| sum + field.area_m2())
}

/// The summary of some hours.
pub fn summary(plan: &LightingPlan, rows: &[LightingRow], energy_wh: &[f64], full: &[(f64, f64)]) -> LightingSummary {
    let energy_kwh = energy_wh.iter().fold(0.0, |sum, wh| sum + wh) / 1000.0;
    let hours = hours(rows);
    let (night, short) = section_hours(rows);
    let mut by_section = vec![0.0; plan.sections.len()];
    for row in rows {
        by_section[row.section.index()] += row.short_s / 3600.0;
    }
    let mut worst: Vec<usize> = (0..by_section.len()).filter(|at| by_section[*at] > 0.0).collect();
    worst.sort_by(|a, b| by_section[*b].total_cmp(&by_section[*a]).then(a.cmp(b)));
    let mut circuits_kwh: BTreeMap<String, f64> = BTreeMap::new();
    for (luminaire, wh) in plan.parts.luminaires.iter().zip(energy_wh) {
        *circuits_kwh.entry(plan.circuits[luminaire.circuit.index()].clone()).or_insert(0.0) += wh / 1000.0;
    }
    circuits_kwh.values_mut().for_each(|kwh| *kwh = rounded(*kwh, 4));
    let area_m2 = area_m2(plan);
    LightingSummary {
        rules: plan.rules.clone(),
        luminaires: plan.poles.len(),
        sections: plan.sections.len(),
        filled_in: plan.filled.iter().cloned().collect(),
        night_h: rounded(night / plan.sections.len().max(1) as f64, 3),
        section_hours: rounded(night, 3),
        noncompliant_section_hours: rounded(short, 3),
        noncompliant_sections: worst
            .into_iter()
            .take(20)
            .map(|at| NoncompliantSection {
                section_id: plan.sections[at].id.clone(),
                hours: rounded(by_section[at], 3),
            })
            .collect(),
        energy_kwh: rounded(energy_kwh, 4),
        mean_power_w: rounded(if hours > 0.0 { 1000.0 * energy_kwh / hours } else { 0.0 }, 2),
        installed_power_w: rounded(installed_w(plan), 2),
        circuits_kwh,
        power_density_w_per_lx_m2: power_density(plan, full).map(|x| rounded(x, 6)),
        energy_per_area_kwh_per_m2: (area_m2 > 0.0).then(|| rounded(energy_kwh / area_m2, 6)),
        assumptions: assumptions(plan, area_m2),
        yearly_withheld: format!(
            "a run of {hours:.2} h is not whole nights of two kinds of day: `citytwin lighting` with volumes of both gives a yearly figure"
        ),
    }
}

/// What the indicators stand on.
pub fn assumptions(plan: &LightingPlan, area_m2: f64) -> Vec<String> {
    let maintenance: Vec<f64> = plan.types.maintenance.clone();
    let low = maintenance.iter().copied().fold(f64::MAX, f64::min);
    let high = maintenance.iter().copied().fold(0.0, f64::max);
    vec![
        format!("area: {area_m2:.0} m² of carriageway between luminaires"),
        format!(
            "maintenance factor {low:.3} to {high:.3}: lamps of {:.0} h, replaced one by one when they fail",
            plan.age_h
        ),
        "power: luminaires with their drivers and controllers, standby by day included; no cabinets, no cable losses"
            .to_owned(),
        "illuminance: horizontal, maintained, on the luminance grid, at full output".to_owned(),
    ]
}
