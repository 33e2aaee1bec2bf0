//! Which lanes lead on along a route: how far one can drive on each lane without changing, how many lanes aside the
//! best one lies, and by which connector each lane goes on.
//!
//! For every road of the route the next roads are looked through, up to eight roads or 3 km (as SUMO does); going
//! backwards, a lane takes over the length of the best lane it leads to.

mod ahead;
mod draft;
pub mod now;
mod roads;

use serde::{Deserialize, Serialize};

use crate::ids::{ConnectorId, LaneId, LinkId};
use crate::math::Bounded;
use crate::network::Network;
use crate::ports::Rule;
use crate::traffic::demand::Arrival;
use crate::units::VehicleClass;
use roads::{Roads, Way};

pub use ahead::{lane_at, last_lane, occupation_ahead_m, path, road_lanes, way};
pub use draft::{Draft, along};

/// What a lane means for a route.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct LanePref {
    /// Distance that can be driven from the start of the lane without a lane change.
    pub length_m: f32,
    /// Number of lanes to change towards the best lane, outwards positive.
    pub offset: i8,
    /// Whether the route goes on from this lane.
    pub continues: bool,
    /// Number of lanes of its road.
    n_lanes: u8,
    /// The connector by which it best goes on; `NONE` at the route's end or on a lane that leads elsewhere.
    pub next: ConnectorId,
    /// The road lane to which that connector leads in the end; `NONE` without it.
    pub next_lane: LaneId,
}

impl LanePref {
    /// A lane on which one can drive for ever.
    pub const ENDLESS: Self = Self { length_m: f32::INFINITY, continues: true, ..Self::FILLER };
    /// Fills up the rows of roads with fewer lanes than the widest road of the route.
    const FILLER: Self = Self {
        length_m: 0.0,
        offset: 0,
        continues: false,
        n_lanes: 0,
        next: ConnectorId::NONE,
        next_lane: LaneId::NONE,
    };
    fn of(network: &Network, entry: &Entry, n_lanes: usize) -> Self {
        let next_lane = if entry.next.is_some() { network.connectors[entry.next].leads_to } else { LaneId::NONE };
        Self {
            length_m: entry.length_m as f32,
            offset: entry.offset.clamp(-127, 127) as i8,
            continues: entry.continues,
            n_lanes: u8::try_from(n_lanes).unwrap_or(u8::MAX),
            next: entry.next,
            next_lane,
        }
    }
}

/// The lane preferences along a route: for each road of the route, one entry per lane.
///
/// Rows are equally long, so that a lane's entry is found without looking anything up.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RoutePrefs {
    n_roads: u32,
    row: u32,
    /// Number of roads up to the last one whose row is true for the signals as they were on entering it.
    n_true: u32,
    /// Number of roads up to the last one whose row is other than without signals.
    n_patched: u32,
    lanes: Vec<LanePref>,
}

impl RoutePrefs {
    /// The preferences on the road at a position of the route.
    #[inline]
    pub fn at(&self, route_index: usize) -> &[LanePref] {
        let from = route_index * self.row as usize;
        match self.lanes.get(from) {
            Some(first) => &self.lanes[from..from + first.n_lanes as usize],
            None => &[],
        }
    }
    /// The preference of one lane, as position in the road at a position of the route.
    #[inline]
    pub fn of_lane(&self, route_index: usize, lane: usize) -> Option<&LanePref> {
        let row = self.row as usize;
        if lane < row { self.lanes.get(route_index * row + lane).filter(|pref| pref.n_lanes > 0) } else { None }
    }
    /// Number of roads of the route.
    pub fn len(&self) -> usize {
        self.n_roads as usize
    }
    /// Whether the route is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A place on the route where the vehicle must be in a certain lane: its next stop, or its arrival lane.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Target {
    /// Position of the road in the route.
    pub route_index: usize,
    /// The lane, as position in the link.
    pub lane: u16,
    /// Where on the lane.
    pub position_m: f64,
}

impl Target {
    /// The arrival lane as a target, if the trip has one.
    pub fn of_arrival(network: &Network, route: &[LinkId], arrival: Arrival) -> Option<Self> {
        let lane = arrival.lane?;
        let last = *route.last()?;
        let length_m = network.links[last].length_m;
        let position_m = arrival.position_m.map_or(length_m, |p| if p < 0.0 { length_m + p } else { p });
        Some(Self { route_index: route.len() - 1, lane: lane.min(network.links[last].n_lanes - 1), position_m })
    }
}

