//! Transformers with two windings; regulators are such transformers at a fixed tap.

use sim_core::power::C64;
use sim_core::power::parts::{TransformerPart, Winding};

use super::objects::{Object, Property};
use super::values::{Bus, array, bus, count, is_delta, num, positive, words_of};
use crate::read::table::Report;

/// A transformer ready to be put between nodes.
pub(super) struct TransformerData {
    pub(super) from: Bus,
    pub(super) to: Bus,
    pub(super) part: TransformerPart,
    /// Nominal voltage of the second side, from line phase to neutral.
    pub(super) secondary_base_v: f64,
}

/// One side.
#[derive(Clone, Debug)]
struct Side<'a> {
    bus: Option<(&'a Property, String)>,
    is_delta: bool,
    kv: f64,
    kva: f64,
    tap: f64,
    r_percent: f64,
}

struct Reading<'a> {
    sides: Vec<Side<'a>>,
    n_phases: usize,
    active: usize,
    xhl_percent: f64,
    no_load_percent: f64,
    magnetising_percent: f64,
    is_lead: bool,
}

/// A transformer.
pub(super) fn transformer(object: &Object, report: &mut Report) -> Option<TransformerData> {
    let side = Side { bus: None, is_delta: false, kv: 12.47, kva: 1000.0, tap: 1.0, r_percent: 0.2 };
    let mut reading = Reading {
        sides: vec![side; 2],
        n_phases: 3,
        active: 0,
        xhl_percent: 7.0,
        no_load_percent: 0.0,
        magnetising_percent: 0.0,
        is_lead: false,
    };
    for property in &object.properties {
        reading.property(property, report)?;
    }
    reading.finish(object, report)
}

impl<'a> Reading<'a> {
    fn property(&mut self, property: &'a Property, report: &mut Report) -> Option<()> {
        let active = self.active;
        match property.name {
            "phases" => self.n_phases = count(property, 1..=3, report)?,
            "windings" => {
                if count(property, 1..=9, report)? != 2 {
                    report.problem(property.problem("only transformers with two windings are read").allowed("2"));
                    return None;
                }
            }
            "wdg" => self.active = count(property, 1..=2, report)? - 1,
            "bus" => self.sides[active].bus = Some((property, property.value.clone())),
            "conn" => self.sides[active].is_delta = is_delta(property, &property.value, report)?,
            "kv" => self.sides[active].kv = positive(property, report)?,
            "kva" => self.sides[active].kva = positive(property, report)?,
            "tap" => self.sides[active].tap = positive(property, report)?,
            "%r" => self.sides[active].r_percent = num(property, report)?,
            "buses" => self.each(property, &words_of(property), report, |side, word, _| {
                side.bus = Some((property, word.to_owned()));
                Some(())
            })?,
            "conns" => self.each(property, &words_of(property), report, |side, word, report| {
                side.is_delta = is_delta(property, word, report)?;
                Some(())
            })?,
            "kvs" => self.numbers(property, report, |side, value| side.kv = value)?,
            "kvas" => self.numbers(property, report, |side, value| side.kva = value)?,
            "taps" => self.numbers(property, report, |side, value| side.tap = value)?,
            "%rs" => self.numbers(property, report, |side, value| side.r_percent = value)?,
            "xhl" | "x12" => self.xhl_percent = positive(property, report)?,
            "%loadloss" => {
                let percent = num(property, report)?;
                self.sides.iter_mut().for_each(|side| side.r_percent = percent / 2.0);
            }
            "%noloadloss" => self.no_load_percent = num(property, report)?,
            "%imag" => self.magnetising_percent = num(property, report)?,
            "leadlag" => match property.value.to_ascii_lowercase().as_str() {
                "lag" | "ansi" => self.is_lead = false,
                "lead" | "euro" => self.is_lead = true,
                _ => report.problem(property.problem("is not legal").allowed("lag, ansi, lead, euro")),
            },
            _ => report.problem(property.problem("is not read in a transformer")),
        }
        Some(())
    }

    fn each(
        &mut self,
        property: &Property,
        words: &[String],
        report: &mut Report,
        mut set: impl FnMut(&mut Side<'a>, &str, &mut Report) -> Option<()>,
    ) -> Option<()> {
        if words.len() != 2 {
            report.problem(property.problem("needs one value for each of two windings"));
            return None;
        }
        for (side, word) in self.sides.iter_mut().zip(words) {
            set(side, word, report)?;
        }
        Some(())
    }

    fn numbers(
        &mut self,
        property: &Property,
        report: &mut Report,
        mut set: impl FnMut(&mut Side<'a>, f64),
    ) -> Option<()> {
        let values = array(property, report)?;
        if values.len() != 2 {
            report.problem(property.problem("needs one value for each of two windings"));
            return None;
        }
        self.sides.iter_mut().zip(values).for_each(|(side, value)| set(side, value));
        Some(())
    }

    fn finish(self, object: &Object, report: &mut Report) -> Option<TransformerData> {
        let mut buses = Vec::new();
        for (index, side) in self.sides.iter().enumerate() {
            match &side.bus {
                Some((property, text)) => buses.push(bus(object, Some(property), text, self.n_phases, report)?),
                None => report.problem(object.problem(format!("winding {} has no bus", index + 1))),
            }
        }
        let [from, to]: [Bus; 2] = buses.try_into().ok()?;
        if from.phases.len() != self.n_phases || from.set() != to.set() {
            report.problem(object.problem("joins different phases").allowed("the same phases on both sides"));
            return None;
        }
        let [first, second] = [&self.sides[0], &self.sides[1]];
        let winding = match (first.is_delta, second.is_delta) {
            (false, false) => Winding::StarStar,
            // The higher side leads by 30°, unless it is said otherwise.
            (true, false) if (first.kv >= second.kv) == self.is_lead => Winding::DeltaStar(11),
            (true, false) => Winding::DeltaStar(1),
            (_, true) => {
                let message = "the second winding is a delta, which leaves its voltages to earth open";
                report.problem(object.problem(message).allowed("wye-wye and delta-wye"));
                return None;
            }
        };
        let star_v = |kv: f64| if self.n_phases == 1 { kv * 1000.0 } else { kv * 1000.0 / 3f64.sqrt() };
        let r_percent = first.r_percent + second.r_percent * first.kva / second.kva;
        let rated_va = first.kva * 1000.0;
        Some(TransformerData {
            from,
            to,
            secondary_base_v: star_v(second.kv),
            part: TransformerPart {
                winding,
                primary_v: if first.is_delta { first.kv * 1000.0 } else { star_v(first.kv) },
                secondary_v: star_v(second.kv),
                primary_tap: first.tap,
                secondary_tap: second.tap,
                impedance_pu: C64::new(r_percent, self.xhl_percent) / 100.0,
                rated_va,
                no_load_w: self.no_load_percent / 100.0 * rated_va,
                magnetising_var: self.magnetising_percent / 100.0 * rated_va,
            },
        })
    }
}
