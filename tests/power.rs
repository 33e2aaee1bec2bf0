//! Feeders in the run: a lost station darkens its signals at once, they come back in order, and what was not served is
//! counted; with the same bits for any number of threads and from a saved state.

#[path = "support/shipped.rs"]
mod shipped;

use std::path::Path;

use rayon::ThreadPoolBuilder;
use scenarios::power::period;
use scenarios::read::folder::{read_shipped, read_source};
use scenarios::read::source::Source;
use scenarios::read::what_if;
use sim_core::engine::{World, digest, load, save};
use sim_core::ids::{Id, SignalId};
use sim_core::kpi::Results;
use sim_core::ports::{Rule, SignalMode};
use sim_core::power::system::Role;
use sim_core::units::{SimTime, VehicleClass};

use shipped::Case;

const OUTAGE_S: f64 = 17.0 * 3600.0 + 33.0 * 60.0;
const BACK_S: f64 = OUTAGE_S + 60.0;

/// Two minutes around the outage, which is cut to one, or the same without it.
fn case(has_outage: bool) -> Case {
    lasting(has_outage, BACK_S + 60.0)
}

fn lasting(has_outage: bool, end_s: f64) -> Case {
    Case::new((OUTAGE_S - 60.0, end_s), has_outage.then_some("outage-at-dusk"), |loaded| {
        loaded.run.changes.iter_mut().for_each(|change| change.until_ms = Some((BACK_S * 1000.0) as i64));
    })
}

fn results_of(case: &Case) -> Results {
    let (world, recorder) = case.run();
    recorder.results(&case.city, &case.demand, &case.loaded.run, &world)
}

/// Signals on Trần Hưng Đạo, which the lost station feeds.
fn fed(case: &Case) -> Vec<SignalId> {
    let names = case.loaded.names.signals.iter().enumerate();
    names.filter(|(_, name)| name.starts_with("thd-")).map(|(index, _)| SignalId::from_index(index)).collect()
}

fn feeder(case: &Case) -> usize {
    case.loaded.power.circuits.iter().position(|circuit| circuit.name == "tba-thd").expect("the feeder")
}

#[test]
fn a_lost_station_darkens_its_signals_and_they_come_back_in_order() {
    let case = case(true);
    let (mut world, mut recorder) = case.begin();
    let fed = fed(&case);
    assert_eq!(fed.len(), 9);
    let rules = |world: &World, signal: SignalId| -> Vec<Rule> {
        case.city.network.signal_heads[signal].iter().map(|&head| world.ports.rules[head]).collect()
    };
    case.run_to((&mut world, &mut recorder), OUTAGE_S);
    assert!(fed.iter().all(|&signal| world.ports.has_supply[signal]));
    // The step that begins with the outage.
    case.run_to((&mut world, &mut recorder), OUTAGE_S + 0.5);
    for (signal, has_supply) in world.ports.has_supply.enumerate() {
        assert_eq!(*has_supply, !fed.contains(&signal), "{signal}");
    }
    assert!(fed.iter().all(|&signal| rules(&world, signal).iter().all(|rule| *rule == Rule::AllWayStop)));
    case.run_to((&mut world, &mut recorder), BACK_S + 0.5);
    assert!(fed.iter().all(|&signal| world.ports.signal_mode[signal] == SignalMode::Flashing));
    assert!(fed.iter().all(|&signal| rules(&world, signal).iter().all(|rule| *rule == Rule::OffBlinking)));
    case.run_to((&mut world, &mut recorder), BACK_S + 10.5);
    assert!(fed.iter().all(|&signal| rules(&world, signal).iter().all(|rule| *rule == Rule::Red)));
    case.run_to((&mut world, &mut recorder), BACK_S + 16.5);
    assert!(fed.iter().all(|&signal| world.ports.signal_mode[signal] == SignalMode::Plan));
    let results = recorder.results(&case.city, &case.demand, &case.loaded.run, &world);
    let expected: Vec<(SignalId, i64)> = fed.iter().map(|&signal| (signal, 76_000)).collect();
    assert_eq!(results.dark_signals, expected);
}

