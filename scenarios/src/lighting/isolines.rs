//! Isolines of a section's luminance and illuminance, field after field, as SVG. Across the road the picture is drawn
//! larger than along it.

use std::fmt::Write;

use sim_core::lighting::Lighting;
use sim_core::lighting::evaluate;

use crate::lighting::plan::LightingPlan;
use crate::loaded::Names;
use crate::write::sumo::xml_escape;

const WIDTH_PX: f64 = 1200.0;
const MARGIN_PX: f64 = 60.0;
const ROAD_PX: f64 = 150.0;
const GAP_PX: f64 = 86.0;
/// From dark to bright.
const COLORS: [&str; 7] = ["#1f2a44", "#2f4b7c", "#665191", "#a05195", "#d45087", "#f95d6a", "#ff9f1c"];

/// The picture of a section at full output.
pub fn svg(plan: &LightingPlan, names: &Names, lighting: &Lighting, index: usize) -> String {
    let section = &plan.sections[index];
    let known = &lighting.sections.as_slice()[index];
    let light = lighting.full_light();
    let fields: Vec<_> =
        plan.parts.sections[index].fields.iter().zip(&lighting.influence[known.field_range()]).collect();
    let total_m = fields.iter().fold(0.0, |sum, (field, _)| sum + field.length_m);
    let per_m = (WIDTH_PX - 2.0 * MARGIN_PX) / f64::max(total_m, 1.0);
    let height_px = 90.0 + 2.0 * (ROAD_PX + GAP_PX);
    let mut out = String::new();
    let title = format!("{} ({}), {}", names.link_titles[section.links[0]], section.id, section.class);
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH_PX:.0} {height_px:.0}\" width=\"{WIDTH_PX:.0}\" \
         height=\"{height_px:.0}\" font-family=\"DejaVu Sans, Noto Sans, Arial, sans-serif\">"
    );
    put(&mut out, &head);
    put(&mut out, &format!("<rect width=\"{WIDTH_PX:.0}\" height=\"{height_px:.0}\" fill=\"#fbfaf7\"/>"));
    text(&mut out, [MARGIN_PX, 34.0], 20.0, "start", &title);
    let f = known.full;
    let measures = format!(
        "L {:.2} cd/m², Uo {:.2}, Ul {:.2}, TI {:.1} %, REI {:.2}, E {:.1} lx, least {:.1} lx; maintained, full output",
        f.luminance_cdm2, f.uo, f.ul, f.ti_pct, f.rei, f.e_avg_lx, f.e_min_lx
    );
    text(&mut out, [MARGIN_PX, 56.0], 13.0, "start", &measures);
    for (row, (name, unit)) in
        [("luminance, observer in the rightmost lane", "cd/m²"), ("horizontal illuminance", "lx")].iter().enumerate()
    {
        let top = 90.0 + row as f64 * (ROAD_PX + GAP_PX);
        let values: Vec<Vec<f32>> = fields
            .iter()
            .map(|(field, influence)| {
                let found = evaluate::at_points(influence, &light, lighting.maintenance());
                let on_road = field.n_rows() * field.n_along();
                if row == 0 { found.luminance_cdm2[0].clone() } else { found.e_lx[..on_road].to_vec() }
            })
            .collect();
        let most = values.iter().flatten().fold(0.0_f32, |most, x| most.max(*x));
        let levels = levels(f64::from(most));
        text(&mut out, [MARGIN_PX, top - 8.0], 13.0, "start", &format!("{name}, {unit}"));
        let mut from_m = 0.0;
        for ((field, _), values) in fields.iter().zip(&values) {
            let rows = &field.rows_m()[..field.n_rows()];
            let [right_m, left_m] = field.edges_m();
            let x = |along: f64| MARGIN_PX + (from_m + along) * per_m;
            let y = |across: f64| top + ROAD_PX * (left_m - across) / (left_m - right_m);
            put(
                &mut out,
                &format!(
                    "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{ROAD_PX}\" fill=\"#e9e6df\" stroke=\"#b9b4a8\"/>",
                    x(0.0),
                    field.length_m * per_m
                ),
            );
            let stations = field.stations_m();
            for (k, level) in levels.iter().enumerate() {
                let lines = crossings(&stations, rows, values, *level);
                if lines.is_empty() {
                    continue;
                }
                let path: String = lines
                    .iter()
                    .map(|[a, b]| format!("M{:.1} {:.1}L{:.1} {:.1}", x(a[0]), y(a[1]), x(b[0]), y(b[1])))
                    .collect();
                put(
                    &mut out,
                    &format!(
                        "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"/>",
                        COLORS[k % COLORS.len()]
                    ),
                );
            }
            from_m += field.length_m;
        }
        let mut at = MARGIN_PX;
        for (k, level) in levels.iter().enumerate() {
            put(
                &mut out,
                &format!(
                    "<rect x=\"{at:.1}\" y=\"{:.1}\" width=\"18\" height=\"4\" fill=\"{}\"/>",
                    top + ROAD_PX + 22.0,
                    COLORS[k % COLORS.len()]
                ),
            );
            text(&mut out, [at + 24.0, top + ROAD_PX + 28.0], 12.0, "start", &format!("{level}"));
            at += 90.0;
        }
    }
    put(&mut out, "</svg>");
    out
}

/// Round values up to `most`, at most seven.
fn levels(most: f64) -> Vec<f64> {
    let steps = [0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0];
    let step = steps.into_iter().find(|step| most / step <= 8.0).unwrap_or(200.0);
    (1..=7).map(|k| (f64::from(k) * step * 1000.0).round() / 1000.0).filter(|level| *level < most).collect()
}

/// Where the values between grid points cross a level: line pieces through the cells of the grid.
fn crossings(stations: &[f64], rows: &[f64], values: &[f32], level: f64) -> Vec<[[f64; 2]; 2]> {
    let n = stations.len();
    let at = |row: usize, i: usize| f64::from(values[row * n + i]) - level;
    let mut lines = Vec::new();
    for row in 0..rows.len().saturating_sub(1) {
        for i in 0..n.saturating_sub(1) {
            let corners = [(row, i), (row, i + 1), (row + 1, i + 1), (row + 1, i)];
            let mut points = Vec::new();
            for k in 0..4 {
                let (a, b) = (corners[k], corners[(k + 1) % 4]);
                let (va, vb) = (at(a.0, a.1), at(b.0, b.1));
                if (va < 0.0) != (vb < 0.0) {
                    let t = va / (va - vb);
                    points.push([
                        stations[a.1] + t * (stations[b.1] - stations[a.1]),
                        rows[a.0] + t * (rows[b.0] - rows[a.0]),
                    ]);
                }
            }
            lines.extend(points.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
    }
    lines
}

fn put(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn text(out: &mut String, [x, y]: [f64; 2], size: f64, anchor: &str, words: &str) {
    writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"#22303a\">{}</text>",
        xml_escape(words)
    )
    .expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_crossed_where_it_should_be() {
        let lines = crossings(&[0.0, 1.0], &[0.0, 1.0], &[0.0, 1.0, 0.0, 1.0], 0.25);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|point| (point[0] - 0.25).abs() < 1e-9), "{lines:?}");
        assert_eq!(levels(1.6), [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4]);
    }
}
