//! Results of feeders alone: a snapshot, or a stretch of time, in a folder.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use serde::Serialize;
use sim_core::ids::{BranchId, Id};
use sim_core::power::blocks::{angle_rad, magnitude, unbalance};

use super::columns::{self, TableSpec};
use super::csv::{CsvSink, RowSink, rounded};
use super::folder::{Overwrite, cannot_write, check};
use super::tables::power::{self as rows, PowerResults};
use crate::error::Problems;
use crate::power::PowerPlan;
use crate::power::study::Snapshot;

/// A feeder at one instant, in figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SnapshotFigures {
    /// The feeder.
    pub feeder: String,
    /// Whether the solution converged.
    pub converged: bool,
    /// Iterations.
    pub iterations: u32,
    /// Largest change of a voltage in the last of them, over nominal.
    pub mismatch_pu: f64,
    /// Power of the source.
    pub source_kw: f64,
    /// Its reactive power.
    pub source_kvar: f64,
    /// Power of the loads.
    pub load_kw: f64,
    /// Power lost.
    pub loss_kw: f64,
    /// Lowest voltage, over nominal.
    pub min_voltage_pu: Option<f64>,
    /// Node and line phase of it.
    pub min_voltage_at: String,
    /// Highest voltage, over nominal.
    pub max_voltage_pu: Option<f64>,
    /// Node and line phase of it.
    pub max_voltage_at: String,
    /// Largest unbalance.
    pub unbalance_pct: Option<f64>,
    /// Largest loading of a branch.
    pub loading_pct: Option<f64>,
    /// That branch.
    pub loading_at: String,
}

/// The figures of snapshots.
pub fn figures(plan: &PowerPlan, snapshots: &[Snapshot]) -> Vec<SnapshotFigures> {
    let all = plan.circuits.iter().zip(&plan.grid.feeders).zip(snapshots);
    all.map(|((circuit, system), snapshot)| {
        let flows = &snapshot.flows;
        let mut extremes: [Option<(f64, String)>; 2] = [None, None];
        for (node, voltages) in snapshot.voltages.iter().enumerate() {
            for (phase, voltage) in voltages.iter().enumerate().filter(|(_, voltage)| voltage.norm_sqr() > 0.0) {
                let pu = magnitude(*voltage) / circuit.parts.nodes[node].base_v;
                let name = || format!("{}.{}", circuit.nodes[node], phase + 1);
                if extremes[0].as_ref().is_none_or(|(least, _)| pu < *least) {
                    extremes[0] = Some((pu, name()));
                }
                if extremes[1].as_ref().is_none_or(|(most, _)| pu > *most) {
                    extremes[1] = Some((pu, name()));
                }
            }
        }
        let [least, most] = extremes;
        let loading = (0..circuit.branches.len())
            .filter_map(|index| Some((flows.loading(&system.feeder, BranchId::from_index(index))?, index)))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let largest_unbalance = snapshot.voltages.iter().filter_map(unbalance).max_by(f64::total_cmp);
        let kw = |watts: f64| rounded(watts / 1000.0, 6);
        SnapshotFigures {
            feeder: circuit.name.clone(),
            converged: snapshot.outcome.has_converged,
            iterations: snapshot.outcome.iterations,
            mismatch_pu: snapshot.outcome.mismatch_pu,
            source_kw: kw(flows.source_va.re),
            source_kvar: kw(flows.source_va.im),
            load_kw: kw(flows.loads_va.iter().fold(0.0, |sum, s| sum + s.re)),
            loss_kw: kw(flows.loss_w()),
            min_voltage_pu: least.as_ref().map(|(pu, _)| rounded(*pu, 9)),
            min_voltage_at: least.map_or_else(String::new, |(_, name)| name),
            max_voltage_pu: most.as_ref().map(|(pu, _)| rounded(*pu, 9)),
            max_voltage_at: most.map_or_else(String::new, |(_, name)| name),
            unbalance_pct: largest_unbalance.map(|share| rounded(share * 100.0, 6)),
            loading_pct: loading.map(|(share, _)| rounded(share * 100.0, 4)),
            loading_at: loading.map_or_else(String::new, |(_, index)| circuit.branches[index].clone()),
        }
    })
    .collect()
}

