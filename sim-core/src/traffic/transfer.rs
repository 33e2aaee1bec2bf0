//! Pass `transfer`: vehicles that left their link are put in order on the next, and everything that is derived from
//! positions is made true again: what others see, rears on links behind, sums by lane.

use crate::ids::{LaneId, LinkId, TripId};
use crate::network::Network;
use crate::traffic::advance::Outcome;
use crate::traffic::pieces::{Pieces, for_each};
use crate::traffic::scene::Scene;
use crate::traffic::state::{Ghost, LaneSummary, Own, Place, Seen, Traffic, summarize_lanes};

/// What became of the vehicles of some links when they moved.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// One outcome for each vehicle, in the order of links and vehicles.
    pub outcomes: Vec<Outcome>,
    /// The links whose vehicles are no longer in order, or that somebody leaves; with the position of the outcome of
    /// their first vehicle.
    untidy: Vec<(LinkId, usize)>,
}

impl Moved {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.outcomes.clear();
        self.untidy.clear();
    }
    /// Whether the vehicles of a link, whose outcomes begin at a position, must be put in order.
    pub fn needs_order(&self, vehicles: &[Own], first_outcome: usize) -> bool {
        self.outcomes[first_outcome..].iter().any(|outcome| *outcome != Outcome::Stays)
            || !vehicles.is_sorted_by(|a, b| order(a, b).is_le())
    }
    /// Leaves a link to be put in order.
    pub fn leave(&mut self, link: LinkId, first_outcome: usize) {
        self.untidy.push((link, first_outcome));
    }
}

/// Buffers of the pass.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    movers: Vec<Option<Own>>,
    /// Where the movers go, with their positions in `movers`: by (link, front, trip).
    arrivals: Vec<(LinkId, f64, TripId, usize)>,
    /// The links to put in order.
    links: Vec<LinkId>,
    pieces: Pieces,
}

/// Order of vehicles on a link: front first, ties by trip.
fn order(a: &Own, b: &Own) -> std::cmp::Ordering {
    b.front_m.total_cmp(&a.front_m).then(a.trip.cmp(&b.trip))
}

/// Moves vehicles between links by their outcomes, and makes true again what is derived: on links in `moved`, and on
/// those that somebody enters. Finds the links with vehicles anew.
pub fn run<'a>(
    scene: &Scene<'_>,
    traffic: &mut Traffic,
    moved: impl Iterator<Item = &'a Moved>,
    buffers: &mut Buffers,
    occupied: &mut Pieces,
) {
    buffers.links.clear();
    for moved in moved {
        for &(link, first_outcome) in &moved.untidy {
            buffers.links.push(link);
            take_movers(scene, traffic, link, &moved.outcomes[first_outcome..], buffers);
        }
    }
    put_movers(traffic, buffers);
    rebuild(scene, traffic, buffers);
    occupied.find(&traffic.presence, &traffic.own);
    place_ghosts(scene, traffic, occupied.links());
}

fn take_movers(scene: &Scene<'_>, traffic: &mut Traffic, link: LinkId, outcomes: &[Outcome], buffers: &mut Buffers) {
    let mut outcomes = outcomes.iter();
    let leaves = |_: &mut Own| outcomes.next().is_some_and(|outcome| *outcome != Outcome::Stays);
    for own in traffic.own[link.index()].extract_if(.., leaves) {
        // Arrived vehicles were marked by an exhausted route index; they end here.
        if own.route_index == u32::MAX {
            traffic.n_vehicles -= 1;
            continue;
        }
        buffers.arrivals.push((scene.network.link_of(own.lane), own.front_m, own.trip, buffers.movers.len()));
        buffers.movers.push(Some(own));
    }
}

fn put_movers(traffic: &mut Traffic, buffers: &mut Buffers) {
    buffers.arrivals.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    for (link, _, _, position) in buffers.arrivals.drain(..) {
        buffers.links.push(link);
        traffic.own[link.index()].extend(buffers.movers[position].take());
    }
    buffers.movers.clear();
}

/// Below this number of vehicles everything runs on one thread; the results are the same.
pub const SERIAL_BELOW: u32 = 1500;

/// Whether so many vehicles, with the roads under them, are more than the caches hold: then it pays to read what a pass
/// will need for many of them before it works on the first.
pub fn is_worth_fetching(n_vehicles: u32) -> bool {
    n_vehicles >= SERIAL_BELOW
}

/// Whether there is enough work for several threads, and several threads for the work.
#[expect(clippy::disallowed_methods, reason = "shared or not, every link gets the same work and the same bits")]
pub fn is_worth_sharing(n_vehicles: u32) -> bool {
    n_vehicles >= SERIAL_BELOW && rayon::current_num_threads() > 1
}

