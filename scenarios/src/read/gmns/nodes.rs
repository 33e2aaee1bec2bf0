//! `node.csv`.

use std::collections::BTreeMap;

use sim_core::network::parts::JunctionKind;

use crate::compile::geometry::Point;
use crate::compile::roads::RoadNode;
use crate::error::Problem;
use crate::read::gmns::config::{Config, Plane};
use crate::read::source::Files;
use crate::read::table::{Records, Report, nearest};
use crate::schema::network_tables::NODE;

/// Nodes by id.
#[derive(Debug)]
pub struct Nodes {
    /// In file order; nodes that no road touches are included.
    pub list: Vec<RoadNode>,
    /// Positions by id.
    pub index: BTreeMap<String, usize>,
    /// The plane they lie in.
    pub plane: Plane,
}

fn kind_of(word: &str) -> Option<JunctionKind> {
    Some(match word {
        "signal" => JunctionKind::Signal,
        "priority" | "yield" | "roundabout" => JunctionKind::Priority,
        "stop" | "two_way_stop" => JunctionKind::PriorityStop,
        "all_way_stop" | "4_stop" => JunctionKind::AllWayStop,
        "right_before_left" => JunctionKind::RightBeforeLeft,
        "zipper" => JunctionKind::Zipper,
        "unregulated" => JunctionKind::Unregulated,
        "dead_end" => JunctionKind::DeadEnd,
        "internal" => JunctionKind::Internal,
        _ => return None,
    })
}

/// Reads `node.csv`.
pub fn read(files: &mut Files, folder: &str, config: &Config, report: &mut Report) -> Nodes {
    let records = Records::required(files, folder, &NODE, report);
    let coordinates: Vec<Point> =
        records.rows().filter_map(|row| Some([row.number("x_coord")?, row.number("y_coord")?])).collect();
    let plane = Plane::around(&config.crs, &coordinates).unwrap_or_else(|message| {
        let problem = Problem::new(records.file(), format!("coordinates cannot be projected: {message}"));
        report.problem(problem.hint("check crs in config.csv"));
        Plane::around(&crate::read::gmns::config::Crs::Plane, &[]).expect("a plane needs no projection")
    });
    let mut nodes = Nodes { list: Vec::new(), index: BTreeMap::new(), plane };
    for row in records.rows() {
        let id = row.text("node_id").to_owned();
        let point = [row.number("x_coord").unwrap_or(0.0), row.number("y_coord").unwrap_or(0.0)];
        let position_m = nodes.plane.place(point).unwrap_or_else(|| {
            report
                .problem(row.problem("x_coord", "lies outside the coordinate system").hint("check crs in config.csv"));
            [0.0, 0.0]
        });
        if nodes.index.insert(id.clone(), nodes.list.len()).is_some() {
            report.problem(row.problem("node_id", "is there twice"));
        }
        nodes.list.push(RoadNode {
            id,
            title: row.get("name").map(str::to_owned),
            position_m,
            kind: row.word("ctrl_type").and_then(|word| kind_of(&word)),
            is_external: row.word("node_type").is_some_and(|word| word == "external"),
        });
    }
    nodes
}

/// A problem with a reference to something that is not there, with the nearest thing that is.
pub fn dangling<'a>(problem: Problem, word: &str, known: impl Iterator<Item = &'a String>) -> Problem {
    let known: Vec<&str> = known.map(String::as_str).collect();
    match nearest(word, &known) {
        Some(near) => problem.hint(format!("did you mean {near:?}?")),
        None => problem,
    }
}
