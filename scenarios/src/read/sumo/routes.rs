//! Demand: `vehicle`, `trip`, `flow`, `route`, `routeDistribution` and their stops.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use sim_core::ids::LinkId;
use sim_core::traffic::demand::{DepartLane, DepartLateral, DepartPosition, DepartSpeed, Stop};
use sim_core::units::SimTime;

use super::context::{Context, Range, parse_time_s};
use super::depart;
use super::flows;
use super::network::ReadNetwork;
use super::stops::StopPlaces;
use super::vtypes::weights;
use super::ways;
use super::xml::Element;
use crate::demand::{DemandItem, Departures, Journey, TypeChoice};

/// A vehicle or flow whose type and route are still names.
pub(super) struct Pending {
    pub(super) item: DemandItem,
    pub(super) type_name: String,
    /// The route by name; the journey of the item stands if there is none.
    pub(super) route_name: Option<String>,
    /// Whether the way is searched, so that stops lie on it by construction.
    pub(super) is_searched: bool,
}

/// A route with its stops.
#[derive(Clone, Default)]
pub(super) struct Route {
    pub(super) links: Vec<LinkId>,
    pub(super) stops: Vec<Stop>,
}

/// What a name of a route stands for.
pub(super) enum NamedRoute {
    One(Route),
    Distribution(usize),
}

/// A distribution over routes, members by name.
pub(super) struct RouteDistribution {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) id: String,
    pub(super) members: Vec<(String, f64)>,
}

/// What applies to all vehicles.
pub(super) struct Usual {
    pub(super) begin_s: f64,
    pub(super) end_s: Option<f64>,
    pub(super) lane: DepartLane,
    pub(super) speed: DepartSpeed,
}

struct OpenRoute {
    id: Option<String>,
    line: usize,
    weight: f64,
    route: Option<Route>,
    refers_to: Option<String>,
}

/// Reads the demand of all files.
pub(super) struct DemandReader {
    pub(super) pending: Vec<Pending>,
    pub(super) routes: HashMap<String, NamedRoute>,
    pub(super) distributions: Vec<RouteDistribution>,
    pub(super) usual: Usual,
    /// Whether the file must be sorted by departure.
    pub(super) is_route_file: bool,
    /// The latest departure of the file so far.
    pub(super) last_depart: SimTime,
    vehicle: Option<Pending>,
    /// Whether the open vehicle is left out.
    is_left_out: bool,
    /// Number of problems before the open vehicle.
    problems_before: usize,
    route: Option<OpenRoute>,
    distribution: Option<RouteDistribution>,
    ids: HashSet<String>,
}

/// Attributes that say nothing about how the vehicle moves, or are read elsewhere.
const SILENT: &[&str] = &[
    "id",
    "depart",
    "type",
    "route",
    "from",
    "to",
    "via",
    "departLane",
    "departPos",
    "departSpeed",
    "departPosLat",
    "arrivalLane",
    "arrivalPos",
    "arrivalSpeed",
    "personNumber",
    "personCapacity",
    "color",
    "arrival",
    "begin",
    "end",
    "number",
    "period",
    "vehsPerHour",
    "perHour",
    "probability",
    "line",
    "routeLength",
    "containerNumber",
    "edges",
    "name",
    "fromLonLat",
    "toLonLat",
];

impl DemandReader {
    /// A reader for a run.
    pub(super) fn new(usual: Usual) -> Self {
        Self {
            pending: Vec::new(),
            routes: HashMap::new(),
            distributions: Vec::new(),
            usual,
            is_route_file: false,
            last_depart: SimTime(i64::MIN),
            vehicle: None,
            is_left_out: false,
            problems_before: 0,
            route: None,
            distribution: None,
            ids: HashSet::new(),
        }
    }
    /// Takes an element if it belongs to the demand.
    pub(super) fn open(
        &mut self,
        context: &mut Context,
        network: &ReadNetwork,
        places: &StopPlaces,
        element: &Element,
    ) -> bool {
        match element.name.as_str() {
            "vehicle" | "trip" | "flow" => self.vehicle(context, network, element),
            "route" => self.open_route(context, network, element),
            "routeDistribution" => self.open_distribution(context, element),
            "stop" => self.stop(context, network, places, element),
            "param" => {}
            _ => return false,
        }
        true
    }
    /// Sees an element end.
    pub(super) fn close(&mut self, context: &mut Context, name: &str) {
        match name {
            "vehicle" | "trip" | "flow" => self.close_vehicle(context),
            "route" => self.close_route(context),
            "routeDistribution" => self.close_distribution(context),
            _ => {}
        }
    }

