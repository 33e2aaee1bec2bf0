//! Plans handed back: SUMO's `tlLogic`, GMNS signal tables, stage sheets, and a page to print. Each but the page, read
//! back, gives the same plan. A plan that is not safe is not written.

mod gmns;
mod html;
mod stages;
mod sumo;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sim_core::ids::{Id, SignalId};
use sim_core::signals::SignalPlan;

use super::safety::{self, findings};
use super::timing::{Meetings, heads};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::write::gmns::{movement_ids, write_gmns};

/// What plans are written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// SUMO additional file with `tlLogic`.
    Sumo,
    /// GMNS signal tables.
    Gmns,
    /// `signal_stages.csv`.
    Stages,
    /// A page to print.
    Html,
}

/// A movement of a signal, as tables name it.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::signals) struct Way {
    /// Its id.
    pub id: String,
    /// Entry connectors.
    pub entries: Vec<u32>,
    /// Heads.
    pub heads: Vec<usize>,
}

/// A file by name, and its bytes.
pub type NamedFile = (String, Vec<u8>);

/// The movements of a signal: those the input names, else one for each pair of lanes.
pub(in crate::signals) fn ways(loaded: &Loaded, signal: SignalId) -> Vec<Way> {
    let ids = movement_ids(loaded);
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ways: Vec<Way> = Vec::new();
    for (head, entries) in heads(&loaded.parts, signal) {
        for entry in entries {
            let given = loaded.names.movements.get(entry as usize).filter(|id| !id.is_empty());
            let Some(id) = given.map(String::as_str).or(ids.by_connector.get(&entry).map(|(id, _)| id.as_str())) else {
                continue;
            };
            let at = *by_id.entry(id).or_insert_with(|| {
                ways.push(Way { id: id.to_owned(), entries: Vec::new(), heads: Vec::new() });
                ways.len() - 1
            });
            ways[at].entries.push(entry);
            if !ways[at].heads.contains(&head) {
                ways[at].heads.push(head);
            }
        }
    }
    ways
}

/// The signals meant: all, or those named.
///
/// # Errors
/// Names that no signal has.
pub fn chosen(loaded: &Loaded, wanted: &[String]) -> Result<Vec<SignalId>, Problems> {
    let names = &loaded.names.signals;
    if names.is_empty() {
        return Err(Problem::new(&loaded.path, "has no signal").into());
    }
    let mut problems = Problems::default();
    for name in wanted.iter().filter(|name| !names.contains(name)) {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let problem = Problem::new("--signal", format!("{name:?} is no signal"));
        problems.push(match crate::read::table::nearest(name, &known) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem.allowed(known.join(", ")),
        });
    }
    let is_wanted = |name: &String| wanted.is_empty() || wanted.contains(name);
    let list = (0..names.len()).filter(|&index| is_wanted(&names[index])).map(SignalId::from_index).collect();
    problems.or_ok(list)
}

/// What makes plans unfit to be written: crossing greens, no intergreen.
pub fn unsafe_plans(loaded: &Loaded, signals: &[SignalId]) -> Problems {
    let meetings = Meetings::new(&loaded.parts);
    let mut problems = Problems::default();
    for &signal in signals {
        for finding in findings(&loaded.parts, &meetings, signal, &loaded.signals.plans[signal]) {
            let message = safety::words(finding, &loaded.parts, &loaded.names);
            let id = &loaded.names.signals[signal.index()];
            problems.push(Problem::new(&loaded.path, message).field("signal", id));
        }
    }
    problems
}

/// The plans as files.
///
/// # Errors
/// Plans that are not safe, or that the format cannot hold; all of them.
pub fn files(loaded: &Loaded, signals: &[SignalId], target: Target) -> Result<Vec<NamedFile>, Problems> {
    unsafe_plans(loaded, signals).or_ok(())?;
    match target {
        Target::Sumo => Ok(vec![sumo::file(loaded, signals)]),
        Target::Gmns => gmns::files(loaded, signals),
        Target::Stages => stages::files(loaded, signals),
        Target::Html => Ok(vec![html::file(loaded, signals)]),
    }
}

/// Writes plans into a folder, which is made if it is not there. Where the input names no movements (SUMO), the tables'
/// network is written beside them, so that they can be read.
///
/// # Errors
/// As [`files`], and when a file cannot be written.
pub fn write(loaded: &Loaded, signals: &[SignalId], target: Target, folder: &Path) -> Result<Vec<String>, Problems> {
    let made = files(loaded, signals, target)?;
    let cannot = |error: std::io::Error| Problems::from(Problem::new(folder, format!("cannot be written: {error}")));
    fs::create_dir_all(folder).map_err(cannot)?;
    let needs_network = matches!(target, Target::Gmns | Target::Stages) && loaded.names.movements.is_empty();
    if needs_network {
        write_gmns(loaded, folder)?;
        for old in ["signal_stages.csv", "signal_state.csv"] {
            let old = folder.join(old);
            if old.exists() {
                fs::remove_file(old).map_err(cannot)?;
            }
        }
    }
    put(folder, &made)?;
    Ok(made.into_iter().map(|(name, _)| name).collect())
}

/// Puts files into a folder, which is made if it is not there; each appears whole.
///
/// # Errors
/// When one cannot be written.
pub fn put(folder: &Path, made: &[NamedFile]) -> Result<(), Problems> {
    let cannot = |error: std::io::Error| Problems::from(Problem::new(folder, format!("cannot be written: {error}")));
    fs::create_dir_all(folder).map_err(cannot)?;
    for (name, bytes) in made {
        let temporary = folder.join(format!(".{name}.tmp"));
        fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, folder.join(name))).map_err(cannot)?;
    }
    Ok(())
}

fn seconds(ms: i64) -> String {
    (ms as f64 / 1000.0).to_string()
}

/// Where the cycle starts, within half a cycle of midnight.
fn offset_ms(plan: &SignalPlan) -> i64 {
    plan.offset_ms.rem_euclid(plan.cycle_ms().max(1))
}
