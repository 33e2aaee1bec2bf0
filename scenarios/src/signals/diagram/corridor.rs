//! Time-space diagram: signals of a corridor along the way, their greens over time, and the bands in which one drives
//! through on green.

mod draw;

use std::collections::{BTreeMap, VecDeque};

use sim_core::ids::LinkId;
use sim_core::network::parts::LinkKind;

use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::signals::sites::{Site, SiteControl};
use crate::signals::timing::greens;

/// A way this much longer than the straight line is no corridor.
const LONGEST_DETOUR: f64 = 1.4;

/// A signal on the way.
#[derive(Clone, PartialEq, Debug)]
pub struct Stop {
    /// Junction.
    pub junction: String,
    /// Readable name.
    pub title: String,
    /// Distance of its stop line from that of the first.
    pub at_m: f64,
    /// Time to drive there from the first at the speed of progression.
    pub at_s: f64,
    /// Cycle.
    pub cycle_ms: i64,
    /// Greens of those who drive on along the corridor: start and length, ms since midnight modulo the cycle.
    pub greens: Vec<(i64, i64)>,
}

/// One direction of a corridor.
#[derive(Clone, PartialEq, Debug)]
pub struct Direction {
    /// From the first junction to the last, or back.
    pub is_forth: bool,
    /// Signals in driving order.
    pub stops: Vec<Stop>,
    /// Links on the way, inside junctions too, and how far from the first stop line each begins.
    pub links: Vec<(LinkId, f64)>,
    /// Bands: times of departure from the first stop line with green all the way; start and length, ms modulo the cycle.
    pub bands: Vec<(i64, i64)>,
}

/// A vehicle on the way.
#[derive(Clone, PartialEq, Debug)]
pub struct Trajectory {
    /// Position of its direction.
    pub direction: usize,
    /// External id of its trip.
    pub trip: String,
    /// Time, seconds since midnight, and distance from the first stop line.
    pub points: Vec<(f64, f64)>,
}

/// A corridor over time and space.
#[derive(Clone, PartialEq, Debug)]
pub struct Corridor {
    /// Common cycle; `None` where cycles differ, so that there is no band.
    pub cycle_ms: Option<i64>,
    /// There and back, where the streets allow it.
    pub directions: Vec<Direction>,
    /// Vehicles as they were simulated, if they were.
    pub trajectories: Vec<Trajectory>,
}

/// The corridor through junctions in the order given. `speed_mps` is that of progression; else the limits.
///
/// # Errors
/// Junctions that are not there, have no signal, or are not joined by streets.
pub fn corridor(
    loaded: &Loaded,
    sites: &[Site],
    wanted: &[String],
    speed_mps: Option<f64>,
) -> Result<Corridor, Problems> {
    let mut problems = Problems::default();
    let mut chosen = Vec::new();
    for name in wanted {
        let known: Vec<&str> = sites.iter().map(|site| site.id.as_str()).collect();
        match sites.iter().position(|site| site.is_called(name)) {
            Some(at) if matches!(sites[at].control, SiteControl::Signal(_)) => chosen.push(at),
            Some(_) => problems.push(Problem::new("--corridor", format!("junction {name:?} has no signal"))),
            None => {
                let problem = Problem::new("--corridor", format!("{name:?} is no junction where traffic meets"));
                problems.push(match crate::read::table::nearest(name, &known) {
                    Some(near) => problem.hint(format!("did you mean {near:?}?")),
                    None => problem,
                });
            }
        }
    }
    if wanted.len() < 2 {
        problems.push(Problem::new("--corridor", "needs at least two junctions"));
    }
    problems.or_ok(())?;
    let forth = direction(loaded, sites, &chosen, speed_mps, true);
    chosen.reverse();
    let back = direction(loaded, sites, &chosen, speed_mps, false);
    let directions: Vec<Direction> = [forth, back].into_iter().flatten().collect();
    if directions.is_empty() {
        let message = "no streets join these junctions in this order, nor the other way round";
        return Err(Problem::new("--corridor", message)
            .hint("name junctions that follow one another along a street")
            .into());
    }
    let mut cycles: Vec<i64> = directions.iter().flat_map(|d| d.stops.iter().map(|stop| stop.cycle_ms)).collect();
    cycles.sort_unstable();
    cycles.dedup();
    let cycle_ms = if let [only] = cycles[..] { Some(only) } else { None };
    let mut corridor = Corridor { cycle_ms, directions, trajectories: Vec::new() };
    if let Some(cycle_ms) = cycle_ms {
        for direction in &mut corridor.directions {
            direction.bands = bands(&direction.stops, cycle_ms);
        }
    }
    Ok(corridor)
}

