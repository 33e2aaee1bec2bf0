//! Sums over rows: movements to approaches, junctions and whole runs; trips to means; links to whole runs.

use std::collections::BTreeMap;

use sim_core::environment::Emitted;
use sim_core::ids::{JunctionId, LinkId};
use sim_core::kpi::rows::{MovementRow, TripRow, TripStatus};

use super::level_of_service::{Basis, Level, of_group, of_movement};
use super::places::MovementPlace;
use super::run::FinishedRun;

/// The p-quantile of some values by linear interpolation between order statistics; `None` without values.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let position = p * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64))
}

/// `numerator / denominator`, or no data where the denominator is 0.
pub fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator > 0.0).then(|| numerator / denominator)
}

/// Some movements over some time.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MovementTotals {
    /// Time covered.
    pub duration_s: f64,
    /// Vehicles that came for it.
    pub demand: f64,
    /// Vehicles that crossed.
    pub served: f64,
    /// The same in passenger-car units.
    pub served_pcu: f64,
    /// Vehicles that left the junction: those whose delays are summed.
    pub left: f64,
    /// Sum of control delays.
    pub delay_s_sum: f64,
    /// Sum of control delays times persons.
    pub person_delay_s_sum: f64,
    /// Persons.
    pub persons: f64,
    /// Stops.
    pub stops: f64,
    /// Median back of queue of the worst movement.
    pub back_of_queue_p50_m: Option<f64>,
    /// 95th percentile of the back of queue of the worst movement.
    pub back_of_queue_p95_m: Option<f64>,
    /// Storage of that movement.
    pub storage_m: Option<f64>,
    /// Largest spillback share.
    pub spillback_share: Option<f64>,
    /// Largest ratio of demand to capacity.
    pub volume_to_capacity: Option<f64>,
    /// Arrivals on green, and arrivals for which this is known.
    pub on_green: (f64, f64),
    /// How its movements are judged.
    pub bases: Vec<Basis>,
}

impl MovementTotals {
    /// Adds a row of another movement in the same interval.
    pub fn add(&mut self, row: &MovementRow, basis: Basis) {
        let duration_s = row.end_s - row.begin_s;
        self.duration_s = self.duration_s.max(duration_s);
        self.demand += f64::from(row.demand);
        self.served += f64::from(row.served);
        self.served_pcu += row.served_pcu;
        self.left += f64::from(row.left);
        self.delay_s_sum += row.delay_s_sum;
        self.person_delay_s_sum += row.person_delay_s_sum;
        self.persons += row.persons;
        self.stops += f64::from(row.stops);
        let p95_m = quantile(&row.back_of_queue_m, 0.95);
        self.back_of_queue_p50_m = larger(self.back_of_queue_p50_m, quantile(&row.back_of_queue_m, 0.5));
        if p95_m.is_some() && (self.back_of_queue_p95_m.is_none() || p95_m > self.back_of_queue_p95_m) {
            (self.back_of_queue_p95_m, self.storage_m) = (p95_m, Some(row.storage_m));
        }
        self.spillback_share = larger(self.spillback_share, row.spillback_share);
        self.volume_to_capacity = larger(self.volume_to_capacity, volume_to_capacity(row));
        if let Some(share) = row.arrivals_on_green_share {
            self.on_green.0 += share * f64::from(row.arrivals);
            self.on_green.1 += f64::from(row.arrivals);
        }
        self.bases.push(basis);
    }
    /// Mean control delay.
    pub fn control_delay_s(&self) -> Option<f64> {
        ratio(self.delay_s_sum, self.left)
    }
    /// The level of service of the group.
    pub fn level(&self) -> Level {
        of_group(&self.bases, self.control_delay_s())
    }
    /// A number per hour.
    pub fn per_hour(&self, number: f64) -> Option<f64> {
        ratio(3600.0 * number, self.duration_s)
    }
}

fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// Demand over capacity in a row.
pub fn volume_to_capacity(row: &MovementRow) -> Option<f64> {
    let demand_vph = ratio(3600.0 * f64::from(row.demand), row.end_s - row.begin_s)?;
    ratio(demand_vph, row.capacity_vph?)
}

