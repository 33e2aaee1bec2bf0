//! Signalised junctions: the motorised vehicle method of HCM Chapter 19 with the supplements of Chapter 31.
//!
//! Movements become lane groups (Step 1), their flows spread over the lanes (Steps 2 and 3), saturation flows follow
//! (Step 4), and from these and the timing capacity, delay, level of service and queues (Steps 5 to 10). Steps 3 and 4
//! depend on each other through opposing queues, so they are repeated until nothing changes.

mod critical;
mod lane_groups;
mod performance;

use super::lane_flow::{GroupFlow, GroupKind, LaneCounts};
use super::permitted_left::Display;
use super::phases::Phase;
use super::{LevelOfService, weighted_mean};

/// How left turns of an approach are served.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LeftService {
    /// In the through phase, without opposing traffic: one-way streets, split phasing, stems.
    Unopposed,
    /// In a phase of their own.
    Protected(Phase),
    /// Through gaps in opposing traffic.
    Permitted(Display),
    /// Both.
    ProtectedPermitted {
        /// The protected phase.
        phase: Phase,
        /// The permitted green.
        display: Display,
        /// Whether the protected phase comes before the permitted green.
        is_leading: bool,
    },
}

/// An approach.
#[derive(Clone, PartialEq, Debug)]
pub struct Approach {
    /// The approach that comes towards it.
    pub opposing: Option<usize>,
    /// Demand as flow rates of the analysis period.
    pub demand: GroupFlow,
    /// Right turns on red, which are not served by green.
    pub right_on_red_vph: f64,
    /// Share of heavy vehicles among left turns.
    pub heavy_share_left: f64,
    /// Share of heavy vehicles among the others.
    pub heavy_share: f64,
    /// Platoon ratio of left turns; 1 for arrivals at random.
    pub platoon_ratio_left: f64,
    /// Platoon ratio of the others.
    pub platoon_ratio: f64,
    /// Upstream filtering factor; 1 for a lone junction.
    pub filtering: f64,
    /// Vehicles queued at the start of the period to turn left.
    pub initial_queue_left_veh: f64,
    /// The others that are queued at the start.
    pub initial_queue_veh: f64,
    /// Pedestrians who cross the way of its turns, per hour.
    pub pedestrians_ph: f64,
    /// Bicycles beside its right turns, per hour.
    pub bicycles_ph: f64,
    /// Lanes by what they serve.
    pub lanes: LaneCounts,
    /// Mean lane width.
    pub lane_width_m: f64,
    /// Grade, positive uphill.
    pub grade: f64,
    /// Lanes to turn into.
    pub receiving_lanes: u32,
    /// Parking manoeuvres beside the kerb lane, per hour; none without parking.
    pub parking_ph: Option<f64>,
    /// Buses that stop in the kerb lane, per hour.
    pub buses_ph: f64,
    /// Length of a left-turn bay.
    pub storage_left_m: Option<f64>,
    /// Length of the other lanes.
    pub storage_m: Option<f64>,
    /// Speed limit.
    pub speed_limit_mps: f64,
    /// Whether its left turns wait for opposing right turns that have a lane of their own.
    pub waits_for_opposing_right: bool,
    /// Product of factors of work zones and of what happens downstream; 1 without.
    pub other_factor: f64,
    /// Phase of through traffic and right turns.
    pub through: Phase,
    /// Phase in which right turns of exclusive lanes have green without through traffic.
    pub right_overlap: Option<Phase>,
    /// How left turns are served.
    pub left: LeftService,
}

impl Approach {
    /// An approach without traffic and with ordinary geometry: what is not known of it.
    pub fn new(lanes: LaneCounts, through: Phase) -> Self {
        Self {
            opposing: None,
            demand: GroupFlow::default(),
            right_on_red_vph: 0.0,
            heavy_share_left: 0.0,
            heavy_share: 0.0,
            platoon_ratio_left: 1.0,
            platoon_ratio: 1.0,
            filtering: 1.0,
            initial_queue_left_veh: 0.0,
            initial_queue_veh: 0.0,
            pedestrians_ph: 0.0,
            bicycles_ph: 0.0,
            lanes,
            lane_width_m: 3.6,
            grade: 0.0,
            receiving_lanes: 1,
            parking_ph: None,
            buses_ph: 0.0,
            storage_left_m: None,
            storage_m: None,
            speed_limit_mps: 50.0 / 3.6,
            waits_for_opposing_right: true,
            other_factor: 1.0,
            through,
            right_overlap: None,
            left: LeftService::Unopposed,
        }
    }

