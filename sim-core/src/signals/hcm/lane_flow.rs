//! How traffic spreads over the lanes of an approach (HCM Chapter 31, Section 2, Equations 31-46 to 31-66): drivers
//! choose so that all lanes they may use are equally full.

use super::square;

/// What the lanes of a group serve. Shared lanes are groups of their own (Exhibit 19-19).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum GroupKind {
    /// Left turns.
    Left,
    /// Left turns and through traffic.
    LeftThrough,
    /// All.
    All,
    /// Through traffic.
    Through,
    /// Left and right turns: the stem of a T.
    LeftRight,
    /// Through traffic and right turns.
    ThroughRight,
    /// Right turns.
    Right,
}

/// How many kinds of lane group there are.
pub const N_KINDS: usize = 7;

impl GroupKind {
    /// All kinds from the left.
    pub const ALL: [Self; N_KINDS] =
        [Self::Left, Self::LeftThrough, Self::All, Self::Through, Self::LeftRight, Self::ThroughRight, Self::Right];

    /// Position in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
    /// Whether left turns may use it.
    pub fn serves_left(self) -> bool {
        matches!(self, Self::Left | Self::LeftThrough | Self::All | Self::LeftRight)
    }
    /// Whether through traffic may use it.
    pub fn serves_through(self) -> bool {
        matches!(self, Self::LeftThrough | Self::All | Self::Through | Self::ThroughRight)
    }
    /// Whether right turns may use it.
    pub fn serves_right(self) -> bool {
        matches!(self, Self::All | Self::LeftRight | Self::ThroughRight | Self::Right)
    }
    /// Whether it serves more than one turn.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::LeftThrough | Self::All | Self::LeftRight | Self::ThroughRight)
    }
    /// Its short name: L, LT, LTR, T, LR, TR, R.
    pub fn letters(self) -> &'static str {
        ["L", "LT", "LTR", "T", "LR", "TR", "R"][self.index()]
    }
}

/// Numbers of lanes by kind.
pub type LaneCounts = [u32; N_KINDS];

/// Traffic of a lane group.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct GroupFlow {
    /// Left turns.
    pub left_vph: f64,
    /// Through traffic.
    pub through_vph: f64,
    /// Right turns.
    pub right_vph: f64,
}

impl GroupFlow {
    /// All.
    pub fn total_vph(&self) -> f64 {
        self.left_vph + self.through_vph + self.right_vph
    }
    /// Share of left turns.
    pub fn left_share(&self) -> f64 {
        share(self.left_vph, self.total_vph())
    }
    /// Share of right turns.
    pub fn right_share(&self) -> f64 {
        share(self.right_vph, self.total_vph())
    }
}

fn share(part: f64, total: f64) -> f64 {
    if total > 0.0 { (part / total).min(1.0) } else { 0.0 }
}

/// Probability that drivers change lanes (Equations 31-50 and 31-51). Turns count only where a through lane serves
/// them: the worked examples leave out those with lanes of their own.
pub fn lane_change_probability(demand: &GroupFlow, lanes: &LaneCounts) -> f64 {
    let count = |wanted: fn(GroupKind) -> bool| -> u32 {
        GroupKind::ALL.into_iter().filter(|kind| wanted(*kind)).map(|kind| lanes[kind.index()]).sum()
    };
    let n_through = count(|kind| kind.serves_through());
    if n_through == 0 {
        return 0.0;
    }
    let left_vph = if count(|kind| kind.serves_left() && kind.serves_through()) > 0 { demand.left_vph } else { 0.0 };
    let right_vph = if count(|kind| kind.serves_right() && kind.serves_through()) > 0 { demand.right_vph } else { 0.0 };
    let per_lane = (left_vph + demand.through_vph + right_vph) / f64::from(n_through);
    let most = 3600.0 / 3.7;
    (1.0 - square(2.0 * (per_lane / most).min(1.0) - 1.0)).max(0.0)
}

