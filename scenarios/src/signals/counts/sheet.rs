//! A file of counts as a sheet: its columns by the names this reader knows, its rows with their lines.

use std::path::{Path, PathBuf};

use crate::error::{Problem, Problems};
use crate::read::table::nearest;
use crate::signals::sites::DIRECTIONS;

/// Directions that counts call approaches, in degrees counter-clockwise from east.
pub(super) const HEADINGS: [(&str, f64); 8] = [
    ("EB", 0.0),
    ("NEB", 45.0),
    ("NB", 90.0),
    ("NWB", 135.0),
    ("WB", 180.0),
    ("SWB", 225.0),
    ("SB", 270.0),
    ("SEB", 315.0),
];

/// Other names of columns that counts have.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("junction_id", &["junction", "intersection", "intersection_id", "node_id", "node", "site"]),
    ("begin", &["time", "start", "start_time", "begin_s", "from", "interval"]),
    ("end", &["end_time", "end_s", "to", "until"]),
    ("approach", &["direction", "bound", "leg"]),
    ("turn", &["turning"]),
    ("movement", &["movement_id", "mvmt", "mvmt_id"]),
    ("count", &["volume", "vehicles", "total", "veh"]),
    ("heavy", &["heavy_vehicles", "hv", "trucks"]),
    ("heavy_pct", &["hv_pct", "heavy_percent", "pct_heavy"]),
    ("class", &["vehicle_class"]),
];

/// A table with known columns.
pub(super) struct Sheet {
    pub file: PathBuf,
    /// Canonical name by position; `None` for what is not used.
    pub header: Vec<Option<String>>,
    pub rows: Vec<(usize, csv::StringRecord)>,
}

/// A cell by canonical name.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub sheet: &'a Sheet,
    pub line: usize,
    pub cells: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let position = self.sheet.header.iter().position(|known| known.as_deref() == Some(name))?;
        self.cells.get(position).filter(|cell| !cell.is_empty())
    }
    pub(super) fn problem(&self, field: &str, message: impl Into<String>) -> Problem {
        Problem::new(&self.sheet.file, message).line(self.line).field(field, self.get(field).unwrap_or(""))
    }
    /// A number from 0 up.
    pub(super) fn number(&self, name: &str, problems: &mut Problems) -> Option<f64> {
        let cell = self.get(name)?;
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Some(value),
            _ => {
                problems.push(self.problem(name, "is no count").allowed("a number from 0 up"));
                None
            }
        }
    }
}

pub(super) fn parse(bytes: &[u8], path: &Path, problems: &mut Problems) -> Option<Sheet> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            problems.push(Problem::new(path, format!("the header cannot be read: {error}")).line(1));
            return None;
        }
    };
    let mut known: Vec<Option<String>> = Vec::new();
    for name in &header {
        let canonical = canonical(name);
        if let Some(canonical) = &canonical
            && known.iter().any(|other| other.as_ref() == Some(canonical))
        {
            problems.push(Problem::new(path, format!("the column {name:?} is there twice")).line(1));
        }
        if canonical.is_none() {
            problems.push(unknown_column(path, name));
        }
        known.push(canonical);
    }
    let has = |name: &str| known.iter().any(|known| known.as_deref() == Some(name));
    let has_turns = known.iter().flatten().any(|name| turn_column(name).is_some());
    if has("count") && has_turns {
        let problem = Problem::new(path, "has columns of both layouts: turns, and count").line(1);
        problems
            .push(problem.hint("rows by interval have a column per turn; rows by movement have approach, turn, count"));
    } else if !has_turns && !(has("count") && (has("movement") || has("approach") && has("turn"))) {
        let problem =
            Problem::new(path, "has no counts: neither columns such as NBL, NBT, nor approach, turn and count");
        problems.push(problem.line(1).hint("`citytwin signals evaluate --help` shows both layouts"));
    }
    if !problems.list.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(cells) if cells.iter().all(str::is_empty) => {}
            Ok(cells) => rows.push((cells.position().map_or(0, |position| position.line() as usize), cells)),
            Err(error) => problems.push(Problem::new(path, format!("a row cannot be read: {error}"))),
        }
    }
    Some(Sheet { file: path.to_owned(), header: known, rows })
}

/// The name of a column as this reader knows it.
fn canonical(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase().replace([' ', '-'], "_");
    for (canonical, others) in SYNONYMS {
        if lower == *canonical || others.contains(&lower.as_str()) {
            return Some((*canonical).to_owned());
        }
    }
    let upper = name.to_ascii_uppercase().replace([' ', '-'], "_");
    turn_column(&upper).is_some().then_some(upper)
}

fn unknown_column(path: &Path, name: &str) -> Problem {
    let mut known: Vec<String> = SYNONYMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for direction in DIRECTIONS {
        known.extend(["L", "T", "R", "U"].map(|turn| format!("{direction}{turn}")));
    }
    let words: Vec<&str> = known.iter().map(String::as_str).collect();
    let problem = Problem::new(path, format!("unknown column {name:?}")).line(1);
    match nearest(name, &words) {
        Some(near) => problem.hint(format!("did you mean {near:?}?")),
        None => {
            problem.allowed("junction_id, begin, end, NBL, NBT, …, or approach, turn, movement, count, heavy, class")
        }
    }
}

/// Direction, turn, and whether heavy vehicles are meant, of a column such as `NBL` or `NBL_HEAVY`.
pub(super) fn turn_column(name: &str) -> Option<(&str, char, bool)> {
    let (code, is_heavy) = match name.strip_suffix("_HEAVY").or_else(|| name.strip_suffix("_HV")) {
        Some(code) => (code, true),
        None => (name, false),
    };
    let (direction, turn) = split_code(code)?;
    Some((direction, turn, is_heavy))
}

/// Direction and turn of `NBL`.
pub(super) fn split_code(code: &str) -> Option<(&str, char)> {
    let turn = code.chars().last().filter(|turn| "LTRU".contains(*turn))?;
    let direction = &code[..code.len() - 1];
    HEADINGS.iter().any(|(word, _)| *word == direction).then_some((direction, turn))
}

/// A turn in words.
pub(super) fn turn_letter(word: &str) -> Option<char> {
    Some(match word.to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
        "l" | "left" => 'L',
        "t" | "th" | "thru" | "through" | "straight" => 'T',
        "r" | "right" => 'R',
        "u" | "uturn" | "u_turn" => 'U',
        _ => return None,
    })
}
