//! What the meters of a scenario would show over some days without simulated traffic: lamps by their programmes and by
//! hourly volumes, signals by their plans, buildings by profile, photovoltaics by the sun. Chargers draw nothing: who
//! comes to them is known only from a run.

use jiff::civil::{Date, Weekday};
use sim_core::city::City;
use sim_core::lighting::control::{self, LightingState};
use sim_core::lighting::record::LightingRecord;
use sim_core::ports::Ports;
use sim_core::power::pass::{self, Buffers};
use sim_core::power::record::PowerRecord;
use sim_core::power::system::{PowerState, Role};
use sim_core::signals::actuated::SignalState;
use sim_core::signals::advance::{self, WhenDark};

use crate::error::{Problem, Problems};
use crate::lighting::night;
use crate::lighting::volumes::Volumes;
use crate::loaded::Loaded;
use crate::read::folder::read_source_as;
use crate::read::source::{Files, Source};
use crate::scenario_file::Instant;

/// Ten minutes: a power flow stands for so long.
const EVERY_MS: i64 = 600_000;
const DAY_MS: i64 = 86_400_000;

/// What a meter would show.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct MeterEnergy {
    /// Active energy.
    pub energy_kwh: f64,
    /// Its price, taxes included, without the charge for the largest power.
    pub cost: f64,
    /// Carbon dioxide.
    pub co2_kg: f64,
    /// Largest power.
    pub peak_kw: f64,
    /// Energy of the street lamps behind it.
    pub lamps_kwh: f64,
    /// Power of those lamps at full output.
    pub lamps_kw: f64,
    /// Whether somebody could charge behind it.
    pub has_chargers: bool,
}

/// What all meters would show.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Period {
    /// By feeder and meter.
    pub meters: Vec<Vec<MeterEnergy>>,
    /// Hours.
    pub hours: f64,
    /// Hours of them in which streets have to be lit.
    pub night_h: f64,
    /// Hours in which lighting sections fell short of their class at night, summed over sections.
    pub short_section_h: f64,
}

/// A scenario, as it would be read for some days from a date (YYYY-MM-DD) on.
///
/// # Errors
/// All mistakes of its files.
pub fn read_days(source: &Source, first: &str, days: i64) -> Result<Loaded, Problems> {
    let loaded = read_source_as(source.clone(), &|scenario| {
        scenario.clock.date = Some(first.to_owned());
        scenario.clock.begin = Some(Instant::Seconds(0.0));
        scenario.clock.end = Some(Instant::Seconds(days as f64 * 86_400.0));
    })?;
    if loaded.power.is_empty() {
        return Err(Problem::new(&loaded.path, "the scenario has no feeders")
            .hint("add feeder_nodes.csv and the other feeder tables")
            .into());
    }
    Ok(loaded)
}

/// Hourly volumes of a scenario, if it has any.
///
/// # Errors
/// All mistakes of `volumes.csv`.
pub fn volumes(source: &Source, loaded: &Loaded) -> Result<Option<Volumes>, Problems> {
    Volumes::of_scenario(&mut Files::new(source.clone()), &loaded.parts, &loaded.names)
}

