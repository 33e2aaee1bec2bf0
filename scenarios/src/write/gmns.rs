//! Writes a network as a GMNS folder. Read again, it gives the same roads, lanes, movements, right of way and plans.
//!
//! Coordinates are plane metres (`crs` is `local`), shapes end at stop lines (`ends_at`), and there is one row of
//! `movement.csv` per lane-to-lane connection. Plans go to `signal_stages.csv` where stages give exactly their letters at
//! all signals, else to `signal_state.csv`, letter by letter.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sim_core::network::parts::{Control, JunctionKind, LaneRef, LinkKind, LinkPart, NetworkParts, Turn};
use sim_core::signals::Aspect;

use crate::compile::geometry::Point;
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::read::gmns::uses::cell_of;
use crate::schema::column::Table;
use crate::schema::network_tables::{CONFIG, CONFLICT, LANE, LINK, MOVEMENT, NODE, SIGNAL_STATE, STOPS};
use crate::write::stages;

/// A table being written: cells by column name.
pub(crate) struct Sheet {
    table: &'static Table,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(crate) fn new(table: &'static Table, columns: &[&'static str]) -> Self {
        debug_assert!(columns.iter().all(|name| table.columns.iter().any(|column| column.name == *name)));
        Self { table, columns: columns.to_vec(), rows: Vec::new() }
    }
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    pub(crate) fn file(&self) -> &'static str {
        self.table.file
    }
    /// The table as CSV.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Problems> {
        let failed = |error: &dyn std::fmt::Display| {
            Problems::from(Problem::new(self.table.file, format!("cannot be written: {error}")))
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns).map_err(|error| failed(&error))?;
        for row in &self.rows {
            writer.write_record(row).map_err(|error| failed(&error))?;
        }
        writer.into_inner().map_err(|error| failed(&error))
    }
    fn write(&self, dir: &Path) -> Result<(), Problems> {
        let file = dir.join(self.table.file);
        let bytes = self.bytes()?;
        fs::write(&file, bytes).map_err(|error| Problem::new(&file, format!("cannot be written: {error}")).into())
    }
}

/// Writes the network of a scenario into a folder.
///
/// # Errors
/// If a file cannot be written.
pub fn write_gmns(loaded: &Loaded, dir: &Path) -> Result<(), Problems> {
    fs::create_dir_all(dir).map_err(|error| Problem::new(dir, format!("cannot be written: {error}")))?;
    let movements = movement_ids(loaded);
    for sheet in [
        config(loaded),
        nodes(loaded),
        links(loaded),
        lanes(loaded),
        movement_rows(loaded, &movements),
        conflicts(loaded, &movements),
        stages::sheet(loaded, &movements).unwrap_or_else(|| states(loaded)),
        stops(loaded),
    ] {
        if !sheet.rows.is_empty() {
            sheet.write(dir)?;
        }
    }
    Ok(())
}

fn flag(yes: bool) -> String {
    if yes { "1".into() } else { "0".into() }
}

fn linestring(line: &[Point]) -> String {
    let points: Vec<String> = line.iter().map(|[x, y]| format!("{x} {y}")).collect();
    format!("LINESTRING({})", points.join(", "))
}

/// The number of a lane by its index: 1 next to the median.
fn number(link: &LinkPart, index: u16) -> usize {
    link.lanes.len() - usize::from(index)
}

fn roads(parts: &NetworkParts) -> impl Iterator<Item = (usize, &LinkPart)> {
    parts.links.iter().enumerate().filter(|(_, link)| link.kind == LinkKind::Road)
}

fn config(loaded: &Loaded) -> Sheet {
    let columns = [
        "dataset_name",
        "short_length",
        "long_length",
        "speed",
        "crs",
        "geometry_field_format",
        "version_number",
        "id_type",
        "driving_side",
    ];
    let mut sheet = Sheet::new(&CONFIG, &columns);
    let side = if loaded.parts.left_hand { "left" } else { "right" };
    let cells = [loaded.name.as_str(), "meter", "meter", "m/s", "local", "wkt", "0.96", "string", side];
    sheet.row(cells.map(str::to_owned).to_vec());
    sheet
}

fn kind_word(kind: JunctionKind) -> &'static str {
    match kind {
        JunctionKind::Priority => "priority",
        JunctionKind::Signal => "signal",
        JunctionKind::RightBeforeLeft => "right_before_left",
        JunctionKind::PriorityStop => "stop",
        JunctionKind::AllWayStop => "all_way_stop",
        JunctionKind::Zipper => "zipper",
        JunctionKind::Unregulated => "unregulated",
        JunctionKind::DeadEnd => "dead_end",
        JunctionKind::Internal => "internal",
    }
}

