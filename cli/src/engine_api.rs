//! Stand-in for the engine and the readers until they are there: a small grid in which every trip drives at half the
//! limit. Only the names and shapes below are meant.

use std::path::Path;

use scenarios::error::{Problem, Problems};
use scenarios::loaded::{InputDigest, Loaded, Names, Place};
use sim_core::city::City;
use sim_core::engine::params::{DarkSignalRule, LateralPolicy, RunParams};
use sim_core::ids::{JunctionId, LinkId, MovementId, RouteId, SignalId, TripId, VehicleTypeId};
use sim_core::kpi::Results;
use sim_core::kpi::rows::{LinkRow, MovementRow, TripRow, TripStatus};
use sim_core::network::parts::*;
use sim_core::rows::{Column, Rows};
use sim_core::traffic::demand::{Arrival, Demand, Trip};
use sim_core::traffic::types::VehicleType;
use sim_core::units::{ClassSet, SimTime, VehicleClass};

/// Demand after its draws.
pub(crate) struct Built {
    pub(crate) demand: Demand,
    pub(crate) trip_names: Vec<String>,
    pub(crate) dropped: usize,
}
pub(crate) struct World(SimTime);
pub(crate) struct Recorder;
#[derive(Default)]
pub(crate) struct Scratch;
/// What a step says.
pub(crate) struct StepReport {
    pub(crate) now: SimTime,
    pub(crate) running: u32,
    pub(crate) arrived: u64,
    pub(crate) is_done: bool,
}

impl World {
    pub(crate) fn new(_: &City, _: &Demand, params: &RunParams) -> Self {
        Self(params.begin)
    }
}
impl Recorder {
    pub(crate) fn new(_: &City, _: &Demand, _: &RunParams) -> Self {
        Self
    }
    pub(crate) fn results(&self, _: &City, demand: &Demand, params: &RunParams, world: &World) -> Results {
        results(demand, params, world.0)
    }
}

pub(crate) fn step(_: &City, demand: &Demand, params: &RunParams, world: &mut World, _: &mut Recorder, _: &mut Scratch) -> StepReport {
    world.0 = world.0.plus_ms(params.step_ms);
    if std::env::var_os("CITYTWIN_SLOW").is_some() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let last = demand.trips.last().map_or(0, |trip| trip.depart.0);
    StepReport { now: world.0, running: 42, arrived: 7, is_done: world.0.0 > last + 600_000 }
}
pub(crate) fn digest(world: &World, _: &Recorder) -> [u8; 32] {
    [world.0.0 as u8; 32]
}
pub(crate) fn gridlock(_: &StepReport, _: &Loaded) -> Option<String> {
    None
}
pub(crate) fn build_city(loaded: &Loaded) -> Result<City, Vec<NetworkError>> {
    Ok(City { network: sim_core::network::Network, signals: loaded.signals.clone(), stop_places: Column::default() })
}
pub(crate) fn read(path: &Path) -> Result<Loaded, Problems> {
    Err(Problem::new(path, "cannot be read yet").into())
}
pub(crate) fn copy_embedded(folder: &Path) -> Result<(), Problems> {
    Err(Problem::new(folder, "cannot be made yet").into())
}
pub(crate) fn wrap_sumocfg(folder: &Path, _: &Path) -> Result<(), Problems> {
    Err(Problem::new(folder, "cannot be made yet").into())
}
pub(crate) fn movement_ends(loaded: &Loaded, _: &City) -> Vec<(LinkId, LinkId)> {
    loaded.parts.connectors.iter().map(|c| (c.from.link, c.leads_to.link)).collect()
}

const N: usize = 7;
const STREETS: [&str; 7] = ["Phố Tràng Tiền", "Hàng Bài", "Lý Thái Tổ", "Ngô Quyền", "Phan Chu Trinh", "Lê Thánh Tông", "Hai Bà Trưng"];

