//! Some minutes of the shipped scenario, as it is or changed.

use scenarios::loaded::Loaded;
use scenarios::read::folder::read_shipped;
use scenarios::read::source::Source;
use scenarios::read::what_if;
use sim_core::city::City;
use sim_core::engine::{Recorder, Scratch, World, step};
use sim_core::traffic::demand::Demand;
use sim_core::units::SimTime;

/// What is simulated: traffic and feeders, without lamps.
pub(crate) struct Case {
    /// What was read.
    pub loaded: Loaded,
    /// The city.
    pub city: City,
    /// Its demand with seed 1.
    pub demand: Demand,
}

impl Case {
    /// From one instant to another, with a variant and whatever else is changed.
    pub(crate) fn new((begin_s, end_s): (f64, f64), variant: Option<&str>, change: impl FnOnce(&mut Loaded)) -> Self {
        let mut loaded = read_shipped().expect("the shipped scenario");
        loaded.run.begin = SimTime::from_s(begin_s);
        loaded.run.end = Some(SimTime::from_s(end_s));
        loaded.run.warm_up_ms = 0;
        loaded.run.interval_ms = 60_000;
        if let Some(name) = variant {
            what_if::apply(&mut loaded, Source::shipped().expect("the library"), name).expect("the variant");
        }
        change(&mut loaded);
        let city = City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).expect("a city");
        let city = city.with_power(loaded.power.grid.clone());
        let demand = scenarios::demand::build_loaded(&loaded, 1).expect("a demand").demand;
        Self { loaded, city, demand }
    }

    /// The state to begin with.
    pub(crate) fn begin(&self) -> (World, Recorder) {
        let params = &self.loaded.run;
        (World::new(&self.city, &self.demand, params), Recorder::new(&self.city, &self.demand, params))
    }

    /// Steps until an instant.
    pub(crate) fn run_to(&self, (world, recorder): (&mut World, &mut Recorder), until_s: f64) {
        let mut scratch = Scratch::default();
        while (world.now_ms as f64) < until_s * 1000.0 {
            step(&self.city, &self.demand, &self.loaded.run, world, recorder, &mut scratch);
        }
    }

    /// The last instant.
    pub(crate) fn end_s(&self) -> f64 {
        self.loaded.run.end.expect("an end").s()
    }

    /// The whole run.
    pub(crate) fn run(&self) -> (World, Recorder) {
        let (mut world, mut recorder) = self.begin();
        self.run_to((&mut world, &mut recorder), self.end_s());
        (world, recorder)
    }
}
