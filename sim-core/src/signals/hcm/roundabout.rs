//! Roundabouts: the motorised vehicle method of HCM Chapter 22.
//!
//! Entries are listed in the order in which circulating traffic passes them. Each of the arms is at a place of its own;
//! movements say how many arms further they leave: a right turn at the next, a U-turn at the own one.

use super::unsignalized::{queue_p95_veh, roundabout_delay_s};
use super::{LevelOfService, weighted_mean};
use crate::math::exp;

/// Passenger cars that a heavy vehicle is worth (Exhibit 22-11).
pub const HEAVY_EQUIVALENT: f64 = 2.0;

/// A lane for right turns beside the roundabout.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Bypass {
    /// None.
    #[default]
    None,
    /// It yields to traffic that leaves.
    Yielding,
    /// It becomes a lane of the exit.
    NonYielding,
}

/// What the two lanes of an entry serve (Exhibit 22-14).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Assignment {
    /// L | TR.
    LeftAndThroughRight,
    /// LT | R.
    LeftThroughAndRight,
    /// LT | TR.
    #[default]
    LeftThroughAndThroughRight,
    /// L | LTR.
    LeftAndAll,
    /// LTR | R.
    AllAndRight,
}

/// An entry.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Entry {
    /// Demand by the number of arms passed, as flow rates: `[0]` leaves at the next arm, the last at the own one. A
    /// roundabout of four arms has right turns, through traffic, left turns, U-turns.
    pub demand_vph: Vec<f64>,
    /// Share of heavy vehicles.
    pub heavy_share: f64,
    /// Entry lanes, 1 or 2.
    pub n_lanes: u32,
    /// Lanes that circulate before it, 1 or 2.
    pub circulating_lanes: u32,
    /// Lanes of the exit into which its bypass merges.
    pub bypass_exit_lanes: u32,
    /// Its bypass.
    pub bypass: Bypass,
    /// What its lanes serve.
    pub assignment: Assignment,
    /// Share of traffic in the left lane where drivers may choose; else the default of Exhibit 22-9.
    pub left_lane_share: Option<f64>,
    /// Pedestrians who cross before it, per hour.
    pub pedestrians_ph: f64,
}

/// A roundabout in an analysis period.
#[derive(Clone, PartialEq, Debug)]
pub struct Roundabout {
    /// Entries in the order of circulation.
    pub entries: Vec<Entry>,
    /// Analysis period, h.
    pub period_h: f64,
    /// Critical and follow-up headway measured on site, for all entries (Equations 22-21 to 22-23).
    pub calibrated_s: Option<(f64, f64)>,
    /// Whether flows are rounded to whole vehicles and passenger cars on the way, as in the manual's worked examples.
    pub has_whole_flows: bool,
}

/// A lane and how it fares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lane {
    /// Demand.
    pub flow_vph: f64,
    /// Capacity; none for a bypass that does not yield.
    pub capacity_vph: Option<f64>,
    /// Demand over capacity.
    pub volume_to_capacity: f64,
    /// Control delay.
    pub control_delay_s: f64,
    /// Level of service.
    pub level: LevelOfService,
    /// 95th percentile of the queue.
    pub queue_p95_veh: f64,
}

/// An entry and how it fares.
#[derive(Clone, PartialEq, Debug)]
pub struct EntryOutcome {
    /// Traffic that circulates before it, passenger cars per hour.
    pub circulating_pcph: f64,
    /// Entry lanes from the left.
    pub lanes: Vec<Lane>,
    /// The bypass.
    pub bypass: Option<Lane>,
    /// Demand.
    pub flow_vph: f64,
    /// Control delay.
    pub control_delay_s: f64,
    /// Level of service, by delay alone.
    pub level: LevelOfService,
}

/// How a roundabout fares.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Its entries.
    pub entries: Vec<EntryOutcome>,
    /// Mean control delay.
    pub control_delay_s: f64,
    /// Level of service, by delay alone.
    pub level: LevelOfService,
}

