//! The words of departure and arrival attributes.

use super::context::Context;
use super::xml::Element;
use sim_core::traffic::demand::{Arrival, DepartLane, DepartLateral, DepartPosition, DepartSpeed};

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

/// The lane a vehicle enters.
pub(super) fn lane(context: &mut Context, element: &Element, field: &str) -> Option<DepartLane> {
    let text = element.get(field)?.trim();
    let found = match text {
        "random" => Some(DepartLane::Random),
        "free" => Some(DepartLane::Free),
        "allowed" => Some(DepartLane::Allowed),
        "best" => Some(DepartLane::Best),
        "best_prob" => Some(DepartLane::BestProbable),
        "first" => Some(DepartLane::First),
        _ => text.parse().ok().map(DepartLane::Index),
    };
    if found.is_none() {
        let allowed = "random, free, allowed, best, best_prob, first or a lane index from 0 on";
        context.wrong(element, field, "this departure lane is not known", allowed);
    }
    found
}

/// The position along the first link.
pub(super) fn position(context: &mut Context, element: &Element, field: &str) -> Option<DepartPosition> {
    let text = element.get(field)?.trim();
    let found = match text {
        "base" => Some(DepartPosition::Base),
        "random" | "random_location" => Some(DepartPosition::Random),
        "random_free" => Some(DepartPosition::RandomFree),
        "free" => Some(DepartPosition::Free),
        "last" => Some(DepartPosition::Last),
        "stop" => Some(DepartPosition::Stop),
        _ => number(text).map(DepartPosition::Front),
    };
    if found.is_none() {
        let allowed = "base, random, random_free, random_location, free, last, stop or a number in metres";
        context.wrong(element, field, "this departure position is not known", allowed);
    }
    found
}

/// The speed at departure.
pub(super) fn speed(context: &mut Context, element: &Element, field: &str) -> Option<DepartSpeed> {
    let text = element.get(field)?.trim();
    let found = match text {
        "random" => Some(DepartSpeed::Random),
        "max" => Some(DepartSpeed::Max),
        "desired" => Some(DepartSpeed::Desired),
        "speedLimit" => Some(DepartSpeed::SpeedLimit),
        "last" => Some(DepartSpeed::Last),
        "avg" => Some(DepartSpeed::Average),
        _ => number(text).filter(|&speed| speed >= 0.0).map(DepartSpeed::Fixed),
    };
    if found.is_none() {
        let allowed = "random, max, desired, speedLimit, last, avg or a number of at least 0 in m/s";
        context.wrong(element, field, "this departure speed is not known", allowed);
    }
    found
}

/// The position across the lane at departure.
pub(super) fn lateral(context: &mut Context, element: &Element, field: &str) -> Option<DepartLateral> {
    let text = element.get(field)?.trim();
    let found = match text {
        "random" => Some(DepartLateral::Random),
        "free" | "random_free" => Some(DepartLateral::Free),
        "left" => Some(DepartLateral::Median),
        "right" => Some(DepartLateral::Kerb),
        "center" => Some(DepartLateral::Center),
        _ => number(text).map(DepartLateral::Offset),
    };
    if found.is_none() {
        let allowed = "random, free, random_free, left, right, center or a number in metres";
        context.wrong(element, field, "this lateral departure position is not known", allowed);
    }
    found
}

/// Where and how fast the trip ends. Random arrival positions and lanes are taken as free of choice.
pub(super) fn arrival(context: &mut Context, element: &Element) -> Arrival {
    let mut arrival = Arrival::default();
    if let Some(text) = element.get("arrivalPos") {
        match text.trim() {
            "max" => {}
            "random" | "center" => context.notice(format!("arrivalPos = {text:?} is taken as the end of the link")),
            text => match number(text) {
                // SUMO counts negative positions from the end.
                Some(metres) => arrival.position_m = Some(metres),
                None => context.wrong(element, "arrivalPos", "this is not a position", "max, center, random or metres"),
            },
        }
    }
    if let Some(text) = element.get("arrivalLane") {
        match text.trim() {
            "current" => {}
            "random" | "first" => context.notice(format!("arrivalLane = {text:?} is taken as any lane")),
            text => match text.parse() {
                Ok(lane) => arrival.lane = Some(lane),
                Err(_) => {
                    context.wrong(
                        element,
                        "arrivalLane",
                        "this is not a lane",
                        "current, random, first or a lane index",
                    );
                }
            },
        }
    }
    if let Some(text) = element.get("arrivalSpeed") {
        match text.trim() {
            "current" => {}
            text => match number(text).filter(|&speed| speed >= 0.0) {
                Some(speed) => arrival.speed_mps = Some(speed),
                None => context.wrong(element, "arrivalSpeed", "this is not a speed", "current or at least 0 m/s"),
            },
        }
    }
    arrival
}
