//! From objects to a [`Circuit`].

use std::collections::BTreeMap;

use sim_core::ids::{ElectricalNodeId, Id};
use sim_core::power::parts::{BranchKind, BranchPart, FeederParts, LoadPart, NodePart, ShuntPart, SourcePart};

use super::objects::Object;
use super::script::Script;
use super::{lines, loads, shapes, sources, transformers};
use crate::error::{Problem, Problems};
use crate::power::Circuit;
use crate::power::circuit::Origin;
use crate::read::table::Report;

/// Nodes by name, in the order of their first mention.
#[derive(Default)]
struct Nodes {
    names: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Nodes {
    fn id(&mut self, name: &str) -> ElectricalNodeId {
        let next = self.names.len();
        let place = *self.places.entry(name.to_owned()).or_insert(next);
        if place == next {
            self.names.push(name.to_owned());
        }
        ElectricalNodeId::from_index(place)
    }
}

struct Builder {
    nodes: Nodes,
    branches: Vec<(BranchPart, String, Origin)>,
    loads: Vec<(LoadPart, String, Origin, Option<usize>)>,
    shunts: Vec<(ShuntPart, String, Origin)>,
    /// Nominal voltages behind transformers, by branch.
    secondary_base_v: BTreeMap<usize, f64>,
}

/// The circuit that a script leaves behind.
pub(super) fn circuit(mut script: Script) -> Result<Circuit, Problems> {
    let mut report = std::mem::take(&mut script.report);
    let Some(name) = script.circuit.clone() else {
        if report.problems.list.is_empty() {
            let first = script.home.clone();
            report.problem(Problem::new(first, "no circuit is made").hint("a script needs: new circuit.Name"));
        }
        return Err(report.problems);
    };
    let of_class = |class: &'static str| script.objects.iter().filter(move |object| object.class == class);
    let enabled = |class: &'static str| of_class(class).filter(|object| object.is_enabled);
    let frequency_hz = script.frequency_hz;
    let codes: BTreeMap<String, lines::Wire> = of_class("linecode")
        .map(|object| (object.name.clone(), lines::line_code(object, frequency_hz, &mut report)))
        .collect();
    let mut shape_places = BTreeMap::new();
    let mut all_shapes = Vec::new();
    for object in of_class("loadshape") {
        if let Some(shape) = shapes::shape(object, &mut report) {
            shape_places.insert(object.name.clone(), all_shapes.len());
            all_shapes.push(shape);
        }
    }
    let mut builder = Builder {
        nodes: Nodes::default(),
        branches: Vec::new(),
        loads: Vec::new(),
        shunts: Vec::new(),
        secondary_base_v: BTreeMap::new(),
    };
    let mut found = None;
    for object in enabled("vsource") {
        if found.is_some() {
            report.problem(object.problem("a feeder with two sources cannot be solved yet").allowed("one source"));
        } else {
            found = sources::source(object, &mut report);
        }
    }
    let source_node = found.as_ref().map(|source| builder.nodes.id(&source.bus.name));
    for object in enabled("line") {
        if let Some(line) = lines::line(object, &codes, frequency_hz, &mut report) {
            builder.line(object, line);
        }
    }
    for object in enabled("transformer") {
        if let Some(transformer) = transformers::transformer(object, &mut report) {
            builder.transformer(object, transformer);
        }
    }
    for object in enabled("load") {
        if let Some(load) = loads::load(object, script.load_mult, &mut report) {
            builder.load(object, load, &shape_places, &mut report);
        }
    }
    for object in enabled("capacitor") {
        if let Some(capacitor) = loads::capacitor(object, &mut report) {
            let node = builder.nodes.id(&capacitor.bus.name);
            let CapacitorData { connections, total_var, base_v, .. } = capacitor;
            let part = ShuntPart::capacitor(node, &connections, total_var, base_v);
            builder.shunts.push((part, object.name.clone(), origin(object)));
        }
    }
    let Some((source, node)) = found.zip(source_node).filter(|_| report.problems.list.is_empty()) else {
        return Err(report.problems);
    };
    let circuit = builder.finish(name, source, node, &script, all_shapes, &mut report);
    circuit.feeder()?;
    Ok(circuit)
}

use loads::CapacitorData;

fn origin(object: &Object) -> Origin {
    Origin { file: object.file.clone(), line: object.line }
}

impl Builder {
    fn line(&mut self, object: &Object, line: lines::LineData) {
        let part = BranchPart {
            from: self.nodes.id(&line.from.name),
            to: self.nodes.id(&line.to.name),
            phases: line.from.set(),
            kind: BranchKind::Line { series_ohm: line.series_ohm, shunt_s: line.shunt_s },
            rated_a: line.rated_a,
            is_closed: !object.is_open,
        };
        self.branches.push((part, format!("line.{}", object.name), origin(object)));
    }

