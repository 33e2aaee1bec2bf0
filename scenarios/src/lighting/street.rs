//! Carriageways of a network, as lighting sees them: a line along the kerb lane of a link, and lanes beside it. A road
//! without median is one carriageway of two links.

use sim_core::lighting::field::{Field, FieldLane};
use sim_core::network::geometry;
use sim_core::network::parts::{JunctionKind, LinkKind, NetworkParts};

/// Cosine of the angle up to which a road goes on straight.
const STRAIGHT: f64 = 0.8;
/// Edges of opposite directions that lie closer than this have no median between them.
const MEDIAN_M: f64 = 1.0;

/// A carriageway.
#[derive(Clone, PartialEq, Debug)]
pub struct Street {
    /// The link along its line, and the one against it if there is no median.
    pub links: Vec<usize>,
    /// Middle of the kerb lane of the first link.
    pub line: Vec<[f64; 2]>,
    /// Length of the line.
    pub length_m: f64,
    /// Lanes from right to left, left of the line positive.
    pub lanes: Vec<FieldLane>,
    /// Whether traffic keeps to the left.
    pub left_hand: bool,
    /// Rank of the link.
    pub priority: i32,
    /// Speed limit.
    pub speed_mps: f64,
    /// Whether the network is cut at its begin and at its end: what stands beyond is not known.
    pub is_cut: [bool; 2],
    /// Whether it ends there at a street across, with none straight ahead.
    pub is_blind: [bool; 2],
}

impl Street {
    /// Right and left edge.
    pub fn edges_m(&self) -> [f64; 2] {
        let (first, last) = (self.lanes[0], self.lanes[self.lanes.len() - 1]);
        [first.middle_m - first.width_m / 2.0, last.middle_m + last.width_m / 2.0]
    }
    /// Width.
    pub fn width_m(&self) -> f64 {
        let [right_m, left_m] = self.edges_m();
        left_m - right_m
    }
    /// A point of the city plane.
    pub fn point(&self, chainage_m: f64, y_m: f64) -> [f64; 2] {
        let [x, y] = geometry::point_at(&self.line, chainage_m);
        let [dx, dy] = geometry::direction_at(&self.line, chainage_m);
        // Beyond its ends it goes on straight.
        let beyond_m = chainage_m.min(0.0) + (chainage_m - self.length_m).max(0.0);
        [x - dy * y_m + dx * beyond_m, y + dx * y_m + dy * beyond_m]
    }
    /// Direction of the line.
    pub fn direction(&self, chainage_m: f64) -> [f64; 2] {
        geometry::direction_at(&self.line, chainage_m)
    }
    /// Chainage and lateral position of a point, by the nearest place of the line.
    pub fn project(&self, point: [f64; 2]) -> (f64, f64) {
        let (mut best, mut before_m) = ((f64::MAX, 0.0, 0.0), 0.0);
        for pair in self.line.windows(2) {
            let length_m = geometry::distance(pair[0], pair[1]);
            if length_m > 0.0 {
                let d = [(pair[1][0] - pair[0][0]) / length_m, (pair[1][1] - pair[0][1]) / length_m];
                let v = [point[0] - pair[0][0], point[1] - pair[0][1]];
                let along = (v[0] * d[0] + v[1] * d[1]).clamp(0.0, length_m);
                let side = d[0] * v[1] - d[1] * v[0];
                let away = geometry::distance(point, [pair[0][0] + along * d[0], pair[0][1] + along * d[1]]);
                if away < best.0 {
                    best = (away, before_m + along, away.copysign(side));
                }
            }
            before_m += length_m;
        }
        (best.1, best.2)
    }
    /// Distance of a point from the carriageway; 0 on it.
    pub fn distance_m(&self, point: [f64; 2]) -> f64 {
        let [right_m, left_m] = self.edges_m();
        let (chainage_m, y_m) = self.project(point);
        let beyond = geometry::distance(point, self.point(chainage_m, y_m));
        (right_m - y_m).max(y_m - left_m).max(0.0).max(beyond)
    }
    /// The field between two chainages, with these lanes.
    pub fn field(&self, from_m: f64, to_m: f64, lanes: &[FieldLane], mounting_height_m: f64) -> Field {
        let (a, b) = (self.point(from_m, 0.0), self.point(to_m, 0.0));
        let length_m = geometry::distance(a, b).max(0.1);
        let axis = [(b[0] - a[0]) / length_m, (b[1] - a[1]) / length_m];
        let mut field = Field {
            origin_in_city_m: a,
            axis,
            length_m,
            lanes: lanes.to_vec(),
            sag_m: Vec::new(),
            mounting_height_m,
            left_hand: self.left_hand,
        };
        let n = field.n_along();
        let sag: Vec<f64> = (0..n)
            .map(|i| {
                let [x, y] = self.point(from_m + (i as f64 + 0.5) / n as f64 * (to_m - from_m), 0.0);
                (y - a[1]) * axis[0] - (x - a[0]) * axis[1]
            })
            .collect();
        if sag.iter().any(|shift| shift.abs() > 0.01) {
            field.sag_m = sag;
        }
        field
    }
}

