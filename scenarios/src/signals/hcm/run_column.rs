//! What a run measured, read back from its `movements.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use super::rows::{Part, Simulated};
use crate::error::{Problem, Problems};
use crate::write::level_of_service::{Basis, letter};

/// The movements of a run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RunColumn {
    /// By movement id, one for each interval.
    rows: BTreeMap<String, Vec<Interval>>,
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Interval {
    begin_s: f64,
    end_s: f64,
    demand_vph: Option<f64>,
    served_vph: Option<f64>,
    delay_s: Option<f64>,
    queue_p95_m: Option<f64>,
    capacity_vph: Option<f64>,
}

impl RunColumn {
    /// Reads the folder of a run.
    ///
    /// # Errors
    /// If it has no `movements.csv` that can be read.
    pub fn read(folder: &Path) -> Result<Self, Problems> {
        let file = folder.join("movements.csv");
        let cannot = |what: String| {
            Problem::new(&file, what)
                .hint("--run wants the folder of a run with its tables as CSV: `citytwin run -o DIR`")
        };
        let mut reader = csv::Reader::from_path(&file).map_err(|error| cannot(format!("cannot be read: {error}")))?;
        let header = reader.headers().map_err(|error| cannot(format!("cannot be read: {error}")))?.clone();
        let place = |name: &str| {
            let position = header.iter().position(|column| column == name);
            position.ok_or_else(|| Problems::from(cannot(format!("has no column {name:?}"))))
        };
        let id = place("movement_id")?;
        let columns =
            ["begin_s", "end_s", "demand_vph", "served_vph", "control_delay_s", "back_of_queue_p95_m", "capacity_vph"];
        let mut places = [0; 7];
        for (position, name) in places.iter_mut().zip(columns) {
            *position = place(name)?;
        }
        let mut rows: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| cannot(format!("a row cannot be read: {error}")))?;
            let cell = |index: usize| record.get(places[index]).and_then(|cell| cell.parse::<f64>().ok());
            rows.entry(record.get(id).unwrap_or("").to_owned()).or_default().push(Interval {
                begin_s: cell(0).unwrap_or(0.0),
                end_s: cell(1).unwrap_or(0.0),
                demand_vph: cell(2),
                served_vph: cell(3),
                delay_s: cell(4),
                queue_p95_m: cell(5),
                capacity_vph: cell(6),
            });
        }
        Ok(Self { rows })
    }

    /// Puts what was measured in the analysis hour beside what was calculated; the whole run where it has no such hour.
    pub(super) fn fill(&self, part: &mut Part) {
        let (begin_s, end_s) = (part.junction.begin_s, part.junction.end_s);
        let basis = match part.junction.control {
            "signal" => Basis::Signal,
            "all-way stop" => Basis::AllWayStop,
            "roundabout" => Basis::Roundabout,
            _ => Basis::Yield,
        };
        let mut is_other_time = false;
        let mut delays: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for row in &mut part.movements {
            let Some(all) = self.rows.get(&row.movement_id) else { continue };
            let within: Vec<&Interval> =
                all.iter().filter(|interval| interval.begin_s < end_s && interval.end_s > begin_s).collect();
            is_other_time |= within.is_empty();
            let list = if within.is_empty() { all.iter().collect() } else { within };
            let length = |interval: &Interval| interval.end_s - interval.begin_s;
            let mean = |value: fn(&Interval) -> Option<f64>, weight: &dyn Fn(&Interval) -> f64| {
                let pairs: Vec<(f64, f64)> = list.iter().filter_map(|i| Some((value(i)?, weight(i)))).collect();
                let total: f64 = pairs.iter().map(|pair| pair.1).sum();
                (total > 0.0).then(|| pairs.iter().map(|(value, weight)| value * weight).sum::<f64>() / total)
            };
            let served = |interval: &Interval| interval.served_vph.unwrap_or(0.0) * length(interval);
            let delay_s = mean(|i| i.delay_s, &served);
            if let Some(delay_s) = delay_s {
                let sum = delays.entry(row.approach.clone()).or_default();
                let weight: f64 = list.iter().map(|interval| served(interval)).sum();
                sum.0 += delay_s * weight;
                sum.1 += weight;
            }
            row.simulated = Some(Simulated {
                demand_vph: mean(|i| i.demand_vph, &length),
                capacity_vph: mean(|i| i.capacity_vph, &length),
                control_delay_s: delay_s,
                queue_p95_m: list.iter().filter_map(|i| i.queue_p95_m).reduce(f64::max),
                level_of_service: delay_s.and_then(|delay_s| letter(basis, delay_s)),
            });
        }
        for approach in &mut part.approaches {
            approach.simulated_delay_s =
                delays.get(&approach.name).filter(|(_, weight)| *weight > 0.0).map(|(sum, weight)| sum / weight);
        }
        let (sum, weight) = delays.values().fold((0.0, 0.0), |all, own| (all.0 + own.0, all.1 + own.1));
        part.junction.simulated_delay_s = (weight > 0.0).then(|| sum / weight);
        if is_other_time {
            let note = "the run has no interval in the analysis hour: its whole time stands beside it";
            part.junction.assumed.push(note.to_owned());
        }
    }
}
