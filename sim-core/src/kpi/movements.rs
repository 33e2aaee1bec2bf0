//! Rows of movements, and their capacities.
//!
//! Capacity = green share × Σ over lanes of (saturation flow × the movement's share of the lane). The green share is
//! that of the interval, saturation flow and lane shares are those of the run.

use crate::engine::recorder::{Interval, MovementSum};
use crate::engine::stop_lines::{StopLines, leaves_road};
use crate::ids::{ConnectorId, LaneId, MovementId};
use crate::kpi::rows::MovementRow;
use crate::network::Network;
use crate::rows::Column;

/// Saturation flow where the run gives none, in passenger cars per hour and lane.
const DEFAULT_SATURATION_PCPH: f64 = 1900.0;
/// Headways from which a saturation flow is taken.
const HEADWAYS_MIN: u32 = 10;

/// What gives the capacity of a movement.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Supply {
    /// Lanes that serve it, shared ones in part.
    lanes: f64,
    n_headways: u32,
    headways_ms: i64,
    /// Length of the longest lane that serves it.
    storage_m: f64,
}

/// What gives the capacities of all movements.
pub(super) struct Capacities {
    supplies: Column<MovementId, Supply>,
}

impl Capacities {
    pub(super) fn new(network: &Network, stop_lines: &StopLines) -> Self {
        let mut supplies = Column::filled(Supply::default(), network.movements.len());
        for lane in network.lanes.ids() {
            add_lane(network, stop_lines, lane, &mut supplies);
        }
        Self { supplies }
    }

    /// Capacity in vehicles per hour for vehicles of this many passenger-car units each.
    fn vph(&self, movement: MovementId, green_share: f64, pcu: f64) -> f64 {
        let supply = &self.supplies[movement];
        let per_lane_vph = if supply.n_headways >= HEADWAYS_MIN && supply.headways_ms > 0 {
            3_600_000.0 * f64::from(supply.n_headways) / supply.headways_ms as f64
        } else {
            DEFAULT_SATURATION_PCPH / pcu
        };
        green_share * per_lane_vph * supply.lanes
    }
}

/// Adds a lane to the movements that it serves, by their shares of the vehicles that crossed from it.
fn add_lane(network: &Network, stop_lines: &StopLines, lane: LaneId, supplies: &mut Column<MovementId, Supply>) {
    let serves =
        |&connector: &ConnectorId| leaves_road(network, connector) && network.connectors[connector].movement.is_some();
    let connectors: Vec<ConnectorId> = network.outgoing[lane].iter().copied().filter(serves).collect();
    let served: u32 = connectors.iter().map(|&connector| stop_lines.sums[connector].served).sum();
    for &connector in &connectors {
        let sum = &stop_lines.sums[connector];
        let supply = &mut supplies[network.connectors[connector].movement];
        supply.lanes +=
            if served > 0 { f64::from(sum.served) / f64::from(served) } else { 1.0 / connectors.len() as f64 };
        supply.n_headways += sum.n_headways;
        supply.headways_ms += sum.headways_ms;
        supply.storage_m = supply.storage_m.max(network.lanes[lane].length_m);
    }
}

/// Appends the rows of an interval.
pub(super) fn rows(
    network: &Network,
    capacities: &Capacities,
    interval: &Interval,
    end_ms: i64,
    rows: &mut Vec<MovementRow>,
) {
    for (id, sum) in interval.movements.enumerate() {
        let movement = &network.movements[id];
        let is_signalized = movement.signal.is_some();
        let was_used = sum.demand + sum.served > 0 || sum.longest_queue_m > 0.0;
        rows.push(MovementRow {
            movement: id,
            junction: movement.junction,
            begin_s: interval.begin_ms as f64 / 1000.0,
            end_s: end_ms as f64 / 1000.0,
            demand: sum.demand,
            served: sum.served,
            served_pcu: sum.served_pcu,
            left: sum.left,
            delay_s_sum: sum.delay_s,
            person_delay_s_sum: sum.person_delay_s,
            persons: sum.persons,
            stops: sum.stops,
            back_of_queue_m: if is_signalized { sum.back_of_queue_m.clone() } else { vec![sum.longest_queue_m] },
            storage_m: capacities.supplies[id].storage_m,
            spillback_share: (was_used && interval.watched_s > 0.0).then(|| sum.blocked_s / interval.watched_s),
            capacity_vph: capacity_vph(capacities, id, sum),
            arrivals: sum.arrivals,
            arrivals_on_green_share: (is_signalized && sum.arrivals > 0)
                .then(|| f64::from(sum.arrivals_on_green) / f64::from(sum.arrivals)),
            is_signalized,
        });
    }
}

fn capacity_vph(capacities: &Capacities, movement: MovementId, sum: &MovementSum) -> Option<f64> {
    let pcu = if sum.served > 0 && sum.served_pcu > 0.0 { sum.served_pcu / f64::from(sum.served) } else { 1.0 };
    (sum.heads_s > 0.0).then(|| capacities.vph(movement, sum.green_s / sum.heads_s, pcu))
}