pub(crate) fn shipped() -> Result<Loaded, Problems> {
    let place = |i: usize| {
        let (x, y) = ((i % N) as f64, (i / N) as f64);
        [x * 160.0 + 18.0 * (y * 1.3).sin() + 9.0 * x * (y * 0.31).cos(), y * 140.0 + 25.0 * (x * 0.9).sin()]
    };
    let mut parts = NetworkParts { n_signals: N * N, ..NetworkParts::default() };
    let mut names = Names::default();
    for i in 0..N * N {
        let kind = if i % 3 == 0 { JunctionKind::Signal } else { JunctionKind::Priority };
        parts.junctions.push(JunctionPart { kind, position_in_city_m: place(i), outline_in_city_m: Vec::new() });
        names.junctions.push(format!("n{i}"));
        names.junction_titles.push(format!("{} / {}", STREETS[i % N], STREETS[i / N]));
        names.signals.push(format!("s{i}"));
    }
    let mut add = |from: usize, to: usize, street: &str, lanes: usize| {
        let (a, b) = (place(from), place(to));
        let length_m = (b[0] - a[0]).hypot(b[1] - a[1]);
        let (dx, dy) = ((b[0] - a[0]) / length_m, (b[1] - a[1]) / length_m);
        let lanes = (0..lanes)
            .map(|lane| {
                let side = 1.6 + 3.2 * (lanes - 1 - lane) as f64;
                let at = |p: [f64; 2], s: f64| [p[0] + dy * side + dx * s, p[1] - dx * side + dy * s];
                LanePart {
                    length_m, speed_limit_mps: 13.9, width_m: 3.2, allowed: ClassSet::ALL, change_outwards: ClassSet::ALL,
                    change_inwards: ClassSet::ALL, shape_in_city_m: vec![at(a, 8.0), at(b, -8.0)], stop_box_m: 0.0,
                }
            })
            .collect();
        names.links.push(format!("{from}_{to}"));
        names.link_titles.push(street.to_owned());
        parts.links.push(LinkPart {
            kind: LinkKind::Road, from: JunctionId(from as u32), to: JunctionId(to as u32), priority: 1, in_roundabout: false, lanes,
        });
    };
    for y in 0..N {
        for x in 0..N {
            let i = y * N + x;
            let lanes = |k: usize| if k % 3 == 0 { 3 } else { 1 };
            if x + 1 < N {
                add(i, i + 1, STREETS[y], lanes(y));
                if y != 2 { add(i + 1, i, STREETS[y], lanes(y)); }
            }
            if y + 1 < N {
                add(i, i + N, STREETS[x], lanes(x));
                add(i + N, i, STREETS[x], lanes(x));
            }
        }
    }
    let links = parts.links.clone();
    for (a, from) in links.iter().enumerate() {
        for (b, to) in links.iter().enumerate().filter(|(_, to)| to.from == from.to && to.to != from.from) {
            let lane = |link: usize| LaneRef { link: LinkId(link as u32), index: 0 };
            let signal = from.to.index() % 3 == 0;
            parts.connectors.push(ConnectorPart {
                from: lane(a), to: lane(b), leads_to: lane(b), turn: if to.to.index().abs_diff(from.from.index()) % N == 2 { Turn::Straight } else { Turn::Right },
                control: if signal { Control::Signal } else { Control::Major },
                signal: signal.then_some((SignalId(from.to.0), 0)), keep_clear: true, request_index: None, waits_inside: false, visibility_m: 4.5,
            });
        }
    }
    Ok(Loaded {
        name: "stand-in-grid".into(), path: "stand-in".into(), place: Place::default(), parts, names,
        signals: Default::default(), stop_places: Vec::new(), demand: Default::default(),
        run: RunParams {
            seed: 1, begin: SimTime::from_s(25_200.0), end: Some(SimTime::from_s(28_800.0)), step_ms: 500, warm_up_ms: 600_000,
            interval_ms: 900_000, lateral: LateralPolicy::Continuous, max_depart_delay_s: None, jam_release_s: None,
            impatience_time_s: 60.0, missed_turn_after_s: None, dark_signal_rule: DarkSignalRule::Signs,
        },
        inputs: vec![InputDigest { name: "stand-in".into(), digest: "00".into() }], notices: Vec::new(), is_calibrated: false,
    })
}