#[test]
fn what_an_outage_takes_is_what_was_not_served() {
    let (without, with) = (case(false), case(true));
    let feeder = feeder(&with);
    let base = results_of(&without);
    let outage = results_of(&with);
    let energies = |results: &Results| -> Vec<(f64, f64)> {
        results.power[feeder].iter().map(|sum| (sum.load_wh, sum.not_served_wh)).collect()
    };
    let (base, outage) = (energies(&base), energies(&outage));
    assert_eq!(outage.len(), 3, "one interval a minute");
    assert!(base.iter().all(|(_, not_served_wh)| *not_served_wh == 0.0));
    assert_eq!(outage[0], base[0]);
    let (drawn_wh, not_served_wh) = outage[1];
    assert_eq!(drawn_wh, 0.0);
    // Dark signals would blink, working ones show red or green: that is all the difference.
    assert!((not_served_wh - base[1].0).abs() < 2e-3 * base[1].0, "{not_served_wh} Wh instead of {} Wh", base[1].0);
    assert_eq!(outage[2].1, 0.0);
}

#[test]
fn an_outage_has_the_same_bits_for_any_number_of_threads_and_from_a_saved_state() {
    let case = case(true);
    let digests: Vec<[u8; 32]> = [1, 2]
        .map(|threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let (world, recorder) = case.run();
                digest(&world, &recorder)
            })
        })
        .to_vec();
    assert_eq!(digests[0], digests[1]);
    let (mut world, mut recorder) = case.begin();
    case.run_to((&mut world, &mut recorder), OUTAGE_S + 20.0);
    let (mut world, mut recorder) = load(&save(&world, &recorder)).expect("a saved state");
    case.run_to((&mut world, &mut recorder), BACK_S + 60.0);
    assert_eq!(digest(&world, &recorder), digests[0]);
}

#[test]
fn chargers_give_what_electric_vehicles_used_on_their_way() {
    let case = lasting(false, OUTAGE_S + 840.0);
    let results = results_of(&case);
    let grid = &case.loaded.power.grid;
    let mut wanted_j = vec![0.0; grid.chargers.len()];
    let mut n_electric = 0;
    for row in &results.trips {
        let Some(battery_j) = row.battery_j() else { continue };
        n_electric += 1;
        // A motorcycle uses some 15 to 60 Wh/km in town; buses with their doors open at stops much more.
        let trip = &case.demand.trips[row.trip.index()];
        let class = case.demand.types[trip.vehicle_type].class;
        if class == VehicleClass::Motorcycle && row.length_m > 500.0 {
            let wh_per_km = battery_j / 3.6 / row.length_m;
            assert!((10.0..80.0).contains(&wh_per_km), "{wh_per_km} Wh/km");
        }
        let last = case.demand.routes[trip.route].last();
        let place = grid.chargers.iter().position(|charger| Some(&charger.link) == last && charger.class == class);
        if let Some(place) = place.filter(|_| row.arrival_s.is_some()) {
            let charger = &grid.chargers[place];
            wanted_j[place] += (battery_j + charger.used_before_j) / charger.efficiency;
        }
    }
    assert!(n_electric > 50, "{n_electric} electric vehicles");
    let given: f64 = results.chargers.iter().map(|state| state.given_j).sum();
    assert!(given > 0.0);
    for (state, wanted_j) in results.chargers.iter().zip(wanted_j) {
        let accounted_j = state.given_j + state.sessions_j.iter().sum::<f64>();
        assert!((accounted_j - wanted_j).abs() < 1e-6 * wanted_j.max(1.0), "{accounted_j} J of {wanted_j} J");
    }
}

#[test]
fn loads_with_a_meter_of_their_own_are_billed_once() {
    let case = case(false);
    let results = results_of(&case);
    let feeder = case.loaded.power.circuits.iter().position(|circuit| circuit.name == "tba-nd").expect("the feeder");
    let names = &case.loaded.power.meters[feeder];
    let system = &case.loaded.power.grid.feeders[feeder];
    let place = |id: &str| names.iter().position(|meter| meter.id == id).expect("a meter");
    assert_eq!(system.meters[place("kd-nd")].left_out, system.meters[place("sac-nd")].loads);
    for sum in &results.power[feeder] {
        let metered_wh: f64 = sum.meters.iter().map(|meter| meter.energy_wh).sum();
        // What lies between the source and the meters: the transformer and what it loses.
        let before_wh = sum.source_wh - metered_wh;
        assert!(before_wh > 0.0 && before_wh < 0.03 * sum.source_wh, "{before_wh} Wh of {} Wh", sum.source_wh);
    }
}

/// A change of a file's text.
type Change<'a> = &'a dyn Fn(&str) -> String;

