//! Other stages for the same plan: fewer of them, or in another order.
//!
//! Stages that follow one another in the plan in force keep the change between them as it is. Between others a change is
//! made: who ends has its own yellow and then red, who goes on stays green (yielding, if it yields in one of both stages),
//! and the next stage begins when the plan's own time between the end of one green and the start of the next that meets it
//! has passed. Every movement keeps a green.

use sim_core::network::parts::NetworkParts;
use sim_core::signals::{Aspect, SignalPhase, SignalPlan};

use super::stages::{Frame, stages};
use crate::signals::safety::findings;
use crate::signals::timing::{Meetings, gap_ms, greens, heads};

/// Plans with more stages are searched with their own only.
const MOST_STAGES: usize = 6;

/// Whether stages may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stages {
    /// They stay.
    Keep,
    /// Some may be left out.
    Fewer,
    /// Some may be left out, and they may follow one another in any order.
    Any,
}

/// The plan of a frame with other stages; only safe ones that keep every yellow and every time between greens.
pub fn variants(parts: &NetworkParts, frame: &Frame, allowed: Stages) -> Vec<Frame> {
    let n = frame.stages.len();
    if allowed == Stages::Keep || n > MOST_STAGES {
        return Vec::new();
    }
    let meetings = Meetings::new(parts);
    let own: Vec<usize> = (0..n).collect();
    let mut found = Vec::new();
    for list in sequences(n, allowed).into_iter().filter(|list| *list != own && covers(frame, list)) {
        let Some(made) = with_stages(parts, &meetings, frame, &list) else { continue };
        let is_safe = findings(parts, &meetings, frame.signal, &made.plan).is_empty();
        if is_safe && keeps_times(parts, &meetings, frame, &made.plan) {
            found.push(made);
        }
    }
    found
}

/// Lists of at least two stages, each beginning with its least: in the order of the plan, or in any.
fn sequences(n: usize, allowed: Stages) -> Vec<Vec<usize>> {
    let mut lists: Vec<Vec<usize>> = Vec::new();
    let mut open: Vec<Vec<usize>> = (0..n).map(|first| vec![first]).collect();
    while let Some(list) = open.pop() {
        if list.len() > 1 {
            lists.push(list.clone());
        }
        let last = list[list.len() - 1];
        let may_follow =
            |next: &usize| *next > list[0] && !list.contains(next) && (allowed == Stages::Any || *next > last);
        open.extend((0..n).filter(may_follow).map(|next| [&list[..], &[next]].concat()));
    }
    lists.sort();
    lists
}

fn aspects(frame: &Frame, stage: usize) -> &[Aspect] {
    &frame.plan.phases[frame.stages[stage]].aspects
}

/// Whether every head that has a green in the plan has one in these stages.
fn covers(frame: &Frame, list: &[usize]) -> bool {
    let n_heads = frame.plan.phases[0].aspects.len();
    (0..n_heads).all(|head| {
        let ever = frame.plan.phases.iter().any(|phase| phase.aspects[head].is_green());
        !ever || list.iter().any(|&stage| aspects(frame, stage)[head].is_green())
    })
}

fn with_stages(parts: &NetworkParts, meetings: &Meetings, frame: &Frame, list: &[usize]) -> Option<Frame> {
    let mut phases: Vec<SignalPhase> = Vec::new();
    let mut at = Vec::new();
    for (position, &stage) in list.iter().enumerate() {
        let next = list[(position + 1) % list.len()];
        at.push(phases.len());
        phases.push(frame.plan.phases[frame.stages[stage]].clone());
        phases.extend(change(parts, meetings, frame, (stage, next)));
    }
    let plan = SignalPlan { offset_ms: frame.plan.offset_ms, phases };
    if stages(&plan) != at {
        return None;
    }
    let least_ms = list.iter().map(|&stage| frame.least_ms[stage]).collect();
    let lost_ms = plan.cycle_ms() - at.iter().map(|&phase| plan.phases[phase].duration_ms).sum::<i64>();
    let of = list.iter().map(|&stage| frame.of[stage]).collect();
    Some(Frame { signal: frame.signal, plan, stages: at, least_ms, lost_ms, of })
}