pub(crate) fn build_demand(loaded: &Loaded) -> Result<Built, Problems> {
    let types = [VehicleClass::Car, VehicleClass::Motorcycle, VehicleClass::Bus].map(VehicleType::sumo_default).to_vec();
    let routes: Vec<Vec<LinkId>> = loaded.parts.connectors.iter().map(|c| vec![c.from.link, c.leads_to.link]).collect();
    let n = routes.len();
    let trips: Vec<Trip> = (0..3000)
        .map(|i: usize| Trip {
            depart: SimTime::from_s(25_200.0 + i as f64 * 1.1), vehicle_type: VehicleTypeId([0, 1, 1, 1, 0, 1, 1, 2][i % 8]),
            route: RouteId(((i * 7919) % n) as u32), speed_factor: 1.0, depart_lane: Default::default(),
            depart_position: Default::default(), depart_speed: Default::default(), depart_lateral: Default::default(),
            arrival: Arrival::default(), stops: 0..0, persons: 1.3,
        })
        .collect();
    let trip_names = (0..trips.len()).map(|i| format!("t{i}")).collect();
    Ok(Built { demand: Demand { types: Column::new(types), routes: Rows::from_lists(routes), stops: Vec::new(), trips }, trip_names, dropped: 0 })
}

fn results(demand: &Demand, params: &RunParams, now: SimTime) -> Results {
    let loaded = shipped().expect("it is fixed");
    let mut results = Results::default();
    for (i, trip) in demand.trips.iter().enumerate().filter(|(_, trip)| trip.depart < now) {
        let depart_s = trip.depart.s() + (i % 5) as f64;
        let arrival_s = depart_s + 60.0 + (i % 50) as f64;
        let has_arrived = arrival_s < now.s();
        results.trips.push(TripRow {
            trip: TripId(i as u32), status: if has_arrived { TripStatus::Arrived } else { TripStatus::Running }, depart_s: Some(depart_s),
            arrival_s: has_arrived.then_some(arrival_s), length_m: 300.0, time_loss_s: 20.0 + (i % 50) as f64, waiting_s: 9.0, stop_time_s: 0.0,
            stops: (i % 3) as u32, missed_turns: 0,
        });
        results.counts.loaded += 1;
        results.counts.departed += 1;
        results.counts.arrived += u64::from(has_arrived);
        results.counts.running += u64::from(!has_arrived);
        results.total_time_spent_s += arrival_s - trip.depart.s();
    }
    let mut begin_s = params.begin.s() + params.warm_up_ms as f64 / 1000.0;
    while begin_s < now.s() {
        let end_s = (((begin_s / 900.0).floor() + 1.0) * 900.0).min(now.s());
        for (i, link) in loaded.parts.links.iter().enumerate() {
            let wave = (i as f64 * 0.37).sin() * 0.5 + 0.5;
            let vph = 150.0 + 2500.0 * wave * link.lanes.len() as f64 / 3.0;
            let length_m = link.lanes[0].length_m;
            let distance_m = vph / 3600.0 * (end_s - begin_s) * length_m;
            results.links.push(LinkRow {
                link: LinkId(i as u32), class: None, begin_s, end_s, entered: 30, left: 29, distance_m,
                time_s: distance_m / (13.9 * (0.2 + 0.75 * (1.0 - wave * (i as f64 * 1.7).sin().abs()))), travel_time_s_sum: 900.0, travel_time_n: 29, length_m,
            });
        }
        for (i, c) in loaded.parts.connectors.iter().enumerate() {
            let junction = loaded.parts.links[c.from.link.index()].to;
            results.movements.push(MovementRow {
                movement: MovementId(i as u32), junction, begin_s, end_s, demand: 90, served: 85, served_pcu: 60.0,
                delay_s_sum: 85.0 * (5.0 + (junction.0 * 13 % 97) as f64), person_delay_s_sum: 3000.0, persons: 110.0, stops: 50,
                back_of_queue_m: (0..10).map(|k| f64::from(k * 7)).collect(), storage_m: 140.0, spillback_share: 0.02,
                capacity_vph: Some(700.0), arrivals_on_green_share: c.signal.map(|_| 0.4), is_signalized: c.signal.is_some(),
            });
        }
        begin_s = end_s;
    }
    results.vehicle_updates = results.counts.loaded * 160;
    results
}
