//! Signal programs of type `actuated`: least and greatest durations, what may follow, and where their detectors lie.
//!
//! Detectors are placed, and assigned to phases, as SUMO 1.28 does it.

use sim_core::ids::{DetectorId, Id, LaneId, SignalId};
use sim_core::network::parts::{LaneRef, NetworkParts, Turn};
use sim_core::rows::Column;
use sim_core::signals::actuated::{Actuated, ActuatedPhase};
use sim_core::signals::{Aspect, Detector, SignalPhase, SignalPlans};
use sim_core::units::{ClassSet, VehicleClass};

use super::context::{Context, Range};
use super::signals::ms;
use super::xml::Element;

/// Length of a queued vehicle with its gap, by which SUMO keeps detectors within reach of the least green.
const QUEUED_M: f64 = 7.5;
/// Parameters that only say what is shown or written.
const SILENT: [&str; 5] = ["show-detectors", "file", "freq", "show-conditions", "hide-conditions"];

/// What a program of type `actuated` has beyond its phases.
#[derive(Clone, Debug)]
pub(super) struct ActuatedProgram {
    phases: Vec<ReadPhase>,
    max_gap_s: f64,
    passing_time_s: f64,
    detector_gap_s: f64,
    inactive_s: f64,
}

#[derive(Clone, Debug)]
struct ReadPhase {
    min_ms: i64,
    max_ms: i64,
    next: Vec<u16>,
    line: usize,
}

impl Default for ActuatedProgram {
    fn default() -> Self {
        Self { phases: Vec::new(), max_gap_s: 3.0, passing_time_s: 1.9, detector_gap_s: 2.0, inactive_s: 180.0 }
    }
}

impl ActuatedProgram {
    /// Takes a phase.
    pub(super) fn phase(&mut self, context: &mut Context, element: &Element, duration_ms: i64) {
        let mut bound = |field| context.time_s(element, field, Range::NotNegative).map_or(duration_ms, ms);
        let (min_ms, max_ms) = (bound("minDur"), bound("maxDur"));
        if min_ms > max_ms {
            let field = if element.has("maxDur") { "maxDur" } else { "minDur" };
            context.wrong(element, field, "the phase's least duration is above its greatest", "minDur ≤ maxDur");
        }
        for field in ["earliestEnd", "latestEnd", "vehext", "yellow", "red", "earlyTarget", "finalTarget"] {
            if element.has(field) {
                context.notice(format!("the attribute {field} of actuated signal phases has no effect"));
            }
        }
        let mut next = Vec::new();
        for word in element.get("next").unwrap_or_default().split_whitespace() {
            match word.parse() {
                Ok(phase) => next.push(phase),
                Err(_) => context.wrong(element, "next", "these are not phases", "numbers of phases, from 0"),
            }
        }
        self.phases.push(ReadPhase { min_ms, max_ms, next, line: element.line });
    }

    /// Takes a parameter.
    pub(super) fn param(&mut self, context: &mut Context, element: &Element) {
        let Some(key) = element.get("key").map(str::to_owned) else { return };
        let field = match key.as_str() {
            "max-gap" => &mut self.max_gap_s,
            "passing-time" => &mut self.passing_time_s,
            "detector-gap" => &mut self.detector_gap_s,
            "inactive-threshold" => &mut self.inactive_s,
            key if SILENT.contains(&key) => return,
            _ => {
                context.notice(format!("the parameter {key} of actuated signals has no effect"));
                return;
            }
        };
        let range = if key == "passing-time" { Range::Positive } else { Range::NotNegative };
        if let Some(seconds) = context.number(element, "value", range) {
            *field = seconds;
        }
    }
}

