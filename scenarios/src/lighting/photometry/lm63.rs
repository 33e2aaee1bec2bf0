//! IES LM-63, from 1986 to 2019: keyword lines, `TILT=`, then numbers over any number of lines.

use std::path::Path;

use super::other_types::{Axis, Grid};
use super::tilt;
use super::{Beside, Photometry, Planes, check_angles};
use crate::error::{Problem, Problems};

/// Reads a file; `beside` reads the file that `TILT=` may name.
pub(super) fn parse(text: &str, file: &Path, beside: Beside<'_>) -> Result<Photometry, Problems> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.first().map_or("", |line| line.trim_start_matches('\u{feff}').trim());
    let has_head = first.starts_with("IES");
    let tilt_at = lines.iter().position(|line| line.trim().to_ascii_uppercase().starts_with("TILT="));
    let Some(tilt_at) = tilt_at else {
        let problem = Problem::new(file, "there is no TILT line").line(1).field("first line", first);
        return Err(problem
            .allowed("IESNA:LM-63-1995, -2002, IES:LM-63-2019, IESNA91, then keywords, then TILT=")
            .into());
    };
    let keyword = |name: &str| {
        let lines = lines[usize::from(has_head)..tilt_at].iter();
        let found = lines.filter_map(|line| line.trim().strip_prefix(name)).find(|rest| !rest.trim().is_empty());
        found.map(|rest| rest.trim().to_owned())
    };
    let name = keyword("[LUMINAIRE]").or_else(|| keyword("[LUMCAT]")).unwrap_or_default();
    let mut numbers = Numbers::new(file, &lines[tilt_at + 1..], tilt_at + 2);
    let word = lines[tilt_at].trim()[5..].trim();
    let tilt = match word.to_ascii_uppercase().as_str() {
        "NONE" => None,
        "INCLUDE" => Some(tilt::read(&mut numbers)?),
        "" => {
            let problem = Problem::new(file, "is empty").line(tilt_at + 1).field("TILT", "");
            return Err(problem.allowed("NONE, INCLUDE, or the name of a file").into());
        }
        _ => {
            let path = file.with_file_name(word);
            let bytes = beside(word).map_err(|_| {
                let problem = Problem::new(file, "there is no such file beside it").line(tilt_at + 1);
                Problems::from(problem.field("TILT", word).hint("write TILT=NONE where light does not depend on tilt"))
            })?;
            Some(tilt::read_file(&bytes, &path)?)
        }
    };
    let has_lamp_factor = !has_head || first.starts_with("IESNA91");
    body(&mut numbers, name, has_lamp_factor).map(|found| Photometry { tilt, ..found })
}

