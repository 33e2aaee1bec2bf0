//! Feeders: nodes, sources, lines, transformers, switches, capacitors.

use std::collections::BTreeMap;

use sim_core::ids::{ElectricalNodeId, Id};
use sim_core::power::blocks::{balanced, from_sequence};
use sim_core::power::parts::{
    BranchKind, BranchPart, Connection, FeederParts, NodePart, ShuntPart, SourcePart, TransformerPart, Winding,
};
use sim_core::power::{C64, PhaseSet};

use super::line_types::{FREQUENCY_HZ, LineType, line_types};
use crate::power::Circuit;
use crate::power::circuit::Origin;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::power_tables::{
    FEEDER_CAPACITORS, FEEDER_LINES, FEEDER_NODES, FEEDER_SOURCES, FEEDER_SWITCHES, FEEDER_TRANSFORMERS,
};

/// The feeders while they are read.
pub(super) struct Tables {
    pub(super) feeders: Vec<Draft>,
}

/// A feeder while it is read.
pub(super) struct Draft {
    pub(super) id: String,
    origin: Origin,
    nodes: Vec<(String, f64)>,
    places: BTreeMap<String, usize>,
    source: Option<SourcePart>,
    branches: Vec<(BranchPart, String, Origin)>,
    shunts: Vec<(ShuntPart, String, Origin)>,
    pub(super) loads: Vec<(sim_core::power::parts::LoadPart, String, Origin)>,
}

impl Tables {
    pub(super) fn read(files: &mut Files, report: &mut Report) -> Self {
        let mut tables = Self { feeders: Vec::new() };
        for row in Records::required(files, "", &FEEDER_NODES, report).rows() {
            tables.node(row, report);
        }
        for row in Records::required(files, "", &FEEDER_SOURCES, report).rows() {
            tables.source(row, report);
        }
        let types = line_types(files, report);
        for row in Records::optional(files, "", &FEEDER_LINES, report).rows() {
            tables.line(row, &types, report);
        }
        for row in Records::optional(files, "", &FEEDER_TRANSFORMERS, report).rows() {
            tables.transformer(row, report);
        }
        for row in Records::optional(files, "", &FEEDER_SWITCHES, report).rows() {
            tables.switch(row, report);
        }
        for row in Records::optional(files, "", &FEEDER_CAPACITORS, report).rows() {
            tables.capacitor(row, report);
        }
        tables
    }

    fn node(&mut self, row: Row<'_>, report: &mut Report) {
        let id = row.text("feeder_id");
        let place = self.feeders.iter().position(|draft| draft.id == id).unwrap_or_else(|| {
            let (file, line) = row.origin();
            self.feeders.push(Draft {
                id: id.to_owned(),
                origin: Origin { file, line },
                nodes: Vec::new(),
                places: BTreeMap::new(),
                source: None,
                branches: Vec::new(),
                shunts: Vec::new(),
                loads: Vec::new(),
            });
            self.feeders.len() - 1
        });
        let draft = &mut self.feeders[place];
        let name = row.text("node_id").to_owned();
        if draft.places.insert(name.clone(), draft.nodes.len()).is_some() {
            report.problem(row.problem("node_id", "is there twice in its feeder"));
        }
        draft.nodes.push((name, row.number("voltage_v").unwrap_or(400.0) / 3f64.sqrt()));
    }

    /// The feeder that a row names.
    pub(super) fn feeder(&mut self, row: Row<'_>, report: &mut Report) -> Option<&mut Draft> {
        let id = row.text("feeder_id");
        if id.is_empty() {
            return None;
        }
        let found = self.feeders.iter_mut().find(|draft| draft.id == id);
        if found.is_none() {
            report.problem(row.problem("feeder_id", "there is no such feeder in feeder_nodes.csv"));
        }
        found
    }

    fn source(&mut self, row: Row<'_>, report: &mut Report) {
        let Some(draft) = self.feeder(row, report) else { return };
        let Some(node) = draft.node(row, "node_id", report) else { return };
        if draft.source.is_some() {
            report.problem(row.problem("feeder_id", "has a source already").allowed("one source in a feeder"));
            return;
        }
        let base_v = draft.nodes[node.index()].1;
        let strength_va = row.number("short_circuit_mva").unwrap_or(100.0) * 1e6;
        let one_phase_va = row.number("one_phase_mva").map_or(strength_va, |mva| mva * 1e6);
        let angle_of = |ratio: f64| {
            let size = (1.0 + ratio * ratio).sqrt();
            C64::new(1.0 / size, ratio / size)
        };
        // |Z1| = 3 V² / S3, and |2 Z1 + Z0| = 9 V² / S1 along the angle of Z0.
        let z1 = angle_of(row.number("x_to_r").unwrap_or(4.0)) * (3.0 * base_v * base_v / strength_va);
        let direction = angle_of(row.number("x0_to_r0").unwrap_or(3.0));
        let wanted_ohm = 9.0 * base_v * base_v / one_phase_va;
        let along = (z1.conj() * direction).re * 2.0;
        let under = along * along - 4.0 * z1.norm_sqr() + wanted_ohm * wanted_ohm;
        if under < 0.0 || under.sqrt() < along {
            let problem = row.problem("one_phase_mva", "is too large for the three-phase short-circuit power");
            report.problem(problem.hint("at most 1.5 times short_circuit_mva"));
            return;
        }
        let z0 = direction * (under.sqrt() - along);
        draft.source = Some(SourcePart {
            node,
            voltage_v: balanced(base_v * row.number("voltage_pu").unwrap_or(1.0), 0.0),
            impedance_ohm: from_sequence(z1, z0),
        });
    }

