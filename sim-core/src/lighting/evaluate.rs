//! From a dimming state to the measures of EN 13201: a product with the influence, in fixed order.

use crate::ids::Id;
use crate::lighting::field::ROWS_PER_LANE;
use crate::lighting::influence::{FieldInfluence, Rules};

/// The measures of a field or of a section, each at its worst place.
#[derive(Clone, Copy, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Photometrics {
    /// Average luminance, the lowest over observers, maintained.
    pub luminance_cdm2: f64,
    /// Overall uniformity of luminance, least over average.
    pub uo: f64,
    /// Longitudinal uniformity, least over greatest along the middle of a lane.
    pub ul: f64,
    /// Threshold increment, with new lamps.
    pub ti_pct: f64,
    /// Edge illuminance ratio.
    pub rei: f64,
    /// Average horizontal illuminance, maintained.
    pub e_avg_lx: f64,
    /// Least horizontal illuminance, maintained.
    pub e_min_lx: f64,
    /// Average luminance with new lamps: what glare is judged by.
    pub initial_cdm2: f64,
    /// Greatest veiling luminance with new lamps.
    pub veiling_cdm2: f64,
}

impl Photometrics {
    /// Uniformity of illuminance.
    pub fn e_uo(&self) -> f64 {
        ratio(self.e_min_lx, self.e_avg_lx)
    }
    /// The worst of both, measure by measure.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        Self {
            luminance_cdm2: self.luminance_cdm2.min(other.luminance_cdm2),
            uo: self.uo.min(other.uo),
            ul: self.ul.min(other.ul),
            ti_pct: self.ti_pct.max(other.ti_pct),
            rei: self.rei.min(other.rei),
            e_avg_lx: self.e_avg_lx.min(other.e_avg_lx),
            e_min_lx: self.e_min_lx.min(other.e_min_lx),
            initial_cdm2: self.initial_cdm2.min(other.initial_cdm2),
            veiling_cdm2: self.veiling_cdm2.max(other.veiling_cdm2),
        }
    }
}

/// Threshold increment in percent: k Lv / L^0.8 up to 5 cd/m², 1.46 k Lv / L^1.05 above.
pub fn threshold_increment_pct(rules: &Rules, veiling_cdm2: f64, luminance_cdm2: f64) -> f64 {
    if veiling_cdm2 <= 0.0 {
        return 0.0;
    }
    // The formula holds from 0.05 cd/m² on.
    let luminance = luminance_cdm2.max(0.05);
    if luminance <= 5.0 {
        rules.glare_factor * veiling_cdm2 / crate::math::powf(luminance, 0.8)
    } else {
        rules.glare_factor * 95.0 / 65.0 * veiling_cdm2 / crate::math::powf(luminance, 1.05)
    }
}

/// Buffers; fresh ones give the same result.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    initial: Vec<f32>,
    maintained: Vec<f32>,
    points: Vec<f32>,
}

/// Values at the points of a field in a dimming state.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PointValues {
    /// Luminance by observer, then point, maintained.
    pub luminance_cdm2: Vec<Vec<f32>>,
    /// Illuminance at points of the carriageway and of the strips beside it, maintained.
    pub e_lx: Vec<f32>,
}

