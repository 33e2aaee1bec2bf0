//! Lighting of a whole city: 200,000 luminaires, each jittered in place, height and tilt, one field for each gap between
//! poles of a row, two lanes, glare and edge ratio included; then further dimming states. On one thread. Fails if a
//! state is not what the influence gives, or if a build on two threads differs (on a smaller city).
//!
//! `cargo bench -p benches --bench lighting`; `LUMINAIRES` gives another number.

use std::time::Instant;

use sim_core::ids::{CircuitId, LightingSectionId};
use sim_core::lighting::class::Requirement;
use sim_core::lighting::control::{Follow, Program};
use sim_core::lighting::evaluate::Photometrics;
use sim_core::lighting::field::{Field, FieldLane};
use sim_core::lighting::influence::Rules;
use sim_core::lighting::luminaires::{Luminaire, LuminaireType, PowerCurve};
use sim_core::lighting::photometry::{Intensity, StreetOptic};
use sim_core::lighting::{Lighting, LightingClass, LightingParts, Section, SectionPart};
use sim_core::rng::{Purpose, uniform};

/// Poles in a row of the city.
const IN_ROW: usize = 500;
/// Distance of rows.
const ROWS_APART_M: f64 = 60.0;

fn main() {
    let n: usize =
        std::env::var("LUMINAIRES").ok().and_then(|n| n.parse().ok()).unwrap_or(if is_test() { 2000 } else { 200_000 });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| run(n));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let built = || Lighting::build(city(n.min(2000))).influence;
    assert_eq!(pool.install(built), built(), "influence depends on the number of threads");
}

/// `cargo test --benches` only wants to know that it runs.
fn is_test() -> bool {
    !std::env::args().any(|word| word == "--bench")
}

fn run(n: usize) {
    let parts = city(n);
    let n_fields = parts.sections.len();
    let before = cpu_s();
    let started = Instant::now();
    let lighting = Lighting::build(parts);
    let (built_s, built_cpu_s) = (started.elapsed().as_secs_f64(), cpu_s() - before);
    let bytes: usize = lighting.influence.iter().map(|field| field.bytes()).sum();
    let full = lighting.measure(&lighting.full_light(), |_| true);
    let light: Vec<f32> =
        (0..n).map(|i| if i % 3 == 2 { 0.0 } else { 0.4 + 0.6 * ((i * 7919) % 100) as f32 / 100.0 }).collect();
    let before = cpu_s();
    let started = Instant::now();
    let dimmed = lighting.measure(&light, |_| true);
    let (state_s, state_cpu_s) = (started.elapsed().as_secs_f64(), cpu_s() - before);
    let half: Vec<f32> = vec![0.5; n];
    let halved = lighting.measure(&half, |_| true);
    for ((full, half), dimmed) in full.iter().zip(&halved).zip(&dimmed) {
        let (full, half, dimmed) = (full.expect("a field"), half.expect("a field"), dimmed.expect("a field"));
        assert!((full.luminance_cdm2 - 2.0 * half.luminance_cdm2).abs() < 1e-4 * full.luminance_cdm2);
        assert!(dimmed.luminance_cdm2 < full.luminance_cdm2 && full.luminance_cdm2 > 0.1 && full.ti_pct > 0.0);
    }
    println!(
        "{n} luminaires, {n_fields} fields of two lanes: influence {built_s:.1} s ({built_cpu_s:.1} s CPU), {:.0} MiB of it",
        bytes as f64 / 1_048_576.0
    );
    println!("each further dimming state: {state_s:.2} s ({state_cpu_s:.2} s CPU); peak memory {:.0} MiB", peak_mib());
    println!("checksum {:016x}", checksum(&full) ^ checksum(&dimmed));
}

fn checksum(found: &[Option<Photometrics>]) -> u64 {
    found.iter().flatten().fold(0_u64, |sum, found| {
        let bits = found.luminance_cdm2.to_bits()
            ^ found.ti_pct.to_bits().rotate_left(13)
            ^ found.rei.to_bits().rotate_left(29);
        sum.rotate_left(5) ^ bits
    })
}

fn city(n: usize) -> LightingParts {
    let jitter = |key: usize, step: u64, size: f64| size * (2.0 * uniform(1, Purpose::Rider, key as u32, step) - 1.0);
    let optic = StreetOptic {
        base: 0.35,
        beam_deg: 61.0,
        beam_width_deg: 13.0,
        throw_deg: 28.0,
        road_width_deg: 28.0,
        house_width_deg: 30.0,
        cut_deg: 71.0,
        cut_width_deg: 2.0,
    };
    let mut luminaires = Vec::with_capacity(n);
    for i in 0..n {
        let (row, place) = (i / IN_ROW, i % IN_ROW);
        let tilt: f64 = 5.0 + jitter(i, 3, 3.0);
        luminaires.push(Luminaire {
            position_in_city_m: [
                place as f64 * 28.0 + jitter(i, 0, 0.9),
                row as f64 * ROWS_APART_M + jitter(i, 1, 0.4),
            ],
            height_m: 9.0 + jitter(i, 2, 0.4),
            towards: [0.0, 1.0],
            tilt: [tilt.to_radians().sin(), tilt.to_radians().cos()],
            kind: 0,
            ordinal: place as u16,
            program: 0,
            section: LightingSectionId::NONE,
            circuit: CircuitId(0),
            maintenance: 0.8,
            drive: 1.0,
        });
    }
    let lane = |k: f64| FieldLane { middle_m: (k + 0.5) * 3.5, width_m: 3.5, is_against: false };
    let field = |i: usize| {
        let (a, b) = (luminaires[i].position_in_city_m, luminaires[i + 1].position_in_city_m);
        Field {
            origin_in_city_m: [a[0], (i / IN_ROW) as f64 * ROWS_APART_M],
            axis: [1.0, 0.0],
            length_m: b[0] - a[0],
            lanes: vec![lane(0.0), lane(1.0)],
            sag_m: Vec::new(),
            mounting_height_m: 9.0,
            left_hand: false,
        }
    };
    let sections: Vec<SectionPart> = (0..n.saturating_sub(1))
        .filter(|i| i % IN_ROW + 1 < IN_ROW)
        .map(|i| SectionPart { section: Section::default(), fields: vec![field(i)], surface: 0 })
        .collect();
    let surface = scenarios::lighting::rules::surfaces().swap_remove(2).table;
    LightingParts {
        intensities: vec![Intensity::street(&optic)],
        types: vec![LuminaireType {
            intensity: 0,
            flux_lm: 12_000.0,
            power: PowerCurve::linear(90.0, 4.0, 1.5, -30.0, 0.1),
        }],
        luminaires,
        surfaces: vec![surface],
        sections,
        classes: vec![LightingClass { name: "M4".to_owned(), requirement: Requirement::default() }],
        adaptive: Vec::new(),
        programs: vec![Program { switches: Vec::new(), follow: Follow::Clock }],
        nights: Vec::new(),
        rules: Rules::default(),
        rhythm_ms: 60_000,
        presence_hold_ms: 60_000,
    }
}

/// CPU seconds of this process, from the kernel's table.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