    fn line(&mut self, row: Row<'_>, types: &BTreeMap<String, Option<LineType>>, report: &mut Report) {
        let Some(draft) = self.feeder(row, report) else { return };
        let kind = match types.get(row.text("line_type_id")) {
            Some(Some(kind)) => kind,
            Some(None) => return,
            None => {
                return report.problem(row.problem("line_type_id", "there is no such type in feeder_line_types.csv"));
            }
        };
        let Some((from, to, phases)) = draft.ends(row, report) else { return };
        let km = C64::new(row.number("length_m").unwrap_or(0.0) / 1000.0, 0.0);
        let branch = BranchPart {
            from,
            to,
            phases,
            kind: BranchKind::Line { series_ohm: kind.series_ohm_per_km * km, shunt_s: kind.shunt_s_per_km * km },
            rated_a: kind.rated_a,
            is_closed: true,
        };
        draft.add(row, "line", "line_id", branch);
    }

    fn transformer(&mut self, row: Row<'_>, report: &mut Report) {
        let Some(draft) = self.feeder(row, report) else { return };
        let (Some(from), Some(to)) = (draft.node(row, "from_node_id", report), draft.node(row, "to_node_id", report))
        else {
            return;
        };
        let winding = match row.word("connection").as_deref() {
            Some("dyn1") => Winding::DeltaStar(1),
            Some("dyn5") => Winding::DeltaStar(5),
            Some("dyn7") => Winding::DeltaStar(7),
            Some("dyn11") => Winding::DeltaStar(11),
            Some("yyn0") => Winding::StarStar,
            _ => return,
        };
        let number = |name: &str, default: f64| row.number(name).unwrap_or(default);
        let (primary_v, secondary_v) = (number("primary_v", 1.0), number("secondary_v", 1.0) / 3f64.sqrt());
        let (impedance, resistance) = (number("impedance_percent", 4.0), number("load_loss_percent", 1.0));
        if resistance > impedance {
            let problem = row.problem("load_loss_percent", "is more than the short-circuit voltage");
            return report.problem(problem.allowed("at most impedance_percent"));
        }
        let rated_va = number("rated_kva", 1.0) * 1000.0;
        let no_load_w = number("no_load_loss_percent", 0.0) / 100.0 * rated_va;
        let no_load_va = number("no_load_current_percent", 0.0) / 100.0 * rated_va;
        let part = TransformerPart {
            winding,
            primary_v: if winding == Winding::StarStar { primary_v / 3f64.sqrt() } else { primary_v },
            secondary_v,
            primary_tap: number("primary_tap", 1.0),
            secondary_tap: number("secondary_tap", 1.0),
            impedance_pu: C64::new(resistance, (impedance * impedance - resistance * resistance).sqrt()) / 100.0,
            rated_va,
            no_load_w,
            magnetising_var: (no_load_va * no_load_va - no_load_w * no_load_w).max(0.0).sqrt(),
        };
        let kind = BranchKind::Transformer(part);
        let branch = BranchPart { from, to, phases: PhaseSet::ABC, kind, rated_a: None, is_closed: true };
        draft.add(row, "transformer", "transformer_id", branch);
    }

    fn switch(&mut self, row: Row<'_>, report: &mut Report) {
        let Some(draft) = self.feeder(row, report) else { return };
        let Some((from, to, phases)) = draft.ends(row, report) else { return };
        let rated_a = row.number("rated_a");
        let is_fuse = row.word("kind").as_deref() == Some("fuse");
        let kind = match (is_fuse, rated_a) {
            (true, Some(rated_a)) => BranchKind::Fuse { rated_a },
            (true, None) => return report.problem(row.problem("rated_a", "a fuse needs a rated current")),
            (false, _) => BranchKind::Switch,
        };
        let is_closed = row.flag("is_closed").unwrap_or(true);
        draft.add(row, "switch", "switch_id", BranchPart { from, to, phases, kind, rated_a, is_closed });
    }

    fn capacitor(&mut self, row: Row<'_>, report: &mut Report) {
        let Some(draft) = self.feeder(row, report) else { return };
        let Some(node) = draft.node(row, "node_id", report) else { return };
        let Some(phases) = phases_of(row, report) else { return };
        let is_delta = row.word("connection").as_deref() == Some("delta");
        let Some(connections) = connections_of(row, phases, is_delta, report) else { return };
        let star_v = draft.nodes[node.index()].1;
        let base_v = if is_delta { star_v * 3f64.sqrt() } else { star_v };
        let total_var = row.number("kvar").unwrap_or(0.0) * 1000.0;
        let shunt = ShuntPart::capacitor(node, &connections, total_var, base_v);
        let (file, line) = row.origin();
        draft.shunts.push((shunt, row.text("capacitor_id").to_owned(), Origin { file, line }));
    }

