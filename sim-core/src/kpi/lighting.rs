//! Rows of lighting from its record.

use crate::city::City;
use crate::engine::recorder::Recorder;
use crate::engine::world::World;
use crate::ids::{Id, LightingSectionId};
use crate::kpi::Results;
use crate::kpi::rows::LightingRow;
use crate::lighting::Lighting;
use crate::lighting::record::LightingRecord;

/// Adds what lighting came to until `end_ms`.
pub(super) fn collect(recorder: &Recorder, city: &City, world: &World, end_ms: i64, results: &mut Results) {
    if city.lighting.is_empty() {
        return;
    }
    let mut record = recorder.lighting.clone();
    record.add(&city.lighting, &world.lighting, &world.ports, end_ms);
    results.lighting = rows(&record);
    results.lighting_states = record.states();
    results.lighting_outputs = outputs(&city.lighting);
    results.lighting_full = full(&city.lighting);
    results.lamp_energy_wh = record.energy_j.iter().map(|joules| joules / 3600.0).collect();
}

/// Average illuminance at full output and area by section.
pub fn full(lighting: &Lighting) -> Vec<(f64, f64)> {
    lighting.sections.iter().map(|section| (section.full.e_avg_lx, section.area_m2)).collect()
}

/// By section: its normal class, and the smallest common outputs for the classes from that one on.
pub fn outputs(lighting: &Lighting) -> Vec<(u16, Vec<f32>)> {
    lighting.sections.iter().map(|section| (section.normal_class, section.outputs.clone())).collect()
}

/// One row per interval and section.
pub fn rows(record: &LightingRecord) -> Vec<LightingRow> {
    let mut rows = Vec::new();
    for interval in &record.intervals {
        for (index, sum) in interval.sections.iter().enumerate() {
            rows.push(LightingRow {
                section: LightingSectionId::from_index(index),
                begin_s: interval.begin_ms as f64 / 1000.0,
                end_s: interval.end_ms.min(record.until_ms) as f64 / 1000.0,
                night_s: sum.night_s,
                short_s: sum.short_s,
                output_share: (sum.night_s > 0.0).then(|| sum.output_s / sum.night_s),
                worst: sum.worst,
                power_w: if sum.time_s > 0.0 { sum.energy_j / sum.time_s } else { 0.0 },
                energy_wh: sum.energy_j / 3600.0,
            });
        }
    }
    rows
}
