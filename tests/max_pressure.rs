//! Signals under max pressure: no crossing greens, no broken minimum, the same bits whatever the threads and from a saved
//! state, less delay than plans that were made for other traffic.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use scenarios::demand::build_loaded;
use scenarios::loaded::Loaded;
use scenarios::read::folder::read_shipped;
use scenarios::signals::max_pressure::put_in_force;
use scenarios::signals::optimize::stages::Frame;
use scenarios::signals::timing::{Meetings, heads};
use sim_core::city::City;
use sim_core::engine::{self, Recorder, Scratch, World, digest, snapshot};
use sim_core::ids::SignalId;
use sim_core::traffic::demand::Demand;

const UNTIL_STEP: u64 = 1200;

fn shipped() -> Loaded {
    read_shipped().unwrap_or_else(|problems| panic!("{problems}"))
}

fn built(loaded: &Loaded) -> (City, Demand) {
    let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).unwrap();
    (city, build_loaded(loaded, 1).unwrap_or_else(|problems| panic!("{problems}")).demand)
}

#[test]
fn no_minimum_is_broken_and_no_crossing_ways_are_green() {
    let own = shipped();
    let mut loaded = own.clone();
    put_in_force(&mut loaded);
    let n = loaded.signals.actuated.len();
    assert!(n > own.signals.plans.len() / 2, "{n}: most plans of the scenario have stages to choose from");
    let meetings = Meetings::new(&loaded.parts);
    for actuated in &loaded.signals.actuated {
        let (signal, plan) = (actuated.signal, &loaded.signals.plans[actuated.signal]);
        let by_head = heads(&loaded.parts, signal);
        for phase in &plan.phases {
            for (&head, entries) in &by_head {
                let green = |head: usize| phase.aspects[head] == sim_core::signals::Aspect::Green;
                for foe in entries.iter().flat_map(|&of| meetings.foes[of as usize].iter().map(move |&foe| (of, foe))) {
                    let other = loaded.parts.connectors[foe.1 as usize].signal.filter(|(of, _)| *of == signal);
                    let both = green(head) && other.is_some_and(|(_, other)| green(usize::from(other)));
                    assert!(!both || !meetings.is_forbidden(&loaded.parts, foe.0, foe.1), "{signal} {head}");
                }
            }
        }
    }
    // A green lasts its least, a change as long as it is.
    let (city, demand) = built(&loaded);
    let params = &loaded.run;
    let (mut world, mut recorder) = (World::new(&city, &demand, params), Recorder::new(&city, &demand, params));
    let mut scratch = Scratch::default();
    let mut since: Vec<(u16, i64)> =
        world.signals.controllers.iter().map(|controller| (controller.phase, controller.since_ms)).collect();
    let mut n_changes = 0;
    for _ in 0..UNTIL_STEP {
        engine::step(&city, &demand, params, &mut world, &mut recorder, &mut scratch);
        for ((before, now), actuated) in since.iter_mut().zip(&world.signals.controllers).zip(&city.signals.actuated) {
            if before.0 == now.phase {
                continue;
            }
            let lasted_ms = now.since_ms - before.1;
            assert!(lasted_ms >= actuated.phases[usize::from(before.0)].min_ms, "{} {before:?}", actuated.signal);
            n_changes += 1;
            *before = (now.phase, now.since_ms);
        }
    }
    assert!(n_changes > 100, "{n_changes}");
}

#[test]
fn pedestrian_times_are_least_greens() {
    let loaded = shipped();
    for signal in 0..loaded.signals.plans.len() as u32 {
        let Ok(frame) = Frame::new(&loaded, SignalId(signal), 5000) else { continue };
        let sheet = &loaded.sheets[signal as usize];
        for (stage, note) in sheet.stages.iter().enumerate() {
            let walk_s = note.walk_s.unwrap_or(0.0) + note.ped_clear_s.unwrap_or(0.0);
            assert!(frame.least_ms[stage] as f64 >= 1000.0 * walk_s);
        }
    }
}

#[test]
fn it_has_the_same_bits_for_any_number_of_threads_and_from_a_saved_state() {
    let mut loaded = shipped();
    put_in_force(&mut loaded);
    let (city, demand) = built(&loaded);
    let params = &loaded.run;
    let run = |threads: usize, saves: bool| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (mut world, mut recorder) = (World::new(&city, &demand, params), Recorder::new(&city, &demand, params));
            let mut scratch = Scratch::default();
            for step in 0..UNTIL_STEP {
                if saves && step == UNTIL_STEP / 2 {
                    let bytes = snapshot::save(&world, &recorder);
                    (world, recorder) = snapshot::load(&bytes).unwrap();
                    scratch = Scratch::default();
                }
                engine::step(&city, &demand, params, &mut world, &mut recorder, &mut scratch);
            }
            digest(&world, &recorder)
        })
    };
    let one = run(1, false);
    assert_eq!(one, run(3, false));
    assert_eq!(one, run(2, true));
}