/// Works a roundabout out.
pub fn analyze(roundabout: &Roundabout) -> Outcome {
    let entries: Vec<EntryOutcome> = (0..roundabout.entries.len()).map(|index| entry(roundabout, index)).collect();
    let control_delay_s = weighted_mean(entries.iter().map(|entry| (entry.control_delay_s, entry.flow_vph)));
    Outcome { entries, control_delay_s, level: LevelOfService::without_signal(control_delay_s, false) }
}

impl Entry {
    /// Factor from vehicles to passenger cars (Equation 22-10).
    fn heavy_factor(&self) -> f64 {
        1.0 / (1.0 + self.heavy_share * (HEAVY_EQUIVALENT - 1.0))
    }
}

impl Roundabout {
    /// Demand of an entry that passes a number of arms, in passenger cars (Equation 22-9).
    fn demand_pcph(&self, entry: &Entry, arms: usize) -> f64 {
        let flow_vph = entry.demand_vph.get(arms).copied().unwrap_or(0.0);
        if self.has_whole_flows {
            (flow_vph.round() / entry.heavy_factor()).round()
        } else {
            flow_vph / entry.heavy_factor()
        }
    }
    /// Right turns of an entry that use its bypass.
    fn bypass_pcph(&self, entry: &Entry) -> f64 {
        if entry.bypass == Bypass::None { 0.0 } else { self.demand_pcph(entry, 0) }
    }
}

/// Traffic before an entry: who entered at the arms before it and leaves after it (Equation 22-11). A bypass is not in
/// the ring.
fn circulating_pcph(roundabout: &Roundabout, index: usize) -> f64 {
    let n = roundabout.entries.len();
    (1..n)
        .flat_map(|before| {
            let entry = &roundabout.entries[(index + n - before) % n];
            (before..n).map(move |arms| roundabout.demand_pcph(entry, arms))
        })
        .fold(0.0, |sum, flow| sum + flow)
}

/// Traffic that leaves at the arm after an entry, without that entry's own right turns (Equation 22-12).
fn leaving_at_next_pcph(roundabout: &Roundabout, index: usize) -> f64 {
    let n = roundabout.entries.len();
    (1..n)
        .map(|before| {
            // From `before` arms back, the arm after this entry is `before` + 1 further: its last for `before` = n − 1.
            let entry = &roundabout.entries[(index + n - before) % n];
            roundabout.demand_pcph(entry, before)
        })
        .fold(0.0, |sum, flow| sum + flow)
}

/// Capacity of an entry lane before pedestrians, passenger cars per hour (Equations 22-1 to 22-5 and 22-21).
fn lane_capacity_pcph(roundabout: &Roundabout, entry: &Entry, is_left: bool, circulating_pcph: f64) -> f64 {
    let (most, decay) = match roundabout.calibrated_s {
        Some((critical_s, follow_up_s)) => (3600.0 / follow_up_s, (critical_s - follow_up_s / 2.0) / 3600.0),
        None => match (entry.n_lanes, entry.circulating_lanes) {
            (0 | 1, 0 | 1) => (1380.0, 1.02e-3),
            (0 | 1, _) => (1420.0, 0.85e-3),
            (_, 0 | 1) => (1420.0, 0.91e-3),
            (_, _) if is_left => (1350.0, 0.92e-3),
            _ => (1420.0, 0.85e-3),
        },
    };
    most * exp(-decay * circulating_pcph)
}

