//! From a plan and lanes to the input of the method.

use std::collections::BTreeMap;

use sim_core::signals::SignalPlan;
use sim_core::signals::hcm::lane_flow::{GroupFlow, GroupKind, LaneCounts, N_KINDS};
use sim_core::signals::hcm::phases::Phase;
use sim_core::signals::hcm::signal;

use super::left::left_service;
use crate::signals::hcm::Case;
use crate::signals::sites::{Role, SiteControl, SiteLane};
use crate::signals::timing::{Green, Meetings, gap_ms, greens, heads};

/// Turns that the manual calls left.
const ACROSS: [Role; 2] = [Role::Across, Role::Around];

/// An approach as the method sees it.
pub(super) struct Modelled {
    /// Position at the site.
    pub position: usize,
    /// Whether only the lanes of turns around the near corner are meant, which have a green of their own.
    pub is_near_alone: bool,
    /// The green of its through traffic.
    pub green: Green,
}

/// A junction as the method sees it.
pub(super) struct Model {
    pub junction: signal::Junction,
    pub approaches: Vec<Modelled>,
    /// Notes of movements: by movement.
    pub movement_notes: BTreeMap<usize, String>,
    pub notes: Vec<String>,
}

pub(super) fn s(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// A plan with what is needed to read it.
pub(super) struct Reading<'a> {
    pub case: &'a Case<'a>,
    pub plan: &'a SignalPlan,
    pub heads: BTreeMap<usize, Vec<u32>>,
    pub meetings: Meetings,
}

impl<'a> Reading<'a> {
    pub(super) fn new(case: &'a Case<'a>) -> Option<Self> {
        let SiteControl::Signal(signal) = case.site.control else { return None };
        let plan = &case.loaded.signals.plans[signal];
        if plan.cycle_ms() <= 0 {
            return None;
        }
        let heads = heads(&case.loaded.parts, signal);
        Some(Self { case, plan, heads, meetings: Meetings::new(&case.loaded.parts) })
    }

    /// The head of a movement.
    pub(super) fn head(&self, movement: usize) -> Option<usize> {
        let parts = &self.case.loaded.parts;
        self.case.site.movements[movement]
            .entries
            .iter()
            .find_map(|&entry| parts.connectors[entry].signal.map(|(_, head)| usize::from(head)))
    }

    /// The green of the first of some movements that has one: several in a cycle are taken together.
    pub(super) fn green(&self, movements: &[usize], notes: &mut Vec<String>) -> Option<(usize, Green)> {
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

    pub(super) fn phase(&self, head: usize, green: Green) -> Phase {
        Phase::fixed(s(green.length_ms), s(green.yellow_ms), s(self.clearance_ms(head, green.yellow_ms)))
    }
}

pub(super) fn model(reading: &Reading<'_>) -> Model {
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
        // Who shares every lane with others waits with them, whatever rules the own way.
        let is_alone = |lane: &SiteLane| lane.roles.len() == 1 && lane.roles.contains(&movement.role);
        if !site.approaches[movement.approach].lanes.iter().any(is_alone)
            && reading.head(index).is_none_or(|head| !greens(reading.plan, head).is_empty())
            && site.movements.iter().any(|m| m.approach == movement.approach && m.role != movement.role)
        {
            continue;
        }
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