    fn vehicle(&mut self, context: &mut Context, network: &ReadNetwork, element: &Element) {
        self.problems_before = context.problems.list.len();
        let name = context.text(element, "id").unwrap_or_default().to_owned();
        if !self.ids.insert(name.clone()) {
            context.wrong(element, "id", "there is another vehicle or flow of this name", "");
        }
        for (field, _) in &element.attributes {
            if !SILENT.contains(&field.as_str()) {
                context
                    .notice(format!("the attribute {field} of <{}> is not supported and has no effect", element.name));
            }
        }
        let departures = if element.name == "flow" {
            flows::departures(context, element, &self.usual)
        } else {
            self.departure(context, element)
        };
        self.is_left_out = departures.is_none();
        let journey = ways::journey(context, network, element);
        let persons = context.number(element, "personNumber", Range::NotNegative).map(|riders| 1.0 + riders);
        self.vehicle = Some(Pending {
            type_name: element.get("type").unwrap_or("DEFAULT_VEHTYPE").to_owned(),
            route_name: element.get("route").map(str::to_owned),
            is_searched: journey.is_some(),
            item: DemandItem {
                name,
                origin: (context.file.clone(), element.line),
                departures: departures.unwrap_or(Departures::Once(SimTime(0))),
                // Resolved when everything is read.
                vehicle_type: TypeChoice::Drawn(usize::MAX),
                journey: Journey::Through(journey.unwrap_or_default()),
                depart_lane: depart::lane(context, element, "departLane").unwrap_or(self.usual.lane),
                depart_position: depart::position(context, element, "departPos").unwrap_or(DepartPosition::Base),
                depart_speed: depart::speed(context, element, "departSpeed").unwrap_or(self.usual.speed),
                depart_lateral: depart::lateral(context, element, "departPosLat").unwrap_or(DepartLateral::Center),
                arrival: depart::arrival(context, element),
                stops: Vec::new(),
                persons,
            },
        });
    }

    fn departure(&mut self, context: &mut Context, element: &Element) -> Option<Departures> {
        let text = context.text(element, "depart")?;
        let depart = match text {
            "triggered" | "containerTriggered" | "split" | "now" => {
                context.notice(format!("vehicles with depart = {text:?} are left out"));
                return None;
            }
            "begin" => SimTime::from_s(self.usual.begin_s),
            _ if parse_time_s(text).is_none() => {
                context.wrong(element, "depart", "this is not a time", "seconds, H:M:S, D:H:M:S or begin");
                return None;
            }
            _ => SimTime::from_s(context.time_s(element, "depart", Range::NotNegative)?),
        };
        if self.is_route_file && depart < self.last_depart {
            context.notice(
                "a route file is not sorted by departure; SUMO leaves out what comes too late, here it departs",
            );
        }
        self.last_depart = self.last_depart.max(depart);
        Some(Departures::Once(depart))
    }

    fn close_vehicle(&mut self, context: &mut Context) {
        let Some(mut pending) = self.vehicle.take() else { return };
        let line = pending.item.origin.1;
        if self.is_left_out {
            return;
        }
        if let Journey::Through(links) = &mut pending.item.journey
            && pending.is_searched
        {
            // The way of a trip leads through its stops.
            let last = links.pop();
            for stop in &pending.item.stops {
                if links.last() != Some(&stop.link) {
                    links.push(stop.link);
                }
            }
            links.extend(last.filter(|last| links.len() < 2 || links.last() != Some(last)));
        }
        let has_way = match &pending.item.journey {
            Journey::Through(links) => pending.route_name.is_some() || !links.is_empty(),
            Journey::Links(_) | Journey::Drawn(_) => true,
        };
        if has_way {
            self.pending.push(pending);
        } else if context.problems.list.len() == self.problems_before {
            let problem = context.problem(line, format!("{} has no route", pending.item.name));
            problem.hint = Some("give route, a <route> element, or from and to".into());
        }
    }

