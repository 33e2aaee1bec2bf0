//! Loads and capacitors.

use sim_core::power::load_model::{Law, Limits, LoadModel, Zip};
use sim_core::power::parts::Connection;

use super::objects::{Object, Property};
use super::values::{Bus, array, bus, count, is_delta, num, positive};
use crate::read::table::Report;

/// A load ready to be hung on a node.
pub(super) struct LoadData {
    pub(super) bus: Bus,
    pub(super) connections: Vec<Connection>,
    pub(super) model: LoadModel,
    pub(super) power_w: f64,
    pub(super) reactive_var: f64,
    /// The shape it follows, as it was said.
    pub(super) shape: Option<Property>,
}

/// A capacitor ready to be hung on a node.
pub(super) struct CapacitorData {
    pub(super) bus: Bus,
    pub(super) connections: Vec<Connection>,
    pub(super) base_v: f64,
    pub(super) total_var: f64,
}

/// How the power of a load was said.
enum Said {
    WithFactor { kw: f64 },
    WithReactive { kw: f64, kvar: f64 },
    Apparent { kva: f64 },
}

/// A load.
pub(super) fn load(object: &Object, load_mult: f64, report: &mut Report) -> Option<LoadData> {
    let (mut n, mut kv, mut pf, mut model, mut delta) = (3, 12.47, 0.88_f64, 1, false);
    let mut said = Said::WithFactor { kw: 10.0 };
    let mut limits = Limits::OPENDSS;
    let (mut at, mut zip, mut daily, mut yearly) = (None, None, None, None);
    for property in &object.properties {
        match property.name {
            "phases" => n = count(property, 1..=3, report)?,
            "bus1" => at = Some(property),
            "kv" => kv = positive(property, report)?,
            "kw" => {
                let kw = num(property, report)?;
                said = match said {
                    Said::WithReactive { kvar, .. } => Said::WithReactive { kw, kvar },
                    _ => Said::WithFactor { kw },
                };
            }
            "kvar" => {
                let kvar = num(property, report)?;
                let kw = match said {
                    Said::WithFactor { kw } | Said::WithReactive { kw, .. } => kw,
                    Said::Apparent { kva } => kva * pf.abs(),
                };
                said = Said::WithReactive { kw, kvar };
            }
            "pf" => {
                pf = num(property, report)?;
                if let Said::WithReactive { kw, .. } = said {
                    said = Said::WithFactor { kw };
                }
                if pf == 0.0 || pf.abs() > 1.0 {
                    report.problem(property.problem("is out of range").allowed("-1 to 1, not 0; negative for leading"));
                    return None;
                }
            }
            "kva" => said = Said::Apparent { kva: num(property, report)? },
            "model" => model = count(property, 1..=8, report)?,
            "conn" => delta = is_delta(property, &property.value, report)?,
            "vminpu" => limits.min_pu = num(property, report)?,
            "vmaxpu" => limits.max_pu = positive(property, report)?,
            "vlowpu" => limits.low_pu = num(property, report)?,
            "zipv" => zip = Some(array(property, report)?),
            "daily" => daily = Some(property.clone()),
            "yearly" => yearly = Some(property.clone()),
            _ => report.problem(property.problem("is not read in a load")),
        }
    }
    let law = law(object, model, zip.as_deref(), report)?;
    let bus = place(object, at, if delta && n == 1 { 2 } else { n }, report)?;
    let connections = connections(object, &bus, n, delta, report)?;
    let base_v = if delta || n == 1 { kv * 1000.0 } else { kv * 1000.0 / 3f64.sqrt() };
    let reactive_of = |kw: f64| kw * (1.0 / (pf * pf) - 1.0).sqrt() * pf.signum();
    let (kw, kvar) = match said {
        Said::WithFactor { kw } => (kw, reactive_of(kw)),
        Said::WithReactive { kw, kvar } => (kw, kvar),
        Said::Apparent { kva } => (kva * pf.abs(), reactive_of(kva * pf.abs())),
    };
    Some(LoadData {
        bus,
        connections,
        model: LoadModel { base_v, law, limits: Some(limits) },
        power_w: kw * 1000.0 * load_mult,
        reactive_var: kvar * 1000.0 * load_mult,
        shape: yearly.or(daily),
    })
}

fn law(object: &Object, model: usize, zip: Option<&[f64]>, report: &mut Report) -> Option<Law> {
    match (model, zip) {
        (1, _) => Some(Law::Power),
        (2, _) => Some(Law::Impedance),
        (5, _) => Some(Law::Current),
        (8, Some(&[zp, ip, pp, zq, iq, pq, drops_out_pu])) => Some(Law::Mixed {
            active: Zip { impedance: zp, current: ip, power: pp },
            reactive: Zip { impedance: zq, current: iq, power: pq },
            drops_out_pu,
        }),
        (8, _) => {
            report.problem(object.problem("model 8 needs zipv with seven numbers"));
            None
        }
        _ => {
            let problem = object.problem(format!("load model {model} is not read"));
            report.problem(problem.allowed("1 constant power, 2 constant impedance, 5 constant current, 8 ZIP"));
            None
        }
    }
}

fn place(object: &Object, at: Option<&Property>, n: usize, report: &mut Report) -> Option<Bus> {
    match at {
        Some(property) => bus(object, Some(property), &property.value, n, report),
        None => {
            report.problem(object.problem("has no bus1"));
            None
        }
    }
}

/// Between what an element with these phases hangs.
fn connections(object: &Object, bus: &Bus, n: usize, delta: bool, report: &mut Report) -> Option<Vec<Connection>> {
    let own: Vec<u8> = bus.phases.iter().map(|phase| *phase as u8).collect();
    let found = match (n, delta, own.as_slice()) {
        (_, false, phases) if phases.len() == n => phases.iter().map(|&phase| Connection::Phase(phase)).collect(),
        (1, _, &[one, other]) => vec![Connection::Between(one, other)],
        (3, true, &[a, b, c]) => {
            vec![Connection::Between(a, b), Connection::Between(b, c), Connection::Between(c, a)]
        }
        _ => {
            let word = if delta { "delta" } else { "wye" };
            report.problem(object.problem(format!("{n} phases in {word} on {} conductors are not read", own.len())));
            return None;
        }
    };
    Some(found)
}

/// A capacitor.
pub(super) fn capacitor(object: &Object, report: &mut Report) -> Option<CapacitorData> {
    let (mut n, mut kv, mut kvar, mut delta, mut is_on) = (3, 12.47, 1200.0, false, true);
    let mut at = None;
    for property in &object.properties {
        match property.name {
            "phases" => n = count(property, 1..=3, report)?,
            "bus1" => at = Some(property),
            "kv" => kv = positive(property, report)?,
            "kvar" => kvar = array(property, report)?.iter().sum(),
            "conn" => delta = is_delta(property, &property.value, report)?,
            "states" => is_on = array(property, report)?.iter().any(|state| *state != 0.0),
            _ => report.problem(property.problem("is not read in a capacitor")),
        }
    }
    let bus = place(object, at, if delta && n == 1 { 2 } else { n }, report)?;
    let connections = connections(object, &bus, n, delta, report)?;
    let base_v = if delta || n == 1 { kv * 1000.0 } else { kv * 1000.0 / 3f64.sqrt() };
    is_on.then_some(CapacitorData { bus, connections, base_v, total_var: kvar * 1000.0 })
}
