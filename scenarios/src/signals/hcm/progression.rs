//! Platoons from the signal upstream: share of arrivals on green, and less randomness (HCM Chapters 18, 19 and 30).

use std::collections::{BTreeMap, BTreeSet};

use sim_core::ids::LinkId;
use sim_core::network::parts::{LinkKind, Turn};
use sim_core::signals::SignalPlan;
use sim_core::signals::hcm::delay::upstream_filtering;
use sim_core::signals::hcm::platoon::{Discharge, discharge_profile, disperse, share_on_green};
use sim_core::signals::hcm::weighted_mean;

use super::Case;
use crate::signals::sites::Site;
use crate::signals::timing::Green;

/// Farther upstream a signal no longer makes platoons that matter (0.6 mi).
const FARTHEST_M: f64 = 966.0;

/// What a movement of a signal sends off.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Stream {
    /// The link it enters.
    pub to: LinkId,
    /// Flow rate.
    pub flow_vph: f64,
    /// Its green.
    pub green: Green,
    /// Capacity.
    pub capacity_vph: f64,
    /// Flow rate over capacity.
    pub volume_to_capacity: f64,
}

/// What a signal sends off.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Upstream {
    /// Its cycle.
    pub cycle_ms: i64,
    /// Start of its cycle.
    pub offset_ms: i64,
    /// By movement.
    pub streams: Vec<Stream>,
}

/// Traffic as it arrives at an approach over the cycle of its signal.
pub(super) struct Arrivals {
    /// Vehicles by second of the cycle.
    profile: Vec<f64>,
    /// Upstream filtering factor.
    pub filtering: f64,
    /// The junction upstream.
    pub from: String,
}

impl Arrivals {
    /// What arrives at an approach, if a signal with the same cycle is near upstream.
    pub(super) fn at(
        case: &Case<'_>,
        sites: &[Site],
        upstream: &BTreeMap<usize, Upstream>,
        approach: usize,
        plan: &SignalPlan,
    ) -> Option<Self> {
        let cycle_ms = plan.cycle_ms();
        if cycle_ms % 1000 != 0 {
            return None;
        }
        let (links, length_m, time_s) = way_back(case, case.site.approaches[approach].link);
        if length_m > FARTHEST_M {
            return None;
        }
        let first = *links.last()?;
        let node = case.loaded.parts.links[first.index()].from.index();
        let (&at, sends) = upstream.iter().find(|(at, _)| sites[**at].junction == node)?;
        if sends.cycle_ms != cycle_ms {
            return None;
        }
        let streams: Vec<&Stream> =
            sends.streams.iter().filter(|stream| stream.to == first && stream.flow_vph > 0.0).collect();
        let n = (cycle_ms / 1000) as usize;
        let mut sent = vec![0.0; n];
        for stream in &streams {
            for (sum, part) in sent.iter_mut().zip(profile(stream, sends, plan, n)) {
                *sum += part;
            }
        }
        let mut profile = disperse(&sent, time_s);
        // Who comes from between arrives at random.
        let own_vph = case.rate_vph(&case.site.movements_of(
            approach,
            &[
                crate::signals::sites::Role::Across,
                crate::signals::sites::Role::Through,
                crate::signals::sites::Role::Near,
                crate::signals::sites::Role::Around,
            ],
        ));
        let from_upstream: f64 = streams.iter().map(|stream| stream.flow_vph).sum();
        let more = (own_vph - from_upstream).max(0.0) / 3600.0;
        profile.iter_mut().for_each(|flow| *flow += more);
        if profile.iter().sum::<f64>() <= 0.0 {
            return None;
        }
        let ratio = weighted_mean(streams.iter().map(|stream| (stream.volume_to_capacity, stream.flow_vph)));
        Some(Self { profile, filtering: upstream_filtering(ratio), from: sites[at].id.clone() })
    }

    /// Share of arrivals on green over the share of green in the cycle.
    pub(super) fn platoon_ratio(&self, green: &Green, effective_s: f64) -> f64 {
        if effective_s <= 0.0 {
            return 1.0;
        }
        // Effective green begins with the time lost at the start, and ends as much later.
        let start_s = green.start_ms as f64 / 1000.0 + sim_core::signals::hcm::saturation::START_UP_LOST_S;
        let n = self.profile.len() as f64;
        share_on_green(&self.profile, start_s.rem_euclid(n), effective_s) * n / effective_s
    }
}

/// A stream over the cycle of the signal downstream, whose clock its offset sets.
fn profile(stream: &Stream, sends: &Upstream, plan: &SignalPlan, n: usize) -> Vec<f64> {
    let cycle_s = n as f64;
    let green_s = (stream.green.length_ms as f64 / 1000.0).min(cycle_s);
    let start_ms = (stream.green.start_ms + sends.offset_ms - plan.offset_ms).rem_euclid(sends.cycle_ms);
    let flow_vph = stream.flow_vph.min(stream.capacity_vph);
    let saturation_vph = if green_s > 0.0 { stream.capacity_vph * cycle_s / green_s } else { 0.0 };
    let (arriving, leaving) = (flow_vph / 3600.0, saturation_vph / 3600.0);
    let queue_service_s =
        if leaving > arriving { (arriving * (cycle_s - green_s) / (leaving - arriving)).min(green_s) } else { green_s };
    let discharge =
        Discharge { flow_vph, saturation_vph, green_start_s: start_ms as f64 / 1000.0, green_s, queue_service_s };
    discharge_profile(&discharge, n)
}

/// The links from an approach back to the junction where streets meet, their length, and the time to drive them.
fn way_back(case: &Case<'_>, link: LinkId) -> (Vec<LinkId>, f64, f64) {
    let parts = &case.loaded.parts;
    let mut links = vec![link];
    let add = |link: LinkId| {
        let lane = &parts.links[link.index()].lanes[0];
        (lane.length_m, lane.length_m / lane.speed_limit_mps.min(60.0))
    };
    let (mut length_m, mut time_s) = add(link);
    loop {
        let node = parts.links[links[links.len() - 1].index()].from;
        let into = |other: &LinkId| parts.links[other.index()].to == node;
        let is_road = |link: &LinkId| parts.links[link.index()].kind == LinkKind::Road;
        let last = links[links.len() - 1];
        let before: BTreeSet<LinkId> = parts
            .connectors
            .iter()
            .filter(|connector| connector.leads_to.link == last && connector.turn != Turn::Around)
            .map(|connector| connector.from.link)
            .filter(|link| is_road(link) && into(link))
            .collect();
        let others = parts.links.iter().filter(|link| link.kind == LinkKind::Road && link.from == node).count();
        // A place where one road goes on as the next is no junction.
        match before.first() {
            Some(&only) if before.len() == 1 && others == 1 && !links.contains(&only) && length_m < FARTHEST_M => {
                links.push(only);
                let (more_m, more_s) = add(only);
                length_m += more_m;
                time_s += more_s;
            }
            _ => return (links, length_m, time_s),
        }
    }
}
