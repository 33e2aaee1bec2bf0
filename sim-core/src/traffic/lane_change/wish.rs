//! What the driver wants, from the most to the least urgent reason.

use super::act::{self, Side};
use super::around::{Ego, Other, desired_mps};
use super::line::NOBODY;
use super::link_pass::{Effects, LinkPass};
use super::memory::LaneChangeState;
use super::outlook::Outlook;
use super::rules::beside;
use super::sight::Sight;
use super::speeds;
use crate::math::Bounded;
use crate::traffic::car_following::{HALTING_SPEED_MPS, POSITION_EPS_M};
use crate::traffic::state::flags;

/// Changes that the route needs are planned this long ahead.
const LOOK_FORWARD_S: f64 = 10.0;
/// Share of the look-ahead speed that is kept over a second.
const LOOK_AHEAD_MEMORY: f64 = 0.9;
/// A lane that leads elsewhere within this distance is a turn lane, to be left alone.
const TURN_LANE_M: f64 = 200.0;
/// Standing leaders nearer than this are overtaken.
const STOPPED_LEADER_M: f64 = 100.0;
/// Above this limit a road is a highway, with on-ramps beside.
const HIGHWAY_MPS: f64 = 80.0 / 3.6;

/// What the strategic part has found out.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// The change leads towards the best lane.
    pub(super) to_best: bool,
    /// Distance to go on the present lane from its start.
    pub(super) here_m: f64,
    /// Distance to go on the lane beside from its start.
    pub(super) beside_m: f64,
    /// Distance to go to a stop on this link; minus infinity for none.
    to_stop_m: f64,
    /// How far ahead changes are planned.
    pub(super) look_ahead_m: f64,
    pub(super) roundabout_m: f64,
    /// A bound found so far on the speed that can be driven on the present lane; infinite for none.
    pub(super) safe_here_mps: f64,
    /// Overtaking on the kerb side is to be avoided.
    pub(super) avoids_kerb_side: bool,
    /// Change outwards in order not to overtake on the kerb side.
    pub(super) goes_out_to_overtake: bool,
}

/// Whether the distance is too short for so many changes.
fn disallows(distance_m: f64, changes: i32, look_ahead_m: f64) -> bool {
    distance_m / f64::from(changes.abs()) < look_ahead_m
}

/// Whether the way left on the lane beside is too short to change there and back.
fn is_short(outlook: &Outlook<'_>, plan: &Plan, left_m: f64) -> bool {
    let left_m = left_m.at_least(0.0);
    (!plan.to_best && disallows(left_m, outlook.best_offset.abs() + 2, plan.look_ahead_m))
        || (outlook.best_offset == 0 && left_m * 2.0 < plan.look_ahead_m)
}

impl<'a> LinkPass<'a> {
    /// What the driver wants with one side, as bits of `act`.
    pub(super) fn wish(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &mut Sight<'_, 'a>,
        effects: &mut Effects,
    ) -> u32 {
        let told = memory.action & act::TOLD;
        let Some(outlook) = self.outlook(ego, sight.side, sight.here.prospect) else { return told };
        let action = told | self.hold_back_for_all(ego, memory);
        let mut plan = self.plan(ego, memory, sight, &outlook);
        let reason = self.strategic(ego, memory, sight, &outlook, &mut plan);
        if reason & act::STAY != 0 {
            return action | reason;
        }
        if reason & act::URGENT != 0 {
            self.look_around(ego, sight, effects);
            self.urge(ego, memory, sight, (outlook, plan), effects);
            return action | reason;
        }
        action | reason | self.tactical(ego, memory, sight, (&outlook, &plan))
    }

    /// Slows down for vehicles ahead that urgently want into this lane: the first and the last of them.
    #[inline]
    fn hold_back_for_all(&self, ego: &Ego<'_>, memory: &mut LaneChangeState) -> u32 {
        let queue = &self.queues[ego.index];
        if queue.last_blocked == NOBODY {
            return 0;
        }
        let mut action = self.hold_back(ego, memory, queue.last_blocked);
        if queue.first_blocked != queue.last_blocked {
            action |= self.hold_back(ego, memory, queue.first_blocked);
        }
        action
    }

