//! Pass `advance`: every vehicle drives its way of the step, over as many lanes as it takes.

use crate::ids::{ConnectorId, LaneId, LinkId};
use crate::math::Bounded;
use crate::network::ConnectorKind;
use crate::traffic::LateralMode;
use crate::traffic::approach::ignores_signal;
use crate::traffic::car_following::{HALTING_SPEED_MPS, NUMERICAL_EPS, POSITION_EPS_M};
use crate::traffic::events::Event;
use crate::traffic::leader::mapped_interval;
use crate::traffic::plan::{Item, arrival_position_m};
use crate::traffic::scene::Scene;
use crate::traffic::state::{MAX_BEHIND, NEVER_MS, Own, flags};

/// What became of a vehicle in a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is still on its link.
    Stays,
    /// It is on another link now.
    Leaves,
    /// It has reached the end of its trip.
    Arrives,
}

/// Most lanes a vehicle can pass in one step.
const MAX_CROSSED: usize = 24;

/// The lanes a vehicle touched in a step, oldest first.
struct Touched {
    lanes: [LaneId; MAX_CROSSED + MAX_BEHIND + 1],
    n: usize,
}

impl Touched {
    /// The lanes under a vehicle.
    fn under(own: &Own) -> Self {
        let mut touched = Self { lanes: [LaneId::NONE; MAX_CROSSED + MAX_BEHIND + 1], n: 0 };
        for &lane in own.lanes_behind().iter().rev() {
            touched.push(lane);
        }
        touched.push(own.lane);
        touched
    }
    fn push(&mut self, lane: LaneId) {
        if self.n < self.lanes.len() {
            self.lanes[self.n] = lane;
            self.n += 1;
        }
    }
}

/// Moves a vehicle with its new speed along its items.
pub fn vehicle(
    scene: &Scene<'_>,
    mode: LateralMode,
    own: &mut Own,
    speed_mps: f64,
    items: &[Item],
    events: &mut Vec<Event>,
) -> Outcome {
    let dt_s = scene.driver(own.kind).dt_s;
    let old_link = scene.network.link_of(own.lane);
    let kind = scene.kind(own.kind);
    let way_m = speed_mps * dt_s;
    own.accel_mps2 = (speed_mps - own.speed_mps) / dt_s;
    own.speed_mps = speed_mps;
    own.front_m += way_m;
    own.tally.length_m += way_m;
    let stops_before = own.passage.approach_stops;
    wait((scene.dt_ms, dt_s), own, kind.accel_mps2);
    if stops_before == 0 && own.passage.approach_stops > 0 {
        let route = scene.route_of(own);
        let next_link = route.get(own.route_index as usize + 1).copied().unwrap_or(LinkId::NONE);
        events.push(Event::Stopped { lane: own.lane, next_link });
    }
    let mut crossed = None;
    if own.front_m > scene.network.lanes[own.lane].length_m {
        let mut touched = Touched::under(own);
        let before = touched.n;
        cross(scene, mode, own, (way_m, items), &mut touched, events);
        crossed = (touched.n > before).then_some(touched);
    }
    let lane_length_m = scene.network.lanes[own.lane].length_m;
    lose_time(scene, dt_s, own);
    if has_arrived(scene, own) {
        let end_m = arrival_position_m(scene.trip(own).arrival, lane_length_m);
        own.tally.length_m -= (own.front_m - end_m).max(0.0);
        events.push(Event::Arrived {
            trip: own.trip,
            kind: own.kind,
            link: scene.network.link_of(own.lane),
            tally: own.tally,
        });
        own.route_index = u32::MAX;
        return Outcome::Arrives;
    }
    if own.front_m > lane_length_m {
        if own.front_m > lane_length_m + NUMERICAL_EPS {
            own.speed_mps = 0.0;
            own.accel_mps2 = 0.0;
        }
        own.tally.length_m -= own.front_m - lane_length_m;
        own.front_m = lane_length_m;
    }
    if let Some(touched) = &crossed {
        cover_behind(scene, own, kind.length_m, touched);
    } else if own.n_behind > 0 {
        cover_behind(scene, own, kind.length_m, &Touched::under(own));
    }
    if scene.network.lanes[own.lane].is_internal {
        let way_out = scene.network.after_internal(own.lane);
        let leaves = items.iter().any(|item| item.connector == way_out && item.will_pass);
        own.flags =
            if leaves { own.flags | flags::WILL_LEAVE_JUNCTION } else { own.flags & !flags::WILL_LEAVE_JUNCTION };
    }
    if scene.network.link_of(own.lane) == old_link && crossed.is_none() { Outcome::Stays } else { Outcome::Leaves }
}

