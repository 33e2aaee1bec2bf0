//! The class that traffic permits, by the weighting of CEN/TR 13201-1: class number = 6 − Σ weights, within 1 to 6.
//!
//! Weights that traffic changes come in bands: volume as share of capacity, share of two-wheelers, mean speed. A band
//! is left downwards only when the value falls below its threshold by the hysteresis; a darker class is taken only
//! after the class in force was held for a while, a brighter one at once.

use serde::{Deserialize, Serialize};

use crate::ports::LinkTraffic;

/// Weights by ascending threshold; below the first threshold the first weight holds too.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bands {
    /// (from this value on, this weight).
    pub from: Vec<(f64, f64)>,
    /// Fall below a threshold by this much before the lower band holds.
    pub hysteresis: f64,
}

impl Bands {
    /// The band of a value, when `before` was in force.
    pub fn band(&self, value: f64, before: u8) -> u8 {
        let plain = self.from.iter().rposition(|(low, _)| value >= *low).unwrap_or(0) as u8;
        if plain >= before {
            return plain;
        }
        let held = self.from.iter().rposition(|(low, _)| value >= *low - self.hysteresis).unwrap_or(0) as u8;
        held.min(before)
    }
    /// The weight of a band.
    pub fn weight(&self, band: u8) -> f64 {
        self.from.get(usize::from(band)).map_or(0.0, |(_, weight)| *weight)
    }
    /// The band with the largest weight.
    fn heaviest(&self) -> u8 {
        let weights = self.from.iter().enumerate();
        weights.fold((0, f64::MIN), |best, (i, (_, w))| if *w > best.1 { (i as u8, *w) } else { best }).0
    }
}

/// How the classes of a family of sections follow traffic.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AdaptiveRules {
    /// By volume as share of capacity.
    pub volume: Bands,
    /// By share of two-wheelers in the distance driven.
    pub two_wheelers: Bands,
    /// By mean speed in m/s.
    pub speed_mps: Bands,
    /// Traffic is averaged over so long.
    pub window_ms: i64,
    /// A class is held so long before a darker one.
    pub hold_ms: i64,
}

/// The class number of a sum of weights.
pub fn class_number(sum: f64) -> u8 {
    crate::math::floor((6.0 - sum).clamp(1.0, 6.0) + 0.5) as u8
}

/// What does not change with traffic.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    /// Which rules; position in [`crate::lighting::Lighting::adaptive`].
    pub rules: u16,
    /// Sum of the weights that traffic does not change.
    pub fixed: f64,
    /// Passenger-car units an hour that the links carry at most, both directions together.
    pub capacity_pcu_per_h: f64,
    /// Length of its links, both directions together.
    pub length_m: f64,
    /// Speed where nobody drives.
    pub free_speed_mps: f64,
}

/// Where a section stands.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Class number that traffic permits, 1 to 6.
    pub class: u8,
    bands: [u8; 3],
    since_ms: i64,
    looked_ms: i64,
    at_look: LinkTraffic,
}

impl Standing {
    /// Before anything is known: the brightest class that traffic can ask for.
    pub fn unknown(rules: &AdaptiveRules, policy: &Policy, now_ms: i64, traffic: LinkTraffic) -> Self {
        let bands = [rules.volume.heaviest(), rules.two_wheelers.heaviest(), rules.speed_mps.heaviest()];
        let class = class_number(policy.fixed + weight(rules, bands));
        Self { class, bands, since_ms: now_ms, looked_ms: now_ms, at_look: traffic }
    }

    /// Looks at the traffic since the last look, once the window is over.
    pub fn look(&mut self, rules: &AdaptiveRules, policy: &Policy, now_ms: i64, traffic: LinkTraffic) {
        let elapsed_ms = now_ms - self.looked_ms;
        if elapsed_ms < rules.window_ms {
            return;
        }
        let new = traffic.since(&self.at_look);
        let hours = elapsed_ms as f64 / 3_600_000.0;
        let share = new.pcu_m / (policy.length_m * hours * policy.capacity_pcu_per_h).max(1e-9);
        let is_driven = new.vehicle_m > 0.0;
        let two_wheelers = if is_driven { new.two_wheeler_m / new.vehicle_m } else { 0.0 };
        let speed_mps = if new.vehicle_s > 0.0 { new.vehicle_m / new.vehicle_s } else { policy.free_speed_mps };
        self.bands = [
            rules.volume.band(share, self.bands[0]),
            if is_driven { rules.two_wheelers.band(two_wheelers, self.bands[1]) } else { self.bands[1] },
            rules.speed_mps.band(speed_mps, self.bands[2]),
        ];
        (self.looked_ms, self.at_look) = (now_ms, traffic);
        let wanted = class_number(policy.fixed + weight(rules, self.bands));
        if wanted < self.class || (wanted > self.class && now_ms - self.since_ms >= rules.hold_ms) {
            self.class = wanted;
            self.since_ms = now_ms;
        }
    }
}

fn weight(rules: &AdaptiveRules, bands: [u8; 3]) -> f64 {
    rules.volume.weight(bands[0]) + rules.two_wheelers.weight(bands[1]) + rules.speed_mps.weight(bands[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> AdaptiveRules {
        AdaptiveRules {
            volume: Bands { from: vec![(0.0, -1.0), (0.35, 0.0), (0.65, 1.0)], hysteresis: 0.05 },
            window_ms: 300_000,
            hold_ms: 900_000,
            ..AdaptiveRules::default()
        }
    }

    #[test]
    fn class_numbers_stay_within_the_table() {
        assert_eq!([-1.0, 0.0, 2.0, 5.0, 9.0].map(class_number), [6, 6, 4, 1, 1]);
    }

    #[test]
    fn bands_are_left_late_and_entered_at_once() {
        let volume = rules().volume;
        assert_eq!(volume.band(0.36, 0), 1);
        assert_eq!(volume.band(0.33, 1), 1);
        assert_eq!(volume.band(0.29, 1), 0);
        assert_eq!(volume.band(0.9, 0), 2);
    }

    #[test]
    fn darker_classes_wait_and_brighter_ones_do_not() {
        let policy = Policy { rules: 0, fixed: 2.0, capacity_pcu_per_h: 1000.0, length_m: 100.0, free_speed_mps: 10.0 };
        let mut total = LinkTraffic::default();
        let mut standing = Standing::unknown(&rules(), &policy, 0, total);
        assert_eq!(standing.class, 3);
        let mut classes = Vec::new();
        for tick in 1..=8_i64 {
            // Busy in the sixth window only.
            let share = if tick == 6 { 0.8 } else { 0.1 };
            total.pcu_m += share * 1000.0 * 100.0 / 12.0;
            standing.look(&rules(), &policy, tick * 300_000, total);
            classes.push(standing.class);
        }
        assert_eq!(classes, [3, 3, 5, 5, 5, 3, 3, 3]);
    }
}
