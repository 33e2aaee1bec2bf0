use std::fs;
use std::path::{Path, PathBuf};

use sim_core::power::blocks::{angle_rad, magnitude};
use sim_core::power::solver::Accuracy;
use sim_core::power::tree::Reduction;
use sim_core::power::{C64, Feeder, Flows, Outcome, Phasors, PowerFlow, Sweep, Tree};

use super::read_dss;
use crate::power::Circuit;

const TIGHT: Accuracy = Accuracy { tolerance_pu: 1e-11, max_iterations: 200 };

/// The folder of reference data, or a plain word that the test is skipped.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("CITYTWIN_DATA").map(|folder| Path::new(&folder).join("power"));
    if folder.is_none() {
        eprintln!("skipped: CITYTWIN_DATA names no folder with reference data");
    }
    folder
}

/// A circuit from a script in a temporary file.
fn circuit(script: &str) -> Circuit {
    try_circuit(script).unwrap_or_else(|problems| panic!("{problems}"))
}

fn try_circuit(script: &str) -> Result<Circuit, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.dss");
    fs::write(&file, script).unwrap();
    read_dss(&file).map_err(|problems| problems.to_string())
}

struct Solver {
    feeder: Feeder,
    tree: Tree,
    sweep: Sweep,
    flows: Flows,
}

