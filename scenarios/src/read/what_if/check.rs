//! Changes that contradict each other.

use std::path::Path;

use sim_core::change::roads::SpeedChange;
use sim_core::change::{Action, Change};

use super::{Made, What};
use crate::error::Problem;
use crate::loaded::Loaded;
use crate::read::table::Report;

/// Reports changes that give the same thing two values at the same time.
pub(super) fn conflicts(loaded: &Loaded, file: &Path, made: &[Made], report: &mut Report) {
    for (position, later) in made.iter().enumerate() {
        let clash = made[..position].iter().find_map(|earlier| Some((earlier, clash(loaded, earlier, later)?)));
        if let Some((earlier, what)) = clash {
            let hint = "give them times that do not overlap, or leave one out";
            let other = match earlier.line {
                0 => format!("changes[{}]", earlier.index),
                line => format!("the change of line {line}"),
            };
            let message = format!("gives {what} another value than {other} at the same time");
            let problem = Problem::new(file, message).field(format!("changes[{}]", later.index), what).hint(hint);
            report.problem(if later.line > 0 { problem.line(later.line) } else { problem });
        }
    }
}

fn clash(loaded: &Loaded, a: &Made, b: &Made) -> Option<String> {
    if !a.is_today || !b.is_today {
        return None;
    }
    match (&a.what, &b.what) {
        (What::Whole(a), What::Whole(b)) => (a.target() == b.target()).then(|| a.target().to_owned()),
        (What::Window(a), What::Window(b)) => a.clash(b, loaded),
        (What::Timed(a), What::Timed(b)) => a.iter().find_map(|a| b.iter().find_map(|b| same_thing(loaded, a, b))),
        _ => None,
    }
}

/// What two changes set at the same time.
fn same_thing(loaded: &Loaded, a: &Change, b: &Change) -> Option<String> {
    let ends_before = |a: &Change, b: &Change| a.until_ms.is_some_and(|until_ms| until_ms <= b.from_ms);
    if ends_before(a, b) || ends_before(b, a) {
        return None;
    }
    match (&a.action, &b.action) {
        (Action::Branch { feeder, branch, .. }, Action::Branch { feeder: other, branch: same, .. }) => {
            let name = || loaded.power.circuits[feeder.index()].branches[branch.index()].clone();
            (feeder == other && branch == same).then(name)
        }
        (Action::Signal { signal, .. }, Action::Signal { signal: other, .. }) => {
            (signal == other).then(|| format!("signal {}", loaded.names.signals[signal.index()]))
        }
        (Action::Road(a), Action::Road(b)) => {
            let permitted = a.permissions.iter().find(|(lane, _)| b.permissions.iter().any(|(other, _)| other == lane));
            let is_limit = |speed: &SpeedChange| matches!(speed, SpeedChange::Limit(_));
            let limited = a
                .speeds
                .iter()
                .filter(|(_, speed)| is_limit(speed))
                .find(|(lane, _)| b.speeds.iter().any(|(other, speed)| other == lane && is_limit(speed)));
            let lane = permitted.map(|(lane, _)| *lane).or(limited.map(|(lane, _)| *lane))?;
            let mut first = 0;
            let link = loaded.parts.links.iter().position(|link| {
                first += link.lanes.len();
                first > lane.index()
            })?;
            Some(format!("a lane of {}", loaded.names.links[link]))
        }
        _ => None,
    }
}
