//! Backward/forward sweep (the ladder method) on a [`Tree`].
//!
//! Backward, from the ends to the source: the current of a row is what its node draws plus the currents of the rows that
//! hang on it, I = Σ I_load(V) + Y·V + Σ Mᵀ·I_child. Forward, from the source to the ends: V = M·V_parent − Z·I. M is the
//! unit matrix but for transformers. The changes shrink by about the voltage drop in per unit with every iteration.

use super::blocks::{C64, NO_PHASORS, PHASES, Phasors, times};
use super::recover::{recover_all, turned, turned_back};
use super::solver::{Accuracy, Outcome, PowerFlow};
use super::tree::{Row, Tree};

/// The sweep and its buffers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sweep {
    /// Voltages by row.
    pub(super) v: Vec<Phasors>,
    /// Currents by row, towards its node.
    pub(super) i: Vec<Phasors>,
    /// Voltages by node.
    nodes: Vec<Phasors>,
}

impl PowerFlow for Sweep {
    fn solve(&mut self, tree: &Tree, powers: &[C64], accuracy: Accuracy) -> Outcome {
        self.v.clear();
        self.v.extend_from_slice(&tree.idle_v);
        self.i.clear();
        self.i.resize(tree.rows.len(), NO_PHASORS);
        self.nodes.resize(tree.n_nodes, NO_PHASORS);
        let mut outcome = Outcome { has_converged: false, iterations: 0, mismatch_pu: f64::INFINITY };
        while !outcome.has_converged && outcome.iterations < accuracy.max_iterations {
            draw(tree, powers, &self.v, &mut self.i);
            gather(tree, &mut self.i);
            let change_pu2 = drop(tree, &self.i, &mut self.v);
            outcome.iterations += 1;
            outcome.mismatch_pu = change_pu2.sqrt();
            outcome.has_converged = outcome.mismatch_pu <= accuracy.tolerance_pu;
            if !outcome.mismatch_pu.is_finite() {
                break;
            }
        }
        if !outcome.mismatch_pu.is_finite() {
            self.v.copy_from_slice(&tree.idle_v);
            self.i.fill(NO_PHASORS);
        }
        recover_all(tree, &self.v, &self.i, &mut self.nodes);
        outcome
    }

    fn voltages(&self) -> &[Phasors] {
        &self.nodes
    }
}

/// What every row's own node draws.
pub(super) fn draw(tree: &Tree, powers: &[C64], v: &[Phasors], i: &mut [Phasors]) {
    i.fill(NO_PHASORS);
    for element in &tree.elements {
        let row = element.row as usize;
        let s = powers[element.load as usize] * element.share;
        element.draw(element.model.current(s, element.voltage(&v[row])), &mut i[row]);
    }
    for (row, admittance) in &tree.shunts {
        let drawn = times(admittance, &v[*row as usize]);
        let i = &mut i[*row as usize];
        for phase in 0..PHASES {
            i[phase] += drawn[phase];
        }
    }
}

/// Backward: adds every row's current to that of the row it hangs on.
pub(super) fn gather(tree: &Tree, i: &mut [Phasors]) {
    for (index, row) in tree.rows.iter().enumerate().skip(1).rev() {
        let here = i[index];
        let through = if row.turns == u32::MAX { here } else { turned_back(&tree.turns[row.turns as usize], &here) };
        let up = &mut i[row.parent as usize];
        for phase in 0..PHASES {
            up[phase] += through[phase];
        }
    }
}

/// Forward: new voltages from the currents; the largest change squared, over the base.
fn drop(tree: &Tree, i: &[Phasors], v: &mut [Phasors]) -> f64 {
    let mut largest = 0.0;
    for (index, row) in tree.rows.iter().enumerate().skip(1) {
        let new = below(tree, row, &v[row.parent as usize], &i[index]);
        let old = &mut v[index];
        let mut change = 0.0;
        for phase in 0..PHASES {
            let by = (new[phase] - old[phase]).norm_sqr();
            // Not `max`, which would hide what is no number.
            change = if by <= change { change } else { by };
        }
        let change = change * row.per_base_v2;
        largest = if change <= largest { largest } else { change };
        *old = new;
    }
    largest
}

/// The voltages at the far end of a row.
#[inline]
fn below(tree: &Tree, row: &Row, up: &Phasors, i: &Phasors) -> Phasors {
    let fallen = times(&row.series_ohm, i);
    if row.turns == u32::MAX {
        std::array::from_fn(|phase| up[phase] - fallen[phase])
    } else {
        let up = turned(&tree.turns[row.turns as usize], up);
        std::array::from_fn(|phase| up[phase] - fallen[phase])
    }
}
