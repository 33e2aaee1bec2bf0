//! What each luminaire adds to each point of a field, computed once; a dimming state then costs a product.
//!
//! EN 13201-3:
//! * illuminance E = Σ I(C,γ) cos³γ / H², from luminaires within 5 H of the point in plan, along and across;
//! * luminance L = Σ I(C,γ) r(β, tan γ) 10⁻⁴ / H², from luminaires up to 12 H beyond the point, 5 H towards the
//!   observer, 5 H to either side; observers 60 m before the field in the middle of each lane, eyes 1.5 m high;
//! * veiling luminance Lv = 10 Σ E_k / θ_k², E_k on a plane across the line of sight (1° down, along the road), θ_k in
//!   degrees from 1.5° to 60°, from luminaires up to 500 m ahead that the roof of the car (20°) does not hide.
//!
//! Values are for the flux of the type at full output, without maintenance factor. A luminaire farther sideways than
//! [`Rules::corridor_m`] from the carriageway is taken to be hidden by houses.

use crate::ids::LuminaireId;
use crate::lighting::Lighting;
use crate::lighting::angles::atan2_deg;
use crate::lighting::field::{EYE_HEIGHT_M, Field, GlareView, ROWS_PER_LANE};
use crate::lighting::luminaires::Placed;
use crate::lighting::photometry::Intensity;
use crate::lighting::surface::{RoadSurface, beta_deg};

/// What a set of rules fixes for the calculation.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rules {
    /// Regions count in mounting heights: sideways, and towards the observer.
    pub near_heights: f64,
    /// Regions count in mounting heights: beyond the point.
    pub beyond_heights: f64,
    /// Farthest luminaire that dazzles.
    pub glare_reach_m: f64,
    /// Farther than this from the carriageway, luminaires are hidden by houses.
    pub corridor_m: f64,
    /// Factor of the threshold increment at low luminance: 65 for an observer of 23 years.
    pub glare_factor: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { near_heights: 5.0, beyond_heights: 12.0, glare_reach_m: 500.0, corridor_m: 15.0, glare_factor: 65.0 }
    }
}

/// Tangent of 20°: luminaires above are hidden by the roof of the car.
const TAN_ROOF: f64 = 0.363_970_234_266_202_4;
/// Sine and cosine of the 1° by which drivers look down.
const SIGHT: [f64; 2] = [0.017_452_406_437_283_51, 0.999_847_695_156_391_3];

/// A range of members.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Span {
    pub(crate) from: u32,
    pub(crate) to: u32,
}

impl Span {
    fn include(&mut self, member: usize) {
        if self.from == self.to {
            self.from = member as u32;
        }
        self.to = member as u32 + 1;
    }
    pub(crate) fn len(self) -> usize {
        (self.to - self.from) as usize
    }
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.from as usize..self.to as usize
    }
}

/// The influence of luminaires on a field. Columns of one luminaire are contiguous.
#[derive(Clone, PartialEq, Debug)]
pub struct FieldInfluence {
    /// The luminaires that count, by their place along the field.
    pub members: Box<[LuminaireId]>,
    pub(crate) luminance: Span,
    pub(crate) illuminance: Span,
    pub(crate) veiling: Span,
    pub(crate) n_along: u16,
    pub(crate) n_lanes: u8,
    pub(crate) n_views: u8,
    /// Luminance by observer, luminaire and point; illuminance by luminaire and point, strips beside the road at the
    /// end; veiling luminance by luminaire and position of the eye.
    pub(crate) values: Box<[f32]>,
    /// Mean luminance over the field by observer and luminaire.
    pub(crate) means: Box<[f32]>,
}

impl FieldInfluence {
    /// Points on the carriageway.
    pub fn n_points(&self) -> usize {
        usize::from(self.n_along) * usize::from(self.n_lanes) * ROWS_PER_LANE
    }
    /// Rows of points on the carriageway.
    pub fn n_rows(&self) -> usize {
        usize::from(self.n_lanes) * ROWS_PER_LANE
    }
    /// Points on the carriageway and in the strips beside it.
    pub fn n_lit_points(&self) -> usize {
        self.n_points() + 2 * ROWS_PER_LANE * usize::from(self.n_along)
    }
    /// Positions of the eye for glare.
    pub fn n_eyes(&self) -> usize {
        usize::from(self.n_along) * usize::from(self.n_views)
    }
    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.members.len() * 4 + (self.values.len() + self.means.len()) * 4
    }
    pub(crate) fn illuminance_from(&self) -> usize {
        usize::from(self.n_lanes) * self.luminance.len() * self.n_points()
    }
    pub(crate) fn veiling_from(&self) -> usize {
        self.illuminance_from() + self.illuminance.len() * self.n_lit_points()
    }
}

