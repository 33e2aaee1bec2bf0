//! Street lighting: photometry, the calculation of EN 13201-3, classes, and lamps that follow clock and traffic.
//!
//! Data flows one way: luminaires, fields and road surfaces → [`Lighting::build`] computes the influence of each
//! luminaire on each field once → [`control::run`] sets outputs and measures every section in that state → `ports`
//! (what lamps draw) and [`record`] (what it came to). A section is a stretch of carriageway with one class; its fields
//! are the gaps between its luminaires.

mod angles;
pub mod photometry;
pub mod surface;
pub mod luminaires;
mod nearby;
pub mod field;
pub mod influence;
pub mod evaluate;
pub mod class;
pub mod adaptive;
pub mod control;
pub mod record;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::ids::{Id, LightingSectionId, LinkId, LuminaireId};
use crate::rows::Column;
use adaptive::{AdaptiveRules, Policy};
use class::Requirement;
use control::Program;
use evaluate::Photometrics;
use field::Field;
use influence::{FieldInfluence, Rules};
use luminaires::{Luminaire, LuminaireType};
use nearby::Nearby;
use photometry::Intensity;
use surface::RoadSurface;

/// A lighting class.
#[derive(Clone, PartialEq, Debug)]
pub struct LightingClass {
    /// Its name, such as `M3`.
    pub name: String,
    /// What it asks for.
    pub requirement: Requirement,
}

/// A stretch of carriageway with one class.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Section {
    /// Its links, one for each direction.
    pub links: Vec<LinkId>,
    /// Links on which somebody counts as near.
    pub watched: Vec<LinkId>,
    /// Its fields: first, and how many.
    pub fields: (u32, u32),
    /// Area of its carriageway that the fields cover.
    pub area_m2: f64,
    /// Class without regard to traffic; position in [`Lighting::classes`].
    pub normal_class: u16,
    /// Number of that class, 1 the brightest. Classes with greater numbers follow it in [`Lighting::classes`].
    pub normal_number: u8,
    /// Darkest class it may fall to.
    pub least_number: u8,
    /// How its class follows traffic; `None`: it does not.
    pub policy: Option<Policy>,
    /// Whether a lamp of it follows its class.
    pub follows_class: bool,
    /// Smallest common output by class from the normal one on; 1 where no output will do.
    pub outputs: Vec<f32>,
    /// Its measures at full output.
    pub full: Photometrics,
}

impl Section {
    /// Its fields.
    pub fn field_range(&self) -> std::ops::Range<usize> {
        self.fields.0 as usize..(self.fields.0 + self.fields.1) as usize
    }
    /// Whether there is a field to measure.
    pub fn has_fields(&self) -> bool {
        self.fields.1 > 0
    }
    /// The smallest common output for a class, as position in [`Lighting::classes`].
    pub fn output_for(&self, class: u16) -> f32 {
        self.outputs.get(usize::from(class - self.normal_class)).copied().unwrap_or(1.0)
    }
}

/// A section with the fields it is computed by.
#[derive(Clone, PartialEq, Debug)]
pub struct SectionPart {
    /// What does not need computing.
    pub section: Section,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its road surface; position among the surfaces.
    pub surface: u16,
}

/// Everything lighting is built from.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LightingParts {
    /// Tables of intensities.
    pub intensities: Vec<Intensity>,
    /// Types of luminaires.
    pub types: Vec<LuminaireType>,
    /// Luminaires.
    pub luminaires: Vec<Luminaire>,
    /// Road surfaces.
    pub surfaces: Vec<RoadSurface>,
    /// Sections.
    pub sections: Vec<SectionPart>,
    /// Classes; those of a family in order of their numbers.
    pub classes: Vec<LightingClass>,
    /// How classes follow traffic.
    pub adaptive: Vec<AdaptiveRules>,
    /// Control programmes.
    pub programs: Vec<Program>,
    /// When the streets have to be lit: begin and end.
    pub nights: Vec<(i64, i64)>,
    /// What the standard fixes.
    pub rules: Rules,
    /// How often lamps are looked at.
    pub rhythm_ms: i64,
    /// How long somebody counts as near after having been seen.
    pub presence_hold_ms: i64,
}

/// The lighting of a city; does not change in a run.
#[derive(Clone, Debug, Default)]
pub struct Lighting {
    /// Tables of intensities.
    pub intensities: Vec<Intensity>,
    /// Types of luminaires.
    pub types: Vec<LuminaireType>,
    /// Luminaires.
    pub luminaires: Column<LuminaireId, Luminaire>,
    /// Sections.
    pub sections: Column<LightingSectionId, Section>,
    /// Influence by field.
    pub influence: Vec<FieldInfluence>,
    /// Classes.
    pub classes: Vec<LightingClass>,
    /// How classes follow traffic.
    pub adaptive: Vec<AdaptiveRules>,
    /// Control programmes.
    pub programs: Vec<Program>,
    /// When the streets have to be lit.
    pub nights: Vec<(i64, i64)>,
    /// What the standard fixes.
    pub rules: Rules,
    /// How often lamps are looked at.
    pub rhythm_ms: i64,
    /// How long somebody counts as near after having been seen.
    pub presence_hold_ms: i64,
    maintenance: Vec<f32>,
    nearby: Nearby,
    highest_m: f64,
}

