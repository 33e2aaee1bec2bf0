//! The geometry sheet of a section: every pole, grid point, observer and result, so that it can be repeated in another
//! program and its numbers put beside.

use serde_json::{Value, json};
use sim_core::lighting::Lighting;
use sim_core::lighting::evaluate::{self, Buffers};
use sim_core::lighting::field::EYE_HEIGHT_M;

use crate::lighting::plan::LightingPlan;
use crate::loaded::Names;
use crate::write::csv::rounded;

/// The sheet of a section at full output.
pub fn sheet(plan: &LightingPlan, names: &Names, lighting: &Lighting, index: usize) -> Value {
    let section = &plan.sections[index];
    let part = &plan.parts.sections[index];
    let known = &lighting.sections.as_slice()[index];
    let light = lighting.full_light();
    let fields: Vec<Value> = part
        .fields
        .iter()
        .zip(&lighting.influence[known.field_range()])
        .map(|(field, influence)| {
            let local = |point: [f64; 2]| {
                let [dx, dy] = [point[0] - field.origin_in_city_m[0], point[1] - field.origin_in_city_m[1]];
                let [ax, ay] = field.axis;
                [rounded(dx * ax + dy * ay, 3), rounded(dy * ax - dx * ay, 3)]
            };
            let poles: Vec<Value> = influence
                .members
                .iter()
                .map(|id| {
                    let (pole, luminaire) = (&plan.poles[id.index()], &lighting.luminaires[*id]);
                    let [x, y] = local(pole.position_m);
                    let kind = &plan.types.list[pole.kind];
                    json!({
                        "luminaire_id": pole.id, "x_m": x, "y_m": y, "height_m": pole.height_m,
                        "tilt_deg": pole.tilt_deg,
                        "towards": local([field.origin_in_city_m[0] + pole.towards[0], field.origin_in_city_m[1] + pole.towards[1]]),
                        "type_id": plan.types.names[pole.kind], "flux_lm": kind.flux_lm,
                        "tilt_factor": rounded(plan.types.tilt_factor(pole.kind, pole.tilt_deg), 4),
                        "maintenance_factor": rounded(f64::from(luminaire.maintenance), 4),
                    })
                })
                .collect();
            let found = evaluate::field(influence, &light, lighting.maintenance(), &lighting.rules, &mut Buffers::default());
            let values = evaluate::at_points(influence, &light, lighting.maintenance());
            let stations = field.stations_m();
            let rows = field.rows_m();
            let on_road = field.n_rows() * stations.len();
            let table = |values: &[f32]| -> Vec<Vec<f64>> {
                let row = |row: &[f32]| row.iter().map(|x| rounded(f64::from(*x), 5)).collect();
                values.chunks(stations.len()).map(row).collect()
            };
            let observers: Vec<Value> = (0..field.lanes.len())
                .map(|lane| {
                    let (at, heading) = field.observer(lane);
                    json!({
                        "lane": lane + 1, "x_m": rounded(at[0], 3), "y_m": rounded(at[1], 3), "z_m": EYE_HEIGHT_M,
                        "heading": heading, "luminance_cdm2_by_row": table(&values.luminance_cdm2[lane]),
                    })
                })
                .collect();
            let views: Vec<Value> = field
                .glare_views()
                .iter()
                .map(|view| json!({"first_x_m": rounded(view.first_x_m, 3), "step_m": rounded(view.step_m, 4), "y_m": rounded(view.y_m, 3), "heading": view.heading}))
                .collect();
            json!({
                "origin_in_city_m": field.origin_in_city_m.map(|x| rounded(x, 3)),
                "axis": field.axis.map(|x| rounded(x, 6)),
                "length_m": rounded(field.length_m, 3),
                "lanes": field.lanes.iter().map(|lane| json!({"middle_y_m": rounded(lane.middle_m, 3), "width_m": rounded(lane.width_m, 3), "against": lane.is_against})).collect::<Vec<_>>(),
                "luminaires": poles,
                "grid": {
                    "x_m": stations.iter().map(|x| rounded(*x, 4)).collect::<Vec<_>>(),
                    "y_m_on_carriageway": rows[..field.n_rows()].iter().map(|y| rounded(*y, 4)).collect::<Vec<_>>(),
                    "y_m_beside_it": rows[field.n_rows()..].iter().map(|y| rounded(*y, 4)).collect::<Vec<_>>(),
                    "sag_m": field.sag_m.iter().map(|x| rounded(*x, 3)).collect::<Vec<_>>(),
                },
                "illuminance_lx_by_row": table(&values.e_lx[..on_road]),
                "illuminance_lx_beside_by_row": table(&values.e_lx[on_road..]),
                "luminance_observers": observers,
                "glare_views": views,
                "results": {
                    "luminance_cdm2": rounded(found.luminance_cdm2, 5), "uo": rounded(found.uo, 5), "ul": rounded(found.ul, 5),
                    "ti_pct": rounded(found.ti_pct, 3), "rei": rounded(found.rei, 5),
                    "e_avg_lx": rounded(found.e_avg_lx, 4), "e_min_lx": rounded(found.e_min_lx, 4),
                },
            })
        })
        .collect();
    json!({
        "section_id": section.id,
        "name": names.link_titles[section.links[0]],
        "rules": plan.rules,
        "class": section.class,
        "surface_q0": section.q0,
        "conventions": "x along the field from its first luminaire, y to the left, metres; C0 of a luminaire a quarter turn clockwise from `towards`, C90 along it; values maintained, at full output, worst field decides",
        "fields": fields,
    })
}