fn rebuild(scene: &Scene<'_>, traffic: &mut Traffic, buffers: &mut Buffers) {
    let network = scene.network;
    let Traffic { own, seen, lanes, longest_on_m, n_vehicles, presence, .. } = traffic;
    let Buffers { links, pieces, .. } = buffers;
    links.sort_unstable();
    links.dedup();
    for &link in &*links {
        presence.set_fronts(link, !own[link.index()].is_empty());
    }
    pieces.cut(links.iter().map(|&link| (link, own[link.index()].len())));
    let columns = pieces.split(own, |link| link).zip(pieces.split(seen, |link| link));
    let longest_m = pieces.split(longest_on_m, |link| link);
    let lanes = pieces.split(lanes.as_mut_slice(), |link| network.lanes_before(link));
    let jobs = pieces.iter().zip(columns.zip(longest_m.zip(lanes)));
    for_each(
        jobs,
        is_worth_sharing(*n_vehicles),
        |(links, (((first, own), (_, seen)), ((_, longest_m), (first_lane, sums))))| {
            for &link in links {
                let at = link.index() - first;
                sort_nearly_sorted(&mut own[at]);
                let lanes = network.lanes_of(link);
                let sums = &mut sums[lanes.start - first_lane..lanes.end - first_lane];
                show(scene, lanes, &own[at], &mut seen[at], sums);
                longest_m[at] = seen[at].iter().fold(0.0, |longest, seen| seen.length_m().max(longest));
            }
        },
    );
}

/// Makes true what others see of the vehicles of a link, and its lane sums.
pub fn show(
    scene: &Scene<'_>,
    lanes: std::ops::Range<usize>,
    own: &[Own],
    seen: &mut Vec<Seen>,
    sums: &mut [LaneSummary],
) {
    seen.clear();
    seen.extend(own.iter().map(|own| own.project(scene.network, scene.kind(own.kind))));
    summarize_lanes(&scene.network.lanes.as_slice()[lanes], scene.drivers, seen, sums);
}

/// Insertion sort: the order of the last step is nearly right.
fn sort_nearly_sorted(vehicles: &mut [Own]) {
    for index in 1..vehicles.len() {
        let mut at = index;
        while at > 0 && order(&vehicles[at - 1], &vehicles[at]) == std::cmp::Ordering::Greater {
            vehicles.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// How far lateral positions shift from a lane back to the one the vehicle came from. The lane it is on need not be the
/// one its connector led to: what counts is the way between the links.
fn shift_back_m(network: &Network, lane: LaneId, ahead: LaneId) -> f32 {
    let link = network.link_of(ahead);
    let leads_to = network.outgoing[lane].iter().map(|&connector| network.connectors[connector].to);
    let entered =
        leads_to.filter(|&to| network.link_of(to) == link).min_by_key(|&to| (to != ahead, to)).unwrap_or(ahead);
    (network.lanes[lane].offset_m - network.lanes[entered].offset_m) as f32
}

/// Puts the rears of vehicles on the links behind their fronts. `links` are those with vehicles.
pub fn place_ghosts(scene: &Scene<'_>, traffic: &mut Traffic, links: &[LinkId]) {
    let Traffic { own, seen, ghosts, ghost_links, presence, longest_m, .. } = traffic;
    for link in ghost_links.drain(..) {
        ghosts[link.index()].clear();
        presence.set_rears(link, false);
    }
    let longest_m = *longest_m as f32;
    for &link in links {
        let (own, seen) = (&own[link.index()], &seen[link.index()]);
        // Whose front lies farther on than the longest vehicle is long has its rear on the link.
        let near = seen.iter().rposition(|seen| seen.front_m > longest_m).map_or(0, |slot| slot + 1);
        for (slot, seen) in seen.iter().enumerate().skip(near) {
            // Whose rear is on its own link need not be looked at.
            if seen.rear_m > 0.0 {
                continue;
            }
            let own = &own[slot];
            let place = Place { link, slot: slot as u32 };
            let mut front_m = own.front_m;
            let length_m = scene.kind(own.kind).length_m;
            let (mut ahead, mut shift_m) = (own.lane, 0.0);
            for &lane in own.lanes_behind() {
                let column = &scene.network.lanes[lane];
                front_m += column.length_m;
                shift_m += shift_back_m(scene.network, lane, ahead);
                ahead = lane;
                let ghost = Seen {
                    front_m: front_m as f32,
                    rear_m: (front_m - length_m) as f32,
                    kerb_m: seen.kerb_m + shift_m,
                    outer_m: seen.outer_m + shift_m,
                    lane: column.index,
                    ..*seen
                };
                let list = &mut ghosts[column.link.index()];
                if list.is_empty() {
                    ghost_links.push(column.link);
                    presence.set_rears(column.link, true);
                }
                list.push(Ghost { seen: ghost, place });
            }
        }
    }
    for &link in &*ghost_links {
        ghosts[link.index()]
            .sort_by(|a, b| b.seen.rear_m.total_cmp(&a.seen.rear_m).then(a.seen.trip.cmp(&b.seen.trip)));
    }
}