impl Lighting {
    /// Computes the influence of every luminaire on every field, and what each section needs at least for each class.
    pub fn build(parts: LightingParts) -> Self {
        let mut lighting = Self::without_fields(parts.intensities, parts.types, parts.luminaires, parts.rules);
        lighting.classes = parts.classes;
        lighting.adaptive = parts.adaptive;
        lighting.programs = parts.programs;
        lighting.nights = parts.nights;
        lighting.rhythm_ms = parts.rhythm_ms.max(1);
        lighting.presence_hold_ms = parts.presence_hold_ms;
        let fields: Vec<(&Field, u16)> =
            parts.sections.iter().flat_map(|part| part.fields.iter().map(move |field| (field, part.surface))).collect();
        let surfaces = &parts.surfaces;
        lighting.influence = fields
            .par_iter()
            .map(|(field, surface)| influence::of_field(field, &surfaces[usize::from(*surface)], &lighting))
            .collect();
        let mut first = 0;
        let mut sections = Vec::with_capacity(parts.sections.len());
        for part in parts.sections {
            let mut section = part.section;
            let n = part.fields.len() as u32;
            section.fields = (first, n);
            section.area_m2 = part.fields.iter().fold(0.0, |sum, field| sum + field.area_m2());
            first += n;
            sections.push(section);
        }
        for luminaire in lighting.luminaires.iter().filter(|luminaire| luminaire.section.is_some()) {
            if lighting.programs.get(usize::from(luminaire.program)).is_some_and(|p| p.follow == control::Follow::Class)
            {
                sections[Id::index(luminaire.section)].follows_class = true;
            }
        }
        lighting.sections = Column::new(sections);
        lighting.find_outputs();
        lighting
    }

    /// Luminaires alone: what [`influence::of_field`] needs.
    pub fn without_fields(
        intensities: Vec<Intensity>,
        types: Vec<LuminaireType>,
        luminaires: Vec<Luminaire>,
        rules: Rules,
    ) -> Self {
        Self {
            nearby: Nearby::new(&luminaires),
            highest_m: luminaires.iter().fold(0.0, |highest, luminaire| luminaire.height_m.max(highest)),
            maintenance: luminaires.iter().map(|luminaire| luminaire.maintenance).collect(),
            luminaires: Column::new(luminaires),
            intensities,
            types,
            rules,
            ..Self::default()
        }
    }

    /// Light kept in service by luminaire.
    pub fn maintenance(&self) -> &[f32] {
        &self.maintenance
    }

    /// Whether there is nothing to light.
    pub fn is_empty(&self) -> bool {
        self.luminaires.is_empty() && self.sections.is_empty()
    }

    /// Whether lamps are looked at in the step that begins now.
    pub fn is_due(&self, now_ms: i64, step_ms: i64, interval_ms: i64) -> bool {
        let is_at = |every_ms: i64| now_ms.rem_euclid(every_ms.max(1)) < step_ms;
        !self.is_empty() && (is_at(self.rhythm_ms) || is_at(interval_ms))
    }

    /// Whether the streets have to be lit at an instant.
    pub fn is_night(&self, now_ms: i64) -> bool {
        self.nights.iter().any(|(from, to)| now_ms >= *from && now_ms < *to)
    }

    /// Outputs of full light.
    pub fn full_light(&self) -> Vec<f32> {
        self.luminaires.iter().map(|luminaire| luminaire.drive).collect()
    }

    /// Measures at full output, and the smallest output in whole percent for each class a section may have.
    fn find_outputs(&mut self) {
        let full = self.measure(&self.full_light(), |_| true);
        let mut least = vec![0.0_f32; self.sections.len()];
        for luminaire in self.luminaires.iter().filter(|luminaire| luminaire.section.is_some()) {
            let of_type = self.types[usize::from(luminaire.kind)].power.output_min;
            let least = &mut least[Id::index(luminaire.section)];
            *least = least.max(of_type);
        }
        let (classes, rules) = (&self.classes, &self.rules);
        let sections = self.sections.as_mut_slice().iter_mut();
        for ((section, found), least) in sections.zip(full).zip(least) {
            section.full = found.unwrap_or_default();
            let span = u16::from(section.least_number - section.normal_number);
            section.outputs = (section.normal_class..=section.normal_class + span)
                .map(|class| {
                    let requirement = &classes[usize::from(class)].requirement;
                    let share = requirement.smallest_share(&section.full, 1.0, rules);
                    share.map_or(1.0, |share| (crate::math::ceil(share * 100.0 - 1e-9) / 100.0) as f32).max(least)
                })
                .collect();
        }
    }
}

impl FieldInfluence {
    /// The luminaires that light its points.
    pub fn lit_by(&self) -> impl Iterator<Item = LuminaireId> + use<'_> {
        let (a, b) = (self.luminance.range(), self.illuminance.range());
        let range = match (a.is_empty(), b.is_empty()) {
            (true, _) => b,
            (_, true) => a,
            _ => a.start.min(b.start)..a.end.max(b.end),
        };
        self.members[range].iter().copied()
    }
}
