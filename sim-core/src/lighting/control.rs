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

/// How the supply of a lamp stands.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LampSupply {
    /// Whether it is off for want of voltage, or of enough of it.
    pub is_off: bool,
    /// Since when it has supply again, while it is on its way back.
    pub back_ms: Option<i64>,
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
    /// How the supply of each luminaire stands.
    pub supply: Vec<LampSupply>,
    /// When the next lamp on its way back has to be looked at.
    pub next_ms: Option<i64>,
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
            supply: vec![LampSupply::default(); lighting.luminaires.len()],
            next_ms: None,
            is_started: false,
        }
    }
}

/// Sets the output of every lamp for the period that begins now, and says what it gives and what it takes; tells whether
/// it would take something else than before.
pub fn run(lighting: &Lighting, now_ms: i64, ports: &mut Ports, state: &mut LightingState) -> bool {
    look_at_traffic(lighting, now_ms, ports, state);
    look_at_supply(lighting, now_ms, ports, state);
    let wanted: Vec<f32> = (0..lighting.luminaires.len()).map(|index| wanted(lighting, now_ms, state, index)).collect();
    let with_supply = |(index, wanted): (usize, &f32)| given(lighting, now_ms, ports, state, (index, *wanted));
    let asked: Vec<f32> = wanted.iter().enumerate().map(with_supply).collect();
    let is_unchanged = state.is_started && asked == state.asked;
    if !is_unchanged {
        let mut output = asked.clone();
        settle(lighting, state, &mut output);
        state.output = output;
        state.asked = asked;
        state.is_started = true;
    }
    for (section, standing) in lighting.sections.iter().zip(&mut state.sections) {
        standing.is_compliant = lighting.classes[usize::from(standing.required)].requirement.is_met(&standing.found)
            && section.has_fields();
    }
    draw(lighting, &wanted, ports, state)
}

/// What every lamp draws, and what it would draw with supply at its rated voltage; whether any of the latter changed.
fn draw(lighting: &Lighting, wanted: &[f32], ports: &mut Ports, state: &LightingState) -> bool {
    let mut has_changed = false;
    for (index, wanted) in wanted.iter().enumerate() {
        let id = LuminaireId::from_index(index);
        let luminaire = &lighting.luminaires[id];
        let curve = &lighting.types[usize::from(luminaire.kind)].power;
        let (has_supply, is_off) = (ports.lamp_supply[id], state.supply[index].is_off);
        let voltage_pu = ports.lamp_voltage_pu[id];
        // What the driver is set to; its light may differ by the voltage.
        let level = match (has_supply, is_off) {
            (false, _) => *wanted,
            (true, true) => 0.0,
            (true, false) => state.output[index] / curve.supply.light(voltage_pu),
        } * luminaire.drive;
        let is_cut_out = has_supply && is_off;
        let active_w = if is_cut_out { 0.0 } else { f64::from(curve.power_w(level)) };
        let reactive_var = if level > 0.0 { f64::from(curve.reactive_var) } else { 0.0 };
        has_changed |= ports.lamp_demand_va[id] != [active_w, reactive_var];
        ports.lamp_demand_va[id] = [active_w, reactive_var];
        let share = if is_off { 0.0 } else { curve.supply.power(voltage_pu) };
        ports.lamp_power_w[id] = active_w * share;
        ports.lamp_reactive_var[id] = reactive_var * share;
    }
    has_changed
}

/// Which lamps are without voltage, or without enough of it, and which are on their way back.
fn look_at_supply(lighting: &Lighting, now_ms: i64, ports: &Ports, state: &mut LightingState) {
    let mut next_ms: Option<i64> = None;
    for (index, lamp) in state.supply.iter_mut().enumerate() {
        let id = LuminaireId::from_index(index);
        let law = &lighting.types[usize::from(lighting.luminaires[id].kind)].power.supply;
        let least_pu = if lamp.is_off { law.cut_in_pu } else { law.cut_out_pu };
        let is_off = !ports.lamp_supply[id] || ports.lamp_voltage_pu[id] < least_pu;
        if is_off {
            lamp.back_ms = None;
        } else if lamp.is_off {
            lamp.back_ms = Some(now_ms);
        }
        lamp.is_off = is_off;
        let Some(back_ms) = lamp.back_ms else { continue };
        let ends_ms = [back_ms + law.restart_ms, back_ms + law.restart_ms + law.power_on_ms];
        match ends_ms.into_iter().find(|end_ms| *end_ms > now_ms) {
            Some(end_ms) => next_ms = Some(next_ms.map_or(end_ms, |next_ms| next_ms.min(end_ms))),
            None => lamp.back_ms = None,
        }
    }
    state.next_ms = next_ms;
}

