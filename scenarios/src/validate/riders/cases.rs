//! The cases: which experiments are run, what the field says, and whether we agree.

use sim_core::math;
use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

use super::gap_case::gaps;
use super::mid_block::{Point, Ring};
use super::stop_line::{Approach, Observed};
use super::words::{between, information, within};
use crate::validate::report::{Check, Group, Section, Verdict};

/// Widths of the roads of cases 1 and 4.
const WIDTHS_M: [f64; 4] = [3.5, 7.0, 10.5, 14.0];
/// Densities at which the ring is run.
const DENSITIES_PER_M2: [f64; 11] = [0.03, 0.05, 0.07, 0.09, 0.11, 0.13, 0.15, 0.18, 0.22, 0.28, 0.36];
/// Speed limit of all roads.
const LIMIT_MPS: f64 = 50.0 / 3.6;
/// Step, unless the case is about the step.
pub(super) const STEP_MS: i64 = 500;

const HANOI: &str = "Cao & Sano 2012, Hanoi";
const MALAYSIA_SLIDES: &str = "Law et al., Malaysia";
const MALAYSIA: &str = "Hussain et al. 2011, Malaysia";
const BOTH: &str = "Cao & Sano 2012; Hussain et al. 2011";

/// What came out.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// The verdicts.
    pub section: Section,
    /// The fundamental diagrams by width, for the picture.
    pub diagrams: Vec<(f64, Vec<Point>)>,
}

/// Runs all cases with some seeds.
///
/// # Errors
/// What is wrong with a road, in words.
pub fn run(n_seeds: u64, tell: &dyn Fn(&str)) -> Result<Outcome, String> {
    let diagrams = WIDTHS_M
        .into_iter()
        .map(|width_m| Ok((width_m, diagram(&ring(width_m, motorcycles(), STEP_MS), &DENSITIES_PER_M2, n_seeds)?)))
        .collect::<Result<Vec<_>, String>>()?;
    tell("motorcycles: mid-block done");
    let narrow = narrow_lane(n_seeds)?;
    let equivalents = equivalents(most_vph(&diagrams[2].1, 10.5), n_seeds)?;
    tell("motorcycles: equivalents done");
    let stop_lines = stop_lines(n_seeds)?;
    tell("motorcycles: stop line done");
    let gaps = gaps(n_seeds)?;
    tell("motorcycles: gaps done");
    let steps = steps(n_seeds)?;
    let section = Section {
        key: "motorcycles".to_owned(),
        title: "Motorcycles and mixed traffic against field data".to_owned(),
        text: text(n_seeds),
        groups: vec![mid_block(&diagrams), narrow, equivalents, stop_lines, gaps, steps],
    };
    Ok(Outcome { section, diagrams })
}

fn text(n_seeds: u64) -> String {
    format!(
        "Small roads, built-in vehicle types with their defaults, lateral policy `continuous`, step {STEP_MS} ms, \
         speed limit 50 km/h, means over {n_seeds} seeds. Mid-block flows come from a closed ring of 300 m: vehicles \
         start at rest, and Edie's definitions over the whole ring give density, flow and speed. Four values of the \
         motorcycle type were fitted to cases 1 and 2 together (headway time, gap at standstill, and the room beside \
         others: its growth with speed, and the walking pace from which it grows) and then left alone; cases 3 and 4 are \
         predictions. The critical gap of case 5 is the type's own value (`critical_gap_s`), measured again from \
         outside; arrivals are random, so the median of the accepted gaps lies well above it. The field data are from Hanoi and \
         Malaysia: this is agreement with published aggregates, not a calibration of any city. Run `citytwin validate --subject \
         motorcycles` to get this section again."
    )
}

fn motorcycles() -> Vec<(VehicleType, f64)> {
    vec![(VehicleType::own_default(VehicleClass::Motorcycle), 1.0)]
}

fn ring(width_m: f64, mix: Vec<(VehicleType, f64)>, step_ms: i64) -> Ring {
    Ring { width_m, limit_mps: LIMIT_MPS, mix, step_ms, seed: 1, warm_up_s: 120.0, measured_s: 60.0 }
}

/// A diagram with each point averaged over seeds.
fn diagram(ring: &Ring, densities_per_m2: &[f64], n_seeds: u64) -> Result<Vec<Point>, String> {
    let runs = (1..=n_seeds)
        .map(|seed| Ring { seed, ..ring.clone() }.diagram(densities_per_m2))
        .collect::<Result<Vec<_>, String>>()?;
    Ok((0..densities_per_m2.len()).map(|index| mean_point(&runs, index)).collect())
}