/// Who drives along the route.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rider {
    /// Vehicle class, for permissions.
    pub class: VehicleClass,
    /// Distance it needs to brake from top speed: the look-ahead covers it.
    pub reach_m: f64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Entry {
    length_m: f64,
    own_length_m: f64,
    offset: i32,
    continues: bool,
    next: ConnectorId,
    priority: i32,
    /// Whether some connector leads here from the road before.
    is_connected: bool,
    /// First of the ways by which it leads on to the next road, and their number.
    first_way: u32,
    n_ways: u32,
}

/// The entries of the road at `start`, from the roads within sight of it; those of the roads behind follow them in the
/// working space. The buffers are the roads looked at so far, and that space.
fn window<'a>(
    network: &Network,
    (route, start): (&[LinkId], usize),
    rider: Rider,
    target: Option<Target>,
    (roads, entries): (&mut Roads, &'a mut Vec<Entry>),
    rules: Option<&now::Rules>,
) -> &'a [Entry] {
    let reach_m = network.links[route[start]].length_m + rider.reach_m;
    let mut seen_m = 0.0;
    let mut last = start;
    for index in start..route.len() {
        if index == roads.ends.len() {
            roads.push(network, route, (rider, target), rules);
        }
        last = index;
        seen_m += network.links[route[index]].length_m;
        let n = index - start + 1;
        let is_target = target.is_some_and(|target| target.route_index == index);
        if is_target || !goes_on(n, seen_m, reach_m) {
            break;
        }
    }
    // What a road takes over depends on the roads behind it alone.
    if let Some((first, known)) = roads.seen
        && known == last
    {
        let from = roads.range(first).start;
        let here = roads.range(start);
        return &entries[here.start - from..here.end - from];
    }
    roads.seen = Some((start, last));
    let from = roads.range(start).start;
    entries.clear();
    entries.extend_from_slice(&roads.entries[from..roads.ends[last]]);
    let range = |index: usize| {
        let range = roads.range(index);
        range.start - from..range.end - from
    };
    finish_last(network, route[last], rider.class, &mut entries[range(last)]);
    for index in (start..last).rev() {
        let (here, next) = (range(index), range(index + 1));
        let (before, after) = entries.split_at_mut(next.start);
        link_up(network, (route[index], rider.class), &roads.ways, &mut before[here], &after[..next.len()]);
    }
    &entries[range(start)]
}

/// Whether the look-ahead goes on after so many roads and so much way.
fn goes_on(n_roads: usize, seen_m: f64, reach_m: f64) -> bool {
    (n_roads <= 4 || seen_m < reach_m.at_least(3000.0)) && (n_roads <= 8 || seen_m < reach_m.at_least(200.0))
}

fn may_change(network: &Network, lane: LaneId, outwards: bool, class: VehicleClass) -> bool {
    let column = &network.lanes[lane];
    let permission = if outwards { column.change_outwards } else { column.change_inwards };
    let neighbor = if outwards { lane.0 + 1 } else { lane.0.wrapping_sub(1) };
    permission.allows(class)
        && (neighbor as usize) < network.lanes.len()
        && network.lanes[LaneId(neighbor)].link == column.link
        && network.lanes[LaneId(neighbor)].allowed.allows(class)
}

/// Points every lane that is worse than the best to the nearest best one, and shuts off lanes from which it cannot be
/// reached.
fn finish_last(network: &Network, link: LinkId, class: VehicleClass, lanes: &mut [Entry]) {
    let best_m = lanes.iter().fold(-1.0, |best: f64, entry| best.max(entry.length_m));
    let first = lanes.iter().position(|entry| entry.length_m == best_m).unwrap_or(0) as i32;
    let last = lanes.iter().rposition(|entry| entry.length_m == best_m).unwrap_or(0) as i32;
    let (mut inwards_shut, mut outwards_shut) = (false, -1);
    for (index, entry) in lanes.iter_mut().enumerate() {
        if entry.length_m < best_m {
            let index_signed = index as i32;
            entry.offset = if (first - index_signed).abs() < (last - index_signed).abs() {
                first - index_signed
            } else {
                last - index_signed
            };
            let lane = LaneId(network.links[link].first_lane.0 + index as u32);
            if entry.offset < 0 && (inwards_shut || !may_change(network, lane, false, class)) {
                inwards_shut = true;
                entry.length_m = 0.0;
            } else if entry.offset > 0 && !may_change(network, lane, true, class) {
                outwards_shut = index_signed;
            }
        }
    }
    for entry in lanes.iter_mut().take((outwards_shut + 1).max(0) as usize) {
        entry.length_m = 0.0;
    }
}

