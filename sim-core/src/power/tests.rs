use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use super::blocks::{
    Block, C64, NO_PHASORS, PHASES, PhaseSet, Phasors, ZERO, balanced, from_sequence, magnitude, restricted,
};
use super::load_model::{Law, LoadModel};
use super::parts::{
    BranchKind, BranchPart, Connection, FeederParts, LoadPart, NodePart, ShuntPart, SourcePart, TransformerPart,
    Winding,
};
use super::solver::Accuracy;
use super::tree::Reduction;
use super::{Feeder, FeederError, Flows, Outcome, PowerFlow, Sweep, Tree};
use crate::ids::{BranchId, ElectricalNodeId, Id, LoadId};

const BASE_V: f64 = 230.0;
const TIGHT: Accuracy = Accuracy { tolerance_pu: 1e-13, max_iterations: 400 };

fn node(index: usize) -> ElectricalNodeId {
    ElectricalNodeId::from_index(index)
}

fn cable(from: usize, to: usize, phases: PhaseSet, z1: C64, z0: C64, shunt_s: f64) -> BranchPart {
    let shunt = from_sequence(C64::new(0.0, shunt_s), C64::new(0.0, shunt_s * 0.6));
    BranchPart {
        from: node(from),
        to: node(to),
        phases,
        kind: BranchKind::Line {
            series_ohm: restricted(&from_sequence(z1, z0), phases),
            shunt_s: restricted(&shunt, phases),
        },
        rated_a: Some(100.0),
        is_closed: true,
    }
}

fn switch(from: usize, to: usize, is_closed: bool) -> BranchPart {
    let kind = BranchKind::Switch;
    BranchPart { from: node(from), to: node(to), phases: PhaseSet::ABC, kind, rated_a: None, is_closed }
}

fn load(at: usize, connections: &[Connection], law: Law, power_w: f64, reactive_var: f64) -> LoadPart {
    let base_v = match connections[0] {
        Connection::Phase(_) => BASE_V,
        Connection::Between(..) => BASE_V * 3f64.sqrt(),
    };
    let model = LoadModel { base_v, law, limits: None };
    LoadPart { node: node(at), connections: connections.to_vec(), model, power_w, reactive_var }
}

fn feeder_of(n_nodes: usize, branches: Vec<BranchPart>, loads: Vec<LoadPart>) -> FeederParts {
    FeederParts {
        nodes: vec![NodePart { base_v: BASE_V }; n_nodes],
        source: SourcePart {
            node: node(0),
            voltage_v: balanced(BASE_V, 0.0),
            impedance_ohm: from_sequence(C64::new(0.01, 0.03), C64::new(0.02, 0.05)),
        },
        branches,
        loads,
        shunts: Vec::new(),
    }
}

struct Solved {
    feeder: Feeder,
    tree: Tree,
    sweep: Sweep,
    outcome: Outcome,
    flows: Flows,
}

fn powers(parts: &FeederParts) -> Vec<C64> {
    parts.loads.iter().map(|load| C64::new(load.power_w, load.reactive_var)).collect()
}

fn solve(parts: FeederParts, reduction: Reduction) -> Solved {
    let feeder = Feeder::build(parts).unwrap();
    let closed: Vec<bool> = feeder.parts.branches.iter().map(|branch| branch.is_closed).collect();
    let tree = Tree::build(&feeder, &closed, reduction).unwrap();
    let powers = powers(&feeder.parts);
    let (mut sweep, mut flows) = (Sweep::default(), Flows::default());
    let outcome = sweep.solve(&tree, &powers, TIGHT);
    flows.find(&feeder, &tree, &powers, &sweep);
    Solved { feeder, tree, sweep, outcome, flows }
}

/// A feeder from dice: where each node hangs, its cable, and what hangs on it.
#[derive(Clone, Debug)]
struct Die {
    hangs_on: f64,
    r_ohm: f64,
    x_ohm: f64,
    r0_share: f64,
    drops_a_phase: u8,
    law: u8,
    connection: u8,
    power_w: f64,
    reactive_var: f64,
    extra: u8,
}

fn dice() -> impl Strategy<Value = Vec<Die>> {
    let die = (
        (0.0..1.0f64, 0.001..0.06f64, 0.0005..0.03f64, 1.0..4.0f64),
        (0u8..12, 0u8..5, 0u8..7, -600.0..1500.0f64, -300.0..500.0f64, 0u8..12),
    )
        .prop_map(|((hangs_on, r_ohm, x_ohm, r0_share), rest)| {
            let (drops_a_phase, law, connection, power_w, reactive_var, extra) = rest;
            Die { hangs_on, r_ohm, x_ohm, r0_share, drops_a_phase, law, connection, power_w, reactive_var, extra }
        });
    proptest::collection::vec(die, 1..40)
}