fn mean_point(runs: &[Vec<Point>], index: usize) -> Point {
    let mean =
        |value: &dyn Fn(&Point) -> f64| runs.iter().map(|run| value(&run[index])).sum::<f64>() / runs.len() as f64;
    let n_types = runs[0][index].flow_vph.len();
    Point {
        density_per_m2: mean(&|point| point.density_per_m2),
        flow_per_hm: mean(&|point| point.flow_per_hm),
        speed_mps: mean(&|point| point.speed_mps),
        flow_vph: (0..n_types).map(|kind| mean(&|point| point.flow_vph[kind])).collect(),
        speeds_mps: (0..n_types).map(|kind| mean(&|point| point.speeds_mps[kind])).collect(),
    }
}

/// The point with the largest flow.
fn best(points: &[Point]) -> &Point {
    points.iter().max_by(|a, b| a.flow_per_hm.total_cmp(&b.flow_per_hm)).expect("a diagram has points")
}

fn most_vph(points: &[Point], width_m: f64) -> f64 {
    best(points).flow_per_hm * width_m
}

/// The logarithmic law v = v_c ln(k_j / k) fitted to a diagram by least squares: v_c and k_j.
fn logarithmic(points: &[Point]) -> (f64, f64) {
    let n = points.len() as f64;
    let logs: Vec<f64> = points.iter().map(|point| math::ln(point.density_per_m2)).collect();
    let (mean_x, mean_y) = (logs.iter().sum::<f64>() / n, points.iter().map(|point| point.speed_mps).sum::<f64>() / n);
    let xy: f64 = logs.iter().zip(points).map(|(x, point)| (x - mean_x) * (point.speed_mps - mean_y)).sum();
    let xx: f64 = logs.iter().map(|x| (x - mean_x) * (x - mean_x)).sum();
    let critical_mps = -xy / xx;
    (critical_mps, math::exp(mean_x + mean_y / critical_mps))
}

fn mid_block(diagrams: &[(f64, Vec<Point>)]) -> Group {
    let mut checks = Vec::new();
    for (width_m, points) in diagrams {
        let flow = best(points).flow_per_hm;
        checks.push(between(&format!("capacity on {width_m} m (motorcycles/h/m)"), flow, (1740.0, 2200.0), 0, BOTH));
    }
    for (n_lanes, width_m, field_vph) in [(2, 7.0, 13_358.0), (3, 10.5, 21_725.0), (4, 14.0, 24_335.0)] {
        if let Some((_, points)) = diagrams.iter().find(|(width, _)| *width == width_m) {
            let quantity = format!("capacity of {n_lanes} lanes (motorcycles/h)");
            checks.push(within(&quantity, most_vph(points, width_m), field_vph, 0.1, 0, HANOI));
        }
    }
    let totals: Vec<f64> = diagrams.iter().map(|(width_m, points)| most_vph(points, *width_m)).collect();
    let grows = totals.windows(2).all(|pair| pair[0] < pair[1]);
    checks.push(Check {
        quantity: "capacity grows with the width".to_owned(),
        expected: "yes".to_owned(),
        ours: if grows { "yes" } else { "no" }.to_owned(),
        difference: String::new(),
        rule: "monotone".to_owned(),
        verdict: if grows { Verdict::Holds } else { Verdict::Fails },
        source: BOTH.to_owned(),
    });
    for (width_m, points) in diagrams {
        let dense: Vec<Point> = points.iter().filter(|point| point.density_per_m2 > 0.045).cloned().collect();
        let (critical_mps, jam_per_m2) = logarithmic(&dense);
        let at = |what: &str| format!("{what} on {width_m} m, logarithmic law fitted as in the source");
        let e = math::exp(1.0);
        checks.push(between(&at("critical density (per m²)"), jam_per_m2 / e, (0.13, 0.20), 3, MALAYSIA_SLIDES));
        checks.push(between(&at("critical speed (km/h)"), critical_mps * 3.6, (11.0, 16.0), 1, MALAYSIA_SLIDES));
        checks.push(between(&at("jam density (per m²)"), jam_per_m2, (0.40, 0.52), 2, MALAYSIA_SLIDES));
        let top = best(points);
        let largest = format!("density and speed at the largest flow on {width_m} m");
        checks
            .push(information(&largest, format!("{:.2} per m², {:.0} km/h", top.density_per_m2, top.speed_mps * 3.6)));
    }
    Group { title: "1. Mid-block, motorcycles only".to_owned(), checks }
}

fn narrow_lane(n_seeds: u64) -> Result<Group, String> {
    let points = diagram(&ring(1.7, motorcycles(), STEP_MS), &[0.06, 0.08, 0.10, 0.12, 0.15, 0.20], n_seeds)?;
    let flow_vph = most_vph(&points, 1.7);
    let quantity = "capacity of an exclusive lane of 1.7 m (motorcycles/h)";
    let checks = vec![between(quantity, flow_vph, (3060.0, 3300.0), 0, MALAYSIA)];
    Ok(Group { title: "2. Exclusive narrow lane".to_owned(), checks })
}