/// How much right of way a connector has: 1 with, 0 without. Lanes without connector have −1. Without `rules` all signals
/// count as red.
fn priority(network: &Network, connector: ConnectorId, rules: Option<&now::Rules>) -> i32 {
    let rule = rules.map_or_else(|| Rule::of_control(network.connectors[connector].control), |rules| rules[connector]);
    i32::from(rule.has_priority())
}

/// Carries lengths and offsets of the next road over to the lanes that lead there.
fn link_up(
    network: &Network,
    (link, class): (LinkId, VehicleClass),
    ways: &[Way],
    lanes: &mut [Entry],
    after: &[Entry],
) {
    let mut best_m = -1.0_f64;
    let mut best_connected_m = -1.0_f64;
    for entry in after {
        best_m = best_m.max(entry.length_m);
        if entry.is_connected {
            best_connected_m = best_connected_m.max(entry.length_m);
        }
    }
    let rank = |entry: &Entry| (entry.length_m, -entry.offset.abs(), entry.priority);
    let (mut best, mut best_last, mut top) = (0, 0, (f64::NEG_INFINITY, 0, 0));
    for (index, entry) in lanes.iter_mut().enumerate() {
        match if entry.continues { best_way(ways, entry, after) } else { None } {
            Some((candidate, way)) => {
                entry.length_m += if candidate.length_m == best_connected_m && candidate.offset.abs() < 2 {
                    best_m
                } else {
                    candidate.length_m
                };
                entry.offset = candidate.offset;
                if candidate.continues || candidate.length_m > 0.0 {
                    entry.next = way.connector;
                    entry.priority = way.priority;
                } else {
                    entry.continues = false;
                    entry.priority = -1;
                }
            }
            None => entry.continues = false,
        }
        let own = rank(entry);
        if own.0 > top.0 || (own.0 == top.0 && (own.1, own.2) > (top.1, top.2)) {
            (best, best_last, top) = (index, index, own);
        } else if own == top {
            best_last = index;
        }
    }
    match lanes {
        // Nothing is better than the only lane.
        [only] => only.offset = 0,
        _ => point_to_best(network, link, class, lanes, (best, best_last)),
    }
}

/// Of the ways by which a lane leads on, the one to the best lane, and that lane.
#[inline]
fn best_way<'a>(ways: &'a [Way], entry: &Entry, after: &'a [Entry]) -> Option<(&'a Entry, &'a Way)> {
    let (first, n) = (entry.first_way as usize, entry.n_ways as usize);
    let mut ways = ways[first..first + n].iter().map(|way| (&after[way.lane as usize], way));
    let mut chosen = ways.next()?;
    for (candidate, way) in ways {
        let best = chosen.0;
        if best.length_m < candidate.length_m
            || (best.length_m == candidate.length_m && best.offset.abs() > candidate.offset.abs())
        {
            chosen = (candidate, way);
        }
    }
    Some(chosen)
}

fn point_to_best(network: &Network, link: LinkId, class: VehicleClass, lanes: &mut [Entry], best: (usize, usize)) {
    let top = lanes[best.0];
    let (first, last) = (best.0 as i32, best.1 as i32);
    let (mut inwards_shut, mut outwards_shut) = (false, -1);
    for (index, entry) in lanes.iter_mut().enumerate() {
        let is_worse = entry.length_m < top.length_m
            || (entry.length_m == top.length_m && entry.offset.abs() > top.offset.abs())
            || entry.priority < top.priority;
        if !is_worse {
            entry.offset = 0;
            continue;
        }
        let index_signed = index as i32;
        entry.offset = if (first - index_signed).abs() < (last - index_signed).abs() {
            first - index_signed
        } else {
            last - index_signed
        };
        if entry.priority < top.priority {
            entry.length_m = entry.own_length_m;
        }
        let lane = LaneId(network.links[link].first_lane.0 + index as u32);
        if entry.offset < 0 && (inwards_shut || !may_change(network, lane, false, class)) {
            inwards_shut = true;
            if entry.length_m == entry.own_length_m {
                entry.length_m = 0.0;
            }
        } else if entry.offset > 0 && !may_change(network, lane, true, class) {
            outwards_shut = index_signed;
        }
    }
    for entry in lanes.iter_mut().take((outwards_shut + 1).max(0) as usize) {
        if entry.length_m == entry.own_length_m {
            entry.length_m = 0.0;
        }
    }
}
