//! Left turns through gaps in opposing traffic (HCM Chapter 31, Section 3).

use super::saturation::{EXTENSION_S, LEFT_EQUIVALENT, START_UP_LOST_S};
use crate::math::{exp, powf};

/// Critical headway.
pub const CRITICAL_HEADWAY_S: f64 = 4.5;
/// Follow-up headway.
pub const FOLLOW_UP_HEADWAY_S: f64 = 2.5;

/// Saturation flow through gaps (Equation 31-100).
pub fn saturation_vphpl(opposing_vph: f64) -> f64 {
    let flow = opposing_vph.max(0.1);
    flow * exp(-flow * CRITICAL_HEADWAY_S / 3600.0) / (1.0 - exp(-flow * FOLLOW_UP_HEADWAY_S / 3600.0))
}

/// Through cars that a left turn is worth while the queue of a single opposing lane passes (Equations 31-102 and
/// 31-103): opposing left turns leave gaps.
pub fn equivalent_beside_queue(
    opposing_left_share: f64,
    permitted_s: f64,
    unblocked_s: f64,
    before_first_s: f64,
) -> f64 {
    if opposing_left_share <= 0.0 {
        return LEFT_EQUIVALENT;
    }
    let opposing = (0.278 * (permitted_s - unblocked_s - before_first_s)).max(0.0);
    ((1.0 - powf(1.0 - opposing_left_share, opposing)) / opposing_left_share).max(LEFT_EQUIVALENT)
}

/// When a left turn may go through gaps, as it is displayed; times count from any instant of the cycle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Display {
    /// When the turn's permitted green begins: its own green is on, and its protected green is over.
    pub start_s: f64,
    /// When its green or that of opposing traffic ends, whichever is first.
    pub end_s: f64,
    /// When the green of opposing traffic begins.
    pub opposing_start_s: f64,
    /// Time without green between the protected green before and this one; infinite when none is before.
    pub since_protected_s: f64,
    /// Time without green until the protected green that follows; infinite when none follows.
    pub until_protected_s: f64,
}

/// Permitted green in effect.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PermittedGreen {
    /// Displayed.
    pub displayed_s: f64,
    /// Effective (g_p, Equation 31-94).
    pub effective_s: f64,
    /// Part not blocked by the opposing queue (g_u, Equation 31-95).
    pub unblocked_s: f64,
    /// Time lost at its start.
    pub lost_s: f64,
}

impl Display {
    /// What is in effect when the opposing queue is gone `opposing_clear_s` after the start of opposing green
    /// (Exhibit 31-12).
    pub fn green(&self, opposing_clear_s: f64) -> PermittedGreen {
        let lost_s = (self.since_protected_s + START_UP_LOST_S - EXTENSION_S).clamp(0.0, START_UP_LOST_S);
        let extension_s = self.until_protected_s.clamp(0.0, EXTENSION_S);
        let displayed_s = (self.end_s - self.start_s.max(self.opposing_start_s)).max(0.0);
        let effective_s = if displayed_s > 0.0 { (displayed_s - lost_s + extension_s).max(0.0) } else { 0.0 };
        let left_s = self.end_s - self.start_s.max(self.opposing_start_s + opposing_clear_s);
        let unblocked_s = if left_s > 0.0 { (left_s + extension_s).min(effective_s) } else { 0.0 };
        PermittedGreen { displayed_s, effective_s, unblocked_s, lost_s }
    }
}

/// Which left turn comes when, the subject's and the opposing one: rows of Exhibit 31-12.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sequence {
    /// Both protected phases lead.
    LeadLead,
    /// The subject's leads; the opposing one lags or does not exist.
    LeadLag,
    /// The subject's lags; the opposing one leads or does not exist.
    LagLead,
    /// Both lag.
    LagLag,
    /// Only the opposing one exists; it leads.
    PermittedLead,
    /// Only the opposing one exists; it lags.
    PermittedLag,
    /// None.
    PermittedPermitted,
}

/// Durations of the phases of a street and its change intervals (yellow and red clearance).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct StreetPhases {
    /// The subject's left-turn phase; 0 without.
    pub left_s: f64,
    /// The opposing left-turn phase; 0 without.
    pub opposing_left_s: f64,
    /// The subject's through phase.
    pub through_s: f64,
    /// The opposing through phase.
    pub opposing_through_s: f64,
    /// Change interval of the subject's left-turn phase.
    pub left_change_s: f64,
    /// Change interval of the subject's through phase.
    pub through_change_s: f64,
    /// Change interval of the opposing through phase.
    pub opposing_change_s: f64,
}

