//! `movement.csv` and `conflict.csv`.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::network::parts::{Control, Turn};

use crate::compile::roads::{ConflictOverride, MovementRule, Road, RoadMovement};
use crate::compile::turns::{crosses_oncoming, pair_lanes, turn_angle_rad, turn_of_angle, usable};
use crate::read::gmns::links::Links;
use crate::read::gmns::nodes::{Nodes, dangling};
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::network_tables::{CONFLICT, MOVEMENT};

/// Movements by id.
#[derive(Debug, Default)]
pub struct Movements {
    /// In file order.
    pub list: Vec<RoadMovement>,
    /// Positions by id.
    pub index: BTreeMap<String, usize>,
    /// Movements of links that are left out.
    pub left_out: BTreeSet<String>,
    /// For each movement, the signal it names, and whether the table says it has one.
    pub signals: Vec<(Option<String>, Option<bool>)>,
}

fn turn_of(word: &str) -> Option<Turn> {
    Some(match word {
        "thru" | "through" | "straight" | "merge" | "diverge" => Turn::Straight,
        "left" => Turn::Left,
        "right" => Turn::Right,
        "slight_left" => Turn::PartLeft,
        "slight_right" => Turn::PartRight,
        "uturn" | "u_turn" => Turn::Around,
        "unknown" => Turn::Unknown,
        _ => return None,
    })
}

fn control_of(word: &str) -> Option<Control> {
    Some(match word {
        "major" => Control::Major,
        "minor" => Control::Minor,
        "equal" => Control::Equal,
        "stop" => Control::Stop,
        "all_way_stop" => Control::AllWayStop,
        "zipper" => Control::Zipper,
        "signal" => Control::Signal,
        "dead_end" => Control::DeadEnd,
        _ => return None,
    })
}

/// Reads `movement.csv`.
pub fn read(
    files: &mut Files,
    folder: &str,
    left_hand: bool,
    nodes: &Nodes,
    links: &Links,
    report: &mut Report,
) -> Movements {
    let records = Records::optional(files, folder, &MOVEMENT, report);
    let mut movements = Movements::default();
    for row in records.rows() {
        let id = row.text("mvmt_id").to_owned();
        if movements.index.contains_key(&id) || movements.left_out.contains(&id) {
            report.problem(row.problem("mvmt_id", "is there twice"));
            continue;
        }
        let mut is_left_out = false;
        let mut road = |column: &str| {
            let link = row.text(column);
            is_left_out |= links.left_out.contains(link);
            let pieces = links.pieces.get(link);
            if pieces.is_none() && !links.left_out.contains(link) && !link.is_empty() {
                report.problem(dangling(row.problem(column, "is no link"), link, links.pieces.keys()));
            }
            pieces
        };
        let (inbound, outbound) = (road("ib_link_id"), road("ob_link_id"));
        let (Some(inbound), Some(outbound)) = (inbound, outbound) else {
            if is_left_out {
                report.notice("movements of links that are left out", 1);
            }
            movements.left_out.insert(id);
            continue;
        };
        let (Some(&(from, _)), Some(&(to, _))) = (inbound.last(), outbound.first()) else { continue };
        let node = nodes.index.get(row.text("node_id")).copied();
        let (a, b) = (&links.roads[from], &links.roads[to]);
        if node != Some(a.to) || node != Some(b.from) {
            let problem = row.problem("node_id", "is not where the inbound link ends and the outbound link starts");
            let ends = format!("{:?} ends at {:?}", row.text("ib_link_id"), nodes.list[a.to].id);
            report.problem(problem.hint(format!(
                "{ends}, {:?} starts at {:?}",
                row.text("ob_link_id"),
                nodes.list[b.from].id
            )));
            movements.left_out.insert(id);
            continue;
        }
        let mut movement = RoadMovement::plain(id.clone(), from, to);
        fill(row, &mut movement, a, b, left_hand, report);
        let has_signal = row.word("ctrl_type").map(|word| word == "signal");
        movements.signals.push((row.get("signal_id").map(str::to_owned), has_signal));
        movements.index.insert(id, movements.list.len());
        movements.list.push(movement);
    }
    movements
}

