//! Vehicle types: sizes, limits and the parameters of the driving models.

use crate::rng::CutNormal;
use crate::units::VehicleClass;

/// The car-following model of a type.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum CarFollowing {
    /// Stochastic Krauss model in the form SUMO uses by default.
    Krauss {
        /// Driver imperfection, 0 to 1.
        sigma: f64,
    },
    /// Intelligent driver model (Treiber, Hennecke, Helbing 2000) with exponent `delta`.
    Idm {
        /// Exponent of the free acceleration term, usually 4.
        delta: f64,
        /// Whether the gap may open within a step. SUMO's drivers only let it close, and so start the more slowly the
        /// longer the step is.
        gap_opens: bool,
    },
}

/// Lane-change parameters (the meaning of SUMO's `lc…` attributes).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LaneChangeParams {
    /// Eagerness for changes that the route needs; 1 is usual.
    pub strategic: f64,
    /// Willingness to help others change, 0 to 1.
    pub cooperative: f64,
    /// Eagerness to change for speed.
    pub speed_gain: f64,
    /// Eagerness to keep to the kerb side.
    pub keep_right: f64,
    /// Willingness to accept small gaps; required gaps are divided by it.
    pub assertive: f64,
    /// How far ahead the outward side counts compared with the kerb side.
    pub look_ahead_left: f64,
    /// Relative reluctance to overtake on the kerb side where forbidden (0: allowed).
    pub overtake_right: f64,
    /// Asymmetry of the speed-gain threshold towards the kerb.
    pub speed_gain_right: f64,
    /// How long ahead speed gains are looked for.
    pub speed_gain_look_ahead_s: f64,
    /// Largest lateral speed at standstill.
    pub max_speed_lateral_standing_mps: f64,
}

impl Default for LaneChangeParams {
    fn default() -> Self {
        Self {
            strategic: 1.0,
            cooperative: 1.0,
            speed_gain: 1.0,
            keep_right: 1.0,
            assertive: 1.0,
            look_ahead_left: 2.0,
            overtake_right: 0.0,
            speed_gain_right: 0.1,
            speed_gain_look_ahead_s: 0.0,
            max_speed_lateral_standing_mps: 1.0,
        }
    }
}

/// Parameters of gap acceptance at junctions (the meaning of SUMO's `jm…` attributes).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct JunctionParams {
    /// Smallest time gap to a vehicle with right of way.
    pub time_gap_minor_s: f64,
    /// Share of crossing traffic that is ignored on purpose, 0 to 1.
    pub ignore_foe_probability: f64,
    /// Drives through red for this long after it began, -1 never.
    pub drive_after_red_s: f64,
    /// Drives through yellow for this long after it began, -1 as far as it could not stop.
    pub drive_after_yellow_s: f64,
    /// Extra distance kept before a crossing vehicle.
    pub stop_line_gap_m: f64,
    /// Sigma of the Krauss model inside and before minor junctions, negative for the usual one.
    pub sigma_minor: f64,
    /// Critical gap of drivers who judge gaps where ways meet, between vehicles that go first; `None` for those who
    /// compare whole ways through the junction, as in SUMO.
    pub critical_gap_s: Option<f64>,
    /// Whether a driver whom red surprises, so late that the strongest braking would not do, drives on; others stand
    /// at the line at once, as in SUMO.
    pub drives_on_if_surprised: bool,
}

impl Default for JunctionParams {
    fn default() -> Self {
        Self {
            time_gap_minor_s: 1.0,
            ignore_foe_probability: 0.0,
            drive_after_red_s: -1.0,
            drive_after_yellow_s: -1.0,
            stop_line_gap_m: 1.0,
            sigma_minor: -1.0,
            critical_gap_s: None,
            drives_on_if_surprised: false,
        }
    }
}

/// Lateral behaviour within the width of a link (continuous lateral policy).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LateralParams {
    /// Largest lateral speed.
    pub max_speed_mps: f64,
    /// Smallest clearance to a vehicle beside, at standstill.
    pub min_gap_m: f64,
    /// Growth of that clearance with the difference of speeds.
    pub gap_per_speed_s: f64,
    /// Growth of the clearance with which one rides abreast of another, with that one's speed beyond a walking pace.
    pub abreast_gap_per_speed_s: f64,
    /// However small the clearance, others may be passed with this much more speed.
    pub filter_mps: f64,
    /// Willingness to come closer to those beside while moving sideways, 0 to 1: share of `min_gap_m` that is given up.
    pub pushy: f64,
    /// Distance that a two-wheeler keeps from the edges of the road while moving.
    pub edge_gap_m: f64,
    /// How far ahead others are let in who wait in a wrong lane, or are half in one's own.
    pub courtesy_m: f64,
    /// Where in the lane the vehicle likes to be.
    pub alignment: Alignment,
    /// Whether the vehicle keeps to lanes, or takes any lateral position.
    pub keeps_lane: bool,
}

