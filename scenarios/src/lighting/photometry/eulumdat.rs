//! EULUMDAT: one value a line, in a fixed order.

use std::path::Path;

use super::{Photometry, Planes, check_angles};
use crate::error::{Problem, Problems};

/// Reads a file.
pub(super) fn parse(text: &str, file: &Path) -> Result<Photometry, Problems> {
    let lines = Lines { file, lines: text.lines().map(str::trim).collect() };
    let symmetry = lines.count(3, "symmetry", 0, 4)?;
    let n_c = lines.count(4, "number of C-planes Mc", 1, 721)?;
    let n_gamma = lines.count(6, "number of intensities per plane Ng", 2, 361)?;
    let name = lines.text(9, "luminaire name")?.to_owned();
    let light_output_ratio = lines.number(23, "light output ratio (LORL)")? / 100.0;
    let factor = lines.number(24, "conversion factor")?;
    let n_sets = lines.count(26, "number of lamp sets", 1, 20)?;
    let mut sets = Vec::new();
    for set in 0..n_sets {
        let at = 27 + 6 * set;
        let n = lines.number(at, "number of lamps")?;
        sets.push((n, lines.number(at + 2, "flux of the lamps")?, lines.number(at + 5, "power of the lamps")?));
    }
    // Of several sets one is used at a time; the first is the one the table speaks of.
    let (n_lamps, lamp_flux_lm, power_w) = sets[0];
    let first_angle = 27 + 6 * n_sets + 10;
    let list = |from: usize, n: usize, field: &str| -> Result<Vec<f64>, Problems> {
        (0..n).map(|at| lines.number(from + at, field)).collect()
    };
    let c_deg = list(first_angle, n_c, "C angle")?;
    let gamma_deg = list(first_angle + n_c, n_gamma, "γ angle")?;
    let mut problems = Problems::default();
    check_angles(file, first_angle, "C angles", &c_deg, [0.0, 360.0], &mut problems);
    check_angles(file, first_angle + n_c, "γ angles", &gamma_deg, [0.0, 180.0], &mut problems);
    let (first, n_stored) = match symmetry {
        1 => (0, 1),
        2 => (0, n_c / 2 + 1),
        3 => (c_deg.iter().position(|c| (*c - 90.0).abs() < 1e-6).unwrap_or(n_c / 4), n_c / 2 + 1),
        4 => (0, n_c / 4 + 1),
        _ => (0, n_c),
    };
    if n_c % [1, 1, 2, 4, 4][symmetry] != 0 {
        let problem = Problem::new(file, format!("contradicts symmetry {symmetry}")).line(4);
        problems.push(
            problem.field("number of C-planes Mc", n_c.to_string()).allowed("a multiple of 4 (2 for symmetry 2)"),
        );
    }
    problems.or_ok(())?;
    let from = first_angle + n_c + n_gamma;
    let mut problems = Problems::default();
    let mut stored = Vec::new();
    for plane in 0..n_stored {
        let column = list(from + plane * n_gamma, n_gamma, "intensity")?;
        if let Some(at) = column.iter().position(|value| *value < 0.0) {
            let problem = Problem::new(file, "is negative").line(from + plane * n_gamma + at);
            problems.push(problem.field("intensity", column[at].to_string()).allowed("0 or more"));
        }
        stored.push(column);
    }
    problems.or_ok(())?;
    let planes = unfold(symmetry, first, c_deg, gamma_deg, stored);
    let flux_lm = lamp_flux_lm.abs();
    if flux_lm <= 0.0 {
        return Err(Problem::new(file, "the lamps have no flux").line(29).field("flux of the lamps", "0").into());
    }
    let intensity = planes.table(0.0, if factor > 0.0 { factor } else { 1.0 });
    let integrated_lm = intensity.flux_lm() * flux_lm / 1000.0;
    Ok(Photometry {
        intensity,
        flux_lm,
        // A negative number of lamps marks absolute photometry.
        is_absolute: n_lamps < 0.0,
        power_w,
        name,
        integrated_lm,
        stated_output_ratio: (light_output_ratio > 0.0).then_some(light_output_ratio),
        tilt: None,
    })
}

/// The planes of a full turn, each a stored one or its mirror image.
fn unfold(symmetry: usize, first: usize, c_deg: Vec<f64>, gamma_deg: Vec<f64>, stored: Vec<Vec<f64>>) -> Planes {
    if symmetry == 1 {
        return Planes { c_deg: vec![0.0], gamma_deg, values: stored };
    }
    let n = c_deg.len();
    let values = (0..n)
        .map(|plane| {
            let image = match symmetry {
                2 => plane.min(n - plane),
                // Stored from C90 to C270: mirrored at that axis.
                3 => {
                    let from_axis = (plane + n - first) % n;
                    from_axis.min(n - from_axis)
                }
                4 => {
                    let half = plane.min(n - plane);
                    half.min(n / 2 - half)
                }
                _ => plane,
            };
            stored[image.min(stored.len() - 1)].clone()
        })
        .collect();
    Planes { c_deg, gamma_deg, values }
}

struct Lines<'a> {
    file: &'a Path,
    lines: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    /// The text of a line, counted from 1.
    fn text(&self, line: usize, field: &str) -> Result<&'a str, Problems> {
        self.lines.get(line - 1).copied().ok_or_else(|| {
            let problem = Problem::new(self.file, format!("the file ends before line {line}, the {field}"));
            problem.line(self.lines.len()).hint("it was cut off, or its numbers of angles are wrong").into()
        })
    }
    fn number(&self, line: usize, field: &str) -> Result<f64, Problems> {
        let text = self.text(line, field)?;
        let number = text.replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| Problem::new(self.file, "is no number").line(line).field(field, text).into())
    }
    fn count(&self, line: usize, field: &str, min: usize, max: usize) -> Result<usize, Problems> {
        let number = self.number(line, field)?;
        if number.fract() == 0.0 && number >= min as f64 && number <= max as f64 {
            return Ok(number as usize);
        }
        let problem = Problem::new(self.file, "is not legal").line(line).field(field, number.to_string());
        Err(problem.allowed(format!("a whole number from {min} to {max}")).into())
    }
}
