//! What must hold after every step of any run.

use std::collections::BTreeMap;

use sim_core::engine::LateralPolicy;
use sim_core::ids::{ConnectorId, Id, LinkId, TripId};
use sim_core::network::Network;
use sim_core::traffic::lateral::space::over_line_m;
use sim_core::traffic::state::{Own, Seen};
use sim_core::traffic::types::VehicleType;

use crate::sim::Sim;

/// Vehicles may touch by this much.
const TOUCH_M: f32 = 0.01;
/// Slack in accelerations.
const ACCEL_EPS_MPS2: f64 = 0.01;
/// Slack in positions.
const PLACE_EPS_M: f64 = 0.01;

/// A vehicle as the watch saw it after the last step.
#[derive(Clone, Copy, Debug)]
struct Last {
    link: LinkId,
    next: Option<LinkId>,
    to_line_m: f64,
    speed_mps: f64,
    is_internal: bool,
    /// Distance to the stop line and speed when it turned red, or when it came onto the road.
    at_red: Option<(f64, f64)>,
}

/// Watches a run.
#[derive(Default)]
pub(crate) struct Watch {
    last: BTreeMap<TripId, Last>,
    /// Vehicles that passed a red light, could they stop or not.
    pub n_past_red: u32,
}

/// A part of a vehicle on a link.
#[derive(Clone, Copy, Debug)]
struct Body {
    trip: TripId,
    lane: u16,
    rear_m: f32,
    front_m: f32,
    kerb_m: f32,
    outer_m: f32,
}

impl Watch {
    /// Everything that is wrong after a step.
    pub(crate) fn look(&mut self, sim: &Sim<'_>) -> Vec<String> {
        let mut wrong = Vec::new();
        nothing_is_lost(sim, &mut wrong);
        for link in 0..sim.case.city.network.links.len() {
            nothing_overlaps(sim, LinkId::from_index(link), &mut wrong);
        }
        let mut now = BTreeMap::new();
        for (_, seen, own) in sim.world.traffic.iter() {
            let kind = &sim.case.demand.types[own.kind];
            self.is_within_limits(sim, own, kind, &mut wrong);
            is_within_link(sim, own, seen, kind, &mut wrong);
            now.insert(own.trip, self.red(sim, own, kind, &mut wrong));
        }
        self.last = now;
        wrong
    }

    fn is_within_limits(&self, sim: &Sim<'_>, own: &Own, kind: &VehicleType, wrong: &mut Vec<String>) {
        let dt_s = sim.case.params.step_ms as f64 / 1000.0;
        let numbers = [own.front_m, own.speed_mps, own.accel_mps2, own.middle_m, own.lateral_mps];
        if numbers.iter().any(|number| !number.is_finite()) {
            wrong.push(format!("{}: not a number in {numbers:?}", own.trip));
        }
        if own.speed_mps < 0.0 || own.speed_mps > kind.max_speed_mps + ACCEL_EPS_MPS2 {
            wrong.push(format!("{}: speed {} m/s", own.trip, own.speed_mps));
        }
        if let Some(last) = self.last.get(&own.trip) {
            let accel = (own.speed_mps - last.speed_mps) / dt_s;
            if accel > kind.accel_mps2 + ACCEL_EPS_MPS2 || accel < -kind.emergency_decel_mps2 - ACCEL_EPS_MPS2 {
                wrong.push(format!(
                    "{}: acceleration {accel:.3} m/s², {:.3} to {:.3} m/s on {}, {:.2} m before its end",
                    own.trip,
                    last.speed_mps,
                    own.speed_mps,
                    own.lane,
                    sim.case.city.network.lanes[own.lane].length_m - own.front_m,
                ));
            }
        }
    }

    /// Notes where a vehicle was when its signal turned red, and whether it passed though it could have stopped.
    fn red(&mut self, sim: &Sim<'_>, own: &Own, kind: &VehicleType, wrong: &mut Vec<String>) -> Last {
        let network = &sim.case.city.network;
        let column = &network.lanes[own.lane];
        let route = match own.route.index().checked_sub(sim.case.demand.routes.len()) {
            None => &sim.case.demand.routes[own.route],
            Some(found) => &sim.world.new_routes[found],
        };
        let to_line_m = column.length_m - own.front_m;
        let before = self.last.get(&own.trip);
        if let Some(last) = before
            && !last.is_internal
            && last.link != column.link
            && last.next.is_some_and(|next| is_red(sim, last.link, next))
        {
            self.n_past_red += 1;
            if let Some((distance_m, speed_mps)) = last.at_red {
                let dt_s = sim.case.params.step_ms as f64 / 1000.0;
                let needed_m = speed_mps * speed_mps / (2.0 * kind.decel_mps2) + speed_mps * dt_s + 1.0;
                if distance_m > needed_m {
                    wrong.push(format!(
                        "{} passes red at the end of {}: it was {distance_m:.2} m before at {speed_mps:.2} m/s when it \
                         turned red",
                        own.trip, last.link
                    ));
                }
            }
        }
        let next = route.get(own.route_index as usize + 1).copied();
        let red = !column.is_internal && next.is_some_and(|next| is_red(sim, column.link, next));
        let same = before.filter(|last| last.link == column.link);
        // The aspect of this step was shown to the state before it.
        let at_red = red.then(|| match same {
            Some(last) => last.at_red.unwrap_or((last.to_line_m, last.speed_mps)),
            None => (to_line_m, own.speed_mps),
        });
        Last { link: column.link, next, to_line_m, speed_mps: own.speed_mps, is_internal: column.is_internal, at_red }
    }
}

