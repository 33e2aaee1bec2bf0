//! Lighting in the run and over nights of the shipped scenario.

#[path = "support/folder.rs"]
mod folder;

use std::path::Path;

use scenarios::lighting::night::{self, Span};
use scenarios::lighting::volumes::Volumes;
use scenarios::loaded::Loaded;
use scenarios::read::source::{Files, Source};
use sim_core::city::City;
use sim_core::engine::{Recorder, Scratch, World, digest, load, save, step};

use folder::copy;

fn shipped() -> Loaded {
    scenarios::read::folder::read_shipped().expect("the shipped scenario")
}

fn city(loaded: &Loaded) -> City {
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).expect("a city");
    city.with_lighting(loaded.lighting.as_ref().expect("lighting").build())
}

#[test]
fn lamps_have_the_same_bits_for_any_number_of_threads_and_after_a_reload() {
    let mut loaded = shipped();
    // Over sunset, so that lamps go on within the run.
    loaded.run.begin.0 = (17 * 60 + 44) * 60_000;
    let built = scenarios::demand::build_loaded(&loaded, 1).expect("demand");
    let demand = built.demand;
    let run = |threads: usize, reload: bool| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let city = city(&loaded);
            let mut world = World::new(&city, &demand, &loaded.run);
            let mut recorder = Recorder::new(&city, &demand, &loaded.run);
            let mut scratch = Scratch::default();
            for i in 0..500 {
                step(&city, &demand, &loaded.run, &mut world, &mut recorder, &mut scratch);
                if reload && i == 250 {
                    (world, recorder) = load(&save(&world, &recorder)).expect("a saved state");
                    scratch = Scratch::default();
                }
            }
            let lit = world.lighting.output.iter().filter(|output| **output > 0.0).count();
            let power_w: f64 = world.ports.lamp_power_w.iter().sum();
            assert!(lit > 1000 && power_w > 10_000.0, "{lit} lamps, {power_w} W");
            digest(&world, &recorder)
        })
    };
    let one = run(1, false);
    assert_eq!(run(2, false), one);
    assert_eq!(run(3, true), one);
}

#[test]
fn a_night_of_the_shipped_scenario_compares_as_it_should() {
    let loaded = shipped();
    let plan = loaded.lighting.as_ref().expect("lighting");
    let mut files = Files::new(Source::shipped().expect("a source"));
    let volumes = Volumes::of_scenario(&mut files, &loaded.parts, &loaded.names).expect("volumes").expect("a table");
    let span = Span { begin_ms: 43_200_000, end_ms: 129_600_000, interval_ms: 900_000 };
    let mut city = city(&loaded);
    let mut kwh = Vec::new();
    let mut short = Vec::new();
    for name in ["full", "adaptive", "part_night", "third_off"] {
        let variant = plan.with_program(name).expect("a programme");
        city = city.with_lighting(variant.build());
        let night = night::run(&city, &volumes, 0, span);
        kwh.push(night.energy_wh.iter().sum::<f64>() / 1000.0);
        let (hours, hours_short) = night::section_hours(&night.rows);
        assert!(hours > 1000.0);
        short.push(hours_short);
        // The distinct states of every section hold all of the night, and all that was short of the class.
        let of_states = |only_short: bool| {
            let states = night.states.iter().flatten().filter(|state| !only_short || !state.is_compliant);
            states.map(|state| state.night_s).sum::<f64>() / 3600.0
        };
        assert!((of_states(false) - hours).abs() < 1e-6 && (of_states(true) - hours_short).abs() < 1e-6);
        let most = night.states.iter().map(Vec::len).max().unwrap_or(0);
        assert!(if name == "adaptive" { most >= 2 } else { (1..=3).contains(&most) }, "{name}: {most} states");
        // Energy by lamp and energy by section are the same joules.
        let by_section: f64 = night.rows.iter().map(|row| row.energy_wh).sum();
        assert!((by_section / 1000.0 / kwh[kwh.len() - 1] - 1.0).abs() < 1e-9);
    }
    eprintln!("kWh {kwh:?}, section-hours short {short:?}");
    assert_eq!((short[0], short[1]), (0.0, 0.0));
    assert!(kwh[1] < 0.8 * kwh[0], "{kwh:?}");
    assert!(short[2] > 100.0 && short[3] > 100.0, "{short:?}");
    assert!(kwh[2] < kwh[0] && kwh[3] < kwh[0]);
}

