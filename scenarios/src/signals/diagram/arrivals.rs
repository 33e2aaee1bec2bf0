//! Arrivals on green as a run measured them, beside the share of green in the cycle: a coordination diagram by interval.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use sim_core::ids::SignalId;

use super::split::quoted;
use super::{GREEN, Svg};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::signals::sites::sites;
use crate::signals::timing::greens;

/// What a run measured of a movement in an interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Arrived {
    /// Start.
    pub begin_s: f64,
    /// Share that arrived on green.
    pub on_green_share: f64,
    /// Vehicles that came, per hour.
    pub demand_vph: f64,
}

/// A movement of a signal.
#[derive(Clone, PartialEq, Debug)]
pub struct ArrivalRow {
    /// Inbound link, `->`, outbound link.
    pub id: String,
    /// Direction and turn.
    pub turn: String,
    /// Share of green in the cycle.
    pub green_share: f64,
    /// By interval.
    pub intervals: Vec<Arrived>,
}

impl ArrivalRow {
    /// Share over all intervals, weighted by who came.
    pub fn on_green_share(&self) -> Option<f64> {
        let weight: f64 = self.intervals.iter().map(|interval| interval.demand_vph).sum();
        let sum: f64 = self.intervals.iter().map(|interval| interval.demand_vph * interval.on_green_share).sum();
        (weight > 0.0).then(|| sum / weight)
    }
    /// Platoon ratio: that share over the share of green.
    pub fn platoon_ratio(&self) -> Option<f64> {
        self.on_green_share().filter(|_| self.green_share > 0.0).map(|share| share / self.green_share)
    }
}

/// Arrivals at a signal.
#[derive(Clone, PartialEq, Debug)]
pub struct Arrivals {
    /// The signal.
    pub signal: String,
    /// Movements that somebody took.
    pub rows: Vec<ArrivalRow>,
}

/// Arrivals at signals, from the folder of a run.
///
/// # Errors
/// If the folder has no `movements.csv` that can be read.
pub fn arrivals(loaded: &Loaded, signals: &[SignalId], run: &Path) -> Result<Vec<Arrivals>, Problems> {
    let file = run.join("movements.csv");
    let cannot = |what: String| {
        Problem::new(&file, what).hint("--run wants the folder of a run with its tables as CSV: `citytwin run -o DIR`")
    };
    let mut reader = csv::Reader::from_path(&file).map_err(|error| cannot(format!("cannot be read: {error}")))?;
    let header = reader.headers().map_err(|error| cannot(format!("cannot be read: {error}")))?.clone();
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(["movement_id", "begin_s", "demand_vph", "arrivals_on_green_share"]) {
        let position = header.iter().position(|column| column == name);
        *place = position.ok_or_else(|| cannot(format!("has no column {name:?}")))?;
    }
    let mut measured: BTreeMap<String, Vec<Arrived>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| cannot(format!("a row cannot be read: {error}")))?;
        let number = |place: usize| record.get(places[place]).and_then(|cell| cell.parse::<f64>().ok());
        if let (Some(begin_s), Some(demand_vph), Some(on_green_share)) = (number(1), number(2), number(3)) {
            let id = record.get(places[0]).unwrap_or("").to_owned();
            measured.entry(id).or_default().push(Arrived { begin_s, on_green_share, demand_vph });
        }
    }
    let sites = sites(&loaded.parts, &loaded.names);
    let name = |link: sim_core::ids::LinkId| loaded.names.links[link.index()].as_str();
    let mut found = Vec::new();
    for &signal in signals {
        let plan = &loaded.signals.plans[signal];
        let mut rows = Vec::new();
        for site in &sites {
            for movement in &site.movements {
                let head = movement.entries.iter().find_map(|&entry| loaded.parts.connectors[entry].signal);
                let Some((_, head)) = head.filter(|(of, _)| *of == signal) else { continue };
                let id = format!("{}->{}", name(site.approaches[movement.approach].link), name(movement.to));
                let Some(intervals) = measured.get(&id) else { continue };
                let green_ms: i64 = greens(plan, usize::from(head)).iter().map(|green| green.length_ms).sum();
                rows.push(ArrivalRow {
                    turn: site.code(movement),
                    id,
                    green_share: green_ms as f64 / plan.cycle_ms().max(1) as f64,
                    intervals: intervals.clone(),
                });
            }
        }
        found.push(Arrivals { signal: loaded.names.signals[signal.index()].clone(), rows });
    }
    Ok(found)
}

impl Arrivals {
    /// As a picture: a bar for each interval, and the share of green as a line.
    pub fn svg(&self, calibration: &str) -> String {
        const LEFT: f64 = 120.0;
        const WIDTH: f64 = 640.0;
        const ROW: f64 = 54.0;
        let top = 40.0;
        let n = self.rows.iter().map(|row| row.intervals.len()).max().unwrap_or(1).max(1) as f64;
        let words = "share of arrivals on green by interval (bars), share of green in the cycle (line)";
        let size = [LEFT + WIDTH + 250.0, top + ROW * self.rows.len() as f64 + 30.0];
        let mut svg = Svg::new(size, &format!("{}: {words}", self.signal), calibration);
        for (index, row) in self.rows.iter().enumerate() {
            let bottom = top + ROW * (index + 1) as f64 - 8.0;
            let height = ROW - 14.0;
            svg.words([LEFT - 8.0, bottom - height / 2.0 + 4.0], "end", &row.turn);
            svg.line([LEFT, bottom, LEFT + WIDTH, bottom], "#999999", 0.5);
            for (position, interval) in row.intervals.iter().enumerate() {
                let tall = height * interval.on_green_share;
                let x = LEFT + WIDTH * position as f64 / n;
                svg.rect([x + 1.0, bottom - tall, WIDTH / n - 2.0, tall], GREEN);
            }
            let level = bottom - height * row.green_share;
            svg.line([LEFT, level, LEFT + WIDTH, level], "#222222", 1.0);
            if let (Some(share), Some(ratio)) = (row.on_green_share(), row.platoon_ratio()) {
                let words = format!("{:.0} % on green, platoon ratio {ratio:.2}", 100.0 * share);
                svg.words([LEFT + WIDTH + 8.0, bottom - height / 2.0 + 4.0], "start", &words);
            }
        }
        svg.finish()
    }

    /// As data.
    pub fn csv(&self) -> String {
        let mut text = String::from(
            "signal_id,movement_id,turn,begin_s,demand_vph,arrivals_on_green_share,green_share,platoon_ratio\n",
        );
        for row in &self.rows {
            for interval in &row.intervals {
                let ratio = if row.green_share > 0.0 {
                    format!("{:.3}", interval.on_green_share / row.green_share)
                } else {
                    String::new()
                };
                let cells = [quoted(&self.signal), quoted(&row.id), row.turn.clone()].join(",");
                writeln!(
                    text,
                    "{cells},{:.3},{:.2},{:.3},{:.3},{ratio}",
                    interval.begin_s, interval.demand_vph, interval.on_green_share, row.green_share
                )
                .expect("writing to memory cannot fail");
            }
        }
        text
    }
}
