//! `lighting`, `lighting_states` and `lighting_circuits`: what streets got, and what lamps took.

use std::io;

use sim_core::kpi::rows::LightingRow;
use sim_core::lighting::record::DimmingState;

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

/// The rows of a run's dimming states.
///
/// # Errors
/// When the sink fails.
pub fn states(run: &FinishedRun<'_>, sink: &mut dyn RowSink) -> io::Result<()> {
    let Some(plan) = &run.loaded.lighting else { return Ok(()) };
    let outputs = &run.results.lighting_outputs;
    state_rows(plan, &run.loaded.names, &run.results.lighting_states, outputs, run.calibration(), sink)
}

/// The rows of dimming states; `outputs` has the smallest outputs by section, then class from its normal one on.
///
/// # Errors
/// When the sink fails.
pub fn state_rows(
    plan: &LightingPlan,
    names: &Names,
    states: &[Vec<DimmingState>],
    outputs: &[(u16, Vec<f32>)],
    calibration: &str,
    sink: &mut dyn RowSink,
) -> io::Result<()> {
    for (index, states) in states.iter().enumerate() {
        let section = &plan.sections[index];
        for (ordinal, state) in states.iter().enumerate() {
            let class = &plan.parts.classes[usize::from(state.class)];
            let list = class.requirement.shortfalls(&state.found);
            let short_of = list.iter().map(|shortfall| shortfall.name()).collect::<Vec<_>>().join(" ");
            let (normal, smallest) = &outputs[index];
            let smallest = smallest.get(usize::from(state.class.saturating_sub(*normal))).copied();
            sink.row(&[
                (&section.id).into(),
                (&names.link_titles[section.links[0]]).into(),
                (ordinal as u32 + 1).into(),
                (state.first_ms as f64 / 1000.0).into(),
                state.time_s.into(),
                state.night_s.into(),
                class.name.as_str().into(),
                state.output.into(),
                state.found.luminance_cdm2.into(),
                state.found.uo.into(),
                state.found.ul.into(),
                state.found.ti_pct.into(),
                state.found.rei.into(),
                state.found.e_avg_lx.into(),
                state.found.e_min_lx.into(),
                state.is_compliant.into(),
                short_of.as_str().into(),
                smallest.map(f64::from).into(),
                calibration.into(),
            ])?;
        }
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
