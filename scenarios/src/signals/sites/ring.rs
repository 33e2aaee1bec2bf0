//! Roundabouts as one junction.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::ids::LinkId;
use sim_core::network::parts::{Control, LinkKind, NetworkParts};

use super::{Approach, Movement, Role, Site, SiteControl, approach, find_opposing};
use crate::compile::geometry::{angle_rad, start_direction};
use crate::loaded::Names;

/// A roundabout: entries and exits in the order of circulation.
pub(super) fn roundabout(parts: &NetworkParts, names: &Names, nodes: &[usize]) -> Site {
    let is_member = |node: usize| nodes.contains(&node);
    let roads =
        || parts.links.iter().enumerate().filter(|(_, link)| link.kind == LinkKind::Road && !link.in_roundabout);
    let mut entries: Vec<(usize, LinkId)> = Vec::new();
    let mut exits: Vec<(usize, LinkId)> = Vec::new();
    let order = circulation(parts, nodes);
    for (index, link) in roads() {
        let place = |node: usize| order.iter().position(|&at| at == node);
        if let (true, Some(place)) = (is_member(link.to.index()), place(link.to.index())) {
            entries.push((place, LinkId(index as u32)));
        }
        if let (true, Some(place)) = (is_member(link.from.index()), place(link.from.index())) {
            exits.push((place, LinkId(index as u32)));
        }
    }
    entries.sort_unstable();
    exits.sort_unstable();
    let mut approaches: Vec<Approach> = entries.iter().map(|(_, link)| approach(parts, names, *link)).collect();
    find_opposing(&mut approaches);
    let mut movements = Vec::new();
    for (position, entry) in approaches.iter().enumerate() {
        for (_, exit) in &exits {
            let out = parts.links[exit.index()].lanes.first();
            let out = out.map_or([0.0, 1.0], |lane| start_direction(&lane.shape_in_city_m));
            let degrees = angle_rad(entry.heading, out).to_degrees();
            let role = match degrees {
                d if d.abs() > 150.0 => Role::Around,
                d if d.abs() <= 45.0 => Role::Through,
                d if (d > 0.0) == parts.left_hand => Role::Near,
                _ => Role::Across,
            };
            movements.push(Movement {
                approach: position,
                to: *exit,
                role,
                entries: Vec::new(),
                control: Control::Minor,
                has_signal: false,
            });
        }
    }
    movements.sort_by_key(|movement| (movement.approach, movement.role, movement.to));
    let has_signal = parts
        .connectors
        .iter()
        .any(|connector| connector.signal.is_some() && is_member(parts.links[connector.from.link.index()].to.index()));
    let control = if has_signal {
        SiteControl::NotCovered("a roundabout with signals has no method in the manual")
    } else if order.len() < nodes.len() {
        SiteControl::NotCovered("the links of this roundabout make no single ring")
    } else {
        SiteControl::Roundabout
    };
    Site {
        id: names.junctions[nodes[0]].clone(),
        aliases: nodes[1..].iter().map(|&node| names.junctions[node].clone()).collect(),
        title: names.junction_titles.get(nodes[0]).unwrap_or(&names.junctions[nodes[0]]).clone(),
        junction: nodes[0],
        control,
        approaches,
        movements,
        left_hand: parts.left_hand,
    }
}

/// The nodes of a ring in the order in which traffic passes them.
pub fn circulation(parts: &NetworkParts, nodes: &[usize]) -> Vec<usize> {
    let mut order = vec![nodes[0]];
    loop {
        let last = order[order.len() - 1];
        let next = parts
            .links
            .iter()
            .find(|link| link.in_roundabout && link.kind == LinkKind::Road && link.from.index() == last)
            .map(|link| link.to.index());
        match next {
            Some(node) if !order.contains(&node) => order.push(node),
            _ => return order,
        }
    }
}

/// Groups of nodes that links of roundabouts join.
pub(super) fn rings(parts: &NetworkParts) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..parts.junctions.len()).collect();
    fn root(group: &[usize], mut at: usize) -> usize {
        while group[at] != at {
            at = group[at];
        }
        at
    }
    let mut touched = BTreeSet::new();
    for link in parts.links.iter().filter(|link| link.in_roundabout && link.kind == LinkKind::Road) {
        let (a, b) = (root(&group, link.from.index()), root(&group, link.to.index()));
        touched.extend([link.from.index(), link.to.index()]);
        group[a.max(b)] = a.min(b);
    }
    let mut rings: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in touched {
        rings.entry(root(&group, node)).or_default().push(node);
    }
    rings.into_values().collect()
}
