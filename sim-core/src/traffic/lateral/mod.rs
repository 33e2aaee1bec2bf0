//! Sideways motion within the width of a link (lateral policy `continuous`).
//!
//! Two passes. **Propose**: every vehicle, on the frozen state, picks where it wants its middle at the end of the step:
//! lane-keeping vehicles head for the middle of a lane ([`keepers`]), two-wheelers for the lateral position with the
//! best safe speed ([`riders`]). **Settle**: link by link, the most urgent first, then front first, a move reserves the
//! lateral interval it sweeps, and is granted only if nobody beside it is touched and the mover and all new followers
//! can go on with comfortable braking ([`settle`]).
//!
//! Who is ahead of whom on a link is the order of the link's vectors (front descending, ties by trip id): of two
//! vehicles exactly one is the follower. Vehicles whose rear is still on links behind do not move sideways, so ghosts
//! stand still; vehicles on other links may move at the same time, which their neighbours allow for by widening what
//! they see of them by the largest sideways step ([`Context::max_shift_m`]).

pub mod space;
pub mod leader;
pub mod sight;
mod oblique;
pub mod gaps;
pub mod courtesy;
mod keepers;
mod riders;
mod settle;
pub mod abreast;
mod upstream;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::ids::{Id, LinkId};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Ghost, Own, Seen, Traffic, flags};
use crate::traffic::types::VehicleType;
pub use courtesy::{courtesy_leader, stop_margin_m};
use leader::View;
pub use sight::{oblique_speed_mps, passing_speed_mps};
pub use space::{Span, wants_missed_turn};

/// Below this number of vehicles on the road everything is done on one thread.
const SERIAL_BELOW: u32 = 512;
/// Links handled together by one thread.
const LINKS_PER_TASK: usize = 16;
/// Sideways speed at which two-wheelers can be pushed while standing: a walking bike.
const WALKING_MPS: f64 = 0.6;
/// Largest sideways share of the speed of vehicles that keep lanes, about 14 degrees.
const KEEPER_SHARE: f64 = 0.25;
/// Largest sideways share of the speed of two-wheelers, about 22 degrees.
const RIDER_SHARE: f64 = 0.4;

/// A vehicle within this many steps and this way of a junction's end keeps its line.
const RIDES_OUT_STEPS: f64 = 2.0;
const RIDES_OUT_M: f64 = 2.0;

/// How much a move matters: the most urgent is settled first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Urgency {
    /// For speed or comfort.
    Voluntary,
    /// The route needs it some time ahead.
    Needed,
    /// The route needs it now.
    Pressing,
}

/// Where a vehicle wants its middle at the end of the step. Pressing wants are kept even where no move is possible:
/// the vehicle shows that it has to leave its lane.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Want {
    slot: u32,
    to_m: f64,
    urgency: Urgency,
}

/// What proposals on one link read.
struct Context<'a> {
    scene: &'a Scene<'a>,
    traffic: &'a Traffic,
    /// The link and its vehicles.
    view: View<'a>,
    /// The largest sideways step of anybody.
    max_shift_m: f32,
    /// Speed of the fastest vehicle that can come from behind.
    fastest_mps: f64,
}

impl<'a> Context<'a> {
    fn new(scene: &'a Scene<'a>, traffic: &'a Traffic, link: LinkId, max_shift_m: f32) -> Self {
        let limit_mps = scene.network.links[link].lanes().map(|l| scene.network.lanes[l].speed_limit_mps);
        Self {
            scene,
            traffic,
            view: View::at(traffic, link),
            max_shift_m,
            fastest_mps: limit_mps.fold(0.0, f64::max) * 1.2,
        }
    }
    fn seen(&self, slot: usize) -> &'a Seen {
        &self.view.seen[slot]
    }
    fn own(&self, slot: usize) -> &'a Own {
        &self.traffic.own[self.view.link.index()][slot]
    }
    /// Whether a vehicle that thinks anew every `period` steps about where to go does so in this step; in the steps
    /// between it goes on as before.
    fn decides(&self, seen: &Seen, period: u64) -> bool {
        (u64::from(seen.trip.0) + self.scene.step).is_multiple_of(period)
    }
}

