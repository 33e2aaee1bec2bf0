//! Junctions as planners see them: approaches with their headings, movements by turn, lanes by what they serve.
//!
//! Turns have two names. Geographic ones (left, right) are those of counts and tables; [`Role`] says what a turn does:
//! across oncoming traffic (left where traffic keeps to the right) or around the near corner. The Highway Capacity Manual
//! speaks of left and right turns and means these two.

mod ring;

use std::collections::{BTreeMap, BTreeSet};

use sim_core::ids::{LinkId, SignalId};
use sim_core::network::parts::{Control, JunctionKind, LinkKind, NetworkParts, Turn};
use sim_core::units::VehicleClass;

use crate::compile::geometry::{Point, angle_rad, end_direction};
use crate::loaded::Names;
pub use ring::circulation;
use ring::{rings, roundabout};

/// Approaches at more than this angle oppose each other.
const OPPOSITE_RAD: f64 = 2.2;

/// What a turn does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Across oncoming traffic.
    Across,
    /// Straight on.
    Through,
    /// Around the near corner.
    Near,
    /// Back where it came from.
    Around,
}

/// How a junction is ruled, by the chapters of the manual.
#[derive(Clone, PartialEq, Debug)]
pub enum SiteControl {
    /// A signal (Chapter 19).
    Signal(SignalId),
    /// Signs on the side road (Chapter 20).
    TwoWayStop,
    /// Stop signs on all approaches (Chapter 21).
    AllWayStop,
    /// A roundabout (Chapter 22).
    Roundabout,
    /// The manual has no method, and why.
    NotCovered(&'static str),
}

impl SiteControl {
    /// Its name in tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Signal(_) => "signal",
            Self::TwoWayStop => "two-way stop",
            Self::AllWayStop => "all-way stop",
            Self::Roundabout => "roundabout",
            Self::NotCovered(_) => "not covered",
        }
    }
}

/// A lane of an approach that cars may use.
#[derive(Clone, PartialEq, Debug)]
pub struct SiteLane {
    /// Position in the link, 0 at the kerb.
    pub index: u16,
    /// What it serves.
    pub roles: BTreeSet<Role>,
}

/// An approach: a link that ends at the junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Approach {
    /// The link.
    pub link: LinkId,
    /// Direction of travel at the stop line.
    pub heading: Point,
    /// Where its traffic goes: `NB`, `NEB`, …
    pub direction: &'static str,
    /// Street and direction.
    pub name: String,
    /// The approach that comes towards it.
    pub opposing: Option<usize>,
    /// Lanes that cars may use, from the kerb.
    pub lanes: Vec<SiteLane>,
}

/// A way from an approach to an exit.
#[derive(Clone, PartialEq, Debug)]
pub struct Movement {
    /// Position of its approach.
    pub approach: usize,
    /// The link it leads to.
    pub to: LinkId,
    /// What it does.
    pub role: Role,
    /// Entry connectors, as positions in the network's parts; none at roundabouts, where a movement has many.
    pub entries: Vec<usize>,
    /// How it yields where no signal rules it.
    pub control: Control,
    /// Whether a signal rules it.
    pub has_signal: bool,
}

/// A junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Site {
    /// External id; of a roundabout that of its first node.
    pub id: String,
    /// Ids of the other nodes of a roundabout.
    pub aliases: Vec<String>,
    /// Readable name.
    pub title: String,
    /// Position of the junction, of a roundabout that of its first node.
    pub junction: usize,
    /// How it is ruled.
    pub control: SiteControl,
    /// Approaches clockwise from north.
    pub approaches: Vec<Approach>,
    /// Movements by approach, then from across to near.
    pub movements: Vec<Movement>,
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
}