impl LateralParams {
    /// Our defaults by class. In a queue two-wheelers stand 0.15 m apart and more; standing or slower ones are passed at
    /// 4 m/s more at that clearance, and at one more for each 6 cm beyond. Moving, they want room beside those ahead that
    /// grows by 0.3 m for each m/s beyond a walking pace of 1.2 m/s, or else fall back: at 13 km/h 1.5 m from middle to
    /// middle, as the oval around a motorcycle in a roundabout of Ho Chi Minh City. This room, the gap at standstill and
    /// the headway time were fitted once to flows in Hanoi and Malaysia (`docs/validation.md`). At 5 m/s, leaning into a
    /// swerve of 20 degrees moves a motorcycle sideways by 1.5 m/s. Cars change a lane in 3.5 to 5 s, hence 1.0 m/s at
    /// most; long vehicles take longer. The values of lane-keeping classes are assumed.
    pub fn default_for(class: VehicleClass) -> Self {
        use VehicleClass as C;
        let (max_speed_mps, min_gap_m, gap_per_speed_s, alignment) = match class {
            C::Motorcycle | C::Moped => (1.5, 0.15, 0.06, Alignment::Arbitrary),
            C::Bicycle | C::Scooter => (1.0, 0.15, 0.06, Alignment::Kerb),
            C::Bus | C::Coach | C::Truck | C::Trailer => (0.8, 0.4, 0.05, Alignment::Center),
            _ => (1.0, 0.3, 0.05, Alignment::Center),
        };
        let (abreast_gap_per_speed_s, edge_gap_m) =
            if class.is_two_wheeler() { (ABREAST_GAP_PER_SPEED_S, EDGE_GAP_M) } else { (0.05, 0.0) };
        Self {
            max_speed_mps,
            min_gap_m,
            gap_per_speed_s,
            abreast_gap_per_speed_s,
            filter_mps: FILTER_MPS,
            pushy: 0.0,
            edge_gap_m,
            courtesy_m: COURTESY_M,
            alignment,
            keeps_lane: !class.is_two_wheeler(),
        }
    }
}

const FILTER_MPS: f64 = 4.0; // riders filter through standing queues at 10 to 20 km/h
// Fitted once: flow per metre on roads of all widths, single file in a lane of 1.7 m with 3,060 to 3,300 per hour.
const ABREAST_GAP_PER_SPEED_S: f64 = 0.3;
const EDGE_GAP_M: f64 = 0.2;
const COURTESY_M: f64 = 25.0;
const RIDER_TAU_S: f64 = 0.77;
// Of a roundabout in Ho Chi Minh City (J. Traffic Transp. Eng. 2021), and the least in the HCM.
const RIDER_CRITICAL_GAP_S: f64 = 1.25;
const CRITICAL_GAP_S: f64 = 4.1;

/// Preferred lateral position within a lane.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Alignment {
    /// The middle of the lane.
    Center,
    /// The kerb side.
    Kerb,
    /// The median side.
    Median,
    /// Wherever it is.
    Arbitrary,
    /// As close to others as allowed.
    Compact,
    /// Between marked positions.
    Nice,
    /// A fixed offset from the middle, outwards positive.
    Offset(f64),
}

