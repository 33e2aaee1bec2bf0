//! Two-way stops: the motorised vehicle method of HCM Chapter 20.
//!
//! Movements are numbered as in Exhibit 20-1: 1 to 3 left, through and right from one side of the main road, 4 to 6 from
//! the other side; 7 to 9 from the side road that has 1 to 3 on its left, 10 to 12 from the other side road.

mod gaps;
mod lanes;

use super::LevelOfService;
use super::unsignalized::{queue_free, shared_capacity_vph};
use gaps::{Kind, beside_pedestrians, headways, in_left_lane, queue_free_shared};
pub use gaps::{capacity_beside_platoons_vph, flared_capacity_vph, two_stage_capacity_vph};

/// How right turns leave the main road.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MajorRight {
    /// In a lane with through traffic.
    #[default]
    Shared,
    /// In a lane of their own.
    Exclusive,
    /// Beside the junction, behind a sign.
    Channelized,
}

/// How left turns leave the main road: vehicles that fit beside through traffic; none for a lane of their own.
pub type MajorLeftPocket = Option<u32>;

/// Lanes of a side road.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MinorLanes {
    /// One lane.
    #[default]
    Single,
    /// LT and R.
    LeftThroughAndRight,
    /// L and TR.
    LeftAndThroughRight,
    /// L, T and R.
    Separate,
}

/// One side of the main road.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Major {
    /// Right turns.
    pub right: MajorRight,
    /// Left turns that share a lane.
    pub left_pocket: MajorLeftPocket,
}

/// A side road.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Minor {
    /// Its lanes.
    pub lanes: MinorLanes,
    /// Vehicles that fit in the median, so that drivers cross in two stages.
    pub median_storage: u32,
    /// Vehicles that fit beside a single lane at the stop line, turning right.
    pub flare_storage: u32,
    /// Grade, positive uphill.
    pub grade: f64,
}

/// A junction in an analysis period.
#[derive(Clone, PartialEq, Debug)]
pub struct Junction {
    /// Flow rates of movements 1 to 12, at `[0]` to `[11]`.
    pub flows_vph: [f64; 12],
    /// U-turns from the main road: with movements 1 and 4.
    pub u_turns_vph: [f64; 2],
    /// Pedestrians across the arms of movements 1, 4, 7 and 10 (movements 13 to 16).
    pub pedestrians_ph: [f64; 4],
    /// Whether the side road is there only once.
    pub has_three_arms: bool,
    /// Through lanes of the main road each way.
    pub major_lanes: u32,
    /// The sides of the main road: of movements 1 to 3 and 4 to 6.
    pub major: [Major; 2],
    /// The side roads: of movements 7 to 9 and 10 to 12.
    pub minor: [Minor; 2],
    /// Whether the median is narrower than 6.4 m at U-turns.
    pub has_narrow_median: bool,
    /// Share of heavy vehicles.
    pub heavy_share: f64,
    /// Width of the lane that side-road traffic enters.
    pub lane_width_m: f64,
    /// Part of the time in which platoons from signals block movements 1, 4, 7, 8, 9, 10, 11, 12 (Exhibit 20-19).
    pub blocked_share: [f64; 8],
    /// Analysis period, h.
    pub period_h: f64,
}

impl Default for Junction {
    fn default() -> Self {
        Self {
            flows_vph: [0.0; 12],
            u_turns_vph: [0.0; 2],
            pedestrians_ph: [0.0; 4],
            has_three_arms: false,
            major_lanes: 1,
            major: [Major::default(); 2],
            minor: [Minor::default(); 2],
            has_narrow_median: false,
            heavy_share: 0.0,
            lane_width_m: 12.0 * 0.3048,
            blocked_share: [0.0; 8],
            period_h: 0.25,
        }
    }
}

/// A lane, or a turn from the main road, and how it fares.
#[derive(Clone, PartialEq, Debug)]
pub struct Lane {
    /// Its movements.
    pub movements: Vec<usize>,
    /// Demand.
    pub flow_vph: f64,
    /// Capacity.
    pub capacity_vph: f64,
    /// Demand over capacity.
    pub volume_to_capacity: f64,
    /// Control delay.
    pub control_delay_s: f64,
    /// Level of service.
    pub level: LevelOfService,
    /// 95th percentile of the queue.
    pub queue_p95_veh: f64,
}

