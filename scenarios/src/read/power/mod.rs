//! Reads the tables of electricity of a scenario folder.

mod line_types;
mod feeders;
mod lamps;
mod loads;
mod tariffs;

use std::path::Path;

use sim_core::ids::{BranchId, Id};
use sim_core::power::battery::ElectricShares;
use sim_core::power::system::{FeederSystem, MeterAt, PowerGrid, RestartTimes};
use sim_core::power::{Feeder, FeederError};

use self::feeders::Tables;
use self::loads::Loads;
use crate::error::Problem;
use crate::lighting::plan::LightingPlan;
use crate::loaded::Place;
use crate::power::plan::MeterName;
use crate::power::{Circuit, PowerPlan};
use crate::read::source::Files;
use crate::read::table::{Records, Report};
use crate::scenario_file::PowerTable;
use crate::schema::power_tables::{FEEDER_METERS, FEEDER_NODES};

/// What the readers need to know of the rest of the scenario.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// External ids of signals.
    pub signals: &'a [String],
    /// External ids of links.
    pub links: &'a [String],
    /// Where and when it plays.
    pub place: &'a Place,
    /// First and last instant of the run, if it has one.
    pub window_s: (f64, f64),
    /// Its lamps.
    pub lighting: Option<&'a LightingPlan>,
    /// Whether it has lamps that could not be read, so that nothing is known of them.
    pub has_lighting_mistakes: bool,
    /// Share of the sky under cloud.
    pub cloud_share: f64,
}

/// Reads them; a scenario without `feeder_nodes.csv` has no feeders.
pub fn read(files: &mut Files, settings: &PowerTable, around: Around<'_>, report: &mut Report) -> PowerPlan {
    if !files.source.has(FEEDER_NODES.file) {
        return PowerPlan::default();
    }
    let mut tables = Tables::read(files, report);
    let mut profiles = loads::profiles(files, report);
    let Loads { roles, chargers, lamps } = loads::read(files, &mut tables, &mut profiles, around, report);
    let tariffs = tariffs::read(files, around, report);
    let restart_ms = |seconds: Option<f64>, default: i64| seconds.map_or(default, |s| (s * 1000.0) as i64);
    let default = RestartTimes::default();
    let base = PowerGrid::default();
    let mut plan = PowerPlan {
        grid: PowerGrid {
            profiles: profiles.profiles,
            prices: tariffs.prices,
            co2_kg_per_kwh: tariffs.co2_kg_per_kwh,
            every_ms: settings.every_s.map_or(base.every_ms, |s| (s * 1000.0) as i64),
            min_pu: settings.voltage_min_pu.unwrap_or(base.min_pu),
            max_pu: settings.voltage_max_pu.unwrap_or(base.max_pu),
            signal_min_pu: settings.signal_voltage_min_pu.unwrap_or(base.signal_min_pu),
            restart: RestartTimes {
                flashing_ms: restart_ms(settings.signal_restart_flashing_s, default.flashing_ms),
                all_red_ms: restart_ms(settings.signal_restart_all_red_s, default.all_red_ms),
            },
            chargers,
            lamps,
            electric: ElectricShares {
                motorcycle: settings.electric_share_motorcycle.unwrap_or(0.0),
                bus: settings.electric_share_bus.unwrap_or(0.0),
            },
            ..base
        },
        tariffs: tariffs.names,
        ..PowerPlan::default()
    };
    let meters = Records::optional(files, "", &FEEDER_METERS, report);
    let ids: Vec<String> = tables.feeders.iter().map(|draft| draft.id.clone()).collect();
    for (index, has_gap, circuit) in tables.finish(report) {
        let file = files.source.label(FEEDER_NODES.file);
        let Some(feeder) = checked(&circuit, has_gap, &file, report) else { continue };
        let mut system = FeederSystem { feeder, roles: roles[index].roles.clone(), meters: Vec::new() };
        let mut names = Vec::new();
        let mut add = |at: MeterAt, loads: Vec<_>, name: MeterName| {
            let price = name.tariff.map(|tariff| tariff as u32);
            system.add_meter(at, loads, price);
            names.push(name);
        };
        for row in meters.rows().filter(|row| row.text("feeder_id") == circuit.name) {
            let tariff = row.get("tariff_id").and_then(|id| {
                let found = plan.tariffs.iter().position(|tariff| tariff.id == id);
                if found.is_none() {
                    report.problem(row.problem("tariff_id", "there is no such tariff in tariffs.csv"));
                }
                found
            });
            let id = row.text("meter_id");
            let name = MeterName { id: id.to_owned(), name: row.get("name").unwrap_or(id).to_owned(), tariff };
            let own = roles[index].loads_of_meter(id);
            let at = match row.get("branch_id") {
                Some(branch) => match circuit.branches.iter().position(|name| ends_with(name, branch)) {
                    Some(branch) => MeterAt::Branch(BranchId::from_index(branch)),
                    None => {
                        report.problem(row.problem("branch_id", "there is no such branch in this feeder"));
                        continue;
                    }
                },
                None if own.is_empty() => MeterAt::Source,
                None => MeterAt::Loads,
            };
            add(at, own, name);
        }
        system.leave_out_metered_loads();
        plan.grid.feeders.push(system);
        plan.meters.push(names);
        plan.circuits.push(circuit);
    }
    for row in meters.rows() {
        if !ids.iter().any(|id| id == row.text("feeder_id")) {
            report.problem(row.problem("feeder_id", "there is no such feeder"));
        }
    }
    plan
}

/// The checked feeder of a circuit. What nobody feeds, or feeds from the wrong side, is not told where it may follow from
/// rows that could not be read.
fn checked(circuit: &Circuit, has_gap: bool, nodes_file: &Path, report: &mut Report) -> Option<Feeder> {
    let errors = match Feeder::build(circuit.parts.clone()) {
        Ok(feeder) => return Some(feeder),
        Err(errors) => errors,
    };
    for error in &errors {
        match error {
            FeederError::NotFed { .. }
            | FeederError::FedFromSecondary { .. }
            | FeederError::BranchPhase { .. }
            | FeederError::LoadPhase { .. }
            | FeederError::ShuntPhase { .. }
                if has_gap => {}
            FeederError::NotFed { node } => report.problem(
                Problem::new(nodes_file, format!("nothing feeds this node of feeder {:?}", circuit.name))
                    .field("node_id", &circuit.nodes[node.index()])
                    .hint("connect it to the source by lines, transformers or switches"),
            ),
            error => report.problem(circuit.problem(error)),
        }
    }
    None
}

/// Whether a branch has this id: `line.a` is `a`.
fn ends_with(name: &str, id: &str) -> bool {
    name.split_once('.').is_some_and(|(_, rest)| rest == id)
}