/// What is said of a copy of the shipped scenario with some files changed.
fn spoilt(changes: &[(&str, Change<'_>)]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("city");
    scenarios::write::scaffold::copy_embedded(&target).expect("a copy");
    for (file, change) in changes {
        let path = target.join(file);
        let text = std::fs::read_to_string(&path).expect("a table");
        std::fs::write(&path, change(&text)).expect("a changed table");
    }
    match read_source(Source::Disk(target.clone())) {
        Ok(_) => panic!("the mistake was not found"),
        Err(problems) => problems.to_string().replace(&format!("{}/", target.display()), ""),
    }
}

#[track_caller]
fn check(file: &str, change: impl Fn(&str) -> String, expected: &str) {
    let said = spoilt(&[(file, &change)]);
    assert!(said.contains(expected), "{expected}\nnot in\n{said}");
}

#[test]
fn mistakes_of_feeders_and_tariffs_are_told_with_file_and_line() {
    check(
        "tariffs.csv",
        |text| text.lines().filter(|line| !line.contains("20:00,22:00")).collect::<Vec<_>>().join("\n"),
        "the tariff has no price on mon",
    );
    check("tariffs.csv", |text| text.replace("17:00,20:00", "16:00,20:00"), "has more than one price on mon");
    check(
        "feeder_lines.csv",
        |text| text.replace("cap-thd-hangbai,pub-e", "cap-thd-hangbai,nowhere"),
        "from_node_id = \"nowhere\": feeder \"tba-thd\" has no such node",
    );
    check(
        "feeder_lines.csv",
        |text| format!("{text}tba-thd,ring,thd-leduan,thd-lethanhtong,cu-4x25,900,123\n"),
        "line.cap-thd-leduan → line.ring → line.cap-thd-lethanhtong",
    );
    check(
        "feeder_nodes.csv",
        |text| format!("{text}tba-thd,lonely,400,,,\n"),
        "feeder_nodes.csv: node_id = \"lonely\": nothing feeds this node of feeder \"tba-thd\"",
    );
    check(
        "feeder_line_types.csv",
        |text| text.replace("0.727,0.08,2.908,0.32", "0,0,0,0"),
        "is a line without impedance",
    );
    check(
        "feeder_lines.csv",
        |text| text.replace("cap-thd-hangbai,pub-e,thd-hangbai,cu-4x25", "cap-thd-hangbai,pub-e,thd-hangbai,gold"),
        "line_type_id = \"gold\": there is no such type",
    );
    check("feeder_transformers.csv", |text| text.replace("Dyn11", "Zzn0"), "connection = \"Zzn0\": is not legal");
    check(
        "loads.csv",
        |text| text.replace("thd-hangbai,10,12,10", "thd-hangbay,10,12,10"),
        "did you mean \"thd-hangbai\"?",
    );
    check(
        "loads.csv",
        |text| text.replace("hbt:quangtrung-quansu,motorcycle", "hbt:quangtrung-quansuu,motorcycle"),
        "link_id = \"hbt:quangtrung-quansuu\": there is no such link\n  hint: did you mean \"hbt:quangtrung-quansu\"?",
    );
}

#[test]
fn mistakes_of_many_kinds_are_told_in_one_report() {
    let added = |row: &'static str| move |text: &str| format!("{text}{row}\n");
    let said = spoilt(&[
        ("feeder_nodes.csv", &added("tba-tt,lonely,400,,,\ntba-ltk,thin,400,,,\ntba-hl,thick,400,,,")),
        (
            "feeder_lines.csv",
            &added("tba-hbt,ring,hbt-leduan,hbt-lethanhtong,cu-4x25,900,123\ntba-ltk,tap,pub,thin,cu-4x25,50,1"),
        ),
        ("feeder_line_types.csv", &|text| {
            // Nothing is made of it, and it is told all the same.
            format!("{text}superconductor,0,0,0,0,100\n")
        }),
        ("feeder_transformers.csv", &|text| text.replace("tba-thd,tr,mv,lv,Dyn11", "tba-thd,tr,mv,lv,Zzn0")),
        ("tariffs.csv", &|text| text.replace("business,VND,normal,daily,,,20:00,22:00,3152,,8\n", "")),
        ("loads.csv", &|text| {
            let columns = text.lines().next().map_or(0, |head| head.matches(',').count());
            let blank = ",".repeat(columns - 8);
            format!("{text}odd,tba-ltk,thin,2,wye,constant,100,1,zip{blank}\n")
        }),
    ]);
    for expected in [
        "feeder_transformers.csv:5: connection = \"Zzn0\": is not legal; allowed: Dyn1, Dyn5, Dyn7, Dyn11, Yyn0",
        "r1_ohm_per_km = \"0\": is a line without impedance\n  hint: use feeder_switches.csv",
        "the tariff has no price on mon",
        "zip_active = \"\": is not legal; allowed: three shares that add up to 1",
        "feeder_nodes.csv: node_id = \"lonely\": nothing feeds this node of feeder \"tba-tt\"",
        "node_id = \"thick\": nothing feeds this node",
        "closes a loop: switch.pub-fuse-w → ",
        "line.cap-hbt-leduan → line.ring → line.cap-hbt-lethanhtong",
        "load = \"odd\": line phase 2 does not exist at node \"thin\"",
    ] {
        assert!(said.contains(expected), "{expected}\nnot in\n{said}");
    }
    // What follows from a transformer that could not be read is not told.
    assert!(!said.contains("\"thd-"), "{said}");
}

#[test]
fn a_variant_that_is_not_there_names_those_that_are() {
    let mut loaded = read_shipped().expect("the shipped scenario");
    let error =
        what_if::apply(&mut loaded, Source::shipped().expect("the library"), "outage").expect_err("no such variant");
    let said = error.to_string();
    assert!(said.contains("there is no such variant; allowed: ") && said.contains("outage-at-dusk"), "{said}");
    assert!(!Path::new("what-if").exists());
}

/// The lamps of a few minutes around the outage, which begins when it is dark.
fn lamps_in_the_dark() -> Case {
    let mut case = case(true);
    let lighting = case.loaded.lighting.as_ref().expect("lighting").build();
    case.city = case.city.with_lighting(lighting);
    // Half an hour after sunset all lamps burn.
    let late_s = 1800.0;
    let run = &mut case.loaded.run;
    run.begin = SimTime::from_s(run.begin.s() + late_s);
    run.end = run.end.map(|end| SimTime::from_s(end.s() + late_s));
    let change = &mut run.changes[0];
    change.from_ms += (late_s * 1000.0) as i64;
    change.until_ms = change.until_ms.map(|until_ms| until_ms + (late_s * 1000.0) as i64);
    case.demand = scenarios::demand::build_loaded(&case.loaded, 1).expect("a demand").demand;
    case
}

#[test]
fn a_lost_station_darkens_its_lamps_at_the_next_step_and_they_come_back_in_order() {
    let case = lamps_in_the_dark();
    let (out_s, back_s) = (OUTAGE_S + 1800.0, BACK_S + 1800.0);
    let (mut world, mut recorder) = case.begin();
    let feeder = feeder(&case);
    let grid = &case.loaded.power.grid;
    let mut is_fed = vec![false; case.city.lighting.luminaires.len()];
    for role in &grid.feeders[feeder].roles {
        if let Role::Lamps(group) = role {
            grid.lamps[*group as usize].iter().for_each(|lamp| is_fed[lamp.index()] = true);
        }
    }
    assert_eq!(is_fed.iter().filter(|is_fed| **is_fed).count(), 328);
    let lit = |world: &World, fed: bool| {
        let outputs = world.lighting.output.iter().zip(&is_fed);
        outputs.filter(|(output, is_fed)| **output > 0.0 && **is_fed == fed).count()
    };
    let n_other = is_fed.len() - 328;
    case.run_to((&mut world, &mut recorder), out_s);
    assert_eq!((lit(&world, true), lit(&world, false)), (328, n_other));
    let asked_w: f64 = grid_power(&world, &is_fed);
    // The step that begins with the outage tells them; in the next they are dark.
    case.run_to((&mut world, &mut recorder), out_s + 1.0);
    assert_eq!((lit(&world, true), lit(&world, false)), (0, n_other));
    assert_eq!(grid_power(&world, &is_fed), 0.0);
    assert!(asked_w > 10_000.0, "{asked_w} W");
    case.run_to((&mut world, &mut recorder), back_s + 1.0);
    assert_eq!(lit(&world, true), 0, "drivers start for two seconds");
    case.run_to((&mut world, &mut recorder), back_s + 4.0);
    assert!(world.lighting.output.iter().zip(&is_fed).all(|(output, is_fed)| !is_fed || *output == 1.0));
    case.run_to((&mut world, &mut recorder), back_s + 60.0);
    let results = recorder.results(&case.city, &case.demand, &case.loaded.run, &world);
    // In the minute of the outage some sections fall short, and do not before.
    let short_s = |begin_s: f64| -> f64 {
        results.lighting.iter().filter(|row| row.begin_s == begin_s).map(|row| row.short_s).sum()
    };
    assert!(
        short_s(out_s) > short_s(out_s - 60.0) + 1000.0,
        "{} s, before {} s",
        short_s(out_s),
        short_s(out_s - 60.0)
    );
}

/// What the lamps of a feeder draw.
fn grid_power(world: &World, is_fed: &[bool]) -> f64 {
    let drawn = world.ports.lamp_power_w.iter().zip(is_fed);
    drawn.filter(|(_, is_fed)| **is_fed).map(|(power_w, _)| power_w).sum()
}

#[test]
fn what_lamps_draw_is_what_their_feeders_give() {
    let mut case = lamps_in_the_dark();
    case.loaded.run.changes.clear();
    let (world, recorder) = case.run();
    let results = recorder.results(&case.city, &case.demand, &case.loaded.run, &world);
    let grid = &case.loaded.power.grid;
    // All lamps hang on a feeder, once.
    let mut all: Vec<usize> = grid.lamps.iter().flatten().map(|lamp| lamp.index()).collect();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..case.city.lighting.luminaires.len()));
    // Without the lamps the feeders give less by just what the lamps take, and their losses.
    let mut without = lamps_in_the_dark();
    without.loaded.run.changes.clear();
    without.city.lighting = sim_core::lighting::Lighting::default();
    let dark = results_of(&without);
    let load_wh = |results: &Results| -> f64 { results.power.iter().flatten().map(|sum| sum.load_wh).sum() };
    let lamps_wh: f64 = results.lamp_energy_wh.iter().sum();
    let difference_wh = load_wh(&results) - load_wh(&dark);
    assert!((difference_wh / lamps_wh - 1.0).abs() < 1e-3, "{difference_wh} Wh, lamps {lamps_wh} Wh");
    assert!(world.ports.lamp_voltage_pu.iter().all(|pu| (0.9..1.06).contains(pu)));
}

