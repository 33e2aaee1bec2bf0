//! From read demand to a demand source: names become numbers, and routes are checked.

use std::collections::HashMap;

use sim_core::ids::LinkId;
use sim_core::routing::RoutingGraph;
use sim_core::traffic::demand::{DepartLane, Stop};
use sim_core::units::{SimTime, VehicleClass};

use super::config::Options;
use super::context::Context;
use super::network::ReadNetwork;
use super::routes::{DemandReader, NamedRoute, Pending, RouteDistribution};
use super::vtypes::Types;
use crate::demand::{DemandSource, Departures, Journey, TypeChoice};
use crate::error::Problem;

struct Resolver<'r> {
    network: &'r ReadNetwork,
    graph: &'r RoutingGraph,
    routes: &'r HashMap<String, NamedRoute>,
    source: DemandSource,
    begin: SimTime,
    ignores_route_errors: bool,
}

/// Resolves all demand.
pub(super) fn resolve(
    context: &mut Context,
    network: &ReadNetwork,
    graph: &RoutingGraph,
    types: &mut Types,
    read: DemandReader,
    options: &Options,
) -> DemandSource {
    let type_distributions = types.distributions(context);
    let mut resolver = Resolver {
        network,
        graph,
        routes: &read.routes,
        source: DemandSource {
            type_distributions,
            scale: options.scale,
            random_depart_offset_s: options.random_depart_offset_s,
            ..DemandSource::default()
        },
        begin: SimTime::from_s(options.begin_s),
        ignores_route_errors: options.ignores_route_errors,
    };
    resolver.route_distributions(context, &read.distributions);
    for pending in read.pending {
        resolver.item(context, types, pending);
    }
    // Last, since the first use of a type that SUMO has by itself makes it.
    resolver.source.types.clone_from(&types.types);
    resolver.source
}