#[test]
fn mistakes_in_lighting_are_told_all_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/hanoi-french-quarter");
    copy(&library, folder.path());
    let inventory = "luminaire_id,type_id,x_coord,y_coord,link_id,chainage_m,tilt_deg,program\n\
        a,LED-40,,,hbt:hangbai-batrieu,50,5,\n\
        b,LED-41,,,hbt:hangbai-batrieu,90,5,\n\
        c,LED-40,,,hbt:hangbai-batrieux,50,5,\n\
        d,LED-40,105.9,21.1,,,5,\n\
        e,LED-40,,,hbt:hangbai-batrieu,50000,5,\n\
        f,LED-40,,,hbt:hangbai-batrieu,50,200,\n\
        a,LED-40,,,,,5,\n";
    std::fs::write(folder.path().join("luminaires.csv"), inventory).expect("written");
    let said = scenarios::read::read(folder.path()).expect_err("mistakes").to_string();
    for part in [
        "luminaires.csv:3: type_id = \"LED-41\": there is no such luminaire type",
        "luminaires.csv:4: link_id = \"hbt:hangbai-batrieux\": there is no such link",
        "m from the nearest road; allowed: at most 25 m",
        "luminaires.csv:6: chainage_m = \"50000\": lies beyond the end of the link",
        "luminaires.csv:7: tilt_deg = \"200\": is not legal; allowed: a number from -45 to 90",
        "luminaires.csv:8: luminaire_id = \"a\": is there twice",
        "luminaires.csv:8: x_coord = \"\": the luminaire has no place",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    let toml = folder.path().join("scenario.toml");
    let text =
        std::fs::read_to_string(&toml).expect("read").replace("surface = \"R3\"", "surface = \"R9\"\ncrs = \"31467\"");
    std::fs::write(&toml, text).expect("written");
    let said = scenarios::read::read(folder.path()).expect_err("mistakes").to_string();
    assert!(said.contains("lighting.surface = \"R9\": there is no such road surface"), "{said}");
}

#[test]
fn one_report_has_the_mistakes_of_all_lighting_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/hanoi-french-quarter");
    copy(&library, folder.path());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let head = "IESNA:LM-63-2002\nTILT=NONE\n1 -1 1 3 1 1 2 0 0 0\n1 1 50\n";
    write("cut.ies", &format!("{head}0 45 90\n0\n10 20\n"));
    write("negative.ies", &format!("{head}0 45 90\n0\n10 -20 5\n"));
    write("order.ies", &format!("{head}0 90 45\n0\n10 20 5\n"));
    write("luminaire_types.csv", "type_id,photometry\na,cut.ies\nb,negative.ies\nc,order.ies\n");
    write(
        "control_programs.csv",
        "program_id,on,off\nnight,18:00,6:00\nnight,20:00,23:00\nnever,7:00,7:00\nodd,dusk,6:00\n",
    );
    write(
        "luminaires.csv",
        "luminaire_id,type_id,x_coord,y_coord,link_id,chainage_m,tilt_deg\n\
        x,a,105.85,21.02,,,5\n\
        y,d,,,hbt:hangbai-batrieu,50,200\n",
    );
    let toml = folder.path().join("scenario.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    std::fs::write(&toml, text.replace("surface = \"R3\"", "surface = \"R9\"\ncrs = \"12345\"")).expect("written");
    let said = scenarios::read::read(folder.path()).expect_err("mistakes").to_string();
    for part in [
        "cut.ies:7: the file ends where the candela should stand",
        "negative.ies:7: candela = \"-20\": is negative",
        "order.ies:5: vertical angles = \"45 after 90\": angles do not ascend",
        "control_programs.csv:3: on = \"20:00\": the period overlaps another of the same programme",
        "control_programs.csv:4: off = \"7:00\": the period is empty",
        "control_programs.csv:5: on = \"dusk\": is no time of a day",
        "lighting.crs = \"12345\": is no coordinate system that is known",
        "luminaires.csv:3: type_id = \"d\": there is no such luminaire type",
        "luminaires.csv:3: tilt_deg = \"200\"",
        "lighting.surface = \"R9\": there is no such road surface",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn positions_in_vn_2000_are_snapped_with_the_distance_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/hanoi-french-quarter");
    copy(&library, folder.path());
    std::fs::remove_file(folder.path().join("luminaires.csv")).ok();
    // The circuits that hang on the feeders are gone with their lamps.
    let loads = folder.path().join("loads.csv");
    let text = std::fs::read_to_string(&loads).expect("read");
    let rest: Vec<&str> = text.lines().filter(|line| !line.contains(",lamps,")).collect();
    std::fs::write(&loads, rest.join("\n")).expect("written");
    // On Hai Bà Trưng between Hàng Bài and Bà Triệu, in UTM zone 48 of VN-2000.
    let points: Vec<String> = [[588_570.0, 2_325_300.0], [588_530.0, 2_325_312.0]]
        .iter()
        .map(|[x, y]| format!("{{\"type\":\"Feature\",\"id\":\"p{x}\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{x},{y}]}},\"properties\":{{\"external_id\":\"e\",\"height_m\":9}}}}"))
        .collect();
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", points.join(","));
    std::fs::write(folder.path().join("poles.geojson"), text).expect("written");
    let toml = folder.path().join("scenario.toml");
    let extra = "surface = \"R3\"\nluminaires = \"poles.geojson\"\ncrs = \"EPSG:3405\"\nsnap_m = 200";
    let text = std::fs::read_to_string(&toml).expect("read").replace("surface = \"R3\"", extra);
    std::fs::write(&toml, text).expect("written");
    let loaded = scenarios::read::read(folder.path()).expect("a scenario");
    let plan = loaded.lighting.expect("lighting");
    assert_eq!(plan.poles.len(), 2);
    assert!(plan.poles.iter().all(|pole| pole.snap_m.is_some() && pole.external_id == "e" && pole.height_m == 9.0));
    assert!(plan.filled.iter().any(|(field, count)| field == "type_id" && *count == 2), "{:?}", plan.filled);
    assert!(loaded.notices.iter().any(|notice| notice.message.contains("from the carriageway on average")));
}