impl Solver {
    fn new(circuit: &Circuit) -> Self {
        let feeder = circuit.feeder().unwrap();
        let closed: Vec<bool> = feeder.parts.branches.iter().map(|branch| branch.is_closed).collect();
        let tree = Tree::build(&feeder, &closed, Reduction::Series).unwrap();
        Self { feeder, tree, sweep: Sweep::default(), flows: Flows::default() }
    }
    fn solve(&mut self, powers: &[C64]) -> Outcome {
        let outcome = self.sweep.solve(&self.tree, powers, TIGHT);
        assert!(outcome.has_converged, "{outcome:?}");
        self.flows.find(&self.feeder, &self.tree, powers, &self.sweep);
        outcome
    }
    fn voltage(&self, circuit: &Circuit, node: &str) -> C64 {
        let (name, phase) = node.rsplit_once('.').unwrap();
        let place = circuit.nodes.iter().position(|other| other == name).unwrap_or_else(|| panic!("no node {name}"));
        let voltages: &[Phasors] = self.sweep.voltages();
        voltages[place][phase.parse::<usize>().unwrap() - 1]
    }
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn number(cell: &str) -> f64 {
    cell.parse().unwrap()
}

/// The European low-voltage feeder with loads that stay at constant power at any voltage.
fn european(data: &Path) -> Circuit {
    let master = data.join("LVTestCase/Master.dss");
    circuit(&format!("compile \"{}\"\nbatchedit load..* vminpu=0 vmaxpu=10 vlowpu=0\n", master.display()))
}

#[test]
fn european_feeder_at_constant_power_has_the_voltages_of_two_other_programs() {
    let Some(data) = data() else { return };
    let circuit = european(&data);
    let mut solver = Solver::new(&circuit);
    solver.solve(&circuit.powers());
    let mut largest_v: f64 = 0.0;
    let mut n = 0;
    for row in rows(&data.join("opendss_lv906_constP_voltages.csv")) {
        let voltage = solver.voltage(&circuit, &row[0]);
        largest_v = largest_v.max((magnitude(voltage) - number(&row[1])).abs());
        let turned_deg = angle_rad(voltage).to_degrees() - number(&row[2]);
        assert!(turned_deg.abs() < 1e-5, "{}: {turned_deg}°", row[0]);
        n += 1;
    }
    assert!(n >= 2718 && largest_v < 1e-3, "{n} voltages, {largest_v} V");
    let (source, loss_w) = (solver.flows.source_va, solver.flows.loss_w());
    // OpenDSS hangs a millionth of a transformer's power on its windings, so that they cannot float: 0.73 var here.
    assert!((source.re - 55_792.823_487).abs() < 1e-3 && (source.im - 18_370.615).abs() < 0.01, "{source}");
    assert!((loss_w - 792.823_477).abs() < 1e-3, "{loss_w}");
    eprintln!("{n} voltages within {largest_v:.2e} V, {} rows", solver.tree.n_rows());
}

#[test]
fn european_feeder_has_the_voltages_of_three_instants() {
    let Some(data) = data() else { return };
    let circuit = european(&data);
    let mut solver = Solver::new(&circuit);
    let reference = rows(&data.join("eu_lv_906_voltages.csv"));
    for (column, minute) in [(2, 1), (3, 566), (4, 1440)] {
        solver.solve(&circuit.powers_at(minute - 1));
        let mut largest_v: f64 = 0.0;
        for row in &reference {
            let voltage = solver.voltage(&circuit, &format!("{}.{}", row[0], row[1]));
            largest_v = largest_v.max((magnitude(voltage) - number(&row[column])).abs());
        }
        assert!(reference.len() == 2718 && largest_v < 1e-3, "minute {minute}: {largest_v} V");
        eprintln!("minute {minute}: 2718 voltages within {largest_v:.2e} V");
    }
}

#[test]
fn european_feeder_has_the_energies_of_the_day() {
    let Some(data) = data() else { return };
    let circuit = european(&data);
    let mut solver = Solver::new(&circuit);
    let (mut source_wh, mut loss_wh, mut source_expected_wh, mut loss_expected_wh) = (0.0, 0.0, 0.0, 0.0);
    for (minute, row) in rows(&data.join("eu_lv_906_timeseries.csv")).iter().enumerate() {
        solver.solve(&circuit.powers_at(minute));
        source_wh += solver.flows.source_va.re / 60.0;
        loss_wh += solver.flows.loss_w() / 60.0;
        source_expected_wh += number(&row[1]) * 1000.0 / 60.0;
        loss_expected_wh += number(&row[2]) * 1000.0 / 60.0;
    }
    let [source, loss] = [source_wh / source_expected_wh - 1.0, loss_wh / loss_expected_wh - 1.0];
    eprintln!("day: {source_wh:.1} Wh ({source:.1e}), loss {loss_wh:.2} Wh ({loss:.1e})");
    assert!(source.abs() < 1e-4 && loss.abs() < 1e-4, "{source} {loss}");
}

#[test]
fn european_feeder_as_it_stands_has_the_default_answer_of_opendss() {
    let Some(data) = data() else { return };
    let circuit = read_dss(&data.join("LVTestCase/Master.dss")).unwrap_or_else(|problems| panic!("{problems}"));
    let mut solver = Solver::new(&circuit);
    solver.solve(&circuit.powers());
    // Every load is above its upper limit and has become an impedance. The figures are those of OpenDSS 0.14.5 with a
    // tolerance of 1e-11, without the millionth of the transformer's power that it hangs on the windings.
    let (source, loss_w) = (solver.flows.source_va, solver.flows.loss_w());
    assert!((source.re - 58_993.781_942).abs() < 1e-3 && (source.im - 19_427.403_974).abs() < 1e-3, "{source}");
    assert!((loss_w - 880.338_188).abs() < 1e-3, "{loss_w}");
    let voltages = [("906.1", 246.719_645), ("639.2", 247.142_401), ("1.1", 251.728_574), ("899.2", 246.671_170)];
    for (node, expected_v) in voltages {
        let found_v = magnitude(solver.voltage(&circuit, node));
        assert!((found_v - expected_v).abs() < 1e-5, "{node}: {found_v} V instead of {expected_v} V");
    }
}

#[test]
fn thirteen_bus_feeder_has_its_voltages_at_two_sets_of_taps() {
    let Some(data) = data() else { return };
    let master = data.join("13Bus/IEEE13Nodeckt.dss");
    let sets = [
        ([1.0625, 1.05, 1.06875], "ieee13_fixed_taps.csv"),
        ([1.05625, 1.0375, 1.05625], "opendss_ieee13_tight_voltages.csv"),
    ];
    for (taps, file) in sets {
        let mut script = format!("compile \"{}\"\n", master.display());
        for (index, tap) in taps.iter().enumerate() {
            script += &format!("Transformer.Reg{}.Taps=[1.0 {tap}]\n", index + 1);
        }
        let circuit = circuit(&script);
        let mut solver = Solver::new(&circuit);
        solver.solve(&circuit.powers());
        let (mut largest_pu, mut largest_deg, mut n) = (0.0_f64, 0.0_f64, 0);
        for row in rows(&data.join(file)) {
            let voltage = solver.voltage(&circuit, &row[0]);
            let node = circuit.nodes.iter().position(|name| row[0].starts_with(&format!("{name}."))).unwrap();
            let base_v = circuit.parts.nodes[node].base_v;
            let expected_pu = if file.starts_with("ieee") { number(&row[1]) } else { number(&row[1]) / base_v };
            largest_pu = largest_pu.max((magnitude(voltage) / base_v - expected_pu).abs());
            largest_deg = largest_deg.max((angle_rad(voltage).to_degrees() - number(&row[2])).abs());
            n += 1;
        }
        eprintln!("{file}: {n} voltages within {largest_pu:.1e} pu and {largest_deg:.1e}°");
        assert!(n == 41 && largest_pu < 1e-4 && largest_deg < 0.01, "{file}: {largest_pu} {largest_deg}");
    }
}

/// 60 poles 35 m apart on 4×16 mm², 107 W each at a power factor of 0.95.
fn streetlights(n: usize, phase: impl Fn(usize) -> usize) -> Circuit {
    let mut script = String::from(
        "clear\nset defaultbasefrequency=50\nnew circuit.street basekv=0.4 pu=1 mvasc3=1e9 mvasc1=1e9\n\
         new linecode.c16 nphases=3 r1=1.15 x1=0.08 r0=4.6 x0=0.32 c1=0 c0=0 units=km\n",
    );
    for pole in 1..=n {
        let before = if pole == 1 { "sourcebus".to_owned() } else { (pole - 1).to_string() };
        script += &format!("new line.l{pole} bus1={before} bus2={pole} linecode=c16 length=35 units=m\n");
        script += &format!(
            "new load.p{pole} bus1={pole}.{} phases=1 kv=0.23094 kw=0.107 pf=0.95 vminpu=0 vmaxpu=10 vlowpu=0\n",
            phase(pole)
        );
    }
    circuit(&script)
}

#[test]
fn streetlight_feeder_has_its_voltages_and_losses() {
    let Some(data) = data() else { return };
    let reference = rows(&data.join("streetlight_lv_feeder.csv"));
    let cases = [
        ("rotating60", streetlights(60, |pole| (pole - 1) % 3 + 1), 60, 257.645),
        ("phaseA20", streetlights(20, |_| 1), 20, 58.250),
    ];
    for (name, circuit, n, loss_w) in cases {
        let mut solver = Solver::new(&circuit);
        solver.solve(&circuit.powers());
        let mut largest_v: f64 = 0.0;
        for row in reference.iter().filter(|row| row[0] == name && row[1] != "0" && number(&row[1]) <= f64::from(n)) {
            for phase in 0..3 {
                let voltage = solver.voltage(&circuit, &format!("{}.{}", row[1], phase + 1));
                largest_v = largest_v.max((magnitude(voltage) - number(&row[2 + phase])).abs());
            }
        }
        eprintln!("{name}: within {largest_v:.1e} V, loss {:.4} W", solver.flows.loss_w());
        assert!(largest_v < 1e-5, "{name}: {largest_v} V");
        assert!((solver.flows.loss_w() - loss_w).abs() < 1e-3, "{name}: {} W", solver.flows.loss_w());
    }
}

#[test]
fn mistakes_are_named_together_with_file_and_line() {
    let said = try_circuit(
        "new circuit.c basekv=0.4\nnwe line.a\nnew line.l1 bus1=sourcebus bus2=b lenght=3\n\
         new pvsystem.p bus1=b\nnew transformer.t windings=3\nnew load.x bus1=b.4 kw=many\nfrobnicate now\n",
    )
    .unwrap_err();
    for expected in [
        "test.dss:2: unknown command \"nwe\"\n  hint: did you mean \"new\"?",
        "test.dss:3: line has no property \"lenght\"\n  hint: did you mean \"length\"?",
        "test.dss:4: elements of class \"pvsystem\" are not read; allowed: circuit, vsource",
        "test.dss:5: windings = \"3\": only transformers with two windings are read; allowed: 2",
        "test.dss:6: kw = \"many\": is no number",
        "test.dss:7: unknown command \"frobnicate\"; allowed: new, edit",
    ] {
        assert!(said.contains(expected), "{expected}\nnot in\n{said}");
    }
}

#[test]
fn mistakes_of_the_circuit_are_told_in_its_own_names() {
    let said = try_circuit(
        "new circuit.c basekv=0.4\nnew line.l1 bus1=sourcebus bus2=b\nnew line.l2 bus1=b bus2=c\n\
         new line.l3 bus1=c bus2=sourcebus\nnew line.l4 bus1=x bus2=y r1=0 x1=0 r0=0 x0=0\n",
    )
    .unwrap_err();
    assert!(said.contains("test.dss:4: branch = \"line.l3\": closes a loop: line.l2 → line.l1 → line.l3"), "{said}");
    assert!(said.contains("test.dss:5: branch = \"line.l4\": has no impedance"), "{said}");
    assert!(said.contains("node = \"x\": nothing feeds this node"), "{said}");
    let said = try_circuit(
        "new circuit.c basekv=0.4\nnew line.l1 bus1=sourcebus.1 bus2=b.1 phases=1\nnew load.k bus1=b.2 phases=1 kv=.23\n",
    )
    .unwrap_err();
    assert!(said.contains("test.dss:3: load = \"k\": line phase 2 does not exist at node \"b\""), "{said}");
}

#[test]
fn what_is_passed_over_is_said() {
    let circuit = circuit(
        "new circuit.c basekv=0.4\nnew line.l1 bus1=sourcebus bus2=b\nnew monitor.m element=line.l1\nshow voltages\n",
    );
    let said: Vec<&str> = circuit.notices.iter().map(|notice| notice.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "monitors, meters and the like are passed over",
            "the command \"show\" only shows or records and is passed over"
        ]
    );
}
