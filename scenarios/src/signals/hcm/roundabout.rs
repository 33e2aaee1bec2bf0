//! Roundabouts: entries in the order of circulation become the input of Chapter 22.

use std::collections::BTreeSet;

use sim_core::ids::LinkId;
use sim_core::network::parts::LinkKind;
use sim_core::signals::hcm::back_of_queue::spacing_m;
use sim_core::signals::hcm::roundabout::{Entry, Roundabout, analyze};

use super::Case;
use super::rows::{GroupRow, Part, finite};
use crate::signals::sites::circulation;

/// Works a roundabout out.
pub(super) fn evaluate(case: &Case<'_>) -> Part {
    let (site, parts) = (case.site, &case.loaded.parts);
    let names = &case.loaded.names;
    let ids: BTreeSet<&str> =
        std::iter::once(site.id.as_str()).chain(site.aliases.iter().map(String::as_str)).collect();
    let nodes: Vec<usize> =
        (0..parts.junctions.len()).filter(|&node| ids.contains(names.junctions[node].as_str())).collect();
    let order = circulation(parts, &nodes);
    let arms = arms(case, &order);
    let n = arms.len();
    let lanes = |link: LinkId| {
        let cars = |lane: &&sim_core::network::parts::LanePart| lane.allowed.allows_vehicles();
        (parts.links[link.index()].lanes.iter().filter(cars).count() as u32).clamp(1, 2)
    };
    let mut entries = Vec::new();
    let mut positions: Vec<Option<usize>> = Vec::new();
    for (index, (_, entry)) in arms.iter().enumerate() {
        let position = entry.and_then(|link| site.approaches.iter().position(|approach| approach.link == link));
        positions.push(position);
        let mut demand_vph = vec![0.0; n];
        for (movement, vph) in
            site.movements.iter().enumerate().map(|(m, movement)| (movement, case.demand.rate_vph(m)))
        {
            if Some(movement.approach) != position {
                continue;
            }
            if let Some(exit) = arms.iter().position(|(exit, _)| *exit == Some(movement.to)) {
                demand_vph[(exit + n - index - 1) % n] += vph;
            }
        }
        let own: Vec<usize> =
            (0..site.movements.len()).filter(|&m| Some(site.movements[m].approach) == position).collect();
        let condition = position.map(|position| case.conditions.of(site, position)).unwrap_or_default();
        let ring = entry.and_then(|link| {
            let node = parts.links[link.index()].to;
            let circulates = |index: &usize| {
                let other = &parts.links[*index];
                other.in_roundabout && other.kind == LinkKind::Road && other.to == node
            };
            (0..parts.links.len()).find(circulates)
        });
        entries.push(Entry {
            demand_vph,
            heavy_share: case.heavy_share(&own),
            n_lanes: entry.map_or(1, lanes),
            circulating_lanes: ring.map_or(1, |link| lanes(LinkId(link as u32))),
            pedestrians_ph: condition.pedestrians_ph,
            ..Entry::default()
        });
    }
    let heavy: Vec<f64> = entries.iter().map(|entry| entry.heavy_share).collect();
    let roundabout =
        Roundabout { entries, period_h: case.settings.period_h, calibrated_s: None, has_whole_flows: false };
    let outcome = analyze(&roundabout);
    let mut rows = case.movement_rows();
    let mut groups = Vec::new();
    for ((entry, position), heavy) in outcome.entries.iter().zip(&positions).zip(heavy) {
        let Some(position) = *position else { continue };
        for (number, lane) in entry.lanes.iter().enumerate() {
            groups.push(GroupRow {
                junction_id: site.id.clone(),
                approach: site.approaches[position].direction.to_owned(),
                lane_group: format!("lane {}", number + 1),
                lanes: 1,
                flow_vph: lane.flow_vph,
                capacity_vph: lane.capacity_vph,
                volume_to_capacity: finite(lane.volume_to_capacity),
                control_delay_s: finite(lane.control_delay_s),
                queue_p95_m: finite(lane.queue_p95_veh * spacing_m(heavy)),
                level_of_service: Some(lane.level.letter()),
                ..GroupRow::default()
            });
        }
        let capacity_vph: f64 = entry.lanes.iter().filter_map(|lane| lane.capacity_vph).sum();
        let flow_vph = entry.flow_vph;
        for (index, row) in rows.iter_mut().enumerate() {
            if site.movements[index].approach != position {
                continue;
            }
            let share = if flow_vph > 0.0 { row.flow_vph / flow_vph } else { 1.0 };
            let ratio = entry.lanes.iter().map(|lane| lane.volume_to_capacity).fold(0.0, f64::max);
            row.capacity_vph = finite(capacity_vph * share);
            row.volume_to_capacity = finite(ratio);
            row.control_delay_s = finite(entry.control_delay_s);
            let queue_veh = entry.lanes.iter().map(|lane| lane.queue_p95_veh).fold(0.0, f64::max);
            row.queue_p95_m = finite(queue_veh * spacing_m(heavy));
            row.level_of_service = Some(if ratio > 1.0 { 'F' } else { entry.level.letter() });
            "entry".clone_into(&mut row.lane_groups);
        }
    }
    let mut junction = case.junction_row();
    junction.control_delay_s = finite(outcome.control_delay_s);
    junction.level_of_service = Some(outcome.level.letter());
    junction.assumed.push("lanes of two-lane entries: left and through, through and right".to_owned());
    let level = |delay_s: f64| Some(sim_core::signals::hcm::LevelOfService::without_signal(delay_s, false).letter());
    Part { approaches: case.approach_rows(&rows, level), junction, groups, movements: rows, crossings: Vec::new() }
}

/// Exit and entry of every arm around the ring.
fn arms(case: &Case<'_>, order: &[usize]) -> Vec<(Option<LinkId>, Option<LinkId>)> {
    let (site, parts) = (case.site, &case.loaded.parts);
    let place_in = |link: LinkId| order.iter().position(|&node| parts.links[link.index()].to.index() == node);
    let place_out = |link: LinkId| order.iter().position(|&node| parts.links[link.index()].from.index() == node);
    // Arms: places around the ring with an entry, an exit or both. An exit belongs to the arm of the next entry that
    // comes before another exit does, since exits lie before the entries of their arm.
    let mut marks: Vec<(usize, bool, LinkId)> = Vec::new();
    let exits: BTreeSet<LinkId> = site.movements.iter().map(|movement| movement.to).collect();
    marks.extend(exits.iter().filter_map(|&link| Some((place_out(link)?, false, link))));
    marks.extend(site.approaches.iter().filter_map(|approach| Some((place_in(approach.link)?, true, approach.link))));
    marks.sort_unstable();
    let mut arms: Vec<(Option<LinkId>, Option<LinkId>)> = Vec::new();
    for (_, is_entry, link) in marks {
        match arms.last_mut() {
            Some((Some(_), entry @ None)) if is_entry => *entry = Some(link),
            _ if is_entry => arms.push((None, Some(link))),
            _ => arms.push((Some(link), None)),
        }
    }
    arms
}
