//! A feeder in radial order, as the sweep wants it.
//!
//! Most nodes of a real feeder are bends of a cable: nothing hangs on them, and one branch goes on. Such *series nodes*
//! need no row of their own. The voltages along them follow from those at the ends of the row: where all pieces are of
//! one make, by linear interpolation, else from the current of the row. Branches that lead to no load at all carry no
//! current, and their nodes have the voltage of where they begin. Both reductions are exact; [`Tree::build`] makes a
//! tree without them for comparison.

use nalgebra::Matrix3;

use super::blocks::{Block, C64, PhaseSet, Phasors, largest, restricted};
use super::feeder::{Feeder, FeederError, Hop};
use super::load_model::Prepared;
use super::parts::{BranchKind, Connection};
use super::recover::{Recover, share_of, turned};
use crate::ids::BranchId;

/// Stands for "no second phase".
const TO_NEUTRAL: u8 = u8::MAX;

/// Whether series nodes and idle branches get rows of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduction {
    /// They do not.
    Series,
    /// They do.
    Off,
}

/// One connection of a load.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Element {
    pub(super) row: u32,
    pub(super) load: u32,
    /// Line phase, counted from 0.
    pub(super) phase: u8,
    /// The other line phase, or [`TO_NEUTRAL`].
    pub(super) other: u8,
    /// Part of the load's power.
    pub(super) share: f64,
    pub(super) model: Prepared,
}

impl Element {
    /// The voltage across it.
    #[inline]
    pub(super) fn voltage(&self, v: &Phasors) -> C64 {
        if self.other == TO_NEUTRAL { v[self.phase as usize] } else { v[self.phase as usize] - v[self.other as usize] }
    }
    /// Adds its current to those that its node draws.
    #[inline]
    pub(super) fn draw(&self, current: C64, i: &mut Phasors) {
        i[self.phase as usize] += current;
        if self.other != TO_NEUTRAL {
            i[self.other as usize] -= current;
        }
    }
}

/// A row: a node and the way to it from the row before it on the path.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Row {
    /// Series impedance from the parent row.
    pub(super) series_ohm: Block,
    /// The row it hangs on.
    pub(super) parent: u32,
    /// Place of its matrix of turns, or `u32::MAX`.
    pub(super) turns: u32,
    /// 1 / base², to judge changes by.
    pub(super) per_base_v2: f64,
}

/// What is switched on of a feeder, in radial order. Row 0 is the source behind its impedance.
#[derive(Clone, PartialEq, Debug)]
pub struct Tree {
    pub(super) rows: Vec<Row>,
    /// The node of each row; the first has none.
    pub(super) node_of_row: Vec<u32>,
    /// Voltages without any load, by row.
    pub(super) idle_v: Vec<Phasors>,
    pub(super) turns: Vec<Matrix3<f64>>,
    pub(super) elements: Vec<Element>,
    /// Shunts by row.
    pub(super) shunts: Vec<(u32, Block)>,
    pub(super) recover: Vec<Recover>,
    pub(super) series: Vec<Block>,
    /// Line phases that stand at each node now; none without supply.
    pub(super) phases: Vec<PhaseSet>,
    /// Nodes that lack a phase, whose place must be set to zero.
    pub(super) partial: Vec<u32>,
    /// The row whose current flows through each branch; `u32::MAX` for idle and open ones.
    pub(super) row_of_branch: Vec<u32>,
    /// Loads with supply.
    pub(super) is_served: Vec<bool>,
    pub(super) n_nodes: usize,
}

impl Tree {
    /// The tree of the closed branches of a feeder.
    ///
    /// # Errors
    /// The loops they form, if any.
    pub fn build(feeder: &Feeder, closed: &[bool], reduction: Reduction) -> Result<Self, Vec<FeederError>> {
        let hops = feeder.radial(closed)?;
        Ok(Builder::new(feeder, &hops, reduction).build())
    }

    /// Number of rows that are swept.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }
    /// Number of nodes of the feeder.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }
    /// The line phases that stand at a node now; none without supply.
    pub fn phases(&self, node: usize) -> PhaseSet {
        self.phases[node]
    }
    /// Whether a load has supply.
    pub fn is_served(&self, load: usize) -> bool {
        self.is_served[load]
    }
}

struct Builder<'a> {
    feeder: &'a Feeder,
    hops: &'a [Hop],
    reduction: Reduction,
    tree: Tree,
    /// Shunt admittance at each node.
    shunt_of_node: Vec<Block>,
    /// Whether something hangs on each node.
    has_injection: Vec<bool>,
    /// Whether a node or anything behind it has something hanging on it.
    is_live: Vec<bool>,
    n_live_children: Vec<u32>,
    row_of_node: Vec<u32>,
    hop_to: Vec<u32>,
}

