//! From luminaires and sections to what the simulation builds its lighting from.

use sim_core::ids::{CircuitId, Id, LightingSectionId, LinkId};
use sim_core::lighting::luminaires::{Luminaire, LuminaireType};
use sim_core::lighting::surface::RoadSurface;
use sim_core::lighting::{LightingParts, SectionPart};
use sim_core::network::parts::NetworkParts;

use crate::lighting::inventory::Pole;
use crate::lighting::plan::LightingPlan;
use crate::lighting::programs::Control;
use crate::lighting::rules::{RuleSet, Surface};
use crate::lighting::section_parts::{AdaptiveTable, Watch, fields, part};
use crate::lighting::sections::{self, SectionPlan};
use crate::lighting::street::Street;
use crate::lighting::sun::Sun;
use crate::lighting::types::Types;
use crate::scenario_file::LightingTable;

/// What plans are compiled from, whatever the luminaires are.
pub(super) struct Input<'a> {
    pub(super) table: &'a LightingTable,
    pub(super) set: &'a RuleSet,
    pub(super) surfaces: &'a [Surface],
    pub(super) types: &'a Types,
    pub(super) control: &'a Control,
    pub(super) streets: &'a [Street],
    pub(super) sun: Option<Sun>,
}

/// The plan of these luminaires and sections.
pub(super) fn compile(
    input: &Input<'_>,
    poles: Vec<Pole>,
    sections: Vec<SectionPlan>,
    parts: &NetworkParts,
) -> LightingPlan {
    let table = input.table;
    let mut circuits: Vec<String> = poles.iter().map(|pole| pole.circuit.clone()).collect();
    circuits.sort_unstable();
    circuits.dedup();
    let orders = sections::assign(&sections, &poles, input.streets.len());
    let programs = input.control.names();
    let (window_s, hold_s) = (table.class_window_s.unwrap_or(300.0), table.class_hold_s.unwrap_or(900.0));
    let mut adaptive = AdaptiveTable::new(window_s, hold_s);
    let (surfaces, surface_of) = surfaces(input.surfaces, &sections);
    let mut section_parts = section_parts(input, (&poles, &orders), &sections, parts, &mut adaptive);
    section_parts.iter_mut().zip(surface_of).for_each(|(part, surface)| part.surface = surface);
    let night_deg = table.night_below_deg.unwrap_or(-3.0);
    let sun = input.sun.as_ref();
    let (types, kinds) = tilted_types(input.types, &poles);
    let ms = |seconds: f64| (seconds * 1000.0).round() as i64;
    let lighting_parts = LightingParts {
        intensities: input.types.intensities.clone(),
        types,
        luminaires: luminaires(input, (&poles, &orders, &kinds), &circuits, &programs),
        surfaces,
        sections: section_parts,
        classes: input.set.classes(),
        adaptive: adaptive.list,
        programs: input.control.programs(sun, sun.map(Sun::epoch)),
        nights: sun.map_or_else(|| vec![(i64::MIN / 2, i64::MAX / 2)], |sun| sun.nights(-1, 31, night_deg)),
        rules: input.set.calculation(table.corridor_m.unwrap_or(15.0)),
        rhythm_ms: ms(table.rhythm_s.unwrap_or(60.0)),
        presence_hold_ms: ms(table.presence_hold_s.unwrap_or(60.0)),
    };
    LightingPlan {
        rules: format!("{} ({}, version {})", input.set.title, input.set.id, input.set.version),
        filled: count_filled(&poles),
        parts: lighting_parts,
        streets: input.streets.to_vec(),
        poles,
        types: input.types.clone(),
        sections,
        circuits,
        control: input.control.clone(),
        programs,
        age_h: table.age_h.unwrap_or(50_000.0),
        year_night_h: sun.map(|sun| {
            let nights = sun.nights(0, 364, night_deg);
            nights.iter().map(|(from, to)| (to - from) as f64).sum::<f64>() / 3.6e6
        }),
    }
}

/// Section of each luminaire, and its place in the row.
type Orders = [(Option<usize>, u16)];

