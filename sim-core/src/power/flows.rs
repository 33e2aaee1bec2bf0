//! Currents, powers and losses of a solution.

use super::blocks::{Block, C64, NO_PHASORS, PHASES, Phasors, ZERO, magnitude, times};
use super::feeder::Feeder;
use super::parts::BranchKind;
use super::recover::turned_back;
use super::sweep::{Sweep, draw, gather};
use super::tree::{Tree, series_ohm};
use crate::ids::{BranchId, Id};

/// What flows in a feeder. Currents are those that the loads draw at the voltages found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Flows {
    /// Power that the source gives at its node, behind its own impedance.
    pub source_va: C64,
    /// Currents of the source.
    pub source_a: Phasors,
    /// Powers drawn, by load; zero without supply.
    pub loads_va: Vec<C64>,
    /// Power that all branches lose.
    pub branch_loss_va: C64,
    /// Power that capacitors, reactors, line charging and idle transformers draw.
    pub shunt_va: C64,
    /// Currents at the far end, by branch.
    pub branch_a: Vec<Phasors>,
    /// Active power lost, by branch.
    pub loss_w: Vec<f64>,
}

impl Flows {
    /// Active power lost in the feeder: in branches, and in what stands for losses without load.
    pub fn loss_w(&self) -> f64 {
        self.branch_loss_va.re + self.shunt_va.re
    }

    /// Works them out.
    pub fn find(&mut self, feeder: &Feeder, tree: &Tree, powers: &[C64], sweep: &Sweep) {
        let v = &sweep.v;
        let mut i = vec![NO_PHASORS; tree.rows.len()];
        draw(tree, powers, v, &mut i);
        gather(tree, &mut i);
        self.source_a = i[1];
        self.source_va = power(&v[1], &i[1]);
        self.loads_va.clear();
        self.loads_va.resize(powers.len(), ZERO);
        for element in &tree.elements {
            let across = element.voltage(&v[element.row as usize]);
            let s = powers[element.load as usize] * element.share;
            self.loads_va[element.load as usize] += across * element.model.current(s, across).conj();
        }
        self.shunt_va = ZERO;
        for (row, admittance) in &tree.shunts {
            let here = &v[*row as usize];
            self.shunt_va += power(here, &times(admittance, here));
        }
        self.branch_loss_va = ZERO;
        for (index, row) in tree.rows.iter().enumerate().skip(2) {
            self.branch_loss_va += lost(&row.series_ohm, &i[index]);
        }
        self.branch_a.clear();
        self.loss_w.clear();
        for (index, branch) in feeder.parts.branches.iter().enumerate() {
            let row = tree.row_of_branch[index];
            let mut currents = if row == u32::MAX { NO_PHASORS } else { i[row as usize] };
            for phase in (0..PHASES).filter(|&phase| !branch.phases.has(phase)) {
                currents[phase] = ZERO;
            }
            self.loss_w.push(lost(&series_ohm(feeder, BranchId::from_index(index)), &currents).re);
            self.branch_a.push(currents);
        }
    }

    /// The largest current of a branch at either end, over what it may carry; `None` where that is not known.
    pub fn loading(&self, feeder: &Feeder, branch: BranchId) -> Option<f64> {
        let part = &feeder.parts.branches[branch.index()];
        let far = &self.branch_a[branch.index()];
        let largest = |currents: &Phasors| currents.iter().fold(0.0, |most: f64, &i| most.max(magnitude(i)));
        match &part.kind {
            BranchKind::Transformer(transformer) => {
                // By winding: each carries its share of the rated power.
                let rated_a = transformer.rated_va / (part.phases.len() as f64 * transformer.secondary_v);
                Some(largest(far) / rated_a)
            }
            BranchKind::Fuse { rated_a } => Some(largest(far) / rated_a),
            BranchKind::Line { .. } | BranchKind::Switch => part.rated_a.map(|rated_a| largest(far) / rated_a),
        }
    }

    /// Currents at the feeding side of a branch.
    pub fn near_a(&self, feeder: &Feeder, branch: BranchId) -> Phasors {
        let part = &feeder.parts.branches[branch.index()];
        let far = &self.branch_a[branch.index()];
        match &part.kind {
            BranchKind::Transformer(transformer) => turned_back(&transformer.turns(part.phases), far),
            _ => *far,
        }
    }
}

/// V·I*, all phases.
fn power(v: &Phasors, i: &Phasors) -> C64 {
    (0..PHASES).fold(ZERO, |sum, phase| sum + v[phase] * i[phase].conj())
}

/// (Z·I)·I*, all phases.
fn lost(series_ohm: &Block, i: &Phasors) -> C64 {
    power(&times(series_ohm, i), i)
}
