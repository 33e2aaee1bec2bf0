//! The inventory: luminaires as tables or GeoJSON have them, put on the streets; what was filled in is flagged.

mod geojson;

use std::path::PathBuf;

use crate::error::Problem;
use crate::lighting::crs::{self, Transform};
use crate::lighting::street::Street;
use crate::loaded::{Names, Place};
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::scenario_file::LightingTable;
use crate::schema::lighting_tables::LUMINAIRES;

/// So far beyond the ends of a link a lamp may stand that belongs to it.
const BEYOND_M: f64 = 50.0;

/// Where on the carriageway a pole stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    /// Right in driving direction of the street's first link.
    Right,
    /// Left.
    Left,
    /// Between the directions.
    Median,
}

impl Side {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Left => "left",
            Self::Median => "median",
        }
    }
}

/// A luminaire on its street.
#[derive(Clone, PartialEq, Debug)]
pub struct Pole {
    /// Its id.
    pub id: String,
    /// Its id where it comes from.
    pub external_id: String,
    /// Its street, if it stands on one.
    pub street: Option<usize>,
    /// Where the light is, along the street's line and left of it.
    pub at_m: (f64, f64),
    /// The same in the city plane.
    pub position_m: [f64; 2],
    /// Side of the street.
    pub side: Side,
    /// Mounting height.
    pub height_m: f64,
    /// Tilt.
    pub tilt_deg: f64,
    /// Unit vector towards the road.
    pub towards: [f64; 2],
    /// Position among the types.
    pub kind: usize,
    /// Circuit that feeds it.
    pub circuit: String,
    /// Electrical phase.
    pub line_phase: String,
    /// Cabinet that switches it.
    pub cabinet: String,
    /// Control programme.
    pub program: String,
    /// How far it had to be moved onto its street's side; `None` where it was given by chainage or by rule.
    pub snap_m: Option<f64>,
    /// Fields that were filled in.
    pub filled: Vec<&'static str>,
}

/// What inventories are read against.
pub struct Ground<'a> {
    /// Streets.
    pub streets: &'a [Street],
    /// Street by link.
    pub of_link: &'a [Option<usize>],
    /// Names of links.
    pub names: &'a Names,
    /// Where the city lies.
    pub place: &'a Place,
    /// Names of types.
    pub types: &'a [String],
}

/// A luminaire as a table or a map has it.
#[derive(Clone, Debug, Default)]
struct Raw {
    origin: (PathBuf, usize),
    cells: Vec<(&'static str, String)>,
}

impl Raw {
    fn get(&self, name: &str) -> Option<&str> {
        self.cells.iter().find(|(field, _)| *field == name).map(|(_, cell)| cell.as_str())
    }
    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok()
    }
    fn problem(&self, field: &str, message: &str) -> Problem {
        Problem::new(&self.origin.0, message).line(self.origin.1).field(field, self.get(field).unwrap_or(""))
    }
}

/// Reads the inventory of a scenario; `None` if there is none.
pub fn read(files: &mut Files, table: &LightingTable, ground: &Ground<'_>, report: &mut Report) -> Option<Vec<Pole>> {
    let raws = match &table.luminaires {
        Some(name) => geojson::read(files, name, report),
        None if files.source.has(LUMINAIRES.file) => {
            let records = Records::required(files, "", &LUMINAIRES, report);
            records.rows().map(|row| of_row(&row)).collect()
        }
        None => return None,
    };
    let code = table.crs.as_deref().unwrap_or("4326");
    let mut into_city: Option<Result<Option<Transform>, crs::Refusal>> = None;
    let mut poles: Vec<Pole> = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let n_before = report.problems.list.len();
    for raw in &raws {
        let id = raw.get("luminaire_id").unwrap_or("").to_owned();
        if !ids.insert(id.clone()) {
            report.problem(raw.problem("luminaire_id", "is there twice"));
        }
        let kind = match raw.get("type_id") {
            None => 0,
            Some(name) => ground.types.iter().position(|known| known == name).unwrap_or_else(|| {
                let problem = raw.problem("type_id", "there is no such luminaire type");
                report.problem(dangling(problem, name, ground.types.iter()));
                0
            }),
        };
        let place = if raw.get("link_id").is_some() {
            by_chainage(raw, ground, report)
        } else {
            let transform = into_city.get_or_insert_with(|| transform(code, ground.place, report));
            match transform {
                Ok(transform) => by_position(raw, transform.as_ref(), table, ground, report),
                Err(refusal) => {
                    if report.problems.list.iter().all(|problem| problem.field.as_deref() != Some("lighting.crs")) {
                        let problem = Problem::new(files.source.label("scenario.toml"), refusal.message.clone());
                        let problem = problem.field("lighting.crs", code).allowed(crs::ALLOWED);
                        report.problem(problem.hint(refusal.hint.clone()));
                    }
                    None
                }
            }
        };
        let Some(place) = place else { continue };
        poles.push(pole(raw, id, kind, &place, ground));
    }
    if poles.is_empty() && report.problems.list.len() == n_before {
        report.notice("the inventory has no luminaire", 1);
    }
    Some(poles)
}

