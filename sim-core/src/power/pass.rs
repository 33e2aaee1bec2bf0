//! Pass `power`: what everything draws, the voltages that follow, and what they do to those who hang on them.

use rayon::prelude::*;

use super::blocks::{C64, PHASES, ZERO, magnitude, unbalance};
use super::flows::Flows;
use super::record::{At, FeederNow, MeterNow, PowerRecord};
use super::solver::{Accuracy, Outcome, PowerFlow};
use super::sweep::Sweep;
use super::system::{FeederState, FeederSystem, MeterAt, PowerGrid, PowerState, Role};
use super::tree::{Reduction, Tree};
use crate::ids::{BranchId, ElectricalNodeId, Id, LoadId, LuminaireId, SignalId};
use crate::network::Network;
use crate::ports::{Ports, Rule, SignalMode};

/// Share of a lit lamp's time when it blinks.
const BLINKING: f64 = 0.5;

/// Change of voltage that lamps are told of at once; of smaller ones they learn on their own rhythm.
const URGENT_PU: f32 = 0.02;

/// Buffers by feeder; fresh ones give the same run.
#[derive(Default)]
pub struct Buffers {
    feeders: Vec<FeederBuffers>,
}

#[derive(Default)]
struct FeederBuffers {
    /// The tree, and the switches it was made for.
    tree: Option<(Vec<bool>, Tree)>,
    sweep: Sweep,
    flows: Flows,
    powers: Vec<C64>,
    solved: Option<(FeederNow, Outcome)>,
    supplied: Vec<(SignalId, bool)>,
    charging: Vec<(u32, bool)>,
    lamps: Vec<(u32, bool, f32)>,
    melting: Vec<(usize, f64)>,
}

/// Solves all feeders at a time.
pub fn run(
    grid: &PowerGrid,
    network: &Network,
    now_ms: i64,
    ports: &mut Ports,
    (state, buffers): (&mut PowerState, &mut Buffers),
    record: &mut PowerRecord,
) {
    buffers.feeders.resize_with(grid.feeders.len(), FeederBuffers::default);
    let since_s = state.solved_ms.map_or(0.0, |solved_ms| (now_ms - solved_ms) as f64 / 1000.0);
    for (charging, charger) in state.chargers.iter_mut().zip(&grid.chargers) {
        charging.settle(charger, since_s, grid.every_ms as f64 / 1000.0);
    }
    let (frozen, frozen_state): (&Ports, &PowerState) = (ports, state);
    let work = buffers.feeders.par_iter_mut().zip(&grid.feeders).zip(&frozen_state.feeders);
    work.for_each(|((buffers, system), state)| {
        buffers.powers.clear();
        buffers.powers.extend(demand(grid, system, (network, frozen), frozen_state, now_ms));
        buffers.solve(grid, system, state, now_ms);
    });
    for (index, buffers) in buffers.feeders.iter_mut().enumerate() {
        if let Some((now, outcome)) = buffers.solved.take() {
            record.take(index, now_ms, now, outcome);
        }
        for &(charger, is_served) in &buffers.charging {
            state.chargers[charger as usize].is_served = is_served;
        }
        for &(group, has_supply, voltage_pu) in &buffers.lamps {
            state.has_switched_lamps |= tell_lamps(ports, &grid.lamps[group as usize], has_supply, voltage_pu);
        }
        for &(signal, has_supply) in &buffers.supplied {
            if ports.has_supply[signal] != has_supply {
                ports.has_supply[signal] = has_supply;
                state.restarts.retain(|(other, _)| *other != signal);
                state.restarts.push((signal, now_ms));
            }
        }
    }
    state.solved_ms = Some(now_ms);
    state.is_switched = false;
    for (state_of, buffers) in state.feeders.iter_mut().zip(&buffers.feeders) {
        for &(branch, speed) in &buffers.melting {
            // The fuse has carried this current since the last power flow.
            state_of.wear[branch] += speed * since_s;
            if state_of.wear[branch] >= 1.0 && state_of.closed[branch] {
                state_of.closed[branch] = false;
                state_of.melted.push(BranchId::from_index(branch));
                state.is_switched = true;
            }
        }
    }
}

/// Tells lamps their supply; whether they have to be looked at at once.
fn tell_lamps(ports: &mut Ports, lamps: &[LuminaireId], has_supply: bool, voltage_pu: f32) -> bool {
    let mut is_urgent = false;
    let n_lamps = ports.lamp_supply.len();
    for &lamp in lamps.iter().filter(|lamp| lamp.index() < n_lamps) {
        let change_pu = ports.lamp_voltage_pu[lamp] - voltage_pu;
        is_urgent |= ports.lamp_supply[lamp] != has_supply || !(-URGENT_PU..=URGENT_PU).contains(&change_pu);
        ports.lamp_supply[lamp] = has_supply;
        ports.lamp_voltage_pu[lamp] = voltage_pu;
    }
    is_urgent
}

