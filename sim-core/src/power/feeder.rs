//! A checked feeder: its parts, the line phases at each node, and its mistakes.

use petgraph::graph::{EdgeIndex, NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::{Dfs, EdgeRef};

use super::blocks::PhaseSet;
use super::parts::{BranchKind, BranchPart, FeederParts};
use crate::ids::{BranchId, ElectricalNodeId, Id, LoadId};

/// What is wrong with a feeder.
#[derive(Clone, PartialEq, Debug)]
pub enum FeederError {
    /// Branches that are closed form a loop.
    Loop {
        /// Them, in order around the loop.
        branches: Vec<BranchId>,
    },
    /// No closed or open branch leads to a node from the source.
    NotFed {
        /// The node.
        node: ElectricalNodeId,
    },
    /// A line or transformer without impedance.
    ZeroImpedance {
        /// The branch.
        branch: BranchId,
    },
    /// A number that is not finite, or not positive where it must be.
    BadNumber {
        /// The branch.
        branch: BranchId,
    },
    /// A branch has line phases that are not there at the end that feeds it.
    BranchPhase {
        /// The branch.
        branch: BranchId,
        /// The node at that end.
        node: ElectricalNodeId,
        /// Phases it lacks.
        missing: PhaseSet,
    },
    /// A load hangs on a line phase that does not exist at its node.
    LoadPhase {
        /// The load.
        load: LoadId,
        /// Phases its node lacks.
        missing: PhaseSet,
    },
    /// A capacitor or reactor hangs on a line phase that does not exist at its node.
    ShuntPhase {
        /// Its place among the shunts.
        shunt: usize,
        /// Phases its node lacks.
        missing: PhaseSet,
    },
    /// A transformer is fed from its secondary side.
    FedFromSecondary {
        /// The branch.
        branch: BranchId,
    },
    /// A transformer connection that needs three line phases has fewer.
    DeltaNeedsThree {
        /// The branch.
        branch: BranchId,
    },
}

/// A feeder whose parts fit together.
#[derive(Clone, PartialEq, Debug)]
pub struct Feeder {
    /// Its parts.
    pub parts: FeederParts,
    /// The line phases that can be there at each node, by node.
    pub phases: Vec<PhaseSet>,
}

/// Closed branches between the same nodes with line phases of their own: a bank of single-phase transformers is one.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Group {
    /// Its branches.
    pub(super) branches: Vec<BranchId>,
    /// All their phases.
    pub(super) phases: PhaseSet,
}

/// One step from the source outward.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Hop {
    /// The node at the near end.
    pub(super) from: usize,
    /// The node at the far end.
    pub(super) to: usize,
    /// What lies between.
    pub(super) group: Group,
}

impl Feeder {
    /// Checks the parts of a feeder.
    ///
    /// # Errors
    /// Every mistake.
    pub fn build(parts: FeederParts) -> Result<Self, Vec<FeederError>> {
        let mut errors = Vec::new();
        for (index, branch) in parts.branches.iter().enumerate() {
            check_branch(BranchId::from_index(index), branch, &mut errors);
        }
        let mut feeder = Self { phases: vec![PhaseSet::NONE; parts.nodes.len()], parts };
        feeder.check_reach(&mut errors);
        let closed: Vec<bool> = feeder.parts.branches.iter().map(|branch| branch.is_closed).collect();
        match feeder.radial(&closed) {
            Ok(hops) => feeder.check_phases(&hops, &mut errors),
            Err(found) => errors.extend(found),
        }
        if errors.is_empty() { Ok(feeder) } else { Err(errors) }
    }

    /// The way from the source to every node that the closed branches reach, near ends before far ends.
    ///
    /// # Errors
    /// The loops, if there are any.
    pub(super) fn radial(&self, closed: &[bool]) -> Result<Vec<Hop>, Vec<FeederError>> {
        let mut graph: UnGraph<(), Group> = UnGraph::default();
        for _ in &self.parts.nodes {
            graph.add_node(());
        }
        let mut joined = UnionFind::<usize>::new(self.parts.nodes.len());
        let mut errors = Vec::new();
        for (index, branch) in self.parts.branches.iter().enumerate().filter(|(index, _)| closed[*index]) {
            let id = BranchId::from_index(index);
            let [from, to] = [branch.from, branch.to].map(|node| NodeIndex::new(node.index()));
            let beside = graph.find_edge(from, to).filter(|&edge| {
                let group = &graph[edge];
                group.phases.and(branch.phases).is_empty() && self.goes_with(group, branch)
            });
            if let Some(edge) = beside {
                graph[edge].phases = graph[edge].phases.or(branch.phases);
                graph[edge].branches.push(id);
            } else if from != to && joined.union(from.index(), to.index()) {
                graph.add_edge(from, to, Group { branches: vec![id], phases: branch.phases });
            } else {
                errors.push(FeederError::Loop { branches: around(&graph, from, to, id) });
            }
        }
        if errors.is_empty() { Ok(hops(&graph, self.parts.source.node)) } else { Err(errors) }
    }

    /// Whether a branch can be one element with those of a group: the same kind in the same direction.
    fn goes_with(&self, group: &Group, branch: &BranchPart) -> bool {
        let first = &self.parts.branches[group.branches[0].index()];
        let is_transformer = |branch: &BranchPart| matches!(branch.kind, BranchKind::Transformer(_));
        match (is_transformer(first), is_transformer(branch)) {
            (true, true) => first.from == branch.from,
            (false, false) => true,
            _ => false,
        }
    }

