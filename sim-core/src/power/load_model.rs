//! How the current of a load depends on the voltage across it.
//!
//! With S the power at nominal voltage V₀ and v = |V|, the current is I = (P·g_P(v) − jQ·g_Q(v))·V with real functions
//! g: 1/v² for constant power, 1/(v·V₀) for constant current, 1/V₀² for constant impedance. Outside of its limits a load
//! becomes a constant impedance, continuous at the upper limit, as OpenDSS does it (`vminpu`, `vmaxpu`, `vlowpu`): below
//! the lower limit its current falls on a straight line to that of the nominal impedance at `low`, and further down it is
//! that impedance. Without limits a load keeps its law at any voltage.

use super::blocks::C64;
use crate::math;

/// Shares of constant impedance, current and power; they add up to 1 in sane data.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Zip {
    /// Constant impedance.
    pub impedance: f64,
    /// Constant current.
    pub current: f64,
    /// Constant power.
    pub power: f64,
}

/// The law of a load between its limits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Law {
    /// Constant power.
    Power,
    /// Constant impedance.
    Impedance,
    /// Constant current: its magnitude and its angle to the voltage.
    Current,
    /// A mixture, for active and reactive power apart.
    Mixed {
        /// Of the active power.
        active: Zip,
        /// Of the reactive power.
        reactive: Zip,
        /// Per-unit voltage at which the load drops out; 0: never.
        drops_out_pu: f64,
    },
}

/// Per-unit voltages outside of which the law no longer holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limits {
    /// Lowest voltage of the law.
    pub min_pu: f64,
    /// Highest voltage of the law.
    pub max_pu: f64,
    /// Below this, a constant impedance of the nominal value.
    pub low_pu: f64,
}

impl Limits {
    /// What OpenDSS takes when nothing is said.
    pub const OPENDSS: Self = Self { min_pu: 0.95, max_pu: 1.05, low_pu: 0.5 };
}

/// A law with its nominal voltage and limits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LoadModel {
    /// Nominal voltage across the terminals.
    pub base_v: f64,
    /// The law.
    pub law: Law,
    /// Its limits; `None`: it always holds.
    pub limits: Option<Limits>,
}

impl LoadModel {
    /// Constant power at any voltage.
    pub fn constant_power(base_v: f64) -> Self {
        Self { base_v, law: Law::Power, limits: None }
    }

    /// The model in the form used by solvers.
    pub fn prepared(&self) -> Prepared {
        let base_v = self.base_v;
        let limits = self.limits.unwrap_or(Limits { min_pu: 0.0, max_pu: f64::INFINITY, low_pu: 0.0 });
        let [low_v, min_v, max_v] = [limits.low_pu, limits.min_pu, limits.max_pu].map(|pu| pu * base_v);
        let low_v = low_v.min(min_v);
        let is_impedance = self.law == Law::Impedance;
        let (active, reactive, drops_out_pu) = match self.law {
            Law::Power => (Zip::POWER, Zip::POWER, 0.0),
            Law::Impedance => (Zip::IMPEDANCE, Zip::IMPEDANCE, 0.0),
            Law::Current => (Zip::CURRENT, Zip::CURRENT, 0.0),
            Law::Mixed { active, reactive, drops_out_pu } => (active, reactive, drops_out_pu),
        };
        let nominal = 1.0 / (base_v * base_v);
        let outside = |zip: Zip| {
            // Currents per unit of power at the two ends of the straight line.
            let (low_a, min_a) = (low_v * nominal, zip.factor(min_v, base_v) * min_v);
            Outside {
                zip,
                slope: if min_v > low_v { (min_a - low_a) / (min_v - low_v) } else { 0.0 },
                above: if max_v.is_finite() { zip.factor(max_v, base_v) } else { 0.0 },
            }
        };
        Prepared {
            min_v2: if is_impedance { 0.0 } else { min_v * min_v },
            max_v2: if is_impedance { f64::INFINITY } else { max_v * max_v },
            is_power: self.law == Law::Power,
            low_v,
            nominal,
            base_v,
            drops_out_pu,
            active: outside(active),
            reactive: outside(reactive),
        }
    }
}

impl Zip {
    const POWER: Self = Self { impedance: 0.0, current: 0.0, power: 1.0 };
    const CURRENT: Self = Self { impedance: 0.0, current: 1.0, power: 0.0 };
    const IMPEDANCE: Self = Self { impedance: 1.0, current: 0.0, power: 0.0 };

    /// g at a voltage.
    fn factor(self, v: f64, base_v: f64) -> f64 {
        // Without voltage neither a power nor a current has a direction.
        let of_voltage = if v > 0.0 { self.current / (v * base_v) + self.power / (v * v) } else { 0.0 };
        self.impedance / (base_v * base_v) + of_voltage
    }
}

/// What holds outside of the limits.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Outside {
    zip: Zip,
    /// Growth of the current per unit of power with voltage, below.
    slope: f64,
    /// g above.
    above: f64,
}

/// A model with everything worked out that does not depend on the voltage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Prepared {
    min_v2: f64,
    max_v2: f64,
    is_power: bool,
    low_v: f64,
    nominal: f64,
    base_v: f64,
    drops_out_pu: f64,
    active: Outside,
    reactive: Outside,
}

