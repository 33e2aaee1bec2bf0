//! Runs of a base and of variants, paired by seed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::measures::{Better, Scope, describe};
use super::outcome::Outcome;
use super::statistics::{self, FALSE_DISCOVERY_RATE, Paired, benjamini_hochberg, paired};
use crate::error::{Problem, Problems};
use crate::read::table::nearest;

/// A measure of a variant beside that of the base.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// The variant.
    pub variant: String,
    /// What it is about.
    pub scope: Scope,
    /// Name of what it is about.
    pub title: String,
    /// The measure's name.
    pub measure: String,
    /// The measure in words.
    pub words: String,
    /// Its unit.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// Number of pairs: seeds for which both runs have the measure.
    pub pairs: usize,
    /// Mean of the base over these seeds.
    pub base: f64,
    /// Mean of the variant over them.
    pub value: f64,
    /// Mean difference, variant less base.
    pub difference: f64,
    /// 95 % interval of the mean difference; none for a single seed.
    pub interval: Option<(f64, f64)>,
    /// Probability of such differences without an effect (two-sided); none for a single seed.
    pub p_value: Option<f64>,
    /// The same corrected for the number of tests; primary measures are not corrected.
    pub corrected_p_value: Option<f64>,
    /// Whether it was named before the runs.
    pub is_primary: bool,
    /// Whether the differences are too skewed for the interval to be trusted.
    pub is_skewed: Option<bool>,
}

impl Row {
    /// A difference as a share of the base; `None` where the base is 0.
    pub fn share(&self, difference: f64) -> Option<f64> {
        (self.base != 0.0).then(|| difference / self.base.abs())
    }
    /// Whether there is evidence of a difference; `None` for a single seed.
    pub fn is_significant(&self) -> Option<bool> {
        let limit = if self.is_primary { 1.0 - statistics::CONFIDENCE } else { FALSE_DISCOVERY_RATE };
        let p_value = if self.is_primary { self.p_value } else { self.corrected_p_value };
        p_value.map(|p_value| p_value <= limit)
    }
    /// What there is to say of it.
    pub fn verdict(&self) -> Verdict {
        match (self.is_significant(), self.better) {
            (None, _) => Verdict::OneSeed,
            (Some(false), _) => Verdict::NoEvidence,
            (Some(true), Better::Neither) => Verdict::Differs,
            (Some(true), better) => {
                let is_better = (self.difference < 0.0) == (better == Better::Lower);
                if is_better { Verdict::Better } else { Verdict::Worse }
            }
        }
    }
}

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The variant is better.
    Better,
    /// It is worse.
    Worse,
    /// It differs, for better or worse.
    Differs,
    /// No evidence of a difference.
    NoEvidence,
    /// A single seed says nothing of chance.
    OneSeed,
}

impl Verdict {
    /// As tables name it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Differs => "differs",
            Self::NoEvidence => "no evidence",
            Self::OneSeed => "one seed",
        }
    }
}

/// A base and its variants.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Comparison {
    /// The scenario's name.
    pub scenario: String,
    /// Name of the base.
    pub base: String,
    /// Names of the variants.
    pub variants: Vec<String>,
    /// Seeds of the base.
    pub seeds: Vec<u64>,
    /// Measures named before the runs.
    pub primary: Vec<String>,
    /// Whether counts were loaded and met in all runs.
    pub calibrated: bool,
    /// Number of tests that the correction is made for.
    pub n_tests: usize,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// All measures of all variants.
    pub rows: Vec<Row>,
}

/// The runs of a base or of a variant.
#[derive(Clone, PartialEq, Debug)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// Its runs.
    pub runs: Vec<Outcome>,
}