#[test]
fn a_day_of_all_meters_without_traffic_holds_their_lamps() {
    let source = Source::shipped().expect("the library");
    let loaded = period::read_days(&source, "2026-02-10", 1).expect("the scenario");
    let volumes = period::volumes(&source, &loaded).expect("volumes");
    let day = period::run(&loaded, volumes.as_ref()).expect("a day");
    assert_eq!(day.hours, 24.0);
    assert!((10.0..13.0).contains(&day.night_h), "{} h", day.night_h);
    let all = || day.meters.iter().flatten();
    let (lamps_kwh, lamps_kw) = all().fold((0.0, 0.0), |sum, meter| (sum.0 + meter.lamps_kwh, sum.1 + meter.lamps_kw));
    let installed_w: f64 = loaded.lighting.as_ref().map_or(0.0, |plan| {
        let rated = |kind: u16| f64::from(plan.parts.types[usize::from(kind)].power.rated_w());
        plan.parts.luminaires.iter().map(|luminaire| rated(luminaire.kind)).sum()
    });
    assert!((lamps_kw * 1000.0 - installed_w).abs() < 1e-6 * installed_w, "{lamps_kw} kW of {installed_w} W");
    // Adaptive lamps take less than at full output all night, and more than half of it.
    let full_kwh = lamps_kw * day.night_h;
    assert!((0.5..1.0).contains(&(lamps_kwh / full_kwh)), "{lamps_kwh} kWh of {full_kwh} kWh");
    assert!(all().all(|meter| meter.energy_kwh >= meter.lamps_kwh));
}

