//! Signals: lanes and plan become the input of the method of Chapter 19, its lane groups become rows.

mod left;
mod model;

use std::collections::BTreeMap;

use sim_core::signals::hcm::lane_flow::GroupKind;
use sim_core::signals::hcm::saturation::platoon_ratio;
use sim_core::signals::hcm::signal::{self, LaneGroup};
use sim_core::signals::hcm::{LevelOfService, weighted_mean};

use super::progression::{Arrivals, Stream, Upstream};
use super::rows::{GroupRow, MovementRow, Part, finite};
use super::{Case, crossings};
use crate::signals::sites::{Role, Site};
use crate::signals::timing::greens;
use model::{Model, Reading, model};

/// Works a signal out.
pub(super) fn evaluate(case: &Case<'_>, sites: &[Site], upstream: &BTreeMap<usize, Upstream>) -> Part {
    let Some(reading) = Reading::new(case) else { return case.not_covered("its signal has no plan") };
    let mut model = model(&reading);
    for (index, modelled) in model.approaches.iter().enumerate() {
        let condition = case.conditions.of(case.site, modelled.position);
        let arrival_type = condition.arrival_type.or(case.settings.arrival_type);
        let approach = &mut model.junction.approaches[index];
        if let Some(ratio) = arrival_type.and_then(platoon_ratio) {
            approach.platoon_ratio = ratio;
            approach.platoon_ratio_left = ratio;
        } else if let Some(arrivals) = Arrivals::at(case, sites, upstream, modelled.position, reading.plan) {
            let through = arrivals.platoon_ratio(&modelled.green, approach.through.effective_green_s());
            approach.platoon_ratio = through;
            approach.filtering = arrivals.filtering;
            model.notes.push(format!(
                "{}: platoon ratio {through:.2} and filtering factor {:.2} from {}",
                case.site.approaches[modelled.position].direction, arrivals.filtering, arrivals.from
            ));
        }
    }
    let outcome = signal::analyze(&model.junction);
    let movements = movement_rows(case, &model, &outcome.groups);
    let mut junction = case.junction_row();
    junction.cycle_s = Some(model.junction.cycle_s);
    junction.critical_ratio = finite(outcome.critical_ratio);
    let delay_s = weighted_mean(movements.iter().filter_map(|row| Some((row.control_delay_s?, row.flow_vph))));
    junction.control_delay_s = finite(delay_s);
    junction.level_of_service = Some(LevelOfService::at_signal(delay_s, false).letter());
    junction.assumed.append(&mut model.notes);
    let crossings = crossings::rows(case, reading.plan);
    Part {
        approaches: case.approach_rows(&movements, |delay_s| Some(LevelOfService::at_signal(delay_s, false).letter())),
        groups: outcome.groups.iter().map(|group| group_row(case, &model, group)).collect(),
        movements,
        junction,
        crossings,
    }
}

/// What a signal sends off, for junctions downstream.
pub(super) fn sends(case: &Case<'_>) -> Option<Upstream> {
    let reading = Reading::new(case)?;
    let model = model(&reading);
    let outcome = signal::analyze(&model.junction);
    let mut streams = Vec::new();
    for (index, movement) in case.site.movements.iter().enumerate() {
        let (Some(head), flow_vph) = (reading.head(index), case.demand.rate_vph(index)) else { continue };
        let Some(green) = greens(reading.plan, head).first().copied() else { continue };
        let serving: Vec<&LaneGroup> = serving(&model, &outcome.groups, case.site, index);
        let capacity_vph: f64 = serving.iter().map(|group| group.capacity_vph * share_of(group, movement.role)).sum();
        let volume_to_capacity = serving.iter().map(|group| group.volume_to_capacity).fold(0.0, f64::max);
        streams.push(Stream { to: movement.to, flow_vph, green, capacity_vph, volume_to_capacity });
    }
    Some(Upstream { cycle_ms: reading.plan.cycle_ms(), offset_ms: reading.plan.offset_ms, streams })
}

/// Share of a group's flow, or of its turns where nobody comes, that a role has.
fn share_of(group: &LaneGroup, role: Role) -> f64 {
    let total = group.flow.total_vph();
    let own = flow_of(group, role);
    if total > 0.0 { own / total } else { 1.0 }
}

