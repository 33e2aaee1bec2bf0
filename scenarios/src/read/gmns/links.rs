//! `link.csv`, `geometry.csv` and `lane.csv`.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::units::ClassSet;

use crate::compile::geometry::{Point, length_m, without_repeats};
use crate::compile::roads::{Road, RoadLane, RoadMovement};
use crate::read::gmns::config::{Config, parse_linestring};
use crate::read::gmns::nodes::{Nodes, dangling};
use crate::read::gmns::segments::{self, Segment};
use crate::read::gmns::uses::Uses;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::network_tables::{GEOMETRY, LANE, LINK};

/// Width of a lane that says none.
pub const DEFAULT_LANE_M: f64 = 3.25;
/// Speed limit of a link that says none: 50 km/h.
pub const DEFAULT_SPEED_MPS: f64 = 50.0 / 3.6;

/// Roads by link id.
#[derive(Debug, Default)]
pub struct Links {
    /// Roads, pieces of split links one after the other.
    pub roads: Vec<Road>,
    /// For each link, its pieces in driving order: (position, distance of its start from the link's start).
    pub pieces: BTreeMap<String, Vec<(usize, f64)>>,
    /// Links that no vehicle uses.
    pub left_out: BTreeSet<String>,
    /// Movements at the borders of pieces.
    pub seams: Vec<RoadMovement>,
}

struct Tables {
    geometry: BTreeMap<String, String>,
    lanes: BTreeMap<String, Vec<RoadLane>>,
    segments: BTreeMap<String, Vec<Segment>>,
}

/// Reads all tables about links. Nodes are added to `nodes` where links are split.
pub fn read(
    files: &mut Files,
    folder: &str,
    config: &Config,
    uses: &Uses,
    nodes: &mut Nodes,
    report: &mut Report,
) -> Links {
    let records = Records::required(files, folder, &LINK, report);
    let geometry = Records::optional(files, folder, &GEOMETRY, report);
    let geometry =
        geometry.rows().map(|row| (row.text("geometry_id").to_owned(), row.text("geometry").to_owned())).collect();
    let (lanes, owners) = read_lanes(files, folder, config, uses, nodes, report);
    let segments = segments::read(files, folder, config, uses, report);
    let tables = Tables { geometry, lanes, segments };
    let mut known = BTreeSet::new();
    let ends: BTreeSet<(&str, &str)> =
        records.rows().map(|row| (row.text("from_node_id"), row.text("to_node_id"))).collect();
    let mut links = Links::default();
    for row in records.rows() {
        let id = row.text("link_id");
        if !known.insert(id.to_owned()) {
            report.problem(row.problem("link_id", "is there twice"));
            continue;
        }
        let has_opposite = ends.contains(&(row.text("to_node_id"), row.text("from_node_id")));
        read_link(row, config, uses, &tables, has_opposite, nodes, &mut links, report);
    }
    for (link, problem) in owners {
        if !known.contains(&link) {
            report.problem(dangling(problem, &link, known.iter()));
        }
    }
    report.notice("links without a lane for vehicles (footways, crossings) are left out", links.left_out.len());
    links
}

pub(super) fn lane_of(row: Row<'_>, config: &Config, uses: &Uses, report: &mut Report) -> RoadLane {
    let barred = |column: &str| row.word(column).is_some_and(|word| word != "none");
    let (mut change_inwards, mut change_outwards) = (ClassSet::ALL, ClassSet::ALL);
    let (inwards, outwards) = if config.left_hand { ("l_barrier", "r_barrier") } else { ("r_barrier", "l_barrier") };
    if barred(inwards) {
        change_inwards = ClassSet::NONE;
    }
    if barred(outwards) {
        change_outwards = ClassSet::NONE;
    }
    RoadLane {
        number: row.integer("lane_num").unwrap_or(1) as i32,
        width_m: row.number("width").map_or(DEFAULT_LANE_M, |width| width * config.short_m),
        // 0 and an empty set stand for "as the link" until the link is known.
        speed_limit_mps: 0.0,
        allowed: uses.classes(row, "allowed_uses", report).unwrap_or(AS_LINK),
        change_outwards,
        change_inwards,
        stop_box_m: row.number("stop_box_m").unwrap_or(0.0),
        shape_m: None,
        length_m: None,
    }
}