fn fill(row: Row<'_>, movement: &mut RoadMovement, from: &Road, to: &Road, left_hand: bool, report: &mut Report) {
    movement.turn = row.word("type").and_then(|word| turn_of(&word));
    let inbound = lanes(row, ["start_ib_lane", "end_ib_lane"], from, report);
    let outbound = lanes(row, ["start_ob_lane", "end_ob_lane"], to, report);
    let turn = movement.turn.unwrap_or_else(|| turn_of_angle(turn_angle_rad(from, to)));
    let across = crosses_oncoming(turn, left_hand);
    let all = |road: &Road| (0..road.lanes.len() as u16).collect::<Vec<_>>();
    movement.pairs = match (inbound, outbound) {
        (None, None) => Vec::new(),
        (Some(inbound), Some(outbound)) => pair_lanes(&inbound, &outbound, across),
        (Some(inbound), None) => {
            let n = inbound.len().min(to.lanes.len());
            let all = all(to);
            pair_lanes(&inbound, if across { &all[all.len() - n..] } else { &all[..n] }, across)
        }
        (None, Some(outbound)) => {
            let n = outbound.len().min(from.lanes.len());
            let all = all(from);
            pair_lanes(if across { &all[all.len() - n..] } else { &all[..n] }, &outbound, across)
        }
    };
    if !movement.pairs.is_empty() {
        movement.pairs = usable(std::mem::take(&mut movement.pairs), from, to);
        if movement.pairs.is_empty() {
            let problem = row.problem("mvmt_id", "joins lanes that no vehicle may use one after the other");
            report.problem(problem.hint("compare allowed_uses of its lanes"));
        }
    }
    movement.rule = match row.word("ctrl_type").as_deref() {
        Some("stop") => Some(MovementRule::Stop),
        Some("yield") => Some(MovementRule::Yield),
        Some("no_control") => Some(MovementRule::First),
        _ => None,
    };
    movement.control = row.word("control").and_then(|word| control_of(&word));
    movement.signal_index = row.integer("signal_index").map(|index| index as u16);
    movement.right_on_red = row.flag("right_on_red").unwrap_or(false);
    movement.keep_clear = row.flag("keep_clear").unwrap_or(true);
    movement.waits_inside = row.flag("waits_inside");
    movement.is_direct = row.flag("direct");
}

/// Lane indices from the kerb outwards; `None` where the table names none.
fn lanes(row: Row<'_>, columns: [&str; 2], road: &Road, report: &mut Report) -> Option<Vec<u16>> {
    let start = row.integer(columns[0])?;
    let end = row.integer(columns[1]).unwrap_or(start);
    let (low, high) = (start.min(end), start.max(end));
    let mut found = Vec::new();
    for number in (low..=high).rev().filter(|&number| number != 0) {
        match road.lane_index(number as i32) {
            Some(index) => found.push(index),
            None => {
                let numbers: Vec<String> = road.lanes.iter().rev().map(|lane| lane.number.to_string()).collect();
                let column = if number == start { columns[0] } else { columns[1] };
                let problem = row.problem(column, format!("link {:?} has no lane {number} there", road.id));
                report.problem(problem.allowed(numbers.join(", ")));
            }
        }
    }
    Some(found)
}

/// Reads `conflict.csv`.
pub fn read_conflicts(
    files: &mut Files,
    folder: &str,
    movements: &Movements,
    report: &mut Report,
) -> Vec<ConflictOverride> {
    let records = Records::optional(files, folder, &CONFLICT, report);
    let mut overrides = Vec::new();
    for row in records.rows() {
        let mut find = |column: &str| {
            let id = row.text(column);
            let found = movements.index.get(id).copied();
            if found.is_none() && !movements.left_out.contains(id) && !id.is_empty() {
                report.problem(dangling(row.problem(column, "is no movement"), id, movements.index.keys()));
            }
            found
        };
        if let (Some(of), Some(foe)) = (find("mvmt_id"), find("foe_mvmt_id")) {
            let flag = |column: &str| row.flag(column).unwrap_or(false);
            overrides.push(ConflictOverride {
                of: (of, flag("inside")),
                foe: (foe, flag("foe_inside")),
                yields: flag("yields"),
            });
        }
    }
    overrides
}