/// What pedestrians leave of an entry's capacity (Exhibits 22-18 and 22-20).
pub fn pedestrian_factor(n_lanes: u32, circulating_pcph: f64, pedestrians_ph: f64) -> f64 {
    let factor = if n_lanes <= 1 {
        if circulating_pcph > 881.0 {
            1.0
        } else if pedestrians_ph <= 101.0 {
            1.0 - 0.000137 * pedestrians_ph
        } else {
            (1119.5 - 0.715 * circulating_pcph - 0.644 * pedestrians_ph + 0.00073 * circulating_pcph * pedestrians_ph)
                / (1068.6 - 0.654 * circulating_pcph)
        }
    } else {
        let at = |pedestrians: f64| {
            ((1260.6 - 0.329 * circulating_pcph - 0.381 * pedestrians) / (1380.0 - 0.5 * circulating_pcph)).min(1.0)
        };
        if pedestrians_ph < 100.0 { 1.0 - pedestrians_ph / 100.0 * (1.0 - at(100.0)) } else { at(pedestrians_ph) }
    };
    factor.clamp(0.0, 1.0)
}

/// Flows of the entry lanes from the left, passenger cars per hour (Exhibits 22-14 and 22-15).
fn lane_flows_pcph(roundabout: &Roundabout, entry: &Entry) -> Vec<f64> {
    let n = entry.demand_vph.len();
    let right = roundabout.demand_pcph(entry, 0) - roundabout.bypass_pcph(entry);
    // The last two movements turn left and back; what is between is through traffic.
    let n_left = if n >= 3 { n - 2 } else { n };
    let left: f64 = (n_left..n).map(|arms| roundabout.demand_pcph(entry, arms)).sum();
    let through: f64 = (1..n_left).map(|arms| roundabout.demand_pcph(entry, arms)).sum();
    let total = left + through + right;
    if entry.n_lanes <= 1 {
        return vec![total];
    }
    let by_choice = |default: f64| {
        let share = entry.left_lane_share.unwrap_or(default);
        vec![share * total, (1.0 - share) * total]
    };
    let left_alone = vec![left, through + right];
    let right_alone = vec![left + through, right];
    match entry.assignment {
        Assignment::LeftAndThroughRight => left_alone,
        Assignment::LeftThroughAndRight => right_alone,
        // So many turns that their lane serves nobody else.
        Assignment::LeftThroughAndThroughRight if left > through + right => left_alone,
        Assignment::LeftThroughAndThroughRight if right > left + through => right_alone,
        Assignment::LeftThroughAndThroughRight => by_choice(0.47),
        Assignment::LeftAndAll if through + right > left => left_alone,
        Assignment::LeftAndAll => by_choice(0.53),
        Assignment::AllAndRight if left + through > right => right_alone,
        Assignment::AllAndRight => by_choice(0.47),
    }
}

