//! A network file as it stands: records of its elements, references still by name.

use std::path::{Path, PathBuf};

use sim_core::network::parts::LanePart;
use sim_core::units::{ClassSet, VehicleClass};

use super::context::{Context, Range};
use super::signals::{Program, ProgramReader};
use super::xml::{Element, Tag};

/// Everything of a network file that matters.
#[derive(Default)]
pub(super) struct RawNet {
    pub(super) file: PathBuf,
    pub(super) left_hand: bool,
    pub(super) projection: Option<String>,
    pub(super) offset_m: [f64; 2],
    pub(super) extent_m: Option<[f64; 4]>,
    pub(super) junctions: Vec<RawJunction>,
    pub(super) edges: Vec<RawEdge>,
    pub(super) connections: Vec<RawConnection>,
    pub(super) roundabout_edges: Vec<String>,
    pub(super) programs: Vec<Program>,
}

pub(super) struct RawJunction {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) kind: String,
    pub(super) line: usize,
    pub(super) position_m: [f64; 2],
    pub(super) outline_m: Vec<[f64; 2]>,
    pub(super) incoming_lanes: Vec<String>,
    pub(super) internal_lanes: Vec<String>,
    pub(super) requests: Vec<RawRequest>,
}

pub(super) struct RawRequest {
    pub(super) line: usize,
    pub(super) index: usize,
    pub(super) response: String,
    pub(super) foes: String,
    pub(super) is_cont: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeFunction {
    Normal,
    Internal,
    Crossing,
    WalkingArea,
}

pub(super) struct RawEdge {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) function: EdgeFunction,
    pub(super) priority: i32,
    pub(super) name: Option<String>,
    pub(super) lanes: Vec<RawLane>,
}

pub(super) struct RawLane {
    pub(super) id: String,
    pub(super) index: usize,
    pub(super) part: LanePart,
}

pub(super) struct RawConnection {
    pub(super) line: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_lane: usize,
    pub(super) to_lane: usize,
    pub(super) via: Option<String>,
    pub(super) signal: Option<(String, u16)>,
    pub(super) direction: String,
    pub(super) state: char,
    pub(super) keep_clear: bool,
    pub(super) visibility_m: f64,
}

/// Reads a network file.
pub(super) fn read(context: &mut Context, path: &Path) -> RawNet {
    let mut net = RawNet { file: path.to_owned(), ..RawNet::default() };
    let mut programs = ProgramReader::default();
    let mut depth = 0_usize;
    context.walk(path, |context, tag| match tag {
        Tag::Open(element) => {
            depth += 1;
            if depth == 1 && element.name != "net" {
                context.problem(element.line, format!("this is not a SUMO network: it begins with <{}>", element.name));
            }
            if !programs.open(context, element) {
                open(context, &mut net, element, depth);
            }
        }
        Tag::Close(name) => {
            depth = depth.saturating_sub(1);
            programs.close(name);
        }
    });
    net.programs = programs.programs;
    net
}

fn open(context: &mut Context, net: &mut RawNet, element: &Element, depth: usize) {
    match element.name.as_str() {
        "net" => net.left_hand = context.yes(element, "lefthand").unwrap_or(false),
        "location" => location(context, net, element),
        "edge" if depth == 2 => {
            if let Some(edge) = edge(context, element) {
                net.edges.push(edge);
            }
        }
        "lane" => {
            let left_hand = net.left_hand;
            if let Some(lane) = lane(context, element, left_hand)
                && let Some(edge) = net.edges.last_mut()
            {
                edge.lanes.push(lane);
            }
        }
        "junction" => {
            if let Some(junction) = junction(context, element) {
                net.junctions.push(junction);
            }
        }
        "request" => {
            if let Some(request) = request(context, element)
                && let Some(junction) = net.junctions.last_mut()
            {
                junction.requests.push(request);
            }
        }
        "connection" => {
            if let Some(connection) = connection(context, element) {
                net.connections.push(connection);
            }
        }
        "roundabout" => {
            let edges = element.get("edges").unwrap_or_default();
            net.roundabout_edges.extend(edges.split_whitespace().map(str::to_owned));
        }
        // Types are written out on the lanes; prohibitions are part of the request rows; the rest is no traffic.
        "type" | "restriction" | "prohibition" | "param" | "neigh" | "stopOffset" => {
            if matches!(element.name.as_str(), "neigh" | "stopOffset") {
                context.notice(format!("<{}> of lanes is not supported and has no effect", element.name));
            }
        }
        other if depth == 2 && !other.ends_with("Configuration") && other != "configuration" => {
            context.notice(format!("the network element <{other}> is not supported and has no effect"));
        }
        _ => {}
    }
}

