//! What a plan shows to each head over the cycle, and which movements may not be green together.

use std::collections::BTreeMap;

use sim_core::ids::SignalId;
use sim_core::network::parts::{LaneRef, LinkKind, NetworkParts, Turn};
use sim_core::signals::{Aspect, SignalPlan};

use crate::compile::geometry::{angle_rad, end_direction};
use crate::compile::turns::turns_to_kerb;

/// Approaches at more than this angle are opposite: a turn across may go through gaps there.
const OPPOSITE_RAD: f64 = 2.2;

/// A stretch of the cycle in which a head shows one aspect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Start within the cycle.
    pub start_ms: i64,
    /// Length.
    pub length_ms: i64,
    /// What is shown.
    pub aspect: Aspect,
}

impl Span {
    /// End, which may lie in the next cycle.
    pub fn end_ms(&self) -> i64 {
        self.start_ms + self.length_ms
    }
}

/// A green of a head: with or without yielding, and the yellow after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Green {
    /// Start within the cycle.
    pub start_ms: i64,
    /// Length.
    pub length_ms: i64,
    /// Yellow after it.
    pub yellow_ms: i64,
}

impl Green {
    /// End, which may lie in the next cycle.
    pub fn end_ms(&self) -> i64 {
        self.start_ms + self.length_ms
    }
}

/// What a head shows, in the order of the cycle; a stretch that goes on over its end is one.
pub fn spans(plan: &SignalPlan, head: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut at_ms = 0;
    for phase in &plan.phases {
        let aspect = phase.aspects.get(head).copied().unwrap_or(Aspect::Red);
        match spans.last_mut() {
            Some(last) if last.aspect == aspect => last.length_ms += phase.duration_ms,
            _ if phase.duration_ms > 0 => {
                spans.push(Span { start_ms: at_ms, length_ms: phase.duration_ms, aspect });
            }
            _ => {}
        }
        at_ms += phase.duration_ms;
    }
    if spans.len() > 1 && spans[0].aspect == spans[spans.len() - 1].aspect {
        let first = spans.remove(0);
        let last = spans.len() - 1;
        spans[last].length_ms += first.length_ms;
    }
    spans
}

/// The greens of a head.
pub fn greens(plan: &SignalPlan, head: usize) -> Vec<Green> {
    let spans = spans(plan, head);
    let n = spans.len();
    if spans.iter().all(|span| span.aspect.is_green()) {
        return vec![Green { start_ms: 0, length_ms: plan.cycle_ms(), yellow_ms: 0 }];
    }
    let mut greens = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        if !span.aspect.is_green() || spans[(index + n - 1) % n].aspect.is_green() {
            continue;
        }
        let after = |step: usize| &spans[(index + step) % n];
        let n_green = (0..n).take_while(|&step| after(step).aspect.is_green()).count();
        greens.push(Green {
            start_ms: span.start_ms,
            length_ms: (0..n_green).map(|step| after(step).length_ms).sum(),
            yellow_ms: if after(n_green).aspect == Aspect::Yellow { after(n_green).length_ms } else { 0 },
        });
    }
    greens
}

/// Which entry connectors meet inside a junction.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Meetings {
    /// For each connector, the entry connectors whose ways meet its own, in order.
    pub foes: Vec<Vec<u32>>,
}

impl Meetings {
    /// The meetings of a network.
    pub fn new(parts: &NetworkParts) -> Self {
        let mut entry_by_lane: BTreeMap<LaneRef, u32> = BTreeMap::new();
        let kind = |lane: LaneRef| parts.links[lane.link.index()].kind;
        for (index, connector) in parts.connectors.iter().enumerate() {
            if kind(connector.from) == LinkKind::Road {
                entry_by_lane.insert(connector.to, index as u32);
            }
        }
        // Connectors that leave a waiting place stand for their entries.
        let entry_of = |index: u32| {
            let connector = &parts.connectors[index as usize];
            if kind(connector.from) == LinkKind::Road {
                index
            } else {
                entry_by_lane.get(&connector.from).copied().unwrap_or(index)
            }
        };
        let mut foes = vec![Vec::new(); parts.connectors.len()];
        for conflict in &parts.conflicts {
            let (of, foe) = (entry_of(conflict.of), entry_of(conflict.foe));
            if of != foe {
                foes[of as usize].push(foe);
                foes[foe as usize].push(of);
            }
        }
        for list in &mut foes {
            list.sort_unstable();
            list.dedup();
        }
        Self { foes }
    }