/// Writes a snapshot to a folder: `snapshot_nodes.csv`, `snapshot_branches.csv`.
///
/// # Errors
/// When the folder may not be used or cannot be written.
pub fn write_snapshot(
    plan: &PowerPlan,
    snapshots: &[Snapshot],
    target: &Path,
    overwrite: Overwrite,
) -> Result<(), Problems> {
    write(
        target,
        overwrite,
        &[
            (&columns::SNAPSHOT_NODES, &|sink| nodes(plan, snapshots, sink)),
            (&columns::SNAPSHOT_BRANCHES, &|sink| branches(plan, snapshots, sink)),
        ],
    )
}

/// Writes a stretch of time to a folder: `feeders.csv`, `voltages.csv`, `energy.csv`.
///
/// # Errors
/// When the folder may not be used or cannot be written.
pub fn write_stretch(results: &PowerResults<'_>, target: &Path, overwrite: Overwrite) -> Result<(), Problems> {
    write(
        target,
        overwrite,
        &[
            (&columns::FEEDERS, &|sink| rows::feeders(results, sink)),
            (&columns::VOLTAGES, &|sink| rows::voltages(results, sink)),
            (&columns::ENERGY, &|sink| rows::energy(results, sink)),
        ],
    )
}

type Fill<'a> = &'a dyn Fn(&mut dyn RowSink) -> io::Result<()>;

fn write(target: &Path, overwrite: Overwrite, tables: &[(&'static TableSpec, Fill<'_>)]) -> Result<(), Problems> {
    check(target, overwrite)?;
    let all = || -> io::Result<()> {
        fs::create_dir_all(target)?;
        // All are written beside their places before any is put there.
        let mut written = Vec::new();
        for (table, fill) in tables {
            let place = target.join(format!("{}.csv", table.name));
            let beside = target.join(format!(".{}.csv.tmp", table.name));
            let mut sink = CsvSink::new(table, BufWriter::new(File::create(&beside)?))?;
            fill(&mut sink)?;
            sink.finish()?;
            written.push((beside, place));
        }
        written.iter().try_for_each(|(beside, place)| fs::rename(beside, place))
    };
    all().map_err(|error| cannot_write(target, &error))
}

fn nodes(plan: &PowerPlan, snapshots: &[Snapshot], sink: &mut dyn RowSink) -> io::Result<()> {
    for (circuit, snapshot) in plan.circuits.iter().zip(snapshots) {
        for (node, voltages) in snapshot.voltages.iter().enumerate() {
            for (phase, voltage) in voltages.iter().enumerate().filter(|(_, voltage)| voltage.norm_sqr() > 0.0) {
                let volts = magnitude(*voltage);
                sink.row(&[
                    (&circuit.name).into(),
                    (&circuit.nodes[node]).into(),
                    (phase as u32 + 1).into(),
                    volts.into(),
                    (volts / circuit.parts.nodes[node].base_v).into(),
                    angle_rad(*voltage).to_degrees().into(),
                ])?;
            }
        }
    }
    Ok(())
}

fn branches(plan: &PowerPlan, snapshots: &[Snapshot], sink: &mut dyn RowSink) -> io::Result<()> {
    for ((circuit, system), snapshot) in plan.circuits.iter().zip(&plan.grid.feeders).zip(snapshots) {
        for (index, branch) in circuit.branches.iter().enumerate() {
            let flows = &snapshot.flows;
            let currents = flows.branch_a[index].map(magnitude);
            let loading = flows.loading(&system.feeder, BranchId::from_index(index));
            sink.row(&[
                (&circuit.name).into(),
                branch.into(),
                currents[0].into(),
                currents[1].into(),
                currents[2].into(),
                flows.loss_w[index].into(),
                loading.map(|share| share * 100.0).into(),
            ])?;
        }
    }
    Ok(())
}
