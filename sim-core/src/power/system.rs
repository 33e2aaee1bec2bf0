//! The feeders of a city: what hangs on them, who meters it, when a power flow is due.

use serde::{Deserialize, Serialize};

use super::battery::{Charger, ChargerState, ElectricShares};
use super::blocks::C64;
use super::feeder::Feeder;
use crate::ids::{BranchId, FeederId, Id, LoadId, LuminaireId, SignalId};

/// A time series of factors on the power of loads; it repeats.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile {
    /// Start of the first interval, in simulated time.
    pub begin_ms: i64,
    /// Length of an interval.
    pub interval_ms: i64,
    /// Factors on active power.
    pub active: Vec<f64>,
    /// Factors on reactive power.
    pub reactive: Vec<f64>,
}

impl Profile {
    /// What a load of a nominal power draws at a time.
    pub fn power(&self, nominal: C64, now_ms: i64) -> C64 {
        let index = (now_ms - self.begin_ms).div_euclid(self.interval_ms);
        let at = |series: &[f64]| match series.len() {
            0 => 1.0,
            n => series[index.rem_euclid(n as i64) as usize],
        };
        C64::new(nominal.re * at(&self.active), nominal.im * at(&self.reactive))
    }
}

/// A price or a factor that changes at known times.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Steps {
    /// When each value begins to hold; the first holds before, too.
    pub from_ms: Vec<i64>,
    /// The values.
    pub values: Vec<f64>,
}

impl Steps {
    /// One value for all time.
    pub fn constant(value: f64) -> Self {
        Self { from_ms: vec![0], values: vec![value] }
    }
    /// The value at a time; 0 without any.
    pub fn at(&self, now_ms: i64) -> f64 {
        let after = self.from_ms.partition_point(|from_ms| *from_ms <= now_ms);
        self.values.get(after.saturating_sub(1)).copied().unwrap_or(0.0)
    }
}

/// What decides the power of a load.
#[derive(Clone, PartialEq, Debug)]
pub enum Role {
    /// Its nominal power, always.
    Constant,
    /// A profile, by its place.
    Profile(u32),
    /// A traffic signal: its controller, and its lamps by what they show.
    Signal {
        /// The signal.
        signal: SignalId,
        /// Power of the lamp of one head that shows red, yellow, green.
        lamp_w: [f64; 3],
        /// Reactive power over active power.
        reactive_share: f64,
    },
    /// Luminaires, by their place among the groups of lamps of the grid.
    Lamps(u32),
    /// A charging place, by its place among the chargers of the grid.
    Charger {
        /// The place.
        charger: u32,
        /// Reactive power over active power.
        reactive_share: f64,
    },
}

/// What a meter measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MeterAt {
    /// All that the source gives.
    Source,
    /// All that goes through a branch, at its far end.
    Branch(BranchId),
    /// The loads that name it.
    Loads,
}

/// A meter.
#[derive(Clone, PartialEq, Debug)]
pub struct Meter {
    /// What it measures.
    pub at: MeterAt,
    /// Its loads; for a meter at a branch, worked out from the feeder as it is built.
    pub loads: Vec<LoadId>,
    /// Loads behind it that have a meter of their own, and are left out here.
    pub left_out: Vec<LoadId>,
    /// The branches behind it, whose losses it pays.
    pub branches: Vec<BranchId>,
    /// Price of energy, taxes included, by its place; `None` without a tariff.
    pub price: Option<u32>,
}

/// One feeder of a city.
#[derive(Clone, PartialEq, Debug)]
pub struct FeederSystem {
    /// The feeder.
    pub feeder: Feeder,
    /// What decides the power of each load.
    pub roles: Vec<Role>,
    /// Meters.
    pub meters: Vec<Meter>,
}

impl FeederSystem {
    /// A feeder whose loads have their nominal power, with one meter at its source.
    pub fn new(feeder: Feeder) -> Self {
        let roles = vec![Role::Constant; feeder.parts.loads.len()];
        let mut system = Self { feeder, roles, meters: Vec::new() };
        system.add_meter(MeterAt::Source, Vec::new(), None);
        system
    }

    /// Adds a meter and works out what lies behind it when all switches stand as they do to begin with.
    pub fn add_meter(&mut self, at: MeterAt, loads: Vec<LoadId>, price: Option<u32>) {
        let (loads, branches) = match at {
            MeterAt::Loads => (loads, Vec::new()),
            MeterAt::Source => {
                let all = &self.feeder.parts;
                let loads = (0..all.loads.len()).map(LoadId::from_index).collect();
                (loads, (0..all.branches.len()).map(BranchId::from_index).collect())
            }
            MeterAt::Branch(branch) => self.behind(branch),
        };
        self.meters.push(Meter { at, loads, left_out: Vec::new(), branches, price });
    }

    /// Leaves loads with a meter of their own out of the meters they lie behind, so that nothing is billed twice.
    pub fn leave_out_metered_loads(&mut self) {
        let own: Vec<LoadId> = self
            .meters
            .iter()
            .filter(|meter| meter.at == MeterAt::Loads)
            .flat_map(|meter| meter.loads.iter().copied())
            .collect();
        for meter in self.meters.iter_mut().filter(|meter| meter.at != MeterAt::Loads) {
            let (left_out, loads) = meter.loads.iter().partition(|load| own.contains(load));
            (meter.left_out, meter.loads) = (left_out, loads);
        }
    }