fn location(context: &mut Context, net: &mut RawNet, element: &Element) {
    net.projection =
        element.get("projParameter").filter(|text| !matches!(*text, "!" | "-" | "." | "")).map(str::to_owned);
    if let Some(offset) = context.points(element, "netOffset").and_then(|points| points.first().copied()) {
        net.offset_m = offset;
    }
    let corners = element.get("convBoundary").unwrap_or_default();
    let corners: Vec<f64> = corners.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    net.extent_m = corners.try_into().ok();
}

fn edge(context: &mut Context, element: &Element) -> Option<RawEdge> {
    let id = context.text(element, "id")?.to_owned();
    let function = match element.get("function").unwrap_or("normal") {
        "normal" | "connector" | "source" | "sink" => EdgeFunction::Normal,
        "internal" => EdgeFunction::Internal,
        "crossing" => EdgeFunction::Crossing,
        "walkingarea" => EdgeFunction::WalkingArea,
        _ => {
            let allowed = "normal, connector, internal, crossing, walkingarea";
            context.wrong(element, "function", "this function of an edge is not known", allowed);
            EdgeFunction::Normal
        }
    };
    let (mut from, mut to) = (None, None);
    if function == EdgeFunction::Normal {
        from = Some(context.text(element, "from")?.to_owned());
        to = Some(context.text(element, "to")?.to_owned());
    }
    Some(RawEdge {
        id,
        line: element.line,
        from,
        to,
        function,
        priority: context.number(element, "priority", Range::Any).map_or(-1, |priority| priority as i32),
        name: element.get("name").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
        lanes: Vec::new(),
    })
}

fn lane(context: &mut Context, element: &Element, left_hand: bool) -> Option<RawLane> {
    let id = context.text(element, "id")?.to_owned();
    context.text(element, "index")?;
    let index = context.whole(element, "index").unwrap_or(0);
    let length_m = context.needed(element, "length", Range::Positive, 1.0);
    let speed_limit_mps = context.needed(element, "speed", Range::Positive, 13.89);
    let width_m = context.number(element, "width", Range::Positive).unwrap_or(3.2);
    let allowed = permissions(context, element);
    let left = classes(context, element, "changeLeft").unwrap_or(ClassSet::ALL);
    let right = classes(context, element, "changeRight").unwrap_or(ClassSet::ALL);
    let (change_outwards, change_inwards) = if left_hand { (right, left) } else { (left, right) };
    Some(RawLane {
        id,
        index,
        part: LanePart {
            length_m,
            speed_limit_mps,
            width_m,
            allowed,
            change_outwards,
            change_inwards,
            shape_in_city_m: context.points(element, "shape").unwrap_or_default(),
            stop_box_m: 0.0,
        },
    })
}

fn permissions(context: &mut Context, element: &Element) -> ClassSet {
    if let Some(allowed) = classes(context, element, "allow") {
        return allowed;
    }
    match classes(context, element, "disallow") {
        Some(ClassSet(bits)) => ClassSet(!bits),
        None => ClassSet::ALL,
    }
}