/// A vehicle type.
#[derive(Clone, PartialEq, Debug)]
pub struct VehicleType {
    /// Class for permissions and tables.
    pub class: VehicleClass,
    /// Length of the vehicle.
    pub length_m: f64,
    /// Width of the vehicle.
    pub width_m: f64,
    /// Gap to the leader at standstill.
    pub min_gap_m: f64,
    /// Technical top speed.
    pub max_speed_mps: f64,
    /// Top speed one likes to drive where limits are higher (a cyclist's 20 km/h); times the speed factor of the driver,
    /// it caps the desired speed as the speed limit does.
    pub desired_max_speed_mps: f64,
    /// Largest acceleration.
    pub accel_mps2: f64,
    /// Comfortable braking, positive.
    pub decel_mps2: f64,
    /// Strongest physical braking, positive.
    pub emergency_decel_mps2: f64,
    /// Braking that followers expect of this vehicle, positive.
    pub apparent_decel_mps2: f64,
    /// Desired time headway.
    pub tau_s: f64,
    /// Factor on the speed limit, drawn once per vehicle.
    pub speed_factor: CutNormal,
    /// Car-following model.
    pub car_following: CarFollowing,
    /// Lane changes.
    pub lane_change: LaneChangeParams,
    /// Junctions.
    pub junction: JunctionParams,
    /// Lateral behaviour.
    pub lateral: LateralParams,
    /// Impatience at junctions, 0 to 1, to which waiting adds.
    pub impatience: f64,
    /// Passenger-car units.
    pub passenger_car_units: f64,
    /// People in it, the driver included.
    pub persons: f64,
}

impl VehicleType {
    /// SUMO's default type of a class: what SUMO 1.28 reports for a `vType` when the file gives only its class.
    pub fn sumo_default(class: VehicleClass) -> Self {
        use VehicleClass as C;
        let (length_m, width_m, min_gap_m, max_speed_kmh) = match class {
            C::Motorcycle => (2.2, 0.9, 2.5, 200.0),
            C::Moped => (2.1, 0.78, 2.5, 60.0),
            C::Bicycle => (1.6, 0.65, 0.5, 50.0),
            C::Scooter => (1.2, 0.5, 0.5, 25.0),
            C::Truck => (7.1, 2.4, 2.5, 130.0),
            C::Trailer => (16.5, 2.55, 2.5, 130.0),
            C::Bus => (12.0, 2.5, 2.5, 100.0),
            C::Coach => (14.0, 2.6, 2.5, 100.0),
            C::Delivery | C::Emergency => (6.5, 2.16, 2.5, 200.0),
            C::Pedestrian => (0.215, 0.478, 0.25, 37.58),
            C::Wheelchair => (1.2, 0.72, 0.5, 30.0),
            C::Tram => (22.0, 2.4, 2.5, 80.0),
            C::RailUrban | C::Subway => (109.5, 3.0, 5.0, 100.0),
            C::Rail => (135.0, 2.84, 5.0, 160.0),
            C::RailElectric => (200.0, 2.95, 5.0, 220.0),
            C::RailFast => (200.0, 2.95, 5.0, 330.0),
            C::Ship => (17.0, 4.0, 2.5, 14.85),
            C::Container => (6.096, 2.438, 2.5, 200.0),
            C::Aircraft => (72.7, 79.8, 2.5, 200.0),
            C::Drone => (0.5, 0.5, 2.5, 200.0),
            _ => (5.0, 1.8, 2.5, 200.0),
        };
        let (accel_mps2, decel_mps2, emergency_decel_mps2) = match class {
            C::Motorcycle => (6.0, 10.0, 10.0),
            C::Moped => (1.1, 7.0, 10.0),
            C::Bicycle | C::Scooter => (1.2, 3.0, 7.0),
            C::Truck => (1.3, 4.0, 7.0),
            C::Trailer => (1.1, 4.0, 7.0),
            C::Bus => (1.2, 4.0, 7.0),
            C::Coach => (2.0, 4.0, 7.0),
            C::Pedestrian | C::Wheelchair => (1.5, 2.0, 5.0),
            C::Tram | C::RailUrban => (1.0, 3.0, 7.0),
            C::Rail => (0.25, 1.3, 5.0),
            C::RailElectric | C::RailFast => (0.5, 1.3, 5.0),
            C::Ship => (0.1, 0.15, 1.0),
            _ => (2.6, 4.5, 9.0),
        };
        let deviation = match class {
            C::Truck | C::Trailer | C::Coach | C::Delivery | C::Taxi => 0.05,
            C::Container => 0.0,
            C::Bus | C::Emergency | C::Authority | C::Army | C::Ignoring | C::CableCar | C::Drone => 0.0,
            C::Tram | C::RailUrban | C::Rail | C::RailElectric | C::RailFast | C::Subway | C::Aircraft => 0.0,
            _ => 0.1,
        };
        let is_on_rails = matches!(class, C::Tram | C::RailUrban | C::Rail | C::RailElectric | C::RailFast);
        let rides = matches!(class, C::Bicycle | C::Scooter);
        Self {
            class,
            length_m,
            width_m,
            min_gap_m,
            max_speed_mps: max_speed_kmh / 3.6,
            desired_max_speed_mps: match class {
                C::Bicycle | C::Scooter => 20.0 / 3.6,
                C::Pedestrian | C::Wheelchair => 5.0 / 3.6,
                _ => 10_000.0 / 3.6,
            },
            accel_mps2,
            decel_mps2,
            emergency_decel_mps2,
            apparent_decel_mps2: decel_mps2,
            tau_s: 1.0,
            speed_factor: CutNormal { mean: 1.0, deviation, min: 0.2, max: 2.0 },
            car_following: CarFollowing::Krauss { sigma: if is_on_rails || class == C::Ship { 0.0 } else { 0.5 } },
            lane_change: LaneChangeParams::default(),
            junction: JunctionParams::default(),
            lateral: LateralParams {
                max_speed_mps: 1.0,
                min_gap_m: if rides { 0.35 } else { 0.6 },
                gap_per_speed_s: 0.0,
                abreast_gap_per_speed_s: 0.0,
                edge_gap_m: 0.0,
                alignment: if rides { Alignment::Kerb } else { Alignment::Center },
                keeps_lane: true,
                ..LateralParams::default_for(class)
            },
            impatience: 0.0,
            passenger_car_units: 1.0,
            persons: 1.0,
        }
    }

