//! Line codes and lines.

use std::collections::BTreeMap;

use sim_core::power::blocks::ZERO;
use sim_core::power::{Block, C64};

use super::objects::{Object, Property};
use super::values::{Bus, bus, count, num, positive, square, unit_m, yes};
use crate::read::table::Report;

/// What a line is made of, per unit of length.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Wire {
    n: usize,
    /// r1, x1, r0, x0 in ohms and c1, c0 in nanofarads, where matrices have not taken their place.
    sequence: Option<[f64; 6]>,
    r: Vec<Vec<f64>>,
    x: Vec<Vec<f64>>,
    c: Vec<Vec<f64>>,
    /// Metres per unit of length, if it is said.
    unit_m: Option<f64>,
    rated_a: Option<f64>,
    /// The frequency for which reactances stand.
    base_hz: f64,
}

/// A line ready to be put between nodes.
pub(super) struct LineData {
    pub(super) from: Bus,
    pub(super) to: Bus,
    pub(super) series_ohm: Block,
    pub(super) shunt_s: Block,
    pub(super) rated_a: Option<f64>,
}

/// Sequence values of OpenDSS when nothing is said: a 336 MCM overhead line, per thousand feet.
const DEFAULT: [f64; 6] = [0.058, 0.1206, 0.1784, 0.4047, 3.4, 1.6];
/// Those of a switch.
const SWITCH: [f64; 6] = [1.0, 1.0, 1.0, 1.0, 1.1, 1.0];

impl Wire {
    fn new(n: usize, frequency_hz: f64) -> Self {
        let empty = Vec::new();
        let (r, x, c) = (empty.clone(), empty.clone(), empty);
        Self { n, sequence: Some(DEFAULT), r, x, c, unit_m: None, rated_a: None, base_hz: frequency_hz }
    }

    /// Resistance, reactance and capacitance as matrices.
    fn matrices(&self) -> [Vec<Vec<f64>>; 3] {
        let Some([r1, x1, r0, x0, c1, c0]) = self.sequence else {
            return [self.r.clone(), self.x.clone(), self.c.clone()];
        };
        [(r1, r0), (x1, x0), (c1, c0)].map(|(one, zero)| {
            // A single conductor has its positive-sequence values.
            let (own, mutual) = if self.n == 1 { (one, 0.0) } else { ((2.0 * one + zero) / 3.0, (zero - one) / 3.0) };
            (0..self.n)
                .map(|row| (0..self.n).map(|column| if row == column { own } else { mutual }).collect())
                .collect()
        })
    }

    /// Sets what a property of a line or line code says of the wire; false if it says nothing of it.
    fn set(&mut self, property: &Property, frequency_hz: f64, report: &mut Report) -> bool {
        let place = ["r1", "x1", "r0", "x0", "c1", "c0"].iter().position(|name| *name == property.name);
        if let Some(place) = place {
            if let Some(value) = num(property, report) {
                self.sequence.get_or_insert(DEFAULT)[place] = value;
            }
            return true;
        }
        match property.name {
            "b1" | "b0" => {
                if let Some(siemens) = num(property, report) {
                    let place = if property.name == "b1" { 4 } else { 5 };
                    let farads = siemens * 1e-6 / (2.0 * std::f64::consts::PI * frequency_hz);
                    self.sequence.get_or_insert(DEFAULT)[place] = farads * 1e9;
                }
            }
            "rmatrix" | "xmatrix" | "cmatrix" => {
                let Some(rows) = square(property, report) else { return true };
                if rows.len() != self.n {
                    let message = format!("is a matrix of {} rows for {} phases", rows.len(), self.n);
                    report.problem(property.problem(&message));
                    return true;
                }
                [self.r, self.x, self.c] = self.matrices();
                self.sequence = None;
                match property.name {
                    "rmatrix" => self.r = rows,
                    "xmatrix" => self.x = rows,
                    _ => self.c = rows,
                }
            }
            "normamps" => self.rated_a = positive(property, report).or(self.rated_a),
            "basefreq" => self.base_hz = positive(property, report).unwrap_or(self.base_hz),
            "phases" | "nphases" => {
                let Some(n) = count(property, 1..=3, report) else { return true };
                if self.n != n && self.sequence.is_none() {
                    // As OpenDSS does it: matrices of another size are lost.
                    self.sequence = Some(DEFAULT);
                }
                self.n = n;
            }
            _ => return false,
        }
        true
    }
}

