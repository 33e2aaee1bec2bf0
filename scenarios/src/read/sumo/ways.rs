//! The links that trips and routes name.

use sim_core::ids::LinkId;

use super::context::Context;
use super::network::ReadNetwork;
use super::xml::Element;

/// From, via and to of a trip; `None` if there is no from.
pub(super) fn journey(context: &mut Context, network: &ReadNetwork, element: &Element) -> Option<Vec<LinkId>> {
    for field in ["fromTaz", "toTaz", "fromJunction", "toJunction", "fromXY", "toXY", "fromLonLat", "toLonLat"] {
        if element.has(field) {
            let hint = "let SUMO's duarouter write routes for this demand";
            context.wrong(element, field, "trips between zones, junctions or positions are not supported", "from, to");
            if let Some(problem) = context.problems.list.last_mut() {
                problem.hint = Some(hint.into());
            }
            return None;
        }
    }
    if !element.has("from") && !element.has("to") {
        return None;
    }
    let mut links = Vec::new();
    for field in ["from", "via", "to"] {
        if field != "via" {
            context.text(element, field)?;
        }
        for edge in element.get(field).unwrap_or_default().split_whitespace() {
            links.push(link(context, network, element, field, edge)?);
        }
    }
    Some(links)
}

/// The links of a route, repetitions included.
pub(super) fn route_links(context: &mut Context, network: &ReadNetwork, element: &Element) -> Option<Vec<LinkId>> {
    let edges = context.text(element, "edges")?;
    let found: Vec<Option<LinkId>> =
        edges.split_whitespace().map(|edge| link(context, network, element, "edges", edge)).collect();
    let links: Vec<LinkId> = found.into_iter().collect::<Option<_>>()?;
    if links.is_empty() {
        context.wrong(element, "edges", "the route has no edge", "at least one edge");
        return None;
    }
    let repeats = context.whole::<u32>(element, "repeat").unwrap_or(0) as usize;
    Some(links.repeat(repeats + 1))
}

fn link(context: &mut Context, network: &ReadNetwork, element: &Element, field: &str, edge: &str) -> Option<LinkId> {
    let found = network.links.get(edge).copied();
    if found.is_none() {
        let message = format!("the edge {edge} is not in the network");
        let near = (context.problems.list.len() < 20)
            .then(|| {
                let distance = |name: &&String| strsim::damerau_levenshtein(name, edge);
                network.names.links.iter().filter(|name| !name.starts_with(':')).min_by_key(distance)
            })
            .flatten();
        let problem = context.problem(element.line, message);
        problem.field = Some(field.to_owned());
        problem.value = Some(edge.to_owned());
        problem.hint = near.map(|near| format!("the nearest name is {near}; are network and routes of one version?"));
    }
    found
}
