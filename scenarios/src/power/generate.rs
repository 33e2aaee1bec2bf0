//! Builds feeders from what most cities know: where cabinets and poles stand. Everything else is assumed, and every
//! assumption is listed.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::error::{Problem, Problems};
use crate::read::source::{Files, Source};
use crate::read::table::{Records, Report, Row};
use crate::schema::power_tables::{CABINETS, POLES};

/// What is assumed where the tables say nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Assumptions {
    /// Nominal voltage, line to line.
    pub voltage_v: f64,
    /// Short-circuit power at a cabinet's busbar.
    pub short_circuit_mva: f64,
    /// Resistance of the cable.
    pub r1_ohm_per_km: f64,
    /// Reactance of the cable.
    pub x1_ohm_per_km: f64,
    /// Zero-sequence resistance over positive-sequence resistance: 4 for a neutral like the line phases.
    pub zero_sequence_ratio: f64,
    /// Current that the cable may carry.
    pub cable_rated_a: f64,
    /// Length of cable over distance as the crow flies.
    pub slack: f64,
    /// Cable from the pole's foot into the ground and back, per pole.
    pub tail_m: f64,
    /// Fuse of each circuit.
    pub fuse_a: f64,
    /// Power of a pole.
    pub pole_w: f64,
    /// Power factor of a pole; negative for capacitive drivers.
    pub power_factor: f64,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            voltage_v: 400.0,
            short_circuit_mva: 8.0,
            r1_ohm_per_km: 1.15,
            x1_ohm_per_km: 0.08,
            zero_sequence_ratio: 4.0,
            cable_rated_a: 100.0,
            slack: 1.05,
            tail_m: 2.0,
            fuse_a: 25.0,
            pole_w: 100.0,
            power_factor: -0.95,
        }
    }
}

/// Files made, by name.
pub type Tables = Vec<(String, String)>;

struct Cabinet {
    id: String,
    name: String,
    place: [f64; 2],
    short_circuit_mva: Option<f64>,
    tariff: String,
}

struct Pole {
    id: String,
    cabinet: usize,
    circuit: String,
    place: [f64; 2],
    power_w: Option<f64>,
    phase: Option<usize>,
}

/// Reads `cabinets.csv` and `poles.csv` of a folder and makes the tables of feeders.
///
/// # Errors
/// All mistakes of the two tables.
pub fn generate(folder: &Path, assumed: &Assumptions) -> Result<Tables, Problems> {
    let mut files = Files::new(Source::Disk(folder.to_owned()));
    let mut report = Report::default();
    let cabinet_rows = Records::required(&mut files, "", &CABINETS, &mut report);
    let pole_rows = Records::required(&mut files, "", &POLES, &mut report);
    let mut cabinets: Vec<Cabinet> = Vec::new();
    for row in cabinet_rows.rows() {
        let id = row.text("cabinet_id").to_owned();
        if cabinets.iter().any(|other| other.id == id) {
            report.problem(row.problem("cabinet_id", "is there twice"));
        }
        cabinets.push(Cabinet {
            name: row.get("name").unwrap_or(&id).to_owned(),
            place: place(row),
            short_circuit_mva: row.number("short_circuit_mva"),
            tariff: row.text("tariff_id").to_owned(),
            id,
        });
    }
    let is_degrees = are_degrees(&cabinets);
    let mut poles = Vec::new();
    let mut n_nearest = 0;
    for row in pole_rows.rows() {
        let at = place(row);
        let cabinet = match row.get("cabinet_id") {
            Some(id) => {
                let found = cabinets.iter().position(|cabinet| cabinet.id == id);
                if found.is_none() {
                    report.problem(row.problem("cabinet_id", "there is no such cabinet in cabinets.csv"));
                }
                found
            }
            None => {
                n_nearest += 1;
                let far = |cabinet: &Cabinet| distance_m(cabinet.place, at, is_degrees);
                (0..cabinets.len()).min_by(|&a, &b| far(&cabinets[a]).total_cmp(&far(&cabinets[b])))
            }
        };
        let Some(cabinet) = cabinet else { continue };
        poles.push(Pole {
            id: row.text("pole_id").to_owned(),
            cabinet,
            circuit: row.get("circuit_id").unwrap_or("1").to_owned(),
            place: at,
            power_w: row.number("power_w"),
            phase: row.word("line_phase").and_then(|word| ["a", "b", "c"].iter().position(|phase| *phase == word)),
        });
    }
    let mut names: Vec<&str> = poles.iter().map(|pole| pole.id.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        report.problem(Problem::new(pole_rows.file(), "a pole is there twice").field("pole_id", twice[0]));
    }
    report.told().or_ok(())?;
    Ok(tables(&cabinets, &poles, assumed, is_degrees, n_nearest))
}