fn transform(code: &str, place: &Place, report: &mut Report) -> Result<Option<Transform>, crs::Refusal> {
    if code.eq_ignore_ascii_case("local") {
        return Ok(None);
    }
    let from = crs::definition(code)?;
    let Some(city) = &place.plane else {
        let message = "positions cannot be placed: the network does not say how it lies on the earth";
        return Err(crs::Refusal {
            message: message.to_owned(),
            hint: "give config.csv a crs, or use local".to_owned(),
        });
    };
    if let Some(off_m) = from.off_m {
        report.notice(
            format!("lighting.crs {code}: its datum shift is an average, positions may be {off_m:.0} m off"),
            1,
        );
    }
    Transform::into_city(&from, city).map(Some)
}

struct Placing {
    street: usize,
    chainage_m: f64,
    y_m: Option<f64>,
    side: Side,
    snap_m: Option<f64>,
    position_m: Option<[f64; 2]>,
}

fn by_chainage(raw: &Raw, ground: &Ground<'_>, report: &mut Report) -> Option<Placing> {
    let name = raw.get("link_id")?;
    let Some(link) = ground.names.links.iter().position(|known| known == name) else {
        report.problem(dangling(raw.problem("link_id", "there is no such link"), name, ground.names.links.iter()));
        return None;
    };
    let Some(street) = ground.of_link[link] else {
        report.problem(raw.problem("link_id", "no vehicle may use the link"));
        return None;
    };
    let Some(chainage_m) = raw.number("chainage_m") else {
        report.problem(
            raw.problem("chainage_m", "is empty")
                .hint("a luminaire needs link_id and chainage_m, or x_coord and y_coord"),
        );
        return None;
    };
    let known = &ground.streets[street];
    if chainage_m > known.length_m + BEYOND_M {
        let problem = raw.problem("chainage_m", "lies beyond the end of the link");
        report.problem(problem.allowed(format!("-{BEYOND_M} to {:.1}", known.length_m + BEYOND_M)));
        return None;
    }
    let is_against = known.links[0] != link;
    let side = match (raw.get("side").map(str::to_ascii_lowercase).as_deref(), is_against) {
        (Some("median"), _) => Side::Median,
        (Some("left"), false) | (None | Some("right"), true) => Side::Left,
        _ => Side::Right,
    };
    let chainage_m = if is_against { known.length_m - chainage_m } else { chainage_m };
    Some(Placing { street, chainage_m, y_m: None, side, snap_m: None, position_m: None })
}

fn by_position(
    raw: &Raw,
    transform: Option<&Transform>,
    table: &LightingTable,
    ground: &Ground<'_>,
    report: &mut Report,
) -> Option<Placing> {
    let (Some(x), Some(y)) = (raw.number("x_coord"), raw.number("y_coord")) else {
        let problem = raw.problem("x_coord", "the luminaire has no place");
        report.problem(problem.hint("x_coord and y_coord, or link_id and chainage_m"));
        return None;
    };
    let Some(point) = transform.map_or(Some([x, y]), |transform| transform.apply([x, y])) else {
        report.problem(raw.problem("x_coord", "lies outside the coordinate system").hint("check lighting.crs"));
        return None;
    };
    let distances = ground.streets.iter().map(|street| street.distance_m(point)).enumerate();
    let (street, away_m) = distances.fold((0, f64::MAX), |best, found| if found.1 < best.1 { found } else { best });
    let limit_m = table.snap_m.unwrap_or(25.0);
    if away_m > limit_m {
        let problem = raw.problem("x_coord", &format!("the luminaire stands {away_m:.0} m from the nearest road"));
        let hint = "check lighting.crs and the order of x (east) and y (north), or raise lighting.snap_m";
        report.problem(problem.allowed(format!("at most {limit_m:.0} m")).hint(hint));
        return None;
    }
    let known = &ground.streets[street];
    let (chainage_m, y_m) = known.project(point);
    let [right_m, left_m] = known.edges_m();
    let middle_m = (right_m + left_m) / 2.0;
    let is_middle = (y_m - middle_m).abs() < (left_m - right_m) / 6.0;
    let side = match () {
        () if is_middle => Side::Median,
        () if y_m < middle_m => Side::Right,
        () => Side::Left,
    };
    Some(Placing { street, chainage_m, y_m: Some(y_m), side, snap_m: Some(away_m), position_m: Some(point) })
}

