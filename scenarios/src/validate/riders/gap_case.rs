//! The case of the roundabout entry: which gaps riders take, at an entry that is not saturated and at one that is.

use super::cases::STEP_MS;
use super::merge::{Gaps, Merge};
use super::words::{information, within_by};
use crate::validate::report::Group;

/// Circulating vehicles per hour, and entering ones: fewer and more than find gaps.
const CIRCULATING_VPH: f64 = 4500.0;
const ENTERING_VPH: [f64; 2] = [800.0, 2500.0];

/// Runs it with some seeds.
///
/// # Errors
/// What is wrong with the road, in words.
pub(super) fn gaps(n_seeds: u64) -> Result<Group, String> {
    let mut checks = Vec::new();
    for entering_vph in ENTERING_VPH {
        let mut all = Gaps::default();
        for seed in 1..=n_seeds {
            let flows_vph = [CIRCULATING_VPH, entering_vph];
            let seen = Merge { seed, step_ms: STEP_MS, flows_vph, ..Merge::default() }.run()?;
            all.accepted_s.extend(seen.accepted_s);
            all.rejected_s.extend(seen.rejected_s);
        }
        let critical_s = all.critical_s();
        let [accepted_s, rejected_s] = [&mut all.accepted_s, &mut all.rejected_s].map(|gaps_s| median(gaps_s));
        let found = format!(
            "{} accepted, median {accepted_s:.2} s; {} rejected, median {rejected_s:.2} s",
            all.accepted_s.len(),
            all.rejected_s.len()
        );
        if entering_vph == ENTERING_VPH[0] {
            let quantity = "critical gap of riders, by Raff's method (s), entry not saturated";
            let source = "J. Traffic Transp. Eng. 2021, Ho Chi Minh City";
            checks.push(within_by(quantity, critical_s, 1.25, 0.2, source));
            checks.push(information("gaps", found));
        } else {
            let found = format!("{critical_s:.2} s; {found}");
            checks.push(information("critical gap at a saturated entry, where those inside hold riders up", found));
        }
    }
    Ok(Group { title: "5. Roundabout entry, 92 % motorcycles".to_owned(), checks })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