fn body(numbers: &mut Numbers<'_>, name: String, has_lamp_factor: bool) -> Result<Photometry, Problems> {
    let file = numbers.file;
    let n_lamps = numbers.next("number of lamps")?;
    let lumens = numbers.next("lumens per lamp")?;
    let multiplier = numbers.next("candela multiplier")?;
    let n_gamma = numbers.count("number of vertical angles")?;
    let n_c = numbers.count("number of horizontal angles")?;
    let kind_line = numbers.line();
    let kind = numbers.next("photometric type")?;
    for field in ["units", "width", "length", "height"] {
        numbers.next(field)?;
    }
    let ballast = numbers.next("ballast factor")?;
    // Until 1991 this was the ballast-lamp photometric factor; then nothing, and since 2019 how the file came about.
    let second = numbers.next("file generation type")?;
    let ballast = if has_lamp_factor && second > 0.0 { ballast * second } else { ballast };
    let power_w = numbers.next("input watts")?;
    let mut problems = Problems::default();
    let axis = match kind {
        1.0 => None,
        2.0 => Some(Axis::Level),
        3.0 => Some(Axis::Upright),
        _ => {
            let problem = Problem::new(file, "is not legal").line(kind_line);
            problems.push(problem.field("photometric type", kind.to_string()).allowed("1 (C), 2 (B), 3 (A)"));
            None
        }
    };
    let (lowest_deg, highest_deg, widest_deg) = if axis.is_some() { (-90.0, 90.0, -90.0) } else { (0.0, 180.0, 0.0) };
    let gamma_line = numbers.line();
    let gamma_deg = numbers.list("vertical angle", n_gamma)?;
    let c_line = numbers.line();
    let c_deg = numbers.list("horizontal angle", n_c)?;
    check_angles(file, gamma_line, "vertical angles", &gamma_deg, [lowest_deg, highest_deg], &mut problems);
    check_angles(
        file,
        c_line,
        "horizontal angles",
        &c_deg,
        [widest_deg, if axis.is_some() { 90.0 } else { 360.0 }],
        &mut problems,
    );
    let mut values = Vec::with_capacity(n_c);
    for plane in &c_deg {
        let line = numbers.line();
        let column = numbers.list("candela", n_gamma)?;
        if let Some(at) = column.iter().position(|value| *value < 0.0) {
            let problem =
                Problem::new(file, format!("is negative at horizontal {plane}°, vertical {}°", gamma_deg[at]));
            problems.push(problem.line(line).field("candela", column[at].to_string()).allowed("0 or more"));
        }
        values.push(column);
    }
    numbers.end(&format!("{} candela values that the head announces", n_c * n_gamma))?;
    // Candela in the file times the multiplier are candela of the luminaire.
    let scale = multiplier * ballast;
    let plain = match axis {
        Some(axis) => grid((file, [c_line, gamma_line]), axis, (c_deg, gamma_deg, values), &mut problems)
            .map(|grid| grid.table(scale)),
        None => match unfold(c_deg.clone(), gamma_deg, values) {
            Some(planes) => Some(planes.table(turn_deg(&c_deg), scale)),
            None => {
                let allowed = "0 alone, or 0 to 90, 0 to 180, 90 to 270, 0 to 360";
                problems.push(contradict(file, c_line, "horizontal angles", &c_deg).allowed(allowed));
                None
            }
        },
    };
    let Some(plain) = plain else { return Err(problems) };
    problems.or_ok(())?;
    let integrated_lm = plain.flux_lm();
    let is_absolute = lumens < 0.0;
    let flux_lm = if is_absolute { integrated_lm } else { n_lamps * lumens };
    if flux_lm <= 0.0 {
        return Err(Problem::new(file, "the file has no light").field("lumens per lamp", lumens.to_string()).into());
    }
    let intensity = plain.scaled(1000.0 / flux_lm);
    Ok(Photometry {
        intensity,
        flux_lm,
        is_absolute,
        power_w,
        name,
        integrated_lm,
        stated_output_ratio: None,
        tilt: None,
    })
}

fn contradict(file: &Path, line: usize, field: &str, angles: &[f64]) -> Problem {
    let (from, to) = (angles[0], angles[angles.len() - 1]);
    Problem::new(file, "contradict every symmetry").line(line).field(field, format!("{from} to {to}"))
}

/// Types A and B: angles to both sides, or to one of a mirrored light.
fn grid(
    (file, [c_line, gamma_line]): (&Path, [usize; 2]),
    axis: Axis,
    (horizontal_deg, vertical_deg, values): (Vec<f64>, Vec<f64>, Vec<Vec<f64>>),
    problems: &mut Problems,
) -> Option<Grid> {
    let spans =
        |angles: &[f64], from: f64| (angles[0] - from).abs() < 1e-6 && (angles[angles.len() - 1] - 90.0).abs() < 1e-6;
    let n_before = problems.list.len();
    if !spans(&horizontal_deg, -90.0) && !spans(&horizontal_deg, 0.0) {
        let problem = contradict(file, c_line, "horizontal angles", &horizontal_deg);
        problems.push(problem.allowed("-90 to 90, or 0 to 90, for types A and B"));
    }
    if !spans(&vertical_deg, -90.0) {
        let problem = contradict(file, gamma_line, "vertical angles", &vertical_deg);
        problems.push(problem.allowed("-90 to 90 for types A and B"));
    }
    (problems.list.len() == n_before).then_some(Grid { axis, horizontal_deg, vertical_deg, values })
}