impl Site {
    /// The geographic letter of a turn: L, T, R, U.
    pub fn letter(&self, role: Role) -> char {
        match (role, self.left_hand) {
            (Role::Through, _) => 'T',
            (Role::Around, _) => 'U',
            (Role::Across, false) | (Role::Near, true) => 'L',
            (Role::Near, false) | (Role::Across, true) => 'R',
        }
    }
    /// What a geographic letter does here.
    pub fn role_of(&self, letter: char) -> Option<Role> {
        [Role::Across, Role::Through, Role::Near, Role::Around].into_iter().find(|role| self.letter(*role) == letter)
    }
    /// Positions of the movements of an approach with one of these roles.
    pub fn movements_of(&self, approach: usize, roles: &[Role]) -> Vec<usize> {
        (0..self.movements.len())
            .filter(|&index| self.movements[index].approach == approach && roles.contains(&self.movements[index].role))
            .collect()
    }
    /// The name of a movement: `NBL`.
    pub fn code(&self, movement: &Movement) -> String {
        format!("{}{}", self.approaches[movement.approach].direction, self.letter(movement.role))
    }
    /// Whether it goes by this id or name.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.title == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// The eight directions, counter-clockwise from east.
pub const DIRECTIONS: [&str; 8] = ["EB", "NEB", "NB", "NWB", "WB", "SWB", "SB", "SEB"];

/// The direction of a heading.
pub fn direction_of(heading: Point) -> &'static str {
    let eighth = (sim_core::math::atan2(heading[1], heading[0]) / std::f64::consts::FRAC_PI_4).round() as i64;
    DIRECTIONS[eighth.rem_euclid(8) as usize]
}

/// All junctions where traffic meets, in junction order.
pub fn sites(parts: &NetworkParts, names: &Names) -> Vec<Site> {
    let kind = |link: LinkId| parts.links[link.index()].kind;
    let mut entries: Vec<BTreeMap<(LinkId, LinkId), Vec<usize>>> = vec![BTreeMap::new(); parts.junctions.len()];
    for (index, connector) in parts.connectors.iter().enumerate() {
        let (from, to) = (connector.from.link, connector.leads_to.link);
        if kind(from) == LinkKind::Road && kind(to) == LinkKind::Road {
            entries[parts.links[from.index()].to.index()].entry((from, to)).or_default().push(index);
        }
    }
    let rings = rings(parts);
    let ring_nodes: BTreeSet<usize> = rings.iter().flatten().copied().collect();
    let mut found: Vec<Site> = Vec::new();
    for (junction, ways) in entries.iter().enumerate() {
        let n_inbound = ways.keys().map(|(from, _)| from).collect::<BTreeSet<_>>().len();
        if n_inbound < 2 && !ways.values().flatten().any(|&entry| parts.connectors[entry].signal.is_some()) {
            continue;
        }
        if let Some(ring) = rings.iter().find(|ring| ring[0] == junction) {
            found.push(roundabout(parts, names, ring));
        } else if !ring_nodes.contains(&junction) {
            found.push(junction_site(parts, names, junction, ways));
        }
    }
    found
}

fn approach(parts: &NetworkParts, names: &Names, link: LinkId) -> Approach {
    let lane = parts.links[link.index()].lanes.first();
    let heading = lane.map_or([0.0, 1.0], |lane| end_direction(&lane.shape_in_city_m));
    let direction = direction_of(heading);
    let street = names.link_titles.get(link.index()).map_or("", String::as_str);
    Approach { link, heading, direction, name: format!("{street} {direction}"), opposing: None, lanes: Vec::new() }
}

/// Order of approaches: clockwise from north.
fn clockwise(heading: Point) -> i64 {
    let from_north_rad = sim_core::math::atan2(heading[0], heading[1]).rem_euclid(std::f64::consts::TAU);
    // A street that heads a hair west of north still comes first.
    ((from_north_rad + 0.1).rem_euclid(std::f64::consts::TAU) * 1e6) as i64
}

fn junction_site(
    parts: &NetworkParts,
    names: &Names,
    junction: usize,
    ways: &BTreeMap<(LinkId, LinkId), Vec<usize>>,
) -> Site {
    let links: BTreeSet<LinkId> = ways.keys().map(|(from, _)| *from).collect();
    let mut approaches: Vec<Approach> = links.into_iter().map(|link| approach(parts, names, link)).collect();
    approaches.sort_by_key(|approach| (clockwise(approach.heading), approach.link));
    let mut movements = Vec::new();
    for (position, approach) in approaches.iter_mut().enumerate() {
        let own: Vec<(&LinkId, &Vec<usize>)> =
            ways.iter().filter(|((from, _), _)| *from == approach.link).map(|((_, to), list)| (to, list)).collect();
        let turns: Vec<Turn> = own.iter().map(|(_, list)| parts.connectors[list[0]].turn).collect();
        let roles = roles(&turns, parts.left_hand);
        for ((&to, list), role) in own.into_iter().zip(roles) {
            let first = &parts.connectors[list[0]];
            let has_signal = list.iter().any(|&entry| parts.connectors[entry].signal.is_some());
            let entries = list.clone();
            movements.push(Movement { approach: position, to, role, entries, control: first.control, has_signal });
        }
        add_lanes(parts, approach, position, &movements);
    }
    movements.sort_by_key(|movement: &Movement| (movement.approach, movement.role, movement.to));
    find_opposing(&mut approaches);
    let control = control_of(parts, junction, &movements);
    Site {
        id: names.junctions[junction].clone(),
        aliases: Vec::new(),
        title: names.junction_titles.get(junction).unwrap_or(&names.junctions[junction]).clone(),
        junction,
        control,
        approaches,
        movements,
        left_hand: parts.left_hand,
    }
}

