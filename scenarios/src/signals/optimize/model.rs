//! What plans cost by cyclic flow profiles, as in TRANSYT (Robertson 1969): the flow of each lane over the seconds of a
//! cycle, platoons on their way to the next signal, queues that follow from both.
//!
//! A platoon spreads on its way as `out(t + 0.8 T) = F in(t) + (1 − F) out(t + 0.8 T − 1)` with `F = 1 / (1 + 0.35 · 0.8 T)`,
//! `T` the free travel time in seconds. A lane discharges at its saturation flow in green; a turn that yields goes through
//! gaps of those it yields to (HCM Equation 31-100), two vehicles a cycle when its green ends. To the delay of the mean
//! queue comes that of chance and of demand above capacity (HCM Equation 19-26). Queues have no length: what happens when
//! a street is full only the simulation knows.

use std::collections::BTreeMap;

use sim_core::ids::{LinkId, SignalId};
use sim_core::network::parts::{LinkKind, NetworkParts, Turn};
use sim_core::signals::hcm::delay::{K_FIXED, incremental_s};
use sim_core::signals::hcm::permitted_left::saturation_vphpl;
use sim_core::signals::{Aspect, SignalPlan};
use sim_core::traffic::demand::Demand;

use crate::compile::signals::foes_of_entries;
use crate::loaded::Loaded;
use crate::write::gmns::movement_ids;

/// Saturation flow of a lane straight on and in turns, vehicles per second.
const SATURATION_VPS: f64 = 1800.0 / 3600.0;
const TURN_FACTOR: f64 = 0.92;
/// Vehicles that turn when a green that yields ends.
const SNEAKERS: f64 = 2.0;
/// Sweeps over all lanes until platoons have gone around.
const N_SWEEPS: usize = 3;
/// Parts into which the flow of a movement is cut to be shared out over its lanes.
const N_PARTS: usize = 20;

/// A way of a lane through its junction.
#[derive(Clone, PartialEq, Debug)]
struct Way {
    head: usize,
    /// Position of its stream.
    stream: usize,
    flow_vps: f64,
    saturation_vps: f64,
    /// Heads to which it yields.
    foes: Vec<usize>,
}

/// A lane before a signal.
#[derive(Clone, PartialEq, Debug)]
struct Lane {
    signal: SignalId,
    ways: Vec<Way>,
}

/// Traffic from a link to another through a signal.
#[derive(Clone, PartialEq, Debug)]
struct Stream {
    signal: SignalId,
    flow_vps: f64,
    /// Streams it comes from, with their share of its flow and the travel time.
    from: Vec<(usize, f64, f64)>,
}

/// The traffic of a scenario as its signals see it.
#[derive(Clone, PartialEq, Debug)]
pub struct Streams {
    streams: Vec<Stream>,
    lanes: Vec<Lane>,
    /// How long the traffic lasts, h.
    period_h: f64,
}

impl Streams {
    /// The streams of a scenario's trips; a two-wheeler counts as its passenger-car units.
    pub fn new(loaded: &Loaded, demand: &Demand) -> Self {
        let parts = &loaded.parts;
        let mut entries: BTreeMap<(LinkId, LinkId), Vec<u32>> = BTreeMap::new();
        for (index, connector) in parts.connectors.iter().enumerate() {
            if connector.signal.is_some() && parts.links[connector.from.link.index()].kind == LinkKind::Road {
                entries.entry((connector.from.link, connector.leads_to.link)).or_default().push(index as u32);
            }
        }
        let keys: Vec<(LinkId, LinkId)> = entries.keys().copied().collect();
        let mut flows = vec![0.0; keys.len()];
        let mut between: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
        let (mut first_s, mut last_s) = (f64::INFINITY, f64::NEG_INFINITY);
        for trip in &demand.trips {
            let kind = &demand.types[trip.vehicle_type];
            let weight = if kind.class.is_two_wheeler() { kind.passenger_car_units } else { 1.0 };
            first_s = first_s.min(trip.depart.s());
            last_s = last_s.max(trip.depart.s());
            let mut before: Option<(usize, f64)> = None;
            for pair in demand.routes[trip.route].windows(2) {
                let length = |link: LinkId| parts.links[link.index()].lanes.first();
                let time_s = length(pair[0]).map_or(0.0, |lane| lane.length_m / lane.speed_limit_mps.min(60.0));
                if let Some((_, after_s)) = &mut before {
                    *after_s += time_s;
                }
                let Ok(stream) = keys.binary_search(&(pair[0], pair[1])) else { continue };
                flows[stream] += weight;
                if let Some((from, after_s)) = before {
                    let sum = between.entry((from, stream)).or_default();
                    sum.0 += weight;
                    sum.1 = after_s;
                }
                before = Some((stream, 0.0));
            }
        }
        let period_s = (last_s - first_s).max(900.0);
        let mut streams: Vec<Stream> = keys
            .iter()
            .zip(&flows)
            .map(|(key, flow)| Stream {
                signal: signal_of(parts, entries[key][0]),
                flow_vps: flow / period_s,
                from: Vec::new(),
            })
            .collect();
        for ((from, to), (flow, after_s)) in between {
            let share = flow / flows[to];
            streams[to].from.push((from, share, after_s));
        }
        let lanes = lanes(loaded, &keys, &entries, &streams);
        Self { streams, lanes, period_h: period_s / 3600.0 }
    }

