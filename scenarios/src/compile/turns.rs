//! Turns: their names by angle, which lanes they join, and the movements of a node where none are given.

use sim_core::network::parts::Turn;

use super::geometry::{angle_rad, end_direction, start_direction};
use super::roads::{Road, RoadMap, RoadMovement};

/// The turn of a way by its angle, positive to the left.
pub fn turn_of_angle(angle_rad: f64) -> Turn {
    let degrees = angle_rad.to_degrees();
    match degrees.abs() {
        d if d > 160.0 => Turn::Around,
        d if d > 50.0 => {
            if degrees > 0.0 {
                Turn::Left
            } else {
                Turn::Right
            }
        }
        d if d > 30.0 => {
            if degrees > 0.0 {
                Turn::PartLeft
            } else {
                Turn::PartRight
            }
        }
        _ => Turn::Straight,
    }
}

/// The angle from the end of one road to the start of the next, positive to the left.
pub fn turn_angle_rad(from: &Road, to: &Road) -> f64 {
    angle_rad(end_direction(&from.line_m), start_direction(&to.line_m))
}

/// Whether a turn crosses oncoming traffic.
pub fn crosses_oncoming(turn: Turn, left_hand: bool) -> bool {
    match turn {
        Turn::Left | Turn::PartLeft => !left_hand,
        Turn::Right | Turn::PartRight => left_hand,
        Turn::Around => true,
        Turn::Straight | Turn::Unknown => false,
    }
}

/// Whether a turn goes around the near corner.
pub fn turns_to_kerb(turn: Turn, left_hand: bool) -> bool {
    match turn {
        Turn::Right | Turn::PartRight => !left_hand,
        Turn::Left | Turn::PartLeft => left_hand,
        _ => false,
    }
}

/// Pairs inbound and outbound lanes, both listed from the kerb outwards: side by side from the kerb, or from the
/// median for turns across oncoming traffic. Where one side has more lanes, the last lane of the other is paired with
/// all that are left.
pub fn pair_lanes(inbound: &[u16], outbound: &[u16], from_median: bool) -> Vec<(u16, u16)> {
    let n = inbound.len().max(outbound.len());
    if inbound.is_empty() || outbound.is_empty() {
        return Vec::new();
    }
    let pick = |lanes: &[u16], rank: usize| {
        let rank = rank.min(lanes.len() - 1);
        if from_median { lanes[lanes.len() - 1 - rank] } else { lanes[rank] }
    };
    let mut pairs: Vec<(u16, u16)> = (0..n).map(|rank| (pick(inbound, rank), pick(outbound, rank))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Keeps the pairs of lanes that some vehicle may use on both sides.
pub fn usable(pairs: Vec<(u16, u16)>, from: &Road, to: &Road) -> Vec<(u16, u16)> {
    pairs
        .into_iter()
        .filter(|&(a, b)| from.lanes[usize::from(a)].allowed.and(to.lanes[usize::from(b)].allowed).allows_vehicles())
        .collect()
}

fn vehicle_lanes(road: &Road) -> Vec<u16> {
    (0..road.lanes.len())
        .filter(|&index| road.lanes[index].allowed.allows_vehicles())
        .map(|index| index as u16)
        .collect()
}

/// The lanes a turn uses where the table names none.
///
/// Turns to the kerb side leave from the kerb lane, turns across from the lane next to the median, through traffic from
/// all lanes. Where a node has no way straight on, the turns share the lanes half and half.
pub fn default_pairs(from: &Road, to: &Road, turn: Turn, has_straight: bool, left_hand: bool) -> Vec<(u16, u16)> {
    let inbound = vehicle_lanes(from);
    let outbound = vehicle_lanes(to);
    let across = crosses_oncoming(turn, left_hand);
    let n_turning = if has_straight || turn == Turn::Around { 1 } else { inbound.len().div_ceil(2) };
    let used: &[u16] = match turn {
        Turn::Straight | Turn::Unknown => &inbound,
        _ if across => &inbound[inbound.len().saturating_sub(n_turning)..],
        _ => &inbound[..n_turning.min(inbound.len())],
    };
    // Turning vehicles keep to as many lanes as they came from.
    let wanted: &[u16] = match turn {
        Turn::Straight | Turn::Unknown => &outbound,
        _ if across => &outbound[outbound.len().saturating_sub(used.len())..],
        _ => &outbound[..used.len().min(outbound.len())],
    };
    usable(pair_lanes(used, wanted, across), from, to)
}

/// Adds the movements of nodes that have none: every sensible turn. Returns how many were added.
pub fn generate(map: &mut RoadMap) -> usize {
    let n_nodes = map.nodes.len();
    let mut has_movement = vec![false; n_nodes];
    for movement in &map.movements {
        has_movement[map.roads[movement.from].to] = true;
    }
    let mut inbound = vec![Vec::new(); n_nodes];
    let mut outbound = vec![Vec::new(); n_nodes];
    for (index, road) in map.roads.iter().enumerate() {
        inbound[road.to].push(index);
        outbound[road.from].push(index);
    }
    let mut n_added = 0;
    for node in (0..n_nodes).filter(|&node| !has_movement[node]) {
        for &from in &inbound[node] {
            let ways: Vec<usize> =
                outbound[node].iter().copied().filter(|&to| map.roads[to].to != map.roads[from].from).collect();
            // Turning round is sensible only where nothing else is possible.
            let may_turn_round = ways.is_empty() && !map.nodes[node].is_external;
            let ways = if may_turn_round { outbound[node].clone() } else { ways };
            for to in ways {
                let id = format!("{}>{}", map.roads[from].id, map.roads[to].id);
                map.movements.push(RoadMovement::plain(id, from, to));
                n_added += 1;
            }
        }
    }
    n_added
}

/// Fills turns and lane pairs that are not given.
pub fn complete(map: &mut RoadMap) {
    for movement in &mut map.movements {
        let (from, to) = (&map.roads[movement.from], &map.roads[movement.to]);
        movement.turn.get_or_insert_with(|| {
            if to.to == from.from && to.from == from.to && turn_angle_rad(from, to).abs() > 2.0 {
                Turn::Around
            } else {
                turn_of_angle(turn_angle_rad(from, to))
            }
        });
    }
    let mut has_straight = vec![false; map.roads.len()];
    for movement in &map.movements {
        has_straight[movement.from] |= movement.turn == Some(Turn::Straight);
    }
    for movement in map.movements.iter_mut().filter(|movement| movement.pairs.is_empty()) {
        let turn = movement.turn.unwrap_or(Turn::Unknown);
        let (from, to) = (&map.roads[movement.from], &map.roads[movement.to]);
        movement.pairs = default_pairs(from, to, turn, has_straight[movement.from], map.left_hand);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_pair_side_by_side() {
        assert_eq!(pair_lanes(&[0, 1], &[0, 1], false), vec![(0, 0), (1, 1)]);
        assert_eq!(pair_lanes(&[2], &[0, 1], true), vec![(2, 0), (2, 1)]);
        assert_eq!(pair_lanes(&[1, 2], &[0, 1, 2], true), vec![(1, 0), (1, 1), (2, 2)]);
        assert_eq!(pair_lanes(&[0, 1, 2], &[0, 1], false), vec![(0, 0), (1, 1), (2, 1)]);
    }

    #[test]
    fn turns_are_named_by_angle() {
        assert_eq!(turn_of_angle(1.57), Turn::Left);
        assert_eq!(turn_of_angle(-1.57), Turn::Right);
        assert_eq!(turn_of_angle(0.2), Turn::Straight);
        assert_eq!(turn_of_angle(3.1), Turn::Around);
    }
}
