//! Steps 5 to 10: capacity, delay, level of service and queues of the lane groups of an approach.

use super::lane_groups::{State, permitted_display};
use super::{Approach, Junction, LaneGroup, LeftService};
use crate::signals::hcm::lane_flow::{GroupFlow, GroupKind};
use crate::signals::hcm::phases::Phase;
use crate::signals::hcm::polygon::{self, Interval};
use crate::signals::hcm::saturation::{LEFT_EQUIVALENT, RIGHT_EQUIVALENT};
use crate::signals::hcm::{LevelOfService, back_of_queue, delay};

/// A lane group before its performance is known.
struct Subject<'a> {
    junction: &'a Junction,
    approach: &'a Approach,
    state: &'a State,
    kind: GroupKind,
    n_lanes: f64,
    flow: GroupFlow,
    /// Whether it serves left turns through gaps.
    is_permitted: bool,
    /// The protected left-turn phase that serves it.
    protected: Option<&'a Phase>,
}

/// Capacity, and capacity at maximum green.
struct Capacity {
    now_vph: f64,
    available_vph: f64,
}

/// The lane groups of an approach, from the left.
pub(super) fn groups(junction: &Junction, index: usize, state: &State) -> Vec<LaneGroup> {
    let approach = &junction.approaches[index];
    GroupKind::ALL
        .into_iter()
        .filter(|kind| approach.n_lanes(*kind) > 0)
        .map(|kind| {
            let flow = state.flows[kind.index()];
            // A shared lane without left turns is not held up by them.
            let has_left = kind == GroupKind::Left || (flow.left_vph > 0.0 && kind != GroupKind::LeftRight);
            let subject = Subject {
                junction,
                approach,
                state,
                kind,
                n_lanes: f64::from(approach.n_lanes(kind)),
                flow,
                is_permitted: kind.serves_left() && has_left && permitted_display(approach).is_some(),
                protected: match &approach.left {
                    LeftService::Protected(phase) if kind == GroupKind::Left => Some(phase),
                    LeftService::ProtectedPermitted { phase, .. } if kind.serves_left() && has_left => Some(phase),
                    _ => None,
                },
            };
            subject.lane_group(index)
        })
        .collect()
}