/// A class beside motorcycles, with its share of the vehicles and the field's equivalent.
struct Companion {
    name: &'static str,
    kind: VehicleType,
    share: f64,
    field: f64,
}

fn companions() -> [Companion; 4] {
    let bus = VehicleType::own_default(VehicleClass::Bus);
    let minibus = VehicleType { length_m: 7.0, width_m: 2.1, accel_mps2: 1.2, tau_s: 1.3, ..bus.clone() };
    let car = VehicleType::own_default(VehicleClass::Car);
    let bicycle = VehicleType::own_default(VehicleClass::Bicycle);
    [
        Companion { name: "car", kind: car, share: 0.15, field: 3.4 },
        Companion { name: "minibus", kind: minibus, share: 0.06, field: 8.3 },
        Companion { name: "bus", kind: bus, share: 0.04, field: 10.5 },
        Companion { name: "bicycle", kind: bicycle, share: 0.2, field: 1.4 },
    ]
}

/// Equivalents at capacity: what the companions' flow takes away from the largest flow of motorcycles alone.
fn equivalents(alone_vph: f64, n_seeds: u64) -> Result<Group, String> {
    let motorcycle = VehicleType::own_default(VehicleClass::Motorcycle);
    let mut checks = Vec::new();
    for Companion { name, kind, share, field } in companions() {
        let mix = vec![(motorcycle.clone(), 1.0 - share), (kind, share)];
        let densities = [0.06, 0.075, 0.09, 0.105, 0.12, 0.135].map(|units| units / (1.0 - share + share * field));
        let points = diagram(&Ring { measured_s: 120.0, ..ring(10.5, mix, STEP_MS) }, &densities, n_seeds)?;
        let units = points.iter().map(|point| (alone_vph - point.flow_vph[0]) / point.flow_vph[1]);
        let units = units.fold(f64::INFINITY, f64::min);
        let quantity = format!("{name}, {:.0} % of the vehicles (motorcycle units)", share * 100.0);
        checks.push(within(&quantity, units, field, 0.2, 2, HANOI));
    }
    Ok(Group { title: "3. Motorcycle units at the capacity of 10.5 m".to_owned(), checks })
}

fn approach(width_m: f64, mix: Vec<(VehicleType, f64)>, (red_s, green_s): (f64, f64), arrivals_vph: f64) -> Approach {
    Approach {
        width_m,
        length_m: 400.0,
        exit_m: 300.0,
        limit_mps: LIMIT_MPS,
        red_s,
        green_s,
        yellow_s: 3.0,
        mix,
        arrivals_vph,
        arrivals_s: 3.0 * (red_s + green_s + 3.0),
        stop_box_m: 0.0,
        step_ms: STEP_MS,
        seed: 1,
    }
}

/// Crossings in a part of the green of all cycles but the first, per cycle.
fn crossings(approach: &Approach, seen: &Observed, n_cycles: usize, (from_s, to_s): (f64, f64)) -> f64 {
    let in_part = |at_s: f64| {
        let in_cycle_s = at_s.rem_euclid(approach.cycle_s()) - approach.red_s;
        at_s >= approach.cycle_s() && (from_s..to_s).contains(&in_cycle_s)
    };
    seen.crossings.iter().filter(|crossing| in_part(crossing.at_s)).count() as f64 / (n_cycles - 1) as f64
}

fn stop_lines(n_seeds: u64) -> Result<Group, String> {
    const N_CYCLES: usize = 3;
    let mut checks = Vec::new();
    for width_m in [3.5, 7.0, 10.5] {
        let base = approach(width_m, motorcycles(), (60.0, 60.0), 1300.0 * width_m);
        let (mut steady, mut first, mut loss_s, mut seconds) = (0.0, 0.0, 0.0, [0.0; 5]);
        let (mut jam_per_m2, share) = (0.0, 1.0 / n_seeds as f64);
        for seed in 1..=n_seeds {
            let base = Approach { seed, ..base.clone() };
            let seen = base.run(N_CYCLES)?;
            let count = |part| crossings(&base, &seen, N_CYCLES, part);
            let per_s = count((10.0, 40.0)) / 30.0;
            steady += share * per_s * 3600.0 / width_m;
            first += share * count((0.0, 5.0));
            loss_s += share * (10.0 - count((0.0, 10.0)) / per_s);
            for (second, sum) in seconds.iter_mut().enumerate() {
                *sum += share * count((second as f64, second as f64 + 1.0));
            }
            let queued = seen.at_green[1].iter().filter(|v| (5.0..35.0).contains(&v.distance_m)).count();
            jam_per_m2 += share * queued as f64 / 30.0 / width_m;
        }
        let quantity = format!("discharge on {width_m} m, 10 to 40 s of green (motorcycles/h/m)");
        checks.push(between(&quantity, steady, (1500.0, 2500.0), 0, "range of field and laboratory figures"));
        let wave = seconds.map(|n| format!("{n:.1}")).join(", ");
        let found = format!("{loss_s:.1} s lost; {first:.0} in 5 s, by second {wave}; queue {jam_per_m2:.2} per m²");
        checks.push(information(&format!("start on {width_m} m"), found));
    }
    checks.extend(people(n_seeds)?);
    checks.extend(in_front(n_seeds)?);
    Ok(Group { title: "4. Stop line, saturated green".to_owned(), checks })
}

