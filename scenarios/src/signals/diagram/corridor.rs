//! Time-space diagram: signals of a corridor along the way, their greens over time, and the bands in which one drives
//! through on green.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use sim_core::ids::LinkId;
use sim_core::network::parts::LinkKind;

use super::split::quoted;
use super::{GREEN, RED, Svg, step_s};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::signals::sites::{Site, SiteControl};
use crate::signals::timing::greens;

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
    /// Bands: times of departure from the first stop line with green all the way; start and length, ms modulo the cycle.
    pub bands: Vec<(i64, i64)>,
}

/// A corridor over time and space.
#[derive(Clone, PartialEq, Debug)]
pub struct Corridor {
    /// Common cycle; `None` where cycles differ, so that there is no band.
    pub cycle_ms: Option<i64>,
    /// There and back, where the streets allow it.
    pub directions: Vec<Direction>,
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
    let mut corridor = Corridor { cycle_ms, directions };
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
        .map(|pair| way(loaded, sites[pair[0]].junction, sites[pair[1]].junction))
        .collect::<Option<_>>()?;
    let mut stops: Vec<Stop> = Vec::new();
    let (mut at_m, mut at_s) = (0.0, 0.0);
    for (position, &at) in chosen.iter().enumerate() {
        let site = &sites[at];
        let SiteControl::Signal(signal) = site.control else { return None };
        if position > 0 {
            for &link in &ways[position - 1] {
                let lane = &parts.links[link.index()].lanes[0];
                at_m += lane.length_m;
                at_s += lane.length_m / speed_mps.unwrap_or(lane.speed_limit_mps.min(60.0));
            }
            let (m, s) = inside(loaded, site_before(sites, chosen, position), &ways, position, speed_mps);
            at_m += m;
            at_s += s;
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
    Some(Direction { is_forth, stops, bands: Vec::new() })
}

fn site_before<'a>(sites: &'a [Site], chosen: &[usize], position: usize) -> &'a Site {
    &sites[chosen[position - 1]]
}

