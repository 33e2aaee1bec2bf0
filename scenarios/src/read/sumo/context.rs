//! What a reading gathers on the way: problems, notices, digests, and checks of attributes.

use std::path::{Path, PathBuf};

use sim_core::units::SimTime;

use super::xml::{self, Element, Tag};
use crate::error::{Problem, Problems};
use crate::loaded::{InputDigest, Notice};

/// What a reading gathers on the way.
#[derive(Default)]
pub(super) struct Context {
    /// Mistakes.
    pub(super) problems: Problems,
    /// What the user should know.
    notices: Vec<Notice>,
    /// Digests of the files read.
    pub(super) inputs: Vec<InputDigest>,
    /// The file being read.
    pub(super) file: PathBuf,
    /// Whether a file could not be read to its end: what refers to the rest of it cannot be judged.
    pub(super) is_broken: bool,
}

/// The numbers a field may have.
#[derive(Clone, Copy)]
pub(super) enum Range {
    /// Any finite number.
    Any,
    /// At least 0.
    NotNegative,
    /// Above 0.
    Positive,
    /// From 0 to 1.
    Share,
}

impl Range {
    fn words(self) -> &'static str {
        match self {
            Self::Any => "a number",
            Self::NotNegative => "a number of at least 0",
            Self::Positive => "a number above 0",
            Self::Share => "a number from 0 to 1",
        }
    }
    fn contains(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Self::Any => true,
                Self::NotNegative => x >= 0.0,
                Self::Positive => x > 0.0,
                Self::Share => (0.0..=1.0).contains(&x),
            }
    }
}

