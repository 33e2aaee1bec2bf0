//! Level of service after the Highway Capacity Manual, 7th edition: by control delay, d in seconds per vehicle.
//!
//! Signals (exhibit 19-8): A ≤ 10 < B ≤ 20 < C ≤ 35 < D ≤ 55 < E ≤ 80 < F.
//! Two-way stop, all-way stop, roundabouts (20-2, 21-8, 22-8): A ≤ 10 < B ≤ 15 < C ≤ 25 < D ≤ 35 < E ≤ 50 < F.
//! A movement with more demand than capacity has F. Approaches and junctions go by delay alone. Where some approach
//! does not yield, the manual gives no letter to the junction as a whole.

/// By which chapter a movement is judged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Basis {
    /// A signal.
    Signal,
    /// A stop or yield sign on the side road.
    Yield,
    /// Stop signs on all approaches.
    AllWayStop,
    /// Entry to a roundabout.
    Roundabout,
    /// The manual does not apply, and why.
    None(&'static str),
}

/// A letter, or why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Level {
    /// `A` to `F`.
    pub letter: Option<char>,
    /// Why the letter is empty, or what made it F beside delay.
    pub note: Option<&'static str>,
}

impl Level {
    const fn none(note: &'static str) -> Self {
        Self { letter: None, note: Some(note) }
    }
}

/// The letter of a control delay.
pub fn letter(basis: Basis, control_delay_s: f64) -> Option<char> {
    let limits_s = match basis {
        Basis::Signal => [10.0, 20.0, 35.0, 55.0, 80.0],
        Basis::Yield | Basis::AllWayStop | Basis::Roundabout => [10.0, 15.0, 25.0, 35.0, 50.0],
        Basis::None(_) => return None,
    };
    let position = limits_s.iter().position(|limit_s| control_delay_s <= *limit_s).unwrap_or(5);
    Some(['A', 'B', 'C', 'D', 'E', 'F'][position])
}

/// The level of a movement.
pub fn of_movement(basis: Basis, control_delay_s: Option<f64>, volume_to_capacity: Option<f64>) -> Level {
    if let Basis::None(why) = basis {
        return Level::none(why);
    }
    if volume_to_capacity.is_some_and(|ratio| ratio > 1.0) {
        return Level { letter: Some('F'), note: Some("demand above capacity") };
    }
    of_delay(basis, control_delay_s)
}

/// The level of an approach or a junction with movements of these bases.
pub fn of_group(bases: &[Basis], control_delay_s: Option<f64>) -> Level {
    let mut sorted = bases.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    match sorted.as_slice() {
        [] => Level::none("no movement"),
        [Basis::None(why), ..] => Level::none(why),
        [basis] => of_delay(*basis, control_delay_s),
        _ if sorted.iter().any(|basis| matches!(basis, Basis::None(_))) => {
            Level::none("not all movements are covered by HCM")
        }
        _ => Level::none("movements under different control"),
    }
}

fn of_delay(basis: Basis, control_delay_s: Option<f64>) -> Level {
    match control_delay_s {
        Some(delay_s) => Level { letter: letter(basis, delay_s), note: None },
        None => Level::none("no vehicle crossed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(basis: Basis, delay_s: f64, expected: char) {
        assert_eq!(letter(basis, delay_s), Some(expected));
    }

    #[test]
    fn letters_follow_the_manual_at_their_limits() {
        for (delay_s, expected) in
            [(10.0, 'A'), (10.1, 'B'), (20.0, 'B'), (35.0, 'C'), (55.0, 'D'), (80.0, 'E'), (80.1, 'F')]
        {
            check(Basis::Signal, delay_s, expected);
        }
        for (delay_s, expected) in [(10.0, 'A'), (15.0, 'B'), (25.0, 'C'), (35.0, 'D'), (50.0, 'E'), (50.1, 'F')] {
            check(Basis::Yield, delay_s, expected);
            check(Basis::Roundabout, delay_s, expected);
        }
    }

    #[test]
    fn demand_above_capacity_is_f_for_a_movement_only() {
        assert_eq!(of_movement(Basis::Signal, Some(5.0), Some(1.01)).letter, Some('F'));
        assert_eq!(of_movement(Basis::Signal, Some(5.0), Some(1.0)).letter, Some('A'));
        assert_eq!(of_group(&[Basis::Signal, Basis::Signal], Some(5.0)).letter, Some('A'));
    }

    #[test]
    fn a_junction_with_a_major_road_has_no_letter_but_a_reason() {
        let level = of_group(&[Basis::Yield, Basis::None("does not yield")], Some(5.0));
        assert_eq!(level.letter, None);
        assert!(level.note.is_some());
    }
}