fn random_parts(dice: &[Die]) -> FeederParts {
    let mut parts = feeder_of(dice.len() + 1, Vec::new(), Vec::new());
    let mut phases = vec![PhaseSet::ABC];
    for (index, die) in dice.iter().enumerate() {
        let (at, near) = (index + 1, ((die.hangs_on.sqrt() * (index + 1) as f64) as usize).min(index));
        let mut here = phases[near];
        if die.drops_a_phase < 3 && here.len() > 1 {
            here = PhaseSet(here.0 & !(1 << die.drops_a_phase));
        }
        let (z1, z0) = (C64::new(die.r_ohm, die.x_ohm), C64::new(die.r_ohm * die.r0_share, die.x_ohm * die.r0_share));
        let shunt_s = if die.extra == 0 { 2e-4 } else { 0.0 };
        if die.extra == 1 && here == PhaseSet::ABC {
            let winding = [Winding::StarStar, Winding::DeltaStar(11), Winding::DeltaStar(1), Winding::DeltaStar(5)]
                [usize::from(die.law) % 4];
            parts.branches.push(transformer(near, at, winding, die));
        } else {
            parts.branches.push(cable(near, at, here, z1, z0, shunt_s));
        }
        phases.push(here);
        if die.connection < 6 {
            parts.loads.extend(random_load(at, here, die));
        }
        if die.extra == 2 {
            let connection = Connection::Phase(here.iter().next().unwrap() as u8);
            parts.shunts.push(ShuntPart::capacitor(node(at), &[connection], 400.0, BASE_V));
        }
    }
    parts
}

fn transformer(near: usize, at: usize, winding: Winding, die: &Die) -> BranchPart {
    let primary_v = if winding == Winding::StarStar { BASE_V } else { BASE_V * 3f64.sqrt() };
    let part = TransformerPart {
        winding,
        primary_v,
        secondary_v: BASE_V,
        primary_tap: 1.0,
        secondary_tap: 1.0 + 0.01 * f64::from(die.connection),
        impedance_pu: C64::new(0.01, 0.04),
        rated_va: 100_000.0,
        no_load_w: 120.0,
        magnetising_var: 300.0,
    };
    let kind = BranchKind::Transformer(part);
    BranchPart { from: node(near), to: node(at), phases: PhaseSet::ABC, kind, rated_a: None, is_closed: true }
}

fn random_load(at: usize, here: PhaseSet, die: &Die) -> Option<LoadPart> {
    let law = [Law::Power, Law::Current, Law::Impedance, Law::Power, Law::Power][die.law as usize];
    let own: Vec<u8> = here.iter().map(|phase| phase as u8).collect();
    let connections: Vec<Connection> = match die.connection {
        0 if own.len() == 3 => vec![Connection::Between(0, 1), Connection::Between(1, 2), Connection::Between(2, 0)],
        1 if own.len() >= 2 => vec![Connection::Between(own[0], own[1])],
        2 => own.iter().map(|&phase| Connection::Phase(phase)).collect(),
        _ => vec![Connection::Phase(own[die.connection as usize % own.len()])],
    };
    Some(load(at, &connections, law, die.power_w, die.reactive_var))
}

