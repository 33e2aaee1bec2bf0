//! Temporary.
use crate::ids::*;
use crate::traffic::LateralMode;
use crate::traffic::demand::Demand;
use crate::traffic::prefs;
use crate::traffic::scene::Scene;
use crate::traffic::state::*;
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DepartState { next: usize, waiting: Vec<TripId> }
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Departed { pub trip: TripId, pub place_link: LinkId, pub depart_ms: i64 }
impl DepartState {
    pub fn new(_: &Demand, _: i64) -> Self { Self::default() }
    pub fn n_waiting(&self) -> u32 { self.waiting.len() as u32 }
    pub fn is_exhausted(&self, demand: &Demand) -> bool { self.next >= demand.trips.len() }
}
pub fn run(scene: &Scene<'_>, _mode: LateralMode, state: &mut DepartState, traffic: &mut Traffic, _max: Option<i64>, log: (&mut Vec<Departed>, &mut Vec<TripId>)) {
    while state.next < scene.demand.trips.len() && scene.demand.trips[state.next].depart.0 <= scene.now_ms {
        state.waiting.push(TripId(state.next as u32));
        state.next += 1;
    }
    let waiting = std::mem::take(&mut state.waiting);
    for trip_id in waiting {
        let trip = &scene.demand.trips[trip_id.index()];
        let route = scene.route(trip.route);
        let kind = scene.kind(trip.vehicle_type);
        let driver = scene.driver(trip.vehicle_type);
        let link = route[0];
        let p = prefs::along(scene.network, route, prefs::Rider { class: kind.class, reach_m: driver.max_speed_mps * driver.tau_s + driver.brake_gap_own(driver.max_speed_mps) }, None);
        let lane_index = p.at(0).iter().enumerate().filter(|(_, l)| l.continues || route.len() == 1).max_by(|a, b| {
            let occ = |i: usize| traffic.lanes[LaneId(scene.network.links[link].first_lane.0 + i as u32)].occupied_m;
            a.1.length_m.total_cmp(&b.1.length_m).then(occ(b.0).total_cmp(&occ(a.0))) }).map(|(i, _)| i).unwrap_or(0);
        let lane = LaneId(scene.network.links[link].first_lane.0 + lane_index as u32);
        let column = &scene.network.lanes[lane];
        let front = (match trip.depart_position { crate::traffic::demand::DepartPosition::Front(p) => p, _ => kind.length_m + 0.1 }).min(column.length_m);
        let mut speed = (column.speed_limit_mps * trip.speed_factor).min(kind.max_speed_mps); if let crate::traffic::demand::DepartSpeed::Fixed(v) = trip.depart_speed { speed = v; }
        if let Some((last, _)) = traffic.last_on_lane(scene.network, lane) {
            let gap = f64::from(last.rear_m) - front - kind.min_gap_m;
            if gap < 0.0 { state.waiting.push(trip_id); continue; }
            let s = &traffic.lanes[lane];
            if s.n > 0 { speed = speed.min(f64::from(s.speed_sum_mps) / f64::from(s.n)); }
            speed = speed.min(driver.insertion_follow_speed(gap, f64::from(last.speed_mps), scene.kind(last.kind_id()).decel_mps2));
        }
        let own = Own { trip: trip_id, kind: trip.vehicle_type, flags: 0, lane, route_index: 0, front_m: front, speed_mps: speed, accel_mps2: 0.0, middle_m: column.offset_m + column.width_m / 2.0, lateral_mps: 0.0, speed_factor: trip.speed_factor, behind: [LaneId::NONE; MAX_BEHIND], n_behind: 0, waiting_ms: 0, entry_ms: NEVER_MS, entry_kept_ms: NEVER_MS, conflict_entry_ms: NEVER_MS, stop: StopState { next: trip.stops.start, end: trip.stops.end, ..Default::default() }, lane_change: Default::default(), tally: Tally { depart_ms: scene.now_ms, ..Default::default() }, passage: Default::default(), prefs: Box::new(p) };
        let seen = own.project(scene.network, kind);
        let at = traffic.own[link.index()].iter().position(|o| o.front_m < front).unwrap_or(traffic.own[link.index()].len());
        traffic.own[link.index()].insert(at, own);
        traffic.seen[link.index()].insert(at, seen);
        traffic.summarize(scene.network, scene.drivers, link);
        traffic.n_vehicles += 1;
        log.0.push(Departed { trip: trip_id, place_link: link, depart_ms: scene.now_ms });
    }
}
