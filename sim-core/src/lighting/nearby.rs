//! Which luminaires stand near a stretch of road: luminaires by square cells, in id order within a cell.

use crate::ids::{Id, LuminaireId};
use crate::lighting::luminaires::Luminaire;
use crate::math;

/// Side of a cell.
const CELL_M: f64 = 64.0;
/// Most cells; a larger plane gets larger cells.
const CELLS_MAX: f64 = 4e6;

/// Luminaires by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Nearby {
    low_m: [f64; 2],
    cell_m: f64,
    n: [usize; 2],
    first: Vec<u32>,
    items: Vec<LuminaireId>,
}

impl Nearby {
    /// Puts luminaires into cells.
    pub(super) fn new(luminaires: &[Luminaire]) -> Self {
        let bound = |axis: usize, pick: fn(f64, f64) -> f64, from: f64| {
            luminaires.iter().map(|luminaire| luminaire.position_in_city_m[axis]).fold(from, pick)
        };
        if luminaires.is_empty() {
            return Self { cell_m: CELL_M, n: [0, 0], first: vec![0], ..Self::default() };
        }
        let low_m = [bound(0, f64::min, f64::MAX), bound(1, f64::min, f64::MAX)];
        let size_m = [bound(0, f64::max, f64::MIN) - low_m[0], bound(1, f64::max, f64::MIN) - low_m[1]];
        let cell_m = CELL_M.max(((size_m[0] + CELL_M) * (size_m[1] + CELL_M) / CELLS_MAX).sqrt());
        let n = size_m.map(|size| (size / cell_m) as usize + 1);
        let mut grid = Self { low_m, cell_m, n, first: vec![0; n[0] * n[1] + 1], items: Vec::new() };
        let cells: Vec<usize> = luminaires.iter().map(|luminaire| grid.cell(luminaire.position_in_city_m)).collect();
        for &cell in &cells {
            grid.first[cell + 1] += 1;
        }
        for cell in 0..n[0] * n[1] {
            grid.first[cell + 1] += grid.first[cell];
        }
        let mut next = grid.first.clone();
        grid.items = vec![LuminaireId::NONE; luminaires.len()];
        for (index, &cell) in cells.iter().enumerate() {
            grid.items[next[cell] as usize] = LuminaireId::from_index(index);
            next[cell] += 1;
        }
        grid
    }

    fn cell(&self, [x, y]: [f64; 2]) -> usize {
        let place = |at: f64, axis: usize| {
            (math::floor((at - self.low_m[axis]) / self.cell_m).max(0.0) as usize).min(self.n[axis] - 1)
        };
        place(y, 1) * self.n[0] + place(x, 0)
    }

    /// Calls `visit` for each luminaire in a cell that the box around `middle` touches: `along` before and behind it on
    /// the axis, `across` to both sides.
    pub(super) fn visit(
        &self,
        middle: [f64; 2],
        axis: [f64; 2],
        reach_m: [f64; 2],
        mut visit: impl FnMut(LuminaireId),
    ) {
        if self.items.is_empty() {
            return;
        }
        // Half the diagonal of a cell more, so that cells can be judged by their middles.
        let slack_m = self.cell_m * 0.75;
        let [along, across] = reach_m.map(|reach| reach + slack_m);
        let half = [axis[0].abs() * along + axis[1].abs() * across, axis[1].abs() * along + axis[0].abs() * across];
        let from = self.cell([middle[0] - half[0], middle[1] - half[1]]);
        let to = self.cell([middle[0] + half[0], middle[1] + half[1]]);
        for row in from / self.n[0]..=to / self.n[0] {
            for column in from % self.n[0]..=to % self.n[0] {
                let x = self.low_m[0] + (column as f64 + 0.5) * self.cell_m - middle[0];
                let y = self.low_m[1] + (row as f64 + 0.5) * self.cell_m - middle[1];
                if (x * axis[0] + y * axis[1]).abs() > along || (y * axis[0] - x * axis[1]).abs() > across {
                    continue;
                }
                let cell = row * self.n[0] + column;
                let items = &self.items[self.first[cell] as usize..self.first[cell + 1] as usize];
                items.iter().for_each(|&luminaire| visit(luminaire));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lighting::tests::luminaire;
    use crate::rng::{Purpose, uniform};

    #[test]
    fn nobody_within_reach_is_missed() {
        let place =
            |key: u32| [uniform(1, Purpose::Rider, key, 0) * 3000.0, uniform(1, Purpose::Rider, key, 1) * 2000.0];
        let luminaires: Vec<Luminaire> = (0..500)
            .map(|key| {
                let [x_m, y_m] = place(key);
                luminaire(x_m, y_m, 8.0)
            })
            .collect();
        let nearby = Nearby::new(&luminaires);
        let axis = [0.6, 0.8];
        for middle in [[0.0, 0.0], [1500.0, 1000.0], [2900.0, 100.0]] {
            let mut found = Vec::new();
            nearby.visit(middle, axis, [500.0, 40.0], |luminaire| found.push(luminaire.index()));
            for (index, luminaire) in luminaires.iter().enumerate() {
                let [x, y] = luminaire.position_in_city_m;
                let (dx, dy) = (x - middle[0], y - middle[1]);
                let is_near =
                    (dx * axis[0] + dy * axis[1]).abs() <= 500.0 && (dy * axis[0] - dx * axis[1]).abs() <= 40.0;
                assert!(!is_near || found.contains(&index), "{index}");
            }
            assert!(found.len() < 400);
        }
    }
}