fn pole(raw: &Raw, id: String, kind: usize, place: &Placing, ground: &Ground<'_>) -> Pole {
    let street = &ground.streets[place.street];
    let mut filled = Vec::new();
    let mut or = |field: &'static str, default: f64| {
        raw.number(field).unwrap_or_else(|| {
            filled.push(field);
            default
        })
    };
    let height_m = or("height_m", 8.0);
    let tilt_deg = or("tilt_deg", 5.0);
    let y_m = match place.y_m {
        Some(y_m) => y_m,
        None => lateral(street, place.side, or("overhang_m", 0.0)),
    };
    let [dx, dy] = street.direction(place.chainage_m);
    let towards = match raw.number("azimuth_deg") {
        // Clockwise from north.
        Some(azimuth_deg) => [azimuth_deg.to_radians().sin(), azimuth_deg.to_radians().cos()],
        None if facing_left(place.side, street) => [-dy, dx],
        None => [dy, -dx],
    };
    for field in ["type_id", "azimuth_deg", "circuit_id", "line_phase", "cabinet_id", "program"] {
        if raw.get(field).is_none() {
            filled.push(field);
        }
    }
    let text = |field: &str| raw.get(field).unwrap_or("").to_owned();
    Pole {
        external_id: text("external_id"),
        street: Some(place.street),
        at_m: (place.chainage_m, y_m),
        position_m: place.position_m.unwrap_or_else(|| street.point(place.chainage_m, y_m)),
        side: place.side,
        height_m,
        tilt_deg,
        towards,
        kind,
        circuit: text("circuit_id"),
        line_phase: text("line_phase"),
        cabinet: text("cabinet_id"),
        program: text("program"),
        snap_m: place.snap_m,
        filled,
        id,
    }
}

/// Whether a luminaire on this side looks to the left of the street's line.
pub fn facing_left(side: Side, street: &Street) -> bool {
    match side {
        Side::Right => true,
        Side::Left => false,
        Side::Median => !street.left_hand,
    }
}

/// Lateral position of a light that hangs so far over the road.
pub fn lateral(street: &Street, side: Side, overhang_m: f64) -> f64 {
    let [right_m, left_m] = street.edges_m();
    match side {
        Side::Right => right_m + overhang_m,
        Side::Left => left_m - overhang_m,
        Side::Median => (right_m + left_m) / 2.0 + overhang_m,
    }
}

fn of_row(row: &Row<'_>) -> Raw {
    let cells = LUMINAIRES.columns.iter().filter_map(|column| Some((column.name, row.get(column.name)?.to_owned())));
    Raw { origin: row.origin(), cells: cells.collect() }
}

/// Fills circuits, phases, cabinets and programmes in where they were left out.
pub fn complete(poles: &mut [Pole], streets: &[Street], names: &Names, (program, groups): (&str, &[String])) {
    let title = |pole: &Pole| {
        let link = pole.street.map(|street| streets[street].links[0]);
        link.map_or_else(|| "lamps".to_owned(), |link| names.link_titles[link].clone())
    };
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for pole in poles.iter_mut() {
        if pole.circuit.is_empty() {
            let title = title(pole);
            let n = counts.entry(title.clone()).or_insert(0);
            pole.circuit = format!("{title} {}", *n / LAMPS_PER_CIRCUIT + 1);
            if pole.line_phase.is_empty() {
                pole.line_phase = ["a", "b", "c"][*n % 3].to_owned();
            }
            if pole.cabinet.is_empty() {
                pole.cabinet = format!("{title} cabinet {}", *n / (LAMPS_PER_CIRCUIT * CIRCUITS_PER_CABINET) + 1);
            }
            *n += 1;
        }
        if pole.line_phase.is_empty() {
            let n = counts.entry(pole.circuit.clone()).or_insert(0);
            pole.line_phase = ["a", "b", "c"][*n % 3].to_owned();
            *n += 1;
        }
        if pole.cabinet.is_empty() {
            pole.cabinet.clone_from(&pole.circuit);
        }
        if pole.program.is_empty() {
            let group = [&pole.circuit, &pole.cabinet].into_iter().find(|name| groups.contains(name));
            pole.program = group.map_or_else(|| program.to_owned(), Clone::clone);
        }
    }
}

/// Lamps on a circuit that is made up.
const LAMPS_PER_CIRCUIT: usize = 45;
/// Circuits of a cabinet that is made up.
const CIRCUITS_PER_CABINET: usize = 4;