/// Plans with their actuated signals; places the detectors.
pub(super) fn with_detectors(
    context: &mut Context,
    parts: &NetworkParts,
    mut plans: SignalPlans,
    programs: Vec<(SignalId, ActuatedProgram)>,
) -> SignalPlans {
    let lanes = Lanes::new(parts);
    let mut detectors = Column::default();
    for (signal, program) in programs {
        let phases = &plans.plans[signal].phases;
        let n = phases.len();
        let beyond = program.phases.iter().find(|phase| phase.next.iter().any(|&next| usize::from(next) >= n));
        if let Some(phase) = beyond {
            let message = "a signal phase is followed by one that does not exist";
            let problem = context.problem(phase.line, message);
            problem.field = Some("next".to_owned());
            problem.allowed = Some(format!("0 to {}", n - 1));
            continue;
        }
        let place = Placing { lanes: &lanes, program: &program, phases, heads: heads(parts, signal) };
        plans.actuated.push(place.run(signal, &mut detectors));
    }
    plans.detectors = detectors;
    plans
}

/// Lanes before each head of a signal, and whether all its ways turn around.
struct Head {
    lanes: Vec<LaneRef>,
    turns_around: bool,
}

fn heads(parts: &NetworkParts, signal: SignalId) -> Vec<Head> {
    let mut heads: Vec<Head> = Vec::new();
    for connector in &parts.connectors {
        let Some((_, index)) = connector.signal.filter(|&(of, _)| of == signal) else { continue };
        while heads.len() <= usize::from(index) {
            heads.push(Head { lanes: Vec::new(), turns_around: true });
        }
        let head = &mut heads[usize::from(index)];
        if !head.lanes.contains(&connector.from) {
            head.lanes.push(connector.from);
        }
        head.turns_around &= connector.turn == Turn::Around;
    }
    heads
}

/// Lanes by reference.
struct Lanes<'a> {
    parts: &'a NetworkParts,
    first: Vec<u32>,
}

impl<'a> Lanes<'a> {
    fn new(parts: &'a NetworkParts) -> Self {
        let mut first = Vec::with_capacity(parts.links.len());
        let mut n = 0;
        for link in &parts.links {
            first.push(n);
            n += link.lanes.len() as u32;
        }
        Self { parts, first }
    }
    fn id(&self, lane: LaneRef) -> LaneId {
        LaneId(self.first[lane.link.index()] + u32::from(lane.index))
    }
    fn part(&self, lane: LaneRef) -> &sim_core::network::parts::LanePart {
        &self.parts.links[lane.link.index()].lanes[usize::from(lane.index)]
    }
    fn takes_motor_vehicles(&self, lane: &sim_core::network::parts::LanePart) -> bool {
        lane.allowed.0 & !ClassSet::of(&[VehicleClass::Bicycle, VehicleClass::Pedestrian]).0 != 0
    }
    fn is_only_motor_lane(&self, lane: LaneRef) -> bool {
        let lanes = &self.parts.links[lane.link.index()].lanes;
        lanes.iter().filter(|lane| self.takes_motor_vehicles(lane)).count() == 1
    }
    /// The place so far before the end of a lane: on the lane, or on the only one that leads to it.
    fn before_end(&self, lane: LaneRef, distance_m: f64) -> Detector {
        let mut on = lane;
        let mut at_m = self.part(lane).length_m - distance_m;
        while at_m < 0.0 {
            let mut incoming = self.parts.connectors.iter().filter(|connector| connector.to == on);
            let (Some(only), None) = (incoming.next(), incoming.next()) else { break };
            on = only.from;
            at_m += self.part(on).length_m;
        }
        Detector { lane: self.id(on), at_m: at_m.max(0.0) }
    }
}

/// Places the detectors of one signal.
struct Placing<'a> {
    lanes: &'a Lanes<'a>,
    program: &'a ActuatedProgram,
    phases: &'a [SignalPhase],
    heads: Vec<Head>,
}