/// Compares variants with a base.
///
/// # Errors
/// Runs of different networks or times, a seed twice on one side, no seed on both sides, an unknown primary measure.
pub fn compare(base: &Side, variants: &[Side], primary: &[String]) -> Result<Comparison, Problems> {
    let mut problems = Problems::default();
    check_side(base, base, &mut problems);
    for variant in variants {
        check_side(variant, base, &mut problems);
    }
    let Some(first) = base.runs.first() else {
        return Err(Problem::new(&base.name, "has no runs").into());
    };
    check_primary(primary, first, &mut problems);
    problems.or_ok(())?;

    let mut rows: Vec<Row> = variants.iter().flat_map(|variant| rows_of(base, variant, primary)).collect();
    let n_tests = correct(&mut rows);
    Ok(Comparison {
        scenario: first.scenario.clone(),
        base: base.name.clone(),
        variants: variants.iter().map(|variant| variant.name.clone()).collect(),
        seeds: base.runs.iter().map(|run| run.seed).collect(),
        primary: primary.to_vec(),
        calibrated: base.runs.iter().chain(variants.iter().flat_map(|side| &side.runs)).all(|run| run.is_calibrated),
        n_tests,
        warnings: warnings(base, variants, &rows),
        rows,
    })
}

fn check_side(side: &Side, base: &Side, problems: &mut Problems) {
    let (Some(first), mut seeds) = (base.runs.first(), BTreeSet::new()) else { return };
    let base_seeds: BTreeSet<u64> = base.runs.iter().map(|run| run.seed).collect();
    for run in &side.runs {
        if !seeds.insert(run.seed) {
            problems
                .push(Problem::new(&run.folder, format!("is a second run of {} with seed {}", side.name, run.seed)));
        }
        if let Some((what, here, there)) = difference(run, first) {
            problems.push(
                Problem::new(&run.folder, format!("is not comparable with {}", first.folder.display()))
                    .field(what, here)
                    .allowed(there)
                    .hint("both sides need the same network, begin, end, warm-up and step"),
            );
        }
    }
    if seeds.is_disjoint(&base_seeds) {
        let list = |seeds: &BTreeSet<u64>| seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        problems.push(
            Problem::new(&side.name, format!("has no seed in common with {}", base.name))
                .field("seed", list(&seeds))
                .allowed(list(&base_seeds))
                .hint("variants are compared seed by seed: run both sides with the same --seed"),
        );
    }
}

/// The first thing that keeps two runs from being compared: what, and its values.
fn difference(run: &Outcome, other: &Outcome) -> Option<(&'static str, String, String)> {
    let names = ["begin_s", "warm_up_s", "step_length_s"];
    for ((name, here), there) in names.into_iter().zip(run.clock_s).zip(other.clock_s) {
        if here != there {
            return Some((name, here.to_string(), there.to_string()));
        }
    }
    if let (Some(here), Some(there)) = (run.end_s, other.end_s)
        && here != there
    {
        return Some(("end_s", here.to_string(), there.to_string()));
    }
    let ids = |run: &Outcome| run.junctions.keys().cloned().collect::<BTreeSet<_>>();
    let (here, there) = (ids(run), ids(other));
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        let some: Vec<&str> = a.difference(b).take(3).map(String::as_str).collect();
        if some.is_empty() { "none of its own".to_owned() } else { format!("{} …", some.join(", ")) }
    };
    (here != there).then(|| ("junctions of only one", only(&here, &there), only(&there, &here)))
}

fn check_primary(primary: &[String], run: &Outcome, problems: &mut Problems) {
    let known: BTreeSet<&str> =
        run.values.keys().filter(|(scope, _)| *scope == Scope::Network).map(|(_, key)| key.as_str()).collect();
    for name in primary.iter().filter(|name| !known.contains(name.as_str())) {
        let list: Vec<&str> = known.iter().copied().collect();
        let problem = Problem::new("--primary", "is no measure of these runs").field("measure", name);
        problems.push(match nearest(name, &list) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem.allowed(list.join(", ")),
        });
    }
}

