//! Search from a plan to better ones: one signal after the other, green by green, in steps that become finer.

use std::collections::BTreeSet;

use super::Bounds;
use super::stages::{Frame, Timing};

/// The timings of all signals that are searched, in the order of the frames.
pub type Point = Vec<Timing>;

/// What is searched.
#[derive(Clone, PartialEq, Debug)]
pub struct Space {
    /// The plans.
    pub frames: Vec<Frame>,
    /// Frames that keep one common cycle; every frame is in one.
    pub groups: Vec<Vec<usize>>,
    /// Bounds.
    pub bounds: Bounds,
}

/// What values points; `None` for a point that was not finished.
pub type Evaluate<'a> = dyn FnMut(&[Point]) -> Vec<Option<f64>> + 'a;

impl Space {
    /// The plans in force.
    pub fn own(&self) -> Point {
        self.frames.iter().map(Frame::timing).collect()
    }

    /// Whether a point keeps all bounds.
    pub fn keeps(&self, point: &Point) -> bool {
        let cycles = |group: &Vec<usize>| -> Vec<i64> {
            group.iter().map(|&frame| self.frames[frame].cycle_ms(&point[frame])).collect()
        };
        self.frames.iter().zip(point).all(|(frame, timing)| frame.keeps(timing))
            && self.groups.iter().all(|group| {
                let cycles = cycles(group);
                cycles.windows(2).all(|pair| pair[0] == pair[1])
                    && group.iter().all(|&frame| {
                        let own_ms = self.frames[frame].plan.cycle_ms();
                        let (least_ms, greatest_ms) = (self.bounds.least_cycle_ms, self.bounds.greatest_cycle_ms);
                        cycles[0] == own_ms
                            || !self.bounds.keeps_cycles && (least_ms..=greatest_ms).contains(&cycles[0])
                    })
            })
    }

    /// The point with another cycle of a group, splits in proportion.
    pub fn with_cycle(&self, point: &Point, group: usize, cycle_ms: i64) -> Option<Point> {
        let mut changed = point.clone();
        for &at in &self.groups[group] {
            let frame = &self.frames[at];
            let before_ms = frame.cycle_ms(&point[at]);
            let weights: Vec<f64> = point[at].greens_ms.iter().map(|&green_ms| green_ms as f64).collect();
            changed[at].greens_ms = frame.greens_of(cycle_ms, &weights)?;
            let offset_ms = point[at].offset_ms as f64 * cycle_ms as f64 / before_ms as f64;
            changed[at].offset_ms = ((offset_ms / 1000.0).round() as i64 * 1000).rem_euclid(cycle_ms);
        }
        self.keeps(&changed).then_some(changed)
    }

    /// Points that differ by a step in one signal, or in the cycle of its group.
    fn neighbours(&self, point: &Point, at: usize, step_ms: i64) -> Vec<Point> {
        let mut found: Vec<Point> = Vec::new();
        let mut add = |timing: Timing| {
            let mut changed = point.clone();
            changed[at] = timing;
            if self.keeps(&changed) {
                found.push(changed);
            }
        };
        let own = &point[at];
        let n = own.greens_ms.len();
        for from in 0..n {
            for to in (0..n).filter(|&to| to != from) {
                let mut timing = own.clone();
                timing.greens_ms[from] -= step_ms;
                timing.greens_ms[to] += step_ms;
                add(timing);
            }
        }
        let group = self.groups.iter().position(|group| group.contains(&at)).unwrap_or(0);
        if self.groups[group].len() > 1 {
            let cycle_ms = self.frames[at].cycle_ms(own);
            for moved_ms in [step_ms, -step_ms] {
                let offset_ms = (own.offset_ms + moved_ms).rem_euclid(cycle_ms);
                add(Timing { offset_ms, ..own.clone() });
            }
        } else if !self.bounds.keeps_cycles {
            for stage in 0..n {
                for moved_ms in [step_ms, -step_ms] {
                    let mut timing = own.clone();
                    timing.greens_ms[stage] += moved_ms;
                    add(timing);
                }
            }
        }
        found
    }

    /// Points that differ by a step in the cycle of a group.
    fn cycles(&self, point: &Point, group: usize, step_ms: i64) -> Vec<Point> {
        let Some(&first) = self.groups[group].first() else { return Vec::new() };
        if self.bounds.keeps_cycles {
            return Vec::new();
        }
        let cycle_ms = self.frames[first].cycle_ms(&point[first]);
        [step_ms, -step_ms].iter().filter_map(|step_ms| self.with_cycle(point, group, cycle_ms + step_ms)).collect()
    }

    /// Searches from starts, the best first, until nothing may be evaluated any more; `trials` is how often still. Gives
    /// the best point with its value; `None` without a start.
    pub fn search(
        &self,
        starts: &[(Point, f64)],
        steps_ms: &[i64],
        evaluate: &mut Evaluate<'_>,
        trials: &mut usize,
    ) -> Option<(Point, f64)> {
        let mut seen: BTreeSet<Point> = starts.iter().map(|start| start.0.clone()).collect();
        let mut best: Option<(Point, f64)> = None;
        for start in starts {
            let found = self.descend(start.clone(), steps_ms, &mut seen, evaluate, trials);
            if best.as_ref().is_none_or(|best| found.1 < best.1) {
                best = Some(found);
            }
        }
        best
    }