impl<'a> Builder<'a> {
    fn new(feeder: &'a Feeder, hops: &'a [Hop], reduction: Reduction) -> Self {
        let (n, n_branches) = (feeder.parts.nodes.len(), feeder.parts.branches.len());
        let tree = Tree {
            rows: Vec::new(),
            node_of_row: Vec::new(),
            idle_v: Vec::new(),
            turns: Vec::new(),
            elements: Vec::new(),
            shunts: Vec::new(),
            recover: Vec::new(),
            series: Vec::new(),
            phases: vec![PhaseSet::NONE; n],
            partial: Vec::new(),
            row_of_branch: vec![u32::MAX; n_branches],
            is_served: Vec::new(),
            n_nodes: n,
        };
        Self {
            feeder,
            hops,
            reduction,
            tree,
            shunt_of_node: vec![Block::zeros(); n],
            has_injection: vec![false; n],
            is_live: vec![false; n],
            n_live_children: vec![0; n],
            row_of_node: vec![u32::MAX; n],
            hop_to: vec![u32::MAX; n],
        }
    }

    fn build(mut self) -> Tree {
        let root = self.feeder.parts.source.node.index();
        self.tree.phases[root] = PhaseSet::ABC;
        for (index, hop) in self.hops.iter().enumerate() {
            self.tree.phases[hop.to] = self.tree.phases[hop.from].and(hop.group.phases);
            self.hop_to[hop.to] = index as u32;
        }
        self.find_injections();
        for hop in self.hops.iter().rev() {
            self.is_live[hop.to] |= self.has_injection[hop.to];
            if self.is_live[hop.to] {
                self.is_live[hop.from] = true;
                self.n_live_children[hop.from] += 1;
            }
        }
        self.add_source(root);
        for index in 0..self.hops.len() {
            if self.is_kept(self.hops[index].to) {
                self.add_row(index);
            }
        }
        self.add_recoveries();
        self.add_loads();
        let Self { mut tree, shunt_of_node, row_of_node, .. } = self;
        for (node, shunt) in shunt_of_node.iter().enumerate() {
            let shunt = restricted(shunt, tree.phases[node]);
            if largest(&shunt) > 0.0 {
                tree.shunts.push((row_of_node[node], shunt));
            }
        }
        let is_partial = |node: &usize| tree.phases[*node] != PhaseSet::ABC;
        tree.partial = (0..tree.n_nodes).filter(is_partial).map(|node| node as u32).collect();
        tree
    }

    fn find_injections(&mut self) {
        let parts = &self.feeder.parts;
        for shunt in &parts.shunts {
            self.shunt_of_node[shunt.node.index()] += shunt.admittance_s;
        }
        for hop in self.hops {
            for &id in &hop.group.branches {
                let branch = &parts.branches[id.index()];
                match &branch.kind {
                    BranchKind::Line { shunt_s, .. } => {
                        let half = restricted(shunt_s, branch.phases) * C64::new(0.5, 0.0);
                        self.shunt_of_node[hop.from] += half;
                        self.shunt_of_node[hop.to] += half;
                    }
                    BranchKind::Transformer(part) => {
                        let shunt_s = part.shunt_s(branch.phases);
                        for phase in branch.phases.iter() {
                            self.shunt_of_node[hop.to][(phase, phase)] += shunt_s;
                        }
                    }
                    BranchKind::Switch | BranchKind::Fuse { .. } => {}
                }
            }
        }
        for (node, shunt) in self.shunt_of_node.iter().enumerate() {
            self.has_injection[node] = largest(shunt) > 0.0;
        }
        for load in &parts.loads {
            self.has_injection[load.node.index()] = true;
        }
    }

    fn is_transformer(&self, hop: &Hop) -> bool {
        matches!(self.feeder.parts.branches[hop.group.branches[0].index()].kind, BranchKind::Transformer(_))
    }

    /// Whether a node gets a row.
    fn is_kept(&self, node: usize) -> bool {
        if self.reduction == Reduction::Off || self.has_injection[node] {
            return true;
        }
        if !self.is_live[node] {
            return false;
        }
        let incoming = &self.hops[self.hop_to[node] as usize];
        self.n_live_children[node] != 1
            || self.is_transformer(incoming)
            || self
                .live_child(node)
                .is_none_or(|hop| self.is_transformer(hop) || self.tree.phases[hop.to] != self.tree.phases[node])
    }