impl Prepared {
    /// The current drawn at a voltage by a load of nominal power `s`.
    #[inline]
    pub fn current(&self, s: C64, v: C64) -> C64 {
        let v2 = v.norm_sqr();
        if self.is_power && v2 > self.min_v2 && v2 <= self.max_v2 {
            return s.conj() * v * (1.0 / v2);
        }
        let [active, reactive] = self.factors(v2);
        C64::new(s.re * active, -s.im * reactive) * v
    }

    /// g for active and for reactive power, outside of the common case.
    fn factors(&self, v2: f64) -> [f64; 2] {
        let v = v2.sqrt();
        if v2 <= self.min_v2 && v <= self.low_v {
            return [self.nominal; 2];
        }
        let share = drop_out(v / self.base_v, self.drops_out_pu);
        [self.active, self.reactive].map(|outside| {
            share
                * if v2 > self.max_v2 {
                    outside.above
                } else if v2 <= self.min_v2 {
                    (self.low_v * self.nominal + outside.slope * (v - self.low_v)) / v
                } else {
                    outside.zip.factor(v, self.base_v)
                }
        })
    }
}

/// The share of a load that is left near its drop-out voltage: a steep tangent hyperbolic, as in OpenDSS.
fn drop_out(v_pu: f64, drops_out_pu: f64) -> f64 {
    if drops_out_pu <= 0.0 {
        return 1.0;
    }
    let grown = math::exp((1000.0 * (v_pu - drops_out_pu)).clamp(-700.0, 700.0));
    0.5 * (1.0 + (grown - 1.0) / (grown + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power::blocks::{magnitude, polar};

    const BASE_V: f64 = 230.0;

    fn power(law: Law, limits: Option<Limits>, v_pu: f64) -> C64 {
        let model = LoadModel { base_v: BASE_V, law, limits };
        let v = polar(v_pu * BASE_V, 0.7);
        v * model.prepared().current(C64::new(1000.0, 300.0), v).conj()
    }

    #[test]
    fn each_law_keeps_what_its_name_says() {
        let s = C64::new(1000.0, 300.0);
        for v_pu in [0.7, 0.9, 1.0, 1.2] {
            assert!(magnitude(power(Law::Power, None, v_pu) - s) < 1e-9);
            assert!(magnitude(power(Law::Current, None, v_pu) - s * v_pu) < 1e-9);
            assert!(magnitude(power(Law::Impedance, None, v_pu) - s * v_pu * v_pu) < 1e-9);
        }
        let zip = Zip { impedance: 0.5, current: 0.3, power: 0.2 };
        let mixed = Law::Mixed { active: zip, reactive: zip, drops_out_pu: 0.0 };
        assert!(magnitude(power(mixed, None, 0.9) - s * (0.5 * 0.81 + 0.3 * 0.9 + 0.2)) < 1e-9);
    }

    #[test]
    fn cut_over_gives_the_powers_of_opendss() {
        let active = Zip { impedance: 0.3, current: 0.2, power: 0.5 };
        let reactive = Zip { impedance: 0.4, current: 0.1, power: 0.5 };
        let mixed = Law::Mixed { active, reactive, drops_out_pu: 0.8 };
        // Per-unit voltage, then kW of a load of 10 kW + 3 kvar, as OpenDSS 0.14.5 gives them for its models 1, 5, 8.
        let expected = [
            (Law::Power, 0.45, 2.025),
            (Law::Power, 0.6, 3.736842),
            (Law::Power, 0.94, 9.779298),
            (Law::Power, 1.1, 10.975057),
            (Law::Current, 0.8, 6.666667),
            (Law::Current, 1.06, 10.700953),
            (mixed, 0.45, 2.025),
            (mixed, 0.6, 0.0),
            (mixed, 0.8, 3.363537),
            (mixed, 0.94, 9.399560),
            (mixed, 1.04, 10.3248),
            (mixed, 1.1, 11.422290),
        ];
        for (law, v_pu, kw) in expected {
            let found_kw = power(law, Some(Limits::OPENDSS), v_pu).re / 100.0;
            // At its drop-out voltage a load changes so steeply that the last digit of the voltage counts.
            let tolerance_kw = if v_pu == 0.8 && law == mixed { 5e-5 } else { 2e-6 };
            assert!((found_kw - kw).abs() < tolerance_kw, "{law:?} at {v_pu}: {found_kw} instead of {kw}");
        }
    }

    #[test]
    fn cut_over_is_continuous_at_every_limit() {
        for law in [Law::Power, Law::Current] {
            for at_pu in [0.5, 0.95, 1.05] {
                let [below, above] = [-1e-9, 1e-9].map(|by| magnitude(power(law, Some(Limits::OPENDSS), at_pu + by)));
                assert!((below - above).abs() < 1e-4, "{law:?} at {at_pu}: {below} {above}");
            }
        }
    }

    #[test]
    fn above_the_limit_power_grows_with_the_square_of_voltage() {
        let [one, two] = [1.06, 1.09].map(|v_pu| power(Law::Power, Some(Limits::OPENDSS), v_pu).re);
        assert!((one - 1000.0 * (1.06 / 1.05) * (1.06 / 1.05)).abs() < 1e-9);
        assert!((two - 1000.0 * (1.09 / 1.05) * (1.09 / 1.05)).abs() < 1e-9);
    }

    #[test]
    fn a_mixed_load_drops_out() {
        let zip = Zip { impedance: 0.0, current: 0.0, power: 1.0 };
        let law = Law::Mixed { active: zip, reactive: zip, drops_out_pu: 0.8 };
        assert!(power(law, None, 0.78).re < 1e-3 && power(law, None, 0.82).re > 999.0);
    }
}
