//! Street lighting against reference cases of an independent calculation: a straight street, one endless row.

use scenarios::lighting::rules;
use sim_core::ids::{CircuitId, LightingSectionId};
use sim_core::lighting::Lighting;
use sim_core::lighting::evaluate::{self, Buffers, Photometrics};
use sim_core::lighting::field::{Field, FieldLane};
use sim_core::lighting::influence::{self, Rules};
use sim_core::lighting::luminaires::{Luminaire, LuminaireType, PowerCurve};
use sim_core::lighting::photometry::Intensity;

/// A reference case: two lanes of 3.5 m, luminaires above the road's edge.
struct Case {
    intensity: Intensity,
    flux_lm: f64,
    height_m: f64,
    spacing_m: f64,
    is_opposite: bool,
    maintenance: f32,
}

impl Case {
    fn measure(&self, surface: &str) -> (Photometrics, Vec<f64>) {
        let row = |y_m: f64, towards: f64| {
            (-40..=40).map(move |k| Luminaire {
                position_in_city_m: [f64::from(k) * self.spacing_m, y_m],
                height_m: self.height_m,
                towards: [0.0, towards],
                tilt: [0.0, 1.0],
                kind: 0,
                ordinal: 0,
                program: 0,
                section: LightingSectionId::NONE,
                circuit: CircuitId(0),
                maintenance: self.maintenance,
                drive: 1.0,
            })
        };
        let mut luminaires: Vec<Luminaire> = row(0.0, 1.0).collect();
        if self.is_opposite {
            luminaires.extend(row(7.0, -1.0));
        }
        let power = PowerCurve::linear(73.0, 3.0, 1.0, -20.0, 0.1);
        let kind = LuminaireType { intensity: 0, flux_lm: self.flux_lm, power };
        let rules = Rules { corridor_m: 50.0, ..Rules::default() };
        let lighting = Lighting::without_fields(vec![self.intensity.clone()], vec![kind], luminaires, rules);
        let lane = |middle_m| FieldLane { middle_m, width_m: 3.5, is_against: false };
        let field = Field {
            origin_in_city_m: [0.0, 0.0],
            axis: [1.0, 0.0],
            length_m: self.spacing_m,
            lanes: vec![lane(1.75), lane(5.25)],
            sag_m: Vec::new(),
            mounting_height_m: self.height_m,
            left_hand: false,
        };
        let surfaces = rules::surfaces();
        let surface = surfaces.iter().find(|known| known.name == surface).expect("a surface");
        let influence = influence::of_field(&field, &surface.table, &lighting);
        let full = lighting.full_light();
        let found =
            evaluate::field(&influence, &full, lighting.maintenance(), &lighting.rules, &mut Buffers::default());
        let points = evaluate::at_points(&influence, &full, lighting.maintenance());
        let mean = |values: &Vec<f32>| values.iter().map(|x| f64::from(*x)).sum::<f64>() / values.len() as f64;
        let by_lane = points.luminance_cdm2.iter().map(mean).collect();
        (found, by_lane)
    }
}

fn t1() -> Case {
    Case {
        intensity: Intensity::lambertian(),
        flux_lm: 10_000.0,
        height_m: 10.0,
        spacing_m: 30.0,
        is_opposite: false,
        maintenance: 1.0,
    }
}

/// Equal to the last printed digit.
#[track_caller]
fn check(found: f64, printed: f64, digits: i32) {
    assert!((found - printed).abs() <= 0.51 * 10_f64.powi(-digits), "{found} is not {printed}");
}

#[test]
fn case_one_comes_out_for_every_surface() {
    let printed = [
        ("R1", 1.14189, 1.15395, 0.45104, 0.37043),
        ("R2", 0.78958, 0.81885, 0.44483, 0.49177),
        ("R3", 0.71375, 0.75723, 0.41706, 0.59661),
        ("R4", 0.76319, 0.82430, 0.38816, 0.63984),
        ("C2", 0.77011, 0.80940, 0.40077, 0.51532),
    ];
    for (surface, lane_1, lane_2, uo, ul) in printed {
        let (found, by_lane) = t1().measure(surface);
        check(by_lane[0], lane_1, 5);
        check(by_lane[1], lane_2, 5);
        check(found.luminance_cdm2, lane_1.min(lane_2), 5);
        check(found.uo, uo, 5);
        check(found.ul, ul, 5);
        check(found.e_avg_lx, 13.6138, 4);
        check(found.e_min_lx, 5.0424, 4);
        check(found.rei, 0.6176, 4);
    }
    let (found, _) = t1().measure("R3");
    assert!((found.ti_pct / 7.6 - 1.0).abs() < 0.05, "{}", found.ti_pct);
}

#[test]
fn case_two_with_an_isotropic_source_comes_out() {
    let (found, by_lane) = Case { intensity: Intensity::isotropic(), maintenance: 0.8, ..t1() }.measure("R3");
    check(found.e_avg_lx, 3.6261, 4);
    check(found.e_min_lx, 1.9789, 4);
    check(by_lane[0], 0.28905, 5);
    check(by_lane[1], 0.31937, 5);
    check(found.uo, 0.47161, 5);
    check(found.ul, 0.87002, 5);
    check(found.rei, 0.7196, 4);
}

#[test]
fn case_three_with_opposite_rows_comes_out() {
    let case = Case { flux_lm: 12_000.0, height_m: 8.0, spacing_m: 36.0, is_opposite: true, maintenance: 0.8, ..t1() };
    let (found, by_lane) = case.measure("C2");
    check(found.e_avg_lx, 24.9928, 4);
    check(found.e_min_lx, 4.9185, 4);
    check(by_lane[0], 1.43222, 5);
    check(by_lane[1], 1.43222, 5);
    check(found.uo, 0.45055, 5);
    check(found.ul, 0.26919, 5);
    check(found.rei, 0.8159, 4);
}