    /// The first branch from a node on that leads to something.
    fn live_child(&self, node: usize) -> Option<&'a Hop> {
        let after = self.hop_to[node] as usize + 1;
        self.hops[after..].iter().find(|hop| hop.from == node && self.is_live[hop.to])
    }

    fn add_source(&mut self, root: usize) {
        let source = &self.feeder.parts.source;
        let base_v = self.feeder.parts.nodes[root].base_v;
        let row = |series_ohm| Row { series_ohm, parent: 0, turns: u32::MAX, per_base_v2: 1.0 / (base_v * base_v) };
        self.tree.rows.extend([row(Block::zeros()), row(source.impedance_ohm)]);
        self.tree.node_of_row.extend([u32::MAX, root as u32]);
        self.tree.idle_v.extend([source.voltage_v; 2]);
        self.row_of_node[root] = 1;
    }

    /// Adds the row of a kept node, with all pieces between it and the row it hangs on.
    fn add_row(&mut self, index: usize) {
        let hop = &self.hops[index];
        let mut pieces = vec![index];
        let mut near = hop.from;
        while self.row_of_node[near] == u32::MAX {
            let before = self.hop_to[near] as usize;
            pieces.push(before);
            near = self.hops[before].from;
        }
        pieces.reverse();
        let row = self.tree.rows.len() as u32;
        let parent = self.row_of_node[near];
        let mut sums = vec![Block::zeros()];
        for &piece in &pieces {
            let so_far = sums[sums.len() - 1];
            sums.push(so_far + self.series_ohm(&self.hops[piece]));
            for branch in &self.hops[piece].group.branches {
                self.tree.row_of_branch[branch.index()] = row;
            }
        }
        let whole = sums[sums.len() - 1];
        for (&piece, so_far) in pieces.iter().zip(&sums[1..]).take(pieces.len() - 1) {
            let node = self.hops[piece].to as u32;
            let recovery = match share_of(so_far, &whole) {
                Some(share) => Recover::Between { node, up: parent, down: row, share },
                None => {
                    self.tree.series.push(*so_far);
                    Recover::Along { node, up: parent, down: row, series: self.tree.series.len() as u32 - 1 }
                }
            };
            self.tree.recover.push(recovery);
        }
        let turns = self.turns(hop);
        let base_v = self.feeder.parts.nodes[hop.to].base_v;
        self.tree.rows.push(Row { series_ohm: whole, parent, turns, per_base_v2: 1.0 / (base_v * base_v) });
        self.tree.node_of_row.push(hop.to as u32);
        let up_v = self.tree.idle_v[parent as usize];
        self.tree.idle_v.push(if turns == u32::MAX { up_v } else { turned(&self.tree.turns[turns as usize], &up_v) });
        self.row_of_node[hop.to] = row;
    }

    /// Nodes that no current reaches: as the node before them.
    fn add_recoveries(&mut self) {
        for hop in self.hops {
            if self.is_live[hop.to] || self.row_of_node[hop.to] != u32::MAX {
                continue;
            }
            let turns = self.turns(hop);
            let (node, near) = (hop.to as u32, hop.from as u32);
            self.tree.recover.push(if turns == u32::MAX {
                Recover::Same { node, as_node: near }
            } else {
                Recover::Turned { node, from_node: near, turns }
            });
        }
    }

    fn add_loads(&mut self) {
        for (index, load) in self.feeder.parts.loads.iter().enumerate() {
            let row = self.row_of_node[load.node.index()];
            let here = self.tree.phases[load.node.index()];
            let is_served = row != u32::MAX && load.connections.iter().all(|one| here.has_all(one.phases()));
            self.tree.is_served.push(is_served);
            if !is_served {
                continue;
            }
            let model = load.model.prepared();
            let share = 1.0 / load.connections.len() as f64;
            for connection in &load.connections {
                let (phase, other) = match *connection {
                    Connection::Phase(phase) => (phase, TO_NEUTRAL),
                    Connection::Between(phase, other) => (phase, other),
                };
                self.tree.elements.push(Element { row, load: index as u32, phase, other, share, model });
            }
        }
        self.tree.elements.sort_by_key(|element| (element.row, element.load, element.phase));
    }

    fn series_ohm(&self, hop: &Hop) -> Block {
        hop.group.branches.iter().fold(Block::zeros(), |sum, id| sum + series_ohm(self.feeder, *id))
    }

    /// The place of the matrix of turns of a transformer, or `u32::MAX`.
    fn turns(&mut self, hop: &Hop) -> u32 {
        if !self.is_transformer(hop) {
            return u32::MAX;
        }
        let mut all = Matrix3::zeros();
        for id in &hop.group.branches {
            let branch = &self.feeder.parts.branches[id.index()];
            if let BranchKind::Transformer(part) = &branch.kind {
                all += part.turns(branch.phases);
            }
        }
        self.tree.turns.push(all);
        self.tree.turns.len() as u32 - 1
    }
}

/// The series impedance of a branch, on its far side.
pub(super) fn series_ohm(feeder: &Feeder, id: BranchId) -> Block {
    let branch = &feeder.parts.branches[id.index()];
    match &branch.kind {
        BranchKind::Line { series_ohm, .. } => restricted(series_ohm, branch.phases),
        BranchKind::Transformer(part) => {
            let each_ohm = part.series_ohm(branch.phases);
            restricted(&Block::from_diagonal_element(each_ohm), branch.phases)
        }
        BranchKind::Switch | BranchKind::Fuse { .. } => Block::zeros(),
    }
}
