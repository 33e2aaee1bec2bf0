//! Emissions: against SUMO's energy model, SUMO's emission classes, and themselves.

use std::path::PathBuf;

use sim_core::city::City;
use sim_core::engine::{Recorder, Scratch, World, digest, step};
use sim_core::environment::{Emitted, Environment, Mover};
use sim_core::kpi::Results;
use sim_core::propulsion::{Drive, ElectricVehicle};
use sim_core::units::VehicleClass;

/// The data of others, where they are; tests that need them say that they skip.
fn data(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("CITYTWIN_DATA") else {
        println!("skipped: CITYTWIN_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("environment").join(file);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Speed second by second.
fn cycle(text: &str) -> Vec<f64> {
    text.lines().map(|line| line.split_once(';').expect("two columns").1.parse().expect("a speed")).collect()
}

/// What a mover uses on a cycle, and the distance.
fn on_cycle(drive: &Drive, speeds_mps: &[f64]) -> (f64, f64) {
    speeds_mps
        .windows(2)
        .fold((0.0, 0.0), |(energy_j, way_m), pair| (energy_j + drive.used_j(pair[0], pair[1], 1.0), way_m + pair[1]))
}

#[test]
fn battery_energy_is_that_of_sumos_energy_model() {
    let Some(maps) = data("sumo_emission_maps.csv") else { return };
    let car = Drive::electric(&ElectricVehicle::CAR);
    let (mut n, mut worst) = (0, 0.0_f64);
    for line in maps.lines().filter(|line| line.starts_with("Energy/default,") && line.contains(",electricity,")) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().expect("a number");
        let (speed_mps, accel_mps2, expected_wh) = (number(1), number(2), number(4));
        let found_wh = car.used_j(speed_mps - accel_mps2, speed_mps, 1.0) / 3600.0;
        worst = worst.max((found_wh - expected_wh).abs() / expected_wh.abs().max(1e-3));
        n += 1;
    }
    println!("{n} pairs of speed and acceleration, largest difference {:.5} %", worst * 100.0);
    assert!(n > 30 && worst < 1e-3, "{n} pairs, {worst}");

    let (energy_j, way_m) = on_cycle(&car, &cycle(&data("drive_cycle_109s.csv").expect("the cycle beside")));
    println!("cycle: {:.3} Wh, {way_m:.1} m", energy_j / 3600.0);
    assert!((energy_j / 3600.0 / 56.847 - 1.0).abs() < 1e-3, "{} Wh", energy_j / 3600.0);
}

/// Milligrams of CO2 and NOx that SUMO 1.28 gives for the cycle, by the emission class nearest to ours.
const SUMO_ON_CYCLE: [(&str, VehicleClass, f64, f64); 5] = [
    ("HBEFA4/MC_4S_le250cc_Euro-2", VehicleClass::Motorcycle, 39_756.3, 157.38),
    ("HBEFA4/MC_4S_le250cc_Euro-3", VehicleClass::Motorcycle, 38_822.8, 51.80),
    ("HBEFA4/PC_petrol_Euro-4", VehicleClass::Car, 193_203.0, 71.22),
    ("HBEFA3/PC_G_EU4", VehicleClass::Car, 251_432.0, 95.80),
    ("HBEFA4/UBus_Std_gt15-18t_Euro-III", VehicleClass::Bus, 975_349.0, 8_868.2),
];

#[test]
fn carbon_dioxide_on_a_cycle_lies_side_by_side_with_sumos_classes() {
    let Some(text) = data("drive_cycle_109s.csv") else { return };
    let speeds_mps = cycle(&text);
    for (class_of_sumo, class, co2_mg, nox_mg) in SUMO_ON_CYCLE {
        let mover = Mover::burning(class, &Environment::default()).expect("it has an engine");
        let (energy_j, way_m) = on_cycle(&mover.drive, &speeds_mps);
        let mut emitted = Emitted::default();
        emitted.add(&mover, energy_j);
        let ratio = emitted.co2_g * 1000.0 / co2_mg;
        println!(
            "{class_of_sumo}: CO2 {:.1} g/km, SUMO {:.1} ({ratio:.2}); NOx {:.3} g/km, SUMO {:.3}; PM {:.4} g/km",
            emitted.co2_g / way_m * 1e3,
            co2_mg / way_m,
            emitted.nox_g / way_m * 1e3,
            nox_mg / way_m,
            emitted.pm_g / way_m * 1e3,
        );
        // Other models of other vehicles: the same size, no more is claimed.
        assert!((0.5..1.5).contains(&ratio), "{class_of_sumo}: {ratio}");
    }
}

#[test]
fn the_hanoi_factor_gives_the_measured_figure_on_the_cycle() {
    let Some(text) = data("drive_cycle_109s.csv") else { return };
    let loaded = scenarios::read::folder::read_shipped().expect("the shipped scenario");
    let mover = Mover::burning(VehicleClass::Motorcycle, &loaded.environment).expect("it has an engine");
    let (energy_j, way_m) = on_cycle(&mover.drive, &cycle(&text));
    let g_per_km = mover.per_j.co2_g * energy_j / way_m * 1e3;
    println!("factor {}: {g_per_km:.2} g/km", loaded.environment.motorcycle_factor);
    // 90.83 g/km by GPS and the IVE model (2023).
    assert!((g_per_km / 90.83 - 1.0).abs() < 0.01, "{g_per_km} g/km");
}

fn in_pool<T: Send>(n_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads").install(work)
}

/// Ten minutes of the shipped scenario.
fn run(environment: Environment) -> (Results, [u8; 32], City) {
    let loaded = scenarios::read::folder::read_shipped().expect("the shipped scenario");
    let mut params = loaded.run.clone();
    params.warm_up_ms = 0;
    params.interval_ms = 300_000;
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).expect("a city");
    let city = city.with_environment(environment);
    let demand = scenarios::demand::build_loaded(&loaded, 1).expect("demand").demand;
    let (mut world, mut recorder) = (World::new(&city, &demand, &params), Recorder::new(&city, &demand, &params));
    let mut scratch = Scratch::default();
    while world.now_ms < params.begin.0 + 600_000 {
        step(&city, &demand, &params, &mut world, &mut recorder, &mut scratch);
    }
    (recorder.results(&city, &demand, &params, &world), digest(&world, &recorder), city)
}

#[test]
fn what_trips_emit_is_what_links_and_classes_sum_up_to() {
    let (results, ..) = in_pool(2, || run(Environment { is_on: true, ..Environment::default() }));
    let trips = results.trips.iter().filter_map(|row| row.emitted).fold(Emitted::default(), |sum, one| sum.plus(&one));
    let classes = results.emitted.iter().fold(Emitted::default(), |sum, (_, _, one)| sum.plus(one));
    assert!(trips.co2_g > 1e4 && trips.battery_j == 0.0);
    for (one, other) in [(trips.co2_g, classes.co2_g), (trips.nox_g, classes.nox_g), (trips.pm_g, classes.pm_g)] {
        assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
    }
    let on_roads: f64 =
        results.links.iter().filter(|row| row.class.is_none()).filter_map(|row| row.emitted).map(|e| e.co2_g).sum();
    assert!(on_roads > 0.5 * trips.co2_g && on_roads < trips.co2_g, "the rest is emitted inside junctions");
}

#[test]
fn emissions_change_nothing_in_traffic_and_have_the_same_bits_for_any_number_of_threads() {
    let on = Environment { is_on: true, ..Environment::default() };
    let (with, digest_1, _) = in_pool(1, || run(on));
    let (_, digest_3, _) = in_pool(3, || run(on));
    assert_eq!(digest_1, digest_3);
    let (without, ..) = in_pool(2, || run(Environment::default()));
    assert!(without.emitted.is_empty() && without.trips.iter().all(|row| row.emitted.is_none()));
    assert_eq!((with.total_delay_s, with.counts), (without.total_delay_s, without.counts));
}
