//! When lamps burn and how bright: programmes as switch times, classes that follow traffic, presence.

use serde::{Deserialize, Serialize};

use crate::ids::{Id, LinkId, LuminaireId};
use crate::lighting::Lighting;
use crate::lighting::adaptive::Standing;
use crate::lighting::evaluate::{self, Buffers, Photometrics};
use crate::ports::{LinkTraffic, Ports};

/// Rounds in which neighbours of a section that falls short are raised to its output.
const ROUNDS_MAX: usize = 8;

/// Which lamps a switch is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pattern {
    /// All.
    All,
    /// All but every so-manieth of a row, which is off.
    AllButEvery(u16),
}

/// From this instant on, this output.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Switch {
    /// When.
    pub at_ms: i64,
    /// Output from 0 to 1; 0 is off.
    pub output: f32,
    /// For which lamps.
    pub pattern: Pattern,
}

/// What else decides while the lamps burn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Follow {
    /// Nothing.
    Clock,
    /// The class that traffic permits: the smallest output that still complies with it.
    Class,
    /// Somebody near: the programme's output, else this one.
    Presence {
        /// Output while nobody is near.
        rest: f32,
    },
}

/// A control programme over the instants of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    /// Switches by time.
    pub switches: Vec<Switch>,
    /// What else decides.
    pub follow: Follow,
}

impl Program {
    /// Output asked for at an instant of the lamp with this place in its row.
    pub fn output(&self, now_ms: i64, ordinal: u16) -> f32 {
        let after = self.switches.partition_point(|switch| switch.at_ms <= now_ms);
        let Some(switch) = after.checked_sub(1).map(|at| self.switches[at]) else { return 0.0 };
        match switch.pattern {
            Pattern::AllButEvery(n) if n > 0 && ordinal % n == n - 1 => 0.0,
            _ => switch.output,
        }
    }
}

/// What is known of a section.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct SectionState {
    /// Where its class stands, if it follows traffic.
    pub standing: Option<Standing>,
    /// Required class now; position in [`Lighting::classes`].
    pub required: u16,
    /// When somebody was last near.
    pub seen_ms: i64,
    /// Its measures in the state in force.
    pub found: Photometrics,
    /// Whether it complies with the required class.
    pub is_compliant: bool,
}

/// The state of all lamps.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LightingState {
    /// Output asked for by luminaire, before neighbours were raised.
    asked: Vec<f32>,
    /// Output in force by luminaire, from 0 to 1.
    pub output: Vec<f32>,
    /// By section.
    pub sections: Vec<SectionState>,
    /// Whether anything was ever computed.
    is_started: bool,
}

impl LightingState {
    /// Whether anything was ever computed.
    pub fn is_started(&self) -> bool {
        self.is_started
    }
    /// All off.
    pub fn new(lighting: &Lighting) -> Self {
        Self {
            asked: vec![0.0; lighting.luminaires.len()],
            output: vec![0.0; lighting.luminaires.len()],
            sections: vec![SectionState { seen_ms: i64::MIN / 2, ..SectionState::default() }; lighting.sections.len()],
            is_started: false,
        }
    }
}

/// Sets the output of every lamp for the period that begins now, and says what it gives and what it takes.
pub fn run(lighting: &Lighting, now_ms: i64, ports: &mut Ports, state: &mut LightingState) {
    look_at_traffic(lighting, now_ms, ports, state);
    let asked: Vec<f32> =
        (0..lighting.luminaires.len()).map(|index| asked(lighting, now_ms, ports, state, index)).collect();
    let is_unchanged = state.is_started && asked == state.asked;
    if !is_unchanged {
        let mut output = asked.clone();
        settle(lighting, ports, state, &mut output);
        state.output = output;
        state.asked = asked;
        state.is_started = true;
    }
    for (section, standing) in lighting.sections.iter().zip(&mut state.sections) {
        standing.is_compliant = lighting.classes[usize::from(standing.required)].requirement.is_met(&standing.found)
            && section.has_fields();
    }
    let drawn = ports.lamp_power_w.as_mut_slice().iter_mut().zip(ports.lamp_reactive_var.as_mut_slice());
    for (index, (power_w, reactive_var)) in drawn.enumerate() {
        let id = LuminaireId::from_index(index);
        let luminaire = &lighting.luminaires[id];
        let curve = &lighting.types[usize::from(luminaire.kind)].power;
        let output = state.output[index] * luminaire.drive;
        let has_supply = ports.lamp_supply[id];
        *power_w = if has_supply { f64::from(curve.power_w(output)) } else { 0.0 };
        *reactive_var = if has_supply && output > 0.0 { f64::from(curve.reactive_var) } else { 0.0 };
    }
}

/// Classes and presence.
fn look_at_traffic(lighting: &Lighting, now_ms: i64, ports: &Ports, state: &mut LightingState) {
    for (section, known) in lighting.sections.iter().zip(&mut state.sections) {
        known.required = section.normal_class;
        if let Some(policy) = &section.policy {
            let rules = &lighting.adaptive[usize::from(policy.rules)];
            let total = section.links.iter().fold(LinkTraffic::default(), |sum, link| sum.plus(&traffic(ports, *link)));
            let standing = known.standing.get_or_insert_with(|| Standing::unknown(rules, policy, now_ms, total));
            standing.look(rules, policy, now_ms, total);
            let number = standing.class.clamp(section.normal_number, section.least_number);
            known.required = section.normal_class + u16::from(number - section.normal_number);
        }
        let is_near = |link: &LinkId| ports.link_occupied.as_slice().get(link.index()).copied().unwrap_or(false);
        if section.watched.iter().any(is_near) {
            known.seen_ms = now_ms;
        }
    }
}

