//! What a section is computed by: its fields, how its class follows traffic, and where somebody counts as near.

use sim_core::ids::{Id, LinkId};
use sim_core::lighting::adaptive::{AdaptiveRules, Policy};
use sim_core::lighting::field::{Field, FieldLane};
use sim_core::lighting::{Section, SectionPart};
use sim_core::network::parts::{LinkKind, NetworkParts};

use crate::lighting::inventory::{Pole, Side};
use crate::lighting::rules::{RuleSet, split_name};
use crate::lighting::sections::{Part, SectionPlan};
use crate::lighting::street::Street;

/// The stretch before the first and behind the last pole is a field of its own when it is longer than this share of the
/// greatest gap.
const END_SHARE: f64 = 0.75;

/// The fields of a section: the gaps between the poles of its longer row; without two poles, the whole section.
pub fn fields(section: &SectionPlan, street: &Street, own: &[&Pole], height_m: f64) -> Vec<Field> {
    let row = |side: Side| -> Vec<f64> {
        let mut row: Vec<f64> = own.iter().filter(|pole| pole.side == side).map(|pole| pole.at_m.0).collect();
        row.sort_by(f64::total_cmp);
        // Poles with several lights stand once.
        row.dedup_by(|a, b| (*a - *b).abs() < 1.0);
        let (from, to) = section.span_m;
        row.retain(|at| *at >= from - 0.5 && *at <= to + 0.5);
        row
    };
    let rows = [row(Side::Right), row(Side::Left), row(Side::Median)];
    let longest =
        rows.iter().enumerate().fold(0, |best, (at, row)| if row.len() > rows[best].len() { at } else { best });
    let mut at = rows[longest].clone();
    let (from, to) = section.span_m;
    if at.len() < 2 {
        at = vec![from, to];
    } else {
        let widest = at.windows(2).fold(0.0_f64, |most, pair| most.max(pair[1] - pair[0]));
        if at[0] - from > END_SHARE * widest {
            at.insert(0, from);
        }
        if to - at[at.len() - 1] > END_SHARE * widest {
            at.push(to);
        }
    }
    let lanes = lanes(section, street);
    at.windows(2).map(|pair| street.field(pair[0], pair[1], &lanes, height_m)).collect()
}

/// The lanes that points are laid in; a sidewalk is cut into strips of at most 3 m.
fn lanes(section: &SectionPlan, street: &Street) -> Vec<FieldLane> {
    if section.part == Part::Carriageway {
        return street.lanes.clone();
    }
    let [right_m, left_m] = street.edges_m();
    let n = (section.width_m / 3.0).ceil().max(1.0);
    let width_m = section.width_m / n;
    let from_m = if section.part == Part::SidewalkRight { right_m - section.width_m } else { left_m };
    (0..n as usize)
        .map(|k| FieldLane { middle_m: from_m + (k as f64 + 0.5) * width_m, width_m, is_against: false })
        .collect()
}

/// How classes follow traffic, each kind once.
pub struct AdaptiveTable {
    /// In the order of the simulation.
    pub list: Vec<AdaptiveRules>,
    keys: Vec<(String, bool)>,
    window_s: f64,
    hold_s: f64,
}

impl AdaptiveTable {
    /// Nothing yet.
    pub fn new(window_s: f64, hold_s: f64) -> Self {
        Self { list: Vec::new(), keys: Vec::new(), window_s, hold_s }
    }
    fn index(&mut self, set: &RuleSet, family: &str, is_multilane: bool) -> Option<u16> {
        let key = (family.to_owned(), is_multilane);
        if let Some(at) = self.keys.iter().position(|known| *known == key) {
            return Some(at as u16);
        }
        self.list.push(set.adaptive(family, is_multilane, self.window_s, self.hold_s)?);
        self.keys.push(key);
        Some(self.list.len() as u16 - 1)
    }
}

/// Which links a detector ahead of a vehicle covers.
pub struct Watch {
    before: Vec<Vec<usize>>,
    length_m: Vec<f64>,
    ahead_m: f64,
}

impl Watch {
    /// Detectors that see so far ahead of a vehicle.
    pub fn new(parts: &NetworkParts, ahead_m: f64) -> Self {
        let mut before = vec![Vec::new(); parts.links.len()];
        for connector in &parts.connectors {
            let (from, to) = (connector.from.link.index(), connector.to.link.index());
            if !before[to].contains(&from) {
                before[to].push(from);
            }
        }
        let length_m = parts.links.iter().map(|link| link.lanes.first().map_or(0.0, |lane| lane.length_m)).collect();
        debug_assert!(parts.links.iter().all(|link| link.kind != LinkKind::Road || !link.lanes.is_empty()));
        Self { before, length_m, ahead_m }
    }
    /// Links from which a vehicle reaches one of these within sight, themselves included.
    fn links(&self, own: &[LinkId]) -> Vec<LinkId> {
        let mut found: Vec<LinkId> = own.to_vec();
        let mut open: Vec<(usize, f64)> = own.iter().map(|link| (link.index(), self.ahead_m)).collect();
        while let Some((link, left_m)) = open.pop() {
            for &before in &self.before[link] {
                let id = LinkId::from_index(before);
                if left_m > 0.0 && !found.contains(&id) {
                    found.push(id);
                    open.push((before, left_m - self.length_m[before]));
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// A section for the simulation.
pub fn part(
    section: &SectionPlan,
    street: &Street,
    (links, fields): (Vec<LinkId>, Vec<Field>),
    (set, adaptive): (&RuleSet, &mut AdaptiveTable),
    watch: &Watch,
    lane_pcu_per_h: f64,
) -> SectionPart {
    let (family, number) = split_name(&section.class).unwrap_or_default();
    let least = split_name(&section.least_class).map_or(number, |(_, number)| number).max(number);
    // Numbers of a family run without gaps from the class on.
    let normal_class = set.class(&section.class).unwrap_or(0);
    let has = |number: u8| {
        set.class(&format!("{family}{number}"))
            == Some(normal_class + u16::from(number - split_name(&section.class).map_or(number, |(_, n)| n)))
    };
    let least = (number..=least).take_while(|number| has(*number)).last().unwrap_or(number);
    let lanes_of = |against: bool| street.lanes.iter().filter(|lane| lane.is_against == against).count();
    let is_multilane = lanes_of(false).max(lanes_of(true)) >= 2;
    let policy = (!section.least_class.is_empty()).then(|| adaptive.index(set, &family, is_multilane)).flatten();
    let n_lanes = street.lanes.len() as f64;
    let n_links = section.links.len().max(1) as f64;
    SectionPart {
        section: Section {
            watched: watch.links(&links),
            normal_class,
            normal_number: number,
            least_number: least,
            policy: policy.map(|rules| Policy {
                rules,
                fixed: section.fixed_weight,
                // Distance driven on both links over their length together is the mean of the two flows.
                capacity_pcu_per_h: lane_pcu_per_h * n_lanes / n_links,
                length_m: street.length_m * n_links,
                free_speed_mps: street.speed_mps,
            }),
            links,
            ..Section::default()
        },
        fields,
        surface: section.surface as u16,
    }
}