fn luminaires(
    input: &Input<'_>,
    (poles, orders, kinds): (&[Pole], &Orders, &[u16]),
    circuits: &[String],
    programs: &[String],
) -> Vec<Luminaire> {
    let luminaire = |((pole, kind), (section, ordinal)): ((&Pole, &u16), &(Option<usize>, u16))| {
        let tilt = pole.tilt_deg.to_radians();
        Luminaire {
            position_in_city_m: pole.position_m,
            height_m: pole.height_m,
            towards: pole.towards,
            tilt: [sim_core::math::sin(tilt), sim_core::math::cos(tilt)],
            kind: *kind,
            ordinal: *ordinal,
            program: programs.iter().position(|known| *known == pole.program).unwrap_or(0) as u16,
            section: section.map_or(LightingSectionId::NONE, LightingSectionId::from_index),
            circuit: CircuitId::from_index(circuits.partition_point(|circuit| *circuit < pole.circuit)),
            maintenance: input.types.maintenance[pole.kind] as f32,
            drive: input.types.drive[pole.kind] as f32,
        }
    };
    poles.iter().zip(kinds).zip(orders).map(luminaire).collect()
}

/// The types for the simulation, and the one of each luminaire: where light depends on tilt, a type for each tilt.
fn tilted_types(types: &Types, poles: &[Pole]) -> (Vec<LuminaireType>, Vec<u16>) {
    let mut list = types.list.clone();
    let mut known: std::collections::BTreeMap<(usize, u64), u16> = std::collections::BTreeMap::new();
    let mut kind = |pole: &Pole| {
        let factor = types.tilt_factor(pole.kind, pole.tilt_deg);
        if (factor - 1.0).abs() < 1e-9 {
            return pole.kind as u16;
        }
        *known.entry((pole.kind, factor.to_bits())).or_insert_with(|| {
            let plain = list[pole.kind].clone();
            list.push(LuminaireType { flux_lm: plain.flux_lm * factor, ..plain });
            (list.len() - 1) as u16
        })
    };
    let kinds = poles.iter().map(&mut kind).collect();
    (list, kinds)
}

/// Surfaces for the simulation, and the one of each section: a section with a measured Q0 gets one of its own.
fn surfaces(known: &[Surface], sections: &[SectionPlan]) -> (Vec<RoadSurface>, Vec<u16>) {
    let mut surfaces: Vec<RoadSurface> = known.iter().map(|surface| surface.table.clone()).collect();
    let mut of_section = Vec::new();
    for section in sections {
        let known = &known[section.surface];
        if (section.q0 - known.q0).abs() < 1e-9 {
            of_section.push(section.surface as u16);
        } else {
            of_section.push(surfaces.len() as u16);
            surfaces.push(known.table.clone().at_q0(known.q0, section.q0));
        }
    }
    (surfaces, of_section)
}

fn section_parts(
    input: &Input<'_>,
    (poles, orders): (&[Pole], &Orders),
    sections: &[SectionPlan],
    parts: &NetworkParts,
    adaptive: &mut AdaptiveTable,
) -> Vec<SectionPart> {
    let watch = Watch::new(parts, input.table.presence_ahead_m.unwrap_or(150.0));
    let lane_pcu_per_h = input.table.lane_capacity_pcu_per_h.unwrap_or(800.0);
    let mut own: Vec<Vec<&Pole>> = vec![Vec::new(); sections.len()];
    for (pole, (section, _)) in poles.iter().zip(orders) {
        if let Some(section) = section {
            own[*section].push(pole);
        }
    }
    sections
        .iter()
        .zip(&own)
        .map(|(section, own)| {
            let street = &input.streets[section.street];
            let highest_m = own.iter().fold(0.0_f64, |highest, pole| highest.max(pole.height_m));
            let fields = fields(section, street, own, if highest_m > 0.0 { highest_m } else { 8.0 });
            let links: Vec<LinkId> = section.links.iter().map(|link| LinkId::from_index(*link)).collect();
            part(section, street, (links, fields), (input.set, adaptive), &watch, lane_pcu_per_h)
        })
        .collect()
}

/// How often each field of the inventory was filled in.
pub(super) fn count_filled(poles: &[Pole]) -> Vec<(String, usize)> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for field in poles.iter().flat_map(|pole| &pole.filled).filter(|field| **field != "everything") {
        *counts.entry(field).or_insert(0) += 1;
    }
    counts.into_iter().map(|(field, count)| (field.to_owned(), count)).collect()
}