    fn hold_back(&self, ego: &Ego<'_>, memory: &mut LaneChangeState, blocked: u32) -> u32 {
        if ego.speed_mps >= ego.driver.decel_mps2 {
            return 0;
        }
        let other = &self.own[blocked as usize];
        let rear_m = other.front_m - self.road.world.scene.kind(other.kind).length_m;
        let gap_m = rear_m - ego.front_m - ego.kind.min_gap_m;
        if gap_m <= POSITION_EPS_M {
            return 0;
        }
        let decel_mps2 = self.road.world.scene.driver(other.kind).decel_mps2;
        let speed = speeds::follow(ego.driver, ego.speed_mps, gap_m - POSITION_EPS_M, other.speed_mps, decel_mps2);
        memory.aim_at(ego, speed);
        if other.speed_mps < HALTING_SPEED_MPS { act::HOLDS_BACK_FOR_STANDING } else { act::HOLDS_BACK }
    }

    /// Distances and the look-ahead.
    #[inline]
    fn plan(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &mut Sight<'_, 'a>,
        outlook: &Outlook<'_>,
    ) -> Plan {
        let mut here_m = outlook.here.length_m();
        let mut beside_m = outlook.beside.length_m();
        let mut to_stop_m = f64::NEG_INFINITY;
        let stop = &ego.own.stop;
        if stop.next < stop.end
            && stop.distance_m.is_finite()
            && self.road.world.scene.demand.stops[stop.next as usize].link == self.road.link
        {
            to_stop_m = stop.distance_m;
            // The distance was measured before the vehicle moved.
            let stop_m = ego.front_m + stop.distance_m - ego.speed_mps * ego.dt_s;
            here_m = here_m.max(stop_m);
            beside_m = beside_m.max(stop_m);
        }
        let side = sight.side;
        let mut to_best = outlook.best_offset * side.offset() > 0;
        if ego.speed_mps > memory.look_ahead_mps {
            memory.look_ahead_mps = ego.speed_mps;
        } else {
            let kept = 1.0 - (1.0 - LOOK_AHEAD_MEMORY) * ego.dt_s;
            memory.look_ahead_mps = (kept * memory.look_ahead_mps + (1.0 - kept) * ego.speed_mps).at_least(0.0);
        }
        let params = &ego.kind.lane_change;
        let side_factor = if side == Side::Inwards { 1.0 } else { params.look_ahead_left };
        let mut look_ahead_m =
            memory.look_ahead_mps * LOOK_FORWARD_S * params.strategic * side_factor + 2.0 * ego.length_with_gap_m();
        let room_m = here_m - ego.front_m;
        let stands_ahead = |other: &&Other<'_>| other.is_stopped && other.gap_m < room_m;
        let stopped_leader = sight.leader().filter(stands_ahead);
        if outlook.best_offset == 0
            && let Some(leader) = stopped_leader
        {
            // Halved, because the way there and back is asked for below.
            look_ahead_m = 0.5 * (ego.length_with_gap_m() + leader.length_with_gap_m() + leader.gap_m);
        } else if outlook.best_offset == side.offset() && stopped_leader.is_none() {
            self.look_ahead(ego, sight);
            // Is there room to change behind one that stands, when it has been passed?
            let stopped = sight.ahead.as_ref().filter(stands_ahead);
            to_best &= !stopped
                .is_some_and(|ahead| ahead.gap_m + ego.length_with_gap_m() + ahead.length_with_gap_m() < room_m);
        }
        if params.strategic < 0.0 {
            look_ahead_m = -1e3;
        }
        let roundabout_m = if sight.here.meets_roundabout { self.roundabout_bonus_m(ego, *outlook) } else { 0.0 };
        Plan {
            to_best,
            here_m: here_m + roundabout_m,
            beside_m: beside_m + roundabout_m,
            to_stop_m,
            look_ahead_m,
            roundabout_m,
            safe_here_mps: f64::INFINITY,
            avoids_kerb_side: self.avoids_kerb_side(ego),
            goes_out_to_overtake: false,
        }
    }

    #[inline]
    fn avoids_kerb_side(&self, ego: &Ego<'_>) -> bool {
        !ego.is_congested() && self.keeps_to_the_rule(ego)
    }
    /// Whether the driver, where traffic is not congested, now refrains from overtaking on the kerb side.
    #[inline(never)]
    fn keeps_to_the_rule(&self, ego: &Ego<'_>) -> bool {
        use crate::rng::{Purpose, uniform};
        use crate::units::VehicleClass;
        let share = ego.kind.lane_change.overtake_right;
        let scene = self.road.world.scene;
        ego.kind.class != VehicleClass::Emergency
            && (share == 0.0 || share < uniform(scene.seed, Purpose::LaneChange, ego.own.trip.0, scene.step))
    }