fn place(row: Row<'_>) -> [f64; 2] {
    [row.number("x_coord").unwrap_or(0.0), row.number("y_coord").unwrap_or(0.0)]
}

fn are_degrees(cabinets: &[Cabinet]) -> bool {
    cabinets.iter().all(|cabinet| cabinet.place[0].abs() <= 180.0 && cabinet.place[1].abs() <= 90.0)
}

/// Distance on the plane, or on a sphere's tangent plane.
fn distance_m(a: [f64; 2], b: [f64; 2], is_degrees: bool) -> f64 {
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let (dx_m, dy_m) = if is_degrees {
        let middle_rad = ((a[1] + b[1]) / 2.0).to_radians();
        (dx * 111_320.0 * sim_core::math::cos(middle_rad), dy * 110_574.0)
    } else {
        (dx, dy)
    };
    (dx_m * dx_m + dy_m * dy_m).sqrt()
}

/// Circuits of a cabinet in the order of their first pole.
fn circuits(poles: &[Pole], cabinet: usize) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for pole in poles.iter().filter(|pole| pole.cabinet == cabinet) {
        if !found.contains(&pole.circuit.as_str()) {
            found.push(&pole.circuit);
        }
    }
    found
}

/// Poles in the order of the cable: from the cabinet to the nearest, from there to the nearest that is left.
fn strung<'a>(
    poles: &'a [Pole],
    cabinet: usize,
    circuit: &str,
    from: [f64; 2],
    is_degrees: bool,
) -> Vec<(&'a Pole, f64)> {
    let mut left: Vec<&Pole> = poles.iter().filter(|pole| pole.cabinet == cabinet && pole.circuit == circuit).collect();
    let (mut order, mut here) = (Vec::new(), from);
    while !left.is_empty() {
        let far_m = |pole: &Pole| distance_m(here, pole.place, is_degrees);
        let next = (0..left.len()).min_by(|&a, &b| far_m(left[a]).total_cmp(&far_m(left[b]))).unwrap_or(0);
        let pole = left.remove(next);
        order.push((pole, distance_m(here, pole.place, is_degrees)));
        here = pole.place;
    }
    order
}

