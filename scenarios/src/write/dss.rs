//! A circuit as an OpenDSS script, so that a utility can check it with its own tools.
//!
//! Every impedance is written as the matrix that was solved with, in full precision, so the other program solves the
//! same circuit. Loads keep the powers they have at nominal voltage; shapes are written out.

use std::fmt::Write;

use sim_core::power::PhaseSet;
use sim_core::power::load_model::{Law, Zip};
use sim_core::power::parts::{BranchKind, BranchPart, Connection, TransformerPart, Winding};

use crate::power::Circuit;

/// The script.
pub fn script(circuit: &Circuit) -> String {
    let mut text = String::new();
    write_all(circuit, &mut text).expect("writing to memory cannot fail");
    text
}

fn write_all(circuit: &Circuit, out: &mut String) -> std::fmt::Result {
    let parts = &circuit.parts;
    let source = &parts.source;
    let base_v = parts.nodes[source.node.index()].base_v;
    let z = &source.impedance_ohm;
    let (z1, z0) = (z[(0, 0)] - z[(0, 1)], z[(0, 0)] + z[(0, 1)] * 2.0);
    let v = source.voltage_v[0];
    writeln!(out, "! Circuit {}, written by citytwin", circuit.name)?;
    writeln!(out, "clear\nset defaultbasefrequency={}", circuit.frequency_hz)?;
    writeln!(
        out,
        "new circuit.{} bus1={} basekv={} pu={} angle={} r1={} x1={} r0={} x0={}",
        name(&circuit.name),
        name(&circuit.nodes[source.node.index()]),
        base_v * 3f64.sqrt() / 1000.0,
        v.norm_sqr().sqrt() / base_v,
        sim_core::power::blocks::angle_rad(v).to_degrees(),
        z1.re,
        z1.im,
        z0.re,
        z0.im
    )?;
    for shape in &circuit.shapes {
        let list = |values: &[f64]| {
            let scale = if shape.is_actual { 1000.0 } else { 1.0 };
            values.iter().map(|value| (value / scale).to_string()).collect::<Vec<_>>().join(" ")
        };
        write!(out, "new loadshape.{} npts={} sinterval={}", name(&shape.name), shape.factors.len(), shape.interval_s)?;
        write!(out, " useactual={} mult=[{}]", if shape.is_actual { "yes" } else { "no" }, list(&shape.factors))?;
        match &shape.reactive {
            Some(reactive) => writeln!(out, " qmult=[{}]", list(reactive))?,
            None => writeln!(out)?,
        }
    }
    for (index, branch) in parts.branches.iter().enumerate() {
        write_branch(circuit, index, branch, out)?;
    }
    for (index, load) in parts.loads.iter().enumerate() {
        write_load(circuit, index, load, out)?;
    }
    for (index, shunt) in parts.shunts.iter().enumerate() {
        write_shunt(circuit, index, shunt, out)?;
    }
    let mut bases: Vec<f64> = parts.nodes.iter().map(|node| node.base_v * 3f64.sqrt() / 1000.0).collect();
    bases.sort_by(f64::total_cmp);
    bases.dedup_by(|a, b| (*a - *b).abs() < 1e-6 * *b);
    let bases: Vec<String> = bases.iter().map(f64::to_string).collect();
    writeln!(out, "set voltagebases=[{}]\ncalcvoltagebases\nsolve", bases.join(" "))
}

/// A name without what the language gives a meaning.
fn name(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_alphanumeric() || matches!(letter, '-' | '_') { letter } else { '_' })
        .collect()
}

/// `.1.3` for phases a and c.
fn dots(phases: PhaseSet) -> String {
    phases.iter().map(|phase| format!(".{}", phase + 1)).collect()
}

fn bus(circuit: &Circuit, node: sim_core::ids::ElectricalNodeId, phases: PhaseSet) -> String {
    format!("{}{}", name(&circuit.nodes[node.index()]), dots(phases))
}

/// A matrix over some phases.
fn matrix(phases: PhaseSet, value: impl Fn(usize, usize) -> f64) -> String {
    let rows: Vec<String> = phases
        .iter()
        .map(|row| phases.iter().map(|column| value(row, column).to_string()).collect::<Vec<_>>().join(" "))
        .collect();
    format!("[{}]", rows.join(" | "))
}

