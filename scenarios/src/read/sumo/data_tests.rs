//! The real networks, where `CITYTWIN_DATA` says they are.

use std::path::PathBuf;

use sim_core::network::parts::LinkKind;

use super::read_sumocfg;
use crate::demand::{BuiltDemand, build_loaded};
use crate::loaded::Loaded;

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("CITYTWIN_DATA").map(|folder| PathBuf::from(folder).join("sumo"));
    if folder.is_none() {
        println!("skipped: CITYTWIN_DATA is not set");
    }
    folder
}

fn built(loaded: &Loaded) -> BuiltDemand {
    build_loaded(loaded, 1).unwrap()
}

/// Edges, lanes, junctions, signals, trips; and what else there is to see, on the screen.
fn counts(path: PathBuf) -> [usize; 5] {
    let started = std::time::Instant::now();
    let loaded = read_sumocfg(&path).unwrap_or_else(|problems| panic!("{problems}"));
    let read_s = started.elapsed().as_secs_f64();
    let built = built(&loaded);
    let roads: Vec<_> = loaded.parts.links.iter().filter(|link| link.kind == LinkKind::Road).collect();
    let outer = loaded.names.junctions.iter().filter(|name| !name.starts_with(':')).count();
    let counts = [
        roads.len(),
        roads.iter().map(|link| link.lanes.len()).sum(),
        outer,
        loaded.parts.n_signals,
        built.demand.trips.len(),
    ];
    println!(
        "{}: {counts:?}, {} connectors, {} conflicts, {} stops, {} routes, {} dropped, read in {read_s:.2} s, place {:?}",
        loaded.name,
        loaded.parts.connectors.len(),
        loaded.parts.conflicts.len(),
        built.demand.stops.len(),
        built.demand.routes.len(),
        built.n_dropped,
        loaded.place
    );
    for notice in &loaded.notices {
        println!("  {} ({})", notice.message, notice.count);
    }
    counts
}

#[test]
fn real_configurations_load_with_the_counts_that_sumo_has() {
    let Some(data) = data() else { return };
    assert_eq!(counts(data.join("resco/cologne1/cologne1.sumocfg")), [10, 19, 9, 1, 2015]);
    assert_eq!(counts(data.join("resco/cologne3/cologne3.sumocfg")), [48, 76, 29, 3, 2856]);
    assert_eq!(counts(data.join("resco/ingolstadt1/ingolstadt1.sumocfg")), [11, 33, 8, 1, 1716]);
    assert_eq!(counts(data.join("resco/grid4x4/grid4x4.sumocfg")), [80, 240, 32, 16, 1473]);
    assert_eq!(counts(data.join("bologna/acosta/run.sumocfg")), [178, 266, 112, 7, 8779]);
    assert_eq!(counts(data.join("bologna/pasubio/run.sumocfg")), [111, 186, 65, 8, 8776]);
}

fn configuration(folder: &std::path::Path, net: PathBuf, routes: PathBuf, end_s: u32) -> PathBuf {
    let path = folder.join("run.sumocfg");
    let text = format!(
        "<configuration><net-file value=\"{}\"/><route-files value=\"{}\"/><end value=\"{end_s}\"/></configuration>",
        net.display(),
        routes.display()
    );
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn large_and_mixed_networks_load_with_the_counts_that_sumo_has() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let loads = |name: &str, place: &str, end_s: u32| {
        let file = |kind: &str| data.join(place).join(format!("{name}.{kind}.xml.gz"));
        counts(configuration(folder.path(), file("net"), file("rou"), end_s))
    };
    assert_eq!(loads("grid30", "grid30", 3600), [3480, 6960, 900, 900, 72_000]);
    assert_eq!(loads("chiangmai", "mixed", 2400), [1390, 1736, 628, 13, 3001]);
    assert_eq!(loads("makati", "mixed", 2400), [650, 1393, 350, 49, 3001]);
}

#[test]
fn internal_junctions_name_what_one_yields_to_from_inside() {
    let Some(data) = data() else { return };
    let loaded = read_sumocfg(&data.join("resco/cologne3/cologne3.sumocfg")).unwrap();
    let id = |name: &str| loaded.names.links.iter().position(|link| link == name).unwrap();
    // Row 3 turns left from 241660955#4 and waits on :33202549_11_0 for rows 4, 5 and 9.
    let waiting = loaded.parts.connectors.iter().position(|connector| {
        connector.from.link.index() == id(":33202549_3") && connector.to.link.index() == id(":33202549_11")
    });
    let waiting = waiting.unwrap() as u32;
    let mut foes: Vec<_> = loaded.parts.conflicts.iter().filter(|part| part.of == waiting && part.yields).collect();
    foes.sort();
    let rows: Vec<_> =
        foes.iter().map(|part| loaded.parts.connectors[part.foe as usize].request_index.unwrap()).collect();
    println!("{rows:?}");
    assert!(!rows.is_empty());
    for part in &loaded.parts.conflicts {
        assert!(loaded.parts.conflicts.iter().any(|other| (other.of, other.foe) == (part.foe, part.of)));
    }
}

#[test]
fn the_same_seed_gives_the_same_demand_and_another_seed_another() {
    let Some(data) = data() else { return };
    let loaded = read_sumocfg(&data.join("bologna/acosta/run.sumocfg")).unwrap();
    let of = |seed| build_loaded(&loaded, seed).unwrap();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}
