//! `lighting` and `lighting_circuits`: what streets got, and what lamps took.

use std::io;

use sim_core::kpi::rows::LightingRow;

use crate::lighting::plan::LightingPlan;
use crate::loaded::Names;
use crate::write::csv::{Cell, RowSink};
use crate::write::run::FinishedRun;

/// The rows of a run.
///
/// # Errors
/// When the sink fails.
pub fn rows(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let Some(plan) = &run.loaded.lighting else { return Ok(()) };
    sections(plan, &run.loaded.names, &run.results.lighting, run.calibration(), sink)
}

/// The rows of sections.
///
/// # Errors
/// When the sink fails.
pub fn sections(
    plan: &LightingPlan,
    names: &Names,
    rows: &[LightingRow],
    calibration: &str,
    sink: &mut dyn RowSink,
) -> io::Result<()> {
    for row in rows {
        let section = &plan.sections[row.section.index()];
        let class = row.worst.map(|(class, _)| &plan.parts.classes[usize::from(class)]);
        let found = row.worst.map(|(_, found)| found);
        let short_of = class.zip(found).map(|(class, found)| {
            let list = class.requirement.shortfalls(&found);
            list.iter().map(|shortfall| shortfall.name()).collect::<Vec<_>>().join(" ")
        });
        sink.row(&[
            (&section.id).into(),
            (&names.link_titles[section.links[0]]).into(),
            row.begin_s.into(),
            row.end_s.into(),
            class.map(|class| class.name.as_str()).into(),
            row.output_share.into(),
            found.map(|found| found.luminance_cdm2).into(),
            found.map(|found| found.uo).into(),
            found.map(|found| found.ul).into(),
            found.map(|found| found.ti_pct).into(),
            found.map(|found| found.rei).into(),
            found.map(|found| found.e_avg_lx).into(),
            found.map(|found| found.e_min_lx).into(),
            if row.night_s > 0.0 { (row.short_s <= 0.0).into() } else { Cell::Empty },
            short_of.as_deref().into(),
            row.night_s.into(),
            row.short_s.into(),
            row.power_w.into(),
            row.energy_wh.into(),
            calibration.into(),
        ])?;
    }
    Ok(())
}

/// The rows of a run's circuits.
///
/// # Errors
/// When the sink fails.
pub fn circuits(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let Some(plan) = &run.loaded.lighting else { return Ok(()) };
    circuit_rows(plan, &run.results.lighting, &run.results.lamp_energy_wh, sink)
}

/// The rows of circuits.
///
/// # Errors
/// When the sink fails.
pub fn circuit_rows(
    plan: &LightingPlan,
    rows: &[LightingRow],
    energy_wh: &[f64],
    sink: &mut dyn RowSink,
) -> io::Result<()> {
    let hours = crate::lighting::night::hours(rows);
    let mut sums = vec![(0_u32, 0.0, 0.0, ""); plan.circuits.len()];
    for ((luminaire, pole), wh) in plan.parts.luminaires.iter().zip(&plan.poles).zip(energy_wh) {
        let sum = &mut sums[luminaire.circuit.index()];
        sum.0 += 1;
        sum.1 += f64::from(plan.parts.types[usize::from(luminaire.kind)].power.rated_w());
        sum.2 += wh;
        sum.3 = &pole.cabinet;
    }
    for (name, (n, installed_w, wh, cabinet)) in plan.circuits.iter().zip(sums) {
        let mean_w = if hours > 0.0 { Some(wh / hours) } else { None };
        sink.row(&[name.into(), cabinet.into(), n.into(), installed_w.into(), (wh / 1000.0).into(), mean_w.into()])?;
    }
    Ok(())
}
