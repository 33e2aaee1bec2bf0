//! Counts from the trips of a scenario: when and where each would pass on empty streets.

use std::collections::BTreeMap;

use sim_core::ids::LinkId;
use sim_core::traffic::demand::Demand as Trips;
use sim_core::units::VehicleClass;

use super::{Count, Counts};
use crate::loaded::Loaded;
use crate::signals::sites::{Role, Site, SiteControl};

const QUARTER_S: f64 = 900.0;

/// Whether a class counts as heavy in the manual: more than four wheels on the ground.
fn is_heavy(class: VehicleClass) -> bool {
    use VehicleClass as C;
    matches!(class, C::Bus | C::Coach | C::Truck | C::Trailer | C::Tram)
}

/// Where movements of sites are found.
struct Places {
    /// By (from, to) of ordinary junctions.
    direct: BTreeMap<(LinkId, LinkId), (usize, usize)>,
    /// Entries of roundabouts.
    entries: BTreeMap<LinkId, usize>,
}

/// Counts of all sites by quarters of an hour, warm-up excluded. A two-wheeler counts as its passenger-car units of a
/// vehicle: the manual knows none.
pub fn from_trips(loaded: &Loaded, trips: &Trips, sites: &[Site]) -> Counts {
    let mut places = Places { direct: BTreeMap::new(), entries: BTreeMap::new() };
    for (at, site) in sites.iter().enumerate() {
        for (index, movement) in site.movements.iter().enumerate() {
            let from = site.approaches[movement.approach].link;
            if site.control == SiteControl::Roundabout || movement.entries.is_empty() {
                places.entries.insert(from, at);
            } else {
                places.direct.insert((from, movement.to), (at, index));
            }
        }
    }
    let begin_s = loaded.run.begin.s() + loaded.run.warm_up_ms as f64 / 1000.0;
    let end_s = loaded.run.end.map(|end| end.s());
    let free_s: Vec<f64> = loaded
        .parts
        .links
        .iter()
        .map(|link| link.lanes.first().map_or(0.0, |lane| lane.length_m / lane.speed_limit_mps.min(60.0)))
        .collect();
    // Vehicles and heavy ones by (site, movement, quarter).
    let mut sums: BTreeMap<(usize, usize, i64), (f64, f64)> = BTreeMap::new();
    let mut n_two_wheelers = 0_usize;
    for trip in &trips.trips {
        let kind = &trips.types[trip.vehicle_type];
        let weight = if kind.class.is_two_wheeler() { kind.passenger_car_units } else { 1.0 };
        n_two_wheelers += usize::from(kind.class.is_two_wheeler());
        let heavy = if is_heavy(kind.class) { 1.0 } else { 0.0 };
        let mut at_s = trip.depart.s();
        let route = &trips.routes[trip.route];
        for (position, pair) in route.windows(2).enumerate() {
            at_s += free_s[pair[0].index()];
            if at_s < begin_s || end_s.is_some_and(|end_s| at_s >= end_s) {
                continue;
            }
            let Some((site, movement)) = places.find(loaded, sites, &route[position..]) else { continue };
            let quarter = ((at_s - begin_s) / QUARTER_S).floor() as i64;
            let sum = sums.entry((site, movement, quarter)).or_default();
            sum.0 += weight;
            sum.1 += heavy;
        }
    }
    let mut counts = Counts { source: "trips of the scenario".to_owned(), ..Counts::default() };
    for ((site, movement, quarter), (vehicles, heavy)) in sums {
        let from_s = begin_s + quarter as f64 * QUARTER_S;
        // A last quarter that the run cuts would look thin.
        if end_s.is_some_and(|end_s| from_s + QUARTER_S > end_s + 1e-6) {
            continue;
        }
        let count = Count { movement, begin_s: from_s, end_s: from_s + QUARTER_S, vehicles, heavy: Some(heavy) };
        counts.by_site.entry(site).or_default().push(count);
    }
    counts.notes.push("volumes are the scenario's trips, at the times they would pass on empty streets".to_owned());
    if n_two_wheelers > 0 {
        counts.notes.push(format!(
            "{n_two_wheelers} of {} trips are two-wheelers: each counts as its passenger-car units of a vehicle, for the \
             manual knows none",
            trips.trips.len()
        ));
    }
    counts
}

impl Places {
    /// The movement that a route takes from its first link on.
    fn find(&self, loaded: &Loaded, sites: &[Site], route: &[LinkId]) -> Option<(usize, usize)> {
        if let Some(&place) = self.direct.get(&(route[0], route[1])) {
            return Some(place);
        }
        let &at = self.entries.get(&route[0])?;
        let site = &sites[at];
        let exit = route[1..].iter().find(|link| !loaded.parts.links[link.index()].in_roundabout)?;
        let position = site.movements.iter().position(|movement| {
            site.approaches[movement.approach].link == route[0] && movement.to == *exit && movement.role <= Role::Around
        })?;
        Some((at, position))
    }
}