/// How a junction fares. The whole has no level of service (Exhibit 20-2).
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Capacities of movements 1 to 12; 0 where a movement does not yield.
    pub capacities_vph: [f64; 12],
    /// Conflicting flows of movements 1 to 12.
    pub conflicting_vph: [f64; 12],
    /// Left turns from the main road, with their U-turns.
    pub major_left: [Lane; 2],
    /// Lanes of the side roads.
    pub minor: [Vec<Lane>; 2],
    /// Mean control delay of movements 1–3, 4–6, 7–9, 10–12.
    pub approach_delays_s: [f64; 4],
    /// Mean control delay.
    pub control_delay_s: f64,
}

/// One side of the junction, as seen from its movements: half turns make the other.
struct Side<'a> {
    junction: &'a Junction,
    /// 0 for movements 1, 7, 8, 9; 1 for 4, 10, 11, 12.
    half: usize,
}

impl Side<'_> {
    /// Flow of a movement, numbered as seen from the first half.
    fn flow(&self, movement: usize) -> f64 {
        self.junction.flows_vph[self.turned(movement)]
    }
    fn turned(&self, movement: usize) -> usize {
        let index = movement - 1;
        if self.half == 0 { index } else { [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8][index] }
    }
    fn u_turns(&self, with: usize) -> f64 {
        self.junction.u_turns_vph[if with == 1 { self.half } else { 1 - self.half }]
    }
    fn pedestrians(&self, movement: usize) -> f64 {
        let index = movement - 13;
        self.junction.pedestrians_ph[if self.half == 0 { index } else { [1, 0, 3, 2][index] }]
    }
    fn right(&self, movement: usize) -> MajorRight {
        self.junction.major[if (movement == 3) == (self.half == 0) { 0 } else { 1 }].right
    }
    /// Right turns from the main road among those who count as half (Exhibits 20-10, 20-14, 20-16).
    fn half_right(&self, movement: usize) -> f64 {
        if self.right(movement) == MajorRight::Shared { 0.5 * self.flow(movement) } else { 0.0 }
    }
    /// Right turns from the main road where all count that are not behind a sign (Exhibits 20-8 and 20-14).
    fn whole_right(&self, movement: usize) -> f64 {
        if self.right(movement) == MajorRight::Channelized { 0.0 } else { self.flow(movement) }
    }

    /// Conflicting flows of the left turn 1, its U-turn, and 7, 8, 9 in two stages (Equations 20-2 to 20-15 as
    /// corrected in December 2022).
    fn conflicting(&self) -> Conflicting {
        let lanes = self.junction.major_lanes;
        let lefts_near = 2.0 * (self.flow(1) + self.u_turns(1));
        let lefts_far = 2.0 * (self.flow(4) + self.u_turns(4));
        let through_factor = if lanes == 1 { 1.0 } else { 0.5 };
        let far_factor = match lanes {
            1 => 1.0,
            2 => 0.5,
            _ => 0.4,
        };
        let u_factor = if lanes >= 3 { 0.73 } else { 1.0 };
        let u_right = if self.right(6) == MajorRight::Shared { u_factor * self.flow(6) } else { 0.0 };
        let near = lefts_near + self.flow(2) + self.half_right(3) + self.pedestrians(15);
        Conflicting {
            left: self.flow(5) + self.whole_right(6) + self.pedestrians(16),
            u_turn: u_factor * self.flow(5) + u_right,
            right: through_factor * self.flow(2) + self.half_right(3) + self.pedestrians(14) + self.pedestrians(15),
            through: [near, lefts_far + self.flow(5) + self.whole_right(6) + self.pedestrians(16)],
            minor_left: [near, lefts_far + far_factor * self.flow(5) + 0.5 * self.flow(11) + self.pedestrians(13)],
        }
    }
}

struct Conflicting {
    left: f64,
    u_turn: f64,
    right: f64,
    through: [f64; 2],
    minor_left: [f64; 2],
}

/// Capacities as they are found, from rank 2 to rank 4.
#[derive(Clone, Copy, Default)]
struct Found {
    left: f64,
    u_turn: f64,
    right: f64,
    /// One stage or both together, and the first stage alone.
    through: [f64; 2],
    minor_left: f64,
    /// Probability that left turns from the main road hold nobody up.
    free: f64,
}