fn write_branch(circuit: &Circuit, index: usize, branch: &BranchPart, out: &mut String) -> std::fmt::Result {
    let own = circuit.branches[index].split_once('.').map_or("", |(_, rest)| rest);
    let (from, to) = (bus(circuit, branch.from, branch.phases), bus(circuit, branch.to, branch.phases));
    let n = branch.phases.len();
    let kind = match &branch.kind {
        BranchKind::Transformer(part) => {
            write_transformer(own, part, n, (&from, &to), out)?;
            "transformer"
        }
        BranchKind::Line { series_ohm, shunt_s } => {
            let omega = 2.0 * std::f64::consts::PI * circuit.frequency_hz;
            let r = matrix(branch.phases, |row, column| series_ohm[(row, column)].re);
            let x = matrix(branch.phases, |row, column| series_ohm[(row, column)].im);
            let c = matrix(branch.phases, |row, column| shunt_s[(row, column)].im / omega * 1e9);
            write!(out, "new line.{} phases={n} bus1={from} bus2={to} length=1", name(own))?;
            write!(out, " rmatrix={r} xmatrix={x} cmatrix={c}")?;
            match branch.rated_a {
                Some(rated_a) => writeln!(out, " normamps={rated_a}")?,
                None => writeln!(out)?,
            }
            "line"
        }
        BranchKind::Switch | BranchKind::Fuse { .. } => {
            // OpenDSS has no branch without impedance.
            write!(out, "new line.{} phases={n} bus1={from} bus2={to} length=1", name(own))?;
            writeln!(out, " r1=1e-7 x1=0 r0=1e-7 x0=0 c1=0 c0=0")?;
            "line"
        }
    };
    if branch.is_closed { Ok(()) } else { writeln!(out, "open {kind}.{} 1", name(own)) }
}

fn write_transformer(
    own: &str,
    part: &TransformerPart,
    n: usize,
    (from, to): (&str, &str),
    out: &mut String,
) -> std::fmt::Result {
    let line_factor = if n == 1 { 1.0 } else { 3f64.sqrt() };
    let (connection, primary_v) = match part.winding {
        Winding::StarStar => ("wye", part.primary_v * line_factor),
        Winding::DeltaStar(_) => ("delta", part.primary_v),
    };
    let secondary_v = part.secondary_v * line_factor;
    // In OpenDSS's words the higher side leads by 30°, or lags.
    let is_lead = part.winding == Winding::DeltaStar(11);
    let lead_lag = if is_lead == (primary_v >= secondary_v) { "lead" } else { "lag" };
    if matches!(part.winding, Winding::DeltaStar(5 | 7)) {
        writeln!(out, "! transformer {own} has clock 5 or 7: its secondary is turned by 180° against what follows")?;
    }
    let rated_va = part.rated_va;
    let (kva, r) = (rated_va / 1000.0, part.impedance_pu.re * 50.0);
    writeln!(
        out,
        "new transformer.{} phases={n} windings=2 buses=[{from} {to}] conns=[{connection} wye] kvs=[{} {}] \
         kvas=[{kva} {kva}] taps=[{} {}] xhl={} %rs=[{r} {r}] %noloadloss={} %imag={} leadlag={lead_lag}",
        name(own),
        primary_v / 1000.0,
        secondary_v / 1000.0,
        part.primary_tap,
        part.secondary_tap,
        part.impedance_pu.im * 100.0,
        part.no_load_w / rated_va * 100.0,
        part.magnetising_var / rated_va * 100.0,
    )
}

fn write_load(
    circuit: &Circuit,
    index: usize,
    load: &sim_core::power::parts::LoadPart,
    out: &mut String,
) -> std::fmt::Result {
    let delta = matches!(load.connections.first(), Some(Connection::Between(..)));
    let phases = load.connections.iter().fold(PhaseSet::NONE, |all, one| all.or(one.phases()));
    // The order matters for a load between two phases only in name.
    let n = if delta && load.connections.len() == 1 { 1 } else { phases.len() };
    let kv = load.model.base_v / 1000.0 * if delta || n == 1 { 1.0 } else { 3f64.sqrt() };
    let model = match load.model.law {
        Law::Power => 1,
        Law::Impedance => 2,
        Law::Current => 5,
        Law::Mixed { .. } => 8,
    };
    write!(
        out,
        "new load.{} phases={n} bus1={} conn={} kv={kv} kw={} kvar={} model={model}",
        name(&circuit.loads[index]),
        bus(circuit, load.node, phases),
        if delta { "delta" } else { "wye" },
        load.power_w / 1000.0,
        load.reactive_var / 1000.0
    )?;
    if let Law::Mixed { active, reactive, drops_out_pu } = load.model.law {
        let three = |zip: Zip| format!("{} {} {}", zip.impedance, zip.current, zip.power);
        write!(out, " zipv=[{} {} {drops_out_pu}]", three(active), three(reactive))?;
    }
    match load.model.limits {
        Some(limits) => {
            let max_pu = if limits.max_pu.is_finite() { limits.max_pu } else { 10.0 };
            write!(out, " vminpu={} vmaxpu={max_pu} vlowpu={}", limits.min_pu, limits.low_pu)?;
        }
        None => write!(out, " vminpu=0 vmaxpu=10 vlowpu=0")?,
    }
    match circuit.load_shapes[index] {
        Some(shape) => writeln!(out, " yearly={}", name(&circuit.shapes[shape].name)),
        None => writeln!(out),
    }
}