/// Runs the feeders over the time of a scenario.
///
/// # Errors
/// When its network cannot be built.
pub fn run(loaded: &Loaded, volumes: Option<&Volumes>) -> Result<Period, Problems> {
    let city = City::build(&loaded.parts, loaded.signals.clone(), Vec::new()).map_err(|errors| {
        let list = errors.iter().map(|error| Problem::new(&loaded.path, error.to_string())).collect();
        Problems { list }
    })?;
    let lighting = loaded.lighting.as_ref().map(|plan| plan.build()).unwrap_or_default();
    let mut grid = loaded.power.grid.clone();
    grid.every_ms = EVERY_MS;
    let begin_ms = loaded.run.begin.0;
    let end_ms = loaded.run.end.map_or(begin_ms + DAY_MS, |end| end.0);
    let first = loaded.place.date.as_deref().and_then(|date| date.parse::<Date>().ok());
    let mut ports = Ports::new(&city.network);
    ports.make_room_for_lamps(city.network.links.len(), lighting.luminaires.len());
    let mut lamps = LightingState::new(&lighting);
    let mut lit = LightingRecord::new(&lighting, begin_ms, end_ms - begin_ms);
    let (mut state, mut buffers) = (PowerState::new(&grid), Buffers::default());
    let mut record = PowerRecord::new(&grid, begin_ms, end_ms - begin_ms);
    let mut lamps_wh = vec![0.0; grid.lamps.len()];
    let mut now_ms = begin_ms;
    while now_ms < end_ms {
        let next_ms = ((now_ms.div_euclid(EVERY_MS) + 1) * EVERY_MS).min(end_ms);
        advance::run(&city.network, (&city.signals, &SignalState::default()), now_ms, WhenDark::Signs, &mut ports);
        if lamps.is_started() {
            lit.add(&lighting, &lamps, &ports, now_ms);
        }
        control::run(&lighting, now_ms, &mut ports, &mut lamps);
        pass::run(&grid, &city.network, now_ms, &mut ports, (&mut state, &mut buffers), &mut record);
        for (sum, group) in lamps_wh.iter_mut().zip(&grid.lamps) {
            let power_w = group.iter().fold(0.0, |sum, lamp| sum + ports.lamp_power_w[*lamp]);
            *sum += power_w * (next_ms - now_ms) as f64 / 3.6e6;
        }
        if let Some(volumes) = volumes {
            let day_type = day_type(volumes, first, now_ms);
            night::feed(&city.network, (volumes, day_type), now_ms.rem_euclid(DAY_MS), next_ms - now_ms, &mut ports);
        }
        now_ms = next_ms;
    }
    lit.add(&lighting, &lamps, &ports, end_ms);
    let sections = lit.intervals.iter().flat_map(|interval| &interval.sections);
    Ok(Period {
        meters: meters(loaded, &record, end_ms, &lamps_wh),
        hours: (end_ms - begin_ms) as f64 / 3.6e6,
        night_h: night_h(loaded, begin_ms, end_ms),
        short_section_h: sections.fold(0.0, |sum, section| sum + section.short_s) / 3600.0,
    })
}

/// Volumes named `weekend` are for Saturdays and Sundays, the first ones else.
fn day_type(volumes: &Volumes, first: Option<Date>, now_ms: i64) -> usize {
    let date = first.and_then(|first| first.checked_add(jiff::Span::new().days(now_ms.div_euclid(DAY_MS))).ok());
    let is_weekend = date.is_some_and(|date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday));
    let named = volumes.day_types.iter().position(|day| day.name == "weekend");
    named.filter(|_| is_weekend).unwrap_or(0)
}

fn night_h(loaded: &Loaded, begin_ms: i64, end_ms: i64) -> f64 {
    let nights = loaded.lighting.iter().flat_map(|plan| &plan.parts.nights);
    let within = nights.map(|(from, to)| ((*to).min(end_ms) - (*from).max(begin_ms)).max(0));
    within.sum::<i64>() as f64 / 3.6e6
}

fn meters(loaded: &Loaded, record: &PowerRecord, end_ms: i64, lamps_wh: &[f64]) -> Vec<Vec<MeterEnergy>> {
    let one = |(feeder, system): (usize, &sim_core::power::system::FeederSystem)| {
        let sums = record.sums(feeder, end_ms);
        let meter = |(index, meter): (usize, &sim_core::power::system::Meter)| {
            let mut energy = MeterEnergy::default();
            for sum in sums.iter().map(|sum| &sum.meters[index]) {
                energy.energy_kwh += sum.energy_wh / 1000.0;
                energy.cost += sum.cost;
                energy.co2_kg += sum.co2_kg;
                energy.peak_kw = energy.peak_kw.max(sum.peak_w / 1000.0);
            }
            for load in &meter.loads {
                match system.roles[load.index()] {
                    Role::Lamps(group) => {
                        energy.lamps_kwh += lamps_wh[group as usize] / 1000.0;
                        energy.lamps_kw += system.feeder.parts.loads[load.index()].power_w / 1000.0;
                    }
                    Role::Charger { .. } => energy.has_chargers = true,
                    _ => {}
                }
            }
            energy
        };
        system.meters.iter().enumerate().map(meter).collect()
    };
    loaded.power.grid.feeders.iter().enumerate().map(one).collect()
}
