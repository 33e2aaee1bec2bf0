//! How long a snapshot of the European low-voltage feeder takes on one thread: 906 nodes, 55 loads of constant power,
//! each scaled on its own, until no voltage changes by more than 1e-8 pu; loads written and all 2,718 node voltages read
//! included. Once with series nodes left out of the sweep (exact, see `sim-core/src/power/tree.rs`), once without that.
//! Then 10,000 snapshots over one and over all cores: the bits must be the same.
//!
//! Skipped without `CITYTWIN_DATA`. `tests/peers/power_flow.py` gives the same snapshots to OpenDSS and power-grid-model.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;

use scenarios::power::Circuit;
use sim_core::power::batch::solve_all;
use sim_core::power::solver::Accuracy;
use sim_core::power::tree::Reduction;
use sim_core::power::{C64, PowerFlow, Sweep, Tree};

const ACCURACY: Accuracy = Accuracy { tolerance_pu: 1e-8, max_iterations: 100 };
const SNAPSHOTS: usize = 10_000;

/// The feeder with loads that keep their power at any voltage.
fn circuit() -> Option<Circuit> {
    let data = PathBuf::from(std::env::var_os("CITYTWIN_DATA")?);
    let master = data.join("power/LVTestCase/Master.dss");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("constant_power.dss");
    fs::write(&script, format!("compile \"{}\"\nbatchedit load..* vminpu=0 vmaxpu=10 vlowpu=0\n", master.display()))
        .expect("a script");
    Some(read(&script))
}

fn read(script: &Path) -> Circuit {
    scenarios::read::dss::read_dss(script).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A factor from 0.2 to 1 for a load in a snapshot (splitmix64).
fn factor(snapshot: usize, load: usize) -> f64 {
    let mut x = (snapshot as u64 * 1_000_003 + load as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    0.2 + 0.8 * ((x ^ x >> 31) >> 11) as f64 / (1u64 << 53) as f64
}

fn write(nominal: &[C64], factors: &[f64], powers: &mut Vec<C64>) {
    powers.extend(nominal.iter().zip(factors).map(|(s, factor)| s * factor));
}

/// Reads every voltage.
fn read_all(sweep: &Sweep) -> u64 {
    let bits = |v: &C64| v.re.to_bits() ^ v.im.to_bits().rotate_left(32);
    sweep.voltages().iter().flatten().fold(0, |all, v| all.rotate_left(1) ^ bits(v))
}

fn tree(circuit: &Circuit, reduction: Reduction) -> Tree {
    let feeder = circuit.feeder().unwrap_or_else(|problems| panic!("{problems}"));
    let closed = vec![true; feeder.parts.branches.len()];
    Tree::build(&feeder, &closed, reduction).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn snapshots(criterion: &mut Criterion) {
    let Some(circuit) = circuit() else {
        eprintln!("skipped: CITYTWIN_DATA names no folder with the European low-voltage feeder");
        return;
    };
    let nominal = circuit.powers();
    let factors: Vec<Vec<f64>> =
        (0..SNAPSHOTS).map(|snapshot| (0..nominal.len()).map(|load| factor(snapshot, load)).collect()).collect();
    let trees = [("series_nodes_left_out", Reduction::Series), ("all_nodes", Reduction::Off)]
        .map(|(name, reduction)| (name, tree(&circuit, reduction)));
    let mut group = criterion.benchmark_group("european_lv_snapshot");
    group.throughput(Throughput::Elements(1));
    for (name, tree) in &trees {
        let (mut sweep, mut powers, mut at) = (Sweep::default(), Vec::new(), 0);
        group.bench_function(BenchmarkId::new(*name, tree.n_rows()), |bencher| {
            bencher.iter(|| {
                powers.clear();
                write(&nominal, &factors[at], &mut powers);
                at = (at + 1) % SNAPSHOTS;
                let outcome = sweep.solve(tree, black_box(&powers), ACCURACY);
                assert!(outcome.has_converged);
                read_all(&sweep)
            });
        });
    }
    group.finish();

    let (_, tree) = &trees[0];
    let solve = |threads: usize| -> Vec<u64> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let write = |index: usize, powers: &mut Vec<C64>| write(&nominal, &factors[index], powers);
        pool.install(|| solve_all(tree, SNAPSHOTS, ACCURACY, write, |_, _, sweep, _| read_all(sweep)))
    };
    let expected = solve(1);
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let mut group = criterion.benchmark_group("european_lv_10000_snapshots");
    group.throughput(Throughput::Elements(SNAPSHOTS as u64)).sample_size(10);
    for threads in [1, cores] {
        group.bench_function(BenchmarkId::new("threads", threads), |bencher| {
            bencher.iter(|| assert!(solve(threads) == expected, "the bits differ on {threads} threads"));
        });
    }
    group.finish();
}

criterion_group!(benches, snapshots);
criterion_main!(benches);
