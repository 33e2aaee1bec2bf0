//! Signals: lanes and plan become the input of the method of Chapter 19, its lane groups become rows.

use std::collections::BTreeMap;

use sim_core::signals::hcm::lane_flow::{GroupFlow, GroupKind, LaneCounts, N_KINDS};
use sim_core::signals::hcm::permitted_left::Display;
use sim_core::signals::hcm::phases::Phase;
use sim_core::signals::hcm::saturation::platoon_ratio;
use sim_core::signals::hcm::signal::{self, LaneGroup, LeftService};
use sim_core::signals::hcm::{LevelOfService, weighted_mean};
use sim_core::signals::{Aspect, SignalPlan};

use super::progression::{Arrivals, Stream, Upstream};
use super::rows::{GroupRow, MovementRow, Part, finite};
use super::{Case, crossings};
use crate::signals::sites::{Role, Site, SiteControl};
use crate::signals::timing::{Green, Meetings, gap_ms, greens, heads, spans};

/// Turns that the manual calls left.
const ACROSS: [Role; 2] = [Role::Across, Role::Around];

/// An approach as the method sees it.
struct Modelled {
    /// Position at the site.
    position: usize,
    /// Whether only the lanes of turns around the near corner are meant, which have a green of their own.
    is_near_alone: bool,
    /// The green of its through traffic.
    green: Green,
}

/// A junction as the method sees it.
struct Model {
    junction: signal::Junction,
    approaches: Vec<Modelled>,
    /// Notes of movements: by movement.
    movement_notes: BTreeMap<usize, String>,
    notes: Vec<String>,
}

fn s(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// A plan with what is needed to read it.
struct Reading<'a> {
    case: &'a Case<'a>,
    plan: &'a SignalPlan,
    heads: BTreeMap<usize, Vec<u32>>,
    meetings: Meetings,
}

impl<'a> Reading<'a> {
    fn new(case: &'a Case<'a>) -> Option<Self> {
        let SiteControl::Signal(signal) = case.site.control else { return None };
        let plan = &case.loaded.signals.plans[signal];
        if plan.cycle_ms() <= 0 {
            return None;
        }
        let heads = heads(&case.loaded.parts, signal);
        Some(Self { case, plan, heads, meetings: Meetings::new(&case.loaded.parts) })
    }

    /// The head of a movement.
    fn head(&self, movement: usize) -> Option<usize> {
        let parts = &self.case.loaded.parts;
        self.case.site.movements[movement]
            .entries
            .iter()
            .find_map(|&entry| parts.connectors[entry].signal.map(|(_, head)| usize::from(head)))
    }

    /// The green of the first of some movements that has one: several in a cycle are taken together.
    fn green(&self, movements: &[usize], notes: &mut Vec<String>) -> Option<(usize, Green)> {
        let head = movements.iter().find_map(|&movement| self.head(movement))?;
        let list = greens(self.plan, head);
        let first = *list.first()?;
        if list.len() > 1 {
            let code = self.case.site.code(&self.case.site.movements[movements[0]]);
            notes.push(format!("{code} has {} greens in a cycle: taken as one of the same length", list.len()));
        }
        Some((head, Green { length_ms: list.iter().map(|green| green.length_ms).sum(), ..first }))
    }

    /// Red clearance after the yellow of a head: until the first head whose way meets its own turns green.
    fn clearance_ms(&self, head: usize, yellow_ms: i64) -> i64 {
        let own = self.heads.get(&head).map_or(&[][..], Vec::as_slice);
        let meets =
            |list: &Vec<u32>| list.iter().any(|foe| own.iter().any(|e| self.meetings.foes[*e as usize].contains(foe)));
        let gaps =
            self.heads.iter().filter(|(_, list)| meets(list)).filter_map(|(&foe, _)| gap_ms(self.plan, head, foe));
        gaps.min().map_or(0, |gap| (gap - yellow_ms).max(0))
    }

    fn phase(&self, head: usize, green: Green) -> Phase {
        Phase::fixed(s(green.length_ms), s(green.yellow_ms), s(self.clearance_ms(head, green.yellow_ms)))
    }
}

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