    /// Our own type of a class, for the intelligent driver model and the continuous lateral policy.
    ///
    /// The car's headway and acceleration give a saturation flow of 1,900 cars per hour and lane at 50 km/h (Highway
    /// Capacity Manual), with two seconds lost at the start, for steps of 0.25 to 1 s; a test holds them to it. They lie
    /// in the range that Treiber and Kesting give for city traffic (*Traffic Flow Dynamics*, 2013, table 11.2: T 1.0 s,
    /// s0 2 m, a 1.0 m/s², b 1.5 m/s²), with the harder starts and stops of signals. Sizes of the motorcycle (1.9 x
    /// 0.75 m) are those of lane-width studies in Vietnam; its gap at standstill and headway time are fitted to field data
    /// ([`LateralParams::default_for`]). Long vehicles, with people standing in them, brake less hard in an emergency. Passenger-car units and
    /// people per vehicle are customary figures. Others are assumed: riders stop with the front wheel at the line.
    pub fn own_default(class: VehicleClass) -> Self {
        use VehicleClass as C;
        let base = Self::sumo_default(class);
        // Length, width, gap at standstill.
        let (length_m, width_m, min_gap_m) = match class {
            C::Motorcycle | C::Moped => (1.9, 0.75, 0.2),
            C::Bicycle => (1.75, 0.65, 0.2),
            C::Scooter => (1.2, 0.55, 0.2),
            C::Bus | C::Coach => (12.0, 2.5, 2.0),
            C::Truck => (7.5, 2.4, 2.0),
            C::Trailer => (16.5, 2.55, 2.5),
            C::Delivery => (5.5, 2.0, 2.0),
            C::Tram | C::RailUrban | C::Rail | C::RailElectric | C::RailFast | C::Subway => {
                (base.length_m, base.width_m, base.min_gap_m)
            }
            _ => (4.5, 1.8, 2.0),
        };
        // Acceleration, comfortable braking, headway, top speed in km/h.
        let (accel_mps2, decel_mps2, tau_s, max_speed_kmh) = match class {
            C::Motorcycle => (2.2, 3.0, RIDER_TAU_S, 90.0),
            C::Moped => (1.5, 3.0, RIDER_TAU_S, 50.0),
            C::Bicycle | C::Scooter => (1.0, 2.5, RIDER_TAU_S, 30.0),
            C::Bus | C::Coach => (1.1, 2.0, 1.6, 80.0),
            C::Truck => (1.1, 2.2, 1.6, 90.0),
            C::Trailer => (0.9, 2.0, 1.8, 80.0),
            _ => (CAR_ACCEL_MPS2, 2.8, CAR_TAU_S, 160.0),
        };
        let (passenger_car_units, persons) = match class {
            C::Motorcycle | C::Moped => (0.3, 1.2),
            C::Bicycle | C::Scooter => (0.2, 1.0),
            C::Bus | C::Coach => (2.5, 30.0),
            C::Truck => (2.0, 1.2),
            C::Trailer => (3.0, 1.1),
            C::Delivery => (1.2, 1.2),
            _ => (1.0, 1.5),
        };
        let (critical_gap_s, stop_line_gap_m) =
            if class.is_two_wheeler() { (RIDER_CRITICAL_GAP_S, 0.2) } else { (CRITICAL_GAP_S, 1.0) };
        Self {
            length_m,
            width_m,
            min_gap_m,
            max_speed_mps: max_speed_kmh / 3.6,
            accel_mps2,
            decel_mps2,
            emergency_decel_mps2: if length_m > 6.0 { 6.0 } else { 8.0 },
            apparent_decel_mps2: decel_mps2,
            tau_s,
            speed_factor: CutNormal { mean: 1.0, deviation: 0.1, min: 0.7, max: 1.3 },
            car_following: CarFollowing::Idm { delta: 4.0, gap_opens: true },
            junction: JunctionParams {
                drives_on_if_surprised: true,
                stop_line_gap_m,
                critical_gap_s: Some(critical_gap_s),
                ..JunctionParams::default()
            },
            lateral: LateralParams::default_for(class),
            passenger_car_units,
            persons,
            ..base
        }
    }
}

