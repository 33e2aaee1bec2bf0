//! Pictures of plans, as SVG and as data: phases and splits of a signal, a corridor over time and space.

pub mod arrivals;
pub mod corridor;
pub mod split;

use std::fmt::Write;

use quick_xml::escape::escape;

/// Colour of green that goes first.
const GREEN: &str = "#2e9e4f";
/// Colour of green that yields.
const YIELDING: &str = "#9bd3a8";
/// Colour of yellow.
const YELLOW: &str = "#f2c230";
/// Colour of red.
const RED: &str = "#d9534f";

/// An SVG being drawn.
struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture with a title and, as on every picture, whether the scenario is calibrated.
    fn new([width, height]: [f64; 2], title: &str, calibration: &str) -> Self {
        let mut text = String::new();
        writeln!(
            text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">"
        )
        .expect("writing to memory cannot fail");
        writeln!(text, "<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#ffffff\"/>")
            .expect("writing to memory cannot fail");
        let mut svg = Self { text };
        svg.words([10.0, 18.0], "start", title);
        svg.words([width - 10.0, 18.0], "end", calibration);
        svg
    }
    fn push(&mut self, element: &str) {
        self.text.push_str(element);
        self.text.push('\n');
    }
    fn rect(&mut self, [x, y, width, height]: [f64; 4], fill: &str) {
        self.push(&format!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"/>"
        ));
    }
    fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], stroke: &str, width: f64) {
        self.push(&format!(
            "<line x1=\"{x1:.2}\" y1=\"{y1:.2}\" x2=\"{x2:.2}\" y2=\"{y2:.2}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>"
        ));
    }
    fn words(&mut self, [x, y]: [f64; 2], anchor: &str, words: &str) {
        self.push(&format!("<text x=\"{x:.2}\" y=\"{y:.2}\" text-anchor=\"{anchor}\">{}</text>", escape(words)));
    }
    fn polygon(&mut self, points: &[[f64; 2]], fill: &str, opacity: f64) {
        let points: Vec<String> = points.iter().map(|[x, y]| format!("{x:.2},{y:.2}")).collect();
        self.push(&format!("<polygon points=\"{}\" fill=\"{fill}\" fill-opacity=\"{opacity}\"/>", points.join(" ")));
    }
    fn finish(mut self) -> String {
        self.push("</svg>");
        self.text
    }
}

/// Marks of an axis over some seconds: a round step that gives about ten of them.
fn step_s(length_s: f64) -> f64 {
    [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0]
        .into_iter()
        .find(|step| length_s / step <= 12.0)
        .unwrap_or(600.0)
}