#[test]
fn mistakes_of_bills_and_measures_are_told_with_file_and_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("city");
    scenarios::write::scaffold::copy_embedded(&target).expect("a copy");
    std::fs::create_dir(target.join("observed")).expect("a folder");
    let write = |file: &str, text: &str| std::fs::write(target.join(file), text).expect("a table");
    write("observed/meters.csv", "meter_id,month,energy_kwh\ncot-tt,2026-13,5\ncot-tx,2026-03,5\ncot-hl,2026-03,x\n");
    write(
        "investments.csv",
        "investment_id,cost,currency,lifetime_years,program,type_to\nled,5,VND,10,,\nled,5,USD,0,adaptiv,\n",
    );
    let source = Source::Disk(target.clone());
    let said = scenarios::power::bills::compare(&source).expect_err("mistakes").to_string();
    for expected in [
        "meters.csv:2: month = \"2026-13\": is no month; allowed: YYYY-MM",
        "meters.csv:3: meter_id = \"cot-tx\": there is no such meter in feeder_meters.csv\n  hint: did you mean \"cot-tt\"?",
        "meters.csv:4: energy_kwh = \"x\"",
    ] {
        assert!(said.contains(expected), "{expected}\nnot in\n{said}");
    }
    let said = scenarios::power::invest::evaluate(&source, 2026).expect_err("mistakes").to_string();
    for expected in [
        "investments.csv:2: program = \"\": changes nothing",
        "investments.csv:3: investment_id = \"led\": is there twice",
        "currency = \"USD\"",
        "lifetime_years = \"0\"",
        "program = \"adaptiv\": is not known to the scenario\n  hint: did you mean \"adaptive\"?",
    ] {
        assert!(said.contains(expected), "{expected}\nnot in\n{said}");
    }
}