/// What the turns of an approach do. Half turns are turns where something goes straight on, else the straightest goes on.
fn roles(turns: &[Turn], left_hand: bool) -> Vec<Role> {
    let has = |turn: Turn| turns.contains(&turn);
    let has_straight = has(Turn::Straight) || has(Turn::Unknown);
    let (left, right) = if left_hand { (Role::Near, Role::Across) } else { (Role::Across, Role::Near) };
    turns
        .iter()
        .map(|turn| match turn {
            Turn::Straight | Turn::Unknown => Role::Through,
            Turn::Left => left,
            Turn::Right => right,
            Turn::Around => Role::Around,
            Turn::PartLeft if has_straight || !has(Turn::Left) => left,
            Turn::PartRight if has_straight || !has(Turn::Right) => right,
            Turn::PartLeft | Turn::PartRight => Role::Through,
        })
        .collect()
}

fn add_lanes(parts: &NetworkParts, approach: &mut Approach, position: usize, movements: &[Movement]) {
    let link = &parts.links[approach.link.index()];
    let is_for_cars = |index: usize| link.lanes[index].allowed.allows(VehicleClass::Car);
    let some_for_cars = (0..link.lanes.len()).any(is_for_cars);
    for (index, lane) in link.lanes.iter().enumerate() {
        if if some_for_cars { !is_for_cars(index) } else { !lane.allowed.allows_vehicles() } {
            continue;
        }
        let serves = |movement: &&Movement| {
            movement.approach == position
                && movement.entries.iter().any(|&entry| usize::from(parts.connectors[entry].from.index) == index)
        };
        let roles: BTreeSet<Role> = movements.iter().filter(serves).map(|movement| movement.role).collect();
        if !roles.is_empty() {
            approach.lanes.push(SiteLane { index: index as u16, roles });
        }
    }
}

/// Pairs approaches that face each other best.
fn find_opposing(approaches: &mut [Approach]) {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for a in 0..approaches.len() {
        for b in a + 1..approaches.len() {
            let angle = angle_rad(approaches[a].heading, approaches[b].heading).abs();
            if angle > OPPOSITE_RAD {
                pairs.push((angle, a, b));
            }
        }
    }
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    for (_, a, b) in pairs {
        if approaches[a].opposing.is_none() && approaches[b].opposing.is_none() {
            approaches[a].opposing = Some(b);
            approaches[b].opposing = Some(a);
        }
    }
}

fn control_of(parts: &NetworkParts, junction: usize, movements: &[Movement]) -> SiteControl {
    let signal = movements
        .iter()
        .flat_map(|movement| &movement.entries)
        .find_map(|&entry| parts.connectors[entry].signal.map(|(signal, _)| signal));
    if let Some(signal) = signal {
        return SiteControl::Signal(signal);
    }
    match parts.junctions[junction].kind {
        JunctionKind::AllWayStop => SiteControl::AllWayStop,
        JunctionKind::RightBeforeLeft => SiteControl::NotCovered("priority to one side has no method in the manual"),
        JunctionKind::Zipper => SiteControl::NotCovered("a zipper merge has no method in the manual"),
        _ if movements.iter().all(|movement| movement.control == Control::AllWayStop) => SiteControl::AllWayStop,
        _ if movements.iter().any(|m| matches!(m.control, Control::Minor | Control::Stop)) => SiteControl::TwoWayStop,
        _ => SiteControl::NotCovered("nobody yields here"),
    }
}
