//! What lighting came to: hours lit and hours short of the class by section and interval, energy by luminaire.

use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::lighting::Lighting;
use crate::lighting::control::LightingState;
use crate::lighting::evaluate::Photometrics;
use crate::ports::Ports;

/// Sums over one section and one interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct SectionSum {
    /// Time watched.
    pub time_s: f64,
    /// Time in which the street had to be lit.
    pub night_s: f64,
    /// The part of it in which the class was not met.
    pub short_s: f64,
    /// Mean output of its lamps, times time at night.
    pub output_s: f64,
    /// Energy of its lamps in joules.
    pub energy_j: f64,
    /// Class required in the worst state at night, as position in the classes, and what was found in it.
    pub worst: Option<(u16, Photometrics)>,
}

/// A state of a section: who lights it how, and what that comes to.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct DimmingState {
    /// Required class, as position in the classes.
    pub class: u16,
    /// Mean output of its lamps.
    pub output: f64,
    /// What was found.
    pub found: Photometrics,
    /// Whether the class was met.
    pub is_compliant: bool,
    /// When it first was.
    pub first_ms: i64,
    /// Time in it.
    pub time_s: f64,
    /// The part of it in which the street had to be lit.
    pub night_s: f64,
}

impl DimmingState {
    /// Whether both are the same state, at another time.
    pub fn is_same(&self, other: &Self) -> bool {
        self.class == other.class
            && self.output.to_bits() == other.output.to_bits()
            && self.found == other.found
            && self.is_compliant == other.is_compliant
    }
    /// Adds the time of another to the one of these it is the same as, or keeps it as a new one.
    pub fn add_to(self, states: &mut Vec<Self>) {
        match states.iter_mut().find(|known| known.is_same(&self)) {
            Some(known) => {
                known.time_s += self.time_s;
                known.night_s += self.night_s;
            }
            None => states.push(self),
        }
    }
}

/// All sections in one interval.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LightingInterval {
    /// Start.
    pub begin_ms: i64,
    /// End.
    pub end_ms: i64,
    /// By section.
    pub sections: Vec<SectionSum>,
    /// By section, the distinct states at night or with lamps burning.
    pub states: Vec<Vec<DimmingState>>,
}

/// What lighting came to so far.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LightingRecord {
    /// Closed intervals and the open one.
    pub intervals: Vec<LightingInterval>,
    /// Energy by luminaire in joules.
    pub energy_j: Vec<f64>,
    /// Everything before this is recorded.
    pub until_ms: i64,
    interval_ms: i64,
}

impl LightingRecord {
    /// Nothing yet; times before `begin_ms` are left out.
    pub fn new(lighting: &Lighting, begin_ms: i64, interval_ms: i64) -> Self {
        Self {
            intervals: Vec::new(),
            energy_j: vec![0.0; lighting.luminaires.len()],
            until_ms: begin_ms,
            interval_ms: interval_ms.max(1),
        }
    }

    /// The distinct states of each section over all intervals, in the order in which they first were.
    pub fn states(&self) -> Vec<Vec<DimmingState>> {
        let n = self.intervals.first().map_or(0, |interval| interval.states.len());
        let mut all = vec![Vec::new(); n];
        for interval in &self.intervals {
            for (all, states) in all.iter_mut().zip(&interval.states) {
                states.iter().for_each(|state| state.add_to(all));
            }
        }
        all
    }

    /// Adds the state that was in force until now.
    pub fn add(&mut self, lighting: &Lighting, state: &LightingState, ports: &Ports, now_ms: i64) {
        let from_ms = self.until_ms;
        if now_ms <= from_ms || lighting.is_empty() {
            return;
        }
        self.until_ms = now_ms;
        let time_s = (now_ms - from_ms) as f64 / 1000.0;
        let is_night = lighting.is_night(from_ms);
        let interval_ms = self.interval_ms;
        if self.intervals.last().is_none_or(|open| from_ms >= open.end_ms) {
            let end_ms = (from_ms.div_euclid(interval_ms) + 1) * interval_ms;
            let sections = vec![SectionSum::default(); lighting.sections.len()];
            let states = vec![Vec::new(); lighting.sections.len()];
            self.intervals.push(LightingInterval { begin_ms: from_ms, end_ms, sections, states });
        }
        let Some(open) = self.intervals.last_mut() else { return };
        let mut lamps = vec![(0.0_f64, 0_u32); lighting.sections.len()];
        for ((index, luminaire), power_w) in lighting.luminaires.iter().enumerate().zip(ports.lamp_power_w.iter()) {
            self.energy_j[index] += power_w * time_s;
            if luminaire.section.is_some() {
                let section = Id::index(luminaire.section);
                open.sections[section].energy_j += power_w * time_s;
                lamps[section].0 += f64::from(state.output[index]);
                lamps[section].1 += 1;
            }
        }
        let of_section = open.sections.iter_mut().zip(&mut open.states);
        for (((sum, states), known), (output, n)) in of_section.zip(&state.sections).zip(lamps) {
            sum.time_s += time_s;
            if is_night || output > 0.0 {
                let (class, found, is_compliant) = (known.required, known.found, known.is_compliant);
                let night_s = if is_night { time_s } else { 0.0 };
                let output = output / f64::from(n.max(1));
                DimmingState { class, output, found, is_compliant, first_ms: from_ms, time_s, night_s }.add_to(states);
            }
            if !is_night {
                continue;
            }
            sum.night_s += time_s;
            sum.output_s += output / f64::from(n.max(1)) * time_s;
            if !known.is_compliant {
                sum.short_s += time_s;
            }
            let is_worse = sum.worst.is_none_or(|(class, found)| {
                margin(lighting, known.required, &known.found) < margin(lighting, class, &found)
            });
            if is_worse {
                sum.worst = Some((known.required, known.found));
            }
        }
    }
}

/// How far above its class a state is, as the least ratio of what is there to what is asked for; below 1 falls short.
fn margin(lighting: &Lighting, class: u16, found: &Photometrics) -> f64 {
    let wanted = &lighting.classes[usize::from(class)].requirement;
    let over = |value: f64, wanted: Option<f64>| wanted.map_or(f64::MAX, |wanted| value / wanted);
    let under = |value: f64, limit: Option<f64>| limit.map_or(f64::MAX, |limit| limit / value.max(1e-9));
    let uo = if wanted.luminance_cdm2.is_some() { found.uo } else { found.e_uo() };
    [
        over(found.luminance_cdm2, wanted.luminance_cdm2),
        over(uo, wanted.uo),
        over(found.ul, wanted.ul),
        under(found.ti_pct, wanted.ti_pct),
        over(found.rei, wanted.rei),
        over(found.e_avg_lx, wanted.e_avg_lx),
        over(found.e_min_lx, wanted.e_min_lx),
        under(found.e_avg_lx, wanted.e_avg_lx_max),
    ]
    .into_iter()
    .fold(f64::MAX, f64::min)
}
