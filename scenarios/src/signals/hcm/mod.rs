//! The Highway Capacity Manual's methods on a network with plans: volumes and lanes in, delay and level of service out,
//! without simulation.

mod conditions;
mod crossings;
mod files;
mod progression;
mod roundabout;
mod rows;
mod run_column;
mod signal;
mod stops;

use std::collections::BTreeMap;

pub use conditions::{CONDITIONS, Conditions, read as read_conditions};
pub use files::{TABLES, write};
pub use rows::{ApproachRow, CrossingRow, Evaluation, GroupRow, JunctionRow, MovementRow, Simulated};
pub use run_column::RunColumn;

use super::counts::{Assumed, Counts, Demand, demand};
use super::sites::{Site, SiteControl};
use crate::loaded::Loaded;
use progression::Upstream;
use rows::Part;

/// What holds for all junctions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// What is assumed of counts.
    pub assumed: Assumed,
    /// Base saturation flow, passenger cars per hour and lane.
    pub base_saturation_pcphpl: f64,
    /// Whether the area is like a central business district.
    pub is_central: bool,
    /// Analysis period, h.
    pub period_h: f64,
    /// Arrival type of all approaches; `None`: platoons from signals upstream, else at random.
    pub arrival_type: Option<u8>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            assumed: Assumed { peak_hour_factor: None, heavy_share: 0.03 },
            base_saturation_pcphpl: 1900.0,
            is_central: false,
            period_h: 0.25,
            arrival_type: None,
        }
    }
}

/// What a junction is evaluated with.
struct Case<'a> {
    loaded: &'a Loaded,
    site: &'a Site,
    demand: &'a Demand,
    settings: &'a Settings,
    conditions: &'a Conditions,
}

/// Evaluates all sites that have counts.
pub fn evaluate(
    loaded: &Loaded,
    sites: &[Site],
    counts: &Counts,
    conditions: &Conditions,
    settings: &Settings,
    run: Option<&RunColumn>,
) -> Evaluation {
    let demands: BTreeMap<usize, Demand> = counts
        .by_site
        .iter()
        .filter_map(|(&at, list)| Some((at, demand(&sites[at], list, settings.assumed)?)))
        .collect();
    let case = |at: usize| Case { loaded, site: &sites[at], demand: &demands[&at], settings, conditions };
    // Platoons come from junctions as they are without platoons: one pass settles what matters.
    let mut upstream: BTreeMap<usize, Upstream> = BTreeMap::new();
    if settings.arrival_type.is_none() {
        for &at in demands.keys().filter(|at| matches!(sites[**at].control, SiteControl::Signal(_))) {
            if let Some(sends) = signal::sends(&case(at)) {
                upstream.insert(at, sends);
            }
        }
    }
    let mut evaluation = Evaluation { volumes: counts.source.clone(), ..Evaluation::default() };
    evaluation.assumed.extend(counts.notes.iter().cloned());
    evaluation.assumed.extend(general_notes(settings, conditions));
    for &at in demands.keys() {
        let case = case(at);
        let mut part = match case.site.control {
            SiteControl::Signal(_) => signal::evaluate(&case, sites, &upstream),
            SiteControl::TwoWayStop => stops::two_way(&case),
            SiteControl::AllWayStop => stops::all_way(&case),
            SiteControl::Roundabout => roundabout::evaluate(&case),
            SiteControl::NotCovered(why) => case.not_covered(why),
        };
        if let Some(run) = run {
            run.fill(&mut part);
        }
        evaluation.junctions.push(part.junction);
        evaluation.approaches.extend(part.approaches);
        evaluation.lane_groups.extend(part.groups);
        evaluation.movements.extend(part.movements);
        evaluation.crossings.extend(part.crossings);
    }
    evaluation
}

fn general_notes(settings: &Settings, conditions: &Conditions) -> Vec<String> {
    let mut notes = vec![format!(
        "base saturation flow {} pc/h/lane{}; analysis period {} h",
        settings.base_saturation_pcphpl,
        if settings.is_central { ", central business district" } else { "" },
        settings.period_h
    )];
    notes.push(match settings.arrival_type {
        Some(arrival_type) => format!("arrival type {arrival_type} at all signals"),
        None => "arrivals at random, in platoons where a signal with the same cycle is within 1 km upstream".to_owned(),
    });
    if conditions.is_empty() {
        notes.push(
            "no grade, parking, stopping buses, pedestrians, bicycles, turns on red or queues at the start: give them with \
             --conditions"
                .to_owned(),
        );
    }
    notes
}