/// A luminaire that counts for a field.
#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    id: LuminaireId,
    at: Placed,
    table: &'a Intensity,
    /// Candela for each cd/klm.
    klm: f64,
}

/// Positions of points and eyes of a field in its frame.
struct Grid {
    /// x and y of each point, row after row.
    points: Vec<[f64; 2]>,
    observers: Vec<([f64; 2], f64)>,
    views: Vec<GlareView>,
}

impl Grid {
    fn of(field: &Field) -> Self {
        let stations = field.stations_m();
        let sag = |i: usize| field.sag_m.get(i).copied().unwrap_or(0.0);
        let points = field
            .rows_m()
            .into_iter()
            .flat_map(|row_m| stations.iter().enumerate().map(move |(i, &x)| [x, row_m + sag(i)]))
            .collect();
        Self {
            points,
            observers: (0..field.lanes.len()).map(|lane| field.observer(lane)).collect(),
            views: field.glare_views(),
        }
    }
}

/// The influence of all luminaires on a field.
pub fn of_field(field: &Field, surface: &RoadSurface, lighting: &Lighting) -> FieldInfluence {
    let grid = Grid::of(field);
    let members = members(field, lighting);
    let rules = &lighting.rules;
    let (mut luminance, mut illuminance, mut veiling) = (Span::default(), Span::default(), Span::default());
    for (index, member) in members.iter().enumerate() {
        let at = &member.at;
        let reach = |heights: f64| heights * at.height_m;
        let [near, beyond] = [reach(rules.near_heights), reach(rules.beyond_heights)];
        let is_within = |before: f64, behind: f64| at.x_m >= -before && at.x_m <= field.length_m + behind;
        if is_within(near, near) {
            illuminance.include(index);
        }
        if grid.observers.iter().any(|(_, h)| if *h > 0.0 { is_within(near, beyond) } else { is_within(beyond, near) })
        {
            luminance.include(index);
        }
        if grid.views.iter().any(|view| may_dazzle(view, field, at, rules)) {
            veiling.include(index);
        }
    }
    let mut influence = FieldInfluence {
        members: members.iter().map(|member| member.id).collect(),
        luminance,
        illuminance,
        veiling,
        n_along: field.n_along() as u16,
        n_lanes: field.lanes.len() as u8,
        n_views: grid.views.len() as u8,
        values: Box::default(),
        means: Box::default(),
    };
    let n_values = influence.veiling_from() + veiling.len() * influence.n_eyes();
    let mut values = vec![0.0_f32; n_values];
    let lit =
        luminance.range().start.min(illuminance.range().start)..luminance.range().end.max(illuminance.range().end);
    for index in lit {
        light_points(&influence, &grid, surface, rules, (index, &members[index]), &mut values);
    }
    let first = influence.veiling_from();
    let n_eyes = influence.n_eyes();
    for (place, index) in veiling.range().enumerate() {
        let eyes = &mut values[first + place * n_eyes..first + (place + 1) * n_eyes];
        veil(&grid.views, rules, &members[index], eyes);
    }
    let n_points = influence.n_points();
    influence.means = values[..influence.illuminance_from()]
        .chunks(n_points.max(1))
        .map(|column| (column.iter().fold(0.0, |sum, x| sum + f64::from(*x)) / n_points as f64) as f32)
        .collect();
    influence.values = values.into_boxed_slice();
    influence
}

/// The luminaires that may count, by place along the field, then id.
fn members<'a>(field: &Field, lighting: &'a Lighting) -> Vec<Member<'a>> {
    let rules = &lighting.rules;
    let [right_m, left_m] = field.edges_m();
    let highest_m = lighting.highest_m;
    let near = (rules.near_heights * highest_m).max(rules.beyond_heights * highest_m);
    let glare_before = 2.75 * (field.mounting_height_m - EYE_HEIGHT_M);
    let is_one_way = |against: bool| field.lanes.iter().all(|lane| lane.is_against == against);
    let ahead = rules.glare_reach_m.max(near);
    // Against one-way traffic nobody is dazzled.
    let before = if is_one_way(false) { near.max(glare_before) } else { ahead };
    let behind = if is_one_way(true) { near.max(glare_before) } else { ahead };
    let middle = field.point_in_city_m((field.length_m + behind - before) / 2.0, (right_m + left_m) / 2.0);
    let half_along = (field.length_m + behind + before) / 2.0;
    let half_across = (left_m - right_m) / 2.0 + rules.corridor_m;
    let mut members = Vec::new();
    lighting.nearby.visit(middle, field.axis, [half_along, half_across], |id| {
        let luminaire = &lighting.luminaires[id];
        let at = luminaire.in_frame(field.origin_in_city_m, field.axis);
        let beside = (right_m - at.y_m).max(at.y_m - left_m);
        if beside > rules.corridor_m || at.x_m < -before || at.x_m > field.length_m + behind {
            return;
        }
        let kind = &lighting.types[usize::from(luminaire.kind)];
        let table = &lighting.intensities[usize::from(kind.intensity)];
        members.push(Member { id, at, table, klm: kind.flux_lm / 1000.0 });
    });
    members.sort_unstable_by(|a, b| a.at.x_m.total_cmp(&b.at.x_m).then(a.id.cmp(&b.id)));
    members
}

