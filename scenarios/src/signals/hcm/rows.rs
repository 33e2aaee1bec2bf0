//! What an evaluation says: rows of movements, lane groups, approaches, crossings and junctions.

use serde::Serialize;

/// A movement.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MovementRow {
    /// Junction.
    pub junction_id: String,
    /// Inbound link, `->`, outbound link: as in `movements.csv` of a run.
    pub movement_id: String,
    /// Direction and turn: `NBL`.
    pub turn: String,
    /// Street and direction.
    pub approach: String,
    /// Lane groups that serve it, by the turns of their lanes: `L`, `TR`.
    pub lane_groups: String,
    /// Vehicles in the analysis hour.
    pub volume_vph: f64,
    /// Flow rate of the busiest quarter.
    pub flow_vph: f64,
    /// Capacity; none where it does not yield.
    pub capacity_vph: Option<f64>,
    /// Flow rate over capacity.
    pub volume_to_capacity: Option<f64>,
    /// Control delay.
    pub control_delay_s: Option<f64>,
    /// 95th percentile of the queue, per lane.
    pub queue_p95_m: Option<f64>,
    /// Level of service.
    pub level_of_service: Option<char>,
    /// Why something is empty.
    pub note: String,
    /// What a run measured.
    pub simulated: Option<Simulated>,
}

/// What a run measured of a movement.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Simulated {
    /// Vehicles that came for it, per hour.
    pub demand_vph: Option<f64>,
    /// Capacity.
    pub capacity_vph: Option<f64>,
    /// Control delay.
    pub control_delay_s: Option<f64>,
    /// Back of queue that 95 of 100 cycles do not exceed.
    pub queue_p95_m: Option<f64>,
    /// Level of service by that delay.
    pub level_of_service: Option<char>,
}

/// A lane group of a signal, or a lane elsewhere.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct GroupRow {
    /// Junction.
    pub junction_id: String,
    /// Direction of its approach.
    pub approach: String,
    /// Turns of its lanes.
    pub lane_group: String,
    /// Lanes.
    pub lanes: u32,
    /// Flow rate.
    pub flow_vph: f64,
    /// Saturation flow per lane.
    pub saturation_vphpl: Option<f64>,
    /// Effective green.
    pub green_s: Option<f64>,
    /// Share of arrivals on green.
    pub arrivals_on_green_share: Option<f64>,
    /// Capacity.
    pub capacity_vph: Option<f64>,
    /// Flow rate over capacity.
    pub volume_to_capacity: Option<f64>,
    /// Uniform delay d1.
    pub uniform_delay_s: Option<f64>,
    /// Incremental delay d2.
    pub incremental_delay_s: Option<f64>,
    /// Delay d3 of an initial queue.
    pub initial_queue_delay_s: Option<f64>,
    /// Control delay.
    pub control_delay_s: Option<f64>,
    /// Mean back of queue per lane.
    pub queue_mean_m: Option<f64>,
    /// 95th percentile.
    pub queue_p95_m: Option<f64>,
    /// Share of the storage that the 95th percentile fills.
    pub storage_ratio: Option<f64>,
    /// Level of service.
    pub level_of_service: Option<char>,
}

/// An approach.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ApproachRow {
    /// Junction.
    pub junction_id: String,
    /// Direction.
    pub approach: String,
    /// Street and direction.
    pub name: String,
    /// Flow rate.
    pub flow_vph: f64,
    /// Mean control delay.
    pub control_delay_s: Option<f64>,
    /// Level of service, by delay alone.
    pub level_of_service: Option<char>,
    /// Mean control delay in a run.
    pub simulated_delay_s: Option<f64>,
}

/// Pedestrians across an arm of a signal: what they need, and what the plan leaves them.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CrossingRow {
    /// Junction.
    pub junction_id: String,
    /// The arm: the direction of its approach, or of what leaves there.
    pub arm: String,
    /// Length from kerb to kerb.
    pub length_m: f64,
    /// Walk interval.
    pub walk_s: f64,
    /// Clearance interval.
    pub clearance_s: f64,
    /// Longest time in a cycle in which nobody drives straight over it.
    pub available_s: f64,
    /// Whether the need fits.
    pub is_enough: bool,
}

/// A junction.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct JunctionRow {
    /// Junction.
    pub junction_id: String,
    /// Readable name.
    pub name: String,
    /// How it is ruled.
    pub control: &'static str,
    /// Cycle.
    pub cycle_s: Option<f64>,
    /// Start of the analysis hour.
    pub begin_s: f64,
    /// Its end.
    pub end_s: f64,
    /// Peak-hour factor.
    pub peak_hour_factor: f64,
    /// Flow rate.
    pub flow_vph: f64,
    /// Critical volume-to-capacity ratio.
    pub critical_ratio: Option<f64>,
    /// Mean control delay.
    pub control_delay_s: Option<f64>,
    /// Level of service; none where the manual gives none.
    pub level_of_service: Option<char>,
    /// Mean control delay in a run.
    pub simulated_delay_s: Option<f64>,
    /// Why something is empty.
    pub note: String,
    /// What was assumed for it.
    pub assumed: Vec<String>,
}

/// Everything said.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Evaluation {
    /// Where volumes come from.
    pub volumes: String,
    /// What was assumed everywhere.
    pub assumed: Vec<String>,
    /// Junctions.
    pub junctions: Vec<JunctionRow>,
    /// Approaches.
    pub approaches: Vec<ApproachRow>,
    /// Lane groups.
    pub lane_groups: Vec<GroupRow>,
    /// Movements.
    pub movements: Vec<MovementRow>,
    /// Crossings.
    pub crossings: Vec<CrossingRow>,
}

impl Evaluation {
    /// Leaves out all junctions but some.
    pub fn keep(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.junctions.retain(|row| is_wanted(&row.junction_id));
        self.approaches.retain(|row| is_wanted(&row.junction_id));
        self.lane_groups.retain(|row| is_wanted(&row.junction_id));
        self.movements.retain(|row| is_wanted(&row.junction_id));
        self.crossings.retain(|row| is_wanted(&row.junction_id));
    }
}

/// What one junction adds.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Part {
    /// The junction.
    pub junction: JunctionRow,
    /// Its approaches.
    pub approaches: Vec<ApproachRow>,
    /// Its lane groups.
    pub groups: Vec<GroupRow>,
    /// Its movements.
    pub movements: Vec<MovementRow>,
    /// Its crossings.
    pub crossings: Vec<CrossingRow>,
}

/// A value, unless it is not finite.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
