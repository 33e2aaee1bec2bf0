//! Measures of mixed traffic.

use super::{Measure, NONE};

/// Use of streets, conflicts between classes, riders in front at green.
pub(super) const INTERACTIONS: &[Measure] = &[
    Measure {
        name: "people moved",
        unit: "persons/h",
        found_in: &["street_use.persons_per_h"],
        definition: "Edie's flow with each vehicle counted by the people in it: the sum over vehicles of persons × distance driven on the link, over link length × interval; all lanes together. Persons are those of the trip, or of its vehicle type. Looked at after every step, at the speed the vehicle then has",
        hcm: "person capacity of transit, from schedules",
        synchro: NONE,
        sumo: NONE,
    },
    Measure {
        name: "density per area",
        unit: "veh/m²",
        found_in: &["street_use.density_per_m2"],
        definition: "time spent on the link by the vehicles of the class, over link length × width × interval: the density of traffic that does not keep to lanes",
        hcm: "per lane and in passenger cars",
        synchro: NONE,
        sumo: "`density` is per length, all lanes together",
    },
    Measure {
        name: "area occupancy",
        unit: "",
        found_in: &["street_use.area_occupancy"],
        definition: "share of the carriageway that vehicles cover, mean over time: time spent × vehicle length × vehicle width, over link length × width × interval. Over a cross-section it is also the mean share of the width that is in use",
        hcm: NONE,
        synchro: NONE,
        sumo: "`occupancy` sums vehicle lengths over the lengths of all lanes; widths are left out",
    },
    Measure {
        name: "motorcycle units",
        unit: "",
        found_in: &["street_use.motorcycle_units", "street_use.following_share"],
        definition: "how many motorcycles a vehicle stands for on this link: the area it uses over its speed, as multiple of the same of motorcycles on the same link in the same interval (Chu, Sano and Matsumoto 2003: (V_mc / V_k) × (S_k / S_mc)). Only vehicles that follow count: the next rear ahead whose strip overlaps lies within 3 s or 3 m. Area used: (length + gap ahead) × (width + clearance kept beside at standstill). Empty unless vehicles of the class and motorcycles each followed for 60 s. Equivalents by capacity, which `citytwin validate --subject motorcycles` holds to field data, need a whole experiment and are another thing",
        hcm: "passenger-car equivalents of trucks, by capacity",
        synchro: NONE,
        sumo: NONE,
    },
    Measure {
        name: "time to collision",
        unit: "s",
        found_in: &["interactions.conflicts", "interactions.least_s", "interactions.exposed_s"],
        definition: "kind `following`: gap to the next rear ahead on the link whose strip of the road overlaps the vehicle's own, over the speed at which it closes. A conflict begins when it falls to 1.5 s or less (SSAM) and lasts until it is longer; `exposed_s` is the time spent so. Looked at after every step; leaders on the next link count once their rear is all that is left on this one. Models of traffic drive without accidents: counts compare variants, they do not predict injuries",
        hcm: NONE,
        synchro: NONE,
        sumo: "`device.ssm` with its own default threshold of 3 s",
    },
    Measure {
        name: "post-encroachment time",
        unit: "s",
        found_in: &["interactions.conflicts", "interactions.least_s"],
        definition: "kind `crossing`: time from the instant at which the rear of the first vehicle left the place where two ways through a junction cross, to the instant at which the front of the second entered it on the other way; a conflict if 5 s or less (SSAM). The place is as long as the other lane is wide. Two that are in it at once, side by side, are not counted; neither are ways that join or part",
        hcm: NONE,
        synchro: NONE,
        sumo: "`device.ssm` gives PET of each pair on the way of vehicles that have the device",
    },
    Measure {
        name: "riders in front at green",
        unit: "",
        found_in: &[
            "street_use.riders_in_front_share",
            "street_use.riders_in_front",
            "street_use.riders_queued",
            "street_use.greens",
        ],
        definition: "when green begins on an approach: of the two-wheelers in the queue (slower than 1.4 m/s, at most 60 m before the stop line, in lanes that have green), the share whose front is ahead of the first queued car's, bus's or truck's. Greens without a queued rider or without a queued car do not count",
        hcm: NONE,
        synchro: NONE,
        sumo: NONE,
    },
];