fn model(reading: &Reading<'_>) -> Model {
    let case = reading.case;
    let site = case.site;
    let mut model = Model {
        junction: signal::Junction {
            cycle_s: s(reading.plan.cycle_ms()),
            period_h: case.settings.period_h,
            base_saturation_pcphpl: case.settings.base_saturation_pcphpl,
            is_central: case.settings.is_central,
            is_actuated: false,
            sneakers: 2.0,
            approaches: Vec::new(),
        },
        approaches: Vec::new(),
        movement_notes: BTreeMap::new(),
        notes: Vec::new(),
    };
    for (index, movement) in site.movements.iter().enumerate() {
        let note = if !movement.has_signal {
            "no signal rules it"
        } else if reading.head(index).is_some_and(|head| is_always_green(reading.plan, head)) {
            "always green"
        } else if reading.head(index).is_some_and(|head| greens(reading.plan, head).is_empty()) {
            "never green"
        } else {
            continue;
        };
        model.movement_notes.insert(index, note.to_owned());
    }
    for position in 0..site.approaches.len() {
        add_approach(reading, &mut model, position);
    }
    // Opposing approaches by their places in the model.
    for index in 0..model.approaches.len() {
        let opposing = site.approaches[model.approaches[index].position].opposing;
        model.junction.approaches[index].opposing = opposing.and_then(|other| {
            model.approaches.iter().position(|modelled| modelled.position == other && !modelled.is_near_alone)
        });
    }
    model
}

fn is_always_green(plan: &SignalPlan, head: usize) -> bool {
    greens(plan, head).first().is_some_and(|green| green.length_ms >= plan.cycle_ms())
}

fn add_approach(reading: &Reading<'_>, model: &mut Model, position: usize) {
    let site = reading.case.site;
    let usable = |roles: &[Role]| -> Vec<usize> {
        let mut list = site.movements_of(position, roles);
        list.retain(|index| !model.movement_notes.contains_key(index));
        list
    };
    let (across, through, near) = (usable(&ACROSS), usable(&[Role::Through]), usable(&[Role::Near]));
    let mut counts: LaneCounts = [0; N_KINDS];
    for lane in &site.approaches[position].lanes {
        let serves = |list: &[usize]| {
            list.iter().any(|&index| {
                let movement = &site.movements[index];
                lane.roles.contains(&movement.role) && leaves(reading, movement.entries.as_slice(), lane.index)
            })
        };
        if let Some(kind) = kind_of(serves(&across), serves(&through), serves(&near)) {
            counts[kind.index()] += 1;
        }
    }
    let mut notes = std::mem::take(&mut model.notes);
    let order = [through.as_slice(), across.as_slice(), near.as_slice()];
    let main = order.into_iter().find(|list| !list.is_empty()).and_then(|list| reading.green(list, &mut notes));
    let near_green = reading.green(&near, &mut notes);
    model.notes = notes;
    let Some((head, green)) = main else { return };
    let mut overlap = None;
    let mut near_alone = None;
    let is_exclusive = counts[GroupKind::Right.index()] > 0 && near_kinds(&counts) == counts[GroupKind::Right.index()];
    if let (Some((near_head, near_green)), true) = (near_green, is_exclusive && !through.is_empty())
        && (near_green.start_ms, near_green.length_ms) != (green.start_ms, green.length_ms)
    {
        if near_green.length_ms > green.length_ms && shared_ms(reading.plan, &near_green, &green) == green.length_ms {
            let more = Green { length_ms: near_green.length_ms - green.length_ms, ..near_green };
            overlap = Some(reading.phase(near_head, more));
        } else {
            near_alone = Some((near_head, near_green));
        }
    }
    if let Some((near_head, near_green)) = near_alone {
        let mut alone: LaneCounts = [0; N_KINDS];
        alone[GroupKind::Right.index()] = std::mem::take(&mut counts[GroupKind::Right.index()]);
        let mut approach = approach(reading, position, alone, reading.phase(near_head, near_green));
        approach.demand = GroupFlow { right_vph: reading.case.rate_vph(&near), ..GroupFlow::default() };
        approach.right_on_red_vph = approach.right_on_red_vph.min(approach.demand.right_vph);
        model.junction.approaches.push(approach);
        model.approaches.push(Modelled { position, is_near_alone: true, green: near_green });
        let direction = site.approaches[position].direction;
        model.notes.push(format!("{direction}: turns around the near corner have a green of their own"));
    }
    let mut approach = approach(reading, position, counts, reading.phase(head, green));
    let near_vph = if near_alone.is_some() { 0.0 } else { reading.case.rate_vph(&near) };
    approach.demand = GroupFlow {
        left_vph: reading.case.rate_vph(&across),
        through_vph: reading.case.rate_vph(&through),
        right_vph: near_vph,
    };
    approach.right_on_red_vph = approach.right_on_red_vph.min(near_vph);
    approach.right_overlap = overlap;
    approach.heavy_share_left = reading.case.heavy_share(&across);
    let others: Vec<usize> = through.iter().chain(&near).copied().collect();
    approach.heavy_share = reading.case.heavy_share(&others);
    approach.left = left_service(reading, position, &across, !through.is_empty(), &green, &mut model.notes);
    model.junction.approaches.push(approach);
    model.approaches.push(Modelled { position, is_near_alone: false, green });
}

