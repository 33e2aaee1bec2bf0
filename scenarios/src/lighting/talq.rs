//! Control programmes and calendars in the words of the TALQ Smart City Protocol (data model 2.2 to 2.7, JSON):
//! `ControlProgramOne` with `activePeriods`, `fixedTimeControls`, `astroClockTimeControls` and `dynamicControls`,
//! `Calendar` with `rules`. Days go from noon to noon (`dayOffset` 12).
//!
//! What follows the class is an `ExternalControlEffect` with operation Min: the class arrives from outside. What follows
//! presence is a `FixedControlEffect` with operation Max. A pattern such as every third lamp off, for which TALQ has no
//! word, is kept in `x-citytwin-pattern`.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// Member for patterns.
const PATTERN: &str = "x-citytwin-pattern";

#[cfg(test)]
mod tests;
