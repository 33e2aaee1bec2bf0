//! Turns across oncoming traffic: protected, permitted, or both.

use sim_core::signals::Aspect;
use sim_core::signals::hcm::permitted_left::Display;
use sim_core::signals::hcm::signal::LeftService;

use super::model::{Reading, s};
use crate::signals::sites::Role;
use crate::signals::timing::{Green, greens, spans};

/// How the plan serves turns across oncoming traffic.
pub(super) fn left_service(
    reading: &Reading<'_>,
    position: usize,
    across: &[usize],
    has_through: bool,
    through: &Green,
    notes: &mut Vec<String>,
) -> LeftService {
    let Some(head) = across.iter().find_map(|&index| reading.head(index)) else { return LeftService::Unopposed };
    let (plan, site) = (reading.plan, reading.case.site);
    let cycle_ms = plan.cycle_ms();
    let of = |aspect: Aspect| -> Vec<crate::signals::timing::Span> {
        spans(plan, head).into_iter().filter(|span| span.aspect == aspect).collect()
    };
    let (protected, permitted) = (of(Aspect::Green), of(Aspect::GreenYield));
    let opposing = site.approaches[position].opposing.and_then(|other| {
        let roles = [Role::Through, Role::Near];
        let mut list = site.movements_of(other, &roles);
        list.retain(|&index| reading.head(index).is_some());
        reading.green(&list, notes).map(|(_, green)| green)
    });
    let whole = greens(plan, head).first().copied().unwrap_or(Green { start_ms: 0, length_ms: 0, yellow_ms: 0 });
    let protected_phase = protected.first().map(|span| {
        let is_last = (span.end_ms() - whole.end_ms()).rem_euclid(cycle_ms) == 0;
        let green = Green {
            start_ms: span.start_ms,
            length_ms: protected.iter().map(|span| span.length_ms).sum(),
            yellow_ms: if is_last { whole.yellow_ms } else { 0 },
        };
        (green, reading.phase(head, green))
    });
    match (protected_phase, permitted.first(), opposing) {
        (Some((green, phase)), None, _) => {
            let is_with_through = (green.start_ms, green.length_ms) == (through.start_ms, through.length_ms);
            if !has_through || is_with_through { LeftService::Unopposed } else { LeftService::Protected(phase) }
        }
        // Nobody comes towards them: what they yield to is something else.
        (_, Some(_), None) | (None, None, _) => LeftService::Unopposed,
        (None, Some(green), Some(opposing)) => {
            LeftService::Permitted(display(green.start_ms, green.length_ms, None, &opposing, cycle_ms))
        }
        (Some((own, phase)), Some(green), Some(opposing)) => {
            let after = (green.start_ms - own.end_ms()).rem_euclid(cycle_ms);
            let before = (own.start_ms - green.end_ms()).rem_euclid(cycle_ms);
            let is_leading = after <= before;
            let gap = Some((is_leading, s(after.min(before))));
            let display = display(green.start_ms, green.length_ms, gap, &opposing, cycle_ms);
            LeftService::ProtectedPermitted { phase, display, is_leading }
        }
    }
}

/// The permitted green of a turn beside opposing green. `gap` says whether the protected green leads, and the time
/// between it and this one.
fn display(start_ms: i64, length_ms: i64, gap: Option<(bool, f64)>, opposing: &Green, cycle_ms: i64) -> Display {
    let end_ms = start_ms + length_ms;
    // The opposing green that covers the permitted one, or the last before it.
    let shift = [cycle_ms, 0, -cycle_ms]
        .into_iter()
        .find(|shift| opposing.start_ms + shift < end_ms && opposing.end_ms() + shift > start_ms);
    let (opposing_start_ms, opposing_end_ms) = match shift {
        Some(shift) => (opposing.start_ms + shift, opposing.end_ms() + shift),
        None => (start_ms - cycle_ms, end_ms),
    };
    let since = |is_wanted: bool| match gap {
        Some((is_leading, gap_s)) if is_leading == is_wanted => gap_s,
        _ => f64::INFINITY,
    };
    Display {
        start_s: s(start_ms),
        end_s: s(end_ms.min(opposing_end_ms)),
        opposing_start_s: s(opposing_start_ms),
        since_protected_s: since(true),
        until_protected_s: since(false),
    }
}
