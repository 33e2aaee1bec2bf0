//! Pedestrians at a signal: what each crossing needs, and what the plan leaves.

use std::collections::BTreeSet;

use sim_core::ids::LinkId;
use sim_core::network::parts::LinkKind;
use sim_core::signals::SignalPlan;
use sim_core::signals::hcm::pedestrians::need;

use super::Case;
use super::rows::CrossingRow;
use crate::compile::geometry::{angle_rad, start_direction};
use crate::signals::sites::{Role, direction_of};
use crate::signals::timing::spans;

/// Width of a crossing where none is known.
const WIDTH_M: f64 = 4.0;
/// An arm's inbound and outbound road head against each other within this.
const SAME_ARM_RAD: f64 = 2.5;

/// The crossings of a junction, one for each arm: all lanes of the roads that enter and leave there.
pub(super) fn rows(case: &Case<'_>, plan: &SignalPlan) -> Vec<CrossingRow> {
    let (site, parts) = (case.site, &case.loaded.parts);
    let width_m = |link: LinkId| parts.links[link.index()].lanes.iter().map(|lane| lane.width_m).sum::<f64>();
    let mut free: BTreeSet<LinkId> = site.movements.iter().map(|movement| movement.to).collect();
    let heading_out = |link: LinkId| {
        parts.links[link.index()].lanes.first().map_or([0.0, 1.0], |lane| start_direction(&lane.shape_in_city_m))
    };
    let mut arms: Vec<(String, Option<usize>, Option<LinkId>)> = Vec::new();
    for (position, approach) in site.approaches.iter().enumerate() {
        let beside = free
            .iter()
            .copied()
            .filter(|&link| parts.links[link.index()].kind == LinkKind::Road)
            .map(|link| (angle_rad(approach.heading, heading_out(link)).abs(), link))
            .filter(|(angle, _)| *angle > SAME_ARM_RAD)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, link)) = beside {
            free.remove(&link);
        }
        arms.push((approach.direction.to_owned(), Some(position), beside.map(|(_, link)| link)));
    }
    arms.extend(free.into_iter().map(|link| (format!("{} out", direction_of(heading_out(link))), None, Some(link))));
    arms.into_iter()
        .map(|(arm, inbound, outbound)| {
            let length_m =
                inbound.map_or(0.0, |position| width_m(site.approaches[position].link)) + outbound.map_or(0.0, width_m);
            let need = need(length_m, WIDTH_M, 0.0);
            let available_s = longest_free_ms(case, plan, inbound, outbound) as f64 / 1000.0;
            CrossingRow {
                junction_id: site.id.clone(),
                arm,
                length_m,
                walk_s: need.walk_s,
                clearance_s: need.clearance_s,
                available_s,
                is_enough: need.walk_s + need.clearance_s <= available_s + 1e-9,
            }
        })
        .collect()
}

/// The longest time without green or yellow for those who drive over a crossing: all who enter there, and who leave there
/// straight on. Turns yield to people.
fn longest_free_ms(case: &Case<'_>, plan: &SignalPlan, inbound: Option<usize>, outbound: Option<LinkId>) -> i64 {
    let (site, parts) = (case.site, &case.loaded.parts);
    let cycle_ms = plan.cycle_ms();
    let drives_over = |movement: &&crate::signals::sites::Movement| {
        Some(movement.approach) == inbound && movement.role != Role::Near
            || Some(movement.to) == outbound && movement.role == Role::Through
    };
    let mut busy: Vec<(i64, i64)> = Vec::new();
    for movement in site.movements.iter().filter(drives_over) {
        for &entry in &movement.entries {
            let Some((_, head)) = parts.connectors[entry].signal else { continue };
            for span in spans(plan, usize::from(head)) {
                if span.aspect.is_green() || span.aspect == sim_core::signals::Aspect::Yellow {
                    busy.push((span.start_ms, span.end_ms()));
                    busy.push((span.start_ms - cycle_ms, span.end_ms() - cycle_ms));
                    busy.push((span.start_ms + cycle_ms, span.end_ms() + cycle_ms));
                }
            }
        }
    }
    if busy.is_empty() {
        return cycle_ms;
    }
    busy.sort_unstable();
    let mut longest = 0;
    let mut until = busy[0].1;
    for &(start, end) in &busy[1..] {
        longest = longest.max(start - until);
        until = until.max(end);
    }
    longest.min(cycle_ms)
}