    /// Pairs of signals between which traffic drives without another between them, and the travel time.
    pub fn links(&self) -> impl Iterator<Item = (SignalId, SignalId, f64)> + '_ {
        self.streams.iter().flat_map(move |to| {
            to.from.iter().map(move |&(from, _, after_s)| (self.streams[from].signal, to.signal, after_s))
        })
    }

    /// The ratio of flow to saturation flow of a signal's busiest lane among those with green in a phase.
    pub fn critical_ratio(&self, signal: SignalId, aspects: &[Aspect]) -> f64 {
        let lanes = self.lanes.iter().filter(|lane| lane.signal == signal);
        let served = lanes.filter(|lane| lane.ways.iter().all(|way| aspects[way.head].is_green()));
        let ratio = |lane: &Lane| lane.ways.iter().map(|way| way.flow_vps / way.saturation_vps).sum::<f64>();
        served.map(ratio).fold(0.0, f64::max)
    }

    /// Delay of all vehicles at the signals of these plans, in vehicle seconds per second; others are left out.
    pub fn delay(&self, plans: &BTreeMap<SignalId, SignalPlan>) -> f64 {
        let mut outflows: Vec<Option<Vec<f64>>> = vec![None; self.streams.len()];
        let mut total = 0.0;
        for sweep in 0..N_SWEEPS {
            total = 0.0;
            for (&signal, plan) in plans {
                total += self.junction(signal, plan, plans, &mut outflows);
            }
            if sweep == 0 && self.streams.iter().all(|stream| stream.from.is_empty()) {
                break;
            }
        }
        total
    }

    /// Delay at one signal; notes what flows out.
    fn junction(
        &self,
        signal: SignalId,
        plan: &SignalPlan,
        plans: &BTreeMap<SignalId, SignalPlan>,
        outflows: &mut [Option<Vec<f64>>],
    ) -> f64 {
        let n = (plan.cycle_ms() / 1000).max(1) as usize;
        let shown = Shown::new(plan, n);
        let own: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.signal == signal).collect();
        let n_heads = plan.phases.first().map_or(0, |phase| phase.aspects.len());
        let mut by_head = vec![vec![0.0; n]; n_heads];
        let mut by_stream: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        let mut delay = 0.0;
        // Those who never yield first: others go through the gaps they leave.
        let yields = |lane: &Lane| lane.ways.iter().any(|way| shown.ever_yields(way.head));
        for pass in [false, true] {
            for lane in own.iter().filter(|lane| yields(lane) == pass) {
                let flow: f64 = lane.ways.iter().map(|way| way.flow_vps).sum();
                if flow <= 0.0 {
                    continue;
                }
                let capacity = capacity(lane, flow, &shown, &by_head, n);
                let arrivals = self.arrivals(lane, plan, plans, outflows, n);
                let (out, lane_delay) = discharge(&arrivals, &capacity, self.period_h);
                delay += lane_delay;
                for way in &lane.ways {
                    let share = way.flow_vps / flow;
                    let stream = by_stream.entry(way.stream).or_insert_with(|| vec![0.0; n]);
                    for at in 0..n {
                        by_head[way.head][at] += share * out[at];
                        stream[at] += share * out[at];
                    }
                }
            }
        }
        for (stream, profile) in by_stream {
            outflows[stream] = Some(profile);
        }
        delay
    }

    /// Who arrives at a lane in each second of its signal's clock since midnight, modulo the cycle.
    fn arrivals(
        &self,
        lane: &Lane,
        plan: &SignalPlan,
        plans: &BTreeMap<SignalId, SignalPlan>,
        outflows: &[Option<Vec<f64>>],
        n: usize,
    ) -> Vec<f64> {
        let mut arrivals = vec![0.0; n];
        for way in &lane.ways {
            let mut uniform = way.flow_vps;
            for &(from, share, after_s) in &self.streams[way.stream].from {
                let upstream = &self.streams[from];
                let Some(profile) = outflows[from].as_ref().filter(|profile| profile.len() == n) else { continue };
                if plans.get(&upstream.signal).is_none_or(|other| other.cycle_ms() != plan.cycle_ms()) {
                    continue;
                }
                let total: f64 = profile.iter().sum();
                if total <= 0.0 {
                    continue;
                }
                // The mean of the profile becomes this platoon's flow.
                let flow = share * way.flow_vps;
                uniform -= flow;
                let factor = flow * n as f64 / total;
                for (at, value) in spread(profile, after_s).into_iter().enumerate() {
                    arrivals[at] += factor * value;
                }
            }
            arrivals.iter_mut().for_each(|arrival| *arrival += uniform.max(0.0));
        }
        arrivals
    }
}