fn write_shunt(
    circuit: &Circuit,
    index: usize,
    shunt: &sim_core::power::parts::ShuntPart,
    out: &mut String,
) -> std::fmt::Result {
    let y = &shunt.admittance_s;
    let base_v = circuit.parts.nodes[shunt.node.index()].base_v;
    let phases: Vec<usize> = shunt.phases.iter().collect();
    let is_delta = phases.len() > 1 && y[(phases[0], phases[1])].norm_sqr() > 0.0;
    let own = name(&circuit.shunts[index]);
    if is_delta {
        let each_s = -y[(phases[0], phases[1])].im;
        let n = if phases.len() == 2 { 1 } else { 3 };
        let kv = base_v * 3f64.sqrt() / 1000.0;
        let kvar = each_s * kv * kv * 1e3 * if n == 1 { 1.0 } else { 3.0 };
        let at = bus(circuit, shunt.node, shunt.phases);
        return writeln!(out, "new capacitor.{own} phases={n} bus1={at} conn=delta kv={kv} kvar={kvar}");
    }
    for phase in phases {
        let kvar = y[(phase, phase)].im * base_v * base_v / 1000.0;
        let at = bus(circuit, shunt.node, PhaseSet::of(&[phase]));
        writeln!(out, "new capacitor.{own}_{} phases=1 bus1={at} kv={} kvar={kvar}", phase + 1, base_v / 1000.0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sim_core::power::solver::Accuracy;
    use sim_core::power::tree::Reduction;
    use sim_core::power::{Phasors, PowerFlow, Sweep, Tree};

    use super::*;
    use crate::read::dss::read_dss;

    fn solve(circuit: &Circuit) -> Vec<Phasors> {
        let feeder = circuit.feeder().unwrap();
        let closed = vec![true; feeder.parts.branches.len()];
        let tree = Tree::build(&feeder, &closed, Reduction::Off).unwrap();
        let mut sweep = Sweep::default();
        assert!(sweep.solve(&tree, &circuit.powers(), Accuracy::default()).has_converged);
        sweep.voltages().to_vec()
    }

    #[test]
    fn a_circuit_written_and_read_again_has_the_same_voltages() {
        let text = "set defaultbasefrequency=60\nnew circuit.c basekv=11 pu=1.02 angle=30 mvasc3=200 mvasc1=150\n\
            new transformer.t buses=[sourcebus lv] conns=[delta wye] kvs=[11 .416] kvas=[500 500] xhl=4 %loadloss=1 \
            %noloadloss=.2 %imag=.5 taps=[1 1.025]\n\
            new line.a bus1=lv bus2=x r1=.3 x1=.1 r0=.9 x0=.3 c1=200 c0=100 length=.2 units=km\n\
            new line.b bus1=x.1.3 bus2=y.1.3 phases=2 length=.1 rmatrix=[.4 | .1 .5] xmatrix=[.3 | .1 .4] cmatrix=[10 | -2 11]\n\
            new loadshape.s npts=3 interval=1 mult=[.1 .2 .3]\n\
            new load.p bus1=x phases=3 kv=.416 kw=30 pf=.9 yearly=s\nnew load.q bus1=y.3 phases=1 kv=.24 kw=3 kvar=1 model=5\n\
            new load.d bus1=y.1.3 phases=1 conn=delta kv=.416 kw=2 pf=.95 model=2\n\
            new load.z bus1=x.2 phases=1 kv=.24 kw=1 pf=-.9 model=8 zipv=[.2 .3 .5 .2 .3 .5 .7]\n\
            new capacitor.c1 bus1=x phases=3 kvar=10 kv=.416\nnew capacitor.c2 bus1=x phases=3 conn=delta kvar=5 kv=.416\n\
            set voltagebases=[11 .416]\n";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.dss");
        std::fs::write(&file, text).unwrap();
        let first = read_dss(&file).unwrap();
        std::fs::write(&file, script(&first)).unwrap();
        let again = read_dss(&file).unwrap_or_else(|problems| panic!("{problems}\n{}", script(&first)));
        assert_eq!(first.powers_at(1), again.powers_at(1));
        let (first, again) = (solve(&first), solve(&again));
        assert_eq!(first.len(), again.len());
        for (a, b) in first.iter().flatten().zip(again.iter().flatten()) {
            assert!((a - b).norm_sqr().sqrt() < 1e-6 * a.norm_sqr().sqrt().max(1.0), "{a} {b}");
        }
    }
}