/// Links from a junction to another, the first leaving the one, the last ending at the other; the shortest way.
fn way(loaded: &Loaded, from: usize, to: usize) -> Option<Vec<LinkId>> {
    let parts = &loaded.parts;
    let mut next: BTreeMap<LinkId, Vec<LinkId>> = BTreeMap::new();
    for connector in &parts.connectors {
        let (a, b) = (connector.from.link, connector.leads_to.link);
        if parts.links[a.index()].kind == LinkKind::Road && parts.links[b.index()].kind == LinkKind::Road {
            next.entry(a).or_default().push(b);
        }
    }
    let starts = (0..parts.links.len())
        .filter(|&index| parts.links[index].kind == LinkKind::Road && parts.links[index].from.index() == from)
        .map(|index| LinkId(index as u32));
    let mut before: BTreeMap<LinkId, Option<LinkId>> = starts.map(|link| (link, None)).collect();
    let mut queue: VecDeque<LinkId> = before.keys().copied().collect();
    while let Some(link) = queue.pop_front() {
        if parts.links[link.index()].to.index() == to {
            let mut links = vec![link];
            while let Some(Some(last)) = before.get(&links[links.len() - 1]) {
                links.push(*last);
            }
            links.reverse();
            return Some(links);
        }
        for &other in next.get(&link).into_iter().flatten() {
            if let std::collections::btree_map::Entry::Vacant(place) = before.entry(other) {
                place.insert(Some(link));
                queue.push_back(other);
            }
        }
    }
    None
}

/// Whether a way is that of a street, and no detour around blocks of one-way streets.
fn is_straight(loaded: &Loaded, from: usize, to: usize, links: &[LinkId]) -> bool {
    let parts = &loaded.parts;
    let position = |junction: usize| parts.junctions[junction].position_in_city_m;
    let ([x, y], [u, v]) = (position(from), position(to));
    let length_m: f64 = links.iter().map(|link| parts.links[link.index()].lanes[0].length_m).sum();
    length_m <= LONGEST_DETOUR * (x - u).hypot(y - v) + 50.0
}

fn direction(
    loaded: &Loaded,
    sites: &[Site],
    chosen: &[usize],
    speed_mps: Option<f64>,
    is_forth: bool,
) -> Option<Direction> {
    let parts = &loaded.parts;
    let ways: Vec<Vec<LinkId>> = chosen
        .windows(2)
        .map(|pair| {
            let [a, b] = [pair[0], pair[1]].map(|at| sites[at].junction);
            way(loaded, a, b).filter(|links| is_straight(loaded, a, b, links))
        })
        .collect::<Option<_>>()?;
    let mut stops: Vec<Stop> = Vec::new();
    let (mut at_m, mut at_s) = (0.0, 0.0);
    let mut links = Vec::new();
    for (position, &at) in chosen.iter().enumerate() {
        let site = &sites[at];
        let SiteControl::Signal(signal) = site.control else { return None };
        if position > 0 {
            let mut from = position
                .checked_sub(2)
                .and_then(|before| ways[before].last().copied())
                .or_else(|| straight_into(&sites[chosen[position - 1]], ways[position - 1][0]));
            for &link in &ways[position - 1] {
                let lane = &parts.links[link.index()].lanes[0];
                let mut passed = from.map_or_else(Vec::new, |from| inside(loaded, from, link));
                passed.push((link, lane.length_m, lane.speed_limit_mps));
                for (link, length_m, limit_mps) in passed {
                    links.push((link, at_m));
                    at_m += length_m;
                    at_s += length_m / speed_mps.unwrap_or(limit_mps.min(60.0));
                }
                from = Some(link);
            }
        }
        let plan = &loaded.signals.plans[signal];
        // Who comes along the corridor and goes on; at the ends, who starts or ends there.
        let comes = position.checked_sub(1).and_then(|before| ways[before].last().copied());
        let goes = ways.get(position).and_then(|way| way.first().copied());
        let along = site.movements.iter().filter(|movement| {
            comes.is_none_or(|link| site.approaches[movement.approach].link == link)
                && goes.is_none_or(|link| movement.to == link)
        });
        // At an end several movements start or end: the one that goes straight on is meant.
        let entry =
            along.min_by_key(|movement| movement.role != crate::signals::sites::Role::Through)?.entries.first()?;
        let head = parts.connectors[*entry].signal.map(|(_, head)| usize::from(head));
        let greens = head.map_or_else(Vec::new, |head| {
            greens(plan, head)
                .into_iter()
                .map(|green| ((green.start_ms + plan.offset_ms).rem_euclid(plan.cycle_ms().max(1)), green.length_ms))
                .collect()
        });
        let (junction, title) = (site.id.clone(), site.title.clone());
        stops.push(Stop { junction, title, at_m, at_s, cycle_ms: plan.cycle_ms(), greens });
    }
    Some(Direction { is_forth, stops, links, bands: Vec::new() })
}