impl Placing<'_> {
    fn run(&self, signal: SignalId, detectors: &mut Column<DetectorId, Detector>) -> Actuated {
        let mut placed: Vec<(LaneRef, DetectorId)> = Vec::new();
        for &lane in self.heads.iter().flat_map(|head| &head.lanes) {
            if placed.iter().any(|(of, _)| *of == lane) || self.lanes.part(lane).allowed == ClassSet::NONE {
                continue;
            }
            if let Some(min_ms) = self.least_green_ms(lane) {
                let reach_m = (min_ms as f64 / 1000.0 / self.program.passing_time_s + 0.5) * QUEUED_M;
                let way_m = self.program.detector_gap_s * self.lanes.part(lane).speed_limit_mps;
                let id = DetectorId::from_index(detectors.len());
                detectors.push(self.lanes.before_end(lane, way_m.min(reach_m)));
                placed.push((lane, id));
            }
        }
        let phase = |(index, read): (usize, &ReadPhase)| ActuatedPhase {
            min_ms: read.min_ms,
            max_ms: read.max_ms,
            next: read.next.clone(),
            detectors: if read.is_actuated() { self.of_phase(index, &placed) } else { Vec::new() },
        };
        Actuated {
            signal,
            phases: self.program.phases.iter().enumerate().map(phase).collect(),
            detectors: placed.iter().map(|&(_, id)| (id, self.program.max_gap_s)).collect(),
            detector_gap_s: self.program.detector_gap_s,
            inactive_ms: ms(self.program.inactive_s),
            pressure: None,
        }
    }

    fn shows(&self, phase: usize, head: usize) -> Aspect {
        self.phases[phase].aspects.get(head).copied().unwrap_or(Aspect::Red)
    }

    /// The least of the least durations of actuated phases in which a lane has green; `None` without one.
    fn least_green_ms(&self, lane: LaneRef) -> Option<i64> {
        let has_green = |phase: usize| {
            self.heads
                .iter()
                .enumerate()
                .any(|(head, of)| of.lanes.contains(&lane) && self.shows(phase, head).is_green())
        };
        let phases = self.program.phases.iter().enumerate();
        phases.filter(|(phase, read)| read.is_actuated() && has_green(*phase)).map(|(_, read)| read.min_ms).min()
    }

    /// The detectors of lanes whose heads are all green in a phase.
    fn of_phase(&self, phase: usize, placed: &[(LaneRef, DetectorId)]) -> Vec<DetectorId> {
        let is_served = |head: usize, of: &Head| match self.shows(phase, head) {
            Aspect::Green => true,
            Aspect::GreenYield => {
                let never_first = (0..self.phases.len()).all(|phase| self.shows(phase, head) != Aspect::Green);
                ((never_first || of.turns_around) && self.has_first(phase, &of.lanes))
                    || of.lanes.iter().any(|&lane| self.lanes.is_only_motor_lane(lane))
            }
            _ => false,
        };
        let all_served = |lane: &LaneRef| {
            let mut heads = self.heads.iter().enumerate().filter(|(_, of)| of.lanes.contains(lane));
            heads.all(|(head, of)| is_served(head, of))
        };
        placed
            .iter()
            .filter(|(lane, _)| all_served(lane) && self.next_are_served(*lane, &all_served, placed))
            .map(|&(_, id)| id)
            .collect()
    }

    /// Whether one of these lanes has a head that goes first in a phase.
    fn has_first(&self, phase: usize, lanes: &[LaneRef]) -> bool {
        self.heads.iter().enumerate().any(|(head, of)| {
            self.shows(phase, head) == Aspect::Green && of.lanes.iter().any(|lane| lanes.contains(lane))
        })
    }

    /// Whether the lanes that follow, where the signal rules them too, are served as well.
    fn next_are_served(
        &self,
        lane: LaneRef,
        is_served: &impl Fn(&LaneRef) -> bool,
        placed: &[(LaneRef, DetectorId)],
    ) -> bool {
        let connectors = self.lanes.parts.connectors.iter();
        let mut ways = connectors.filter(|connector| connector.from == lane && connector.turn != Turn::Around);
        ways.all(|way| !placed.iter().any(|(of, _)| *of == way.leads_to) || is_served(&way.leads_to))
    }
}

impl ReadPhase {
    fn is_actuated(&self) -> bool {
        self.min_ms != self.max_ms
    }
}
