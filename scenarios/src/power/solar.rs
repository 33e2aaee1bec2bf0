//! Photovoltaics by the position of the sun.
//!
//! Sky: global irradiance of a clear sky after Haurwitz (1945), G₀ = 1098 · cos z · exp(−0.059 / cos z) W/m², as pvlib
//! codes it; a share N of the sky under cloud leaves G = G₀ · (1 − 0.75 N^3.4), of which 0.3 + 0.7 N² is diffuse (Kasten and Czeplak 1980).
//! On the plane of a module: beam by the angle of incidence, isotropic diffuse light (Liu and Jordan 1963), the ground
//! reflecting 0.2. What comes out is peak power × irradiance / 1000 W/m² × performance ratio.

use sim_core::power::system::Profile;

use crate::lighting::sun::Sun;

/// A field of modules.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Modules {
    /// Tilt against the horizontal.
    pub tilt_deg: f64,
    /// Where they look, clockwise from north.
    pub azimuth_deg: f64,
    /// Power at the feeder over peak power × irradiance: heat, dirt, inverter, wiring.
    pub performance_ratio: f64,
}

/// Light that the ground reflects.
const ALBEDO: f64 = 0.2;
/// Cosine of the zenith angle below which a beam is not told apart from diffuse light: 87°.
const COS_LEAST: f64 = 0.052_335_956;

/// Irradiance on a tilted plane, in W/m², by the zenith angle and azimuth of the sun.
pub fn irradiance_w_m2(modules: &Modules, (zenith_deg, azimuth_deg): (f64, f64), cloud_share: f64) -> f64 {
    let zenith = zenith_deg.to_radians();
    let cos_zenith = zenith.cos();
    if cos_zenith <= 0.0 {
        return 0.0;
    }
    let clear = 1098.0 * cos_zenith * (-0.059 / cos_zenith).exp();
    let global = clear * (1.0 - 0.75 * cloud_share.powf(3.4));
    let diffuse = global * (0.3 + 0.7 * cloud_share * cloud_share);
    let beam = (global - diffuse) / cos_zenith.max(COS_LEAST);
    let tilt = modules.tilt_deg.to_radians();
    let turned = (azimuth_deg - modules.azimuth_deg).to_radians();
    let cos_incidence = cos_zenith * tilt.cos() + zenith.sin() * tilt.sin() * turned.cos();
    beam * cos_incidence.max(0.0) + diffuse * (1.0 + tilt.cos()) / 2.0 + global * ALBEDO * (1.0 - tilt.cos()) / 2.0
}

/// What modules give over some days, minute by minute, as a factor on their peak power.
pub fn profile(modules: &Modules, sun: &Sun, (from_day, to_day): (i64, i64), cloud_share: f64) -> Profile {
    const MINUTE_MS: i64 = 60_000;
    let minutes = from_day * 1440..to_day * 1440;
    // The middle of each minute stands for it.
    let factor = |minute: i64| {
        let position = sun.position_deg(minute * MINUTE_MS + MINUTE_MS / 2);
        position.map_or(0.0, |position| {
            irradiance_w_m2(modules, position, cloud_share) / 1000.0 * modules.performance_ratio
        })
    };
    Profile {
        begin_ms: from_day * 1440 * MINUTE_MS,
        interval_ms: MINUTE_MS,
        active: minutes.map(factor).collect(),
        reactive: vec![0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(tilt_deg: f64, azimuth_deg: f64) -> Modules {
        Modules { tilt_deg, azimuth_deg, performance_ratio: 1.0 }
    }

    fn sun() -> Sun {
        Sun::new(21.0225, 105.85, "Asia/Ho_Chi_Minh", jiff::civil::date(2026, 1, 1)).unwrap()
    }

    /// Positions, and irradiances as pvlib 0.16.1 computes them with the same models: `spa_python`, `haurwitz`, and
    /// `get_total_irradiance` with an isotropic sky.
    #[test]
    fn sun_and_irradiance_are_those_of_pvlib() {
        let at = |month: i8, day: i8, hour: i64, minute: i64| {
            let date = jiff::civil::date(2026, month, day);
            ((i64::from(date.day_of_year()) - 1) * 86_400 + hour * 3600 + minute * 60) * 1000
        };
        let cases = [
            (at(10, 15, 12, 0), (29.854_924, 188.743_137), [940.867_76, 827.429_03, 860.870_83, 772.019_86]),
            (at(10, 15, 16, 45), (79.913_469, 256.647_944), [157.401_78, 386.348_15, 141.356_29, 299.351_22]),
            (at(6, 21, 9, 0), (41.178_779, 78.003_315), [738.516_75, 458.492_11, 690.911_38, 487.383_12]),
            (at(1, 10, 15, 30), (66.101_158, 232.553_464), [444.295_44, 587.041_09, 398.308_33, 493.517_97]),
        ];
        for (at_ms, (zenith_deg, azimuth_deg), expected) in cases {
            let position = sun().position_deg(at_ms).unwrap();
            assert!((position.0 - zenith_deg).abs() < 2e-3 && (position.1 - azimuth_deg).abs() < 2e-3, "{position:?}");
            let planes = [(10.0, 180.0, 0.0), (30.0, 270.0, 0.0), (10.0, 180.0, 0.5), (30.0, 270.0, 0.5)];
            for ((tilt_deg, towards_deg, cloud), expected) in planes.into_iter().zip(expected) {
                let found = irradiance_w_m2(&modules(tilt_deg, towards_deg), (zenith_deg, azimuth_deg), cloud);
                assert!((found / expected - 1.0).abs() < 1e-6, "{found} instead of {expected}");
            }
        }
    }

    #[test]
    fn modules_give_nothing_at_night_and_most_at_noon() {
        let profile = profile(&modules(10.0, 180.0), &sun(), (287, 288), 0.0);
        assert_eq!(profile.active.len(), 1440);
        assert!(profile.active[..5 * 60].iter().chain(&profile.active[18 * 60..]).all(|factor| *factor == 0.0));
        let (most, _) = profile.active.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        assert!((11 * 60..12 * 60).contains(&most), "{most}");
        let covered = super::profile(&modules(10.0, 180.0), &sun(), (287, 288), 1.0);
        assert!(covered.active[700] < 0.3 * profile.active[700]);
    }
}