/// The largest sideways speed of a vehicle at its speed.
fn lateral_limit_mps(kind: &VehicleType, speed_mps: f64) -> f64 {
    let lateral = &kind.lateral;
    if lateral.keeps_lane {
        lateral.max_speed_mps.min(KEEPER_SHARE * speed_mps)
    } else {
        lateral.max_speed_mps.min((RIDER_SHARE * speed_mps).max(WALKING_MPS))
    }
}

/// Whether a rider is about to leave a junction: it keeps its line, since those on other ways reckon with it.
fn rides_out(context: &Context<'_>, slot: usize) -> bool {
    let own = context.own(slot);
    let lane = &context.scene.network.lanes[own.lane];
    let steps_s = RIDES_OUT_STEPS * context.scene.dt_s();
    let is_rider = !context.scene.kind(own.kind).lateral.keeps_lane;
    is_rider && lane.is_internal && lane.length_m - own.front_m < own.speed_mps * steps_s + RIDES_OUT_M
}

/// The wants of all vehicles of a link.
fn propose(scene: &Scene<'_>, traffic: &Traffic, link: LinkId, max_shift_m: f32) -> Vec<Want> {
    let context = Context::new(scene, traffic, link, max_shift_m);
    let mut wants = Vec::new();
    for (slot, seen) in context.view.seen.iter().enumerate() {
        if seen.rear_m < 0.0 || seen.has(flags::PARKED) || seen.has(flags::AT_STOP) || rides_out(&context, slot) {
            continue;
        }
        let want = if scene.kind(seen.kind_id()).lateral.keeps_lane {
            keepers::propose(&context, slot)
        } else {
            riders::propose(&context, slot)
        };
        let Some(mut want) = want else { continue };
        if !upstream::allows(&context, &want) || !sight::allows_beyond(&context, &want) {
            want.to_m = context.own(slot).middle_m;
        }
        if want.urgency == Urgency::Pressing || want.to_m != context.own(slot).middle_m {
            wants.push(want);
        }
    }
    wants
}

/// One link's part of the settlement.
struct Task<'a> {
    link: LinkId,
    seen: &'a mut [Seen],
    own: &'a mut [Own],
    ghosts: &'a [Ghost],
    longest_m: f32,
    wants: Vec<Want>,
}

/// Moves all vehicles sideways by one step.
pub fn run(scene: &Scene<'_>, traffic: &mut Traffic) {
    let is_small = traffic.n_vehicles < SERIAL_BELOW;
    let links: Vec<LinkId> = traffic
        .seen
        .iter()
        .enumerate()
        .filter(|(_, seen)| !seen.is_empty())
        .map(|(link, _)| LinkId::from_index(link))
        .collect();
    let frozen = &*traffic;
    let top_mps = scene.demand.types.iter().fold(0.0, |top: f64, kind| top.max(kind.lateral.max_speed_mps));
    let max_shift_m = (top_mps * scene.dt_s()) as f32;
    let propose = |&link: &LinkId| propose(scene, frozen, link, max_shift_m);
    let wants: Vec<Vec<Want>> = if is_small {
        links.iter().map(propose).collect()
    } else {
        links.par_iter().with_max_len(LINKS_PER_TASK).map(propose).collect()
    };
    let mut wants = wants.into_iter();
    let mut tasks: Vec<Task<'_>> = traffic
        .seen
        .iter_mut()
        .zip(&mut traffic.own)
        .zip(traffic.ghosts.iter().zip(&traffic.longest_on_m))
        .enumerate()
        .filter(|(_, ((seen, _), _))| !seen.is_empty())
        .map(|(link, ((seen, own), (ghosts, &longest_m)))| Task {
            link: LinkId::from_index(link),
            seen,
            own,
            ghosts,
            longest_m,
            wants: wants.next().unwrap_or_default(),
        })
        .collect();
    let changed: Vec<bool> = if is_small {
        tasks.iter_mut().map(|task| settle::run(scene, task)).collect()
    } else {
        tasks.par_iter_mut().with_max_len(LINKS_PER_TASK).map(|task| settle::run(scene, task)).collect()
    };
    for (&link, _) in links.iter().zip(&changed).filter(|(_, changed)| **changed) {
        traffic.summarize(scene.network, scene.drivers, link);
    }
}
