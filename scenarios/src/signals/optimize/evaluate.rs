//! Plans by simulation: every plan on the same seeds and demand, side by side on all cores, with the same numbers for any
//! number of them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sim_core::city::City;
use sim_core::engine::params::RunParams;
use sim_core::engine::{self, Recorder, Scratch, World};
use sim_core::ids::SignalId;
use sim_core::rows::Column;
use sim_core::signals::{SignalPlan, SignalPlans};
use sim_core::traffic::demand::Demand;

use crate::error::{Problem, Problems};
use crate::loaded::Loaded;

/// A run without an end of its own is broken off after this time.
const GIVE_UP_MS: i64 = 4 * 3_600_000;

/// What a run with some plans came to. All vehicles count that wanted to depart, those that did not arrive up to the end.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Totals {
    /// Vehicles.
    pub vehicles: f64,
    /// Time loss and depart delay.
    pub delay_s: f64,
    /// The same, times persons.
    pub person_delay_s: f64,
    /// Stops.
    pub stops: f64,
    /// Emissions of the exhaust, where they are asked for.
    pub co2_g: f64,
    /// Vehicles that arrived.
    pub arrived: f64,
}

/// What is to become less: a weighted sum.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Weights {
    /// Of a second of delay.
    pub delay: f64,
    /// Of a person's second of delay.
    pub person_delay: f64,
    /// Of a stop.
    pub stops: f64,
    /// Of a gram of carbon dioxide.
    pub co2: f64,
}

impl Weights {
    /// The weighted sum per vehicle.
    pub fn of(&self, totals: &Totals) -> f64 {
        let sum = self.delay * totals.delay_s
            + self.person_delay * totals.person_delay_s
            + self.stops * totals.stops
            + self.co2 * totals.co2_g;
        sum / totals.vehicles.max(1.0)
    }
}

/// A seed and a demand on which plans are tried.
pub struct Case {
    /// The seed.
    pub seed: u64,
    /// Factor on the scenario's demand.
    pub scale: f64,
    demand: Demand,
    params: RunParams,
}

/// Draws the demand of a seed.
///
/// # Errors
/// Mistakes of the demand.
pub fn case(loaded: &Loaded, seed: u64, scale: f64) -> Result<Case, Problems> {
    let mut source = loaded.clone();
    source.run.seed = seed;
    source.demand.scale *= scale;
    let built = crate::demand::build_loaded(&source, seed)?;
    Ok(Case { seed, scale, demand: built.demand, params: source.run })
}

/// Runs many plans on many cases.
pub struct Evaluator {
    city: City,
    threads: usize,
}

impl Evaluator {
    /// For a scenario with its feeders, so that a signal without supply is dark here, too; emissions are worked out only if
    /// asked for.
    ///
    /// # Errors
    /// Mistakes of the network.
    pub fn new(loaded: &Loaded, threads: usize, with_emissions: bool) -> Result<Self, Problems> {
        let city =
            City::build(&loaded.parts, loaded.signals.clone(), loaded.stop_places.clone()).map_err(|errors| {
                Problems { list: errors.iter().map(|error| Problem::new(&loaded.path, error.to_string())).collect() }
            })?;
        let mut environment = loaded.environment;
        environment.is_on &= with_emissions;
        let city = city.with_power(loaded.power.grid.clone()).with_environment(environment);
        Ok(Self { city, threads: threads.max(1) })
    }

    /// Totals by plan and case; `None` where `stop` came first. `done` is called after every run.
    pub fn run(
        &self,
        plans: &[Vec<(SignalId, SignalPlan)>],
        cases: &[Case],
        stop: &AtomicBool,
        done: &(dyn Fn() + Sync),
    ) -> Vec<Vec<Option<Totals>>> {
        let n = plans.len() * cases.len();
        let next = AtomicUsize::new(0);
        let work = || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
            let mut own: Vec<(usize, Option<Totals>)> = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= n {
                    return own;
                }
                let (plan, case) = (&plans[at / cases.len()], &cases[at % cases.len()]);
                let totals = pool.install(|| simulate(&self.with(plan), case, stop));
                own.push((at, totals));
                done();
            }
        };
        let mut all = vec![None; n];
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.threads.min(n)).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                for (at, totals) in worker.join().expect("a worker does not panic") {
                    all[at] = totals;
                }
            }
        });
        all.chunks(cases.len().max(1)).map(<[_]>::to_vec).collect()
    }

    /// The city with other plans.
    fn with(&self, plans: &[(SignalId, SignalPlan)]) -> City {
        let mut city = self.city.clone();
        let mut all: Vec<SignalPlan> = city.signals.plans.as_slice().to_vec();
        for (signal, plan) in plans {
            all[signal.0 as usize] = plan.clone();
        }
        city.signals = SignalPlans { plans: Column::new(all), ..city.signals };
        city
    }
}

fn simulate(city: &City, case: &Case, stop: &AtomicBool) -> Option<Totals> {
    let (demand, params) = (&case.demand, &case.params);
    let mut world = World::new(city, demand, params);
    let mut recorder = Recorder::new(city, demand, params);
    let mut scratch = Scratch::default();
    loop {
        let report = engine::step(city, demand, params, &mut world, &mut recorder, &mut scratch);
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        if report.is_done || report.now.0 >= params.begin.0 + GIVE_UP_MS {
            break;
        }
    }
    let results = recorder.results(city, demand, params, &world);
    let last_s = results.last_step.s();
    let mut totals = Totals { arrived: results.counts.arrived as f64, ..Totals::default() };
    for row in &results.trips {
        let trip = &demand.trips[row.trip.0 as usize];
        let depart_delay_s = row.depart_s.or(row.arrival_s).unwrap_or(last_s) - trip.depart.s();
        let delay_s = depart_delay_s.max(0.0) + row.time_loss_s;
        totals.vehicles += 1.0;
        totals.delay_s += delay_s;
        totals.person_delay_s += delay_s * trip.persons;
        totals.stops += f64::from(row.stops);
        totals.co2_g += row.emitted.map_or(0.0, |emitted| emitted.co2_g);
    }
    Some(totals)
}