    /// Loads and branches behind a branch.
    fn behind(&self, branch: BranchId) -> (Vec<LoadId>, Vec<BranchId>) {
        let parts = &self.feeder.parts;
        let closed: Vec<bool> = parts.branches.iter().map(|branch| branch.is_closed).collect();
        let hops = self.feeder.radial(&closed).unwrap_or_default();
        let mut is_behind = vec![false; parts.nodes.len()];
        let mut branches = Vec::new();
        for hop in &hops {
            let is_first = hop.group.branches.contains(&branch);
            if is_first || is_behind[hop.from] {
                is_behind[hop.to] = true;
                // What the metered branch itself loses lies before its far end.
                if !is_first {
                    branches.extend(&hop.group.branches);
                }
            }
        }
        let loads = parts.loads.iter().enumerate().filter(|(_, load)| is_behind[load.node.index()]);
        (loads.map(|(index, _)| LoadId::from_index(index)).collect(), branches)
    }
}

/// How a signal comes back after a loss of supply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RestartTimes {
    /// Blinking yellow while the controller checks itself.
    pub flashing_ms: i64,
    /// Red for everybody before the plan goes on.
    pub all_red_ms: i64,
}

impl Default for RestartTimes {
    fn default() -> Self {
        Self { flashing_ms: 10_000, all_red_ms: 6_000 }
    }
}

/// All feeders of a city.
#[derive(Clone, PartialEq, Debug)]
pub struct PowerGrid {
    /// The feeders.
    pub feeders: Vec<FeederSystem>,
    /// Profiles of loads.
    pub profiles: Vec<Profile>,
    /// Prices per kWh.
    pub prices: Vec<Steps>,
    /// Carbon dioxide per kWh from the grid, in kg.
    pub co2_kg_per_kwh: Steps,
    /// A power flow is due on multiples of this.
    pub every_ms: i64,
    /// Lowest voltage that counts as good, over the nominal one.
    pub min_pu: f64,
    /// Highest voltage that counts as good.
    pub max_pu: f64,
    /// Voltage below which a signal is without supply.
    pub signal_min_pu: f64,
    /// How signals come back.
    pub restart: RestartTimes,
    /// Charging places.
    pub chargers: Vec<Charger>,
    /// Luminaires by load; none is in two of them.
    pub lamps: Vec<Vec<LuminaireId>>,
    /// How many vehicles are electric.
    pub electric: ElectricShares,
}

impl Default for PowerGrid {
    fn default() -> Self {
        Self {
            feeders: Vec::new(),
            profiles: Vec::new(),
            prices: Vec::new(),
            co2_kg_per_kwh: Steps::default(),
            every_ms: 60_000,
            min_pu: 0.9,
            max_pu: 1.1,
            signal_min_pu: 0.8,
            restart: RestartTimes::default(),
            chargers: Vec::new(),
            lamps: Vec::new(),
            electric: ElectricShares::default(),
        }
    }
}

/// What changes of a feeder in a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FeederState {
    /// Which branches are closed.
    pub closed: Vec<bool>,
    /// How far each fuse is on its way to melting: at 1 it opens.
    pub wear: Vec<f64>,
    /// Fuses that have melted.
    pub melted: Vec<BranchId>,
}

/// What changes of all feeders in a run.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PowerState {
    /// By feeder.
    pub feeders: Vec<FeederState>,
    /// When the last power flow was made; none yet.
    pub solved_ms: Option<i64>,
    /// Whether a branch was switched since.
    pub is_switched: bool,
    /// Whether lamps lost or regained supply, or enough voltage, since they were last looked at.
    pub has_switched_lamps: bool,
    /// When each signal that is not back on its plan lost or regained supply.
    pub restarts: Vec<(SignalId, i64)>,
    /// Closings that were refused because they would have made a loop.
    pub n_refused: u64,
    /// Who is charging, by charging place.
    pub chargers: Vec<ChargerState>,
}

impl PowerState {
    /// The state to begin with.
    pub fn new(grid: &PowerGrid) -> Self {
        let feeder = |system: &FeederSystem| {
            let closed: Vec<bool> = system.feeder.parts.branches.iter().map(|branch| branch.is_closed).collect();
            FeederState { wear: vec![0.0; closed.len()], melted: Vec::new(), closed }
        };
        Self {
            feeders: grid.feeders.iter().map(feeder).collect(),
            chargers: vec![ChargerState::default(); grid.chargers.len()],
            ..Self::default()
        }
    }

    /// Opens or closes a branch. A closing that would make a loop is refused and counted.
    pub fn switch(&mut self, feeder: &Feeder, id: FeederId, branch: BranchId, is_closed: bool) {
        let state = &mut self.feeders[id.index()];
        if state.closed[branch.index()] == is_closed {
            return;
        }
        state.closed[branch.index()] = is_closed;
        if feeder.radial(&state.closed).is_err() {
            state.closed[branch.index()] = !is_closed;
            self.n_refused += 1;
        } else {
            self.is_switched = true;
        }
    }

    /// Whether a power flow is due at a time, at which lamps may have changed what they draw.
    pub fn is_due(&self, grid: &PowerGrid, now_ms: i64, have_lamps_changed: bool) -> bool {
        let turn = |ms: i64| ms.div_euclid(grid.every_ms);
        !grid.feeders.is_empty()
            && ((have_lamps_changed && !grid.lamps.is_empty())
                || self.is_switched
                || self.solved_ms.is_none_or(|solved_ms| turn(solved_ms) != turn(now_ms)))
    }
}
