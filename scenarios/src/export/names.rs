//! Names and instants as others want them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::OpenRun;
use crate::error::{Problem, Problems};

/// A URN of an entity. What may not stand in one is written in percent.
pub(super) fn urn(kind: &str, id: &str) -> String {
    let mut text = format!("urn:ngsi-ld:{kind}:");
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Seconds since local midnight of the start date as instants.
pub(super) struct Clock {
    midnight: Timestamp,
}

impl Clock {
    /// The clock of a run.
    pub(super) fn new(run: &OpenRun<'_>) -> Result<Self, Problems> {
        let place = &run.loaded.place;
        let date = place.date.as_deref().and_then(|date| date.parse::<Date>().ok());
        let zone = place.time_zone.as_deref().and_then(|zone| TimeZone::get(zone).ok());
        let midnight = date.zip(zone).and_then(|(date, zone)| date.to_zoned(zone).ok());
        let midnight = midnight.ok_or_else(|| {
            Problem::new(&run.loaded.path, "has no date or no time zone: observations need an instant")
                .hint("set clock.date and place.time_zone in scenario.toml")
        })?;
        Ok(Self { midnight: midnight.timestamp() })
    }
    /// An instant in UTC, whole seconds.
    pub(super) fn utc(&self, seconds: f64) -> String {
        let at = self.midnight.checked_add((seconds.round() as i64).seconds()).unwrap_or(self.midnight);
        at.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_uris_whatever_they_hold() {
        assert_eq!(urn("Streetlight", "a:b/r1"), "urn:ngsi-ld:Streetlight:a:b%2Fr1");
        assert_eq!(urn("X", "Bà 1"), "urn:ngsi-ld:X:B%C3%A0%201");
    }
}
