//! Luminaires by rule, for streets without an inventory: a rule gives arrangement, height and greatest spacing; the
//! spacing and the type are then chosen as a planner does, by calculating an endless straight street of this cross
//! section: the greatest spacing with which one of the types complies, and of these the one with least power.

use sim_core::ids::{CircuitId, LightingSectionId};
use sim_core::lighting::Lighting;
use sim_core::lighting::class::{Requirement, Shortfall, scaled};
use sim_core::lighting::evaluate::{self, Buffers, Photometrics};
use sim_core::lighting::field::{Field, FieldLane};
use sim_core::lighting::influence::{self, Rules};
use sim_core::lighting::luminaires::{Luminaire, LuminaireType};
use sim_core::lighting::surface::RoadSurface;

use crate::lighting::inventory::{Pole, Side, facing_left, lateral};
use crate::lighting::rules::RuleSet;
use crate::lighting::street::Street;
use crate::lighting::street_rules::{Arrangement, StreetRule};
use crate::lighting::types::Types;
use crate::loaded::Names;
use crate::read::table::Report;

/// Light above what the class asks for, for streets that are not endless and straight.
const RESERVE: f64 = 1.08;
/// Distance of the first and last pole from the ends of a link.
const END_M: f64 = 2.0;
/// Closest poles, as a share of the rule's greatest spacing.
const CLOSEST_SHARE: f64 = 0.35;
/// Distance beyond the end of a link at which a lamp stands behind the street across.
const BEYOND_M: f64 = 12.0;

/// What designs are made with.
pub struct Design<'a> {
    /// Types.
    pub types: &'a Types,
    /// Classes.
    pub set: &'a RuleSet,
    /// Road surface.
    pub surface: &'a RoadSurface,
    /// What the standard fixes.
    pub calculation: Rules,
}

/// A spacing and a type.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Choice {
    spacing_m: f64,
    kind: usize,
    complies: bool,
}

/// What was chosen for each street.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    /// By street: position of its rule, and the choice.
    choices: Vec<Option<(usize, Choice)>>,
}

impl Layout {
    /// Chooses for all streets that a rule fits.
    pub fn new(streets: &[Street], rules: &[StreetRule], design: &Design<'_>, report: &mut Report) -> Self {
        let mut known: Vec<(usize, Vec<FieldLane>, Choice)> = Vec::new();
        let mut choices = Vec::new();
        for street in streets {
            let Some(at) = rules.iter().position(|rule| rule.fits(street)) else {
                choices.push(None);
                continue;
            };
            let lanes = centred(&street.lanes);
            let choice = match known.iter().find(|(rule, cross, _)| *rule == at && *cross == lanes) {
                Some((_, _, choice)) => *choice,
                None => {
                    let choice = choose(street, &rules[at], design);
                    known.push((at, lanes, choice));
                    choice
                }
            };
            choices.push(Some((at, choice)));
        }
        let n_without = choices.iter().filter(|choice| choice.is_none()).count();
        let n_short = choices.iter().flatten().filter(|(_, choice)| !choice.complies).count();
        report.notice("streets that no row of lighting_rules.csv fits: they stay dark", n_without);
        report.notice("streets for which no spacing and type of the rule comply: the brightest was taken", n_short);
        Self { choices }
    }

    /// The luminaires.
    pub fn poles(&self, streets: &[Street], rules: &[StreetRule], names: &Names) -> Vec<Pole> {
        let mut poles = Vec::new();
        for (index, (street, choice)) in streets.iter().zip(&self.choices).enumerate() {
            if let Some((rule, choice)) = choice {
                place(index, street, &rules[*rule], *choice, names, &mut poles);
            }
        }
        poles
    }

