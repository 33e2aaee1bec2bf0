//! Stopping places of additional files, and stops of vehicles and routes.

use std::collections::HashMap;

use sim_core::city::StopPlace;
use sim_core::ids::{Id, LaneId, StopPlaceId};
use sim_core::network::parts::LaneRef;
use sim_core::traffic::demand::Stop;

use super::context::{Context, Range};
use super::network::ReadNetwork;
use super::xml::Element;

/// SUMO's shortest stop.
const SHORTEST_M: f64 = 0.2;

/// The stopping places read.
#[derive(Default)]
pub(super) struct StopPlaces {
    pub(super) places: Vec<StopPlace>,
    pub(super) names: Vec<String>,
    at: Vec<LaneRef>,
    by_name: HashMap<String, StopPlaceId>,
}

/// Where on a lane: from and to, in metres from its start.
fn range(context: &mut Context, network: &ReadNetwork, element: &Element, lane: LaneRef) -> (f64, f64) {
    let length_m = network.parts.links[lane.link.index()].lanes[usize::from(lane.index)].length_m;
    let from_start = |metres: f64| if metres < 0.0 { metres + length_m } else { metres };
    let is_friendly = context.yes(element, "friendlyPos").unwrap_or(false);
    let end_m = context.number(element, "endPos", Range::Any).map_or(length_m, from_start);
    let usual_start_m = (end_m - SHORTEST_M).max(0.0);
    let start_m = context.number(element, "startPos", Range::Any).map_or(usual_start_m, from_start);
    if is_friendly {
        let end_m = end_m.clamp(SHORTEST_M.min(length_m), length_m);
        return (start_m.clamp(0.0, (end_m - SHORTEST_M).max(0.0)), end_m);
    }
    if !(0.0..=length_m + 0.1).contains(&end_m) || start_m < 0.0 || start_m > end_m {
        let message = format!("the stop lies outside its lane, which is {length_m} m long");
        let problem = context.problem(element.line, message);
        problem.field = Some("startPos, endPos".into());
        problem.value = Some(format!("{start_m}, {end_m}"));
        problem.allowed = Some(format!("0 ≤ startPos ≤ endPos ≤ {length_m}"));
    }
    (start_m, end_m.min(length_m))
}

impl StopPlaces {
    /// Takes an element if it is a stopping place.
    pub(super) fn open(&mut self, context: &mut Context, network: &ReadNetwork, element: &Element) -> bool {
        match element.name.as_str() {
            "busStop" | "trainStop" => {}
            "containerStop" | "chargingStation" | "parkingArea" => {
                context.notice(format!("<{}> is taken as a plain stopping place", element.name));
            }
            _ => return false,
        }
        let Some(lane) = lane(context, network, element) else { return true };
        let id = context.text(element, "id").unwrap_or_default().to_owned();
        let (start_m, end_m) = if element.has("startPos") {
            range(context, network, element, lane)
        } else {
            let (_, end_m) = range(context, network, element, lane);
            ((end_m - 10.0).max(0.0), end_m)
        };
        let place = StopPlaceId::from_index(self.places.len());
        if self.by_name.insert(id.clone(), place).is_some() {
            context.wrong(element, "id", "there is another stopping place of this name", "");
        }
        let before: usize = network.parts.links[..lane.link.index()].iter().map(|link| link.lanes.len()).sum();
        self.places.push(StopPlace { lane: LaneId::from_index(before + usize::from(lane.index)), start_m, end_m });
        self.names.push(id);
        self.at.push(lane);
        true
    }
    /// Reads the stop of a vehicle or route.
    pub(super) fn stop(&self, context: &mut Context, network: &ReadNetwork, element: &Element) -> Option<Stop> {
        let named = ["busStop", "trainStop", "containerStop", "chargingStation", "parkingArea"];
        let named = named.into_iter().find_map(|field| Some((field, element.get(field)?)));
        let duration_s = context.time_s(element, "duration", Range::NotNegative);
        let until = context.instant(element, "until");
        if duration_s.is_none() && until.is_none() {
            if !element.has("duration") && !element.has("until") {
                let problem = context.problem(element.line, "the stop has no end");
                problem.field = Some("duration".into());
                problem.hint = Some("give duration or until; stops that end by a trigger are not supported".into());
            }
            return None;
        }
        for field in
            ["triggered", "containerTriggered", "expected", "join", "split", "posLat", "speed", "onDemand", "jump"]
        {
            if element.has(field) && element.get(field) != Some("false") {
                context.notice(format!("the stop attribute {field} is not supported and has no effect"));
            }
        }
        let is_parking = element.get("parking").is_some_and(|word| !matches!(word, "false" | "0" | "no" | "off"))
            || named.is_some_and(|(field, _)| field == "parkingArea");
        let (lane, start_m, end_m, place) = match named {
            Some((field, name)) => match self.by_name.get(name) {
                Some(&id) => {
                    let place = self.places[id.index()];
                    (self.at[id.index()], place.start_m, place.end_m, Some(id))
                }
                None => {
                    context.wrong(element, field, "this stopping place is not known", "");
                    return None;
                }
            },
            None => {
                let lane = lane(context, network, element)?;
                let (start_m, end_m) = range(context, network, element, lane);
                (lane, start_m, end_m, None)
            }
        };
        Some(Stop {
            link: lane.link,
            lane: lane.index,
            start_m,
            end_m,
            duration_s: duration_s.unwrap_or(0.0),
            until,
            place,
            is_parking,
        })
    }
}

fn lane(context: &mut Context, network: &ReadNetwork, element: &Element) -> Option<LaneRef> {
    let (field, found) = match (element.get("lane"), element.get("edge")) {
        (None, Some(edge)) => ("edge", network.links.get(edge).map(|&link| LaneRef { link, index: 0 })),
        (Some(lane), _) => ("lane", network.lanes.get(lane).copied()),
        (None, None) => {
            context.text(element, "lane");
            return None;
        }
    };
    if found.is_none() {
        context.wrong(element, field, format!("this {field} is not in the network"), "");
    }
    found
}
