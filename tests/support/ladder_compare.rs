//! Compares two records of a case, vehicle by vehicle and step by step.

use std::collections::BTreeMap;

use crate::ladder_case::{Allowance, Record, State, TRIP_QUANTITIES, Tolerance, Trip};

/// A deviation beyond the tolerance.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Deviation {
    /// When it is first seen; for trips, their expected end.
    pub time_s: f64,
    /// Whose.
    pub vehicle: String,
    /// `entry`, `exit`, `lane`, `position_m`, `speed_mps` or `trip <measure>`.
    pub quantity: String,
    /// What our engine says.
    pub ours: String,
    /// What SUMO says.
    pub expected: String,
    /// The cause, if the case allows it.
    pub allowed_because: Option<String>,
}

/// What a comparison found.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Findings {
    /// Vehicle states compared.
    pub n_states: usize,
    /// Largest deviation in position among states on the same lane.
    pub position_m_max: f64,
    /// Largest deviation in speed.
    pub speed_mps_max: f64,
    /// All deviations beyond the tolerance by (time, vehicle).
    pub deviations: Vec<Deviation>,
}

impl Findings {
    /// The deviations that no allowance covers.
    pub(crate) fn unexcused(&self) -> impl Iterator<Item = &Deviation> {
        self.deviations.iter().filter(|deviation| deviation.allowed_because.is_none())
    }
}

/// Compares our record of a case with the expected one.
pub(crate) fn compare(ours: &Record, expected: &Record, tolerance: &Tolerance) -> Findings {
    let mut findings = Findings::default();
    let our_vehicles = by_vehicle(&ours.states);
    let expected_vehicles = by_vehicle(&expected.states);
    for (vehicle, theirs) in &expected_vehicles {
        let empty = BTreeMap::new();
        compare_vehicle(vehicle, our_vehicles.get(vehicle).unwrap_or(&empty), theirs, tolerance, &mut findings);
    }
    for (vehicle, states) in our_vehicles.iter().filter(|(vehicle, _)| !expected_vehicles.contains_key(*vehicle)) {
        let time_s = states.keys().next().map_or(0.0, |time_ms| seconds(*time_ms));
        findings.deviations.push(deviation(time_s, vehicle, "entry", format!("{time_s} s"), "never".to_owned()));
    }
    compare_trips(&ours.trips, &expected.trips, tolerance, &mut findings);
    for found in &mut findings.deviations {
        let covering = tolerance.allowances.iter().find(|allowance| covers(allowance, found));
        found.allowed_because = covering.map(|allowance| allowance.cause.clone());
    }
    findings.deviations.sort_by(|a, b| a.time_s.total_cmp(&b.time_s).then_with(|| a.vehicle.cmp(&b.vehicle)));
    findings
}

type Course<'a> = BTreeMap<i64, &'a State>;

fn by_vehicle(states: &[State]) -> BTreeMap<&str, Course<'_>> {
    let mut vehicles: BTreeMap<&str, Course<'_>> = BTreeMap::new();
    for state in states {
        vehicles.entry(&state.vehicle).or_default().insert(state.time_ms, state);
    }
    vehicles
}

fn compare_vehicle(vehicle: &str, ours: &Course<'_>, theirs: &Course<'_>, tolerance: &Tolerance, found: &mut Findings) {
    let ends =
        [("entry", ours.keys().next(), theirs.keys().next()), ("exit", ours.keys().last(), theirs.keys().last())];
    for (quantity, our_ms, their_ms) in ends {
        let equal = match (our_ms, their_ms) {
            (Some(a), Some(b)) => seconds((a - b).abs()) <= tolerance.entry_s + 1e-9,
            (a, b) => a == b,
        };
        if !equal {
            let first_ms = our_ms.into_iter().chain(their_ms).min().copied().unwrap_or(0);
            let word = |time_ms: Option<&i64>| time_ms.map_or("never".to_owned(), |ms| format!("{} s", seconds(*ms)));
            found.deviations.push(deviation(seconds(first_ms), vehicle, quantity, word(our_ms), word(their_ms)));
        }
    }
    for (time_ms, theirs) in theirs {
        let Some(ours) = ours.get(time_ms) else { continue };
        found.n_states += 1;
        compare_state(ours, theirs, tolerance, found);
    }
}