/// Leads signals back to their plans, step by step.
pub fn restart(
    grid: &PowerGrid,
    (now_ms, step_ms): (i64, i64),
    ports: &mut Ports,
    state: &mut PowerState,
    record: &mut PowerRecord,
) {
    let times = grid.restart;
    state.restarts.retain(|&(signal, since_ms)| {
        let mode = if !ports.has_supply[signal] {
            SignalMode::Dark
        } else if now_ms < since_ms + times.flashing_ms {
            SignalMode::Flashing
        } else if now_ms < since_ms + times.flashing_ms + times.all_red_ms {
            SignalMode::AllRed
        } else {
            SignalMode::Plan
        };
        ports.signal_mode[signal] = mode;
        if mode != SignalMode::Plan {
            record.note_dark(signal, step_ms);
        }
        mode != SignalMode::Plan
    });
}

/// What every load of a feeder would draw with supply.
pub fn demand<'a>(
    grid: &'a PowerGrid,
    system: &'a FeederSystem,
    (network, ports): (&'a Network, &'a Ports),
    state: &'a PowerState,
    now_ms: i64,
) -> impl Iterator<Item = C64> + 'a {
    system.feeder.parts.loads.iter().zip(&system.roles).map(move |(load, role)| {
        let nominal = C64::new(load.power_w, load.reactive_var);
        match role {
            Role::Constant => nominal,
            Role::Profile(profile) => grid.profiles[*profile as usize].power(nominal, now_ms),
            Role::Signal { signal, lamp_w, reactive_share } => {
                let lamps_w = signal_lamps_w(network, ports, *signal, lamp_w);
                nominal + C64::new(lamps_w, lamps_w * reactive_share)
            }
            Role::Lamps(group) => lamps_va(ports, &grid.lamps[*group as usize]),
            Role::Charger { charger, reactive_share } => {
                let power_w = state.chargers[*charger as usize].power_w();
                C64::new(power_w, power_w * reactive_share)
            }
        }
    })
}

impl FeederBuffers {
    fn solve(&mut self, grid: &PowerGrid, system: &FeederSystem, state: &FeederState, now_ms: i64) {
        if self.tree.as_ref().is_none_or(|(closed, _)| *closed != state.closed) {
            // Switching refuses what would make a loop, so there is always a tree.
            let tree = Tree::build(&system.feeder, &state.closed, Reduction::Series);
            self.tree = tree.ok().map(|tree| (state.closed.clone(), tree));
        }
        self.supplied.clear();
        self.charging.clear();
        self.lamps.clear();
        self.melting.clear();
        let Some((_, tree)) = &self.tree else { return };
        let outcome = self.sweep.solve(tree, &self.powers, Accuracy::default());
        self.flows.find(&system.feeder, tree, &self.powers, &self.sweep);
        let now = solved_now(grid, system, (tree, &self.sweep, &self.flows), &self.powers, now_ms);
        for (index, role) in system.roles.iter().enumerate() {
            if let Role::Lamps(group) = role {
                let is_served = tree.is_served(index);
                let voltage_pu = if is_served { lowest_pu(system, &now, index) as f32 } else { 0.0 };
                self.lamps.push((*group, is_served, voltage_pu));
            }
            if let Role::Charger { charger, .. } = role {
                self.charging.push((*charger, tree.is_served(index)));
            }
            if let Role::Signal { signal, .. } = role {
                self.supplied
                    .push((*signal, tree.is_served(index) && lowest_pu(system, &now, index) >= grid.signal_min_pu));
            }
        }
        for (index, branch) in system.feeder.parts.branches.iter().enumerate() {
            if let super::parts::BranchKind::Fuse { rated_a } = branch.kind {
                let currents = &self.flows.branch_a[index];
                let most_a = currents.iter().fold(0.0_f64, |most, i| most.max(magnitude(*i)));
                self.melting.push((index, melting_per_s(most_a, rated_a)));
            }
        }
        self.solved = Some((now, outcome));
    }
}

/// What luminaires would draw with supply at their rated voltage.
fn lamps_va(ports: &Ports, lamps: &[LuminaireId]) -> C64 {
    lamps
        .iter()
        .filter_map(|lamp| ports.lamp_demand_va.as_slice().get(lamp.index()))
        .fold(ZERO, |sum, [w, var]| sum + C64::new(*w, *var))
}

/// Power of the lamps that a signal's heads show now.
fn signal_lamps_w(network: &Network, ports: &Ports, signal: SignalId, [red_w, yellow_w, green_w]: &[f64; 3]) -> f64 {
    network.signal_heads[signal].iter().fold(0.0, |sum, &connector| {
        sum + match (ports.signal_mode[signal], ports.rules[connector]) {
            // What it would draw had it supply: it would blink.
            (SignalMode::Dark | SignalMode::Flashing, _) | (_, Rule::OffBlinking) => yellow_w * BLINKING,
            (_, Rule::Green | Rule::GreenYield) => *green_w,
            (_, Rule::Yellow) => *yellow_w,
            (_, Rule::RedYellow) => red_w + yellow_w,
            (_, Rule::Red | Rule::Stop) => *red_w,
            _ => 0.0,
        }
    })
}

