//! An evaluation as tables: `hcm_junctions.csv`, `hcm_approaches.csv`, `hcm_lane_groups.csv`, `hcm_movements.csv`,
//! `hcm_crossings.csv`, and all of it as `hcm.json`.

use std::fs;
use std::io;
use std::path::Path;

use super::rows::Evaluation;
use crate::error::{Problem, Problems};
use crate::write::columns::{HCM_APPROACHES, HCM_CROSSINGS, HCM_JUNCTIONS, HCM_LANE_GROUPS, HCM_MOVEMENTS, TableSpec};
use crate::write::csv::{Cell, CsvSink, RowSink};
use crate::write::summary::to_json;
use crate::write::tables::movements::letter_text;

/// The tables.
pub const TABLES: [&TableSpec; 5] = [&HCM_JUNCTIONS, &HCM_APPROACHES, &HCM_LANE_GROUPS, &HCM_MOVEMENTS, &HCM_CROSSINGS];

/// Writes an evaluation into a folder, which is made if it is not there. All tables are made before the first is written.
///
/// # Errors
/// When a file cannot be written.
pub fn write(evaluation: &Evaluation, calibration: &str, folder: &Path) -> Result<(), Problems> {
    let cannot = |error: io::Error| Problems::from(Problem::new(folder, format!("cannot write results: {error}")));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for table in TABLES {
        files.push((format!("{}.csv", table.name), csv_of(evaluation, table, calibration).map_err(cannot)?));
    }
    files.push(("hcm.json".to_owned(), to_json(evaluation).into_bytes()));
    fs::create_dir_all(folder).map_err(cannot)?;
    for (name, bytes) in files {
        let temporary = folder.join(format!(".{name}.tmp"));
        fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, folder.join(name))).map_err(cannot)?;
    }
    Ok(())
}

fn letter<'a>(letter: Option<char>) -> Cell<'a> {
    letter.map(letter_text).into()
}

fn csv_of(e: &Evaluation, table: &'static TableSpec, calibration: &str) -> io::Result<Vec<u8>> {
    let mut sink = CsvSink::new(table, Vec::new())?;
    match table.name {
        "hcm_junctions" => junctions(e, calibration, &mut sink)?,
        "hcm_approaches" => approaches(e, calibration, &mut sink)?,
        "hcm_lane_groups" => lane_groups(e, calibration, &mut sink)?,
        "hcm_movements" => movements(e, calibration, &mut sink)?,
        _ => crossings(e, calibration, &mut sink)?,
    }
    sink.finish()
}

fn junctions(e: &Evaluation, calibration: &str, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &e.junctions {
        let assumed = row.assumed.join("; ");
        sink.row(&[
            (&row.junction_id).into(),
            (&row.name).into(),
            row.control.into(),
            row.cycle_s.into(),
            row.begin_s.into(),
            row.end_s.into(),
            row.peak_hour_factor.into(),
            row.flow_vph.into(),
            row.critical_ratio.into(),
            row.control_delay_s.into(),
            letter(row.level_of_service),
            row.simulated_delay_s.into(),
            (&row.note).into(),
            (&assumed).into(),
            calibration.into(),
        ])?;
    }
    Ok(())
}

fn approaches(e: &Evaluation, calibration: &str, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &e.approaches {
        sink.row(&[
            (&row.junction_id).into(),
            (&row.approach).into(),
            (&row.name).into(),
            row.flow_vph.into(),
            row.control_delay_s.into(),
            letter(row.level_of_service),
            row.simulated_delay_s.into(),
            calibration.into(),
        ])?;
    }
    Ok(())
}

fn lane_groups(e: &Evaluation, calibration: &str, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &e.lane_groups {
        sink.row(&[
            (&row.junction_id).into(),
            (&row.approach).into(),
            (&row.lane_group).into(),
            row.lanes.into(),
            row.flow_vph.into(),
            row.saturation_vphpl.into(),
            row.green_s.into(),
            row.arrivals_on_green_share.into(),
            row.capacity_vph.into(),
            row.volume_to_capacity.into(),
            row.uniform_delay_s.into(),
            row.incremental_delay_s.into(),
            row.initial_queue_delay_s.into(),
            row.control_delay_s.into(),
            row.queue_mean_m.into(),
            row.queue_p95_m.into(),
            row.storage_ratio.into(),
            letter(row.level_of_service),
            calibration.into(),
        ])?;
    }
    Ok(())
}

fn movements(e: &Evaluation, calibration: &str, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &e.movements {
        let run = row.simulated.as_ref();
        sink.row(&[
            (&row.junction_id).into(),
            (&row.movement_id).into(),
            (&row.turn).into(),
            (&row.approach).into(),
            (&row.lane_groups).into(),
            row.volume_vph.into(),
            row.flow_vph.into(),
            row.capacity_vph.into(),
            row.volume_to_capacity.into(),
            row.control_delay_s.into(),
            row.queue_p95_m.into(),
            letter(row.level_of_service),
            (&row.note).into(),
            run.and_then(|run| run.demand_vph).into(),
            run.and_then(|run| run.capacity_vph).into(),
            run.and_then(|run| run.control_delay_s).into(),
            run.and_then(|run| run.queue_p95_m).into(),
            letter(run.and_then(|run| run.level_of_service)),
            calibration.into(),
        ])?;
    }
    Ok(())
}

fn crossings(e: &Evaluation, calibration: &str, sink: &mut dyn RowSink) -> io::Result<()> {
    for row in &e.crossings {
        sink.row(&[
            (&row.junction_id).into(),
            (&row.arm).into(),
            row.length_m.into(),
            row.walk_s.into(),
            row.clearance_s.into(),
            row.available_s.into(),
            row.is_enough.into(),
            calibration.into(),
        ])?;
    }
    Ok(())
}
