//! The calculation against closed forms and against its own symmetries.

use super::*;
use crate::ids::CircuitId;
use crate::lighting::evaluate::Buffers;
use crate::lighting::field::FieldLane;
use crate::lighting::luminaires::PowerCurve;

/// A luminaire at a place, looking to the left of the x axis, 10,000 lm.
/// A luminaire that looks north.
pub(super) fn luminaire(x_m: f64, y_m: f64, height_m: f64) -> Luminaire {
    Luminaire {
        position_in_city_m: [x_m, y_m],
        height_m,
        towards: [0.0, 1.0],
        tilt: [0.0, 1.0],
        kind: 0,
        ordinal: 0,
        program: 0,
        section: LightingSectionId::NONE,
        circuit: CircuitId(0),
        maintenance: 1.0,
        drive: 1.0,
    }
}

fn lighting(intensity: Intensity, luminaires: Vec<Luminaire>, rules: Rules) -> Lighting {
    let kind =
        LuminaireType { intensity: 0, flux_lm: 10_000.0, power: PowerCurve::linear(100.0, 5.0, 1.0, -20.0, 0.1) };
    Lighting::without_fields(vec![intensity], vec![kind], luminaires, rules)
}

/// A field of two lanes whose right edge is the x axis.
fn field(length_m: f64, lane_m: f64) -> Field {
    let lane = |k: f64| FieldLane { middle_m: (k + 0.5) * lane_m, width_m: lane_m, is_against: false };
    Field {
        origin_in_city_m: [0.0, 0.0],
        axis: [1.0, 0.0],
        length_m,
        lanes: vec![lane(0.0), lane(1.0)],
        sag_m: Vec::new(),
        mounting_height_m: 10.0,
        left_hand: false,
    }
}

/// A surface that reflects alike in all directions: r = q cos³γ.
fn matt(q: f64) -> RoadSurface {
    let tan: Vec<f64> = (0..=48).map(|quarter| f64::from(quarter) / 4.0).collect();
    let r = tan.iter().flat_map(|t| vec![q * 1e4 / ((1.0 + t * t) * (1.0 + t * t).sqrt()); 2]).collect();
    RoadSurface::new(tan, vec![0.0, 180.0], r).unwrap()
}

fn measure(lighting: &Lighting, field: &Field, surface: &RoadSurface) -> Photometrics {
    let influence = influence::of_field(field, surface, lighting);
    let full = lighting.full_light();
    evaluate::field(&influence, &full, lighting.maintenance(), &lighting.rules, &mut Buffers::default())
}

#[test]
fn an_isotropic_source_lights_as_the_closed_form_says() {
    // E = Φ / 4π · h / (h² + r²)^1.5, as in test case 5.1 of CIE 171.
    let lit = lighting(Intensity::isotropic(), vec![luminaire(0.0, 0.0, 3.0)], Rules::default());
    let step_m = 0.2;
    let mut field = field(200.0, 0.001);
    field.origin_in_city_m = [-step_m / 2.0, 0.0];
    field.length_m = 10.0 * step_m;
    for (shift, rounded) in [(0.0, 88.42), (1.0, 75.49), (2.0, 50.93), (3.0, 31.26), (4.0, 19.10), (5.0, 12.04)] {
        let distance2: f64 = 9.0 + shift * shift;
        let expected = 10_000.0 / (4.0 * std::f64::consts::PI) * 3.0 / (distance2 * distance2.sqrt());
        assert!((expected - rounded).abs() < 0.005, "{shift}: {expected}");
        field.origin_in_city_m[0] = shift - step_m / 2.0;
        let influence = influence::of_field(&field, &matt(0.07), &lit);
        let found = evaluate::at_points(&influence, &lit.full_light(), lit.maintenance()).e_lx[0];
        assert!((f64::from(found) / expected - 1.0).abs() < 1e-6, "{shift}: {found}");
    }
}

#[test]
fn on_a_matt_road_luminance_is_q_times_illuminance() {
    // With all regions equal; the table of r is linear between quarters of tan γ, hence the tolerance.
    let rules = Rules { near_heights: 12.0, corridor_m: 200.0, ..Rules::default() };
    let row = (-20..=20).map(|k| luminaire(f64::from(k) * 30.0, 0.0, 10.0)).collect();
    let found = measure(&lighting(Intensity::isotropic(), row, rules), &field(30.0, 3.5), &matt(0.07));
    assert!((found.luminance_cdm2 / (0.07 * found.e_avg_lx) - 1.0).abs() < 0.01, "{found:?}");
}