    fn transformer(&mut self, object: &Object, transformer: transformers::TransformerData) {
        let part = BranchPart {
            from: self.nodes.id(&transformer.from.name),
            to: self.nodes.id(&transformer.to.name),
            phases: transformer.from.set(),
            kind: BranchKind::Transformer(transformer.part),
            rated_a: None,
            is_closed: !object.is_open,
        };
        self.secondary_base_v.insert(self.branches.len(), transformer.secondary_base_v);
        self.branches.push((part, format!("transformer.{}", object.name), origin(object)));
    }

    fn load(&mut self, object: &Object, load: loads::LoadData, shapes: &BTreeMap<String, usize>, report: &mut Report) {
        let shape = load.shape.as_ref().and_then(|property| {
            let place = shapes.get(&property.value.to_lowercase()).copied();
            if place.is_none() && !matches!(property.value.to_lowercase().as_str(), "none" | "default") {
                report.problem(property.problem("there is no such load shape"));
            }
            place
        });
        let part = LoadPart {
            node: self.nodes.id(&load.bus.name),
            connections: load.connections,
            model: load.model,
            power_w: load.power_w,
            reactive_var: load.reactive_var,
        };
        self.loads.push((part, object.name.clone(), origin(object), shape));
    }

    fn finish(
        self,
        name: String,
        source: sources::SourceData,
        node: ElectricalNodeId,
        script: &Script,
        shapes: Vec<crate::power::Shape>,
        report: &mut Report,
    ) -> Circuit {
        let bases = self.base_voltages(node, source.base_v, &script.voltage_bases_kv);
        let (mut branches, mut branch_names, mut origins) = (Vec::new(), Vec::new(), Vec::new());
        for (part, name, origin) in self.branches {
            branches.push(part);
            branch_names.push(name);
            origins.push(origin);
        }
        let (mut loads, mut load_names, mut load_shapes) = (Vec::new(), Vec::new(), Vec::new());
        for (part, name, origin, shape) in self.loads {
            loads.push(part);
            load_names.push(name);
            origins.push(origin);
            load_shapes.push(shape);
        }
        let (mut shunts, mut shunt_names) = (Vec::new(), Vec::new());
        for (part, name, origin) in self.shunts {
            shunts.push(part);
            shunt_names.push(name);
            origins.push(origin);
        }
        Circuit {
            name,
            frequency_hz: script.frequency_hz,
            parts: FeederParts {
                nodes: bases.into_iter().map(|base_v| NodePart { base_v }).collect(),
                source: SourcePart { node, voltage_v: source.voltage_v, impedance_ohm: source.impedance_ohm },
                branches,
                loads,
                shunts,
            },
            nodes: self.nodes.names,
            branches: branch_names,
            loads: load_names,
            shunts: shunt_names,
            origins,
            shapes,
            load_shapes,
            inputs: script.inputs.clone(),
            notices: std::mem::take(&mut report.notices),
        }
    }

    /// Nominal voltages: from the source through the transformers, rounded to the voltage bases that are set.
    fn base_voltages(&self, source: ElectricalNodeId, source_v: f64, bases_kv: &[f64]) -> Vec<f64> {
        let rounded = |volts: f64| {
            let near = |kv: &f64| {
                let base_v = kv * 1000.0 / 3f64.sqrt();
                ((base_v - volts).abs() < 0.2 * volts).then_some(base_v)
            };
            bases_kv
                .iter()
                .filter_map(near)
                .min_by(|a, b| (a - volts).abs().total_cmp(&(b - volts).abs()))
                .unwrap_or(volts)
        };
        let mut known = vec![f64::NAN; self.nodes.names.len()];
        known[source.index()] = rounded(source_v);
        let mut changed = true;
        while changed {
            changed = false;
            for (index, (branch, ..)) in self.branches.iter().enumerate() {
                let [from, to] = [branch.from.index(), branch.to.index()];
                match self.secondary_base_v.get(&index) {
                    Some(&volts) if known[to].is_nan() => known[to] = rounded(volts),
                    None if known[to].is_nan() && !known[from].is_nan() => known[to] = known[from],
                    None if known[from].is_nan() && !known[to].is_nan() => known[from] = known[to],
                    _ => continue,
                }
                changed = true;
            }
        }
        known.into_iter().map(|volts| if volts.is_nan() { rounded(source_v) } else { volts }).collect()
    }
}
