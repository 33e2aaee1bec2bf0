//! Who comes to a charger.

use crate::city::City;
use crate::power::system::PowerState;
use crate::traffic::demand::Demand;
use crate::traffic::events::Event;

/// Vehicles that have arrived where there is a charger for them begin to charge what they used.
pub(super) fn arrive<'a>(
    city: &City,
    demand: &Demand,
    events: impl Iterator<Item = &'a Event>,
    seed: u64,
    power: &mut PowerState,
) {
    for event in events {
        let Event::Arrived { trip, kind, link, tally } = *event else { continue };
        let class = demand.types[kind].class;
        if !city.power.electric.is_electric(seed, trip, class) {
            continue;
        }
        let here = |place: &usize| {
            let charger = &city.power.chargers[*place];
            charger.link == link && charger.class == class
        };
        // Where there are several, the one with the shortest queue by plug; the first of equals.
        let queue = |place: &usize| {
            let (charger, state) = (&city.power.chargers[*place], &power.chargers[*place]);
            state.sessions_j.len() as f64 / f64::from(charger.plugs)
        };
        let places = (0..city.power.chargers.len()).filter(here);
        let Some(place) = places.min_by(|a, b| queue(a).total_cmp(&queue(b))) else { continue };
        let charger = &city.power.chargers[place];
        let used_j = tally.energy_j.max(0.0) + charger.used_before_j;
        power.chargers[place].sessions_j.push(used_j / charger.efficiency);
        power.chargers[place].n_came += 1;
    }
}