#[test]
fn twice_the_output_gives_twice_the_light_and_the_same_uniformity() {
    let row = (-20..=20).map(|k| luminaire(f64::from(k) * 30.0, 0.0, 10.0)).collect();
    let lit = lighting(Intensity::lambertian(), row, Rules::default());
    let influence = influence::of_field(&field(30.0, 3.5), &matt(0.07), &lit);
    let at = |output: f32| {
        let outputs = vec![output; lit.luminaires.len()];
        evaluate::field(&influence, &outputs, lit.maintenance(), &lit.rules, &mut Buffers::default())
    };
    let (half, full) = (at(0.5), at(1.0));
    assert!((full.luminance_cdm2 / half.luminance_cdm2 - 2.0).abs() < 1e-6);
    assert!((full.uo - half.uo).abs() < 1e-6 && (full.rei - half.rei).abs() < 1e-6);
    let scaled = class::scaled(&full, 0.5, &lit.rules);
    assert!((scaled.ti_pct - half.ti_pct).abs() < 1e-4 && (scaled.luminance_cdm2 - half.luminance_cdm2).abs() < 1e-6);
}

#[test]
fn twice_the_geometry_gives_a_quarter_of_the_light() {
    let scene = |k: f64| {
        // 15 grid points along both: lengths above 30 m would else get more of them.
        let row = (-20..=20).map(|i| luminaire(f64::from(i) * 15.0 * k, 0.0, 5.0 * k)).collect();
        let rules = Rules { corridor_m: 15.0 * k, ..Rules::default() };
        let influence = influence::of_field(
            &field(15.0 * k, 1.75 * k),
            &matt(0.07),
            &lighting(Intensity::lambertian(), row, rules),
        );
        let n = influence.members.len();
        let all = vec![1.0; 41];
        assert!(n > 5);
        evaluate::at_points(&influence, &all, &all).e_lx
    };
    for (small, large) in scene(1.0).iter().zip(scene(2.0)) {
        assert!((small / large - 4.0).abs() < 1e-4, "{small} {large}");
    }
}

#[test]
fn the_mirror_image_of_a_street_has_the_same_measures() {
    let optic = photometry::StreetOptic {
        base: 0.4,
        beam_deg: 58.0,
        beam_width_deg: 12.0,
        throw_deg: 25.0,
        road_width_deg: 30.0,
        house_width_deg: 25.0,
        cut_deg: 72.0,
        cut_width_deg: 2.5,
    };
    let tilt = [crate::math::sin(0.1), crate::math::cos(0.1)];
    let row = |y_m: f64, towards: f64| -> Vec<Luminaire> {
        let at = |k: i32| luminaire(f64::from(k) * 30.0, y_m, 9.0);
        (-20..=20).map(|k| Luminaire { towards: [0.0, towards], tilt, ..at(k) }).collect()
    };
    let right = lighting(Intensity::street(&optic), row(-0.5, 1.0), Rules::default());
    let left = lighting(Intensity::street(&optic), row(7.5, -1.0), Rules::default());
    let kept_right = field(30.0, 3.5);
    let kept_left = Field { left_hand: true, ..kept_right.clone() };
    let surface = matt(0.07);
    let (a, b) = (measure(&right, &kept_right, &surface), measure(&left, &kept_left, &surface));
    for (x, y) in [(a.luminance_cdm2, b.luminance_cdm2), (a.uo, b.uo), (a.ul, b.ul), (a.rei, b.rei)] {
        assert!((x - y).abs() < 1e-5 * x, "{a:?} {b:?}");
    }
    assert!((a.ti_pct - b.ti_pct).abs() < 1e-4 * a.ti_pct, "{a:?} {b:?}");
}

#[test]
fn a_turned_street_has_the_same_measures() {
    let row = |turn: [f64; 2]| -> Vec<Luminaire> {
        (-20..=20)
            .map(|k| {
                let x = f64::from(k) * 28.0;
                let position_in_city_m = [1000.0 + x * turn[0], 500.0 + x * turn[1]];
                Luminaire { position_in_city_m, towards: [-turn[1], turn[0]], ..luminaire(0.0, 0.0, 9.0) }
            })
            .collect()
    };
    let at = |turn: [f64; 2]| {
        let lit = lighting(Intensity::lambertian(), row(turn), Rules::default());
        measure(&lit, &Field { origin_in_city_m: [1000.0, 500.0], axis: turn, ..field(28.0, 3.0) }, &matt(0.07))
    };
    let (a, b) = (at([1.0, 0.0]), at([-0.6, 0.8]));
    assert!((a.luminance_cdm2 - b.luminance_cdm2).abs() < 1e-5 && (a.ti_pct - b.ti_pct).abs() < 1e-3, "{a:?} {b:?}");
}
