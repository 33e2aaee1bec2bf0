//! Charging places: what electric vehicles have used on their way comes back from the grid. How much that is, says
//! [`crate::propulsion`].

use serde::{Deserialize, Serialize};

use crate::ids::LinkId;
pub use crate::propulsion::ElectricShares;
use crate::units::VehicleClass;

/// A charging place: vehicles of a class whose trips end on its link charge there what they have used.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Charger {
    /// The link.
    pub link: LinkId,
    /// The class.
    pub class: VehicleClass,
    /// Vehicles that can charge at once; others wait for their turn.
    pub plugs: u32,
    /// Power of a plug.
    pub power_w: f64,
    /// Energy in the battery over energy from the grid.
    pub efficiency: f64,
    /// Energy that an arriving vehicle had used before its trip.
    pub used_before_j: f64,
}

/// Who is charging.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ChargerState {
    /// Energy still to be drawn from the grid, in order of arrival.
    pub sessions_j: Vec<f64>,
    /// What the plugs draw since the last power flow.
    pub drawn_w: Vec<f64>,
    /// Whether they have supply.
    pub is_served: bool,
    /// Energy drawn so far.
    pub given_j: f64,
    /// Vehicles that came to charge so far.
    pub n_came: u64,
}

impl ChargerState {
    /// Takes off what was drawn since the last power flow, and says what is drawn until the next.
    pub fn settle(&mut self, charger: &Charger, since_s: f64, next_s: f64) {
        if self.is_served {
            for (left_j, drawn_w) in self.sessions_j.iter_mut().zip(&self.drawn_w) {
                let taken_j = (drawn_w * since_s).min(*left_j);
                *left_j -= taken_j;
                self.given_j += taken_j;
            }
            self.sessions_j.retain(|left_j| *left_j > 1e-6);
        }
        self.drawn_w.clear();
        let plugged = self.sessions_j.iter().take(charger.plugs as usize);
        self.drawn_w.extend(plugged.map(|left_j| charger.power_w.min(left_j / next_s)));
    }

    /// Power of all plugs.
    pub fn power_w(&self) -> f64 {
        self.drawn_w.iter().fold(0.0, |sum, power_w| sum + power_w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chargers_give_exactly_what_was_used() {
        let charger = Charger {
            link: LinkId(0),
            class: VehicleClass::Motorcycle,
            plugs: 2,
            power_w: 500.0,
            efficiency: 0.9,
            used_before_j: 0.0,
        };
        let mut state = ChargerState { sessions_j: vec![100_000.0, 45_000.0, 70_000.0], ..Default::default() };
        let mut drawn_j = 0.0;
        state.settle(&charger, 0.0, 60.0);
        state.is_served = true;
        for _ in 0..30 {
            drawn_j += state.power_w() * 60.0;
            assert!(state.power_w() <= 1000.0);
            state.settle(&charger, 60.0, 60.0);
        }
        assert!(state.sessions_j.is_empty());
        assert!((drawn_j - 215_000.0).abs() < 1e-6 && (state.given_j - 215_000.0).abs() < 1e-6);
    }
}