/// Whether a way leaves from a lane.
fn leaves(reading: &Reading<'_>, entries: &[usize], lane: u16) -> bool {
    entries.iter().any(|&entry| reading.case.loaded.parts.connectors[entry].from.index == lane)
}

/// Lanes that serve turns around the near corner.
fn near_kinds(counts: &LaneCounts) -> u32 {
    GroupKind::ALL.into_iter().filter(|kind| kind.serves_right()).map(|kind| counts[kind.index()]).sum()
}

fn kind_of(across: bool, through: bool, near: bool) -> Option<GroupKind> {
    Some(match (across, through, near) {
        (true, false, false) => GroupKind::Left,
        (true, true, false) => GroupKind::LeftThrough,
        (true, true, true) => GroupKind::All,
        (false, true, false) => GroupKind::Through,
        (true, false, true) => GroupKind::LeftRight,
        (false, true, true) => GroupKind::ThroughRight,
        (false, false, true) => GroupKind::Right,
        (false, false, false) => return None,
    })
}

/// Time that two greens have in common.
fn shared_ms(plan: &SignalPlan, a: &Green, b: &Green) -> i64 {
    let cycle_ms = plan.cycle_ms();
    [-cycle_ms, 0, cycle_ms]
        .into_iter()
        .map(|shift| (a.end_ms().min(b.end_ms() + shift) - a.start_ms.max(b.start_ms + shift)).max(0))
        .sum()
}

/// What geometry and conditions say of an approach.
fn approach(reading: &Reading<'_>, position: usize, counts: LaneCounts, through: Phase) -> signal::Approach {
    let case = reading.case;
    let place = &case.site.approaches[position];
    let parts = &case.loaded.parts;
    let link = &parts.links[place.link.index()];
    let lanes: Vec<_> = place.lanes.iter().map(|lane| (&link.lanes[usize::from(lane.index)], &lane.roles)).collect();
    let mean_width_m = lanes.iter().map(|(lane, _)| lane.width_m).sum::<f64>() / (lanes.len().max(1)) as f64;
    let condition = case.conditions.of(case.site, position);
    let of_across =
        |movement: &&crate::signals::sites::Movement| movement.approach == position && ACROSS.contains(&movement.role);
    let receiving = case.site.movements.iter().filter(of_across).map(|movement| {
        parts.links[movement.to.index()].lanes.iter().filter(|lane| lane.allowed.allows_vehicles()).count() as u32
    });
    let is_bay = |roles: &std::collections::BTreeSet<Role>| roles.iter().all(|role| ACROSS.contains(role));
    let storage = |wants_bay: bool| {
        let lengths = lanes.iter().filter(|(_, roles)| is_bay(roles) == wants_bay).map(|(lane, _)| lane.length_m);
        lengths.fold(None, |most: Option<f64>, length| Some(most.map_or(length, |most| most.max(length))))
    };
    let speed_mps = lanes.iter().map(|(lane, _)| lane.speed_limit_mps).fold(0.0, f64::max);
    signal::Approach {
        right_on_red_vph: condition.on_red_vph,
        initial_queue_veh: condition.initial_queue_veh,
        pedestrians_ph: condition.pedestrians_ph,
        bicycles_ph: condition.bicycles_ph,
        lane_width_m: condition.lane_width_m.unwrap_or(mean_width_m),
        grade: condition.grade,
        receiving_lanes: receiving.max().unwrap_or(1).max(1),
        parking_ph: condition.parking_ph,
        buses_ph: condition.buses_ph,
        storage_left_m: storage(true),
        storage_m: storage(false),
        speed_limit_mps: if speed_mps > 0.0 { speed_mps } else { 50.0 / 3.6 },
        ..signal::Approach::new(counts, through)
    }
}

