//! The fundamental diagram as a picture: flow per metre of width, and speed, over density per square metre.

use std::fmt::Write as _;

use super::mid_block::Point;

const PANEL_PX: (f64, f64) = (420.0, 300.0);
const MARGIN_PX: f64 = 60.0;
const COLORS: [&str; 4] = ["#1b9e77", "#d95f02", "#7570b3", "#e7298a"];
const MOST_PER_M2: f64 = 0.4;

/// An axis from zero: its end, the distance of its marks, and its name.
struct Axis {
    end: f64,
    mark: f64,
    name: &'static str,
}

/// A panel: where it lies, its vertical axis, what it shows of a point, and the field's range as a rectangle of densities
/// and values.
struct Panel {
    left_px: f64,
    axis: Axis,
    value: fn(&Point) -> f64,
    field: [[f64; 2]; 2],
}

/// Draws diagrams, each with its width, as SVG.
pub fn svg(diagrams: &[(f64, Vec<Point>)]) -> String {
    let width_px = 2.0 * (PANEL_PX.0 + MARGIN_PX) + MARGIN_PX;
    let height_px = PANEL_PX.1 + 2.0 * MARGIN_PX + 20.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width_px} {height_px}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{MARGIN_PX}\" y=\"28\" \
         font-size=\"15\">Motorcycles on a closed ring, by width of the road; grey: range of field data</text>\n"
    );
    let panels = [
        Panel {
            left_px: MARGIN_PX,
            axis: Axis { end: 2500.0, mark: 500.0, name: "motorcycles per hour and metre" },
            value: |point| point.flow_per_hm,
            field: [[0.13, 0.20], [1740.0, 2200.0]],
        },
        Panel {
            left_px: 2.0 * MARGIN_PX + PANEL_PX.0,
            axis: Axis { end: 50.0, mark: 10.0, name: "mean speed in km/h" },
            value: |point| point.speed_mps * 3.6,
            field: [[0.13, 0.20], [11.0, 16.0]],
        },
    ];
    for panel in &panels {
        panel.draw(&mut text, diagrams);
    }
    for (index, (width_m, _)) in diagrams.iter().enumerate() {
        let (x, y) = (MARGIN_PX + 110.0 * index as f64, height_px - 12.0);
        let color = COLORS[index % COLORS.len()];
        let _ = writeln!(
            text,
            "<circle cx=\"{x:.0}\" cy=\"{:.0}\" r=\"5\" fill=\"{color}\"/><text x=\"{:.0}\" y=\"{y:.0}\">{width_m} m</text>",
            y - 4.0,
            x + 10.0
        );
    }
    text.push_str("</svg>\n");
    text
}

impl Panel {
    fn px(&self, density_per_m2: f64, value: f64) -> (f64, f64) {
        (
            self.left_px + density_per_m2 / MOST_PER_M2 * PANEL_PX.0,
            MARGIN_PX + (1.0 - value / self.axis.end) * PANEL_PX.1,
        )
    }

    fn draw(&self, text: &mut String, diagrams: &[(f64, Vec<Point>)]) {
        let [[from, to], [low, high]] = self.field;
        let ((x, y), (right, bottom)) = (self.px(from, high), self.px(to, low));
        let _ = writeln!(
            text,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#ddd\"/>",
            right - x,
            bottom - y
        );
        let (left, top) = (self.left_px, MARGIN_PX);
        let _ = writeln!(
            text,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#444\"/>\n<text \
             x=\"{left}\" y=\"{}\">{}</text>\n<text x=\"{}\" y=\"{}\" text-anchor=\"end\">per m²</text>",
            PANEL_PX.0,
            PANEL_PX.1,
            top - 6.0,
            self.axis.name,
            left + PANEL_PX.0,
            top + PANEL_PX.1 + 32.0
        );
        for mark in 0..=((self.axis.end / self.axis.mark).round() as usize) {
            let value = mark as f64 * self.axis.mark;
            let (x, y) = self.px(0.0, value);
            let _ =
                writeln!(text, "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{value}</text>", x - 4.0, y + 4.0);
        }
        for mark in 0..=4 {
            let density = 0.1 * f64::from(mark);
            let (x, y) = self.px(density, 0.0);
            let _ =
                writeln!(text, "<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{density:.1}</text>", y + 16.0);
        }
        for (index, (_, points)) in diagrams.iter().enumerate() {
            let color = COLORS[index % COLORS.len()];
            let places: Vec<(f64, f64)> =
                points.iter().map(|point| self.px(point.density_per_m2, (self.value)(point))).collect();
            let line: String = places.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect();
            let _ = writeln!(text, "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\"/>", line.trim());
            for (x, y) in places {
                let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"/>");
            }
        }
    }
}