    fn open_route(&mut self, context: &mut Context, network: &ReadNetwork, element: &Element) {
        let weight = context.number(element, "probability", Range::NotNegative).unwrap_or(1.0);
        let refers_to = element.get("refId").map(str::to_owned);
        let route = if refers_to.is_none() { ways::route_links(context, network, element) } else { None };
        self.route = Some(OpenRoute {
            id: element.get("id").map(str::to_owned),
            line: element.line,
            weight,
            route: route.map(|links| Route { links, stops: Vec::new() }),
            refers_to,
        });
    }

    fn close_route(&mut self, context: &mut Context) {
        let Some(open) = self.route.take() else { return };
        if let Some(distribution) = &mut self.distribution {
            let member = open.refers_to.clone().or_else(|| open.id.clone());
            let member = member.unwrap_or_else(|| format!("!{}#{}", distribution.id, distribution.members.len()));
            distribution.members.push((member.clone(), open.weight));
            if let Some(route) = open.route {
                self.name_route(context, open.line, member, NamedRoute::One(route));
            }
            return;
        }
        match (&mut self.vehicle, open.route) {
            (Some(vehicle), Some(route)) => {
                // Stops of the route come before those of the vehicle.
                vehicle.item.stops.splice(0..0, route.stops);
                vehicle.item.journey = Journey::Links(route.links);
                vehicle.is_searched = false;
            }
            (Some(_), None) => self.is_left_out = true,
            (None, Some(route)) => match open.id {
                Some(id) => self.name_route(context, open.line, id, NamedRoute::One(route)),
                None => drop(context.problem(open.line, "a route outside a vehicle needs an id")),
            },
            (None, None) => {}
        }
    }

    fn name_route(&mut self, context: &mut Context, line: usize, id: String, route: NamedRoute) {
        if self.routes.contains_key(&id) {
            let problem = context.problem(line, "there is another route or distribution of this name");
            problem.field = Some("id".into());
            problem.value = Some(id.clone());
        }
        self.routes.insert(id, route);
    }

    fn open_distribution(&mut self, context: &mut Context, element: &Element) {
        let own = self.vehicle.as_ref().map(|vehicle| format!("!{}", vehicle.item.name));
        let id = match own {
            Some(own) => own,
            None => context.text(element, "id").unwrap_or_default().to_owned(),
        };
        let names: Vec<&str> = element.get("routes").unwrap_or_default().split_whitespace().collect();
        let weights = weights(context, element, names.len());
        self.distribution = Some(RouteDistribution {
            file: context.file.clone(),
            line: element.line,
            id,
            members: names.iter().map(|name| (*name).to_owned()).zip(weights).collect(),
        });
    }

    fn close_distribution(&mut self, context: &mut Context) {
        let Some(distribution) = self.distribution.take() else { return };
        if let Some(vehicle) = &mut self.vehicle {
            vehicle.route_name = Some(distribution.id.clone());
        }
        let index = self.distributions.len();
        self.name_route(context, distribution.line, distribution.id.clone(), NamedRoute::Distribution(index));
        self.distributions.push(distribution);
    }

    fn stop(&mut self, context: &mut Context, network: &ReadNetwork, places: &StopPlaces, element: &Element) {
        let Some(stop) = places.stop(context, network, element) else { return };
        if let Some(OpenRoute { route, .. }) = &mut self.route {
            if let Some(route) = route {
                route.stops.push(stop);
            }
        } else if let Some(vehicle) = &mut self.vehicle {
            vehicle.item.stops.push(stop);
        }
    }
}