    /// Every node must be reached when all switches are closed.
    fn check_reach(&self, errors: &mut Vec<FeederError>) {
        let mut graph: UnGraph<(), ()> = UnGraph::default();
        for _ in &self.parts.nodes {
            graph.add_node(());
        }
        for branch in &self.parts.branches {
            graph.add_edge(NodeIndex::new(branch.from.index()), NodeIndex::new(branch.to.index()), ());
        }
        let mut is_reached = vec![false; self.parts.nodes.len()];
        let mut search = Dfs::new(&graph, NodeIndex::new(self.parts.source.node.index()));
        while let Some(node) = search.next(&graph) {
            is_reached[node.index()] = true;
        }
        let unreached = is_reached.iter().enumerate().filter(|(_, is_reached)| !**is_reached);
        errors.extend(unreached.map(|(node, _)| FeederError::NotFed { node: ElectricalNodeId::from_index(node) }));
    }

    /// Follows the line phases from the source outward and holds everything on the way to them.
    fn check_phases(&mut self, hops: &[Hop], errors: &mut Vec<FeederError>) {
        let root = self.parts.source.node.index();
        self.phases[root] = PhaseSet::ABC;
        let mut is_on = vec![false; self.parts.nodes.len()];
        is_on[root] = true;
        for hop in hops {
            is_on[hop.to] = true;
            let at_near = self.phases[hop.from];
            self.phases[hop.to] = at_near.and(hop.group.phases);
            for &id in &hop.group.branches {
                let branch = &self.parts.branches[id.index()];
                let missing = PhaseSet(branch.phases.0 & !at_near.0);
                if !missing.is_empty() {
                    let node = ElectricalNodeId::from_index(hop.from);
                    errors.push(FeederError::BranchPhase { branch: id, node, missing });
                }
                if matches!(branch.kind, BranchKind::Transformer(_)) && branch.from.index() != hop.from {
                    errors.push(FeederError::FedFromSecondary { branch: id });
                }
            }
        }
        for (index, load) in self.parts.loads.iter().enumerate() {
            let wanted = load.connections.iter().fold(PhaseSet::NONE, |all, one| all.or(one.phases()));
            let missing = PhaseSet(wanted.0 & !self.phases[load.node.index()].0);
            if is_on[load.node.index()] && !missing.is_empty() {
                errors.push(FeederError::LoadPhase { load: LoadId::from_index(index), missing });
            }
        }
        for (shunt, part) in self.parts.shunts.iter().enumerate() {
            let missing = PhaseSet(part.phases.0 & !self.phases[part.node.index()].0);
            if is_on[part.node.index()] && !missing.is_empty() {
                errors.push(FeederError::ShuntPhase { shunt, missing });
            }
        }
    }
}

fn check_branch(id: BranchId, branch: &BranchPart, errors: &mut Vec<FeederError>) {
    match &branch.kind {
        BranchKind::Line { series_ohm, shunt_s } => {
            if !series_ohm.iter().chain(shunt_s.iter()).all(|value| value.re.is_finite() && value.im.is_finite()) {
                errors.push(FeederError::BadNumber { branch: id });
            } else if branch.phases.iter().any(|phase| series_ohm[(phase, phase)].norm_sqr() == 0.0) {
                errors.push(FeederError::ZeroImpedance { branch: id });
            }
        }
        BranchKind::Transformer(part) => {
            let positive = [part.primary_v, part.secondary_v, part.primary_tap, part.secondary_tap, part.rated_va];
            if !positive.iter().all(|value| value.is_finite() && *value > 0.0) {
                errors.push(FeederError::BadNumber { branch: id });
            } else if part.impedance_pu.norm_sqr() == 0.0 {
                errors.push(FeederError::ZeroImpedance { branch: id });
            } else if branch.phases != PhaseSet::ABC && matches!(part.winding, super::parts::Winding::DeltaStar(_)) {
                errors.push(FeederError::DeltaNeedsThree { branch: id });
            }
        }
        BranchKind::Switch | BranchKind::Fuse { .. } => {}
    }
}

/// The branches of a loop that a new one closes.
fn around(graph: &UnGraph<(), Group>, from: NodeIndex, to: NodeIndex, closing: BranchId) -> Vec<BranchId> {
    let way = petgraph::algo::astar(graph, from, |node| node == to, |_| 1, |_| 0);
    let mut branches = Vec::new();
    if let Some((_, nodes)) = way {
        for pair in nodes.windows(2) {
            branches.extend(graph.find_edge(pair[0], pair[1]).map(|edge| graph[edge].branches[0]));
        }
    }
    branches.push(closing);
    branches
}

/// Depth first from the source; among the branches at a node those that come first in the parts.
fn hops(graph: &UnGraph<(), Group>, root: ElectricalNodeId) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut is_seen = vec![false; graph.node_count()];
    is_seen[root.index()] = true;
    let mut stack: Vec<(NodeIndex, Option<(NodeIndex, EdgeIndex)>)> = vec![(NodeIndex::new(root.index()), None)];
    while let Some((node, by)) = stack.pop() {
        if let Some((from, edge)) = by {
            hops.push(Hop { from: from.index(), to: node.index(), group: graph[edge].clone() });
        }
        // Edges are given newest first, so that the oldest ends on top of the stack.
        for edge in graph.edges(node) {
            let far = if edge.source() == node { edge.target() } else { edge.source() };
            if !is_seen[far.index()] {
                is_seen[far.index()] = true;
                stack.push((far, Some((node, edge.id()))));
            }
        }
    }
    hops
}
