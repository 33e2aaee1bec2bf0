//! Where the simulated search starts: the plans in force, and plans that the model of flow profiles finds best.
//!
//! Greens begin in proportion to critical flow ratios, as Webster (1958) has it, at his cycle and at many others; splits
//! and offsets are then improved in the model, all signals together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use sim_core::ids::SignalId;
use sim_core::signals::SignalPlan;

use super::model::Streams;
use super::search::{Point, Space};

/// Cycles that are tried, apart.
const CYCLE_STEP_MS: i64 = 10_000;
/// Steps of the search in the model.
const STEPS_MS: [i64; 4] = [12_000, 5000, 2000, 1000];
/// Plans that the model may value from one start: so many, and so many more for each signal.
const TRIALS: usize = 3000;
const TRIALS_BY_SIGNAL: usize = 100;

/// The plans of a point.
pub fn plans_of(space: &Space, point: &Point) -> Vec<(SignalId, SignalPlan)> {
    space.frames.iter().zip(point).map(|(frame, timing)| (frame.signal, frame.plan_of(timing))).collect()
}

/// Starts with their delay by the model, the best first. When `stop` is set they are not improved any more.
pub fn starts(
    space: &Space,
    streams: &Streams,
    others: &[(SignalId, SignalPlan)],
    n: usize,
    stop: &AtomicBool,
) -> Vec<(Point, f64)> {
    let fixed: BTreeMap<SignalId, SignalPlan> = others.iter().cloned().collect();
    let delay = |point: &Point| -> f64 {
        let mut plans = fixed.clone();
        plans.extend(plans_of(space, point));
        streams.delay(&plans)
    };
    let mut evaluate = |points: &[Point]| {
        let is_over = stop.load(Ordering::Relaxed);
        points.iter().map(|point| (!is_over).then(|| delay(point))).collect::<Vec<_>>()
    };
    let mut found: Vec<(Point, f64)> = Vec::new();
    for cycles_ms in cycles(space, streams) {
        let Some(point) = at_cycles(space, streams, &cycles_ms) else { continue };
        let value = delay(&point);
        let mut trials = TRIALS + TRIALS_BY_SIGNAL * space.frames.len();
        let fixed_cycle = Space { bounds: super::Bounds { keeps_cycles: true, ..space.bounds }, ..space.clone() };
        // Splits and offsets first, at this cycle; the model may then move the cycle, too.
        let rebased = rebase(&fixed_cycle, &point);
        found.extend(rebased.search(&[(point, value)], &STEPS_MS, &mut evaluate, &mut trials));
    }
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    found.dedup_by(|a, b| a.0 == b.0);
    found.truncate(n);
    found
}

/// The space in which a point is the plan in force: its cycles are kept.
fn rebase(space: &Space, point: &Point) -> Space {
    let mut space = space.clone();
    for (frame, timing) in space.frames.iter_mut().zip(point) {
        frame.plan = frame.plan_of(timing);
    }
    space
}

/// Cycles to try, by group: those of Webster, and the same for all groups from the least to the greatest.
fn cycles(space: &Space, streams: &Streams) -> Vec<Vec<i64>> {
    let own: Vec<i64> = space.groups.iter().map(|group| space.frames[group[0]].plan.cycle_ms()).collect();
    if space.bounds.keeps_cycles {
        return vec![own];
    }
    let least = |group: &Vec<usize>| {
        let least_ms = group.iter().map(|&frame| space.frames[frame].least_cycle_ms()).max().unwrap_or(0);
        // Up to a whole second: greens are.
        (least_ms.max(space.bounds.least_cycle_ms) + 999) / 1000 * 1000
    };
    let bounded = |group: &Vec<usize>, cycle_ms: i64| {
        cycle_ms.clamp(least(group).min(space.bounds.greatest_cycle_ms), space.bounds.greatest_cycle_ms)
    };
    let webster = space.groups.iter().map(|group| {
        let wanted = group.iter().map(|&frame| webster_ms(space, streams, frame)).max().unwrap_or(0);
        bounded(group, wanted)
    });
    let mut lists = vec![own, webster.collect::<Vec<i64>>()];
    let mut cycle_ms = space.bounds.least_cycle_ms;
    while cycle_ms <= space.bounds.greatest_cycle_ms {
        lists.push(space.groups.iter().map(|group| bounded(group, cycle_ms)).collect());
        cycle_ms += CYCLE_STEP_MS;
    }
    lists.sort();
    lists.dedup();
    lists
}

/// Critical flow ratios by stage.
fn ratios(space: &Space, streams: &Streams, frame: usize) -> Vec<f64> {
    let frame = &space.frames[frame];
    frame.stages.iter().map(|&phase| streams.critical_ratio(frame.signal, &frame.plan.phases[phase].aspects)).collect()
}

/// Webster's cycle, `(1.5 L + 5) / (1 − Y)`, in whole seconds; lost time is all that is no green of a stage.
fn webster_ms(space: &Space, streams: &Streams, frame: usize) -> i64 {
    let sum: f64 = ratios(space, streams, frame).iter().sum();
    let lost_s = space.frames[frame].lost_ms as f64 / 1000.0;
    let cycle_s = (1.5 * lost_s + 5.0) / (1.0 - sum.min(0.9));
    (cycle_s.round() as i64) * 1000
}

/// Webster's splits at the given cycles, offsets in proportion to those in force.
fn at_cycles(space: &Space, streams: &Streams, cycles_ms: &[i64]) -> Option<Point> {
    let mut point = space.own();
    for (group, &cycle_ms) in space.groups.iter().zip(cycles_ms) {
        for &at in group {
            let frame = &space.frames[at];
            point[at].greens_ms = frame.greens_of(cycle_ms, &ratios(space, streams, at))?;
            let own = frame.timing().offset_ms as f64 * cycle_ms as f64 / frame.plan.cycle_ms().max(1) as f64;
            point[at].offset_ms = ((own / 1000.0).round() as i64 * 1000).rem_euclid(cycle_ms.max(1));
        }
    }
    Some(point)
}
