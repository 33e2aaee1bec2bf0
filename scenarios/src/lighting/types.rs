//! Luminaire types: photometry, power, and what is left of the light after years.

use std::collections::BTreeMap;

use sim_core::lighting::luminaires::{LuminaireType, PowerCurve, SupplyLaw};
use sim_core::lighting::photometry::{Intensity, StreetOptic};

use crate::error::Problem;
use crate::lighting::photometry;
use crate::lighting::photometry::tilt::Tilt;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::scenario_file::{LightingTable, Pollution};
use crate::schema::lighting_tables::LUMINAIRE_TYPES;

/// The types that are known when a scenario brings none.
const DEFAULT_TYPES: &str = include_str!("../../data/lighting/luminaire_types.csv");

/// Types by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Types {
    /// Names.
    pub names: Vec<String>,
    /// What the simulation knows of them.
    pub list: Vec<LuminaireType>,
    /// Tables of intensities.
    pub intensities: Vec<Intensity>,
    /// Light kept in service, by type.
    pub maintenance: Vec<f64>,
    /// Output that the driver gives when asked for all, by type: below 1 with constant light output.
    pub drive: Vec<f64>,
    /// How light depends on tilt, by type, where the photometric file says so.
    pub tilts: Vec<Option<Tilt>>,
    /// Photometric files, with flux found by integration over flux stated.
    pub closures: Vec<String>,
}

impl Types {
    /// Light of a type at a tilt, as a multiple of the light without.
    pub fn tilt_factor(&self, kind: usize, tilt_deg: f64) -> f64 {
        self.tilts.get(kind).and_then(Option::as_ref).map_or(1.0, |tilt| tilt.factor(tilt_deg))
    }

    /// Reads `luminaire_types.csv`, or takes those of the program.
    pub fn read(files: &mut Files, table: &LightingTable, report: &mut Report) -> Self {
        let records = if files.source.has(LUMINAIRE_TYPES.file) {
            Records::required(files, "", &LUMINAIRE_TYPES, report)
        } else {
            Records::parse(DEFAULT_TYPES.as_bytes(), LUMINAIRE_TYPES.file.into(), &LUMINAIRE_TYPES, report)
        };
        let mut types = Self::default();
        let mut tables: BTreeMap<String, Option<Table>> = BTreeMap::new();
        for row in records.rows() {
            let name = row.text("type_id").to_owned();
            if types.names.contains(&name) {
                report.problem(row.problem("type_id", "is there twice"));
            }
            let key = row.get("photometry").map_or_else(|| row.word("optic").unwrap_or("medium".into()), str::to_owned);
            let found = tables.entry(key.clone()).or_insert_with(|| types.table(files, &row, &key, report)).clone();
            // What is wrong with it is told already; its name is known all the same.
            let found = found.unwrap_or(Table { index: 0, flux_lm: Some(1.0), power_w: Some(1.0), tilt: None });
            types.push(name, &row, &found, table, report);
        }
        if types.list.is_empty() && report.problems.list.is_empty() {
            report.problem(Problem::new(records.file(), "has no row"));
        }
        types
    }

    fn table(&mut self, files: &mut Files, row: &Row<'_>, key: &str, report: &mut Report) -> Option<Table> {
        let index = self.intensities.len() as u16;
        if row.get("photometry").is_none() {
            self.intensities.push(Intensity::street(&optic(key)));
            return Some(Table { index, flux_lm: None, power_w: None, tilt: None });
        }
        let label = files.source.label(key);
        let mut beside = |name: &str| {
            let folder = key.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            files.bytes(&format!("{folder}{name}"))
        };
        let read = beside(key.rsplit('/').next().unwrap_or(key))
            .and_then(|bytes| photometry::parse(&bytes, &label, &mut beside));
        match read {
            Ok(found) => {
                let closure = found.closure_error().map_or_else(
                    || {
                        if found.is_absolute {
                            "absolute photometry".to_owned()
                        } else {
                            "no output ratio stated".into()
                        }
                    },
                    |error| format!("{:+.2} % against the stated output ratio", error * 100.0),
                );
                self.closures.push(format!("{key}: {:.0} lm by integration, {closure}", found.integrated_lm));
                // Scaled so that the integral is 1000 lm: flux_lm is then the flux of the luminaire.
                let intensity = found.intensity.scaled(found.flux_lm / found.integrated_lm);
                self.intensities.push(intensity);
                Some(Table {
                    index,
                    flux_lm: Some(found.integrated_lm),
                    power_w: Some(found.power_w),
                    tilt: found.tilt,
                })
            }
            Err(problems) => {
                problems.list.into_iter().for_each(|problem| report.problem(problem));
                None
            }
        }
    }

