//! What tables call a movement or an approach, and by which chapter of the Highway Capacity Manual it is judged.

use std::collections::BTreeMap;

use sim_core::ids::{LinkId, SignalId};
use sim_core::network::parts::{Control, JunctionKind, LinkPart, NetworkParts, Turn};

use super::level_of_service::Basis;
use super::run::FinishedRun;

/// What the network says about one movement.
#[derive(Clone, PartialEq, Debug)]
pub struct MovementPlace {
    /// Inbound link.
    pub from: LinkId,
    /// Outbound link.
    pub to: LinkId,
    /// The signal that rules it.
    pub signal: Option<SignalId>,
    /// Which way it turns.
    pub turn: Turn,
    /// By what its level of service is judged.
    pub basis: Basis,
}

/// The movements of a run, in movement order.
pub fn movements(run: &FinishedRun<'_>) -> Vec<MovementPlace> {
    let parts = &run.loaded.parts;
    let mut first_connector = BTreeMap::new();
    for connector in &parts.connectors {
        first_connector.entry((connector.from.link, connector.leads_to.link)).or_insert(connector);
    }
    run.movement_ends
        .iter()
        .map(|&(from, to)| {
            let connector = first_connector.get(&(from, to));
            let control = connector.map_or(Control::DeadEnd, |connector| connector.control);
            MovementPlace {
                from,
                to,
                signal: connector.and_then(|connector| connector.signal).map(|(signal, _)| signal),
                turn: connector.map_or(Turn::Unknown, |connector| connector.turn),
                basis: basis(parts, from, to, control),
            }
        })
        .collect()
}

fn basis(parts: &NetworkParts, from: LinkId, to: LinkId, control: Control) -> Basis {
    let (inbound, outbound) = (&parts.links[from.index()], &parts.links[to.index()]);
    if control == Control::Signal {
        return Basis::Signal;
    }
    if outbound.in_roundabout && !inbound.in_roundabout {
        return Basis::Roundabout;
    }
    match control {
        Control::AllWayStop => Basis::AllWayStop,
        Control::Minor | Control::Stop => match parts.junctions[inbound.to.index()].kind {
            JunctionKind::RightBeforeLeft => Basis::None("yield to the right: not covered by HCM"),
            _ => Basis::Yield,
        },
        Control::Major => Basis::None("does not yield: HCM gives no letter"),
        Control::Equal => Basis::None("yield to the right: not covered by HCM"),
        Control::Zipper => Basis::None("zipper merge: not covered by HCM"),
        Control::Signal | Control::DeadEnd => Basis::None("not covered by HCM"),
    }
}

/// The word for a turn.
pub fn turn_word(turn: Turn) -> &'static str {
    match turn {
        Turn::Straight => "through",
        Turn::Left => "left",
        Turn::Right => "right",
        Turn::PartLeft => "half left",
        Turn::PartRight => "half right",
        Turn::Around => "U-turn",
        Turn::Unknown => "unknown turn",
    }
}

/// The heading at the end of a link (`northbound`, …); `None` without a shape.
pub fn heading(link: &LinkPart) -> Option<&'static str> {
    let shape = &link.lanes.first()?.shape_in_city_m;
    let end = *shape.last()?;
    let start =
        shape.iter().rev().find(|point| (point[0] - end[0]).hypot(point[1] - end[1]) >= 20.0).or(shape.first())?;
    let (dx, dy) = (end[0] - start[0], end[1] - start[1]);
    if dx == 0.0 && dy == 0.0 {
        return None;
    }
    const WORDS: [&str; 8] = [
        "eastbound",
        "northeastbound",
        "northbound",
        "northwestbound",
        "westbound",
        "southwestbound",
        "southbound",
        "southeastbound",
    ];
    let eighth = (sim_core::math::atan2(dy, dx) / std::f64::consts::FRAC_PI_4).round() as i64;
    Some(WORDS[eighth.rem_euclid(8) as usize])
}

/// The name of an approach: street and heading.
pub fn approach_name(run: &FinishedRun<'_>, link: LinkId) -> String {
    match heading(&run.loaded.parts.links[link.index()]) {
        Some(heading) => format!("{} {heading}", run.link_title(link)),
        None => run.link_title(link).to_owned(),
    }
}

/// The name of a movement: street and heading, turn, street.
pub fn movement_name(run: &FinishedRun<'_>, place: &MovementPlace) -> String {
    let turn = turn_word(place.turn);
    format!("{} → {} ({turn})", approach_name(run, place.from), run.link_title(place.to))
}

/// The id of a movement.
pub fn movement_id(run: &FinishedRun<'_>, place: &MovementPlace) -> String {
    format!("{}->{}", run.link_name(place.from), run.link_name(place.to))
}

/// External id of a signal.
pub fn signal_name<'a>(run: &FinishedRun<'a>, signal: Option<SignalId>) -> Option<&'a str> {
    run.loaded.names.signals.get(signal?.index()).map(String::as_str)
}
