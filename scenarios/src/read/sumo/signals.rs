//! Signal programs: `tlLogic` of networks and additional files.

use std::path::PathBuf;

use sim_core::ids::{Id, SignalId};
use sim_core::network::parts::NetworkParts;
use sim_core::rows::Column;
use sim_core::signals::{Aspect, SignalPhase, SignalPlan, SignalPlans};

use super::actuated::{self, ActuatedProgram};
use super::context::{Context, Range};
use super::xml::Element;
use crate::error::Problem;

/// A program of a signal.
pub(super) struct Program {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) signal: String,
    pub(super) program: String,
    pub(super) plan: SignalPlan,
    /// What makes it follow traffic, if it does.
    pub(super) actuated: Option<ActuatedProgram>,
}

/// Collects the programs of a file.
#[derive(Default)]
pub(super) struct ProgramReader {
    pub(super) programs: Vec<Program>,
    is_open: bool,
}

impl ProgramReader {
    /// Takes an element if it belongs to a program.
    pub(super) fn open(&mut self, context: &mut Context, element: &Element) -> bool {
        match element.name.as_str() {
            "tlLogic" => {
                self.is_open = true;
                self.begin(context, element);
                true
            }
            "phase" if self.is_open => {
                let is_actuated = self.programs.last().is_some_and(|program| program.actuated.is_some());
                let phase = phase(context, element, is_actuated);
                if let (Some(phase), Some(program)) = (phase, self.programs.last_mut()) {
                    if let Some(actuated) = &mut program.actuated {
                        actuated.phase(context, element, phase.duration_ms);
                    }
                    let n = program.plan.phases.first().map_or(phase.aspects.len(), |first| first.aspects.len());
                    if phase.aspects.len() != n {
                        let allowed = format!("{n} letters, as in the phases before");
                        context.wrong(element, "state", "the phases of a program differ in length", &allowed);
                    }
                    program.plan.phases.push(phase);
                }
                true
            }
            "param" if self.is_open => {
                if let Some(actuated) = self.programs.last_mut().and_then(|program| program.actuated.as_mut()) {
                    actuated.param(context, element);
                }
                true
            }
            _ => self.is_open,
        }
    }
    /// Sees an element end.
    pub(super) fn close(&mut self, name: &str) {
        if name == "tlLogic" {
            self.is_open = false;
        }
    }
    fn begin(&mut self, context: &mut Context, element: &Element) {
        let signal = context.text(element, "id").unwrap_or_default().to_owned();
        let program = element.get("programID").unwrap_or("0").to_owned();
        let kind = element.get("type").unwrap_or("static");
        if !matches!(kind, "static" | "actuated") {
            context.notice(format!("signal programs of type {kind} run with their phases at fixed times"));
        }
        if let Some(other) = self.programs.iter().find(|other| other.signal == signal && other.program == program) {
            let first = other.line;
            let message = format!("the signal {signal} has another program {program:?} in line {first}");
            context.problem(element.line, message).hint =
                Some("give each program of a signal its own programID".into());
        }
        let offset_s = if element.get("offset") == Some("begin") {
            0.0
        } else {
            context.time_s(element, "offset", Range::Any).unwrap_or(0.0)
        };
        self.programs.push(Program {
            file: context.file.clone(),
            line: element.line,
            signal,
            program,
            plan: SignalPlan { offset_ms: ms(offset_s), phases: Vec::new() },
            actuated: (kind == "actuated").then(ActuatedProgram::default),
        });
    }
}

pub(super) fn ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

fn phase(context: &mut Context, element: &Element, is_actuated: bool) -> Option<SignalPhase> {
    let state = context.text(element, "state")?.to_owned();
    let field = if element.has("duration") || !element.has("minDur") { "duration" } else { "minDur" };
    context.text(element, field)?;
    let duration_s = context.time_s(element, field, Range::NotNegative)?;
    if element.has("next") && !is_actuated {
        context.notice("signal phases follow each other in file order; their attribute next has no effect");
    }
    let mut aspects = Vec::with_capacity(state.len());
    for letter in state.chars() {
        match Aspect::from_letter(letter) {
            Some(aspect) => aspects.push(aspect),
            None => {
                context.wrong(
                    element,
                    "state",
                    format!("the signal letter {letter:?} is not known"),
                    "G g y r s u o O",
                );
                return None;
            }
        }
    }
    Some(SignalPhase { duration_ms: ms(duration_s), aspects })
}

/// The plans in force: of each signal the program read last, as SUMO does.
pub(super) fn plans(
    context: &mut Context,
    ids: &[String],
    parts: &NetworkParts,
    programs: Vec<Program>,
) -> SignalPlans {
    let mut needed = vec![0_usize; ids.len()];
    for (signal, index) in parts.connectors.iter().filter_map(|connector| connector.signal) {
        let place = &mut needed[signal.index()];
        *place = (*place).max(usize::from(index) + 1);
    }
    let mut in_force: Vec<Option<Program>> = ids.iter().map(|_| None).collect();
    for program in programs {
        match ids.iter().position(|id| *id == program.signal) {
            Some(_) if program.program == "off" => {}
            Some(signal) => in_force[signal] = Some(program),
            None => context.notice(format!(
                "the signal {} of {} is not in the network",
                program.signal,
                program.file.display()
            )),
        }
    }
    let mut plans = Column::default();
    let mut following = Vec::new();
    for ((id, program), n) in ids.iter().zip(in_force).zip(needed) {
        let Some(program) = program else {
            // Recorded with the connection that names it.
            plans.push(SignalPlan { offset_ms: 0, phases: Vec::new() });
            continue;
        };
        let at = |message: String| Problem::new(&program.file, message).line(program.line);
        let length = program.plan.phases.first().map_or(0, |phase| phase.aspects.len());
        if program.plan.cycle_ms() <= 0 {
            context
                .problems
                .push(at(format!("the program {:?} of signal {id} has no phase of some length", program.program)));
        } else if length < n {
            let message = format!(
                "the program {:?} of signal {id} has {length} letters but the network uses {n}",
                program.program
            );
            let hint = "the network was rebuilt after the program was written; write the program anew";
            context
                .problems
                .push(at(message).field("state", length.to_string()).allowed(format!("{n} letters")).hint(hint));
        }
        if let Some(actuated) = program.actuated {
            following.push((SignalId::from_index(plans.len()), actuated));
        }
        plans.push(program.plan);
    }
    actuated::with_detectors(context, parts, SignalPlans::fixed(plans), following)
}
