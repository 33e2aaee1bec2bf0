//! Phase and split diagram: what every movement of a signal is shown over the cycle.

use std::fmt::Write;

use sim_core::ids::SignalId;
use sim_core::signals::Aspect;

use super::{GREEN, RED, Svg, YELLOW, YIELDING, step_s};
use crate::loaded::Loaded;
use crate::signals::export::ways;
use crate::signals::sites::sites;
use crate::signals::timing::{Span, spans};

/// A movement over the cycle.
#[derive(Clone, PartialEq, Debug)]
pub struct SplitRow {
    /// Id of the movement.
    pub id: String,
    /// Direction and turn.
    pub turn: String,
    /// What it is shown, within the cycle.
    pub spans: Vec<Span>,
}

/// What all movements of a signal are shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Split {
    /// The signal.
    pub signal: String,
    /// Readable name.
    pub title: String,
    /// Cycle.
    pub cycle_ms: i64,
    /// Where the cycle begins.
    pub offset_ms: i64,
    /// Movements by approach.
    pub rows: Vec<SplitRow>,
}

/// What a signal shows over its cycle.
pub fn split(loaded: &Loaded, signal: SignalId) -> Split {
    let plan = &loaded.signals.plans[signal];
    let sites = sites(&loaded.parts, &loaded.names);
    let mut rows: Vec<(usize, SplitRow)> = Vec::new();
    let mut title = String::new();
    for way in ways(loaded, signal) {
        let entry = way.entries[0] as usize;
        let found = sites.iter().find_map(|site| {
            let at = site.movements.iter().position(|movement| movement.entries.contains(&entry))?;
            Some((site, at))
        });
        let (order, turn) = match found {
            Some((site, at)) => {
                if title.is_empty() {
                    title.clone_from(&site.title);
                }
                (at, site.code(&site.movements[at]))
            }
            None => (usize::MAX, String::new()),
        };
        rows.push((order, SplitRow { id: way.id, turn, spans: spans(plan, way.heads[0]) }));
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let id = loaded.names.signals[signal.index()].clone();
    Split {
        title: if title.is_empty() { id.clone() } else { title },
        signal: id,
        cycle_ms: plan.cycle_ms(),
        offset_ms: plan.offset_ms,
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    }
}

/// Its colour.
pub(in crate::signals) fn color(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Green => GREEN,
        Aspect::GreenYield => YIELDING,
        Aspect::Yellow => YELLOW,
        Aspect::RedYellow => "#e8863a",
        Aspect::Red | Aspect::RedThenStop => RED,
        Aspect::OffBlinking | Aspect::Off => "#bbbbbb",
    }
}

impl Split {
    /// As a picture.
    pub fn svg(&self, calibration: &str) -> String {
        const LEFT: f64 = 190.0;
        const WIDTH: f64 = 700.0;
        const ROW: f64 = 22.0;
        let top = 44.0;
        let height = top + ROW * self.rows.len() as f64 + 54.0;
        let cycle_s = self.cycle_ms as f64 / 1000.0;
        let x = |s: f64| LEFT + WIDTH * s / cycle_s.max(1e-9);
        let offset_s = self.offset_ms as f64 / 1000.0;
        let title = format!("{} ({}): cycle {cycle_s} s, offset {offset_s} s", self.title, self.signal);
        let mut svg = Svg::new([LEFT + WIDTH + 30.0, height], &title, calibration);
        for (index, row) in self.rows.iter().enumerate() {
            let y = top + ROW * index as f64;
            let label = if row.turn.is_empty() { row.id.clone() } else { format!("{} {}", row.turn, short(&row.id)) };
            svg.words([LEFT - 8.0, y + 15.0], "end", &label);
            for span in &row.spans {
                // A stretch over the end of the cycle is drawn in two parts.
                let (start, end) = (span.start_ms as f64 / 1000.0, span.end_ms() as f64 / 1000.0);
                for (from, to) in [(start, end.min(cycle_s)), (0.0, end - cycle_s)] {
                    if to <= from {
                        continue;
                    }
                    let is_red = matches!(span.aspect, Aspect::Red | Aspect::RedThenStop);
                    let (inset, thick) = if is_red { (8.0, 4.0) } else { (2.0, ROW - 5.0) };
                    svg.rect([x(from), y + inset, x(to) - x(from), thick], color(span.aspect));
                    if span.aspect.is_green() && x(to) - x(from) > 24.0 {
                        let length = (span.length_ms as f64 / 1000.0).to_string();
                        svg.words([(x(from) + x(to)) / 2.0, y + 15.0], "middle", &length);
                    }
                }
            }
        }
        let bottom = top + ROW * self.rows.len() as f64;
        let step = step_s(cycle_s);
        let mut at = 0.0;
        while at <= cycle_s + 1e-9 {
            svg.line([x(at), top - 6.0, x(at), bottom + 4.0], "#999999", 0.5);
            svg.words([x(at), bottom + 18.0], "middle", &format!("{at}"));
            at += step;
        }
        for (index, (color, words)) in
            [(GREEN, "green"), (YIELDING, "green, yields"), (YELLOW, "yellow"), (RED, "red")].into_iter().enumerate()
        {
            let left = LEFT + 130.0 * index as f64;
            svg.rect([left, bottom + 30.0, 14.0, 10.0], color);
            svg.words([left + 20.0, bottom + 39.0], "start", words);
        }
        svg.words([LEFT + WIDTH, bottom + 39.0], "end", "s in the cycle");
        svg.finish()
    }

    /// As data: a row per movement and stretch.
    pub fn csv(&self) -> String {
        let mut text = String::from("signal_id,movement_id,turn,start_s,length_s,shown\n");
        for row in &self.rows {
            for span in &row.spans {
                let (start, length) = (span.start_ms as f64 / 1000.0, span.length_ms as f64 / 1000.0);
                let cells = [quoted(&self.signal), quoted(&row.id), row.turn.clone()].join(",");
                writeln!(text, "{cells},{start:.3},{length:.3},{}", span.aspect.letter())
                    .expect("writing to memory cannot fail");
            }
        }
        text
    }
}

/// Text as a CSV cell.
pub(super) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The end of a long id.
fn short(id: &str) -> String {
    let n = id.chars().count();
    if n <= 18 { id.to_owned() } else { format!("…{}", id.chars().skip(n - 17).collect::<String>()) }
}
