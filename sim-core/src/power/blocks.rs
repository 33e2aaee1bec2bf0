//! Phasors and 3×3 blocks over the line phases a, b, c.

use nalgebra::{Complex, Matrix3};
use serde::{Deserialize, Serialize};

use crate::math;

/// A complex number.
pub type C64 = Complex<f64>;
/// A matrix over the line phases.
pub type Block = Matrix3<C64>;
/// One phasor per line phase.
pub type Phasors = [C64; PHASES];

/// Number of line phases.
pub const PHASES: usize = 3;
/// Zero.
pub const ZERO: C64 = C64 { re: 0.0, im: 0.0 };
/// No phasor anywhere.
pub const NO_PHASORS: Phasors = [ZERO; PHASES];

/// A set of line phases: bit 0 is phase a.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct PhaseSet(pub u8);

impl PhaseSet {
    /// All three.
    pub const ABC: Self = Self(0b111);
    /// None.
    pub const NONE: Self = Self(0);

    /// The set of these phases, counted from 0.
    pub fn of(phases: &[usize]) -> Self {
        phases.iter().fold(Self::NONE, |set, &phase| Self(set.0 | 1 << phase))
    }
    /// Whether a phase is in it.
    #[inline]
    pub fn has(self, phase: usize) -> bool {
        self.0 & 1 << phase != 0
    }
    /// Whether all phases of another set are in it.
    pub fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether it has no phase.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Its phases in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..PHASES).filter(move |&phase| self.has(phase))
    }
    /// How many phases are in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }
}

/// The phasor of a magnitude and an angle in radians.
pub fn polar(magnitude: f64, angle_rad: f64) -> C64 {
    C64::new(magnitude * math::cos(angle_rad), magnitude * math::sin(angle_rad))
}

/// The magnitude of a phasor. (`Complex::norm` calls the platform's `hypot`, which differs between platforms.)
#[inline]
pub fn magnitude(phasor: C64) -> f64 {
    phasor.norm_sqr().sqrt()
}

/// The angle of a phasor in radians.
pub fn angle_rad(phasor: C64) -> f64 {
    math::atan2(phasor.im, phasor.re)
}

/// Three phasors of a magnitude, the first at an angle, the others 120° and 240° behind.
pub fn balanced(magnitude: f64, angle_rad: f64) -> Phasors {
    let third_rad = 2.0 * std::f64::consts::PI / 3.0;
    [0.0, -third_rad, third_rad].map(|shift_rad| polar(magnitude, angle_rad + shift_rad))
}

/// A matrix times phasors, in a fixed order of additions.
#[inline]
pub fn times(block: &Block, x: &Phasors) -> Phasors {
    let columns = &block.data.0;
    std::array::from_fn(|row| columns[0][row] * x[0] + columns[1][row] * x[1] + columns[2][row] * x[2])
}

/// The block of a symmetrical element from its positive- and zero-sequence values: Zs = (Z0 + 2 Z1) / 3 on the diagonal,
/// Zm = (Z0 − Z1) / 3 beside it.
pub fn from_sequence(z1: C64, z0: C64) -> Block {
    let own = (z0 + z1 * 2.0) / 3.0;
    let mutual = (z0 - z1) / 3.0;
    Block::from_fn(|row, column| if row == column { own } else { mutual })
}

/// Kron's reduction of a matrix with an earthed neutral as its fourth row and column: what the line phases see when no
/// voltage can stand on the neutral. `None` if the neutral has no impedance of its own.
pub fn without_neutral(four: &[[C64; 4]; 4]) -> Option<Block> {
    let own = four[3][3];
    (own.norm_sqr() > 0.0)
        .then(|| Block::from_fn(|row, column| four[row][column] - four[row][3] * four[3][column] / own))
}

/// A block with the rows and columns of other phases set to zero.
pub fn restricted(block: &Block, phases: PhaseSet) -> Block {
    Block::from_fn(|row, column| if phases.has(row) && phases.has(column) { block[(row, column)] } else { ZERO })
}

/// The largest magnitude of a block's elements.
pub fn largest(block: &Block) -> f64 {
    block.iter().fold(0.0, |largest: f64, &value| largest.max(magnitude(value)))
}

/// The share of negative-sequence voltage in the positive-sequence one; `None` unless all phases are there.
pub fn unbalance(voltages: &Phasors) -> Option<f64> {
    if voltages.iter().any(|voltage| voltage.norm_sqr() == 0.0) {
        return None;
    }
    let [forward, back] = [1.0, -1.0].map(|sign| polar(1.0, sign * 2.0 * std::f64::consts::PI / 3.0));
    let positive = voltages[0] + forward * voltages[1] + back * voltages[2];
    let negative = voltages[0] + back * voltages[1] + forward * voltages[2];
    (positive.norm_sqr() > 0.0).then(|| magnitude(negative) / magnitude(positive))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balanced_set_has_no_negative_sequence_and_a_turned_one_is_all_negative() {
        let voltages = balanced(230.0, 0.3);
        assert!(unbalance(&voltages).unwrap() < 1e-14);
        let (one, two) = (polar(100.0, 0.0), polar(100.0, 2.0 * std::f64::consts::PI / 3.0));
        assert!(unbalance(&[one, two, one]).unwrap() > 0.1);
        assert_eq!(unbalance(&[one, two, ZERO]), None);
    }

    #[test]
    fn a_sequence_block_gives_its_sequence_values_back() {
        let (z1, z0) = (C64::new(0.3, 0.1), C64::new(1.2, 0.4));
        let block = from_sequence(z1, z0);
        let drop = times(&block, &balanced(1.0, 0.0));
        assert!(magnitude(drop[0] - z1) < 1e-15);
        let drop = times(&block, &[C64::new(1.0, 0.0); 3]);
        assert!(magnitude(drop[1] - z0) < 1e-15);
    }

    #[test]
    fn an_earthed_neutral_takes_away_what_it_carries() {
        let (own, mutual) = (C64::new(1.0, 0.5), C64::new(0.1, 0.2));
        let four: [[C64; 4]; 4] =
            std::array::from_fn(|row| std::array::from_fn(|column| if row == column { own } else { mutual }));
        let block = without_neutral(&four).unwrap();
        assert!(magnitude(block[(0, 0)] - (own - mutual * mutual / own)) < 1e-15);
        assert_eq!(without_neutral(&[[ZERO; 4]; 4]), None);
    }
}
