//! The source: its strength in several forms.

use sim_core::power::blocks::{balanced, from_sequence};
use sim_core::power::{Block, C64, Phasors};

use super::objects::Object;
use super::values::{Bus, bus, count, num, positive};
use crate::read::table::Report;

/// A source ready to be put at a node.
pub(super) struct SourceData {
    pub(super) bus: Bus,
    /// Nominal voltage from line phase to earth.
    pub(super) base_v: f64,
    pub(super) voltage_v: Phasors,
    pub(super) impedance_ohm: Block,
}

/// How the strength was said.
enum Strength {
    Power { three_mva: f64, one_mva: f64 },
    Current { three_a: f64, one_a: f64 },
    Impedance,
}

/// A voltage source.
pub(super) fn source(object: &Object, report: &mut Report) -> Option<SourceData> {
    let (mut kv, mut pu, mut angle_deg, mut x1r1, mut x0r0) = (115.0, 1.0, 0.0, 4.0, 3.0);
    let mut strength = Strength::Power { three_mva: 2000.0, one_mva: 2100.0 };
    let mut ohms = [1.65, 6.6, 1.9, 5.7];
    let mut at = "sourcebus".to_owned();
    let mut at_property = None;
    for property in &object.properties {
        match property.name {
            "bus1" => (at, at_property) = (property.value.clone(), Some(property)),
            "basekv" => kv = positive(property, report)?,
            "pu" => pu = positive(property, report)?,
            "angle" => angle_deg = num(property, report)?,
            "frequency" | "basefreq" => {}
            "phases" => {
                count(property, 3..=3, report)?;
            }
            "mvasc3" | "mvasc1" => {
                let value = positive(property, report)?;
                let (three, one) = match strength {
                    Strength::Power { three_mva, one_mva } => (three_mva, one_mva),
                    _ => (2000.0, 2100.0),
                };
                strength = if property.name == "mvasc3" {
                    Strength::Power { three_mva: value, one_mva: one }
                } else {
                    Strength::Power { three_mva: three, one_mva: value }
                };
            }
            "isc3" | "isc1" => {
                let value = positive(property, report)?;
                let (three, one) = match strength {
                    Strength::Current { three_a, one_a } => (three_a, one_a),
                    _ => (10_041.0, 10_543.0),
                };
                strength = if property.name == "isc3" {
                    Strength::Current { three_a: value, one_a: one }
                } else {
                    Strength::Current { three_a: three, one_a: value }
                };
            }
            "x1r1" => x1r1 = positive(property, report)?,
            "x0r0" => x0r0 = positive(property, report)?,
            "r1" | "x1" | "r0" | "x0" => {
                let place = ["r1", "x1", "r0", "x0"].iter().position(|name| *name == property.name)?;
                ohms[place] = num(property, report)?;
                strength = Strength::Impedance;
            }
            _ => report.problem(property.problem("is not read in a source")),
        }
    }
    let star_v = kv * 1000.0 / 3f64.sqrt();
    // Short-circuit currents of three phases and of one against earth.
    let (three_a, one_a) = match strength {
        Strength::Power { three_mva, one_mva } => (three_mva * 1e6 / (3.0 * star_v), one_mva * 1e6 / (3.0 * star_v)),
        Strength::Current { three_a, one_a } => (three_a, one_a),
        Strength::Impedance => (0.0, 0.0),
    };
    let (z1, z0) = match strength {
        Strength::Impedance => (C64::new(ohms[0], ohms[1]), C64::new(ohms[2], ohms[3])),
        _ => from_currents(star_v, three_a, one_a, x1r1, x0r0).or_else(|| {
            report.problem(object.problem("the one-phase short circuit is too strong for the three-phase one"));
            None
        })?,
    };
    Some(SourceData {
        bus: bus(object, at_property, &at, 3, report)?,
        base_v: star_v,
        voltage_v: balanced(star_v * pu, angle_deg.to_radians()),
        impedance_ohm: from_sequence(z1, z0),
    })
}

/// Z1 from |Z1| = V / I3 and X1/R1; Z0 from |2 Z1 + Z0| = 3 V / I1 and X0/R0.
fn from_currents(star_v: f64, three_a: f64, one_a: f64, x1r1: f64, x0r0: f64) -> Option<(C64, C64)> {
    let x1 = star_v / three_a / (1.0 + 1.0 / (x1r1 * x1r1)).sqrt();
    let r1 = x1 / x1r1;
    let target = 3.0 * star_v / one_a;
    let (a, b) = (1.0 + x0r0 * x0r0, 4.0 * (r1 + x1 * x0r0));
    let c = 4.0 * (r1 * r1 + x1 * x1) - target * target;
    let under = b * b - 4.0 * a * c;
    let r0 = (-b + under.max(0.0).sqrt()) / (2.0 * a);
    (under >= 0.0 && r0 >= 0.0).then(|| (C64::new(r1, x1), C64::new(r0, r0 * x0r0)))
}