#[test]
fn mistakes_of_lamps_on_feeders_are_told_with_file_and_line() {
    check("loads.csv", |text| text.replace(",Yết Kiêu 1", ",Yết Kieu 1"), "did you mean \"Yết Kiêu 1\"?");
    check(
        "loads.csv",
        |text| text.replace("cs-yetkieu1,123,wye,lamps", "cs-yetkieu1,12,wye,lamps"),
        "hangs on line phase c",
    );
    check(
        "loads.csv",
        |text| text.replace(",Yết Kiêu 1", ",Quang Trung 1"),
        "hangs on \"cs-quangtrung1\" already; allowed: one load for each luminaire",
    );
    check("loads.csv", |text| text.replace(",Yết Kiêu 1", ","), "is empty, and so is what else chooses lamps");
    check("loads.csv", |text| text.replace("signal,40,", "signal,,"), "power_w = \"\": is empty");
}

#[test]
fn feeders_and_lamps_stand_beside_a_sumo_configuration() {
    let Some(data) = std::env::var_os("CITYTWIN_DATA") else {
        eprintln!("skipped: CITYTWIN_DATA is not set");
        return;
    };
    let sumo = Path::new(&data).join("sumo/resco/cologne3/cologne3.sumocfg");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("a file");
    write(
        "scenario.toml",
        &format!(
            "schema = 1\nname = \"cologne\"\n[place]\nlatitude = 50.94\nlongitude = 6.96\ntime_zone = \"Europe/Berlin\"\n\
             [clock]\ndate = \"2026-11-20\"\nbegin = 25200\nend = 25800\n[traffic]\nsumo = {:?}\n[lighting]\n",
            sumo.display().to_string()
        ),
    );
    write("feeder_nodes.csv", "feeder_id,node_id,voltage_v\nf,grid,400\nf,box,400\n");
    write("feeder_sources.csv", "feeder_id,node_id,short_circuit_mva\nf,grid,8\n");
    write(
        "feeder_switches.csv",
        "feeder_id,switch_id,kind,from_node_id,to_node_id,rated_a\nf,main,switch,grid,box,100\n",
    );
    write("luminaires.csv", "luminaire_id,link_id,chainage_m\nl1,-130160207#0,5\nl2,-130160207#0,25\n");
    write(
        "loads.csv",
        "load_id,feeder_id,node_id,phases,kind,power_w,signal_id,link_id\n\
         sig,f,box,1,signal,40,360082,\nlamps,f,box,123,lamps,,,-130160207#0\nsun,f,box,123,pv,5000,,\n",
    );
    let loaded = read_source(Source::Disk(folder.path().to_owned())).expect("a scenario");
    assert_eq!(loaded.power.grid.lamps.iter().flatten().count(), 2);
    let roles = &loaded.power.grid.feeders[0].roles;
    assert!(matches!(roles[0], Role::Signal { .. }) && matches!(roles[1], Role::Lamps(_)), "{roles:?}");
    let day = period::run(&loaded, None).expect("ten minutes");
    assert!(day.hours > 0.16 && day.meters[0].is_empty());
}
