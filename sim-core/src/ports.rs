//! The columns through which domains meet; each has exactly one writing pass.

use serde::{Deserialize, Serialize};

use crate::ids::{ConnectorId, DetectorId, LinkId, LuminaireId, SignalId};
use crate::network::{Control, Network};
use crate::rows::Column;

/// What a signal shows to one movement. The letters are SUMO's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
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

/// What rules a connector now: the aspect of its signal, or its sign.
///
/// The right of way it gives follows SUMO's link states.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Rule {
    /// Goes first by sign (`M`).
    Major,
    /// Yields by sign (`m`).
    Minor,
    /// Yields to one side (`=`).
    Equal,
    /// Stops and yields (`s`, also a red light that allows turning after a stop).
    Stop,
    /// First come, first served after a stop (`w`).
    AllWayStop,
    /// Alternates (`Z`).
    Zipper,
    /// Green, goes first (`G`).
    Green,
    /// Green, yields (`g`).
    GreenYield,
    /// Yellow after green (`y`).
    Yellow,
    /// Red (`r`).
    Red,
    /// Red and yellow (`u`).
    RedYellow,
    /// Signal blinks: yields (`o`).
    OffBlinking,
    /// Signal is off: goes first (`O`).
    Off,
    /// Leads nowhere (`-`).
    DeadEnd,
}

impl Rule {
    /// Whether it goes first.
    #[inline]
    pub fn has_priority(self) -> bool {
        matches!(self, Self::Major | Self::Green | Self::Zipper | Self::Off)
    }
    /// Whether a signal shows red.
    #[inline]
    pub fn is_red(self) -> bool {
        matches!(self, Self::Red | Self::RedYellow)
    }
    /// Whether a signal shows yellow.
    #[inline]
    pub fn is_yellow(self) -> bool {
        self == Self::Yellow
    }
    /// Whether a signal shows green.
    #[inline]
    pub fn is_green(self) -> bool {
        matches!(self, Self::Green | Self::GreenYield)
    }
    /// The rule of a sign.
    pub fn of_control(control: Control) -> Self {
        match control {
            Control::Major => Self::Major,
            Control::Minor => Self::Minor,
            Control::Equal => Self::Equal,
            Control::Stop => Self::Stop,
            Control::AllWayStop => Self::AllWayStop,
            Control::Zipper => Self::Zipper,
            // Until its plan speaks, a signal shows red.
            Control::Signal => Self::Red,
            Control::DeadEnd => Self::DeadEnd,
        }
    }
    /// The rule of a signal's aspect.
    pub fn of_aspect(aspect: Aspect) -> Self {
        match aspect {
            Aspect::Green => Self::Green,
            Aspect::GreenYield => Self::GreenYield,
            Aspect::Yellow => Self::Yellow,
            Aspect::Red => Self::Red,
            Aspect::RedThenStop => Self::Stop,
            Aspect::RedYellow => Self::RedYellow,
            Aspect::OffBlinking => Self::OffBlinking,
            Aspect::Off => Self::Off,
        }
    }
}

/// Traffic on a link since the beginning of the run.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LinkTraffic {
    /// Distance driven.
    pub vehicle_m: f64,
    /// Distance driven, each vehicle counted by its passenger-car units.
    pub pcu_m: f64,
    /// Distance driven by two-wheelers.
    pub two_wheeler_m: f64,
    /// Time spent.
    pub vehicle_s: f64,
}

impl LinkTraffic {
    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            vehicle_m: self.vehicle_m + other.vehicle_m,
            pcu_m: self.pcu_m + other.pcu_m,
            two_wheeler_m: self.two_wheeler_m + other.two_wheeler_m,
            vehicle_s: self.vehicle_s + other.vehicle_s,
        }
    }
    /// What came after an earlier instant.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            vehicle_m: self.vehicle_m - earlier.vehicle_m,
            pcu_m: self.pcu_m - earlier.pcu_m,
            two_wheeler_m: self.two_wheeler_m - earlier.two_wheeler_m,
            vehicle_s: self.vehicle_s - earlier.vehicle_s,
        }
    }
}