/// A line code.
pub(super) fn line_code(object: &Object, frequency_hz: f64, report: &mut Report) -> Wire {
    let mut wire = Wire::new(3, frequency_hz);
    for property in &object.properties {
        if wire.set(property, frequency_hz, report) {
            continue;
        }
        match property.name {
            "units" => wire.unit_m = unit_m(property, report).unwrap_or(wire.unit_m),
            _ => report.problem(property.problem("is not read in a line code")),
        }
    }
    wire
}

/// A line.
pub(super) fn line(
    object: &Object,
    codes: &BTreeMap<String, Wire>,
    frequency_hz: f64,
    report: &mut Report,
) -> Option<LineData> {
    let mut wire = Wire::new(3, frequency_hz);
    let (mut length, mut own_unit_m) = (1.0, None);
    let mut buses: [Option<&Property>; 2] = [None, None];
    for property in &object.properties {
        if wire.set(property, frequency_hz, report) {
            continue;
        }
        match property.name {
            "bus1" => buses[0] = Some(property),
            "bus2" => buses[1] = Some(property),
            "length" => length = positive(property, report)?,
            "units" => own_unit_m = unit_m(property, report)?,
            "switch" => {
                if yes(property, report)? {
                    (wire.sequence, length, own_unit_m, wire.unit_m) = (Some(SWITCH), 0.001, None, None);
                }
            }
            "linecode" => match codes.get(&property.value.to_lowercase()) {
                Some(code) => wire = code.clone(),
                None => {
                    report.problem(property.problem("there is no such line code"));
                    return None;
                }
            },
            _ => report.problem(property.problem("is not read in a line")),
        }
    }
    let mut ends = Vec::new();
    for (property, name) in buses.iter().zip(["bus1", "bus2"]) {
        match property {
            Some(property) => ends.push(bus(object, Some(property), &property.value, wire.n, report)?),
            None => report.problem(object.problem(format!("has no {name}"))),
        }
    }
    let [from, to]: [Bus; 2] = ends.try_into().ok()?;
    if from.phases.len() != wire.n || from.phases != to.phases {
        let message = format!("joins phases {:?} to {:?} with {} conductors", shown(&from), shown(&to), wire.n);
        report.problem(object.problem(message).allowed("the same phases at both ends, as many as conductors"));
        return None;
    }
    let converted = match (wire.unit_m, own_unit_m) {
        (Some(code_m), Some(own_m)) => length * own_m / code_m,
        _ => length,
    };
    let [r, x, c] = wire.matrices();
    let reactance = frequency_hz / wire.base_hz;
    let series = |row: usize, column: usize| C64::new(r[row][column], x[row][column] * reactance) * converted;
    let omega = 2.0 * std::f64::consts::PI * frequency_hz;
    let shunt = |row: usize, column: usize| C64::new(0.0, omega * c[row][column] * 1e-9 * converted);
    Some(LineData {
        series_ohm: placed(&from.phases, series),
        shunt_s: placed(&from.phases, shunt),
        from,
        to,
        rated_a: wire.rated_a,
    })
}

/// The block of a matrix whose rows stand for these phases.
fn placed(phases: &[usize], value: impl Fn(usize, usize) -> C64) -> Block {
    let mut block = Block::from_element(ZERO);
    for (row, &phase) in phases.iter().enumerate() {
        for (column, &other) in phases.iter().enumerate() {
            block[(phase, other)] = value(row, column);
        }
    }
    block
}

fn shown(bus: &Bus) -> Vec<usize> {
    bus.phases.iter().map(|phase| phase + 1).collect()
}