/// Phases between two stages; those of the plan in force where they follow one another there.
pub(in crate::signals) fn change(
    parts: &NetworkParts,
    meetings: &Meetings,
    frame: &Frame,
    (from, to): (usize, usize),
) -> Vec<SignalPhase> {
    if to == (from + 1) % frame.stages.len() {
        let (first, last) = (frame.stages[from] + 1, frame.stages[to]);
        let n = frame.plan.phases.len();
        return (0..(last + n - first) % n).map(|step| frame.plan.phases[(first + step) % n].clone()).collect();
    }
    let (before, after) = (aspects(frame, from), aspects(frame, to));
    let ends = |head: usize| before[head].is_green() && !after[head].is_green();
    let starts = |head: usize| !before[head].is_green() && after[head].is_green();
    let heads = 0..before.len();
    let yellow_ms =
        heads.clone().filter(|&head| ends(head)).map(|head| yellow_ms(&frame.plan, head)).max().unwrap_or(0);
    let needed = |(of, foe): &(usize, usize)| ends(*of) && starts(*foe);
    let gaps = meeting_heads(parts, meetings, frame).into_iter().filter(needed);
    let longest_ms = longest_gap_ms(parts, meetings, frame);
    let gap_ms = gaps.map(|(of, foe)| known_gap_ms(frame, (of, foe), longest_ms)).max().unwrap_or(0);
    let shown = |head: usize, ending: Aspect| match (before[head], after[head]) {
        (Aspect::Green, Aspect::Green) => Aspect::Green,
        (before, after) if before.is_green() && after.is_green() => Aspect::GreenYield,
        (before, _) if before.is_green() => ending,
        (before, _) => before,
    };
    let red = |head: usize| {
        let turns = frame.plan.phases.iter().any(|phase| phase.aspects[head] == Aspect::RedThenStop);
        if turns { Aspect::RedThenStop } else { Aspect::Red }
    };
    let all = [
        (yellow_ms, heads.clone().map(|head| shown(head, Aspect::Yellow)).collect::<Vec<_>>()),
        (gap_ms - yellow_ms, heads.map(|head| shown(head, red(head))).collect()),
    ];
    let lasting = all.into_iter().filter(|(duration_ms, _)| *duration_ms > 0);
    lasting.map(|(duration_ms, aspects)| SignalPhase { duration_ms, aspects }).collect()
}

/// The time between two greens in the plan in force. Where another stage lies between them it says nothing of what is
/// needed, and the longest time of all stands for it.
fn known_gap_ms(frame: &Frame, (of, foe): (usize, usize), longest_ms: i64) -> i64 {
    gap_ms(&frame.plan, of, foe).filter(|gap| *gap <= longest_ms).unwrap_or(longest_ms)
}

/// The longest yellow after a green of a head.
fn yellow_ms(plan: &SignalPlan, head: usize) -> i64 {
    greens(plan, head).iter().map(|green| green.yellow_ms).max().unwrap_or(0)
}

