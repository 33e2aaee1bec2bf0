//! Voltages of the nodes that have no row of their own in the sweep.

use nalgebra::Matrix3;

use super::blocks::{Block, C64, PHASES, Phasors, ZERO, largest, times};
use super::tree::Tree;

/// How the voltages of a node without a row follow.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Recover {
    /// Between two rows: v(up) + share × (v(down) − v(up)).
    Between { node: u32, up: u32, down: u32, share: f64 },
    /// v(up) − Z × i(down), Z by its place.
    Along { node: u32, up: u32, down: u32, series: u32 },
    /// As another node.
    Same { node: u32, as_node: u32 },
    /// Behind an idle transformer: turns × v(node), turns by their place.
    Turned { node: u32, from_node: u32, turns: u32 },
}

/// A real matrix times phasors.
#[inline]
pub(super) fn turned(turns: &Matrix3<f64>, x: &Phasors) -> Phasors {
    let columns = &turns.data.0;
    std::array::from_fn(|row| x[0] * columns[0][row] + x[1] * columns[1][row] + x[2] * columns[2][row])
}

/// Its transpose times phasors.
#[inline]
pub(super) fn turned_back(turns: &Matrix3<f64>, x: &Phasors) -> Phasors {
    let columns = &turns.data.0;
    std::array::from_fn(|row| x[0] * columns[row][0] + x[1] * columns[row][1] + x[2] * columns[row][2])
}

/// s with part = s × whole, if there is one.
pub(super) fn share_of(part: &Block, whole: &Block) -> Option<f64> {
    let size = largest(whole);
    if size == 0.0 {
        return Some(0.0);
    }
    let (mut over, mut under) = (0.0, 0.0);
    for (a, b) in part.iter().zip(whole.iter()) {
        over += a.re * b.re + a.im * b.im;
        under += b.norm_sqr();
    }
    let share = over / under;
    (largest(&(part - whole * C64::new(share, 0.0))) <= 1e-12 * size).then_some(share)
}

/// Voltages at all nodes from those at the rows, and the currents of the rows.
pub(super) fn recover_all(tree: &Tree, v: &[Phasors], i: &[Phasors], nodes: &mut [Phasors]) {
    for (&node, voltages) in tree.node_of_row.iter().zip(v).skip(1) {
        nodes[node as usize] = *voltages;
    }
    for recover in &tree.recover {
        match *recover {
            Recover::Between { node, up, down, share } => {
                let (up, down) = (&v[up as usize], &v[down as usize]);
                let here = &mut nodes[node as usize];
                for phase in 0..PHASES {
                    here[phase] = up[phase] + (down[phase] - up[phase]) * share;
                }
            }
            Recover::Along { node, up, down, series } => {
                let drop = times(&tree.series[series as usize], &i[down as usize]);
                let up = &v[up as usize];
                nodes[node as usize] = std::array::from_fn(|phase| up[phase] - drop[phase]);
            }
            Recover::Same { node, as_node } => nodes[node as usize] = nodes[as_node as usize],
            Recover::Turned { node, from_node, turns } => {
                nodes[node as usize] = turned(&tree.turns[turns as usize], &nodes[from_node as usize]);
            }
        }
    }
    for &node in &tree.partial {
        let phases = tree.phases[node as usize];
        for (phase, voltage) in nodes[node as usize].iter_mut().enumerate() {
            if !phases.has(phase) {
                *voltage = ZERO;
            }
        }
    }
}