fn nodes(loaded: &Loaded) -> Sheet {
    let mut sheet = Sheet::new(&NODE, &["node_id", "name", "x_coord", "y_coord", "node_type", "ctrl_type"]);
    let parts = &loaded.parts;
    let mut leads_on = vec![false; parts.junctions.len()];
    for connector in &parts.connectors {
        leads_on[parts.links[connector.from.link.index()].to.index()] = true;
    }
    for (index, junction) in loaded.parts.junctions.iter().enumerate() {
        let [x, y] = junction.position_in_city_m;
        let names = &loaded.names;
        let title = names.junction_titles.get(index).filter(|title| **title != names.junctions[index]);
        sheet.row(vec![
            names.junctions[index].clone(),
            title.cloned().unwrap_or_default(),
            x.to_string(),
            y.to_string(),
            if leads_on[index] { String::new() } else { "external".to_owned() },
            kind_word(junction.kind).to_owned(),
        ]);
    }
    sheet
}

fn links(loaded: &Loaded) -> Sheet {
    let columns = [
        "link_id",
        "name",
        "from_node_id",
        "to_node_id",
        "directed",
        "geometry",
        "length",
        "free_speed",
        "lanes",
        "priority",
        "in_roundabout",
        "line",
        "ends_at",
    ];
    let mut sheet = Sheet::new(&LINK, &columns);
    let names = &loaded.names;
    for (index, link) in roads(&loaded.parts) {
        let lane = &link.lanes[0];
        let title = names.link_titles.get(index).filter(|title| **title != names.links[index]);
        sheet.row(vec![
            names.links[index].clone(),
            title.cloned().unwrap_or_default(),
            names.junctions[link.from.index()].clone(),
            names.junctions[link.to.index()].clone(),
            flag(true),
            linestring(&lane.shape_in_city_m),
            lane.length_m.to_string(),
            lane.speed_limit_mps.to_string(),
            link.lanes.len().to_string(),
            link.priority.to_string(),
            flag(link.in_roundabout),
            "centre".to_owned(),
            "stop_line".to_owned(),
        ]);
    }
    sheet
}

fn lanes(loaded: &Loaded) -> Sheet {
    let columns = [
        "lane_id",
        "link_id",
        "lane_num",
        "allowed_uses",
        "width",
        "free_speed",
        "stop_box_m",
        "change_outwards",
        "change_inwards",
        "length_m",
        "geometry",
    ];
    let mut sheet = Sheet::new(&LANE, &columns);
    for (index, link) in roads(&loaded.parts) {
        for (position, lane) in link.lanes.iter().enumerate() {
            let id = &loaded.names.links[index];
            let number = number(link, position as u16);
            sheet.row(vec![
                format!("{id}:{number}"),
                id.clone(),
                number.to_string(),
                cell_of(lane.allowed),
                lane.width_m.to_string(),
                lane.speed_limit_mps.to_string(),
                lane.stop_box_m.to_string(),
                cell_of(lane.change_outwards),
                cell_of(lane.change_inwards),
                lane.length_m.to_string(),
                linestring(&lane.shape_in_city_m),
            ]);
        }
    }
    sheet
}

/// Ids of movements: for each connector that starts at a road, or leaves a waiting place inside.
pub(crate) struct MovementIds {
    /// (id, whether the waiting place is meant) by connector.
    pub(crate) by_connector: BTreeMap<u32, (String, bool)>,
    /// For entry connectors whose ways have a waiting place, the connector that leaves it.
    pub(crate) waiting: BTreeMap<u32, u32>,
}

pub(crate) fn movement_ids(loaded: &Loaded) -> MovementIds {
    let parts = &loaded.parts;
    let kind = |lane: LaneRef| parts.links[lane.link.index()].kind;
    let name = |lane: LaneRef| {
        format!("{}:{}", loaded.names.links[lane.link.index()], number(&parts.links[lane.link.index()], lane.index))
    };
    let mut ids = MovementIds { by_connector: BTreeMap::new(), waiting: BTreeMap::new() };
    let mut entry_of: BTreeMap<LaneRef, u32> = BTreeMap::new();
    for (index, connector) in parts.connectors.iter().enumerate() {
        if kind(connector.from) == LinkKind::Road && kind(connector.leads_to) == LinkKind::Road {
            let id = format!("{}>{}", name(connector.from), name(connector.leads_to));
            ids.by_connector.insert(index as u32, (id, false));
            entry_of.insert(connector.to, index as u32);
        }
    }
    for (index, connector) in parts.connectors.iter().enumerate() {
        let inside = kind(connector.from) == LinkKind::Internal && kind(connector.to) == LinkKind::Internal;
        if let (true, Some(entry)) = (inside, entry_of.get(&connector.from)) {
            let id = ids.by_connector[entry].0.clone();
            ids.by_connector.insert(index as u32, (id, true));
            ids.waiting.insert(*entry, index as u32);
        }
    }
    ids
}

