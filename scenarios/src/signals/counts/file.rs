//! Turning counts as CSV in the two layouts planners have.
//!
//! * Rows by interval, a column per turn: `junction_id,begin,end,NBL,NBT,NBR,NBU,…`, and `NBL_heavy` where heavy vehicles
//!   were told apart.
//! * Rows by movement: `junction_id,begin,end,approach,turn,count,heavy`; instead of approach and turn `movement` with
//!   `NBL` or `link->link`; with `class`, a row per class.
//!
//! An approach is a direction of travel (NB, NEB, …) or the id of its link.

use std::collections::BTreeMap;
use std::path::Path;

use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

use super::sheet::{HEADINGS, Row, Sheet, parse, split_code, turn_column, turn_letter};
use super::{Count, Counts};
use crate::error::{Problem, Problems};
use crate::loaded::Names;
use crate::read::table::nearest;
use crate::schema::column::parse_instant_s;
use crate::signals::sites::Site;

/// An approach answers to a direction up to this far from its own.
const FARTHEST_DEG: f64 = 60.0;
const HOUR_S: f64 = 3600.0;

/// Reads a file of counts for these sites.
///
/// # Errors
/// All mistakes found in it.
pub fn read(path: &Path, sites: &[Site], names: &Names) -> Result<Counts, Problems> {
    let bytes = std::fs::read(path).map_err(|error| Problem::new(path, format!("cannot be read: {error}")))?;
    let mut problems = Problems::default();
    let Some(sheet) = parse(&bytes, path, &mut problems) else { return Err(problems) };
    let mut reader = Reader { sites, names, problems, found: BTreeMap::new(), intervals: BTreeMap::new() };
    let mut notes = Vec::new();
    let lengths_s = reader.lengths(&sheet, &mut notes);
    for (line, cells) in &sheet.rows {
        reader.row(Row { sheet: &sheet, line: *line, cells }, &lengths_s);
    }
    reader.check_overlaps(&sheet.file);
    let mut counts = Counts { source: path.display().to_string(), notes, ..Counts::default() };
    for ((site, movement, _, _), sum) in reader.found {
        let Sum { begin_s, end_s, vehicles, heavy, .. } = sum;
        counts.by_site.entry(site).or_default().push(Count { movement, begin_s, end_s, vehicles, heavy });
    }
    if counts.by_site.is_empty() && reader.problems.list.is_empty() {
        reader.problems.push(Problem::new(path, "has no count").hint("give at least one row below the header"));
    }
    reader.problems.or_ok(counts)
}

/// What was counted of a movement in an interval, and where.
#[derive(Clone, Debug)]
struct Sum {
    begin_s: f64,
    end_s: f64,
    vehicles: f64,
    heavy: Option<f64>,
    /// By class: the line that counted it.
    lines: BTreeMap<String, usize>,
}

struct Reader<'a> {
    sites: &'a [Site],
    names: &'a Names,
    problems: Problems,
    /// By site, movement, and milliseconds of begin and end.
    found: BTreeMap<(usize, usize, i64, i64), Sum>,
    /// Lines of rows by interval, by site, begin and end.
    intervals: BTreeMap<(usize, i64, i64), usize>,
}

