//! A programme as nights from noon to noon, as lamp managers have it: the days on whose evening a night begins, its
//! burning periods and its outputs.

use sim_core::lighting::control::{Follow, Pattern};

use super::{DAY_MS, Days, Level, Period, Plan, When};

const NOON_MS: i64 = DAY_MS / 2;

/// Nights of some days of the week.
#[derive(Clone, PartialEq, Debug)]
pub struct Night {
    /// Days on whose evening they begin.
    pub days: Days,
    /// Begin, end and output of burning periods, in their order.
    pub periods: Vec<(When, When, f32)>,
    /// Outputs within them, in their order.
    pub levels: Vec<(When, f32)>,
}

impl When {
    /// Milliseconds after noon on an equinox: what instants are ordered by.
    pub fn after_noon_ms(self, is_morning: bool) -> i64 {
        (self.nominal_ms(is_morning) - NOON_MS).rem_euclid(DAY_MS)
    }
    /// Milliseconds after midnight on an equinox.
    pub fn nominal_ms(self, is_morning: bool) -> i64 {
        match self {
            Self::Clock { at_ms } => at_ms,
            Self::Sunset { offset_ms } => 18 * 3_600_000 + offset_ms,
            Self::Sunrise { offset_ms } => 6 * 3_600_000 + offset_ms,
            Self::Elevation { .. } if is_morning => 6 * 3_600_000,
            Self::Elevation { .. } => 18 * 3_600_000,
        }
    }
    /// As tables have it.
    pub fn text(self) -> String {
        let minutes = |name: &str, offset_ms: i64| match offset_ms {
            0 => name.to_owned(),
            _ => format!("{name}{:+}", offset_ms as f64 / 60_000.0),
        };
        match self {
            Self::Clock { at_ms } if at_ms % 60_000 == 0 => {
                format!("{}:{:02}", at_ms / 3_600_000, at_ms / 60_000 % 60)
            }
            Self::Clock { at_ms } => {
                format!("{}:{:02}:{:02}", at_ms / 3_600_000, at_ms / 60_000 % 60, at_ms / 1000 % 60)
            }
            Self::Sunset { offset_ms } => minutes("sunset", offset_ms),
            Self::Sunrise { offset_ms } => minutes("sunrise", offset_ms),
            Self::Elevation { degrees } => format!("sun{degrees}"),
        }
    }
}

/// The nights of a programme, those that are alike together.
pub fn of(plan: &Plan) -> Vec<Night> {
    let mut nights: Vec<Night> = Vec::new();
    for day in 0..7 {
        let mut periods: Vec<(When, When, f32)> = plan
            .periods
            .iter()
            .filter(|period| period.days[day])
            .map(|period| (period.on, period.off, period.output))
            .collect();
        periods.sort_by_key(|period| period.0.after_noon_ms(false));
        // An output after midnight is of the date that has begun by then.
        let holds = |level: &&Level| level.days[(day + usize::from(is_next_day(level.at))) % 7];
        let mut levels: Vec<(When, f32)> =
            plan.levels.iter().filter(holds).map(|level| (level.at, level.output)).collect();
        levels.sort_by_key(|level| level.0.after_noon_ms(false));
        match nights.iter_mut().find(|night| night.periods == periods && night.levels == levels) {
            Some(night) => night.days[day] = true,
            None => {
                let mut days = [false; 7];
                days[day] = true;
                nights.push(Night { days, periods, levels });
            }
        }
    }
    nights
}

/// A programme of nights.
pub fn plan(name: &str, follow: Follow, pattern: Pattern, nights: &[Night], levels_hold_before: bool) -> Plan {
    let mut plan = Plan { name: name.to_owned(), follow, periods: Vec::new(), levels: Vec::new(), levels_hold_before };
    for night in nights {
        let days = night.days;
        plan.periods.extend(night.periods.iter().map(|&(on, off, output)| Period { days, on, off, output, pattern }));
        plan.levels.extend(night.levels.iter().map(|&(at, output)| {
            let shift = usize::from(is_next_day(at));
            let days = std::array::from_fn(|day| days[(day + 7 - shift) % 7]);
            Level { days, at, output, pattern }
        }));
    }
    plan
}

/// Whether an instant of a night lies after midnight.
fn is_next_day(at: When) -> bool {
    at.after_noon_ms(false) >= NOON_MS
}

/// The pattern of all of a programme; `None` if it has several.
pub fn pattern(plan: &Plan) -> Option<Pattern> {
    let mut patterns =
        plan.periods.iter().map(|period| period.pattern).chain(plan.levels.iter().map(|level| level.pattern));
    let first = patterns.next()?;
    patterns.all(|pattern| pattern == first).then_some(first)
}

/// Days as tables have them.
pub fn days_text(days: &Days) -> String {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let on: Vec<usize> = (0..7).filter(|day| days[*day]).collect();
    match on.as_slice() {
        [] => String::new(),
        [_, _, _, _, _, _, _] => "all".to_owned(),
        [first, .., last] if last - first + 1 == on.len() && on.len() > 2 => {
            format!("{}-{}", NAMES[*first], NAMES[*last])
        }
        _ => on.iter().map(|day| NAMES[*day]).collect::<Vec<_>>().join(","),
    }
}