/// The admittance matrix of a feeder, and the place of each node and line phase in it.
fn dense(feeder: &Feeder) -> (DMatrix<C64>, Vec<[usize; PHASES]>) {
    let parts = &feeder.parts;
    let mut place = vec![[usize::MAX; PHASES]; parts.nodes.len()];
    let mut n = 0;
    for (node, phases) in feeder.phases.iter().enumerate() {
        for phase in phases.iter() {
            place[node][phase] = n;
            n += 1;
        }
    }
    let mut y = DMatrix::<C64>::zeros(n, n);
    let mut stamp = |a: usize, b: usize, block: &Block| {
        for row in feeder.phases[a].iter() {
            for column in feeder.phases[b].iter() {
                y[(place[a][row], place[b][column])] += block[(row, column)];
            }
        }
    };
    let root = parts.source.node.index();
    let source_s = parts.source.impedance_ohm.try_inverse().unwrap();
    stamp(root, root, &source_s);
    for branch in &parts.branches {
        let (a, b) = (branch.from.index(), branch.to.index());
        match &branch.kind {
            BranchKind::Line { series_ohm, shunt_s } => {
                let outside =
                    Block::from_fn(|r, c| C64::new(f64::from(u8::from(r == c && !branch.phases.has(r))), 0.0));
                let series_s = restricted(&(series_ohm + outside).try_inverse().unwrap(), branch.phases);
                let end = series_s + shunt_s * C64::new(0.5, 0.0);
                stamp(a, a, &end);
                stamp(b, b, &end);
                stamp(a, b, &-series_s);
                stamp(b, a, &-series_s);
            }
            BranchKind::Transformer(part) => {
                let turns = part.turns(branch.phases).map(|x| C64::new(x, 0.0));
                let series_s = Block::identity() * (C64::new(1.0, 0.0) / part.series_ohm(branch.phases));
                stamp(a, a, &(turns.transpose() * series_s * turns));
                stamp(a, b, &(-(turns.transpose() * series_s)));
                stamp(b, a, &(-(series_s * turns)));
                stamp(b, b, &(series_s + Block::identity() * part.shunt_s(branch.phases)));
            }
            _ => panic!("the oracle knows no switches"),
        }
    }
    for shunt in &parts.shunts {
        stamp(shunt.node.index(), shunt.node.index(), &shunt.admittance_s);
    }
    (y, place)
}

/// The same feeder as a dense system Y·V = I(V), solved by Newton's method on real and imaginary parts.
fn newton(feeder: &Feeder, powers: &[C64]) -> Vec<Phasors> {
    let parts = &feeder.parts;
    let (y, place) = dense(feeder);
    let n = y.nrows();
    let root = parts.source.node.index();
    let source_s = parts.source.impedance_ohm.try_inverse().unwrap();
    let source_a = super::blocks::times(&source_s, &parts.source.voltage_v);
    let residual = |v: &DVector<C64>| {
        let mut f = &y * v;
        for phase in 0..PHASES {
            f[place[root][phase]] -= source_a[phase];
        }
        for (part, s) in parts.loads.iter().zip(powers) {
            let at = &place[part.node.index()];
            let share = *s / part.connections.len() as f64;
            for connection in &part.connections {
                let (one, other) = match *connection {
                    Connection::Phase(phase) => (at[phase as usize], None),
                    Connection::Between(phase, other) => (at[phase as usize], Some(at[other as usize])),
                };
                let current = part.model.prepared().current(share, v[one] - other.map_or(ZERO, |other| v[other]));
                f[one] += current;
                if let Some(other) = other {
                    f[other] -= current;
                }
            }
        }
        f
    };
    // Starts as the feeder without load does.
    let mut rhs = DVector::<C64>::zeros(n);
    for phase in 0..PHASES {
        rhs[place[root][phase]] = source_a[phase];
    }
    let mut v = y.clone().lu().solve(&rhs).unwrap();
    for _ in 0..30 {
        let f = residual(&v);
        let mut jacobian = DMatrix::<f64>::zeros(2 * n, 2 * n);
        for column in 0..2 * n {
            let mut moved = v.clone();
            let step = 1e-4;
            if column < n {
                moved[column].re += step
            } else {
                moved[column - n].im += step
            }
            let change = (residual(&moved) - &f) / C64::new(step, 0.0);
            for row in 0..n {
                jacobian[(row, column)] = change[row].re;
                jacobian[(row + n, column)] = change[row].im;
            }
        }
        let rhs = DVector::from_fn(2 * n, |row, _| if row < n { -f[row].re } else { -f[row - n].im });
        let by = jacobian.lu().solve(&rhs).unwrap();
        for row in 0..n {
            v[row] += C64::new(by[row], by[row + n]);
        }
        if by.amax() < 1e-11 * BASE_V {
            break;
        }
    }
    (0..parts.nodes.len())
        .map(|node| {
            let mut here = NO_PHASORS;
            for phase in feeder.phases[node].iter() {
                here[phase] = v[place[node][phase]];
            }
            here
        })
        .collect()
}