// Of a car in town.
const CAR_ACCEL_MPS2: f64 = 1.5;
const CAR_TAU_S: f64 = 0.95;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::car_following::Driver;

    /// Times at which the cars of a queue cross the stop line, the first one standing 1 m before it.
    fn discharge(kind: &VehicleType, dt_s: f64, limit_mps: f64, n: usize) -> Vec<f64> {
        let driver = Driver::new(kind, dt_s);
        let mut fronts: Vec<f64> = (0..n).map(|i| -1.0 - 6.5 * i as f64).collect();
        let mut speeds = vec![0.0_f64; n];
        let mut crossings = vec![f64::NAN; n];
        for step in 0..(200.0 / dt_s) as usize {
            let next: Vec<f64> = (0..n)
                .map(|i| {
                    let free = driver.accelerate_towards(speeds[i], limit_mps);
                    let follow = i.checked_sub(1).map_or(f64::INFINITY, |leader| {
                        let gap = fronts[leader] - kind.length_m - fronts[i] - kind.min_gap_m;
                        driver.follow_speed(speeds[i], gap, speeds[leader], kind.apparent_decel_mps2)
                    });
                    free.min(follow)
                })
                .collect();
            for i in 0..n {
                let after = fronts[i] + next[i] * dt_s;
                if fronts[i] < 0.0 && after >= 0.0 {
                    crossings[i] = (step as f64 - fronts[i] / (after - fronts[i])) * dt_s;
                }
                fronts[i] = after;
            }
            speeds = next;
        }
        crossings
    }

    #[test]
    fn a_queue_of_cars_discharges_at_1900_per_hour_with_two_seconds_lost() {
        let kind = VehicleType::own_default(VehicleClass::Car);
        for dt_s in [0.25, 0.5, 1.0] {
            let crossings = discharge(&kind, dt_s, 50.0 / 3.6, 25);
            let headway_s = (crossings[19] - crossings[3]) / 16.0;
            let flow = 3600.0 / headway_s;
            let lost_s = crossings[3] - 4.0 * headway_s;
            assert!((flow - 1900.0).abs() < 0.05 * 1900.0, "dt {dt_s}: {flow:.0} veh/h");
            assert!((lost_s - 2.0).abs() < 0.5, "dt {dt_s}: {lost_s:.2} s lost");
        }
    }

    #[test]
    fn two_wheelers_take_any_lateral_position_and_others_keep_lanes() {
        for &class in VehicleClass::ALL {
            let kind = VehicleType::own_default(class);
            assert_eq!(kind.lateral.keeps_lane, !class.is_two_wheeler(), "{}", class.name());
            assert!(kind.lateral.max_speed_mps > 0.0 && kind.decel_mps2 < kind.emergency_decel_mps2);
        }
    }

    #[test]
    fn defaults_are_those_sumo_reports() {
        let bicycle = VehicleType::sumo_default(VehicleClass::Bicycle);
        assert_eq!((bicycle.length_m, bicycle.width_m, bicycle.min_gap_m), (1.6, 0.65, 0.5));
        assert_eq!(bicycle.lateral.min_gap_m, 0.35);
        assert_eq!(bicycle.lateral.alignment, Alignment::Kerb);
        assert_eq!(VehicleType::sumo_default(VehicleClass::Vip).speed_factor.deviation, 0.1);
        assert_eq!(VehicleType::sumo_default(VehicleClass::Taxi).speed_factor.deviation, 0.05);
        assert_eq!(VehicleType::sumo_default(VehicleClass::Moped).width_m, 0.78);
    }
}
