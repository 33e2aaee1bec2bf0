//! The measures of results: one source for `citytwin measures`, `docs/measures.md` and the reader's questions.

mod environment;
mod interactions;
mod power;

use std::fmt::Write;

use serde::Serialize;

/// A measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Measure {
    /// Name as in columns, without unit.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Where it stands: `table.column` or `summary.json` path.
    pub found_in: &'static [&'static str],
    /// What it is.
    pub definition: &'static str,
    /// How the Highway Capacity Manual's differs.
    pub hcm: &'static str,
    /// How Synchro's differs.
    pub synchro: &'static str,
    /// How SUMO's differs.
    pub sumo: &'static str,
}

/// Words where another source has no such measure.
const NONE: &str = "no such measure";

/// All measures.
pub fn all() -> impl Iterator<Item = &'static Measure> {
    let of_traffic = TRAFFIC.iter().chain(interactions::INTERACTIONS);
    of_traffic.chain(power::POWER).chain(environment::ENVIRONMENT)
}

/// Measures of traffic.
const TRAFFIC: &[Measure] = &[
    Measure {
        name: "duration",
        unit: "s",
        found_in: &["trips.duration_s", "summary.trips.mean_duration_s"],
        definition: "time on the road, from the instant the vehicle enters to the instant it arrives; depart delay is not part of it",
        hcm: "travel time of a segment or facility, not of a trip",
        synchro: NONE,
        sumo: "the same (`tripinfo` duration)",
    },
    Measure {
        name: "depart_delay",
        unit: "s",
        found_in: &["trips.depart_delay_s", "summary.trips.mean_depart_delay_s"],
        definition: "entry after the scheduled departure, because the first link was full or no safe gap came",
        hcm: "unmet demand is carried over as initial queue instead",
        synchro: "called denied entry in SimTraffic",
        sumo: "the same (`departDelay`); vehicles never let in count here in totals, in SUMO they do not",
    },
    Measure {
        name: "time_loss",
        unit: "s",
        found_in: &["trips.time_loss_s", "summary.trips.mean_time_loss_s"],
        definition: "sum over steps of (1 − speed / desired speed) × step, the desired speed being the driver's own: speed limit × speed factor, at most the vehicle's top speed; nothing accrues at planned stops",
        hcm: "no such measure for trips; compare control delay",
        synchro: "SimTraffic's total delay is against the link's free-flow speed",
        sumo: "the same (`timeLoss`)",
    },
    Measure {
        name: "waiting",
        unit: "s",
        found_in: &["trips.waiting_s", "summary.trips.mean_waiting_s"],
        definition: "time at or below 0.1 m/s, planned stops left out",
        hcm: "stopped delay uses 5 mi/h in field studies",
        synchro: "SimTraffic's stop delay is below 10 ft/s",
        sumo: "the same (`waitingTime`)",
    },
    Measure {
        name: "stops",
        unit: "",
        found_in: &["trips.stops", "summary.trips.mean_stops", "movements.stops_per_vehicle"],
        definition: "how often waiting began: each fall to 0.1 m/s or below from a higher speed",
        hcm: "stop rate counts full stops by a queueing formula; a vehicle that moves up in a queue is not counted again",
        synchro: "a stop counts again only after 15 ft/s were reached",
        sumo: "the same (`waitingCount`)",
    },
    Measure {
        name: "mean_speed of trips",
        unit: "m/s",
        found_in: &["summary.trips.mean_speed_mps"],
        definition: "mean over trips of their own length over duration",
        hcm: "travel speed is distance over mean time",
        synchro: "distance over time of all vehicles",
        sumo: "the same (`vehicleTripStatistics` speed)",
    },
    Measure {
        name: "total_time_spent",
        unit: "s",
        found_in: &["summary.totals.total_time_spent_s"],
        definition: "sum over all loaded trips of the time from scheduled departure to arrival, or to the last step of the run for those that did not arrive; this is the total that ranks variants, since no variant gains by keeping vehicles out or stuck",
        hcm: NONE,
        synchro: "SimTraffic's total travel time counts vehicles on the road only",
        sumo: "`totalTravelTime` + `totalDepartDelay` count arrived or inserted vehicles only",
    },
    Measure {
        name: "total_delay",
        unit: "s",
        found_in: &["summary.totals.total_delay_s"],
        definition: "sum over all loaded trips of depart delay and time loss, running and never-inserted ones included",
        hcm: NONE,
        synchro: "without denied entry unless added",
        sumo: "`timeLoss` + `departDelay` of arrived or inserted vehicles only",
    },
    Measure {
        name: "flow",
        unit: "veh/h",
        found_in: &["links.flow_vph"],
        definition: "Edie: distance driven on the link by all vehicles in the interval, over link length × interval; all lanes together, motorcycles as one vehicle",
        hcm: "count at a point over 15 minutes, often in passenger cars",
        synchro: "input volume",
        sumo: "`flow` of newer versions: speed × density, the same; `entered` counts differ",
    },
    Measure {
        name: "density",
        unit: "veh/km",
        found_in: &["links.density_vpkm"],
        definition: "Edie: time spent on the link by all vehicles, over link length × interval; all lanes together",
        hcm: "per lane and in passenger cars",
        synchro: NONE,
        sumo: "the same (`density`)",
    },
    Measure {
        name: "mean_speed of links",
        unit: "m/s",
        found_in: &["links.mean_speed_mps", "map.svg"],
        definition: "Edie's space-mean speed: distance driven over time spent, standing vehicles included; empty without vehicles",
        hcm: "space-mean speed, too",
        synchro: "arterial speed from computed delay",
        sumo: "the same (`speed`)",
    },
    Measure {
        name: "travel_time of links",
        unit: "s",
        found_in: &["links.travel_time_s"],
        definition: "mean over vehicles that entered at the link's start and left at its end in the interval of the time between",
        hcm: "segment travel time includes the control delay at its end, as here",
        synchro: "running time and signal delay",
        sumo: "`traveltime` is length over mean speed, an estimate",
    },
    Measure {
        name: "demand",
        unit: "veh/h",
        found_in: &["movements.demand_vph", "junctions.demand_vph"],
        definition: "vehicles that came onto the approach for this movement in the interval, over the interval; vehicles still held upstream are not part of it",
        hcm: "demand flow rate of the analysis period, upstream queues included",
        synchro: "adjusted input volume",
        sumo: NONE,
    },
    Measure {
        name: "served",
        unit: "veh/h",
        found_in: &["movements.served_vph", "movements.served_pcu_h", "junctions.served_vph"],
        definition: "vehicles whose front crossed the stop line in the interval, over the interval; in passenger-car units by vehicle type",
        hcm: "throughput: the smaller of demand and capacity",
        synchro: "SimTraffic: vehicles exited",
        sumo: "a detector at the stop line counts the same",
    },
    Measure {
        name: "control_delay",
        unit: "s/veh",
        found_in: &["movements.control_delay_s", "junctions.control_delay_s"],
        definition: "mean over vehicles that left the junction in the interval of travel time on the approach and through the junction minus the time at the driver's own desired speed: braking, standing, moving up and speeding up",
        hcm: "the same idea, from a formula (uniform, incremental and initial-queue delay) for the vehicles that arrive in a 15-minute period; oversaturated periods count delay after their end, simulation does not",
        synchro: "percentile delay method, with a queue-interaction term",
        sumo: "`timeLoss` of edgeData is near, but goes to the edge on which it happens",
    },
    Measure {
        name: "person_delay",
        unit: "s/person",
        found_in: &["movements.person_delay_s", "junctions.person_delay_s"],
        definition: "control delay weighted by the people in each vehicle",
        hcm: "no such measure for junctions",
        synchro: NONE,
        sumo: NONE,
    },
    Measure {
        name: "back_of_queue",
        unit: "m",
        found_in: &[
            "movements.back_of_queue_p50_m",
            "movements.back_of_queue_p95_m",
            "movements.storage_m",
            "junctions.back_of_queue_p95_m",
        ],
        definition: "per cycle the farthest distance from the stop line of the rear of a vehicle of the movement in a queue, looked at once a second. A queue stands on one lane: vehicles slower than 1.4 m/s, the first at most 20 m before the stop line, each at most 20 m behind the rear of the one before, vehicles of other movements on the lane included; vehicles at planned stops are not part of it. At most the length of the link: what stands beyond it is the queue of the movement behind. A cycle counts in the interval in which it ends, one cut by the beginning or the end of the run not at all. p50 and p95 over the cycles of the interval (without signal, the longest queue of the interval), linear between order statistics; `storage_m` to compare it with is the length of the longest approach lane that serves the movement",
        hcm: "percentile back of queue by formula, in vehicles per lane",
        synchro: "50th and 95th percentile queue by formula; 95th at 90 % saturation at least",
        sumo: "lane-area detectors give jam lengths by other thresholds",
    },
    Measure {
        name: "spillback_share",
        unit: "",
        found_in: &["movements.spillback_share", "junctions.spillback_share"],
        definition: "share of time, looked at once a second, in which the first vehicle of a queue on some lane stood within 5 m of the stop line, was shown no red or yellow, and found the exit full: the last vehicle on the receiving lane slower than 1.4 m/s, and the road before it, less the vehicles on their way there through the junction, shorter than the vehicle with its minimum gap; empty when no vehicle came",
        hcm: "queue storage ratio above 1 instead",
        synchro: "SimTraffic's upstream block time, the share of time in which the queue reaches upstream",
        sumo: NONE,
    },
    Measure {
        name: "volume_to_capacity",
        unit: "",
        found_in: &["movements.volume_to_capacity", "movements.capacity_vph", "junctions.volume_to_capacity"],
        definition: "demand over capacity, for movements with a signal. Capacity = green share × saturation flow × lanes. Green share: share of the interval in which the movement's heads showed green, with or without yielding; what is lost at its start is taken to equal what is used of the yellow. Saturation flow per lane: the inverse of the mean headway between vehicles that had stopped, from the fifth of a green on, until one crosses that had not stopped or the exit is full, over the whole run; with less than 10 such headways 1,900 passenger cars an hour, divided by the mean passenger-car units of the vehicles served. Lanes: a lane counts by the movement's share of the vehicles that crossed from it in the run, so that movements that share a lane get its ratio; a lane that nobody used is shared equally",
        hcm: "the same, with the saturation flow from adjustment factors",
        synchro: "the same",
        sumo: NONE,
    },
    Measure {
        name: "arrivals_on_green_share",
        unit: "",
        found_in: &["movements.arrivals_on_green_share"],
        definition: "of the vehicles that came to stand on the approach for the first time, or crossed the stop line without standing, in the interval, the share that met green: the head showed green when they came to stand, or they crossed without standing",
        hcm: "proportion arriving on green, from the arrival type or a flow profile",
        synchro: "from its platoon model",
        sumo: NONE,
    },
    Measure {
        name: "level_of_service",
        unit: "A–F",
        found_in: &["movements.level_of_service", "junctions.level_of_service", "map.svg"],
        definition: "letter by mean control delay: signals 10, 20, 35, 55, 80 s; stop and yield signs and roundabouts 10, 15, 25, 35, 50 s; F for a movement with more demand than capacity; empty, with a reason, where the manual gives no letter: movements that do not yield, junctions with such movements, yield-to-the-right, zippers. The limits were found for car traffic in North America; for traffic of mostly motorcycles they are a convention",
        hcm: "7th edition, exhibits 19-8, 20-2, 21-8, 22-8; for a 15-minute peak period; simulated delay is not the manual's delay",
        synchro: "the same letters on its own delay",
        sumo: NONE,
    },
];