/// The approach from which one drives straight on into a link.
fn straight_into(site: &Site, link: LinkId) -> Option<LinkId> {
    let into = site.movements.iter().filter(|movement| movement.to == link);
    let movement = into.min_by_key(|movement| movement.role != crate::signals::sites::Role::Through)?;
    Some(site.approaches[movement.approach].link)
}

/// Links inside junctions on the way from one link to the next: length and speed limit.
fn inside(loaded: &Loaded, from: LinkId, to: LinkId) -> Vec<(LinkId, f64, f64)> {
    let parts = &loaded.parts;
    let first = parts.connectors.iter().find(|c| c.from.link == from && c.leads_to.link == to);
    let mut at = first.map(|connector| connector.to);
    let mut found = Vec::new();
    while let Some(lane) = at.filter(|lane| parts.links[lane.link.index()].kind == LinkKind::Internal) {
        let part = &parts.links[lane.link.index()].lanes[usize::from(lane.index)];
        found.push((lane.link, part.length_m, part.speed_limit_mps));
        at = parts.connectors.iter().find(|c| c.from == lane).map(|c| c.to);
    }
    found
}

/// Times of departure that meet green at all stops, as stretches within the cycle.
pub fn bands(stops: &[Stop], cycle_ms: i64) -> Vec<(i64, i64)> {
    let mut open: Vec<(i64, i64)> = vec![(0, cycle_ms)];
    for stop in stops {
        let shift = (stop.at_s * 1000.0).round() as i64;
        let mut green: Vec<(i64, i64)> = Vec::new();
        for &(start_ms, length_ms) in &stop.greens {
            let start = (start_ms - shift).rem_euclid(cycle_ms);
            let end = start + length_ms.min(cycle_ms);
            green.push((start, end.min(cycle_ms)));
            if end > cycle_ms {
                green.push((0, end - cycle_ms));
            }
        }
        open = open
            .iter()
            .flat_map(|&(from, to)| green.iter().map(move |&(start, end)| (from.max(start), to.min(end))))
            .filter(|(from, to)| from < to)
            .collect();
        open.sort_unstable();
    }
    // A stretch over the end of the cycle is one.
    let mut bands: Vec<(i64, i64)> = open.into_iter().map(|(from, to)| (from, to - from)).collect();
    if bands.len() > 1 {
        let (first, last) = (bands[0], bands[bands.len() - 1]);
        if first.0 == 0 && last.0 + last.1 == cycle_ms {
            bands.remove(0);
            let end = bands.len() - 1;
            bands[end].1 += first.1;
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(at_s: f64, start_s: i64, length_s: i64) -> Stop {
        let greens = vec![(start_s * 1000, length_s * 1000)];
        Stop { junction: String::new(), title: String::new(), at_m: 10.0 * at_s, at_s, cycle_ms: 80_000, greens }
    }

    #[test]
    fn equal_blocks_of_half_a_cycle_have_the_whole_green_as_band() {
        // Blocks that take half a cycle, offsets that alternate: the whole green passes, both ways.
        let there: Vec<Stop> = (0..5).map(|k| stop(40.0 * f64::from(k), if k % 2 == 0 { 0 } else { 40 }, 36)).collect();
        assert_eq!(bands(&there, 80_000), [(0, 36_000)]);
        let back: Vec<Stop> = (0..5).map(|k| stop(40.0 * f64::from(k), if k % 2 == 0 { 0 } else { 40 }, 36)).collect();
        assert_eq!(bands(&back, 80_000), [(0, 36_000)]);
        // Simultaneous greens: each block of a quarter cycle takes a quarter off.
        let together = [stop(0.0, 0, 36), stop(20.0, 0, 36)];
        assert_eq!(bands(&together, 80_000), [(0, 16_000)]);
        // Over the end of the cycle a band is one.
        let late = [stop(0.0, 70, 36), stop(5.0, 70, 36)];
        assert_eq!(bands(&late, 80_000), [(70_000, 31_000)]);
        assert_eq!(bands(&[stop(0.0, 0, 20), stop(40.0, 0, 20)], 80_000), []);
    }
}