fn largest_difference_pu(a: &[Phasors], b: &[Phasors]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.fold(0.0, |most: f64, (a, b)| most.max(magnitude(a - b) / BASE_V))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_the_source_gives_is_drawn_or_lost(dice in dice()) {
        let solved = solve(random_parts(&dice), Reduction::Series);
        prop_assume!(solved.outcome.has_converged);
        let flows = &solved.flows;
        let drawn = flows.loads_va.iter().fold(ZERO, |sum, s| sum + s);
        let out = drawn + flows.branch_loss_va + flows.shunt_va;
        let size = flows.loads_va.iter().map(|s| magnitude(*s)).sum::<f64>().max(1.0);
        prop_assert!(magnitude(out - flows.source_va) <= 1e-9 * size, "{} {}", out, flows.source_va);
        let by_branch: f64 = flows.loss_w.iter().sum();
        prop_assert!((by_branch - flows.branch_loss_va.re).abs() <= 1e-9 * size);
    }

    #[test]
    fn turning_the_line_phases_turns_the_answer(dice in dice()) {
        let parts = random_parts(&dice);
        let plain = solve(parts.clone(), Reduction::Series);
        let turned = solve(turned(&parts), Reduction::Series);
        prop_assert_eq!(plain.outcome.has_converged, turned.outcome.has_converged);
        let back: Vec<Phasors> = turned.sweep.voltages().iter().map(|v| [v[1], v[2], v[0]]).collect();
        prop_assert!(largest_difference_pu(plain.sweep.voltages(), &back) < 1e-12);
    }

    #[test]
    fn leaving_series_nodes_out_changes_nothing(dice in dice()) {
        let reduced = solve(random_parts(&dice), Reduction::Series);
        let whole = solve(random_parts(&dice), Reduction::Off);
        prop_assert!(reduced.tree.n_rows() <= whole.tree.n_rows());
        prop_assert!(largest_difference_pu(reduced.sweep.voltages(), whole.sweep.voltages()) < 1e-12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_sweep_agrees_with_newton_on_the_dense_system(dice in proptest::collection::vec(dice(), 1).prop_map(|mut d| {
        d[0].truncate(16);
        d.remove(0)
    })) {
        let solved = solve(random_parts(&dice), Reduction::Series);
        prop_assume!(solved.outcome.has_converged);
        let oracle = newton(&solved.feeder, &powers(&solved.feeder.parts));
        let difference = largest_difference_pu(solved.sweep.voltages(), &oracle);
        prop_assert!(difference < 1e-9, "{difference}");
    }
}

/// Every line phase moved on by one: a becomes b.
fn turned(parts: &FeederParts) -> FeederParts {
    let next = |phase: u8| (phase + 1) % 3;
    let set = |phases: PhaseSet| PhaseSet::of(&phases.iter().map(|phase| (phase + 1) % 3).collect::<Vec<_>>());
    let block = |block: &Block| Block::from_fn(|row, column| block[((row + 2) % 3, (column + 2) % 3)]);
    let mut turned = parts.clone();
    let v = parts.source.voltage_v;
    turned.source.voltage_v = [v[2], v[0], v[1]];
    turned.source.impedance_ohm = block(&parts.source.impedance_ohm);
    for branch in &mut turned.branches {
        branch.phases = set(branch.phases);
        if let BranchKind::Line { series_ohm, shunt_s } = &mut branch.kind {
            (*series_ohm, *shunt_s) = (block(series_ohm), block(shunt_s));
        }
    }
    for connection in turned.loads.iter_mut().flat_map(|load| &mut load.connections) {
        *connection = match *connection {
            Connection::Phase(phase) => Connection::Phase(next(phase)),
            Connection::Between(one, other) => Connection::Between(next(one), next(other)),
        };
    }
    for shunt in &mut turned.shunts {
        (shunt.phases, shunt.admittance_s) = (set(shunt.phases), block(&shunt.admittance_s));
    }
    turned
}

#[test]
fn one_resistance_and_one_power_give_the_root_of_a_quadratic() {
    let r_ohm = 0.4;
    let mut parts = feeder_of(
        2,
        vec![cable(0, 1, PhaseSet::of(&[0]), C64::new(r_ohm, 0.0), C64::new(r_ohm, 0.0), 0.0)],
        vec![load(1, &[Connection::Phase(0)], Law::Power, 9000.0, 0.0)],
    );
    parts.source.impedance_ohm = Block::zeros();
    let solved = solve(parts, Reduction::Series);
    let expected_v = (BASE_V + (BASE_V * BASE_V - 4.0 * r_ohm * 9000.0).sqrt()) / 2.0;
    assert!((solved.sweep.voltages()[1][0].re - expected_v).abs() < 1e-9);
    assert_eq!(solved.sweep.voltages()[1][1], ZERO);
    let current_a = 9000.0 / expected_v;
    assert!((solved.flows.loss_w() - r_ohm * current_a * current_a).abs() < 1e-8);
    assert!((solved.flows.loading(&solved.feeder, BranchId(0)).unwrap() - current_a / 100.0).abs() < 1e-10);
}

#[test]
fn a_power_that_no_voltage_can_carry_is_told_and_leaves_numbers() {
    let parts = feeder_of(
        2,
        vec![cable(0, 1, PhaseSet::ABC, C64::new(1.0, 0.5), C64::new(1.0, 0.5), 0.0)],
        vec![load(1, &[Connection::Phase(0)], Law::Power, 90_000.0, 0.0)],
    );
    let solved = solve(parts, Reduction::Series);
    assert!(!solved.outcome.has_converged && solved.outcome.iterations > 1);
    assert!(solved.outcome.mismatch_pu > 1e-9);
    assert!(solved.sweep.voltages().iter().flatten().all(|v| v.re.is_finite() && v.im.is_finite()));
}

#[test]
fn an_open_switch_takes_the_voltage_away_behind_it() {
    let z = C64::new(0.1, 0.05);
    let parts = |is_closed| {
        feeder_of(
            4,
            vec![cable(0, 1, PhaseSet::ABC, z, z, 0.0), switch(1, 2, is_closed), cable(2, 3, PhaseSet::ABC, z, z, 0.0)],
            vec![load(3, &[Connection::Phase(1)], Law::Power, 1000.0, 0.0)],
        )
    };
    let closed = solve(parts(true), Reduction::Series);
    assert_eq!(closed.sweep.voltages()[1], closed.sweep.voltages()[2]);
    assert!(closed.tree.is_served(0) && magnitude(closed.sweep.voltages()[3][1]) < 229.9);
    let open = solve(parts(false), Reduction::Series);
    assert!(!open.tree.is_served(0) && open.sweep.voltages()[3] == NO_PHASORS);
    assert_eq!(open.flows.loads_va[0], ZERO);
    assert_eq!(open.flows.source_va, ZERO);
}

#[test]
fn mistakes_are_found_together() {
    let z = C64::new(0.1, 0.05);
    let parts = feeder_of(
        6,
        vec![
            cable(0, 1, PhaseSet::of(&[0, 1]), z, z, 0.0),
            cable(1, 2, PhaseSet::of(&[2]), z, z, 0.0),
            cable(1, 3, PhaseSet::of(&[0]), ZERO, ZERO, 0.0),
        ],
        vec![load(1, &[Connection::Phase(2)], Law::Power, 1.0, 0.0)],
    );
    let errors = Feeder::build(parts).unwrap_err();
    let expected = [
        FeederError::ZeroImpedance { branch: BranchId(2) },
        FeederError::NotFed { node: node(4) },
        FeederError::NotFed { node: node(5) },
        FeederError::BranchPhase { branch: BranchId(1), node: node(1), missing: PhaseSet::of(&[2]) },
        FeederError::LoadPhase { load: LoadId(0), missing: PhaseSet::of(&[2]) },
    ];
    assert_eq!(errors, expected);
}

#[test]
fn a_loop_is_named_branch_by_branch() {
    let z = C64::new(0.1, 0.05);
    let branch = |from, to| cable(from, to, PhaseSet::ABC, z, z, 0.0);
    let parts = feeder_of(5, vec![branch(0, 1), branch(1, 2), branch(2, 3), branch(3, 1), branch(3, 4)], Vec::new());
    let errors = Feeder::build(parts).unwrap_err();
    assert_eq!(errors, [FeederError::Loop { branches: vec![BranchId(2), BranchId(1), BranchId(3)] }]);
}

#[test]
fn a_bank_of_single_phase_transformers_is_one_element() {
    let one = |phase: usize, tap: f64| {
        let die = &Die {
            hangs_on: 0.0,
            r_ohm: 0.0,
            x_ohm: 0.0,
            r0_share: 1.0,
            drops_a_phase: 9,
            law: 0,
            connection: 0,
            power_w: 0.0,
            reactive_var: 0.0,
            extra: 0,
        };
        let mut branch = transformer(0, 1, Winding::StarStar, die);
        branch.phases = PhaseSet::of(&[phase]);
        if let BranchKind::Transformer(part) = &mut branch.kind {
            (part.secondary_tap, part.no_load_w, part.magnetising_var) = (tap, 0.0, 0.0);
        }
        branch
    };
    let parts = feeder_of(2, vec![one(0, 1.05), one(1, 1.0), one(2, 0.95)], Vec::new());
    let solved = solve(parts, Reduction::Series);
    let pu: Vec<f64> = solved.sweep.voltages()[1].iter().map(|v| magnitude(*v) / BASE_V).collect();
    assert!((pu[0] - 1.05).abs() < 1e-12 && (pu[1] - 1.0).abs() < 1e-12 && (pu[2] - 0.95).abs() < 1e-12, "{pu:?}");
}
