//! Feeders alone, without traffic: one snapshot, or a stretch of time.

use sim_core::lighting::Lighting;
use sim_core::lighting::control::{self, LightingState};
use sim_core::network::Network;
use sim_core::ports::Ports;
use sim_core::power::pass::{self, Buffers};
use sim_core::power::record::{FeederSum, PowerRecord};
use sim_core::power::solver::Accuracy;
use sim_core::power::system::{FeederSystem, PowerState, Profile, Role, Steps};
use sim_core::power::tree::Reduction;
use sim_core::power::{C64, Flows, Outcome, Phasors, PowerFlow, Sweep, Tree};
use sim_core::signals::SignalPlans;
use sim_core::signals::actuated::SignalState;
use sim_core::signals::advance::{self, WhenDark};

use super::plan::{MeterName, PowerPlan};
use super::{Circuit, Shape};
use crate::error::Problems;

/// What stands around the feeders: signals with their plans, lamps with their programmes; all may be empty.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The network that the signals stand in.
    pub network: &'a Network,
    /// Their plans.
    pub signals: &'a SignalPlans,
    /// Street lighting.
    pub lighting: &'a Lighting,
}

impl Surroundings<'_> {
    /// The columns through which they meet the feeders.
    fn ports(&self) -> Ports {
        let mut ports = Ports::new(self.network);
        if !self.lighting.is_empty() {
            ports.make_room_for_lamps(self.network.links.len(), self.lighting.luminaires.len());
        }
        ports
    }
    /// Signals and lamps at an instant.
    fn advance(&self, now_ms: i64, ports: &mut Ports, lamps: &mut LightingState) {
        advance::run(self.network, (self.signals, &SignalState::default()), now_ms, WhenDark::Signs, ports);
        if !self.lighting.is_empty() {
            control::run(self.lighting, now_ms, ports, lamps);
        }
    }
}

/// A feeder at one instant.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// How the solution went.
    pub outcome: Outcome,
    /// Voltages by node.
    pub voltages: Vec<Phasors>,
    /// Currents, powers, losses.
    pub flows: Flows,
}

/// A plan with one circuit whose loads follow their shapes, metered at its source.
///
/// # Errors
/// All mistakes of the circuit.
pub fn plan_of(circuit: Circuit) -> Result<PowerPlan, Problems> {
    let mut system = FeederSystem::new(circuit.feeder()?);
    let mut plan = PowerPlan::default();
    let mut shortest_ms = i64::MAX;
    for (index, shape) in circuit.load_shapes.iter().enumerate() {
        let Some(shape) = shape.map(|shape| &circuit.shapes[shape]) else { continue };
        let load = &mut system.feeder.parts.loads[index];
        // Powers instead of factors need a nominal power to be a factor of.
        if shape.is_actual && load.power_w == 0.0 {
            load.power_w = 1.0;
        }
        let profile = profile(shape, C64::new(load.power_w, load.reactive_var));
        shortest_ms = shortest_ms.min(profile.interval_ms);
        system.roles[index] = Role::Profile(plan.grid.profiles.len() as u32);
        plan.grid.profiles.push(profile);
    }
    plan.grid.every_ms = if shortest_ms == i64::MAX { 60_000 } else { shortest_ms.max(1) };
    plan.grid.co2_kg_per_kwh = Steps::default();
    plan.grid.feeders.push(system);
    plan.meters.push(vec![MeterName { id: "source".to_owned(), name: circuit.name.clone(), tariff: None }]);
    plan.circuits.push(circuit);
    Ok(plan)
}

fn profile(shape: &Shape, nominal: C64) -> Profile {
    let powers: Vec<C64> = (0..shape.factors.len()).map(|index| shape.power(nominal, index)).collect();
    let over = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
    Profile {
        begin_ms: 0,
        interval_ms: (shape.interval_s * 1000.0).round() as i64,
        active: powers.iter().map(|s| over(s.re, nominal.re)).collect(),
        reactive: powers.iter().map(|s| over(s.im, nominal.im)).collect(),
    }
}

/// All feeders at an instant; without one, with all loads at their nominal power.
pub fn snapshot(plan: &PowerPlan, around: Surroundings<'_>, now_ms: Option<i64>) -> Vec<Snapshot> {
    let mut ports = around.ports();
    around.advance(now_ms.unwrap_or(0), &mut ports, &mut LightingState::new(around.lighting));
    let idle = PowerState::new(&plan.grid);
    let one = |system: &FeederSystem| {
        let nominal =
            || system.feeder.parts.loads.iter().map(|load| C64::new(load.power_w, load.reactive_var)).collect();
        let powers: Vec<C64> = now_ms.map_or_else(nominal, |now_ms| {
            pass::demand(&plan.grid, system, (around.network, &ports), &idle, now_ms).collect()
        });
        let closed: Vec<bool> = system.feeder.parts.branches.iter().map(|branch| branch.is_closed).collect();
        let (mut sweep, mut flows) = (Sweep::default(), Flows::default());
        let tree = Tree::build(&system.feeder, &closed, Reduction::Series).expect("a checked feeder has no loop");
        let outcome = sweep.solve(&tree, &powers, Accuracy::default());
        flows.find(&system.feeder, &tree, &powers, &sweep);
        Snapshot { outcome, voltages: sweep.voltages().to_vec(), flows }
    };
    plan.grid.feeders.iter().map(one).collect()
}

/// All feeders from one instant to another, by interval. Signals show their plans, lamps follow their programmes; nobody
/// drives.
pub fn stretch(
    plan: &PowerPlan,
    around: Surroundings<'_>,
    (begin_ms, end_ms): (i64, i64),
    interval_ms: i64,
) -> Vec<Vec<FeederSum>> {
    let grid = &plan.grid;
    let (mut ports, mut lamps) = (around.ports(), LightingState::new(around.lighting));
    let (mut state, mut buffers) = (PowerState::new(grid), Buffers::default());
    let mut record = PowerRecord::new(grid, begin_ms, interval_ms);
    let mut now_ms = begin_ms;
    while now_ms < end_ms {
        around.advance(now_ms, &mut ports, &mut lamps);
        pass::run(grid, around.network, now_ms, &mut ports, (&mut state, &mut buffers), &mut record);
        now_ms = (now_ms.div_euclid(grid.every_ms) + 1) * grid.every_ms;
    }
    (0..grid.feeders.len()).map(|feeder| record.sums(feeder, end_ms)).collect()
}