    /// Gives a street what it falls short of: a stronger type, or a pole more. `share` is the output that would be bright
    /// enough. Whether anything could be done.
    pub fn improve(
        &mut self,
        index: usize,
        (short, share): (&[Shortfall], Option<f64>),
        street: &Street,
        rules: &[StreetRule],
        types: &Types,
    ) -> bool {
        let Some((rule, choice)) = &mut self.choices[index] else { return false };
        let rule = &rules[*rule];
        let is_dark = short.iter().any(|what| matches!(what, Shortfall::Luminance | Shortfall::EAvg));
        let is_uneven =
            short.iter().any(|what| matches!(what, Shortfall::Uo | Shortfall::Ul | Shortfall::EMin | Shortfall::Rei));
        if is_uneven {
            let usable_m = (street.length_m - 2.0 * END_M).max(0.1);
            let n_gaps = (usable_m / choice.spacing_m).ceil().max(1.0);
            let closer_m = usable_m / (n_gaps + 1.0) + 1e-6;
            if closer_m >= CLOSEST_SHARE * rule.spacing_m.1 {
                // More poles need less light each.
                let enough = share.unwrap_or(1.0) * RESERVE * closer_m / (usable_m / n_gaps);
                let now = &types.list[choice.kind];
                let weaker = rule.kinds.iter().copied().filter(|kind| {
                    let kind = &types.list[*kind];
                    kind.intensity == now.intensity && kind.flux_lm >= enough * now.flux_lm
                });
                let flux = |kind: usize| types.list[kind].flux_lm;
                choice.kind = weaker.min_by(|a, b| flux(*a).total_cmp(&flux(*b)).then(a.cmp(b))).unwrap_or(choice.kind);
                choice.spacing_m = closer_m;
                return true;
            }
        }
        let now = &types.list[choice.kind];
        let stronger = rule.kinds.iter().copied().filter(|kind| {
            let kind = &types.list[*kind];
            kind.intensity == now.intensity && kind.flux_lm > now.flux_lm
        });
        let next = stronger.min_by(|a, b| types.list[*a].flux_lm.total_cmp(&types.list[*b].flux_lm).then(a.cmp(b)));
        if is_dark && let Some(kind) = next {
            choice.kind = kind;
            return true;
        }
        false
    }
}

/// Lanes to the millimetre, counted from the right edge: equal cross sections need one design.
fn centred(lanes: &[FieldLane]) -> Vec<FieldLane> {
    let round = |x: f64| (x * 1000.0).round() / 1000.0;
    let first = lanes[0].middle_m;
    let lane = |lane: &FieldLane| FieldLane {
        middle_m: round(lane.middle_m - first),
        width_m: round(lane.width_m),
        is_against: lane.is_against,
    };
    lanes.iter().map(lane).collect()
}

fn choose(street: &Street, rule: &StreetRule, design: &Design<'_>) -> Choice {
    let class = design.set.class(&rule.class).map(|class| design.set.classes()[usize::from(class)].requirement);
    let requirement = class.unwrap_or_default();
    let brightest = rule.kinds.iter().copied().max_by(|a, b| {
        let flux = |kind: usize| design.types.list[kind].flux_lm;
        flux(*a).total_cmp(&flux(*b)).then(a.cmp(b))
    });
    let mut spacing_m = rule.spacing_m.1;
    while spacing_m >= rule.spacing_m.0 - 1e-9 {
        let found =
            rule.kinds.iter().copied().filter(|kind| complies(street, rule, spacing_m, *kind, &requirement, design));
        let least = found.min_by(|a, b| {
            let power = |kind: usize| design.types.list[kind].power.rated_w();
            power(*a).total_cmp(&power(*b)).then(a.cmp(b))
        });
        if let Some(kind) = least {
            return Choice { spacing_m, kind, complies: true };
        }
        spacing_m -= 1.0;
    }
    Choice { spacing_m: rule.spacing_m.0, kind: brightest.unwrap_or(0), complies: false }
}

fn complies(
    street: &Street,
    rule: &StreetRule,
    spacing_m: f64,
    kind: usize,
    requirement: &Requirement,
    design: &Design<'_>,
) -> bool {
    let found = endless(street, rule, spacing_m, kind, design);
    // Without the upper bound on pedestrian classes: lamps can be dimmed.
    let more = |wanted: Option<f64>| wanted.map(|wanted| wanted * RESERVE);
    let wanted = Requirement { e_avg_lx_max: None, uo: more(requirement.uo), ul: more(requirement.ul), ..*requirement };
    wanted.is_met(&scaled(&found, 1.0 / RESERVE, &design.calculation))
}

