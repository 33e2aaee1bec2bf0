//! What is seen at stop lines: queues, blocked exits, greens, discharge. Looked at once a second of simulated time.
//!
//! A queue stands on one lane: vehicles slower than 1.4 m/s, the first at most 20 m before the stop line, each at most
//! 20 m behind the rear of the one before. Vehicles at stops of their own are not part of it.

use serde::{Deserialize, Serialize};

use crate::engine::recorder::MovementSum;
use crate::ids::{ConnectorId, LaneId, LinkId, MovementId};
use crate::network::{ConnectorKind, LinkKind, Network};
use crate::rows::Column;
use crate::signals::SignalPlans;
use crate::signals::actuated::SignalState;
use crate::traffic::scene::Scene;
use crate::traffic::state::{Own, Seen, Traffic, flags};
use crate::traffic::transfer::is_worth_fetching;

/// Below this speed a vehicle is part of a queue.
pub const QUEUE_SPEED_MPS: f32 = 1.4;
/// Largest gap within a queue, and before its first vehicle.
pub const QUEUE_GAP_MAX_M: f32 = 20.0;
/// A vehicle this close before it stands at the stop line.
const AT_STOP_LINE_M: f32 = 5.0;
/// The first headway counted for the saturation flow.
const FIRST_HEADWAY: u32 = 5;
/// Lanes of a link that are looked at.
const MAX_LANES: usize = 16;

/// The queue of a movement in the present cycle of its signal.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct Cycle {
    /// Number of the cycle; `i64::MIN` before the first.
    index: i64,
    /// Whether it was seen from its start.
    is_whole: bool,
    back_of_queue_m: f64,
    /// When an exit was last found blocked: several lanes count once.
    blocked_ms: i64,
}

/// The discharge of a queue from one lane during one green.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Discharge {
    green_since_ms: i64,
    /// Vehicles that crossed since; each had stopped.
    n: u32,
    last_ms: i64,
    /// Whether a vehicle that had not stopped, or a blocked exit, ended it.
    has_ended: bool,
}

/// Vehicles over a stop line in the whole run.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct StopLineSum {
    /// Vehicles that crossed.
    pub served: u32,
    /// Headways between queued vehicles from the fifth of a green on.
    pub n_headways: u32,
    /// Their sum.
    pub headways_ms: i64,
}

/// Links whose queues are looked at together.
const LINKS_AT_ONCE: usize = 64;

/// What is remembered at stop lines between steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StopLines {
    cycles: Column<MovementId, Cycle>,
    discharges: Column<LaneId, Discharge>,
    /// Sums of the whole run, by the connector behind the stop line.
    pub sums: Column<ConnectorId, StopLineSum>,
}

/// Whether a connector leaves a road: its start is the stop line of an approach.
pub fn leaves_road(network: &Network, connector: ConnectorId) -> bool {
    matches!(network.connectors[connector].kind, ConnectorKind::Entry | ConnectorKind::Direct)
}

impl StopLines {
    /// Nothing seen yet.
    pub fn new(network: &Network) -> Self {
        let cycle = Cycle { index: i64::MIN, is_whole: false, back_of_queue_m: 0.0, blocked_ms: i64::MIN };
        let discharge = Discharge { green_since_ms: i64::MIN, has_ended: true, ..Discharge::default() };
        Self {
            cycles: Column::filled(cycle, network.movements.len()),
            discharges: Column::filled(discharge, network.lanes.len()),
            sums: Column::filled(StopLineSum::default(), network.connectors.len()),
        }
    }