/// How a signal works now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SignalMode {
    /// It shows its plan.
    Plan,
    /// It is without supply.
    Dark,
    /// It has supply again and blinks while its controller starts.
    Flashing,
    /// It shows red to everybody before it goes back to its plan.
    AllRed,
}

/// What a detector has seen.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Detection {
    /// Whether a vehicle is on it.
    pub is_occupied: bool,
    /// When the last vehicle left it, interpolated within the step.
    pub left_s: f64,
    /// Vehicles with their front between it and the end of its lane.
    pub vehicles: u32,
}

impl Detection {
    /// Nothing yet.
    pub const NONE: Self = Self { is_occupied: false, left_s: f64::NEG_INFINITY, vehicles: 0 };

    /// Time since a vehicle was on it.
    pub fn gap_s(&self, now_ms: i64) -> f64 {
        if self.is_occupied { 0.0 } else { now_ms as f64 / 1000.0 - self.left_s }
    }
}

/// The columns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ports {
    /// What rules each connector. Written by `signals::advance`.
    pub rules: Column<ConnectorId, Rule>,
    /// When the rule last changed. Written by `signals::advance`.
    pub rule_since_ms: Column<ConnectorId, i64>,
    /// Whether a signal has supply. Written by the power domain; without one, always.
    pub has_supply: Column<SignalId, bool>,
    /// Traffic on each link so far; empty where no lamp asks for it. Written by the pass `record`.
    pub link_traffic: Column<LinkId, LinkTraffic>,
    /// Whether somebody is on a link; empty where no lamp asks for it. Written by the pass `record`.
    pub link_occupied: Column<LinkId, bool>,
    /// Active power each luminaire draws. Written by `lighting::control`.
    pub lamp_power_w: Column<LuminaireId, f64>,
    /// Reactive power each luminaire draws; capacitive is negative. Written by `lighting::control`.
    pub lamp_reactive_var: Column<LuminaireId, f64>,
    /// Active and reactive power each luminaire would draw with supply at its rated voltage. Written by
    /// `lighting::control`.
    pub lamp_demand_va: Column<LuminaireId, [f64; 2]>,
    /// Whether a luminaire has supply. Written by the power domain; without one, always.
    pub lamp_supply: Column<LuminaireId, bool>,
    /// Voltage at a luminaire over its rated one. Written by the power domain; without one, 1.
    pub lamp_voltage_pu: Column<LuminaireId, f32>,
    /// How each signal works now. Written by `power::pass::restart`.
    pub signal_mode: Column<SignalId, SignalMode>,
    /// What the detectors of actuated signals have seen. Written by the pass `record`.
    pub detections: Column<DetectorId, Detection>,
}

impl Ports {
    /// The columns before the first step: signs in force, signals red.
    pub fn new(network: &Network) -> Self {
        let rules = network.connectors.iter().map(|connector| Rule::of_control(connector.control)).collect();
        Self {
            rules: Column::new(rules),
            rule_since_ms: Column::filled(i64::MIN / 2, network.connectors.len()),
            has_supply: Column::filled(true, network.signal_heads.len()),
            link_traffic: Column::default(),
            link_occupied: Column::default(),
            lamp_power_w: Column::default(),
            lamp_reactive_var: Column::default(),
            lamp_demand_va: Column::default(),
            lamp_supply: Column::default(),
            lamp_voltage_pu: Column::default(),
            signal_mode: Column::filled(SignalMode::Plan, network.signal_heads.len()),
            detections: Column::default(),
        }
    }

    /// Makes room for the columns of lighting.
    pub fn make_room_for_lamps(&mut self, n_links: usize, n_luminaires: usize) {
        self.link_traffic = Column::filled(LinkTraffic::default(), n_links);
        self.link_occupied = Column::filled(false, n_links);
        self.lamp_power_w = Column::filled(0.0, n_luminaires);
        self.lamp_reactive_var = Column::filled(0.0, n_luminaires);
        self.lamp_demand_va = Column::filled([0.0; 2], n_luminaires);
        self.lamp_supply = Column::filled(true, n_luminaires);
        self.lamp_voltage_pu = Column::filled(1.0, n_luminaires);
    }
}