fn turn_word(turn: Turn) -> &'static str {
    match turn {
        Turn::Straight => "thru",
        Turn::Left => "left",
        Turn::Right => "right",
        Turn::PartLeft => "slight_left",
        Turn::PartRight => "slight_right",
        Turn::Around => "uturn",
        Turn::Unknown => "unknown",
    }
}

fn control_word(control: Control) -> &'static str {
    match control {
        Control::Major => "major",
        Control::Minor => "minor",
        Control::Equal => "equal",
        Control::Stop => "stop",
        Control::AllWayStop => "all_way_stop",
        Control::Zipper => "zipper",
        Control::Signal => "signal",
        Control::DeadEnd => "dead_end",
    }
}

fn movement_rows(loaded: &Loaded, ids: &MovementIds) -> Sheet {
    let columns = [
        "mvmt_id",
        "node_id",
        "ib_link_id",
        "start_ib_lane",
        "ob_link_id",
        "start_ob_lane",
        "type",
        "right_on_red",
        "keep_clear",
        "waits_inside",
        "direct",
        "signal_id",
        "signal_index",
        "control",
    ];
    let mut sheet = Sheet::new(&MOVEMENT, &columns);
    let (parts, names) = (&loaded.parts, &loaded.names);
    for (&index, (id, inside)) in &ids.by_connector {
        if *inside {
            continue;
        }
        let connector = &parts.connectors[index as usize];
        let (from, to) = (&parts.links[connector.from.link.index()], &parts.links[connector.leads_to.link.index()]);
        let signal = connector.signal;
        sheet.row(vec![
            id.clone(),
            names.junctions[from.to.index()].clone(),
            names.links[connector.from.link.index()].clone(),
            number(from, connector.from.index).to_string(),
            names.links[connector.leads_to.link.index()].clone(),
            number(to, connector.leads_to.index).to_string(),
            turn_word(connector.turn).to_owned(),
            flag(signal.is_some_and(|(signal, head)| {
                let plan = &loaded.signals.plans[signal];
                plan.phases.iter().any(|phase| phase.aspects.get(usize::from(head)) == Some(&Aspect::RedThenStop))
            })),
            flag(connector.keep_clear),
            flag(ids.waiting.contains_key(&index)),
            flag(connector.to == connector.leads_to),
            signal.map_or_else(String::new, |(signal, _)| names.signals[signal.index()].clone()),
            signal.map_or_else(String::new, |(_, head)| head.to_string()),
            control_word(connector.control).to_owned(),
        ]);
    }
    sheet
}

fn conflicts(loaded: &Loaded, ids: &MovementIds) -> Sheet {
    let mut sheet = Sheet::new(&CONFLICT, &["mvmt_id", "foe_mvmt_id", "inside", "foe_inside", "yields"]);
    for conflict in &loaded.parts.conflicts {
        let (Some(of), Some(foe)) = (ids.by_connector.get(&conflict.of), ids.by_connector.get(&conflict.foe)) else {
            continue;
        };
        sheet.row(vec![of.0.clone(), foe.0.clone(), flag(of.1), flag(foe.1), flag(conflict.yields)]);
    }
    sheet
}

fn states(loaded: &Loaded) -> Sheet {
    let mut sheet = Sheet::new(&SIGNAL_STATE, &["junction_id", "offset_s", "duration_s", "state"]);
    for (signal, plan) in loaded.signals.plans.enumerate() {
        for phase in &plan.phases {
            sheet.row(vec![
                loaded.names.signals[signal.index()].clone(),
                (plan.offset_ms as f64 / 1000.0).to_string(),
                (phase.duration_ms as f64 / 1000.0).to_string(),
                phase.aspects.iter().map(|aspect| aspect.letter()).collect(),
            ]);
        }
    }
    sheet
}

fn stops(loaded: &Loaded) -> Sheet {
    let mut sheet = Sheet::new(&STOPS, &["stop_id", "link_id", "lane", "start_m", "end_m"]);
    let mut first_lanes = Vec::new();
    let mut n_lanes = 0;
    for link in &loaded.parts.links {
        first_lanes.push(n_lanes);
        n_lanes += link.lanes.len();
    }
    for (index, stop) in loaded.stop_places.iter().enumerate() {
        let link = first_lanes.partition_point(|&first| first <= stop.lane.index()) - 1;
        let position = (stop.lane.index() - first_lanes[link]) as u16;
        sheet.row(vec![
            loaded.names.stop_places[index].clone(),
            loaded.names.links[link].clone(),
            number(&loaded.parts.links[link], position).to_string(),
            stop.start_m.to_string(),
            stop.end_m.to_string(),
        ]);
    }
    sheet
}