/// Length and time of the ways through junctions between the stop line before and this one.
fn inside(loaded: &Loaded, before: &Site, ways: &[Vec<LinkId>], position: usize, speed_mps: Option<f64>) -> (f64, f64) {
    let parts = &loaded.parts;
    let links = &ways[position - 1];
    let mut pairs: Vec<(LinkId, LinkId)> = links.windows(2).map(|pair| (pair[0], pair[1])).collect();
    // Through the junction before: from where one came, else from the approach that goes straight on.
    let came = position.checked_sub(2).and_then(|index| ways[index].last().copied()).or_else(|| {
        let on = before.movements.iter().filter(|movement| movement.to == links[0]);
        let movement = on.min_by_key(|movement| movement.role != crate::signals::sites::Role::Through)?;
        Some(before.approaches[movement.approach].link)
    });
    pairs.extend(came.map(|from| (from, links[0])));
    let mut sum = (0.0, 0.0);
    for (from, to) in pairs {
        let first = parts.connectors.iter().find(|c| c.from.link == from && c.leads_to.link == to);
        let mut at = first.map(|connector| connector.to);
        while let Some(lane) = at.filter(|lane| parts.links[lane.link.index()].kind == LinkKind::Internal) {
            let part = &parts.links[lane.link.index()].lanes[usize::from(lane.index)];
            sum.0 += part.length_m;
            sum.1 += part.length_m / speed_mps.unwrap_or(part.speed_limit_mps.min(60.0));
            at = parts.connectors.iter().find(|c| c.from == lane).map(|c| c.to);
        }
    }
    sum
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

impl Corridor {
    /// As a picture over some cycles; `begin_s` is the time at its left edge.
    pub fn svg(&self, title: &str, begin_s: f64) -> String {
        const LEFT: f64 = 190.0;
        const WIDTH: f64 = 760.0;
        const HEIGHT: f64 = 420.0;
        let top = 40.0;
        let longest = |value: fn(&Stop) -> f64| {
            self.directions.iter().flat_map(|d| d.stops.iter().map(value)).fold(1.0, f64::max)
        };
        let (length_m, time_s) = (longest(|stop| stop.at_m), longest(|stop| stop.at_s));
        let cycle_s = self.directions[0].stops.iter().map(|stop| stop.cycle_ms).max().unwrap_or(1000) as f64 / 1000.0;
        let shown_s = (2.0 * cycle_s + time_s).max(3.0 * cycle_s);
        let mut svg = Svg::new(LEFT + WIDTH + 30.0, top + HEIGHT + 60.0);
        svg.words([10.0, 18.0], "start", title);
        let x = |s: f64| LEFT + WIDTH * (s - begin_s) / shown_s;
        svg.push(&format!(
            "<clipPath id=\"area\"><rect x=\"{LEFT}\" y=\"{}\" width=\"{WIDTH}\" height=\"{}\"/></clipPath>",
            top - 10.0,
            HEIGHT + 20.0
        ));
        svg.push("<g clip-path=\"url(#area)\">");
        for direction in &self.directions {
            let total_m = direction.stops.last().map_or(1.0, |stop| stop.at_m).max(1.0);
            let along = |at_m: f64| if direction.is_forth { at_m } else { total_m - at_m };
            let y = |at_m: f64| top + HEIGHT * (1.0 - along(at_m) * (length_m / total_m) / length_m);
            let fill = if direction.is_forth { "#1f77b4" } else { "#ff7f0e" };
            for &(start, length) in &direction.bands {
                let cycle = self.cycle_ms.unwrap_or(1000);
                let first = ((begin_s - time_s) * 1000.0 / cycle as f64).floor() as i64 - 1;
                for turn in first..first + (shown_s * 1000.0 / cycle as f64) as i64 + 5 {
                    let from = (start + turn * cycle) as f64 / 1000.0;
                    let to = from + length as f64 / 1000.0;
                    let mut points: Vec<[f64; 2]> =
                        direction.stops.iter().map(|stop| [x(from + stop.at_s), y(stop.at_m)]).collect();
                    points.extend(direction.stops.iter().rev().map(|stop| [x(to + stop.at_s), y(stop.at_m)]));
                    svg.polygon(&points, fill, 0.25);
                }
            }
            for stop in &direction.stops {
                let level = y(stop.at_m) + if direction.is_forth { -3.0 } else { 3.0 };
                svg.line([LEFT, level, LEFT + WIDTH, level], RED, 2.0);
                for &(start, length) in &stop.greens {
                    let first = (begin_s * 1000.0 / stop.cycle_ms as f64).floor() as i64 - 1;
                    for turn in first..first + (shown_s * 1000.0 / stop.cycle_ms as f64) as i64 + 4 {
                        let from = (start + turn * stop.cycle_ms) as f64 / 1000.0;
                        svg.line([x(from), level, x(from + length as f64 / 1000.0), level], GREEN, 4.0);
                    }
                }
            }
        }
        svg.push("</g>");
        let first = &self.directions[0];
        let total_m = first.stops.last().map_or(1.0, |stop| stop.at_m).max(1.0);
        for stop in &first.stops {
            let share = if first.is_forth { stop.at_m / total_m } else { 1.0 - stop.at_m / total_m };
            svg.words([LEFT - 8.0, top + HEIGHT * (1.0 - share) + 4.0], "end", &stop.junction);
        }
        let step = step_s(shown_s);
        let mut at = (begin_s / step).ceil() * step;
        while at <= begin_s + shown_s {
            svg.line([x(at), top + HEIGHT + 10.0, x(at), top + HEIGHT + 14.0], "#666666", 1.0);
            svg.words([x(at), top + HEIGHT + 28.0], "middle", &format!("{}", at - begin_s));
            at += step;
        }
        svg.words([LEFT, top + HEIGHT + 48.0], "start", &self.words());
        svg.finish()
    }

    /// The bands in words.
    pub fn words(&self) -> String {
        let Some(cycle_ms) = self.cycle_ms else {
            return "cycles differ: there is no band".to_owned();
        };
        let of = |direction: &Direction| {
            let widest = direction.bands.iter().map(|(_, length)| *length).max().unwrap_or(0);
            let way = if direction.is_forth { "there" } else { "back" };
            format!("{way}: widest band {} s of a cycle of {} s", widest as f64 / 1000.0, cycle_ms as f64 / 1000.0)
        };
        self.directions.iter().map(of).collect::<Vec<_>>().join("; ")
    }

    /// As data: greens of signals and bands.
    pub fn csv(&self) -> String {
        let mut text = String::from("direction,kind,junction_id,distance_m,drive_s,cycle_s,start_s,length_s\n");
        let s = |ms: i64| ms as f64 / 1000.0;
        for direction in &self.directions {
            let way = if direction.is_forth { "there" } else { "back" };
            for stop in &direction.stops {
                for &(start, length) in &stop.greens {
                    let id = quoted(&stop.junction);
                    let (cycle, start, length) = (s(stop.cycle_ms), s(start), s(length));
                    writeln!(
                        text,
                        "{way},green,{id},{:.1},{:.2},{cycle:.3},{start:.3},{length:.3}",
                        stop.at_m, stop.at_s
                    )
                    .expect("writing to memory cannot fail");
                }
            }
            for &(start, length) in &direction.bands {
                let cycle = s(self.cycle_ms.unwrap_or(0));
                writeln!(text, "{way},band,,,,{cycle:.3},{:.3},{:.3}", s(start), s(length))
                    .expect("writing to memory cannot fail");
            }
        }
        text
    }
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