/// Whether all ways from one road to the next are red.
fn is_red(sim: &Sim<'_>, from: LinkId, to: LinkId) -> bool {
    let network = &sim.case.city.network;
    let ways: Vec<ConnectorId> = network.links[from]
        .lanes()
        .flat_map(|lane| network.outgoing[lane].iter().copied())
        .filter(|&connector| network.link_of(network.connectors[connector].leads_to) == to)
        .collect();
    !ways.is_empty() && ways.iter().all(|&connector| sim.world.ports.rules[connector].is_red())
}

fn nothing_is_lost(sim: &Sim<'_>, wrong: &mut Vec<String>) {
    let world = &sim.world;
    let departures = &world.departures;
    let loaded = u64::from(departures.n_loaded());
    let known = world.n_arrived
        + u64::from(world.traffic.n_vehicles)
        + u64::from(departures.n_waiting())
        + u64::from(departures.n_rejected());
    if loaded != known || world.traffic.iter().count() != world.traffic.n_vehicles as usize {
        wrong.push(format!("{loaded} loaded, {known} known"));
    }
}

/// The vehicles on a link, cut at its ends, rears of vehicles ahead included.
fn bodies(network: &Network, sim: &Sim<'_>, link: LinkId) -> Vec<Body> {
    let traffic = &sim.world.traffic;
    let length_m = |lane: u16| network.lanes[lane_at(network, link, lane)].length_m as f32;
    let body = |seen: &Seen| Body {
        trip: seen.trip,
        lane: seen.lane,
        rear_m: seen.rear_m.max(0.0),
        front_m: seen.front_m.min(length_m(seen.lane)),
        kerb_m: seen.kerb_m,
        outer_m: seen.outer_m,
    };
    let seen = traffic.seen[link.index()].iter().map(body);
    seen.chain(traffic.ghosts[link.index()].iter().map(|ghost| body(&ghost.seen))).collect()
}

fn lane_at(network: &Network, link: LinkId, index: u16) -> sim_core::ids::LaneId {
    sim_core::ids::LaneId(network.links[link].first_lane.0 + u32::from(index))
}

fn nothing_overlaps(sim: &Sim<'_>, link: LinkId, wrong: &mut Vec<String>) {
    let network = &sim.case.city.network;
    let bodies = bodies(network, sim, link);
    for (index, a) in bodies.iter().enumerate() {
        for b in &bodies[index + 1..] {
            let along_m = a.front_m.min(b.front_m) - a.rear_m.max(b.rear_m);
            let across_m = a.outer_m.min(b.outer_m) - a.kerb_m.max(b.kerb_m);
            let meets = match sim.case.params.lateral {
                LateralPolicy::LaneInstant => a.lane == b.lane,
                LateralPolicy::Continuous => across_m > TOUCH_M,
            };
            if a.trip != b.trip && meets && along_m > TOUCH_M {
                let column = &network.links[link];
                wrong.push(format!(
                    "{} and {} overlap by {along_m:.3} m along and {across_m:.3} m across on {link} \
                     ({}{} lanes, {:.1} m): {a:?} {b:?}",
                    a.trip,
                    b.trip,
                    if column.is_internal() { "internal, " } else { "" },
                    column.n_lanes,
                    column.length_m,
                ));
            }
        }
    }
}

fn is_within_link(sim: &Sim<'_>, own: &Own, seen: &Seen, kind: &VehicleType, wrong: &mut Vec<String>) {
    let network = &sim.case.city.network;
    let lane = &network.lanes[own.lane];
    if own.front_m < -PLACE_EPS_M || own.front_m > lane.length_m + PLACE_EPS_M {
        wrong.push(format!("{}: front at {} of {} m", own.trip, own.front_m, lane.length_m));
    }
    let width_m = network.links[lane.link].width_m;
    // A vehicle wider than the road stands over it.
    let slack_m = PLACE_EPS_M + f64::from(over_line_m(kind.width_m as f32)) + 0.5 * (kind.width_m - width_m).max(0.0);
    if f64::from(seen.kerb_m) < -slack_m || f64::from(seen.outer_m) > width_m + slack_m {
        wrong.push(format!(
            "{}: {:.3} to {:.3} m across {} of {width_m:.2} m",
            own.trip, seen.kerb_m, seen.outer_m, lane.link
        ));
    }
}
