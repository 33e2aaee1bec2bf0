//! From a demand source to trips: flows are expanded, types, routes and departures drawn, ways searched.
//!
//! A vehicle's key in all draws is its ordinal in the base demand (scale 1, all departures); copies made by a scale above
//! 1 come after them. So runs of one seed that differ in scale share all draws of the vehicles they share.

use std::collections::BTreeMap;

use sim_core::ids::{Id, LinkId, RouteId, VehicleTypeId};
use sim_core::math;
use sim_core::network::parts::NetworkParts;
use sim_core::rng::{Purpose, normal_cut, uniform};
use sim_core::routing::{RouteSearch, RoutingGraph, TurnPenalties, free_times_s};
use sim_core::rows::{Column, Rows};
use sim_core::traffic::demand::{Demand, Stop, Trip};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{SimTime, VehicleClass};

use super::spread::Kinds;
use super::{DemandItem, DemandSource, Departures, Journey, TypeChoice};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;

/// A demand with what its trips are called.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BuiltDemand {
    /// The demand.
    pub demand: Demand,
    /// External names of the trips, in trip order.
    pub trip_names: Vec<String>,
    /// Vehicles left out because they depart before the begin or not before the end.
    pub n_dropped: usize,
}

/// A vehicle before its route has a number.
struct Vehicle<'s> {
    item: &'s DemandItem,
    name: String,
    depart: SimTime,
    vehicle_type: VehicleTypeId,
    route: RouteId,
    speed_factor: f64,
    stops: &'s [Stop],
}

/// Builds the demand of a scenario from its begin to its end, as its settings say, with a routing graph of its own.
///
/// # Errors
/// As [`build`].
pub fn build_loaded(loaded: &Loaded, seed: u64) -> Result<BuiltDemand, Problems> {
    let graph = RoutingGraph::new(&loaded.parts, TurnPenalties::default());
    let (begin, end) = (loaded.run.begin, loaded.run.end);
    build(&loaded.demand, &graph, &loaded.parts, &loaded.names.links, seed, begin, end)
}

/// Builds the demand of a run. `link_names` are the external ids of the links, for messages.
///
/// # Errors
/// A journey that no way leads along, at the line of its vehicle.
pub fn build(
    source: &DemandSource,
    graph: &RoutingGraph,
    parts: &NetworkParts,
    link_names: &[String],
    seed: u64,
    begin: SimTime,
    end: Option<SimTime>,
) -> Result<BuiltDemand, Problems> {
    let mut builder = Builder {
        source,
        kinds: Kinds::draw(source, seed),
        graph,
        parts,
        link_names,
        seed,
        begin,
        end,
        ways: Ways::default(),
        problems: Problems::default(),
        vehicles: Vec::new(),
        n_dropped: 0,
    };
    let n_base: usize =
        source.items.iter().enumerate().map(|(index, item)| builder.departures(index, item).len()).sum();
    let mut ordinal = 0_u32;
    for (index, item) in source.items.iter().enumerate() {
        let is_flow = !matches!(item.departures, Departures::Once(_));
        for (position, depart) in builder.departures(index, item).into_iter().enumerate() {
            let name = if is_flow { format!("{}.{position}", item.name) } else { item.name.clone() };
            builder.copies(item, &name, depart, ordinal, n_base);
            ordinal = ordinal.wrapping_add(1);
        }
    }
    let Builder { mut vehicles, kinds, ways, problems, n_dropped, .. } = builder;
    // Stable: vehicles of one instant stay in the order of the input.
    vehicles.sort_by_key(|vehicle| vehicle.depart);
    problems.or_ok(finish(kinds.types.into_owned(), vehicles, ways.routes, n_dropped))
}

struct Builder<'s> {
    source: &'s DemandSource,
    kinds: Kinds<'s>,
    graph: &'s RoutingGraph,
    parts: &'s NetworkParts,
    link_names: &'s [String],
    seed: u64,
    begin: SimTime,
    end: Option<SimTime>,
    ways: Ways,
    problems: Problems,
    vehicles: Vec<Vehicle<'s>>,
    n_dropped: usize,
}