    /// The circuits of all feeders.
    pub(super) fn finish(self, report: &mut Report) -> Vec<Circuit> {
        self.feeders.into_iter().filter_map(|draft| draft.finish(report)).collect()
    }
}

impl Draft {
    /// The node that a cell names.
    pub(super) fn node(&self, row: Row<'_>, column: &str, report: &mut Report) -> Option<ElectricalNodeId> {
        let name = row.get(column)?;
        let found = self.places.get(name).map(|place| ElectricalNodeId::from_index(*place));
        if found.is_none() {
            let message = format!("feeder {:?} has no such node in feeder_nodes.csv", self.id);
            report.problem(row.problem(column, message));
        }
        found
    }

    /// Nominal voltage of a node, from line phase to earth.
    pub(super) fn base_v(&self, node: ElectricalNodeId) -> f64 {
        self.nodes[node.index()].1
    }

    fn ends(&self, row: Row<'_>, report: &mut Report) -> Option<(ElectricalNodeId, ElectricalNodeId, PhaseSet)> {
        let phases = phases_of(row, report);
        let (from, to) = (self.node(row, "from_node_id", report), self.node(row, "to_node_id", report));
        let (from, to) = (from?, to?);
        if (self.base_v(from) - self.base_v(to)).abs() > 1e-6 * self.base_v(from) {
            let message = "joins nodes of different nominal voltage";
            report.problem(row.problem("to_node_id", message).hint("put a transformer between them"));
        }
        Some((from, to, phases?))
    }

    fn add(&mut self, row: Row<'_>, kind: &str, column: &str, branch: BranchPart) {
        let (file, line) = row.origin();
        self.branches.push((branch, format!("{kind}.{}", row.text(column)), Origin { file, line }));
    }

    fn finish(self, report: &mut Report) -> Option<Circuit> {
        let Some(source) = self.source else {
            let problem = crate::error::Problem::new(&self.origin.file, "this feeder has no source");
            let problem = problem.line(self.origin.line).field("feeder_id", &self.id);
            report.problem(problem.hint("add a row to feeder_sources.csv"));
            return None;
        };
        let mut circuit = Circuit {
            name: self.id,
            frequency_hz: FREQUENCY_HZ,
            parts: FeederParts {
                nodes: self.nodes.iter().map(|(_, base_v)| NodePart { base_v: *base_v }).collect(),
                source,
                branches: Vec::new(),
                loads: Vec::new(),
                shunts: Vec::new(),
            },
            nodes: self.nodes.into_iter().map(|(name, _)| name).collect(),
            branches: Vec::new(),
            loads: Vec::new(),
            shunts: Vec::new(),
            origins: Vec::new(),
            shapes: Vec::new(),
            load_shapes: vec![None; self.loads.len()],
            inputs: Vec::new(),
            notices: Vec::new(),
        };
        for (part, name, origin) in self.branches {
            circuit.parts.branches.push(part);
            circuit.branches.push(name);
            circuit.origins.push(origin);
        }
        for (part, name, origin) in self.loads {
            circuit.parts.loads.push(part);
            circuit.loads.push(name);
            circuit.origins.push(origin);
        }
        for (part, name, origin) in self.shunts {
            circuit.parts.shunts.push(part);
            circuit.shunts.push(name);
            circuit.origins.push(origin);
        }
        Some(circuit)
    }
}

/// The line phases of a row; 123 when none are said.
pub(super) fn phases_of(row: Row<'_>, report: &mut Report) -> Option<PhaseSet> {
    let Some(cell) = row.get("phases") else { return Some(PhaseSet::ABC) };
    let mut phases = PhaseSet::NONE;
    for letter in cell.chars() {
        match letter.to_digit(10) {
            Some(phase @ 1..=3) if !phases.has(phase as usize - 1) => {
                phases = phases.or(PhaseSet::of(&[phase as usize - 1]))
            }
            _ => {
                report.problem(row.problem("phases", "is not legal").allowed("1, 2, 3, 12, 13, 23, 123"));
                return None;
            }
        }
    }
    Some(phases)
}

/// Between what something with these phases hangs.
pub(super) fn connections_of(
    row: Row<'_>,
    phases: PhaseSet,
    is_delta: bool,
    report: &mut Report,
) -> Option<Vec<Connection>> {
    let own: Vec<u8> = phases.iter().map(|phase| phase as u8).collect();
    match (is_delta, own.as_slice()) {
        (false, _) => Some(own.iter().map(|&phase| Connection::Phase(phase)).collect()),
        (true, &[one, other]) => Some(vec![Connection::Between(one, other)]),
        (true, &[a, b, c]) => {
            Some(vec![Connection::Between(a, b), Connection::Between(b, c), Connection::Between(c, a)])
        }
        _ => {
            report.problem(row.problem("connection", "a delta needs two or three line phases"));
            None
        }
    }
}
