//! Whether a plan is safe: no two ways that cross are green together, and time passes between the end of one green and
//! the start of the next that meets it.

use std::collections::BTreeSet;

use sim_core::ids::SignalId;
use sim_core::network::parts::NetworkParts;
use sim_core::signals::{Aspect, SignalPlan};

use super::timing::{Meetings, gap_ms, greens, heads};
use crate::loaded::Names;

/// What is wrong with a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    /// Two entries whose ways cross have green without yielding at the same time.
    ConflictingGreens(u32, u32),
    /// The green of the second begins the instant that of the first ends.
    NoIntergreen(u32, u32),
    /// A phase is shorter than nothing, or heads lack letters.
    Broken,
}

/// Everything that is wrong with a plan; each pair once.
pub fn findings(parts: &NetworkParts, meetings: &Meetings, signal: SignalId, plan: &SignalPlan) -> Vec<Finding> {
    let heads = heads(parts, signal);
    let n_heads = heads.keys().next_back().map_or(0, |last| last + 1);
    if plan.cycle_ms() <= 0 || plan.phases.iter().any(|phase| phase.duration_ms < 0 || phase.aspects.len() < n_heads) {
        return vec![Finding::Broken];
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (&head, entries) in &heads {
        for &of in entries {
            for &foe in &meetings.foes[of as usize] {
                let Some((_, other)) = parts.connectors[foe as usize].signal.filter(|(of, _)| *of == signal) else {
                    continue;
                };
                let other = usize::from(other);
                let together = || {
                    plan.phases.iter().any(|phase| {
                        phase.duration_ms > 0
                            && phase.aspects[head] == Aspect::Green
                            && phase.aspects[other] == Aspect::Green
                    })
                };
                if of < foe && meetings.is_forbidden(parts, of, foe) && together() && seen.insert((head, other, false))
                {
                    found.push(Finding::ConflictingGreens(of, foe));
                }
                let both_green = || !greens(plan, head).is_empty() && !greens(plan, other).is_empty();
                if head != other
                    && both_green()
                    && gap_ms(plan, head, other) == Some(0)
                    && seen.insert((head, other, true))
                {
                    found.push(Finding::NoIntergreen(of, foe));
                }
            }
        }
    }
    found
}

/// A finding in words.
pub fn words(finding: Finding, parts: &NetworkParts, names: &Names) -> String {
    let way = |entry: u32| {
        let connector = &parts.connectors[entry as usize];
        let link = |lane: sim_core::network::parts::LaneRef| names.links[lane.link.index()].as_str();
        format!("{}->{}", link(connector.from), link(connector.leads_to))
    };
    match finding {
        Finding::ConflictingGreens(a, b) => {
            format!("{} and {} are green together, and their ways cross", way(a), way(b))
        }
        Finding::NoIntergreen(a, b) => {
            format!("no intergreen: the green of {} begins the instant that of {} ends", way(b), way(a))
        }
        Finding::Broken => "the plan has no cycle, or letters for too few heads".to_owned(),
    }
}