/// The light of a lamp that its programme wants at some output, as its supply allows.
fn given(lighting: &Lighting, now_ms: i64, ports: &Ports, state: &LightingState, (index, wanted): (usize, f32)) -> f32 {
    let id = LuminaireId::from_index(index);
    let law = &lighting.types[usize::from(lighting.luminaires[id].kind)].power.supply;
    let lamp = state.supply[index];
    if wanted <= 0.0 || lamp.is_off {
        return 0.0;
    }
    let level = match lamp.back_ms {
        Some(back_ms) if now_ms < back_ms + law.restart_ms => return 0.0,
        Some(_) => 1.0,
        None => wanted,
    };
    level * law.light(ports.lamp_voltage_pu[id])
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

/// What the programme of a lamp wants, had it supply.
fn wanted(lighting: &Lighting, now_ms: i64, state: &LightingState, index: usize) -> f32 {
    let id = LuminaireId::from_index(index);
    let luminaire = &lighting.luminaires[id];
    let program = &lighting.programs[usize::from(luminaire.program)];
    let output = program.output(now_ms, luminaire.ordinal);
    if output <= 0.0 {
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
fn settle(lighting: &Lighting, state: &mut LightingState, output: &mut [f32]) {
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
                follow == Follow::Class && output[id.index()] > 0.0
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
    use crate::lighting::luminaires::{Luminaire, LuminaireType, PowerCurve};

    #[test]
    fn low_voltage_dims_or_drops_lamps_as_their_driver_does() {
        let kind = |light_exponent| {
            let mut power = PowerCurve::linear(100.0, 0.0, 1.0, -20.0, 0.1);
            power.supply.light_exponent = light_exponent;
            LuminaireType { intensity: 0, flux_lm: 10_000.0, power }
        };
        let lamp = |kind| Luminaire { kind, ..crate::lighting::tests::luminaire(0.0, 0.0, 8.0) };
        let isotropic = crate::lighting::photometry::Intensity::isotropic();
        let (types, lamps) = (vec![kind(0.0), kind(2.5)], vec![lamp(0), lamp(1)]);
        let mut lighting = Lighting::without_fields(vec![isotropic], types, lamps, Default::default());
        let switches = vec![Switch { at_ms: 0, output: 0.5, pattern: Pattern::All }];
        lighting.programs = vec![Program { switches, follow: Follow::Clock }];
        let mut ports = Ports::new(&crate::network::Network::build(&Default::default()).unwrap());
        ports.make_room_for_lamps(0, 2);
        let mut state = LightingState::new(&lighting);
        let mut at = |now_ms: i64, has_supply: bool, voltage_pu: f32, ports: &mut Ports| {
            ports.lamp_supply = crate::rows::Column::filled(has_supply, 2);
            ports.lamp_voltage_pu = crate::rows::Column::filled(voltage_pu, 2);
            let has_changed = run(&lighting, now_ms, ports, &mut state);
            (state.output.clone(), [0, 1].map(|lamp| ports.lamp_power_w[LuminaireId::from_index(lamp)]), has_changed)
        };
        assert_eq!(at(0, true, 1.0, &mut ports), (vec![0.5, 0.5], [50.0, 50.0], true));
        // One driver holds light and power; light and power of the other follow the voltage.
        let (output, power_w, has_changed) = at(60_000, true, 0.9, &mut ports);
        assert_eq!((output[0], power_w[0], has_changed), (0.5, 50.0, false));
        assert!(
            (f64::from(output[1]) - 0.5 * crate::math::powf(0.9, 2.5)).abs() < 1e-6
                && (power_w[1] - 50.0 * 0.81).abs() < 1e-4
        );
        // Both cut out, stay out below the voltage at which they start, and are back at full output first.
        assert_eq!(at(120_000, true, 0.73, &mut ports), (vec![0.0, 0.0], [0.0, 0.0], true));
        assert_eq!(ports.lamp_demand_va[LuminaireId(0)], [0.0, 0.0]);
        assert_eq!(at(180_000, true, 0.78, &mut ports).0, vec![0.0, 0.0]);
        assert_eq!(at(240_000, true, 1.0, &mut ports).0, vec![0.0, 0.0]);
        assert_eq!(at(242_000, true, 1.0, &mut ports), (vec![1.0, 1.0], [100.0, 100.0], true));
        assert_eq!(at(302_000, true, 1.0, &mut ports).0, vec![0.5, 0.5]);
        // Without supply nothing is drawn, and what would be is still known.
        assert_eq!(at(360_000, false, 0.0, &mut ports), (vec![0.0, 0.0], [0.0, 0.0], false));
        assert_eq!(ports.lamp_demand_va[LuminaireId(0)], [50.0, -20.0]);
    }

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