/// The level of service of a movement in an interval.
pub fn movement_level(row: &MovementRow, basis: Basis) -> Level {
    of_movement(basis, ratio(row.delay_s_sum, f64::from(row.left)), volume_to_capacity(row))
}

/// A junction in an interval, and its approaches by inbound link.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct JunctionTotals {
    /// All movements.
    pub all: MovementTotals,
    /// By inbound link.
    pub approaches: BTreeMap<LinkId, MovementTotals>,
    /// A signal, if one rules some movement.
    pub signal: Option<sim_core::ids::SignalId>,
}

/// Junctions of one interval; `rows` are of this interval.
pub fn junctions(rows: &[MovementRow], places: &[MovementPlace]) -> BTreeMap<JunctionId, JunctionTotals> {
    let mut junctions: BTreeMap<JunctionId, JunctionTotals> = BTreeMap::new();
    for row in rows {
        let place = &places[row.movement.index()];
        let junction = junctions.entry(row.junction).or_default();
        junction.all.add(row, place.basis);
        junction.approaches.entry(place.from).or_default().add(row, place.basis);
        junction.signal = junction.signal.or(place.signal);
    }
    junctions
}

/// Movements over the whole run: rows of equal movements joined, in movement order.
pub fn whole_run(rows: &[MovementRow]) -> Vec<MovementRow> {
    let mut joined: BTreeMap<_, Joined> = BTreeMap::new();
    for row in rows {
        joined.entry(row.movement).or_insert_with(|| Joined::before(row)).add(row);
    }
    joined.into_values().map(Joined::finish).collect()
}

/// Rows of one movement, joined.
struct Joined {
    row: MovementRow,
    on_green: f64,
    arrivals_seen: f64,
    blocked_s: f64,
    used_s: f64,
    capacity: f64,
    capacity_s: f64,
}

impl Joined {
    /// Nothing yet of the movement of a row.
    fn before(row: &MovementRow) -> Self {
        let row = MovementRow {
            end_s: row.begin_s,
            demand: 0,
            served: 0,
            served_pcu: 0.0,
            left: 0,
            delay_s_sum: 0.0,
            person_delay_s_sum: 0.0,
            persons: 0.0,
            stops: 0,
            back_of_queue_m: Vec::new(),
            arrivals: 0,
            ..row.clone()
        };
        Self { row, on_green: 0.0, arrivals_seen: 0.0, blocked_s: 0.0, used_s: 0.0, capacity: 0.0, capacity_s: 0.0 }
    }
    fn add(&mut self, row: &MovementRow) {
        let duration_s = row.end_s - row.begin_s;
        let sum = &mut self.row;
        sum.begin_s = sum.begin_s.min(row.begin_s);
        sum.end_s = sum.end_s.max(row.end_s);
        sum.demand += row.demand;
        sum.served += row.served;
        sum.served_pcu += row.served_pcu;
        sum.left += row.left;
        sum.delay_s_sum += row.delay_s_sum;
        sum.person_delay_s_sum += row.person_delay_s_sum;
        sum.persons += row.persons;
        sum.stops += row.stops;
        sum.arrivals += row.arrivals;
        sum.back_of_queue_m.extend_from_slice(&row.back_of_queue_m);
        if let Some(share) = row.arrivals_on_green_share {
            self.on_green += share * f64::from(row.arrivals);
            self.arrivals_seen += f64::from(row.arrivals);
        }
        if let Some(share) = row.spillback_share {
            self.blocked_s += share * duration_s;
            self.used_s += duration_s;
        }
        if let Some(capacity_vph) = row.capacity_vph {
            self.capacity += capacity_vph * duration_s;
            self.capacity_s += duration_s;
        }
    }
    fn finish(self) -> MovementRow {
        MovementRow {
            arrivals_on_green_share: ratio(self.on_green, self.arrivals_seen),
            spillback_share: ratio(self.blocked_s, self.used_s),
            capacity_vph: ratio(self.capacity, self.capacity_s),
            ..self.row
        }
    }
}

/// A link over the whole run, all classes.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LinkTotals {
    /// Distance driven.
    pub distance_m: f64,
    /// Time spent.
    pub time_s: f64,
    /// Time covered.
    pub duration_s: f64,
}