fn signal_of(parts: &NetworkParts, entry: u32) -> SignalId {
    parts.connectors[entry as usize].signal.map_or(SignalId(0), |(signal, _)| signal)
}

/// The lanes before signals: the flow of each movement goes where there is least.
fn lanes(
    loaded: &Loaded,
    keys: &[(LinkId, LinkId)],
    entries: &BTreeMap<(LinkId, LinkId), Vec<u32>>,
    streams: &[Stream],
) -> Vec<Lane> {
    let parts = &loaded.parts;
    let foes = foes_of_entries(parts, &movement_ids(loaded).waiting);
    let mut ways: BTreeMap<(LinkId, u16, u32), Way> = BTreeMap::new();
    let mut load: BTreeMap<(LinkId, u16), f64> = BTreeMap::new();
    for part in 0..N_PARTS {
        for (stream, key) in keys.iter().enumerate() {
            let free = |entry: &&u32| {
                let lane = parts.connectors[**entry as usize].from;
                load.get(&(lane.link, lane.index)).copied().unwrap_or(0.0)
            };
            let Some(&entry) = entries[key].iter().min_by(|a, b| free(a).total_cmp(&free(b)).then(a.cmp(b))) else {
                continue;
            };
            let connector = &parts.connectors[entry as usize];
            let is_straight = matches!(connector.turn, Turn::Straight | Turn::Unknown);
            let saturation_vps = if is_straight { SATURATION_VPS } else { TURN_FACTOR * SATURATION_VPS };
            let head_of = |entry: u32| parts.connectors[entry as usize].signal.map_or(0, |(_, head)| usize::from(head));
            let place = (connector.from.link, connector.from.index);
            let way = ways.entry((place.0, place.1, entry)).or_insert_with(|| Way {
                head: head_of(entry),
                stream,
                flow_vps: 0.0,
                saturation_vps,
                foes: foes[entry as usize]
                    .iter()
                    .filter(|&&foe| signal_of(parts, foe) == streams[stream].signal)
                    .map(|&foe| head_of(foe))
                    .collect(),
            });
            let flow_vps = streams[stream].flow_vps / N_PARTS as f64;
            way.flow_vps += flow_vps;
            // A little for the first part, so that equal lanes are filled in turn.
            *load.entry(place).or_default() += flow_vps / saturation_vps + 1e-9 * (part as f64 + 1.0);
        }
    }
    let mut lanes: BTreeMap<(LinkId, u16), Lane> = BTreeMap::new();
    for ((link, index, _), way) in ways {
        let signal = streams[way.stream].signal;
        lanes.entry((link, index)).or_insert_with(|| Lane { signal, ways: Vec::new() }).ways.push(way);
    }
    lanes.into_values().collect()
}

/// What heads show in each second since midnight, modulo the cycle.
struct Shown {
    seconds: Vec<usize>,
    phases: Vec<Vec<Aspect>>,
}

impl Shown {
    fn new(plan: &SignalPlan, n: usize) -> Self {
        let phases = plan.phases.iter().map(|phase| phase.aspects.clone()).collect();
        Self { seconds: (0..n as i64).map(|second| plan.phase_at(second * 1000).0).collect(), phases }
    }
    fn at(&self, second: usize, head: usize) -> Aspect {
        self.phases[self.seconds[second]][head]
    }
    fn ever_yields(&self, head: usize) -> bool {
        self.phases.iter().any(|phase| phase[head] == Aspect::GreenYield)
    }
}