impl Sequence {
    /// The display that follows; 0 is when the street's first phases begin.
    pub fn display(self, street: &StreetPhases) -> Display {
        let opposing_end_s = street.opposing_through_s - street.opposing_change_s;
        let own_end_s = street.through_s - street.through_change_s;
        let never = f64::INFINITY;
        let alone = |start_s: f64, end_s: f64| Display {
            start_s,
            end_s,
            opposing_start_s: 0.0,
            since_protected_s: never,
            until_protected_s: never,
        };
        match self {
            Self::LeadLead => Display {
                start_s: street.opposing_left_s.max(street.left_s),
                end_s: street.left_s + street.opposing_through_s - street.through_change_s,
                opposing_start_s: street.left_s,
                since_protected_s: (street.opposing_left_s - (street.left_s - street.left_change_s)).max(0.0),
                until_protected_s: never,
            },
            Self::LeadLag => {
                Display { opposing_start_s: street.left_s, since_protected_s: 0.0, ..alone(street.left_s, own_end_s) }
            }
            Self::LagLead => Display { until_protected_s: 0.0, ..alone(street.opposing_left_s, opposing_end_s) },
            Self::LagLag => Display {
                until_protected_s: (street.opposing_through_s - own_end_s).max(0.0),
                ..alone(0.0, opposing_end_s.min(own_end_s))
            },
            Self::PermittedLead => alone(street.opposing_left_s, opposing_end_s),
            Self::PermittedLag => alone(0.0, opposing_end_s.min(own_end_s)),
            Self::PermittedPermitted => alone(0.0, street.opposing_through_s - street.through_change_s),
        }
    }
}

/// Time until the first left turn blocks a shared lane (g_f, Equations 31-96 to 31-99).
pub fn before_first_s(
    green: &PermittedGreen,
    left_share: f64,
    left_vph: f64,
    cycle_s: f64,
    is_single_lane: bool,
) -> f64 {
    let per_cycle = left_vph * cycle_s / 3600.0;
    let most_s = if left_share <= 0.0 {
        green.effective_s
    } else if left_share >= 1.0 {
        0.0
    } else {
        let straight = 1.0 - left_share;
        straight / (0.5 * left_share) * (1.0 - powf(straight, 0.5 * green.effective_s)) - green.lost_s
    };
    let (factor, power) = if is_single_lane { (-0.860, 0.629) } else { (-0.882, 0.717) };
    (green.displayed_s * exp(factor * powf(per_cycle, power)) - green.lost_s).max(0.0).min(most_s.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saturation_is_that_of_the_worked_example() {
        // Chapter 31, Example Problem 1, Step 4: 813 veh/h/ln at an opposing flow of 624 veh/h.
        assert_eq!(format!("{:.0}", saturation_vphpl(624.0)), "813");
        assert!((saturation_vphpl(0.0) - 1440.0).abs() < 0.2);
    }

    fn street() -> StreetPhases {
        StreetPhases {
            left_s: 10.2,
            opposing_left_s: 13.8,
            through_s: 54.0,
            opposing_through_s: 57.6,
            left_change_s: 4.0,
            through_change_s: 4.0,
            opposing_change_s: 4.0,
        }
    }

    #[track_caller]
    fn check(sequence: Sequence, opposing_clear_s: f64, displayed_s: f64, effective_s: f64, unblocked_s: f64) {
        let green = sequence.display(&street()).green(opposing_clear_s);
        let found = [green.displayed_s, green.effective_s, green.unblocked_s];
        for (found, expected) in found.into_iter().zip([displayed_s, effective_s, unblocked_s]) {
            assert!((found - expected).abs() < 1e-9, "{sequence:?}: {green:?}");
        }
    }

    #[test]
    fn displays_follow_exhibit_31_12() {
        // G_u = min(D3 + D4 − D7 − CP8, D4 − CP8 − Gq), l1* = 2, e = 2.
        check(Sequence::LeadLead, 23.14, 50.0, 50.0, 30.46 + 2.0);
        // G_u = D8 − CP8 − D3 − Gq, l1 = 0.
        check(Sequence::LeadLag, 20.0, 39.8, 41.8, 19.8 + 2.0);
        // G_u = D4 − CP4 − max(D7, Gq), e = 0.
        check(Sequence::LagLead, 20.0, 39.8, 37.8, 33.6);
        check(Sequence::LagLead, 5.0, 39.8, 37.8, 37.8);
        // G_u = min(D4 − CP4, D8 − CP8) − Gq, e* = 2.
        check(Sequence::LagLag, 20.0, 50.0, 50.0, 32.0);
        check(Sequence::PermittedLead, 20.0, 39.8, 39.8, 33.6 + 2.0);
        check(Sequence::PermittedLag, 20.0, 50.0, 50.0, 32.0);
        // G_u = D4 − CP8 − Gq.
        check(Sequence::PermittedPermitted, 20.0, 53.6, 53.6, 35.6);
        // A queue that does not clear leaves nothing.
        check(Sequence::PermittedPermitted, 60.0, 53.6, 53.6, 0.0);
    }

    #[test]
    fn a_shared_lane_is_free_until_the_first_left_turn() {
        let green = PermittedGreen { displayed_s: 30.0, effective_s: 30.0, unblocked_s: 15.0, lost_s: 2.0 };
        assert_eq!(before_first_s(&green, 1.0, 100.0, 90.0, true), 0.0);
        let few = before_first_s(&green, 0.05, 20.0, 90.0, false);
        assert!((few - (30.0 * exp(-0.882 * powf(0.5, 0.717)) - 2.0)).abs() < 1e-9, "{few}");
        assert!(before_first_s(&green, 0.3, 120.0, 90.0, false) < few);
        assert!((equivalent_beside_queue(0.2, 30.0, 15.0, 5.0) - (1.0 - powf(0.8, 2.78)) / 0.2).abs() < 1e-12);
        assert_eq!(equivalent_beside_queue(0.0, 30.0, 15.0, 5.0), LEFT_EQUIVALENT);
    }
}
