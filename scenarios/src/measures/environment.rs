//! Measures of emissions.

use super::{Measure, NONE};

/// Measures of emissions.
pub(super) const ENVIRONMENT: &[Measure] = &[
    Measure {
        name: "fuel",
        unit: "g",
        found_in: &["trips.fuel_g", "links.fuel_g", "summary.totals.fuel_g", "summary.environment.fuel_kg"],
        definition: "fuel burnt: friction and accessories of the engine, and power at the wheels over the efficiencies of \
                     engine and transmission, step by step from the simulated speeds (the fuel rate of the US EPA's \
                     Physical Emission Rate Estimator, EPA420-P-05-001, public domain; masses, engines and efficiencies of \
                     each class are assumed and stand in `sim-core/src/propulsion.rs`), times the scenario's factor \
                     (`motorcycle_factor`, `vehicle_factor`). No fuel is cut off while braking; vehicles parked beside the \
                     road use none; cold starts and slopes are not in it. A step counts on the link on which it begins. \
                     Totals are of all loaded vehicles from their entry on, `environment` is after the warm-up",
        hcm: NONE,
        synchro: "fuel from mean speed, delay and stops (TRANSYT-7F)",
        sumo: "HBEFA classes (polynomials of speed and acceleration): 1.2 to 2.0 times ours on a cycle of 109 s",
    },
    Measure {
        name: "co2",
        unit: "g",
        found_in: &["trips.co2_g", "links.co2_g", "summary.totals.co2_g", "summary.environment.co2_kg"],
        definition: "carbon dioxide of the exhaust: the carbon of the fuel, all burnt (69.3 g/MJ of petrol, 74.1 g/MJ of \
                     diesel, IPCC 2006). What power stations emit for electric vehicles is not in it. These are emissions, \
                     not air quality",
        hcm: NONE,
        synchro: "from fuel",
        sumo: "`CO2_abs` of the emission device, by class",
    },
    Measure {
        name: "nox and pm",
        unit: "g",
        found_in: &[
            "trips.nox_g",
            "trips.pm_g",
            "links.nox_g",
            "links.pm_g",
            "summary.totals.nox_g",
            "summary.totals.pm_g",
        ],
        definition: "nitrogen oxides (as nitrogen dioxide) and particulate matter of the exhaust by mass of fuel: the Tier 1 \
                     factors of the EMEP/EEA guidebook (1.A.3.b.i–iv), in g/kg petrol cars 8.73 and 0.03, diesel vans 14.91 \
                     and 1.52, heavy diesel vehicles 33.37 and 0.94, two-wheelers 6.64 and 2.20. They stand for a mean \
                     European fleet of some age: cars of Euro 4 and later emit less. Tyres, brakes and road are not in it",
        hcm: NONE,
        synchro: "from fuel",
        sumo: "`NOx_abs`, `PMx_abs` by class; HBEFA4 Euro 2 motorcycles 0.21 g/km of nitrogen oxides on the cycle of 109 s, \
               ours 0.09 and with the factor of Hanoi 0.20",
    },
    Measure {
        name: "geh",
        unit: "",
        found_in: &["observed.geh", "observed.near", "summary.observed"],
        definition: "√(2 (M − C)² / (M + C)) of simulated and counted hourly flows M and C, the mean over the days counted. A \
                     flow is near within GEH 5, or within 100 veh/h below 700, 15 % up to 2,700, 400 veh/h above; a speed \
                     within 15 %. TAG M3.1 asks for more than 85 % of flows near, and of speeds; FHWA's Toolbox III (2004) for \
                     both criteria of flows by themselves, and for a sum of flows within 5 % and GEH 4. Speeds of links stand \
                     in the place of the rules' journey times. Motorcycles count as one vehicle",
        hcm: NONE,
        synchro: NONE,
        sumo: "the same in its tools (`routeSampler.py`, `countsGEH`)",
    },
    Measure {
        name: "battery_energy",
        unit: "Wh",
        found_in: &[
            "trips.energy_wh",
            "links.energy_wh",
            "summary.totals.energy_wh",
            "summary.environment.battery_kwh",
        ],
        definition: "energy taken from batteries of electric vehicles: inertia, drag and rolling resistance over the \
                     efficiency of the drive, times that of recuperation where negative, plus a constant power (Kurczveil et \
                     al. 2013); the same model gives what chargers have to give back",
        hcm: NONE,
        synchro: NONE,
        sumo: "the same (emission class Energy), within 0.001 % for its default vehicle",
    },
];
