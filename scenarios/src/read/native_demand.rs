//! `trips.csv`, `od.csv`, `profiles.csv`, `mixes.csv`, `bus_lines.csv`: demand of native scenarios.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::ids::{LinkId, StopPlaceId};
use sim_core::traffic::demand::{Arrival, DepartLane, DepartLateral, DepartPosition, DepartSpeed, Stop};
use sim_core::units::SimTime;

use crate::demand::{DemandItem, DemandSource, Departures, Journey, TypeChoice};
use crate::read::gmns::network::GmnsNetwork;
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::read::vehicle_types::Types;
use crate::schema::demand_tables::{BUS_LINES, MIXES, OD, PROFILES, TRIPS};

/// What demand tables refer to.
struct Context<'a> {
    network: &'a GmnsNetwork,
    types: Types,
    mixes: BTreeMap<String, usize>,
    /// Links that follow each road through a junction.
    next: Vec<BTreeSet<usize>>,
}

type Interval = (f64, f64, f64);

/// Reads all demand tables.
pub fn read(
    files: &mut Files,
    network: &GmnsNetwork,
    types: Types,
    clock_s: (f64, Option<f64>),
    report: &mut Report,
) -> (DemandSource, Vec<String>) {
    let mut context = Context { network, types, mixes: BTreeMap::new(), next: followers(network) };
    let mut source = DemandSource { scale: 1.0, ..DemandSource::default() };
    read_mixes(files, &mut context, &mut source, report);
    let profiles = read_profiles(files, report);
    read_trips(files, &mut context, &mut source, report);
    read_od(files, &mut context, &profiles, clock_s, &mut source, report);
    read_bus_lines(files, &mut context, &mut source, report);
    source.types = context.types.list;
    source.spreads = context.types.spreads;
    (source, context.types.names)
}

fn followers(network: &GmnsNetwork) -> Vec<BTreeSet<usize>> {
    let mut next = vec![BTreeSet::new(); network.links.roads.len()];
    for connector in &network.parts.connectors {
        if let Some(list) = next.get_mut(connector.from.link.index()) {
            list.insert(connector.leads_to.link.index());
        }
    }
    next
}

impl Context<'_> {
    /// The pieces of a link, in driving order.
    fn link(&self, row: Row<'_>, column: &str, id: &str, report: &mut Report) -> Option<Vec<LinkId>> {
        let pieces = self.network.links.pieces.get(id);
        if pieces.is_none() && !id.is_empty() {
            let problem = row.problem(column, format!("{id:?} is no link for vehicles"));
            report.problem(dangling(problem, id, self.network.links.pieces.keys()));
        }
        Some(pieces?.iter().map(|&(road, _)| LinkId(road as u32)).collect())
    }

    fn vehicle(&mut self, row: Row<'_>, column: &str, report: &mut Report) -> TypeChoice {
        let name = row.get(column).unwrap_or("car");
        if let Some(&mix) = self.mixes.get(name) {
            return TypeChoice::Drawn(mix);
        }
        if let Some(found) = self.types.find(name) {
            return TypeChoice::One(found);
        }
        let known: Vec<String> = self.types.names.iter().cloned().chain(self.mixes.keys().cloned()).collect();
        report.problem(dangling(row.problem(column, "is no vehicle type and no mix"), name, known.iter()));
        TypeChoice::Drawn(0)
    }

    /// All links of a cell, pieces included, as a connected route.
    fn route(&self, row: Row<'_>, column: &str, report: &mut Report) -> Vec<LinkId> {
        let mut route: Vec<LinkId> = Vec::new();
        for id in row.text(column).split_whitespace() {
            let Some(pieces) = self.link(row, column, id, report) else { continue };
            if let (Some(&last), Some(first)) = (route.last(), pieces.first())
                && !self.next[last.index()].contains(&first.index())
            {
                let last_id = &self.network.names.links[last.index()];
                report.problem(row.problem(column, format!("no movement leads from {last_id:?} to {id:?}")));
            }
            route.extend(pieces);
        }
        route
    }

    /// From the first piece of the first link to the last piece of the last link, through those between.
    fn through(&self, row: Row<'_>, report: &mut Report) -> Vec<LinkId> {
        let mut points = Vec::new();
        let from = self.link(row, "from_link", row.text("from_link"), report);
        points.extend(from.and_then(|pieces| pieces.first().copied()));
        for id in row.text("via").split_whitespace() {
            points.extend(self.link(row, "via", id, report).and_then(|pieces| pieces.first().copied()));
        }
        let to = self.link(row, "to_link", row.text("to_link"), report);
        points.extend(to.and_then(|pieces| pieces.last().copied()));
        points
    }

    /// Reports where points cannot be reached one from the other, whatever the vehicle.
    fn check_reachable(&self, row: Row<'_>, column: &str, points: &[LinkId], reach: &mut Reach, report: &mut Report) {
        for pair in points.windows(2) {
            if pair[0] != pair[1] && !reach.from(&self.next, pair[0].index())[pair[1].index()] {
                let name = |link: LinkId| &self.network.names.links[link.index()];
                let message = format!("no way leads from {:?} to {:?}", name(pair[0]), name(pair[1]));
                report.problem(row.problem(column, message));
            }
        }
    }
}