    /// Goes from a point to better neighbours until none is, for steps from coarse to fine, again and again.
    fn descend(
        &self,
        start: (Point, f64),
        steps_ms: &[i64],
        seen: &mut BTreeSet<Point>,
        evaluate: &mut Evaluate<'_>,
        trials: &mut usize,
    ) -> (Point, f64) {
        let mut best = start;
        loop {
            let before = best.1;
            for &step_ms in steps_ms {
                for turn in 0..self.groups.len() + self.frames.len() {
                    while self.improve(&mut best, (turn, step_ms), seen, evaluate, trials) {}
                    if *trials == 0 {
                        return best;
                    }
                }
            }
            if best.1 >= before {
                return best;
            }
        }
    }

    /// Goes to the best neighbour of a turn, if it is better; turns are the cycles of groups, then signals. Points that were
    /// seen are not evaluated again: they were no better than what was best then. Where an evaluation was cut off,
    /// `trials` becomes zero.
    fn improve(
        &self,
        best: &mut (Point, f64),
        (turn, step_ms): (usize, i64),
        seen: &mut BTreeSet<Point>,
        evaluate: &mut Evaluate<'_>,
        trials: &mut usize,
    ) -> bool {
        let mut points = match turn.checked_sub(self.groups.len()) {
            None => self.cycles(&best.0, turn, step_ms),
            Some(at) => self.neighbours(&best.0, at, step_ms),
        };
        points.retain(|point| !seen.contains(point));
        points.truncate(*trials);
        *trials -= points.len();
        seen.extend(points.iter().cloned());
        let values = evaluate(&points);
        if values.iter().any(Option::is_none) {
            *trials = 0;
        }
        let valued = points.into_iter().zip(values).filter_map(|(point, value)| Some((point, value?)));
        let least = valued.min_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        match least.filter(|least| least.1 < best.1) {
            Some(better) => *best = better,
            None => return false,
        }
        *trials > 0
    }
}

#[cfg(test)]
mod tests {
    use sim_core::ids::SignalId;
    use sim_core::signals::{Aspect, SignalPhase, SignalPlan};

    use super::*;

    fn frame() -> Frame {
        let phase = |seconds: i64, letters: &str| SignalPhase {
            duration_ms: seconds * 1000,
            aspects: letters.chars().filter_map(Aspect::from_letter).collect(),
        };
        let phases = vec![phase(30, "Gr"), phase(5, "yr"), phase(30, "rG"), phase(5, "ry")];
        let plan = SignalPlan { offset_ms: 0, phases };
        Frame {
            signal: SignalId(0),
            plan,
            stages: vec![0, 2],
            least_ms: vec![7000, 7000],
            lost_ms: 10_000,
            of: vec![0, 1],
        }
    }

    fn bounds() -> Bounds {
        Bounds { least_green_ms: 7000, least_cycle_ms: 24_000, greatest_cycle_ms: 150_000, keeps_cycles: false }
    }

    /// Webster's delay of two lanes, vehicles per second and saturation flow given.
    fn webster_s(greens_ms: &[i64], lost_ms: i64) -> f64 {
        let cycle_s = (greens_ms.iter().sum::<i64>() + lost_ms) as f64 / 1000.0;
        let one = |green_ms: i64, flow: f64| {
            let share = green_ms as f64 / 1000.0 / cycle_s;
            let x = flow / (0.5 * share);
            if x >= 1.0 {
                return 1e6 * x;
            }
            let uniform = cycle_s * (1.0 - share) * (1.0 - share) / (2.0 * (1.0 - share * x));
            let random = x * x / (2.0 * flow * (1.0 - x));
            let exponent = 2.0 + 5.0 * share;
            let less = 0.65 * (cycle_s / flow / flow).cbrt() * x.powf(exponent);
            flow * (uniform + random - less)
        };
        one(greens_ms[0], 0.2) + one(greens_ms[1], 0.12)
    }

    #[test]
    fn the_search_finds_the_least_of_websters_delay() {
        let space = Space { frames: vec![frame()], groups: vec![vec![0]], bounds: bounds() };
        let mut evaluate = |points: &[Point]| -> Vec<Option<f64>> {
            points.iter().map(|point| Some(webster_s(&point[0].greens_ms, 10_000))).collect()
        };
        let own = space.own();
        let start = (own.clone(), webster_s(&own[0].greens_ms, 10_000));
        let mut trials = 10_000;
        let (_, found) =
            space.search(&[start], &[8000, 4000, 2000, 1000], &mut evaluate, &mut trials).expect("a start");
        let mut least = f64::INFINITY;
        for a in 7..130 {
            for b in (7..130).filter(|b| a + b <= 140) {
                least = least.min(webster_s(&[a * 1000, b * 1000], 10_000));
            }
        }
        assert!(found <= 1.02 * least, "found {found}, least {least}");
    }

    #[test]
    fn nothing_is_evaluated_beyond_the_trials() {
        let space = Space { frames: vec![frame()], groups: vec![vec![0]], bounds: bounds() };
        let mut n = 0;
        let mut evaluate = |points: &[Point]| -> Vec<Option<f64>> {
            n += points.len();
            points.iter().map(|point| Some(webster_s(&point[0].greens_ms, 10_000))).collect()
        };
        space.search(&[(space.own(), f64::INFINITY)], &[4000, 1000], &mut evaluate, &mut 17);
        assert!(n <= 17, "{n}");
    }
}
