//! Lighting classes: what a section has to reach, whether it does, and the smallest output with which it still does.

use serde::{Deserialize, Serialize};

use crate::lighting::evaluate::{Photometrics, threshold_increment_pct};
use crate::lighting::influence::Rules;

/// Rounding of computed values: a section that is dimmed to exactly its class complies.
const SLACK: f64 = 1e-4;

/// What a class asks for; `None` where it asks nothing.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Requirement {
    /// Least average luminance.
    pub luminance_cdm2: Option<f64>,
    /// Least overall uniformity, of luminance where luminance is asked for, else of illuminance.
    pub uo: Option<f64>,
    /// Least longitudinal uniformity.
    pub ul: Option<f64>,
    /// Greatest threshold increment.
    pub ti_pct: Option<f64>,
    /// Least edge illuminance ratio.
    pub rei: Option<f64>,
    /// Least average illuminance.
    pub e_avg_lx: Option<f64>,
    /// Least illuminance at a point.
    pub e_min_lx: Option<f64>,
    /// Greatest average illuminance: 1.5 times the least for pedestrian classes, for the sake of uniformity.
    pub e_avg_lx_max: Option<f64>,
}

/// Which part of a class is not met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shortfall {
    /// Average luminance.
    Luminance,
    /// Overall uniformity.
    Uo,
    /// Longitudinal uniformity.
    Ul,
    /// Glare.
    Ti,
    /// Edge illuminance.
    Rei,
    /// Average illuminance.
    EAvg,
    /// Least illuminance.
    EMin,
    /// Too much illuminance.
    EAvgMax,
}

impl Shortfall {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Luminance => "luminance",
            Self::Uo => "uo",
            Self::Ul => "ul",
            Self::Ti => "ti",
            Self::Rei => "rei",
            Self::EAvg => "e_avg",
            Self::EMin => "e_min",
            Self::EAvgMax => "e_avg_max",
        }
    }
}

impl Requirement {
    /// What is not met.
    pub fn shortfalls(&self, found: &Photometrics) -> Vec<Shortfall> {
        let short = |wanted: Option<f64>, value: f64| wanted.is_some_and(|wanted| value < wanted * (1.0 - SLACK));
        let over = |limit: Option<f64>, value: f64| limit.is_some_and(|limit| value > limit * (1.0 + SLACK));
        let uo = if self.luminance_cdm2.is_some() { found.uo } else { found.e_uo() };
        [
            (short(self.luminance_cdm2, found.luminance_cdm2), Shortfall::Luminance),
            (short(self.uo, uo), Shortfall::Uo),
            (short(self.ul, found.ul), Shortfall::Ul),
            (over(self.ti_pct, found.ti_pct), Shortfall::Ti),
            (short(self.rei, found.rei), Shortfall::Rei),
            (short(self.e_avg_lx, found.e_avg_lx), Shortfall::EAvg),
            (short(self.e_min_lx, found.e_min_lx), Shortfall::EMin),
            (over(self.e_avg_lx_max, found.e_avg_lx), Shortfall::EAvgMax),
        ]
        .into_iter()
        .filter_map(|(is_short, what)| is_short.then_some(what))
        .collect()
    }

    /// Whether all is met.
    pub fn is_met(&self, found: &Photometrics) -> bool {
        self.shortfalls(found).is_empty()
    }

    /// The smallest common output, as a share of that in which `found` was computed, with which all is met.
    ///
    /// Luminance and illuminance are linear in it, uniformities and the edge ratio do not change, and the threshold
    /// increment falls with it (as its 0.2nd power below 5 cd/m²): so the answer is the largest of three ratios.
    /// `None` if no output up to `most` will do.
    pub fn smallest_share(&self, found: &Photometrics, most: f64, rules: &Rules) -> Option<f64> {
        let need = |wanted: Option<f64>, value: f64| match wanted {
            None => 0.0,
            Some(wanted) if value > 0.0 => wanted / value,
            Some(_) => f64::INFINITY,
        };
        let share = need(self.luminance_cdm2, found.luminance_cdm2)
            .max(need(self.e_avg_lx, found.e_avg_lx))
            .max(need(self.e_min_lx, found.e_min_lx));
        if share > most {
            return None;
        }
        self.is_met(&scaled(found, share, rules)).then_some(share)
    }
}

/// The measures when every output is times `share`.
pub fn scaled(found: &Photometrics, share: f64, rules: &Rules) -> Photometrics {
    Photometrics {
        luminance_cdm2: found.luminance_cdm2 * share,
        e_avg_lx: found.e_avg_lx * share,
        e_min_lx: found.e_min_lx * share,
        initial_cdm2: found.initial_cdm2 * share,
        veiling_cdm2: found.veiling_cdm2 * share,
        ti_pct: threshold_increment_pct(rules, found.veiling_cdm2 * share, found.initial_cdm2 * share),
        ..*found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Photometrics {
        Photometrics {
            luminance_cdm2: 1.25,
            uo: 0.45,
            ul: 0.7,
            ti_pct: 10.0,
            rei: 0.5,
            e_avg_lx: 15.0,
            e_min_lx: 6.0,
            initial_cdm2: 1.5,
            veiling_cdm2: 0.2,
        }
    }

    #[test]
    fn the_smallest_output_is_a_ratio() {
        let rules = Rules::default();
        let wanted = Requirement { luminance_cdm2: Some(0.75), uo: Some(0.4), ul: Some(0.6), ..Requirement::default() };
        let share = wanted.smallest_share(&found(), 1.0, &rules).unwrap();
        assert!((share - 0.6).abs() < 1e-12);
        assert!(wanted.is_met(&scaled(&found(), share, &rules)));
        assert!(!wanted.is_met(&scaled(&found(), share * 0.99, &rules)));
    }

    #[test]
    fn no_output_mends_uniformity() {
        let wanted = Requirement { luminance_cdm2: Some(0.75), uo: Some(0.5), ..Requirement::default() };
        assert_eq!(wanted.smallest_share(&found(), 1.0, &Rules::default()), None);
        assert_eq!(wanted.shortfalls(&found()), [Shortfall::Uo]);
        let dark = Requirement { luminance_cdm2: Some(2.0), ..Requirement::default() };
        assert_eq!(dark.smallest_share(&found(), 1.0, &Rules::default()), None);
    }

    #[test]
    fn glare_falls_as_light_is_dimmed() {
        let rules = Rules::default();
        let full = threshold_increment_pct(&rules, 0.2, 1.5);
        let half = scaled(&found(), 0.5, &rules).ti_pct;
        assert!((half / full - crate::math::powf(0.5, 0.2)).abs() < 1e-12);
    }
}