impl<'s> Builder<'s> {
    /// All departures of an item in the base demand.
    fn departures(&self, index: usize, item: &DemandItem) -> Vec<SimTime> {
        let key = index as u32;
        let draw = |step: u64| uniform(self.seed, Purpose::Departure, key, step);
        let limit = |end: SimTime| self.end.map_or(end, |own| own.min(end));
        match item.departures {
            Departures::Once(depart) => vec![depart],
            Departures::Every { begin, period_s, number } => {
                let at = |position: u32| begin.plus_ms((f64::from(position) * period_s * 1000.0).round() as i64);
                (0..number).map(at).take_while(|depart| self.end.is_none_or(|end| *depart < end)).collect()
            }
            Departures::Poisson { begin, end, rate_per_s, number } => {
                let end = limit(end);
                let mut at_s = begin.s();
                let mut departs = Vec::new();
                for step in 0.. {
                    at_s -= math::ln(1.0 - draw(step)) / rate_per_s;
                    let depart = SimTime::from_s(at_s);
                    if depart >= end || number.is_some_and(|number| departs.len() >= number as usize) {
                        break;
                    }
                    departs.push(depart);
                }
                departs
            }
            Departures::PerSecond { begin, end, probability, number } => {
                let (end, mut depart) = (limit(end), begin);
                let mut departs = Vec::new();
                for step in 0.. {
                    if depart >= end || number.is_some_and(|number| departs.len() >= number as usize) {
                        break;
                    }
                    if draw(step) < probability {
                        departs.push(depart);
                    }
                    depart = depart.plus_ms(1000);
                }
                departs
            }
        }
    }

    /// A vehicle as often as the scale wants it.
    fn copies(&mut self, item: &'s DemandItem, name: &str, depart: SimTime, ordinal: u32, n_base: usize) {
        let scale = self.source.scale_at(depart);
        let whole = scale.floor();
        let one_more = uniform(self.seed, Purpose::Scale, ordinal, 0) < scale - whole;
        let n = whole as u64 + u64::from(one_more);
        for copy in 0..n {
            let key = ordinal.wrapping_add((copy as u32).wrapping_mul(n_base as u32));
            let name = if copy == 0 { name.to_owned() } else { format!("{name}.{copy}") };
            self.vehicle(item, name, depart, key);
        }
    }

    fn vehicle(&mut self, item: &'s DemandItem, name: String, depart: SimTime, key: u32) {
        let (scheduled, offset_s) = (depart, self.source.random_depart_offset_s);
        if depart < self.begin {
            self.n_dropped += 1;
            return;
        }
        let offset_ms = if offset_s > 0.0 {
            (uniform(self.seed, Purpose::DepartOffset, key, 0) * offset_s * 1000.0).floor() as i64
        } else {
            0
        };
        let depart = depart.plus_ms(offset_ms);
        if self.end.is_some_and(|end| depart >= end) {
            self.n_dropped += 1;
            return;
        }
        let source = self.source;
        let vehicle_type = match item.vehicle_type {
            TypeChoice::One(one) => one,
            TypeChoice::Drawn(index) => {
                let u = uniform(self.seed, Purpose::VehicleType, key, 0);
                *drawn(source.types_at(scheduled, index), u)
            }
        };
        let made = &source.types[vehicle_type.index()];
        let journey = match &item.journey {
            Journey::Drawn(index) => {
                let u = uniform(self.seed, Purpose::Route, key, 0);
                drawn(&source.route_distributions[*index], u)
            }
            own => own,
        };
        let route = match journey {
            Journey::Links(links) => self.ways.number(links.clone()),
            Journey::Through(links) => {
                let top_mps = made.max_speed_mps.min(made.desired_max_speed_mps);
                match self.ways.through(self.graph, self.parts, made.class, top_mps, links) {
                    Ok(route) => route,
                    Err((from, to)) => {
                        self.no_way(item, made.class, from, to);
                        return;
                    }
                }
            }
            // A reader resolves distributions within distributions.
            Journey::Drawn(_) => return,
        };
        self.vehicles.push(Vehicle {
            item,
            name,
            depart,
            vehicle_type: self.kinds.of(vehicle_type, self.seed, key),
            route,
            speed_factor: normal_cut(self.seed, Purpose::SpeedFactor, key, made.speed_factor),
            stops: &item.stops,
        });
    }

    fn no_way(&mut self, item: &DemandItem, class: VehicleClass, from: LinkId, to: LinkId) {
        let (file, line) = &item.origin;
        let name = |link: LinkId| self.link_names.get(link.index()).map_or("?", String::as_str);
        let (from, to) = (name(from), name(to));
        let message = format!("{}: no way leads from {from} to {to} for class {}", item.name, class.name());
        let hint = "choose another origin or destination, or open the network to the class";
        self.problems.push(Problem::new(file, message).line(*line).hint(hint));
    }
}