    fn push(&mut self, name: String, row: &Row<'_>, found: &Table, table: &LightingTable, report: &mut Report) {
        let flux_lm = row.number("flux_lm").or(found.flux_lm);
        let power_w = row.number("power_w").or(found.power_w.filter(|power_w| *power_w > 0.0));
        for (field, value) in [("flux_lm", flux_lm), ("power_w", power_w)] {
            if value.is_none() {
                report.problem(row.problem(field, "is empty, and no photometric file gives it"));
            }
        }
        let (flux_lm, power_w) = (flux_lm.unwrap_or(1.0), power_w.unwrap_or(1.0));
        let power_factor = row.number("power_factor").unwrap_or(0.95);
        let sign = if row.word("reactive").is_some_and(|word| word == "inductive") { 1.0 } else { -1.0 };
        let reactive_var = sign * power_w * (1.0 / (power_factor * power_factor) - 1.0).max(0.0).sqrt();
        let fixed_w = row.number("fixed_w").unwrap_or(0.04 * power_w).min(power_w);
        let standby_w = row.number("standby_w").unwrap_or(1.5);
        let output_min = row.number("output_min").unwrap_or(0.1);
        let mut power = PowerCurve::linear(power_w, fixed_w, standby_w, reactive_var, output_min);
        power.supply = supply(row, report);
        if let Some(text) = row.get("power_points") {
            match points(text) {
                Some(points) => power.points = points,
                None => report.problem(
                    row.problem("power_points", "is not legal").allowed("output:watts by ascending output up to 1"),
                ),
            }
        }
        let l80_h = row.number("l80_h").unwrap_or(100_000.0);
        let left = |age_h: f64| 0.8_f64.powf(age_h / l80_h);
        let age_h = table.age_h.unwrap_or(50_000.0);
        let drive =
            if row.flag("clo").unwrap_or(false) { (left(l80_h.max(age_h)) / left(age_h)).min(1.0) } else { 1.0 };
        let pollution = table.pollution.unwrap_or(Pollution::Medium);
        let dirt = dirt(row.word("ip").as_deref().unwrap_or("ip6x"), pollution, table.cleaning_years.unwrap_or(2.0));
        self.names.push(name);
        self.list.push(LuminaireType { intensity: found.index, flux_lm, power });
        self.maintenance.push(left(age_h) * dirt);
        self.drive.push(drive);
        self.tilts.push(found.tilt.clone());
    }
}

/// How a driver takes its supply.
fn supply(row: &Row<'_>, report: &mut Report) -> SupplyLaw {
    let default = SupplyLaw::default();
    let ms = |column: &str, default: i64| row.number(column).map_or(default, |s| (s * 1000.0).round() as i64);
    let cut_out_pu = row.number("cut_out_pu").map_or(default.cut_out_pu, |pu| pu as f32);
    let cut_in_pu = row.number("cut_in_pu").map_or(cut_out_pu + 0.06, |pu| pu as f32);
    if cut_in_pu < cut_out_pu {
        report.problem(row.problem("cut_in_pu", "is below cut_out_pu").allowed("cut_out_pu or more"));
    }
    SupplyLaw {
        cut_out_pu,
        cut_in_pu,
        light_exponent: row.number("light_exponent").unwrap_or(0.0) as f32,
        restart_ms: ms("restart_s", default.restart_ms),
        power_on_ms: ms("power_on_s", default.power_on_ms),
    }
}

#[derive(Clone, Debug)]
struct Table {
    index: u16,
    flux_lm: Option<f64>,
    power_w: Option<f64>,
    tilt: Option<Tilt>,
}

fn points(text: &str) -> Option<Vec<(f32, f32)>> {
    let points: Option<Vec<(f32, f32)>> = text
        .split_whitespace()
        .map(|pair| {
            let (output, watts) = pair.split_once(':')?;
            Some((output.parse().ok()?, watts.parse().ok()?))
        })
        .collect();
    let is_sound = |points: &Vec<(f32, f32)>| {
        points.len() >= 2
            && points.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && points[0].0 >= 0.0
            && (points[points.len() - 1].0 - 1.0).abs() < 1e-6
            && points.iter().all(|point| point.1 >= 0.0)
    };
    points.filter(is_sound)
}

/// Light that dirt leaves after some years, after CIE 154: by protection of the optic, pollution and cleaning.
fn dirt(ip: &str, pollution: Pollution, years: f64) -> f64 {
    let column = match pollution {
        Pollution::Low => 0,
        Pollution::Medium => 1,
        Pollution::High => 2,
    };
    // After 1, 2 and 3 years.
    let rows: [[f64; 3]; 3] = match ip {
        "ip2x" => [[0.82, 0.62, 0.53], [0.80, 0.58, 0.48], [0.79, 0.56, 0.45]],
        "ip5x" => [[0.92, 0.89, 0.87], [0.88, 0.84, 0.82], [0.84, 0.79, 0.76]],
        _ => [[0.93, 0.92, 0.91], [0.91, 0.89, 0.88], [0.90, 0.87, 0.83]],
    };
    let at = |year: usize| if year == 0 { 1.0 } else { rows[year.min(3) - 1][column] };
    let low = (years.floor() as usize).min(3);
    at(low) + (at(low + 1) - at(low)) * (years - low as f64).clamp(0.0, 1.0)
}

/// The parametric street luminaires.
fn optic(word: &str) -> StreetOptic {
    let (beam_deg, throw_deg, road_width_deg) = match word {
        "narrow" => (60.0, 18.0, 26.0),
        "wide" => (62.0, 38.0, 30.0),
        _ => (61.0, 28.0, 28.0),
    };
    StreetOptic {
        base: 0.35,
        beam_deg,
        beam_width_deg: 13.0,
        throw_deg,
        road_width_deg,
        house_width_deg: 30.0,
        cut_deg: 71.0,
        cut_width_deg: 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dirt_follows_the_table_and_its_years() {
        assert!((dirt("ip6x", Pollution::Medium, 2.0) - 0.89).abs() < 1e-12);
        assert!((dirt("ip5x", Pollution::Medium, 1.5) - 0.865).abs() < 1e-12);
        assert!((dirt("ip6x", Pollution::High, 0.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn measured_curves_end_at_full_output() {
        assert_eq!(points("0.1:14 0.5:44 1:90").unwrap().len(), 3);
        for wrong in ["", "0.1:14", "0.5:1 0.1:2 1:3", "0.1:14 0.9:80", "a:b c:d"] {
            assert_eq!(points(wrong), None, "{wrong}");
        }
    }
}
