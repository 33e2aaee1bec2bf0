//! Critical volume-to-capacity ratio of a junction (HCM Chapter 19, Section 4): the phases that need most of the cycle.

use super::lane_groups::State;
use super::{Approach, Junction, LaneGroup, LeftService};
use crate::signals::hcm::lane_flow::GroupKind;
use crate::signals::hcm::phases::critical_ratio;

/// Flow ratios of an approach and the time its phases lose.
struct Needs {
    through: f64,
    protected: f64,
    permitted: f64,
    through_lost_s: f64,
    left_lost_s: f64,
}

/// The ratio X_c. Opposing approaches share a street; every approach without a partner is a street of its own.
pub(super) fn ratio(junction: &Junction, states: &[State], groups: &[LaneGroup]) -> f64 {
    let mut sum = 0.0;
    let mut lost_s = 0.0;
    for (index, approach) in junction.approaches.iter().enumerate() {
        let partner = approach.opposing.filter(|other| runs_together(approach, &junction.approaches[*other]));
        if partner.is_some_and(|other| other < index) {
            continue;
        }
        let own = needs(junction, index, states, groups);
        let (most, most_lost_s) = match partner {
            Some(other) => of_street([&own, &needs(junction, other, states, groups)]),
            None => with_left(&own, &own),
        };
        sum += most;
        lost_s += most_lost_s;
    }
    critical_ratio(junction.cycle_s, lost_s, sum)
}

/// Whether two opposing approaches have green at the same time: not with split phasing.
fn runs_together(one: &Approach, other: &Approach) -> bool {
    let serves_turns =
        |approach: &Approach| approach.demand.left_vph > 0.0 && matches!(approach.left, LeftService::Unopposed);
    !serves_turns(one) && !serves_turns(other)
}

fn needs(junction: &Junction, index: usize, states: &[State], groups: &[LaneGroup]) -> Needs {
    let approach = &junction.approaches[index];
    let state = &states[index];
    let flow_ratio = |group: &LaneGroup| {
        let rate = group.saturation_vphpl * f64::from(group.n_lanes);
        if rate > 0.0 { group.flow.total_vph() / rate } else { 0.0 }
    };
    let own = groups.iter().filter(|group| group.approach == index);
    let is_in_through_phase =
        |group: &&LaneGroup| group.kind != GroupKind::Left || matches!(approach.left, LeftService::Unopposed);
    let through = own.filter(is_in_through_phase).map(flow_ratio).fold(0.0, f64::max);
    let n_left = f64::from(approach.lanes[GroupKind::Left.index()]);
    let left_vph = state.flows[GroupKind::Left.index()].left_vph;
    let protected_rate = state.saturation[GroupKind::Left.index()] * n_left;
    let permitted_rate = state.permitted_saturation * n_left;
    let (phase, is_permitted) = match &approach.left {
        LeftService::Protected(phase) => (Some(phase), false),
        LeftService::ProtectedPermitted { phase, .. } => (Some(phase), true),
        LeftService::Permitted(_) => (None, true),
        LeftService::Unopposed => (None, false),
    };
    // The protected phase is used first.
    let served_vph = match phase {
        Some(phase) if is_permitted => left_vph.min(protected_rate * phase.effective_green_s() / junction.cycle_s),
        Some(_) => left_vph,
        None => 0.0,
    };
    let part = |flow: f64, rate: f64| if rate > 0.0 { flow / rate } else { 0.0 };
    Needs {
        through,
        protected: part(served_vph, protected_rate),
        permitted: if is_permitted { part(left_vph - served_vph, permitted_rate) } else { 0.0 },
        through_lost_s: approach.through.lost_s(),
        left_lost_s: phase.map_or(0.0, |phase| phase.lost_s()),
    }
}

/// A left-turn phase and the through phase that follows it in the ring.
fn with_left(left: &Needs, through: &Needs) -> (f64, f64) {
    let left_lost_s = if left.protected > 0.0 { left.left_lost_s } else { 0.0 };
    (left.protected + through.through, through.through_lost_s + left_lost_s)
}

fn of_street(pair: [&Needs; 2]) -> (f64, f64) {
    let mut paths = vec![with_left(pair[0], pair[1]), with_left(pair[1], pair[0])];
    // The same left turns, protected and then through gaps: one phase's time is lost.
    paths.extend(pair.map(|needs| (needs.protected + needs.permitted, needs.left_lost_s.max(needs.through_lost_s))));
    paths.into_iter().fold((0.0, 0.0), |most, path| if path.0 > most.0 { path } else { most })
}