fn compare_state(ours: &State, theirs: &State, tolerance: &Tolerance, found: &mut Findings) {
    let time_s = seconds(theirs.time_ms);
    let vehicle = &theirs.vehicle;
    let speed_off_mps = (ours.speed_mps - theirs.speed_mps).abs();
    found.speed_mps_max = found.speed_mps_max.max(speed_off_mps);
    if ours.lane != theirs.lane {
        let words = |state: &State| format!("{} at {:.3} m", state.lane, state.position_m);
        found.deviations.push(deviation(time_s, vehicle, "lane", words(ours), words(theirs)));
    } else {
        let position_off_m = (ours.position_m - theirs.position_m).abs();
        found.position_m_max = found.position_m_max.max(position_off_m);
        if is_beyond(position_off_m, tolerance.position_m) {
            let words = |state: &State| format!("{:.4} on {}", state.position_m, state.lane);
            found.deviations.push(deviation(time_s, vehicle, "position_m", words(ours), words(theirs)));
        }
    }
    if is_beyond(speed_off_mps, tolerance.speed_mps) {
        let words = |state: &State| format!("{:.4} on {}", state.speed_mps, state.lane);
        found.deviations.push(deviation(time_s, vehicle, "speed_mps", words(ours), words(theirs)));
    }
}

fn compare_trips(ours: &[Trip], expected: &[Trip], tolerance: &Tolerance, found: &mut Findings) {
    let our_trips: BTreeMap<&str, &Trip> = ours.iter().map(|trip| (trip.vehicle.as_str(), trip)).collect();
    for theirs in expected {
        let time_s = theirs.values[1];
        let Some(ours) = our_trips.get(theirs.vehicle.as_str()) else {
            let words = ["not arrived".to_owned(), format!("arrived at {time_s} s")];
            let [ours, expected] = words;
            found.deviations.push(deviation(time_s, &theirs.vehicle, "trip", ours, expected));
            continue;
        };
        for (index, quantity) in TRIP_QUANTITIES.iter().enumerate() {
            let allowed = match *quantity {
                "depart_s" | "arrival_s" => tolerance.entry_s,
                "length_m" => tolerance.trip_m,
                "stops" => 0.0,
                _ => tolerance.trip_s,
            };
            let (a, b) = (ours.values[index], theirs.values[index]);
            if is_beyond((a - b).abs(), allowed) {
                let quantity = format!("trip {quantity}");
                found.deviations.push(deviation(
                    time_s,
                    &theirs.vehicle,
                    &quantity,
                    format!("{a:.3}"),
                    format!("{b:.3}"),
                ));
            }
        }
    }
}

/// Not "less or equal", so that a value that is no number deviates.
fn is_beyond(off: f64, allowed: f64) -> bool {
    off.is_nan() || off > allowed + 1e-9
}

fn covers(allowance: &Allowance, deviation: &Deviation) -> bool {
    let first_word = deviation.quantity.split(' ').next().unwrap_or("");
    deviation.time_s >= allowance.first_s
        && (allowance.vehicles.is_empty() || allowance.vehicles.contains(&deviation.vehicle))
        && (allowance.quantities.is_empty()
            || allowance.quantities.iter().any(|name| *name == deviation.quantity || name == first_word))
}

fn deviation(time_s: f64, vehicle: &str, quantity: &str, ours: String, expected: String) -> Deviation {
    Deviation {
        time_s,
        vehicle: vehicle.to_owned(),
        quantity: quantity.to_owned(),
        ours,
        expected,
        allowed_because: None,
    }
}

fn seconds(time_ms: i64) -> f64 {
    time_ms as f64 / 1000.0
}
