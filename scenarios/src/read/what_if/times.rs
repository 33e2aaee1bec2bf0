//! When a change lasts.

use super::{ChangeTable, Reader};
use crate::read::gmns::signals::parse_days;
use crate::scenario_file::Instant;
use crate::write::run::clock;

impl Reader<'_> {
    /// Beginning and end, if they are legal.
    pub(super) fn times(&mut self, table: &ChangeTable) -> Option<(i64, Option<i64>)> {
        let (begin, end) = (self.loaded.run.begin, self.loaded.run.end);
        let from_ms =
            self.instant("from", table.from.as_ref(), Some(begin.0)).map(|from_ms| from_ms.unwrap_or(begin.0));
        let until_ms = self.instant("until", table.until.as_ref(), None);
        let words = |instant: &Option<Instant>| instant.as_ref().map_or_else(String::new, value_of);
        let span = || {
            let end = end.map_or_else(|| "the last arrival".to_owned(), clock);
            format!("the run goes from {} to {end}", clock(begin))
        };
        let n_before = self.report.problems.list.len();
        if from_ms.is_some_and(|from_ms| end.is_some_and(|end| from_ms >= end.0)) {
            self.mistake("from", &words(&table.from), "lies after the end of the run", |problem| problem.hint(span()));
        }
        if let Some(Some(until_ms)) = until_ms {
            let value = words(&table.until);
            if until_ms <= begin.0 {
                self.mistake("until", &value, "lies before the run begins", |problem| problem.hint(span()));
            }
            if table.from.is_some() && from_ms.is_some_and(|from_ms| until_ms <= from_ms) {
                self.mistake("until", &value, "is not after from", |problem| problem);
            }
        }
        let is_fine = self.report.problems.list.len() == n_before;
        Some((from_ms?, until_ms?)).filter(|_| is_fine)
    }

    fn instant(&mut self, field: &str, instant: Option<&Instant>, default: Option<i64>) -> Option<Option<i64>> {
        let Some(instant) = instant else { return Some(default) };
        let Some(seconds) = instant.s() else {
            let value = value_of(instant);
            self.mistake(field, &value, "is no time", |problem| problem.allowed("seconds, H:MM or H:MM:SS"));
            return None;
        };
        Some(Some((seconds * 1000.0).round() as i64))
    }

    pub(super) fn is_today(&mut self, table: &ChangeTable, times: Option<(i64, Option<i64>)>) -> Option<bool> {
        let Some(text) = &table.days else { return Some(true) };
        let Some(days) = parse_days(text) else {
            let allowed = "daily, or days and ranges such as mon-fri sun";
            self.mistake("days", text, "is not legal", |problem| problem.allowed(allowed));
            return None;
        };
        let date = self.loaded.place.date.as_deref().and_then(|date| date.parse::<jiff::civil::Date>().ok());
        let Some(date) = date else {
            let hint = "set clock.date in scenario.toml";
            self.mistake("days", text, "is given, but the scenario has no date", |problem| problem.hint(hint));
            return None;
        };
        let days_on = times?.0.div_euclid(86_400_000) + i64::from(date.weekday().to_monday_zero_offset());
        Some(days[days_on.rem_euclid(7) as usize])
    }
}

fn value_of(instant: &Instant) -> String {
    match instant {
        Instant::Seconds(seconds) => seconds.to_string(),
        Instant::Text(text) => text.clone(),
    }
}
