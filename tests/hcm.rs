//! Worked examples of the Highway Capacity Manual, read from `CITYTWIN_DATA/hcm`: one test a case, against what the
//! exhibits print. Skipped, and said so, without that folder.

#[path = "support/hcm_case.rs"]
mod hcm_case;

use hcm_case::{all_way_stop, case, check, roundabout, segment, signal, two_way_stop};
use sim_core::signals::hcm::{all_way_stop, roundabout, segment, signal, two_way_stop};

/// Chapter 31, Example Problem 1, Exhibits 31-76 to 31-82. The case gives phase durations as printed, to a tenth of a
/// second; that alone moves some last digits by one. `sim-core` tests the same junction with durations to a hundredth.
#[test]
fn signal_of_fifth_avenue_and_twelfth_street() {
    let Some(case) = case("signalized_case1.json") else { return };
    let outcome = signal::analyze(&signal(&case));
    let groups = &outcome.groups;
    let of = |value: fn(&signal::LaneGroup) -> f64| groups.iter().map(value);
    check("31-76", of(|group| group.flow.total_vph()), 1.0, "71 239 185 118 337 287 133 870 863 194 513 497");
    check(
        "31-77",
        of(|group| group.saturation_vphpl),
        1.0,
        "702 1643 1201 825 1643 1398 1603 1683 1648 1603 1683 1630",
    );
    check(
        "31-78",
        of(|group| group.share_on_green),
        0.01,
        "0.29 0.29 0.29 0.29 0.29 0.29 0.06 0.49 0.49 0.10 0.53 0.53",
    );
    check("31-80", of(|group| group.capacity_vph), 1.0, "149 484 354 208 484 412 328 827 809 225 887 859");
    check(
        "31-80",
        of(|group| group.volume_to_capacity),
        0.01,
        "0.47 0.49 0.52 0.57 0.70 0.70 0.41 1.05 1.07 0.86 0.58 0.58",
    );
    check("31-81 d1", of(|group| group.uniform_s), 0.1, "44.6 29.6 29.9 41.3 31.9 31.9 13.2 25.9 25.9 28.9 16.4 16.4");
    check("31-81 d2", of(|group| group.incremental_s), 0.1, "0.9 0.3 0.7 2.3 3.6 4.3 0.3 46.0 50.8 3.8 0.6 0.7");
    check(
        "31-81 d",
        of(|group| group.control_delay_s),
        0.1,
        "45.5 29.9 30.6 43.5 35.5 36.2 13.5 72.0 76.7 32.6 17.0 17.1",
    );
    assert_eq!(groups.iter().map(|group| group.level.letter()).collect::<String>(), "DCCDDDBFFCBB");
    check("31-81", outcome.approaches.iter().map(|sum| sum.control_delay_s), 0.1, "32.4 37.0 70.0 19.6");
    assert_eq!(outcome.approaches.iter().map(|sum| sum.level.letter()).collect::<String>(), "CDEB");
    check("31-81", [outcome.junction.control_delay_s], 0.1, "45.9");
    assert_eq!(outcome.junction.level.letter(), 'D');
    let queued = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11].map(|index: usize| groups[index].back_of_queue_veh);
    check("31-82", queued, 0.1, "1.8 4.8 3.8 7.6 6.6 1.4 28.9 29.4 4.9 7.7 7.5");
}

/// Chapter 33, Example Problem 1, Exhibit 33-8.
#[test]
fn roundabout_with_bypasses() {
    let Some(case) = case("roundabouts_case1.json") else { return };
    let outcome = roundabout::analyze(&roundabout(&case));
    // NB, WB, SB, EB: in the order of circulation.
    let lanes: Vec<&roundabout::Lane> =
        outcome.entries.iter().flat_map(|entry| entry.lanes.iter().chain(&entry.bypass)).collect();
    check("capacity", lanes.iter().filter_map(|lane| lane.capacity_vph), 1.0, "597 694 851 618 824");
    check("delay", lanes.iter().map(|lane| lane.control_delay_s), 0.1, "22.6 26.8 20.2 14.0 0.0 22.0");
    assert_eq!(lanes.iter().map(|lane| lane.level.letter()).collect::<String>(), "CDCBAC");
    check("entries", outcome.entries[1..3].iter().map(|entry| entry.control_delay_s), 0.1, "23.3 4.7");
    check("queue", [lanes[0].queue_p95_veh], 0.1, "5.7");
    check("junction", [outcome.control_delay_s], 0.1, "17.5");
    assert_eq!(outcome.level.letter(), 'C');
}

