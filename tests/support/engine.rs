//! The one place where the ladder calls the engine; takes the place of `engine.rs` once the engine is there.

use std::path::Path;

use scenarios::loaded::Names;
use sim_core::city::City;
use sim_core::engine::{self, Recorder, Scratch, World};
use sim_core::kpi::rows::TripStatus;

use crate::ladder_case::{Record, State, Trip};

/// Runs a scenario to its end and records every vehicle after every step.
pub(crate) fn run(config: &Path, seed: u64) -> Option<Result<Record, String>> {
    Some(record(config, seed))
}

fn record(config: &Path, seed: u64) -> Result<Record, String> {
    let loaded = scenarios::read::read(config).map_err(|problems| problems.to_string())?;
    let built = scenarios::demand::build_loaded(&loaded, seed).map_err(|problems| problems.to_string())?;
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let mut params = loaded.run.clone();
    params.seed = seed;

    let mut world = World::new(&city, &built.demand, &params);
    let mut recorder = Recorder::new(&city, &built.demand, &params);
    let mut scratch = Scratch::default();
    let mut record = Record::default();
    let mut time_ms = params.begin.0;
    loop {
        let report = engine::step(&city, &built.demand, &params, &mut world, &mut recorder, &mut scratch);
        for view in engine::observe(&city, &world) {
            record.states.push(State {
                time_ms,
                vehicle: built.trip_names[view.trip.index()].clone(),
                lane: lane_name(&city, &loaded.names, view.lane),
                position_m: view.front_m,
                speed_mps: view.speed_mps,
            });
        }
        time_ms += params.step_ms;
        if report.is_done {
            break;
        }
    }
    let results = recorder.results(&city, &built.demand, &params, &world);
    record.trips = results
        .trips
        .iter()
        .filter(|row| row.status == TripStatus::Arrived)
        .map(|row| {
            let depart_s = row.depart_s.unwrap_or(f64::NAN);
            let arrival_s = row.arrival_s.unwrap_or(f64::NAN);
            let scheduled_s = built.demand.trips[row.trip.index()].depart.s();
            Trip {
                vehicle: built.trip_names[row.trip.index()].clone(),
                values: [
                    depart_s,
                    arrival_s,
                    arrival_s - depart_s,
                    row.time_loss_s,
                    row.waiting_s,
                    f64::from(row.stops),
                    depart_s - scheduled_s,
                    row.length_m,
                ],
            }
        })
        .collect();
    Ok(record)
}

/// SUMO's name of a lane: that of its link and its index.
fn lane_name(city: &City, names: &Names, lane: sim_core::ids::LaneId) -> String {
    let lane = &city.network.lanes[lane];
    format!("{}_{}", names.links[lane.link.index()], lane.index)
}