fn entry(roundabout: &Roundabout, index: usize) -> EntryOutcome {
    let entry = &roundabout.entries[index];
    let period_h = roundabout.period_h;
    let circulating_pcph = circulating_pcph(roundabout, index);
    let heavy = entry.heavy_factor();
    let walking = pedestrian_factor(entry.n_lanes, circulating_pcph, entry.pedestrians_ph);
    let lane = |flow_pcph: f64, capacity_pcph: f64| {
        let (flow_vph, capacity_vph) = (flow_pcph * heavy, capacity_pcph * heavy * walking);
        let volume_to_capacity = flow_vph / capacity_vph;
        let control_delay_s = roundabout_delay_s(flow_vph, capacity_vph, period_h);
        Lane {
            flow_vph,
            capacity_vph: Some(capacity_vph),
            volume_to_capacity,
            control_delay_s,
            level: LevelOfService::without_signal(control_delay_s, volume_to_capacity > 1.0),
            queue_p95_veh: queue_p95_veh(volume_to_capacity, 3600.0 / capacity_vph, period_h),
        }
    };
    let lanes: Vec<Lane> = lane_flows_pcph(roundabout, entry)
        .into_iter()
        .enumerate()
        .map(|(position, flow)| lane(flow, lane_capacity_pcph(roundabout, entry, position == 0, circulating_pcph)))
        .collect();
    let bypass = match entry.bypass {
        Bypass::None => None,
        // It has a lane to itself: nobody is delayed.
        Bypass::NonYielding => Some(Lane {
            flow_vph: roundabout.bypass_pcph(entry) * heavy,
            capacity_vph: None,
            volume_to_capacity: 0.0,
            control_delay_s: 0.0,
            level: LevelOfService::A,
            queue_p95_veh: 0.0,
        }),
        Bypass::Yielding => {
            let leaving = leaving_at_next_pcph(roundabout, index);
            let (most, decay) = if entry.bypass_exit_lanes <= 1 { (1380.0, 1.02e-3) } else { (1420.0, 0.85e-3) };
            Some(lane(roundabout.bypass_pcph(entry), most * exp(-decay * leaving)))
        }
    };
    let all = || lanes.iter().chain(&bypass);
    let control_delay_s = weighted_mean(all().map(|lane| (lane.control_delay_s, lane.flow_vph)));
    let flow_vph = all().map(|lane| lane.flow_vph).sum();
    let level = LevelOfService::without_signal(control_delay_s, false);
    EntryOutcome { circulating_pcph, flow_vph, control_delay_s, level, lanes, bypass }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry by right turns, through traffic, left turns and U-turns per hour.
    fn entry(demand: [f64; 4], peak_hour_factor: f64, heavy_share: f64) -> Entry {
        Entry {
            demand_vph: demand.map(|flow| flow / peak_hour_factor).to_vec(),
            heavy_share,
            n_lanes: 1,
            circulating_lanes: 1,
            bypass_exit_lanes: 1,
            ..Entry::default()
        }
    }

    /// The worked examples round on the way, so the last digit may differ by one.
    #[track_caller]
    fn check(found: impl IntoIterator<Item = f64>, decimals: i32, expected: &str) {
        let found: Vec<f64> = found.into_iter().collect();
        let expected: Vec<f64> = expected.split(' ').map(|value| value.parse().unwrap()).collect();
        assert_eq!(found.len(), expected.len());
        let unit = [1.0, 0.1, 0.01][decimals as usize];
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1.5 * unit, "{found} {expected}");
        }
    }

    fn lanes(outcome: &Outcome) -> Vec<Lane> {
        outcome.entries.iter().flat_map(|entry| entry.lanes.iter().chain(&entry.bypass).copied()).collect()
    }

    #[test]
    fn example_problem_1_comes_out() {
        // Chapter 33, Example Problem 1: NB, WB, SB, EB in the order of circulation.
        let of = |demand| entry(demand, 0.94, 0.02);
        let entries = vec![
            Entry { pedestrians_ph: 50.0, ..of([50.0, 210.0, 105.0, 30.0]) },
            Entry { bypass: Bypass::Yielding, ..of([610.0, 395.0, 110.0, 20.0]) },
            Entry { bypass: Bypass::NonYielding, ..of([580.0, 95.0, 175.0, 20.0]) },
            of([85.0, 280.0, 190.0, 50.0]),
        ];
        let outcome = analyze(&Roundabout { entries, period_h: 0.25, calibrated_s: None, has_whole_flows: true });
        let lanes = lanes(&outcome);
        check(lanes.iter().filter_map(|lane| lane.capacity_vph), 0, "597 694 851 618 824");
        check([lanes[0].volume_to_capacity], 2, "0.70");
        // Exhibit 33-8.
        check(lanes.iter().map(|lane| lane.control_delay_s), 1, "22.6 26.8 20.2 14.0 0.0 22.0");
        assert_eq!(lanes.iter().map(|lane| lane.level.letter()).collect::<String>(), "CDCBAC");
        check([lanes[0].queue_p95_veh], 1, "5.7");
        check([outcome.entries[1].control_delay_s, outcome.entries[2].control_delay_s], 1, "23.3 4.7");
        check([outcome.control_delay_s], 1, "17.5");
        assert_eq!(outcome.level.letter(), 'C');
    }

    #[test]
    fn example_problem_2_comes_out() {
        // Chapter 33, Example Problem 2: NB, WB, SB, EB.
        let entries = vec![
            Entry { circulating_lanes: 2, ..entry([120.0, 60.0, 50.0, 0.0], 0.95, 0.02) },
            Entry { n_lanes: 2, ..entry([90.0, 250.0, 400.0, 0.0], 0.95, 0.05) },
            Entry {
                n_lanes: 2,
                circulating_lanes: 2,
                assignment: Assignment::LeftThroughAndRight,
                ..entry([400.0, 60.0, 240.0, 0.0], 0.95, 0.02)
            },
            Entry { n_lanes: 2, ..entry([80.0, 420.0, 230.0, 0.0], 0.95, 0.05) },
        ];
        let outcome = analyze(&Roundabout { entries, period_h: 0.25, calibrated_s: None, has_whole_flows: true });
        let lanes = lanes(&outcome);
        check(lanes.iter().filter_map(|lane| lane.capacity_vph), 0, "607 964 964 651 723 675 675");
        check(lanes.iter().map(|lane| lane.control_delay_s), 1, "11.8 8.8 7.8 13.0 14.6 14.0 16.1");
        assert_eq!(lanes.iter().map(|lane| lane.level.letter()).collect::<String>(), "BAABBBC");
        check(outcome.entries.iter().map(|entry| entry.control_delay_s), 1, "11.8 8.3 13.9 15.1");
        check([outcome.control_delay_s, lanes[0].queue_p95_veh], 1, "12.3 1.9");
    }

    #[test]
    fn pedestrians_matter_less_where_the_ring_is_full() {
        assert_eq!(pedestrian_factor(1, 900.0, 300.0), 1.0);
        assert!((pedestrian_factor(1, 400.0, 101.0) - pedestrian_factor(1, 400.0, 101.001)).abs() < 0.01);
        assert!((pedestrian_factor(2, 400.0, 99.999) - pedestrian_factor(2, 400.0, 100.0)).abs() < 1e-4);
        assert!(pedestrian_factor(2, 400.0, 200.0) < pedestrian_factor(2, 400.0, 50.0));
    }

    #[test]
    fn measured_headways_take_the_place_of_national_ones() {
        let entries = vec![entry([0.0, 400.0, 100.0, 0.0], 1.0, 0.0); 4];
        let of = |calibrated_s| {
            analyze(&Roundabout { entries: entries.clone(), period_h: 0.25, calibrated_s, has_whole_flows: false })
        };
        let follow_up_s = 3600.0 / 1380.0;
        let same = of(Some((1.02e-3 * 3600.0 + follow_up_s / 2.0, follow_up_s)));
        assert!((same.control_delay_s - of(None).control_delay_s).abs() < 1e-9);
    }

    #[test]
    fn three_and_five_arms_circulate_too() {
        // Three arms: next, left, own.
        let entries =
            vec![
                Entry { demand_vph: vec![100.0, 200.0, 10.0], n_lanes: 1, circulating_lanes: 1, ..Entry::default() };
                3
            ];
        let roundabout = Roundabout { entries, period_h: 0.25, calibrated_s: None, has_whole_flows: true };
        // From one arm before: left and own; from two arms before: own.
        assert_eq!(circulating_pcph(&roundabout, 0), 200.0 + 10.0 + 10.0);
        let entries = vec![Entry { demand_vph: vec![1.0, 2.0, 4.0, 8.0, 16.0], ..Entry::default() }; 5];
        let roundabout = Roundabout { entries, period_h: 0.25, calibrated_s: None, has_whole_flows: true };
        assert_eq!(
            circulating_pcph(&roundabout, 2),
            (2.0 + 4.0 + 8.0 + 16.0) + (4.0 + 8.0 + 16.0) + (8.0 + 16.0) + 16.0
        );
    }
}