    /// Changes that the route needs, and changes that it forbids.
    fn strategic(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &mut Sight<'_, 'a>,
        outlook: &Outlook<'_>,
        plan: &mut Plan,
    ) -> u32 {
        let best_offset = outlook.best_offset;
        let needs_change = sight.side.change() | act::STRATEGIC | act::URGENT;
        if plan.to_best && best_offset == outlook.here.offset {
            let occupation_m =
                self.occupation_m(ego, ego.index.wrapping_add_signed(best_offset as isize), outlook.best);
            let usable_m = (plan.here_m - ego.front_m - occupation_m).at_least(plan.to_stop_m);
            if disallows(usable_m, best_offset, plan.look_ahead_m) {
                return needs_change;
            }
        }
        if plan.avoids_kerb_side
            && sight.side == Side::Outwards
            && let Some((safe_mps, goes_out)) = self.avoid_overtaking_inside(ego, memory, sight)
        {
            (plan.safe_here_mps, plan.goes_out_to_overtake) = (safe_mps, goes_out);
        }
        let leader = sight.leader();
        let stopped_leader = leader.filter(|leader| leader.is_stopped);
        if let Some(leader) = stopped_leader
            && self.overtakes_stopped(ego, sight, *plan, leader)
        {
            plan.here_m = ego.front_m + leader.gap_m;
            return needs_change;
        }
        // The way of the vehicles ahead is only measured where it can matter.
        let is_on_best = best_offset == 0;
        let room_m = plan.beside_m - ego.front_m;
        let stays = ((is_on_best || !plan.to_best) && is_short(outlook, plan, room_m))
            || (is_on_best && stopped_leader.is_none() && self.leads_elsewhere(ego, sight, outlook, plan))
            || ((is_on_best || !plan.to_best) && self.is_full_beside(ego, sight, outlook, plan));
        if stays { act::STAY | act::STRATEGIC } else { 0 }
    }

    /// Whether the lane beside, which is no better than the present one, soon leads elsewhere.
    #[inline]
    fn leads_elsewhere(&self, ego: &Ego<'a>, sight: &Sight<'_, 'a>, outlook: &Outlook<'_>, plan: &Plan) -> bool {
        let is_soon = if ego.kind.lane_change.strategic >= 0.0 {
            plan.beside_m < TURN_LANE_M
        } else {
            sight.leader().is_none_or(|leader| plan.beside_m - ego.front_m <= leader.gap_m)
        };
        is_soon && plan.roundabout_m == 0.0 && !self.ends_in_nowhere(ego, outlook.route_index, outlook.beside.lane)
    }

    /// Whether the lane beside, or the present one, is too full to change there and back.
    #[inline]
    fn is_full_beside(&self, ego: &Ego<'a>, sight: &Sight<'_, 'a>, outlook: &Outlook<'_>, plan: &Plan) -> bool {
        let room_m = plan.beside_m - ego.front_m;
        let here_m = || {
            let known = sight.here.occupied_m.get();
            let here_m = known.unwrap_or_else(|| self.occupation_m(ego, ego.index, outlook.here.lane));
            sight.here.occupied_m.set(Some(here_m));
            here_m
        };
        is_short(outlook, plan, room_m - self.occupation_m(ego, sight.target, outlook.beside.lane))
            || is_short(outlook, plan, room_m - here_m())
    }

    /// Whether to pass a vehicle that stands at a stop on the present lane.
    #[inline(never)]
    fn overtakes_stopped(&self, ego: &Ego<'a>, sight: &mut Sight<'_, 'a>, plan: Plan, leader: &Other<'_>) -> bool {
        self.look_ahead(ego, sight);
        let way_m = leader.gap_m + ego.kind.length_m + leader.length_with_gap_m();
        leader.gap_m < STOPPED_LEADER_M
            && plan.beside_m.min(plan.here_m) - ego.front_m > way_m
            && !(plan.avoids_kerb_side && sight.side == Side::Inwards)
            && ego.kind.lane_change.strategic >= 0.0
            && sight.ahead.as_ref().is_none_or(|ahead| {
                let way_beside_m = ahead.gap_m + ego.kind.length_m + ahead.length_with_gap_m();
                !ahead.is_stopped
                    || ahead.gap_m > way_m
                    || (way_beside_m > leader.gap_m && self.has_free_lane(ego, sight.side, way_beside_m))
            })
    }