fn tables(cabinets: &[Cabinet], poles: &[Pole], assumed: &Assumptions, is_degrees: bool, n_nearest: usize) -> Tables {
    let mut nodes = "feeder_id,node_id,voltage_v,name,x_coord,y_coord\n".to_owned();
    let mut sources = "feeder_id,node_id,short_circuit_mva\n".to_owned();
    let mut lines = "feeder_id,line_id,from_node_id,to_node_id,line_type_id,length_m,phases\n".to_owned();
    let mut switches = "feeder_id,switch_id,kind,from_node_id,to_node_id,rated_a\n".to_owned();
    let mut meters = "meter_id,feeder_id,branch_id,name,tariff_id\n".to_owned();
    let mut loads = "load_id,feeder_id,node_id,phases,kind,power_w,power_factor\n".to_owned();
    let (mut n_circuits, mut n_turned, mut n_powers, mut cable_m) = (0, 0, 0, 0.0);
    for (index, cabinet) in cabinets.iter().enumerate() {
        let id = cell(&cabinet.id);
        let [x, y] = cabinet.place;
        let volts = assumed.voltage_v;
        let name = cell(&cabinet.name);
        let strength_mva = cabinet.short_circuit_mva.unwrap_or(assumed.short_circuit_mva);
        row(&mut nodes, &format!("{id},grid,{volts},,{x},{y}"));
        row(&mut nodes, &format!("{id},busbar,{volts},{name},{x},{y}"));
        row(&mut sources, &format!("{id},grid,{strength_mva}"));
        row(&mut switches, &format!("{id},main,switch,grid,busbar,"));
        row(&mut meters, &format!("{id},{id},main,{name},{}", cell(&cabinet.tariff)));
        for circuit in circuits(poles, index) {
            n_circuits += 1;
            let outlet = cell(&format!("outlet-{circuit}"));
            row(&mut nodes, &format!("{id},{outlet},{volts},,{x},{y}"));
            row(
                &mut switches,
                &format!("{id},{},fuse,busbar,{outlet},{}", cell(&format!("fuse-{circuit}")), assumed.fuse_a),
            );
            let mut before = outlet;
            for (place, (pole, distance)) in
                strung(poles, index, circuit, cabinet.place, is_degrees).into_iter().enumerate()
            {
                let pole_id = cell(&pole.id);
                let length_m = distance * assumed.slack + assumed.tail_m;
                cable_m += length_m;
                n_turned += usize::from(pole.phase.is_none());
                n_powers += usize::from(pole.power_w.is_none());
                let phase = pole.phase.unwrap_or(place % 3) + 1;
                row(&mut nodes, &format!("{id},{pole_id},{volts},,{},{}", pole.place[0], pole.place[1]));
                let line = cell(&format!("cable-{}", pole.id));
                row(&mut lines, &format!("{id},{line},{before},{pole_id},street-cable,{length_m:.2},123"));
                let power_w = pole.power_w.unwrap_or(assumed.pole_w);
                row(
                    &mut loads,
                    &format!("{pole_id},{id},{pole_id},{phase},constant,{power_w},{}", assumed.power_factor),
                );
                before = pole_id;
            }
        }
    }
    let (r1, x1) = (assumed.r1_ohm_per_km, assumed.x1_ohm_per_km);
    let (r0, x0) = (r1 * assumed.zero_sequence_ratio, x1 * assumed.zero_sequence_ratio);
    let types = format!(
        "line_type_id,r1_ohm_per_km,x1_ohm_per_km,r0_ohm_per_km,x0_ohm_per_km,rated_a\nstreet-cable,{r1},{x1},{r0},{x0},{}\n",
        assumed.cable_rated_a
    );
    let said = [
        format!(
            "{} cabinets, {n_circuits} circuits, {} poles, {:.2} km of cable.",
            cabinets.len(),
            poles.len(),
            cable_m / 1000.0
        ),
        format!(
            "Coordinates are taken as {}.",
            if is_degrees { "degrees of longitude and latitude" } else { "metres" }
        ),
        format!("{n_nearest} poles name no cabinet and hang on the nearest one."),
        "A circuit is one cable: from the cabinet to its nearest pole, from there to the nearest that is left."
            .to_owned(),
        format!("Cable lengths are distances × {} and {} m per pole.", assumed.slack, assumed.tail_m),
        format!(
            "All cables: {r1} + j{x1} Ω/km positive sequence, {r0} + j{x0} Ω/km zero sequence, {} A.",
            assumed.cable_rated_a
        ),
        format!("Nominal voltage {} V between line phases.", assumed.voltage_v),
        format!(
            "Short-circuit power {} MVA at the busbars of cabinets that give none; the transformer and the grid above are in it.",
            assumed.short_circuit_mva
        ),
        format!("A fuse of {} A for each circuit.", assumed.fuse_a),
        format!("{n_turned} poles name no line phase: they take a, b, c in turn along the cable."),
        format!(
            "{n_powers} poles give no power: {} W each. Power factor {} for all (negative: capacitive).",
            assumed.pole_w, assumed.power_factor
        ),
        "All lamps are on at full power; a scenario with luminaires gives their own.".to_owned(),
    ];
    let mut text = "# What was assumed\n\n".to_owned();
    said.iter().for_each(|line| row(&mut text, &format!("- {line}")));
    [
        ("feeder_nodes.csv", nodes),
        ("feeder_sources.csv", sources),
        ("feeder_line_types.csv", types),
        ("feeder_lines.csv", lines),
        ("feeder_switches.csv", switches),
        ("feeder_meters.csv", meters),
        ("loads.csv", loads),
        ("ASSUMED.md", text),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .to_vec()
}

fn row(table: &mut String, line: &str) {
    writeln!(table, "{line}").expect("writing to memory cannot fail");
}

/// A cell of a CSV table.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Puts the tables into a folder.
///
/// # Errors
/// When one of them is there already, unless they may be replaced, or cannot be written; nothing is written then.
pub fn write(tables: &Tables, folder: &Path, may_replace: bool) -> Result<(), Problems> {
    let there: Vec<&str> =
        tables.iter().map(|(name, _)| name.as_str()).filter(|name| folder.join(name).exists()).collect();
    if !there.is_empty() && !may_replace {
        let problem = Problem::new(folder, format!("has {} already", there.join(", ")));
        return Err(problem.hint("name another folder with -o, or replace them with --force").into());
    }
    let all = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, text) in tables {
            fs::write(folder.join(format!(".{name}.tmp")), text)?;
        }
        tables.iter().try_for_each(|(name, _)| fs::rename(folder.join(format!(".{name}.tmp")), folder.join(name)))
    };
    all().map_err(|error| Problem::new(folder, format!("cannot be written: {error}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 poles 35 m apart in a row, 107 W each, as in the reference feeder.
    #[test]
    fn poles_in_a_row_become_one_cable_with_line_phases_in_turn() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cabinets.csv"), "cabinet_id,x_coord,y_coord\nc1,1000,500\n").unwrap();
        let poles: String = (1..=60).rev().map(|pole| format!("p{pole},{},500,107\n", 1000 + 35 * pole)).collect();
        fs::write(folder.path().join("poles.csv"), format!("pole_id,x_coord,y_coord,power_w\n{poles}")).unwrap();
        let assumed = Assumptions { slack: 1.0, tail_m: 0.0, ..Assumptions::default() };
        let tables = generate(folder.path(), &assumed).unwrap();
        let table = |name: &str| tables.iter().find(|(other, _)| other == name).unwrap().1.as_str();
        let lines: Vec<&str> = table("feeder_lines.csv").lines().skip(1).collect();
        assert_eq!(lines.len(), 60);
        assert_eq!(lines[0], "c1,cable-p1,outlet-1,p1,street-cable,35.00,123");
        assert_eq!(lines[59], "c1,cable-p60,p59,p60,street-cable,35.00,123");
        let loads: Vec<&str> = table("loads.csv").lines().skip(1).collect();
        assert!(loads[0].starts_with("p1,c1,p1,1,") && loads[1].starts_with("p2,c1,p2,2,"));
        assert!(table("ASSUMED.md").contains("60 poles name no line phase"), "{}", table("ASSUMED.md"));
        write(&tables, folder.path(), false).unwrap();
        let said = write(&tables, folder.path(), false).unwrap_err().to_string();
        assert!(said.contains("already"), "{said}");
    }

    #[test]
    fn mistakes_of_both_tables_are_told_together() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cabinets.csv"), "cabinet_id,x_coord,y_coord\nc1,0,0\nc1,1,1\n").unwrap();
        fs::write(
            folder.path().join("poles.csv"),
            "pole_id,cabinet_id,x_coord,y_coord\np,c2,0,0\nq,c1,0,0\nq,c1,1,0\n",
        )
        .unwrap();
        let said = generate(folder.path(), &Assumptions::default()).unwrap_err().to_string();
        for expected in [
            "cabinets.csv:3: cabinet_id = \"c1\": is there twice",
            "poles.csv:2: cabinet_id = \"c2\": there is no such cabinet in cabinets.csv",
            "pole_id = \"q\": a pole is there twice",
        ] {
            assert!(said.contains(expected), "{expected}\nnot in\n{said}");
        }
    }
}