impl Case<'_> {
    fn link_id(&self, link: sim_core::ids::LinkId) -> &str {
        &self.loaded.names.links[link.index()]
    }

    /// The flow rate of all movements of an approach with one of these roles.
    fn rate_vph(&self, movements: &[usize]) -> f64 {
        movements.iter().map(|&movement| self.demand.rate_vph(movement)).sum()
    }

    /// Mean share of heavy vehicles of movements.
    fn heavy_share(&self, movements: &[usize]) -> f64 {
        sim_core::signals::hcm::weighted_mean(
            movements.iter().map(|&m| (self.demand.movements[m].heavy_share, self.demand.movements[m].volume_vph)),
        )
    }

    fn movement_row(&self, index: usize) -> MovementRow {
        let movement = &self.site.movements[index];
        let approach = &self.site.approaches[movement.approach];
        MovementRow {
            junction_id: self.site.id.clone(),
            movement_id: format!("{}->{}", self.link_id(approach.link), self.link_id(movement.to)),
            turn: self.site.code(movement),
            approach: approach.name.clone(),
            lane_groups: String::new(),
            volume_vph: self.demand.movements[index].volume_vph,
            flow_vph: self.demand.rate_vph(index),
            capacity_vph: None,
            volume_to_capacity: None,
            control_delay_s: None,
            queue_p95_m: None,
            level_of_service: None,
            note: String::new(),
            simulated: None,
        }
    }

    fn movement_rows(&self) -> Vec<MovementRow> {
        (0..self.site.movements.len()).map(|index| self.movement_row(index)).collect()
    }

    fn junction_row(&self) -> JunctionRow {
        let demand = self.demand;
        let mut assumed = Vec::new();
        let factor = format!("peak-hour factor {:.2}", demand.peak_hour_factor);
        assumed.push(if demand.is_factor_counted { format!("{factor} as counted") } else { factor });
        if !demand.has_heavy {
            assumed.push(format!("{:.0} % heavy vehicles", 100.0 * self.settings.assumed.heavy_share));
        }
        JunctionRow {
            junction_id: self.site.id.clone(),
            name: self.site.title.clone(),
            control: self.site.control.word(),
            cycle_s: None,
            begin_s: demand.begin_s,
            end_s: demand.end_s,
            peak_hour_factor: demand.peak_hour_factor,
            flow_vph: demand.total_vph() / demand.peak_hour_factor,
            critical_ratio: None,
            control_delay_s: None,
            level_of_service: None,
            simulated_delay_s: None,
            note: String::new(),
            assumed,
        }
    }

    /// Rows of approaches from those of movements.
    fn approach_rows(&self, movements: &[MovementRow], level: impl Fn(f64) -> Option<char>) -> Vec<ApproachRow> {
        self.site
            .approaches
            .iter()
            .enumerate()
            .map(|(position, approach)| {
                let own = || (0..movements.len()).filter(|&index| self.site.movements[index].approach == position);
                let pairs: Vec<(f64, f64)> = own()
                    .filter_map(|index| Some((movements[index].control_delay_s?, movements[index].flow_vph)))
                    .collect();
                let has_delay = pairs.iter().any(|(_, flow)| *flow > 0.0);
                let delay_s = has_delay.then(|| sim_core::signals::hcm::weighted_mean(pairs));
                ApproachRow {
                    junction_id: self.site.id.clone(),
                    approach: approach.direction.to_owned(),
                    name: approach.name.clone(),
                    flow_vph: own().map(|index| movements[index].flow_vph).sum(),
                    control_delay_s: delay_s,
                    level_of_service: delay_s.and_then(&level),
                    simulated_delay_s: None,
                }
            })
            .collect()
    }

    fn not_covered(&self, why: &str) -> Part {
        let mut junction = self.junction_row();
        why.clone_into(&mut junction.note);
        let movements = self.movement_rows();
        Part {
            approaches: self.approach_rows(&movements, |_| None),
            junction,
            groups: Vec::new(),
            movements,
            crossings: Vec::new(),
        }
    }
}