/// The measures as a page.
pub fn to_markdown() -> String {
    let mut page = String::from(
        "# Measures\n\n\
         What the numbers of a run mean, and how they differ from those of the Highway Capacity Manual (HCM), Synchro \
         with SimTraffic, and SUMO. Made by `citytwin measures --markdown` from `scenarios/src/measures.rs`.\n\n\
         Warm-up is left out of all of them. An empty cell means no data, never 0. Intervals are [begin, end).\n",
    );
    for measure in all() {
        let unit = if measure.unit.is_empty() { String::new() } else { format!(" ({})", measure.unit) };
        let found: Vec<String> = measure.found_in.iter().map(|place| format!("`{place}`")).collect();
        write!(
            page,
            "\n## {}{unit}\n\nIn {}.\n\n{}.\n\n| | |\n|---|---|\n| HCM | {} |\n| Synchro | {} |\n| SUMO | {} |\n",
            measure.name,
            found.join(", "),
            capitalized(measure.definition),
            measure.hcm,
            measure.synchro,
            measure.sumo,
        )
        .expect("writing to memory cannot fail");
    }
    page
}

/// Measures as plain text.
pub fn to_text(measures: &[Measure]) -> String {
    let mut text = String::new();
    for measure in measures {
        let unit = if measure.unit.is_empty() { String::new() } else { format!(" [{}]", measure.unit) };
        write!(
            text,
            "{}{unit}\n  {}\n  in       {}\n  HCM      {}\n  Synchro  {}\n  SUMO     {}\n\n",
            measure.name,
            measure.definition,
            measure.found_in.join(", "),
            measure.hcm,
            measure.synchro,
            measure.sumo,
        )
        .expect("writing to memory cannot fail");
    }
    text
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::columns::TABLES;

    #[test]
    fn the_page_in_docs_is_up_to_date() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/measures.md");
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(page == to_markdown(), "run: cargo run -- measures --markdown > docs/measures.md");
    }

    #[test]
    fn every_column_named_by_a_measure_exists() {
        for place in all().flat_map(|measure| measure.found_in) {
            let Some((table, column)) = place.split_once('.') else { panic!("{place} names no column") };
            let Some(table) = TABLES.iter().find(|known| known.name == table) else {
                assert!(matches!(table, "summary" | "map"), "{place}");
                continue;
            };
            assert!(table.columns.iter().any(|known| known.name == column), "{place}");
        }
    }
}
