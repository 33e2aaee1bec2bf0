//! Roads and signal plans in force: those of the city with what the changes of the moment make of them.

use crate::change::{Action, Change};
use crate::city::City;
use crate::ids::LinkId;
use crate::network::Network;
use crate::routing::{RoutingGraph, TurnPenalties};
use crate::signals::SignalPlans;

/// Roads and plans in force. A fresh one gives the same run.
#[derive(Debug, Default)]
pub struct InForce {
    /// Positions of the changes that last, and what they make of the city; `None` until some do.
    changed: Option<(Vec<usize>, Changed)>,
}

#[derive(Debug)]
struct Changed {
    network: Network,
    routing: RoutingGraph,
    signals: SignalPlans,
    affected: Vec<bool>,
    before_closed: Vec<bool>,
    informed_share: f64,
}

impl InForce {
    /// What is in force at an instant; worked out anew if it is not the same as before.
    #[must_use]
    pub fn at(self, city: &City, changes: &[Change], now_ms: i64) -> Self {
        let concerns = |change: &Change| matches!(change.action, Action::Road(_) | Action::Signal { .. });
        let lasts = |change: &Change| concerns(change) && change.is_active(now_ms);
        let active = || changes.iter().enumerate().filter(|(_, change)| lasts(change)).map(|(index, _)| index);
        let before = self.changed.as_ref().map_or(&[][..], |(before, _)| before);
        if active().eq(before.iter().copied()) {
            return self;
        }
        if active().next().is_none() {
            return Self::default();
        }
        let changed = Changed::new(city, active().map(|index| &changes[index].action));
        Self { changed: Some((active().collect(), changed)) }
    }
    /// The roads in force.
    pub fn network<'a>(&'a self, city: &'a City) -> &'a Network {
        self.changed.as_ref().map_or(&city.network, |(_, changed)| &changed.network)
    }
    /// The ways in force.
    pub fn routing<'a>(&'a self, city: &'a City) -> &'a RoutingGraph {
        self.changed.as_ref().map_or(&city.routing, |(_, changed)| &changed.routing)
    }
    /// The signal plans in force.
    pub fn signals<'a>(&'a self, city: &'a City) -> &'a SignalPlans {
        self.changed.as_ref().map_or(&city.signals, |(_, changed)| &changed.signals)
    }
    /// Share of drivers who know of a change of roads and choose their way accordingly; 0 without one.
    pub fn informed_share(&self) -> f64 {
        self.changed.as_ref().map_or(0.0, |(_, changed)| changed.informed_share)
    }
    /// By link, whether something is other than usual there, and whether a turn from it may be closed; empty without a
    /// change of roads or plans.
    pub fn affected(&self) -> (&[bool], &[bool]) {
        self.changed.as_ref().map_or((&[], &[]), |(_, changed)| (&changed.affected, &changed.before_closed))
    }
}

impl Changed {
    fn new<'a>(city: &City, actions: impl Iterator<Item = &'a Action>) -> Self {
        let mut changed = Self {
            network: city.network.clone(),
            routing: RoutingGraph::default(),
            signals: city.signals.clone(),
            affected: vec![false; city.network.links.len()],
            before_closed: vec![false; city.network.links.len()],
            informed_share: 0.0,
        };
        for action in actions {
            match action {
                Action::Branch { .. } => {}
                Action::Signal { signal, plan } => {
                    changed.signals.plans[*signal] = plan.clone();
                    if changed.signals.actuated_index(*signal).is_some() {
                        changed.signals.overridden.push(*signal);
                    }
                }
                Action::Road(roads) => {
                    roads.apply(&mut changed.network);
                    changed.informed_share = changed.informed_share.max(roads.informed_share);
                    roads.links(&city.network).for_each(|link| changed.affected[link.index()] = true);
                    let banned = |from, to| roads.banned_turns.iter().any(|turn| (turn.0, turn.1) == (from, to));
                    let may_be_closed = |from, to: LinkId| changed.affected[to.index()] || banned(from, to);
                    for movement in city.network.movements.iter() {
                        if may_be_closed(movement.from, movement.to) {
                            changed.before_closed[movement.from.index()] = true;
                        }
                    }
                }
            }
        }
        changed.routing = RoutingGraph::of_network(&changed.network, TurnPenalties::default());
        changed
    }
}