impl Reader<'_> {
    /// The length of intervals without an end, by site name: the least step between begins, else an hour.
    fn lengths(&mut self, sheet: &Sheet, notes: &mut Vec<String>) -> BTreeMap<String, f64> {
        let mut begins: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut lacks_end = false;
        for (line, cells) in &sheet.rows {
            let row = Row { sheet, line: *line, cells };
            lacks_end |= row.get("end").is_none();
            let begin_s = row.get("begin").and_then(parse_instant_s).unwrap_or(0.0);
            begins.entry(row.get("junction_id").unwrap_or("").to_owned()).or_default().push(begin_s);
        }
        let mut lengths = BTreeMap::new();
        for (site, mut begins) in begins {
            begins.sort_by(f64::total_cmp);
            begins.dedup();
            let step = begins.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
            lengths.insert(site, if step.is_finite() { step } else { HOUR_S });
        }
        if lacks_end {
            let lengths: Vec<String> = lengths.values().map(|length| format!("{} min", length / 60.0)).collect();
            let mut lengths = lengths;
            lengths.sort();
            lengths.dedup();
            notes.push(format!("intervals without an end are taken to last {}", lengths.join(" or ")));
        }
        lengths
    }

    fn row(&mut self, row: Row<'_>, lengths_s: &BTreeMap<String, f64>) {
        let site = self.site(row);
        let begin_s = match row.get("begin").map(parse_instant_s) {
            None => Some(0.0),
            Some(Some(begin_s)) => Some(begin_s),
            Some(None) => {
                self.problems.push(row.problem("begin", "is no time").allowed("seconds, H:MM or H:MM:SS"));
                None
            }
        };
        let end_s = match row.get("end").map(parse_instant_s) {
            None => {
                begin_s.map(|begin_s| begin_s + lengths_s.get(row.get("junction_id").unwrap_or("")).unwrap_or(&HOUR_S))
            }
            Some(Some(end_s)) => Some(end_s),
            Some(None) => {
                self.problems.push(row.problem("end", "is no time").allowed("seconds, H:MM or H:MM:SS"));
                None
            }
        };
        let (Some(site), Some(begin_s), Some(end_s)) = (site, begin_s, end_s) else { return };
        if end_s <= begin_s {
            self.problems.push(row.problem("end", "is not after the begin of the interval"));
            return;
        }
        if row.get("count").is_some() || row.sheet.header.iter().flatten().any(|name| name == "count") {
            self.by_movement(row, site, begin_s, end_s);
        } else {
            self.by_interval(row, site, begin_s, end_s);
        }
    }

    /// The site a row means; the only one where it names none.
    fn site(&mut self, row: Row<'_>) -> Option<usize> {
        let Some(name) = row.get("junction_id") else {
            if self.sites.len() == 1 {
                return Some(0);
            }
            let problem = row.problem("junction_id", "is empty, and the network has several junctions");
            self.problems.push(problem.hint("add a column junction_id"));
            return None;
        };
        let found = self.sites.iter().position(|site| site.is_called(name));
        if found.is_none() {
            let mut known: Vec<&str> = Vec::new();
            for site in self.sites {
                known.extend([site.id.as_str(), site.title.as_str()]);
            }
            let problem = row.problem("junction_id", "is no junction of the network where traffic meets");
            self.problems.push(match nearest(name, &known) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem.hint("`citytwin signals evaluate --list` lists junctions and their approaches"),
            });
        }
        found
    }

    fn by_interval(&mut self, row: Row<'_>, site: usize, begin_s: f64, end_s: f64) {
        let key = (site, ms(begin_s), ms(end_s));
        if let Some(line) = self.intervals.insert(key, row.line) {
            let message = format!("the interval of {:?} is counted twice, first in line {line}", self.sites[site].id);
            self.problems.push(row.problem("begin", message).hint("remove one of the rows, or correct its time"));
            return;
        }
        let columns: Vec<String> = row.sheet.header.iter().flatten().cloned().collect();
        let mut sums: BTreeMap<(String, char), (Option<f64>, Option<f64>)> = BTreeMap::new();
        for name in &columns {
            let Some((direction, turn, is_heavy)) = turn_column(name) else { continue };
            let Some(value) = row.number(name, &mut self.problems) else { continue };
            let sum = sums.entry((direction.to_owned(), turn)).or_default();
            if is_heavy { sum.1 = Some(value) } else { sum.0 = Some(value) }
        }
        let share = row.number("heavy_pct", &mut self.problems).map(|percent| percent / 100.0);
        for ((direction, turn), (vehicles, heavy)) in sums {
            let name = format!("{direction}{turn}");
            let vehicles = vehicles.unwrap_or(0.0);
            let Some(approach) = self.approach(row, &name, site, &direction, vehicles == 0.0) else { continue };
            let heavy = heavy.or(share.map(|share| share * vehicles));
            self.add(row, &name, (site, approach, turn), (begin_s, end_s), (vehicles, heavy), "");
        }
    }

    fn by_movement(&mut self, row: Row<'_>, site: usize, begin_s: f64, end_s: f64) {
        let Some(count) = row.number("count", &mut self.problems) else {
            if row.get("count").is_none() {
                self.problems.push(row.problem("count", "is empty"));
            }
            return;
        };
        let class_name = row.get("class").unwrap_or("").to_owned();
        let class = VehicleClass::from_name(&class_name);
        if !class_name.is_empty() && class.is_none() {
            let known: Vec<&str> = VehicleClass::ALL.iter().map(|class| class.name()).collect();
            let problem = row.problem("class", "is no vehicle class");
            self.problems.push(match nearest(&class_name, &known) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem.allowed("car, motorcycle, bus, truck, bicycle, …"),
            });
            return;
        }
        let heavy_class = class.map(|class| {
            use VehicleClass as C;
            matches!(class, C::Bus | C::Coach | C::Truck | C::Trailer | C::Tram)
        });
        let vehicles = match class {
            Some(class) if class.is_two_wheeler() => count * VehicleType::own_default(class).passenger_car_units,
            _ => count,
        };
        let heavy = row
            .number("heavy", &mut self.problems)
            .or(row.number("heavy_pct", &mut self.problems).map(|percent| percent / 100.0 * count))
            .or(heavy_class.map(|is_heavy| if is_heavy { count } else { 0.0 }));
        if heavy.is_some_and(|heavy| heavy > count + 1e-9) {
            self.problems.push(row.problem("heavy", "is more than all vehicles").allowed(format!("0 to {count}")));
            return;
        }
        if let Some(movement) = row.get("movement") {
            if let Some((from, to)) = movement.split_once("->") {
                self.by_links(row, site, (from, to), (begin_s, end_s), (vehicles, heavy), &class_name);
                return;
            }
            let code = movement.to_ascii_uppercase();
            let Some((direction, turn)) = split_code(&code) else {
                let problem = row.problem("movement", "is neither a turn such as NBL nor link->link");
                self.problems.push(problem.allowed(self.codes(site)));
                return;
            };
            let direction = direction.to_owned();
            if let Some(approach) = self.approach(row, "movement", site, &direction, false) {
                self.add(row, "movement", (site, approach, turn), (begin_s, end_s), (vehicles, heavy), &class_name);
            }
            return;
        }
        let turn = row.get("turn").and_then(turn_letter);
        if turn.is_none() {
            self.problems.push(row.problem("turn", "is no turn").allowed("L, T, R, U, left, through, right, uturn"));
        }
        let name = row.get("approach").unwrap_or("").to_owned();
        if let (Some(approach), Some(turn)) = (self.approach(row, "approach", site, &name, false), turn) {
            self.add(row, "turn", (site, approach, turn), (begin_s, end_s), (vehicles, heavy), &class_name);
        }
    }

    /// The approach that a direction or a link id means. A count of 0 where there is none is no mistake.
    fn approach(&mut self, row: Row<'_>, field: &str, site: usize, name: &str, is_zero: bool) -> Option<usize> {
        let approaches = &self.sites[site].approaches;
        let by_link = approaches.iter().position(|approach| self.names.links[approach.link.index()] == name);
        let upper = name.to_ascii_uppercase();
        let found = by_link.or_else(|| {
            let (_, wanted_deg) = HEADINGS.iter().find(|(word, _)| *word == upper)?;
            let off_deg = |index: &usize| {
                let [x, y] = approaches[*index].heading;
                let apart = (sim_core::math::atan2(y, x).to_degrees() - wanted_deg).rem_euclid(360.0);
                apart.min(360.0 - apart)
            };
            let mut order: Vec<usize> = (0..approaches.len()).collect();
            order.sort_by(|a, b| off_deg(a).total_cmp(&off_deg(b)));
            let best = *order.first()?;
            let is_clear = order.get(1).is_none_or(|second| off_deg(second) - off_deg(&best) > 5.0);
            (off_deg(&best) <= FARTHEST_DEG && is_clear).then_some(best)
        });
        if found.is_none() && !is_zero {
            let known: Vec<&str> = approaches.iter().map(|a| self.names.links[a.link.index()].as_str()).collect();
            let message = format!("junction {:?} has no approach {name:?}", self.sites[site].id);
            let problem = row.problem(field, message).allowed(self.approaches(site));
            self.problems.push(match nearest(name, &known) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")),
                None => problem,
            });
        }
        found
    }

    fn approaches(&self, site: usize) -> String {
        let of = |approach: &crate::signals::sites::Approach| {
            format!("{} (link {})", approach.direction, self.names.links[approach.link.index()])
        };
        self.sites[site].approaches.iter().map(of).collect::<Vec<_>>().join(", ")
    }

    fn codes(&self, site: usize) -> String {
        let site = &self.sites[site];
        site.movements.iter().map(|movement| site.code(movement)).collect::<Vec<_>>().join(", ")
    }

    fn by_links(
        &mut self,
        row: Row<'_>,
        site: usize,
        (from, to): (&str, &str),
        interval_s: (f64, f64),
        counted: (f64, Option<f64>),
        class: &str,
    ) {
        let name = |link: sim_core::ids::LinkId| self.names.links[link.index()].as_str();
        let place = &self.sites[site];
        let found = place.movements.iter().position(|movement| {
            name(place.approaches[movement.approach].link) == from.trim() && name(movement.to) == to.trim()
        });
        if let Some(movement) = found {
            self.count(row, "movement", (site, movement), interval_s, counted, class);
        } else {
            let known: Vec<String> = place
                .movements
                .iter()
                .map(|movement| format!("{}->{}", name(place.approaches[movement.approach].link), name(movement.to)))
                .collect();
            let problem = row.problem("movement", format!("junction {:?} has no such movement", place.id));
            self.problems.push(problem.allowed(known.join(", ")));
        }
    }

    fn add(
        &mut self,
        row: Row<'_>,
        field: &str,
        (site, approach, turn): (usize, usize, char),
        interval_s: (f64, f64),
        (vehicles, heavy): (f64, Option<f64>),
        class: &str,
    ) {
        let place = &self.sites[site];
        let roles: Vec<_> = place.role_of(turn).into_iter().collect();
        let movements = place.movements_of(approach, &roles);
        if movements.is_empty() {
            if vehicles > 0.0 {
                let own = place.movements.iter().filter(|movement| movement.approach == approach);
                let codes: Vec<String> = own.map(|movement| place.code(movement)).collect();
                let message = format!("junction {:?}: nothing turns {turn} from there", place.id);
                self.problems.push(row.problem(field, message).allowed(codes.join(", ")));
            }
            return;
        }
        // Two ways of the same turn share a count.
        let part = 1.0 / movements.len() as f64;
        for movement in movements {
            let counted = (vehicles * part, heavy.map(|heavy| heavy * part));
            self.count(row, field, (site, movement), interval_s, counted, class);
        }
    }

    fn count(
        &mut self,
        row: Row<'_>,
        field: &str,
        (site, movement): (usize, usize),
        (begin_s, end_s): (f64, f64),
        (vehicles, heavy): (f64, Option<f64>),
        class: &str,
    ) {
        let key = (site, movement, ms(begin_s), ms(end_s));
        let empty = Sum { begin_s, end_s, vehicles: 0.0, heavy: None, lines: BTreeMap::new() };
        let sum = self.found.entry(key).or_insert(empty);
        if let Some(line) = sum.lines.get(class) {
            let place = &self.sites[site];
            let code = place.code(&place.movements[movement]);
            let message = format!("{code} of {:?} is counted twice in this interval, first in line {line}", place.id);
            self.problems.push(row.problem(field, message).hint("remove one of the rows, or correct its time"));
            return;
        }
        sum.lines.insert(class.to_owned(), row.line);
        sum.vehicles += vehicles;
        sum.heavy = heavy.map(|heavy| heavy + sum.heavy.unwrap_or(0.0)).or(sum.heavy);
    }

    /// Intervals of a movement that cover each other in part would count vehicles twice.
    fn check_overlaps(&mut self, file: &Path) {
        let mut before: Option<(usize, usize, f64, usize)> = None;
        let mut found = Vec::new();
        for (&(site, movement, _, _), sum) in &self.found {
            let line = sum.lines.values().next().copied().unwrap_or(0);
            if let Some((s, m, end_s, first)) = before
                && (s, m) == (site, movement)
                && sum.begin_s < end_s - 1e-6
            {
                let message =
                    format!("its interval overlaps the one in line {first} for junction {:?}", self.sites[site].id);
                let problem = Problem::new(file, message).line(line).field("begin", format!("{} s", sum.begin_s));
                if !found.contains(&problem) {
                    found.push(problem);
                }
            }
            before = Some((site, movement, sum.end_s, line));
        }
        found.into_iter().for_each(|problem| self.problems.push(problem));
    }
}

fn ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