fn wait((dt_ms, dt_s): (i64, f64), own: &mut Own, accel_mps2: f64) {
    let stands = own.speed_mps <= HALTING_SPEED_MPS;
    let at_stop = own.stop.is_reached;
    if stands && !at_stop && own.accel_mps2 <= 0.5 * accel_mps2 {
        own.waiting_ms += dt_ms;
    } else {
        own.waiting_ms = 0;
    }
    if at_stop {
        if stands {
            own.tally.stop_time_s += dt_s;
        }
    } else if stands {
        own.tally.waiting_s += dt_s;
        if !own.tally.is_waiting {
            own.tally.is_waiting = true;
            own.tally.stops += 1;
            own.passage.approach_stops += 1;
        }
    } else {
        own.tally.is_waiting = false;
    }
}

fn lose_time(scene: &Scene<'_>, dt_s: f64, own: &mut Own) {
    if own.stop.is_reached {
        return;
    }
    let desired = scene.desired_speed_mps(own, own.lane).at_most(own.stop.pace_mps.at_least(own.speed_mps));
    if desired > 0.0 {
        let lost_s = dt_s * (desired - own.speed_mps) / desired;
        own.tally.time_loss_s += lost_s;
        own.passage.approach_loss_s += lost_s;
    }
}

fn has_arrived(scene: &Scene<'_>, own: &Own) -> bool {
    let lane = &scene.network.lanes[own.lane];
    if own.route_index as usize + 1 != own.prefs.len() || lane.is_internal {
        return false;
    }
    let next_stop = (own.stop.next < own.stop.end).then(|| &scene.demand.stops[own.stop.next as usize]);
    if next_stop.is_some_and(|stop| stop.link == lane.link) {
        return false;
    }
    own.front_m > arrival_position_m(scene.trip(own).arrival, lane.length_m) - POSITION_EPS_M
}

/// Goes from lane to lane until the way of the step is used up, or something keeps the vehicle.
fn cross(
    scene: &Scene<'_>,
    mode: LateralMode,
    own: &mut Own,
    (way_m, items): (f64, &[Item]),
    touched: &mut Touched,
    events: &mut Vec<Event>,
) {
    let network = scene.network;
    let route = scene.route_of(own);
    if own.route_index as usize + 1 == route.len() && !network.lanes[own.lane].is_internal {
        return;
    }
    for item in items.iter().take(MAX_CROSSED) {
        let length_m = network.lanes[own.lane].length_m;
        if own.front_m <= length_m {
            break;
        }
        if !item.connector.is_some() {
            break;
        }
        let connector = item.connector;
        let beyond_m = own.front_m - length_m;
        if scene.ports.rules[connector].is_red()
            && !ignores_signal(scene, own, connector, false)
            && !is_surprised(scene, own, way_m - beyond_m)
        {
            break;
        }
        let share = if way_m > 0.0 { (1.0 - beyond_m / way_m).clamp(0.0, 1.0) } else { 0.0 };
        let at_ms = scene.now_ms - scene.dt_ms + (share * scene.dt_ms as f64).round() as i64;
        enter(scene, mode, own, connector, beyond_m);
        touched.push(own.lane);
        note(scene, own, (connector, route), at_ms, events);
        let here_m = beyond_m.min(network.lanes[own.lane].length_m);
        let to_end_s = (scene.now_ms - at_ms) as f64 / 1000.0;
        let time_s = if beyond_m > 0.0 { to_end_s * here_m / beyond_m } else { to_end_s };
        events.push(Event::Drove { kind: own.kind, link: network.link_of(own.lane), distance_m: here_m, time_s });
        if own.route_index as usize + 1 == route.len() && !network.lanes[own.lane].is_internal {
            break;
        }
    }
}

/// Whether a vehicle that drives on then could not stop any more within the distance it had at the start of the step.
fn is_surprised(scene: &Scene<'_>, own: &Own, distance_m: f64) -> bool {
    let driver = scene.driver(own.kind);
    let before_mps = own.speed_mps - own.accel_mps2 * scene.dt_s();
    scene.kind(own.kind).junction.drives_on_if_surprised
        && distance_m < driver.brake_gap(before_mps, driver.emergency_decel_mps2, 0.0)
}