impl Subject<'_> {
    fn lane_group(&self, approach: usize) -> LaneGroup {
        let period_h = self.junction.period_h;
        let cycle_s = self.junction.cycle_s;
        let flow_vph = self.flow.total_vph();
        let green_s = self.green_s();
        let share_on_green = (self.platoon_ratio() * green_s / cycle_s).min(1.0);
        let capacity = self.capacity();
        let capacity_vph = capacity.now_vph;
        let volume_to_capacity = if capacity_vph > 0.0 {
            flow_vph / capacity_vph
        } else if flow_vph > 0.0 {
            f64::INFINITY
        } else {
            0.0
        };
        let stop_s = back_of_queue::stop_delay_s(self.approach.speed_limit_mps);
        let (uniform_s, first_veh) = self.uniform(flow_vph, capacity_vph, share_on_green, stop_s);
        let k = self.k(flow_vph, capacity.available_vph);
        let filtering = self.approach.filtering;
        let incremental_s = delay::incremental_s(period_h, volume_to_capacity.min(1e3), capacity_vph, k, filtering);
        let queue_veh = self.initial_queue_veh();
        let initial = delay::initial_queue(queue_veh, flow_vph, capacity_vph, period_h);
        // While the initial queue is there, the group is saturated (Equation 19-41).
        let uniform_s = if initial.unmet_h > 0.0 {
            let (saturated_s, _) = self.uniform(capacity_vph, capacity_vph, share_on_green, stop_s);
            let part = initial.unmet_h / period_h;
            saturated_s * part + uniform_s * (1.0 - part)
        } else {
            uniform_s
        };
        let second_veh = back_of_queue::second_term_veh(capacity_vph, self.n_lanes, incremental_s);
        let third_veh = back_of_queue::third_term_veh(queue_veh, &initial, self.n_lanes, period_h);
        let queue_terms_veh = [first_veh, second_veh, third_veh];
        let back_veh = first_veh + second_veh + third_veh;
        let ratio = green_s / cycle_s;
        let p95_veh = back_of_queue::percentile_veh(queue_terms_veh, 1.64, filtering, ratio, volume_to_capacity);
        let spacing_m = back_of_queue::spacing_m(self.heavy_share());
        let storage_m =
            if self.kind == GroupKind::Left { self.approach.storage_left_m } else { self.approach.storage_m };
        let fill = |queue_veh: f64| {
            storage_m.filter(|length_m| *length_m > 0.0).map(|m| back_of_queue::storage_ratio(queue_veh, spacing_m, m))
        };
        let control_delay_s = uniform_s + incremental_s + initial.delay_s;
        LaneGroup {
            approach,
            kind: self.kind,
            n_lanes: self.approach.n_lanes(self.kind),
            flow: self.flow,
            saturation_vphpl: self.reported_saturation(),
            permitted_saturation_vphpl: self.is_permitted.then(|| self.permitted_saturation()),
            green_s,
            unblocked_s: self.is_permitted.then_some(self.state.permitted.unblocked_s),
            share_on_green,
            capacity_vph,
            available_vph: capacity.available_vph,
            volume_to_capacity,
            k,
            uniform_s,
            incremental_s,
            initial_queue_s: initial.delay_s,
            control_delay_s,
            level: LevelOfService::at_signal(control_delay_s, volume_to_capacity > 1.0),
            queue_terms_veh,
            back_of_queue_veh: back_veh,
            back_of_queue_p95_veh: p95_veh,
            back_of_queue_m: back_veh * spacing_m,
            back_of_queue_p95_m: p95_veh * spacing_m,
            storage_ratio: fill(back_veh),
            storage_ratio_p95: fill(p95_veh),
            final_queue_veh: initial.at_end_veh,
        }
    }

    fn saturation(&self) -> f64 {
        self.state.saturation[self.kind.index()]
    }
    fn permitted_saturation(&self) -> f64 {
        if self.kind == GroupKind::Left { self.state.permitted_saturation } else { self.saturation() }
    }
    fn reported_saturation(&self) -> f64 {
        if self.kind == GroupKind::Left && self.is_permitted && self.protected.is_none() {
            self.state.permitted_saturation
        } else {
            self.saturation()
        }
    }
    fn platoon_ratio(&self) -> f64 {
        match self.kind {
            GroupKind::Left | GroupKind::LeftThrough | GroupKind::LeftRight => self.approach.platoon_ratio_left,
            _ => self.approach.platoon_ratio,
        }
    }
    fn heavy_share(&self) -> f64 {
        match self.kind {
            GroupKind::Left | GroupKind::LeftThrough => self.approach.heavy_share_left,
            _ => self.approach.heavy_share,
        }
    }

    /// Effective green that is reported: protected where there is any.
    fn green_s(&self) -> f64 {
        let through_s = self.approach.through.effective_green_s();
        match (self.kind, self.protected) {
            (GroupKind::Left, Some(phase)) => phase.effective_green_s(),
            (GroupKind::Right, _) => through_s + self.overlap_s(),
            _ if self.is_permitted => self.state.permitted.effective_s,
            _ => through_s,
        }
    }

    fn overlap_s(&self) -> f64 {
        self.approach.right_overlap.as_ref().map_or(0.0, Phase::effective_green_s)
    }

    /// Saturation flow of a shared lane in its parts: before the first left turn, beside the opposing queue, through
    /// gaps, protected (Equations 31-106 to 31-113).
    fn shared_saturations(&self) -> [f64; 4] {
        let state = self.state;
        let base = state.base[self.kind.index()];
        let rights = self.flow.right_share() * (RIGHT_EQUIVALENT / state.right_factor - 1.0);
        let left = self.flow.left_share();
        let with = |equivalent: f64| base / (1.0 + rights + left * (equivalent - 1.0));
        let [through_gaps, beside_queue] = state.equivalents;
        [
            with(1.0),
            with(beside_queue / state.left_factor),
            with(through_gaps / state.left_factor),
            with(LEFT_EQUIVALENT),
        ]
    }

    /// Step 7 (Equations 19-16, 19-24 and 31-117 to 31-127).
    fn capacity(&self) -> Capacity {
        let per_cycle = self.n_lanes / self.junction.cycle_s;
        let through = &self.approach.through;
        let max_green_s = through.max_green_s.unwrap_or(through.green_s);
        let permitted = &self.state.permitted;
        let longer_s = (max_green_s - permitted.effective_s).max(0.0);
        if !self.is_permitted {
            let phase = self.protected.unwrap_or(through);
            let more_vph = (phase.available_green_s() - phase.effective_green_s()) * self.saturation() * per_cycle;
            // In an overlap no pedestrians are in the way of right turns.
            let overlap = if self.kind == GroupKind::Right {
                self.overlap_s() * self.state.base[self.kind.index()] / RIGHT_EQUIVALENT
            } else {
                0.0
            };
            let now_vph = (phase.effective_green_s() * self.saturation() + overlap) * per_cycle;
            return Capacity { now_vph, available_vph: now_vph + more_vph.max(0.0) };
        }
        let protected_s = self.protected.map_or(0.0, Phase::effective_green_s);
        if self.kind == GroupKind::Left {
            let sneakers = 3600.0 * self.junction.sneakers;
            let gaps = permitted.unblocked_s * self.state.permitted_saturation + sneakers;
            let now_vph = (protected_s * self.saturation() + gaps) * per_cycle;
            let available_vph = match self.protected {
                Some(phase) => (phase.max_green_s.unwrap_or(protected_s) * self.saturation() + gaps) * per_cycle,
                None => now_vph + longer_s * self.state.permitted_saturation * per_cycle,
            };
            return Capacity { now_vph, available_vph: available_vph.max(now_vph) };
        }
        let [_, _, through_gaps, protected] = self.shared_saturations();
        let sneakers = 3600.0 * (1.0 + self.flow.left_share());
        let now_vph = (permitted.effective_s * self.saturation() + sneakers + protected_s * protected) * per_cycle;
        Capacity { now_vph, available_vph: now_vph + longer_s * through_gaps * per_cycle }
    }

    /// Uniform delay and the first term of the back of queue.
    fn uniform(&self, flow_vph: f64, capacity_vph: f64, share_on_green: f64, stop_s: f64) -> (f64, f64) {
        let cycle_s = self.junction.cycle_s;
        if flow_vph <= 0.0 {
            // Who would come alone: arrivals at random over the cycle.
            let green_s = self.green_s();
            return (delay::uniform_s(cycle_s, green_s, 0.0, share_on_green), 0.0);
        }
        if self.is_permitted {
            // Arrivals above capacity wait for later cycles: they are in incremental delay.
            let served_vph = flow_vph.min(capacity_vph);
            let outcome = polygon::evaluate(&self.polygon(served_vph / 3600.0 / self.n_lanes, share_on_green), stop_s);
            return (outcome.delay_s, outcome.full_stops_veh);
        }
        let green_s = self.green_s();
        let x = if capacity_vph > 0.0 { flow_vph / capacity_vph } else { 1.0 };
        // Capacity over green: with an overlap of right turns it is a mean.
        let rate_vph = if green_s > 0.0 { capacity_vph / self.n_lanes * cycle_s / green_s } else { 0.0 };
        let stops = back_of_queue::full_stops_of_one_green(
            flow_vph / self.n_lanes,
            capacity_vph / self.n_lanes,
            rate_vph,
            share_on_green,
            (green_s, cycle_s),
            stop_s,
        );
        (delay::uniform_s(cycle_s, green_s, x, share_on_green), stops)
    }

    /// Queue over a cycle of a group with permitted left turns (Exhibits 31-13 to 31-17). Red is one piece: the
    /// engine's polygons put the time between protected and permitted green there too.
    fn polygon(&self, flow_vps: f64, share_on_green: f64) -> Vec<Interval> {
        let cycle_s = self.junction.cycle_s;
        let permitted = &self.state.permitted;
        let protected_s = self.protected.map_or(0.0, Phase::effective_green_s);
        let permitted_s = permitted.effective_s;
        let (on_green_s, red_s) = (
            if self.protected.is_some() { protected_s } else { permitted_s },
            (cycle_s - protected_s - permitted_s).max(0.0),
        );
        let arrivals = flow_vps * cycle_s;
        let green_vps = if on_green_s > 0.0 { share_on_green * arrivals / on_green_s } else { 0.0 };
        let other_vps =
            if on_green_s < cycle_s { (1.0 - share_on_green) * arrivals / (cycle_s - on_green_s) } else { 0.0 };
        let in_permitted_vps = if self.protected.is_some() { other_vps } else { green_vps };
        let part = |duration_s: f64, arrival_vps: f64, service_vph: f64, sneakers_veh: f64| Interval {
            duration_s,
            arrival_vps,
            service_vps: service_vph / 3600.0,
            sneakers_veh,
        };
        let red = part(red_s, other_vps, 0.0, 0.0);
        let (gaps, protected_vph) = if self.kind == GroupKind::Left {
            let blocked_s = (permitted_s - permitted.unblocked_s).max(0.0);
            let gaps = vec![
                part(blocked_s, in_permitted_vps, 0.0, 0.0),
                part(permitted.unblocked_s, in_permitted_vps, self.state.permitted_saturation, 0.0),
            ];
            (gaps, self.saturation())
        } else {
            let [first, beside, through_gaps, protected] = self.shared_saturations();
            let first_s = self.state.before_first_s.min(permitted_s);
            let beside_s = (permitted_s - permitted.unblocked_s - first_s).max(0.0);
            let gaps = vec![
                part(first_s, in_permitted_vps, first, 0.0),
                part(beside_s, in_permitted_vps, beside, 0.0),
                part((permitted_s - first_s - beside_s).max(0.0), in_permitted_vps, through_gaps, 0.0),
            ];
            (gaps, protected)
        };
        let sneakers_veh =
            if self.kind == GroupKind::Left { self.junction.sneakers } else { 1.0 + self.flow.left_share() };
        // They leave when the permitted green ends, however short its last part is.
        let amber = part(1e-9, 0.0, 0.0, sneakers_veh);
        let protected = part(protected_s, green_vps, protected_vph, 0.0);
        let is_lagging = matches!(self.approach.left, LeftService::ProtectedPermitted { is_leading: false, .. });
        let mut intervals = vec![red];
        if self.protected.is_some() && !is_lagging {
            intervals.push(protected);
        }
        intervals.extend(gaps);
        intervals.push(amber);
        if self.protected.is_some() && is_lagging {
            intervals.push(protected);
        }
        intervals
    }

    /// Incremental delay factor.
    fn k(&self, flow_vph: f64, available_vph: f64) -> f64 {
        let phase = self.protected.unwrap_or(&self.approach.through);
        match (phase.passage_time_s, phase.max_green_s) {
            (Some(passage_s), Some(_)) if self.junction.is_actuated && available_vph > 0.0 => {
                delay::actuated_k(passage_s, flow_vph / available_vph)
            }
            _ => delay::K_FIXED,
        }
    }

    /// Its part of the queue at the start of the period: by lanes.
    fn initial_queue_veh(&self) -> f64 {
        let lanes_serving = |serves: fn(GroupKind) -> bool| -> f64 {
            GroupKind::ALL
                .into_iter()
                .filter(|kind| serves(*kind))
                .map(|kind| f64::from(self.approach.n_lanes(kind)))
                .sum()
        };
        let has_left_lanes = self.approach.n_lanes(GroupKind::Left) > 0;
        let left = if self.kind == GroupKind::Left {
            self.approach.initial_queue_left_veh
        } else if !has_left_lanes && self.kind.serves_left() {
            self.approach.initial_queue_left_veh * self.n_lanes / lanes_serving(GroupKind::serves_left)
        } else {
            0.0
        };
        let n_through = lanes_serving(GroupKind::serves_through);
        let others = if self.kind.serves_through() {
            self.approach.initial_queue_veh * self.n_lanes / n_through
        } else if n_through == 0.0 && self.kind != GroupKind::Left {
            self.approach.initial_queue_veh * self.n_lanes
                / lanes_serving(|kind| matches!(kind, GroupKind::LeftRight | GroupKind::Right))
        } else {
            0.0
        };
        left + others
    }
}
