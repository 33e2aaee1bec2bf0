//! Luminous intensity of a luminaire by direction: a table over C-planes and γ, read by linear interpolation.
//!
//! C-planes are vertical half-planes through the luminaire: C0 points along the kerb, C90 towards the road. γ is
//! measured from the nadir. Values are candela per 1000 lm of the flux the table was made with. Tables of files have
//! angles at any distance; here both axes are even, at a step that all angles of the file are multiples of, so that
//! interpolating here is interpolating there.

use std::f64::consts::PI;

use crate::lighting::angles::atan2_deg;
use crate::math;

/// A table of intensities.
#[derive(Clone, PartialEq, Debug)]
pub struct Intensity {
    /// Half-planes in a full turn.
    n_c: usize,
    /// Angles from nadir to zenith.
    n_gamma: usize,
    c_per_deg: f64,
    gamma_per_deg: f64,
    /// Half-plane by half-plane, the first once more at the end.
    cd_per_klm: Vec<f32>,
}

impl Intensity {
    /// A table with `n_c` half-planes in a full turn and `n_gamma` (at least 2) angles from 0° to 180°.
    pub fn from_fn(n_c: usize, n_gamma: usize, cd_per_klm: impl Fn(f64, f64) -> f64) -> Self {
        let (n_c, n_gamma) = (n_c.max(1), n_gamma.max(2));
        let mut values = Vec::with_capacity((n_c + 1) * n_gamma);
        for c in 0..=n_c {
            let c_deg = 360.0 * (c % n_c) as f64 / n_c as f64;
            for gamma in 0..n_gamma {
                let gamma_deg = 180.0 * gamma as f64 / (n_gamma - 1) as f64;
                values.push(cd_per_klm(c_deg, gamma_deg) as f32);
            }
        }
        Self {
            n_c,
            n_gamma,
            c_per_deg: n_c as f64 / 360.0,
            gamma_per_deg: (n_gamma - 1) as f64 / 180.0,
            cd_per_klm: values,
        }
    }

    /// Equal in all directions.
    pub fn isotropic() -> Self {
        Self::from_fn(1, 181, |_, _| 1000.0 / (4.0 * PI))
    }

    /// Proportional to cos γ below the horizon, as of a matt plane that looks down.
    pub fn lambertian() -> Self {
        Self::from_fn(1, 3601, |_, gamma_deg| 1000.0 / PI * math::cos(gamma_deg * PI / 180.0).max(0.0))
    }

    /// Candela per klm in a direction: C from 0° to 360°, γ from 0° to 180°.
    #[inline]
    pub fn at(&self, c_deg: f64, gamma_deg: f64) -> f64 {
        let c = c_deg * self.c_per_deg;
        let gamma = gamma_deg * self.gamma_per_deg;
        let c_index = (c as usize).min(self.n_c - 1);
        let gamma_index = (gamma as usize).min(self.n_gamma - 2);
        let (u, v) = (c - c_index as f64, gamma - gamma_index as f64);
        let at = c_index * self.n_gamma + gamma_index;
        let near = &self.cd_per_klm[at..at + 2];
        let far = &self.cd_per_klm[at + self.n_gamma..at + self.n_gamma + 2];
        let low = f64::from(near[0]) + u * (f64::from(far[0]) - f64::from(near[0]));
        let high = f64::from(near[1]) + u * (f64::from(far[1]) - f64::from(near[1]));
        low + v * (high - low)
    }

    /// Candela per klm towards (along C0, along C90, down).
    #[inline]
    pub fn towards(&self, along_c0: f64, along_c90: f64, down: f64) -> f64 {
        let gamma_deg = atan2_deg((along_c0 * along_c0 + along_c90 * along_c90).sqrt(), down);
        let c_deg = if self.n_c == 1 { 0.0 } else { atan2_deg(along_c90, along_c0) };
        self.at(if c_deg < 0.0 { c_deg + 360.0 } else { c_deg }, gamma_deg)
    }

    /// Flux of the table in lumen for 1000 lm: the integral of the interpolated intensity over all directions.
    pub fn flux_lm(&self) -> f64 {
        self.zone_flux_lm(0.0, 180.0)
    }

    /// Share of the flux that goes above the horizon.
    pub fn upward_share(&self) -> f64 {
        let flux_lm = self.flux_lm();
        if flux_lm > 0.0 { self.zone_flux_lm(90.0, 180.0) / flux_lm } else { 0.0 }
    }

    fn zone_flux_lm(&self, from_deg: f64, to_deg: f64) -> f64 {
        let step_deg = 180.0 / (self.n_gamma - 1) as f64;
        let mut total_lm = 0.0;
        for gamma in 0..self.n_gamma - 1 {
            let (a_deg, b_deg) = (gamma as f64 * step_deg, (gamma + 1) as f64 * step_deg);
            if a_deg < from_deg - 1e-9 || b_deg > to_deg + 1e-9 {
                continue;
            }
            let (a, b) = (a_deg * PI / 180.0, b_deg * PI / 180.0);
            // ∫ I(γ) sin γ dγ with I linear between a and b, exactly.
            let weight_total = math::cos(a) - math::cos(b);
            let weight_high = (math::sin(b) - math::sin(a)) / (b - a) - math::cos(b);
            let mean = |gamma: usize| {
                let sum = (0..self.n_c).fold(0.0, |sum, c| sum + f64::from(self.cd_per_klm[c * self.n_gamma + gamma]));
                sum / self.n_c as f64
            };
            total_lm += 2.0 * PI * (mean(gamma) * (weight_total - weight_high) + mean(gamma + 1) * weight_high);
        }
        total_lm
    }