/// What is added to C for the horizontal angle of the file. By convention 0 points to the road, which is C90; in a file
/// from 90° to 270° the plane of symmetry, which lies across the road, is that of 90° and 270°: these are C90 and C270.
fn turn_deg(c_deg: &[f64]) -> f64 {
    if c_deg.first().is_some_and(|first| (first - 90.0).abs() < 1e-6) { 0.0 } else { -90.0 }
}

/// A full turn from what the range of angles says of symmetry.
fn unfold(c_deg: Vec<f64>, gamma_deg: Vec<f64>, values: Vec<Vec<f64>>) -> Option<Planes> {
    let (first, last) = (*c_deg.first()?, *c_deg.last()?);
    let is = |a: f64, b: f64| (a - b).abs() < 1e-6;
    if c_deg.len() == 1 {
        return Some(Planes { c_deg: vec![0.0], gamma_deg, values });
    }
    // Where each plane comes back: mirrored at 0°–180°, mirrored at 90°–270°, or at both.
    let images: fn(f64) -> Vec<f64> = match () {
        () if is(first, 0.0) && is(last, 90.0) => |c| vec![c, 180.0 - c, 180.0 + c, 360.0 - c],
        () if is(first, 0.0) && is(last, 180.0) => |c| vec![c, 360.0 - c],
        () if is(first, 90.0) && is(last, 270.0) => |c| vec![c, 540.0 - c],
        () if is(first, 0.0) && last > 270.0 => |c| vec![c],
        () => return None,
    };
    let mut all: Vec<(f64, usize)> = c_deg
        .iter()
        .enumerate()
        .flat_map(|(plane, c)| images(*c).into_iter().map(move |c| (c.rem_euclid(360.0), plane)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all.dedup_by(|a, b| (a.0 - b.0).abs() < 1e-6);
    Some(Planes {
        c_deg: all.iter().map(|(c, _)| *c).collect(),
        values: all.iter().map(|(_, plane)| values[*plane].clone()).collect(),
        gamma_deg,
    })
}

fn words<'a>(lines: &[&'a str], first_line: usize) -> Vec<(usize, &'a str)> {
    let split = |line: &'a str| line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    lines.iter().enumerate().flat_map(|(at, line)| split(line).map(move |word| (first_line + at, word))).collect()
}

/// The numbers after the keywords, wherever their lines break.
pub(super) struct Numbers<'a> {
    pub(super) file: &'a Path,
    words: Vec<(usize, &'a str)>,
    at: usize,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(file: &'a Path, lines: &[&'a str], first_line: usize) -> Self {
        Self { file, words: words(lines, first_line), at: 0 }
    }
    pub(super) fn line(&self) -> usize {
        self.words.get(self.at).or(self.words.last()).map_or(1, |(line, _)| *line)
    }
    pub(super) fn next(&mut self, field: &str) -> Result<f64, Problems> {
        let Some(&(line, word)) = self.words.get(self.at) else {
            let problem = Problem::new(self.file, format!("the file ends where the {field} should stand"));
            return Err(problem.line(self.line()).hint("it was cut off, or its numbers of angles are wrong").into());
        };
        self.at += 1;
        word.parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .ok_or_else(|| Problem::new(self.file, "is no number").line(line).field(field, word).into())
    }
    pub(super) fn count(&mut self, field: &str) -> Result<usize, Problems> {
        let line = self.line();
        let number = self.next(field)?;
        if number.fract() == 0.0 && (1.0..=3601.0).contains(&number) {
            return Ok(number as usize);
        }
        let problem = Problem::new(self.file, "is not legal").line(line).field(field, number.to_string());
        Err(problem.allowed("a whole number from 1 to 3601").into())
    }
    pub(super) fn list(&mut self, field: &str, n: usize) -> Result<Vec<f64>, Problems> {
        (0..n).map(|_| self.next(field)).collect()
    }
    pub(super) fn end(&self, what: &str) -> Result<(), Problems> {
        let left = self.words.len() - self.at;
        if left == 0 {
            return Ok(());
        }
        let message = format!("{left} numbers are left after the {what}");
        Err(Problem::new(self.file, message).line(self.line()).hint("the numbers of angles are wrong").into())
    }
}
