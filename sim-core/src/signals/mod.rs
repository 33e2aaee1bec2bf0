//! Traffic signals: plans, and the pass that switches the heads.

use crate::ids::SignalId;
use crate::rows::Column;

/// What a signal shows to one movement. The letters are SUMO's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Aspect {
    /// `G`: green, goes first.
    Green,
    /// `g`: green, yields to conflicting `G`.
    GreenYield,
    /// `y`: yellow after green; stop if you can.
    Yellow,
    /// `r`: red.
    Red,
    /// `s`: red, but after a stop one may go where nobody is in the way.
    RedThenStop,
    /// `u`: red and yellow; get ready.
    RedYellow,
    /// `o`: blinking; signs rule, yield.
    OffBlinking,
    /// `O`: off; signs rule, goes first.
    Off,
}

impl Aspect {
    /// The aspect of a letter of a SUMO state string.
    pub fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'G' => Self::Green,
            'g' => Self::GreenYield,
            'y' | 'Y' => Self::Yellow,
            'r' | 'R' => Self::Red,
            's' => Self::RedThenStop,
            'u' => Self::RedYellow,
            'o' => Self::OffBlinking,
            'O' => Self::Off,
            _ => return None,
        })
    }
    /// The letter of a SUMO state string.
    pub fn letter(self) -> char {
        match self {
            Self::Green => 'G',
            Self::GreenYield => 'g',
            Self::Yellow => 'y',
            Self::Red => 'r',
            Self::RedThenStop => 's',
            Self::RedYellow => 'u',
            Self::OffBlinking => 'o',
            Self::Off => 'O',
        }
    }
    /// Whether a vehicle that can stop must stop.
    pub fn is_red(self) -> bool {
        matches!(self, Self::Red | Self::RedYellow)
    }
    /// Whether it is a green, with or without yielding.
    pub fn is_green(self) -> bool {
        matches!(self, Self::Green | Self::GreenYield)
    }
}

/// One phase of a plan: what all heads show, and for how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignalPhase {
    /// Duration.
    pub duration_ms: i64,
    /// One aspect per head, by the connector's signal index.
    pub aspects: Vec<Aspect>,
}

/// A fixed-time plan: phases in a cycle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignalPlan {
    /// The cycle is at its start when (time − offset) is a multiple of the cycle length.
    pub offset_ms: i64,
    /// Phases in order.
    pub phases: Vec<SignalPhase>,
}

impl SignalPlan {
    /// Length of the cycle.
    pub fn cycle_ms(&self) -> i64 {
        self.phases.iter().map(|phase| phase.duration_ms).sum()
    }
    /// The phase in force at a time in milliseconds, and how long it has been.
    pub fn phase_at(&self, time_ms: i64) -> (usize, i64) {
        let mut in_cycle_ms = (time_ms - self.offset_ms).rem_euclid(self.cycle_ms().max(1));
        for (index, phase) in self.phases.iter().enumerate() {
            if in_cycle_ms < phase.duration_ms {
                return (index, in_cycle_ms);
            }
            in_cycle_ms -= phase.duration_ms;
        }
        (0, 0)
    }
}

/// The plan in force at each signal.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SignalPlans {
    /// One plan per signal.
    pub plans: Column<SignalId, SignalPlan>,
}
