//! Where lighting meets traffic: what lamps are told of it, and when they are looked at.

use crate::city::City;
use crate::engine::drive::Work;
use crate::engine::params::RunParams;
use crate::engine::recorder::Recorder;
use crate::ids::LinkId;
use crate::lighting::Lighting;
use crate::lighting::control::{self, LightingState};
use crate::lighting::record::LightingRecord;
use crate::ports::{LinkTraffic, Ports};
use crate::power::system::PowerState;
use crate::rows::Column;
use crate::traffic::demand::Demand;
use crate::traffic::state::Traffic;

/// Whether lamps are looked at in the step that begins now.
pub(super) fn are_due(city: &City, params: &RunParams, state: &LightingState, now_ms: i64) -> bool {
    let is_back = state.next_ms.is_some_and(|next_ms| next_ms <= now_ms);
    let is_on_rhythm = is_back || city.lighting.is_due(now_ms, params.step_ms, params.interval_ms);
    is_on_rhythm || (!city.lighting.is_empty() && !state.is_started())
}

/// Records the state that was in force until now, then lets the lamps follow clock, traffic and supply; tells whether they
/// would take something else than before.
pub(super) fn run(
    lighting: &Lighting,
    now_ms: i64,
    traffic: &Traffic,
    (ports, state, power): (&mut Ports, &mut LightingState, &mut PowerState),
    record: &mut LightingRecord,
) -> bool {
    power.has_switched_lamps = false;
    if state.is_started() {
        record.add(lighting, state, ports, now_ms);
    }
    let occupied = ports.link_occupied.as_mut_slice().iter_mut().zip(&traffic.own);
    occupied.for_each(|(is_occupied, vehicles)| *is_occupied = !vehicles.is_empty());
    control::run(lighting, now_ms, ports, state)
}

/// Adds what vehicles drove on the links they began the step on; nothing where no lamp asks for it.
pub(super) fn count_traffic<'a>(
    links: &mut Column<LinkId, LinkTraffic>,
    driven: impl Iterator<Item = (&'a [LinkId], &'a Work)>,
    recorder: &Recorder,
    demand: &Demand,
) {
    if links.is_empty() {
        return;
    }
    let n = recorder.classes.len();
    // Passenger-car units of a class are those of its first type.
    let pcu_of = |class| demand.types.iter().find(|kind| kind.class == class).map(|kind| kind.passenger_car_units);
    let pcu: Vec<f64> = recorder.classes.iter().map(|class| pcu_of(*class).unwrap_or(1.0)).collect();
    for (link, by_class) in driven.flat_map(|(links, work)| links.iter().zip(work.driven.chunks(n.max(1)))) {
        let sum = &mut links[*link];
        for ((driven, class), pcu) in by_class.iter().zip(&recorder.classes).zip(&pcu) {
            sum.vehicle_m += driven.distance_m;
            sum.vehicle_s += driven.time_s;
            sum.pcu_m += driven.distance_m * pcu;
            if class.is_two_wheeler() {
                sum.two_wheeler_m += driven.distance_m;
            }
        }
    }
}