fn rows_of(base: &Side, variant: &Side, primary: &[String]) -> Vec<Row> {
    let by_seed: BTreeMap<u64, &Outcome> = variant.runs.iter().map(|run| (run.seed, run)).collect();
    let pairs: Vec<(&Outcome, &Outcome)> =
        base.runs.iter().filter_map(|run| by_seed.get(&run.seed).map(|other| (run, *other))).collect();
    let keys: BTreeSet<&(Scope, String)> =
        pairs.iter().flat_map(|(a, b)| a.values.keys().chain(b.values.keys())).collect();
    let mut rows: Vec<Row> =
        keys.into_iter().filter_map(|(scope, key)| row(&pairs, (scope, key), variant, primary)).collect();
    // What was named first stands first.
    rows.sort_by_key(|row| {
        if row.is_primary { primary.iter().position(|name| *name == row.measure) } else { Some(usize::MAX) }
    });
    rows
}

fn row(
    pairs: &[(&Outcome, &Outcome)],
    (scope, key): (&Scope, &str),
    variant: &Side,
    primary: &[String],
) -> Option<Row> {
    let known: Vec<(f64, f64)> =
        pairs.iter().filter_map(|(a, b)| a.value(scope, key).zip(b.value(scope, key))).collect();
    let differences: Vec<f64> = known.iter().map(|(base, value)| value - base).collect();
    let Paired { n, mean, interval, p_value, is_skewed } = paired(&differences)?;
    let side = |pick: fn(&(f64, f64)) -> f64| {
        statistics::mean(&known.iter().map(pick).collect::<Vec<_>>()).unwrap_or_default()
    };
    let (words, unit, better) = describe(key);
    let title = match scope {
        Scope::Network => String::new(),
        Scope::Class(id) | Scope::Corridor(id) => id.clone(),
        Scope::Junction(id) => pairs[0].0.junctions.get(id).unwrap_or(id).clone(),
    };
    Some(Row {
        variant: variant.name.clone(),
        scope: scope.clone(),
        title,
        measure: key.to_owned(),
        words,
        unit,
        better,
        pairs: n,
        base: side(|(base, _)| *base),
        value: side(|(_, value)| *value),
        difference: mean,
        interval,
        p_value,
        corrected_p_value: None,
        is_primary: *scope == Scope::Network && primary.iter().any(|name| name == key),
        is_skewed,
    })
}

/// Corrects the tests of all rows that are not primary; their number.
fn correct(rows: &mut [Row]) -> usize {
    let tested: Vec<usize> =
        (0..rows.len()).filter(|&index| !rows[index].is_primary && rows[index].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|&index| rows[index].p_value).collect();
    for (&index, corrected) in tested.iter().zip(benjamini_hochberg(&p_values)) {
        rows[index].corrected_p_value = Some(corrected);
    }
    tested.len()
}

fn warnings(base: &Side, variants: &[Side], rows: &[Row]) -> Vec<String> {
    let mut warnings = Vec::new();
    for row in rows.iter().filter(|row| row.scope == Scope::Network && row.measure == "arrived") {
        if row.share(row.difference).is_some_and(|share| share.abs() > 0.01) {
            warnings.push(format!(
                "{}: {:.0} vehicles arrived on average, {:.0} in {}: means over arrived trips tell of different trips; totals over all loaded vehicles rank the variants",
                row.variant, row.value, row.base, base.name
            ));
        }
    }
    for variant in variants {
        let missing = base.runs.iter().filter(|run| variant.runs.iter().all(|other| other.seed != run.seed)).count();
        if missing > 0 {
            warnings.push(format!(
                "{}: {missing} seeds of {} have no counterpart and are left out",
                variant.name, base.name
            ));
        }
    }
    let most = rows.iter().map(|row| row.pairs).max().unwrap_or(0);
    if most == 1 {
        warnings.push(format!("one run, seed {}: a single pair says nothing of chance", base.runs[0].seed));
    } else if most < 8 {
        warnings.push(format!(
            "{most} seeds: too few to see whether differences are normally distributed, as the intervals assume"
        ));
    }
    for row in rows.iter().filter(|row| row.is_primary && row.is_skewed == Some(true)) {
        warnings.push(format!(
            "{}: differences of {} are skewed, so that their interval is doubtful",
            row.variant, row.measure
        ));
    }
    warnings
}
