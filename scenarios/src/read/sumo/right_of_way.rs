//! Right of way: from `request` rows and internal junctions to conflict parts.
//!
//! The rows of a junction are numbered like its connections in the order of its incoming lanes, footways last. The last
//! letter of a bit string stands for row 0. A vehicle whose row says `cont` may enter and wait inside; what it yields
//! to from there is listed by an internal junction: its first incoming lane is the one the vehicle waits on, the others
//! and the internal lanes together name the entries it yields to.

use std::collections::{BTreeMap, HashMap};

use sim_core::network::parts::{ConflictPart, LaneRef, LinkKind};

use super::context::Context;
use super::network::{Connected, ReadNetwork};
use super::raw::{EdgeFunction, RawJunction, RawNet};

/// Whether the first of a pair yields to the second, by (of, foe).
type Pairs = BTreeMap<(u32, u32), bool>;

/// Who yields to whom among the rows of a junction.
struct Matrix {
    /// The connector of each row, if it is one of vehicles.
    connectors: Vec<Option<u32>>,
    foes: Vec<Vec<bool>>,
    response: Vec<Vec<bool>>,
}

impl Matrix {
    fn yields(&self, row: usize, foe: usize) -> bool {
        self.response.get(row).and_then(|bits| bits.get(foe)).copied().unwrap_or(false)
    }
}

/// Connections before and after internal lanes.
struct Chains {
    /// The connector that leads into an internal lane.
    into: HashMap<LaneRef, u32>,
    /// The connector from an internal lane into another one.
    inside: HashMap<LaneRef, u32>,
}

impl Chains {
    fn new(network: &ReadNetwork) -> Self {
        let mut chains = Self { into: HashMap::new(), inside: HashMap::new() };
        let is_internal = |lane: LaneRef| network.parts.links[lane.link.index()].kind == LinkKind::Internal;
        for (index, connector) in (0_u32..).zip(&network.parts.connectors) {
            if is_internal(connector.to) {
                chains.into.insert(connector.to, index);
                if is_internal(connector.from) {
                    chains.inside.insert(connector.from, index);
                }
            }
        }
        chains
    }
}

/// Numbers the connectors and fills the conflicts of the network.
pub(super) fn fill(context: &mut Context, raw: &RawNet, network: &mut ReadNetwork, connected: &Connected) {
    let mut of_lane: HashMap<(&str, usize), Vec<usize>> = HashMap::new();
    for (index, connection) in raw.connections.iter().enumerate() {
        of_lane.entry((&connection.from, connection.from_lane)).or_default().push(index);
    }
    let chains = Chains::new(network);
    let mut pairs = Pairs::new();
    // The matrix and row of each entry connector.
    let mut matrices: Vec<Matrix> = Vec::new();
    let mut row_of: HashMap<u32, (usize, usize)> = HashMap::new();
    for junction in raw.junctions.iter().filter(|junction| junction.kind != "internal" && !junction.requests.is_empty())
    {
        let rows = rows_of(raw, network, junction, &of_lane, connected);
        let Some(matrix) = matrix(context, junction, rows) else { continue };
        for (row, connector) in matrix.connectors.iter().enumerate() {
            let Some(connector) = *connector else { continue };
            row_of.insert(connector, (matrices.len(), row));
            let part = &mut network.parts.connectors[connector as usize];
            part.request_index = u16::try_from(row).ok();
            part.waits_inside = junction.requests.iter().any(|request| request.index == row && request.is_cont);
        }
        entries(&matrix, network, &chains, &mut pairs);
        matrices.push(matrix);
    }
    for junction in raw.junctions.iter().filter(|junction| junction.kind == "internal") {
        waiting_place(junction, network, &chains, (&matrices, &row_of), &mut pairs);
    }
    network.parts.conflicts = pairs.into_iter().map(|((of, foe), yields)| ConflictPart { of, foe, yields }).collect();
}

