//! How the light of a lamp depends on the tilt of its luminaire: the TILT part of LM-63.

use std::path::Path;

use super::lm63::Numbers;
use crate::error::{Problem, Problems};

/// How the lamp lies in its luminaire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LampGeometry {
    /// Upright, base up or down, while the luminaire looks straight down.
    Vertical,
    /// Level, and level it stays however the luminaire is tilted.
    Horizontal,
    /// Level while the luminaire looks straight down; it is tilted with it.
    Tilted,
}

/// Light by tilt, as multiples of the light without.
#[derive(Clone, PartialEq, Debug)]
pub struct Tilt {
    /// How the lamp lies.
    pub geometry: LampGeometry,
    /// Angles in degrees, ascending, and factors.
    pub factors: Vec<(f64, f64)>,
}

impl Tilt {
    /// Light of a luminaire that is tilted so far, straight between the angles of the table and level beyond them.
    pub fn factor(&self, tilt_deg: f64) -> f64 {
        let lamp_deg = if self.geometry == LampGeometry::Horizontal { 0.0 } else { tilt_deg.abs() };
        let after = self.factors.partition_point(|(angle, _)| *angle <= lamp_deg);
        match (after.checked_sub(1).map(|at| self.factors[at]), self.factors.get(after)) {
            (Some(low), Some(high)) => low.1 + (high.1 - low.1) * (lamp_deg - low.0) / (high.0 - low.0),
            (Some(last), None) => last.1,
            (None, Some(first)) => first.1,
            (None, None) => 1.0,
        }
    }
}

/// Reads the four items: geometry, number of pairs, angles, factors.
pub(super) fn read(numbers: &mut Numbers<'_>) -> Result<Tilt, Problems> {
    let file = numbers.file;
    let mut problems = Problems::default();
    let line = numbers.line();
    let geometry = match numbers.next("lamp to luminaire geometry")? {
        1.0 => LampGeometry::Vertical,
        2.0 => LampGeometry::Horizontal,
        3.0 => LampGeometry::Tilted,
        other => {
            let problem = Problem::new(file, "is not legal").line(line);
            let problem = problem.field("lamp to luminaire geometry", other.to_string());
            problems.push(problem.allowed("1 (upright), 2 (level at any tilt), 3 (tilted with the luminaire)"));
            LampGeometry::Vertical
        }
    };
    let n = numbers.count("number of tilt angles")?;
    let line = numbers.line();
    let angles = numbers.list("tilt angle", n)?;
    super::check_angles(file, line, "tilt angles", &angles, [0.0, 180.0], &mut problems);
    let line = numbers.line();
    let factors = numbers.list("tilt factor", n)?;
    if let Some(wrong) = factors.iter().find(|factor| !(0.0..=2.0).contains(*factor)) {
        let problem = Problem::new(file, "is out of range").line(line).field("tilt factor", wrong.to_string());
        problems.push(problem.allowed("a number from 0 to 2"));
    }
    problems.or_ok(Tilt { geometry, factors: angles.into_iter().zip(factors).collect() })
}

/// Reads a file that holds the four items alone.
pub(super) fn read_file(bytes: &[u8], file: &Path) -> Result<Tilt, Problems> {
    let text: String = bytes.iter().map(|&byte| byte as char).collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut numbers = Numbers::new(file, &lines, 1);
    let found = read(&mut numbers)?;
    numbers.end("tilt factors")?;
    Ok(found)
}