fn flow_of(group: &LaneGroup, role: Role) -> f64 {
    match role {
        Role::Across | Role::Around => group.flow.left_vph,
        Role::Through => group.flow.through_vph,
        Role::Near => group.flow.right_vph,
    }
}

fn serves(kind: GroupKind, role: Role) -> bool {
    match role {
        Role::Across | Role::Around => kind.serves_left(),
        Role::Through => kind.serves_through(),
        Role::Near => kind.serves_right(),
    }
}

/// Lane groups that serve a movement.
fn serving<'g>(model: &Model, groups: &'g [LaneGroup], site: &Site, movement: usize) -> Vec<&'g LaneGroup> {
    let movement = &site.movements[movement];
    groups
        .iter()
        .filter(|group| model.approaches[group.approach].position == movement.approach)
        .filter(|group| serves(group.kind, movement.role))
        .collect()
}

fn movement_rows(case: &Case<'_>, model: &Model, groups: &[LaneGroup]) -> Vec<MovementRow> {
    let mut rows = case.movement_rows();
    for (index, row) in rows.iter_mut().enumerate() {
        let role = case.site.movements[index].role;
        if let Some(note) = model.movement_notes.get(&index) {
            row.note.clone_from(note);
            if note != "never green" {
                continue;
            }
        }
        let list = serving(model, groups, case.site, index);
        if list.is_empty() {
            if row.note.is_empty() {
                "no lane for cars serves it".clone_into(&mut row.note);
            }
            continue;
        }
        let weight = |group: &LaneGroup| flow_of(group, role);
        let has_flow = list.iter().any(|group| weight(group) > 0.0);
        let mean = |value: fn(&LaneGroup) -> f64| {
            weighted_mean(list.iter().map(|group| (value(group), if has_flow { weight(group) } else { 1.0 })))
        };
        row.lane_groups = list.iter().map(|group| turns_of(case.site, group.kind)).collect::<Vec<_>>().join(" ");
        let capacity_vph: f64 = list.iter().map(|group| group.capacity_vph * share_of(group, role)).sum();
        let ratio = mean(|group| group.volume_to_capacity);
        let delay_s = mean(|group| group.control_delay_s);
        row.capacity_vph = finite(capacity_vph);
        row.volume_to_capacity = finite(ratio);
        row.control_delay_s = finite(delay_s);
        let queues = list.iter().map(|group| group.back_of_queue_p95_m);
        row.queue_p95_m = finite(queues.fold(0.0, f64::max));
        row.level_of_service = Some(LevelOfService::at_signal(delay_s, ratio > 1.0).letter());
    }
    rows
}

fn group_row(case: &Case<'_>, model: &Model, group: &LaneGroup) -> GroupRow {
    let position = model.approaches[group.approach].position;
    GroupRow {
        junction_id: case.site.id.clone(),
        approach: case.site.approaches[position].direction.to_owned(),
        lane_group: turns_of(case.site, group.kind),
        lanes: group.n_lanes,
        flow_vph: group.flow.total_vph(),
        saturation_vphpl: finite(group.saturation_vphpl),
        green_s: finite(group.green_s),
        arrivals_on_green_share: finite(group.share_on_green),
        capacity_vph: finite(group.capacity_vph),
        volume_to_capacity: finite(group.volume_to_capacity),
        uniform_delay_s: finite(group.uniform_s),
        incremental_delay_s: finite(group.incremental_s),
        initial_queue_delay_s: finite(group.initial_queue_s),
        control_delay_s: finite(group.control_delay_s),
        queue_mean_m: finite(group.back_of_queue_m),
        queue_p95_m: finite(group.back_of_queue_p95_m),
        storage_ratio: group.storage_ratio_p95.and_then(finite),
        level_of_service: Some(group.level.letter()),
    }
}

/// Letters of a group as geography has them.
fn turns_of(site: &Site, kind: GroupKind) -> String {
    if !site.left_hand {
        return kind.letters().to_owned();
    }
    kind.letters()
        .chars()
        .map(|letter| match letter {
            'L' => 'R',
            'R' => 'L',
            other => other,
        })
        .rev()
        .collect()
}