/// The measures of an endless straight street of this cross section.
fn endless(street: &Street, rule: &StreetRule, spacing_m: f64, kind: usize, design: &Design<'_>) -> Photometrics {
    let straight = Street { line: vec![[-2000.0, 0.0], [2000.0, 0.0]], length_m: 4000.0, ..street.clone() };
    let n = (700.0 / spacing_m) as i32;
    let mut luminaires = Vec::new();
    for k in -n..=n {
        for (side, shift) in sides(rule.arrangement) {
            let x_m = (f64::from(k) + shift) * spacing_m;
            let y_m = lateral(&straight, side.0, rule.overhang_m * side.1);
            let up = if facing_left(side.0, &straight) == (side.1 > 0.0) { 1.0 } else { -1.0 };
            luminaires.push(Luminaire {
                position_in_city_m: [x_m, y_m],
                height_m: rule.height_m,
                towards: [0.0, up],
                tilt: [rule.tilt_deg.to_radians().sin(), rule.tilt_deg.to_radians().cos()],
                kind: 0,
                ordinal: 0,
                program: 0,
                section: LightingSectionId::NONE,
                circuit: CircuitId(0),
                maintenance: design.types.maintenance[kind] as f32,
                drive: design.types.drive[kind] as f32,
            });
        }
    }
    let LuminaireType { intensity, flux_lm, power } = design.types.list[kind].clone();
    let table = design.types.intensities[usize::from(intensity)].clone();
    let flux_lm = flux_lm * design.types.tilt_factor(kind, rule.tilt_deg);
    let one = LuminaireType { intensity: 0, flux_lm, power };
    let lighting = Lighting::without_fields(vec![table], vec![one], luminaires, design.calculation);
    let field = Field {
        origin_in_city_m: [0.0, 0.0],
        axis: [1.0, 0.0],
        length_m: spacing_m,
        lanes: street.lanes.clone(),
        sag_m: Vec::new(),
        mounting_height_m: rule.height_m,
        left_hand: street.left_hand,
    };
    let influence = influence::of_field(&field, design.surface, &lighting);
    let light = lighting.full_light();
    evaluate::field(&influence, &light, lighting.maintenance(), &design.calculation, &mut Buffers::default())
}

/// Rows of an arrangement: side, sign of the overhang and of the facing, and shift in spacings.
fn sides(arrangement: Arrangement) -> Vec<((Side, f64), f64)> {
    match arrangement {
        Arrangement::Single => vec![((Side::Right, 1.0), 0.0)],
        Arrangement::Staggered => vec![((Side::Right, 1.0), 0.0), ((Side::Left, 1.0), 0.5)],
        Arrangement::Opposite => vec![((Side::Right, 1.0), 0.0), ((Side::Left, 1.0), 0.0)],
        Arrangement::Median => vec![((Side::Median, 1.0), 0.0), ((Side::Median, -1.0), 0.0)],
    }
}

fn place(index: usize, street: &Street, rule: &StreetRule, choice: Choice, names: &Names, poles: &mut Vec<Pole>) {
    let usable_m = (street.length_m - 2.0 * END_M).max(0.1);
    let n_gaps = (usable_m / choice.spacing_m).ceil().max(1.0);
    let step_m = usable_m / n_gaps;
    let link = &names.links[street.links[0]];
    // Single rows stand on the side where traffic keeps.
    let kerb = |side: Side| match (side, street.left_hand, rule.arrangement) {
        (Side::Right, true, Arrangement::Single) => Side::Left,
        _ => side,
    };
    for ((side, sign), shift) in sides(rule.arrangement) {
        let side = kerb(side);
        let n = if shift > 0.0 { n_gaps as usize } else { n_gaps as usize + 1 };
        let mut chainages_m: Vec<f64> = (0..n).map(|k| END_M + (k as f64 + shift) * step_m).collect();
        // Where a street ends at another, a lamp beyond it shows drivers the end and the road before it.
        let drives = |against: bool| street.lanes.iter().any(|lane| lane.is_against == against);
        if street.is_blind[0] && drives(true) {
            chainages_m.push(-BEYOND_M);
        }
        if street.is_blind[1] && drives(false) {
            chainages_m.push(street.length_m + BEYOND_M);
        }
        for (k, chainage_m) in chainages_m.into_iter().enumerate() {
            let chainage_m = (chainage_m * 100.0).round() / 100.0;
            let y_m = lateral(street, side, rule.overhang_m * sign);
            let [dx, dy] = street.direction(chainage_m);
            let is_left = facing_left(side, street) == (sign > 0.0);
            let letter = match (side, sign > 0.0) {
                (Side::Right, _) => "r",
                (Side::Left, _) => "l",
                (Side::Median, true) => "m",
                (Side::Median, false) => "n",
            };
            poles.push(Pole {
                id: format!("{link}/{letter}{}", k + 1),
                external_id: String::new(),
                street: Some(index),
                at_m: (chainage_m, y_m),
                position_m: street.point(chainage_m, y_m),
                side,
                height_m: rule.height_m,
                tilt_deg: rule.tilt_deg,
                towards: if is_left { [-dy, dx] } else { [dy, -dx] },
                kind: choice.kind,
                circuit: String::new(),
                line_phase: String::new(),
                cabinet: String::new(),
                program: rule.program.clone(),
                snap_m: None,
                filled: vec!["everything"],
            });
        }
    }
}
