//! Photometric files: IES LM-63 and EULUMDAT.
//!
//! Both give intensities over C-planes and γ; here a symmetry in the file is unfolded into a full turn, and angles are
//! put on even axes. C0 points along the kerb and C90 towards the road, as EULUMDAT and CIE have it for street lights.
//! In LM-63 the horizontal angle 0 of a street luminaire points to the road, so its planes are turned by 90°; a file
//! from 90° to 270° says by its symmetry that 90° does, and is taken as it is.

mod eulumdat;
mod lm63;
mod other_types;
pub mod tilt;

use std::path::Path;

use sim_core::lighting::photometry::Intensity;

use crate::error::{Problem, Problems};

/// A file as it was read.
#[derive(Clone, PartialEq, Debug)]
pub struct Photometry {
    /// Candela per 1000 lm of `flux_lm`.
    pub intensity: Intensity,
    /// Flux the intensities are scaled by: that of the lamps, or of the luminaire for absolute photometry.
    pub flux_lm: f64,
    /// Whether the file gives the light of the luminaire itself, not of its lamps.
    pub is_absolute: bool,
    /// Power of the luminaire.
    pub power_w: f64,
    /// What the maker calls it.
    pub name: String,
    /// Luminous flux found by integration over all directions.
    pub integrated_lm: f64,
    /// Share of the lamps' flux that leaves the luminaire, when the file says so.
    pub stated_output_ratio: Option<f64>,
    /// How the light depends on tilt, where the file says so.
    pub tilt: Option<tilt::Tilt>,
}

/// Reads a file that another one names, from the same folder.
pub type Beside<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, Problems>;

impl Photometry {
    /// Output ratio found by integration.
    pub fn output_ratio(&self) -> f64 {
        self.integrated_lm / self.flux_lm
    }
    /// What is wrong if more light comes out than the lamps give, or much more or less than the file says.
    fn contradiction(&self, file: &Path) -> Option<Problem> {
        let ratio = self.output_ratio();
        if !self.is_absolute && ratio > 1.0 + CLOSURE {
            let problem = Problem::new(file, "the intensities give more light than the lamps");
            let hint = "is it absolute photometry (LM-63: -1 lumens per lamp, EULUMDAT: a negative number of lamps)?";
            return Some(
                problem.field("output ratio by integration", format!("{ratio:.3}")).allowed("at most 1").hint(hint),
            );
        }
        let error = self.closure_error().filter(|error| error.abs() > CLOSURE)?;
        let problem = Problem::new(file, format!("intensities and output ratio differ by {:+.1} %", error * 100.0));
        let stated = format!("{:.3}", self.stated_output_ratio.unwrap_or_default());
        Some(problem.field("light output ratio", stated).allowed(format!("{ratio:.3}, as the intensities say")))
    }
    /// How far the integral is from what the file says, as a share; `None` where it says nothing.
    pub fn closure_error(&self) -> Option<f64> {
        self.stated_output_ratio.map(|stated| self.output_ratio() / stated - 1.0)
    }
}

/// Reads a photometric file by its ending; `beside` reads the file of tilt factors that it may name.
///
/// # Errors
/// What is wrong with it.
pub fn parse(bytes: &[u8], file: &Path, beside: Beside<'_>) -> Result<Photometry, Problems> {
    // Files in the wild are in Latin 1 as often as in UTF-8.
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| bytes.iter().map(|&byte| byte as char).collect());
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
    let found = match ending.as_str() {
        "ies" => lm63::parse(&text, file, beside),
        "ldt" | "eul" => eulumdat::parse(&text, file),
        _ => Err(Problem::new(file, "is no photometric file").allowed("*.ies (LM-63), *.ldt (EULUMDAT)").into()),
    }?;
    match found.contradiction(file) {
        Some(problem) => Err(problem.into()),
        None => Ok(found),
    }
}

/// Flux by integration may differ so far, as a share, from what the file says.
const CLOSURE: f64 = 0.1;

/// Half-planes as a file has them, unfolded to a full turn.
struct Planes {
    /// Angles, ascending from 0 to below 360.
    c_deg: Vec<f64>,
    gamma_deg: Vec<f64>,
    /// By half-plane, then γ.
    values: Vec<Vec<f64>>,
}

impl Planes {
    fn at(&self, c_deg: f64, gamma_deg: f64) -> f64 {
        let n = self.c_deg.len();
        let c_deg = c_deg.rem_euclid(360.0);
        let after = self.c_deg.partition_point(|angle| *angle <= c_deg);
        let (low, high) = ((after + n - 1) % n, after % n);
        let span = (self.c_deg[high] - self.c_deg[low]).rem_euclid(360.0);
        let share = if span > 0.0 { (c_deg - self.c_deg[low]).rem_euclid(360.0) / span } else { 0.0 };
        let (a, b) = (self.along(low, gamma_deg), self.along(high, gamma_deg));
        a + share * (b - a)
    }

    fn along(&self, plane: usize, gamma_deg: f64) -> f64 {
        let (angles, values) = (&self.gamma_deg, &self.values[plane]);
        let last = angles.len() - 1;
        if gamma_deg < angles[0] - 1e-9 || gamma_deg > angles[last] + 1e-9 {
            return 0.0;
        }
        let after = angles.partition_point(|angle| *angle <= gamma_deg).clamp(1, last.max(1)).min(last);
        let low = after.saturating_sub(1);
        if angles[after] <= angles[low] {
            return values[low];
        }
        let share = (gamma_deg - angles[low]) / (angles[after] - angles[low]);
        values[low] + share.clamp(0.0, 1.0) * (values[after] - values[low])
    }

    /// The table on even axes, its planes turned by `turn_deg`.
    fn table(&self, turn_deg: f64, scale: f64) -> Intensity {
        let n_gamma = (180.0 / even_step(&self.gamma_deg, 180.0)).round() as usize + 1;
        let n_c = if self.c_deg.len() == 1 { 1 } else { (360.0 / even_step(&self.c_deg, 90.0)).round() as usize };
        Intensity::from_fn(n_c, n_gamma, |c_deg, gamma_deg| scale * self.at(c_deg + turn_deg, gamma_deg))
    }
}

/// The largest usual step that all angles and `whole` are multiples of; 0.5° where there is none.
fn even_step(angles: &[f64], whole: f64) -> f64 {
    let fits = |step: f64| {
        let is_multiple = |angle: f64| (angle / step - (angle / step).round()).abs() < 1e-6;
        is_multiple(whole) && angles.iter().all(|angle| is_multiple(*angle))
    };
    [22.5, 15.0, 10.0, 7.5, 5.0, 2.5, 2.0, 1.0, 0.5, 0.25].into_iter().find(|step| fits(*step)).unwrap_or(0.5)
}

/// Checks angles: finite, ascending, within bounds.
fn check_angles(file: &Path, line: usize, field: &str, angles: &[f64], range: [f64; 2], problems: &mut Problems) {
    if let Some(at) = angles.windows(2).position(|pair| pair[1] <= pair[0]) {
        let value = format!("{} after {}", angles[at + 1], angles[at]);
        problems.push(Problem::new(file, "angles do not ascend").line(line).field(field, value));
    }
    if let Some(angle) = angles.iter().find(|angle| **angle < range[0] - 1e-6 || **angle > range[1] + 1e-6) {
        let problem = Problem::new(file, "is out of range").line(line).field(field, angle.to_string());
        problems.push(problem.allowed(format!("degrees from {} to {}", range[0], range[1])));
    }
}

#[cfg(test)]
mod tests;