/// Which roads can be reached from a road; remembered per origin.
#[derive(Default)]
struct Reach {
    known: BTreeMap<usize, Vec<bool>>,
}

impl Reach {
    fn from(&mut self, next: &[BTreeSet<usize>], origin: usize) -> &[bool] {
        self.known.entry(origin).or_insert_with(|| {
            let mut seen = vec![false; next.len()];
            let mut open: Vec<usize> = next[origin].iter().copied().collect();
            while let Some(road) = open.pop() {
                if !std::mem::replace(&mut seen[road], true) {
                    open.extend(next[road].iter().copied());
                }
            }
            seen
        })
    }
}

fn read_mixes(files: &mut Files, context: &mut Context<'_>, source: &mut DemandSource, report: &mut Report) {
    let records = Records::optional(files, "", &MIXES, report);
    for row in records.rows() {
        let mix = row.text("mix").to_owned();
        if context.types.names.contains(&mix) {
            report.problem(row.problem("mix", "is the name of a vehicle type"));
        }
        let name = row.text("vehicle_type");
        let Some(found) = context.types.find(name) else {
            let known = context.types.names.clone();
            report.problem(dangling(row.problem("vehicle_type", "is no vehicle type"), name, known.iter()));
            continue;
        };
        let position = *context.mixes.entry(mix).or_insert_with(|| {
            source.type_distributions.push(Vec::new());
            source.type_distributions.len() - 1
        });
        source.type_distributions[position].push((found, row.number("share").unwrap_or(0.0)));
    }
    for (mix, &position) in &context.mixes {
        let sum: f64 = source.type_distributions[position].iter().map(|(_, share)| share).sum();
        if sum <= 0.0 {
            let problem = crate::error::Problem::new(records.file(), "the shares of a mix sum to 0");
            report.problem(problem.field("mix", mix));
        }
    }
}

fn read_profiles(files: &mut Files, report: &mut Report) -> BTreeMap<String, Vec<Interval>> {
    let records = Records::optional(files, "", &PROFILES, report);
    let mut profiles: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
    for row in records.rows() {
        let (begin_s, end_s) = (row.instant_s("begin").unwrap_or(0.0), row.instant_s("end").unwrap_or(0.0));
        if begin_s >= end_s {
            report.problem(row.problem("end", "is not after begin"));
        }
        let intervals = profiles.entry(row.text("profile").to_owned()).or_default();
        if intervals.iter().any(|other| begin_s < other.1 && other.0 < end_s) {
            report.problem(row.problem("begin", "overlaps another interval of the profile"));
        }
        intervals.push((begin_s, end_s, row.number("factor").unwrap_or(0.0)));
    }
    profiles
}

fn item(row: Row<'_>, name: String, departures: Departures, vehicle_type: TypeChoice, journey: Journey) -> DemandItem {
    DemandItem {
        name,
        origin: row.origin(),
        departures,
        vehicle_type,
        journey,
        depart_lane: DepartLane::default(),
        depart_position: DepartPosition::default(),
        depart_speed: DepartSpeed::default(),
        depart_lateral: DepartLateral::default(),
        arrival: Arrival::default(),
        stops: Vec::new(),
        persons: None,
    }
}

fn read_trips(files: &mut Files, context: &mut Context<'_>, source: &mut DemandSource, report: &mut Report) {
    let records = Records::optional(files, "", &TRIPS, report);
    let mut ids = BTreeSet::new();
    let mut reach = Reach::default();
    for row in records.rows() {
        let id = row.text("trip_id");
        if !ids.insert(id.to_owned()) {
            report.problem(row.problem("trip_id", "is there twice"));
        }
        let vehicle_type = context.vehicle(row, "vehicle_type", report);
        let journey = if row.get("route").is_some() {
            Journey::Links(context.route(row, "route", report))
        } else {
            for column in ["from_link", "to_link"] {
                if row.get(column).is_none() {
                    report.problem(row.problem(column, "is empty").hint("give from_link and to_link, or route"));
                }
            }
            let points = context.through(row, report);
            context.check_reachable(row, "to_link", &points, &mut reach, report);
            Journey::Through(points)
        };
        let depart = SimTime::from_s(row.instant_s("depart").unwrap_or(0.0));
        let mut made = item(row, id.to_owned(), Departures::Once(depart), vehicle_type, journey);
        made.persons = row.number("persons");
        if let Some(word) = row.word("depart_lane") {
            match depart_lane(&word) {
                Some(lane) => made.depart_lane = lane,
                None => report.problem(
                    row.problem("depart_lane", "is not legal")
                        .allowed("best_prob, best, random, free, first, allowed, or an index from the kerb"),
                ),
            }
        }
        source.items.push(made);
    }
}

