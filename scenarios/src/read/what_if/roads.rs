//! Changes of roads: closures, incidents, speed limits, lane use, turn bans.

use schemars::JsonSchema;
use serde::Deserialize;
use sim_core::change::Action;
use sim_core::change::roads::{RoadChange, SpeedChange};
use sim_core::ids::{Id, LaneId, LinkId};
use sim_core::network::parts::LinkKind;
use sim_core::units::{ClassSet, VehicleClass};

use super::Reader;

/// Spacing of standing cars, and the headway at which they follow: a road whose capacity is cut is driven at the speed
/// at which cars that keep both pass at the rate that is left.
const SPACING_M: f64 = 7.5;
const HEADWAY_S: f64 = 1.2;

/// Roads that nobody turns into; who is on one drives out.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// Links.
    pub links: Vec<String>,
    /// Vehicle classes that are kept out. Default: all.
    pub classes: Option<Vec<String>>,
    /// Share of drivers who know of it and choose their way accordingly; 0 for no response. Default 1.
    pub informed_share: Option<f64>,
}

/// Something that takes lanes or capacity of a road.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// The link.
    pub link: String,
    /// Lanes that are blocked, counted from the kerb, the first is 1.
    pub lanes: Option<Vec<u16>>,
    /// Share of the capacity of the other lanes that is left. Default 1.
    pub capacity_share: Option<f64>,
    /// Share of drivers who know of it and choose their way accordingly. Default 0.
    pub informed_share: Option<f64>,
}

/// Another speed limit.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedLimit {
    /// Links; `["all"]` for all roads.
    pub links: Vec<String>,
    /// The limit in km/h.
    pub kmh: Option<f64>,
    /// A factor on the limit, in place of `kmh`.
    pub factor: Option<f64>,
    /// Share of drivers who choose their way anew. Default 0.
    pub informed_share: Option<f64>,
}

/// Who may use lanes.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneUse {
    /// The link.
    pub link: String,
    /// Lanes, counted from the kerb, the first is 1.
    pub lanes: Vec<u16>,
    /// Vehicle classes that may use them, and no others.
    pub allow: Vec<String>,
    /// Share of drivers who choose their way anew. Default 0.
    pub informed_share: Option<f64>,
}

/// A turn that is forbidden.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnBan {
    /// The link before the junction.
    pub from: String,
    /// The link after it.
    pub to: String,
    /// Vehicle classes that may not turn. Default: all.
    pub classes: Option<Vec<String>>,
    /// Share of drivers who know of it and choose their way accordingly. Default 1.
    pub informed_share: Option<f64>,
}

