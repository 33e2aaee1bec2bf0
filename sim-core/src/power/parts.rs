//! What a feeder is made of, before anything is checked.

use nalgebra::Matrix3;

use super::blocks::{Block, C64, PhaseSet, Phasors};
use super::load_model::LoadModel;
use crate::ids::ElectricalNodeId;

/// An electrical node.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NodePart {
    /// Nominal voltage from line phase to earth.
    pub base_v: f64,
}

/// The source: voltages behind an impedance.
#[derive(Clone, PartialEq, Debug)]
pub struct SourcePart {
    /// The node it feeds.
    pub node: ElectricalNodeId,
    /// Voltages behind the impedance, from line phase to earth.
    pub voltage_v: Phasors,
    /// The impedance: what is left of a short-circuit strength.
    pub impedance_ohm: Block,
}

/// How the windings of a transformer are connected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Winding {
    /// Star with earthed neutral on both sides, phase by phase.
    StarStar,
    /// Delta on the feeding side, star with earthed neutral on the other; the number is the clock: 1, 5, 7 or 11.
    DeltaStar(u8),
}

/// A transformer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TransformerPart {
    /// Connection.
    pub winding: Winding,
    /// Nominal voltage of the feeding winding: across it, so from line to line for a delta.
    pub primary_v: f64,
    /// Nominal voltage of the other winding, from line phase to neutral.
    pub secondary_v: f64,
    /// Tap of the feeding winding, as a factor on its voltage.
    pub primary_tap: f64,
    /// Tap of the other winding.
    pub secondary_tap: f64,
    /// Impedance in per unit of voltage and power.
    pub impedance_pu: C64,
    /// Nominal power of all its phases together.
    pub rated_va: f64,
    /// Loss without load at nominal voltage, all phases together.
    pub no_load_w: f64,
    /// Magnetising power at nominal voltage, all phases together.
    pub magnetising_var: f64,
}

impl TransformerPart {
    /// The matrix that takes primary voltages to secondary ones without load: real, since the windings only add and
    /// subtract. Its transpose takes secondary currents to primary ones.
    pub fn turns(&self, phases: PhaseSet) -> Matrix3<f64> {
        let ratio = self.secondary_v * self.secondary_tap / (self.primary_v * self.primary_tap);
        let across = |row: usize, column: usize| -> f64 {
            let is_own = row == column;
            let Winding::DeltaStar(clock) = self.winding else { return if is_own { 1.0 } else { 0.0 } };
            // 1: between own phase and the one before it; 11: between own phase and the next one; 7 and 5 the same with
            // the winding turned round.
            let other = if matches!(clock, 1 | 7) { (row + 2) % 3 } else { (row + 1) % 3 };
            let sign = if matches!(clock, 1 | 11) { 1.0 } else { -1.0 };
            if is_own {
                sign
            } else if column == other {
                -sign
            } else {
                0.0
            }
        };
        Matrix3::from_fn(|row, column| if phases.has(row) { ratio * across(row, column) } else { 0.0 })
    }

    /// The impedance in series with each secondary winding.
    pub fn series_ohm(&self, phases: PhaseSet) -> C64 {
        let winding_v = self.secondary_v * self.secondary_tap;
        self.impedance_pu * (winding_v * winding_v * phases.len() as f64 / self.rated_va)
    }

    /// Admittance from each secondary phase to earth that stands for the loss without load.
    pub fn shunt_s(&self, phases: PhaseSet) -> C64 {
        let winding_v = self.secondary_v * self.secondary_tap;
        C64::new(self.no_load_w, -self.magnetising_var) / (winding_v * winding_v * phases.len() as f64)
    }
}

/// What a branch is.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all branches are lines")]
pub enum BranchKind {
    /// A line or cable.
    Line {
        /// Series impedance of its whole length.
        series_ohm: Block,
        /// Shunt admittance of its whole length, half of it at each end.
        shunt_s: Block,
    },
    /// A transformer; `from` is the feeding side.
    Transformer(TransformerPart),
    /// A switch, without impedance.
    Switch,
    /// A fuse, without impedance.
    Fuse {
        /// Rated current.
        rated_a: f64,
    },
}

/// A branch between two nodes.
#[derive(Clone, PartialEq, Debug)]
pub struct BranchPart {
    /// One end; the feeding side of a transformer.
    pub from: ElectricalNodeId,
    /// The other end.
    pub to: ElectricalNodeId,
    /// Its line phases, the same at both ends.
    pub phases: PhaseSet,
    /// What it is.
    pub kind: BranchKind,
    /// Largest current that it may carry for long.
    pub rated_a: Option<f64>,
    /// Whether it is closed to begin with.
    pub is_closed: bool,
}

/// Between which terminals something hangs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Connection {
    /// Between line phase and neutral.
    Phase(u8),
    /// Between two line phases.
    Between(u8, u8),
}

impl Connection {
    /// The line phases it touches.
    pub fn phases(self) -> PhaseSet {
        match self {
            Self::Phase(phase) => PhaseSet::of(&[phase as usize]),
            Self::Between(one, other) => PhaseSet::of(&[one as usize, other as usize]),
        }
    }
}

/// A load: one power, shared evenly by its connections.
#[derive(Clone, PartialEq, Debug)]
pub struct LoadPart {
    /// The node it hangs on.
    pub node: ElectricalNodeId,
    /// Its connections, each with the same share.
    pub connections: Vec<Connection>,
    /// How it depends on voltage.
    pub model: LoadModel,
    /// Active power drawn at nominal voltage; negative for a generator.
    pub power_w: f64,
    /// Reactive power drawn at nominal voltage; negative for a capacitive load.
    pub reactive_var: f64,
}

/// Admittances from a node to earth or between its phases: a capacitor, a reactor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShuntPart {
    /// The node it hangs on.
    pub node: ElectricalNodeId,
    /// Its phases.
    pub phases: PhaseSet,
    /// Its admittance.
    pub admittance_s: Block,
}

impl ShuntPart {
    /// A capacitor bank of a total reactive power, at a nominal voltage across each of its elements.
    pub fn capacitor(node: ElectricalNodeId, connections: &[Connection], total_var: f64, base_v: f64) -> Self {
        let each_s = C64::new(0.0, total_var / (connections.len() as f64 * base_v * base_v));
        let mut admittance_s = Block::zeros();
        let mut phases = PhaseSet::NONE;
        for connection in connections {
            phases = phases.or(connection.phases());
            match *connection {
                Connection::Phase(phase) => admittance_s[(phase as usize, phase as usize)] += each_s,
                Connection::Between(one, other) => {
                    let (one, other) = (one as usize, other as usize);
                    admittance_s[(one, one)] += each_s;
                    admittance_s[(other, other)] += each_s;
                    admittance_s[(one, other)] -= each_s;
                    admittance_s[(other, one)] -= each_s;
                }
            }
        }
        Self { node, phases, admittance_s }
    }
}

/// All parts of a feeder.
#[derive(Clone, PartialEq, Debug)]
pub struct FeederParts {
    /// Nodes.
    pub nodes: Vec<NodePart>,
    /// The source.
    pub source: SourcePart,
    /// Lines, transformers, switches, fuses.
    pub branches: Vec<BranchPart>,
    /// Loads.
    pub loads: Vec<LoadPart>,
    /// Capacitors and reactors.
    pub shunts: Vec<ShuntPart>,
}