/// The set of classes named in an attribute; `None` if it is missing or empty.
pub(super) fn classes(context: &mut Context, element: &Element, field: &str) -> Option<ClassSet> {
    let mut words = element.get(field)?.split_whitespace().peekable();
    words.peek()?;
    let mut set = ClassSet::NONE;
    for word in words {
        match word {
            "all" => set = ClassSet::ALL,
            "none" => {}
            _ => match class(word) {
                Some(class) => set = set.with(class),
                None => context.wrong(
                    element,
                    field,
                    format!("the vehicle class {word:?} is not known"),
                    "SUMO's vehicle classes",
                ),
            },
        }
    }
    Some(set)
}

/// A vehicle class by SUMO's name, old names included.
pub(super) fn class(word: &str) -> Option<VehicleClass> {
    use VehicleClass as C;
    Some(match word {
        "public_transport" => C::Bus,
        "public_emergency" => C::Emergency,
        "public_authority" => C::Authority,
        "public_army" => C::Army,
        "transport" => C::Truck,
        "lightrail" | "light_rail" => C::Tram,
        "cityrail" => C::RailUrban,
        "rail_slow" => C::Rail,
        _ => return C::ALL.iter().copied().find(|class| class.sumo_name() == word),
    })
}

fn junction(context: &mut Context, element: &Element) -> Option<RawJunction> {
    let lanes = |field: &str| -> Vec<String> {
        element.get(field).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    Some(RawJunction {
        id: context.text(element, "id")?.to_owned(),
        name: element.get("name").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
        kind: context.text(element, "type")?.to_owned(),
        line: element.line,
        position_m: [context.needed(element, "x", Range::Any, 0.0), context.needed(element, "y", Range::Any, 0.0)],
        outline_m: context.points(element, "shape").unwrap_or_default(),
        incoming_lanes: lanes("incLanes"),
        internal_lanes: lanes("intLanes"),
        requests: Vec::new(),
    })
}

fn request(context: &mut Context, element: &Element) -> Option<RawRequest> {
    context.text(element, "index")?;
    let index = context.whole(element, "index")?;
    let mut bits = |field: &str| -> Option<String> {
        let text = context.text(element, field)?.to_owned();
        if text.chars().all(|bit| matches!(bit, '0' | '1')) {
            return Some(text);
        }
        context.wrong(element, field, "these are not bits", "a string of 0 and 1");
        None
    };
    let (response, foes) = (bits("response")?, bits("foes")?);
    let is_cont = context.yes(element, "cont").unwrap_or(false);
    Some(RawRequest { line: element.line, index, response, foes, is_cont })
}

fn connection(context: &mut Context, element: &Element) -> Option<RawConnection> {
    let from = context.text(element, "from")?.to_owned();
    let to = context.text(element, "to")?.to_owned();
    context.text(element, "fromLane").and(context.text(element, "toLane"))?;
    let from_lane = context.whole(element, "fromLane")?;
    let to_lane = context.whole(element, "toLane")?;
    let signal = match element.get("tl").filter(|tl| !tl.is_empty()) {
        Some(tl) => {
            context.text(element, "linkIndex")?;
            Some((tl.to_owned(), context.whole(element, "linkIndex")?))
        }
        None => None,
    };
    if element.has("linkIndex2") {
        context.notice("linkIndex2 (a signal inside a junction) is not supported and has no effect");
    }
    if (element.has("allow") || element.has("disallow")) && !element.has("via") {
        context.notice("permissions of connections without internal lane are not supported and have no effect");
    }
    let state = element.get("state").and_then(|state| state.chars().next()).unwrap_or('M');
    let usual_visibility_m = if state == 'Z' { 100.0 } else { 4.5 };
    Some(RawConnection {
        line: element.line,
        from,
        to,
        from_lane,
        to_lane,
        via: element.get("via").filter(|via| !via.is_empty()).map(str::to_owned),
        signal,
        direction: element.get("dir").unwrap_or("").to_owned(),
        state,
        keep_clear: context.yes(element, "keepClear").unwrap_or(true),
        visibility_m: context.number(element, "visibility", Range::NotNegative).unwrap_or(usual_visibility_m),
    })
}