fn depart_lane(word: &str) -> Option<DepartLane> {
    Some(match word {
        "best_prob" => DepartLane::BestProbable,
        "best" => DepartLane::Best,
        "random" => DepartLane::Random,
        "free" => DepartLane::Free,
        "first" => DepartLane::First,
        "allowed" => DepartLane::Allowed,
        _ => DepartLane::Index(word.parse().ok()?),
    })
}

fn read_od(
    files: &mut Files,
    context: &mut Context<'_>,
    profiles: &BTreeMap<String, Vec<Interval>>,
    (begin_s, end_s): (f64, Option<f64>),
    source: &mut DemandSource,
    report: &mut Report,
) {
    let records = Records::optional(files, "", &OD, report);
    let mut reach = Reach::default();
    for (number, row) in records.rows().enumerate() {
        let vehicle_type = context.vehicle(row, "mix", report);
        let points = context.through(row, report);
        context.check_reachable(row, "to_link", &points, &mut reach, report);
        let whole = match end_s {
            Some(end_s) => vec![(begin_s, end_s, 1.0)],
            None => Vec::new(),
        };
        let intervals = match row.get("profile") {
            None if end_s.is_none() => {
                report.problem(row.problem("profile", "is empty, and the clock of scenario.toml has no end"));
                continue;
            }
            None => &whole,
            Some(name) => match profiles.get(name) {
                Some(intervals) => intervals,
                None => {
                    report.problem(dangling(row.problem("profile", "is no profile"), name, profiles.keys()));
                    continue;
                }
            },
        };
        let flow_per_h = row.number("trips_per_hour").unwrap_or(0.0);
        for (part, &(from_s, to_s, factor)) in intervals.iter().enumerate() {
            let (from_s, to_s) = (from_s.max(begin_s), end_s.map_or(to_s, |end_s| to_s.min(end_s)));
            let rate_per_s = flow_per_h * factor / 3600.0;
            if from_s >= to_s || rate_per_s <= 0.0 {
                continue;
            }
            let departures = Departures::Poisson {
                begin: SimTime::from_s(from_s),
                end: SimTime::from_s(to_s),
                rate_per_s,
                number: None,
            };
            let name = format!("od{number}.{part}");
            source.items.push(item(row, name, departures, vehicle_type, Journey::Through(points.clone())));
        }
    }
}

fn read_bus_lines(files: &mut Files, context: &mut Context<'_>, source: &mut DemandSource, report: &mut Report) {
    let records = Records::optional(files, "", &BUS_LINES, report);
    let mut reach = Reach::default();
    for row in records.rows() {
        let vehicle_type = if row.get("vehicle_type").is_some() {
            context.vehicle(row, "vehicle_type", report)
        } else {
            TypeChoice::One(context.types.find("bus").expect("bus is a class"))
        };
        let mut points = Vec::new();
        for id in row.text("links").split_whitespace() {
            points.extend(context.link(row, "links", id, report).unwrap_or_default());
        }
        context.check_reachable(row, "links", &points, &mut reach, report);
        let stops = line_stops(row, context, &mut points, report);
        let (first_s, last_s) = (row.instant_s("first").unwrap_or(0.0), row.instant_s("last").unwrap_or(0.0));
        let period_s = row.number("headway_s").unwrap_or(600.0).max(1.0);
        if last_s < first_s {
            report.problem(row.problem("last", "is before first"));
            continue;
        }
        let number = ((last_s - first_s) / period_s + 1e-9).floor() as u32;
        let number = number.saturating_add(1);
        let departures = Departures::Every { begin: SimTime::from_s(first_s), period_s, number };
        let mut made = item(row, row.text("line").to_owned(), departures, vehicle_type, Journey::Through(points));
        made.stops = stops;
        source.items.push(made);
    }
}

/// The stops of a line. Links of stops that the line does not name are put between those it names, in order of the
/// stops, so that the way leads past them.
fn line_stops(row: Row<'_>, context: &Context<'_>, points: &mut Vec<LinkId>, report: &mut Report) -> Vec<Stop> {
    let mut stops = Vec::new();
    let mut at = 0;
    for id in row.text("stops").split_whitespace() {
        let Some(position) = context.network.stops.iter().position(|stop| stop.id == id) else {
            let known: Vec<String> = context.network.stops.iter().map(|stop| stop.id.clone()).collect();
            report.problem(dangling(row.problem("stops", format!("{id:?} is no stop")), id, known.iter()));
            continue;
        };
        let stop = &context.network.stops[position];
        let link = LinkId(stop.road as u32);
        match points.iter().skip(at).position(|&point| point == link) {
            Some(further) => at += further,
            None => {
                at = (at + 1).min(points.len().saturating_sub(1));
                points.insert(at, link);
                report.notice("stops of bus lines on links that the line does not name are put between them", 1);
            }
        }
        stops.push(Stop {
            link,
            lane: stop.lane,
            start_m: stop.start_m,
            end_m: stop.end_m,
            duration_s: row.number("dwell_s").unwrap_or(20.0),
            until: None,
            place: Some(StopPlaceId(position as u32)),
            is_parking: false,
        });
    }
    stops
}