/// Lowest voltage of a load's line phases, over nominal.
fn lowest_pu(system: &FeederSystem, now: &FeederNow, load: usize) -> f64 {
    let part = &system.feeder.parts.loads[load];
    let (volts, per_base_v) = (&now.volts[part.node.index()], now.per_base_v[part.node.index()]);
    let phases = part.connections.iter().flat_map(|connection| connection.phases().iter());
    phases.fold(f64::INFINITY, |least, phase| least.min(f64::from(volts[phase] * per_base_v)))
}

/// The part of a fuse's life that a current takes per second: a fuse of class gG carries 1.25 times its rated current for
/// ever and melts within its conventional time at 1.6 times (IEC 60269-1); in between and beyond, heat grows with the
/// square of the current.
pub fn melting_per_s(current_a: f64, rated_a: f64) -> f64 {
    let conventional_h = match rated_a {
        rated_a if rated_a <= 63.0 => 1.0,
        rated_a if rated_a <= 160.0 => 2.0,
        rated_a if rated_a <= 400.0 => 3.0,
        _ => 4.0,
    };
    let (over, never, conventional) = (current_a / rated_a, 1.25, 1.6);
    ((over * over - never * never) / (conventional * conventional - never * never)).max(0.0) / (conventional_h * 3600.0)
}

/// A solution as rates.
fn solved_now(
    grid: &PowerGrid,
    system: &FeederSystem,
    (tree, sweep, flows): (&Tree, &Sweep, &Flows),
    powers: &[C64],
    now_ms: i64,
) -> FeederNow {
    let feeder = &system.feeder;
    let drawn = flows.loads_va.iter().fold(ZERO, |sum, s| sum + s);
    let missing_w = |load: usize| if tree.is_served(load) { 0.0 } else { powers[load].re.max(0.0) };
    let mut now = FeederNow {
        source_w: flows.source_va.re,
        source_var: flows.source_va.im,
        load_w: drawn.re,
        loss_w: flows.loss_w(),
        not_served_w: (0..powers.len()).fold(0.0, |sum, load| sum + missing_w(load)),
        co2_kg_per_kwh: grid.co2_kg_per_kwh.at(now_ms),
        ..FeederNow::default()
    };
    let dark = (0..powers.len()).filter(|&load| !tree.is_served(load));
    now.dark.extend(dark.map(|load| (LoadId::from_index(load), powers[load].re.max(0.0))));
    let at = |value: f64, place: usize| Some(At { value, place: place as u32, at_ms: now_ms });
    for (node, (voltages, part)) in sweep.voltages().iter().zip(&feeder.parts.nodes).enumerate() {
        let mut volts = [0.0; PHASES];
        for (volts, voltage) in volts.iter_mut().zip(voltages) {
            let here_v = magnitude(*voltage);
            *volts = here_v as f32;
            if here_v > 0.0 {
                let pu = here_v / part.base_v;
                now.lowest_pu = At::smaller(now.lowest_pu, at(pu, node));
                now.highest_pu = At::larger(now.highest_pu, at(pu, node));
                now.is_outside |= pu < grid.min_pu || pu > grid.max_pu;
            }
        }
        now.volts.push(volts);
        now.per_base_v.push((1.0 / part.base_v) as f32);
        if let Some(share) = unbalance(voltages) {
            now.unbalance = At::larger(now.unbalance, at(share, node));
        }
    }
    for branch in 0..feeder.parts.branches.len() {
        if let Some(loading) = flows.loading(feeder, BranchId::from_index(branch)) {
            now.loading = At::larger(now.loading, at(loading, branch));
        }
    }
    for meter in &system.meters {
        let through = match meter.at {
            MeterAt::Source => flows.source_va,
            MeterAt::Branch(branch) => {
                let far: ElectricalNodeId = feeder.parts.branches[branch.index()].to;
                let (voltages, currents) = (&sweep.voltages()[far.index()], &flows.branch_a[branch.index()]);
                (0..PHASES).fold(ZERO, |sum, phase| sum + voltages[phase] * currents[phase].conj())
            }
            MeterAt::Loads => meter.loads.iter().fold(ZERO, |sum, load| sum + flows.loads_va[load.index()]),
        };
        let through = meter.left_out.iter().fold(through, |sum, load| sum - flows.loads_va[load.index()]);
        now.meters.push(MeterNow {
            power_w: through.re,
            reactive_var: through.im,
            loss_w: meter.branches.iter().fold(0.0, |sum, branch| sum + flows.loss_w[branch.index()]),
            not_served_w: meter.loads.iter().fold(0.0, |sum, load| sum + missing_w(load.index())),
            price_per_kwh: meter.price.map_or(0.0, |price| grid.prices[price as usize].at(now_ms)),
        });
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fuse_melts_in_its_conventional_time_and_never_at_a_little_more_than_its_rating() {
        assert_eq!(melting_per_s(1.25 * 16.0, 16.0), 0.0);
        assert!((melting_per_s(1.6 * 16.0, 16.0) * 3600.0 - 1.0).abs() < 1e-12);
        assert!((melting_per_s(1.6 * 100.0, 100.0) * 7200.0 - 1.0).abs() < 1e-12);
    }
}