/// Spreads demand over the lanes. `saturation` gives the saturation flow of a lane of a kind with its shares of left
/// and right turns, in the terms in which drivers compare lanes.
pub fn distribute(
    demand: &GroupFlow,
    lanes: &LaneCounts,
    saturation: impl Fn(GroupKind, f64, f64) -> f64,
) -> [GroupFlow; N_KINDS] {
    let count = |kind: GroupKind| f64::from(lanes[kind.index()]);
    let shared = |serves: fn(GroupKind) -> bool| -> f64 {
        GroupKind::ALL.into_iter().filter(|kind| kind.is_shared() && serves(*kind)).map(count).sum()
    };
    let (left_lanes, right_lanes) = (shared(GroupKind::serves_left), shared(GroupKind::serves_right));
    // Exclusive turn lanes take part only where a shared lane serves the same turn.
    let left_exchanges = left_lanes > 0.0 && count(GroupKind::Left) > 0.0;
    let right_exchanges = right_lanes > 0.0 && count(GroupKind::Right) > 0.0;
    let takes_part = |kind: GroupKind| match kind {
        GroupKind::Left => left_exchanges,
        GroupKind::Right => right_exchanges,
        _ => true,
    };
    let mut left_shared = if count(GroupKind::Left) > 0.0 { 0.0 } else { demand.left_vph };
    let mut right_shared = if count(GroupKind::Right) > 0.0 { 0.0 } else { demand.right_vph };
    let exchanged = demand.through_vph
        + if left_exchanges { demand.left_vph } else { left_shared }
        + if right_exchanges { demand.right_vph } else { right_shared };
    let members: Vec<GroupKind> =
        GroupKind::ALL.into_iter().filter(|kind| count(*kind) > 0.0 && takes_part(*kind)).collect();
    let n_members: f64 = members.iter().map(|kind| count(*kind)).sum();
    let mut flows = [GroupFlow::default(); N_KINDS];
    let mut totals = [0.0; N_KINDS];
    for kind in &members {
        totals[kind.index()] = exchanged / n_members * count(*kind);
    }
    let turns = |kind: GroupKind, (left, right): (f64, f64)| {
        let part = |serves: bool, flow: f64, n_lanes: f64| {
            if kind.is_shared() && serves { flow * count(kind) / n_lanes } else { 0.0 }
        };
        (part(kind.serves_left(), left, left_lanes), part(kind.serves_right(), right, right_lanes))
    };
    for _ in 0..200 {
        let in_shared = (left_shared, right_shared);
        let mut wanted = [0.0; N_KINDS];
        for &kind in &members {
            let (left, right) = turns(kind, in_shared);
            let total = totals[kind.index()];
            let rate = saturation(kind, share(left, total), share(right, total));
            wanted[kind.index()] = count(kind) * rate.max(1e-6);
        }
        let fullness = exchanged / wanted.iter().sum::<f64>().max(1e-6);
        wanted.iter_mut().for_each(|rate| *rate *= fullness);
        if left_exchanges {
            let own = &mut wanted[GroupKind::Left.index()];
            *own = own.min(demand.left_vph);
            left_shared = demand.left_vph - *own;
        }
        if right_exchanges {
            let own = &mut wanted[GroupKind::Right.index()];
            *own = own.min(demand.right_vph);
            right_shared = demand.right_vph - *own;
        }
        let in_shared = (left_shared, right_shared);
        settle(&mut wanted, &members, exchanged, |kind| {
            let (left, right) = turns(kind, in_shared);
            left + right
        });
        let change = wanted.iter().zip(&totals).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
        totals = wanted;
        for &kind in &members {
            let (left_vph, right_vph) = turns(kind, in_shared);
            let through_vph = (totals[kind.index()] - left_vph - right_vph).max(0.0);
            flows[kind.index()] = GroupFlow { left_vph, through_vph, right_vph };
        }
        if change < 1e-9 * (1.0 + exchanged) {
            break;
        }
    }
    if count(GroupKind::Left) > 0.0 {
        let left_vph = demand.left_vph - left_shared;
        flows[GroupKind::Left.index()] = GroupFlow { left_vph, ..GroupFlow::default() };
    }
    if count(GroupKind::Right) > 0.0 {
        let right_vph = demand.right_vph - right_shared;
        flows[GroupKind::Right.index()] = GroupFlow { right_vph, ..GroupFlow::default() };
    }
    flows
}