/// Puts the vehicle on the lane behind a connector.
fn enter(scene: &Scene<'_>, mode: LateralMode, own: &mut Own, connector: ConnectorId, beyond_m: f64) {
    let network = scene.network;
    let column = &network.connectors[connector];
    own.front_m = beyond_m;
    match mode {
        LateralMode::LaneInstant => {
            own.lane = column.to;
            let lane = &network.lanes[own.lane];
            own.middle_m = lane.offset_m + lane.width_m / 2.0;
        }
        LateralMode::Continuous => {
            let half_m = scene.kind(own.kind).width_m / 2.0;
            let (kerb, outer) = ((own.middle_m - half_m) as f32, (own.middle_m + half_m) as f32);
            let (kerb, _) = mapped_interval(network, connector, kerb, outer);
            own.middle_m = f64::from(kerb) + half_m;
            own.lane = lane_under(scene, own, column.to);
        }
    }
    match column.kind {
        ConnectorKind::Entry => {
            own.entry_ms = scene.now_ms;
            own.entry_kept_ms = scene.now_ms;
            if !column.waits_inside {
                own.conflict_entry_ms = scene.now_ms;
            }
        }
        ConnectorKind::Inside => {
            own.conflict_entry_ms = scene.now_ms;
            own.entry_ms = own.entry_kept_ms;
        }
        ConnectorKind::Exit => {
            own.entry_ms = NEVER_MS;
            own.entry_kept_ms = NEVER_MS;
            own.conflict_entry_ms = NEVER_MS;
        }
        ConnectorKind::Direct => {}
    }
}

/// The lane under the middle of a vehicle on the link of `lane`, if its class may use it; else `lane`.
fn lane_under(scene: &Scene<'_>, own: &Own, lane: LaneId) -> LaneId {
    let network = scene.network;
    let class = scene.kind(own.kind).class;
    let link = &network.links[network.link_of(lane)];
    link.lanes()
        .find(|&candidate| {
            let column = &network.lanes[candidate];
            own.middle_m >= column.offset_m
                && own.middle_m < column.offset_m + column.width_m
                && column.allowed.allows(class)
        })
        .unwrap_or(lane)
}

/// Notes a passed stop line for the counts, and begins a new approach where it enters a road.
fn note(
    scene: &Scene<'_>,
    own: &mut Own,
    (connector, route): (ConnectorId, &[LinkId]),
    at_ms: i64,
    events: &mut Vec<Event>,
) {
    let column = &scene.network.connectors[connector];
    let enters_road = matches!(column.kind, ConnectorKind::Exit | ConnectorKind::Direct);
    let mut next_link = LinkId::NONE;
    let mut loss_s = own.passage.approach_loss_s;
    if enters_road {
        own.route_index += 1;
        next_link = route.get(own.route_index as usize + 1).copied().unwrap_or(LinkId::NONE);
        let desired = scene.desired_speed_mps(own, own.lane);
        let missing = (desired - own.speed_mps).max(0.0);
        if desired > 0.0 {
            loss_s += missing * missing / (2.0 * scene.kind(own.kind).accel_mps2 * desired);
        }
    }
    events.push(Event::Crossed {
        trip: own.trip,
        kind: own.kind,
        connector,
        next_link,
        at_ms,
        link_entry_ms: own.passage.link_entry_ms,
        from_start: own.passage.from_start,
        loss_s,
        stops: own.passage.approach_stops,
    });
    own.passage.link_entry_ms = at_ms;
    own.passage.from_start = true;
    if enters_road {
        own.passage.approach_loss_s = 0.0;
        own.passage.approach_stops = 0;
    }
}

/// Finds the lanes behind that the rear still covers.
fn cover_behind(scene: &Scene<'_>, own: &mut Own, length_m: f64, touched: &Touched) {
    let mut rear_m = own.front_m - length_m;
    own.n_behind = 0;
    for &lane in touched.lanes[..touched.n].iter().rev().skip(1) {
        if rear_m >= 0.0 || own.n_behind as usize == MAX_BEHIND {
            break;
        }
        own.behind[own.n_behind as usize] = lane;
        own.n_behind += 1;
        rear_m += scene.network.lanes[lane].length_m;
    }
}