    /// Whether two entries may never be green together: their ways meet, and neither is a turn that is commonly left to
    /// drivers: across oncoming traffic, around the near corner, or back.
    pub fn is_forbidden(&self, parts: &NetworkParts, a: u32, b: u32) -> bool {
        let connector = |index: u32| &parts.connectors[index as usize];
        let (one, other) = (connector(a), connector(b));
        if one.from.link == other.from.link || self.foes[a as usize].binary_search(&b).is_err() {
            return false;
        }
        let gives_way = |turn: Turn| turns_to_kerb(turn, parts.left_hand) || turn == Turn::Around;
        if gives_way(one.turn) || gives_way(other.turn) {
            return false;
        }
        let heading = |index: u32| {
            let lane = connector(index).from;
            let lane = &parts.links[lane.link.index()].lanes[usize::from(lane.index)];
            end_direction(&lane.shape_in_city_m)
        };
        angle_rad(heading(a), heading(b)).abs() <= OPPOSITE_RAD
    }
}

/// The entry connectors of a signal by head.
pub fn heads(parts: &NetworkParts, signal: SignalId) -> BTreeMap<usize, Vec<u32>> {
    let mut heads: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (index, connector) in parts.connectors.iter().enumerate() {
        if let Some((of, head)) = connector.signal
            && of == signal
            && parts.links[connector.from.link.index()].kind == LinkKind::Road
        {
            heads.entry(usize::from(head)).or_default().push(index as u32);
        }
    }
    heads
}

/// Time from the end of a green of one head to the start of the next green of another; `None` where they are green
/// together at the end, or one of them never is.
pub fn gap_ms(plan: &SignalPlan, from: usize, to: usize) -> Option<i64> {
    let cycle_ms = plan.cycle_ms().max(1);
    let (ends, starts) = (greens(plan, from), greens(plan, to));
    let mut least: Option<i64> = None;
    for end in &ends {
        for start in &starts {
            let inside = (end.end_ms() - start.start_ms).rem_euclid(cycle_ms);
            if inside > 0 && inside < start.length_ms || start.length_ms >= cycle_ms || end.length_ms >= cycle_ms {
                return None;
            }
            let gap = (start.start_ms - end.end_ms()).rem_euclid(cycle_ms);
            least = Some(least.map_or(gap, |least| least.min(gap)));
        }
    }
    least
}

/// Whether two heads are green at the same time at some instant.
pub fn overlap(plan: &SignalPlan, a: usize, b: usize) -> bool {
    plan.phases.iter().filter(|phase| phase.duration_ms > 0).any(|phase| {
        let is_green = |head: usize| phase.aspects.get(head).is_some_and(|aspect| aspect.is_green());
        is_green(a) && is_green(b)
    })
}

#[cfg(test)]
mod tests {
    use sim_core::signals::SignalPhase;

    use super::*;

    fn plan(rows: &[(i64, &str)]) -> SignalPlan {
        let phases = rows
            .iter()
            .map(|(seconds, letters)| SignalPhase {
                duration_ms: seconds * 1000,
                aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
            })
            .collect();
        SignalPlan { offset_ms: 0, phases }
    }

    #[test]
    fn a_green_over_the_end_of_the_cycle_is_one() {
        let plan = plan(&[(20, "Gr"), (3, "yr"), (2, "rr"), (30, "rG"), (3, "ry"), (2, "rr"), (10, "gr")]);
        assert_eq!(greens(&plan, 0), [Green { start_ms: 60_000, length_ms: 30_000, yellow_ms: 3000 }]);
        assert_eq!(greens(&plan, 1), [Green { start_ms: 25_000, length_ms: 30_000, yellow_ms: 3000 }]);
        assert_eq!(gap_ms(&plan, 0, 1), Some(5000));
        assert_eq!(gap_ms(&plan, 1, 0), Some(5000));
        assert!(!overlap(&plan, 0, 1));
    }

    #[test]
    fn a_head_that_is_always_green_has_one_green() {
        let plan = plan(&[(20, "G"), (10, "g")]);
        assert_eq!(greens(&plan, 0), [Green { start_ms: 0, length_ms: 30_000, yellow_ms: 0 }]);
        assert_eq!(greens(&self::plan(&[(20, "r")]), 0), []);
    }
}