impl LinkTotals {
    /// Edie's speed.
    pub fn mean_speed_mps(&self) -> Option<f64> {
        ratio(self.distance_m, self.time_s)
    }
    /// Edie's flow on a link of this length.
    pub fn flow_vph(&self, length_m: f64) -> Option<f64> {
        ratio(3600.0 * self.distance_m, length_m * self.duration_s)
    }
}

/// Links over the whole run, all classes, in link order.
pub fn links(run: &FinishedRun<'_>) -> Vec<LinkTotals> {
    let duration_s = (run.last_step_s() - run.counted_from().s()).max(0.0);
    let mut totals = vec![LinkTotals { duration_s, ..LinkTotals::default() }; run.loaded.parts.links.len()];
    for row in run.results.links.iter().filter(|row| row.class.is_none()) {
        let total = &mut totals[row.link.index()];
        total.distance_m += row.distance_m;
        total.time_s += row.time_s;
    }
    totals
}

/// Some trips.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TripTotals {
    /// Trips due within the run.
    pub loaded: u64,
    /// Entered.
    pub departed: u64,
    /// Reached their end.
    pub arrived: u64,
    /// On the road at the end.
    pub running: u64,
    /// Due, not let in.
    pub waiting_to_depart: u64,
    /// Given up.
    pub rejected: u64,
    /// Turns taken because the right lane was out of reach.
    pub missed_turns: u64,
    /// Scheduled departure to arrival or the end of the run, all loaded trips.
    pub time_spent_s: f64,
    /// Depart delay and time loss, all loaded trips.
    pub delay_s: f64,
    /// What all of them used and emitted; `None` where nobody asked.
    pub emitted: Option<Emitted>,
    /// Arrived trips that departed after the warm-up: the means below are over these.
    pub counted: u64,
    /// Sum of their times on the road.
    pub duration_s: f64,
    /// Sum of their time losses.
    pub time_loss_s: f64,
    /// Sum of their waiting times.
    pub waiting_s: f64,
    /// Sum of their stops.
    pub stops: f64,
    /// Sum of their depart delays.
    pub depart_delay_s: f64,
    /// Sum of their lengths.
    pub length_m: f64,
    /// Sum of their mean speeds.
    pub speed_mps: f64,
}

impl TripTotals {
    /// Adds a trip.
    pub fn add(&mut self, run: &FinishedRun<'_>, row: &TripRow) {
        let scheduled_s = run.trip(row.trip).depart.s();
        self.loaded += 1;
        self.departed += u64::from(row.depart_s.is_some());
        match row.status {
            TripStatus::Arrived => self.arrived += 1,
            TripStatus::Running => self.running += 1,
            TripStatus::Waiting => self.waiting_to_depart += 1,
            TripStatus::Rejected => self.rejected += 1,
        }
        self.missed_turns += u64::from(row.missed_turns);
        if let Some(emitted) = &row.emitted {
            self.emitted = Some(self.emitted.unwrap_or_default().plus(emitted));
        }
        let end_s = run.last_step_s();
        self.time_spent_s += (row.arrival_s.unwrap_or(end_s) - scheduled_s).max(0.0);
        self.delay_s += (row.depart_s.unwrap_or(end_s) - scheduled_s).max(0.0) + row.time_loss_s;
        let (TripStatus::Arrived, Some(depart_s), Some(arrival_s)) = (row.status, row.depart_s, row.arrival_s) else {
            return;
        };
        if depart_s < run.counted_from().s() {
            return;
        }
        self.counted += 1;
        self.duration_s += arrival_s - depart_s;
        self.time_loss_s += row.time_loss_s;
        self.waiting_s += row.waiting_s;
        self.stops += f64::from(row.stops);
        self.depart_delay_s += depart_s - scheduled_s;
        self.length_m += row.length_m;
        self.speed_mps += ratio(row.length_m, arrival_s - depart_s).unwrap_or(0.0);
    }
    /// The mean over counted trips of one of their sums.
    pub fn mean(&self, sum: f64) -> Option<f64> {
        ratio(sum, self.counted as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.95), Some(7.0));
        assert_eq!(quantile(&[3.0, 1.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[0.0, 10.0, 20.0, 30.0, 40.0], 0.95), Some(38.0));
    }
}