impl Resolver<'_> {
    fn route_distributions(&mut self, context: &mut Context, distributions: &[RouteDistribution]) {
        for distribution in distributions {
            let mut members = Vec::new();
            let at = |message: String| {
                Problem::new(&distribution.file, message).line(distribution.line).field("id", distribution.id.clone())
            };
            for (name, weight) in &distribution.members {
                match self.routes.get(name) {
                    Some(NamedRoute::One(route)) => {
                        if !route.stops.is_empty() {
                            context.notice("stops of routes within a route distribution have no effect");
                        }
                        members.push((Journey::Links(route.links.clone()), *weight));
                    }
                    Some(NamedRoute::Distribution(_)) => {
                        context.problems.push(at(format!("the member {name} is a distribution itself")));
                    }
                    None => context.problems.push(at(format!("the route {name} is not known"))),
                }
            }
            if members.iter().map(|member| member.1).sum::<f64>() <= 0.0 {
                context.problems.push(at("the distribution has no member with a probability above 0".into()));
            }
            self.source.route_distributions.push(members);
        }
    }

    fn item(&mut self, context: &mut Context, types: &mut Types, pending: Pending) {
        let Pending { mut item, type_name, route_name, .. } = pending;
        let (file, line) = item.origin.clone();
        let wrong =
            |field: &str, value: &str, message: String| Problem::new(&file, message).line(line).field(field, value);
        let Some(choice) = types.choice(&type_name) else {
            let problem = wrong("type", &type_name, format!("the vehicle type of {} is not known", item.name));
            context.problems.push(match nearest(&type_name, &types.known()) {
                Some(near) => problem.hint(format!("the nearest name is {near}")),
                None => problem,
            });
            return;
        };
        item.vehicle_type = choice;
        if let Some(name) = route_name {
            match self.routes.get(&name) {
                Some(NamedRoute::One(route)) => {
                    item.journey = Journey::Links(route.links.clone());
                    item.stops.splice(0..0, route.stops.iter().copied());
                }
                Some(NamedRoute::Distribution(index)) => item.journey = Journey::Drawn(*index),
                None => {
                    context.problems.push(wrong("route", &name, format!("the route of {} is not known", item.name)));
                    return;
                }
            }
        }
        // SUMO looks at nothing that departs before the run begins.
        let is_past = matches!(item.departures, Departures::Once(depart) if depart < self.begin);
        if !is_past {
            let classes = self.classes(types, choice);
            let mistake = classes.into_iter().find_map(|class| self.mistake(class, &item.journey, &item.stops));
            let mistake = mistake.or_else(|| self.lane_mistake(item.depart_lane, &item.journey));
            match mistake {
                Some((message, _)) if self.ignores_route_errors => {
                    context.notice(format!("vehicles are left out for an error of their route, such as: {message}"));
                    return;
                }
                Some((message, hint)) => {
                    let problem = Problem::new(&file, format!("{}: {message}", item.name)).line(line).hint(hint);
                    context.problems.push(problem);
                }
                None => {}
            }
        }
        self.source.items.push(item);
    }

    fn classes(&self, types: &Types, choice: TypeChoice) -> Vec<VehicleClass> {
        let class = |id: sim_core::ids::VehicleTypeId| types.types[id.index()].class;
        match choice {
            TypeChoice::One(one) => vec![class(one)],
            TypeChoice::Drawn(index) => {
                let members = self.source.type_distributions.get(index).map_or(&[][..], Vec::as_slice);
                let mut classes: Vec<VehicleClass> = members.iter().map(|member| class(member.0)).collect();
                classes.sort_unstable();
                classes.dedup();
                classes
            }
        }
    }

    /// What is wrong with a journey for a class, and what to do.
    fn mistake(&self, class: VehicleClass, journey: &Journey, stops: &[Stop]) -> Option<(String, &'static str)> {
        let links = match journey {
            Journey::Links(links) => links,
            Journey::Through(links) => {
                let closed = links.iter().find(|link| !self.graph.allows(class, **link))?;
                return Some((self.closed(class, *closed), "choose another edge, or open a lane to the class"));
            }
            Journey::Drawn(index) => {
                let members = self.source.route_distributions.get(*index)?;
                return members.iter().find_map(|(member, _)| self.mistake(class, member, &[]));
            }
        };
        let first = links.first()?;
        if !self.graph.allows(class, *first) {
            return Some((self.closed(class, *first), "choose another edge, or open a lane to the class"));
        }
        if let Some(pair) = links.windows(2).find(|pair| !self.graph.connects(class, pair[0], pair[1])) {
            let name = |link: LinkId| &self.network.names.links[link.index()];
            let message = format!(
                "no connection leads from edge {} to edge {} for class {}",
                name(pair[0]),
                name(pair[1]),
                class.sumo_name()
            );
            return Some((message, "mend the route with duarouter --repair, or set ignore-route-errors"));
        }
        let mut at = 0;
        for stop in stops {
            match links[at..].iter().position(|link| *link == stop.link) {
                Some(ahead) => at += ahead,
                None => {
                    let name = &self.network.names.links[stop.link.index()];
                    return Some((
                        format!("the stop on edge {name} is not on the route ahead"),
                        "check the order of the stops",
                    ));
                }
            }
        }
        None
    }

    fn closed(&self, class: VehicleClass, link: LinkId) -> String {
        let name = &self.network.names.links[link.index()];
        format!("no lane of edge {name} is open to class {}", class.sumo_name())
    }

    fn lane_mistake(&self, lane: DepartLane, journey: &Journey) -> Option<(String, &'static str)> {
        let (DepartLane::Index(index), Journey::Links(links) | Journey::Through(links)) = (lane, journey) else {
            return None;
        };
        let first = links.first()?;
        let n = self.network.parts.links[first.index()].lanes.len();
        (usize::from(index) >= n).then(|| {
            let name = &self.network.names.links[first.index()];
            (
                format!("the departure lane {index} does not exist, edge {name} has {n}"),
                "lanes are counted from 0 at the kerb",
            )
        })
    }
}

/// The name most like another one, if any is like it.
fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let near = known.iter().min_by_key(|other| strsim::damerau_levenshtein(name, other))?;
    (strsim::damerau_levenshtein(name, near) <= 1 + name.len() / 3).then_some(*near)
}