/// How many vehicles a lane lets through in each second.
fn capacity(lane: &Lane, flow: f64, shown: &Shown, by_head: &[Vec<f64>], n: usize) -> Vec<f64> {
    (0..n)
        .map(|second| {
            let mut time_s = 0.0;
            for way in lane.ways.iter().filter(|way| way.flow_vps > 0.0) {
                let before = shown.at((second + n - 1) % n, way.head);
                let rate = match shown.at(second, way.head) {
                    Aspect::Green => way.saturation_vps,
                    Aspect::GreenYield => {
                        let opposing: f64 = way.foes.iter().map(|&foe| by_head[foe][second]).sum();
                        (saturation_vphpl(3600.0 * opposing) / 3600.0).min(way.saturation_vps)
                    }
                    _ if before == Aspect::GreenYield => SNEAKERS,
                    _ => 0.0,
                };
                time_s += way.flow_vps / flow / rate.max(1e-4);
            }
            let rate = 1.0 / time_s;
            if rate < 2e-4 { 0.0 } else { rate }
        })
        .collect()
}

/// What leaves a lane in each second, and its delay in vehicle seconds per second.
fn discharge(arrivals: &[f64], capacity: &[f64], period_h: f64) -> (Vec<f64>, f64) {
    let n = arrivals.len();
    let (flow, most): (f64, f64) = (arrivals.iter().sum(), capacity.iter().sum());
    let ratio = if most > 0.0 { flow / most } else { 10.0 };
    // Demand above capacity is the incremental term's.
    let factor = if ratio > 1.0 { 1.0 / ratio } else { 1.0 };
    let mut queue = 0.0;
    let mut out = vec![0.0; n];
    let mut waiting = 0.0;
    for round in 0..3 {
        waiting = 0.0;
        for at in 0..n {
            let there = queue + factor * arrivals[at];
            out[at] = there.min(capacity[at]);
            let after = there - out[at];
            waiting += (queue + after) / 2.0;
            queue = after;
        }
        if round > 0 && queue < 1e-9 {
            break;
        }
    }
    let capacity_vph = 3600.0 * most / n as f64;
    let mean_flow = flow / n as f64;
    let random_s =
        if most > 0.0 { incremental_s(period_h, ratio, capacity_vph, K_FIXED, 1.0) } else { 3600.0 * period_h };
    (out, waiting / n as f64 / factor + mean_flow * random_s)
}

/// A cyclic profile after a travel time, spread.
fn spread(profile: &[f64], after_s: f64) -> Vec<f64> {
    let n = profile.len();
    let lag = (0.8 * after_s).round() as usize;
    let smoothing = 1.0 / (1.0 + 0.35 * 0.8 * after_s);
    let mut value = profile.iter().sum::<f64>() / n as f64;
    let mut out = vec![0.0; n];
    for round in 0..3 {
        for at in 0..n {
            value = smoothing * profile[at] + (1.0 - smoothing) * value;
            if round == 2 {
                out[(at + lag) % n] = value;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_alone_has_uniform_and_incremental_delay() {
        let n = 90;
        let arrivals = vec![0.1; n];
        let capacity: Vec<f64> = (0..n).map(|at| if at < 40 { 0.5 } else { 0.0 }).collect();
        let (out, delay) = discharge(&arrivals, &capacity, 0.25);
        assert!((out.iter().sum::<f64>() - 9.0).abs() < 1e-6);
        let share: f64 = 40.0 / 90.0;
        let ratio = 0.1 / (0.5 * share);
        let uniform_s = 0.5 * 90.0 * (1.0 - share) * (1.0 - share) / (1.0 - ratio * share);
        let incremental = incremental_s(0.25, ratio, 3600.0 * 0.5 * share, 0.5, 1.0);
        let mean_s = delay / 0.1;
        assert!((mean_s - uniform_s - incremental).abs() < 0.02 * mean_s, "{mean_s} {uniform_s} {incremental}");
    }

    #[test]
    fn a_platoon_keeps_its_vehicles_and_arrives_after_its_travel_time() {
        let profile: Vec<f64> = (0..80).map(|at| if at < 20 { 0.5 } else { 0.0 }).collect();
        let later = spread(&profile, 30.0);
        assert!((later.iter().sum::<f64>() - 10.0).abs() < 0.05);
        let most = (0..80).max_by(|&a, &b| later[a].total_cmp(&later[b])).unwrap_or(0);
        assert!((35..55).contains(&most), "{most}");
    }
}