/// Works a junction out.
pub fn analyze(junction: &Junction) -> Outcome {
    let sides = [0, 1].map(|half| Side { junction, half });
    let conflicting = [sides[0].conflicting(), sides[1].conflicting()];
    let mut found = [Found::default(); 2];
    for half in 0..2 {
        found[half] = rank_two(&sides[half], &conflicting[half]);
    }
    for half in 0..2 {
        // U-turns wait for right turns of the side road that they meet: 12, seen from movement 1.
        let right_free = queue_free(sides[half].flow(12), found[1 - half].right);
        found[half].u_turn *= right_free;
        found[half].free = major_free(&sides[half], &found[half]);
    }
    let free = [found[0].free, found[1].free];
    for half in 0..2 {
        found[half].through = crossing(&sides[half], &conflicting[half], Kind::Through, |stage| match stage {
            None => free[0] * free[1] * walkers(&sides[half], &[15, 16]),
            Some(0) => free[half],
            Some(_) => free[1 - half],
        });
    }
    let crossings = [found[0].through, found[1].through];
    let rights = [found[0].right, found[1].right];
    for half in 0..2 {
        let side = &sides[half];
        let opposite_free = |capacity: f64| queue_free(side.flow(11), capacity);
        let right_free = queue_free(side.flow(12), rights[1 - half]);
        let both = free[0] * free[1];
        found[half].minor_left = crossing(side, &conflicting[half], Kind::MinorLeft, |stage| match stage {
            // The stem of a T meets only one left turn from the main road.
            None if junction.has_three_arms => free[1 - half] * walkers(side, &[15, 13]),
            None => {
                let across = opposite_free(crossings[1 - half][0]);
                let joint = if both > 0.0 && across > 0.0 { 1.0 / (1.0 / both + 1.0 / across - 1.0) } else { 0.0 };
                joint * right_free * walkers(side, &[15, 13])
            }
            Some(0) => free[half],
            Some(_) => free[1 - half] * right_free * opposite_free(crossings[1 - half][1]),
        })[0];
    }
    lanes::outcome(junction, &sides, &conflicting, &found)
}

fn walkers(side: &Side, movements: &[usize]) -> f64 {
    movements.iter().map(|&movement| beside_pedestrians(side.junction, side.pedestrians(movement))).product()
}

fn blocked(side: &Side, kind: Kind) -> f64 {
    let shares = &side.junction.blocked_share;
    let index = match kind {
        Kind::MajorLeft | Kind::UTurn => [0, 1],
        Kind::MinorLeft => [2, 5],
        Kind::Through => [3, 6],
        Kind::Right => [4, 7],
    };
    shares[index[side.half]]
}

fn rank_two(side: &Side, conflicting: &Conflicting) -> Found {
    let junction = side.junction;
    let grade = junction.minor[side.half].grade;
    let capacity = |kind: Kind, flow: f64, grade: f64| {
        let headways = headways(junction, kind, grade);
        let (critical_s, follow_up_s) = (headways.critical_s[0], headways.follow_up_s);
        capacity_beside_platoons_vph(flow, critical_s, follow_up_s, blocked(side, kind), junction.major_lanes)
    };
    Found {
        left: capacity(Kind::MajorLeft, conflicting.left, 0.0) * walkers(side, &[16]),
        u_turn: capacity(Kind::UTurn, conflicting.u_turn, 0.0),
        right: capacity(Kind::Right, conflicting.right, grade) * walkers(side, &[15, 14]),
        ..Found::default()
    }
}

/// Probability that nobody waits to turn left from the main road, or that who waits holds nobody up.
fn major_free(side: &Side, found: &Found) -> f64 {
    let junction = side.junction;
    let (left, u_turns) = (side.flow(1), side.u_turns(1));
    let free = queue_free(left + u_turns, shared_capacity_vph(&[(left, found.left), (u_turns, found.u_turn)]));
    match junction.major[side.half].left_pocket {
        None => free,
        Some(pocket) => {
            let right = if side.right(3) == MajorRight::Shared { side.flow(3) } else { 0.0 };
            let saturation = in_left_lane(junction) * (side.flow(2) / 1800.0 + right / 1500.0);
            queue_free_shared(free, saturation, pocket)
        }
    }
}

