//! `citytwin signals diagram`: plans as pictures and data.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;

use scenarios::error::{Problem, Problems};
use scenarios::loaded::Loaded;
use scenarios::signals::diagram::arrivals::arrivals;
use scenarios::signals::diagram::corridor::{Corridor, Trajectory, corridor};
use scenarios::signals::diagram::split::split;
use scenarios::signals::export::chosen;
use scenarios::signals::sites::sites;
use scenarios::write::folder::{self, Overwrite};
use scenarios::write::run::calibration;
use sim_core::ids::{LinkId, TripId};

use crate::args::DiagramArgs;
use crate::console::{Failure, say};
use crate::engine_api::{self, Recorder, Scratch, World};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &DiagramArgs) -> Result<ExitCode, Failure> {
    folder::check(&args.files.output, if args.files.force { Overwrite::Force } else { Overwrite::Never })?;
    let speed_mps = args.speed_kmh.map(|speed_kmh| speed_kmh / 3.6);
    if speed_mps.is_some_and(|speed_mps| !(1.0..=60.0).contains(&speed_mps)) {
        return Err(Failure::Usage("--speed-kmh must lie between 3.6 and 216".to_owned()));
    }
    let loaded = simulate::load(&args.scenario)?;
    let mut files: Vec<(String, String)> = Vec::new();
    let mut told = String::new();
    let mark = calibration(loaded.is_calibrated);
    if args.corridor.is_empty() {
        let signals = chosen(&loaded, &args.signal)?;
        for &signal in &signals {
            let split = split(&loaded, signal);
            let name = file_name(&split.signal);
            files.push((format!("splits-{name}.svg"), split.svg(mark)));
            files.push((format!("splits-{name}.csv"), split.csv()));
        }
        if let Some(run) = &args.run {
            for diagram in arrivals(&loaded, &signals, run)? {
                let name = file_name(&diagram.signal);
                files.push((format!("arrivals-{name}.svg"), diagram.svg(mark)));
                files.push((format!("arrivals-{name}.csv"), diagram.csv()));
            }
        }
    } else {
        let sites = sites(&loaded.parts, &loaded.names);
        let mut corridor = corridor(&loaded, &sites, &args.corridor, speed_mps)?;
        let title = format!("{}: {}", loaded.name, args.corridor.join(", "));
        let begin_s = loaded.run.begin.s() + loaded.run.warm_up_ms as f64 / 1000.0;
        if args.trajectories {
            let threads = args.scenario.threads;
            corridor.trajectories = simulate::in_pool(threads, || drive(loaded, &corridor, begin_s))??;
            files.push(("trajectories.csv".to_owned(), corridor.trajectories_csv()));
        }
        files.push(("corridor.svg".to_owned(), corridor.svg(&title, mark, begin_s)));
        files.push(("corridor.csv".to_owned(), corridor.csv()));
        told = format!("{}; ", corridor.words());
    }
    let cannot =
        |error: std::io::Error| Problems::from(Problem::new(&args.files.output, format!("cannot be written: {error}")));
    fs::create_dir_all(&args.files.output).map_err(cannot)?;
    for (name, text) in &files {
        let temporary = args.files.output.join(format!(".{name}.tmp"));
        fs::write(&temporary, text)
            .and_then(|()| fs::rename(&temporary, args.files.output.join(name)))
            .map_err(cannot)?;
    }
    if !args.files.quiet {
        say(&format!("{told}{} files in {}", files.len(), args.files.output.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Vehicles on a corridor, second by second from an instant on, as long as a picture shows.
fn drive(loaded: Loaded, corridor: &Corridor, begin_s: f64) -> Result<Vec<Trajectory>, Failure> {
    let prepared = simulate::build(loaded)?;
    let (city, demand, params) = (&prepared.city, &prepared.demand, &prepared.loaded.run);
    let mut places: BTreeMap<LinkId, (usize, f64)> = BTreeMap::new();
    for (position, direction) in corridor.directions.iter().enumerate() {
        places.extend(direction.links.iter().map(|&(link, at_m)| (link, (position, at_m))));
    }
    let mut world = World::new(city, demand, params);
    let mut recorder = Recorder::new(city, demand, params);
    let mut scratch = Scratch::default();
    let end_s = begin_s + corridor.shown_s();
    // One line for every stay on the corridor: who leaves it and comes back is drawn anew.
    let mut open: BTreeMap<(TripId, usize), Trajectory> = BTreeMap::new();
    let mut closed: Vec<Trajectory> = Vec::new();
    let mut next_s = begin_s;
    loop {
        let report = engine_api::step(city, demand, params, &mut world, &mut recorder, &mut scratch);
        let now_s = report.now.s();
        if now_s >= next_s {
            next_s += 1.0;
            for vehicle in sim_core::engine::observe(city, &world) {
                let Some(&(direction, at_m)) = places.get(&city.network.link_of(vehicle.lane)) else { continue };
                let point = (now_s, at_m + vehicle.front_m);
                let new = || Trajectory {
                    direction,
                    trip: prepared.trip_names[vehicle.trip.index()].clone(),
                    points: Vec::new(),
                };
                let line = open.entry((vehicle.trip, direction)).or_insert_with(new);
                if line.points.last().is_some_and(|(s, m)| now_s - s > 2.5 || point.1 < m - 1.0) {
                    closed.push(std::mem::replace(line, new()));
                }
                line.points.push(point);
            }
        }
        if report.is_done || now_s >= end_s || params.end.is_some_and(|end| report.now >= end) {
            break;
        }
    }
    closed.extend(open.into_values());
    closed.retain(|line| line.points.len() > 1);
    closed.sort_by(|a, b| a.points[0].0.total_cmp(&b.points[0].0).then_with(|| a.trip.cmp(&b.trip)));
    Ok(closed)
}

/// An id as part of a file's name.
fn file_name(id: &str) -> String {
    id.chars().map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '_' }).collect()
}
