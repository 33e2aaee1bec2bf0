//! A circuit as a reader leaves it.

use sim_core::power::parts::FeederParts;
use sim_core::power::{C64, Feeder, FeederError, PhaseSet};

use crate::error::{Problem, Problems};
use crate::loaded::{InputDigest, Notice};

/// A time series of factors on the power of loads.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// Length of an interval; the first begins at the start of the day.
    pub interval_s: f64,
    /// Factors, or active powers in W if `is_actual`.
    pub factors: Vec<f64>,
    /// The same for reactive power, where it has its own.
    pub reactive: Option<Vec<f64>>,
    /// Whether the values are powers, not factors.
    pub is_actual: bool,
}

impl Shape {
    /// What a load of a nominal power draws in interval `index`; the series repeats.
    pub fn power(&self, nominal: C64, index: usize) -> C64 {
        let at = |series: &[f64]| series.get(index % series.len().max(1)).copied().unwrap_or(1.0);
        let active = at(&self.factors);
        match (self.is_actual, &self.reactive) {
            (false, None) => nominal * active,
            (false, Some(reactive)) => C64::new(nominal.re * active, nominal.im * at(reactive)),
            (true, Some(reactive)) => C64::new(active, at(reactive)),
            // The power factor stays.
            (true, None) if nominal.re != 0.0 => nominal * (active / nominal.re),
            (true, None) => C64::new(active, 0.0),
        }
    }
}

/// Which shape a load follows.
pub type LoadShape = Option<usize>;

/// Where a part comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The file.
    pub file: std::path::PathBuf,
    /// The line.
    pub line: usize,
}

/// A circuit as a reader leaves it: parts, names, shapes.
#[derive(Clone, PartialEq, Debug)]
pub struct Circuit {
    /// Its name.
    pub name: String,
    /// Nominal frequency.
    pub frequency_hz: f64,
    /// The parts.
    pub parts: FeederParts,
    /// Names of nodes.
    pub nodes: Vec<String>,
    /// Names of branches, with their kind as OpenDSS has it: `line.l1`.
    pub branches: Vec<String>,
    /// Names of loads.
    pub loads: Vec<String>,
    /// Names of capacitors.
    pub shunts: Vec<String>,
    /// Where branches, loads and capacitors come from, in this order.
    pub origins: Vec<Origin>,
    /// Shapes.
    pub shapes: Vec<Shape>,
    /// The shape of each load.
    pub load_shapes: Vec<LoadShape>,
    /// Files read.
    pub inputs: Vec<InputDigest>,
    /// What the user should know.
    pub notices: Vec<Notice>,
}

impl Circuit {
    /// The powers of all loads at nominal voltage, without shapes.
    pub fn powers(&self) -> Vec<C64> {
        self.parts.loads.iter().map(|load| C64::new(load.power_w, load.reactive_var)).collect()
    }

    /// The same in an interval of the shapes.
    pub fn powers_at(&self, index: usize) -> Vec<C64> {
        let nominal = self.powers();
        let shaped = |(s, shape): (&C64, &LoadShape)| shape.map_or(*s, |shape| self.shapes[shape].power(*s, index));
        nominal.iter().zip(&self.load_shapes).map(shaped).collect()
    }

    /// The checked feeder.
    ///
    /// # Errors
    /// All mistakes, in the words of the input.
    pub fn feeder(&self) -> Result<Feeder, Problems> {
        Feeder::build(self.parts.clone())
            .map_err(|errors| Problems { list: errors.iter().map(|error| self.problem(error)).collect() })
    }

    fn origin(&self, index: usize) -> Problem {
        let origin = self.origins.get(index).cloned().unwrap_or_default();
        let problem = Problem::new(origin.file, "");
        if origin.line > 0 { problem.line(origin.line) } else { problem }
    }

    /// A mistake of the feeder in the words of the input.
    pub fn problem(&self, error: &FeederError) -> Problem {
        let of_branch = |index: usize| self.origin(index).field("branch", &self.branches[index]);
        let of_load = |index: usize| self.origin(self.branches.len() + index).field("load", &self.loads[index]);
        let of_shunt = |index: usize| {
            let place = self.branches.len() + self.loads.len() + index;
            self.origin(place).field("capacitor", &self.shunts[index])
        };
        let told = |problem: Problem, message: String| Problem { message, ..problem };
        match error {
            FeederError::Loop { branches } => {
                let names: Vec<&str> = branches.iter().map(|id| self.branches[id.index()].as_str()).collect();
                let last = branches.last().map_or_else(|| self.origin(usize::MAX), |id| of_branch(id.index()));
                told(last, format!("closes a loop: {}", names.join(" → ")))
                    .hint("meshed feeders cannot be solved yet: open a switch in the loop")
            }
            FeederError::NotFed { node } => {
                let first = self.origins.first().map(|origin| origin.file.clone()).unwrap_or_default();
                Problem::new(first, "nothing feeds this node")
                    .field("node", &self.nodes[node.index()])
                    .hint("connect it to the source by lines, transformers or switches")
            }
            FeederError::ZeroImpedance { branch } => {
                told(of_branch(branch.index()), "has no impedance".to_owned()).hint("give it one, or make it a switch")
            }
            FeederError::BadNumber { branch } => {
                told(of_branch(branch.index()), "has a number that is not finite, or not above 0".to_owned())
            }
            FeederError::BranchPhase { branch, node, missing } => told(
                of_branch(branch.index()),
                format!("line phase {} does not exist at node {:?}", phases(*missing), self.nodes[node.index()]),
            ),
            FeederError::LoadPhase { load, missing } => {
                let node = &self.nodes[self.parts.loads[load.index()].node.index()];
                told(of_load(load.index()), format!("line phase {} does not exist at node {node:?}", phases(*missing)))
            }
            FeederError::ShuntPhase { shunt, missing } => {
                let node = &self.nodes[self.parts.shunts[*shunt].node.index()];
                told(of_shunt(*shunt), format!("line phase {} does not exist at node {node:?}", phases(*missing)))
            }
            FeederError::FedFromSecondary { branch } => {
                told(of_branch(branch.index()), "is fed from its secondary side".to_owned())
                    .hint("turn it round: its first winding must face the source")
            }
            FeederError::DeltaNeedsThree { branch } => {
                told(of_branch(branch.index()), "a delta winding needs three line phases".to_owned())
            }
        }
    }
}

/// Line phases in words: 1 and 3.
pub fn phases(set: PhaseSet) -> String {
    set.iter().map(|phase| (phase + 1).to_string()).collect::<Vec<_>>().join(" and ")
}
