//! Observed against simulated in `summary.json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::run::FinishedRun;
use crate::observed::Rule;
use crate::observed::judge::Judged;

/// `observed` of `summary.json`.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ObservedSummary {
    /// The rule.
    pub rule: Rule,
    /// Whether days of calibration and days held out both meet it.
    pub is_calibrated: bool,
    /// Why, in words.
    pub why: String,
    /// Days of calibration.
    pub calibration: Option<Judged>,
    /// Days held out.
    pub held_out: Option<Judged>,
}

/// What a run says of itself.
pub fn summary(run: &FinishedRun<'_>) -> Option<ObservedSummary> {
    let verdict = run.verdict?;
    Some(ObservedSummary {
        rule: verdict.rule,
        is_calibrated: verdict.is_calibrated(),
        why: verdict.why().to_owned(),
        calibration: verdict.calibration.clone(),
        held_out: verdict.held_out.clone(),
    })
}