/// The connector of each row of a junction.
fn rows_of(
    raw: &RawNet,
    network: &ReadNetwork,
    junction: &RawJunction,
    of_lane: &HashMap<(&str, usize), Vec<usize>>,
    connected: &Connected,
) -> Vec<Option<u32>> {
    let function = |edge: &str| network.links.get(edge).map(|link| raw.edges[link.index()].function);
    let mut rows = Vec::new();
    for lane in &junction.incoming_lanes {
        let Some(&LaneRef { link, index }) = network.lanes.get(lane) else { continue };
        let from = raw.edges[link.index()].id.as_str();
        for &connection in of_lane.get(&(from, usize::from(index))).map_or(&[][..], Vec::as_slice) {
            let to = function(&raw.connections[connection].to);
            let is_walk = to == Some(EdgeFunction::WalkingArea)
                || (function(from) == Some(EdgeFunction::WalkingArea) && to != Some(EdgeFunction::Crossing));
            if !is_walk {
                rows.push(connected.connector_of[connection]);
            }
        }
    }
    rows
}

fn matrix(context: &mut Context, junction: &RawJunction, connectors: Vec<Option<u32>>) -> Option<Matrix> {
    let n = junction.requests.len();
    if connectors.len() > n {
        let message = format!("the junction {} has {} connections but {n} request rows", junction.id, connectors.len());
        context.problem(junction.line, message).hint = Some("run netconvert on the network again".into());
        return None;
    }
    let mut foes = vec![Vec::new(); n];
    let mut response = vec![Vec::new(); n];
    for request in &junction.requests {
        let bits = |text: &str| -> Vec<bool> { text.chars().rev().map(|bit| bit == '1').collect() };
        let (foe_bits, response_bits) = (bits(&request.foes), bits(&request.response));
        if request.index >= n || foe_bits.len() != n || response_bits.len() != n {
            let message = format!("the request row does not fit the {n} rows of junction {}", junction.id);
            let problem = context.problem(request.line, message);
            problem.field = Some("index, response, foes".into());
            problem.value = Some(format!("{}, {}, {}", request.index, request.response, request.foes));
            problem.allowed = Some(format!("an index below {n} and {n} bits"));
            return None;
        }
        foes[request.index] = foe_bits;
        response[request.index] = response_bits;
    }
    Some(Matrix { connectors, foes, response })
}

/// Conflicts between the entries of a junction, and with those who wait inside it.
fn entries(matrix: &Matrix, network: &ReadNetwork, chains: &Chains, pairs: &mut Pairs) {
    for (row, connector) in matrix.connectors.iter().enumerate() {
        let Some(connector) = *connector else { continue };
        for (foe_row, foe) in matrix.connectors.iter().enumerate() {
            let Some(foe) = *foe else { continue };
            let yields = matrix.yields(row, foe_row);
            let meets = yields || matrix.foes[row].get(foe_row).copied().unwrap_or(false);
            if !meets || foe == connector {
                continue;
            }
            pairs.insert((connector, foe), yields);
            pairs.entry((foe, connector)).or_insert(false);
            // One who has waited inside still crosses the way of those who met him before.
            let foe_lane = network.parts.connectors[foe as usize].to;
            if let Some(&inside) = chains.inside.get(&foe_lane) {
                pairs.insert((connector, inside), yields);
                pairs.entry((inside, connector)).or_insert(false);
            }
        }
    }
}

/// What one who waits on the first incoming lane of an internal junction yields to.
fn waiting_place(
    junction: &RawJunction,
    network: &ReadNetwork,
    chains: &Chains,
    (matrices, row_of): (&[Matrix], &HashMap<u32, (usize, usize)>),
    pairs: &mut Pairs,
) {
    let lanes =
        |ids: &[String]| -> Vec<LaneRef> { ids.iter().filter_map(|id| network.lanes.get(id).copied()).collect() };
    let incoming = lanes(&junction.incoming_lanes);
    let Some((waiting, others)) = incoming.split_first() else { return };
    let Some(&inside) = chains.inside.get(waiting) else { return };
    let own_row = chains.into.get(waiting).and_then(|entry| row_of.get(entry));
    for lane in lanes(&junction.internal_lanes) {
        let Some(&entry) = chains.into.get(&lane) else { continue };
        if others.contains(&network.parts.connectors[entry as usize].from) {
            // Only those count to whom the whole movement yields.
            let yields = match (own_row, row_of.get(&entry)) {
                (Some(&(own, row)), Some(&(other, foe))) if own == other => matrices[own].yields(row, foe),
                _ => true,
            };
            pairs.insert((inside, entry), yields);
            pairs.entry((entry, inside)).or_insert(false);
        }
    }
}