/// A mix of motorcycles and cars, as counted in Hanoi.
fn mix_of(cars: f64) -> Vec<(VehicleType, f64)> {
    [(VehicleClass::Motorcycle, 1.0 - cars), (VehicleClass::Car, cars)]
        .map(|(class, share)| (VehicleType::own_default(class), share))
        .to_vec()
}

fn people(n_seeds: u64) -> Result<Option<Check>, String> {
    let people_per_s = |cars: f64, arrivals_vph: f64| -> Result<f64, String> {
        let mut sum = 0.0;
        for seed in 1..=n_seeds {
            let base = Approach { seed, ..approach(10.5, mix_of(cars), (60.0, 60.0), arrivals_vph) };
            let seen = base.run(3)?;
            for crossing in seen.crossings.iter().filter(|crossing| crossing.at_s >= base.cycle_s()) {
                sum += base.mix[crossing.kind].0.persons;
            }
        }
        Ok(sum / n_seeds as f64 / 2.0 / 60.0)
    };
    let (mixed, cars) = (people_per_s(0.15, 9000.0)?, people_per_s(1.0, 4000.0)?);
    Ok(Some(Check {
        quantity: "people per second of green on 10.5 m, 15 % cars, against cars alone".to_owned(),
        expected: format!("more than {cars:.2}"),
        ours: format!("{mixed:.2}"),
        difference: format!("{:+.2}", mixed - cars),
        rule: "more".to_owned(),
        verdict: if mixed > cars { Verdict::Holds } else { Verdict::Fails },
        source: "own run with cars alone".to_owned(),
    }))
}

/// Riders in front of the first car after 30 s of red, on a road with a box before the stop line and one without.
fn in_front(n_seeds: u64) -> Result<Vec<Check>, String> {
    const BOX_M: f64 = 5.0;
    let mut checks = Vec::new();
    for stop_box_m in [BOX_M, 0.0] {
        let (mut ahead, mut had_room, mut at_side) = (0.0, 0.0, 0.0);
        for seed in 1..=n_seeds {
            let base = Approach { seed, stop_box_m, ..approach(7.0, mix_of(0.3), (30.0, 50.0), 3600.0) };
            let seen = base.run(4)?;
            for at_green in &seen.at_green[1..] {
                let is_rider = |kind: usize| base.mix[kind].0.class.is_two_wheeler();
                let Some(car) = at_green.iter().filter(|v| !is_rider(v.kind)).map(|v| v.distance_m).reduce(f64::min)
                else {
                    continue;
                };
                let riders = at_green.iter().filter(|v| is_rider(v.kind)).count() as f64;
                ahead += at_green.iter().filter(|v| is_rider(v.kind) && v.distance_m < car).count() as f64;
                at_side += at_green.iter().filter(|v| is_rider(v.kind) && v.distance_m < car + 4.5).count() as f64;
                // A rider takes 0.4 of a square metre's share; the first metre before the line stays free.
                had_room += riders.min(((stop_box_m.max(2.0)) * base.width_m * 0.4).floor());
            }
        }
        let share = ahead / had_room.max(1.0);
        if stop_box_m > 0.0 {
            let quantity = format!(
                "riders in front of the first car after 30 s of red, box of {BOX_M} m, share of those that had room"
            );
            checks.push(between(&quantity, share, (0.5, 1.0), 2, "most"));
        } else {
            let found = format!(
                "{:.0} %; beside it or before it {:.1} riders for each car",
                share * 100.0,
                at_side / (3 * n_seeds) as f64
            );
            checks.push(information("the same without a box, share of those that fit into two metres", found));
        }
    }
    Ok(checks)
}

/// Capacity at two steps.
fn steps(n_seeds: u64) -> Result<Group, String> {
    let capacity = |step_ms| -> Result<f64, String> {
        Ok(most_vph(&diagram(&ring(7.0, motorcycles(), step_ms), &[0.09, 0.11, 0.13], n_seeds)?, 7.0))
    };
    let (fine, coarse) = (capacity(250)?, capacity(500)?);
    let check =
        within("capacity of 7 m at a step of 0.5 s (motorcycles/h)", coarse, fine, 0.05, 0, "own run at 0.25 s");
    Ok(Group { title: "8. Step size".to_owned(), checks: vec![check] })
}