/// All carriageways, and for each link its carriageway.
pub fn streets(parts: &NetworkParts) -> (Vec<Street>, Vec<Option<usize>>) {
    let is_road = |index: usize| {
        let link = &parts.links[index];
        link.kind == LinkKind::Road && link.lanes.iter().any(|lane| lane.allowed.allows_vehicles())
    };
    let mut of_link = vec![None; parts.links.len()];
    let mut streets = Vec::new();
    let mut by_ends: Vec<(u32, u32, usize)> = (0..parts.links.len())
        .filter(|&index| is_road(index))
        .map(|index| (parts.links[index].from.0, parts.links[index].to.0, index))
        .collect();
    by_ends.sort_unstable();
    for index in 0..parts.links.len() {
        if !is_road(index) || of_link[index].is_some() {
            continue;
        }
        let Some(mut street) = one_way(parts, index) else { continue };
        let (from, to) = (parts.links[index].from.0, parts.links[index].to.0);
        let first = by_ends.partition_point(|ends| (ends.0, ends.1) < (to, from));
        let opposite = by_ends[first..].iter().take_while(|ends| (ends.0, ends.1) == (to, from)).map(|ends| ends.2);
        for other in opposite {
            if other != index && of_link[other].is_none() && join(parts, &mut street, other) {
                of_link[other] = Some(streets.len());
                break;
            }
        }
        of_link[index] = Some(streets.len());
        streets.push(street);
    }
    for street in &mut streets {
        street.is_blind = [0, 1].map(|end| !street.is_cut[end] && is_blind(parts, street, end));
    }
    (streets, of_link)
}

/// Whether no road leads on straight beyond an end of a street, in either direction.
fn is_blind(parts: &NetworkParts, street: &Street, end: usize) -> bool {
    let link = &parts.links[street.links[0]];
    let junction = if end == 0 { link.from } else { link.to };
    let [dx, dy] = street.direction(if end == 0 { 0.0 } else { street.length_m });
    !parts.links.iter().enumerate().any(|(index, other)| {
        if other.kind != LinkKind::Road || street.links.contains(&index) {
            return false;
        }
        let Some(line) = other.lanes.first().map(|lane| &lane.shape_in_city_m).filter(|line| line.len() >= 2) else {
            return false;
        };
        let leaves = geometry::direction_at(line, 0.0);
        let arrives = geometry::direction_at(line, geometry::length(line));
        let goes_on = |[x, y]: [f64; 2]| (x * dx + y * dy).abs() > STRAIGHT;
        (other.from == junction && goes_on(leaves)) || (other.to == junction && goes_on(arrives))
    })
}

fn one_way(parts: &NetworkParts, index: usize) -> Option<Street> {
    let link = &parts.links[index];
    let lanes: Vec<_> = link.lanes.iter().filter(|lane| lane.allowed.allows_vehicles()).collect();
    let line = lanes.first()?.shape_in_city_m.clone();
    let length_m = geometry::length(&line);
    if line.len() < 2 || length_m < 1.0 {
        return None;
    }
    let outwards = if parts.left_hand { -1.0 } else { 1.0 };
    let (mut middle_m, mut last_width_m) = (0.0, None);
    let mut placed = Vec::new();
    for lane in &lanes {
        if let Some(last) = last_width_m {
            middle_m += outwards * (last + lane.width_m) / 2.0;
        }
        last_width_m = Some(lane.width_m);
        placed.push(FieldLane { middle_m, width_m: lane.width_m, is_against: false });
    }
    placed.sort_by(|a, b| a.middle_m.total_cmp(&b.middle_m));
    Some(Street {
        links: vec![index],
        line,
        length_m,
        lanes: placed,
        left_hand: parts.left_hand,
        priority: link.priority,
        speed_mps: lanes[0].speed_limit_mps,
        is_blind: [false, false],
        is_cut: [link.from, link.to].map(|end| parts.junctions[end.index()].kind == JunctionKind::DeadEnd),
    })
}

/// Adds the lanes of the opposite direction if no median lies between.
fn join(parts: &NetworkParts, street: &mut Street, other: usize) -> bool {
    let Some(opposite) = one_way(parts, other) else { return false };
    let (_, kerb_m) = street.project(opposite.point(opposite.length_m / 2.0, 0.0));
    let lanes: Vec<FieldLane> = opposite
        .lanes
        .iter()
        .map(|lane| FieldLane { middle_m: kerb_m - lane.middle_m, width_m: lane.width_m, is_against: true })
        .collect();
    let [right_m, left_m] = street.edges_m();
    let low = lanes.iter().map(|lane| lane.middle_m - lane.width_m / 2.0).fold(f64::MAX, f64::min);
    let high = lanes.iter().map(|lane| lane.middle_m + lane.width_m / 2.0).fold(f64::MIN, f64::max);
    let gap_m = if kerb_m > 0.0 { low - left_m } else { right_m - high };
    if gap_m.abs() > MEDIAN_M || (opposite.length_m / street.length_m - 1.0).abs() > 0.1 {
        return false;
    }
    street.links.push(other);
    street.lanes.extend(lanes);
    street.lanes.sort_by(|a, b| a.middle_m.total_cmp(&b.middle_m));
    true
}