    /// The same table with every value times a factor.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        for value in &mut self.cd_per_klm {
            *value = (f64::from(*value) * factor) as f32;
        }
        self
    }

    /// A street luminaire without a measured file: two lobes along the road, thrown forward across it, cut off towards
    /// the horizon. Scaled to 1000 lm.
    ///
    /// I(C, γ) = [1 + peak · g(ε_along)] · throw(C) · cut(γ), g a bell around ±`beam_deg` seen along the road.
    pub fn street(optic: &StreetOptic) -> Self {
        let table = Self::from_fn(72, 73, |c_deg, gamma_deg| {
            let (c, gamma) = (c_deg * PI / 180.0, gamma_deg * PI / 180.0);
            if gamma_deg >= 90.0 {
                return 0.0;
            }
            let (along, across) = (math::sin(gamma) * math::cos(c).abs(), math::sin(gamma) * math::sin(c));
            let down = math::cos(gamma);
            let along_deg = atan2_deg(along, down);
            let across_deg = atan2_deg(across, down);
            let bell = |at: f64, middle: f64, width: f64| {
                let z = (at - middle) / width;
                math::exp(-0.5 * z * z)
            };
            let lobe = optic.base + bell(along_deg, optic.beam_deg, optic.beam_width_deg);
            let side = if across_deg > optic.throw_deg { optic.road_width_deg } else { optic.house_width_deg };
            let throw = bell(across_deg, optic.throw_deg, side);
            let cut = 1.0 / (1.0 + math::exp((gamma_deg - optic.cut_deg) / optic.cut_width_deg));
            // Towards the horizon nothing is left.
            lobe * throw * cut * (1.0 - math::powf(gamma_deg / 90.0, 12.0))
        });
        let flux_lm = table.flux_lm();
        table.scaled(1000.0 / flux_lm)
    }
}

/// The shape of a street luminaire's light; all angles in degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StreetOptic {
    /// Light straight down, over that of the lobes.
    pub base: f64,
    /// Angle of the lobes from the nadir, along the road.
    pub beam_deg: f64,
    /// Width of the lobes.
    pub beam_width_deg: f64,
    /// Angle from the nadir, across the road, at which the light is strongest.
    pub throw_deg: f64,
    /// How fast it falls beyond that.
    pub road_width_deg: f64,
    /// How fast it falls towards the houses.
    pub house_width_deg: f64,
    /// Where it is cut off towards the horizon.
    pub cut_deg: f64,
    /// Over which angle.
    pub cut_width_deg: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flux_of_closed_forms_is_a_thousand_lumen() {
        for (table, name) in [(Intensity::isotropic(), "isotropic"), (Intensity::lambertian(), "lambertian")] {
            assert!((table.flux_lm() - 1000.0).abs() < 2e-3, "{name}: {}", table.flux_lm());
        }
        assert!((Intensity::isotropic().upward_share() - 0.5).abs() < 1e-6);
        assert!(Intensity::lambertian().upward_share() < 1e-9);
    }

    #[test]
    fn directions_are_interpolated_between_planes() {
        let table = Intensity::from_fn(4, 181, |c_deg, gamma_deg| c_deg + gamma_deg);
        assert!((table.at(45.0, 10.5) - 55.5).abs() < 1e-4);
        // From C270 back to C0, across the seam.
        assert!((table.at(315.0, 0.0) - 135.0).abs() < 1e-4);
        assert!((table.at(360.0, 180.0) - 180.0).abs() < 1e-4);
        assert!((table.towards(0.0, 1.0, 1.0) - (90.0 + 45.0)).abs() < 1e-4);
        assert!((table.towards(0.0, -1.0, 0.0) - (270.0 + 90.0)).abs() < 1e-4);
    }

    #[test]
    fn a_parametric_luminaire_throws_its_light_on_the_road() {
        let optic = StreetOptic {
            base: 0.4,
            beam_deg: 58.0,
            beam_width_deg: 12.0,
            throw_deg: 25.0,
            road_width_deg: 30.0,
            house_width_deg: 25.0,
            cut_deg: 72.0,
            cut_width_deg: 2.5,
        };
        let table = Intensity::street(&optic);
        assert!((table.flux_lm() - 1000.0).abs() < 0.1);
        assert!(table.upward_share() < 1e-9);
        assert!(table.at(30.0, 60.0) > 2.0 * table.at(330.0, 60.0));
        assert!((table.at(30.0, 60.0) - table.at(150.0, 60.0)).abs() < 1e-3, "symmetric along the road");
    }
}