    /// A vehicle crossed the stop line of a connector that leaves a road.
    pub fn cross(&mut self, scene: &Scene<'_>, connector: ConnectorId, at_ms: i64, had_stopped: bool) {
        let sum = &mut self.sums[connector];
        sum.served += 1;
        let column = &scene.network.connectors[connector];
        if !column.signal.is_some() {
            return;
        }
        let discharge = &mut self.discharges[column.from];
        let since_ms = scene.ports.rule_since_ms[connector];
        if scene.ports.rules[connector].is_green() && discharge.green_since_ms != since_ms {
            *discharge = Discharge { green_since_ms: since_ms, ..Discharge::default() };
        }
        discharge.has_ended |= !had_stopped;
        if !discharge.has_ended {
            discharge.n += 1;
            if discharge.n >= FIRST_HEADWAY {
                sum.n_headways += 1;
                sum.headways_ms += (at_ms - discharge.last_ms).max(0);
            }
        }
        discharge.last_ms = at_ms;
    }

    /// Looks at all stop lines after a step; `links` are those with vehicles, `weight_s` is the time since the last look.
    pub fn look(
        &mut self,
        scene: &Scene<'_>,
        control: (&SignalPlans, &SignalState),
        (traffic, links): (&Traffic, &[LinkId]),
        weight_s: f64,
        sums: &mut Column<MovementId, MovementSum>,
    ) {
        self.look_at_signals(scene, control, weight_s, sums);
        for links in links.chunks(LINKS_AT_ONCE) {
            let is_slow = |link: &&LinkId| traffic.seen[link.index()].iter().any(is_slow);
            let slow =
                || links.iter().filter(|&&link| scene.network.links[link].kind == LinkKind::Road).filter(is_slow);
            if is_worth_fetching(traffic.n_vehicles) {
                let fetched =
                    slow().flat_map(|link| &traffic.own[link.index()]).map(|own| next_connector(scene, own).is_some());
                std::hint::black_box(fetched.filter(|&goes_on| goes_on).count());
            }
            for &link in slow() {
                self.look_at_queues(scene, traffic, link, weight_s, sums);
            }
        }
    }

    /// Counts greens; closes cycles.
    fn look_at_signals(
        &mut self,
        scene: &Scene<'_>,
        (signals, state): (&SignalPlans, &SignalState),
        weight_s: f64,
        sums: &mut Column<MovementId, MovementSum>,
    ) {
        let network = scene.network;
        for (signal, plan) in signals.plans.enumerate() {
            let cycle_ms = plan.cycle_ms();
            let actuated = signals.actuated_index(signal).map(|index| &state.controllers[index]);
            let (cycle, in_cycle_ms) = match actuated {
                Some(controller) => (controller.cycle, scene.now_ms - controller.cycle_since_ms),
                None if cycle_ms > 0 => {
                    let in_plan_ms = scene.now_ms - plan.offset_ms;
                    (in_plan_ms.div_euclid(cycle_ms), in_plan_ms.rem_euclid(cycle_ms))
                }
                None => (i64::MIN, 0),
            };
            for &connector in &network.signal_heads[signal] {
                let movement = network.connectors[connector].movement;
                if !movement.is_some() || !leaves_road(network, connector) {
                    continue;
                }
                let sum = &mut sums[movement];
                sum.heads_s += weight_s;
                if scene.ports.rules[connector].is_green() {
                    sum.green_s += weight_s;
                }
                if cycle != i64::MIN {
                    let look_ms = (weight_s * 1000.0) as i64;
                    self.cycles[movement].turn_to(cycle, in_cycle_ms <= look_ms, &mut sum.back_of_queue_m);
                }
            }
        }
    }