    /// Lanes of a kind.
    fn n_lanes(&self, kind: GroupKind) -> u32 {
        self.lanes[kind.index()]
    }
    /// Demand without right turns on red.
    fn served_demand(&self) -> GroupFlow {
        GroupFlow { right_vph: (self.demand.right_vph - self.right_on_red_vph).max(0.0), ..self.demand }
    }
    /// The group at the kerb.
    fn kerb_group(&self) -> Option<GroupKind> {
        GroupKind::ALL.into_iter().rev().find(|kind| self.n_lanes(*kind) > 0)
    }
}

/// A signalised junction in an analysis period.
#[derive(Clone, PartialEq, Debug)]
pub struct Junction {
    /// Cycle.
    pub cycle_s: f64,
    /// Analysis period, h.
    pub period_h: f64,
    /// Base saturation flow, passenger cars per hour and lane.
    pub base_saturation_pcphpl: f64,
    /// Whether the area is like a central business district.
    pub is_central: bool,
    /// Whether phases with a passage time and a maximum green are actuated.
    pub is_actuated: bool,
    /// Left turns that leave on amber, per cycle and lane.
    pub sneakers: f64,
    /// Its approaches.
    pub approaches: Vec<Approach>,
}

/// A lane group: what it carries, and how it fares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LaneGroup {
    /// Its approach.
    pub approach: usize,
    /// What it serves.
    pub kind: GroupKind,
    /// Number of lanes.
    pub n_lanes: u32,
    /// Demand that green serves.
    pub flow: GroupFlow,
    /// Saturation flow per lane; of the protected period where there is one.
    pub saturation_vphpl: f64,
    /// Saturation flow per lane of the permitted period.
    pub permitted_saturation_vphpl: Option<f64>,
    /// Effective green; of the protected period where there is one.
    pub green_s: f64,
    /// Effective permitted green not blocked by the opposing queue (g_u).
    pub unblocked_s: Option<f64>,
    /// Share of arrivals on green.
    pub share_on_green: f64,
    /// Capacity.
    pub capacity_vph: f64,
    /// Capacity at maximum green.
    pub available_vph: f64,
    /// Demand over capacity.
    pub volume_to_capacity: f64,
    /// Incremental delay factor.
    pub k: f64,
    /// Uniform delay d1.
    pub uniform_s: f64,
    /// Incremental delay d2.
    pub incremental_s: f64,
    /// Delay d3 of an initial queue.
    pub initial_queue_s: f64,
    /// Control delay.
    pub control_delay_s: f64,
    /// Level of service.
    pub level: LevelOfService,
    /// First, second and third term of the back of queue, per lane.
    pub queue_terms_veh: [f64; 3],
    /// Mean back of queue per lane.
    pub back_of_queue_veh: f64,
    /// 95th percentile of the back of queue per lane.
    pub back_of_queue_p95_veh: f64,
    /// Mean back of queue per lane as a length.
    pub back_of_queue_m: f64,
    /// 95th percentile of it.
    pub back_of_queue_p95_m: f64,
    /// Part of the storage that the mean back of queue fills.
    pub storage_ratio: Option<f64>,
    /// Part of the storage that the 95th percentile fills.
    pub storage_ratio_p95: Option<f64>,
    /// Vehicles queued at the end of the period.
    pub final_queue_veh: f64,
}

/// Sums over lane groups.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sum {
    /// Demand that green serves.
    pub flow_vph: f64,
    /// Mean control delay (Equations 19-28 and 19-29).
    pub control_delay_s: f64,
    /// Level of service, by delay alone.
    pub level: LevelOfService,
}

/// How a junction fares.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Lane groups by approach, then from the left.
    pub groups: Vec<LaneGroup>,
    /// Sums by approach.
    pub approaches: Vec<Sum>,
    /// The whole junction.
    pub junction: Sum,
    /// Critical volume-to-capacity ratio (Equation 19-30).
    pub critical_ratio: f64,
}

/// Works a junction out.
pub fn analyze(junction: &Junction) -> Outcome {
    let states = lane_groups::settle(junction);
    let groups: Vec<LaneGroup> = states
        .iter()
        .enumerate()
        .flat_map(|(approach, state)| performance::groups(junction, approach, state))
        .collect();
    let sum_of = |groups: &mut dyn Iterator<Item = &LaneGroup>| {
        let pairs: Vec<(f64, f64)> = groups.map(|group| (group.control_delay_s, group.flow.total_vph())).collect();
        let control_delay_s = weighted_mean(pairs.iter().copied());
        Sum {
            flow_vph: pairs.iter().map(|pair| pair.1).sum(),
            control_delay_s,
            level: LevelOfService::at_signal(control_delay_s, false),
        }
    };
    let approaches = (0..junction.approaches.len())
        .map(|approach| sum_of(&mut groups.iter().filter(|group| group.approach == approach)))
        .collect();
    let whole = sum_of(&mut groups.iter());
    let critical_ratio = critical::ratio(junction, &states, &groups);
    Outcome { groups, approaches, junction: whole, critical_ratio }
}

#[cfg(test)]
mod tests;
