//! Better fixed-time plans: greens, cycles and offsets.
//!
//! A plan is searched in two steps. A model of cyclic flow profiles ([`model`]), in which a plan costs microseconds, finds
//! starts: cycle, splits and offsets of all signals together, with platoons on their way from signal to signal. From
//! there plans are simulated ([`evaluate`]), each on the same seeds, and improved green by green ([`search`]). What was
//! found is then held to seeds and demand that the search did not see ([`outcome`]).
//!
//! Yellows, reds between greens, and what each stage shows stay as the plan in force has them; no movement is dropped.

pub mod evaluate;
pub mod model;
pub mod orders;
pub mod outcome;
pub mod search;
pub mod stages;
pub mod start;
pub mod write;

use sim_core::ids::SignalId;

use crate::loaded::Loaded;
use search::Space;
use stages::Frame;

/// Signals with one cycle farther apart than this along the way are not coordinated by the search.
const LONGEST_PLATOON_S: f64 = 90.0;

/// What bounds a search.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bounds {
    /// The least green; a plan's own shorter green is its least.
    pub least_green_ms: i64,
    /// The least cycle.
    pub least_cycle_ms: i64,
    /// The greatest cycle.
    pub greatest_cycle_ms: i64,
    /// Whether cycles stay as they are.
    pub keeps_cycles: bool,
}

/// The signals among `wanted` whose plans can be searched, and why the others cannot.
pub fn space(loaded: &Loaded, wanted: &[SignalId], bounds: Bounds, demand: &model::Streams) -> (Space, Vec<String>) {
    let mut frames: Vec<Frame> = Vec::new();
    let mut left_out = Vec::new();
    for &signal in wanted {
        match Frame::new(loaded, signal, bounds.least_green_ms) {
            Ok(frame) => frames.push(frame),
            Err(why) => left_out.push(format!("{} stays as it is: {why}", loaded.names.signals[signal.index()])),
        }
    }
    let groups = groups(&frames, demand);
    (Space { frames, groups, bounds }, left_out)
}

/// Signals with one cycle between which platoons drive.
fn groups(frames: &[Frame], demand: &model::Streams) -> Vec<Vec<usize>> {
    let mut of: Vec<usize> = (0..frames.len()).collect();
    let at = |signal: SignalId| frames.iter().position(|frame| frame.signal == signal);
    for (from, to, after_s) in demand.links() {
        let (Some(from), Some(to)) = (at(from), at(to)) else { continue };
        if after_s <= LONGEST_PLATOON_S && frames[from].plan.cycle_ms() == frames[to].plan.cycle_ms() {
            let (keep, lose) = (of[from].min(of[to]), of[from].max(of[to]));
            of.iter_mut().filter(|group| **group == lose).for_each(|group| *group = keep);
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); frames.len()];
    for (frame, &group) in of.iter().enumerate() {
        groups[group].push(frame);
    }
    groups.retain(|group| !group.is_empty());
    groups
}
