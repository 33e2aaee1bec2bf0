//! Emissions in `summary.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sim_core::environment::Emitted;

use super::csv::rounded;
use super::run::FinishedRun;

/// What all loaded vehicles used and emitted from their entry on, warm-up included.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct EmissionTotals {
    /// Carbon dioxide of the exhaust.
    pub co2_g: f64,
    /// Fuel burnt.
    pub fuel_g: f64,
    /// Nitrogen oxides of the exhaust, as nitrogen dioxide.
    pub nox_g: f64,
    /// Particulate matter of the exhaust.
    pub pm_g: f64,
    /// Energy taken from batteries.
    pub energy_wh: f64,
}

impl EmissionTotals {
    /// Those of a sum; nothing where emissions were left out.
    pub fn of(run: &FinishedRun<'_>, emitted: Option<Emitted>) -> Option<Self> {
        let emitted = emitted.filter(|_| run.loaded.environment.is_on)?;
        Some(Self {
            co2_g: rounded(emitted.co2_g, 1),
            fuel_g: rounded(emitted.fuel_g, 1),
            nox_g: rounded(emitted.nox_g, 3),
            pm_g: rounded(emitted.pm_g, 4),
            energy_wh: rounded(emitted.battery_j / 3600.0, 1),
        })
    }
}

/// `environment` of `summary.json`.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct EnvironmentSummary {
    /// What was computed, by which model.
    pub model: String,
    /// The scenario's factors on fuel.
    pub factors: String,
    /// All vehicles.
    #[serde(flatten)]
    pub all: ClassEmissions,
    /// The same by vehicle class.
    pub by_class: BTreeMap<String, ClassEmissions>,
}

/// Emissions of some vehicles after the warm-up, on roads and junctions.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ClassEmissions {
    /// Distance driven.
    pub vehicle_km: f64,
    /// Carbon dioxide of the exhaust.
    pub co2_kg: f64,
    /// Fuel burnt.
    pub fuel_kg: f64,
    /// Nitrogen oxides of the exhaust.
    pub nox_kg: f64,
    /// Particulate matter of the exhaust.
    pub pm_kg: f64,
    /// Energy taken from batteries.
    pub battery_kwh: f64,
    /// Carbon dioxide over distance, electric vehicles included.
    pub co2_g_per_km: Option<f64>,
    /// Nitrogen oxides over distance, electric vehicles included.
    pub nox_g_per_km: Option<f64>,
}

impl ClassEmissions {
    fn new(way_m: f64, emitted: &Emitted) -> Self {
        let per_km = |grams: f64| super::totals::ratio(grams, way_m / 1000.0).map(|rate| rounded(rate, 4));
        Self {
            vehicle_km: rounded(way_m / 1000.0, 3),
            co2_kg: rounded(emitted.co2_g / 1000.0, 4),
            fuel_kg: rounded(emitted.fuel_g / 1000.0, 4),
            nox_kg: rounded(emitted.nox_g / 1000.0, 6),
            pm_kg: rounded(emitted.pm_g / 1000.0, 6),
            battery_kwh: rounded(emitted.battery_j / 3.6e6, 4),
            co2_g_per_km: per_km(emitted.co2_g),
            nox_g_per_km: per_km(emitted.nox_g),
        }
    }
}

/// The emissions of a run.
pub fn summary(run: &FinishedRun<'_>) -> Option<EnvironmentSummary> {
    let environment = run.loaded.environment;
    if !environment.is_on || run.results.emitted.is_empty() {
        return None;
    }
    let (mut way_m, mut all) = (0.0, Emitted::default());
    let mut by_class = BTreeMap::new();
    for (class, class_way_m, emitted) in &run.results.emitted {
        way_m += class_way_m;
        all = all.plus(emitted);
        by_class.insert(class.name().to_owned(), ClassEmissions::new(*class_way_m, emitted));
    }
    Some(EnvironmentSummary {
        model: "exhaust emissions, not air quality: fuel by the EPA's Physical Emission Rate Estimator, carbon dioxide by \
                IPCC 2006, nitrogen oxides and particulate matter by EMEP/EEA Tier 1; batteries by Kurczveil et al. 2013"
            .to_owned(),
        factors: format!(
            "motorcycles {}, other vehicles {}",
            environment.motorcycle_factor, environment.vehicle_factor
        ),
        all: ClassEmissions::new(way_m, &all),
        by_class,
    })
}