/// The measures of a field. `output` and `maintenance` are by luminaire.
pub fn field(
    influence: &FieldInfluence,
    output: &[f32],
    maintenance: &[f32],
    rules: &Rules,
    buffers: &mut Buffers,
) -> Photometrics {
    let Buffers { initial, maintained, points } = buffers;
    gather(influence, output, maintenance, initial, maintained);
    let n_points = influence.n_points();
    let mut found = Photometrics { luminance_cdm2: f64::MAX, uo: f64::MAX, ul: f64::MAX, ..Photometrics::default() };
    found.initial_cdm2 = f64::MAX;
    let n = influence.luminance.len();
    for lane in 0..usize::from(influence.n_lanes) {
        let values = &influence.values[lane * n * n_points..(lane + 1) * n * n_points];
        add_columns(values, &maintained[influence.luminance.range()], n_points, points);
        let means = &influence.means[lane * n..(lane + 1) * n];
        let weighted = means.iter().zip(&initial[influence.luminance.range()]);
        let new = weighted.fold(0.0, |sum, (mean, output)| sum + f64::from(*mean) * f64::from(*output));
        let average = mean(points);
        found.luminance_cdm2 = found.luminance_cdm2.min(average);
        found.initial_cdm2 = found.initial_cdm2.min(new);
        found.uo = found.uo.min(ratio(least(points), average));
        let n_along = usize::from(influence.n_along);
        let middle = (lane * ROWS_PER_LANE + 1) * n_along;
        let line = &points[middle..middle + n_along];
        found.ul = found.ul.min(ratio(least(line), greatest(line)));
    }
    illuminance(influence, maintained, points, &mut found);
    let eyes = &influence.values[influence.veiling_from()..];
    add_columns(eyes, &initial[influence.veiling.range()], influence.n_eyes(), points);
    found.veiling_cdm2 = greatest(points).max(0.0);
    found.ti_pct = threshold_increment_pct(rules, found.veiling_cdm2, found.initial_cdm2);
    found
}

/// Values at each point.
pub fn at_points(influence: &FieldInfluence, output: &[f32], maintenance: &[f32]) -> PointValues {
    let (mut initial, mut maintained) = (Vec::new(), Vec::new());
    gather(influence, output, maintenance, &mut initial, &mut maintained);
    let (n_points, n) = (influence.n_points(), influence.luminance.len());
    let luminance_cdm2 = (0..usize::from(influence.n_lanes))
        .map(|lane| {
            let values = &influence.values[lane * n * n_points..(lane + 1) * n * n_points];
            let mut points = Vec::new();
            add_columns(values, &maintained[influence.luminance.range()], n_points, &mut points);
            points
        })
        .collect();
    let mut e_lx = Vec::new();
    let values = &influence.values[influence.illuminance_from()..influence.veiling_from()];
    add_columns(values, &maintained[influence.illuminance.range()], influence.n_lit_points(), &mut e_lx);
    PointValues { luminance_cdm2, e_lx }
}

fn illuminance(influence: &FieldInfluence, maintained: &[f32], points: &mut Vec<f32>, found: &mut Photometrics) {
    let values = &influence.values[influence.illuminance_from()..influence.veiling_from()];
    add_columns(values, &maintained[influence.illuminance.range()], influence.n_lit_points(), points);
    let n_points = influence.n_points();
    let strip = ROWS_PER_LANE * usize::from(influence.n_along);
    let road = &points[..n_points];
    found.e_avg_lx = mean(road);
    found.e_min_lx = least(road);
    let right = ratio(mean(&points[n_points..n_points + strip]), mean(&road[..strip.min(n_points)]));
    let left = ratio(mean(&points[n_points + strip..]), mean(&road[n_points.saturating_sub(strip)..]));
    found.rei = right.min(left);
}

fn gather(
    influence: &FieldInfluence,
    output: &[f32],
    maintenance: &[f32],
    initial: &mut Vec<f32>,
    maintained: &mut Vec<f32>,
) {
    initial.clear();
    maintained.clear();
    for member in &influence.members {
        let at = Id::index(*member);
        initial.push(output[at]);
        maintained.push(output[at] * maintenance[at]);
    }
}

/// points = Σ column · weight, luminaire after luminaire.
fn add_columns(values: &[f32], weights: &[f32], n: usize, points: &mut Vec<f32>) {
    points.clear();
    points.resize(n, 0.0);
    for (column, &weight) in values.chunks_exact(n.max(1)).zip(weights) {
        for (point, value) in points.iter_mut().zip(column) {
            *point += value * weight;
        }
    }
}

fn mean(values: &[f32]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().fold(0.0, |sum, x| sum + f64::from(*x)) / values.len() as f64
}
fn least(values: &[f32]) -> f64 {
    values.iter().fold(f64::MAX, |least, x| least.min(f64::from(*x)))
}
fn greatest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |most, x| most.max(f64::from(*x)))
}
fn ratio(over: f64, under: f64) -> f64 {
    if under > 0.0 { over / under } else { 0.0 }
}
