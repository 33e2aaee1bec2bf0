//! Rows of the use of streets and of conflicts.

use crate::city::City;
use crate::engine::interactions::{InteractionInterval, StreetSum};
use crate::engine::recorder::{Interval, Recorder};
use crate::ids::LinkId;
use crate::kpi::Results;
use crate::kpi::rows::{ConflictRow, StreetRow};
use crate::units::VehicleClass;

/// Time of following from which motorcycle units are told.
const FOLLOWING_MIN_S: f64 = 60.0;

/// Adds what was measured until the last step.
pub(super) fn collect(recorder: &Recorder, city: &City, last_step_ms: i64, results: &mut Results) {
    let Some(interactions) = &recorder.interactions else { return };
    let intervals = recorder.closed.iter().chain([&recorder.open]);
    for (interval, measured) in intervals.zip(&interactions.intervals) {
        let end_ms = interval.end_ms.min(last_step_ms.max(interval.begin_ms));
        if end_ms > interval.begin_ms {
            streets(recorder, city, (interval, end_ms), measured, &mut results.streets);
            conflicts(recorder, (interval, end_ms), measured, &mut results.conflicts);
        }
    }
}

fn streets(
    recorder: &Recorder,
    city: &City,
    (interval, end_ms): (&Interval, i64),
    measured: &InteractionInterval,
    rows: &mut Vec<StreetRow>,
) {
    let mut sums = measured.streets.iter().peekable();
    while let Some(((link, _), _)) = sums.peek() {
        let link = *link;
        let mut by_class: Vec<(u8, StreetSum)> = Vec::new();
        while let Some(((_, class), sum)) = sums.next_if(|((of, _), _)| *of == link) {
            by_class.push((*class, *sum));
        }
        let motorcycles = by_class
            .iter()
            .find(|(class, _)| recorder.classes[*class as usize] == VehicleClass::Motorcycle)
            .map(|(_, sum)| *sum);
        let mut all = StreetSum::default();
        for (_, sum) in &by_class {
            all.add(sum);
        }
        let row = |class: Option<VehicleClass>, sum: StreetSum| StreetRow {
            link,
            class,
            begin_s: interval.begin_ms as f64 / 1000.0,
            end_s: end_ms as f64 / 1000.0,
            length_m: city.network.links[link].length_m,
            width_m: city.network.links[link].width_m,
            sum,
            motorcycle_units: None,
            greens: None,
        };
        rows.push(StreetRow { greens: Some(greens(measured, link)), ..row(None, all) });
        for (class, sum) in by_class {
            let motorcycle_units = motorcycles.and_then(|motorcycles| motorcycle_units(&sum, &motorcycles));
            rows.push(StreetRow { motorcycle_units, ..row(Some(recorder.classes[class as usize]), sum) });
        }
    }
}

fn greens(measured: &InteractionInterval, link: LinkId) -> crate::engine::interactions::GreenSum {
    measured.greens.get(&link).copied().unwrap_or_default()
}

/// Area used over speed, as multiple of a motorcycle's.
fn motorcycle_units(of: &StreetSum, motorcycles: &StreetSum) -> Option<f64> {
    let enough = [of, motorcycles].iter().all(|sum| sum.following_s >= FOLLOWING_MIN_S && sum.following_m > 0.0);
    // Area by time over distance by time: the time of following cancels.
    let area_s = |sum: &StreetSum| sum.used_m2_s / sum.following_m;
    enough.then(|| area_s(of) / area_s(motorcycles))
}

fn conflicts(
    recorder: &Recorder,
    (interval, end_ms): (&Interval, i64),
    measured: &InteractionInterval,
    rows: &mut Vec<ConflictRow>,
) {
    for (&(link, encounter, class, other), sum) in &measured.conflicts {
        rows.push(ConflictRow {
            link,
            begin_s: interval.begin_ms as f64 / 1000.0,
            end_s: end_ms as f64 / 1000.0,
            encounter,
            class: recorder.classes[class as usize],
            other: recorder.classes[other as usize],
            sum: *sum,
        });
    }
}