/// Pairs of heads whose ways meet.
fn meeting_heads(parts: &NetworkParts, meetings: &Meetings, frame: &Frame) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (head, entries) in heads(parts, frame.signal) {
        for foe in entries.iter().flat_map(|&entry| &meetings.foes[entry as usize]) {
            let signal = parts.connectors[*foe as usize].signal.filter(|(signal, _)| *signal == frame.signal);
            pairs.extend(signal.map(|(_, other)| (head, usize::from(other))).filter(|(a, b)| a != b));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The longest time between greens that meet, in the plan in force.
fn longest_gap_ms(parts: &NetworkParts, meetings: &Meetings, frame: &Frame) -> i64 {
    let changes_ms = |stage: usize| {
        let n = frame.plan.phases.len();
        let (from, to) = (frame.stages[stage] + 1, frame.stages[(stage + 1) % frame.stages.len()]);
        (0..(to + n - from) % n).map(|step| frame.plan.phases[(from + step) % n].duration_ms).sum::<i64>()
    };
    let longest_ms = (0..frame.stages.len()).map(changes_ms).max().unwrap_or(0);
    let gaps = meeting_heads(parts, meetings, frame).into_iter().filter_map(|(a, b)| gap_ms(&frame.plan, a, b));
    gaps.filter(|gap| *gap <= longest_ms).max().unwrap_or(longest_ms)
}

/// Whether a plan has every yellow, and between greens that meet at least the time, of the plan in force.
fn keeps_times(parts: &NetworkParts, meetings: &Meetings, frame: &Frame, plan: &SignalPlan) -> bool {
    let n_heads = plan.phases[0].aspects.len();
    let longest_ms = longest_gap_ms(parts, meetings, frame);
    (0..n_heads).all(|head| {
        let least_ms = greens(&frame.plan, head).iter().map(|green| green.yellow_ms).min().unwrap_or(0);
        greens(plan, head).iter().all(|green| green.yellow_ms >= least_ms)
    }) && meeting_heads(parts, meetings, frame).iter().all(|&(of, foe)| {
        let needed_ms = known_gap_ms(frame, (of, foe), longest_ms);
        gap_ms(plan, of, foe).is_none_or(|new_ms| new_ms >= needed_ms)
    })
}

#[cfg(test)]
mod tests {
    use sim_core::ids::SignalId;

    use super::*;

    fn frame() -> Frame {
        let phase = |&(seconds, letters): &(i64, &str)| SignalPhase {
            duration_ms: seconds * 1000,
            aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
        };
        let rows = [(29, "Ggr"), (5, "ygr"), (6, "rGr"), (5, "ryr"), (29, "rrG"), (5, "rry")];
        let plan = SignalPlan { offset_ms: 0, phases: rows.iter().map(phase).collect() };
        let stages = stages(&plan);
        Frame {
            signal: SignalId(0),
            plan,
            stages,
            least_ms: vec![7000, 6000, 7000],
            lost_ms: 15_000,
            of: vec![0, 1, 2],
        }
    }

    #[test]
    fn a_stage_of_its_own_may_go_where_its_turn_has_green_in_another() {
        let frame = frame();
        assert_eq!(frame.stages, [0, 2, 4]);
        assert!(covers(&frame, &[0, 2]) && !covers(&frame, &[0, 1]));
        let parts = NetworkParts {
            left_hand: false,
            junctions: Vec::new(),
            links: Vec::new(),
            connectors: Vec::new(),
            conflicts: Vec::new(),
            n_signals: 1,
        };
        let made = with_stages(&parts, &Meetings::default(), &frame, &[0, 2]).expect("two stages");
        let shown: Vec<(i64, String)> = made
            .plan
            .phases
            .iter()
            .map(|phase| (phase.duration_ms / 1000, phase.aspects.iter().map(|aspect| aspect.letter()).collect()))
            .collect();
        let expected = [(29, "Ggr"), (5, "yyr"), (29, "rrG"), (5, "rry")];
        assert_eq!(shown, expected.map(|(seconds, letters)| (seconds, letters.to_owned())));
        assert_eq!((made.least_ms, made.lost_ms), (vec![7000, 7000], 10_000));
    }

    #[test]
    fn sequences_are_told_once_however_the_cycle_is_turned() {
        assert_eq!(sequences(3, Stages::Fewer), [vec![0, 1], vec![0, 1, 2], vec![0, 2], vec![1, 2]]);
        assert_eq!(sequences(3, Stages::Any).len(), 5);
    }
}