fn light_points(
    influence: &FieldInfluence,
    grid: &Grid,
    surface: &RoadSurface,
    rules: &Rules,
    (index, member): (usize, &Member<'_>),
    values: &mut [f32],
) {
    let at = member.at;
    let height = at.height_m;
    let (near, beyond) = (rules.near_heights * height, rules.beyond_heights * height);
    let slot = |span: Span| span.range().contains(&index).then(|| index - span.range().start);
    let (n_points, n_lit) = (influence.n_points(), influence.n_lit_points());
    let luminance_at = slot(influence.luminance);
    let illuminance_at = slot(influence.illuminance).map(|place| influence.illuminance_from() + place * n_lit);
    let n_members = influence.luminance.len();
    for (point, &[x, y]) in grid.points.iter().enumerate() {
        let (dx, dy) = (x - at.x_m, y - at.y_m);
        if dy.abs() > near || dx.abs() > beyond {
            continue;
        }
        let is_near = dx.abs() <= near;
        let on_road = point < n_points;
        let counts_for_light = is_near && illuminance_at.is_some();
        if !(counts_for_light || (on_road && luminance_at.is_some())) {
            continue;
        }
        let squared = dx * dx + dy * dy;
        let candela = member.klm * at.cd_per_klm(member.table, dx, dy, height);
        if let Some(first) = illuminance_at.filter(|_| is_near) {
            let distance2 = squared + height * height;
            values[first + point] = (candela * height / (distance2 * distance2.sqrt())) as f32;
        }
        let Some(place) = luminance_at.filter(|_| on_road) else { continue };
        let tan_gamma = squared.sqrt() / height;
        let per_r = candela * 1e-4 / (height * height);
        for (observer, &(eye, heading)) in grid.observers.iter().enumerate() {
            // Negative dx: the luminaire lies ahead of the point along the axis.
            let ahead = -dx * heading;
            if ahead > beyond || ahead < -near {
                continue;
            }
            let beta = beta_deg([x - eye[0], y - eye[1]], [-dx, -dy]);
            let column = (observer * n_members + place) * n_points;
            values[column + point] = (per_r * surface.r(tan_gamma, beta)) as f32;
        }
    }
}

fn may_dazzle(view: &GlareView, field: &Field, at: &Placed, rules: &Rules) -> bool {
    let first = (at.x_m - view.first_x_m) * view.heading;
    first > 0.0 && first <= rules.glare_reach_m + field.length_m
}

fn veil(views: &[GlareView], rules: &Rules, member: &Member<'_>, eyes: &mut [f32]) {
    let at = &member.at;
    let n_along = eyes.len() / views.len().max(1);
    let up = at.height_m - EYE_HEIGHT_M;
    for (view, eyes) in views.iter().zip(eyes.chunks_mut(n_along.max(1))) {
        let dy = at.y_m - view.y_m;
        for (i, eye) in eyes.iter_mut().enumerate() {
            let eye_x = view.first_x_m + i as f64 * view.step_m;
            let ahead = (at.x_m - eye_x) * view.heading;
            if ahead <= 0.0 || ahead > rules.glare_reach_m || up > ahead * TAN_ROOF {
                continue;
            }
            let distance2 = ahead * ahead + dy * dy + up * up;
            let distance = distance2.sqrt();
            let cos = (ahead * SIGHT[1] - up * SIGHT[0]) / distance;
            let theta_deg = atan2_deg((1.0 - cos * cos).max(0.0).sqrt(), cos);
            if !(1.5..=60.0).contains(&theta_deg) {
                continue;
            }
            let candela = member.klm * at.cd_per_klm(member.table, eye_x - at.x_m, -dy, up);
            *eye = (10.0 * candela / distance2 * cos / (theta_deg * theta_deg)) as f32;
        }
    }
}