/// Stands for "the classes of the link": no real set, as it has a bit beyond all classes and none of theirs.
const AS_LINK: ClassSet = ClassSet(1 << 63);

type Owners = Vec<(String, crate::error::Problem)>;

fn read_lanes(
    files: &mut Files,
    folder: &str,
    config: &Config,
    uses: &Uses,
    nodes: &Nodes,
    report: &mut Report,
) -> (BTreeMap<String, Vec<RoadLane>>, Owners) {
    let records = Records::optional(files, folder, &LANE, report);
    let mut lanes: BTreeMap<String, Vec<RoadLane>> = BTreeMap::new();
    let mut owners: Owners = Vec::new();
    for row in records.rows() {
        let mut lane = lane_of(row, config, uses, report);
        if lane.number == 0 {
            report.problem(row.problem("lane_num", "is not legal").allowed("numbers from 1, or from -1 for pockets"));
        }
        lane.speed_limit_mps = row.number("free_speed").unwrap_or(0.0) * config.speed_mps;
        if let Some(set) = uses.classes(row, "change_outwards", report) {
            lane.change_outwards = set;
        }
        if let Some(set) = uses.classes(row, "change_inwards", report) {
            lane.change_inwards = set;
        }
        lane.length_m = row.number("length_m");
        if let Some(text) = row.get("geometry") {
            lane.shape_m = shape(text, nodes);
            if lane.shape_m.is_none() {
                report.problem(row.problem("geometry", "cannot be read").allowed("a WKT LINESTRING"));
            }
        }
        let link = row.text("link_id").to_owned();
        let of_link = lanes.entry(link.clone()).or_default();
        if of_link.iter().any(|other| other.number == lane.number) {
            report.problem(row.problem("lane_num", format!("is there twice on link {link:?}")));
        }
        of_link.push(lane);
        owners.push((link, row.problem("link_id", "is no link")));
    }
    (lanes, owners)
}

fn shape(text: &str, nodes: &Nodes) -> Option<Vec<Point>> {
    parse_linestring(text)?.into_iter().map(|point| nodes.plane.place(point)).collect()
}

/// Rank for right of way of a facility type.
fn rank_of(facility: &str) -> i32 {
    let rank = match facility.trim_end_matches("_link") {
        "motorway" | "freeway" => 14,
        "trunk" | "expressway" => 12,
        "primary" | "arterial" | "principal arterial" => 10,
        "secondary" | "minor arterial" => 8,
        "tertiary" | "collector" => 6,
        "unclassified" | "roundabout" => 5,
        "residential" | "local" => 4,
        "living_street" => 3,
        "service" => 2,
        "bikeway" | "cycleway" | "track" => 1,
        _ => 4,
    };
    rank - i32::from(facility.ends_with("_link"))
}