fn traffic(ports: &Ports, link: LinkId) -> LinkTraffic {
    ports.link_traffic.as_slice().get(link.index()).copied().unwrap_or_default()
}

fn asked(lighting: &Lighting, now_ms: i64, ports: &Ports, state: &LightingState, index: usize) -> f32 {
    let id = LuminaireId::from_index(index);
    let luminaire = &lighting.luminaires[id];
    let program = &lighting.programs[usize::from(luminaire.program)];
    let output = program.output(now_ms, luminaire.ordinal);
    if output <= 0.0 || !ports.lamp_supply[id] {
        return 0.0;
    }
    let least = lighting.types[usize::from(luminaire.kind)].power.output_min;
    if !luminaire.section.is_some() {
        return output.max(least);
    }
    let section = &lighting.sections[luminaire.section];
    let known = &state.sections[Id::index(luminaire.section)];
    let wanted = match program.follow {
        Follow::Clock => output,
        Follow::Class => output.min(section.output_for(known.required)),
        Follow::Presence { .. } if now_ms - known.seen_ms <= lighting.presence_hold_ms => output,
        Follow::Presence { rest } => rest.min(output),
    };
    wanted.max(least)
}

/// Measures every section; where one that follows its class falls short because of darker or brighter neighbours, the
/// lamps that light it are raised to one common output, with which it complies.
fn settle(lighting: &Lighting, ports: &Ports, state: &mut LightingState, output: &mut [f32]) {
    measure(lighting, output, state, |_| true);
    for _ in 0..ROUNDS_MAX {
        let mut raised = vec![false; output.len()];
        let mut is_raised = false;
        for (section, known) in lighting.sections.iter().zip(&state.sections) {
            let class = &lighting.classes[usize::from(known.required)].requirement;
            if !section.follows_class || class.is_met(&known.found) {
                continue;
            }
            let lit = || lighting.influence[section.field_range()].iter().flat_map(|field| field.lit_by());
            let follows = |id: LuminaireId| {
                let luminaire = &lighting.luminaires[id];
                let follow = lighting.programs[usize::from(luminaire.program)].follow;
                follow == Follow::Class && output[id.index()] > 0.0 && ports.lamp_supply[id]
            };
            let target = lit().filter(|id| follows(*id)).map(|id| output[id.index()]).fold(0.0, f32::max);
            let to_raise: Vec<LuminaireId> = lit().filter(|id| follows(*id) && output[id.index()] < target).collect();
            for id in to_raise {
                output[id.index()] = target;
                raised[id.index()] = true;
                is_raised = true;
            }
        }
        if !is_raised {
            break;
        }
        measure(lighting, output, state, |members| members.iter().any(|id| raised[id.index()]));
    }
}

/// Measures the sections with a field whose luminaires are worth looking at.
fn measure(
    lighting: &Lighting,
    output: &[f32],
    state: &mut LightingState,
    changed: impl Fn(&[LuminaireId]) -> bool + Sync,
) {
    let light: Vec<f32> =
        lighting.luminaires.iter().zip(output).map(|(luminaire, output)| output * luminaire.drive).collect();
    let found = lighting.measure(&light, changed);
    for (known, found) in state.sections.iter_mut().zip(found) {
        if let Some(found) = found {
            known.found = found;
        }
    }
}

impl Lighting {
    /// The measures of each section that has a field with `changed` luminaires, each measure at its worst field.
    pub fn measure(&self, light: &[f32], changed: impl Fn(&[LuminaireId]) -> bool + Sync) -> Vec<Option<Photometrics>> {
        use rayon::prelude::*;
        let sections = self.sections.as_slice();
        let of_section = |buffers: &mut Buffers, section: &crate::lighting::Section| {
            let fields = &self.influence[section.field_range()];
            if !fields.iter().any(|field| changed(&field.members)) {
                return fields.is_empty().then(Photometrics::default);
            }
            let each =
                fields.iter().map(|field| evaluate::field(field, light, &self.maintenance, &self.rules, buffers));
            each.reduce(Photometrics::worst)
        };
        sections
            .par_chunks(64)
            .flat_map_iter(|chunk| {
                let mut buffers = Buffers::default();
                chunk.iter().map(|section| of_section(&mut buffers, section)).collect::<Vec<_>>()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_switch_by_time_and_by_place_in_the_row() {
        let switch = |at_ms, output, pattern| Switch { at_ms, output, pattern };
        let program = Program {
            switches: vec![
                switch(1000, 1.0, Pattern::All),
                switch(2000, 0.5, Pattern::AllButEvery(3)),
                switch(3000, 0.0, Pattern::All),
            ],
            follow: Follow::Clock,
        };
        assert_eq!(program.output(999, 0), 0.0);
        assert_eq!(program.output(1000, 2), 1.0);
        assert_eq!([0, 1, 2, 5].map(|ordinal| program.output(2500, ordinal)), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(program.output(3000, 0), 0.0);
    }
}