    /// Whether one lane farther to the side nobody stands within a distance.
    fn has_free_lane(&self, ego: &Ego<'_>, side: Side, within_m: f64) -> bool {
        let beside = side.of(ego.index);
        let (Some(column), Some(further)) = (self.road.lanes.get(beside), self.queues.get(side.of(beside))) else {
            return false;
        };
        let permission = if side == Side::Inwards { column.change_inwards } else { column.change_outwards };
        if !permission.allows(ego.kind.class) {
            return false;
        }
        let lead = further.lead.slot;
        lead == NOBODY || {
            let other = &self.own[lead as usize];
            !(other.flags & flags::AT_STOP != 0 && other.front_m - ego.front_m < within_m)
        }
    }

    /// Follows a slower vehicle beside rather than overtaking it on the kerb side, and starts to move outwards in
    /// time. The speed to keep, and whether it moves outwards.
    #[inline(never)]
    fn avoid_overtaking_inside(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &mut Sight<'_, 'a>,
    ) -> Option<(f64, bool)> {
        self.look_ahead(ego, sight);
        let ahead = sight.ahead.as_ref()?;
        let scene = self.road.world.scene;
        let wished_mps = ego.desired_mps(ego.lane);
        let faster_mps =
            (wished_mps - desired_mps(scene, ahead, beside(ego, sight.side))).max(ego.speed_mps - ahead.speed_mps);
        if faster_mps <= 0.0 {
            return None;
        }
        let follow =
            |gap_m: f64| speeds::follow(ego.driver, ego.speed_mps, gap_m, ahead.speed_mps, ahead.driver.decel_mps2);
        let slowest = (ego.speed_mps - ego.driver.decel_mps2 * ego.dt_s).max(0.0);
        let following = follow(ahead.gap_m);
        let mut safe =
            if following >= slowest { following } else { slowest.max(ahead.speed_mps - super::urgent::HELP_MPS) };
        if memory.speed_gain < super::gain::threshold_outwards(ego) {
            safe = safe.max(ahead.speed_mps);
        }
        memory.aim_at(ego, safe);
        let goes_out = follow(ahead.gap_m - faster_mps * 8.0) < safe;
        if goes_out {
            memory.speed_gain += ego.dt_s * faster_mps / wished_mps.max(super::gain::LEAST_SPEED_MPS);
        }
        Some((safe, goes_out))
    }

    /// Everything that is not urgent: roundabouts, highways, help, speed, kerb.
    fn tactical(
        &self,
        ego: &Ego<'a>,
        memory: &mut LaneChangeState,
        sight: &mut Sight<'_, 'a>,
        (outlook, plan): (&Outlook<'_>, &Plan),
    ) -> u32 {
        let change = sight.side.change();
        if plan.roundabout_m > 0.0 {
            let reason = if sight.side == Side::Outwards { change } else { act::STAY };
            return reason | act::COOPERATIVE;
        }
        if sight.side == Side::Inwards
            && outlook.best_offset == 0
            && ego.lane.speed_limit_mps > HIGHWAY_MPS
            && memory.look_ahead_mps > HALTING_SPEED_MPS
        {
            return act::STAY | act::STRATEGIC;
        }
        let speeds = self.speeds(ego, sight, plan);
        let changes = outlook.best_offset.abs() + 1;
        if memory.action & act::IN_WAY_BEHIND != 0
            && super::gain::inconvenience(ego, memory, sight.side, &speeds) <= ego.kind.lane_change.cooperative
            && memory.action & sight.side.told() != 0
            && (plan.to_best || plan.beside_m / f64::from(changes) > plan.look_ahead_m)
        {
            return change | act::COOPERATIVE | act::URGENT;
        }
        let reason = match sight.side {
            Side::Inwards => self.gain_inwards(ego, memory, sight, plan, &speeds),
            Side::Outwards => self.gain_outwards(ego, memory, plan, &speeds),
        };
        if reason != 0 {
            return change | reason;
        }
        let is_pleasant = match sight.side {
            Side::Inwards => memory.speed_gain < 0.0,
            Side::Outwards => memory.speed_gain > 0.0,
        };
        if plan.to_best
            && outlook.best_offset == outlook.here.offset
            && ego.kind.lane_change.strategic >= 0.0
            && speeds.relative_gain >= 0.0
            && is_pleasant
        {
            return change | act::STRATEGIC;
        }
        0
    }
}
