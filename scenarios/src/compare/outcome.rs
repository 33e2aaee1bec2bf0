//! A finished run, read back from its result folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::measures::{OF_TRIPS, SECTIONS, Scope};
use super::tables;
use crate::error::{Problem, Problems};

/// What a run came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Where it lies.
    pub folder: PathBuf,
    /// The scenario's name.
    pub scenario: String,
    /// The variant, if it is one.
    pub variant: Option<String>,
    /// The seed of its draws.
    pub seed: u64,
    /// Begin, warm-up and step, in seconds.
    pub clock_s: [f64; 3],
    /// End asked for or reached, unless all had arrived before.
    pub end_s: Option<f64>,
    /// Whether counts were loaded and met.
    pub is_calibrated: bool,
    /// Its measures.
    pub values: BTreeMap<(Scope, String), f64>,
    /// Names of its junctions by id.
    pub junctions: BTreeMap<String, String>,
}

impl Outcome {
    /// Reads a result folder.
    ///
    /// # Errors
    /// When it holds no finished run.
    pub fn read(folder: &Path) -> Result<Self, Problems> {
        let path = folder.join("summary.json");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            if folder.is_dir() && error.kind() == std::io::ErrorKind::NotFound {
                Problem::new(
                    folder,
                    "has no summary.json: it holds no results, or a run that was not written to its end",
                )
                .hint("give folders that `citytwin run` has written")
            } else {
                Problem::new(folder, format!("cannot be read as results: {error}"))
                    .hint("give folders that `citytwin run` has written")
            }
        })?;
        let summary: Value = serde_json::from_str(&text)
            .map_err(|error| Problem::new(&path, format!("is no summary of a run: {error}")).line(error.line()))?;
        let number = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64);
        let word = |pointer: &str| summary.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let missing = |key: &str| Problem::new(&path, format!("lacks {key:?}: it is no summary of this program"));
        let begin_s = number("/begin_s").ok_or_else(|| missing("begin_s"))?;
        let ended_because = word("/ended_because").ok_or_else(|| missing("ended_because"))?;
        if ended_because == "interrupted" {
            return Err(Problem::new(folder, "was interrupted before its end, so that it cannot be compared")
                .hint("run it again to its end")
                .into());
        }
        let mut outcome = Self {
            folder: folder.to_owned(),
            scenario: word("/scenario").ok_or_else(|| missing("scenario"))?,
            variant: word("/variant"),
            seed: summary.pointer("/seed").and_then(Value::as_u64).ok_or_else(|| missing("seed"))?,
            clock_s: [begin_s, number("/warm_up_s").unwrap_or(0.0), number("/step_length_s").unwrap_or(0.0)],
            end_s: if ended_because == "all_arrived" { None } else { number("/end_s") },
            is_calibrated: summary["calibrated"].as_bool().unwrap_or(false),
            values: BTreeMap::new(),
            junctions: BTreeMap::new(),
        };
        outcome.read_summary(&summary);
        outcome.read_junctions(folder)?;
        outcome.read_corridors(folder)?;
        Ok(outcome)
    }

    /// A measure.
    pub fn value(&self, scope: &Scope, key: &str) -> Option<f64> {
        self.values.get(&(scope.clone(), key.to_owned())).copied()
    }

    fn put(&mut self, scope: Scope, key: &str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.values.insert((scope, key.to_owned()), value);
        }
    }

    fn read_summary(&mut self, summary: &Value) {
        for measure in OF_TRIPS {
            self.put(Scope::Network, measure.key, summary.pointer(measure.pointer).and_then(Value::as_f64));
            for (class, of_class) in summary["by_class"].as_object().into_iter().flatten() {
                let value = of_class.pointer(measure.pointer).and_then(Value::as_f64);
                self.put(Scope::Class(class.clone()), measure.key, value);
            }
        }
        for section in SECTIONS {
            self.read_section(section, &summary[*section]);
        }
        let hours = |name: &str| summary["lighting"][name].as_f64();
        if let (Some(all), Some(missed)) = (hours("section_hours"), hours("noncompliant_section_hours")) {
            let share = (all > 0.0).then(|| 1.0 - missed / all);
            self.put(Scope::Network, "lighting.compliant_share", share);
        }
    }

    /// Takes every number below a part of the summary; lists of events, and when something was, are no measures.
    fn read_section(&mut self, key: &str, part: &Value) {
        match part {
            Value::Number(number) => self.put(Scope::Network, key, number.as_f64()),
            Value::Object(parts) => {
                for (name, part) in parts.iter().filter(|(name, _)| *name != "at_s") {
                    self.read_section(&format!("{key}.{name}"), part);
                }
            }
            _ => {}
        }
    }

    fn read_junctions(&mut self, folder: &Path) -> Result<(), Problems> {
        let columns = [
            "junction_id",
            "approach_link_id",
            "name",
            "begin_s",
            "end_s",
            "served_vph",
            "control_delay_s",
            "person_delay_s",
            "stops_per_vehicle",
            "back_of_queue_p95_m",
        ];
        let (mut by_junction, mut all) = (BTreeMap::<String, JunctionSum>::new(), JunctionSum::default());
        let mut names = BTreeMap::new();
        tables::read(folder, "junctions", columns, |[id, approach, name, begin, end, served, means @ .., queue]| {
            if !approach.is_empty() {
                return;
            }
            let hours = (number(end).unwrap_or(0.0) - number(begin).unwrap_or(0.0)) / 3600.0;
            let served = number(served).unwrap_or(0.0) * hours;
            if !names.contains_key(id) {
                names.insert(id.to_owned(), name.to_owned());
            }
            for sum in [by_junction.entry(id.to_owned()).or_default(), &mut all] {
                sum.add(served, means.map(number), number(queue));
            }
        })?;
        self.junctions = names;
        for (id, sum) in &by_junction {
            self.put_junction(&Scope::Junction(id.clone()), sum);
        }
        self.put_junction(&Scope::Network, &all);
        Ok(())
    }

    fn put_junction(&mut self, scope: &Scope, sum: &JunctionSum) {
        let keys = ["control_delay_s", "person_delay_s", "stops_per_vehicle"];
        for (key, (total, weight)) in keys.into_iter().zip(sum.means) {
            self.put(scope.clone(), key, (weight > 0.0).then(|| total / weight));
        }
        self.put(scope.clone(), "back_of_queue_p95_m", sum.queue_m);
        self.put(scope.clone(), "served", Some(sum.served));
    }

    /// Streets with a name of their own that more than one link bears.
    fn read_corridors(&mut self, folder: &Path) -> Result<(), Problems> {
        let columns = [
            "link_id",
            "name",
            "class",
            "begin_s",
            "end_s",
            "length_m",
            "flow_vph",
            "density_vpkm",
            "co2_g",
            "nox_g",
            "energy_wh",
        ];
        let mut corridors = BTreeMap::<String, CorridorSum>::new();
        tables::read(folder, "links", columns, |[id, name, class, begin, end, length, flow, density, used @ ..]| {
            if class != "all" || name == id {
                return;
            }
            let hours = (number(end).unwrap_or(0.0) - number(begin).unwrap_or(0.0)) / 3600.0;
            let length_km = number(length).unwrap_or(0.0) / 1000.0;
            let sum = corridors.entry(name.to_owned()).or_default();
            sum.vehicle_km += number(flow).unwrap_or(0.0) * hours * length_km;
            sum.vehicle_h += number(density).unwrap_or(0.0) * hours * length_km;
            for (total, cell) in sum.used.iter_mut().zip(used) {
                // An empty cell means that nothing was computed.
                if let Some(amount) = number(cell) {
                    *total = Some(total.unwrap_or(0.0) + amount);
                }
            }
            if sum.first_link.as_deref() != Some(id) {
                sum.has_several = sum.first_link.is_some();
                sum.first_link.get_or_insert_with(|| id.to_owned());
            }
        })?;
        for (name, sum) in corridors.into_iter().filter(|(_, sum)| sum.has_several) {
            let speed_mps = (sum.vehicle_h > 0.0).then(|| sum.vehicle_km / sum.vehicle_h / 3.6);
            self.put(Scope::Corridor(name.clone()), "corridor_speed_mps", speed_mps);
            for (key, total) in ["co2_g", "nox_g", "energy_wh"].into_iter().zip(sum.used) {
                self.put(Scope::Corridor(name.clone()), key, total);
            }
            self.put(Scope::Corridor(name.clone()), "vehicle_h", Some(sum.vehicle_h));
            self.put(Scope::Corridor(name), "vehicle_km", Some(sum.vehicle_km));
        }
        Ok(())
    }
}

/// Rows of a junction over a run, means weighted by vehicles served.
#[derive(Default)]
struct JunctionSum {
    served: f64,
    means: [(f64, f64); 3],
    queue_m: Option<f64>,
}

impl JunctionSum {
    fn add(&mut self, served: f64, means: [Option<f64>; 3], queue_m: Option<f64>) {
        self.served += served;
        for (sum, mean) in self.means.iter_mut().zip(means) {
            if let Some(mean) = mean {
                sum.0 += mean * served;
                sum.1 += served;
            }
        }
        self.queue_m = match (self.queue_m, queue_m) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }
}

/// Links of one name over a run.
#[derive(Default)]
struct CorridorSum {
    vehicle_km: f64,
    vehicle_h: f64,
    /// Carbon dioxide, nitrogen oxides, energy from batteries.
    used: [Option<f64>; 3],
    first_link: Option<String>,
    has_several: bool,
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok()
}