#[test]
fn programmes_in_talq_and_as_levels_reach_their_lamps_and_tilt_takes_its_light() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/hanoi-french-quarter");
    copy(&library, folder.path());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write(
        "talq.json",
        r#"{"controlPrograms": [{"type": "ControlProgramOne", "id": "evening", "ownerCMS": "cms",
            "activePeriods": [{"name": "AbsoluteActivePeriod", "startTime": "18:00:00", "endTime": "23:00:00"}],
            "fixedTimeControls": [{"startTime": "12:00:00", "command": {"state": {"name": "LevelState", "value": 70}}}]}]}"#,
    );
    write("control_levels.csv", "group,time,level\nold town,sunset+15,100\nold town,22:00,40\nold town,sunrise-15,0\n");
    let head = "IESNA:LM-63-2002\nTILT=INCLUDE\n1\n2\n0 60\n1 0.8\n1 -1 1 3 1 1 2 0 0 0\n1 1 50\n";
    write("lamp.ies", &format!("{head}0 45 90\n0\n3000 2000 0\n"));
    write("luminaire_types.csv", "type_id,photometry\nold,lamp.ies\n");
    write(
        "luminaires.csv",
        "luminaire_id,type_id,link_id,chainage_m,tilt_deg,program,cabinet_id\n\
        a,old,hbt:hangbai-batrieu,50,0,evening,\n\
        b,old,hbt:hangbai-batrieu,80,30,,old town\n",
    );
    // The circuits of the shipped lamps are gone, and with them their loads.
    let loads = std::fs::read_to_string(folder.path().join("loads.csv")).expect("read");
    let others: Vec<&str> = loads.lines().filter(|line| !line.contains(",lamps,")).collect();
    write("loads.csv", &(others.join("\n") + "\n"));
    let toml = folder.path().join("scenario.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    std::fs::write(&toml, text.replace("surface = \"R3\"", "surface = \"R3\"\ntalq = \"talq.json\"")).expect("written");
    let plan = scenarios::read::read(folder.path()).expect("a scenario").lighting.expect("lighting");
    assert_eq!([&plan.poles[0].program, &plan.poles[1].program], ["evening", "old town"]);
    let output = |lamp: usize, hour: i64| {
        let luminaire = &plan.parts.luminaires[lamp];
        plan.parts.programs[usize::from(luminaire.program)].output(hour * 3_600_000, luminaire.ordinal)
    };
    assert_eq!([17, 20, 23].map(|hour| output(0, hour)), [0.0, 0.7, 0.0]);
    assert_eq!([17, 20, 23, 30].map(|hour| output(1, hour)), [0.0, 1.0, 0.4, 0.0]);
    let flux_lm = |lamp: usize| plan.parts.types[usize::from(plan.parts.luminaires[lamp].kind)].flux_lm;
    assert!((flux_lm(1) / flux_lm(0) - 0.9).abs() < 1e-9, "half way to 60° is half way to 0.8");
}