/// Gives every shared lane at least its turns, and what is then too much or too little to those with through traffic.
fn settle(wanted: &mut [f64; N_KINDS], members: &[GroupKind], exchanged: f64, turns: impl Fn(GroupKind) -> f64) {
    let serving: Vec<GroupKind> = members.iter().copied().filter(|kind| kind.serves_through()).collect();
    for &kind in members.iter().filter(|kind| kind.is_shared()) {
        let least = turns(kind);
        let total = &mut wanted[kind.index()];
        *total = if kind.serves_through() { total.max(least) } else { least };
    }
    let sum: f64 = members.iter().map(|kind| wanted[kind.index()]).sum();
    let spare: f64 = serving.iter().map(|&kind| wanted[kind.index()] - turns(kind)).sum();
    let missing = exchanged - sum;
    if spare > 0.0 {
        let factor = ((spare + missing) / spare).max(0.0);
        for &kind in &serving {
            let least = turns(kind);
            wanted[kind.index()] = least + (wanted[kind.index()] - least) * factor;
        }
    } else if let Some(kind) = serving.first() {
        wanted[kind.index()] += missing.max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(list: &[(GroupKind, u32)]) -> LaneCounts {
        let mut counts = [0; N_KINDS];
        for (kind, n) in list {
            counts[kind.index()] = *n;
        }
        counts
    }

    fn demand(left_vph: f64, through_vph: f64, right_vph: f64) -> GroupFlow {
        GroupFlow { left_vph, through_vph, right_vph }
    }

    #[test]
    fn exclusive_lanes_take_their_own_turns() {
        let counts = lanes(&[(GroupKind::Left, 1), (GroupKind::Through, 2), (GroupKind::Right, 1)]);
        let flows = distribute(&demand(100.0, 800.0, 50.0), &counts, |_, _, _| 1900.0);
        let total = |kind: GroupKind| flows[kind.index()].total_vph();
        assert_eq!([total(GroupKind::Left), total(GroupKind::Through), total(GroupKind::Right)], [100.0, 800.0, 50.0]);
    }

    #[test]
    fn lanes_end_up_equally_full() {
        let counts = lanes(&[(GroupKind::Left, 1), (GroupKind::Through, 1), (GroupKind::ThroughRight, 1)]);
        let saturation = |kind: GroupKind, _: f64, right: f64| match kind {
            GroupKind::ThroughRight => 1437.9 / (1.0 + right * 0.2346),
            _ => 1643.3,
        };
        let flows = distribute(&demand(71.0, 318.0, 106.0), &counts, saturation);
        let shared = flows[GroupKind::ThroughRight.index()];
        let through = flows[GroupKind::Through.index()].total_vph();
        assert!((through + shared.total_vph() - 424.0).abs() < 1e-6);
        let fullness = shared.total_vph() / saturation(GroupKind::ThroughRight, 0.0, shared.right_share());
        assert!((fullness - through / 1643.3).abs() < 1e-6);
        // Exhibit 31-76.
        assert_eq!(format!("{through:.0} {:.0}", shared.total_vph()), "239 185");
    }

    #[test]
    fn a_shared_lane_full_of_turns_has_no_through_traffic() {
        let counts = lanes(&[(GroupKind::LeftThrough, 1), (GroupKind::Through, 1)]);
        let flows = distribute(&demand(700.0, 300.0, 0.0), &counts, |_, left, _| 1800.0 / (1.0 + left));
        let shared = flows[GroupKind::LeftThrough.index()];
        assert!((shared.left_vph - 700.0).abs() < 1e-6 && shared.through_vph.abs() < 1e-6, "{shared:?}");
        assert!((flows[GroupKind::Through.index()].through_vph - 300.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_lost_whatever_the_lanes() {
        for pattern in 1..(1_u32 << N_KINDS) {
            let mut counts = [0; N_KINDS];
            for (index, count) in counts.iter_mut().enumerate() {
                *count = (pattern >> index) & 1;
            }
            let serves = |wanted: fn(GroupKind) -> bool| {
                GroupKind::ALL.iter().any(|kind| counts[kind.index()] > 0 && wanted(*kind))
            };
            let demand = demand(
                if serves(GroupKind::serves_left) { 220.0 } else { 0.0 },
                if serves(GroupKind::serves_through) { 610.0 } else { 0.0 },
                if serves(GroupKind::serves_right) { 90.0 } else { 0.0 },
            );
            let flows = distribute(&demand, &counts, |_, left, right| 1800.0 / (1.0 + left + 0.2 * right));
            let sum = |part: fn(&GroupFlow) -> f64| flows.iter().map(part).sum::<f64>();
            assert!((sum(|flow| flow.left_vph) - demand.left_vph).abs() < 1e-6, "{counts:?} {flows:?}");
            assert!((sum(|flow| flow.through_vph) - demand.through_vph).abs() < 1e-6, "{counts:?} {flows:?}");
            assert!((sum(|flow| flow.right_vph) - demand.right_vph).abs() < 1e-6, "{counts:?} {flows:?}");
        }
    }

    #[test]
    fn lane_changes_are_likely_at_half_of_the_possible_flow() {
        let counts = lanes(&[(GroupKind::Left, 1), (GroupKind::Through, 1), (GroupKind::ThroughRight, 1)]);
        let half = 3600.0 / 3.7;
        assert!((lane_change_probability(&demand(500.0, half - 50.0, 50.0), &counts) - 1.0).abs() < 1e-12);
        assert_eq!(lane_change_probability(&demand(0.0, 0.0, 0.0), &counts), 0.0);
    }
}