impl Context {
    /// Tells the user something, once however often it is met.
    pub(super) fn notice(&mut self, message: impl Into<String>) {
        let message = message.into();
        match self.notices.iter_mut().find(|notice| notice.message == message) {
            Some(notice) => notice.count += 1,
            None => self.notices.push(Notice { message, count: 1 }),
        }
    }
    /// The notices so far.
    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }
    /// Records a mistake in the current file.
    pub(super) fn problem(&mut self, line: usize, message: impl Into<String>) -> &mut Problem {
        self.problems.push(Problem::new(&self.file, message).line(line));
        self.problems.list.last_mut().expect("just pushed")
    }
    /// Records a wrong value of an attribute.
    pub(super) fn wrong(&mut self, element: &Element, field: &str, message: impl Into<String>, allowed: &str) {
        let value = element.get(field).unwrap_or_default().to_owned();
        let problem = self.problem(element.line, message);
        problem.field = Some(field.to_owned());
        problem.value = Some(value);
        if !allowed.is_empty() {
            problem.allowed = Some(allowed.to_owned());
        }
    }
    /// Reads a file's elements; what is broken becomes a problem.
    pub(super) fn walk(&mut self, path: &Path, mut handle: impl FnMut(&mut Self, Tag<'_>)) {
        self.file = path.to_owned();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.is_broken = true;
                self.problems.push(Problem::new(path, format!("cannot be read: {error}")));
                return;
            }
        };
        self.inputs.push(InputDigest {
            name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            digest: blake3::hash(&bytes).to_hex().to_string(),
        });
        let walked = xml::text_of(&bytes).and_then(|text| xml::walk(&text, |tag| handle(self, tag)));
        if let Err(broken) = walked {
            self.is_broken = true;
            self.problem(broken.line, broken.message);
        }
    }
    /// A text that must be there.
    pub(super) fn text<'e>(&mut self, element: &'e Element, field: &str) -> Option<&'e str> {
        let value = element.get(field);
        if value.is_none() {
            let problem = self.problem(element.line, format!("<{}> lacks the attribute {field}", element.name));
            problem.field = Some(field.to_owned());
        }
        value
    }
    /// A number that may be missing.
    pub(super) fn number(&mut self, element: &Element, field: &str, range: Range) -> Option<f64> {
        let text = element.get(field)?;
        match text.trim().parse::<f64>() {
            Ok(x) if range.contains(x) => Some(x),
            Ok(_) => {
                self.wrong(element, field, "the number is outside its range", range.words());
                None
            }
            Err(_) => {
                self.wrong(element, field, "this is not a number", range.words());
                None
            }
        }
    }
    /// A number that must be there; `fallback` goes on after a recorded mistake.
    pub(super) fn needed(&mut self, element: &Element, field: &str, range: Range, fallback: f64) -> f64 {
        if self.text(element, field).is_none() {
            return fallback;
        }
        self.number(element, field, range).unwrap_or(fallback)
    }
    /// A whole number that may be missing.
    pub(super) fn whole<T: std::str::FromStr>(&mut self, element: &Element, field: &str) -> Option<T> {
        let parsed = element.get(field)?.trim().parse::<T>().ok();
        if parsed.is_none() {
            self.wrong(element, field, "this is not a whole number in range", "a whole number");
        }
        parsed
    }
    /// A yes or no that may be missing.
    pub(super) fn yes(&mut self, element: &Element, field: &str) -> Option<bool> {
        let parsed = yes(element.get(field)?);
        if parsed.is_none() {
            self.wrong(element, field, "this is neither yes nor no", "true, false, 1, 0, yes, no, on, off");
        }
        parsed
    }
    /// A time in seconds that may be missing.
    pub(super) fn time_s(&mut self, element: &Element, field: &str, range: Range) -> Option<f64> {
        match parse_time_s(element.get(field)?) {
            Some(seconds) if range.contains(seconds) => Some(seconds),
            Some(_) => {
                self.wrong(element, field, "the time is outside its range", range.words());
                None
            }
            None => {
                self.wrong(element, field, "this is not a time", "seconds, H:M:S or D:H:M:S");
                None
            }
        }
    }
    /// A point in time that may be missing.
    pub(super) fn instant(&mut self, element: &Element, field: &str) -> Option<SimTime> {
        self.time_s(element, field, Range::Any).map(SimTime::from_s)
    }
    /// Points `x,y x,y …` (heights are left out).
    pub(super) fn points(&mut self, element: &Element, field: &str) -> Option<Vec<[f64; 2]>> {
        let text = element.get(field)?;
        let parse = |pair: &str| -> Option<[f64; 2]> {
            let mut numbers = pair.split(',').map(|number| number.parse::<f64>().ok().filter(|x| x.is_finite()));
            Some([numbers.next()??, numbers.next()??])
        };
        let points: Option<Vec<_>> = text.split_whitespace().map(parse).collect();
        if points.is_none() {
            self.wrong(element, field, "these are not points", "x,y x,y … in metres");
        }
        points
    }
}

/// A yes or no as SUMO writes it.
pub(super) fn yes(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "x" | "t" => Some(true),
        "false" | "0" | "no" | "off" | "-" | "f" => Some(false),
        _ => None,
    }
}

/// A time: seconds, H:M:S or D:H:M:S.
pub(super) fn parse_time_s(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let parts: Option<Vec<f64>> = text.split(':').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.iter().all(|x: &f64| x.is_finite()))?;
    let seconds = match parts[..] {
        [s] => s,
        [h, m, s] => h * 3600.0 + m * 60.0 + s,
        [d, h, m, s] => d * 86_400.0 + h * 3600.0 + m * 60.0 + s,
        _ => return None,
    };
    Some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_seconds_or_clock_times() {
        assert_eq!(parse_time_s("25200.5"), Some(25_200.5));
        assert_eq!(parse_time_s("7:00:30"), Some(25_230.0));
        assert_eq!(parse_time_s("1:00:00:01"), Some(86_401.0));
        assert_eq!(parse_time_s("-1"), Some(-1.0));
        assert_eq!(parse_time_s("soon"), None);
        assert_eq!(parse_time_s("nan"), None);
    }
}