/// Chapter 32, all-way stop Example Problem 1, Exhibit 32-21.
#[test]
fn all_way_stop_at_a_t() {
    let Some(case) = case("awsc_case1.json") else { return };
    let outcome = all_way_stop::analyze(&all_way_stop(&case));
    // EB, SB, WB.
    let lanes: Vec<&all_way_stop::Lane> = outcome.lanes.iter().flatten().collect();
    // The book stops repeating when headways change by less than 0.1 s.
    check("headway", lanes.iter().map(|lane| lane.headway_s), 0.03, "4.97 5.70 4.74");
    check("delay", lanes.iter().map(|lane| lane.control_delay_s), 0.1, "13.0 10.6 13.5");
    check("queue", [lanes[0].queue_p95_veh], 0.1, "2.9");
    check("junction", [outcome.control_delay_s], 0.1, "12.8");
    assert_eq!(outcome.level.letter(), 'B');
}

/// Chapter 32, two-way stop Example Problem 1.
#[test]
fn two_way_stop_at_a_t() {
    let Some(case) = case("twsc_case1.json") else { return };
    let outcome = two_way_stop::analyze(&two_way_stop(&case));
    check("capacity", [4, 9, 7].map(|movement| outcome.capacities_vph[movement - 1]), 1.0, "1238 760 268");
    let (left, lane) = (&outcome.major_left[1], &outcome.minor[0][0]);
    check("shared lane", [lane.capacity_vph], 1.0, "521");
    check("delay", [left.control_delay_s, lane.control_delay_s], 0.1, "8.3 14.9");
    assert_eq!([left.level.letter(), lane.level.letter()], ['A', 'B']);
    check("queue", [left.queue_p95_veh, lane.queue_p95_veh], 0.1, "0.4 1.3");
    check("approaches", outcome.approach_delays_s, 0.1, "0.0 2.9 14.9 0.0");
    check("junction", [outcome.control_delay_s], 0.1, "4.1");
}

/// Chapter 32, two-way stop Example Problem 3.
#[test]
fn two_way_stop_in_two_stages() {
    let Some(case) = case("twsc_case2.json") else { return };
    let outcome = two_way_stop::analyze(&two_way_stop(&case));
    check("capacity", [8, 11, 7, 10].map(|movement| outcome.capacities_vph[movement - 1]), 1.0, "390 405 365 342");
    let lanes = [&outcome.minor[0][0], &outcome.minor[1][0]];
    check("flared lanes", lanes.map(|lane| lane.capacity_vph), 1.0, "498 487");
    check("delay", lanes.map(|lane| lane.control_delay_s), 0.1, "18.3 15.6");
    assert_eq!(lanes.map(|lane| lane.level.letter()), ['C', 'C']);
    check("left turns", outcome.major_left.iter().map(|lane| lane.control_delay_s), 0.1, "8.4 8.2");
    check("queue", lanes.map(|lane| lane.queue_p95_veh), 0.1, "2.4 1.3");
    check("approaches", outcome.approach_delays_s[..2].iter().copied(), 0.1, "0.8 1.2");
    check("junction", [outcome.control_delay_s], 0.1, "6.3");
}

/// Chapter 30, Example Problem 1, Exhibit 30-36.
#[test]
fn urban_segment_between_signals() {
    let Some(case) = case("urbansegments_case1.json") else { return };
    let outcome = segment::analyze(&segment(&case));
    let miph = |speed_mps: f64| speed_mps * 3600.0 / 1609.344;
    let speeds = [outcome.base_speed_mps, outcome.running_speed_mps, outcome.travel_speed_mps];
    check("speeds", speeds.map(miph), 0.0, "40.78 36.59 23.67");
    check("running time", [outcome.running_time_s], 0.0, "33.54");
    check("stops", outcome.stops_per_mile, 0.01, "1.61");
    check("score", outcome.score, 0.0, "2.53");
    assert_eq!(outcome.level.letter(), 'C');
}
