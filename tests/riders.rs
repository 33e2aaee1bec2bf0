//! Motorcycles without lanes: flows on straight roads and at stop lines as field data have them. `citytwin validate
//! --subject motorcycles` makes the same experiments in full.

use scenarios::validate::riders::mid_block::Ring;
use scenarios::validate::riders::stop_line::{Approach, Observed};
use sim_core::traffic::types::VehicleType;
use sim_core::units::VehicleClass;

const LIMIT_MPS: f64 = 50.0 / 3.6;

fn of(class: VehicleClass) -> VehicleType {
    VehicleType::own_default(class)
}

fn ring(width_m: f64, step_ms: i64) -> Ring {
    let mix = vec![(of(VehicleClass::Motorcycle), 1.0)];
    Ring { width_m, limit_mps: LIMIT_MPS, mix, step_ms, seed: 1, warm_up_s: 90.0, measured_s: 40.0 }
}

/// The largest flow at some densities.
fn capacity_vph(ring: &Ring, densities_per_m2: &[f64]) -> f64 {
    let points = ring.diagram(densities_per_m2).expect("a ring");
    points.iter().map(|point| point.flow_per_hm * ring.width_m).fold(0.0, f64::max)
}

fn approach(width_m: f64, cars: f64, stop_box_m: f64) -> Approach {
    Approach {
        width_m,
        length_m: 200.0,
        exit_m: 150.0,
        limit_mps: LIMIT_MPS,
        red_s: 40.0,
        green_s: 40.0,
        yellow_s: 3.0,
        mix: vec![(of(VehicleClass::Motorcycle), 1.0 - cars), (of(VehicleClass::Car), cars)],
        arrivals_vph: (1.0 - 0.6 * cars) * 1100.0 * width_m,
        arrivals_s: 200.0,
        stop_box_m,
        step_ms: 500,
        seed: 1,
    }
}

fn seen(approach: &Approach) -> Observed {
    approach.run(2).expect("an approach")
}

#[test]
fn motorcycles_flow_per_metre_as_in_the_field_and_more_on_wider_roads() {
    let (narrow, wide) =
        (capacity_vph(&ring(3.5, 500), &[0.11, 0.15, 0.18]), capacity_vph(&ring(7.0, 500), &[0.09, 0.11, 0.13]));
    for (width_m, flow_vph) in [(3.5, narrow), (7.0, wide)] {
        let flow = flow_vph / width_m;
        assert!((1740.0..=2200.0).contains(&flow), "{flow} motorcycles per hour and metre on {width_m} m");
    }
    assert!(wide > narrow, "{wide} on 7 m, {narrow} on 3.5 m");
}

#[test]
fn a_narrow_lane_is_ridden_in_single_file() {
    let flow_vph = capacity_vph(&ring(1.7, 500), &[0.06, 0.07, 0.08]);
    assert!((3060.0..=3300.0).contains(&flow_vph), "{flow_vph}");
}

#[test]
fn capacity_of_a_swarm_does_not_depend_on_the_step() {
    let [fine, coarse] = [250, 500].map(|step_ms| capacity_vph(&ring(7.0, step_ms), &[0.11, 0.13]));
    assert!((coarse / fine - 1.0).abs() < 0.05, "{fine} at 0.25 s, {coarse} at 0.5 s");
}

#[test]
fn a_queue_of_riders_discharges_as_in_the_field() {
    let approach = approach(7.0, 0.0, 0.0);
    let from_s = approach.cycle_s() + approach.red_s;
    let in_part = |at_s: f64| (from_s + 8.0..from_s + 28.0).contains(&at_s);
    let n = seen(&approach).crossings.iter().filter(|crossing| in_part(crossing.at_s)).count();
    let flow = n as f64 / 20.0 * 3600.0 / approach.width_m;
    assert!((1500.0..=2500.0).contains(&flow), "{flow} motorcycles per hour and metre");
}

#[test]
fn the_box_before_the_stop_line_is_left_to_riders() {
    let approach = approach(7.0, 0.3, 5.0);
    let at_green = seen(&approach).at_green.pop().expect("a second green");
    let is_rider = |kind: usize| approach.mix[kind].0.class.is_two_wheeler();
    let car_m = at_green.iter().filter(|v| !is_rider(v.kind)).map(|v| v.distance_m).fold(f64::INFINITY, f64::min);
    let ahead = at_green.iter().filter(|v| is_rider(v.kind) && v.distance_m < car_m).count();
    assert!((5.0..10.0).contains(&car_m), "the first car stands {car_m} m before the line");
    assert!(ahead >= 4, "{ahead} riders in the box");
}
