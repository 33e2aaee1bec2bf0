//! Pass `advance`: every signal shows what its plan says for the present step.

use crate::ids::SignalId;
use crate::network::Network;
use crate::ports::{Ports, Rule, SignalMode};
use crate::signals::actuated::SignalState;
use crate::signals::{Aspect, SignalPlans};

/// What rules the heads of a signal without supply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenDark {
    /// Everybody stops, first come first served.
    AllWayStop,
    /// The signs at the junction.
    Signs,
}

/// Sets the rule of every signalised connector for the step that starts at `now_ms`.
pub fn run(
    network: &Network,
    (plans, state): (&SignalPlans, &SignalState),
    now_ms: i64,
    when_dark: WhenDark,
    ports: &mut Ports,
) {
    for (signal, plan) in plans.plans.enumerate() {
        if plan.phases.is_empty() {
            continue;
        }
        let aspects = &plan.phases[plans.phase_now(state, signal, now_ms)].aspects;
        let mode = if ports.has_supply[signal] { ports.signal_mode[signal] } else { SignalMode::Dark };
        show(network, signal, now_ms, ports, |index| match mode {
            SignalMode::Plan => aspects.get(index as usize).copied().map_or(Rule::Red, Rule::of_aspect),
            SignalMode::AllRed => Rule::Red,
            SignalMode::Flashing => Rule::of_aspect(Aspect::OffBlinking),
            SignalMode::Dark => match when_dark {
                WhenDark::AllWayStop => Rule::AllWayStop,
                WhenDark::Signs => Rule::of_aspect(Aspect::OffBlinking),
            },
        });
    }
}

fn show(network: &Network, signal: SignalId, now_ms: i64, ports: &mut Ports, rule: impl Fn(u16) -> Rule) {
    for &connector in &network.signal_heads[signal] {
        let shown = rule(network.connectors[connector].signal_index);
        if ports.rules[connector] != shown {
            ports.rules[connector] = shown;
            ports.rule_since_ms[connector] = now_ms;
        }
    }
}