    fn look_at_queues(
        &mut self,
        scene: &Scene<'_>,
        traffic: &Traffic,
        link: LinkId,
        weight_s: f64,
        sums: &mut Column<MovementId, MovementSum>,
    ) {
        let network = scene.network;
        let column = &network.links[link];
        let n_lanes = (column.n_lanes as usize).min(MAX_LANES);
        let mut tails_m = [f32::NEG_INFINITY; MAX_LANES];
        for (tail_m, lane) in tails_m.iter_mut().zip(column.lanes()) {
            *tail_m = network.lanes[lane].length_m as f32;
        }
        let mut is_first = [true; MAX_LANES];
        for (seen, own) in traffic.seen[link.index()].iter().zip(&traffic.own[link.index()]) {
            let lane = seen.lane as usize;
            if !is_slow(seen) || lane >= n_lanes || tails_m[lane] - seen.front_m > QUEUE_GAP_MAX_M {
                continue;
            }
            let length_m = network.lanes[own.lane].length_m;
            let movement = next_movement(scene, own);
            if std::mem::take(&mut is_first[lane])
                && length_m as f32 - seen.front_m <= AT_STOP_LINE_M
                && finds_exit_full(scene, traffic, own)
            {
                self.discharges[own.lane].has_ended = true;
                if let Some(movement) = movement
                    && self.cycles[movement].blocked_ms != scene.now_ms
                {
                    self.cycles[movement].blocked_ms = scene.now_ms;
                    sums[movement].blocked_s += weight_s;
                }
            }
            tails_m[lane] = tails_m[lane].min(seen.rear_m);
            if let Some(movement) = movement {
                let back_m = (length_m - f64::from(seen.rear_m)).min(length_m);
                let cycle = &mut self.cycles[movement];
                cycle.back_of_queue_m = cycle.back_of_queue_m.max(back_m);
                let sum = &mut sums[movement];
                sum.longest_queue_m = sum.longest_queue_m.max(back_m);
            }
        }
    }
}

impl Cycle {
    /// Begins a new cycle when its time has come; a cycle that was seen from its start leaves its queue.
    /// The first one counts if it began after the last look, had there been one.
    fn turn_to(&mut self, index: i64, has_just_begun: bool, closed: &mut Vec<f64>) {
        if index == self.index {
            return;
        }
        if self.is_whole {
            closed.push(self.back_of_queue_m);
        }
        self.is_whole = self.index != i64::MIN || has_just_begun;
        self.index = index;
        self.back_of_queue_m = 0.0;
    }
}

fn is_slow(seen: &Seen) -> bool {
    seen.speed_mps < QUEUE_SPEED_MPS && !seen.has(flags::AT_STOP | flags::PARKED)
}

/// The movement by which a vehicle on a road wants to go on.
fn next_movement(scene: &Scene<'_>, own: &Own) -> Option<MovementId> {
    if let Some(connector) = next_connector(scene, own) {
        let movement = scene.network.connectors[connector].movement;
        if movement.is_some() {
            return Some(movement);
        }
    }
    let route = scene.route_of(own);
    let next = *route.get(own.route_index as usize + 1)?;
    scene.network.movement_between(scene.network.link_of(own.lane), next)
}

/// The connector by which a vehicle on a road goes on from its lane, if its route does.
pub fn next_connector(scene: &Scene<'_>, own: &Own) -> Option<ConnectorId> {
    let index = scene.network.lanes[own.lane].index as usize;
    let pref = own.prefs.at(own.route_index as usize).get(index)?;
    pref.next.is_some().then_some(pref.next)
}

/// Whether a vehicle at the stop line, shown no red or yellow, finds no room behind the junction: the last vehicle on
/// the receiving lane is part of a queue, and the road before it, less what is on its way there, is too short.
fn finds_exit_full(scene: &Scene<'_>, traffic: &Traffic, own: &Own) -> bool {
    let network = scene.network;
    let Some(connector) = next_connector(scene, own) else { return false };
    let rule = scene.ports.rules[connector];
    if rule.is_red() || rule.is_yellow() {
        return false;
    }
    let column = &network.connectors[connector];
    let Some((last, _)) = traffic.last_on_lane(network, column.leads_to) else { return false };
    let mut free_m = f64::from(last.rear_m);
    let mut lane = column.to;
    while network.lanes[lane].is_internal {
        free_m -= f64::from(traffic.lanes[lane].occupied_m);
        lane = network.connectors[network.after_internal(lane)].to;
    }
    let kind = scene.kind(own.kind);
    last.speed_mps < QUEUE_SPEED_MPS && free_m < kind.length_m + kind.min_gap_m
}