/// The member at a share `u` of all weights.
fn drawn<T>(members: &[(T, f64)], u: f64) -> &T {
    let total: f64 = members.iter().map(|member| member.1).sum();
    let mut left = u * total;
    for (member, weight) in members {
        left -= weight;
        if left < 0.0 {
            return member;
        }
    }
    let last = members.iter().rev().find(|member| member.1 > 0.0).or(members.last());
    &last.expect("readers refuse empty distributions").0
}

/// What a searched way depends on: class, bits of the top speed, links to pass.
type WayKey = (VehicleClass, u64, Vec<LinkId>);

/// Routes so far, each once, and ways already searched.
#[derive(Default)]
struct Ways {
    routes: Vec<Vec<LinkId>>,
    numbers: BTreeMap<Vec<LinkId>, RouteId>,
    searched: BTreeMap<WayKey, Result<RouteId, (LinkId, LinkId)>>,
    times_s: BTreeMap<(VehicleClass, u64), Vec<f64>>,
    search: RouteSearch,
}

impl Ways {
    fn number(&mut self, links: Vec<LinkId>) -> RouteId {
        let routes = &mut self.routes;
        *self.numbers.entry(links).or_insert_with_key(|links| {
            routes.push(links.clone());
            RouteId::from_index(routes.len() - 1)
        })
    }
    fn through(
        &mut self,
        graph: &RoutingGraph,
        parts: &NetworkParts,
        class: VehicleClass,
        max_speed_mps: f64,
        links: &[LinkId],
    ) -> Result<RouteId, (LinkId, LinkId)> {
        let key = (class, max_speed_mps.to_bits(), links.to_vec());
        if let Some(known) = self.searched.get(&key) {
            return *known;
        }
        let times_s = self.times_s.entry((class, key.1)).or_insert_with(|| free_times_s(parts, class, max_speed_mps));
        let found = legs(graph, class, times_s, &mut self.search, links);
        let found = found.map(|links| self.number(links));
        self.searched.insert(key, found);
        found
    }
}

/// The fastest way through links in order.
fn legs(
    graph: &RoutingGraph,
    class: VehicleClass,
    times_s: &[f64],
    search: &mut RouteSearch,
    links: &[LinkId],
) -> Result<Vec<LinkId>, (LinkId, LinkId)> {
    let mut way: Vec<LinkId> = Vec::new();
    let pairs = if links.len() == 1 {
        vec![(links[0], links[0])]
    } else {
        links.windows(2).map(|pair| (pair[0], pair[1])).collect()
    };
    for (from, to) in pairs {
        let leg = graph.fastest(class, from, to, |link| times_s[link.index()], search).ok_or((from, to))?;
        // The first link of a leg is the last of the one before.
        way.extend(&leg[usize::from(!way.is_empty())..]);
    }
    Ok(way)
}

fn finish(
    types: Vec<VehicleType>,
    vehicles: Vec<Vehicle<'_>>,
    routes: Vec<Vec<LinkId>>,
    n_dropped: usize,
) -> BuiltDemand {
    let mut stops: Vec<Stop> = Vec::new();
    let mut trips = Vec::with_capacity(vehicles.len());
    let mut trip_names = Vec::with_capacity(vehicles.len());
    for vehicle in vehicles {
        let first = stops.len() as u32;
        stops.extend(vehicle.stops);
        let item = vehicle.item;
        trips.push(Trip {
            depart: vehicle.depart,
            vehicle_type: vehicle.vehicle_type,
            route: vehicle.route,
            speed_factor: vehicle.speed_factor,
            depart_lane: item.depart_lane,
            depart_position: item.depart_position,
            depart_speed: item.depart_speed,
            depart_lateral: item.depart_lateral,
            arrival: item.arrival,
            stops: first..stops.len() as u32,
            persons: item.persons.unwrap_or(types[vehicle.vehicle_type.index()].persons),
        });
        trip_names.push(vehicle.name);
    }
    let demand = Demand { types: Column::new(types), routes: Rows::from_lists(routes), stops, trips };
    BuiltDemand { demand, trip_names, n_dropped }
}
