//! Stop signs: on the side road (Chapter 20), and on all approaches (Chapter 21).

use sim_core::network::parts::Control;
use sim_core::signals::hcm::LevelOfService;
use sim_core::signals::hcm::all_way_stop::{self, LaneDemand};
use sim_core::signals::hcm::back_of_queue::spacing_m;
use sim_core::signals::hcm::two_way_stop::{self, Major, MajorRight, Minor, MinorLanes};

use super::Case;
use super::rows::{GroupRow, MovementRow, Part, finite};
use crate::compile::geometry::cross;
use crate::signals::sites::{Role, Site, SiteLane};

const LEFT: [Role; 2] = [Role::Across, Role::Around];

/// Which approaches are the main road and which the side roads, in the manual's numbering: from whom movements 1, 4, 7
/// and 10 turn left.
fn arms(case: &Case<'_>) -> Result<[Option<usize>; 4], &'static str> {
    let site = case.site;
    let is_major = |approach: usize| {
        let own = site.movements.iter().filter(|movement| movement.approach == approach);
        own.filter(|movement| movement.role != Role::Around).any(|movement| movement.control == Control::Major)
    };
    let (major, minor): (Vec<usize>, Vec<usize>) = (0..site.approaches.len()).partition(|&approach| is_major(approach));
    if major.is_empty() || major.len() > 2 || minor.is_empty() || minor.len() > 2 {
        return Err("the method knows one main road and at most two side roads");
    }
    if let [one, other] = major[..]
        && site.approaches[one].opposing != Some(other)
    {
        return Err("the main road turns here: the method has no such case");
    }
    if let [one, other] = minor[..]
        && site.approaches[one].opposing != Some(other)
    {
        return Err("the side roads do not face each other: the method has no such case");
    }
    // Movement 7 comes from the side road that has movements 1 to 3 on its left: the main road's traffic comes from there.
    let first = major[0];
    let heading = |approach: usize| site.approaches[approach].heading;
    let side = if site.left_hand { -1.0 } else { 1.0 };
    let has_on_left = |approach: usize| cross(heading(approach), heading(first)) * side < 0.0;
    let seven = minor.iter().copied().find(|&approach| has_on_left(approach));
    let ten = minor.iter().copied().find(|&approach| !has_on_left(approach));
    Ok([Some(first), major.get(1).copied(), seven, ten])
}

/// Movements of an approach by turn: left with back, through, right.
fn by_turn(site: &Site, approach: usize) -> [Vec<usize>; 3] {
    [
        site.movements_of(approach, &LEFT),
        site.movements_of(approach, &[Role::Through]),
        site.movements_of(approach, &[Role::Near]),
    ]
}

fn minor_lanes(lanes: &[SiteLane]) -> MinorLanes {
    let has = |roles: &[Role]| {
        lanes.iter().any(|lane| lane.roles.iter().filter(|role| **role != Role::Around).eq(roles.iter()))
    };
    match lanes.len() {
        0 | 1 => MinorLanes::Single,
        2 if has(&[Role::Across]) => MinorLanes::LeftAndThroughRight,
        2 => MinorLanes::LeftThroughAndRight,
        _ => MinorLanes::Separate,
    }
}

/// Works a two-way stop out.
pub(super) fn two_way(case: &Case<'_>) -> Part {
    let arms = match arms(case) {
        Ok(arms) => arms,
        Err(why) => return case.not_covered(why),
    };
    let (site, parts) = (case.site, &case.loaded.parts);
    let mut junction = two_way_stop::Junction {
        has_three_arms: arms[2].is_none() || arms[3].is_none(),
        period_h: case.settings.period_h,
        heavy_share: case.heavy_share(&(0..site.movements.len()).collect::<Vec<_>>()),
        ..two_way_stop::Junction::default()
    };
    for (half, arm) in arms.iter().enumerate() {
        let Some(approach) = *arm else { continue };
        for (turn, movements) in by_turn(site, approach).iter().enumerate() {
            junction.flows_vph[3 * half + turn] = case.rate_vph(movements);
        }
        let condition = case.conditions.of(site, approach);
        junction.pedestrians_ph[half] = condition.pedestrians_ph;
        let lanes = &site.approaches[approach].lanes;
        if half < 2 {
            let through = lanes.iter().filter(|lane| lane.roles.contains(&Role::Through)).count();
            junction.major_lanes = junction.major_lanes.max(through.max(1) as u32);
            let alone = |role: Role| lanes.iter().any(|lane| lane.roles.len() == 1 && lane.roles.contains(&role));
            junction.major[half] = Major {
                right: if alone(Role::Near) { MajorRight::Exclusive } else { MajorRight::Shared },
                left_pocket: if alone(Role::Across) { None } else { Some(0) },
            };
        } else {
            let lanes = minor_lanes(lanes);
            junction.minor[half - 2] = Minor { lanes, grade: condition.grade, ..Minor::default() };
            let link = &parts.links[site.approaches[approach].link.index()];
            junction.lane_width_m = link.lanes[0].width_m;
        }
    }
    let outcome = two_way_stop::analyze(&junction);
    let spacing_m = spacing_m(junction.heavy_share);
    let mut rows = case.movement_rows();
    let mut groups = Vec::new();
    for (half, arm) in arms.iter().enumerate() {
        let Some(approach) = *arm else { continue };
        let turns = by_turn(site, approach);
        let lanes: Vec<&two_way_stop::Lane> =
            if half < 2 { vec![&outcome.major_left[half]] } else { outcome.minor[half - 2].iter().collect() };
        for lane in lanes {
            let direction = site.approaches[approach].direction;
            let served: Vec<usize> = (0..3)
                .filter(|turn| lane.movements.contains(&(3 * half + turn + 1)) || half < 2 && *turn == 0)
                .filter(|turn| !turns[*turn].is_empty())
                .collect();
            if served.is_empty() {
                continue;
            }
            let letters: String =
                served.iter().map(|&turn| site.letter([Role::Across, Role::Through, Role::Near][turn])).collect();
            groups.push(lane_row(site, direction, &letters, lane, spacing_m));
            for &movement in served.iter().flat_map(|&turn| &turns[turn]) {
                let share = if lane.flow_vph > 0.0 { rows[movement].flow_vph / lane.flow_vph } else { 1.0 };
                fill(&mut rows[movement], &letters, lane, share, spacing_m);
            }
        }
    }
    for (index, row) in rows.iter_mut().enumerate() {
        if row.control_delay_s.is_none() {
            let approach = Some(site.movements[index].approach);
            let is_main = arms[..2].contains(&approach);
            // Who goes first is not delayed by the sign; the manual gives no letter.
            row.control_delay_s = is_main.then_some(0.0);
            "goes first: the manual gives no letter".clone_into(&mut row.note);
        }
    }
    let mut row = case.junction_row();
    row.control_delay_s = finite(outcome.control_delay_s);
    "the manual gives the junction as a whole no letter".clone_into(&mut row.note);
    row.assumed.push("drivers cross in one stage; single side-road lanes are not flared".to_owned());
    let level = |delay_s: f64| Some(LevelOfService::without_signal(delay_s, false).letter());
    let mut approaches = case.approach_rows(&rows, level);
    for (half, arm) in arms.iter().enumerate() {
        let Some(approach) = *arm else { continue };
        if approaches[approach].control_delay_s.is_some() {
            approaches[approach].control_delay_s = finite(outcome.approach_delays_s[half]);
        }
        if half < 2 {
            approaches[approach].level_of_service = None;
        }
    }
    Part { approaches, junction: row, groups, movements: rows, crossings: Vec::new() }
}

fn lane_row(site: &Site, approach: &str, letters: &str, lane: &two_way_stop::Lane, spacing_m: f64) -> GroupRow {
    GroupRow {
        junction_id: site.id.clone(),
        approach: approach.to_owned(),
        lane_group: letters.to_owned(),
        lanes: 1,
        flow_vph: lane.flow_vph,
        capacity_vph: finite(lane.capacity_vph),
        volume_to_capacity: finite(lane.volume_to_capacity),
        control_delay_s: finite(lane.control_delay_s),
        queue_p95_m: finite(lane.queue_p95_veh * spacing_m),
        level_of_service: Some(lane.level.letter()),
        ..GroupRow::default()
    }
}

fn fill(row: &mut MovementRow, letters: &str, lane: &two_way_stop::Lane, share: f64, spacing_m: f64) {
    letters.clone_into(&mut row.lane_groups);
    row.capacity_vph = finite(lane.capacity_vph * share);
    row.volume_to_capacity = finite(lane.volume_to_capacity);
    row.control_delay_s = finite(lane.control_delay_s);
    row.queue_p95_m = finite(lane.queue_p95_veh * spacing_m);
    row.level_of_service = Some(lane.level.letter());
}

/// Works an all-way stop out.
pub(super) fn all_way(case: &Case<'_>) -> Part {
    let site = case.site;
    let n = site.approaches.len();
    if n > 4 {
        return case.not_covered("the method knows at most four approaches");
    }
    let places = places(site);
    let mut junction = all_way_stop::Junction { approaches: Default::default(), period_h: case.settings.period_h };
    let mut serving: Vec<Vec<Vec<Role>>> = vec![Vec::new(); 4];
    let mut has_dropped_lanes = false;
    for (approach, &place) in places.iter().enumerate() {
        let lanes = &site.approaches[approach].lanes;
        let turns = by_turn(site, approach).map(|movements| case.rate_vph(&movements));
        let kept: Vec<&SiteLane> = lanes.iter().rev().take(3).collect();
        has_dropped_lanes |= lanes.len() > 3;
        let all: Vec<usize> = (0..site.movements.len()).filter(|&m| site.movements[m].approach == approach).collect();
        let own = &mut junction.approaches[place];
        own.heavy_share = case.heavy_share(&all);
        own.lanes = split(&kept, turns);
        serving[place] = kept.iter().map(|lane| lane.roles.iter().copied().collect()).collect();
    }
    let outcome = all_way_stop::analyze(&junction);
    let mut rows = case.movement_rows();
    let mut groups = Vec::new();
    for (approach, &place) in places.iter().enumerate() {
        let spacing_m = spacing_m(junction.approaches[place].heavy_share);
        let lanes = &outcome.lanes[place];
        for (lane, roles) in lanes.iter().zip(&serving[place]) {
            groups.push(GroupRow {
                junction_id: site.id.clone(),
                approach: site.approaches[approach].direction.to_owned(),
                lane_group: roles.iter().filter(|role| **role != Role::Around).map(|role| site.letter(*role)).collect(),
                lanes: 1,
                flow_vph: lane.flow_vph,
                capacity_vph: finite(lane.capacity_vph),
                volume_to_capacity: finite(lane.flow_vph / lane.capacity_vph),
                control_delay_s: finite(lane.control_delay_s),
                queue_p95_m: finite(lane.queue_p95_veh * spacing_m),
                level_of_service: Some(lane.level.letter()),
                ..GroupRow::default()
            });
        }
        for (index, row) in rows.iter_mut().enumerate().filter(|(index, _)| site.movements[*index].approach == approach)
        {
            let role = site.movements[index].role;
            let own: Vec<&all_way_stop::Lane> = lanes
                .iter()
                .zip(&serving[place])
                .filter(|(_, roles)| roles.contains(&role))
                .map(|(lane, _)| lane)
                .collect();
            let Some(worst) = own.iter().copied().max_by(|a, b| a.control_delay_s.total_cmp(&b.control_delay_s)) else {
                continue;
            };
            let flow: f64 = own.iter().map(|lane| lane.flow_vph).sum();
            let capacity: f64 = own.iter().map(|lane| lane.capacity_vph).sum();
            let delays = own.iter().map(|lane| (lane.control_delay_s, if flow > 0.0 { lane.flow_vph } else { 1.0 }));
            let delay_s = sim_core::signals::hcm::weighted_mean(delays);
            let share = if flow > 0.0 { row.flow_vph / flow } else { 1.0 };
            row.capacity_vph = finite(capacity * share);
            row.volume_to_capacity = finite(flow / capacity);
            row.control_delay_s = finite(delay_s);
            row.queue_p95_m = finite(worst.queue_p95_veh * spacing_m);
            row.level_of_service = Some(LevelOfService::without_signal(delay_s, flow > capacity).letter());
        }
    }
    let mut row = case.junction_row();
    row.control_delay_s = finite(outcome.control_delay_s);
    row.level_of_service = Some(outcome.level.letter());
    if has_dropped_lanes {
        row.assumed.push("the method knows three lanes an approach: others are left out".to_owned());
    }
    let level = |delay_s: f64| Some(LevelOfService::without_signal(delay_s, false).letter());
    Part { approaches: case.approach_rows(&rows, level), junction: row, groups, movements: rows, crossings: Vec::new() }
}

/// Places of approaches in clockwise order, so that opposing ones are two apart.
fn places(site: &Site) -> Vec<usize> {
    let n = site.approaches.len();
    let mut places: Vec<usize> = (0..n).collect();
    if n == 3
        && let Some(pair) = (0..3).find_map(|one| site.approaches[one].opposing.map(|other| (one, other)))
    {
        // The stem stands between the two that face each other.
        let stem = 3 - pair.0 - pair.1;
        places[pair.0] = 0;
        places[pair.1] = 2;
        places[stem] = if (stem + 3 - pair.0) % 3 == 1 { 1 } else { 3 };
    } else if n == 2 && site.approaches[0].opposing.is_some() {
        places[1] = 2;
    }
    places
}

/// Turns spread over lanes from the left: each turn in equal parts over the lanes that serve it, through traffic so that
/// lanes carry alike.
fn split(lanes: &[&SiteLane], [left, through, right]: [f64; 3]) -> Vec<LaneDemand> {
    let has = |lane: &SiteLane, role: Role| lane.roles.contains(&role);
    let count = |wanted: &dyn Fn(&SiteLane) -> bool| lanes.iter().filter(|lane| wanted(lane)).count().max(1) as f64;
    let serves_left = |lane: &SiteLane| has(lane, Role::Across) || has(lane, Role::Around);
    let n_left = count(&serves_left);
    let n_right = count(&|lane| has(lane, Role::Near));
    let mut split: Vec<LaneDemand> = lanes
        .iter()
        .map(|lane| LaneDemand {
            left_vph: if serves_left(lane) { left / n_left } else { 0.0 },
            through_vph: 0.0,
            right_vph: if has(lane, Role::Near) { right / n_right } else { 0.0 },
        })
        .collect();
    // Fill the emptier lanes first.
    let open: Vec<usize> = (0..lanes.len()).filter(|&index| has(lanes[index], Role::Through)).collect();
    let mut order = open;
    order.sort_by(|a, b| split[*a].total_vph().total_cmp(&split[*b].total_vph()));
    let mut rest = through;
    for n in 1..=order.len() {
        let level = split[order[n - 1]].total_vph();
        let next = order.get(n).map_or(f64::INFINITY, |&lane| split[lane].total_vph());
        let part = ((next - level) * n as f64).min(rest);
        for &lane in &order[..n] {
            split[lane].through_vph += part / n as f64;
        }
        rest -= part;
    }
    split
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn through_traffic_fills_the_emptier_lanes() {
        let lane = |roles: &[Role]| SiteLane { index: 0, roles: roles.iter().copied().collect::<BTreeSet<_>>() };
        let lanes = [lane(&[Role::Across, Role::Through]), lane(&[Role::Through, Role::Near])];
        let found = split(&lanes.iter().collect::<Vec<_>>(), [100.0, 300.0, 40.0]);
        assert!((found[0].total_vph() - 220.0).abs() < 1e-9 && (found[1].total_vph() - 220.0).abs() < 1e-9);
        let found = split(&lanes.iter().collect::<Vec<_>>(), [100.0, 30.0, 40.0]);
        assert!((found[0].through_vph, found[1].through_vph) == (0.0, 30.0));
    }
}
