//! Many snapshots of one feeder over all cores.

use rayon::prelude::*;

use super::blocks::C64;
use super::solver::{Accuracy, Outcome, PowerFlow};
use super::sweep::Sweep;
use super::tree::Tree;

/// Snapshots that one piece of work solves with the same buffers.
const PIECE: usize = 64;

/// Solves `n` snapshots: `write` gives the powers of each, `read` takes what is wanted of its solution. The answers come
/// in order, with the same bits for any number of threads, since every snapshot starts from the feeder without load.
pub fn solve_all<T: Send>(
    tree: &Tree,
    n: usize,
    accuracy: Accuracy,
    write: impl Fn(usize, &mut Vec<C64>) + Sync,
    read: impl Fn(usize, &[C64], &Sweep, Outcome) -> T + Sync,
) -> Vec<T> {
    let starts: Vec<usize> = (0..n).step_by(PIECE).collect();
    let pieces: Vec<Vec<T>> = starts
        .par_iter()
        .map(|&start| {
            let (mut sweep, mut powers) = (Sweep::default(), Vec::new());
            (start..(start + PIECE).min(n))
                .map(|index| {
                    powers.clear();
                    write(index, &mut powers);
                    let outcome = sweep.solve(tree, &powers, accuracy);
                    read(index, &powers, &sweep, outcome)
                })
                .collect()
        })
        .collect();
    pieces.into_iter().flatten().collect()
}