/// How the plan serves turns across oncoming traffic.
fn left_service(
    reading: &Reading<'_>,
    position: usize,
    across: &[usize],
    has_through: bool,
    through: &Green,
    notes: &mut Vec<String>,
) -> LeftService {
    let Some(head) = across.iter().find_map(|&index| reading.head(index)) else { return LeftService::Unopposed };
    let (plan, site) = (reading.plan, reading.case.site);
    let cycle_ms = plan.cycle_ms();
    let of = |aspect: Aspect| -> Vec<crate::signals::timing::Span> {
        spans(plan, head).into_iter().filter(|span| span.aspect == aspect).collect()
    };
    let (protected, permitted) = (of(Aspect::Green), of(Aspect::GreenYield));
    let opposing = site.approaches[position].opposing.and_then(|other| {
        let roles = [Role::Through, Role::Near];
        let mut list = site.movements_of(other, &roles);
        list.retain(|&index| reading.head(index).is_some());
        reading.green(&list, notes).map(|(_, green)| green)
    });
    let whole = greens(plan, head).first().copied().unwrap_or(Green { start_ms: 0, length_ms: 0, yellow_ms: 0 });
    let protected_phase = protected.first().map(|span| {
        let is_last = (span.end_ms() - whole.end_ms()).rem_euclid(cycle_ms) == 0;
        let green = Green {
            start_ms: span.start_ms,
            length_ms: protected.iter().map(|span| span.length_ms).sum(),
            yellow_ms: if is_last { whole.yellow_ms } else { 0 },
        };
        (green, reading.phase(head, green))
    });
    match (protected_phase, permitted.first(), opposing) {
        (Some((green, phase)), None, _) => {
            let is_with_through = (green.start_ms, green.length_ms) == (through.start_ms, through.length_ms);
            if !has_through || is_with_through { LeftService::Unopposed } else { LeftService::Protected(phase) }
        }
        // Nobody comes towards them: what they yield to is something else.
        (_, Some(_), None) | (None, None, _) => LeftService::Unopposed,
        (None, Some(green), Some(opposing)) => {
            LeftService::Permitted(display(green.start_ms, green.length_ms, None, &opposing, cycle_ms))
        }
        (Some((own, phase)), Some(green), Some(opposing)) => {
            let after = (green.start_ms - own.end_ms()).rem_euclid(cycle_ms);
            let before = (own.start_ms - green.end_ms()).rem_euclid(cycle_ms);
            let is_leading = after <= before;
            let gap = Some((is_leading, s(after.min(before))));
            let display = display(green.start_ms, green.length_ms, gap, &opposing, cycle_ms);
            LeftService::ProtectedPermitted { phase, display, is_leading }
        }
    }
}

/// The permitted green of a turn beside opposing green. `gap` says whether the protected green leads, and the time
/// between it and this one.
fn display(start_ms: i64, length_ms: i64, gap: Option<(bool, f64)>, opposing: &Green, cycle_ms: i64) -> Display {
    let end_ms = start_ms + length_ms;
    // The opposing green that covers the permitted one, or the last before it.
    let shift = [cycle_ms, 0, -cycle_ms]
        .into_iter()
        .find(|shift| opposing.start_ms + shift < end_ms && opposing.end_ms() + shift > start_ms);
    let (opposing_start_ms, opposing_end_ms) = match shift {
        Some(shift) => (opposing.start_ms + shift, opposing.end_ms() + shift),
        None => (start_ms - cycle_ms, end_ms),
    };
    let since = |is_wanted: bool| match gap {
        Some((is_leading, gap_s)) if is_leading == is_wanted => gap_s,
        _ => f64::INFINITY,
    };
    Display {
        start_s: s(start_ms),
        end_s: s(end_ms.min(opposing_end_ms)),
        opposing_start_s: s(opposing_start_ms),
        since_protected_s: since(true),
        until_protected_s: since(false),
    }
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