impl Reader<'_> {
    pub(super) fn closure(&mut self, table: &Closure) -> Option<Action> {
        let links = self.links("closure.links", &table.links);
        let classes = self.classes("closure.classes", table.classes.as_deref());
        let informed_share = self.share("closure.informed_share", table.informed_share, 1.0);
        let (links, classes) = (links?, classes?);
        let closed = links.into_iter().map(|link| (link, classes)).collect();
        Some(Action::Road(RoadChange { closed, informed_share: informed_share?, ..RoadChange::default() }))
    }

    pub(super) fn incident(&mut self, table: &Incident) -> Option<Action> {
        let link = self.link("incident.link", &table.link);
        let left = self.share("incident.capacity_share", table.capacity_share, 1.0);
        let informed_share = self.share("incident.informed_share", table.informed_share, 0.0);
        let link = link?;
        let blocked = match &table.lanes {
            Some(lanes) => self.lanes("incident.lanes", link, lanes)?,
            None => Vec::new(),
        };
        let lanes = &self.loaded.parts.links[link.index()].lanes;
        let (left, n_lanes) = (left?, lanes.len());
        if blocked.len() >= n_lanes || left <= 0.0 {
            self.mistake("incident.lanes", "", "nothing is left of the road", |problem| {
                problem.hint("a road that nobody can pass is a closure")
            });
            return None;
        }
        if blocked.is_empty() && left >= 1.0 {
            self.mistake("incident", "", "takes nothing: give lanes or capacity_share", |problem| problem);
            return None;
        }
        let first = self.first_lane(link);
        let speeds = lanes
            .iter()
            .enumerate()
            .filter(|_| left < 1.0)
            .map(|(index, lane)| {
                let speed = SpeedChange::AtMost(passing_mps(lane.speed_limit_mps, left));
                (LaneId::from_index(first + index), speed)
            })
            .collect();
        let permissions = blocked.into_iter().map(|lane| (lane, ClassSet::NONE)).collect();
        let informed_share = informed_share?;
        Some(Action::Road(RoadChange { permissions, speeds, informed_share, ..RoadChange::default() }))
    }

    pub(super) fn speed_limit(&mut self, table: &SpeedLimit) -> Option<Action> {
        let links = if table.links == ["all"] {
            let roads = self.loaded.parts.links.iter().enumerate().filter(|(_, link)| link.kind == LinkKind::Road);
            Some(roads.map(|(index, _)| LinkId::from_index(index)).collect())
        } else {
            self.links("speed_limit.links", &table.links)
        };
        let informed_share = self.share("speed_limit.informed_share", table.informed_share, 0.0);
        let speed = match (table.kmh, table.factor) {
            (Some(kmh), None) if (1.0..=200.0).contains(&kmh) => Some(SpeedChange::Limit(kmh / 3.6)),
            (None, Some(factor)) if (0.05..=3.0).contains(&factor) => Some(SpeedChange::Factor(factor)),
            (Some(kmh), None) => {
                let value = kmh.to_string();
                self.mistake("speed_limit.kmh", &value, "is out of range", |problem| problem.allowed("1 to 200"));
                None
            }
            (None, Some(factor)) => {
                let value = factor.to_string();
                self.mistake("speed_limit.factor", &value, "is out of range", |problem| problem.allowed("0.05 to 3"));
                None
            }
            _ => {
                self.mistake("speed_limit", "", "needs exactly one of kmh and factor", |problem| problem);
                None
            }
        };
        let (links, speed) = (links?, speed?);
        let of_link = |link: LinkId| {
            let first = self.first_lane(link);
            let n = self.loaded.parts.links[link.index()].lanes.len();
            (first..first + n).map(|lane| (LaneId::from_index(lane), speed))
        };
        let speeds = links.into_iter().flat_map(of_link).collect();
        Some(Action::Road(RoadChange { speeds, informed_share: informed_share?, ..RoadChange::default() }))
    }

    pub(super) fn lane_use(&mut self, table: &LaneUse) -> Option<Action> {
        let link = self.link("lane_use.link", &table.link);
        let allowed = self.classes("lane_use.allow", Some(&table.allow));
        let informed_share = self.share("lane_use.informed_share", table.informed_share, 0.0);
        let lanes = self.lanes("lane_use.lanes", link?, &table.lanes)?;
        let allowed = allowed?;
        let permissions = lanes.into_iter().map(|lane| (lane, allowed)).collect();
        Some(Action::Road(RoadChange { permissions, informed_share: informed_share?, ..RoadChange::default() }))
    }

    pub(super) fn turn_ban(&mut self, table: &TurnBan) -> Option<Action> {
        let from = self.link("turn_ban.from", &table.from);
        let to = self.link("turn_ban.to", &table.to);
        let classes = self.classes("turn_ban.classes", table.classes.as_deref());
        let informed_share = self.share("turn_ban.informed_share", table.informed_share, 1.0);
        let (from, to, classes) = (from?, to?, classes?);
        let connectors = &self.loaded.parts.connectors;
        if !connectors.iter().any(|way| way.from.link == from && way.leads_to.link == to) {
            let onward: std::collections::BTreeSet<&str> = connectors
                .iter()
                .filter(|way| way.from.link == from)
                .map(|way| self.loaded.names.links[way.leads_to.link.index()].as_str())
                .collect();
            let allowed = onward.into_iter().collect::<Vec<_>>().join(", ");
            let message = format!("no turn leads there from {}", table.from);
            self.mistake("turn_ban.to", &table.to, &message, |problem| problem.allowed(allowed));
            return None;
        }
        let banned_turns = vec![(from, to, classes)];
        Some(Action::Road(RoadChange { banned_turns, informed_share: informed_share?, ..RoadChange::default() }))
    }

    fn links(&mut self, field: &str, names: &[String]) -> Option<Vec<LinkId>> {
        if names.is_empty() {
            self.mistake(field, "", "names no link", |problem| problem);
            return None;
        }
        let found: Vec<Option<LinkId>> = names.iter().map(|name| self.link(field, name)).collect();
        found.into_iter().collect()
    }

    fn link(&mut self, field: &str, name: &str) -> Option<LinkId> {
        let loaded = self.loaded;
        let is_road = |index: &usize| loaded.parts.links[*index].kind == LinkKind::Road;
        let found = loaded.names.links.iter().position(|known| known == name).filter(is_road);
        if found.is_none() {
            let roads = loaded.names.links.iter().enumerate().filter(|(index, _)| is_road(index));
            let known: Vec<&str> = roads.map(|(_, name)| name.as_str()).collect();
            self.unknown(field, "link", name, &known);
        }
        found.map(LinkId::from_index)
    }

    fn lanes(&mut self, field: &str, link: LinkId, numbers: &[u16]) -> Option<Vec<LaneId>> {
        let (first, n) = (self.first_lane(link), self.loaded.parts.links[link.index()].lanes.len());
        let mut lanes = Vec::new();
        for &number in numbers {
            if number == 0 || usize::from(number) > n {
                let value = number.to_string();
                self.mistake(field, &value, "there is no such lane", |problem| {
                    problem.allowed(format!("1 (at the kerb) to {n}"))
                });
                return None;
            }
            lanes.push(LaneId::from_index(first + usize::from(number) - 1));
        }
        Some(lanes)
    }

    fn first_lane(&self, link: LinkId) -> usize {
        self.loaded.parts.links[..link.index()].iter().map(|link| link.lanes.len()).sum()
    }

    fn classes(&mut self, field: &str, names: Option<&[String]>) -> Option<ClassSet> {
        let Some(names) = names else { return Some(ClassSet::ALL) };
        let mut set = ClassSet::NONE;
        for name in names {
            match VehicleClass::from_name(name) {
                Some(class) => set = set.with(class),
                None => {
                    let known: Vec<&str> = VehicleClass::ALL.iter().map(|class| class.name()).collect();
                    self.unknown(field, "vehicle class", name, &known);
                    return None;
                }
            }
        }
        Some(set)
    }

    fn share(&mut self, field: &str, value: Option<f64>, default: f64) -> Option<f64> {
        let share = value.unwrap_or(default);
        if (0.0..=1.0).contains(&share) {
            return Some(share);
        }
        self.mistake(field, &share.to_string(), "is no share", |problem| problem.allowed("0 to 1"));
        None
    }
}

/// The speed at which cars pass at a share of the rate at which they pass at a limit.
fn passing_mps(limit_mps: f64, share: f64) -> f64 {
    let apart_s = (HEADWAY_S + SPACING_M / limit_mps.max(1.0)) / share;
    SPACING_M / (apart_s - HEADWAY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_passing_speed_the_share_of_the_rate_is_left() {
        let rate = |mps: f64| 1.0 / (HEADWAY_S + SPACING_M / mps);
        for share in [0.2, 0.5, 0.9, 1.0] {
            assert!((rate(passing_mps(11.1, share)) / rate(11.1) - share).abs() < 1e-12);
        }
    }
}