/// Capacity of a movement from the side road across the main road, in one or two stages, and of its first stage.
fn crossing(side: &Side, conflicting: &Conflicting, kind: Kind, impedance: impl Fn(Option<usize>) -> f64) -> [f64; 2] {
    let junction = side.junction;
    let minor = &junction.minor[side.half];
    let headways = headways(junction, kind, minor.grade);
    let stages = if kind == Kind::Through { conflicting.through } else { conflicting.minor_left };
    let capacity = |flow: f64, critical_s: f64, blocked_share: f64| {
        capacity_beside_platoons_vph(flow, critical_s, headways.follow_up_s, blocked_share, junction.major_lanes)
    };
    let whole = capacity(stages[0] + stages[1], headways.critical_s[0], blocked(side, kind)) * impedance(None);
    if minor.median_storage == 0 || junction.has_three_arms {
        return [whole, whole];
    }
    // Platoons of one direction at a time (Exhibit 20-19).
    let directions = [junction.blocked_share[1 - side.half], junction.blocked_share[side.half]];
    let parts = [0, 1].map(|stage| {
        capacity(stages[stage], headways.critical_s[1 + stage], directions[stage]) * impedance(Some(stage))
    });
    let major_left_vph = side.flow(1) + side.u_turns(1);
    [two_stage_capacity_vph(parts, whole, major_left_vph, minor.median_storage), parts[0]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples go on with rounded capacities, so the last digit may differ by one.
    #[track_caller]
    fn check(what: &str, found: impl IntoIterator<Item = f64>, decimals: usize, expected: &str) {
        let found: Vec<f64> = found.into_iter().collect();
        let expected: Vec<f64> = expected.split(' ').map(|value| value.parse().unwrap()).collect();
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1.5 * [1.0, 0.1][decimals], "{what}: {found} {expected}");
        }
    }

    #[test]
    fn example_problem_1_comes_out() {
        // Chapter 32, two-way stop Example Problem 1: a T.
        let mut junction = Junction { has_three_arms: true, heavy_share: 0.1, ..Junction::default() };
        for (movement, flow) in [(2, 240.0), (3, 40.0), (4, 160.0), (5, 300.0), (7, 40.0), (9, 120.0)] {
            junction.flows_vph[movement - 1] = flow;
        }
        let outcome = analyze(&junction);
        check("conflicting", [4, 9, 7].map(|m| outcome.conflicting_vph[m - 1]), 0, "280 260 880");
        check("capacity", [4, 9, 7].map(|m| outcome.capacities_vph[m - 1]), 0, "1238 760 268");
        let lane = &outcome.minor[0][0];
        check("shared", [lane.capacity_vph], 0, "521");
        check("delay", [outcome.major_left[1].control_delay_s, lane.control_delay_s], 1, "8.3 14.9");
        assert_eq!([outcome.major_left[1].level.letter(), lane.level.letter()], ['A', 'B']);
        check("queue", [outcome.major_left[1].queue_p95_veh, lane.queue_p95_veh], 1, "0.4 1.3");
        check("approaches", outcome.approach_delays_s, 1, "0.0 2.9 14.9 0.0");
        check("junction", [outcome.control_delay_s], 1, "4.1");
    }

    #[test]
    fn example_problem_3_comes_out() {
        // Chapter 32, two-way stop Example Problem 3: two stages, flared side roads.
        let minor = Minor { median_storage: 2, flare_storage: 1, ..Minor::default() };
        let junction = Junction {
            flows_vph: [33.0, 250.0, 50.0, 66.0, 300.0, 100.0, 44.0, 132.0, 55.0, 11.0, 110.0, 28.0],
            major_lanes: 2,
            minor: [minor; 2],
            heavy_share: 0.1,
            ..Junction::default()
        };
        let outcome = analyze(&junction);
        let conflicting = [1, 4, 9, 12, 8, 11, 7, 10].map(|m| outcome.conflicting_vph[m - 1]);
        check("conflicting", conflicting, 0, "400 300 150 200 873 848 678 739");
        check("capacity", [8, 11, 7, 10].map(|m| outcome.capacities_vph[m - 1]), 0, "390 405 365 342");
        check("flared", [outcome.minor[0][0].capacity_vph, outcome.minor[1][0].capacity_vph], 0, "498 487");
        check("left", outcome.major_left.iter().map(|lane| lane.control_delay_s), 1, "8.4 8.2");
        check("minor", outcome.minor.iter().map(|lanes| lanes[0].control_delay_s), 1, "18.3 15.6");
        check("queue", outcome.minor.iter().map(|lanes| lanes[0].queue_p95_veh), 1, "2.4 1.3");
        check("approaches", outcome.approach_delays_s, 1, "0.8 1.2 18.3 15.6");
        check("junction", [outcome.control_delay_s], 1, "6.3");
    }

    #[test]
    fn example_problem_4_comes_out() {
        // Chapter 32, two-way stop Example Problem 4: between coordinated signals, left turns share lanes.
        let major = Major { left_pocket: Some(0), ..Major::default() };
        let minor = Minor { lanes: MinorLanes::Separate, ..Minor::default() };
        let junction = Junction {
            flows_vph: [75.0, 982.0, 94.0, 76.0, 992.0, 94.0, 80.0, 0.0, 100.0, 80.0, 0.0, 100.0],
            major_lanes: 2,
            major: [major; 2],
            minor: [minor; 2],
            heavy_share: 0.01,
            blocked_share: [0.17, 0.17, 0.26, 0.0, 0.17, 0.26, 0.0, 0.17],
            ..Junction::default()
        };
        let outcome = analyze(&junction);
        let conflicting = [1, 4, 7, 10].map(|m| outcome.conflicting_vph[m - 1]);
        check("conflicting", conflicting, 0, "1086 1076 1827 1832");
        check("capacity", [1, 4, 9, 12, 7, 10].map(|m| outcome.capacities_vph[m - 1]), 0, "750 758 859 852 47 47");
        check("major", outcome.approach_delays_s[..2].iter().copied(), 1, "1.9 1.9");
        assert!((outcome.control_delay_s - 34.1).abs() < 0.5, "{}", outcome.control_delay_s);
    }

    #[test]
    fn half_a_turn_changes_nothing() {
        let flows = [33.0, 250.0, 50.0, 66.0, 300.0, 100.0, 44.0, 132.0, 55.0, 11.0, 110.0, 28.0];
        let turned = [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8].map(|index: usize| flows[index]);
        let of = |flows_vph| analyze(&Junction { flows_vph, major_lanes: 2, ..Junction::default() });
        assert!((of(flows).control_delay_s - of(turned).control_delay_s).abs() < 1e-12);
        assert!((of(flows).capacities_vph[6] - of(turned).capacities_vph[9]).abs() < 1e-9);
    }

    #[test]
    fn any_demand_gives_numbers() {
        let mut state: u32 = 11;
        let mut draw = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % n
        };
        for _ in 0..2000 {
            let mut junction = Junction { major_lanes: 1 + draw(3), heavy_share: 0.05, ..Junction::default() };
            junction.flows_vph =
                [0; 12].map(|_: i32| f64::from([0, draw(60), draw(400), draw(1500)][draw(4) as usize]));
            junction.u_turns_vph = [0; 2].map(|_: i32| f64::from(draw(2) * draw(50)));
            junction.pedestrians_ph = [0; 4].map(|_: i32| f64::from(draw(3) * 300));
            for half in 0..2 {
                junction.major[half].left_pocket = [None, Some(0), Some(2)][draw(3) as usize];
                junction.minor[half].median_storage = draw(3);
                junction.minor[half].flare_storage = draw(3);
            }
            junction.blocked_share = [0.1 * f64::from(draw(5)); 8];
            let outcome = analyze(&junction);
            let is_number = |value: &f64| value.is_finite() && *value >= 0.0;
            assert!(outcome.capacities_vph.iter().all(is_number), "{outcome:?} {junction:?}");
            let lanes = outcome.major_left.iter().chain(outcome.minor.iter().flatten());
            for lane in lanes {
                assert!(lane.control_delay_s >= 0.0 && is_number(&lane.queue_p95_veh), "{lane:?} {junction:?}");
                assert!(lane.control_delay_s.is_finite() || lane.level.letter() == 'F', "{lane:?} {junction:?}");
            }
        }
    }
}