fn read_link(
    row: Row<'_>,
    config: &Config,
    uses: &Uses,
    tables: &Tables,
    has_opposite: bool,
    nodes: &mut Nodes,
    links: &mut Links,
    report: &mut Report,
) {
    let id = row.text("link_id").to_owned();
    let mut end = |column: &str| {
        let found = nodes.index.get(row.text(column)).copied();
        if found.is_none() && row.get(column).is_some() {
            report.problem(dangling(row.problem(column, "is no node"), row.text(column), nodes.index.keys()));
        }
        found
    };
    let (from, to) = (end("from_node_id"), end("to_node_id"));
    let allowed = uses.classes(row, "allowed_uses", report).unwrap_or(ClassSet::ALL);
    let base = base_lanes(row, tables.lanes.get(&id), config, allowed);
    if row.flag("directed") == Some(false) || base.is_empty() {
        links.left_out.insert(id);
        return;
    }
    let (Some(from), Some(to)) = (from, to) else {
        // Known, so that references to it are no mistakes of their own.
        links.left_out.insert(id);
        return;
    };
    let Some(line_m) = line_of(row, tables, nodes, [from, to], report) else { return };
    let whole_m = length_m(&line_m);
    if from == to || whole_m < 0.5 {
        report.problem(row.problem("to_node_id", "makes a link without length"));
        return;
    }
    let given_m = row.number("length").map(|length| length * config.long_m).filter(|&length| length > 0.0);
    let length_factor = given_m.map_or(1.0, |given_m| given_m / whole_m);
    if !(0.8..=1.25).contains(&length_factor) {
        report.notice("links whose length differs from their geometry by more than a quarter; the length is used", 1);
    }
    let facility = row.word("facility_type").unwrap_or_default();
    let is_median = row.word("line").map_or(has_opposite, |line| line == "median");
    let anchor_m = if is_median { 0.0 } else { segments::centred_anchor_m(&base, &base) };
    let road = Road {
        id: id.clone(),
        title: row.get("name").map(str::to_owned),
        from,
        to,
        priority: row.integer("priority").map_or_else(|| rank_of(&facility), |priority| priority as i32),
        in_roundabout: row.flag("in_roundabout").unwrap_or(facility == "roundabout"),
        lanes: base,
        line_m,
        anchor_m,
        length_factor,
        is_trimmed: row.word("ends_at").is_some_and(|word| word == "stop_line"),
    };
    match tables.segments.get(&id) {
        Some(segments) => segments::split(row, road, segments, allowed, nodes, links, report),
        None => {
            links.pieces.insert(id, vec![(links.roads.len(), 0.0)]);
            links.roads.push(road);
        }
    }
}

/// The lanes of a link outside its segments, from the kerb outwards.
fn base_lanes(row: Row<'_>, given: Option<&Vec<RoadLane>>, config: &Config, allowed: ClassSet) -> Vec<RoadLane> {
    let speed_limit_mps = row
        .number("free_speed")
        .map(|speed| speed * config.speed_mps)
        .filter(|&speed| speed > 0.0)
        .unwrap_or(DEFAULT_SPEED_MPS);
    let n_lanes = row.integer("lanes").unwrap_or(1) as i32;
    let plain = |number: i32| RoadLane {
        number,
        width_m: DEFAULT_LANE_M,
        speed_limit_mps,
        allowed,
        change_outwards: ClassSet::ALL,
        change_inwards: ClassSet::ALL,
        stop_box_m: 0.0,
        shape_m: None,
        length_m: None,
    };
    let mut lanes: Vec<RoadLane> = given.map_or_else(|| (1..=n_lanes).map(plain).collect(), Clone::clone);
    for lane in &mut lanes {
        fill(lane, speed_limit_mps, allowed);
    }
    tidy(&mut lanes);
    lanes
}

pub(super) fn fill(lane: &mut RoadLane, speed_limit_mps: f64, allowed: ClassSet) {
    if lane.speed_limit_mps == 0.0 {
        lane.speed_limit_mps = speed_limit_mps;
    }
    if lane.allowed == AS_LINK {
        lane.allowed = allowed;
    }
}

/// Sorts lanes from the kerb outwards, leaves out those without vehicles, and closes changes out of the link.
pub(super) fn tidy(lanes: &mut Vec<RoadLane>) {
    lanes.retain(|lane| lane.allowed.allows_vehicles());
    lanes.sort_by_key(|lane| std::cmp::Reverse(lane.number));
}

fn line_of(
    row: Row<'_>,
    tables: &Tables,
    nodes: &Nodes,
    [from, to]: [usize; 2],
    report: &mut Report,
) -> Option<Vec<Point>> {
    let by_id = || row.get("geometry_id").and_then(|id| tables.geometry.get(id)).map(String::as_str);
    let Some(text) = row.get("geometry").or_else(by_id) else {
        return Some(vec![nodes.list[from].position_m, nodes.list[to].position_m]);
    };
    let Some(mut line) = shape(text, nodes) else {
        report.problem(row.problem("geometry", "cannot be read").allowed("a WKT LINESTRING"));
        return None;
    };
    if row.integer("dir_flag") == Some(-1) {
        line.reverse();
    }
    Some(without_repeats(&line))
}
